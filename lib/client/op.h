/* SPDX-License-Identifier: MIT */
/*
 * An operation: a verb as a row of steps. A step looks at the last answer and either asks the next
 * question and names the step that continues, or lets the operation end. Blocking and event-loop
 * use drive the same steps.
 */
#ifndef EMS_CLIENT_OP_H
#define EMS_CLIENT_OP_H

#include "client/client.h"

/** `rc` and `err`: how the question ended; for the first step EMSIGN_OK. */
typedef emsign_rc (*ems_step_fn)(emsign_op *op, emsign_rc rc, emsign_error *err);

/** A verb as callers know it. */
struct ems_task {
	const char *verb;
	const char *const *args;   /* what it takes, NULL-terminated; "*ORDER" style scopes below */
	const char *scope;         /* fields of this scope may be given too; NULL: none */
	size_t work_size;          /* zeroed memory for the steps */
	emsign_rc (*check)(emsign_op *op, emsign_error *err); /* may: arguments, before it begins */
	ems_step_fn start;
	void (*drop)(emsign_op *op);                          /* may: what `work` holds */
};

/** A fact that an answer held, kept until the step has dealt with it. */
struct ems_fact {
	struct ems_fact *next;
	const struct ems_kind *kind; /* NULL: a secret called `name` */
	void *record;
	char *name;
	emsign_secret *secret;
};

/** Operations that work for another one at the same time, see crew.c. */
struct ems_crew {
	size_t most;         /* at work at once */
	/* the next one, not submitted yet; NULL: nothing more, or not before another one ended */
	emsign_rc (*next)(emsign_op *op, emsign_op **hand, emsign_error *err);
	/* one ended with rc, its sentence is in err; a failure from here ends everything */
	emsign_rc (*ended)(emsign_op *op, emsign_op *hand, emsign_rc rc, emsign_error *err);
	ems_step_fn then;    /* when all have ended and nothing more came */
	/* its own */
	emsign_op *hands;
	size_t n;
	bool news;           /* one of them ended */
};

struct emsign_op {
	int refs;
	emsign_account *account;
	emsign_client *client;      /* the account's */
	const struct ems_task *task;
	emsign_kv *args;            /* as given */
	void *work;

	/* the question in flight */
	struct ems_turn turn;
	struct ems_call call;
	struct ems_kvlist call_args;
	struct ems_sink sink;
	emsign_rc (*before)(emsign_op *op, emsign_error *err); /* see ems_op_before() */
	const char *const *families; /* where the order may be, from the one that is asked on;
				      * NULL: it is known */
	emsign_error not_there;     /* what the first of them said to that */
	const char *found_in;       /* the family where it was found; NULL: that was known */
	emsign_account *via;        /* whose question it is: the account's, or its fallback's */
	emsign_account *lead;       /* whose they all are; NULL: the next one may be the other's */
	int64_t token_of;           /* session.nth of the token that went with it */
	ems_step_fn next;           /* NULL: the operation ends */
	struct ems_fact *facts;     /* of the last answer, in its order */
	struct ems_fact **facts_end;

	struct ems_crew crew;       /* n is 0 while nobody works for it */
	emsign_op *boss;            /* NULL: it works for nobody */
	emsign_op *fellow;          /* in the crew of the same boss */

	/* bytes of a document, borrowed by submit_document */
	const void *document;
	size_t document_len;

	int submitted;
	int ended;
	int canceled;
	int working;                /* the loop is inside it */
	emsign_rc rc;
	emsign_error err;
	const char *result_kind;
	void *result;
	emsign_done_fn done;
	void *done_ud;
	emsign_op *sibling;         /* in the client's list */
	atomic_uint late;           /* what other threads want done to it: see guard.h */
	emsign_op *late_next;
};

/* For steps. */

/** Adds an argument to the next question; NULL values are left out. */
void ems_op_arg(emsign_op *op, const char *name, const char *value);
void ems_op_arg_int(emsign_op *op, const char *name, int64_t value);

/**
 * The question that matters: from here on all are asked by the account, or the fallback, that can
 * ask this one. Two generations of the API may tell different things about one order.
 * Errors: EMSIGN_E_UNSUPPORTED with the sentence that asking would end with.
 */
emsign_rc ems_op_lead(emsign_op *op, enum ems_verb verb, const char *family, emsign_error *err);

