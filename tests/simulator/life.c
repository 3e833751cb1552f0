/* SPDX-License-Identifier: MIT */
/*
 * What time does to an order.  Nothing runs in the background: an order is brought up to date
 * when somebody looks at it, with the times at which things would have happened.
 */
#include "sim.h"

#include <string.h>

static void advance_names(struct sim *sim, struct sim_order *order, long long now)
{
	const char *org = order->org ? order->org->number : "";
	bool all = true;
	int i;

	if (!order->needs_dcv || order->dcv_done)
		return;
	for (i = 0; i < order->n_names; i++) {
		struct sim_name *name = &order->names[i];
		const struct sim_domain *domain;

		if (name->status == '0' && name->due && now >= name->due) {
			name->status = '1';
			name->verified = name->due;
			sim_domain_prove(sim, name->name, name->method, org, name->due);
		}
		/* a domain that was proved before covers its sub-domains */
		domain = name->status == '0' ? sim_domain_covers(sim, name->name) : NULL;
		if (domain && sim_check_hostname(name->name)) {
			name->status = '1';
			name->method = domain->method;
			name->verified = domain->verified > order->placed ? domain->verified :
				order->placed;
			sim_domain_inherit(sim, name->name, domain);
		}
	}
	for (i = 0; i < order->n_names; i++) {
		all = all && order->names[i].status == '1';
		if (order->names[i].verified > order->touched)
			order->touched = order->names[i].verified;
	}
	if (all)
		order->dcv_done = order->touched;
}

/* A gate that opens at a time. */
static bool opens(struct sim_order *order, long long due, long long now)
{
	if (now < due)
		return false;
	if (due > order->touched)
		order->touched = due;
	return true;
}

static bool gates_open(struct sim_order *order, long long now)
{
	bool open = true;

	if (order->org_status == '0') {
		if (opens(order, order->org_due, now))
			order->org_status = '1';
		else
			open = false;
	}
	if (order->identity == '0') {
		if (opens(order, order->identity_due, now))
			order->identity = '1';
		else
			open = false;
	}
	if (order->ra_due && opens(order, order->ra_due, now))
		order->ra_due = 0;
	if (!order->wait_approval)
		order->cert_status = order->ra_due ? SIM_CERT_APPROVER : SIM_CERT_PENDING;
	return open && !order->ra_due && !order->wait_approval && *order->csr_pem &&
		order->org_status != '2' && order->identity != '2' &&
		(order->agreement == '1' || order->product->family == SIM_PRIVATE) &&
		(!order->needs_dcv || order->dcv_done);
}

bool sim_life_issue(struct sim *sim, struct sim_order *order)
{
	struct sim_arena *arena = &sim->arena;
	EVP_PKEY *key = sim_certificate_request_key(order->csr_pem);
	uint64_t serial = sim_clock_random(sim) | UINT64_C(1) << 63;
	bool done;

	if (!key)
		return false;
	/* a minute back, for clients whose clock is a little behind */
	done = sim_certificate_issue(sim, arena, order, key, serial,
				     sim_clock_now(sim) - 60000);
	EVP_PKEY_free(key);
	if (done) {
		order->order_status = SIM_ORDER_FULFILLED;
		order->cert_status = SIM_CERT_GENERATED;
	}
	return done;
}

static void advance_issued(struct sim_order *order, long long now)
{
	if (order->revoke_status == 1 && now >= order->revoked) {
		order->revoke_status = 2;
		order->cert_status = SIM_CERT_REVOKED;
	}
	if ((order->cert_status == SIM_CERT_GENERATED ||
	     order->cert_status == SIM_CERT_DOWNLOADED) && order->cert.not_after <= now)
		order->cert_status = SIM_CERT_EXPIRED;
}

static bool is_over(const struct sim_order *order)
{
	return order->held || order->order_status == SIM_ORDER_DRAFT ||
		order->order_status == SIM_ORDER_CANCELLED ||
		order->order_status == SIM_ORDER_REJECTED;
}

void sim_life_advance(struct sim *sim, struct sim_order *order)
{
	long long now = sim_clock_now(sim), delay = sim->options->delay_issue;

	if (is_over(order))
		return;
	if (order->cert.not_after) {
		advance_issued(order, now);
		return;
	}
	/* the history stands still, but for a draft that was promoted and for a reissue */
	if (order->index >= 0 && !order->draft)
		return;
	if (!order->gates_open) {
		advance_names(sim, order, now);
		if (!gates_open(order, now))
			return;
		order->gates_open = order->touched;
		order->cert_status = SIM_CERT_APPROVED;
		order->order_status = SIM_ORDER_PROGRESS;
	}
	/* the private hierarchy answers with the certificate at once */
	if (order->product->family == SIM_PRIVATE)
		delay = 0;
	if (now < order->gates_open + delay)
		return;
	if (sim_life_issue(sim, order))
		order->issued = order->gates_open + delay;
}

void sim_life_cancel(struct sim *sim, struct sim_order *order)
{
	order->order_status = SIM_ORDER_CANCELLED;
	order->cert_status = SIM_CERT_CANCELLED;
	sim_domain_reject(sim, order);
	if (order->group && order->price) {
		*sim_account_purse(sim, order->group) += order->price;
		order->price = 0;
	}
}
