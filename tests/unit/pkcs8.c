/* SPDX-License-Identifier: MIT */
/* Private keys outside of OpenSSL: the same to the byte, and usable. */
#include "../support/fail.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/openssl.h"
#include "crypto/private.h"

struct bytes {
	unsigned char at[4096];
	size_t len;
};

static emsign_rc copy(void *ud, const void *bytes, size_t len)
{
	struct bytes *to = ud;

	assert_true(len <= sizeof(to->at));
	memcpy(to->at, bytes, len);
	to->len = len;
	return EMSIGN_OK;
}

static void by_openssl(const EVP_PKEY *pkey, struct bytes *out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	unsigned char *at = out->at;
	int len = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);

	assert_true(len > 0 && (size_t)len <= sizeof(out->at));
	out->len = (size_t)i2d_PKCS8_PRIV_KEY_INFO(info, &at);
	PKCS8_PRIV_KEY_INFO_free(info);
}

static void by_us(const struct ems_private_kind *kind, emsign_secret *numbers, struct bytes *out)
{
	emsign_secret *der = NULL;

	assert_int_equal(ems_pkcs8_write(kind, numbers, &der, NULL), EMSIGN_OK);
	assert_int_equal(emsign_secret_use(der, copy, out, NULL), EMSIGN_OK);
	emsign_secret_free(der);
}

static void assert_same(const struct bytes *a, const struct bytes *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->at, b->at, a->len);
}

/* Out of OpenSSL, written, read, written again, back into it. */
static void go_round(EVP_PKEY *pkey)
{
	const struct ems_private_kind *kind = ems_key_kind(pkey), *read = NULL;
	emsign_secret *numbers = NULL, *again = NULL;
	struct bytes theirs, ours;
	EVP_PKEY *back = NULL;
	EVP_PKEY_CTX *ctx;

	assert_non_null(kind);
	assert_int_equal(ems_private_take(pkey, kind, &numbers, NULL), EMSIGN_OK);
	by_openssl(pkey, &theirs);
	by_us(kind, numbers, &ours);
	assert_same(&ours, &theirs);
	assert_int_equal(ems_pkcs8_read(theirs.at, theirs.len, &read, &again, NULL), EMSIGN_OK);
	assert_ptr_equal(read, kind);
	by_us(kind, again, &ours);
	assert_same(&ours, &theirs);
	assert_int_equal(ems_private_open(kind, again, &back, NULL), EMSIGN_OK);
	by_openssl(back, &ours);
	assert_same(&ours, &theirs);
	ctx = EVP_PKEY_CTX_new(back, NULL);
	assert_int_equal(EVP_PKEY_pairwise_check(ctx), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(back);
	emsign_secret_free(again);
	emsign_secret_free(numbers);
}

/* Often enough that numbers with zeros in front are among them. */
static void what_is_written_is_what_openssl_writes(void **state)
{
	static const size_t bits[] = { 2048, 3072, 4096 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		EVP_PKEY *pkey = EVP_EC_gen(i % 2 ? "P-256" : "P-384");

		go_round(pkey);
		EVP_PKEY_free(pkey);
	}
	for (size_t i = 0; i < COUNT(bits); i++) {
		EVP_PKEY *pkey = EVP_RSA_gen(bits[i]);

		go_round(pkey);
		EVP_PKEY_free(pkey);
	}
}

static emsign_rc read_bytes(const struct bytes *der)
{
	const struct ems_private_kind *kind;
	emsign_secret *numbers = NULL;
	emsign_error err;
	emsign_rc rc = ems_pkcs8_read(der->at, der->len, &kind, &numbers, &err);

	assert_true((rc == EMSIGN_OK) == (numbers != NULL));
	assert_int_equal(err.rc, rc);
	emsign_secret_free(numbers);
	return rc;
}

/* Cut anywhere, longer by a byte, or with a bit changed: refused, or a key, never a crash. */
static void what_is_no_key_is_refused(void **state)
{
	EVP_PKEY *pkeys[] = { EVP_EC_gen("P-256"), EVP_RSA_gen(2048) };

	(void)state;
	for (size_t k = 0; k < COUNT(pkeys); k++) {
		struct bytes whole, der;

		by_openssl(pkeys[k], &whole);
		EVP_PKEY_free(pkeys[k]);
		assert_int_equal(read_bytes(&whole), EMSIGN_OK);
		der = whole;
		for (der.len = 0; der.len < whole.len; der.len++)
			assert_int_equal(read_bytes(&der), EMSIGN_E_INVALID);
		der.at[der.len++] = 0;
		assert_int_equal(read_bytes(&der), EMSIGN_E_INVALID);
		for (size_t i = 0; i < whole.len; i++)
			for (int bit = 0; bit < 8; bit++) {
				emsign_rc rc;

				der = whole;
				der.at[i] ^= (unsigned char)(1 << bit);
				rc = read_bytes(&der);
				assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_INVALID);
			}
	}
}

static EVP_PKEY *three_primes(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, 3), 1);
	assert_int_equal(EVP_PKEY_generate(ctx, &pkey), 1);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static void other_keys_are_somebody_elses(void **state)
{
	EVP_PKEY *pkeys[] = { EVP_EC_gen("P-521"), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
			      EVP_RSA_gen(1024), three_primes() };

	(void)state;
	for (size_t k = 0; k < COUNT(pkeys); k++) {
		struct bytes der;

		assert_null(ems_key_kind(pkeys[k]));
		by_openssl(pkeys[k], &der);
		EVP_PKEY_free(pkeys[k]);
		assert_int_equal(read_bytes(&der), EMSIGN_E_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(what_is_written_is_what_openssl_writes),
		FAIL_TEST(what_is_no_key_is_refused),
		FAIL_TEST(other_keys_are_somebody_elses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
