/* SPDX-License-Identifier: MIT */
/*
 * The listing of an import against a CA that turns pages by number, and whose rows come and go
 * while it is read: whatever happens, the result holds every order that was there all the time, or
 * it says that it may not.
 */
#include "../support/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 2048

/* --- the CA ------------------------------------------------------------------------------- */

enum style { FINE, STATUS_500, REFUSED, EMPTY, CUT, REPEATED, SHORT, N_STYLES };

struct ca {
	int rows[ROWS_MAX];      /* newest first */
	int n;
	int newest;
	bool known[ROWS_MAX * 2];  /* was ever there */
	bool steady[ROWS_MAX * 2]; /* was there all the time */
	uint32_t dice;
	int moves;               /* rows that come or go before each answer, at most */
	int still;               /* nothing moves any more from this call on; 0: it always does */
	int calls;
	int young_at;            /* before this answer three orders come in at the head */
	int old_at;              /* before this answer three go that stood behind the tenth */
	int bad_from, bad_till;  /* rows in this range ... */
	enum style style;        /* ... come like that, */
	int bad_times;           /* so often */
	bool size_100_only;
	bool hold;               /* answers stay away until they are released */
	int lie;                 /* added to the total */
	char texts[16][1 << 15]; /* one for each that may be in flight */
	char *text;
};

static struct ca ca;
static struct play p;

static uint32_t roll(uint32_t below)
{
	ca.dice = ca.dice * 1664525u + 1013904223u;
	return (ca.dice >> 8) % below;
}

static void ca_insert(int at)
{
	memmove(ca.rows + at + 1, ca.rows + at, (size_t)(ca.n - at) * sizeof(int));
	ca.rows[at] = ++ca.newest;
	ca.known[ca.newest] = true;
	ca.n++;
}

static void ca_remove(int at)
{
	ca.steady[ca.rows[at]] = false;
	memmove(ca.rows + at, ca.rows + at + 1, (size_t)(ca.n - at - 1) * sizeof(int));
	ca.n--;
}

static void ca_open(int n, uint32_t seed)
{
	memset(&ca, 0, sizeof(ca));
	ca.dice = seed * 2654435761u + 1;
	for (int i = 0; i < n; i++) {
		ca_insert(0);
		ca.steady[ca.newest] = true;
	}
}

static void ca_move(void)
{
	for (uint32_t moves = roll((uint32_t)ca.moves + 1); moves > 0; moves--) {
		if (roll(2) && ca.n < ROWS_MAX - 1 && ca.newest < 2 * ROWS_MAX - 2)
			ca_insert(roll(3) ? 0 : (int)roll((uint32_t)ca.n + 1));
		else if (ca.n > 1)
			ca_remove((int)roll((uint32_t)ca.n));
	}
}

static int number_behind(const char *body, const char *name)
{
	const char *at = strstr(body, name);

	assert_non_null(at);
	return atoi(at + strlen(name));
}

static const char *const meta = "\"meta\":{\"ver\":\"1.0\",\"txn\":\"1\",\"status\":\"1\","
				"\"errorCode\":\"\",\"errorMessage\":\"\"}";

static size_t ca_page(int page, int size, int from, int till)
{
	size_t at = (size_t)snprintf(ca.text, sizeof(ca.texts[0]),
				     "{\"orderDetails\":{\"noOfPages\":%d,\"totalNoOfResults\":%d,"
				     "\"ordersArray\":[",
				     (ca.n + size - 1) / size, ca.n + ca.lie);

	for (int i = from; i < till; i++)
		at += (size_t)snprintf(ca.text + at, sizeof(ca.texts[0]) - at,
				       "%s{\"orderNumber\":\"%d\",\"certificateStatusId\":\"24\","
				       "\"orderStatusId\":\"2\"}",
				       i > from ? "," : "", 1000000 + ca.rows[i]);
	return at + (size_t)snprintf(ca.text + at, sizeof(ca.texts[0]) - at,
				     "],\"currentPage\":\"%d\"},%s}", page, meta);
}

