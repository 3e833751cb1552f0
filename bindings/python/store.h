/* SPDX-License-Identifier: MIT */
/*
 * A store written in Python:
 *	put(kind, id, row)                  row: dict of str
 *	get(kind, id) -> row                None or KeyError: there is none
 *	scan(kind, filter, after, limit)    -> (id, row) in the order of the ids; filter:
 *	                                    dict of lists
 *	remove(kind, id)                    KeyError: there is none
 *	begin(), end(keep)                  may
 *	cas(kind, id, expect, row)          may; ConflictError when it is not as expected
 *	close()                             may
 */
#ifndef EMSIGN_PYTHON_STORE_H
#define EMSIGN_PYTHON_STORE_H

/* "There is none", as a dict says it. Clears the exception. */
static int emb_is_missing(void)
{
	if (!PyErr_ExceptionMatches(PyExc_KeyError))
		return 0;
	PyErr_Clear();
	return 1;
}

static emsign_rc emb_store_put(void *self, const char *kind, const char *id, const emsign_kv *row,
			       emsign_error *err)
{
	struct emb_frame frame;

	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallMethod(self, "put", "ssN", kind, id, emb_dict(row, 0)));
	return emb_frame_leave(&frame, err, "store.put");
}

/* Lends one row of the script to the library. */
static emsign_rc emb_give(PyObject *row, const char *kind, const char *id, emsign_row_fn give,
			  void *ud)
{
	struct emb_values values = { NULL, 0, 0 };
	emsign_rc rc = EMSIGN_OK;

	if (row == Py_None)
		PyErr_SetString(PyExc_TypeError, "a row has to be a dict, not None");
	else if (emb_get_values(row, 0, &values))
		rc = give(ud, kind, id, values.kv);
	emb_values_free(&values);
	return rc;
}

static emsign_rc emb_store_get(void *self, const char *kind, const char *id, emsign_row_fn give,
			       void *ud, emsign_error *err)
{
	struct emb_frame frame;
	emsign_rc rc = EMSIGN_OK, raised;
	PyObject *row;

	emb_frame_enter(&frame);
	row = PyObject_CallMethod(self, "get", "ss", kind, id);
	if (row == Py_None || (!row && emb_is_missing()))
		rc = EMSIGN_E_NOTFOUND;
	else if (row)
		rc = emb_give(row, kind, id, give, ud);
	Py_XDECREF(row);
	raised = emb_frame_leave(&frame, err, "store.get");
	return raised ? raised : rc;
}

static emsign_rc emb_give_item(PyObject *item, const char *kind, emsign_row_fn give, void *ud)
{
	PyObject *row;
	const char *id;

	if (!PyArg_Parse(item, "(sO)", &id, &row))
		return EMSIGN_OK; /* the exception tells */
	return emb_give(row, kind, id, give, ud);
}

static emsign_rc emb_store_scan(void *self, const char *kind, const emsign_kv *filter,
				const char *after, size_t limit, emsign_row_fn give, void *ud,
				emsign_error *err)
{
	static const emsign_kv none[] = { { NULL, NULL } };
	struct emb_frame frame;
	emsign_rc rc = EMSIGN_OK, raised;
	PyObject *rows, *iterator, *item;
	size_t n = 0;

	emb_frame_enter(&frame);
	rows = PyObject_CallMethod(self, "scan", "sNzn", kind,
				   emb_dict(filter ? filter : none, 1), after, (Py_ssize_t)limit);
	iterator = rows ? PyObject_GetIter(rows) : NULL;
	while (iterator && !rc && (!limit || n++ < limit) && (item = PyIter_Next(iterator))) {
		rc = emb_give_item(item, kind, give, ud);
		Py_DECREF(item);
		if (PyErr_Occurred())
			break;
	}
	Py_XDECREF(iterator);
	Py_XDECREF(rows);
	raised = emb_frame_leave(&frame, err, "store.scan");
	return raised ? raised : rc;
}

static emsign_rc emb_store_remove(void *self, const char *kind, const char *id, emsign_error *err)
{
	struct emb_frame frame;
	emsign_rc rc = EMSIGN_OK, raised;
	PyObject *result;

	emb_frame_enter(&frame);
	result = PyObject_CallMethod(self, "remove", "ss", kind, id);
	if (!result && emb_is_missing())
		rc = EMSIGN_E_NOTFOUND;
	Py_XDECREF(result);
	raised = emb_frame_leave(&frame, err, "store.remove");
	return raised ? raised : rc;
}

