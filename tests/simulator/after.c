/* SPDX-License-Identifier: MIT */
/* The calls after placement that change an order or fetch its certificate. */
#include "sim.h"

#include <string.h>
#include <strings.h>

static bool is_rejected(const struct sim_order *order)
{
	return order->order_status == SIM_ORDER_REJECTED;
}

static bool is_cancelled(const struct sim_order *order)
{
	return order->order_status == SIM_ORDER_CANCELLED;
}

/* The refusal of a call that needs a pending order. */
static struct sim_result need_pending(const struct sim_order *order)
{
	if (is_cancelled(order))
		return SIM_NO(985);
	if (is_rejected(order))
		return SIM_NO(986);
	if (order->cert.not_after || order->order_status == SIM_ORDER_FULFILLED)
		return SIM_NO(987);
	return SIM_OK;
}

struct sim_result sim_after_csr(struct sim_call *call)
{
	const char *csr = sim_json_str(call->details, "csr"), *spki;
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, SIM_USE_EMAIL | SIM_USE_CHANGE, &order);

	if (result.code)
		return result;
	if (!*csr)
		return SIM_NO(1006);
	if (*order->csr_pem)
		return SIM_NO(1068);
	result = need_pending(order);
	if (!result.code)
		result = sim_certificate_check(call->arena, csr,
					       order->product->family == SIM_SSL ||
					       order->product->family == SIM_PRIVATE ?
					       order->main_name : NULL, &spki);
	if (result.code)
		return result;
	order->csr_pem = sim_mem_text(&call->sim->arena, csr);
	order->spki = sim_mem_text(&call->sim->arena, spki);
	order->touched = sim_clock_now(call->sim);
	sim_life_advance(call->sim, order);
	return SIM_OK;
}

struct sim_result sim_after_document(struct sim_call *call)
{
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, SIM_USE_EMAIL | SIM_USE_CHANGE, &order);

	if (!result.code)
		result = need_pending(order);
	if (!result.code && order->product->vetting == SIM_DV &&
	    order->product->family != SIM_SIGNER)
		return SIM_NO(956);
	return result.code ? result : sim_check_documents(call->details, true);
}

struct sim_result sim_after_agreement(struct sim_call *call)
{
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, SIM_USE_EMAIL | SIM_USE_CHANGE, &order);
	struct sim_arena *arena = &call->sim->arena;

	if (result.code)
		return result;
	if (order->agreement == '1')
		return SIM_NO(1082);
	result = need_pending(order);
	if (!result.code)
		result = sim_check_agreement(call->details, true);
	if (result.code)
		return result;
	if (strcmp(sim_json_str(call->details, "acceptAgreement"), "1") != 0) {
		order->agreement = '2';
		return SIM_OK;
	}
	order->agreement = '1';
	order->signer_name = sim_mem_text(arena, sim_json_str(call->details, "signerName"));
	order->signer_place = sim_mem_text(arena, sim_json_str(call->details, "signerPlace"));
	order->signed_at = order->touched = sim_clock_now(call->sim);
	sim_life_advance(call->sim, order);
	return SIM_OK;
}

struct sim_result sim_after_reject(struct sim_call *call)
{
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, SIM_USE_CHANGE, &order);

	if (result.code)
		return result;
	if (!*sim_json_str(call->details, "rejectRemarks"))
		return SIM_NO(964);
	result = need_pending(order);
	if (!result.code)
		sim_life_cancel(call->sim, order);
	return result;
}

struct sim_result sim_after_reject_request(struct sim_call *call)
{
	const char *number = sim_json_str(call->details, "requestNumber");
	struct sim_order *order;

	if (!call->details)
		return SIM_NO(901);
	if (!*number)
		return SIM_NO(1004);
	if (!*sim_json_str(call->details, "rejectRemarks"))
		return SIM_NO(964);
	order = sim_order_by_request(call->sim, number);
	if (!order)
		return SIM_NO(1005);
	if (is_cancelled(order))
		return SIM_NO(985);
	if (order->order_status != SIM_ORDER_DRAFT)
		return SIM_NO(1169);
	sim_life_cancel(call->sim, order);
	return SIM_OK;
}

static void put_certificate(struct sim_call *call, const char *root, const char *ca,
			    const char *leaf, const char *expiry, const char *serial)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, "certificateDetails", '{');
	sim_json_text(out, "rootCertificate", root);
	sim_json_text(out, "caCertificate", ca);
	sim_json_text(out, "endEntityCertificate", leaf);
	sim_json_text(out, "expiryDate", expiry);
	sim_json_text(out, "ceritficateSerialNumber", serial);
}

