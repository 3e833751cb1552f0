/* SPDX-License-Identifier: MIT */
/*
 * Account data. A kind is staged whole in memory first and then swapped in one transaction, so a
 * failure leaves yesterday's data as it was.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/domain.h"
#include "client/sync.h"

static const char *const no_args[] = { NULL };

static emsign_rc stage_groups(emsign_op *op, emsign_error *err);
static emsign_rc ask_organizations(emsign_op *op, emsign_error *err);
static emsign_rc ask_domains(emsign_op *op, emsign_error *err);
static emsign_rc ask_products(emsign_op *op, emsign_error *err);
static emsign_rc list_fields(emsign_op *op, emsign_error *err);

#define PLACE(kind, member) offsetof(emsign_##kind, member)
#define KIND(what_, kind_, name_, ...)                                                         \
	{ .what = (what_), .kind = #kind_, .name = PLACE(kind_, name_),                        \
	  .credential = PLACE(kind_, credential), .synced_at = PLACE(kind_, synced_at),        \
	  .gone_at = PLACE(kind_, gone_at), __VA_ARGS__ }
static const struct ems_sync_kind kinds[] = {
	KIND("groups", group, number, .begin = stage_groups),
	KIND("organizations", organization, number, .begin = ask_organizations),
	KIND("domains", domain, name, .begin = ask_domains, .better = ems_domain_better),
	KIND("products", product, code, .begin = ask_products),
	/* a question for each product: only who asks for them gets them */
	KIND("custom_fields", custom_field, number, .begin = list_fields,
	     .within = PLACE(custom_field, product)),
};
#undef KIND
#undef PLACE

#define N_KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))
#define LAST_OF_ALL (N_KINDS - 2)

static bool is_staged(const struct ems_sync_work *work, const char *code)
{
	for (struct ems_fact *fact = work->staged; fact; fact = fact->next)
		if (ems_text_equal(((const emsign_product *)fact->record)->code, code))
			return true;
	return false;
}

/* --- asking --- */

static emsign_rc keep_user(emsign_op *op, emsign_error *err)
{
	const emsign_user *fact = ems_op_fact(op, "user");
	emsign_user user;
	char *id;
	emsign_rc rc;

	if (!fact)
		return EMSIGN_OK;
	user = *fact;
	id = ems_shelf_id(op->account->credential->name, op->account->credential->account_number,
			  NULL);
	if (!id)
		return ems_fail_nomem(err);
	user.id = id;
	user.credential = op->account->credential->name;
	user.account_number = op->account->credential->account_number;
	user.synced_at = ems_client_now(op->client);
	rc = ems_shelf_put(op->client, "user", &user, err);
	ems_free(id);
	return rc;
}

static struct ems_fact *find_fact(struct ems_fact *from, const char *kind)
{
	while (from && !(from->kind && strcmp(from->kind->name, kind) == 0))
		from = from->next;
	return from;
}

static emsign_rc begin_kind(emsign_op *op, emsign_error *err);

static emsign_rc got_account(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = keep_user(op, err);
	if (rc)
		return rc;
	work->asked = true;
	ems_op_move_facts(op, NULL, &work->account);
	return begin_kind(op, err);
}

static emsign_rc begin_kind(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	const struct ems_sync_kind *k = &kinds[work->kind];

	if (!work->asked && k->begin != ask_domains && k->begin != list_fields)
		return ems_op_ask(op, EMS_VERB_ACCOUNT, got_account, err);
	work->brief = find_fact(work->account, "organization");
	work->group = find_fact(work->account, "group");
	return k->begin(op, err);
}

/* All of a kind is here: it becomes what is known, and the next kind begins. */
static emsign_rc staged(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	emsign_rc rc = ems_staged_swap(op, &kinds[work->kind], err);

	if (rc == EMSIGN_OK)
		rc = ems_client_progress(op->client, op->task->verb, kinds[work->kind].what,
					 work->kind - work->first + 1, work->last - work->first + 1,
					 err);
	if (rc)
		return rc;
	if (++work->kind <= work->last)
		return begin_kind(op, err);
	work->stats.id = ems_op_given(op, "what") ? ems_op_given(op, "what") : "all";
	work->stats.total = work->stats.seen;
	work->stats.complete = 1;
	return ems_op_stats(op, &work->stats, err);
}

static void stage(struct ems_sync_work *work, struct ems_fact *fact)
{
	fact->next = work->staged;
	work->staged = fact;
}

