/* SPDX-License-Identifier: MIT */
/*
 * Sealed secrets that were changed. Input: one byte of `how`; with OTHER_NAME a name up to a byte
 * 0xff; then a sealed text, or (CHANGE) changes to the good one: two bytes for the place, one for
 * what is put there, again and again.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include <emsign/secret.h>

#define KEY "EMSIGN-CANARY-0123456789abcdefgh"
#define NAME "lab/access-key"

/* "sealed words", by KEY, for NAME. */
#define SECRET "sealed words"
static const char good[] = "emsign1:NJp8JN38cdheeSfzqvwODjbPauZIcQ5JFrQrJA7ZpsFCBkBwredVeg==";

enum { CHANGE = 1, OTHER_NAME = 2, SHORT_KEY = 4 };

static emsign_rc compare(void *ud, const void *bytes, size_t len)
{
	(void)ud;
	FUZZ_MUST(len == strlen(SECRET) && memcmp(bytes, SECRET, len) == 0);
	return EMSIGN_OK;
}

static char *changed(struct fuzz_input *in)
{
	char *text = fuzz_text((struct fuzz_input){ (const uint8_t *)good, strlen(good) });

	while (in->left >= 3) {
		size_t at = fuzz_byte(in) * 256u;

		at = (at + fuzz_byte(in)) % strlen(good);
		text[at] = (char)fuzz_byte(in);
	}
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	unsigned how = fuzz_byte(&in);
	char *name = how & OTHER_NAME ? fuzz_text(fuzz_part(&in, 0xff)) : NULL;
	char *text = how & CHANGE ? changed(&in) : fuzz_text(in);
	emsign_secret *key = NULL, *secret = NULL;
	emsign_error err;
	emsign_rc rc;

	FUZZ_MUST(emsign_secret_new(KEY, how & SHORT_KEY ? 31 : 32, &key, NULL) == EMSIGN_OK);
	rc = emsign_secret_unseal(key, name ? name : NAME, text, &secret, &err);
	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (secret != NULL));
	if (secret) {
		FUZZ_MUST(!(how & SHORT_KEY) && strcmp(name ? name : NAME, NAME) == 0);
		FUZZ_MUST(emsign_secret_use(secret, compare, NULL, NULL) == EMSIGN_OK);
	}
	emsign_secret_free(secret);
	emsign_secret_free(key);
	free(name);
	free(text);
	fuzz_check_memory();
	return 0;
}
