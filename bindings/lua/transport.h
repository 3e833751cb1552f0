/* SPDX-License-Identifier: MIT */
/*
 * A transport written in Lua:
 *	transport:start(exchange)      read exchange:request(); report with exchange:status(),
 *	                               :header(), :data() and :done(), now or later; to raise is
 *	                               to be done with that error
 *	transport:cancel(exchange)     may; forget it
 *	transport:drive(timeout_ms)    may; wait for news and report them
 *	transport:fd() -> integer      may; readable when drive(0) has something to do
 *	transport:close()              may
 *
 * exchange:data() raises when no more of the answer is wanted: stop there.
 * An exchange is the library's and ends with done() or cancel(); what a script still holds of it is
 * a closed box.
 */
#ifndef EMSIGN_LUA_TRANSPORT_H
#define EMSIGN_LUA_TRANSPORT_H

struct emb_plug {
	struct emb_ref *object;
	struct emb_handle *exchanges; /* a box of no handle: its children are the open ones */
};

struct emb_exchange_call {
	struct emb_plug *plug;
	struct emb_handle *handle;
	int number;
};

static struct emb_handle *emb_exchange_find(struct emb_plug *plug, const emsign_exchange *exchange)
{
	struct emb_handle *handle = plug->exchanges->children;

	while (handle && handle->ptr != exchange)
		handle = handle->next;
	return handle;
}

/* The box is kept together with its object, so that cancel() gets the object that start() got. */
static int emb_push_exchange(lua_State *L, void *ud)
{
	struct emb_exchange_call *c = ud;
	struct emb_ref *kept = c->handle->script;

	if (kept) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, kept->ref);
		return 1;
	}
	SWIG_NewPointerObj(L, c->handle, SWIG_TypeQuery("emsign_exchange *"), 1);
	c->handle->owned = 1;
	c->handle->script = emb_ref_new(L, lua_gettop(L));
	c->handle->unscript = emb_ref_free;
	return 1;
}

/*
 * What start() raises is how the exchange ended. "Not begun", as in C, would be a promise that no
 * byte has left, and that only exchange:unsent() gives.
 */
static emsign_rc emb_transport_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct emb_plug *plug = self;
	struct emb_exchange_call c = { plug, NULL, 0 };
	struct emb_call call = { plug->object, "start", emb_push_exchange, NULL, &c, EMB_HANDLED };
	struct emb_handle *handle;
	emsign_error said;
	emsign_rc rc;

	c.handle = emb_handle_new(exchange, NULL, plug->exchanges->guard, plug->exchanges);
	if (!c.handle)
		return EMSIGN_E_NOMEM;
	c.handle->owned = 0; /* until there is an object */
	rc = emb_call(&call, &said);
	if (!rc)
		return EMSIGN_OK;
	if (err)
		*err = said;
	handle = emb_exchange_find(plug, exchange);
	if (!handle)
		return rc; /* it is over already */
	emb_handle_end(handle);
	emsign_exchange_done(exchange, rc, said.message);
	return EMSIGN_OK;
}

static void emb_transport_cancel(void *self, emsign_exchange *exchange)
{
	struct emb_plug *plug = self;
	struct emb_exchange_call c = { plug, emb_exchange_find(plug, exchange), 0 };
	struct emb_call call = { plug->object, "cancel", emb_push_exchange, NULL, &c, EMB_TOLD };

	if (!c.handle)
		return;
	(void)emb_call(&call, NULL);
	if (emb_exchange_find(plug, exchange)) /* it may have called done() */
		emb_handle_end(emb_exchange_find(plug, exchange));
}

static int emb_push_number(lua_State *L, void *ud)
{
	lua_pushinteger(L, ((struct emb_exchange_call *)ud)->number);
	return 1;
}

static void emb_take_number(lua_State *L, void *ud)
{
	((struct emb_exchange_call *)ud)->number = (int)luaL_checkinteger(L, -1);
}

static emsign_rc emb_transport_drive(void *self, int timeout_ms, emsign_error *err)
{
	struct emb_plug *plug = self;
	struct emb_exchange_call c = { plug, NULL, timeout_ms };
	struct emb_call call = { plug->object, "drive", emb_push_number, NULL, &c, EMB_HANDLED };

	return emb_call(&call, err);
}

static int emb_transport_fd(void *self)
{
	struct emb_plug *plug = self;
	struct emb_exchange_call c = { plug, NULL, -1 };
	struct emb_call call = { plug->object, "fd", NULL, emb_take_number, &c, EMB_BREAKS };

	return emb_call(&call, NULL) ? -1 : c.number;
}

static void emb_transport_destroy(void *self)
{
	struct emb_plug *plug = self;

	emb_handle_drop(plug->exchanges);
	emb_object_destroy(plug->object);
	free(plug);
}

static void emb_plug_free(struct emb_plug *plug)
{
	if (plug && plug->exchanges)
		emb_handle_drop(plug->exchanges);
	if (plug && plug->object)
		emb_ref_free(plug->object);
	free(plug);
}

static emsign_transport *emb_transport_from(lua_State *L, int index, struct emb_guard **guard)
{
	emsign_transport_ops ops = {
		.size = sizeof(ops),
		.name = "lua",
		.start = emb_transport_start,
		.cancel = emb_has(L, index, "cancel") ? emb_transport_cancel : NULL,
		.drive = emb_has(L, index, "drive") ? emb_transport_drive : NULL,
		.fd = emb_has(L, index, "fd") ? emb_transport_fd : NULL,
		.destroy = emb_transport_destroy,
	};
	struct emb_plug *plug = calloc(1, sizeof(*plug));
	emsign_transport *transport = NULL;
	emsign_error err;

	if (plug) {
		plug->exchanges = emb_handle_new(NULL, NULL, NULL, NULL);
		plug->object = emb_ref_new(L, index);
	}
	if (!plug || !plug->exchanges || !plug->object) {
		emb_plug_free(plug);
		lua_pushstring(L, "out of memory");
		return NULL;
	}
	if (emsign_transport_new(&ops, plug, &transport, &err)) {
		emb_plug_free(plug);
		emb_push_error(L, &err);
		return NULL;
	}
	*guard = plug->exchanges->guard;
	return transport;
}

/* An object with start(), or nil. A Transport is seen before. */
static int emb_get_transport(lua_State *L, int index, struct emb_transport *out)
{
	if (lua_isnoneornil(L, index))
		return 1;
	if (emb_has(L, index, "start"))
		out->ptr = emb_transport_from(L, index, &out->guard);
	else
		emb_wanted(L, index, "a Transport or a table with start()");
	return out->ptr != NULL;
}

static void emb_push_request(lua_State *L, const emsign_request *request)
{
	lua_createtable(L, 0, 7);
	lua_pushstring(L, request->method);
	lua_setfield(L, -2, "method");
	lua_pushstring(L, request->url);
	lua_setfield(L, -2, "url");
	emb_push_values(L, request->headers, 0);
	lua_setfield(L, -2, "headers");
	lua_pushlstring(L, request->body, request->body_len);
	lua_setfield(L, -2, "body");
	lua_pushinteger(L, request->timeout_ms);
	lua_setfield(L, -2, "timeout_ms");
	lua_pushstring(L, request->ca_file);
	lua_setfield(L, -2, "ca_file");
	lua_pushstring(L, request->pin);
	lua_setfield(L, -2, "pin");
}

#endif
