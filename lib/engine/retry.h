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

enum ems_decision {
	EMS_DECIDE_DONE,      /* it is as it is */
	EMS_DECIDE_AGAIN,     /* ask again after *wait_ms */
	EMS_DECIDE_INDOUBT    /* it may have happened: never ask again blindly */
};

/**
 *   changes  the question changes the world
 *   attempt  1 for the first
 *   random   spreads the pause by a quarter up and down
 */
enum ems_decision ems_retry_decide(const struct ems_outcome *outcome, bool changes, int64_t attempt,
				   const struct ems_policy *policy, uint32_t random,
				   int64_t *wait_ms);

#endif
