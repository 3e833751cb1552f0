/* SPDX-License-Identifier: MIT */
/* The handle around a store, the names that open one, and the built-in stores under the suite. */
#include "store/store.h"

#include "../conformance/store.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const emsign_kv nothing[] = { { NULL, NULL } };

/* --- memory that can run short ----------------------------------------------------------- */

/* Allocations until one fails, which then go on failing; negative: never. */
static long supply = -1;

static void *scarce_realloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	(void)ud;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	if (supply == 0)
		return NULL;
	if (supply > 0)
		supply--;
	return realloc(ptr, new_size);
}

/* --- the suite --------------------------------------------------------------------------- */

struct home {
	char folder[64];
	char uri[128];
	const char *path;
};

static void home_clear(const struct home *h)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char path[160];
	size_t i;

	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", h->path, tails[i]);
		(void)unlink(path);
	}
}

/* Skips the test where the library was built without SQLite. */
static void home_make(struct home *h)
{
	emsign_store *none;

	if (emsign_store_open("sqlite:/nowhere/store.db", &none, NULL) == EMSIGN_E_UNSUPPORTED)
		skip();
	(void)snprintf(h->folder, sizeof(h->folder), "/tmp/emsign-store-XXXXXX");
	assert_non_null(mkdtemp(h->folder));
	(void)snprintf(h->uri, sizeof(h->uri), "sqlite:%s/store.db", h->folder);
	h->path = h->uri + strlen("sqlite:");
}

static void home_drop(const struct home *h)
{
	home_clear(h);
	assert_int_equal(rmdir(h->folder), 0);
}

static emsign_store *open_uri(const char *uri)
{
	emsign_store *store = NULL;
	emsign_error err;

	if (emsign_store_open(uri, &store, &err))
		fprintf(stderr, "%s\n", err.message);
	return store;
}

static emsign_store *open_memory(void *ud)
{
	(void)ud;
	return open_uri("memory:");
}

static void memory_passes_the_suite(void **state)
{
	struct store_suite suite = { .name = "memory", .open = open_memory, .transactions = 1,
				     .log = stderr };

	(void)state;
	assert_int_equal(store_suite_run(&suite), 0);
}

static emsign_store *open_fresh(void *ud)
{
	home_clear(ud);
	return open_uri(((const struct home *)ud)->uri);
}

static emsign_store *open_again(void *ud)
{
	return open_uri(((const struct home *)ud)->uri);
}

static void sqlite_passes_the_suite(void **state)
{
	struct home h;
	struct store_suite suite = { .name = "sqlite", .open = open_fresh, .reopen = open_again,
				     .ud = &h, .transactions = 1, .log = stderr };

	(void)state;
	home_make(&h);
	assert_int_equal(store_suite_run(&suite), 0);
	home_drop(&h);
}

/* --- a table of functions ---------------------------------------------------------------- */

static struct {
	int calls;
	int destroyed;
	int ended_with;
	emsign_rc rc;
} seen;

static emsign_rc seen_put(void *self, const char *kind, const char *id, const emsign_kv *row,
			  emsign_error *err)
{
	(void)self, (void)kind, (void)id, (void)row, (void)err;
	seen.calls++;
	return seen.rc;
}

static emsign_rc seen_get(void *self, const char *kind, const char *id, emsign_row_fn give,
			  void *ud, emsign_error *err)
{
	(void)self, (void)err;
	seen.calls++;
	return seen.rc ? seen.rc : give(ud, kind, id, nothing);
}

static emsign_rc seen_scan(void *self, const char *kind, const emsign_kv *filter,
			   const char *after, size_t limit, emsign_row_fn give, void *ud,
			   emsign_error *err)
{
	(void)self, (void)filter, (void)after, (void)limit, (void)err;
	seen.calls++;
	return seen.rc ? seen.rc : give(ud, kind, "a/1", nothing);
}

static emsign_rc seen_remove(void *self, const char *kind, const char *id, emsign_error *err)
{
	(void)self, (void)kind, (void)id, (void)err;
	seen.calls++;
	return seen.rc;
}

static emsign_rc seen_begin(void *self, emsign_error *err)
{
	(void)self, (void)err;
	seen.calls++;
	return seen.rc;
}

static emsign_rc seen_end(void *self, emsign_rc outcome, emsign_error *err)
{
	(void)self, (void)err;
	seen.ended_with = outcome;
	return seen.rc;
}

