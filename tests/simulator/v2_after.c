/* SPDX-License-Identifier: MIT */
/* What changes an order of the second generation: request, agreement, cancel, revoke, reissue. */
#include "v2.h"

#include <string.h>

static bool is_pending(const struct sim_order *order)
{
	return !strncmp(sim_v2_track_state(order), "pending-", 8);
}

/* The refusal of a call that needs a pending order. */
static int need_pending(struct sim_v2_call *call)
{
	int code = call->order->order_status == SIM_ORDER_CANCELLED ? 985 :
		call->order->order_status == SIM_ORDER_REJECTED ? 986 : 1165;

	return is_pending(call->order) ? 0 : sim_v2_refuse(call, SIM_NO(code), "");
}

int sim_v2_after_check_csr(struct sim_v2_call *call, const char *csr, const char *common_name,
			   const char **spki)
{
	struct sim_result result = sim_certificate_check(call->arena, csr, common_name, spki);

	switch (result.code) {
	case 0:
		return 0;
	case 1056:
		return sim_v2_refuse(call, result, "922");
	case 1052:
		return sim_v2_refuse(call, result, "921");
	default:
		return sim_v2_no(call, 422, "921", "Invalid key size");
	}
}

static void set_csr(struct sim_v2_call *call, const char *csr, const char *spki)
{
	call->order->csr_pem = sim_mem_text(&call->sim->arena, csr);
	call->order->spki = sim_mem_text(&call->sim->arena, spki);
	call->order->touched = sim_clock_now(call->sim);
}

int sim_v2_after_csr(struct sim_v2_call *call)
{
	const char *csr = sim_json_str(call->body, "csr"), *spki = "";
	int status = need_pending(call);

	if (status)
		return status;
	if (*call->order->csr_pem)
		return sim_v2_refuse(call, SIM_NO(1068), "");
	if (!*csr)
		return sim_v2_refuse(call, SIM_NO(917), "");
	status = sim_v2_after_check_csr(call, csr, call->order->main_name, &spki);
	if (status)
		return status;
	set_csr(call, csr, spki);
	sim_life_advance(call->sim, call->order);
	return 204;
}

int sim_v2_after_agreement(struct sim_v2_call *call)
{
	struct sim_form form = { .agreement = '0' };
	struct sim_arena *arena = &call->sim->arena;
	struct sim_order *order = call->order;
	int status = need_pending(call);

	if (status)
		return status;
	if (order->agreement == '1')
		return sim_v2_refuse(call, SIM_NO(1082), "");
	status = sim_v2_form_agreement(call, &form);
	if (status)
		return status;
	if (form.agreement != '1')
		return sim_v2_no(call, 422, "920", "The agreement is not accepted");
	order->agreement = '1';
	order->signer_name = sim_mem_text(arena, form.signer_name);
	order->signer_place = sim_mem_text(arena, form.signer_place);
	order->signed_at = order->touched = sim_clock_now(call->sim);
	sim_life_advance(call->sim, order);
	return 204;
}

int sim_v2_after_cancel(struct sim_v2_call *call)
{
	int status;

	if (call->family != SIM_SIGNER && !*sim_json_str(call->body, "reason"))
		return sim_v2_refuse(call, SIM_NO(984), "");
	if (!strcmp(sim_v2_track_state(call->order), "issued"))
		return sim_v2_no(call, 422, "", "Order is already issued; use POST "
				 "/{orderId}/revoke instead of /cancel.");
	status = need_pending(call);
	if (status)
		return status;
	sim_life_cancel(call->sim, call->order);
	return 204;
}

static int drop_draft(struct sim_v2_call *call)
{
	struct sim_order *order = sim_order_by_request(call->sim, call->path[0]);

	if (!order)
		return sim_v2_no(call, 404, "", sim_v2_words(
			call, "Request %.64s not found under this account.", call->path[0]));
	if (order->order_status != SIM_ORDER_DRAFT)
		return sim_v2_refuse(call, SIM_NO(1169), "");
	call->order = order;
	sim_life_cancel(call->sim, order);
	return 204;
}

int sim_v2_after_cancel_draft(struct sim_v2_call *call)
{
	return *sim_json_str(call->body, "reason") ? drop_draft(call) :
		sim_v2_refuse(call, SIM_NO(984), "");
}

/* One client has this path, without a body; nobody has seen it work. */
int sim_v2_after_reject(struct sim_v2_call *call)
{
	return drop_draft(call);
}

/* Five reasons are taken for public certificates, whatever the book says. */
static bool is_taken(struct sim_v2_call *call, const char *id)
{
	return call->family != SIM_SSL || sim_v2_is(call, SIM_V2_REASONS, "documented") ||
		(strlen(id) == 1 && strchr("13459", *id));
}

