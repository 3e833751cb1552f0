/* SPDX-License-Identifier: MIT */
/* sync, import, ledger: what the CA knows comes here */
#include "cli.h"

#include <string.h>
#include <time.h>

static emsign_rc sync_one(struct call *c, const char *credential, const char *what)
{
	const emsign_kv args[] = { { "what", what }, { NULL, NULL } };
	emsign_account *account = NULL;
	emsign_stats *stats = NULL;
	emsign_rc rc = session_account(c, credential, &account);

	if (rc == EMSIGN_OK)
		rc = session_run(c, account, "sync", args, &stats);
	if (rc == EMSIGN_OK)
		rc = output_stats(c, credential, stats);
	emsign_free(stats);
	emsign_account_free(account);
	return rc;
}

emsign_rc verb_sync(struct call *c)
{
	static const char kinds[] = "groups organizations domains products custom_fields all";
	const char *what = NULL;
	struct form names = { 0 };
	emsign_rc rc = EMSIGN_OK;

	for (int i = 0; i < c->n_args; i++) {
		if (list_has(kinds, ' ', c->args[i], strlen(c->args[i])) && !what)
			what = c->args[i];
		else if (!names.n)
			form_add(&names, "credential", c->args[i]);
		else
			rc = call_fail(c, EMSIGN_E_INVALID,
				       "'%s' cannot be synchronised; possible: %s", c->args[i],
				       kinds);
	}
	if (rc == EMSIGN_OK && !names.n) {
		rc = find_credentials(c, &names);
		if (rc == EMSIGN_OK && !names.n)
			rc = call_fail(c, EMSIGN_E_NOTFOUND,
				       "there is no credential yet; see emsign "
				       "credential add --help");
	}
	for (size_t i = 0; rc == EMSIGN_OK && i < names.n; i++)
		rc = sync_one(c, names.items[i].value, what ? what : "all");
	form_free(&names);
	return rc;
}

emsign_rc verb_import(struct call *c)
{
	emsign_account *account = NULL;
	emsign_stats *stats = NULL;
	struct form options_said = { 0 };
	emsign_rc rc = form_read(c, 1, FORM_GIVEN, &options_said);

	if (rc == EMSIGN_OK)
		rc = session_account(c, c->args[0], &account);
	if (rc == EMSIGN_OK)
		rc = session_run(c, account, "import", options_said.items, &stats);
	if (rc == EMSIGN_OK)
		rc = output_stats(c, c->args[0], stats);
	emsign_free(stats);
	emsign_account_free(account);
	form_free(&options_said);
	return rc;
}

struct brought {
	int64_t since;
	const char *from, *till; /* days; NULL: any */
};

/* What this call brought, whether it was known before or not. */
static bool is_brought(const void *ud, const void *record)
{
	const struct brought *b = ud;
	const emsign_ledger *entry = record;
	char day[32];

	view_time(entry->booked_at, day);
	if (entry->synced_at < b->since)
		return false;
	return !*day || ((!b->from || strncmp(day, b->from, 10) >= 0) &&
			 (!b->till || strncmp(day, b->till, 10) <= 0));
}

emsign_rc verb_ledger(struct call *c)
{
	const emsign_kv filter[] = { { "credential", c->args[0] }, { NULL, NULL } };
	struct brought brought = { .since = time(NULL) };
	emsign_account *account = NULL;
	emsign_stats *stats = NULL;
	struct form said = { 0 };
	emsign_rc rc = form_read(c, 1, FORM_GIVEN, &said);

	if (rc == EMSIGN_OK)
		rc = session_account(c, c->args[0], &account);
	if (rc == EMSIGN_OK)
		rc = session_run(c, account, "ledger", said.items, &stats);
	brought.from = form_get(&said, "from");
	brought.till = form_get(&said, "till");
	if (rc == EMSIGN_OK)
		rc = view_list(c, view_find("ledger"), filter, is_brought, &brought);
	if (rc == EMSIGN_OK)
		output_hint(c, "%s: %lld entries, %lld of them new.", c->args[0],
			    (long long)stats->seen, (long long)stats->added);
	emsign_free(stats);
	emsign_account_free(account);
	form_free(&said);
	return rc;
}
