/* SPDX-License-Identifier: MIT */
/*
 * The parts of an import. Its phases follow one another:
 *
 *	lease.c     one import of an account at a time, and where the last one stopped
 *	listing.c   every order that the CA lists, proven to be all of them
 *	sweep.c     incremental: orders that may have changed since they were listed
 *	harvest.c   the certificates of issued orders
 */
#ifndef EMS_CLIENT_IMPORT_H
#define EMS_CLIENT_IMPORT_H

#include "base/text.h"
#include "client/process.h"
#include "client/tasks.h"
#include "model/pages.h"

/* --- queue.c: orders to visit, read from the store some at a time --- */

struct ems_queue {
	const emsign_kv *filter;  /* of orders; borrowed */
	bool (*wanted)(const void *ud, const emsign_order *order);
	const void *ud;
	int64_t most;             /* at most so many; 0: all */
	/* its own */
	struct ems_kvlist ids;
	size_t at;
	char *after;              /* id of the last order that was read */
	bool end;
	int64_t given;
};

/** The next id, valid until the queue is asked again; NULL in *id at the end. */
emsign_rc ems_queue_next(emsign_client *client, struct ems_queue *queue, const char **id,
			 emsign_error *err);
void ems_queue_free(struct ems_queue *queue);

/** How many a queue like this one would give. */
emsign_rc ems_queue_count(emsign_client *client, const struct ems_queue *like, int64_t *n,
			  emsign_error *err);

/* --- lease.c --- */

struct ems_lease {
	ems_import now;          /* as it is to be; texts are borrowed or in the fields below */
	ems_import *kept;        /* as the store has it; NULL: not ours */
	char owner[EMS_PROCESS_TEXT];
	char token[33];
	char last[EMS_TEXT_INT];
};

/** Errors: EMSIGN_E_CONFLICT when another import of this account is at work. */
emsign_rc ems_lease_take(emsign_op *op, struct ems_lease *lease, emsign_error *err);

/** Writes `now`, unless somebody else has taken over: EMSIGN_E_CONFLICT. */
emsign_rc ems_lease_put(emsign_op *op, struct ems_lease *lease, emsign_error *err);

/** Gives it back, as well as that can be done. */
void ems_lease_drop(emsign_op *op, struct ems_lease *lease);

/* --- listing.c --- */

/** A page that was asked for. */
struct ems_listed {
	struct ems_listed *next;
	struct ems_page page;
	bool here;
	int64_t rows;
	int64_t total;           /* as this page told it */
	uint64_t *names;         /* of its rows, hashed */
	size_t n_names;
};

struct ems_listing {
	struct ems_listed *plan; /* pages asked for, in their order */
	size_t n_plan;
	unsigned round;          /* answers of an earlier one come too late */
	int64_t planned;         /* rows that have been asked for */
	int64_t until;           /* nothing is asked for beyond; 0: the total */
	/* rows that have come without a gap, and the last of them; and the same one page before */
	int64_t reached, reached_before;
	uint64_t last, last_before;
	int64_t total;           /* -1: not known yet */
	bool ended;              /* the last page that was taken is the last by its own total */
	bool varied;             /* the CA's total was another one meanwhile */
	bool untold;             /* the CA tells no total */
	bool fixed;              /* the CA takes one size of pages only: without overlaps */
	bool looked_again;       /* at the head, after all the rest */
	int64_t seen;            /* different orders */
	int64_t furthest;
	int repairs;             /* without getting any further */
	int passes;
	struct ems_fact *rows;   /* that wait to be kept */
	struct ems_fact **rows_end;
	size_t n_rows;
	ems_step_fn then;
};

/** Lists all orders; `then` goes on with the operation. */
emsign_rc ems_listing_begin(emsign_op *op, ems_step_fn then, emsign_error *err);

/** The same, but goes on where the lease says that an earlier one stopped. */
emsign_rc ems_listing_resume(emsign_op *op, ems_step_fn then, emsign_error *err);

/** Writes down how far it is. */
void ems_listing_note(const struct ems_listing *listing, struct ems_lease *lease);
void ems_listing_free(struct ems_listing *listing);

/* --- sweep.c, harvest.c --- */

/** Which orders are looked at. */
struct ems_sweep {
	const emsign_kv *filter; /* borrowed */
	int64_t most;            /* 0: all */
	const char *after;       /* only those with a greater id; NULL: all */
	const char *what;        /* the phase, for progress */
	ems_step_fn then;
	int64_t total;           /* its own */
};

/** Asks for the state of each, fetches what is issued, and counts it in the stats. */
emsign_rc ems_sweep_begin(emsign_op *op, const struct ems_sweep *sweep, emsign_error *err);

struct ems_harvest {
	int64_t room;               /* certificates that may still be kept */
	int64_t done, total;
	struct ems_harvested *kept; /* what is to be written */
	size_t n_kept;
	size_t n_raw;               /* of these, not checked yet */
	ems_step_fn then;
};

emsign_rc ems_harvest_begin(emsign_op *op, ems_step_fn then, emsign_error *err);
void ems_harvest_free(struct ems_harvest *harvest);

/* --- import.c --- */

/** Work of an import; a sweep that is a verb of its own has it too. */
struct ems_import_work {
	struct ems_kvlist options;
	emsign_kv filter[4];     /* of this account's orders */
	char from[24];           /* Unix seconds; "": all */
	char till[24];
	char scope[56];          /* of the listing, as the lease notes it */
	char *swept;             /* what the lease notes of the sweep */
	struct ems_lease lease;
	struct ems_listing listing;
	struct ems_queue queue;
	struct ems_harvest harvest;
	struct ems_sweep sweep;
	int64_t looked;          /* orders that the sweep has asked for */
	emsign_stats stats;
};

/** Keeps the rows that wait, and how far the listing is, in one transaction. */
emsign_rc ems_import_keep_rows(emsign_op *op, emsign_error *err);

#endif
