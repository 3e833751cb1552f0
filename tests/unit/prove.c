/* SPDX-License-Identifier: MIT */
/* Validation from the challenge to the proof, with a CA that looks before it believes. */
#include "../support/proving.h"

#include <string.h>

#define A "a.example.com"
#define B "b.example.com"
#define C "c.example.com"

static struct play p;
static struct proving world;

static const char *const one[] = { A, NULL };
static const char *const three[] = { A, B, C, NULL };

static void open_with(const emsign_kv *config, const char *const *names)
{
	proving_open(&world, &p, SCRIPTED_BLOCKING, config);
	proving_order(&world, "1", names);
}

static emsign_rc validate(const char *method)
{
	return emsign_account_validate(p.account, "1", NULL, method, NULL, &p.err);
}

/* What was done since the last look at the trail. */
static void assert_trail(const char *trail)
{
	assert_string_equal(world.trail, trail);
	world.trail[0] = '\0';
}

/* Nothing is published, nothing is on record, and the challenge says so. */
static void assert_tidy(void)
{
	emsign_challenge *c;

	assert_int_equal(world.n_shown, 0);
	assert_int_equal(proving_on_record(&world), 0);
	for (size_t i = 0; i < world.n_names; i++) {
		char id[128];

		snprintf(id, sizeof(id), "lab/%s/%s", world.names[i].order, world.names[i].name);
		if (!play_has(&p, "challenge", id))
			continue;
		c = play_get(&p, "challenge", id);
		assert_int_equal(c->presented_at, 0);
		emsign_free(c);
	}
}

/* --- the way ------------------------------------------------------------------------------ */

static void look_at_the_record(struct proving *w, char slot, const emsign_challenge *c)
{
	emsign_challenge *kept = play_get(&p, "challenge", "lab/1/" A);

	if (slot == 'P')
		assert_int_equal(proving_on_record(w), 1); /* before it is published */
	assert_int_equal(kept->presented_at, PLAY_NOW);
	assert_string_equal(c->order, "1");
	assert_string_equal(c->credential, "lab");
	assert_string_equal(c->domain, A);
	emsign_free(kept);
}

static void test_dns_and_http(void **state)
{
	static const char *const methods[] = { "dns", "http", "HTTP" };

	(void)state;
	for (size_t i = 0; i < COUNT(methods); i++) {
		emsign_order *order = NULL;

		open_with(NULL, one);
		world.hook = look_at_the_record;
		PLAY_OK(&p, emsign_account_validate(p.account, "lab/1", NULL, methods[i], &order,
						    &p.err));
		assert_trail("TGPRVTC");
		assert_string_equal(order->id, "lab/1");
		emsign_free(order);
		assert_int_equal(p.waited_ms, 1000);
		assert_tidy();
		proving_close(&world);
	}
}

/* All are published before the CA looks at the first: resolvers keep what they have seen. */
static void test_names_are_proven_together(void **state)
{
	(void)state;
	open_with(NULL, three);
	proving_name(&world, "1", B)->lag = 2;
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPGPGPRVRVRVTTTCCC");
	assert_int_equal(p.waited_ms, 1000 + 2000 + 4000);
	assert_in_range(p.events[EMSIGN_EVENT_PROGRESS], 3, 4);
	assert_tidy();
	proving_close(&world);
}

static void test_only_what_is_open_is_proven(void **state)
{
	(void)state;
	open_with(NULL, three);
	proving_name(&world, "1", A)->status = '1';
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPGPRVRVTCC");
	PLAY_OK(&p, validate("dns"));
	assert_trail("T"); /* nothing is left to do */
	/* one that is good for another reason, which only the question for its challenge tells */
	proving_close(&world);
	open_with(NULL, one);
	world.names[0].unlisted = true;
	world.names[0].status = '1';
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGT");
	assert_int_equal(p.waited_ms, 0);
	proving_close(&world);
}

/* The CA finds the proof when it looks, and the state of the order learns of it only later. */
static void test_what_the_state_of_the_order_says_counts(void **state)
{
	emsign_challenge *kept;

	(void)state;
	open_with(NULL, one);
	world.refuse_verb = "VerifyDcv";
	world.refuse_code = "EMS-1080";
	world.names[0].accepted = true;
	world.names[0].lag = 2;
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPRVTTC");
	kept = play_get(&p, "challenge", "lab/1/" A);
	assert_string_equal(kept->status, "valid");
	emsign_free(kept);
	assert_tidy();
	proving_close(&world);
}

