/* SPDX-License-Identifier: MIT */
/*
 * The pace of an account: orders are spaced before the CA's burst limiter sees them, and what the
 * CA said about how fast it may be asked goes for all who share the store.
 */
#include "../support/failstore.h"
#include "../support/play.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct play p;

/* --- a CA with a burst limiter ------------------------------------------------------------ */

/* As the service has it: what comes within ten seconds of the 16th order before is refused. */
struct limited_ca {
	int64_t placed_ms[16];
	size_t placed, refused;
	char answers[64][256]; /* several may be on their way */
};

static void answer(void *ud, size_t number, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	static const emsign_kv json[] = { { "Content-Type", "application/json" }, { NULL, NULL } };
	struct limited_ca *ca = ud;
	int64_t *oldest = &ca->placed_ms[ca->placed % COUNT(ca->placed_ms)];
	bool places = strstr(request->url, "GenerateOrderSSL") != NULL;
	bool refused = places && p.now_ms - *oldest < 10000;
	char *text = ca->answers[number % COUNT(ca->answers)];

	if (refused)
		ca->refused++;
	else if (places) {
		*oldest = p.now_ms;
		ca->placed++;
	}
	snprintf(text, sizeof(ca->answers[0]), "{%s%zu%s\"meta\":{\"status\":\"%d\",%s}}",
		 "\"orderDetails\":{\"orderNumber\":\"", number, "\"},", !refused,
		 refused ? "\"errorCode\":\"EMS-1154\",\"errorMessage\":\"Inactive Account User.\""
			 : "\"txn\":\"t\"");
	*out = (struct scripted_answer){ .status = 200, .headers = json, .body = text };
}

static void open_limited(struct limited_ca *ca, enum scripted_mode mode, const emsign_kv *config)
{
	play_open(&p, mode, config);
	memset(ca, 0, sizeof(*ca));
	scripted_on_request(p.net, answer, ca);
}

static emsign_op *begin_order(emsign_account *account, size_t i)
{
	char domain[64];
	const emsign_kv form[] = { { "product", "842" }, { "domain", domain }, { NULL, NULL } };
	emsign_op *op = NULL;

	snprintf(domain, sizeof(domain), "www%zu.example.com", i);
	PLAY_OK(&p, emsign_account_begin(account, "place", form, &op, &p.err));
	return op;
}

static void order(size_t i)
{
	emsign_op *op = begin_order(p.account, i);

	PLAY_OK(&p, emsign_op_run(op, &p.err));
	emsign_op_free(op);
}

static void count_done(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op;
	assert_int_equal(err->rc, EMSIGN_OK);
	++*(size_t *)ud;
}

static void test_p52_a_hundred_orders_in_a_row(void **state)
{
	struct limited_ca ca;

	(void)state;
	open_limited(&ca, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < 10; i++)
		order(i);
	assert_int_equal(p.waited_ms, 0); /* a few go out at once */
	for (size_t i = 10; i < 100; i++)
		order(i);
	assert_int_equal(ca.placed, 100);
	assert_int_equal(ca.refused, 0);
	assert_int_equal(p.waited_ms, 90 * 2000);
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 90);
	assert_non_null(strstr(p.log, "the CA refuses more orders in so short a time"));
	play_close(&p);
}

/* And should it be hit nevertheless, by orders of other programs, each order goes through. */
static void test_p52_a_hundred_orders_without_the_limiter(void **state)
{
	static const emsign_kv any[] = { { "place_rate", "0" }, { NULL, NULL } };
	struct limited_ca ca;

	(void)state;
	open_limited(&ca, SCRIPTED_BLOCKING, any);
	for (size_t i = 0; i < 100; i++)
		order(i);
	assert_int_equal(ca.placed, 100);
	assert_true(ca.refused > 0);
	play_close(&p);
}

static void test_p52_a_hundred_orders_at_once(void **state)
{
	struct limited_ca ca;
	emsign_op *ops[100];
	size_t done = 0;

	(void)state;
	open_limited(&ca, SCRIPTED_OPEN, NULL);
	for (size_t i = 0; i < COUNT(ops); i++) {
		ops[i] = begin_order(p.account, i);
		PLAY_OK(&p, emsign_op_submit(ops[i], count_done, &done, &p.err));
	}
	while (done < COUNT(ops))
		PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(ca.placed, 100);
	assert_int_equal(ca.refused, 0);
	assert_int_equal(p.waited_ms, 90 * 2000);
	/* each is told once, and not each time that another one leaves */
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 90);
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	play_close(&p);
}

