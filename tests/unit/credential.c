/* SPDX-License-Identifier: MIT */
/* Credentials and what is sealed: adding, changing, removing; and no secret in sight. */
#include "../support/play.h"

#include <string.h>

static struct play p;

static emsign_rc add(const char *name, const emsign_kv *fields, const char *secret)
{
	emsign_secret *s = NULL;
	emsign_rc rc;

	if (secret)
		PLAY_OK(&p, emsign_secret_new(secret, strlen(secret), &s, &p.err));
	rc = emsign_client_credential_add(p.client, name, fields, s, &p.err);
	emsign_secret_free(s);
	return rc;
}

static emsign_rc update(const emsign_kv *fields)
{
	return emsign_client_credential_update(p.client, "lab", fields, NULL, &p.err);
}

/* --- adding ------------------------------------------------------------------------------- */

static void test_every_field_has_its_member(void **state)
{
	static const emsign_kv fields[] = {
		{ "api", "v1" }, { "auth", "basic" }, { "client_id", "portal/7" },
		{ "url", "https://ca.example:8443/path/" }, { "account", "12" },
		{ "ca_file", "ca.pem" }, { "pin", "sha256//AAAA" }, { "group", "34" },
		{ "requester.name", "Alex Example" }, { "requester.email", "alex@example.com" },
		{ "requester.isd", "49" }, { "requester.phone", "5550001" },
		{ "requester.designation", "Engineer" }, { "signer.place", "Cleveland" },
		{ "signer.ip", "203.0.113.10" }, { NULL, NULL },
	};
	emsign_credential *c;

	(void)state;
	play_open_bare(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, add("full", fields, PLAY_KEY));
	c = play_get(&p, "credential", "full");
	assert_string_equal(c->id, "full");
	assert_string_equal(c->name, "full");
	assert_string_equal(c->api, "v1");
	assert_string_equal(c->auth, "basic");
	assert_string_equal(c->client_id, "portal/7");
	assert_string_equal(c->url, "https://ca.example:8443/path/");
	assert_null(c->region);
	assert_string_equal(c->account_number, "12");
	assert_string_equal(c->ca_file, "ca.pem");
	assert_string_equal(c->pin, "sha256//AAAA");
	assert_string_equal(c->group, "34");
	assert_string_equal(c->requester_name, "Alex Example");
	assert_string_equal(c->requester_email, "alex@example.com");
	assert_string_equal(c->requester_isd, "49");
	assert_string_equal(c->requester_phone, "5550001");
	assert_string_equal(c->requester_designation, "Engineer");
	assert_string_equal(c->signer_place, "Cleveland");
	assert_string_equal(c->signer_ip, "203.0.113.10");
	assert_int_equal(c->created_at, PLAY_NOW);
	assert_int_equal(c->updated_at, PLAY_NOW);
	assert_int_equal(c->tested_at, 0);
	emsign_free(c);
	play_close(&p);
}

static void test_where_a_credential_leads(void **state)
{
	static const struct {
		const char *key, *value, *url, *region;
	} rows[] = {
		{ "region", "us", "https://us-api.certinext.io/emSignHub-API/", "us" },
		{ "region", "Sandbox", "https://sandbox-us-api.certinext.io/emSignHub-API/",
		  "sandbox" },
		{ "url", "https://ca.example", PLAY_URL, NULL },
		{ "url", "https://ca.example/", PLAY_URL, NULL },
		{ "url", "https://ca.example/else", "https://ca.example/else/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const emsign_kv fields[] = { { "account", "1" }, { rows[i].key, rows[i].value },
					     { NULL, NULL } };
		emsign_credential *c;

		play_open_bare(&p, SCRIPTED_BLOCKING, NULL);
		PLAY_OK(&p, add("x", fields, PLAY_KEY));
		c = play_get(&p, "credential", "x");
		assert_string_equal(c->url, rows[i].url);
		if (rows[i].region)
			assert_string_equal(c->region, rows[i].region);
		else
			assert_null(c->region);
		emsign_free(c);
		play_close(&p);
	}
}

