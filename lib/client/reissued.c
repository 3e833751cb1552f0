/* SPDX-License-Identifier: MIT */
/* What became of a reissue: the order tells, by its request number and by its state. */
#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/process.h"
#include "client/reissue.h"

/* A reissue takes the CA its time: as long as it may still come, the old state means nothing. */
static bool may_still_come(const emsign_op *op, const ems_reissue *open, int64_t asked_ms)
{
	int64_t age = asked_ms - open->sent_at * 1000;

	/* a clock that went back: better too long */
	return age < ems_op_settle_ms(op, EMS_VERB_REISSUE, NULL);
}

enum ems_reissue_fate ems_reissue_fate(const emsign_op *op, const ems_reissue *open,
				       const emsign_order *said, int64_t asked_ms)
{
	if (!open->sent_at)
		return EMS_REISSUE_NEVER;
	if (said->request_number && !ems_text_equal(said->request_number, open->request_number))
		return EMS_REISSUE_DONE;
	if (said->status == EMSIGN_STATUS_UNKNOWN)
		return EMS_REISSUE_UNTOLD;
	if (said->status != EMSIGN_STATUS_ISSUED && !emsign_status_is_final(said->status))
		return EMS_REISSUE_DONE;
	if (!said->request_number) /* it may have been issued again meanwhile */
		return EMS_REISSUE_UNTOLD;
	return may_still_come(op, open, asked_ms) ? EMS_REISSUE_EARLY : EMS_REISSUE_NEVER;
}

bool ems_reissue_is_busy(const emsign_op *op, const ems_reissue *open)
{
	for (const emsign_op *other = op->client->ops; other; other = other->sibling) {
		const struct ems_reissue_work *work = other->work;

		if (other != op && other->task == &ems_task_reissue &&
		    work->sent && ems_text_equal(work->sent->id, open->id))
			return true;
	}
	return open->owner && ems_process_is_other(open->owner);
}

/* The certificate that is replaced stays the order's until the new one is here. */
static void take_over(const ems_reissue *done, const emsign_order *said, emsign_order *order)
{
	order->csr = done->csr;
	order->spki = done->spki;
	if (done->sans)
		order->sans = done->sans;
	order->replaces = done->replaces;
	order->certificate_note = NULL;
	order->not_after = said->not_after;
	if (said->status != EMSIGN_STATUS_ISSUED) {
		order->status = said->status;
		order->status_text = said->status_text;
		order->status_code = said->status_code;
	}
	if (said->request_number)
		order->request_number = said->request_number;
}

emsign_rc ems_reissue_keep(emsign_op *op, emsign_order **order, const ems_reissue *done,
			   const emsign_order *said, const ems_reissue *gone, emsign_error *err)
{
	emsign_order now;
	emsign_rc rc = ems_order_reload(op, order, err);

	if (rc == EMSIGN_OK)
		rc = emsign_store_begin(op->client->store, err);
	if (rc)
		return rc;
	now = **order;
	take_over(done, said, &now);
	now.updated_at = ems_client_now(op->client);
	rc = ems_order_put(op, &now, err);
	if (rc == EMSIGN_OK && gone)
		rc = ems_shelf_swap(op->client, "reissue", gone, NULL, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_reload(op, order, err);
	return ems_shelf_end(op->client, rc, err);
}

emsign_rc ems_reissue_settle(emsign_op *op, const emsign_order *said, int64_t asked_ms,
			     emsign_order **order, emsign_error *err)
{
	emsign_kv fields[] = { { "order", (*order)->id }, { NULL, NULL } };
	ems_reissue *open = NULL;
	emsign_rc rc = ems_shelf_look(op->client, "reissue", (*order)->id, (void **)&open, err);

	if (rc || !open)
		return rc;
	if (!ems_reissue_is_busy(op, open)) {
		switch (ems_reissue_fate(op, open, said, asked_ms)) {
		case EMS_REISSUE_DONE:
			ems_client_log(op->client, EMSIGN_LOG_INFO,
				       "a reissue that got no answer did happen", fields);
			rc = ems_reissue_keep(op, order, open, said, open, err);
			break;
		case EMS_REISSUE_NEVER:
			ems_client_log(op->client, EMSIGN_LOG_INFO,
				       "a reissue that got no answer never happened", fields);
			rc = ems_shelf_swap(op->client, "reissue", open, NULL, err);
			break;
		default:
			break;
		}
	}
	ems_free(open);
	return rc == EMSIGN_E_CONFLICT ? ems_ok(err) : rc; /* somebody else settled it */
}
