/* SPDX-License-Identifier: MIT */
/*
 * Floor: SQLite alone. The rows that the import left in its store, in the order in which they came,
 * go into a new file with the same tables, indexes and pragmas, and as many to a transaction as the
 * library puts. For each certificate the row of its order is written a second time, as it must be:
 * orders are listed before their certificates are fetched.
 *
 *   insert STORE NEW-FILE PRAGMAS ORDERS-PER-TRANSACTION [CERTIFICATES-PER-TRANSACTION]
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"

#define TEXT_MAX 16384

struct value {
	int type; /* SQLITE_... */
	int64_t number;
	char *text;
	int len;
};

struct table {
	const char *name;
	int n_columns, n_rows;
	struct value *values; /* row by row */
	char sql[TEXT_MAX]; /* of the insert */
};

static sqlite3 *source, *target;

static void must(int code)
{
	if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
		floor_fail("insert", sqlite3_errmsg(target ? target : source));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL));
	return stmt;
}

static void run(const char *sql)
{
	must(sqlite3_exec(target, sql, NULL, NULL, NULL));
}

/* --- before the watch starts ------------------------------------------------------------ */

static void load_value(sqlite3_stmt *stmt, int column, struct value *value)
{
	const void *text;

	value->text = NULL;
	value->type = sqlite3_column_type(stmt, column);
	value->number = sqlite3_column_int64(stmt, column);
	if (value->type != SQLITE_TEXT && value->type != SQLITE_BLOB)
		return;
	text = sqlite3_column_blob(stmt, column);
	value->len = sqlite3_column_bytes(stmt, column);
	value->text = malloc((size_t)value->len + 1);
	if (!value->text)
		floor_fail("insert", "out of memory");
	memcpy(value->text, value->len ? text : "", (size_t)value->len);
}

static void load_rows(struct table *t, sqlite3_stmt *stmt)
{
	int room = 0, i;

	while (sqlite3_step(stmt) == SQLITE_ROW) {
		if (t->n_rows == room) {
			room = room ? 2 * room : 1024;
			t->values = realloc(t->values, sizeof(*t->values) * (size_t)room *
					    (size_t)t->n_columns);
			if (!t->values)
				floor_fail("insert", "out of memory");
		}
		for (i = 0; i < t->n_columns; i++)
			load_value(stmt, i, &t->values[t->n_rows * t->n_columns + i]);
		t->n_rows++;
	}
}

static void write_sql(struct table *t, sqlite3_stmt *stmt)
{
	int len = snprintf(t->sql, TEXT_MAX, "INSERT INTO \"%s\" VALUES (?", t->name), i;

	for (i = 1; i < t->n_columns; i++)
		len += snprintf(t->sql + len, (size_t)(TEXT_MAX - len), ",?");
	len += snprintf(t->sql + len, (size_t)(TEXT_MAX - len), ") ON CONFLICT (\"id\") DO UPDATE "
			"SET ");
	for (i = 0; i < t->n_columns && len < TEXT_MAX; i++) {
		const char *column = sqlite3_column_name(stmt, i);

		if (strcmp(column, "id") != 0)
			len += snprintf(t->sql + len, (size_t)(TEXT_MAX - len),
					"\"%s\" = excluded.\"%s\",", column, column);
	}
	if (len >= TEXT_MAX)
		floor_fail("insert", "too many columns");
	t->sql[len - 1] = '\0';
}

static void load(struct table *t)
{
	char sql[256];
	sqlite3_stmt *stmt;

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" ORDER BY rowid", t->name);
	stmt = prepare(source, sql);
	t->n_columns = sqlite3_column_count(stmt);
	load_rows(t, stmt);
	write_sql(t, stmt);
	sqlite3_finalize(stmt);
}

/* All tables of the store, also the empty ones: they are part of what is opened. */
static void copy_schema(void)
{
	sqlite3_stmt *stmt = prepare(source, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL "
					     "AND name NOT LIKE 'sqlite_%' ORDER BY rowid");

	run("BEGIN");
	while (sqlite3_step(stmt) == SQLITE_ROW)
		run((const char *)sqlite3_column_text(stmt, 0));
	run("COMMIT");
	sqlite3_finalize(stmt);
}

