/* SPDX-License-Identifier: MIT */
#include "client/presented.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "crypto/crypto.h"

/* Place and value are all that tells one published value from another. */
static const char *place_of(const emsign_challenge *c)
{
	const char *place = ems_text_equal(c->method, "dns") ? c->record_name : c->file_url;

	return place ? place : "";
}

static const char *value_of(const emsign_challenge *c)
{
	const char *value = ems_text_equal(c->method, "dns") ? c->record_value : c->file_content;

	return value ? value : "";
}

/* The challenge of the same name says whether anything is published for it. */
static emsign_rc mark(emsign_op *op, const char *challenge_id, int64_t when, emsign_error *err)
{
	emsign_event event = { .type = EMSIGN_EVENT_CHANGED, .verb = op->task->verb,
			       .kind = "challenge", .text = challenge_id };
	emsign_challenge *kept = NULL;
	emsign_challenge marked;
	emsign_rc rc = ems_shelf_look(op->client, "challenge", challenge_id, (void **)&kept, err);

	if (rc || !kept || kept->presented_at == when)
		goto out;
	marked = *kept;
	marked.presented_at = when;
	event.record = &marked;
	rc = ems_shelf_put(op->client, "challenge", &marked, err);
	if (rc == EMSIGN_OK)
		rc = ems_client_tell(op->client, &event, err);
out:
	ems_free(kept);
	return rc;
}

/* --- writing down ------------------------------------------------------------------------- */

static char *make_id(const emsign_challenge *c)
{
	const struct ems_piece pieces[] = {
		{ place_of(c), strlen(place_of(c)) + 1 },
		{ value_of(c), strlen(value_of(c)) + 1 },
		{ NULL, 0 },
	};
	char digest[EMS_SHA256_HEX];

	if (ems_digest_sha256(pieces, digest, NULL))
		return NULL;
	return ems_shelf_id(c->id, digest, NULL);
}

emsign_rc ems_presented_note(emsign_op *op, const emsign_challenge *challenge, emsign_error *err)
{
	emsign_challenge row = *challenge;
	char *id = make_id(challenge);
	emsign_rc rc;

	if (!id)
		return ems_fail_nomem(err);
	row.id = id;
	row.presented_at = ems_client_now(op->client);
	rc = emsign_store_begin(op->client->store, err);
	if (rc == EMSIGN_OK) {
		rc = ems_shelf_put(op->client, "presented", &row, err);
		if (rc == EMSIGN_OK)
			rc = mark(op, challenge->id, row.presented_at, err);
		rc = ems_shelf_end(op->client, rc, err);
	}
	ems_free(id);
	return rc;
}

/* --- what is still needed ----------------------------------------------------------------- */

/* The values of an order, or of a registered domain: then `order` is NULL. */
struct sweep {
	emsign_op *op;
	const char *order;
	const char *domain; /* NULL: all names of the order */
	const struct ems_kvlist *given_up;
};

static bool is_own(const struct sweep *sweep, const emsign_challenge *row)
{
	return ems_text_equal(row->order, sweep->order) &&
	       (!sweep->domain || ems_text_equal(row->domain, sweep->domain));
}

static emsign_rc is_domain_open(emsign_op *op, const emsign_challenge *row, bool *open,
				emsign_error *err)
{
	char *id = ems_shelf_id(row->credential, row->domain, NULL);
	emsign_domain *domain = NULL;
	emsign_rc rc = id ? ems_shelf_look(op->client, "domain", id, (void **)&domain, err) :
			    ems_fail_nomem(err);

	*open = domain && !ems_text_equal(domain->status, "inactive");
	ems_free(domain);
	ems_free(id);
	return rc;
}

/* An order that is not kept here any more needs nothing, and one that is through neither. */
static emsign_rc is_order_open(emsign_op *op, const emsign_challenge *row, bool *open,
			       emsign_error *err)
{
	char *id = ems_shelf_id(row->credential, row->order, NULL);
	emsign_order *order = NULL;
	emsign_rc rc = id ? ems_shelf_look(op->client, "order", id, (void **)&order, err) :
			    ems_fail_nomem(err);

	*open = order && order->status != EMSIGN_STATUS_ISSUED &&
		!emsign_status_is_final(order->status);
	ems_free(order);
	ems_free(id);
	return rc;
}

