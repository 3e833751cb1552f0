/* SPDX-License-Identifier: MIT */
/* One page of the orders, and what it is asked for, for the reports of both generations. */
#ifndef SIM_LISTING_H
#define SIM_LISTING_H

#include "sim.h"

/* Texts are "" where absent. */
struct sim_search {
	const char *product, *group, *organization, *domain, *request, *number, *status;
	const char *email, *trust, *issuer;
	const char *state;	/* in the second generation's words */
	const char *identity;	/* all of it but the page, to go on where the last page ended */
	const struct sim_json *tags;
	bool all_tags;
	bool chain;
	bool clamp;		/* a page past the end is the last one */
	bool by_row;		/* some filter needs the facts of every row */
	bool by_name;		/* ... even its names and numbers */
	long long from, till, expiry_from, expiry_till;	/* ms, 0 is open */
	long page, size;
};

struct sim_v2_call;

struct sim_listing {
	struct sim *sim;
	struct sim_arena *arena;
	const struct sim_fault *fault;
	struct sim_search search;
	void (*put)(struct sim_listing *page, const struct sim_order *order);
	struct sim_v2_call *call;	/* of the second generation, for its put() */
	struct sim_json_out out;	/* where put() writes a row */
	struct sim_buf rows;		/* the caller frees them */
	long seen;
	long shown;
	long room;			/* more rows than these are never shown */
};

void sim_listing_run(struct sim_listing *page);
long sim_listing_pages(const struct sim_listing *page);
const char *sim_listing_issuer(const struct sim_order *order);

#endif
