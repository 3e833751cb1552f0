/* SPDX-License-Identifier: MIT */
/*
 * The client: credentials, accounts, and every verb.
 *
 * A client joins a store, a transport and a sealing key. An account is one credential opened on a
 * client; verbs that reach the CA hang on it. A verb is one operation (emsign_op): the functions
 * emsign_account_<verb>() begin it, run it to its end and take its result; an event loop begins the
 * same operation with emsign_account_begin() and lets emsign_client_dispatch() drive it.
 *
 * Orders and certificates are named by their id ("CREDENTIAL/NUMBER"); where an account is at hand
 * the number alone does too.
 *
 * Errors that any verb of an account may return, beside those named at it:
 *   EMSIGN_E_AUTH, EMSIGN_E_DENIED, EMSIGN_E_REJECTED, EMSIGN_E_BUSY, EMSIGN_E_FAULT (what the CA
 *   said; ca_code and request_id are set), EMSIGN_E_NET, EMSIGN_E_TLS, EMSIGN_E_TIMEOUT,
 *   EMSIGN_E_PROTO (the way there), EMSIGN_E_STORE, EMSIGN_E_CRYPTO, EMSIGN_E_NOMEM (here),
 *   EMSIGN_E_CANCELED, EMSIGN_E_CALLBACK (the caller), EMSIGN_E_STATE (called from inside a
 *   callback of the same client).
 *
 * "Slow down" from the CA is kept in the store and goes for every call to the account, by whomever.
 * Up to five minutes are waited for; what is longer ends calls with EMSIGN_E_BUSY, and until it is
 * over they are refused here, nothing being sent. `retry_after` says how long.
 *
 * One thread at a time: every function of a client, its accounts and their operations ends with
 * EMSIGN_E_STATE while another thread is inside one of them, and does nothing. Callbacks run on the
 * thread that is inside and may come back in. Those that return no code say what they do instead.
 */
#ifndef EMSIGN_CLIENT_H
#define EMSIGN_CLIENT_H

#include <emsign/certificate.h>
#include <emsign/key.h>
#include <emsign/keystore.h>
#include <emsign/record.h>
#include <emsign/secret.h>
#include <emsign/solver.h>
#include <emsign/store.h>
#include <emsign/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Store, transport and sealing key, joined. One thread at a time. */
typedef struct emsign_client emsign_client;

/** A credential of a client, opened for work with the CA. */
typedef struct emsign_account emsign_account;

/** A verb that was begun, runs, or has ended. */
typedef struct emsign_op emsign_op;

/** What an event tells. */
enum {
	EMSIGN_EVENT_CALL = 1,    /* a question goes to the CA; text names it */
	EMSIGN_EVENT_WAIT = 2,    /* waiting wait_ms before the next attempt; text says why */
	EMSIGN_EVENT_PROGRESS = 3, /* done of total */
	EMSIGN_EVENT_ADDED = 4,   /* a record is new in the store */
	EMSIGN_EVENT_CHANGED = 5, /* a record changed in the store */
	EMSIGN_EVENT_GONE = 6     /* a record is not listed by the CA any more */
};

/** Something happened; lent for the call. */
typedef struct emsign_event {
	int64_t type;       /* EMSIGN_EVENT_... */
	const char *verb;   /* verb of the operation */
	const char *text;
	int64_t attempt;    /* CALL: 1 for the first */
	int64_t wait_ms;    /* WAIT */
	int64_t done;       /* PROGRESS */
	int64_t total;      /* PROGRESS; 0: not known */
	const char *kind;   /* ADDED, CHANGED, GONE: kind of the record */
	const void *record; /* the record itself */
} emsign_event;

/** Levels of the log, as syslog numbers them. */
enum {
	EMSIGN_LOG_ERROR = 3,
	EMSIGN_LOG_WARNING = 4,
	EMSIGN_LOG_INFO = 6,
	EMSIGN_LOG_DEBUG = 7
};

