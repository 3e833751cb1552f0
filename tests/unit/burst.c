/* SPDX-License-Identifier: MIT */
/* "Inactive Account User.": too many orders in a short time, or a user that was switched off? */
#include "../support/play.h"

#include <string.h>

static struct play p;

static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };
static const emsign_kv two[] = { { "attempts", "2" }, { NULL, NULL } };

static emsign_rc place(void)
{
	return emsign_account_place(p.account, form, NULL, &p.err);
}

static void say_inactive(void)
{
	play_no(&p, "EMS-1154", "Inactive Account User.");
}

/* Refused for the last time: what was written down for the order is gone. */
static void expect_nothing_left(void)
{
	assert_int_equal(play_rows(&p, "intent"), 0);
	assert_int_equal(play_rows(&p, "csr"), 0);
	assert_int_equal(play_rows(&p, "order"), 0);
}

static void test_p52_a_burst_that_ends_needs_no_login(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	say_inactive();
	say_inactive();
	play_placed(&p, "1");
	PLAY_OK(&p, place());
	assert_int_equal(scripted_n(p.net), 3);
	assert_in_range(p.waited_ms, 750 + 1500, 1250 + 2500);
	play_close(&p);
}

static void test_p52_a_burst_is_not_called_a_bad_login(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, two);
	say_inactive();
	say_inactive();
	play_yes(&p, NULL);
	PLAY_FAILS(&p, place(), EMSIGN_E_BUSY, "too many in a short time");
	assert_null(strstr(p.err.message, "switched off"));
	assert_string_equal(p.err.ca_code, "EMS-1154");
	assert_int_equal(p.err.http_status, 200);
	assert_int_equal(strlen(p.err.request_id), 32);
	assert_true(play_asked(&p, 1, p.err.request_id)); /* the order's, not the login's */
	assert_in_range(p.err.retry_after, 2, 3);
	assert_int_equal(scripted_n(p.net), 3);
	assert_string_equal(play_call(&p, 2), "ValidateCredentials");
	expect_nothing_left();
	/* the next order waits until then */
	p.waited_ms = 0;
	play_placed(&p, "1");
	PLAY_OK(&p, place());
	assert_in_range(p.waited_ms, 1500, 2500);
	play_close(&p);
}

static void test_p52_a_user_that_is_switched_off_is_told(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, two);
	say_inactive();
	say_inactive();
	say_inactive();
	PLAY_FAILS(&p, place(), EMSIGN_E_AUTH, "the user is switched off");
	assert_string_equal(p.err.ca_code, "EMS-1154");
	assert_string_equal(play_call(&p, 2), "ValidateCredentials");
	expect_nothing_left();
	/* it was no burst: as soon as the user is switched on again, orders go out */
	p.waited_ms = 0;
	play_placed(&p, "1");
	PLAY_OK(&p, place());
	assert_int_equal(p.waited_ms, 0);
	play_close(&p);
}

/* Without a code the words alone are known. */
static void test_p52_the_words_alone_are_enough(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, two);
	play_no(&p, "", "inactive account user");
	play_no(&p, "", "inactive account user");
	play_yes(&p, NULL);
	PLAY_FAILS(&p, place(), EMSIGN_E_BUSY, "too many in a short time");
	play_close(&p);
}

/* The login gives no answer, or another one: then either may be. */
static void test_p52_what_is_not_known_is_not_said(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		play_open(&p, SCRIPTED_BLOCKING, two);
		say_inactive();
		say_inactive();
		if (i == 0)
			play_lost(&p);
		else if (i == 1)
			play_no(&p, "EMS-939", "Something went wrong");
		else
			scripted_add(p.net, &(struct scripted_answer){ .status = 429, .body = "" });
		PLAY_FAILS(&p, place(), EMSIGN_E_BUSY,
			   "too many orders in a short time, or the user is switched off");
		assert_in_range(p.err.retry_after, 2, 3);
		assert_int_equal(scripted_n(p.net), 3); /* the login is tried once */
		expect_nothing_left();
		play_close(&p);
	}
}

/* "Too many requests" says what it means. */
static void test_p52_a_429_needs_no_login(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, two);
	scripted_add(p.net, &(struct scripted_answer){ .status = 429, .body = "" });
	scripted_add(p.net, &(struct scripted_answer){ .status = 429, .body = "" });
	PLAY_FAILS(&p, place(), EMSIGN_E_BUSY, "HTTP status 429");
	assert_int_equal(scripted_n(p.net), 2);
	expect_nothing_left();
	play_close(&p);
}

/* Seen on orders alone so far. On another call nothing is claimed, and the credential stays. */
static void test_p52_other_calls_do_not_claim_to_know(void **state)
{
	emsign_credential *before, *after;
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	order = play_place(&p, "1");
	emsign_free(order);
	before = play_get(&p, "credential", "lab");
	say_inactive();
	PLAY_FAILS(&p, emsign_account_refresh(p.account, "1", NULL, &p.err), EMSIGN_E_DENIED,
		   "switched off, or too much was asked in a short time");
	after = play_get(&p, "credential", "lab");
	assert_int_equal(after->updated_at, before->updated_at);
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	emsign_free(before);
	emsign_free(after);
	play_close(&p);
}

static void cancel_op(void *ud, size_t number, const struct scripted_request *request,
		      struct scripted_answer *out)
{
	(void)number;
	(void)request;
	emsign_op_cancel(*(emsign_op **)ud);
	*out = (struct scripted_answer){ .rc = EMSIGN_E_NET };
}

static void test_the_question_can_be_canceled(void **state)
{
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, two);
	PLAY_OK(&p, emsign_account_begin(p.account, "place", form, &op, &p.err));
	say_inactive();
	say_inactive();
	scripted_on_request(p.net, cancel_op, &op);
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_CANCELED, "canceled");
	assert_int_equal(scripted_n(p.net), 3);
	emsign_op_free(op);
	expect_nothing_left();
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p52_a_burst_that_ends_needs_no_login),
		FAIL_TEST(test_p52_a_burst_is_not_called_a_bad_login),
		FAIL_TEST(test_p52_a_user_that_is_switched_off_is_told),
		FAIL_TEST(test_p52_the_words_alone_are_enough),
		FAIL_TEST(test_p52_what_is_not_known_is_not_said),
		FAIL_TEST(test_p52_a_429_needs_no_login),
		FAIL_TEST(test_p52_other_calls_do_not_claim_to_know),
		FAIL_TEST(test_the_question_can_be_canceled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
