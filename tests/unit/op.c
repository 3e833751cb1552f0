/* SPDX-License-Identifier: MIT */
/* The life of an operation: begin, submit, run, take, cancel, free, in whatever state it is. */
#include "../support/play.h"

#include <string.h>

static struct play p;
static emsign_op *next_op;

static emsign_op *begin(const char *verb)
{
	emsign_op *op = NULL;

	PLAY_OK(&p, emsign_account_begin(p.account, verb, NULL, &op, &p.err));
	return op;
}

/* --- beginning ---------------------------------------------------------------------------- */

static void test_unknown_words_get_a_suggestion(void **state)
{
	static const emsign_kv oder[] = { { "oder", "1" }, { NULL, NULL } };
	static const emsign_kv far[] = { { "quite-else", "1" }, { NULL, NULL } };
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, emsign_account_begin(p.account, "refesh", NULL, &op, &p.err),
		   EMSIGN_E_INVALID, "there is no verb 'refesh' (did you mean 'refresh'?)");
	assert_null(op);
	PLAY_FAILS(&p, emsign_account_begin(p.account, NULL, NULL, &op, &p.err), EMSIGN_E_INVALID,
		   "no verb ''");
	PLAY_FAILS(&p, emsign_account_begin(p.account, "refresh", oder, &op, &p.err),
		   EMSIGN_E_INVALID, "refresh takes no 'oder' (did you mean 'order'?)");
	PLAY_FAILS(&p, emsign_account_begin(p.account, "test", far, &op, &p.err), EMSIGN_E_INVALID,
		   "test takes no 'quite-else'");
	PLAY_FAILS(&p, emsign_account_begin(p.account, "place", oder, &op, &p.err),
		   EMSIGN_E_INVALID, "unknown field 'oder'");
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

static void test_every_documented_verb_begins_or_says_what_it_lacks(void **state)
{
	static const char *const verbs[] = { "test",	  "sync",   "import",  "place",
					     "challenge", "verify", "refresh", "refresh_open",
					     "fetch",	  "cancel", "revoke",  "submit_csr",
					     "accept",	  "validate" };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		emsign_op *op;
		emsign_rc rc = emsign_account_begin(p.account, verbs[i], NULL, &op, &p.err);

		if (rc)
			assert_true(strstr(p.err.message, "missing") ||
				    strstr(p.err.message, "no solver is set"));
		else
			assert_non_null(op);
		emsign_op_free(op);
	}
	play_close(&p);
}

/* --- running ------------------------------------------------------------------------------ */

static void test_run_and_take(void **state)
{
	void *out = &p;
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	op = begin("sync");
	PLAY_FAILS(&p, emsign_op_take(op, &out, &p.err), EMSIGN_E_STATE, "not ended");
	assert_null(out);
	play_yes(&p, "\"accountDetails\":{\"groups\":[]}");
	play_yes(&p, "\"domainDetails\":[]");
	assert_null(emsign_op_kind(op));
	PLAY_OK(&p, emsign_op_run(op, &p.err));
	assert_string_equal(emsign_op_kind(op), "stats");
	PLAY_OK(&p, emsign_op_take(op, &out, &p.err));
	assert_non_null(out);
	assert_string_equal(((emsign_stats *)out)->id, "all");
	emsign_free(out);
	PLAY_OK(&p, emsign_op_take(op, &out, &p.err));
	assert_null(out);
	assert_string_equal(emsign_op_kind(op), "stats");
	PLAY_OK(&p, emsign_op_run(op, &p.err)); /* again: it has ended, that is all */
	PLAY_FAILS(&p, emsign_op_submit(op, NULL, NULL, &p.err), EMSIGN_E_STATE, "already");
	emsign_op_free(op);
	play_close(&p);
}

static void test_a_failure_is_told_everywhere_alike(void **state)
{
	void *out;
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	op = begin("test");
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_AUTH, "Invalid Auth Key");
	assert_string_equal(p.err.ca_code, "EMS-1065");
	assert_int_equal(strlen(p.err.request_id), 32);
	PLAY_FAILS(&p, emsign_op_take(op, &out, &p.err), EMSIGN_E_AUTH, "Invalid Auth Key");
	assert_null(emsign_op_kind(op));
	assert_int_equal(emsign_op_run(op, NULL), EMSIGN_E_AUTH);
	emsign_op_free(op);
	play_close(&p);
}

/* Accounts and operations hold what they need: the caller may let go of the rest. */
static void test_an_operation_outlives_its_account_and_client(void **state)
{
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	op = begin("test");
	emsign_account_free(p.account);
	emsign_client_free(p.client);
	p.account = NULL;
	p.client = NULL;
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_op_run(op, &p.err));
	emsign_op_free(op);
	play_close(&p);
}

