/* SPDX-License-Identifier: MIT */
/* One order: what placing it gave, and where it stands. */
#include "wire/v1.h"

#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "model/name.h"

#define END { NULL, EMS_V1_KNOWN, 0, NULL }

static const struct ems_v1_member placed_members[] = {
	{ "orderNumber", EMS_V1_TEXT, offsetof(emsign_order, number), NULL },
	{ "requestNumber", EMS_V1_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "trackingURL", EMS_V1_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "trackingUrl", EMS_V1_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "certificateDetails", EMS_V1_KNOWN, 0, NULL },
	END,
};

static const struct ems_v1_member order_members[] = {
	{ "trackingUrl", EMS_V1_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "trackingURL", EMS_V1_TEXT, offsetof(emsign_order, tracking_url), NULL },
	{ "orderNumber", EMS_V1_KNOWN, 0, NULL },
	{ "requestNumber", EMS_V1_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "orderStatusId", EMS_V1_KNOWN, 0, NULL },
	{ "orderStatus", EMS_V1_KNOWN, 0, NULL },
	{ "certificateStatusId", EMS_V1_KNOWN, 0, NULL },
	{ "certificateStatus", EMS_V1_KNOWN, 0, NULL },
	{ "certificateExpiryDate", EMS_V1_TIME, offsetof(emsign_order, not_after), NULL },
	{ "requestorInformation", EMS_V1_KNOWN, 0, NULL },
	{ "subscriberAgreement", EMS_V1_KNOWN, 0, NULL },
	{ "domainVerification", EMS_V1_KNOWN, 0, NULL },
	{ "csr", EMS_V1_KNOWN, 0, NULL },
	{ "revocationDetails", EMS_V1_KNOWN, 0, NULL },
	END,
};

static const struct ems_v1_member agreement_members[] = {
	{ "status", EMS_V1_WORD, offsetof(emsign_order, agreement), ems_v1_agreements },
	END,
};

static const struct ems_v1_member requester_members[] = {
	{ "requestorEmail", EMS_V1_TEXT, offsetof(emsign_order, requester_email), NULL },
	END,
};

static const struct ems_v1_member revocation_members[] = {
	{ "revokeRequestStatusId", EMS_V1_WORD, offsetof(emsign_order, revoke_status),
	  ems_v1_revocations },
	{ "revokeReasonId", EMS_V1_WORD, offsetof(emsign_order, revoke_reason),
	  ems_v1_reasons_told },
	{ "revokeProcessedDate", EMS_V1_TIME, offsetof(emsign_order, revoked_at), NULL },
	{ "revokeRequestStatus", EMS_V1_TEXT, offsetof(emsign_order, revoke_status), NULL },
	END,
};

static const struct ems_v1_member challenge_members[] = {
	{ "dcvMethod", EMS_V1_METHOD, offsetof(emsign_challenge, method), NULL },
	{ "dcvStatus", EMS_V1_WORD, offsetof(emsign_challenge, status), ems_v1_proofs },
	{ "caaStatus", EMS_V1_WORD, offsetof(emsign_challenge, caa), ems_v1_caa },
	{ "verifiedDate", EMS_V1_TIME, offsetof(emsign_challenge, verified_at), NULL },
	END,
};

/* --- PLACE ---------------------------------------------------------------------------------- */

EMS_V1_DECODER(ems_v1_track_placed)
{
	const struct ems_node *node;
	emsign_order order = { .status = EMSIGN_STATUS_PENDING };
	struct ems_v1_extra extra;
	bool certificate = false;
	emsign_rc rc = ems_v1_fact_block(root, "orderDetails", &node, err);

	(void)verdict;
	ems_v1_extra_begin(&extra);
	if (rc == EMSIGN_OK)
		ems_v1_fact_fill(placed_members, node, &order, &extra);
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
		rc = ems_v1_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "order", &order, err);
out:
	ems_v1_extra_free(&extra);
	return rc;
}