/** Watches; a return other than EMSIGN_OK stops the operation with EMSIGN_E_CALLBACK. */
typedef emsign_rc (*emsign_event_fn)(void *ud, const emsign_event *event);
/** One line for people, named values for programs; neither holds a secret. */
typedef void (*emsign_log_fn)(void *ud, int level, const char *text, const emsign_kv *fields);
/** Gets one record, lent for the call; a return other than EMSIGN_OK ends the scan. */
typedef emsign_rc (*emsign_record_fn)(void *ud, const char *kind, const void *record);
/** Told once that an operation ended, also by cancel; never after emsign_op_free(). */
typedef void (*emsign_done_fn)(void *ud, emsign_op *op, const emsign_error *err);

/** The world as the library sees it; replaceable for tests and simulations. */
typedef struct emsign_world {
	size_t size;                     /* sizeof(emsign_world) */
	int64_t (*now_ms)(void *ud);     /* must: milliseconds since 1970 */
	/* must: len random bytes */
	emsign_rc (*random)(void *ud, void *bytes, size_t len);
	/*
	 * may: called instead of waiting when nothing is in flight; a fake clock moves on here.
	 * Anything but EMSIGN_OK ends the call that waits, with that error; its operations stay
	 * submitted.
	 */
	emsign_rc (*wait)(void *ud, int64_t ms);
	void *ud;
} emsign_world;

/* --- clients ----------------------------------------------------------------------------- */

/**
 * Makes a client.
 *   config       [in,opt] named values, see emsign_fields("client")
 *   store        [in,opt] NULL: a store in memory
 *   transport    [in,opt] NULL: libcurl, opened on first use
 *   sealing_key  [in,opt] 32 bytes; without it nothing secret can be kept, so no credential
 *   out          [out,own] release with emsign_client_free()
 * Errors: EMSIGN_E_INVALID (names the value), EMSIGN_E_CRYPTO (the store was sealed with another
 * key), EMSIGN_E_STORE, EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_new(const emsign_kv *config, emsign_store *store,
				       emsign_transport *transport, emsign_secret *sealing_key,
				       emsign_client **out, emsign_error *err);

/**
 * Drops this reference, from any thread; accounts and operations hold their own, and so does a call
 * that runs. NULL is fine. Since 0.1.
 */
EMSIGN_API void emsign_client_free(emsign_client *client);

/** Replaces clock and random numbers. Table copied. Errors: EMSIGN_E_INVALID. Since 0.1. */
EMSIGN_API emsign_rc emsign_client_set_world(emsign_client *client, const emsign_world *world,
					     emsign_error *err);

/**
 * Sets the one observer of events; fn NULL removes it. While another thread is inside, the observer
 * stays as it is, and `drop` is told at once. Since 0.1.
 */
EMSIGN_API void emsign_client_on_event(emsign_client *client, emsign_event_fn fn, void *ud,
				       emsign_drop_fn drop);

/** Sets the one receiver of log lines up to a level; otherwise like on_event. Since 0.1. */
EMSIGN_API void emsign_client_on_log(emsign_client *client, int level, emsign_log_fn fn, void *ud,
				     emsign_drop_fn drop);

/**
 * Sets the solver that emsign_account_validate() proves names with, one for each method.
 *   method  [in] "dns" or "http"
 *   solver  [in,opt] NULL: none any more
 * Errors: EMSIGN_E_INVALID (method). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_set_solver(emsign_client *client, const char *method,
					      emsign_solver *solver, emsign_error *err);

/* --- what is known here: no call to the CA ----------------------------------------------- */

