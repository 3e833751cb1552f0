/* SPDX-License-Identifier: MIT */
/* The state of orders: asked for, understood, kept. */
#include "../support/play.h"

#include <string.h>

static struct play p;

#define ISSUED 20
#define FULFILLED 6

static void order_one(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "1"));
}

static emsign_rc refresh(emsign_order **out)
{
	return emsign_account_refresh(p.account, "1", out, &p.err);
}

static emsign_order *kept(void)
{
	return play_get(&p, "order", "lab/1");
}

/* --- states ------------------------------------------------------------------------------- */

static void test_states_are_followed(void **state)
{
	static const struct {
		int certificate, order;
		const char *more;
		int64_t status;
	} rows[] = {
		{ 24, 2, NULL, EMSIGN_STATUS_PENDING },
		{ 24, 2, ",\"csr\":\"0\"", EMSIGN_STATUS_PENDING_CSR },
		{ 2, 2, NULL, EMSIGN_STATUS_PENDING_APPROVAL },
		{ 15, 2, NULL, EMSIGN_STATUS_APPROVED },
		{ 3, 2, NULL, EMSIGN_STATUS_ATTENTION },
		{ 24, 2, ",\"domainVerification\":{\"www.example.com\":{\"dcvStatus\":\"0\"}}",
		  EMSIGN_STATUS_PENDING_DCV },
		{ 13, 5, NULL, EMSIGN_STATUS_CANCELED },
	};

	(void)state;
	order_one();
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_order *order = NULL;

		play_tracked(&p, rows[i].certificate, rows[i].order, rows[i].more);
		PLAY_OK(&p, refresh(&order));
		if (order->status != rows[i].status)
			fail_msg("row %zu: %s", i, emsign_status_name(order->status));
		assert_string_equal(order->product, "842"); /* what the answer does not say stays */
		emsign_free(order);
	}
	assert_int_equal(play_count(&p, "challenge"), 1);
	play_close(&p);
}

static void test_p30_an_unknown_state_is_open_and_keeps_its_words(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	order_one();
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, refresh(NULL));
	play_tracked(&p, 77, 2, NULL);
	PLAY_OK(&p, refresh(&order));
	assert_int_equal(order->status, EMSIGN_STATUS_UNKNOWN);
	assert_string_equal(order->status_text, "certificate 77");
	assert_string_equal(order->status_code, "certificate 77, order 2");
	assert_false(emsign_status_is_final(order->status));
	emsign_free(order);
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL,
						&p.err)); /* so it is asked for again */
	order = kept();
	assert_int_equal(order->status, EMSIGN_STATUS_PENDING);
	emsign_free(order);
	play_close(&p);
}

static void test_p29_the_worst_that_is_known_counts(void **state)
{
	static const struct {
		const char *first, *second; /* two answers, both saying "issued" */
		int64_t status;
	} rows[] = {
		{ ",\"certificateExpiryDate\":\"2026-01-14 00:00:00\"", NULL,
		  EMSIGN_STATUS_EXPIRED },
		/* the second answer does not repeat the date, or the revocation */
		{ ",\"certificateExpiryDate\":\"2026-01-14 00:00:00\"", "", EMSIGN_STATUS_EXPIRED },
		{ ",\"revocationDetails\":{\"revokeRequestStatusId\":\"2\",\"revokeReasonId\":"
		  "\"4\","
		  "\"revokeProcessedDate\":\"2026-01-10 00:00:00\"}",
		  "", EMSIGN_STATUS_REVOKED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_order *order = NULL;

		order_one();
		play_tracked(&p, ISSUED, FULFILLED, rows[i].first);
		PLAY_OK(&p, refresh(&order));
		if (rows[i].second) {
			emsign_free(order);
			play_tracked(&p, ISSUED, FULFILLED, rows[i].second);
			PLAY_OK(&p, refresh(&order));
		}
		if (order->status != rows[i].status)
			fail_msg("row %zu: %s", i, emsign_status_name(order->status));
		emsign_free(order);
		play_close(&p);
	}
}

static void test_which_order(void **state)
{
	(void)state;
	order_one();
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, emsign_account_refresh(p.account, "lab/1", NULL, &p.err));
	PLAY_FAILS(&p, emsign_account_refresh(p.account, "2", NULL, &p.err), EMSIGN_E_NOTFOUND,
		   "there is no order 'lab/2'");
	PLAY_FAILS(&p, emsign_account_refresh(p.account, NULL, NULL, &p.err), EMSIGN_E_INVALID,
		   "refresh needs an order");
	PLAY_FAILS(&p, emsign_account_refresh(p.account, "more/1", NULL, &p.err), EMSIGN_E_INVALID,
		   "order 'more/1' does not belong to credential 'lab'");
	play_close(&p);
}

