/* SPDX-License-Identifier: MIT */
/* What the files of this folder share with each other. Nobody else includes OpenSSL. */
#ifndef EMS_CRYPTO_OPENSSL_H
#define EMS_CRYPTO_OPENSSL_H

#include "crypto/crypto.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct ems_private_kind;

struct emsign_key {
	const struct ems_private_kind *kind;
	emsign_secret *numbers; /* see private.h */
	EVP_PKEY *public_part;
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

/** The kind of a key that the CA takes; NULL for any other. Leaves traces in the queue. */
const struct ems_private_kind *ems_key_kind(const EVP_PKEY *pkey);

/** The whole key, for the time of a signature; release it at once with EVP_PKEY_free(). */
emsign_rc ems_key_open(const emsign_key *key, EVP_PKEY **out, emsign_error *err);

/** Unencrypted PKCS#8, DER. */
emsign_rc ems_key_pkcs8(const emsign_key *key, emsign_secret **out, emsign_error *err);

/** A sentence for errors: which keys are possible. Static. */
const char *ems_key_possible(void);

/** SHA-256 of a SubjectPublicKeyInfo, hex. */
emsign_rc ems_key_spki(const X509_PUBKEY *pub, char out[EMS_SHA256_HEX], emsign_error *err);

#endif
