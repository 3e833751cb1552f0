/* SPDX-License-Identifier: MIT */
/*
 * The handle around a solver. Errors get their sentence here, so that a solver can answer with a
 * bare code.
 */
#include "solver/solver.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

struct emsign_solver {
	emsign_solver_ops ops;
	void *self;
	atomic_size_t refs;
};

typedef emsign_rc (*slot_fn)(void *self, const emsign_challenge *challenge, emsign_error *err);

emsign_rc emsign_solver_new(const emsign_solver_ops *ops, void *self, emsign_solver **out,
			    emsign_error *err)
{
	/* A table of an older program ends earlier, one of a newer program later than ours. */
	const size_t shortest = offsetof(emsign_solver_ops, present) + sizeof(ops->present);
	emsign_solver *solver;

	*out = NULL;
	if (!ops || ops->size < shortest || !ops->present)
		return ems_fail(err, EMSIGN_E_INVALID,
				"a solver needs a table with its size and a present function");
	solver = ems_alloc(sizeof(*solver));
	if (!solver)
		return ems_fail_nomem(err);
	memcpy(&solver->ops, ops,
	       ops->size < sizeof(solver->ops) ? ops->size : sizeof(solver->ops));
	solver->ops.size = sizeof(solver->ops);
	if (!solver->ops.name)
		solver->ops.name = "unnamed";
	solver->self = self;
	atomic_init(&solver->refs, 1);
	*out = solver;
	return ems_ok(err);
}

emsign_solver *ems_solver_ref(emsign_solver *solver)
{
	if (solver)
		atomic_fetch_add(&solver->refs, 1);
	return solver;
}

void emsign_solver_free(emsign_solver *solver)
{
	if (!solver || atomic_fetch_sub(&solver->refs, 1) > 1)
		return;
	if (solver->ops.destroy)
		solver->ops.destroy(solver->self);
	ems_free(solver);
}

enum slot { PRESENT, READY, CLEANUP };

static emsign_rc call(const emsign_solver *solver, enum slot which,
		      const emsign_challenge *challenge, emsign_error *err)
{
	static const char *const words[] = { "publish the proof", "see the proof",
					     "take the proof away" };
	const char *domain;
	emsign_error local;
	slot_fn slot;
	emsign_rc rc;

	err = EMS_ERR_OR(err, local);
	ems_ok(err);
	if (!solver || !challenge)
		return ems_fail(err, EMSIGN_E_INVALID, "a solver and a challenge are needed");
	slot = (const slot_fn[]){ solver->ops.present, solver->ops.ready,
				  solver->ops.cleanup }[which];
	rc = slot ? slot(solver->self, challenge, err) : EMSIGN_OK;
	if (rc == EMSIGN_OK)
		return ems_ok(err);
	if (err->rc == rc && err->message[0])
		return rc;
	domain = challenge->domain ? challenge->domain : "";
	if (rc == EMSIGN_E_PENDING)
		return ems_fail(err, rc, "solver '%.60s' could not %s for '%.120s' yet",
				solver->ops.name, words[which], domain);
	return ems_fail(err, rc, "solver '%.60s' could not %s for '%.120s': %s", solver->ops.name,
			words[which], domain, emsign_rc_text(rc));
}

emsign_rc emsign_solver_present(emsign_solver *solver, const emsign_challenge *challenge,
				emsign_error *err)
{
	return call(solver, PRESENT, challenge, err);
}

emsign_rc emsign_solver_ready(emsign_solver *solver, const emsign_challenge *challenge,
			      emsign_error *err)
{
	return call(solver, READY, challenge, err);
}

emsign_rc emsign_solver_cleanup(emsign_solver *solver, const emsign_challenge *challenge,
				emsign_error *err)
{
	return call(solver, CLEANUP, challenge, err);
}
