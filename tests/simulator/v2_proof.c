/* SPDX-License-Identifier: MIT */
/* What a look at a domain found: the diagnostics, and the attempts that are kept. */
#include "v2.h"

#include <string.h>

/* In diagnostics the methods have other names. */
static const char *method_name(char method)
{
	return method == '2' ? "WEBSITE_CHANGE" : method == '3' ? "CAA_EMAIL" : "DNS_TXT";
}

static void put_expected(struct sim_v2_call *call, const struct sim_domain *domain,
			 const struct sim_attempt *attempt)
{
	struct sim_json_out *out = &call->out;
	bool file = attempt->method == '2';

	sim_json_open(out, "expected", '{');
	sim_json_text(out, "domainName", domain->name);
	if (file)
		sim_json_null(out, "recordValue");
	else
		sim_json_text(out, "recordValue", attempt->token);
	if (file && domain->file)
		sim_json_text(out, "fileName", domain->file);
	else
		sim_json_null(out, "fileName");
	if (file)
		sim_json_text(out, "fileContent", attempt->token);
	else
		sim_json_null(out, "fileContent");
	sim_json_close(out, '}');
	sim_json_open(out, "consensus", '{');
	sim_json_bool(out, "agreed", true);
	sim_json_number(out, "perspectiveCount", 4);
	sim_json_number(out, "quorumCount", 3);
	sim_json_number(out, "totalPerspectivesQueried", 4);
	sim_json_bool(out, "rirDiversityMet", true);
	sim_json_null(out, "consensusStatusCode");
	sim_json_null(out, "consensusUrl");
	sim_json_null(out, "consensusValue");
	sim_json_close(out, '}');
}

static void put_step(struct sim_v2_call *call, const struct sim_domain *domain,
		     const struct sim_attempt *attempt)
{
	struct sim_json_out *out = &call->out;
	bool file = attempt->method == '2';

	sim_json_open(out, "nextSteps", '[');
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "key", attempt->verified ? "dcv.nextStep.unknown" :
		      file ? "dcv.nextStep.file.missing" : "dcv.nextStep.txt.recordMissing");
	sim_json_text(out, "severity", "ERROR");
	sim_json_open(out, "params", '{');
	if (!attempt->verified) {
		sim_json_text(out, "recordName", sim_mem_printf(
			call->arena, "_emudhra-challenge.%s", domain->name));
		sim_json_text(out, "recordValue", attempt->token);
	}
	sim_json_close(out, '}');
	sim_json_close(out, '}');
	sim_json_close(out, ']');
}

/* A verified domain looks like a failure here: the live service has it so. */
static void put_diagnostics(struct sim_v2_call *call, const struct sim_domain *domain,
			    const struct sim_attempt *attempt)
{
	struct sim_json_out *out = &call->out;
	static const char *const regions[] = { "us-east", "eu-west", "ap-south", "sa-east" };
	size_t i;

	sim_json_open(out, "diagnostics", '{');
	sim_json_number(out, "schemaVersion", 1);
	sim_json_text(out, "domainId", "internal");
	sim_json_text(out, "domainName", domain->name);
	sim_json_text(out, "method", method_name(attempt->method));
	sim_json_text(out, "attemptTimestamp", sim_clock_text(call->arena, attempt->at));
	sim_json_text(out, "overallStatus", attempt->verified ? "VERIFIED" : "FAILED");
	sim_json_text(out, "failureClass", attempt->failure);
	sim_json_bool(out, "tokenIsStale", attempt->verified);
	put_expected(call, domain, attempt);
	sim_json_open(out, "perspectives", '[');
	for (i = 0; !attempt->verified && i < 4; i++) {
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "resolverIp", sim_mem_printf(call->arena, "192.0.2.%zu",
								53 + i));
		sim_json_text(out, "region", regions[i]);
		sim_json_text(out, "status", "FAILED");
		sim_json_text(out, "failureClass", attempt->failure);
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	put_step(call, domain, attempt);
	sim_json_close(out, '}');
}

