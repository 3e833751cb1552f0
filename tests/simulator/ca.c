/* SPDX-License-Identifier: MIT */
/* The hierarchies: a public and a private root, each with an issuing CA, kept in the directory. */
#include "sim.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define YEAR 31536000L

static FILE *create(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

EVP_PKEY *sim_ca_key(const char *dir, const char *file, bool rsa)
{
	char path[4096];
	EVP_PKEY *key = NULL;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	stream = fopen(path, "r");
	if (stream) {
		key = PEM_read_PrivateKey(stream, NULL, NULL, NULL);
		fclose(stream);
		if (key)
			return key;
	}
	key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	stream = key ? create(path, 0600) : NULL;
	if (!stream || !PEM_write_PrivateKey(stream, key, NULL, NULL, 0, NULL, NULL)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	if (stream)
		fclose(stream);
	return key;
}

bool sim_ca_write(const char *path, X509 *cert, EVP_PKEY *key)
{
	FILE *stream = create(path, key ? 0600 : 0644);
	bool done = stream && PEM_write_X509(stream, cert) &&
		(!key || PEM_write_PrivateKey(stream, key, NULL, NULL, 0, NULL, NULL));

	if (stream && fclose(stream))
		done = false;
	return done;
}

bool sim_ca_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool done;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&context);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	done = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return done;
}

static bool add_name(X509_NAME *name, int nid, const char *text)
{
	/* an over-long name does not fit the field; the certificate has it elsewhere */
	return !*text || strlen(text) > 64 ||
		X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
					   (const unsigned char *)text, -1, -1, 0);
}

bool sim_ca_name(X509 *cert, const char *organization, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return (!*organization || add_name(name, NID_countryName, "US")) &&
		add_name(name, NID_organizationName, organization) &&
		add_name(name, NID_commonName, common_name);
}

char *sim_ca_pem(struct sim_arena *arena, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL, *text = NULL;
	long len;

	if (bio && PEM_write_bio_X509(bio, cert)) {
		len = BIO_get_mem_data(bio, &data);
		text = sim_mem_copy(arena, data, (size_t)len);
	}
	BIO_free(bio);
	return text;
}

static X509 *make(const char *common_name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509 *by = issuer ? issuer : cert;
	BIGNUM *serial = BN_new();
	bool done = cert && serial && BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
		BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) &&
		X509_set_version(cert, X509_VERSION_3) && X509_set_pubkey(cert, key) &&
		sim_ca_name(cert, "emSign Simulator", common_name) &&
		X509_set_issuer_name(cert, X509_get_subject_name(by)) &&
		/* old enough for every certificate of the history */
		X509_gmtime_adj(X509_getm_notBefore(cert), -10 * YEAR) &&
		X509_gmtime_adj(X509_getm_notAfter(cert), 15 * YEAR) &&
		sim_ca_extend(cert, by, NID_basic_constraints,
			      issuer ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE") &&
		sim_ca_extend(cert, by, NID_key_usage, "critical,keyCertSign,cRLSign") &&
		sim_ca_extend(cert, by, NID_subject_key_identifier, "hash") &&
		(!issuer || sim_ca_extend(cert, by, NID_authority_key_identifier, "keyid")) &&
		X509_sign(cert, issuer_key, EVP_sha256());

	BN_free(serial);
	if (!done) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

static X509 *load_or_make(const char *dir, const char *file, const char *common_name,
			  EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	char path[4096];
	X509 *cert = NULL;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	stream = fopen(path, "r");
	if (stream) {
		cert = PEM_read_X509(stream, NULL, NULL, NULL);
		fclose(stream);
		if (cert && X509_check_private_key(cert, key) == 1)
			return cert;
		X509_free(cert);
	}
	cert = make(common_name, key, issuer, issuer_key);
	if (cert && !sim_ca_write(path, cert, NULL)) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

static bool start(struct sim *sim, struct sim_ca *ca, const char *prefix, const char *root_name,
		  const char *issuing_name, bool rsa)
{
	struct sim_arena *a = &sim->arena;

	ca->root_key = sim_ca_key(sim->dir, sim_mem_printf(a, "%sroot.key", prefix), false);
	/* RSA signatures are deterministic: one history certificate is the same on every fetch */
	ca->issuing_key = sim_ca_key(sim->dir, sim_mem_printf(a, "%sissuing.key", prefix), rsa);
	if (!ca->root_key || !ca->issuing_key)
		return false;
	ca->root = load_or_make(sim->dir, sim_mem_printf(a, "%sroot.pem", prefix), root_name,
				ca->root_key, NULL, ca->root_key);
	ca->issuing = !ca->root ? NULL :
		load_or_make(sim->dir, sim_mem_printf(a, "%sissuing.pem", prefix), issuing_name,
			     ca->issuing_key, ca->root, ca->root_key);
	if (!ca->issuing)
		return false;
	ca->root_pem = sim_ca_pem(a, ca->root);
	ca->issuing_pem = sim_ca_pem(a, ca->issuing);
	return ca->root_pem && ca->issuing_pem;
}

bool sim_ca_start(struct sim *sim)
{
	return start(sim, &sim->public_ca, "", "emSign-Sim Root CA - G1",
		     "emSign-Sim SSL CA - G1", true) &&
		start(sim, &sim->private_ca, "private-", "emSign-Sim Intranet Root CA - G1",
		      "emSign-Sim Intranet CA - G1", false);
}

static void stop(struct sim_ca *ca)
{
	X509_free(ca->root);
	X509_free(ca->issuing);
	EVP_PKEY_free(ca->root_key);
	EVP_PKEY_free(ca->issuing_key);
}

void sim_ca_stop(struct sim *sim)
{
	stop(&sim->public_ca);
	stop(&sim->private_ca);
	SSL_CTX_free(sim->tls);
}
