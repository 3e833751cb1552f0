/* SPDX-License-Identifier: MIT */
/*
 * Account data. A kind is staged whole in memory first and then swapped in one transaction, so a
 * failure leaves yesterday's data as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"

static const char *const no_args[] = { NULL };

struct sync_work {
	int first, last;          /* kinds[first..last] are wanted */
	int kind;                 /* the one at work */
	struct ems_fact *account; /* what the account call said; asked once */
	struct ems_fact *brief;   /* the organization whose details are asked for next */
	struct ems_fact *group;   /* the group whose products are asked for */
	struct ems_fact *staged;
	const char **names;       /* of what is staged, sorted, while it is swapped in */
	size_t n_names;
	emsign_stats stats;
};

static emsign_rc stage_groups(emsign_op *op, emsign_error *err);
static emsign_rc ask_organizations(emsign_op *op, emsign_error *err);
static emsign_rc ask_domains(emsign_op *op, emsign_error *err);
static emsign_rc ask_products(emsign_op *op, emsign_error *err);

/* Where the members that the library fills in are, kind by kind. */
#define PLACE(kind, member) offsetof(emsign_##kind, member)
static const struct sync_kind {
	const char *what;
	const char *kind;
	size_t name, credential, synced_at, gone_at;
	emsign_rc (*begin)(emsign_op *op, emsign_error *err); /* stages all of it, then staged() */
} kinds[] = {
	{ "groups", "group", PLACE(group, number), PLACE(group, credential),
	  PLACE(group, synced_at), PLACE(group, gone_at), stage_groups },
	{ "organizations", "organization", PLACE(organization, number),
	  PLACE(organization, credential), PLACE(organization, synced_at),
	  PLACE(organization, gone_at), ask_organizations },
	{ "domains", "domain", PLACE(domain, name), PLACE(domain, credential),
	  PLACE(domain, synced_at), PLACE(domain, gone_at), ask_domains },
	{ "products", "product", PLACE(product, code), PLACE(product, credential),
	  PLACE(product, synced_at), PLACE(product, gone_at), ask_products },
};
#undef PLACE

#define N_KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

static const char **text_at(void *record, size_t offset)
{
	return (const char **)((char *)record + offset);
}

static int64_t *time_at(void *record, size_t offset)
{
	return (int64_t *)((char *)record + offset);
}

/* --- swapping a generation in --- */

static bool is_staged(const struct sync_work *work, const struct sync_kind *k, const char *name)
{
	for (struct ems_fact *fact = work->staged; fact; fact = fact->next)
		if (fact->kind && ems_text_equal(*text_at(fact->record, k->name), name))
			return true;
	return false;
}

static emsign_rc put_secret(emsign_op *op, const struct ems_fact *fact, emsign_error *err)
{
	char *id = ems_shelf_id(op->account->credential->name, fact->name, NULL);
	emsign_rc rc = id ? ems_vault_put(op->client, id, fact->secret, err) : ems_fail_nomem(err);

	ems_free(id);
	return rc;
}

