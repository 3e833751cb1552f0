/* SPDX-License-Identifier: MIT */
/* A checked order form becomes an order or a draft, whichever generation of the API it came by. */
#include "sim.h"

#include <string.h>
#include <strings.h>

static void set_names(struct sim *sim, const struct sim_form *form, struct sim_order *order)
{
	const struct sim_json *more;
	const char *main_name = order->main_name;
	int i;

	order->names = NULL;
	order->n_names = 0;
	sim_order_add_name(sim, order, main_name);
	if (order->secure_www && strncasecmp(main_name, "www.", 4) != 0)
		sim_order_add_name(sim, order, sim_mem_printf(&sim->arena, "www.%s", main_name));
	else if (order->secure_www)
		sim_order_add_name(sim, order, main_name + 4);
	for (more = form->more ? form->more->first : NULL; more; more = more->next)
		sim_order_add_name(sim, order, sim_json_scalar(more));
	for (i = 0; form->external && i < order->n_names; i++)
		sim_domain_of_order(sim, order, order->names[i].name);
}

/* Keeps a JSON value beyond the call. */
static const struct sim_json *keep(struct sim *sim, const struct sim_json *value)
{
	struct sim_buf buf = { 0 };
	struct sim_json_out out = { .buf = &buf };
	const struct sim_json *copy = NULL;

	if (value) {
		sim_json_value(&out, NULL, value);
		copy = sim_json_read(&sim->arena, buf.data, buf.len);
		sim_buf_free(&buf);
	}
	return copy;
}

static void set_people(struct sim *sim, const struct sim_form *form, struct sim_order *order)
{
	struct sim_arena *arena = &sim->arena;

	order->requestor_name = sim_mem_text(arena, form->requestor_name);
	order->requestor_isd = sim_mem_text(arena, form->requestor_isd);
	order->requestor_mobile = sim_mem_text(arena, form->requestor_mobile);
	order->requestor_email = sim_mem_text(arena, form->requestor_email);
	order->requestor_designation = sim_mem_text(arena, form->requestor_designation);
	order->agreement = form->agreement;
	order->signer_name = order->signer_place = "";
	if (form->agreement == '1') {
		order->signer_name = sim_mem_text(arena, form->signer_name);
		order->signer_place = sim_mem_text(arena, form->signer_place);
		order->signed_at = order->touched;
	}
}

static void set_facts(struct sim *sim, const struct sim_form *form, struct sim_order *order)
{
	struct sim_arena *arena = &sim->arena;

	order->main_name = sim_mem_text(arena, form->main_name);
	order->email = sim_mem_text(arena, form->email);
	order->product = form->product;
	order->group = form->group;
	order->org = form->org;
	order->org_name = form->org ? form->org->name : sim_mem_text(arena, form->org_name);
	order->country = form->org ? "US" : sim_mem_text(arena, form->country);
	order->touched = sim_clock_now(sim);
	/* a draft of the history keeps its date: the order of the history is that of the dates */
	if (order->index < 0)
		order->placed = order->touched;
	order->secure_www = form->secure_www;
	order->needs_dcv = form->external;
	order->variant = sim_mem_text(arena, form->variant);
	set_people(sim, form, order);
	set_names(sim, form, order);
	order->csr_pem = sim_mem_text(arena, form->csr);
	order->spki = sim_mem_text(arena, form->spki);
	order->tags = keep(sim, form->tags);
	order->custom = keep(sim, form->custom);
	order->order_status = SIM_ORDER_DRAFT;
	order->cert_status = SIM_CERT_PENDING;
}

static void set_gates(struct sim *sim, const struct sim_form *form, struct sim_order *order)
{
	const struct sim_options *options = sim->options;
	long long now = order->touched;

	order->order_status = SIM_ORDER_ACCEPTED;
	if (form->approval) {
		order->wait_approval = true;
		order->order_status = SIM_ORDER_APPROVAL;
		order->cert_status = SIM_CERT_APPROVER;
	}
	if (order->product->family == SIM_SSL && order->product->vetting != SIM_DV) {
		order->org_status = '0';
		order->org_consent = form->org && !form->has_token;
		order->org_due = form->org && !order->org_consent ? now :
			now + options->delay_organization;
	}
	if (order->product->family == SIM_SSL && !form->org && options->delay_system_ra)
		order->ra_due = now + options->delay_system_ra;
	if (order->product->family == SIM_SMIME || order->product->family == SIM_SIGNER) {
		order->identity = '0';
		order->identity_due = options->dcv == SIM_DCV_MANUAL ? INT64_MAX :
			now + options->delay_dcv;
	}
	order->price = order->product->price;
	*sim_account_purse(sim, order->group) -= order->price;
}

struct sim_order *sim_form_place(struct sim *sim, const struct sim_form *form)
{
	struct sim_order *order = form->draft ? form->draft : sim_order_new(sim);
	struct sim_buf draft = { 0 };

	set_facts(sim, form, order);
	if (form->hold) {
		sim_json_value(&(struct sim_json_out){ .buf = &draft }, NULL, form->details);
		order->draft = sim_mem_copy(&sim->arena, draft.data, draft.len);
		sim_buf_free(&draft);
		return order;
	}
	sim_order_number(sim, order);
	set_gates(sim, form, order);
	order->tracking = sim_order_tracking(&sim->arena, order, sim_clock_random(sim),
					     sim_clock_random(sim));
	sim_life_advance(sim, order);
	return order;
}
