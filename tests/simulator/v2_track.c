/* SPDX-License-Identifier: MIT */
/* What is told about an order, and the second generation's words for its states. */
#include "v2.h"

#include <string.h>

static const struct {
	int cert_status;
	const char *state;
	const char *order_text;	/* in the report and in track, or NULL for that of the order */
	const char *cert_text;	/* likewise */
} states[] = {
	{ SIM_CERT_APPROVER, NULL, "Order Accepted", "Pending for Approver" },
	{ 5, "rejected", "Order Rejected", NULL },
	{ 6, "pending-approval", "Order Accepted", "Pending Second Approver" },
	{ 8, "rejected", "Order Rejected", NULL },
	{ SIM_CERT_DOWNLOADED, "issued", "Order Fulfilled", NULL },
	{ SIM_CERT_EXPIRED, "expired", NULL, NULL },
	{ SIM_CERT_CANCELLED, "cancelled", "Order Cancelled", NULL },
	{ 14, "rejected", "Order Rejected", NULL },
	{ SIM_CERT_APPROVED, NULL, "Order Accepted", "Approved by System" },
	{ 18, "rejected", "Order Rejected", NULL },
	{ 19, "unknown", NULL, NULL },
	{ SIM_CERT_GENERATED, "issued", "Order Accepted", NULL },
	{ 21, "rejected", "Order Rejected", NULL },
	{ SIM_CERT_REVOKED, "revoked", NULL, NULL },
	{ SIM_CERT_PENDING, NULL, "Order Accepted", "Pending for Approver" },
	{ 27, "rejected", "Order Rejected", NULL },
};

#define N_STATES (sizeof(states) / sizeof(states[0]))

static size_t row_of(const struct sim_order *order)
{
	size_t i;

	for (i = 0; i < N_STATES && states[i].cert_status != order->cert_status; i++)
		continue;
	return i;
}

/* The first thing that is missing, in the order of the family's walk. */
static const char *pending_state(const struct sim_order *order)
{
	bool approval = order->wait_approval || order->ra_due;

	if (order->product->family == SIM_SIGNER) {
		if (order->identity == '0')
			return "pending-documents";
		if (approval)
			return "pending-approval";
	}
	if (order->org_status == '0')
		return "pending-organization-verification";
	if (order->needs_dcv && !order->dcv_done)
		return "pending-dcv";
	if (!*order->csr_pem)
		return "pending-csr";
	if (order->agreement != '1' && order->product->family != SIM_PRIVATE)
		return "pending-agreement";
	return "pending-approval";
}

const char *sim_v2_track_state(const struct sim_order *order)
{
	size_t row = row_of(order);

	if (order->order_status == SIM_ORDER_CANCELLED)
		return "cancelled";
	if (order->order_status == SIM_ORDER_REJECTED)
		return "rejected";
	if (row < N_STATES && states[row].state)
		return states[row].state;
	return order->order_status == SIM_ORDER_DRAFT ? "unknown" : pending_state(order);
}

static bool is_over(const struct sim_order *order)
{
	return order->order_status == SIM_ORDER_CANCELLED ||
		order->order_status == SIM_ORDER_REJECTED ||
		order->order_status == SIM_ORDER_DRAFT;
}

const char *sim_v2_track_order_text(const struct sim_order *order)
{
	size_t row = row_of(order);

	return row < N_STATES && states[row].order_text && !is_over(order) ?
		states[row].order_text : sim_order_status_text(order->order_status);
}

const char *sim_v2_track_cert_text(struct sim *sim, const struct sim_order *order)
{
	size_t row = row_of(order);
	bool lags = order->cert_status == SIM_CERT_GENERATED &&
		sim_clock_now(sim) < order->issued + sim->options->delay_body;

	/* all is there but the request, or the certificate is not to be had yet */
	if (lags || !strcmp(sim_v2_track_state(order), "pending-csr"))
		return "Approved by System";
	return row < N_STATES && states[row].cert_text ? states[row].cert_text :
		sim_order_cert_text(order);
}

static const struct {
	const char *word, *id;
} reasons[] = {
	{ "unspecified", "0" }, { "key-compromise", "1" }, { "ca-compromise", "2" },
	{ "affiliation-changed", "3" }, { "superseded", "4" }, { "cessation-of-operation", "5" },
	{ "certificate-hold", "6" }, { "privilege-withdrawn", "9" }, { "aa-compromise", "10" },
};

const char *sim_v2_track_reason(const char *id)
{
	size_t i;

	for (i = 0; id && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(reasons[i].id, id))
			return reasons[i].word;
	return "";
}

const char *sim_v2_track_reason_id(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(reasons[i].word, word))
			return reasons[i].id;
	return NULL;
}

static const char *const methods[] = { "dns-txt", "http-url", "email", "dns-cname",
				       "dns-persist" };

const char *sim_v2_method_text(char method)
{
	return method >= '1' && method <= '5' ? methods[method - '1'] : "";
}

char sim_v2_method_of(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i], text))
			return (char)('1' + i);
	return 0;
}

static void put_requestor(struct sim_v2_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	const char *phone = *order->requestor_isd ?
		sim_mem_printf(call->arena, "+%s%s", order->requestor_isd +
			       (*order->requestor_isd == '+'), order->requestor_mobile) :
		order->requestor_mobile;

	sim_json_open(out, "requestor", '{');
	sim_json_text(out, "name", order->requestor_name);
	sim_json_text(out, "email", order->requestor_email);
	sim_json_text(out, "phone", phone);
	if (*order->requestor_designation)
		sim_json_text(out, "designation", order->requestor_designation);
	sim_json_close(out, '}');
}