/* Copies: the account list is wanted again, products are asked for by group. */
static emsign_rc stage_groups(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	for (; work->group; work->group = find_fact(work->group->next, "group")) {
		struct ems_fact *copy = ems_alloc(sizeof(*copy));

		if (!copy)
			return ems_fail_nomem(err);
		copy->kind = work->group->kind;
		copy->record = ems_record_copy(copy->kind, work->group->record);
		stage(work, copy);
		if (!copy->record)
			return ems_fail_nomem(err);
	}
	return staged(op, err);
}

/* --- organizations, several at once --- */

struct details_work {
	const emsign_organization *brief; /* of the boss, whose list it is */
	struct ems_fact *facts;
};

static emsign_rc details_came(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)err;
	if (rc == EMSIGN_OK)
		ems_op_move_facts(op, NULL, &((struct details_work *)op->work)->facts);
	return rc;
}

static emsign_rc details_ask(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	const struct details_work *work = op->work;

	(void)rc;
	ems_op_arg(op, "organization", work->brief->number);
	ems_op_arg(op, "group", work->brief->group);
	return ems_op_ask(op, EMS_VERB_ORGANIZATION, details_came, err);
}

static void details_drop(emsign_op *op)
{
	ems_fact_free(((struct details_work *)op->work)->facts);
}

static const struct ems_task details_task = {
	.verb = "sync", .args = no_args, .work_size = sizeof(struct details_work),
	.start = details_ask, .drop = details_drop,
};

/* Two groups may list the same organization. */
static bool came_before(const struct ems_sync_work *work, const struct ems_fact *brief)
{
	const char *number = ((const emsign_organization *)brief->record)->number;
	struct ems_fact *at = find_fact(work->account, "organization");

	while (at != brief && !ems_text_equal(((emsign_organization *)at->record)->number, number))
		at = find_fact(at->next, "organization");
	return at != brief;
}

static emsign_rc next_details(emsign_op *op, emsign_op **hand, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	emsign_rc rc;

	while (work->brief && came_before(work, work->brief))
		work->brief = find_fact(work->brief->next, "organization");
	if (!work->brief)
		return EMSIGN_OK;
	rc = ems_op_new(op->account, &details_task, NULL, hand, err);
	if (rc)
		return rc;
	((struct details_work *)(*hand)->work)->brief = work->brief->record;
	work->brief = find_fact(work->brief->next, "organization");
	return EMSIGN_OK;
}

/* What the account call said about an organization fills what its details leave out. */
static emsign_rc details_ended(emsign_op *op, emsign_op *hand, emsign_rc rc, emsign_error *err)
{
	struct details_work *details = hand->work;

	while (rc == EMSIGN_OK && details->facts) {
		struct ems_fact *fact = details->facts;
		void *merged;

		details->facts = fact->next;
		stage(op->work, fact);
		if (!fact->kind || strcmp(fact->kind->name, "organization") != 0)
			continue;
		merged = ems_record_merge(fact->kind, details->brief, fact->record);
		if (!merged)
			return ems_fail_nomem(err);
		ems_free(fact->record);
		fact->record = merged;
	}
	return rc;
}

static emsign_rc details_done(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return staged(op, err);
}

static emsign_rc ask_details(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	const struct ems_crew crew = { .most = (size_t)op->client->limits.parallel,
				       .next = next_details, .ended = details_ended,
				       .then = details_done };

	work->brief = find_fact(work->account, "organization");
	return ems_crew_begin(op, &crew, err);
}

static emsign_rc list_next_group(emsign_op *op, emsign_error *err);

static emsign_rc got_briefs(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	if (rc)
		return rc;
	ems_op_move_facts(op, "organization", &work->account);
	if (!work->group)
		return ask_details(op, err);
	work->group = find_fact(work->group->next, "group");
	return list_next_group(op, err);
}

/* Group by group, because an organization does not say of which it is; then those of none. */
static emsign_rc list_next_group(emsign_op *op, emsign_error *err)
{
	const struct ems_sync_work *work = op->work;

	if (work->group)
		ems_op_arg(op, "group", ((const emsign_group *)work->group->record)->number);
	return ems_op_ask(op, EMS_VERB_ORGANIZATIONS, got_briefs, err);
}