static void test_one_name_alone(void **state)
{
	(void)state;
	open_with(NULL, three);
	PLAY_OK(&p, emsign_account_validate(p.account, "1", "B.Example.com", "dns", NULL, &p.err));
	assert_true(play_asked(&p, 2, "\"domainName\":\"" B "\""));
	assert_trail("TGPRVTC");
	assert_int_equal(proving_name(&world, "1", A)->status, '0');
	PLAY_FAILS(&p, emsign_account_validate(p.account, "1", "other.example", "dns", NULL,
					       &p.err),
		   EMSIGN_E_REJECTED, "other.example: asking what to publish refused");
	assert_tidy();
	proving_close(&world);
}

/* The CA adds the www twin, and tells of it when it is asked for the state. */
static void test_p20_names_that_the_ca_adds_are_proven_too(void **state)
{
	(void)state;
	open_with(NULL, one);
	world.names[world.n_names++] = (struct proving_name){
		.order = "1", .name = "www." A, .status = '0', .token = "token-www" };
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPGPRVRVTCC");
	proving_close(&world);
}

static void test_a_label_is_part_of_the_place(void **state)
{
	static const emsign_kv config[] = { { "dcv_label", "_emsign" }, { "dcv_wait_ms", "0" },
					    { NULL, NULL } };

	(void)state;
	open_with(config, one);
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_PENDING, "No valid TXT record found");
	assert_true(proving_shows(&world, "_emsign." A, "token-1-0"));
	proving_close(&world);
}

static void test_orders_that_need_nothing(void **state)
{
	(void)state;
	open_with(NULL, one);
	world.certificate = 13;
	world.order = 5;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_STATE, "nothing is to be proven");
	PLAY_FAILS(&p, emsign_account_validate(p.account, "2", NULL, "dns", NULL, &p.err),
		   EMSIGN_E_NOTFOUND, "lab/2");
	proving_close(&world);
}

/* --- what is said ------------------------------------------------------------------------- */

static void test_what_is_wrong_is_said_first(void **state)
{
	(void)state;
	open_with(NULL, one);
	PLAY_FAILS(&p, validate("email"), EMSIGN_E_INVALID, "method 'email'; possible: dns, http");
	PLAY_FAILS(&p, validate(NULL), EMSIGN_E_INVALID, "method is missing");
	PLAY_FAILS(&p, emsign_account_validate(p.account, "1", "a b", "dns", NULL, &p.err),
		   EMSIGN_E_INVALID, "is not a domain name");
	PLAY_FAILS(&p, emsign_client_set_solver(p.client, "email", world.solver, &p.err),
		   EMSIGN_E_INVALID, "method 'email' has no solver; possible: dns, http");
	PLAY_OK(&p, emsign_client_set_solver(p.client, "http", NULL, &p.err));
	PLAY_FAILS(&p, validate("http"), EMSIGN_E_STATE, "no solver is set for method 'http'");
	assert_int_equal(scripted_n(p.net), 1);
	PLAY_OK(&p, validate(NULL)); /* there is one left */
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", NULL, &p.err));
	PLAY_FAILS(&p, validate(NULL), EMSIGN_E_STATE, "no solver is set");
	proving_close(&world);
}

/* --- not yet ------------------------------------------------------------------------------ */

static void test_p23_not_ready_is_no_failure(void **state)
{
	(void)state;
	open_with(NULL, one);
	world.gate = 2;
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGTGTGPRVTC");
	assert_int_equal(p.waited_ms, 1000 + 2000 + 4000);
	assert_tidy();
	proving_close(&world);
}

