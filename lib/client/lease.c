/* SPDX-License-Identifier: MIT */
/*
 * One import of an account at a time, for all that share the store. The lease dies with its holder:
 * a process of this machine that is gone holds nothing, and one that cannot be seen from here has
 * to write to it from time to time. Whoever lost it is told when it writes the next time.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/import.h"
#include "client/process.h"

/* Seconds without a sign of life, where life cannot be seen. */
#define SILENCE 120

static bool is_held(const ems_import *kept, int64_t now)
{
	if (!kept->owner)
		return false;
	switch (ems_process_look(kept->owner)) {
	case EMS_PROCESS_OTHER:
		return true;
	case EMS_PROCESS_GONE:
		return false;
	default: /* another import of this very process, or another machine */
		return now - kept->updated_at < SILENCE && now >= kept->updated_at;
	}
}

static emsign_rc swap(emsign_op *op, struct ems_lease *lease, emsign_error *err)
{
	ems_import *next = ems_record_copy(ems_kind_find("import"), &lease->now);
	emsign_rc rc = next ? ems_shelf_swap(op->client, "import", lease->kept, next, err) :
			      ems_fail_nomem(err);

	if (rc == EMSIGN_E_CONFLICT)
		ems_fail(err, rc, "another import of '%s' has taken over", lease->now.id);
	if (rc == EMSIGN_OK) {
		ems_free(lease->kept);
		lease->kept = next;
		lease->now.swept = next->swept; /* what it pointed at may be gone with `kept` */
		next = NULL;
	}
	ems_free(next);
	return rc;
}

emsign_rc ems_lease_take(emsign_op *op, struct ems_lease *lease, emsign_error *err)
{
	const char *name = op->account->credential->name;
	unsigned char random[16];
	emsign_rc rc = ems_shelf_look(op->client, "import", name, (void **)&lease->kept, err);

	if (rc == EMSIGN_OK)
		rc = ems_client_random(op->client, random, sizeof(random), err);
	if (rc)
		return rc;
	if (lease->kept)
		lease->now = *lease->kept;
	if (is_held(&lease->now, ems_client_now(op->client))) {
		ems_free(lease->kept);
		lease->kept = NULL;
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"another import of '%s' is at work; wait until it has ended", name);
	}
	ems_process_self(lease->owner);
	ems_text_hex(random, sizeof(random), lease->token);
	snprintf(lease->last, sizeof(lease->last), "%s", lease->now.last ? lease->now.last : "");
	lease->now.last = lease->last;
	lease->now.id = name;
	lease->now.owner = lease->owner;
	lease->now.token = lease->token;
	return EMSIGN_OK;
}

emsign_rc ems_lease_put(emsign_op *op, struct ems_lease *lease, emsign_error *err)
{
	lease->now.updated_at = ems_client_now(op->client);
	return swap(op, lease, err);
}

void ems_lease_drop(emsign_op *op, struct ems_lease *lease)
{
	emsign_error ignored; /* the lease runs out by itself */

	if (lease->kept && ems_text_equal(lease->kept->token, lease->token)) {
		lease->now.owner = NULL;
		lease->now.token = NULL;
		(void)swap(op, lease, &ignored);
	}
	ems_free(lease->kept);
	lease->kept = NULL;
}
