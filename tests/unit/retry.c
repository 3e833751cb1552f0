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

/* What may have happened is never asked again; what surely did not is never in doubt. */
static void test_p01_a_change_is_never_repeated_blindly(void **state)
{
	(void)state;
	for (emsign_rc rc = EMSIGN_E_PENDING; rc < 0; rc++)
		for (int bits = 0; bits < 4 * 4; bits++)
			for (int status = 0; status <= 500; status += 100) {
				struct ems_outcome o = {
					.rc = rc, .class_ = (enum ems_class)(bits / 4),
					.processed = bits & 1, .unsent = bits & 2,
					.http_status = status,
				};
				enum ems_decision d = decide(&o, true);

				if (!o.processed && !o.unsent && status != 400)
					assert_int_equal(d, EMS_DECIDE_INDOUBT);
				if (o.unsent || status == 400)
					assert_int_not_equal(d, EMS_DECIDE_INDOUBT);
				assert_int_not_equal(decide(&o, false), EMS_DECIDE_INDOUBT);
			}
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
		cmocka_unit_test(test_p01_a_change_is_never_repeated_blindly),
		cmocka_unit_test(test_attempts_are_counted),
		cmocka_unit_test(test_pauses_double_and_spread_by_a_quarter),
		cmocka_unit_test(test_a_pause_of_one_millisecond),
		cmocka_unit_test(test_p52_retry_after_is_heeded),
		cmocka_unit_test(test_a_long_backoff_does_not_run_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
