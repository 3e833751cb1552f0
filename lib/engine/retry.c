/* SPDX-License-Identifier: MIT */
#include "engine/retry.h"

/* The burst limiter was seen to cool down within it; who needs longer says so by Retry-After. */
#define LONGEST_BACKOFF_MS (60 * 1000)

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

int64_t ems_retry_pause(int64_t backoff_ms, int64_t nth, uint32_t random)
{
	int64_t most = backoff_ms > LONGEST_BACKOFF_MS ? backoff_ms : LONGEST_BACKOFF_MS;
	int64_t wait = backoff_ms;
	int64_t spread;

	for (int64_t i = 1; i < nth && wait < most; i++)
		wait *= 2;
	if (wait > most)
		wait = most;
	spread = wait / 4;
	return wait + (int64_t)(random % (uint64_t)(2 * spread + 1)) - spread;
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
	if (outcome->class_ == EMS_CLASS_LOGIN)
		return EMS_DECIDE_LOGIN;
	if (attempt >= policy->attempts || !may_help(outcome, changes))
		return EMS_DECIDE_DONE;
	*wait_ms = ems_retry_pause(policy->backoff_ms, attempt, random);
	if (*wait_ms < outcome->retry_after * 1000)
		*wait_ms = outcome->retry_after * 1000;
	return *wait_ms <= EMS_LONGEST_WAIT_MS ? EMS_DECIDE_AGAIN : EMS_DECIDE_DONE;
}
