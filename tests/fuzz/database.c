/* SPDX-License-Identifier: MIT */
/*
 * A file that is opened as a store. Input: one byte of `how`, then the whole file; or (CHANGE)
 * changes to a good one: three bytes for the place, one for what is put there, again and again; or
 * (SQL) statements that somebody ran on a good one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "model/record.h"
#include <emsign/store.h>

enum { CHANGE = 1, SQL = 2, SHORTEN = 4 };

#define STEPS_MAX 20000

static char folder[64];
static char path[96];
static uint8_t *good; /* what the library makes */
static size_t good_len;

static void write_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	FUZZ_MUST(fd >= 0);
	FUZZ_MUST(write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

static void remove_files(void)
{
	static const char *const behind[] = { "", "-wal", "-shm", "-journal" };
	char name[128];

	for (size_t i = 0; i < FUZZ_COUNT(behind); i++) {
		snprintf(name, sizeof(name), "%s%s", path, behind[i]);
		(void)unlink(name);
	}
}

static void tidy(void)
{
	remove_files();
	(void)rmdir(folder);
	free(good);
}

/* A store with a row in it, as the library makes it. */
static void make_good(void)
{
	static const emsign_kv row[] = { { "number", "1" }, { "domain", "www.example.com" },
					 { "sans", "a\nb" }, { "status", "issued" },
					 { "ordered_at", "1768472430" }, { NULL, NULL } };
	emsign_store *store = NULL;
	char uri[128];
	struct stat st;
	int fd;

	snprintf(folder, sizeof(folder), "%s/emsign-fuzz-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	FUZZ_MUST(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/store.db", folder);
	snprintf(uri, sizeof(uri), "sqlite:%s", path);
	FUZZ_MUST(!emsign_store_open(uri, &store, NULL));
	FUZZ_MUST(!emsign_store_put(store, "order", "lab/1", row, NULL));
	FUZZ_MUST(!emsign_store_put(store, "order", "lab/2", row, NULL));
	emsign_store_free(store);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	FUZZ_MUST(fd >= 0 && fstat(fd, &st) == 0);
	good_len = (size_t)st.st_size;
	good = malloc(good_len);
	FUZZ_MUST(good && read(fd, good, good_len) == st.st_size);
	close(fd);
	atexit(tidy);
}

static void change_good(struct fuzz_input *in, bool shorten)
{
	uint8_t *copy = malloc(good_len);
	size_t len = good_len;

	FUZZ_MUST(copy != NULL);
	memcpy(copy, good, len);
	if (shorten)
		len = (fuzz_byte(in) * 256u + fuzz_byte(in)) * 16 % len;
	while (in->left >= 4 && len) {
		size_t at = fuzz_byte(in) * 65536u;

		at += fuzz_byte(in) * 256u;
		at += fuzz_byte(in);
		copy[at % len] = (uint8_t)fuzz_byte(in);
	}
	write_file(copy, len);
	free(copy);
}

static int count_down(void *ud)
{
	return --*(int *)ud < 0;
}

static int only_this_file(void *ud, int action, const char *a, const char *b, const char *c,
			  const char *d)
{
	(void)ud;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return action == SQLITE_ATTACH || action == SQLITE_PRAGMA ? SQLITE_DENY : SQLITE_OK;
}

static void run_sql(struct fuzz_input *in)
{
	char *sql = fuzz_text(*in);
	int steps = STEPS_MAX / 100;
	sqlite3 *db = NULL;

	write_file(good, good_len);
	FUZZ_MUST(sqlite3_open(path, &db) == SQLITE_OK);
	sqlite3_progress_handler(db, 100, count_down, &steps);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1000000);
	sqlite3_set_authorizer(db, only_this_file, NULL);
	(void)sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	free(sql);
}

/* --- what a store makes of it ----------------------------------------------------------------- */

struct look {
	const struct ems_kind *kind;
	char last[256];
	size_t n;
};

/* Rows come in order, and each makes a record or says why not. */
static emsign_rc on_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct look *look = ud;
	void *record = NULL;
	emsign_error err;
	emsign_rc rc;

	FUZZ_MUST(kind && strcmp(kind, look->kind->name) == 0 && id);
	rc = ems_record_from_row(look->kind, id, row, &record, &err);
	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (record != NULL));
	emsign_free(record);
	snprintf(look->last, sizeof(look->last), "%s", id);
	return ++look->n < 1000 ? EMSIGN_OK : EMSIGN_E_CALLBACK;
}

static void look_through(emsign_store *store)
{
	static const emsign_kv filter[] = { { "domain", "www.example.com" }, { NULL, NULL } };
	static const emsign_kv row[] = { { "domain", "new.example.com" }, { NULL, NULL } };
	size_t n;
	const struct ems_kind *kinds = ems_kinds(&n);
	emsign_error err;

	for (size_t i = 0; i < n; i++) {
		struct look look = { .kind = &kinds[i] };

		if (kinds[i].reach == EMS_TRANSIENT)
			continue;
		fuzz_check(emsign_store_scan(store, kinds[i].name, NULL, NULL, 0, on_row, &look,
					     &err), &err);
		fuzz_check(emsign_store_get(store, kinds[i].name, look.last[0] ? look.last : "x",
					    on_row, &look, &err), &err);
	}
	for (size_t i = 0; i < 2; i++) {
		struct look look = { .kind = ems_kind_find("order") };

		fuzz_check(emsign_store_scan(store, "order", filter, NULL, 2, on_row, &look, &err),
			   &err);
		fuzz_check(emsign_store_put(store, "order", "lab/3", row, &err), &err);
	}
	fuzz_check(emsign_store_remove(store, "order", "lab/1", &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	unsigned how = fuzz_byte(&in);
	emsign_store *store = NULL;
	emsign_error err;
	char uri[128];
	emsign_rc rc;

	if (!good)
		make_good();
	remove_files();
	if (how & SQL)
		run_sql(&in);
	else if (how & CHANGE)
		change_good(&in, how & SHORTEN);
	else
		write_file(in.at, in.left);
	snprintf(uri, sizeof(uri), "sqlite:%s", path);
	rc = emsign_store_open(uri, &store, &err);
	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (store != NULL));
	if (store)
		look_through(store);
	emsign_store_free(store);
	fuzz_check_memory();
	return 0;
}
