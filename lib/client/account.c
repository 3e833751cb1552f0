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
};

#define N_TASKS (sizeof(tasks) / sizeof(tasks[0]))

/* --- life --------------------------------------------------------------------------------- */

/* The CA counts by account, whoever asks for it. A URL may be longer than an id. */
static emsign_rc name_pace(emsign_account *account, emsign_error *err)
{
	const char *number = account->credential->account_number;
	const char *url = account->credential->url ? account->credential->url : "";
	const struct ems_piece pieces[] = { { url, strlen(url) }, { NULL, 0 } };
	char digest[EMS_SHA256_HEX];
	emsign_rc rc = ems_digest_sha256(pieces, digest, err);

	if (rc)
		return rc;
	account->pace_id = ems_shelf_id(number ? number : "", digest, NULL);
	return account->pace_id ? EMSIGN_OK : ems_fail_nomem(err);
}

static emsign_rc open_account(emsign_client *client, const char *credential, emsign_account **out,
			      emsign_error *err)
{
	emsign_account *account;
	char *secret_id;
	emsign_rc rc;

	account = ems_alloc(sizeof(*account));
	if (!account)
		return ems_fail_nomem(err);
	atomic_init(&account->refs, 1);
	account->client = ems_client_ref(client);
	secret_id = ems_shelf_id(credential, "access-key", NULL);
	rc = secret_id ? ems_shelf_get(client, "credential", credential,
				       (void **)&account->credential, err) :
			 ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = ems_vault_get(client, secret_id, &account->secret, err);
	ems_free(secret_id);
	if (rc == EMSIGN_OK)
		rc = name_pace(account, err);
	if (rc == EMSIGN_OK) {
		account->dialect = ems_dialect_find(account->credential->api);
		if (!account->dialect)
			rc = ems_fail(err, EMSIGN_E_UNSUPPORTED,
				      "this library does not speak api '%s'",
				      account->credential->api ? account->credential->api : "");
	}
	if (rc) {
		emsign_account_free(account);
		return rc;
	}
	account->peer.url = account->credential->url;
	account->peer.account_number = account->credential->account_number;
	account->peer.secret = account->secret;
	account->peer.client_id = account->credential->client_id;
	account->peer.auth = ems_auth_find(account->credential->auth ? account->credential->auth :
								       account->dialect->auth);
	*out = account;
	return ems_ok(err);
}

emsign_rc emsign_client_account(emsign_client *client, const char *credential, emsign_account **out,
				emsign_error *err)
{
	*out = NULL;
	return EMS_INSIDE(client, err, open_account(client, credential, out, err));
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
	emsign_secret_free(account->peer.token);
	emsign_secret_free(account->secret);
	ems_free(account->credential);
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

emsign_rc emsign_account_accept(emsign_account *account, const char *order, const emsign_kv *form,
				emsign_error *err)
{
	struct ems_kvlist args = { 0 };
	emsign_rc rc;

	ems_kvlist_add(&args, "order", order);
	ems_kvlist_add_all(&args, form);
	rc = args.rc ? ems_fail_nomem(err) :
		       ems_op_do(account, &ems_task_accept, ems_kvlist_kv(&args), NULL, err);
	ems_kvlist_free(&args);
	return rc;
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
