/* SPDX-License-Identifier: MIT */
/* New orders of the second generation: the form that all families share, and that of SSL. */
#include "v2.h"

#include <string.h>
#include <strings.h>

void sim_v2_need(struct sim_v2_call *call, const struct sim_json *block, const char *key,
		 const char *field)
{
	if (!*sim_json_str(block, key))
		sim_v2_missing(call, field);
}

bool sim_v2_true(const struct sim_json *object, const char *key, bool missing)
{
	const char *text = sim_json_str(object, key);

	return *text ? !strcmp(text, "true") : missing;
}

/* "+12075550100" in the two parts of the first generation; joined again it is the same. */
static void set_phone(struct sim_v2_call *call, const char *phone, struct sim_form *form)
{
	size_t digits;

	form->requestor_isd = "";
	form->requestor_mobile = phone;
	if (*phone != '+')
		return;
	digits = phone[1] == '1' || phone[1] == '7' ? 1 : 2;
	if (strlen(phone + 1) < digits)
		return;
	form->requestor_isd = sim_mem_copy(call->arena, phone + 1, digits);
	form->requestor_mobile = phone + 1 + digits;
}

void sim_v2_form_start(struct sim_v2_call *call, struct sim_form *form)
{
	const struct sim_json *requestor = sim_json_obj(call->body, "requestor");

	sim_v2_need(call, requestor, "name", "requestor.name");
	sim_v2_need(call, requestor, "email", "requestor.email");
	*form = (struct sim_form){
		.main_name = "", .email = "", .org_name = "", .country = "", .variant = "",
		.signer_name = "", .signer_place = "", .spki = "", .agreement = '0',
		.requestor_name = sim_json_str(requestor, "name"),
		.requestor_email = sim_json_str(requestor, "email"),
		.requestor_designation = sim_json_str(requestor, "designation"),
		.csr = sim_json_str(call->body, "csr"),
		.tags = sim_json_arr(call->body, "tags"),
		.custom = sim_json_arr(call->body, "customFields"),
		.hold = sim_v2_true(call->body, "saveAsDraft", false),
	};
	set_phone(call, sim_json_str(requestor, "phone"), form);
}

/* A draft that is promoted brings nothing but its number: the body is whole. */
static int take_draft(struct sim_v2_call *call, struct sim_form *form)
{
	const char *number = sim_json_str(call->body, "requestId");

	if (!*number)
		return 0;
	form->draft = sim_order_by_request(call->sim, number);
	if (!form->draft)
		return sim_v2_no(call, 422, "1005", "Invalid Request Number");
	return form->draft->order_status == SIM_ORDER_DRAFT ? 0 :
		sim_v2_no(call, 422, "1169", "Request is already processed");
}

static int check_fields(struct sim_v2_call *call, const struct sim_form *form)
{
	const struct sim_json *field = form->custom ? form->custom->first : NULL;

	if (sim_v2_is(call, SIM_V2_FIELDS, "wire"))
		return 0;
	for (; field; field = field->next)
		if (!strcmp(sim_json_str(field, "fieldId"), "f_1") &&
		    *sim_json_str(field, "value"))
			return 0;
	return sim_v2_no(call, 422, "918", "Additional Information cannot be empty");
}

static int check_subscription(struct sim_v2_call *call)
{
	const char *years = sim_json_str(sim_json_obj(call->body, "subscription"),
					 "validityYears");

	return !*years || (strlen(years) == 1 && *years >= '1' && *years <= '3') ? 0 :
		sim_v2_no(call, 422, "919", "validityYears must be 1, 2 or 3");
}

/* What the first generation would need to promote it. */
static const struct sim_json *draft_of(struct sim_v2_call *call, const struct sim_form *form)
{
	const char *text = sim_mem_printf(
		call->arena, "{\"productCode\":\"%s\",\"groupNumber\":\"%s\"}",
		form->product->code, form->group->number);

	return sim_json_read(call->arena, text, strlen(text));
}

int sim_v2_form_agreement(struct sim_v2_call *call, struct sim_form *form)
{
	const struct sim_json *block = sim_json_obj(call->body, "agreement");

	if (!block)
		return 0;
	if (!sim_v2_true(block, "accepted", false))
		return sim_v2_no(call, 422, "920", "The agreement is not accepted");
	form->agreement = '1';
	form->signer_name = sim_json_str(block, "signerName");
	form->signer_place = sim_json_str(block, "signerPlace");
	return *form->signer_name ? 0 : sim_v2_refuse(call, SIM_NO(1088), "");
}

