/* SPDX-License-Identifier: MIT */
#include "testca.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FROM 1577836800 /* 2020-01-01 */
#define TILL 2524521600 /* 2049-12-31 */

static void must(int ok)
{
	if (!ok) {
		fputs("testca: OpenSSL refused\n", stderr);
		abort();
	}
}

static EVP_PKEY *key_of_csr(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	EVP_PKEY *key = req ? X509_REQ_get_pubkey(req) : NULL;

	must(key != NULL);
	X509_REQ_free(req);
	BIO_free(bio);
	return key;
}

static EVP_PKEY *another(EVP_PKEY *key)
{
	must(EVP_PKEY_up_ref(key));
	return key;
}

static EVP_PKEY *choose_key(const struct testca_form *form)
{
	EVP_PKEY *key;

	if (form->twin)
		return another(form->twin->key);
	if (form->csr)
		return key_of_csr(form->csr);
	if (form->key)
		return another(form->key);
	key = EVP_EC_gen("P-256");
	must(key != NULL);
	return key;
}

static void set_subject(X509 *cert, const struct testca_form *form)
{
	X509_NAME *name = X509_NAME_new();

	if (form->twin)
		must(X509_set_subject_name(cert, X509_get_subject_name(form->twin->cert)));
	else if (form->common) {
		must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
						(const unsigned char *)form->common, -1, -1, 0));
		must(X509_set_subject_name(cert, name));
	}
	X509_NAME_free(name);
}

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	must(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

void testca_make(const struct testca_form *form, struct testca *out)
{
	X509 *cert = X509_new();
	X509 *issuer = form->issuer ? form->issuer->cert : cert;
	EVP_PKEY *key = choose_key(form);
	uint64_t serial = form->serial;

	must(cert && (serial || RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1));
	must(X509_set_version(cert, X509_VERSION_3));
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert),
				     form->serial ? serial : serial >> 1 | 1));
	set_subject(cert, form);
	must(X509_set_issuer_name(cert, X509_get_subject_name(issuer)));
	must(ASN1_TIME_set(X509_getm_notBefore(cert), form->from ? form->from : FROM) != NULL);
	must(ASN1_TIME_set(X509_getm_notAfter(cert), form->till ? form->till : TILL) != NULL);
	must(X509_set_pubkey(cert, key));
	if (!form->without_ids) {
		extend(cert, issuer, NID_subject_key_identifier, "hash");
		extend(cert, issuer, NID_authority_key_identifier, "keyid");
	}
	extend(cert, issuer, NID_basic_constraints,
	       form->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (form->is_ca)
		extend(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (form->names)
		extend(cert, issuer, NID_subject_alt_name, form->names);
	must(X509_sign(cert, form->issuer ? form->issuer->key : key, EVP_sha256()));
	out->cert = cert;
	out->key = key;
}

void testca_ca(const char *common, const struct testca *issuer, struct testca *out)
{
	struct testca_form form = { .common = common, .issuer = issuer, .is_ca = 1 };

	testca_make(&form, out);
}

void testca_leaf(const char *csr, const char *common, const char *names,
		 const struct testca *issuer, struct testca *out)
{
	struct testca_form form = {
		.csr = csr, .common = common, .names = names, .issuer = issuer
	};

	testca_make(&form, out);
}

void testca_free(struct testca *ca)
{
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	memset(ca, 0, sizeof(*ca));
}

char *testca_pem(const struct testca *ca)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	char *text;
	long len;

	must(bio && PEM_write_bio_X509(bio, ca->cert));
	len = BIO_get_mem_data(bio, &data);
	text = malloc((size_t)len + 1);
	must(text != NULL);
	memcpy(text, data, (size_t)len);
	text[len] = '\0';
	BIO_free(bio);
	return text;
}

char *testca_bare(const struct testca *ca)
{
	unsigned char *der = NULL;
	int len = i2d_X509(ca->cert, &der);
	char *text = len > 0 ? malloc((size_t)len * 4 / 3 + 8) : NULL;

	must(text != NULL);
	EVP_EncodeBlock((unsigned char *)text, der, len);
	OPENSSL_free(der);
	return text;
}

char *testca_json(const char *bare)
{
	size_t len = strlen(bare), size = len + len / 64 * 2 + 80;
	char *text = malloc(size);
	int n;

	must(text != NULL);
	n = snprintf(text, size, "-----BEGIN CERTIFICATE-----");
	for (size_t at = 0; at < len; at += 64)
		n += snprintf(text + n, size - (size_t)n, "\\n%.64s", bare + at);
	snprintf(text + n, size - (size_t)n, "\\n-----END CERTIFICATE-----");
	return text;
}
