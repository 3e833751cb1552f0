/* SPDX-License-Identifier: MIT */
/* Secrets, observers, clocks and ends of operations written in Lua. */
#ifndef EMSIGN_LUA_CALLBACKS_H
#define EMSIGN_LUA_CALLBACKS_H

/* --- secrets ---------------------------------------------------------------------------------- */

struct emb_secret_call {
	emsign_secret_fn give;
	void *ud;
	emsign_rc rc;
};

static void emb_take_secret(lua_State *L, void *ud)
{
	struct emb_secret_call *c = ud;
	size_t len;
	const char *bytes;

	luaL_checktype(L, -1, LUA_TSTRING);
	bytes = lua_tolstring(L, -1, &len);
	c->rc = c->give(c->ud, bytes, len);
}

/* source:fetch() -> string, asked for each time the secret is used */
static emsign_rc emb_secret_fetch(void *self, emsign_secret_fn give, void *give_ud,
				  emsign_error *err)
{
	struct emb_secret_call c = { give, give_ud, EMSIGN_OK };
	struct emb_call call = { self, "fetch", NULL, emb_take_secret, &c, EMB_HANDLED };
	emsign_rc rc = emb_call(&call, err);

	return rc ? rc : c.rc;
}

static int emb_get_source(lua_State *L, int index, struct emb_secret *out)
{
	static const emsign_secret_source source = { sizeof(source), emb_secret_fetch,
						     emb_object_destroy };
	struct emb_ref *self = emb_ref_new(L, index);
	emsign_error err;

	if (!self) {
		lua_pushstring(L, "out of memory");
		return 0;
	}
	if (emsign_secret_from(&source, self, &out->ptr, &err) == EMSIGN_OK)
		return 1;
	emb_ref_free(self);
	emb_push_error(L, &err);
	return 0;
}

/* A string, an object with fetch(), or nil. A Secret is seen before. */
static int emb_get_secret(lua_State *L, int index, struct emb_secret *out)
{
	emsign_error err;
	const char *bytes;
	size_t len;

	if (lua_isnoneornil(L, index))
		return 1;
	if (emb_has(L, index, "fetch"))
		return emb_get_source(L, index, out);
	if (lua_type(L, index) != LUA_TSTRING)
		return emb_wanted(L, index, "a Secret, a string, or a table with fetch()");
	bytes = lua_tolstring(L, index, &len);
	if (emsign_secret_new(bytes, len, &out->ptr, &err) == EMSIGN_OK)
		return 1;
	emb_push_error(L, &err);
	return 0;
}

/* --- observers -------------------------------------------------------------------------------- */

static int emb_push_event(lua_State *L, void *ud)
{
	const emsign_event *event = ud;

	lua_createtable(L, 0, 9);
	lua_pushinteger(L, event->type);
	lua_setfield(L, -2, "type");
	lua_pushstring(L, event->verb);
	lua_setfield(L, -2, "verb");
	lua_pushstring(L, event->text);
	lua_setfield(L, -2, "text");
	lua_pushinteger(L, event->attempt);
	lua_setfield(L, -2, "attempt");
	lua_pushinteger(L, event->wait_ms);
	lua_setfield(L, -2, "wait_ms");
	lua_pushinteger(L, event->done);
	lua_setfield(L, -2, "done");
	lua_pushinteger(L, event->total);
	lua_setfield(L, -2, "total");
	lua_pushstring(L, event->kind);
	lua_setfield(L, -2, "kind");
	emb_push_copy(L, event->kind, event->record);
	lua_setfield(L, -2, "record");
	return 1;
}

static emsign_rc emb_on_event(void *ud, const emsign_event *event)
{
	emsign_event copy = *event;
	struct emb_call call = { ud, NULL, emb_push_event, NULL, &copy, EMB_BREAKS };

	return emb_call(&call, NULL);
}

struct emb_log_line {
	int level;
	const char *text;
	const emsign_kv *fields;
};

static int emb_push_log(lua_State *L, void *ud)
{
	struct emb_log_line *line = ud;

	lua_pushinteger(L, line->level);
	lua_pushstring(L, line->text);
	emb_push_values(L, line->fields, 0);
	return 3;
}

static void emb_on_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	struct emb_log_line line = { level, text, fields };
	struct emb_call call = { ud, NULL, emb_push_log, NULL, &line, EMB_TOLD };

	(void)emb_call(&call, NULL);
}

struct emb_one {
	const char *kind;
	const void *record;
};

static int emb_push_one(lua_State *L, void *ud)
{
	struct emb_one *one = ud;

	emb_push_copy(L, one->kind, one->record);
	return 1;
}

static emsign_rc emb_each(void *ud, const char *kind, const void *record)
{
	struct emb_one one = { kind, record };
	struct emb_call call = { ud, NULL, emb_push_one, NULL, &one, EMB_BREAKS };

	return emb_call(&call, NULL);
}

/* --- the end of an operation ------------------------------------------------------------------ */

struct emb_end {
	const emsign_error *err;
	struct emb_parking parked; /* the error of a callback that it failed by */
};

