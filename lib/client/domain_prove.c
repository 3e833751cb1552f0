/* SPDX-License-Identifier: MIT */
/*
 * A registered domain from the challenge to the proof: as in prove.c, but it is one name, and the
 * CA says at once what it found.
 *
 *   what is to be published? -> publish it -> can the world see it? -> let the CA look
 *     -> wait, and look again -> take away what was published
 */
#include "client/domain.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/presented.h"

struct domain_prove_work {
	struct ems_domain_work one;
	const char *method;
	emsign_solver *solver;
	emsign_challenge *challenge;
	int64_t end_ms;
	int64_t pause_ms;
};

static emsign_rc ask_verify(emsign_op *op, emsign_error *err);

/* --- the end ------------------------------------------------------------------------------ */

static emsign_rc tidy(emsign_op *op, const struct ems_kvlist *given_up, emsign_error *err)
{
	const struct domain_prove_work *work = op->work;

	return ems_presented_sweep_domain(op, work->one.name, given_up, err);
}

static emsign_rc finish(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = ems_client_progress(op->client, op->task->verb, "names", 1, 1, err);

	if (rc == EMSIGN_OK)
		rc = tidy(op, NULL, err);
	return rc ? rc : ems_domain_result(op);
}

/* It is not going to be proven this time. */
static emsign_rc give_up(emsign_op *op, emsign_rc rc)
{
	const struct domain_prove_work *work = op->work;
	struct ems_kvlist given_up = { 0 };
	emsign_error ignored;

	ems_kvlist_add(&given_up, work->one.name, "");
	if (given_up.rc == EMSIGN_OK)
		(void)tidy(op, &given_up, &ignored);
	ems_kvlist_free(&given_up);
	return rc;
}

/* --- rounds ------------------------------------------------------------------------------- */

static emsign_rc look_later(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct domain_prove_work *work = op->work;
	int64_t pause = ems_prove_pause(op, &work->pause_ms, work->end_ms);

	if (pause <= 0)
		return rc; /* what was published stays; another call goes on */
	rc = ask_verify(op, err);
	return rc ? rc : ems_op_pause(op, pause, "until the proof is seen", err);
}

static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	if (rc == EMSIGN_OK)
		return finish(op, err);
	if (ems_prove_waits(rc))
		return look_later(op, rc, err);
	return ems_refresh_stops_all(rc) ? rc : give_up(op, rc);
}

static emsign_rc is_ready(emsign_op *op, emsign_error *err)
{
	const struct domain_prove_work *work = op->work;

	return ems_client_solve(op->client, work->solver, emsign_solver_ready, work->challenge,
				err);
}

static emsign_rc ask_verify(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = ems_domain_verify(op, looked, err);

	ems_op_before(op, is_ready);
	return rc;
}

/* --- publishing --------------------------------------------------------------------------- */

static emsign_rc publish(emsign_op *op, emsign_error *err)
{
	const struct domain_prove_work *work = op->work;
	const emsign_kv fields[] = { { "domain", work->one.name }, { "method", work->method },
				     { NULL, NULL } };
	emsign_rc rc = ems_presented_note(op, work->challenge, err);

	if (rc)
		return rc;
	ems_client_log(op->client, EMSIGN_LOG_INFO, "publishing a proof", fields);
	rc = ems_client_solve(op->client, work->solver, emsign_solver_present, work->challenge,
			      err);
	if (op->canceled)
		return EMSIGN_OK;
	return rc ? give_up(op, rc) : ask_verify(op, err);
}

static emsign_rc read_proven(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	return rc ? rc : finish(op, err);
}

static emsign_rc challenged(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct domain_prove_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = ems_domain_kept_challenge(op, &work->challenge, err);
	if (rc)
		return rc;
	if (ems_text_equal(work->challenge->status, "valid"))
		return ems_domain_read(op, read_proven, err);
	if (!ems_text_equal(work->challenge->method, work->method))
		return ems_fail(err, EMSIGN_E_PROTO, "the CA's answer holds no challenge of method "
				"'%s' for '%s'", work->method, work->one.name);
	return publish(op, err);
}

static emsign_rc found(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	return rc ? rc : ems_domain_challenge(op, challenged, err);
}

static emsign_rc prove(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct domain_prove_work *work = op->work;

	(void)rc;
	work->pause_ms = op->client->limits.dcv_poll_ms;
	work->end_ms = ems_client_now_ms(op->client) + op->client->limits.dcv_wait_ms;
	return ems_domain_find(op, found, err);
}

static emsign_rc prove_check(emsign_op *op, emsign_error *err)
{
	struct domain_prove_work *work = op->work;
	emsign_rc rc = ems_prove_solver(op, &work->method, &work->solver, err);

	if (rc == EMSIGN_OK)
		rc = ems_domain_check(op, err);
	if (rc == EMSIGN_OK && !work->one.method[0])
		strncpy(work->one.method, work->method, sizeof(work->one.method) - 1);
	return rc;
}

static void prove_drop(emsign_op *op)
{
	struct domain_prove_work *work = op->work;

	ems_free(work->challenge);
	emsign_solver_free(work->solver);
	ems_domain_drop(op);
}

static const char *const prove_args[] = { "domain", "method", NULL };

const struct ems_task ems_task_domain_validate = {
	.verb = "domain_validate", .args = prove_args,
	.work_size = sizeof(struct domain_prove_work), .check = prove_check, .start = prove,
	.drop = prove_drop,
};
