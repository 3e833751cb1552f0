/* SPDX-License-Identifier: MIT */
/* Certificates: what is read out of them, and what belongs together. */
#include "../support/fail.h"
#include "../support/testca.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"

/* --- a small world -------------------------------------------------------------------------- */

enum { LEAF, INTERMEDIATE, ROOT, N_CERTS };

static struct testca world[N_CERTS];
static char *pems[N_CERTS];

static int make_world(void **state)
{
	const struct testca_form leaf = {
		.common = "shop.example",
		.names = "DNS:Shop.Example,DNS:*.shop.example,DNS:shop.example,IP:192.0.2.1",
		.issuer = &world[INTERMEDIATE], .serial = 0x0a1b2c3d,
		.from = 1767225600, .till = 1798761599, /* all of 2026 */
	};

	(void)state;
	testca_ca("Test Root", NULL, &world[ROOT]);
	testca_ca("Test Intermediate", &world[ROOT], &world[INTERMEDIATE]);
	testca_make(&leaf, &world[LEAF]);
	for (size_t i = 0; i < N_CERTS; i++)
		pems[i] = testca_pem(&world[i]);
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CERTS; i++) {
		testca_free(&world[i]);
		free(pems[i]);
	}
	return 0;
}

static emsign_certificate *parse_len(const char *text, size_t len)
{
	emsign_certificate *c = NULL;
	emsign_error err;

	if (emsign_certificate_parse(text, len, &c, &err))
		fail_msg("%s: in\n%.*s", err.message, (int)len, text);
	assert_int_equal(err.rc, 0);
	return c;
}

static emsign_certificate *parse(const char *text)
{
	return parse_len(text, strlen(text));
}

/* --- one certificate ------------------------------------------------------------------------ */

static void everything_is_read(void **state)
{
	emsign_certificate *c = parse(pems[LEAF]);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;
	char hex[2 * EVP_MAX_MD_SIZE + 1];

	(void)state;
	assert_string_equal(c->domain, "shop.example");
	assert_string_equal(c->sans[0], "shop.example");
	assert_string_equal(c->sans[1], "*.shop.example");
	assert_null(c->sans[2]);
	assert_string_equal(c->subject, "CN=shop.example");
	assert_string_equal(c->issuer, "CN=Test Intermediate");
	assert_string_equal(c->serial, "a1b2c3d");
	assert_int_equal(c->not_before, 1767225600);
	assert_int_equal(c->not_after, 1798761599);
	assert_int_equal(X509_digest(world[LEAF].cert, EVP_sha256(), digest, &len), 1);
	ems_text_hex(digest, len, hex);
	assert_string_equal(c->sha256, hex);
	assert_string_equal(c->id, hex);
	assert_string_equal(c->pem, pems[LEAF]);
	assert_null(c->chain_pem);
	assert_null(c->root_pem);
	assert_null(c->credential);
	assert_null(c->order);
	assert_null(c->csr);
	assert_null(c->url);
	assert_int_equal(c->fetched_at, 0);
	emsign_free(c);
}

