/* SPDX-License-Identifier: MIT */
/* The dialect v1: its verbs as rows, and the envelope around each question and answer. */
#include "wire/v1.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "wire/auth.h"

/* A few documents at most; far beyond what an order form can fill. */
#define BODY_MAX ((size_t)64 << 20)
#define URL_MAX 4096

/* How much of the CA's own words fits into an error beside ours. */
#define WORDS_MAX 120

/* --- rows ----------------------------------------------------------------------------------- */

static const struct ems_row rows[] = {
	{ EMS_VERB_TEST, NULL, "POST", "ValidateCredentials", 0, NULL, ems_v1_ask_nothing, NULL,
	  NULL },
	{ EMS_VERB_ACCOUNT, NULL, "POST", "GetGroupDetails", 0, NULL, ems_v1_ask_nothing, NULL,
	  ems_v1_account_read },
	{ EMS_VERB_ORGANIZATION, NULL, "POST", "GetOrganizationDetails", 0, NULL, ems_v1_ask, NULL,
	  ems_v1_account_organization },
	{ EMS_VERB_DOMAINS, NULL, "POST", "GetDomainDetails", 0, NULL, ems_v1_ask_nothing, NULL,
	  ems_v1_account_domains },
	{ EMS_VERB_PRODUCTS, NULL, "POST", "GetProductDetails", 0, NULL, ems_v1_ask, NULL,
	  ems_v1_product_read },
	{ EMS_VERB_PLACE, "ssl", "POST", "GenerateOrderSSL", EMS_CHANGES, NULL, ems_v1_order_ssl,
	  NULL, ems_v1_track_placed },
	{ EMS_VERB_PLACE, "private-pki", "POST", "GenerateOrderPrivatePKI", EMS_CHANGES, NULL,
	  ems_v1_order_private, NULL, ems_v1_track_placed },
	/* repeating the next four does no harm: the CA says that it was done */
	{ EMS_VERB_SUBMIT_CSR, NULL, "POST", "SubmitCSR", 0, NULL, ems_v1_ask, NULL, NULL },
	{ EMS_VERB_ACCEPT, NULL, "POST", "AgreementAcceptance", 0, NULL, ems_v1_ask, NULL, NULL },
	{ EMS_VERB_CANCEL, NULL, "POST", "RejectOrder", 0, NULL, ems_v1_ask, NULL, NULL },
	{ EMS_VERB_CANCEL_DRAFT, NULL, "POST", "RejectRequest", 0, NULL, ems_v1_ask, NULL, NULL },
	{ EMS_VERB_SUBMIT_DOCUMENT, NULL, "POST", "SubmitDocument", EMS_CHANGES, NULL,
	  ems_v1_ask_document, NULL, NULL },
	{ EMS_VERB_TRACK, NULL, "POST", "TrackOrder", 0, NULL, ems_v1_ask, NULL,
	  ems_v1_track_read },
	{ EMS_VERB_CHALLENGE, NULL, "POST", "GetDcv", 0, NULL, ems_v1_ask, NULL,
	  ems_v1_proof_read },
	{ EMS_VERB_VERIFY, NULL, "POST", "VerifyDcv", 0, NULL, ems_v1_ask, NULL, NULL },
	{ EMS_VERB_FETCH, NULL, "POST", "GetCertificate", 0, NULL, ems_v1_ask, NULL,
	  ems_v1_fetch_read },
	{ EMS_VERB_REVOKE, NULL, "POST", "RevokeOrder", EMS_CHANGES, NULL, ems_v1_ask, NULL, NULL },
	{ EMS_VERB_REPORT, NULL, "POST", "GetOrderReport", 0, "orderDetails.ordersArray",
	  ems_v1_ask_report, ems_v1_report_row, ems_v1_report_page },
};

/* --- asking --------------------------------------------------------------------------------- */

