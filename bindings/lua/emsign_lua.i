/* SPDX-License-Identifier: MIT */
/* Lua: how each type and parameter name of emsign.i travels. */
%define %thread %enddef
%define %nothread %enddef
%{
#if LUA_VERSION_NUM < 503
#error "Lua 5.3 or newer is wanted"
#endif
#define EMB_BLOCKING_BEGIN
#define EMB_BLOCKING_END
#define EMB_SENTENCE_THREAD "another thread is using this client; wait, or give each its own"
#include "client.h"
#include "lua/errors.h"
#include "lua/convert.h"
#include "lua/store.h"
#include "lua/transport.h"
#include "lua/solver.h"
#include "lua/callbacks.h"
%}
%init %{
luaL_newmetatable(L, EMB_ERROR);
lua_pushcfunction(L, emb_error_text);
lua_setfield(L, -2, "__tostring");
lua_setfield(L, -2, "Error");
lua_pushlightuserdata(L, NULL);
lua_setfield(L, -2, "null");
%}
/* callbacks run on the state of the wrapper that runs; wrappers nest */
%exception %{
{
	lua_State *outer = emb_state;

	emb_state = L;
	$action
	emb_state = outer;
}
%}

/* --- errors: hidden on the way in, raised on the way out -------------------------------------- */

%typemap(in, numinputs=0, noblock=1) emsign_error *err (emsign_error e) {
	memset(&e, 0, sizeof(e));
	$1 = &e;
}
%typemap(argout, noblock=1) emsign_error *err {
	if (emb_raise(L, $1))
		SWIG_fail;
}
%typemap(out, noblock=1) emsign_rc ""
/* without an error to fill, a callback may still have raised */
%typemap(out, noblock=1) void {
	if (emb_raise(L, NULL))
		SWIG_fail;
}

/* --- numbers: SWIG's own go through a double -------------------------------------------------- */

%define %integer(TYPE)
%typemap(in, noblock=1) TYPE (lua_Integer number = 0, int is = 0) {
	number = lua_tointegerx(L, $input, &is);
	if (!is || lua_type(L, $input) != LUA_TNUMBER || (lua_Integer)(TYPE)number != number) {
		emb_wanted(L, $input, "an integer");
		SWIG_fail;
	}
	$1 = ($1_ltype)number;
}
%typemap(out, noblock=1) TYPE {
	lua_pushinteger(L, (lua_Integer)$1);
	SWIG_arg++;
}
%enddef
%integer(int)
%integer(int64_t)
%integer(size_t)
%typemap(out, noblock=1) int fd {
	if (emb_raise(L, NULL))
		SWIG_fail;
	lua_pushinteger(L, $1);
	SWIG_arg++;
}

/* --- text, lists, bytes ----------------------------------------------------------------------- */

%typemap(in, noblock=1) const char * {
	if (!emb_get_text(L, $input, 0, (const char **)&$1))
		SWIG_fail;
}
%typemap(in, noblock=1) const char *OPTIONAL {
	if (!emb_get_text(L, $input, 1, (const char **)&$1))
		SWIG_fail;
}
%typemap(freearg) const char * "";
%typemap(out, noblock=1) const char * {
	lua_pushstring(L, $1);
	SWIG_arg++;
}
%apply const char *OPTIONAL { const char *domain, const char *method, const char *email,
	const char *after, const char *detail, const char *key_file };
