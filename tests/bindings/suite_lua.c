/* SPDX-License-Identifier: MIT */
/*
 * The suites for stores and transports as a Lua module: store(name, open, transactions) and
 * transport(name, open, concurrent), where open() returns a new handle. Both return how many cases
 * failed.
 */
#include "../conformance/store.h"
#include "../conformance/transport.h"

#include <lauxlib.h>
#include <lua.h>

int luaopen_emsign_suite(lua_State *L);

/* How SWIG lays an object out, and the first member of the box in it. */
struct swig_object {
	void *type;
	int own;
	void **box;
};

static void *open_handle(lua_State *L)
{
	struct swig_object *object;
	void *handle;

	lua_pushvalue(L, 2);
	lua_call(L, 0, 1);
	object = lua_touserdata(L, -1);
	handle = *object->box;
	*object->box = NULL; /* closed: the suite frees what it opened */
	lua_pop(L, 1);
	return handle;
}

static emsign_store *open_store(void *ud)
{
	return open_handle(ud);
}

static emsign_transport *open_transport(void *ud)
{
	return open_handle(ud);
}

static int run_store(lua_State *L)
{
	struct store_suite suite = { .name = luaL_checkstring(L, 1), .open = open_store, .ud = L,
				     .transactions = lua_toboolean(L, 3), .log = stderr };

	lua_pushinteger(L, store_suite_run(&suite));
	return 1;
}

static int run_transport(lua_State *L)
{
	struct transport_suite suite = { .name = luaL_checkstring(L, 1), .open = open_transport,
					 .ud = L, .concurrent = lua_toboolean(L, 3),
					 .log = stderr };

	lua_pushinteger(L, transport_suite_run(&suite));
	return 1;
}

int luaopen_emsign_suite(lua_State *L)
{
	static const luaL_Reg functions[] = { { "store", run_store },
					      { "transport", run_transport }, { NULL, NULL } };

	luaL_newlib(L, functions);
	return 1;
}
