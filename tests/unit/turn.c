/* SPDX-License-Identifier: MIT */
/* A turn: encoding, answers, pauses; without a transport, the test being all of the world. */
#include "../support/fail.h"

#include <string.h>

#include "base/buf.h"
#include "engine/turn.h"

static const emsign_kv no_args[] = { { NULL, NULL } };
static const emsign_kv order_args[] = { { "order", "5917192968" }, { "reason", "superseded" },
					{ NULL, NULL } };

struct stage {
	struct ems_turn turn;
	struct ems_peer peer;
	struct ems_call call;
	struct ems_sink sink;
	size_t told;
};

static void count(void *ud, emsign_exchange *exchange)
{
	(void)exchange;
	++*(size_t *)ud;
}

static void set_up(struct stage *s, enum ems_verb verb, const emsign_kv *args)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(emsign_secret_new("EMSIGN-CANARY-key", 17, &s->peer.secret, NULL),
			 EMSIGN_OK);
	s->peer.url = "https://ca.example/";
	s->peer.account_number = "1234567890";
	s->call.verb = verb;
	s->call.args = args;
	s->turn.dialect = &ems_v1;
	s->turn.peer = &s->peer;
	s->turn.call = &s->call;
	s->turn.sink = &s->sink;
	s->turn.terms.timeout_ms = 1000;
	s->turn.terms.max_body = 65536;
	s->turn.policy = (struct ems_policy){ .attempts = 3, .backoff_ms = 1000 };
}

static void tear_down(struct stage *s)
{
	ems_turn_clear(&s->turn);
	assert_int_equal(s->turn.state, EMS_TURN_READY);
	emsign_secret_free(s->peer.secret);
}

static void ask(struct stage *s, int64_t now, unsigned char dice)
{
	unsigned char random[16];

	memset(random, dice, sizeof(random));
	ems_turn_ask(&s->turn, now * 1000, random, count, &s->told);
}

static void answer(struct stage *s, int status, const char *body, emsign_rc rc)
{
	if (status) {
		emsign_exchange_status(s->turn.exchange, status);
		assert_int_equal(emsign_exchange_data(s->turn.exchange, body, strlen(body)),
				 EMSIGN_OK);
	}
	emsign_exchange_done(s->turn.exchange, rc, NULL);
	ems_turn_answered(&s->turn, 5000, 0);
}

#define YES "{\"meta\":{\"status\":\"1\",\"txn\":\"abc\"}}"
#define FAULT "{\"meta\":{\"status\":\"0\",\"errorCode\":\"EMS-939\",\"errorMessage\":\"Oops\"}}"
#define NO "{\"meta\":{\"status\":\"0\",\"errorCode\":\"EMS-1065\",\"errorMessage\":\"No\"}}"

static void test_one_attempt(void **state)
{
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	assert_int_equal(s.turn.state, EMS_TURN_READY);
	ask(&s, 1000, 7);
	assert_int_equal(s.turn.state, EMS_TURN_FLYING);
	assert_int_equal(s.turn.attempt, 1);
	assert_string_equal(emsign_exchange_request(s.turn.exchange)->url,
			    "https://ca.example/ValidateCredentials");
	assert_int_equal(emsign_exchange_request(s.turn.exchange)->timeout_ms, 1000);
	answer(&s, 200, YES, EMSIGN_OK);
	assert_int_equal(s.told, 1);
	assert_int_equal(s.turn.state, EMS_TURN_DONE);
	assert_int_equal(s.turn.rc, EMSIGN_OK);
	assert_int_equal(s.turn.err.rc, EMSIGN_OK);
	assert_null(s.turn.exchange);
	tear_down(&s);
}

static void test_a_refusal_ends_it(void **state)
{
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	ask(&s, 1000, 7);
	answer(&s, 200, NO, EMSIGN_OK);
	assert_int_equal(s.turn.state, EMS_TURN_DONE);
	assert_int_equal(s.turn.rc, EMSIGN_E_AUTH);
	assert_string_equal(s.turn.err.ca_code, "EMS-1065");
	/* the transaction of the question, whatever the answer claims */
	assert_string_equal(s.turn.err.request_id, s.turn.request_id);
	assert_string_equal(s.turn.request_id, "07070707070707070707070707070707");
	tear_down(&s);
}

/* The CA refuses a transaction that it heard before, and a time that is long ago. */
static void test_each_attempt_is_encoded_anew(void **state)
{
	char first[2048];
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	ask(&s, 1000, 7);
	assert_true(emsign_exchange_request(s.turn.exchange)->body_len < sizeof(first));
	memcpy(first, emsign_exchange_request(s.turn.exchange)->body,
	       emsign_exchange_request(s.turn.exchange)->body_len + 1);
	assert_non_null(strstr(first, "0707070707"));
	answer(&s, 200, FAULT, EMSIGN_OK);
	assert_int_equal(s.turn.state, EMS_TURN_WAITING);
	assert_int_equal(s.turn.err.rc, EMSIGN_E_FAULT);
	assert_int_equal(s.turn.wake_at_ms, 5000 + 750);
	ask(&s, 2000, 9);
	assert_int_equal(s.turn.attempt, 2);
	assert_string_equal(s.turn.request_id, "09090909090909090909090909090909");
	assert_non_null(strstr(emsign_exchange_request(s.turn.exchange)->body, "0909090909"));
	assert_non_null(
		strstr(emsign_exchange_request(s.turn.exchange)->body, "1970-01-01T00:33:20"));
	assert_null(strstr(first, "0909090909"));
	answer(&s, 200, YES, EMSIGN_OK);
	assert_int_equal(s.turn.rc, EMSIGN_OK);
	assert_string_equal(s.turn.err.message, "");
	tear_down(&s);
}

