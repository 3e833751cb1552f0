/* SPDX-License-Identifier: MIT */
/*
 * The journal of orders that are being placed. An intent is on stable storage before the first byte
 * is sent and goes when the answer is stored. One that is left over says: look before you order.
 */
#ifndef EMS_CLIENT_JOURNAL_H
#define EMS_CLIENT_JOURNAL_H

#include "client/client.h"

/** The intent that is open for these names (any order, the first one being `domain`), or NULL. */
emsign_rc ems_journal_find(emsign_account *account, const char *domain,
			   const char *const *sans, ems_intent **out, emsign_error *err);

/**
 * The id of an intent for some names, the same for any order of them. `apart`: NULL, or a text that
 * sets it apart from an intent for the same names that is open and shall stay so.
 * To be freed with ems_free(); NULL when memory is short.
 */
char *ems_journal_id(const char *credential, const struct ems_kvlist *names, const char *apart);

/**
 * Writes an intent down, in one step against all users of the store.
 *   over  the open one that it takes the place of, as it was read; NULL: there must be none
 * Errors: EMSIGN_E_CONFLICT when somebody else was faster.
 */
emsign_rc ems_journal_claim(emsign_client *client, const ems_intent *intent,
			    const ems_intent *over, emsign_error *err);

/** Is another process sending it right now? */
bool ems_journal_is_busy(const ems_intent *intent);

emsign_rc ems_journal_put(emsign_client *client, const ems_intent *intent, emsign_error *err);
emsign_rc ems_journal_remove(emsign_client *client, const char *id, emsign_error *err);

/** The order as it is kept when the CA has it. Borrows from the intent. */
void ems_journal_order(const ems_intent *intent, emsign_order *out);

/** Is that order at the CA the one that was sent? `*sure` when its tag says so. */
bool ems_journal_matches(const ems_intent *intent, const emsign_order *order, bool *sure);

/** Are two lists of names, first one apart, the same set? */
bool ems_journal_same_names(const char *domain_a, const char *const *sans_a, const char *domain_b,
			    const char *const *sans_b);

#endif
