/* SPDX-License-Identifier: MIT */
/* CSRs: what is put in, and what pasted ones are taken for. */
#include "../support/fail.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "crypto/crypto.h"

#define LABEL63 "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-abc"

static char *make(const char *spec, const emsign_kv *subject, char spki[EMS_SHA256_HEX])
{
	emsign_key *key = NULL;
	emsign_buf pem = { 0 };
	emsign_error err;

	assert_int_equal(emsign_key_make(spec, &key, &err), EMSIGN_OK);
	if (emsign_key_csr(key, subject, &pem, &err))
		fail_msg("%s", err.message);
	assert_int_equal(strlen((char *)pem.data), pem.len);
	if (spki)
		memcpy(spki, emsign_key_spki(key), EMS_SHA256_HEX);
	emsign_key_free(key);
	return (char *)pem.data;
}

static char *make_plain(void)
{
	const emsign_kv subject[] = { { "domain", "shop.example" }, { 0 } };

	return make("EC:P-256", subject, NULL);
}

static X509_REQ *open_csr(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

	assert_non_null(req);
	assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
	BIO_free(bio);
	return req;
}

static void assert_subject(X509_REQ *req, const char *expected)
{
	char *text = NULL;
	BIO *bio = BIO_new(BIO_s_mem());

	X509_NAME_print_ex(bio, X509_REQ_get_subject_name(req), 0,
			   ASN1_STRFLGS_UTF8_CONVERT | XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN);
	BIO_write(bio, "", 1);
	BIO_get_mem_data(bio, &text);
	assert_string_equal(text, expected);
	BIO_free(bio);
}