static void ca_answer(void *ud, size_t nth, const struct scripted_request *request,
		      struct scripted_answer *out)
{
	int page = number_behind(request->body, "\"pageNumber\":\"");
	int size = number_behind(request->body, "\"pageSize\":\"");
	int from = (page - 1) * size, till = from + size;
	bool bad = from < ca.bad_till && till > ca.bad_from && ca.bad_times > 0;
	enum style style = bad ? ca.style : FINE;

	(void)ud;
	(void)nth;
	assert_true(size >= 1 && size <= 100);
	ca.text = ca.texts[ca.calls++ % 16];
	ca.bad_times -= bad;
	if (ca.moves && (!ca.still || ca.calls < ca.still))
		ca_move();
	for (int i = 0; i < 3 && ca.calls == ca.young_at; i++)
		ca_insert(0);
	for (int i = 0; i < 3 && ca.calls == ca.old_at; i++)
		ca_remove(10);
	*out = (struct scripted_answer){ .status = 200, .body = ca.text, .hold = ca.hold };
	if (style == REPEATED && page > 1) {
		from -= size;
		till -= size;
	}
	from = from < ca.n ? from : ca.n;
	till = till < ca.n ? till : ca.n;
	if (style == SHORT && till > from)
		till -= 1;
	ca_page(page, size, from, style == EMPTY ? from : till);
	if (ca.size_100_only && size != 100)
		strcpy(ca.text, "{\"meta\":{\"txn\":\"1\",\"status\":\"0\",\"errorCode\":"
				"\"EMS-1115\",\"errorMessage\":\"Invalid Page Size\"}}");
	if (style == REFUSED)
		strcpy(ca.text, "{\"meta\":{\"txn\":\"1\",\"status\":\"0\",\"errorCode\":"
				"\"EMS-1065\",\"errorMessage\":\"Invalid Auth Key\"}}");
	if (style == STATUS_500)
		out->status = 500;
	if (style == CUT)
		ca.text[strlen(ca.text) / 2] = '\0';
}

/* --- the import --------------------------------------------------------------------------- */

static const emsign_kv rows_only[] = { { "certificates", "no" }, { NULL, NULL } };

static void begin_in(enum scripted_mode mode)
{
	static const emsign_kv config[] = { { "attempts", "2" }, { NULL, NULL } };

	play_open(&p, mode, config);
	scripted_on_request(p.net, ca_answer, NULL);
}

static void begin(void)
{
	begin_in(SCRIPTED_BLOCKING);
}

static bool is_kept(int row)
{
	char id[32];

	snprintf(id, sizeof(id), "lab/%d", 1000000 + row);
	return play_has(&p, "order", id);
}

static emsign_rc take_known(void *ud, const char *kind, const void *record)
{
	const emsign_order *order = record;

	(void)ud;
	(void)kind;
	assert_true(ca.known[atoi(order->number) - 1000000]);
	return EMSIGN_OK;
}

/* Every order that was there all the time is known, and none that never was. */
static void assert_whole(void)
{
	for (int row = 1; row <= ca.newest; row++)
		if (ca.steady[row])
			assert_true(is_kept(row));
	PLAY_OK(&p, emsign_client_scan(p.client, "order", NULL, NULL, 0, take_known, NULL, &p.err));
}

static void import_whole(void)
{
	emsign_stats *stats = NULL;

	PLAY_OK(&p, emsign_account_import(p.account, rows_only, &stats, &p.err));
	assert_int_equal(stats->complete, 1);
	assert_int_equal(stats->seen, stats->total);
	emsign_free(stats);
	assert_whole();
}

