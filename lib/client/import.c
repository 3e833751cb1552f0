/* SPDX-License-Identifier: MIT */
/*
 * Import: every order that the CA lists becomes known here; then the certificates that are wanted
 * are fetched. An import that was interrupted goes on where it stopped; an incremental one lists
 * what is new and looks again at what may have changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/import.h"
#include "model/fields.h"

/* An import that was interrupted longer ago begins anew. */
#define STALE (24 * 3600)

/* Days have no zone on this wire, and clocks differ: so much earlier a new order is looked for. */
#define SLACK (2 * 24 * 3600)

static const emsign_kv *options(emsign_op *op)
{
	return ems_kvlist_kv(&((struct ems_import_work *)op->work)->options);
}

static bool is_incremental(emsign_op *op)
{
	return ems_text_equal(ems_kv_get(options(op), "mode"), "incremental");
}

/* --- rows --------------------------------------------------------------------------------- */

/* An order deleted here stays deleted unless it is asked for; it is counted all the same. */
static emsign_rc is_deleted(emsign_op *op, const emsign_order *row, bool *deleted,
			    emsign_error *err)
{
	struct ems_import_work *work = op->work;
	ems_tombstone *tombstone = NULL;
	char *id = ems_order_id(op, row);
	emsign_rc rc = id ? ems_shelf_look(op->client, "tombstone", id, (void **)&tombstone, err) :
			    ems_fail_nomem(err);

	/* one of the same number at another CA is another order */
	*deleted = tombstone && ems_text_equal(tombstone->url, op->account->site);
	if (rc == EMSIGN_OK && *deleted && ems_kv_yes(options(op), "deleted")) {
		*deleted = false;
		rc = ems_shelf_remove(op->client, "tombstone", id, err);
	} else if (rc == EMSIGN_OK && *deleted &&
		   tombstone->listed_at != work->lease.now.stamp) {
		tombstone->listed_at = work->lease.now.stamp;
		work->listing.seen++;
		rc = ems_shelf_put(op->client, "tombstone", tombstone, err);
	}
	ems_free(tombstone);
	ems_free(id);
	return rc;
}

static emsign_rc keep_row(emsign_op *op, const emsign_order *fact, bool tombstones,
			  emsign_error *err)
{
	struct ems_import_work *work = op->work;
	emsign_order row = *fact;
	struct ems_kept kept;
	bool deleted = false;
	emsign_rc rc = EMSIGN_OK;

	if (tombstones)
		rc = is_deleted(op, fact, &deleted, err);
	if (rc || deleted)
		return rc;
	row.listed_at = work->lease.now.stamp;
	rc = ems_order_keep(op, &row, &kept, NULL, err);
	if (rc)
		return rc;
	work->listing.seen += kept.listed_at != row.listed_at;
	work->stats.added += kept.news == EMSIGN_EVENT_ADDED;
	work->stats.changed += kept.news == EMSIGN_EVENT_CHANGED;
	return EMSIGN_OK;
}

static emsign_rc keep_all(emsign_op *op, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	size_t tombstones = 0;
	emsign_rc rc = ems_shelf_count(op->client, "tombstone", NULL, 1, &tombstones, err);

	for (const struct ems_fact *f = work->listing.rows; f && rc == EMSIGN_OK; f = f->next)
		rc = keep_row(op, f->record, tombstones > 0, err);
	if (rc)
		return rc;
	ems_listing_note(&work->listing, &work->lease);
	return ems_lease_put(op, &work->lease, err);
}

emsign_rc ems_import_keep_rows(emsign_op *op, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	struct ems_listing *listing = &work->listing;
	emsign_rc rc = emsign_store_begin(op->client->store, err);

	if (rc == EMSIGN_OK)
		rc = ems_shelf_end(op->client, keep_all(op, err), err);
	ems_fact_free(listing->rows);
	listing->rows = NULL;
	listing->n_rows = 0;
	return rc;
}

/* --- phases ------------------------------------------------------------------------------- */

static emsign_rc finish(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	const struct ems_listing *listing = &work->listing;

	work->lease.now.stamp = 0;
	rc = ems_lease_put(op, &work->lease, err);
	if (rc)
		return rc;
	work->stats.id = "orders";
	work->stats.seen = listing->seen;
	work->stats.total = listing->untold ? listing->seen : listing->total;
	work->stats.complete = !listing->untold;
	return ems_op_stats(op, &work->stats, err);
}

static emsign_rc certificates(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	if (!ems_kv_yes(options(op), "certificates"))
		return finish(op, EMSIGN_OK, err);
	return ems_harvest_begin(op, finish, err);
}

