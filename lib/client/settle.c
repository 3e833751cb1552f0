/* SPDX-License-Identifier: MIT */
/* An order that was sent and got no answer: look at the CA what became of it, never guess. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/place.h"

#define REPORT_PAGE 100

static emsign_rc is_known_order(emsign_op *op, const emsign_order *order, bool *known,
				emsign_error *err)
{
	void *record = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (order->number)
		rc = ems_place_look(op, "order", order->number, &record, err);
	*known = record != NULL;
	ems_free(record);
	return rc;
}

/*
 * One order that carries the mark, or exactly one that fits: it is the one. None: it never arrived.
 * Several that fit: a person has to say which.
 */
static emsign_rc choose(emsign_op *op, const emsign_order **out, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	struct ems_buf numbers = EMS_BUF(4096);
	int n = 0;
	emsign_rc rc = EMSIGN_OK;

	*out = NULL;
	for (struct ems_fact *f = work->candidates; f && rc == EMSIGN_OK; f = f->next) {
		const emsign_order *order = f->record;
		bool sure, known = false;

		if (!ems_journal_matches(work->open, order, &sure))
			continue;
		if (!sure)
			rc = is_known_order(op, order, &known, err);
		if (rc || known)
			continue;
		*out = order;
		if (sure) {
			n = 1;
			break;
		}
		ems_buf_print(&numbers, "%s%s", n++ ? ", " : "",
			      order->number ? order->number : order->request_number);
	}
	if (rc == EMSIGN_OK && n > 1) {
		*out = NULL;
		rc = ems_fail(err, EMSIGN_E_INDOUBT,
			      "an earlier order for '%s' got no answer, and several orders at the CA may be "
			      "it: %s; import and delete, or say again=yes", work->open->domain,
			      ems_buf_str(&numbers));
	}
	ems_buf_free(&numbers);
	return rc;
}

static emsign_rc settle(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	emsign_kv fields[] = { { "domain", work->open->domain }, { "tag", work->open->tag },
			       { NULL, NULL } };
	const emsign_order *fact = NULL;
	emsign_rc rc = choose(op, &fact, err);

	if (rc)
		return rc;
	if (fact) {
		ems_client_log(op->client, EMSIGN_LOG_INFO,
			       "an order that got no answer was found at the CA", fields);
		return ems_place_keep(op, work->open, fact, err);
	}
	ems_client_log(op->client, EMSIGN_LOG_INFO, "an order that got no answer never arrived",
		       fields);
	if (!work->csr && work->open->csr) { /* its key was made for these names and never used */
		rc = ems_shelf_look(op->client, "csr", work->open->csr, (void **)&work->csr, err);
		if (rc)
			return rc;
	}
	rc = ems_journal_remove(op->client, work->open->id, err);
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
	struct ems_place_work *work = op->work;

	work->page++;
	ems_op_arg(op, "domain", work->open->domain);
	ems_op_arg_int(op, "page", work->page);
	ems_op_arg_int(op, "size", REPORT_PAGE);
	return ems_op_ask(op, EMS_VERB_REPORT, reported, err);
}
