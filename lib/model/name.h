/* SPDX-License-Identifier: MIT */
/* Domain names: what is one, and its one spelling (lower-case A-labels, no trailing dot). */
#ifndef EMS_MODEL_NAME_H
#define EMS_MODEL_NAME_H

#include <emsign/base.h>
#include <stdbool.h>

#define EMS_NAME_MAX 256

/**
 * Turns a domain name, U-labels or A-labels in any case, one leading "*." allowed, into its one
 * spelling.
 *   field  what it is called in the error: "san"
 * Errors: EMSIGN_E_INVALID with the offending label: addresses, URLs, single labels, bad labels.
 * `internal` names (intranet) may be a single label.
 */
emsign_rc ems_name_canonical(const char *field, const char *name, bool internal,
			     char out[EMS_NAME_MAX], emsign_error *err);

/** Does a name of a certificate cover a canonical name? "*.a.b" covers "x.a.b", and itself. */
bool ems_name_covers(const char *pattern, const char *name);

/** A plain file name, which leads nowhere else: letters, digits, '.', '_', '-', not hidden. */
bool ems_name_is_file(const char *text);

/** An e-mail address that a CA can write to: one @, a plausible local part, a domain name. */
bool ems_name_is_email(const char *text);

#endif