static emsign_rc read_sent_at(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind;
	(void)id;
	for (; row->key; row++)
		if (strcmp(row->key, "sent_at") == 0)
			*(int64_t *)ud = strtoll(row->value, NULL, 10);
	return EMSIGN_OK;
}

static void look_and_answer(void *ud, size_t number, const struct scripted_request *request,
			    struct scripted_answer *out)
{
	int64_t sent_at = 0;

	PLAY_OK(&p, emsign_store_scan(p.store, "intent", NULL, NULL, 0, read_sent_at, &sent_at,
				      &p.err));
	assert_int_equal(sent_at, p.now_ms / 1000);
	answer(ud, number, request, out);
}

/* How long the CA may need to list an order counts from when it left, not from when it was held. */
static void test_p01_the_intent_is_stamped_after_the_wait(void **state)
{
	struct limited_ca ca;

	(void)state;
	open_limited(&ca, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, look_and_answer, &ca);
	for (size_t i = 0; i < 12; i++)
		order(i);
	assert_int_equal(p.waited_ms, 4000);
	assert_int_equal(ca.placed, 12);
	play_close(&p);
}

/* --- two on one store --------------------------------------------------------------------- */

static int64_t same_time(void *ud)
{
	(void)ud;
	return p.now_ms;
}

static emsign_rc other_dice(void *ud, void *bytes, size_t len)
{
	uint64_t *dice = ud;

	for (size_t i = 0; i < len; i++) {
		*dice = *dice * UINT64_C(6364136223846793005) + 99;
		((unsigned char *)bytes)[i] = (unsigned char)(*dice >> 56);
	}
	return EMSIGN_OK;
}

static emsign_rc wait_here(void *ud, int64_t ms)
{
	(void)ud;
	p.now_ms += ms;
	p.waited_ms += ms;
	return EMSIGN_OK;
}

/* Another client, as another process has it: nothing is shared but store, network and time. */
struct other {
	emsign_client *client;
	emsign_account *account;
	uint64_t dice;
};

static void open_other(struct other *other, const char *credential)
{
	const emsign_world world = { sizeof(world), same_time, other_dice, wait_here,
				     &other->dice };

	other->dice = 77;
	PLAY_OK(&p, emsign_client_new(NULL, p.store, scripted_transport(p.net), p.sealing,
				      &other->client, &p.err));
	PLAY_OK(&p, emsign_client_set_world(other->client, &world, &p.err));
	PLAY_OK(&p, emsign_client_account(other->client, credential, &other->account, &p.err));
}

static void close_other(struct other *other)
{
	emsign_account_free(other->account);
	emsign_client_free(other->client);
}

static void test_p52_two_clients_on_one_store(void **state)
{
	struct limited_ca ca;
	struct other other;
	emsign_op *ops[100];
	size_t done = 0;
	int64_t began;

	(void)state;
	open_limited(&ca, SCRIPTED_BLOCKING, NULL);
	open_other(&other, "lab");
	began = p.now_ms;
	for (size_t i = 0; i < COUNT(ops); i++) {
		ops[i] = begin_order(i % 2 ? other.account : p.account, i);
		PLAY_OK(&p, emsign_op_submit(ops[i], count_done, &done, &p.err));
	}
	while (done < COUNT(ops)) {
		PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
		PLAY_OK(&p, emsign_client_dispatch(other.client, 0, &p.err));
		p.now_ms += 100;
	}
	assert_int_equal(ca.placed, 100);
	assert_int_equal(ca.refused, 0);
	/* neither waits for longer than the limit wants */
	assert_in_range(p.now_ms - began, 90 * 2000, 90 * 2000 + 60000);
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	close_other(&other);
	play_close(&p);
}

/* --- slow down ---------------------------------------------------------------------------- */

static void say_slow(int status, const char *seconds)
{
	static emsign_kv headers[] = { { "Retry-After", NULL }, { NULL, NULL } };

	headers[0].value = seconds;
	scripted_add(p.net, &(struct scripted_answer){ .status = status, .headers = headers,
						       .body = "" });
}

static const emsign_kv once[] = { { "attempts", "1" }, { NULL, NULL } };

