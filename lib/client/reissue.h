/* SPDX-License-Identifier: MIT */
/*
 * The journal of reissues. A row is on stable storage before the first byte is sent and goes when
 * the answer is stored. One that is left over says: whoever hears about the order next finds out
 * what became of it.
 */
#ifndef EMS_CLIENT_REISSUE_H
#define EMS_CLIENT_REISSUE_H

#include "client/tasks.h"

struct ems_reissue_work {
	struct ems_refresh_work one;
	struct ems_kvlist form;   /* checked */
	const char **sans;        /* the new list, NULL-terminated; NULL: the names stay */
	emsign_csr *csr;          /* the CSR that is sent; NULL: the key stays */
	char *request_number;     /* of the order before, as the CA told it just now */
	ems_reissue *open;        /* of an earlier call, while it is settled */
	ems_reissue *sent;        /* of this call, as it was written last; NULL: none yet */
};

/** What an answer about its order tells of a reissue that got none itself. */
enum ems_reissue_fate {
	EMS_REISSUE_DONE,
	EMS_REISSUE_NEVER,  /* it did not happen, and will not */
	EMS_REISSUE_EARLY,  /* it did not happen so far */
	EMS_REISSUE_UNTOLD
};

/**
 *   said      the order, as the CA told it
 *   asked_ms  not before this time
 */
enum ems_reissue_fate ems_reissue_fate(const emsign_op *op, const ems_reissue *open,
				       const emsign_order *said, int64_t asked_ms);

/** Is it being sent right now, by another process or another operation of this client? */
bool ems_reissue_is_busy(const emsign_op *op, const ems_reissue *open);

/**
 * The order is what the reissue makes of it, and its row goes, both or none.
 *   order  [in,out] replaced by the order as it is then
 *   said   what the CA told of it
 *   gone   the row as it was read or written last; NULL: it is somebody else's
 * Errors: EMSIGN_E_CONFLICT when the row is somebody else's by now.
 */
emsign_rc ems_reissue_keep(emsign_op *op, emsign_order **order, const ems_reissue *done,
			   const emsign_order *said, const ems_reissue *gone, emsign_error *err);

/** Settles what is open for an order of which the CA just told; mostly there is nothing. */
emsign_rc ems_reissue_settle(emsign_op *op, const emsign_order *said, int64_t asked_ms,
			     emsign_order **order, emsign_error *err);

#endif
