/* SPDX-License-Identifier: MIT */
/*
 * Every text of SQL that follows from records.def. Names come from there alone, values are always
 * parameters; the quotes are for the kinds "order" and "group", which are words of SQL.
 */
#include "store/sqlite.h"

#include "base/text.h"
#include <string.h>

/* --- tables ------------------------------------------------------------------------------ */

static const char *column_type(const struct ems_member *member)
{
	return member->type == EMS_INT || member->type == EMS_TIME ? "INTEGER" : "TEXT";
}

/* An ordinary rowid table: with wide rows and random ids twice as fast as WITHOUT ROWID. */
void ems_sqlite_sql_table(struct ems_buf *sql, const struct ems_kind *kind)
{
	size_t i;

	ems_buf_print(sql, "CREATE TABLE \"%s\" (\"id\" TEXT NOT NULL PRIMARY KEY", kind->name);
	for (i = 1; i < kind->n_members; i++)
		ems_buf_print(sql, ", \"%s\" %s", kind->members[i].name,
			      column_type(&kind->members[i]));
	ems_buf_text(sql, ");\n");
}

void ems_sqlite_sql_column(struct ems_buf *sql, const struct ems_kind *kind,
			   const struct ems_member *member)
{
	ems_buf_print(sql, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s;\n", kind->name, member->name,
		      column_type(member));
}

/*
 * With the id in it, a page of equal values is read in order, without sorting all of them. What is
 * absent is not in it: most members are absent in most rows, and each entry costs as much as a row.
 */
void ems_sqlite_sql_index(struct ems_buf *sql, const struct ems_kind *kind,
			  const struct ems_member *member)
{
	ems_buf_print(sql,
		      "CREATE INDEX \"%s_%s\" ON \"%s\" (\"%s\", \"id\") "
		      "WHERE \"%s\" IS NOT NULL;\n",
		      kind->name, member->name, kind->name, member->name, member->name);
}

/* --- rows -------------------------------------------------------------------------------- */

static void columns(struct ems_buf *sql, const struct ems_kind *kind)
{
	size_t i;

	for (i = 0; i < kind->n_members; i++)
		ems_buf_print(sql, "%s\"%s\"", i ? ", " : "", kind->members[i].name);
}

static void select_from(struct ems_buf *sql, const struct ems_kind *kind)
{
	ems_buf_text(sql, "SELECT ");
	columns(sql, kind);
	ems_buf_print(sql, " FROM \"%s\" WHERE \"id\"", kind->name);
}

void ems_sqlite_sql_get(struct ems_buf *sql, const struct ems_kind *kind)
{
	select_from(sql, kind);
	ems_buf_text(sql, " = ?1");
}

static void insert_into(struct ems_buf *sql, const struct ems_kind *kind)
{
	size_t i;

	ems_buf_print(sql, "INSERT INTO \"%s\" (", kind->name);
	columns(sql, kind);
	ems_buf_text(sql, ") VALUES (");
	for (i = 0; i < kind->n_members; i++)
		ems_buf_print(sql, "%s?%zu", i ? ", " : "", i + 1);
	ems_buf_text(sql, ") ON CONFLICT (\"id\") DO ");
}

void ems_sqlite_sql_add(struct ems_buf *sql, const struct ems_kind *kind)
{
	insert_into(sql, kind);
	ems_buf_text(sql, "NOTHING");
}

/* An upsert and not a REPLACE: columns that only a newer version knows keep their values. */
void ems_sqlite_sql_put(struct ems_buf *sql, const struct ems_kind *kind)
{
	size_t i;

	insert_into(sql, kind);
	ems_buf_text(sql, "UPDATE SET ");
	for (i = 1; i < kind->n_members; i++)
		ems_buf_print(sql, "%s\"%s\" = excluded.\"%s\"", i > 1 ? ", " : "",
			      kind->members[i].name, kind->members[i].name);
}

void ems_sqlite_sql_remove(struct ems_buf *sql, const struct ems_kind *kind)
{
	ems_buf_print(sql, "DELETE FROM \"%s\" WHERE \"id\" = ?1", kind->name);
}

static bool is_first(const emsign_kv *filter, const emsign_kv *f)
{
	for (; filter < f; filter++) {
		if (ems_text_equal(filter->key, f->key))
			return false;
	}
	return true;
}

/* AND ("name" IN (?3, ?5) OR "name" IS NULL): all that the filter says about one name. */
static void condition(struct ems_buf *sql, const emsign_kv *filter, const char *name)
{
	const char *between = "";
	bool or_absent = false;
	size_t i;

	ems_buf_print(sql, " AND (\"%s\" IN (", name);
	for (i = 0; filter[i].key; i++) {
		if (strcmp(filter[i].key, name) != 0)
			continue;
		if (filter[i].value) {
			ems_buf_print(sql, "%s?%zu", between, i + 3);
			between = ", ";
		} else {
			or_absent = true;
		}
	}
	ems_buf_text(sql, ")");
	if (or_absent)
		ems_buf_print(sql, " OR \"%s\" IS NULL", name);
	ems_buf_text(sql, ")");
}

void ems_sqlite_sql_page(struct ems_buf *sql, const struct ems_kind *kind,
			 const emsign_kv *filter)
{
	const emsign_kv *f;

	select_from(sql, kind);
	ems_buf_text(sql, " > ?1");
	for (f = filter; f && f->key; f++) {
		if (is_first(filter, f))
			condition(sql, filter, f->key);
	}
	ems_buf_text(sql, " ORDER BY \"id\" LIMIT ?2");
}
