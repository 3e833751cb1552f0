/* SPDX-License-Identifier: MIT */
/*
 * One thread at a time: a second one is told, nothing breaks, and what it gives up meanwhile is
 * not lost. Under ThreadSanitizer (make tsan) this is also the proof that there is no race.
 */
#include "../support/play.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "client/client.h"

#define REFUSED(call) PLAY_FAILS(&p, call, EMSIGN_E_STATE, "another thread")

static struct play p;
static sem_t inside, go; /* a thread stands inside the client, and may go on */

/* The counting allocator of the other tests is for one thread; this one tells of leaks too. */
static int setup(void **state)
{
	(void)state;
	sem_init(&inside, 0, 0);
	sem_init(&go, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sem_destroy(&inside);
	sem_destroy(&go);
	return emsign_set_allocator(NULL) == EMSIGN_OK ? 0 : -1; /* no memory is in use */
}

#define GUARD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void answer(void *ud, size_t number, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	static const emsign_kv json[] = { { "Content-Type", "application/json" }, { NULL, NULL } };

	(void)ud, (void)number, (void)request;
	out->status = 200;
	out->headers = json;
	out->body = "{\"meta\":{\"ver\":\"1.0\",\"txn\":\"t\",\"status\":\"1\"}}";
}

static void stand(void)
{
	sem_post(&inside);
	sem_wait(&go);
}

static void stand_and_answer(void *ud, size_t number, const struct scripted_request *request,
			     struct scripted_answer *out)
{
	if (number == 0)
		stand();
	answer(ud, number, request, out);
}

static int64_t now_ms(void *ud)
{
	(void)ud;
	return p.now_ms;
}

static emsign_rc roll(void *ud, void *bytes, size_t len)
{
	(void)ud;
	memset(bytes, 1, len);
	return EMSIGN_OK;
}

static emsign_rc stand_waiting(void *ud, int64_t ms)
{
	(void)ud;
	stand();
	p.now_ms += ms;
	return EMSIGN_OK;
}

static const emsign_world world = { sizeof(world), now_ms, roll, stand_waiting, NULL };

struct worker {
	pthread_t thread;
	emsign_account *account;
	emsign_op *op;
	emsign_rc rc;
	emsign_error err;
};

static void *test_login(void *ud)
{
	struct worker *w = ud;

	w->rc = emsign_account_test(w->account, &w->err);
	return NULL;
}

static void *run_op(void *ud)
{
	struct worker *w = ud;

	w->rc = emsign_op_run(w->op, &w->err);
	return NULL;
}

/* When it returns, the other thread is inside the client. */
static void start(struct worker *w, void *(*work)(void *ud))
{
	assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
	sem_wait(&inside);
}

static void finish(struct worker *w)
{
	sem_post(&go);
	pthread_join(w->thread, NULL);
}

static emsign_op *begin(const char *verb)
{
	emsign_op *op = NULL;

	PLAY_OK(&p, emsign_account_begin(p.account, verb, NULL, &op, &p.err));
	return op;
}

static void count(void *ud)
{
	++*(size_t *)ud;
}

/* --- the second thread ---------------------------------------------------------------------- */

static emsign_rc ignore_event(void *ud, const emsign_event *event)
{
	(void)ud, (void)event;
	return EMSIGN_OK;
}

static void ignore_line(void *ud, int level, const char *text, const emsign_kv *fields)
{
	(void)ud, (void)level, (void)text, (void)fields;
}

static void knock_at_the_client(void)
{
	size_t dropped = 0;
	void *out = &p;
	emsign_csr *csr = out;
	emsign_key *key = out;
	emsign_account *account = out;

	REFUSED(emsign_client_set_world(p.client, &world, &p.err));
	REFUSED(emsign_client_credential_add(p.client, "x", NULL, p.sealing, &p.err));
	REFUSED(emsign_client_credential_update(p.client, "lab", NULL, NULL, &p.err));
	REFUSED(emsign_client_credential_remove(p.client, "lab", &p.err));
	REFUSED(emsign_client_get(p.client, "credential", "lab", &out, &p.err));
	REFUSED(emsign_client_scan(p.client, "credential", NULL, NULL, 0, NULL, NULL, &p.err));
	REFUSED(emsign_client_csr_make(p.client, "lab", NULL, &csr, &p.err));
	REFUSED(emsign_client_key_open(p.client, "x", &key, &p.err));
	REFUSED(emsign_client_set_solver(p.client, "dns", NULL, &p.err));
	REFUSED(emsign_client_order_delete(p.client, "x", &p.err));
	REFUSED(emsign_client_account(p.client, "lab", &account, &p.err));
	REFUSED(emsign_client_dispatch(p.client, 0, &p.err));
	assert_true(!out && !csr && !key && !account);
	assert_int_equal(emsign_client_fd(p.client), -1);
	emsign_client_on_event(p.client, ignore_event, &dropped, count);
	emsign_client_on_log(p.client, EMSIGN_LOG_DEBUG, ignore_line, &dropped, count);
	assert_int_equal(dropped, 2); /* not set, so not needed */
	emsign_client_on_event(p.client, NULL, NULL, NULL);
}

