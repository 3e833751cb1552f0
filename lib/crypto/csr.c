/* SPDX-License-Identifier: MIT */
/* Making CSRs; reading them is csr_parse.c. */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/kv.h"
#include "base/text.h"
#include "crypto/names.h"
#include "crypto/pem.h"

#define PEM_MAX (256 * 1024) /* the longest list of names fits in */
#define COMMON_MAX 64 /* X.520: characters of a common name */

/* --- what may be said ----------------------------------------------------------------------- */

enum { ONCE = 0, MANY = 1 };

/* In the order in which they stand in the subject; `max` in characters is X.520's. The names have
 * no row in the subject: the common name comes out of `domain`. */
static const struct field {
	const char *key;
	int nid;
	int many;
	size_t max;
} fields[] = {
	{ "country", NID_countryName, ONCE, 2 },
	{ "state", NID_stateOrProvinceName, ONCE, 128 },
	{ "locality", NID_localityName, ONCE, 128 },
	{ "organization", NID_organizationName, ONCE, 64 },
	{ "unit", NID_organizationalUnitName, MANY, 64 },
	{ "domain", NID_commonName, ONCE, 0 },
	{ "email", NID_pkcs9_emailAddress, ONCE, 128 },
	{ "san", NID_undef, MANY, 0 },
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char *field_word(const void *ud, size_t i)
{
	(void)ud;
	return i < N_FIELDS ? fields[i].key : NULL;
}

static const struct field *find_field(const char *key)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (strcmp(fields[i].key, key) == 0)
			return &fields[i];
	return NULL;
}

static size_t count_characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static bool is_country(const char *text)
{
	return strlen(text) == 2 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static emsign_rc check_value(const struct field *f, const char *value, emsign_error *err)
{
	if (!*value)
		return ems_fail(err, EMSIGN_E_INVALID, "%s is empty", f->key);
	if (!ems_names_is_text(value, strlen(value)))
		return ems_fail(err, EMSIGN_E_INVALID,
				"%s is not UTF-8, or holds control characters", f->key);
	if (f->nid == NID_countryName && !is_country(value))
		return ems_fail(err, EMSIGN_E_INVALID,
				"country '%.40s' is not a code of two letters", value);
	if (f->nid == NID_pkcs9_emailAddress && !ems_name_is_email(value))
		return ems_fail(err, EMSIGN_E_INVALID, "email '%.100s' is not an address", value);
	if (f->max && count_characters(value) > f->max)
		return ems_fail(err, EMSIGN_E_INVALID,
				"%s has %zu characters, %zu are possible", f->key,
				count_characters(value), f->max);
	return ems_ok(err);
}

static emsign_rc check_subject(const emsign_kv *subject, emsign_error *err)
{
	for (const emsign_kv *kv = subject; kv && kv->key; kv++) {
		const struct field *f = find_field(kv->key);
		const char *near;
		emsign_rc rc;

		if (!f) {
			near = ems_text_closest(kv->key, field_word, NULL);
			return ems_fail(err, EMSIGN_E_INVALID,
					"unknown field '%.40s' in the subject%s%s%s", kv->key,
					near ? " (did you mean '" : "", near ? near : "",
					near ? "'?)" : "");
		}
		if (f->many == ONCE && ems_kv_nth(subject, f->key, 1))
			return ems_fail(err, EMSIGN_E_INVALID, "%s is given more than once",
					f->key);
		rc = check_value(f, kv->value ? kv->value : "", err);
		if (rc)
			return rc;
	}
	if (!ems_kv_get(subject, "domain"))
		return ems_fail(err, EMSIGN_E_INVALID, "domain is missing");
	return ems_ok(err);
}

/* --- the parts of a CSR --------------------------------------------------------------------- */

/* All names, the domain first. A single label passes: it is the order form that knows whether the
 * product is for internal names. */
static emsign_rc collect_names(const emsign_kv *subject, struct ems_names *names, emsign_error *err)
{
	static const char *const keys[] = { "domain", "san" };
	char canonical[EMS_NAME_MAX];
	const char *value;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		for (size_t n = 0; (value = ems_kv_nth(subject, keys[i], n)) != NULL; n++) {
			emsign_rc rc = ems_name_canonical(keys[i], value, true, canonical, err);

			if (rc)
				return rc;
			ems_names_add(names, canonical);
		}
	}
	return ems_names_rc(names, err);
}

