/* SPDX-License-Identifier: MIT */
/* The client's loop: several operations at once, event loops, and transports of all kinds. */
#include "../support/play.h"

#include <poll.h>
#include <string.h>

static struct play p;

static emsign_op *submit(const char *verb, emsign_done_fn done, void *ud)
{
	emsign_op *op = NULL;

	PLAY_OK(&p, emsign_account_begin(p.account, verb, NULL, &op, &p.err));
	PLAY_OK(&p, emsign_op_submit(op, done, ud, &p.err));
	return op;
}

static void count_done(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op;
	assert_int_equal(err->rc, EMSIGN_OK);
	++*(size_t *)ud;
}

/* --- several at once ---------------------------------------------------------------------- */

static void test_parallel_is_a_limit(void **state)
{
	static const emsign_kv two[] = { { "parallel", "2" }, { NULL, NULL } };
	emsign_op *ops[5];
	size_t done = 0;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, two);
	for (size_t i = 0; i < COUNT(ops); i++) {
		ops[i] = submit("test", count_done, &done);
		play_yes(&p, NULL);
	}
	assert_int_equal(scripted_n(p.net), 0); /* nothing happens outside of dispatch */
	for (int i = 0; i < 20; i++)
		PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(done, COUNT(ops));
	assert_int_equal(scripted_count(p.net).most_in_flight, 2);
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	play_close(&p);
}

/* --- how fast ------------------------------------------------------------------------------ */

static void test_a_rate_spreads_calls(void **state)
{
	static const emsign_kv config[] = { { "rate", "4" }, { NULL, NULL } };
	emsign_op *ops[5];
	size_t done = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, config);
	for (size_t i = 0; i < COUNT(ops); i++) {
		ops[i] = submit("test", count_done, &done);
		play_yes(&p, NULL);
	}
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(done, 1);
	while (done < COUNT(ops))
		PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(p.waited_ms, 1000); /* four pauses of a quarter of a second */
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	play_close(&p);
}

/* P52: what the CA says to one call goes for all of the account. */
static void test_p52_slow_down_goes_for_all(void **state)
{
	emsign_op *ops[3];
	size_t done = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_add(p.net, &(struct scripted_answer){
				    .status = 429,
				    .headers = (const emsign_kv[]){ { "Retry-After", "20" },
								    { NULL, NULL } },
				    .body = "" });
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = submit("test", count_done, &done);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_n(p.net), 1);
	for (size_t i = 0; i < COUNT(ops); i++)
		play_yes(&p, NULL);
	while (done < COUNT(ops))
		PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(scripted_n(p.net), 4);
	assert_int_equal(p.waited_ms, 20000);
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	play_close(&p);
}

/* Running one operation carries the others along. */
static void test_a_blocking_verb_beside_a_submitted_operation(void **state)
{
	size_t done = 0;
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, NULL);
	op = submit("test", count_done, &done);
	play_yes(&p, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_int_equal(done, 1);
	emsign_op_free(op);
	play_close(&p);
}

static void test_one_waits_while_the_other_works(void **state)
{
	size_t done = 0;
	emsign_op *slow, *quick;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	slow = submit("test", count_done, &done);
	play_no(&p, "EMS-939", "Something went wrong");
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	quick = submit("test", count_done, &done);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(done, 1);
	assert_int_equal(p.waited_ms, 0);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 100, &p.err)); /* shorter than the pause */
	assert_int_equal(p.waited_ms, 100);
	assert_int_equal(done, 1);
	PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(done, 2);
	emsign_op_free(slow);
	emsign_op_free(quick);
	play_close(&p);
}

/* Whoever waits is told; what was waited for is neither lost nor failed. */
static void test_a_wait_that_fails_ends_the_call(void **state)
{
	size_t done = 0;
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	op = submit("test", count_done, &done);
	play_no(&p, "EMS-939", "Something went wrong");
	p.no_wait = EMSIGN_E_CALLBACK;
	PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	PLAY_FAILS(&p, emsign_client_dispatch(p.client, -1, &p.err), EMSIGN_E_CALLBACK,
		   "broken off");
	assert_int_equal(p.err.rc, EMSIGN_E_CALLBACK);
	p.no_wait = EMSIGN_E_TIMEOUT;
	play_no(&p, "EMS-939", "Something went wrong");
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_TIMEOUT, "broken off");
	PLAY_FAILS(&p, emsign_op_run(op, NULL), EMSIGN_E_TIMEOUT, "");
	assert_int_equal(done, 0);
	p.no_wait = EMSIGN_OK;
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_op_run(op, &p.err));
	assert_int_equal(done, 1);
	emsign_op_free(op);
	play_close(&p);
}

