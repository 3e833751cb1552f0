/* SPDX-License-Identifier: MIT */
/* Rules of the order form that join fields, or fields and what is known of the account. */
#include "../support/fail.h"

#include <string.h>

#include "model/form.h"

#define DV { .code = "842", .name = "DV", .family = "ssl", .level = "dv" }
#define WILD { .code = "843", .name = "DV Wildcard", .family = "ssl", .level = "dv", .wildcard = 1 }
#define UCC { .code = "844", .name = "DV UCC", .family = "ssl", .level = "dv", .multi_domain = 1 }
#define OV { .code = "845", .name = "OV", .family = "ssl", .level = "ov" }
#define EV { .code = "846", .name = "EV", .family = "ssl", .level = "ev" }
#define INTRANET { .code = "900", .name = "Intranet", .family = "private-pki" }
#define SMIME { .code = "901", .name = "S/MIME", .family = "smime" }

#define ADDRESS                                                                               \
	{ "organization.name", "Example Corp" }, { "organization.street", "1 Main St" },      \
	{ "organization.locality", "Cleveland" }, { "organization.state", "Ohio" },           \
	{ "organization.country", "US" }, { "organization.postal_code", "44101" }

#define SIGNER { .code = "825", .name = "Natural Person", .family = "signature" }
#define LIVES                                                                                  \
	{ "subject.email", "a@example.com" }, { "subject.street", "1 Main Street" },           \
	{ "subject.locality", "Cleveland" }, { "subject.state", "Ohio" },                      \
	{ "subject.country", "US" }, { "subject.postal_code", "44101" }

static emsign_error err;

static const struct {
	emsign_product product; /* without a code: not synchronised */
	emsign_kv form[12];     /* beside product and domain */
	const char *domain;
	emsign_rc rc;
	const char *sentence;
} rows[] = {
	{ DV, { { NULL, NULL } }, "example.com", EMSIGN_OK, "" },
	{ { .code = NULL }, { { NULL, NULL } }, "*.example.com", EMSIGN_OK, "" },
	/* families */
	{ DV, { { "family", "smime" }, { "subject.email", "a@example.com" } }, NULL,
	  EMSIGN_E_INVALID, "family 'smime' is wrong: product '842' is ssl" },
	{ DV, { { NULL, NULL } }, NULL, EMSIGN_E_INVALID, "domain is missing" },
	{ DV, { { "subject.email", "a@example.com" } }, "example.com", EMSIGN_E_INVALID,
	  "subject.email does not go with the family 'ssl'" },
	/* orders that are named after a person or an organization */
	{ SMIME, { { "subject.email", "a@example.com" } }, NULL, EMSIGN_OK, "" },
	{ SMIME, { { "secure_www", "no" }, { "subject.email", "a@example.com" } }, NULL,
	  EMSIGN_OK, "" },
	{ SMIME, { { NULL, NULL } }, NULL, EMSIGN_E_INVALID, "subject.email is missing" },
	{ SMIME, { { "subject.email", "a@example.com" } }, "example.com", EMSIGN_E_INVALID,
	  "domain does not go with the family 'smime': it is named by subject.email" },
	{ SMIME, { { "subject.email", "a@example.com" }, { "key", "EC:P-256" } }, NULL,
	  EMSIGN_E_INVALID, "key does not go with the family 'smime'" },
	{ SIGNER, { LIVES, { "subject.first_name", "A" }, { "subject.last_name", "B" } }, NULL,
	  EMSIGN_OK, "" },
	{ SIGNER, { LIVES, { "subject.first_name", "A" } }, NULL, EMSIGN_E_INVALID,
	  "subject.last_name is missing" },
	{ SIGNER, { LIVES }, NULL, EMSIGN_E_INVALID, "subject.first_name is missing" },
	{ SIGNER, { LIVES, { "organization.name", "A" }, { "organization.unit", "B" } }, NULL,
	  EMSIGN_E_INVALID, "organization.registration is missing" },
	{ SIGNER, { LIVES, { "organization.name", "A" }, { "organization.unit", "B" },
		    { "organization.registration", "C" } }, NULL, EMSIGN_OK, "" },
	{ SIGNER, { { "subject.email", "a@example.com" } }, NULL, EMSIGN_E_INVALID,
	  "subject.street is missing: the certificate of a signer wants it" },
	{ DV, { { "family", "private-pki" } }, "example.com", EMSIGN_E_INVALID,
	  "family 'private-pki' is wrong: product '842' is ssl" },
	{ INTRANET, { { "family", "private-pki" } }, "host", EMSIGN_OK, "" },
	{ INTRANET, { { NULL, NULL } }, "*.example.com", EMSIGN_OK, "" },
	{ INTRANET, { { "san", "other" } }, "host", EMSIGN_OK, "" },
	/* wildcards and further names */
	{ DV, { { NULL, NULL } }, "*.example.com", EMSIGN_E_INVALID,
	  "domain '*.example.com' needs a wildcard product; '842' is DV" },
	{ WILD, { { NULL, NULL } }, "*.example.com", EMSIGN_OK, "" },
	{ WILD, { { NULL, NULL } }, "example.com", EMSIGN_E_INVALID,
	  "domain 'example.com' has to begin with '*.': product '843' (DV Wildcard)" },
	{ WILD, { { "secure_www", "yes" } }, "*.example.com", EMSIGN_E_INVALID,
	  "secure_www does not go with '*.example.com'" },
	{ DV, { { "secure_www", "yes" } }, "example.com", EMSIGN_OK, "" },
	{ DV, { { "san", "a.example.com" } }, "example.com", EMSIGN_E_INVALID,
	  "san 'a.example.com' needs a multi-domain (UCC) product; '842' (DV) takes one name" },
	{ UCC, { { "san", "a.example.com" } }, "example.com", EMSIGN_OK, "" },
	/* keys */
	{ DV, { { "key", "EC:P-256" }, { "csr", "x" } }, "example.com", EMSIGN_E_INVALID,
	  "give key or csr, not both" },
	{ DV, { { "csr_id", "x" }, { "csr", "x" } }, "example.com", EMSIGN_E_INVALID,
	  "give csr or csr_id, not both" },
	{ DV, { { "csr_id", "x" }, { "key", "x" } }, "example.com", EMSIGN_E_INVALID,
	  "give key or csr_id, not both" },
	/* identity */
	{ OV, { { NULL, NULL } }, "example.com", EMSIGN_E_INVALID,
	  "organization.name is missing: or give the number of a validated organization" },
	{ OV, { { "organization", "3325789" } }, "example.com", EMSIGN_OK, "" },
	{ OV, { ADDRESS }, "example.com", EMSIGN_OK, "" },
	{ OV, { { "organization.name", "x" } }, "example.com", EMSIGN_E_INVALID,
	  "organization.street is missing" },
	{ EV, { { "organization", "3325789" } }, "example.com", EMSIGN_OK, "" },
	{ EV, { ADDRESS }, "example.com", EMSIGN_E_INVALID,
	  "contract_signer.name is missing: EV orders of a new organization want it" },
};

