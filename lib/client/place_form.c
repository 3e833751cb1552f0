/* SPDX-License-Identifier: MIT */
/* The order form, checked against the tables and against what is known of the account. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "client/place.h"
#include "crypto/crypto.h"
#include "model/fields.h"
#include "model/form.h"

static const emsign_kv *form_of(emsign_op *op)
{
	return ems_kvlist_kv(&((struct ems_place_work *)op->work)->form);
}

const char *ems_place_field(emsign_op *op, const char *name)
{
	return ems_kv_get(form_of(op), name);
}

bool ems_place_said(emsign_op *op, const char *name)
{
	return ems_kv_yes(form_of(op), name);
}

emsign_rc ems_place_look(emsign_op *op, const char *kind, const char *name, void **out,
			 emsign_error *err)
{
	char *id = ems_shelf_id(op->account->credential->name, name, NULL);
	emsign_rc rc = id ? ems_shelf_look(op->client, kind, id, out, err) : ems_fail_nomem(err);

	ems_free(id);
	return rc;
}

static void add_default(struct ems_kvlist *form, const char *name, const char *value)
{
	if (ems_text_empty(ems_kv_get(ems_kvlist_kv(form), name)))
		ems_kvlist_set(form, name, value);
}

/* What the credential says counts where the form says nothing. */
static void add_defaults(const emsign_credential *c, struct ems_kvlist *form)
{
	add_default(form, "group", c->group);
	add_default(form, "requester.name", c->requester_name);
	add_default(form, "requester.email", c->requester_email);
	add_default(form, "requester.isd", c->requester_isd);
	add_default(form, "requester.phone", c->requester_phone);
	add_default(form, "requester.designation", c->requester_designation);
	add_default(form, "signer.place", c->signer_place);
	add_default(form, "signer.ip", c->signer_ip);
}

struct known {
	struct ems_buf words;
	size_t offset; /* of the member that is shown */
	int n;
};

static emsign_rc add_known(void *ud, const char *kind, const void *record)
{
	struct known *known = ud;
	const char *word = *(const char *const *)((const char *)record + known->offset);

	(void)kind;
	if (known->n++ < 8 && word)
		ems_buf_print(&known->words, "%s%s", known->n > 1 ? ", " : "", word);
	return EMSIGN_OK;
}

/* What was known and is not listed by the CA any more cannot be ordered with. */
static emsign_rc check_gone(const char *kind, const char *what, const char *value,
			    const void *record, emsign_error *err)
{
	const struct ems_member *gone = ems_kind_member(ems_kind_find(kind), "gone_at");
	int64_t at = *(const int64_t *)((const char *)record + gone->offset);
	char day[EMS_TIME_TEXT];

	if (!at)
		return EMSIGN_OK;
	ems_time_date(at, day);
	return ems_fail(err, EMSIGN_E_INVALID,
			"%s '%s' is not listed by the CA since %s; synchronise if it is back", what,
			value, day);
}

/* An empty listing says nothing: the CA gives some accounts one although their orders work. */
static emsign_rc check_unknown(emsign_op *op, const char *what, const char *value,
			       const struct known *known, emsign_error *err)
{
	const char *credential = op->account->credential->name;
	emsign_kv fields[] = { { "credential", credential }, { what, value }, { NULL, NULL } };

	if (known->n)
		return ems_fail(
			err, EMSIGN_E_INVALID,
			"%s '%s' is not known for '%s'; known: %s%s; synchronise if it is new",
			what, value, credential, ems_buf_str(&known->words),
			known->n > 8 ? ", ..." : "");
	ems_client_log(op->client, EMSIGN_LOG_WARNING,
		       "not checked here, nothing of its kind was synchronised", fields);
	return EMSIGN_OK;
}

/* What a form names has to be among what was synchronised, if anything was. */
static emsign_rc need_known(emsign_op *op, const char *kind, size_t member, const char *what,
			    void **out, emsign_error *err)
{
	emsign_kv filter[] = { { "credential", op->account->credential->name },
			       { "gone_at", NULL }, { NULL, NULL } };
	struct known known = { EMS_BUF(4096), member, 0 };
	const char *value = ems_place_field(op, what);
	void *record = NULL;
	emsign_rc rc;

	if (!value)
		return EMSIGN_OK;
	rc = ems_place_look(op, kind, value, &record, err);
	if (rc == EMSIGN_OK && record) {
		rc = check_gone(kind, what, value, record, err);
	} else if (rc == EMSIGN_OK) {
		rc = emsign_client_scan(op->client, kind, filter, NULL, 0, add_known, &known,
					err);
		if (rc == EMSIGN_OK)
			rc = check_unknown(op, what, value, &known, err);
	}
	if (out)
		*out = record;
	else
		ems_free(record);
	ems_buf_free(&known.words);
	return rc;
}

