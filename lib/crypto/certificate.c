/* SPDX-License-Identifier: MIT */
#include "crypto/certificate.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/time.h"
#include "base/text.h"
#include "crypto/issuers.h"
#include "crypto/names.h"
#include "crypto/openssl.h"
#include "model/record.h"

#define PEM_MAX (2 * 1024 * 1024)
#define NAME_TEXT_MAX 65536
#define SERIAL_MAX 512

/* What a record points to until it is copied into one block. */
struct parts {
	struct ems_names names;
	char *common;
	char canonical[EMS_NAME_MAX];
	char sha256[EMS_SHA256_HEX];
	char spki[EMS_SHA256_HEX];
	struct ems_buf subject;
	struct ems_buf issuer;
	struct ems_buf serial;
	struct ems_buf pem;
	struct ems_buf chain;
	struct ems_buf root;
};

#define PARTS                                                                               \
	{                                                                                   \
		.subject = EMS_BUF(NAME_TEXT_MAX), .issuer = EMS_BUF(NAME_TEXT_MAX),        \
		.serial = EMS_BUF(SERIAL_MAX), .pem = EMS_BUF(PEM_MAX),                     \
		.chain = EMS_BUF(PEM_MAX), .root = EMS_BUF(PEM_MAX),                        \
	}

static void free_parts(struct parts *p)
{
	ems_names_free(&p->names);
	ems_free(p->common);
	ems_buf_free(&p->subject);
	ems_buf_free(&p->issuer);
	ems_buf_free(&p->serial);
	ems_buf_free(&p->pem);
	ems_buf_free(&p->chain);
	ems_buf_free(&p->root);
}

static const char *text_or_null(const struct ems_buf *b)
{
	return b->bytes.len ? ems_buf_str(b) : NULL;
}

/* --- what stands in it ---------------------------------------------------------------------- */

/* RFC 2253, but letters beyond ASCII as they are. */
static emsign_rc read_name(const X509_NAME *name, struct ems_buf *out, emsign_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;
	emsign_rc rc;

	if (!bio)
		return ems_fail_nomem(err);
	if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
		rc = ems_openssl_fail(err, EMSIGN_E_INVALID, "name in the certificate is no text");
		goto out;
	}
	len = BIO_get_mem_data(bio, &text);
	if (len > 0 && !ems_text_utf8(text, (size_t)len)) {
		rc = ems_fail(err, EMSIGN_E_INVALID, "name in the certificate is no text");
		goto out;
	}
	ems_buf_put(out, text, len > 0 ? (size_t)len : 0);
	rc = ems_buf_rc(out, err);
out:
	BIO_free(bio);
	return rc;
}

static emsign_rc read_serial(const X509 *cert, struct ems_buf *out, emsign_error *err)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;
	const char *at = hex;

	BN_free(number);
	if (!hex)
		return ems_openssl_fail(err, EMSIGN_E_INVALID, "serial number cannot be read");
	if (*at == '-')
		ems_buf_char(out, *at++);
	while (at[0] == '0' && at[1])
		at++;
	for (; *at; at++)
		ems_buf_char(out, (char)(*at >= 'A' && *at <= 'F' ? *at - 'A' + 'a' : *at));
	OPENSSL_free(hex);
	return ems_buf_rc(out, err);
}

static emsign_rc read_time(const ASN1_TIME *time, int64_t *out, emsign_error *err)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return ems_openssl_fail(err, EMSIGN_E_INVALID,
					"validity of the certificate cannot be read");
	*out = ems_time_civil(1900 + (int64_t)tm.tm_year, (unsigned)tm.tm_mon + 1,
			      (unsigned)tm.tm_mday, (unsigned)tm.tm_hour, (unsigned)tm.tm_min,
			      (unsigned)tm.tm_sec);
	return ems_ok(err);
}

