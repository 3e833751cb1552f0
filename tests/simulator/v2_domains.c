/* SPDX-License-Identifier: MIT */
/* The list of domains: filters, order and pages. */
#include "v2.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY 86400000LL

enum sort { SORT_CREATED, SORT_NAME, SORT_VERIFIED, SORT_TILL };

struct filter {
	const char *search, *status, *dcv, *method, *org;
	bool exact, pending;
	long long from, till;
	enum sort sort;
	bool ascending;
	unsigned long shuffle;
};

/* A comma list in which every word is one of these. */
static bool is_list(const char *list, const char *const *words, size_t n)
{
	while (*list) {
		size_t len = strcspn(list, ","), i;

		for (i = 0; i < n; i++)
			if (strlen(words[i]) == len && !strncmp(words[i], list, len))
				break;
		if (i == n)
			return false;
		list += len + (list[len] == ',');
	}
	return true;
}

int sim_v2_domains_range(struct sim_v2_call *call, long preset, long most, long *offset,
			 long *limit)
{
	const char *from = sim_json_str(call->query, "offset");
	const char *n = sim_json_str(call->query, "limit");

	if ((*from && !sim_check_digits(from, 1, 9)) || (*n && !sim_check_digits(n, 1, 9)))
		return sim_v2_no(call, 400, "", "offset and limit are numbers");
	*offset = strtol(from, NULL, 10);
	*limit = *n ? strtol(n, NULL, 10) : preset;
	if (most && *limit > most)
		*limit = most;
	return *limit ? 0 : sim_v2_no(call, 400, "", "limit must be positive");
}

void sim_v2_domains_envelope(struct sim_v2_call *call, long offset, long limit, long total)
{
	sim_json_number(&call->out, "page", offset / limit);
	sim_json_number(&call->out, "size", limit);
	sim_json_number(&call->out, "totalElements", total);
	sim_json_number(&call->out, "totalPages", (total + limit - 1) / limit);
}

static int read_date(struct sim_v2_call *call, const char *key, long long *ms, bool end)
{
	const char *text = sim_json_str(call->query, key);
	bool day = false;

	if (!*text)
		return 0;
	if (!sim_clock_parse(text, ms, &day))
		return sim_v2_no(call, 400, "", sim_v2_words(call, "%s is no date", key));
	if (end && day)
		*ms += DAY - 1;
	return 0;
}

static int read_words(struct sim_v2_call *call, struct filter *f)
{
	static const char *const statuses[] = { "ACTIVE", "INACTIVE", "EXPIRED" };
	static const char *const dcv[] = { "PENDING", "VERIFIED", "REJECTED" };
	static const char *const methods[] = { "dns-txt", "http-url", "dns-cname",
					       "dns-persist" };
	static const char *const sorts[] = { "createdAt", "domainName", "verifiedAt",
					     "validTill" };
	const char *sort = sim_json_str(call->query, "sortBy");
	size_t i;

	if (!is_list(f->status, statuses, 3))
		return sim_v2_no(call, 400, "", "Unknown domainStatus");
	if (!is_list(f->dcv, dcv, 3))
		return sim_v2_no(call, 400, "", "Unknown dcvStatus");
	if (!is_list(f->method, methods, 4))
		return sim_v2_no(call, 400, "", "Unknown dcvMethod");
	for (i = 0; *sort && i < 4 && strcmp(sorts[i], sort) != 0; i++)
		continue;
	if (i == 4)
		return sim_v2_no(call, 400, "", "Unknown sortBy");
	f->sort = (enum sort)i;
	return 0;
}

static int read_filter(struct sim_v2_call *call, struct filter *f)
{
	const struct sim_json *q = call->query;
	const char *group = sim_json_str(q, "groupNumber");
	const struct sim_group *found;
	int status;

	f->search = sim_json_str(q, "search");
	f->exact = sim_v2_true(q, "exactMatch", false);
	f->pending = sim_v2_true(q, "includePending", true);
	f->status = sim_json_str(q, "domainStatus");
	f->dcv = sim_json_str(q, "dcvStatus");
	f->method = sim_json_str(q, "dcvMethod");
	f->org = sim_json_str(q, "organizationId");
	f->ascending = !strcmp(sim_json_str(q, "sortDir"), "asc");
	status = read_words(call, f);
	if (!status)
		status = read_date(call, "fromDate", &f->from, false);
	if (!status)
		status = read_date(call, "toDate", &f->till, true);
	if (!status)
		status = sim_v2_account_group(call, *group ? group :
					      sim_json_str(q, "groupId"), &found);
	return status;
}

