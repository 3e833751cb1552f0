/* SPDX-License-Identifier: MIT */
/*
 * A CA for tests: roots, intermediates, leaves, cross-signed and expired ones, made on the spot. A
 * failure aborts the test program.
 */
#ifndef TESTS_SUPPORT_TESTCA_H
#define TESTS_SUPPORT_TESTCA_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

struct testca {
	X509 *cert;
	EVP_PKEY *key; /* NULL: only the public one is known */
};

struct testca_form {
	const char *common;          /* common name; NULL: none */
	const char *names;           /* SAN of a leaf: "DNS:a.example,DNS:b.example"; NULL: none */
	const struct testca *issuer; /* NULL: signs itself */
	const struct testca *twin;   /* subject and key of that one: cross-signing */
	const char *csr;             /* PEM; the public key is taken from it */
	EVP_PKEY *key;               /* or this one; otherwise a new EC:P-256 */
	int is_ca;
	int without_ids;             /* no key ids: only name and signature tell who issued it */
	int64_t from;                /* Unix seconds; 0: 2020-01-01 */
	int64_t till;                /* 0: 2049-12-31 */
	uint64_t serial;             /* 0: some number */
};

void testca_make(const struct testca_form *form, struct testca *out);

/** A root, or with an issuer an intermediate. */
void testca_ca(const char *common, const struct testca *issuer, struct testca *out);

/** A leaf for the public key of a CSR. */
void testca_leaf(const char *csr, const char *common, const char *names,
		 const struct testca *issuer, struct testca *out);

void testca_free(struct testca *ca);

/** PEM text, released with free(). */
char *testca_pem(const struct testca *ca);

/** Base64 of the DER on one line, released with free(). */
char *testca_bare(const struct testca *ca);

/** PEM around such base64, as it stands in a text of JSON; released with free(). */
char *testca_json(const char *bare);

#endif