static emsign_rc read_names(const X509 *cert, struct parts *p, emsign_error *err)
{
	GENERAL_NAMES *sans = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	emsign_rc rc;

	(void)ems_names_add_dns(&p->names, sans);
	GENERAL_NAMES_free(sans);
	rc = ems_names_rc(&p->names, err);
	return rc ? rc : ems_names_common(X509_get_subject_name(cert), &p->common, err);
}

static emsign_rc read_sha256(const X509 *cert, char out[EMS_SHA256_HEX], emsign_error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "SHA-256 is not available");
	ems_text_hex(digest, len, out);
	return ems_ok(err);
}

static emsign_rc read_leaf(const X509 *cert, struct parts *p, emsign_certificate *c,
			   emsign_error *err)
{
	emsign_rc rc = read_names(cert, p, err);

	if (rc == EMSIGN_OK)
		rc = read_name(X509_get_subject_name(cert), &p->subject, err);
	if (rc == EMSIGN_OK)
		rc = read_name(X509_get_issuer_name(cert), &p->issuer, err);
	if (rc == EMSIGN_OK)
		rc = read_serial(cert, &p->serial, err);
	if (rc == EMSIGN_OK)
		rc = read_time(X509_get0_notBefore(cert), &c->not_before, err);
	if (rc == EMSIGN_OK)
		rc = read_time(X509_get0_notAfter(cert), &c->not_after, err);
	if (rc == EMSIGN_OK)
		rc = read_sha256(cert, p->sha256, err);
	if (rc == EMSIGN_OK)
		rc = ems_key_spki(X509_get_X509_PUBKEY(cert), p->spki, err);
	return rc;
}

static emsign_rc write_chain(const struct ems_chain *chain, struct parts *p, emsign_error *err)
{
	emsign_rc rc = ems_chain_write(chain->leaf, &p->pem, err);

	for (size_t i = 0; rc == EMSIGN_OK && i < chain->n; i++)
		rc = ems_chain_write(chain->links[i], &p->chain, err);
	if (rc == EMSIGN_OK && chain->root)
		rc = ems_chain_write(chain->root, &p->root, err);
	return rc;
}

/* --- the record ----------------------------------------------------------------------------- */

static emsign_rc pack(const struct ems_pool *pool, X509 *leaf, struct ems_issuers *known,
		      emsign_certificate **out, emsign_error *err)
{
	struct parts p = PARTS;
	emsign_certificate c = { 0 };
	struct ems_chain chain;
	emsign_rc rc;

	ems_chain_build(pool, leaf, known, &chain);
	rc = read_leaf(leaf, &p, &c, err);
	if (rc == EMSIGN_OK)
		rc = write_chain(&chain, &p, err);
	if (rc)
		goto out;
	c.id = p.sha256;
	c.domain = ems_names_domain(p.common, &p.names, p.canonical);
	c.sans = p.names.items;
	c.subject = text_or_null(&p.subject);
	c.issuer = text_or_null(&p.issuer);
	c.serial = text_or_null(&p.serial);
	c.sha256 = p.sha256;
	c.spki = p.spki;
	c.pem = text_or_null(&p.pem);
	c.chain_pem = text_or_null(&p.chain);
	c.root_pem = text_or_null(&p.root);
	*out = ems_record_copy(ems_kind_find("certificate"), &c);
	rc = *out ? ems_ok(err) : ems_fail_nomem(err);
out:
	free_parts(&p);
	return rc;
}

static emsign_rc no_certificate(emsign_error *err)
{
	return ems_fail(
		err, EMSIGN_E_INVALID,
		"no certificate in the text; a PEM block 'CERTIFICATE' or its bare base64 would "
		"be right");
}

/* What was read while memory was short may lack names or issuers. */
static emsign_rc whole(emsign_rc rc, emsign_certificate **out, emsign_error *err)
{
	if (!ems_openssl_starved())
		return rc;
	ems_free(*out);
	*out = NULL;
	return ems_fail_nomem(err);
}

