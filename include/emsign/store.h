/* SPDX-License-Identifier: MIT */
/*
 * Plug in storage. A store keeps rows: a kind ("order", "certificate", ...), an id that is unique
 * within the kind, and a flat set of named values, all text. What a value means is the library's
 * business, not the store's: a store gives back what was put, that is all. Secrets are sealed
 * before a store sees them.
 */
#ifndef EMSIGN_STORE_H
#define EMSIGN_STORE_H

#include <emsign/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where rows are kept. */
typedef struct emsign_store emsign_store;

/**
 * Gets one row, lent for the call. It must not call the store that lends the row.
 * Returns EMSIGN_OK to go on; anything else ends the scan and is returned from it.
 */
typedef emsign_rc (*emsign_row_fn)(void *ud, const char *kind, const char *id,
				   const emsign_kv *row);

/** A store. Tables are copied; slots may be NULL where it says "may". */
typedef struct emsign_store_ops {
	size_t size;      /* sizeof(emsign_store_ops) */
	const char *name; /* for errors and logs */
	/* must: insert the row, or replace it whole */
	emsign_rc (*put)(void *self, const char *kind, const char *id, const emsign_kv *row,
			 emsign_error *err);
	/* must: lend the row to give; EMSIGN_E_NOTFOUND when there is none */
	emsign_rc (*get)(void *self, const char *kind, const char *id, emsign_row_fn give, void *ud,
			 emsign_error *err);
	/*
	 * must: lend rows of a kind in ascending byte order of their ids.
	 *   filter  {0}-terminated or NULL: each named value must be equal; a repeated key means
	 *           "one of these"; a value of NULL means "absent"
	 *   after   only ids greater than this one; NULL: from the first
	 *   limit   at most this many rows; 0: all
	 */
	emsign_rc (*scan)(void *self, const char *kind, const emsign_kv *filter, const char *after,
			  size_t limit, emsign_row_fn give, void *ud, emsign_error *err);
	/* must: remove the row; EMSIGN_E_NOTFOUND when there is none */
	emsign_rc (*remove)(void *self, const char *kind, const char *id, emsign_error *err);
	/*
	 * may, both or none: what is done between them happens wholly or not at all, also when the
	 * power fails. `end` with EMSIGN_OK keeps it (durable on return), with anything else undoes
	 * it. Not nested.
	 */
	emsign_rc (*begin)(void *self, emsign_error *err);
	emsign_rc (*end)(void *self, emsign_rc outcome, emsign_error *err);
	/*
	 * may: compare and swap, one step against all users of the store.
	 *   expect  the row as it must be now; NULL: there must be none
	 *   row     the row to put; NULL: remove it
	 * EMSIGN_E_CONFLICT when it is not as expected.
	 */
	emsign_rc (*cas)(void *self, const char *kind, const char *id, const emsign_kv *expect,
			 const emsign_kv *row, emsign_error *err);
	/* may: called exactly once, last */
	void (*destroy)(void *self);
} emsign_store_ops;

/**
 * A store behind a table of functions.
 *   ops   [in] copied
 *   self  [in] given to each function
 *   out   [out,own] release with emsign_store_free()
 * Errors: EMSIGN_E_INVALID (a slot that must be there is missing), EMSIGN_E_NOMEM; `self` is not
 * destroyed then. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_store_new(const emsign_store_ops *ops, void *self, emsign_store **out,
				      emsign_error *err);

/**
 * Opens a built-in store.
 *   uri  [in] "memory:" or "sqlite:PATH"; a new database file is made with mode 0600
 *   out  [out,own]
 * Errors: EMSIGN_E_INVALID (unknown scheme), EMSIGN_E_STORE (not a database, not ours, or written
 * by a newer version), EMSIGN_E_IO (cannot be opened), EMSIGN_E_UNSUPPORTED (built without SQLite).
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_store_open(const char *uri, emsign_store **out, emsign_error *err);

/** Drops this reference; the last one closes the store. NULL is fine. Since 0.1. */
EMSIGN_API void emsign_store_free(emsign_store *store);

/**
 * The slots as calls, for wrappers and tests; `kind` and the names in a row are checked against
 * what the library keeps. Errors: EMSIGN_E_INVALID, EMSIGN_E_UNSUPPORTED (a "may" slot that the
 * store does not have), those of the store. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_store_put(emsign_store *store, const char *kind, const char *id,
				      const emsign_kv *row, emsign_error *err);
/** See emsign_store_put(). Since 0.1. */
EMSIGN_API emsign_rc emsign_store_get(emsign_store *store, const char *kind, const char *id,
				      emsign_row_fn give, void *ud, emsign_error *err);
/** See emsign_store_put(). Since 0.1. */
EMSIGN_API emsign_rc emsign_store_scan(emsign_store *store, const char *kind,
				       const emsign_kv *filter, const char *after, size_t limit,
				       emsign_row_fn give, void *ud, emsign_error *err);
/** See emsign_store_put(). Since 0.1. */
EMSIGN_API emsign_rc emsign_store_remove(emsign_store *store, const char *kind, const char *id,
					 emsign_error *err);
/** See emsign_store_put(); does nothing where the store has no such slot. Since 0.1. */
EMSIGN_API emsign_rc emsign_store_begin(emsign_store *store, emsign_error *err);
/** See emsign_store_begin(). Since 0.1. */
EMSIGN_API emsign_rc emsign_store_end(emsign_store *store, emsign_rc outcome, emsign_error *err);
/** See emsign_store_put(); without the slot: get, compare, put. Since 0.1. */
EMSIGN_API emsign_rc emsign_store_cas(emsign_store *store, const char *kind, const char *id,
				      const emsign_kv *expect, const emsign_kv *row,
				      emsign_error *err);

#ifdef __cplusplus
}
#endif
#endif
