/* SPDX-License-Identifier: MIT */
/*
 * The table of domains.  A name has a row for each organization, and one more for each time that
 * the earlier row was rejected or switched off; whoever is proved covers the names below it.
 */
#include "sim.h"

#include <string.h>
#include <strings.h>

/* A validation of a domain lasts this long. */
#define DOMAIN_DAYS 398

const char *sim_domain_base(const char *name)
{
	return !strncmp(name, "*.", 2) ? name + 2 : name;
}

static bool is_live(const struct sim_domain *domain)
{
	return !domain->inactive && domain->status != '2';
}

const struct sim_domain *sim_domain_covers(struct sim *sim, const char *name)
{
	const struct sim_domain *domain;
	long long now = sim_clock_now(sim);
	size_t full;

	name = sim_domain_base(name);
	full = strlen(name);
	for (domain = sim->account.domains; domain; domain = domain->next) {
		size_t len = strlen(domain->name);

		if (domain->status != '1' || domain->inactive || domain->inherited ||
		    domain->till < now)
			continue;
		if (!strcasecmp(domain->name, name))
			return domain;
		if (!domain->exact && full > len && name[full - len - 1] == '.' &&
		    !strcasecmp(name + full - len, domain->name))
			return domain;
	}
	return NULL;
}

struct sim_domain *sim_domain_find(struct sim *sim, const char *name, const char *org)
{
	struct sim_domain *domain;

	name = sim_domain_base(name);
	for (domain = sim->account.domains; domain; domain = domain->next)
		if (is_live(domain) && !strcasecmp(domain->name, name) &&
		    (!org || !strcmp(domain->org, org)))
			return domain;
	return NULL;
}

struct sim_domain *sim_domain_by_id(struct sim *sim, const char *id)
{
	struct sim_domain *domain;

	for (domain = sim->account.domains; domain; domain = domain->next)
		if (!strcmp(domain->id, id))
			return domain;
	return NULL;
}

struct sim_domain *sim_domain_add(struct sim *sim, const char *name, const char *org)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	struct sim_domain *domain = sim_mem_alloc(&sim->arena, sizeof(*domain));
	struct sim_domain **end = &sim->account.domains;
	size_t i;

	for (i = 0; i + 1 < sizeof(domain->id); i++)
		domain->id[i] = digits[sim_clock_random(sim) & 63];
	domain->name = sim_mem_text(&sim->arena, sim_domain_base(name));
	domain->org = sim_mem_text(&sim->arena, org);
	domain->status = '0';
	domain->created = sim_clock_now(sim);
	while (*end)
		end = &(*end)->next;
	*end = domain;
	return domain;
}

void sim_domain_of_order(struct sim *sim, const struct sim_order *order, const char *name)
{
	const char *org = order->org ? order->org->number : "";
	const struct sim_domain *from = sim_domain_covers(sim, name);

	if (!sim_domain_find(sim, name, org))
		sim_domain_add(sim, name, org)->order = order;
	if (from)
		sim_domain_inherit(sim, name, from);
}

void sim_domain_prove(struct sim *sim, const char *name, char method, const char *org,
		      long long at)
{
	struct sim_domain *domain;

	if (!sim_domain_find(sim, name, NULL))
		sim_domain_add(sim, name, org);
	name = sim_domain_base(name);
	for (domain = sim->account.domains; domain; domain = domain->next) {
		if (!is_live(domain) || strcasecmp(domain->name, name) != 0)
			continue;
		domain->method = method ? method : '1';
		domain->status = '1';
		domain->inherited = false;
		domain->verified = at;
		domain->till = at + DOMAIN_DAYS * 86400000LL;
		domain->exact = method == '2';
		sim_domain_attempt(sim, domain, domain->method, true, "UNKNOWN",
				   domain->token ? domain->token : "", at);
	}
}

void sim_domain_unprove(struct sim *sim, const char *name, const char *org)
{
	struct sim_domain *domain;

	if (!sim_domain_find(sim, name, NULL))
		sim_domain_add(sim, name, org);
	for (domain = sim->account.domains; domain; domain = domain->next)
		if (!strcasecmp(domain->name, sim_domain_base(name)))
			domain->status = '0';
}

void sim_domain_inherit(struct sim *sim, const char *name, const struct sim_domain *from)
{
	struct sim_domain *domain;

	name = sim_domain_base(name);
	for (domain = sim->account.domains; domain; domain = domain->next) {
		if (domain->status != '0' || domain->inactive ||
		    strcasecmp(domain->name, name) != 0)
			continue;
		domain->status = '1';
		domain->inherited = true;
		domain->method = from->method;
		domain->verified = from->verified > domain->created ? from->verified :
			domain->created;
		domain->till = from->till;
	}
}

void sim_domain_reject(struct sim *sim, const struct sim_order *order)
{
	struct sim_domain *domain;

	for (domain = sim->account.domains; domain; domain = domain->next)
		if (domain->order == order && domain->status == '0')
			domain->status = '2';
}

bool sim_domain_is_shown(const struct sim_domain *domain)
{
	const struct sim_domain *later;

	if (domain->inherited)
		return false;
	for (later = domain->next; later; later = later->next)
		if (!later->inherited && !strcasecmp(later->name, domain->name))
			return false;
	return true;
}

void sim_domain_attempt(struct sim *sim, struct sim_domain *domain, char method, bool verified,
			const char *failure, const char *token, long long at)
{
	struct sim_attempt *attempt = sim_mem_alloc(&sim->arena, sizeof(*attempt));

	snprintf(attempt->id, sizeof(attempt->id), "%ld", 729000 + ++sim->account.n_attempts);
	attempt->at = at;
	attempt->method = method;
	attempt->verified = verified;
	attempt->failure = failure;
	attempt->token = token;
	attempt->next = domain->attempts;
	domain->attempts = attempt;
}
