/* SPDX-License-Identifier: MIT */
/* Private keys: making, reading, naming. */
#include "../support/fail.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/openssl.h"

#define PASSWORD "canary-9e-of-the-key"

static emsign_secret *text_secret(const char *text)
{
	emsign_secret *secret = NULL;

	assert_int_equal(emsign_secret_new(text, strlen(text), &secret, NULL), EMSIGN_OK);
	return secret;
}

/* How OpenSSL itself writes a key. */
enum form { PLAIN, ENCRYPTED, TRADITIONAL, TRADITIONAL_ENCRYPTED };

static emsign_secret *write_key(EVP_PKEY *pkey, enum form form)
{
	const EVP_CIPHER *cipher = form == ENCRYPTED || form == TRADITIONAL_ENCRYPTED ?
					   EVP_aes_256_cbc() : NULL;
	const char *password = cipher ? PASSWORD : NULL;
	int len = cipher ? (int)strlen(PASSWORD) : 0;
	BIO *bio = BIO_new(BIO_s_mem());
	emsign_secret *secret;
	char *text;

	if (form == PLAIN || form == ENCRYPTED)
		assert_int_equal(
			PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, password, len, NULL, NULL),
			1);
	else
		assert_int_equal(PEM_write_bio_PrivateKey_traditional(
					 bio, pkey, cipher, (const unsigned char *)password, len,
					 NULL, NULL),
				 1);
	BIO_write(bio, "", 1);
	BIO_get_mem_data(bio, &text);
	secret = text_secret(text);
	BIO_free(bio);
	return secret;
}

static void assert_name_of(const emsign_key *key, const EVP_PKEY *pkey)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	struct ems_piece pieces[] = { { der, (size_t)len }, { NULL, 0 } };
	char hex[EMS_SHA256_HEX];

	assert_int_equal(ems_digest_sha256(pieces, hex, NULL), EMSIGN_OK);
	assert_string_equal(emsign_key_spki(key), hex);
	OPENSSL_free(der);
}

/* The key as OpenSSL sees it, both parts. */
static EVP_PKEY *open_key(const emsign_key *key)
{
	EVP_PKEY *pkey = NULL;

	assert_int_equal(ems_key_open(key, &pkey, NULL), EMSIGN_OK);
	assert_int_equal(EVP_PKEY_eq(pkey, key->public_part), 1);
	return pkey;
}

static const struct {
	const char *said;
	const char *spec;
	const char *type;
	int bits;
} specs[] = {
	{ "RSA:2048", "RSA:2048", "RSA", 2048 },
	{ "rsa:3072", "RSA:3072", "RSA", 3072 },
	{ "EC:P-256", "EC:P-256", "EC", 256 },
	{ "ec:p-384", "EC:P-384", "EC", 384 },
};

static void makes_every_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(specs); i++) {
		emsign_key *key = NULL;
		EVP_PKEY *pkey;
		emsign_error err;

		assert_int_equal(emsign_key_make(specs[i].said, &key, &err), EMSIGN_OK);
		assert_int_equal(err.rc, 0);
		assert_string_equal(emsign_key_spec(key), specs[i].spec);
		pkey = open_key(key);
		assert_true(EVP_PKEY_is_a(pkey, specs[i].type));
		assert_int_equal(EVP_PKEY_get_bits(pkey), specs[i].bits);
		assert_name_of(key, pkey);
		EVP_PKEY_free(pkey);
		emsign_key_free(key);
	}
	emsign_key_free(NULL);
}

static void refuses_other_specs_with_the_list(void **state)
{
	static const char *const others[] = {
		"", "RSA", "RSA:1024", "RSA:2048 ", "EC:P-521", "DSA:2048", NULL
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		emsign_key *key = (emsign_key *)(uintptr_t)others;
		emsign_error err;

		assert_int_equal(emsign_key_make(others[i], &key, &err), EMSIGN_E_INVALID);
		assert_null(key);
		assert_non_null(strstr(err.message, "possible are RSA:2048 RSA:3072 RSA:4096 "
						    "EC:P-256 EC:P-384"));
	}
}

static void reads_every_form(void **state)
{
	EVP_PKEY *pkeys[] = { EVP_RSA_gen(2048), EVP_EC_gen("P-256") };
	emsign_secret *password = text_secret(PASSWORD);

	(void)state;
	for (size_t i = 0; i < COUNT(pkeys); i++) {
		for (enum form form = PLAIN; form <= TRADITIONAL_ENCRYPTED; form++) {
			emsign_secret *pem = write_key(pkeys[i], form);
			emsign_key *key = NULL;
			EVP_PKEY *back;
			emsign_error err;

			if (emsign_key_parse(pem, password, &key, &err))
				fail_msg("form %d: %s", (int)form, err.message);
			assert_name_of(key, pkeys[i]);
			back = open_key(key);
			assert_int_equal(EVP_PKEY_eq(back, pkeys[i]), 1);
			EVP_PKEY_free(back);
			emsign_key_free(key);
			emsign_secret_free(pem);
		}
		EVP_PKEY_free(pkeys[i]);
	}
	emsign_secret_free(password);
}

static void assert_not_read(emsign_secret *pem, emsign_secret *password, emsign_rc expected,
			    const char *message)
{
	emsign_key *key = (emsign_key *)pem;
	emsign_error err;

	assert_int_equal(emsign_key_parse(pem, password, &key, &err), expected);
	assert_null(key);
	if (!strstr(err.message, message))
		fail_msg("'%s' is not in '%s'", message, err.message);
	assert_null(strstr(err.message, PASSWORD));
	assert_int_equal(ERR_peek_error(), 0);
}

