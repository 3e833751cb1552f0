/* SPDX-License-Identifier: MIT */
/* Keystores, opened by those who will open them: OpenSSL and Java. */
#include "../support/fail.h"
#include "../support/program.h"
#include "../support/testca.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/openssl.h"

#define PASSWORD "canary-4d-open-sesame"
#define WRONG "canary-4d-open-barley"

/* --- a certificate with its key ------------------------------------------------------------- */

static struct testca root, intermediate, leaf;
static emsign_key *key;
static emsign_certificate *certificate;
static emsign_secret *password;
static char folder[] = "/tmp/emsign-keystore-XXXXXX";

static int make_goods(void **state)
{
	const emsign_kv subject[] = { { "domain", "Shop.example" }, { NULL, NULL } };
	char *parts[3] = { NULL };
	emsign_buf csr = { 0 };
	char *pem;

	if (fail_setup(state))
		return -1;
	testca_ca("Test Root", NULL, &root);
	testca_ca("Test Intermediate", &root, &intermediate);
	assert_int_equal(emsign_key_make("RSA:2048", &key, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_csr(key, subject, &csr, NULL), EMSIGN_OK);
	testca_leaf((char *)csr.data, "Shop.example", "DNS:shop.example", &intermediate, &leaf);
	emsign_buf_free(&csr);
	pem = testca_pem(&leaf);
	parts[0] = testca_pem(&root);
	parts[1] = testca_pem(&intermediate);
	assert_int_equal(ems_certificate_build(pem, (const char *const *)parts, NULL, &certificate,
					       NULL),
			 EMSIGN_OK);
	free(pem);
	free(parts[0]);
	free(parts[1]);
	assert_int_equal(emsign_secret_new(PASSWORD, strlen(PASSWORD), &password, NULL), EMSIGN_OK);
	return mkdtemp(folder) ? 0 : -1;
}

static int free_goods(void **state)
{
	emsign_secret_free(password);
	emsign_free(certificate);
	emsign_key_free(key);
	testca_free(&leaf);
	testca_free(&intermediate);
	testca_free(&root);
	return rmdir(folder) ? -1 : fail_teardown(state);
}

static emsign_buf pack(const emsign_kv *options, emsign_secret *secret)
{
	emsign_buf out = { 0 };
	emsign_error err;

	if (emsign_keystore_pack(certificate, key, options, secret, &out, &err))
		fail_msg("%s", err.message);
	assert_int_equal(err.rc, 0);
	return out;
}

static const emsign_kv no_key[] = { { "part", "fullchain" }, { NULL, NULL } };
static const emsign_kv only_key[] = { { "part", "key" }, { NULL, NULL } };
static const emsign_kv modern[] = { { "type", "pkcs12" }, { NULL, NULL } };
static const emsign_kv compatible[] = {
	{ "type", "PFX" }, { "profile", "compatible" }, { "alias", "Shop 1" }, { NULL, NULL }
};
static const emsign_kv with_root[] = { { "type", "p12" }, { "root", "yes" }, { NULL, NULL } };
static const emsign_kv jks[] = { { "type", "jks" }, { "alias", "Shop 1" }, { NULL, NULL } };

/* --- PEM ------------------------------------------------------------------------------------ */

static void assert_holds_key(const char *pem, emsign_secret *secret)
{
	emsign_secret *text = NULL;
	emsign_key *back = NULL;

	assert_int_equal(emsign_secret_new(pem, strlen(pem), &text, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_parse(text, secret, &back, NULL), EMSIGN_OK);
	assert_string_equal(emsign_key_spki(back), emsign_key_spki(key));
	emsign_key_free(back);
	emsign_secret_free(text);
}

static void pem_has_parts(void **state)
{
	static const struct {
		const char *part;
		const char *root;
		bool key, certificate, chain;
	} rows[] = {
		{ "all", "no", true, true, true },
		{ "key", "no", true, false, false },
		{ "certificate", "no", false, true, false },
		{ "chain", "no", false, false, true },
		{ "fullchain", "no", false, true, true },
		{ "FullChain", "yes", false, true, true },
		{ "chain", "yes", false, false, true },
		{ "key", "yes", true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const emsign_kv options[] = {
			{ "part", rows[i].part }, { "root", rows[i].root }, { NULL, NULL }
		};
		emsign_buf out = pack(options, NULL);
		struct ems_buf expected = EMS_BUF(100000);
		const char *text = (char *)out.data;

		if (rows[i].key) {
			assert_true(ems_text_starts(text, "-----BEGIN PRIVATE KEY-----\n"));
			assert_holds_key(text, NULL);
			text = strstr(text, "-----END PRIVATE KEY-----\n") + 26;
		}
		if (rows[i].certificate)
			ems_buf_text(&expected, certificate->pem);
		if (rows[i].chain)
			ems_buf_text(&expected, certificate->chain_pem);
		if (rows[i].chain && strcmp(rows[i].root, "yes") == 0)
			ems_buf_text(&expected, certificate->root_pem);
		assert_string_equal(text, ems_buf_str(&expected));
		assert_int_equal(strlen((char *)out.data), out.len);
		ems_buf_free(&expected);
		emsign_buf_free(&out);
	}
}

static void pem_is_the_default(void **state)
{
	emsign_buf out = pack(NULL, NULL);
	emsign_certificate *back = NULL;

	(void)state;
	assert_holds_key((char *)out.data, NULL);
	assert_int_equal(emsign_certificate_parse((char *)out.data, out.len, &back, NULL),
			 EMSIGN_OK);
	assert_string_equal(back->pem, certificate->pem);
	assert_string_equal(back->chain_pem, certificate->chain_pem);
	emsign_free(back);
	emsign_buf_free(&out);
}

static bool holds_oid(const unsigned char *der, size_t len, int nid)
{
	const ASN1_OBJECT *oid = OBJ_nid2obj(nid);
	size_t n = OBJ_length(oid);

	for (size_t i = 0; i + n <= len; i++)
		if (memcmp(der + i, OBJ_get0_data(oid), n) == 0)
			return true;
	return false;
}

static void a_password_encrypts_the_pem_key(void **state)
{
	emsign_buf out = pack(only_key, password);
	emsign_secret *text = NULL;
	emsign_secret *wrong = NULL;
	emsign_key *back = NULL;
	unsigned char *der = NULL;
	BIO *bio = BIO_new_mem_buf(out.data, (int)out.len);
	long len = 0;

	(void)state;
	assert_true(ems_text_starts((char *)out.data, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
	assert_holds_key((char *)out.data, password);
	assert_int_equal(emsign_secret_new(out.data, out.len, &text, NULL), EMSIGN_OK);
	assert_int_equal(emsign_secret_new(WRONG, strlen(WRONG), &wrong, NULL), EMSIGN_OK);
	assert_int_equal(emsign_key_parse(text, wrong, &back, NULL), EMSIGN_E_CRYPTO);
	assert_int_equal(PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_PKCS8, bio, NULL, NULL),
			 1);
	assert_true(holds_oid(der, (size_t)len, NID_aes_256_cbc));
	assert_true(holds_oid(der, (size_t)len, NID_hmacWithSHA256));
	OPENSSL_free(der);
	BIO_free(bio);
	emsign_secret_free(text);
	emsign_secret_free(wrong);
	emsign_buf_free(&out);
}

/* --- PKCS#12 -------------------------------------------------------------------------------- */

/* Says what is in a PKCS#12: our key, and how many of our certificates, in order. */
static void assert_p12(const unsigned char *der, size_t len, const char *secret, int n_others)
{
	X509 *const expected[] = { intermediate.cert, root.cert };
	STACK_OF(X509) *others = NULL;
	EVP_PKEY *pkey = NULL;
	X509 *cert = NULL;
	PKCS12 *p12 = d2i_PKCS12(NULL, &der, (long)len);

	assert_non_null(p12);
	assert_int_equal(PKCS12_parse(p12, WRONG, &pkey, &cert, &others), 0);
	assert_int_equal(PKCS12_parse(p12, secret, &pkey, &cert, &others), 1);
	assert_int_equal(EVP_PKEY_eq(pkey, key->public_part), 1);
	assert_int_equal(X509_cmp(cert, leaf.cert), 0);
	assert_int_equal(sk_X509_num(others), n_others);
	for (int i = 0; i < n_others; i++)
		assert_int_equal(X509_cmp(sk_X509_value(others, i), expected[i]), 0);
	EVP_PKEY_free(pkey);
	X509_free(cert);
	sk_X509_pop_free(others, X509_free);
	PKCS12_free(p12);
	ERR_clear_error();
}

/* The bags of the certificates, the first of which must be the leaf with its name and key id. */
static void assert_first_bag(const unsigned char *der, size_t len, const char *alias)
{
	PKCS12 *p12 = d2i_PKCS12(NULL, &der, (long)len);
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	STACK_OF(PKCS12_SAFEBAG) *bags =
		PKCS12_unpack_p7encdata(sk_PKCS7_value(safes, 0), PASSWORD, -1);
	PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, 0);
	char *name = PKCS12_get_friendlyname(bag);
	X509 *cert = PKCS12_SAFEBAG_get1_cert(bag);

	assert_string_equal(name, alias);
	assert_int_equal(X509_cmp(cert, leaf.cert), 0);
	assert_non_null(PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID));
	OPENSSL_free(name);
	X509_free(cert);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	PKCS12_free(p12);
}

static void pkcs12_modern(void **state)
{
	emsign_buf out = pack(modern, password);

	(void)state;
	assert_p12(out.data, out.len, PASSWORD, 1);
	assert_first_bag(out.data, out.len, "shop.example");
	assert_true(holds_oid(out.data, out.len, NID_aes_256_cbc));
	assert_true(holds_oid(out.data, out.len, NID_hmacWithSHA256));
	assert_true(holds_oid(out.data, out.len, NID_sha256));
	assert_false(holds_oid(out.data, out.len, NID_sha1));
	emsign_buf_free(&out);
}

static void pkcs12_compatible(void **state)
{
	emsign_buf out = pack(compatible, password);

	(void)state;
	assert_p12(out.data, out.len, PASSWORD, 1);
	assert_first_bag(out.data, out.len, "Shop 1");
	assert_true(holds_oid(out.data, out.len, NID_pbe_WithSHA1And3_Key_TripleDES_CBC));
	assert_true(holds_oid(out.data, out.len, NID_sha1));
	assert_false(holds_oid(out.data, out.len, NID_pbe_WithSHA1And40BitRC2_CBC));
	assert_false(holds_oid(out.data, out.len, NID_pbes2));
	emsign_buf_free(&out);
}

static void pkcs12_with_the_root(void **state)
{
	emsign_buf out = pack(with_root, password);

	(void)state;
	assert_p12(out.data, out.len, PASSWORD, 2);
	emsign_buf_free(&out);
}

/* --- JKS ------------------------------------------------------------------------------------ */

/* U+00E4, U+20AC and U+1F511 in UTF-8, and the same in UTF-16 as Java hashes it. */
#define ODD_PASSWORD "p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x94\x91"
static const unsigned char odd_utf16[] = "\0p\0\xe4\0s\0s\x20\xac\xd8\x3d\xdd\x11";

static void jks_is_hashed_as_java_does(void **state)
{
	static const unsigned char head[] = {
		0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, /* one entry */
		0, 0, 0, 1, 0, 6, 's', 'h', 'o', 'p', ' ', '1', /* a private key */
	};
	emsign_secret *secret = NULL;
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	emsign_buf out;

	(void)state;
	assert_int_equal(emsign_secret_new(ODD_PASSWORD, strlen(ODD_PASSWORD), &secret, NULL),
			 EMSIGN_OK);
	out = pack(jks, secret);
	assert_true(out.len > 1000);
	assert_memory_equal(out.data, head, sizeof(head));
	EVP_DigestInit_ex(ctx, EVP_sha1(), NULL);
	EVP_DigestUpdate(ctx, odd_utf16, sizeof(odd_utf16) - 1);
	EVP_DigestUpdate(ctx, "Mighty Aphrodite", 16);
	EVP_DigestUpdate(ctx, out.data, out.len - 20);
	EVP_DigestFinal_ex(ctx, digest, NULL);
	assert_memory_equal(out.data + out.len - 20, digest, 20);
	EVP_MD_CTX_free(ctx);
	emsign_buf_free(&out);
	emsign_secret_free(secret);
}

/* --- other programs ------------------------------------------------------------------------- */

static char *path_of(const char *name, char out[100])
{
	snprintf(out, 100, "%s/%s", folder, name);
	return out;
}

static bool is_there(const char *program, const char *word)
{
	const char *const argv[] = { program, word, NULL };
	char output[100];
	int status = program_run(argv, path_of("there", output));

	unlink(output);
	if (status == PROGRAM_MISSING)
		print_message("there is no %s here: not tested with it\n", program);
	return status != PROGRAM_MISSING;
}

/* A Java that starts fast. */
#define KEYTOOL "keytool", "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"

struct java_row {
	const char *type;
	const emsign_kv *options;
	const char *alias;
};

static void assert_listed(const struct java_row *row, const char *store)
{
	char output[100], entry[100];
	const char *const right[] = {
		KEYTOOL, "-list", "-v", "-keystore", store, "-storetype", row->type,
		"-storepass", PASSWORD, NULL
	};
	const char *const wrong[] = {
		KEYTOOL, "-list", "-keystore", store, "-storetype", row->type,
		"-storepass", WRONG, NULL
	};
	emsign_buf text;
	int status = program_run(right, path_of("output", output));

	text = program_read(output);
	if (status)
		fail_msg("keytool cannot list a %s: %s", row->type, (char *)text.data);
	snprintf(entry, sizeof(entry), "Alias name: %s\n", row->alias);
	assert_non_null(strstr((char *)text.data, "Your keystore contains 1 entry"));
	assert_non_null(strstr((char *)text.data, entry));
	assert_non_null(strstr((char *)text.data, "Entry type: PrivateKeyEntry"));
	assert_non_null(strstr((char *)text.data, "Certificate chain length: 2\n"));
	emsign_buf_free(&text);
	assert_int_not_equal(program_run(wrong, output), 0);
	unlink(output);
}

/* Java reads the key as well, and writes it into a store of its own. */
static void assert_imported(const struct java_row *row, const char *store)
{
	char output[100], copy[100];
	const char *const argv[] = {
		KEYTOOL, "-importkeystore", "-noprompt",
		"-srckeystore", store, "-srcstoretype", row->type, "-srcstorepass", PASSWORD,
		"-destkeystore", path_of("copy.p12", copy), "-deststoretype", "PKCS12",
		"-deststorepass", "another-password", NULL
	};
	emsign_buf bytes;
	int status = program_run(argv, path_of("output", output));

	bytes = program_read(output);
	if (status)
		fail_msg("keytool cannot import a %s: %s", row->type, (char *)bytes.data);
	emsign_buf_free(&bytes);
	bytes = program_read(copy);
	assert_p12(bytes.data, bytes.len, "another-password", 1);
	emsign_buf_free(&bytes);
	unlink(copy);
	unlink(output);
}

static void java_opens_them(void **state)
{
	static const struct java_row rows[] = {
		{ "JKS", jks, "shop 1" },
		{ "PKCS12", modern, "shop.example" },
		{ "PKCS12", compatible, "shop 1" },
	};
	char store[100];

	(void)state;
	if (!is_there("keytool", "-help"))
		skip();
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_buf out = pack(rows[i].options, password);

		program_write(path_of("store", store), &out);
		assert_listed(&rows[i], store);
		assert_imported(&rows[i], store);
		unlink(store);
		emsign_buf_free(&out);
	}
}

static void assert_same_key_and_chain(const char *output)
{
	emsign_buf text = program_read(output);
	emsign_certificate *back = NULL;

	assert_holds_key((char *)text.data, NULL);
	assert_int_equal(emsign_certificate_parse((char *)text.data, text.len, &back, NULL),
			 EMSIGN_OK);
	assert_string_equal(back->pem, certificate->pem);
	assert_string_equal(back->chain_pem, certificate->chain_pem);
	emsign_free(back);
	emsign_buf_free(&text);
}

static void the_openssl_command_opens_pkcs12(void **state)
{
	const emsign_kv *const profiles[] = { modern, compatible };
	char store[100], output[100];

	(void)state;
	if (!is_there("openssl", "version"))
		skip();
	path_of("output", output);
	for (size_t i = 0; i < COUNT(profiles); i++) {
		const char *const right[] = {
			"openssl", "pkcs12", "-in", path_of("store", store), "-passin",
			"pass:" PASSWORD, "-nodes", NULL
		};
		const char *const wrong[] = {
			"openssl", "pkcs12", "-in", store, "-passin", "pass:" WRONG, "-nodes", NULL
		};
		emsign_buf out = pack(profiles[i], password);

		program_write(store, &out);
		assert_int_equal(program_run(right, output), 0);
		assert_same_key_and_chain(output);
		assert_int_not_equal(program_run(wrong, output), 0);
		unlink(store);
		emsign_buf_free(&out);
	}
	unlink(output);
}

static void the_openssl_command_opens_pem(void **state)
{
	char store[100], output[100];
	const char *const right[] = {
		"openssl", "pkey", "-in", path_of("store", store), "-passin", "pass:" PASSWORD, NULL
	};
	const char *const wrong[] = {
		"openssl", "pkey", "-in", store, "-passin", "pass:" WRONG, NULL
	};
	emsign_buf out = pack(NULL, password);
	emsign_buf text;

	(void)state;
	if (!is_there("openssl", "version")) {
		emsign_buf_free(&out);
		skip();
	}
	path_of("output", output);
	program_write(store, &out);
	assert_int_equal(program_run(right, output), 0);
	text = program_read(output);
	assert_holds_key((char *)text.data, NULL);
	assert_int_not_equal(program_run(wrong, output), 0);
	emsign_buf_free(&text);
	emsign_buf_free(&out);
	unlink(store);
	unlink(output);
}

/* --- what is refused ------------------------------------------------------------------------ */

static void assert_refused(const emsign_certificate *c, emsign_key *k, const emsign_kv *options,
			   emsign_secret *secret, emsign_rc expected, const char *message)
{
	emsign_buf out = { 0 };
	emsign_error err;

	assert_int_equal(emsign_keystore_pack(c, k, options, secret, &out, &err), expected);
	assert_null(out.data);
	if (!strstr(err.message, message))
		fail_msg("'%s' is not in '%s'", message, err.message);
	assert_null(strstr(err.message, "canary"));
	assert_int_equal(ERR_peek_error(), 0);
}

static void wrong_options_are_named(void **state)
{
	static char long_alias[257];
	const struct {
		emsign_kv said[3];
		const char *message;
	} rows[] = {
		{ { { "tipe", "pem" } },
		  "unknown option 'tipe' of a keystore (did you mean 'type'?)" },
		{ { { "cipher-suite", "x" } }, "unknown option 'cipher-suite'" },
		{ { { "type", "der" } },
		  "option 'type' cannot be 'der'; possible are pem pkcs12 pfx p12 jks" },
		{ { { "type", "" } }, "option 'type' cannot be ''" },
		{ { { "type", "pkcs12" }, { "profile", "legacy" } },
		  "possible are modern compatible" },
		{ { { "root", "maybe" } }, "possible are no yes" },
		{ { { "part", "cert" } }, "possible are all key certificate chain fullchain" },
		{ { { "type", "jks" }, { "part", "key" } }, "option 'part' is for PEM" },
		{ { { "type", "pem" }, { "type", "jks" } },
		  "option 'type' is given more than once" },
		{ { { "type", "jks" }, { "alias", "" } }, "alias ''" },
		{ { { "type", "jks" }, { "alias", "a\nb" } }, "is not a text" },
		{ { { "type", "jks" }, { "alias", "\xc3\x84" } }, "beyond ASCII" },
		{ { { "type", "pkcs12" }, { "alias", long_alias } }, "is not a text of 1 to 255" },
	};

	(void)state;
	memset(long_alias, 'a', sizeof(long_alias) - 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_refused(certificate, key, rows[i].said, password, EMSIGN_E_INVALID,
			       rows[i].message);
}

static void passwords_are_checked(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *message;
	} rows[] = {
		{ "12345", 5, "password has 5 bytes, this type of keystore needs 6 or more" },
		{ "canary\0x", 8, "password is not UTF-8 text" },
		{ "canary\xff", 7, "password is not UTF-8 text" },
	};
	const emsign_kv *const types[] = { modern, compatible, jks };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		assert_refused(certificate, key, types[i], NULL, EMSIGN_E_INVALID,
			       "needs a password");
		for (size_t k = 0; k < COUNT(rows); k++) {
			emsign_secret *secret = NULL;

			assert_int_equal(
				emsign_secret_new(rows[k].bytes, rows[k].len, &secret, NULL),
				EMSIGN_OK);
			assert_refused(certificate, key, types[i], secret, EMSIGN_E_INVALID,
				       rows[k].message);
			emsign_secret_free(secret);
		}
	}
}

