/* SPDX-License-Identifier: MIT */
/* How far long work is: a bar where stderr is a terminal, elsewhere a line now and then. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool on_terminal(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDERR_FILENO) && !(kind && strcmp(kind, "dumb") == 0);
}

/* One less than there are: a full line would move on to the next. */
static int columns(void)
{
	struct winsize size = { 0 };

	return (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80) - 1;
}

static void draw(struct call *c, const struct text *line)
{
	fprintf(stderr, "\r%s", text_str(line));
	if ((int)line->len < c->bar) /* what is left of a longer one */
		fprintf(stderr, "%*s", c->bar - (int)line->len, "");
	c->bar = (int)line->len > c->bar ? (int)line->len : c->bar;
}

void bar_clear(struct call *c)
{
	if (c->bar)
		fprintf(stderr, "\r%*s\r", c->bar, "");
	c->bar = 0;
}

static void tell(struct call *c, enum progress_mode mode)
{
	struct text line = { 0 };

	if (mode == PROGRESS_BAR) {
		progress_bar(&c->progress, columns(), &line);
		draw(c, &line);
	} else {
		progress_line(&c->progress, &line);
		fprintf(stderr, "%s\n", text_str(&line));
	}
	text_free(&line);
}

/* A script that reads JSON looks at its own clock. */
static bool wants_progress(const struct call *c)
{
	return !c->json && c->log_level >= EMSIGN_LOG_WARNING;
}

void bar_event(struct call *c, const emsign_event *e)
{
	enum progress_mode mode = on_terminal() ? PROGRESS_BAR : PROGRESS_LINES;
	const char *phase = e->text ? e->text : e->verb;

	if (!wants_progress(c))
		return;
	if (mode == PROGRESS_LINES && progress_begins(&c->progress, phase, e->done) &&
	    progress_end(&c->progress))
		tell(c, mode);
	if (progress_take(&c->progress, mode, phase, e->done, e->total, wait_clock()))
		tell(c, mode);
}

void bar_end(struct call *c)
{
	if (progress_end(&c->progress) && wants_progress(c) && !on_terminal())
		tell(c, PROGRESS_LINES);
	bar_clear(c);
}

void bar_wait(struct call *c, const char *what, int64_t ms, int64_t of_ms)
{
	struct text line = { 0 };

	if (!wants_progress(c) || !on_terminal())
		return;
	progress_wait(what, ms, of_ms, columns(), &line);
	draw(c, &line);
	text_free(&line);
}
