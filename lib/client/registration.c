/* SPDX-License-Identifier: MIT */
/*
 * Which registration of a domain a name means, and what is known about it. The CA knows a
 * registration by an id of its own, and may have several of one name: each organization may have
 * one, and so may orders of old.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/domain.h"
#include "model/fields.h"

#define PAGE_SIZE 100

/* --- what was said ------------------------------------------------------------------------ */

static emsign_rc read_method(struct ems_domain_work *work, const char *said, emsign_error *err)
{
	const emsign_kv fields[] = { { "method", said }, { NULL, NULL } };
	struct ems_kvlist checked = { 0 };
	emsign_rc rc = ems_fields_check("domain", EMS_FIELDS_PART, fields, &checked, err);

	if (rc == EMSIGN_OK)
		strncpy(work->method, ems_kv_get(ems_kvlist_kv(&checked), "method"),
			sizeof(work->method) - 1);
	ems_kvlist_free(&checked);
	return rc;
}

emsign_rc ems_domain_check(emsign_op *op, emsign_error *err)
{
	struct ems_domain_work *work = op->work;
	const char *domain = ems_op_given(op, "domain");
	const char *method = ems_op_given(op, "method");
	emsign_rc rc;

	if (!domain)
		return ems_fail(err, EMSIGN_E_INVALID, "%s needs a domain", op->task->verb);
	rc = ems_name_canonical("domain", domain, false, work->name, err);
	if (rc == EMSIGN_OK && ems_text_starts(work->name, "*."))
		return ems_fail(err, EMSIGN_E_INVALID,
				"domain '%.100s' has a wildcard; '%.100s' is what is registered",
				work->name, work->name + 2);
	return rc || !method ? rc : read_method(work, method, err);
}

void ems_domain_drop(emsign_op *op)
{
	struct ems_domain_work *work = op->work;

	ems_free(work->domain);
	ems_free(work->best);
}

void ems_domain_args(emsign_op *op)
{
	const struct ems_domain_work *work = op->work;

	ems_op_arg(op, "domain_id", work->domain->domain_id);
	ems_op_arg(op, "domain", work->name);
}

emsign_rc ems_domain_result(emsign_op *op)
{
	struct ems_domain_work *work = op->work;

	ems_op_result(op, "domain", work->domain);
	work->domain = NULL;
	return EMSIGN_OK;
}

/* --- keeping ------------------------------------------------------------------------------ */

/* What one registration said of itself says nothing about another one. */
static emsign_domain *lay_over(const emsign_domain *known, const emsign_domain *fact)
{
	const struct ems_kind *kind = ems_kind_find("domain");
	bool same = known && (!known->domain_id ||
			      ems_text_equal(known->domain_id, fact->domain_id));
	emsign_domain *after = same ? ems_record_merge(kind, known, fact) :
				      ems_record_copy(kind, fact);

	if (after)
		after->gone_at = 0;
	return after;
}

static emsign_rc put(emsign_op *op, const emsign_domain *known, const emsign_domain *after,
		     emsign_error *err)
{
	int64_t news;
	bool added;

	if (known)
		return ems_shelf_replace(op->client, op->task->verb, "domain", known, after, &news,
					 err);
	return ems_shelf_add(op->client, op->task->verb, "domain", after, &added, err);
}

emsign_rc ems_domain_keep(emsign_op *op, const emsign_domain *fact, emsign_error *err)
{
	struct ems_domain_work *work = op->work;
	emsign_domain domain = *fact;
	emsign_domain *known = NULL;
	emsign_domain *after = NULL;
	char *id;
	emsign_rc rc;

	if (!ems_text_equal(fact->name, work->name))
		return ems_fail(err, EMSIGN_E_PROTO, "the CA's answer is about '%.100s', not '%s'",
				fact->name ? fact->name : "", work->name);
	id = ems_shelf_id(op->account->credential->name, work->name, NULL);
	if (!id)
		return ems_fail_nomem(err);
	domain.id = id;
	domain.credential = op->account->credential->name;
	domain.synced_at = ems_client_now(op->client);
	rc = ems_shelf_look(op->client, "domain", id, (void **)&known, err);
	if (rc == EMSIGN_OK)
		after = lay_over(known, &domain);
	if (rc == EMSIGN_OK)
		rc = after ? put(op, known, after, err) : ems_fail_nomem(err);
	if (rc == EMSIGN_OK) {
		ems_free(work->domain);
		work->domain = after;
		after = NULL;
	}
	ems_free(after);
	ems_free(known);
	ems_free(id);
	return rc;
}