static int emb_push_end(lua_State *L, void *ud)
{
	struct emb_end *end = ud;

	if (!end->err->rc)
		lua_pushnil(L);
	else if (!emb_unpark(L, &end->parked, end->err))
		emb_push_error(L, end->err);
	return 1;
}

/* A function that holds `done` and the operation, which so lives until it has ended. */
static int emb_done_body(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	if (lua_isnil(L, -1))
		return 0;
	lua_pushvalue(L, lua_upvalueindex(2));
	lua_pushvalue(L, 1);
	lua_call(L, 2, 0);
	return 0;
}

static int emb_keep_done(lua_State *L, struct emb_handle *handle, int done, int op)
{
	if (handle->script)
		return 1; /* submitted already, as the library will say */
	lua_pushvalue(L, done);
	lua_pushvalue(L, op);
	lua_pushcclosure(L, emb_done_body, 2);
	handle->script = emb_ref_new(L, lua_gettop(L));
	handle->unscript = emb_ref_free;
	lua_pop(L, 1);
	if (!handle->script)
		lua_pushstring(L, "out of memory");
	return handle->script != NULL;
}

static void emb_done(void *ud, emsign_op *op, const emsign_error *err)
{
	struct emb_handle *handle = ud;
	struct emb_ref *kept = handle->script;
	struct emb_end end = { err, EMB_NOTHING };
	struct emb_call call = { kept, NULL, emb_push_end, NULL, &end, EMB_BREAKS };

	(void)op;
	if (!kept)
		return;
	handle->script = NULL;
	if (err->rc == EMSIGN_E_CALLBACK || emb_parked.told) {
		end.parked = emb_parked; /* the call that drove us need not raise it */
		emb_parked = EMB_NOTHING;
	}
	(void)emb_call(&call, NULL);
	luaL_unref(kept->main, LUA_REGISTRYINDEX, end.parked.ref);
	emb_ref_free(kept);
}

/* --- the world -------------------------------------------------------------------------------- */

/*
 * A clock has no way to say that it failed, and the library would wait for ever for one that stands
 * still. So once something was raised, wait() and random() fail, and the error comes out.
 */
static _Thread_local int64_t emb_last_ms;

struct emb_random_call {
	void *bytes;
	size_t len;
};

static void emb_take_now(lua_State *L, void *ud)
{
	(void)ud;
	emb_last_ms = luaL_checkinteger(L, -1);
}

static int64_t emb_now_ms(void *ud)
{
	struct emb_call call = { ud, "now_ms", NULL, emb_take_now, NULL, EMB_BREAKS };

	if (!emb_parked.breaks)
		(void)emb_call(&call, NULL);
	return emb_last_ms;
}

static int emb_push_random(lua_State *L, void *ud)
{
	lua_pushinteger(L, (lua_Integer)((struct emb_random_call *)ud)->len);
	return 1;
}

static void emb_take_random(lua_State *L, void *ud)
{
	struct emb_random_call *c = ud;
	size_t len;
	const char *bytes = luaL_checklstring(L, -1, &len);

	if (len != c->len)
		luaL_error(L, "random(%d) gave %d bytes", (int)c->len, (int)len);
	memcpy(c->bytes, bytes, len);
}

static emsign_rc emb_random(void *ud, void *bytes, size_t len)
{
	struct emb_random_call c = { bytes, len };
	struct emb_call call = { ud, "random", emb_push_random, emb_take_random, &c, EMB_BREAKS };

	return emb_parked.breaks ? EMSIGN_E_CALLBACK : emb_call(&call, NULL);
}

static int emb_push_wait(lua_State *L, void *ud)
{
	lua_pushinteger(L, *(int64_t *)ud);
	return 1;
}

static emsign_rc emb_wait(void *ud, int64_t ms)
{
	struct emb_call call = { ud, "wait", emb_push_wait, NULL, &ms, EMB_BREAKS };

	return emb_parked.breaks ? EMSIGN_E_CALLBACK : emb_call(&call, NULL);
}

/* Of a world that leaves waiting to the library: as the library does it, but for a broken clock. */
static emsign_rc emb_wait_awake(void *ud, int64_t ms)
{
	(void)ud;
	return emb_parked.breaks ? EMSIGN_E_CALLBACK : emb_pause(ms);
}

static int emb_get_world(lua_State *L, int index, emsign_world *out)
{
	memset(out, 0, sizeof(*out));
	if (!emb_has(L, index, "now_ms") || !emb_has(L, index, "random"))
		return emb_wanted(L, index, "a table with now_ms() and random()");
	out->size = sizeof(*out);
	out->now_ms = emb_now_ms;
	out->random = emb_random;
	out->wait = emb_has(L, index, "wait") ? emb_wait : emb_wait_awake;
	out->ud = emb_ref_new(L, index);
	if (!out->ud)
		lua_pushstring(L, "out of memory");
	return out->ud != NULL;
}

/* Kept as long as the client's box; the one before is not needed any more. */
static void emb_keep(struct emb_handle *handle, void *ref)
{
	if (handle->script)
		emb_ref_free(handle->script);
	handle->script = ref;
	handle->unscript = emb_ref_free;
}

#endif
