/* SPDX-License-Identifier: MIT */
/* Forms as a whole: presets, slips, secrets, what must be there, changes. */
#include "../support/fail.h"

#include <stdio.h>
#include <string.h>

#include "model/fields.h"

#define X10 "xxxxxxxxxx"
#define X64 X10 X10 X10 X10 X10 X10 "xxxx"

#define WHOLE_ORDER                                                                   \
	{ "product", "842" }, { "domain", "Example.com" }, { "requester.name", "Alex" }, \
	{ "requester.email", "alex@example.com" }, { "requester.phone", "5551234" }

static void presets_are_filled_in_the_order_of_the_table(void **state)
{
	const emsign_kv said[] = { WHOLE_ORDER, { "san", "b.example.com" }, { "years", "2" },
				   { "san", "A.example.com" }, { "remarks", "" }, { "key", NULL },
				   { NULL, NULL } };
	static const emsign_kv checked[] = {
		{ "product", "842" },
		{ "domain", "example.com" },
		{ "san", "b.example.com" },
		{ "san", "a.example.com" },
		{ "requester.name", "Alex" },
		{ "requester.email", "alex@example.com" },
		{ "requester.isd", "1" },
		{ "requester.phone", "5551234" },
		{ "signer.place", "Unspecified" },
		{ "signer.ip", "127.0.0.1" },
		{ "agreement", "accept" },
		{ "years", "2" },
		{ "auto_renew", "no" },
		{ "renew_days", "30" },
		{ "secure_www", "no" },
		{ "notify", "no" },
		{ "draft", "no" },
		{ "again", "no" },
	};
	struct ems_kvlist out = { 0 };
	emsign_error err;

	(void)state;
	assert_int_equal(ems_fields_check("order", EMS_FIELDS_WHOLE, said, &out, &err), EMSIGN_OK);
	assert_int_equal(err.rc, EMSIGN_OK);
	assert_int_equal(out.n, COUNT(checked));
	for (size_t i = 0; i < out.n; i++) {
		assert_string_equal(out.items[i].key, checked[i].key);
		assert_string_equal(out.items[i].value, checked[i].value);
	}
	ems_kvlist_free(&out);
}

/* Each preset passes its own check, so that a form can be checked again. */
static void checked_forms_pass_again(void **state)
{
	const emsign_kv said[] = { WHOLE_ORDER, { NULL, NULL } };
	struct ems_kvlist once = { 0 }, twice = { 0 };

	(void)state;
	ems_fields_check("order", EMS_FIELDS_WHOLE, said, &once, NULL);
	assert_int_equal(
		ems_fields_check("order", EMS_FIELDS_WHOLE, ems_kvlist_kv(&once), &twice, NULL),
		EMSIGN_OK);
	assert_int_equal(once.n, twice.n);
	for (size_t i = 0; i < once.n; i++) {
		assert_string_equal(once.items[i].key, twice.items[i].key);
		assert_string_equal(once.items[i].value, twice.items[i].value);
	}
	ems_kvlist_free(&once);
	ems_kvlist_free(&twice);
}

static void form_fails(enum ems_fields_mode mode, const char *scope, const emsign_kv *said,
		       const char *sentence)
{
	struct ems_kvlist out = { 0 };
	emsign_error err;

	assert_int_equal(ems_fields_check(scope, mode, said, &out, &err), EMSIGN_E_INVALID);
	assert_string_equal(err.message, sentence);
	ems_kvlist_free(&out);
}

static void unknown_fields(void **state)
{
	const emsign_kv slip[] = { WHOLE_ORDER, { "prodcut", "1" }, { NULL, NULL } };
	const emsign_kv far[] = { { "colour_of_the_paper", "1" }, { NULL, NULL } };
	const emsign_kv other_scope[] = { { "region", "us" }, { NULL, NULL } };

	(void)state;
	form_fails(EMS_FIELDS_WHOLE, "order", slip,
		   "unknown field 'prodcut' (did you mean 'product'?)");
	form_fails(EMS_FIELDS_PART, "order", far,
		   "unknown field 'colour_of_the_paper': emsign_fields(\"order\") lists what there "
		   "is");
	form_fails(EMS_FIELDS_WHOLE, "import", other_scope,
		   "unknown field 'region': emsign_fields(\"import\") lists what there is");
}

static void secrets_are_refused_and_not_repeated(void **state)
{
	static const char *const words[] = { "access_key", "Access-Key", "accesskey", "SECRET",
					     "password", "private_key", "client_secret" };
	char sentence[100];

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		const emsign_kv said[] = { { words[i], "canary" }, { NULL, NULL } };

		snprintf(sentence, sizeof(sentence),
			 "'%s' is no field: secrets are given as an emsign_secret", words[i]);
		form_fails(EMS_FIELDS_PART, "credential", said, sentence);
	}
}