/**
 * Asks; `next` gets the outcome. Arguments added so far go with it; one called "family" says of
 * which the order is. What the account's generation of the API lacks is asked of its fallback.
 */
emsign_rc ems_op_ask(emsign_op *op, enum ems_verb verb, ems_step_fn next, emsign_error *err);

/** As long as most questions need, see the field settle_ms. */
#define EMS_SETTLE_MS 12000

/**
 * How long after it left the CA may still be working on a question that got no answer: as the
 * caller has set it, else as long as the generation needs that would be asked.
 */
int64_t ems_op_settle_ms(const emsign_op *op, enum ems_verb verb, const char *family);

/** The same, but not before some time has passed. */
emsign_rc ems_op_ask_later(emsign_op *op, enum ems_verb verb, int64_t ms, ems_step_fn next,
			   emsign_error *err);

/**
 * What has to be done right before each attempt of the question that was just asked, when nothing
 * holds it back any more. A failure ends the question before anything leaves.
 */
void ems_op_before(emsign_op *op, emsign_rc (*fn)(emsign_op *op, emsign_error *err));

/** What was just asked goes out after that time; observers are told why. */
emsign_rc ems_op_pause(emsign_op *op, int64_t ms, const char *why, emsign_error *err);

/** The first fact of a kind in the last answer; NULL when there is none. */
const void *ems_op_fact(const emsign_op *op, const char *kind);

/** Moves the last answer's facts of one kind (NULL: all, secrets too) to the end of a list. */
void ems_op_move_facts(emsign_op *op, const char *kind, struct ems_fact **list);
void ems_fact_free(struct ems_fact *list);

/** Puts a crew to work; `then` hears when it is done, which may be at once. */
emsign_rc ems_crew_begin(emsign_op *op, const struct ems_crew *crew, emsign_error *err);
/** Sends everybody home. */
void ems_crew_drop(emsign_op *op);

/** Ends the operation with a result: a record of its own block, which the operation takes over. */
void ems_op_result(emsign_op *op, const char *kind, void *record);

/** The same with what was counted. */
emsign_rc ems_op_stats(emsign_op *op, const emsign_stats *stats, emsign_error *err);

/** An argument as given; NULL when absent or "". */
const char *ems_op_given(const emsign_op *op, const char *name);

/* For the loop. */

/** Nobody said of which family the order is, and it was not found: asks of the next one. */
bool ems_op_look_elsewhere(emsign_op *op);

void ems_op_unref(emsign_op *op);

/** What came with an answer that is a failure in the end counts for nothing. */
void ems_op_drop_facts(emsign_op *op);

/* What emsign_op_cancel() and emsign_op_free() do, for the thread that is inside. */
void ems_op_cancel(emsign_op *op);
void ems_op_release(emsign_op *op);

/** Runs the next step with the turn's outcome, or the first. */
void ems_op_step(emsign_op *op);
void ems_op_end(emsign_op *op, emsign_rc rc, const emsign_error *err);

/** The verbs, see account.c. */
const struct ems_task *ems_task_find(const char *verb);

emsign_rc ems_op_new(emsign_account *account, const struct ems_task *task, const emsign_kv *args,
		     emsign_op **out, emsign_error *err);

/** Begin, run, take: what every blocking verb is. `out` may be NULL. */
emsign_rc ems_op_do(emsign_account *account, const struct ems_task *task, const emsign_kv *args,
		    void **out, emsign_error *err);

/* token.c */

/** Does the question need an access token, and is somebody asking for it already? */
bool ems_token_is_needed(const emsign_op *op);
bool ems_token_is_awaited(const emsign_op *op);

/** The account has a token that the question may take, or it is asked for and `*awaited`. */
emsign_rc ems_token_need(emsign_op *op, bool *awaited, emsign_error *err);

/** The CA does not take the token that went with the question any more. */
void ems_token_refused(emsign_op *op);

/** The operation has ended; when it was the last that waited, nobody needs a token any more. */
void ems_token_leave(emsign_op *op);

/* loop.c */

void ems_loop_add(emsign_client *client, emsign_op *op);
void ems_loop_remove(emsign_client *client, emsign_op *op);
/** Takes an exchange in flight away from the transport. */
void ems_loop_ground(emsign_op *op);

#endif
