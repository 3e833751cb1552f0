/* SPDX-License-Identifier: MIT */
/* Accounts: a credential opened for work, and its verbs as blocking calls. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "crypto/crypto.h"
#include "wire/auth.h"

static const struct ems_task *const tasks[] = {
	&ems_task_test,	     &ems_task_sync,	&ems_task_import,	&ems_task_place,
	&ems_task_challenge, &ems_task_verify,	&ems_task_refresh,	&ems_task_refresh_open,
	&ems_task_fetch,     &ems_task_cancel,	&ems_task_revoke,	&ems_task_submit_csr,
	&ems_task_accept,    &ems_task_validate,
	&ems_task_domain_add,	   &ems_task_domain_refresh,  &ems_task_domain_challenge,
	&ems_task_domain_verify,   &ems_task_domain_attempts, &ems_task_domain_validate,
	&ems_task_domain_deactivate,
	&ems_task_reissue,   &ems_task_ledger,	&ems_task_promote,
};

#define N_TASKS (sizeof(tasks) / sizeof(tasks[0]))

/* --- life --------------------------------------------------------------------------------- */

/* The CA counts by account, whoever asks for it. A URL may be longer than an id. */
static emsign_rc name_pace(emsign_account *account, emsign_error *err)
{
	const char *number = account->credential->account_number;
	const struct ems_piece pieces[] = { { account->site, strlen(account->site) }, { NULL, 0 } };
	char digest[EMS_SHA256_HEX];
	emsign_rc rc = ems_digest_sha256(pieces, digest, err);

	if (rc)
		return rc;
	account->pace_id = ems_shelf_id(number ? number : "", digest, NULL);
	return account->pace_id ? EMSIGN_OK : ems_fail_nomem(err);
}

static emsign_rc load(emsign_account *account, const char *credential, emsign_error *err)
{
	char *secret_id = ems_shelf_id(credential, "access-key", NULL);
	emsign_rc rc = secret_id ? ems_shelf_get(account->client, "credential", credential,
						 (void **)&account->credential, err) :
				   ems_fail_nomem(err);

	if (rc == EMSIGN_OK)
		rc = ems_vault_get(account->client, secret_id, &account->secret, err);
	ems_free(secret_id);
	return rc;
}

static emsign_rc find_dialect(emsign_account *account, emsign_error *err)
{
	const emsign_credential *c = account->credential;

	account->dialect = ems_dialect_find(c->api);
	if (!account->dialect)
		return ems_fail(err, EMSIGN_E_UNSUPPORTED, "this library does not speak api '%s'",
				c->api ? c->api : "");
	account->site = ems_credential_site(c);
	return account->site ? EMSIGN_OK : ems_fail_nomem(err);
}

static void fill_peer(emsign_account *account)
{
	const emsign_credential *c = account->credential;

	account->peer.url = c->url;
	account->peer.account_number = c->account_number;
	account->peer.secret = account->secret;
	account->peer.client_id = c->client_id;
	account->peer.auth = ems_auth_find(c->auth ? c->auth : account->dialect->auth);
}

static emsign_rc open_account(emsign_client *client, const char *credential, emsign_account **out,
			      emsign_error *err)
{
	emsign_account *account = ems_alloc(sizeof(*account));
	emsign_rc rc;

	if (!account)
		return ems_fail_nomem(err);
	atomic_init(&account->refs, 1);
	account->client = ems_client_ref(client);
	rc = load(account, credential, err);
	if (rc == EMSIGN_OK)
		rc = find_dialect(account, err);
	if (rc == EMSIGN_OK)
		rc = name_pace(account, err);
	if (rc) {
		emsign_account_free(account);
		return rc;
	}
	fill_peer(account);
	*out = account;
	return ems_ok(err);
}