static void assert_sans(X509_REQ *req, const char *const *expected)
{
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(req);
	GENERAL_NAMES *sans = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
	int n = 0;

	for (; expected[n]; n++) {
		const GENERAL_NAME *san = sk_GENERAL_NAME_value(sans, n);

		assert_non_null(san);
		assert_int_equal(san->type, GEN_DNS);
		assert_int_equal(ASN1_STRING_length(san->d.dNSName), strlen(expected[n]));
		assert_memory_equal(ASN1_STRING_get0_data(san->d.dNSName), expected[n],
				    strlen(expected[n]));
	}
	assert_int_equal(sk_GENERAL_NAME_num(sans), n);
	GENERAL_NAMES_free(sans);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

/* --- making --------------------------------------------------------------------------------- */

static void everything_finds_its_place(void **state)
{
	const emsign_kv subject[] = {
		{ "unit", "Web" },
		{ "organization", "B\xc3\xa4" "cker & S\xc3\xb6hne" },
		{ "domain", "Shop.Example." },
		{ "unit", "Ops" },
		{ "san", "www.shop.example" },
		{ "san", "SHOP.example" },
		{ "san", "*.shop.example" },
		{ "san", "b\xc3\xbc" "cher.example" },
		{ "san", "www.shop.example" },
		{ "locality", "Chennai" },
		{ "state", "Tamil Nadu" },
		{ "country", "in" },
		{ "email", "alex@shop.example" },
		{ 0 },
	};
	static const char *const sans[] = { "shop.example", "www.shop.example", "*.shop.example",
					    "xn--bcher-kva.example", NULL };
	char *pem = make("RSA:2048", subject, NULL);
	X509_REQ *req = open_csr(pem);

	(void)state;
	assert_subject(req, "C=IN,ST=Tamil Nadu,L=Chennai,O=B\xc3\xa4"
			    "cker & S\xc3\xb6hne,OU=Web,OU=Ops,"
			    "CN=shop.example,emailAddress=alex@shop.example");
	assert_sans(req, sans);
	assert_int_equal(X509_REQ_get_signature_nid(req), NID_sha256WithRSAEncryption);
	assert_int_equal(X509_REQ_get_version(req), X509_REQ_VERSION_1);
	X509_REQ_free(req);
	emsign_free(pem);
}

static void the_digest_follows_the_curve(void **state)
{
	static const struct {
		const char *spec;
		int nid;
	} rows[] = {
		{ "EC:P-256", NID_ecdsa_with_SHA256 },
		{ "EC:P-384", NID_ecdsa_with_SHA384 },
	};
	const emsign_kv subject[] = { { "domain", "shop.example" }, { 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *pem = make(rows[i].spec, subject, NULL);
		X509_REQ *req = open_csr(pem);

		assert_int_equal(X509_REQ_get_signature_nid(req), rows[i].nid);
		X509_REQ_free(req);
		emsign_free(pem);
	}
}

static void a_long_name_is_left_to_the_sans(void **state)
{
	static const struct {
		const char *domain;
		const char *subject;
	} rows[] = { /* 64 and 65 bytes */
		{ "a-23456789-123456789-123456789-123456789-123456789-12345.example",
		  "CN=a-23456789-123456789-123456789-123456789-123456789-12345.example" },
		{ "b-23456789-123456789-123456789-123456789-123456789-123456.example", "" },
		{ LABEL63 "." LABEL63 "." LABEL63 ".example", "" },
	};

	(void)state;
	assert_int_equal(strlen(rows[0].domain), 64);
	assert_int_equal(strlen(rows[1].domain), 65);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const emsign_kv subject[] = { { "domain", rows[i].domain }, { 0 } };
		const char *const sans[] = { rows[i].domain, NULL };
		char *pem = make("EC:P-256", subject, NULL);
		X509_REQ *req = open_csr(pem);

		assert_subject(req, rows[i].subject);
		assert_sans(req, sans);
		X509_REQ_free(req);
		emsign_free(pem);
	}
}

static void wrong_subjects_are_named(void **state)
{
	static const struct {
		emsign_kv said[3];
		const char *message;
	} rows[] = {
		{ { { 0 } }, "domain is missing" },
		{ { { "san", "shop.example" } }, "domain is missing" },
		{ { { "domain", "" } }, "domain is empty" },
		{ { { "domain", "shop example" } }, "domain 'shop example'" },
		{ { { "domain", "a.example" }, { "domain", "b.example" } }, "more than once" },
		{ { { "domain", "a.example" }, { "san", "192.0.2.1" } }, "san '192.0.2.1'" },
		{ { { "domain", "a.example" }, { "organisation", "A" } },
		  "unknown field 'organisation' in the subject (did you mean 'organization'?)" },
		{ { { "domain", "a.example" }, { "country", "IND" } }, "country 'IND'" },
		{ { { "domain", "a.example" }, { "country", "1N" } }, "country '1N'" },
		{ { { "domain", "a.example" }, { "email", "alex" } }, "email 'alex'" },
		{ { { "domain", "a.example" }, { "unit", "a\nb" } }, "unit is not UTF-8" },
		{ { { "domain", "a.example" }, { "unit", "\xff" } }, "unit is not UTF-8" },
		{ { { "domain", "a.example" }, { "organization", LABEL63 "xx" } },
		  "organization has 65 characters, 64 are possible" },
	};
	emsign_key *key = NULL;

	(void)state;
	assert_int_equal(emsign_key_make("EC:P-256", &key, NULL), EMSIGN_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_buf pem = { 0 };
		emsign_error err;

		assert_int_equal(emsign_key_csr(key, rows[i].said, &pem, &err), EMSIGN_E_INVALID);
		assert_null(pem.data);
		if (!strstr(err.message, rows[i].message))
			fail_msg("'%s' is not in '%s'", rows[i].message, err.message);
	}
	emsign_key_free(key);
}

static void lengths_count_characters(void **state)
{
	char organization[64 * 3 + 1] = "";
	const emsign_kv subject[] = {
		{ "domain", "a.example" }, { "organization", organization }, { 0 }
	};
	char *pem;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		memcpy(organization + 3 * i, "\xe0\xae\x85", 4); /* a Tamil letter */
	pem = make("EC:P-256", subject, NULL);
	emsign_free(pem);
}

/* --- reading -------------------------------------------------------------------------------- */

static void assert_same(const char *text, const char *spki)
{
	emsign_csr *csr = NULL;
	emsign_error err;

	if (ems_csr_parse(text, &csr, &err))
		fail_msg("%s: in\n%s", err.message, text);
	assert_string_equal(csr->spki, spki);
	emsign_free(csr);
}

static void reads_what_it_made(void **state)
{
	const emsign_kv subject[] = {
		{ "domain", "shop.example" }, { "san", "www.shop.example" },
		{ "san", "b\xc3\xbc" "cher.example" }, { 0 }
	};
	char spki[EMS_SHA256_HEX];
	char *pem = make("EC:P-384", subject, spki);
	emsign_csr *csr = NULL;
	emsign_error err;

	(void)state;
	assert_int_equal(ems_csr_parse(pem, &csr, &err), EMSIGN_OK);
	assert_int_equal(err.rc, 0);
	assert_string_equal(csr->key, "EC:P-384");
	assert_string_equal(csr->domain, "shop.example");
	assert_string_equal(csr->sans[0], "www.shop.example");
	assert_string_equal(csr->sans[1], "xn--bcher-kva.example");
	assert_null(csr->sans[2]);
	assert_string_equal(csr->spki, spki);
	assert_string_equal(csr->pem, pem);
	assert_null(csr->id);
	emsign_free(csr);
	emsign_free(pem);
}

static void one_name_is_enough(void **state)
{
	static const char *const domains[] = {
		"shop.example",
		"b-23456789-123456789-123456789-123456789-123456789-123456.example",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(domains); i++) {
		const emsign_kv subject[] = { { "domain", domains[i] }, { 0 } };
		char *pem = make("EC:P-256", subject, NULL);
		emsign_csr *csr = NULL;

		assert_int_equal(ems_csr_parse(pem, &csr, NULL), EMSIGN_OK);
		assert_string_equal(csr->domain, domains[i]);
		assert_null(csr->sans);
		emsign_free(csr);
		emsign_free(pem);
	}
}

/* Copies a text with one character replaced by a word, maybe none. */
static char *respell(const char *text, char from, const char *to)
{
	char *out = calloc(strlen(text) * 2 + 100, 1);
	size_t n = 0;

	for (; *text; text++) {
		if (*text != from) {
			out[n++] = *text;
			continue;
		}
		memcpy(out + n, to, strlen(to));
		n += strlen(to);
	}
	return out;
}

static char *between(const char *before, const char *text, size_t len, const char *after)
{
	char *out = calloc(strlen(before) + len + strlen(after) + 1, 1);

	memcpy(out, before, strlen(before));
	memcpy(out + strlen(before), text, len);
	memcpy(out + strlen(before) + len, after, strlen(after));
	return out;
}

static void pasted_text_is_forgiven(void **state)
{
	const emsign_kv subject[] = { { "domain", "shop.example" }, { 0 } };
	char spki[EMS_SHA256_HEX];
	char *pem = make("EC:P-256", subject, spki);
	char *body = strchr(pem, '\n') + 1;
	size_t len = (size_t)(strstr(body, "-----END") - body);
	char *texts[] = {
		respell(pem, '\n', "\r\n"),
		respell(pem, '\n', " "),
		respell(pem, '\n', "\n\t"),
		between("Here it is:\n\n", pem, strlen(pem) - 1, ""),
		between("", body, len, ""),
		between("  ", body, len - 1, "\r\n"),
		between("-----BEGIN NEW CERTIFICATE REQUEST-----\n", body, len,
			"-----END NEW CERTIFICATE REQUEST-----\n"),
		between("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
			"-----END EC PARAMETERS-----\n", pem, strlen(pem), "bye"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_same(texts[i], spki);
		free(texts[i]);
	}
	emsign_free(pem);
}

static void assert_refused(const char *text, const char *message)
{
	emsign_csr *csr = (emsign_csr *)(uintptr_t)text;
	emsign_error err;

	assert_int_equal(ems_csr_parse(text, &csr, &err), EMSIGN_E_INVALID);
	assert_null(csr);
	if (!strstr(err.message, message))
		fail_msg("'%s' is not in '%s'", message, err.message);
	assert_int_equal(ERR_peek_error(), 0);
}

static void refuses_what_is_no_csr(void **state)
{
	static const char armour[] = "-----BEGIN CERTIFICATE REQUEST-----\n";
	char *pem = make_plain();
	char *cut = between("", pem, strlen(pem) / 2, "");
	char *other = between("-----BEGIN PRIVATE KEY-----\n", "AAAA", 4,
			      "\n-----END PRIVATE KEY-----\n");
	char *less = between(armour, pem + sizeof(armour) - 1, 64,
			     "\n-----END CERTIFICATE REQUEST-----\n");
	char *endless = calloc(600000, 1);

	(void)state;
	memset(endless, 'A', 599999);
	assert_refused(NULL, "no CSR");
	assert_refused("", "no CSR in the text");
	assert_refused("hello", "no CSR in the text");
	assert_refused("AAAA", "no CSR in the text");
	assert_refused(cut, "has no end");
	assert_refused(other, "no CSR in the text");
	assert_refused(less, "no CSR in the text");
	assert_refused(endless, "more than");
	free(cut);
	free(other);
	free(less);
	free(endless);
	emsign_free(pem);
}

/* Writes a CSR that the library would not make. */
static char *foreign(EVP_PKEY *pkey, const EVP_MD *md, const char *common, const char *sans,
		     int pss)
{
	X509_REQ *req = X509_REQ_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *signer = NULL;
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *san =
		sans ? X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, sans) : NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	char *out;

	if (common)
		X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(req), NID_commonName,
					   MBSTRING_UTF8, (const unsigned char *)common, -1, -1, 0);
	if (san) {
		sk_X509_EXTENSION_push(extensions, san);
		X509_REQ_add_extensions(req, extensions);
	}
	X509_REQ_set_pubkey(req, pkey);
	assert_int_equal(EVP_DigestSignInit(ctx, &signer, md, NULL, pkey), 1);
	if (pss)
		EVP_PKEY_CTX_set_rsa_padding(signer, RSA_PKCS1_PSS_PADDING);
	assert_true(X509_REQ_sign_ctx(req, ctx) > 0);
	PEM_write_bio_X509_REQ(bio, req);
	BIO_write(bio, "", 1);
	BIO_get_mem_data(bio, &text);
	out = strdup(text);
	BIO_free(bio);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	EVP_MD_CTX_free(ctx);
	X509_REQ_free(req);
	EVP_PKEY_free(pkey);
	return out;
}