/* Each code at each question: what has to be waited for, and what ends the name or the work. */
static void test_p23_each_kind_of_answer_at_each_step(void **state)
{
	static const struct {
		const char *code;
		emsign_rc rc; /* EMSIGN_OK: it is waited for */
	} rows[] = {
		{ "EMS-956", EMSIGN_OK },    { "EMS-1103", EMSIGN_OK },
		{ "EMS-939", EMSIGN_OK },    { "EMS-1106", EMSIGN_E_REJECTED },
		{ "EMS-1079", EMSIGN_E_REJECTED }, { "EMS-9999", EMSIGN_E_REJECTED },
		{ "EMS-1065", EMSIGN_E_AUTH }, { "EMS-1040", EMSIGN_E_NOTFOUND },
		{ "EMS-1042", EMSIGN_E_STATE },
	};
	static const emsign_kv config[] = { { "attempts", "1" }, { NULL, NULL } };
	static const char *const verbs[] = { "GetDcv", "VerifyDcv" };

	(void)state;
	for (size_t v = 0; v < COUNT(verbs); v++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			open_with(config, three);
			world.refuse_at = v == 0 ? 2 : 5; /* the first of its kind */
			world.refuse_code = rows[i].code;
			if (rows[i].rc)
				PLAY_FAILS(&p, validate("dns"), rows[i].rc, "the CA says no");
			else
				PLAY_OK(&p, validate("dns"));
			if (rows[i].rc && rows[i].rc != EMSIGN_E_AUTH) {
				/* the other two are proven all the same */
				assert_int_equal(proving_name(&world, "1", A)->status, '0');
				assert_int_equal(proving_name(&world, "1", B)->status, '1');
				assert_int_equal(proving_name(&world, "1", C)->status, '1');
				assert_non_null(strstr(p.err.message, A ": "));
				assert_string_equal(p.err.ca_code, rows[i].code);
			}
			if (rows[i].rc == EMSIGN_E_AUTH) /* nobody else is asked */
				assert_trail(v == 0 ? "TG" : "TGPGPGPRV");
			else
				assert_tidy();
			world.refuse_at = 0;
			PLAY_OK(&p, validate("dns"));
			assert_tidy();
			proving_close(&world);
		}
	}
}

/* While the state is only followed, a fault of the CA is no reason to give up. */
static void test_p23_a_fault_while_waiting(void **state)
{
	static const emsign_kv config[] = { { "attempts", "1" }, { NULL, NULL } };

	(void)state;
	open_with(config, one);
	world.refuse_at = 4;
	world.refuse_code = "EMS-939";
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPRVTTC");
	world.names[0].status = '0';
	world.refuse_at = world.calls + 1; /* at the beginning it is */
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_FAULT, "the CA says no");
	proving_close(&world);
}

static void test_p21_the_ca_is_asked_when_the_world_sees_it(void **state)
{
	(void)state;
	open_with(NULL, one);
	world.invisible = 3;
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPRTRTRTRVTC");
	assert_tidy();
	proving_close(&world);
}

static void test_the_time_is_bounded(void **state)
{
	static const emsign_kv config[] = { { "dcv_wait_ms", "60000" }, { "dcv_poll_ms", "500" },
					    { NULL, NULL } };

	(void)state;
	open_with(config, three);
	world.invisible = 1000000;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_PENDING,
		   "3 names are not proven yet: solver 'test' could not see the proof for '" A
		   "' yet");
	assert_int_equal(p.waited_ms, 60000);
	/* 0.5, 1, 2, 4, then 8 seconds; a last look at the end */
	assert_int_equal(p.events[EMSIGN_EVENT_WAIT], 4 + 6 + 1);
	assert_int_equal(world.n_shown, 3); /* they stay for the next call */
	assert_int_equal(proving_on_record(&world), 3);
	world.invisible = 0;
	world.trail[0] = '\0';
	PLAY_OK(&p, validate("dns"));
	assert_trail("TGPGPGPRVRVRVTCCC");
	assert_tidy();
	proving_close(&world);
}

/* For those who come back by themselves: everything is set going, and nothing waited for. */
static void test_no_time_at_all(void **state)
{
	static const emsign_kv config[] = { { "dcv_wait_ms", "0" }, { NULL, NULL } };

	(void)state;
	open_with(config, one);
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_PENDING,
		   A ": the CA has not said yet what it found");
	assert_trail("TGPRV");
	assert_int_equal(p.waited_ms, 0);
	PLAY_OK(&p, validate("dns"));
	assert_trail("TC");
	assert_tidy();
	proving_close(&world);
}

/* --- no ----------------------------------------------------------------------------------- */

static void test_a_rejection_of_an_earlier_attempt_is_old(void **state)
{
	(void)state;
	open_with(NULL, three);
	proving_name(&world, "1", B)->status = '2';
	PLAY_OK(&p, validate("dns"));
	assert_int_equal(proving_name(&world, "1", B)->status, '1');
	assert_tidy();
	proving_close(&world);
}

static void turn_down(struct proving *w, char slot, const emsign_challenge *c)
{
	(void)c;
	if (slot == 'R' && w->names[0].accepted) /* after it was asked to look */
		w->names[0].status = '2';
}

static void test_a_rejection_counts_after_the_question(void **state)
{
	(void)state;
	open_with(NULL, (const char *const[]){ A, B, NULL });
	world.hook = turn_down;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_REJECTED, A ": the CA rejected the proof");
	assert_trail("TGPGPRVRVTCC");
	assert_int_equal(world.names[1].status, '1');
	assert_tidy();
	proving_close(&world);
}