int sim_v2_after_revoke(struct sim_v2_call *call)
{
	const char *reason = sim_json_str(call->body, "reason");
	const char *note = sim_json_str(call->body, "note");
	const char *id = sim_v2_track_reason_id(reason);
	struct sim_order *order = call->order;
	long long now = sim_clock_now(call->sim);

	if (!*reason)
		return sim_v2_refuse(call, SIM_NO(969), "");
	if (!id)
		return sim_v2_no(call, 400, "", "Failed to read request");
	if (strcmp(sim_v2_track_state(order), "issued") != 0 || order->revoke_status == 1 ||
	    order->revoke_status == 4)
		return sim_v2_no(call, 404, "", sim_v2_words(
			call, "Order %s not found or not in a revocable state.", order->number));
	if (now < order->issued + call->sim->options->delay_revocable)
		return sim_v2_no(call, 422, "", "Certificate Request still being processed");
	if (!is_taken(call, id))
		return sim_v2_no(call, 422, "", "Invalid Revoke Reason ID");
	if (strchr(note, ';'))
		return sim_v2_no(call, 422, "", "Invalid Revoke Remarks");
	order->revoke_reason = id;
	order->revoke_status = 1;
	order->revoked = now + call->sim->options->delay_revoke;
	sim_life_advance(call->sim, order);
	return 204;
}

/* The same order goes through its gates again under a new request number. */
static void start_over(struct sim_v2_call *call)
{
	struct sim_order *order = call->order;

	sim_order_renumber(call->sim, order);
	memset(&order->cert, 0, sizeof(order->cert));
	order->order_status = SIM_ORDER_ACCEPTED;
	order->cert_status = SIM_CERT_PENDING;
	order->gates_open = order->issued = 0;
	order->touched = sim_clock_now(call->sim);
	/* one of the history stands still no more */
	if (!order->draft)
		order->draft = "{}";
}

static void set_names(struct sim_v2_call *call, const struct sim_json *name)
{
	struct sim_order *order = call->order;
	int i;

	order->names = NULL;
	order->n_names = 0;
	sim_order_add_name(call->sim, order, order->main_name);
	for (; name; name = name->next)
		sim_order_add_name(call->sim, order, sim_json_scalar(name));
	for (i = 0; i < order->n_names; i++)
		sim_domain_of_order(call->sim, order, order->names[i].name);
	order->dcv_done = 0;
}

static int check_reissue(struct sim_v2_call *call, const char *mode, const char **spki)
{
	const struct sim_json *names = sim_json_arr(call->body, "additionalDomains"), *name;
	const char *csr = sim_json_str(call->body, "csr");
	bool rekey = !strcmp(mode, "rekey");
	int n = 0;

	if (!rekey && strcmp(mode, "update-sans") != 0)
		return sim_v2_no(call, 400, "", "Unknown mode");
	if (strcmp(sim_v2_track_state(call->order), "issued") != 0)
		return sim_v2_refuse(call, SIM_NO(1165), "");
	if (!*sim_json_str(call->body, "reason"))
		return sim_v2_no(call, 422, "941", "Reissue reason cannot be empty");
	if ((rekey || *csr) && sim_certificate_check(call->arena, csr, call->order->main_name,
						     spki).code)
		return sim_v2_no(call, 422, "940", "Invalid CSR");
	for (name = names ? names->first : NULL; name; name = name->next)
		n++;
	if (n > 249)
		return sim_v2_no(call, 422, "1063", "More than 250 domain names");
	return rekey || n ? 0 : sim_v2_refuse(call, SIM_NO(1179), "");
}

int sim_v2_after_reissue(struct sim_v2_call *call)
{
	const char *mode = sim_json_str(call->body, "mode"), *spki = "";
	const char *csr = sim_json_str(call->body, "csr");
	struct sim_order *order = call->order;
	struct sim_json_out *out = &call->out;
	int status = check_reissue(call, mode, &spki);

	if (status)
		return status;
	start_over(call);
	if (*csr)
		set_csr(call, csr, spki);
	if (!strcmp(mode, "update-sans"))
		set_names(call, sim_json_arr(call->body, "additionalDomains")->first);
	call->answer->extra = sim_v2_words(call, "Location: " SIM_V2_PREFIX
					   "ssl-certificates/%s\r\n", order->number);
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "orderId", order->number);
	sim_json_text(out, "requestId", order->request);
	sim_json_text(out, "status", "pending-csr");
	sim_json_text(out, "mode", mode);
	sim_v2_time(call, "requestedAt", order->touched);
	sim_json_close(out, '}');
	sim_life_advance(call->sim, order);
	return 201;
}