static void test_a_list_of_any_length(void **state)
{
	static const int lengths[] = { 0, 1, 2, 99, 100, 101, 102, 186, 199, 200, 201, 1000, 1999 };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		ca_open(lengths[i], 1);
		begin();
		import_whole();
		assert_int_equal(play_count(&p, "order"), lengths[i]);
		/* an overlap of some rows costs an eighth more pages at most, and one more */
		assert_true(ca.calls <= lengths[i] / 88 + 2);
		play_close(&p);
	}
}

/*
 * Nine pages end exactly where the list ends, and as many as may be planned wait for the second,
 * which fails once. Before the ninth is read orders come in, and before the second is read again,
 * some go that were seen: so the total that is told last is what it was, and so is the number of
 * rows that were seen, but the last ones slipped behind the last page.
 */
static void test_p26_the_last_page_is_the_last_by_its_own_word(void **state)
{
	static const emsign_kv two[] = { { "attempts", "2" }, { "parallel", "2" }, { NULL, NULL } };

	(void)state;
	ca_open(819, 1);
	ca.style = STATUS_500;
	ca.bad_from = 150;
	ca.bad_till = 151;
	ca.bad_times = 1;
	ca.young_at = 9;
	ca.old_at = 10;
	play_open(&p, SCRIPTED_BLOCKING, two);
	scripted_on_request(p.net, ca_answer, NULL);
	import_whole();
	play_close(&p);
}

/* --- pages that are broken ---------------------------------------------------------------- */

static void test_p25_a_page_that_is_broken_once_is_asked_for_again(void **state)
{
	(void)state;
	for (int style = STATUS_500; style < N_STYLES; style++) {
		if (style == REFUSED)
			continue;
		for (int row = 0; row < 350; row += 90) {
			ca_open(350, 1);
			ca.style = (enum style)style;
			ca.bad_from = row;
			ca.bad_till = row + 1;
			ca.bad_times = 1;
			begin();
			import_whole();
			play_close(&p);
		}
	}
}

static void test_p25_a_page_that_stays_broken_is_not_the_end(void **state)
{
	static const emsign_rc rcs[N_STYLES] = {
		[STATUS_500] = EMSIGN_E_FAULT, [REFUSED] = EMSIGN_E_AUTH, [EMPTY] = EMSIGN_E_PROTO,
		[CUT] = EMSIGN_E_PROTO, [REPEATED] = EMSIGN_E_CONFLICT, [SHORT] = EMSIGN_E_PROTO,
	};

	(void)state;
	for (int style = STATUS_500; style < N_STYLES; style++) {
		for (int row = style == REPEATED ? 120 : 0; row < 350; row += 115) {
			ca_open(350, 1);
			ca.style = (enum style)style;
			ca.bad_from = row;
			ca.bad_till = row + 1;
			ca.bad_times = 1000;
			begin();
			PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err),
				   rcs[style], "");
			assert_true(ca.calls < 40);
			/* what came is kept, and the next import makes it whole */
			ca.bad_times = 0;
			import_whole();
			play_close(&p);
		}
	}
}

static void test_a_total_that_lies_is_not_met(void **state)
{
	(void)state;
	for (int lie = -1; lie < 2; lie += 2) {
		ca_open(250, 1);
		ca.lie = lie;
		begin();
		PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err),
			   EMSIGN_E_PROTO, "");
		play_close(&p);
	}
}

/* --- rows that shift ---------------------------------------------------------------------- */

static void shift(uint32_t seed, int moves, int still, size_t *whole, size_t *said)
{
	emsign_stats *stats = NULL;
	emsign_rc rc;

	ca_open(130 + (int)(seed * 37 % 400), seed);
	ca.moves = moves;
	ca.still = still;
	begin();
	rc = emsign_account_import(p.account, rows_only, &stats, &p.err);
	if (rc == EMSIGN_OK) {
		assert_int_equal(stats->complete, 1);
		assert_whole();
		++*whole;
	} else {
		assert_true(rc == EMSIGN_E_CONFLICT || rc == EMSIGN_E_PROTO);
		assert_null(stats);
		++*said;
	}
	emsign_free(stats);
	play_close(&p);
}

