/* SPDX-License-Identifier: MIT */
/* The reports of the second generation: orders, and what was paid for them. */
#include "listing.h"
#include "v2.h"

#include <string.h>

static const char *date(struct sim_v2_call *call, long long ms)
{
	return !ms ? "" : sim_v2_is(call, SIM_V2_REPORT_DATES, "wire") ?
		sim_clock_iso(call->arena, ms) : sim_clock_text(call->arena, ms);
}

static void put_list(struct sim_json_out *out, const char *key, const struct sim_json *list)
{
	if (list) {
		sim_json_value(out, key, list);
		return;
	}
	sim_json_open(out, key, '[');
	sim_json_close(out, ']');
}

static void put_row(struct sim_listing *page, const struct sim_order *order)
{
	struct sim_v2_call *call = page->call;
	struct sim_json_out *out = &page->out;
	bool vetted = order->org != NULL;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "orderNumber", order->number);
	sim_json_text(out, "requestNumber", order->request);
	sim_json_text(out, "orderStatus", sim_v2_track_order_text(order));
	sim_json_text(out, "certificateStatus", sim_v2_track_cert_text(call->sim, order));
	sim_json_text(out, "certificateSerialNumber", sim_v2_certificate_serial(call, order));
	sim_json_text(out, "certificateExpiryDate",
		      date(call, sim_v2_certificate_end(call, order)));
	sim_json_text(out, "issuerCA", sim_listing_issuer(order));
	sim_json_text(out, "orderDate", date(call, order->placed));
	sim_json_text(out, "domainName", order->main_name);
	sim_json_text(out, "groupNumber", order->group->number);
	sim_json_text(out, "organizationName", vetted ? order->org_name : "");
	sim_json_text(out, "countryName", vetted ? "United States of America (USA)" : "");
	sim_json_text(out, "productCode", order->product->code);
	sim_json_text(out, "originator", "emSign-Hub API");
	put_list(out, "customFields", order->custom);
	put_list(out, "tags", order->tags);
	sim_json_close(out, '}');
}

/* page counts from one, and zero is one; size is 1 to 100, whatever was asked for. */
static int read_page(struct sim_v2_call *call, long *page, long *size)
{
	const char *n = sim_json_str(call->query, "page");
	const char *rows = sim_json_str(call->query, "size");

	if ((*n && !sim_check_digits(n, 1, 9)) || (*rows && !sim_check_digits(rows, 1, 9)))
		return sim_v2_no(call, 400, "", "page and size are numbers");
	*page = strtol(n, NULL, 10) > 0 ? strtol(n, NULL, 10) : 1;
	*size = *rows ? strtol(rows, NULL, 10) : 100;
	*size = *size < 1 ? 1 : *size > 100 ? 100 : *size;
	return 0;
}

static int read_state(struct sim_v2_call *call, const char *state)
{
	static const char *const taken[] = { "issued", "revoked", "expired", "cancelled",
					     "rejected", "pending-approval" };
	size_t i;

	for (i = 0; *state && i < sizeof(taken) / sizeof(taken[0]); i++)
		if (!strcmp(taken[i], state))
			return 0;
	if (!*state)
		return 0;
	return strncmp(state, "pending-", 8) != 0 ? sim_v2_no(call, 400, "", "Unknown status") :
		sim_v2_no(call, 422, "", "This status cannot be filtered by");
}

static int read_day(struct sim_v2_call *call, const char *key, long long *ms)
{
	const char *text = sim_json_str(call->query, key);
	bool day = true;

	return !*text || (sim_clock_parse(text, ms, &day) && day) ? 0 :
		sim_v2_no(call, 400, "", sim_v2_words(call, "%s is YYYY-MM-DD", key));
}