static emsign_rc check(const emsign_kv *more, const char *domain,
		       const struct ems_form_facts *facts)
{
	struct ems_kvlist form = { 0 };
	emsign_rc rc;

	ems_kvlist_add(&form, "product", "1");
	ems_kvlist_add(&form, "domain", domain);
	ems_kvlist_add_all(&form, more);
	rc = ems_form_name(&form, facts->product, &err);
	if (rc == EMSIGN_OK)
		rc = ems_form_check(ems_kvlist_kv(&form), facts, &err);
	ems_kvlist_free(&form);
	return rc;
}

static void test_p04_every_rule_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ems_form_facts facts = { 0 };
		emsign_rc rc;

		if (rows[i].product.code)
			facts.product = &rows[i].product;
		memset(&err, 0, sizeof(err));
		rc = check(rows[i].form, rows[i].domain, &facts);
		if (rc != rows[i].rc || !strstr(err.message, rows[i].sentence))
			fail_msg("row %zu: %s '%s'", i, emsign_rc_name(rc), err.message);
	}
}

static void test_an_organization_has_to_be_fit(void **state)
{
	static const struct {
		const char *status, *validation, *sentence; /* NULL: fine */
	} fit[] = {
		{ "active", "validated", NULL },
		{ NULL, NULL, NULL }, /* the CA did not say */
		{ "inactive", "validated", "organization '33' (Corp) is inactive at the CA" },
		{ "expired", NULL, "is expired at the CA" },
		{ "active", "pending",
		  "organization '33' (Corp) is not validated at the CA: pending" },
		{ NULL, "rejected", "is not validated at the CA: rejected" },
	};
	const emsign_kv none[] = { { NULL, NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT(fit); i++) {
		const emsign_organization o = { .number = "33", .name = "Corp",
						.status = fit[i].status,
						.validation = fit[i].validation };
		const struct ems_form_facts facts = { .organization = &o };

		assert_int_equal(check(none, "example.com", &facts),
				 fit[i].sentence ? EMSIGN_E_INVALID : EMSIGN_OK);
		if (fit[i].sentence)
			assert_non_null(strstr(err.message, fit[i].sentence));
	}
}

static void test_an_inactive_domain(void **state)
{
	const emsign_kv none[] = { { NULL, NULL } };
	emsign_domain domain = { .name = "example.com", .status = "inactive" };
	const struct ems_form_facts facts = { .domain = &domain };

	(void)state;
	assert_int_equal(check(none, "www.example.com", &facts), EMSIGN_E_INVALID);
	assert_string_equal(err.message, "domain 'example.com' is inactive at the CA");
	domain.status = "active";
	assert_int_equal(check(none, "www.example.com", &facts), EMSIGN_OK);
}

static void test_the_family_of_a_form(void **state)
{
	static const emsign_kv none[] = { { NULL, NULL } };
	static const emsign_kv said[] = { { "family", "private-pki" }, { NULL, NULL } };
	static const emsign_product intranet = INTRANET, unknown = { .code = "1" };

	(void)state;
	assert_string_equal(ems_form_family(none, NULL), "ssl");
	assert_string_equal(ems_form_family(none, &unknown), "ssl");
	assert_string_equal(ems_form_family(none, &intranet), "private-pki");
	assert_string_equal(ems_form_family(said, NULL), "private-pki");
}

static void test_names_come_once_each(void **state)
{
	static const emsign_kv form[] = {
		{ "domain", "example.com" }, { "san", "a.example.com" }, { "san", "example.com" },
		{ "san", "www.example.com" }, { "secure_www", "yes" }, { NULL, NULL },
	};
	struct ems_kvlist names = { 0 };
	char tight[8];

	(void)state;
	ems_form_names(form, &names);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.items[0].key, "example.com");
	assert_string_equal(names.items[1].key, "a.example.com");
	assert_string_equal(names.items[2].key, "www.example.com");
	ems_kvlist_free(&names);
	assert_false(ems_form_twin("example.com", tight, sizeof(tight)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p04_every_rule_has_its_sentence),
		FAIL_TEST(test_an_organization_has_to_be_fit),
		FAIL_TEST(test_an_inactive_domain),
		FAIL_TEST(test_the_family_of_a_form),
		FAIL_TEST(test_names_come_once_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
