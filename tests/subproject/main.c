/* SPDX-License-Identifier: MIT */
/* A program of somebody else: all that it knows of the library is how to depend on it. */
#include <emsign/emsign.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	emsign_error err;
	emsign_client *client = NULL;
	emsign_kv config[] = { { "capacity", "5" }, { NULL, NULL } };

	if (strcmp(emsign_version(), EXPECTED_VERSION) != 0) {
		fprintf(stderr, "version %s, not %s\n", emsign_version(), EXPECTED_VERSION);
		return 1;
	}
	if (emsign_client_new(config, NULL, NULL, NULL, &client, &err)) {
		fprintf(stderr, "%s: %s\n", emsign_rc_name(err.rc), err.message);
		return 1;
	}
	emsign_client_free(client);
	return 0;
}
