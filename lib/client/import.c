/* SPDX-License-Identifier: MIT */
/*
 * Import: every order that the CA lists becomes known here; then the certificates that are wanted
 * are fetched. A listing counts as complete only when the CA's own total was met.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "model/fields.h"

#define PAGE_SIZE 100

struct import_work {
	struct ems_refresh_work one;
	struct ems_kvlist options;
	int64_t page;
	int64_t total;
	uint64_t *seen;        /* open hash table of what was listed; rows may come twice */
	size_t seen_n, seen_size;
	struct ems_kvlist ids; /* orders whose certificate is wanted */
	size_t next;
};

static const emsign_kv *options(emsign_op *op)
{
	return ems_kvlist_kv(&((struct import_work *)op->work)->options);
}

/* --- rows may shift while pages are turned: each order counts once ------------------------ */

static uint64_t hash_text(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h ? h : 1;
}

static bool insert(uint64_t *table, size_t size, uint64_t h)
{
	size_t i = h & (size - 1);

	while (table[i] && table[i] != h)
		i = (i + 1) & (size - 1);
	if (table[i] == h)
		return false;
	table[i] = h;
	return true;
}

static emsign_rc grow_seen(struct import_work *work, emsign_error *err)
{
	size_t size = work->seen_size ? work->seen_size * 2 : 1024;
	uint64_t *table = ems_alloc(size * sizeof(*table));

	if (!table)
		return ems_fail_nomem(err);
	for (size_t i = 0; i < work->seen_size; i++)
		if (work->seen[i])
			(void)insert(table, size, work->seen[i]);
	ems_free(work->seen);
	work->seen = table;
	work->seen_size = size;
	return EMSIGN_OK;
}

static emsign_rc is_new(struct import_work *work, const char *name, bool *fresh, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	if (work->seen_n * 2 >= work->seen_size)
		rc = grow_seen(work, err);
	if (rc)
		return rc;
	*fresh = insert(work->seen, work->seen_size, hash_text(name));
	work->seen_n += *fresh;
	return EMSIGN_OK;
}

/* --- orders ------------------------------------------------------------------------------- */

/* An order deleted here stays deleted unless it is asked for. */
static emsign_rc is_deleted(emsign_op *op, const char *id, bool *deleted, emsign_error *err)
{
	ems_tombstone *tombstone = NULL;
	emsign_rc rc = ems_shelf_look(op->client, "tombstone", id, (void **)&tombstone, err);

	/* one of the same number at another CA is another order */
	*deleted = tombstone && ems_text_equal(tombstone->url, op->account->credential->url);
	if (rc == EMSIGN_OK && *deleted && ems_kv_yes(options(op), "deleted")) {
		rc = ems_shelf_remove(op->client, "tombstone", id, err);
		*deleted = false;
	}
	ems_free(tombstone);
	return rc;
}

static emsign_rc keep_row(emsign_op *op, const emsign_order *row, emsign_error *err)
{
	struct import_work *work = op->work;
	char *id = ems_order_id(op, row);
	bool fresh = false, deleted = false;
	int64_t news = 0;
	emsign_rc rc = id ? is_new(work, id, &fresh, err) : ems_fail_nomem(err);

	if (rc == EMSIGN_OK && fresh)
		rc = is_deleted(op, id, &deleted, err);
	work->one.stats.seen += fresh;
	if (rc == EMSIGN_OK && fresh && !deleted)
		rc = ems_order_keep(op, row, &news, NULL, err);
	work->one.stats.added += news == EMSIGN_EVENT_ADDED;
	work->one.stats.changed += news == EMSIGN_EVENT_CHANGED;
	ems_free(id);
	return rc;
}

static emsign_rc keep_page(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = emsign_store_begin(op->client->store, err);

	if (rc)
		return rc;
	for (const struct ems_fact *f = op->facts; f && rc == EMSIGN_OK; f = f->next)
		if (f->kind && strcmp(f->kind->name, "order") == 0)
			rc = keep_row(op, f->record, err);
	return ems_shelf_end(op->client, rc, err);
}

static emsign_rc begin_certificates(emsign_op *op, emsign_error *err);
static emsign_rc ask_page(emsign_op *op, emsign_error *err);

static emsign_rc got_page(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct import_work *work = op->work;
	const struct ems_verdict *v = &op->turn.verdict;

	if (rc == EMSIGN_OK)
		rc = keep_page(op, err);
	if (rc)
		return rc;
	work->total = v->total;
	rc = ems_client_progress(op->client, op->task->verb, "orders", work->one.stats.seen,
				 v->total, err);
	if (rc)
		return rc;
	if (work->page < v->pages)
		return ask_page(op, err);
	if (v->total >= 0 && work->one.stats.seen < v->total)
		return ems_fail(
			err, EMSIGN_E_PROTO,
			"the CA has %lld orders but listed %lld; what came is kept, import again",
			(long long)v->total, (long long)work->one.stats.seen);
	return begin_certificates(op, err);
}