/* A failure still has the block, with every member blank. */
void sim_after_certificate_failed(struct sim_call *call)
{
	put_certificate(call, "", "", "", "", "");
	sim_json_close(&call->out, '}');
}

/* The refusal of a download, or success when there is a body. */
static struct sim_result can_download(struct sim_call *call, struct sim_order *order)
{
	if (is_cancelled(order))
		return SIM_NO(985);
	if (is_rejected(order))
		return SIM_NO(986);
	if (!order->cert.pem || sim_clock_now(call->sim) < order->issued +
	    call->sim->options->delay_body)
		return SIM_NO(946);
	return SIM_OK;
}

/* No source tells how the service says so: some orders are refused, others answered blank. */
static bool body_is_gone(const struct sim_call *call, const struct sim_order *order, bool *refuse)
{
	uint64_t chance = sim_mem_hash(order->number);

	*refuse = chance >> 32 & 1;
	return order->cert_status == SIM_CERT_REVOKED &&
		(long)(chance % 100) < call->sim->options->revoked_without_body;
}

struct sim_result sim_after_certificate(struct sim_call *call)
{
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, SIM_USE_EMAIL, &order);
	const struct sim_ca *ca = &call->sim->public_ca;
	bool bare = call->sim->options->bare_certificates;
	const char *root, *issuing, *leaf;
	bool refuse;

	if (result.code)
		return result;
	if (body_is_gone(call, order, &refuse)) {
		sim_after_certificate_failed(call);
		return refuse ? SIM_NO(973) : SIM_OK;
	}
	if (order->index >= 0 && order->cert.not_after && !order->cert.pem)
		order = sim_history_order(call->sim, call->arena, order->index, true);
	result = can_download(call, order);
	/* status 20 comes a beat before the body: the first poll sees empty members */
	if (result.code == 946 && order->cert.pem && !order->empty_served) {
		order->empty_served = true;
		put_certificate(call, "", "", "", "", "");
		sim_json_close(&call->out, '}');
		return SIM_OK;
	}
	if (result.code)
		return result;
	if (order->product->family == SIM_PRIVATE)
		ca = &call->sim->private_ca;
	leaf = order->cert.foreign ? order->cert.foreign : order->cert.pem;
	root = bare ? sim_certificate_bare(call->arena, ca->root_pem) : ca->root_pem;
	issuing = bare ? sim_certificate_bare(call->arena, ca->issuing_pem) : ca->issuing_pem;
	put_certificate(call, root, issuing, bare ? sim_certificate_bare(call->arena, leaf) : leaf,
			sim_clock_text(call->arena, order->cert.not_after), order->cert.serial);
	if (order->product->family == SIM_SSL && order->product->vetting != SIM_DV)
		sim_json_text(&call->out, "interimDv", "0");
	sim_json_close(&call->out, '}');
	if (order->cert_status == SIM_CERT_GENERATED && !order->held)
		order->cert_status = SIM_CERT_DOWNLOADED;
	return SIM_OK;
}

static bool is_reason(const char *text)
{
	return strlen(text) == 1 && strchr("13459", *text);
}

struct sim_result sim_after_revoke(struct sim_call *call)
{
	const char *reason = sim_json_str(call->details, "revokeReasonId");
	const char *remarks = sim_json_str(call->details, "revokeRemarks");
	long delay = call->sim->options->delay_revoke;
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, SIM_USE_EMAIL | SIM_USE_CHANGE, &order);

	if (result.code)
		return result;
	if (!*reason)
		return SIM_NO(969);
	if (!is_reason(reason))
		return SIM_NO(970);
	if (!*remarks)
		return SIM_NO(971);
	if (strpbrk(remarks, ";<>"))
		return SIM_NO(1213);
	if (order->cert_status == SIM_CERT_REVOKED)
		return SIM_NO(973);
	if (order->revoke_status == 1 || order->revoke_status == 4)
		return SIM_NO(972);
	if (order->cert_status == SIM_CERT_EXPIRED)
		return SIM_NO(982);
	if (order->cert_status != SIM_CERT_GENERATED && order->cert_status != SIM_CERT_DOWNLOADED)
		return SIM_NO(1042);
	order->revoke_reason = sim_mem_text(&call->sim->arena, reason);
	order->revoke_status = 1;
	order->revoked = sim_clock_now(call->sim) + delay;
	sim_life_advance(call->sim, order);
	return SIM_OK;
}