static int add_entry(X509_NAME *name, const struct field *f, const char *value)
{
	char country[3];

	if (f->nid == NID_countryName) {
		for (size_t i = 0; i < 2; i++)
			country[i] = (char)(value[i] & ~0x20); /* ASCII letters become capitals */
		country[2] = '\0';
		value = country;
	}
	return X509_NAME_add_entry_by_NID(name, f->nid, MBSTRING_UTF8,
					  (const unsigned char *)value, -1, -1, 0);
}

static emsign_rc put_subject(X509_REQ *req, const emsign_kv *subject, const char *domain,
			     emsign_error *err)
{
	X509_NAME *name = X509_REQ_get_subject_name(req);
	const char *value;

	for (size_t i = 0; i < N_FIELDS; i++) {
		const struct field *f = &fields[i];

		if (f->nid == NID_undef ||
		    (f->nid == NID_commonName && strlen(domain) > COMMON_MAX))
			continue;
		for (size_t n = 0; (value = ems_kv_nth(subject, f->key, n)) != NULL; n++) {
			if (f->nid == NID_commonName)
				value = domain;
			if (add_entry(name, f, value) != 1)
				return ems_openssl_fail(err, EMSIGN_E_CRYPTO,
							"subject cannot be written");
		}
	}
	return ems_ok(err);
}

static int add_dns(GENERAL_NAMES *sans, const char *dns)
{
	GENERAL_NAME *san = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	if (!san || !text || ASN1_STRING_set(text, dns, -1) != 1) {
		ASN1_IA5STRING_free(text);
		GENERAL_NAME_free(san);
		return 0;
	}
	GENERAL_NAME_set0_value(san, GEN_DNS, text);
	if (sk_GENERAL_NAME_push(sans, san) > 0)
		return 1;
	GENERAL_NAME_free(san);
	return 0;
}

static emsign_rc put_sans(X509_REQ *req, const struct ems_names *names, emsign_error *err)
{
	GENERAL_NAMES *sans = GENERAL_NAMES_new();
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	int good = sans != NULL;

	for (size_t i = 0; good && i < names->n; i++)
		good = add_dns(sans, names->items[i]);
	good = good && X509V3_add1_i2d(&extensions, NID_subject_alt_name, sans, 0, 0) == 1 &&
	       X509_REQ_add_extensions(req, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	GENERAL_NAMES_free(sans);
	return good ? ems_ok(err) :
		      ems_openssl_fail(err, EMSIGN_E_CRYPTO, "names cannot be written");
}

static emsign_rc sign(X509_REQ *req, const emsign_key *key, emsign_error *err)
{
	EVP_PKEY *pkey = NULL;
	emsign_rc rc = ems_key_open(key, &pkey, err);
	const EVP_MD *md;

	if (rc)
		return rc;
	md = EVP_PKEY_get_bits(pkey) == 384 ? EVP_sha384() : EVP_sha256();
	if (X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(req, key->public_part) != 1 || X509_REQ_sign(req, pkey, md) <= 0)
		rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO, "CSR cannot be signed");
	EVP_PKEY_free(pkey);
	return rc;
}

static emsign_rc write_pem(X509_REQ *req, struct ems_buf *out, emsign_error *err)
{
	unsigned char *der = NULL;
	int len = i2d_X509_REQ(req, &der);

	if (len <= 0)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "CSR cannot be written");
	ems_pem_write(out, "CERTIFICATE REQUEST", der, (size_t)len);
	OPENSSL_free(der);
	return ems_buf_rc(out, err);
}

emsign_rc emsign_key_csr(emsign_key *key, const emsign_kv *subject, emsign_buf *out,
			 emsign_error *err)
{
	struct ems_names names = { 0 };
	struct ems_buf pem = EMS_BUF(PEM_MAX);
	X509_REQ *req = NULL;
	emsign_rc rc = check_subject(subject, err);

	if (rc == EMSIGN_OK)
		rc = collect_names(subject, &names, err);
	if (rc)
		goto out;
	req = X509_REQ_new();
	if (!req) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	rc = put_subject(req, subject, names.items[0], err);
	if (rc == EMSIGN_OK)
		rc = put_sans(req, &names, err);
	if (rc == EMSIGN_OK)
		rc = sign(req, key, err);
	if (rc == EMSIGN_OK)
		rc = write_pem(req, &pem, err);
	if (rc == EMSIGN_OK)
		ems_buf_move(&pem, out);
out:
	X509_REQ_free(req);
	ems_buf_free(&pem);
	ems_names_free(&names);
	return rc;
}