/* --- TRACK ---------------------------------------------------------------------------------- */

static emsign_rc give_challenge(const char *order, const struct ems_node *node,
				const struct ems_sink *sink, emsign_error *err)
{
	emsign_challenge challenge = { .order = order };
	char room[EMS_NAME_MAX];
	struct ems_v1_extra extra;
	emsign_rc rc;

	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(challenge_members, node, &challenge, &extra);
	challenge.domain = ems_v1_fact_name(node->name, room);
	rc = ems_v1_extra_end(&extra, &challenge.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "challenge", &challenge, err);
	ems_v1_extra_free(&extra);
	return rc;
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

/* What an order is waiting for, where the CA's number only says that it waits. */
static int64_t find_gate(const struct ems_node *node, const emsign_order *order)
{
	if (order->status != EMSIGN_STATUS_PENDING &&
	    order->status != EMSIGN_STATUS_PENDING_APPROVAL)
		return order->status;
	if (is_validation_open(ems_node_get(node, "domainVerification")))
		return EMSIGN_STATUS_PENDING_DCV;
	if (ems_text_equal(ems_node_text(node, "csr"), "0"))
		return EMSIGN_STATUS_PENDING_CSR;
	if (ems_text_equal(order->agreement, "pending"))
		return EMSIGN_STATUS_PENDING_AGREEMENT;
	return order->status;
}

static void read_revocation(const struct ems_node *node, emsign_order *order)
{
	ems_v1_fact_fill(revocation_members, node, order, NULL);
	if (ems_text_equal(order->revoke_status, "revoked"))
		order->status = EMSIGN_STATUS_REVOKED;
	else
		order->revoked_at = 0; /* the date of another outcome */
}

/* What a block says beyond a table, as a member of its name. */
static void keep_rest(const struct ems_node *block, const struct ems_v1_member *members,
		      emsign_order *order, struct ems_v1_extra *extra)
{
	struct ems_node rest = { .type = EMS_JSON_NUMBER }; /* any JSON that is copied as it is */
	struct ems_v1_extra inner;
	const char *text;

	if (!block)
		return;
	ems_v1_extra_begin(&inner);
	ems_v1_fact_fill(members, block, order, &inner);
	if (ems_v1_extra_end(&inner, &text, NULL) != EMSIGN_OK)
		extra->buf.rc = inner.buf.rc;
	rest.text = text;
	if (text)
		ems_v1_extra_add(extra, block->name, &rest);
	ems_v1_extra_free(&inner);
}

EMS_V1_DECODER(ems_v1_track_read)
{
	const struct ems_node *node, *domains;
	emsign_order order = { .number = ems_kv_get(call->args, "order") };
	struct ems_v1_extra extra;
	struct ems_buf codes = EMS_BUF(4096);
	emsign_rc rc = ems_v1_fact_block(root, "orderDetails", &node, err);

	(void)verdict;
	if (rc)
		return rc;
	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(order_members, node, &order, &extra);
	keep_rest(ems_node_get(node, "subscriberAgreement"), agreement_members, &order, &extra);
	ems_v1_fact_fill(requester_members, ems_node_get(node, "requestorInformation"), &order,
			 NULL);
	ems_v1_status_read(node, &order, &codes);
	order.status = find_gate(node, &order);
	read_revocation(ems_node_get(node, "revocationDetails"), &order);
	rc = ems_buf_rc(&codes, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "order", &order, err);
	domains = ems_node_get(node, "domainVerification");
	if (domains && domains->type != EMS_JSON_OBJECT)
		domains = NULL;
	for (const struct ems_node *at = domains ? domains->first : NULL; at && rc == EMSIGN_OK;
	     at = at->next)
		if (at->type == EMS_JSON_OBJECT)
			rc = give_challenge(order.number, at, sink, err);
	ems_v1_extra_free(&extra);
	ems_buf_free(&codes);
	return rc;
}
