/* SPDX-License-Identifier: MIT */
/* Account data: what its files share. */
#ifndef EMS_CLIENT_SYNC_H
#define EMS_CLIENT_SYNC_H

#include "client/tasks.h"

/** A kind of account data, and where the members are that the library fills in. */
struct ems_sync_kind {
	const char *what;
	const char *kind;
	size_t name, credential, synced_at, gone_at;
	size_t within;  /* what the name is unique in; 0: the account */
	/* may: of two facts of one name the better one; 0: they are alike */
	int (*better)(const void *a, const void *b);
	emsign_rc (*begin)(emsign_op *op, emsign_error *err); /* stages all of it, then staged() */
};

struct ems_sync_work {
	int first, last;          /* kinds[first..last] are wanted */
	int kind;                 /* the one at work */
	bool asked;               /* the account call; what it said may be nothing: */
	struct ems_fact *account;
	struct ems_fact *brief;   /* the organization whose details are asked for next */
	struct ems_fact *group;   /* the group whose organizations, products are asked for */
	struct ems_kvlist products; /* those whose fields are asked for */
	size_t at;
	int64_t page;
	struct ems_fact *staged;
	emsign_stats stats;
};

/** All that is staged becomes what is known of the kind, in one transaction. */
emsign_rc ems_staged_swap(emsign_op *op, const struct ems_sync_kind *k, emsign_error *err);

#endif
