/* SPDX-License-Identifier: MIT */
#include "crypto/pack.h"

#include <openssl/hmac.h>
#include <openssl/pkcs12.h>

#include "base/alloc.h"
#include "base/err.h"
#include "crypto/openssl.h"

#define SHA1_LEN 20
#define SALT_LEN 8
#define MAC_SALT_MAX 16

/*
 * PKCS12_create() and PKCS12_set_mac() would do all of this, but they leave copies of the private
 * key and of the password in memory that they give back.
 */

/* How a profile protects key, certificates and the whole. */
struct profile {
	int pbe;
	int rounds;
	int mac_salt;
	const EVP_MD *(*mac)(void);
	const EVP_CIPHER *(*cipher)(void); /* of PKCS#12's own protection; NULL: PBES2 */
};

static const struct profile modern = { NID_aes_256_cbc, 100000, 16, EVP_sha256, NULL };

/* 3DES for the certificates too: the customary RC2 would want the legacy provider. */
static const struct profile compatible = {
	NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 2048, 8, EVP_sha1, EVP_des_ede3_cbc
};

struct work {
	const struct ems_pack *pack;
	const struct profile *profile;
	STACK_OF(PKCS12_SAFEBAG) *bags; /* of the part that is being filled */
	STACK_OF(PKCS7) *parts;
	unsigned char id[SHA1_LEN];     /* binds key and certificate to each other */
	emsign_rc rc;                   /* what failed, when it was not OpenSSL */
	emsign_error *err;
};

static emsign_rc fail(const struct work *w, const char *what)
{
	return w->rc ? w->rc : ems_openssl_fail(w->err, EMSIGN_E_CRYPTO, what);
}

static int name_bag(const struct work *w, PKCS12_SAFEBAG *bag)
{
	return bag && PKCS12_add_friendlyname_utf8(bag, w->pack->alias, -1) == 1 &&
	       PKCS12_add_localkeyid(bag, (unsigned char *)(uintptr_t)w->id, SHA1_LEN) == 1;
}

/* --- PKCS#12's own protection ----------------------------------------------------------------- */

static int make_key(struct work *w, const struct ems_pkcs12_salt *salt, enum ems_pkcs12_use use,
		    unsigned char *out, int len)
{
	w->rc = ems_pkcs12_key(w->pack->password, salt, EVP_sha1(), use, out, (size_t)len, w->err);
	return w->rc == EMSIGN_OK;
}

static int encrypt(struct work *w, const struct ems_pkcs12_salt *salt, const unsigned char *plain,
		   size_t len, ASN1_OCTET_STRING *out)
{
	const EVP_CIPHER *cipher = w->profile->cipher();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char key[EVP_MAX_KEY_LENGTH], iv[EVP_MAX_IV_LENGTH];
	unsigned char *bytes = OPENSSL_malloc(len + EVP_MAX_BLOCK_LENGTH);
	int n = 0, last = 0;
	int good = ctx && bytes &&
		   make_key(w, salt, EMS_PKCS12_KEY, key, EVP_CIPHER_get_key_length(cipher)) &&
		   make_key(w, salt, EMS_PKCS12_IV, iv, EVP_CIPHER_get_iv_length(cipher)) &&
		   EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv) == 1 &&
		   EVP_EncryptUpdate(ctx, bytes, &n, plain, (int)len) == 1 &&
		   EVP_EncryptFinal_ex(ctx, bytes + n, &last) == 1;

	if (good)
		ASN1_STRING_set0(out, bytes, n + last);
	else
		OPENSSL_free(bytes);
	ems_wipe(key, sizeof(key));
	ems_wipe(iv, sizeof(iv));
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

/* Encrypts with a salt of its own, which the algorithm tells. */
static X509_ALGOR *protect(struct work *w, const unsigned char *plain, size_t len,
			   ASN1_OCTET_STRING *out)
{
	unsigned char random[SALT_LEN];
	const struct ems_pkcs12_salt salt = { random, SALT_LEN, w->profile->rounds };
	X509_ALGOR *algorithm = NULL;

	w->rc = ems_digest_random(random, sizeof(random), w->err);
	if (w->rc == EMSIGN_OK && encrypt(w, &salt, plain, len, out))
		algorithm = PKCS5_pbe_set(w->profile->pbe, salt.rounds, random, SALT_LEN);
	return algorithm;
}

static PKCS12_SAFEBAG *protect_key(struct work *w, const unsigned char *der, size_t len)
{
	X509_SIG *info = X509_SIG_new();
	X509_ALGOR *place = NULL, *algorithm = NULL;
	ASN1_OCTET_STRING *bytes = NULL;
	PKCS12_SAFEBAG *bag = NULL;

	if (info) {
		X509_SIG_getm(info, &place, &bytes);
		algorithm = protect(w, der, len, bytes);
	}
	if (algorithm && X509_ALGOR_copy(place, algorithm) == 1)
		bag = PKCS12_SAFEBAG_create0_pkcs8(info);
	if (!bag)
		X509_SIG_free(info);
	X509_ALGOR_free(algorithm);
	return bag;
}

