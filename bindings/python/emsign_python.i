/* SPDX-License-Identifier: MIT */
/* Python: how each type and parameter name of emsign.i travels. */
%begin %{
#define PY_SSIZE_T_CLEAN
%}
%{
#define EMB_BLOCKING_BEGIN Py_BEGIN_ALLOW_THREADS
#define EMB_BLOCKING_END Py_END_ALLOW_THREADS
#define EMB_SENTENCE_THREAD "another thread is using this client; wait, or give each its own"
#include "client.h"
#include "python/errors.h"
#include "python/convert.h"
#include "python/store.h"
#include "python/transport.h"
#include "python/solver.h"
#include "python/callbacks.h"
%}
%nothread;
%feature("kwargs");
%rename(import_) emsign_account::import; /* a word of the language */
%include "docstrings.i" /* from the comments of the headers: see describe.py */

/* --- errors: hidden on the way in, raised on the way out -------------------------------------- */

%typemap(in, numinputs=0, noblock=1) emsign_error *err (emsign_error e) {
	memset(&e, 0, sizeof(e));
	$1 = &e;
}
%typemap(argout, noblock=1) emsign_error *err {
	if (emb_raise($1)) {
		Py_CLEAR(resultobj);
		SWIG_fail;
	}
}
%typemap(out, noblock=1) emsign_rc { $result = SWIG_Py_Void(); }
/* without an error to fill, a callback may still have raised */
%typemap(out, noblock=1) void {
	if (emb_raise(NULL))
		SWIG_fail;
	$result = SWIG_Py_Void();
}
%typemap(out, noblock=1) int fd {
	if (emb_raise(NULL))
		SWIG_fail;
	$result = PyLong_FromLong($1);
}

/* --- text, lists, bytes ----------------------------------------------------------------------- */

%typemap(in, noblock=1) const char * {
	if (!emb_get_text($input, 0, (const char **)&$1))
		SWIG_fail;
}
%typemap(in, noblock=1) const char *OPTIONAL {
	if (!emb_get_text($input, 1, (const char **)&$1))
		SWIG_fail;
}
%typemap(freearg) const char * "";
%typemap(out, noblock=1) const char * {
	$result = emb_text($1);
}
%apply const char *OPTIONAL { const char *domain, const char *method, const char *email,
	const char *after, const char *detail, const char *key_file };
