/* SPDX-License-Identifier: MIT */
/* Every question of every verb meets everything that can happen to it on its way and back. */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUCH_LATER "7200" /* seconds; nobody waits so long within a call */

static struct stage s;
static bool all;

/* --- what may happen ---------------------------------------------------------------------- */

enum { NEVER_LEFT = 1, DENIED_FIRST = 2, DAMAGED = 4 };

/* The point is a byte or a header, where an event has several. */
struct event {
	const char *name;
	unsigned flags;
	void (*happen)(size_t point, struct scripted_answer *answer);
	size_t (*points)(const struct scripted_answer *answer); /* NULL: one */
	emsign_rc rc;      /* what it is to a question without consequences; EMSIGN_OK: nothing */
};

static struct {
	const struct event *event;
	size_t at;             /* the question that it happens to */
	bool from;             /* and to all that follow */
	bool arrives;          /* the CA did what it was asked for */
	size_t point, points;
	bool happened;
	bool open;             /* something that changes the CA may have arrived */
	char body[32768];
} wire;

static void refuse_start(size_t point, struct scripted_answer *a)
{
	(void)point;
	*a = (struct scripted_answer){ .start = EMSIGN_E_NET };
}

static void unsent(size_t point, struct scripted_answer *a)
{
	(void)point;
	*a = (struct scripted_answer){ .rc = EMSIGN_E_NET, .unsent = true };
}

static void lose(size_t point, struct scripted_answer *a)
{
	(void)point;
	*a = (struct scripted_answer){ .rc = EMSIGN_E_NET };
}

static void time_out(size_t point, struct scripted_answer *a)
{
	(void)point;
	*a = (struct scripted_answer){ .rc = EMSIGN_E_TIMEOUT };
}

static void end_early(size_t point, struct scripted_answer *a)
{
	(void)point;
	*a = (struct scripted_answer){ .rc = EMSIGN_OK };
}

static size_t n_headers(const struct scripted_answer *a)
{
	size_t n = 0;

	while (a->headers[n].key)
		n++;
	return n + 1;
}

/* Behind the point-th header; behind the status line for 0. */
static void cut_headers(size_t point, struct scripted_answer *a)
{
	static emsign_kv some[8];

	memset(some, 0, sizeof(some));
	memcpy(some, a->headers, point * sizeof(some[0]));
	*a = (struct scripted_answer){ .rc = EMSIGN_E_NET, .status = 200, .headers = some };
}

static size_t body_bytes(const struct scripted_answer *a)
{
	return strlen(a->body);
}

static void shorten(size_t point, struct scripted_answer *a)
{
	memcpy(wire.body, a->body, point);
	wire.body[point] = '\0';
	a->body = wire.body;
}

static void cut_body(size_t point, struct scripted_answer *a)
{
	shorten(point, a);
	a->rc = EMSIGN_E_NET;
}

/* The transport takes the cut for the end. */
static void end_body(size_t point, struct scripted_answer *a)
{
	shorten(point, a);
}

static void garble(size_t point, struct scripted_answer *a)
{
	(void)snprintf(wire.body, sizeof(wire.body), "%s", a->body);
	wire.body[point] ^= 0x15;
	a->body = wire.body;
	a->body_len = strlen(a->body) < point ? point + 1 : 0;
}

static void by_bytes(size_t point, struct scripted_answer *a)
{
	(void)point;
	a->piece = 1;
}

/* Statuses, each with every kind of body that comes with them. */
static const char *const strange[] = {
	"", "<html><body>Bad Gateway</body></html>", "{\"error\":\"something else\"}",
	"{\"timestamp\":\"2026-01-15T10:20:30\",\"status\":500,\"error\":\"Internal\"}", "[1,2",
};

static size_t n_strange(const struct scripted_answer *a)
{
	(void)a;
	return COUNT(strange);
}

static void answer_with(int status, size_t point, struct scripted_answer *a)
{
	a->status = status;
	a->body = strange[point];
}

#define STATUS(number)                                                  \
	static void say_##number(size_t point, struct scripted_answer *a) \
	{                                                               \
		answer_with(number, point, a);                          \
	}
STATUS(400)
STATUS(401)
STATUS(403)
STATUS(404)
STATUS(429)
STATUS(500)
STATUS(502)
STATUS(503)
#undef STATUS

