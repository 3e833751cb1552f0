/* SPDX-License-Identifier: MIT */
/*
 * How fast an account is asked: the configured rate, which is this client's own, and what the CA
 * allows (engine/limiter.h), which is kept in the store and goes for all who share it.
 */
#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/op.h"

/*
 * What another process was told is heard after a second: reading the store before each of a
 * million calls would cost more than the few that leave meanwhile. Orders always look.
 */
#define FRESH_MS 1000
/* Each lost race is an order of somebody else, so the bucket is empty long before. */
#define MOST_RACES 1000

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t ems_pace_due(const emsign_account *account)
{
	return (account->next_us + 999) / 1000;
}

void ems_pace_count(emsign_account *account, int64_t now_ms)
{
	int64_t rate = account->client->limits.rate;

	if (rate)
		account->next_us = later(account->next_us, now_ms * 1000) + 1000000 / rate;
}

/* --- in the store ------------------------------------------------------------------------- */

static emsign_rc look(emsign_account *account, int64_t now_ms, emsign_error *err)
{
	ems_pace *kept = NULL;
	emsign_rc rc = ems_shelf_look(account->client, "pace", account->pace_id, (void **)&kept,
				      err);

	if (rc)
		return rc;
	account->pace_kept = kept ? *kept : (ems_pace){ 0 };
	account->pace_kept.id = account->pace_id;
	ems_free(kept);
	account->pace = account->pace_kept;
	ems_limiter_tidy(&account->pace, now_ms);
	account->pace_seen_ms = now_ms;
	return EMSIGN_OK;
}

/* Errors: EMSIGN_E_CONFLICT when somebody else was faster. */
static emsign_rc keep(emsign_account *account, emsign_error *err)
{
	const struct ems_kind *kind = ems_kind_find("pace");
	bool known = account->pace_kept.at_ms != 0;
	emsign_kv *before = known ? ems_record_row(kind, &account->pace_kept) : NULL;
	emsign_kv *after = ems_record_row(kind, &account->pace);
	emsign_rc rc;

	if (!after || (known && !before))
		rc = ems_fail_nomem(err);
	else
		rc = emsign_store_cas(account->client->store, "pace", account->pace_id, before,
				      after, err);
	if (rc == EMSIGN_OK)
		account->pace_kept = account->pace;
	ems_free(before);
	ems_free(after);
	return rc;
}

/* --- before a question leaves ------------------------------------------------------------- */

static bool is_order(const emsign_op *op)
{
	return op->call.verb == EMS_VERB_PLACE;
}

static emsign_rc look_sometimes(emsign_account *account, int64_t now_ms, emsign_error *err)
{
	int64_t age = now_ms - account->pace_seen_ms;

	return age >= 0 && age < FRESH_MS ? EMSIGN_OK : look(account, now_ms, err);
}

/* Takes a place in the bucket, unless there is none. */
static emsign_rc take(emsign_account *account, int64_t now_ms, int64_t *due_ms, emsign_error *err)
{
	const struct ems_limiter *limiter = &account->client->limits.limiter;
	emsign_rc rc = EMSIGN_E_CONFLICT;

	for (int i = 0; i < MOST_RACES && rc == EMSIGN_E_CONFLICT; i++) {
		rc = look(account, now_ms, err);
		if (rc)
			return rc;
		*due_ms = ems_limiter_due(limiter, &account->pace, true);
		if (*due_ms > now_ms || !limiter->place_every_ms)
			return EMSIGN_OK;
		ems_limiter_take(limiter, &account->pace, now_ms);
		rc = keep(account, err);
	}
	return rc;
}

/* Orders that wait here leave one after the other: the end of their queue, 0 when nobody waits. */
static int64_t queue_end(const emsign_op *op)
{
	int64_t end = 0;

	for (const emsign_op *other = op->client->ops; other; other = other->sibling)
		if (other->turn.dialect && other->turn.state == EMS_TURN_WAITING &&
		    is_order(other) &&
		    ems_text_equal(other->via->pace_id, op->via->pace_id))
			end = later(end, other->turn.wake_at_ms);
	return end;
}

