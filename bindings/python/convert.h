/* SPDX-License-Identifier: MIT */
/* Values between Python and C: text, named values, records, boxes. */
#ifndef EMSIGN_PYTHON_CONVERT_H
#define EMSIGN_PYTHON_CONVERT_H

/* --- text ------------------------------------------------------------------------------------- */

/* Borrowed from the object. None becomes NULL where that is allowed. */
static int emb_get_text(PyObject *object, int optional, const char **out)
{
	Py_ssize_t len;

	*out = NULL;
	if (object == Py_None && optional)
		return 1;
	if (!PyUnicode_Check(object)) {
		PyErr_Format(PyExc_TypeError, "a str is wanted, not %.100s",
			     Py_TYPE(object)->tp_name);
		return 0;
	}
	*out = PyUnicode_AsUTF8AndSize(object, &len);
	if (!*out)
		return 0;
	if (strlen(*out) == (size_t)len)
		return 1;
	PyErr_SetString(PyExc_ValueError, "text must not hold a null character");
	return 0;
}

static PyObject *emb_list(const char *const *list)
{
	PyObject *tuple;
	Py_ssize_t n = 0;

	while (list && list[n])
		n++;
	tuple = PyTuple_New(n);
	for (n = 0; tuple && list && list[n]; n++) {
		PyObject *item = emb_text(list[n]);

		if (item)
			PyTuple_SET_ITEM(tuple, n, item);
		else
			Py_CLEAR(tuple);
	}
	return tuple;
}

/* --- named values ----------------------------------------------------------------------------- */

static int emb_add_text(struct emb_values *out, const char *prefix, const char *key,
			PyObject *value)
{
	const char *text;

	if (!emb_get_text(value, 1, &text))
		return 0;
	if (emb_values_add(out, prefix, key, text))
		return 1;
	PyErr_NoMemory();
	return 0;
}

/* A number, a date or another single value as text; new reference. Rows know statuses by word. */
static PyObject *emb_plain(const char *key, PyObject *value, int in_filter)
{
	if (in_filter && PyLong_Check(value) && strcmp(key, "status") == 0)
		return emb_text(emsign_status_name(PyLong_AsLongLong(value)));
	if (PyBool_Check(value))
		return PyUnicode_FromString(value == Py_True ? "yes" : "no");
	if (PyUnicode_Check(value) || value == Py_None)
		return Py_NewRef(value);
	if (PyLong_Check(value))
		return PyObject_Str(value);
	if (PyObject_HasAttrString(value, "isoformat"))
		return PyObject_CallMethod(value, "isoformat", NULL);
	PyErr_Format(PyExc_TypeError,
		     "'%.60s' takes a str, an int, a bool, a date, or several of them, not %.100s",
		     key, Py_TYPE(value)->tp_name);
	return NULL;
}

static int emb_add_plain(struct emb_values *out, const char *prefix, const char *key,
			 PyObject *value, int in_filter)
{
	PyObject *plain = emb_plain(key, value, in_filter);
	int ok = plain && emb_add_text(out, prefix, key, plain);

	Py_XDECREF(plain);
	return ok;
}

static int emb_add_all(struct emb_values *out, const char *prefix, PyObject *mapping,
		       int in_filter);

/* In a filter None is a value of its own, and not the same as leaving it out. */
static int emb_add(struct emb_values *out, const char *prefix, const char *key, PyObject *value,
		   int in_filter)
{
	PyObject *items, *item;
	int ok = 1;

	if (value == Py_None && !in_filter)
		return 1;
	if (PyDict_Check(value) && !prefix)
		return emb_add_all(out, key, value, in_filter);
	if (!PyList_Check(value) && !PyTuple_Check(value) && !PyAnySet_Check(value))
		return emb_add_plain(out, prefix, key, value, in_filter);
	items = PyObject_GetIter(value);
	while (ok && items && (item = PyIter_Next(items))) {
		ok = emb_add_plain(out, prefix, key, item, in_filter);
		Py_DECREF(item);
	}
	Py_XDECREF(items);
	return ok && !PyErr_Occurred();
}

/* A dict within the dict gives names with a dot: {"requester": {"name": ...}}. */
static int emb_add_all(struct emb_values *out, const char *prefix, PyObject *mapping,
		       int in_filter)
{
	PyObject *key, *value;
	Py_ssize_t at = 0;
	const char *name;

	while (PyDict_Next(mapping, &at, &key, &value)) {
		int ok;

		Py_INCREF(value); /* a conversion may run code that changes the dict */
		ok = emb_get_text(key, 0, &name) && emb_add(out, prefix, name, value, in_filter);
		Py_DECREF(value);
		if (!ok)
			return 0;
	}
	return 1;
}

static int emb_get_values(PyObject *object, int in_filter, struct emb_values *out)
{
	if (object == Py_None)
		return 1;
	if (!PyDict_Check(object)) {
		PyErr_Format(PyExc_TypeError, "a dict of named values is wanted, not %.100s",
			     Py_TYPE(object)->tp_name);
		return 0;
	}
	if (!emb_values_room(out)) { /* an empty dict is an empty list, not "nothing given" */
		PyErr_NoMemory();
		return 0;
	}
	return emb_add_all(out, NULL, object, in_filter);
}

