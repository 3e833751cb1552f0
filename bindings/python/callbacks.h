/* SPDX-License-Identifier: MIT */
/* Secrets, observers, clocks and ends of operations written in Python. */
#ifndef EMSIGN_PYTHON_CALLBACKS_H
#define EMSIGN_PYTHON_CALLBACKS_H

/* --- secrets ---------------------------------------------------------------------------------- */

/* fetch() -> bytes, asked for each time the secret is used */
static emsign_rc emb_secret_fetch(void *self, emsign_secret_fn give, void *give_ud,
				  emsign_error *err)
{
	struct emb_frame frame;
	emsign_rc rc = EMSIGN_OK, raised;
	PyObject *bytes;
	Py_buffer view;

	emb_frame_enter(&frame);
	bytes = PyObject_CallMethod(self, "fetch", NULL);
	if (bytes && PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE) == 0) {
		rc = give(give_ud, view.buf, (size_t)view.len);
		PyBuffer_Release(&view);
	}
	Py_XDECREF(bytes);
	raised = emb_frame_leave(&frame, err, "secret.fetch");
	return raised ? raised : rc;
}

static emsign_rc emb_secret_copy(PyObject *bytes, emsign_secret **out, emsign_error *err)
{
	Py_buffer view;
	emsign_rc rc;

	memset(err, 0, sizeof(*err));
	if (PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE) < 0)
		return EMSIGN_E_INVALID;
	rc = emsign_secret_new(view.buf, (size_t)view.len, out, err);
	PyBuffer_Release(&view);
	return rc;
}

/* Bytes, an object with fetch(), or None. A Secret is seen before. */
static int emb_get_secret(PyObject *object, struct emb_secret *out)
{
	static const emsign_secret_source source = { sizeof(source), emb_secret_fetch,
						     emb_object_destroy };
	emsign_error err = { .rc = EMSIGN_OK };

	memset(out, 0, sizeof(*out));
	if (object == Py_None)
		return 1;
	if (PyObject_CheckBuffer(object)) {
		if (emb_secret_copy(object, &out->ptr, &err))
			emb_raise(&err);
	} else if (emb_has(object, "fetch")) {
		if (emsign_secret_from(&source, object, &out->ptr, &err))
			emb_raise(&err);
		else
			Py_INCREF(object);
	} else {
		PyErr_Format(PyExc_TypeError,
			     "a secret is a Secret, bytes, or an object with fetch(), not %.100s",
			     Py_TYPE(object)->tp_name);
	}
	return out->ptr != NULL;
}

/* --- observers -------------------------------------------------------------------------------- */

static int emb_callable(PyObject *object, int optional)
{
	if (PyCallable_Check(object) || (optional && object == Py_None))
		return 1;
	PyErr_Format(PyExc_TypeError, "a function is wanted, not %.100s",
		     Py_TYPE(object)->tp_name);
	return 0;
}

static emsign_rc emb_on_event(void *ud, const emsign_event *event)
{
	PyObject *module, *made = NULL;
	struct emb_frame frame;

	emb_frame_enter(&frame);
	module = PyImport_ImportModule("emsign._facts");
	if (module)
		made = PyObject_CallMethod(module, "Event", "LzzLLLLzN", (long long)event->type,
					   event->verb, event->text, (long long)event->attempt,
					   (long long)event->wait_ms, (long long)event->done,
					   (long long)event->total, event->kind,
					   emb_record_copy(event->kind, event->record));
	if (made)
		Py_XDECREF(PyObject_CallFunctionObjArgs(ud, made, NULL));
	Py_XDECREF(made);
	Py_XDECREF(module);
	return emb_frame_leave_or_break(&frame, "on_event");
}

static void emb_on_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	struct emb_frame frame;

	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallFunction(ud, "izN", level, text, emb_dict(fields, 0)));
	emb_frame_leave_told(&frame);
}

static emsign_rc emb_each(void *ud, const char *kind, const void *record)
{
	struct emb_frame frame;
	PyObject *object;

	emb_frame_enter(&frame);
	object = emb_record_copy(kind, record);
	if (object)
		Py_XDECREF(PyObject_CallFunctionObjArgs(ud, object, NULL));
	Py_XDECREF(object);
	return emb_frame_leave_or_break(&frame, "each");
}

