/* SPDX-License-Identifier: MIT */
#include "client/op.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

/* --- facts of an answer ------------------------------------------------------------------- */

void ems_fact_free(struct ems_fact *list)
{
	while (list) {
		struct ems_fact *fact = list;

		list = fact->next;
		ems_free(fact->record);
		ems_free(fact->name);
		emsign_secret_free(fact->secret);
		ems_free(fact);
	}
}

void ems_op_drop_facts(emsign_op *op)
{
	ems_fact_free(op->facts);
	op->facts = NULL;
	op->facts_end = &op->facts;
}

void ems_op_move_facts(emsign_op *op, const char *kind, struct ems_fact **list)
{
	struct ems_fact **from = &op->facts;

	while (*list)
		list = &(*list)->next;
	while (*from) {
		struct ems_fact *fact = *from;

		if (kind && !(fact->kind && strcmp(fact->kind->name, kind) == 0)) {
			from = &fact->next;
			continue;
		}
		*from = fact->next;
		fact->next = NULL;
		*list = fact;
		list = &fact->next;
	}
	op->facts_end = from;
}

static emsign_rc add_fact(emsign_op *op, struct ems_fact *fact, emsign_rc rc)
{
	if (rc) {
		ems_fact_free(fact);
		return rc;
	}
	*op->facts_end = fact;
	op->facts_end = &fact->next;
	return EMSIGN_OK;
}

static emsign_rc take_fact(void *ud, const struct ems_kind *kind, const void *record,
			   emsign_error *err)
{
	struct ems_fact *fact = ems_alloc(sizeof(*fact));

	if (!fact)
		return ems_fail_nomem(err);
	fact->kind = kind;
	fact->record = ems_record_copy(kind, record);
	return add_fact(ud, fact, fact->record ? EMSIGN_OK : ems_fail_nomem(err));
}

static emsign_rc take_secret(void *ud, const char *name, const char *value, emsign_error *err)
{
	struct ems_fact *fact = ems_alloc(sizeof(*fact));
	emsign_rc rc;

	if (!fact)
		return ems_fail_nomem(err);
	fact->name = ems_strdup(name);
	rc = fact->name ? emsign_secret_new(value, strlen(value), &fact->secret, err) :
			  ems_fail_nomem(err);
	return add_fact(ud, fact, rc);
}

const void *ems_op_fact(const emsign_op *op, const char *kind)
{
	for (const struct ems_fact *fact = op->facts; fact; fact = fact->next)
		if (fact->kind && strcmp(fact->kind->name, kind) == 0)
			return fact->record;
	return NULL;
}

/* --- for steps ---------------------------------------------------------------------------- */

const char *ems_op_given(const emsign_op *op, const char *name)
{
	const char *value = ems_kv_get(op->args, name);

	return ems_text_empty(value) ? NULL : value;
}

void ems_op_result(emsign_op *op, const char *kind, void *record)
{
	ems_free(op->result);
	op->result_kind = kind;
	op->result = record;
}

emsign_rc ems_op_stats(emsign_op *op, const emsign_stats *stats, emsign_error *err)
{
	emsign_stats *copy = ems_record_copy(ems_kind_find("stats"), stats);

	if (!copy)
		return ems_fail_nomem(err);
	ems_op_result(op, "stats", copy);
	return EMSIGN_OK;
}

/* --- life --------------------------------------------------------------------------------- */

static bool takes(const struct ems_task *task, const char *name)
{
	for (const char *const *arg = task->args; *arg; arg++)
		if (strcmp(*arg, name) == 0)
			return true;
	return false;
}

static const char *nth_arg(const void *ud, size_t i)
{
	const struct ems_task *task = ud;

	return task->args[i];
}

/* A task with a scope checks its form itself. */
static emsign_rc check_args(const struct ems_task *task, const emsign_kv *args, emsign_error *err)
{
	for (; !task->scope && args && args->key; args++) {
		const char *close;

		if (takes(task, args->key))
			continue;
		close = ems_text_closest(args->key, nth_arg, task);
		return ems_fail(err, EMSIGN_E_INVALID, "%s takes no '%.60s'%s%s%s", task->verb,
				args->key, close ? " (did you mean '" : "", close ? close : "",
				close ? "'?)" : "");
	}
	return EMSIGN_OK;
}

