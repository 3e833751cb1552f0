/* SPDX-License-Identifier: MIT */
/*
 * A store written in Lua:
 *	store:put(kind, id, row)                row: table of strings
 *	store:get(kind, id) -> row              nil: there is none
 *	store:scan(kind, filter, after, limit)  -> function: id, row, in order, then nil; filter:
 *	                                        table of lists
 *	store:remove(kind, id)                  false: there is none
 *	store:begin(), store:finish(keep)       may; ("end" is a word of the language)
 *	store:cas(kind, id, expect, row)        may; error(emsign.error("CONFLICT")) if not so
 *	store:close()                           may
 */
#ifndef EMSIGN_LUA_STORE_H
#define EMSIGN_LUA_STORE_H

/* One call of a slot: what goes in, and what came of it. */
struct emb_row_call {
	const char *kind, *id, *after;
	const emsign_kv *row, *expect;
	const emsign_kv *filter;
	size_t limit;
	int keep;
	emsign_row_fn give;
	void *ud;
	emsign_rc rc;
};

static int emb_push_place(lua_State *L, void *ud)
{
	struct emb_row_call *c = ud;

	lua_pushstring(L, c->kind);
	lua_pushstring(L, c->id);
	return 2;
}

static int emb_push_row(lua_State *L, void *ud)
{
	struct emb_row_call *c = ud;

	emb_push_place(L, ud);
	emb_push_values(L, c->row, 0);
	return 3;
}

static int emb_push_cas(lua_State *L, void *ud)
{
	struct emb_row_call *c = ud;

	emb_push_place(L, ud);
	emb_push_values(L, c->expect, 0);
	emb_push_values(L, c->row, 0);
	return 4;
}

static int emb_push_keep(lua_State *L, void *ud)
{
	lua_pushboolean(L, ((struct emb_row_call *)ud)->keep);
	return 1;
}

static int emb_push_scan(lua_State *L, void *ud)
{
	static const emsign_kv none[] = { { NULL, NULL } };
	struct emb_row_call *c = ud;

	lua_pushstring(L, c->kind);
	emb_push_values(L, c->filter ? c->filter : none, 1);
	lua_pushstring(L, c->after);
	lua_pushinteger(L, (lua_Integer)c->limit);
	return 4;
}

/* Lends the row on top to the library. */
static void emb_give(lua_State *L, struct emb_row_call *c, const char *id)
{
	struct emb_values values = { NULL, 0, 0 };
	int ok;

	if (!lua_istable(L, -1))
		luaL_error(L, "a row has to be a table, not %s", luaL_typename(L, -1));
	ok = emb_get_values(L, -1, 0, &values);
	if (ok)
		c->rc = c->give(c->ud, c->kind, id, values.kv);
	emb_values_free(&values);
	if (!ok)
		lua_error(L); /* what is wrong is on top */
}

static void emb_take_row(lua_State *L, void *ud)
{
	struct emb_row_call *c = ud;

	if (lua_isnil(L, -1))
		c->rc = EMSIGN_E_NOTFOUND;
	else
		emb_give(L, c, c->id);
}

static void emb_take_rows(lua_State *L, void *ud)
{
	struct emb_row_call *c = ud;
	size_t n;

	for (n = 0; !c->rc && (!c->limit || n < c->limit); n++) {
		lua_pushvalue(L, -1);
		lua_call(L, 0, 2);
		if (lua_isnil(L, -2))
			return;
		emb_give(L, c, luaL_checkstring(L, -2));
		lua_pop(L, 2);
	}
}

static void emb_take_removed(lua_State *L, void *ud)
{
	struct emb_row_call *c = ud;

	if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
		c->rc = EMSIGN_E_NOTFOUND;
}

static emsign_rc emb_row_run(void *self, const char *slot, int (*push)(lua_State *L, void *ud),
			     void (*take)(lua_State *L, void *ud), struct emb_row_call *c,
			     emsign_error *err)
{
	struct emb_call call = { self, slot, push, take, c, EMB_HANDLED };
	emsign_rc rc = emb_call(&call, err);

	return rc ? rc : c->rc;
}

static emsign_rc emb_store_put(void *self, const char *kind, const char *id, const emsign_kv *row,
			       emsign_error *err)
{
	struct emb_row_call c = { .kind = kind, .id = id, .row = row };

	return emb_row_run(self, "put", emb_push_row, NULL, &c, err);
}

static emsign_rc emb_store_get(void *self, const char *kind, const char *id, emsign_row_fn give,
			       void *ud, emsign_error *err)
{
	struct emb_row_call c = { .kind = kind, .id = id, .give = give, .ud = ud };

	return emb_row_run(self, "get", emb_push_place, emb_take_row, &c, err);
}

static emsign_rc emb_store_scan(void *self, const char *kind, const emsign_kv *filter,
				const char *after, size_t limit, emsign_row_fn give, void *ud,
				emsign_error *err)
{
	struct emb_row_call c = { .kind = kind, .filter = filter, .after = after,
				  .limit = limit, .give = give, .ud = ud };

	return emb_row_run(self, "scan", emb_push_scan, emb_take_rows, &c, err);
}

