/* SPDX-License-Identifier: MIT */
/* A registered domain from the challenge to the proof, by a solver. */
#include "../support/clerk.h"

#include <stdio.h>
#include <string.h>

#define A "a.example.com"

static struct play p;
static struct clerk ca;
static emsign_solver *solver;

/* The world, and what was done to it. */
static struct {
	char trail[64];
	size_t shown, invisible;
	char place[128];
	emsign_rc fails;
} world;

static void leave(char letter)
{
	size_t len = strlen(world.trail);

	assert_in_range(len, 0, sizeof(world.trail) - 2);
	world.trail[len] = letter;
	world.trail[len + 1] = '\0';
}

/* It is on record from before it is published until it has been taken away. */
static void look_at_the_record(const emsign_challenge *c)
{
	assert_int_equal(play_rows(&p, "presented"), 1);
	assert_null(c->order);
	assert_string_equal(c->domain, A);
}

static emsign_rc present(void *self, const emsign_challenge *c, emsign_error *err)
{
	(void)self;
	leave('P');
	look_at_the_record(c);
	(void)snprintf(world.place, sizeof(world.place), "%s %s",
		       c->record_name ? c->record_name : c->file_url,
		       c->record_value ? c->record_value : c->file_content);
	if (world.fails) {
		err->rc = world.fails;
		(void)snprintf(err->message, sizeof(err->message), "the solver broke");
		return world.fails;
	}
	world.shown++;
	return EMSIGN_OK;
}

static emsign_rc ready(void *self, const emsign_challenge *c, emsign_error *err)
{
	(void)self;
	(void)c;
	(void)err;
	leave('R');
	if (world.invisible == 0)
		return EMSIGN_OK;
	world.invisible--;
	return EMSIGN_E_PENDING;
}

static emsign_rc cleanup(void *self, const emsign_challenge *c, emsign_error *err)
{
	(void)self;
	(void)err;
	leave('C');
	look_at_the_record(c);
	world.shown -= world.shown > 0;
	return EMSIGN_OK;
}

static void open_with(const emsign_kv *config)
{
	static const emsign_solver_ops ops = { .size = sizeof(ops), .name = "test",
					       .present = present, .ready = ready,
					       .cleanup = cleanup };

	memset(&world, 0, sizeof(world));
	play_open(&p, SCRIPTED_BLOCKING, config);
	clerk_serve(&ca, &p);
	registrar_login(&p);
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, emsign_solver_new(&ops, &world, &solver, &p.err));
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", solver, &p.err));
}

static void close_all(void)
{
	play_close(&p);
	emsign_solver_free(solver);
}

static emsign_rc validate(const char *method)
{
	return emsign_account_domain_validate(p.account, A, method, NULL, &p.err);
}

static void assert_trails(const char *asked, const char *done)
{
	assert_string_equal(ca.registrar.trail, asked);
	assert_string_equal(world.trail, done);
	ca.registrar.trail[0] = world.trail[0] = '\0';
}

static void assert_tidy(void)
{
	emsign_challenge *c = play_get(&p, "challenge", "lab/" A);

	assert_int_equal(world.shown, 0);
	assert_int_equal(play_rows(&p, "presented"), 0);
	assert_int_equal(c->presented_at, 0);
	emsign_free(c);
}

static void test_from_the_challenge_to_the_proof(void **state)
{
	emsign_domain *domain = NULL;

	(void)state;
	open_with(NULL);
	PLAY_OK(&p, emsign_account_domain_validate(p.account, A, NULL, &domain, &p.err));
	assert_trails("LDCVD", "PRC");
	assert_string_equal(world.place, "_emudhra-challenge." A " token-1");
	assert_string_equal(domain->validation, "valid");
	emsign_free(domain);
	assert_tidy();
	/* then there is nothing left to do */
	PLAY_OK(&p, validate("dns"));
	assert_trails("DCD", "");
	close_all();
}

static void test_another_method_is_set(void **state)
{
	(void)state;
	open_with(NULL);
	PLAY_OK(&p, emsign_client_set_solver(p.client, "http", solver, &p.err));
	PLAY_FAILS(&p, validate(NULL), EMSIGN_E_INVALID, "method is missing");
	PLAY_OK(&p, validate("HTTP"));
	assert_trails("LDMVD", "PRC");
	assert_string_equal(world.place,
			    "http://" A "/.well-known/pki-validation/proof.txt token-1");
	assert_tidy();
	close_all();
}

/* The world sees it late, and the CA later: each look comes after a longer pause. */
static void test_it_looks_again(void **state)
{
	(void)state;
	open_with(NULL);
	world.invisible = 1;
	ca.registrar.unseen = 2;
	PLAY_OK(&p, validate("dns"));
	assert_trails("LDCVVVD", "PRRRRC");
	assert_int_equal(p.waited_ms, 1000 + 2000 + 4000);
	assert_tidy();
	close_all();
}