static void test_p52_slow_down_is_kept(void **state)
{
	static const int statuses[] = { 429, 503 };

	(void)state;
	for (size_t i = 0; i < COUNT(statuses); i++) {
		play_open(&p, SCRIPTED_BLOCKING, once);
		say_slow(statuses[i], "20");
		assert_int_not_equal(emsign_account_test(p.account, &p.err), EMSIGN_OK);
		assert_int_equal(p.err.retry_after, 20);
		p.now_ms += 5000;
		play_restart(&p);
		play_yes(&p, NULL);
		PLAY_OK(&p, emsign_account_test(p.account, &p.err));
		assert_int_equal(p.waited_ms, 15000);
		assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 1);
		assert_non_null(strstr(p.log, "reason=the CA asked to slow down"));
		play_close(&p);
	}
}

/* Nobody waits for an hour in a call; and nobody asks before it is over. */
static void test_p52_a_long_pause_is_told_and_kept(void **state)
{
	static const emsign_kv dates[] = { { "Date", "Thu, 15 Jan 2026 10:20:30 GMT" },
					   { "Retry-After", "Thu, 15 Jan 2026 11:20:30 GMT" },
					   { NULL, NULL } };
	struct other other;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_add(p.net, &(struct scripted_answer){ .status = 429, .headers = dates,
						       .body = "" });
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY, "slow down");
	assert_int_equal(p.err.retry_after, 3600);
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY,
		   "the CA asked to slow down, for 3600 more seconds");
	play_restart(&p);
	open_other(&other, "lab");
	p.now_ms += 60000;
	PLAY_FAILS(&p, emsign_account_test(other.account, &p.err), EMSIGN_E_BUSY,
		   "for 3540 more seconds");
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY,
		   "for 3540 more seconds");
	assert_int_equal(p.err.retry_after, 3540);
	assert_int_equal(scripted_n(p.net), 1); /* nothing was sent by any of them */
	assert_int_equal(p.waited_ms, 0);
	p.now_ms += 3540000;
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_int_equal(p.waited_ms, 0);
	close_other(&other);
	play_close(&p);
}

/* It is the account that is limited, by whatever credential it is used. */
static void test_p52_the_pause_goes_for_all_of_the_account(void **state)
{
	static const emsign_kv elsewhere[] = { { "account", "999" }, { NULL, NULL } };
	struct other same, stranger;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, once);
	PLAY_OK(&p, play_add_credential(&p, "same"));
	PLAY_OK(&p, play_add_credential(&p, "stranger"));
	PLAY_OK(&p, emsign_client_credential_update(p.client, "stranger", elsewhere, NULL,
						    &p.err));
	open_other(&same, "same");
	open_other(&stranger, "stranger");
	say_slow(429, "1000");
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY, "slow down");
	PLAY_FAILS(&p, emsign_account_test(same.account, &p.err), EMSIGN_E_BUSY,
		   "for 1000 more seconds");
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(stranger.account, &p.err));
	close_other(&same);
	close_other(&stranger);
	play_close(&p);
}

/* What another process was told is heard within a second. */
static void test_p52_others_are_heard_within_a_second(void **state)
{
	struct other other;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, once);
	open_other(&other, "lab");
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(other.account, &p.err));
	say_slow(429, "1000");
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY, "slow down");
	p.now_ms += 1000;
	PLAY_FAILS(&p, emsign_account_test(other.account, &p.err), EMSIGN_E_BUSY,
		   "for 999 more seconds");
	close_other(&other);
	play_close(&p);
}

/* The program is started anew after each refusal: the pauses get longer all the same. */
static void test_p52_the_back_off_goes_on_after_a_restart(void **state)
{
	int64_t before = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, once);
	for (int i = 0; i < 5; i++) {
		int64_t waited = p.waited_ms;
		emsign_op *op;

		play_no(&p, "EMS-1154", "Inactive Account User.");
		play_yes(&p, NULL); /* the test login tells that it was the burst limiter */
		op = begin_order(p.account, 1);
		assert_int_equal(emsign_op_run(op, &p.err), EMSIGN_E_BUSY);
		emsign_op_free(op);
		waited = p.waited_ms - waited;
		assert_true(i == 0 ? waited == 0 : waited > before);
		before = waited;
		emsign_account_free(p.account);
		PLAY_OK(&p, emsign_client_account(p.client, "lab", &p.account, &p.err));
	}
	assert_in_range(before, 6000, 10000); /* the fourth pause: 8 s, a quarter up or down */
	play_close(&p);
}