static void put_meta(struct ems_jsonout *j, const struct ems_peer *peer,
		     const struct ems_proof *proof)
{
	ems_jsonout_open(j, "meta");
	ems_jsonout_text(j, "ver", "1.0");
	ems_jsonout_text(j, "ts", proof->ts);
	ems_jsonout_text(j, "txn", proof->txn);
	ems_jsonout_text(j, "accountNumber", peer->account_number);
	ems_jsonout_text(j, "authKey", proof->key);
	ems_jsonout_close(j);
}

static emsign_rc ask(const struct ems_row *row, const struct ems_peer *peer,
		     const struct ems_call *call, const struct ems_stamp *stamp,
		     struct ems_question *out, emsign_error *err)
{
	struct ems_jsonout j = { &out->body, false };
	struct ems_proof proof;
	emsign_rc rc = ems_v1_ask_check(call, err);

	if (rc == EMSIGN_OK)
		rc = ems_auth_prove(peer->secret, stamp, &proof, err);
	if (rc)
		return rc;
	out->method = row->method;
	out->url = (struct ems_buf)EMS_BUF(URL_MAX);
	out->body = (struct ems_buf)EMS_BUF(BODY_MAX);
	memcpy(out->request_id, proof.txn, sizeof(proof.txn));
	ems_buf_text(&out->url, peer->url);
	ems_buf_text(&out->url, row->path);
	ems_kvlist_add(&out->headers, "Content-Type", "application/json");
	ems_kvlist_add(&out->headers, "Accept", "application/json");
	ems_jsonout_open(&j, NULL);
	put_meta(&j, peer, &proof);
	row->encode(call, &j);
	ems_jsonout_close(&j);
	ems_wipe(&proof, sizeof(proof));
	if (out->headers.rc)
		return ems_fail_nomem(err);
	if (out->body.rc == EMSIGN_E_CRYPTO)
		return ems_fail(err, EMSIGN_E_CRYPTO,
				"the organization's consent token cannot be read");
	rc = ems_buf_rc(&out->url, err);
	return rc ? rc : ems_buf_rc(&out->body, err);
}

/* --- understanding -------------------------------------------------------------------------- */

/* An answer while it is understood. */
struct reading {
	const struct ems_row *row;
	const struct ems_call *call;
	const struct ems_answer *answer;
	const struct ems_sink *sink;
	struct ems_verdict *verdict;
	emsign_error *err;
	bool unwanted; /* the sink refused a row: no fault of the answer */
};

/* Whether the answer is whole and a success is known at its end: the sink waits for that. */
static emsign_rc give_row(void *ud, const struct ems_node *row, emsign_error *err)
{
	struct reading *r = ud;
	emsign_rc rc = r->row->row(r->call, row, r->sink, err);

	r->verdict->rows++;
	r->unwanted = rc != EMSIGN_OK;
	return rc;
}

static emsign_rc read_json(struct reading *r, struct ems_json **json, const struct ems_node **root)
{
	emsign_rc rc;

	*root = NULL;
	rc = ems_json_new(&ems_json_default_limits, r->row->rows, give_row, r, json, r->err);
	if (rc == EMSIGN_OK)
		rc = ems_json_feed(*json, r->answer->body, r->answer->len, r->err);
	if (rc == EMSIGN_OK)
		rc = ems_json_end(*json, root, r->err);
	return rc;
}

static bool is_web_page(const struct ems_answer *answer)
{
	const char *text = answer->body;
	size_t at = 0;

	if (ems_text_contains_nocase(answer->content_type, "html"))
		return true;
	while (at < answer->len && strchr(" \t\r\n", text[at]))
		at++;
	return at < answer->len && text[at] == '<';
}