static void test_p52_a_burst_is_slowed_down_not_failed(void **state)
{
	static const emsign_kv json[] = { { "Retry-After", "7" }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_add(p.net,
		     &(struct scripted_answer){ .status = 429, .headers = json, .body = "" });
	play_no(&p, "EMS-939", "Something went wrong");
	play_unsent(&p);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_int_equal(scripted_n(p.net), 4);
	assert_int_equal(p.events[EMSIGN_EVENT_CALL], 4);
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 3);
	/* 7 seconds as said; 2 and 4 seconds, a quarter up or down */
	assert_in_range(p.waited_ms, 7000 + 1500 + 3000, 7000 + 2500 + 5000);
	play_close(&p);
}

static void test_attempts_can_be_limited(void **state)
{
	static const emsign_kv once[] = { { "attempts", "1" }, { "timeout_ms", "4321" },
					  { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, once);
	play_lost(&p);
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_NET, "connection reset");
	assert_int_equal(scripted_n(p.net), 1);
	assert_int_equal(scripted_request(p.net, 0)->timeout_ms, 4321);
	play_close(&p);
}

/* --- ending from outside ------------------------------------------------------------------ */

struct told {
	size_t n;
	emsign_rc rc;
	emsign_op *op;
	void (*then)(emsign_op *op);
};

static void on_done(void *ud, emsign_op *op, const emsign_error *err)
{
	struct told *told = ud;

	told->n++;
	told->rc = err->rc;
	told->op = op;
	if (told->then)
		told->then(op);
}

enum moment { BEGUN, SUBMITTED, FLYING, WAITING, ENDED, N_MOMENTS };

/* Brings an operation to a moment of its life. */
static emsign_op *at(enum moment moment, struct told *told)
{
	emsign_op *op = begin("test");

	if (moment == BEGUN)
		return op;
	PLAY_OK(&p, emsign_op_submit(op, on_done, told, &p.err));
	if (moment == FLYING)
		scripted_add(p.net, &(struct scripted_answer){ .hold = true });
	else if (moment == WAITING)
		play_no(&p, "EMS-939", "Something went wrong");
	else if (moment == ENDED)
		play_yes(&p, NULL);
	for (int i = 0; moment > SUBMITTED && i < 3; i++)
		PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], moment == WAITING);
	assert_int_equal(told->n, moment == ENDED);
	return op;
}

static void test_cancel_at_every_moment(void **state)
{
	(void)state;
	for (int moment = BEGUN; moment < N_MOMENTS; moment++) {
		emsign_rc want = moment == ENDED ? EMSIGN_OK : EMSIGN_E_CANCELED;
		struct told told = { 0 };
		void *out;
		emsign_op *op;

		play_open(&p, SCRIPTED_OPEN, NULL);
		op = at((enum moment)moment, &told);
		emsign_op_cancel(op);
		emsign_op_cancel(op);
		assert_int_equal(told.n, moment == BEGUN ? 0 : 1);
		if (moment != BEGUN)
			assert_int_equal(told.rc, want);
		assert_int_equal(scripted_count(p.net).canceled, moment == FLYING);
		assert_int_equal(emsign_op_take(op, &out, NULL), want);
		assert_int_equal(emsign_op_run(op, NULL), want);
		emsign_op_free(op);
		play_close(&p);
	}
}

static void test_free_at_every_moment(void **state)
{
	(void)state;
	for (int moment = BEGUN; moment < N_MOMENTS; moment++) {
		struct told told = { 0 };

		play_open(&p, SCRIPTED_OPEN, NULL);
		emsign_op_free(at((enum moment)moment, &told));
		assert_int_equal(told.n, moment == ENDED);
		assert_int_equal(scripted_count(p.net).canceled, moment == FLYING);
		PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
		play_close(&p);
	}
	emsign_op_free(NULL);
	emsign_op_cancel(NULL);
}

/* --- from inside callbacks ---------------------------------------------------------------- */

static void test_free_and_cancel_inside_done(void **state)
{
	void (*const acts[])(emsign_op *op) = { emsign_op_cancel, emsign_op_free };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct told told = { .then = acts[i / 2] };
		emsign_op *op;

		play_open(&p, SCRIPTED_OPEN, NULL);
		op = begin("test");
		PLAY_OK(&p, emsign_op_submit(op, on_done, &told, &p.err));
		if (i % 2) { /* done is told by cancel, not by dispatch */
			emsign_op_cancel(op);
		} else {
			play_yes(&p, NULL);
			for (int k = 0; k < 3; k++)
				PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
		}
		assert_int_equal(told.n, 1);
		assert_int_equal(told.rc, i % 2 ? EMSIGN_E_CANCELED : EMSIGN_OK);
		if (acts[i / 2] == emsign_op_cancel)
			emsign_op_free(op);
		play_close(&p);
	}
}

struct meddler {
	emsign_op *op;
	int64_t type;
	void (*act)(emsign_op *op);
	bool done;
};

static emsign_rc meddle(void *ud, const emsign_event *event)
{
	struct meddler *m = ud;

	if (event->type == m->type && !m->done) {
		m->done = true;
		m->act(m->op);
	}
	return EMSIGN_OK;
}

static void meddle_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	const emsign_event event = { .type = ((struct meddler *)ud)->type };

	(void)level;
	(void)text;
	(void)fields;
	(void)meddle(ud, &event);
}

