/* SPDX-License-Identifier: MIT */
/* Records of any kind with every member filled, made from the tables alone. */
#ifndef TESTS_SUPPORT_SAMPLE_H
#define TESTS_SUPPORT_SAMPLE_H

#include "model/record.h"

#define SAMPLE_MEMBERS 64

struct sample {
	max_align_t record[64]; /* what the kind's struct needs, and more */
	char texts[SAMPLE_MEMBERS][64];
	const char *lists[SAMPLE_MEMBERS][4];
};

/** Empties a sample. */
void sample_clear(struct sample *s);

/** Fills one member; another `variant` gives another value. */
void sample_set(struct sample *s, const struct ems_kind *kind, size_t member, int variant);

/** Fills all of them. */
void sample_fill(struct sample *s, const struct ems_kind *kind, int variant);

#endif