%typemap(out, noblock=1) const char *const * {
	emb_push_list(L, (const char *const *)$1);
	SWIG_arg++;
}
%typemap(in, noblock=1) const char *const *names (const char **list = NULL) {
	if (!lua_istable(L, $input)) {
		emb_wanted(L, $input, "a list of names");
		SWIG_fail;
	}
	list = calloc(lua_rawlen(L, $input) + 1, sizeof(*list));
	for (lua_Integer i = 1; list && i <= (lua_Integer)lua_rawlen(L, $input); i++) {
		lua_rawgeti(L, $input, i);
		if (!emb_get_text(L, lua_gettop(L), 0, &list[i - 1]))
			SWIG_fail;
		lua_pop(L, 1);
	}
	if (!list) {
		lua_pushstring(L, "out of memory");
		SWIG_fail;
	}
	$1 = ($1_ltype)list;
}
%typemap(freearg, noblock=1) const char *const *names { free(list$argnum); }
%apply const char *const *names { const char *const *argv };
%typemap(in, noblock=1) (const char *text, size_t len) (size_t n = 0),
	(const void *bytes, size_t len) (size_t n = 0) {
	if (lua_type(L, $input) != LUA_TSTRING) {
		emb_wanted(L, $input, "a string");
		SWIG_fail;
	}
	$1 = ($1_ltype)lua_tolstring(L, $input, &n);
	$2 = n;
}
%typemap(in, noblock=1) const emsign_buf *bytes (emsign_buf content) {
	if (lua_type(L, $input) != LUA_TSTRING) {
		emb_wanted(L, $input, "a string");
		SWIG_fail;
	}
	content.data = (unsigned char *)(uintptr_t)lua_tolstring(L, $input, &content.len);
	content.cap = content.len;
	$1 = &content;
}
%typemap(in, numinputs=0, noblock=1) emsign_buf *out (emsign_buf buf = { NULL, 0, 0 }),
	emsign_buf *text (emsign_buf buf = { NULL, 0, 0 }) {
	$1 = &buf;
}
%typemap(argout, noblock=1) emsign_buf *out, emsign_buf *text {
	lua_pushlstring(L, $1->data ? (const char *)$1->data : "", $1->len);
	SWIG_arg++;
}
%typemap(freearg, noblock=1) emsign_buf *out, emsign_buf *text { emsign_buf_free($1); }

/* --- named values ----------------------------------------------------------------------------- */

%typemap(in, noblock=1) const emsign_kv * (struct emb_values values = { NULL, 0, 0 }) {
	if (!emb_get_values(L, $input, 0, &values))
		SWIG_fail;
	$1 = values.kv;
}
%typemap(in, noblock=1) const emsign_kv *filter (struct emb_values values = { NULL, 0, 0 }) {
	if (!emb_get_values(L, $input, 1, &values))
		SWIG_fail;
	$1 = values.kv;
}
%typemap(freearg, noblock=1) const emsign_kv * { emb_values_free(&values$argnum); }
%typemap(out, noblock=1) const emsign_request * {
	emb_push_request(L, $1);
	SWIG_arg++;
}
%typemap(out, noblock=1) emsign_kv * {
	static const emsign_kv emb_none[] = { { NULL, NULL } };

	emb_push_values(L, $1 ? $1 : emb_none, 0);
	emsign_free($1);
	SWIG_arg++;
}

/* --- records ---------------------------------------------------------------------------------- */

