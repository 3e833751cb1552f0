/* SPDX-License-Identifier: MIT */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"

#define PEM_MAX 65536

/* Every key that the CA takes: spec, algorithm, bits, and the curve as OpenSSL calls it. */
#define KINDS(X)                                  \
	X("RSA:2048", "RSA", 2048, NULL)          \
	X("RSA:3072", "RSA", 3072, NULL)          \
	X("RSA:4096", "RSA", 4096, NULL)          \
	X("EC:P-256", "EC", 256, "prime256v1")    \
	X("EC:P-384", "EC", 384, "secp384r1")

static const struct kind {
	const char *spec;
	const char *type;
	size_t bits;
	const char *curve;
} kinds[] = {
#define ROW(spec, type, bits, curve) { spec, type, bits, curve },
	KINDS(ROW)
#undef ROW
};

const char *ems_key_possible(void)
{
#define WORD(spec, type, bits, curve) " " spec
	return "possible are" KINDS(WORD);
#undef WORD
}

static const struct kind *find_kind(const char *spec)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (ems_text_equal_nocase(kinds[i].spec, spec))
			return &kinds[i];
	return NULL;
}

static bool says(const EVP_PKEY *pkey, const char *param, const char *word)
{
	char value[32];

	return EVP_PKEY_get_utf8_string_param(pkey, param, value, sizeof(value), NULL) == 1 &&
	       strcmp(value, word) == 0;
}

/* Curves spelled out in numbers and compressed points are other encodings of the same key, which
 * few programs can read. */
static bool is_kind(const struct kind *kind, const EVP_PKEY *pkey)
{
	if (!EVP_PKEY_is_a(pkey, kind->type) || (size_t)EVP_PKEY_get_bits(pkey) != kind->bits)
		return false;
	return !kind->curve ||
	       (says(pkey, OSSL_PKEY_PARAM_GROUP_NAME, kind->curve) &&
		says(pkey, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP) &&
		says(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		     OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED));
}

const char *ems_key_kind(const EVP_PKEY *pkey)
{
	const char *spec = NULL;

	for (size_t i = 0; !spec && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (is_kind(&kinds[i], pkey))
			spec = kinds[i].spec;
	return spec;
}

emsign_rc ems_key_spki(const X509_PUBKEY *pub, char out[EMS_SHA256_HEX], emsign_error *err)
{
	struct ems_piece pieces[2] = { { NULL, 0 } };
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(pub, &der);
	emsign_rc rc;

	if (len <= 0)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "public key cannot be written");
	pieces[0].bytes = der;
	pieces[0].len = (size_t)len;
	rc = ems_digest_sha256(pieces, out, err);
	OPENSSL_free(der);
	return rc;
}

/* Takes pkey over, also on failure. The queue was empty before pkey was made. */
static emsign_rc wrap(EVP_PKEY *pkey, emsign_key **out, emsign_error *err)
{
	X509_PUBKEY *pub = NULL;
	emsign_key *key = NULL;
	const char *spec = ems_key_kind(pkey);
	emsign_rc rc;

	/* a key that came while memory was short may lack a part, and look like another kind */
	if (ems_openssl_starved()) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	if (!spec) {
		rc = ems_fail(err, EMSIGN_E_INVALID,
			      "the CA does not take this kind of key; %s", ems_key_possible());
		goto out;
	}
	key = ems_alloc(sizeof(*key));
	if (!key) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	if (X509_PUBKEY_set(&pub, pkey) != 1) {
		rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO, "public key cannot be written");
		goto out;
	}
	rc = ems_key_spki(pub, key->spki, err);
	if (rc)
		goto out;
	key->pkey = pkey;
	key->spec = spec;
	*out = key;
	key = NULL;
	pkey = NULL;
out:
	X509_PUBKEY_free(pub);
	EVP_PKEY_free(pkey);
	ems_free(key);
	return rc;
}

emsign_rc emsign_key_make(const char *spec, emsign_key **out, emsign_error *err)
{
	const struct kind *kind = find_kind(spec);
	EVP_PKEY *pkey;

	*out = NULL;
	if (!kind)
		return ems_fail(err, EMSIGN_E_INVALID, "no key can be made to '%.40s'; %s",
				spec ? spec : "", ems_key_possible());
	ERR_clear_error();
	pkey = kind->curve ? EVP_PKEY_Q_keygen(NULL, NULL, kind->type, kind->curve) :
			     EVP_PKEY_Q_keygen(NULL, NULL, kind->type, kind->bits);
	if (!pkey)
		return ems_openssl_fail(err, EMSIGN_E_CRYPTO, "key could not be made");
	return wrap(pkey, out, err);
}

