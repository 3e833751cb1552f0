/* SPDX-License-Identifier: MIT */
/*
 * "Inactive Account User." to an order means one of two things: too many orders in a short time, or
 * a user that was switched off. The test login changes nothing, is refused to a user that was
 * switched off, and is not what the burst limiter counts: so it tells which.
 */
#include <string.h>

#include "base/err.h"
#include "client/tasks.h"

static emsign_rc told_apart(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	emsign_error burst = op->err;

	if (rc == EMSIGN_E_AUTH) {
		ems_pace_forgive(op->via);
		ems_fail_in(err, "the order was refused");
		return rc;
	}
	*err = burst;
	if (rc == EMSIGN_OK) {
		ems_fail(err, burst.rc, "the order was refused: too many in a short time; the CA "
			 "says 'Inactive Account User', but the test login passes");
		err->http_status = burst.http_status;
		err->retry_after = burst.retry_after;
		memcpy(err->ca_code, burst.ca_code, sizeof(err->ca_code));
		memcpy(err->request_id, burst.request_id, sizeof(err->request_id));
	}
	return burst.rc;
}

emsign_rc ems_burst_tell(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	emsign_error ignored;
	bool by_words = err->http_status && err->http_status != 429;

	if (rc != EMSIGN_E_BUSY || op->turn.verdict.class_ != EMS_CLASS_SLOW || !by_words)
		return rc;
	op->err = *err; /* how it ends, unless the login tells more */
	if (ems_op_ask(op, EMS_VERB_TEST, told_apart, &ignored))
		return rc;
	op->turn.policy.attempts = 1;
	return EMSIGN_OK;
}
