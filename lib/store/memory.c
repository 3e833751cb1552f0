/* SPDX-License-Identifier: MIT */
/*
 * The store in memory: one skip list of rows per kind. A row is never changed, only replaced, and
 * its users are counted: a scan holds the row that it lends, so its callback may use the store; a
 * transaction holds the rows that it may bring back, so an undo needs no memory.
 */
#include "store/store.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/kv.h"
#include "model/record.h"
#include <string.h>

/* A quarter of the rows reaches the next level: good far beyond a million rows. */
enum { LEVELS = 12 };

struct row {
	size_t refs;
	size_t height;
	emsign_kv *values;
	const char *id;     /* behind `next` */
	struct row *next[]; /* `height` of them */
};

struct list {
	struct row *head[LEVELS];
};

struct change {
	struct list *list;
	struct row *before; /* NULL: there was none */
	struct row *after;  /* NULL: it was removed; else borrowed from the list */
};

struct memory {
	struct list *lists; /* one per kind, in the order of ems_kinds() */
	size_t n_lists;
	struct change *changes; /* of the open transaction */
	size_t n_changes;
	size_t max_changes;
	bool in_transaction;
	uint32_t dice;
};

/* --- rows -------------------------------------------------------------------------------- */

static void row_drop(struct row *row)
{
	if (!row || --row->refs > 0)
		return;
	emsign_free(row->values);
	ems_free(row);
}

/* Heights only have to be spread well, so a small generator will do (xorshift). */
static size_t roll_height(struct memory *m)
{
	uint32_t bits;
	size_t height = 1;

	m->dice ^= m->dice << 13;
	m->dice ^= m->dice >> 17;
	m->dice ^= m->dice << 5;
	for (bits = m->dice; height < LEVELS && (bits & 3) == 0; bits >>= 2)
		height++;
	return height;
}

static struct row *row_new(struct memory *m, const char *id, const emsign_kv *values)
{
	size_t height = roll_height(m);
	size_t len = strlen(id) + 1;
	struct row *row = ems_alloc(sizeof(*row) + height * sizeof(row->next[0]) + len);

	if (!row)
		return NULL;
	row->refs = 1;
	row->height = height;
	row->id = memcpy(&row->next[height], id, len);
	row->values = ems_kv_pack(values);
	if (!row->values) {
		row_drop(row);
		return NULL;
	}
	return row;
}

/* --- lists ------------------------------------------------------------------------------- */

static struct list *list_of(struct memory *m, const char *kind)
{
	size_t n;

	return &m->lists[ems_kind_find(kind) - ems_kinds(&n)];
}

/*
 * The first row whose id is not less than `id`. path[i] is the place on level i that points, or
 * would have to point, at a row with that id.
 */
static struct row *list_seek(struct list *list, const char *id, struct row **path[LEVELS])
{
	struct row **at = list->head;
	size_t i;

	for (i = LEVELS; i-- > 0;) {
		while (at[i] && strcmp(at[i]->id, id) < 0)
			at = at[i]->next;
		path[i] = &at[i];
	}
	return *path[0];
}

static struct row *list_find(struct list *list, const char *id)
{
	struct row **path[LEVELS];
	struct row *row = list_seek(list, id, path);

	return row && !strcmp(row->id, id) ? row : NULL;
}

/* The first row behind `id`, whether that one is in the list or not. */
static struct row *list_behind(struct list *list, const char *id)
{
	struct row **path[LEVELS];
	struct row *row = list_seek(list, id, path);

	return row && !strcmp(row->id, id) ? row->next[0] : row;
}

static void list_link(struct list *list, struct row *row)
{
	struct row **path[LEVELS];
	size_t i;

	(void)list_seek(list, row->id, path);
	for (i = 0; i < row->height; i++) {
		row->next[i] = *path[i];
		*path[i] = row;
	}
}

/* Takes the row of that id out and hands it over; NULL when there is none. */
static struct row *list_take(struct list *list, const char *id)
{
	struct row **path[LEVELS];
	struct row *row = list_seek(list, id, path);
	size_t i;

	if (!row || strcmp(row->id, id) != 0)
		return NULL;
	for (i = 0; i < row->height; i++)
		*path[i] = row->next[i];
	return row;
}

/* --- changes ----------------------------------------------------------------------------- */

static bool make_room(struct memory *m)
{
	size_t max = m->max_changes ? 2 * m->max_changes : 64;
	struct change *changes;

	if (m->n_changes < m->max_changes)
		return true;
	changes = ems_realloc(m->changes, max * sizeof(*changes));
	if (!changes)
		return false;
	m->changes = changes;
	m->max_changes = max;
	return true;
}

