/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of every public call fails, once and from then on: those of the library, and
 * those of the libraries under it.
 */
#include "fault.h"

#include <stdio.h>
#include <string.h>

static const emsign_rc out_of_memory[] = { EMSIGN_E_NOMEM, EMSIGN_OK };
static const emsign_rc or_in_doubt[] = { EMSIGN_E_NOMEM, EMSIGN_E_INDOUBT, EMSIGN_OK };

static struct stage s;
static bool all;

static bool fails_at(const struct act *act, void (*set)(size_t n), size_t n)
{
	size_t live = fail_live();
	bool through;
	emsign_rc rc;

	fault_at(act, set == fail_at ? "allocation" : "allocations from", n);
	memset(&s, 0, sizeof(s));
	act->prepare(&s);
	memset(&s.p.err, 0, sizeof(s.p.err));
	set(n);
	rc = act->run(&s);
	through = fail_failed() == 0;
	fail_never();
	if (through)
		assert_int_equal(rc, EMSIGN_OK);
	stage_expect(&s, act, rc, act->flags & ACT_CHANGES ? or_in_doubt : out_of_memory);
	if (s.p.client)
		stage_check(&s);
	stage_again(&s, act);
	stage_close(&s);
	assert_int_equal(fail_live(), live);
	return through;
}

static void each_point(const struct act *act, size_t step)
{
	for (size_t n = 0; !fails_at(act, fail_at, n); n += step)
		;
	for (size_t n = 0; !fails_at(act, fail_from, n); n += step)
		;
}

static void each_act(const struct act *acts, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i++)
		if (all || !(acts[i].flags & ACT_SLOW))
			each_point(&acts[i], step);
}

static void test_our_own_allocations(void **state)
{
	(void)state;
	fail_whose(FAIL_OWN);
	fault_tools_open();
	each_act(fault_tools, fault_n_tools, all ? 1 : 3);
	fault_tools_close();
	each_act(fault_verbs, fault_n_verbs, all ? 1 : 23);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_our_own_allocations),
	};

	all = fault_is_all(argc, argv);
	return fault_end("memory", cmocka_run_group_tests(tests, NULL, NULL));
}
