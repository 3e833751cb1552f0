/* SPDX-License-Identifier: MIT */
/*
 * Stands in for OpenSSL's EVP_PKEY_Q_keygen(), so that the private numbers of a key are known as
 * soon as the key is.
 */
#include "secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "support/leak.h"

#define NUMBER_MAX 1024

static int output = -1;

void secret_keys_write_to(int fd)
{
	output = fd;
}

void secret_keys_write(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	static char *text;

	if (!text)
		text = leak_room(2 * NUMBER_MAX + 2);
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", at[i]);
	text[2 * len] = '\n';
	if (output >= 0 && write(output, text, 2 * len + 1) < 0)
		abort();
}

/* Asked for in memory that no core holds; OpenSSL writes it as a number of this machine. */
static void learn(const EVP_PKEY *pkey, const char *name)
{
	static unsigned char *room;
	OSSL_PARAM params[2];
	size_t len;

	if (!room)
		room = leak_room(2 * NUMBER_MAX);
	params[0] = OSSL_PARAM_construct_BN(name, room, NUMBER_MAX);
	params[1] = OSSL_PARAM_construct_end();
	if (EVP_PKEY_get_params(pkey, params) != 1 || !OSSL_PARAM_modified(&params[0]))
		return;
	len = params[0].return_size;
	while (len && !room[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		room[NUMBER_MAX + i] = room[len - 1 - i];
	leak_add(name, room + NUMBER_MAX, len);
	secret_keys_write(room + NUMBER_MAX, len);
	memset(room, 0, 2 * NUMBER_MAX);
}

static EVP_PKEY *generate(EVP_PKEY_CTX *ctx, va_list args, int rsa)
{
	EVP_PKEY *pkey = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1)
		return NULL;
	if (rsa) {
		size_t bits = va_arg(args, size_t);
		OSSL_PARAM params[2] = { OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_BITS, &bits),
					 OSSL_PARAM_construct_end() };

		if (EVP_PKEY_CTX_set_params(ctx, params) != 1)
			return NULL;
	} else if (EVP_PKEY_CTX_set_group_name(ctx, va_arg(args, char *)) != 1) {
		return NULL;
	}
	return EVP_PKEY_generate(ctx, &pkey) == 1 ? pkey : NULL;
}

EVP_PKEY *EVP_PKEY_Q_keygen(OSSL_LIB_CTX *libctx, const char *propq, const char *type, ...)
{
	static const char *const numbers[] = {
		OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
		OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	int rsa = strcmp(type, "RSA") == 0;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(libctx, type, propq);
	EVP_PKEY *pkey;
	va_list args;

	va_start(args, type);
	pkey = generate(ctx, args, rsa);
	va_end(args);
	EVP_PKEY_CTX_free(ctx);
	for (size_t i = rsa ? 1 : 0; pkey && i < (rsa ? 7 : 1); i++)
		learn(pkey, numbers[i]);
	return pkey;
}
