/* SPDX-License-Identifier: MIT */
/* What solvers published is never forgotten: whatever happens, a later call takes it away. */
#include "../support/failstore.h"
#include "../support/proving.h"

#include <string.h>

#define A "a.example.com"
#define B "b.example.com"
#define STAR "*.example.com"
#define APEX "example.com"

static struct play p;
static struct proving world;

static const char *const two[] = { A, B, NULL };
static const char *const one[] = { A, NULL };
static const emsign_kv no_time[] = { { "dcv_wait_ms", "0" }, { NULL, NULL } };

static void open_with(const emsign_kv *config, const char *const *names)
{
	proving_open(&world, &p, SCRIPTED_BLOCKING, config);
	proving_order(&world, "1", names);
}

static emsign_rc validate(const char *order)
{
	return emsign_account_validate(p.account, order, NULL, "dns", NULL, &p.err);
}

static emsign_rc refresh(const char *order)
{
	return emsign_account_refresh(p.account, order, NULL, &p.err);
}

static void assert_tidy(void)
{
	assert_int_equal(world.n_shown, 0);
	assert_int_equal(proving_on_record(&world), 0);
}

/* Whatever is published is on record; the other way round need not be. */
static void assert_nothing_forgotten(void)
{
	assert_true(world.n_shown <= proving_on_record(&world));
}

/* --- the end at any moment ---------------------------------------------------------------- */

static emsign_op *begin(void)
{
	static const emsign_kv args[] = { { "order", "1" }, { "method", "dns" }, { NULL, NULL } };
	emsign_op *op = NULL;

	PLAY_OK(&p, emsign_account_begin(p.account, "validate", args, &op, &p.err));
	return op;
}

struct told {
	bool done;
	emsign_rc rc;
};

static void on_done(void *ud, emsign_op *op, const emsign_error *err)
{
	struct told *told = ud;

	(void)op;
	assert_false(told->done);
	told->done = true;
	told->rc = err->rc;
}

enum way { FREED, CANCELED };

/* Ends after so many rounds of the loop; false when it was through before. */
static bool end_after(size_t rounds, enum way way)
{
	struct told told = { false, EMSIGN_OK };
	emsign_op *op = begin();
	bool through;

	PLAY_OK(&p, emsign_op_submit(op, on_done, &told, &p.err));
	for (size_t i = 0; i < rounds && !told.done; i++)
		PLAY_OK(&p, emsign_client_dispatch(p.client, -1, &p.err));
	through = told.done;
	if (way == CANCELED && !through) {
		emsign_op_cancel(op);
		assert_true(told.done);
		assert_int_equal(told.rc, EMSIGN_E_CANCELED);
	}
	emsign_op_free(op);
	return !through;
}

/* Every question is in flight once when it ends, and every pause under way. */
static void test_p22_it_may_end_at_every_question(void **state)
{
	(void)state;
	for (int way = FREED; way <= CANCELED; way++) {
		bool more = true;
		size_t n;

		for (n = 0; more; n++) {
			proving_open(&world, &p, SCRIPTED_OPEN, NULL);
			proving_order(&world, "1", two);
			proving_name(&world, "1", B)->lag = 2;
			world.gate = 1;
			more = end_after(n, (enum way)way);
			assert_nothing_forgotten();
			proving_restart(&world);
			PLAY_OK(&p, validate("1"));
			assert_tidy();
			proving_close(&world);
		}
		assert_in_range(n, 10, 100);
	}
}

static char end_in;

static void end_here(struct proving *w, char slot, const emsign_challenge *c)
{
	(void)c;
	if (slot == end_in && w->op)
		emsign_op_cancel(w->op);
}

