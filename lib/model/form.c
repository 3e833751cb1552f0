/* SPDX-License-Identifier: MIT */
#include "model/form.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "model/name.h"

const char *ems_form_family(const emsign_kv *form, const emsign_product *product)
{
	const char *family = ems_kv_get(form, "family");

	if (!family && product)
		family = product->family;
	return family ? family : "ssl";
}

bool ems_form_is_personal(const char *family)
{
	return ems_text_equal(family, "signature") || ems_text_equal(family, "smime");
}

static emsign_rc need(const emsign_kv *form, const char *field, const char *why, emsign_error *err)
{
	if (ems_kv_get(form, field))
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID, "%s is missing: %s", field, why);
}

static emsign_rc need_all(const emsign_kv *form, const char *const *names, const char *why,
			  emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	for (; *names && rc == EMSIGN_OK; names++)
		rc = need(form, *names, why, err);
	return rc;
}

static emsign_rc check_family(const emsign_kv *form, const struct ems_form_facts *facts,
			      emsign_error *err)
{
	const char *family = ems_form_family(form, facts->product);

	if (facts->product && facts->product->family &&
	    strcmp(family, facts->product->family) != 0)
		return ems_fail(err, EMSIGN_E_INVALID, "family '%s' is wrong: product '%s' is %s",
				family, facts->product->code, facts->product->family);
	return EMSIGN_OK;
}

static emsign_rc check_names(const emsign_kv *form, const struct ems_form_facts *facts,
			     emsign_error *err)
{
	const char *domain = ems_kv_get(form, "domain");
	const emsign_product *product = facts->product;
	bool wildcard = ems_text_starts(domain, "*.");

	if (wildcard && ems_kv_yes(form, "secure_www"))
		return ems_fail(err, EMSIGN_E_INVALID,
				"secure_www does not go with '%s': a wildcard covers it already",
				domain);
	if (!product || !ems_text_equal(product->family, "ssl"))
		return EMSIGN_OK;
	if (product->wildcard && !wildcard)
		return ems_fail(err, EMSIGN_E_INVALID,
				"domain '%s' has to begin with '*.': product '%s' (%s) is a "
				"wildcard product",
				domain, product->code, product->name ? product->name : "");
	if (wildcard && !product->wildcard)
		return ems_fail(err, EMSIGN_E_INVALID,
				"domain '%s' needs a wildcard product; '%s' is %s", domain,
				product->code, product->name ? product->name : "none");
	if (!product->multi_domain && ems_kv_get(form, "san"))
		return ems_fail(
			err, EMSIGN_E_INVALID,
			"san '%s' needs a multi-domain (UCC) product; '%s' (%s) takes one name",
			ems_kv_get(form, "san"), product->code, product->name ? product->name : "");
	return EMSIGN_OK;
}

static emsign_rc check_identity(const emsign_kv *form, const emsign_product *product,
				emsign_error *err)
{
	static const char *const address[] = {
		"organization.name", "organization.street", "organization.locality",
		"organization.state", "organization.country", "organization.postal_code", NULL
	};
	static const char *const roles[] = {
		"contract_signer.name", "contract_signer.email", "contract_signer.isd",
		"contract_signer.phone", "contract_signer.designation", "approver.name",
		"approver.email", "approver.isd", "approver.phone", "approver.designation",
		"organization.category", "organization.registration", NULL
	};
	bool known = ems_kv_get(form, "organization") != NULL;
	const char *level = product ? product->level : NULL;
	emsign_rc rc = EMSIGN_OK;

	if (!level || strcmp(level, "dv") == 0 || known)
		return EMSIGN_OK;
	rc = need_all(form, address, "or give the number of a validated organization", err);
	if (rc == EMSIGN_OK && strcmp(level, "ev") == 0)
		rc = need_all(form, roles, "EV orders of a new organization want it", err);
	return rc;
}

static emsign_rc check_organization(const emsign_organization *o, emsign_error *err)
{
	if (!o)
		return EMSIGN_OK;
	if (o->status && strcmp(o->status, "active") != 0)
		return ems_fail(err, EMSIGN_E_INVALID, "organization '%s' (%s) is %s at the CA",
				o->number, o->name ? o->name : "", o->status);
	if (o->validation && strcmp(o->validation, "validated") != 0)
		return ems_fail(err, EMSIGN_E_INVALID,
				"organization '%s' (%s) is not validated at the CA: %s", o->number,
				o->name ? o->name : "", o->validation);
	return EMSIGN_OK;
}

/* Fields of one kind of family say nothing to the other. */
static emsign_rc check_fields(const emsign_kv *form, const char *family, emsign_error *err)
{
	static const char *const of_domains[] = { "domain", "san", "secure_www", "key", "keystore",
						  "dns", "technical.email", NULL };
	bool personal = ems_form_is_personal(family);
	const char *wrong = NULL;

	for (const char *const *name = of_domains; personal && *name && !wrong; name++)
		if (ems_kv_get(form, *name) && !ems_text_equal(ems_kv_get(form, *name), "no"))
			wrong = *name;
	for (const emsign_kv *said = form; !personal && said->key && !wrong; said++)
		if (ems_text_starts(said->key, "subject."))
			wrong = said->key;
	if (!wrong)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID, "%s does not go with the family '%s'%s", wrong,
			family, personal ? ": it is named by subject.email, and its key is made "
					   "elsewhere" : "");
}

