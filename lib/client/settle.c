/* SPDX-License-Identifier: MIT */
/* An order that was sent and got no answer: look at the CA what became of it, never guess. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/place.h"
#include "model/form.h"

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

static void drop(struct ems_fact **at)
{
	struct ems_fact *fact = *at;

	*at = fact->next;
	fact->next = NULL;
	ems_fact_free(fact);
}

/* Of the list only those stay that may be the order; the one that carries the mark is it. */
static emsign_rc sift(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	struct ems_fact **at = &work->candidates;
	bool sure;
	emsign_rc rc;

	work->found = NULL;
	for (const struct ems_fact *f = work->candidates; f && !work->found; f = f->next)
		if (ems_journal_matches(work->open, f->record, &sure) && sure)
			work->found = f->record;
	rc = work->found ? EMSIGN_OK : need_whole_list(op, err);
	while (rc == EMSIGN_OK && !work->found && *at) {
		bool other = !ems_journal_matches(work->open, (*at)->record, &sure) ||
			     came_before(work->candidates, *at);

		if (!other)
			rc = is_another(op, (*at)->record, &other, err);
		if (other)
			drop(at);
		else
			at = &(*at)->next;
	}
	return rc;
}

/*
 * Without a mark, exactly one that fits is it. None: it never arrived. Several, or one that shows
 * nothing of whose it is: a person has to say which.
 */
static emsign_rc choose(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	struct ems_buf numbers = EMS_BUF(4096);
	emsign_rc rc = EMSIGN_OK;

	if (work->found || !work->candidates)
		return EMSIGN_OK;
	for (const struct ems_fact *f = work->candidates; f; f = f->next) {
		const emsign_order *order = f->record;

		ems_buf_print(&numbers, "%s%s", f != work->candidates ? ", " : "",
			      order->number ? order->number : order->request_number);
	}
	if (work->candidates->next || ems_form_is_personal(work->open->family))
		rc = ems_fail(err, EMSIGN_E_INDOUBT,
			      "an earlier order for '%s' got no answer, and at the CA may be it: "
			      "%s; import and delete, or say again=yes",
			      work->open->domain, ems_buf_str(&numbers));
	else
		work->found = work->candidates->record;
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

	if (work->csr || !work->open->csr || ems_form_is_personal(work->family))
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
 * An order takes the CA some seconds, or minutes, and is not listed before: as long as it may still
 * come, that it is not there means nothing. How long is left of that. By which generation it was
 * asked for, the intent knows.
 */
static int64_t still_to_wait(emsign_op *op)
{
	const struct ems_place_work *work = op->work;
	int64_t said = op->client->limits.settle_ms;
	int64_t needs = said >= 0 ? said : work->open->settle_ms;
	int64_t age = ems_client_now_ms(op->client) - ems_journal_left_at(work->open) * 1000;

	if (age < 0) /* a clock went back; better too long than too short */
		age = 0;
	return needs - age;
}

static emsign_rc reported(emsign_op *op, emsign_rc rc, emsign_error *err);

static void add_report(emsign_op *op, int64_t in_ms)
{
	struct ems_place_work *work = op->work;

	/* what counts is when the CA may have read its list, not when its answer came */
	if (work->page++ == 0)
		work->early = still_to_wait(op) > in_ms;
	if (ems_form_is_personal(work->open->family)) {
		ems_op_arg(op, "product", work->open->product);
		ems_op_arg(op, "requester.email", work->open->requester_email);
	} else {
		ems_op_arg(op, "domain", work->open->domain);
	}
	ems_op_arg_int(op, "since", work->open->created_at - EMS_CLOCK_SLACK);
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
	int64_t ms = still_to_wait(op);
	emsign_rc rc = choose(op, err);

	if (rc)
		return rc;
	if (work->found) {
		ems_client_log(op->client, EMSIGN_LOG_INFO,
			       "an order that got no answer was found at the CA", fields);
		return ems_place_keep(op, work->open, work->found, err);
	}
	if (work->early)
		return look_again(op, ms > 0 ? ms : 0, err);
	ems_client_log(op->client, EMSIGN_LOG_INFO, "an order that got no answer never arrived",
		       fields);
	rc = reuse_csr(op, err);
	return rc ? rc : ems_place_order(op, err);
}

static emsign_rc cannot_settle(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	const struct ems_place_work *work = op->work;

	ems_fail_in(err, "an earlier order for '%s' is in doubt and cannot be settled",
		    work->open->domain);
	return rc;
}

/* Does what the CA says of the order itself show that it is another one? */
static bool speaks_against(emsign_op *op)
{
	const ems_intent *intent = ((struct ems_place_work *)op->work)->open;
	const emsign_order *order = ems_op_fact(op, "order");

	if (order && order->requester_email && intent->requester_email &&
	    !ems_text_equal_nocase(order->requester_email, intent->requester_email))
		return true;
	for (const struct ems_fact *f = op->facts; f; f = f->next)
		if (f->kind && strcmp(f->kind->name, "challenge") == 0 &&
		    !ems_journal_has_name(intent, ((const emsign_challenge *)f->record)->domain))
			return true;
	return false;
}

static const char *number_of(const struct ems_fact *fact)
{
	return ((const emsign_order *)fact->record)->number;
}

static emsign_rc look_closer(emsign_op *op, emsign_error *err);

static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	if (rc && ems_refresh_stops_all(rc))
		return cannot_settle(op, rc, err);
	if (speaks_against(op))
		drop(work->at);
	else
		work->at = &(*work->at)->next;
	return look_closer(op, err);
}

/* The list names neither the requester nor all names of an order; the order itself does. */
static emsign_rc look_closer(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	while (*work->at && !number_of(*work->at)) /* a draft has none to ask by */
		work->at = &(*work->at)->next;
	if (work->found || !*work->at)
		return settle(op, err);
	ems_op_arg(op, "order", number_of(*work->at));
	ems_op_arg(op, "family", work->open->family);
	return ems_op_ask(op, EMS_VERB_TRACK, looked, err);
}

static emsign_rc reported(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	if (rc)
		return cannot_settle(op, rc, err);
	ems_op_move_facts(op, "order", &work->candidates);
	if (op->turn.verdict.pages > work->page)
		return ems_settle_begin(op, err);
	rc = sift(op, err);
	work->at = &work->candidates;
	return rc ? rc : look_closer(op, err);
}

emsign_rc ems_settle_begin(emsign_op *op, emsign_error *err)
{
	add_report(op, 0);
	return ems_op_ask(op, EMS_VERB_REPORT, reported, err);
}
