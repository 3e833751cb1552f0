/* SPDX-License-Identifier: MIT */
/* A real file of SQLite, on a disk whose n-th call fails in each way that disks have. */
#include "fault.h"

#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "vfs.h"

#define NAME "fault-disk"

static struct stage s;
static bool all;
static size_t asked; /* calls of the last run */

static const struct way {
	const char *name;
	unsigned kinds;
	int code;
} ways[] = {
	{ "full", VFS_WRITE, SQLITE_FULL },
	{ "no write", VFS_WRITE, SQLITE_IOERR_WRITE },
	{ "read-only", VFS_WRITE, SQLITE_READONLY },
	{ "no read", VFS_READ, SQLITE_IOERR_READ },
	{ "no sync", VFS_SYNC, SQLITE_IOERR_FSYNC },
	{ "no truncate", VFS_TRUNCATE, SQLITE_IOERR_TRUNCATE },
	{ "no size", VFS_SIZE, SQLITE_IOERR_FSTAT },
	{ "no open", VFS_OPEN, SQLITE_CANTOPEN },
	{ "no delete", VFS_DELETE, SQLITE_IOERR_DELETE },
	{ "no access", VFS_ACCESS, SQLITE_IOERR_ACCESS },
	{ "no map", VFS_SHM_MAP, SQLITE_IOERR_SHMMAP },
	{ "no lock", VFS_LOCK, SQLITE_IOERR_LOCK },
	{ "no log lock", VFS_SHM_LOCK, SQLITE_IOERR_SHMLOCK },
	{ "busy", VFS_LOCK, SQLITE_BUSY },
	{ "busy log", VFS_SHM_LOCK, SQLITE_BUSY },
	{ "no memory", VFS_READ | VFS_WRITE | VFS_OPEN, SQLITE_NOMEM },
};

static emsign_store *make_store(void *ud)
{
	(void)ud;
	return vfs_store(fault_path(NAME));
}

static bool fails_at(const struct act *act, const struct way *way, size_t first, size_t last)
{
	static const emsign_rc codes[] = { EMSIGN_E_STORE, EMSIGN_E_IO, EMSIGN_E_NOMEM,
					   EMSIGN_E_INDOUBT, EMSIGN_OK };
	size_t live = fail_live();
	bool through;
	emsign_rc rc;

	fault_at(act, way->name, first);
	memset(&s, 0, sizeof(s));
	s.make_store = make_store;
	stage_begin(&s, act);
	vfs_fail(way->kinds, way->code, first, last);
	rc = act->run(&s);
	asked = vfs_calls();
	through = asked <= first;
	vfs_never();
	stage_expect(&s, act, rc, codes);
	if (s.p.client)
		stage_check(&s);
	stage_again(&s, act);
	stage_close(&s);
	assert_int_equal(fail_live(), live);
	return through;
}

/* At most so many points: all that there are, or some at even distances. */
static void each_point(const struct act *act, const struct way *way, size_t most)
{
	size_t step;

	(void)fails_at(act, way, SIZE_MAX - 1, SIZE_MAX);
	step = asked / most + 1;
	for (size_t n = 0; !fails_at(act, way, n, n + 1); n += step)
		;
	for (size_t n = 0; !fails_at(act, way, n, SIZE_MAX); n += step)
		;
}

static void test_every_call_of_the_disk(void **state)
{
	(void)state;
	for (size_t i = 0; i < fault_n_verbs; i++)
		for (size_t k = 0; k < COUNT(ways) && fault_wants(&fault_verbs[i]); k++)
			if (all || (i + k) % 32 == 0)
				each_point(&fault_verbs[i], &ways[k], all ? 24 : 1);
}

/* A store that opens on a bad disk, or says why not. */
static emsign_rc open_store(struct stage *stage)
{
	emsign_store *store = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_store_open(fault_uri(NAME), &store, &stage->p.err);

	assert_int_equal(store != NULL, rc == EMSIGN_OK);
	emsign_store_free(store);
	return rc;
}

static void with_old_store(struct stage *stage)
{
	(void)stage;
	emsign_store_free(make_store(NULL));
}

static void without_store(struct stage *stage)
{
	(void)stage;
	(void)unlink(fault_path(NAME));
}

static void test_opening(void **state)
{
	static const struct act acts[] = {
		{ "store_open", 0, with_old_store, open_store, EMSIGN_OK, NULL },
		{ "store_make", 0, without_store, open_store, EMSIGN_OK, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(acts); i++)
		for (size_t k = 0; k < COUNT(ways); k++)
			each_point(&acts[i], &ways[k], all ? 200 : 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_opening),
		FAIL_TEST(test_every_call_of_the_disk),
	};

	vfs_register();
	all = fault_is_all(argc, argv);
	return fault_end("disk", cmocka_run_group_tests(tests, NULL, NULL));
}
