/* SPDX-License-Identifier: MIT */
/* Small questions about text that do not depend on a locale. */
#ifndef EMS_BASE_TEXT_H
#define EMS_BASE_TEXT_H

#include <emsign/base.h>
#include <stdbool.h>

bool ems_text_equal(const char *a, const char *b);         /* both may be NULL */
bool ems_text_equal_nocase(const char *a, const char *b);  /* ASCII letters; both may be NULL */
bool ems_text_contains_nocase(const char *text, const char *part); /* false for a text of NULL */
bool ems_text_starts(const char *text, const char *prefix);        /* the same */
bool ems_text_starts_nocase(const char *text, const char *prefix);
bool ems_text_ends(const char *text, const char *suffix);          /* the same */
bool ems_text_empty(const char *text);                     /* NULL or "" */
bool ems_text_digits(const char *text, size_t min, size_t max); /* only digits, that many */

/** Length of the UTF-8 character that begins at bytes (len is 1 or more); 0 when none does. */
size_t ems_text_char(const char *bytes, size_t len);

/** Valid UTF-8 without NUL, overlongs, surrogates and beyond U+10FFFF. */
bool ems_text_utf8(const char *bytes, size_t len);

/** Decimal number without sign or blanks in the range; false otherwise. */
bool ems_text_int(const char *text, int64_t min, int64_t max, int64_t *out);

/** Bytes that any number needs as text, its NUL with it. */
#define EMS_TEXT_INT 24

/** Writes a number in decimal; returns its length without the NUL. */
size_t ems_text_put_int(char out[EMS_TEXT_INT], int64_t value);

/** Lower-case hex; out has room for 2 * len + 1. */
void ems_text_hex(const void *bytes, size_t len, char *out);

/**
 * The word of a list that is closest to what was said, when it is close enough to be a slip.
 * word(ud, i) gives the i-th word, NULL at the end.
 */
const char *ems_text_closest(const char *said, const char *(*word)(const void *ud, size_t i),
			     const void *ud);

/** Is `word` one of "a|b|c"? Case does not matter; *canonical gets how the list spells it (borrowed
 * from the list, not terminated) and its length. */
bool ems_text_choice(const char *choices, const char *word, const char **canonical, size_t *len);

#endif
