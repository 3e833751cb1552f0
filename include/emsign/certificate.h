/* SPDX-License-Identifier: MIT */
/*
 * Certificates without a CA at hand: reading and checking them. What the account's verbs do after a
 * fetch is built on these.
 */
#ifndef EMSIGN_CERTIFICATE_H
#define EMSIGN_CERTIFICATE_H

#include <emsign/base.h>
#include <emsign/key.h>
#include <emsign/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Reads a certificate and what came with it. The first certificate of the text is the leaf, unless
 * another one is clearly it (no other certificate is issued by it); the chain is rebuilt by issuer
 * from the rest in whatever order, duplicates and strangers dropped.
 *   text, len  [in] PEM, several blocks, or the bare base64 of one DER certificate
 *   out        [out,own] `credential`, `order`, `csr` and `url` are NULL
 * Errors: EMSIGN_E_INVALID (no certificate in it), EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_certificate_parse(const char *text, size_t len,
					      emsign_certificate **out, emsign_error *err);

/**
 * Checks that a certificate belongs to a key.
 * Errors: EMSIGN_E_MISMATCH when the public keys differ; EMSIGN_E_INVALID. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_certificate_fits(const emsign_certificate *certificate,
					     const emsign_key *key, emsign_error *err);

/**
 * Checks that a certificate covers names; a wildcard covers one label.
 *   names  [in] NULL-terminated, U-labels or A-labels, any case
 * Errors: EMSIGN_E_MISMATCH with the first name that is missing; EMSIGN_E_INVALID. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_certificate_covers(const emsign_certificate *certificate,
					       const char *const *names, emsign_error *err);

#ifdef __cplusplus
}
#endif
#endif
