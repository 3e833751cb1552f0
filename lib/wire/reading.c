/* SPDX-License-Identifier: MIT */
/* What an answer means, as far as generations agree: who spoke, and whether it is certain. */
#include "wire/common.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* How much of the CA's own words fits into an error beside ours. */
#define WORDS_MAX 120

/* --- who spoke ------------------------------------------------------------------------------ */

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

bool ems_reading_success(const struct ems_reading *r)
{
	return r->answer->http_status >= 200 && r->answer->http_status < 300;
}

bool ems_reading_no_such_call(const struct ems_reading *r, const struct ems_node *root)
{
	return r->answer->http_status == 404 && ems_node_text(root, "path") &&
	       ems_text_equal(ems_node_text(root, "status"), "404");
}

/* What the HTTP status says when the CA itself says nothing. */
static const struct {
	int from;
	int till;
	emsign_rc rc;
	enum ems_class class_;
	const char *sentence;
} http_meanings[] = {
	{ 401, 401, EMSIGN_E_AUTH, EMS_CLASS_LOGIN, "the server wants another login" },
	{ 403, 403, EMSIGN_E_DENIED, EMS_CLASS_NEVER,
	  "the server or something before it forbids it" },
	{ 404, 404, EMSIGN_E_PROTO, EMS_CLASS_NEVER, "the server has no such call; the base URL " },
	{ 408, 408, EMSIGN_E_FAULT, EMS_CLASS_SOON, "the server waited too long for the question" },
	{ 429, 429, EMSIGN_E_BUSY, EMS_CLASS_SLOW, "the CA asks to slow down" },
	{ 300, 399, EMSIGN_E_PROTO, EMS_CLASS_NEVER,
	  "the server points elsewhere; check the base URL" },
	{ 501, 501, EMSIGN_E_UNSUPPORTED, EMS_CLASS_NEVER, "the CA's server cannot do this" },
	{ 500, 599, EMSIGN_E_FAULT, EMS_CLASS_SOON, "the CA's server has a fault" },
};

emsign_rc ems_reading_http(struct ems_reading *r, bool processed, const char *base)
{
	int status = r->answer->http_status;
	const char *words = ems_dialect_words(r->call->verb);

	/* two that surely did nothing, whoever says so: another login first, and not so fast */
	r->verdict->processed = processed || status == 401 || status == 429;
	for (size_t i = 0; i < sizeof(http_meanings) / sizeof(http_meanings[0]); i++) {
		if (status < http_meanings[i].from || status > http_meanings[i].till)
			continue;
		r->verdict->class_ = http_meanings[i].class_;
		return ems_fail(r->err, http_meanings[i].rc, "%s failed with HTTP status %d: %s%s",
				words, status, http_meanings[i].sentence,
				status == 404 ? base : "");
	}
	return ems_fail(r->err, EMSIGN_E_PROTO,
			"%s failed with HTTP status %d, which is not expected", words, status);
}

emsign_rc ems_reading_broken(struct ems_reading *r, emsign_rc rc, const char *missing)
{
	if (is_web_page(r->answer))
		return ems_fail(r->err, EMSIGN_E_PROTO,
				"a web page came instead of an answer; check base URL and proxy");
	r->verdict->class_ = EMS_CLASS_SOON;
	if (rc) {
		ems_fail_in(r->err, "%s", ems_dialect_words(r->call->verb));
		return rc;
	}
	return ems_fail(r->err, EMSIGN_E_PROTO, "%s: the answer has no %s",
			ems_dialect_words(r->call->verb), missing);
}

/* --- the CA itself -------------------------------------------------------------------------- */

emsign_rc ems_reading_accept(struct ems_reading *r, const struct ems_node *root)
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

static emsign_rc fail_refused(struct ems_reading *r, const struct ems_code *meaning,
			      const char *code, const char *text)
{
	struct ems_buf words = EMS_BUF(WORDS_MAX);
	const char *hint = meaning->hint;

	put_words(&words, text);
	ems_fail(r->err, meaning->rc, "%s refused: %s%s%s%s%s%s", ems_dialect_words(r->call->verb),
		 words.bytes.len ? ems_buf_str(&words) : "no reason was given", code[0] ? " (" : "",
		 code, code[0] ? ")" : "", hint ? "; " : "", hint ? hint : "");
	ems_buf_free(&words);
	memcpy(r->err->ca_code, code, strlen(code) + 1);
	return meaning->rc;
}

/* Verbs after which a name is proven, also when it was before. */
#define PROVING                                                                    \
	(EMS_ON(CHALLENGE) | EMS_ON(VERIFY) | EMS_ON(DOMAIN_CHALLENGE) | EMS_ON(DOMAIN_VERIFY))

emsign_rc ems_reading_refuse(struct ems_reading *r, const struct ems_code *meaning,
			     const char *code, const char *text)
{
	bool changes = r->row->flags & EMS_CHANGES;

	r->verdict->class_ = meaning->class_;
	/* a fault amid a change, or a question heard twice, leaves open what was done */
	r->verdict->processed = !(changes && meaning->class_ == EMS_CLASS_SOON);
	if (meaning->rc)
		return fail_refused(r, meaning, code, text);
	r->verdict->done_before = true;
	if (PROVING & 1u << r->call->verb)
		return ems_proof_done(r->call, r->sink, r->err);
	return ems_ok(r->err);
}

/* --- from the first byte -------------------------------------------------------------------- */

/* Whether the answer is whole and a success is known at its end: the sink waits for that. */
static emsign_rc give_row(void *ud, const struct ems_node *row, emsign_error *err)
{
	struct ems_reading *r = ud;
	emsign_rc rc = r->row->row(r->call, row, r->sink, err);

	r->verdict->rows++;
	r->unwanted = rc != EMSIGN_OK;
	return rc;
}

static emsign_rc read_json(struct ems_reading *r, struct ems_json **json,
			   const struct ems_node **root)
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

emsign_rc ems_reading_run(struct ems_reading *r, const struct ems_manner *manner)
{
	struct ems_json *json = NULL;
	const struct ems_node *root;
	emsign_rc rc = read_json(r, &json, &root);

	if (r->unwanted)
		r->verdict->processed = true;
	else if (rc != EMSIGN_E_NOMEM)
		rc = manner->judge(r, rc, root);
	if (rc) {
		r->verdict->rows = 0;
		r->err->http_status = r->answer->http_status;
		r->err->retry_after = r->answer->retry_after < INT32_MAX ?
					      (int32_t)r->answer->retry_after :
					      INT32_MAX;
		if (manner->request_id)
			keep_id(r->err->request_id, sizeof(r->err->request_id),
				manner->request_id(root));
	}
	ems_json_free(json);
	return rc;
}