/* An operation that is ended while its question is being written is not sent any more. */
static void test_end_inside_an_event_or_log_line(void **state)
{
	void (*const acts[])(emsign_op *op) = { emsign_op_cancel, emsign_op_free };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		int64_t type = i & 2 ? EMSIGN_EVENT_WAIT : EMSIGN_EVENT_CALL;
		struct meddler m = { .act = acts[i & 1], .type = type };
		struct told told = { 0 };

		play_open(&p, SCRIPTED_BLOCKING, NULL);
		if (i & 4)
			emsign_client_on_log(p.client, type == EMSIGN_EVENT_WAIT ?
						       EMSIGN_LOG_WARNING : EMSIGN_LOG_DEBUG,
					     meddle_log, &m, NULL);
		else
			emsign_client_on_event(p.client, meddle, &m, NULL);
		m.op = begin("test");
		PLAY_OK(&p, emsign_op_submit(m.op, on_done, &told, &p.err));
		play_no(&p, "EMS-939", "Something went wrong");
		PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
		assert_int_equal(scripted_n(p.net), type == EMSIGN_EVENT_WAIT);
		assert_int_equal(told.n, i & 1 ? 0 : 1); /* done is not told of a free */
		if (!(i & 1)) {
			assert_int_equal(told.rc, EMSIGN_E_CANCELED);
			emsign_op_free(m.op);
		}
		play_close(&p);
	}
}

static void test_free_inside_its_own_run(void **state)
{
	struct meddler m = { .act = emsign_op_free, .type = EMSIGN_EVENT_CALL };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_client_on_event(p.client, meddle, &m, NULL);
	m.op = begin("test");
	PLAY_FAILS(&p, emsign_op_run(m.op, &p.err), EMSIGN_E_CANCELED, "canceled by the caller");
	play_close(&p);
}

static emsign_rc call_back(void *ud, const emsign_event *event)
{
	emsign_op *op = NULL;
	emsign_error err;

	(void)event;
	++*(size_t *)ud;
	assert_int_equal(emsign_account_test(p.account, &err), EMSIGN_E_STATE);
	assert_non_null(strstr(err.message, "from inside a callback"));
	assert_int_equal(emsign_client_dispatch(p.client, 0, &err), EMSIGN_E_STATE);
	assert_int_equal(emsign_account_begin(p.account, "test", NULL, &op, &err), EMSIGN_OK);
	assert_int_equal(emsign_op_run(op, &err), EMSIGN_E_STATE);
	emsign_op_free(op);
	return EMSIGN_OK;
}

static void test_verbs_inside_a_callback_are_the_wrong_moment(void **state)
{
	size_t n = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_client_on_event(p.client, call_back, &n, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_int_equal(n, 2); /* the call, and the credential that was tested */
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

static void submit_another(emsign_op *op)
{
	emsign_op *next = begin("test");

	(void)op;
	PLAY_OK(&p, emsign_op_submit(next, NULL, NULL, &p.err));
	next_op = next;
}

static void test_another_may_be_submitted_inside_done(void **state)
{
	struct told told = { .then = submit_another };
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	op = begin("test");
	PLAY_OK(&p, emsign_op_submit(op, on_done, &told, &p.err));
	play_yes(&p, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_n(p.net), 2);
	emsign_op_free(next_op);
	emsign_op_free(op);
	play_close(&p);
}

static void test_a_refusing_observer_stops_the_operation(void **state)
{
	static const int64_t types[] = { EMSIGN_EVENT_CALL, EMSIGN_EVENT_WAIT,
					 EMSIGN_EVENT_CHANGED };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		play_open(&p, SCRIPTED_BLOCKING, NULL);
		p.refuse = types[i];
		if (types[i] == EMSIGN_EVENT_WAIT)
			play_no(&p, "EMS-939", "Something went wrong");
		else
			play_yes(&p, NULL);
		PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_CALLBACK,
			   "the observer of events stopped 'test'");
		assert_int_equal(scripted_n(p.net), types[i] != EMSIGN_EVENT_CALL);
		play_close(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_unknown_words_get_a_suggestion),
		FAIL_TEST(test_every_documented_verb_begins_or_says_what_it_lacks),
		FAIL_TEST(test_run_and_take),
		FAIL_TEST(test_a_failure_is_told_everywhere_alike),
		FAIL_TEST(test_an_operation_outlives_its_account_and_client),
		FAIL_TEST(test_p52_a_burst_is_slowed_down_not_failed),
		FAIL_TEST(test_attempts_can_be_limited),
		FAIL_TEST(test_cancel_at_every_moment),
		FAIL_TEST(test_free_at_every_moment),
		FAIL_TEST(test_free_and_cancel_inside_done),
		FAIL_TEST(test_end_inside_an_event_or_log_line),
		FAIL_TEST(test_free_inside_its_own_run),
		FAIL_TEST(test_verbs_inside_a_callback_are_the_wrong_moment),
		FAIL_TEST(test_another_may_be_submitted_inside_done),
		FAIL_TEST(test_a_refusing_observer_stops_the_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
