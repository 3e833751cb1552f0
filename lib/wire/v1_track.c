/* SPDX-License-Identifier: MIT */
/* One order: what placing it gave, and where it stands. */
#include "wire/v1.h"

#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "model/name.h"

static const struct ems_map placed_members[] = {
	{ "orderNumber", EMS_MAP_TEXT, offsetof(emsign_order, number), NULL },
	{ "requestNumber", EMS_MAP_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "trackingURL", EMS_MAP_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "trackingUrl", EMS_MAP_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "certificateDetails", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static const struct ems_map order_members[] = {
	{ "trackingUrl", EMS_MAP_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "trackingURL", EMS_MAP_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "orderNumber", EMS_MAP_KNOWN, 0, NULL },
	{ "requestNumber", EMS_MAP_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "orderStatusId", EMS_MAP_KNOWN, 0, NULL },
	{ "orderStatus", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateStatusId", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateStatus", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateExpiryDate", EMS_MAP_TIME, offsetof(emsign_order, not_after), NULL },
	{ "requestorInformation", EMS_MAP_KNOWN, 0, NULL },
	{ "subscriberAgreement", EMS_MAP_KNOWN, 0, NULL },
	{ "domainVerification", EMS_MAP_KNOWN, 0, NULL },
	{ "csr", EMS_MAP_KNOWN, 0, NULL },
	{ "revocationDetails", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static const struct ems_map agreement_members[] = {
	{ "status", EMS_MAP_WORD, offsetof(emsign_order, agreement), ems_v1_agreements },
	EMS_MAP_END,
};

static const struct ems_map requester_members[] = {
	{ "requestorEmail", EMS_MAP_TEXT, offsetof(emsign_order, requester_email), NULL },
	EMS_MAP_END,
};

static const struct ems_map revocation_members[] = {
	{ "revokeRequestStatusId", EMS_MAP_WORD, offsetof(emsign_order, revoke_status),
	  ems_v1_revocations },
	{ "revokeReasonId", EMS_MAP_WORD, offsetof(emsign_order, revoke_reason),
	  ems_v1_reasons_told },
	{ "revokeProcessedDate", EMS_MAP_TIME, offsetof(emsign_order, revoked_at), NULL },
	{ "revokeRequestStatus", EMS_MAP_TEXT, offsetof(emsign_order, revoke_status), NULL },
	EMS_MAP_END,
};

static const struct ems_map challenge_members[] = {
	{ "dcvMethod", EMS_MAP_LABEL, offsetof(emsign_challenge, method), ems_v1_methods },
	{ "dcvStatus", EMS_MAP_WORD, offsetof(emsign_challenge, status), ems_v1_proofs },
	{ "caaStatus", EMS_MAP_WORD, offsetof(emsign_challenge, caa), ems_v1_caa },
	{ "verifiedDate", EMS_MAP_TIME, offsetof(emsign_challenge, verified_at), NULL },
	EMS_MAP_END,
};

/* --- PLACE ---------------------------------------------------------------------------------- */

EMS_DECODER(ems_v1_track_placed)
{
	const struct ems_node *node;
	emsign_order order = { .status = EMSIGN_STATUS_PENDING };
	struct ems_extra extra;
	bool certificate = false;
	emsign_rc rc = ems_map_block(root, "orderDetails", &node, err);

	(void)verdict;
	ems_extra_begin(&extra);
	if (rc == EMSIGN_OK)
		ems_map_fill(placed_members, node, &order, &extra);
	if (rc == EMSIGN_OK && !order.number && !order.request_number)
		rc = ems_fail(err, EMSIGN_E_PROTO,
			      "the CA says that the order is placed, but not under which number");
	if (rc)
		goto out;
	if (order.number)
		rc = ems_v1_fetch_give(order.number, ems_node_get(node, "certificateDetails"), sink,
				       &certificate, err);
	else if (ems_kv_yes(call->args, "draft"))
		order.status = EMSIGN_STATUS_DRAFT;
	if (certificate)
		order.status = EMSIGN_STATUS_ISSUED;
	order.family = call->family;
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "order", &order, err);
out:
	ems_extra_free(&extra);
	return rc;
}

/* --- TRACK ---------------------------------------------------------------------------------- */

void ems_v1_track_status(const struct ems_node *node, emsign_order *order, struct ems_buf *room)
{
	const char *order_id = ems_node_text(node, "orderStatusId");
	const char *certificate_id = ems_node_text(node, "certificateStatusId");
	const char *text = ems_node_text(node, "certificateStatus");

	order->status = ems_state_of(order_id, certificate_id);
	order->status_text = text ? text : ems_node_text(node, "orderStatus");
	if (certificate_id) {
		ems_buf_text(room, "certificate ");
		ems_buf_text(room, certificate_id);
	}
	if (order_id) {
		ems_buf_text(room, certificate_id ? ", order " : "order ");
		ems_buf_text(room, order_id);
	}
	order->status_code = room->bytes.len ? ems_buf_str(room) : NULL;
}

/*
 * The names of the order are the members that are objects; beside them stands "status", which lags
 * behind and counts only while no name is listed.
 */
static bool is_validation_open(const struct ems_node *block)
{
	bool listed = false;

	if (!block || block->type != EMS_JSON_OBJECT)
		return false;
	for (const struct ems_node *at = block->first; at; at = at->next) {
		if (at->type != EMS_JSON_OBJECT)
			continue;
		listed = true;
		if (!ems_text_equal(ems_node_text(at, "dcvStatus"), "1"))
			return true;
	}
	return !listed && ems_text_equal(ems_node_text(block, "status"), "0");
}

static struct ems_gates find_gates(const struct ems_node *node, const emsign_order *order)
{
	return (struct ems_gates){
		.validation = is_validation_open(ems_node_get(node, "domainVerification")),
		.csr = ems_text_equal(ems_node_text(node, "csr"), "0"),
		.agreement = ems_text_equal(order->agreement, "pending"),
	};
}

EMS_DECODER(ems_v1_track_read)
{
	const struct ems_node *node, *domains;
	emsign_order order = { .number = ems_kv_get(call->args, "order") };
	struct ems_extra extra;
	struct ems_buf codes = EMS_BUF(4096);
	emsign_rc rc = ems_map_block(root, "orderDetails", &node, err);

	(void)verdict;
	if (rc)
		return rc;
	ems_extra_begin(&extra);
	ems_map_fill(order_members, node, &order, &extra);
	ems_map_inner(agreement_members, ems_node_get(node, "subscriberAgreement"), &order, &extra);
	ems_map_fill(requester_members, ems_node_get(node, "requestorInformation"), &order,
			 NULL);
	ems_v1_track_status(node, &order, &codes);
	order.status = ems_state_gate(order.status, find_gates(node, &order));
	ems_map_fill(revocation_members, ems_node_get(node, "revocationDetails"), &order, NULL);
	ems_state_revoked(&order);
	rc = ems_buf_rc(&codes, err);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "order", &order, err);
	domains = ems_node_get(node, "domainVerification");
	if (domains && domains->type != EMS_JSON_OBJECT)
		domains = NULL;
	for (const struct ems_node *at = domains ? domains->first : NULL; at && rc == EMSIGN_OK;
	     at = at->next)
		if (at->type == EMS_JSON_OBJECT)
			rc = ems_proof_state(order.number, at->name, challenge_members, at, sink,
					     err);
	ems_extra_free(&extra);
	ems_buf_free(&codes);
	return rc;
}
