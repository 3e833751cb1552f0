/* SPDX-License-Identifier: MIT */
/*
 * Changing what the CA has: cancel, revoke. Both read the state back, so that a lost answer is
 * settled at once and a repetition is harmless.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/presented.h"
#include "client/tasks.h"

struct change_work {
	struct ems_refresh_work one;
	emsign_rc rc;       /* how the change itself went */
	emsign_error err;
};

static emsign_rc result_is_order(emsign_op *op)
{
	struct change_work *work = op->work;

	ems_op_result(op, "order", work->one.order);
	work->one.order = NULL;
	return EMSIGN_OK;
}

static emsign_rc need_text(emsign_op *op, const char *name, emsign_error *err)
{
	if (ems_op_given(op, name))
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID, "%s is missing; the CA wants a reason in words",
			name);
}

static emsign_rc put_order(emsign_op *op, const emsign_order *changed, emsign_error *err)
{
	struct change_work *work = op->work;
	emsign_order *now = NULL;
	emsign_rc rc = ems_order_put(op, changed, err);

	if (rc)
		return rc;
	now = ems_record_copy(ems_kind_find("order"), changed);
	if (!now)
		return ems_fail_nomem(err);
	ems_free(work->one.order);
	work->one.order = now;
	return EMSIGN_OK;
}

/* The change is done or in doubt; now the CA tells what became of it. */
static emsign_rc read_back(emsign_op *op, emsign_rc rc, ems_step_fn then, emsign_error *err)
{
	struct change_work *work = op->work;
	emsign_kv fields[] = { { "order", work->one.order->id }, { "verb", op->task->verb },
			       { NULL, NULL } };

	work->rc = rc;
	if (rc && err)
		work->err = *err;
	if (rc == EMSIGN_E_INDOUBT)
		ems_client_log(op->client, EMSIGN_LOG_WARNING,
			       "no answer; looking what became of it", fields);
	work->one.then = then;
	return ems_refresh_ask(op, err);
}

/* --- cancel ------------------------------------------------------------------------------- */

/* What was published for it is of no use any more. */
static emsign_rc cancel_done(emsign_op *op)
{
	struct change_work *work = op->work;

	ems_presented_tidy(op, work->one.order);
	return result_is_order(op);
}

static emsign_rc canceled(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct change_work *work = op->work;
	emsign_order order = *work->one.order;

	if (order.status == EMSIGN_STATUS_CANCELED)
		return cancel_done(op);
	if (work->rc) {
		*err = work->err;
		return work->rc;
	}
	if (rc == EMSIGN_OK && order.status == EMSIGN_STATUS_ISSUED)
		return ems_fail(err, EMSIGN_E_STATE,
				"order '%s' is issued; it can be revoked, not canceled", order.id);
	/* without a look back the CA's own answer counts */
	order.status = EMSIGN_STATUS_CANCELED;
	order.updated_at = ems_client_now(op->client);
	rc = put_order(op, &order, err);
	return rc ? rc : cancel_done(op);
}

static emsign_rc cancel_sent(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	switch (rc) {
	case EMSIGN_OK:
	case EMSIGN_E_STATE: /* issued meanwhile: its certificate is wanted, and the refusal told */
	case EMSIGN_E_INDOUBT:
		return read_back(op, rc, canceled, err);
	default:
		return rc;
	}
}

static emsign_rc cancel(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct change_work *work = op->work;
	const emsign_order *order;

	rc = ems_order_open(op, &work->one.order, err);
	if (rc)
		return rc;
	order = work->one.order;
	ems_op_arg(op, "remarks", ems_op_given(op, "remarks"));
	if (order->number) {
		ems_order_name(op, order);
		return ems_op_ask(op, EMS_VERB_CANCEL, cancel_sent, err);
	}
	ems_op_arg(op, "request", order->request_number);
	return ems_op_ask(op, EMS_VERB_CANCEL_DRAFT, cancel_sent, err);
}

static emsign_rc cancel_check(emsign_op *op, emsign_error *err)
{
	return need_text(op, "remarks", err);
}

static const char *const cancel_args[] = { "order", "remarks", NULL };

