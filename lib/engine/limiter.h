/* SPDX-License-Identifier: MIT */
/*
 * How fast an account may be asked: pure arithmetic on what is kept of it.
 *
 * Orders have a bucket of `place_burst` of them that is filled up by one each `place_every_ms`. All
 * that has to be known of it is one time (GCRA): each order moves `place_ms` on by place_every_ms,
 * and may leave as long as place_ms is less than place_burst of them ahead of now. So in any time t
 * at most place_burst + t / place_every_ms orders leave.
 *
 * "Slow down" from the CA stops all calls (slow_until_ms); its burst limiter, which looks at orders
 * alone, stops orders (place_until_ms).
 */
#ifndef EMS_ENGINE_LIMITER_H
#define EMS_ENGINE_LIMITER_H

#include <stdbool.h>

#include "model/record.h"

struct ems_limiter {
	int64_t place_every_ms; /* 0: orders are not held back */
	int64_t place_burst;
	int64_t backoff_ms;     /* the first pause that the CA does not give a length of */
};

/** What is read from a store: forgets what is over, and what a wrong clock wrote. */
void ems_limiter_tidy(ems_pace *pace, int64_t now_ms);

/** When a call, or an order, may leave; it may leave when that is not later than now. */
int64_t ems_limiter_due(const struct ems_limiter *limiter, const ems_pace *pace, bool order);

/** An order leaves. */
void ems_limiter_take(const struct ems_limiter *limiter, ems_pace *pace, int64_t now_ms);

/**
 * The CA asks to slow down, for all calls or for orders. Each time in a row the pause is longer;
 * but what left before a pause began and is refused within it does not count once more.
 *   retry_after  seconds that the CA asks for; 0: it does not say
 * Returns the end of the pause.
 */
int64_t ems_limiter_slow(const struct ems_limiter *limiter, ems_pace *pace, bool orders,
			 int64_t retry_after, uint32_t random, int64_t now_ms);

#endif