static void test_the_time_is_over(void **state)
{
	static const emsign_kv config[] = { { "dcv_wait_ms", "5000" }, { NULL, NULL } };

	(void)state;
	open_with(config);
	ca.registrar.unseen = 100;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_PENDING, "the proof is not there");
	assert_trails("LDCVVVV", "PRRRR");
	assert_int_equal(p.waited_ms, 5000);
	assert_int_equal(world.shown, 1); /* it stays, and another call goes on */
	ca.registrar.unseen = 0;
	PLAY_OK(&p, validate("dns"));
	assert_trails("DCVD", "PRC");
	close_all();
}

static void test_a_refusal_takes_it_away(void **state)
{
	(void)state;
	open_with(NULL);
	ca.registrar.unseen = 1;
	ca.registrar.failure = "CAA_FORBIDS";
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_REJECTED, "CAA record must allow");
	assert_trails("LDCV", "PRC");
	assert_tidy();
	close_all();
}

static void test_a_solver_that_fails(void **state)
{
	(void)state;
	open_with(NULL);
	world.fails = EMSIGN_E_IO;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_IO, "the solver broke");
	assert_trails("LDC", "PC");
	assert_tidy();
	close_all();
}

static void test_who_needs_a_solver(void **state)
{
	(void)state;
	open_with(NULL);
	PLAY_FAILS(&p, validate("http"), EMSIGN_E_STATE, "no solver is set for method 'http'");
	PLAY_FAILS(&p, validate("dns-cname"), EMSIGN_E_INVALID,
		   "no solver proves a name by method 'dns-cname'");
	PLAY_OK(&p, emsign_client_set_solver(p.client, "dns", NULL, &p.err));
	PLAY_FAILS(&p, validate(NULL), EMSIGN_E_STATE, "no solver is set");
	assert_int_equal(scripted_n(p.net), 0);
	close_all();
}

/* --- what is left over -------------------------------------------------------------------- */

static void leave_one_over(void)
{
	static const emsign_kv config[] = { { "dcv_wait_ms", "0" }, { NULL, NULL } };

	open_with(config);
	ca.registrar.unseen = 1;
	PLAY_FAILS(&p, validate("dns"), EMSIGN_E_PENDING, "");
	assert_trails("LDCV", "PR");
	assert_int_equal(play_rows(&p, "presented"), 1);
}

static emsign_rc verify(void)
{
	return emsign_account_domain_verify(p.account, A, NULL, &p.err);
}

static emsign_rc deactivate(void)
{
	return emsign_account_domain_deactivate(p.account, A, NULL, &p.err);
}

static void test_what_is_left_over_goes_in_the_end(void **state)
{
	static const struct {
		emsign_rc (*ends)(void);
		const char *trail;
	} rows[] = { { verify, "VD" }, { deactivate, "X" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		leave_one_over();
		PLAY_OK(&p, emsign_account_domain_refresh(p.account, A, NULL, &p.err));
		assert_trails("D", ""); /* as long as it is needed, it stays */
		PLAY_OK(&p, rows[i].ends());
		assert_trails(rows[i].trail, "C");
		assert_tidy();
		close_all();
	}
}

/* Both may have a challenge of one name; neither takes the other's for its own. */
static void test_orders_and_registrations_stay_apart(void **state)
{
	emsign_challenge *c;

	(void)state;
	leave_one_over();
	assert_int_equal(play_count(&p, "challenge"), 1);
	PLAY_OK(&p, emsign_store_put(p.store, "challenge", "lab/1/" A,
				     (const emsign_kv[]){ { "credential", "lab" },
							  { "order", "1" }, { "domain", A },
							  { "status", "valid" }, { NULL, NULL } },
				     &p.err));
	PLAY_OK(&p, emsign_account_domain_refresh(p.account, A, NULL, &p.err));
	assert_trails("D", ""); /* what proves the order proves nothing here */
	PLAY_OK(&p, verify());
	c = play_get(&p, "challenge", "lab/1/" A);
	assert_int_equal(c->seen_at, 0);
	emsign_free(c);
	assert_tidy();
	close_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_from_the_challenge_to_the_proof),
		FAIL_TEST(test_another_method_is_set),
		FAIL_TEST(test_it_looks_again),
		FAIL_TEST(test_the_time_is_over),
		FAIL_TEST(test_a_refusal_takes_it_away),
		FAIL_TEST(test_a_solver_that_fails),
		FAIL_TEST(test_who_needs_a_solver),
		FAIL_TEST(test_what_is_left_over_goes_in_the_end),
		FAIL_TEST(test_orders_and_registrations_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
