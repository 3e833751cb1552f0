/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include <string.h>
#include <time.h>

long long sim_clock_now(struct sim *sim)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + sim->clock_ms;
}

static char *text_of(struct sim_arena *arena, long long ms, bool iso)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32] = "";
	struct tm tm;

	if (ms && gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), iso ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S",
			 &tm);
	return sim_mem_text(arena, text);
}

char *sim_clock_text(struct sim_arena *arena, long long ms)
{
	return text_of(arena, ms, false);
}

char *sim_clock_iso(struct sim_arena *arena, long long ms)
{
	return text_of(arena, ms, true);
}

long long sim_clock_date(int year, int month, int day)
{
	/* civil date to days: years start in March, so that leap days come last */
	long long y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
	long long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool number(const char **text, int digits, int min, int max, int *out)
{
	int value = 0, i;

	for (i = 0; i < digits; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		value = value * 10 + **text - '0';
	}
	*out = value;
	return value >= min && value <= max;
}

static bool take(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool parse_zone(const char *text, int *minutes)
{
	int sign = *text == '-' ? -1 : 1, hour, minute;

	/* the service takes a time without a zone for Indian time */
	*minutes = 330;
	if (!*text)
		return true;
	*minutes = 0;
	if (!strcmp(text, "Z"))
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	if (!number(&text, 2, 0, 18, &hour))
		return false;
	take(&text, ':');
	if (!number(&text, 2, 0, 59, &minute) || *text)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

bool sim_clock_parse(const char *text, long long *ms, bool *date_only)
{
	int year, month, day, hour = 0, minute = 0, second = 0, zone = 0;
	long long minutes;

	if (!number(&text, 4, 1970, 9999, &year) || !take(&text, '-') ||
	    !number(&text, 2, 1, 12, &month) || !take(&text, '-') ||
	    !number(&text, 2, 1, 31, &day))
		return false;
	*date_only = !*text;
	if (*text) {
		if ((!take(&text, 'T') && !take(&text, ' ')) || !number(&text, 2, 0, 23, &hour) ||
		    !take(&text, ':') || !number(&text, 2, 0, 59, &minute))
			return false;
		if (take(&text, ':') && !number(&text, 2, 0, 60, &second))
			return false;
		if (take(&text, '.'))
			text += strspn(text, "0123456789");
		if (!parse_zone(text, &zone))
			return false;
	}
	minutes = (sim_clock_date(year, month, day) * 24 + hour) * 60 + minute - zone;
	*ms = (minutes * 60 + second) * 1000;
	return true;
}

void sim_clock_sleep(struct sim *sim, long ms)
{
	/* in slices, so that a long delay does not hold up the end */
	while (ms > 0 && !atomic_load(&sim->stop)) {
		long slice = ms < 50 ? ms : 50;
		struct timespec pause = { 0, slice * 1000000 };

		nanosleep(&pause, NULL);
		ms -= slice;
	}
}

void sim_clock_wait(struct sim *sim, const struct timespec *since, long ms)
{
	long long end = since->tv_sec * 1000000000LL + since->tv_nsec + ms * 1000000LL, now;
	struct timespec at;

	while (!atomic_load(&sim->stop)) {
		clock_gettime(CLOCK_MONOTONIC, &at);
		now = at.tv_sec * 1000000000LL + at.tv_nsec;
		if (now >= end)
			break;
		now = end - now > 50000000 ? now + 50000000 : end;
		at.tv_sec = (time_t)(now / 1000000000);
		at.tv_nsec = (long)(now % 1000000000);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
}

uint64_t sim_clock_random(struct sim *sim)
{
	sim->random += UINT64_C(0x9e3779b97f4a7c15);
	return sim_mem_mix(sim->random);
}

char *sim_clock_hex(struct sim *sim, int n)
{
	char *text = sim_mem_alloc(&sim->arena, (size_t)n + 1);
	int i;

	for (i = 0; i < n; i++)
		text[i] = "0123456789abcdef"[sim_clock_random(sim) & 15];
	return text;
}
