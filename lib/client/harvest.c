/* SPDX-License-Identifier: MIT */
/*
 * The certificates of imported orders, several at once. The CA gives a certificate only to those
 * who say by whose e-mail address it was ordered, and does not list that: the credential's own is
 * tried first, and only where it is refused the order's state is asked for, which tells it. What
 * came is checked and written some at a time: each transaction waits for the disk, and OpenSSL's
 * way through a certificate is so long that one after the other costs half of one now and then.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/import.h"

/* Certificates that are checked in a row: not so many that the calls in flight wait for it. */
#define ROW 16

/* Certificates in one transaction. */
#define BATCH 128

/* What came of one order, until it is written. */
struct ems_harvested {
	struct ems_harvested *next;
	char *id;
	emsign_order *order;     /* as it was when it was asked for */
	emsign_order *said;      /* what its state told; NULL: was not asked for */
	char *email;             /* by which the certificate was asked for */
	const char *family;      /* in which it was found; NULL: that was known */
	emsign_certificate *raw; /* as the CA sent it; NULL: it did not, or it is checked */
	emsign_certificate *certificate; /* checked */
	emsign_rc rc;            /* how it ended */
	emsign_error err;
};

struct one_work {
	emsign_order *order;
	struct ems_harvested *found;
	emsign_error refused;
};

static struct ems_harvest *harvest_of(emsign_op *op)
{
	return &((struct ems_import_work *)op->work)->harvest;
}

static void harvested_free(struct ems_harvested *found)
{
	while (found) {
		struct ems_harvested *first = found;

		found = first->next;
		ems_free(first->id);
		ems_free(first->order);
		ems_free(first->said);
		ems_free(first->email);
		ems_free(first->raw);
		ems_free(first->certificate);
		ems_free(first);
	}
}

static struct ems_harvested *harvested_new(const char *id)
{
	struct ems_harvested *found = ems_alloc(sizeof(*found));

	if (found)
		found->id = ems_strdup(id);
	if (found && found->id)
		return found;
	ems_free(found);
	return NULL;
}

/* --- one certificate ---------------------------------------------------------------------- */

static emsign_rc ask_certificate(emsign_op *op, const char *email, emsign_error *err);

static const char *email_of(emsign_op *op)
{
	const struct one_work *work = op->work;
	const emsign_order *said = work->found->said;

	if (said && said->requester_email)
		return said->requester_email;
	return work->order->requester_email ? work->order->requester_email :
					      op->account->credential->requester_email;
}

static emsign_rc tracked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct one_work *work = op->work;
	const emsign_order *said = ems_op_fact(op, "order");
	const char *before = email_of(op);
	emsign_order fact;

	if (rc)
		return rc;
	if (said) {
		fact = *said;
		fact.number = work->order->number;
		work->found->said = ems_record_copy(ems_kind_find("order"), &fact);
		if (!work->found->said)
			return ems_fail_nomem(err);
	}
	if (!ems_text_equal_nocase(before, email_of(op)))
		return ask_certificate(op, email_of(op), err);
	if (err)
		*err = work->refused;
	return work->refused.rc;
}

static bool may_be_somebody_elses(emsign_rc rc)
{
	return rc == EMSIGN_E_REJECTED || rc == EMSIGN_E_NOTFOUND || rc == EMSIGN_E_DENIED;
}

static emsign_rc take_raw(emsign_op *op, emsign_error *err)
{
	struct ems_harvested *found = ((struct one_work *)op->work)->found;
	const emsign_certificate *raw = ems_op_fact(op, "certificate");

	if (!raw)
		return EMSIGN_OK; /* that none came is found out with the others */
	found->family = op->found_in;
	found->raw = ems_record_copy(ems_kind_find("certificate"), raw);
	return found->raw ? EMSIGN_OK : ems_fail_nomem(err);
}

static emsign_rc came(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct one_work *work = op->work;

	if (rc == EMSIGN_OK)
		return take_raw(op, err);
	if (work->found->said || work->order->requester_email || !may_be_somebody_elses(rc))
		return rc;
	work->refused = *err;
	ems_order_name(op, work->order);
	return ems_op_ask(op, EMS_VERB_TRACK, tracked, err);
}

static emsign_rc ask_certificate(emsign_op *op, const char *email, emsign_error *err)
{
	struct one_work *work = op->work;

	ems_free(work->found->email);
	work->found->email = ems_strdup(email);
	if (email && !work->found->email)
		return ems_fail_nomem(err);
	ems_order_name(op, work->order);
	ems_op_arg(op, "requester.email", email);
	return ems_op_ask(op, EMS_VERB_FETCH, came, err);
}

static emsign_rc one(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct one_work *work = op->work;

	rc = ems_order_open(op, &work->order, err);
	if (rc)
		return rc;
	work->found = harvested_new(work->order->id);
	return work->found ? ask_certificate(op, email_of(op), err) : ems_fail_nomem(err);
}