%typemap(out, noblock=1) const char *const * {
	$result = emb_list((const char *const *)$1);
}
%typemap(in, noblock=1) const char *const *names (PyObject *tuple = NULL,
	const char **list = NULL) {
	if (PyUnicode_Check($input)) { /* a sequence as well, of its letters */
		PyErr_SetString(PyExc_TypeError, "several str are wanted, not one");
		SWIG_fail;
	}
	tuple = PySequence_Tuple($input);
	list = tuple ? calloc((size_t)PyTuple_GET_SIZE(tuple) + 1, sizeof(*list)) : NULL;
	if (!list)
		SWIG_fail;
	for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++)
		if (!emb_get_text(PyTuple_GET_ITEM(tuple, i), 0, &list[i]))
			SWIG_fail;
	$1 = ($1_ltype)list;
}
%typemap(freearg, noblock=1) const char *const *names {
	free(list$argnum);
	Py_XDECREF(tuple$argnum);
}
%apply const char *const *names { const char *const *argv };
%typemap(in, noblock=1) (const char *text, size_t len) (Py_buffer view = { NULL, NULL }) {
	if (PyUnicode_Check($input)) {
		$1 = ($1_ltype)PyUnicode_AsUTF8AndSize($input, &view.len);
		if (!$1)
			SWIG_fail;
	} else {
		if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0)
			SWIG_fail;
		$1 = view.buf;
	}
	$2 = ($2_ltype)view.len;
}
%typemap(in, noblock=1) (const void *bytes, size_t len) (Py_buffer view = { NULL, NULL }) {
	if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0)
		SWIG_fail;
	$1 = ($1_ltype)view.buf;
	$2 = ($2_ltype)view.len;
}
%typemap(freearg, noblock=1) (const char *text, size_t len), (const void *bytes, size_t len) {
	if (view$argnum.obj)
		PyBuffer_Release(&view$argnum);
}
%typemap(in, noblock=1) const emsign_buf *bytes (Py_buffer view = { NULL, NULL },
	emsign_buf content) {
	if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0)
		SWIG_fail;
	content.data = view.buf;
	content.len = content.cap = (size_t)view.len;
	$1 = &content;
}
%typemap(freearg, noblock=1) const emsign_buf *bytes {
	if (view$argnum.obj)
		PyBuffer_Release(&view$argnum);
}
%typemap(in, numinputs=0, noblock=1) emsign_buf *out (emsign_buf buf = { NULL, 0, 0 }),
	emsign_buf *text (emsign_buf buf = { NULL, 0, 0 }) {
	$1 = &buf;
}
%typemap(argout, noblock=1) emsign_buf *out {
	Py_XDECREF(resultobj);
	resultobj = PyBytes_FromStringAndSize((const char *)$1->data, (Py_ssize_t)$1->len);
}
%typemap(argout, noblock=1) emsign_buf *text {
	Py_XDECREF(resultobj);
	resultobj = emb_text($1->data ? (const char *)$1->data : "");
}
%typemap(freearg, noblock=1) emsign_buf *out, emsign_buf *text { emsign_buf_free($1); }

/* --- named values ----------------------------------------------------------------------------- */

%typemap(in, noblock=1) const emsign_kv * (struct emb_values values = { NULL, 0, 0 }) {
	if (!emb_get_values($input, 0, &values))
		SWIG_fail;
	$1 = values.kv;
}
%typemap(in, noblock=1) const emsign_kv *filter (struct emb_values values = { NULL, 0, 0 }) {
	if (!emb_get_values($input, 1, &values))
		SWIG_fail;
	$1 = values.kv;
}
%typemap(freearg, noblock=1) const emsign_kv * { emb_values_free(&values$argnum); }
/* a request is gone with its exchange: a script gets a copy */
%typemap(out, noblock=1) const emsign_request * { $result = emb_request($1); }
%typemap(out, noblock=1) emsign_kv * {
	static const emsign_kv emb_none[] = { { NULL, NULL } };

	$result = emb_dict($1 ? $1 : emb_none, 0);
	emsign_free($1);
}

/* --- records ---------------------------------------------------------------------------------- */

%define %record_typemaps(KIND)
%typemap(in, numinputs=0, noblock=1) emsign_##KIND **out (emsign_##KIND *made = NULL) {
	$1 = &made;
}
%typemap(argout, noblock=1) emsign_##KIND **out {
	Py_XDECREF(resultobj);
	resultobj = emb_record(#KIND, *$1);
}
%typemap(check, noblock=1) const emsign_##KIND * {
	if (!$1) {
		PyErr_SetString(PyExc_TypeError, "a " #KIND " is wanted, not None");
		SWIG_fail;
	}
}
%enddef
%record_typemaps(domain)
%record_typemaps(order)
%record_typemaps(challenge)
%record_typemaps(certificate)
%record_typemaps(csr)
%record_typemaps(custom_field)
%record_typemaps(ledger)
%record_typemaps(attempt)
%record_typemaps(stats)
%apply emsign_stats **out { emsign_stats **stats };
%apply emsign_attempt **out { emsign_attempt **last };

