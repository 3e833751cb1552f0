/* SPDX-License-Identifier: MIT */
/*
 * The handle around a store: what may be kept is checked here, once for all stores, and errors get
 * their sentence here, so that a store can answer with a bare code.
 */
#include "store/store.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/kv.h"
#include "base/text.h"
#include "model/record.h"
#include <stdatomic.h>
#include <string.h>

#define ID_MAX 1024

struct emsign_store {
	emsign_store_ops ops;
	void *self;
	atomic_size_t refs;
	bool in_transaction;
};

/* --- making and ending ------------------------------------------------------------------- */

static const char *missing_slot(const emsign_store_ops *ops)
{
	if (!ops->put)
		return "put";
	if (!ops->get)
		return "get";
	if (!ops->scan)
		return "scan";
	if (!ops->remove)
		return "remove";
	if (ops->begin && !ops->end)
		return "end";
	if (ops->end && !ops->begin)
		return "begin";
	return NULL;
}

emsign_rc emsign_store_new(const emsign_store_ops *ops, void *self, emsign_store **out,
			   emsign_error *err)
{
	emsign_store_ops known = { 0 };
	const char *slot;
	emsign_store *store;

	if (!out)
		return ems_fail(err, EMSIGN_E_INVALID, "no place for the store was given");
	*out = NULL;
	if (!ops)
		return ems_fail(err, EMSIGN_E_INVALID, "no table of functions was given");
	/* A table of an older program is shorter, one of a newer program longer than ours. */
	memcpy(&known, ops, ops->size < sizeof(known) ? ops->size : sizeof(known));
	if (!known.name)
		known.name = "unnamed";
	slot = missing_slot(&known);
	if (slot)
		return ems_fail(err, EMSIGN_E_INVALID, "store '%s' has no function '%s'",
				known.name, slot);
	store = ems_alloc(sizeof(*store));
	if (!store)
		return ems_fail_nomem(err);
	store->ops = known;
	store->self = self;
	atomic_init(&store->refs, 1);
	*out = store;
	return ems_ok(err);
}

emsign_store *ems_store_ref(emsign_store *store)
{
	if (store)
		atomic_fetch_add(&store->refs, 1);
	return store;
}

void emsign_store_free(emsign_store *store)
{
	if (!store || atomic_fetch_sub(&store->refs, 1) > 1)
		return;
	if (store->in_transaction && store->ops.end)
		(void)store->ops.end(store->self, EMSIGN_E_CANCELED, NULL);
	if (store->ops.destroy)
		store->ops.destroy(store->self);
	ems_free(store);
}

/* --- opening by name --------------------------------------------------------------------- */

static emsign_rc open_memory(const char *rest, emsign_store **out, emsign_error *err)
{
	if (*rest)
		return ems_fail(err, EMSIGN_E_INVALID, "nothing may follow 'memory:', not '%s'",
				rest);
	return ems_store_memory(out, err);
}

static emsign_rc open_sqlite(const char *path, emsign_store **out, emsign_error *err)
{
	if (!*path)
		return ems_fail(err, EMSIGN_E_INVALID,
				"'sqlite:' needs the path of a file, such as 'sqlite:emsign.db'");
#ifdef HAVE_SQLITE
	return ems_store_sqlite(path, out, err);
#else
	(void)out;
	return ems_fail(err, EMSIGN_E_UNSUPPORTED,
			"this library was built without SQLite; 'memory:' is left");
#endif
}

static const struct {
	const char *scheme;
	emsign_rc (*open)(const char *rest, emsign_store **out, emsign_error *err);
} schemes[] = {
	{ "memory:", open_memory },
	{ "sqlite:", open_sqlite },
};

emsign_rc emsign_store_open(const char *uri, emsign_store **out, emsign_error *err)
{
	size_t i;

	if (!out)
		return ems_fail(err, EMSIGN_E_INVALID, "no place for the store was given");
	*out = NULL;
	if (!uri)
		uri = "";
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (ems_text_starts(uri, schemes[i].scheme))
			return schemes[i].open(uri + strlen(schemes[i].scheme), out, err);
	}
	/* What follows a scheme may hold a password: only the scheme is repeated. */
	return ems_fail(err, EMSIGN_E_INVALID,
			"unknown store '%.*s'; known are 'memory:' and 'sqlite:PATH'",
			(int)strcspn(uri, ":"), uri);
}