static void say_later(size_t point, struct scripted_answer *a)
{
	static const emsign_kv later[] = { { "Retry-After", "2" }, { NULL, NULL } };

	answer_with(429, point, a);
	a->headers = later;
}

static void say_much_later(size_t point, struct scripted_answer *a)
{
	static const emsign_kv later[] = { { "Retry-After", MUCH_LATER }, { NULL, NULL } };

	answer_with(503, point, a);
	a->headers = later;
}

static const struct event events[] = {
	{ "refused to start", NEVER_LEFT, refuse_start, NULL, EMSIGN_E_NET },
	{ "not sent", NEVER_LEFT, unsent, NULL, EMSIGN_E_NET },
	{ "lost", 0, lose, NULL, EMSIGN_E_NET },
	{ "timed out", 0, time_out, NULL, EMSIGN_E_TIMEOUT },
	{ "ended early", 0, end_early, NULL, EMSIGN_E_PROTO },
	{ "cut behind header", 0, cut_headers, n_headers, EMSIGN_E_NET },
	{ "cut at byte", 0, cut_body, body_bytes, EMSIGN_E_NET },
	{ "ended at byte", 0, end_body, body_bytes, EMSIGN_E_PROTO },
	{ "garbled at byte", DAMAGED, garble, body_bytes, EMSIGN_E_PROTO },
	{ "byte by byte", 0, by_bytes, NULL, EMSIGN_OK },
	{ "400 with body", DENIED_FIRST, say_400, n_strange, EMSIGN_E_PROTO },
	{ "401 with body", DENIED_FIRST, say_401, n_strange, EMSIGN_E_AUTH },
	{ "403 with body", DENIED_FIRST, say_403, n_strange, EMSIGN_E_DENIED },
	{ "404 with body", DENIED_FIRST, say_404, n_strange, EMSIGN_E_PROTO },
	{ "429 with body", DENIED_FIRST, say_429, n_strange, EMSIGN_E_BUSY },
	{ "429 and Retry-After with body", DENIED_FIRST, say_later, n_strange, EMSIGN_E_BUSY },
	{ "500 with body", 0, say_500, n_strange, EMSIGN_E_FAULT },
	{ "502 with body", 0, say_502, n_strange, EMSIGN_E_FAULT },
	{ "503 with body", 0, say_503, n_strange, EMSIGN_E_FAULT },
	{ "503 and Retry-After with body", 0, say_much_later, n_strange, EMSIGN_E_FAULT },
};

/* --- making it happen --------------------------------------------------------------------- */

static bool changes(const char *call)
{
	static const char *const changing[] = { "GenerateOrderSSL", "RevokeOrder", "SubmitDocument",
						"v2.create", "v2.revoke", "v2.reissue" };

	for (size_t i = 0; i < COUNT(changing); i++)
		if (strcmp(call, changing[i]) == 0)
			return true;
	return false;
}

static bool meddle(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	size_t first = *(size_t *)ud;
	size_t points;

	number -= first;
	if (changes(call) && wire.open)
		fail_msg("%s was sent again although it may have arrived", call);
	if (number < wire.at || (number > wire.at && !wire.from))
		return true;
	wire.happened = true;
	points = wire.event->points ? wire.event->points(answer) : 1;
	if (number == wire.at)
		wire.points = points;
	if (wire.point >= points) /* a shorter answer, which comes whole */
		return true;
	wire.event->happen(wire.point, answer);
	if (wire.event->flags & (NEVER_LEFT | DENIED_FIRST))
		return false;
	wire.open = changes(call) && wire.event->rc;
	return wire.arrives || !wire.event->rc; /* a good answer is not made up */
}

static bool waits_for_proof(const struct act *act)
{
	return strcmp(act->name, "validate") == 0 || strcmp(act->name, "domain_verify") == 0 ||
	       strcmp(act->name, "domain_validate") == 0;
}

