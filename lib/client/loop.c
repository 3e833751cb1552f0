/* SPDX-License-Identifier: MIT */
/*
 * Carries questions to the transport and answers back to their operations. There is no thread and
 * no hidden waiting: everything happens inside emsign_client_dispatch().
 */
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "client/op.h"
#include "transport/transport.h"

#define NEVER INT64_MAX
/* Whoever sits before it begins to wonder. */
#define NOTICED_MS 5000

static void arm_timer(emsign_client *client, int64_t ms)
{
	struct itimerspec when = { { 0, 0 }, { 0, 0 } };

	if (client->timer < 0)
		return;
	if (ms != NEVER) {
		when.it_value.tv_sec = ms / 1000;
		when.it_value.tv_nsec = ms % 1000 * 1000000 + (ms == 0);
	}
	(void)timerfd_settime(client->timer, 0, &when, NULL);
}

void ems_loop_add(emsign_client *client, emsign_op *op)
{
	emsign_op **at = &client->ops;

	while (*at)
		at = &(*at)->sibling;
	*at = op;
	op->sibling = NULL;
	arm_timer(client, 0);
}

void ems_loop_remove(emsign_client *client, emsign_op *op)
{
	emsign_op **at = &client->ops;

	while (*at && *at != op)
		at = &(*at)->sibling;
	if (*at)
		*at = op->sibling;
	op->sibling = NULL;
}

/* --- exchanges ---------------------------------------------------------------------------- */

/* From inside a transport: only note it; dispatch goes on when the transport has returned. */
static void exchange_done(void *ud, emsign_exchange *exchange)
{
	emsign_client *client = ud;

	(void)exchange;
	client->flying--;
	arm_timer(client, 0);
}

static emsign_rc need_transport(emsign_client *client, emsign_error *err)
{
	char connections[EMS_TEXT_INT];
	const emsign_kv options[] = { { "connections", connections }, { NULL, NULL } };

	if (client->transport)
		return EMSIGN_OK;
	/* as many as may be of use: a call that waits for a connection is not in flight */
	(void)ems_text_put_int(connections, client->limits.parallel);
	return emsign_transport_curl(options, &client->transport, err);
}

/* A transport may fail without a word; an error that says "OK" would pass for a success. */
static emsign_rc need_sentence(emsign_rc rc, emsign_error *err)
{
	if (rc && err && err->rc != rc)
		ems_fail(err, rc, "the transport failed: %s", emsign_rc_text(rc));
	return rc;
}

static emsign_rc drive(emsign_client *client, int timeout_ms, emsign_error *err)
{
	return need_sentence(ems_transport_drive(client->transport, timeout_ms, err), err);
}

static emsign_rc tell_call(emsign_op *op, emsign_error *err)
{
	const struct ems_row *row =
		ems_dialect_row(op->turn.dialect, op->call.verb, op->call.family);
	emsign_event event = { .type = EMSIGN_EVENT_CALL, .verb = op->task->verb,
			       .text = row ? row->path : "", .attempt = op->turn.attempt + 1 };
	emsign_kv fields[] = { { "verb", op->task->verb }, { "call", event.text },
			       { "credential", op->via->credential->name }, { NULL, NULL } };

	ems_client_log(op->client, EMSIGN_LOG_DEBUG, "asking the CA", fields);
	return ems_client_tell(op->client, &event, err);
}

static emsign_rc hold_for(emsign_op *op, int64_t ms, const char *why, emsign_error *err)
{
	char wait_ms[EMS_TEXT_INT];
	emsign_kv fields[] = { { "verb", op->task->verb }, { "reason", why },
			       { "wait_ms", wait_ms }, { NULL, NULL } };

	(void)ems_text_put_int(wait_ms, ms);
	ems_client_log(op->client, ms > NOTICED_MS ? EMSIGN_LOG_WARNING : EMSIGN_LOG_INFO,
		       "asking after a pause", fields);
	return ems_op_pause(op, ms, why, err);
}

/* Whether it does not leave yet, or not at all: the pace of the account comes first. */
static bool hold(emsign_op *op)
{
	const char *why;
	int64_t until_ms;
	emsign_error err;
	emsign_rc rc = ems_pace_ask(op, &until_ms, &why, &err);

	if (rc == EMSIGN_OK && until_ms)
		rc = hold_for(op, until_ms - ems_client_now_ms(op->client), why, &err);
	if (rc)
		ems_turn_fail(&op->turn, &err);
	return rc || until_ms;
}

