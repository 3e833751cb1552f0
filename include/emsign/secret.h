/* SPDX-License-Identifier: MIT */
/*
 * Secrets: access keys, passwords, the sealing key. Their bytes live in locked memory that is left
 * out of core dumps and wiped on release. They are lent to a callback; no function returns them, so
 * nothing can print them by accident.
 */
#ifndef EMSIGN_SECRET_H
#define EMSIGN_SECRET_H

#include <emsign/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that nothing gives back, prints or logs. */
typedef struct emsign_secret emsign_secret;

/** Gets the bytes, valid only during the call. What it returns, emsign_secret_use() returns. */
typedef emsign_rc (*emsign_secret_fn)(void *ud, const void *bytes, size_t len);

/** A secret that is fetched each time it is used (vault, agent, TPM). Nothing is cached. */
typedef struct emsign_secret_source {
	size_t size; /* sizeof(emsign_secret_source) */
	/* must: find the bytes, hand them to give(give_ud, ...) once, return what give returned */
	emsign_rc (*fetch)(void *self, emsign_secret_fn give, void *give_ud, emsign_error *err);
	/* may: called exactly once, when the last reference is gone */
	void (*destroy)(void *self);
} emsign_secret_source;

/**
 * Keeps a copy of the bytes.
 *   bytes, len  [in] 1 to 65536 bytes; wipe your own copy afterwards
 *   out         [out,own] release with emsign_secret_free()
 * Errors: EMSIGN_E_INVALID (empty or too long), EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_new(const void *bytes, size_t len, emsign_secret **out,
				       emsign_error *err);

/**
 * Reads a secret from a file; one line ending at its end is not part of the secret.
 *   path  [in] file of at most 64 KiB
 *   out   [out,own]
 * Errors: EMSIGN_E_IO (cannot be read), EMSIGN_E_INVALID (empty, too long). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_file(const char *path, emsign_secret **out, emsign_error *err);

/**
 * Opens the file that holds a sealing key (32 bytes), and makes one from the system's random
 * numbers, mode 0600, when it does not exist.
 *   path  [in] its folder must exist
 *   out   [out,own]
 * Errors: EMSIGN_E_IO; EMSIGN_E_DENIED when group or others may read the file;
 * EMSIGN_E_INVALID when it does not hold 32 bytes. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_key_file(const char *path, emsign_secret **out,
					    emsign_error *err);

/**
 * Makes a sealing key (32 bytes) from a passphrase with scrypt (N 32768, r 8, p 1).
 *   passphrase  [in]
 *   salt        [in] any text that differs between installations, at least 8 bytes
 *   out         [out,own]
 * Errors: EMSIGN_E_INVALID, EMSIGN_E_CRYPTO, EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_derive(emsign_secret *passphrase, const char *salt,
					  emsign_secret **out, emsign_error *err);

/**
 * A secret behind a table of functions.
 *   ops   [in] copied
 *   self  [in] given to each function
 *   out   [out,own]
 * Errors: EMSIGN_E_INVALID (no fetch), EMSIGN_E_NOMEM; `self` is not destroyed then. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_from(const emsign_secret_source *ops, void *self,
					emsign_secret **out, emsign_error *err);

/**
 * Lends the bytes to fn, once.
 * Returns what fn returned. Errors: those of fn and of a source's fetch. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_use(emsign_secret *secret, emsign_secret_fn fn, void *ud,
				       emsign_error *err);

/**
 * Seals a secret for storage: AES-256-GCM with a random nonce; the name is bound into the seal.
 *   key     [in] sealing key of 32 bytes
 *   name    [in] where the sealed text will be kept; unseal wants the same
 *   secret  [in]
 *   out     [out,own] text (base64 with a version prefix)
 * Errors: EMSIGN_E_INVALID (key is not 32 bytes), EMSIGN_E_CRYPTO, EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_seal(emsign_secret *key, const char *name, emsign_secret *secret,
					emsign_buf *out, emsign_error *err);

/**
 * Opens what emsign_secret_seal() made.
 *   sealed  [in] the text
 *   out     [out,own]
 * Errors: EMSIGN_E_CRYPTO when key or name are not the ones it was sealed with, or the text was
 * changed; EMSIGN_E_INVALID when it is no sealed text at all. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_secret_unseal(emsign_secret *key, const char *name, const char *sealed,
					  emsign_secret **out, emsign_error *err);

/** Drops this reference; the bytes are wiped with the last one. NULL is fine. Since 0.1. */
EMSIGN_API void emsign_secret_free(emsign_secret *secret);

#ifdef __cplusplus
}
#endif
#endif
