/* SPDX-License-Identifier: MIT */
/* What the files of this folder share with each other. Nobody else includes OpenSSL. */
#ifndef EMS_CRYPTO_OPENSSL_H
#define EMS_CRYPTO_OPENSSL_H

#include "crypto/crypto.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct emsign_key {
	EVP_PKEY *pkey;
	const char *spec; /* static */
	char spki[EMS_SHA256_HEX];
};

/* openssl.c */

/**
 * Empties OpenSSL's error queue and says whether memory was short since it was empty. Then a "no"
 * of OpenSSL may be wrong: "not issued by", "no such extension", "another key".
 */
bool ems_openssl_starved(void);

/**
 * Fails with what could not be done and OpenSSL's last reason (fixed text, never data), and empties
 * its error queue. A lack of memory in there becomes EMSIGN_E_NOMEM.
 */
emsign_rc ems_openssl_fail(emsign_error *err, emsign_rc rc, const char *what);

/* key.c */

/** The spec of a key that the CA takes; NULL for any other. Static. Leaves traces in the queue. */
const char *ems_key_kind(const EVP_PKEY *pkey);

/** A sentence for errors: which keys are possible. Static. */
const char *ems_key_possible(void);

/** SHA-256 of a SubjectPublicKeyInfo, hex. */
emsign_rc ems_key_spki(const X509_PUBKEY *pub, char out[EMS_SHA256_HEX], emsign_error *err);

#endif
