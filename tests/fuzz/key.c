/* SPDX-License-Identifier: MIT */
/*
 * Private keys. Input: one byte for the label; then PEM text (label 0) or bytes of DER. No password
 * is at hand: how long an encrypted key takes to open is said in the key itself, and it is the
 * caller's own.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/pem.h"
#include "fuzz.h"

static const char *const labels[] = { NULL, "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY",
				      "ENCRYPTED PRIVATE KEY" };

/* What can be read can be kept and is the same key then. */
static void check_again(emsign_key *key)
{
	emsign_secret *pem = NULL;
	emsign_key *again = NULL;
	emsign_error err;

	FUZZ_MUST(emsign_key_spec(key) && strlen(emsign_key_spki(key)) == 64);
	FUZZ_MUST(ems_key_secret(key, &pem, &err) == EMSIGN_OK);
	FUZZ_MUST(emsign_key_parse(pem, NULL, &again, &err) == EMSIGN_OK);
	FUZZ_MUST(strcmp(emsign_key_spki(key), emsign_key_spki(again)) == 0);
	FUZZ_MUST(strcmp(emsign_key_spec(key), emsign_key_spec(again)) == 0);
	emsign_key_free(again);
	emsign_secret_free(pem);
}

static void read_key(const void *text, size_t len)
{
	emsign_secret *pem = NULL;
	emsign_key *key = NULL;
	emsign_error err;
	emsign_rc rc = emsign_secret_new(text, len, &pem, &err);

	fuzz_check(rc, &err);
	if (rc)
		return;
	rc = emsign_key_parse(pem, NULL, &key, &err);
	emsign_secret_free(pem);
	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (key != NULL));
	if (key)
		check_again(key);
	emsign_key_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	const char *label = labels[fuzz_below(&in, FUZZ_COUNT(labels))];
	struct ems_buf pem = EMS_BUF((size_t)16 << 20);

	if (label)
		ems_pem_write(&pem, label, in.at, in.left);
	else
		ems_buf_put(&pem, in.at, in.left);
	read_key(ems_buf_str(&pem), pem.bytes.len);
	ems_buf_free(&pem);
	fuzz_check_memory();
	return 0;
}
