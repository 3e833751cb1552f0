/* SPDX-License-Identifier: MIT */
/*
 * Floor: OpenSSL alone. Each certificate is read from its PEM text, its names, serial number and
 * dates are decoded (who keeps certificates wants to know these), it is hashed with its public key,
 * and its signature is checked with the key of its issuer. The issuers are the same for all: they
 * are read once, before the watch starts.
 *
 *   verify CERTIFICATES ISSUERS
 *
 * Both are PEM texts one after the other.
 */
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "floor.h"

#define MOST_ISSUERS 16

static X509 *issuers[MOST_ISSUERS];
static int n_issuers;

static X509 *issuer_of(X509 *cert)
{
	int i;

	for (i = 0; i < n_issuers; i++)
		if (!X509_NAME_cmp(X509_get_subject_name(issuers[i]), X509_get_issuer_name(cert)))
			return issuers[i];
	floor_fail("verify", "the issuer of a certificate is missing");
}

static void decode(X509 *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = BN_bn2hex(serial), subject[512];
	unsigned char *key = NULL;
	struct tm from, till;
	unsigned n;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &key);

	if (!names || !hex || len <= 0 || !ASN1_TIME_to_tm(X509_get0_notBefore(cert), &from) ||
	    !ASN1_TIME_to_tm(X509_get0_notAfter(cert), &till) ||
	    !X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject)) ||
	    !X509_digest(cert, EVP_sha256(), digest, &n) ||
	    !EVP_Digest(key, (size_t)len, digest, &n, EVP_sha256(), NULL))
		floor_fail("verify", "a certificate cannot be decoded");
	GENERAL_NAMES_free(names);
	BN_free(serial);
	OPENSSL_free(hex);
	OPENSSL_free(key);
}

static void verify(X509 *cert)
{
	decode(cert);
	if (X509_verify(cert, X509_get0_pubkey(issuer_of(cert))) != 1)
		floor_fail("verify", "a signature is wrong");
}

/* The issuers, before the watch starts. */
static void load_issuers(const char *path)
{
	size_t len;
	char *text = floor_load(path, &len);
	BIO *bio = BIO_new_mem_buf(text, (int)len);

	while (n_issuers < MOST_ISSUERS &&
	       (issuers[n_issuers] = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		n_issuers++;
	BIO_free(bio);
	free(text);
}

int main(int argc, char **argv)
{
	int64_t n = 0;
	size_t len;
	char *text;
	X509 *cert;
	BIO *bio;

	if (argc != 3) {
		fputs("usage: verify CERTIFICATES ISSUERS\n", stderr);
		return 2;
	}
	load_issuers(argv[2]);
	text = floor_load(argv[1], &len);
	bio = BIO_new_mem_buf(text, (int)len);
	floor_start();
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		verify(cert);
		X509_free(cert);
		n++;
	}
	floor_stop(n, (int64_t)len);
	BIO_free(bio);
	free(text);
	while (n_issuers)
		X509_free(issuers[--n_issuers]);
	return 0;
}
