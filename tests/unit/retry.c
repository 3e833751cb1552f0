/* SPDX-License-Identifier: MIT */
/* Whether a question may be asked again: every kind of outcome, for both kinds of question. */
#include "../support/fail.h"

#include "engine/retry.h"

static const struct ems_policy policy = { .attempts = 5, .backoff_ms = 1000 };

static enum ems_decision decide(const struct ems_outcome *o, bool changes)
{
	int64_t wait;

	return ems_retry_decide(o, changes, 1, &policy, 0, &wait);
}

#define DONE EMS_DECIDE_DONE
#define AGAIN EMS_DECIDE_AGAIN
#define DOUBT EMS_DECIDE_INDOUBT
#define LOGIN EMS_DECIDE_LOGIN

static void test_every_outcome(void **state)
{
	static const struct {
		struct ems_outcome o;
		enum ems_decision harmless, changing;
	} rows[] = {
		/* rc, class, processed, unsent, http_status, retry_after */
		{ { EMSIGN_OK, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DONE },
		/* the CA said no */
		{ { EMSIGN_E_REJECTED, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DONE },
		{ { EMSIGN_E_AUTH, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DONE },
		{ { EMSIGN_E_DENIED, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DONE },
		{ { EMSIGN_E_STATE, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DONE },
		{ { EMSIGN_E_PENDING, EMS_CLASS_POLL, true, false, 200, 0 }, DONE, DONE },
		{ { EMSIGN_E_BUSY, EMS_CLASS_SLOW, true, false, 200, 0 }, AGAIN, AGAIN },
		{ { EMSIGN_E_FAULT, EMS_CLASS_SOON, true, false, 200, 0 }, AGAIN, DONE },
		{ { EMSIGN_E_FAULT, EMS_CLASS_SOON, false, false, 200, 0 }, AGAIN, DOUBT },
		/* a status line */
		{ { EMSIGN_E_FAULT, EMS_CLASS_SOON, false, false, 500, 0 }, AGAIN, DOUBT },
		{ { EMSIGN_E_FAULT, EMS_CLASS_SOON, false, false, 503, 0 }, AGAIN, DOUBT },
		{ { EMSIGN_E_FAULT, EMS_CLASS_SOON, false, false, 408, 0 }, AGAIN, DONE },
		{ { EMSIGN_E_AUTH, EMS_CLASS_NEVER, false, false, 401, 0 }, DONE, DONE },
		{ { EMSIGN_E_PROTO, EMS_CLASS_NEVER, true, false, 404, 0 }, DONE, DONE },
		{ { EMSIGN_E_PROTO, EMS_CLASS_NEVER, false, false, 404, 0 }, DONE, DONE },
		{ { EMSIGN_E_BUSY, EMS_CLASS_SLOW, true, false, 429, 0 }, AGAIN, AGAIN },
		{ { EMSIGN_E_PROTO, EMS_CLASS_NEVER, false, false, 302, 0 }, DONE, DOUBT },
		/* an answer that makes no sense */
		{ { EMSIGN_E_PROTO, EMS_CLASS_SOON, false, false, 200, 0 }, AGAIN, DOUBT },
		{ { EMSIGN_E_PROTO, EMS_CLASS_NEVER, false, false, 0, 0 }, AGAIN, DOUBT },
		/* an acceptance that could not be read to its end */
		{ { EMSIGN_E_PROTO, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DOUBT },
		{ { EMSIGN_E_NOMEM, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DOUBT },
		{ { EMSIGN_E_INVALID, EMS_CLASS_NEVER, true, false, 200, 0 }, DONE, DOUBT },
		{ { EMSIGN_E_NOMEM, EMS_CLASS_NEVER, false, false, 0, 0 }, DONE, DOUBT },
		/* no answer */
		{ { EMSIGN_E_NET, EMS_CLASS_NEVER, false, false, 0, 0 }, AGAIN, DOUBT },
		{ { EMSIGN_E_TIMEOUT, EMS_CLASS_NEVER, false, false, 0, 0 }, AGAIN, DOUBT },
		{ { EMSIGN_E_NET, EMS_CLASS_NEVER, false, true, 0, 0 }, AGAIN, AGAIN },
		{ { EMSIGN_E_TIMEOUT, EMS_CLASS_NEVER, false, true, 0, 0 }, AGAIN, AGAIN },
		{ { EMSIGN_E_TLS, EMS_CLASS_NEVER, false, true, 0, 0 }, DONE, DONE },
		{ { EMSIGN_E_TLS, EMS_CLASS_NEVER, false, false, 0, 0 }, DONE, DOUBT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (decide(&rows[i].o, false) != rows[i].harmless)
			fail_msg("row %zu, harmless: %d", i, decide(&rows[i].o, false));
		if (decide(&rows[i].o, true) != rows[i].changing)
			fail_msg("row %zu, changing: %d", i, decide(&rows[i].o, true));
	}
}

/*
 * The whole decision as a table: the first row that fits counts. ANY stands for every value of a
 * column; a status of 0 is none, `4` is 400 to 499.
 */
#define ANY (-1)
#define ANY_RC 1 /* no code is positive */

static const struct rule {
	int changes;
	emsign_rc rc;
	int class_, processed, unsent, hundreds;
	enum ems_decision decision;
} rules[] = {
	{ ANY, EMSIGN_OK, ANY, ANY, ANY, ANY, DONE },
	/* that a token is not taken is told at the door; whether it was, is another matter */
	{ 0, ANY_RC, EMS_CLASS_LOGIN, ANY, ANY, ANY, LOGIN },
	{ 1, ANY_RC, EMS_CLASS_LOGIN, ANY, 1, ANY, LOGIN },
	{ 1, ANY_RC, EMS_CLASS_LOGIN, ANY, ANY, 4, LOGIN },
	{ 1, EMSIGN_E_NOMEM, EMS_CLASS_LOGIN, ANY, ANY, ANY, DOUBT },
	{ 1, EMSIGN_E_INVALID, EMS_CLASS_LOGIN, ANY, ANY, ANY, DOUBT },
	{ 1, EMSIGN_E_PROTO, EMS_CLASS_LOGIN, ANY, ANY, ANY, DOUBT },
	{ 1, ANY_RC, EMS_CLASS_LOGIN, 1, ANY, ANY, LOGIN },
	/* what changes nothing is asked again when that may help */
	{ 0, ANY_RC, EMS_CLASS_SLOW, ANY, ANY, ANY, AGAIN },
	{ 0, EMSIGN_E_NET, ANY, ANY, ANY, ANY, AGAIN },
	{ 0, EMSIGN_E_TIMEOUT, ANY, ANY, ANY, ANY, AGAIN },
	{ 0, EMSIGN_E_PROTO, ANY, 1, ANY, ANY, DONE },
	{ 0, EMSIGN_E_PROTO, ANY, ANY, ANY, 3, DONE },
	{ 0, EMSIGN_E_PROTO, ANY, ANY, ANY, 4, DONE },
	{ 0, EMSIGN_E_PROTO, ANY, ANY, ANY, 5, DONE },
	{ 0, EMSIGN_E_PROTO, ANY, ANY, ANY, ANY, AGAIN },
	{ 0, ANY_RC, EMS_CLASS_SOON, ANY, ANY, ANY, AGAIN },
	{ 0, ANY_RC, ANY, ANY, ANY, ANY, DONE },
	/* a change that never left this machine */
	{ 1, ANY_RC, EMS_CLASS_SLOW, ANY, 1, ANY, AGAIN },
	{ 1, EMSIGN_E_NET, ANY, ANY, 1, ANY, AGAIN },
	{ 1, EMSIGN_E_TIMEOUT, ANY, ANY, 1, ANY, AGAIN },
	{ 1, ANY_RC, ANY, ANY, 1, ANY, DONE },
	/* one that was refused at the door */
	{ 1, ANY_RC, EMS_CLASS_SLOW, ANY, ANY, 4, AGAIN },
	{ 1, ANY_RC, ANY, ANY, ANY, 4, DONE },
	/* one that the CA says yes to, but nobody here could read it to its end */
	{ 1, EMSIGN_E_NOMEM, ANY, ANY, ANY, ANY, DOUBT },
	{ 1, EMSIGN_E_INVALID, ANY, ANY, ANY, ANY, DOUBT },
	{ 1, EMSIGN_E_PROTO, ANY, ANY, ANY, ANY, DOUBT },
	/* one that the CA says no to */
	{ 1, ANY_RC, EMS_CLASS_SLOW, 1, ANY, ANY, AGAIN },
	{ 1, ANY_RC, ANY, 1, ANY, ANY, DONE },
	/* and all else may have happened */
	{ 1, ANY_RC, ANY, ANY, ANY, ANY, DOUBT },
};

static bool fits(int column, int value)
{
	return column == ANY || column == value;
}

static enum ems_decision by_the_table(const struct ems_outcome *o, int changes, int64_t attempt)
{
	size_t i = 0;

	while (!(fits(rules[i].changes, changes) &&
		 (rules[i].rc == ANY_RC || rules[i].rc == o->rc) &&
		 fits(rules[i].class_, (int)o->class_) && fits(rules[i].processed, o->processed) &&
		 fits(rules[i].unsent, o->unsent) &&
		 fits(rules[i].hundreds, o->http_status / 100)))
		i++;
	/* not for ever, and not after hours */
	if (rules[i].decision == AGAIN && (attempt >= policy.attempts || o->retry_after > 300))
		return DONE;
	return rules[i].decision;
}

/* The combinations of all but the code; the last one is followed by false. */
static bool combination(unsigned n, struct ems_outcome *o, int *changes, int64_t *attempt)
{
	static const int statuses[] = { 0,   100, 200, 204, 302, 400, 401, 403,
					404, 408, 418, 429, 499, 500, 502, 503 };
	static const int64_t retry_after[] = { 0, 1, 300, 301, INT32_MAX };

	o->class_ = (enum ems_class)(n % 5);
	n /= 5;
	o->processed = n % 2;
	n /= 2;
	o->unsent = n % 2;
	n /= 2;
	*changes = n % 2;
	n /= 2;
	*attempt = 1 + n % 6;
	n /= 6;
	o->http_status = statuses[n % COUNT(statuses)];
	n /= COUNT(statuses);
	o->retry_after = retry_after[n % COUNT(retry_after)];
	return n < COUNT(retry_after);
}

static void test_p01_every_combination_is_as_the_table_says(void **state)
{
	static const emsign_rc codes[] = {
		EMSIGN_OK,
#define CODE(name, value, text) EMSIGN_E_##name,
		EMSIGN_RC_MAP(CODE)
#undef CODE
	};
	size_t points = 0;
	int64_t wait;

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		struct ems_outcome o = { .rc = codes[i] };
		int64_t attempt;
		int changes;

		for (unsigned n = 0; combination(n, &o, &changes, &attempt); n++, points++) {
			enum ems_decision got =
				ems_retry_decide(&o, changes, attempt, &policy, 7, &wait);

			if (got != by_the_table(&o, changes, attempt))
				fail_msg("%s, combination %u: %d", emsign_rc_name(o.rc), n, got);
			if (got == AGAIN)
				assert_in_range(wait, 750 + o.retry_after, EMS_LONGEST_WAIT_MS);
		}
	}
	print_message("retry: %zu of %zu points, 0 failed\n", points, points);
}

static void test_attempts_are_counted(void **state)
{
	static const struct ems_outcome o = { .rc = EMSIGN_E_NET, .unsent = true };
	const struct ems_policy once = { .attempts = 1, .backoff_ms = 1000 };
	int64_t wait;

	(void)state;
	for (int64_t attempt = 1; attempt <= 6; attempt++)
		assert_int_equal(ems_retry_decide(&o, true, attempt, &policy, 0, &wait),
				 attempt < 5 ? EMS_DECIDE_AGAIN : EMS_DECIDE_DONE);
	assert_int_equal(wait, 0);
	assert_int_equal(ems_retry_decide(&o, true, 1, &once, 0, &wait), EMS_DECIDE_DONE);
}

static void test_pauses_double_and_spread_by_a_quarter(void **state)
{
	static const struct ems_outcome o = { .rc = EMSIGN_E_NET };

	(void)state;
	for (int64_t attempt = 1; attempt < 5; attempt++) {
		int64_t base = INT64_C(1000) << (attempt - 1);
		int64_t least = INT64_MAX, most = 0, wait;

		for (uint32_t random = 0; random < 10000; random++) {
			assert_int_equal(
				ems_retry_decide(&o, false, attempt, &policy, random, &wait),
				EMS_DECIDE_AGAIN);
			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		assert_int_equal(least, base - base / 4);
		assert_int_equal(most, base + base / 4);
	}
}

static void test_pauses_end_at_a_minute(void **state)
{
	(void)state;
	for (int64_t nth = 7; nth < 100; nth++) {
		assert_int_equal(ems_retry_pause(1000, nth, 0), 45000);
		assert_int_equal(ems_retry_pause(1000, nth, 30000), 75000);
	}
	assert_int_equal(ems_retry_pause(1000, INT64_MAX, 15000), 60000);
	/* whoever wants to begin with more has more */
	assert_int_equal(ems_retry_pause(600000, 5, 150000), 600000);
}

static void test_a_pause_of_one_millisecond(void **state)
{
	static const struct ems_outcome o = { .rc = EMSIGN_E_NET };
	const struct ems_policy quick = { .attempts = 5, .backoff_ms = 1 };
	int64_t wait;

	(void)state;
	assert_int_equal(ems_retry_decide(&o, false, 1, &quick, UINT32_MAX, &wait),
			 EMS_DECIDE_AGAIN);
	assert_int_equal(wait, 1);
}

static void test_p52_retry_after_is_heeded(void **state)
{
	struct ems_outcome o = { .rc = EMSIGN_E_BUSY, .class_ = EMS_CLASS_SLOW, .processed = true,
				 .http_status = 429, .retry_after = 60 };
	int64_t wait;

	(void)state;
	assert_int_equal(ems_retry_decide(&o, true, 1, &policy, 0, &wait), EMS_DECIDE_AGAIN);
	assert_int_equal(wait, 60000);
	o.retry_after = 300;
	assert_int_equal(ems_retry_decide(&o, true, 1, &policy, 0, &wait), EMS_DECIDE_AGAIN);
	/* longer than anybody waits inside a call: the caller is told instead */
	o.retry_after = 301;
	assert_int_equal(ems_retry_decide(&o, true, 1, &policy, 0, &wait), EMS_DECIDE_DONE);
	o.retry_after = INT32_MAX;
	assert_int_equal(ems_retry_decide(&o, true, 1, &policy, 0, &wait), EMS_DECIDE_DONE);
}

static void test_a_long_backoff_does_not_run_over(void **state)
{
	static const struct ems_outcome o = { .rc = EMSIGN_E_NET };
	const struct ems_policy long_one = { .attempts = INT64_MAX, .backoff_ms = 600000 };
	int64_t wait;

	(void)state;
	assert_int_equal(ems_retry_decide(&o, false, INT64_MAX - 1, &long_one, 0, &wait),
			 EMS_DECIDE_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_outcome),
		cmocka_unit_test(test_p01_every_combination_is_as_the_table_says),
		cmocka_unit_test(test_attempts_are_counted),
		cmocka_unit_test(test_pauses_double_and_spread_by_a_quarter),
		cmocka_unit_test(test_pauses_end_at_a_minute),
		cmocka_unit_test(test_a_pause_of_one_millisecond),
		cmocka_unit_test(test_p52_retry_after_is_heeded),
		cmocka_unit_test(test_a_long_backoff_does_not_run_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
