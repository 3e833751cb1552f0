/* SPDX-License-Identifier: MIT */
/* From the record of a certificate back to OpenSSL. */
#ifndef EMS_CRYPTO_CERTIFICATE_H
#define EMS_CRYPTO_CERTIFICATE_H

#include "crypto/chain.h"

/** Reads the certificate itself into an empty pool, as its only member. */
emsign_rc ems_certificate_open(const emsign_certificate *certificate, struct ems_pool *pool,
			       emsign_error *err);

#endif
