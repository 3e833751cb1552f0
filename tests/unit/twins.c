/* SPDX-License-Identifier: MIT */
/* Others on the same store order the same names: who is second finds out, and harms nothing. */
#include "../support/play.h"

#include <stdio.h>

static struct play p;

static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };

static emsign_rc place(emsign_order **out)
{
	return emsign_account_place(p.account, form, out, &p.err);
}

static void issue_elsewhere(void)
{
	static const emsign_kv row[] = { { "credential", "lab" }, { "url", PLAY_SITE },
					 { "number", "7" },	  { "status", "issued" },
					 { "domain", PLAY_NAME }, { NULL, NULL } };

	PLAY_OK(&p, emsign_store_put(p.store, "order", "lab/7", row, &p.err));
}

/* A CA that issues at once: between the two looks for twins an order comes and is done. */
static void test_p02_an_order_that_came_between_the_looks(void **state)
{

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	p.on_dice = issue_elsewhere;
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_CONFLICT,
		   "were ordered by somebody else in this moment: 'lab/7'; call again");
	p.on_dice = NULL;
	assert_int_equal(scripted_n(p.net), 0);
	assert_int_equal(play_rows(&p, "intent"), 0);
	assert_int_equal(play_rows(&p, "csr"), 0);
	play_placed(&p, "8");
	PLAY_OK(&p, place(NULL)); /* who calls again means it */
	play_close(&p);
}

/* The CA answers with an order that is known by another key: neither is taken for the other. */
static void test_p03_the_number_of_another_order(void **state)
{
	static const emsign_kv again[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "again", "yes" }, { NULL, NULL } };
	emsign_order *first, *now;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	first = play_place(&p, "1");
	play_placed(&p, "1");
	PLAY_FAILS(&p, emsign_account_place(p.account, again, NULL, &p.err), EMSIGN_E_MISMATCH,
		   "order 'lab/1', which was placed with another key");
	now = play_get(&p, "order", "lab/1");
	assert_string_equal(now->spki, first->spki);
	assert_string_equal(now->csr, first->csr);
	assert_int_equal(play_rows(&p, "intent"), 1); /* it may be at the CA under its own number */
	assert_int_equal(play_rows(&p, "csr"), 2);
	assert_true(play_store_holds(&p, "in-doubt"));
	emsign_free(first);
	emsign_free(now);
	play_close(&p);
}

static emsign_rc copy_id(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind;
	(void)row;
	snprintf(ud, 128, "%s", id);
	return EMSIGN_OK;
}

/* Another machine took this one for dead and ordered: the intent for these names is its own. */
static void take_over(void)
{
	static const emsign_kv row[] = { { "credential", "lab" }, { "url", PLAY_SITE },
					 { "state", "sending" },  { "domain", PLAY_NAME },
					 { "token", "theirs" },	  { NULL, NULL } };
	char id[128];

	PLAY_OK(&p, emsign_store_scan(p.store, "intent", NULL, NULL, 0, copy_id, id, &p.err));
	PLAY_OK(&p, emsign_store_put(p.store, "intent", id, row, &p.err));
}

static void take_over_and_answer(void *ud, size_t nth, const struct scripted_request *request,
				 struct scripted_answer *out)
{
	(void)nth;
	(void)request;
	take_over();
	*out = *(struct scripted_answer *)ud;
}

static void test_p02_what_is_anothers_by_now_is_left_to_it(void **state)
{
#define SAID(yes, code, words) \
	{ .status = 200, .body = "{\"meta\":{\"status\":\"" yes "\",\"errorCode\":\"" code \
				 "\",\"errorMessage\":\"" words "\"}," \
				 "\"orderDetails\":{\"orderNumber\":\"1\"}}" }
	static struct {
		struct scripted_answer answer;
		emsign_rc rc;
		bool known;
	} rows[] = {
		{ SAID("1", "", ""), EMSIGN_OK, true },
		{ SAID("0", "EMS-1139", "Insufficient Credits"), EMSIGN_E_REJECTED, false },
		{ SAID("0", "EMS-1154", "Inactive Account User."), EMSIGN_E_CONFLICT, false },
		{ { .rc = EMSIGN_E_TIMEOUT }, EMSIGN_E_INDOUBT, false },
	};
#undef SAID

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_order *order = NULL;

		play_open(&p, SCRIPTED_BLOCKING, NULL);
		scripted_on_request(p.net, take_over_and_answer, &rows[i].answer);
		play_expect(&p, place(&order), rows[i].rc, "", __FILE__, __LINE__);
		assert_int_equal(scripted_n(p.net), 1); /* and nothing is sent once more */
		assert_true(play_store_holds(&p, "theirs"));
		assert_false(play_store_holds(&p, "in-doubt"));
		assert_int_equal(play_has(&p, "order", "lab/1"), rows[i].known);
		assert_int_equal(play_rows(&p, "csr"), 1); /* it may be theirs too */
		if (order)
			assert_non_null(order->spki);
		emsign_free(order);
		play_close(&p);
	}
}

static void test_p02_what_is_claimed_anew_is_not_sent(void **state)
{
	emsign_op *op = NULL;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, (const emsign_kv[]){ { "rate", "1" }, { NULL, NULL } });
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	PLAY_OK(&p, emsign_account_begin(p.account, "place", form, &op, &p.err));
	PLAY_OK(&p, emsign_op_submit(op, NULL, NULL, &p.err));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err)); /* claimed; the pace holds it */
	assert_int_equal(play_rows(&p, "intent"), 1);
	take_over();
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_CONFLICT, "by somebody else");
	assert_int_equal(scripted_n(p.net), 1);
	assert_true(play_store_holds(&p, "theirs"));
	emsign_op_free(op);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p02_an_order_that_came_between_the_looks),
		FAIL_TEST(test_p03_the_number_of_another_order),
		FAIL_TEST(test_p02_what_is_anothers_by_now_is_left_to_it),
		FAIL_TEST(test_p02_what_is_claimed_anew_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
