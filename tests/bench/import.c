/* SPDX-License-Identifier: MIT */
/*
 * The measured program: one import through the public interface, as an application would do it.
 *
 *   import v1|v2 URL CA-FILE ACCOUNT SECRET-FILE STORE [NAME=VALUE...]
 *
 * NAME=VALUE are options of the client where it knows the name, else of the import. Prints what the
 * import did as one line of JSON.
 */
#include <emsign/emsign.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "watch.h"

#define MOST 32

struct said {
	emsign_kv items[MOST];
	size_t n;
};

static bool knows(const char *scope, const char *name)
{
	const emsign_field *field = emsign_fields(scope);

	while (field->name && strcmp(field->name, name) != 0)
		field++;
	return field->name != NULL;
}

static bool sort_options(char **words, struct said *client, struct said *import)
{
	for (; *words; words++) {
		char *value = strchr(*words, '=');
		struct said *said;

		if (!value)
			return false;
		*value++ = '\0';
		said = knows("client", *words) ? client : import;
		if (said->n == MOST - 1)
			return false;
		said->items[said->n++] = (emsign_kv){ *words, value };
	}
	return true;
}

static emsign_rc open_client(const emsign_kv *config, const char *path, emsign_client **out,
			     emsign_error *err)
{
	static const char sealing[] = "0123456789abcdef0123456789abcdef";
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_rc rc = emsign_store_open(path, &store, err);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_new(sealing, 32, &key, err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_new(config, store, NULL, key, out, err);
	emsign_secret_free(key);
	emsign_store_free(store);
	return rc;
}

/* A second import of the same store finds it there. */
static emsign_rc add_credential(emsign_client *client, char **argv, emsign_error *err)
{
	const emsign_kv fields[] = { { "api", argv[1] }, { "url", argv[2] },
				     { "ca_file", argv[3] }, { "account", argv[4] },
				     { "requester.email", "alex@example.com" }, { NULL, NULL } };
	emsign_secret *key = NULL;
	emsign_rc rc = emsign_secret_file(argv[5], &key, err);

	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_add(client, "bench", fields, key, err);
	emsign_secret_free(key);
	return rc == EMSIGN_E_CONFLICT ? EMSIGN_OK : rc;
}

int main(int argc, char **argv)
{
	struct said config = { .n = 0 }, options = { .n = 0 };
	emsign_client *client = NULL;
	emsign_account *account = NULL;
	emsign_stats *stats = NULL;
	emsign_error err = { 0 };
	emsign_buf json = { 0 };
	emsign_rc rc;

	if (argc < 7 || !sort_options(argv + 7, &config, &options)) {
		fputs("usage: import v1|v2 URL CA-FILE ACCOUNT SECRET-FILE STORE [NAME=VALUE...]\n",
		      stderr);
		return 2;
	}
	watch_start();
	rc = open_client(config.items, argv[6], &client, &err);
	if (rc == EMSIGN_OK)
		rc = add_credential(client, argv, &err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_account(client, "bench", &account, &err);
	if (rc == EMSIGN_OK)
		rc = emsign_account_import(account, options.items, &stats, &err);
	if (rc == EMSIGN_OK)
		rc = emsign_record_json("stats", stats, &json, &err);
	if (rc == EMSIGN_OK)
		puts((const char *)json.data);
	else
		fprintf(stderr, "import: %s\n", err.message);
	emsign_buf_free(&json);
	emsign_free(stats);
	emsign_account_free(account);
	emsign_client_free(client);
	watch_tell();
	return rc == EMSIGN_OK ? 0 : 1;
}
