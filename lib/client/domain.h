/* SPDX-License-Identifier: MIT */
/*
 * Domains that are registered in the account: what their verbs share.
 *
 *	registration.c     which registration a name means, and what is known about it
 *	domain.c           refresh, challenge, verify, deactivate
 *	domain_add.c       a new one, exactly once
 *	domain_attempts.c  the CA's own attempts to see the proof
 *	domain_prove.c     from the challenge to the proof
 */
#ifndef EMS_CLIENT_DOMAIN_H
#define EMS_CLIENT_DOMAIN_H

#include "client/tasks.h"
#include "model/name.h"

/** First in the work of every verb on a registered domain. */
struct ems_domain_work {
	char name[EMS_NAME_MAX];
	char method[16];         /* that is wanted; "": any */
	emsign_domain *domain;   /* as it is known by now; NULL: it was not found yet */
	ems_step_fn then;        /* hears that it is found, or read */
	ems_step_fn done;        /* hears how challenge or verify went */
	/* registration.c */
	emsign_domain *best;     /* of the rows so far */
	int64_t page;
	int64_t since;           /* only rows made since then; 0: all */
	bool proven;             /* the CA said so when it was asked to look */
};

/* --- registration.c --- */

/**
 * Which of two registrations of one name counts: less than 0 when it is `a`. An active one does
 * before others, then a proven one, then the latest.
 */
int ems_domain_better(const void *a, const void *b);

/** Arguments `domain` and, where it is given, `method`. */
emsign_rc ems_domain_check(emsign_op *op, emsign_error *err);
void ems_domain_drop(emsign_op *op);

/**
 * Finds the registration of the name: as it is kept here, or else as the CA lists it. `then` goes
 * on; it hears EMSIGN_E_NOTFOUND when there is none.
 */
emsign_rc ems_domain_find(emsign_op *op, ems_step_fn then, emsign_error *err);

/** The same, but the CA's list is asked in any case. */
emsign_rc ems_domain_list(emsign_op *op, ems_step_fn then, emsign_error *err);

/** Asks for all that the CA says about it, and keeps that. */
emsign_rc ems_domain_read(emsign_op *op, ems_step_fn then, emsign_error *err);

/** Adds `domain_id` and `domain` to the next question. */
void ems_domain_args(emsign_op *op);

/** Keeps what an answer said about the domain; it is what is known then. */
emsign_rc ems_domain_keep(emsign_op *op, const emsign_domain *fact, emsign_error *err);

/** Ends the operation with what is known. */
emsign_rc ems_domain_result(emsign_op *op);

/* --- domain.c --- */

/**
 * Asks what to publish, and keeps it; `done` goes on. The registration is given the method that is
 * wanted where it has another.
 */
emsign_rc ems_domain_challenge(emsign_op *op, ems_step_fn done, emsign_error *err);

/**
 * Lets the CA look, and reads what became of it; `done` goes on. It hears EMSIGN_E_PENDING as long
 * as the domain is not proven.
 */
emsign_rc ems_domain_verify(emsign_op *op, ems_step_fn done, emsign_error *err);

/** The challenge that is kept; EMSIGN_E_PROTO when there is none. */
emsign_rc ems_domain_kept_challenge(emsign_op *op, emsign_challenge **out, emsign_error *err);

#endif
