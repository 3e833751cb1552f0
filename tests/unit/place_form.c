/* SPDX-License-Identifier: MIT */
/* The order form against the account, and CSRs against the form: before anything is sent. */
#include "../support/play.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

static struct play p;

#define BASE { "product", "842" }, { "domain", PLAY_NAME }

static emsign_rc place(const emsign_kv *form, emsign_order **out)
{
	return emsign_account_place(p.account, form, out, &p.err);
}

static void put(const char *kind, const char *id, const emsign_kv *row)
{
	PLAY_OK(&p, emsign_store_put(p.store, kind, id, row, &p.err));
}

/* What a synchronisation would have brought. */
static void plant_account(void)
{
	static const emsign_kv product[] = { { "credential", "lab" }, { "code", "842" },
					     { "name", "DV" },	      { "family", "ssl" },
					     { "level", "dv" },	      { NULL, NULL } };
	static const emsign_kv ov[] = { { "credential", "lab" }, { "code", "845" },
					{ "name", "OV" },	 { "family", "ssl" },
					{ "level", "ov" },	 { NULL, NULL } };
	static const emsign_kv gone[] = { { "credential", "lab" }, { "code", "850" },
					  { "gone_at", "1768400000" }, { NULL, NULL } };
	static const emsign_kv group[] = { { "credential", "lab" }, { "number", "11" },
					   { NULL, NULL } };
	static const emsign_kv organization[] = { { "credential", "lab" }, { "number", "7" },
						  { "status", "inactive" }, { NULL, NULL } };
	static const emsign_kv domain[] = { { "credential", "lab" }, { "name", "example.org" },
					    { "status", "inactive" }, { NULL, NULL } };

	put("product", "lab/842", product);
	put("product", "lab/845", ov);
	put("product", "lab/850", gone);
	put("group", "lab/11", group);
	put("organization", "lab/7", organization);
	put("domain", "lab/example.org", domain);
}

/* --- refused before anything is sent ------------------------------------------------------ */

static void test_p15_what_is_wrong_is_said_before_anything_is_sent(void **state)
{
	static const struct {
		emsign_kv form[8];
		const char *sentence;
	} rows[] = {
		{ { { "domain", PLAY_NAME } }, "product is missing" },
		{ { { "product", "842" } }, "domain is missing" },
		{ { BASE, { "prodcut", "1" } },
		  "unknown field 'prodcut' (did you mean 'product'?)" },
		{ { { "product", "999" }, { "domain", PLAY_NAME } },
		  "product '999' is not known for 'lab'; known: 842, 845; synchronise" },
		{ { { "product", "850" }, { "domain", PLAY_NAME } },
		  "product '850' is not listed by the CA since 2026-01-14" },
		{ { BASE, { "group", "99" } }, "group '99' is not known for 'lab'; known: 11" },
		{ { BASE, { "organization", "99" } }, "organization '99' is not known" },
		{ { BASE, { "organization", "7" } }, "organization '7' () is inactive at the CA" },
		{ { { "product", "845" }, { "domain", PLAY_NAME } },
		  "organization.name is missing" },
		{ { { "product", "842" }, { "domain", "a.example.org" } },
		  "domain 'example.org' is inactive at the CA" },
		{ { { "product", "842" }, { "domain", "https://www.example.com/" } },
		  "domain 'https://www.example.com/' is not a domain name: it is a URL" },
		{ { { "product", "842" }, { "domain", "localhost" } }, "it has a single label" },
		{ { { "product", "842" }, { "domain", "*.example.com" } },
		  "needs a wildcard product" },
		{ { BASE, { "san", "a.example.com" } }, "needs a multi-domain (UCC) product" },
		{ { BASE, { "key", "DSA:1024" } }, "key 'DSA:1024' has to be RSA:2048" },
		{ { BASE, { "key", "EC:P-256" }, { "csr", "x" } }, "give key or csr, not both" },
		{ { BASE, { "csr", "nonsense" } }, "" },
		{ { BASE, { "years", "4" } }, "years '4' has to be a number from 1 to 3" },
		{ { BASE, { "renew_days", "45" } }, "renew_days '45' is unknown; possible: 30|60" },
		{ { BASE, { "requester.email", "alex" } }, "requester.email 'alex'" },
		{ { BASE, { "signer.ip", "1.2.3" } }, "signer.ip '1.2.3'" },
		{ { BASE, { "keystore", "zip" } },
		  "keystore 'zip' is unknown; possible: pem|pkcs12|jks" },
		{ { BASE, { "tag", "xy" } }, "tag 'xy'" },
		{ { BASE, { "family", "private-pki" } }, "family 'private-pki' is wrong" },
	};

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	plant_account();
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_order *order = (emsign_order *)&p;

		if (place(rows[i].form, &order) != EMSIGN_E_INVALID)
			fail_msg("row %zu: %s", i, p.err.message);
		PLAY_FAILS(&p, place(rows[i].form, &order), EMSIGN_E_INVALID, rows[i].sentence);
		assert_null(order);
	}
	assert_int_equal(scripted_n(p.net), 0);
	assert_int_equal(play_rows(&p, "intent"), 0);
	assert_int_equal(play_rows(&p, "csr"), 0);
	play_close(&p);
}