/* An order that the store holds for another environment is not touched by any verb. */
static void test_p06_the_wrong_environment(void **state)
{
	static const emsign_kv row[] = { { "credential", "lab" },
					 { "number", "5" },
					 { "url", "https://sandbox.example/x/" },
					 { "status", "issued" },
					 { NULL, NULL } };
	static const char *const verbs[] = { "refresh", "fetch", "cancel", "revoke", "challenge",
					     "verify", "submit_csr", "accept" };
	static const emsign_kv args[][4] = {
		{ { "order", "5" } },
		{ { "order", "5" } },
		{ { "order", "5" }, { "remarks", "x" } },
		{ { "order", "5" }, { "reason", "superseded" }, { "comments", "x" } },
		{ { "order", "5" }, { "method", "dns" } },
		{ { "order", "5" } },
		{ { "order", "5" }, { "csr", "lab/x" } },
		{ { "order", "5" } },
	};

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_store_put(p.store, "order", "lab/5", row, &p.err));
	for (size_t i = 0; i < COUNT(verbs); i++) {
		emsign_op *op = NULL;

		PLAY_OK(&p, emsign_account_begin(p.account, verbs[i], args[i], &op, &p.err));
		PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_MISMATCH,
			   "order 'lab/5' is at https://sandbox.example/x/, not at " PLAY_SITE);
		emsign_op_free(op);
	}
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

/* --- drafts ------------------------------------------------------------------------------- */

static void draft(void)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME },
					  { "draft", "yes" }, { NULL, NULL } };

	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"orderDetails\":{\"requestNumber\":\"77\",\"orderNumber\":\"\"}");
	PLAY_OK(&p, emsign_account_place(p.account, form, NULL, &p.err));
}

/* P31: the CA's own search is not relied on. */
static void test_p31_a_draft_is_found_by_its_own_number(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "5", .request = "66", .certificate = 20, .order = 6 },
		{ .number = "6", .request = "77", .certificate = 24, .order = 2 },
	};
	emsign_order *order = NULL;

	(void)state;
	draft();
	play_report(&p, 1, 1, 1, rows, 1);
	PLAY_FAILS(&p, emsign_account_refresh(p.account, "request-77", NULL, &p.err),
		   EMSIGN_E_NOTFOUND, "does not list the draft 'lab/request-77'");
	play_report(&p, 1, 1, 2, rows, 2);
	PLAY_OK(&p, emsign_account_refresh(p.account, "request-77", &order, &p.err));
	assert_true(play_asked(&p, 1, "\"requestNumber\":\"77\""));
	assert_string_equal(order->id, "lab/6"); /* somebody has ordered it */
	assert_non_null(order->csr);
	assert_false(play_has(&p, "order", "lab/request-77"));
	emsign_free(order);
	play_close(&p);
}

static void test_a_draft_has_no_certificate(void **state)
{
	(void)state;
	draft();
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "request-77", NULL, &p.err), EMSIGN_E_STATE,
		   "is a draft and has no number yet");
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* --- all that are open -------------------------------------------------------------------- */