/**
 * Adds a credential.
 *   name    [in] 1 to 64 of letters, digits, '.', '_', '-'
 *   fields  [in] see emsign_fields("credential")
 *   secret  [in] the access key; for `api=v2` the client secret
 * Errors: EMSIGN_E_INVALID (names the field), EMSIGN_E_CONFLICT (there is one of that name),
 * EMSIGN_E_STATE (no sealing key; or orders of an earlier credential of that name are at another
 * site). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_credential_add(emsign_client *client, const char *name,
						  const emsign_kv *fields, emsign_secret *secret,
						  emsign_error *err);

/**
 * Changes a credential: only what is given; an empty value removes a field.
 *   fields  [in,opt]
 *   secret  [in,opt] a new access key or client secret
 * Errors: as add; EMSIGN_E_NOTFOUND. The site cannot change while orders exist (EMSIGN_E_STATE): an
 * order belongs to one environment. `api` can: orders have the same numbers in both generations,
 * and a URL that was given without a path, or a region, follows it. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_credential_update(emsign_client *client, const char *name,
						     const emsign_kv *fields, emsign_secret *secret,
						     emsign_error *err);

/**
 * Removes a credential with its access key and the account data fetched by it. Orders, keys and
 * certificates stay. Errors: EMSIGN_E_NOTFOUND. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_credential_remove(emsign_client *client, const char *name,
						     emsign_error *err);

/**
 * Looks one record up.
 *   kind  [in] "credential", "user", "group", "organization", "domain", "product",
 *         "custom_field", "order", "challenge", "certificate", "csr", "ledger" or "attempt"
 *   id    [in]
 *   out   [out,own] the struct of that kind
 * Errors: EMSIGN_E_INVALID (unknown kind), EMSIGN_E_NOTFOUND. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_get(emsign_client *client, const char *kind, const char *id,
				       void **out, emsign_error *err);

/**
 * Lends the records of a kind in the order of their ids. The callback may use the client's other
 * functions of this section.
 *   filter  [in,opt] named values that must be equal; a repeated key means "one of"
 *   after   [in,opt] only ids greater than this one: the last id of a page begins the next
 *   limit   [in] at most so many; 0: all
 * Errors: EMSIGN_E_INVALID (unknown kind or name), what fn returned. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_scan(emsign_client *client, const char *kind,
					const emsign_kv *filter, const char *after, size_t limit,
					emsign_record_fn fn, void *ud, emsign_error *err);

/**
 * Makes key and CSR and keeps both, the key sealed. Order with it by the field `csr_id`.
 *   credential  [in] name
 *   form        [in] `domain`, `san`, `key` and the subject fields of the order form
 *   out         [out,own,opt]
 * Errors: EMSIGN_E_INVALID, EMSIGN_E_NOTFOUND (credential), EMSIGN_E_STATE (no sealing key).
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_csr_make(emsign_client *client, const char *credential,
					    const emsign_kv *form, emsign_csr **out,
					    emsign_error *err);

/**
 * Opens the private key that is kept for a CSR.
 *   csr  [in] id of the CSR, as in emsign_certificate.csr
 *   out  [out,own]
 * Errors: EMSIGN_E_NOTFOUND, EMSIGN_E_CRYPTO (wrong sealing key). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_key_open(emsign_client *client, const char *csr,
					    emsign_key **out, emsign_error *err);

/**
 * Deletes an order here only: it is not managed any more, its keys and certificates stay, the CA is
 * not asked, and no import brings it back unless told to.
 * Errors: EMSIGN_E_NOTFOUND. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_order_delete(emsign_client *client, const char *order,
						emsign_error *err);

/* --- accounts ----------------------------------------------------------------------------- */

/**
 * Opens a credential for work with the CA. No call to the CA yet.
 *   credential  [in] name
 *   out         [out,own] release with emsign_account_free()
 * Errors: EMSIGN_E_NOTFOUND, EMSIGN_E_CRYPTO (wrong sealing key), EMSIGN_E_STATE (none),
 * EMSIGN_E_INVALID (the credential's `fallback` is not of the same account in the other api).
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_account(emsign_client *client, const char *credential,
					   emsign_account **out, emsign_error *err);

/** Drops this reference, from any thread. NULL is fine. Since 0.1. */
EMSIGN_API void emsign_account_free(emsign_account *account);

