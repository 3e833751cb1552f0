/* SPDX-License-Identifier: MIT */
/*
 * Failure at every point. An act is one piece of work with the public API on a stage: it can be
 * prepared, run while something fails, looked at, and run again when nothing fails any more. The
 * programs fault_*.c let memory, store or network fail under each of them in turn.
 */
#ifndef TESTS_TORTURE_FAULT_H
#define TESTS_TORTURE_FAULT_H

#include "../support/rest.h"

struct stage {
	struct play p;
	struct clerk ca;
	enum scripted_mode mode;
	emsign_store *(*make_store)(void *ud); /* NULL: in memory */
	void *ud;
	emsign_solver *solver;
	size_t shown;          /* values that the solver shows to the world */

	emsign_certificate *certificate;
	emsign_csr *csr;
	emsign_rc before;      /* what the run gave while something failed */
};

enum {
	ACT_ASKS = 1,      /* asks the CA */
	ACT_STORE = 2,     /* uses a store of the stage's */
	ACT_CHANGES = 4,   /* its lost answer is in doubt */
	ACT_SLOW = 8,      /* takes long by itself: not in the fast slice */
	ACT_REST = 16,     /* asks a generation that refuses by the status of its answers */
	ACT_V1 = 32        /* the second API has no such thing */
};

struct act {
	const char *name;
	unsigned flags;
	void (*prepare)(struct stage *s);
	/* what it returns stands in p.err, too; what it gives out is NULL on failure */
	emsign_rc (*run)(struct stage *s);
	/* what a second run may say because the first did it; EMSIGN_OK: nothing else */
	emsign_rc again;
	/* how everything has to be after the second run; NULL: as stage_check() wants it */
	void (*after)(struct stage *s);
};

/** The verbs of the client, and what needs no client. */
extern const struct act fault_verbs[], fault_tools[];
extern const size_t fault_n_verbs, fault_n_tools;

/** What the second kind works with; made and dropped once in a program. */
void fault_tools_open(void);
void fault_tools_close(void);

void stage_open(struct stage *s, const emsign_kv *config);
/** The same in the second generation of the API. */
void stage_open_rest(struct stage *s);
void stage_close(struct stage *s);

/** An order "lab/1" for PLAY_NAME, placed; the same one issued; and its certificate kept here. */
void stage_place(struct stage *s);
void stage_issue(struct stage *s);
void stage_fetch(struct stage *s);

/** Looks whether all that is kept fits together, and nothing that the CA has is forgotten. */
void stage_check(struct stage *s);

/** No code but those of the list may come (EMSIGN_OK at its end), and the error says the same. */
void stage_expect(struct stage *s, const struct act *act, emsign_rc rc, const emsign_rc *codes);

/** The second run, with everything at its best, and what has to be true then. */
void stage_again(struct stage *s, const struct act *act);

/** The stage as the act wants it; the last access token has had its time. */
void stage_begin(struct stage *s, const struct act *act);

/**
 * "all" or "fast" and "v1" or "v2" in the arguments; then, may be, which tests ("*sqlite") and
 * which act. With the second API only acts with a client are wanted.
 */
bool fault_is_all(int argc, char **argv);
bool fault_wants(const struct act *act);

/** The database of a program; with each API it has one of its own, for both may run at once. */
const char *fault_uri(const char *name);
const char *fault_path(const char *name);

/** Where a program is, for the case that it stops there; counts the points. */
void fault_at(const struct act *act, const char *what, size_t n);

/** The last line of a program, and what it returns. */
int fault_end(const char *name, int failed);

#endif
