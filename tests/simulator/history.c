/* SPDX-License-Identifier: MIT */
/*
 * The seeded history: any number of orders that are never stored.  Every fact of order i comes
 * from hash(seed, i), and its numbers are an invertible function of i (i * a + b modulo a prime),
 * so that a look-up by number costs as much as a row of a report.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define PRIME UINT64_C(999999937)
#define FIRST_ORDER UINT64_C(4000000000)
#define FIRST_REQUEST UINT64_C(1000000000)
#define DAY 86400000LL
/* The history covers this many days, evenly. */
#define SPAN_DAYS 1000
#define CERT_DAYS 199

static const char *const zones[] = { "alpha", "bravo", "charlie", "delta", "echo", "foxtrot",
				     "golf", "hotel", "india", "juliett" };
static const char *const users[] = { "user0@example.com", "user1@example.com", "user2@example.com",
				     "user3@example.com", "user4@example.com", "user5@example.com",
				     "user6@example.com", "user7@example.com", "user8@example.com",
				     "user9@example.com" };
static const char *const codes[] = { "842", "842", "842", "843", "844", "846", "847", "848" };

static uint64_t power(uint64_t base, uint64_t exponent)
{
	uint64_t result = 1;

	for (base %= PRIME; exponent; exponent >>= 1, base = base * base % PRIME)
		if (exponent & 1)
			result = result * base % PRIME;
	return result;
}

static uint64_t facts_of(const struct sim_history *h, long index)
{
	return sim_mem_mix(h->seed ^ sim_mem_mix((uint64_t)index));
}

/* Each order is of one of a hundred kinds; see set_state(). */
static bool has_certificate(const struct sim_history *h, long index)
{
	unsigned kind = facts_of(h, index) % 100;

	return kind == 4 || kind > 5;
}

/* The shortest history that has so many certificates. */
static long orders_for(const struct sim_history *h, long certificates)
{
	long n = 0;

	while (certificates > 0)
		certificates -= has_certificate(h, n++);
	return n;
}

void sim_history_start(struct sim *sim)
{
	struct sim_history *h = &sim->history;
	bool date_only;
	long long now = sim_clock_now(sim), end;
	size_t i;

	h->seed = sim_mem_mix((uint64_t)sim->options->seed);
	h->n = h->seeded = sim->options->certificates ?
		orders_for(h, sim->options->certificates) : sim->options->orders;
	h->multiplier = 2 + sim_mem_mix(h->seed ^ 1) % (PRIME - 2);
	h->inverse = power(h->multiplier, PRIME - 2);
	h->offset = sim_mem_mix(h->seed ^ 2) % PRIME;
	/* the last midnight, so that two runs on one day agree */
	h->end = now - now % DAY;
	if (sim->options->history_end &&
	    sim_clock_parse(sim->options->history_end, &end, &date_only))
		h->end = end;
	h->step = h->n ? SPAN_DAYS * DAY / h->n : DAY;
	if (h->step < 1000)
		h->step = 1000;
	if (h->step > DAY)
		h->step = DAY;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		h->products[i] = sim_account_product(sim, codes[i]);
}

static uint64_t number_of(const struct sim_history *h, long index, uint64_t first)
{
	return first + ((uint64_t)index % PRIME * h->multiplier + h->offset) % PRIME;
}

static long index_of(const struct sim_history *h, const char *number, uint64_t first)
{
	uint64_t value;

	if (!h->n || !sim_check_digits(number, 10, 10))
		return -1;
	value = strtoull(number, NULL, 10);
	if (value < first || value >= first + PRIME)
		return -1;
	value = (value - first + PRIME - h->offset) % PRIME * h->inverse % PRIME;
	return value < (uint64_t)h->n ? (long)value : -1;
}

static bool is_draft(const struct sim_history *h, long index)
{
	return facts_of(h, index) % 100 == 0;
}