static void the_key_must_be_there_and_fit(void **state)
{
	emsign_key *other = NULL;
	emsign_buf out = { 0 };

	(void)state;
	assert_int_equal(emsign_key_make("EC:P-256", &other, NULL), EMSIGN_OK);
	assert_refused(certificate, other, NULL, NULL, EMSIGN_E_MISMATCH, "belongs to key");
	assert_refused(certificate, other, modern, password, EMSIGN_E_MISMATCH, "belongs to key");
	assert_refused(certificate, other, no_key, NULL, EMSIGN_E_MISMATCH, "belongs to key");
	assert_refused(certificate, NULL, NULL, NULL, EMSIGN_E_INVALID, "no private key given");
	assert_refused(certificate, NULL, jks, password, EMSIGN_E_INVALID, "no private key given");
	assert_refused(NULL, key, NULL, NULL, EMSIGN_E_INVALID, "no certificate given");
	assert_int_equal(emsign_keystore_pack(certificate, NULL, no_key, NULL, &out, NULL),
			 EMSIGN_OK);
	emsign_buf_free(&out);
	emsign_key_free(other);
}

static void a_root_that_did_not_come_is_missed(void **state)
{
	const emsign_kv leaf_only[] = {
		{ "root", "yes" }, { "part", "certificate" }, { NULL, NULL }
	};
	emsign_certificate *bare = NULL;
	emsign_buf out = { 0 };

	(void)state;
	assert_int_equal(ems_certificate_build(certificate->pem, NULL, NULL, &bare, NULL),
			 EMSIGN_OK);
	assert_refused(bare, key, with_root, password, EMSIGN_E_INVALID, "root did not come");
	assert_int_equal(emsign_keystore_pack(bare, key, leaf_only, NULL, &out, NULL), EMSIGN_OK);
	emsign_buf_free(&out);
	emsign_free(bare);
}

