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

/* Of the innermost call of this thread: its callbacks' first exception. */
static _Thread_local struct emb_parked {
	PyObject *exception;
	int breaks; /* 1: it ends the call, and comes out whatever the library says */
} emb_parked;

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

/* The current exception becomes a code for the library; the first one is kept for the caller. */
static emsign_rc emb_park(emsign_error *err, const char *slot, int breaks)
{
	PyObject *exception = emb_fetch();
	emsign_error said;

	if (emb_parked.exception && !emb_parked.breaks &&
	    emb_is_error(emb_parked.exception, &said))
		Py_CLEAR(emb_parked.exception); /* the library has dealt with it */

	if (!emb_is_error(exception, &said)) {
		said.rc = EMSIGN_E_CALLBACK;
		(void)snprintf(said.message, sizeof(said.message), "%.100s in %s",
			       Py_TYPE(exception)->tp_name, slot);
	}
	if (err)
		*err = said;
	if (!emb_parked.exception) {
		emb_parked.exception = exception;
		emb_parked.breaks = breaks;
	} else { /* what goes away with this one must not take the first along */
		struct emb_parked first = emb_parked;

		memset(&emb_parked, 0, sizeof(emb_parked));
		emb_raise_object(exception);
		PyErr_WriteUnraisable(NULL);
		emb_parked = first;
	}
	return said.rc;
}

/*
 * At the end of every call: raises what is to be raised and returns 1, or returns 0.
 * An emsign.Error of a callback was the library's to handle (to try again, for example): it comes
 * out as itself only when the call failed by just that, or the callback had no other words.
 */
static int emb_raise(const emsign_error *err)
{
	PyObject *parked = emb_parked.exception;
	int breaks = emb_parked.breaks;
	emsign_error said;

	memset(&emb_parked, 0, sizeof(emb_parked));
	if (parked && !breaks && emb_is_error(parked, &said) &&
	    (!err || err->rc != said.rc || strcmp(err->message, said.message) != 0))
		Py_CLEAR(parked);
	if (!parked && err && err->rc == EMSIGN_E_NOMEM)
		PyErr_NoMemory();
	else if (!parked && err && err->rc)
		parked = emb_error_object(err);
	if (parked)
		emb_raise_object(parked);
	return PyErr_Occurred() != NULL;
}

/* --- around every callback -------------------------------------------------------------------- */

struct emb_frame {
	PyGILState_STATE gil;
	struct emb_parked parked; /* of the call that this callback belongs to */
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
