/* SPDX-License-Identifier: MIT */
/* GetOrderReport: what it asks for, and its rows. */
#include "listing.h"

#include <string.h>

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

static struct sim_result read_page(struct sim_call *call, struct sim_search *s)
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

static struct sim_result read_dates(struct sim_call *call, struct sim_search *s)
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

static struct sim_result read_search(struct sim_call *call, struct sim_search *s)
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
	s->state = "";
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

static void put_chain(struct sim_listing *page, const struct sim_order *order)
{
	const struct sim_ca *ca = order->product->family == SIM_PRIVATE ?
		&page->sim->private_ca : &page->sim->public_ca;
	bool has = order->cert.pem != NULL;

	sim_json_text(&page->out, "rootCertificate", has ? ca->root_pem : "");
	sim_json_text(&page->out, "caCertificate", has ? ca->issuing_pem : "");
	sim_json_text(&page->out, "endEntityCertificate", order->cert.pem);
}

static void put_row(struct sim_listing *page, const struct sim_order *order)
{
	struct sim_json_out *out = &page->out;
	struct sim_arena *arena = page->arena;
	long long left = order->cert.not_after - sim_clock_now(page->sim);
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
	sim_json_text(out, "issuerCA", sim_listing_issuer(order));
	sim_json_text(out, "expiresWithin",
		      valid ? sim_mem_printf(arena, "%lld", left / 86400000) : "");
	put_tags(out, order->tags);
	put_custom(out, order->custom);
	if (page->search.chain)
		put_chain(page, order);
	sim_json_close(out, '}');
}

static void put_report(struct sim_call *call, const struct sim_listing *page)
{
	struct sim_json_out *out = &call->out;
	long lie = sim_fault_is(call->fault, "wrong-total") ? call->fault->number : 0;
	long pages = sim_listing_pages(page);

	pages += sim_fault_is(call->fault, "wrong-pages") ? call->fault->number : 0;
	sim_json_open(out, "orderDetails", '{');
	sim_json_number(out, "noOfPages", pages);
	sim_json_number(out, "totalNoOfResults", page->seen + lie);
	sim_json_open(out, "ordersArray", '[');
	sim_buf_add(out->buf, page->rows.data, page->rows.len);
	sim_json_close(out, ']');
	sim_json_number(out, "pageSize", page->shown);
	sim_json_text(out, "currentPage", sim_mem_printf(call->arena, "%ld", page->search.page));
	sim_json_close(out, '}');
}

/* The search without its page. */
static const char *identity_of(struct sim_call *call)
{
	struct sim_buf text = { 0 };
	struct sim_json_out out = { .buf = &text };
	const struct sim_json *member;
	const char *identity;

	for (member = call->details->first; member; member = member->next)
		if (strcmp(member->key, "pageNumber") != 0)
			sim_json_value(&out, member->key, member);
	identity = sim_mem_text(call->arena, text.data);
	sim_buf_free(&text);
	return identity;
}

struct sim_result sim_report_list(struct sim_call *call)
{
	struct sim_listing page = { .sim = call->sim, .arena = call->arena, .fault = call->fault,
				    .put = put_row };
	struct sim_result result = read_search(call, &page.search);

	if (result.code)
		return result;
	page.search.identity = identity_of(call);
	/* the counters come first on the wire, but are known last */
	sim_listing_run(&page);
	put_report(call, &page);
	sim_buf_free(&page.rows);
	return SIM_OK;
}
