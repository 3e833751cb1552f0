/* SPDX-License-Identifier: MIT */
/* What is special about the store in a file: whose file it is, its mode, its schema, its users. */
#include "store/sqlite.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[96];
static char uri[128];

static const emsign_kv nothing[] = { { NULL, NULL } };

/* --- a folder per test ------------------------------------------------------------------- */

static int folder_make(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/emsign-sqlite-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/store.db", folder);
	(void)snprintf(uri, sizeof(uri), "sqlite:%s", path);
	return 0;
}

/* Every file in the folder; returns their number. */
static size_t folder_each(void (*fn)(const char *file))
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	char file[400];
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' && strlen(entry->d_name) < 3)
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name);
		if (fn)
			fn(file);
		n++;
	}
	(void)closedir(dir);
	return n;
}

static void drop_file(const char *file)
{
	assert_int_equal(remove(file), 0);
}

static int folder_drop(void **state)
{
	(void)state;
	(void)chmod(folder, 0700);
	(void)folder_each(drop_file);
	return rmdir(folder);
}

/* --- short words ------------------------------------------------------------------------- */

static emsign_store *store_open(void)
{
	emsign_store *store = NULL;
	emsign_error err;

	if (emsign_store_open(uri, &store, &err))
		fail_msg("%s", err.message);
	return store;
}

static emsign_rc put(emsign_store *store, const char *id, const char *url)
{
	const emsign_kv row[] = { { "url", url }, { NULL, NULL } };

	return emsign_store_put(store, "order", id, row, NULL);
}

static emsign_rc copy_url(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind, (void)id;
	for (; row->key; row++) {
		if (!strcmp(row->key, "url"))
			(void)snprintf(ud, 32, "%s", row->value);
	}
	return EMSIGN_OK;
}

/* The url of an order; "" without one, "(none)" when there is no such order. */
static const char *url_of(emsign_store *store, const char *id)
{
	static char url[32];
	emsign_rc rc;

	url[0] = '\0';
	rc = emsign_store_get(store, "order", id, copy_url, url, NULL);
	if (rc == EMSIGN_E_NOTFOUND)
		return "(none)";
	assert_int_equal(rc, EMSIGN_OK);
	return url;
}

static void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL))
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first cell of an answer as text. */
static const char *sql_ask(const char *text)
{
	static char answer[256];
	sqlite3_stmt *stmt;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	(void)snprintf(answer, sizeof(answer), "%s", (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return answer;
}

static void write_file(const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
}

static size_t read_file(unsigned char *bytes, size_t max)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, bytes, max);
	(void)close(fd);
	assert_true(n >= 0);
	return (size_t)n;
}

/* --- the file ---------------------------------------------------------------------------- */

