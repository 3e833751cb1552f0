/* SPDX-License-Identifier: MIT */
/*
 * A file of SQLite as a store: whose it is, how it is opened, what its tables must be, and what can
 * be wrong with it.
 */
#include "store/sqlite.h"

#include "base/err.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID 0x654D5367 /* "eMSg" */
#define SCHEMA_VERSION 1
#define BUSY_MS 10000
#define BUSY_STEP_MS 10
#define SQL_MAX (1024 * 1024)

/* --- errors ------------------------------------------------------------------------------ */

static const struct {
	int code;
	emsign_rc rc;
	const char *text;
} troubles[] = {
	{ SQLITE_NOTADB, EMSIGN_E_STORE, "the file is not a database; choose another path" },
	{ SQLITE_CORRUPT, EMSIGN_E_STORE, "the database is damaged; bring it back from a backup" },
	{ SQLITE_FULL, EMSIGN_E_STORE, "the disk is full" },
	{ SQLITE_IOERR, EMSIGN_E_STORE, "the disk failed to read or write the database" },
	{ SQLITE_BUSY, EMSIGN_E_STORE,
	  "another process kept the database locked for too long; try again" },
	{ SQLITE_READONLY, EMSIGN_E_IO,
	  "the file or its folder is read-only; it must be writable" },
	{ SQLITE_CANTOPEN, EMSIGN_E_IO,
	  "the file cannot be opened; it and its folder must be readable and writable" },
	{ SQLITE_PERM, EMSIGN_E_IO, "the file may not be opened; look at its mode and owner" },
	{ SQLITE_TOOBIG, EMSIGN_E_STORE, "the row is too big for the database" },
};

emsign_rc ems_sqlite_fail(const struct ems_sqlite *file, int code, emsign_error *err)
{
	size_t i, n = sizeof(troubles) / sizeof(troubles[0]);
	const char *text;

	if ((code & 0xff) == SQLITE_NOMEM)
		return ems_fail_nomem(err);
	for (i = 0; i < n && troubles[i].code != (code & 0xff); i++)
		;
	text = i < n ? troubles[i].text : "the database failed";
	/* The path stands last: it is what may be cut off. */
	return ems_fail(err, i < n ? troubles[i].rc : EMSIGN_E_STORE, "%s (SQLite %d, %s): '%s'",
			text, code, sqlite3_errstr(code), file->path);
}

/* --- statements -------------------------------------------------------------------------- */

emsign_rc ems_sqlite_run(struct ems_sqlite *file, const char *sql, emsign_error *err)
{
	int code = sqlite3_exec(file->db, sql, NULL, NULL, NULL);

	return code ? ems_sqlite_fail(file, code, err) : EMSIGN_OK;
}

emsign_rc ems_sqlite_prepare(struct ems_sqlite *file, const struct ems_buf *sql, unsigned flags,
			     sqlite3_stmt **out, emsign_error *err)
{
	emsign_rc rc = ems_buf_rc(sql, err);
	int code;

	*out = NULL;
	if (rc)
		return rc;
	code = sqlite3_prepare_v3(file->db, ems_buf_str(sql), -1, flags, out, NULL);
	return code ? ems_sqlite_fail(file, code, err) : EMSIGN_OK;
}

