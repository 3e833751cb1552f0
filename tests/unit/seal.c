/* SPDX-License-Identifier: MIT */
/* Sealing: what opens, what does not, and what is never seen. */
#include "../support/fail.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

#define NAME "main/access-key"

static const char canary[] = "canary-51c9-of-the-sealed-secret";

static emsign_secret *secret_of(const void *bytes, size_t len)
{
	emsign_secret *secret = NULL;

	assert_int_equal(emsign_secret_new(bytes, len, &secret, NULL), EMSIGN_OK);
	return secret;
}

static emsign_secret *text_secret(const char *text)
{
	return secret_of(text, strlen(text));
}

static emsign_secret *key_of(unsigned char fill)
{
	unsigned char bytes[32];

	memset(bytes, fill, sizeof(bytes));
	return secret_of(bytes, sizeof(bytes));
}

struct expected {
	const void *bytes;
	size_t len;
};

static emsign_rc compare(void *ud, const void *bytes, size_t len)
{
	const struct expected *e = ud;

	return len == e->len && memcmp(bytes, e->bytes, len) == 0 ? EMSIGN_OK :
								    EMSIGN_E_CALLBACK;
}

static bool is_secret(emsign_secret *secret, const void *bytes, size_t len)
{
	struct expected e = { bytes, len };

	return emsign_secret_use(secret, compare, &e, NULL) == EMSIGN_OK;
}

static char *seal(emsign_secret *key, const char *name, const char *text)
{
	emsign_secret *secret = text_secret(text);
	emsign_buf out = { 0 };

	assert_int_equal(emsign_secret_seal(key, name, secret, &out, NULL), EMSIGN_OK);
	assert_int_equal(strlen((char *)out.data), out.len);
	emsign_secret_free(secret);
	return (char *)out.data;
}

static void opens_what_was_sealed(void **state)
{
	emsign_secret *key = key_of(7);
	emsign_secret *back = NULL;
	emsign_error err;
	char *sealed = seal(key, NAME, canary);

	(void)state;
	assert_null(strstr(sealed, canary));
	assert_null(strpbrk(sealed, " \n"));
	assert_int_equal(emsign_secret_unseal(key, NAME, sealed, &back, &err), EMSIGN_OK);
	assert_int_equal(err.rc, 0);
	assert_true(is_secret(back, canary, strlen(canary)));
	emsign_secret_free(back);
	emsign_secret_free(key);
	emsign_free(sealed);
}

static void every_size_comes_back(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 4096, 65536 };
	static unsigned char bytes[65536];
	emsign_secret *key = key_of(7);

	(void)state;
	memset(bytes, 0, sizeof(bytes)); /* NULs are bytes like any other */
	for (size_t i = 0; i < COUNT(sizes); i++) {
		emsign_secret *secret = secret_of(bytes, sizes[i]);
		emsign_secret *back = NULL;
		emsign_buf out = { 0 };

		assert_int_equal(emsign_secret_seal(key, NAME, secret, &out, NULL), EMSIGN_OK);
		assert_int_equal(emsign_secret_unseal(key, NAME, (char *)out.data, &back, NULL),
				 EMSIGN_OK);
		assert_true(is_secret(back, bytes, sizes[i]));
		emsign_secret_free(secret);
		emsign_secret_free(back);
		emsign_buf_free(&out);
	}
	emsign_secret_free(key);
}

static void no_two_seals_are_alike(void **state)
{
	emsign_secret *key = key_of(7);
	char *a = seal(key, NAME, canary);
	char *b = seal(key, NAME, canary);

	(void)state;
	assert_string_not_equal(a, b);
	emsign_secret_free(key);
	emsign_free(a);
	emsign_free(b);
}

static void assert_shut(emsign_secret *key, const char *name, const char *sealed,
			emsign_rc expected)
{
	emsign_secret *back = (emsign_secret *)(uintptr_t)sealed;
	emsign_error err;

	if (emsign_secret_unseal(key, name, sealed, &back, &err) != expected)
		fail_msg("'%s' gave %d: %s", sealed, err.rc, err.message);
	assert_null(back);
	assert_int_equal(err.rc, expected);
	assert_null(strstr(err.message, canary));
}

static void another_key_or_name_does_not_open(void **state)
{
	emsign_secret *key = key_of(7);
	emsign_secret *other = key_of(8);
	char *sealed = seal(key, NAME, canary);

	(void)state;
	assert_shut(other, NAME, sealed, EMSIGN_E_CRYPTO);
	assert_shut(key, "main/access-keys", sealed, EMSIGN_E_CRYPTO);
	assert_shut(key, "mail/access-key", sealed, EMSIGN_E_CRYPTO);
	assert_shut(key, "", sealed, EMSIGN_E_CRYPTO);
	emsign_secret_free(key);
	emsign_secret_free(other);
	emsign_free(sealed);
}

