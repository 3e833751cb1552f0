/* SPDX-License-Identifier: MIT */
/* An order that was sent and got no answer: look at the CA what became of it, never guess. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/place.h"

#define REPORT_PAGE 100

/*
 * Is an order that fits known to be another one? It was placed from here with a key of its own, or
 * was known before the intent; or it was deleted here, and so somebody said that it is not wanted;
 * or it is a draft that somebody saved. One that an import brought after the intent may be the one.
 */
static emsign_rc is_another(emsign_op *op, const emsign_order *order, bool *another,
			    emsign_error *err)
{
	const ems_intent *intent = ((struct ems_place_work *)op->work)->open;
	char *id = ems_order_id(op, order);
	emsign_order *known = NULL;
	void *deleted = NULL;
	emsign_rc rc = id ? ems_shelf_look(op->client, "order", id, (void **)&known, err) :
			    ems_fail_nomem(err);

	if (rc == EMSIGN_OK)
		rc = ems_shelf_look(op->client, "tombstone", id, &deleted, err);
	*another = deleted || (known && (known->spki || known->created_at < intent->created_at)) ||
		   (order->status == EMSIGN_STATUS_DRAFT && !ems_place_said(op, "draft"));
	ems_free(deleted);
	ems_free(known);
	ems_free(id);
	return rc;
}

static bool is_same(const emsign_order *a, const emsign_order *b)
{
	return ems_text_equal(a->number, b->number) &&
	       (a->number || ems_text_equal(a->request_number, b->request_number));
}

/* Rows may shift while pages are turned, and then come twice: each order counts once. */
static bool came_before(const struct ems_fact *list, const struct ems_fact *row)
{
	for (; list != row; list = list->next)
		if (is_same(list->record, row->record))
			return true;
	return false;
}

/* Nothing may be concluded from a list that lacks a part. */
static emsign_rc need_whole_list(emsign_op *op, emsign_error *err)
{
	const struct ems_place_work *work = op->work;
	int64_t total = op->turn.verdict.total;
	int64_t n = 0;

	for (const struct ems_fact *f = work->candidates; f; f = f->next)
		n += !came_before(work->candidates, f);
	if (total >= 0 && n >= total)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INDOUBT,
			"an earlier order for '%s' got no answer, and the CA's list of orders is "
			"not whole: %lld came of %lld", work->open->domain, (long long)n,
			(long long)total);
}

/*
 * One order that carries the mark, or exactly one that fits: it is the one. None: it never arrived.
 * Several that fit: a person has to say which.
 */
static emsign_rc choose(emsign_op *op, const emsign_order **out, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	struct ems_buf numbers = EMS_BUF(4096);
	bool sure = false;
	int n = 0;
	emsign_rc rc = EMSIGN_OK;

	*out = NULL;
	for (struct ems_fact *f = work->candidates; f && rc == EMSIGN_OK; f = f->next) {
		const emsign_order *order = f->record;
		bool another = false;

		if (!ems_journal_matches(work->open, order, &sure) ||
		    came_before(work->candidates, f))
			continue;
		if (!sure)
			rc = is_another(op, order, &another, err);
		if (rc || another)
			continue;
		*out = order;
		if (sure) {
			n = 1;
			break;
		}
		ems_buf_print(&numbers, "%s%s", n++ ? ", " : "",
			      order->number ? order->number : order->request_number);
	}
	if (rc == EMSIGN_OK && !sure)
		rc = need_whole_list(op, err);
	if (rc == EMSIGN_OK && n > 1)
		rc = ems_fail(err, EMSIGN_E_INDOUBT,
			      "an earlier order for '%s' got no answer, and several orders at the "
			      "CA may be it: %s; import and delete, or say again=yes",
			      work->open->domain, ems_buf_str(&numbers));
	ems_buf_free(&numbers);
	return rc;
}

/* The key of an order that never arrived was made for these names and never used. */
static emsign_rc reuse_csr(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	const char *key = ems_place_field(op, "key");
	emsign_csr *csr = NULL;
	emsign_rc rc;

	if (work->csr || !work->open->csr)
		return EMSIGN_OK;
	rc = ems_shelf_look(op->client, "csr", work->open->csr, (void **)&csr, err);
	if (rc || !csr)
		return rc;
	/* this form may want another key, or another name first */
	if (ems_text_equal_nocase(csr->domain, ems_place_field(op, "domain")) &&
	    (!key || ems_text_equal(csr->key, key)))
		work->csr = csr;
	else
		ems_free(csr);
	return EMSIGN_OK;
}

/*
 * An order takes the CA some seconds, and is not listed before: as long as it may still come, that
 * it is not there means nothing. How long is left of that.
 */
static int64_t still_to_wait(emsign_op *op)
{
	const struct ems_place_work *work = op->work;
	int64_t age = ems_client_now_ms(op->client) - work->open->created_at * 1000;

	if (age < 0) /* a clock went back; better too long than too short */
		age = 0;
	return op->client->limits.settle_ms - age;
}

static emsign_rc reported(emsign_op *op, emsign_rc rc, emsign_error *err);

static void add_report(emsign_op *op, int64_t in_ms)
{
	struct ems_place_work *work = op->work;

	/* what counts is when the CA may have read its list, not when its answer came */
	if (work->page++ == 0)
		work->early = still_to_wait(op) > in_ms;
	ems_op_arg(op, "domain", work->open->domain);
	ems_op_arg_int(op, "page", work->page);
	ems_op_arg_int(op, "size", REPORT_PAGE);
}

static emsign_rc look_again(emsign_op *op, int64_t ms, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	ems_fact_free(work->candidates);
	work->candidates = NULL;
	work->page = 0;
	add_report(op, ms);
	return ems_op_ask_later(op, EMS_VERB_REPORT, ms, reported, err);
}

static emsign_rc settle(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	emsign_kv fields[] = { { "domain", work->open->domain }, { "intent", work->open->id },
			       { NULL, NULL } };
	const emsign_order *fact = NULL;
	int64_t ms = still_to_wait(op);
	emsign_rc rc = choose(op, &fact, err);

	if (rc)
		return rc;
	if (fact) {
		ems_client_log(op->client, EMSIGN_LOG_INFO,
			       "an order that got no answer was found at the CA", fields);
		return ems_place_keep(op, work->open, fact, err);
	}
	if (work->early)
		return look_again(op, ms > 0 ? ms : 0, err);
	ems_client_log(op->client, EMSIGN_LOG_INFO, "an order that got no answer never arrived",
		       fields);
	rc = reuse_csr(op, err);
	return rc ? rc : ems_place_order(op, err);
}

static emsign_rc reported(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	if (rc) {
		ems_fail_in(err, "an earlier order for '%s' is in doubt and cannot be settled",
			    work->open->domain);
		return rc;
	}
	ems_op_move_facts(op, "order", &work->candidates);
	if (op->turn.verdict.pages > work->page)
		return ems_settle_begin(op, err);
	return settle(op, err);
}

emsign_rc ems_settle_begin(emsign_op *op, emsign_error *err)
{
	add_report(op, 0);
	return ems_op_ask(op, EMS_VERB_REPORT, reported, err);
}