int sim_v2_form_finish(struct sim_v2_call *call, struct sim_form *form, const char *common_name)
{
	int status = sim_v2_account_group(call, sim_json_str(call->body, "groupNumber"),
					  &form->group);

	if (!status)
		status = take_draft(call, form);
	if (!status)
		status = check_subscription(call);
	if (!status)
		status = check_fields(call, form);
	if (!status && *form->csr)
		status = sim_v2_after_check_csr(call, form->csr, common_name, &form->spki);
	if (!status && !form->hold &&
	    *sim_account_purse(call->sim, form->group) < form->product->price)
		status = sim_v2_no(call, 422, "1139", "Insufficient Credits");
	if (!status && form->hold)
		form->details = draft_of(call, form);
	return status;
}

struct sim_order *sim_v2_form_place(struct sim_v2_call *call, struct sim_form *form)
{
	struct sim_order *order = sim_form_place(call->sim, form);
	struct sim_json_out *out = &call->out;

	call->order = order;
	sim_json_open(out, NULL, '{');
	if (!form->hold)
		sim_json_text(out, "orderId", order->number);
	sim_json_text(out, "requestId", order->request);
	return order;
}

/* What an order for SSL works with. */
struct ssl {
	const char *variant, *domain;
	const struct sim_json *certificate, *more;
	bool wildcard, ucc;
};

static const struct {
	const char *word;
	enum sim_vetting vetting;
} vettings[] = { { "dv", SIM_DV }, { "ov", SIM_OV }, { "ev", SIM_EV } };

/* "dv" is said of every shape, "dv-wildcard-ucc" of one. */
static bool read_variant(const struct ssl *ssl, enum sim_vetting *vetting)
{
	const char *shape = strchr(ssl->variant, '-');
	size_t i, len = shape ? (size_t)(shape - ssl->variant) : strlen(ssl->variant);

	for (i = 0; i < sizeof(vettings) / sizeof(vettings[0]); i++)
		if (strlen(vettings[i].word) == len &&
		    !strncmp(vettings[i].word, ssl->variant, len))
			break;
	if (i == sizeof(vettings) / sizeof(vettings[0]))
		return false;
	*vetting = vettings[i].vetting;
	return !shape || !strcmp(shape, "-wildcard") || !strcmp(shape, "-ucc") ||
		!strcmp(shape, "-wildcard-ucc");
}

static bool is_shape(const struct ssl *ssl)
{
	const char *shape = strchr(ssl->variant, '-');

	return !shape || (!strstr(shape, "wildcard") == !ssl->wildcard &&
			  !strstr(shape, "ucc") == !ssl->ucc);
}

/* By the header, else by vetting and shape. */
static int find_product(struct sim_v2_call *call, const struct ssl *ssl, enum sim_vetting vetting,
			struct sim_form *form)
{
	const char *code = sim_http_header(call->http, call->arena, "X-Product-Code");
	const struct sim_product *product;

	if (ssl->wildcard && vetting == SIM_EV)
		return sim_v2_no(call, 422, "915", "EV certificates have no wildcards");
	if (code) {
		product = sim_account_product(call->sim, code);
	} else {
		for (product = call->sim->account.products; product; product = product->next)
			if (product->family == SIM_SSL && product->vetting == vetting &&
			    product->wildcard == ssl->wildcard && product->ucc == ssl->ucc)
				break;
	}
	form->product = product;
	if (!product || product->family != SIM_SSL || product->listed_only)
		return sim_v2_no(call, 422, "915", "Invalid Product Code");
	if (product->vetting != vetting || !is_shape(ssl) || product->wildcard != ssl->wildcard ||
	    product->ucc != ssl->ucc)
		return sim_v2_no(call, 422, "915",
				 "The product code does not fit the variant and the domains");
	return 0;
}

static int check_names(struct sim_v2_call *call, const struct ssl *ssl)
{
	const struct sim_json *name;
	int n = 0;

	if (sim_check_suffix(ssl->domain))
		return sim_v2_refuse(call, SIM_NO(1060), "");
	for (name = ssl->more ? ssl->more->first : NULL; name; name = name->next)
		n++;
	if (n > 249)
		return sim_v2_no(call, 422, "1063", "More than 250 domain names");
	return ssl->wildcard && sim_v2_true(ssl->certificate, "autoSecureWww", false) ?
		sim_v2_no(call, 422, "917", "autoSecureWww must be false for a wildcard") : 0;
}

