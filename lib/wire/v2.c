/* SPDX-License-Identifier: MIT */
/* The dialect v2: its verbs as rows of a REST interface, and what all of them share. */
#include "wire/v2.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "wire/auth.h"

#define BODY_MAX ((size_t)4 << 20)
#define URL_MAX 8192

/* --- rows ----------------------------------------------------------------------------------- */

#define API "api/certinext/v2/"
#define ORDER API "{family}-certificates/{order}"
#define SSL API "ssl-certificates"
#define DOMAIN API "domains/{domain_id}"

/* Commands are answered with 204, and some of them with words, by the same book. */
#define COMMAND(verb_, family_, path_, flags_, encode_)                                        \
	{ .verb = EMS_VERB_##verb_, .family = (family_), .method = "POST", .path = (path_),    \
	  .flags = EMS_MAY_BE_EMPTY | (flags_), .encode = (encode_) }
#define READ(verb_, path_, query_, decode_)                                                    \
	{ .verb = EMS_VERB_##verb_, .method = "GET", .path = (path_), .query = (query_),       \
	  .decode = (decode_) }
#define PAGE(verb_, path_, query_, row_, decode_)                                              \
	{ .verb = EMS_VERB_##verb_, .method = "GET", .path = (path_), .query = (query_),       \
	  .rows = "content", .row = (row_), .decode = (decode_) }
#define MAKE(verb_, family_, path_, flags_, encode_, decode_)                                  \
	{ .verb = EMS_VERB_##verb_, .family = (family_), .method = "POST", .path = (path_),    \
	  .flags = EMS_KEYED | (flags_), .encode = (encode_), .decode = (decode_) }

static const struct ems_row rows[] = {
	EMS_TOKEN_ROW,
	READ(TEST, API "auth/me", NULL, ems_v2_account_me),
	READ(ACCOUNT, API "groups", NULL, ems_v2_account_groups),
	READ(ORGANIZATIONS, API "organizations", ems_v2_query_group, ems_v2_account_organizations),
	READ(ORGANIZATION, API "organizations/{organization}", NULL, ems_v2_account_organization),
	READ(PRODUCTS, API "catalog/products", ems_v2_query_group, ems_v2_account_products),
	READ(CUSTOM_FIELDS, API "catalog/products/{product}/custom-fields", NULL,
	     ems_v2_account_fields),

	MAKE(PLACE, "ssl", SSL, EMS_CHANGES | EMS_SLOW, ems_v2_order_ssl, ems_v2_track_placed),
	MAKE(PLACE, "private-pki", API "private-pki-certificates", EMS_CHANGES | EMS_SLOW,
	     ems_v2_order_private, ems_v2_track_placed),
	MAKE(PLACE, "signature", API "signature-certificates", EMS_CHANGES | EMS_SLOW,
	     ems_v2_order_signature, ems_v2_track_placed),
	{ .verb = EMS_VERB_SUBMIT_CSR, .method = "PUT", .path = ORDER "/csr",
	  .flags = EMS_MAY_BE_EMPTY, .encode = ems_v2_ask },
	COMMAND(ACCEPT, "ssl", ORDER "/agreement", 0, ems_v2_ask_accept),
	COMMAND(ACCEPT, "signature", ORDER "/agreement", 0, ems_v2_ask_accept),
	READ(TRACK, ORDER, NULL, ems_v2_track_read),
	READ(FETCH, ORDER "/certificate", NULL, ems_v2_fetch_read),
	COMMAND(CANCEL, NULL, ORDER "/cancel", 0, ems_v2_ask),
	COMMAND(CANCEL_DRAFT, "ssl", SSL "/requests/{request}/cancel", 0, ems_v2_ask),
	COMMAND(REVOKE, NULL, ORDER "/revoke", EMS_CHANGES | EMS_KEYED, ems_v2_ask),
	MAKE(REISSUE, "ssl", SSL "/{order}/reissue", EMS_CHANGES | EMS_SLOW, ems_v2_ask_reissue,
	     ems_v2_track_placed),
	{ .verb = EMS_VERB_CHALLENGE, .family = "ssl", .method = "GET", .path = SSL "/{order}/dcv",
	  .query = ems_v2_query_challenge, .decode = ems_v2_proof_read },
	MAKE(VERIFY, "ssl", SSL "/{order}/dcv/verify", EMS_MAY_BE_EMPTY, ems_v2_ask,
	     ems_v2_proof_verified),

	PAGE(REPORT, API "reports/orders", ems_v2_query_report, ems_v2_report_order,
	     ems_v2_report_page),
	PAGE(LEDGER, API "reports/ledger", ems_v2_query_report, ems_v2_report_ledger,
	     ems_v2_report_page),

	PAGE(DOMAINS, API "domains", ems_v2_query_domains, ems_v2_domain_row,
	     ems_v2_report_page_from_0),
	PAGE(DOMAIN_FIND, API "domains", ems_v2_query_domains, ems_v2_domain_row,
	     ems_v2_report_page_from_0),
	READ(DOMAIN, DOMAIN, NULL, ems_v2_domain_read),
	MAKE(DOMAIN_ADD, NULL, API "domains", EMS_CHANGES, ems_v2_ask_domain, ems_v2_domain_added),
	READ(DOMAIN_CHALLENGE, DOMAIN "/dcv", NULL, ems_v2_domain_proof),
	{ .verb = EMS_VERB_DOMAIN_METHOD, .method = "PATCH", .path = DOMAIN "/dcv/method",
	  .flags = EMS_KEYED, .encode = ems_v2_ask, .decode = ems_v2_domain_proof },
	MAKE(DOMAIN_VERIFY, NULL, DOMAIN "/dcv/verify", EMS_MAY_BE_EMPTY, ems_v2_ask,
	     ems_v2_proof_verified),
	PAGE(DOMAIN_ATTEMPTS, DOMAIN "/dcv/attempts", ems_v2_query_attempts,
	     ems_v2_domain_attempt_row, ems_v2_report_page_from_0),
	READ(DOMAIN_ATTEMPT, DOMAIN "/dcv/attempts/{attempt}", NULL, ems_v2_domain_attempt),
	MAKE(DOMAIN_DEACTIVATE, NULL, DOMAIN "/deactivate", 0, ems_v2_ask, ems_v2_domain_read),
};