/* --- checks ------------------------------------------------------------------------------ */

static emsign_rc fail_kind(const char *said, emsign_error *err)
{
	struct ems_buf known = EMS_BUF(4096);
	const struct ems_kind *kinds;
	emsign_rc rc;
	size_t i, n;

	kinds = ems_kinds(&n);
	for (i = 0; i < n; i++) {
		if (kinds[i].reach != EMS_TRANSIENT)
			ems_buf_print(&known, "%s%s", known.bytes.len ? ", " : "", kinds[i].name);
	}
	rc = ems_fail(err, EMSIGN_E_INVALID, "unknown kind '%s'; known are %s", said,
		      ems_buf_str(&known));
	ems_buf_free(&known);
	return rc;
}

static emsign_rc check_kind(emsign_store *store, const char *name, const struct ems_kind **out,
			    emsign_error *err)
{
	if (!store)
		return ems_fail(err, EMSIGN_E_INVALID, "no store was given");
	*out = name ? ems_kind_find(name) : NULL;
	if (!*out || (*out)->reach == EMS_TRANSIENT)
		return fail_kind(name ? name : "", err);
	return ems_ok(err);
}

static emsign_rc check_id(const struct ems_kind *kind, const char *id, emsign_error *err)
{
	const char *c;
	size_t len = id ? strlen(id) : 0;

	if (!len)
		return ems_fail(err, EMSIGN_E_INVALID, "the id of a %s must not be empty",
				kind->name);
	if (len > ID_MAX)
		return ems_fail(err, EMSIGN_E_INVALID,
				"the id of a %s has %zu bytes; at most %d are allowed", kind->name,
				len, ID_MAX);
	if (!ems_text_utf8(id, len))
		return ems_fail(err, EMSIGN_E_INVALID, "the id of a %s is not valid UTF-8",
				kind->name);
	for (c = id; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return ems_fail(err, EMSIGN_E_INVALID,
					"the id '%s' of a %s holds a control character", id,
					kind->name);
	}
	return ems_ok(err);
}

/* The id is the key of a row, not one of its values. */
static const struct ems_member *value_find(const struct ems_kind *kind, const char *name)
{
	const struct ems_member *m = ems_kind_member(kind, name);

	return m == kind->members ? NULL : m;
}

static const char *value_name(const void *ud, size_t i)
{
	const struct ems_kind *kind = ud;

	return i + 1 < kind->n_members ? kind->members[i + 1].name : NULL;
}

static emsign_rc fail_name(const struct ems_kind *kind, const char *said, emsign_error *err)
{
	struct ems_buf known = EMS_BUF(4096);
	const char *name = ems_text_closest(said, value_name, kind);
	emsign_rc rc;
	size_t i;

	if (name)
		return ems_fail(err, EMSIGN_E_INVALID,
				"a row of kind '%s' has no value '%s' (did you mean '%s'?)",
				kind->name, said, name);
	for (i = 0; (name = value_name(kind, i)); i++)
		ems_buf_print(&known, "%s%s", i ? ", " : "", name);
	rc = ems_fail(err, EMSIGN_E_INVALID, "a row of kind '%s' has no value '%s'; it has %s",
		      kind->name, said, ems_buf_str(&known));
	ems_buf_free(&known);
	return rc;
}

static emsign_rc check_filter(const struct ems_kind *kind, const emsign_kv *filter,
			      emsign_error *err)
{
	for (; filter && filter->key; filter++) {
		if (!value_find(kind, filter->key))
			return fail_name(kind, filter->key, err);
	}
	return ems_ok(err);
}

/* As the library writes rows: nothing unknown, without a value or twice can be in them. */
static bool is_in_order(const struct ems_kind *kind, const emsign_kv *row)
{
	size_t next = 1;

	for (; row->key && row->value && next < kind->n_members; row++) {
		size_t i = ems_kind_index(kind, row->key, next);

		if (i < next || i == kind->n_members)
			return false;
		next = i + 1;
	}
	return !row->key;
}