static const struct {
	const char *name;
	emsign_kv fields[4];
	const char *secret;
	const char *sentence;
} refusals[] = {
	{ "x", { { "url", PLAY_URL } }, "k", "account is missing" },
	{ "x", { { "account", "1" } }, "k", "url or region is missing" },
	{ "x",
	  { { "account", "1" }, { "region", "mars" } },
	  "k",
	  "region 'mars' is unknown" },
	{ "x",
	  { { "account", "1" }, { "region", "us" }, { "url", PLAY_URL } },
	  "k",
	  "give url or region, not both" },
	{ "x",
	  { { "account", "1" }, { "url", "http://ca.example/" } },
	  "k",
	  "url 'http://ca.example/' has to begin with https://" },
	{ "x",
	  { { "account", "1" }, { "url", PLAY_URL }, { "api", "v7" } },
	  "k",
	  "api 'v7'" },
	{ "x",
	  { { "account", "1" }, { "url", PLAY_URL }, { "acount", "1" } },
	  "k",
	  "unknown field 'acount' (did you mean 'account'?)" },
	{ "x",
	  { { "account", "1" }, { "url", PLAY_URL }, { "secret", "no" } },
	  "k",
	  "secrets are given as an emsign_secret" },
	{ "x",
	  { { "account", "1" }, { "url", PLAY_URL } },
	  NULL,
	  "the access key is missing" },
	{ "",
	  { { "account", "1" }, { "url", PLAY_URL } },
	  "k",
	  "no name for a credential" },
	{ "a/b", { { "account", "1" }, { "url", PLAY_URL } }, "k", "'a/b' is no name" },
	{ ".a", { { "account", "1" }, { "url", PLAY_URL } }, "k", "'.a' is no name" },
	{ "-a", { { "account", "1" }, { "url", PLAY_URL } }, "k", "'-a' is no name" },
	{ "0123456789012345678901234567890123456789012345678901234567890123x",
	  { { "account", "1" }, { "url", PLAY_URL } },
	  "k",
	  "1 to 64" },
	{ NULL,
	  { { "account", "1" }, { "url", PLAY_URL } },
	  "k",
	  "no name for a credential" },
};

static void test_refusals(void **state)
{
	(void)state;
	play_open_bare(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < COUNT(refusals); i++)
		PLAY_FAILS(&p, add(refusals[i].name, refusals[i].fields, refusals[i].secret),
			   EMSIGN_E_INVALID, refusals[i].sentence);
	assert_int_equal(play_count(&p, "credential"), 0);
	assert_int_equal(play_rows(&p, "sealed"), 1); /* the check of the sealing key */
	PLAY_OK(&p, play_add_credential(&p, "lab"));
	PLAY_FAILS(&p, play_add_credential(&p, "lab"), EMSIGN_E_CONFLICT,
		   "there is a credential 'lab' already");
	play_close(&p);
}

/* --- secrets ------------------------------------------------------------------------------ */

static void test_p14_the_access_key_is_nowhere_to_be_seen(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	assert_false(play_store_holds(&p, "EMSIGN-CANARY"));
	assert_true(play_store_holds(&p, "lab/access-key"));
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_AUTH, "access key");
	assert_false(play_asked(&p, 0, "EMSIGN-CANARY"));
	assert_null(strstr(p.log, "EMSIGN-CANARY"));
	play_close(&p);
}

static void test_p14_no_freed_memory_holds_it(void **state)
{
	(void)state;
	fail_watch("EMSIGN-CANARY");
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	play_restart(&p);
	play_close(&p);
	assert_int_equal(fail_spilled(), 0);
	fail_watch(NULL);
}

static emsign_rc copy_sealed(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	char *to = ud;

	(void)kind;
	(void)id;
	for (; row->key; row++)
		if (strcmp(row->key, "sealed") == 0 && strlen(row->value) < 1024)
			memcpy(to, row->value, strlen(row->value) + 1);
	return EMSIGN_OK;
}

/* Somebody who can write to the store gives a credential the access key of another one. */
static void test_a_sealed_row_opens_only_under_its_own_name(void **state)
{
	char sealed[1024] = "";
	const emsign_kv row[] = { { "sealed", sealed }, { NULL, NULL } };
	emsign_account *account = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, play_add_credential(&p, "more"));
	PLAY_OK(&p,
		emsign_store_get(p.store, "sealed", "lab/access-key", copy_sealed, sealed, &p.err));
	assert_true(sealed[0] != '\0');
	PLAY_OK(&p, emsign_store_put(p.store, "sealed", "more/access-key", row, &p.err));
	PLAY_FAILS(&p, emsign_client_account(p.client, "more", &account, &p.err), EMSIGN_E_CRYPTO,
		   "");
	PLAY_OK(&p, emsign_client_account(p.client, "lab", &account, &p.err));
	emsign_account_free(account);
	play_close(&p);
}

