/* SPDX-License-Identifier: MIT */
/* The placement calls: GenerateOrderSSL, ...PrivatePKI, ...SMIME and ...Signature. */
#include "sim.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* What a placement works with. */
struct placement {
	struct sim *sim;
	struct sim_arena *arena;
	const struct sim_json *details, *info, *org_block, *agreement, *additional;
	const struct sim_product *product;
	const struct sim_group *group;
	const struct sim_org *org;
	struct sim_order *draft;	/* that this call promotes or replaces */
	const char *csr, *spki;
	bool hold;
	bool secure_www;
	bool external;			/* its names need proof of control */
};

bool sim_place_allowed(struct sim *sim)
{
	long max = sim->options->burst_orders, window = sim->options->burst_seconds;
	const long room = (long)(sizeof(sim->bursts) / sizeof(sim->bursts[0]));
	long long now = sim_clock_now(sim);

	if (!max)
		return true;
	/* the placement `max` calls ago must be out of the window */
	if (sim->n_bursts >= max && now - sim->bursts[(sim->n_bursts - max) % room] < window * 1000)
		return false;
	sim->bursts[sim->n_bursts++ % room] = now;
	return true;
}

static struct sim_result check_product(struct placement *p, enum sim_family family)
{
	const char *code = sim_json_str(p->details, "productCode");

	p->product = sim_account_product(p->sim, code);
	if (p->product && p->product->family == family)
		return SIM_OK;
	if (family == SIM_PRIVATE)
		return *code ? SIM_NO(915) : SIM_NO(914);
	return SIM_NO(1162);
}

/* A promoted draft brings the members that the second call leaves out. */
static struct sim_result check_draft(struct placement *p)
{
	const char *request = sim_json_str(p->details, "requestNumber");
	const struct sim_json *saved, *member;
	struct sim_json *merged, *copy;

	if (!*request)
		return SIM_OK;
	p->draft = sim_order_by_request(p->sim, request);
	if (!p->draft)
		return SIM_NO(1005);
	if (p->draft->order_status != SIM_ORDER_DRAFT)
		return SIM_NO(1169);
	saved = sim_json_read(p->arena, p->draft->draft, strlen(p->draft->draft));
	merged = sim_mem_alloc(p->arena, sizeof(*merged));
	*merged = *saved;
	for (member = p->details->first; member; member = member->next) {
		if (member->type == SIM_JSON_TEXT && !*member->text)
			continue;
		copy = sim_mem_alloc(p->arena, sizeof(*copy));
		*copy = *member;
		copy->next = NULL;
		merged->last->next = copy;
		merged->last = copy;
	}
	p->details = merged;
	return SIM_OK;
}

static struct sim_result check_organization(struct placement *p)
{
	const char *vetting = sim_json_str(p->org_block, "preVetting");
	const char *number = sim_json_str(p->org_block, "organizationNumber");
	const char *token = sim_json_str(p->org_block, "prevettingToken");
	const char *good;

	if (*vetting && strcmp(vetting, "0") != 0 && strcmp(vetting, "1") != 0)
		return SIM_NO(1075);
	if (strcmp(vetting, "1") != 0)
		return SIM_OK;
	if (!*number)
		return SIM_NO(1134);
	p->org = sim_account_org(p->sim, number);
	if (!p->org || !p->org->validated)
		return SIM_NO(1073);
	if (*p->org->group && strcmp(p->org->group, p->group->number) != 0)
		return SIM_NO(1161);
	good = p->product->family == SIM_SMIME ? "3" : p->product->vetting == SIM_EV ? "2" : "12";
	if ((p->product->family == SIM_SMIME ||
	     (p->product->vetting != SIM_DV && p->product->family == SIM_SSL)) &&
	    !strstr(good, p->org->validation_for))
		return SIM_NO(1073);
	if (*token && strcasecmp(token, p->org->token) != 0)
		return SIM_NO(1214);
	return SIM_OK;
}

/* The blocks every family has, before its own certificate information. */
static struct sim_result check_common(struct placement *p, enum sim_family family)
{
	struct sim_result result;

