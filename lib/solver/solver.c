/* SPDX-License-Identifier: MIT */
/*
 * The handle around a solver. Errors get their sentence here, so that a solver can answer with a
 * bare code.
 */
#include "solver/solver.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

struct emsign_solver {
	emsign_solver_ops ops;
	void *self;
	size_t refs;
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
	solver->refs = 1;
	*out = solver;
	return ems_ok(err);
}

emsign_solver *ems_solver_ref(emsign_solver *solver)
{
	if (solver)
		solver->refs++;
	return solver;
}

void emsign_solver_free(emsign_solver *solver)
{
	if (!solver || --solver->refs)
		return;
	if (solver->ops.destroy)
		solver->ops.destroy(solver->self);
	ems_free(solver);
}

static emsign_rc call(const emsign_solver *solver, slot_fn slot, const char *what,
		      const emsign_challenge *challenge, emsign_error *err)
{
	const char *domain = challenge->domain ? challenge->domain : "";
	emsign_error local;
	emsign_rc rc;

	err = EMS_ERR_OR(err, local);
	ems_ok(err);
	if (!slot)
		return EMSIGN_OK;
	rc = slot(solver->self, challenge, err);
	if (rc == EMSIGN_OK)
		return ems_ok(err);
	if (err->rc == rc && err->message[0])
		return rc;
	if (rc == EMSIGN_E_PENDING)
		return ems_fail(err, rc, "solver '%.60s' could not %s for '%.120s' yet",
				solver->ops.name, what, domain);
	return ems_fail(err, rc, "solver '%.60s' could not %s for '%.120s': %s", solver->ops.name,
			what, domain, emsign_rc_text(rc));
}

emsign_rc emsign_solver_present(emsign_solver *solver, const emsign_challenge *challenge,
				emsign_error *err)
{
	return call(solver, solver->ops.present, "publish the proof", challenge, err);
}

emsign_rc emsign_solver_ready(emsign_solver *solver, const emsign_challenge *challenge,
			      emsign_error *err)
{
	return call(solver, solver->ops.ready, "see the proof", challenge, err);
}

emsign_rc emsign_solver_cleanup(emsign_solver *solver, const emsign_challenge *challenge,
				emsign_error *err)
{
	return call(solver, solver->ops.cleanup, "take the proof away", challenge, err);
}