static emsign_rc emb_store_begin(void *self, emsign_error *err)
{
	struct emb_frame frame;

	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallMethod(self, "begin", NULL));
	return emb_frame_leave(&frame, err, "store.begin");
}

static emsign_rc emb_store_end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct emb_frame frame;

	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallMethod(self, "end", "O",
				       outcome == EMSIGN_OK ? Py_True : Py_False));
	return emb_frame_leave(&frame, err, "store.end");
}

static emsign_rc emb_store_cas(void *self, const char *kind, const char *id,
			       const emsign_kv *expect, const emsign_kv *row, emsign_error *err)
{
	struct emb_frame frame;

	emb_frame_enter(&frame);
	Py_XDECREF(PyObject_CallMethod(self, "cas", "ssNN", kind, id, emb_dict(expect, 0),
				       emb_dict(row, 0)));
	return emb_frame_leave(&frame, err, "store.cas");
}

/* Of anything that the library is done with: close() if there is one, and the reference. */
static void emb_object_destroy(void *self)
{
	struct emb_frame frame;
	PyObject *object = self;

	if (!Py_IsInitialized())
		return; /* the interpreter is gone, and the object with it */
	emb_frame_enter(&frame);
	if (PyObject_HasAttrString(object, "close"))
		Py_XDECREF(PyObject_CallMethod(object, "close", NULL));
	Py_DECREF(object);
	emb_frame_leave_told(&frame);
}

static int emb_has(PyObject *object, const char *name)
{
	return PyObject_HasAttrString(object, name);
}

static emsign_store *emb_store_from(PyObject *object)
{
	emsign_store_ops ops = {
		.size = sizeof(ops),
		.name = Py_TYPE(object)->tp_name,
		.put = emb_store_put,
		.get = emb_store_get,
		.scan = emb_store_scan,
		.remove = emb_store_remove,
		.begin = emb_has(object, "begin") ? emb_store_begin : NULL,
		.end = emb_has(object, "end") ? emb_store_end : NULL,
		.cas = emb_has(object, "cas") ? emb_store_cas : NULL,
		.destroy = emb_object_destroy,
	};
	emsign_store *store;
	emsign_error err;

	if (emsign_store_new(&ops, object, &store, &err)) {
		emb_raise(&err);
		return NULL;
	}
	Py_INCREF(object);
	return store;
}

static emsign_store *emb_store_open(PyObject *uri)
{
	emsign_store *store = NULL;
	emsign_error err;
	const char *text;
	emsign_rc rc;

	if (!emb_get_text(uri, 0, &text))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	rc = emsign_store_open(text, &store, &err);
	Py_END_ALLOW_THREADS
	if (rc)
		emb_raise(&err);
	return store;
}

/* An URI, a Store, an object with the methods above, or None. */
static int emb_get_store(PyObject *object, struct emb_store *out)
{
	if (object == Py_None)
		return 1;
	if (PyUnicode_Check(object))
		out->ptr = emb_store_open(object);
	else if (emb_has(object, "put") && emb_has(object, "get") && emb_has(object, "scan") &&
		 emb_has(object, "remove"))
		out->ptr = emb_store_from(object);
	else
		PyErr_Format(PyExc_TypeError,
			     "a store is a URI, a Store, or an object with put, get, scan and "
			     "remove, not %.100s", Py_TYPE(object)->tp_name);
	return out->ptr != NULL;
}

/* --- rows of a store, for a script that looks or wraps ---------------------------------------- */

/* The emsign_row_fn of Store.get() and Store.scan(): appends (id, row) to a list. */
static emsign_rc emb_collect_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct emb_frame frame;
	PyObject *item;

	(void)kind;
	emb_frame_enter(&frame);
	item = Py_BuildValue("(sN)", id, emb_dict(row, 0));
	if (item)
		(void)PyList_Append(ud, item);
	Py_XDECREF(item);
	return emb_frame_leave(&frame, NULL, "a row");
}

#endif