/* Account data is what the CA says now, not a merge: what was gone and is listed is back. */
static emsign_rc put_staged(emsign_op *op, const struct sync_kind *k, struct ems_fact *fact,
			    emsign_error *err)
{
	struct sync_work *work = op->work;
	void *record = fact->record;
	void *before = NULL;
	emsign_event event = { .verb = op->task->verb, .kind = k->kind };
	char *id;
	emsign_rc rc;

	if (!*text_at(record, k->name))
		return EMSIGN_OK;
	id = ems_shelf_id(op->account->credential->name, *text_at(record, k->name), NULL);
	if (!id)
		return ems_fail_nomem(err);
	*(const char **)record = id;
	*text_at(record, k->credential) = op->account->credential->name;
	*time_at(record, k->synced_at) = ems_client_now(op->client);
	rc = ems_shelf_look(op->client, k->kind, id, &before, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_put(op->client, k->kind, record, err);
	work->stats.seen++;
	if (rc == EMSIGN_OK && before)
		*time_at(before, k->synced_at) = *time_at(record, k->synced_at);
	if (rc == EMSIGN_OK && !(before && ems_record_equal(fact->kind, before, record))) {
		event.type = before ? EMSIGN_EVENT_CHANGED : EMSIGN_EVENT_ADDED;
		event.record = record;
		event.text = id;
		*(before ? &work->stats.changed : &work->stats.added) += 1;
		rc = ems_client_tell(op->client, &event, err);
	}
	ems_free(before);
	*(const char **)record = NULL;
	ems_free(id);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static emsign_rc sort_names(struct sync_work *work, const struct sync_kind *k, emsign_error *err)
{
	size_t n = 0;

	for (struct ems_fact *fact = work->staged; fact; fact = fact->next)
		n++;
	work->names = ems_alloc((n + 1) * sizeof(*work->names));
	work->n_names = 0;
	if (!work->names)
		return ems_fail_nomem(err);
	for (struct ems_fact *fact = work->staged; fact; fact = fact->next)
		if (fact->kind && *text_at(fact->record, k->name))
			work->names[work->n_names++] = *text_at(fact->record, k->name);
	qsort(work->names, work->n_names, sizeof(*work->names), by_name);
	return EMSIGN_OK;
}

static bool is_listed(const struct sync_work *work, const char *name)
{
	return name && bsearch(&name, work->names, work->n_names, sizeof(*work->names), by_name);
}

static emsign_rc mark_gone(emsign_op *op, const struct sync_kind *k, emsign_error *err)
{
	emsign_kv filter[] = { { "credential", op->account->credential->name }, { NULL, NULL } };
	struct sync_work *work = op->work;
	struct ems_kvlist ids = { 0 };
	emsign_rc rc = ems_shelf_ids(op->client, k->kind, filter, &ids, err);

	for (const emsign_kv *id = ems_kvlist_kv(&ids); rc == EMSIGN_OK && id->key; id++) {
		emsign_event event = { .type = EMSIGN_EVENT_GONE, .verb = op->task->verb,
				       .kind = k->kind, .text = id->key };
		void *record = NULL;

		rc = ems_shelf_get(op->client, k->kind, id->key, &record, err);
		if (rc == EMSIGN_OK && !*time_at(record, k->gone_at) &&
		    !is_listed(work, *text_at(record, k->name))) {
			*time_at(record, k->gone_at) = ems_client_now(op->client);
			event.record = record;
			work->stats.gone++;
			rc = ems_shelf_put(op->client, k->kind, record, err);
			if (rc == EMSIGN_OK)
				rc = ems_client_tell(op->client, &event, err);
		}
		ems_free(record);
	}
	ems_kvlist_free(&ids);
	return rc;
}

static emsign_rc swap_in(emsign_op *op, const struct sync_kind *k, emsign_error *err)
{
	struct sync_work *work = op->work;
	emsign_rc rc = emsign_store_begin(op->client->store, err);

	if (rc)
		return rc;
	for (struct ems_fact *fact = work->staged; fact && rc == EMSIGN_OK; fact = fact->next)
		rc = fact->kind ? put_staged(op, k, fact, err) : put_secret(op, fact, err);
	if (rc == EMSIGN_OK)
		rc = sort_names(work, k, err);
	if (rc == EMSIGN_OK)
		rc = mark_gone(op, k, err);
	rc = ems_shelf_end(op->client, rc, err);
	ems_free(work->names);
	work->names = NULL;
	ems_fact_free(work->staged);
	work->staged = NULL;
	return rc;
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
	struct sync_work *work = op->work;

	if (rc == EMSIGN_OK)
		rc = keep_user(op, err);
	if (rc)
		return rc;
	ems_op_move_facts(op, NULL, &work->account);
	return begin_kind(op, err);
}

static emsign_rc begin_kind(emsign_op *op, emsign_error *err)
{
	struct sync_work *work = op->work;
	const struct sync_kind *k = &kinds[work->kind];

	if (!work->account && k->begin != ask_domains)
		return ems_op_ask(op, EMS_VERB_ACCOUNT, got_account, err);
	work->brief = find_fact(work->account, "organization");
	work->group = find_fact(work->account, "group");
	return k->begin(op, err);
}

/* All of a kind is here: it becomes what is known, and the next kind begins. */
static emsign_rc staged(emsign_op *op, emsign_error *err)
{
	struct sync_work *work = op->work;
	emsign_rc rc = swap_in(op, &kinds[work->kind], err);

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

static void stage(struct sync_work *work, struct ems_fact *fact)
{
	fact->next = work->staged;
	work->staged = fact;
}

/* Copies: the account list is wanted again, products are asked for by group. */
static emsign_rc stage_groups(emsign_op *op, emsign_error *err)
{
	struct sync_work *work = op->work;

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
static bool came_before(const struct sync_work *work, const struct ems_fact *brief)
{
	const char *number = ((const emsign_organization *)brief->record)->number;
	struct ems_fact *at = find_fact(work->account, "organization");

	while (at != brief && !ems_text_equal(((emsign_organization *)at->record)->number, number))
		at = find_fact(at->next, "organization");
	return at != brief;
}

static emsign_rc next_details(emsign_op *op, emsign_op **hand, emsign_error *err)
{
	struct sync_work *work = op->work;
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

static emsign_rc ask_organizations(emsign_op *op, emsign_error *err)
{
	const struct ems_crew crew = { .most = (size_t)op->client->limits.parallel,
				       .next = next_details, .ended = details_ended,
				       .then = details_done };

	return ems_crew_begin(op, &crew, err);
}

/* --- domains and products --- */

static emsign_rc got_domains(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct sync_work *work = op->work;

	if (rc)
		return rc;
	ems_op_move_facts(op, "domain", &work->staged);
	return staged(op, err);
}

static emsign_rc ask_domains(emsign_op *op, emsign_error *err)
{
	return ems_op_ask(op, EMS_VERB_DOMAINS, got_domains, err);
}

static emsign_rc got_products(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct sync_work *work = op->work;
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
		if (is_staged(work, &kinds[work->kind], product->code))
			ems_fact_free(fact); /* an earlier group listed it */
		else
			stage(work, fact);
	}
	work->group = find_fact(work->group->next, "group");
	return ask_products(op, err);
}

static emsign_rc ask_products(emsign_op *op, emsign_error *err)
{
	struct sync_work *work = op->work;

	if (!work->group)
		return staged(op, err);
	ems_op_arg(op, "group", ((const emsign_group *)work->group->record)->number);
	return ems_op_ask(op, EMS_VERB_PRODUCTS, got_products, err);
}

static emsign_rc sync_check(emsign_op *op, emsign_error *err)
{
	struct sync_work *work = op->work;
	const char *what = ems_op_given(op, "what");

	work->last = N_KINDS - 1;
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
			"products, all",
			what);
}

static emsign_rc sync_start(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)rc;
	return begin_kind(op, err);
}

static void sync_drop(emsign_op *op)
{
	struct sync_work *work = op->work;

	ems_fact_free(work->account);
	ems_fact_free(work->staged);
}

static const char *const sync_args[] = { "what", NULL };

const struct ems_task ems_task_sync = {
	.verb = "sync", .args = sync_args, .work_size = sizeof(struct sync_work),
	.check = sync_check, .start = sync_start, .drop = sync_drop,
};
