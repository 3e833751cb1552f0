/* SPDX-License-Identifier: MIT */
/* The CA tells two numbers, one for the order and one for the certificate; we say one status. */
#include "wire/v1.h"

#include "base/text.h"

struct state {
	int64_t id;
	int64_t status;
};

static const struct state order_states[] = {
	{ 1, EMSIGN_STATUS_PENDING },          /* Order Placed */
	{ 2, EMSIGN_STATUS_PENDING },          /* Order Accepted */
	{ 3, EMSIGN_STATUS_PENDING },          /* Order In-Progress */
	{ 4, EMSIGN_STATUS_REJECTED },         /* Order Rejected */
	{ 5, EMSIGN_STATUS_CANCELED },         /* Order Cancelled */
	{ 6, EMSIGN_STATUS_ISSUED },           /* Order Fulfilled */
	{ 7, EMSIGN_STATUS_DRAFT },            /* On Hold */
	{ 8, EMSIGN_STATUS_PENDING_APPROVAL }, /* Order Pending for Approval */
	{ 9, EMSIGN_STATUS_PENDING_APPROVAL }, /* ... for Account Administrator Approval */
	{ 0, EMSIGN_STATUS_UNKNOWN },
};

static const struct state certificate_states[] = {
	{ 1, EMSIGN_STATUS_PENDING },           /* Setup Pending */
	{ 2, EMSIGN_STATUS_PENDING_APPROVAL },  /* Pending for Approver */
	{ 3, EMSIGN_STATUS_ATTENTION },         /* Under Discrepancy */
	{ 4, EMSIGN_STATUS_APPROVED },          /* Approved */
	{ 5, EMSIGN_STATUS_REJECTED },          /* Rejected */
	{ 6, EMSIGN_STATUS_PENDING_APPROVAL },  /* Pending Second Approver */
	{ 7, EMSIGN_STATUS_APPROVED },          /* Approved by Second Approver */
	{ 8, EMSIGN_STATUS_REJECTED },          /* Rejected by Second Approver */
	{ 9, EMSIGN_STATUS_ISSUED },            /* Certificate Downloaded */
	{ 12, EMSIGN_STATUS_EXPIRED },          /* Certificate Expired */
	{ 13, EMSIGN_STATUS_CANCELED },         /* Rejected due to Order Cancellation */
	{ 14, EMSIGN_STATUS_REJECTED },         /* Auto Rejected */
	{ 15, EMSIGN_STATUS_APPROVED },         /* Order Auto Approved: no body yet */
	{ 16, EMSIGN_STATUS_PENDING_APPROVAL }, /* Pending LRA */
	{ 17, EMSIGN_STATUS_APPROVED },         /* Approved LRA */
	{ 18, EMSIGN_STATUS_REJECTED },         /* Rejected LRA */
	{ 19, EMSIGN_STATUS_FAILED },           /* Invalid Configuration */
	{ 20, EMSIGN_STATUS_ISSUED },           /* Certificate Generated */
	{ 21, EMSIGN_STATUS_FAILED },           /* Download Rejected */
	{ 22, EMSIGN_STATUS_REVOKED },          /* Certificate Revoked */
	{ 23, EMSIGN_STATUS_APPROVED },         /* Rekey Approved */
	{ 24, EMSIGN_STATUS_PENDING },          /* Pending for Approver (Auto-approval) */
	{ 25, EMSIGN_STATUS_PENDING_APPROVAL }, /* Organization Authorization Pending LRA */
	{ 26, EMSIGN_STATUS_APPROVED },         /* Organization Authorized LRA */
	{ 27, EMSIGN_STATUS_REJECTED },         /* Organization Authorization Rejected LRA */
	{ 0, EMSIGN_STATUS_UNKNOWN },
};

static int64_t look_up(const struct state *states, const char *id)
{
	int64_t number;

	if (!ems_text_int(id, 1, INT32_MAX, &number))
		return EMSIGN_STATUS_UNKNOWN;
	while (states->id && states->id != number)
		states++;
	return states->status;
}

static bool is_open(int64_t status)
{
	return status >= EMSIGN_STATUS_PENDING && status <= EMSIGN_STATUS_APPROVED;
}

int64_t ems_v1_status(const char *order_id, const char *certificate_id)
{
	int64_t order = look_up(order_states, order_id);
	int64_t certificate = look_up(certificate_states, certificate_id);
	bool refused = order == EMSIGN_STATUS_REJECTED || order == EMSIGN_STATUS_CANCELED;

	if (order == EMSIGN_STATUS_DRAFT || !certificate_id)
		return order;
	/* an order that ended takes its certificate along, also when that number is new to us */
	if (refused && (is_open(certificate) || certificate == EMSIGN_STATUS_UNKNOWN))
		return order;
	if (order == EMSIGN_STATUS_PENDING_APPROVAL && certificate == EMSIGN_STATUS_PENDING)
		return order;
	return certificate;
}

void ems_v1_status_read(const struct ems_node *node, emsign_order *order, struct ems_buf *room)
{
	const char *order_id = ems_node_text(node, "orderStatusId");
	const char *certificate_id = ems_node_text(node, "certificateStatusId");
	const char *text = ems_node_text(node, "certificateStatus");

	order->status = ems_v1_status(order_id, certificate_id);
	order->status_text = text ? text : ems_node_text(node, "orderStatus");
	if (certificate_id) {
		ems_buf_text(room, "certificate ");
		ems_buf_text(room, certificate_id);
	}
	if (order_id) {
		ems_buf_text(room, certificate_id ? ", order " : "order ");
		ems_buf_text(room, order_id);
	}
	order->status_code = room->bytes.len ? ems_buf_str(room) : NULL;
}
