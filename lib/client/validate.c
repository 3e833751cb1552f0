/* SPDX-License-Identifier: MIT */
/*
 * Domain validation step by step: what has to be published, and asking the CA to look. All of it at
 * once is prove.c.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "model/name.h"

#define METHODS "dns|http|email"

struct validate_work {
	emsign_order *order;
	char domain[EMS_NAME_MAX];   /* "": every name that is not proven */
	char method[8];
	struct ems_kvlist open;      /* verify: names left to ask for */
	size_t next;
	emsign_error pending;        /* verify: the first name that the CA could not prove yet */
};

static emsign_rc read_method(emsign_op *op, emsign_error *err)
{
	struct validate_work *work = op->work;
	const char *said = ems_op_given(op, "method");
	const char *canonical;
	size_t len;

	if (!said)
		return EMSIGN_OK;
	if (!ems_text_choice(METHODS, said, &canonical, &len))
		return ems_fail(err, EMSIGN_E_INVALID,
				"method '%.40s' is unknown; possible: dns, http, email", said);
	memcpy(work->method, canonical, len);
	return EMSIGN_OK;
}

static emsign_rc read_domain(emsign_op *op, emsign_error *err)
{
	struct validate_work *work = op->work;
	const char *said = ems_op_given(op, "domain");

	return said ? ems_name_canonical("domain", said, true, work->domain, err) : EMSIGN_OK;
}

static emsign_rc validate_check(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = read_method(op, err);

	return rc ? rc : read_domain(op, err);
}

static emsign_rc open_order(emsign_op *op, emsign_error *err)
{
	struct validate_work *work = op->work;
	emsign_rc rc = ems_order_open(op, &work->order, err);

	return rc ? rc : ems_order_need_number(work->order, err);
}

emsign_rc ems_challenge_look(emsign_op *op, const char *order, const char *domain,
			     emsign_challenge **out, emsign_error *err)
{
	char *id = ems_challenge_id(op->account->credential->name, order, domain);
	emsign_rc rc = id ? ems_shelf_look(op->client, "challenge", id, (void **)out, err) :
			    ems_fail_nomem(err);

	ems_free(id);
	return rc;
}

static void validate_drop(emsign_op *op)
{
	struct validate_work *work = op->work;

	ems_free(work->order);
	ems_kvlist_free(&work->open);
}

/* --- challenge ---------------------------------------------------------------------------- */

static emsign_rc challenged(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct validate_work *work = op->work;
	emsign_challenge *now = NULL;

	if (rc)
		return rc;
	rc = ems_order_keep_challenges(op, work->order->number, err);
	if (rc == EMSIGN_OK)
		rc = ems_challenge_look(op, work->order->number, work->domain, &now, err);
	if (rc == EMSIGN_OK && !now)
		rc = ems_fail(err, EMSIGN_E_PROTO, "the CA's answer holds no challenge for '%s'",
			      work->domain);
	if (rc == EMSIGN_OK)
		ems_op_result(op, "challenge", now);
	return rc;
}

static emsign_rc challenge(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct validate_work *work = op->work;

	rc = open_order(op, err);
	if (rc)
		return rc;
	if (!work->domain[0] && work->order->domain)
		strncpy(work->domain, work->order->domain, sizeof(work->domain) - 1);
	ems_order_args(op, work->order);
	ems_op_arg(op, "domain", work->domain);
	ems_op_arg(op, "method", work->method);
	return ems_op_ask(op, EMS_VERB_CHALLENGE, challenged, err);
}

static emsign_rc challenge_check(emsign_op *op, emsign_error *err)
{
	if (!ems_op_given(op, "method"))
		return ems_fail(err, EMSIGN_E_INVALID,
				"method is missing; possible: dns, http, email");
	return validate_check(op, err);
}

static const char *const challenge_args[] = { "order", "domain", "method", NULL };