/* --- changing ----------------------------------------------------------------------------- */

static void test_update_changes_what_is_given(void **state)
{
	static const emsign_kv some[] = { { "requester.phone", "999999" }, { "signer.place", "" },
					  { NULL, NULL } };
	static const emsign_kv account[] = { { "account", "" }, { NULL, NULL } };
	static const emsign_kv region[] = { { "region", "india" }, { NULL, NULL } };
	static const emsign_kv url[] = { { "url", PLAY_URL }, { NULL, NULL } };
	static const emsign_kv nowhere[] = { { "url", "" }, { NULL, NULL } };
	emsign_credential *c;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	p.now_ms += 5000;
	PLAY_OK(&p, update(some));
	c = play_get(&p, "credential", "lab");
	assert_string_equal(c->requester_phone, "999999");
	assert_string_equal(c->requester_name, "Alex Example");
	assert_null(c->signer_place);
	assert_int_equal(c->created_at, PLAY_NOW);
	assert_int_equal(c->updated_at, PLAY_NOW + 5);
	emsign_free(c);
	PLAY_FAILS(&p, update(account), EMSIGN_E_INVALID, "account cannot be removed");
	PLAY_FAILS(&p, update(nowhere), EMSIGN_E_INVALID, "url or region is missing");
	PLAY_OK(&p, update(region));
	c = play_get(&p, "credential", "lab");
	assert_string_equal(c->region, "india");
	assert_non_null(strstr(c->url, "certinext.io"));
	emsign_free(c);
	PLAY_OK(&p, update(url));
	c = play_get(&p, "credential", "lab");
	assert_null(c->region);
	assert_string_equal(c->url, PLAY_URL);
	emsign_free(c);
	PLAY_FAILS(&p, emsign_client_credential_update(p.client, "none", NULL, NULL, &p.err),
		   EMSIGN_E_NOTFOUND, "there is no credential 'none'");
	play_close(&p);
}

static void test_update_of_the_access_key(void **state)
{
	char next[] = "EMSIGN-CANARY-next";
	emsign_secret *secret = NULL;
	char before[65], after[65];

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_secret_new(next, strlen(next), &secret, &p.err));
	PLAY_OK(&p, emsign_client_credential_update(p.client, "lab", NULL, secret, &p.err));
	emsign_secret_free(secret);
	for (int i = 0; i < 2; i++) { /* the account that is open still has the old one */
		char *proof = i ? after : before;
		const char *at;

		p.dice = 1;
		play_yes(&p, NULL);
		PLAY_OK(&p, emsign_account_test(p.account, &p.err));
		at = strstr(scripted_request(p.net, (size_t)i)->body, "\"authKey\":\"");
		assert_non_null(at);
		memcpy(proof, at + 11, 64);
		proof[64] = '\0';
		play_restart(&p);
	}
	assert_string_not_equal(before, after);
	assert_false(play_store_holds(&p, "EMSIGN-CANARY"));
	play_close(&p);
}

static void test_p06_a_credential_with_orders_does_not_move(void **state)
{
	static const emsign_kv url[] = { { "url", "https://other.example/x/" }, { NULL, NULL } };
	static const emsign_kv account[] = { { "account", "77" }, { NULL, NULL } };
	static const emsign_kv same[] = { { "url", PLAY_URL }, { "requester.phone", "12345" },
					  { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "5917192968"));
	PLAY_FAILS(&p, update(url), EMSIGN_E_STATE, "credential 'lab' has orders at " PLAY_SITE);
	PLAY_FAILS(&p, update(account), EMSIGN_E_STATE, "add another credential");
	PLAY_OK(&p, update(same));
	play_close(&p);
}