/* the kind is an argument, or the operation tells it */
%typemap(in, numinputs=0, noblock=1) void **record (void *made = NULL),
	void **taken (void *made = NULL) {
	$1 = &made;
}
%typemap(argout, noblock=1) void **record {
	Py_XDECREF(resultobj);
	resultobj = emb_record(arg2, *$1);
}
%typemap(argout, noblock=1) void **taken {
	Py_XDECREF(resultobj);
	resultobj = emb_record(emsign_op_kind(arg1), *$1);
}
%typemap(in, numinputs=0, noblock=1) struct emb_page *page (struct emb_page page) {
	memset(&page, 0, sizeof(page));
	$1 = &page;
}
%typemap(argout, noblock=1) struct emb_page *page {
	Py_XDECREF(resultobj);
	resultobj = emb_page(arg2, $1);
}
%typemap(out, noblock=1) const emsign_field * {
	$result = PyList_New(0);
	for (const emsign_field *field = $1; $result && field && field->name; field++) {
		PyObject *item = SWIG_NewPointerObj((void *)(uintptr_t)field,
						    SWIGTYPE_p_emsign_field, 0);

		if (!item || PyList_Append($result, item) < 0)
			Py_CLEAR($result);
		Py_XDECREF(item);
	}
	if (!$1)
		PyErr_SetString(PyExc_ValueError, "no such scope");
	if (PyErr_Occurred()) {
		Py_CLEAR($result);
		SWIG_fail;
	}
}

/* --- handles are boxes (handle.h) ------------------------------------------------------------- */

%define %handle_in(TYPE)
%typemap(in, noblock=1) TYPE (struct emb_handle *h = NULL, int inside = 0, int dying = 0) {
	dying = $disown;
	if (!emb_get_handle($input, $descriptor, $disown, &h))
		SWIG_fail;
	$1 = ($1_ltype)h;
}
%typemap(check, noblock=1) TYPE {
	if (!dying$argnum) {
		if (!emb_enter(h$argnum))
			SWIG_fail;
		inside$argnum = 1;
		$1 = ($1_ltype)h$argnum->ptr;
	}
}
%typemap(freearg, noblock=1) TYPE {
	if (inside$argnum)
		emb_handle_leave(h$argnum);
}
%enddef
%handle_in(emsign_client *)
%handle_in(emsign_account *)
%handle_in(emsign_op *)
%handle_in(emsign_store *)
%handle_in(emsign_transport *)
%handle_in(emsign_solver *)
%handle_in(emsign_exchange *)
%handle_in(emsign_secret *)
%handle_in(emsign_key *)
%handle_in(const emsign_key *)

/* the box itself, of the object that the method is called on, or given as an argument */
%typemap(in, numinputs=0, noblock=1) struct emb_handle *HANDLE { $1 = NULL; }
%typemap(check, noblock=1) struct emb_handle *HANDLE { $1 = h1; }
%typemap(in, noblock=1) struct emb_handle *ANY (struct emb_handle *h = NULL) {
	if (!emb_get_handle($input, NULL, 0, &h))
		SWIG_fail;
	$1 = h;
}

%define %handle_out(TYPE, BOX)
%typemap(in, numinputs=0, noblock=1) emsign_##TYPE **out (emsign_##TYPE *made = NULL) {
	$1 = &made;
}
%typemap(argout, noblock=1) emsign_##TYPE **out {
	Py_XDECREF(resultobj);
	resultobj = emb_box(BOX, SWIGTYPE_p_emsign_##TYPE);
	if (!resultobj)
		SWIG_fail;
}
%enddef
%handle_out(key, emb_handle_new(*$1, emb_key_release, NULL, NULL))
%handle_out(transport, emb_handle_new(*$1, emb_transport_release, NULL, NULL))
%handle_out(solver, emb_handle_new(*$1, emb_solver_release, NULL, NULL))
%handle_out(secret, emb_secret_box(*$1))
%handle_out(account, emb_handle_new(*$1, emb_account_release, h1->guard, h1))
%handle_out(op, emb_handle_new(*$1, emb_op_release, h1->guard, h1))
/* constructors make their box themselves */
%typemap(out, noblock=1) emsign_client *, emsign_store *, emsign_transport *, emsign_solver *,
	emsign_secret * {
	$result = SWIG_NewPointerObj($1, $descriptor, SWIG_POINTER_NEW | %newpointer_flags);
}

