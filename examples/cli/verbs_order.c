/* SPDX-License-Identifier: MIT */
/* order, promote, reissue, csr, submit-csr, accept: until the CA has what it needs from us */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The CSR of --csr goes into the form as text. */
static emsign_rc add_csr(struct call *c, struct form *form)
{
	const char *path = given(c, "csr");
	struct text pem = { 0 };
	emsign_rc rc;

	if (!path)
		return EMSIGN_OK;
	rc = find_text(c, path, &pem);
	if (rc == EMSIGN_OK)
		form_add(form, "csr", text_str(&pem));
	text_free(&pem);
	return rc;
}

static emsign_rc wait_issued(struct call *c, emsign_account *account, int64_t seconds,
			     emsign_order **order)
{
	struct place p = {
		.order = copy_of((*order)->id, strlen((*order)->id)),
		.account = account, /* the caller's, as long as this lasts */
	};
	emsign_order *now = NULL;
	emsign_rc rc = wait_order(c, &p, seconds, wait_for_issue, &now);

	if (now) {
		emsign_free(*order);
		*order = now;
	}
	free(p.order);
	return rc ? rc : wait_outcome(c, *order);
}

/* What the verbs that order have in common: their form, and how long they wait. */
static emsign_rc read_order(struct call *c, struct form *form, int64_t *seconds)
{
	emsign_rc rc = EMSIGN_OK;

	*seconds = 0;
	if (given(c, "wait"))
		rc = find_seconds(c, given(c, "wait"), seconds);
	if (rc == EMSIGN_OK)
		rc = form_read(c, 1, FORM_GIVEN, form);
	return rc ? rc : add_csr(c, form);
}

/* Runs such a verb, tells the order's id, and waits for the certificate when told to. */
static emsign_rc run_order(struct call *c, emsign_account *account, const char *verb,
			   const struct form *form, int64_t seconds)
{
	emsign_order *order = NULL;
	emsign_rc rc = session_run(c, account, verb, form->items, &order);

	if (rc == EMSIGN_OK) {
		c->changed = true;
		output_line(c, "%s", order->id);
		(void)fflush(stdout); /* the id is known now, whatever happens while waiting */
		if (given(c, "wait"))
			rc = wait_issued(c, account, seconds, &order);
		else if (order->family && strcmp(order->family, "ssl") == 0)
			output_hint(c, "Next: emsign validate %s, or emsign status %s", order->id,
				    order->id);
		else
			output_hint(c, "Next: emsign status %s", order->id);
	}
	if (order && c->json && output_record(c, "order", order) && rc == EMSIGN_OK)
		rc = c->err.rc;
	emsign_free(order);
	return rc;
}

emsign_rc verb_order(struct call *c)
{
	struct form form = { 0 };
	emsign_account *account = NULL;
	int64_t seconds;
	emsign_rc rc = read_order(c, &form, &seconds);

	if (rc == EMSIGN_OK)
		rc = session_account(c, c->args[0], &account);
	if (rc == EMSIGN_OK)
		rc = run_order(c, account, "place", &form, seconds);
	emsign_account_free(account);
	form_free(&form);
	return rc;
}

/* A certificate that is revoked on the way is gone for ever. */
static emsign_rc confirm_revocation(struct call *c, const struct form *form)
{
	const char *revoke = form_get(form, "revoke_previous");
	struct text question = { 0 };
	emsign_rc rc;

	if (!revoke || strcmp(revoke, "no") == 0)
		return EMSIGN_OK;
	text_print(&question, "Reissue %s and revoke the certificate that it has for ever?",
		   c->args[0]);
	rc = secret_confirm(c, text_str(&question));
	text_free(&question);
	return rc;
}

/* What is done with an order that is there, and ends as ordering does. */
static emsign_rc order_again(struct call *c, const char *verb)
{
	struct form form = { 0 };
	struct place p = { 0 };
	int64_t seconds;
	emsign_rc rc = read_order(c, &form, &seconds);

	if (rc == EMSIGN_OK)
		rc = confirm_revocation(c, &form);
	if (rc == EMSIGN_OK)
		rc = find_order(c, c->args[0], FIND_AT_CA, &p);
	if (rc == EMSIGN_OK) {
		form_add(&form, "order", p.order);
		rc = run_order(c, p.account, verb, &form, seconds);
	}
	find_free(&p);
	form_free(&form);
	return rc;
}

emsign_rc verb_promote(struct call *c)
{
	return order_again(c, "promote");
}

emsign_rc verb_reissue(struct call *c)
{
	return order_again(c, "reissue");
}

/* The text is no secret, so it may be written like any other file of the user's. */
static emsign_rc save_csr(struct call *c, const emsign_csr *csr)
{
	const char *path = given(c, "out");
	FILE *file;

	if (!path)
		return EMSIGN_OK;
	file = fopen(path, "w");
	if (!file)
		return call_fail(c, EMSIGN_E_IO, "'%s' cannot be written", path);
	if (fputs(csr->pem, file) == EOF || fclose(file) == EOF)
		return call_fail(c, EMSIGN_E_IO, "'%s' cannot be written", path);
	return EMSIGN_OK;
}

emsign_rc verb_csr(struct call *c)
{
	struct form form = { 0 };
	emsign_csr *csr = NULL;
	emsign_rc rc = form_read(c, 1, FORM_GIVEN, &form);

	if (rc == EMSIGN_OK)
		rc = session_open(c);
	if (rc == EMSIGN_OK)
		rc = emsign_client_csr_make(c->client, c->args[0], form.items, &csr, &c->err);
	if (rc == EMSIGN_OK) {
		c->changed = true;
		output_line(c, "%s", csr->id);
		rc = save_csr(c, csr);
	}
	if (rc == EMSIGN_OK && c->json)
		rc = output_record(c, "csr", csr);
	emsign_free(csr);
	form_free(&form);
	return rc;
}

emsign_rc verb_submit_csr(struct call *c)
{
	struct text pem = { 0 };
	struct place p = { 0 };
	emsign_rc rc = find_order(c, c->args[0], FIND_AT_CA, &p);

	if (rc == EMSIGN_OK && access(c->args[1], F_OK) == 0)
		rc = find_text(c, c->args[1], &pem);
	if (rc == EMSIGN_OK) {
		const emsign_kv args[] = {
			{ "order", p.order },
			{ "csr", pem.len ? pem.s : c->args[1] },
			{ NULL, NULL },
		};

		rc = session_run(c, p.account, "submit_csr", args, NULL);
	}
	if (rc == EMSIGN_OK) {
		c->changed = true;
		output_member(c, "order", p.order);
		output_line(c, "The CA has the CSR of %s.", p.order);
	}
	text_free(&pem);
	find_free(&p);
	return rc;
}

emsign_rc verb_accept(struct call *c)
{
	struct form form = { 0 };
	struct place p = { 0 };
	emsign_rc rc = form_read(c, 1, FORM_GIVEN, &form);

	if (rc == EMSIGN_OK)
		rc = find_order(c, c->args[0], FIND_AT_CA, &p);
	if (rc == EMSIGN_OK) {
		form_add(&form, "order", p.order);
		rc = session_run(c, p.account, "accept", form.items, NULL);
	}
	if (rc == EMSIGN_OK) {
		c->changed = true;
		output_member(c, "order", p.order);
		output_line(c, "The agreement of %s is accepted.", p.order);
	}
	find_free(&p);
	form_free(&form);
	return rc;
}