%define %record_typemaps(KIND)
%typemap(in, numinputs=0, noblock=1) emsign_##KIND **out (emsign_##KIND *made = NULL) {
	$1 = &made;
}
%typemap(argout, noblock=1) emsign_##KIND **out {
	emb_push_record(L, #KIND, *$1);
	SWIG_arg++;
}
%typemap(check, noblock=1) const emsign_##KIND * {
	if (!$1) {
		lua_pushstring(L, "a " #KIND " is wanted, not nil");
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
	emb_push_record(L, arg2, *$1);
	SWIG_arg++;
}
%typemap(argout, noblock=1) void **taken {
	emb_push_record(L, emsign_op_kind(arg1), *$1);
	SWIG_arg++;
}
%typemap(in, numinputs=0, noblock=1) struct emb_page *page (struct emb_page page) {
	memset(&page, 0, sizeof(page));
	$1 = &page;
}
%typemap(argout, noblock=1) struct emb_page *page {
	emb_push_page(L, arg2, $1);
	SWIG_arg += 2;
}
%typemap(out, noblock=1) const emsign_field * {
	if (!$1) {
		lua_pushstring(L, "no such scope");
		SWIG_fail;
	}
	emb_push_fields(L, $1);
	SWIG_arg++;
}

/* --- handles are boxes (handle.h) ------------------------------------------------------------- */

%define %handle_in(TYPE)
%typemap(in, noblock=1) TYPE (struct emb_handle *h = NULL, int inside = 0) {
	if (!emb_get_handle(L, $input, $descriptor, &h))
		SWIG_fail;
}
%typemap(check, noblock=1) TYPE {
	if (!emb_enter_given(L, h$argnum, &inside$argnum))
		SWIG_fail;
	$1 = h$argnum->ptr;
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
	if (!emb_get_handle(L, $input, NULL, &h))
		SWIG_fail;
	$1 = h;
}

%define %handle_out(TYPE, BOX)
%typemap(in, numinputs=0, noblock=1) emsign_##TYPE **out (emsign_##TYPE *made = NULL) {
	$1 = &made;
}
%typemap(argout, noblock=1) emsign_##TYPE **out {
	emb_push_box(L, BOX, SWIGTYPE_p_emsign_##TYPE);
	SWIG_arg++;
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
	emb_push_box(L, (struct emb_handle *)$1, $descriptor);
	SWIG_arg++;
}

/* --- what a script may give instead of a handle ----------------------------------------------- */

%typemap(in, noblock=1) struct emb_store * (struct emb_store given = { .ptr = NULL }) {
	if (!emb_is_box(L, $input, SWIGTYPE_p_emsign_store, &given.handle) &&
	    !emb_get_store(L, $input, &given))
		SWIG_fail;
	$1 = &given;
}
%typemap(in, noblock=1) struct emb_transport * (struct emb_transport given = { .ptr = NULL }) {
	if (!emb_is_box(L, $input, SWIGTYPE_p_emsign_transport, &given.handle) &&
	    !emb_get_transport(L, $input, &given))
		SWIG_fail;
	$1 = &given;
}
%typemap(in, noblock=1) struct emb_solver * (struct emb_solver given = { .ptr = NULL }),
	emsign_solver *solver (struct emb_solver given = { .ptr = NULL }) {
	if (!emb_is_box(L, $input, SWIGTYPE_p_emsign_solver, &given.handle) &&
	    !emb_get_solver(L, $input, &given))
		SWIG_fail;
	$1 = ($1_ltype)&given;
}
%typemap(in, noblock=1) struct emb_secret * (struct emb_secret given = { .ptr = NULL }),
	emsign_secret *secret (struct emb_secret given = { .ptr = NULL }),
	emsign_secret *password (struct emb_secret given = { .ptr = NULL }),
	emsign_secret *pem (struct emb_secret given = { .ptr = NULL }) {
	if (!emb_is_box(L, $input, SWIGTYPE_p_emsign_secret, &given.handle) &&
	    !emb_get_secret(L, $input, &given))
		SWIG_fail;
	$1 = ($1_ltype)&given;
}
%typemap(check, noblock=1) struct emb_store *, struct emb_transport * {
	if (!emb_enter_given(L, given$argnum.handle, &given$argnum.inside))
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
	if (!emb_enter_given(L, given$argnum.handle, &given$argnum.inside))
		SWIG_fail;
	if (given$argnum.inside) {
		given$argnum.ptr = given$argnum.handle->ptr;
		emb_guard_join(given$argnum.handle->guard, h1->guard);
	}
	$1 = given$argnum.ptr;
}
%typemap(check, noblock=1) struct emb_secret * {
	if (!emb_enter_secret(L, &given$argnum))
		SWIG_fail;
	$1 = &given$argnum;
}
%typemap(check, noblock=1) emsign_secret *secret, emsign_secret *password, emsign_secret *pem {
	if (!emb_enter_secret(L, &given$argnum))
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
	if (!(lua_isnoneornil(L, $input)) && !emb_get_handle(L, $input, $descriptor, &h))
		SWIG_fail;
}
%typemap(check, noblock=1) emsign_key *key {
	if (!emb_enter_given(L, h$argnum, &inside$argnum))
		SWIG_fail;
	$1 = inside$argnum ? h$argnum->ptr : NULL;
}
%typemap(freearg, noblock=1) emsign_key *key {
	if (inside$argnum)
		emb_handle_leave(h$argnum);
}