/* Whether it waits until the account has an access token, or there will be none. */
static bool lacks_token(emsign_op *op)
{
	emsign_error err;
	bool awaited;
	emsign_rc rc = ems_token_need(op, &awaited, &err);

	if (rc)
		ems_turn_fail(&op->turn, &err);
	return rc || awaited;
}

static void take_off(emsign_op *op)
{
	emsign_client *client = op->client;
	unsigned char random[16];
	emsign_error err;
	emsign_rc rc;

	if (lacks_token(op) || hold(op))
		return;
	rc = tell_call(op, &err);
	if (rc == EMSIGN_OK)
		rc = need_transport(client, &err);
	if (rc == EMSIGN_OK)
		rc = ems_client_random(client, random, sizeof(random), &err);
	if (rc == EMSIGN_OK && op->canceled) /* by an observer: nothing may leave any more */
		return;
	if (rc == EMSIGN_OK && op->before)
		rc = op->before(op, &err);
	if (rc) {
		ems_turn_fail(&op->turn, &err);
		return;
	}
	op->token_of = op->via->session.nth;
	op->turn.lent = op->via->session.lent;
	ems_pace_count(op->via, ems_client_now_ms(client));
	ems_turn_ask(&op->turn, ems_client_now_ms(client), random, exchange_done, client);
	if (op->turn.state != EMS_TURN_FLYING)
		return;
	client->flying++;
	rc = ems_transport_start(client->transport, op->turn.exchange, &err);
	if (rc == EMSIGN_OK || ems_exchange_is_done(op->turn.exchange))
		return; /* what came of it counts, whatever else a transport says */
	client->flying--;
	(void)need_sentence(rc, &err);
	ems_turn_fail(&op->turn, &err);
}

static void tell_wait(emsign_op *op)
{
	emsign_event event = { .type = EMSIGN_EVENT_WAIT, .verb = op->task->verb,
			       .text = op->turn.err.message, .attempt = op->turn.attempt,
			       .wait_ms = op->turn.wake_at_ms - ems_client_now_ms(op->client) };
	emsign_kv fields[] = { { "verb", op->task->verb }, { "reason", op->turn.err.message },
			       { "ca_code", op->turn.err.ca_code }, { NULL, NULL } };
	emsign_error err;

	ems_client_log(op->client, EMSIGN_LOG_WARNING, "asking again after a pause", fields);
	if (ems_client_tell(op->client, &event, &err))
		ems_turn_fail(&op->turn, &err);
}

static void land(emsign_op *op)
{
	uint32_t random = 0;

	(void)ems_client_random(op->client, &random, sizeof(random), NULL);
	ems_turn_answered(&op->turn, ems_client_now_ms(op->client), random);
	if (op->turn.state != EMS_TURN_DONE || op->turn.rc)
		ems_op_drop_facts(op);
	if (op->turn.verdict.class_ == EMS_CLASS_LOGIN)
		ems_token_refused(op);
	ems_pace_heed(op, random);
	if (op->turn.state == EMS_TURN_WAITING)
		tell_wait(op);
}

void ems_loop_ground(emsign_op *op)
{
	emsign_client *client = op->client;

	if (!op->turn.exchange)
		return;
	if (!ems_exchange_is_done(op->turn.exchange)) {
		client->flying--;
		if (!ems_transport_cancel(client->transport, op->turn.exchange)) {
			ems_exchange_abandon(op->turn.exchange);
			op->turn.exchange = NULL;
		}
	}
	ems_exchange_free(op->turn.exchange);
	op->turn.exchange = NULL;
}

/* --- turns -------------------------------------------------------------------------------- */

static bool has_work(const emsign_op *op, int64_t now)
{
	if (op->crew.n)
		return op->crew.news;
	if (!op->turn.dialect)
		return true; /* the first step */
	switch (op->turn.state) {
	case EMS_TURN_READY:
		return op->client->flying < op->client->limits.parallel &&
		       !ems_token_is_awaited(op) &&
		       ems_pace_due(op->via) <= now;
	case EMS_TURN_FLYING:
		return ems_exchange_is_done(op->turn.exchange);
	case EMS_TURN_WAITING:
		return op->turn.wake_at_ms <= now;
	default:
		return true;
	}
}

static void work(emsign_op *op)
{
	op->refs++;
	op->working = 1;
	if (!op->turn.dialect || op->turn.state == EMS_TURN_DONE)
		ems_op_step(op);
	else if (op->turn.state == EMS_TURN_READY)
		take_off(op);
	else if (op->turn.state == EMS_TURN_FLYING)
		land(op);
	else
		op->turn.state = EMS_TURN_READY;
	op->working = 0;
	if (op->canceled)
		emsign_op_cancel(op);
	ems_op_unref(op);
}

