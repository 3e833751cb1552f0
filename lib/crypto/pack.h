/* SPDX-License-Identifier: MIT */
/* What goes into a keystore, checked, and the writers of its formats. */
#ifndef EMS_CRYPTO_PACK_H
#define EMS_CRYPTO_PACK_H

#include <stdbool.h>

#include "crypto/chain.h"

struct ems_pack {
	const struct ems_pool *certs; /* the leaf, then its chain */
	EVP_PKEY *pkey;
	const char *alias;
	int64_t since;                /* when the certificate became valid */
	const char *password;         /* UTF-8, NUL-terminated; NULL: none */
	bool compatible;              /* PKCS#12 for old readers */
	unsigned parts;               /* of PEM */
};

/** The private key as PKCS#8 DER; release it with OPENSSL_clear_free(der, len). */
emsign_rc ems_pack_pkcs8(const EVP_PKEY *pkey, unsigned char **der, size_t *len, emsign_error *err);

/* pkcs12.c, jks.c: append the whole store to out */
emsign_rc ems_pkcs12_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err);
emsign_rc ems_jks_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err);

#endif
