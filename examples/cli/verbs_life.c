/* SPDX-License-Identifier: MIT */
/* status, fetch, cancel, revoke, delete: the life of an order */
#include "cli.h"

#include <string.h>

/* --- status --------------------------------------------------------------------------------- */

static bool at_once(const emsign_order *order)
{
	(void)order;
	return true;
}

static emsign_rc status_one(struct call *c, int64_t seconds, wait_fn enough)
{
	struct place p = { 0 };
	emsign_order *order = NULL;
	emsign_rc rc = find_order(c, c->args[0], FIND_AT_CA, &p);

	if (rc == EMSIGN_OK)
		rc = wait_order(c, &p, seconds, enough, &order);
	if (order) {
		if (order->certificate_note)
			output_warn(c, "%s: no certificate is kept: %s", order->id,
				    order->certificate_note);
		if (output_record(c, "order", order) && rc == EMSIGN_OK)
			rc = c->err.rc;
	}
	if (rc == EMSIGN_OK && enough == wait_for_issue)
		rc = wait_outcome(c, order);
	emsign_free(order);
	find_free(&p);
	return rc;
}

static emsign_rc refresh_account(struct call *c, const char *credential, emsign_stats **stats)
{
	emsign_account *account = NULL;
	emsign_rc rc = session_account(c, credential, &account);

	if (rc == EMSIGN_OK)
		rc = session_run(c, account, "refresh_open", NULL, stats);
	emsign_account_free(account);
	return rc;
}

/* Every account is asked, also after one of them failed; the first failure is told. */
static emsign_rc refresh_all(struct call *c, const struct form *names)
{
	emsign_error first = { 0 };

	for (size_t i = 0; i < names->n && !session_interrupted(); i++) {
		emsign_stats *stats = NULL;
		emsign_rc rc = refresh_account(c, names->items[i].value, &stats);

		if (rc == EMSIGN_OK)
			rc = output_stats(c, names->items[i].value, stats);
		if (rc && !first.rc)
			first = c->err;
		else if (rc)
			output_warn(c, "%s: %s", names->items[i].value, c->err.message);
		emsign_free(stats);
	}
	c->err = first;
	return first.rc;
}

static emsign_rc count_waiting(void *ud, const char *kind, const void *record)
{
	(void)kind;
	if (!wait_for_issue(record))
		(*(int64_t *)ud)++;
	return EMSIGN_OK;
}

static emsign_rc status_open(struct call *c, int64_t seconds, wait_fn enough)
{
	int64_t end = wait_clock() + seconds * 1000;
	int64_t pause = 1000;
	struct form names = { 0 };
	emsign_rc rc = find_credentials(c, &names);

	while (rc == EMSIGN_OK) {
		int64_t waiting = 0;
		int64_t left;

		rc = refresh_all(c, &names);
		if (rc == EMSIGN_OK)
			rc = emsign_client_scan(c->client, "order", NULL, NULL, 0, count_waiting,
						&waiting, &c->err);
		left = end - wait_clock();
		if (rc || enough == at_once || waiting == 0)
			break;
		if (left <= 0)
			rc = call_fail(c, EMSIGN_E_PENDING, "%lld orders are not finished yet",
				       (long long)waiting);
		else if (!session_nap(c, pause < left ? pause : left))
			rc = call_fail(c, EMSIGN_E_CANCELED,
				       "interrupted; the orders go on at the CA");
		pause = pause * 2 < 15000 ? pause * 2 : 15000;
		text_reset(&c->stats); /* the last round tells */
	}
	form_free(&names);
	return rc;
}

emsign_rc verb_status(struct call *c)
{
	const char *wait = given(c, "wait");
	wait_fn enough = wait ? wait_for_issue : at_once;
	int64_t seconds = 0;
	emsign_rc rc = wait ? find_seconds(c, wait, &seconds) : EMSIGN_OK;

	if (rc)
		return rc;
	if ((c->n_args == 0) == (given(c, "open") == NULL))
		return call_fail(c, EMSIGN_E_INVALID,
				 "say an order, or --open for all that are not "
				 "final");
	return c->n_args ? status_one(c, seconds, enough) : status_open(c, seconds, enough);
}

/* --- what needs one call -------------------------------------------------------------------- */

/* Runs a verb that ends with a record about an order, and shows it. */
static emsign_rc act(struct call *c, const char *verb, const char *kind, struct form *args)
{
	struct place p = { 0 };
	void *record = NULL;
	emsign_rc rc = find_order(c, c->args[0], FIND_AT_CA, &p);

	if (rc == EMSIGN_OK) {
		form_add(args, "order", p.order);
		rc = session_run(c, p.account, verb, args->items, &record);
	}
	if (rc == EMSIGN_OK)
		rc = output_record(c, kind, record);
	emsign_free(record);
	find_free(&p);
	return rc;
}

emsign_rc verb_fetch(struct call *c)
{
	struct form args = { 0 };
	emsign_rc rc = act(c, "fetch", "certificate", &args);

	if (rc == EMSIGN_OK)
		output_hint(c, "Next: emsign export %s --out-dir DIR", c->args[0]);
	form_free(&args);
	return rc;
}

emsign_rc verb_cancel(struct call *c)
{
	struct form args = { 0 };
	emsign_rc rc;

	if (!given(c, "remarks"))
		return call_fail(c, EMSIGN_E_INVALID,
				 "say --remarks TEXT: the CA wants to know why");
	form_add(&args, "remarks", given(c, "remarks"));
	rc = act(c, "cancel", "order", &args);
	form_free(&args);
	return rc;
}

emsign_rc verb_revoke(struct call *c)
{
	struct form args = { 0 };
	struct text question = { 0 };
	emsign_rc rc;

	if (!given(c, "reason") || !given(c, "comment"))
		return call_fail(c, EMSIGN_E_INVALID,
				 "say --reason REASON and --comment TEXT: the CA "
				 "wants to know why");
	text_print(&question, "Revoke the certificate of %s for ever?", c->args[0]);
	rc = secret_confirm(c, text_str(&question));
	form_add(&args, "reason", given(c, "reason"));
	form_add(&args, "comments", given(c, "comment"));
	if (rc == EMSIGN_OK)
		rc = act(c, "revoke", "order", &args);
	text_free(&question);
	form_free(&args);
	return rc;
}

emsign_rc verb_delete(struct call *c)
{
	struct place p = { 0 };
	emsign_rc rc = find_order(c, c->args[0], FIND_HERE, &p);

	if (rc == EMSIGN_OK)
		rc = emsign_client_order_delete(c->client, p.order, &c->err);
	if (rc == EMSIGN_OK) {
		c->changed = true;
		output_member(c, "id", p.order);
		output_line(c,
			    "%s is deleted here; keys and certificates stay, the CA was not asked",
			    p.order);
	}
	find_free(&p);
	return rc;
}
