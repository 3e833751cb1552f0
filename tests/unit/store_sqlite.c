/* SPDX-License-Identifier: MIT */
/* The file behind the store: whose it is, who may read it, what is in it, what is wrong with it. */
#include "store/sqlite.h"
#include "store_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static const emsign_kv nothing[] = { { NULL, NULL } };

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

/* Runs SQL in a process that dies before it can tidy up. */
static void sql_and_die(const char *text)
{
	sqlite3 *db;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (sqlite3_open(path, &db) || sqlite3_exec(db, text, NULL, NULL, NULL))
			_exit(1);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* What its owner did not bring into the file is its owner's to bring in. */
static void foreign_log_is_left_alone(void **state)
{
	static const char *const files[] = {
		"PRAGMA journal_mode = WAL; CREATE TABLE t (x); PRAGMA wal_checkpoint;"
		"INSERT INTO t VALUES (1)",
		"PRAGMA journal_mode = WAL; CREATE TABLE t (x)",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		sql_and_die(files[i]);
		assert_int_equal(folder_each(NULL), 3);
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
	for (i = 60; i < 80; i++) /* rows, and no table's first page */
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
	static const char tables[] = "SELECT count(*) FROM sqlite_master WHERE type = 'table'";
	static const char stats[] = "SELECT count(*) FROM sqlite_master WHERE name = 'stats'";

	(void)state;
	emsign_store_free(store_open());
	assert_string_equal(sql_ask(tables), "20");
	assert_string_equal(sql_ask(stats), "0");
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
	static const char *const indexed[] = { "domain", "open" };
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
	    "DROP INDEX order_domain; DROP TABLE tombstone; DROP TABLE csr");
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
				    "('order_domain', 'csr', 'csr_spki')"), "3");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_private),
		TEST(empty_file_is_welcome),
		TEST(garbage_is_left_alone),
		TEST(foreign_database_is_left_alone),
		TEST(foreign_log_is_left_alone),
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
	};

	return cmocka_run_group_tests_name("store_sqlite", tests, NULL, NULL);
}