/* --- what a script may give instead of a handle ----------------------------------------------- */

%typemap(in, noblock=1) struct emb_store * (struct emb_store given = { .ptr = NULL }) {
	if (!emb_is_box($input, SWIGTYPE_p_emsign_store, &given.handle) &&
	    !emb_get_store($input, &given))
		SWIG_fail;
	$1 = &given;
}
%typemap(in, noblock=1) struct emb_transport * (struct emb_transport given = { .ptr = NULL }) {
	if (!emb_is_box($input, SWIGTYPE_p_emsign_transport, &given.handle) &&
	    !emb_get_transport($input, &given))
		SWIG_fail;
	$1 = &given;
}
%typemap(in, noblock=1) struct emb_solver * (struct emb_solver given = { .ptr = NULL }),
	emsign_solver *solver (struct emb_solver given = { .ptr = NULL }) {
	if (!emb_is_box($input, SWIGTYPE_p_emsign_solver, &given.handle) &&
	    !emb_get_solver($input, &given))
		SWIG_fail;
	$1 = ($1_ltype)&given;
}
%typemap(in, noblock=1) struct emb_secret * (struct emb_secret given = { .ptr = NULL }),
	emsign_secret *secret (struct emb_secret given = { .ptr = NULL }),
	emsign_secret *password (struct emb_secret given = { .ptr = NULL }),
	emsign_secret *pem (struct emb_secret given = { .ptr = NULL }) {
	if (!emb_is_box($input, SWIGTYPE_p_emsign_secret, &given.handle) &&
	    !emb_get_secret($input, &given))
		SWIG_fail;
	$1 = ($1_ltype)&given;
}
%typemap(check, noblock=1) struct emb_store *, struct emb_transport * {
	if (!emb_enter_given(given$argnum.handle, &given$argnum.inside))
		SWIG_fail;
	if (given$argnum.inside) {
		given$argnum.ptr = given$argnum.handle->ptr;
		given$argnum.guard = given$argnum.handle->guard;
	}
	$1 = &given$argnum; /* also of an argument that was left out */
}
%typemap(check, noblock=1) struct emb_solver * { $1 = &given$argnum; }
/* whoever uses its clients from several threads would use the one solver from them, too */
%typemap(check, noblock=1) emsign_solver *solver {
	if (!emb_enter_given(given$argnum.handle, &given$argnum.inside))
		SWIG_fail;
	if (given$argnum.inside) {
		given$argnum.ptr = given$argnum.handle->ptr;
		emb_guard_join(given$argnum.handle->guard, h1->guard);
	}
	$1 = given$argnum.ptr;
}
%typemap(check, noblock=1) struct emb_secret * {
	if (!emb_enter_secret(&given$argnum))
		SWIG_fail;
	$1 = &given$argnum;
}
%typemap(check, noblock=1) emsign_secret *secret, emsign_secret *password, emsign_secret *pem {
	if (!emb_enter_secret(&given$argnum))
		SWIG_fail;
	$1 = given$argnum.ptr;
}
%typemap(freearg, noblock=1) struct emb_store * { emb_store_done(&given$argnum); }
%typemap(freearg, noblock=1) struct emb_transport * { emb_transport_done(&given$argnum); }
%typemap(freearg, noblock=1) struct emb_solver *, emsign_solver *solver {
	emb_solver_done(&given$argnum);
}
%typemap(freearg, noblock=1) struct emb_secret *, emsign_secret *secret, emsign_secret *password,
	emsign_secret *pem { emb_secret_done(&given$argnum); }