/* Before the function has done anything, half through, and when it was just done. */
static void test_p22_it_may_end_inside_of_a_solver(void **state)
{
	static const char slots[] = "PRC";
	static const struct {
		emsign_rc rc;
		bool after;
	} moments[] = { { EMSIGN_E_IO, false }, { EMSIGN_E_IO, true }, { EMSIGN_OK, false } };

	(void)state;
	for (size_t i = 0; i < 3 * COUNT(moments); i++) {
		open_with(NULL, two);
		end_in = slots[i % 3];
		world.hook = end_here;
		world.fail[i % 3] = moments[i / 3].rc;
		world.after = moments[i / 3].after;
		world.op = begin();
		assert_int_not_equal(emsign_op_run(world.op, &p.err), EMSIGN_OK);
		assert_nothing_forgotten();
		emsign_op_free(world.op);
		world.op = NULL;
		world.fail[i % 3] = EMSIGN_OK;
		proving_restart(&world);
		PLAY_OK(&p, validate("1"));
		assert_tidy();
		proving_close(&world);
	}
}

/* Nothing is begun any more once it was canceled: not even a look, or a tidying up. */
static void test_cancel_is_the_last_word(void **state)
{
	(void)state;
	open_with(no_time, two);
	end_in = 'R';
	world.hook = end_here;
	world.fail[1] = EMSIGN_E_IO;
	world.op = begin();
	PLAY_FAILS(&p, emsign_op_run(world.op, &p.err), EMSIGN_E_CANCELED, "");
	assert_string_equal(world.trail, "TGPGPR");
	emsign_op_free(world.op);
	world.op = NULL;
	proving_close(&world);
}

static bool break_store(struct failstore *store, void (*set)(struct failstore *self, size_t n),
			size_t n)
{
	bool through;
	emsign_rc rc;

	open_with(NULL, two);
	p.store = failstore_new(store, p.store);
	proving_restart(&world);
	proving_name(&world, "1", B)->lag = 1;
	set(store, n);
	rc = validate("1");
	through = store->failed == 0;
	failstore_never(store);
	/* the look for what other orders left comes last, and by the way */
	assert_true(rc == EMSIGN_OK || (!through && rc == EMSIGN_E_STORE));
	assert_nothing_forgotten();
	proving_restart(&world);
	PLAY_OK(&p, validate("1"));
	assert_tidy();
	proving_close(&world);
	return through;
}

static void test_p22_the_store_may_fail_at_every_call(void **state)
{
	struct failstore store;
	size_t n;

	(void)state;
	for (n = 0; !break_store(&store, failstore_at, n); n++)
		;
	assert_in_range(n, 50, 500);
	for (n = 0; !break_store(&store, failstore_from, n); n++)
		;
}

/* --- who takes it away -------------------------------------------------------------------- */

/* Published and left: the caller had no time, and did not come back. */
static void leave_behind(const char *const *names)
{
	open_with(no_time, names);
	PLAY_FAILS(&p, validate("1"), EMSIGN_E_PENDING, "not said yet");
	assert_int_equal(world.n_shown, names[1] ? 2 : 1);
	world.trail[0] = '\0';
}

static void test_refresh_takes_away_what_is_proven(void **state)
{
	(void)state;
	leave_behind(two);
	proving_name(&world, "1", B)->lag = 1;
	PLAY_OK(&p, refresh("1"));
	assert_string_equal(world.trail, "TC");
	assert_true(proving_shows(&world, B, "token-1-1"));
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	assert_string_equal(world.trail, "TCTC");
	assert_tidy();
	PLAY_OK(&p, refresh("1"));
	assert_string_equal(world.trail, "TCTCT"); /* once is enough */
	proving_close(&world);
}

static void test_refresh_goes_well_even_if_that_does_not(void **state)
{
	(void)state;
	leave_behind(one);
	world.fail[2] = EMSIGN_E_IO;
	PLAY_OK(&p, refresh("1"));
	assert_int_equal(proving_on_record(&world), 1);
	assert_non_null(strstr(p.log, "domain=" A " order=1 method=dns reason=the solver broke"));
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", NULL, &p.err));
	PLAY_OK(&p, refresh("1"));
	assert_int_equal(proving_on_record(&world), 1);
	assert_non_null(strstr(p.log, "reason=no solver for this method is set"));
	world.fail[2] = EMSIGN_OK;
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", world.solver, &p.err));
	PLAY_OK(&p, refresh("1"));
	assert_tidy();
	proving_close(&world);
}