static int check_organization(struct sim_v2_call *call, struct sim_form *form)
{
	const struct sim_json *block = sim_json_obj(call->body, "organization");
	const char *token = sim_json_str(block, "preVettingToken");

	/* one client sends it for DV too, where it means nothing */
	if (form->product->vetting == SIM_DV)
		return 0;
	form->org = sim_account_org(call->sim, sim_json_str(block, "organizationNumber"));
	if (!form->org)
		return sim_v2_no(call, 422, "1180", "Organization Name cannot be empty");
	if (!form->org->validated || *form->org->validation_for == '3' ||
	    (form->product->vetting == SIM_EV && *form->org->validation_for != '2'))
		return sim_v2_refuse(call, SIM_NO(1073), "");
	form->has_token = *token != '\0';
	return form->has_token && strcasecmp(token, form->org->token) != 0 ?
		sim_v2_refuse(call, SIM_NO(1214), "") : 0;
}

/* The message has the first generation's name for the block. */
static int check_agreement(struct sim_v2_call *call, struct sim_form *form)
{
	if (!sim_json_obj(call->body, "agreement") && !form->org)
		return sim_v2_no(call, 422, "", "'agreementDetails' block cannot be empty");
	return sim_v2_form_agreement(call, form);
}

static void put_links(struct sim_v2_call *call, const struct sim_order *order)
{
	static const char *const links[] = { "dcv", "csr", "agreement", "certificate", "cancel",
					     "revoke" };
	struct sim_json_out *out = &call->out;
	const char *self = sim_mem_printf(call->arena, SIM_V2_PREFIX "ssl-certificates/%s",
					  order->number);
	size_t i;

	if (sim_v2_is(call, SIM_V2_LINKS, "wire") || !*order->number)
		return;
	sim_json_open(out, "_links", '{');
	sim_json_open(out, "self", '{');
	sim_json_text(out, "href", self);
	sim_json_close(out, '}');
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		sim_json_open(out, links[i], '{');
		sim_json_text(out, "href", sim_mem_printf(call->arena, "%s/%s", self, links[i]));
		sim_json_close(out, '}');
	}
	sim_json_close(out, '}');
}

static int place(struct sim_v2_call *call, struct sim_form *form, const struct ssl *ssl)
{
	struct sim_order *order = sim_v2_form_place(call, form);
	struct sim_json_out *out = &call->out;

	sim_json_text(out, "status", sim_v2_track_state(order));
	sim_json_text(out, "productVariant", ssl->variant);
	sim_json_text(out, "domain", ssl->domain);
	if (ssl->ucc)
		sim_json_value(out, "additionalDomains", ssl->more);
	sim_v2_time(call, "createdAt", order->placed);
	sim_json_text(out, "resolvedProductCode", order->product->code);
	put_links(call, order);
	sim_json_close(out, '}');
	return 201;
}

int sim_v2_create_ssl(struct sim_v2_call *call)
{
	struct ssl ssl = { .variant = sim_json_str(call->body, "productVariant"),
			   .certificate = sim_json_obj(call->body, "certificate") };
	enum sim_vetting vetting;
	struct sim_form form;
	int status;

	if (!*ssl.variant)
		sim_v2_missing(call, "productVariant");
	sim_v2_form_start(call, &form);
	sim_v2_need(call, ssl.certificate, "domain", "certificate.domain");
	if (call->missing.len)
		return sim_v2_no(call, 400, "", "Validation failed");
	ssl.domain = sim_json_str(ssl.certificate, "domain");
	ssl.more = sim_json_arr(ssl.certificate, "additionalDomains");
	ssl.ucc = ssl.more && ssl.more->first;
	ssl.wildcard = !strncmp(ssl.domain, "*.", 2);
	if (!read_variant(&ssl, &vetting))
		return sim_v2_no(call, 400, "", "Unknown productVariant");
	status = find_product(call, &ssl, vetting, &form);
	if (!status)
		status = check_names(call, &ssl);
	if (!status)
		status = check_organization(call, &form);
	if (!status)
		status = check_agreement(call, &form);
	if (!status)
		status = sim_v2_form_finish(call, &form, ssl.domain);
	if (status)
		return status;
	form.main_name = ssl.domain;
	form.variant = ssl.variant;
	form.more = ssl.ucc ? ssl.more : NULL;
	form.external = true;
	form.secure_www = sim_v2_true(ssl.certificate, "autoSecureWww", true) && !ssl.wildcard;
	form.approval = call->sim->account.approval && vetting != SIM_DV && !form.has_token;
	return place(call, &form, &ssl);
}