static emsign_rc emb_store_remove(void *self, const char *kind, const char *id, emsign_error *err)
{
	struct emb_row_call c = { .kind = kind, .id = id };

	return emb_row_run(self, "remove", emb_push_place, emb_take_removed, &c, err);
}

static emsign_rc emb_store_begin(void *self, emsign_error *err)
{
	struct emb_row_call c = { .keep = 0 };

	return emb_row_run(self, "begin", NULL, NULL, &c, err);
}

static emsign_rc emb_store_end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct emb_row_call c = { .keep = outcome == EMSIGN_OK };

	return emb_row_run(self, "finish", emb_push_keep, NULL, &c, err);
}

static emsign_rc emb_store_cas(void *self, const char *kind, const char *id,
			       const emsign_kv *expect, const emsign_kv *row, emsign_error *err)
{
	struct emb_row_call c = { .kind = kind, .id = id, .expect = expect, .row = row };

	return emb_row_run(self, "cas", emb_push_cas, NULL, &c, err);
}

/* Whether an object has a method. Metamethods may raise, so it is asked under lua_pcall. */
static int emb_has_body(lua_State *L)
{
	lua_getfield(L, 1, lua_tostring(L, 2));
	lua_pushboolean(L, !lua_isnil(L, -1));
	return 1;
}

static int emb_has(lua_State *L, int index, const char *name)
{
	int has;

	if (!lua_istable(L, index) && !lua_isuserdata(L, index))
		return 0;
	index = lua_absindex(L, index);
	lua_pushcfunction(L, emb_has_body);
	lua_pushvalue(L, index);
	lua_pushstring(L, name);
	has = lua_pcall(L, 2, 1, 0) == LUA_OK && lua_toboolean(L, -1);
	lua_pop(L, 1);
	return has;
}

static emsign_store *emb_store_from(lua_State *L, int index)
{
	emsign_store_ops ops = {
		.size = sizeof(ops),
		.name = "lua",
		.put = emb_store_put,
		.get = emb_store_get,
		.scan = emb_store_scan,
		.remove = emb_store_remove,
		.begin = emb_has(L, index, "begin") ? emb_store_begin : NULL,
		.end = emb_has(L, index, "finish") ? emb_store_end : NULL,
		.cas = emb_has(L, index, "cas") ? emb_store_cas : NULL,
		.destroy = emb_object_destroy,
	};
	struct emb_ref *self = emb_ref_new(L, index);
	emsign_store *store = NULL;
	emsign_error err;

	if (!self) {
		lua_pushstring(L, "out of memory");
	} else if (emsign_store_new(&ops, self, &store, &err)) {
		emb_ref_free(self);
		emb_push_error(L, &err);
	}
	return store;
}

static emsign_store *emb_store_open(lua_State *L, int index)
{
	emsign_store *store = NULL;
	emsign_error err;
	const char *uri;

	if (emb_get_text(L, index, 0, &uri) && emsign_store_open(uri, &store, &err))
		emb_push_error(L, &err);
	return store;
}

/* A URI, an object with the methods above, or nil. A Store is seen before. */
static int emb_get_store(lua_State *L, int index, struct emb_store *out)
{
	if (lua_isnoneornil(L, index))
		return 1;
	if (lua_type(L, index) == LUA_TSTRING)
		out->ptr = emb_store_open(L, index);
	else if (emb_has(L, index, "put") && emb_has(L, index, "get") &&
		 emb_has(L, index, "scan") && emb_has(L, index, "remove"))
		out->ptr = emb_store_from(L, index);
	else
		emb_wanted(L, index, "a URI, a Store, or a table with put, get, scan and remove");
	return out->ptr != NULL;
}

/* --- rows of a store, for a script that looks or wraps ---------------------------------------- */

struct emb_rows {
	struct emb_values values; /* ids, each followed by the values of its row */
	int all;                  /* 0: one row is wanted, without its id */
};

/* Keys of values begin with '=', so that an id, which begins with '@', is told from them. */
static emsign_rc emb_collect_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct emb_rows *rows = ud;

	(void)kind;
	if (!emb_values_add(&rows->values, "@", id, NULL))
		return EMSIGN_E_NOMEM;
	for (; row->key; row++)
		if (!emb_values_add(&rows->values, "=", row->key, row->value))
			return EMSIGN_E_NOMEM;
	return EMSIGN_OK;
}

/* A list of {id, row}; or the one row. */
static void emb_push_rows(lua_State *L, const struct emb_rows *rows)
{
	const emsign_kv *kv = rows->values.kv;
	lua_Integer n = 0;

	if (rows->all)
		lua_newtable(L);
	while (kv && kv->key) {
		const char *id = kv->key + 2;

		lua_newtable(L);
		for (kv++; kv->key && kv->key[0] == '='; kv++) {
			lua_pushstring(L, kv->value);
			lua_setfield(L, -2, kv->key + 2);
		}
		if (!rows->all)
			return;
		lua_createtable(L, 2, 0);
		lua_pushstring(L, id);
		lua_rawseti(L, -2, 1);
		lua_insert(L, -2);
		lua_rawseti(L, -2, 2);
		lua_rawseti(L, -2, ++n);
	}
	if (!rows->all)
		lua_pushnil(L);
}

#endif