/* Puts `after` (its reference goes to the list) or nothing in the place of the row of that id. */
static emsign_rc replace(struct memory *m, struct list *list, const char *id, struct row *after,
			 emsign_error *err)
{
	struct row *before;

	if (m->in_transaction && !make_room(m)) {
		row_drop(after);
		return ems_fail_nomem(err);
	}
	before = list_take(list, id);
	if (after)
		list_link(list, after);
	if (m->in_transaction)
		m->changes[m->n_changes++] = (struct change){ list, before, after };
	else
		row_drop(before);
	return EMSIGN_OK;
}

static void undo(const struct change *c)
{
	if (c->after)
		row_drop(list_take(c->list, c->after->id));
	if (c->before)
		list_link(c->list, c->before);
}

/* --- the slots --------------------------------------------------------------------------- */

static emsign_rc memory_put(void *self, const char *kind, const char *id, const emsign_kv *values,
			    emsign_error *err)
{
	struct memory *m = self;
	struct row *row = row_new(m, id, values);

	if (!row)
		return ems_fail_nomem(err);
	return replace(m, list_of(m, kind), id, row, err);
}

static emsign_rc memory_get(void *self, const char *kind, const char *id, emsign_row_fn give,
			    void *ud, emsign_error *err)
{
	struct row *row = list_find(list_of(self, kind), id);
	emsign_rc rc;

	(void)err;
	if (!row)
		return EMSIGN_E_NOTFOUND;
	row->refs++;
	rc = give(ud, kind, row->id, row->values);
	row_drop(row);
	return rc;
}

static emsign_rc memory_scan(void *self, const char *kind, const emsign_kv *filter,
			     const char *after, size_t limit, emsign_row_fn give, void *ud,
			     emsign_error *err)
{
	struct list *list = list_of(self, kind);
	struct row *row = after ? list_behind(list, after) : list->head[0];
	struct row *lent;
	size_t given = 0;
	emsign_rc rc = EMSIGN_OK;

	(void)err;
	while (row && !rc && (limit == 0 || given < limit)) {
		if (!ems_store_passes(filter, row->values)) {
			row = row->next[0];
			continue;
		}
		lent = row;
		lent->refs++;
		rc = give(ud, kind, lent->id, lent->values);
		given++;
		/* The callback may have removed this row or its neighbours: find the way afresh. */
		row = list_behind(list, lent->id);
		row_drop(lent);
	}
	return rc;
}

static emsign_rc memory_remove(void *self, const char *kind, const char *id, emsign_error *err)
{
	struct memory *m = self;
	struct list *list = list_of(m, kind);

	if (!list_find(list, id))
		return EMSIGN_E_NOTFOUND;
	return replace(m, list, id, NULL, err);
}

static emsign_rc memory_begin(void *self, emsign_error *err)
{
	struct memory *m = self;

	(void)err;
	m->in_transaction = true;
	return EMSIGN_OK;
}

static emsign_rc memory_end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct memory *m = self;
	const struct change *c;

	(void)err;
	while (m->n_changes > 0) {
		c = &m->changes[--m->n_changes];
		if (outcome)
			undo(c);
		else
			row_drop(c->before);
	}
	m->in_transaction = false;
	return EMSIGN_OK;
}

static void memory_destroy(void *self)
{
	struct memory *m = self;
	struct row *row, *next;
	size_t i;

	for (i = 0; i < m->n_lists; i++) {
		for (row = m->lists[i].head[0]; row; row = next) {
			next = row->next[0];
			row_drop(row);
		}
	}
	ems_free(m->changes);
	ems_free(m->lists);
	ems_free(m);
}

/* No `cas`: nobody else uses this store, so the steps of emsign_store_cas() are one step. */
static const emsign_store_ops memory_ops = {
	.size = sizeof(emsign_store_ops),
	.name = "memory",
	.put = memory_put,
	.get = memory_get,
	.scan = memory_scan,
	.remove = memory_remove,
	.begin = memory_begin,
	.end = memory_end,
	.destroy = memory_destroy,
};

emsign_rc ems_store_memory(emsign_store **out, emsign_error *err)
{
	struct memory *m = ems_alloc(sizeof(*m));
	emsign_rc rc;
	size_t n;

	*out = NULL;
	if (!m)
		return ems_fail_nomem(err);
	(void)ems_kinds(&n);
	m->dice = 2463534242u;
	m->lists = ems_alloc(n * sizeof(m->lists[0]));
	m->n_lists = m->lists ? n : 0;
	if (m->lists)
		rc = emsign_store_new(&memory_ops, m, out, err);
	else
		rc = ems_fail_nomem(err);
	if (rc)
		memory_destroy(m);
	return rc;
}
