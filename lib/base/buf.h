/* SPDX-License-Identifier: MIT */
/*
 * Growing bytes with a ceiling. Sticky: append freely, ask once with ems_buf_rc(). Always
 * NUL-terminated beyond len.
 */
#ifndef EMS_BASE_BUF_H
#define EMS_BASE_BUF_H

#include <emsign/base.h>
#include <stdbool.h>

struct ems_buf {
	emsign_buf bytes;
	size_t max;     /* ceiling for bytes.len */
	emsign_rc rc;   /* EMSIGN_OK, EMSIGN_E_NOMEM, or EMSIGN_E_INVALID past the ceiling */
};

#define EMS_BUF(ceiling) { { NULL, 0, 0 }, (ceiling), EMSIGN_OK }

void ems_buf_put(struct ems_buf *b, const void *bytes, size_t len);
void ems_buf_text(struct ems_buf *b, const char *text);
void ems_buf_char(struct ems_buf *b, char c);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void ems_buf_print(struct ems_buf *b, const char *format, ...);

/** What went wrong with any of the appends so far. */
emsign_rc ems_buf_rc(const struct ems_buf *b, emsign_error *err);

/** The text so far; "" when empty. */
const char *ems_buf_str(const struct ems_buf *b);

/** Hands the bytes over to out (which must be empty) and leaves b empty. */
void ems_buf_move(struct ems_buf *b, emsign_buf *out);

/** Hands the bytes over as text to be freed with emsign_free(); NULL when empty. */
char *ems_buf_take(struct ems_buf *b);

/** Keeps the memory, forgets (and wipes) the content. */
void ems_buf_clear(struct ems_buf *b);

/** Wipes and frees. */
void ems_buf_free(struct ems_buf *b);

#endif