/* Where the account call tells of organizations, there is no question for their list. */
static emsign_rc ask_organizations(emsign_op *op, emsign_error *err)
{
	if (ems_dialect_row(op->account->dialect, EMS_VERB_ORGANIZATIONS, NULL))
		return list_next_group(op, err);
	return ask_details(op, err);
}

/* --- domains and products --- */

#define DOMAINS_PAGE 100

static emsign_rc got_domains(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	if (rc)
		return rc;
	ems_op_move_facts(op, "domain", &work->staged);
	if (op->turn.verdict.pages > work->page && op->turn.verdict.rows > 0)
		return ask_domains(op, err);
	return staged(op, err);
}

static emsign_rc ask_domains(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	ems_op_arg_int(op, "page", ++work->page);
	ems_op_arg_int(op, "size", DOMAINS_PAGE);
	return ems_op_ask(op, EMS_VERB_DOMAINS, got_domains, err);
}

static emsign_rc got_products(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	const emsign_group *group = work->group->record;
	struct ems_fact *listed = NULL;

	if (rc)
		return rc;
	ems_op_move_facts(op, "product", &listed);
	while (listed) {
		struct ems_fact *fact = listed;
		emsign_product *product = fact->record;

		listed = fact->next;
		fact->next = NULL;
		product->group = group->number; /* lives as long as the work */
		if (is_staged(work, product->code))
			ems_fact_free(fact); /* an earlier group listed it */
		else
			stage(work, fact);
	}
	work->group = find_fact(work->group->next, "group");
	return ask_products(op, err);
}

static emsign_rc ask_products(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	if (!work->group)
		return staged(op, err);
	ems_op_arg(op, "group", ((const emsign_group *)work->group->record)->number);
	return ems_op_ask(op, EMS_VERB_PRODUCTS, got_products, err);
}

/* --- custom fields --- */

static emsign_rc ask_fields(emsign_op *op, emsign_error *err);

/* A product may take none at all, which some answer with a refusal. */
static emsign_rc got_fields(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_sync_work *work = op->work;

	if (rc && rc != EMSIGN_E_NOTFOUND)
		return rc;
	ems_op_move_facts(op, "custom_field", &work->staged);
	return ask_fields(op, err);
}

static emsign_rc ask_fields(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	const char *id;

	if (work->at == work->products.n)
		return staged(op, err);
	id = work->products.items[work->at++].key; /* CREDENTIAL/CODE */
	ems_op_arg(op, "product", strchr(id, '/') + 1);
	return ems_op_ask(op, EMS_VERB_CUSTOM_FIELDS, got_fields, err);
}

static emsign_rc list_fields(emsign_op *op, emsign_error *err)
{
	const emsign_kv filter[] = { { "credential", op->account->credential->name },
				     { "gone_at", NULL }, { NULL, NULL } };
	struct ems_sync_work *work = op->work;
	emsign_rc rc = ems_shelf_ids(op->client, "product", filter, &work->products, err);

	if (rc == EMSIGN_OK && work->products.n == 0)
		rc = ems_fail(err, EMSIGN_E_STATE, "no products are known here whose custom fields "
			      "could be asked for; synchronise 'products' first");
	return rc ? rc : ask_fields(op, err);
}

/* --- the verb --- */

static emsign_rc sync_check(emsign_op *op, emsign_error *err)
{
	struct ems_sync_work *work = op->work;
	const char *what = ems_op_given(op, "what");

	work->last = LAST_OF_ALL;
	if (!what || strcmp(what, "all") == 0)
		return EMSIGN_OK;
	for (int i = 0; i < N_KINDS; i++) {
		if (strcmp(kinds[i].what, what) != 0)
			continue;
		work->first = i;
		work->kind = i;
		work->last = i;
		return EMSIGN_OK;
	}
	return ems_fail(err, EMSIGN_E_INVALID,
			"cannot synchronise '%.40s'; possible: groups, organizations, domains, "
			"products, custom_fields, all",
			what);
}

static emsign_rc sync_start(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return begin_kind(op, err);
}

static void sync_drop(emsign_op *op)
{
	struct ems_sync_work *work = op->work;

	ems_fact_free(work->account);
	ems_fact_free(work->staged);
	ems_kvlist_free(&work->products);
}

static const char *const sync_args[] = { "what", NULL };

const struct ems_task ems_task_sync = {
	.verb = "sync", .args = sync_args, .work_size = sizeof(struct ems_sync_work),
	.check = sync_check, .start = sync_start, .drop = sync_drop,
};
