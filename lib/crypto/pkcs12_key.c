/* SPDX-License-Identifier: MIT */
/*
 * Keys from passwords as PKCS#12 makes them (RFC 7292, appendix B.2). OpenSSL has this too, but
 * leaves the password in memory that it gives back.
 */
#include "crypto/pack.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "crypto/openssl.h"

#define BLOCK 64 /* of SHA-1 and SHA-256 */

struct work {
	const EVP_MD *md;
	EVP_MD_CTX *ctx;
	unsigned char use[BLOCK];
	struct ems_buf input; /* salt and password, both repeated to whole blocks */
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t digest_len;
};

/* Repeats what the buffer ends with, from `start` on, until it is whole blocks long. */
static void fill_up(struct ems_buf *b, size_t start)
{
	size_t len = b->bytes.len - start;

	for (size_t i = 0; len && !b->rc && (b->bytes.len - start) % BLOCK; i++)
		ems_buf_char(b, (char)b->bytes.data[start + i % len]);
}

static void put_input(struct work *w, const char *password, const struct ems_pkcs12_salt *salt)
{
	size_t start;

	ems_buf_put(&w->input, salt->bytes, salt->len);
	fill_up(&w->input, 0);
	start = w->input.bytes.len;
	ems_pack_utf16(&w->input, password);
	ems_buf_put(&w->input, "\0", 2);
	fill_up(&w->input, start);
}

static int hash(struct work *w, int rounds)
{
	unsigned len = 0;
	int good = EVP_DigestInit_ex(w->ctx, w->md, NULL) == 1 &&
		   EVP_DigestUpdate(w->ctx, w->use, BLOCK) == 1 &&
		   EVP_DigestUpdate(w->ctx, w->input.bytes.data, w->input.bytes.len) == 1 &&
		   EVP_DigestFinal_ex(w->ctx, w->digest, &len) == 1;

	for (; good && rounds > 1; rounds--)
		good = EVP_DigestInit_ex(w->ctx, w->md, NULL) == 1 &&
		       EVP_DigestUpdate(w->ctx, w->digest, len) == 1 &&
		       EVP_DigestFinal_ex(w->ctx, w->digest, &len) == 1;
	w->digest_len = len;
	return good;
}

/* Each block of the input plus the digest, repeated to a block, plus one. */
static void stir(struct work *w)
{
	for (size_t at = 0; at < w->input.bytes.len; at += BLOCK) {
		unsigned carry = 1;

		for (size_t i = BLOCK; i--;) {
			carry += (unsigned)w->input.bytes.data[at + i] +
				 w->digest[i % w->digest_len];
			w->input.bytes.data[at + i] = (unsigned char)carry;
			carry >>= 8;
		}
	}
}

emsign_rc ems_pkcs12_key(const char *password, const struct ems_pkcs12_salt *salt, const EVP_MD *md,
			 enum ems_pkcs12_use use, unsigned char *out, size_t len, emsign_error *err)
{
	struct work w = { .md = md, .ctx = EVP_MD_CTX_new(), .input = EMS_BUF(65536) };
	emsign_rc rc;

	memset(w.use, use, BLOCK);
	put_input(&w, password, salt);
	rc = ems_buf_rc(&w.input, err);
	while (rc == EMSIGN_OK && len) {
		size_t take;

		if (!w.ctx || !hash(&w, salt->rounds)) {
			rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO,
					      "the digest that PKCS#12 wants is not available");
			break;
		}
		take = len < w.digest_len ? len : w.digest_len;
		memcpy(out, w.digest, take);
		out += take;
		len -= take;
		stir(&w);
	}
	EVP_MD_CTX_free(w.ctx);
	ems_buf_free(&w.input);
	ems_wipe(w.digest, sizeof(w.digest));
	return rc;
}
