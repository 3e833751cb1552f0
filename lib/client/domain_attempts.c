/* SPDX-License-Identifier: MIT */
/* The CA's attempts to see the proof of a registered domain: all, and the last in detail. */
#include "base/alloc.h"
#include "base/err.h"
#include "client/domain.h"

#include <string.h>

#define PAGE_SIZE 50 /* what the CA gives at most */

struct attempts_work {
	struct ems_domain_work one;
	emsign_attempt *newest;  /* of those that were listed */
	bool looked_again;
};

static emsign_rc ask_attempts(emsign_op *op, emsign_error *err);

static emsign_rc keep(emsign_op *op, const emsign_attempt *fact, const char *number, void **out,
		      emsign_error *err)
{
	const struct ems_domain_work *work = op->work;
	emsign_attempt attempt = *fact;
	char *name = ems_shelf_id(work->name, number, NULL);
	char *id = name ? ems_shelf_id(op->account->credential->name, name, NULL) : NULL;
	emsign_rc rc;

	attempt.id = id;
	attempt.credential = op->account->credential->name;
	attempt.domain = work->name;
	attempt.domain_id = work->domain->domain_id;
	attempt.number = number;
	attempt.seen_at = ems_client_now(op->client);
	rc = id ? ems_shelf_merge(op->client, op->task->verb, "attempt", &attempt, NULL, out, err) :
		  ems_fail_nomem(err);
	ems_free(id);
	ems_free(name);
	return rc;
}

/* --- the last one ------------------------------------------------------------------------- */

/* Its answer has no number: it is the newest of the list, unless the CA tried again meanwhile. */
static emsign_rc detailed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct attempts_work *work = op->work;
	const emsign_attempt *said = ems_op_fact(op, "attempt");
	void *last = NULL;

	if (rc)
		return rc;
	if (!said)
		return ems_fail(err, EMSIGN_E_PROTO, "the CA's answer holds no attempt");
	if (said->tried_at > work->newest->tried_at && !work->looked_again) {
		work->looked_again = true;
		return ask_attempts(op, err);
	}
	rc = keep(op, said, work->newest->number, &last, err);
	if (rc == EMSIGN_OK)
		ems_op_result(op, "attempt", last);
	return rc;
}

/* --- the list ----------------------------------------------------------------------------- */

static emsign_rc take_rows(emsign_op *op, emsign_error *err)
{
	struct attempts_work *work = op->work;
	emsign_rc rc = EMSIGN_OK;

	for (struct ems_fact *fact = op->facts; fact && rc == EMSIGN_OK; fact = fact->next) {
		const emsign_attempt *row = fact->record;

		if (!fact->kind || strcmp(fact->kind->name, "attempt") != 0 || !row->number)
			continue;
		rc = keep(op, row, row->number, NULL, err);
		if (rc || (work->newest && row->tried_at <= work->newest->tried_at))
			continue;
		ems_free(work->newest);
		work->newest = ems_record_copy(fact->kind, row);
		if (!work->newest)
			rc = ems_fail_nomem(err);
	}
	return rc;
}

static emsign_rc ask_page(emsign_op *op, emsign_error *err);

static emsign_rc listed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct attempts_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = take_rows(op, err);
	if (rc)
		return rc;
	if (op->turn.verdict.rows && work->one.page < op->turn.verdict.pages) {
		work->one.page++;
		return ask_page(op, err);
	}
	if (!work->newest)
		return ems_fail(err, EMSIGN_E_NOTFOUND,
				"the CA has not tried yet to validate '%s'", work->one.name);
	ems_domain_args(op);
	ems_op_arg(op, "attempt", "last");
	return ems_op_ask(op, EMS_VERB_DOMAIN_ATTEMPT, detailed, err);
}

static emsign_rc ask_page(emsign_op *op, emsign_error *err)
{
	const struct attempts_work *work = op->work;

	ems_domain_args(op);
	ems_op_arg_int(op, "page", work->one.page);
	ems_op_arg_int(op, "size", PAGE_SIZE);
	return ems_op_ask(op, EMS_VERB_DOMAIN_ATTEMPTS, listed, err);
}

static emsign_rc ask_attempts(emsign_op *op, emsign_error *err)
{
	struct attempts_work *work = op->work;

	work->one.page = 1;
	return ask_page(op, err);
}

static emsign_rc found(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	return rc ? rc : ask_attempts(op, err);
}

static emsign_rc attempts(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_domain_find(op, found, err);
}

static void attempts_drop(emsign_op *op)
{
	ems_free(((struct attempts_work *)op->work)->newest);
	ems_domain_drop(op);
}

static const char *const attempts_args[] = { "domain", NULL };

const struct ems_task ems_task_domain_attempts = {
	.verb = "domain_attempts", .args = attempts_args,
	.work_size = sizeof(struct attempts_work), .check = ems_domain_check, .start = attempts,
	.drop = attempts_drop,
};
