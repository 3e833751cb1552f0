/* SPDX-License-Identifier: MIT */
/*
 * Errors become exceptions, and exceptions of callbacks come out of the call that ran them.
 *
 * A callback that raises parks its exception and answers the library with a code; the wrapper of
 * the outer call raises what is parked. It cannot stay where Python keeps the current exception:
 * further callbacks (a rollback, a close) run before the outer call returns, and they would run
 * with it set.
 */
#ifndef EMSIGN_PYTHON_ERRORS_H
#define EMSIGN_PYTHON_ERRORS_H

/* Of the innermost call of this thread: what its callbacks raised. */
struct emb_parking {
	PyObject *exception; /* the first that is nobody's; else the last that is the library's */
	int told;            /* 1: an emsign.Error that the library was told: its to handle */
	int breaks;          /* 1: it ends the call: clock and random numbers fail from now on */
};
static _Thread_local struct emb_parking emb_parked;

static PyObject *emb_errors_get(const char *name)
{
	PyObject *module = PyImport_ImportModule("emsign._errors");
	PyObject *found = module ? PyObject_GetAttrString(module, name) : NULL;

	Py_XDECREF(module);
	return found;
}

static PyObject *emb_text(const char *text)
{
	if (!text)
		Py_RETURN_NONE;
	return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *emb_error_object(const emsign_error *err)
{
	PyObject *make = emb_errors_get("make");
	PyObject *made = NULL;

	if (make)
		made = PyObject_CallFunction(make, "iO&O&iiO&", err->rc, emb_text, err->message,
					     emb_text, err->ca_code, err->http_status,
					     err->retry_after, emb_text, err->request_id);
	Py_XDECREF(make);
	return made;
}

/* --- what a callback raised ------------------------------------------------------------------- */

static PyObject *emb_fetch(void)
{
	PyObject *type, *value, *trace;

	PyErr_Fetch(&type, &value, &trace);
	PyErr_NormalizeException(&type, &value, &trace);
	if (trace)
		PyException_SetTraceback(value, trace);
	Py_XDECREF(type);
	Py_XDECREF(trace);
	return value;
}

static void emb_raise_object(PyObject *exception)
{
	PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
	Py_DECREF(exception);
}

static void emb_copy(char *to, size_t size, PyObject *from, const char *name)
{
	PyObject *value = PyObject_GetAttrString(from, name);
	const char *text = value && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;

	(void)snprintf(to, size, "%s", text ? text : "");
	Py_XDECREF(value);
	PyErr_Clear();
}

static int32_t emb_number(PyObject *from, const char *name)
{
	PyObject *value = PyObject_GetAttrString(from, name);
	long number = value && PyLong_Check(value) ? PyLong_AsLong(value) : 0;

	Py_XDECREF(value);
	PyErr_Clear();
	return number > INT32_MIN && number <= INT32_MAX ? (int32_t)number : 0;
}

/* 1 when the exception is an emsign.Error; then err says what it says. */
static int emb_is_error(PyObject *exception, emsign_error *err)
{
	PyObject *class = emb_errors_get("Error");
	int is = class && PyObject_IsInstance(exception, class) == 1;

	Py_XDECREF(class);
	PyErr_Clear();
	memset(err, 0, sizeof(*err));
	if (!is)
		return 0;
	err->rc = emb_number(exception, "code");
	if (err->rc >= 0)
		err->rc = EMSIGN_E_CALLBACK;
	err->http_status = emb_number(exception, "http_status");
	err->retry_after = emb_number(exception, "retry_after");
	emb_copy(err->message, sizeof(err->message), exception, "message");
	emb_copy(err->ca_code, sizeof(err->ca_code), exception, "ca_code");
	emb_copy(err->request_id, sizeof(err->request_id), exception, "request_id");
	return 1;
}

/*
 * The current exception becomes a code for the library. It is kept for the caller, but an
 * emsign.Error that the library is told (err) is its own to handle, and makes way for others.
 */
static emsign_rc emb_park(emsign_error *err, const char *slot, int breaks)
{
	PyObject *exception = emb_fetch();
	emsign_error said;
	int is = emb_is_error(exception, &said);
	struct emb_parking first = emb_parked;

	if (!is) {
		said.rc = EMSIGN_E_CALLBACK;
		(void)snprintf(said.message, sizeof(said.message), "%.100s in %s",
			       Py_TYPE(exception)->tp_name, slot);
	}
	if (err)
		*err = said;
	/* what goes away with one of them must not take the other along */
	memset(&emb_parked, 0, sizeof(emb_parked));
	if (first.exception && !first.told) {
		emb_raise_object(exception);
		PyErr_WriteUnraisable(NULL);
		first.breaks |= breaks;
		emb_parked = first;
		return said.rc;
	}
	Py_XDECREF(first.exception);
	emb_parked = (struct emb_parking){ exception, is && err && !breaks, breaks };
	return said.rc;
}

/*
 * Takes out what the caller is to get; NULL: nothing. What the library was told comes out as itself
 * only when the call failed by just that.
 */
static PyObject *emb_unpark(struct emb_parking *parked, const emsign_error *err)
{
	PyObject *exception = parked->exception;
	emsign_error said;

	if (exception && parked->told &&
	    (!err || !emb_is_error(exception, &said) || err->rc != said.rc ||
	     strcmp(err->message, said.message) != 0))
		Py_CLEAR(exception);
	memset(parked, 0, sizeof(*parked));
	return exception;
}

/* At the end of every call: raises what is to be raised and returns 1, or returns 0. */
static int emb_raise(const emsign_error *err)
{
	PyObject *exception = emb_unpark(&emb_parked, err);

	if (!exception && err && err->rc == EMSIGN_E_NOMEM)
		PyErr_NoMemory();
	else if (!exception && err && err->rc)
		exception = emb_error_object(err);
	if (exception)
		emb_raise_object(exception);
	return PyErr_Occurred() != NULL;
}

/* --- around every callback -------------------------------------------------------------------- */

struct emb_frame {
	PyGILState_STATE gil;
	struct emb_parking parked; /* of the call that this callback belongs to */
	PyObject *type, *value, *trace; /* a destructor may run while an exception is on its way */
};

static void emb_frame_enter(struct emb_frame *frame)
{
	frame->gil = PyGILState_Ensure();
	frame->parked = emb_parked;
	memset(&emb_parked, 0, sizeof(emb_parked));
	PyErr_Fetch(&frame->type, &frame->value, &frame->trace);
}

static void emb_frame_restore(struct emb_frame *frame)
{
	PyErr_Restore(frame->type, frame->value, frame->trace);
	PyGILState_Release(frame->gil);
}

static emsign_rc emb_frame_end(struct emb_frame *frame, emsign_error *err, const char *slot,
			       int breaks)
{
	emsign_rc rc = EMSIGN_OK;

	emb_parked = frame->parked; /* every call in between has taken what was its own */
	if (PyErr_Occurred())
		rc = emb_park(err, slot, breaks);
	emb_frame_restore(frame);
	return rc;
}

/* The end of a callback that tells the library what happened. */
static emsign_rc emb_frame_leave(struct emb_frame *frame, emsign_error *err, const char *slot)
{
	return emb_frame_end(frame, err, slot, 0);
}

/* The end of one that has no words for it: what it raised, the outer call raises. */
static emsign_rc emb_frame_leave_or_break(struct emb_frame *frame, const char *slot)
{
	return emb_frame_end(frame, NULL, slot, 1) ? EMSIGN_E_CALLBACK : EMSIGN_OK;
}

/* The end of one that cannot fail: nobody would be the wiser for a failed call. */
static void emb_frame_leave_told(struct emb_frame *frame)
{
	emb_parked = frame->parked;
	if (PyErr_Occurred())
		PyErr_WriteUnraisable(NULL);
	emb_frame_restore(frame);
}

#endif
