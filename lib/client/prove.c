/* SPDX-License-Identifier: MIT */
/*
 * Validation from the challenge to the proof, in rounds:
 *
 *   how does it stand? -> what is to be published? -> publish it -> can the world see it?
 *     -> let the CA look -> wait, and from the start, until each name is proven or refused
 *     -> take away what was published
 *
 * Every value is published before the CA looks at the first, because two names may want theirs at
 * one place, and what the CA's resolver has seen once it may keep.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/presented.h"
#include "client/tasks.h"
#include "model/name.h"
#include "solver/solver.h"

#define LONGEST_PAUSE 16 /* times the first one */

enum proof_state { PROOF_OPEN, PROOF_GOOD, PROOF_FAILED };

/* One name. */
struct proof {
	const char *domain;
	enum proof_state state;
	bool published;
	bool asked;                  /* the CA said that it looks */
	emsign_challenge *challenge;
	emsign_error err;            /* why it failed, or what it waits for */
};

struct prove_work {
	struct ems_refresh_work one;
	const char *method;
	emsign_solver *solver;
	char domain[EMS_NAME_MAX];   /* "": all that are open */
	struct ems_kvlist names;
	struct proof *proofs;        /* NULL before the CA told the state of the order */
	size_t at;
	int64_t end_ms;
	int64_t pause_ms;
	bool stale;                  /* proven since the order was looked at */
};

static emsign_rc ask_next(emsign_op *op, emsign_error *err);
static emsign_rc publish_next(emsign_op *op, emsign_error *err);

/* --- what came of one name ---------------------------------------------------------------- */

bool ems_prove_waits(emsign_rc rc)
{
	return rc == EMSIGN_E_PENDING || rc == EMSIGN_E_BUSY || rc == EMSIGN_E_FAULT;
}

static void note(struct proof *proof, emsign_rc rc, const emsign_error *err)
{
	if (rc == EMSIGN_OK)
		return;
	proof->err = *err;
	if (!ems_prove_waits(rc))
		proof->state = PROOF_FAILED;
}

/* What the CA says of one name ends that name; what is wrong on the way there ends all. */
static emsign_rc note_answer(struct proof *proof, emsign_rc rc, emsign_error *err)
{
	if (!ems_prove_waits(rc) && ems_refresh_stops_all(rc))
		return rc;
	ems_fail_in(err, "%s", proof->domain);
	note(proof, rc, err);
	return EMSIGN_OK;
}

/*
 * What is kept by now. A refusal counts only after the CA was asked to look: before, it is old. A
 * name that the CA found proven when it looked may be open for a while in the state of its order;
 * only that one counts.
 */
static emsign_rc learn(emsign_op *op, struct proof *proof, emsign_error *err)
{
	struct prove_work *work = op->work;
	emsign_challenge *kept = NULL;
	emsign_rc rc = ems_challenge_look(op, work->one.order->number, proof->domain, &kept, err);

	if (work->one.order->status == EMSIGN_STATUS_ISSUED ||
	    (kept && ems_text_equal(kept->status, "valid"))) {
		proof->state = PROOF_GOOD;
	} else if (kept && proof->asked && ems_text_equal(kept->status, "rejected")) {
		proof->state = PROOF_FAILED;
		ems_fail(&proof->err, EMSIGN_E_REJECTED, "%s: the CA rejected the proof",
			 proof->domain);
	} else {
		proof->state = PROOF_OPEN;
	}
	ems_free(kept);
	return rc;
}

/* --- the end ------------------------------------------------------------------------------ */

static size_t count(const struct prove_work *work, enum proof_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < work->names.n; i++)
		n += work->proofs[i].state == state;
	return n;
}

static const struct proof *first(const struct prove_work *work, enum proof_state state)
{
	for (size_t i = 0; i < work->names.n; i++)
		if (work->proofs[i].state == state)
			return &work->proofs[i];
	return NULL;
}

static emsign_rc tidy(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;
	struct ems_kvlist given_up = { 0 };
	emsign_rc rc;

	for (size_t i = 0; work->proofs && i < work->names.n; i++)
		if (work->proofs[i].state == PROOF_FAILED)
			ems_kvlist_add(&given_up, work->proofs[i].domain, "");
	rc = given_up.rc ? ems_fail_nomem(err) :
			   ems_presented_sweep(op, work->one.order, &given_up, err);
	ems_kvlist_free(&given_up);
	return rc;
}

static emsign_rc tell_open(const struct prove_work *work, size_t open, emsign_error *err)
{
	const struct proof *proof = first(work, PROOF_OPEN);

	if (proof->err.rc)
		*err = proof->err;
	else
		ems_fail(err, EMSIGN_E_PENDING, "%s: the CA has not said yet what it found",
			 proof->domain);
	if (open > 1)
		ems_fail_in(err, "%zu names are not proven yet", open);
	return err->rc;
}

