/* SPDX-License-Identifier: MIT */
/*
 * Each case is one sentence of emsign/transport.h. A case that finds something wrong says so and
 * ends; the suite goes on with the next one, a fresh transport and a fresh server.
 */
#include "transport.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/ask.h"
#include "support/tlsserver.h"
#include "transport/transport.h"

#define MANY 20
#define SECRET "EMSIGN-CANARY-proof"
#define PATIENCE_MS 15000

/* One exchange; gone as soon as it is done, as a transport has to expect. */
struct flight {
	emsign_exchange *exchange; /* NULL: over */
	int ended;
	struct asked asked;
};

struct run {
	const struct transport_suite *suite;
	emsign_transport *transport;
	struct tlsserver *server;
	const char *sentence;
	const char *row; /* may: the one of several */
	struct flight flights[MANY];
	size_t n;
	int wrong;
};

typedef void (*case_fn)(struct run *r);

static void complain(struct run *r, const char *what, const struct asked *asked, int line)
{
	r->wrong = 1;
	if (!r->suite->log)
		return;
	fprintf(r->suite->log, "transport '%s': %s%s%s: not so in line %d: %s\n", r->suite->name,
		r->sentence, r->row ? ": " : "", r->row ? r->row : "", line, what);
	if (asked)
		fprintf(r->suite->log, "\tit ended with start %s, %s%s, HTTP %d, '%s'\n",
			emsign_rc_name(asked->start), emsign_rc_name(asked->rc),
			asked->unsent ? ", nothing sent" : "", asked->status, asked->err.message);
}

#define CHECK(r, condition) CHECK_OF(r, NULL, condition)
#define CHECK_OF(r, asked, condition)                                 \
	do {                                                          \
		if (!(condition)) {                                   \
			complain((r), #condition, (asked), __LINE__); \
			return;                                       \
		}                                                     \
	} while (0)

/* --- exchanges ----------------------------------------------------------------------------- */

static void ended(void *ud, emsign_exchange *exchange)
{
	struct flight *f = ud;

	f->ended++;
	f->asked = ask_result(exchange);
	f->exchange = NULL;
	ems_exchange_free(exchange);
}

static struct flight *begin(struct run *r, const struct ask *said)
{
	struct flight *f = &r->flights[r->n++];
	struct ask ask = *said;
	emsign_exchange *exchange;
	emsign_error err;

	memset(f, 0, sizeof(*f));
	ask.done = ended;
	ask.ud = f;
	exchange = ask_new(&ask);
	f->exchange = exchange;
	f->asked.start = ems_transport_start(r->transport, exchange, &err);
	if (f->asked.start && f->exchange) { /* not begun: it is the library's again */
		f->asked.err = err;
		f->exchange = NULL;
		ems_exchange_free(exchange);
	}
	return f;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t patience(const struct run *r)
{
	return r->suite->patience_ms ? r->suite->patience_ms : PATIENCE_MS;
}

/* Takes it out of the air. One that cannot be canceled is freed when it is done. */
static void ground(struct run *r, struct flight *f)
{
	emsign_exchange *exchange = f->exchange;

	f->exchange = NULL;
	if (exchange && ems_transport_cancel(r->transport, exchange))
		ems_exchange_free(exchange);
	else if (exchange)
		ems_exchange_abandon(exchange);
}

/* Drives until the exchange is over; some patience later it is told that it is not. */
static void finish(struct run *r, struct flight *f)
{
	int64_t till = now_ms() + patience(r);

	while (f->exchange && now_ms() < till && ems_transport_has_drive(r->transport))
		if (ems_transport_drive(r->transport, 100, NULL))
			break;
	if (f->exchange)
		complain(r, "the exchange ends", NULL, __LINE__);
	ground(r, f);
}

static struct ask question(struct run *r, const char *path, const char *body)
{
	return (struct ask){ .url = tlsserver_url(r->server, path), .body = body,
			     .terms = { .ca_file = tlsserver_roots(r->server) } };
}

static const struct asked *run(struct run *r, const struct ask *ask)
{
	struct flight *f = begin(r, ask);

	finish(r, f);
	r->n = 0;
	return &f->asked;
}

static const struct asked *post(struct run *r, const char *path)
{
	struct ask ask = question(r, path, "{\"proof\":\"" SECRET "\"}");

	return run(r, &ask);
}

static int is_good(const struct asked *asked)
{
	return !asked->start && !asked->rc && asked->status == 200 &&
	       strcmp(asked->body, "{\"ok\":true}") == 0;
}

/* --- what is sent -------------------------------------------------------------------------- */

static void case_request(struct run *r)
{
	const emsign_kv headers[] = { { "Content-Type", "application/json" },
				      { "Accept", "application/json" },
				      { "Authorization", "Bearer t0k3n" }, { NULL, NULL } };
	struct ask ask = question(r, "/echo?a=b", "{\"q\":\"\xc3\xa4 \\u0000\"}");
	const struct asked *asked;
	const char *request, *type;

	ask.headers = headers;
	asked = run(r, &ask);
	request = tlsserver_request(r->server);
	CHECK_OF(r, asked, !asked->rc && asked->status == 200);
	CHECK_OF(r, asked, strcmp(asked->body, ask.body) == 0);
	CHECK(r, strstr(request, "POST /echo?a=b HTTP/1.1\r\n") == request);
	type = strstr(request, "\r\nContent-Type: application/json\r\n");
	CHECK(r, type && !strstr(type + 1, "\r\nContent-Type:"));
	CHECK(r, strstr(request, "\r\nAccept: application/json\r\n"));
	CHECK(r, strstr(request, "\r\nAuthorization: Bearer t0k3n\r\n"));
	CHECK(r, strstr(request, "\r\nContent-Length: 17\r\n"));
}

static void case_methods(struct run *r)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct ask ask = question(r, "/ok", NULL);
		const struct asked *asked;
		const char *request;

		ask.method = methods[i];
		asked = run(r, &ask);
		request = tlsserver_request(r->server);
		CHECK_OF(r, asked, is_good(asked));
		CHECK(r, strncmp(request, methods[i], strlen(methods[i])) == 0);
		CHECK(r, strstr(request, "\r\n\r\n") && !strstr(request, "\r\n\r\n")[4]);
	}
}

