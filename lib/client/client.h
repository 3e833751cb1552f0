/* SPDX-License-Identifier: MIT */
/* What the files of the client layer share: the handles from the inside. */
#ifndef EMS_CLIENT_CLIENT_H
#define EMS_CLIENT_CLIENT_H

#include <emsign/client.h>

#include "base/kv.h"
#include "client/guard.h"
#include "engine/limiter.h"
#include "engine/turn.h"
#include "model/record.h"

struct ems_limits {
	int64_t capacity;      /* certificates; -1: any number */
	int64_t timeout_ms;    /* -1: as long as the CA needs */
	int64_t parallel;
	int64_t rate;          /* calls per second to one account; 0: any number */
	int64_t max_answer;
	struct ems_policy policy;
	struct ems_limiter limiter;
	int64_t settle_ms;     /* -1: as long as the CA needs */
	bool mark_orders;
	char *dcv_label;       /* NULL: the domain itself */
	int64_t dcv_wait_ms;
	int64_t dcv_poll_ms;
};

#define EMS_SOLVERS 2

struct emsign_client {
	atomic_int refs;
	struct ems_guard guard;
	emsign_store *store;
	emsign_transport *transport; /* NULL until the built-in one is wanted */
	emsign_secret *sealing_key;  /* NULL: nothing secret can be kept */
	emsign_solver *solvers[EMS_SOLVERS];
	emsign_world world;
	struct ems_limits limits;
	struct ems_issuers *issuers; /* of certificates that were fetched; NULL: none so far */

	emsign_event_fn on_event;
	void *event_ud;
	emsign_drop_fn event_drop;
	emsign_log_fn on_log;
	int log_level;
	void *log_ud;
	emsign_drop_fn log_drop;

	emsign_op *ops;        /* submitted and not ended */
	int64_t flying;        /* exchanges with the transport */
	int busy;              /* inside dispatch or a callback */
	int epoll;             /* -1 until asked for */
	int timer;
};

/* The token of an account, see token.c. */
struct ems_session {
	emsign_op *login;       /* asks for a token; NULL: nobody does */
	int64_t nth;            /* which token it is, counted here */
	bool lent;              /* somebody else who shares the store got it */
	int64_t renew_at;       /* Unix seconds; 0: there is none */
	emsign_secret *refused; /* the last one that the CA did not take any more */
};

struct emsign_account {
	atomic_int refs;
	emsign_client *client;
	emsign_credential *credential;
	char *site;            /* of the CA, whichever generation of its API is spoken */
	emsign_account *fallback; /* asked for what this one's API lacks; NULL: none */
	emsign_secret *secret;
	const struct ems_dialect *dialect;
	struct ems_peer peer;
	struct ems_session session;
	int64_t next_us;       /* of the configured rate: no call before this time */
	char *pace_id;
	ems_pace pace_kept;    /* as it was read from the store; at_ms 0: there was none */
	ems_pace pace;         /* as it is used */
	int64_t pace_seen_ms;  /* when it was read */
};

/* credential.c */

/** The CA's site, whichever generation of its API is spoken; to be freed, NULL without memory. */
char *ems_credential_site(const emsign_credential *credential);

/* client.c */

emsign_client *ems_client_ref(emsign_client *client);
int64_t ems_client_now(emsign_client *client);    /* Unix seconds */
int64_t ems_client_now_ms(emsign_client *client);
emsign_rc ems_client_random(emsign_client *client, void *bytes, size_t len, emsign_error *err);

/** Tells the observer; its refusal becomes EMSIGN_E_CALLBACK. */
emsign_rc ems_client_tell(emsign_client *client, const emsign_event *event, emsign_error *err);
emsign_rc ems_client_progress(emsign_client *client, const char *verb, const char *text,
			      int64_t done, int64_t total, emsign_error *err);

/** One line for the log; fields may be NULL. */
void ems_client_log(emsign_client *client, int level, const char *text, const emsign_kv *fields);

/* solvers.c */

/** The method of a solver's place, NULL behind the last one: "dns", "http". */
const char *ems_client_method(size_t place);
/** The solver of a method; NULL when there is none. */
emsign_solver *ems_client_solver(const emsign_client *client, const char *method);
/** emsign_solver_present(), _ready() or _cleanup(); meanwhile the client takes no other work. */
typedef emsign_rc (*ems_solve_fn)(emsign_solver *solver, const emsign_challenge *challenge,
				  emsign_error *err);
emsign_rc ems_client_solve(emsign_client *client, emsign_solver *solver, ems_solve_fn fn,
			   const emsign_challenge *challenge, emsign_error *err);

