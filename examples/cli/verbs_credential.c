/* SPDX-License-Identifier: MIT */
/* credential add, update, list, show, rm, test */
#include "cli.h"

static emsign_rc show(struct call *c, const char *name)
{
	void *credential = NULL;
	emsign_rc rc = emsign_client_get(c->client, "credential", name, &credential, &c->err);

	if (rc == EMSIGN_OK)
		rc = output_record(c, "credential", credential);
	emsign_free(credential);
	return rc;
}

emsign_rc verb_credential_add(struct call *c)
{
	static const struct secret_want want = {
		.what = "access key",
		.option = "access-key-file",
		.env = "EMSIGN_ACCESS_KEY",
		.prompt = true,
		.must = true,
	};
	struct form form = { 0 };
	emsign_secret *key = NULL;
	emsign_rc rc = form_read(c, 1, FORM_GIVEN_OR_ENV, &form);

	if (rc == EMSIGN_OK)
		rc = secret_find(c, &want, &key);
	if (rc == EMSIGN_OK)
		rc = session_open(c);
	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_add(c->client, c->args[0], form.items, key, &c->err);
	if (rc == EMSIGN_OK) {
		c->changed = true;
		rc = show(c, c->args[0]);
	}
	if (rc == EMSIGN_OK)
		output_hint(c, "Try it: emsign credential test %s", c->args[0]);
	emsign_secret_free(key);
	form_free(&form);
	return rc;
}

/* Only what is said on the command line: the environment would change things behind one's back. */
emsign_rc verb_credential_update(struct call *c)
{
	static const struct secret_want want = {
		.what = "access key",
		.option = "access-key-file",
	};
	struct form form = { 0 };
	emsign_secret *key = NULL;
	emsign_rc rc = form_read(c, 1, FORM_GIVEN, &form);

	if (rc == EMSIGN_OK)
		rc = secret_find(c, &want, &key);
	if (rc == EMSIGN_OK && !form.n && !key)
		rc = call_fail(c, EMSIGN_E_INVALID,
			       "say what to change; see emsign credential update "
			       "--help");
	if (rc == EMSIGN_OK)
		rc = session_open(c);
	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_update(c->client, c->args[0], form.items, key,
						     &c->err);
	if (rc == EMSIGN_OK) {
		c->changed = true;
		rc = show(c, c->args[0]);
	}
	emsign_secret_free(key);
	form_free(&form);
	return rc;
}

emsign_rc verb_credential_list(struct call *c)
{
	emsign_rc rc = session_open(c);

	return rc ? rc : view_list(c, view_find("credentials"), NULL, NULL, NULL);
}

emsign_rc verb_credential_show(struct call *c)
{
	emsign_rc rc = session_open(c);

	return rc ? rc : show(c, c->args[0]);
}

emsign_rc verb_credential_rm(struct call *c)
{
	emsign_rc rc = session_open(c);

	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_remove(c->client, c->args[0], &c->err);
	if (rc)
		return rc;
	c->changed = true;
	output_member(c, "id", c->args[0]);
	output_line(c, "%s is removed; its orders, keys and certificates stay", c->args[0]);
	return EMSIGN_OK;
}

emsign_rc verb_credential_test(struct call *c)
{
	emsign_account *account = NULL;
	emsign_rc rc = session_account(c, c->args[0], &account);

	if (rc == EMSIGN_OK)
		rc = session_run(c, account, "test", NULL, NULL);
	if (rc == EMSIGN_OK)
		output_line(c, "The CA accepts %s.", c->args[0]);
	if (rc == EMSIGN_OK && c->json)
		rc = show(c, c->args[0]);
	emsign_account_free(account);
	return rc;
}
