/* SPDX-License-Identifier: MIT */
/* The table of orders: numbers, look-up, names, labels. */
#include "sim.h"

#include <string.h>
#include <strings.h>

static const char *const order_texts[] = {
	"", "Order Placed", "Order Accepted", "Order In-Progress", "Order Rejected",
	"Order Cancelled", "Order Fulfilled", "On Hold", "Order Pending for Approval",
	"Order Pending for Account Administrator Approval",
};

static const char *const cert_texts[] = {
	"", "Setup Pending", "Pending for Approver", "Under Discrepancy", "Approved", "Rejected",
	"Pending Second Approver", "Approved by Second Approver", "Rejected by Second Approver",
	"Certificate Downloaded", "", "", "Certificate Expired",
	"Rejected due to Order Cancellation", "Auto Rejected", "Order Auto Approved",
	"Pending LRA", "Approved LRA", "Rejected LRA", "Invalid Configuration",
	"Certificate Generated", "Download Rejected", "Certificate Revoked", "Rekey Approved",
	"Pending for Approver", "Organization Authorization Pending LRA",
	"Organization Authorized LRA", "Organization Authorization Rejected LRA",
};

const char *sim_order_status_text(int id)
{
	return id > 0 && id < (int)(sizeof(order_texts) / sizeof(order_texts[0])) ?
		order_texts[id] : "";
}

const char *sim_order_cert_text(const struct sim_order *order)
{
	int id = order->cert_status;

	/* the label of an order that waits for the service's own registration authority */
	if (id == SIM_CERT_APPROVER && order->ra_due && !order->wait_approval)
		return "Pending System RA";
	return id > 0 && id < (int)(sizeof(cert_texts) / sizeof(cert_texts[0])) ?
		cert_texts[id] : "";
}

char *sim_order_tracking(struct sim_arena *arena, const struct sim_order *order, uint64_t a,
			 uint64_t b)
{
	unsigned char id[16], inner[32], outer[64];

	memcpy(id, &a, 8);
	memcpy(id + 8, &b, 8);
	EVP_EncodeBlock(inner, id, sizeof(id));
	EVP_EncodeBlock(outer, inner, 24);
	return sim_mem_printf(arena, "https://subscriber.example/PublicLink/%s.jsp?a=%s",
			      order->product->family == SIM_PRIVATE ? "trackOrderPrivatePKI" :
			      "publicLinkVerification", outer);
}

/* A ten-digit number with the given first digit that nobody has; history uses other digits. */
static uint64_t fresh_number(struct sim *sim, const struct sim_map *map, uint64_t first)
{
	uint64_t number;

	do
		number = first * 1000000000 + sim_clock_random(sim) % 1000000000;
	while (sim_map_get(map, number));
	return number;
}

void sim_order_renumber(struct sim *sim, struct sim_order *order)
{
	uint64_t request = fresh_number(sim, &sim->by_request, 2);

	snprintf(order->request, sizeof(order->request), "%llu", (unsigned long long)request);
	sim_map_put(&sim->by_request, request, order);
}

struct sim_order *sim_order_new(struct sim *sim)
{
	struct sim_order *order = sim_mem_alloc(&sim->arena, sizeof(*order));

	order->index = -1;
	sim_order_renumber(sim, order);
	order->next = sim->orders;
	sim->orders = order;
	sim->n_orders++;
	return order;
}

void sim_order_number(struct sim *sim, struct sim_order *order)
{
	uint64_t number = fresh_number(sim, &sim->by_number, 5);

	snprintf(order->number, sizeof(order->number), "%llu", (unsigned long long)number);
	sim_map_put(&sim->by_number, number, order);
}

static uint64_t parse(const char *number)
{
	return sim_check_digits(number, 10, 10) ? strtoull(number, NULL, 10) : 0;
}

struct sim_order *sim_order_peek(struct sim *sim, struct sim_arena *arena, const char *number)
{
	uint64_t key = parse(number);
	struct sim_order *order = key ? sim_map_get(&sim->by_number, key) : NULL;
	long index;

	if (order)
		return order;
	index = sim_history_index(sim, number);
	return index < 0 ? NULL : sim_history_order(sim, arena, index, false);
}

/* From now on this one differs from what the seed says: keeps it. */
static struct sim_order *adopt(struct sim *sim, long index)
{
	struct sim_order *order = sim_map_get(&sim->history.owned, (uint64_t)index + 1);

	if (order)
		return order;
	order = sim_history_order(sim, &sim->arena, index, true);
	if (*order->number)
		sim_map_put(&sim->by_number, parse(order->number), order);
	sim_map_put(&sim->history.owned, (uint64_t)index + 1, order);
	return order;
}

struct sim_order *sim_order_find(struct sim *sim, const char *number)
{
	uint64_t key = parse(number);
	struct sim_order *order = key ? sim_map_get(&sim->by_number, key) : NULL;
	long index;

	if (order)
		return order;
	index = sim_history_index(sim, number);
	return index < 0 ? NULL : adopt(sim, index);
}

struct sim_order *sim_order_by_request(struct sim *sim, const char *number)
{
	uint64_t key = parse(number);
	struct sim_order *order = key ? sim_map_get(&sim->by_request, key) : NULL;
	long index;

	if (order)
		return order;
	index = sim_history_request_index(sim, number);
	return index < 0 ? NULL : adopt(sim, index);
}

struct sim_name *sim_order_name(struct sim_order *order, const char *name)
{
	int i;

	for (i = 0; i < order->n_names; i++)
		if (!strcasecmp(order->names[i].name, name))
			return &order->names[i];
	return NULL;
}

void sim_order_add_name(struct sim *sim, struct sim_order *order, const char *name)
{
	struct sim_name *names;

	if (!*name || sim_order_name(order, name))
		return;
	names = sim_mem_alloc(&sim->arena, sizeof(*names) * (size_t)(order->n_names + 1));
	if (order->n_names)
		memcpy(names, order->names, sizeof(*names) * (size_t)order->n_names);
	names[order->n_names].name = sim_mem_text(&sim->arena, name);
	names[order->n_names].status = '0';
	order->names = names;
	order->n_names++;
}

struct sim_result sim_order_of_call(struct sim_call *call, int use, struct sim_order **out)
{
	const char *number = sim_json_str(call->details, "orderNumber");
	const char *from = sim_json_str(call->details, "requestorEmail");

	if (!call->details)
		return SIM_NO(901);
	if ((use & SIM_USE_EMAIL) && !*from)
		return SIM_NO(924);
	if (!*number)
		return SIM_NO(942);
	call->order_number = sim_mem_text(call->arena, number);
	*out = use & SIM_USE_CHANGE ? sim_order_find(call->sim, number) :
		sim_order_peek(call->sim, call->arena, number);
	if (!*out)
		return SIM_NO(943);
	if ((use & SIM_USE_EMAIL) && strcasecmp(from, (*out)->requestor_email) != 0)
		return SIM_NO(1061);
	sim_life_advance(call->sim, *out);
	return SIM_OK;
}
