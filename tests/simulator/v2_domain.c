/* SPDX-License-Identifier: MIT */
/* One domain of the second generation: registered, shown, proved, switched off. */
#include "v2.h"

#include <string.h>
#include <strings.h>

#define DAY 86400000LL

const char *sim_v2_domain_status(struct sim *sim, const struct sim_domain *domain)
{
	if (domain->inactive)
		return "INACTIVE";
	return domain->till && domain->till < sim_clock_now(sim) ? "EXPIRED" : "ACTIVE";
}

const char *sim_v2_domain_dcv_status(const struct sim_domain *domain)
{
	return domain->status == '1' ? "VERIFIED" : domain->status == '2' ? "REJECTED" : "PENDING";
}

const char *sim_v2_domain_org_id(struct sim_arena *arena, const char *number)
{
	uint64_t a = sim_mem_hash(number), b = sim_mem_mix(a), c = sim_mem_mix(b);

	return *number ? sim_mem_printf(arena, "%016llx%016llx%016llx", (unsigned long long)a,
					(unsigned long long)b, (unsigned long long)c) : "";
}

static const char *method_text(const struct sim_domain *domain)
{
	return sim_v2_method_text(domain->method ? domain->method : '1');
}

/* The token block of an answer that has a new token; both shapes of the book in one. */
static void put_token(struct sim_v2_call *call, const struct sim_domain *domain)
{
	struct sim_json_out *out = &call->out;
	bool file = domain->method == '2';

	sim_json_open(out, "dcv", '{');
	sim_json_text(out, "method", method_text(domain));
	if (file)
		sim_json_null(out, "txtToken");
	else
		sim_json_text(out, "txtToken", domain->token);
	if (file) {
		sim_json_text(out, "fileToken", domain->token);
		sim_json_text(out, "fileName", domain->file);
	} else {
		sim_json_null(out, "fileToken");
		sim_json_null(out, "fileName");
	}
	sim_v2_time(call, "tokenExpiry", domain->token_made + SIM_V2_TOKEN_MS);
	sim_json_text(out, "instructions", file ?
		      "Publish the token below /.well-known/pki-validation/." :
		      "Publish the token as TXT record of _emudhra-challenge.");
	sim_json_close(out, '}');
}

static void new_token(struct sim_v2_call *call, struct sim_domain *domain)
{
	domain->token = NULL;
	sim_v2_dcv_token(call->sim, &domain->token, &domain->file, &domain->token_made);
}

static void put_created(struct sim_v2_call *call, const struct sim_domain *domain)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "domainId", domain->id);
	sim_json_text(out, "domainName", domain->name);
	sim_json_text(out, "organizationId", sim_v2_domain_org_id(call->arena, domain->org));
	/* elsewhere this is "status" */
	sim_json_text(out, "domainStatus", sim_v2_domain_status(call->sim, domain));
	sim_json_text(out, "dcvStatus", sim_v2_domain_dcv_status(domain));
	sim_json_text(out, "dcvMethod", method_text(domain));
	put_token(call, domain);
	sim_json_text(out, "autoVerify", domain->inherited ? "scheduled" : "noEligibleAncestor");
	sim_v2_time(call, "createdAt", domain->created);
	sim_json_close(out, '}');
}

static int check_caa(struct sim_v2_call *call)
{
	if (sim_v2_true(call->body, "skipCAA", false) || sim_v2_is(call, SIM_V2_CAA, "passes"))
		return 0;
	if (sim_v2_is(call, SIM_V2_CAA, "forbids"))
		return sim_v2_no(call, 422, "DOMAIN-001", "CAA forbids issuance for this domain");
	sim_buf_text(&call->more, ",\"diagnostics\":{\"schemaVersion\":1,\"method\":"
		     "\"CAA_PRECHECK\",\"overallStatus\":\"FAILED\",\"failureClass\":"
		     "\"DNS_TIMEOUT\",\"perspectives\":[]}");
	return sim_v2_no(call, 422, "DOMAIN-103", "CAA pre-check failed");
}

/* Validation from the start, of a row that is there. */
static int renew(struct sim_v2_call *call, const char *name, const char *org)
{
	struct sim_domain *domain = sim_domain_find(call->sim, name, *org ? org : NULL);

	if (!domain)
		return sim_v2_no(call, 404, "", "Domain not found under this account.");
	if (domain->inherited)
		return sim_v2_no(call, 409, "", "The domain inherits its validation.");
	domain->status = '0';
	new_token(call, domain);
	put_created(call, domain);
	return 200;
}

/* Somebody has it already: this organization or another one. */
static int check_free(struct sim_v2_call *call, const char *name, const char *org)
{
	struct sim_domain *domain = sim_domain_find(call->sim, name, org);

	if (domain)
		return sim_v2_no(call, 409, "DOMAIN-002", "The domain exists already");
	domain = sim_domain_find(call->sim, name, NULL);
	if (!domain || !*domain->org)
		return 0;
	sim_buf_printf(&call->more, ",\"existingDomainId\":\"%s\"", domain->id);
	return sim_v2_no(call, 409, "DOMAIN-101", "The domain belongs to another organization");
}