const struct ems_task ems_task_cancel = {
	.verb = "cancel", .args = cancel_args, .work_size = sizeof(struct change_work),
	.check = cancel_check, .start = cancel, .drop = ems_order_drop,
};

/* --- revoke ------------------------------------------------------------------------------- */

#define REASONS                                                                                    \
	"key-compromise|affiliation-changed|superseded|cessation-of-operation|privilege-withdrawn"

static bool revocation_began(const emsign_order *order)
{
	return order->status == EMSIGN_STATUS_REVOKED ||
	       (order->revoke_status && strcmp(order->revoke_status, "refused") != 0);
}

static emsign_rc keep_revoked(emsign_op *op, emsign_error *err)
{
	struct change_work *work = op->work;
	emsign_order order = *work->one.order;
	emsign_rc rc;

	if (!order.revoke_status)
		order.revoke_status =
			order.status == EMSIGN_STATUS_REVOKED ? "revoked" : "requested";
	if (!order.revoke_reason)
		order.revoke_reason = ems_op_given(op, "reason");
	if (order.status == EMSIGN_STATUS_REVOKED && !order.revoked_at)
		order.revoked_at = ems_client_now(op->client);
	rc = put_order(op, &order, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_mark_certificate(op, work->one.order, err);
	return rc ? rc : result_is_order(op);
}

static emsign_rc revoked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct change_work *work = op->work;

	/* the next call finds at the CA what could not be kept here */
	if (rc == EMSIGN_E_STORE || rc == EMSIGN_E_NOMEM)
		return rc;
	/* without a look back the CA's own answer counts */
	if (work->rc && !revocation_began(work->one.order)) {
		*err = work->err;
		return work->rc;
	}
	return keep_revoked(op, err);
}

static emsign_rc revoke_sent(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	if (rc && rc != EMSIGN_E_INDOUBT)
		return rc;
	return read_back(op, rc, revoked, err);
}

/* What is known here may be old: the CA is asked first. */
static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct change_work *work = op->work;
	const emsign_order *order = work->one.order;

	if (rc)
		return rc;
	if (revocation_began(order))
		return keep_revoked(op, err);
	if (order->status != EMSIGN_STATUS_ISSUED)
		return ems_fail(err, EMSIGN_E_STATE,
				"order '%s' is %s; only an issued one can be revoked%s", order->id,
				emsign_status_name(order->status),
				emsign_status_is_final(order->status) ? "" : ", cancel this one");
	ems_order_args(op, order);
	ems_op_arg(op, "reason", ems_op_given(op, "reason"));
	ems_op_arg(op, "comments", ems_op_given(op, "comments"));
	return ems_op_ask(op, EMS_VERB_REVOKE, revoke_sent, err);
}

static emsign_rc revoke(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct change_work *work = op->work;

	rc = ems_order_open(op, &work->one.order, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_need_number(work->one.order, err);
	if (rc)
		return rc;
	work->one.mode = EMS_REFRESH_ONLY;
	work->one.then = looked;
	return ems_refresh_ask(op, err);
}

static emsign_rc revoke_check(emsign_op *op, emsign_error *err)
{
	const char *reason = ems_op_given(op, "reason");
	const char *comments = ems_op_given(op, "comments");
	const char *canonical;
	size_t len;

	if (!reason)
		return ems_fail(err, EMSIGN_E_INVALID, "reason is missing; possible: " REASONS);
	if (!ems_text_choice(REASONS, reason, &canonical, &len) ||
	    strncmp(canonical, reason, len) != 0)
		return ems_fail(err, EMSIGN_E_INVALID,
				"reason '%.40s' is none that the CA takes; possible: " REASONS,
				reason);
	if (!comments)
		return need_text(op, "comments", err);
	if (strcspn(comments, ";<>\"\\") != strlen(comments))
		return ems_fail(err, EMSIGN_E_INVALID,
				"comments may not hold ; < > \" or \\: the CA refuses them");
	return EMSIGN_OK;
}

static const char *const revoke_args[] = { "order", "reason", "comments", NULL };

const struct ems_task ems_task_revoke = {
	.verb = "revoke", .args = revoke_args, .work_size = sizeof(struct change_work),
	.check = revoke_check, .start = revoke, .drop = ems_order_drop,
};