static void knock_at_the_account(void)
{
	static const emsign_kv form[] = { { "product", "842" }, { NULL, NULL } };
	void *out = &p;
	emsign_order *order = out;
	emsign_certificate *certificate = out;
	emsign_challenge *challenge = out;
	emsign_stats *stats = out;
	emsign_op *op = out;

	REFUSED(emsign_account_test(p.account, &p.err));
	REFUSED(emsign_account_sync(p.account, "all", &stats, &p.err));
	REFUSED(emsign_account_import(p.account, NULL, &stats, &p.err));
	REFUSED(emsign_account_place(p.account, form, &order, &p.err));
	REFUSED(emsign_account_challenge(p.account, "1", NULL, "dns", &challenge, &p.err));
	REFUSED(emsign_account_verify(p.account, "1", NULL, NULL, NULL, &p.err));
	REFUSED(emsign_account_validate(p.account, "1", NULL, "dns", &order, &p.err));
	REFUSED(emsign_account_refresh(p.account, "1", &order, &p.err));
	REFUSED(emsign_account_refresh_open(p.account, &stats, &p.err));
	REFUSED(emsign_account_fetch(p.account, "1", &certificate, &p.err));
	REFUSED(emsign_account_cancel(p.account, "1", "x", &order, &p.err));
	REFUSED(emsign_account_revoke(p.account, "1", "superseded", "x", &order, &p.err));
	REFUSED(emsign_account_submit_csr(p.account, "1", "x", &p.err));
	REFUSED(emsign_account_accept(p.account, "1", NULL, &p.err));
	REFUSED(emsign_account_submit_document(p.account, "1", "a.pdf", "x", "x", 1, &p.err));
	REFUSED(emsign_account_begin(p.account, "test", NULL, &op, &p.err));
	assert_true(!order && !certificate && !challenge && !stats && !op);
}

static void test_a_second_thread_is_told(void **state)
{
	struct worker w = { .rc = 1 };
	emsign_op *op;
	void *out = &w;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, stand_and_answer, NULL);
	op = begin("sync");
	w.account = p.account;
	start(&w, test_login);
	knock_at_the_client();
	knock_at_the_account();
	REFUSED(emsign_op_submit(op, NULL, NULL, &p.err));
	REFUSED(emsign_op_run(op, &p.err));
	REFUSED(emsign_op_take(op, &out, &p.err));
	assert_null(out);
	assert_null(emsign_op_kind(op));
	finish(&w);
	assert_int_equal(w.rc, EMSIGN_OK);
	assert_int_equal(scripted_n(p.net), 1);

	PLAY_OK(&p, emsign_account_test(p.account, &p.err)); /* and now it is this one's turn */
	assert_int_equal(p.events[EMSIGN_EVENT_CALL], 2);    /* its observer was not replaced */
	emsign_op_free(op);
	play_close(&p);
}

static void test_one_thread_after_the_other(void **state)
{
	struct worker w[3];

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, answer, NULL);
	for (size_t i = 0; i < COUNT(w); i++) {
		w[i].account = p.account;
		assert_int_equal(pthread_create(&w[i].thread, NULL, test_login, &w[i]), 0);
		pthread_join(w[i].thread, NULL);
		assert_int_equal(w[i].rc, EMSIGN_OK);
	}
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	play_close(&p);
}

/* --- callbacks come back in ------------------------------------------------------------------ */