/* Which codes may come of it: its own, and "in doubt" for what changes something. */
static void expect(const struct act *act, emsign_rc rc)
{
	const struct event *event = wire.event;
	bool by_status = (s.p.v2 || act->flags & ACT_REST) &&
			 event->flags & DENIED_FIRST;
	const emsign_rc codes[] = {
		event->rc ? event->rc : EMSIGN_E_PROTO,
		act->flags & ACT_CHANGES && !(event->flags & (NEVER_LEFT | DENIED_FIRST)) ?
			EMSIGN_E_INDOUBT : EMSIGN_E_PROTO,
		/* whoever waits for a proof waits in vain, and says so */
		waits_for_proof(act) ? EMSIGN_E_PENDING : EMSIGN_E_PROTO,
		/* what is asked after that is refused here */
		event->happen == say_much_later ? EMSIGN_E_BUSY : EMSIGN_E_PROTO,
		/* where a status is an answer, strange words do not change what it says */
		by_status && event->happen == say_404 ? EMSIGN_E_NOTFOUND : EMSIGN_E_PROTO,
		by_status ? EMSIGN_E_REJECTED : EMSIGN_E_PROTO,
		by_status ? EMSIGN_E_AUTH : EMSIGN_E_PROTO, /* of who gives tokens */
		EMSIGN_E_PROTO, EMSIGN_OK,
	};

	if (event->flags & DAMAGED) { /* it may say anything now, but no more than that */
		assert_string_not_equal(emsign_rc_name(rc), "UNKNOWN");
		assert_int_equal(s.p.err.rc, rc);
		return;
	}
	if (event->rc == EMSIGN_OK)
		assert_int_equal(rc, EMSIGN_OK);
	stage_expect(&s, act, rc, codes);
}

static void happens(const struct act *act)
{
	size_t live = fail_live();
	size_t first;
	emsign_rc rc;

	fault_at(act, wire.event->name, wire.point);
	wire.happened = wire.open = false;
	memset(&s, 0, sizeof(s));
	stage_begin(&s, act);
	first = s.ca.asked;
	s.ca.meddle = meddle;
	s.ca.ud = &first;
	rc = act->run(&s);
	s.ca.meddle = NULL;
	expect(act, rc);
	if (!(wire.event->flags & DAMAGED)) {
		stage_check(&s);
		s.p.now_ms += atoi(MUCH_LATER) * INT64_C(1000); /* what was asked for is over */
		stage_again(&s, act);
	}
	stage_close(&s);
	assert_int_equal(fail_live(), live);
}

/* Returns whether there was such a question. */
static bool each_point(const struct act *act, const struct event *event, size_t most)
{
	size_t step;

	wire.event = event;
	wire.point = 0;
	happens(act);
	if (!wire.happened)
		return false;
	step = wire.points / most + 1;
	for (wire.point = step; wire.point < wire.points; wire.point += step)
		happens(act);
	return true;
}

static void each_question(const struct act *act, const struct event *event, size_t most)
{
	for (wire.at = 0; each_point(act, event, most);)
		wire.at += all ? 1 : 2;
}

static void test_every_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < fault_n_verbs; i++) {
		const struct act *act = &fault_verbs[i];

		if (!(act->flags & ACT_ASKS) || !fault_wants(act))
			continue;
		for (size_t k = 0; k < COUNT(events); k++) {
			if (!all && (i + k) % 8)
				continue;
			wire.from = false;
			wire.arrives = true;
			each_question(act, &events[k], all ? 96 : 2);
			wire.from = true;
			wire.arrives = !(k & 1);
			each_question(act, &events[k], all ? 8 : 1);
			wire.from = wire.arrives = false;
			each_question(act, &events[k], all ? 8 : 1);
		}
	}
}

/* --- delayed ------------------------------------------------------------------------------ */