static unsigned seeds = 60;

static void test_p26_rows_that_shift(void **state)
{
	size_t whole = 0, said = 0, calm = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= seeds; seed++) {
		shift(seed, 1 + (int)seed % 4, 0, &whole, &said);
		shift(seed, 1 + (int)seed % 4, 6, &calm, &said);
	}
	/* neither of the two outcomes is the only one */
	assert_true(whole > 0 && said > 0);
	/* once the rows stand still it comes to an end, unless it had given up before */
	assert_true(calm >= seeds * 9 / 10);
}

/* New orders come in at the head while it is read: that is no reason to begin again. */
static void test_new_orders_meanwhile(void **state)
{
	(void)state;
	for (int call = 1; call < 10; call++) {
		ca_open(900, 1);
		ca.young_at = call;
		begin();
		import_whole();
		assert_int_equal(play_count(&p, "order"), 903);
		assert_true(ca.calls < 15); /* twice would be 18 and more */
		play_close(&p);
	}
}

static void test_a_ca_with_one_size_of_pages(void **state)
{
	(void)state;
	ca_open(950, 1);
	ca.size_100_only = true;
	begin();
	import_whole();
	assert_int_equal(play_count(&p, "order"), 950);
	play_close(&p);
}

/* --- interrupted, and several at once ----------------------------------------------------- */

/* An import that ends in the midst of the list. */
static void interrupt(void)
{
	ca_open(1900, 1);
	ca.style = REFUSED;
	ca.bad_from = 1500;
	ca.bad_till = 1501;
	ca.bad_times = 1;
	begin();
	PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err), EMSIGN_E_AUTH,
		   "");
}

static void test_p50_it_goes_on_where_it_stopped(void **state)
{
	int calls;

	(void)state;
	interrupt();
	assert_true(play_count(&p, "order") >= 1300);
	calls = ca.calls;
	play_restart(&p);
	p.now_ms += 3600 * 1000;
	import_whole();
	assert_true(ca.calls - calls < 10);
	/* the one after that lists all of them again, and a day later it would have begun anew */
	calls = ca.calls;
	import_whole();
	assert_true(ca.calls - calls > 18);
	play_close(&p);
}

/* One order came in and another went: the total is the same, the list is not. */
static void test_what_happened_while_it_stood_still(void **state)
{
	(void)state;
	interrupt();
	ca_insert(0);
	ca_remove(700);
	play_restart(&p);
	import_whole();
	assert_true(is_kept(ca.newest));
	play_close(&p);
}

static void test_it_does_not_go_on_in_another_list(void **state)
{
	static const emsign_kv days[] = { { "certificates", "no" }, { "from", "2025-01-01" },
					  { NULL, NULL } };
	int calls;

	(void)state;
	for (int i = 0; i < 2; i++) {
		ca_open(1900, 1);
		ca.style = REFUSED;
		ca.bad_from = 1500;
		ca.bad_till = 1501;
		ca.bad_times = 1;
		begin();
		PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err),
			   EMSIGN_E_AUTH, "");
		calls = ca.calls;
		if (i == 1)
			p.now_ms += INT64_C(25) * 3600 * 1000;
		PLAY_OK(&p, emsign_account_import(p.account, i ? rows_only : days, NULL, &p.err));
		assert_true(ca.calls - calls > 18);
		play_close(&p);
	}
}

static void test_two_at_once(void **state)
{
	emsign_op *first = NULL;

	(void)state;
	ca_open(350, 1);
	begin();
	PLAY_OK(&p, emsign_account_begin(p.account, "import", rows_only, &first, &p.err));
	PLAY_OK(&p, emsign_op_submit(first, NULL, NULL, &p.err));
	PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err), EMSIGN_E_CONFLICT,
		   "another import of 'lab' is at work");
	PLAY_OK(&p, emsign_op_run(first, &p.err));
	emsign_op_free(first);
	import_whole();
	play_close(&p);
}