/* Organizations are named by either id. */
static bool is_org(struct sim_v2_call *call, const struct filter *f,
		   const struct sim_domain *domain)
{
	return !*f->org || !strcmp(f->org, domain->org) ||
		!strcmp(f->org, sim_v2_domain_org_id(call->arena, domain->org));
}

static bool wanted(struct sim_v2_call *call, const struct filter *f,
		   const struct sim_domain *domain)
{
	const char *dcv = sim_v2_domain_dcv_status(domain);

	if (*f->search && (f->exact ? strcasecmp(domain->name, f->search) != 0 :
			   !strcasestr(domain->name, f->search)))
		return false;
	return sim_check_listed(f->status, sim_v2_domain_status(call->sim, domain)) &&
		sim_check_listed(f->dcv, dcv) && (f->pending || strcmp(dcv, "PENDING") != 0) &&
		sim_check_listed(f->method,
				 sim_v2_method_text(domain->method ? domain->method : '1')) &&
		(!f->from || domain->created >= f->from) &&
		(!f->till || domain->created <= f->till) && is_org(call, f, domain);
}

static long long key_of(const struct sim_domain *domain, enum sort sort)
{
	/* dates alone: within a day the order is nobody's business */
	return (sort == SORT_VERIFIED ? domain->verified : sort == SORT_TILL ? domain->till :
		domain->created) / DAY;
}

static int compare(const void *left, const void *right, void *data)
{
	const struct sim_domain *a = *(const struct sim_domain *const *)left;
	const struct sim_domain *b = *(const struct sim_domain *const *)right;
	const struct filter *f = data;
	long long difference;

	if (f->sort == SORT_NAME) {
		difference = strcasecmp(a->name, b->name);
		if (!difference)
			difference = strcmp(a->id, b->id);
	} else {
		difference = key_of(a, f->sort) - key_of(b, f->sort);
	}
	if (difference)
		return (difference < 0) == f->ascending ? -1 : 1;
	/* equal rows come as the database likes, another way each time */
	return sim_mem_mix(sim_mem_hash(a->id) ^ f->shuffle) <
		sim_mem_mix(sim_mem_hash(b->id) ^ f->shuffle) ? -1 : 1;
}

static void put_row(struct sim_v2_call *call, const struct sim_domain *domain)
{
	struct sim_json_out *out = &call->out;
	const struct sim_org *org = sim_account_org(call->sim, domain->org);

	sim_json_open(out, NULL, '{');
	sim_v2_time(call, "createdAt", domain->created);
	sim_json_text(out, "dcvStatus", sim_v2_domain_dcv_status(domain));
	sim_json_text(out, "domainId", domain->id);
	sim_json_text(out, "domainName", domain->name);
	sim_json_text(out, "organizationId", sim_v2_domain_org_id(call->arena, domain->org));
	sim_json_text(out, "organizationName", org ? org->name : "");
	sim_json_text(out, "status", sim_v2_domain_status(call->sim, domain));
	if (domain->status == '1')
		sim_v2_time(call, "validTill", domain->till / DAY * DAY);
	sim_json_close(out, '}');
}

static long collect(struct sim_v2_call *call, struct filter *f, const struct sim_domain ***rows)
{
	const struct sim_domain *domain;
	size_t n = 0;

	for (domain = call->sim->account.domains; domain; domain = domain->next)
		n++;
	*rows = sim_mem_alloc(call->arena, (n + 1) * sizeof(*rows));
	for (n = 0, domain = call->sim->account.domains; domain; domain = domain->next)
		if (wanted(call, f, domain))
			(*rows)[n++] = domain;
	qsort_r(*rows, n, sizeof(**rows), compare, f);
	return (long)n;
}

int sim_v2_domains_list(struct sim_v2_call *call)
{
	struct filter f = { .shuffle = call->sim->shuffles++ };
	const struct sim_domain **rows;
	long offset, limit, total, i;
	int status = sim_v2_domains_range(call, 50, 0, &offset, &limit);

	if (!status)
		status = read_filter(call, &f);
	if (status)
		return status;
	total = collect(call, &f, &rows);
	sim_json_open(&call->out, NULL, '{');
	sim_json_open(&call->out, "content", '[');
	for (i = offset; i < total && i - offset < limit; i++)
		put_row(call, rows[i]);
	sim_json_close(&call->out, ']');
	sim_v2_domains_envelope(call, offset, limit, total);
	sim_json_close(&call->out, '}');
	return 200;
}
