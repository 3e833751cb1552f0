/* SPDX-License-Identifier: MIT */
/* A transport around another one, which tells how far each exchange is. */
#ifndef TESTS_TORTURE_LIFE_WIRE_H
#define TESTS_TORTURE_LIFE_WIRE_H

#include <emsign/transport.h>

enum life_wire {
	LIFE_WIRE_START,    /* nothing has been sent */
	LIFE_WIRE_ANSWERED, /* sent and answered, and the library has heard nothing of it */
	LIFE_WIRE_TOLD      /* it has heard everything, and done nothing with it */
};

typedef void (*life_wire_fn)(void *ud, enum life_wire how_far);

/** Takes the inner transport over; aborts when memory is short. */
emsign_transport *life_wire_new(emsign_transport *inner, life_wire_fn tell, void *ud);

#endif