static void test_what_is_wrong_with_one_does_not_hold_up_the_others(void **state)
{
	static const emsign_kv again[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "again", "yes" }, { NULL, NULL } };
	static const char *const numbers[] = { "2", "3", "4" };
	emsign_stats *stats = NULL;
	emsign_order *order;

	(void)state;
	order_one();
	for (size_t i = 0; i < COUNT(numbers); i++) {
		play_placed(&p, numbers[i]);
		PLAY_OK(&p, emsign_account_place(p.account, again, NULL, &p.err));
	}
	play_tracked(&p, ISSUED, FULFILLED, NULL);                  /* 1: of another key */
	play_certificate(&p, NULL, "DNS:" PLAY_NAME);
	play_no(&p, "EMS-1197", "You are not authorized");          /* 2 */
	play_tracked(&p, 13, 5, NULL);                              /* 3: is over */
	play_yes(&p, NULL);                                         /* 4: makes no sense */
	PLAY_OK(&p, emsign_account_refresh_open(p.account, &stats, &p.err));
	assert_string_equal(stats->id, "open orders");
	assert_int_equal(stats->seen, 4);
	assert_int_equal(stats->failed, 3);
	assert_int_equal(stats->changed, 2); /* 1 and 3 */
	emsign_free(stats);
	order = play_get(&p, "order", "lab/3");
	assert_int_equal(order->status, EMSIGN_STATUS_CANCELED);
	emsign_free(order);
	/* the way being broken is another matter */
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, emsign_account_refresh_open(p.account, &stats, &p.err), EMSIGN_E_AUTH, "");
	assert_null(stats);
	assert_int_equal(scripted_n(p.net), 10);
	play_close(&p);
}

static emsign_rc delete_two(void *ud, const emsign_event *event)
{
	if (event->type == EMSIGN_EVENT_PROGRESS && event->done == 1 && !*(bool *)ud) {
		*(bool *)ud = true;
		assert_int_equal(emsign_client_order_delete(p.client, "lab/2", NULL), EMSIGN_OK);
	}
	return EMSIGN_OK;
}

/* Deleted while others are asked for, and deleted while it is asked for itself. */
static void test_p55_what_is_deleted_meanwhile_stays_deleted(void **state)
{
	static const emsign_kv again[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "again", "yes" }, { NULL, NULL } };
	static const emsign_kv in_turn[] = { { "parallel", "1" }, { NULL, NULL } };
	const emsign_kv args[] = { { "order", "1" }, { NULL, NULL } };
	emsign_op *op = NULL;
	bool done = false;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, in_turn);
	for (int i = 1; i <= 3; i++) {
		play_placed(&p, i == 1 ? "1" : i == 2 ? "2" : "3");
		PLAY_OK(&p, emsign_account_place(p.account, again, NULL, &p.err));
	}
	emsign_client_on_event(p.client, delete_two, &done, NULL);
	play_tracked(&p, 24, 2, NULL);
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	assert_true(done);
	assert_int_equal(scripted_n(p.net), 5);
	assert_false(play_has(&p, "order", "lab/2"));

	PLAY_OK(&p, emsign_account_begin(p.account, "refresh", args, &op, &p.err));
	PLAY_OK(&p, emsign_op_submit(op, NULL, NULL, &p.err));
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	PLAY_OK(&p, emsign_client_order_delete(p.client, "lab/1", &p.err));
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_NOTFOUND, "there is no order 'lab/1'");
	assert_false(play_has(&p, "order", "lab/1"));
	emsign_op_free(op);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_states_are_followed),
		FAIL_TEST(test_p30_an_unknown_state_is_open_and_keeps_its_words),
		FAIL_TEST(test_p29_the_worst_that_is_known_counts),
		FAIL_TEST(test_which_order),
		FAIL_TEST(test_p06_the_wrong_environment),
		FAIL_TEST(test_p31_a_draft_is_found_by_its_own_number),
		FAIL_TEST(test_a_draft_has_no_certificate),
		FAIL_TEST(test_what_is_wrong_with_one_does_not_hold_up_the_others),
		FAIL_TEST(test_p55_what_is_deleted_meanwhile_stays_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