static void seen_destroy(void *self)
{
	(void)self;
	seen.destroyed++;
}

static emsign_store_ops seen_ops(void)
{
	emsign_store_ops ops = { .size = sizeof(ops), .name = "seen", .put = seen_put,
				 .get = seen_get, .scan = seen_scan, .remove = seen_remove,
				 .destroy = seen_destroy };

	memset(&seen, 0, sizeof(seen));
	return ops;
}

static emsign_store *seen_open(const emsign_store_ops *ops)
{
	emsign_store *store = NULL;

	assert_int_equal(emsign_store_new(ops, NULL, &store, NULL), EMSIGN_OK);
	return store;
}

static emsign_rc ignore(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)ud, (void)kind, (void)id, (void)row;
	return EMSIGN_OK;
}

static void needed_slots_are_named(void **state)
{
	static const struct {
		size_t offset;
		const char *name;
	} slots[] = {
		{ offsetof(emsign_store_ops, put), "'put'" },
		{ offsetof(emsign_store_ops, get), "'get'" },
		{ offsetof(emsign_store_ops, scan), "'scan'" },
		{ offsetof(emsign_store_ops, remove), "'remove'" },
		{ offsetof(emsign_store_ops, begin), "'begin'" },
		{ offsetof(emsign_store_ops, end), "'end'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		emsign_store_ops ops = seen_ops();
		emsign_store *store = (emsign_store *)&ops;
		emsign_error err;

		ops.begin = seen_begin;
		ops.end = seen_end;
		memset((char *)&ops + slots[i].offset, 0, sizeof(ops.destroy));
		assert_int_equal(emsign_store_new(&ops, NULL, &store, &err), EMSIGN_E_INVALID);
		assert_non_null(strstr(err.message, slots[i].name));
		assert_null(store);
		assert_int_equal(seen.destroyed, 0);
	}
}

/* A table from before `begin` was added must not be read beyond its end. */
static void short_table_is_enough(void **state)
{
	emsign_store_ops ops = seen_ops();
	emsign_store *store;

	(void)state;
	ops.size = offsetof(emsign_store_ops, begin);
	ops.begin = seen_begin;
	ops.cas = NULL;
	store = seen_open(&ops);
	assert_int_equal(emsign_store_begin(store, NULL), EMSIGN_OK);
	assert_int_equal(seen.calls, 0);
	emsign_store_free(store);
	assert_int_equal(seen.destroyed, 0);
}

static void last_reference_destroys(void **state)
{
	emsign_store_ops ops = seen_ops();
	emsign_store *store = seen_open(&ops);

	(void)state;
	assert_ptr_equal(ems_store_ref(store), store);
	emsign_store_free(store);
	assert_int_equal(seen.destroyed, 0);
	emsign_store_free(store);
	assert_int_equal(seen.destroyed, 1);
	emsign_store_free(NULL);
	assert_null(ems_store_ref(NULL));
}

static void open_transaction_is_undone_first(void **state)
{
	emsign_store_ops ops = seen_ops();
	emsign_store *store;

	(void)state;
	ops.begin = seen_begin;
	ops.end = seen_end;
	store = seen_open(&ops);
	assert_int_equal(emsign_store_begin(store, NULL), EMSIGN_OK);
	emsign_store_free(store);
	assert_int_not_equal(seen.ended_with, EMSIGN_OK);
	assert_int_equal(seen.destroyed, 1);
}

static void failed_begin_opens_nothing(void **state)
{
	emsign_store_ops ops = seen_ops();
	emsign_store *store;

	(void)state;
	ops.begin = seen_begin;
	ops.end = seen_end;
	store = seen_open(&ops);
	seen.rc = EMSIGN_E_STORE;
	assert_int_equal(emsign_store_begin(store, NULL), EMSIGN_E_STORE);
	assert_int_equal(emsign_store_end(store, EMSIGN_OK, NULL), EMSIGN_E_STATE);
	emsign_store_free(store);
}

/* A store may answer with a bare code: the sentence is the handle's. */
static void bare_codes_get_a_sentence(void **state)
{
	static const struct {
		emsign_rc rc;
		const char *part;
	} codes[] = {
		{ EMSIGN_E_NOTFOUND, "no order 'a/1'" },
		{ EMSIGN_E_CONFLICT, "order 'a/1'" },
		{ EMSIGN_E_STORE, "'seen'" },
	};
	emsign_store_ops ops = seen_ops();
	emsign_store *store = seen_open(&ops);
	emsign_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		seen.rc = codes[i].rc;
		assert_int_equal(emsign_store_get(store, "order", "a/1", ignore, NULL, &err),
				 codes[i].rc);
		assert_int_equal(err.rc, codes[i].rc);
		assert_non_null(strstr(err.message, codes[i].part));
	}
	emsign_store_free(store);
}

