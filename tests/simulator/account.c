/* SPDX-License-Identifier: MIT */
/* The account: its user, groups, organizations and domains, and the calls that show them. */
#include "sim.h"

#include <string.h>

static struct sim_org *add_org(struct sim *sim, const char *number, const char *name,
			       const char *validation_for, bool validated)
{
	struct sim_org *org = sim_mem_alloc(&sim->arena, sizeof(*org));
	struct sim_org **end = &sim->account.orgs;
	char *token = sim_clock_hex(sim, 32), *c;

	for (c = token; *c; c++)
		if (*c >= 'a')
			*c -= 32;
	org->number = sim_mem_text(&sim->arena, number);
	org->group = "";
	org->name = sim_mem_text(&sim->arena, name);
	org->token = token;
	org->validation_for = sim_mem_text(&sim->arena, validation_for);
	org->validated = validated;
	while (*end)
		end = &(*end)->next;
	*end = org;
	return org;
}

static void add_group(struct sim *sim, const char *number, const char *name, const char *finance,
		      bool is_default, long long balance)
{
	struct sim_group *group = sim_mem_alloc(&sim->arena, sizeof(*group));
	struct sim_group **end = &sim->account.groups;

	group->number = number;
	group->name = name;
	group->finance = finance;
	group->is_default = is_default;
	group->balance = balance;
	while (*end)
		end = &(*end)->next;
	*end = group;
}

void sim_account_seed(struct sim *sim)
{
	sim->account.email = "alex@example.com";
	sim->account.balance = 50000000;
	add_group(sim, "6787449116", "default", "1", true, 0);
	add_group(sim, "6787449224", "second", "2", false, 1000000);
	add_org(sim, "3325789", "Example Corp", "2", true);
	add_org(sim, "3325790", "Example Mail Corp", "3", true);
	add_org(sim, "3325801", "Unvetted Corp", "1", false);
	sim_domain_prove(sim, "corp.example", '1', "3325789", sim_clock_now(sim));
	sim_catalogue_seed(sim);
}

struct sim_group *sim_account_group(struct sim *sim, const char *number)
{
	struct sim_group *group;

	for (group = sim->account.groups; group; group = group->next)
		if (*number ? !strcmp(group->number, number) : group->is_default)
			return group;
	return NULL;
}

struct sim_org *sim_account_org(struct sim *sim, const char *number)
{
	struct sim_org *org;

	for (org = sim->account.orgs; org; org = org->next)
		if (!strcmp(org->number, number))
			return org;
	return NULL;
}

long long *sim_account_purse(struct sim *sim, const struct sim_group *group)
{
	struct sim_group *own = sim_account_group(sim, group->number);

	return own && !strcmp(own->finance, "2") ? &own->balance : &sim->account.balance;
}

struct sim_result sim_account_validate(struct sim_call *call)
{
	(void)call;
	return SIM_OK;
}

char *sim_account_money(struct sim_arena *arena, long long cents)
{
	return sim_mem_printf(arena, "%lld.%02lld", cents / 100, cents % 100);
}

static void put_money(struct sim_call *call, const char *key, long long cents)
{
	sim_json_text(&call->out, key, sim_account_money(call->arena, cents));
}

static void put_group(struct sim_call *call, const struct sim_group *group)
{
	struct sim_json_out *out = &call->out;
	const struct sim_org *org;
	bool own = !strcmp(group->finance, "2");

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "isDefaultGroup", group->is_default ? "1" : "0");
	sim_json_text(out, "groupName", group->name);
	if (own) {
		put_money(call, "groupBalance", group->balance);
		sim_json_text(out, "accountBalance", "");
	} else {
		sim_json_text(out, "groupBalance", "");
		put_money(call, "accountBalance", call->sim->account.balance);
	}
	sim_json_open(out, "organizationDetails", '[');
	for (org = call->sim->account.orgs; org; org = org->next) {
		if (!org->validated || (*org->group && strcmp(org->group, group->number) != 0))
			continue;
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "organizationName", org->name);
		sim_json_text(out, "organizationNumber", org->number);
		sim_json_text(out, "validationFor", org->validation_for);
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_text(out, "groupNumber", group->number);
	sim_json_text(out, "finance", group->finance);
	sim_json_close(out, '}');
}