/* The registered domain that a name lies in, the nearest one. */
static emsign_rc covering_domain(emsign_op *op, const char *name, emsign_domain **out,
				 emsign_error *err)
{
	const char *at = ems_text_starts(name, "*.") ? name + 2 : name;
	emsign_rc rc = EMSIGN_OK;

	*out = NULL;
	while (at && rc == EMSIGN_OK && !*out) {
		rc = ems_place_look(op, "domain", at, (void **)out, err);
		at = strchr(at, '.');
		if (at)
			at++;
	}
	return rc;
}

static emsign_rc check_against_account(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	struct ems_form_facts facts = { 0 };
	emsign_organization *organization = NULL;
	emsign_domain *domain = NULL;
	emsign_rc rc;

	rc = need_known(op, "product", offsetof(emsign_product, code), "product",
			(void **)&work->product, err);
	if (rc == EMSIGN_OK)
		rc = need_known(op, "organization", offsetof(emsign_organization, number),
				"organization", (void **)&organization, err);
	if (rc == EMSIGN_OK)
		rc = need_known(op, "group", offsetof(emsign_group, number), "group", NULL, err);
	if (rc == EMSIGN_OK)
		rc = covering_domain(op, ems_place_field(op, "domain"), &domain, err);
	if (rc == EMSIGN_OK) {
		facts.product = work->product;
		facts.organization = organization;
		facts.domain = domain;
		work->family = ems_form_family(form_of(op), work->product);
		rc = ems_form_check(form_of(op), &facts, err);
	}
	ems_free(organization);
	ems_free(domain);
	return rc;
}

static emsign_rc collect_names(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	const emsign_kv *names;
	size_t n;

	ems_kvlist_add(&work->names, ems_place_field(op, "domain"), "");
	for (n = 0; ems_place_field(op, "san") && ems_kv_nth(form_of(op), "san", n); n++) {
		const char *san = ems_kv_nth(form_of(op), "san", n);

		if (!ems_kv_get(ems_kvlist_kv(&work->names), san))
			ems_kvlist_add(&work->names, san, "");
	}
	work->sans = ems_alloc((work->names.n + 1) * sizeof(*work->sans));
	if (work->names.rc || !work->sans)
		return ems_fail_nomem(err);
	names = ems_kvlist_kv(&work->names);
	for (size_t i = 1; i < work->names.n; i++)
		work->sans[i - 1] = names[i].key;
	return EMSIGN_OK;
}

/*
 * The CA reads names from the form alone: a name that stands in the CSR only would be lost. The www
 * twin may stand there, for the CA adds it.
 */
static emsign_rc check_csr_names(emsign_op *op, const emsign_csr *csr, emsign_error *err)
{
	const char *domain = ems_place_field(op, "domain");
	struct ems_kvlist names = { 0 };
	emsign_rc rc = EMSIGN_OK;

	ems_form_names(form_of(op), &names);
	if (names.rc)
		rc = ems_fail_nomem(err);
	else if (!ems_text_equal_nocase(csr->domain, domain))
		rc = ems_fail(
			err, EMSIGN_E_INVALID,
			"csr is for '%s', the order's domain is '%s': they have to be the same",
			csr->domain ? csr->domain : "no name", domain);
	for (const char *const *san = csr->sans; rc == EMSIGN_OK && san && *san; san++)
		if (!ems_kv_get(ems_kvlist_kv(&names), *san))
			rc = ems_fail(err, EMSIGN_E_INVALID,
				      "csr names '%s', the order does not: add san=%s", *san, *san);
	ems_kvlist_free(&names);
	return rc;
}

static emsign_rc own_csr(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	const char *text = ems_place_field(op, "csr");
	const char *id = ems_place_field(op, "csr_id");
	emsign_rc rc = EMSIGN_OK;

	if (text)
		rc = ems_csr_parse(text, &work->csr, err);
	else if (id)
		rc = ems_shelf_get(op->client, "csr", id, (void **)&work->csr, err);
	if (rc == EMSIGN_OK && work->csr && !ems_form_is_personal(work->family))
		rc = check_csr_names(op, work->csr, err);
	return rc;
}

emsign_rc ems_place_check(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	struct ems_kvlist said = { 0 };
	emsign_product *product = NULL;
	const char *code;
	emsign_rc rc;

	rc = ems_promote_fill(op, &said, err);
	add_defaults(op->account->credential, &said);
	code = ems_kv_get(ems_kvlist_kv(&said), "product");
	/* names of a private PKI follow other rules: the family is wanted before they are read */
	if (rc == EMSIGN_OK && code && !strchr(code, '/'))
		rc = ems_place_look(op, "product", code, (void **)&product, err);
	if (product && product->family)
		add_default(&said, "family", product->family);
	if (rc == EMSIGN_OK && said.rc)
		rc = ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = ems_fields_check("order", EMS_FIELDS_WHOLE, ems_kvlist_kv(&said), &work->form,
				      err);
	if (rc == EMSIGN_OK)
		rc = ems_form_name(&work->form, product, err);
	if (rc == EMSIGN_OK)
		rc = check_against_account(op, err);
	if (rc == EMSIGN_OK)
		rc = collect_names(op, err);
	if (rc == EMSIGN_OK)
		rc = own_csr(op, err);
	ems_free(product);
	ems_kvlist_free(&said);
	return rc;
}
