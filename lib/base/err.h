/* SPDX-License-Identifier: MIT */
/* Setting an error, once, where it is known. */
#ifndef EMS_BASE_ERR_H
#define EMS_BASE_ERR_H

#include <emsign/base.h>

/** Clears err (NULL is fine) and returns EMSIGN_OK. */
emsign_rc ems_ok(emsign_error *err);

/**
 * Fills err (NULL is fine) and returns rc. The sentence: what, which value, what would be right;
 * lower case, no full stop, no secret. Text is cut at a UTF-8 boundary; line breaks and tabs become
 * blanks, other control characters and bytes that are no UTF-8 become '?'. Arguments may point into
 * err itself.
 */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
emsign_rc ems_fail(emsign_error *err, emsign_rc rc, const char *format, ...);

emsign_rc ems_fail_nomem(emsign_error *err);

/** Puts text before the sentence that is there already: "PREFIX: sentence". */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void ems_fail_in(emsign_error *err, const char *format, ...);

/** A struct to point at when the caller gave no err and the code itself wants to read it. */
#define EMS_ERR_OR(err, local) ((err) ? (err) : &(local))

#endif
