/* SPDX-License-Identifier: MIT */
/*
 * Whole operations through the public interface, with a way to the CA, a store and observers that
 * fail when the input says so. Input: one byte for the configuration; then commands, one byte each
 * with what it wants, between which the CA (saying.c) takes what it answers.
 */
#include <stdlib.h>
#include <string.h>

#include "ca.h"
#include "model/record.h"
#include "support/failstore.h"

#define OPS 3
#define COMMANDS_MAX 24
#define TURNS_MAX 6000

enum { OPEN = 1, PATIENT = 2, UNMARKED = 4, ONE_ATTEMPT = 8, ONE_AT_A_TIME = 16, SECOND = 32 };

struct told {
	struct ca *ca;
	const char *domain; /* of an order; NULL: it places none */
	bool done;
};

struct stage {
	struct play play;
	struct failstore failing;
	struct fuzz_input in;
	struct ca ca;
	unsigned config;
	emsign_solver *solver;
	emsign_op *ops[OPS];
	struct told told[OPS];
	unsigned meddle_in; /* events until the observer does something; 0: never */
	unsigned meddle;    /* what it does */
};

/* --- those who watch and solve ---------------------------------------------------------------- */

static emsign_rc on_event(void *ud, const emsign_event *event)
{
	struct stage *s = ud;

	FUZZ_MUST(event->type >= EMSIGN_EVENT_CALL && event->type <= EMSIGN_EVENT_GONE);
	FUZZ_MUST(event->wait_ms >= 0 && event->done >= 0 && event->total >= 0);
	if (event->record)
		fuzz_check_record(event->kind, event->record);
	if (!s->meddle_in || --s->meddle_in)
		return EMSIGN_OK;
	if (s->meddle < OPS)
		emsign_op_cancel(s->ops[s->meddle]);
	return s->meddle < OPS ? EMSIGN_OK : EMSIGN_E_CALLBACK;
}

static void on_done(void *ud, emsign_op *op, const emsign_error *err)
{
	struct told *told = ud;

	FUZZ_MUST(op && !told->done);
	fuzz_check(err->rc, err);
	told->done = true;
	if (err->rc == EMSIGN_OK && told->domain)
		ca_told(told->ca, told->domain);
}

static emsign_rc solve(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	static const emsign_rc results[] = { EMSIGN_OK, EMSIGN_E_PENDING, EMSIGN_E_BUSY,
					     EMSIGN_E_CALLBACK };
	struct stage *s = self;

	(void)err;
	fuzz_check_record("challenge", challenge);
	FUZZ_MUST(challenge->domain && challenge->order && challenge->credential);
	return results[fuzz_below(&s->in, FUZZ_COUNT(results))];
}

/* --- the stage -------------------------------------------------------------------------------- */

/* The program starts, or starts again, with all of its operations gone. */
static void restart(struct stage *s)
{
	const emsign_kv config[] = {
		{ "settle_ms", s->config & PATIENT ? "12000" : "0" },
		{ "mark_orders", s->config & UNMARKED ? "no" : "yes" },
		{ "attempts", s->config & ONE_ATTEMPT ? "1" : "3" },
		{ "parallel", s->config & ONE_AT_A_TIME ? "1" : "4" },
		{ "max_answer", "65536" },
		{ NULL, NULL },
	};

	for (size_t i = 0; i < OPS; i++) {
		emsign_op_free(s->ops[i]);
		s->ops[i] = NULL;
	}
	failstore_never(&s->failing);
	play_restart_with(&s->play, config);
	emsign_client_on_event(s->play.client, on_event, s, NULL);
	FUZZ_MUST(!emsign_client_set_solver(s->play.client, "dns", s->solver, NULL));
	FUZZ_MUST(!emsign_client_set_solver(s->play.client, "http", s->solver, NULL));
}

static void open_stage(struct stage *s)
{
	static const emsign_solver_ops solver = {
		.size = sizeof(solver), .name = "fuzz", .present = solve, .ready = solve,
		.cleanup = solve,
	};
	enum scripted_mode mode = s->config & OPEN ? SCRIPTED_OPEN : SCRIPTED_BLOCKING;
	emsign_store *store;

	if (s->config & SECOND)
		play_open_v2(&s->play, mode);
	else
		play_open(&s->play, mode, NULL);
	store = s->play.store;
	s->play.store = failstore_new(&s->failing, store);
	ca_open(&s->ca, &s->play, store, &s->in);
	s->ca.settle_ms = s->config & PATIENT ? 12000 : 0;
	s->ca.can_hold = s->config & OPEN;
	FUZZ_MUST(!emsign_solver_new(&solver, s, &s->solver, NULL));
	restart(s);
}

