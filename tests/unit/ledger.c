/* SPDX-License-Identifier: MIT */
/* The ledger: every page, every entry once, also where two are alike. */
#include "../support/rest.h"

#include <stdio.h>
#include <string.h>

static struct play p;
static struct clerk ca;

static void set_up(size_t entries)
{
	rest_open(&ca, &p, SCRIPTED_BLOCKING, NULL);
	ca.n_entries = entries;
}

static emsign_rc read_ledger(const emsign_kv *options, emsign_stats **stats)
{
	return emsign_account_ledger(p.account, options, stats, &p.err);
}

static void check_stats(const emsign_kv *options, int64_t seen, int64_t added, int64_t changed)
{
	emsign_stats *stats = NULL;

	PLAY_OK(&p, read_ledger(options, &stats));
	assert_string_equal(stats->id, "ledger");
	assert_int_equal(stats->seen, seen);
	assert_int_equal(stats->added, added);
	assert_int_equal(stats->changed, changed);
	assert_int_equal(stats->complete, 1);
	emsign_free(stats);
}

static emsign_rc look(void *ud, const char *kind, const void *record)
{
	const emsign_ledger *entry = record;

	(void)kind;
	assert_string_equal(entry->number, "INV-1");
	assert_string_equal(entry->order, "1");
	assert_string_equal(entry->amount, "150.00");
	assert_string_equal(entry->credential, "lab");
	assert_int_equal(entry->booked_at, 1768435200);
	assert_int_equal(entry->synced_at, PLAY_NOW);
	++*(size_t *)ud;
	return EMSIGN_OK;
}

static void test_alike_entries_are_counted(void **state)
{
	size_t n = 0;

	(void)state;
	set_up(5);
	check_stats(NULL, 5, 5, 0);
	assert_int_equal(clerk_heard(&p, "v2.ledger"), 3);
	PLAY_OK(&p, emsign_client_scan(p.client, "ledger", NULL, NULL, 0, look, &n, &p.err));
	assert_int_equal(n, 5);
	check_stats(NULL, 5, 0, 0);
	ca.n_entries = 6;
	check_stats(NULL, 6, 1, 0);
	assert_int_equal(play_count(&p, "ledger"), 6);
	play_close(&p);
}

static void test_an_empty_one(void **state)
{
	(void)state;
	set_up(0);
	check_stats(NULL, 0, 0, 0);
	assert_int_equal(clerk_heard(&p, "v2.ledger"), 1);
	play_close(&p);
}

/* While it is read an entry comes: what was on one page is on the next, too. */
static bool grow(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	size_t *times = ud;

	(void)number;
	(void)answer;
	if (strcmp(call, "v2.ledger") == 0 && *times > 0) {
		ca.n_entries++;
		--*times;
	}
	return true;
}

static void test_pages_that_move_are_read_again(void **state)
{
	size_t times = 1;

	(void)state;
	set_up(4);
	ca.meddle = grow;
	ca.ud = &times;
	check_stats(NULL, 5, 5, 0);
	assert_int_equal(clerk_heard(&p, "v2.ledger"), 2 + 3);
	play_close(&p);

	times = 100;
	set_up(4);
	ca.meddle = grow;
	ca.ud = &times;
	PLAY_FAILS(&p, read_ledger(NULL, NULL), EMSIGN_E_CONFLICT, "changed each time it was read");
	assert_int_equal(play_count(&p, "ledger"), 0);
	play_close(&p);
}

/* A CA that counts wrong, and one that gives another page than it was asked for. */
static const char *odd;

static bool be_odd(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	if (strcmp(call, "v2.ledger") == 0)
		answer->body = odd;
	return true;
}

static void test_what_does_not_add_up_is_not_kept(void **state)
{
	static const char *const odds[] = {
		"{\"content\":[{\"invoiceNumber\":\"1\"}],\"page\":1,\"totalElements\":2,"
		"\"totalPages\":1}",
		"{\"content\":[{\"invoiceNumber\":\"1\"}],\"page\":2,\"totalElements\":1,"
		"\"totalPages\":1}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(odds); i++) {
		set_up(0);
		odd = odds[i];
		ca.meddle = be_odd;
		PLAY_FAILS(&p, read_ledger(NULL, NULL), EMSIGN_E_CONFLICT, "nothing of it is kept");
		assert_int_equal(clerk_heard(&p, "v2.ledger"), 3);
		assert_int_equal(play_count(&p, "ledger"), 0);
		play_close(&p);
	}
}

/* What may become something else is not part of the name. */
static void test_an_entry_changes(void **state)
{
	(void)state;
	set_up(0);
	ca.meddle = be_odd;
	odd = "{\"content\":[{\"invoiceNumber\":\"1\",\"status\":\"POSTED\",\"balance\":\"5\"}],"
	      "\"page\":1,\"totalElements\":1,\"totalPages\":1}";
	check_stats(NULL, 1, 1, 0);
	odd = "{\"content\":[{\"invoiceNumber\":\"1\",\"status\":\"PAID\",\"balance\":\"7\"}],"
	      "\"page\":1,\"totalElements\":1,\"totalPages\":1}";
	check_stats(NULL, 1, 0, 1);
	assert_int_equal(play_count(&p, "ledger"), 1);
	play_close(&p);
}

static void test_days_and_group(void **state)
{
	static const emsign_kv day[] = { { "from", "2026-01-15" }, { "till", "2026-01-15" },
					 { "group", "11" }, { NULL, NULL } };
	static const emsign_kv before[] = { { "till", "2026-01-14" }, { NULL, NULL } };
	static const emsign_kv after[] = { { "from", "2026-01-16" }, { NULL, NULL } };
	static const emsign_kv bad[] = { { "from", "soon" }, { NULL, NULL } };

	(void)state;
	set_up(1);
	check_stats(before, 0, 0, 0); /* the CA gives it all the same */
	check_stats(after, 0, 0, 0);
	check_stats(day, 1, 1, 0);
	assert_non_null(strstr(scripted_request(p.net, scripted_n(p.net) - 1)->url,
			       "from=2026-01-15&to=2026-01-15&groupNumber=11"));
	PLAY_FAILS(&p, read_ledger(bad, NULL), EMSIGN_E_INVALID, "has to be a day");
	play_close(&p);
}

static void test_the_first_generation_has_none(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, read_ledger(NULL, NULL), EMSIGN_E_UNSUPPORTED,
		   "listing the ledger is not possible with the API v1");
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alike_entries_are_counted),
		cmocka_unit_test(test_an_empty_one),
		cmocka_unit_test(test_pages_that_move_are_read_again),
		cmocka_unit_test(test_what_does_not_add_up_is_not_kept),
		cmocka_unit_test(test_an_entry_changes),
		cmocka_unit_test(test_days_and_group),
		cmocka_unit_test(test_the_first_generation_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
