/* SPDX-License-Identifier: MIT */
/*
 * The question for an access token, and its answer: OAuth 2.0 (RFC 6749), client credentials. It is
 * the one call that speaks like this, in each generation. A refresh token is never used: a new
 * question does the same, and needs nothing kept.
 */
#include "wire/common.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "wire/auth.h"

#define BODY_MAX ((size_t)256 << 10)
#define URL_MAX 4096

/* What is not said, or not believable, is an hour; more than a day nobody would remember. */
#define USUAL_LIFE 3600
#define LONGEST_LIFE 86400

/* --- asking --------------------------------------------------------------------------------- */

emsign_rc ems_token_ask(const struct ems_row *row, const struct ems_peer *peer,
			const struct ems_call *call, struct ems_question *out, emsign_error *err)
{
	emsign_rc rc;

	out->method = row->method;
	out->url = (struct ems_buf)EMS_BUF(URL_MAX);
	out->body = (struct ems_buf)EMS_BUF(BODY_MAX);
	ems_kvlist_add(&out->headers, "Content-Type", "application/x-www-form-urlencoded");
	ems_kvlist_add(&out->headers, "Accept", "application/json");
	ems_buf_text(&out->body, "grant_type=client_credentials");
	rc = ems_url_make(&out->url, peer->url, row, call, err);
	if (rc == EMSIGN_OK)
		rc = ems_auth_identify(peer, out, err);
	if (rc == EMSIGN_OK && out->headers.rc)
		rc = ems_fail_nomem(err);
	return rc ? rc : ems_buf_rc(&out->body, err);
}

/* --- a token -------------------------------------------------------------------------------- */

/* It goes into a header as it is, so nothing may be in it that could end the header. */
static bool is_sane(const char *token)
{
	size_t len = strlen(token);

	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return false;
	return len && len <= EMS_TOKEN_MAX;
}

static int64_t life_of(const struct ems_node *root)
{
	int64_t seconds = ems_map_count(root, "expires_in", 0);

	if (seconds < 1)
		return USUAL_LIFE;
	return seconds < LONGEST_LIFE ? seconds : LONGEST_LIFE;
}

static emsign_rc take(struct ems_reading *r, const struct ems_node *root)
{
	const char *token = ems_node_text(root, "access_token");
	const char *type = ems_node_text(root, "token_type");

	if (!token)
		return ems_reading_broken(r, EMSIGN_OK, "access token");
	r->verdict->processed = true;
	if (type && !ems_text_equal_nocase(type, "bearer"))
		return ems_fail(r->err, EMSIGN_E_PROTO,
				"the CA gives tokens of the type '%.40s'; 'Bearer' is understood",
				type);
	if (!is_sane(token))
		return ems_fail(r->err, EMSIGN_E_PROTO,
				"the CA gave an access token that cannot stand in a header");
	r->verdict->expires_in = life_of(root);
	if (!r->sink->secret)
		return ems_ok(r->err);
	return r->sink->secret(r->sink->ud, "token", token, r->err);
}

/* --- a refusal ------------------------------------------------------------------------------ */

static const struct {
	const char *error;
	struct ems_code meaning;
} errors[] = {
	{ "invalid_client", { NULL, 0, EMSIGN_E_AUTH, EMS_CLASS_NEVER, NULL,
			      "check the client id and the client secret" } },
	{ "unauthorized_client",
	  { NULL, 0, EMSIGN_E_AUTH, EMS_CLASS_NEVER, NULL,
	    "this key was made for the mode Access Key; make one for the mode OAuth" } },
	{ "invalid_grant", { NULL, 0, EMSIGN_E_AUTH, EMS_CLASS_NEVER, NULL, NULL } },
	{ "unsupported_grant_type",
	  { NULL, 0, EMSIGN_E_UNSUPPORTED, EMS_CLASS_NEVER, NULL, NULL } },
	{ "invalid_scope", { NULL, 0, EMSIGN_E_DENIED, EMS_CLASS_NEVER, NULL, NULL } },
	{ "temporarily_unavailable", { NULL, 0, EMSIGN_E_FAULT, EMS_CLASS_SOON, NULL, NULL } },
};

static const struct ems_code any_error = {
	NULL, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, NULL,
};

/* An error that nobody has seen yet, told as one of who asks. */
static const struct ems_code any_refusal = {
	NULL, 0, EMSIGN_E_AUTH, EMS_CLASS_NEVER, NULL, NULL,
};

static emsign_rc refuse(struct ems_reading *r, const struct ems_node *root, const char *error)
{
	int status = r->answer->http_status;
	const struct ems_code *any = status == 401 || status == 403 ? &any_refusal : &any_error;
	const struct ems_code *meaning = any;
	const char *words = ems_node_text(root, "error_description");

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (ems_text_equal(errors[i].error, error))
			meaning = &errors[i].meaning;
	/* what is known is named as a code; the rest, if nothing else, as words */
	if (meaning == any)
		return ems_reading_refuse(r, meaning, "", words ? words : error);
	return ems_reading_refuse(r, meaning, error, words);
}

emsign_rc ems_token_judge(struct ems_reading *r, emsign_rc rc, const struct ems_node *root)
{
	int status = r->answer->http_status;
	const char *error = ems_node_text(root, "error");

	if (ems_reading_success(r))
		return rc ? ems_reading_broken(r, rc, NULL) : take(r, root);
	/* an application server's own error has an "error" as well, and a path */
	if (error && !ems_node_text(root, "path") && status >= 400 && status < 429)
		return refuse(r, root, error);
	rc = ems_reading_http(r, ems_reading_no_such_call(r, root),
			      "should be that of the CA's API");
	if (r->verdict->class_ == EMS_CLASS_LOGIN)
		r->verdict->class_ = EMS_CLASS_NEVER; /* this was the login */
	return rc;
}
