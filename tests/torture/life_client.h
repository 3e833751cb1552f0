/* SPDX-License-Identifier: MIT */
/* An application's client, whose files are in one folder, and its one credential "life". */
#ifndef TESTS_TORTURE_LIFE_CLIENT_H
#define TESTS_TORTURE_LIFE_CLIENT_H

#include <emsign/client.h>

#include "life_store.h"

#define LIFE_PATH_MAX 1024

/** Where the CA is, as the words of a command line: v1|v2 URL CA-FILE ACCOUNT SECRET-FILE */
enum { LIFE_API, LIFE_URL, LIFE_CA_FILE, LIFE_ACCOUNT, LIFE_SECRET_FILE, LIFE_CA_WORDS };

/** What is put around the built-in parts; each may be NULL. */
struct life_around {
	life_store_fn tell; /* of each call of the store */
	void *ud;
	emsign_transport *transport;
};

emsign_rc life_client_open(const char *dir, const emsign_kv *config,
			   const struct life_around *around, emsign_client **out,
			   emsign_error *err);

/** The account, of a credential that is added unless it is there. */
emsign_rc life_client_account(emsign_client *client, char *const *ca, emsign_account **out,
			      emsign_error *err);

#endif