static void put_subscription(struct sim_v2_call *call, const struct sim_order *order,
			     const char *state)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, "subscription", '{');
	sim_json_number(out, "validityYears", 1);
	sim_v2_time(call, "endDate", order->placed + 365 * 86400000LL);
	sim_json_text(out, "status", !strcmp(state, "cancelled") ? "cancelled" :
		      !strcmp(state, "expired") ? "expired" : "active");
	sim_json_close(out, '}');
}

static void put_agreement(struct sim_v2_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	bool is_signed = order->agreement == '1';

	sim_json_open(out, "subscriberAgreement", '{');
	sim_json_bool(out, "signed", is_signed);
	if (is_signed) {
		sim_json_text(out, "signerName", order->signer_name);
		sim_v2_time(call, "signedAt", order->signed_at);
		sim_json_text(out, "signedPlace", order->signer_place);
	}
	sim_json_close(out, '}');
}

/* The aggregate does not see that an order was cancelled; each domain does. */
static void put_domains(struct sim_v2_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	bool over = order->order_status == SIM_ORDER_CANCELLED ||
		order->order_status == SIM_ORDER_REJECTED;
	int i;

	sim_json_open(out, "domain", '{');
	sim_json_text(out, "status", order->dcv_done ? "VERIFIED" : "PENDING");
	sim_json_open(out, "domains", '[');
	for (i = 0; i < order->n_names; i++) {
		const struct sim_name *name = &order->names[i];
		bool verified = name->status == '1';

		sim_json_open(out, NULL, '{');
		sim_json_text(out, "domain", name->name);
		sim_json_text(out, "domainStatus", "ACTIVE");
		if (verified)
			sim_json_text(out, "dcvMethod", sim_v2_method_text(name->method));
		sim_json_text(out, "dcvStatus", verified ? "VERIFIED" :
			      over || name->status == '2' ? "REJECTED" : "PENDING");
		if (verified)
			sim_v2_time(call, "verifiedAt", name->verified);
		sim_json_text(out, "caaStatus", "SKIPPED");
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
}

static const char *verified_text(char status)
{
	return status == '1' ? "VERIFIED" : status == '2' ? "REJECTED" : "PENDING";
}

static void put_verifications(struct sim_v2_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, "verifications", '{');
	/* a getter of the server that leaked */
	sim_json_bool(out, "empty", false);
	if (order->needs_dcv)
		put_domains(call, order);
	if (order->org_status) {
		sim_json_open(out, "organization", '{');
		sim_json_text(out, "status", verified_text(order->org_status));
		sim_json_text(out, "organizationName", order->org_name);
		sim_json_text(out, "consentStatus", order->org_status == '1' ? "1" :
			      order->org_status == '2' ? "2" : "0");
		sim_json_text(out, "consentSentTo", call->sim->account.email);
		sim_json_close(out, '}');
	}
	if (order->identity) {
		sim_json_open(out, "email", '{');
		sim_json_text(out, "status", verified_text(order->identity));
		sim_json_close(out, '}');
		sim_json_open(out, "individual", '{');
		sim_json_text(out, "status", verified_text(order->identity));
		sim_json_close(out, '}');
	}
	sim_json_close(out, '}');
}

/* What the book has and most recorded answers lack. */
static void put_optional(struct sim_v2_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	int i;

	if (sim_v2_is(call, SIM_V2_TRACK, "wire"))
		return;
	sim_json_text(out, "productVariant", order->variant);
	sim_json_open(out, "additionalDomains", '[');
	for (i = 1; i < order->n_names; i++)
		sim_json_text(out, NULL, order->names[i].name);
	sim_json_close(out, ']');
	sim_v2_time(call, "createdAt", order->placed);
	if (order->cert.not_after)
		sim_v2_time(call, "issuedAt", order->issued);
}

int sim_v2_track(struct sim_v2_call *call)
{
	const struct sim_order *order = call->order;
	const char *state = sim_v2_track_state(order);
	struct sim_json_out *out = &call->out;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "orderId", order->number);
	sim_json_text(out, "requestId", order->request);
	sim_json_text(out, "status", state);
	sim_json_text(out, "orderState", sim_v2_track_order_text(order));
	sim_json_text(out, "certificateState", sim_v2_track_cert_text(call->sim, order));
	sim_json_text(out, "domain", order->main_name);
	if (order->product->family == SIM_SSL)
		sim_json_bool(out, "interimDvIssued", false);
	put_optional(call, order);
	sim_v2_time(call, "expiresAt", order->cert.not_after);
	put_requestor(call, order);
	sim_json_bool(out, "csrSubmitted", *order->csr_pem != '\0');
	put_subscription(call, order, state);
	if (order->product->family != SIM_PRIVATE)
		put_agreement(call, order);
	put_verifications(call, order);
	if (!strcmp(state, "revoked")) {
		sim_json_open(out, "revocation", '{');
		sim_json_text(out, "status", "Certificate Revoked");
		sim_json_text(out, "reason", sim_v2_track_reason(order->revoke_reason));
		sim_v2_time(call, "processedAt", order->revoked);
		sim_json_close(out, '}');
	}
	sim_json_close(out, '}');
	return 200;
}
