/* SPDX-License-Identifier: MIT */
/* Certificates for test servers, made on the spot; a failure aborts the test program. */
#ifndef TESTS_SUPPORT_TLSCERT_H
#define TESTS_SUPPORT_TLSCERT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct tlscert_form {
	const char *name; /* common name */
	const char *san;  /* "DNS:localhost,IP:127.0.0.1"; NULL: a root */
	long from;        /* seconds from now */
	long till;
	X509 *issuer;     /* NULL: signs itself */
	EVP_PKEY *issuer_key;
};

EVP_PKEY *tlscert_key(void);
X509 *tlscert_make(const struct tlscert_form *form, EVP_PKEY *key);

/** "sha256//BASE64" of the public key, as libcurl pins it. */
void tlscert_pin(X509 *certificate, char *out, size_t size);

void tlscert_save(X509 *certificate, const char *path);

#endif
