/* SPDX-License-Identifier: MIT */
/* How fast an account may be asked: the bucket of orders, and what "slow down" leaves behind. */
#include "../support/fail.h"

#include "engine/limiter.h"
#include "engine/retry.h"

#define NOW INT64_C(1768472430000)
#define ANY UINT32_MAX /* some random number */

/* As the fields of the client have it by default. */
static const struct ems_limiter usual = { .place_every_ms = 2000, .place_burst = 10,
					  .backoff_ms = 1000 };

static bool may(const struct ems_limiter *limiter, const ems_pace *pace, int64_t now)
{
	return ems_limiter_due(limiter, pace, true) <= now;
}

static void test_a_burst_and_then_one_by_one(void **state)
{
	ems_pace pace = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_true(may(&usual, &pace, NOW));
		ems_limiter_take(&usual, &pace, NOW);
	}
	for (int i = 1; i <= 90; i++) {
		assert_int_equal(ems_limiter_due(&usual, &pace, true), NOW + i * 2000);
		ems_limiter_take(&usual, &pace, NOW + i * 2000);
	}
	/* the bucket is full again when nobody ordered for as long */
	for (int i = 0; i < 10; i++) {
		assert_true(may(&usual, &pace, NOW + 90 * 2000 + 20000));
		ems_limiter_take(&usual, &pace, NOW + 90 * 2000 + 20000);
	}
	assert_false(may(&usual, &pace, NOW + 90 * 2000 + 20000));
	assert_int_equal(ems_limiter_due(&usual, &pace, false), 0); /* orders alone are counted */
}

/*
 * The service refuses about the 16th order within ten seconds. Whatever the moments are at which
 * orders are wanted, fewer leave in any ten seconds; and in the eleven and more that a late packet
 * may press into ten.
 */
static void test_p52_no_ten_seconds_see_sixteen_orders(void **state)
{
	int64_t left[4000], now = NOW;
	ems_pace pace = { 0 };
	uint32_t dice = 1;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 200000 && n < COUNT(left); i++) {
		dice = dice * 1664525 + 1013904223;
		now += i % 7 ? dice >> 23 : (dice >> 16) % 30000; /* crowds, with gaps between */
		if (!may(&usual, &pace, now))
			continue;
		ems_limiter_take(&usual, &pace, now);
		left[n++] = now;
	}
	assert_int_equal(n, COUNT(left));
	for (size_t i = 15; i < n; i++)
		assert_true(left[i] - left[i - 15] > 11000);
}

static void test_other_rates(void **state)
{
	const struct ems_limiter any = { .place_every_ms = 0, .place_burst = 1 };
	const struct ems_limiter strict = { .place_every_ms = 6000, .place_burst = 1 };
	ems_pace pace = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_true(may(&any, &pace, NOW));
		ems_limiter_take(&any, &pace, NOW);
	}
	pace = (ems_pace){ 0 };
	assert_true(may(&strict, &pace, NOW));
	ems_limiter_take(&strict, &pace, NOW);
	assert_int_equal(ems_limiter_due(&strict, &pace, true), NOW + 6000);
}

/* --- slow down ---------------------------------------------------------------------------- */

static void test_each_refusal_in_a_row_waits_longer(void **state)
{
	ems_pace pace = { 0 };
	int64_t now = NOW;

	(void)state;
	for (int i = 0; i < 12; i++) {
		int64_t base = i < 6 ? INT64_C(1000) << i : 60000;
		int64_t until = ems_limiter_slow(&usual, &pace, false, 0, ANY, now);

		assert_in_range(until - now, base - base / 4, base + base / 4);
		assert_int_equal(pace.refusals, i + 1);
		assert_int_equal(pace.slow_until_ms, until);
		assert_int_equal(ems_limiter_due(&usual, &pace, false), until);
		assert_int_equal(ems_limiter_due(&usual, &pace, true), until);
		now = until;
	}
	/* it is remembered for half an hour */
	ems_limiter_tidy(&pace, now + 1800000);
	assert_int_equal(pace.refusals, 12);
	ems_limiter_tidy(&pace, now + 1800001);
	assert_int_equal(pace.refusals, 0);
}