static void no_changed_text_opens(void **state)
{
	emsign_secret *key = key_of(7);
	char *sealed = seal(key, NAME, "ab"); /* its base64 ends in padding */
	char *start = strchr(sealed, ':') + 1;

	(void)state;
	for (char *at = start; *at; at++) {
		char was = *at;

		*at = was == 'A' ? 'B' : 'A';
		assert_shut(key, NAME, sealed, EMSIGN_E_CRYPTO);
		*at = was == '!' ? '?' : '!';
		assert_shut(key, NAME, sealed, EMSIGN_E_CRYPTO);
		*at = was;
	}
	for (size_t len = strlen(sealed) - 1; len >= (size_t)(start - sealed); len--) {
		sealed[len] = '\0';
		assert_shut(key, NAME, sealed, EMSIGN_E_CRYPTO);
	}
	emsign_secret_free(key);
	emsign_free(sealed);
}

static void other_text_is_no_seal(void **state)
{
	static const char *const texts[] = { "", "emsign1", "emsign2:AAAA", "hello" };
	emsign_secret *key = key_of(7);

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_shut(key, NAME, texts[i], EMSIGN_E_INVALID);
	emsign_secret_free(key);
}

static void the_key_has_32_bytes(void **state)
{
	emsign_secret *shorter = secret_of("0123456789abcdef0123456789abcde", 31);
	emsign_secret *key = key_of(7);
	emsign_secret *secret = text_secret(canary);
	char *sealed = seal(key, NAME, canary);
	emsign_buf out = { 0 };
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_seal(shorter, NAME, secret, &out, &err), EMSIGN_E_INVALID);
	assert_string_equal(err.message, "sealing key has 31 bytes, it must have 32");
	assert_null(out.data);
	assert_shut(shorter, NAME, sealed, EMSIGN_E_INVALID);
	emsign_secret_free(shorter);
	emsign_secret_free(key);
	emsign_secret_free(secret);
	emsign_free(sealed);
}

/* scrypt("correct horse", "installation-1"), N 32768, r 8, p 1, from another implementation */
static const unsigned char derived[32] = {
	0xed, 0x40, 0xcf, 0x0e, 0xf7, 0x0f, 0xed, 0x3f,
	0xcc, 0x11, 0xcb, 0x88, 0x98, 0x2c, 0x4d, 0x81,
	0x74, 0x21, 0xe1, 0x3d, 0x5f, 0x50, 0x5f, 0x24,
	0x73, 0x11, 0x8a, 0xc8, 0xe9, 0xf6, 0x75, 0x93,
};

static void derive_is_scrypt(void **state)
{
	emsign_secret *passphrase = text_secret("correct horse");
	emsign_secret *key = NULL;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_derive(passphrase, "installation-1", &key, &err), EMSIGN_OK);
	assert_true(is_secret(key, derived, sizeof(derived)));
	emsign_secret_free(key);
	assert_int_equal(emsign_secret_derive(passphrase, "seven77", &key, &err), EMSIGN_E_INVALID);
	assert_string_equal(err.message, "salt has 7 bytes, it must have 8 or more");
	assert_null(key);
	assert_int_equal(emsign_secret_derive(NULL, "installation-1", &key, &err),
			 EMSIGN_E_INVALID);
	emsign_secret_free(passphrase);
}

static emsign_rc seal_and_unseal(void)
{
	unsigned char bytes[32] = { 1 };
	emsign_secret *key = NULL;
	emsign_secret *secret = NULL;
	emsign_secret *back = NULL;
	emsign_buf out = { 0 };
	emsign_rc rc = emsign_secret_new(bytes, sizeof(bytes), &key, NULL);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_new(canary, strlen(canary), &secret, NULL);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_seal(key, NAME, secret, &out, NULL);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_unseal(key, NAME, (char *)out.data, &back, NULL);
	emsign_secret_free(back);
	emsign_buf_free(&out);
	emsign_secret_free(secret);
	emsign_secret_free(key);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	fail_each(seal_and_unseal);
}

static void memory_keeps_nothing(void **state)
{
	(void)state;
	fail_watch(canary);
	assert_int_equal(seal_and_unseal(), EMSIGN_OK);
	assert_int_equal(fail_spilled(), 0);
	fail_watch(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(opens_what_was_sealed),
		FAIL_TEST(every_size_comes_back),
		FAIL_TEST(no_two_seals_are_alike),
		FAIL_TEST(another_key_or_name_does_not_open),
		FAIL_TEST(no_changed_text_opens),
		FAIL_TEST(other_text_is_no_seal),
		FAIL_TEST(the_key_has_32_bytes),
		FAIL_TEST(derive_is_scrypt),
		FAIL_TEST(memory_may_run_out),
		FAIL_TEST(memory_keeps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
