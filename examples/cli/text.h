/* SPDX-License-Identifier: MIT */
/* Text that grows. The command ends when memory does; the library's journal makes that safe. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>

struct text {
	char *s; /* NULL while empty */
	size_t len;
	size_t cap;
};

void text_put(struct text *t, const char *bytes, size_t len);
void text_add(struct text *t, const char *s);
void text_print(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull));
/** The text with '?' for each control character, so that it cannot steer a terminal. */
void text_clean(struct text *t, const char *s);
/** The text as a JSON string, quotes included. */
void text_json(struct text *t, const char *s);
/** Its bytes, never NULL. */
const char *text_str(const struct text *t);
void text_reset(struct text *t);
void text_free(struct text *t);

/** Memory that was just asked for, or the end of the command. */
void *must(void *memory);
char *copy_of(const char *s, size_t len);

#endif
