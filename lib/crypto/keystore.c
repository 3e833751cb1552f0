/* SPDX-License-Identifier: MIT */
/* Keystores: what may be said, what has to fit, and PEM. PKCS#12 and JKS have their own files. */
#include "crypto/crypto.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/kv.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/names.h"
#include "crypto/openssl.h"
#include "crypto/pack.h"
#include "crypto/pem.h"

#define STORE_MAX (4 * 1024 * 1024)
#define PASSWORD_MIN 6
#define PASSWORD_MAX 1024
#define ALIAS_MAX 255
#define PEM_ROUNDS 100000
#define PEM_SALT 16

/* --- what may be said ----------------------------------------------------------------------- */

enum { PEM, PKCS12_STORE, JKS };
enum { PART_KEY = 1, PART_CERTIFICATE = 2, PART_CHAIN = 4 };
enum { OPTION_TYPE, OPTION_PROFILE, OPTION_ALIAS, OPTION_ROOT, OPTION_PART, N_OPTIONS };

struct word {
	const char *word;
	unsigned value;
};

static const struct word types[] = {
	{ "pem", PEM }, { "pkcs12", PKCS12_STORE }, { "pfx", PKCS12_STORE },
	{ "p12", PKCS12_STORE }, { "jks", JKS }, { NULL, 0 }
};
static const struct word profiles[] = { { "modern", 0 }, { "compatible", 1 }, { NULL, 0 } };
static const struct word roots[] = { { "no", 0 }, { "yes", 1 }, { NULL, 0 } };
static const struct word parts[] = {
	{ "all", PART_KEY | PART_CERTIFICATE | PART_CHAIN },
	{ "key", PART_KEY },
	{ "certificate", PART_CERTIFICATE },
	{ "chain", PART_CHAIN },
	{ "fullchain", PART_CERTIFICATE | PART_CHAIN },
	{ NULL, 0 }
};

/* The first word of each is what holds when nothing is said. */
static const struct {
	const char *key;
	const struct word *words; /* NULL: any text */
} options_known[N_OPTIONS] = {
	[OPTION_TYPE] = { "type", types },
	[OPTION_PROFILE] = { "profile", profiles },
	[OPTION_ALIAS] = { "alias", NULL },
	[OPTION_ROOT] = { "root", roots },
	[OPTION_PART] = { "part", parts },
};

static const char *option_word(const void *ud, size_t i)
{
	(void)ud;
	return i < N_OPTIONS ? options_known[i].key : NULL;
}

static emsign_rc check_keys(const emsign_kv *options, emsign_error *err)
{
	for (const emsign_kv *kv = options; kv && kv->key; kv++) {
		size_t i = 0;
		const char *near;

		while (i < N_OPTIONS && strcmp(options_known[i].key, kv->key) != 0)
			i++;
		if (i < N_OPTIONS && ems_kv_nth(options, kv->key, 1))
			return ems_fail(err, EMSIGN_E_INVALID,
					"option '%s' is given more than once", kv->key);
		if (i < N_OPTIONS)
			continue;
		near = ems_text_closest(kv->key, option_word, NULL);
		return ems_fail(err, EMSIGN_E_INVALID, "unknown option '%.40s' of a keystore%s%s%s",
				kv->key, near ? " (did you mean '" : "", near ? near : "",
				near ? "'?)" : "");
	}
	return ems_ok(err);
}

static emsign_rc fail_choice(const char *key, const char *said, const struct word *words,
			     emsign_error *err)
{
	char list[80] = "";
	size_t len = 0;

	for (; words->word; words++) {
		size_t n = strlen(words->word);

		if (len + n + 2 > sizeof(list))
			break;
		list[len] = ' ';
		memcpy(list + len + 1, words->word, n + 1);
		len += n + 1;
	}
	return ems_fail(err, EMSIGN_E_INVALID, "option '%s' cannot be '%.40s'; possible are%s", key,
			said, list);
}

static emsign_rc choose(const emsign_kv *options, int option, unsigned *out, emsign_error *err)
{
	const char *key = options_known[option].key;
	const struct word *words = options_known[option].words;
	const char *said = ems_kv_get(options, key);

	if (!said)
		said = words[0].word;
	for (const struct word *w = words; w->word; w++) {
		if (!ems_text_equal_nocase(w->word, said))
			continue;
		*out = w->value;
		return ems_ok(err);
	}
	return fail_choice(key, said, words, err);
}

/* --- the job: everything that was said, checked --------------------------------------------- */

struct job {
	struct ems_pack pack;
	unsigned type;
	unsigned root;
	struct ems_buf out;
	emsign_error *err;
};

static emsign_rc read_alias(const emsign_certificate *certificate, const emsign_kv *options,
			    struct job *job, emsign_error *err)
{
	const char *alias = ems_kv_get(options, "alias");

