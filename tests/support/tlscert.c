/* SPDX-License-Identifier: MIT */
#include "tlscert.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int ok)
{
	if (!ok) {
		fputs("tlscert: OpenSSL refused\n", stderr);
		abort();
	}
}

EVP_PKEY *tlscert_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	must(key != NULL);
	return key;
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	must(extension && X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

X509 *tlscert_make(const struct tlscert_form *form, EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509 *issuer = form->issuer ? form->issuer : certificate;
	X509_NAME *name = X509_NAME_new();
	uint64_t serial;

	must(certificate && name && RAND_bytes((unsigned char *)&serial, sizeof(serial)));
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					(const unsigned char *)form->name, -1, -1, 0));
	must(X509_set_version(certificate, X509_VERSION_3));
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1));
	must(X509_set_subject_name(certificate, name));
	must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
	must(X509_gmtime_adj(X509_getm_notBefore(certificate), form->from) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(certificate), form->till) != NULL);
	must(X509_set_pubkey(certificate, key));
	extend(certificate, issuer, NID_subject_key_identifier, "hash");
	extend(certificate, issuer, NID_basic_constraints,
	       form->san ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (form->san)
		extend(certificate, issuer, NID_subject_alt_name, form->san);
	must(X509_sign(certificate, form->issuer ? form->issuer_key : key, EVP_sha256()));
	X509_NAME_free(name);
	return certificate;
}

void tlscert_pin(X509 *certificate, char *out, size_t size)
{
	unsigned char *spki = NULL;
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned char text[64];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);

	must(len > 0);
	SHA256(spki, (size_t)len, digest);
	EVP_EncodeBlock(text, digest, sizeof(digest));
	snprintf(out, size, "sha256//%s", (char *)text);
	OPENSSL_free(spki);
}

void tlscert_save(X509 *certificate, const char *path)
{
	FILE *file = fopen(path, "w");

	must(file && PEM_write_X509(file, certificate) && !fclose(file));
}
