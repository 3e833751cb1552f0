/* SPDX-License-Identifier: MIT */
/* The question of an operation: whose it is, how long it may take, and where else to look. */
#include "base/err.h"
#include "client/op.h"

/* See the fields timeout_ms and settle_ms. */
#define TIMEOUT_MS 120000
#define TIMEOUT_SLOW_MS 300000
#define SETTLE_SLOW_MS 300000

void ems_op_arg(emsign_op *op, const char *name, const char *value)
{
	ems_kvlist_add(&op->call_args, name, value);
}

void ems_op_arg_int(emsign_op *op, const char *name, int64_t value)
{
	ems_kvlist_add_int(&op->call_args, name, value);
}

emsign_rc ems_op_lead(emsign_op *op, enum ems_verb verb, const char *family, emsign_error *err)
{
	emsign_account *other = op->account->fallback;
	emsign_rc rc = ems_dialect_need(op->account->dialect, verb, family, err);

	if (rc == EMSIGN_OK || !other || !ems_dialect_row(other->dialect, verb, family))
		return rc;
	op->lead = other;
	return ems_ok(err);
}

/* The account's own, or its fallback where only that one's generation of the API has the verb. */
static emsign_account *whose(const emsign_op *op, enum ems_verb verb, const char *family)
{
	emsign_account *own = op->account;
	emsign_account *other = own->fallback;

	if (op->lead)
		return op->lead;
	return other && !ems_dialect_row(own->dialect, verb, family) &&
			       ems_dialect_row(other->dialect, verb, family) ?
		       other : own;
}

static void tell_fallback(const emsign_op *op)
{
	const emsign_account *own = op->account;
	const emsign_kv fields[] = { { "verb", op->task->verb },
				     { "credential", own->credential->name },
				     { "api", own->dialect->name },
				     { "fallback", op->via->credential->name },
				     { NULL, NULL } };

	if (op->via != own && op->via != op->lead)
		ems_client_log(op->client, EMSIGN_LOG_INFO,
			       "this API cannot do it; asking with the fallback credential",
			       fields);
}

/* By either generation: an order takes seconds, or it may take minutes. */
static bool is_slow(const emsign_op *op, enum ems_verb verb, const char *family)
{
	const struct ems_row *row = ems_dialect_row(whose(op, verb, family)->dialect, verb, family);

	return row && row->flags & EMS_SLOW;
}

int64_t ems_op_settle_ms(const emsign_op *op, enum ems_verb verb, const char *family)
{
	int64_t said = op->client->limits.settle_ms;

	return said >= 0 ? said : is_slow(op, verb, family) ? SETTLE_SLOW_MS : EMS_SETTLE_MS;
}

static int64_t timeout(const emsign_op *op)
{
	int64_t said = op->client->limits.timeout_ms;

	return said >= 0 ? said :
	       is_slow(op, op->call.verb, op->call.family) ? TIMEOUT_SLOW_MS : TIMEOUT_MS;
}

static void arm(emsign_op *op)
{
	const struct ems_limits *limits = &op->client->limits;

	op->turn.dialect = op->via->dialect;
	op->turn.peer = &op->via->peer;
	op->turn.call = &op->call;
	op->turn.sink = &op->sink;
	op->turn.terms.timeout_ms = timeout(op);
	op->turn.terms.max_body = (size_t)limits->max_answer;
	op->turn.terms.ca_file = op->via->credential->ca_file;
	op->turn.terms.pin = op->via->credential->pin;
	op->turn.policy = limits->policy;
}

emsign_rc ems_op_ask(emsign_op *op, enum ems_verb verb, ems_step_fn next, emsign_error *err)
{
	if (op->call_args.rc)
		return ems_fail_nomem(err);
	op->call.verb = verb;
	op->call.args = ems_kvlist_kv(&op->call_args);
	op->call.family = ems_kv_get(op->call.args, "family");
	op->via = whose(op, verb, op->call.family);
	tell_fallback(op);
	arm(op);
	op->next = next;
	return EMSIGN_OK;
}

bool ems_op_look_elsewhere(emsign_op *op)
{
	if (op->turn.rc != EMSIGN_E_NOTFOUND || !op->families || !op->families[1])
		return false;
	if (!op->not_there.rc)
		op->not_there = op->turn.err;
	op->call.family = *++op->families;
	ems_op_drop_facts(op);
	ems_turn_clear(&op->turn);
	arm(op);
	return true;
}

void ems_op_before(emsign_op *op, emsign_rc (*fn)(emsign_op *op, emsign_error *err))
{
	op->before = fn;
}

emsign_rc ems_op_pause(emsign_op *op, int64_t ms, const char *why, emsign_error *err)
{
	emsign_event event = { .type = EMSIGN_EVENT_WAIT, .verb = op->task->verb, .wait_ms = ms,
			       .text = why };

	op->turn.state = EMS_TURN_WAITING;
	op->turn.wake_at_ms = ems_client_now_ms(op->client) + ms;
	return ems_client_tell(op->client, &event, err);
}

emsign_rc ems_op_ask_later(emsign_op *op, enum ems_verb verb, int64_t ms, ems_step_fn next,
			   emsign_error *err)
{
	static const char why[] = "the CA may still be working on it";
	emsign_kv fields[] = { { "verb", op->task->verb }, { "reason", why }, { NULL, NULL } };
	emsign_rc rc = ems_op_ask(op, verb, next, err);

	if (rc)
		return rc;
	ems_client_log(op->client, EMSIGN_LOG_WARNING, "asking again after a pause", fields);
	return ems_op_pause(op, ms, why, err);
}
