/* SPDX-License-Identifier: MIT */
/* The state of orders: ask, keep what is said, fetch the certificate once there is one. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/presented.h"
#include "client/tasks.h"

struct open_work {
	struct ems_refresh_work one;
	struct ems_kvlist ids; /* key: id of an open order */
	size_t next;
};

/* --- one order ---------------------------------------------------------------------------- */

/* "Issued" needs a certificate in hand: until its body can be had it is only approved. */
static emsign_rc not_yet(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	emsign_order order = *work->order;
	emsign_rc rc;

	order.status = EMSIGN_STATUS_APPROVED;
	rc = ems_order_put(op, &order, err);
	return rc ? rc : ems_order_reload(op, &work->order, err);
}

static emsign_rc leave_out(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	work->stats.left_out++;
	return ems_fetch_leave_out(op, &work->order, err);
}

static emsign_rc got_certificate(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = ems_fetch_accept(op, &work->order, NULL, err);
	if (rc == EMSIGN_OK)
		work->stats.fetched++;
	if (rc == EMSIGN_E_CAPACITY)
		rc = leave_out(op, err);
	else if (rc == EMSIGN_E_PENDING && work->order->status == EMSIGN_STATUS_ISSUED)
		rc = not_yet(op, err);
	return work->then(op, rc, err);
}

static bool may_have_certificate(int64_t status, enum ems_refresh_mode mode)
{
	switch (mode) {
	case EMS_REFRESH_AND_FETCH:
		return status == EMSIGN_STATUS_ISSUED;
	case EMS_REFRESH_FETCH_ALL:
		return status == EMSIGN_STATUS_ISSUED || status == EMSIGN_STATUS_REVOKED ||
		       status == EMSIGN_STATUS_EXPIRED;
	default:
		return false;
	}
}

static emsign_rc want_certificate(emsign_op *op, bool *wanted, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	emsign_certificate *kept = NULL;
	emsign_rc rc = EMSIGN_OK;

	*wanted = work->order->number && may_have_certificate(work->order->status, work->mode);
	if (!*wanted || !work->order->certificate)
		return EMSIGN_OK;
	rc = ems_shelf_look(op->client, "certificate", work->order->certificate, (void **)&kept,
			    err);
	*wanted = !kept || kept->interim;
	ems_free(kept);
	return rc;
}

static emsign_rc keep_tracked(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	const emsign_order *said = ems_op_fact(op, "order");
	emsign_order *now = NULL;
	emsign_order fact;
	emsign_rc rc;

	if (!said)
		return ems_fail(err, EMSIGN_E_PROTO,
				"the CA's answer says nothing about order '%s'", work->order->id);
	fact = *said;
	if (!fact.number)
		fact.number = work->order->number;
	rc = ems_order_reload(op, &work->order, err); /* deleted meanwhile: it stays so */
	if (rc == EMSIGN_OK)
		rc = ems_order_keep(op, &fact, &work->news, &now, err);
	if (rc == EMSIGN_OK && fact.number)
		rc = ems_order_keep_challenges(op, fact.number, err);
	if (rc) {
		ems_free(now);
		return rc;
	}
	ems_free(work->order);
	work->order = now;
	return EMSIGN_OK;
}

static emsign_rc tracked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	bool wanted = false;

	if (rc == EMSIGN_OK)
		rc = keep_tracked(op, err);
	if (rc == EMSIGN_OK)
		rc = want_certificate(op, &wanted, err);
	if (rc || !wanted)
		return work->then(op, rc, err);
	rc = ems_fetch_ask(op, work->order, got_certificate, err);
	if (rc == EMSIGN_E_CAPACITY)
		return work->then(op, leave_out(op, err), err);
	return rc;
}

/* The row of the draft at work: the CA's own search may give others too. */
static const emsign_order *find_draft(emsign_op *op)
{
	struct ems_refresh_work *work = op->work;

	for (const struct ems_fact *fact = op->facts; fact; fact = fact->next) {
		const emsign_order *row = fact->record;

		if (fact->kind && strcmp(fact->kind->name, "order") == 0 &&
		    ems_text_equal(row->request_number, work->order->request_number))
			return row;
	}
	return NULL;
}

/* A draft has no order number that could be tracked; the report knows it by its request number. */
static emsign_rc drafted(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	const emsign_order *said = find_draft(op);
	emsign_order *now = NULL;
	emsign_order fact;

	if (rc == EMSIGN_OK)
		rc = ems_order_reload(op, &work->order, err);
	if (rc)
		return work->then(op, rc, err);
	if (!said) {
		rc = ems_fail(err, EMSIGN_E_NOTFOUND, "the CA does not list the draft '%s'",
			      work->order->id);
		return work->then(op, rc, err);
	}
	fact = *work->order; /* what is known here goes along when the draft has become an order */
	fact.number = said->number;
	fact.status = said->status;
	fact.status_text = said->status_text;
	fact.status_code = said->status_code;
	rc = ems_order_keep(op, &fact, NULL, &now, err);
	if (rc == EMSIGN_OK && strcmp(now->id, work->order->id) != 0)
		rc = ems_shelf_remove(op->client, "order", work->order->id, err);
	if (rc == EMSIGN_OK) {
		ems_free(work->order);
		work->order = now;
		now = NULL;
	}
	ems_free(now);
	return work->then(op, rc, err);
}