static void lay_lease(const char *owner, int64_t age)
{
	emsign_kv row[] = { { "owner", owner }, { "token", "0123" }, { "url", PLAY_SITE },
			    { "updated_at", NULL }, { NULL, NULL } };
	char when[32];

	snprintf(when, sizeof(when), "%lld", (long long)(PLAY_NOW - age));
	row[3].value = when;
	assert_int_equal(emsign_store_put(p.store, "import", "lab", row, &p.err), EMSIGN_OK);
}

static void test_p50_the_lease_dies_with_its_holder(void **state)
{
	static const char *const elsewhere = "b007:1:2:another-machine";

	(void)state;
	ca_open(3, 1);
	begin();
	lay_lease(elsewhere, 100);
	PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err), EMSIGN_E_CONFLICT,
		   "at work");
	lay_lease(elsewhere, 200);
	import_whole();
	play_close(&p);
}

/* Who has been silent for too long finds that another one has taken over. */
static void test_a_lost_lease_is_noticed(void **state)
{
	emsign_op *first = NULL;
	emsign_stats *stats = NULL;

	(void)state;
	ca_open(350, 1);
	ca.hold = true;
	begin_in(SCRIPTED_OPEN);
	PLAY_OK(&p, emsign_account_begin(p.account, "import", rows_only, &first, &p.err));
	PLAY_OK(&p, emsign_op_submit(first, NULL, NULL, &p.err));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	lay_lease("b007:1:2:another-machine", 0);
	ca.hold = false;
	scripted_release(p.net);
	PLAY_FAILS(&p, emsign_op_run(first, &p.err), EMSIGN_E_CONFLICT, "has taken over");
	assert_int_equal(emsign_op_take(first, (void **)&stats, &p.err), EMSIGN_E_CONFLICT);
	assert_null(stats);
	emsign_op_free(first);
	/* and leaves the other one its lease */
	PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err), EMSIGN_E_CONFLICT,
		   "at work");
	play_close(&p);
}

/* Canceled at any moment it leaves a store that the next import makes whole. */
static void test_cancel_at_any_moment(void **state)
{
	(void)state;
	for (int at = 1; at < 12; at++) {
		emsign_op *op = NULL;

		ca_open(350, 1);
		begin();
		PLAY_OK(&p, emsign_account_begin(p.account, "import", rows_only, &op, &p.err));
		PLAY_OK(&p, emsign_op_submit(op, NULL, NULL, &p.err));
		for (int i = 0; i < at; i++)
			PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
		emsign_op_cancel(op);
		emsign_op_free(op);
		import_whole();
		play_close(&p);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_a_list_of_any_length),
		FAIL_TEST(test_p26_the_last_page_is_the_last_by_its_own_word),
		FAIL_TEST(test_p25_a_page_that_is_broken_once_is_asked_for_again),
		FAIL_TEST(test_p25_a_page_that_stays_broken_is_not_the_end),
		FAIL_TEST(test_a_total_that_lies_is_not_met),
		FAIL_TEST(test_p26_rows_that_shift),
		FAIL_TEST(test_new_orders_meanwhile),
		FAIL_TEST(test_a_ca_with_one_size_of_pages),
		FAIL_TEST(test_p50_it_goes_on_where_it_stopped),
		FAIL_TEST(test_what_happened_while_it_stood_still),
		FAIL_TEST(test_it_does_not_go_on_in_another_list),
		FAIL_TEST(test_two_at_once),
		FAIL_TEST(test_p50_the_lease_dies_with_its_holder),
		FAIL_TEST(test_a_lost_lease_is_noticed),
		FAIL_TEST(test_cancel_at_any_moment),
	};

	if (argc > 1)
		seeds = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