/* --- solvers that fail -------------------------------------------------------------------- */

static void test_a_solver_that_fails_for_one_name(void **state)
{
	static const struct {
		size_t slot;
		bool after;
		const char *trail;
	} rows[] = {
		{ 0, false, "TGPGPGPRVRVTCCC" }, { 0, true, "TGPGPGPRVRVTCCC" },
		{ 1, false, "TGPGPGPRRVRVTCCC" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		open_with(NULL, three);
		world.fail[rows[i].slot] = EMSIGN_E_IO;
		world.after = rows[i].after;
		world.fail_name = A;
		PLAY_FAILS(&p, validate("dns"), EMSIGN_E_IO, "the solver broke");
		assert_string_equal(p.err.message, "the solver broke"); /* its own words alone */
		assert_trail(rows[i].trail);
		assert_tidy();
		world.fail[rows[i].slot] = EMSIGN_OK;
		PLAY_OK(&p, validate("dns"));
		proving_close(&world);
	}
}

static void test_a_solver_may_ask_for_time_everywhere(void **state)
{
	static const emsign_rc codes[] = { EMSIGN_E_PENDING, EMSIGN_E_BUSY };
	static const emsign_kv config[] = { { "dcv_wait_ms", "5000" }, { NULL, NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		open_with(config, one);
		world.fail[0] = codes[i];
		PLAY_FAILS(&p, validate("dns"), codes[i], "the solver broke");
		assert_int_equal(p.waited_ms, 5000);
		world.fail[0] = EMSIGN_OK;
		PLAY_OK(&p, validate("dns"));
		assert_tidy();
		proving_close(&world);
	}
}

/* The names are proven; that something is left behind is told, and made good by the next call. */
static void test_a_cleanup_that_fails(void **state)
{
	(void)state;
	open_with(NULL, three);
	world.fail[2] = EMSIGN_E_NET;
	world.fail_name = B;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_NET, "the solver broke");
	assert_trail("TGPGPGPRVRVRVTCCC"); /* each is tried once */
	assert_int_equal(world.n_shown, 1);
	assert_int_equal(proving_on_record(&world), 1);
	assert_non_null(strstr(p.log, "a proof that is not needed any more is still published "
				      "domain=" B));
	world.fail[2] = EMSIGN_OK;
	PLAY_OK(&p, validate("dns"));
	assert_tidy();
	proving_close(&world);
}

/* A solver that has no way to take anything away. */
static emsign_rc nothing(void *self, const emsign_challenge *c, emsign_error *err)
{
	(void)c;
	(void)err;
	++*(size_t *)self;
	return EMSIGN_OK;
}

static void test_a_solver_with_one_function(void **state)
{
	const emsign_solver_ops ops = { .size = sizeof(ops), .present = nothing };
	emsign_solver *solver;
	size_t calls = 0;

	(void)state;
	open_with(NULL, one);
	PLAY_OK(&p, emsign_solver_new(&ops, &calls, &solver, &p.err));
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", solver, &p.err));
	emsign_solver_free(solver);
	world.n_shown = 1; /* it is there already */
	strcpy(world.shown[0].place, A);
	strcpy(world.shown[0].value, "token-1-0");
	PLAY_OK(&p, validate("dns"));
	assert_int_equal(calls, 1);
	assert_int_equal(proving_on_record(&world), 0);
	proving_close(&world);
}

/* --- from inside a solver ----------------------------------------------------------------- */

static void use_the_client(struct proving *w, char slot, const emsign_challenge *c)
{
	emsign_error err;
	emsign_order *order = play_get(&p, "order", "lab/1"); /* what is kept may be read */

	(void)c;
	emsign_free(order);
	assert_int_equal(emsign_account_test(p.account, &err), EMSIGN_E_STATE);
	assert_int_equal(emsign_client_dispatch(p.client, 0, &err), EMSIGN_E_STATE);
	if (slot == 'P') /* the operation has its own reference */
		assert_int_equal(emsign_client_set_solver(p.client, "dns", NULL, NULL), EMSIGN_OK);
	if (slot == 'R')
		assert_int_equal(emsign_client_set_solver(p.client, "dns", w->solver, NULL),
				 EMSIGN_OK);
}

static void test_a_solver_may_use_the_client(void **state)
{
	(void)state;
	open_with(NULL, one);
	world.hook = use_the_client;
	PLAY_OK(&p, validate("dns"));
	assert_tidy();
	proving_close(&world);
}

/* --- event loops -------------------------------------------------------------------------- */

static void count_done(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op;
	assert_int_equal(err->rc, EMSIGN_OK);
	++*(size_t *)ud;
}

/* Several orders at once; while they wait, dispatch returns, and others get their turn. */
static void test_nothing_blocks_the_loop(void **state)
{
	static const emsign_kv args[][3] = {
		{ { "order", "1" }, { "method", "dns" }, { NULL, NULL } },
		{ { "order", "2" }, { "method", "http" }, { NULL, NULL } },
	};
	emsign_op *ops[2];
	size_t done = 0;

	(void)state;
	open_with(NULL, three);
	proving_order(&world, "2", one);
	world.invisible = 2;
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_account_begin(p.account, "validate", args[i], &ops[i], &p.err));
		PLAY_OK(&p, emsign_op_submit(ops[i], count_done, &done, &p.err));
	}
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(p.waited_ms, 0);
	assert_int_equal(world.n_shown, 4);
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(p.waited_ms, 0);
	for (int i = 0; done < COUNT(ops) && i < 100; i++)
		PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	assert_int_equal(done, COUNT(ops));
	for (size_t i = 0; i < COUNT(ops); i++) {
		void *order = NULL;

		PLAY_OK(&p, emsign_op_take(ops[i], &order, &p.err));
		assert_string_equal(((emsign_order *)order)->number, i ? "2" : "1");
		emsign_free(order);
		emsign_op_free(ops[i]);
	}
	assert_tidy();
	proving_close(&world);
}