const struct ems_task ems_task_challenge = {
	.verb = "challenge", .args = challenge_args, .work_size = sizeof(struct validate_work),
	.check = challenge_check, .start = challenge, .drop = validate_drop,
};

/* --- verify ------------------------------------------------------------------------------- */

static emsign_rc verify_next(emsign_op *op, emsign_rc rc, emsign_error *err);

static emsign_rc ask_verify(emsign_op *op, const char *domain, emsign_error *err)
{
	struct validate_work *work = op->work;
	emsign_challenge *kept = NULL;
	const char *method = work->method;
	emsign_rc rc = EMSIGN_OK;

	if (!*method)
		rc = ems_challenge_look(op, work->order->number, domain, &kept, err);
	if (rc == EMSIGN_OK && kept && kept->method)
		method = kept->method;
	if (rc == EMSIGN_OK && !*method)
		rc = ems_fail(
			err, EMSIGN_E_INVALID,
			"method is missing, and no challenge for '%s' is kept here; possible: dns, "
			"http, email",
			domain);
	if (rc == EMSIGN_OK) {
		ems_order_args(op, work->order);
		ems_op_arg(op, "domain", domain);
		ems_op_arg(op, "method", method);
		ems_op_arg(op, "email", ems_op_given(op, "email"));
		rc = ems_op_ask(op, EMS_VERB_VERIFY, verify_next, err);
	}
	ems_free(kept);
	return rc;
}

static emsign_rc verify_next(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct validate_work *work = op->work;

	if (rc == EMSIGN_E_PENDING) { /* no reason to leave the other names unasked */
		if (!work->pending.rc)
			work->pending = *err;
		rc = EMSIGN_OK;
	}
	if (rc == EMSIGN_OK) /* a name that is proven already is told */
		rc = ems_order_keep_challenges(op, work->order->number, err);
	if (rc)
		return rc;
	if (work->next < work->open.n)
		return ask_verify(op, work->open.items[work->next++].key, err);
	*err = work->pending;
	return err->rc;
}

struct told_names {
	struct ems_kvlist *open;
	size_t n;
};

static emsign_rc take_challenge(void *ud, const char *kind, const void *record)
{
	struct told_names *told = ud;
	const emsign_challenge *c = record;

	(void)kind;
	told->n++;
	if (!ems_text_equal(c->status, "valid"))
		ems_kvlist_add(told->open, c->domain, "");
	return told->open->rc;
}

/* What the CA told of the names counts; as long as it told nothing, it is the order's own names. */
emsign_rc ems_challenge_open_names(emsign_op *op, const emsign_order *order,
				   struct ems_kvlist *out, emsign_error *err)
{
	const emsign_kv filter[] = { { "credential", op->account->credential->name },
				     { "order", order->number },
				     { NULL, NULL } };
	struct told_names told = { out, 0 };
	emsign_rc rc = emsign_client_scan(op->client, "challenge", filter, NULL, 0, take_challenge,
					  &told, err);

	if (rc || told.n)
		return rc;
	ems_kvlist_add(out, order->domain, "");
	for (const char *const *san = order->sans; san && *san; san++)
		ems_kvlist_add(out, *san, "");
	return EMSIGN_OK;
}

static emsign_rc verify(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct validate_work *work = op->work;

	rc = open_order(op, err);
	if (rc)
		return rc;
	if (work->domain[0])
		ems_kvlist_add(&work->open, work->domain, "");
	else
		rc = ems_challenge_open_names(op, work->order, &work->open, err);
	if (rc == EMSIGN_OK && work->open.rc)
		rc = ems_fail_nomem(err);
	return rc ? rc : verify_next(op, EMSIGN_OK, err);
}

static const char *const verify_args[] = { "order", "domain", "method", "email", NULL };

const struct ems_task ems_task_verify = {
	.verb = "verify", .args = verify_args, .work_size = sizeof(struct validate_work),
	.check = validate_check, .start = verify, .drop = validate_drop,
};