/* The acts as operations. Documents cannot be begun. */
static const struct late {
	const char *act, *verb;
	emsign_kv args[4];
} lates[] = {
	{ "test", "test", { { NULL, NULL } } },
	{ "sync", "sync", { { "what", "all" } } },
	{ "import", "import", { { NULL, NULL } } },
	{ "place", "place", { { "product", "842" }, { "domain", PLAY_NAME } } },
	{ "place_arrived", "place", { { "product", "842" }, { "domain", PLAY_NAME } } },
	{ "place_not_arrived", "place", { { "product", "842" }, { "domain", PLAY_NAME } } },
	{ "challenge", "challenge", { { "order", "1" }, { "method", "dns" } } },
	{ "verify", "verify", { { "order", "1" }, { "method", "dns" } } },
	{ "validate", "validate", { { "order", "1" }, { "method", "dns" } } },
	{ "refresh", "refresh", { { "order", "1" } } },
	{ "refresh_open", "refresh_open", { { NULL, NULL } } },
	{ "fetch", "fetch", { { "order", "1" } } },
	{ "cancel", "cancel", { { "order", "1" }, { "remarks", "not wanted" } } },
	{ "revoke", "revoke", { { "order", "1" }, { "reason", "superseded" },
				{ "comments", "a new one" } } },
	{ "promote", "promote", { { "order", "request-9001" } } },
	{ "reissue", "reissue", { { "order", "1" } } },
	{ "ledger", "ledger", { { NULL, NULL } } },
	{ "accept", "accept", { { "order", "1" } } },
	{ "domain_add", "domain_add", { { "domain", PLAY_NAME } } },
	{ "domain_refresh", "domain_refresh", { { "domain", PLAY_NAME } } },
	{ "domain_challenge", "domain_challenge", { { "domain", PLAY_NAME },
						    { "method", "http" } } },
	{ "domain_verify", "domain_verify", { { "domain", PLAY_NAME } } },
	{ "domain_attempts", "domain_attempts", { { "domain", PLAY_NAME } } },
	{ "domain_validate", "domain_validate", { { "domain", PLAY_NAME } } },
	{ "domain_deactivate", "domain_deactivate", { { "domain", PLAY_NAME } } },
};

enum ending { RELEASED, CANCELED, FREED };

static bool hold(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)call;
	answer->hold = number == *(size_t *)ud;
	wire.happened = wire.happened || answer->hold;
	return true;
}

static void note(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op;
	*(emsign_rc *)ud = err->rc;
}

/* Goes on until it has ended, or nothing moves any more; the clock runs. */
static void drive(const emsign_rc *told)
{
	for (int i = 0; i < 200 && *told == 1; i++) {
		PLAY_OK(&s.p, emsign_client_dispatch(s.p.client, 0, &s.p.err));
		s.p.now_ms += 1000;
	}
}

static const struct act *act_of(const char *name)
{
	size_t i = 0;

	while (strcmp(fault_verbs[i].name, name) != 0)
		i++;
	return &fault_verbs[i];
}

/* Held at the n-th question; returns whether there was one. */
static bool is_late(const struct late *late, size_t n, enum ending ending)
{
	const struct act *act = act_of(late->act);
	emsign_rc told = 1; /* no code */
	size_t live = fail_live();
	emsign_op *op = NULL;

	fault_at(act, "held at question", n);
	memset(&s, 0, sizeof(s));
	s.mode = SCRIPTED_OPEN;
	wire.happened = false;
	stage_begin(&s, act);
	n += s.ca.asked;
	s.ca.meddle = hold;
	s.ca.ud = &n;
	PLAY_OK(&s.p, emsign_account_begin(s.p.account, late->verb, late->args, &op, &s.p.err));
	PLAY_OK(&s.p, emsign_op_submit(op, note, &told, &s.p.err));
	drive(&told);
	assert_int_equal(told == 1, wire.happened);
	if (ending == CANCELED)
		emsign_op_cancel(op);
	if (ending == RELEASED)
		scripted_release(s.p.net);
	if (ending == RELEASED)
		drive(&told);
	emsign_op_free(op);
	if (wire.happened)
		assert_int_equal(told, ending == RELEASED ? EMSIGN_OK :
				       ending == CANCELED ? EMSIGN_E_CANCELED : 1);
	s.ca.meddle = NULL;
	memset(&s.p.err, 0, sizeof(s.p.err));
	stage_check(&s);
	stage_again(&s, act);
	stage_close(&s);
	assert_int_equal(fail_live(), live);
	return wire.happened;
}

static void test_an_answer_that_comes_late_or_never(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lates); i++)
		for (int ending = RELEASED; ending <= FREED && fault_wants(act_of(lates[i].act));
		     ending++)
			for (size_t n = 0; is_late(&lates[i], n, (enum ending)ending); n++)
				;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_every_event),
		FAIL_TEST(test_an_answer_that_comes_late_or_never),
	};

	all = fault_is_all(argc, argv);
	return fault_end("wire", cmocka_run_group_tests(tests, NULL, NULL));
}
