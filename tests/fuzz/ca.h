/* SPDX-License-Identifier: MIT */
/*
 * A CA, and a way to it, that do whatever the input says; and the account of what may have arrived
 * there. It checks, while questions come, that none places a second order.
 */
#ifndef TESTS_FUZZ_CA_H
#define TESTS_FUZZ_CA_H

#include "fuzz.h"
#include "support/play.h"

/** The wishes that are watched: forms for these names, with this product, without `again`. */
#define CA_WISHES 2
#define CA_PRODUCT "842"
extern const char *const ca_names[CA_WISHES];

/** Below this are the questions of the second API. */
#define CA_V2 PLAY_SITE "api/certinext/v2/"

/** What is known of the one order for a name. */
struct ca_wish {
	bool doubt;      /* a question was sent and may have arrived, and nobody told since */
	int64_t sent_ms; /* when the last one began */
	bool looked;     /* since then a whole list was asked for late enough, and came */
	bool late;       /* the list at hand was begun late enough */
	int64_t rows;    /* of the list at hand, so far */
};

struct ca {
	struct fuzz_input *in;
	struct play *play;
	emsign_store *store;  /* without the failures that the library gets */
	int64_t settle_ms;
	bool can_hold;        /* the transport keeps exchanges in flight */
	struct ca_wish wishes[CA_WISHES];
	char *csr;            /* PEM of the last order's */
	void *own[8192];      /* bodies and headers of the answers */
	size_t n_own;
};

/** Answers from now on what the play's client asks. */
void ca_open(struct ca *ca, struct play *play, emsign_store *store, struct fuzz_input *in);
void ca_close(struct ca *ca);

/** An order for the name was told to the caller. */
void ca_told(struct ca *ca, const char *domain);

/** What is in doubt is written down. */
void ca_check(struct ca *ca);

#endif