static void emb_observer_drop(void *ud)
{
	struct emb_frame frame;

	if (!Py_IsInitialized())
		return;
	emb_frame_enter(&frame);
	Py_DECREF((PyObject *)ud);
	emb_frame_leave_told(&frame);
}

/* --- the end of an operation ------------------------------------------------------------------ */

/* Until it ends, a submitted operation is kept alive by itself: (done or None, op). */
static void emb_done(void *ud, emsign_op *op, const emsign_error *err)
{
	struct emb_handle *handle = ud;
	struct emb_frame frame;
	PyObject *pair, *error = NULL;

	(void)op;
	emb_frame_enter(&frame);
	pair = handle->script;
	handle->script = NULL;
	if (err->rc == EMSIGN_E_CALLBACK || frame.parked.told) /* told here, then not raised */
		error = emb_unpark(&frame.parked, err);
	if (!error)
		error = err->rc ? emb_error_object(err) : Py_NewRef(Py_None);
	if (pair && error && PyTuple_GET_ITEM(pair, 0) != Py_None)
		Py_XDECREF(PyObject_CallFunctionObjArgs(PyTuple_GET_ITEM(pair, 0),
							PyTuple_GET_ITEM(pair, 1), error, NULL));
	Py_XDECREF(error);
	Py_XDECREF(pair);
	(void)emb_frame_leave_or_break(&frame, "done");
}

/* --- the world -------------------------------------------------------------------------------- */

/*
 * A clock has no way to say that it failed, and the library would wait for ever for one that stands
 * still. So once something was raised, wait() and random() fail, and the exception comes out.
 */
static _Thread_local int64_t emb_last_ms;

static int64_t emb_now_ms(void *ud)
{
	struct emb_frame frame;
	PyObject *result;

	emb_frame_enter(&frame);
	result = frame.parked.breaks ? NULL : PyObject_CallMethod(ud, "now_ms", NULL);
	if (result)
		emb_last_ms = PyLong_AsLongLong(result);
	Py_XDECREF(result);
	(void)emb_frame_leave_or_break(&frame, "now_ms");
	return emb_last_ms;
}

static emsign_rc emb_random(void *ud, void *bytes, size_t len)
{
	struct emb_frame frame;
	PyObject *result;
	Py_buffer view;

	if (emb_parked.breaks)
		return EMSIGN_E_CALLBACK;
	emb_frame_enter(&frame);
	result = PyObject_CallMethod(ud, "random", "n", (Py_ssize_t)len);
	if (result && PyObject_GetBuffer(result, &view, PyBUF_SIMPLE) == 0) {
		if ((size_t)view.len == len)
			memcpy(bytes, view.buf, len);
		else
			PyErr_Format(PyExc_ValueError, "random(%zd) gave %zd bytes",
				     (Py_ssize_t)len, view.len);
		PyBuffer_Release(&view);
	}
	Py_XDECREF(result);
	return emb_frame_leave_or_break(&frame, "random");
}

static emsign_rc emb_wait(void *ud, int64_t ms)
{
	struct emb_frame frame;

	if (emb_parked.breaks)
		return EMSIGN_E_CALLBACK;
	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallMethod(ud, "wait", "L", (long long)ms));
	return emb_frame_leave_or_break(&frame, "wait");
}

/* Of a world that leaves waiting to the library: as the library does it, but for a broken clock. */
static emsign_rc emb_wait_awake(void *ud, int64_t ms)
{
	(void)ud;
	return emb_parked.breaks ? EMSIGN_E_CALLBACK : emb_pause(ms);
}

static int emb_get_world(PyObject *object, emsign_world *out)
{
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->now_ms = emb_now_ms;
	out->random = emb_random;
	out->wait = emb_has(object, "wait") ? emb_wait : emb_wait_awake;
	out->ud = object;
	if (emb_has(object, "now_ms") && emb_has(object, "random"))
		return 1;
	PyErr_Format(PyExc_TypeError, "a world has now_ms() and random(n), %.100s has not",
		     Py_TYPE(object)->tp_name);
	return 0;
}

/* Kept as long as the client's box; the one before is not needed any more. */
static void emb_keep(struct emb_handle *handle, PyObject *object)
{
	PyObject *before = handle->script;

	handle->script = Py_NewRef(object);
	handle->unscript = emb_object_drop;
	Py_XDECREF(before);
}

#endif
