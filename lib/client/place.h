/* SPDX-License-Identifier: MIT */
/* Ordering, from the inside: what its files share. */
#ifndef EMS_CLIENT_PLACE_H
#define EMS_CLIENT_PLACE_H

#include "client/journal.h"
#include "client/process.h"
#include "client/tasks.h"

struct ems_place_work {
	struct ems_kvlist form;      /* checked, with the credential's defaults */
	struct ems_kvlist names;     /* each name that is ordered, the first one first */
	const char **sans;           /* names without the first, NULL-terminated */
	emsign_product *product;     /* NULL: not synchronised */
	const char *family;
	emsign_csr *csr;             /* the CSR that is sent */
	bool csr_is_new;             /* made by this operation */
	ems_intent sent;             /* the intent of this call, as it was written last */
	char token[17];
	char *tag;
	char *intent_id;
	char owner[EMS_PROCESS_TEXT];
	ems_intent *open;            /* the intent of an earlier call, while it is settled */
	struct ems_fact *candidates; /* orders at the CA that may be the open intent's */
	struct ems_fact **at;        /* the one that is looked at more closely */
	const emsign_order *found;   /* the one that is it */
	struct ems_kvlist seen;      /* orders of these names that were known at the first look */
	int64_t page;
	bool early;                  /* the report was asked for while the order might still come */
};

/** A field of the checked form; NULL when it is not there. */
const char *ems_place_field(emsign_op *op, const char *name);
bool ems_place_said(emsign_op *op, const char *name); /* "yes" */

/** An account record (product, organization, order, ...) by its bare name; NULL: not known here. */
emsign_rc ems_place_look(emsign_op *op, const char *kind, const char *name, void **out,
			 emsign_error *err);

/** place_form.c: the form, checked against the tables and what is known of the account. */
emsign_rc ems_place_check(emsign_op *op, emsign_error *err);

/** place.c: orders, once nothing is in doubt any more. */
emsign_rc ems_place_order(emsign_op *op, emsign_error *err);

/**
 * place.c: the order becomes known and its intent goes, both or none.
 *   intent  as it was read or written last
 * Errors: EMSIGN_E_CONFLICT when the intent is somebody else's by now.
 */
emsign_rc ems_place_keep(emsign_op *op, const ems_intent *intent, const emsign_order *fact,
			 emsign_error *err);

/**
 * place.c: the same, whatever operation found the order.
 *   gone  the intent as it was read or written last; NULL: it is somebody else's
 *   out   the order as it is now
 */
emsign_rc ems_place_adopt(emsign_op *op, const ems_intent *intent, const emsign_order *fact,
			  const ems_intent *gone, emsign_order **out, emsign_error *err);

/** promote.c: what the draft says counts where the form says nothing; `said` is the form. */
emsign_rc ems_promote_fill(emsign_op *op, struct ems_kvlist *said, emsign_error *err);

enum ems_look {
	EMS_FIRST_LOOK, /* an order for the names that is neither issued nor over is a twin */
	EMS_SECOND_LOOK /* so is any that came since the first look: the CA may issue at once */
};

/** twins.c. Errors: EMSIGN_E_CONFLICT, unless the form says again=yes. */
emsign_rc ems_twins_refuse(emsign_op *op, enum ems_look look, emsign_error *err);

/** twins.c: the same for operations of this client that are about to order. */
emsign_rc ems_twins_refuse_rivals(emsign_op *op, emsign_error *err);

/** twins.c: is that intent being sent right now, by another process or operation? */
bool ems_twins_are_sending(const emsign_op *op, const ems_intent *intent);

/** settle.c: finds out what became of the open intent, then adopts its order or orders. */
emsign_rc ems_settle_begin(emsign_op *op, emsign_error *err);

#endif
