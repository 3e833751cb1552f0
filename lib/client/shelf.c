/* SPDX-License-Identifier: MIT */
/* Records in the store: facts to rows and back. */
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "client/client.h"

/* Rows are asked for in pieces of this size, so that a scan of any length holds a few. */
#define PIECE 256

struct lent {
	const struct ems_kind *kind;
	void *record;
	emsign_error *err;
};

static emsign_rc take_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct lent *lent = ud;

	(void)kind;
	return ems_record_from_row(lent->kind, id, row, &lent->record, lent->err);
}

emsign_rc ems_shelf_look(emsign_client *client, const char *kind, const char *id, void **out,
			 emsign_error *err)
{
	emsign_error local;
	struct lent lent = { ems_kind_find(kind), NULL, EMS_ERR_OR(err, local) };
	emsign_rc rc = emsign_store_get(client->store, kind, id, take_row, &lent, lent.err);

	*out = NULL;
	if (rc == EMSIGN_E_NOTFOUND)
		return ems_ok(err);
	if (rc) {
		ems_free(lent.record);
		return rc;
	}
	*out = lent.record;
	return ems_ok(err);
}

emsign_rc ems_shelf_get(emsign_client *client, const char *kind, const char *id, void **out,
			emsign_error *err)
{
	emsign_rc rc = ems_shelf_look(client, kind, id, out, err);

	if (rc == EMSIGN_OK && !*out)
		return ems_fail(err, EMSIGN_E_NOTFOUND, "there is no %s '%s'", kind, id);
	return rc;
}

emsign_rc ems_shelf_put(emsign_client *client, const char *kind_name, const void *record,
			emsign_error *err)
{
	const struct ems_kind *kind = ems_kind_find(kind_name);
	const char *id = *(const char *const *)record;
	emsign_kv *row = ems_record_row(kind, record);
	emsign_rc rc;

	if (!row)
		return ems_fail_nomem(err);
	rc = emsign_store_put(client->store, kind_name, id, row, err);
	ems_free(row);
	return rc;
}

/* Times of looking are not a change that anybody wants to be told of. */
static bool says_something_new(const struct ems_kind *kind, const void *before, const void *after)
{
	static const char *const silent[] = { "seen_at", "synced_at", "updated_at", "fetched_at",
					      "listed_at" };

	for (size_t i = 0; i < kind->n_members; i++) {
		bool news = !ems_record_same(&kind->members[i], before, after);

		for (size_t k = 0; news && k < sizeof(silent) / sizeof(silent[0]); k++)
			news = strcmp(kind->members[i].name, silent[k]) != 0;
		if (news)
			return true;
	}
	return false;
}

static emsign_rc tell_record(emsign_client *client, const char *verb, int64_t type,
			     const char *kind, const void *record, emsign_error *err)
{
	emsign_event event = { .type = type, .verb = verb, .kind = kind, .record = record,
			       .text = *(const char *const *)record };

	return ems_client_tell(client, &event, err);
}

emsign_rc ems_shelf_add(emsign_client *client, const char *verb, const char *kind_name,
			const void *record, bool *added, emsign_error *err)
{
	emsign_kv *row = ems_record_row(ems_kind_find(kind_name), record);
	emsign_rc rc;

	*added = false;
	if (!row)
		return ems_fail_nomem(err);
	rc = emsign_store_cas(client->store, kind_name, *(const char *const *)record, NULL, row,
			      err);
	ems_free(row);
	if (rc == EMSIGN_E_CONFLICT)
		return ems_ok(err);
	*added = rc == EMSIGN_OK;
	return rc ? rc : tell_record(client, verb, EMSIGN_EVENT_ADDED, kind_name, record, err);
}

emsign_rc ems_shelf_replace(emsign_client *client, const char *verb, const char *kind_name,
			    const void *before, const void *after, int64_t *news,
			    emsign_error *err)
{
	const struct ems_kind *kind = ems_kind_find(kind_name);
	emsign_rc rc;

	*news = 0;
	if (ems_record_equal(kind, before, after))
		return ems_ok(err);
	rc = ems_shelf_put(client, kind_name, after, err);
	if (rc || !says_something_new(kind, before, after))
		return rc;
	*news = EMSIGN_EVENT_CHANGED;
	return tell_record(client, verb, *news, kind_name, after, err);
}

