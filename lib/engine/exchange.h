/* SPDX-License-Identifier: MIT */
/*
 * One request and its answer in flight: what a transport fills through emsign_exchange_...(). Pure;
 * limits on headers and body are kept here, for every transport alike.
 */
#ifndef EMS_ENGINE_EXCHANGE_H
#define EMS_ENGINE_EXCHANGE_H

#include <emsign/transport.h>

#include "base/buf.h"
#include "wire/dialect.h"

/** Told once, from inside emsign_exchange_done(). It must not free the exchange. */
typedef void (*ems_exchange_fn)(void *ud, emsign_exchange *exchange);

struct ems_exchange_terms {
	int64_t timeout_ms;
	size_t max_body;
	const char *ca_file; /* copied */
	const char *pin;     /* copied */
};

/** Moves the question into a new exchange (also on failure the question is emptied). */
emsign_rc ems_exchange_new(struct ems_question *question, const struct ems_exchange_terms *terms,
			   ems_exchange_fn done, void *ud, emsign_exchange **out,
			   emsign_error *err);

bool ems_exchange_is_done(const emsign_exchange *exchange);
bool ems_exchange_is_unsent(const emsign_exchange *exchange);

/** After done: EMSIGN_OK and the answer, or what went wrong on the way, its sentence in err. */
emsign_rc ems_exchange_answer(const emsign_exchange *exchange, struct ems_answer *out,
			      emsign_error *err);

/** Nobody waits for it any more, but its transport cannot cancel: it frees itself when done. */
void ems_exchange_abandon(emsign_exchange *exchange);

void ems_exchange_free(emsign_exchange *exchange);

#endif