static emsign_rc ask_page(emsign_op *op, emsign_error *err)
{
	struct import_work *work = op->work;
	const char *from = ems_kv_get(options(op), "from");
	const char *till = ems_kv_get(options(op), "till");

	ems_op_arg_int(op, "page", ++work->page);
	ems_op_arg_int(op, "size", PAGE_SIZE);
	if (from || till) { /* the CA wants both or none */
		ems_op_arg(op, "from", from ? from : "946684800");
		if (till)
			ems_op_arg(op, "till", till);
		else
			ems_op_arg_int(op, "till", ems_client_now(op->client));
	}
	return ems_op_ask(op, EMS_VERB_REPORT, got_page, err);
}

/* --- certificates ------------------------------------------------------------------------- */

static bool is_excluded(emsign_op *op, const emsign_order *order)
{
	const char *word;

	for (size_t i = 0; (word = ems_kv_nth(options(op), "exclude", i)) != NULL; i++)
		if (strcmp(word, emsign_status_name(order->status)) == 0)
			return true;
	return false;
}

static emsign_rc take_wanted(void *ud, const char *kind, const void *record)
{
	emsign_op *op = ud;
	struct import_work *work = op->work;
	const emsign_order *order = record;

	(void)kind;
	switch (order->status) {
	case EMSIGN_STATUS_ISSUED:
	case EMSIGN_STATUS_REVOKED:
	case EMSIGN_STATUS_EXPIRED:
		break;
	default:
		return EMSIGN_OK;
	}
	if (order->certificate || !order->number)
		return EMSIGN_OK;
	if (is_excluded(op, order))
		work->one.stats.left_out++;
	else
		ems_kvlist_add(&work->ids, order->id, "");
	return work->ids.rc;
}

static emsign_rc import_done(emsign_op *op, emsign_error *err)
{
	struct import_work *work = op->work;
	emsign_stats *stats;

	work->one.stats.id = "orders";
	work->one.stats.total = work->total < 0 ? work->one.stats.seen : work->total;
	work->one.stats.complete = work->total >= 0;
	stats = ems_record_copy(ems_kind_find("stats"), &work->one.stats);
	if (!stats)
		return ems_fail_nomem(err);
	ems_op_result(op, "stats", stats);
	return EMSIGN_OK;
}

static emsign_rc next_certificate(emsign_op *op, emsign_error *err)
{
	struct import_work *work = op->work;
	emsign_rc rc = ems_client_progress(op->client, op->task->verb, "certificates",
					   (int64_t)work->next, (int64_t)work->ids.n, err);

	ems_free(work->one.order);
	work->one.order = NULL;
	/* one that is not there any more was deleted meanwhile */
	while (rc == EMSIGN_OK && !work->one.order && work->next < work->ids.n)
		rc = ems_shelf_look(op->client, "order", work->ids.items[work->next++].key,
				    (void **)&work->one.order, err);
	if (rc)
		return rc;
	return work->one.order ? ems_refresh_ask(op, err) : import_done(op, err);
}

static emsign_rc got_one(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct import_work *work = op->work;
	emsign_kv fields[] = { { "order", work->one.order->id }, { "code", emsign_rc_name(rc) },
			       { "reason", err ? err->message : "" }, { NULL, NULL } };

	if (ems_refresh_stops_all(rc))
		return rc;
	if (rc) {
		work->one.stats.failed++;
		ems_client_log(op->client, EMSIGN_LOG_WARNING, "a certificate could not be fetched",
			       fields);
	}
	return next_certificate(op, err);
}

static emsign_rc begin_certificates(emsign_op *op, emsign_error *err)
{
	emsign_kv filter[] = { { "credential", op->account->credential->name },
			       { "url", op->account->credential->url }, { NULL, NULL } };
	struct import_work *work = op->work;
	emsign_rc rc;

	if (!ems_kv_yes(options(op), "certificates"))
		return import_done(op, err);
	/* the CA wants to be told who ordered, and only an order's state says it: it comes first */
	work->one.mode = EMS_REFRESH_FETCH_ALL;
	work->one.then = got_one;
	rc = emsign_client_scan(op->client, "order", filter, NULL, 0, take_wanted, op, err);
	return rc ? rc : next_certificate(op, err);
}

/* --- the verb ----------------------------------------------------------------------------- */

static emsign_rc import_check(emsign_op *op, emsign_error *err)
{
	struct import_work *work = op->work;

	return ems_fields_check("import", EMS_FIELDS_WHOLE, op->args, &work->options, err);
}

static emsign_rc import(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ask_page(op, err);
}

static void import_drop(emsign_op *op)
{
	struct import_work *work = op->work;

	ems_free(work->one.order);
	ems_free(work->seen);
	ems_kvlist_free(&work->options);
	ems_kvlist_free(&work->ids);
}

static const char *const import_args[] = { NULL };

const struct ems_task ems_task_import = {
	.verb = "import", .args = import_args, .scope = "import",
	.work_size = sizeof(struct import_work), .check = import_check, .start = import,
	.drop = import_drop,
};
