/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_MS 100
#define LINES_MS 5000
#define SURE_MS 1000 /* after so long a rate means something */
#define MOST_LEFT 360000 /* seconds; a hundred hours are not worth a forecast */
#define ROOMY 60
#define NAME_COLUMNS 13 /* of the longest phase, where there is room: bars are aligned */
#define LEAST_CELLS 10
#define MOST_CELLS 40

static int64_t elapsed(const struct progress *p)
{
	return p->now_ms - p->began_ms;
}

/* --- when ----------------------------------------------------------------------------------- */

bool progress_begins(const struct progress *p, const char *phase, int64_t done)
{
	return strncmp(p->phase, phase, sizeof(p->phase) - 1) != 0 || done < p->done;
}

bool progress_take(struct progress *p, enum progress_mode mode, const char *phase, int64_t done,
		   int64_t total, int64_t now_ms)
{
	bool complete = total > 0 && done >= total;

	if (progress_begins(p, phase, done)) {
		*p = (struct progress){ .first = done, .began_ms = now_ms };
		(void)snprintf(p->phase, sizeof(p->phase), "%s", phase);
		/* a bar comes at once; lines only for what takes its time */
		p->told_ms = mode == PROGRESS_BAR ? now_ms - BAR_MS : now_ms;
	}
	p->done = done;
	p->total = total;
	p->now_ms = now_ms;
	if (p->over || (done == 0 && total == 0))
		return false;
	p->over = complete;
	if (complete)
		return mode == PROGRESS_BAR || elapsed(p) >= SURE_MS;
	if (now_ms - p->told_ms < (mode == PROGRESS_BAR ? BAR_MS : LINES_MS))
		return false;
	p->told_ms = now_ms;
	return true;
}

bool progress_end(struct progress *p)
{
	bool left = p->phase[0] && !p->over && elapsed(p) >= SURE_MS;

	p->over = true;
	return left;
}

/* --- parts ---------------------------------------------------------------------------------- */

/* Thousandths per second; 0 while there is too little to tell by. */
static int64_t rate_of(const struct progress *p)
{
	return elapsed(p) < SURE_MS ? 0 : (p->done - p->first) * 1000000 / elapsed(p);
}

/* "310/s"; slow work has a decimal. */
static void rate_text(const struct progress *p, char out[32])
{
	int64_t rate = rate_of(p);

	out[0] = '\0';
	if (rate >= 10000)
		(void)snprintf(out, 32, "%" PRId64 "/s", rate / 1000);
	else if (rate > 0)
		(void)snprintf(out, 32, "%" PRId64 ".%" PRId64 "/s", rate / 1000,
			       rate % 1000 / 100);
}

/* "0:09", "12:05", "3:02:05" */
static void time_text(int64_t seconds, char out[32])
{
	if (seconds < 3600)
		(void)snprintf(out, 32, "%" PRId64 ":%02d", seconds / 60, (int)(seconds % 60));
	else
		(void)snprintf(out, 32, "%" PRId64 ":%02d:%02d", seconds / 3600,
			       (int)(seconds / 60 % 60), (int)(seconds % 60));
}

/* "0:09 left"; nothing when nobody can know. */
static void left_text(const struct progress *p, char out[48])
{
	int64_t rate = rate_of(p), seconds = 0;
	char time[32];

	out[0] = '\0';
	if (rate > 0 && p->total > p->done)
		seconds = ((p->total - p->done) * 1000 + rate - 1) / rate;
	if (seconds <= 0 || seconds >= MOST_LEFT)
		return;
	time_text(seconds, time);
	(void)snprintf(out, 48, "%s left", time);
}

static int percent_of(const struct progress *p)
{
	if (p->total <= 0)
		return 0;
	/* a hundred is for what is whole */
	return p->done >= p->total ? 100 : (int)(p->done * 100 / p->total);
}

static int digits(int64_t n)
{
	char text[24];

	return snprintf(text, sizeof(text), "%" PRId64, n);
}

/* --- words ---------------------------------------------------------------------------------- */

void progress_line(const struct progress *p, struct text *out)
{
	char rate[32], left[48], time[32];
	bool whole = p->total > 0 && p->done >= p->total;

	text_print(out, "%s: %" PRId64, p->phase, p->done);
	if (p->total > 0)
		text_print(out, " of %" PRId64, p->total);
	rate_text(p, rate);
	left_text(p, left);
	time_text(elapsed(p) / 1000, time);
	if (p->over && elapsed(p) >= SURE_MS)
		text_print(out, " in %s", time);
	if (p->total > 0 && !whole)
		text_print(out, ", %d %%", percent_of(p));
	if (rate[0])
		text_print(out, ", %s", rate);
	if (left[0] && !p->over)
		text_print(out, ", %s", left);
}

/* What stands behind the bar, with fewer parts the less room there is. Columns keep their place. */
static void tail(const struct progress *p, int parts, struct text *out)
{
	char rate[32], left[48];

	text_reset(out);
	if (p->total > 0)
		text_print(out, "%*" PRId64 " of %" PRId64, digits(p->total), p->done, p->total);
	else
		text_print(out, "%" PRId64, p->done);
	if (parts > 1 && p->total > 0)
		text_print(out, "  %3d %%", percent_of(p));
	rate_text(p, rate);
	if (parts > 2)
		text_print(out, "  %8s", rate);
	left_text(p, left);
	if (parts > 3 && p->total > 0)
		text_print(out, "  %12s", left);
}

static void cells(const struct progress *p, int n, struct text *out)
{
	int filled = p->done >= p->total ? n : (int)(p->done * n / p->total);

	text_add(out, "[");
	for (int i = 0; i < n; i++)
		text_add(out, i < filled ? "#" : "-");
	text_add(out, "]  ");
}

static void cut(struct text *out, int width)
{
	if ((int)out->len > width) {
		out->len = (size_t)width;
		out->s[width] = '\0';
	}
	while (out->len && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
}

void progress_bar(const struct progress *p, int width, struct text *out)
{
	struct text end = { 0 };
	int name = (int)strlen(p->phase), parts = 4, room;

	if (width >= ROOMY && name < NAME_COLUMNS)
		name = NAME_COLUMNS;
	for (;; parts--) {
		tail(p, parts, &end);
		/* phase, blanks, brackets, blanks */
		room = width - name - 2 - 4 - (int)end.len;
		if (parts == 1 || (p->total > 0 ? room >= LEAST_CELLS : room + 4 >= 0))
			break;
	}
	text_print(out, "%-*s  ", name, p->phase);
	if (p->total > 0 && room >= LEAST_CELLS)
		cells(p, room < MOST_CELLS ? room : MOST_CELLS, out);
	text_add(out, text_str(&end));
	cut(out, width > 0 ? width : 0);
	text_free(&end);
}

void progress_wait(const char *what, int64_t ms, int64_t of_ms, int width, struct text *out)
{
	char time[32], end[32];

	time_text(ms / 1000, time);
	time_text(of_ms / 1000, end);
	text_print(out, "waiting  %s  %s of %s", what, time, end);
	cut(out, width > 0 ? width : 0);
}
