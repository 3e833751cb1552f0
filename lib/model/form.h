/* SPDX-License-Identifier: MIT */
/* Rules of the order form that join several fields, or fields and account data. */
#ifndef EMS_MODEL_FORM_H
#define EMS_MODEL_FORM_H

#include <emsign/record.h>

#include "base/kv.h"

/** What is known here about what the form names; NULL: nothing is. */
struct ems_form_facts {
	const emsign_product *product;
	const emsign_organization *organization;
	const emsign_domain *domain;  /* the registered domain that covers the form's first name */
};

/** What the form says, else the product, else "ssl". Static or borrowed. */
const char *ems_form_family(const emsign_kv *form, const emsign_product *product);

/**
 * Is an order of that family (may be NULL) named after a person or an organization? Then it has an
 * e-mail address where others have a domain, and its key is made elsewhere: in a token, or by the
 * CA's own tool.
 */
bool ems_form_is_personal(const char *family);

/**
 * Finds out by what the order is named, first thing after ems_fields_check(): `domain` says it from
 * here on, also where it is an e-mail address.
 * Errors: EMSIGN_E_INVALID (what is missing, or does not go with the family), EMSIGN_E_NOMEM.
 */
emsign_rc ems_form_name(struct ems_kvlist *form, const emsign_product *product, emsign_error *err);

/**
 * Checks a form that ems_form_name() has let through.
 * Errors: EMSIGN_E_INVALID, naming the field and what would be right.
 */
emsign_rc ems_form_check(const emsign_kv *form, const struct ems_form_facts *facts,
			 emsign_error *err);

/** The names that the certificate has to cover, each once: domain, SANs, the www twin if wanted. */
void ems_form_names(const emsign_kv *form, struct ems_kvlist *names);

/** The www twin of a name that the CA adds: "www.a" of "a", "a" of "www.a"; false: it has none. */
bool ems_form_twin(const char *name, char *out, size_t size);

/** Of some fields that say the same in different ways (NULL-terminated) one may be given. */
emsign_rc ems_form_one_way(const emsign_kv *form, const char *const *ways, emsign_error *err);

#endif
