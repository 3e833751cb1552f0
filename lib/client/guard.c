/* SPDX-License-Identifier: MIT */
#include "client/guard.h"

#include "base/err.h"
#include "client/op.h"

static _Thread_local char self; /* never written: its address names the thread */

bool ems_guard_enter(emsign_client *client, emsign_error *err)
{
	struct ems_guard *guard = &client->guard;
	const void *nobody = NULL;

	if (atomic_load(&guard->owner) == &self) {
		guard->depth++;
		return true;
	}
	if (!atomic_compare_exchange_strong(&guard->owner, &nobody, &self)) {
		ems_fail(err, EMSIGN_E_STATE,
			 "another thread is using this client; wait, or give each its own");
		return false;
	}
	guard->depth = 1;
	ems_client_ref(client);
	return true;
}

emsign_rc ems_guard_leave(emsign_client *client, emsign_rc rc)
{
	struct ems_guard *guard = &client->guard;

	if (guard->depth == 1)
		ems_guard_catch_up(client);
	if (--guard->depth > 0)
		return rc;
	atomic_store(&guard->owner, NULL);
	/* what was put off since then had nobody to see it */
	if (atomic_load(&guard->late) && ems_guard_enter(client, NULL))
		(void)ems_guard_leave(client, EMSIGN_OK);
	emsign_client_free(client);
	return rc;
}

/* --- what other threads gave up ------------------------------------------------------------ */

static void act(emsign_op *op, unsigned deeds)
{
	if (deeds & EMS_GUARD_CANCEL)
		ems_op_cancel(op);
	if (deeds & EMS_GUARD_FREE)
		ems_op_release(op);
}

void ems_guard_catch_up(emsign_client *client)
{
	emsign_op *op = atomic_exchange(&client->guard.late, NULL);

	while (op) {
		emsign_op *next = op->late_next; /* from here on it may be put off anew */

		act(op, atomic_exchange(&op->late, 0));
		op = next;
	}
}

static void put_off(struct ems_guard *guard, emsign_op *op, enum ems_guard_deed deed)
{
	emsign_op *next;

	if (atomic_fetch_or(&op->late, deed))
		return; /* it is in the list */
	next = atomic_load(&guard->late);
	do
		op->late_next = next;
	while (!atomic_compare_exchange_weak(&guard->late, &next, op));
}

void ems_guard_do(emsign_op *op, enum ems_guard_deed deed)
{
	emsign_client *client = ems_client_ref(op->client); /* op may be the last that holds it */

	if (ems_guard_enter(client, NULL)) {
		act(op, deed);
		(void)ems_guard_leave(client, EMSIGN_OK);
	} else {
		put_off(&client->guard, op, deed);
		/* whoever was inside may have left without having seen it */
		if (ems_guard_enter(client, NULL))
			(void)ems_guard_leave(client, EMSIGN_OK);
	}
	emsign_client_free(client);
}