static void case_large(struct run *r)
{
	static char body[1200001];
	struct ask ask = question(r, "/echo", body);
	const struct asked *asked;

	for (size_t i = 0; i + 1 < sizeof(body); i++)
		body[i] = (char)('a' + i % 26);
	ask.terms.max_body = sizeof(body);
	asked = run(r, &ask);
	CHECK_OF(r, asked, asked->status == 200 && asked->len == sizeof(body) - 1);
	CHECK(r, memcmp(asked->body, body, sizeof(asked->body) - 1) == 0);
	CHECK(r, strstr(tlsserver_request(r->server), body));
}

/* --- what comes back ----------------------------------------------------------------------- */

static void case_answer(struct run *r)
{
	const struct asked *asked = post(r, "/ok");

	CHECK_OF(r, asked, is_good(asked));
	CHECK_OF(r, asked, strcmp(asked->content_type, "application/json;charset=UTF-8") == 0);
	CHECK_OF(r, asked, !asked->unsent);
}

static void case_error_status(struct run *r)
{
	const struct asked *asked = post(r, "/busy");

	CHECK_OF(r, asked, !asked->rc && asked->status == 429 && asked->retry_after == 17);
	asked = post(r, "/nothing-of-the-kind");
	CHECK_OF(r, asked, !asked->rc && asked->status == 404);
}

static void case_redirect(struct run *r)
{
	const struct asked *asked = post(r, "/redirect");

	CHECK_OF(r, asked, !asked->rc && asked->status == 302);
	CHECK(r, tlsserver_count(r->server).requests == 1);
}

static void case_interim(struct run *r)
{
	const struct asked *asked = post(r, "/early");

	CHECK_OF(r, asked, is_good(asked) && !asked->retry_after);
}

