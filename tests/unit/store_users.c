/* SPDX-License-Identifier: MIT */
/* One file and several users, of whom some are killed or find the disk full. */
#include "store_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* --- more than one user ------------------------------------------------------------------ */

static void two_handles_see_each_other(void **state)
{
	emsign_store *a = store_open();
	emsign_store *b = store_open();

	(void)state;
	assert_int_equal(put(a, "a/1", "u"), EMSIGN_OK);
	assert_string_equal(url_of(b, "a/1"), "u");
	assert_int_equal(put(b, "a/1", "v"), EMSIGN_OK);
	assert_string_equal(url_of(a, "a/1"), "v");
	assert_int_equal(emsign_store_begin(a, NULL), EMSIGN_OK);
	assert_int_equal(put(a, "a/1", "w"), EMSIGN_OK);
	assert_string_equal(url_of(b, "a/1"), "v");
	assert_int_equal(emsign_store_end(a, EMSIGN_OK, NULL), EMSIGN_OK);
	assert_string_equal(url_of(b, "a/1"), "w");
	emsign_store_free(a);
	assert_int_equal(put(b, "a/1", "x"), EMSIGN_OK);
	assert_string_equal(url_of(b, "a/1"), "x");
	emsign_store_free(b);
	assert_int_equal(folder_each(NULL), 1);
}

static void lock_for_a_while(int ready)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ||
	    write(ready, "!", 1) != 1)
		_exit(1);
	(void)usleep(200 * 1000);
	_exit(0);
}

