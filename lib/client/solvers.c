/* SPDX-License-Identifier: MIT */
/* The solvers of a client, one for each method. */
#include "base/err.h"
#include "base/text.h"
#include "client/client.h"
#include "solver/solver.h"

static const char *const methods[EMS_SOLVERS] = { "dns", "http" };

const char *ems_client_method(size_t place)
{
	return place < EMS_SOLVERS ? methods[place] : NULL;
}

emsign_solver *ems_client_solver(const emsign_client *client, const char *method)
{
	for (size_t i = 0; i < EMS_SOLVERS; i++)
		if (ems_text_equal(methods[i], method))
			return client->solvers[i];
	return NULL;
}

static emsign_rc set_solver(emsign_client *client, const char *method, emsign_solver *solver,
			    emsign_error *err)
{
	for (size_t i = 0; i < EMS_SOLVERS; i++) {
		emsign_solver *before = client->solvers[i];

		if (!ems_text_equal(methods[i], method))
			continue;
		client->solvers[i] = ems_solver_ref(solver);
		emsign_solver_free(before); /* it may run the caller's code: last */
		return ems_ok(err);
	}
	return ems_fail(err, EMSIGN_E_INVALID,
			"method '%.40s' has no solver; possible: dns, http", method ? method : "");
}

emsign_rc emsign_client_set_solver(emsign_client *client, const char *method,
				   emsign_solver *solver, emsign_error *err)
{
	return EMS_INSIDE(client, err, set_solver(client, method, solver, err));
}

emsign_rc ems_client_solve(emsign_client *client, emsign_solver *solver, ems_solve_fn fn,
			   const emsign_challenge *challenge, emsign_error *err)
{
	emsign_rc rc;

	ems_solver_ref(solver); /* its own code may take it away from the client */
	client->busy++;
	rc = fn(solver, challenge, err);
	client->busy--;
	emsign_solver_free(solver);
	return rc;
}