static void case_chunks(struct run *r)
{
	const struct asked *asked = post(r, "/chunked");

	CHECK_OF(r, asked, is_good(asked) && !asked->content_type[0]);
}

static void case_broken(struct run *r)
{
	static const char *const paths[] = { "/cut", "/cut-chunked", "/hang-up", "/reset",
					     "/garbage", "/bad-chunk" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct asked *asked = post(r, paths[i]);

		r->row = paths[i];
		CHECK_OF(r, asked, asked->rc == EMSIGN_E_NET || asked->rc == EMSIGN_E_PROTO);
		CHECK_OF(r, asked, !asked->unsent);
		CHECK_OF(r, asked, asked->err.message[0] && !strstr(asked->err.message, SECRET));
	}
	CHECK(r, is_good(post(r, "/ok")));
}

/* data() says when to stop; an answer that never ends would not end otherwise. */
static void case_limits(struct run *r)
{
	const struct asked *asked = post(r, "/endless");

	CHECK_OF(r, asked, asked->rc == EMSIGN_E_PROTO && !asked->unsent);
	CHECK_OF(r, asked, strstr(asked->err.message, "longer than"));
	asked = post(r, "/many-headers");
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_PROTO || asked->rc == EMSIGN_E_NET);
	CHECK(r, is_good(post(r, "/ok")));
}

static void case_not_twice(struct run *r)
{
	const struct asked *asked;

	CHECK(r, is_good(post(r, "/ok")));
	asked = post(r, "/hang-up");
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_NET && !asked->unsent);
	CHECK(r, tlsserver_count(r->server).requests == 2);
}

static void case_again(struct run *r)
{
	for (int i = 0; i < MANY; i++)
		CHECK(r, is_good(post(r, "/ok")));
	CHECK(r, tlsserver_count(r->server).requests == MANY);
}

/* --- time ---------------------------------------------------------------------------------- */

static void case_timeout(struct run *r)
{
	static const char *const paths[] = { "/stall", "/stall-body", "/trickle" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct ask ask = question(r, paths[i], "{}");
		const struct asked *asked;

		r->row = paths[i];
		ask.terms.timeout_ms = 300;
		asked = run(r, &ask);
		CHECK_OF(r, asked, asked->rc == EMSIGN_E_TIMEOUT && !asked->unsent);
	}
	CHECK(r, is_good(post(r, "/slow/50")));
}

/* --- who is there -------------------------------------------------------------------------- */

static void case_nobody(struct run *r)
{
	struct ask ask = question(r, "/ok", "{}");
	const struct asked *asked;

	ask.url = "https://127.0.0.1:1/";
	asked = run(r, &ask);
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_NET && asked->unsent);
	CHECK(r, is_good(post(r, "/ok")));
}

/* Whoever cannot prove who he is gets no byte of a request. */
static void case_strangers(struct run *r)
{
	static const struct {
		enum tlsserver_flavour flavour;
		const char *who;
		emsign_rc rc, also;
	} rows[] = {
		{ TLSSERVER_EXPIRED, "expired", EMSIGN_E_TLS, EMSIGN_E_TLS },
		{ TLSSERVER_NOT_YET, "not valid yet", EMSIGN_E_TLS, EMSIGN_E_TLS },
		{ TLSSERVER_WRONG_HOST, "another name", EMSIGN_E_TLS, EMSIGN_E_TLS },
		{ TLSSERVER_SELF_SIGNED, "self-signed", EMSIGN_E_TLS, EMSIGN_E_TLS },
		{ TLSSERVER_OLD, "TLS 1.1", EMSIGN_E_TLS, EMSIGN_E_TLS },
		{ TLSSERVER_PLAIN, "no TLS", EMSIGN_E_TLS, EMSIGN_E_NET },
		{ TLSSERVER_HANGUP, "hangs up", EMSIGN_E_NET, EMSIGN_E_TLS },
		{ TLSSERVER_SILENT, "silent", EMSIGN_E_TIMEOUT, EMSIGN_E_TIMEOUT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct asked *asked;
		struct ask ask;

		tlsserver_free(r->server);
		r->server = tlsserver_new(rows[i].flavour);
		r->row = rows[i].who;
		ask = question(r, "/ok", "{}");
		if (rows[i].flavour == TLSSERVER_SILENT)
			ask.terms.timeout_ms = 300;
		asked = run(r, &ask);
		CHECK_OF(r, asked, asked->rc == rows[i].rc || asked->rc == rows[i].also);
		CHECK_OF(r, asked, asked->unsent);
		CHECK(r, tlsserver_count(r->server).requests == 0);
	}
}

static void case_roots(struct run *r)
{
	struct tlsserver *other = tlsserver_new(TLSSERVER_GOOD);
	struct ask ask = question(r, "/ok", "{}");
	const struct asked *asked;

	ask.terms.ca_file = tlsserver_roots(other);
	asked = run(r, &ask);
	tlsserver_free(other);
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_TLS && asked->unsent);
	ask.terms.ca_file = NULL; /* the system's, among which ours is not */
	asked = run(r, &ask);
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_TLS && asked->unsent);
	CHECK(r, tlsserver_count(r->server).requests == 0);
	CHECK(r, is_good(post(r, "/ok")));
}

