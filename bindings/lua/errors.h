/* SPDX-License-Identifier: MIT */
/*
 * Errors are tables {code, name, message, ca_code, http_status, retry_after, request_id} that print
 * well, and what a callback raises comes out of the call that ran it, whatever value it is.
 *
 * Lua code is called under lua_pcall alone: an error must not jump across the frames of the
 * library. It is called on the state of the wrapper that runs (a coroutine, perhaps), because the
 * one that registered a callback may be dead by then.
 */
#ifndef EMSIGN_LUA_ERRORS_H
#define EMSIGN_LUA_ERRORS_H

#define EMB_ERROR "emsign.Error"

/* Of the innermost call of this thread: its state, and what its callbacks raised. */
struct emb_parking {
	int ref;    /* the first that is nobody's; else the last that is the library's */
	int told;   /* 1: an error of ours that the library was told: its to handle */
	int breaks; /* 1: it ends the call: clock and random numbers fail from now on */
};
#define EMB_NOTHING ((struct emb_parking){ LUA_NOREF, 0, 0 })
static _Thread_local lua_State *emb_state;
static _Thread_local struct emb_parking emb_parked = { LUA_NOREF, 0, 0 };

/* Something of the script that C keeps. */
struct emb_ref {
	lua_State *main;
	int ref;
};

static struct emb_ref *emb_ref_new(lua_State *L, int index)
{
	struct emb_ref *ref = malloc(sizeof(*ref));

	if (!ref)
		return NULL;
	lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
	ref->main = lua_tothread(L, -1);
	lua_pop(L, 1);
	lua_pushvalue(L, index);
	ref->ref = luaL_ref(L, LUA_REGISTRYINDEX);
	return ref;
}

static void emb_ref_free(void *ud)
{
	struct emb_ref *ref = ud;

	luaL_unref(ref->main, LUA_REGISTRYINDEX, ref->ref);
	free(ref);
}

/* --- errors as values ------------------------------------------------------------------------- */

static int emb_error_text(lua_State *L)
{
	lua_getfield(L, 1, "name");
	lua_getfield(L, 1, "message");
	lua_pushfstring(L, "%s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
	return 1;
}

static void emb_push_error(lua_State *L, const emsign_error *err)
{
	lua_createtable(L, 0, 7);
	lua_pushinteger(L, err->rc);
	lua_setfield(L, -2, "code");
	lua_pushstring(L, emsign_rc_name(err->rc));
	lua_setfield(L, -2, "name");
	lua_pushstring(L, err->message);
	lua_setfield(L, -2, "message");
	lua_pushstring(L, err->ca_code);
	lua_setfield(L, -2, "ca_code");
	lua_pushinteger(L, err->http_status);
	lua_setfield(L, -2, "http_status");
	lua_pushinteger(L, err->retry_after);
	lua_setfield(L, -2, "retry_after");
	lua_pushstring(L, err->request_id);
	lua_setfield(L, -2, "request_id");
	luaL_setmetatable(L, EMB_ERROR);
}

static void emb_copy(lua_State *L, int index, const char *name, char *to, size_t size)
{
	lua_getfield(L, index, name);
	(void)snprintf(to, size, "%s", lua_isstring(L, -1) ? lua_tostring(L, -1) : "");
	lua_pop(L, 1);
}

static int32_t emb_number(lua_State *L, int index, const char *name)
{
	lua_Integer number;

	lua_getfield(L, index, name);
	number = lua_tointeger(L, -1);
	lua_pop(L, 1);
	return number > INT32_MIN && number <= INT32_MAX ? (int32_t)number : 0;
}

/* 1 when the value is an error of ours; then err says what it says. */
static int emb_is_error(lua_State *L, int index, emsign_error *err)
{
	int is = 0;

	memset(err, 0, sizeof(*err));
	if (lua_istable(L, index) && lua_getmetatable(L, index)) {
		luaL_getmetatable(L, EMB_ERROR);
		is = lua_rawequal(L, -1, -2);
		lua_pop(L, 2);
	}
	if (!is)
		return 0;
	index = lua_absindex(L, index);
	err->rc = emb_number(L, index, "code");
	if (err->rc >= 0)
		err->rc = EMSIGN_E_CALLBACK;
	err->http_status = emb_number(L, index, "http_status");
	err->retry_after = emb_number(L, index, "retry_after");
	emb_copy(L, index, "message", err->message, sizeof(err->message));
	emb_copy(L, index, "ca_code", err->ca_code, sizeof(err->ca_code));
	emb_copy(L, index, "request_id", err->request_id, sizeof(err->request_id));
	return 1;
}

/*
 * Takes out what the caller is to get, pushes it and returns 1, or returns 0. What the library was
 * told comes out as itself only when the call failed by just that.
 */
static int emb_unpark(lua_State *L, struct emb_parking *parked, const emsign_error *err)
{
	struct emb_parking was = *parked;
	emsign_error said;

	*parked = EMB_NOTHING;
	if (was.ref == LUA_NOREF)
		return 0;
	lua_rawgeti(L, LUA_REGISTRYINDEX, was.ref);
	luaL_unref(L, LUA_REGISTRYINDEX, was.ref);
	if (!was.told || (err && emb_is_error(L, -1, &said) && err->rc == said.rc &&
			  strcmp(err->message, said.message) == 0))
		return 1;
	lua_pop(L, 1);
	return 0;
}

/* At the end of every call: pushes what is to be raised and returns 1, or returns 0. */
static int emb_raise(lua_State *L, const emsign_error *err)
{
	if (emb_unpark(L, &emb_parked, err))
		return 1;
	if (!err || !err->rc)
		return 0;
	emb_push_error(L, err);
	return 1;
}

/* --- errors that nobody waits for ------------------------------------------------------------- */

#if LUA_VERSION_NUM >= 504
static void emb_warn(lua_State *L, const char *text)
{
	lua_warning(L, text, 0);
}
#else
static int emb_warn_body(lua_State *L)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	lua_pushliteral(L, "warn");
	lua_rawget(L, -2);
	if (!lua_isfunction(L, -1))
		return 0;
	lua_pushstring(L, lua_touserdata(L, 1));
	lua_call(L, 1, 0);
	return 0;
}