/* --- callbacks -------------------------------------------------------------------------------- */

%typemap(in, noblock=1) (emsign_record_fn fn, void *ud) (struct emb_ref *ref = NULL) {
	ref = emb_ref_new(L, $input);
	if (!ref) {
		lua_pushstring(L, "out of memory");
		SWIG_fail;
	}
	$1 = emb_each;
	$2 = ref;
}
%typemap(freearg, noblock=1) (emsign_record_fn fn, void *ud) {
	if (ref$argnum)
		emb_ref_free(ref$argnum);
}
%define %observer(FN, TRAMPOLINE)
%typemap(in, noblock=1) (FN fn, void *ud, emsign_drop_fn drop) (int at = 0) {
	at = $input;
	$1 = lua_isnil(L, $input) ? NULL : TRAMPOLINE;
	$3 = $1 ? emb_ref_free : NULL;
}
/* in check, when nothing else can fail any more */
%typemap(check, noblock=1) (FN fn, void *ud, emsign_drop_fn drop) {
	if ($1) {
		$2 = emb_ref_new(L, at$argnum);
		if (!$2) {
			lua_pushstring(L, "out of memory");
			SWIG_fail;
		}
	}
}
%enddef
%observer(emsign_event_fn, emb_on_event)
%observer(emsign_log_fn, emb_on_log)
%typemap(in, noblock=1) (emsign_done_fn done, void *ud) (int at = 0) {
	at = $input;
	$1 = emb_done;
}
%typemap(check, noblock=1) (emsign_done_fn done, void *ud) {
	if (!emb_keep_done(L, h1, at$argnum, 1))
		SWIG_fail;
	$2 = h1;
}
%typemap(in, noblock=1) const emsign_world *world (emsign_world table) {
	if (!emb_get_world(L, $input, &table))
		SWIG_fail;
	$1 = &table;
}
%typemap(argout, noblock=1) const emsign_world *world {
	emb_keep(h1, $1->ud);
}
/* rows come as a list of {id, row}; of one there is only the row */
%typemap(in, numinputs=0, noblock=1) (emsign_row_fn give, void *ud) (struct emb_rows rows),
	(emsign_row_fn one, void *ud) (struct emb_rows rows) {
	memset(&rows, 0, sizeof(rows));
	$1 = emb_collect_row;
	$2 = &rows;
}
%typemap(argout, noblock=1) (emsign_row_fn give, void *ud) {
	rows$argnum.all = 1;
	emb_push_rows(L, &rows$argnum);
	SWIG_arg++;
}
%typemap(argout, noblock=1) (emsign_row_fn one, void *ud) {
	emb_push_rows(L, &rows$argnum);
	SWIG_arg++;
}
%typemap(freearg, noblock=1) (emsign_row_fn give, void *ud), (emsign_row_fn one, void *ud) {
	emb_values_free(&rows$argnum.values);
}
/* whether a transaction is kept */
%typemap(in, noblock=1) emsign_rc outcome {
	$1 = lua_toboolean(L, $input) ? EMSIGN_OK : EMSIGN_E_CANCELED;
}
%rename(finish) emsign_store::end; /* "end" is a word of the language */

/* what emsign.lua completes */
%native(_metatable) int emb_metatable(lua_State *L);
%{
static int emb_metatable(lua_State *L)
{
	SWIG_Lua_get_class_metatable(L, luaL_checkstring(L, 1));
	return 1;
}
%}
