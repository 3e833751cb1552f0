/* SPDX-License-Identifier: MIT */
/* The state of many orders, several at once: of all that are open, and in turn of issued ones. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/import.h"
#include "client/presented.h"

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

/* --- one of them -------------------------------------------------------------------------- */

static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	(void)err;
	if (rc == EMSIGN_OK)
		ems_presented_tidy(op, work->order);
	return rc;
}

static emsign_rc look(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_refresh_work *work = op->work;

	work->then = looked;
	rc = ems_order_open(op, &work->order, err);
	return rc ? rc : ems_refresh_ask(op, err);
}

static const char *const look_args[] = { "order", NULL };

#define LOOK(word)                                                                               \
	{ .verb = (word), .args = look_args, .work_size = sizeof(struct ems_refresh_work),        \
	  .start = look, .drop = ems_order_drop }

static const struct ems_task look_of_import = LOOK("import");
static const struct ems_task look_of_open = LOOK("refresh_open");

/* --- all of them -------------------------------------------------------------------------- */

static emsign_rc next_look(emsign_op *op, emsign_op **hand, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	bool import = op->task == &ems_task_import;
	emsign_kv args[] = { { "order", NULL }, { NULL, NULL } };
	emsign_rc rc = ems_queue_next(op->client, &work->queue, &args[0].value, err);

	if (rc || !args[0].value)
		return rc;
	rc = ems_op_new(op->account, import ? &look_of_import : &look_of_open, args, hand, err);
	if (rc == EMSIGN_OK && import) /* certificates are a phase of their own there */
		((struct ems_refresh_work *)(*hand)->work)->mode = EMS_REFRESH_ONLY;
	return rc;
}

static void count_look(emsign_op *op, emsign_op *hand, emsign_rc rc, const emsign_error *err)
{
	struct ems_import_work *work = op->work;
	const struct ems_refresh_work *one = hand->work;
	emsign_kv fields[] = { { "order", ems_op_given(hand, "order") },
			       { "code", emsign_rc_name(rc) }, { "reason", err->message },
			       { NULL, NULL } };

	if (!one->order) /* deleted meanwhile */
		return;
	work->looked++;
	work->stats.changed += one->news == EMSIGN_EVENT_CHANGED;
	work->stats.fetched += one->stats.fetched;
	work->stats.left_out += one->stats.left_out;
	work->stats.failed += rc != EMSIGN_OK;
	if (rc)
		ems_client_log(op->client, EMSIGN_LOG_WARNING, "an order could not be refreshed",
			       fields);
}

static emsign_rc look_ended(emsign_op *op, emsign_op *hand, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;

	if (ems_refresh_stops_all(rc))
		return rc;
	count_look(op, hand, rc, err);
	return ems_client_progress(op->client, op->task->verb, work->sweep.what, work->looked,
				   work->sweep.total, err);
}

static emsign_rc sweep_done(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;

	return work->sweep.then(op, rc, err);
}

emsign_rc ems_sweep_begin(emsign_op *op, const struct ems_sweep *sweep, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	const struct ems_crew crew = { .most = (size_t)op->client->limits.parallel,
				       .next = next_look, .ended = look_ended,
				       .then = sweep_done };
	emsign_rc rc;

	ems_queue_free(&work->queue);
	work->sweep = *sweep;
	work->looked = 0;
	work->queue.filter = sweep->filter;
	work->queue.most = sweep->most;
	work->queue.after = ems_strdup(sweep->after);
	if (sweep->after && !work->queue.after)
		return ems_fail_nomem(err);
	rc = ems_queue_count(op->client, &work->queue, &work->sweep.total, err);
	return rc ? rc : ems_crew_begin(op, &crew, err);
}

/* --- the verb: all that are open ---------------------------------------------------------- */

static emsign_rc opened(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;

	if (rc)
		return rc;
	work->stats.id = "open orders";
	work->stats.seen = work->looked;
	work->stats.total = work->sweep.total;
	work->stats.complete = 1;
	return ems_op_stats(op, &work->stats, err);
}

static emsign_rc refresh_open(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	const struct ems_sweep sweep = { .filter = work->filter, .what = "orders",
					 .then = opened };

	(void)rc;
	work->filter[0] = (emsign_kv){ "credential", op->account->credential->name };
	work->filter[1] = (emsign_kv){ "url", op->account->site };
	work->filter[2] = (emsign_kv){ "open", "1" };
	return ems_sweep_begin(op, &sweep, err);
}

static void open_drop(emsign_op *op)
{
	ems_queue_free(&((struct ems_import_work *)op->work)->queue);
}

static const char *const no_args[] = { NULL };

const struct ems_task ems_task_refresh_open = {
	.verb = "refresh_open", .args = no_args, .work_size = sizeof(struct ems_import_work),
	.start = refresh_open, .drop = open_drop,
};