emsign_rc ems_op_new(emsign_account *account, const struct ems_task *task, const emsign_kv *args,
		     emsign_op **out, emsign_error *err)
{
	emsign_op *op;
	emsign_rc rc = check_args(task, args, err);

	*out = NULL;
	if (rc)
		return rc;
	op = ems_alloc(sizeof(*op));
	if (!op)
		return ems_fail_nomem(err);
	op->refs = 1;
	op->account = ems_account_ref(account);
	op->client = account->client;
	op->task = task;
	op->facts_end = &op->facts;
	op->sink.fact = take_fact;
	op->sink.secret = take_secret;
	op->sink.ud = op;
	op->args = ems_kv_pack(args);
	op->work = task->work_size ? ems_alloc(task->work_size) : NULL;
	if (!op->args || (task->work_size && !op->work))
		rc = ems_fail_nomem(err);
	else if (task->check)
		rc = task->check(op, err);
	if (rc) {
		emsign_op_free(op);
		return rc;
	}
	*out = op;
	return ems_ok(err);
}

static void clear_question(emsign_op *op)
{
	ems_op_drop_facts(op);
	ems_turn_clear(&op->turn);
	ems_kvlist_free(&op->call_args);
	emsign_secret_free(op->call.token);
	memset(&op->call, 0, sizeof(op->call));
	op->before = NULL;
	op->families = NULL;
	op->not_there.rc = EMSIGN_OK;
}

void ems_op_unref(emsign_op *op)
{
	if (--op->refs > 0)
		return;
	if (op->task->drop && op->work)
		op->task->drop(op);
	clear_question(op);
	ems_free(op->work);
	ems_free(op->args);
	ems_free(op->result);
	emsign_account_free(op->account);
	ems_free(op);
}

void ems_op_release(emsign_op *op)
{
	op->done = NULL;
	if (op->submitted)
		ems_op_cancel(op);
	ems_op_unref(op);
}

void emsign_op_free(emsign_op *op)
{
	if (op)
		ems_guard_do(op, EMS_GUARD_FREE);
}

void ems_op_end(emsign_op *op, emsign_rc rc, const emsign_error *err)
{
	if (op->ended)
		return;
	op->refs++; /* `done` may free it */
	ems_loop_ground(op);
	ems_loop_remove(op->client, op);
	ems_token_leave(op);
	ems_crew_drop(op);
	clear_question(op);
	op->ended = 1;
	if (op->boss)
		op->boss->crew.news = true;
	op->rc = rc;
	if (rc && err)
		op->err = *err;
	else
		ems_ok(&op->err);
	if (rc) {
		ems_free(op->result);
		op->result = NULL;
	}
	if (op->done) {
		op->client->busy++;
		op->done(op->done_ud, op, &op->err);
		op->client->busy--;
	}
	ems_op_unref(op);
}

void ems_op_step(emsign_op *op)
{
	ems_step_fn step = op->next ? op->next : op->task->start;
	emsign_rc rc = op->turn.rc;
	emsign_error err = op->turn.err;
	struct ems_fact *facts = op->facts;
	struct ems_verdict verdict = op->turn.verdict;
	const char *found_in = rc == EMSIGN_OK && op->families ? *op->families : NULL;

	if (ems_op_look_elsewhere(op))
		return;
	if (rc == EMSIGN_E_NOTFOUND && op->not_there.rc)
		err = op->not_there;
	/* the step sees the facts and the verdict of the last answer, and builds a new question */
	op->facts = NULL;
	op->facts_end = &op->facts;
	clear_question(op);
	op->facts = facts;
	op->turn.verdict = verdict;
	op->found_in = found_in;
	op->next = NULL;
	rc = step(op, rc, &err);
	ems_op_drop_facts(op);
	if (op->canceled)
		return; /* the loop ends it */
	if (rc || !op->next)
		ems_op_end(op, rc, &err);
}

