/* SPDX-License-Identifier: MIT */
/*
 * Issuers that came before. An account's certificates come with the same few issuers each time:
 * they are read once, and it is verified once who issued whom among them.
 */
#ifndef EMS_CRYPTO_ISSUERS_H
#define EMS_CRYPTO_ISSUERS_H

#include <stdbool.h>

#include "crypto/chain.h"

/** Adds the certificates of a text to a pool, read now or before. */
emsign_rc ems_issuers_add(struct ems_issuers *issuers, const char *text, struct ems_pool *pool,
			  emsign_error *err);

/** Drops all of them: what was found out while memory was short may be wrong. */
void ems_issuers_forget(struct ems_issuers *issuers);

/** Did one issue the other? `issuers` may be NULL. */
bool ems_issuers_issued(struct ems_issuers *issuers, X509 *issuer, X509 *cert);

#endif
