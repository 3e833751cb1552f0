/* SPDX-License-Identifier: MIT */
#include "wire/v1.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "crypto/crypto.h"

#define MAX_LINES 8

/* Percent-encoded base64 of a document of 3 MB, with room. */
#define DOCUMENT_TEXT ((size_t)16 << 20)

struct block {
	enum ems_verb verb;
	const char *name;
	struct ems_v1_line lines[MAX_LINES];
};

static const struct block blocks[] = {
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

static const struct ems_v1_line criteria[] = {
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

static const struct block *find_block(enum ems_verb verb)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (blocks[i].verb == verb)
			return &blocks[i];
	return NULL;
}

void ems_v1_ask_lines(struct ems_jsonout *j, const struct ems_v1_line *lines, const emsign_kv *args)
{
	for (; lines->wire; lines++) {
		const char *value = lines->arg ? ems_kv_get(args, lines->arg) : NULL;

		if (value && lines->words)
			value = ems_v1_id(lines->words, value);
		ems_jsonout_text(j, lines->wire, value ? value : lines->preset);
	}
}

void ems_v1_ask(const struct ems_call *call, struct ems_jsonout *body)
{
	const struct block *block = find_block(call->verb);

	ems_jsonout_open(body, block->name);
	ems_v1_ask_lines(body, block->lines, call->args);
	ems_jsonout_close(body);
}

static emsign_rc refuse_word(const struct ems_v1_line *line, const char *said, emsign_error *err)
{
	struct ems_buf choices = EMS_BUF(512);

	for (const struct ems_v1_word *w = line->words; w->id; w++) {
		ems_buf_text(&choices, w == line->words ? "" : w[1].id ? ", " : " and ");
		ems_buf_text(&choices, w->word);
	}
	ems_fail(err, EMSIGN_E_INVALID, "%s '%.40s' is none that the CA takes; it takes %s",
		 line->arg, said, ems_buf_str(&choices));
	ems_buf_free(&choices);
	return EMSIGN_E_INVALID;
}

emsign_rc ems_v1_ask_check(const struct ems_call *call, emsign_error *err)
{
	const struct block *block = find_block(call->verb);

	if (!block)
		return EMSIGN_OK;
	for (const struct ems_v1_line *line = block->lines; line->wire; line++) {
		const char *said = line->words ? ems_kv_get(call->args, line->arg) : NULL;

		if (line->words && !said)
			return ems_fail(err, EMSIGN_E_INVALID, "%s is missing", line->arg);
		if (said && !ems_v1_id(line->words, said))
			return refuse_word(line, said, err);
	}
	return EMSIGN_OK;
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
	for (const char *c = ems_buf_str(&plain); *c; c++) {
		if (strchr("+/=", *c))
			ems_buf_print(&encoded, "%%%02X", (unsigned)*c);
		else
			ems_buf_char(&encoded, *c);
	}
	if (plain.rc || encoded.rc)
		body->buf->rc = plain.rc ? plain.rc : encoded.rc;
	ems_jsonout_text(body, "base64Value", ems_buf_str(&encoded));
	ems_buf_free(&plain);
	ems_buf_free(&encoded);
}

void ems_v1_ask_document(const struct ems_call *call, struct ems_jsonout *body)
{
	static const struct ems_v1_line order[] = {
		{ "requestorEmail", "requester.email", NULL, NULL },
		{ "orderNumber", "order", NULL, NULL },
		{ "numberOfDocuments", NULL, NULL, "1" },
		{ NULL, NULL, NULL, NULL },
	};
	static const struct ems_v1_line document[] = {
		{ "id", NULL, NULL, "1" },
		{ "fileName", "name", NULL, NULL },
		{ "description", "description", NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	ems_jsonout_open(body, "documentDetails");
	ems_v1_ask_lines(body, order, call->args);
	ems_jsonout_list(body, "documentsAttached");
	ems_jsonout_open(body, NULL);
	ems_v1_ask_lines(body, document, call->args);
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
	const char *tag;

	ems_jsonout_open(body, "searchCriteria");
	/* the two are all or nothing by the CA's book: one without the other is EMS-1120 or 1121 */
	if (from && till) {
		put_day(body, "orderDateFrom", from);
		put_day(body, "orderDateTill", till);
	}
	ems_v1_ask_lines(body, criteria, call->args);
	if (ems_kv_get(call->args, "tag")) {
		ems_jsonout_text(body, "tagSearchCriteria", "1");
		ems_jsonout_list(body, "tags");
		for (size_t i = 0; (tag = ems_kv_nth(call->args, "tag", i)); i++)
			ems_jsonout_text(body, NULL, tag);
		ems_jsonout_list_close(body);
	}
	ems_jsonout_close(body);
}