static void case_pin(struct run *r)
{
	struct ask ask = question(r, "/ok", "{}");
	const struct asked *asked;

	ask.terms.pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	asked = run(r, &ask);
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_TLS && asked->unsent);
	CHECK(r, tlsserver_count(r->server).requests == 0);
	ask.terms.pin = tlsserver_pin(r->server);
	CHECK(r, is_good(run(r, &ask)));
}

/* The handshake was good, so the request left: whether it arrived cannot be known. */
static void case_deaf(struct run *r)
{
	const struct asked *asked;

	tlsserver_free(r->server);
	r->server = tlsserver_new(TLSSERVER_DEAF);
	asked = post(r, "/ok");
	CHECK_OF(r, asked, asked->rc == EMSIGN_E_NET && !asked->unsent);
}

/* --- many at once -------------------------------------------------------------------------- */

static void case_overtakes(struct run *r)
{
	struct ask stall = question(r, "/stall", "{}"), ok;
	struct flight *first, *second;

	stall.terms.timeout_ms = 3000;
	first = begin(r, &stall);
	ok = question(r, "/ok", "{}");
	second = begin(r, &ok);
	finish(r, second);
	CHECK_OF(r, &second->asked, is_good(&second->asked));
	CHECK_OF(r, &first->asked, first->exchange != NULL);
}

static void case_many(struct run *r)
{
	static char bodies[MANY][16];

	for (int i = 0; i < MANY; i++) {
		struct ask ask = question(r, "/echo", bodies[i]);

		snprintf(bodies[i], sizeof(bodies[i]), "number %d", i);
		(void)begin(r, &ask);
	}
	for (int i = 0; i < MANY; i++) {
		struct flight *f = &r->flights[i];

		finish(r, f);
		CHECK_OF(r, &f->asked, f->ended == 1 && strcmp(f->asked.body, bodies[i]) == 0);
	}
}

/* Drives as an event loop does: only when the descriptor says so. */
static void loop(struct run *r, const struct flight *f)
{
	struct pollfd fd = { .fd = ems_transport_fd(r->transport), .events = POLLIN };

	CHECK(r, fd.fd >= 0);
	while (f->exchange) {
		CHECK(r, poll(&fd, 1, (int)patience(r)) == 1);
		CHECK(r, !ems_transport_drive(r->transport, 0, NULL));
	}
}

static void case_descriptor(struct run *r)
{
	struct ask ask = question(r, "/slow/50", "{}");
	const struct flight *f = begin(r, &ask);

	loop(r, f);
	CHECK_OF(r, &f->asked, is_good(&f->asked));
	ask = question(r, "/stall", "{}");
	ask.terms.timeout_ms = 200;
	f = begin(r, &ask);
	loop(r, f); /* timers too */
	CHECK_OF(r, &f->asked, f->asked.rc == EMSIGN_E_TIMEOUT);
}

