/* SPDX-License-Identifier: MIT */
/*
 * Values between Lua and C. What goes wrong is pushed as a message and told by 0, never raised
 * here: the wrapper has to clean up first.
 */
#ifndef EMSIGN_LUA_CONVERT_H
#define EMSIGN_LUA_CONVERT_H

/* --- text ------------------------------------------------------------------------------------- */

static int emb_wanted(lua_State *L, int index, const char *what)
{
	lua_pushfstring(L, "%s is wanted, not %s", what, luaL_typename(L, index));
	return 0;
}

/* Borrowed from the value. nil becomes NULL where that is allowed. */
static int emb_get_text(lua_State *L, int index, int optional, const char **out)
{
	size_t len;

	*out = NULL;
	if (optional && lua_isnoneornil(L, index))
		return 1;
	if (lua_type(L, index) != LUA_TSTRING)
		return emb_wanted(L, index, "a string");
	*out = lua_tolstring(L, index, &len);
	if (strlen(*out) == len)
		return 1;
	lua_pushstring(L, "text must not hold a zero byte");
	return 0;
}

static void emb_push_list(lua_State *L, const char *const *list)
{
	lua_Integer n = 0;

	lua_newtable(L);
	for (; list && *list; list++) {
		lua_pushstring(L, *list);
		lua_rawseti(L, -2, ++n);
	}
}

/* --- named values ----------------------------------------------------------------------------- */

struct emb_reading {
	struct emb_values *out;
	int in_filter; /* statuses may be numbers; emsign.null stands for "absent" */
};

static int emb_add_text(lua_State *L, const struct emb_reading *r, const char *prefix,
			const char *key, const char *text)
{
	if (emb_values_add(r->out, prefix, key, text))
		return 1;
	lua_pushstring(L, "out of memory");
	return 0;
}