emsign_rc ems_shelf_merge(emsign_client *client, const char *verb, const char *kind_name,
			  const void *record, int64_t *news, void **out, emsign_error *err)
{
	const struct ems_kind *kind = ems_kind_find(kind_name);
	void *before = NULL;
	void *after = NULL;
	int64_t type = EMSIGN_EVENT_ADDED;
	bool added;
	emsign_rc rc;

	if (out)
		*out = NULL;
	rc = ems_shelf_add(client, verb, kind_name, record, &added, err);
	if (rc == EMSIGN_OK && !added)
		rc = ems_shelf_get(client, kind_name, *(const char *const *)record, &before, err);
	if (rc)
		return rc;
	after = before ? ems_record_merge(kind, before, record) : ems_record_copy(kind, record);
	if (!after)
		rc = ems_fail_nomem(err);
	else if (before)
		rc = ems_shelf_replace(client, verb, kind_name, before, after, &type, err);
	if (news)
		*news = type;
	if (rc == EMSIGN_OK && out) {
		*out = after;
		after = NULL;
	}
	ems_free(before);
	ems_free(after);
	return rc;
}

emsign_rc ems_shelf_swap(emsign_client *client, const char *kind_name, const void *was,
			 const void *now, emsign_error *err)
{
	const struct ems_kind *kind = ems_kind_find(kind_name);
	const char *id = *(const char *const *)(now ? now : was);
	emsign_kv *before = was ? ems_record_row(kind, was) : NULL;
	emsign_kv *after = now ? ems_record_row(kind, now) : NULL;
	emsign_rc rc;

	if ((was && !before) || (now && !after))
		rc = ems_fail_nomem(err);
	else
		rc = emsign_store_cas(client->store, kind_name, id, before, after, err);
	ems_free(before);
	ems_free(after);
	return rc;
}

emsign_rc ems_shelf_end(emsign_client *client, emsign_rc rc, emsign_error *err)
{
	emsign_error ignored; /* why it is undone is known already */

	if (rc == EMSIGN_OK)
		return emsign_store_end(client->store, EMSIGN_OK, err);
	(void)emsign_store_end(client->store, rc, &ignored);
	return rc;
}

emsign_rc ems_shelf_remove(emsign_client *client, const char *kind, const char *id,
			   emsign_error *err)
{
	return emsign_store_remove(client->store, kind, id, err);
}

/* --- scans -------------------------------------------------------------------------------- */

struct piece {
	struct ems_kvlist *ids; /* key: id */
};

static emsign_rc take_id(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct piece *piece = ud;

	(void)kind;
	(void)row;
	ems_kvlist_add(piece->ids, id, "");
	return piece->ids->rc;
}

emsign_rc ems_shelf_ids(emsign_client *client, const char *kind, const emsign_kv *filter,
			struct ems_kvlist *out, emsign_error *err)
{
	struct piece piece = { out };

	return emsign_store_scan(client->store, kind, filter, NULL, 0, take_id, &piece, err);
}

static emsign_rc count_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind;
	(void)id;
	(void)row;
	++*(size_t *)ud;
	return EMSIGN_OK;
}

emsign_rc ems_shelf_count(emsign_client *client, const char *kind, const emsign_kv *filter,
			  size_t limit, size_t *out, emsign_error *err)
{
	*out = 0;
	return emsign_store_scan(client->store, kind, filter, NULL, limit, count_row, out, err);
}

/* The records of one piece of a scan, so that no row is lent while the callback runs. */
struct batch {
	const struct ems_kind *kind;
	void *records[PIECE];
	size_t n, asked;
	emsign_error *err;
};

static emsign_rc take_record(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct batch *batch = ud;
	emsign_rc rc;

	(void)kind;
	if (batch->n == batch->asked)
		return ems_fail(batch->err, EMSIGN_E_STORE,
				"the store gave more than the %zu rows that were asked for",
				batch->asked);
	rc = ems_record_from_row(batch->kind, id, row, &batch->records[batch->n], batch->err);
	if (rc == EMSIGN_OK)
		batch->n++;
	return rc;
}

static emsign_rc need_public(const char *kind_name, const struct ems_kind **kind, emsign_error *err)
{
	struct ems_buf names = EMS_BUF(1024);
	const struct ems_kind *all;
	size_t n;
	emsign_rc rc;

	*kind = ems_kind_find(kind_name);
	if (*kind && (*kind)->reach == EMS_PUBLIC)
		return EMSIGN_OK;
	all = ems_kinds(&n);
	for (size_t i = 0; i < n; i++)
		if (all[i].reach == EMS_PUBLIC)
			ems_buf_print(&names, "%s%s", i ? ", " : "", all[i].name);
	rc = ems_fail(err, EMSIGN_E_INVALID, "there are no records of kind '%s'; there are %s",
		      kind_name ? kind_name : "", ems_buf_str(&names));
	ems_buf_free(&names);
	return rc;
}

static const char *nth_member(const void *ud, size_t i)
{
	const struct ems_kind *kind = ud;

	return i < kind->n_members ? kind->members[i].name : NULL;
}