/* Behind the last one it begins again at the first, the next time. */
static emsign_rc swept(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	const struct ems_queue *queue = &work->queue;

	(void)rc;
	ems_free(work->swept);
	work->swept = NULL;
	if (queue->given == queue->most) {
		work->swept = ems_strdup(queue->ids.items[queue->at - 1].key);
		if (!work->swept)
			return ems_fail_nomem(err);
	}
	work->lease.now.swept = work->swept;
	return certificates(op, EMSIGN_OK, err);
}

static emsign_rc sweep_issued(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	struct ems_sweep sweep = { .filter = work->filter, .after = work->lease.now.swept,
				   .what = "issued orders", .then = swept };

	(void)rc;
	(void)ems_text_int(ems_kv_get(options(op), "sweep"), 0, INT64_MAX, &sweep.most);
	if (!sweep.most)
		return certificates(op, EMSIGN_OK, err);
	work->filter[2] = (emsign_kv){ "status", "issued" };
	return ems_sweep_begin(op, &sweep, err);
}

static emsign_rc sweep_open(emsign_op *op, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	struct ems_sweep sweep = { .filter = work->filter, .what = "open orders",
				   .then = sweep_issued };

	work->filter[2] = (emsign_kv){ "open", "1" };
	return ems_sweep_begin(op, &sweep, err);
}

static emsign_rc listed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	ems_import *state = &work->lease.now;
	bool part = ems_kv_get(options(op), "from") || ems_kv_get(options(op), "till");

	(void)rc;
	if (!work->listing.untold && !part)
		state->listed_at = state->stamp;
	return is_incremental(op) ? sweep_open(op, err) : certificates(op, EMSIGN_OK, err);
}

/* --- the verb ----------------------------------------------------------------------------- */

static emsign_rc import_check(emsign_op *op, emsign_error *err)
{
	struct ems_import_work *work = op->work;

	return ems_fields_check("import", EMS_FIELDS_WHOLE, op->args, &work->options, err);
}

/* Which days are listed. An incremental import goes back to where the last listing began. */
static void set_days(emsign_op *op)
{
	struct ems_import_work *work = op->work;
	const char *from = ems_kv_get(options(op), "from");
	const char *till = ems_kv_get(options(op), "till");
	int64_t since = work->lease.now.listed_at;

	if (from || till)
		snprintf(work->from, sizeof(work->from), "%s", from ? from : "946684800");
	else if (is_incremental(op) && since)
		snprintf(work->from, sizeof(work->from), "%" PRId64, since - SLACK);
	if (!*work->from)
		return;
	if (till)
		snprintf(work->till, sizeof(work->till), "%s", till);
	else
		snprintf(work->till, sizeof(work->till), "%" PRId64, ems_client_now(op->client));
	snprintf(work->scope, sizeof(work->scope), "%s..%s", work->from, till ? till : "");
}

static bool goes_on(emsign_op *op)
{
	const struct ems_import_work *work = op->work;
	const ems_import *before = work->lease.kept;

	return before && before->stamp && before->total >= 0 &&
	       ems_text_equal(before->url, op->account->site) &&
	       ems_text_equal(before->scope ? before->scope : "", work->scope) &&
	       ems_client_now(op->client) - before->updated_at < STALE;
}

static emsign_rc import(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	ems_import *state = &work->lease.now;
	bool go_on;

	rc = ems_lease_take(op, &work->lease, err);
	if (rc)
		return rc;
	if (!ems_text_equal(state->url, op->account->site)) {
		state->listed_at = 0; /* what another CA listed means nothing here */
		state->swept = NULL;
	}
	set_days(op);
	go_on = goes_on(op);
	state->url = op->account->site;
	state->scope = *work->scope ? work->scope : NULL;
	work->filter[0] = (emsign_kv){ "credential", op->account->credential->name };
	work->filter[1] = (emsign_kv){ "url", op->account->site };
	rc = ems_lease_put(op, &work->lease, err);
	if (rc)
		return rc;
	return go_on ? ems_listing_resume(op, listed, err) : ems_listing_begin(op, listed, err);
}

static void import_drop(emsign_op *op)
{
	struct ems_import_work *work = op->work;

	ems_lease_drop(op, &work->lease);
	ems_listing_free(&work->listing);
	ems_queue_free(&work->queue);
	ems_harvest_free(&work->harvest);
	ems_kvlist_free(&work->options);
	ems_free(work->swept);
}

static const char *const import_args[] = { NULL };

const struct ems_task ems_task_import = {
	.verb = "import", .args = import_args, .scope = "import",
	.work_size = sizeof(struct ems_import_work), .check = import_check, .start = import,
	.drop = import_drop,
};
