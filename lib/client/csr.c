/* SPDX-License-Identifier: MIT */
/* Keys and CSRs made here: the key sealed in the vault, the CSR as a record beside it. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "crypto/crypto.h"
#include "model/fields.h"
#include "model/form.h"

#define DEFAULT_KEY "EC:P-256"

static char *key_id(const char *credential, const char *spki)
{
	return ems_shelf_id(credential, "key", spki);
}

/* The words of the order form as the subject of a CSR has them. */
static void subject_of(const emsign_kv *form, struct ems_kvlist *subject)
{
	static const char *const words[][2] = {
		{ "domain", "domain" },
		{ "san", "san" },
		{ "organization.name", "organization" },
		{ "organization.unit", "unit" },
		{ "organization.locality", "locality" },
		{ "organization.state", "state" },
		{ "organization.country", "country" },
	};
	const char *value;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t n = 0; (value = ems_kv_nth(form, words[i][0], n)) != NULL; n++)
			ems_kvlist_add(subject, words[i][1], value);
}

/* Key and CSR belong together: both or none, and on the disk before anybody can order with them. */
static emsign_rc keep(emsign_client *client, const emsign_csr *csr, emsign_key *key,
		      emsign_error *err)
{
	emsign_secret *pem = NULL;
	char *id = key_id(csr->credential, csr->spki);
	emsign_rc rc = id ? ems_key_secret(key, &pem, err) : ems_fail_nomem(err);

	if (rc == EMSIGN_OK)
		rc = emsign_store_begin(client->store, err);
	if (rc)
		goto out;
	rc = ems_vault_put(client, id, pem, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_put(client, "csr", csr, err);
	rc = ems_shelf_end(client, rc, err);
out:
	emsign_secret_free(pem);
	ems_free(id);
	return rc;
}

emsign_rc ems_csr_make(emsign_client *client, const char *credential, const emsign_kv *form,
		       emsign_csr **out, emsign_error *err)
{
	struct ems_kvlist subject = { 0 };
	const char *spec = ems_kv_get(form, "key");
	emsign_buf pem = { 0 };
	emsign_key *key = NULL;
	emsign_csr *parsed = NULL;
	emsign_csr csr;
	char *id = NULL;
	emsign_rc rc;

	subject_of(form, &subject);
	rc = subject.rc ? ems_fail_nomem(err) :
			  emsign_key_make(spec ? spec : DEFAULT_KEY, &key, err);
	if (rc == EMSIGN_OK)
		rc = emsign_key_csr(key, ems_kvlist_kv(&subject), &pem, err);
	if (rc == EMSIGN_OK)
		rc = ems_csr_parse((const char *)pem.data, &parsed, err);
	if (rc)
		goto out;
	id = ems_shelf_id(credential, parsed->spki, NULL);
	if (!id) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	csr = *parsed;
	csr.id = id;
	csr.credential = credential;
	csr.created_at = ems_client_now(client);
	rc = keep(client, &csr, key, err);
	if (rc == EMSIGN_OK) {
		*out = ems_record_copy(ems_kind_find("csr"), &csr);
		rc = *out ? EMSIGN_OK : ems_fail_nomem(err);
	}
out:
	ems_free(id);
	ems_free(parsed);
	emsign_buf_free(&pem);
	emsign_key_free(key);
	ems_kvlist_free(&subject);
	return rc;
}

void ems_csr_drop(emsign_client *client, const emsign_csr *csr)
{
	char *id = key_id(csr->credential, csr->spki);
	emsign_error ignored;

	if (id && ems_shelf_remove(client, "csr", csr->id, &ignored) == EMSIGN_OK)
		(void)ems_vault_remove(client, id, &ignored);
	ems_free(id);
}

static emsign_rc read_csr(emsign_client *client, const char *said, emsign_csr **out,
			  emsign_error *err)
{
	if (strchr(said, '\n') || strstr(said, "BEGIN") || !strchr(said, '/'))
		return ems_csr_parse(said, out, err);
	return ems_shelf_get(client, "csr", said, (void **)out, err);
}

emsign_rc ems_csr_of_order(emsign_client *client, const emsign_order *order, const char *said,
			   emsign_csr **out, emsign_error *err)
{
	emsign_csr *csr = NULL;
	emsign_rc rc = read_csr(client, said, &csr, err);

	if (rc == EMSIGN_OK && order->domain && !ems_form_is_personal(order->family) &&
	    !ems_text_equal_nocase(csr->domain, order->domain))
		rc = ems_fail(err, EMSIGN_E_MISMATCH, "csr is for '%s', order '%s' for '%s'",
			      csr->domain ? csr->domain : "no name", order->id, order->domain);
	if (rc == EMSIGN_OK)
		*out = csr;
	else
		ems_free(csr);
	return rc;
}

/* Only what makes a subject is wanted; what an order needs besides is nobody's business here. */
static emsign_rc csr_make(emsign_client *client, const char *credential, const emsign_kv *form,
			  emsign_csr **out, emsign_error *err)
{
	struct ems_kvlist checked = { 0 };
	emsign_csr *csr = NULL;
	void *there = NULL;
	emsign_rc rc;

	rc = ems_shelf_get(client, "credential", credential, &there, err);
	if (rc == EMSIGN_OK)
		rc = ems_fields_check("order", EMS_FIELDS_PART, form, &checked, err);
	if (rc == EMSIGN_OK && ems_text_empty(ems_kv_get(ems_kvlist_kv(&checked), "domain")))
		rc = ems_fail(err, EMSIGN_E_INVALID, "domain is missing");
	if (rc == EMSIGN_OK)
		rc = ems_csr_make(client, credential, ems_kvlist_kv(&checked), &csr, err);
	if (rc == EMSIGN_OK && out) {
		*out = csr;
		csr = NULL;
	}
	ems_free(csr);
	ems_free(there);
	ems_kvlist_free(&checked);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_csr_make(emsign_client *client, const char *credential,
				 const emsign_kv *form, emsign_csr **out, emsign_error *err)
{
	if (out)
		*out = NULL;
	return EMS_INSIDE(client, err, csr_make(client, credential, form, out, err));
}

static emsign_rc key_open(emsign_client *client, const char *csr_id, emsign_key **out,
			  emsign_error *err)
{
	emsign_secret *pem = NULL;
	emsign_csr *csr = NULL;
	char *id = NULL;
	emsign_rc rc;

	rc = ems_shelf_get(client, "csr", csr_id ? csr_id : "", (void **)&csr, err);
	if (rc)
		return rc;
	id = key_id(csr->credential, csr->spki);
	rc = id ? ems_vault_get(client, id, &pem, err) : ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = emsign_key_parse(pem, NULL, out, err);
	if (rc == EMSIGN_OK && !ems_text_equal(emsign_key_spki(*out), csr->spki)) {
		rc = ems_fail(err, EMSIGN_E_MISMATCH, "the key kept for CSR '%s' is another one",
			      csr_id);
		emsign_key_free(*out);
		*out = NULL;
	}
	emsign_secret_free(pem);
	ems_free(csr);
	ems_free(id);
	return rc;
}

emsign_rc emsign_client_key_open(emsign_client *client, const char *csr_id, emsign_key **out,
				 emsign_error *err)
{
	*out = NULL;
	return EMS_INSIDE(client, err, key_open(client, csr_id, out, err));
}
