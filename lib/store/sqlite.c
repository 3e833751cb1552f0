/* SPDX-License-Identifier: MIT */
/*
 * The store in a file of SQLite: one table per kind. Rows are read in pages and lent when no
 * statement is open any more, so a callback may use the store, and a slow one holds up nobody.
 */
#include "store/sqlite.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/kv.h"
#include "base/text.h"
#include "store/store.h"
#include <string.h>

#define PAGE_ROWS 64
#define PAGE_BYTES (256 * 1024) /* a page ends with the row that reaches this */
#define SQL_MAX (1024 * 1024)

enum verb { GET, PUT, ADD, REMOVE, N_VERBS };

static void (*const verb_sql[N_VERBS])(struct ems_buf *sql, const struct ems_kind *kind) = {
	[GET] = ems_sqlite_sql_get,
	[PUT] = ems_sqlite_sql_put,
	[ADD] = ems_sqlite_sql_add,
	[REMOVE] = ems_sqlite_sql_remove,
};

struct sqlite {
	struct ems_sqlite file;
	char *path;
	sqlite3_stmt *(*statements)[N_VERBS]; /* per kind; NULL until needed */
	emsign_kv *cells;                     /* room for the widest row and its end */
	bool in_transaction;
};

static const emsign_store_ops sqlite_ops;

/* --- values ------------------------------------------------------------------------------ */

/* Is it the text that the number is written with? "007" and "-0" are not. */
static bool is_number(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	const char *digits = text + negative;

	if ((digits[0] == '0' && (digits[1] || negative)) ||
	    !ems_text_int(digits, 0, INT64_MAX, out))
		return false;
	if (negative)
		*out = -*out;
	return true;
}

/*
 * A column of numbers would make 7 of "007". What is not a plain number goes in as bytes, which
 * SQLite leaves alone, and so comes back as it was, and equals itself in a filter.
 */
static int bind_value(sqlite3_stmt *stmt, size_t at, const struct ems_member *member,
		      const char *value)
{
	bool numbers = member->type == EMS_INT || member->type == EMS_TIME;
	size_t len = value ? strlen(value) : 0;
	int64_t number;

	if (!value)
		return sqlite3_bind_null(stmt, (int)at);
	if (numbers && is_number(value, &number))
		return sqlite3_bind_int64(stmt, (int)at, number);
	if (numbers)
		return sqlite3_bind_blob64(stmt, (int)at, value, len, SQLITE_STATIC);
	return sqlite3_bind_text64(stmt, (int)at, value, len, SQLITE_STATIC, SQLITE_UTF8);
}

/* The row that the statement stands on, in one block, the id as its first value. */
static int copy_row(struct sqlite *s, sqlite3_stmt *stmt, const struct ems_kind *kind,
		    emsign_kv **out)
{
	const char *text;
	size_t n = 0;
	int i;

	for (i = 0; i < (int)kind->n_members; i++) {
		if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
			continue;
		text = (const char *)sqlite3_column_text(stmt, i);
		/* No bytes at all come as NULL, too. */
		if (!text && (sqlite3_errcode(s->file.db) & 0xff) == SQLITE_NOMEM)
			return SQLITE_NOMEM;
		s->cells[n].key = kind->members[i].name;
		s->cells[n].value = text ? text : "";
		n++;
	}
	s->cells[n] = (emsign_kv){ NULL, NULL };
	*out = ems_kv_pack_values(s->cells);
	return *out ? SQLITE_OK : SQLITE_NOMEM;
}

/* --- statements -------------------------------------------------------------------------- */

/*
 * A full disk may have ended the transaction; what follows must not be kept on its own. And short
 * memory may have kept one from being undone; what follows must not become a part of it.
 */