/* What the HTTP status says when the CA itself says nothing. */
static const struct {
	int from;
	int till;
	emsign_rc rc;
	enum ems_class class_;
	const char *sentence;
} http_meanings[] = {
	{ 401, 401, EMSIGN_E_AUTH, EMS_CLASS_NEVER, "the server wants another login" },
	{ 403, 403, EMSIGN_E_DENIED, EMS_CLASS_NEVER,
	  "the server or something before it forbids it" },
	{ 404, 404, EMSIGN_E_PROTO, EMS_CLASS_NEVER,
	  "the server has no such call; the base URL should end in /emSignHub-API/" },
	{ 408, 408, EMSIGN_E_FAULT, EMS_CLASS_SOON, "the server waited too long for the question" },
	{ 429, 429, EMSIGN_E_BUSY, EMS_CLASS_SLOW, "the CA asks to slow down" },
	{ 300, 399, EMSIGN_E_PROTO, EMS_CLASS_NEVER,
	  "the server points elsewhere; check the base URL" },
	{ 500, 599, EMSIGN_E_FAULT, EMS_CLASS_SOON, "the CA's server has a fault" },
};

/* The application server says itself that it has no such call: {"status":404,...,"path":"/..."} */
static bool is_no_such_call(const struct ems_answer *answer, const struct ems_node *root)
{
	return answer->http_status == 404 && ems_text_equal(ems_node_text(root, "status"), "404") &&
	       ems_node_text(root, "path");
}

static emsign_rc judge_http(struct reading *r, const struct ems_node *root)
{
	int status = r->answer->http_status;
	const char *words = ems_dialect_words(r->call->verb);

	/* the two that surely did nothing */
	r->verdict->processed = status == 429 || is_no_such_call(r->answer, root);
	for (size_t i = 0; i < sizeof(http_meanings) / sizeof(http_meanings[0]); i++) {
		if (status < http_meanings[i].from || status > http_meanings[i].till)
			continue;
		r->verdict->class_ = http_meanings[i].class_;
		return ems_fail(r->err, http_meanings[i].rc, "%s failed with HTTP status %d: %s",
				words, status, http_meanings[i].sentence);
	}
	return ems_fail(r->err, EMSIGN_E_PROTO,
			"%s failed with HTTP status %d, which is not expected", words, status);
}

static bool is_success(int http_status)
{
	return http_status >= 200 && http_status < 300;
}

/* No envelope of the CA around it: somebody on the way spoke, or the answer is broken. */
static emsign_rc judge_stranger(struct reading *r, emsign_rc rc, const struct ems_node *root)
{
	if (rc == EMSIGN_E_NOMEM)
		return rc;
	if (!is_success(r->answer->http_status))
		return judge_http(r, root);
	if (is_web_page(r->answer))
		return ems_fail(r->err, EMSIGN_E_PROTO,
				"a web page came instead of an answer; check base URL and proxy");
	r->verdict->class_ = EMS_CLASS_SOON;
	if (rc) {
		ems_fail_in(r->err, "%s", ems_dialect_words(r->call->verb));
		return rc;
	}
	return ems_fail(r->err, EMSIGN_E_PROTO, "%s: the answer has no %s",
			ems_dialect_words(r->call->verb),
			ems_node_get(root, "meta") ? "status in its meta block" : "meta block");
}

/* Ids are kept only when they look like such. */
static void keep_id(char *out, size_t size, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len >= size || !len)
		return;
	for (size_t i = 0; i < len; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
			    text[i]))
			return;
	memcpy(out, text, len + 1);
}