static emsign_rc fail_myself(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	emsign_error *err = ud;

	(void)kind, (void)id, (void)row;
	err->rc = EMSIGN_E_CRYPTO;
	(void)snprintf(err->message, sizeof(err->message), "mine");
	return err->rc;
}

static void sentence_of_a_callback_is_kept(void **state)
{
	emsign_store *store = open_memory(NULL);
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_store_put(store, "order", "a/1", nothing, NULL), EMSIGN_OK);
	assert_int_equal(emsign_store_scan(store, "order", NULL, NULL, 0, fail_myself, &err, &err),
			 EMSIGN_E_CRYPTO);
	assert_string_equal(err.message, "mine");
	emsign_store_free(store);
}

/* --- checks ------------------------------------------------------------------------------ */

struct refusal {
	const char *kind;
	const char *id;
	const emsign_kv row[3];
	const char *part; /* of the sentence */
};

static const struct refusal refusals[] = {
	{ "ordr", "a/1", { { NULL, NULL } }, "credential, user, group" },
	{ "stats", "a/1", { { NULL, NULL } }, "unknown kind 'stats'" },
	{ "", "a/1", { { NULL, NULL } }, "unknown kind" },
	{ NULL, "a/1", { { NULL, NULL } }, "unknown kind" },
	{ "order", NULL, { { NULL, NULL } }, "empty" },
	{ "order", "", { { NULL, NULL } }, "empty" },
	{ "order", "a\x01", { { NULL, NULL } }, "control" },
	{ "order", "a\x7f", { { NULL, NULL } }, "control" },
	{ "order", "a\xff", { { NULL, NULL } }, "UTF-8" },
	{ "order", "a/1", { { "prodcut", "x" }, { NULL, NULL } }, "'product'" },
	{ "order", "a/1", { { "xyzzy", "x" }, { NULL, NULL } }, "credential, url" },
	{ "order", "a/1", { { "id", "x" }, { NULL, NULL } }, "'id'" },
	{ "order", "a/1", { { "url", NULL }, { NULL, NULL } }, "'url'" },
	{ "order", "a/1", { { "url", "x" }, { "url", "y" }, { NULL, NULL } }, "twice" },
};

static void wrong_input_is_refused(void **state)
{
	emsign_store_ops ops = seen_ops();
	emsign_store *store = seen_open(&ops);
	emsign_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *f = &refusals[i];

		assert_int_equal(emsign_store_put(store, f->kind, f->id, f->row, &err),
				 EMSIGN_E_INVALID);
		assert_non_null(strstr(err.message, f->part));
		assert_int_equal(emsign_store_cas(store, f->kind, f->id, f->row, NULL, &err),
				 EMSIGN_E_INVALID);
		assert_int_equal(emsign_store_cas(store, f->kind, f->id, NULL, f->row, &err),
				 EMSIGN_E_INVALID);
	}
	assert_int_equal(seen.calls, 0);
	emsign_store_free(store);
}