static void put_groups(struct sim_call *call, const struct sim_group *only)
{
	struct sim_json_out *out = &call->out;
	const struct sim_group *group;

	sim_json_open(out, "accountDetails", '{');
	sim_json_text(out, "roleId", "1");
	sim_json_text(out, "mobileNumber", "5550000000");
	sim_json_text(out, "fullName", "Alex Example");
	sim_json_open(out, "groups", '[');
	for (group = call->sim->account.groups; group; group = group->next)
		if (!only || only == group)
			put_group(call, group);
	sim_json_close(out, ']');
	sim_json_text(out, "isdCode", "1");
	sim_json_text(out, "designation", "Engineer");
	sim_json_text(out, "email", call->sim->account.email);
	sim_json_close(out, '}');
}

struct sim_result sim_account_groups(struct sim_call *call)
{
	put_groups(call, NULL);
	return SIM_OK;
}

struct sim_result sim_account_groups_v2(struct sim_call *call)
{
	const char *number = sim_json_str(call->details, "groupNumber");
	const struct sim_group *group = sim_account_group(call->sim, number);

	if (!call->details)
		return SIM_NO(901);
	if (!*number)
		return SIM_NO(1136);
	if (!group)
		return SIM_NO(1137);
	put_groups(call, group);
	return SIM_OK;
}

static void put_org(struct sim_call *call, const struct sim_org *org)
{
	struct sim_json_out *out = &call->out;
	const struct sim_domain *domain;

	sim_json_open(out, "organizationDetails", '{');
	sim_json_text(out, "organizationNumber", org->number);
	sim_json_text(out, "prevettingToken", org->validated ? org->token : "");
	sim_json_text(out, "organizationName", org->name);
	sim_json_text(out, "organizationCountryCode", "US");
	sim_json_text(out, "organizationStateName", "Ohio");
	sim_json_text(out, "organizationStateId", "1760");
	sim_json_text(out, "organizationStateCode", "OH");
	sim_json_text(out, "organizationLocality", "Cleveland");
	sim_json_text(out, "organizationStreetAddress1", "1 Main St");
	sim_json_text(out, "organizationStreetAddress2", "");
	sim_json_text(out, "organizationPostalCode", "44101");
	sim_json_text(out, "organizationStatusId", "1");
	sim_json_text(out, "validationStatusId", org->validated ? "1" : "0");
	sim_json_text(out, "validationFor", org->validation_for);
	sim_json_text(out, "businessCategoryId", "1");
	sim_json_open(out, "domains", '[');
	for (domain = call->sim->account.domains; domain; domain = domain->next)
		if (!strcmp(domain->org, org->number) && sim_domain_is_shown(domain))
			sim_json_text(out, NULL, domain->name);
	sim_json_close(out, ']');
	sim_json_open(out, "orgRepresentatives", '[');
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "representativeNumber", "3226512684");
	sim_json_text(out, "name", "Alex Example");
	sim_json_text(out, "emailId", call->sim->account.email);
	sim_json_text(out, "isdCode", "1");
	sim_json_text(out, "mobileNumber", "5550000000");
	sim_json_text(out, "designation", "Manager");
	sim_json_close(out, '}');
	sim_json_close(out, ']');
	sim_json_open(out, "subscriberAgreement", '{');
	sim_json_text(out, "signerName", org->validated ? "Alex Example" : "");
	sim_json_text(out, "signedDate", org->validated ? "2025-01-02 10:05:13" : "");
	sim_json_text(out, "signedPlace", org->validated ? "Cleveland" : "");
	sim_json_text(out, "status", org->validated ? "1" : "0");
	sim_json_close(out, '}');
	sim_json_close(out, '}');
}

