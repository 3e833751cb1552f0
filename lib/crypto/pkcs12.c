/* SPDX-License-Identifier: MIT */
#include "crypto/pack.h"

#include <openssl/pkcs12.h>

#include "base/err.h"
#include "crypto/openssl.h"

/* How a profile protects key, certificates and the whole. */
struct profile {
	int pbe;
	int rounds;
	int mac_salt;
	const EVP_MD *(*mac)(void);
};

static const struct profile modern = { NID_aes_256_cbc, 100000, 16, EVP_sha256 };

/* 3DES for the certificates too: the customary RC2 would want the legacy provider. */
static const struct profile compatible = {
	NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048, 8, EVP_sha1
};

/* The chain without the leaf; the certificates stay the pool's. */
static STACK_OF(X509) *stack_chain(const struct ems_pool *certs)
{
	STACK_OF(X509) *chain = sk_X509_new_null();

	for (size_t i = 1; chain && i < certs->n; i++)
		if (sk_X509_push(chain, certs->certs[i]) <= 0) {
			sk_X509_free(chain);
			chain = NULL;
		}
	return chain;
}

emsign_rc ems_pkcs12_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err)
{
	const struct profile *p = pack->compatible ? &compatible : &modern;
	STACK_OF(X509) *chain = stack_chain(pack->certs);
	PKCS12 *p12 = NULL;
	unsigned char *der = NULL;
	int len = -1;
	emsign_rc rc;

	if (!chain) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	/* without a MAC at first (-1): its digest could not be chosen here */
	p12 = PKCS12_create(pack->password, pack->alias, pack->pkey, pack->certs->certs[0], chain,
			    p->pbe, p->pbe, p->rounds, -1, 0);
	if (p12 && PKCS12_set_mac(p12, pack->password, -1, NULL, p->mac_salt, p->rounds,
				  p->mac()) == 1)
		len = i2d_PKCS12(p12, &der);
	if (len <= 0) {
		rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO, "PKCS#12 could not be made");
		goto out;
	}
	ems_buf_put(out, der, (size_t)len);
	rc = ems_buf_rc(out, err);
out:
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_X509_free(chain);
	return rc;
}
