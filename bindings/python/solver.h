/* SPDX-License-Identifier: MIT */
/*
 * A solver written in Python:
 *	present(challenge)          publish the one value; to publish it again is fine
 *	ready(challenge) -> bool    may; whether the world can see it by now
 *	cleanup(challenge)          may; take the one value away; fine when it is not there
 *	close()                     may
 */
#ifndef EMSIGN_PYTHON_SOLVER_H
#define EMSIGN_PYTHON_SOLVER_H

/* result: whether the method returned something true; may be NULL. */
static emsign_rc emb_solver_call(void *self, const char *slot, const emsign_challenge *challenge,
				 int *result, emsign_error *err)
{
	struct emb_frame frame;
	PyObject *returned;
	char name[32];

	(void)snprintf(name, sizeof(name), "solver.%s", slot);
	emb_frame_enter(&frame);
	returned = PyObject_CallMethod(self, slot, "N", emb_record_copy("challenge", challenge));
	if (returned && result)
		*result = PyObject_IsTrue(returned);
	Py_XDECREF(returned);
	return emb_frame_leave(&frame, err, name);
}

static emsign_rc emb_solver_present(void *self, const emsign_challenge *challenge,
				    emsign_error *err)
{
	return emb_solver_call(self, "present", challenge, NULL, err);
}

static emsign_rc emb_solver_ready(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	int ready = 0;
	emsign_rc rc = emb_solver_call(self, "ready", challenge, &ready, err);

	if (rc)
		return rc;
	return ready ? EMSIGN_OK : EMSIGN_E_PENDING;
}

static emsign_rc emb_solver_cleanup(void *self, const emsign_challenge *challenge,
				    emsign_error *err)
{
	return emb_solver_call(self, "cleanup", challenge, NULL, err);
}

static emsign_solver *emb_solver_from(PyObject *object)
{
	emsign_solver_ops ops = {
		.size = sizeof(ops),
		.name = Py_TYPE(object)->tp_name,
		.present = emb_solver_present,
		.ready = emb_has(object, "ready") ? emb_solver_ready : NULL,
		.cleanup = emb_has(object, "cleanup") ? emb_solver_cleanup : NULL,
		.destroy = emb_object_destroy,
	};
	emsign_solver *solver = NULL;
	emsign_error err;

	if (emsign_solver_new(&ops, object, &solver, &err)) {
		emb_raise(&err);
		return NULL;
	}
	Py_INCREF(object);
	return solver;
}

/* An object with present(), or None. A Solver is seen before. */
static int emb_get_solver(PyObject *object, struct emb_solver *out)
{
	if (object == Py_None)
		return 1;
	if (emb_has(object, "present"))
		out->ptr = emb_solver_from(object);
	else
		PyErr_Format(PyExc_TypeError,
			     "a solver is a Solver or an object with present(), not %.100s",
			     Py_TYPE(object)->tp_name);
	return out->ptr != NULL;
}

#endif
