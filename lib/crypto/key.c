/* SPDX-License-Identifier: MIT */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/pem.h"
#include "crypto/private.h"

#define PEM_MAX 65536
#define PASSWORD_MAX 1024

const char *ems_key_possible(void)
{
	return "possible are RSA:2048 RSA:3072 RSA:4096 EC:P-256 EC:P-384";
}

static const struct ems_private_kind *find_kind(const char *spec)
{
	for (size_t i = 0; i < ems_private_n_kinds; i++)
		if (ems_text_equal_nocase(ems_private_kinds[i].spec, spec))
			return &ems_private_kinds[i];
	return NULL;
}

static bool says(const EVP_PKEY *pkey, const char *param, const char *word)
{
	char value[32];

	return EVP_PKEY_get_utf8_string_param(pkey, param, value, sizeof(value), NULL) == 1 &&
	       strcmp(value, word) == 0;
}

/* More than two primes: allowed by the standard, and read by few programs. */
static bool has_more_primes(const EVP_PKEY *pkey)
{
	BIGNUM *third = NULL;
	bool found = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) == 1;

	BN_clear_free(third);
	return found;
}

/* Curves spelled out in numbers and compressed points are other encodings of the same key, which
 * few programs can read. */
static bool is_kind(const struct ems_private_kind *kind, const EVP_PKEY *pkey)
{
	if (!EVP_PKEY_is_a(pkey, kind->type) || (size_t)EVP_PKEY_get_bits(pkey) != kind->bits)
		return false;
	if (!kind->curve)
		return !has_more_primes(pkey);
	return says(pkey, OSSL_PKEY_PARAM_GROUP_NAME, kind->curve) &&
	       says(pkey, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP) &&
	       says(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
}

const struct ems_private_kind *ems_key_kind(const EVP_PKEY *pkey)
{
	const struct ems_private_kind *kind = NULL;

	for (size_t i = 0; !kind && i < ems_private_n_kinds; i++)
		if (is_kind(&ems_private_kinds[i], pkey))
			kind = &ems_private_kinds[i];
	return kind;
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

/* The public part in an object of its own, and its name. */
static emsign_rc publish(emsign_key *key, const EVP_PKEY *pkey, emsign_error *err)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	const unsigned char *at = der;
	X509_PUBKEY *pub = len > 0 ? d2i_X509_PUBKEY(NULL, &at, len) : NULL;
	emsign_rc rc;

	OPENSSL_free(der);
	if (pub)
		key->public_part = X509_PUBKEY_get(pub);
	rc = key->public_part ?
		     ems_key_spki(pub, key->spki, err) :
		     ems_openssl_fail(err, EMSIGN_E_CRYPTO, "public key cannot be written");
	X509_PUBKEY_free(pub);
	return rc;
}

/* Takes both over, also on failure. Without numbers they are taken out of pkey. */
static emsign_rc wrap(EVP_PKEY *pkey, emsign_secret *numbers, emsign_key **out, emsign_error *err)
{
	emsign_key *key = NULL;
	const struct ems_private_kind *kind = ems_key_kind(pkey);
	emsign_rc rc = EMSIGN_OK;

	/* a key that came while memory was short may lack a part, and look like another kind */
	if (ems_openssl_starved()) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	if (!kind) {
		rc = ems_fail(err, EMSIGN_E_INVALID,
			      "the CA does not take this kind of key; %s", ems_key_possible());
		goto out;
	}
	if (!numbers)
		rc = ems_private_take(pkey, kind, &numbers, err);
	if (rc)
		goto out;
	key = ems_alloc(sizeof(*key));
	if (!key) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	key->kind = kind;
	key->numbers = numbers;
	numbers = NULL;
	rc = publish(key, pkey, err);
	if (rc == EMSIGN_OK) {
		*out = key;
		key = NULL;
	}
out:
	EVP_PKEY_free(pkey);
	emsign_secret_free(numbers);
	emsign_key_free(key);
	return rc;
}

emsign_rc emsign_key_make(const char *spec, emsign_key **out, emsign_error *err)
{
	const struct ems_private_kind *kind = find_kind(spec);
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
	return wrap(pkey, NULL, out, err);
}

/* --- reading -------------------------------------------------------------------------------- */

/*
 * PKCS#8 is read here, so that no copy of it stays behind in OpenSSL. Keys in other forms are left
 * to OpenSSL.
 */
struct reading {
	emsign_secret *password;
	bool asked;   /* the PEM was encrypted */
	emsign_rc rc; /* of asking for the password */
	EVP_PKEY *pkey;
	emsign_secret *numbers;
	emsign_error *err;
};

struct room {
	char *bytes;
	size_t size;
	size_t len;
	emsign_error *err;
};

static emsign_rc fail_length(emsign_error *err, size_t len, size_t possible)
{
	return ems_fail(err, EMSIGN_E_INVALID, "password has %zu bytes, %zu are possible", len,
			possible);
}

static emsign_rc copy_password(void *ud, const void *bytes, size_t len)
{
	struct room *room = ud;

	if (len > room->size)
		return fail_length(room->err, len, room->size);
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

static void read_der(struct reading *r, const unsigned char *der, size_t len)
{
	const struct ems_private_kind *kind;
	emsign_rc rc = ems_pkcs8_read(der, len, &kind, &r->numbers, r->err);

	if (rc == EMSIGN_OK)
		rc = ems_private_open(kind, r->numbers, &r->pkey, r->err);
	if (rc != EMSIGN_E_INVALID) /* another form: OpenSSL may know it */
		r->rc = rc;
}

struct sealed {
	X509_SIG *bytes;
	PKCS8_PRIV_KEY_INFO *info;
	emsign_error *err;
};

static emsign_rc unseal(void *ud, const void *bytes, size_t len)
{
	struct sealed *s = ud;

	if (len > PASSWORD_MAX)
		return fail_length(s->err, len, PASSWORD_MAX);
	s->info = PKCS8_decrypt(s->bytes, bytes, (int)len);
	return ems_ok(s->err);
}

static void read_sealed(struct reading *r, const unsigned char *der, size_t len)
{
	struct sealed s = { .bytes = d2i_X509_SIG(NULL, &der, (long)len), .err = r->err };
	unsigned char *plain = NULL;
	int plain_len;

	r->asked = s.bytes != NULL;
	if (s.bytes && r->password)
		r->rc = emsign_secret_use(r->password, unseal, &s, r->err);
	plain_len = s.info ? i2d_PKCS8_PRIV_KEY_INFO(s.info, &plain) : 0;
	if (plain_len > 0)
		read_der(r, plain, (size_t)plain_len);
	if (s.info && !r->pkey && !r->rc)
		r->pkey = EVP_PKCS82PKEY(s.info);
	OPENSSL_clear_free(plain, plain_len > 0 ? (size_t)plain_len : 0);
	PKCS8_PRIV_KEY_INFO_free(s.info);
	X509_SIG_free(s.bytes);
}

static bool is_private(const struct ems_pem_block *block)
{
	static const char end[] = "PRIVATE KEY";
	size_t len = sizeof(end) - 1;

	return block->label_len >= len &&
	       memcmp(block->label + block->label_len - len, end, len) == 0;
}

/* The first private key, when it is PKCS#8; else nothing. */
static void read_pkcs8(struct reading *r, const char *pem, size_t len)
{
	struct ems_pem scan = { pem, pem + len };
	struct ems_pem_block block;
	struct ems_buf der = EMS_BUF(PEM_MAX);

	do
		if (ems_pem_next(&scan, &block, NULL) || !block.label)
			return;
	while (!is_private(&block));
	if (ems_digest_unbase64(block.body, block.body_len, &der, NULL) == EMSIGN_E_NOMEM)
		r->rc = ems_fail_nomem(r->err);
	else if (ems_pem_is(&block, "PRIVATE KEY"))
		read_der(r, der.bytes.data, der.bytes.len);
	else if (ems_pem_is(&block, "ENCRYPTED PRIVATE KEY"))
		read_sealed(r, der.bytes.data, der.bytes.len);
	ems_buf_free(&der);
}

static void read_other(struct reading *r, const char *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);

	if (bio)
		r->pkey = PEM_read_bio_PrivateKey(bio, NULL, give_password, r);
	BIO_free(bio);
}

static emsign_rc read_pem(void *ud, const void *bytes, size_t len)
{
	struct reading *r = ud;

	if (len > PEM_MAX)
		return ems_fail(r->err, EMSIGN_E_INVALID,
				"no private key has %zu bytes of PEM", len);
	read_pkcs8(r, bytes, len);
	if (!r->pkey && !r->asked && !r->rc)
		read_other(r, bytes, len);
	if (r->pkey || r->rc) {
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
		emsign_secret_free(r.numbers);
		return rc;
	}
	return wrap(r.pkey, r.numbers, out, err);
}

/* --- looking, keeping, releasing ------------------------------------------------------------ */

const char *emsign_key_spec(const emsign_key *key)
{
	return key->kind->spec;
}

const char *emsign_key_spki(const emsign_key *key)
{
	return key->spki;
}

emsign_rc ems_key_open(const emsign_key *key, EVP_PKEY **out, emsign_error *err)
{
	return ems_private_open(key->kind, key->numbers, out, err);
}

emsign_rc ems_key_pkcs8(const emsign_key *key, emsign_secret **out, emsign_error *err)
{
	return ems_pkcs8_write(key->kind, key->numbers, out, err);
}

static emsign_rc write_pem(void *ud, const void *bytes, size_t len)
{
	struct ems_buf *pem = ud;

	ems_pem_write(pem, "PRIVATE KEY", bytes, len);
	return ems_buf_rc(pem, NULL);
}

emsign_rc ems_key_secret(emsign_key *key, emsign_secret **out, emsign_error *err)
{
	struct ems_buf pem = EMS_BUF(PEM_MAX);
	emsign_secret *der = NULL;
	emsign_rc rc = ems_key_pkcs8(key, &der, err);

	*out = NULL;
	if (rc == EMSIGN_OK)
		rc = emsign_secret_use(der, write_pem, &pem, err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_new(pem.bytes.data, pem.bytes.len, out, err);
	ems_buf_free(&pem);
	emsign_secret_free(der);
	return rc;
}

void emsign_key_free(emsign_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->public_part);
	emsign_secret_free(key->numbers);
	ems_free(key);
}
