/* SPDX-License-Identifier: MIT */
/* Test login and synchronisation: a kind at a time, whole or not at all. */
#include "../support/play.h"

#include <string.h>

static struct play p;

#define GROUP(number, organizations)                                                       \
	"{\"groupNumber\":\"" number "\",\"groupName\":\"Group " number "\","               \
	"\"organizationDetails\":[" organizations "]}"
#define BRIEF(number)                                                                      \
	"{\"organizationNumber\":\"" number "\",\"organizationName\":\"Brief " number "\","  \
	"\"organizationStatusId\":\"1\",\"validationStatusId\":\"1\"}"

static void say_account(const char *groups)
{
	play_yes(&p, "\"accountDetails\":{\"fullName\":\"Alex Example\",\"roleId\":\"5\","
		     "\"groups\":[%s]}", groups);
}

static void say_organization(const char *number, const char *more)
{
	play_yes(&p, "\"organizationDetails\":{\"organizationNumber\":\"%s\"%s}", number, more);
}

static void say_products(const char *codes[], size_t n)
{
	char products[1024] = "";

	for (size_t i = 0; i < n; i++) {
		strcat(products, i ? ",{\"productCode\":\"" : "{\"productCode\":\"");
		strcat(products, codes[i]);
		strcat(products, "\",\"productName\":\"DV\"}");
	}
	play_yes(&p, "\"productDetails\":[{\"categoryName\":\"SSL\",\"products\":[%s]}]", products);
}

static emsign_stats *sync_of(const char *what)
{
	emsign_stats *stats = NULL;

	PLAY_OK(&p, emsign_account_sync(p.account, what, &stats, &p.err));
	assert_non_null(stats);
	assert_string_equal(stats->id, what);
	assert_int_equal(stats->complete, 1);
	return stats;
}

static void check_stats(emsign_stats *s, int seen, int added, int changed, int gone)
{
	assert_int_equal(s->seen, seen);
	assert_int_equal(s->added, added);
	assert_int_equal(s->changed, changed);
	assert_int_equal(s->gone, gone);
	emsign_free(s);
}

/* --- test login --------------------------------------------------------------------------- */

static void test_test_login(void **state)
{
	emsign_credential *c;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_string_equal(play_call(&p, 0), "ValidateCredentials");
	c = play_get(&p, "credential", "lab");
	assert_int_equal(c->tested_at, PLAY_NOW);
	emsign_free(c);
	p.now_ms += 9000;
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_AUTH, "access key");
	c = play_get(&p, "credential", "lab");
	assert_int_equal(c->tested_at, PLAY_NOW);
	emsign_free(c);
	play_close(&p);
}

/* --- kinds -------------------------------------------------------------------------------- */

static void test_groups_come_change_go_and_come_back(void **state)
{
	emsign_group *g;
	emsign_user *u;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_account(GROUP("11", "") "," GROUP("22", ""));
	check_stats(sync_of("groups"), 2, 2, 0, 0);
	u = play_get(&p, "user", "lab/1234567890");
	assert_string_equal(u->name, "Alex Example");
	assert_string_equal(u->role, "manager");
	emsign_free(u);

	p.now_ms += 60000;
	say_account(GROUP("11", "") "," GROUP("22", ""));
	check_stats(sync_of("groups"), 2, 0, 0, 0);
	assert_int_equal(p.events[EMSIGN_EVENT_CHANGED], 0); /* to be seen again is no news */
	g = play_get(&p, "group", "lab/22");
	assert_int_equal(g->synced_at, PLAY_NOW + 60);
	assert_string_equal(g->credential, "lab");
	emsign_free(g);

	say_account("{\"groupNumber\":\"11\",\"groupName\":\"Renamed\"}");
	check_stats(sync_of("groups"), 1, 0, 1, 1);
	assert_int_equal(p.events[EMSIGN_EVENT_GONE], 1);
	g = play_get(&p, "group", "lab/22");
	assert_int_equal(g->gone_at, PLAY_NOW + 60);
	emsign_free(g);

	p.now_ms += 60000;
	say_account("{\"groupNumber\":\"11\",\"groupName\":\"Renamed\"}");
	check_stats(sync_of("groups"), 1, 0, 0, 0); /* gone once is enough */
	g = play_get(&p, "group", "lab/22");
	assert_int_equal(g->gone_at, PLAY_NOW + 60);
	emsign_free(g);

	say_account(GROUP("22", "") ",{\"groupNumber\":\"11\",\"groupName\":\"Renamed\"}");
	check_stats(sync_of("groups"), 2, 0, 1, 0);
	g = play_get(&p, "group", "lab/22");
	assert_int_equal(g->gone_at, 0);
	emsign_free(g);
	play_close(&p);
}

