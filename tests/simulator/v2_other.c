/* SPDX-License-Identifier: MIT */
/* New orders of the second generation for private names and for signers of documents. */
#include "v2.h"

#include <string.h>

int sim_v2_create_private(struct sim_v2_call *call)
{
	static const char *const variants[][2] = { { "intranet-ssl", "149" },
						   { "igtf-host", "108" } };
	const char *variant = sim_json_str(call->body, "variant");
	const char *host = sim_json_str(call->body, "hostname");
	const char *code = sim_http_header(call->http, call->arena, "X-Product-Code");
	const struct sim_order *order;
	struct sim_form form;
	size_t i;
	int status;

	sim_v2_need(call, call->body, "variant", "variant");
	sim_v2_form_start(call, &form);
	sim_v2_need(call, call->body, "hostname", "hostname");
	if (call->missing.len)
		return sim_v2_no(call, 400, "", "Validation failed");
	for (i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (!strcmp(variants[i][0], variant))
			form.product = sim_account_product(call->sim, code ? code :
							   variants[i][1]);
	if (!form.product || form.product->family != SIM_PRIVATE)
		return sim_v2_no(call, 422, "915", "Invalid Product Code");
	status = sim_v2_form_finish(call, &form, host);
	if (status)
		return status;
	form.main_name = host;
	form.variant = variant;
	form.more = sim_json_arr(call->body, "additionalHosts");
	form.approval = call->sim->account.approval;
	order = sim_v2_form_place(call, &form);
	sim_json_text(&call->out, "status", sim_v2_track_state(order));
	sim_json_text(&call->out, "variant", variant);
	sim_json_text(&call->out, "hostname", host);
	sim_v2_time(call, "createdAt", order->placed);
	sim_json_text(&call->out, "resolvedProductCode", order->product->code);
	sim_json_close(&call->out, '}');
	return 201;
}

/* The codes of one, two and three years follow each other. */
static const struct sim_product *signer_product(struct sim_v2_call *call, const char *type)
{
	static const struct {
		const char *type;
		int first;
	} types[] = { { "legal-entity", 819 }, { "legal-person", 822 }, { "natural-person", 825 } };
	const char *code = sim_http_header(call->http, call->arena, "X-Product-Code");
	const char *years = sim_json_str(sim_json_obj(call->body, "subscription"),
					 "validityYears");
	const struct sim_product *product = code ? sim_account_product(call->sim, code) : NULL;
	size_t i;

	for (i = 0; !code && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].type, type))
			product = sim_account_product(call->sim, sim_mem_printf(
				call->arena, "%d", types[i].first +
				(*years >= '1' && *years <= '3' ? *years - '1' : 0)));
	return product && product->family == SIM_SIGNER ? product : NULL;
}

int sim_v2_create_signature(struct sim_v2_call *call)
{
	const struct sim_json *subject = sim_json_obj(call->body, "subject");
	const char *type = sim_json_str(call->body, "subjectType");
	const char *first = sim_json_str(subject, "firstName");
	const struct sim_order *order;
	struct sim_form form;
	int status;

	sim_v2_need(call, call->body, "subjectType", "subjectType");
	sim_v2_form_start(call, &form);
	if (call->missing.len)
		return sim_v2_no(call, 400, "", "Validation failed");
	form.product = signer_product(call, type);
	if (!form.product)
		return sim_v2_no(call, 422, "915", "Invalid Product Code");
	form.email = sim_json_str(subject, "email");
	if (!*form.email)
		return sim_v2_no(call, 422, "916", "subject.email cannot be empty");
	form.main_name = *first ? sim_mem_printf(call->arena, "%s %s", first,
						 sim_json_str(subject, "lastName")) :
		sim_json_str(subject, "organizationName");
	form.org_name = sim_json_str(subject, "organizationName");
	form.country = sim_json_str(subject, "countryCode");
	form.variant = type;
	form.approval = call->sim->account.approval;
	status = sim_v2_form_agreement(call, &form);
	if (!status)
		status = sim_v2_form_finish(call, &form, form.main_name);
	if (status)
		return status;
	order = sim_v2_form_place(call, &form);
	sim_json_text(&call->out, "status", sim_v2_track_state(order));
	sim_json_text(&call->out, "subjectType", type);
	sim_json_text(&call->out, "subjectDisplayName", form.main_name);
	sim_v2_time(call, "createdAt", order->placed);
	sim_json_text(&call->out, "resolvedProductCode", order->product->code);
	sim_json_close(&call->out, '}');
	return 201;
}