static emsign_rc in_step(struct sqlite *s, emsign_error *err)
{
	bool open = !sqlite3_get_autocommit(s->file.db);

	if (s->in_transaction && !open)
		return ems_fail(err, EMSIGN_E_STORE,
				"the transaction was undone by an earlier failure: '%s'", s->path);
	if (!s->in_transaction && open)
		return ems_sqlite_run(&s->file, "ROLLBACK", err);
	return EMSIGN_OK;
}

static emsign_rc statement(struct sqlite *s, const struct ems_kind *kind, enum verb verb,
			   sqlite3_stmt **out, emsign_error *err)
{
	struct ems_buf sql = EMS_BUF(SQL_MAX);
	sqlite3_stmt **slot;
	emsign_rc rc = in_step(s, err);
	size_t n;

	*out = NULL;
	if (rc)
		return rc;
	slot = &s->statements[kind - ems_kinds(&n)][verb];
	if (!*slot) {
		verb_sql[verb](&sql, kind);
		rc = ems_sqlite_prepare(&s->file, &sql, SQLITE_PREPARE_PERSISTENT, slot, err);
		ems_buf_free(&sql);
	}
	*out = *slot;
	return rc;
}

/* Makes a kept statement ready for its next use; what it was bound to belongs to the caller. */
static void release(sqlite3_stmt *stmt)
{
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
}

/* A statement that answers with no rows. */
static emsign_rc finish(struct sqlite *s, sqlite3_stmt *stmt, int code, emsign_error *err)
{
	if (!code)
		code = sqlite3_step(stmt);
	release(stmt);
	return code == SQLITE_DONE ? EMSIGN_OK : ems_sqlite_fail(&s->file, code, err);
}

/* --- single rows ------------------------------------------------------------------------- */

/* Statements start with nothing bound, which is what an absent value is. */
static emsign_rc write_row(struct sqlite *s, enum verb verb, const char *kind_name, const char *id,
			   const emsign_kv *row, emsign_error *err)
{
	const struct ems_kind *kind = ems_kind_find(kind_name);
	const struct ems_member *m = kind->members;
	const char *values[EMS_MEMBERS_MAX];
	sqlite3_stmt *stmt;
	emsign_rc rc = statement(s, kind, verb, &stmt, err);
	int code;
	size_t i;

	if (rc)
		return rc;
	ems_kind_spread(kind, row, values);
	code = bind_value(stmt, 1, m, id);
	for (i = 1; i < kind->n_members && !code; i++)
		if (values[i])
			code = bind_value(stmt, i + 1, &m[i], values[i]);
	return finish(s, stmt, code, err);
}

static emsign_rc sqlite_put(void *self, const char *kind, const char *id, const emsign_kv *row,
			    emsign_error *err)
{
	return write_row(self, PUT, kind, id, row, err);
}

static emsign_rc sqlite_get(void *self, const char *kind_name, const char *id, emsign_row_fn give,
			    void *ud, emsign_error *err)
{
	struct sqlite *s = self;
	const struct ems_kind *kind = ems_kind_find(kind_name);
	emsign_kv *row = NULL;
	sqlite3_stmt *stmt;
	emsign_rc rc = statement(s, kind, GET, &stmt, err);
	int code;

	if (rc)
		return rc;
	code = bind_value(stmt, 1, kind->members, id);
	if (!code)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		code = copy_row(s, stmt, kind, &row);
	release(stmt);
	if (code == SQLITE_DONE)
		return EMSIGN_E_NOTFOUND;
	if (code)
		return ems_sqlite_fail(&s->file, code, err);
	rc = give(ud, kind_name, row[0].value, row + 1);
	emsign_free(row);
	return rc;
}

static emsign_rc sqlite_remove(void *self, const char *kind_name, const char *id,
			       emsign_error *err)
{
	struct sqlite *s = self;
	const struct ems_kind *kind = ems_kind_find(kind_name);
	sqlite3_stmt *stmt;
	emsign_rc rc = statement(s, kind, REMOVE, &stmt, err);

	if (!rc)
		rc = finish(s, stmt, bind_value(stmt, 1, kind->members, id), err);
	if (rc)
		return rc;
	return sqlite3_changes(s->file.db) > 0 ? EMSIGN_OK : EMSIGN_E_NOTFOUND;
}

