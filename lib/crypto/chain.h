/* SPDX-License-Identifier: MIT */
/* Certificates that came together, and who issued whom among them. */
#ifndef EMS_CRYPTO_CHAIN_H
#define EMS_CRYPTO_CHAIN_H

#include <openssl/x509.h>

#include "crypto/crypto.h"

#define EMS_POOL_MAX 32

/** What the texts held, each certificate once, in the order of coming. Starts as {0}. */
struct ems_pool {
	X509 *certs[EMS_POOL_MAX];
	size_t n;
	size_t seen; /* with duplicates */
};

/**
 * Adds the certificates of a text: PEM blocks, or without any the bare base64 of one certificate or
 * several. Blank text adds none. Errors: EMSIGN_E_INVALID for what is broken or too much.
 */
emsign_rc ems_pool_add(struct ems_pool *pool, const char *text, size_t len, emsign_error *err);

/** Adds the certificates of another pool, which keeps them too. */
emsign_rc ems_pool_join(struct ems_pool *pool, const struct ems_pool *other, emsign_error *err);

void ems_pool_free(struct ems_pool *pool);

/** The way from a leaf to its root. All borrowed from the pool. */
struct ems_chain {
	X509 *leaf;
	X509 *links[EMS_POOL_MAX]; /* each signed the one before */
	size_t n;
	X509 *root; /* NULL when it is not in the pool, and when it is the leaf itself */
};

/** Which certificate of a pool (that is not empty) is the leaf. */
X509 *ems_chain_leaf(const struct ems_pool *pool);

/**
 * Finds the issuers of a leaf in the pool; the rest is left aside. The result does not depend on
 * the order of the pool.
 *   known  issuers that came before; may be NULL
 */
void ems_chain_build(const struct ems_pool *pool, X509 *leaf, struct ems_issuers *known,
		     struct ems_chain *chain);

/** Appends a certificate as PEM. */
emsign_rc ems_chain_write(const X509 *cert, struct ems_buf *out, emsign_error *err);

#endif
