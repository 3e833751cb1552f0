/* SPDX-License-Identifier: MIT */
/* One order: what placing it gave, and where it stands. */
#include "wire/v2.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "model/name.h"

/* Both answers are made of these; which of them come differs between tenants and days. */
static const struct ems_map members[] = {
	{ "orderId", EMS_MAP_TEXT, offsetof(emsign_order, number), NULL },
	{ "requestId", EMS_MAP_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "status", EMS_MAP_TEXT, offsetof(emsign_order, status_code), NULL },
	{ "certificateState", EMS_MAP_TEXT, offsetof(emsign_order, status_text), NULL },
	{ "orderState", EMS_MAP_KNOWN, 0, NULL },
	{ "domain", EMS_MAP_TEXT, offsetof(emsign_order, domain), NULL },
	{ "hostname", EMS_MAP_TEXT, offsetof(emsign_order, domain), NULL },
	{ "additionalDomains", EMS_MAP_KNOWN, 0, NULL },
	{ "additionalHosts", EMS_MAP_KNOWN, 0, NULL },
	{ "createdAt", EMS_MAP_TIME, offsetof(emsign_order, ordered_at), NULL },
	{ "expiresAt", EMS_MAP_TIME, offsetof(emsign_order, not_after), NULL },
	{ "resolvedProductCode", EMS_MAP_TEXT, offsetof(emsign_order, product), NULL },
	{ "requestor", EMS_MAP_KNOWN, 0, NULL },
	{ "csrSubmitted", EMS_MAP_KNOWN, 0, NULL },
	{ "subscription", EMS_MAP_KNOWN, 0, NULL },
	{ "subscriberAgreement", EMS_MAP_KNOWN, 0, NULL },
	{ "verifications", EMS_MAP_KNOWN, 0, NULL },
	{ "revocation", EMS_MAP_KNOWN, 0, NULL },
	{ "_links", EMS_MAP_KNOWN, 0, NULL }, /* where things are follows from the number */
	EMS_MAP_END,
};

static const struct ems_map requester_members[] = {
	{ "email", EMS_MAP_TEXT, offsetof(emsign_order, requester_email), NULL },
	EMS_MAP_END,
};

static const struct ems_map subscription_members[] = {
	{ "validityYears", EMS_MAP_INT, offsetof(emsign_order, years), NULL },
	{ "endDate", EMS_MAP_TIME, offsetof(emsign_order, subscription_end), NULL },
	EMS_MAP_END,
};

static const struct ems_map agreement_members[] = {
	{ "signed", EMS_MAP_WORD, offsetof(emsign_order, agreement), ems_v2_agreements },
	EMS_MAP_END,
};

static const struct ems_map revocation_members[] = {
	{ "status", EMS_MAP_WORD, offsetof(emsign_order, revoke_status), ems_v2_revocations },
	{ "reason", EMS_MAP_TEXT, offsetof(emsign_order, revoke_reason), NULL },
	{ "processedAt", EMS_MAP_TIME, offsetof(emsign_order, revoked_at), NULL },
	EMS_MAP_END,
};