/* The way of writing cannot be changed while somebody writes in the other way; that passes. */
static void opening_waits_for_writers(void **state)
{
	int status, ready[2];
	char byte;
	pid_t pid;

	(void)state;
	emsign_store_free(store_open());
	sql("PRAGMA journal_mode = DELETE");
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		lock_for_a_while(ready[1]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	emsign_store_free(store_open());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_string_equal(sql_ask("PRAGMA journal_mode"), "wal");
}

#define WORKERS 4
#define TURNS 100

/* Adds 1 to the url of a/1, as often as it takes for nobody to come in between. */
static int count_up(emsign_store *store)
{
	char was[32], is[32];
	const emsign_kv expect[] = { { "url", was }, { NULL, NULL } };
	const emsign_kv row[] = { { "url", is }, { NULL, NULL } };
	emsign_rc rc;

	do {
		was[0] = '\0';
		rc = emsign_store_get(store, "order", "a/1", copy_url, was, NULL);
		if (rc && rc != EMSIGN_E_NOTFOUND)
			return 1;
		(void)snprintf(is, sizeof(is), "%ld", strtol(was, NULL, 10) + 1);
		rc = emsign_store_cas(store, "order", "a/1", rc ? NULL : expect, row, NULL);
	} while (rc == EMSIGN_E_CONFLICT);
	return rc != EMSIGN_OK;
}

static void worker(void)
{
	emsign_store *store = NULL;
	emsign_error err;
	int i, failed = 0;

	if (emsign_store_open(uri, &store, &err)) {
		fprintf(stderr, "%s\n", err.message);
		_exit(1);
	}
	for (i = 0; i < TURNS && !failed; i++)
		failed = count_up(store);
	emsign_store_free(store);
	_exit(failed);
}

/* They make the file together, too. */
static void processes_count_together(void **state)
{
	pid_t pids[WORKERS];
	emsign_store *store;
	int i, status;

	(void)state;
	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			worker();
	}
	for (i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	store = store_open();
	assert_string_equal(url_of(store, "a/1"), "400");
	emsign_store_free(store);
}

static void join_in(void)
{
	emsign_store *store = NULL;
	emsign_error err;

	if (emsign_store_open(uri, &store, &err) || put(store, "a/1", "u")) {
		fprintf(stderr, "%s\n", err.message);
		_exit(1);
	}
	emsign_store_free(store);
	_exit(0);
}

/* Making, opening and closing as the last one all meet here, again and again. */
static void processes_open_together(void **state)
{
	pid_t pids[WORKERS];
	int round, i, status, failed = 0;

	(void)state;
	for (round = 0; round < 25; round++) {
		for (i = 0; i < WORKERS; i++) {
			pids[i] = fork();
			assert_true(pids[i] >= 0);
			if (pids[i] == 0)
				join_in();
		}
		for (i = 0; i < WORKERS; i++) {
			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			failed += status != 0;
		}
		(void)folder_each(drop_file);
	}
	assert_int_equal(failed, 0);
}

/* --- the end of the power, and of the disk ----------------------------------------------- */

/* Two rows that are always the same, in a file that grows. */
static void write_pairs(int ready)
{
	emsign_store *store = NULL;
	char id[16], url[32];
	int i;

	if (emsign_store_open(uri, &store, NULL) || write(ready, "!", 1) != 1)
		_exit(1);
	for (i = 0;; i++) {
		(void)snprintf(id, sizeof(id), "c/%d", i);
		(void)snprintf(url, sizeof(url), "%d", i);
		if (emsign_store_begin(store, NULL) || put(store, "a/1", url) ||
		    put(store, id, url) || put(store, "b/1", url) ||
		    emsign_store_end(store, EMSIGN_OK, NULL))
			_exit(1);
	}
}

static void kill_leaves_whole_transactions(void **state)
{
	int round, status, ready[2];
	emsign_store *store;
	char url[32], byte;
	pid_t pid;

	(void)state;
	for (round = 0; round < 10; round++) {
		assert_int_equal(pipe(ready), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			write_pairs(ready[1]);
		(void)close(ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		(void)close(ready[0]);
		(void)usleep((useconds_t)(5000 + round * 3700));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		store = store_open();
		(void)snprintf(url, sizeof(url), "%s", url_of(store, "a/1"));
		assert_string_equal(url_of(store, "b/1"), url);
		emsign_store_free(store);
		assert_string_equal(sql_ask("PRAGMA integrity_check"), "ok");
	}
}

/* Until nothing more can be written, and then goes on as if nothing had happened. */
static void fill_up(void)
{
	const struct rlimit limit = { 600 * 1024, 600 * 1024 };
	static char big[64 * 1024];
	const emsign_kv row[] = { { "url", big }, { NULL, NULL } };
	emsign_store *store = NULL;
	emsign_rc rc = EMSIGN_OK;
	emsign_error err;
	char id[16], url[32];
	int i;

	memset(big, 'x', sizeof(big) - 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (emsign_store_open(uri, &store, NULL) || put(store, "a/1", "before") ||
	    setrlimit(RLIMIT_FSIZE, &limit) || emsign_store_begin(store, NULL))
		_exit(1);
	for (i = 0; i < 400 && !rc; i++) {
		(void)snprintf(id, sizeof(id), "c/%d", i);
		rc = emsign_store_put(store, "order", id, row, &err);
	}
	if (!rc)
		_exit(2);
	if (rc != EMSIGN_E_STORE || !strstr(err.message, "disk"))
		_exit(3);
	if (!put(store, "a/1", "after") || !emsign_store_end(store, EMSIGN_OK, NULL))
		_exit(4);
	url[0] = '\0';
	if (emsign_store_get(store, "order", "a/1", copy_url, url, NULL) ||
	    strcmp(url, "before") != 0)
		_exit(5);
	emsign_store_free(store);
	_exit(0);
}

static void full_disk_keeps_nothing_half(void **state)
{
	emsign_store *store;
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		fill_up();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store = store_open();
	assert_string_equal(url_of(store, "a/1"), "before");
	assert_string_equal(url_of(store, "c/0"), "(none)");
	emsign_store_free(store);
	assert_string_equal(sql_ask("PRAGMA integrity_check"), "ok");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_handles_see_each_other),
		TEST(opening_waits_for_writers),
		TEST(processes_count_together),
		TEST(processes_open_together),
		TEST(kill_leaves_whole_transactions),
		TEST(full_disk_keeps_nothing_half),
	};

	return cmocka_run_group_tests_name("store_users", tests, NULL, NULL);
}
