/* SPDX-License-Identifier: MIT */
/*
 * Several operations at once on behalf of one: pages of a listing, certificates, orders. The boss
 * has no question of its own meanwhile; each time one of its hands ends it is stepped, hears how it
 * went, and finds more work. So all that is decided is decided in the steps of one operation.
 */
#include "client/op.h"

static emsign_op *take_ended(struct ems_crew *crew)
{
	emsign_op **at = &crew->hands;
	emsign_op *hand;

	while (*at && !(*at)->ended)
		at = &(*at)->fellow;
	hand = *at;
	if (!hand)
		return NULL;
	*at = hand->fellow;
	hand->boss = NULL;
	crew->n--;
	return hand;
}

static emsign_rc hear(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;
	emsign_op *hand;

	op->crew.news = false;
	while (rc == EMSIGN_OK && (hand = take_ended(&op->crew)) != NULL) {
		*err = hand->err;
		rc = op->crew.ended(op, hand, hand->rc, err);
		emsign_op_free(hand);
	}
	return rc;
}

static emsign_rc hire(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	while (rc == EMSIGN_OK && !op->canceled && op->crew.n < op->crew.most) {
		emsign_op *hand = NULL;

		rc = op->crew.next(op, &hand, err);
		if (rc || !hand)
			return rc;
		hand->boss = op;
		hand->fellow = op->crew.hands;
		op->crew.hands = hand;
		op->crew.n++;
		rc = emsign_op_submit(hand, NULL, NULL, err);
	}
	return rc;
}

static emsign_rc oversee(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	rc = hear(op, err);
	if (rc == EMSIGN_OK)
		rc = hire(op, err);
	if (rc)
		return rc;
	if (op->crew.n == 0)
		return op->crew.then(op, EMSIGN_OK, err);
	op->next = oversee;
	return EMSIGN_OK;
}

emsign_rc ems_crew_begin(emsign_op *op, const struct ems_crew *crew, emsign_error *err)
{
	op->crew = *crew;
	return oversee(op, EMSIGN_OK, err);
}

void ems_crew_drop(emsign_op *op)
{
	while (op->crew.hands) {
		emsign_op *hand = op->crew.hands;

		op->crew.hands = hand->fellow;
		hand->boss = NULL;
		emsign_op_free(hand);
	}
	op->crew.n = 0;
}