static void one_drop(emsign_op *op)
{
	struct one_work *work = op->work;

	ems_free(work->order);
	harvested_free(work->found);
}

static const char *const one_args[] = { "order", NULL };

static const struct ems_task one_task = {
	.verb = "import", .args = one_args, .work_size = sizeof(struct one_work), .start = one,
	.drop = one_drop,
};

/* --- writing ------------------------------------------------------------------------------ */

/* Of an order that has ended, a CA that refuses has no certificate, now or later. */
static bool is_over(const struct ems_harvested *found, const emsign_order *order)
{
	return emsign_status_is_final(order->status) &&
	       (may_be_somebody_elses(found->rc) || found->rc == EMSIGN_E_PENDING ||
		found->rc == EMSIGN_E_STATE);
}

static emsign_rc write_failure(emsign_op *op, struct ems_harvested *found, emsign_order **order,
			       emsign_error *err)
{
	struct ems_import_work *work = op->work;
	emsign_kv fields[] = { { "order", found->id }, { "code", emsign_rc_name(found->rc) },
			       { "reason", found->err.message }, { NULL, NULL } };
	emsign_order waits = **order;

	if (found->rc == EMSIGN_E_CAPACITY) {
		work->stats.left_out++;
		return ems_fetch_leave_out(op, order, EMS_NOTE_CAPACITY, err);
	}
	work->stats.failed++;
	ems_client_log(op->client, EMSIGN_LOG_WARNING, "a certificate could not be fetched",
		       fields);
	if (is_over(found, *order))
		return ems_fetch_leave_out(op, order, EMS_NOTE_NOT_SERVED, err);
	if (found->rc != EMSIGN_E_PENDING || waits.status != EMSIGN_STATUS_ISSUED)
		return EMSIGN_OK;
	waits.status = EMSIGN_STATUS_APPROVED; /* "issued" needs a certificate in hand */
	return ems_order_put(op, &waits, err);
}

static emsign_rc write_certificate(emsign_op *op, struct ems_harvested *found,
				   emsign_order **order, emsign_error *err)
{
	emsign_rc rc;

	if (!(*order)->requester_email)
		(*order)->requester_email = found->email; /* both live on until it is put */
	if (!(*order)->family)
		(*order)->family = found->family;
	rc = ems_fetch_keep(op, order, found->certificate, err);
	if (rc == EMSIGN_OK)
		((struct ems_import_work *)op->work)->stats.fetched++;
	return rc;
}

/* Others may have changed the order meanwhile, or deleted it. */
static emsign_rc write_one(emsign_op *op, struct ems_harvested *found, emsign_error *err)
{
	emsign_order *order = NULL;
	emsign_rc rc = ems_shelf_look(op->client, "order", found->id, (void **)&order, err);

	if (rc == EMSIGN_OK && !order && found->certificate)
		harvest_of(op)->room++; /* its place is another's */
	if (rc || !order)
		return rc;
	if (found->said) {
		ems_free(order);
		order = NULL;
		rc = ems_order_keep(op, found->said, NULL, &order, err);
	}
	if (rc == EMSIGN_OK)
		rc = found->certificate ? write_certificate(op, found, &order, err) :
					  write_failure(op, found, &order, err);
	ems_free(order);
	return rc;
}

/* Checks what has not been checked yet; it stands first in the list. */
static emsign_rc check_all(emsign_op *op, emsign_error *err)
{
	struct ems_harvest *harvest = harvest_of(op);

	for (struct ems_harvested *at = harvest->kept; at && harvest->n_raw; at = at->next) {
		harvest->n_raw--;
		if (at->rc)
			continue;
		at->rc = ems_fetch_read(op, at->order, at->raw, &at->certificate, &at->err);
		if (at->rc == EMSIGN_E_NOMEM)
			return ems_fail_nomem(err);
		harvest->room += at->rc != EMSIGN_OK; /* its place is another's */
		ems_free(at->raw);
		at->raw = NULL;
	}
	return EMSIGN_OK;
}

static emsign_rc write_all(emsign_op *op, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	struct ems_harvest *harvest = &work->harvest;
	emsign_rc rc = check_all(op, err);

	if (rc || !harvest->kept)
		return rc;
	rc = emsign_store_begin(op->client->store, err);
	if (rc)
		return rc;
	for (struct ems_harvested *at = harvest->kept; at && rc == EMSIGN_OK; at = at->next)
		rc = write_one(op, at, err);
	if (rc == EMSIGN_OK)
		rc = ems_lease_put(op, &work->lease, err);
	rc = ems_shelf_end(op->client, rc, err);
	harvested_free(harvest->kept);
	harvest->kept = NULL;
	harvest->n_kept = 0;
	return rc;
}

static emsign_rc add(emsign_op *op, struct ems_harvested *found, emsign_error *err)
{
	struct ems_harvest *harvest = harvest_of(op);

	found->next = harvest->kept;
	harvest->kept = found;
	harvest->n_kept++;
	harvest->n_raw++;
	if (harvest->n_kept == BATCH)
		return write_all(op, err);
	return harvest->n_raw < ROW ? EMSIGN_OK : check_all(op, err);
}