/* For each certificate the row of its order, or -1. */
static int *rows_of_orders(const struct table *certificates)
{
	static const char sql[] =
		"SELECT n FROM (SELECT row_number() OVER (ORDER BY rowid) - 1 AS n, certificate "
		"FROM \"order\") o, certificate c WHERE o.certificate = c.id ORDER BY c.rowid";
	int *rows = malloc(sizeof(*rows) * (size_t)(certificates->n_rows + 1));
	sqlite3_stmt *stmt = prepare(source, sql);
	int i;

	if (!rows)
		floor_fail("insert", "out of memory");
	for (i = 0; i < certificates->n_rows; i++)
		rows[i] = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : -1;
	sqlite3_finalize(stmt);
	return rows;
}

static void unload(struct table *t)
{
	int i;

	for (i = 0; i < t->n_rows * t->n_columns; i++)
		free(t->values[i].text);
	free(t->values);
}

/* --- what is measured --------------------------------------------------------------------- */

static void put(sqlite3_stmt *stmt, const struct table *t, int row)
{
	const struct value *value = &t->values[row * t->n_columns];
	int i;

	for (i = 1; i <= t->n_columns; i++, value++) {
		int code = SQLITE_OK;

		if (value->type == SQLITE_INTEGER)
			code = sqlite3_bind_int64(stmt, i, value->number);
		else if (value->type == SQLITE_TEXT)
			code = sqlite3_bind_text(stmt, i, value->text, value->len, SQLITE_STATIC);
		else if (value->type == SQLITE_BLOB)
			code = sqlite3_bind_blob(stmt, i, value->text, value->len, SQLITE_STATIC);
		else
			code = sqlite3_bind_null(stmt, i);
		must(code);
	}
	must(sqlite3_step(stmt));
	must(sqlite3_reset(stmt));
}

/* Begins and ends transactions of so many rows. */
static void step(int row, int n_rows, int together, bool before)
{
	if (before && row % together == 0)
		run("BEGIN IMMEDIATE");
	if (!before && (row % together == together - 1 || row == n_rows - 1))
		run("COMMIT");
}

static void insert(const struct table *orders, int orders_together,
		   const struct table *certificates, int certificates_together, const int *rows)
{
	sqlite3_stmt *order = prepare(target, orders->sql);
	sqlite3_stmt *certificate = prepare(target, certificates->sql);
	int i;

	for (i = 0; i < orders->n_rows; i++) {
		step(i, orders->n_rows, orders_together, true);
		put(order, orders, i);
		step(i, orders->n_rows, orders_together, false);
	}
	for (i = 0; certificates_together && i < certificates->n_rows; i++) {
		step(i, certificates->n_rows, certificates_together, true);
		put(certificate, certificates, i);
		if (rows[i] >= 0)
			put(order, orders, rows[i]);
		step(i, certificates->n_rows, certificates_together, false);
	}
	sqlite3_finalize(order);
	sqlite3_finalize(certificate);
}

int main(int argc, char **argv)
{
	static struct table orders = { .name = "order" }, certificates = { .name = "certificate" };
	int orders_together, certificates_together, *rows;

	if (argc < 5 || argc > 6) {
		fputs("usage: insert STORE NEW-FILE PRAGMAS ORDERS-PER-TRANSACTION "
		      "[CERTIFICATES-PER-TRANSACTION]\n", stderr);
		return 2;
	}
	orders_together = (int)strtol(argv[4], NULL, 10);
	certificates_together = argc == 6 ? (int)strtol(argv[5], NULL, 10) : 0;
	must(sqlite3_open_v2(argv[1], &source, SQLITE_OPEN_READONLY, NULL));
	load(&orders);
	load(&certificates);
	rows = rows_of_orders(&certificates);
	floor_start();
	must(sqlite3_open(argv[2], &target));
	run(argv[3]);
	copy_schema();
	insert(&orders, orders_together > 0 ? orders_together : 1, &certificates,
	       certificates_together, rows);
	/* as the library closes: the log goes into the file */
	must(sqlite3_wal_checkpoint_v2(target, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
	must(sqlite3_close(target));
	floor_stop(orders.n_rows + (certificates_together ? certificates.n_rows : 0), 0);
	sqlite3_close(source);
	unload(&orders);
	unload(&certificates);
	free(rows);
	return 0;
}