/* --- asking --------------------------------------------------------------------------------- */

/* Random bytes as a UUID of version 4 (RFC 9562). */
static void put_uuid(const unsigned char random[16], char out[64])
{
	unsigned char b[16];
	char hex[33];

	memcpy(b, random, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	ems_text_hex(b, sizeof(b), hex);
	snprintf(out, 64, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static void put_headers(const struct ems_row *row, const struct ems_call *call,
			const struct ems_stamp *stamp, struct ems_question *out)
{
	ems_kvlist_add(&out->headers, "Accept", "application/json");
	if (row->encode)
		ems_kvlist_add(&out->headers, "Content-Type", "application/json");
	/* several products may share a variant: left out, the CA would choose */
	if (row->verb == EMS_VERB_PLACE)
		ems_kvlist_add(&out->headers, "X-Product-Code", ems_kv_get(call->args, "product"));
	if (row->flags & EMS_KEYED) {
		put_uuid(stamp->random, out->request_id);
		ems_kvlist_add(&out->headers, "Idempotency-Key", out->request_id);
	}
}

static emsign_rc ask(const struct ems_row *row, const struct ems_peer *peer,
		     const struct ems_call *call, const struct ems_stamp *stamp,
		     struct ems_question *out, emsign_error *err)
{
	struct ems_jsonout j = { &out->body, false };
	emsign_rc rc;

	if (!ems_auth_by_token(peer->auth))
		return ems_fail(err, EMSIGN_E_UNSUPPORTED,
				"the API v2 takes access tokens alone; auth is 'form' or 'basic'");
	if (call->verb == EMS_VERB_TOKEN)
		return ems_token_ask(row, peer, call, out, err);
	rc = ems_v2_ask_check(call, err);
	if (rc)
		return rc;
	out->method = row->method;
	out->url = (struct ems_buf)EMS_BUF(URL_MAX);
	out->body = (struct ems_buf)EMS_BUF(BODY_MAX);
	rc = ems_url_make(&out->url, peer->url, row, call, err);
	if (rc == EMSIGN_OK)
		rc = ems_auth_header(peer, out, err);
	if (rc)
		return rc;
	put_headers(row, call, stamp, out);
	if (row->encode) {
		ems_jsonout_open(&j, NULL);
		row->encode(call, &j);
		ems_jsonout_close(&j);
	}
	return ems_line_rc(out, err);
}

/* --- understanding -------------------------------------------------------------------------- */

static bool is_blank(const struct ems_answer *answer)
{
	const char *text = answer->body;

	for (size_t i = 0; i < answer->len; i++)
		if (!text[i] || !strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

static emsign_rc judge(struct ems_reading *r, emsign_rc rc, const struct ems_node *root)
{
	if (r->call->verb == EMS_VERB_TOKEN)
		return ems_token_judge(r, rc, root);
	if (!ems_reading_success(r))
		return ems_v2_problem_judge(r, root);
	if (r->row->flags & EMS_MAY_BE_EMPTY && is_blank(r->answer))
		return ems_reading_accept(r, NULL);
	if (rc || root->type != EMS_JSON_OBJECT)
		return ems_reading_broken(r, rc, "members");
	return ems_reading_accept(r, root);
}

static emsign_rc understand(const struct ems_row *row, const struct ems_call *call,
			    const struct ems_answer *answer, const struct ems_sink *sink,
			    struct ems_verdict *verdict, emsign_error *err)
{
	static const struct ems_manner manner = { judge, NULL };
	emsign_error own;
	struct ems_reading r = { row, call, answer, sink, verdict, EMS_ERR_OR(err, own), false };

	return ems_reading_run(&r, &manner);
}

/* Each is a collection of its own. */
static const char *const families[] = { "ssl", "private-pki", "signature", NULL };

const struct ems_dialect ems_v2 = {
	.name = "v2",
	.default_path = "/",
	.auth = "form",
	.families = families,
	.rows = rows,
	.n_rows = sizeof(rows) / sizeof(rows[0]),
	.ask = ask,
	.understand = understand,
};
