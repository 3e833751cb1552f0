/* SPDX-License-Identifier: MIT */
/* Reading CSRs that somebody pasted. */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "crypto/names.h"
#include "crypto/pem.h"
#include "crypto/private.h"
#include "model/record.h"

#define TEXT_MAX (256 * 1024)

static emsign_rc no_csr(emsign_error *err)
{
	return ems_fail(err, EMSIGN_E_INVALID,
			"no CSR in the text; a PEM block 'CERTIFICATE REQUEST' or its bare base64 "
			"would be right");
}

static bool is_request(const struct ems_pem_block *block)
{
	return ems_pem_is(block, "CERTIFICATE REQUEST") ||
	       ems_pem_is(block, "NEW CERTIFICATE REQUEST");
}

static emsign_rc find_der(const char *text, struct ems_buf *der, emsign_error *err)
{
	struct ems_pem scan = { text, text + strlen(text) };
	struct ems_pem_block block;
	bool armour = false;
	emsign_rc rc;

	for (;;) {
		rc = ems_pem_next(&scan, &block, err);
		if (rc || !block.label)
			break;
		if (is_request(&block))
			return ems_digest_unbase64(block.body, block.body_len, der, err);
		armour = true;
	}
	if (rc)
		return rc;
	if (armour || ems_digest_unbase64(text, strlen(text), der, NULL) == EMSIGN_E_INVALID)
		return no_csr(err);
	return ems_buf_rc(der, err);
}

static emsign_rc read_request(const struct ems_buf *der, X509_REQ **out, emsign_error *err)
{
	const unsigned char *start = (const unsigned char *)ems_buf_str(der);
	const unsigned char *at = start;
	const unsigned char *end = start + der->bytes.len;

	*out = der->bytes.len ? d2i_X509_REQ(NULL, &at, (long)der->bytes.len) : NULL;
	/* without its key it may have been read while memory was short, or be of a strange kind */
	if (*out && !X509_REQ_get0_pubkey(*out)) {
		X509_REQ_free(*out);
		at = start;
		*out = d2i_X509_REQ(NULL, &at, (long)der->bytes.len);
	}
	if (!*out)
		return no_csr(err);
	if (at != end)
		return ems_fail(err, EMSIGN_E_INVALID,
				"CSR is followed by %zu bytes of something else",
				(size_t)(end - at));
	return ems_ok(err);
}

/* A digest that a signature names nowhere (RSASSA-PSS keeps it in parameters) is none of these. */
static emsign_rc check_digest(const X509_REQ *req, emsign_error *err)
{
	int md = NID_undef;

	(void)OBJ_find_sigid_algs(X509_REQ_get_signature_nid(req), &md, NULL);
	if (md == NID_sha256 || md == NID_sha384 || md == NID_sha512)
		return ems_ok(err);
	return ems_fail(err, EMSIGN_E_INVALID,
			"CSR is signed with %s; SHA-256, SHA-384 or SHA-512 would be right",
			md == NID_undef ? "a digest of its own" : OBJ_nid2sn(md));
}

static emsign_rc check_request(X509_REQ *req, const char **spec, emsign_error *err)
{
	EVP_PKEY *pkey = X509_REQ_get0_pubkey(req);
	const struct ems_private_kind *kind = pkey ? ems_key_kind(pkey) : NULL;
	emsign_rc rc;
	int good;

	if (!kind)
		return ems_fail(err, EMSIGN_E_INVALID,
				"the CA does not take the kind of key of this CSR; %s",
				ems_key_possible());
	*spec = kind->spec;
	rc = check_digest(req, err);
	if (rc)
		return rc;
	good = X509_REQ_verify(req, pkey) == 1;
	return good ? ems_ok(err)
		    : ems_fail(err, EMSIGN_E_INVALID,
			       "signature of the CSR is wrong: it was changed or cut after it was "
			       "made");
}

/* --- names ---------------------------------------------------------------------------------- */

