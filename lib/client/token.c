/* SPDX-License-Identifier: MIT */
/*
 * Access tokens. A question that needs one waits until the account has it; one operation asks for
 * it, whoever waits. It is kept sealed, so that the processes that share a store share it too: the
 * CA may take one token away when it gives the next.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "wire/auth.h"

/* Renewed so long before its end, but not before half of its time is over. */
#define MARGIN 60

/* For what this generation lacks nothing will be asked. */
bool ems_token_is_needed(const emsign_op *op)
{
	const emsign_account *account = op->via;

	return ems_auth_by_token(account->peer.auth) && op->call.verb != EMS_VERB_TOKEN &&
	       ems_dialect_row(account->dialect, op->call.verb, op->call.family);
}

bool ems_token_is_awaited(const emsign_op *op)
{
	return op->via->session.login && ems_token_is_needed(op);
}

static void forget(emsign_account *account)
{
	emsign_secret_free(account->peer.token);
	account->peer.token = NULL;
	account->session.renew_at = 0;
}

static void take(emsign_account *account, emsign_secret *token, int64_t renew_at, bool lent)
{
	forget(account);
	account->peer.token = token;
	account->session.nth++;
	account->session.lent = lent;
	account->session.renew_at = renew_at;
}

/* --- sealed ------------------------------------------------------------------------------- */

static char *seal_id(const emsign_account *account)
{
	return ems_shelf_id(account->credential->name, "access-token", NULL);
}

/* The number before the next blank; `*at` goes behind it. */
static bool take_number(const char **at, const char *end, int64_t *out)
{
	const char *blank = memchr(*at, ' ', (size_t)(end - *at));
	char number[EMS_TEXT_INT];
	size_t len = blank ? (size_t)(blank - *at) : sizeof(number);

	if (len >= sizeof(number))
		return false;
	memcpy(number, *at, len);
	number[len] = '\0';
	*at = blank + 1;
	return ems_text_int(number, 0, INT64_MAX, out);
}

static emsign_rc compare(void *ud, const void *bytes, size_t len)
{
	const struct ems_piece *other = ud;

	return len == other->len && memcmp(bytes, other->bytes, len) == 0 ? EMSIGN_OK :
									   EMSIGN_E_MISMATCH;
}

static bool was_refused(const emsign_account *account, const char *token, size_t len)
{
	struct ems_piece piece = { token, len };
	emsign_error ignored;

	return account->session.refused &&
	       emsign_secret_use(account->session.refused, compare, &piece, &ignored) == EMSIGN_OK;
}

/* What is sealed: when to renew it, a blank, and the token. */
static emsign_rc take_sealed(void *ud, const void *bytes, size_t len)
{
	emsign_account *account = ud;
	const char *at = bytes;
	const char *end = at + len;
	emsign_secret *token = NULL;
	int64_t renew_at;

	if (take_number(&at, end, &renew_at) && at != end &&
	    renew_at > ems_client_now(account->client) &&
	    !was_refused(account, at, (size_t)(end - at)) &&
	    emsign_secret_new(at, (size_t)(end - at), &token, NULL) == EMSIGN_OK)
		take(account, token, renew_at, true);
	return EMSIGN_OK;
}

/* Another process may have got one. What cannot be opened is not there. */
static void look(emsign_account *account)
{
	emsign_secret *sealed = NULL;
	emsign_error ignored;
	char *id = seal_id(account);

	if (id && ems_vault_get(account->client, id, &sealed, &ignored) == EMSIGN_OK)
		(void)emsign_secret_use(sealed, take_sealed, account, &ignored);
	emsign_secret_free(sealed);
	ems_free(id);
}

struct with_head {
	char head[32];
	emsign_secret *out;
	emsign_error *err;
};

