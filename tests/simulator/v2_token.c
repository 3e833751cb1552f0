/* SPDX-License-Identifier: MIT */
/* Bearer tokens: the forms of asking for one (RFC 6749), and whether one is still good. */
#include "v2.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* What a grant was asked with, whichever form it had. */
struct grant {
	const char *type, *id, *secret, *refresh;
	bool json;
};

static int deny(struct sim_v2_call *call, int status, const char *error, const char *text)
{
	sim_json_open(&call->out, NULL, '{');
	sim_json_text(&call->out, "error", error);
	sim_json_text(&call->out, "error_description", text);
	sim_json_close(&call->out, '}');
	call->code = error;
	return status;
}

/* Basic has both halves in one (RFC 7617). */
static void read_basic(struct sim_v2_call *call, struct grant *grant)
{
	const char *header = sim_http_header(call->http, call->arena, "Authorization");
	size_t len = header ? strlen(header) : 0;
	unsigned char *text;
	char *colon;

	if (len < 7 || strncasecmp(header, "Basic ", 6) != 0 || (len - 6) % 4)
		return;
	text = sim_mem_alloc(call->arena, len);
	if (EVP_DecodeBlock(text, (const unsigned char *)header + 6, (int)len - 6) < 0)
		return;
	colon = strchr((char *)text, ':');
	if (!colon)
		return;
	*colon = '\0';
	grant->id = (char *)text;
	grant->secret = colon + 1;
}

/* The first generation's proof in a JSON body: obsolete, taken only when asked for. */
static bool proves(struct sim_v2_call *call)
{
	return !strcmp(sim_json_str(call->body, "accountNumber"), call->sim->account.number) &&
		sim_call_proves(call->sim, call->arena, sim_json_str(call->body, "ts"),
				sim_json_str(call->body, "txn"),
				sim_json_str(call->body, "authKey"));
}

static struct sim_v2_token *find(struct sim *sim, const char *text, bool refresh)
{
	struct sim_v2_token *token;

	for (token = sim->tokens; token; token = token->next)
		if (!strcmp(refresh ? token->refresh : token->access, text))
			return token;
	return NULL;
}

static struct sim_v2_token *make(struct sim *sim)
{
	struct sim_v2_token *token = sim_mem_alloc(&sim->arena, sizeof(*token)), *other;
	unsigned char bytes[33], text[48];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)sim_clock_random(sim);
	EVP_EncodeBlock(text, bytes, sizeof(bytes));
	for (i = 0; i < 43; i++)
		token->access[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
	snprintf(token->refresh, sizeof(token->refresh), "%s", sim_clock_hex(sim, 32));
	token->ends = sim_clock_now(sim) + sim->options->token_seconds * 1000LL;
	if (!strcmp(sim_v2_mode_get(sim, SIM_V2_SECOND_GRANT), "revokes"))
		for (other = sim->tokens; other; other = other->next)
			other->revoked = true;
	token->next = sim->tokens;
	sim->tokens = token;
	return token;
}

static int answer(struct sim_v2_call *call, bool json)
{
	const struct sim_v2_token *token = make(call->sim);
	struct sim_json_out *out = &call->out;

	sim_json_open(out, NULL, '{');
	if (json) {
		sim_json_open(out, "tokenDetails", '{');
		sim_json_text(out, "accessToken", token->access);
		sim_json_close(out, '}');
	} else {
		sim_json_text(out, "access_token", token->access);
		sim_json_text(out, "token_type", "Bearer");
		sim_json_number(out, "expires_in", call->sim->options->token_seconds);
		sim_json_text(out, "refresh_token", token->refresh);
	}
	sim_json_close(out, '}');
	return 200;
}

/* A refresh token works once, and ends the access token that came with it. */
static int refresh(struct sim_v2_call *call, const struct grant *grant)
{
	struct sim_v2_token *token = find(call->sim, grant->refresh, true);
	int status = sim_v2_is(call, SIM_V2_BAD_REFRESH, "401") ? 401 : 400;

	if (!*grant->refresh)
		return deny(call, 400, "invalid_request", "refresh_token is required");
	if (!token || token->used)
		return deny(call, status, "invalid_grant",
			    "The refresh token is invalid, expired or was used already");
	token->used = token->revoked = true;
	return answer(call, false);
}

static int check_client(struct sim_v2_call *call, const struct grant *grant)
{
	const struct sim_account *account = &call->sim->account;

	if (!*grant->id)
		return deny(call, 400, "invalid_request", "client_id is required");
	if (!*grant->secret)
		return deny(call, 400, "invalid_request", "client_secret is required");
	if (strcmp(grant->id, account->number) != 0 ||
	    strcmp(grant->secret, account->secret) != 0 || account->deactivated ||
	    account->expired || account->user_disabled)
		return deny(call, 401, "invalid_client",
			    "The client id is unknown or the secret is wrong");
	if (sim_v2_is(call, SIM_V2_CREDENTIAL, "access-key"))
		return deny(call, 403, "unauthorized_client",
			    "The API key was not generated in OAuth mode");
	return 0;
}

int sim_v2_token_grant(struct sim_v2_call *call)
{
	const char *type = sim_http_header(call->http, call->arena, "Content-Type");
	struct grant grant = { .json = type && strcasestr(type, "json") };
	const struct sim_json *form = grant.json ? call->body :
		sim_json_form(call->arena, call->http->body, call->http->len);
	int status;

	grant.type = sim_json_str(form, "grant_type");
	grant.id = sim_json_str(form, "client_id");
	grant.secret = sim_json_str(form, "client_secret");
	grant.refresh = sim_json_str(form, "refresh_token");
	read_basic(call, &grant);
	if (grant.json && sim_v2_is(call, SIM_V2_JSON_GRANT, "refused"))
		return deny(call, 400, "invalid_request", "the request must be a form");
	if (!*grant.type)
		return deny(call, 400, "invalid_request", "grant_type is required");
	if (strcmp(grant.type, "client_credentials") != 0 &&
	    (grant.json || strcmp(grant.type, "refresh_token") != 0))
		return deny(call, 400, "unsupported_grant_type",
			    "Only client_credentials and refresh_token are supported");
	if (grant.json)
		return proves(call) ? answer(call, true) :
			deny(call, 401, "invalid_client", "The authKey is wrong");
	status = check_client(call, &grant);
	if (status)
		return status;
	return !strcmp(grant.type, "refresh_token") ? refresh(call, &grant) : answer(call, false);
}

const char *sim_v2_token_refuses(struct sim_v2_call *call)
{
	const char *header = sim_http_header(call->http, call->arena, "Authorization");
	struct sim_v2_token *token;

	if (!header || strncasecmp(header, "Bearer ", 7) != 0)
		return "Full authentication is required to access this resource";
	token = find(call->sim, header + 7 + strspn(header + 7, " "), false);
	if (!token)
		return "ACCESS_TOKEN_INVALID";
	if (sim_fault_is(call->fault, "revoke-token"))
		token->revoked = true;
	if (token->revoked)
		return "ACCESS_TOKEN_REVOKED";
	return token->ends <= sim_clock_now(call->sim) ? "ACCESS_TOKEN_EXPIRED" : NULL;
}
