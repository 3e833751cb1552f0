/* SPDX-License-Identifier: MIT */
/* The command's progress: the words for every state, and when they are said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "../../examples/cli/progress.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	int64_t done, total, ms;
	int width;
	const char *bar;
} bars[] = {
	/* columns keep their place */
	{ 0, 200000, 0, 79, "orders         [-------------]       0 of 200000    0 %" },
	{ 60000, 200000, 6000, 79,
	  "orders         [###----------]   60000 of 200000   30 %   10000/s     0:14 left" },
	{ 199999, 200000, 20000, 79,
	  "orders         [############-]  199999 of 200000   99 %    9999/s     0:01 left" },
	{ 200000, 200000, 20000, 79,
	  "orders         [#############]  200000 of 200000  100 %   10000/s" },
	/* forty cells at most, on however wide a terminal */
	{ 5, 10, 2500, 300,
	  "orders         [####################--------------------]   5 of 10   50 %     2.0/s"
	  "     0:03 left" },
	/* the less room, the fewer parts */
	{ 60000, 200000, 6000, 69,
	  "orders         [#####------------]   60000 of 200000   30 %   10000/s" },
	{ 60000, 200000, 6000, 50, "orders  [####-----------]   60000 of 200000   30 %" },
	{ 60000, 200000, 6000, 40, "orders  [###---------]   60000 of 200000" },
	{ 60000, 200000, 6000, 30, "orders   60000 of 200000" },
	{ 60000, 200000, 6000, 10, "orders   6" },
	{ 60000, 200000, 6000, 0, "" },
	/* a total that nobody knows, and one that was wrong */
	{ 60000, 0, 6000, 79, "orders         60000   10000/s" },
	{ 60000, 0, 6000, 14, "orders  60000" },
	{ 12, 10, 2000, 60, "orders         [################]  12 of 10  100 %     6.0/s" },
	/* too early for a rate; too slow for a forecast; hours */
	{ 600, 2000, 999, 50, "orders  [#####--------------]   600 of 2000   30 %" },
	{ 1, 2000000, 1000, 66,
	  "orders         [------------]        1 of 2000000    0 %     1.0/s" },
	{ 1000, 100000, 100000, 79,
	  "orders         [-------------]    1000 of 100000    1 %      10/s  2:45:00 left" },
};

static struct progress state(int64_t done, int64_t total, int64_t ms)
{
	return (struct progress){ .phase = "orders", .done = done, .total = total,
				  .began_ms = 5000, .now_ms = 5000 + ms };
}

static void test_bars(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(bars); i++) {
		struct progress p = state(bars[i].done, bars[i].total, bars[i].ms);
		struct text out = { 0 };

		progress_bar(&p, bars[i].width, &out);
		assert_string_equal(text_str(&out), bars[i].bar);
		assert_true((int)strlen(text_str(&out)) <= bars[i].width);
		text_free(&out);
	}
}

static void test_every_width(void **unused)
{
	(void)unused;
	for (int width = 0; width < 120; width++) {
		struct progress p = state(123456, 7654321, 65000);
		struct text out = { 0 };

		progress_bar(&p, width, &out);
		assert_true((int)strlen(text_str(&out)) <= width);
		text_reset(&out);
		progress_wait("pending-validation", 65000, 300000, width, &out);
		assert_true((int)strlen(text_str(&out)) <= width);
		text_free(&out);
	}
}

static const struct {
	int64_t done, total, ms;
	bool over;
	const char *line;
} lines[] = {
	{ 60000, 200000, 6000, false, "orders: 60000 of 200000, 30 %, 10000/s, 0:14 left" },
	{ 60000, 200000, 6000, true, "orders: 60000 of 200000 in 0:06, 30 %, 10000/s" },
	{ 200000, 200000, 75000, true, "orders: 200000 of 200000 in 1:15, 2666/s" },
	{ 3, 3, 0, true, "orders: 3 of 3" },
	{ 60000, 0, 6000, false, "orders: 60000, 10000/s" },
	{ 1, 3, 3600000, false, "orders: 1 of 3, 33 %" },
};

