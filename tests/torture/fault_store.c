/* SPDX-License-Identifier: MIT */
/* Every call to the store fails under every verb, with each code that a store may give. */
#include "../support/failstore.h"
#include "fault.h"

#include <string.h>

static struct stage s;
static struct failstore store;
static bool all;

static emsign_store *make_store(void *ud)
{
	emsign_store *inner = NULL;

	(void)ud;
	assert_int_equal(emsign_store_open("memory:", &inner, NULL), EMSIGN_OK);
	return failstore_new(&store, inner);
}

/* How a store fails: its code, and whether it had done it. */
static const struct way {
	emsign_rc rc;
	bool done;
	bool often; /* also in the fast slice */
} ways[] = {
	{ EMSIGN_E_STORE, false, true },
	{ EMSIGN_E_STORE, true, true },
	{ EMSIGN_E_BUSY, false, false },
	{ EMSIGN_E_NOMEM, false, false },
	{ EMSIGN_E_IO, false, false },
	{ EMSIGN_E_CONFLICT, false, false },
	{ EMSIGN_E_NOTFOUND, false, false },
};

static bool fails_at(const struct act *act, const struct way *way,
		     void (*set)(struct failstore *self, size_t n), size_t n)
{
	/* a row that is there, it says, and then not, or the other way round */
	bool torn = way->rc == EMSIGN_E_CONFLICT || way->rc == EMSIGN_E_NOTFOUND;
	const emsign_rc codes[] = {
		way->rc, act->flags & ACT_CHANGES ? EMSIGN_E_INDOUBT : way->rc,
		torn ? EMSIGN_E_CONFLICT : way->rc, torn ? EMSIGN_E_NOTFOUND : way->rc,
		torn ? EMSIGN_E_PROTO : way->rc, /* a challenge that was told, but is not kept */
		EMSIGN_OK
	};
	size_t live = fail_live();
	bool through;
	emsign_rc rc;

	fault_at(act, emsign_rc_name(way->rc), n);
	memset(&s, 0, sizeof(s));
	s.make_store = make_store;
	stage_begin(&s, act);
	set(&store, n);
	store.rc = way->rc;
	store.done = way->done;
	rc = act->run(&s);
	through = store.failed == 0 && store.calls <= n;
	failstore_never(&store);
	store.done = false;
	stage_expect(&s, act, rc, codes);
	/* rows that are there although the store said that they are not prove nothing */
	if (way->rc != EMSIGN_E_NOTFOUND) {
		stage_check(&s);
		stage_again(&s, act);
	}
	stage_close(&s);
	assert_int_equal(fail_live(), live);
	return through;
}

static void test_every_call_of_the_store(void **state)
{
	(void)state;
	for (size_t i = 0; i < fault_n_verbs; i++)
		for (size_t k = 0; k < COUNT(ways) && fault_wants(&fault_verbs[i]); k++) {
			size_t step = all ? 1 : 5;

			if (!all && !ways[k].often)
				continue;
			for (size_t n = 0; !fails_at(&fault_verbs[i], &ways[k], failstore_at, n);)
				n += step;
			for (size_t n = 0; !fails_at(&fault_verbs[i], &ways[k], failstore_from, n);)
				n += step;
		}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_every_call_of_the_store),
	};

	all = fault_is_all(argc, argv);
	return fault_end("store", cmocka_run_group_tests(tests, NULL, NULL));
}