/*
 * What is new takes one step. All else goes through the comparison that every store can do: the
 * transaction around it locks out all other writers.
 */
static emsign_rc sqlite_cas(void *self, const char *kind, const char *id, const emsign_kv *expect,
			    const emsign_kv *row, emsign_error *err)
{
	struct sqlite *s = self;
	emsign_rc rc;

	if (expect || !row)
		return ems_store_swap(&sqlite_ops, s, s->in_transaction, kind, id, expect, row,
				      err);
	rc = write_row(s, ADD, kind, id, row, err);
	if (!rc && !sqlite3_changes(s->file.db))
		rc = EMSIGN_E_CONFLICT;
	return rc;
}

/* --- scans ------------------------------------------------------------------------------- */

struct page {
	emsign_kv *rows[PAGE_ROWS];
	size_t n;
	bool more; /* there may be rows behind these */
};

static void page_clear(struct page *page)
{
	while (page->n > 0)
		emsign_free(page->rows[--page->n]);
}

static int bind_filter(sqlite3_stmt *stmt, const struct ems_kind *kind, const emsign_kv *filter)
{
	int code = SQLITE_OK;
	size_t i;

	for (i = 0; filter && filter[i].key && !code; i++) {
		if (filter[i].value)
			code = bind_value(stmt, i + 3, ems_kind_member(kind, filter[i].key),
					  filter[i].value);
	}
	return code;
}

/* Replaces the page by at most `limit` rows behind `after`, which may be the id of its last row. */
static emsign_rc page_read(struct sqlite *s, sqlite3_stmt *stmt, const struct ems_kind *kind,
			   const char *after, size_t limit, struct page *page, emsign_error *err)
{
	size_t bytes = 0;
	int code;

	code = sqlite3_bind_text(stmt, 1, after, -1, SQLITE_TRANSIENT);
	page_clear(page);
	if (!code)
		code = sqlite3_bind_int64(stmt, 2, (int64_t)limit);
	while (!code && page->n < limit && bytes < PAGE_BYTES) {
		code = sqlite3_step(stmt);
		if (code != SQLITE_ROW)
			break;
		code = copy_row(s, stmt, kind, &page->rows[page->n]);
		if (!code)
			bytes += ems_alloc_size(page->rows[page->n++]);
	}
	(void)sqlite3_reset(stmt);
	page->more = code == SQLITE_OK;
	return code && code != SQLITE_DONE ? ems_sqlite_fail(&s->file, code, err) : EMSIGN_OK;
}

/* What is left of `limit`, where 0 means all, as far as it fits on a page. */
static size_t page_limit(size_t limit, size_t given)
{
	return limit && limit - given < PAGE_ROWS ? limit - given : PAGE_ROWS;
}

static emsign_rc scan(struct sqlite *s, sqlite3_stmt *stmt, const struct ems_kind *kind,
		      const char *after, size_t limit, emsign_row_fn give, void *ud,
		      emsign_error *err)
{
	struct page page = { { NULL }, 0, true };
	size_t given = 0;
	emsign_rc rc = EMSIGN_OK;
	size_t i;

	while (!rc && page.more && (limit == 0 || given < limit)) {
		rc = in_step(s, err);
		if (!rc)
			rc = page_read(s, stmt, kind, after, page_limit(limit, given), &page, err);
		for (i = 0; i < page.n && !rc; i++) {
			after = page.rows[i][0].value;
			rc = give(ud, kind->name, after, page.rows[i] + 1);
			given++;
		}
	}
	page_clear(&page);
	return rc;
}