static emsign_rc check_certificate(void *ud, const char *kind, const void *record)
{
	(void)ud;
	fuzz_check_record(kind, record);
	return EMSIGN_OK;
}

/* An order has its key, and its certificate is the one for that key. */
static emsign_rc check_order(void *ud, const char *kind, const void *record)
{
	const emsign_order *order = record;
	struct stage *s = ud;
	emsign_key *key = NULL;
	void *found = NULL;

	fuzz_check_record(kind, record);
	if (order->csr) {
		FUZZ_MUST(!emsign_client_key_open(s->play.client, order->csr, &key, NULL));
		FUZZ_MUST(order->spki && strcmp(emsign_key_spki(key), order->spki) == 0);
	}
	if (order->certificate && order->spki) {
		FUZZ_MUST(!emsign_client_get(s->play.client, "certificate", order->certificate,
					     &found, NULL));
		FUZZ_MUST(strcmp(((emsign_certificate *)found)->spki, order->spki) == 0);
	}
	emsign_free(found);
	emsign_key_free(key);
	return EMSIGN_OK;
}

static void close_stage(struct stage *s)
{
	emsign_client *client;

	restart(s);
	client = s->play.client;
	ca_check(&s->ca);
	FUZZ_MUST(!emsign_client_scan(client, "order", NULL, NULL, 0, check_order, s, NULL));
	FUZZ_MUST(!emsign_client_scan(client, "certificate", NULL, NULL, 0, check_certificate, s,
				      NULL));
	FUZZ_MUST(!play_store_holds(&s->play, "EMSIGN-CANARY-"));
	emsign_solver_free(s->solver);
	play_close(&s->play);
	ca_close(&s->ca);
}

/* --- beginning and driving operations --------------------------------------------------------- */

static const struct {
	const char *verb;
	emsign_kv args[4]; /* beside the order */
} verbs[] = {
	{ "test", { { NULL, NULL } } },
	{ "sync", { { "what", "all" } } },
	{ "sync", { { "what", "domains" } } },
	{ "import", { { "mode", "full" } } },
	{ "import", { { "mode", "incremental" }, { "sweep", "2" } } },
	{ "import", { { "certificates", "no" }, { "deleted", "yes" } } },
	{ "challenge", { { "order", NULL }, { "method", "dns" } } },
	{ "challenge", { { "order", NULL }, { "method", "http" } } },
	{ "verify", { { "order", NULL } } },
	{ "validate", { { "order", NULL }, { "method", "dns" } } },
	{ "validate", { { "order", NULL }, { "method", "http" } } },
	{ "refresh", { { "order", NULL } } },
	{ "refresh_open", { { NULL, NULL } } },
	{ "fetch", { { "order", NULL } } },
	{ "cancel", { { "order", NULL }, { "remarks", "no" } } },
	{ "revoke", { { "order", NULL }, { "reason", "superseded" }, { "comments", "new" } } },
	{ "accept", { { "order", NULL }, { "signer.ip", "198.51.100.7" } } },
	{ "place", { { "product", CA_PRODUCT }, { "domain", "www.example.com" } } },
	{ "place", { { "product", CA_PRODUCT }, { "domain", "shop.example.com" } } },
	{ "place", { { "product", "843" }, { "domain", "www.example.com" }, { "again", "yes" } } },
};

static emsign_rc first_id(void *ud, const char *kind, const void *record)
{
	const emsign_order *order = record;

	(void)kind;
	strncpy(ud, order->id, 255);
	return EMSIGN_OK;
}

static void begin(struct stage *s, unsigned which, unsigned slot)
{
	char id[256] = "1";
	emsign_kv args[5] = { { NULL, NULL } };
	emsign_error err;
	emsign_rc rc;

	(void)emsign_client_scan(s->play.client, "order", NULL, NULL, 1 + fuzz_below(&s->in, 3),
				 first_id, id, NULL);
	memcpy(args, verbs[which].args, sizeof(verbs[which].args));
	if (args[0].key && !args[0].value)
		args[0].value = id;
	emsign_op_free(s->ops[slot]);
	s->told[slot] = (struct told){ &s->ca, NULL, false };
	if (strcmp(verbs[which].verb, "place") == 0)
		s->told[slot].domain = ems_kv_get(args, "domain");
	rc = emsign_account_begin(s->play.account, verbs[which].verb, args, &s->ops[slot], &err);
	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (s->ops[slot] != NULL));
	if (rc == EMSIGN_OK)
		FUZZ_MUST(!emsign_op_submit(s->ops[slot], on_done, &s->told[slot], NULL));
}

