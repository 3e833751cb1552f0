/* SPDX-License-Identifier: MIT */
/*
 * Private keys and CSRs. A private key leaves the library only inside a keystore or, when asked
 * for, as PEM.
 */
#ifndef EMSIGN_KEY_H
#define EMSIGN_KEY_H

#include <emsign/base.h>
#include <emsign/secret.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A private key, and the public one to it. */
typedef struct emsign_key emsign_key;

/**
 * Makes a private key.
 *   spec  [in] "RSA:2048", "RSA:3072", "RSA:4096", "EC:P-256" or "EC:P-384" (case does not matter)
 *   out   [out,own] release with emsign_key_free()
 * Errors: EMSIGN_E_INVALID (another spec; the message lists the possible ones), EMSIGN_E_CRYPTO,
 * EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_key_make(const char *spec, emsign_key **out, emsign_error *err);

/**
 * Reads a private key from PEM (PKCS#8, plain or encrypted, or the traditional forms).
 *   pem       [in] secret that holds the text
 *   password  [in] for encrypted PEM; NULL when it is plain
 *   out       [out,own]
 * Errors: EMSIGN_E_INVALID (no key in it, or a kind that the CA does not take),
 * EMSIGN_E_CRYPTO (wrong or missing password). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_key_parse(emsign_secret *pem, emsign_secret *password, emsign_key **out,
				      emsign_error *err);

/**
 * Which key it is, e.g. "EC:P-256".
 * Returns text that lives as long as the key. Since 0.1.
 */
EMSIGN_API const char *emsign_key_spec(const emsign_key *key);

/**
 * SHA-256 of its public key (SubjectPublicKeyInfo), lower-case hex: the name under which a key, its
 * CSR and its certificates find each other.
 * Returns text that lives as long as the key. Since 0.1.
 */
EMSIGN_API const char *emsign_key_spki(const emsign_key *key);

/**
 * Makes a CSR, signed by the key with SHA-256 (SHA-384 for P-384).
 *   subject  [in] named values: `domain` (common name and first SAN; must), `san` (repeated),
 *            `organization`, `unit` (repeated), `locality`, `state`, `country`, `email`. Names may
 *            be given as U-labels. A common name of more than 64 bytes is left to the SANs alone.
 *   out      [out,own] PEM text
 * Errors: EMSIGN_E_INVALID (names the field), EMSIGN_E_CRYPTO. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_key_csr(emsign_key *key, const emsign_kv *subject, emsign_buf *out,
				    emsign_error *err);

/** Wipes and releases the key. NULL is fine. Since 0.1. */
EMSIGN_API void emsign_key_free(emsign_key *key);

#ifdef __cplusplus
}
#endif
#endif
