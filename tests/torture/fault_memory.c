/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of every public call fails, once and from then on: those of the library, and
 * those of the libraries under it.
 */
#include "fault.h"

#include <string.h>

#include <unistd.h>

#include "under.h"
#ifdef HAVE_SQLITE
#include "vfs.h"
#endif

#define NAME "fault-memory"

static struct stage s;
static size_t asked; /* allocations of the last run */
static bool all;
static emsign_rc also; /* what a library may say when memory was what it lacked */
static emsign_store *(*make_store)(void *ud);

/* Without any memory at all OpenSSL finds no decoder, and calls a key "unsupported". */
static bool is_key_refused(const struct act *act, void (*set)(size_t n))
{
	bool reads_key = strncmp(act->name, "key_", 4) == 0 || strcmp(act->name, "export") == 0;

	return also == EMSIGN_E_CRYPTO && reads_key && set == fail_from;
}

static void expect(const struct act *act, void (*set)(size_t n), emsign_rc rc)
{
	const emsign_rc codes[] = {
		EMSIGN_E_NOMEM, also, act->flags & ACT_CHANGES ? EMSIGN_E_INDOUBT : also,
		is_key_refused(act, set) ? EMSIGN_E_INVALID : also, EMSIGN_OK
	};

	stage_expect(&s, act, rc, codes);
}

static bool fails_at(const struct act *act, void (*set)(size_t n), size_t n)
{
	size_t live = fail_live();
	bool through;
	emsign_rc rc;

	fault_at(act, set == fail_at ? "allocation" : "allocations from", n);
	memset(&s, 0, sizeof(s));
	s.make_store = make_store;
	stage_begin(&s, act);
	set(n);
	rc = act->run(&s);
	through = fail_failed() == 0;
	asked = fail_count();
	fail_never();
	if (through)
		assert_int_equal(rc, EMSIGN_OK);
	expect(act, set, rc);
	if (s.p.client)
		stage_check(&s);
	stage_again(&s, act);
	stage_close(&s);
	assert_int_equal(fail_live(), live);
	return through;
}

/* At most so many points of an act: all that there are, or some at even distances. */
static void each_point(const struct act *act, size_t most)
{
	size_t step;

	(void)fails_at(act, fail_at, SIZE_MAX);
	step = asked / most + 1;
	for (size_t n = 0; !fails_at(act, fail_at, n); n += step)
		;
	step = 4 * asked / most + 1;
	for (size_t n = 0; !fails_at(act, fail_from, n); n += step)
		;
}

static void each_act(const struct act *acts, size_t n, size_t most)
{
	for (size_t i = 0; i < n; i++)
		if (fault_wants(&acts[i]) && (all || !(acts[i].flags & ACT_SLOW)))
			each_point(&acts[i], acts[i].flags & ACT_SLOW ? most / 8 + 1 : most);
}

static void test_our_own_allocations(void **state)
{
	(void)state;
	also = EMSIGN_E_NOMEM;
	fail_whose(FAIL_OWN);
	fault_tools_open();
	each_act(fault_tools, fault_n_tools, all ? 10000 : 8);
	fault_tools_close();
	each_act(fault_verbs, fault_n_verbs, all ? 10000 : 8);
}

/* --- the libraries below ------------------------------------------------------------------ */

#ifdef HAVE_SQLITE
static emsign_store *make_sqlite(void *ud)
{
	(void)ud;
	return vfs_store(fault_path(NAME));
}

static void test_sqlite(void **state)
{
	long live;

	(void)state;
	make_store = make_sqlite;
	also = EMSIGN_E_STORE;
	fail_whose(FAIL_SQLITE);
	fault_tools_open();
	for (size_t i = 0; i < fault_n_tools; i++)
		if (strcmp(fault_tools[i].name, "store_sqlite") == 0 &&
		    fault_wants(&fault_tools[i]))
			each_point(&fault_tools[i], all ? 512 : 8);
	live = under_live(FAIL_SQLITE);
	for (size_t i = 0; i < fault_n_verbs; i++)
		if (fault_wants(&fault_verbs[i]) && (all || fault_verbs[i].flags & ACT_CHANGES))
			each_point(&fault_verbs[i], all ? 16 : 1);
	assert_int_equal(under_live(FAIL_SQLITE), live);
	fault_tools_close();
	make_store = NULL;
}

/* What could not be undone for want of memory is undone later, and takes nothing else with it. */
static void test_sqlite_undoes_later(void **state)
{
	static const emsign_kv row[] = { { "domain", PLAY_NAME }, { NULL, NULL } };
	emsign_store *store = make_sqlite(NULL);
	emsign_store *again = NULL;

	(void)state;
	fail_whose(FAIL_SQLITE);
	assert_int_equal(emsign_store_begin(store, NULL), EMSIGN_OK);
	assert_int_equal(emsign_store_put(store, "order", "a/1", row, NULL), EMSIGN_OK);
	fail_from(0);
	assert_int_equal(emsign_store_end(store, EMSIGN_E_CANCELED, NULL), EMSIGN_OK);
	assert_true(fail_failed() > 0);
	fail_never();
	assert_int_equal(emsign_store_put(store, "order", "a/2", row, NULL), EMSIGN_OK);
	assert_int_equal(emsign_store_open(fault_uri(NAME), &again, NULL), EMSIGN_OK);
	assert_int_equal(emsign_store_remove(again, "order", "a/1", NULL), EMSIGN_E_NOTFOUND);
	assert_int_equal(emsign_store_remove(again, "order", "a/2", NULL), EMSIGN_OK);
	emsign_store_free(again);
	emsign_store_free(store);
}
#endif

static void test_openssl(void **state)
{
	(void)state;
	also = EMSIGN_E_CRYPTO;
	fail_whose(FAIL_OPENSSL);
	fault_tools_open();
	each_act(fault_tools, fault_n_tools, all ? 128 : 2);
	fault_tools_close();
	each_act(fault_verbs, fault_n_verbs, all ? 48 : 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_our_own_allocations),
#ifdef HAVE_SQLITE
		FAIL_TEST(test_sqlite),
		FAIL_TEST(test_sqlite_undoes_later),
#endif
		FAIL_TEST(test_openssl),
	};

	under_libraries();
#ifdef HAVE_SQLITE
	vfs_register();
#endif
	all = fault_is_all(argc, argv);
	return fault_end("memory", cmocka_run_group_tests(tests, NULL, NULL));
}