/* the key of a keystore may be left out */
%typemap(in, noblock=1) emsign_key *key (struct emb_handle *h = NULL, int inside = 0) {
	if (!($input == Py_None) && !emb_get_handle($input, $descriptor, 0, &h))
		SWIG_fail;
}
%typemap(check, noblock=1) emsign_key *key {
	if (!emb_enter_given(h$argnum, &inside$argnum))
		SWIG_fail;
	$1 = inside$argnum ? h$argnum->ptr : NULL;
}
%typemap(freearg, noblock=1) emsign_key *key {
	if (inside$argnum)
		emb_handle_leave(h$argnum);
}

/* --- callbacks -------------------------------------------------------------------------------- */

%typemap(in, noblock=1) (emsign_record_fn fn, void *ud) {
	if (!emb_callable($input, 0))
		SWIG_fail;
	$1 = emb_each;
	$2 = $input;
}
%typemap(in, noblock=1) (emsign_event_fn fn, void *ud, emsign_drop_fn drop) {
	if (!emb_callable($input, 1))
		SWIG_fail;
	$1 = $input == Py_None ? NULL : emb_on_event;
	$2 = $input;
	$3 = $input == Py_None ? NULL : emb_observer_drop;
}
%typemap(in, noblock=1) (emsign_log_fn fn, void *ud, emsign_drop_fn drop) {
	if (!emb_callable($input, 1))
		SWIG_fail;
	$1 = $input == Py_None ? NULL : emb_on_log;
	$2 = $input;
	$3 = $input == Py_None ? NULL : emb_observer_drop;
}
/* in check, when nothing can fail any more */
%typemap(check, noblock=1) (emsign_event_fn fn, void *ud, emsign_drop_fn drop),
	(emsign_log_fn fn, void *ud, emsign_drop_fn drop) {
	if ($3)
		Py_INCREF((PyObject *)$2);
}
%typemap(in, noblock=1) (emsign_done_fn done, void *ud) (PyObject *called = NULL) {
	if (!emb_callable($input, 1))
		SWIG_fail;
	called = $input;
	$1 = emb_done;
}
%typemap(check, noblock=1) (emsign_done_fn done, void *ud) {
	if (!h1->script) {
		h1->script = Py_BuildValue("(OO)", called$argnum, obj0);
		h1->unscript = emb_object_drop;
	}
	if (!h1->script)
		SWIG_fail;
	$2 = h1;
}
%typemap(in, noblock=1) const emsign_world *world (emsign_world table) {
	if (!emb_get_world($input, &table))
		SWIG_fail;
	$1 = &table;
}
%typemap(argout, noblock=1) const emsign_world *world {
	emb_keep(h1, (PyObject *)$1->ud);
}
/* rows come as a list of (id, row); of one there is only the row */
%typemap(in, numinputs=0, noblock=1) (emsign_row_fn give, void *ud) (PyObject *rows = NULL),
	(emsign_row_fn one, void *ud) (PyObject *rows = NULL) {
	rows = PyList_New(0);
	if (!rows)
		SWIG_fail;
	$1 = emb_collect_row;
	$2 = rows;
}
%typemap(argout, noblock=1) (emsign_row_fn give, void *ud) {
	Py_XDECREF(resultobj);
	resultobj = Py_NewRef(rows$argnum);
}
%typemap(argout, noblock=1) (emsign_row_fn one, void *ud) {
	Py_XDECREF(resultobj);
	resultobj = PyList_GET_SIZE(rows$argnum) ?
		PySequence_GetItem(PyList_GET_ITEM(rows$argnum, 0), 1) : Py_NewRef(Py_None);
}
%typemap(freearg, noblock=1) (emsign_row_fn give, void *ud), (emsign_row_fn one, void *ud) {
	Py_XDECREF(rows$argnum);
}
/* whether a transaction is kept */
%typemap(in, noblock=1) emsign_rc outcome {
	$1 = PyObject_IsTrue($input) ? EMSIGN_OK : EMSIGN_E_CANCELED;
}