	if (!alias)
		alias = certificate->domain ? certificate->domain : "certificate";
	if (strlen(alias) > ALIAS_MAX || !ems_names_is_text(alias, strlen(alias)))
		return ems_fail(err, EMSIGN_E_INVALID,
				"alias '%.60s' is not a text of 1 to %d bytes", alias, ALIAS_MAX);
	job->pack.alias = alias;
	return ems_ok(err);
}

static emsign_rc read_options(const emsign_certificate *certificate, const emsign_kv *options,
			      struct job *job, emsign_error *err)
{
	unsigned compatible = 0;
	emsign_rc rc = check_keys(options, err);

	if (rc == EMSIGN_OK)
		rc = choose(options, OPTION_TYPE, &job->type, err);
	if (rc == EMSIGN_OK)
		rc = choose(options, OPTION_PROFILE, &compatible, err);
	if (rc == EMSIGN_OK)
		rc = choose(options, OPTION_ROOT, &job->root, err);
	if (rc == EMSIGN_OK)
		rc = choose(options, OPTION_PART, &job->pack.parts, err);
	if (rc == EMSIGN_OK)
		rc = read_alias(certificate, options, job, err);
	if (rc)
		return rc;
	if (job->type != PEM && ems_kv_get(options, "part"))
		return ems_fail(err, EMSIGN_E_INVALID,
				"option 'part' is for PEM; this type of keystore holds everything");
	job->pack.compatible = compatible;
	return ems_ok(err);
}

static emsign_rc check_needs(const struct job *job, const emsign_key *key,
			     const emsign_secret *password, emsign_error *err)
{
	if (!key && (job->pack.parts & PART_KEY))
		return ems_fail(err, EMSIGN_E_INVALID,
				"no private key given; without one there are the PEM parts "
				"certificate, chain and fullchain");
	if (!password && job->type != PEM)
		return ems_fail(err, EMSIGN_E_INVALID, "this type of keystore needs a password");
	return ems_ok(err);
}

static emsign_rc add_chain(const emsign_certificate *certificate, const struct job *job,
			   struct ems_pool *certs, emsign_error *err)
{
	const char *chain = certificate->chain_pem;
	const char *root = certificate->root_pem;
	emsign_rc rc = EMSIGN_OK;

	if (!(job->pack.parts & PART_CHAIN))
		return ems_ok(err);
	if (job->root && !root && X509_self_signed(certs->certs[0], 0) != 1)
		return ems_openssl_starved() ?
			       ems_fail_nomem(err) :
			       ems_fail(err, EMSIGN_E_INVALID,
					"option 'root' is 'yes', but the root did not come with "
					"the certificate");
	if (chain)
		rc = ems_pool_add(certs, chain, strlen(chain), err);
	if (rc == EMSIGN_OK && job->root && root)
		rc = ems_pool_add(certs, root, strlen(root), err);
	return rc;
}

static void put_unit(struct ems_buf *out, uint32_t unit)
{
	ems_buf_char(out, (char)(unit >> 8));
	ems_buf_char(out, (char)(unit & 0xff));
}

/* The text is valid UTF-8. */
void ems_pack_utf16(struct ems_buf *out, const char *utf8)
{
	const unsigned char *at = (const unsigned char *)utf8;

	while (*at) {
		unsigned more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
		uint32_t c = more ? *at & (0x3fu >> more) : *at;

		for (at++; more; more--)
			c = c << 6 | (*at++ & 0x3fu);
		if (c >= 0x10000) {
			c -= 0x10000;
			put_unit(out, 0xd800 | c >> 10);
			c = 0xdc00 | (c & 0x3ff);
		}
		put_unit(out, c);
	}
}

/* --- PEM ------------------------------------------------------------------------------------ */

struct pem_job {
	const struct ems_pack *pack;
	struct ems_buf *out;
	emsign_error *err;
};

static emsign_rc write_plain_key(void *ud, const void *bytes, size_t len)
{
	struct pem_job *job = ud;

	ems_pem_write(job->out, "PRIVATE KEY", bytes, len);
	return ems_buf_rc(job->out, job->err);
}

