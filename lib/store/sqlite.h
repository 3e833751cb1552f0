/* SPDX-License-Identifier: MIT */
/* The parts of the SQLite store: the texts of SQL, the file, and (in sqlite.c) the rows. */
#ifndef EMS_STORE_SQLITE_H
#define EMS_STORE_SQLITE_H

#include "base/buf.h"
#include "model/record.h"
#include <sqlite3.h>

/** One connection to a file. */
struct ems_sqlite {
	sqlite3 *db;
	const char *path; /* borrowed; for errors */
};

/* --- sqlite_file.c ----------------------------------------------------------------------- */

/**
 * Opens the file, makes it where it is missing, and brings its tables up to date. A file that is
 * not ours is left as it was. On failure there is nothing to close.
 */
emsign_rc ems_sqlite_open(struct ems_sqlite *file, emsign_error *err);

/** Brings everything into the one file and closes it; statements must be gone. */
void ems_sqlite_close(struct ems_sqlite *file);

emsign_rc ems_sqlite_run(struct ems_sqlite *file, const char *sql, emsign_error *err);

/** A statement; `flags` are SQLITE_PREPARE_. The text may be in trouble itself. */
emsign_rc ems_sqlite_prepare(struct ems_sqlite *file, const struct ems_buf *sql, unsigned flags,
			     sqlite3_stmt **out, emsign_error *err);

/** Says what an extended result code means for this file. */
emsign_rc ems_sqlite_fail(const struct ems_sqlite *file, int code, emsign_error *err);

/* --- sqlite_sql.c ------------------------------------------------------------------------ */

/* Columns stand in the order of the kind's members, so `id` is always the first. */
void ems_sqlite_sql_table(struct ems_buf *sql, const struct ems_kind *kind);
void ems_sqlite_sql_column(struct ems_buf *sql, const struct ems_kind *kind,
			   const struct ems_member *member);
void ems_sqlite_sql_index(struct ems_buf *sql, const struct ems_kind *kind,
			  const struct ems_member *member);

void ems_sqlite_sql_get(struct ems_buf *sql, const struct ems_kind *kind);    /* ?1 id */
void ems_sqlite_sql_put(struct ems_buf *sql, const struct ems_kind *kind);    /* ?1 ... columns */
void ems_sqlite_sql_add(struct ems_buf *sql, const struct ems_kind *kind);    /* the same */
void ems_sqlite_sql_remove(struct ems_buf *sql, const struct ems_kind *kind); /* ?1 id */

/** ?1 after, ?2 limit, ?3 ... the values of the filter, by their place in it. */
void ems_sqlite_sql_page(struct ems_buf *sql, const struct ems_kind *kind,
			 const emsign_kv *filter);

#endif
