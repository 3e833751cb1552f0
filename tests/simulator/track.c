/* SPDX-License-Identifier: MIT */
/* TrackOrder: what is told about an order, per product family. */
#include "sim.h"

#include <string.h>

static const char *flag(char c)
{
	return c == '2' ? "2" : c == '1' ? "1" : "0";
}

static void put_requestor(struct sim_json_out *out, const struct sim_order *order)
{
	sim_json_open(out, "requestorInformation", '{');
	sim_json_text(out, "requestorName", order->requestor_name);
	sim_json_text(out, "requestorIsdCode", order->requestor_isd);
	sim_json_text(out, "requestorMobileNumber", order->requestor_mobile);
	sim_json_text(out, "requestorEmail", order->requestor_email);
	sim_json_text(out, "requestorDesignation", order->requestor_designation);
	sim_json_close(out, '}');
}

static void put_consent(struct sim_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;

	sim_json_text(out, "consentStatus", order->org_consent ? flag(order->org_status) : "");
	/* it goes to the organization's own contact, not to the order's requestor */
	sim_json_text(out, "consentSentTo", order->org_consent ? call->sim->account.email : "");
}

static void put_agreement(struct sim_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, "subscriberAgreement", '{');
	sim_json_text(out, "signerName", order->signer_name);
	sim_json_text(out, "signedDate", sim_clock_text(call->arena, order->signed_at));
	sim_json_text(out, "signedPlace", order->signer_place);
	sim_json_text(out, "status", flag(order->agreement));
	put_consent(call, order);
	sim_json_close(out, '}');
}

static const char *method_text(char method)
{
	return method == '1' ? "DNS TXT Record" : method == '2' ? "File based verification" :
		method == '3' ? "Email based verification" : "";
}

static void put_domains(struct sim_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	const struct sim_options *options = call->sim->options;
	long long now = sim_clock_now(call->sim);
	bool done = order->dcv_done && now >= order->dcv_done + options->delay_dcv_aggregate;
	bool refused = false;
	int i;

	if (now < order->placed + options->delay_dcv_block)
		return;
	sim_json_open(out, "domainVerification", '{');
	for (i = 0; i < order->n_names; i++) {
		const struct sim_name *name = &order->names[i];

		refused = refused || name->status == '2';
		sim_json_open(out, name->name, '{');
		sim_json_text(out, "dcvMethod", method_text(name->method));
		sim_json_text(out, "dcvStatus", flag(name->status));
		sim_json_text(out, "status", name->status == '1' ? "1" : "2");
		sim_json_text(out, "verifiedDate", sim_clock_text(call->arena, name->verified));
		sim_json_text(out, "caaStatus", "1");
		sim_json_close(out, '}');
	}
	sim_json_text(out, "status", refused ? "2" : done ? "1" : "0");
	sim_json_close(out, '}');
}

static void put_person(struct sim_call *call, const struct sim_order *order, const char *key,
		       const char *who_key, const char *who)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, key, '{');
	sim_json_text(out, who_key, who);
	sim_json_text(out, "verifiedDate",
		      sim_clock_text(call->arena,
				     order->identity == '1' ? order->identity_due : 0));
	sim_json_text(out, "status", flag(order->identity));
	sim_json_close(out, '}');
}

static void put_revocation(struct sim_call *call, const struct sim_order *order)
{
	static const char *const texts[] = {
		"", "Revoke Request Initiated", "Certificate Revoked", "Revoke Request Rejected",
		"Revoke Request Initiated", "Certificate Revoked", "Revoke Request Rejected",
	};
	struct sim_json_out *out = &call->out;
	int id = order->revoke_status;
	bool processed = id != 1 && id != 4;

	if (id < 1 || id > 6)
		return;
	sim_json_open(out, "revocationDetails", '{');
	sim_json_text(out, "revokeRequestStatusId", sim_mem_printf(call->arena, "%d", id));
	sim_json_text(out, "revokeReasonId", order->revoke_reason);
	sim_json_text(out, "revokeProcessedDate",
		      sim_clock_text(call->arena, processed ? order->revoked : 0));
	sim_json_text(out, "revokeRequestStatus", texts[id]);
	sim_json_close(out, '}');
}

static void put_status(struct sim_call *call, const struct sim_order *order, bool labels)
{
	struct sim_json_out *out = &call->out;

	sim_json_text(out, "trackingUrl", order->tracking);
	sim_json_text(out, "orderStatusId", sim_mem_printf(call->arena, "%d", order->order_status));
	if (labels)
		sim_json_text(out, "orderStatus", sim_order_status_text(order->order_status));
	sim_json_text(out, "certificateStatusId",
		      sim_mem_printf(call->arena, "%d", order->cert_status));
	if (labels)
		sim_json_text(out, "certificateStatus", sim_order_cert_text(order));
	sim_json_text(out, "certificateExpiryDate",
		      sim_clock_text(call->arena, order->cert.not_after));
}

static void put_ssl(struct sim_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	bool vetted = order->product->vetting != SIM_DV;

	put_domains(call, order);
	sim_json_text(out, "csr", *order->csr_pem ? "1" : "0");
	if (!vetted)
		return;
	sim_json_text(out, "interimDvIssued", "0");
	sim_json_open(out, "organizationVerification", '{');
	sim_json_text(out, "organizationName", order->org_name);
	sim_json_text(out, "status", flag(order->org_status));
	put_consent(call, order);
	sim_json_close(out, '}');
}

static void put_identity(struct sim_call *call, const struct sim_order *order)
{
	put_person(call, order, "emailVerification", "emailId", order->email);
	if (order->product->family == SIM_SIGNER) {
		put_person(call, order, "individualVerification", "name", order->main_name);
		put_person(call, order, "faceToFaceVerification", "name", order->main_name);
	}
	sim_json_text(&call->out, "csr", *order->csr_pem ? "1" : "0");
}

struct sim_result sim_track_order(struct sim_call *call)
{
	struct sim_order *order;
	struct sim_result result = sim_order_of_call(call, 0, &order);
	bool is_private;

	if (result.code)
		return result;
	is_private = order->product->family == SIM_PRIVATE;
	sim_json_open(&call->out, "orderDetails", '{');
	put_status(call, order, !is_private);
	if (!is_private) {
		put_requestor(&call->out, order);
		put_agreement(call, order);
	}
	if (order->product->family == SIM_SSL)
		put_ssl(call, order);
	else if (is_private && order->needs_dcv)
		put_domains(call, order);
	else if (!is_private)
		put_identity(call, order);
	put_revocation(call, order);
	sim_json_close(&call->out, '}');
	return SIM_OK;
}