/* The one number that a query answers with. */
static int ask(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (!code && sqlite3_step(stmt) == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	return code ? code : sqlite3_finalize(stmt);
}

/* --- whose file is it? ------------------------------------------------------------------- */

struct owner {
	int64_t application;
	int64_t version;
	int64_t things; /* tables and the like */
};

/* In one transaction: between two questions another process may have made it its own. */
static int ask_owner(sqlite3 *db, struct owner *o)
{
	int code = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);

	if (!code)
		code = ask(db, "PRAGMA application_id", &o->application);
	if (!code)
		code = ask(db, "PRAGMA user_version", &o->version);
	if (!code && o->application == 0)
		code = ask(db, "SELECT count(*) FROM sqlite_master", &o->things);
	(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

/* Ours, or so empty that it may become ours? */
static emsign_rc judge(const struct owner *o, const char *path, emsign_error *err)
{
	if (o->application == APPLICATION_ID && o->version > SCHEMA_VERSION)
		return ems_fail(err, EMSIGN_E_STORE,
				"the database was written by a newer version of this library (its "
				"tables are of version %" PRId64 ", this library knows %d): '%s'",
				o->version, SCHEMA_VERSION, path);
	if (o->application != APPLICATION_ID && (o->application || o->version || o->things))
		return ems_fail(err, EMSIGN_E_STORE,
				"the database belongs to another program; choose another path: "
				"'%s'", path);
	return EMSIGN_OK;
}

/*
 * A connection. The path goes as a URI with everything encoded, so that no path means more than
 * itself (SQLite knows ":memory:", "file:" and "//host").
 */
static int open_uri(const char *path, const char *query, int flags, sqlite3 **db)
{
	struct ems_buf uri = EMS_BUF(64 * 1024);
	const char *c;
	int code;

	*db = NULL;
	ems_buf_text(&uri, *path == '/' ? "file:" : "file:.%2F");
	for (c = path; *c; c++)
		ems_buf_print(&uri, "%%%02X", (unsigned)(unsigned char)*c);
	ems_buf_text(&uri, query);
	code = ems_buf_rc(&uri, NULL) == EMSIGN_E_NOMEM ? SQLITE_NOMEM : SQLITE_OK;
	if (!code && ems_buf_rc(&uri, NULL))
		code = SQLITE_CANTOPEN;
	if (!code)
		code = sqlite3_open_v2(ems_buf_str(&uri), db,
				       flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
					       SQLITE_OPEN_PRIVATECACHE, NULL);
	if (*db)
		(void)sqlite3_extended_result_codes(*db, 1);
	ems_buf_free(&uri);
	return code;
}

/*
 * Looks at the file without a lock, a journal or a trace in its folder, so that nothing happens to
 * one that is not ours. Only a clear verdict counts: all else is told better by the real opening,
 * which can wait for a process that is just making the file. (Not by reading the file ourselves:
 * closing it would drop the locks that this process may hold on it elsewhere.)
 */
static emsign_rc look(const struct ems_sqlite *file, emsign_error *err)
{
	struct owner owner = { 0, 0, 0 };
	sqlite3 *db;
	int code = open_uri(file->path, "?immutable=1", SQLITE_OPEN_READONLY, &db);

	if (!code)
		code = ask_owner(db, &owner);
	(void)sqlite3_close(db);
	if (!code)
		return judge(&owner, file->path, err);
	if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_NOMEM)
		return ems_sqlite_fail(file, code, err);
	return EMSIGN_OK;
}

/* --- tables ------------------------------------------------------------------------------ */

struct probes {
	sqlite3_stmt *column;
	sqlite3_stmt *index;
	int code; /* sticky */
};

static bool has(struct probes *p, sqlite3_stmt *probe, const char *name, const char *column)
{
	int code;

	if (p->code)
		return true;
	p->code = sqlite3_bind_text(probe, 1, name, -1, SQLITE_STATIC);
	if (!p->code)
		p->code = sqlite3_bind_text(probe, 2, column, -1, SQLITE_STATIC);
	code = p->code ? p->code : sqlite3_step(probe);
	(void)sqlite3_reset(probe);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		p->code = code;
	return code != SQLITE_DONE;
}

static void missing_parts(struct probes *p, const struct ems_kind *kind, struct ems_buf *sql)
{
	bool table = has(p, p->column, kind->name, "id");
	const struct ems_member *m;
	size_t i;

	if (!table)
		ems_sqlite_sql_table(sql, kind);
	for (i = 1; i < kind->n_members; i++) {
		m = &kind->members[i];
		if (table && !has(p, p->column, kind->name, m->name))
			ems_sqlite_sql_column(sql, kind, m);
		if ((m->flags & EMS_INDEX) && !has(p, p->index, kind->name, m->name))
			ems_sqlite_sql_index(sql, kind, m);
	}
}

/* The SQL that makes what this version needs and the file does not have; empty when it has all. */
static emsign_rc missing(struct ems_sqlite *file, struct ems_buf *sql, emsign_error *err)
{
	static const char column[] = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
	static const char index[] = "SELECT 1 FROM sqlite_master WHERE type = 'index' "
				    "AND name = ?1 || '_' || ?2";
	struct probes p = { NULL, NULL, SQLITE_OK };
	const struct ems_kind *kinds;
	size_t i, n;

	ems_buf_clear(sql);
	kinds = ems_kinds(&n);
	p.code = sqlite3_prepare_v2(file->db, column, -1, &p.column, NULL);
	if (!p.code)
		p.code = sqlite3_prepare_v2(file->db, index, -1, &p.index, NULL);
	for (i = 0; i < n && !p.code; i++) {
		if (kinds[i].reach != EMS_TRANSIENT)
			missing_parts(&p, &kinds[i], sql);
	}
	(void)sqlite3_finalize(p.column);
	(void)sqlite3_finalize(p.index);
	return p.code ? ems_sqlite_fail(file, p.code, err) : ems_buf_rc(sql, err);
}

/* All of it or nothing, also when two processes make the same file at the same moment. */
static emsign_rc upgrade(struct ems_sqlite *file, emsign_error *err)
{
	struct ems_buf sql = EMS_BUF(SQL_MAX);
	emsign_rc rc = missing(file, &sql, err);

	if (rc || sql.bytes.len == 0)
		goto out;
	rc = ems_sqlite_run(file, "BEGIN IMMEDIATE", err);
	if (rc)
		goto out;
	rc = missing(file, &sql, err);
	ems_buf_print(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		      APPLICATION_ID, SCHEMA_VERSION);
	if (!rc)
		rc = ems_buf_rc(&sql, err);
	if (!rc)
		rc = ems_sqlite_run(file, ems_buf_str(&sql), err);
	if (rc)
		(void)ems_sqlite_run(file, "ROLLBACK", NULL);
out:
	ems_buf_free(&sql);
	return rc;
}

/* --- opening ----------------------------------------------------------------------------- */

/* SQLite would make it readable for all; its other files take their mode from this one. */
static emsign_rc create(const char *path, emsign_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)close(fd);
		return EMSIGN_OK;
	}
	if (errno == EEXIST)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_IO, "the database cannot be made (%s): '%s'",
			strerror(errno), path);
}

