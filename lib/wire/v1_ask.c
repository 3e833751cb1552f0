/* SPDX-License-Identifier: MIT */
#include "wire/v1.h"

#include "base/text.h"
#include "base/time.h"
#include "crypto/crypto.h"

/* Percent-encoded base64 of a document of 3 MB, with room. */
#define DOCUMENT_TEXT ((size_t)16 << 20)

static const struct ems_block blocks[] = {
	{ EMS_VERB_ORGANIZATION, "organizationDetails", {
		{ "organizationNumber", "organization", NULL, NULL },
		{ "groupNumber", "group", NULL, NULL },
	} },
	{ EMS_VERB_PRODUCTS, "productDetails", {
		{ "groupNumber", "group", NULL, NULL },
	} },
	{ EMS_VERB_SUBMIT_CSR, "orderDetails", {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
		{ "csr", "csr", NULL, NULL },
	} },
	{ EMS_VERB_ACCEPT, "agreementDetails", {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
		{ "acceptAgreement", NULL, NULL, "1" },
		{ "signerName", "signer.name", NULL, NULL },
		{ "signerPlace", "signer.place", NULL, NULL },
		{ "signerIP", "signer.ip", NULL, NULL },
	} },
	{ EMS_VERB_TRACK, "orderDetails", {
		{ "orderNumber", "order", NULL, NULL },
	} },
	{ EMS_VERB_CHALLENGE, "dcvDetails", {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
		{ "domainName", "domain", NULL, NULL },
		{ "dcvMethod", "method", ems_v1_methods, NULL },
	} },
	{ EMS_VERB_VERIFY, "dcvDetails", {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
		{ "domainName", "domain", NULL, NULL },
		{ "dcvMethod", "method", ems_v1_methods, NULL },
		{ "dcvEmail", "email", NULL, NULL },
	} },
	{ EMS_VERB_FETCH, "orderDetails", {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
	} },
	{ EMS_VERB_CANCEL, "orderDetails", {
		{ "orderNumber", "order", NULL, NULL },
		{ "rejectRemarks", "remarks", NULL, "canceled with libemsign" },
	} },
	{ EMS_VERB_CANCEL_DRAFT, "orderDetails", {
		{ "requestNumber", "request", NULL, NULL },
		{ "rejectRemarks", "remarks", NULL, "canceled with libemsign" },
	} },
	{ EMS_VERB_REVOKE, "revocationDetails", {
		{ "orderNumber", "order", NULL, NULL },
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "revokeReasonId", "reason", ems_v1_reasons, NULL },
		{ "revokeRemarks", "comments", NULL, "revoked with libemsign" },
	} },
};

static const struct ems_line criteria[] = {
	{ "productCode", "product", NULL, NULL },
	{ "groupNumber", "group", NULL, NULL },
	{ "organizationName", "organization", NULL, NULL },
	{ "domainName", "domain", NULL, NULL },
	{ "requestNumber", "request", NULL, NULL },
	{ "orderNumber", "order", NULL, NULL },
	{ "requestorEmailId", "requester.email", NULL, NULL },
	{ "pageNumber", "page", NULL, "1" },
	{ "pageSize", "size", NULL, "100" },
	{ NULL, NULL, NULL, NULL },
};

static const struct ems_block *find_block(enum ems_verb verb)
{
	return ems_line_block(blocks, sizeof(blocks) / sizeof(blocks[0]), verb);
}

void ems_v1_ask(const struct ems_call *call, struct ems_jsonout *body)
{
	const struct ems_block *block = find_block(call->verb);

	ems_line_object(body, block->name, block->lines, call->args);
}

emsign_rc ems_v1_ask_check(const struct ems_call *call, emsign_error *err)
{
	return ems_line_check(find_block(call->verb), call->args, err);
}

void ems_v1_ask_nothing(const struct ems_call *call, struct ems_jsonout *body)
{
	(void)call;
	(void)body;
}

/* Base64 whose three odd characters are percent-encoded, as if it stood in a URL. */
static void put_document(const struct ems_call *call, struct ems_jsonout *body)
{
	struct ems_buf plain = EMS_BUF(DOCUMENT_TEXT);
	struct ems_buf encoded = EMS_BUF(DOCUMENT_TEXT);

	ems_digest_base64(&plain, call->document, call->document_len);
	ems_url_put(&encoded, ems_buf_str(&plain), plain.bytes.len);
	if (plain.rc || encoded.rc)
		body->buf->rc = plain.rc ? plain.rc : encoded.rc;
	ems_jsonout_text(body, "base64Value", ems_buf_str(&encoded));
	ems_buf_free(&plain);
	ems_buf_free(&encoded);
}

void ems_v1_ask_document(const struct ems_call *call, struct ems_jsonout *body)
{
	static const struct ems_line order[] = {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
		{ "numberOfDocuments", NULL, NULL, "1" },
		{ NULL, NULL, NULL, NULL },
	};
	static const struct ems_line document[] = {
		{ "id", NULL, NULL, "1" },
		{ "fileName", "name", NULL, NULL },
		{ "description", "description", NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	ems_jsonout_open(body, "documentDetails");
	ems_line_put(body, order, call->args);
	ems_jsonout_list(body, "documentsAttached");
	ems_jsonout_open(body, NULL);
	ems_line_put(body, document, call->args);
	put_document(call, body);
	ems_jsonout_close(body);
	ems_jsonout_list_close(body);
	ems_jsonout_close(body);
}

static void put_day(struct ems_jsonout *body, const char *wire, const char *seconds)
{
	char day[EMS_TIME_TEXT];
	int64_t t;

	if (!ems_text_int(seconds, 0, INT64_MAX, &t))
		return;
	ems_time_date(t, day);
	ems_jsonout_text(body, wire, day);
}

void ems_v1_ask_report(const struct ems_call *call, struct ems_jsonout *body)
{
	const char *from = ems_kv_get(call->args, "from");
	const char *till = ems_kv_get(call->args, "till");

	ems_jsonout_open(body, "searchCriteria");
	/* the two are all or nothing by the CA's book: one without the other is EMS-1120 or 1121 */
	if (from && till) {
		put_day(body, "orderDateFrom", from);
		put_day(body, "orderDateTill", till);
	}
	ems_line_put(body, criteria, call->args);
	if (ems_kv_get(call->args, "tag"))
		ems_jsonout_text(body, "tagSearchCriteria", "1");
	ems_line_list(body, "tags", call->args, "tag", NULL);
	ems_jsonout_close(body);
}
