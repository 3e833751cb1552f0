/* SPDX-License-Identifier: MIT */
/* GetOrderReport: newest first, live orders before the seeded history. */
#include "sim.h"

#include <string.h>
#include <strings.h>

struct search {
	const char *product, *group, *organization, *domain, *request, *number, *status;
	const char *email, *trust, *issuer;
	const struct sim_json *tags;
	bool all_tags;
	bool chain;
	bool by_row;		/* some filter needs the facts of every row */
	bool by_name;		/* ... even its names and numbers */
	long long from, till, expiry_from, expiry_till;	/* ms, 0 is open */
	long page, size;
};

struct page {
	struct sim_call *call;
	const struct search *search;
	long seen;
	long shown;
	long room;		/* more rows than these are never shown */
};

/* Is the text one of a comma-separated list?  An empty list takes everything. */
static bool listed(const char *list, const char *text)
{
	size_t len = strlen(text);

	if (!*list)
		return true;
	while (*list) {
		size_t item = strcspn(list, ",");
		const char *start = list;

		list += item + (list[item] == ',');
		while (item && *start == ' ')
			start++, item--;
		while (item && start[item - 1] == ' ')
			item--;
		if (item == len && !strncasecmp(start, text, len))
			return true;
	}
	return false;
}

static struct sim_result read_range(struct sim_call *call, const char *from_key,
				    const char *till_key, const int codes[5], long long *from,
				    long long *till)
{
	const char *a = sim_json_str(call->details, from_key);
	const char *b = sim_json_str(call->details, till_key);
	bool day = false;

	*from = *till = 0;
	/* a public client sends the first date alone and works: refused only when asked for */
	if (!*a && *b)
		return SIM_NO(codes[3]);
	if (*a && !*b && call->sim->options->strict_dates)
		return SIM_NO(codes[4]);
	if (*a && !sim_clock_parse(a, from, &day))
		return SIM_NO(codes[0]);
	if (*b && !sim_clock_parse(b, till, &day))
		return SIM_NO(codes[1]);
	if (*b && day)
		*till += 86400000 - 1;
	else if (*b)
		*till += 999;
	if (*a && *b && *from > *till)
		return SIM_NO(codes[2]);
	return SIM_OK;
}

static struct sim_result read_page(struct sim_call *call, struct search *s)
{
	const char *page = sim_json_str(call->details, "pageNumber");
	const char *size = sim_json_str(call->details, "pageSize");

	if ((*page && !sim_check_digits(page, 1, 9)) || (*page && !strtol(page, NULL, 10)))
		return SIM_NO(1114);
	if ((*size && !sim_check_digits(size, 1, 9)))
		return SIM_NO(1115);
	s->page = *page ? strtol(page, NULL, 10) : 1;
	s->size = *size ? strtol(size, NULL, 10) : 100;
	if (s->size != 100 && call->sim->options->page_size_100_only)
		return SIM_NO(1115);
	return s->size < 1 || s->size > 500 ? SIM_NO(1115) : SIM_OK;
}

static struct sim_result read_dates(struct sim_call *call, struct search *s)
{
	static const int order_codes[] = { 1108, 1109, 1110, 1120, 1121 };
	static const int expiry_codes[] = { 1111, 1112, 1113, 1122, 1123 };
	/* "today" ends first in India, where the service lives */
	long long today = (sim_clock_now(call->sim) + 330 * 60000) / 86400000 * 86400000;
	struct sim_result result = read_range(call, "orderDateFrom", "orderDateTill", order_codes,
					      &s->from, &s->till);

	if (result.code)
		return result;
	if (s->from >= today + 86400000 || s->till >= today + 86400000)
		return SIM_NO(1118);
	return read_range(call, "certExpiryDateFrom", "certExpiryDateTill", expiry_codes,
			  &s->expiry_from, &s->expiry_till);
}

static bool is_digits_list(const char *list)
{
	return strspn(list, "0123456789, ") == strlen(list);
}

static bool is_status_list(const char *list)
{
	if (!is_digits_list(list))
		return false;
	for (; *list; list += strspn(list, "0123456789")) {
		list += strspn(list, ", ");
		if (*list && !*sim_order_status_text((int)strtol(list, NULL, 10)))
			return false;
	}
	return true;
}

static struct sim_result read_search(struct sim_call *call, struct search *s)
{
	const struct sim_json *d = call->details;
	const char *mode = sim_json_str(d, "tagSearchCriteria");
	struct sim_result result;