static emsign_rc read_sans(X509_REQ *req, struct ems_names *raw, emsign_error *err)
{
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(req);
	GENERAL_NAMES *sans;
	size_t strange;
	int found;

	sans = X509V3_get_d2i(extensions, NID_subject_alt_name, &found, NULL);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	if (!sans && found != -1) /* -1: there are none */
		return ems_fail(err, EMSIGN_E_INVALID, "names of the CSR cannot be read");
	strange = ems_names_add_dns(raw, sans);
	GENERAL_NAMES_free(sans);
	if (strange)
		return ems_fail(
			err, EMSIGN_E_INVALID,
			"CSR has %zu DNS names that are not made of letters, digits, '-' and '.'",
			strange);
	return ems_names_rc(raw, err);
}

static emsign_rc canonical_sans(const struct ems_names *raw, struct ems_names *sans,
				emsign_error *err)
{
	char canonical[EMS_NAME_MAX];

	for (size_t i = 0; i < raw->n; i++) {
		emsign_rc rc = ems_name_canonical("name in the CSR", raw->items[i], true, canonical,
						  err);

		if (rc)
			return rc;
		ems_names_add(sans, canonical);
	}
	return ems_names_rc(sans, err);
}

static emsign_rc without(const struct ems_names *all, const char *name, struct ems_names *rest,
			 emsign_error *err)
{
	for (size_t i = 0; i < all->n; i++)
		if (!ems_text_equal(all->items[i], name))
			ems_names_add(rest, all->items[i]);
	return ems_names_rc(rest, err);
}

/* --- all of it ------------------------------------------------------------------------------ */

struct parts {
	struct ems_names raw;
	struct ems_names sans;
	struct ems_names rest;
	char *common;
	char canonical[EMS_NAME_MAX];
	char spki[EMS_SHA256_HEX];
	struct ems_buf pem;
};

static void free_parts(struct parts *p)
{
	ems_names_free(&p->raw);
	ems_names_free(&p->sans);
	ems_names_free(&p->rest);
	ems_free(p->common);
	ems_buf_free(&p->pem);
}

static emsign_rc describe(X509_REQ *req, const struct ems_buf *der, struct parts *p,
			  emsign_csr *csr, emsign_error *err)
{
	emsign_rc rc = read_sans(req, &p->raw, err);

	if (rc == EMSIGN_OK)
		rc = canonical_sans(&p->raw, &p->sans, err);
	if (rc == EMSIGN_OK)
		rc = ems_names_common(X509_REQ_get_subject_name(req), &p->common, err);
	if (rc)
		return rc;
	csr->domain = ems_names_domain(p->common, &p->sans, p->canonical);
	rc = without(&p->sans, csr->domain, &p->rest, err);
	if (rc == EMSIGN_OK)
		rc = ems_key_spki(X509_REQ_get_X509_PUBKEY(req), p->spki, err);
	if (rc)
		return rc;
	ems_pem_write(&p->pem, "CERTIFICATE REQUEST", der->bytes.data, der->bytes.len);
	csr->sans = p->rest.items;
	csr->spki = p->spki;
	csr->pem = ems_buf_str(&p->pem);
	return ems_buf_rc(&p->pem, err);
}

emsign_rc ems_csr_parse(const char *text, emsign_csr **out, emsign_error *err)
{
	struct ems_buf der = EMS_BUF(TEXT_MAX);
	struct parts parts = { .pem = EMS_BUF(2 * TEXT_MAX) };
	emsign_csr csr = { 0 };
	X509_REQ *req = NULL;
	emsign_rc rc;

	*out = NULL;
	if (!text || strlen(text) > TEXT_MAX)
		return ems_fail(err, EMSIGN_E_INVALID, "no CSR has more than %d bytes", TEXT_MAX);
	ERR_clear_error();
	rc = find_der(text, &der, err);
	if (rc == EMSIGN_OK)
		rc = read_request(&der, &req, err);
	if (rc == EMSIGN_OK)
		rc = check_request(req, &csr.key, err);
	if (rc == EMSIGN_OK)
		rc = describe(req, &der, &parts, &csr, err);
	if (rc)
		goto out;
	*out = ems_record_copy(ems_kind_find("csr"), &csr);
	rc = *out ? ems_ok(err) : ems_fail_nomem(err);
out:
	if (ems_openssl_starved()) { /* names may be missing, a good signature may look wrong */
		ems_free(*out);
		*out = NULL;
		rc = ems_fail_nomem(err);
	}
	X509_REQ_free(req);
	free_parts(&parts);
	ems_buf_free(&der);
	return rc;
}
