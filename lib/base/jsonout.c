/* SPDX-License-Identifier: MIT */
#include "base/jsonout.h"

#include <inttypes.h>

static void quoted(struct ems_buf *b, const char *text)
{
	const char *run = text;

	ems_buf_char(b, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		ems_buf_put(b, run, (size_t)(text - run));
		run = text + 1;
		switch (c) {
		case '"': ems_buf_text(b, "\\\""); break;
		case '\\': ems_buf_text(b, "\\\\"); break;
		case '\n': ems_buf_text(b, "\\n"); break;
		case '\r': ems_buf_text(b, "\\r"); break;
		case '\t': ems_buf_text(b, "\\t"); break;
		default: ems_buf_print(b, "\\u%04x", c);
		}
	}
	ems_buf_put(b, run, (size_t)(text - run));
	ems_buf_char(b, '"');
}

static void begin(struct ems_jsonout *j, const char *name)
{
	if (j->comma)
		ems_buf_char(j->buf, ',');
	if (name) {
		quoted(j->buf, name);
		ems_buf_char(j->buf, ':');
	}
	j->comma = true;
}

static void bracket(struct ems_jsonout *j, char c)
{
	ems_buf_char(j->buf, c);
	j->comma = c == '}' || c == ']';
}

void ems_jsonout_open(struct ems_jsonout *j, const char *name)
{
	begin(j, name);
	bracket(j, '{');
}

void ems_jsonout_close(struct ems_jsonout *j)
{
	bracket(j, '}');
}

void ems_jsonout_list(struct ems_jsonout *j, const char *name)
{
	begin(j, name);
	bracket(j, '[');
}

void ems_jsonout_list_close(struct ems_jsonout *j)
{
	bracket(j, ']');
}

void ems_jsonout_text(struct ems_jsonout *j, const char *name, const char *value)
{
	if (!value)
		return;
	begin(j, name);
	quoted(j->buf, value);
}

void ems_jsonout_int(struct ems_jsonout *j, const char *name, int64_t value)
{
	begin(j, name);
	ems_buf_print(j->buf, "%" PRId64, value);
}

void ems_jsonout_raw(struct ems_jsonout *j, const char *name, const char *json)
{
	if (!json)
		return;
	begin(j, name);
	ems_buf_text(j->buf, json);
}