struct watch {
	size_t published, gone;
};

static emsign_rc watch_challenges(void *ud, const emsign_event *event)
{
	const emsign_challenge *c = event->record;
	struct watch *watch = ud;

	if (event->type != EMSIGN_EVENT_CHANGED || strcmp(event->kind, "challenge") != 0)
		return EMSIGN_OK;
	watch->published += c->presented_at && !watch->published;
	watch->gone += !c->presented_at && watch->published;
	return EMSIGN_OK;
}

static void test_observers_are_told(void **state)
{
	struct watch watch = { 0, 0 };

	(void)state;
	open_with(NULL, one);
	emsign_client_on_event(p.client, watch_challenges, &watch, NULL);
	PLAY_OK(&p, validate("dns"));
	assert_int_equal(watch.published, 1);
	assert_int_equal(watch.gone, 1);
	proving_close(&world);
}

static void test_observers_may_stop_it(void **state)
{
	static const int64_t types[] = { EMSIGN_EVENT_CALL, EMSIGN_EVENT_WAIT,
					 EMSIGN_EVENT_PROGRESS, EMSIGN_EVENT_CHANGED };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		open_with(NULL, one);
		p.refuse = types[i];
		PLAY_FAILS(&p, validate("dns"), EMSIGN_E_CALLBACK, "stopped 'validate'");
		assert_true(world.n_shown <= proving_on_record(&world));
		p.refuse = 0;
		PLAY_OK(&p, validate("dns"));
		assert_tidy();
		proving_close(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_dns_and_http),
		FAIL_TEST(test_names_are_proven_together),
		FAIL_TEST(test_only_what_is_open_is_proven),
		FAIL_TEST(test_what_the_state_of_the_order_says_counts),
		FAIL_TEST(test_one_name_alone),
		FAIL_TEST(test_p20_names_that_the_ca_adds_are_proven_too),
		FAIL_TEST(test_a_label_is_part_of_the_place),
		FAIL_TEST(test_orders_that_need_nothing),
		FAIL_TEST(test_what_is_wrong_is_said_first),
		FAIL_TEST(test_p23_not_ready_is_no_failure),
		FAIL_TEST(test_p23_each_kind_of_answer_at_each_step),
		FAIL_TEST(test_p23_a_fault_while_waiting),
		FAIL_TEST(test_p21_the_ca_is_asked_when_the_world_sees_it),
		FAIL_TEST(test_the_time_is_bounded),
		FAIL_TEST(test_no_time_at_all),
		FAIL_TEST(test_a_rejection_of_an_earlier_attempt_is_old),
		FAIL_TEST(test_a_rejection_counts_after_the_question),
		FAIL_TEST(test_a_solver_that_fails_for_one_name),
		FAIL_TEST(test_a_solver_may_ask_for_time_everywhere),
		FAIL_TEST(test_a_cleanup_that_fails),
		FAIL_TEST(test_a_solver_with_one_function),
		FAIL_TEST(test_a_solver_may_use_the_client),
		FAIL_TEST(test_nothing_blocks_the_loop),
		FAIL_TEST(test_observers_are_told),
		FAIL_TEST(test_observers_may_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