static int emb_add_number(lua_State *L, const struct emb_reading *r, const char *prefix,
			  const char *key, int index)
{
	char text[32];
	int is = 0;
	lua_Integer number = lua_tointegerx(L, index, &is);

	if (!is) {
		lua_pushfstring(L, "'%s' takes whole numbers", key);
		return 0;
	}
	if (r->in_filter && strcmp(key, "status") == 0)
		return emb_add_text(L, r, prefix, key, emsign_status_name(number));
	(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	return emb_add_text(L, r, prefix, key, text);
}

static int emb_add_plain(lua_State *L, const struct emb_reading *r, const char *prefix,
			 const char *key, int index)
{
	const char *text;

	switch (lua_type(L, index)) {
	case LUA_TSTRING:
		return emb_get_text(L, index, 0, &text) && emb_add_text(L, r, prefix, key, text);
	case LUA_TNUMBER:
		return emb_add_number(L, r, prefix, key, index);
	case LUA_TBOOLEAN:
		return emb_add_text(L, r, prefix, key, lua_toboolean(L, index) ? "yes" : "no");
	case LUA_TLIGHTUSERDATA:
		return !r->in_filter || emb_add_text(L, r, prefix, key, NULL);
	default:
		lua_pushfstring(L, "'%s' takes a string, a number, a boolean, or a list, not %s",
				key, luaL_typename(L, index));
		return 0;
	}
}

static int emb_add_all(lua_State *L, const struct emb_reading *r, const char *prefix, int index);

static int emb_add(lua_State *L, const struct emb_reading *r, const char *prefix, const char *key,
		   int index)
{
	lua_Integer i, n;

	if (!lua_istable(L, index))
		return emb_add_plain(L, r, prefix, key, index);
	n = (lua_Integer)lua_rawlen(L, index);
	if (n == 0 && !prefix)
		return emb_add_all(L, r, key, index);
	for (i = 1; i <= n; i++) {
		lua_rawgeti(L, index, i);
		if (!emb_add_plain(L, r, prefix, key, lua_gettop(L)))
			return 0;
		lua_pop(L, 1);
	}
	return 1;
}

/* A table within the table gives names with a dot: {requester = {name = ...}}. */
static int emb_add_all(lua_State *L, const struct emb_reading *r, const char *prefix, int index)
{
	const char *key;

	if (!lua_checkstack(L, 8)) {
		lua_pushstring(L, "out of memory");
		return 0;
	}
	lua_pushnil(L);
	while (lua_next(L, index)) {
		if (lua_type(L, -2) != LUA_TSTRING) {
			lua_pushstring(L, "names of values have to be strings");
			return 0;
		}
		if (!emb_get_text(L, lua_gettop(L) - 1, 0, &key) ||
		    !emb_add(L, r, prefix, key, lua_gettop(L)))
			return 0;
		lua_pop(L, 1);
	}
	return 1;
}

static int emb_get_values(lua_State *L, int index, int in_filter, struct emb_values *out)
{
	struct emb_reading reading = { out, in_filter };

	if (lua_isnoneornil(L, index))
		return 1;
	if (!lua_istable(L, index))
		return emb_wanted(L, index, "a table of named values");
	if (!emb_values_room(out)) { /* an empty table is an empty list, not "nothing given" */
		lua_pushstring(L, "out of memory");
		return 0;
	}
	return emb_add_all(L, &reading, NULL, lua_absindex(L, index));
}

static void emb_push_value(lua_State *L, const char *value)
{
	if (value)
		lua_pushstring(L, value);
	else
		lua_pushlightuserdata(L, NULL); /* emsign.null */
}

/* lists: each name has a list of all its values, as a filter wants it. */
static void emb_push_values(lua_State *L, const emsign_kv *kv, int lists)
{
	if (!kv) {
		lua_pushnil(L);
		return;
	}
	lua_newtable(L);
	for (; kv->key; kv++) {
		if (!lists) {
			emb_push_value(L, kv->value);
			lua_setfield(L, -2, kv->key);
			continue;
		}
		if (lua_getfield(L, -1, kv->key) == LUA_TNIL) {
			lua_pop(L, 1);
			lua_newtable(L);
			lua_pushvalue(L, -1);
			lua_setfield(L, -3, kv->key);
		}
		emb_push_value(L, kv->value);
		lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
		lua_pop(L, 1);
	}
}

/* --- records ---------------------------------------------------------------------------------- */

/* Takes the record over. */
static void emb_push_record(lua_State *L, const char *kind, void *record)
{
	char name[64];
	swig_type_info *type;

	(void)snprintf(name, sizeof(name), "emsign_%s *", kind ? kind : "");
	type = record ? SWIG_TypeQuery(name) : NULL;
	if (type)
		SWIG_NewPointerObj(L, record, type, 1);
	else
		lua_pushnil(L);
	if (!type)
		emsign_free(record);
}

/* Of one that is lent; nil when memory is short. */
static void emb_push_copy(lua_State *L, const char *kind, const void *record)
{
	void *copy = NULL;

	if (record && kind)
		(void)emsign_record_dup(kind, record, &copy, NULL);
	emb_push_record(L, kind, copy);
}

/* A list of records, and the id to go on after or nil; the page is empty afterwards. */
static void emb_push_page(lua_State *L, const char *kind, struct emb_page *page)
{
	const char *after = emb_page_after(page);
	size_t i;

	if (after)
		lua_pushstring(L, after);
	else
		lua_pushnil(L);
	lua_createtable(L, (int)page->n, 0);
	for (i = 0; i < page->n; i++) {
		emb_push_record(L, kind, page->records[i]);
		page->records[i] = NULL;
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_insert(L, -2);
	emb_page_free(page);
}

static void emb_push_fields(lua_State *L, const emsign_field *field)
{
	lua_Integer n = 0;

	lua_newtable(L);
	for (; field && field->name; field++) {
		lua_createtable(L, 0, 7);
		lua_pushstring(L, field->name);
		lua_setfield(L, -2, "name");
		lua_pushstring(L, field->type);
		lua_setfield(L, -2, "type");
		lua_pushstring(L, field->choices);
		lua_setfield(L, -2, "choices");
		lua_pushstring(L, field->preset);
		lua_setfield(L, -2, "preset");
		lua_pushboolean(L, field->must != 0);
		lua_setfield(L, -2, "must");
		lua_pushboolean(L, field->many != 0);
		lua_setfield(L, -2, "many");
		lua_pushstring(L, field->doc);
		lua_setfield(L, -2, "doc");
		lua_rawseti(L, -2, ++n);
	}
}

/* --- boxes ------------------------------------------------------------------------------------ */

static int emb_is_box(lua_State *L, int index, swig_type_info *type, struct emb_handle **out)
{
	void *ptr = NULL;

	if (!lua_isuserdata(L, index) || !SWIG_IsOK(SWIG_ConvertPtr(L, index, &ptr, type, 0)))
		return 0;
	*out = ptr;
	return ptr != NULL;
}

static int emb_get_handle(lua_State *L, int index, swig_type_info *type, struct emb_handle **out)
{
	*out = NULL;
	if (emb_is_box(L, index, type, out))
		return 1;
	return emb_wanted(L, index, type ? SWIG_TypePrettyName(type) : "a handle");
}

static int emb_enter(lua_State *L, struct emb_handle *handle)
{
	enum emb_entry entry = emb_handle_enter(handle);
	emsign_error err;

	if (entry == EMB_ENTERED)
		return 1;
	emb_fail(&err, EMSIGN_E_STATE,
		 entry == EMB_CLOSED ? "the handle is closed" : EMB_SENTENCE_THREAD);
	emb_push_error(L, &err);
	return 0;
}

/* Of an argument that may be something else than a handle. */
static int emb_enter_given(lua_State *L, struct emb_handle *handle, int *inside)
{
	*inside = handle && emb_enter(L, handle);
	return *inside || !handle;
}

static int emb_enter_secret(lua_State *L, struct emb_secret *secret)
{
	if (!emb_enter_given(L, secret->handle, &secret->inside))
		return 0;
	if (secret->inside)
		secret->ptr = secret->handle->ptr;
	return 1;
}

static void emb_push_box(lua_State *L, struct emb_handle *handle, swig_type_info *type)
{
	if (handle)
		SWIG_NewPointerObj(L, handle, type, 1);
	else
		lua_pushnil(L);
}

#endif