/* --- finding ------------------------------------------------------------------------------ */

static int rank(const emsign_domain *domain)
{
	int of_validation = ems_text_equal(domain->validation, "valid")    ? 2 :
			    ems_text_equal(domain->validation, "rejected") ? 0 :
									     1;

	return (ems_text_equal(domain->status, "active") ? 3 : 0) + of_validation;
}

int ems_domain_better(const void *a, const void *b)
{
	const emsign_domain *one = a, *other = b;
	int difference = rank(other) - rank(one);

	if (difference)
		return difference;
	return (other->created_at > one->created_at) - (other->created_at < one->created_at);
}

/* A search finds longer names too, and a CA that does not search lists all of them. */
static emsign_rc take_rows(emsign_op *op, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	for (const struct ems_fact *fact = op->facts; fact; fact = fact->next) {
		const emsign_domain *row = fact->record;

		if (!fact->kind || strcmp(fact->kind->name, "domain") != 0 || !row->domain_id ||
		    !ems_text_equal(row->name, work->name) || row->created_at < work->since ||
		    (work->best && ems_domain_better(row, work->best) >= 0))
			continue;
		ems_free(work->best);
		work->best = ems_record_copy(fact->kind, row);
		if (!work->best)
			return ems_fail_nomem(err);
	}
	return EMSIGN_OK;
}

static emsign_rc ask_page(emsign_op *op, emsign_error *err);

static emsign_rc listed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = take_rows(op, err);
	if (rc == EMSIGN_OK && op->turn.verdict.rows && work->page < op->turn.verdict.pages) {
		work->page++;
		return ask_page(op, err);
	}
	if (rc == EMSIGN_OK)
		rc = work->best ? ems_domain_keep(op, work->best, err) :
				  ems_fail(err, EMSIGN_E_NOTFOUND,
					   "domain '%s' is not registered in this account",
					   work->name);
	return work->then(op, rc, err);
}

static emsign_rc ask_page(emsign_op *op, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	ems_op_arg_int(op, "page", work->page);
	ems_op_arg_int(op, "size", PAGE_SIZE);
	ems_op_arg(op, "domain", work->name);
	return ems_op_ask(op, EMS_VERB_DOMAIN_FIND, listed, err);
}

emsign_rc ems_domain_list(emsign_op *op, ems_step_fn then, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	ems_free(work->best);
	work->best = NULL;
	work->page = 1;
	work->then = then;
	return ask_page(op, err);
}

/* Of what is not good the CA may have a better one by now. */
static bool is_sure(const emsign_domain *kept)
{
	return kept->domain_id && !kept->gone_at && ems_text_equal(kept->status, "active") &&
	       !ems_text_equal(kept->validation, "rejected");
}

emsign_rc ems_domain_find(emsign_op *op, ems_step_fn then, emsign_error *err)
{
	struct ems_domain_work *work = op->work;
	char *id = ems_shelf_id(op->account->credential->name, work->name, NULL);
	emsign_rc rc = id ? ems_shelf_look(op->client, "domain", id, (void **)&work->domain, err) :
			    ems_fail_nomem(err);

	ems_free(id);
	if (rc)
		return rc;
	if (work->domain && is_sure(work->domain))
		return then(op, EMSIGN_OK, err);
	return ems_domain_list(op, then, err);
}

/* --- reading ------------------------------------------------------------------------------ */

static emsign_rc was_read(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;
	const emsign_domain *said = ems_op_fact(op, "domain");

	if (rc == EMSIGN_OK)
		rc = said ? ems_domain_keep(op, said, err) :
			    ems_fail(err, EMSIGN_E_PROTO,
				     "the CA's answer says nothing about domain '%s'", work->name);
	return work->then(op, rc, err);
}

emsign_rc ems_domain_read(emsign_op *op, ems_step_fn then, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	work->then = then;
	ems_domain_args(op);
	return ems_op_ask(op, EMS_VERB_DOMAIN, was_read, err);
}
