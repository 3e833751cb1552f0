/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

/* Room for `more` bytes and the NUL. A moved block is wiped: buffers may hold secrets. */
static bool reserve(struct ems_buf *b, size_t more)
{
	size_t need = b->bytes.len + more + 1;
	size_t cap = b->bytes.cap ? b->bytes.cap : 64;
	unsigned char *data;

	if (b->rc)
		return false;
	if (more > b->max || b->bytes.len > b->max - more) {
		b->rc = EMSIGN_E_INVALID;
		return false;
	}
	if (need <= b->bytes.cap)
		return true;
	while (cap < need)
		cap *= 2;
	data = ems_realloc(NULL, cap);
	if (!data) {
		b->rc = EMSIGN_E_NOMEM;
		return false;
	}
	if (b->bytes.data)
		memcpy(data, b->bytes.data, b->bytes.len);
	ems_free_wiped(b->bytes.data);
	b->bytes.data = data;
	b->bytes.cap = cap;
	return true;
}

void ems_buf_put(struct ems_buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->bytes.data + b->bytes.len, bytes, len);
	b->bytes.len += len;
	b->bytes.data[b->bytes.len] = '\0';
}

void ems_buf_text(struct ems_buf *b, const char *text)
{
	if (text)
		ems_buf_put(b, text, strlen(text));
}

void ems_buf_char(struct ems_buf *b, char c)
{
	ems_buf_put(b, &c, 1);
}

void ems_buf_print(struct ems_buf *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 && !b->rc)
		b->rc = EMSIGN_E_INVALID; /* longer than an int can say, or unwritable */
	if (len < 0 || !reserve(b, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf((char *)b->bytes.data + b->bytes.len, (size_t)len + 1, format, args);
	va_end(args);
	b->bytes.len += (size_t)len;
}

emsign_rc ems_buf_rc(const struct ems_buf *b, emsign_error *err)
{
	switch (b->rc) {
	case EMSIGN_OK:
		return EMSIGN_OK;
	case EMSIGN_E_NOMEM:
		return ems_fail_nomem(err);
	default:
		return ems_fail(err, b->rc, "more than %zu bytes", b->max);
	}
}

const char *ems_buf_str(const struct ems_buf *b)
{
	return b->bytes.data ? (const char *)b->bytes.data : "";
}

void ems_buf_move(struct ems_buf *b, emsign_buf *out)
{
	*out = b->bytes;
	memset(&b->bytes, 0, sizeof(b->bytes));
}

char *ems_buf_take(struct ems_buf *b)
{
	char *text = (char *)b->bytes.data;

	memset(&b->bytes, 0, sizeof(b->bytes));
	return text;
}

void ems_buf_clear(struct ems_buf *b)
{
	ems_wipe(b->bytes.data, b->bytes.len);
	b->bytes.len = 0;
	b->rc = EMSIGN_OK;
}

void ems_buf_free(struct ems_buf *b)
{
	emsign_buf_free(&b->bytes);
}

void emsign_buf_free(emsign_buf *buf)
{
	if (!buf)
		return;
	ems_free_wiped(buf->data);
	memset(buf, 0, sizeof(*buf));
}