/* Lua 5.3 has no warnings: a global function of that name gets them, if the script has one. */
static void emb_warn(lua_State *L, const char *text)
{
	lua_pushcfunction(L, emb_warn_body);
	lua_pushlightuserdata(L, (void *)(uintptr_t)text);
	(void)lua_pcall(L, 1, 0, 0);
}
#endif

/* --- calls of the script's functions ---------------------------------------------------------- */

enum emb_raised {
	EMB_HANDLED, /* the library is told what happened, and deals with it */
	EMB_TOLD,    /* nobody would be the wiser for an error: it is a warning */
	EMB_BREAKS   /* there are no words for it: what is raised, the outer call raises */
};

struct emb_call {
	struct emb_ref *object;
	const char *slot;                        /* method of the object; NULL: it is a function */
	int (*push)(lua_State *L, void *ud);     /* the arguments; returns how many; may be NULL */
	void (*take)(lua_State *L, void *ud);    /* the result, on top; may be NULL */
	void *ud;
	enum emb_raised raised;                  /* what becomes of an error */
};

static int emb_call_body(lua_State *L)
{
	struct emb_call *call = lua_touserdata(L, 1);
	int n = 0;

	lua_rawgeti(L, LUA_REGISTRYINDEX, call->object->ref);
	if (call->slot) {
		lua_getfield(L, -1, call->slot);
		lua_insert(L, -2);
		n = 1;
	}
	if (call->push)
		n += call->push(L, call->ud);
	lua_call(L, n, 1);
	if (call->take)
		call->take(L, call->ud);
	return 0;
}

static int emb_park_body(lua_State *L)
{
	lua_settop(L, 1);
	emb_parked.ref = luaL_ref(L, LUA_REGISTRYINDEX);
	return 0;
}

/*
 * The error value on top becomes a code for the library. It is kept for the caller, but an error of
 * ours that the library is told (err) is its own to handle, and makes way for others.
 */
static emsign_rc emb_park(lua_State *L, const struct emb_call *call, emsign_error *err)
{
	int breaks = call->raised == EMB_BREAKS;
	emsign_error said;
	int is = emb_is_error(L, -1, &said);

	if (!is) {
		said.rc = EMSIGN_E_CALLBACK;
		(void)snprintf(said.message, sizeof(said.message), "an error in %s",
			       call->slot ? call->slot : "a callback");
	}
	if (err)
		*err = said;
	if (breaks)
		said.rc = EMSIGN_E_CALLBACK;
	if (emb_parked.ref != LUA_NOREF && !emb_parked.told) {
		emb_parked.breaks |= breaks;
		return said.rc;
	}
	luaL_unref(L, LUA_REGISTRYINDEX, emb_parked.ref);
	emb_parked = (struct emb_parking){ LUA_NOREF, is && err && !breaks, breaks };
	lua_pushcfunction(L, emb_park_body); /* luaL_ref may run out of memory */
	lua_insert(L, -2);
	(void)lua_pcall(L, 1, 0, 0);
	return said.rc;
}

static emsign_rc emb_call(struct emb_call *call, emsign_error *err)
{
	lua_State *L = emb_state ? emb_state : call->object->main;
	struct emb_parking parked = emb_parked;
	emsign_rc rc = EMSIGN_OK;
	int top = lua_gettop(L);
	int raised;

	if (!lua_checkstack(L, 8))
		return err ? emb_fail(err, EMSIGN_E_NOMEM, "out of memory") : EMSIGN_E_NOMEM;
	emb_parked = EMB_NOTHING;
	lua_pushcfunction(L, emb_call_body);
	lua_pushlightuserdata(L, call);
	raised = lua_pcall(L, 1, 0, 0) != LUA_OK;
	emb_parked = parked; /* every call in between has taken what was its own */
	if (raised && call->raised != EMB_TOLD)
		rc = emb_park(L, call, err);
	else if (raised)
		emb_warn(L, lua_isstring(L, -1) ? lua_tostring(L, -1)
						: "error in a callback of emsign");
	lua_settop(L, top);
	return rc;
}

/* Of anything that the library is done with: close() if there is one, and the reference. */
static int emb_close_body(lua_State *L)
{
	struct emb_ref *ref = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, ref->ref);
	if (lua_getfield(L, -1, "close") == LUA_TNIL)
		return 0;
	lua_insert(L, -2);
	lua_call(L, 1, 0);
	return 0;
}

static void emb_object_destroy(void *ud)
{
	struct emb_ref *ref = ud;
	lua_State *L = emb_state ? emb_state : ref->main;
	struct emb_parking parked = emb_parked;
	int top = lua_gettop(L);

	emb_parked = EMB_NOTHING;
	if (lua_checkstack(L, 8)) {
		lua_pushcfunction(L, emb_close_body);
		lua_pushlightuserdata(L, ref);
		if (lua_pcall(L, 1, 0, 0) != LUA_OK)
			emb_warn(L, "error in close() of an object that emsign used");
	}
	lua_settop(L, top);
	emb_parked = parked;
	emb_ref_free(ref);
}

#endif