static void refuses_weak_and_odd_ones(void **state)
{
	const struct {
		char *pem;
		const char *message;
	} rows[] = {
		{ foreign(EVP_RSA_gen(1024), EVP_sha256(), "a.example", NULL, 0),
		  "possible are RSA:2048" },
		{ foreign(EVP_EC_gen("P-521"), EVP_sha256(), "a.example", NULL, 0),
		  "possible are RSA:2048" },
		{ foreign(EVP_RSA_gen(2048), EVP_md5(), "a.example", NULL, 0), "signed with MD5" },
		{ foreign(EVP_RSA_gen(2048), EVP_sha1(), "a.example", NULL, 0),
		  "signed with SHA1" },
		{ foreign(EVP_EC_gen("P-256"), EVP_sha1(), "a.example", NULL, 0),
		  "signed with SHA1" },
		{ foreign(EVP_RSA_gen(2048), EVP_sha256(), "a.example", NULL, 1),
		  "SHA-256, SHA-384 or SHA-512 would be right" },
		{ foreign(EVP_EC_gen("P-256"), EVP_sha256(), "a.example", "DNS:a b.example", 0),
		  "not made of letters" },
		{ foreign(EVP_EC_gen("P-256"), EVP_sha256(), "a.example", "DNS:-a.example", 0),
		  "name in the CSR '-a.example'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_refused(rows[i].pem, rows[i].message);
		free(rows[i].pem);
	}
}

static void finds_the_domain(void **state)
{
	const struct {
		const char *common;
		const char *sans;
		const char *domain;
		const char *first;
	} rows[] = {
		{ "B.Example", "DNS:a.example,DNS:B.example", "b.example", "a.example" },
		{ "b.example", "DNS:A.example", "b.example", "a.example" },
		{ NULL, "DNS:a.example,DNS:c.example", "a.example", "c.example" },
		{ "Alex Example", "DNS:a.example", "a.example", NULL },
		{ "Alex Example", "email:alex@a.example", "Alex Example", NULL },
		{ "intranet", NULL, "intranet", NULL },
		{ NULL, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *pem =
			foreign(EVP_EC_gen("P-256"), EVP_sha256(), rows[i].common, rows[i].sans, 0);
		emsign_csr *csr = NULL;
		emsign_error err;

		if (ems_csr_parse(pem, &csr, &err))
			fail_msg("%s", err.message);
		assert_true(ems_text_equal(csr->domain, rows[i].domain));
		assert_true(ems_text_equal(csr->sans ? csr->sans[0] : NULL, rows[i].first));
		emsign_free(csr);
		free(pem);
	}
}

static void the_signature_is_checked(void **state)
{
	char *pem = make_plain();
	char *at = strstr(pem, "-----END") - 12; /* inside the signature */

	(void)state;
	*at = *at == 'A' ? 'B' : 'A';
	assert_refused(pem, "signature of the CSR is wrong");
	emsign_free(pem);
}

static void nothing_may_follow(void **state)
{
	char *pem = make_plain();
	X509_REQ *req = open_csr(pem);
	unsigned char *der = NULL;
	int len = i2d_X509_REQ(req, &der);
	unsigned char *more = calloc((size_t)len + 3, 1);
	struct ems_buf text = EMS_BUF(10000);

	(void)state;
	memcpy(more, der, (size_t)len);
	ems_digest_base64(&text, more, (size_t)len + 3);
	assert_refused(ems_buf_str(&text), "followed by 3 bytes");
	ems_buf_free(&text);
	free(more);
	OPENSSL_free(der);
	X509_REQ_free(req);
	emsign_free(pem);
}

/* --- memory --------------------------------------------------------------------------------- */

static emsign_rc make_and_read(void)
{
	const emsign_kv subject[] = {
		{ "domain", "shop.example" }, { "san", "www.shop.example" }, { 0 }
	};
	emsign_key *key = NULL;
	emsign_buf pem = { 0 };
	emsign_csr *csr = NULL;
	emsign_rc rc = emsign_key_make("EC:P-256", &key, NULL);

	if (rc == EMSIGN_OK)
		rc = emsign_key_csr(key, subject, &pem, NULL);
	if (rc == EMSIGN_OK)
		rc = ems_csr_parse((char *)pem.data, &csr, NULL);
	emsign_free(csr);
	emsign_buf_free(&pem);
	emsign_key_free(key);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	fail_each(make_and_read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(everything_finds_its_place),
		FAIL_TEST(the_digest_follows_the_curve),
		FAIL_TEST(a_long_name_is_left_to_the_sans),
		FAIL_TEST(wrong_subjects_are_named),
		FAIL_TEST(lengths_count_characters),
		FAIL_TEST(reads_what_it_made),
		FAIL_TEST(one_name_is_enough),
		FAIL_TEST(pasted_text_is_forgiven),
		FAIL_TEST(refuses_what_is_no_csr),
		FAIL_TEST(refuses_weak_and_odd_ones),
		FAIL_TEST(finds_the_domain),
		FAIL_TEST(the_signature_is_checked),
		FAIL_TEST(nothing_may_follow),
		FAIL_TEST(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
