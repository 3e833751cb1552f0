/* SPDX-License-Identifier: MIT */
/*
 * PEM as it really arrives: text around the blocks, CRLF, blanks in the place of line breaks, no
 * newline at the end; and PEM as it should leave.
 */
#ifndef EMS_CRYPTO_PEM_H
#define EMS_CRYPTO_PEM_H

#include <stdbool.h>

#include "base/buf.h"

struct ems_pem {
	const char *at; /* where the search goes on */
	const char *end;
};

/** A block, borrowed from the text. */
struct ems_pem_block {
	const char *label; /* NULL: there are no more blocks */
	size_t label_len;
	const char *body;  /* base64 */
	size_t body_len;
};

/** Finds the next block. Errors: EMSIGN_E_INVALID for a block without an end. */
emsign_rc ems_pem_next(struct ems_pem *scan, struct ems_pem_block *block, emsign_error *err);

bool ems_pem_is(const struct ems_pem_block *block, const char *label);

/** Appends a block: lines of 64 characters, one newline at the end. */
void ems_pem_write(struct ems_buf *out, const char *label, const void *der, size_t len);

#endif