/* Canceled, rejected, revoked, expired. */
static void test_orders_that_are_through_need_nothing(void **state)
{
	static const int numbers[][2] = { { 13, 5 }, { 5, 4 }, { 22, 6 }, { 12, 6 } };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		leave_behind(one);
		proving_name(&world, "1", A)->lag = 1000; /* it never got to that name */
		world.certificate = numbers[i][0];
		world.order = numbers[i][1];
		PLAY_OK(&p, refresh("1"));
		assert_tidy();
		proving_close(&world);
	}
	leave_behind(one);
	proving_name(&world, "1", A)->lag = 1000;
	world.certificate = 13;
	world.order = 5;
	PLAY_FAILS(&p, validate("1"), EMSIGN_E_STATE, "nothing is to be proven");
	assert_tidy();
	proving_close(&world);
}

/* Its certificate is there, so the CA was content in some other way. */
static void test_an_issued_order_needs_nothing(void **state)
{
	(void)state;
	for (int again = 0; again < 2; again++) {
		emsign_order *order;
		emsign_csr *csr;

		leave_behind(one);
		proving_name(&world, "1", A)->lag = 1000;
		order = play_get(&p, "order", "lab/1");
		csr = play_csr(&p, order);
		play_tracked(&p, 20, 6, NULL);
		play_certificate(&p, csr->pem, "DNS:" A);
		PLAY_OK(&p, again ? validate("1") : refresh("1"));
		assert_string_equal(world.trail, "C"); /* beside what was scripted here */
		assert_int_equal(play_count(&p, "certificate"), 1);
		assert_tidy();
		emsign_free(csr);
		emsign_free(order);
		proving_close(&world);
	}
}

static void test_cancel_takes_it_away(void **state)
{
	(void)state;
	leave_behind(one);
	proving_name(&world, "1", A)->lag = 1000;
	play_yes(&p, NULL); /* RejectOrder */
	play_tracked(&p, 13, 5, NULL);
	PLAY_OK(&p, emsign_account_cancel(p.account, "1", "not wanted", NULL, &p.err));
	assert_tidy();
	proving_close(&world);
}

/* Nobody asks about that order any more; the next validation of another one does it. */
static void test_the_next_validation_takes_away_what_others_left(void **state)
{
	(void)state;
	leave_behind(one);
	PLAY_OK(&p, emsign_client_order_delete(p.client, "lab/1", &p.err));
	proving_order(&world, "2", (const char *const[]){ B, NULL });
	PLAY_OK(&p, refresh("2")); /* looks at its own alone */
	assert_int_equal(world.n_shown, 1);
	PLAY_FAILS(&p, validate("2"), EMSIGN_E_PENDING, "not said yet");
	assert_int_equal(world.n_shown, 1);
	PLAY_OK(&p, validate("2"));
	assert_tidy();
	proving_close(&world);
}

/* By another method than the one that is used now. */
static void test_a_left_over_of_the_other_method(void **state)
{
	emsign_challenge *c;

	(void)state;
	leave_behind(one);
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", NULL, &p.err));
	proving_name(&world, "1", A)->lag = 1000;
	PLAY_FAILS(&p, emsign_account_validate(p.account, "1", NULL, "http", NULL, &p.err),
		   EMSIGN_E_PENDING, "");
	assert_int_equal(world.n_shown, 2);
	assert_int_equal(proving_on_record(&world), 2);
	proving_name(&world, "1", A)->lag = 0;
	PLAY_OK(&p, emsign_account_validate(p.account, "1", NULL, "http", NULL, &p.err));
	assert_int_equal(world.n_shown, 1); /* no solver for "dns": it stays, and on record too */
	assert_int_equal(proving_on_record(&world), 1);
	c = play_get(&p, "challenge", "lab/1/" A);
	assert_int_equal(c->presented_at, PLAY_NOW);
	emsign_free(c);
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", world.solver, &p.err));
	PLAY_OK(&p, refresh("1"));
	assert_tidy();
	proving_close(&world);
}

static size_t most_shown;

static void count_shown(struct proving *w, char slot, const emsign_challenge *c)
{
	(void)slot;
	(void)c;
	most_shown = w->n_shown > most_shown ? w->n_shown : most_shown;
}

