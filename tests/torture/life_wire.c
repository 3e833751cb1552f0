/* SPDX-License-Identifier: MIT */
/*
 * Each exchange of the library has one of its own behind it, which the inner transport fills. So
 * there is a moment at which the answer is here and the library does not know.
 */
#include "life_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/ask.h"
#include "transport/transport.h"

#define ANSWER_MAX ((size_t)32 * 1024 * 1024)

struct flight {
	struct wire *wire;
	emsign_exchange *outer; /* NULL: nobody waits for it any more */
	emsign_exchange *inner;
	struct flight *next;
};

struct wire {
	emsign_transport *inner;
	life_wire_fn tell;
	void *ud;
	struct flight *flights;
};

/* What came, told to the library as the inner transport told it. */
static void relay(emsign_exchange *from, emsign_exchange *to)
{
	char seconds[32];
	struct ems_answer answer;
	emsign_error err;
	emsign_rc rc = ems_exchange_answer(from, &answer, &err);

	if (ems_exchange_is_unsent(from))
		emsign_exchange_unsent(to);
	if (rc == EMSIGN_OK) {
		emsign_exchange_status(to, answer.http_status);
		if (answer.content_type)
			emsign_exchange_header(to, "Content-Type", answer.content_type);
		snprintf(seconds, sizeof(seconds), "%lld", (long long)answer.retry_after);
		if (answer.retry_after)
			emsign_exchange_header(to, "Retry-After", seconds);
		rc = emsign_exchange_data(to, answer.body, answer.len);
	}
	emsign_exchange_done(to, rc, rc ? err.message : NULL);
}

static void arrived(void *ud, emsign_exchange *inner)
{
	struct flight *flight = ud;
	struct wire *wire = flight->wire;

	if (!flight->outer)
		return;
	wire->tell(wire->ud, LIFE_WIRE_ANSWERED);
	relay(inner, flight->outer);
	flight->outer = NULL;
	wire->tell(wire->ud, LIFE_WIRE_TOLD);
}

/* An exchange may not be freed from inside itself. */
static void sweep(struct wire *wire)
{
	struct flight **at = &wire->flights;

	while (*at) {
		struct flight *flight = *at;

		if (flight->outer) {
			at = &flight->next;
			continue;
		}
		*at = flight->next;
		ems_exchange_free(flight->inner);
		free(flight);
	}
}

static emsign_rc wire_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	const emsign_request *request = emsign_exchange_request(exchange);
	struct wire *wire = self;
	struct flight *flight = malloc(sizeof(*flight));
	emsign_rc rc;

	if (!flight)
		abort();
	wire->tell(wire->ud, LIFE_WIRE_START);
	*flight = (struct flight){ wire, exchange, NULL, wire->flights };
	flight->inner = ask_new(&(struct ask){
		.method = request->method, .url = request->url, .headers = request->headers,
		.body = request->body, .done = arrived, .ud = flight,
		.terms = { request->timeout_ms, ANSWER_MAX, request->ca_file, request->pin },
	});
	wire->flights = flight;
	rc = ems_transport_start(wire->inner, flight->inner, err);
	if (rc)
		flight->outer = NULL;
	sweep(wire);
	return rc;
}

static void wire_cancel(void *self, emsign_exchange *exchange)
{
	struct wire *wire = self;

	for (struct flight *flight = wire->flights; flight; flight = flight->next) {
		if (flight->outer != exchange)
			continue;
		flight->outer = NULL;
		(void)ems_transport_cancel(wire->inner, flight->inner);
	}
	sweep(wire);
}

static emsign_rc wire_drive(void *self, int timeout_ms, emsign_error *err)
{
	struct wire *wire = self;
	emsign_rc rc = ems_transport_drive(wire->inner, timeout_ms, err);

	sweep(wire);
	return rc;
}

static int wire_fd(void *self)
{
	struct wire *wire = self;

	return ems_transport_fd(wire->inner);
}

static void wire_destroy(void *self)
{
	struct wire *wire = self;

	emsign_transport_free(wire->inner);
	free(wire);
}

emsign_transport *life_wire_new(emsign_transport *inner, life_wire_fn tell, void *ud)
{
	static const emsign_transport_ops ops = {
		.size = sizeof(ops), .name = "told", .start = wire_start, .cancel = wire_cancel,
		.drive = wire_drive, .fd = wire_fd, .destroy = wire_destroy,
	};
	struct wire *wire = malloc(sizeof(*wire));
	emsign_transport *transport = NULL;

	if (!wire)
		abort();
	*wire = (struct wire){ inner, tell, ud, NULL };
	if (emsign_transport_new(&ops, wire, &transport, NULL))
		abort();
	return transport;
}
