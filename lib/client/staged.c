/* SPDX-License-Identifier: MIT */
/* Swapping in what was staged of account data: all that is listed now, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/sync.h"

/* What is staged, by the id under which it is kept; of several the best comes first. */
struct line {
	char *id;
	struct ems_fact *fact;
	const struct ems_sync_kind *k;
};

struct lines {
	struct line *items;
	size_t n;
};

static const char **text_at(void *record, size_t offset)
{
	return (const char **)((char *)record + offset);
}

static int64_t *time_at(void *record, size_t offset)
{
	return (int64_t *)((char *)record + offset);
}

static void drop_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		ems_free(lines->items[i].id);
	ems_free(lines->items);
}

static int by_id(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	if (order || !x->k->better)
		return order;
	return x->k->better(x->fact->record, y->fact->record);
}

static int to_id(const void *id, const void *line)
{
	return strcmp(id, ((const struct line *)line)->id);
}

/* Facts without a name are left out. */
static emsign_rc sort_staged(emsign_op *op, const struct ems_sync_kind *k, struct lines *out,
			     emsign_error *err)
{
	const struct ems_sync_work *work = op->work;
	const char *credential = op->account->credential->name;
	size_t n = 0, kept = 0;

	for (struct ems_fact *fact = work->staged; fact; fact = fact->next)
		n++;
	out->items = ems_alloc((n + 1) * sizeof(*out->items));
	if (!out->items)
		return ems_fail_nomem(err);
	for (struct ems_fact *fact = work->staged; fact; fact = fact->next) {
		struct line *line = &out->items[out->n];
		const char *name = fact->kind ? *text_at(fact->record, k->name) : NULL;

		if (!name)
			continue;
		*line = (struct line){ NULL, fact, k };
		line->id = k->within ? ems_shelf_id(credential, *text_at(fact->record, k->within),
						    name) :
				       ems_shelf_id(credential, name, NULL);
		if (!line->id)
			return ems_fail_nomem(err);
		out->n++;
	}
	qsort(out->items, out->n, sizeof(*out->items), by_id);
	for (size_t i = 0; i < out->n; i++) {
		if (kept && strcmp(out->items[kept - 1].id, out->items[i].id) == 0)
			ems_free(out->items[i].id);
		else
			out->items[kept++] = out->items[i];
	}
	out->n = kept;
	return EMSIGN_OK;
}

/* Account data is what the CA says now, not a merge: what was gone and is listed is back. */
static emsign_rc put_line(emsign_op *op, const struct line *line, emsign_error *err)
{
	const struct ems_sync_kind *k = line->k;
	struct ems_sync_work *work = op->work;
	void *record = line->fact->record;
	void *before = NULL;
	emsign_event event = { .verb = op->task->verb, .kind = k->kind, .text = line->id };
	emsign_rc rc;

	*(const char **)record = line->id;
	*text_at(record, k->credential) = op->account->credential->name;
	*time_at(record, k->synced_at) = ems_client_now(op->client);
	rc = ems_shelf_look(op->client, k->kind, line->id, &before, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_put(op->client, k->kind, record, err);
	work->stats.seen++;
	if (rc == EMSIGN_OK && before)
		*time_at(before, k->synced_at) = *time_at(record, k->synced_at);
	if (rc == EMSIGN_OK && !(before && ems_record_equal(line->fact->kind, before, record))) {
		event.type = before ? EMSIGN_EVENT_CHANGED : EMSIGN_EVENT_ADDED;
		event.record = record;
		*(before ? &work->stats.changed : &work->stats.added) += 1;
		rc = ems_client_tell(op->client, &event, err);
	}
	ems_free(before);
	*(const char **)record = NULL;
	return rc;
}

static emsign_rc put_secret(emsign_op *op, const struct ems_fact *fact, emsign_error *err)
{
	char *id = ems_shelf_id(op->account->credential->name, fact->name, NULL);
	emsign_rc rc = id ? ems_vault_put(op->client, id, fact->secret, err) : ems_fail_nomem(err);

	ems_free(id);
	return rc;
}

static emsign_rc mark_one(emsign_op *op, const struct ems_sync_kind *k, const char *id,
			  emsign_error *err)
{
	emsign_event event = { .type = EMSIGN_EVENT_GONE, .verb = op->task->verb, .kind = k->kind,
			       .text = id };
	void *record = NULL;
	emsign_rc rc = ems_shelf_get(op->client, k->kind, id, &record, err);

	if (rc == EMSIGN_OK && !*time_at(record, k->gone_at)) {
		*time_at(record, k->gone_at) = ems_client_now(op->client);
		event.record = record;
		((struct ems_sync_work *)op->work)->stats.gone++;
		rc = ems_shelf_put(op->client, k->kind, record, err);
		if (rc == EMSIGN_OK)
			rc = ems_client_tell(op->client, &event, err);
	}
	ems_free(record);
	return rc;
}

static emsign_rc mark_gone(emsign_op *op, const struct ems_sync_kind *k, const struct lines *listed,
			   emsign_error *err)
{
	emsign_kv filter[] = { { "credential", op->account->credential->name }, { NULL, NULL } };
	struct ems_kvlist ids = { 0 };
	emsign_rc rc = ems_shelf_ids(op->client, k->kind, filter, &ids, err);

	for (const emsign_kv *id = ems_kvlist_kv(&ids); rc == EMSIGN_OK && id->key; id++)
		if (!bsearch(id->key, listed->items, listed->n, sizeof(*listed->items), to_id))
			rc = mark_one(op, k, id->key, err);
	ems_kvlist_free(&ids);
	return rc;
}

static emsign_rc swap(emsign_op *op, const struct ems_sync_kind *k, const struct lines *lines,
		      emsign_error *err)
{
	const struct ems_sync_work *work = op->work;
	emsign_rc rc = emsign_store_begin(op->client->store, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < lines->n && rc == EMSIGN_OK; i++)
		rc = put_line(op, &lines->items[i], err);
	for (struct ems_fact *fact = work->staged; fact && rc == EMSIGN_OK; fact = fact->next)
		if (!fact->kind)
			rc = put_secret(op, fact, err);
	if (rc == EMSIGN_OK)
		rc = mark_gone(op, k, lines, err);
	return ems_shelf_end(op->client, rc, err);
}

emsign_rc ems_staged_swap(emsign_op *op, const struct ems_sync_kind *k, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	struct lines lines = { NULL, 0 };
	emsign_rc rc = sort_staged(op, k, &lines, err);

	if (rc == EMSIGN_OK)
		rc = swap(op, k, &lines, err);
	drop_lines(&lines);
	ems_fact_free(work->staged);
	work->staged = NULL;
	return rc;
}