static void is_private(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void files_are_private(void **state)
{
	mode_t before = umask(0);
	emsign_store *store = store_open();

	(void)state;
	(void)umask(before);
	assert_int_equal(put(store, "a/1", "u"), EMSIGN_OK);
	assert_int_equal(folder_each(is_private), 3);
	emsign_store_free(store);
	assert_int_equal(folder_each(is_private), 1);
}

static void empty_file_is_welcome(void **state)
{
	emsign_store *store;

	(void)state;
	write_file("", 0);
	store = store_open();
	assert_int_equal(put(store, "a/1", "u"), EMSIGN_OK);
	emsign_store_free(store);
	assert_string_equal(sql_ask("PRAGMA application_id"), "1699566439");
	assert_string_equal(sql_ask("PRAGMA user_version"), "1");
}

static void is_refused(emsign_rc rc, const char *part)
{
	emsign_store *store = NULL;
	emsign_error err;

	assert_int_equal(emsign_store_open(uri, &store, &err), rc);
	assert_null(store);
	assert_int_equal(err.rc, rc);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
}

/* Refused, and neither the file nor its folder is touched. */
static void is_left_alone(const char *part)
{
	static unsigned char before[65536], after[65536];
	size_t len = read_file(before, sizeof(before));
	size_t files = folder_each(NULL);

	is_refused(EMSIGN_E_STORE, part);
	assert_int_equal(read_file(after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
	assert_int_equal(folder_each(NULL), files);
}

static void garbage_is_left_alone(void **state)
{
	static char page[8192];

	(void)state;
	write_file("hello", 5);
	is_left_alone("not a database");
	memset(page, 'x', sizeof(page));
	write_file(page, sizeof(page));
	is_left_alone("not a database");
	write_file("SQLite format 3", 16);
	is_refused(EMSIGN_E_STORE, "database");
}

static void foreign_database_is_left_alone(void **state)
{
	static const char *const files[] = {
		"CREATE TABLE t (x)",
		"PRAGMA application_id = 77",
		"PRAGMA user_version = 1",
		"PRAGMA journal_mode = WAL; CREATE TABLE t (x)",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		sql(files[i]);
		is_left_alone("another program");
		(void)folder_each(drop_file);
	}
}

static void newer_version_is_left_alone(void **state)
{
	(void)state;
	emsign_store_free(store_open());
	sql("PRAGMA user_version = 2");
	is_left_alone("newer version");
}

/* The version may stand in the log of a writer that is still there, or was killed. */
static void newer_version_in_the_log_is_seen(void **state)
{
	sqlite3 *db;

	(void)state;
	emsign_store_free(store_open());
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
	is_refused(EMSIGN_E_STORE, "newer version");
	(void)sqlite3_close(db);
}

static void missing_folder_is_named(void **state)
{
	(void)state;
	(void)snprintf(uri, sizeof(uri), "sqlite:%s/no/store.db", folder);
	is_refused(EMSIGN_E_IO, "/no/store.db");
	(void)snprintf(uri, sizeof(uri), "sqlite:%s", folder);
	is_refused(EMSIGN_E_IO, "cannot be opened");
}

/* Runs in a child, as somebody whom modes of files apply to. */
static void as_nobody(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(77);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The assertions of cmocka do not reach the parent. */
static void expect_io(void)
{
	emsign_store *store = NULL;
	emsign_error err;

	if (emsign_store_open(uri, &store, &err) != EMSIGN_E_IO || store || !err.message[0]) {
		fprintf(stderr, "%d: %s\n", err.rc, err.message);
		_exit(1);
	}
}

static void unreadable_file_is_an_io_error(void **state)
{
	(void)state;
	emsign_store_free(store_open());
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(chmod(path, 0), 0);
	as_nobody(expect_io);
	assert_int_equal(chmod(path, 0444), 0);
	as_nobody(expect_io);
}

static void read_only_folder_is_an_io_error(void **state)
{
	(void)state;
	assert_int_equal(chmod(folder, 0555), 0);
	as_nobody(expect_io);
	assert_int_equal(chmod(folder, 0755), 0);
	emsign_store_free(store_open());
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	as_nobody(expect_io);
}

/* No path means more to SQLite than to anybody else. */
static void odd_paths_are_plain_files(void **state)
{
	static const char *const names[] = { ":memory:", "file:x", "a?mode=memory", "a#b%41",
					     "\xc3\xa9 x" };
	char here[4096];
	size_t i;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(folder), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		emsign_store *store;

		(void)snprintf(uri, sizeof(uri), "sqlite:%s", names[i]);
		store = store_open();
		assert_int_equal(put(store, "a/1", names[i]), EMSIGN_OK);
		emsign_store_free(store);
		assert_int_equal(access(names[i], F_OK), 0);
		assert_int_equal(folder_each(NULL), i + 1);
		store = store_open();
		assert_string_equal(url_of(store, "a/1"), names[i]);
		emsign_store_free(store);
	}
	assert_int_equal(chdir(here), 0);
	(void)snprintf(uri, sizeof(uri), "sqlite:/%s", path);
	emsign_store_free(store_open());
	assert_int_equal(access(path, F_OK), 0);
}

static void damage_is_named(void **state)
{
	static char page[4096];
	emsign_store *store = store_open();
	emsign_error err;
	char id[16], url[32];
	emsign_rc rc;
	size_t i;
	int fd;

	(void)state;
	assert_int_equal(emsign_store_begin(store, NULL), EMSIGN_OK);
	for (i = 0; i < 2000; i++) {
		(void)snprintf(id, sizeof(id), "a/%zu", i);
		assert_int_equal(put(store, id, "u"), EMSIGN_OK);
	}
	assert_int_equal(emsign_store_end(store, EMSIGN_OK, NULL), EMSIGN_OK);
	emsign_store_free(store);
	fd = open(path, O_WRONLY);
	memset(page, 'x', sizeof(page));
	for (i = 40; i < 60; i++)
		assert_int_equal(pwrite(fd, page, 4096, (off_t)i * 4096), 4096);
	(void)close(fd);
	store = store_open();
	rc = emsign_store_scan(store, "order", NULL, NULL, 0, copy_url, url, &err);
	assert_int_equal(rc, EMSIGN_E_STORE);
	assert_non_null(strstr(err.message, "damaged"));
	emsign_store_free(store);
}

/* --- the schema -------------------------------------------------------------------------- */

static void numbers_are_numbers(void **state)
{
	const emsign_kv row[] = { { "number", "17" }, { "created_at", "1767225600" },
				  { "years", "007" }, { "status", "issued" }, { NULL, NULL } };
	emsign_store *store = store_open();

	(void)state;
	assert_int_equal(emsign_store_put(store, "order", "a/1", row, NULL), EMSIGN_OK);
	emsign_store_free(store);
	assert_string_equal(sql_ask("SELECT typeof(created_at) FROM \"order\""), "integer");
	assert_string_equal(sql_ask("SELECT typeof(number) FROM \"order\""), "text");
	assert_string_equal(sql_ask("SELECT typeof(status) FROM \"order\""), "text");
	assert_string_equal(sql_ask("SELECT typeof(url) FROM \"order\""), "null");
}

static void transient_kinds_have_no_table(void **state)
{
	(void)state;
	emsign_store_free(store_open());
	assert_string_equal(sql_ask("SELECT count(*) FROM sqlite_master WHERE type = 'table'"), "14");
	assert_string_equal(sql_ask("SELECT count(*) FROM sqlite_master WHERE name = 'stats'"), "0");
}

static const char *plan_of(const emsign_kv *filter)
{
	struct ems_buf text = EMS_BUF(65536);
	static char plan[512];
	sqlite3_stmt *stmt;
	sqlite3 *db;

	ems_buf_text(&text, "EXPLAIN QUERY PLAN ");
	ems_sqlite_sql_page(&text, ems_kind_find("order"), filter);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, ems_buf_str(&text), -1, &stmt, NULL), SQLITE_OK);
	plan[0] = '\0';
	while (sqlite3_step(stmt) == SQLITE_ROW)
		(void)snprintf(plan + strlen(plan), sizeof(plan) - strlen(plan), "%s; ",
			       (const char *)sqlite3_column_text(stmt, 3));
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	ems_buf_free(&text);
	return plan;
}

static void indexes_serve_pages_in_order(void **state)
{
	static const char *const indexed[] = { "number", "status", "domain", "spki", "tag" };
	size_t i;

	(void)state;
	emsign_store_free(store_open());
	for (i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++) {
		const emsign_kv filter[] = { { indexed[i], "x" }, { NULL, NULL } };
		char index[64];

		(void)snprintf(index, sizeof(index), "INDEX order_%s", indexed[i]);
		assert_non_null(strstr(plan_of(filter), index));
		assert_null(strstr(plan_of(filter), "TEMP"));
	}
	assert_null(strstr(plan_of(NULL), "SCAN"));
	assert_null(strstr(plan_of(NULL), "TEMP"));
}

/* A file of an older version lacks tables, columns and indexes. */
static void older_file_is_brought_up_to_date(void **state)
{
	const emsign_kv tag[] = { { "tag", "t" }, { NULL, NULL } };
	emsign_store *store = store_open();

	(void)state;
	assert_int_equal(emsign_store_put(store, "order", "a/1", tag, NULL), EMSIGN_OK);
	emsign_store_free(store);
	sql("ALTER TABLE \"order\" DROP COLUMN url; ALTER TABLE \"order\" DROP COLUMN created_at;"
	    "DROP INDEX order_tag; DROP TABLE tombstone; DROP TABLE csr");
	store = store_open();
	assert_string_equal(url_of(store, "a/1"), "");
	assert_int_equal(put(store, "a/2", "u"), EMSIGN_OK);
	assert_string_equal(url_of(store, "a/2"), "u");
	assert_int_equal(emsign_store_put(store, "tombstone", "a/1", nothing, NULL), EMSIGN_OK);
	emsign_store_free(store);
	assert_string_equal(sql_ask("SELECT tag FROM \"order\" WHERE id = 'a/1'"), "t");
	assert_string_equal(sql_ask("SELECT type FROM pragma_table_info('order') "
				    "WHERE name = 'created_at'"), "INTEGER");
	assert_string_equal(sql_ask("SELECT count(*) FROM sqlite_master WHERE name IN "
				    "('order_tag', 'csr', 'csr_spki')"), "3");
}

/* What a newer version added survives an older one that does not know it. */
static void newer_columns_are_kept(void **state)
{
	emsign_store *store = store_open();

	(void)state;
	assert_int_equal(put(store, "a/1", "u"), EMSIGN_OK);
	sql("ALTER TABLE \"order\" ADD COLUMN future TEXT; UPDATE \"order\" SET future = 'f'");
	assert_int_equal(put(store, "a/1", "v"), EMSIGN_OK);
	assert_string_equal(url_of(store, "a/1"), "v");
	emsign_store_free(store);
	assert_string_equal(sql_ask("SELECT future FROM \"order\""), "f");
}

static void opening_again_changes_nothing(void **state)
{
	static unsigned char before[1 << 20], after[1 << 20];
	emsign_store *store = store_open();
	size_t len;

	(void)state;
	assert_int_equal(put(store, "a/1", "u"), EMSIGN_OK);
	emsign_store_free(store);
	len = read_file(before, sizeof(before));
	store = store_open();
	assert_string_equal(url_of(store, "a/1"), "u");
	emsign_store_free(store);
	assert_int_equal(read_file(after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_private),
		TEST(empty_file_is_welcome),
		TEST(garbage_is_left_alone),
		TEST(foreign_database_is_left_alone),
		TEST(newer_version_is_left_alone),
		TEST(newer_version_in_the_log_is_seen),
		TEST(missing_folder_is_named),
		TEST(unreadable_file_is_an_io_error),
		TEST(read_only_folder_is_an_io_error),
		TEST(odd_paths_are_plain_files),
		TEST(damage_is_named),
		TEST(numbers_are_numbers),
		TEST(transient_kinds_have_no_table),
		TEST(indexes_serve_pages_in_order),
		TEST(older_file_is_brought_up_to_date),
		TEST(newer_columns_are_kept),
		TEST(opening_again_changes_nothing),
		TEST(two_handles_see_each_other),
		TEST(processes_count_together),
		TEST(processes_open_together),
		TEST(kill_leaves_whole_transactions),
		TEST(full_disk_keeps_nothing_half),
	};

	return cmocka_run_group_tests_name("store_sqlite", tests, NULL, NULL);
}