static emsign_rc check_row(const struct ems_kind *kind, const emsign_kv *row, emsign_error *err)
{
	const emsign_kv *v;

	if (!row)
		return ems_fail(err, EMSIGN_E_INVALID,
				"no row was given; one without values is an empty list");
	if (is_in_order(kind, row))
		return ems_ok(err);
	for (v = row; v->key; v++) {
		if (!value_find(kind, v->key))
			return fail_name(kind, v->key, err);
		if (!v->value)
			return ems_fail(err, EMSIGN_E_INVALID,
					"'%s' has no value; leave it out to say so", v->key);
		if (ems_kv_nth(row, v->key, 1))
			return ems_fail(err, EMSIGN_E_INVALID, "'%s' is in the row twice", v->key);
	}
	return ems_ok(err);
}

static emsign_rc check_place(emsign_store *store, const char *name, const char *id,
			     const struct ems_kind **kind, emsign_error *err)
{
	emsign_rc rc = check_kind(store, name, kind, err);

	return rc ? rc : check_id(*kind, id, err);
}

static emsign_rc check_give(emsign_row_fn give, emsign_error *err)
{
	if (!give)
		return ems_fail(err, EMSIGN_E_INVALID, "no function to lend rows to was given");
	return ems_ok(err);
}

/* --- the slots as calls ------------------------------------------------------------------ */

/* Gives an error its sentence, unless the store or a callback of the caller said one already. */
static emsign_rc answer(const emsign_store *store, emsign_rc rc, const char *kind, const char *id,
			emsign_error *err)
{
	if (!rc)
		return ems_ok(err);
	if (err && err->rc == rc)
		return rc;
	if (id && rc == EMSIGN_E_NOTFOUND)
		return ems_fail(err, rc, "there is no %s '%s'", kind, id);
	if (id && rc == EMSIGN_E_CONFLICT)
		return ems_fail(err, rc, "the %s '%s' is not as expected any more", kind, id);
	return ems_fail(err, rc, "store '%s': %s", store->ops.name, emsign_rc_text(rc));
}

emsign_rc emsign_store_put(emsign_store *store, const char *kind, const char *id,
			   const emsign_kv *row, emsign_error *err)
{
	const struct ems_kind *k;
	emsign_rc rc;

	rc = check_place(store, kind, id, &k, err);
	if (!rc)
		rc = check_row(k, row, err);
	if (rc)
		return rc;
	return answer(store, store->ops.put(store->self, kind, id, row, err), kind, id, err);
}

emsign_rc emsign_store_get(emsign_store *store, const char *kind, const char *id,
			   emsign_row_fn give, void *ud, emsign_error *err)
{
	const struct ems_kind *k;
	emsign_rc rc;

	rc = check_place(store, kind, id, &k, err);
	if (!rc)
		rc = check_give(give, err);
	if (rc)
		return rc;
	return answer(store, store->ops.get(store->self, kind, id, give, ud, err), kind, id, err);
}

emsign_rc emsign_store_scan(emsign_store *store, const char *kind, const emsign_kv *filter,
			    const char *after, size_t limit, emsign_row_fn give, void *ud,
			    emsign_error *err)
{
	const struct ems_kind *k;
	emsign_rc rc;

	rc = check_kind(store, kind, &k, err);
	if (!rc)
		rc = check_filter(k, filter, err);
	if (!rc)
		rc = check_give(give, err);
	if (rc)
		return rc;
	rc = store->ops.scan(store->self, kind, filter, after, limit, give, ud, err);
	return answer(store, rc, kind, NULL, err);
}

emsign_rc emsign_store_remove(emsign_store *store, const char *kind, const char *id,
			      emsign_error *err)
{
	const struct ems_kind *k;
	emsign_rc rc = check_place(store, kind, id, &k, err);

	if (rc)
		return rc;
	return answer(store, store->ops.remove(store->self, kind, id, err), kind, id, err);
}

emsign_rc emsign_store_begin(emsign_store *store, emsign_error *err)
{
	emsign_rc rc;

	if (!store)
		return ems_fail(err, EMSIGN_E_INVALID, "no store was given");
	if (store->in_transaction)
		return ems_fail(err, EMSIGN_E_STATE,
				"a transaction is open on this store already; end it first");
	(void)ems_ok(err);
	rc = store->ops.begin ? store->ops.begin(store->self, err) : EMSIGN_OK;
	store->in_transaction = !rc;
	return answer(store, rc, NULL, NULL, err);
}