/* Both keys are of one account; orders have the same numbers for both. */
static emsign_rc check_fallback(const emsign_account *account, emsign_error *err)
{
	const emsign_credential *own = account->credential;
	const emsign_credential *other = account->fallback->credential;

	if (account->dialect != account->fallback->dialect &&
	    ems_text_equal(own->account_number, other->account_number) &&
	    ems_text_equal(account->site, account->fallback->site))
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID,
			"credential '%s' (api %s, account %s, %s) is no fallback of '%s' (api %s, "
			"account %s, %s): it must be of the same account in the other api",
			other->name, account->fallback->dialect->name, other->account_number,
			account->fallback->site, own->name, account->dialect->name,
			own->account_number, account->site);
}

static emsign_rc open_both(emsign_client *client, const char *credential, emsign_account **out,
			   emsign_error *err)
{
	emsign_account *account = NULL;
	const char *fallback;
	emsign_rc rc = open_account(client, credential, &account, err);

	if (rc)
		return rc;
	fallback = account->credential->fallback;
	if (fallback) {
		rc = open_account(client, fallback, &account->fallback, err);
		if (rc)
			ems_fail_in(err, "the fallback of credential '%s'", credential);
	}
	if (rc == EMSIGN_OK && account->fallback)
		rc = check_fallback(account, err);
	if (rc) {
		emsign_account_free(account);
		return rc;
	}
	*out = account;
	return EMSIGN_OK;
}

emsign_rc emsign_client_account(emsign_client *client, const char *credential, emsign_account **out,
				emsign_error *err)
{
	*out = NULL;
	return EMS_INSIDE(client, err, open_both(client, credential, out, err));
}

emsign_account *ems_account_ref(emsign_account *account)
{
	atomic_fetch_add(&account->refs, 1);
	return account;
}

/* In any thread, like a client. */
void emsign_account_free(emsign_account *account)
{
	if (!account || atomic_fetch_sub(&account->refs, 1) > 1)
		return;
	emsign_account_free(account->fallback);
	emsign_secret_free(account->peer.token);
	emsign_secret_free(account->session.refused);
	emsign_secret_free(account->secret);
	ems_free(account->credential);
	ems_free(account->site);
	ems_free(account->pace_id);
	emsign_client_free(account->client);
	ems_free(account);
}

/* --- operations --------------------------------------------------------------------------- */

const struct ems_task *ems_task_find(const char *verb)
{
	for (size_t i = 0; verb && i < N_TASKS; i++)
		if (strcmp(tasks[i]->verb, verb) == 0)
			return tasks[i];
	return NULL;
}

static const char *nth_verb(const void *ud, size_t i)
{
	(void)ud;
	return i < N_TASKS ? tasks[i]->verb : NULL;
}

static emsign_rc begin(emsign_account *account, const char *verb, const emsign_kv *args,
		       emsign_op **out, emsign_error *err)
{
	const struct ems_task *task = ems_task_find(verb);
	const char *close;

	if (task)
		return ems_op_new(account, task, args, out, err);
	close = ems_text_closest(verb ? verb : "", nth_verb, NULL);
	return ems_fail(err, EMSIGN_E_INVALID, "there is no verb '%.40s'%s%s%s", verb ? verb : "",
			close ? " (did you mean '" : "", close ? close : "", close ? "'?)" : "");
}

emsign_rc emsign_account_begin(emsign_account *account, const char *verb, const emsign_kv *args,
			       emsign_op **out, emsign_error *err)
{
	emsign_client *client = account->client;

	*out = NULL;
	return EMS_INSIDE(client, err, begin(account, verb, args, out, err));
}

/* --- the verbs as calls that block -------------------------------------------------------- */

/* Arguments that are NULL are not given. */
static emsign_rc run(emsign_account *account, const struct ems_task *task, const emsign_kv *args,
		     size_t n, void **out, emsign_error *err)
{
	emsign_kv given[8];
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (args[i].value)
			given[k++] = args[i];
	given[k].key = NULL;
	given[k].value = NULL;
	return ems_op_do(account, task, given, out, err);
}

