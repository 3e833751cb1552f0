/* SPDX-License-Identifier: MIT */
/* Dates: constants computed elsewhere, borders, zones, and everything that is no date. */
#include "../support/fail.h"

#include <string.h>

#include "base/time.h"

static const struct {
	int64_t t;
	const char *text;
} known[] = {
	{ INT64_C(-62135596800), "0001-01-01T00:00:00Z" },
	{ INT64_C(-11644473600), "1601-01-01T00:00:00Z" },
	{ INT64_C(-2203891201), "1900-02-28T23:59:59Z" },
	{ INT64_C(-2203891200), "1900-03-01T00:00:00Z" },
	{ INT64_C(-1), "1969-12-31T23:59:59Z" },
	{ INT64_C(0), "1970-01-01T00:00:00Z" },
	{ INT64_C(68212800), "1972-02-29T12:00:00Z" },
	{ INT64_C(946684799), "1999-12-31T23:59:59Z" },
	{ INT64_C(951782400), "2000-02-29T00:00:00Z" },
	{ INT64_C(978307199), "2000-12-31T23:59:59Z" },
	{ INT64_C(978307200), "2001-01-01T00:00:00Z" },
	{ INT64_C(1768472430), "2026-01-15T10:20:30Z" },
	{ INT64_C(1774747800), "2026-03-29T01:30:00Z" },
	{ INT64_C(1792891800), "2026-10-25T01:30:00Z" },
	{ INT64_C(2147483647), "2038-01-19T03:14:07Z" },
	{ INT64_C(2147483648), "2038-01-19T03:14:08Z" },
	{ INT64_C(4107542399), "2100-02-28T23:59:59Z" },
	{ INT64_C(4107542400), "2100-03-01T00:00:00Z" },
	{ INT64_C(13574649599), "2400-02-29T23:59:59Z" },
	{ INT64_C(253402300799), "9999-12-31T23:59:59Z" },
};

static void known_times_both_ways(void **state)
{
	char text[EMS_TIME_TEXT];
	int64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		ems_time_rfc3339(known[i].t, text);
		assert_string_equal(text, known[i].text);
		assert_true(ems_time_parse(known[i].text, &t));
		assert_int_equal(t, known[i].t);
		ems_time_date(known[i].t, text);
		assert_int_equal(strlen(text), 10);
		assert_memory_equal(text, known[i].text, 10);
		ems_time_offset(known[i].t, text);
		assert_int_equal(strlen(text), 25);
		assert_memory_equal(text, known[i].text, 19);
		assert_string_equal(text + 19, "+00:00");
	}
}

/* The sum over all years that Python's datetime gives, each day number with a weight of its own. */
static void every_year_from_1601_to_9999(void **state)
{
	int64_t sum = 0, weight = 0;

	(void)state;
	for (int64_t year = 1601; year <= 9999; year++) {
		sum += ems_time_civil(year, 1, 1, 0, 0, 0) / 86400 * ++weight;
		sum += ems_time_civil(year, 3, 1, 0, 0, 0) / 86400 * ++weight;
	}
	assert_true(sum == INT64_C(269513176603897));
}

static void round_trips_from_1601_to_9999(void **state)
{
	const int64_t end = ems_time_civil(9999, 12, 31, 23, 59, 59);
	char text[EMS_TIME_TEXT];
	int64_t back;

	(void)state;
	/* a step that meets all days of the year and all times of the day */
	for (int64_t t = ems_time_civil(1601, 1, 1, 0, 0, 0); t <= end; t += 86400 * 53 + 3607) {
		ems_time_rfc3339(t, text);
		assert_true(ems_time_parse(text, &back));
		assert_true(back == t);
	}
}

static void years_end_at_midnight(void **state)
{
	char text[EMS_TIME_TEXT];

	(void)state;
	for (int64_t year = 1601; year <= 9999; year++) {
		int64_t first = ems_time_civil(year, 1, 1, 0, 0, 0);

		ems_time_rfc3339(first, text);
		assert_memory_equal(text + 4, "-01-01T00:00:00Z", 17);
		ems_time_rfc3339(first - 1, text);
		assert_memory_equal(text + 4, "-12-31T23:59:59Z", 17);
	}
}