static void test_lines(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct progress p = state(lines[i].done, lines[i].total, lines[i].ms);
		struct text out = { 0 };

		p.over = lines[i].over;
		progress_line(&p, &out);
		assert_string_equal(text_str(&out), lines[i].line);
		text_free(&out);
	}
}

static void test_wait(void **unused)
{
	struct text out = { 0 };

	(void)unused;
	progress_wait("pending-validation", 12999, 300000, 79, &out);
	assert_string_equal(text_str(&out), "waiting  pending-validation  0:12 of 5:00");
	text_free(&out);
}

/* --- when --------------------------------------------------------------------------------- */

struct moment {
	const char *phase;
	int64_t done, total, ms;
	bool told;
};

static void play(enum progress_mode mode, const struct moment *moments, size_t n)
{
	struct progress p = { .over = false };

	for (size_t i = 0; i < n; i++)
		if (progress_take(&p, mode, moments[i].phase, moments[i].done, moments[i].total,
				  moments[i].ms) != moments[i].told)
			fail_msg("moment %zu", i);
}

static void test_bar_ten_times_a_second(void **unused)
{
	static const struct moment moments[] = {
		{ "orders", 0, 0, 1000, false }, /* nothing to say yet */
		{ "orders", 10, 100, 1001, true },
		{ "orders", 20, 100, 1050, false },
		{ "orders", 30, 100, 1100, false },
		{ "orders", 40, 100, 1101, true },
		{ "orders", 50, 100, 1102, false },
		{ "orders", 100, 100, 1103, true }, /* the end, whenever it is */
		{ "orders", 100, 100, 1900, false }, /* ... once */
		{ "certificates", 0, 100, 1904, true }, /* another phase at once */
		{ "certificates", 1, 100, 1905, false },
		{ "certificates", 0, 50, 1906, true }, /* again from the start */
	};

	(void)unused;
	play(PROGRESS_BAR, moments, COUNT(moments));
}

static void test_lines_now_and_then(void **unused)
{
	static const struct moment moments[] = {
		{ "orders", 10, 100, 1000, false }, { "orders", 20, 100, 5999, false },
		{ "orders", 21, 100, 6000, true }, { "orders", 22, 100, 10999, false },
		{ "orders", 23, 100, 11000, true }, { "orders", 100, 100, 11001, true },
		{ "orders", 100, 100, 19000, false },
		/* what is over within a second is not worth a line */
		{ "groups", 1, 2, 20000, false }, { "groups", 2, 2, 20999, false },
		{ "domains", 1, 2, 30000, false }, { "domains", 2, 2, 31000, true },
	};

	(void)unused;
	play(PROGRESS_LINES, moments, COUNT(moments));
}

/* A phase that never met its total is told too, when something else begins or all is over. */
static void test_end(void **unused)
{
	struct progress p = { .over = false };

	(void)unused;
	assert_false(progress_end(&p));
	assert_false(progress_take(&p, PROGRESS_LINES, "orders", 1, 9, 1000));
	assert_false(progress_begins(&p, "orders", 2));
	assert_true(progress_begins(&p, "orders", 0));
	assert_true(progress_begins(&p, "certificates", 2));
	assert_false(progress_take(&p, PROGRESS_LINES, "orders", 2, 9, 2000));
	assert_true(progress_end(&p));
	assert_false(progress_end(&p));
	assert_false(progress_take(&p, PROGRESS_LINES, "certificates", 1, 9, 3000));
	assert_false(progress_take(&p, PROGRESS_LINES, "certificates", 2, 9, 3500));
	assert_false(progress_end(&p)); /* it took no second */
	assert_false(progress_take(&p, PROGRESS_LINES, "domains", 1, 9, 4000));
	assert_true(progress_take(&p, PROGRESS_LINES, "domains", 9, 9, 5000));
	assert_false(progress_end(&p)); /* it was told */
}

static void test_long_names(void **unused)
{
	char name[100];
	struct progress p = { .over = false };

	(void)unused;
	memset(name, 'x', sizeof(name));
	name[99] = '\0';
	assert_true(progress_take(&p, PROGRESS_BAR, name, 1, 9, 1000));
	assert_false(progress_begins(&p, name, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_bar_ten_times_a_second),
		cmocka_unit_test(test_lines_now_and_then),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
