/* SPDX-License-Identifier: MIT */
/* Plays of the second generation whose names are proven already, on the clerk of clerk.h. */
#ifndef TESTS_SUPPORT_REST_H
#define TESTS_SUPPORT_REST_H

#include "clerk.h"

/** A play whose credential speaks the second generation; every question is the clerk's. */
void rest_open(struct clerk *ca, struct play *p, enum scripted_mode mode, const emsign_kv *config);

/** Answers what the play asks from now on. */
void rest_serve(struct clerk *ca, struct play *play);

/** Places an order for PLAY_NAME, which is issued, and has its certificate fetched. */
void rest_issue(struct clerk *ca);

/** For clerk.meddle: the answers to a call are lost. */
struct rest_loss {
	const char *call;
	bool arrives;        /* the CA did what it was asked for */
	void (*look)(void);  /* may: at what has to be true when the question leaves */
};
bool rest_lose(void *loss, size_t number, const char *call, struct scripted_answer *answer);

#endif