long sim_history_index(const struct sim *sim, const char *number)
{
	long index = index_of(&sim->history, number, FIRST_ORDER);

	return index >= 0 && is_draft(&sim->history, index) ? -1 : index;
}

long sim_history_request_index(const struct sim *sim, const char *number)
{
	return index_of(&sim->history, number, FIRST_REQUEST);
}

static long long placed_at(const struct sim_history *h, long index)
{
	long long slot = h->end - (h->seeded - index) * h->step;

	/* what was inserted later came second by second */
	if (index >= h->seeded)
		return h->end + (index - h->seeded) * 1000;
	/* within its slot, so that dates rise with the index; whole seconds */
	return (slot + (long long)(sim_mem_mix(facts_of(h, index)) % (uint64_t)h->step)) /
		1000 * 1000;
}

long sim_history_first_since(const struct sim *sim, long long ms)
{
	const struct sim_history *h = &sim->history;
	long low = 0, high = h->n;

	while (low < high) {
		long middle = low + (high - low) / 2;

		if (placed_at(h, middle) < ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void set_state(struct sim *sim, struct sim_order *order, uint64_t facts)
{
	const struct sim_history *h = &sim->history;
	unsigned kind = facts % 100;
	long long now = sim_clock_now(sim);

	order->order_status = SIM_ORDER_FULFILLED;
	order->cert_status = SIM_CERT_DOWNLOADED;
	if (kind == 0) {
		order->order_status = SIM_ORDER_DRAFT;
		order->cert_status = SIM_CERT_PENDING;
	} else if (kind <= 3 || (kind == 5 && order->placed < h->end - 30 * DAY)) {
		order->order_status = SIM_ORDER_CANCELLED;
		order->cert_status = SIM_CERT_CANCELLED;
	} else if (kind == 5) {
		order->order_status = SIM_ORDER_ACCEPTED;
		order->cert_status = SIM_CERT_PENDING;
	}
	if (order->order_status != SIM_ORDER_FULFILLED)
		return;
	order->cert.not_before = order->placed;
	order->cert.not_after = order->placed + CERT_DAYS * DAY - 1000;
	if (kind == 4) {
		order->cert_status = SIM_CERT_REVOKED;
		order->revoke_status = 2;
		order->revoke_reason = "4";
		order->revoked = order->placed + DAY;
	} else if (order->cert.not_after <= now) {
		order->cert_status = SIM_CERT_EXPIRED;
	} else if (kind == 6) {
		order->cert_status = SIM_CERT_GENERATED;
	}
}

void sim_history_row(struct sim *sim, long index, struct sim_order *order)
{
	const struct sim_history *h = &sim->history;
	uint64_t facts = facts_of(h, index);

	memset(order, 0, sizeof(*order));
	order->index = index;
	order->product = h->products[(facts >> 8) & 7];
	order->group = sim->account.groups;
	if (((facts >> 12) & 7) == 0 && order->group->next)
		order->group = order->group->next;
	if (order->product->vetting != SIM_DV)
		order->org = sim->account.orgs;
	order->org_name = order->org ? order->org->name : "";
	order->country = order->org ? "US" : "";
	order->requestor_email = (facts >> 20) % 10 ? "alex@example.com" :
		users[(facts >> 24) % 10];
	order->placed = order->issued = order->touched = placed_at(h, index);
	order->needs_dcv = true;
	set_state(sim, order, facts);
	order->csr_pem = order->order_status == SIM_ORDER_DRAFT ? "" : "-";
}

static const char *domain_of(struct sim_arena *arena, const struct sim_order *order,
			     uint64_t facts)
{
	return sim_mem_printf(arena, "%sh%07ld.%s.example", order->product->wildcard ? "*." : "",
			      order->index, zones[(facts >> 16) % 10]);
}

static void set_numbers(const struct sim_history *h, struct sim_order *order, uint64_t facts)
{
	snprintf(order->request, sizeof(order->request), "%llu",
		 (unsigned long long)number_of(h, order->index, FIRST_REQUEST));
	if (!is_draft(h, order->index))
		snprintf(order->number, sizeof(order->number), "%llu",
			 (unsigned long long)number_of(h, order->index, FIRST_ORDER));
	if (order->cert.not_after)
		snprintf(order->cert.serial, sizeof(order->cert.serial), "%llu",
			 (unsigned long long)(sim_mem_mix(facts ^ h->seed) | UINT64_C(1) << 63));
}

static void set_people(struct sim_arena *arena, struct sim_order *order, uint64_t facts)
{
	bool open = order->order_status == SIM_ORDER_DRAFT;

	order->requestor_name = "Alex Example";
	order->requestor_isd = "1";
	order->requestor_mobile = "5550000000";
	order->requestor_designation = "Engineer";
	order->signer_name = "Alex Example";
	order->signer_place = "Cleveland";
	order->signed_at = open ? 0 : order->placed;
	order->agreement = open ? '0' : '1';
	order->email = "";
	order->tracking = sim_order_tracking(arena, order, facts, sim_mem_mix(facts));
}

/* Its signature costs a millisecond, so the last ones are kept. */
static void add_certificate(struct sim *sim, struct sim_arena *arena, struct sim_order *order,
			    uint64_t facts)
{
	struct sim_history *h = &sim->history;
	struct sim_history_cert *kept;
	EVP_PKEY *key;

	if (!h->certs && !(h->certs = calloc(SIM_HISTORY_KEPT, sizeof(*h->certs))))
		abort();
	kept = &h->certs[order->index % SIM_HISTORY_KEPT];
	if (kept->pem && kept->index == order->index) {
		order->cert.pem = sim_mem_text(arena, kept->pem);
		return;
	}
	key = sim_certificate_seeded_key(sim_mem_mix(facts + 7));
	if (key && sim_certificate_issue(sim, arena, order, key,
					 strtoull(order->cert.serial, NULL, 10), order->placed)) {
		free(kept->pem);
		kept->pem = strdup(order->cert.pem);
		kept->index = order->index;
	}
	EVP_PKEY_free(key);
}

struct sim_order *sim_history_order(struct sim *sim, struct sim_arena *arena, long index,
				    bool with_cert)
{
	struct sim_order *order = sim_mem_alloc(arena, sizeof(*order));
	uint64_t facts = facts_of(&sim->history, index);
	int i;

	sim_history_row(sim, index, order);
	set_numbers(&sim->history, order, facts);
	set_people(arena, order, facts);
	order->main_name = domain_of(arena, order, facts);
	order->n_names = order->product->ucc ? 2 : 1;
	order->names = sim_mem_alloc(arena, sizeof(*order->names) * 2);
	order->names[0].name = order->main_name;
	order->names[1].name = sim_mem_printf(arena, "alt.%s", order->main_name);
	for (i = 0; i < order->n_names; i++) {
		order->names[i].status = order->cert.not_after ? '1' : '0';
		order->names[i].method = order->cert.not_after ? '1' : 0;
		order->names[i].verified = order->cert.not_after ? order->placed : 0;
	}
	order->dcv_done = order->cert.not_after ? order->placed : 0;
	order->org_status = order->org ? '1' : 0;
	/* what a promotion starts from */
	order->draft = order->order_status != SIM_ORDER_DRAFT ? NULL :
		sim_mem_printf(arena, "{\"productCode\":\"%s\",\"groupNumber\":\"%s\","
			       "\"certificateInformation\":{\"domainName\":\"%s\"}}",
			       order->product->code, order->group->number, order->main_name);
	order->spki = order->variant = "";
	if (with_cert && order->cert.not_after)
		add_certificate(sim, arena, order, facts);
	return order;
}

void sim_history_stop(struct sim *sim)
{
	struct sim_history_cert *certs = sim->history.certs;
	long i;

	for (i = 0; certs && i < SIM_HISTORY_KEPT; i++)
		free(certs[i].pem);
	free(certs);
}
