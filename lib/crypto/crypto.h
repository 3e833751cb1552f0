/* SPDX-License-Identifier: MIT */
/* What the other folders may ask of cryptography. No type of OpenSSL leaves lib/crypto. */
#ifndef EMS_CRYPTO_CRYPTO_H
#define EMS_CRYPTO_CRYPTO_H

#include <emsign/certificate.h>
#include <emsign/key.h>
#include <emsign/keystore.h>

#include "base/buf.h"

/* digest.c */

#define EMS_SHA256_HEX 65

/** SHA-256 of some pieces one behind the other, lower-case hex. Pieces end with {NULL, 0}. */
struct ems_piece {
	const void *bytes;
	size_t len;
};
emsign_rc ems_digest_sha256(const struct ems_piece *pieces, char out[EMS_SHA256_HEX],
			    emsign_error *err);

/** Base64 on one line, and back (white space is passed over). */
void ems_digest_base64(struct ems_buf *out, const void *bytes, size_t len);
emsign_rc ems_digest_unbase64(const char *text, size_t len, struct ems_buf *out, emsign_error *err);

/** Random bytes of the system. */
emsign_rc ems_digest_random(void *bytes, size_t len, emsign_error *err);

/* key.c */

/** The private key as unencrypted PKCS#8 PEM inside a secret, for sealing. */
emsign_rc ems_key_secret(emsign_key *key, emsign_secret **out, emsign_error *err);

/* csr.c */

/**
 * Reads a CSR that came as text (PEM, also with blanks for line breaks, or bare base64) and checks
 * its signature, its key (a kind that the CA takes) and its digest (not MD5, not SHA-1). The result
 * holds `key`, `domain` (common name, else first SAN), `sans` (without domain), `spki`, `pem`
 * (re-encoded).
 * Errors: EMSIGN_E_INVALID with what is wrong and what would be right.
 */
emsign_rc ems_csr_parse(const char *text, emsign_csr **out, emsign_error *err);

/* issuers.c */

/** Issuers that came before, so that each is read and verified once. NULL when memory is short. */
struct ems_issuers *ems_issuers_new(void);
void ems_issuers_free(struct ems_issuers *issuers);

/* certificate.c, chain.c */

/**
 * A certificate from the parts that the CA sent: each PEM (maybe several blocks) or bare base64, or
 * NULL. Like emsign_certificate_parse(), but the leaf is told.
 *   known  issuers that came before; may be NULL
 */
emsign_rc ems_certificate_build(const char *leaf, const char *const *others,
				struct ems_issuers *known, emsign_certificate **out,
				emsign_error *err);

#endif