static void test_pauses_of_many_are_spread(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (uint32_t random = 0; random < 1000; random++) {
		ems_pace pace = { 0 };
		int64_t wait = ems_limiter_slow(&usual, &pace, false, 0, random, NOW) - NOW;

		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	assert_int_equal(least, 750);
	assert_int_equal(most, 1250);
}

/* Eight questions that are refused together are one refusal, not a pause of minutes. */
static void test_what_was_under_way_counts_once(void **state)
{
	ems_pace pace = { 0 };
	int64_t until = ems_limiter_slow(&usual, &pace, false, 0, 7, NOW);

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_int_equal(ems_limiter_slow(&usual, &pace, false, 0, 7, NOW + i), until);
	assert_int_equal(pace.refusals, 1);
	/* but who is told a longer time is heard */
	assert_int_equal(ems_limiter_slow(&usual, &pace, false, 60, 7, NOW + 9), NOW + 60009);
	assert_int_equal(ems_limiter_slow(&usual, &pace, false, 5, 7, NOW + 10), NOW + 60009);
	assert_int_equal(pace.refusals, 1);
	(void)ems_limiter_slow(&usual, &pace, false, 0, 7, NOW + 60009);
	assert_int_equal(pace.refusals, 2);
}

static void test_orders_alone_are_stopped_by_their_limiter(void **state)
{
	ems_pace pace = { 0 };
	int64_t until = ems_limiter_slow(&usual, &pace, true, 20, 7, NOW);

	(void)state;
	assert_int_equal(until, NOW + 20000);
	assert_int_equal(ems_limiter_due(&usual, &pace, false), 0);
	assert_int_equal(ems_limiter_due(&usual, &pace, true), until);
	/* and after it there is no burst: the bucket is empty */
	ems_limiter_take(&usual, &pace, until);
	assert_int_equal(ems_limiter_due(&usual, &pace, true), until + 2000);
}

static void test_retry_after_is_heeded_up_to_a_day(void **state)
{
	ems_pace pace = { 0 };

	(void)state;
	assert_int_equal(ems_limiter_slow(&usual, &pace, false, 3600, 7, NOW), NOW + 3600000);
	pace = (ems_pace){ 0 };
	assert_int_equal(ems_limiter_slow(&usual, &pace, false, INT32_MAX, 7, NOW),
			 NOW + 86400000);
}

/* A clock that was wrong by a year must not keep the account closed for a year. */
static void test_what_a_wrong_clock_wrote_is_forgotten(void **state)
{
	ems_pace pace = { .id = "a" };

	(void)state;
	(void)ems_limiter_slow(&usual, &pace, true, 3600, 7, NOW);
	ems_limiter_tidy(&pace, NOW - 60000); /* clocks may differ a little */
	assert_true(ems_limiter_due(&usual, &pace, true) > NOW);
	ems_limiter_tidy(&pace, NOW - 60001);
	assert_int_equal(ems_limiter_due(&usual, &pace, true), 0);
	assert_int_equal(pace.refusals, 0);
	assert_string_equal(pace.id, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_burst_and_then_one_by_one),
		cmocka_unit_test(test_p52_no_ten_seconds_see_sixteen_orders),
		cmocka_unit_test(test_other_rates),
		cmocka_unit_test(test_each_refusal_in_a_row_waits_longer),
		cmocka_unit_test(test_pauses_of_many_are_spread),
		cmocka_unit_test(test_what_was_under_way_counts_once),
		cmocka_unit_test(test_orders_alone_are_stopped_by_their_limiter),
		cmocka_unit_test(test_retry_after_is_heeded_up_to_a_day),
		cmocka_unit_test(test_what_a_wrong_clock_wrote_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