/*
 * The mode of the file, kept in it. While another process opens the same new file SQLite says busy
 * at once, without its usual patience. Where the file system has no shared memory the mode stays
 * what it was: slower, and as safe.
 */
static int write_ahead(sqlite3 *db)
{
	int waited = 0;
	int code;

	for (;;) {
		code = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((code & 0xff) != SQLITE_BUSY || waited >= BUSY_MS)
			return code;
		waited += sqlite3_sleep(BUSY_STEP_MS);
	}
}

static emsign_rc settle(struct ems_sqlite *file, emsign_error *err)
{
	static const char pragmas[] = "PRAGMA synchronous = FULL;"
				      "PRAGMA wal_autocheckpoint = 4000;"
				      "PRAGMA journal_size_limit = 67108864;"
				      "PRAGMA temp_store = MEMORY;"
				      "PRAGMA cache_size = -4096;";
	int code = write_ahead(file->db);

	return code ? ems_sqlite_fail(file, code, err) : ems_sqlite_run(file, pragmas, err);
}

static emsign_rc enter(struct ems_sqlite *file, emsign_error *err)
{
	struct owner owner = { 0, 0, 0 };
	emsign_rc rc;
	int code;

	/* SQLite falls back to reading where it may not write. */
	if (sqlite3_db_readonly(file->db, "main"))
		return ems_sqlite_fail(file, SQLITE_READONLY, err);
	(void)sqlite3_busy_timeout(file->db, BUSY_MS);
	(void)sqlite3_db_config(file->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(file->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	code = ask_owner(file->db, &owner);
	if (code)
		return ems_sqlite_fail(file, code, err);
	rc = judge(&owner, file->path, err);
	if (!rc)
		rc = upgrade(file, err);
	if (!rc)
		rc = settle(file, err);
	return rc;
}

emsign_rc ems_sqlite_open(struct ems_sqlite *file, emsign_error *err)
{
	emsign_rc rc;
	int code;

	file->db = NULL;
	rc = create(file->path, err);
	if (!rc)
		rc = look(file, err);
	if (rc)
		return rc;
	code = open_uri(file->path, "", SQLITE_OPEN_READWRITE, &file->db);
	rc = code ? ems_sqlite_fail(file, code, err) : enter(file, err);
	if (rc && file->db) {
		/* A log that somebody left is not ours to bring in. */
		(void)sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		(void)sqlite3_close(file->db);
		file->db = NULL;
	}
	return rc;
}

void ems_sqlite_close(struct ems_sqlite *file)
{
	/* Others may be at work: the log that they use is then theirs to bring in. */
	(void)sqlite3_busy_timeout(file->db, 0);
	(void)sqlite3_wal_checkpoint_v2(file->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_close(file->db);
	file->db = NULL;
}
