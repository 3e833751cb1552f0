/* SPDX-License-Identifier: MIT */
/*
 * The built-in transport passes the suite for transports; and the suite finds what is wrong: behind
 * a layer that gets one thing wrong the case of just that sentence fails, and without it passes.
 */
#include "../conformance/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "support/ask.h"
#include "transport/transport.h"

enum fault {
	NONE,
	ALWAYS_POSTS,
	DROPS_HEADERS,
	CUTS_QUESTION,
	CUTS_ANSWER,
	FORGETS_HEADERS,
	HIDES_STATUS,
	CUT_IS_WHOLE,
	ALWAYS_UNSENT,
	NEVER_UNSENT,
	TELLS_SECRETS,
	REPEATS,
	FOLLOWS,
	HAS_TIME,
	TRUSTS_ANY_KEY,
	NEVER_DONE,
	ONE_AT_A_TIME,
	MIXES_UP,
	NO_DESCRIPTOR,
	CANCEL_IS_DONE,
};

struct wrong;

/* The exchange that was asked for, and the one that really is made. */
struct pair {
	struct pair *next;
	struct wrong *layer;
	emsign_exchange *outer, *inner;
};

struct wrong {
	enum fault fault;
	emsign_transport *inner;
	struct pair *pairs;
	int repeated;
};

static void forget(struct pair *pair)
{
	struct pair **at = &pair->layer->pairs;

	while (*at != pair)
		at = &(*at)->next;
	*at = pair->next;
	free(pair);
}

static void ask_inside(struct pair *pair, const char *url);

static bool has(const struct pair *pair, enum fault fault)
{
	return pair->layer->fault == fault;
}

static void answer(struct pair *pair, const struct asked *asked)
{
	emsign_exchange *outer = pair->outer;
	char seconds[32];

	emsign_exchange_status(outer, has(pair, HIDES_STATUS) ? 200 : asked->status);
	if (asked->content_type[0])
		emsign_exchange_header(outer, "Content-Type", asked->content_type);
	snprintf(seconds, sizeof(seconds), "%d", (int)asked->retry_after);
	if (asked->retry_after && !has(pair, FORGETS_HEADERS))
		emsign_exchange_header(outer, "Retry-After", seconds);
	emsign_exchange_data(outer, asked->body, asked->len - (has(pair, CUTS_ANSWER) ? 1 : 0));
	emsign_exchange_done(outer, EMSIGN_OK, NULL);
}

static void refuse(struct pair *pair, const struct asked *asked)
{
	const char *detail = asked->err.message;

	if (has(pair, CUT_IS_WHOLE)) {
		emsign_exchange_status(pair->outer, 200);
		emsign_exchange_done(pair->outer, EMSIGN_OK, NULL);
		return;
	}
	if (has(pair, TELLS_SECRETS))
		detail = emsign_exchange_request(pair->outer)->body;
	if ((asked->unsent || has(pair, ALWAYS_UNSENT)) && !has(pair, NEVER_UNSENT))
		emsign_exchange_unsent(pair->outer);
	emsign_exchange_done(pair->outer, asked->rc, detail);
}

/* A layer may ask again only later: it is called from inside of drive(). */
static void inner_done(void *ud, emsign_exchange *inner)
{
	struct pair *pair = ud;
	struct asked asked = ask_result(inner);

	ems_exchange_free(inner);
	pair->inner = NULL;
	if (has(pair, NEVER_DONE))
		return;
	if (has(pair, FOLLOWS) && asked.status == 302)
		asked.status = 200;
	if (has(pair, REPEATS) && asked.rc == EMSIGN_E_NET && !pair->layer->repeated++) {
		ask_inside(pair, emsign_exchange_request(pair->outer)->url);
		return;
	}
	if (has(pair, MIXES_UP) && pair->layer->pairs && pair->layer->pairs != pair) {
		emsign_exchange *outer = pair->outer;

		pair->outer = pair->layer->pairs->outer;
		pair->layer->pairs->outer = outer;
	}
	if (asked.rc)
		refuse(pair, &asked);
	else
		answer(pair, &asked);
	forget(pair);
}

static void ask_inside(struct pair *pair, const char *url)
{
	static char body[2000000];
	const emsign_request *request = emsign_exchange_request(pair->outer);
	struct ask ask = {
		.method = has(pair, ALWAYS_POSTS) ? "POST" : request->method,
		.url = url,
		.headers = has(pair, DROPS_HEADERS) ? NULL : request->headers,
		.body = body,
		.terms = { .timeout_ms = request->timeout_ms, .ca_file = request->ca_file,
			   .pin = has(pair, TRUSTS_ANY_KEY) ? NULL : request->pin },
		.done = inner_done,
		.ud = pair,
	};

	snprintf(body, sizeof(body), "%.*s",
		 (int)request->body_len - (has(pair, CUTS_QUESTION) ? 1 : 0),
		 (const char *)request->body);
	if (has(pair, HAS_TIME))
		ask.terms.timeout_ms += 2000;
	pair->inner = ask_new(&ask);
	assert_int_equal(ems_transport_start(pair->layer->inner, pair->inner, NULL), EMSIGN_OK);
}

