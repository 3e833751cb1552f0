/* SPDX-License-Identifier: MIT */
#include "crypto/crypto.h"

#include <openssl/rand.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "crypto/openssl.h"

emsign_rc ems_digest_sha256(const struct ems_piece *pieces, char out[EMS_SHA256_HEX],
			    emsign_error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	out[0] = '\0';
	for (; good && pieces->bytes; pieces++)
		good = EVP_DigestUpdate(ctx, pieces->bytes, pieces->len) == 1;
	good = good && EVP_DigestFinal_ex(ctx, digest, &len) == 1;
	EVP_MD_CTX_free(ctx);
	if (!good)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "SHA-256 is not available");
	ems_text_hex(digest, len, out);
	return ems_ok(err);
}

void ems_digest_base64(struct ems_buf *out, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	unsigned char line[65]; /* 48 bytes make 64 characters, and the NUL that comes behind */

	while (len) {
		size_t take = len < 48 ? len : 48;
		int made = EVP_EncodeBlock(line, at, (int)take);

		ems_buf_put(out, line, (size_t)made);
		at += take;
		len -= take;
	}
	ems_wipe(line, sizeof(line));
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The last one or two bytes; bits that belong to no byte must be 0, so that each text is the only
 * one for its bytes. */
static int put_tail(struct ems_buf *out, unsigned long group, unsigned n, unsigned pads)
{
	if (n == 2 && pads == 2 && !(group & 0x0f)) {
		ems_buf_char(out, (char)(group >> 4));
		return 1;
	}
	if (n == 3 && pads == 1 && !(group & 0x03)) {
		ems_buf_char(out, (char)(group >> 10));
		ems_buf_char(out, (char)(group >> 2 & 0xff));
		return 1;
	}
	return n == 0 && pads == 0;
}

emsign_rc ems_digest_unbase64(const char *text, size_t len, struct ems_buf *out, emsign_error *err)
{
	unsigned long group = 0;
	unsigned n = 0;
	unsigned pads = 0;

	for (size_t i = 0; i < len; i++) {
		int value = sextet(text[i]);

		if (is_blank(text[i]))
			continue;
		if (text[i] == '=' && pads < 2) {
			pads++;
			continue;
		}
		if (value < 0 || pads)
			return ems_fail(err, EMSIGN_E_INVALID, "not base64 at byte %zu", i + 1);
		group = group << 6 | (unsigned long)value;
		if (++n < 4)
			continue;
		ems_buf_char(out, (char)(group >> 16 & 0xff));
		ems_buf_char(out, (char)(group >> 8 & 0xff));
		ems_buf_char(out, (char)(group & 0xff));
		group = 0;
		n = 0;
	}
	if (!put_tail(out, group, n, pads))
		return ems_fail(err, EMSIGN_E_INVALID, "base64 breaks off at its end");
	return ems_buf_rc(out, err);
}

emsign_rc ems_digest_random(void *bytes, size_t len, emsign_error *err)
{
	if (RAND_bytes_ex(NULL, bytes, len, 0) != 1)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "no random numbers");
	return ems_ok(err);
}