static const struct ems_map verification_members[] = {
	{ "empty", EMS_MAP_KNOWN, 0, NULL }, /* a slip of the CA's: it says nothing */
	{ "domain", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static const struct ems_map challenge_members[] = {
	{ "domain", EMS_MAP_TEXT, offsetof(emsign_challenge, domain), NULL },
	{ "domainStatus", EMS_MAP_KNOWN, 0, NULL }, /* of the registered domain */
	{ "dcvMethod", EMS_MAP_WORD, offsetof(emsign_challenge, method), ems_v2_methods },
	{ "dcvStatus", EMS_MAP_WORD, offsetof(emsign_challenge, status), ems_v2_proofs },
	{ "caaStatus", EMS_MAP_WORD, offsetof(emsign_challenge, caa), ems_v2_caa },
	{ "verifiedAt", EMS_MAP_TIME, offsetof(emsign_challenge, verified_at), NULL },
	EMS_MAP_END,
};

/* --- status --------------------------------------------------------------------------------- */

static const struct {
	const char *told;
	int64_t status;
} states[] = {
	{ "pending-dcv", EMSIGN_STATUS_PENDING_DCV },
	{ "pending-organization-verification", EMSIGN_STATUS_PENDING },
	{ "pending-csr", EMSIGN_STATUS_PENDING_CSR },
	{ "pending-documents", EMSIGN_STATUS_ATTENTION },
	{ "pending-agreement", EMSIGN_STATUS_PENDING_AGREEMENT },
	{ "pending-approval", EMSIGN_STATUS_PENDING_APPROVAL },
	{ "issued", EMSIGN_STATUS_ISSUED },
	{ "revoked", EMSIGN_STATUS_REVOKED },
	{ "cancelled", EMSIGN_STATUS_CANCELED },
	{ "rejected", EMSIGN_STATUS_REJECTED },
	{ "expired", EMSIGN_STATUS_EXPIRED },
};

/* The other two states are labels, and serve where this one says nothing, or too much. */
static int64_t status_of(const struct ems_node *node, bool csr_missing)
{
	const char *told = ems_node_text(node, "status");
	const char *certificate = ems_node_text(node, "certificateState");
	int64_t labels = ems_state_of(ems_node_text(node, "orderState"), certificate);
	int64_t status = EMSIGN_STATUS_UNKNOWN;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (ems_text_equal(states[i].told, told))
			status = states[i].status;
	if (status == EMSIGN_STATUS_UNKNOWN)
		return labels;
	if (status != EMSIGN_STATUS_ISSUED || !certificate || labels == EMSIGN_STATUS_UNKNOWN)
		return status;
	/* "issued" is said before it is signed */
	if (labels >= EMSIGN_STATUS_PENDING && labels <= EMSIGN_STATUS_APPROVED)
		return csr_missing ? EMSIGN_STATUS_PENDING_CSR : EMSIGN_STATUS_APPROVED;
	return labels;
}

/* --- common --------------------------------------------------------------------------------- */

/* What both answers say; room is for the first name, list for the others. */
static emsign_rc read_order(const struct ems_node *root, emsign_order *order,
			    struct ems_extra *extra, char room[EMS_NAME_MAX], const char ***list,
			    emsign_error *err)
{
	const struct ems_node *names = ems_node_get(root, "additionalDomains");
	emsign_rc rc;

	ems_map_fill(members, root, order, extra);
	order->domain = ems_map_name(order->domain, room);
	rc = ems_map_list(names ? names : ems_node_get(root, "additionalHosts"), list, err);
	if (rc == EMSIGN_OK && *list && **list)
		order->sans = (const char *const *)*list;
	return rc;
}

/* --- PLACE, REISSUE ------------------------------------------------------------------------- */

EMS_DECODER(ems_v2_track_placed)
{
	emsign_order order = { .status = EMSIGN_STATUS_PENDING };
	struct ems_extra extra;
	char room[EMS_NAME_MAX];
	const char **sans = NULL;
	emsign_rc rc;

	(void)verdict;
	ems_extra_begin(&extra);
	rc = read_order(root, &order, &extra, room, &sans, err);
	if (rc == EMSIGN_OK && !order.number && !order.request_number)
		rc = ems_fail(err, EMSIGN_E_PROTO,
			      "the CA says that the order is placed, but not under which number");
	if (order.status_code)
		order.status = status_of(root, false);
	if (!order.number && ems_kv_yes(call->args, "draft"))
		order.status = EMSIGN_STATUS_DRAFT;
	order.family = call->family ? call->family : "ssl";
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "order", &order, err);
	ems_free(sans);
	ems_extra_free(&extra);
	return rc;
}

/* --- TRACK ---------------------------------------------------------------------------------- */

/* The state of all names together lags behind, and counts only while no name is listed. */
static bool is_validation_open(const struct ems_node *block)
{
	const struct ems_node *list = ems_node_get(block, "domains");

	if (!ems_map_first(list))
		return ems_text_equal(ems_node_text(block, "status"), "PENDING");
	for (const struct ems_node *at = ems_map_first(list); at; at = ems_map_next(list, at))
		if (!ems_text_equal(ems_node_text(at, "dcvStatus"), "VERIFIED"))
			return true;
	return false;
}

static bool is_no(const struct ems_node *node, const char *name)
{
	const char *told = ems_node_text(node, name);

	return ems_text_equal(told, "false") || ems_text_equal(told, "0");
}

static void read_blocks(const struct ems_node *root, emsign_order *order, struct ems_extra *extra)
{
	const struct ems_node *proofs = ems_node_get(root, "verifications");
	struct ems_gates open = { .csr = is_no(root, "csrSubmitted") };

	ems_map_fill(requester_members, ems_node_get(root, "requestor"), order, NULL);
	ems_map_inner(subscription_members, ems_node_get(root, "subscription"), order, extra);
	ems_map_inner(agreement_members, ems_node_get(root, "subscriberAgreement"), order, extra);
	ems_map_inner(verification_members, proofs, order, extra);
	ems_map_inner(revocation_members, ems_node_get(root, "revocation"), order, extra);
	open.validation = is_validation_open(ems_node_get(proofs, "domain"));
	open.agreement = ems_text_equal(order->agreement, "pending");
	order->status = ems_state_gate(status_of(root, open.csr), open);
	ems_state_revoked(order);
}

EMS_DECODER(ems_v2_track_read)
{
	const struct ems_node *proofs = ems_node_get(ems_node_get(root, "verifications"), "domain");
	const struct ems_node *list = ems_node_get(proofs, "domains");
	emsign_order order = { .id = NULL };
	struct ems_extra extra;
	char room[EMS_NAME_MAX];
	const char **sans = NULL;
	emsign_rc rc;

	(void)verdict;
	if (!ems_node_get(root, "orderId") && !ems_node_get(root, "status"))
		return ems_fail(err, EMSIGN_E_PROTO,
				"the answer has neither an order nor a status");
	ems_extra_begin(&extra);
	rc = read_order(root, &order, &extra, room, &sans, err);
	order.number = ems_kv_get(call->args, "order");
	order.family = call->family ? call->family : "ssl";
	if (rc == EMSIGN_OK)
		read_blocks(root, &order, &extra);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "order", &order, err);
	for (const struct ems_node *at = ems_map_first(list); at && rc == EMSIGN_OK;
	     at = ems_map_next(list, at))
		rc = ems_proof_state(order.number, NULL, challenge_members, at, sink,
					     err);
	ems_free(sans);
	ems_extra_free(&extra);
	return rc;
}