static void every_call_checks(void **state)
{
	const emsign_kv filter[] = { { "prodcut", NULL }, { NULL, NULL } };
	emsign_store_ops ops = seen_ops();
	emsign_store *s = seen_open(&ops);
	char id[1026];

	(void)state;
	memset(id, 'x', 1025);
	id[1025] = '\0';
	assert_int_equal(emsign_store_put(s, "order", id, nothing, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_put(s, "order", "a", NULL, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_get(s, "x", "a", ignore, NULL, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_get(s, "order", "", ignore, NULL, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_get(s, "order", "a", NULL, NULL, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_remove(s, "x", "a", NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_remove(s, "order", "", NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_scan(s, "x", NULL, NULL, 0, ignore, NULL, NULL),
			 EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_scan(s, "order", filter, NULL, 0, ignore, NULL, NULL),
			 EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_scan(s, "order", NULL, NULL, 0, NULL, NULL, NULL),
			 EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_put(NULL, "order", "a", nothing, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_begin(NULL, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_store_end(NULL, EMSIGN_OK, NULL), EMSIGN_E_INVALID);
	assert_int_equal(seen.calls, 0);
	emsign_store_free(s);
}

/* --- names that open a store ------------------------------------------------------------- */

static void unknown_scheme_says_what_is_known(void **state)
{
	static const struct {
		const char *uri;
		const char *part;
	} uris[] = {
		{ "postgresql://user:hunter2@host/db", "'postgresql'; known are 'memory:'" },
		{ "Memory:", "'Memory'" },
		{ "store.db", "'sqlite:PATH'" },
		{ "", "'sqlite:PATH'" },
		{ NULL, "'sqlite:PATH'" },
		{ "memory:x", "'x'" },
		{ "sqlite:", "path" },
	};
	emsign_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		emsign_store *store = (emsign_store *)&err;

		assert_int_equal(emsign_store_open(uris[i].uri, &store, &err), EMSIGN_E_INVALID);
		assert_non_null(strstr(err.message, uris[i].part));
		assert_null(strstr(err.message, "hunter2"));
		assert_null(store);
	}
	assert_int_equal(emsign_store_open("memory:", NULL, &err), EMSIGN_E_INVALID);
}

/* --- filters ----------------------------------------------------------------------------- */

static void filters(void **state)
{
	const emsign_kv row[] = { { "a", "1" }, { "b", "" }, { NULL, NULL } };
	const emsign_kv yes[] = { { "a", "1" }, { "c", NULL }, { "b", "" }, { NULL, NULL } };
	const emsign_kv apart[] = { { "a", "2" }, { "b", "" }, { "a", "1" }, { NULL, NULL } };
	const emsign_kv one_of[] = { { "a", "2" }, { "a", "3" }, { "a", "1" }, { NULL, NULL } };
	const emsign_kv other[] = { { "a", "2" }, { "a", "3" }, { NULL, NULL } };
	const emsign_kv not_absent[] = { { "b", NULL }, { NULL, NULL } };
	const emsign_kv absent[] = { { "c", "" }, { NULL, NULL } };

	(void)state;
	assert_true(ems_store_passes(NULL, row));
	assert_true(ems_store_passes(nothing, row));
	assert_true(ems_store_passes(yes, row));
	assert_true(ems_store_passes(apart, row));
	assert_true(ems_store_passes(one_of, row));
	assert_false(ems_store_passes(other, row));
	assert_false(ems_store_passes(not_absent, row));
	assert_false(ems_store_passes(absent, row));
}

/* --- callbacks that use the built-in store they are called from -------------------------- */

struct busy {
	emsign_store *store;
	size_t rows;
};

static emsign_rc rewrite(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	const emsign_kv done[] = { { "tag", "done" }, { NULL, NULL } };
	struct busy *b = ud;

	b->rows++;
	assert_string_equal(row[0].value, "new");
	if (id[strlen(id) - 1] == '5')
		return emsign_store_remove(b->store, kind, id, NULL);
	assert_int_equal(emsign_store_put(b->store, kind, id, done, NULL), EMSIGN_OK);
	/* lent for the call, whatever became of the row */
	assert_string_equal(row[0].value, "new");
	return EMSIGN_OK;
}

static emsign_rc is_done(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind, (void)id;
	++*(size_t *)ud;
	return strcmp(row[0].value, "done") ? EMSIGN_E_MISMATCH : EMSIGN_OK;
}

static void rewrite_all(emsign_store *store)
{
	const emsign_kv fresh[] = { { "tag", "new" }, { NULL, NULL } };
	struct busy b = { store, 0 };
	char id[16];
	size_t i, n = 0;

	assert_non_null(store);
	for (i = 0; i < 300; i++) {
		(void)snprintf(id, sizeof(id), "a/%zu", i);
		assert_int_equal(emsign_store_put(store, "order", id, fresh, NULL), EMSIGN_OK);
	}
	assert_int_equal(emsign_store_scan(store, "order", fresh, NULL, 0, rewrite, &b, NULL),
			 EMSIGN_OK);
	assert_int_equal(b.rows, 300);
	assert_int_equal(emsign_store_scan(store, "order", NULL, NULL, 0, is_done, &n, NULL),
			 EMSIGN_OK);
	assert_int_equal(n, 270);
	emsign_store_free(store);
}

static void callbacks_may_use_memory(void **state)
{
	(void)state;
	rewrite_all(open_memory(NULL));
}

static void callbacks_may_use_sqlite(void **state)
{
	struct home h;

	(void)state;
	home_make(&h);
	rewrite_all(open_fresh(&h));
	home_drop(&h);
}

/* --- short of memory --------------------------------------------------------------------- */

static emsign_rc some_work(emsign_store *store)
{
	const emsign_kv before[] = { { "url", "u" }, { NULL, NULL } };
	const emsign_kv after[] = { { "url", "v" }, { NULL, NULL } };
	emsign_rc rc = emsign_store_begin(store, NULL);

	if (rc)
		return rc;
	rc = emsign_store_put(store, "order", "a/2", after, NULL);
	if (!rc)
		rc = emsign_store_cas(store, "order", "a/1", before, after, NULL);
	if (!rc)
		rc = emsign_store_get(store, "order", "a/2", ignore, NULL, NULL);
	if (!rc)
		rc = emsign_store_scan(store, "order", after, NULL, 0, ignore, NULL, NULL);
	if (!rc)
		rc = emsign_store_remove(store, "order", "a/1", NULL);
	if (rc) {
		(void)emsign_store_end(store, rc, NULL);
		return rc;
	}
	return emsign_store_end(store, EMSIGN_OK, NULL);
}

static emsign_rc is_before(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind;
	++*(size_t *)ud;
	return strcmp(id, "a/1") || strcmp(row[0].value, "u") ? EMSIGN_E_MISMATCH : EMSIGN_OK;
}

/* Returns 0 when `after` allocations were enough. */
static int work_with(const char *uri, long after)
{
	const emsign_kv before[] = { { "url", "u" }, { NULL, NULL } };
	emsign_store *store = NULL;
	size_t rows = 0;
	emsign_rc rc;

	supply = after;
	rc = emsign_store_open(uri, &store, NULL);
	if (!rc)
		rc = emsign_store_put(store, "order", "a/1", before, NULL);
	if (rc) {
		supply = -1;
		emsign_store_free(store);
		assert_int_equal(rc, EMSIGN_E_NOMEM);
		return 1;
	}
	rc = some_work(store);
	supply = -1;
	if (rc) {
		assert_int_equal(rc, EMSIGN_E_NOMEM);
		assert_int_equal(emsign_store_scan(store, "order", NULL, NULL, 0, is_before, &rows,
						   NULL), EMSIGN_OK);
		assert_int_equal(rows, 1);
	}
	emsign_store_free(store);
	return rc != EMSIGN_OK;
}

static void memory_may_run_short(void **state)
{
	long n;

	(void)state;
	for (n = 0; work_with("memory:", n); n++)
		assert_true(n < 1000);
	assert_true(n > 5);
}

static void sqlite_may_run_short(void **state)
{
	struct home h;
	long n;

	(void)state;
	home_make(&h);
	for (n = 0; work_with(h.uri, n); n++) {
		home_clear(&h);
		assert_true(n < 1000);
	}
	assert_true(n > 5);
	home_drop(&h);
}

int main(void)
{
	const emsign_allocator scarce = { sizeof(scarce), scarce_realloc, NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_passes_the_suite),
		cmocka_unit_test(sqlite_passes_the_suite),
		cmocka_unit_test(needed_slots_are_named),
		cmocka_unit_test(short_table_is_enough),
		cmocka_unit_test(last_reference_destroys),
		cmocka_unit_test(open_transaction_is_undone_first),
		cmocka_unit_test(failed_begin_opens_nothing),
		cmocka_unit_test(bare_codes_get_a_sentence),
		cmocka_unit_test(sentence_of_a_callback_is_kept),
		cmocka_unit_test(wrong_input_is_refused),
		cmocka_unit_test(every_call_checks),
		cmocka_unit_test(unknown_scheme_says_what_is_known),
		cmocka_unit_test(filters),
		cmocka_unit_test(callbacks_may_use_memory),
		cmocka_unit_test(callbacks_may_use_sqlite),
		cmocka_unit_test(memory_may_run_short),
		cmocka_unit_test(sqlite_may_run_short),
	};

	if (emsign_set_allocator(&scarce))
		return 1;
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