static emsign_rc start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct wrong *layer = self;
	struct pair *pair = calloc(1, sizeof(*pair));
	unsigned before = 0;

	(void)err;
	assert_non_null(pair);
	pair->layer = layer;
	pair->outer = exchange;
	pair->next = layer->pairs;
	layer->pairs = pair;
	for (const struct pair *p = layer->pairs; p; p = p->next)
		before++;
	ask_inside(pair, emsign_exchange_request(exchange)->url);
	while (layer->fault == ONE_AT_A_TIME && before) {
		unsigned n = 0;

		assert_int_equal(ems_transport_drive(layer->inner, 100, NULL), EMSIGN_OK);
		for (const struct pair *p = layer->pairs; p; p = p->next)
			n++;
		if (n < before)
			break;
	}
	return EMSIGN_OK;
}

static void cancel(void *self, emsign_exchange *exchange)
{
	struct wrong *layer = self;
	struct pair *pair = layer->pairs;

	while (pair && pair->outer != exchange)
		pair = pair->next;
	assert_non_null(pair);
	if (pair->inner) {
		assert_true(ems_transport_cancel(layer->inner, pair->inner));
		ems_exchange_free(pair->inner);
	}
	forget(pair);
	if (layer->fault == CANCEL_IS_DONE)
		emsign_exchange_done(exchange, EMSIGN_E_CANCELED, NULL);
}

static emsign_rc drive(void *self, int timeout_ms, emsign_error *err)
{
	return ems_transport_drive(((struct wrong *)self)->inner, timeout_ms, err);
}

static int descriptor(void *self)
{
	struct wrong *layer = self;

	return layer->fault == NO_DESCRIPTOR ? -1 : ems_transport_fd(layer->inner);
}

static void destroy(void *self)
{
	struct wrong *layer = self;

	emsign_transport_free(layer->inner);
	while (layer->pairs)
		forget(layer->pairs);
	free(layer);
}

static emsign_transport *open_wrong(void *ud)
{
	static const emsign_transport_ops ops = { sizeof(ops), "wrong", start, cancel, drive,
						  descriptor, destroy };
	struct wrong *layer = calloc(1, sizeof(*layer));
	emsign_transport *transport = NULL;

	assert_non_null(layer);
	layer->fault = *(const enum fault *)ud;
	assert_int_equal(emsign_transport_curl(NULL, &layer->inner, NULL), EMSIGN_OK);
	assert_int_equal(emsign_transport_new(&ops, layer, &transport, NULL), EMSIGN_OK);
	return transport;
}

/* --- the tests --------------------------------------------------------------------------- */

static emsign_transport *open_curl(void *ud)
{
	emsign_transport *transport = NULL;

	(void)ud;
	assert_int_equal(emsign_transport_curl(NULL, &transport, NULL), EMSIGN_OK);
	return transport;
}

static void built_in_passes(void **state)
{
	struct transport_suite suite = { .name = "curl", .open = open_curl, .concurrent = 1,
					 .log = stderr };

	(void)state;
	assert_int_equal(transport_suite_run(&suite), 0);
}

static const struct {
	enum fault fault;
	const char *sentence;
} faults[] = {
	{ ALWAYS_POSTS, "every method is sent as it was said" },
	{ DROPS_HEADERS, "the request is sent as it was said" },
	{ CUTS_QUESTION, "the request is sent as it was said" },
	{ CUTS_ANSWER, "chunks are joined" },
	{ FORGETS_HEADERS, "an error status is an answer" },
	{ HIDES_STATUS, "an error status is an answer" },
	{ CUT_IS_WHOLE, "a broken answer is none, and what was sent stays sent" },
	{ ALWAYS_UNSENT, "a broken answer is none, and what was sent stays sent" },
	{ ALWAYS_UNSENT, "who hung up after the handshake may have heard it" },
	{ NEVER_UNSENT, "nobody there: nothing was sent" },
	{ NEVER_UNSENT, "strangers get nothing" },
	{ TELLS_SECRETS, "a broken answer is none, and what was sent stays sent" },
	{ REPEATS, "nothing is sent twice" },
	{ FOLLOWS, "a redirect is an answer" },
	{ HAS_TIME, "the time is that of the whole exchange" },
	{ TRUSTS_ANY_KEY, "the pin of the request counts" },
	{ NEVER_DONE, "status, headers, body and end are reported" },
	{ ONE_AT_A_TIME, "one may overtake another" },
	{ MIXES_UP, "many at once" },
	{ NO_DESCRIPTOR, "the descriptor tells everything" },
	{ CANCEL_IS_DONE, "what is canceled is gone" },
};

static int failures(enum fault fault, const char *sentence)
{
	struct transport_suite suite = { .name = "wrong", .open = open_wrong, .ud = &fault,
					 .concurrent = 1, .patience_ms = fault ? 500 : 0,
					 .only = sentence, .log = fault ? NULL : stderr };

	return transport_suite_run(&suite);
}

static void every_fault_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (failures(faults[i].fault, faults[i].sentence) != 1)
			fail_msg("the suite does not see fault %d", (int)faults[i].fault);
		if (failures(NONE, faults[i].sentence) != 0)
			fail_msg("the suite sees a fault where none is: %s", faults[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in_passes),
		cmocka_unit_test(every_fault_is_found),
	};

	return cmocka_run_group_tests_name("transport_suite", tests, NULL, NULL);
}
