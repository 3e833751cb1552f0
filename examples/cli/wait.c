/* SPDX-License-Identifier: MIT */
/* Waiting for an order: asking again, ever less often, until it is enough. */
#include "cli.h"

#include <time.h>

#define FIRST_MS 1000
#define LONGEST_MS 15000

int64_t wait_clock(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool wait_nap(struct call *c, const char *what, int64_t end, int64_t seconds, int64_t ms)
{
	int64_t next = wait_clock() + ms;

	for (int64_t now = wait_clock(); now < next; now = wait_clock()) {
		int64_t waited = now - (end - seconds * 1000);

		bar_wait(c, what, waited, seconds * 1000);
		/* to where the next second begins, so that none is left out */
		if (!session_nap(next - now < 1000 ? next - now : 1000 - waited % 1000))
			return false;
	}
	return true;
}

bool wait_for_issue(const emsign_order *order)
{
	return order->status == EMSIGN_STATUS_ISSUED || emsign_status_is_final(order->status);
}

bool wait_for_proof(const emsign_order *order)
{
	return order->status != EMSIGN_STATUS_PENDING_DCV &&
	       order->status != EMSIGN_STATUS_PENDING && order->status != EMSIGN_STATUS_UNKNOWN;
}

emsign_rc wait_outcome(struct call *c, const emsign_order *order)
{
	switch (order->status) {
	case EMSIGN_STATUS_REJECTED:
	case EMSIGN_STATUS_CANCELED:
	case EMSIGN_STATUS_FAILED:
		return call_fail(c, EMSIGN_E_REJECTED,
				 "order %s is %s: there will be no certificate", order->id,
				 emsign_status_name(order->status));
	default:
		return EMSIGN_OK;
	}
}

/* Trouble that may be over at the next look. */
static bool passes(emsign_rc rc)
{
	return rc == EMSIGN_E_NET || rc == EMSIGN_E_TIMEOUT || rc == EMSIGN_E_BUSY ||
	       rc == EMSIGN_E_FAULT;
}

emsign_rc wait_order(struct call *c, const struct place *p, int64_t seconds, wait_fn enough,
		     emsign_order **out)
{
	int64_t end = wait_clock() + seconds * 1000;
	int64_t pause = FIRST_MS;

	*out = NULL;
	for (;;) {
		/* a draft that becomes an order gets another id */
		const emsign_kv args[] = { { "order", *out ? (*out)->id : p->order },
					   { NULL, NULL } };
		emsign_order *order = NULL;
		emsign_rc rc = session_run(c, p->account, "refresh", args, &order);
		int64_t left = end - wait_clock();

		if (rc == EMSIGN_OK) {
			emsign_free(*out);
			*out = order;
			if (enough(order))
				return EMSIGN_OK;
		}
		if (rc && (!passes(rc) || left <= 0))
			return rc;
		if (rc)
			output_warn(c, "%s; asking again", c->err.message);
		if (left <= 0)
			return call_fail(c, EMSIGN_E_PENDING, "order %s is not finished yet: %s",
					 order->id, emsign_status_name(order->status));
		if (!wait_nap(c, *out ? emsign_status_name((*out)->status) : "the CA", end,
			      seconds, pause < left ? pause : left))
			return call_fail(c, EMSIGN_E_CANCELED,
					 "interrupted; the order goes on at the CA");
		pause = pause * 2 < LONGEST_MS ? pause * 2 : LONGEST_MS;
	}
}