/* Orders are at the CA's site; which generation of its API tells of them is another matter. */
static void test_another_api_is_at_the_same_site(void **state)
{
	static const struct {
		emsign_kv set[4];
		const char *url;
	} rows[] = {
		{ { { "api", "v2" } }, PLAY_SITE },
		{ { { "requester.phone", "12345" } }, PLAY_SITE },
		{ { { "api", "v1" } }, PLAY_URL },
		{ { { "api", "v2" }, { "url", "https://ca.example" } }, PLAY_SITE },
	};

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "5917192968"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		emsign_credential *c;

		PLAY_OK(&p, update(rows[i].set));
		c = play_get(&p, "credential", "lab");
		assert_string_equal(c->url, rows[i].url);
		emsign_free(c);
	}
	play_close(&p);
}

static void test_the_region_follows_the_api(void **state)
{
	static const emsign_kv region[] = { { "region", "india" }, { NULL, NULL } };
	static const emsign_kv api[] = { { "api", "v2" }, { NULL, NULL } };
	emsign_credential *c;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, update(region));
	PLAY_OK(&p, update(api));
	c = play_get(&p, "credential", "lab");
	assert_string_equal(c->url, "https://api.certinext.io/");
	assert_string_equal(c->region, "india");
	emsign_free(c);
	play_close(&p);
}

static void test_v2_takes_tokens_alone(void **state)
{
	static const emsign_kv both[] = { { "api", "v2" }, { "auth", "digest" }, { NULL, NULL } };
	static const emsign_kv basic[] = { { "api", "v2" }, { "auth", "basic" }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, update(both), EMSIGN_E_INVALID, "auth is 'form' or 'basic', not 'digest'");
	PLAY_OK(&p, update(basic));
	play_close(&p);
}

/* --- the fallback ------------------------------------------------------------------------- */

static emsign_rc add_other(const char *account, const char *url, const char *api)
{
	const emsign_kv fields[] = { { "account", account }, { "url", url }, { "api", api },
				     { "fallback", "lab" }, { NULL, NULL } };
	char text[] = "EMSIGN-CANARY-other";
	emsign_secret *secret = NULL;
	emsign_rc rc;

	PLAY_OK(&p, emsign_secret_new(text, strlen(text), &secret, &p.err));
	rc = emsign_client_credential_add(p.client, "other", fields, secret, &p.err);
	emsign_secret_free(secret);
	return rc;
}

static void test_a_fallback_is_of_the_same_account(void **state)
{
	static const struct {
		const char *account, *url, *api;
		const char *refusal;
	} rows[] = {
		{ "1234567890", PLAY_SITE, "v2", NULL },
		{ "1234567890", PLAY_SITE, "v1", "no fallback of 'other' (api v1" },
		{ "77", PLAY_SITE, "v2", "account 77" },
		{ "1234567890", "https://b.example/", "v2", "https://b.example/" },
	};

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		emsign_account *account = NULL;

		PLAY_OK(&p, add_other(rows[i].account, rows[i].url, rows[i].api));
		if (rows[i].refusal)
			PLAY_FAILS(&p, emsign_client_account(p.client, "other", &account, &p.err),
				   EMSIGN_E_INVALID, rows[i].refusal);
		else
			PLAY_OK(&p, emsign_client_account(p.client, "other", &account, &p.err));
		emsign_account_free(account);
		PLAY_OK(&p, emsign_client_credential_remove(p.client, "other", &p.err));
	}
	PLAY_OK(&p, add_other("1234567890", PLAY_SITE, "v2"));
	PLAY_OK(&p, emsign_client_credential_remove(p.client, "lab", &p.err));
	{
		emsign_account *account = NULL;

		PLAY_FAILS(&p, emsign_client_account(p.client, "other", &account, &p.err),
			   EMSIGN_E_NOTFOUND, "the fallback of credential 'other'");
	}
	play_close(&p);
}

/* A test login that ends after a change must not bring the old values back. */
static void test_a_test_login_does_not_undo_an_update(void **state)
{
	static const emsign_kv some[] = { { "requester.phone", "999999" }, { NULL, NULL } };
	emsign_credential *c;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, update(some));
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	c = play_get(&p, "credential", "lab");
	assert_string_equal(c->requester_phone, "999999");
	assert_int_equal(c->tested_at, PLAY_NOW);
	emsign_free(c);
	PLAY_OK(&p, emsign_client_credential_remove(p.client, "lab", &p.err));
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_false(play_has(&p, "credential", "lab")); /* nor bring it back */
	play_close(&p);
}