static void test_dispatch_with_nothing_to_do(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_OPEN, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(p.waited_ms, 0);
	play_close(&p);
}

/* --- the descriptor ----------------------------------------------------------------------- */

static bool readable(int fd, int timeout_ms)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };

	return poll(&watched, 1, timeout_ms) == 1;
}

static void test_the_descriptor_tells_of_all_there_is_to_do(void **state)
{
	static const emsign_kv config[] = { { "backoff_ms", "40" }, { NULL, NULL } };
	size_t done = 0;
	emsign_op *op;
	int fd;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, config);
	fd = emsign_client_fd(p.client);
	assert_true(fd >= 0);
	assert_int_equal(emsign_client_fd(p.client), fd);
	assert_false(readable(fd, 0));

	op = submit("test", count_done, &done);
	assert_true(readable(fd, 0)); /* it was submitted */
	scripted_add(p.net, &(struct scripted_answer){ .rc = EMSIGN_E_NET, .hold = true });
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_n(p.net), 1);
	assert_false(readable(fd, 0)); /* it is under way */

	scripted_release(p.net);
	assert_true(readable(fd, 0)); /* the transport has news */
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 1);
	assert_false(readable(fd, 0)); /* it waits */

	assert_true(readable(fd, 2000)); /* the pause is over */
	p.now_ms += 100;
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_n(p.net), 2);
	assert_true(readable(fd, 0));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(done, 1);
	assert_false(readable(fd, 0));
	emsign_op_free(op);
	play_close(&p);
}

static void test_a_descriptor_asked_for_late(void **state)
{
	emsign_op *op;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, NULL);
	op = submit("test", NULL, NULL);
	assert_true(readable(emsign_client_fd(p.client), 0));
	emsign_op_free(op);
	play_close(&p);
}

/* --- other transports --------------------------------------------------------------------- */

/* One without cancel; what is in flight is ended by the test. */
struct stash {
	emsign_exchange *exchange;
	emsign_rc start;  /* what start() answers */
	bool silent;      /* without an error */
	bool early;       /* although the exchange is done */
	size_t n, destroyed;
};

static emsign_rc stash_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct stash *stash = self;

	stash->n++;
	if (stash->early) {
		emsign_exchange_status(exchange, 200);
		emsign_exchange_data(exchange, "{\"meta\":{\"status\":\"1\"}}", 23);
		emsign_exchange_done(exchange, EMSIGN_OK, NULL);
	} else if (!stash->start) {
		stash->exchange = exchange;
	}
	if (stash->start && !stash->silent && err) {
		err->rc = stash->start;
		memcpy(err->message, "no door", sizeof("no door"));
	}
	return stash->start;
}

static emsign_rc stash_drive(void *self, int timeout_ms, emsign_error *err)
{
	struct stash *stash = self;

	(void)timeout_ms;
	(void)err;
	return stash->start;
}

static void stash_destroy(void *self)
{
	struct stash *stash = self;

	stash->destroyed++;
}

static void open_stash(struct stash *stash, bool drives)
{
	const emsign_transport_ops ops = {
		.size = sizeof(ops), .name = "stash", .start = stash_start,
		.drive = drives ? stash_drive : NULL, .destroy = stash_destroy,
	};
	emsign_transport *transport = NULL;

	memset(stash, 0, sizeof(*stash));
	play_open(&p, SCRIPTED_OPEN, NULL);
	emsign_account_free(p.account);
	emsign_client_free(p.client);
	PLAY_OK(&p, emsign_transport_new(&ops, stash, &transport, &p.err));
	PLAY_OK(&p, emsign_client_new(NULL, p.store, transport, p.sealing, &p.client, &p.err));
	PLAY_OK(&p, emsign_client_account(p.client, "lab", &p.account, &p.err));
	emsign_transport_free(transport);
}

