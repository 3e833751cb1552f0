/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

/* Deeper nesting than this is an attack, not a request. */
#define MAX_DEPTH 64

struct reader {
	struct sim_arena *arena;
	const char *at;
	const char *end;
	int depth;
	bool bad;
};

static struct sim_json *read_value(struct reader *r);

static void skip_space(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (r->at < r->end && *r->at == c) {
		r->at++;
		return true;
	}
	return false;
}

static void put_utf8(struct sim_buf *buf, unsigned code)
{
	char out[4];
	size_t len = 0;

	/* a lone surrogate and a NUL have no place in a C string */
	if (!code || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	if (code < 0x80) {
		out[len++] = (char)code;
	} else if (code < 0x800) {
		out[len++] = (char)(0xc0 | code >> 6);
		out[len++] = (char)(0x80 | (code & 63));
	} else if (code < 0x10000) {
		out[len++] = (char)(0xe0 | code >> 12);
		out[len++] = (char)(0x80 | (code >> 6 & 63));
		out[len++] = (char)(0x80 | (code & 63));
	} else {
		out[len++] = (char)(0xf0 | code >> 18);
		out[len++] = (char)(0x80 | (code >> 12 & 63));
		out[len++] = (char)(0x80 | (code >> 6 & 63));
		out[len++] = (char)(0x80 | (code & 63));
	}
	sim_buf_add(buf, out, len);
}

static unsigned read_hex4(struct reader *r)
{
	unsigned code = 0;
	int i;

	for (i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF", *found;

		if (r->at >= r->end || !*r->at || !(found = strchr(digits, *r->at))) {
			r->bad = true;
			return 0;
		}
		code = code << 4 | (unsigned)((found - digits) % 16);
		r->at++;
	}
	return code;
}

static void read_escape(struct reader *r, struct sim_buf *buf)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	unsigned code;

	if (r->at >= r->end) {
		r->bad = true;
		return;
	}
	if (*r->at == 'u') {
		r->at++;
		code = read_hex4(r);
		if (code >= 0xd800 && code < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
		    r->at[1] == 'u') {
			unsigned low;

			r->at += 2;
			low = read_hex4(r);
			code = low >= 0xdc00 && low < 0xe000 ?
				0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff) : 0xfffd;
		}
		put_utf8(buf, code);
		return;
	}
	found = *r->at ? strchr(from, *r->at) : NULL;
	if (!found) {
		r->bad = true;
		return;
	}
	sim_buf_add(buf, &to[found - from], 1);
	r->at++;
}

