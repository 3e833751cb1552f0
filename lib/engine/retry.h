/* SPDX-License-Identifier: MIT */
/* Whether a question may be asked again: a pure decision. */
#ifndef EMS_ENGINE_RETRY_H
#define EMS_ENGINE_RETRY_H

#include "wire/dialect.h"

/** How one attempt ended. */
struct ems_outcome {
	emsign_rc rc;
	enum ems_class class_;
	bool processed;       /* the CA answered as itself */
	bool unsent;          /* no byte left this machine */
	int http_status;
	int64_t retry_after;  /* seconds; 0: not said */
};

struct ems_policy {
	int64_t attempts;     /* at most, all in all */
	int64_t backoff_ms;   /* before the second attempt; doubles from there */
};

/** Longer than this nobody waits inside a call; the caller is told when to come back. */
#define EMS_LONGEST_WAIT_MS (5 * 60 * 1000)

enum ems_decision {
	EMS_DECIDE_DONE,      /* it is as it is */
	EMS_DECIDE_AGAIN,     /* ask again after *wait_ms */
	EMS_DECIDE_LOGIN,     /* ask again at once, with a new access token */
	EMS_DECIDE_INDOUBT    /* it may have happened: never ask again blindly */
};

/**
 * The pause after the n-th failure in a row: doubles up to a minute, unless the first one is longer
 * already. `random` spreads it by a quarter up and down, so that those who failed together do not
 * come back together.
 */
int64_t ems_retry_pause(int64_t backoff_ms, int64_t nth, uint32_t random);

/**
 *   changes  the question changes the world
 *   attempt  1 for the first
 *   random   spreads the pause
 */
enum ems_decision ems_retry_decide(const struct ems_outcome *outcome, bool changes, int64_t attempt,
				   const struct ems_policy *policy, uint32_t random,
				   int64_t *wait_ms);

#endif