/** Test login: the CA accepts the credential or says why not; nothing changes there. Since 0.1. */
EMSIGN_API emsign_rc emsign_account_test(emsign_account *account, emsign_error *err);

/**
 * Synchronises account data, all or nothing per kind: a failure leaves yesterday's data whole; what
 * the CA does not list any more is marked with `gone_at`, not dropped.
 *   what   [in] "groups", "organizations", "domains", "products" or "all" of these; or
 *          "custom_fields", of the products that are known here: a question for each
 *   stats  [out,own,opt]
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_sync(emsign_account *account, const char *what,
					 emsign_stats **stats, emsign_error *err);

/**
 * Imports the orders of the account. Every order row is kept; of issued ones the certificate is
 * fetched too, unless left out. Success means that every order that the CA has is known here: pages
 * overlap, and the CA's own total was met. Memory does not grow with the number of orders.
 *
 * An import that was interrupted goes on where it stopped, when it is called again within a day
 * with the same `mode`, `from` and `till`; no certificate is fetched twice. `mode` "incremental"
 * lists what was ordered since the last complete list, asks for the state of every open order, and
 * of `sweep` issued ones in turn. Progress is told as "orders", "open orders", "issued orders" and
 * "certificates". With `certificates` "no" they can be had later: by another import, or one by one
 * with emsign_account_fetch(). What the CA does not serve any more is noted in `certificate_note`.
 *   options  [in,opt] see emsign_fields("import")
 *   stats    [out,own,opt] `complete` is 0 when the CA told no total
 * Errors: EMSIGN_E_CONFLICT when another import of the account is at work, or when the CA's list
 * moved each time it was read; EMSIGN_E_PROTO when the CA's list is broken or its own total was not
 * met. What came is kept. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_import(emsign_account *account, const emsign_kv *options,
					   emsign_stats **stats, emsign_error *err);

/**
 * Reads the account's ledger, all pages of it, and keeps each entry as a record of the kind
 * "ledger", all or nothing. Entries that are kept already are brought up to date; none is dropped.
 *   options  [in,opt] see emsign_fields("ledger")
 *   stats    [out,own,opt] `complete` is 0 when the CA told no total
 * Errors: EMSIGN_E_UNSUPPORTED (this generation of the API has no ledger), EMSIGN_E_INVALID,
 * EMSIGN_E_CONFLICT (it changed each time it was read; nothing is kept). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_ledger(emsign_account *account, const emsign_kv *options,
					   emsign_stats **stats, emsign_error *err);

/**
 * Orders a certificate. Everything is checked first; key and intent are on stable storage before
 * the first byte is sent.
 *
 * The CA refuses about 16 orders within ten seconds, so all that share a store send `place_burst`
 * of them to one account at once and `place_rate` per minute from there (see
 * emsign_fields("client")); who has to wait is told by an EMSIGN_EVENT_WAIT. Should the CA say
 * "Inactive Account User." all the same, and say so to each attempt, the test login is asked: it
 * tells whether that is EMSIGN_E_BUSY or, as the user is switched off, EMSIGN_E_AUTH.
 *   form  [in] see emsign_fields("order")
 *   out   [out,own,opt] the order
 * Errors: EMSIGN_E_INVALID (names the field and what would be right), EMSIGN_E_CONFLICT (the same
 * names are ordered already, or are being ordered by another process on the same store; `again` =
 * "yes" orders all the same), EMSIGN_E_INDOUBT (sent, no answer: call again with the same names, it
 * settles first what happened and never orders twice; an order that the CA does not list is waited
 * for until `settle_ms` after it was sent), EMSIGN_E_MISMATCH (the CA answered with an order that
 * was placed with another key; neither is taken for the other).
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_place(emsign_account *account, const emsign_kv *form,
					  emsign_order **out, emsign_error *err);

/**
 * Gets what has to be published to prove control of a name.
 *   domain  [in,opt] one of the order's names; NULL: its first
 *   method  [in] "dns", "http" or "email"
 *   out     [out,own,opt]
 * Errors: EMSIGN_E_PENDING when the CA is not ready to say. A name that is proven already comes
 * back with the status "valid". Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_challenge(emsign_account *account, const char *order,
					      const char *domain, const char *method,
					      emsign_challenge **out, emsign_error *err);

/**
 * Asks the CA to look at what was published. Success means that the CA looks, not what it finds:
 * emsign_account_refresh() tells. For "email" it makes the CA send the message.
 *   domain  [in,opt] NULL: every name that is not proven, of those that the CA told a challenge or
 *           state of; every name of the order when it told none yet
 *   method  [in,opt] NULL: the one of the challenge that is kept here
 *   email   [in,opt] for "email": to which of the challenge's addresses
 * Errors: EMSIGN_E_PENDING when the CA found nothing yet. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_verify(emsign_account *account, const char *order,
					   const char *domain, const char *method,
					   const char *email, emsign_error *err);

/**
 * Proves control of every name of an order that is not proven yet, by the client's solver: gets the
 * challenges, has all of them published, asks the CA to look, and follows the names until each is
 * proven or refused, or the time is over (`dcv_wait_ms`, see emsign_fields("client")). Then what
 * was published is taken away.
 *
 * A value is on record from before it is published until it has been taken away. After an
 * interruption, whatever it was, the next call goes on; what is left over of names that are proven
 * meanwhile is also taken away by emsign_account_refresh() and emsign_account_cancel(). Should the
 * order be issued by then, its certificate is fetched as by emsign_account_refresh().
 *   domain  [in,opt] one of the order's names; NULL: all of them
 *   method  [in,opt] "dns" or "http"; NULL: the one for which there is a solver
 *   out     [out,own,opt] the order as it is now
 * Errors: EMSIGN_E_STATE (no solver; the order has ended), EMSIGN_E_INVALID (method; two solvers
 * and no method), EMSIGN_E_PENDING (the time is over: the values stay published, call again; the
 * sentence has the CA's last word), EMSIGN_E_REJECTED and others that the CA has for a name, those
 * of the solver: told when all the other names are done. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_validate(emsign_account *account, const char *order,
					     const char *domain, const char *method,
					     emsign_order **out, emsign_error *err);

/**
 * Asks for the state of an order; once it is issued, the certificate is fetched, checked and kept.
 *   out  [out,own,opt] the order as it is now
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_refresh(emsign_account *account, const char *order,
					    emsign_order **out, emsign_error *err);

/**
 * The same for every `open` order of the account, `parallel` at once. What is wrong with one does
 * not hold up the others; it is counted as failed, and logged.
 *   stats  [out,own,opt]
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_refresh_open(emsign_account *account, emsign_stats **stats,
						 emsign_error *err);

/**
 * Gets the certificate of an order, checks it (public key of the CSR, names of the order, chain)
 * and keeps it.
 *   out  [out,own,opt]
 * Errors: EMSIGN_E_PENDING (not issued yet), EMSIGN_E_MISMATCH (a certificate came, but not the one
 * that was ordered; nothing is kept), EMSIGN_E_CAPACITY. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_fetch(emsign_account *account, const char *order,
					  emsign_certificate **out, emsign_error *err);

/**
 * Cancels an order that is not issued; a draft is withdrawn. Canceling twice is a success.
 *   remarks  [in] why; the CA wants some text
 *   out      [out,own,opt]
 * Errors: EMSIGN_E_STATE when it is issued already (then it is revoked, not canceled). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_cancel(emsign_account *account, const char *order,
					   const char *remarks, emsign_order **out,
					   emsign_error *err);

/**
 * Revokes the certificate of an order and reads the new state back. Revoking twice is a success.
 *   reason    [in] RFC 5280 name: "key-compromise", "affiliation-changed", "superseded",
 *             "cessation-of-operation" or "privilege-withdrawn"; others are refused, not replaced
 *   comments  [in] for the CA's records
 *   out       [out,own,opt]
 * Errors: EMSIGN_E_INVALID (reason, comments), EMSIGN_E_STATE (not issued), EMSIGN_E_INDOUBT.
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_revoke(emsign_account *account, const char *order,
					   const char *reason, const char *comments,
					   emsign_order **out, emsign_error *err);

/**
 * Makes an order of a draft, which was saved at the CA by emsign_account_place() with `draft` =
 * "yes". What the form leaves out is as the draft has it: product, names, organization, group,
 * requester, subscription, key and CSR; with other names a new key is made. For the rest it is an
 * order like any other, in what is checked, and in what happens after a lost answer: call again.
 * The order takes the place of the draft.
 *   order  [in] the draft
 *   form   [in,opt] see emsign_fields("order")
 *   out    [out,own,opt] the order
 * Errors: as emsign_account_place(); EMSIGN_E_STATE (it is no draft). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_promote(emsign_account *account, const char *order,
					    const emsign_kv *form, emsign_order **out,
					    emsign_error *err);

/**
 * Has the certificate of an issued order made anew: with a new key for the same names, or with
 * other names for the same key. The order keeps its number and is pending again;
 * emsign_account_refresh() fetches the new certificate once there is one. Until then the one that
 * is replaced stays the order's here, and when the CA still gives it, it is not taken for the new
 * one. Its key and CSR stay in any case.
 *
 * What is asked goes on stable storage before the first byte is sent, like an order. After a lost
 * answer the next call, or emsign_account_refresh(), finds out whether it happened: by the order's
 * request number and state; that it did not, at the earliest `settle_ms` after it was sent.
 *   options  [in,opt] see emsign_fields("reissue"); without `key`, `csr`, `csr_id` and `san` a new
 *            key is made
 *   out      [out,own,opt] the order as it is now
 * Errors: EMSIGN_E_UNSUPPORTED (this generation of the API, or the order's family, has no reissue),
 * EMSIGN_E_INVALID (names the field), EMSIGN_E_STATE (not issued; an earlier reissue did happen
 * otherwise than asked now), EMSIGN_E_MISMATCH (csr is for another name), EMSIGN_E_CONFLICT (the
 * order is being reissued by somebody else), EMSIGN_E_INDOUBT (sent, no answer: call again, it is
 * settled first and never asked twice). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_reissue(emsign_account *account, const char *order,
					    const emsign_kv *options, emsign_order **out,
					    emsign_error *err);

/**
 * Submits a CSR for an order that was placed without one.
 *   csr  [in] PEM text, or the id of a CSR that is kept here
 * Errors: EMSIGN_E_MISMATCH when its name is not the order's. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_submit_csr(emsign_account *account, const char *order,
					       const char *csr, emsign_error *err);

/**
 * Accepts the subscriber agreement of an order that was placed without doing so.
 *   form  [in,opt] `signer.name`, `signer.place`, `signer.ip` (a routable address)
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_accept(emsign_account *account, const char *order,
					   const emsign_kv *form, emsign_error *err);

/**
 * Hands a validation document (PDF of at most 3 MB) to the CA.
 *   name         [in] file name, ends with ".pdf"
 *   description  [in] at most 25 characters
 *   bytes, len   [in]
 * Errors: EMSIGN_E_INVALID. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_submit_document(emsign_account *account, const char *order,
						    const char *name, const char *description,
						    const void *bytes, size_t len,
						    emsign_error *err);

/* --- registered domains ------------------------------------------------------------------- */