static emsign_rc finish(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;
	size_t open = count(work, PROOF_OPEN);
	emsign_rc rc = tidy(op, err);

	if (first(work, PROOF_FAILED)) {
		*err = first(work, PROOF_FAILED)->err;
		return err->rc;
	}
	if (open)
		return tell_open(work, open, err);
	if (rc)
		return rc;
	ems_op_result(op, "order", work->one.order);
	work->one.order = NULL;
	return EMSIGN_OK;
}

/* --- rounds ------------------------------------------------------------------------------- */

int64_t ems_prove_pause(emsign_op *op, int64_t *pause_ms, int64_t end_ms)
{
	int64_t left = end_ms - ems_client_now_ms(op->client);
	int64_t pause = *pause_ms < left ? *pause_ms : left;

	if (*pause_ms < LONGEST_PAUSE * op->client->limits.dcv_poll_ms)
		*pause_ms *= 2;
	return pause;
}

static emsign_rc end_round(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;
	int64_t pause;
	size_t open = count(work, PROOF_OPEN);
	emsign_rc rc = ems_client_progress(op->client, op->task->verb, "names",
					   (int64_t)(work->names.n - open),
					   (int64_t)work->names.n, err);

	if (rc)
		return rc;
	if (!open && work->stale)
		return ems_refresh_ask(op, err);
	pause = ems_prove_pause(op, &work->pause_ms, work->end_ms);
	if (!open || pause <= 0)
		return finish(op, err);
	rc = ems_refresh_ask(op, err);
	return rc ? rc : ems_op_pause(op, pause, "until the proof is seen", err);
}

/* --- letting the CA look ------------------------------------------------------------------ */

static emsign_rc asked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct prove_work *work = op->work;
	struct proof *proof = &work->proofs[work->at++];

	if (rc) {
		rc = note_answer(proof, rc, err);
	} else {
		proof->asked = true;
		ems_ok(&proof->err);
		rc = ems_order_keep_challenges(op, work->one.order->number, err);
		if (rc == EMSIGN_OK)
			rc = learn(op, proof, err);
		work->stale = work->stale || proof->state == PROOF_GOOD;
	}
	return rc ? rc : ask_next(op, err);
}

static emsign_rc ask_next(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;

	for (; work->at < work->names.n && !op->canceled; work->at++) {
		struct proof *proof = &work->proofs[work->at];
		emsign_rc rc;

		if (proof->state != PROOF_OPEN || !proof->published || proof->asked)
			continue;
		rc = ems_client_solve(op->client, work->solver, emsign_solver_ready,
				      proof->challenge, err);
		if (rc == EMSIGN_OK) {
			ems_order_args(op, work->one.order);
			ems_op_arg(op, "domain", proof->domain);
			ems_op_arg(op, "method", work->method);
			return ems_op_ask(op, EMS_VERB_VERIFY, asked, err);
		}
		note(proof, rc, err);
	}
	return op->canceled ? EMSIGN_OK : end_round(op, err);
}

/* --- publishing --------------------------------------------------------------------------- */

static emsign_rc publish(emsign_op *op, struct proof *proof, emsign_error *err)
{
	struct prove_work *work = op->work;
	const emsign_kv fields[] = { { "domain", proof->domain }, { "method", work->method },
				     { "order", work->one.order->id }, { NULL, NULL } };
	emsign_rc rc = ems_presented_note(op, proof->challenge, err);

	if (rc)
		return rc;
	ems_client_log(op->client, EMSIGN_LOG_INFO, "publishing a proof", fields);
	rc = ems_client_solve(op->client, work->solver, emsign_solver_present, proof->challenge,
			      err);
	proof->published = rc == EMSIGN_OK;
	note(proof, rc, err);
	return EMSIGN_OK;
}

static emsign_rc take_challenge(emsign_op *op, struct proof *proof, emsign_error *err)
{
	struct prove_work *work = op->work;
	emsign_rc rc = ems_order_keep_challenges(op, work->one.order->number, err);

	if (rc == EMSIGN_OK)
		rc = learn(op, proof, err);
	work->stale = work->stale || proof->state == PROOF_GOOD;
	if (rc || proof->state != PROOF_OPEN)
		return rc;
	ems_free(proof->challenge);
	rc = ems_challenge_look(op, work->one.order->number, proof->domain, &proof->challenge, err);
	if (rc == EMSIGN_OK && !ems_text_equal(proof->challenge ? proof->challenge->method : NULL,
					       work->method))
		return note_answer(proof, ems_fail(err, EMSIGN_E_PROTO, "the CA's answer holds no "
						   "challenge"), err);
	return rc ? rc : publish(op, proof, err);
}

static emsign_rc challenged(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct prove_work *work = op->work;
	struct proof *proof = &work->proofs[work->at++];

	rc = rc ? note_answer(proof, rc, err) : take_challenge(op, proof, err);
	return rc ? rc : publish_next(op, err);
}