static emsign_rc check_subject(const emsign_kv *form, const char *family, emsign_error *err)
{
	static const char *const address[] = { "subject.street", "subject.locality",
					       "subject.state", "subject.country",
					       "subject.postal_code", NULL };
	static const char *const person[] = { "subject.first_name", "subject.last_name", NULL };
	static const char *const entity[] = { "organization.name", "organization.unit",
					      "organization.registration", NULL };
	bool named = ems_kv_get(form, person[0]) || ems_kv_get(form, person[1]);
	emsign_rc rc = need(form, "subject.email", "the order is named by it", err);

	if (rc || strcmp(family, "signature") != 0)
		return rc;
	rc = need_all(form, address, "the certificate of a signer wants it", err);
	if (rc == EMSIGN_OK && (named || !ems_kv_get(form, "organization.name")))
		rc = need_all(form, person, "a signer is a person, or give organization.name", err);
	if (rc == EMSIGN_OK && ems_kv_get(form, "organization.name"))
		rc = need_all(form, entity, "a signer of an organization wants it", err);
	return rc;
}

emsign_rc ems_form_name(struct ems_kvlist *form, const emsign_product *product, emsign_error *err)
{
	const emsign_kv *said = ems_kvlist_kv(form);
	const char *family = ems_form_family(said, product);
	emsign_rc rc = check_fields(said, family, err);

	if (rc)
		return rc;
	if (!ems_form_is_personal(family)) {
		if (ems_kv_get(said, "domain"))
			return EMSIGN_OK;
		return ems_fail(err, EMSIGN_E_INVALID, "domain is missing");
	}
	rc = check_subject(said, family, err);
	if (rc)
		return rc;
	ems_kvlist_set(form, "domain", ems_kv_get(said, "subject.email"));
	return form->rc ? ems_fail_nomem(err) : EMSIGN_OK;
}

emsign_rc ems_form_one_way(const emsign_kv *form, const char *const *ways, emsign_error *err)
{
	const char *first = NULL;

	for (; *ways; ways++) {
		if (!ems_kv_get(form, *ways))
			continue;
		if (first)
			return ems_fail(err, EMSIGN_E_INVALID, "give %s or %s, not both", first,
					*ways);
		first = *ways;
	}
	return EMSIGN_OK;
}

static emsign_rc check_key(const emsign_kv *form, emsign_error *err)
{
	static const char *const ways[] = { "key", "csr", "csr_id", NULL };

	return ems_form_one_way(form, ways, err);
}

emsign_rc ems_form_check(const emsign_kv *form, const struct ems_form_facts *facts,
			 emsign_error *err)
{
	emsign_rc rc = check_family(form, facts, err);

	if (rc == EMSIGN_OK)
		rc = check_key(form, err);
	if (rc == EMSIGN_OK)
		rc = check_names(form, facts, err);
	if (rc == EMSIGN_OK)
		rc = check_organization(facts->organization, err);
	if (rc == EMSIGN_OK)
		rc = check_identity(form, facts->product, err);
	if (rc == EMSIGN_OK && facts->domain && ems_text_equal(facts->domain->status, "inactive"))
		rc = ems_fail(err, EMSIGN_E_INVALID, "domain '%s' is inactive at the CA",
			      facts->domain->name);
	return rc;
}

bool ems_form_twin(const char *name, char *out, size_t size)
{
	/* "www.com" is a domain of its own, not the twin of "com" */
	bool has_www = ems_text_starts(name, "www.") && strchr(name + 4, '.');
	const char *bare = has_www ? name + 4 : name;
	size_t prefix = has_www ? 0 : 4;
	size_t len = strlen(bare);

	if (ems_text_starts(name, "*.") || prefix + len >= size)
		return false;
	memcpy(out, "www.", prefix);
	memcpy(out + prefix, bare, len + 1);
	return true;
}

static void add_once(struct ems_kvlist *names, const char *name)
{
	for (const emsign_kv *kv = ems_kvlist_kv(names); kv->key; kv++)
		if (strcmp(kv->key, name) == 0)
			return;
	ems_kvlist_add(names, name, "");
}

void ems_form_names(const emsign_kv *form, struct ems_kvlist *names)
{
	const char *domain = ems_kv_get(form, "domain");
	char twin[EMS_NAME_MAX];
	const char *san;

	add_once(names, domain);
	for (size_t i = 0; (san = ems_kv_nth(form, "san", i)) != NULL; i++)
		add_once(names, san);
	if (ems_kv_yes(form, "secure_www") && ems_form_twin(domain, twin, sizeof(twin)))
		add_once(names, twin);
}
