/* SPDX-License-Identifier: MIT */
/* The rows of a report: newest first, live orders before the seeded history, one page of them. */
#include "listing.h"

#include <string.h>
#include <strings.h>

const char *sim_listing_issuer(const struct sim_order *order)
{
	if (!order->cert.not_after)
		return "";
	return order->product->family == SIM_PRIVATE ? "emSign-Sim Intranet CA - G1" :
		"emSign-Sim SSL CA - G1";
}

static bool tags_match(const struct sim_search *s, const struct sim_order *order)
{
	const struct sim_json *want, *have;
	bool any = false, all = true;

	for (want = s->tags->first; want; want = want->next) {
		bool found = false;

		for (have = order->tags ? order->tags->first : NULL; have; have = have->next)
			found = found || !strcasecmp(sim_json_scalar(want), sim_json_scalar(have));
		any = any || found;
		all = all && found;
	}
	return s->all_tags ? all : any;
}

static bool matches(const struct sim_search *s, const struct sim_order *order)
{
	long long expiry = order->cert.not_after;
	const char *trust = order->product->family == SIM_PRIVATE ? "2" : "1";
	char status[12] = "";

	if (*s->status)
		snprintf(status, sizeof(status), "%d", order->order_status);
	return sim_check_listed(s->product, order->product->code) &&
		sim_check_listed(s->group, order->group->number) &&
		sim_check_listed(s->organization, order->org_name) &&
		sim_check_listed(s->status, status) &&
		sim_check_listed(s->email, order->requestor_email) &&
		(!*s->state || !strcmp(s->state, sim_v2_track_state(order))) &&
		(!s->from || order->placed >= s->from) && (!s->till || order->placed <= s->till) &&
		(!s->expiry_from || expiry >= s->expiry_from) &&
		(!s->expiry_till || (expiry && expiry <= s->expiry_till)) &&
		(!*s->trust || !strcmp(s->trust, trust)) &&
		(!*s->issuer || strcasestr(sim_listing_issuer(order), s->issuer)) &&
		(!s->tags || tags_match(s, order));
}

/* The filters that need more than a row's cheap facts. */
static bool names_match(const struct sim_search *s, const struct sim_order *order)
{
	return sim_check_listed(s->domain, order->main_name) &&
		sim_check_listed(s->request, order->request) &&
		sim_check_listed(s->number, order->number);
}

/* Counts a match, and says whether it is on the page. */
static bool on_page(struct sim_listing *page)
{
	long at = page->seen++, skip = (page->search.page - 1) * page->search.size;

	if (at < skip || at >= skip + page->search.size || page->shown == page->room)
		return false;
	page->shown++;
	return true;
}

static void show_live(struct sim_listing *page)
{
	struct sim_order *order;

	for (order = page->sim->orders; order; order = order->next) {
		sim_life_advance(page->sim, order);
		if (matches(&page->search, order) && names_match(&page->search, order) &&
		    on_page(page))
			page->put(page, order);
	}
}

/* A history order as it is now: changed ones are kept, the others made in the arena. */
static const struct sim_order *history_order(struct sim_listing *page, struct sim_arena *arena,
					     long index)
{
	struct sim *sim = page->sim;
	struct sim_order *kept = sim_map_get(&sim->history.owned, (uint64_t)index + 1);

	if (!kept)
		return sim_history_order(sim, arena, index, page->search.chain);
	sim_life_advance(sim, kept);
	return kept;
}

static void show_history_row(struct sim_listing *page, long index)
{
	struct sim *sim = page->sim;
	struct sim_order row, *kept = sim_map_get(&sim->history.owned, (uint64_t)index + 1);
	/* its own memory: a million rows may be looked at and none shown */
	struct sim_arena arena = { 0 };
	bool wanted;

	if (sim_drift_hides(sim, index))
		return;
	if (kept)
		sim_life_advance(sim, kept);
	else
		sim_history_row(sim, index, &row);
	wanted = matches(&page->search, kept ? kept : &row);
	if (wanted && page->search.by_name)
		wanted = names_match(&page->search, kept ? kept :
				     sim_history_order(sim, &arena, index, false));
	if (wanted && on_page(page))
		page->put(page, history_order(page, &arena, index));
	sim_mem_drop(&arena);
}

/* Only the rows of the page are made when nothing but the date filters. */
static void show_range(struct sim_listing *page, long low, long high)
{
	struct sim *sim = page->sim;
	long visible = sim_drift_visible(sim, low, high);
	long skip = (page->search.page - 1) * page->search.size - page->seen;
	long end = skip + page->search.size, index;

	if (skip < 0)
		skip = 0;
	if (end > visible)
		end = visible;
	if (end > skip + page->room - page->shown)
		end = skip + page->room - page->shown;
	index = skip < end ? sim_drift_nth(sim, low, high, skip) : low - 1;
	for (; skip < end; index--) {
		if (sim_drift_hides(sim, index))
			continue;
		page->put(page, history_order(page, page->arena, index));
		page->shown++;
		skip++;
	}
	page->seen += visible;
}