/* PBES2: AES-256-CBC, PBKDF2 with HMAC-SHA-256. */
static emsign_rc write_sealed_key(void *ud, const void *bytes, size_t len)
{
	struct pem_job *job = ud;
	const char *password = job->pack->password;
	const unsigned char *at = bytes;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);
	X509_ALGOR *pbe = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PEM_ROUNDS, NULL, PEM_SALT, NULL,
					    NID_hmacWithSHA256);
	X509_SIG *sealed = NULL;
	unsigned char *der = NULL;
	int der_len = -1;

	if (info && pbe)
		sealed = PKCS8_set0_pbe(password, (int)strlen(password), info, pbe);
	if (sealed) {
		pbe = NULL; /* sealed's now */
		der_len = i2d_X509_SIG(sealed, &der);
	}
	X509_SIG_free(sealed);
	X509_ALGOR_free(pbe);
	PKCS8_PRIV_KEY_INFO_free(info);
	if (der_len <= 0)
		return ems_openssl_fail(job->err, EMSIGN_E_CRYPTO,
					"private key cannot be encrypted");
	ems_pem_write(job->out, "ENCRYPTED PRIVATE KEY", der, (size_t)der_len);
	OPENSSL_free(der);
	return ems_buf_rc(job->out, job->err);
}

static emsign_rc write_key(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err)
{
	struct pem_job job = { pack, out, err };
	emsign_secret *der = NULL;
	emsign_rc rc = ems_key_pkcs8(pack->key, &der, err);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_use(der, pack->password ? write_sealed_key : write_plain_key,
				       &job, err);
	emsign_secret_free(der);
	return rc;
}

static emsign_rc write_pem(const struct ems_pack *pack, struct ems_buf *out, emsign_error *err)
{
	size_t first = pack->parts & PART_CERTIFICATE ? 0 : 1;
	size_t end = pack->parts & PART_CHAIN ? pack->certs->n : 1;
	emsign_rc rc = EMSIGN_OK;

	if (pack->parts & PART_KEY)
		rc = write_key(pack, out, err);
	for (size_t i = first; rc == EMSIGN_OK && i < end; i++)
		rc = ems_chain_write(pack->certs->certs[i], out, err);
	return rc;
}

/* --- all of it ------------------------------------------------------------------------------ */

static emsign_rc (*const writers[])(const struct ems_pack *, struct ems_buf *, emsign_error *) = {
	[PEM] = write_pem,
	[PKCS12_STORE] = ems_pkcs12_write,
	[JKS] = ems_jks_write,
};

static emsign_rc write_store(struct job *job)
{
	return writers[job->type](&job->pack, &job->out, job->err);
}

/* The formats count characters, so the password of a store must be text. */
static emsign_rc check_password(const struct job *job, const char *password, size_t len)
{
	if (len > PASSWORD_MAX)
		return ems_fail(job->err, EMSIGN_E_INVALID,
				"password has %zu bytes, %d are possible", len, PASSWORD_MAX);
	if (!ems_text_utf8(password, len))
		return ems_fail(job->err, EMSIGN_E_INVALID, "password is not UTF-8 text");
	if (job->type != PEM && len < PASSWORD_MIN)
		return ems_fail(job->err, EMSIGN_E_INVALID,
				"password has %zu bytes, this type of keystore needs %d or more",
				len, PASSWORD_MIN);
	return ems_ok(job->err);
}

static emsign_rc write_with_password(void *ud, const void *bytes, size_t len)
{
	struct job *job = ud;
	emsign_rc rc = check_password(job, bytes, len);
	char *password;

	if (rc)
		return rc;
	password = ems_alloc(len + 1);
	if (!password)
		return ems_fail_nomem(job->err);
	memcpy(password, bytes, len);
	job->pack.password = password;
	rc = write_store(job);
	job->pack.password = NULL;
	ems_free_wiped(password);
	return rc;
}

emsign_rc emsign_keystore_pack(const emsign_certificate *certificate, emsign_key *key,
			       const emsign_kv *options, emsign_secret *password, emsign_buf *out,
			       emsign_error *err)
{
	struct ems_pool certs = { { NULL }, 0, 0 };
	struct job job = { .out = EMS_BUF(STORE_MAX), .err = err };
	emsign_rc rc;

	if (!certificate)
		return ems_fail(err, EMSIGN_E_INVALID, "no certificate given");
	rc = read_options(certificate, options, &job, err);
	if (rc == EMSIGN_OK)
		rc = check_needs(&job, key, password, err);
	if (rc == EMSIGN_OK && key)
		rc = emsign_certificate_fits(certificate, key, err);
	if (rc == EMSIGN_OK)
		rc = ems_certificate_open(certificate, &certs, err);
	if (rc == EMSIGN_OK)
		rc = add_chain(certificate, &job, &certs, err);
	if (rc)
		goto out;
	job.pack.certs = &certs;
	job.pack.key = key;
	job.pack.since = certificate->not_before;
	rc = password && (job.pack.parts & PART_KEY) ?
		     emsign_secret_use(password, write_with_password, &job, err) :
		     write_store(&job);
	if (rc)
		goto out;
	ERR_clear_error();
	ems_buf_move(&job.out, out);
	rc = ems_ok(err);
out:
	ems_buf_free(&job.out);
	ems_pool_free(&certs);
	return rc;
}