/* What an operation that has ended leaves behind. */
static void take(struct stage *s, unsigned slot)
{
	emsign_op *op = s->ops[slot];
	const char *kind = op ? emsign_op_kind(op) : NULL;
	void *record = NULL;
	emsign_error err;
	emsign_rc rc;

	if (!op || !s->told[slot].done)
		return;
	rc = emsign_op_take(op, &record, &err);
	fuzz_check(rc, &err);
	FUZZ_MUST(!fuzz_holds_canary((const uint8_t *)err.message, sizeof(err.message)));
	FUZZ_MUST((record != NULL) == (kind != NULL));
	FUZZ_MUST(rc == EMSIGN_OK || !record);
	if (record)
		fuzz_check_record(kind, record);
	if (record && strcmp(kind, "order") == 0)
		ca_told(&s->ca, ((const emsign_order *)record)->domain);
	emsign_free(record);
	emsign_op_free(op);
	s->ops[slot] = NULL;
}

/* Turns until all that was begun has ended, or so many; nothing may go on for ever. */
static void drive(struct stage *s, unsigned turns)
{
	bool all = turns == 255;
	unsigned n = 0, open = 1;
	emsign_error err;

	while (open && n < (all ? TURNS_MAX : turns)) {
		fuzz_check(emsign_client_dispatch(s->play.client, all ? -1 : 0, &err), &err);
		open = 0;
		for (unsigned i = 0; i < OPS; i++) {
			take(s, i);
			open += s->ops[i] != NULL;
		}
		if (all && s->config & OPEN)
			scripted_release(s->play.net);
		n++;
	}
	if (all)
		FUZZ_MUST(!open);
}

/* --- commands --------------------------------------------------------------------------------- */

enum command { BEGIN, RUN, TURN, CANCEL, FREE, RESTART, FAIL, FAIL_ALL, MEDDLE, WAIT, FORGET,
	       RELEASE, N_COMMANDS };

static void forget_order(struct stage *s)
{
	char id[256] = "";
	emsign_error err;

	(void)emsign_client_scan(s->play.client, "order", NULL, NULL, 1, first_id, id, NULL);
	fuzz_check(emsign_client_order_delete(s->play.client, id, &err), &err);
}

static void obey(struct stage *s, enum command command)
{
	unsigned what = fuzz_byte(&s->in);
	unsigned slot = what % OPS;

	switch (command) {
	case BEGIN:
	case RUN:
		begin(s, what % FUZZ_COUNT(verbs), what / FUZZ_COUNT(verbs) % OPS);
		if (command == RUN)
			drive(s, 255);
		break;
	case TURN:
		drive(s, what);
		break;
	case CANCEL:
		emsign_op_cancel(s->ops[slot]);
		take(s, slot);
		break;
	case FREE:
		emsign_op_free(s->ops[slot]);
		s->ops[slot] = NULL;
		break;
	case RESTART:
		restart(s);
		break;
	case FAIL:
		failstore_at(&s->failing, what);
		break;
	case FAIL_ALL:
		failstore_from(&s->failing, what);
		break;
	case MEDDLE:
		s->meddle_in = what >> 2;
		s->meddle = what & 3;
		break;
	case WAIT:
		s->play.now_ms += what * 1000;
		break;
	case FORGET:
		forget_order(s);
		break;
	default:
		scripted_release(s->play.net);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct stage *s;

	if (fuzz_holds_canary(bytes, len))
		return 0;
	s = calloc(1, sizeof(*s));
	FUZZ_MUST(s != NULL);
	s->in = (struct fuzz_input){ bytes, len };
	s->config = fuzz_byte(&s->in);
	open_stage(s);
	for (int i = 0; s->in.left && i < COMMANDS_MAX; i++)
		obey(s, (enum command)fuzz_below(&s->in, N_COMMANDS));
	close_stage(s);
	free(s);
	fuzz_check_memory();
	return 0;
}
