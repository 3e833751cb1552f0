/* SPDX-License-Identifier: MIT */
/*
 * The account's ledger. It has no key: what does not change about an entry names it, and entries
 * that are alike are counted. So pages that moved while they were turned must not bring one twice:
 * they count only when they hold as many entries as the CA says there are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "crypto/crypto.h"
#include "model/fields.h"

#define PASSES 3
#define DAY 86400

struct ledger_work {
	struct ems_kvlist form;   /* checked */
	struct ems_fact *entries; /* of this pass */
	int64_t page;
	int64_t total;            /* as the first page told */
	int passes;
	emsign_stats stats;
};

static const char *field(emsign_op *op, const char *name)
{
	return ems_kv_get(ems_kvlist_kv(&((struct ledger_work *)op->work)->form), name);
}

/* --- keeping ------------------------------------------------------------------------------ */

struct entry {
	emsign_ledger *record;
	size_t at; /* as it was listed */
	char digest[EMS_SHA256_HEX];
};

/* Balance, status and what is not understood may become something else. */
static emsign_rc digest(struct entry *e, emsign_error *err)
{
	const emsign_ledger *r = e->record;
	const char *const said[] = { r->number, r->type, r->order, r->product, r->description,
				     r->amount, r->debit, r->credit, r->currency };
	enum { N = sizeof(said) / sizeof(said[0]) };
	struct ems_piece pieces[N + 2] = { { &r->booked_at, sizeof(r->booked_at) } };

	for (size_t i = 0; i < N; i++)
		pieces[i + 1] = (struct ems_piece){ said[i] ? said[i] : "",
						    said[i] ? strlen(said[i]) + 1 : 1 };
	return ems_digest_sha256(pieces, e->digest, err);
}

static int by_digest(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int by = strcmp(x->digest, y->digest);

	return by ? by : (x->at > y->at) - (x->at < y->at);
}

static emsign_rc sort_entries(struct ledger_work *work, struct entry **out, size_t *n,
			      emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	*n = 0;
	for (const struct ems_fact *f = work->entries; f; f = f->next)
		++*n;
	*out = ems_alloc((*n + 1) * sizeof(**out));
	if (!*out)
		return ems_fail_nomem(err);
	*n = 0;
	for (const struct ems_fact *f = work->entries; f && rc == EMSIGN_OK; f = f->next) {
		(*out)[*n].record = f->record;
		(*out)[*n].at = *n;
		rc = digest(&(*out)[(*n)++], err);
	}
	qsort(*out, *n, sizeof(**out), by_digest);
	return rc;
}

/* The CA may pass the days over that it was asked for. */
static bool is_wanted(emsign_op *op, const emsign_ledger *entry)
{
	int64_t from = 0;
	int64_t till = INT64_MAX - DAY;

	(void)ems_text_int(field(op, "from"), 0, INT64_MAX, &from);
	(void)ems_text_int(field(op, "till"), 0, INT64_MAX - DAY, &till);
	return !entry->booked_at || (entry->booked_at / DAY >= from / DAY &&
				     entry->booked_at / DAY <= till / DAY);
}

static emsign_rc keep_entry(emsign_op *op, const struct entry *e, size_t nth, emsign_error *err)
{
	struct ledger_work *work = op->work;
	emsign_ledger entry = *e->record;
	char twin[EMS_TEXT_INT];
	int64_t news = 0;
	emsign_rc rc;

	ems_text_put_int(twin, (int64_t)nth);
	entry.credential = op->account->credential->name;
	entry.id = ems_shelf_id(entry.credential, e->digest, nth > 1 ? twin : NULL);
	if (!entry.id)
		return ems_fail_nomem(err);
	entry.synced_at = ems_client_now(op->client);
	rc = ems_shelf_merge(op->client, op->task->verb, "ledger", &entry, &news, NULL, err);
	work->stats.seen++;
	work->stats.added += news == EMSIGN_EVENT_ADDED;
	work->stats.changed += news == EMSIGN_EVENT_CHANGED;
	ems_free((void *)(uintptr_t)entry.id);
	return rc;
}

static emsign_rc keep(emsign_op *op, emsign_error *err)
{
	struct ledger_work *work = op->work;
	struct entry *entries = NULL;
	size_t n, nth = 0;
	emsign_rc rc = sort_entries(work, &entries, &n, err);

	if (rc == EMSIGN_OK)
		rc = emsign_store_begin(op->client->store, err);
	if (rc)
		goto out;
	for (size_t i = 0; i < n && rc == EMSIGN_OK; i++) {
		nth = i && strcmp(entries[i].digest, entries[i - 1].digest) == 0 ? nth + 1 : 1;
		if (is_wanted(op, entries[i].record))
			rc = keep_entry(op, &entries[i], nth, err);
	}
	rc = ems_shelf_end(op->client, rc, err);
	work->stats.id = "ledger";
	work->stats.total = work->total;
	work->stats.complete = work->total >= 0;
	if (rc == EMSIGN_OK)
		rc = ems_op_stats(op, &work->stats, err);
out:
	ems_free(entries);
	return rc;
}

/* --- pages -------------------------------------------------------------------------------- */

static emsign_rc ask_page(emsign_op *op, emsign_error *err);

static emsign_rc start_over(emsign_op *op, emsign_error *err)
{
	struct ledger_work *work = op->work;

	ems_fact_free(work->entries);
	work->entries = NULL;
	work->page = 0;
	if (++work->passes < PASSES)
		return ask_page(op, err);
	return ems_fail(err, EMSIGN_E_CONFLICT,
			"the CA's ledger changed each time it was read; nothing of it is kept");
}

static bool is_whole(const struct ledger_work *work)
{
	int64_t n = 0;

	for (const struct ems_fact *f = work->entries; f; f = f->next)
		n++;
	return work->total < 0 || n == work->total;
}

static emsign_rc page_came(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ledger_work *work = op->work;
	const struct ems_verdict verdict = op->turn.verdict;

	if (rc)
		return rc;
	if (work->page == 1)
		work->total = verdict.total;
	/* past its end the CA gives the last page once more */
	if (verdict.total != work->total || verdict.page != work->page)
		return start_over(op, err);
	ems_op_move_facts(op, "ledger", &work->entries);
	if (verdict.pages > work->page)
		return ask_page(op, err);
	return is_whole(work) ? keep(op, err) : start_over(op, err);
}

static emsign_rc ask_page(emsign_op *op, emsign_error *err)
{
	struct ledger_work *work = op->work;

	ems_op_arg_int(op, "page", ++work->page);
	ems_op_arg(op, "from", field(op, "from"));
	ems_op_arg(op, "till", field(op, "till"));
	ems_op_arg(op, "group", field(op, "group"));
	return ems_op_ask(op, EMS_VERB_LEDGER, page_came, err);
}

/* --- the verb ----------------------------------------------------------------------------- */

static emsign_rc ledger(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ask_page(op, err);
}

static emsign_rc ledger_check(emsign_op *op, emsign_error *err)
{
	struct ledger_work *work = op->work;

	return ems_fields_check("ledger", EMS_FIELDS_WHOLE, op->args, &work->form, err);
}

static void ledger_drop(emsign_op *op)
{
	struct ledger_work *work = op->work;

	ems_kvlist_free(&work->form);
	ems_fact_free(work->entries);
}

static const char *const ledger_args[] = { NULL };

const struct ems_task ems_task_ledger = {
	.verb = "ledger", .args = ledger_args, .scope = "ledger",
	.work_size = sizeof(struct ledger_work), .check = ledger_check, .start = ledger,
	.drop = ledger_drop,
};