/*
 * Domains that are registered in the account are proven once, for all orders. The verbs below need
 * the second generation of the API (`api` "v2"): EMSIGN_E_UNSUPPORTED without. A domain is named by
 * its name; which registration it is, is known from emsign_account_sync(), or looked up in the CA's
 * list. Where the CA has several of one name, an active and proven one is preferred.
 */

/**
 * Registers a domain. What has to be published to prove it comes along and is kept, see
 * emsign_account_domain_challenge(). A domain that is registered already is a success, and stays as
 * it is.
 *   domain   [in] "example.com"
 *   options  [in,opt] see emsign_fields("domain")
 *   out      [out,own,opt]
 * Errors: EMSIGN_E_INVALID (names the option), EMSIGN_E_CONFLICT (another organization has it),
 * EMSIGN_E_INDOUBT (no answer came, and the CA's list does not tell what became of it: call again,
 * a domain is never registered twice). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_add(emsign_account *account, const char *domain,
					       const emsign_kv *options, emsign_domain **out,
					       emsign_error *err);

/**
 * Asks how a registered domain stands.
 *   out  [out,own,opt]
 * Errors: EMSIGN_E_NOTFOUND (not registered). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_refresh(emsign_account *account, const char *domain,
						   emsign_domain **out, emsign_error *err);

/**
 * Gets what has to be published to prove control of a registered domain. It is kept like the
 * challenges of orders, with no order in it. A domain that is proven has nothing to publish, and
 * its challenge the status "valid"; another method begins a new proof.
 *   method  [in,opt] "dns", "http", "dns-cname" or "dns-persist": the registration is given this
 *           method when it has another; NULL: the challenge as it is
 *   out     [out,own,opt]
 * Errors: EMSIGN_E_NOTFOUND, EMSIGN_E_PENDING (the CA is not ready to say). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_challenge(emsign_account *account, const char *domain,
						     const char *method, emsign_challenge **out,
						     emsign_error *err);

/**
 * Lets the CA look at what was published. Success means that the domain is proven.
 *   out  [out,own,opt] the domain as it is now
 * Errors: EMSIGN_E_NOTFOUND, EMSIGN_E_PENDING (not proven yet; the sentence has what the CA found),
 * EMSIGN_E_REJECTED (it will not be, like this). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_verify(emsign_account *account, const char *domain,
						  emsign_domain **out, emsign_error *err);

/**
 * Gets the CA's attempts to see the proof of a registered domain. All of them are kept, as records
 * of the kind "attempt"; the last one is read with what the CA found and what it says to do.
 *   last  [out,own,opt]
 * Errors: EMSIGN_E_NOTFOUND (not registered, or the CA did not try yet). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_attempts(emsign_account *account, const char *domain,
						    emsign_attempt **last, emsign_error *err);

/**
 * Proves control of a registered domain by the client's solver, as emsign_account_validate() does
 * for the names of an order: gets the challenge, has it published, and lets the CA look until the
 * domain is proven or refused, or the time is over (`dcv_wait_ms`). Then what was published is
 * taken away. After an interruption the next call goes on.
 *   method  [in,opt] "dns" or "http"; NULL: the one for which there is a solver
 *   out     [out,own,opt] the domain as it is now
 * Errors: EMSIGN_E_NOTFOUND, EMSIGN_E_STATE (no solver), EMSIGN_E_INVALID (method; two solvers and
 * no method), EMSIGN_E_PENDING (the time is over: the value stays published, call again; the
 * sentence has the CA's last word), EMSIGN_E_REJECTED, those of the solver. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_validate(emsign_account *account, const char *domain,
						    const char *method, emsign_domain **out,
						    emsign_error *err);

/**
 * Deactivates a registered domain; the CA has no way back. Deactivating twice is a success.
 *   out  [out,own,opt]
 * Errors: EMSIGN_E_NOTFOUND. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_domain_deactivate(emsign_account *account, const char *domain,
						      emsign_domain **out, emsign_error *err);

/* --- operations --------------------------------------------------------------------------- */

