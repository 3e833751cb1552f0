/* SPDX-License-Identifier: MIT */
/* The handle around a solver's table. */
#include "../support/fail.h"

#include <string.h>

#include "solver/solver.h"

struct probe {
	int presented, asked, cleaned, destroyed;
	emsign_rc rc;
	const char *message; /* NULL: fails with a bare code */
	const emsign_challenge *seen;
};

static emsign_rc answer(struct probe *probe, const emsign_challenge *challenge, emsign_error *err)
{
	probe->seen = challenge;
	assert_non_null(err);
	assert_int_equal(err->rc, EMSIGN_OK);
	if (probe->message) {
		err->rc = probe->rc;
		memcpy(err->message, probe->message, strlen(probe->message) + 1);
	}
	return probe->rc;
}

static emsign_rc probe_present(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	struct probe *probe = self;

	probe->presented++;
	return answer(probe, challenge, err);
}

static emsign_rc probe_ready(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	struct probe *probe = self;

	probe->asked++;
	return answer(probe, challenge, err);
}

static emsign_rc probe_cleanup(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	struct probe *probe = self;

	probe->cleaned++;
	return answer(probe, challenge, err);
}

static void probe_destroy(void *self)
{
	struct probe *probe = self;

	probe->destroyed++;
}

static const emsign_solver_ops whole = {
	.size = sizeof(emsign_solver_ops),
	.name = "probe",
	.present = probe_present,
	.ready = probe_ready,
	.cleanup = probe_cleanup,
	.destroy = probe_destroy,
};

static const emsign_challenge challenge = { .domain = "www.example.com" };

static void test_slots_are_called(void **state)
{
	struct probe probe = { 0 };
	emsign_solver *solver;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_solver_new(&whole, &probe, &solver, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_present(solver, &challenge, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_ready(solver, &challenge, NULL), EMSIGN_OK);
	memset(&err, 'x', sizeof(err));
	assert_int_equal(emsign_solver_cleanup(solver, &challenge, &err), EMSIGN_OK);
	assert_int_equal(err.rc, EMSIGN_OK);
	assert_ptr_equal(probe.seen, &challenge);
	assert_int_equal(probe.presented, 1);
	assert_int_equal(probe.asked, 1);
	assert_int_equal(probe.cleaned, 1);
	assert_ptr_equal(ems_solver_ref(solver), solver);
	emsign_solver_free(solver);
	assert_int_equal(probe.destroyed, 0);
	emsign_solver_free(solver);
	assert_int_equal(probe.destroyed, 1);
	assert_int_equal(emsign_solver_present(NULL, &challenge, &err), EMSIGN_E_INVALID);
	assert_int_equal(emsign_solver_cleanup(NULL, NULL, NULL), EMSIGN_E_INVALID);
	emsign_solver_free(NULL);
	assert_null(ems_solver_ref(NULL));
}

static void test_a_bare_code_gets_a_sentence(void **state)
{
	struct probe probe = { .rc = EMSIGN_E_IO };
	emsign_solver *solver;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_solver_new(&whole, &probe, &solver, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_present(solver, &challenge, &err), EMSIGN_E_IO);
	assert_int_equal(err.rc, EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "solver 'probe' could not publish the proof for "
					    "'www.example.com': a file could not be"));
	assert_int_equal(emsign_solver_cleanup(solver, &challenge, &err), EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "could not take the proof away"));
	probe.message = "the zone is locked"; /* its own words stay */
	assert_int_equal(emsign_solver_ready(solver, &challenge, &err), EMSIGN_E_IO);
	assert_string_equal(err.message, "the zone is locked");
	emsign_solver_free(solver);
}

static void test_slots_may_be_missing(void **state)
{
	const emsign_solver_ops ops = { .size = sizeof(ops), .present = probe_present };
	struct probe probe = { .rc = EMSIGN_E_IO };
	emsign_solver *solver;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_solver_new(&ops, &probe, &solver, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_ready(solver, &challenge, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_cleanup(solver, &challenge, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_present(solver, &challenge, &err), EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "solver 'unnamed'"));
	emsign_solver_free(solver);
}

static void test_a_table_needs_size_and_present(void **state)
{
	emsign_solver_ops ops = whole;
	struct probe probe = { 0 };
	emsign_solver *solver = (void *)&probe;
	emsign_error err;

	(void)state;
	ops.size = offsetof(emsign_solver_ops, present);
	assert_int_equal(emsign_solver_new(&ops, &probe, &solver, &err), EMSIGN_E_INVALID);
	assert_null(solver);
	assert_non_null(strstr(err.message, "present"));
	ops.size = sizeof(ops);
	ops.present = NULL;
	assert_int_equal(emsign_solver_new(&ops, &probe, &solver, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_solver_new(NULL, &probe, &solver, NULL), EMSIGN_E_INVALID);
	assert_int_equal(probe.destroyed, 0);
}

/* A program that was compiled when there was no cleanup yet. */
static void test_an_older_table_is_shorter(void **state)
{
	emsign_solver_ops ops = whole;
	struct probe probe = { 0 };
	emsign_solver *solver;

	(void)state;
	ops.size = offsetof(emsign_solver_ops, cleanup);
	assert_int_equal(emsign_solver_new(&ops, &probe, &solver, NULL), EMSIGN_OK);
	assert_int_equal(emsign_solver_cleanup(solver, &challenge, NULL), EMSIGN_OK);
	assert_int_equal(probe.cleaned, 0);
	emsign_solver_free(solver);
	assert_int_equal(probe.destroyed, 0);
}

static emsign_rc make_all(void)
{
	static const char *const argv[] = { "/bin/true", "with", "words", NULL };
	emsign_solver *solvers[3] = { NULL, NULL, NULL };
	emsign_rc rc = emsign_solver_new(&whole, &(struct probe){ 0 }, &solvers[0], NULL);

	if (!rc)
		rc = emsign_solver_webroot("/srv/www", &solvers[1], NULL);
	if (!rc)
		rc = emsign_solver_command(argv, NULL, &solvers[2], NULL);
	for (size_t i = 0; i < COUNT(solvers); i++)
		emsign_solver_free(solvers[i]);
	return rc;
}

static void test_memory_may_be_short(void **state)
{
	(void)state;
	fail_each(make_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_slots_are_called),
		FAIL_TEST(test_a_bare_code_gets_a_sentence),
		FAIL_TEST(test_slots_may_be_missing),
		FAIL_TEST(test_a_table_needs_size_and_present),
		FAIL_TEST(test_an_older_table_is_shorter),
		FAIL_TEST(test_memory_may_be_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