static emsign_rc put_head(void *ud, const void *bytes, size_t len)
{
	struct with_head *w = ud;
	struct ems_buf all = EMS_BUF(EMS_TOKEN_MAX + sizeof(w->head));
	emsign_rc rc;

	ems_buf_text(&all, w->head);
	ems_buf_put(&all, bytes, len);
	rc = ems_buf_rc(&all, w->err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_new(all.bytes.data, all.bytes.len, &w->out, w->err);
	ems_buf_free(&all); /* wipes */
	return rc;
}

/* Without it the next process asks for a token of its own, and that is all. */
static void keep(emsign_account *account)
{
	emsign_error ignored;
	struct with_head w = { .err = &ignored };
	char *id = seal_id(account);

	snprintf(w.head, sizeof(w.head), "%lld ", (long long)account->session.renew_at);
	if (id && emsign_secret_use(account->peer.token, put_head, &w, &ignored) == EMSIGN_OK)
		(void)ems_vault_put(account->client, id, w.out, &ignored);
	emsign_secret_free(w.out);
	ems_free(id);
}

/* --- asking for one ----------------------------------------------------------------------- */

static emsign_rc got(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	emsign_account *account = op->account;
	int64_t lasts = op->turn.verdict.expires_in > 0 ? op->turn.verdict.expires_in : 1;
	struct ems_fact *fact = op->facts;

	if (rc)
		return rc;
	while (fact && !fact->secret)
		fact = fact->next;
	if (!fact)
		return ems_fail(err, EMSIGN_E_PROTO, "the CA gave no access token");
	take(account, fact->secret,
	     ems_client_now(op->client) +
		     (lasts > 2 * MARGIN ? lasts - MARGIN : (lasts + 1) / 2), false);
	fact->secret = NULL;
	keep(account);
	return EMSIGN_OK;
}

static emsign_rc ask(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_op_ask(op, EMS_VERB_TOKEN, got, err);
}

static const char *const no_args[] = { NULL };

static const struct ems_task login_task = { .verb = "login", .args = no_args, .start = ask };

/* Those who wait go on, or fail for the reason for which there is no token. */
static void login_done(void *ud, emsign_op *login, const emsign_error *err)
{
	emsign_account *account = ud;

	account->session.login = NULL;
	for (emsign_op *op = account->client->ops; op && login->rc; op = op->sibling)
		if (op->via == account && op->turn.dialect &&
		    op->turn.state == EMS_TURN_READY && ems_token_is_needed(op))
			ems_turn_fail(&op->turn, err);
	ems_op_release(login);
}

static emsign_rc begin(emsign_account *account, emsign_error *err)
{
	emsign_op *login;
	emsign_rc rc = ems_op_new(account, &login_task, NULL, &login, err);

	if (rc)
		return rc;
	account->session.login = login;
	return emsign_op_submit(login, login_done, account, err);
}

emsign_rc ems_token_need(emsign_op *op, bool *awaited, emsign_error *err)
{
	emsign_account *account = op->via;

	*awaited = false;
	if (!ems_token_is_needed(op))
		return EMSIGN_OK;
	if (account->peer.token && account->session.renew_at > ems_client_now(op->client))
		return EMSIGN_OK;
	forget(account);
	look(account);
	if (account->peer.token)
		return EMSIGN_OK;
	*awaited = true;
	return begin(account, err);
}

void ems_token_refused(emsign_op *op)
{
	emsign_account *account = op->via;

	if (account->session.nth != op->token_of || !account->peer.token)
		return; /* it is another one by now, or the next is asked for */
	emsign_secret_free(account->session.refused);
	account->session.refused = account->peer.token;
	account->peer.token = NULL;
	forget(account);
}

void ems_token_leave(emsign_op *op)
{
	emsign_op *login = op->via ? op->via->session.login : NULL;

	if (!login || login == op)
		return;
	for (const emsign_op *other = op->client->ops; other; other = other->sibling)
		if (other->via == op->via && other != login)
			return;
	ems_op_cancel(login);
}
