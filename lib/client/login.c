/* SPDX-License-Identifier: MIT */
/* Test login: the CA accepts the credential or says why not. */
#include "base/alloc.h"
#include "client/tasks.h"

/* The account holds the credential as it was opened; meanwhile it may be another one, or gone. */
static emsign_rc tested(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	const char *name = op->account->credential->name;
	emsign_credential *now = NULL;

	if (rc == EMSIGN_OK)
		rc = ems_shelf_look(op->client, "credential", name, (void **)&now, err);
	if (rc == EMSIGN_OK && now) {
		emsign_credential fact = { .id = name, .tested_at = ems_client_now(op->client) };

		rc = ems_shelf_merge(op->client, op->task->verb, "credential", &fact, NULL, NULL,
				     err);
	}
	ems_free(now);
	return rc;
}

static emsign_rc test(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return ems_op_ask(op, EMS_VERB_TEST, tested, err);
}

static const char *const no_args[] = { NULL };

const struct ems_task ems_task_test = { .verb = "test", .args = no_args, .start = test };