static emsign_rc is_name_open(emsign_op *op, const emsign_challenge *row, bool *open,
			      emsign_error *err)
{
	char *id = ems_challenge_id(row->credential, row->order, row->domain);
	emsign_challenge *kept = NULL;
	emsign_rc rc = id ? ems_shelf_look(op->client, "challenge", id, (void **)&kept, err) :
			    ems_fail_nomem(err);

	*open = !(kept && ems_text_equal(kept->status, "valid"));
	ems_free(kept);
	ems_free(id);
	return rc;
}

static emsign_rc is_needed(const struct sweep *sweep, const emsign_challenge *row, bool *needed,
			   emsign_error *err)
{
	emsign_rc rc;

	*needed = false;
	if (sweep->given_up && is_own(sweep, row) &&
	    ems_kv_get(ems_kvlist_kv(sweep->given_up), row->domain))
		return EMSIGN_OK;
	rc = row->order ? is_order_open(sweep->op, row, needed, err) :
			  is_domain_open(sweep->op, row, needed, err);
	if (rc || !*needed)
		return rc;
	return is_name_open(sweep->op, row, needed, err);
}

/* --- the same value, published for somebody else ------------------------------------------ */

enum stand {
	STAND_ALONE,   /* nobody else needs it */
	STAND_COVERED, /* another needs the very same: its row stands for both */
	STAND_AWAITED  /* another name of the order needs that value, maybe from the same file */
};

static emsign_rc compare(const struct sweep *sweep, const emsign_challenge *row, const char *id,
			 enum stand *stand, emsign_error *err)
{
	emsign_challenge *other = NULL;
	bool needed = false;
	emsign_rc rc;

	if (strcmp(id, row->id) == 0)
		return EMSIGN_OK;
	rc = ems_shelf_look(sweep->op->client, "presented", id, (void **)&other, err);
	if (rc == EMSIGN_OK && other)
		rc = is_needed(sweep, other, &needed, err);
	if (needed && strcmp(place_of(other), place_of(row)) == 0)
		*stand = STAND_COVERED;
	else if (needed && *stand == STAND_ALONE && ems_text_equal(other->order, row->order))
		*stand = STAND_AWAITED;
	ems_free(other);
	return rc;
}

static emsign_rc find_stand(const struct sweep *sweep, const emsign_challenge *row,
			    enum stand *stand, emsign_error *err)
{
	const char *member = ems_text_equal(row->method, "dns") ? "record_value" : "file_content";
	const emsign_kv filter[] = { { "method", row->method }, { member, value_of(row) },
				     { NULL, NULL } };
	struct ems_kvlist ids = { 0 };
	emsign_rc rc = ems_shelf_ids(sweep->op->client, "presented", filter, &ids, err);

	*stand = STAND_ALONE;
	for (size_t i = 0; rc == EMSIGN_OK && i < ids.n; i++)
		rc = compare(sweep, row, ids.items[i].key, stand, err);
	ems_kvlist_free(&ids);
	return rc;
}

/* --- taking away -------------------------------------------------------------------------- */

static void complain(emsign_op *op, const emsign_challenge *row, const char *reason)
{
	const emsign_kv fields[] = { { "domain", row->domain },
				     { "order", row->order ? row->order : "" },
				     { "method", row->method }, { "reason", reason },
				     { NULL, NULL } };

	ems_client_log(op->client, EMSIGN_LOG_WARNING,
		       "a proof that is not needed any more is still published", fields);
}

/* Is anything else published for the same name of the order? */
static emsign_rc unmark(emsign_op *op, const emsign_challenge *row, emsign_error *err)
{
	const emsign_kv filter[] = { { "credential", row->credential }, { "order", row->order },
				     { "domain", row->domain }, { NULL, NULL } };
	size_t left = 0;
	char *id = ems_challenge_id(row->credential, row->order, row->domain);
	emsign_rc rc = id ? ems_shelf_count(op->client, "presented", filter, 1, &left, err) :
			    ems_fail_nomem(err);

	if (rc == EMSIGN_OK && !left)
		rc = mark(op, id, 0, err);
	ems_free(id);
	return rc;
}

