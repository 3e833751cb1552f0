/* SPDX-License-Identifier: MIT */
/*
 * The journal of values that solvers were told to publish: each is on record from before it is
 * published until it has been taken away, so that no interruption leaves one behind for ever.
 */
#ifndef EMS_CLIENT_PRESENTED_H
#define EMS_CLIENT_PRESENTED_H

#include "client/op.h"

/** Puts on stable storage that the value of a challenge is about to be published. */
emsign_rc ems_presented_note(emsign_op *op, const emsign_challenge *challenge, emsign_error *err);

/**
 * Has taken away what is needed no more: what proves names that are proven, or that belong to an
 * order which is issued, has ended, or was deleted here, or to a domain that is not active. A value
 * that cannot be taken away stays on record and is logged; the others are tried all the same.
 * Without a solver for its method it stays too, and that is no error. What others of the credential
 * left behind goes as well.
 *   given_up  names of the order (as keys) that are not going to be proven
 * Returns the first failure with a value of the order itself.
 */
emsign_rc ems_presented_sweep(emsign_op *op, const emsign_order *order,
			      const struct ems_kvlist *given_up, emsign_error *err);
/** The same of a registered domain. */
emsign_rc ems_presented_sweep_domain(emsign_op *op, const char *domain,
				     const struct ems_kvlist *given_up, emsign_error *err);

/** Its own values alone, by the way: what goes wrong is only logged. */
void ems_presented_tidy(emsign_op *op, const emsign_order *order);
void ems_presented_tidy_domain(emsign_op *op, const char *domain);

#endif