/* --- whoever waits ------------------------------------------------------------------------ */

static const emsign_kv slowly[] = { { "place_rate", "1500" }, { "place_burst", "1" },
				    { NULL, NULL } };

static void test_a_held_order_can_be_canceled(void **state)
{
	struct limited_ca ca;
	emsign_op *ops[3];
	emsign_rc rc;
	void *out;

	(void)state;
	open_limited(&ca, SCRIPTED_BLOCKING, slowly);
	for (size_t i = 0; i < COUNT(ops); i++) {
		ops[i] = begin_order(p.account, i);
		PLAY_OK(&p, emsign_op_submit(ops[i], NULL, NULL, &p.err));
	}
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(ca.placed, 1);
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 2);
	emsign_op_cancel(ops[1]);
	rc = emsign_op_take(ops[1], &out, &p.err);
	assert_int_equal(rc, EMSIGN_E_CANCELED);
	PLAY_OK(&p, emsign_op_run(ops[2], &p.err));
	assert_int_equal(ca.placed, 2);
	assert_int_equal(p.waited_ms, 80); /* its place in the queue was told already */
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	play_close(&p);
}

static void test_an_observer_may_refuse_to_wait(void **state)
{
	struct limited_ca ca;
	emsign_op *op;

	(void)state;
	open_limited(&ca, SCRIPTED_BLOCKING, slowly);
	order(1);
	p.refuse = EMSIGN_EVENT_WAIT;
	op = begin_order(p.account, 2);
	PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_CALLBACK, "the observer");
	emsign_op_free(op);
	assert_int_equal(ca.placed, 1);
	play_close(&p);
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };

	return poll(&watched, 1, timeout_ms) == 1;
}

static void test_an_event_loop_is_woken_for_a_held_order(void **state)
{
	struct limited_ca ca;
	size_t done = 0;
	emsign_op *op;
	int fd;

	(void)state;
	open_limited(&ca, SCRIPTED_OPEN, slowly);
	fd = emsign_client_fd(p.client);
	order(1);
	op = begin_order(p.account, 2);
	PLAY_OK(&p, emsign_op_submit(op, count_done, &done, &p.err));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 1);
	assert_false(readable(fd, 0));
	assert_true(readable(fd, 10000)); /* 40 ms are over */
	p.now_ms += 40;
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_true(readable(fd, 0));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(done, 1);
	assert_int_equal(ca.placed, 2);
	emsign_op_free(op);
	play_close(&p);
}

/* --- the store ---------------------------------------------------------------------------- */

static struct failstore failing;

static void open_failing(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	p.store = failstore_new(&failing, p.store);
	play_restart(&p);
}

/* An order whose place in the bucket cannot be written down is not sent. */
static void test_without_its_store_nothing_is_ordered(void **state)
{
	size_t n = 0;
	bool sent = false;

	(void)state;
	for (; !sent; n++) {
		emsign_op *op;

		open_failing();
		play_placed(&p, "1");
		op = begin_order(p.account, 1);
		failstore_from(&failing, n);
		(void)emsign_op_run(op, &p.err);
		failstore_never(&failing);
		sent = scripted_n(p.net) == 1;
		if (sent)
			assert_int_equal(play_rows(&p, "pace"), 1);
		emsign_op_free(op);
		play_close(&p);
	}
	assert_true(n > 3);
}

static void slow_and_broken(void *ud, size_t number, const struct scripted_request *request,
			    struct scripted_answer *out)
{
	static const emsign_kv headers[] = { { "Retry-After", "1000" }, { NULL, NULL } };

	(void)ud;
	(void)number;
	(void)request;
	failstore_from(&failing, 0);
	*out = (struct scripted_answer){ .status = 429, .headers = headers, .body = "" };
}

#define PACE "1234567890/"

struct row_copy {
	char id[128];
	int64_t place_ms;
};

static emsign_rc copy_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct row_copy *copy = ud;

	(void)kind;
	assert_memory_equal(id, PACE, sizeof(PACE) - 1);
	snprintf(copy->id, sizeof(copy->id), "%s", id);
	for (; row->key; row++)
		if (strcmp(row->key, "place_ms") == 0)
			copy->place_ms = strtoll(row->value, NULL, 10);
	return EMSIGN_OK;
}