int sim_v2_domain_create(struct sim_v2_call *call)
{
	const char *name = sim_json_str(call->body, "domainName");
	const char *org = sim_json_str(call->body, "organizationId");
	const char *how = sim_json_str(call->body, "dcvMethod");
	char method = sim_v2_method_of(*how ? how : "dns-txt");
	const struct sim_domain *from;
	struct sim_domain *domain;
	int status;

	sim_v2_need(call, call->body, "domainName", "domainName");
	if (call->missing.len)
		return sim_v2_no(call, 400, "", "Validation failed");
	if (!method || method == '3')
		return sim_v2_no(call, 400, "", "Unknown dcvMethod");
	if (!strcmp(sim_json_str(call->body, "mode"), "renew"))
		return renew(call, name, org);
	if (!sim_check_hostname(name) || sim_check_suffix(name))
		return sim_v2_no(call, 422, "DOMAIN-003",
				 "The domain name is not valid or is a public suffix");
	if (*org && !sim_account_org(call->sim, org))
		return sim_v2_refuse(call, SIM_NO(1135), "");
	status = check_free(call, name, org);
	if (!status)
		status = check_caa(call);
	if (status)
		return status;
	from = sim_domain_covers(call->sim, name);
	domain = sim_domain_add(call->sim, name, org);
	domain->method = method;
	/* what is proved above counts within one organization */
	if (from && !strcmp(from->org, org))
		sim_domain_inherit(call->sim, name, from);
	new_token(call, domain);
	call->answer->extra = sim_v2_words(call, "Location: " SIM_V2_PREFIX "domains/%s\r\n",
					   domain->id);
	put_created(call, domain);
	return 201;
}

int sim_v2_domain_get(struct sim_v2_call *call)
{
	const struct sim_domain *domain = call->domain;
	const struct sim_org *org = sim_account_org(call->sim, domain->org);
	struct sim_json_out *out = &call->out;

	sim_json_open(out, NULL, '{');
	sim_v2_time(call, "createdAt", domain->created);
	sim_json_open(out, "dcv", '{');
	sim_json_text(out, "method", method_text(domain));
	sim_json_close(out, '}');
	sim_json_text(out, "dcvStatus", sim_v2_domain_dcv_status(domain));
	sim_json_text(out, "domainId", domain->id);
	sim_json_text(out, "domainName", domain->name);
	sim_json_text(out, "organizationName", org ? org->name : "");
	sim_json_text(out, "status", sim_v2_domain_status(call->sim, domain));
	if (domain->status == '1') {
		sim_v2_time(call, "validTill", domain->till / DAY * DAY);
		sim_v2_time(call, "verifiedAt", domain->verified);
	}
	sim_json_close(out, '}');
	return 200;
}

int sim_v2_domain_dcv(struct sim_v2_call *call)
{
	struct sim_domain *domain = call->domain;
	struct sim_json_out *out = &call->out;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "method", method_text(domain));
	/* the first look at a pending one makes the token; a verified one has none to show */
	if (domain->status == '0' && !domain->inactive) {
		sim_v2_dcv_token(call->sim, &domain->token, &domain->file, &domain->token_made);
		if (domain->method == '2') {
			sim_json_text(out, "fileToken", domain->token);
			sim_json_text(out, "fileName", domain->file);
		} else {
			sim_json_text(out, "txtToken", domain->token);
			sim_json_text(out, "dnsHost", sim_mem_printf(
				call->arena, "_emudhra-challenge.%s", domain->name));
		}
		sim_v2_time(call, "tokenExpiry", domain->token_made + SIM_V2_TOKEN_MS);
	}
	sim_json_close(out, '}');
	return 200;
}

int sim_v2_domain_method(struct sim_v2_call *call)
{
	struct sim_domain *domain = call->domain;
	char method = sim_v2_method_of(sim_json_str(call->body, "dcvMethod"));

	if (!method || method == '3')
		return sim_v2_no(call, 400, "", "Unknown dcvMethod");
	if (domain->inactive)
		return sim_v2_no(call, 422, "DOMAIN-102", "The validation could not be reset");
	domain->method = method;
	new_token(call, domain);
	sim_json_open(&call->out, NULL, '{');
	sim_json_text(&call->out, "domainId", domain->id);
	sim_json_text(&call->out, "domainName", domain->name);
	sim_json_text(&call->out, "dcvStatus", sim_v2_domain_dcv_status(domain));
	sim_json_text(&call->out, "dcvMethod", method_text(domain));
	put_token(call, domain);
	sim_json_close(&call->out, '}');
	return 200;
}

int sim_v2_domain_verify(struct sim_v2_call *call)
{
	struct sim_domain *domain = call->domain;
	char method = domain->method ? domain->method : '1';
	enum sim_v2_outcome outcome;
	const char *token;

	if (domain->inactive || domain->status == '2')
		return sim_v2_refuse(call, SIM_NO(1165), "");
	sim_v2_dcv_token(call->sim, &domain->token, &domain->file, &domain->token_made);
	token = domain->token;
	outcome = sim_v2_dcv_look(call, domain->name, domain->file, token, method);
	if (outcome == SIM_V2_VERIFIED)
		sim_domain_prove(call->sim, domain->name, method, domain->org,
				 sim_clock_now(call->sim));
	return sim_v2_proof_answer(call, domain, method, token, outcome);
}

int sim_v2_domain_deactivate(struct sim_v2_call *call)
{
	struct sim_domain *domain = call->domain;
	struct sim_json_out *out = &call->out;

	if (domain->inactive)
		return sim_v2_no(call, 422, "", "The domain is not active.");
	domain->inactive = true;
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "domainId", domain->id);
	sim_json_text(out, "domainName", domain->name);
	sim_json_text(out, "domainStatus", "INACTIVE");
	sim_v2_time(call, "deactivatedAt", sim_clock_now(call->sim));
	sim_json_text(out, "message", "The domain was deactivated.");
	sim_json_close(out, '}');
	return 200;
}