static void put_success(struct sim_v2_call *call, char method, const char *status)
{
	struct sim_json_out *out = &call->out;
	bool verified = !strcmp(status, "VERIFIED");

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "overallStatus", status);
	sim_json_text(out, "method", sim_v2_method_text(method));
	if (verified)
		sim_v2_time(call, "verifiedAt", sim_clock_now(call->sim));
	sim_json_open(out, "diagnostics", '{');
	sim_json_number(out, "schemaVersion", 1);
	sim_json_text(out, "overallStatus", status);
	sim_json_text(out, "failureClass", verified ? "OK" : "UNKNOWN");
	sim_json_open(out, "perspectives", '[');
	sim_json_close(out, ']');
	sim_json_close(out, '}');
	sim_json_close(out, '}');
}

int sim_v2_proof_answer(struct sim_v2_call *call, struct sim_domain *domain, char method,
			const char *token, enum sim_v2_outcome outcome)
{
	const char *failure = method == '2' ? "HTTP_4XX" : "RECORD_MISSING";

	if (outcome == SIM_V2_FAILED) {
		if (domain) {
			sim_domain_attempt(call->sim, domain, method, false, failure, token,
					   sim_clock_now(call->sim));
			call->out = (struct sim_json_out){ .buf = &call->more, .comma = true };
			put_diagnostics(call, domain, domain->attempts);
		}
		return sim_v2_no(call, 422, "1161", "Domain control could not be verified");
	}
	if (outcome == SIM_V2_VERIFIED && sim_v2_is(call, SIM_V2_VERIFY, "documented"))
		return 204;
	put_success(call, method, outcome == SIM_V2_VERIFIED ? "VERIFIED" : "PENDING");
	return 200;
}

static void put_attempt(struct sim_v2_call *call, const struct sim_attempt *attempt)
{
	struct sim_json_out *out = &call->out;

	sim_json_text(out, "attemptId", attempt->id);
	sim_v2_time(call, "attemptedAt", attempt->at);
	sim_json_text(out, "failureClass", attempt->failure);
	/* some rows lack it */
	if (!attempt->verified || *attempt->token)
		sim_json_text(out, "method", method_name(attempt->method));
	sim_json_text(out, "overallStatus", attempt->verified ? "VERIFIED" : "FAILED");
}

int sim_v2_proof_attempts(struct sim_v2_call *call)
{
	struct sim_json_out *out = &call->out;
	const struct sim_attempt *attempt;
	long offset, limit, at = 0;
	int status = sim_v2_domains_range(call, 20, 50, &offset, &limit);

	if (status)
		return status;
	sim_json_open(out, NULL, '{');
	sim_json_open(out, "content", '[');
	for (attempt = call->domain->attempts; attempt; attempt = attempt->next, at++) {
		if (at < offset || at - offset >= limit)
			continue;
		sim_json_open(out, NULL, '{');
		put_attempt(call, attempt);
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_v2_domains_envelope(call, offset, limit, at);
	sim_json_close(out, '}');
	return 200;
}

int sim_v2_proof_last(struct sim_v2_call *call)
{
	const struct sim_domain *domain = call->domain;
	const struct sim_attempt *attempt = domain->attempts;
	struct sim_json_out *out = &call->out;

	if (!attempt)
		return sim_v2_no(call, 404, "", "No DCV attempts found for this domain.");
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "domainId", domain->id);
	sim_json_text(out, "method", sim_v2_method_text(attempt->method));
	sim_json_text(out, "status", attempt->verified ? "VERIFIED" : "FAILED");
	put_diagnostics(call, domain, attempt);
	sim_json_close(out, '}');
	return 200;
}

int sim_v2_proof_attempt(struct sim_v2_call *call)
{
	const struct sim_attempt *attempt = call->domain->attempts;
	struct sim_json_out *out = &call->out;

	while (attempt && strcmp(attempt->id, call->path[1]) != 0)
		attempt = attempt->next;
	if (!attempt)
		return sim_v2_no(call, 404, "", "No such DCV attempt.");
	sim_json_open(out, NULL, '{');
	put_attempt(call, attempt);
	put_diagnostics(call, call->domain, attempt);
	sim_json_close(out, '}');
	return 200;
}