static emsign_rc refuse(int64_t wait_ms, emsign_error *err)
{
	int32_t seconds = (int32_t)((wait_ms + 999) / 1000);

	ems_fail(err, EMSIGN_E_BUSY, "the CA asked to slow down, for %d more seconds",
		 (int)seconds);
	if (err)
		err->retry_after = seconds;
	return EMSIGN_E_BUSY;
}

emsign_rc ems_pace_ask(emsign_op *op, int64_t *until_ms, const char **why, emsign_error *err)
{
	emsign_account *account = op->via;
	const struct ems_limiter *limiter = &op->client->limits.limiter;
	int64_t now = ems_client_now_ms(op->client);
	int64_t due = 0, asked;
	emsign_rc rc;

	*until_ms = 0;
	if (is_order(op)) {
		rc = take(account, now, &due, err);
	} else {
		rc = look_sometimes(account, now, err);
		due = ems_limiter_due(limiter, &account->pace, false);
	}
	if (rc || due <= now)
		return rc;
	asked = later(account->pace.slow_until_ms,
		      is_order(op) ? account->pace.place_until_ms : 0);
	if (asked - now > EMS_LONGEST_WAIT_MS)
		return refuse(asked - now, err);
	*why = asked > now ? "the CA asked to slow down" :
			     "the CA refuses more orders in so short a time";
	if (is_order(op) && queue_end(op))
		due = later(due, queue_end(op) + limiter->place_every_ms);
	*until_ms = due;
	return EMSIGN_OK;
}

/* --- after an answer ---------------------------------------------------------------------- */

/* A pause that cannot be kept goes for this account alone; the answer counts all the same. */
static void warn(emsign_account *account, emsign_rc rc, const emsign_error *err)
{
	emsign_kv fields[] = { { "credential", account->credential->name },
			       { "reason", err->message }, { NULL, NULL } };

	if (rc)
		ems_client_log(account->client, EMSIGN_LOG_WARNING,
			       "how long the CA wants to be left alone was not kept", fields);
}

void ems_pace_heed(emsign_op *op, uint32_t random)
{
	struct ems_turn *turn = &op->turn;
	emsign_account *account = op->via;
	int64_t now = ems_client_now_ms(op->client);
	bool slow = turn->verdict.class_ == EMS_CLASS_SLOW;
	/* the burst limiter looks at orders alone, and answers itself; a status goes for all */
	bool orders = slow && is_order(op) && turn->err.http_status != 429;
	int64_t until = 0;
	emsign_error err;
	emsign_rc rc = EMSIGN_E_CONFLICT;

	if (turn->state == EMS_TURN_DONE && turn->rc == EMSIGN_OK)
		return;
	if (!slow && !(turn->verdict.class_ == EMS_CLASS_SOON && turn->err.retry_after))
		return;
	for (int i = 0; i < MOST_RACES && rc == EMSIGN_E_CONFLICT; i++) {
		rc = look(account, now, &err);
		until = ems_limiter_slow(&op->client->limits.limiter, &account->pace, orders,
					 turn->err.retry_after, random, now);
		if (rc == EMSIGN_OK)
			rc = keep(account, &err);
	}
	warn(account, rc, &err);
	ems_turn_slow(turn, now, until);
}

void ems_pace_forgive(emsign_account *account)
{
	int64_t now = ems_client_now_ms(account->client);
	emsign_error err;
	emsign_rc rc = EMSIGN_E_CONFLICT;

	for (int i = 0; i < MOST_RACES && rc == EMSIGN_E_CONFLICT; i++) {
		rc = look(account, now, &err);
		if (rc)
			break;
		account->pace.at_ms = now;
		account->pace.place_until_ms = 0;
		account->pace.place_ms = 0;
		account->pace.refusals = 0;
		rc = keep(account, &err);
	}
	warn(account, rc, &err);
}