	if (!d)
		return SIM_NO(1119);
	s->product = sim_json_str(d, "productCode");
	s->group = sim_json_str(d, "groupNumber");
	s->organization = sim_json_str(d, "organizationName");
	s->domain = sim_json_str(d, "domainName");
	s->request = sim_json_str(d, "requestNumber");
	s->number = sim_json_str(d, "orderNumber");
	s->status = sim_json_str(d, "orderStatusId");
	s->email = sim_json_str(d, "requestorEmailId");
	s->trust = sim_json_str(d, "certificateTrustType");
	s->issuer = sim_json_str(d, "issuerCA");
	s->tags = sim_json_arr(d, "tags");
	s->all_tags = !strcmp(mode, "2");
	s->chain = !strcmp(sim_json_str(d, "certificateChain"), "1");
	if (!is_digits_list(s->product))
		return SIM_NO(1124);
	if (*s->group && !sim_account_group(call->sim, s->group))
		return SIM_NO(1137);
	if (!is_status_list(s->status))
		return SIM_NO(1117);
	if (*mode && strcmp(mode, "1") != 0 && strcmp(mode, "2") != 0)
		return SIM_NO(1126);
	result = read_dates(call, s);
	if (!result.code)
		result = read_page(call, s);
	if (s->tags && !s->tags->first)
		s->tags = NULL;
	s->by_name = *s->domain || *s->request || *s->number;
	s->by_row = s->by_name || *s->product || *s->group || *s->organization || *s->status ||
		*s->email || *s->trust || *s->issuer || s->tags || s->expiry_from;
	return result;
}

static const char *issuer_of(const struct sim_order *order)
{
	if (!order->cert.not_after)
		return "";
	return order->product->family == SIM_PRIVATE ? "emSign-Sim Intranet CA - G1" :
		"emSign-Sim SSL CA - G1";
}

static bool tags_match(const struct search *s, const struct sim_order *order)
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

static bool matches(const struct search *s, const struct sim_order *order)
{
	long long expiry = order->cert.not_after;
	const char *trust = order->product->family == SIM_PRIVATE ? "2" : "1";
	char status[12] = "";

	if (*s->status)
		snprintf(status, sizeof(status), "%d", order->order_status);
	return listed(s->product, order->product->code) && listed(s->group, order->group->number) &&
		listed(s->organization, order->org_name) && listed(s->status, status) &&
		listed(s->email, order->requestor_email) &&
		(!s->from || order->placed >= s->from) && (!s->till || order->placed <= s->till) &&
		(!s->expiry_from || expiry >= s->expiry_from) &&
		(!s->expiry_till || (expiry && expiry <= s->expiry_till)) &&
		(!*s->trust || !strcmp(s->trust, trust)) &&
		(!*s->issuer || strcasestr(issuer_of(order), s->issuer)) &&
		(!s->tags || tags_match(s, order));
}

/* The filters that need more than a row's cheap facts. */
static bool names_match(const struct search *s, const struct sim_order *order)
{
	return listed(s->domain, order->main_name) && listed(s->request, order->request) &&
		listed(s->number, order->number);
}

/* Always texts, "Name:Value" each: an empty one of the order counted as none. */
static void put_tags(struct sim_json_out *out, const struct sim_json *list)
{
	const struct sim_json *tag;

	sim_json_open(out, "tags", '[');
	for (tag = list ? list->first : NULL; tag; tag = tag->next)
		if (*sim_json_scalar(tag))
			sim_json_text(out, NULL, sim_json_scalar(tag));
	sim_json_close(out, ']');
}

static void put_custom(struct sim_json_out *out, const struct sim_json *list)
{
	if (list) {
		sim_json_value(out, "customFields", list);
		return;
	}
	sim_json_open(out, "customFields", '[');
	sim_json_close(out, ']');
}

static void put_chain(struct sim_call *call, const struct sim_order *order)
{
	const struct sim_ca *ca = order->product->family == SIM_PRIVATE ?
		&call->sim->private_ca : &call->sim->public_ca;
	bool has = order->cert.pem != NULL;

	sim_json_text(&call->out, "rootCertificate", has ? ca->root_pem : "");
	sim_json_text(&call->out, "caCertificate", has ? ca->issuing_pem : "");
	sim_json_text(&call->out, "endEntityCertificate", order->cert.pem);
}

