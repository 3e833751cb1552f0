/* SPDX-License-Identifier: MIT */
/* The same names, ordered already? In this client, here, or by others who share the store. */
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"
#include "client/place.h"

/*
 * Another operation of this client may be about to order the same names. Its intent must not be
 * settled: the CA does not list an order whose question is still under way.
 */
emsign_rc ems_twins_refuse_rivals(emsign_op *op, emsign_error *err)
{
	const struct ems_place_work *mine = op->work;

	for (const emsign_op *other = op->client->ops; other; other = other->sibling) {
		const struct ems_place_work *work = other->work;

		if (other == op || other->task->start != op->task->start ||
		    !(work->open || work->intent_id) ||
		    !ems_text_equal(other->account->credential->name,
				    op->account->credential->name) ||
		    !ems_journal_same_names(mine->names.items[0].key, mine->sans,
					    work->names.items[0].key, work->sans))
			continue;
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"the same names as of '%s' are being ordered by another operation",
				mine->names.items[0].key);
	}
	return EMSIGN_OK;
}

bool ems_twins_are_sending(const emsign_op *op, const ems_intent *intent)
{
	for (const emsign_op *other = op->client->ops; other; other = other->sibling) {
		const struct ems_place_work *work = other->work;

		if (other != op && other->task->start == ems_task_place.start &&
		    ems_text_equal(work->intent_id, intent->id))
			return true;
	}
	return ems_journal_is_busy(intent);
}

struct twins {
	emsign_op *op;
	enum ems_look look;
	char open[256]; /* one that is neither issued nor over */
	char late[256]; /* one that came between the looks */
};

static emsign_rc look_at_order(void *ud, const char *kind, const void *record)
{
	struct twins *twins = ud;
	struct ems_place_work *work = twins->op->work;
	const emsign_order *order = record;
	bool over = emsign_status_is_final(order->status) || order->status == EMSIGN_STATUS_ISSUED;

	(void)kind;
	if (order->status == EMSIGN_STATUS_DRAFT ||
	    !ems_text_equal(order->url, twins->op->account->site) ||
	    !ems_journal_same_names(work->names.items[0].key, work->sans, order->domain,
				    order->sans))
		return EMSIGN_OK;
	if (!over)
		snprintf(twins->open, sizeof(twins->open), "%s", order->id);
	else if (twins->look == EMS_FIRST_LOOK)
		ems_kvlist_add(&work->seen, order->id, "");
	else if (!ems_kv_get(ems_kvlist_kv(&work->seen), order->id))
		snprintf(twins->late, sizeof(twins->late), "%s", order->id);
	return work->seen.rc;
}

emsign_rc ems_twins_refuse(emsign_op *op, enum ems_look look, emsign_error *err)
{
	const struct ems_place_work *work = op->work;
	struct ems_kvlist filter = { 0 };
	struct twins twins = { op, look, "", "" };
	emsign_rc rc;

	if (ems_place_said(op, "again"))
		return EMSIGN_OK;
	ems_kvlist_add(&filter, "credential", op->account->credential->name);
	for (size_t i = 0; i < work->names.n; i++) /* whichever of them came first there */
		ems_kvlist_add(&filter, "domain", work->names.items[i].key);
	rc = filter.rc ? ems_fail_nomem(err) :
			 emsign_client_scan(op->client, "order", ems_kvlist_kv(&filter), NULL, 0,
					    look_at_order, &twins, err);
	ems_kvlist_free(&filter);
	if (rc)
		return rc;
	if (twins.open[0])
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"the same names are ordered already and not issued yet: '%s'; say "
				"again=yes to order once more", twins.open);
	if (twins.late[0])
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"the same names were ordered by somebody else in this moment: "
				"'%s'; call again to order once more", twins.late);
	return EMSIGN_OK;
}
