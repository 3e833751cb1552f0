/* SPDX-License-Identifier: MIT */
#include "crypto/private.h"

#include <string.h>

#include <openssl/core_names.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/openssl.h"

#define RSA_ALGORITHM "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define EC_ALGORITHM "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define P256_ALGORITHM "\x30\x13" EC_ALGORITHM "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384_ALGORITHM "\x30\x10" EC_ALGORITHM "\x06\x05\x2b\x81\x04\x00\x22"
#define BYTES(text) text, sizeof(text) - 1

const struct ems_private_kind ems_private_kinds[] = {
	{ "RSA:2048", "RSA", 2048, NULL, BYTES(RSA_ALGORITHM) },
	{ "RSA:3072", "RSA", 3072, NULL, BYTES(RSA_ALGORITHM) },
	{ "RSA:4096", "RSA", 4096, NULL, BYTES(RSA_ALGORITHM) },
	{ "EC:P-256", "EC", 256, "prime256v1", BYTES(P256_ALGORITHM) },
	{ "EC:P-384", "EC", 384, "secp384r1", BYTES(P384_ALGORITHM) },
};
const size_t ems_private_n_kinds = sizeof(ems_private_kinds) / sizeof(ems_private_kinds[0]);

/* In the order in which PKCS#1 has them. */
static const char *const rsa_names[EMS_PRIVATE_NUMBERS] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* Where OpenSSL finds each number, or puts it. */
static void describe(const struct ems_private_kind *kind, ems_private_number *numbers,
		     OSSL_PARAM params[EMS_PRIVATE_NUMBERS + 1])
{
	size_t width = kind->bits / 8;
	size_t n = 0;

	if (kind->curve) {
		/* both ends of OpenSSL take the name of the curve apart from these */
		params[n++] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY,
						      numbers[EMS_EC_PRIVATE], width);
		params[n++] = OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PUB_KEY, numbers[EMS_EC_POINT], 2 * width + 1);
	}
	for (size_t i = 0; !kind->curve && i < EMS_PRIVATE_NUMBERS; i++)
		params[n++] = OSSL_PARAM_construct_BN(rsa_names[i], numbers[i], EMS_PRIVATE_BYTES);
	params[n] = OSSL_PARAM_construct_end();
}

/* --- out of OpenSSL --------------------------------------------------------------------------- */

struct taking {
	const EVP_PKEY *pkey;
	const struct ems_private_kind *kind;
	emsign_error *err;
};

static emsign_rc take(void *ud, void *bytes, size_t *len)
{
	struct taking *t = ud;
	OSSL_PARAM params[EMS_PRIVATE_NUMBERS + 2];

	(void)len;
	describe(t->kind, bytes, params);
	if (EVP_PKEY_get_params(t->pkey, params) != 1)
		return ems_openssl_fail(t->err, EMSIGN_E_CRYPTO, "private key cannot be read");
	for (const OSSL_PARAM *p = params; p->key; p++)
		if (!OSSL_PARAM_modified(p))
			return ems_openssl_fail(t->err, EMSIGN_E_CRYPTO,
						"private key is not whole");
	return EMSIGN_OK;
}

emsign_rc ems_private_take(const EVP_PKEY *pkey, const struct ems_private_kind *kind,
			   emsign_secret **out, emsign_error *err)
{
	struct taking t = { pkey, kind, err };

	return ems_secret_make(EMS_PRIVATE_NUMBERS * EMS_PRIVATE_BYTES, take, &t, out, err);
}

/* --- back into it ----------------------------------------------------------------------------- */

struct opening {
	const struct ems_private_kind *kind;
	EVP_PKEY *pkey;
	emsign_error *err;
};

static emsign_rc open_numbers(void *ud, const void *bytes, size_t len)
{
	struct opening *o = ud;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, o->kind->type, NULL);
	OSSL_PARAM params[EMS_PRIVATE_NUMBERS + 2];
	OSSL_PARAM *p = params;

	(void)len;
	if (o->kind->curve) /* it changes none of them, its prototype is older than const */
		*p++ = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
							(char *)(uintptr_t)o->kind->curve, 0);
	describe(o->kind, (ems_private_number *)(uintptr_t)bytes, p);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &o->pkey, EVP_PKEY_KEYPAIR, params) != 1)
		o->pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return o->pkey ? ems_ok(o->err) : ems_openssl_fail(o->err, EMSIGN_E_CRYPTO,
							   "private key cannot be used");
}

emsign_rc ems_private_open(const struct ems_private_kind *kind, emsign_secret *numbers,
			   EVP_PKEY **out, emsign_error *err)
{
	struct opening o = { kind, NULL, err };
	emsign_rc rc = emsign_secret_use(numbers, open_numbers, &o, err);

	*out = o.pkey;
	return rc;
}
