/* SPDX-License-Identifier: MIT */
/*
 * A CA that answers every question of either API, and remembers what it did: so that a test can
 * lose, cut or garble an answer and then look what became of the order. Its certificates are real.
 *
 *	struct play p;
 *	struct clerk ca;
 *
 *	play_open(&p, SCRIPTED_BLOCKING, NULL);
 *	clerk_serve(&ca, &p);
 *	PLAY_OK(&p, emsign_account_place(p.account, form, NULL, &p.err));
 *	assert_int_equal(ca.n_orders, 1);
 */
#ifndef TESTS_SUPPORT_CLERK_H
#define TESTS_SUPPORT_CLERK_H

#include "play.h"
#include "registrar.h"

#define CLERK_ORDERS 4

struct clerk_order {
	char number[16];
	char domain[64];
	char tag[64];      /* "": none */
	char csr[4096];    /* PEM; "": none */
	char leaf[4096];   /* base64; "": not issued yet */
	char date[32];
	int certificate;   /* the two numbers of its state */
	int order;
	bool proven;       /* control of its name */
	bool stranger;     /* ordered elsewhere */
	bool draft;        /* saved, not ordered */
	bool issued;       /* the certificate of its present request is there */
	int reissued;      /* how often; makes its request number */
	bool lags;         /* the certificate from before the reissue is still given */
	char sans[128];    /* further names, as they stand in a question; "": none */
};

struct clerk {
	struct play *play;
	struct clerk_order orders[CLERK_ORDERS];
	size_t n_orders;
	size_t n_entries;  /* of the ledger, two on a page, all of them alike */
	bool issues;       /* a proven order is issued when it is looked at */
	bool vetted;       /* by v2: the name of a new order is proven already */
	bool unmarked;     /* by v2: what is listed shows no tags */
	size_t asked;      /* questions that it heard */
	size_t tokens;     /* given out; only the last one is good */
	struct registrar registrar; /* its domains, of the second generation */

	/*
	 * Called for each question, numbered from 0, once its answer is there: says whether the CA
	 * does what it was asked for, and may change what comes back.
	 */
	bool (*meddle)(void *ud, size_t number, const char *call, struct scripted_answer *answer);
	void *ud;

	char answers[16][10240]; /* several may be on their way at once */
};

/** Answers what the play asks from now on. */
void clerk_serve(struct clerk *ca, struct play *play);

/** The order of that number, as the CA knows it; NULL when it knows none. */
struct clerk_order *clerk_order(struct clerk *ca, const char *number);

/** A text member of a question, wherever it stands; "" when there is none. */
void clerk_said(const char *body, const char *member, char *out, size_t size);

/** How often a question was asked by v2: "v2.reissue", "v2.track", ... */
size_t clerk_heard(const struct play *p, const char *call);

/** Makes the certificate of an order, once for each request. */
void clerk_issue(struct clerk *ca, struct clerk_order *order);

#endif
