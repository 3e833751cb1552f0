/* SPDX-License-Identifier: MIT */
/* The verbs, each in the file of its idea, and what they share. */
#ifndef EMS_CLIENT_TASKS_H
#define EMS_CLIENT_TASKS_H

#include "client/op.h"

extern const struct ems_task ems_task_test;
extern const struct ems_task ems_task_sync;
extern const struct ems_task ems_task_import;
extern const struct ems_task ems_task_place;
extern const struct ems_task ems_task_challenge;
extern const struct ems_task ems_task_verify;
extern const struct ems_task ems_task_validate;
extern const struct ems_task ems_task_refresh;
extern const struct ems_task ems_task_refresh_open;
extern const struct ems_task ems_task_fetch;
extern const struct ems_task ems_task_cancel;
extern const struct ems_task ems_task_revoke;
extern const struct ems_task ems_task_promote;
extern const struct ems_task ems_task_reissue;
extern const struct ems_task ems_task_ledger;
extern const struct ems_task ems_task_submit_csr;
extern const struct ems_task ems_task_accept;
extern const struct ems_task ems_task_submit_document;
extern const struct ems_task ems_task_domain_add;
extern const struct ems_task ems_task_domain_refresh;
extern const struct ems_task ems_task_domain_challenge;
extern const struct ems_task ems_task_domain_verify;
extern const struct ems_task ems_task_domain_attempts;
extern const struct ems_task ems_task_domain_validate;
extern const struct ems_task ems_task_domain_deactivate;

/* --- order.c: what every verb on an order needs --- */

/** The order that the operation's argument `order` names; it belongs to this account and CA. */
emsign_rc ems_order_open(emsign_op *op, emsign_order **out, emsign_error *err);

/** EMSIGN_E_STATE for a draft: it has no number yet. */
emsign_rc ems_order_need_number(const emsign_order *order, emsign_error *err);

/**
 * Adds `order` and of which family it is to the next question; where nobody knows the family, the
 * question goes on from one to the next until the order is found.
 */
void ems_order_name(emsign_op *op, const emsign_order *order);

/** The same, and `requester.email`. */
void ems_order_args(emsign_op *op, const emsign_order *order);

/** The id under which an order or a draft is kept, to be freed; NULL when memory is short. */
char *ems_order_id(emsign_op *op, const emsign_order *order);

/**
 * The order as it is kept by now: while a question was under way others may have changed it.
 * Errors: EMSIGN_E_NOTFOUND when it was deleted here meanwhile; *order is left alone then.
 */
emsign_rc ems_order_reload(emsign_op *op, emsign_order **order, emsign_error *err);

/** What became of a fact about an order. */
struct ems_kept {
	int64_t news;      /* EMSIGN_EVENT_ADDED, EMSIGN_EVENT_CHANGED, or 0 */
	int64_t listed_at; /* as it was known before */
};

/**
 * Lays a fact about an order over what is known and keeps it. Fills id, credential, url, times.
 *   kept  may be NULL
 *   out   may be NULL; the order as it is now
 */
emsign_rc ems_order_keep(emsign_op *op, const emsign_order *fact, struct ems_kept *kept,
			 emsign_order **out, emsign_error *err);

/** A revoked order's certificate, if it is kept here, is marked as revoked too. */
emsign_rc ems_order_mark_certificate(emsign_op *op, const emsign_order *order, emsign_error *err);

/** Puts the order as it is (a merge cannot take a value away) and tells the observer. */
emsign_rc ems_order_put(emsign_op *op, const emsign_order *order, emsign_error *err);

/**
 * The id under which a challenge is kept, to be freed; NULL when memory is short.
 *   order  NULL: it is of a registered domain, and then its id has one part less
 */
char *ems_challenge_id(const char *credential, const char *order, const char *domain);

/** Keeps what is known of a challenge. `order` as in its id. */
emsign_rc ems_challenge_keep(emsign_op *op, const char *order, const emsign_challenge *fact,
			     emsign_error *err);

/** Keeps the challenges that the last answer held; number NULL: of a registered domain. */
emsign_rc ems_order_keep_challenges(emsign_op *op, const char *number, emsign_error *err);

/** What tasks on one order hold between their steps, first in their work. */
struct ems_order_work {
	emsign_order *order;
};
void ems_order_drop(emsign_op *op);

/* --- validate.c --- */

/** The challenge that is kept for a name; NULL when there is none. `order` as in its id. */
emsign_rc ems_challenge_look(emsign_op *op, const char *order, const char *domain,
			     emsign_challenge **out, emsign_error *err);