static emsign_rc check_filter(const struct ems_kind *kind, const emsign_kv *filter,
			      emsign_error *err)
{
	for (; filter && filter->key; filter++) {
		const char *close;

		if (ems_kind_member(kind, filter->key))
			continue;
		close = ems_text_closest(filter->key, nth_member, kind);
		return ems_fail(err, EMSIGN_E_INVALID, "a %s has no '%.60s'%s%s%s", kind->name,
				filter->key, close ? " (did you mean '" : "", close ? close : "",
				close ? "'?)" : "");
	}
	return EMSIGN_OK;
}

/* Lends the records of one piece and keeps the last one's id. */
static emsign_rc lend(struct batch *batch, emsign_record_fn fn, void *ud, struct ems_buf *last,
		      emsign_rc rc, emsign_error *err)
{
	for (size_t i = 0; i < batch->n; i++) {
		if (rc == EMSIGN_OK) {
			rc = fn(ud, batch->kind->name, batch->records[i]);
			if (rc)
				ems_fail(err, rc, "the callback ended the scan");
		}
		ems_buf_clear(last);
		ems_buf_text(last, *(const char *const *)batch->records[i]);
		ems_free(batch->records[i]);
	}
	return rc ? rc : ems_buf_rc(last, err);
}

static emsign_rc scan(emsign_client *client, const char *kind, const emsign_kv *filter,
		      const char *after, size_t limit, emsign_record_fn fn, void *ud,
		      emsign_error *err)
{
	struct ems_buf last = EMS_BUF(4096);
	emsign_error local;
	struct batch batch = { .err = EMS_ERR_OR(err, local) };
	size_t left = limit ? limit : SIZE_MAX;
	emsign_rc rc = need_public(kind, &batch.kind, err);

	if (rc == EMSIGN_OK)
		rc = check_filter(batch.kind, filter, err);
	while (rc == EMSIGN_OK && left > 0 && batch.n == batch.asked) {
		batch.n = 0;
		batch.asked = left < PIECE ? left : PIECE;
		rc = emsign_store_scan(client->store, kind, filter, after, batch.asked,
				       take_record, &batch, batch.err);
		rc = lend(&batch, fn, ud, &last, rc, err);
		after = ems_buf_str(&last);
		left -= batch.n;
	}
	ems_buf_free(&last);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_scan(emsign_client *client, const char *kind, const emsign_kv *filter,
			     const char *after, size_t limit, emsign_record_fn fn, void *ud,
			     emsign_error *err)
{
	return EMS_INSIDE(client, err, scan(client, kind, filter, after, limit, fn, ud, err));
}

static emsign_rc get(emsign_client *client, const char *kind_name, const char *id, void **out,
		     emsign_error *err)
{
	const struct ems_kind *kind;

	if (need_public(kind_name, &kind, err))
		return EMSIGN_E_INVALID;
	return ems_shelf_get(client, kind_name, id, out, err);
}

emsign_rc emsign_client_get(emsign_client *client, const char *kind, const char *id, void **out,
			    emsign_error *err)
{
	*out = NULL;
	return EMS_INSIDE(client, err, get(client, kind, id, out, err));
}

char *ems_shelf_id(const char *a, const char *b, const char *c)
{
	size_t n_a = strlen(a), n_b = strlen(b), n_c = c ? strlen(c) + 1 : 0;
	char *id = ems_alloc(n_a + 1 + n_b + n_c + 1);

	if (!id)
		return NULL;
	memcpy(id, a, n_a);
	id[n_a] = '/';
	memcpy(id + n_a + 1, b, n_b);
	if (c) {
		id[n_a + 1 + n_b] = '/';
		memcpy(id + n_a + 1 + n_b + 1, c, n_c - 1);
	}
	return id;
}

/* --- an order that is not wanted here any more -------------------------------------------- */

static emsign_rc order_delete(emsign_client *client, const char *id, emsign_error *err)
{
	ems_tombstone tombstone = { .id = id, .created_at = ems_client_now(client) };
	emsign_order *order = NULL;
	emsign_rc rc = ems_shelf_get(client, "order", id, (void **)&order, err);

	if (rc == EMSIGN_OK)
		rc = emsign_store_begin(client->store, err);
	if (rc)
		goto out;
	tombstone.url = order->url;
	rc = ems_shelf_put(client, "tombstone", &tombstone, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_remove(client, "order", id, err);
	rc = ems_shelf_end(client, rc, err);
out:
	ems_free(order);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_order_delete(emsign_client *client, const char *id, emsign_error *err)
{
	return EMS_INSIDE(client, err, order_delete(client, id, err));
}