/* --- removing ----------------------------------------------------------------------------- */

static void sync_all(void)
{
	play_yes(&p, "\"accountDetails\":{\"fullName\":\"Alex Example\",\"groups\":[{"
		     "\"groupNumber\":\"6787449116\",\"organizationDetails\":["
		     "{\"organizationNumber\":\"3325789\"}]}]}");
	play_yes(&p, "\"organizationDetails\":{\"organizationNumber\":\"3325789\","
		     "\"prevettingToken\":\"EMSIGN-CANARY-token\"}");
	play_yes(&p, "\"domainDetails\":{\"domainName\":\"example.com\"}");
	play_yes(&p, "\"productDetails\":{\"products\":[{\"productCode\":\"842\"}]}");
	PLAY_OK(&p, emsign_account_sync(p.account, "all", NULL, &p.err));
}

static void test_remove_keeps_what_is_ours(void **state)
{
	static const char *const gone[] = { "credential", "user", "group", "organization", "domain",
					    "product" };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "5917192968"));
	sync_all();
	for (size_t i = 0; i < COUNT(gone); i++)
		assert_int_equal(play_count(&p, gone[i]), 1);
	assert_true(play_store_holds(&p, "lab/organization/3325789/token"));
	assert_false(play_store_holds(&p, "EMSIGN-CANARY"));

	PLAY_OK(&p, emsign_client_credential_remove(p.client, "lab", &p.err));
	for (size_t i = 0; i < COUNT(gone); i++)
		assert_int_equal(play_count(&p, gone[i]), 0);
	assert_int_equal(play_count(&p, "order"), 1);
	assert_int_equal(play_count(&p, "csr"), 1);
	/* no access key and no token any more, but the private key */
	assert_false(play_store_holds(&p, "access-key"));
	assert_false(play_store_holds(&p, "/token"));
	assert_true(play_store_holds(&p, "lab/key/"));
	PLAY_FAILS(&p, emsign_client_credential_remove(p.client, "lab", &p.err), EMSIGN_E_NOTFOUND,
		   "there is no credential 'lab'");
	play_close(&p);
}

/* Names are prefixes of each other at times. */
static void test_remove_leaves_the_neighbours_alone(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	sync_all();
	PLAY_OK(&p, play_add_credential(&p, "la"));
	PLAY_OK(&p, emsign_client_credential_remove(p.client, "la", &p.err));
	assert_true(play_store_holds(&p, "lab/organization/3325789/token"));
	assert_int_equal(play_count(&p, "product"), 1);
	play_restart(&p);
	play_close(&p);
}

static void test_p06_a_new_credential_does_not_inherit_orders_of_another_place(void **state)
{
	static const emsign_kv elsewhere[] = { { "account", "1" },
					       { "region", "us" },
					       { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "5917192968"));
	PLAY_OK(&p, emsign_client_credential_remove(p.client, "lab", &p.err));
	PLAY_FAILS(&p, add("lab", elsewhere, PLAY_KEY), EMSIGN_E_STATE,
		   "there are orders of an earlier credential 'lab'");
	PLAY_OK(&p, play_add_credential(&p, "lab"));
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_every_field_has_its_member),
		FAIL_TEST(test_where_a_credential_leads),
		FAIL_TEST(test_refusals),
		FAIL_TEST(test_p14_the_access_key_is_nowhere_to_be_seen),
		FAIL_TEST(test_p14_no_freed_memory_holds_it),
		FAIL_TEST(test_a_sealed_row_opens_only_under_its_own_name),
		FAIL_TEST(test_update_changes_what_is_given),
		FAIL_TEST(test_update_of_the_access_key),
		FAIL_TEST(test_p06_a_credential_with_orders_does_not_move),
		FAIL_TEST(test_another_api_is_at_the_same_site),
		FAIL_TEST(test_the_region_follows_the_api),
		FAIL_TEST(test_v2_takes_tokens_alone),
		FAIL_TEST(test_a_fallback_is_of_the_same_account),
		FAIL_TEST(test_a_test_login_does_not_undo_an_update),
		FAIL_TEST(test_remove_keeps_what_is_ours),
		FAIL_TEST(test_remove_leaves_the_neighbours_alone),
		FAIL_TEST(test_p06_a_new_credential_does_not_inherit_orders_of_another_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