/**
 * Begins a verb without running it.
 *   verb  [in] "test", "sync", "import", "place", "challenge", "verify", "validate", "refresh",
 *         "refresh_open", "fetch", "cancel", "revoke", "promote", "reissue", "submit_csr",
 *         "accept", "ledger", "domain_add", "domain_refresh", "domain_challenge",
 *         "domain_verify", "domain_attempts", "domain_validate", "domain_deactivate"
 *   args  [in,opt] the verb's arguments by their names (`order`, `domain`, `method`, `email`,
 *         `remarks`, `reason`, `comments`, `what`, `csr`), or the form or options
 *   out   [out,own] release with emsign_op_free()
 * Errors: EMSIGN_E_INVALID (verb, or an argument of it). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_account_begin(emsign_account *account, const char *verb,
					  const emsign_kv *args, emsign_op **out,
					  emsign_error *err);

/**
 * Gives the operation to the client's loop. It needs emsign_client_dispatch() from now on.
 *   done  [in,opt] told once, from inside dispatch (or cancel)
 * Errors: EMSIGN_E_STATE (submitted already). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_op_submit(emsign_op *op, emsign_done_fn done, void *ud,
				      emsign_error *err);

/**
 * Runs the operation to its end; blocks.
 * Returns what the verb returns. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_op_run(emsign_op *op, emsign_error *err);

/**
 * The kind of the record that the operation ended with: "order" (place, validate, refresh, cancel,
 * revoke), "challenge", "certificate" (fetch), "domain" or "attempt" (verbs on registered domains)
 * or "stats" (sync, import, refresh_open).
 * Returns static text; NULL when it ended with none, failed, or has not ended, and while another
 * thread is inside. Since 0.1.
 */
