/* SPDX-License-Identifier: MIT */
#include "crypto/chain.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "base/err.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"

#define TEXT_MAX (1024 * 1024)

static bool has(const struct ems_pool *pool, const X509 *cert)
{
	for (size_t i = 0; i < pool->n; i++)
		if (X509_cmp(pool->certs[i], cert) == 0)
			return true;
	return false;
}

/* Takes the certificate over. */
static emsign_rc add_cert(struct ems_pool *pool, X509 *cert, emsign_error *err)
{
	if (pool->seen == EMS_POOL_MAX) {
		X509_free(cert);
		return ems_fail(err, EMSIGN_E_INVALID, "more than %d certificates in one bundle",
				EMS_POOL_MAX);
	}
	pool->seen++;
	if (has(pool, cert))
		X509_free(cert);
	else
		pool->certs[pool->n++] = cert;
	return ems_ok(err);
}

/* With its public key, and extensions that were understood. */
static bool is_whole(X509 *cert)
{
	return X509_get0_pubkey(cert) &&
	       !(X509_get_extension_flags(cert) & (EXFLAG_INVALID | EXFLAG_NO_FINGERPRINT));
}

/*
 * When memory is short, OpenSSL may read half a certificate and call that a success. A second
 * reading tells this from a kind of key or extension that it does not know.
 */
static X509 *read_one(const unsigned char **at, const unsigned char *end)
{
	const unsigned char *start = *at;
	X509 *cert = d2i_X509(NULL, at, (long)(end - start));

	if (!cert || is_whole(cert))
		return cert;
	X509_free(cert);
	*at = start;
	return d2i_X509(NULL, at, (long)(end - start));
}

static emsign_rc add_der(struct ems_pool *pool, const struct ems_buf *der, emsign_error *err)
{
	const unsigned char *at = (const unsigned char *)ems_buf_str(der);
	const unsigned char *end = at + der->bytes.len;

	while (at < end) {
		X509 *cert = read_one(&at, end);
		emsign_rc rc;

		if (!cert)
			return ems_openssl_fail(err, EMSIGN_E_INVALID,
						"certificate is damaged or cut");
		rc = add_cert(pool, cert, err);
		if (rc)
			return rc;
	}
	return ems_ok(err);
}

static emsign_rc add_block(struct ems_pool *pool, const struct ems_pem_block *block,
			   emsign_error *err)
{
	struct ems_buf der = EMS_BUF(TEXT_MAX);
	emsign_rc rc = ems_digest_unbase64(block->body, block->body_len, &der, err);

	if (rc == EMSIGN_E_INVALID)
		ems_fail_in(err, "certificate is damaged or cut");
	if (rc == EMSIGN_OK && der.bytes.len == 0)
		rc = ems_fail(err, EMSIGN_E_INVALID, "certificate is empty");
	if (rc == EMSIGN_OK)
		rc = add_der(pool, &der, err);
	ems_buf_free(&der);
	return rc;
}

/* Where the padding of base64 ends: what follows is the base64 of another certificate. */
static size_t unit_length(const char *text, size_t len)
{
	const char *pad = memchr(text, '=', len);
	size_t unit = pad ? (size_t)(pad - text) : len;

	while (unit < len && text[unit] == '=')
		unit++;
	return unit;
}

static emsign_rc add_bare(struct ems_pool *pool, const char *text, size_t len, emsign_error *err)
{
	struct ems_buf der = EMS_BUF(TEXT_MAX);
	emsign_rc rc = EMSIGN_OK;

	while (rc == EMSIGN_OK && len) {
		size_t unit = unit_length(text, len);

		rc = ems_digest_unbase64(text, unit, &der, err);
		text += unit;
		len -= unit;
	}
	if (rc == EMSIGN_E_INVALID)
		rc = ems_fail(err, EMSIGN_E_INVALID,
			      "no certificate in the text: neither a PEM block nor base64");
	if (rc == EMSIGN_OK)
		rc = add_der(pool, &der, err);
	ems_buf_free(&der);
	return rc;
}

emsign_rc ems_pool_add(struct ems_pool *pool, const char *text, size_t len, emsign_error *err)
{
	struct ems_pem scan = { text, text + len };
	struct ems_pem_block block;
	bool armour = false;
	emsign_rc rc;

	if (len > TEXT_MAX)
		return ems_fail(err, EMSIGN_E_INVALID, "certificates of %zu bytes; %d are possible",
				len, TEXT_MAX);
	for (;;) {
		rc = ems_pem_next(&scan, &block, err);
		if (rc || !block.label)
			break;
		armour = true;
		if (ems_pem_is(&block, "CERTIFICATE") || ems_pem_is(&block, "X509 CERTIFICATE"))
			rc = add_block(pool, &block, err);
		if (rc)
			break;
	}
	if (rc || armour)
		return rc;
	return add_bare(pool, text, len, err);
}

emsign_rc ems_pool_join(struct ems_pool *pool, const struct ems_pool *other, emsign_error *err)
{
	emsign_rc rc = ems_ok(err);

	for (size_t i = 0; rc == EMSIGN_OK && i < other->n; i++) {
		(void)X509_up_ref(other->certs[i]);
		rc = add_cert(pool, other->certs[i], err);
	}
	return rc;
}

void ems_pool_free(struct ems_pool *pool)
{
	for (size_t i = 0; i < pool->n; i++)
		X509_free(pool->certs[i]);
	memset(pool, 0, sizeof(*pool));
}