/* The one history row a filter can mean at all, or -2 when there may be many. */
static long only_row(struct sim_listing *page)
{
	const struct sim_search *s = &page->search;
	struct sim *sim = page->sim;
	const char *digits = !strncmp(s->domain, "*.", 2) ? s->domain + 2 : s->domain;
	const struct sim_order *order;

	if (*s->number && !strchr(s->number, ',')) {
		/* not by arithmetic: a draft that was promoted has a number of its own */
		order = sim_order_peek(sim, page->arena, s->number);
		return order ? order->index : -1;
	}
	if (*s->request && !strchr(s->request, ','))
		return sim_history_request_index(sim, s->request);
	if (*s->domain && !strchr(s->domain, ',')) {
		long index = *digits == 'h' ? strtol(digits + 1, NULL, 10) : -1;

		return index >= 0 && index < sim->history.n ? index : -1;
	}
	return -2;
}

/* What a bookmark belongs to: the search without its page, and all that may move rows. */
static uint64_t search_id(struct sim_listing *page)
{
	struct sim_arena arena = { 0 };
	uint64_t id = sim_mem_hash(sim_mem_printf(&arena, "%s %ld %zu %ld", page->search.identity,
						  page->seen, page->sim->history.owned.used,
						  page->sim->drift.moves));

	sim_mem_drop(&arena);
	return id;
}

/* Whoever pages on through a filtered report does not start from the top each time. */
static void show_filtered(struct sim_listing *page, long low, long high)
{
	struct sim_history *h = &page->sim->history;
	long end = page->search.page * page->search.size, index = high - 1, next = -1;
	uint64_t id = search_id(page);
	bool resumed = h->bookmark.search == id && h->bookmark.page == page->search.page;

	if (resumed) {
		page->seen = h->bookmark.seen;
		index = h->bookmark.index;
	}
	for (; index >= low && !(resumed && page->seen >= end); index--) {
		if (page->seen == end && next < 0)
			next = index;
		show_history_row(page, index);
	}
	h->bookmark.total = resumed ? h->bookmark.total : page->seen;
	h->bookmark.search = id;
	h->bookmark.page = page->search.page + 1;
	h->bookmark.seen = page->seen < end ? page->seen : end;
	h->bookmark.index = resumed ? index : next;
	page->seen = h->bookmark.total;
}

static void show_history(struct sim_listing *page)
{
	const struct sim_search *s = &page->search;
	struct sim *sim = page->sim;
	long low = s->from ? sim_history_first_since(sim, s->from) : 0;
	long high = s->till ? sim_history_first_since(sim, s->till + 1) : sim->history.n;
	long only = only_row(page);

	if (!s->by_row) {
		show_range(page, low, high);
		return;
	}
	if (only != -2) {
		if (only >= low && only < high)
			show_history_row(page, only);
		return;
	}
	show_filtered(page, low, high);
}

/* Takes every row, whatever was asked for. */
static void forget_filters(struct sim_search *s)
{
	s->product = s->group = s->organization = s->domain = s->request = s->number = "";
	s->status = s->email = s->trust = s->issuer = s->state = "";
	s->tags = NULL;
	s->from = s->till = s->expiry_from = s->expiry_till = 0;
	s->by_row = s->by_name = false;
}

static void list(struct sim_listing *page)
{
	page->rows.len = 0;
	page->out = (struct sim_json_out){ .buf = &page->rows };
	page->seen = page->shown = 0;
	show_live(page);
	show_history(page);
}

long sim_listing_pages(const struct sim_listing *page)
{
	return (page->seen + page->search.size - 1) / page->search.size;
}

/* The same page without its last rows. */
static void list_less(struct sim_listing *page, long missing)
{
	page->room = missing < page->shown ? page->shown - missing : 0;
	list(page);
}

/* The rows of another page: 0 is the last one, -1 the one before. */
static void list_other(struct sim_listing *page, long other)
{
	long asked = page->search.page;

	page->search.page = other < 0 ? asked - 1 : other ? other : sim_listing_pages(page);
	if (page->search.page < 1)
		page->search.page = 1;
	list(page);
	if (sim_fault_is(page->fault, "repeat-page"))
		page->search.page = asked;
}

/* What the faults of listings do before the rows are made. */
static void bend(struct sim_listing *page)
{
	page->room = page->search.size;
	if (sim_fault_is(page->fault, "unfiltered"))
		forget_filters(&page->search);
	if (sim_fault_is(page->fault, "empty-page"))
		page->room = 0;
}

void sim_listing_run(struct sim_listing *page)
{
	long last;

	bend(page);
	list(page);
	last = sim_listing_pages(page);
	if (page->search.clamp && last && page->search.page > last) {
		page->search.page = last;
		list(page);
	}
	if (sim_fault_is(page->fault, "short-page"))
		list_less(page, page->fault->number);
	if (sim_fault_is(page->fault, "repeat-page") || sim_fault_is(page->fault, "stale-page"))
		list_other(page, page->fault->number);
	sim_drift_called(page->sim);
}