static emsign_rc sqlite_scan(void *self, const char *kind_name, const emsign_kv *filter,
			     const char *after, size_t limit, emsign_row_fn give, void *ud,
			     emsign_error *err)
{
	struct sqlite *s = self;
	const struct ems_kind *kind = ems_kind_find(kind_name);
	struct ems_buf sql = EMS_BUF(SQL_MAX);
	sqlite3_stmt *stmt;
	emsign_rc rc;
	int code;

	ems_sqlite_sql_page(&sql, kind, filter);
	rc = ems_sqlite_prepare(&s->file, &sql, 0, &stmt, err);
	ems_buf_free(&sql);
	if (rc)
		return rc;
	code = bind_filter(stmt, kind, filter);
	if (code)
		rc = ems_sqlite_fail(&s->file, code, err);
	else
		rc = scan(s, stmt, kind, after ? after : "", limit, give, ud, err);
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* --- transactions ------------------------------------------------------------------------ */

/* IMMEDIATE: a transaction that reads first and writes later would fail instead of waiting. */
static emsign_rc sqlite_begin(void *self, emsign_error *err)
{
	struct sqlite *s = self;
	emsign_rc rc = in_step(s, err);

	if (!rc)
		rc = ems_sqlite_run(&s->file, "BEGIN IMMEDIATE", err);
	s->in_transaction = !rc;
	return rc;
}

static emsign_rc sqlite_end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct sqlite *s = self;
	emsign_rc rc = EMSIGN_OK;

	if (!outcome)
		rc = in_step(s, err);
	if (!outcome && !rc)
		rc = ems_sqlite_run(&s->file, "COMMIT", err);
	/* Nothing to undo is left after a commit, and after a failure that undid it already. */
	if (!sqlite3_get_autocommit(s->file.db))
		(void)ems_sqlite_run(&s->file, "ROLLBACK", NULL);
	s->in_transaction = false;
	return rc;
}

/* --- opening and closing ----------------------------------------------------------------- */

static void sqlite_destroy(void *self)
{
	struct sqlite *s = self;
	size_t i, n, verb;

	(void)ems_kinds(&n);
	for (i = 0; s->statements && i < n; i++) {
		for (verb = 0; verb < N_VERBS; verb++)
			(void)sqlite3_finalize(s->statements[i][verb]);
	}
	if (s->file.db)
		ems_sqlite_close(&s->file);
	ems_free(s->statements);
	ems_free(s->cells);
	ems_free(s->path);
	ems_free(s);
}

static const emsign_store_ops sqlite_ops = {
	.size = sizeof(emsign_store_ops),
	.name = "sqlite",
	.put = sqlite_put,
	.get = sqlite_get,
	.scan = sqlite_scan,
	.remove = sqlite_remove,
	.begin = sqlite_begin,
	.end = sqlite_end,
	.cas = sqlite_cas,
	.destroy = sqlite_destroy,
};

static emsign_rc make_room(struct sqlite *s, const char *path, emsign_error *err)
{
	const struct ems_kind *kinds;
	size_t i, n, widest = 0;

	kinds = ems_kinds(&n);
	for (i = 0; i < n; i++) {
		if (kinds[i].n_members > widest)
			widest = kinds[i].n_members;
	}
	s->path = ems_strdup(path);
	s->statements = ems_alloc(n * sizeof(s->statements[0]));
	s->cells = ems_alloc((widest + 1) * sizeof(s->cells[0]));
	s->file.path = s->path;
	return s->path && s->statements && s->cells ? EMSIGN_OK : ems_fail_nomem(err);
}

emsign_rc ems_store_sqlite(const char *path, emsign_store **out, emsign_error *err)
{
	struct sqlite *s = ems_alloc(sizeof(*s));
	emsign_rc rc;

	*out = NULL;
	if (!s)
		return ems_fail_nomem(err);
	rc = make_room(s, path, err);
	if (!rc)
		rc = ems_sqlite_open(&s->file, err);
	if (!rc)
		rc = emsign_store_new(&sqlite_ops, s, out, err);
	if (rc)
		sqlite_destroy(s);
	return rc;
}