struct sim_result sim_account_organization(struct sim_call *call)
{
	const char *number = sim_json_str(call->details, "organizationNumber");
	const struct sim_group *group =
		sim_account_group(call->sim, sim_json_str(call->details, "groupNumber"));
	const struct sim_org *org = sim_account_org(call->sim, number);

	if (!call->details)
		return SIM_NO(901);
	if (!*number)
		return SIM_NO(1134);
	if (!group)
		return SIM_NO(1137);
	if (!org)
		return SIM_NO(1135);
	if (*org->group && strcmp(org->group, group->number) != 0)
		return SIM_NO(1161);
	put_org(call, org);
	return SIM_OK;
}

static void put_domain(struct sim_call *call, const struct sim_domain *domain)
{
	struct sim_json_out *out = &call->out;
	const struct sim_org *org = sim_account_org(call->sim, domain->org);
	bool over = domain->till && domain->till < sim_clock_now(call->sim);
	const char method[] = { domain->method > '3' ? '1' : domain->method, '\0' };
	const char status[] = { domain->status, '\0' };

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "domainName", domain->name);
	sim_json_text(out, "organizationName", org ? org->name : "");
	sim_json_text(out, "organizationNumber", domain->org);
	sim_json_text(out, "dcvMethod", method);
	sim_json_text(out, "dcvStatus", status);
	sim_json_text(out, "createdDate", sim_clock_text(call->arena, domain->created));
	sim_json_text(out, "expiryDate",
		      sim_clock_text(call->arena, domain->status == '1' ? domain->till : 0));
	sim_json_text(out, "status", domain->inactive ? "2" : over ? "3" : "1");
	sim_json_close(out, '}');
}

struct sim_result sim_account_domains(struct sim_call *call)
{
	const struct sim_domain *domain;

	sim_json_open(&call->out, "domainDetails", '[');
	for (domain = call->sim->account.domains; domain; domain = domain->next)
		if (sim_domain_is_shown(domain))
			put_domain(call, domain);
	sim_json_close(&call->out, ']');
	return SIM_OK;
}

/* No source shows this answer: one line per order, with the paging of GetOrderReport. */
struct sim_result sim_account_ledger(struct sim_call *call)
{
	struct sim_json_out *out = &call->out;
	const char *page = sim_json_str(call->details, "pageNumber");
	const char *size = sim_json_str(call->details, "pageSize");
	long rows = *size ? strtol(size, NULL, 10) : 100, skip;
	const struct sim_order *order;
	long n_lines = 0, at = 0;

	if (!call->details)
		return SIM_NO(901);
	if (!sim_account_group(call->sim, sim_json_str(call->details, "groupNumber")))
		return SIM_NO(1137);
	if (*page && (!sim_check_digits(page, 1, 9) || !strtol(page, NULL, 10)))
		return SIM_NO(1114);
	if (rows < 1 || rows > 500)
		return SIM_NO(1115);
	skip = ((*page ? strtol(page, NULL, 10) : 1) - 1) * rows;
	sim_json_open(out, "statementDetails", '{');
	sim_json_open(out, "statements", '[');
	for (order = call->sim->orders; order; order = order->next) {
		if (!order->price || order->index >= 0)
			continue;
		n_lines++;
		if (at++ < skip || at > skip + rows)
			continue;
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "date", sim_clock_text(call->arena, order->placed));
		sim_json_text(out, "orderNumber", order->number);
		sim_json_text(out, "productCode", order->product->code);
		sim_json_text(out, "groupNumber", order->group->number);
		put_money(call, "amount", order->price);
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_number(out, "totalNoOfResults", n_lines);
	sim_json_number(out, "noOfPages", (n_lines + rows - 1) / rows);
	sim_json_text(out, "currentPage", *page ? page : "1");
	sim_json_close(out, '}');
	return SIM_OK;
}
