/* SPDX-License-Identifier: MIT */
/* URLs of questions: a row's path with its placeholders filled, and a query behind it. */
#include "wire/common.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* More than any id of the CA has. */
#define PLACEHOLDER_MAX 32

void ems_url_put(struct ems_buf *out, const void *bytes, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (const char *at = bytes, *end = at + len; at < end; at++) {
		if (*at && strchr(plain, *at))
			ems_buf_char(out, *at);
		else
			ems_buf_print(out, "%%%02X", (unsigned)(unsigned char)*at);
	}
}

/* --- query ---------------------------------------------------------------------------------- */

void ems_query_add(struct ems_query *query, const char *name, const char *value)
{
	if (!value)
		return;
	ems_buf_char(query->url, query->begun ? '&' : '?');
	query->begun = true;
	ems_buf_text(query->url, name);
	ems_buf_char(query->url, '=');
	ems_url_put(query->url, value, strlen(value));
}

void ems_query_lines(struct ems_query *query, const struct ems_line *lines, const emsign_kv *args)
{
	for (; lines->wire; lines++)
		ems_query_add(query, lines->wire, ems_line_value(lines, args));
}

/* --- path ----------------------------------------------------------------------------------- */

static emsign_rc fill(struct ems_buf *out, const char *name, const struct ems_call *call,
		      emsign_error *err)
{
	const char *value = ems_kv_get(call->args, name);

	if (strcmp(name, "family") == 0) /* what says nothing is the one that most orders are of */
		value = call->family ? call->family : "ssl";
	if (ems_text_empty(value))
		return ems_fail(err, EMSIGN_E_INVALID, "%s is missing", name);
	/* percent-encoded or not, these two are taken for steps in a path */
	if (strcmp(value, ".") == 0 || strcmp(value, "..") == 0)
		return ems_fail(err, EMSIGN_E_INVALID, "%s '%s' is none", name, value);
	ems_url_put(out, value, strlen(value));
	return EMSIGN_OK;
}

static emsign_rc put_path(struct ems_buf *out, const char *path, const struct ems_call *call,
			  emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	while (*path && rc == EMSIGN_OK) {
		size_t len = strcspn(path, "{");
		char name[PLACEHOLDER_MAX];

		ems_buf_put(out, path, len);
		path += len;
		if (!*path)
			break;
		len = strcspn(++path, "}");
		memcpy(name, path, len);
		name[len] = '\0';
		path += len + 1;
		rc = fill(out, name, call, err);
	}
	return rc;
}

/* Length of "https://host:port". */
static size_t server_of(const char *base)
{
	const char *host = strstr(base, "://");

	host = host ? host + 3 : base;
	return (size_t)(host - base) + strcspn(host, "/");
}

emsign_rc ems_url_make(struct ems_buf *out, const char *base, const struct ems_row *row,
		       const struct ems_call *call, emsign_error *err)
{
	struct ems_query query = { out, false };
	emsign_rc rc;

	if (*row->path == '/')
		ems_buf_put(out, base, server_of(base));
	else
		ems_buf_text(out, base);
	rc = put_path(out, row->path, call, err);
	if (rc == EMSIGN_OK && row->query)
		row->query(call, &query);
	return rc ? rc : ems_buf_rc(out, err);
}