static void test_what_cannot_be_checked_here_is_said(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_placed(&p, "1");
	PLAY_OK(&p, place(form, NULL));
	assert_non_null(strstr(p.log, "not checked here"));
	assert_non_null(strstr(p.log, "842"));
	play_close(&p);
}

static void test_an_unknown_csr_id(void **state)
{
	static const emsign_kv form[] = { BASE, { "csr_id", "lab/none" }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_NOTFOUND, "there is no csr 'lab/none'");
	play_close(&p);
}

/* --- CSRs of the caller ------------------------------------------------------------------- */

static char *own_csr(const char *spec, const char *domain, const char *san)
{
	const emsign_kv subject[] = { { "domain", domain }, { "san", san ? san : domain },
				      { NULL, NULL } };
	static char text[8192];
	emsign_key *key = NULL;
	emsign_buf pem = { 0 };

	PLAY_OK(&p, emsign_key_make(spec, &key, &p.err));
	PLAY_OK(&p, emsign_key_csr(key, subject, &pem, &p.err));
	assert_true(pem.len < sizeof(text));
	memcpy(text, pem.data, pem.len + 1);
	emsign_buf_free(&pem);
	emsign_key_free(key);
	return text;
}

/* RSA with 1024 bits, which no key of ours has. */
static char *weak_csr(void)
{
	static char text[4096];
	EVP_PKEY *key = EVP_RSA_gen(1024);
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	assert_non_null(key);
	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN",
						    MBSTRING_ASC, (const unsigned char *)PLAY_NAME,
						    -1, -1, 0),
			 1);
	assert_true(X509_REQ_sign(req, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	n = BIO_read(bio, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	BIO_free(bio);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
	return text;
}

static emsign_rc place_csr(const char *csr, const char *more, const char *value)
{
	const emsign_kv form[] = {
		BASE, { "csr", csr }, { more ? more : "years", value ? value : "1" }, { NULL, NULL }
	};

	return place(form, NULL);
}

static void test_csrs_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, place_csr(own_csr("EC:P-256", "a.example.com", NULL), NULL, NULL),
		   EMSIGN_E_INVALID,
		   "csr is for 'a.example.com', the order's domain is '" PLAY_NAME "'");
	PLAY_FAILS(&p, place_csr(own_csr("EC:P-256", PLAY_NAME, "b.example.com"), NULL, NULL),
		   EMSIGN_E_INVALID, "csr names 'b.example.com', the order does not: add san=");
	PLAY_FAILS(&p, place_csr(weak_csr(), NULL, NULL), EMSIGN_E_INVALID,
		   "does not take the kind of key");
	assert_int_equal(scripted_n(p.net), 0);
	play_placed(&p, "1");
	PLAY_OK(&p,
		place_csr(own_csr("EC:P-256", PLAY_NAME, "b.example.com"), "san", "B.example.com"));
	assert_true(play_asked(&p, 0, "\"additionalDomains\":[\"b.example.com\"]"));
	assert_int_equal(play_rows(&p, "sealed"),
			 2); /* seal check and access key: no key is here */
	play_close(&p);
}

/* The CA adds the www twin, so a CSR may name it. */
static void test_p20_a_csr_may_name_the_twin_that_the_ca_adds(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, place_csr(own_csr("EC:P-256", PLAY_NAME, "example.com"), NULL, NULL),
		   EMSIGN_E_INVALID, "csr names 'example.com'");
	play_placed(&p, "1");
	PLAY_OK(&p, place_csr(own_csr("EC:P-256", PLAY_NAME, "example.com"), "secure_www", "yes"));
	assert_true(play_asked(&p, 0, "\"autoSecureWWW\":\"1\""));
	assert_false(play_asked(&p, 0, "additionalDomains"));
	play_close(&p);
}

static void test_a_csr_that_is_kept_here(void **state)
{
	static const emsign_kv subject[] = { { "domain", PLAY_NAME }, { NULL, NULL } };
	emsign_csr *csr = NULL;
	emsign_order *order = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_client_csr_make(p.client, "lab", subject, &csr, &p.err));
	for (int i = 0; i < 2; i++) {
		const emsign_kv form[] = { BASE, { "csr_id", csr->id }, { NULL, NULL } };

		if (i == 0) { /* refused: a CSR that was not made for this order stays */
			play_no(&p, "EMS-1162", "Invalid Product");
			PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_REJECTED, "Invalid Product");
			assert_int_equal(play_rows(&p, "csr"), 1);
			continue;
		}
		play_placed(&p, "1");
		PLAY_OK(&p, place(form, &order));
		assert_string_equal(order->csr, csr->id);
		assert_string_equal(order->spki, csr->spki);
	}
	emsign_free(order);
	emsign_free(csr);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p15_what_is_wrong_is_said_before_anything_is_sent),
		FAIL_TEST(test_what_cannot_be_checked_here_is_said),
		FAIL_TEST(test_an_unknown_csr_id),
		FAIL_TEST(test_csrs_that_do_not_fit_are_refused),
		FAIL_TEST(test_p20_a_csr_may_name_the_twin_that_the_ca_adds),
		FAIL_TEST(test_a_csr_that_is_kept_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