static int read_search(struct sim_v2_call *call, struct sim_search *s)
{
	const struct sim_json *q = call->query;
	const struct sim_group *group;
	int status = read_page(call, &s->page, &s->size);

	s->product = s->organization = s->domain = s->request = s->number = s->status = "";
	s->email = s->trust = s->issuer = "";
	s->group = sim_json_str(q, "groupNumber");
	s->state = sim_json_str(q, "status");
	s->clamp = true;
	if (!status)
		status = read_state(call, s->state);
	if (!status)
		status = read_day(call, "from", &s->from);
	if (!status)
		status = read_day(call, "to", &s->till);
	if (!status)
		status = sim_v2_account_group(call, s->group, &group);
	s->till += s->till ? 86400000 - 1 : 0;
	s->by_row = *s->group || *s->state;
	s->identity = sim_mem_printf(call->arena, "v2 %s %s %lld %lld %ld", s->group, s->state,
				     s->from, s->till, s->size);
	return status;
}

static void put_envelope(struct sim_v2_call *call, long page, long size, long total, long pages)
{
	struct sim_json_out *out = &call->out;

	sim_json_number(out, "page", page);
	sim_json_number(out, "size", size);
	sim_json_number(out, "totalElements", total);
	sim_json_number(out, "totalPages", pages);
}

int sim_v2_report_orders(struct sim_v2_call *call)
{
	struct sim_listing page = { .sim = call->sim, .arena = call->arena, .fault = call->fault,
				    .put = put_row, .call = call };
	const struct sim_fault *fault = call->fault;
	struct sim_json_out *out = &call->out;
	int status = read_search(call, &page.search);
	long total, pages;

	if (status)
		return status;
	sim_listing_run(&page);
	total = page.seen + (sim_fault_is(fault, "wrong-total") ? fault->number : 0);
	pages = sim_listing_pages(&page) +
		(sim_fault_is(fault, "wrong-pages") ? fault->number : 0);
	sim_json_open(out, NULL, '{');
	sim_json_open(out, "content", '[');
	sim_buf_add(out->buf, page.rows.data, page.rows.len);
	sim_json_close(out, ']');
	/* the rows that are there, not those that were asked for */
	put_envelope(call, page.search.page, page.seen ? page.shown : page.search.size, total,
		     pages);
	sim_json_close(out, '}');
	sim_buf_free(&page.rows);
	return 200;
}

static void put_invoice(struct sim_v2_call *call, const struct sim_order *order)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "invoiceNumber", sim_mem_printf(call->arena, "INV-%s", order->request));
	sim_json_text(out, "date", sim_clock_iso(call->arena, order->placed));
	sim_json_text(out, "dueDate", sim_clock_iso(call->arena,
						    order->placed + 30 * 86400000LL));
	sim_json_text(out, "creditNoteNumber", "");
	sim_json_text(out, "orderId", order->number);
	sim_json_text(out, "product", order->product->name);
	sim_json_text(out, "totalAmount", sim_account_money(call->arena, order->price));
	sim_json_text(out, "currencyId", "2");
	sim_json_text(out, "status", "PAID");
	sim_json_text(out, "invoiceDetailsId", order->request);
	sim_json_close(out, '}');
}

/* Every account that anybody has looked at has none; the book has rows. */
int sim_v2_report_ledger(struct sim_v2_call *call)
{
	bool any = sim_v2_is(call, SIM_V2_LEDGER, "documented");
	const struct sim_order *order;
	const struct sim_group *group;
	const char *number = sim_json_str(call->query, "groupNumber");
	long page, size, at = 0, shown = 0;
	int status = read_page(call, &page, &size);

	if (!status)
		status = sim_v2_account_group(call, number, &group);
	if (status)
		return status;
	sim_json_open(&call->out, NULL, '{');
	sim_json_open(&call->out, "content", '[');
	for (order = any ? call->sim->orders : NULL; order; order = order->next) {
		if (!order->price || (*number && order->group != group))
			continue;
		if (at >= (page - 1) * size && at < page * size) {
			put_invoice(call, order);
			shown++;
		}
		at++;
	}
	sim_json_close(&call->out, ']');
	put_envelope(call, page, at ? shown : size, at, (at + size - 1) / size);
	sim_json_close(&call->out, '}');
	return 200;
}
