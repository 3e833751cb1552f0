/* SPDX-License-Identifier: MIT */
/*
 * Sealing for storage: "emsign1:" and the base64 of nonce, ciphertext and tag. The prefix and the
 * name of the place are authenticated along with the bytes, so a sealed text cannot be moved to
 * another row.
 */
#include "crypto/crypto.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/openssl.h"

#define PREFIX "emsign1:"
#define KEY_LEN 32
#define NONCE_LEN 12
#define TAG_LEN 16
#define SECRET_MAX 65536
#define SEALED_MAX (2 * SECRET_MAX)

#define SCRYPT_N 32768
#define SCRYPT_R 8
#define SCRYPT_P 1
#define SCRYPT_MEMORY (64ul * 1024 * 1024)
#define SALT_MIN 8

enum direction { OPENING = 0, SEALING = 1 };

struct work {
	EVP_CIPHER_CTX *ctx;
	enum direction direction;
	const char *name;
	unsigned char *raw; /* nonce, ciphertext, tag */
	size_t raw_len;
	emsign_error *err;
};

static emsign_rc take_key(void *ud, const void *bytes, size_t len)
{
	struct work *w = ud;
	int n;

	if (len != KEY_LEN)
		return ems_fail(w->err, EMSIGN_E_INVALID,
				"sealing key has %zu bytes, it must have %d", len, KEY_LEN);
	if (EVP_CipherInit_ex2(w->ctx, EVP_aes_256_gcm(), bytes, w->raw, w->direction, NULL) != 1 ||
	    EVP_CipherUpdate(w->ctx, NULL, &n, (const unsigned char *)PREFIX,
			     (int)strlen(PREFIX)) != 1 ||
	    EVP_CipherUpdate(w->ctx, NULL, &n, (const unsigned char *)w->name,
			     (int)strlen(w->name)) != 1)
		return ems_openssl_fail(w->err, EMSIGN_E_CRYPTO, "AES-256-GCM is not available");
	return ems_ok(w->err);
}

