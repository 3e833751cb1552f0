/* SPDX-License-Identifier: MIT */
/*
 * Java's own keystore, version 2, all numbers big-endian:
 *   magic, version, number of entries
 *   entry: tag 1 (private key), alias, milliseconds, protected key, chain of "X.509" certificates
 *   SHA-1 of password, "Mighty Aphrodite" and everything before
 * The key is protected by Sun's algorithm: a key stream W1 = SHA-1(password, salt), W2 =
 * SHA-1(password, W1), ... over the PKCS#8 bytes, between the salt and SHA-1(password, PKCS#8).
 * Passwords are UTF-16. This is weak by today's measure; it is what JKS is.
 */
#include "crypto/pack.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "crypto/openssl.h"

#define MAGIC 0xfeedfeedu
#define VERSION 2
#define TAG_PRIVATE_KEY 1
#define PROTECTION "1.3.6.1.4.1.42.2.17.1.1"
#define WHITENER "Mighty Aphrodite"
#define SHA1_LEN 20

/* --- SHA-1 ---------------------------------------------------------------------------------- */

static emsign_rc sha1(const struct ems_piece *pieces, unsigned char out[SHA1_LEN],
		      emsign_error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int good = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1;

	for (; good && pieces->bytes; pieces++)
		good = EVP_DigestUpdate(ctx, pieces->bytes, pieces->len) == 1;
	good = good && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return good ? ems_ok(err)
		    : ems_openssl_fail(err, EMSIGN_E_CRYPTO,
				       "SHA-1, which JKS wants, is not available");
}

/* --- writing numbers and text --------------------------------------------------------------- */

static void put_number(struct ems_buf *out, uint64_t value, unsigned bytes)
{
	while (bytes--)
		ems_buf_char(out, (char)(value >> (8 * bytes) & 0xff));
}

static void put_block(struct ems_buf *out, const void *bytes, size_t len)
{
	put_number(out, len, 4);
	ems_buf_put(out, bytes, len);
}

/* ASCII is the same in Java's UTF-8. */
static void put_text(struct ems_buf *out, const char *ascii)
{
	size_t len = strlen(ascii);

	put_number(out, len, 2);
	ems_buf_put(out, ascii, len);
}

/* --- the key -------------------------------------------------------------------------------- */

static emsign_rc apply_stream(const emsign_buf *password, const unsigned char *salt,
			      unsigned char *bytes, size_t len, emsign_error *err)
{
	unsigned char word[SHA1_LEN];
	const struct ems_piece pieces[] = {
		{ password->data, password->len }, { word, SHA1_LEN }, { NULL, 0 }
	};
	emsign_rc rc = EMSIGN_OK;

	memcpy(word, salt, SHA1_LEN);
	for (size_t i = 0; rc == EMSIGN_OK && i < len; i++) {
		if (i % SHA1_LEN == 0)
			rc = sha1(pieces, word, err);
		bytes[i] ^= word[i % SHA1_LEN];
	}
	ems_wipe(word, sizeof(word));
	return rc;
}

struct protection {
	const emsign_buf *password;
	struct ems_buf *out;
	emsign_error *err;
};

/* Salt, key under the stream, checksum. */
static emsign_rc protect(void *ud, const void *der, size_t len)
{
	struct protection *p = ud;
	unsigned char salt[SHA1_LEN];
	unsigned char sum[SHA1_LEN];
	const struct ems_piece pieces[] = {
		{ p->password->data, p->password->len }, { der, len }, { NULL, 0 }
	};
	emsign_rc rc = ems_digest_random(salt, sizeof(salt), p->err);

	if (rc == EMSIGN_OK)
		rc = sha1(pieces, sum, p->err);
	if (rc)
		return rc;
	ems_buf_put(p->out, salt, sizeof(salt));
	ems_buf_put(p->out, der, len);
	rc = ems_buf_rc(p->out, p->err);
	if (rc == EMSIGN_OK)
		rc = apply_stream(p->password, salt, p->out->bytes.data + SHA1_LEN, len, p->err);
	if (rc)
		return rc;
	ems_buf_put(p->out, sum, sizeof(sum));
	return ems_buf_rc(p->out, p->err);
}

static emsign_rc protect_key(const emsign_buf *password, const emsign_key *key,
			     struct ems_buf *out, emsign_error *err)
{
	struct protection p = { password, out, err };
	emsign_secret *der = NULL;
	emsign_rc rc = ems_key_pkcs8(key, &der, err);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_use(der, protect, &p, err);
	emsign_secret_free(der);
	return rc;
}