static emsign_rc look_around(void *ud, const emsign_event *event)
{
	emsign_op *op = NULL;
	void *record = NULL;

	(void)event;
	++*(size_t *)ud;
	assert_int_equal(emsign_client_get(p.client, "credential", "lab", &record, NULL), 0);
	emsign_free(record);
	assert_int_equal(emsign_account_begin(p.account, "test", NULL, &op, NULL), EMSIGN_OK);
	assert_int_equal(emsign_op_submit(op, NULL, NULL, NULL), EMSIGN_OK);
	emsign_op_cancel(op);
	assert_int_equal(emsign_op_take(op, &record, NULL), EMSIGN_E_CANCELED);
	emsign_op_free(op);
	assert_int_equal(emsign_client_dispatch(p.client, 0, NULL), EMSIGN_E_STATE);
	return EMSIGN_OK;
}

static void test_a_callback_comes_back_in(void **state)
{
	size_t events = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, answer, NULL);
	emsign_client_on_event(p.client, look_around, &events, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_true(events > 0);
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* --- what is given up meanwhile --------------------------------------------------------------- */

static void never(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op, (void)err;
	++*(size_t *)ud;
}

static void test_all_is_freed_while_another_thread_is_inside(void **state)
{
	struct worker w = { .rc = 1 };
	size_t dropped = 0, done = 0;
	emsign_op *begun, *submitted;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, stand_and_answer, NULL);
	emsign_client_on_event(p.client, ignore_event, &dropped, count);
	begun = begin("sync");
	w.op = begin("test");
	PLAY_OK(&p, emsign_op_submit(w.op, NULL, NULL, &p.err));
	submitted = begin("test");
	PLAY_OK(&p, emsign_op_submit(submitted, never, &done, &p.err));
	start(&w, run_op);
	emsign_op_free(begun);
	emsign_op_free(submitted);
	emsign_op_free(w.op);
	emsign_account_free(p.account);
	emsign_client_free(p.client);
	emsign_store_free(p.store);
	emsign_secret_free(p.sealing);
	p.account = NULL;
	p.client = NULL;
	p.store = NULL;
	p.sealing = NULL;
	assert_int_equal(dropped, 0);
	finish(&w);
	/* what was running is canceled as soon as it is between two pieces of work */
	assert_int_equal(w.rc, EMSIGN_E_CANCELED);
	assert_int_equal(dropped, 1);
	assert_int_equal(done, 0);
	assert_int_equal(scripted_n(p.net), 1); /* the other one never began */
	play_close(&p);
}

/* A run that blocks ends early; with `also_free`, its reference goes from over there too. */
static void cancel_from_elsewhere(bool also_free)
{
	struct worker w = { .rc = 1 };

	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_client_set_world(p.client, &world, &p.err));
	play_no(&p, "EMS-939", "Something went wrong");
	w.op = begin("test");
	start(&w, run_op);
	emsign_op_cancel(w.op);
	emsign_op_cancel(w.op);
	if (also_free)
		emsign_op_free(w.op);
	finish(&w);
	assert_int_equal(w.rc, EMSIGN_E_CANCELED);
	assert_int_equal(w.err.rc, EMSIGN_E_CANCELED);
	assert_int_equal(scripted_n(p.net), 1);
	if (!also_free)
		emsign_op_free(w.op);
	play_close(&p);
}

static void test_cancel_from_another_thread(void **state)
{
	(void)state;
	cancel_from_elsewhere(false);
	cancel_from_elsewhere(true);
}

static emsign_rc stand_at_a_record(void *ud, const char *kind, const void *record)
{
	(void)ud, (void)kind, (void)record;
	stand();
	return EMSIGN_OK;
}

static void *look(void *ud)
{
	struct worker *w = ud;

	w->rc = emsign_client_scan(p.client, "credential", NULL, NULL, 0, stand_at_a_record, NULL,
				   &w->err);
	return NULL;
}

static void stand_at_the_end(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op;
	*(emsign_rc *)ud = err->rc;
	stand();
}

/* Given up while the last call, on its way out, does what was given up before. */
static void test_given_up_on_the_way_out(void **state)
{
	struct worker w = { .rc = 1 };
	emsign_rc ended = EMSIGN_OK;
	emsign_op *first, *second;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	first = begin("test");
	second = begin("test");
	PLAY_OK(&p, emsign_op_submit(first, stand_at_the_end, &ended, &p.err));
	start(&w, look);
	emsign_op_cancel(first);
	sem_post(&go);
	sem_wait(&inside); /* in its `done` */
	assert_int_equal(ended, EMSIGN_E_CANCELED);
	emsign_op_free(second);
	assert_non_null(atomic_load(&p.client->guard.late));
	finish(&w);
	assert_int_equal(w.rc, EMSIGN_OK);
	assert_null(atomic_load(&p.client->guard.late));
	emsign_op_free(first);
	play_close(&p);
}