/* Callbacks may add and remove operations, so the list is read from its head after each piece. */
static bool poke(emsign_client *client)
{
	bool worked = false;

	for (;;) {
		int64_t now = ems_client_now_ms(client);
		emsign_op *op;

		ems_guard_catch_up(client);
		op = client->ops;
		while (op && !has_work(op, now))
			op = op->sibling;
		if (!op)
			return worked;
		work(op);
		worked = true;
	}
}

/* When an operation has something to do without any news; NEVER when it waits for some. */
static int64_t wakes_at(const emsign_op *op)
{
	if (!op->turn.dialect)
		return NEVER;
	if (op->turn.state == EMS_TURN_WAITING)
		return op->turn.wake_at_ms;
	if (op->turn.state == EMS_TURN_READY && !ems_token_is_awaited(op) &&
	    op->client->flying < op->client->limits.parallel)
		return ems_pace_due(op->via);
	return NEVER;
}

/* Milliseconds until the first pause is over. */
static int64_t next_wake(emsign_client *client)
{
	int64_t now = ems_client_now_ms(client);
	int64_t first = NEVER;

	for (emsign_op *op = client->ops; op; op = op->sibling) {
		int64_t at = wakes_at(op);

		if (at != NEVER && at - now < first)
			first = at > now ? at - now : 0;
	}
	return first;
}

static emsign_rc wait_for_time(emsign_client *client, int64_t ms, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	if (client->world.wait)
		rc = client->world.wait(client->world.ud, ms);
	else
		(void)poll(NULL, 0, ms > INT_MAX ? INT_MAX : (int)ms);
	if (rc)
		return ems_fail(err, rc, "the wait of %lld ms was broken off: %s", (long long)ms,
				emsign_rc_text(rc));
	return EMSIGN_OK;
}

static emsign_rc wait_for_news(emsign_client *client, int64_t ms, emsign_error *err)
{
	int timeout = ms == NEVER ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;

	if (client->flying == 0) {
		if (ms == NEVER)
			return ems_ok(err); /* nothing will ever come */
		return wait_for_time(client, ms, err);
	}
	if (ems_transport_has_drive(client->transport))
		return drive(client, timeout, err);
	return ems_fail(err, EMSIGN_E_STATE,
			"the application's loop drives this transport; submit, do not run");
}

static emsign_rc dispatch(emsign_client *client, int timeout_ms, emsign_error *err)
{
	int64_t ms;
	emsign_rc rc = EMSIGN_OK;

	if (client->busy)
		return ems_fail(err, EMSIGN_E_STATE, "dispatch was called from inside a callback");
	if (client->flying && ems_transport_has_drive(client->transport))
		rc = drive(client, 0, err);
	if (rc == EMSIGN_OK && !poke(client) && client->ops) {
		ms = next_wake(client);
		if (timeout_ms >= 0 && timeout_ms < ms)
			ms = timeout_ms;
		if (ms > 0)
			rc = wait_for_news(client, ms, err);
		if (rc == EMSIGN_OK)
			poke(client);
	}
	arm_timer(client, next_wake(client));
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_dispatch(emsign_client *client, int timeout_ms, emsign_error *err)
{
	return EMS_INSIDE(client, err, dispatch(client, timeout_ms, err));
}

static int watched(emsign_client *client)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd;

	if (client->epoll >= 0)
		return client->epoll;
	if (need_transport(client, NULL))
		return -1;
	fd = ems_transport_fd(client->transport);
	if (fd < 0 && ems_transport_has_drive(client->transport))
		return -1; /* its news could not be seen */
	client->epoll = epoll_create1(EPOLL_CLOEXEC);
	client->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (client->epoll < 0 || client->timer < 0 ||
	    epoll_ctl(client->epoll, EPOLL_CTL_ADD, client->timer, &event) != 0 ||
	    (fd >= 0 && epoll_ctl(client->epoll, EPOLL_CTL_ADD, fd, &event) != 0)) {
		if (client->epoll >= 0)
			close(client->epoll);
		if (client->timer >= 0)
			close(client->timer);
		client->epoll = -1;
		client->timer = -1;
		return -1;
	}
	/* operations that were submitted before anybody watched */
	arm_timer(client, client->ops ? 0 : next_wake(client));
	return client->epoll;
}

int emsign_client_fd(emsign_client *client)
{
	int fd = -1;

	if (ems_guard_enter(client, NULL)) {
		fd = watched(client);
		(void)ems_guard_leave(client, EMSIGN_OK);
	}
	return fd;
}