/* The protected key as EncryptedPrivateKeyInfo. */
static emsign_rc put_key(const emsign_buf *password, const emsign_key *key, struct ems_buf *out,
			 emsign_error *err)
{
	struct ems_buf secret = EMS_BUF(65536);
	X509_SIG *info = X509_SIG_new();
	ASN1_OBJECT *oid = OBJ_txt2obj(PROTECTION, 1);
	X509_ALGOR *algorithm = NULL;
	ASN1_OCTET_STRING *bytes = NULL;
	unsigned char *der = NULL;
	int len = -1;
	emsign_rc rc = protect_key(password, key, &secret, err);

	if (rc)
		goto out;
	if (info)
		X509_SIG_getm(info, &algorithm, &bytes);
	if (info && oid && X509_ALGOR_set0(algorithm, oid, V_ASN1_NULL, NULL) == 1) {
		oid = NULL; /* the algorithm's now */
		if (ASN1_OCTET_STRING_set(bytes, secret.bytes.data, (int)secret.bytes.len) == 1)
			len = i2d_X509_SIG(info, &der);
	}
	if (len <= 0) {
		rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO, "key of the JKS cannot be written");
		goto out;
	}
	put_block(out, der, (size_t)len);
out:
	OPENSSL_free(der);
	ASN1_OBJECT_free(oid);
	X509_SIG_free(info);
	ems_buf_free(&secret);
	return rc;
}

/* --- the store ------------------------------------------------------------------------------ */

/* Java looks aliases up in lower case. Beyond ASCII that is an art of its own. */
static emsign_rc put_alias(const char *alias, struct ems_buf *out, emsign_error *err)
{
	char lower[256];
	size_t len = strlen(alias);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)alias[i] < ' ' || (unsigned char)alias[i] >= 0x7f)
			return ems_fail(err, EMSIGN_E_INVALID,
					"alias '%.60s' has characters beyond ASCII, which a JKS "
					"cannot look up safely", alias);
		lower[i] = (char)(alias[i] >= 'A' && alias[i] <= 'Z' ? alias[i] - 'A' + 'a' :
								       alias[i]);
	}
	lower[len] = '\0';
	put_text(out, lower);
	return ems_ok(err);
}

static emsign_rc put_chain(const struct ems_pool *certs, struct ems_buf *out, emsign_error *err)
{
	put_number(out, certs->n, 4);
	for (size_t i = 0; i < certs->n; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(certs->certs[i], &der);

		if (len <= 0)
			return ems_openssl_fail(err, EMSIGN_E_CRYPTO,
						"certificate cannot be written");
		put_text(out, "X.509");
		put_block(out, der, (size_t)len);
		OPENSSL_free(der);
	}
	return ems_ok(err);
}

static emsign_rc put_entry(const struct ems_pack *pack, const emsign_buf *password,
			   struct ems_buf *out, emsign_error *err)
{
	emsign_rc rc;

	put_number(out, TAG_PRIVATE_KEY, 4);
	rc = put_alias(pack->alias, out, err);
	if (rc)
		return rc;
	put_number(out, (uint64_t)(pack->since * 1000), 8);
	rc = put_key(password, pack->key, out, err);
	return rc ? rc : put_chain(pack->certs, out, err);
}

emsign_rc ems_jks_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err)
{
	struct ems_buf password = EMS_BUF(2 * 65536);
	unsigned char sum[SHA1_LEN];
	size_t start = out->bytes.len;
	emsign_rc rc;

	ems_pack_utf16(&password, pack->password);
	rc = ems_buf_rc(&password, err);
	if (rc)
		goto out;
	put_number(out, MAGIC, 4);
	put_number(out, VERSION, 4);
	put_number(out, 1, 4);
	rc = put_entry(pack, &password.bytes, out, err);
	if (rc == EMSIGN_OK)
		rc = ems_buf_rc(out, err);
	if (rc == EMSIGN_OK) {
		const struct ems_piece pieces[] = {
			{ password.bytes.data, password.bytes.len },
			{ WHITENER, strlen(WHITENER) },
			{ out->bytes.data + start, out->bytes.len - start },
			{ NULL, 0 },
		};

		rc = sha1(pieces, sum, err);
	}
	if (rc)
		goto out;
	ems_buf_put(out, sum, sizeof(sum));
	rc = ems_buf_rc(out, err);
out:
	ems_buf_free(&password);
	return rc;
}
