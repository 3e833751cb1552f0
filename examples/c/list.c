/* SPDX-License-Identifier: MIT */
/*
 * Lists what is known as JSON, one record per line.
 *
 *   list STORE KIND [NAME=VALUE]...
 */
#include <emsign/emsign.h>
#include <stdio.h>
#include <string.h>

static emsign_rc print(void *ud, const char *kind, const void *record)
{
	emsign_buf json = { 0 };
	emsign_rc rc = emsign_record_json(kind, record, &json, NULL);

	(void)ud;
	if (rc == EMSIGN_OK)
		printf("%s\n", (const char *)json.data);
	emsign_buf_free(&json);
	return rc;
}

int main(int argc, char **argv)
{
	emsign_kv filter[16] = { { NULL, NULL } };
	emsign_store *store = NULL;
	emsign_client *client = NULL;
	emsign_error err = { 0 };

	if (argc < 3 || argc > 17)
		return 2;
	for (int i = 3; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals)
			return 2;
		*equals = '\0';
		filter[i - 3].key = argv[i];
		filter[i - 3].value = equals + 1;
	}
	if (emsign_store_open(argv[1], &store, &err) ||
	    emsign_client_new(NULL, store, NULL, NULL, &client, &err) ||
	    emsign_client_scan(client, argv[2], filter, NULL, 0, print, NULL, &err))
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
	emsign_client_free(client);
	emsign_store_free(store);
	return err.rc != EMSIGN_OK;
}