static void the_key_is_named_as_its_own(void **state)
{
	const emsign_kv subject[] = { { "domain", "a.example" }, { NULL, NULL } };
	emsign_key *key = NULL;
	emsign_buf csr = { 0 };
	struct testca leaf;
	emsign_certificate *c;
	char *pem;

	(void)state;
	assert_int_equal(emsign_key_make("EC:P-384", &key, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_csr(key, subject, &csr, NULL), EMSIGN_OK);
	testca_leaf((char *)csr.data, "a.example", "DNS:a.example", &world[INTERMEDIATE], &leaf);
	pem = testca_pem(&leaf);
	c = parse(pem);
	assert_string_equal(c->spki, emsign_key_spki(key));
	emsign_free(c);
	free(pem);
	testca_free(&leaf);
	emsign_buf_free(&csr);
	emsign_key_free(key);
}

static void odd_contents_are_kept_harmless(void **state)
{
	static const struct {
		const char *common;
		const char *names;
		const char *domain;
		const char *first;
		const char *subject;
	} rows[] = {
		{ "Shop.EXAMPLE", NULL, "shop.example", NULL, "CN=Shop.EXAMPLE" },
		{ NULL, "DNS:a.example", "a.example", "a.example", NULL },
		{ "Alex Example", "email:alex@a.example", "Alex Example", NULL, "CN=Alex Example" },
		{ "J\xc3\xbcrgen, \"Chef\"", NULL, "J\xc3\xbcrgen, \"Chef\"", NULL,
		  "CN=J\xc3\xbcrgen\\, \\\"Chef\\\"" },
		{ "two\nlines", "DNS:a.example", "a.example", "a.example", "CN=two\\0Alines" },
		{ "a.example", "DNS:a b.example,DNS:b.example", "a.example", "b.example",
		  "CN=a.example" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct testca_form form = { .common = rows[i].common,
						  .names = rows[i].names,
						  .issuer = &world[INTERMEDIATE] };
		struct testca leaf;
		emsign_certificate *c;
		char *pem;

		testca_make(&form, &leaf);
		pem = testca_pem(&leaf);
		c = parse(pem);
		assert_string_equal(c->domain, rows[i].domain);
		assert_true(ems_text_equal(c->sans ? c->sans[0] : NULL, rows[i].first));
		assert_true(ems_text_equal(c->subject, rows[i].subject));
		emsign_free(c);
		free(pem);
		testca_free(&leaf);
	}
}

static void serials_have_one_spelling(void **state)
{
	static const struct {
		uint64_t serial;
		const char *text;
	} rows[] = {
		{ 1, "1" }, { 0x10, "10" }, { 0xff, "ff" }, { 0x0f00, "f00" },
		{ 0xa04f3c11d2e5b6a9, "a04f3c11d2e5b6a9" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct testca_form form = {
			.common = "a.example", .issuer = &world[ROOT], .serial = rows[i].serial
		};
		struct testca leaf;
		emsign_certificate *c;
		char *pem;

		testca_make(&form, &leaf);
		pem = testca_pem(&leaf);
		c = parse(pem);
		assert_string_equal(c->serial, rows[i].text);
		emsign_free(c);
		free(pem);
		testca_free(&leaf);
	}
}

static void dates_may_lie_far_away(void **state)
{
	const struct testca_form form = {
		.common = "a.example", .issuer = &world[ROOT],
		.from = 946684799, .till = 253402300799, /* 1999-12-31, 9999-12-31 */
	};
	struct testca leaf;
	emsign_certificate *c;
	char *pem;

	(void)state;
	testca_make(&form, &leaf);
	pem = testca_pem(&leaf);
	c = parse(pem);
	assert_int_equal(c->not_before, 946684799);
	assert_int_equal(c->not_after, 253402300799);
	emsign_free(c);
	free(pem);
	testca_free(&leaf);
}

/* --- text as it comes ----------------------------------------------------------------------- */

static void assert_is_leaf(const char *text)
{
	emsign_certificate *c = parse(text);

	assert_string_equal(c->pem, pems[LEAF]);
	emsign_free(c);
}

static void text_is_forgiven(void **state)
{
	char *bare = testca_bare(&world[LEAF]);
	struct ems_buf text = EMS_BUF(100000);

	(void)state;
	for (const char *at = pems[LEAF]; *at; at++) /* CRLF, none at the end */
		if (*at != '\n')
			ems_buf_char(&text, *at);
		else if (at[1])
			ems_buf_text(&text, "\r\n");
	assert_is_leaf(ems_buf_str(&text));

	ems_buf_clear(&text);
	for (const char *at = pems[LEAF]; *at; at++) /* one line */
		ems_buf_char(&text, *at == '\n' ? ' ' : *at);
	assert_is_leaf(ems_buf_str(&text));

	ems_buf_clear(&text);
	ems_buf_text(&text, "Bag Attributes\n  friendlyName: -----BEGIN nothing\n");
	ems_buf_text(&text, pems[LEAF]);
	ems_buf_text(&text, "that was it");
	assert_is_leaf(ems_buf_str(&text));

	assert_is_leaf(bare);
	ems_buf_clear(&text);
	for (size_t i = 0; bare[i]; i++) {
		ems_buf_char(&text, bare[i]);
		if (i % 76 == 75)
			ems_buf_text(&text, "\r\n");
	}
	ems_buf_text(&text, "\n\n");
	assert_is_leaf(ems_buf_str(&text));
	ems_buf_free(&text);
	free(bare);
}

/* Two of them on lines of their own, whatever their padding. */
static void bare_base64_may_hold_several(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 3; extra++) {
		const char *common = "aaa.example";
		struct testca leaf;
		struct ems_buf text = EMS_BUF(100000);
		emsign_certificate *c;
		char *a, *b, *pem;

		testca_leaf(NULL, common + extra, NULL, &world[INTERMEDIATE], &leaf);
		a = testca_bare(&leaf);
		b = testca_bare(&world[INTERMEDIATE]);
		pem = testca_pem(&leaf);
		ems_buf_print(&text, "%s\n%s", a, b);
		c = parse(ems_buf_str(&text));
		assert_string_equal(c->pem, pem);
		assert_string_equal(c->chain_pem, pems[INTERMEDIATE]);
		emsign_free(c);
		ems_buf_free(&text);
		free(a);
		free(b);
		free(pem);
		testca_free(&leaf);
	}
}

static void assert_invalid(const char *text, size_t len, const char *message)
{
	emsign_certificate *c = (emsign_certificate *)(uintptr_t)text;
	emsign_error err;

	assert_int_equal(emsign_certificate_parse(text, len, &c, &err), EMSIGN_E_INVALID);
	assert_null(c);
	if (!strstr(err.message, message))
		fail_msg("'%s' is not in '%s'", message, err.message);
	assert_int_equal(ERR_peek_error(), 0);
}

static void refuses_what_is_no_certificate(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{ "", "no certificate in the text" },
		{ " \r\n", "no certificate in the text" },
		{ "hello, world", "no certificate in the text" },
		{ "AAAA", "damaged or cut" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n", "has no end" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
		  "has no end" },
		{ "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "empty" },
		{ "-----BEGIN CERTIFICATE-----\nA?\n-----END CERTIFICATE-----\n", "not base64" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged" },
		{ "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n",
		  "no certificate in the text" },
	};

	(void)state;
	assert_invalid(NULL, 0, "no certificate");
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_invalid(rows[i].text, strlen(rows[i].text), rows[i].message);
}

/* Cut anywhere, as DER and as text: never more than a clear no. */
static void cut_ones_are_refused(void **state)
{
	unsigned char *der = NULL;
	int len = i2d_X509(world[LEAF].cert, &der);

	(void)state;
	for (int cut = 1; cut < len; cut++) {
		struct ems_buf text = EMS_BUF(100000);

		ems_digest_base64(&text, der, (size_t)cut);
		assert_invalid(ems_buf_str(&text), text.bytes.len, "damaged or cut");
		ems_buf_free(&text);
	}
	for (size_t cut = 0; cut + 2 < strlen(pems[LEAF]); cut++) {
		char *text = strndup(pems[LEAF], cut); /* so that reading beyond it is noticed */

		assert_invalid(text, cut, "");
		free(text);
	}
	OPENSSL_free(der);
}

static void damaged_ones_do_no_harm(void **state)
{
	unsigned char *der = NULL;
	int len = i2d_X509(world[LEAF].cert, &der);

	(void)state;
	for (int i = 0; i < len; i++) {
		struct ems_buf text = EMS_BUF(100000);
		emsign_certificate *c = NULL;
		emsign_rc rc;

		der[i] ^= 0xff;
		ems_digest_base64(&text, der, (size_t)len);
		der[i] ^= 0xff;
		rc = emsign_certificate_parse(ems_buf_str(&text), text.bytes.len, &c, NULL);
		assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_INVALID);
		emsign_free(c);
		ems_buf_free(&text);
	}
	OPENSSL_free(der);
}

static void floods_are_refused(void **state)
{
	struct ems_buf many = EMS_BUF(100000000);
	char *endless = calloc(3000000, 1);

	(void)state;
	for (size_t i = 0; i < 33; i++)
		ems_buf_text(&many, pems[LEAF]);
	assert_invalid(ems_buf_str(&many), many.bytes.len, "more than 32 certificates");
	memset(endless, 'A', 3000000);
	assert_invalid(endless, 3000000, "1048576 are possible");
	ems_buf_clear(&many);
	for (size_t i = 0; i < 30000; i++)
		ems_buf_text(&many, "-----BEGIN A-----\n");
	assert_invalid(ems_buf_str(&many), many.bytes.len, "has no end");
	ems_buf_free(&many);
	free(endless);
}

/* --- what belongs together ------------------------------------------------------------------ */

static void fits_only_its_key(void **state)
{
	const emsign_kv subject[] = { { "domain", "a.example" }, { NULL, NULL } };
	emsign_key *key = NULL;
	emsign_key *other = NULL;
	emsign_buf csr = { 0 };
	struct testca leaf;
	emsign_certificate *c;
	emsign_error err;
	char *pem;

	(void)state;
	assert_int_equal(emsign_key_make("EC:P-256", &key, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_make("EC:P-256", &other, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_csr(key, subject, &csr, NULL), EMSIGN_OK);
	testca_leaf((char *)csr.data, "a.example", "DNS:a.example", &world[INTERMEDIATE], &leaf);
	pem = testca_pem(&leaf);
	c = parse(pem);
	assert_int_equal(emsign_certificate_fits(c, key, &err), EMSIGN_OK);
	assert_int_equal(emsign_certificate_fits(c, other, &err), EMSIGN_E_MISMATCH);
	assert_non_null(strstr(err.message, "certificate 'a.example' belongs to key"));
	assert_int_equal(emsign_certificate_fits(c, NULL, &err), EMSIGN_E_INVALID);
	assert_int_equal(emsign_certificate_fits(NULL, key, &err), EMSIGN_E_INVALID);
	emsign_free(c);
	free(pem);
	testca_free(&leaf);
	emsign_buf_free(&csr);
	emsign_key_free(key);
	emsign_key_free(other);
}

static void covers_its_names(void **state)
{
	static const struct {
		const char *name;
		emsign_rc rc;
	} rows[] = {
		{ "shop.example", EMSIGN_OK },
		{ "SHOP.example.", EMSIGN_OK },
		{ "www.shop.example", EMSIGN_OK },
		{ "*.shop.example", EMSIGN_OK },
		{ "b\xc3\xbc" "cher.shop.example", EMSIGN_OK },
		{ "a.www.shop.example", EMSIGN_E_MISMATCH },
		{ "example", EMSIGN_E_MISMATCH },
		{ "workshop.example", EMSIGN_E_MISMATCH },
		{ "*.www.shop.example", EMSIGN_E_MISMATCH },
		{ "shop example", EMSIGN_E_INVALID },
	};
	const char *const several[] = { "www.shop.example", "a.example", "b.example", NULL };
	emsign_certificate *c = parse(pems[LEAF]);
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const names[] = { rows[i].name, NULL };

		if (emsign_certificate_covers(c, names, &err) != rows[i].rc)
			fail_msg("%s gave %d", rows[i].name, err.rc);
	}
	assert_int_equal(emsign_certificate_covers(c, several, &err), EMSIGN_E_MISMATCH);
	assert_string_equal(err.message, "certificate 'shop.example' does not cover 'a.example'");
	assert_int_equal(emsign_certificate_covers(NULL, several, &err), EMSIGN_E_INVALID);
	emsign_free(c);
}

static emsign_rc parse_all(void)
{
	struct ems_buf text = EMS_BUF(100000);
	emsign_certificate *c = NULL;
	emsign_rc rc;

	ems_buf_print(&text, "%s%s%s", pems[ROOT], pems[INTERMEDIATE], pems[LEAF]);
	rc = ems_buf_rc(&text, NULL);
	if (rc == EMSIGN_OK)
		rc = emsign_certificate_parse(ems_buf_str(&text), text.bytes.len, &c, NULL);
	ems_buf_free(&text);
	emsign_free(c);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	fail_each(parse_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(everything_is_read),
		FAIL_TEST(the_key_is_named_as_its_own),
		FAIL_TEST(odd_contents_are_kept_harmless),
		FAIL_TEST(serials_have_one_spelling),
		FAIL_TEST(dates_may_lie_far_away),
		FAIL_TEST(text_is_forgiven),
		FAIL_TEST(bare_base64_may_hold_several),
		FAIL_TEST(refuses_what_is_no_certificate),
		FAIL_TEST(cut_ones_are_refused),
		FAIL_TEST(damaged_ones_do_no_harm),
		FAIL_TEST(floods_are_refused),
		FAIL_TEST(fits_only_its_key),
		FAIL_TEST(covers_its_names),
		FAIL_TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
