/* SPDX-License-Identifier: MIT */
/*
 * Failures of v2: problem documents (RFC 9457) of the CA with a code somewhere in their words, the
 * errors of its application server and of OAuth, and what others on the way say.
 */
#include "wire/v2.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define PREFIX "EMS-"

static const struct ems_code codes[] = {
#include "wire/v2_codes.def"
};

/* What a status means where the CA's words mean nothing else. The first that fits counts. */
static const struct {
	int status;
	struct ems_code meaning;
} statuses[] = {
	{ 400, { NULL, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, NULL } },
	{ 401, { NULL, 0, EMSIGN_E_AUTH, EMS_CLASS_LOGIN, NULL, NULL } },
	{ 403, { NULL, 0, EMSIGN_E_DENIED, EMS_CLASS_NEVER, NULL, NULL } },
	{ 404, { NULL, EMS_ON(REVOKE), EMSIGN_E_NOTFOUND, EMS_CLASS_NEVER, NULL,
		 "there is no such order, or it cannot be revoked as it stands" } },
	{ 404, { NULL, 0, EMSIGN_E_NOTFOUND, EMS_CLASS_NEVER, NULL, NULL } },
	{ 409, { NULL, EMS_ON(FETCH), EMSIGN_E_PENDING, EMS_CLASS_POLL, NULL, NULL } },
	{ 409, { NULL, 0, EMSIGN_E_CONFLICT, EMS_CLASS_NEVER, NULL, NULL } },
	{ 422, { NULL, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, NULL } },
	{ 429, { NULL, 0, EMSIGN_E_BUSY, EMS_CLASS_SLOW, NULL, NULL } },
	{ 501, { NULL, 0, EMSIGN_E_UNSUPPORTED, EMS_CLASS_NEVER, NULL, NULL } },
};

static const struct ems_code refused_form = {
	NULL, 0, EMSIGN_E_PROTO, EMS_CLASS_NEVER, NULL, "the server takes no such question",
};
static const struct ems_code fault = { NULL, 0, EMSIGN_E_FAULT, EMS_CLASS_SOON, NULL, NULL };

/* --- words and code ------------------------------------------------------------------------- */

static bool is_code_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* The first "EMS-..." in the text; where the words behind it begin. */
static const char *find_code(const char *text, char out[32])
{
	const char *at = text ? strstr(text, PREFIX) : NULL;
	size_t len = 0;

	if (!at)
		return text;
	while (is_code_char(at[len]))
		len++;
	while (at[len - 1] == '-')
		len--;
	if (len <= sizeof(PREFIX) - 1 || len >= 32)
		return text;
	memcpy(out, at, len);
	out[len] = '\0';
	/* "[EMS-1] words" and "EMS-1 - words", with a dash of any length */
	if (at - text > 1)
		return text;
	at += len;
	while (*at && (strchr("] -:", *at) || (unsigned char)*at == 0xe2 ||
		       (unsigned char)*at == 0x80 || (unsigned char)*at == 0x94))
		at++;
	return *at ? at : text;
}

/* The best words of any of the shapes. */
static const char *words_of(const struct ems_node *root)
{
	static const char *const names[] = {
		"detail", "error_description", "message", "title", "error",
	};
	const char *text = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !text; i++)
		text = ems_node_text(root, names[i]);
	return text;
}

/* Which fields of the question the CA does not like: "requestor.email must not be blank". */
static void put_fields(const struct ems_node *list, struct ems_buf *out)
{
	for (const struct ems_node *at = ems_map_first(list); at; at = ems_map_next(list, at)) {
		const char *field = ems_node_text(at, "field");
		const char *message = ems_node_text(at, "message");

		if (!field && !message)
			continue;
		ems_buf_text(out, out->bytes.len ? ", " : "");
		ems_buf_text(out, field);
		ems_buf_text(out, field && message ? " " : "");
		ems_buf_text(out, message);
	}
}

/* --- meaning -------------------------------------------------------------------------------- */

static const struct ems_code *by_status(int status, enum ems_verb verb)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status &&
		    (!statuses[i].meaning.verbs || statuses[i].meaning.verbs & 1u << verb))
			return &statuses[i].meaning;
	return status < 500 ? &refused_form : &fault;
}

/* Whether a business rule spoke, so that its code says more than the status. */
static bool is_about_the_question(int status)
{
	return status == 400 || status == 403 || status == 404 || status == 409 || status == 422;
}

static const struct ems_code *meaning_of(const struct ems_reading *r, const struct ems_node *root,
					 const char *code, const char *words)
{
	int status = r->answer->http_status;
	const struct ems_code *meaning = NULL;

	if (is_about_the_question(status)) {
		meaning = ems_v2_proof_failure(root);
		if (!meaning)
			meaning = ems_code_search(codes, sizeof(codes) / sizeof(codes[0]),
						  r->call->verb, code, words);
		if (!meaning)
			meaning = ems_code_find(r->call->verb, code, words);
	}
	return meaning ? meaning : by_status(status, r->call->verb);
}

static emsign_rc refuse(struct ems_reading *r, const struct ems_node *root)
{
	char code[32] = "";
	struct ems_buf fields = EMS_BUF(1024);
	const char *words = find_code(words_of(root), code);
	emsign_rc rc;

	if (!code[0])
		find_code(ems_node_text(root, "type"), code);
	put_fields(ems_node_get(root, "errors"), &fields);
	if (fields.bytes.len)
		words = ems_buf_str(&fields);
	rc = ems_reading_refuse(r, meaning_of(r, root, code, words), code, words);
	ems_buf_free(&fields);
	return rc;
}

/* The CA, its application server or its OAuth; all of them know what they did. */
static bool is_problem(const struct ems_node *root)
{
	return ems_node_text(root, "title") || ems_node_text(root, "detail") ||
	       ems_node_text(root, "error");
}

emsign_rc ems_v2_problem_judge(struct ems_reading *r, const struct ems_node *root)
{
	bool stranger = ems_reading_no_such_call(r, root) || !is_problem(root);

	if (stranger)
		return ems_reading_http(r, ems_reading_no_such_call(r, root),
					"should name the server alone");
	return refuse(r, root);
}
