/* SPDX-License-Identifier: MIT */
/*
 * Keystores: PEM, PKCS#12, JKS. Key and certificate are checked to belong together before a byte is
 * written.
 */
#ifndef EMSIGN_KEYSTORE_H
#define EMSIGN_KEYSTORE_H

#include <emsign/base.h>
#include <emsign/key.h>
#include <emsign/record.h>
#include <emsign/secret.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Packs a key and its certificate.
 *   certificate  [in]
 *   key          [in,opt] may be NULL for the parts of "pem" that hold no key
 *   options      [in,opt] named values:
 *                `type`     "pem" (default), "pkcs12" (also "pfx", "p12") or "jks"
 *                `profile`  of PKCS#12: "modern" (default; AES-256, PBKDF2 with SHA-256) or
 *                           "compatible" (3DES and SHA-1, for Windows 2016 and old Java)
 *                `alias`    name of the entry; default: the certificate's domain
 *                `root`     "no" (default) or "yes": put the root last into the chain
 *                `part`     of PEM: "all" (default: key, certificate, chain), "key",
 *                           "certificate", "chain", "fullchain" (certificate and chain)
 *   password     [in,opt] protects the key; must be given for "pkcs12" and "jks" (there at least
 *                6 bytes); PEM keys are plain without one
 *   out          [out,own] the bytes
 * Errors: EMSIGN_E_INVALID (names the option), EMSIGN_E_MISMATCH (key and certificate differ),
 * EMSIGN_E_CRYPTO, EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_keystore_pack(const emsign_certificate *certificate, emsign_key *key,
					  const emsign_kv *options, emsign_secret *password,
					  emsign_buf *out, emsign_error *err);

/**
 * Writes bytes to a file in one step: a reader sees the old file or the new one, whole. The file
 * has mode 0600 from its first instant and is on stable storage when the call returns.
 *   path   [in] its folder must exist
 *   bytes  [in]
 * Errors: EMSIGN_E_IO; the old file, if any, is untouched then. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_keystore_save(const char *path, const emsign_buf *bytes,
					  emsign_error *err);

#ifdef __cplusplus
}
#endif
#endif
