/* SPDX-License-Identifier: MIT */
/* Tests of the store in a file: a folder for each, and short words for what they all do. */
#ifndef EMS_TESTS_STORE_FILE_H
#define EMS_TESTS_STORE_FILE_H

#include <emsign/store.h>

#include <dirent.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[96];
static char uri[128];

/* --- a folder per test ------------------------------------------------------------------- */

static inline int folder_make(void **state)
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
static inline size_t folder_each(void (*fn)(const char *file))
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

static inline void drop_file(const char *file)
{
	assert_int_equal(remove(file), 0);
}

static inline int folder_drop(void **state)
{
	(void)state;
	(void)chmod(folder, 0700);
	(void)folder_each(drop_file);
	return rmdir(folder);
}

/* --- short words ------------------------------------------------------------------------- */

static inline emsign_store *store_open(void)
{
	emsign_store *store = NULL;
	emsign_error err;

	if (emsign_store_open(uri, &store, &err))
		fail_msg("%s", err.message);
	return store;
}

static inline emsign_rc put(emsign_store *store, const char *id, const char *url)
{
	const emsign_kv row[] = { { "url", url }, { NULL, NULL } };

	return emsign_store_put(store, "order", id, row, NULL);
}

static inline emsign_rc copy_url(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind, (void)id;
	for (; row->key; row++) {
		if (!strcmp(row->key, "url"))
			(void)snprintf(ud, 32, "%s", row->value);
	}
	return EMSIGN_OK;
}

/* The url of an order; "" without one, "(none)" when there is no such order. */
static inline const char *url_of(emsign_store *store, const char *id)
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

static inline void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL))
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first cell of an answer as text. */
static inline const char *sql_ask(const char *text)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_drop)

#endif