emsign_rc emsign_store_end(emsign_store *store, emsign_rc outcome, emsign_error *err)
{
	emsign_rc rc;

	if (!store)
		return ems_fail(err, EMSIGN_E_INVALID, "no store was given");
	if (!store->in_transaction)
		return ems_fail(err, EMSIGN_E_STATE, "no transaction is open on this store");
	(void)ems_ok(err);
	store->in_transaction = false;
	rc = store->ops.end ? store->ops.end(store->self, outcome, err) : EMSIGN_OK;
	return answer(store, rc, NULL, NULL, err);
}

/* --- compare and swap -------------------------------------------------------------------- */

/* Both without repeated names. */
static bool same_values(const emsign_kv *a, const emsign_kv *b)
{
	const emsign_kv *v;

	if (ems_kv_count(a) != ems_kv_count(b))
		return false;
	for (v = a; v->key; v++) {
		if (!ems_text_equal(v->value, ems_kv_get(b, v->key)))
			return false;
	}
	return true;
}

struct comparison {
	const emsign_kv *expect;
	bool found;
	bool same;
};

static emsign_rc compare(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct comparison *c = ud;

	(void)kind;
	(void)id;
	c->found = true;
	c->same = c->expect && same_values(c->expect, row);
	return EMSIGN_OK;
}

static emsign_rc compare_and_put(const emsign_store_ops *ops, void *self, const char *kind,
				 const char *id, const emsign_kv *expect, const emsign_kv *row,
				 emsign_error *err)
{
	struct comparison c = { expect, false, false };
	emsign_rc rc;

	rc = ops->get(self, kind, id, compare, &c, err);
	if (rc == EMSIGN_E_NOTFOUND)
		c.same = !expect;
	else if (rc)
		return rc;
	if (!c.same)
		return EMSIGN_E_CONFLICT;
	if (row)
		return ops->put(self, kind, id, row, err);
	return c.found ? ops->remove(self, kind, id, err) : EMSIGN_OK;
}

/* In a transaction of its own where the store has them, so that nobody comes in between. */
emsign_rc ems_store_swap(const emsign_store_ops *ops, void *self, bool in_transaction,
			 const char *kind, const char *id, const emsign_kv *expect,
			 const emsign_kv *row, emsign_error *err)
{
	emsign_rc rc;

	if (!ops->begin || in_transaction)
		return compare_and_put(ops, self, kind, id, expect, row, err);
	rc = ops->begin(self, err);
	if (rc)
		return rc;
	rc = compare_and_put(ops, self, kind, id, expect, row, err);
	if (!rc)
		return ops->end(self, EMSIGN_OK, err);
	(void)ops->end(self, rc, NULL);
	return rc;
}

emsign_rc emsign_store_cas(emsign_store *store, const char *kind, const char *id,
			   const emsign_kv *expect, const emsign_kv *row, emsign_error *err)
{
	const struct ems_kind *k;
	emsign_rc rc;

	rc = check_place(store, kind, id, &k, err);
	if (!rc && expect)
		rc = check_row(k, expect, err);
	if (!rc && row)
		rc = check_row(k, row, err);
	if (rc)
		return rc;
	if (store->ops.cas)
		rc = store->ops.cas(store->self, kind, id, expect, row, err);
	else
		rc = ems_store_swap(&store->ops, store->self, store->in_transaction, kind, id,
				    expect, row, err);
	return answer(store, rc, kind, id, err);
}

/* --- filters ----------------------------------------------------------------------------- */

static bool is_one_of(const emsign_kv *filter, const char *key, const char *value)
{
	for (; filter->key; filter++) {
		if (!strcmp(filter->key, key) && ems_text_equal(filter->value, value))
			return true;
	}
	return false;
}

bool ems_store_passes(const emsign_kv *filter, const emsign_kv *row)
{
	const emsign_kv *f;

	for (f = filter; f && f->key; f++) {
		/* Values of one name mostly stand together: look at them once. */
		if (f > filter && !strcmp(f->key, f[-1].key))
			continue;
		if (!is_one_of(filter, f->key, ems_kv_get(row, f->key)))
			return false;
	}
	return true;
}
