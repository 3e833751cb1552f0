/* SPDX-License-Identifier: MIT */
/*
 * Plug in the proof of control over a name. A solver publishes what the CA wants to see (a TXT
 * record, a file on the web server) and takes it away again; emsign_account_validate() tells it
 * when. It publishes values, not places: two orders may want two values at one place, and taking
 * one away must leave the other.
 *
 * The functions of a solver block the client's loop while they run. One that has to wait for the
 * world begins in present() and answers ready() with EMSIGN_E_PENDING until it is through. Where
 * present() itself answers EMSIGN_E_PENDING or EMSIGN_E_BUSY it is called again later, too.
 */
#ifndef EMSIGN_SOLVER_H
#define EMSIGN_SOLVER_H

#include <emsign/record.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Publishes what proves control of a name. */
typedef struct emsign_solver emsign_solver;

/**
 * A solver. Tables are copied; slots may be NULL where it says "may". Each gets the challenge, lent
 * for the call: method "dns": record_name, record_value; method "http": file_url, file_name,
 * file_content; always domain, order, credential.
 */
typedef struct emsign_solver_ops {
	size_t size;      /* sizeof(emsign_solver_ops) */
	const char *name; /* for errors and logs */
	/*
	 * must: publish this one value, beside others that may be there; it is there for good on
	 * return. What is there already is a success: after an interruption it is asked for again.
	 */
	emsign_rc (*present)(void *self, const emsign_challenge *challenge, emsign_error *err);
	/*
	 * may: EMSIGN_OK when the world can see the value, so that the CA may be asked to look;
	 * EMSIGN_E_PENDING: ask again later. Without it: at once.
	 */
	emsign_rc (*ready)(void *self, const emsign_challenge *challenge, emsign_error *err);
	/*
	 * may: take this one value away and leave all others. It may have been published by an
	 * earlier run, or half; to take away what is not there is a success. Without it: it stays.
	 */
	emsign_rc (*cleanup)(void *self, const emsign_challenge *challenge, emsign_error *err);
	/* may: called exactly once, last */
	void (*destroy)(void *self);
} emsign_solver_ops;

/**
 * A solver behind a table of functions.
 *   ops   [in] copied
 *   self  [in] given to each function
 *   out   [out,own] release with emsign_solver_free()
 * Errors: EMSIGN_E_INVALID (no present), EMSIGN_E_NOMEM; `self` is not destroyed then. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_solver_new(const emsign_solver_ops *ops, void *self,
				       emsign_solver **out, emsign_error *err);

/**
 * For method "http": writes the file below PATH/.well-known/pki-validation/, in one step and
 * readable for everybody (0644), and removes it when it still holds what was written. Folders below
 * PATH are made as needed; PATH itself has to be there. A file name that is not plain (a slash, a
 * leading dot, anything but letters, digits, '.', '_', '-') is refused.
 *   path  [in] what the web server serves as "/" of every name that is to be proven
 *   out   [out,own]
 * Errors: EMSIGN_E_INVALID, EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_solver_webroot(const char *path, emsign_solver **out,
					   emsign_error *err);

/**
 * For method "dns": runs a program, without a shell, as
 *
 *     ARGV... present FQDN VALUE
 *     ARGV... cleanup FQDN VALUE
 *
 * FQDN is the name of the TXT record with its final dot, VALUE its text. This is how lego's "exec"
 * provider calls a hook. It runs in a process group of its own with PATH as its only environment,
 * standard input and output closed off, and has to end with status 0. When it takes too long the
 * whole group is killed. The last line that it writes to standard error becomes part of the error,
 * so that must hold no secret.
 *   argv     [in] the program, by a path with a slash, and arguments; NULL at the end; copied
 *   options  [in,opt] named values: `timeout_ms` (60000)
 *   out      [out,own]
 * Errors: EMSIGN_E_INVALID, EMSIGN_E_NOMEM. Of the calls: EMSIGN_E_IO (cannot be run),
 * EMSIGN_E_TIMEOUT, EMSIGN_E_CALLBACK (another status than 0). Since 0.1.
 */
EMSIGN_API emsign_rc emsign_solver_command(const char *const *argv, const emsign_kv *options,
					   emsign_solver **out, emsign_error *err);

/** Drops this reference; the last one destroys it. NULL is fine. Since 0.1. */
EMSIGN_API void emsign_solver_free(emsign_solver *solver);

/**
 * The slots as calls, for wrappers and for those who prove names step by step. What is published
 * this way is not on record: whoever does it takes it away.
 * Errors: EMSIGN_E_INVALID (no solver, no challenge), those of the solver. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_solver_present(emsign_solver *solver, const emsign_challenge *challenge,
					   emsign_error *err);
/** See emsign_solver_present(); EMSIGN_OK at once where the solver has no such slot. Since 0.1. */
EMSIGN_API emsign_rc emsign_solver_ready(emsign_solver *solver, const emsign_challenge *challenge,
					 emsign_error *err);
/** See emsign_solver_present(); does nothing where the solver has no such slot. Since 0.1. */
EMSIGN_API emsign_rc emsign_solver_cleanup(emsign_solver *solver, const emsign_challenge *challenge,
					   emsign_error *err);

#ifdef __cplusplus
}
#endif
#endif
