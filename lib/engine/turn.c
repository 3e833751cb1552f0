/* SPDX-License-Identifier: MIT */
#include "engine/turn.h"

#include <string.h>

#include "base/err.h"
#include "wire/auth.h"

static void finish(struct ems_turn *turn, emsign_rc rc)
{
	turn->state = EMS_TURN_DONE;
	turn->rc = rc;
	if (rc == EMSIGN_OK)
		ems_ok(&turn->err);
}

void ems_turn_ask(struct ems_turn *turn, int64_t now_ms, const unsigned char random[16],
		  ems_exchange_fn done, void *ud)
{
	struct ems_question question = { 0 };
	struct ems_stamp stamp;
	emsign_rc rc;

	turn->attempt++;
	stamp.now = now_ms / 1000;
	memcpy(stamp.random, random, sizeof(stamp.random));
	rc = ems_dialect_ask(turn->dialect, turn->peer, turn->call, &stamp, &question, &turn->err);
	if (rc == EMSIGN_OK) {
		memcpy(turn->request_id, question.request_id, sizeof(turn->request_id));
		rc = ems_exchange_new(&question, &turn->terms, done, ud, &turn->exchange,
				      &turn->err);
	}
	ems_question_free(&question);
	if (rc)
		finish(turn, rc);
	else
		turn->state = EMS_TURN_FLYING;
}

/*
 * Once is enough: who is refused with a new token has no right, whatever the token. One that
 * somebody else got may be gone because a third one got the next.
 */
static bool may_log_in(const struct ems_turn *turn)
{
	return ems_auth_by_token(turn->peer->auth) && turn->call->verb != EMS_VERB_TOKEN &&
	       (turn->lent || !turn->login_anew);
}

static emsign_rc understand(struct ems_turn *turn, struct ems_outcome *o)
{
	struct ems_answer answer;
	emsign_rc rc;

	memset(&turn->verdict, 0, sizeof(turn->verdict));
	memset(o, 0, sizeof(*o));
	rc = ems_exchange_answer(turn->exchange, &answer, &turn->err);
	if (rc == EMSIGN_OK) {
		rc = ems_dialect_understand(turn->dialect, turn->call, &answer, turn->sink,
					    &turn->verdict, &turn->err);
		o->http_status = answer.http_status;
		o->retry_after = answer.retry_after;
	}
	if (rc)
		memcpy(turn->err.request_id, turn->request_id, sizeof(turn->err.request_id));
	o->rc = rc;
	o->class_ = turn->verdict.class_;
	if (o->class_ == EMS_CLASS_LOGIN && !may_log_in(turn))
		o->class_ = EMS_CLASS_NEVER;
	o->processed = turn->verdict.processed;
	o->unsent = ems_exchange_is_unsent(turn->exchange);
	return rc;
}

/* The last real reason stays in the sentence: a lost answer must not hide it. */
static void recall(struct ems_turn *turn)
{
	emsign_error *err = &turn->err;

	if (err->http_status) {
		turn->told = *err;
		return;
	}
	if (!turn->told.rc)
		return;
	ems_fail(err, err->rc, "%.120s; before that: %s", err->message, turn->told.message);
	memcpy(err->ca_code, turn->told.ca_code, sizeof(err->ca_code));
	memcpy(err->request_id, turn->request_id, sizeof(err->request_id));
}

static void doubt(struct ems_turn *turn)
{
	turn->err.rc = EMSIGN_E_INDOUBT;
	ems_fail_in(&turn->err, "sent, but without a usable answer");
}

void ems_turn_answered(struct ems_turn *turn, int64_t now_ms, uint32_t random)
{
	const struct ems_row *row =
		ems_dialect_row(turn->dialect, turn->call->verb, turn->call->family);
	struct ems_outcome outcome;
	int64_t wait_ms;
	emsign_rc rc = understand(turn, &outcome);

	ems_exchange_free(turn->exchange);
	turn->exchange = NULL;
	if (rc)
		recall(turn);
	switch (ems_retry_decide(&outcome, row->flags & EMS_CHANGES, turn->attempt, &turn->policy,
				 random, &wait_ms)) {
	case EMS_DECIDE_AGAIN:
		turn->state = EMS_TURN_WAITING;
		turn->wake_at_ms = now_ms + wait_ms;
		break;
	case EMS_DECIDE_LOGIN:
		turn->state = EMS_TURN_READY;
		turn->login_anew |= !turn->lent;
		break;
	case EMS_DECIDE_INDOUBT:
		doubt(turn);
		finish(turn, EMSIGN_E_INDOUBT);
		break;
	default:
		if (rc && outcome.retry_after && !turn->err.retry_after)
			turn->err.retry_after = (int32_t)outcome.retry_after;
		finish(turn, rc);
	}
}

void ems_turn_slow(struct ems_turn *turn, int64_t now_ms, int64_t until_ms)
{
	int64_t wait_ms = until_ms - now_ms;

	if (turn->state == EMS_TURN_WAITING && wait_ms > EMS_LONGEST_WAIT_MS)
		finish(turn, turn->err.rc);
	if (turn->state == EMS_TURN_WAITING && turn->wake_at_ms < until_ms)
		turn->wake_at_ms = until_ms;
	if (turn->state == EMS_TURN_DONE && turn->err.retry_after * INT64_C(1000) < wait_ms)
		turn->err.retry_after = (int32_t)((wait_ms + 999) / 1000);
}

void ems_turn_fail(struct ems_turn *turn, const emsign_error *err)
{
	emsign_error copy = *err; /* it may be the turn's own */

	ems_exchange_free(turn->exchange);
	turn->exchange = NULL;
	turn->err = copy;
	finish(turn, copy.rc);
}

void ems_turn_clear(struct ems_turn *turn)
{
	ems_exchange_free(turn->exchange);
	memset(turn, 0, sizeof(*turn));
}
