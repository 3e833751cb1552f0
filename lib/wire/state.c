/* SPDX-License-Identifier: MIT */
/*
 * The CA tells two states, one of the order and one of the certificate, by number or by label; we
 * say one status.
 */
#include "wire/common.h"

#include "base/text.h"

struct state {
	int64_t id; /* 0: none is known */
	int64_t status;
	const char *label;
};

static const struct state order_states[] = {
	{ 1, EMSIGN_STATUS_PENDING, "Order Placed" },
	{ 2, EMSIGN_STATUS_PENDING, "Order Accepted" },
	{ 3, EMSIGN_STATUS_PENDING, "Order In-Progress" },
	{ 4, EMSIGN_STATUS_REJECTED, "Order Rejected" },
	{ 5, EMSIGN_STATUS_CANCELED, "Order Cancelled" },
	{ 6, EMSIGN_STATUS_ISSUED, "Order Fulfilled" },
	{ 7, EMSIGN_STATUS_DRAFT, "On Hold" },
	{ 8, EMSIGN_STATUS_PENDING_APPROVAL, "Order Pending for Approval" },
	{ 9, EMSIGN_STATUS_PENDING_APPROVAL, "Order Pending for Account Administrator Approval" },
	{ 0, EMSIGN_STATUS_UNKNOWN, NULL },
};

static const struct state certificate_states[] = {
	{ 1, EMSIGN_STATUS_PENDING, "Setup Pending" },
	/* two have this label: the milder first */
	{ 24, EMSIGN_STATUS_PENDING, "Pending for Approver" },
	{ 2, EMSIGN_STATUS_PENDING_APPROVAL, "Pending for Approver" },
	{ 3, EMSIGN_STATUS_ATTENTION, "Under Discrepancy" },
	{ 4, EMSIGN_STATUS_APPROVED, "Approved" },
	{ 5, EMSIGN_STATUS_REJECTED, "Rejected" },
	{ 6, EMSIGN_STATUS_PENDING_APPROVAL, "Pending Second Approver" },
	{ 7, EMSIGN_STATUS_APPROVED, "Approved by Second Approver" },
	{ 8, EMSIGN_STATUS_REJECTED, "Rejected by Second Approver" },
	{ 9, EMSIGN_STATUS_ISSUED, "Certificate Downloaded" },
	{ 12, EMSIGN_STATUS_EXPIRED, "Certificate Expired" },
	{ 13, EMSIGN_STATUS_CANCELED, "Rejected due to Order Cancellation" },
	{ 14, EMSIGN_STATUS_REJECTED, "Auto Rejected" },
	{ 15, EMSIGN_STATUS_APPROVED, "Order Auto Approved" }, /* no body yet */
	{ 0, EMSIGN_STATUS_APPROVED, "Approved by System" }, /* the same */
	{ 16, EMSIGN_STATUS_PENDING_APPROVAL, "Pending LRA" },
	{ 17, EMSIGN_STATUS_APPROVED, "Approved LRA" },
	{ 18, EMSIGN_STATUS_REJECTED, "Rejected LRA" },
	{ 19, EMSIGN_STATUS_FAILED, "Invalid Configuration" },
	{ 20, EMSIGN_STATUS_ISSUED, "Certificate Generated" },
	{ 21, EMSIGN_STATUS_FAILED, "Download Rejected" },
	{ 22, EMSIGN_STATUS_REVOKED, "Certificate Revoked" },
	{ 23, EMSIGN_STATUS_APPROVED, "Rekey Approved" },
	{ 25, EMSIGN_STATUS_PENDING_APPROVAL, "Organization Authorization Pending LRA" },
	{ 26, EMSIGN_STATUS_APPROVED, "Organization Authorized LRA" },
	{ 27, EMSIGN_STATUS_REJECTED, "Organization Authorization Rejected LRA" },
	{ 0, EMSIGN_STATUS_UNKNOWN, NULL },
};

static int64_t look_up(const struct state *states, const char *told)
{
	int64_t number;

	if (!ems_text_int(told, 1, INT32_MAX, &number))
		number = -1;
	while (states->label && states->id != number &&
	       !ems_text_equal_nocase(states->label, told))
		states++;
	return states->status;
}

static bool is_open(int64_t status)
{
	return status >= EMSIGN_STATUS_PENDING && status <= EMSIGN_STATUS_APPROVED;
}

int64_t ems_state_of(const char *told_order, const char *told_certificate)
{
	int64_t order = look_up(order_states, told_order);
	int64_t certificate = look_up(certificate_states, told_certificate);
	bool refused = order == EMSIGN_STATUS_REJECTED || order == EMSIGN_STATUS_CANCELED;

	if (order == EMSIGN_STATUS_DRAFT || !told_certificate)
		return order;
	/* an order that ended takes its certificate along, also when that state is new to us */
	if (refused && (is_open(certificate) || certificate == EMSIGN_STATUS_UNKNOWN))
		return order;
	if (order == EMSIGN_STATUS_PENDING_APPROVAL && certificate == EMSIGN_STATUS_PENDING)
		return order;
	return certificate;
}

int64_t ems_state_gate(int64_t status, struct ems_gates open)
{
	if (status != EMSIGN_STATUS_PENDING && status != EMSIGN_STATUS_PENDING_APPROVAL)
		return status;
	if (open.validation)
		return EMSIGN_STATUS_PENDING_DCV;
	if (open.csr)
		return EMSIGN_STATUS_PENDING_CSR;
	if (open.agreement)
		return EMSIGN_STATUS_PENDING_AGREEMENT;
	return status;
}

void ems_state_revoked(emsign_order *order)
{
	if (ems_text_equal(order->revoke_status, "revoked"))
		order->status = EMSIGN_STATUS_REVOKED;
	else
		order->revoked_at = 0; /* the date of another outcome */
}