static emsign_rc publish_next(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;

	for (; work->at < work->names.n; work->at++) {
		struct proof *proof = &work->proofs[work->at];

		if (proof->state != PROOF_OPEN || proof->published)
			continue;
		ems_order_args(op, work->one.order);
		ems_op_arg(op, "domain", proof->domain);
		ems_op_arg(op, "method", work->method);
		return ems_op_ask(op, EMS_VERB_CHALLENGE, challenged, err);
	}
	work->at = 0;
	return ask_next(op, err);
}

/* --- how it stands ------------------------------------------------------------------------ */

/* What the CA told when it was asked for the state are the names; it may know more than we. */
static emsign_rc collect(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;
	emsign_rc rc = EMSIGN_OK;

	if (work->domain[0])
		ems_kvlist_add(&work->names, work->domain, "");
	else if (work->one.order->status != EMSIGN_STATUS_ISSUED)
		rc = ems_challenge_open_names(op, work->one.order, &work->names, err);
	if (rc)
		return rc;
	if (work->names.rc == EMSIGN_OK)
		work->proofs = ems_alloc(work->names.n * sizeof(*work->proofs));
	if (!work->proofs)
		return ems_fail_nomem(err);
	for (size_t i = 0; i < work->names.n; i++)
		work->proofs[i].domain = work->names.items[i].key;
	return EMSIGN_OK;
}

static emsign_rc tracked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct prove_work *work = op->work;
	const emsign_order *order = work->one.order;
	emsign_error ignored;

	if (rc && !(work->proofs && ems_prove_waits(rc)))
		return rc;
	work->stale = false;
	if (emsign_status_is_final(order->status)) {
		(void)tidy(op, &ignored);
		return ems_fail(err, EMSIGN_E_STATE, "order '%s' is %s; nothing is to be proven",
				order->id, emsign_status_name(order->status));
	}
	rc = work->proofs ? EMSIGN_OK : collect(op, err);
	for (size_t i = 0; rc == EMSIGN_OK && i < work->names.n; i++)
		if (work->proofs[i].state != PROOF_FAILED)
			rc = learn(op, &work->proofs[i], err);
	work->at = 0;
	return rc ? rc : publish_next(op, err);
}

static emsign_rc prove(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct prove_work *work = op->work;

	rc = ems_order_open(op, &work->one.order, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_need_number(work->one.order, err);
	if (rc)
		return rc;
	work->one.mode = EMS_REFRESH_AND_FETCH;
	work->one.then = tracked;
	work->pause_ms = op->client->limits.dcv_poll_ms;
	work->end_ms = ems_client_now_ms(op->client) + op->client->limits.dcv_wait_ms;
	return ems_refresh_ask(op, err);
}

/* --- what was said ------------------------------------------------------------------------ */

static emsign_rc only_method(emsign_op *op, const char **out, emsign_error *err)
{
	const char *method;

	*out = NULL;
	for (size_t i = 0; (method = ems_client_method(i)) != NULL; i++) {
		if (!ems_client_solver(op->client, method))
			continue;
		if (*out)
			return ems_fail(err, EMSIGN_E_INVALID,
					"method is missing; there are solvers for dns and http");
		*out = method;
	}
	return *out ? EMSIGN_OK : ems_fail(err, EMSIGN_E_STATE, "no solver is set");
}

static emsign_rc find_method(const char *said, const char **out, emsign_error *err)
{
	for (size_t i = 0; (*out = ems_client_method(i)) != NULL; i++)
		if (ems_text_equal_nocase(*out, said))
			return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID,
			"no solver proves a name by method '%.40s'; possible: dns, http", said);
}

emsign_rc ems_prove_solver(emsign_op *op, const char **method, emsign_solver **out,
			   emsign_error *err)
{
	const char *said = ems_op_given(op, "method");
	emsign_rc rc = said ? find_method(said, method, err) : only_method(op, method, err);

	if (rc)
		return rc;
	*out = ems_solver_ref(ems_client_solver(op->client, *method));
	return *out ? EMSIGN_OK : ems_fail(err, EMSIGN_E_STATE, "no solver is set for method '%s'",
					   *method);
}

static emsign_rc prove_check(emsign_op *op, emsign_error *err)
{
	struct prove_work *work = op->work;
	const char *domain = ems_op_given(op, "domain");
	emsign_rc rc = EMSIGN_OK;

	if (domain)
		rc = ems_name_canonical("domain", domain, true, work->domain, err);
	return rc ? rc : ems_prove_solver(op, &work->method, &work->solver, err);
}

static void prove_drop(emsign_op *op)
{
	struct prove_work *work = op->work;

	for (size_t i = 0; work->proofs && i < work->names.n; i++)
		ems_free(work->proofs[i].challenge);
	ems_free(work->proofs);
	ems_kvlist_free(&work->names);
	emsign_solver_free(work->solver);
	ems_order_drop(op);
}

static const char *const prove_args[] = { "order", "domain", "method", NULL };

const struct ems_task ems_task_validate = {
	.verb = "validate", .args = prove_args, .work_size = sizeof(struct prove_work),
	.check = prove_check, .start = prove, .drop = prove_drop,
};
