/* SPDX-License-Identifier: MIT */
/* Keys from passwords: the same that OpenSSL makes. */
#include "../support/fail.h"

#include <string.h>

#include <openssl/pkcs12.h>

#include "crypto/pack.h"

static const char *const passwords[] = {
	"secret",
	"p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x94\x91", /* beyond ASCII, and beyond two bytes */
	"thirty-one characters are blocks",        /* 32 and 33 fill whole blocks */
	"a password that is longer than any block of a digest, so that it takes several of them",
	"",
};

static void same(const char *password, const EVP_MD *md, enum ems_pkcs12_use use, size_t len,
		 const struct ems_pkcs12_salt *salt)
{
	unsigned char ours[100], theirs[100];

	assert_int_equal(ems_pkcs12_key(password, salt, md, use, ours, len, NULL), EMSIGN_OK);
	assert_int_equal(PKCS12_key_gen_utf8(password, -1, (unsigned char *)(uintptr_t)salt->bytes,
					     (int)salt->len, (int)use, salt->rounds, (int)len,
					     theirs, md),
			 1);
	assert_memory_equal(ours, theirs, len);
}

static void keys_are_those_of_openssl(void **state)
{
	static const unsigned char bytes[64] = "a salt of as many bytes as a block has, or fewer";
	static const size_t lengths[] = { 8, 20, 24, 32, 100 };

	(void)state;
	for (size_t p = 0; p < COUNT(passwords); p++)
		for (size_t n = 1; n <= sizeof(bytes); n += 7)
			for (size_t l = 0; l < COUNT(lengths); l++)
				for (unsigned use = EMS_PKCS12_KEY; use <= EMS_PKCS12_MAC; use++) {
					struct ems_pkcs12_salt salt = { bytes, n, (int)(n * 3) };

					same(passwords[p], EVP_sha1(), use, lengths[l], &salt);
					same(passwords[p], EVP_sha256(), use, lengths[l], &salt);
				}
}

static emsign_rc make_one(void)
{
	static const struct ems_pkcs12_salt salt = { (const unsigned char *)"12345678", 8, 2 };
	unsigned char key[24];

	return ems_pkcs12_key("EMSIGN-CANARY-a password that is long enough to grow", &salt,
			      EVP_sha1(), EMS_PKCS12_KEY, key, sizeof(key), NULL);
}

static void memory_may_run_out(void **state)
{
	(void)state;
	fail_each(make_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(keys_are_those_of_openssl),
		FAIL_TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