/* The CA's words: without what would break ours, and not longer than there is room for. */
static void put_words(struct ems_buf *out, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	while (len && strchr(". \t\r\n", text[len - 1]))
		len--;
	if (len > WORDS_MAX) {
		len = WORDS_MAX;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	ems_buf_put(out, text, len);
}

static emsign_rc fail_refused(struct reading *r, const struct ems_v1_code *meaning,
			      const char *code, const char *text)
{
	struct ems_buf words = EMS_BUF(WORDS_MAX);
	const char *hint = meaning->hint;
	char shown[sizeof(r->err->ca_code)] = "";

	ems_v1_codes_spell(code, shown);
	put_words(&words, text);
	ems_fail(r->err, meaning->rc, "%s refused: %s%s%s%s%s%s", ems_dialect_words(r->call->verb),
		 words.bytes.len ? ems_buf_str(&words) : "no reason was given",
		 shown[0] ? " (" : "", shown, shown[0] ? ")" : "", hint ? "; " : "",
		 hint ? hint : "");
	memcpy(r->err->ca_code, shown, sizeof(shown));
	ems_buf_free(&words);
	return meaning->rc;
}

/* status "0": what the CA's code means for this verb. */
static emsign_rc judge_refusal(struct reading *r, const struct ems_node *meta)
{
	const char *code = ems_node_text(meta, "errorCode");
	const char *text = ems_node_text(meta, "errorMessage");
	const struct ems_v1_code *meaning = ems_v1_codes_find(r->call->verb, code, text);
	bool changes = r->row->flags & EMS_CHANGES;

	r->verdict->processed = true;
	r->verdict->class_ = meaning->class_;
	/* a fault amid a change, or a question heard twice, leaves open what was done */
	if (changes && meaning->class_ == EMS_CLASS_SOON)
		r->verdict->processed = false;
	if (meaning->rc)
		return fail_refused(r, meaning, code, text);
	r->verdict->done_before = true;
	if (r->call->verb == EMS_VERB_CHALLENGE || r->call->verb == EMS_VERB_VERIFY)
		return ems_v1_proof_done(r->call, r->sink, r->err);
	return ems_ok(r->err);
}

static emsign_rc accept(struct reading *r, const struct ems_node *root)
{
	emsign_rc rc = ems_ok(r->err);

	r->verdict->processed = true;
	if (r->row->decode)
		rc = r->row->decode(r->call, root, r->sink, r->verdict, r->err);
	/* it was done, but nobody here knows what: no order may get lost by that */
	if (rc && r->row->flags & EMS_CHANGES)
		r->verdict->processed = false;
	return rc;
}

static emsign_rc judge(struct reading *r, const struct ems_node *root)
{
	const struct ems_node *meta = ems_node_get(root, "meta");
	const char *status = ems_node_text(meta, "status");

	if (r->answer->http_status == 429 || !status)
		return judge_stranger(r, EMSIGN_OK, root);
	if (strcmp(status, "0") == 0)
		return judge_refusal(r, meta);
	if (!is_success(r->answer->http_status))
		return judge_http(r, root);
	if (strcmp(status, "1") == 0)
		return accept(r, root);
	return ems_fail(r->err, EMSIGN_E_PROTO,
			"%s: the answer's status is '%.20s', neither 1 nor 0",
			ems_dialect_words(r->call->verb), status);
}

/* ValidateCredentials has names of its own for what every other call says. */
static const char *transaction(const struct ems_node *root)
{
	const struct ems_node *meta = ems_node_get(root, "meta");
	const char *txn = ems_node_text(meta, "txn");

	return txn ? txn : ems_node_text(meta, "responseTxnId");
}

static emsign_rc understand(const struct ems_row *row, const struct ems_call *call,
			    const struct ems_answer *answer, const struct ems_sink *sink,
			    struct ems_verdict *verdict, emsign_error *err)
{
	emsign_error own;
	struct reading r = { row, call, answer, sink, verdict, EMS_ERR_OR(err, own), false };
	struct ems_json *json = NULL;
	const struct ems_node *root;
	emsign_rc rc = read_json(&r, &json, &root);

	if (r.unwanted)
		verdict->processed = true;
	else
		rc = rc ? judge_stranger(&r, rc, NULL) : judge(&r, root);
	if (rc) {
		verdict->rows = 0;
		r.err->http_status = answer->http_status;
		r.err->retry_after =
			answer->retry_after < INT32_MAX ? (int32_t)answer->retry_after : INT32_MAX;
		keep_id(r.err->request_id, sizeof(r.err->request_id), transaction(root));
	}
	ems_json_free(json);
	return rc;
}

const struct ems_dialect ems_v1 = {
	.name = "v1",
	.default_path = "/emSignHub-API/",
	.rows = rows,
	.n_rows = sizeof(rows) / sizeof(rows[0]),
	.ask = ask,
	.understand = understand,
};