static void close_stash(struct stash *stash)
{
	play_close(&p);
	assert_int_equal(stash->destroyed, 1);
}

static void test_a_transport_without_cancel_may_finish_later(void **state)
{
	struct stash stash;
	emsign_op *op;

	(void)state;
	open_stash(&stash, false);
	op = submit("test", NULL, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_non_null(stash.exchange);
	emsign_op_free(op);
	emsign_exchange_status(stash.exchange, 200);
	emsign_exchange_done(stash.exchange, EMSIGN_OK, NULL);
	/* and the way is free for the next one */
	op = submit("test", NULL, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(stash.n, 2);
	emsign_op_cancel(op);
	emsign_exchange_done(stash.exchange, EMSIGN_E_NET, NULL);
	emsign_op_free(op);
	close_stash(&stash);
}

static void test_what_the_application_drives_cannot_be_run(void **state)
{
	struct stash stash;
	size_t done = 0;
	emsign_op *op;

	(void)state;
	open_stash(&stash, false);
	assert_true(emsign_client_fd(p.client) >= 0);
	op = submit("test", count_done, &done);
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_STATE, "submit, do not run");
	emsign_exchange_status(stash.exchange, 200);
	emsign_exchange_data(stash.exchange, "{\"meta\":{\"status\":\"1\"}}", 23);
	emsign_exchange_done(stash.exchange, EMSIGN_OK, NULL);
	assert_true(readable(emsign_client_fd(p.client), 0));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(done, 1);
	emsign_op_free(op);
	close_stash(&stash);
}

/* Nobody could see its news. */
static void test_a_transport_that_drives_but_shows_nothing_has_no_descriptor(void **state)
{
	struct stash stash;

	(void)state;
	open_stash(&stash, true);
	assert_int_equal(emsign_client_fd(p.client), -1);
	close_stash(&stash);
}

static void test_a_transport_that_does_not_begin(void **state)
{
	struct stash stash;

	(void)state;
	open_stash(&stash, true);
	stash.start = EMSIGN_E_IO;
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_IO, "no door");
	/* a failure without a word must not look like a success */
	stash.silent = true;
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_IO, "the transport failed");
	assert_int_equal(stash.n, 2);
	close_stash(&stash);
}

static void test_what_came_counts_although_start_failed(void **state)
{
	struct stash stash;

	(void)state;
	open_stash(&stash, true);
	stash.start = EMSIGN_E_IO;
	stash.early = true;
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_int_equal(stash.n, 1);
	close_stash(&stash);
}

static void test_a_transport_that_fails_to_drive(void **state)
{
	struct stash stash;
	emsign_op *op;

	(void)state;
	open_stash(&stash, true);
	op = submit("test", NULL, NULL);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	stash.start = EMSIGN_E_IO;
	PLAY_FAILS(&p, emsign_client_dispatch(p.client, 0, &p.err), EMSIGN_E_IO,
		   "the transport failed");
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_IO, "the transport failed");
	emsign_op_free(op);
	emsign_exchange_done(stash.exchange, EMSIGN_E_NET, NULL);
	close_stash(&stash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_parallel_is_a_limit),
		FAIL_TEST(test_a_rate_spreads_calls),
		FAIL_TEST(test_p52_slow_down_goes_for_all),
		FAIL_TEST(test_a_blocking_verb_beside_a_submitted_operation),
		FAIL_TEST(test_one_waits_while_the_other_works),
		FAIL_TEST(test_a_wait_that_fails_ends_the_call),
		FAIL_TEST(test_dispatch_with_nothing_to_do),
		FAIL_TEST(test_the_descriptor_tells_of_all_there_is_to_do),
		FAIL_TEST(test_a_descriptor_asked_for_late),
		FAIL_TEST(test_a_transport_without_cancel_may_finish_later),
		FAIL_TEST(test_what_the_application_drives_cannot_be_run),
		FAIL_TEST(test_a_transport_that_drives_but_shows_nothing_has_no_descriptor),
		FAIL_TEST(test_a_transport_that_does_not_begin),
		FAIL_TEST(test_what_came_counts_although_start_failed),
		FAIL_TEST(test_a_transport_that_fails_to_drive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