	if (!p->details)
		return SIM_NO(901);
	p->hold = !strcmp(sim_json_str(p->details, "saveAndHold"), "1");
	result = check_draft(p);
	if (!result.code)
		result = check_product(p, family);
	if (result.code)
		return result;
	p->info = sim_json_obj(p->details, "certificateInformation");
	p->org_block = sim_json_obj(p->details, "organizationDetails");
	p->agreement = sim_json_obj(p->details, "agreementDetails");
	p->additional = sim_json_obj(p->details, "additionalInformation");
	p->csr = sim_json_str(p->details, "csr");
	p->group = sim_account_group(p->sim, sim_json_str(p->details, "groupNumber"));
	if (!p->group)
		return SIM_NO(1137);
	result = sim_check_requestor(p->details);
	if (!result.code)
		result = check_organization(p);
	if (!result.code && !p->info)
		return SIM_NO(917);
	return result;
}

/* And those after it. `name` is what the CSR's common name must be, NULL for anything. */
static struct sim_result check_rest(struct placement *p, bool additional, const char *name)
{
	struct sim_result result = SIM_OK;

	if (p->agreement)
		result = sim_check_agreement(p->agreement, false);
	if (!result.code)
		result = sim_check_subscription(p->details);
	if (!result.code && *p->csr)
		result = sim_certificate_check(p->arena, p->csr, name, &p->spki);
	if (!result.code)
		result = sim_check_contact(p->details);
	if (!result.code)
		result = sim_check_additional(p->arena, p->details, additional);
	if (!result.code)
		result = sim_check_documents(p->details, false);
	if (!result.code && !p->hold && *sim_account_purse(p->sim, p->group) < p->product->price)
		return SIM_NO_TEXT(1139, "Insufficient Credits");
	return result;
}

/* The same facts for both generations; this one's words end here. */
static struct sim_form form_of(const struct placement *p, const char *main_name)
{
	const struct sim_json *requestor = sim_json_obj(p->details, "requestorInformation");
	const char *accept = sim_json_str(p->agreement, "acceptAgreement");

	return (struct sim_form){
		.product = p->product, .group = p->group, .org = p->org, .draft = p->draft,
		.main_name = main_name, .email = sim_json_str(p->info, "email"),
		.more = p->product->ucc ? sim_json_arr(p->info, "additionalDomains") : NULL,
		.secure_www = p->secure_www, .external = p->external, .hold = p->hold,
		.requestor_name = sim_json_str(requestor, "requestorName"),
		.requestor_isd = sim_json_str(requestor, "requestorIsdCode"),
		.requestor_mobile = sim_json_str(requestor, "requestorMobileNumber"),
		.requestor_email = sim_json_str(requestor, "requestorEmail"),
		.requestor_designation = sim_json_str(requestor, "requestorDesignation"),
		.org_name = sim_json_str(p->info, "organizationName"),
		.country = sim_json_str(p->info, "countryCode"), .variant = "",
		.agreement = !strcmp(accept, "1") ? '1' : !strcmp(accept, "0") ? '2' : '0',
		.signer_name = sim_json_str(p->agreement, "signerName"),
		.signer_place = sim_json_str(p->agreement, "signerPlace"),
		.csr = p->csr, .spki = p->spki, .approval = p->sim->account.approval,
		.has_token = *sim_json_str(p->org_block, "prevettingToken") != '\0',
		.tags = sim_json_arr(p->additional, "tags"),
		.custom = sim_json_arr(p->additional, "customFields"), .details = p->details,
	};
}

static void put_private_certificate(struct sim_call *call, const struct sim_order *order)
{
	const struct sim_ca *ca = &call->sim->private_ca;
	struct sim_json_out *out = &call->out;

	/* hash-map order, as the serializer of the placement calls has it */
	sim_json_open(out, "certificateDetails", '{');
	sim_json_text(out, "expiryDate", sim_clock_text(call->arena, order->cert.not_after));
	sim_json_text(out, "rootCertificate", ca->root_pem);
	sim_json_text(out, "certificateSerialNumber", order->cert.serial);
	sim_json_text(out, "caCertificate", ca->issuing_pem);
	sim_json_text(out, "subCACertificate", "");
	sim_json_text(out, "endEntityCertificate", order->cert.pem);
	sim_json_close(out, '}');
}

/* Everything is checked: makes the order or the draft and writes the answer. */
static struct sim_result place(struct sim_call *call, struct placement *p, const char *main_name)
{
	struct sim_form form = form_of(p, main_name);
	struct sim_order *order = sim_form_place(p->sim, &form);
	struct sim_json_out *out = &call->out;