/** The names of an order that are not proven, as keys of a list that the caller asks for `rc`. */
emsign_rc ems_challenge_open_names(emsign_op *op, const emsign_order *order,
				   struct ems_kvlist *out, emsign_error *err);

/* --- prove.c --- */

/** The solver of the argument `method`, or of the one method that has one; own the reference. */
emsign_rc ems_prove_solver(emsign_op *op, const char **method, emsign_solver **out,
			   emsign_error *err);

/** Is it trouble that time heals? */
bool ems_prove_waits(emsign_rc rc);

/** How long to wait before the next look, not beyond the end: 0 or less there. Next time longer. */
int64_t ems_prove_pause(emsign_op *op, int64_t *pause_ms, int64_t end_ms);

/* --- fetch.c --- */

/** Certificates that may still be kept; INT64_MAX when any number may. */
emsign_rc ems_fetch_room(emsign_client *client, int64_t *room, emsign_error *err);

/** Asks for the certificate of an order, as part of any operation; `then` hears the answer.
 * Errors: EMSIGN_E_CAPACITY when no further certificate may be kept. */
emsign_rc ems_fetch_ask(emsign_op *op, const emsign_order *order, ems_step_fn then,
			emsign_error *err);

/**
 * A certificate as an answer held it, checked and joined to its order, but not kept.
 *   raw  may be NULL: none came
 * Errors: EMSIGN_E_MISMATCH, EMSIGN_E_PENDING (none came), EMSIGN_E_PROTO (it is none).
 */
emsign_rc ems_fetch_read(emsign_op *op, const emsign_order *order, const emsign_certificate *raw,
			 emsign_certificate **out, emsign_error *err);

/** Keeps it and what it says about its order; *order becomes the order as it is then. */
emsign_rc ems_fetch_keep(emsign_op *op, emsign_order **order, const emsign_certificate *c,
			 emsign_error *err);

/**
 * Checks and keeps the certificate that the last answer held, in a transaction of its own.
 *   order  [in,out] replaced by the order as it is then
 *   out    may be NULL
 * Errors: EMSIGN_E_MISMATCH (nothing is kept), EMSIGN_E_PENDING (none came), EMSIGN_E_CAPACITY.
 */
emsign_rc ems_fetch_accept(emsign_op *op, emsign_order **order, emsign_certificate **out,
			   emsign_error *err);

/** Notes at the order why its certificate was left out; *order becomes the order as it is then. */
emsign_rc ems_fetch_leave_out(emsign_op *op, emsign_order **order, const char *note,
			      emsign_error *err);
#define EMS_NOTE_CAPACITY "left out: the configured capacity is reached"
#define EMS_NOTE_NOT_SERVED "left out: the CA does not serve it any more"

/* --- refresh.c --- */

enum ems_refresh_mode {
	EMS_REFRESH_AND_FETCH, /* the certificate too, when the order is issued and none is kept */
	EMS_REFRESH_ONLY
};

/** First in the work of every operation that asks for the state of an order. */
struct ems_refresh_work {
	emsign_order *order;   /* the one at work, replaced by what is known after each step */
	ems_step_fn then;      /* hears how it went with that one */
	enum ems_refresh_mode mode;
	int64_t page;          /* of a draft: the page of the report at which it is looked for */
	int64_t news;          /* what its state brought: EMSIGN_EVENT_ADDED, _CHANGED, or 0 */
	int64_t asked_ms;      /* the CA's answer is not older than this */
	emsign_stats stats;
};

/** Asks for the state of the order at work. */
emsign_rc ems_refresh_ask(emsign_op *op, emsign_error *err);

/** Is a failure with one of many orders a reason to stop with all of them? */
bool ems_refresh_stops_all(emsign_rc rc);

/* --- burst.c --- */

/** How an order was refused; finds out first whether by the burst limiter or for good. */
emsign_rc ems_burst_tell(emsign_op *op, emsign_rc rc, emsign_error *err);

/* --- csr.c --- */

/** Makes key and CSR for the names of a checked form and keeps both. */
emsign_rc ems_csr_make(emsign_client *client, const char *credential, const emsign_kv *form,
		       emsign_csr **out, emsign_error *err);

/** Takes both away again: of a CSR that was made for what the CA refused. */
void ems_csr_drop(emsign_client *client, const emsign_csr *csr);

/**
 * A CSR for an order that is there already.
 *   said  PEM text, or the id of one that is kept
 * Errors: EMSIGN_E_MISMATCH when its name is not the order's.
 */
emsign_rc ems_csr_of_order(emsign_client *client, const emsign_order *order, const char *said,
			   emsign_csr **out, emsign_error *err);

#endif
