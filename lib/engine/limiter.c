/* SPDX-License-Identifier: MIT */
#include "engine/limiter.h"

#include <string.h>

#include "engine/retry.h"

/* The longest cool-down that was ever told of is 25 minutes: who is refused later begins anew. */
#define FORGET_MS INT64_C(1800000)
/* A CA that asks to be left alone for longer is asked once a day. */
#define LONGEST_SLOW_MS INT64_C(86400000)
/* Clocks that share a store may differ by this much. */
#define SKEW_MS INT64_C(60000)

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void ems_limiter_tidy(ems_pace *pace, int64_t now_ms)
{
	const char *id = pace->id;

	if (pace->at_ms > now_ms + SKEW_MS) { /* the clock was set back since */
		memset(pace, 0, sizeof(*pace));
		pace->id = id;
	}
	if (now_ms - later(pace->slow_until_ms, pace->place_until_ms) > FORGET_MS)
		pace->refusals = 0;
}

/* How far ahead of now the orders may be that left. */
static int64_t ahead(const struct ems_limiter *limiter)
{
	return (limiter->place_burst - 1) * limiter->place_every_ms;
}

int64_t ems_limiter_due(const struct ems_limiter *limiter, const ems_pace *pace, bool order)
{
	if (!order)
		return pace->slow_until_ms;
	return later(later(pace->slow_until_ms, pace->place_until_ms),
		     limiter->place_every_ms ? pace->place_ms - ahead(limiter) : 0);
}

void ems_limiter_take(const struct ems_limiter *limiter, ems_pace *pace, int64_t now_ms)
{
	pace->place_ms = later(pace->place_ms, now_ms) + limiter->place_every_ms;
	pace->at_ms = now_ms;
}

int64_t ems_limiter_slow(const struct ems_limiter *limiter, ems_pace *pace, bool orders,
			 int64_t retry_after, uint32_t random, int64_t now_ms)
{
	int64_t *until = orders ? &pace->place_until_ms : &pace->slow_until_ms;
	int64_t wait = 0;

	if (now_ms >= *until)
		wait = ems_retry_pause(limiter->backoff_ms, ++pace->refusals, random);
	if (retry_after > LONGEST_SLOW_MS / 1000)
		retry_after = LONGEST_SLOW_MS / 1000;
	wait = later(wait, retry_after * 1000);
	*until = later(*until, now_ms + wait);
	if (orders) /* and then one by one */
		pace->place_ms = later(pace->place_ms, *until + ahead(limiter));
	pace->at_ms = now_ms;
	return *until;
}