	call->order_number = sim_mem_text(call->arena, order->number);
	sim_json_open(out, "orderDetails", '{');
	sim_json_text(out, "requestNumber", order->request);
	sim_json_text(out, "orderNumber", order->number);
	if (p->product->family == SIM_PRIVATE && order->cert.pem)
		put_private_certificate(call, order);
	if (!p->hold)
		sim_json_text(out, "trackingURL", order->tracking);
	sim_json_close(out, '}');
	return SIM_OK;
}

/* Under orderDetails only: a misplaced key is ignored, and the default is on. */
static struct sim_result check_www(struct placement *p)
{
	const char *www = sim_json_str(p->details, "autoSecureWWW");

	if (*www && strcmp(www, "0") != 0 && strcmp(www, "1") != 0)
		return SIM_NO(1105);
	p->secure_www = strcmp(www, "0") != 0 && !p->product->wildcard;
	return SIM_OK;
}

static struct placement start(struct sim_call *call)
{
	return (struct placement){ .sim = call->sim, .arena = call->arena,
				   .details = call->details, .csr = "", .spki = "" };
}

struct sim_result sim_place_ssl(struct sim_call *call)
{
	struct placement p = start(call);
	struct sim_result result = check_common(&p, SIM_SSL);

	if (!result.code)
		result = check_www(&p);
	if (!result.code)
		result = sim_check_domains(p.info, p.product);
	if (!result.code && p.product->vetting != SIM_DV && !p.org)
		result = sim_check_subject(p.info);
	if (!result.code && p.product->vetting == SIM_EV && !p.org)
		result = sim_check_ev(p.details);
	if (!result.code && !p.agreement && !p.org)
		result = SIM_NO(1084);
	if (!result.code)
		result = check_rest(&p, true, sim_json_str(p.info, "domainName"));
	if (result.code)
		return result;
	p.external = true;
	return place(call, &p, sim_json_str(p.info, "domainName"));
}

struct sim_result sim_place_private(struct sim_call *call)
{
	struct placement p = start(call);
	struct sim_result result = check_common(&p, SIM_PRIVATE);
	const char *hash;

	if (!result.code)
		result = sim_check_domains(p.info, p.product);
	if (!result.code && !*p.csr)
		result = SIM_NO(1006);
	if (!result.code)
		result = check_rest(&p, false, sim_json_str(p.info, "domainName"));
	if (result.code)
		return result;
	if (p.product->listed_only && !p.hold)
		return SIM_NO(939);
	hash = sim_certificate_csr_hash(call->arena, p.csr);
	if (sim_map_get(&call->sim->csrs, sim_mem_hash(hash)) && !p.draft)
		return SIM_NO(1099);
	sim_map_put(&call->sim->csrs, sim_mem_hash(hash), call->sim);
	p.external = !strcmp(sim_json_str(p.info, "dnsType"), "2");
	return place(call, &p, sim_json_str(p.info, "domainName"));
}

struct sim_result sim_place_smime(struct sim_call *call)
{
	struct placement p = start(call);
	struct sim_result result = check_common(&p, SIM_SMIME);
	const char *email = sim_json_str(p.info, "email");

	if (!result.code && !*email)
		result = SIM_NO(1015);
	if (!result.code && !sim_check_email(email))
		result = SIM_NO(1191);
	if (!result.code && !p.agreement)
		result = SIM_NO(1084);
	if (!result.code)
		result = check_rest(&p, false, NULL);
	return result.code ? result : place(call, &p, email);
}

struct sim_result sim_place_signer(struct sim_call *call)
{
	struct placement p = start(call);
	struct sim_result result = check_common(&p, SIM_SIGNER);
	const char *name;

	if (!result.code)
		result = sim_check_signer(p.info, p.product);
	if (!result.code)
		result = check_rest(&p, true, NULL);
	if (result.code)
		return result;
	name = *sim_json_str(p.info, "firstName") ?
		sim_mem_printf(call->arena, "%s %s", sim_json_str(p.info, "firstName"),
			       sim_json_str(p.info, "lastName")) :
		sim_json_str(p.info, "organizationName");
	return place(call, &p, name);
}