void ems_op_cancel(emsign_op *op)
{
	emsign_error err;

	if (op->ended)
		return;
	op->canceled = 1;
	if (op->working)
		return; /* asked for from inside one of its own callbacks: the loop ends it */
	ems_fail(&err, EMSIGN_E_CANCELED, "canceled by the caller");
	ems_op_end(op, EMSIGN_E_CANCELED, &err);
}

void emsign_op_cancel(emsign_op *op)
{
	if (op)
		ems_guard_do(op, EMS_GUARD_CANCEL);
}

static emsign_rc submit(emsign_op *op, emsign_done_fn done, void *ud, emsign_error *err)
{
	if (op->submitted || op->ended)
		return ems_fail(err, EMSIGN_E_STATE, "the operation is submitted already");
	op->submitted = 1;
	op->done = done;
	op->done_ud = ud;
	ems_loop_add(op->client, op);
	return ems_ok(err);
}

emsign_rc emsign_op_submit(emsign_op *op, emsign_done_fn done, void *ud, emsign_error *err)
{
	emsign_client *client = op->client;

	return EMS_INSIDE(client, err, submit(op, done, ud, err));
}

static emsign_rc run_to_end(emsign_op *op, emsign_error *err)
{
	emsign_rc rc;

	if (op->client->busy)
		return ems_fail(err, EMSIGN_E_STATE,
				"an operation cannot be run from inside a callback; submit it");
	if (!op->submitted && !op->ended) {
		rc = emsign_op_submit(op, NULL, NULL, err);
		if (rc)
			return rc;
	}
	op->refs++; /* an observer may free it */
	rc = EMSIGN_OK;
	while (!op->ended && rc == EMSIGN_OK)
		rc = emsign_client_dispatch(op->client, -1, err);
	if (rc == EMSIGN_OK) {
		rc = op->rc;
		if (err)
			*err = op->err;
	}
	ems_op_unref(op);
	return rc;
}

emsign_rc emsign_op_run(emsign_op *op, emsign_error *err)
{
	emsign_client *client = op->client;

	return EMS_INSIDE(client, err, run_to_end(op, err));
}

const char *emsign_op_kind(const emsign_op *op)
{
	emsign_client *client = op->client;
	const char *kind;

	if (!ems_guard_enter(client, NULL))
		return NULL;
	kind = op->ended && op->rc == EMSIGN_OK ? op->result_kind : NULL;
	(void)ems_guard_leave(client, EMSIGN_OK);
	return kind;
}

static emsign_rc take(emsign_op *op, void **out, emsign_error *err)
{
	if (!op->ended)
		return ems_fail(err, EMSIGN_E_STATE, "the operation has not ended yet");
	if (err)
		*err = op->err;
	if (op->rc == EMSIGN_OK) {
		*out = op->result;
		op->result = NULL;
	}
	return op->rc;
}

emsign_rc emsign_op_take(emsign_op *op, void **out, emsign_error *err)
{
	emsign_client *client = op->client;

	*out = NULL;
	return EMS_INSIDE(client, err, take(op, out, err));
}

static emsign_rc do_verb(emsign_account *account, const struct ems_task *task,
			 const emsign_kv *args, void **out, emsign_error *err)
{
	emsign_op *op = NULL;
	void *result = NULL;
	emsign_rc rc = ems_op_new(account, task, args, &op, err);

	if (rc == EMSIGN_OK)
		rc = emsign_op_run(op, err);
	if (rc == EMSIGN_OK)
		rc = emsign_op_take(op, &result, err);
	emsign_op_free(op);
	if (out)
		*out = result;
	else
		ems_free(result);
	return rc;
}

emsign_rc ems_op_do(emsign_account *account, const struct ems_task *task, const emsign_kv *args,
		    void **out, emsign_error *err)
{
	emsign_client *client = account->client;

	if (out)
		*out = NULL;
	return EMS_INSIDE(client, err, do_verb(account, task, args, out, err));
}