/* Length of a well-formed UTF-8 sequence at p, or 0. */
static size_t utf8_len(const unsigned char *p, size_t room)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
		p[0] < 0xf5 ? 4 : 0;
	size_t i;

	if (!len || len > room)
		return 0;
	for (i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static const char *read_string(struct reader *r)
{
	struct sim_buf buf = { 0 };
	const char *text = NULL;

	while (!r->bad && r->at < r->end && *r->at != '"') {
		size_t len;

		if ((unsigned char)*r->at < 0x20) {
			r->bad = true;
		} else if (*r->at == '\\') {
			r->at++;
			read_escape(r, &buf);
		} else if ((len = utf8_len((const unsigned char *)r->at,
					   (size_t)(r->end - r->at)))) {
			sim_buf_add(&buf, r->at, len);
			r->at += len;
		} else {
			put_utf8(&buf, 0xfffd);
			r->at++;
		}
	}
	if (r->at >= r->end)
		r->bad = true;
	if (!r->bad) {
		r->at++;
		text = sim_mem_copy(r->arena, buf.data, buf.len);
	}
	sim_buf_free(&buf);
	return text;
}

static void append(struct sim_json *parent, struct sim_json *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static void read_members(struct reader *r, struct sim_json *parent, char end)
{
	if (++r->depth > MAX_DEPTH) {
		r->bad = true;
		return;
	}
	if (take(r, end)) {
		r->depth--;
		return;
	}
	do {
		const char *key = NULL;
		struct sim_json *child;

		if (end == '}') {
			if (!take(r, '"') || !(key = read_string(r)) || !take(r, ':')) {
				r->bad = true;
				return;
			}
		}
		child = read_value(r);
		if (r->bad)
			return;
		child->key = key;
		append(parent, child);
	} while (take(r, ','));
	if (!take(r, end))
		r->bad = true;
	r->depth--;
}

static bool read_digits(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > start;
}

static void read_number(struct reader *r, struct sim_json *value)
{
	const char *start = r->at;

	value->type = SIM_JSON_NUMBER;
	if (r->at < r->end && *r->at == '-')
		r->at++;
	if (r->at < r->end && *r->at == '0')
		r->at++;
	else if (!read_digits(r))
		r->bad = true;
	if (r->at < r->end && *r->at == '.') {
		r->at++;
		if (!read_digits(r))
			r->bad = true;
	}
	if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
		r->at++;
		if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
			r->at++;
		if (!read_digits(r))
			r->bad = true;
	}
	value->text = sim_mem_copy(r->arena, start, (size_t)(r->at - start));
}

static bool take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static struct sim_json *read_value(struct reader *r)
{
	struct sim_json *value = sim_mem_alloc(r->arena, sizeof(*value));

	value->text = "";
	if (take(r, '{')) {
		value->type = SIM_JSON_OBJECT;
		read_members(r, value, '}');
	} else if (take(r, '[')) {
		value->type = SIM_JSON_ARRAY;
		read_members(r, value, ']');
	} else if (take(r, '"')) {
		value->type = SIM_JSON_TEXT;
		value->text = read_string(r);
	} else if (take_word(r, "null")) {
		value->type = SIM_JSON_NULL;
	} else if (take_word(r, "true")) {
		value->type = SIM_JSON_BOOL;
		value->text = "true";
	} else if (take_word(r, "false")) {
		value->type = SIM_JSON_BOOL;
		value->text = "false";
	} else {
		read_number(r, value);
	}
	return value;
}

struct sim_json *sim_json_read(struct sim_arena *arena, const char *text, size_t len)
{
	struct reader r = { .arena = arena, .at = text, .end = text + len };
	struct sim_json *value;

	if (!text)
		return NULL;
	value = read_value(&r);
	skip_space(&r);
	return r.bad || r.at != r.end ? NULL : value;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *form_text(struct sim_arena *arena, const char *text, size_t len)
{
	char *out = sim_mem_alloc(arena, len + 1), *end = out;
	size_t i;

	for (i = 0; i < len; i++) {
		bool escaped = text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 &&
			hex_digit(text[i + 2]) >= 0;

		*end++ = escaped ? (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) :
			text[i] == '+' ? ' ' : text[i];
		i += escaped ? 2 : 0;
	}
	return out;
}

struct sim_json *sim_json_form(struct sim_arena *arena, const char *text, size_t len)
{
	struct sim_json *object = sim_mem_alloc(arena, sizeof(*object)), *member;
	const char *end = text + len;

	object->type = SIM_JSON_OBJECT;
	while (text < end) {
		const char *stop = memchr(text, '&', (size_t)(end - text)), *equals;

		stop = stop ? stop : end;
		equals = memchr(text, '=', (size_t)(stop - text));
		equals = equals ? equals : stop;
		member = sim_mem_alloc(arena, sizeof(*member));
		member->type = SIM_JSON_TEXT;
		member->key = form_text(arena, text, (size_t)(equals - text));
		member->text = equals == stop ? "" :
			form_text(arena, equals + 1, (size_t)(stop - equals - 1));
		append(object, member);
		text = stop + 1;
	}
	return object;
}

const struct sim_json *sim_json_get(const struct sim_json *object, const char *key)
{
	const struct sim_json *found = NULL, *member;

	if (!object || object->type != SIM_JSON_OBJECT)
		return NULL;
	for (member = object->first; member; member = member->next)
		if (!strcmp(member->key, key))
			found = member;
	return found;
}

const char *sim_json_scalar(const struct sim_json *value)
{
	if (!value || value->type == SIM_JSON_ARRAY || value->type == SIM_JSON_OBJECT)
		return "";
	return value->text;
}

const char *sim_json_str(const struct sim_json *object, const char *key)
{
	return sim_json_scalar(sim_json_get(object, key));
}

static const struct sim_json *typed(const struct sim_json *object, const char *key,
				    enum sim_json_type type)
{
	const struct sim_json *value = sim_json_get(object, key);

	return value && value->type == type ? value : NULL;
}

const struct sim_json *sim_json_obj(const struct sim_json *object, const char *key)
{
	return typed(object, key, SIM_JSON_OBJECT);
}

const struct sim_json *sim_json_arr(const struct sim_json *object, const char *key)
{
	return typed(object, key, SIM_JSON_ARRAY);
}

static bool is_plain(const struct sim_json_out *out, char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\' &&
		(c != '/' || !out->escape_slash);
}

static void put_escaped(struct sim_json_out *out, char c)
{
	static const char from[] = "\"\\/\b\f\n\r\t", to[] = "\"\\/bfnrt";
	const char *found = strchr(from, c);
	char pair[2] = { '\\', found ? to[found - from] : 0 };

	if (found)
		sim_buf_add(out->buf, pair, 2);
	else
		sim_buf_printf(out->buf, "\\u%04X", (unsigned)(unsigned char)c);
}

static void quote(struct sim_json_out *out, const char *text)
{
	sim_buf_add(out->buf, "\"", 1);
	while (*text) {
		size_t run = 0;

		/* run by run: reports of a million orders go through here */
		while (text[run] && is_plain(out, text[run]))
			run++;
		sim_buf_add(out->buf, text, run);
		text += run;
		if (*text)
			put_escaped(out, *text++);
	}
	sim_buf_add(out->buf, "\"", 1);
}

static void put_key(struct sim_json_out *out, const char *key)
{
	if (out->comma)
		sim_buf_text(out->buf, ",");
	if (key) {
		quote(out, key);
		sim_buf_text(out->buf, ":");
	}
	out->comma = true;
}

void sim_json_open(struct sim_json_out *out, const char *key, char bracket)
{
	put_key(out, key);
	sim_buf_add(out->buf, &bracket, 1);
	out->comma = false;
}

void sim_json_close(struct sim_json_out *out, char bracket)
{
	sim_buf_add(out->buf, &bracket, 1);
	out->comma = true;
}

void sim_json_text(struct sim_json_out *out, const char *key, const char *text)
{
	put_key(out, key);
	quote(out, text ? text : "");
}

void sim_json_number(struct sim_json_out *out, const char *key, long long number)
{
	put_key(out, key);
	sim_buf_printf(out->buf, "%lld", number);
}

void sim_json_bool(struct sim_json_out *out, const char *key, bool value)
{
	put_key(out, key);
	sim_buf_text(out->buf, value ? "true" : "false");
}

void sim_json_null(struct sim_json_out *out, const char *key)
{
	put_key(out, key);
	sim_buf_text(out->buf, "null");
}

void sim_json_value(struct sim_json_out *out, const char *key, const struct sim_json *value)
{
	const struct sim_json *child;
	bool object = value->type == SIM_JSON_OBJECT;

	switch (value->type) {
	case SIM_JSON_NULL:
		sim_json_null(out, key);
		break;
	case SIM_JSON_TEXT:
		sim_json_text(out, key, value->text);
		break;
	case SIM_JSON_BOOL:
	case SIM_JSON_NUMBER:
		put_key(out, key);
		sim_buf_text(out->buf, value->text);
		break;
	case SIM_JSON_ARRAY:
	case SIM_JSON_OBJECT:
		sim_json_open(out, key, object ? '{' : '[');
		for (child = value->first; child; child = child->next)
			sim_json_value(out, child->key, child);
		sim_json_close(out, object ? '}' : ']');
		break;
	}
}
