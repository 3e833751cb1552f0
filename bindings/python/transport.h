/* SPDX-License-Identifier: MIT */
/*
 * A transport written in Python:
 *	start(exchange)     read exchange.request(); report with exchange.status(), header(),
 *	                    data() and done(), now or later; to raise is to be done with that error
 *	cancel(exchange)    may; forget it
 *	drive(timeout_ms)   may; wait for news and report them
 *	fd() -> int         may; readable when drive(0) has something to do
 *	close()             may
 *
 * exchange.data() raises when no more of the answer is wanted: stop there.
 * An exchange is the library's and ends with done() or cancel(); what a script still holds of it is
 * a closed box.
 */
#ifndef EMSIGN_PYTHON_TRANSPORT_H
#define EMSIGN_PYTHON_TRANSPORT_H

struct emb_plug {
	PyObject *object;
	struct emb_handle *exchanges; /* a box of no handle: its children are the open ones */
};

static swig_type_info *emb_exchange_type(void)
{
	return SWIG_TypeQuery("emsign_exchange *");
}

/* The box is kept together with its object, so that cancel() gets the object that start() got. */
static void emb_object_drop(void *object)
{
	Py_DECREF((PyObject *)object);
}

static PyObject *emb_exchange_box(struct emb_plug *plug, emsign_exchange *exchange)
{
	struct emb_handle *handle = emb_handle_new(exchange, NULL, plug->exchanges->guard,
						   plug->exchanges);
	PyObject *object = emb_box(handle, emb_exchange_type());

	if (!object)
		return NULL;
	handle->script = Py_NewRef(object);
	handle->unscript = emb_object_drop;
	return object;
}

static struct emb_handle *emb_exchange_find(struct emb_plug *plug, const emsign_exchange *exchange)
{
	struct emb_handle *handle = plug->exchanges->children;

	while (handle && handle->ptr != exchange)
		handle = handle->next;
	return handle;
}

/*
 * What start() raises is how the exchange ended. "Not begun", as in C, would be a promise that no
 * byte has left, and that only exchange.unsent() gives.
 */
static emsign_rc emb_transport_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct emb_plug *plug = self;
	struct emb_handle *handle = NULL;
	struct emb_frame frame;
	PyObject *object, *result;
	emsign_error said;
	emsign_rc rc;

	emb_frame_enter(&frame);
	object = emb_exchange_box(plug, exchange);
	result = object ? PyObject_CallMethod(plug->object, "start", "O", object) : NULL;
	if (object && !result)
		handle = emb_exchange_find(plug, exchange);
	if (handle)
		emb_handle_end(handle);
	Py_XDECREF(result);
	Py_XDECREF(object);
	rc = emb_frame_leave(&frame, &said, "transport.start");
	if (rc && err)
		*err = said;
	if (!handle)
		return rc; /* nothing was called, or it is over already */
	emsign_exchange_done(exchange, rc, said.message);
	return EMSIGN_OK;
}

static void emb_transport_cancel(void *self, emsign_exchange *exchange)
{
	struct emb_plug *plug = self;
	struct emb_handle *handle;
	struct emb_frame frame;

	emb_frame_enter(&frame);
	handle = emb_exchange_find(plug, exchange);
	if (handle) {
		Py_XDECREF(PyObject_CallMethod(plug->object, "cancel", "O", handle->script));
		if (emb_exchange_find(plug, exchange) == handle) /* it may have called done() */
			emb_handle_end(handle);
	}
	emb_frame_leave_told(&frame);
}

static emsign_rc emb_transport_drive(void *self, int timeout_ms, emsign_error *err)
{
	struct emb_plug *plug = self;
	struct emb_frame frame;

	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallMethod(plug->object, "drive", "i", timeout_ms));
	return emb_frame_leave(&frame, err, "transport.drive");
}

static int emb_transport_fd(void *self)
{
	struct emb_plug *plug = self;
	struct emb_frame frame;
	PyObject *result;
	long fd = -1;

	emb_frame_enter(&frame);
	result = PyObject_CallMethod(plug->object, "fd", NULL);
	if (result)
		fd = PyLong_AsLong(result);
	Py_XDECREF(result);
	return emb_frame_leave_or_break(&frame, "transport.fd") ? -1 : (int)fd;
}

static void emb_transport_destroy(void *self)
{
	struct emb_plug *plug = self;
	struct emb_frame frame;

	if (!Py_IsInitialized())
		return;
	emb_frame_enter(&frame);
	emb_handle_drop(plug->exchanges);
	emb_frame_leave_told(&frame);
	emb_object_destroy(plug->object);
	free(plug);
}

static emsign_transport *emb_transport_from(PyObject *object, struct emb_guard **guard)
{
	emsign_transport_ops ops = {
		.size = sizeof(ops),
		.name = Py_TYPE(object)->tp_name,
		.start = emb_transport_start,
		.cancel = emb_has(object, "cancel") ? emb_transport_cancel : NULL,
		.drive = emb_has(object, "drive") ? emb_transport_drive : NULL,
		.fd = emb_has(object, "fd") ? emb_transport_fd : NULL,
		.destroy = emb_transport_destroy,
	};
	struct emb_plug *plug = calloc(1, sizeof(*plug));
	emsign_transport *transport = NULL;
	emsign_error err;

	if (plug)
		plug->exchanges = emb_handle_new(NULL, NULL, NULL, NULL);
	if (!plug || !plug->exchanges) {
		free(plug);
		PyErr_NoMemory();
		return NULL;
	}
	if (emsign_transport_new(&ops, plug, &transport, &err)) {
		emb_handle_drop(plug->exchanges);
		free(plug);
		emb_raise(&err);
		return NULL;
	}
	plug->object = Py_NewRef(object);
	*guard = plug->exchanges->guard;
	return transport;
}

static PyObject *emb_request(const emsign_request *request)
{
	PyObject *module = PyImport_ImportModule("emsign._facts");
	PyObject *made = NULL;

	if (module)
		made = PyObject_CallMethod(module, "Request", "ssNy#Lzz", request->method,
					   request->url, emb_dict(request->headers, 0),
					   request->body, (Py_ssize_t)request->body_len,
					   (long long)request->timeout_ms, request->ca_file,
					   request->pin);
	Py_XDECREF(module);
	return made;
}

/* A Transport, an object with start(), or None. */
static int emb_get_transport(PyObject *object, struct emb_transport *out)
{
	memset(out, 0, sizeof(*out));
	if (object == Py_None)
		return 1;
	if (emb_has(object, "start"))
		out->ptr = emb_transport_from(object, &out->guard);
	else
		PyErr_Format(PyExc_TypeError,
			     "a transport is a Transport or an object with start(), not %.100s",
			     Py_TYPE(object)->tp_name);
	return out->ptr != NULL;
}

#endif