static void fields_that_must_be_there(void **state)
{
	const emsign_kv whole[] = { WHOLE_ORDER, { NULL, NULL } };
	const emsign_kv empty[] = { { "account", "" }, { NULL, NULL } };
	char sentence[100];

	(void)state;
	for (size_t skip = 0; whole[skip].key; skip++) {
		emsign_kv said[COUNT(whole)];
		size_t n = 0;

		for (size_t i = 0; i < COUNT(whole); i++)
			if (i != skip)
				said[n++] = whole[i];
		if (strcmp(whole[skip].key, "domain") == 0)
			continue; /* not of every family, see form.c */
		snprintf(sentence, sizeof(sentence), "%s is missing", whole[skip].key);
		form_fails(EMS_FIELDS_WHOLE, "order", said, sentence);
	}
	form_fails(EMS_FIELDS_WHOLE, "credential", NULL, "account is missing");
	form_fails(EMS_FIELDS_WHOLE, "credential", empty, "account is missing");
	form_fails(EMS_FIELDS_PART, "credential", empty, "account cannot be removed");
}

static void repeated_fields(void **state)
{
	const emsign_kv twice[] = { { "group", "1" }, { "account", "2" }, { "group", "1" },
				    { NULL, NULL } };
	const emsign_kv list[] = { { "exclude", "expired" },
				   { "exclude", "revoked" },
				   { NULL, NULL } };
	struct ems_kvlist out = { 0 };

	(void)state;
	form_fails(EMS_FIELDS_WHOLE, "credential", twice, "group is given more than once");
	assert_int_equal(ems_fields_check("import", EMS_FIELDS_PART, list, &out, NULL), EMSIGN_OK);
	assert_int_equal(out.n, 2);
	ems_kvlist_free(&out);
}

/* A list with a hole, as C callers build it, loses nothing behind the hole. */
static void values_of_null_are_not_given(void **state)
{
	const emsign_kv said[] = { { "san", "a.example.com" },
				   { "san", NULL },
				   { "san", "b.example.com" },
				   { "remarks", NULL },
				   { NULL, NULL } };
	struct ems_kvlist out = { 0 };

	(void)state;
	assert_int_equal(ems_fields_check("order", EMS_FIELDS_PART, said, &out, NULL), EMSIGN_OK);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.items[1].value, "b.example.com");
	ems_kvlist_free(&out);
}

static void changes_hold_only_what_is_said(void **state)
{
	const emsign_kv said[] = { { "group", "" }, { "region", "US" }, { NULL, NULL } };
	struct ems_kvlist out = { 0 };

	(void)state;
	assert_int_equal(ems_fields_check("credential", EMS_FIELDS_PART, said, &out, NULL),
			 EMSIGN_OK);
	assert_int_equal(out.n, 2);
	assert_string_equal(ems_kv_get(out.items, "region"), "us");
	assert_string_equal(ems_kv_get(out.items, "group"), "");
	ems_kvlist_free(&out);
	assert_int_equal(ems_fields_check("credential", EMS_FIELDS_PART, NULL, &out, NULL),
			 EMSIGN_OK);
	assert_int_equal(out.n, 0);
	ems_kvlist_free(&out);
}

static void private_pki_takes_single_labels(void **state)
{
	const emsign_kv internal[] = { { "family", "Private-PKI" }, { "domain", "Printer" },
				       { "san", "intranet" }, { NULL, NULL } };
	const emsign_kv external[] = { { "family", "private-pki" }, { "dns", "EXTERNAL" },
				       { "domain", "printer" }, { NULL, NULL } };
	const emsign_kv ssl[] = {
		{ "family", "ssl" }, { "dns", "internal" }, { "domain", "printer" }, { NULL, NULL }
	};
	static const char single[] = "domain 'printer' is not a domain name: it has a single label";
	struct ems_kvlist out = { 0 };

	(void)state;
	assert_int_equal(ems_fields_check("order", EMS_FIELDS_PART, internal, &out, NULL),
			 EMSIGN_OK);
	assert_string_equal(ems_kv_get(out.items, "domain"), "printer");
	assert_string_equal(ems_kv_get(out.items, "san"), "intranet");
	ems_kvlist_free(&out);
	form_fails(EMS_FIELDS_PART, "order", external, single);
	form_fails(EMS_FIELDS_PART, "order", ssl, single);
}

static emsign_rc check_whole(void)
{
	const emsign_kv said[] = { WHOLE_ORDER, { "san", "a.example.com" }, { "remarks", X64 X64 },
				   { NULL, NULL } };
	struct ems_kvlist out = { 0 };
	emsign_error err;
	emsign_rc rc = ems_fields_check("order", EMS_FIELDS_WHOLE, said, &out, &err);

	assert_int_equal(err.rc, rc);
	ems_kvlist_free(&out);
	return rc;
}

static void survives_any_failing_allocation(void **state)
{
	(void)state;
	fail_each(check_whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(presets_are_filled_in_the_order_of_the_table),
		FAIL_TEST(checked_forms_pass_again),
		FAIL_TEST(unknown_fields),
		FAIL_TEST(secrets_are_refused_and_not_repeated),
		FAIL_TEST(fields_that_must_be_there),
		FAIL_TEST(repeated_fields),
		FAIL_TEST(values_of_null_are_not_given),
		FAIL_TEST(changes_hold_only_what_is_said),
		FAIL_TEST(private_pki_takes_single_labels),
		FAIL_TEST(survives_any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