/* lists: each name has a list of all its values, as a filter wants it. */
static int emb_set_value(PyObject *dict, const emsign_kv *kv, int lists)
{
	PyObject *value = emb_text(kv->value);
	PyObject *list;
	int ok;

	if (!value || !lists) {
		ok = value && PyDict_SetItemString(dict, kv->key, value) == 0;
		Py_XDECREF(value);
		return ok;
	}
	list = PyDict_GetItemString(dict, kv->key);
	if (list) {
		ok = PyList_Append(list, value) == 0;
	} else {
		list = PyList_New(0);
		ok = list && PyList_Append(list, value) == 0 &&
		     PyDict_SetItemString(dict, kv->key, list) == 0;
		Py_XDECREF(list);
	}
	Py_DECREF(value);
	return ok;
}

static PyObject *emb_dict(const emsign_kv *kv, int lists)
{
	PyObject *dict;

	if (!kv)
		Py_RETURN_NONE;
	dict = PyDict_New();
	for (; dict && kv->key; kv++)
		if (!emb_set_value(dict, kv, lists))
			Py_CLEAR(dict);
	return dict;
}

/* --- records ---------------------------------------------------------------------------------- */

/* Takes the record over. */
static PyObject *emb_record(const char *kind, void *record)
{
	char name[64];
	swig_type_info *type;
	PyObject *object;

	if (!record || !kind)
		Py_RETURN_NONE;
	(void)snprintf(name, sizeof(name), "emsign_%s *", kind);
	type = SWIG_TypeQuery(name);
	object = type ? SWIG_NewPointerObj(record, type, SWIG_POINTER_OWN) : NULL;
	if (!object) {
		emsign_free(record);
		if (!PyErr_Occurred())
			PyErr_Format(PyExc_SystemError, "unknown kind of record: %s", kind);
	}
	return object;
}

/* Of one that is lent. */
static PyObject *emb_record_copy(const char *kind, const void *record)
{
	void *copy = NULL;
	emsign_error err;

	if (!record || !kind)
		Py_RETURN_NONE;
	if (emsign_record_dup(kind, record, &copy, &err) == EMSIGN_OK)
		return emb_record(kind, copy);
	emb_raise(&err);
	return NULL;
}

/* (list of records, id to go on after or None); the page is empty afterwards. */
static PyObject *emb_page(const char *kind, struct emb_page *page)
{
	PyObject *after = emb_text(emb_page_after(page));
	PyObject *list = after ? PyList_New((Py_ssize_t)page->n) : NULL;
	size_t i;

	for (i = 0; list && i < page->n; i++) {
		PyObject *record = emb_record(kind, page->records[i]);

		page->records[i] = NULL;
		if (record)
			PyList_SET_ITEM(list, (Py_ssize_t)i, record);
		else
			Py_CLEAR(list);
	}
	emb_page_free(page);
	return Py_BuildValue("(NN)", list, after);
}

/* --- boxes ------------------------------------------------------------------------------------ */

static int emb_get_handle(PyObject *object, swig_type_info *type, int flags,
			  struct emb_handle **out)
{
	void *ptr = NULL;

	*out = NULL;
	if (object != Py_None && SWIG_IsOK(SWIG_ConvertPtr(object, &ptr, type, flags)) && ptr) {
		*out = ptr;
		return 1;
	}
	PyErr_Format(PyExc_TypeError, "%.60s is wanted, not %.100s",
		     type ? SWIG_TypePrettyName(type) : "a handle", Py_TYPE(object)->tp_name);
	return 0;
}

/* The same as a question. */
static int emb_is_box(PyObject *object, swig_type_info *type, struct emb_handle **out)
{
	void *ptr = NULL;

	if (object == Py_None || !SWIG_IsOK(SWIG_ConvertPtr(object, &ptr, type, 0)))
		return 0;
	*out = ptr;
	return ptr != NULL;
}

static int emb_enter(struct emb_handle *handle)
{
	static const char *const sentences[] = { NULL, "the handle is closed",
						 EMB_SENTENCE_THREAD };
	enum emb_entry entry = emb_handle_enter(handle);
	emsign_error err;

	if (entry == EMB_ENTERED)
		return 1;
	emb_fail(&err, EMSIGN_E_STATE, sentences[entry]);
	emb_raise(&err);
	return 0;
}

/* Of an argument that may be something else than a handle. */
static int emb_enter_given(struct emb_handle *handle, int *inside)
{
	*inside = handle && emb_enter(handle);
	return *inside || !handle;
}

static int emb_enter_secret(struct emb_secret *secret)
{
	if (!emb_enter_given(secret->handle, &secret->inside))
		return 0;
	if (secret->inside)
		secret->ptr = secret->handle->ptr;
	return 1;
}

static PyObject *emb_box(struct emb_handle *handle, swig_type_info *type)
{
	if (!handle)
		return PyErr_Occurred() ? NULL : PyErr_NoMemory();
	return SWIG_NewPointerObj(handle, type, SWIG_POINTER_OWN);
}

#endif