static void put_row(struct sim_call *call, const struct search *s, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;
	struct sim_arena *arena = call->arena;
	long long left = order->cert.not_after - sim_clock_now(call->sim);
	bool valid = order->cert.not_after && left > 0;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "orderNumber", order->number);
	sim_json_text(out, "requestNumber", order->request);
	sim_json_text(out, "productCode", order->product->code);
	sim_json_text(out, "groupNumber", order->group->number);
	sim_json_text(out, "certificateStatusId", sim_mem_printf(arena, "%d", order->cert_status));
	sim_json_text(out, "certificateStatus", sim_order_cert_text(order));
	sim_json_text(out, "orderStatusId", sim_mem_printf(arena, "%d", order->order_status));
	sim_json_text(out, "orderStatus", sim_order_status_text(order->order_status));
	sim_json_text(out, "orderDate", sim_clock_text(arena, order->placed));
	sim_json_text(out, "organizationName", order->org_name);
	sim_json_text(out, "domainName", order->main_name);
	sim_json_text(out, "countryName", order->country);
	sim_json_text(out, "certificateSerialNumber", order->cert.serial);
	sim_json_text(out, "certificateExpiryDate", sim_clock_text(arena, order->cert.not_after));
	sim_json_text(out, "certificateTrustType",
		      order->product->family == SIM_PRIVATE ? "2" : "1");
	sim_json_text(out, "issuerCA", issuer_of(order));
	sim_json_text(out, "expiresWithin",
		      valid ? sim_mem_printf(arena, "%lld", left / 86400000) : "");
	put_tags(out, order->tags);
	put_custom(out, order->custom);
	if (s->chain)
		put_chain(call, order);
	sim_json_close(out, '}');
}

/* Counts a match, and says whether it is on the page. */
static bool on_page(struct page *page)
{
	long at = page->seen++, skip = (page->search->page - 1) * page->search->size;

	if (at < skip || at >= skip + page->search->size || page->shown == page->room)
		return false;
	page->shown++;
	return true;
}

static void show_live(struct page *page)
{
	struct sim_order *order;

	for (order = page->call->sim->orders; order; order = order->next) {
		sim_life_advance(page->call->sim, order);
		if (matches(page->search, order) && names_match(page->search, order) &&
		    on_page(page))
			put_row(page->call, page->search, order);
	}
}

/* A history order as it is now: changed ones are kept, the others made in the arena. */
static const struct sim_order *history_order(struct page *page, struct sim_arena *arena,
					     long index)
{
	struct sim *sim = page->call->sim;
	struct sim_order *kept = sim_map_get(&sim->history.owned, (uint64_t)index + 1);

	if (!kept)
		return sim_history_order(sim, arena, index, page->search->chain);
	sim_life_advance(sim, kept);
	return kept;
}

static void show_history_row(struct page *page, long index)
{
	struct sim *sim = page->call->sim;
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
	wanted = matches(page->search, kept ? kept : &row);
	if (wanted && page->search->by_name)
		wanted = names_match(page->search, kept ? kept :
				     sim_history_order(sim, &arena, index, false));
	if (wanted && on_page(page))
		put_row(page->call, page->search, history_order(page, &arena, index));
	sim_mem_drop(&arena);
}

/* Only the rows of the page are made when nothing but the date filters. */
static void show_range(struct page *page, long low, long high)
{
	struct sim *sim = page->call->sim;
	long visible = sim_drift_visible(sim, low, high);
	long skip = (page->search->page - 1) * page->search->size - page->seen;
	long end = skip + page->search->size, index;

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
		put_row(page->call, page->search, history_order(page, page->call->arena, index));
		page->shown++;
		skip++;
	}
	page->seen += visible;
}