static void test_attempts_end(void **state)
{
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	for (int i = 1; i <= 3; i++) {
		ask(&s, 1000, (unsigned char)i);
		answer(&s, 0, NULL, EMSIGN_E_NET);
		assert_int_equal(s.turn.state, i < 3 ? EMS_TURN_WAITING : EMS_TURN_DONE);
	}
	assert_int_equal(s.turn.rc, EMSIGN_E_NET);
	assert_string_equal(s.turn.err.request_id, "03030303030303030303030303030303");
	tear_down(&s);
}

static void test_p53_the_last_reason_survives_a_time_out(void **state)
{
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	s.turn.policy.attempts = 2;
	ask(&s, 1000, 1);
	answer(&s, 200, FAULT, EMSIGN_OK);
	ask(&s, 1000, 2);
	answer(&s, 0, NULL, EMSIGN_E_TIMEOUT);
	assert_int_equal(s.turn.rc, EMSIGN_E_TIMEOUT);
	assert_int_equal(s.turn.err.rc, EMSIGN_E_TIMEOUT);
	assert_non_null(strstr(s.turn.err.message, "no answer in time; before that: "));
	assert_non_null(strstr(s.turn.err.message, "Oops"));
	assert_string_equal(s.turn.err.ca_code, "EMS-939");
	assert_string_equal(s.turn.err.request_id, s.turn.request_id);
	tear_down(&s);
}

static void test_p01_a_change_without_an_answer_is_in_doubt(void **state)
{
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_REVOKE, order_args);
	ask(&s, 1000, 1);
	answer(&s, 0, NULL, EMSIGN_E_TIMEOUT);
	assert_int_equal(s.turn.state, EMS_TURN_DONE);
	assert_int_equal(s.turn.rc, EMSIGN_E_INDOUBT);
	assert_int_equal(s.turn.err.rc, EMSIGN_E_INDOUBT);
	assert_string_equal(s.turn.err.message,
			    "sent, but without a usable answer: no answer in time");
	assert_string_equal(s.turn.err.request_id, s.turn.request_id);
	tear_down(&s);
}

static void test_what_cannot_be_encoded_ends_it(void **state)
{
	static const emsign_kv bad[] = { { "order", "1" }, { "reason", "whim" }, { NULL, NULL } };
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_REVOKE, bad);
	ask(&s, 1000, 1);
	assert_int_equal(s.turn.state, EMS_TURN_DONE);
	assert_int_equal(s.turn.rc, EMSIGN_E_INVALID);
	assert_null(s.turn.exchange);
	assert_int_equal(s.told, 0);
	tear_down(&s);
}

static void test_failing_from_outside(void **state)
{
	emsign_error err = { .rc = EMSIGN_E_NET, .message = "no transport" };
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	ask(&s, 1000, 1);
	ems_turn_fail(&s.turn, &err);
	assert_int_equal(s.turn.state, EMS_TURN_DONE);
	assert_int_equal(s.turn.rc, EMSIGN_E_NET);
	assert_string_equal(s.turn.err.message, "no transport");
	assert_null(s.turn.exchange);
	ems_turn_fail(&s.turn, &s.turn.err); /* its own error is fine too */
	assert_string_equal(s.turn.err.message, "no transport");
	tear_down(&s);
}

static void test_a_long_pause_is_the_callers(void **state)
{
	struct stage s;

	(void)state;
	set_up(&s, EMS_VERB_TEST, no_args);
	ask(&s, 1000, 1);
	emsign_exchange_status(s.turn.exchange, 429);
	emsign_exchange_header(s.turn.exchange, "Retry-After", "3600");
	emsign_exchange_done(s.turn.exchange, EMSIGN_OK, NULL);
	ems_turn_answered(&s.turn, 5000, 0);
	assert_int_equal(s.turn.state, EMS_TURN_DONE);
	assert_int_equal(s.turn.rc, EMSIGN_E_BUSY);
	assert_int_equal(s.turn.err.retry_after, 3600);
	tear_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_one_attempt),
		FAIL_TEST(test_a_refusal_ends_it),
		FAIL_TEST(test_each_attempt_is_encoded_anew),
		FAIL_TEST(test_attempts_end),
		FAIL_TEST(test_p53_the_last_reason_survives_a_time_out),
		FAIL_TEST(test_p01_a_change_without_an_answer_is_in_doubt),
		FAIL_TEST(test_what_cannot_be_encoded_ends_it),
		FAIL_TEST(test_failing_from_outside),
		FAIL_TEST(test_a_long_pause_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
