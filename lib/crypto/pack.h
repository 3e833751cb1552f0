/* SPDX-License-Identifier: MIT */
/* What goes into a keystore, checked, and the writers of its formats. */
#ifndef EMS_CRYPTO_PACK_H
#define EMS_CRYPTO_PACK_H

#include <stdbool.h>

#include "crypto/chain.h"

struct ems_pack {
	const struct ems_pool *certs; /* the leaf, then its chain */
	const emsign_key *key;
	const char *alias;
	int64_t since;                /* when the certificate became valid */
	const char *password;         /* UTF-8, NUL-terminated; NULL: none */
	bool compatible;              /* PKCS#12 for old readers */
	unsigned parts;               /* of PEM */
};

/** Appends a password as the formats count it: UTF-16, its high bytes first. */
void ems_pack_utf16(struct ems_buf *out, const char *utf8);

/* pkcs12_key.c */

/** What a key of PKCS#12 is for; the number goes into it. */
enum ems_pkcs12_use { EMS_PKCS12_KEY = 1, EMS_PKCS12_IV = 2, EMS_PKCS12_MAC = 3 };

struct ems_pkcs12_salt {
	const unsigned char *bytes;
	size_t len; /* at most 64 */
	int rounds;
};

/** A key of len bytes from a password, as RFC 7292 makes it. */
emsign_rc ems_pkcs12_key(const char *password, const struct ems_pkcs12_salt *salt, const EVP_MD *md,
			 enum ems_pkcs12_use use, unsigned char *out, size_t len,
			 emsign_error *err);

/* pkcs12.c, jks.c: append the whole store to out */
emsign_rc ems_pkcs12_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err);
emsign_rc ems_jks_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err);

#endif