/* --- values that meet --------------------------------------------------------------------- */

static void test_p22_a_new_value_stands_beside_the_old_one(void **state)
{
	(void)state;
	leave_behind(one);
	proving_name(&world, "1", A)->accepted = false;
	strcpy(proving_name(&world, "1", A)->token, "another-token");
	PLAY_FAILS(&p, validate("1"), EMSIGN_E_PENDING, "");
	assert_true(proving_shows(&world, A, "token-1-0"));
	assert_true(proving_shows(&world, A, "another-token"));
	assert_int_equal(proving_on_record(&world), 2);
	PLAY_OK(&p, validate("1"));
	assert_tidy();
	proving_close(&world);
}

/* Two orders for one name: at the same place, with different values, or with the very same. */
static void test_p22_two_orders_for_one_name(void **state)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", A }, { "again", "yes" },
					  { NULL, NULL } };

	(void)state;
	for (int same = 0; same < 2; same++) {
		leave_behind(one);
		world.names[world.n_names++] = (struct proving_name){ .order = "2", .name = A,
								      .status = '0' };
		strcpy(world.names[1].token, same ? "token-1-0" : "token-2");
		play_placed(&p, "2");
		PLAY_OK(&p, emsign_account_place(p.account, form, NULL, &p.err));
		PLAY_FAILS(&p, validate("2"), EMSIGN_E_PENDING, "not said yet");
		assert_int_equal(world.n_shown, same ? 1 : 2);
		assert_int_equal(proving_on_record(&world), 2);
		PLAY_OK(&p, validate("1"));
		assert_int_equal(world.n_shown, 1); /* the other one still needs its own */
		assert_true(proving_shows(&world, A, world.names[1].token));
		PLAY_OK(&p, validate("2"));
		assert_tidy();
		proving_close(&world);
	}
}

/* The one is refused, the other still needs the value that is the same for both. */
static void test_p22_one_of_two_orders_fails(void **state)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", A }, { "again", "yes" },
					  { NULL, NULL } };

	(void)state;
	leave_behind(one);
	world.names[world.n_names++] = (struct proving_name){ .order = "2", .name = A,
							      .status = '0' };
	strcpy(world.names[1].token, "token-1-0");
	play_placed(&p, "2");
	PLAY_OK(&p, emsign_account_place(p.account, form, NULL, &p.err));
	world.refuse_verb = "VerifyDcv";
	world.refuse_code = "EMS-1079";
	PLAY_FAILS(&p, validate("2"), EMSIGN_E_REJECTED, A ": ");
	assert_true(proving_shows(&world, A, "token-1-0"));
	assert_int_equal(proving_on_record(&world), 1);
	PLAY_OK(&p, validate("1"));
	assert_tidy();
	proving_close(&world);
}

/* The same value at two places, because the place is said in another way by now. */
static void test_p22_a_place_that_moved(void **state)
{
	static const emsign_kv config[] = { { "dcv_label", "_old" }, { "dcv_wait_ms", "0" },
					    { NULL, NULL } };

	(void)state;
	open_with(config, one);
	PLAY_FAILS(&p, validate("1"), EMSIGN_E_PENDING, "");
	assert_true(proving_shows(&world, "_old." A, "token-1-0"));
	proving_restart(&world);
	world.hook = count_shown;
	PLAY_OK(&p, validate("1"));
	assert_int_equal(most_shown, 2);
	assert_tidy();
	proving_close(&world);
}

/* A wildcard and its base want their values at one place; the CA may give both the same. */
static void test_p22_a_wildcard_beside_its_base(void **state)
{
	static const char *const names[] = { STAR, APEX, NULL };

	(void)state;
	for (int same = 0; same < 2; same++) {
		proving_open(&world, &p, SCRIPTED_BLOCKING, no_time);
		proving_order(&world, "1", names);
		if (same)
			strcpy(proving_name(&world, "1", APEX)->token, "token-1-0");
		proving_name(&world, "1", APEX)->lag = 1;
		PLAY_FAILS(&p, validate("1"), EMSIGN_E_PENDING, "2 names are not proven yet");
		assert_int_equal(world.n_shown, same ? 1 : 2);
		PLAY_OK(&p, refresh("1")); /* one of the two is proven now */
		assert_int_equal(world.n_shown, 1);
		assert_true(proving_shows(&world, APEX, world.names[1].token));
		PLAY_OK(&p, validate("1"));
		assert_tidy();
		proving_close(&world);
	}
}

