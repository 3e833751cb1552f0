/* SPDX-License-Identifier: MIT */
#include "base/time.h"

#include <stdio.h>
#include <string.h>

struct civil {
	int64_t year;
	unsigned month, day, hour, minute, second;
};

static const unsigned days_before[] = {
	0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365
};

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(int64_t year, unsigned month)
{
	return days_before[month] - days_before[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 1970-01-01 to the first of January of a year. */
static int64_t days_to_year(int64_t year)
{
	int64_t y = year - 1;
	int64_t leaps = y / 4 - y / 100 + y / 400;

	return (year - 1970) * 365 + leaps - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

int64_t ems_time_civil(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute,
		       unsigned second)
{
	int64_t days = days_to_year(year) + days_before[month - 1] + day - 1;

	if (month > 2 && is_leap(year))
		days++;
	return days * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
}

static void split(int64_t t, struct civil *c)
{
	int64_t days, rest, year;

	t = t < EMS_TIME_MIN ? EMS_TIME_MIN : t > EMS_TIME_MAX ? EMS_TIME_MAX : t;
	days = t / 86400;
	rest = t % 86400;
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	year = 1970 + days / 366;
	if (days < 0)
		year = 1970 + days / 365 - 1;
	while (days_to_year(year + 1) <= days)
		year++;
	days -= days_to_year(year);
	c->year = year;
	c->month = 1;
	while (days >= (int64_t)days_in(year, c->month))
		days -= days_in(year, c->month++);
	c->day = (unsigned)days + 1;
	c->hour = (unsigned)(rest / 3600);
	c->minute = (unsigned)(rest / 60 % 60);
	c->second = (unsigned)(rest % 60);
}

int64_t ems_time_add_years(int64_t t, int64_t years)
{
	struct civil c;

	split(t, &c);
	c.year += years;
	if (c.day > days_in(c.year, c.month))
		c.day = days_in(c.year, c.month);
	return ems_time_civil(c.year, c.month, c.day, c.hour, c.minute, c.second);
}

static bool number(const char **at, int digits, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++) {
		if (**at < '0' || **at > '9')
			return false;
		*out = *out * 10 + (unsigned)(*(*at)++ - '0');
	}
	return true;
}

static bool skip(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* "30" or "30.250"; the fraction is passed over. */
static bool seconds(const char **at, unsigned *out)
{
	unsigned digit;

	if (!number(at, 2, out))
		return false;
	if (!skip(at, '.'))
		return true;
	if (!number(at, 1, &digit))
		return false;
	*at += strspn(*at, "0123456789");
	return true;
}

/* "Z", "+05:30", "-0800" or nothing, then the end of the text. */
static bool zone(const char *at, int64_t *offset)
{
	unsigned hours, minutes;
	int sign;

	*offset = 0;
	if (skip(&at, 'Z') || *at == '\0')
		return *at == '\0';
	sign = *at == '-' ? -1 : 1;
	if (!skip(&at, '+') && !skip(&at, '-'))
		return false;
	if (!number(&at, 2, &hours))
		return false;
	skip(&at, ':');
	if (!number(&at, 2, &minutes) || *at || hours > 14 || minutes > 59)
		return false;
	*offset = sign * (int64_t)(hours * 3600 + minutes * 60);
	return true;
}

bool ems_time_parse(const char *text, int64_t *out)
{
	struct civil c = { 0, 0, 0, 0, 0, 0 };
	const char *at = text;
	unsigned year;
	int64_t offset = 0;

	if (!text || !number(&at, 4, &year) || !skip(&at, '-') || !number(&at, 2, &c.month) ||
	    !skip(&at, '-') || !number(&at, 2, &c.day))
		return false;
	c.year = year;
	if (*at) {
		if (!skip(&at, ' ') && !skip(&at, 'T'))
			return false;
		if (!number(&at, 2, &c.hour) || !skip(&at, ':') || !number(&at, 2, &c.minute))
			return false;
		if (skip(&at, ':') && !seconds(&at, &c.second))
			return false;
		if (!zone(at, &offset))
			return false;
	}
	if (year < 1 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > days_in(c.year, c.month) || c.hour > 23 || c.minute > 59 || c.second > 60)
		return false;
	*out = ems_time_civil(c.year, c.month, c.day, c.hour, c.minute, c.second) - offset;
	return true;
}

void ems_time_offset(int64_t t, char out[EMS_TIME_TEXT])
{
	struct civil c;

	split(t, &c);
	snprintf(out, EMS_TIME_TEXT, "%04d-%02u-%02uT%02u:%02u:%02u+00:00", (int)c.year, c.month,
		 c.day, c.hour, c.minute, c.second);
}

void ems_time_rfc3339(int64_t t, char out[EMS_TIME_TEXT])
{
	struct civil c;

	split(t, &c);
	snprintf(out, EMS_TIME_TEXT, "%04d-%02u-%02uT%02u:%02u:%02uZ", (int)c.year, c.month, c.day,
		 c.hour, c.minute, c.second);
}

void ems_time_date(int64_t t, char out[EMS_TIME_TEXT])
{
	struct civil c;

	split(t, &c);
	snprintf(out, EMS_TIME_TEXT, "%04d-%02u-%02u", (int)c.year, c.month, c.day);
}