/* Their details are asked for several at once; in the end each is there once. */
static void test_organizations_come_in_parallel(void **state)
{
	static const emsign_kv three[] = { { "parallel", "3" }, { NULL, NULL } };
	static const char *const numbers[] = { "1", "2", "3", "4", "5", "6", "7" };

	(void)state;
	play_open(&p, SCRIPTED_OPEN, three);
	say_account(GROUP("11", BRIEF("1") "," BRIEF("2") "," BRIEF("3") "," BRIEF("4") ","
			  BRIEF("5") "," BRIEF("6") "," BRIEF("7")));
	for (size_t i = 0; i < COUNT(numbers); i++)
		say_organization(numbers[i], "");
	check_stats(sync_of("organizations"), 7, 7, 0, 0);
	assert_int_equal(scripted_count(p.net).most_in_flight, 3);
	assert_int_equal(play_count(&p, "organization"), 7);
	play_close(&p);
}

static void test_organizations_are_brief_and_details_together(void **state)
{
	emsign_organization *o;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_account(GROUP("11", BRIEF("7") "," BRIEF("8")) "," GROUP("22", BRIEF("7")));
	say_organization("7", ",\"organizationName\":\"Example Corp\",\"prevettingToken\":"
			      "\"EMSIGN-CANARY-token\",\"organizationLocality\":\"Cleveland\"");
	say_organization("8", "");
	check_stats(sync_of("organizations"), 2, 2, 0, 0);
	assert_int_equal(scripted_n(p.net),
			 3); /* an organization of two groups is asked for once */
	assert_true(play_asked(&p, 1, "\"organizationNumber\":\"7\",\"groupNumber\":\"11\""));
	o = play_get(&p, "organization", "lab/7");
	assert_string_equal(o->name, "Example Corp");
	assert_string_equal(o->locality, "Cleveland");
	assert_string_equal(o->status, "active"); /* said in brief only */
	emsign_free(o);
	o = play_get(&p, "organization", "lab/8");
	assert_string_equal(o->name, "Brief 8");
	emsign_free(o);
	/* the consent token is a secret */
	assert_true(play_store_holds(&p, "lab/organization/7/token"));
	assert_false(play_store_holds(&p, "EMSIGN-CANARY"));
	play_close(&p);
}

static void test_domains(void **state)
{
	emsign_domain *d;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"domainDetails\":[{\"domainName\":\"Example.com\",\"status\":\"1\"},"
		     "{\"domainName\":\"example.org\",\"status\":\"2\"}]");
	check_stats(sync_of("domains"), 2, 2, 0, 0);
	assert_int_equal(scripted_n(p.net), 1); /* nothing else is needed for them */
	d = play_get(&p, "domain", "lab/example.com");
	assert_string_equal(d->name, "example.com");
	emsign_free(d);
	play_close(&p);
}

static void test_p05_products_are_those_of_each_group(void **state)
{
	const char *first[] = { "842", "843" };
	const char *second[] = { "843", "900" };
	emsign_product *product;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_account(GROUP("11", "") "," GROUP("22", ""));
	say_products(first, 2);
	say_products(second, 2);
	check_stats(sync_of("products"), 3, 3, 0, 0);
	assert_true(play_asked(&p, 1, "\"groupNumber\":\"11\""));
	assert_true(play_asked(&p, 2, "\"groupNumber\":\"22\""));
	product = play_get(&p, "product", "lab/843");
	assert_string_equal(product->group, "11");
	emsign_free(product);
	product = play_get(&p, "product", "lab/900");
	assert_string_equal(product->group, "22");
	emsign_free(product);
	play_close(&p);
}

static void test_all_asks_for_the_account_once(void **state)
{
	const char *codes[] = { "842" };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_account(GROUP("11", BRIEF("7")));
	say_organization("7", "");
	play_yes(&p, "\"domainDetails\":{\"domainName\":\"example.com\"}");
	say_products(codes, 1);
	check_stats(sync_of("all"), 4, 4, 0, 0);
	assert_int_equal(scripted_n(p.net), 4);
	assert_int_equal(p.events[EMSIGN_EVENT_PROGRESS], 4);
	play_close(&p);
}

