/* SPDX-License-Identifier: MIT */
/* The suite for stores as a Lua module: run(name, function that returns a new store). */
#include "../conformance/store.h"

#include <lauxlib.h>
#include <lua.h>

int luaopen_emsign_suite(lua_State *L);

/* How SWIG lays an object out, and the first member of the box in it. */
struct swig_object {
	void *type;
	int own;
	void **box;
};

static emsign_store *open_store(void *ud)
{
	lua_State *L = ud;
	struct swig_object *object;
	emsign_store *store;

	lua_pushvalue(L, 2);
	lua_call(L, 0, 1);
	object = lua_touserdata(L, -1);
	store = *object->box;
	*object->box = NULL; /* closed: the suite frees what it opened */
	lua_pop(L, 1);
	return store;
}

static int run(lua_State *L)
{
	struct store_suite suite = { .name = luaL_checkstring(L, 1), .open = open_store, .ud = L,
				     .transactions = 1, .log = stderr };

	lua_pushinteger(L, store_suite_run(&suite));
	return 1;
}

int luaopen_emsign_suite(lua_State *L)
{
	lua_pushcfunction(L, run);
	return 1;
}