static PKCS7 *protect_bags(struct work *w)
{
	PKCS7 *part = PKCS7_new();
	unsigned char *der = NULL;
	int len = ASN1_item_i2d((const ASN1_VALUE *)w->bags, &der,
				ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	X509_ALGOR *algorithm = NULL;

	if (part && bytes && len > 0 && PKCS7_set_type(part, NID_pkcs7_encrypted) == 1)
		algorithm = protect(w, der, (size_t)len, bytes);
	OPENSSL_free(der);
	if (!algorithm) {
		ASN1_OCTET_STRING_free(bytes);
		PKCS7_free(part);
		return NULL;
	}
	X509_ALGOR_free(part->d.encrypted->enc_data->algorithm);
	part->d.encrypted->enc_data->algorithm = algorithm;
	part->d.encrypted->enc_data->enc_data = bytes;
	return part;
}

/* --- the parts -------------------------------------------------------------------------------- */

/* The bags so far become a part. */
static int close_part(struct work *w, PKCS7 *part)
{
	int good = part && sk_PKCS7_push(w->parts, part) > 0;

	if (!good)
		PKCS7_free(part);
	sk_PKCS12_SAFEBAG_pop_free(w->bags, PKCS12_SAFEBAG_free);
	w->bags = NULL;
	return good;
}

static int put_certificates(struct work *w)
{
	X509 *const *certs = w->pack->certs->certs;
	int good = X509_digest(certs[0], EVP_sha1(), w->id, NULL) == 1 &&
		   name_bag(w, PKCS12_add_cert(&w->bags, certs[0]));

	for (size_t i = 1; good && i < w->pack->certs->n; i++)
		good = PKCS12_add_cert(&w->bags, certs[i]) != NULL;
	if (!good)
		return 0;
	return close_part(w, w->profile->cipher ?
				     protect_bags(w) :
				     PKCS12_pack_p7encdata(w->profile->pbe, w->pack->password, -1,
							   NULL, 0, w->profile->rounds, w->bags));
}

static emsign_rc put_key(void *ud, const void *der, size_t len)
{
	struct work *w = ud;
	const unsigned char *at = der;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	PKCS12_SAFEBAG *bag = NULL;
	int good = 0;

	if (w->profile->cipher)
		bag = protect_key(w, der, len);
	else
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);
	if (info)
		bag = PKCS12_SAFEBAG_create_pkcs8_encrypt(w->profile->pbe, w->pack->password, -1,
							  NULL, 0, w->profile->rounds, info);
	PKCS8_PRIV_KEY_INFO_free(info);
	if (bag)
		w->bags = sk_PKCS12_SAFEBAG_new_null();
	if (w->bags && sk_PKCS12_SAFEBAG_push(w->bags, bag) > 0)
		good = name_bag(w, bag) && close_part(w, PKCS12_pack_p7data(w->bags));
	else
		PKCS12_SAFEBAG_free(bag);
	return good ? ems_ok(w->err) : fail(w, "PKCS#12 cannot hold the key");
}

/* --- the whole -------------------------------------------------------------------------------- */

static emsign_rc make_mac(const struct work *w, const struct ems_pkcs12_salt *salt,
			  unsigned char mac[EVP_MAX_MD_SIZE], emsign_error *err)
{
	const EVP_MD *md = w->profile->mac();
	unsigned char key[EVP_MAX_MD_SIZE];
	size_t key_len = (size_t)EVP_MD_get_size(md);
	unsigned char *der = NULL;
	int len = ASN1_item_i2d((const ASN1_VALUE *)w->parts, &der,
				ASN1_ITEM_rptr(PKCS12_AUTHSAFES));
	emsign_rc rc = ems_pkcs12_key(w->pack->password, salt, md, EMS_PKCS12_MAC, key, key_len,
				      err);

	if (rc == EMSIGN_OK &&
	    (len <= 0 || !HMAC(md, key, (int)key_len, der, (size_t)len, mac, NULL)))
		rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO, "PKCS#12 cannot be authenticated");
	ems_wipe(key, sizeof(key));
	OPENSSL_free(der);
	return rc;
}

/* The place of the MAC is OpenSSL's; it gives it to be read alone. */
static int put_mac(PKCS12 *p12, const unsigned char *mac, int len)
{
	const ASN1_OCTET_STRING *place = NULL;

	PKCS12_get0_mac(&place, NULL, NULL, NULL, p12);
	return place && ASN1_OCTET_STRING_set((ASN1_OCTET_STRING *)(uintptr_t)place, mac, len) == 1;
}

static emsign_rc write_parts(struct work *w, struct ems_buf *out)
{
	const EVP_MD *md = w->profile->mac();
	unsigned char random[MAC_SALT_MAX], mac[EVP_MAX_MD_SIZE];
	const struct ems_pkcs12_salt salt = { random, (size_t)w->profile->mac_salt,
					      w->profile->rounds };
	PKCS12 *p12 = NULL;
	unsigned char *der = NULL;
	int len = -1;
	emsign_rc rc = ems_digest_random(random, salt.len, w->err);

	if (rc == EMSIGN_OK)
		rc = make_mac(w, &salt, mac, w->err);
	if (rc)
		return rc;
	p12 = PKCS12_add_safes(w->parts, 0);
	if (p12 && PKCS12_setup_mac(p12, salt.rounds, random, (int)salt.len, md) == 1 &&
	    put_mac(p12, mac, EVP_MD_get_size(md)))
		len = i2d_PKCS12(p12, &der);
	PKCS12_free(p12);
	if (len <= 0)
		return ems_openssl_fail(w->err, EMSIGN_E_CRYPTO, "PKCS#12 could not be made");
	ems_buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	return ems_buf_rc(out, w->err);
}

emsign_rc ems_pkcs12_write(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err)
{
	struct work w = { .pack = pack, .profile = pack->compatible ? &compatible : &modern,
			  .parts = sk_PKCS7_new_null(), .err = err };
	emsign_secret *der = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (!w.parts || !put_certificates(&w))
		rc = fail(&w, "PKCS#12 cannot hold the chain");
	if (rc == EMSIGN_OK)
		rc = ems_key_pkcs8(pack->key, &der, err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_use(der, put_key, &w, err);
	if (rc == EMSIGN_OK)
		rc = write_parts(&w, out);
	emsign_secret_free(der);
	sk_PKCS12_SAFEBAG_pop_free(w.bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(w.parts, PKCS7_free);
	return rc;
}