/*
 * One thread leaves while the other gives an operation up: whoever comes last has to see it. The
 * moment is hit by trying often.
 */
#define TRIES 4000

static pthread_barrier_t barrier;

static void *come_and_go(void *ud)
{
	for (int i = 0; i < TRIES; i++) {
		pthread_barrier_wait(&barrier);
		for (int k = 0; k < i % 4; k++)
			(void)emsign_client_fd(ud);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void test_nothing_that_is_given_up_is_forgotten(void **state)
{
	pthread_t thread;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, come_and_go, p.client), 0);
	for (int i = 0; i < TRIES; i++) {
		emsign_op *op = begin("test");

		pthread_barrier_wait(&barrier);
		emsign_op_free(op);
		pthread_barrier_wait(&barrier);
		assert_null(atomic_load(&p.client->guard.late));
	}
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
	play_close(&p);
}

/* --- many at once ----------------------------------------------------------------------------- */

#define ROUNDS 300

static atomic_size_t served, refused, odd;

static void tally(emsign_rc rc)
{
	atomic_fetch_add(rc == EMSIGN_OK	? &served :
			 rc == EMSIGN_E_STATE	? &refused :
						  &odd, 1);
}

static void some_operation(int i)
{
	emsign_op *op = NULL;
	emsign_rc rc = emsign_account_begin(p.account, "test", NULL, &op, NULL);

	tally(rc);
	if (rc)
		return;
	if (i % 2)
		tally(emsign_op_submit(op, NULL, NULL, NULL));
	if (i % 3 == 0)
		emsign_op_cancel(op);
	emsign_op_free(op);
}

static void *work_hard(void *ud)
{
	(void)ud;
	for (int i = 0; i < ROUNDS; i++) {
		emsign_account *account = NULL;
		void *record = NULL;

		tally(emsign_account_test(p.account, NULL));
		tally(emsign_client_get(p.client, "credential", "lab", &record, NULL));
		emsign_free(record);
		tally(emsign_client_account(p.client, "lab", &account, NULL));
		emsign_account_free(account);
		some_operation(i);
		tally(emsign_client_dispatch(p.client, 0, NULL));
		(void)emsign_client_fd(p.client);
	}
	return NULL;
}

static void test_two_threads_fight_for_one_client(void **state)
{
	pthread_t threads[2];

	(void)state;
	atomic_store(&served, 0);
	atomic_store(&refused, 0);
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, answer, NULL);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work_hard, NULL), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&odd), 0);
	assert_true(atomic_load(&served) > 0); /* how often they met is up to the machine */
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	play_close(&p);
}

/* Each its own client; what they share is a secret. */
static void *life_of_its_own(void *ud)
{
	static const emsign_kv fields[] = { { "region", "us" },
					    { "account", "1" },
					    { NULL, NULL } };
	struct play *own = ud;

	for (int i = 0; i < ROUNDS / 10; i++) {
		emsign_client *second = NULL;

		tally(emsign_account_test(own->account, NULL));
		tally(emsign_client_new(NULL, NULL, NULL, p.sealing, &second, NULL));
		tally(emsign_client_credential_add(second, "x", fields, p.sealing, NULL));
		emsign_client_free(second);
	}
	return NULL;
}

static void test_two_clients_in_two_threads(void **state)
{
	static struct play other;
	pthread_t thread;

	(void)state;
	atomic_store(&served, 0);
	atomic_store(&refused, 0);
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_open(&other, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, answer, NULL);
	scripted_on_request(other.net, answer, NULL);
	assert_int_equal(pthread_create(&thread, NULL, life_of_its_own, &other), 0);
	life_of_its_own(&p);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&served), 2 * 3 * (ROUNDS / 10));
	assert_int_equal(atomic_load(&refused) + atomic_load(&odd), 0);
	play_close(&other);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUARD_TEST(test_a_second_thread_is_told),
		GUARD_TEST(test_one_thread_after_the_other),
		GUARD_TEST(test_a_callback_comes_back_in),
		GUARD_TEST(test_all_is_freed_while_another_thread_is_inside),
		GUARD_TEST(test_cancel_from_another_thread),
		GUARD_TEST(test_given_up_on_the_way_out),
		GUARD_TEST(test_nothing_that_is_given_up_is_forgotten),
		GUARD_TEST(test_two_threads_fight_for_one_client),
		GUARD_TEST(test_two_clients_in_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
