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

/* --- rows ----------------------------------------------------------------------------------- */

#define ASK(verb_, path_, encode_, decode_)                                  \
	{ .verb = EMS_VERB_##verb_, .method = "POST", .path = (path_),      \
	  .encode = (encode_), .decode = (decode_) }
#define CHANGE(verb_, family_, path_, encode_, decode_)                      \
	{ .verb = EMS_VERB_##verb_, .family = (family_), .method = "POST",  \
	  .path = (path_), .flags = EMS_CHANGES, .encode = (encode_),       \
	  .decode = (decode_) }

static const struct ems_row rows[] = {
	ASK(TEST, "ValidateCredentials", ems_v1_ask_nothing, NULL),
	ASK(ACCOUNT, "GetGroupDetails", ems_v1_ask_nothing, ems_v1_account_read),
	ASK(ORGANIZATION, "GetOrganizationDetails", ems_v1_ask, ems_v1_account_organization),
	ASK(DOMAINS, "GetDomainDetails", ems_v1_ask_nothing, ems_v1_account_domains),
	ASK(PRODUCTS, "GetProductDetails", ems_v1_ask, ems_v1_account_products),
	CHANGE(PLACE, "ssl", "GenerateOrderSSL", ems_v1_order_ssl, ems_v1_track_placed),
	CHANGE(PLACE, "private-pki", "GenerateOrderPrivatePKI", ems_v1_order_private,
	       ems_v1_track_placed),
	CHANGE(PLACE, "signature", "GenerateOrderSignature", ems_v1_order_signature,
	       ems_v1_track_placed),
	CHANGE(PLACE, "smime", "GenerateOrderSMIME", ems_v1_order_smime, ems_v1_track_placed),
	/* repeating the next four does no harm: the CA says that it was done */
	ASK(SUBMIT_CSR, "SubmitCSR", ems_v1_ask, NULL),
	ASK(ACCEPT, "AgreementAcceptance", ems_v1_ask, NULL),
	ASK(CANCEL, "RejectOrder", ems_v1_ask, NULL),
	ASK(CANCEL_DRAFT, "RejectRequest", ems_v1_ask, NULL),
	CHANGE(SUBMIT_DOCUMENT, NULL, "SubmitDocument", ems_v1_ask_document, NULL),
	ASK(TRACK, "TrackOrder", ems_v1_ask, ems_v1_track_read),
	ASK(CHALLENGE, "GetDcv", ems_v1_ask, ems_v1_proof_read),
	ASK(VERIFY, "VerifyDcv", ems_v1_ask, NULL),
	ASK(FETCH, "GetCertificate", ems_v1_ask, ems_v1_fetch_read),
	CHANGE(REVOKE, NULL, "RevokeOrder", ems_v1_ask, NULL),
	{ .verb = EMS_VERB_REPORT, .method = "POST", .path = "GetOrderReport",
	  .rows = "orderDetails.ordersArray", .encode = ems_v1_ask_report,
	  .row = ems_v1_report_row, .decode = ems_v1_report_page },
	EMS_TOKEN_ROW,
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
	emsign_rc rc;

	if (call->verb == EMS_VERB_TOKEN)
		return ems_token_ask(row, peer, call, out, err);
	rc = ems_v1_ask_check(call, err);
	if (rc == EMSIGN_OK)
		rc = ems_auth_prove(peer, stamp, &proof, err);
	if (rc)
		return rc;
	out->method = row->method;
	out->url = (struct ems_buf)EMS_BUF(URL_MAX);
	out->body = (struct ems_buf)EMS_BUF(BODY_MAX);
	memcpy(out->request_id, proof.txn, sizeof(proof.txn));
	ems_kvlist_add(&out->headers, "Content-Type", "application/json");
	ems_kvlist_add(&out->headers, "Accept", "application/json");
	ems_jsonout_open(&j, NULL);
	put_meta(&j, peer, &proof);
	row->encode(call, &j);
	ems_jsonout_close(&j);
	ems_wipe(&proof, sizeof(proof));
	rc = ems_auth_header(peer, out, err);
	if (rc == EMSIGN_OK)
		rc = ems_url_make(&out->url, peer->url, row, call, err);
	return rc ? rc : ems_line_rc(out, err);
}

/* --- understanding -------------------------------------------------------------------------- */

#define BASE_URL "should end in /emSignHub-API/"

static const struct ems_code plain_no = {
	NULL, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, NULL,
};

/* No envelope of the CA around it: somebody on the way spoke, or the answer is broken. */
static emsign_rc judge_stranger(struct ems_reading *r, emsign_rc rc, const struct ems_node *root)
{
	if (!ems_reading_success(r))
		return ems_reading_http(r, ems_reading_no_such_call(r, root), BASE_URL);
	return ems_reading_broken(r, rc, ems_node_get(root, "meta") ? "status in its meta block" :
								      "meta block");
}

/* status "0": what the CA's code means for this verb. */
static emsign_rc judge_refusal(struct ems_reading *r, const struct ems_node *meta)
{
	const char *text = ems_node_text(meta, "errorMessage");
	const struct ems_code *meaning;
	char code[32];

	ems_code_spell(ems_node_text(meta, "errorCode"), code);
	meaning = ems_code_find(r->call->verb, code, text);
	return ems_reading_refuse(r, meaning ? meaning : &plain_no, code, text);
}

static emsign_rc judge(struct ems_reading *r, emsign_rc rc, const struct ems_node *root)
{
	const struct ems_node *meta = ems_node_get(root, "meta");
	const char *status = ems_node_text(meta, "status");

	if (r->call->verb == EMS_VERB_TOKEN)
		return ems_token_judge(r, rc, root);
	if (rc || r->answer->http_status == 429 || !status)
		return judge_stranger(r, rc, root);
	if (strcmp(status, "0") == 0)
		return judge_refusal(r, meta);
	if (!ems_reading_success(r))
		return ems_reading_http(r, false, BASE_URL);
	if (strcmp(status, "1") == 0)
		return ems_reading_accept(r, root);
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
	static const struct ems_manner manner = { judge, transaction };
	emsign_error own;
	struct ems_reading r = { row, call, answer, sink, verdict, EMS_ERR_OR(err, own), false };

	return ems_reading_run(&r, &manner);
}

const struct ems_dialect ems_v1 = {
	.name = "v1",
	.default_path = "/emSignHub-API/",
	.auth = "digest",
	.rows = rows,
	.n_rows = sizeof(rows) / sizeof(rows[0]),
	.ask = ask,
	.understand = understand,
};
