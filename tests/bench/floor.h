/* SPDX-License-Identifier: MIT */
/*
 * What the floors share. A floor is one library alone doing what the import cannot do without, on
 * the same data: what it needs to know beforehand is loaded before its watch starts, and it tells
 * itself what the rest cost, so that neither starting nor loading counts in its favour.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>
#include <stdint.h>

/* A whole file in memory, with a NUL behind it; ends the program when it cannot be read. */
char *floor_load(const char *path, size_t *len);

/*
 * Answers of the CA as they were recorded: the length in decimal, a line feed, the bytes. Gives the
 * next one from *at on, which moves; NULL at the end.
 */
const char *floor_answer(const char **at, const char *end, size_t *len);

void floor_start(void);
/* Tells CPU and wall time since the start as one line of JSON, with what was done. */
void floor_stop(int64_t n, int64_t bytes);

/* Ends the program with a sentence. */
_Noreturn void floor_fail(const char *what, const char *why);

#endif
