/* SPDX-License-Identifier: MIT */
/* The proof of control for the names of an order: challenges, and checks of them. */
#include "v2.h"

#include <string.h>
#include <strings.h>

void sim_v2_dcv_token(struct sim *sim, const char **token, const char **file, long long *made)
{
	if (*token && sim_clock_now(sim) < *made + SIM_V2_TOKEN_MS)
		return;
	*token = sim_mem_printf(&sim->arena, "emudhra-dcv-%s", sim_clock_hex(sim, 32));
	*file = sim_clock_hex(sim, 32);
	*made = sim_clock_now(sim);
}

enum sim_v2_outcome sim_v2_dcv_look(struct sim_v2_call *call, const char *name, const char *file,
				    const char *token, char method)
{
	enum sim_dcv_mode mode = call->sim->options->dcv;

	if (mode == SIM_DCV_AUTO)
		return SIM_V2_VERIFIED;
	/* a person decides; and a mail is answered by nobody */
	if (mode == SIM_DCV_MANUAL || method == '3')
		return SIM_V2_PENDING;
	return sim_dcv_probe(call->sim, call->arena, name, file, token, method) ?
		SIM_V2_VERIFIED : SIM_V2_FAILED;
}

/* A wildcard and the name below it share one record. */
static void share_token(struct sim *sim, struct sim_order *order, struct sim_name *name)
{
	const char *base = sim_domain_base(name->name);
	struct sim_name *first = name;
	int i;

	for (i = order->n_names; i-- > 0; )
		if (!strcasecmp(sim_domain_base(order->names[i].name), base))
			first = &order->names[i];
	sim_v2_dcv_token(sim, &first->token, &first->file, &first->token_made);
	name->token = first->token;
	name->file = first->file;
	name->token_made = first->token_made;
}

/* What both calls check, and the name and method they are about. */
static int start(struct sim_v2_call *call, const char *domain, const char *how,
		 struct sim_name **name, char *method)
{
	struct sim_order *order = call->order;

	*method = sim_v2_method_of(how);
	if (!*method || *method > '3')
		return sim_v2_no(call, 400, "", "Unknown method");
	if (strncmp(sim_v2_track_state(order), "pending-", 8) != 0 && !order->cert.not_after)
		return sim_v2_refuse(call, SIM_NO(1165), "");
	*name = sim_order_name(order, domain);
	if (!*name)
		return sim_v2_no(call, 422, "1160", "No challenge was found for this domain");
	if ((*name)->status == '1')
		return sim_v2_refuse(call, SIM_NO(1080), "");
	if (sim_clock_now(call->sim) < order->placed + call->sim->options->delay_dcv_gate)
		return sim_v2_refuse(call, SIM_NO(1165), "");
	return 0;
}

/* The shapes of the book, none of which was ever seen. */
static void put_documented(struct sim_v2_call *call, const struct sim_name *name, char method)
{
	struct sim_json_out *out = &call->out;

	if (sim_v2_is(call, SIM_V2_DCV_BODY, "example")) {
		sim_json_text(out, "orderNumber", call->order->number);
		sim_json_text(out, "domainName", name->name);
		/* its numbers are those of the first generation the other way round */
		sim_json_text(out, "dcvMethod", method == '2' ? "1" : method == '1' ? "2" : "3");
		if (method == '2') {
			sim_json_text(out, "dvFileName", name->file);
			sim_json_text(out, "dvFileToken", name->token);
		} else {
			sim_json_text(out, "fileNameContent", name->token);
		}
		sim_json_text(out, "tokenExpiryDate", sim_clock_text(
			call->arena, name->token_made + SIM_V2_TOKEN_MS));
		return;
	}
	sim_json_text(out, "method", sim_v2_method_text(method));
	if (method == '2') {
		sim_json_text(out, "fileName", name->file);
		sim_json_text(out, "fileToken", name->token);
	} else {
		sim_json_text(out, "txtToken", name->token);
	}
}

int sim_v2_dcv_get(struct sim_v2_call *call)
{
	const char *domain = sim_json_str(call->query, "domain");
	const char *how = sim_json_str(call->query, "method");
	struct sim_json_out *out = &call->out;
	struct sim_name *name;
	char method;
	int status;

	/* the challenge is kept, so a history order is from now on */
	call->order = sim_order_find(call->sim, call->order->number);
	status = start(call, *domain ? domain : call->order->main_name, *how ? how : "dns-txt",
		       &name, &method);
	if (status)
		return status;
	share_token(call->sim, call->order, name);
	sim_json_open(out, NULL, '{');
	if (sim_v2_is(call, SIM_V2_DCV_BODY, "wire")) {
		sim_json_text(out, "token", name->token);
		sim_json_text(out, "tokenExpiryDate", sim_clock_text(
			call->arena, name->token_made + SIM_V2_TOKEN_MS));
	} else if (sim_v2_is(call, SIM_V2_DCV_BODY, "challenges")) {
		sim_json_open(out, "challenges", '[');
		sim_json_open(out, NULL, '{');
		put_documented(call, name, method);
		sim_json_close(out, '}');
		sim_json_close(out, ']');
	} else {
		put_documented(call, name, method);
	}
	sim_json_close(out, '}');
	return 200;
}

int sim_v2_dcv_verify(struct sim_v2_call *call)
{
	const char *domain = sim_json_str(call->body, "domain");
	const char *how = sim_json_str(call->body, "method");
	struct sim_order *order = call->order;
	long long now = sim_clock_now(call->sim);
	enum sim_v2_outcome outcome;
	struct sim_domain *row;
	struct sim_name *name;
	char method;
	int status;

	if (!*domain)
		return sim_v2_refuse(call, SIM_NO(1157), "");
	if (!*how)
		return sim_v2_refuse(call, SIM_NO(1158), "");
	status = start(call, domain, how, &name, &method);
	if (status)
		return status;
	if (!name->token)
		return sim_v2_no(call, 422, "1160", "No challenge was found for this domain");
	if (now >= name->token_made + SIM_V2_TOKEN_MS)
		return sim_v2_no(call, 422, "1161", "The challenge has expired");
	outcome = sim_v2_dcv_look(call, name->name, name->file, name->token, method);
	name->method = method;
	if (outcome == SIM_V2_VERIFIED && !name->due)
		name->due = now + call->sim->options->delay_dcv;
	sim_life_advance(call->sim, order);
	row = sim_domain_find(call->sim, name->name, order->org ? order->org->number : "");
	return sim_v2_proof_answer(call, row, method, name->token, outcome);
}