static void accepted_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} rows[] = {
		{ "2026-01-15", 1768435200 },
		{ "2026-01-15 10:20:30", 1768472430 },
		{ "2026-01-15T10:20:30", 1768472430 },
		{ "2026-01-15T10:20", 1768472400 },
		{ "2026-01-15 10:20Z", 1768472400 },
		{ "2026-01-15T10:20:30Z", 1768472430 },
		{ "2026-01-15 10:20:30.1", 1768472430 },
		{ "2026-01-15T10:20:30.999999999Z", 1768472430 },
		{ "2026-01-15T10:20:30.5+05:30", 1768452630 },
		{ "2026-01-15T10:20:30+05:30", 1768452630 },
		{ "2026-01-15T10:20:30+0530", 1768452630 },
		{ "2026-01-15T10:20:30-08:00", 1768501230 },
		{ "2026-01-15T10:20:30+00:00", 1768472430 },
		{ "2026-01-15T10:20:30-00:00", 1768472430 },
		{ "2026-01-15T10:20:30+14:00", 1768422030 },
		{ "2026-01-01T00:30:00+05:30", 1767207600 }, /* last year, in UTC */
		{ "2016-12-31T23:59:60Z", 1483228800 },      /* a leap second */
		{ "2024-02-29", 1709164800 },
		{ "2000-02-29", 951782400 },
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!ems_time_parse(rows[i].text, &t))
			fail_msg("'%s' is refused", rows[i].text);
		assert_true(t == rows[i].t);
	}
}

static void refused_texts(void **state)
{
	static const char *const texts[] = {
		"", "0", "now", "2026", "2026-01", "2026-1-15", "26-01-15", "20260115",
		"15-01-2026", "15/01/2026", "2026/01/15", "+2026-01-15", "-2026-01-15",
		" 2026-01-15", "2026-01-15 ", "2026-01-15T", "2026-01-15Z", "2026-01-15+05:30",
		"2026-00-15", "2026-13-15", "2026-01-00", "2026-01-32", "2026-04-31", "2026-02-29",
		"1900-02-29", "2100-02-29", "2024-02-30", "0000-01-01", "0000-00-00",
		"2026-01-15T24:00:00", "2026-01-15T10:60:00", "2026-01-15T10:20:61",
		"2026-01-15T10", "2026-01-15T1:20:30", "2026-01-15T10:2", "2026-01-15T10:20:3",
		"2026-01-15T10:20:", "2026-01-15T10:20:30.", "2026-01-15T10:20:30.Z",
		"2026-01-15T10:20.5", "2026-01-15T10:20:30,5", "2026-01-15T10:20:30z",
		"2026-01-15t10:20:30Z", "2026-01-15T10:20:30ZZ", "2026-01-15T10:20:30Z ",
		"2026-01-15T10:20:30 Z", "2026-01-15T10:20:30+", "2026-01-15T10:20:30+5:30",
		"2026-01-15T10:20:30+05", "2026-01-15T10:20:30+05:3", "2026-01-15T10:20:30+05:60",
		"2026-01-15T10:20:30+15:00", "2026-01-15T10:20:30+05:30fhgfhg",
		"2026-01-15T10:20:30+-5:30", "2026-01-15  10:20:30", "2026-01-15T10:20:30 GMT",
		"12026-01-15", "2026-01-15\n", "2026-01-1\xef\xbc\x95",
	};
	int64_t t = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (ems_time_parse(texts[i], &t))
			fail_msg("'%s' is accepted", texts[i]);
	assert_false(ems_time_parse(NULL, &t));
	assert_int_equal(t, 42);
}

static void times_beyond_four_digits_are_clamped(void **state)
{
	static const struct {
		int64_t t;
		const char *text;
	} rows[] = {
		{ EMS_TIME_MAX, "9999-12-31T23:59:59+00:00" },
		{ EMS_TIME_MAX + 1, "9999-12-31T23:59:59+00:00" },
		{ INT64_MAX, "9999-12-31T23:59:59+00:00" },
		{ EMS_TIME_MIN - 1, "0001-01-01T00:00:00+00:00" },
		{ INT64_MIN, "0001-01-01T00:00:00+00:00" },
	};
	char text[EMS_TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ems_time_offset(rows[i].t, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_both_ways),
		cmocka_unit_test(every_year_from_1601_to_9999),
		cmocka_unit_test(round_trips_from_1601_to_9999),
		cmocka_unit_test(years_end_at_midnight),
		cmocka_unit_test(accepted_forms),
		cmocka_unit_test(refused_texts),
		cmocka_unit_test(times_beyond_four_digits_are_clamped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
