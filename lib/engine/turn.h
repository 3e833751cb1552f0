/* SPDX-License-Identifier: MIT */
/*
 * A turn: one question to the CA from encoding to understanding, with its repetitions. Pure:
 * whoever drives it brings time and random numbers, and carries the exchange to a transport.
 *
 *   READY --ask--> FLYING --answered--> DONE
 *     ^                        |
 *     +------- WAITING <-------+
 *     +------- a new token <---+  (once)
 */
#ifndef EMS_ENGINE_TURN_H
#define EMS_ENGINE_TURN_H

#include "engine/exchange.h"
#include "engine/retry.h"

enum ems_turn_state { EMS_TURN_READY, EMS_TURN_FLYING, EMS_TURN_WAITING, EMS_TURN_DONE };

struct ems_turn {
	/* set before the first ask; borrowed for the life of the turn */
	const struct ems_dialect *dialect;
	const struct ems_peer *peer;
	const struct ems_call *call;
	const struct ems_sink *sink;
	struct ems_exchange_terms terms;
	struct ems_policy policy;

	enum ems_turn_state state;
	int64_t attempt;
	int64_t wake_at_ms;        /* WAITING */
	bool lent;                 /* the token that goes with it was got by somebody else */
	bool login_anew;           /* the CA refused a token of our own once */
	emsign_exchange *exchange; /* FLYING */
	struct ems_verdict verdict;
	char request_id[64];       /* of the last attempt */
	emsign_rc rc;              /* DONE */
	emsign_error err;          /* the last failure; also while WAITING */
	emsign_error told;         /* the last failure that the CA itself told of */
};

/** Encodes the question anew and puts it into turn->exchange. A failure ends the turn. */
void ems_turn_ask(struct ems_turn *turn, int64_t now_ms, const unsigned char random[16],
		  ems_exchange_fn done, void *ud);

/** The exchange is done: understands the answer and decides. `random` spreads a pause. */
void ems_turn_answered(struct ems_turn *turn, int64_t now_ms, uint32_t random);

/**
 * The CA asked to slow down until then: a pause lasts as long, too long a one ends the turn, and a
 * failure says when a repetition makes sense.
 */
void ems_turn_slow(struct ems_turn *turn, int64_t now_ms, int64_t until_ms);

/** Ends the turn from outside, e.g. the transport would not begin. */
void ems_turn_fail(struct ems_turn *turn, const emsign_error *err);

void ems_turn_clear(struct ems_turn *turn);

#endif
