/* SPDX-License-Identifier: MIT */
#include "life_client.h"

#include <emsign/emsign.h>
#include <stdio.h>

static emsign_rc open_store(const char *dir, const struct life_around *around,
			    emsign_store **out, emsign_error *err)
{
	char uri[LIFE_PATH_MAX];
	emsign_rc rc;

	snprintf(uri, sizeof(uri), "sqlite:%s/store.db", dir);
	rc = emsign_store_open(uri, out, err);
	if (rc == EMSIGN_OK && around->tell)
		*out = life_store_new(*out, around->tell, around->ud);
	return rc;
}

emsign_rc life_client_open(const char *dir, const emsign_kv *config,
			   const struct life_around *around, emsign_client **out,
			   emsign_error *err)
{
	char path[LIFE_PATH_MAX];
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_rc rc;

	*out = NULL;
	snprintf(path, sizeof(path), "%s/sealing.key", dir);
	rc = open_store(dir, around, &store, err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_key_file(path, &key, err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_new(config, store, around->transport, key, out, err);
	emsign_secret_free(key);
	emsign_store_free(store);
	return rc;
}

emsign_rc life_client_account(emsign_client *client, char *const *ca, emsign_account **out,
			      emsign_error *err)
{
	const emsign_kv fields[] = { { "api", ca[LIFE_API] },
				     { "url", ca[LIFE_URL] },
				     { "ca_file", ca[LIFE_CA_FILE] },
				     { "account", ca[LIFE_ACCOUNT] },
				     { "requester.name", "Alex Example" },
				     { "requester.email", "alex@example.com" },
				     { "requester.phone", "5550100" },
				     { NULL, NULL } };
	emsign_secret *key = NULL;
	emsign_rc rc = emsign_secret_file(ca[LIFE_SECRET_FILE], &key, err);

	*out = NULL;
	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_add(client, "life", fields, key, err);
	emsign_secret_free(key);
	if (rc == EMSIGN_OK || rc == EMSIGN_E_CONFLICT)
		rc = emsign_client_account(client, "life", out, err);
	return rc;
}