/* --- reading -------------------------------------------------------------------------------- */

struct reading {
	emsign_secret *password;
	bool asked;   /* the PEM was encrypted */
	emsign_rc rc; /* of asking for the password */
	EVP_PKEY *pkey;
	emsign_error *err;
};

struct room {
	char *bytes;
	size_t size;
	size_t len;
	emsign_error *err;
};

static emsign_rc copy_password(void *ud, const void *bytes, size_t len)
{
	struct room *room = ud;

	if (len > room->size)
		return ems_fail(room->err, EMSIGN_E_INVALID,
				"password has %zu bytes, %zu are possible", len, room->size);
	memcpy(room->bytes, bytes, len);
	room->len = len;
	return ems_ok(room->err);
}

/* Always set: without it OpenSSL would ask at the terminal. */
static int give_password(char *bytes, int size, int writing, void *ud)
{
	struct reading *r = ud;
	struct room room = { bytes, (size_t)size, 0, r->err };

	(void)writing;
	r->asked = true;
	if (!r->password)
		return -1;
	r->rc = emsign_secret_use(r->password, copy_password, &room, r->err);
	return r->rc ? -1 : (int)room.len;
}

/*
 * When memory is short, OpenSSL may leave some of its decoders out, take an older way around its
 * providers, and call that a success; then the key does not say what kind it is. A second reading
 * tells this from a key that no provider knows.
 */
static emsign_rc read_pkey(struct reading *r, const void *bytes, size_t len)
{
	for (int i = 0; i < 2 && !(r->pkey && EVP_PKEY_get0_provider(r->pkey)); i++) {
		BIO *bio = BIO_new_mem_buf(bytes, (int)len);

		if (!bio)
			return ems_fail_nomem(r->err);
		EVP_PKEY_free(r->pkey);
		r->pkey = PEM_read_bio_PrivateKey(bio, NULL, give_password, r);
		BIO_free(bio);
		if (!r->pkey)
			break;
	}
	return EMSIGN_OK;
}

static emsign_rc read_pem(void *ud, const void *bytes, size_t len)
{
	struct reading *r = ud;
	emsign_rc rc;

	if (len > PEM_MAX)
		return ems_fail(r->err, EMSIGN_E_INVALID,
				"no private key has %zu bytes of PEM", len);
	rc = read_pkey(r, bytes, len);
	if (rc || r->pkey)
		return rc;
	if (r->rc) {
		ERR_clear_error();
		return r->rc;
	}
	if (!r->asked)
		return ems_openssl_fail(r->err, EMSIGN_E_INVALID, "no private key in the PEM");
	if (!r->password)
		return ems_openssl_fail(r->err, EMSIGN_E_CRYPTO,
					"private key is encrypted and no password was given");
	return ems_openssl_fail(r->err, EMSIGN_E_CRYPTO,
				"password does not open the private key");
}

emsign_rc emsign_key_parse(emsign_secret *pem, emsign_secret *password, emsign_key **out,
			   emsign_error *err)
{
	struct reading r = { .password = password, .err = err };
	emsign_rc rc;

	*out = NULL;
	ERR_clear_error();
	rc = emsign_secret_use(pem, read_pem, &r, err);
	if (rc) {
		EVP_PKEY_free(r.pkey);
		return rc;
	}
	return wrap(r.pkey, out, err);
}

/* --- looking, keeping, releasing ------------------------------------------------------------ */

const char *emsign_key_spec(const emsign_key *key)
{
	return key->spec;
}

const char *emsign_key_spki(const emsign_key *key)
{
	return key->spki;
}

emsign_rc ems_key_secret(emsign_key *key, emsign_secret **out, emsign_error *err)
{
	BIO *bio = BIO_new(BIO_s_secmem()); /* wipes what it lets go of */
	char *pem = NULL;
	long len;
	emsign_rc rc;

	*out = NULL;
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
		rc = ems_openssl_fail(err, EMSIGN_E_CRYPTO, "private key cannot be written");
		goto out;
	}
	len = BIO_get_mem_data(bio, &pem);
	rc = emsign_secret_new(pem, (size_t)len, out, err);
out:
	BIO_free(bio);
	return rc;
}

void emsign_key_free(emsign_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	ems_free(key);
}