static emsign_rc seal_bytes(void *ud, const void *bytes, size_t len)
{
	struct work *w = ud;
	unsigned char *at;
	int n;

	if (len > SECRET_MAX)
		return ems_fail(w->err, EMSIGN_E_INVALID,
				"secret has %zu bytes, %d are possible", len, SECRET_MAX);
	w->raw_len = NONCE_LEN + len + TAG_LEN;
	at = ems_realloc(w->raw, w->raw_len);
	if (!at)
		return ems_fail_nomem(w->err);
	w->raw = at;
	at += NONCE_LEN;
	if (EVP_EncryptUpdate(w->ctx, at, &n, bytes, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(w->ctx, at + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(w->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, at + len) != 1)
		return ems_openssl_fail(w->err, EMSIGN_E_CRYPTO, "sealing failed");
	return ems_ok(w->err);
}

static emsign_rc start(struct work *w, emsign_secret *key, emsign_error *err)
{
	w->err = err;
	w->ctx = EVP_CIPHER_CTX_new();
	if (!w->ctx)
		return ems_fail_nomem(err);
	return emsign_secret_use(key, take_key, w, err);
}

emsign_rc emsign_secret_seal(emsign_secret *key, const char *name, emsign_secret *secret,
			     emsign_buf *out, emsign_error *err)
{
	struct work w = { .direction = SEALING, .name = name };
	struct ems_buf text = EMS_BUF(SEALED_MAX);
	emsign_rc rc;

	if (!key || !name || !secret)
		return ems_fail(err, EMSIGN_E_INVALID, "sealing wants a key, a name and a secret");
	w.raw = ems_alloc(NONCE_LEN);
	if (!w.raw)
		return ems_fail_nomem(err);
	rc = ems_digest_random(w.raw, NONCE_LEN, err);
	if (rc)
		goto out;
	rc = start(&w, key, err);
	if (rc)
		goto out;
	rc = emsign_secret_use(secret, seal_bytes, &w, err);
	if (rc)
		goto out;
	ems_buf_text(&text, PREFIX);
	ems_digest_base64(&text, w.raw, w.raw_len);
	rc = ems_buf_rc(&text, err);
	if (rc)
		goto out;
	ems_buf_move(&text, out);
out:
	EVP_CIPHER_CTX_free(w.ctx);
	ems_free(w.raw);
	ems_buf_free(&text);
	return rc;
}

static emsign_rc unseal_bytes(void *ud, void *bytes, size_t *len)
{
	struct work *w = ud;
	unsigned char *tag = w->raw + w->raw_len - TAG_LEN;
	unsigned char *at = bytes;
	int n;

	if (EVP_CIPHER_CTX_ctrl(w->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1 ||
	    EVP_DecryptUpdate(w->ctx, at, &n, w->raw + NONCE_LEN, (int)*len) != 1 ||
	    EVP_DecryptFinal_ex(w->ctx, at + *len, &n) != 1)
		return ems_openssl_fail(
			w->err, EMSIGN_E_CRYPTO,
			"seal does not open: another key, another name, or changed");
	return ems_ok(w->err);
}

emsign_rc emsign_secret_unseal(emsign_secret *key, const char *name, const char *sealed,
			       emsign_secret **out, emsign_error *err)
{
	struct work w = { .direction = OPENING, .name = name };
	struct ems_buf raw = EMS_BUF(NONCE_LEN + SECRET_MAX + TAG_LEN);
	emsign_rc rc;

	*out = NULL;
	if (!key || !name || !sealed)
		return ems_fail(err, EMSIGN_E_INVALID,
				"unsealing wants a key, a name and a sealed text");
	if (!ems_text_starts(sealed, PREFIX))
		return ems_fail(err, EMSIGN_E_INVALID,
				"not a sealed text: it would start with '%s'", PREFIX);
	sealed += strlen(PREFIX);
	rc = ems_digest_unbase64(sealed, strlen(sealed), &raw, err);
	if (rc == EMSIGN_E_INVALID || (!rc && raw.bytes.len <= NONCE_LEN + TAG_LEN))
		rc = ems_fail(err, EMSIGN_E_CRYPTO, "sealed text was changed or cut");
	if (rc)
		goto out;
	w.raw = raw.bytes.data;
	w.raw_len = raw.bytes.len;
	rc = start(&w, key, err);
	if (rc)
		goto out;
	rc = ems_secret_make(w.raw_len - NONCE_LEN - TAG_LEN, unseal_bytes, &w, out, err);
out:
	EVP_CIPHER_CTX_free(w.ctx);
	ems_buf_free(&raw);
	return rc;
}

struct derive {
	const void *passphrase;
	size_t passphrase_len;
	const char *salt;
	emsign_secret **out;
	emsign_error *err;
};

static emsign_rc run_scrypt(void *ud, void *bytes, size_t *len)
{
	const struct derive *d = ud;

	if (EVP_PBE_scrypt(d->passphrase, d->passphrase_len, (const unsigned char *)d->salt,
			   strlen(d->salt), SCRYPT_N, SCRYPT_R, SCRYPT_P, SCRYPT_MEMORY, bytes,
			   *len) != 1)
		return ems_openssl_fail(d->err, EMSIGN_E_CRYPTO, "scrypt failed");
	return ems_ok(d->err);
}

static emsign_rc with_passphrase(void *ud, const void *bytes, size_t len)
{
	struct derive *d = ud;

	d->passphrase = bytes;
	d->passphrase_len = len;
	return ems_secret_make(KEY_LEN, run_scrypt, d, d->out, d->err);
}

emsign_rc emsign_secret_derive(emsign_secret *passphrase, const char *salt, emsign_secret **out,
			       emsign_error *err)
{
	struct derive d = { .salt = salt, .out = out, .err = err };

	*out = NULL;
	if (!passphrase)
		return ems_fail(err, EMSIGN_E_INVALID, "no passphrase given");
	if (!salt || strlen(salt) < SALT_MIN)
		return ems_fail(err, EMSIGN_E_INVALID,
				"salt has %zu bytes, it must have %d or more",
				salt ? strlen(salt) : 0, SALT_MIN);
	return emsign_secret_use(passphrase, with_passphrase, &d, err);
}