/* --- all of them -------------------------------------------------------------------------- */

static emsign_rc progress(emsign_op *op, emsign_error *err)
{
	struct ems_harvest *harvest = harvest_of(op);

	harvest->done++;
	return ems_client_progress(op->client, op->task->verb, "certificates", harvest->done,
				   harvest->total, err);
}

static emsign_rc leave_out(emsign_op *op, const char *id, emsign_error *err)
{
	struct ems_harvested *found = harvested_new(id);
	emsign_rc rc;

	if (!found)
		return ems_fail_nomem(err);
	found->rc = EMSIGN_E_CAPACITY;
	rc = add(op, found, err);
	return rc ? rc : progress(op, err);
}

static emsign_rc next_one(emsign_op *op, emsign_op **hand, emsign_error *err)
{
	struct ems_import_work *work = op->work;
	emsign_kv args[] = { { "order", NULL }, { NULL, NULL } };
	emsign_rc rc = EMSIGN_OK;

	while (rc == EMSIGN_OK && !op->canceled) {
		if (work->harvest.room <= 0 && op->crew.n > 0)
			return EMSIGN_OK; /* those that are under way may need none */
		if (work->harvest.room <= 0)
			rc = check_all(op, err); /* nor what came */
		if (rc == EMSIGN_OK)
			rc = ems_queue_next(op->client, &work->queue, &args[0].value, err);
		if (rc || !args[0].value)
			return rc;
		if (work->harvest.room > 0) {
			work->harvest.room--;
			return ems_op_new(op->account, &one_task, args, hand, err);
		}
		rc = leave_out(op, args[0].value, err);
	}
	return rc;
}

static emsign_rc one_ended(emsign_op *op, emsign_op *hand, emsign_rc rc, emsign_error *err)
{
	struct one_work *one = hand->work;
	emsign_error ignored;

	if (ems_refresh_stops_all(rc)) {
		(void)write_all(op, &ignored); /* what has come is not fetched again */
		return rc;
	}
	if (rc)
		harvest_of(op)->room++; /* its place is another's */
	if (!one->found) /* deleted meanwhile */
		return progress(op, err);
	one->found->rc = rc;
	one->found->err = *err;
	one->found->order = one->order;
	one->order = NULL;
	rc = add(op, one->found, err);
	one->found = NULL;
	return rc ? rc : progress(op, err);
}

static emsign_rc harvested(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	rc = write_all(op, err);
	return rc ? rc : harvest_of(op)->then(op, EMSIGN_OK, err);
}

/* --- which -------------------------------------------------------------------------------- */

static bool has_certificate(const emsign_order *order)
{
	return order->number &&
	       (order->status == EMSIGN_STATUS_ISSUED || order->status == EMSIGN_STATUS_REVOKED ||
		order->status == EMSIGN_STATUS_EXPIRED) &&
	       !ems_text_equal(order->certificate_note, EMS_NOTE_NOT_SERVED);
}

static bool is_excluded(const struct ems_import_work *work, const emsign_order *order)
{
	const emsign_kv *options = ems_kvlist_kv(&work->options);
	const char *word;

	for (size_t i = 0; (word = ems_kv_nth(options, "exclude", i)) != NULL; i++)
		if (strcmp(word, emsign_status_name(order->status)) == 0)
			return true;
	return false;
}

static bool is_wanted(const void *ud, const emsign_order *order)
{
	return has_certificate(order) && !is_excluded(ud, order);
}

static bool is_left_out(const void *ud, const emsign_order *order)
{
	return has_certificate(order) && is_excluded(ud, order);
}

emsign_rc ems_harvest_begin(emsign_op *op, ems_step_fn then, emsign_error *err)
{
	const struct ems_crew crew = { .most = (size_t)op->client->limits.parallel,
				       .next = next_one, .ended = one_ended, .then = harvested };
	struct ems_import_work *work = op->work;
	struct ems_queue excluded = { .filter = work->filter, .wanted = is_left_out, .ud = work };
	emsign_rc rc;

	work->harvest.then = then;
	work->filter[2] = (emsign_kv){ "certificate", NULL }; /* absent */
	ems_queue_free(&work->queue);
	work->queue = (struct ems_queue){ .filter = work->filter, .wanted = is_wanted, .ud = work };
	rc = ems_queue_count(op->client, &excluded, &work->stats.left_out, err);
	if (rc == EMSIGN_OK)
		rc = ems_queue_count(op->client, &work->queue, &work->harvest.total, err);
	if (rc == EMSIGN_OK)
		rc = ems_fetch_room(op->client, &work->harvest.room, err);
	return rc ? rc : ems_crew_begin(op, &crew, err);
}

void ems_harvest_free(struct ems_harvest *harvest)
{
	harvested_free(harvest->kept);
	harvest->kept = NULL;
}