static emsign_rc forget(emsign_op *op, const emsign_challenge *row, emsign_error *err)
{
	emsign_rc rc = emsign_store_begin(op->client->store, err);

	if (rc)
		return rc;
	rc = ems_shelf_remove(op->client, "presented", row->id, err);
	if (rc == EMSIGN_OK || rc == EMSIGN_E_NOTFOUND) /* somebody else was faster */
		rc = unmark(op, row, err);
	return ems_shelf_end(op->client, rc, err);
}

static emsign_rc take_away(emsign_op *op, const emsign_challenge *row, emsign_error *err)
{
	emsign_solver *solver = ems_client_solver(op->client, row->method);
	emsign_rc rc;

	if (!solver) {
		complain(op, row, "no solver for this method is set");
		return EMSIGN_OK;
	}
	rc = ems_client_solve(op->client, solver, emsign_solver_cleanup, row, err);
	if (rc) {
		complain(op, row, err->message);
		return rc;
	}
	return forget(op, row, err);
}

static emsign_rc sweep_row(const struct sweep *sweep, const emsign_challenge *row,
			   emsign_error *err)
{
	enum stand stand = STAND_ALONE;
	bool needed = true;
	emsign_rc rc = is_needed(sweep, row, &needed, err);

	if (rc || needed)
		return rc;
	rc = find_stand(sweep, row, &stand, err);
	if (rc == EMSIGN_OK && stand == STAND_COVERED)
		return forget(sweep->op, row, err);
	if (rc == EMSIGN_OK && stand == STAND_ALONE)
		return take_away(sweep->op, row, err);
	return rc;
}

enum whose { OWN, OF_OTHERS };

/* All are tried; the first failure is told. */
static emsign_rc sweep_rows(const struct sweep *sweep, enum whose whose, emsign_error *err)
{
	emsign_op *op = sweep->op;
	const emsign_kv filter[] = { { "credential", op->account->credential->name },
				     { whose == OWN ? "order" : NULL, sweep->order },
				     { sweep->domain ? "domain" : NULL, sweep->domain },
				     { NULL, NULL } };
	struct ems_kvlist ids = { 0 };
	emsign_error one;
	emsign_rc first = ems_shelf_ids(op->client, "presented", filter, &ids, err);

	for (size_t i = 0; i < ids.n; i++) {
		emsign_challenge *row = NULL;
		emsign_rc rc = ems_shelf_look(op->client, "presented", ids.items[i].key,
					      (void **)&row, &one);

		if (row && (whose == OWN || !is_own(sweep, row)))
			rc = sweep_row(sweep, row, &one);
		ems_free(row);
		if (rc && first == EMSIGN_OK) {
			first = rc;
			*err = one;
		}
	}
	ems_kvlist_free(&ids);
	return first;
}

static emsign_rc sweep_all(const struct sweep *sweep, emsign_error *err)
{
	emsign_error ignored;
	emsign_rc rc = sweep_rows(sweep, OWN, err);

	(void)sweep_rows(sweep, OF_OTHERS, &ignored);
	return rc;
}

emsign_rc ems_presented_sweep(emsign_op *op, const emsign_order *order,
			      const struct ems_kvlist *given_up, emsign_error *err)
{
	return sweep_all(&(struct sweep){ op, order->number, NULL, given_up }, err);
}

emsign_rc ems_presented_sweep_domain(emsign_op *op, const char *domain,
				     const struct ems_kvlist *given_up, emsign_error *err)
{
	return sweep_all(&(struct sweep){ op, NULL, domain, given_up }, err);
}

void ems_presented_tidy(emsign_op *op, const emsign_order *order)
{
	emsign_error ignored;

	if (order->number)
		(void)sweep_rows(&(struct sweep){ op, order->number, NULL, NULL }, OWN, &ignored);
}

void ems_presented_tidy_domain(emsign_op *op, const char *domain)
{
	emsign_error ignored;

	(void)sweep_rows(&(struct sweep){ op, NULL, domain, NULL }, OWN, &ignored);
}