emsign_rc emsign_certificate_parse(const char *text, size_t len, emsign_certificate **out,
				   emsign_error *err)
{
	struct ems_pool pool = { { NULL }, 0, 0 };
	emsign_rc rc;

	*out = NULL;
	ERR_clear_error();
	rc = text ? ems_pool_add(&pool, text, len, err) : no_certificate(err);
	if (rc == EMSIGN_OK)
		rc = pool.n ? pack(&pool, ems_chain_leaf(&pool), NULL, out, err) :
			      no_certificate(err);
	ems_pool_free(&pool);
	return whole(rc, out, err);
}

emsign_rc ems_certificate_build(const char *leaf, const char *const *others,
				struct ems_issuers *known, emsign_certificate **out,
				emsign_error *err)
{
	struct ems_pool pool = { { NULL }, 0, 0 };
	emsign_rc rc;

	*out = NULL;
	ERR_clear_error();
	rc = leaf ? ems_pool_add(&pool, leaf, strlen(leaf), err) : EMSIGN_OK;
	if (rc == EMSIGN_OK && !pool.n)
		rc = no_certificate(err);
	for (; rc == EMSIGN_OK && others && *others; others++)
		rc = known ? ems_issuers_add(known, *others, &pool, err) :
			     ems_pool_add(&pool, *others, strlen(*others), err);
	if (rc == EMSIGN_OK)
		rc = pack(&pool, pool.certs[0], known, out, err);
	ems_pool_free(&pool);
	rc = whole(rc, out, err);
	if (rc == EMSIGN_E_NOMEM && known)
		ems_issuers_forget(known);
	return rc;
}

/* --- questions about a record --------------------------------------------------------------- */

emsign_rc ems_certificate_open(const emsign_certificate *certificate, struct ems_pool *pool,
			       emsign_error *err)
{
	emsign_rc rc;

	if (!certificate || !certificate->pem)
		return no_certificate(err);
	rc = ems_pool_add(pool, certificate->pem, strlen(certificate->pem), err);
	if (rc == EMSIGN_OK && pool->n != 1)
		rc = ems_fail(err, EMSIGN_E_INVALID,
			      "record holds %zu certificates where one belongs", pool->n);
	return rc;
}

emsign_rc emsign_certificate_fits(const emsign_certificate *certificate, const emsign_key *key,
				  emsign_error *err)
{
	struct ems_pool pool = { { NULL }, 0, 0 };
	emsign_rc rc;

	if (!key)
		return ems_fail(err, EMSIGN_E_INVALID, "no key given");
	ERR_clear_error();
	rc = ems_certificate_open(certificate, &pool, err);
	if (rc == EMSIGN_OK && EVP_PKEY_eq(X509_get0_pubkey(pool.certs[0]), key->public_part) != 1)
		rc = ems_fail(err, EMSIGN_E_MISMATCH,
			      "certificate '%.60s' belongs to key %.16s..., not to %.16s...",
			      certificate->domain ? certificate->domain : "",
			      certificate->spki ? certificate->spki : "", key->spki);
	ems_pool_free(&pool);
	return ems_openssl_starved() ? ems_fail_nomem(err) : rc;
}

static bool is_covered(const emsign_certificate *certificate, const char *name)
{
	for (size_t i = 0; certificate->sans && certificate->sans[i]; i++)
		if (ems_name_covers(certificate->sans[i], name))
			return true;
	return false;
}

emsign_rc emsign_certificate_covers(const emsign_certificate *certificate,
				    const char *const *names, emsign_error *err)
{
	char canonical[EMS_NAME_MAX];

	if (!certificate)
		return no_certificate(err);
	for (; names && *names; names++) {
		emsign_rc rc = ems_name_canonical("name", *names, true, canonical, err);

		if (rc)
			return rc;
		if (!is_covered(certificate, canonical))
			return ems_fail(err, EMSIGN_E_MISMATCH,
					"certificate '%.60s' does not cover '%.100s'",
					certificate->domain ? certificate->domain : "", canonical);
	}
	return ems_ok(err);
}