/* Two names at two places: that the CA gave both the same value joins nothing. */
static void test_p22_the_same_value_elsewhere(void **state)
{
	(void)state;
	leave_behind(one);
	proving_order(&world, "2", (const char *const[]){ B, NULL });
	strcpy(proving_name(&world, "2", B)->token, "token-1-0");
	PLAY_FAILS(&p, validate("2"), EMSIGN_E_PENDING, "");
	assert_int_equal(world.n_shown, 2);
	PLAY_OK(&p, refresh("1"));
	assert_int_equal(world.n_shown, 1);
	assert_true(proving_shows(&world, B, "token-1-0"));
	PLAY_OK(&p, refresh("2"));
	assert_tidy();
	proving_close(&world);
}

static emsign_rc note_id(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind;
	(void)row;
	snprintf(ud, 512, "%s", id);
	return EMSIGN_OK;
}

/* Another process takes the same value away, at the same time. */
static void be_faster(struct proving *w, char slot, const emsign_challenge *c)
{
	char id[512];

	(void)w;
	(void)c;
	if (slot != 'C')
		return;
	assert_int_equal(emsign_store_scan(p.store, "presented", NULL, NULL, 1, note_id, id, NULL),
			 EMSIGN_OK);
	assert_int_equal(emsign_store_remove(p.store, "presented", id, NULL), EMSIGN_OK);
}

static void test_two_may_tidy_up_at_once(void **state)
{
	(void)state;
	open_with(NULL, one);
	world.hook = be_faster;
	PLAY_OK(&p, validate("1"));
	assert_tidy();
	proving_close(&world);
}

/* One web root serves all names, and the CA wants the same file of each. */
static void test_p22_one_file_for_all_names(void **state)
{
	(void)state;
	proving_open(&world, &p, SCRIPTED_BLOCKING, no_time);
	proving_order(&world, "1", two);
	world.file_name = "one";
	strcpy(world.names[1].token, "token-1-0");
	world.names[1].lag = 1;
	PLAY_FAILS(&p, emsign_account_validate(p.account, "1", NULL, "http", NULL, &p.err),
		   EMSIGN_E_PENDING, "2 names are not proven yet");
	world.trail[0] = '\0';
	PLAY_OK(&p, refresh("1"));
	assert_string_equal(world.trail, "T"); /* it would take the file of the other one away */
	PLAY_OK(&p, refresh("1"));
	assert_string_equal(world.trail, "TTCC");
	assert_tidy();
	proving_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p22_it_may_end_at_every_question),
		FAIL_TEST(test_p22_it_may_end_inside_of_a_solver),
		FAIL_TEST(test_cancel_is_the_last_word),
		FAIL_TEST(test_p22_the_store_may_fail_at_every_call),
		FAIL_TEST(test_refresh_takes_away_what_is_proven),
		FAIL_TEST(test_refresh_goes_well_even_if_that_does_not),
		FAIL_TEST(test_orders_that_are_through_need_nothing),
		FAIL_TEST(test_an_issued_order_needs_nothing),
		FAIL_TEST(test_cancel_takes_it_away),
		FAIL_TEST(test_the_next_validation_takes_away_what_others_left),
		FAIL_TEST(test_a_left_over_of_the_other_method),
		FAIL_TEST(test_p22_a_new_value_stands_beside_the_old_one),
		FAIL_TEST(test_p22_two_orders_for_one_name),
		FAIL_TEST(test_p22_one_of_two_orders_fails),
		FAIL_TEST(test_p22_a_place_that_moved),
		FAIL_TEST(test_p22_a_wildcard_beside_its_base),
		FAIL_TEST(test_p22_the_same_value_elsewhere),
		FAIL_TEST(test_two_may_tidy_up_at_once),
		FAIL_TEST(test_p22_one_file_for_all_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
