/* SPDX-License-Identifier: MIT */
/* Verbs on a registered domain: how it stands, what to publish, let the CA look, switch it off. */
#include "client/domain.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/presented.h"

/* What the CA told by the way, laid over what is known. */
static emsign_rc note(emsign_op *op, const char *method, const char *validation,
		      emsign_error *err)
{
	const struct ems_domain_work *work = op->work;
	const emsign_domain fact = { .name = work->name, .domain_id = work->domain->domain_id,
				     .method = method, .validation = validation };

	return ems_domain_keep(op, &fact, err);
}

/* --- refresh ------------------------------------------------------------------------------ */

static emsign_rc refreshed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	const struct ems_domain_work *work = op->work;

	(void)err;
	if (rc)
		return rc;
	ems_presented_tidy_domain(op, work->name);
	return ems_domain_result(op);
}

static emsign_rc refresh_found(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	return rc ? rc : ems_domain_read(op, refreshed, err);
}

static emsign_rc refresh(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_domain_find(op, refresh_found, err);
}

static const char *const name_args[] = { "domain", NULL };

const struct ems_task ems_task_domain_refresh = {
	.verb = "domain_refresh", .args = name_args, .work_size = sizeof(struct ems_domain_work),
	.check = ems_domain_check, .start = refresh, .drop = ems_domain_drop,
};

/* --- challenge ---------------------------------------------------------------------------- */

emsign_rc ems_domain_kept_challenge(emsign_op *op, emsign_challenge **out, emsign_error *err)
{
	const struct ems_domain_work *work = op->work;
	emsign_rc rc = ems_challenge_look(op, NULL, work->name, out, err);

	if (rc || *out)
		return rc;
	return ems_fail(err, EMSIGN_E_PROTO, "the CA's answer holds no challenge for '%s'",
			work->name);
}

static emsign_rc asked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = ems_order_keep_challenges(op, NULL, err);
	return work->done(op, rc, err);
}

static emsign_rc changed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = ems_order_keep_challenges(op, NULL, err);
	if (rc == EMSIGN_OK)
		rc = note(op, work->method, NULL, err);
	return work->done(op, rc, err);
}

static emsign_rc method_read(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;
	bool same = rc == EMSIGN_OK && ems_text_equal(work->domain->method, work->method);

	if (rc)
		return work->done(op, rc, err);
	ems_domain_args(op);
	ems_op_arg(op, "method", work->method);
	return same ? ems_op_ask(op, EMS_VERB_DOMAIN_CHALLENGE, asked, err) :
		      ems_op_ask(op, EMS_VERB_DOMAIN_METHOD, changed, err);
}

emsign_rc ems_domain_challenge(emsign_op *op, ems_step_fn done, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	work->done = done;
	if (work->method[0]) /* only the CA knows for sure which one it has */
		return ems_domain_read(op, method_read, err);
	ems_domain_args(op);
	return ems_op_ask(op, EMS_VERB_DOMAIN_CHALLENGE, asked, err);
}

static emsign_rc challenged(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	emsign_challenge *now = NULL;

	if (rc == EMSIGN_OK)
		rc = ems_domain_kept_challenge(op, &now, err);
	if (rc == EMSIGN_OK)
		ems_op_result(op, "challenge", now);
	return rc;
}

static emsign_rc challenge_found(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	return rc ? rc : ems_domain_challenge(op, challenged, err);
}

static emsign_rc challenge(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_domain_find(op, challenge_found, err);
}

static const char *const challenge_args[] = { "domain", "method", NULL };

const struct ems_task ems_task_domain_challenge = {
	.verb = "domain_challenge", .args = challenge_args,
	.work_size = sizeof(struct ems_domain_work), .check = ems_domain_check,
	.start = challenge, .drop = ems_domain_drop,
};

/* --- verify ------------------------------------------------------------------------------- */

static emsign_rc outcome(const struct ems_domain_work *work, emsign_error *err)
{
	if (ems_text_equal(work->domain->validation, "valid"))
		return EMSIGN_OK;
	if (ems_text_equal(work->domain->validation, "rejected"))
		return ems_fail(err, EMSIGN_E_REJECTED, "the CA rejected the proof of '%s'",
				work->name);
	return ems_fail(err, EMSIGN_E_PENDING, "the CA has not said yet what it found for '%s'",
			work->name);
}

/* Once it has said that the domain is proven, what else it says may be had another time. */
static emsign_rc read_back(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;
	const emsign_challenge good = { .domain = work->name, .status = "valid" };

	if (work->proven)
		rc = note(op, NULL, "valid", err);
	if (rc == EMSIGN_OK)
		rc = outcome(work, err);
	if (rc == EMSIGN_OK)
		rc = ems_challenge_keep(op, NULL, &good, err);
	return work->done(op, rc, err);
}

static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	if (rc)
		return work->done(op, rc, err);
	work->proven = ems_op_fact(op, "challenge") != NULL;
	return ems_domain_read(op, read_back, err);
}

emsign_rc ems_domain_verify(emsign_op *op, ems_step_fn done, emsign_error *err)
{
	struct ems_domain_work *work = op->work;

	work->done = done;
	ems_domain_args(op);
	ems_op_arg(op, "method", work->domain->method);
	return ems_op_ask(op, EMS_VERB_DOMAIN_VERIFY, looked, err);
}

static emsign_rc verify_found(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	return rc ? rc : ems_domain_verify(op, refreshed, err);
}

static emsign_rc verify(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_domain_find(op, verify_found, err);
}

const struct ems_task ems_task_domain_verify = {
	.verb = "domain_verify", .args = name_args, .work_size = sizeof(struct ems_domain_work),
	.check = ems_domain_check, .start = verify, .drop = ems_domain_drop,
};

/* --- deactivate --------------------------------------------------------------------------- */

struct deactivate_work {
	struct ems_domain_work one;
	emsign_error refused;
};

/* It may have been switched off before, or the first of two answers got lost. */
static emsign_rc refused(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct deactivate_work *work = op->work;

	if (rc || ems_text_equal(work->one.domain->status, "inactive"))
		return refreshed(op, rc, err);
	*err = work->refused;
	return err->rc;
}

static emsign_rc deactivated(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct deactivate_work *work = op->work;
	const emsign_domain *said = ems_op_fact(op, "domain");

	if (rc && ems_refresh_stops_all(rc))
		return rc;
	if (rc) {
		work->refused = *err;
		return ems_domain_read(op, refused, err);
	}
	if (!said)
		return ems_domain_read(op, refreshed, err);
	rc = ems_domain_keep(op, said, err);
	return refreshed(op, rc, err);
}

static emsign_rc deactivate_found(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	if (rc)
		return rc;
	ems_domain_args(op);
	return ems_op_ask(op, EMS_VERB_DOMAIN_DEACTIVATE, deactivated, err);
}

static emsign_rc deactivate(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_domain_find(op, deactivate_found, err);
}

const struct ems_task ems_task_domain_deactivate = {
	.verb = "domain_deactivate", .args = name_args,
	.work_size = sizeof(struct deactivate_work), .check = ems_domain_check,
	.start = deactivate, .drop = ems_domain_drop,
};