EMSIGN_API const char *emsign_op_kind(const emsign_op *op);

/**
 * Takes the record that the operation ended with.
 *   out  [out,own] the struct of the kind that emsign_op_kind() tells; NULL when there is none, or
 *        it is taken already
 * Returns the operation's result. Errors: EMSIGN_E_STATE (not ended yet), those of the verb.
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_op_take(emsign_op *op, void **out, emsign_error *err);

/**
 * Ends the operation with EMSIGN_E_CANCELED; what was sent is in doubt. While another thread is
 * inside, that one does it, as soon as it does not wait any more. NULL is fine. Since 0.1.
 */
EMSIGN_API void emsign_op_cancel(emsign_op *op);

/**
 * Cancels it if it runs, without telling `done`, and drops this reference. While another thread is
 * inside, that one does both, like a cancel, and may tell `done` before. NULL is fine. Since 0.1.
 */
EMSIGN_API void emsign_op_free(emsign_op *op);

/**
 * The one descriptor for an event loop: readable when emsign_client_dispatch() has something to do,
 * timers included.
 * Returns the descriptor, which stays the client's; -1 when there is none, and while another thread
 * is inside. Since 0.1.
 */
EMSIGN_API int emsign_client_fd(emsign_client *client);

/**
 * Does what is due for submitted operations and returns.
 *   timeout_ms  [in] how long to wait when nothing is due: 0 not at all, -1 until something is
 * Errors: those of the transport's drive; a failed operation is told by its `done`. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_client_dispatch(emsign_client *client, int timeout_ms,
					    emsign_error *err);

/* --- what may be said --------------------------------------------------------------------- */

/** One named value that a form, filter or configuration takes. Static. */
typedef struct emsign_field {
	const char *name;
	const char *type;    /* "text", "name", "email", "number", "choice", "yes-no", ... */
	const char *choices; /* "a|b|c"; NULL: any */
	const char *preset;  /* used when not given; NULL: nothing */
	int64_t must;        /* 1: has to be given */
	int64_t many;        /* 1: may be given several times */
	const char *doc;     /* one line */
} emsign_field;

/**
 * The fields of a scope: "client", "credential", "order", "domain", "import", "reissue", "ledger";
 * "command": the options of emsign_solver_command().
 * Returns a static array that ends with a NULL name; NULL for an unknown scope. Since 0.1.
 */
EMSIGN_API const emsign_field *emsign_fields(const char *scope);

#ifdef __cplusplus
}
#endif
#endif
