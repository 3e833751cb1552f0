/* SPDX-License-Identifier: MIT */
/*
 * The part of the clerk's CA that registers domains: it speaks the second generation of the API,
 * and remembers what it did.
 *
 *	clerk_serve(&ca, &p);
 *	registrar_login(&p);      the play's account speaks the second generation from here on
 *	registrar_add(&ca.registrar, "example.com");
 *	PLAY_OK(&p, emsign_account_domain_verify(p.account, "example.com", NULL, &p.err));
 */
#ifndef TESTS_SUPPORT_REGISTRAR_H
#define TESTS_SUPPORT_REGISTRAR_H

#include "play.h"

#define REGISTRAR_DOMAINS 8

struct registrar_domain {
	char name[64];
	char id[16];
	char method[16];
	const char *validation; /* "PENDING", "VERIFIED", "REJECTED" */
	const char *status;     /* "ACTIVE", "INACTIVE" */
	char created[24];
	int tokens;             /* how many it was given; the last one counts */
	size_t attempts;
};

struct registrar {
	struct registrar_domain domains[REGISTRAR_DOMAINS];
	size_t n;
	size_t page;            /* rows of a page at most; 0: as asked for */
	size_t unseen;          /* so many looks find nothing */
	const char *failure;    /* what they find instead; NULL: "RECORD_MISSING" */
	bool terse;             /* a look that finds the proof is answered without words */
	bool stale;             /* what it says of a domain lags behind */
	char trail[256];        /* what was asked for, by first letters, see registrar.c */
};

/** The play's credential gets the second generation of the API, and a new account. */
void registrar_login(struct play *p);

struct registrar_domain *registrar_add(struct registrar *r, const char *name);

/** Is it a question of the second generation? */
bool registrar_hears(const struct scripted_request *request);

/** Answers it; the body goes into `text`. */
void registrar_answer(struct registrar *r, const struct scripted_request *request, char *text,
		      size_t size, struct scripted_answer *out);

#endif