static size_t races;

/* Another process takes a place between our look and our write. */
static void faster(emsign_store *inner)
{
	char place_ms[32], at_ms[32];
	const emsign_kv row[] = { { "at_ms", at_ms }, { "place_ms", place_ms }, { NULL, NULL } };
	struct row_copy copy = { "", 0 };

	if (races == 0)
		return;
	races--;
	PLAY_OK(&p, emsign_store_scan(inner, "pace", NULL, NULL, 0, copy_row, &copy, &p.err));
	if (copy.place_ms < p.now_ms)
		copy.place_ms = p.now_ms;
	snprintf(place_ms, sizeof(place_ms), "%lld", (long long)copy.place_ms + 2000);
	snprintf(at_ms, sizeof(at_ms), "%lld", (long long)p.now_ms);
	PLAY_OK(&p, emsign_store_put(inner, "pace", copy.id, row, &p.err));
}

/* Each place in the bucket is taken once, however close the race for it. */
static void test_p52_whoever_loses_a_race_takes_the_next_place(void **state)
{
	struct limited_ca ca;

	(void)state;
	open_failing();
	memset(&ca, 0, sizeof(ca));
	scripted_on_request(p.net, answer, &ca);
	order(1);
	failing.rival = faster;
	races = 4;
	order(2);
	order(3);
	order(4);
	races = 1;
	order(5);
	failing.rival = NULL;
	assert_int_equal(ca.placed, 5);
	assert_int_equal(p.waited_ms, 0); /* five of ours and five of theirs */
	order(6);
	assert_int_equal(p.waited_ms, 2000);
	play_close(&p);
}

/* A pause that cannot be written down holds here, and somebody is told. */
static void test_a_pause_that_cannot_be_kept_holds_here(void **state)
{
	(void)state;
	open_failing();
	scripted_on_request(p.net, slow_and_broken, NULL);
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY, "slow down");
	assert_int_equal(p.err.retry_after, 1000);
	assert_non_null(strstr(p.log, "how long the CA wants to be left alone was not kept"));
	failstore_never(&failing);
	assert_int_equal(play_rows(&p, "pace"), 0);
	PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_BUSY,
		   "for 1000 more seconds");
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* An import asks a million times: reading the store each time, or writing, would be felt. */
static void test_what_is_not_an_order_writes_nothing_and_seldom_reads(void **state)
{
	size_t calls[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		open_failing();
		failing.calls = 0;
		for (int k = 0; k < 50; k++) {
			play_no(&p, "EMS-1065", "Invalid Auth Key"); /* nothing to keep */
			PLAY_FAILS(&p, emsign_account_test(p.account, &p.err), EMSIGN_E_AUTH, "");
			p.now_ms += i ? 1000 : 10;
		}
		calls[i] = failing.calls;
		assert_int_equal(play_rows(&p, "pace"), 0);
		play_close(&p);
	}
	assert_int_equal(calls[1] - calls[0], 49);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p52_a_hundred_orders_in_a_row),
		FAIL_TEST(test_p52_a_hundred_orders_without_the_limiter),
		FAIL_TEST(test_p52_a_hundred_orders_at_once),
		FAIL_TEST(test_p01_the_intent_is_stamped_after_the_wait),
		FAIL_TEST(test_p52_two_clients_on_one_store),
		FAIL_TEST(test_p52_slow_down_is_kept),
		FAIL_TEST(test_p52_a_long_pause_is_told_and_kept),
		FAIL_TEST(test_p52_the_pause_goes_for_all_of_the_account),
		FAIL_TEST(test_p52_others_are_heard_within_a_second),
		FAIL_TEST(test_p52_the_back_off_goes_on_after_a_restart),
		FAIL_TEST(test_a_held_order_can_be_canceled),
		FAIL_TEST(test_an_observer_may_refuse_to_wait),
		FAIL_TEST(test_an_event_loop_is_woken_for_a_held_order),
		FAIL_TEST(test_without_its_store_nothing_is_ordered),
		FAIL_TEST(test_p52_whoever_loses_a_race_takes_the_next_place),
		FAIL_TEST(test_a_pause_that_cannot_be_kept_holds_here),
		FAIL_TEST(test_what_is_not_an_order_writes_nothing_and_seldom_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