/* The one history row a filter can mean at all, or -2 when there may be many. */
static long only_row(struct page *page)
{
	const struct search *s = page->search;
	struct sim *sim = page->call->sim;
	const char *digits = !strncmp(s->domain, "*.", 2) ? s->domain + 2 : s->domain;
	const struct sim_order *order;

	if (*s->number && !strchr(s->number, ',')) {
		/* not by arithmetic: a draft that was promoted has a number of its own */
		order = sim_order_peek(sim, page->call->arena, s->number);
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
static uint64_t search_id(struct page *page)
{
	struct sim_buf text = { 0 };
	struct sim_json_out out = { .buf = &text };
	const struct sim_json *member;
	uint64_t id;

	for (member = page->call->details->first; member; member = member->next)
		if (strcmp(member->key, "pageNumber") != 0)
			sim_json_value(&out, member->key, member);
	sim_buf_printf(&text, "%ld %zu %ld", page->seen, page->call->sim->history.owned.used,
		       page->call->sim->drift.moves);
	id = sim_mem_hash(text.data);
	sim_buf_free(&text);
	return id;
}

/* Whoever pages on through a filtered report does not start from the top each time. */
static void show_filtered(struct page *page, long low, long high)
{
	struct sim_history *h = &page->call->sim->history;
	long end = page->search->page * page->search->size, index = high - 1, next = -1;
	uint64_t id = search_id(page);
	bool resumed = h->bookmark.search == id && h->bookmark.page == page->search->page;

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
	h->bookmark.page = page->search->page + 1;
	h->bookmark.seen = page->seen < end ? page->seen : end;
	h->bookmark.index = resumed ? index : next;
	page->seen = h->bookmark.total;
}

static void show_history(struct page *page)
{
	const struct search *s = page->search;
	struct sim *sim = page->call->sim;
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
static void forget_filters(struct search *s)
{
	s->product = s->group = s->organization = s->domain = s->request = s->number = "";
	s->status = s->email = s->trust = s->issuer = "";
	s->tags = NULL;
	s->from = s->till = s->expiry_from = s->expiry_till = 0;
	s->by_row = s->by_name = false;
}

static void list(struct page *page, struct sim_buf *rows)
{
	rows->len = 0;
	page->call->out = (struct sim_json_out){ .buf = rows };
	page->seen = page->shown = 0;
	show_live(page);
	show_history(page);
}

static long n_pages(const struct page *page)
{
	return (page->seen + page->search->size - 1) / page->search->size;
}

/* The same page without its last rows. */
static void list_less(struct page *page, long missing, struct sim_buf *rows)
{
	page->room = missing < page->shown ? page->shown - missing : 0;
	list(page, rows);
}

/* The rows of another page: 0 is the last one, -1 the one before. */
static void list_other(struct page *page, struct search *search, long other, struct sim_buf *rows)
{
	long asked = search->page;

	search->page = other < 0 ? asked - 1 : other ? other : n_pages(page);
	if (search->page < 1)
		search->page = 1;
	list(page, rows);
	if (sim_fault_is(page->call->fault, "repeat-page"))
		search->page = asked;
}

/* What the faults of listings do before the rows are made. */
static void bend(const struct sim_fault *fault, struct search *search, struct page *page)
{
	page->room = search->size;
	if (sim_fault_is(fault, "unfiltered"))
		forget_filters(search);
	if (sim_fault_is(fault, "empty-page"))
		page->room = 0;
}

static void put_report(struct page *page, const struct sim_buf *rows)
{
	const struct sim_fault *fault = page->call->fault;
	struct sim_json_out *out = &page->call->out;
	long lie = sim_fault_is(fault, "wrong-total") ? fault->number : 0;
	long pages = n_pages(page);

	pages += sim_fault_is(fault, "wrong-pages") ? fault->number : 0;
	sim_json_open(out, "orderDetails", '{');
	sim_json_number(out, "noOfPages", pages);
	sim_json_number(out, "totalNoOfResults", page->seen + lie);
	sim_json_open(out, "ordersArray", '[');
	sim_buf_add(out->buf, rows->data, rows->len);
	sim_json_close(out, ']');
	sim_json_number(out, "pageSize", page->shown);
	sim_json_text(out, "currentPage", sim_mem_printf(page->call->arena, "%ld",
							 page->search->page));
	sim_json_close(out, '}');
}

struct sim_result sim_report_list(struct sim_call *call)
{
	struct search search = { 0 };
	struct sim_result result = read_search(call, &search);
	struct page page = { .call = call, .search = &search };
	struct sim_buf rows = { 0 }, *whole = call->out.buf;

	if (result.code)
		return result;
	bend(call->fault, &search, &page);
	/* the counters come first on the wire, but are known last */
	list(&page, &rows);
	if (sim_fault_is(call->fault, "short-page"))
		list_less(&page, call->fault->number, &rows);
	if (sim_fault_is(call->fault, "repeat-page") || sim_fault_is(call->fault, "stale-page"))
		list_other(&page, &search, call->fault->number, &rows);
	call->out = (struct sim_json_out){ .buf = whole };
	put_report(&page, &rows);
	sim_buf_free(&rows);
	sim_drift_called(call->sim);
	return SIM_OK;
}
