/* SPDX-License-Identifier: MIT */
/* The server's own certificate, under a small root of its own; also the bad ones tests ask for. */
#include "sim.h"

#include <openssl/x509v3.h>
#include <string.h>

#define DAY 86400L

static X509 *make(struct sim *sim, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	enum sim_tls_mode mode = sim->options->tls_mode;
	bool expired = issuer && mode == SIM_TLS_EXPIRED;
	bool wrong = mode == SIM_TLS_WRONG_HOST;
	X509 *cert = X509_new(), *by = issuer ? issuer : cert;
	unsigned long serial = (unsigned long)(sim_clock_random(sim) >> 2) | 1;
	bool is_root = !issuer && mode != SIM_TLS_SELF_SIGNED;
	bool done = cert && X509_set_version(cert, X509_VERSION_3) &&
		ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) &&
		sim_ca_name(cert, is_root ? "emSign Simulator" : "",
			    is_root ? "emSign-Sim TLS Root" : wrong ? "other.example" :
			    "localhost") &&
		X509_set_issuer_name(cert, X509_get_subject_name(by)) &&
		X509_gmtime_adj(X509_getm_notBefore(cert), expired ? -90 * DAY : -DAY) &&
		X509_gmtime_adj(X509_getm_notAfter(cert), expired ? -DAY : 825 * DAY) &&
		X509_set_pubkey(cert, key) &&
		sim_ca_extend(cert, by, NID_basic_constraints,
			      is_root ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
		sim_ca_extend(cert, by, NID_key_usage,
			      is_root ? "critical,keyCertSign" : "critical,digitalSignature") &&
		sim_ca_extend(cert, by, NID_subject_key_identifier, "hash");

	if (done && !is_root)
		done = sim_ca_extend(cert, by, NID_ext_key_usage, "serverAuth") &&
			sim_ca_extend(cert, by, NID_subject_alt_name, wrong ? "DNS:other.example" :
				      "DNS:localhost,IP:127.0.0.1,IP:::1");
	if (done && issuer)
		done = sim_ca_extend(cert, by, NID_authority_key_identifier, "keyid");
	if (done && X509_sign(cert, issuer_key, EVP_sha256()))
		return cert;
	X509_free(cert);
	return NULL;
}

/* A fresh root and server certificate in each run: keys are kept, so the root's key stays. */
static bool make_chain(struct sim *sim, X509 **server, EVP_PKEY **key)
{
	struct sim_arena *a = &sim->arena;
	EVP_PKEY *root_key = sim_ca_key(sim->dir, "tls-root.key", false);
	enum sim_tls_mode mode = sim->options->tls_mode;
	X509 *root = NULL;
	bool done = false;

	*key = sim_ca_key(sim->dir, "tls-server.key", false);
	if (root_key && *key) {
		sim->options->tls_mode = SIM_TLS_GOOD;
		root = make(sim, root_key, NULL, root_key);
		sim->options->tls_mode = mode;
	}
	if (root)
		*server = mode == SIM_TLS_SELF_SIGNED ? make(sim, *key, NULL, *key) :
			make(sim, *key, root, root_key);
	if (*server)
		done = sim_ca_write(sim->ca_file, root, NULL) &&
			sim_ca_write(sim_mem_printf(a, "%s/tls-server.pem", sim->dir), *server,
				     NULL);
	X509_free(root);
	EVP_PKEY_free(root_key);
	return done;
}

static bool use_own(struct sim *sim)
{
	X509 *server = NULL;
	EVP_PKEY *key = NULL;
	bool done = make_chain(sim, &server, &key) &&
		SSL_CTX_use_certificate(sim->tls, server) == 1 &&
		SSL_CTX_use_PrivateKey(sim->tls, key) == 1;

	X509_free(server);
	EVP_PKEY_free(key);
	return done;
}

bool sim_tls_start(struct sim *sim)
{
	const struct sim_options *options = sim->options;

	sim->tls = SSL_CTX_new(TLS_server_method());
	if (!sim->tls)
		return false;
	SSL_CTX_set_min_proto_version(sim->tls, TLS1_2_VERSION);
	SSL_CTX_set_mode(sim->tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(sim->tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (!options->tls_cert)
		return use_own(sim);
	sim->ca_file = sim_mem_text(&sim->arena, options->tls_cert);
	return SSL_CTX_use_certificate_chain_file(sim->tls, options->tls_cert) == 1 &&
		SSL_CTX_use_PrivateKey_file(sim->tls, options->tls_key ? options->tls_key :
					    options->tls_cert, SSL_FILETYPE_PEM) == 1;
}
