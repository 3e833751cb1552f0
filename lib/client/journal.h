/* SPDX-License-Identifier: MIT */
/*
 * The journal of orders that are being placed. An intent is on stable storage before the first byte
 * is sent and goes when the answer is stored. One that is left over says: look before you order.
 */
#ifndef EMS_CLIENT_JOURNAL_H
#define EMS_CLIENT_JOURNAL_H

#include "client/client.h"

/** Clocks differ: an order may look older or younger by this many seconds and still be it. */
#define EMS_CLOCK_SLACK (24 * 3600)

/** The intent that is open for these names (any order, the first one being `domain`), or NULL. */
emsign_rc ems_journal_find(emsign_account *account, const char *domain,
			   const char *const *sans, ems_intent **out, emsign_error *err);

/** The intent by which a draft becomes an order, or NULL. */
emsign_rc ems_journal_of_draft(emsign_account *account, const char *request, ems_intent **out,
			       emsign_error *err);

/**
 * The id of an intent for some names, the same for any order of them. `apart`: NULL, or a text that
 * sets it apart from an intent for the same names that is open and shall stay so.
 * To be freed with ems_free(); NULL when memory is short.
 */
char *ems_journal_id(const char *credential, const struct ems_kvlist *names, const char *apart);

/**
 * Changes an intent in one step against all users of the store.
 *   was  as it was read, or written last; NULL: there must be none
 *   now  as it shall be, with the same id; NULL: gone
 * Errors: EMSIGN_E_CONFLICT when it is somebody else's by now; nothing is changed then.
 */
emsign_rc ems_journal_swap(emsign_client *client, const ems_intent *was, const ems_intent *now,
			   emsign_error *err);

/**
 * Writes a new intent down.
 *   over  the open one that it takes the place of, as it was read, whatever its id; NULL: none
 * Errors: EMSIGN_E_CONFLICT when somebody else was faster.
 */
emsign_rc ems_journal_claim(emsign_client *client, const ems_intent *intent,
			    const ems_intent *over, emsign_error *err);

/** Is another process sending it right now? */
bool ems_journal_is_busy(const ems_intent *intent);

/** Seconds: from when on the CA may have the order. Nothing left before that. */
int64_t ems_journal_left_at(const ems_intent *intent);

/** The order as it is kept when the CA has it. Borrows from the intent. */
void ems_journal_order(const ems_intent *intent, emsign_order *out);

/**
 * May that order at the CA be the one that was sent? Its tag says so for sure, or the request
 * number of the draft that it was; else its first name, product, requester and time decide, each
 * as far as it is told.
 */
bool ems_journal_matches(const ems_intent *intent, const emsign_order *order, bool *sure);

/** Is that one of the names that were ordered, or what the CA makes of one? */
bool ems_journal_has_name(const ems_intent *intent, const char *name);

/** Are two lists of names, first one apart, the same set? */
bool ems_journal_same_names(const char *domain_a, const char *const *sans_a, const char *domain_b,
			    const char *const *sans_b);

#endif
