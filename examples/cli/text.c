/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must(void *memory)
{
	if (!memory) {
		fputs("emsign: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

char *copy_of(const char *s, size_t len)
{
	char *copy = must(malloc(len + 1));

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

static void room(struct text *t, size_t more)
{
	size_t need = t->len + more + 1;

	if (need <= t->cap)
		return;
	t->cap = need * 2;
	t->s = must(realloc(t->s, t->cap));
}

void text_put(struct text *t, const char *bytes, size_t len)
{
	room(t, len);
	memcpy(t->s + t->len, bytes, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void text_print(struct text *t, const char *format, ...)
{
	va_list list;
	va_list again;
	int len;

	va_start(list, format);
	va_copy(again, list);
	len = vsnprintf(NULL, 0, format, list);
	va_end(list);
	if (len > 0) {
		room(t, (size_t)len);
		(void)vsnprintf(t->s + t->len, (size_t)len + 1, format, again);
		t->len += (size_t)len;
	}
	va_end(again);
}

void text_clean(struct text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		unsigned char next = (unsigned char)s[1];

		if (c == 0xc2 && next >= 0x80 && next < 0xa0) { /* the second set of controls */
			text_add(t, "?");
			s++;
		} else if (c < 0x20 || c == 0x7f) {
			text_add(t, "?");
		} else {
			text_put(t, s, 1);
		}
	}
}

void text_json(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_print(t, "\\%c", c);
		else if (c < 0x20)
			text_print(t, "\\u%04x", c);
		else
			text_put(t, s, 1);
	}
	text_add(t, "\"");
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

void text_reset(struct text *t)
{
	t->len = 0;
	if (t->s)
		t->s[0] = '\0';
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}