emsign_rc ems_refresh_ask(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	if (!work->order->number) {
		ems_op_arg(op, "request", work->order->request_number);
		return ems_op_ask(op, EMS_VERB_REPORT, drafted, err);
	}
	ems_op_arg(op, "order", work->order->number);
	return ems_op_ask(op, EMS_VERB_TRACK, tracked, err);
}

static emsign_rc refreshed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	(void)err;
	if (rc)
		return rc;
	ems_presented_tidy(op, work->order);
	ems_op_result(op, "order", work->order);
	work->order = NULL;
	return EMSIGN_OK;
}

static emsign_rc refresh(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	work->then = refreshed;
	rc = ems_order_open(op, &work->order, err);
	return rc ? rc : ems_refresh_ask(op, err);
}

/* --- all that are open -------------------------------------------------------------------- */

static emsign_rc refresh_next(emsign_op *op, emsign_error *err);

/* What is wrong with one order is no reason to leave the others; what is wrong with the way is. */
bool ems_refresh_stops_all(emsign_rc rc)
{
	switch (rc) {
	case EMSIGN_OK:
	case EMSIGN_E_INVALID:
	case EMSIGN_E_NOTFOUND:
	case EMSIGN_E_DENIED:
	case EMSIGN_E_REJECTED:
	case EMSIGN_E_PROTO:
	case EMSIGN_E_MISMATCH:
	case EMSIGN_E_PENDING:
	case EMSIGN_E_FAULT:
	case EMSIGN_E_STATE:
		return false;
	default:
		return true;
	}
}

static emsign_rc refreshed_one(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct open_work *work = op->work;
	emsign_kv fields[] = { { "order", work->one.order->id }, { "code", emsign_rc_name(rc) },
			       { "reason", err ? err->message : "" }, { NULL, NULL } };

	if (ems_refresh_stops_all(rc))
		return rc;
	work->one.stats.changed += work->one.news == EMSIGN_EVENT_CHANGED;
	if (rc == EMSIGN_OK) {
		ems_presented_tidy(op, work->one.order);
	} else {
		work->one.stats.failed++;
		ems_client_log(op->client, EMSIGN_LOG_WARNING, "an order could not be refreshed",
			       fields);
	}
	return refresh_next(op, err);
}

static emsign_rc refresh_next(emsign_op *op, emsign_error *err)
{
	struct open_work *work = op->work;
	emsign_stats *stats;
	emsign_rc rc = ems_client_progress(op->client, op->task->verb, "orders",
					   (int64_t)work->next, (int64_t)work->ids.n, err);

	ems_free(work->one.order);
	work->one.order = NULL;
	if (rc)
		return rc;
	while (work->next < work->ids.n) {
		rc = ems_shelf_look(op->client, "order", work->ids.items[work->next++].key,
				    (void **)&work->one.order, err);
		if (rc)
			return rc;
		if (!work->one.order)
			continue; /* deleted meanwhile */
		work->one.stats.seen++;
		work->one.news = 0;
		return ems_refresh_ask(op, err);
	}
	work->one.stats.id = "open orders";
	work->one.stats.total = (int64_t)work->ids.n;
	work->one.stats.complete = 1;
	stats = ems_record_copy(ems_kind_find("stats"), &work->one.stats);
	if (!stats)
		return ems_fail_nomem(err);
	ems_op_result(op, "stats", stats);
	return EMSIGN_OK;
}

static emsign_rc take_open(void *ud, const char *kind, const void *record)
{
	struct open_work *work = ud;
	const emsign_order *order = record;
	bool waits = order->status != EMSIGN_STATUS_ISSUED || !order->certificate;

	(void)kind;
	if (!emsign_status_is_final(order->status) && waits)
		ems_kvlist_add(&work->ids, order->id, "");
	return work->ids.rc;
}

static emsign_rc refresh_open(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	emsign_kv filter[] = { { "credential", op->account->credential->name },
			       { "url", op->account->credential->url }, { NULL, NULL } };
	struct open_work *work = op->work;

	work->one.then = refreshed_one;
	rc = emsign_client_scan(op->client, "order", filter, take_open, work, err);
	return rc ? rc : refresh_next(op, err);
}

static void open_drop(emsign_op *op)
{
	struct open_work *work = op->work;

	ems_free(work->one.order);
	ems_kvlist_free(&work->ids);
}

static const char *const refresh_args[] = { "order", NULL };
static const char *const no_args[] = { NULL };

const struct ems_task ems_task_refresh = {
	.verb = "refresh", .args = refresh_args, .work_size = sizeof(struct ems_refresh_work),
	.start = refresh, .drop = ems_order_drop,
};

const struct ems_task ems_task_refresh_open = {
	.verb = "refresh_open", .args = no_args, .work_size = sizeof(struct open_work),
	.start = refresh_open, .drop = open_drop,
};