#define ARGS(...) (const emsign_kv[]){ __VA_ARGS__ }, \
		  sizeof((const emsign_kv[]){ __VA_ARGS__ }) / sizeof(emsign_kv)

emsign_rc emsign_account_test(emsign_account *account, emsign_error *err)
{
	return ems_op_do(account, &ems_task_test, NULL, NULL, err);
}

emsign_rc emsign_account_sync(emsign_account *account, const char *what, emsign_stats **stats,
			      emsign_error *err)
{
	return run(account, &ems_task_sync, ARGS({ "what", what }), (void **)stats, err);
}

emsign_rc emsign_account_import(emsign_account *account, const emsign_kv *options,
				emsign_stats **stats, emsign_error *err)
{
	return ems_op_do(account, &ems_task_import, options, (void **)stats, err);
}

emsign_rc emsign_account_ledger(emsign_account *account, const emsign_kv *options,
				emsign_stats **stats, emsign_error *err)
{
	return ems_op_do(account, &ems_task_ledger, options, (void **)stats, err);
}

emsign_rc emsign_account_place(emsign_account *account, const emsign_kv *form, emsign_order **out,
			       emsign_error *err)
{
	return ems_op_do(account, &ems_task_place, form, (void **)out, err);
}

emsign_rc emsign_account_challenge(emsign_account *account, const char *order, const char *domain,
				   const char *method, emsign_challenge **out, emsign_error *err)
{
	return run(account, &ems_task_challenge,
		   ARGS({ "order", order }, { "domain", domain }, { "method", method }),
		   (void **)out, err);
}

emsign_rc emsign_account_verify(emsign_account *account, const char *order, const char *domain,
				const char *method, const char *email, emsign_error *err)
{
	return run(account, &ems_task_verify,
		   ARGS({ "order", order }, { "domain", domain }, { "method", method },
			{ "email", email }),
		   NULL, err);
}

emsign_rc emsign_account_validate(emsign_account *account, const char *order, const char *domain,
				  const char *method, emsign_order **out, emsign_error *err)
{
	return run(account, &ems_task_validate,
		   ARGS({ "order", order }, { "domain", domain }, { "method", method }),
		   (void **)out, err);
}

emsign_rc emsign_account_refresh(emsign_account *account, const char *order, emsign_order **out,
				 emsign_error *err)
{
	return run(account, &ems_task_refresh, ARGS({ "order", order }), (void **)out, err);
}

emsign_rc emsign_account_refresh_open(emsign_account *account, emsign_stats **stats,
				      emsign_error *err)
{
	return ems_op_do(account, &ems_task_refresh_open, NULL, (void **)stats, err);
}

emsign_rc emsign_account_fetch(emsign_account *account, const char *order,
			       emsign_certificate **out, emsign_error *err)
{
	return run(account, &ems_task_fetch, ARGS({ "order", order }), (void **)out, err);
}

emsign_rc emsign_account_cancel(emsign_account *account, const char *order, const char *remarks,
				emsign_order **out, emsign_error *err)
{
	return run(account, &ems_task_cancel, ARGS({ "order", order }, { "remarks", remarks }),
		   (void **)out, err);
}

emsign_rc emsign_account_revoke(emsign_account *account, const char *order, const char *reason,
				const char *comments, emsign_order **out, emsign_error *err)
{
	return run(account, &ems_task_revoke,
		   ARGS({ "order", order }, { "reason", reason }, { "comments", comments }),
		   (void **)out, err);
}

emsign_rc emsign_account_submit_csr(emsign_account *account, const char *order, const char *csr,
				    emsign_error *err)
{
	return run(account, &ems_task_submit_csr, ARGS({ "order", order }, { "csr", csr }), NULL,
		   err);
}