static void passwords_have_to_fit(void **state)
{
	static char endless[2000];
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	emsign_secret *wrong = text_secret(PASSWORD "!");
	emsign_secret *longest;

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	longest = text_secret(endless);
	for (enum form form = ENCRYPTED; form <= TRADITIONAL_ENCRYPTED; form += 2) {
		emsign_secret *pem = write_key(pkey, form);

		assert_not_read(pem, NULL, EMSIGN_E_CRYPTO, "no password was given");
		assert_not_read(pem, wrong, EMSIGN_E_CRYPTO, "password does not open");
		assert_not_read(pem, longest, EMSIGN_E_INVALID, "password has 1999 bytes");
		emsign_secret_free(pem);
	}
	emsign_secret_free(wrong);
	emsign_secret_free(longest);
	EVP_PKEY_free(pkey);
}

static EVP_PKEY *make_explicit(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
							OSSL_PKEY_EC_ENCODING_EXPLICIT), 1);
	return pkey;
}

static EVP_PKEY *make_compressed(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	assert_int_equal(EVP_PKEY_set_utf8_string_param(
				 pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
				 OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED), 1);
	return pkey;
}

static EVP_PKEY *make_pss(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *pkey = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
	assert_int_equal(EVP_PKEY_generate(ctx, &pkey), 1);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static void refuses_other_keys_with_the_list(void **state)
{
	EVP_PKEY *others[] = {
		EVP_RSA_gen(1024), EVP_RSA_gen(2056), EVP_EC_gen("P-521"), EVP_EC_gen("secp256k1"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), make_pss(), make_explicit(),
		make_compressed(),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		emsign_secret *pem = write_key(others[i], PLAIN);

		assert_not_read(pem, NULL, EMSIGN_E_INVALID, "possible are RSA:2048");
		emsign_secret_free(pem);
		EVP_PKEY_free(others[i]);
	}
}

static void refuses_what_is_no_key(void **state)
{
	static const char *const texts[] = {
		"hello",
		"-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		emsign_secret *pem = text_secret(texts[i]);

		assert_not_read(pem, NULL, EMSIGN_E_INVALID, "no private key");
		emsign_secret_free(pem);
	}
	assert_not_read(NULL, NULL, EMSIGN_E_INVALID, "no secret");
}

static emsign_rc fail_to_fetch(void *self, emsign_secret_fn give, void *give_ud, emsign_error *err)
{
	(void)self;
	(void)give;
	(void)give_ud;
	if (err)
		err->rc = EMSIGN_E_CALLBACK;
	return EMSIGN_E_CALLBACK;
}

static void a_failing_password_source_is_passed_on(void **state)
{
	static const emsign_secret_source source = { sizeof(source), fail_to_fetch, NULL };
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	emsign_secret *pem = write_key(pkey, ENCRYPTED);
	emsign_secret *password = NULL;
	emsign_key *key = NULL;

	(void)state;
	assert_int_equal(emsign_secret_from(&source, NULL, &password, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_parse(pem, password, &key, NULL), EMSIGN_E_CALLBACK);
	emsign_secret_free(password);
	emsign_secret_free(pem);
	EVP_PKEY_free(pkey);
}

static emsign_rc is_pkcs8(void *ud, const void *bytes, size_t len)
{
	static const char head[] = "-----BEGIN PRIVATE KEY-----\n";

	(void)ud;
	return len > strlen(head) && memcmp(bytes, head, strlen(head)) == 0 ? EMSIGN_OK :
									       EMSIGN_E_CALLBACK;
}

static void survives_being_kept(void **state)
{
	emsign_secret *pem = NULL;
	emsign_key *key = NULL;
	emsign_key *back = NULL;

	(void)state;
	assert_int_equal(emsign_key_make("EC:P-384", &key, NULL), EMSIGN_OK);
	assert_int_equal(ems_key_secret(key, &pem, NULL), EMSIGN_OK);
	assert_int_equal(emsign_secret_use(pem, is_pkcs8, NULL, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_parse(pem, NULL, &back, NULL), EMSIGN_OK);
	assert_string_equal(emsign_key_spki(back), emsign_key_spki(key));
	assert_string_equal(emsign_key_spec(back), "EC:P-384");
	emsign_secret_free(pem);
	emsign_key_free(key);
	emsign_key_free(back);
}

static emsign_rc make_and_keep(void)
{
	emsign_secret *pem = NULL;
	emsign_key *key = NULL;
	emsign_key *back = NULL;
	emsign_rc rc = emsign_key_make("EC:P-256", &key, NULL);

	if (rc == EMSIGN_OK)
		rc = ems_key_secret(key, &pem, NULL);
	if (rc == EMSIGN_OK)
		rc = emsign_key_parse(pem, NULL, &back, NULL);
	emsign_key_free(back);
	emsign_secret_free(pem);
	emsign_key_free(key);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	fail_each(make_and_keep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(makes_every_kind),
		FAIL_TEST(refuses_other_specs_with_the_list),
		FAIL_TEST(reads_every_form),
		FAIL_TEST(passwords_have_to_fit),
		FAIL_TEST(refuses_other_keys_with_the_list),
		FAIL_TEST(refuses_what_is_no_key),
		FAIL_TEST(a_failing_password_source_is_passed_on),
		FAIL_TEST(survives_being_kept),
		FAIL_TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
