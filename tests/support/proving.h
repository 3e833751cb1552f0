/* SPDX-License-Identifier: MIT */
/*
 * A CA that looks before it believes, and the world that it looks at: a solver puts values there
 * and takes them away. Both can be told to fail.
 *
 *	struct play p;
 *	struct proving world;
 *
 *	proving_open(&world, &p, SCRIPTED_BLOCKING, NULL);  a client with the solver
 *	proving_order(&world, "1", names);                  an order that is placed
 *	PLAY_OK(&p, emsign_account_validate(p.account, "1", NULL, "dns", NULL, &p.err));
 *	assert_int_equal(world.n_shown, 0);
 *	proving_close(&world);
 */
#ifndef TESTS_SUPPORT_PROVING_H
#define TESTS_SUPPORT_PROVING_H

#include "play.h"

#define PROVING_MAX 8

/** A name of an order, as the CA knows it. */
struct proving_name {
	const char *order;
	const char *name;
	char status;       /* dcvStatus: '0' pending, '1' good, '2' rejected */
	char token[64];
	bool unlisted;     /* TrackOrder does not know it yet */
	bool accepted;     /* VerifyDcv found it; it counts at the next TrackOrder but `lag` */
	int lag;
};

/** Something that the world shows. */
struct proving_shown {
	char place[256];
	char value[64];
};

struct proving {
	struct play *play;

	/* the CA */
	struct proving_name names[PROVING_MAX];
	size_t n_names;
	int certificate, order;  /* the two numbers of all orders: 24 and 2 */
	int gate;                /* GetDcv says EMS-956 so many times */
	const char *file_name;   /* of every name; NULL: one of its own */
	size_t calls;
	size_t refuse_at;        /* the answer of that call (from 1) is `refuse_code` */
	const char *refuse_verb; /* or: of that call */
	const char *refuse_name; /* and: about that name; NULL: any */
	const char *refuse_code;
	char trail[1024];        /* what was done, by first letters: Track, Present, ... */
	char answer[8192];

	/* the world */
	struct proving_shown shown[PROVING_MAX];
	size_t n_shown;
	int invisible;           /* ready() says "not yet" so many times */
	emsign_rc fail[3];       /* of present, ready, cleanup */
	bool after;              /* present and cleanup fail when it is done */
	const char *fail_name;   /* NULL: any */
	void (*hook)(struct proving *world, char slot, const emsign_challenge *challenge);
	emsign_op *op;           /* for the hook */
	emsign_solver *solver;
};

void proving_open(struct proving *world, struct play *p, enum scripted_mode mode,
		  const emsign_kv *config);
void proving_close(struct proving *world);

/** Places an order for names; NULL at the end. */
void proving_order(struct proving *world, const char *number, const char *const *names);

/** The CA's side of a name. */
struct proving_name *proving_name(struct proving *world, const char *order, const char *name);

/** The program ends and starts again, with the solver. */
void proving_restart(struct proving *world);

bool proving_shows(const struct proving *world, const char *place, const char *value);

/** Values on record as published, of all orders. */
size_t proving_on_record(struct proving *world);

#endif