static void case_idle(struct run *r)
{
	CHECK(r, !ems_transport_drive(r->transport, 0, NULL));
	CHECK(r, !ems_transport_drive(r->transport, 10, NULL));
	CHECK(r, is_good(post(r, "/ok")));
	CHECK(r, !ems_transport_drive(r->transport, 0, NULL));
}

static void cancel(struct run *r, struct flight *f)
{
	emsign_exchange *exchange = f->exchange;

	CHECK(r, exchange && ems_transport_cancel(r->transport, exchange));
	CHECK(r, !f->ended);
	f->exchange = NULL;
	ems_exchange_free(exchange);
}

static void case_cancel(struct run *r)
{
	struct ask ask = question(r, "/stall", "{}");
	struct flight *f = begin(r, &ask);
	int64_t till = now_ms() + patience(r);

	while (!tlsserver_count(r->server).requests && now_ms() < till)
		CHECK(r, !ems_transport_drive(r->transport, 10, NULL));
	cancel(r, f);
	CHECK(r, tlsserver_settle(r->server, 0) == 0); /* the connection too */
	for (int i = 0; i < 3; i++)
		CHECK(r, !ems_transport_drive(r->transport, 10, NULL));
	CHECK_OF(r, &f->asked, !f->ended);
	CHECK(r, is_good(post(r, "/ok")));
}

static void case_cancel_at_once(struct run *r)
{
	struct ask ask = question(r, "/ok", "{}");
	struct flight *first = begin(r, &ask), *second = begin(r, &ask);

	cancel(r, first);
	finish(r, second);
	CHECK_OF(r, &second->asked, is_good(&second->asked));
	CHECK_OF(r, &first->asked, !first->ended);
}

/* --- all of them --------------------------------------------------------------------------- */

static const struct {
	const char *sentence;
	case_fn run;
	int concurrent;
} cases[] = {
	{ "the request is sent as it was said", case_request, 0 },
	{ "every method is sent as it was said", case_methods, 0 },
	{ "long bodies go and come whole", case_large, 0 },
	{ "status, headers, body and end are reported", case_answer, 0 },
	{ "an error status is an answer", case_error_status, 0 },
	{ "a redirect is an answer", case_redirect, 0 },
	{ "an interim answer is not the answer", case_interim, 0 },
	{ "chunks are joined", case_chunks, 0 },
	{ "a broken answer is none, and what was sent stays sent", case_broken, 0 },
	{ "it stops where data() says so", case_limits, 0 },
	{ "nothing is sent twice", case_not_twice, 0 },
	{ "one after the other", case_again, 0 },
	{ "the time is that of the whole exchange", case_timeout, 0 },
	{ "nobody there: nothing was sent", case_nobody, 0 },
	{ "strangers get nothing", case_strangers, 0 },
	{ "the roots of the request count", case_roots, 0 },
	{ "the pin of the request counts", case_pin, 0 },
	{ "who hung up after the handshake may have heard it", case_deaf, 0 },
	{ "one may overtake another", case_overtakes, 1 },
	{ "many at once", case_many, 1 },
	{ "the descriptor tells everything", case_descriptor, 1 },
	{ "driving without work returns", case_idle, 1 },
	{ "what is canceled is gone", case_cancel, 1 },
	{ "canceled before it began", case_cancel_at_once, 1 },
};

int transport_suite_run(const struct transport_suite *suite)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run *r;

		if ((cases[i].concurrent && !suite->concurrent) ||
		    (suite->only && strcmp(suite->only, cases[i].sentence) != 0))
			continue;
		r = calloc(1, sizeof(*r));
		if (!r)
			abort();
		r->suite = suite;
		r->sentence = cases[i].sentence;
		r->server = tlsserver_new(TLSSERVER_GOOD);
		r->transport = suite->open(suite->ud);
		if (r->transport)
			cases[i].run(r);
		else
			complain(r, "the transport opens", NULL, __LINE__);
		for (size_t k = 0; k < MANY; k++)
			ground(r, &r->flights[k]);
		emsign_transport_free(r->transport);
		tlsserver_free(r->server);
		failed += r->wrong;
		free(r);
	}
	return failed;
}
