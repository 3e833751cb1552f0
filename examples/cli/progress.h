/* SPDX-License-Identifier: MIT */
/* How far a long piece of work is: when to tell, and in which words. No clock and no terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

enum progress_mode {
	PROGRESS_BAR,   /* drawn again and again in one line of a terminal */
	PROGRESS_LINES, /* a line now and then, and one at the end of each phase that took long */
};

/** Starts zeroed. */
struct progress {
	char phase[40];
	int64_t done;
	int64_t total;    /* 0: not known */
	int64_t first;    /* what was done when the phase began */
	int64_t began_ms;
	int64_t now_ms;
	int64_t told_ms;
	bool over;        /* its end was told */
};

/**
 * Takes in how far it is now. A phase begins with another name, or when less is done than before.
 * Returns whether it is time to tell.
 */
bool progress_take(struct progress *p, enum progress_mode mode, const char *phase, int64_t done,
		   int64_t total, int64_t now_ms);

/** Is this the first word of another phase than the one that goes on? */
bool progress_begins(const struct progress *p, const char *phase, int64_t done);

/** Ends the phase; true when that is to be told and was not yet. */
bool progress_end(struct progress *p);

/** One line of at most `width` columns; what does not fit is left out, the least needed first. */
void progress_bar(const struct progress *p, int width, struct text *out);

/** "orders: 1200 of 5000, 24 %, 310/s, 0:12 left"; at the end "orders: 5000 of 5000 in 0:16". */
void progress_line(const struct progress *p, struct text *out);

/** What an order waits for, and how long it did of the time that there is. */
void progress_wait(const char *what, int64_t ms, int64_t of_ms, int width, struct text *out);

#endif