/* What the verb is about, and a form beside it. */
static emsign_rc with_form(emsign_account *account, const struct ems_task *task, const char *name,
			   const char *value, const emsign_kv *form, void **out, emsign_error *err)
{
	struct ems_kvlist args = { 0 };
	emsign_rc rc;

	if (out)
		*out = NULL;
	ems_kvlist_add(&args, name, value);
	ems_kvlist_add_all(&args, form);
	rc = args.rc ? ems_fail_nomem(err) :
		       ems_op_do(account, task, ems_kvlist_kv(&args), out, err);
	ems_kvlist_free(&args);
	return rc;
}

emsign_rc emsign_account_accept(emsign_account *account, const char *order, const emsign_kv *form,
				emsign_error *err)
{
	return with_form(account, &ems_task_accept, "order", order, form, NULL, err);
}

emsign_rc emsign_account_domain_add(emsign_account *account, const char *domain,
				    const emsign_kv *options, emsign_domain **out,
				    emsign_error *err)
{
	return with_form(account, &ems_task_domain_add, "domain", domain, options, (void **)out,
			 err);
}

emsign_rc emsign_account_domain_refresh(emsign_account *account, const char *domain,
					emsign_domain **out, emsign_error *err)
{
	return run(account, &ems_task_domain_refresh, ARGS({ "domain", domain }), (void **)out,
		   err);
}

emsign_rc emsign_account_domain_challenge(emsign_account *account, const char *domain,
					  const char *method, emsign_challenge **out,
					  emsign_error *err)
{
	return run(account, &ems_task_domain_challenge,
		   ARGS({ "domain", domain }, { "method", method }), (void **)out, err);
}

emsign_rc emsign_account_domain_verify(emsign_account *account, const char *domain,
				       emsign_domain **out, emsign_error *err)
{
	return run(account, &ems_task_domain_verify, ARGS({ "domain", domain }), (void **)out,
		   err);
}

emsign_rc emsign_account_domain_attempts(emsign_account *account, const char *domain,
					 emsign_attempt **last, emsign_error *err)
{
	return run(account, &ems_task_domain_attempts, ARGS({ "domain", domain }), (void **)last,
		   err);
}

emsign_rc emsign_account_domain_validate(emsign_account *account, const char *domain,
					 const char *method, emsign_domain **out,
					 emsign_error *err)
{
	return run(account, &ems_task_domain_validate,
		   ARGS({ "domain", domain }, { "method", method }), (void **)out, err);
}

emsign_rc emsign_account_domain_deactivate(emsign_account *account, const char *domain,
					   emsign_domain **out, emsign_error *err)
{
	return run(account, &ems_task_domain_deactivate, ARGS({ "domain", domain }),
		   (void **)out, err);
}

emsign_rc emsign_account_promote(emsign_account *account, const char *order, const emsign_kv *form,
				 emsign_order **out, emsign_error *err)
{
	return with_form(account, &ems_task_promote, "order", order, form, (void **)out, err);
}

emsign_rc emsign_account_reissue(emsign_account *account, const char *order,
				 const emsign_kv *options, emsign_order **out, emsign_error *err)
{
	return with_form(account, &ems_task_reissue, "order", order, options, (void **)out, err);
}

static emsign_rc submit_document(emsign_account *account, const emsign_kv *args, const void *bytes,
				 size_t len, emsign_error *err)
{
	emsign_op *op = NULL;
	emsign_rc rc = ems_op_new(account, &ems_task_submit_document, args, &op, err);

	if (rc == EMSIGN_OK) {
		op->document = bytes;
		op->document_len = len;
		rc = emsign_op_run(op, err);
	}
	emsign_op_free(op);
	return rc;
}

emsign_rc emsign_account_submit_document(emsign_account *account, const char *order,
					 const char *name, const char *description,
					 const void *bytes, size_t len, emsign_error *err)
{
	emsign_client *client = account->client;
	emsign_kv args[] = { { "order", order }, { "name", name }, { "description", description },
			     { NULL, NULL } };

	if (!order || !name || !description || !bytes)
		return ems_fail(err, EMSIGN_E_INVALID,
				"order, name, description and bytes are needed");
	return EMS_INSIDE(client, err, submit_document(account, args, bytes, len, err));
}
