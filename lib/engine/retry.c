/* SPDX-License-Identifier: MIT */
#include "engine/retry.h"

/* Longer than this nobody waits inside a call; the caller is told when to come back. */
#define LONGEST_WAIT_MS (5 * 60 * 1000)

/* Said by us, never by the CA: an answer that could not be read to its end. */
static bool is_ours(emsign_rc rc)
{
	return rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_INVALID || rc == EMSIGN_E_PROTO;
}

/* An answer, or the lack of one, that leaves open whether the CA did it. */
static bool is_open(const struct ems_outcome *o)
{
	if (o->unsent)
		return false;
	/* a refusal by status line (401, 404, 429, ...) comes before anything is done */
	if (o->http_status >= 400 && o->http_status < 500)
		return false;
	return !o->processed || is_ours(o->rc);
}

static bool may_help(const struct ems_outcome *o, bool changes)
{
	if (o->class_ == EMS_CLASS_SLOW)
		return true; /* refused at the door */
	switch (o->rc) {
	case EMSIGN_E_NET:
	case EMSIGN_E_TIMEOUT:
		return !changes || o->unsent;
	case EMSIGN_E_PROTO:
		/* a cut answer may come whole; who points elsewhere or knows no such call stays */
		return !changes && !o->processed && o->http_status < 300;
	default:
		return !changes && o->class_ == EMS_CLASS_SOON;
	}
}

static int64_t pause_ms(const struct ems_outcome *o, int64_t attempt,
			const struct ems_policy *policy, uint32_t random)
{
	int64_t wait = policy->backoff_ms;
	int64_t spread;

	for (int64_t i = 1; i < attempt && wait < LONGEST_WAIT_MS; i++)
		wait *= 2;
	spread = wait / 4;
	wait += spread ? (int64_t)(random % (uint64_t)(2 * spread + 1)) - spread : 0;
	if (wait < o->retry_after * 1000)
		wait = o->retry_after * 1000;
	return wait;
}

enum ems_decision ems_retry_decide(const struct ems_outcome *outcome, bool changes, int64_t attempt,
				   const struct ems_policy *policy, uint32_t random,
				   int64_t *wait_ms)
{
	*wait_ms = 0;
	if (outcome->rc == EMSIGN_OK)
		return EMS_DECIDE_DONE;
	if (changes && is_open(outcome))
		return EMS_DECIDE_INDOUBT;
	if (attempt >= policy->attempts || !may_help(outcome, changes))
		return EMS_DECIDE_DONE;
	*wait_ms = pause_ms(outcome, attempt, policy, random);
	return *wait_ms <= LONGEST_WAIT_MS ? EMS_DECIDE_AGAIN : EMS_DECIDE_DONE;
}