static void test_what_cannot_be_synchronised(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(
		&p, emsign_account_sync(p.account, "orders", NULL, &p.err), EMSIGN_E_INVALID,
		"cannot synchronise 'orders'; possible: groups, organizations, domains, products");
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

/* --- whole or not at all ------------------------------------------------------------------ */

static void test_p25_a_failure_in_the_middle_leaves_yesterdays_data(void **state)
{
	const char *codes[] = { "842" };
	emsign_organization *o;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_account(GROUP("11", BRIEF("7")));
	say_organization("7", ",\"prevettingToken\":\"EMSIGN-CANARY-old\"");
	play_yes(&p, "\"domainDetails\":{\"domainName\":\"example.com\"}");
	say_products(codes, 1);
	check_stats(sync_of("all"), 4, 4, 0, 0);

	/* two new organizations, the second of which cannot be read */
	p.now_ms += 60000;
	say_account(GROUP("11", BRIEF("8") "," BRIEF("9")));
	say_organization("8", "");
	play_no(&p, "EMS-1073", "Invalid Organization Number");
	PLAY_FAILS(&p, emsign_account_sync(p.account, "organizations", NULL, &p.err),
		   EMSIGN_E_NOTFOUND, "Invalid Organization Number");
	assert_int_equal(play_count(&p, "organization"), 1);
	o = play_get(&p, "organization", "lab/7");
	assert_int_equal(o->gone_at, 0);
	assert_int_equal(o->synced_at, PLAY_NOW);
	emsign_free(o);

	/* products: the second group fails */
	say_account(GROUP("11", "") "," GROUP("22", ""));
	codes[0] = "999";
	say_products(codes, 1);
	play_no(&p, "EMS-1269", "This product is not mapped to this group number");
	PLAY_FAILS(&p, emsign_account_sync(p.account, "products", NULL, &p.err), EMSIGN_E_REJECTED,
		   "not mapped");
	assert_false(play_has(&p, "product", "lab/999"));
	assert_true(play_has(&p, "product", "lab/842"));
	play_close(&p);
}

/* An observer that refuses undoes the kind; so does a list that lacks its block. */
static void test_a_refusing_observer_undoes_the_kind(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_account(GROUP("11", "") "," GROUP("22", ""));
	p.refuse = EMSIGN_EVENT_ADDED;
	PLAY_FAILS(&p, emsign_account_sync(p.account, "groups", NULL, &p.err), EMSIGN_E_CALLBACK,
		   "stopped 'sync'");
	assert_int_equal(play_count(&p, "group"), 0);
	p.refuse = 0;
	play_yes(&p, "\"accountDetails\":{}");
	PLAY_FAILS(&p, emsign_account_sync(p.account, "groups", NULL, &p.err), EMSIGN_E_PROTO,
		   "no block 'groups'");
	play_close(&p);
}

static void test_accounts_do_not_touch_each_other(void **state)
{
	emsign_account *other = NULL;
	emsign_group *g;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, play_add_credential(&p, "more"));
	PLAY_OK(&p, emsign_client_account(p.client, "more", &other, &p.err));
	say_account(GROUP("11", ""));
	check_stats(sync_of("groups"), 1, 1, 0, 0);
	say_account(GROUP("22", ""));
	PLAY_OK(&p, emsign_account_sync(other, "groups", NULL, &p.err));
	g = play_get(&p, "group", "lab/11");
	assert_int_equal(g->gone_at, 0);
	emsign_free(g);
	emsign_account_free(other);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_test_login),
		FAIL_TEST(test_groups_come_change_go_and_come_back),
		FAIL_TEST(test_organizations_come_in_parallel),
		FAIL_TEST(test_organizations_are_brief_and_details_together),
		FAIL_TEST(test_domains),
		FAIL_TEST(test_p05_products_are_those_of_each_group),
		FAIL_TEST(test_all_asks_for_the_account_once),
		FAIL_TEST(test_what_cannot_be_synchronised),
		FAIL_TEST(test_p25_a_failure_in_the_middle_leaves_yesterdays_data),
		FAIL_TEST(test_a_refusing_observer_undoes_the_kind),
		FAIL_TEST(test_accounts_do_not_touch_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
