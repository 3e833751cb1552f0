/* SPDX-License-Identifier: MIT */
/* Sealed rows: what is secret and has to survive the process. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "client/client.h"

/* Its content is of no interest; that it opens shows that the sealing key is the right one. */
#define CHECK_ID "emsign/seal-check"

static emsign_rc need_key(emsign_client *client, emsign_error *err)
{
	if (client->sealing_key)
		return EMSIGN_OK;
	return ems_fail(
		err, EMSIGN_E_STATE,
		"no sealing key: give emsign_client_new() one, secrets are never kept plain");
}

emsign_rc ems_vault_put(emsign_client *client, const char *id, emsign_secret *secret,
			emsign_error *err)
{
	ems_sealed row = { .id = id, .created_at = ems_client_now(client) };
	emsign_buf sealed = { 0 };
	emsign_rc rc = need_key(client, err);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_seal(client->sealing_key, id, secret, &sealed, err);
	if (rc == EMSIGN_OK) {
		row.sealed = (const char *)sealed.data;
		rc = ems_shelf_put(client, "sealed", &row, err);
	}
	emsign_buf_free(&sealed);
	return rc;
}

emsign_rc ems_vault_get(emsign_client *client, const char *id, emsign_secret **out,
			emsign_error *err)
{
	ems_sealed *row = NULL;
	emsign_rc rc = need_key(client, err);

	*out = NULL;
	if (rc == EMSIGN_OK)
		rc = ems_shelf_get(client, "sealed", id, (void **)&row, err);
	if (rc == EMSIGN_OK && !row->sealed)
		rc = ems_fail(err, EMSIGN_E_STORE, "the sealed row '%s' is empty", id);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_unseal(client->sealing_key, id, row->sealed, out, err);
	ems_free(row);
	return rc;
}

emsign_rc ems_vault_remove(emsign_client *client, const char *id, emsign_error *err)
{
	emsign_rc rc = ems_shelf_remove(client, "sealed", id, err);

	return rc == EMSIGN_E_NOTFOUND ? ems_ok(err) : rc;
}

emsign_rc ems_vault_check(emsign_client *client, emsign_error *err)
{
	static const char content[] = "libemsign";
	emsign_secret *secret = NULL;
	emsign_error why;
	emsign_rc rc;

	rc = ems_vault_get(client, CHECK_ID, &secret, &why);
	if (rc == EMSIGN_E_NOTFOUND) {
		rc = emsign_secret_new(content, sizeof(content) - 1, &secret, err);
		if (rc == EMSIGN_OK)
			rc = ems_vault_put(client, CHECK_ID, secret, err);
	} else if (rc == EMSIGN_E_CRYPTO) {
		rc = ems_fail(err, rc, "this store was sealed with another sealing key");
	} else if (err) {
		*err = why;
	}
	emsign_secret_free(secret);
	return rc;
}
