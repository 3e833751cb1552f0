/* SPDX-License-Identifier: MIT */
/*
 * The private part of a key while nobody uses it: its numbers, in locked pages that no core dump
 * holds. OpenSSL keeps its own on the ordinary heap and leaves copies there when it reads or writes
 * a key, so its object is made for the time of a signature alone, and PKCS#8 is our own.
 */
#ifndef EMS_CRYPTO_PRIVATE_H
#define EMS_CRYPTO_PRIVATE_H

#include <openssl/evp.h>

#include <emsign/secret.h>

#define EMS_PRIVATE_NUMBERS 8
#define EMS_PRIVATE_BYTES 512 /* of RSA with 4096 bits */

/** A number as OpenSSL takes and gives it: its bytes in the order of this machine. */
typedef unsigned char ems_private_number[EMS_PRIVATE_BYTES];

enum ems_private_rsa { EMS_RSA_N, EMS_RSA_E, EMS_RSA_D, EMS_RSA_P, EMS_RSA_Q };
enum ems_private_ec { EMS_EC_PRIVATE, EMS_EC_POINT }; /* the point is bytes, not a number */

/** Every kind of key that the CA takes. */
struct ems_private_kind {
	const char *spec;           /* "EC:P-256" */
	const char *type;           /* as OpenSSL calls it */
	size_t bits;
	const char *curve;          /* as OpenSSL calls it; NULL: RSA */
	const char *algorithm;      /* AlgorithmIdentifier of PKCS#8 */
	size_t algorithm_len;
};

extern const struct ems_private_kind ems_private_kinds[];
extern const size_t ems_private_n_kinds;

/** Copies the numbers of a key out of OpenSSL. */
emsign_rc ems_private_take(const EVP_PKEY *pkey, const struct ems_private_kind *kind,
			   emsign_secret **out, emsign_error *err);

/** Makes OpenSSL's object of them; release it at once with EVP_PKEY_free(). */
emsign_rc ems_private_open(const struct ems_private_kind *kind, emsign_secret *numbers,
			   EVP_PKEY **out, emsign_error *err);

/* pkcs8.c */

/** Unencrypted PKCS#8, DER. */
emsign_rc ems_pkcs8_write(const struct ems_private_kind *kind, emsign_secret *numbers,
			  emsign_secret **out, emsign_error *err);

/**
 * Reads what ems_pkcs8_write() and OpenSSL write.
 * Errors: EMSIGN_E_INVALID (something else, maybe a key in another form), EMSIGN_E_NOMEM.
 */
emsign_rc ems_pkcs8_read(const unsigned char *der, size_t len, const struct ems_private_kind **kind,
			 emsign_secret **out, emsign_error *err);

#endif