/* account.c */

emsign_account *ems_account_ref(emsign_account *account);

/* pace.c */

/** When the next call may leave as to the configured rate, in milliseconds since 1970. */
int64_t ems_pace_due(const emsign_account *account);
/** A call leaves. */
void ems_pace_count(emsign_account *account, int64_t now_ms);
/**
 * Asks for leave to send the question of an operation; for an order a place in the bucket is taken.
 *   until_ms  0: it may leave; else when to ask again
 *   why       what is waited for, for people
 * Errors: EMSIGN_E_BUSY (the CA wants to be left alone for longer than anybody waits in a call;
 * retry_after says how long), those of the store.
 */
emsign_rc ems_pace_ask(emsign_op *op, int64_t *until_ms, const char **why, emsign_error *err);
/** Heeds what an answer says about how fast the CA may be asked. `random` spreads a pause. */
void ems_pace_heed(emsign_op *op, uint32_t random);
/** The CA does not mind the orders of this account: what it said meant something else. */
void ems_pace_forgive(emsign_account *account);

/* vault.c: sealed rows */

/** Seals and keeps. Errors: EMSIGN_E_STATE without a sealing key. */
emsign_rc ems_vault_put(emsign_client *client, const char *id, emsign_secret *secret,
			emsign_error *err);
emsign_rc ems_vault_get(emsign_client *client, const char *id, emsign_secret **out,
			emsign_error *err);
emsign_rc ems_vault_remove(emsign_client *client, const char *id, emsign_error *err);
/** The sealing key is there and is the one that this store was sealed with. */
emsign_rc ems_vault_check(emsign_client *client, emsign_error *err);

/* shelf.c: records in the store */

/** One block; EMSIGN_E_NOTFOUND says what there is none of. */
emsign_rc ems_shelf_get(emsign_client *client, const char *kind, const char *id, void **out,
			emsign_error *err);
/** The same, but *out is NULL and the result EMSIGN_OK when there is none. */
emsign_rc ems_shelf_look(emsign_client *client, const char *kind, const char *id, void **out,
			 emsign_error *err);
/** Puts the record as it is. */
emsign_rc ems_shelf_put(emsign_client *client, const char *kind, const void *record,
			emsign_error *err);
/** Puts the record, and tells the observer, when there is none of its id yet. */
emsign_rc ems_shelf_add(emsign_client *client, const char *verb, const char *kind,
			const void *record, bool *added, emsign_error *err);
/** Puts `after` where it differs from `before`, and tells the observer what is worth telling. */
emsign_rc ems_shelf_replace(emsign_client *client, const char *verb, const char *kind,
			    const void *before, const void *after, int64_t *news,
			    emsign_error *err);
/**
 * Puts what is new in the record over what is known: an absent value never erases a known one.
 * Tells the observer when something is new or changed.
 *   news  may be NULL; EMSIGN_EVENT_ADDED, EMSIGN_EVENT_CHANGED, or 0
 *   out   may be NULL; the record as it is now, one block
 */
emsign_rc ems_shelf_merge(emsign_client *client, const char *verb, const char *kind,
			  const void *record, int64_t *news, void **out, emsign_error *err);
/**
 * Changes a record in one step against all users of the store.
 *   was  as it was read, or written last; NULL: there must be none
 *   now  as it shall be, with the same id; NULL: gone
 * Errors: EMSIGN_E_CONFLICT when it is another one by now; nothing is changed then.
 */
emsign_rc ems_shelf_swap(emsign_client *client, const char *kind, const void *was, const void *now,
			 emsign_error *err);
/**
 * Ends what emsign_store_begin() began: it is kept when rc is EMSIGN_OK, and undone otherwise.
 * Returns rc, or why it could not be kept.
 */
emsign_rc ems_shelf_end(emsign_client *client, emsign_rc rc, emsign_error *err);
emsign_rc ems_shelf_remove(emsign_client *client, const char *kind, const char *id,
			   emsign_error *err);
/** All ids of a kind that pass a filter, in order; a list whose keys are the ids. */
emsign_rc ems_shelf_ids(emsign_client *client, const char *kind, const emsign_kv *filter,
			struct ems_kvlist *out, emsign_error *err);
emsign_rc ems_shelf_count(emsign_client *client, const char *kind, const emsign_kv *filter,
			  size_t limit, size_t *out, emsign_error *err);

/** "A/B" or "A/B/C" (c may be NULL), to be freed with ems_free(); NULL when memory is short. */
char *ems_shelf_id(const char *a, const char *b, const char *c);

#endif
