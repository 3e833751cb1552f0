/* SPDX-License-Identifier: MIT */
/* The state of orders: ask, keep what is said, fetch the certificate once there is one. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/place.h"
#include "client/presented.h"
#include "client/reissue.h"
#include "client/tasks.h"

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
	return ems_fetch_leave_out(op, &work->order, EMS_NOTE_CAPACITY, err);
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

static emsign_rc want_certificate(emsign_op *op, bool *wanted, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	emsign_certificate *kept = NULL;
	emsign_rc rc = EMSIGN_OK;

	*wanted = work->mode == EMS_REFRESH_AND_FETCH && work->order->number &&
		  work->order->status == EMSIGN_STATUS_ISSUED;
	if (!*wanted || !work->order->certificate)
		return EMSIGN_OK;
	rc = ems_shelf_look(op->client, "certificate", work->order->certificate, (void **)&kept,
			    err);
	*wanted = !kept || kept->interim || work->order->replaces;
	ems_free(kept);
	return rc;
}

static emsign_rc keep_tracked(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	const emsign_order *said = ems_op_fact(op, "order");
	emsign_order *now = NULL;
	struct ems_kept kept;
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
		rc = ems_order_keep(op, &fact, &kept, &now, err);
	if (rc == EMSIGN_OK)
		work->news = kept.news;
	if (rc == EMSIGN_OK && fact.number)
		rc = ems_order_keep_challenges(op, fact.number, err);
	if (rc) {
		ems_free(now);
		return rc;
	}
	ems_free(work->order);
	work->order = now;
	return ems_reissue_settle(op, said, work->asked_ms, &work->order, err);
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

static emsign_rc ask_report(emsign_op *op, emsign_error *err);

/* Somebody made an order of it: what is known here goes along. */
static emsign_rc follow_draft(emsign_op *op, const emsign_order *said, emsign_order **now,
			      emsign_error *err)
{
	const emsign_order *draft = ((struct ems_refresh_work *)op->work)->order;
	emsign_order fact = *draft;
	emsign_rc rc;

	fact.number = said->number;
	fact.status = said->status;
	fact.status_text = said->status_text;
	fact.status_code = said->status_code;
	rc = ems_order_keep(op, &fact, NULL, now, err);
	if (rc == EMSIGN_OK && strcmp((*now)->id, draft->id) != 0)
		rc = ems_shelf_remove(op->client, "order", draft->id, err);
	return rc;
}

/* It was made an order of from here, and got no answer: then the order has the intent's key. */
static emsign_rc keep_drafted(emsign_op *op, const emsign_order *said, emsign_order **now,
			      emsign_error *err)
{
	const emsign_order *draft = ((struct ems_refresh_work *)op->work)->order;
	ems_intent *open = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (said->number)
		rc = ems_journal_of_draft(op->account, draft->request_number, &open, err);
	if (rc == EMSIGN_OK && open && ems_twins_are_sending(op, open))
		*now = ems_record_copy(ems_kind_find("order"), draft);
	else if (rc == EMSIGN_OK && open && open->sent_at)
		rc = ems_place_adopt(op, open, said, open, now, err);
	else if (rc == EMSIGN_OK)
		rc = follow_draft(op, said, now, err);
	ems_free(open);
	return (rc || *now) ? rc : ems_fail_nomem(err);
}

/* A draft has no order number that could be tracked; the report knows it by its request number. */
static emsign_rc drafted(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	const emsign_order *said = find_draft(op);
	emsign_order *now = NULL;

	if (rc == EMSIGN_OK && !said && op->turn.verdict.pages > work->page)
		return ask_report(op, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_reload(op, &work->order, err);
	if (rc)
		return work->then(op, rc, err);
	if (!said) {
		rc = ems_fail(err, EMSIGN_E_NOTFOUND, "the CA does not list the draft '%s'",
			      work->order->id);
		return work->then(op, rc, err);
	}
	rc = keep_drafted(op, said, &now, err);
	if (rc == EMSIGN_OK) {
		ems_free(work->order);
		work->order = now;
		now = NULL;
	}
	ems_free(now);
	return work->then(op, rc, err);
}

static emsign_rc ask_report(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;
	const emsign_order *order = work->order;
	int64_t made = order->ordered_at ? order->ordered_at : order->created_at;

	ems_op_arg(op, "request", order->request_number);
	ems_op_arg_int(op, "since", made > EMS_CLOCK_SLACK ? made - EMS_CLOCK_SLACK : 0);
	ems_op_arg_int(op, "page", ++work->page);
	return ems_op_ask(op, EMS_VERB_REPORT, drafted, err);
}

emsign_rc ems_refresh_ask(emsign_op *op, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	if (!work->order->number) {
		work->page = 0;
		return ask_report(op, err);
	}
	work->asked_ms = ems_client_now_ms(op->client);
	ems_order_name(op, work->order);
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

static const char *const refresh_args[] = { "order", NULL };

const struct ems_task ems_task_refresh = {
	.verb = "refresh", .args = refresh_args, .work_size = sizeof(struct ems_refresh_work),
	.start = refresh, .drop = ems_order_drop,
};
