/* SPDX-License-Identifier: MIT */
#include "wire/v2.h"


#include "base/text.h"
#include "base/time.h"

/* What the CA takes for a page everywhere; it clamps a report to as many. */
#define PAGE_SIZE "100"
#define PAGES_MAX (INT64_C(1) << 32)

static const struct ems_block blocks[] = {
	{ EMS_VERB_SUBMIT_CSR, NULL, {
		{ "csr", "csr", NULL, NULL },
	} },
	{ EMS_VERB_CHALLENGE, NULL, {
		{ "domain", "domain", NULL, NULL },
		{ "method", "method", ems_v2_methods_order, NULL },
	} },
	{ EMS_VERB_VERIFY, NULL, {
		{ "domain", "domain", NULL, NULL },
		{ "method", "method", ems_v2_methods_order, NULL },
	} },
	{ EMS_VERB_CANCEL, NULL, {
		{ "reason", "remarks", NULL, "canceled with libemsign" },
	} },
	{ EMS_VERB_CANCEL_DRAFT, NULL, {
		{ "reason", "remarks", NULL, "canceled with libemsign" },
	} },
	{ EMS_VERB_REVOKE, NULL, {
		{ "reason", "reason", ems_v2_reasons, NULL },
		{ "note", "comments", NULL, "revoked with libemsign" },
	} },
	{ EMS_VERB_REISSUE, NULL, {
		{ "revokeReason", "revoke_reason", ems_v2_reasons, "superseded" },
	} },
	{ EMS_VERB_DOMAIN_ADD, NULL, {
		{ "domainName", "domain", NULL, NULL },
		{ "organizationId", "organization", NULL, NULL },
		{ "dcvMethod", "method", ems_v2_methods_domain, NULL },
	} },
	{ EMS_VERB_DOMAIN_METHOD, NULL, {
		{ "dcvMethod", "method", ems_v2_methods_domain, NULL },
	} },
};

static const struct ems_block *find_block(enum ems_verb verb)
{
	return ems_line_block(blocks, sizeof(blocks) / sizeof(blocks[0]), verb);
}

emsign_rc ems_v2_ask_check(const struct ems_call *call, emsign_error *err)
{
	if (call->verb == EMS_VERB_PLACE)
		return ems_v2_order_check(call, err);
	return ems_line_check(find_block(call->verb), call->args, err);
}

/* --- bodies --------------------------------------------------------------------------------- */

void ems_v2_ask(const struct ems_call *call, struct ems_jsonout *body)
{
	const struct ems_block *block = find_block(call->verb);

	if (block)
		ems_line_put(body, block->lines, call->args);
}

void ems_v2_ask_accept(const struct ems_call *call, struct ems_jsonout *body)
{
	ems_v2_order_agreement(call->args, body);
}

/* A new key for the same names, or other names for the same key. */
void ems_v2_ask_reissue(const struct ems_call *call, struct ems_jsonout *body)
{
	static const struct ems_line reason[] = {
		{ "reason", "remarks", NULL, "reissued with libemsign" },
		{ "csr", "csr", NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	static const struct ems_line previous[] = {
		{ "revokePrevious", "revoke_previous", ems_v2_yes_no, "false" },
		{ NULL, NULL, NULL, NULL },
	};

	ems_jsonout_text(body, "mode", ems_kv_get(call->args, "csr") ? "rekey" : "update-sans");
	ems_line_put(body, reason, call->args);
	ems_line_list(body, "additionalDomains", call->args, "san", NULL);
	ems_line_put_bare(body, previous, call->args);
	if (ems_kv_yes(call->args, "revoke_previous"))
		ems_v2_ask(call, body);
}

void ems_v2_ask_domain(const struct ems_call *call, struct ems_jsonout *body)
{
	ems_v2_ask(call, body);
	ems_jsonout_raw(body, "skipCAA", "false");
}

/* --- queries -------------------------------------------------------------------------------- */

static const struct ems_line group[] = {
	{ "groupNumber", "group", NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

void ems_v2_query_group(const struct ems_call *call, struct ems_query *query)
{
	ems_query_lines(query, group, call->args);
}

void ems_v2_query_challenge(const struct ems_call *call, struct ems_query *query)
{
	ems_query_lines(query, find_block(call->verb)->lines, call->args);
}

/* Pages by the number of their first row, from 0 on. */
static void put_rows(const struct ems_call *call, struct ems_query *query)
{
	static const struct ems_line limit[] = {
		{ "limit", "size", NULL, PAGE_SIZE },
		{ NULL, NULL, NULL, NULL },
	};
	int64_t page, size;
	char offset[EMS_TEXT_INT];

	if (!ems_text_int(ems_kv_get(call->args, "page"), 1, PAGES_MAX, &page))
		page = 1;
	if (!ems_text_int(ems_line_value(limit, call->args), 1, INT16_MAX, &size))
		size = 0;
	ems_text_put_int(offset, (page - 1) * size);
	ems_query_add(query, "offset", offset);
	ems_query_lines(query, limit, call->args);
}

/* In the order that the CA would choose, pages lose rows. */
void ems_v2_query_domains(const struct ems_call *call, struct ems_query *query)
{
	static const struct ems_line lines[] = {
		{ "sortBy", NULL, NULL, "domainName" },
		{ "sortDir", NULL, NULL, "asc" },
		{ "search", "domain", NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};

	put_rows(call, query);
	ems_query_lines(query, lines, call->args);
}

void ems_v2_query_attempts(const struct ems_call *call, struct ems_query *query)
{
	put_rows(call, query);
}

static void put_day(struct ems_query *query, const char *wire, const char *seconds)
{
	char day[EMS_TIME_TEXT];
	int64_t t;

	if (!ems_text_int(seconds, 0, INT64_MAX, &t))
		return;
	ems_time_date(t, day);
	ems_query_add(query, wire, day);
}

/* Pages by number, from 1 on. Other criteria than these the CA does not know. */
void ems_v2_query_report(const struct ems_call *call, struct ems_query *query)
{
	static const struct ems_line lines[] = {
		{ "page", "page", NULL, "1" },
		{ "size", "size", NULL, PAGE_SIZE },
		{ NULL, NULL, NULL, NULL },
	};
	const char *from = ems_kv_get(call->args, "from");

	ems_query_lines(query, lines, call->args);
	put_day(query, "from", from ? from : ems_kv_get(call->args, "since"));
	put_day(query, "to", ems_kv_get(call->args, "till"));
	ems_v2_query_group(call, query);
}