/* --- memory --------------------------------------------------------------------------------- */

static const emsign_kv *const kinds[] = { no_key, compatible, jks };
static const emsign_kv *packed; /* by the work below, which takes no argument */

static emsign_rc pack_one(void)
{
	emsign_buf out = { 0 };
	emsign_rc rc = emsign_keystore_pack(certificate, key, packed, password, &out, NULL);

	emsign_buf_free(&out);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		packed = kinds[i];
		fail_each(pack_one);
	}
}

static void memory_keeps_no_secret(void **state)
{
	emsign_buf out;

	(void)state;
	fail_watch(PASSWORD);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		packed = kinds[i];
		assert_int_equal(pack_one(), EMSIGN_OK);
	}
	packed = only_key;
	assert_int_equal(pack_one(), EMSIGN_OK);
	assert_int_equal(fail_spilled(), 0);
	fail_watch("-----BEGIN PRIVATE KEY-----");
	out = pack(NULL, NULL);
	emsign_buf_free(&out);
	assert_int_equal(fail_spilled(), 0);
	fail_watch(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pem_has_parts),
		cmocka_unit_test(pem_is_the_default),
		cmocka_unit_test(a_password_encrypts_the_pem_key),
		cmocka_unit_test(pkcs12_modern),
		cmocka_unit_test(pkcs12_compatible),
		cmocka_unit_test(pkcs12_with_the_root),
		cmocka_unit_test(jks_is_hashed_as_java_does),
		cmocka_unit_test(java_opens_them),
		cmocka_unit_test(the_openssl_command_opens_pkcs12),
		cmocka_unit_test(the_openssl_command_opens_pem),
		cmocka_unit_test(wrong_options_are_named),
		cmocka_unit_test(passwords_are_checked),
		cmocka_unit_test(the_key_must_be_there_and_fit),
		cmocka_unit_test(a_root_that_did_not_come_is_missed),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(memory_keeps_no_secret),
	};

	return cmocka_run_group_tests(tests, make_goods, free_goods);
}
