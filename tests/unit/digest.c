/* SPDX-License-Identifier: MIT */
/* SHA-256, base64, random bytes. */
#include "../support/fail.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void sha256_of_pieces(void **state)
{
	const struct ems_piece none[] = { { NULL, 0 } };
	const struct ems_piece whole[] = { { "abc", 3 }, { NULL, 0 } };
	const struct ems_piece parts[] = { { "a", 1 }, { "", 0 }, { "bc", 2 }, { NULL, 0 } };
	char hex[EMS_SHA256_HEX];
	emsign_error err;

	(void)state;
	assert_int_equal(ems_digest_sha256(none, hex, &err), EMSIGN_OK);
	assert_string_equal(hex, EMPTY_SHA256);
	assert_int_equal(ems_digest_sha256(whole, hex, &err), EMSIGN_OK);
	assert_string_equal(hex, ABC_SHA256);
	assert_int_equal(ems_digest_sha256(parts, hex, NULL), EMSIGN_OK);
	assert_string_equal(hex, ABC_SHA256);
}

static const struct {
	const char *plain;
	const char *text;
} vectors[] = { /* RFC 4648 */
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
};

static void base64_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct ems_buf text = EMS_BUF(100);
		struct ems_buf plain = EMS_BUF(100);
		emsign_error err;

		ems_digest_base64(&text, vectors[i].plain, strlen(vectors[i].plain));
		assert_string_equal(ems_buf_str(&text), vectors[i].text);
		assert_int_equal(ems_digest_unbase64(vectors[i].text, strlen(vectors[i].text),
						     &plain, &err), EMSIGN_OK);
		assert_int_equal(plain.bytes.len, strlen(vectors[i].plain));
		assert_string_equal(ems_buf_str(&plain), vectors[i].plain);
		ems_buf_free(&text);
		ems_buf_free(&plain);
	}
}

static void base64_is_one_line_of_any_length(void **state)
{
	unsigned char bytes[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct ems_buf text = EMS_BUF(1000);
		struct ems_buf back = EMS_BUF(1000);

		ems_digest_base64(&text, bytes, len);
		assert_int_equal(text.bytes.len, (len + 2) / 3 * 4);
		assert_null(strchr(ems_buf_str(&text), '\n'));
		assert_int_equal(
			ems_digest_unbase64(ems_buf_str(&text), text.bytes.len, &back, NULL),
			EMSIGN_OK);
		assert_int_equal(back.bytes.len, len);
		if (len)
			assert_memory_equal(back.bytes.data, bytes, len);
		ems_buf_free(&text);
		ems_buf_free(&back);
	}
}

static void unbase64_passes_white_space_over(void **state)
{
	static const char text[] = " Zm\r\n9v\tYm\v\fE \n= \n";
	struct ems_buf plain = EMS_BUF(100);

	(void)state;
	assert_int_equal(ems_digest_unbase64(text, strlen(text), &plain, NULL), EMSIGN_OK);
	assert_string_equal(ems_buf_str(&plain), "fooba");
	ems_buf_free(&plain);
}

static void unbase64_takes_one_spelling_only(void **state)
{
	static const char *const wrong[] = {
		"Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "=", "====", "Zg==Zg==", "Zm9v=",
		"Zh==", "Zm9=", "Zm-v", "Zm_v", "Zm9v.", "Zm\x80v", "=Zm8", "Z=g=",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct ems_buf plain = EMS_BUF(100);
		emsign_error err;

		if (ems_digest_unbase64(wrong[i], strlen(wrong[i]), &plain, &err) !=
		    EMSIGN_E_INVALID)
			fail_msg("'%s' passed", wrong[i]);
		assert_non_null(strstr(err.message, "base64"));
		ems_buf_free(&plain);
	}
}

static void unbase64_respects_the_ceiling(void **state)
{
	struct ems_buf plain = EMS_BUF(5);

	(void)state;
	assert_int_equal(ems_digest_unbase64("Zm9vYmFy", 8, &plain, NULL), EMSIGN_E_INVALID);
	ems_buf_free(&plain);
}

static void random_bytes_differ(void **state)
{
	unsigned char a[32] = { 0 };
	unsigned char b[32] = { 0 };

	(void)state;
	assert_int_equal(ems_digest_random(a, sizeof(a), NULL), EMSIGN_OK);
	assert_int_equal(ems_digest_random(b, sizeof(b), NULL), EMSIGN_OK);
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(sha256_of_pieces),
		FAIL_TEST(base64_vectors),
		FAIL_TEST(base64_is_one_line_of_any_length),
		FAIL_TEST(unbase64_passes_white_space_over),
		FAIL_TEST(unbase64_takes_one_spelling_only),
		FAIL_TEST(unbase64_respects_the_ceiling),
		FAIL_TEST(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
