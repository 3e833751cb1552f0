/* SPDX-License-Identifier: MIT */
/* domain add, show, challenge, verify, validate, attempts, deactivate: registered domains */
#include "cli.h"

#include <string.h>

/* Every verb here says CREDENTIAL DOMAIN. */
#define CREDENTIAL(c) ((c)->args[0])
#define DOMAIN(c) ((c)->args[1])

/* Runs a verb on the domain; `args` gets its name. */
static emsign_rc run(struct call *c, const char *verb, struct form *args, int64_t seconds,
		     void *out)
{
	emsign_account *account = NULL;
	emsign_rc rc = session_account(c, CREDENTIAL(c), &account);

	form_add(args, "domain", DOMAIN(c));
	if (rc == EMSIGN_OK)
		rc = proof_ask(c, account, verb, args->items, seconds, out);
	emsign_account_free(account);
	return rc;
}

/* The same for verbs that end with the domain, which is shown. */
static emsign_rc act(struct call *c, const char *verb, struct form *args, int64_t seconds)
{
	emsign_domain *domain = NULL;
	emsign_rc rc = run(c, verb, args, seconds, &domain);

	if (rc == EMSIGN_OK)
		rc = output_record(c, "domain", domain);
	emsign_free(domain);
	form_free(args);
	return rc;
}

emsign_rc verb_domain_add(struct call *c)
{
	struct form args = { 0 };
	emsign_rc rc = form_read(c, 2, FORM_GIVEN, &args);

	if (rc) {
		form_free(&args);
		return rc;
	}
	rc = act(c, "domain_add", &args, 0);
	if (rc == EMSIGN_OK)
		output_hint(c, "Next: emsign domain validate %s %s, or emsign domain challenge "
			       "%s %s", CREDENTIAL(c), DOMAIN(c), CREDENTIAL(c), DOMAIN(c));
	return rc;
}

emsign_rc verb_domain_show(struct call *c)
{
	return act(c, "domain_refresh", &(struct form){ 0 }, 0);
}

emsign_rc verb_domain_challenge(struct call *c)
{
	struct form args = { 0 };
	emsign_challenge *challenge = NULL;
	const char *method;
	emsign_rc rc = proof_method(c, &method);

	if (rc)
		return rc;
	if (method)
		form_add(&args, "method", method);
	rc = run(c, "domain_challenge", &args, 0, &challenge);
	if (rc == EMSIGN_OK)
		rc = proof_show(c, challenge, challenge->method ? challenge->method : "dns");
	if (rc == EMSIGN_OK)
		output_hint(c, "Then: emsign domain verify %s %s", CREDENTIAL(c), DOMAIN(c));
	emsign_free(challenge);
	form_free(&args);
	return rc;
}

emsign_rc verb_domain_verify(struct call *c)
{
	const char *wait = given(c, "wait");
	int64_t seconds = 0;
	emsign_rc rc = wait ? find_seconds(c, wait, &seconds) : EMSIGN_OK;

	if (rc == EMSIGN_OK)
		rc = act(c, "domain_verify", &(struct form){ 0 }, seconds);
	if (rc == EMSIGN_E_PENDING || rc == EMSIGN_E_REJECTED)
		output_hint(c, "What it found: emsign domain attempts %s %s", CREDENTIAL(c),
			    DOMAIN(c));
	return rc;
}

emsign_rc verb_domain_validate(struct call *c)
{
	struct form args = { 0 };
	const char *method = NULL;
	emsign_rc rc = proof_solver(c, &method);

	if (rc)
		return rc;
	form_add(&args, "method", method);
	return act(c, "domain_validate", &args, 0);
}

emsign_rc verb_domain_deactivate(struct call *c)
{
	struct text question = { 0 };
	emsign_rc rc;

	text_print(&question, "Deactivate the domain %s for ever?", DOMAIN(c));
	rc = secret_confirm(c, text_str(&question));
	text_free(&question);
	return rc ? rc : act(c, "domain_deactivate", &(struct form){ 0 }, 0);
}

/* --- attempts ------------------------------------------------------------------------------- */

#define PUBLISH "publish what 'emsign domain challenge' says, and verify again"
#define WAIT "the DNS may need some time; verify again"

/* The CA's classes in words, and what to do about each. */
static const struct {
	const char *failure;
	const char *found, *next;
} meanings[] = {
	{ "RECORD_MISSING", "The CA did not find the proof", PUBLISH },
	{ "TOKEN_MISMATCH", "The CA found something else than the proof", PUBLISH },
	{ "DNS_NXDOMAIN", "The name does not exist in the DNS", WAIT },
	{ "DNS_TIMEOUT", "The domain's name servers did not answer the CA", WAIT },
	{ "HTTP_4XX", "The web server has no such file", PUBLISH },
	{ "CAA_MISSING", "A CAA record stands against it", "let the record allow 'emsign.com'" },
	{ "CAA_FORBIDS", "A CAA record stands against it", "let the record allow 'emsign.com'" },
};

#define N_MEANINGS (sizeof(meanings) / sizeof(meanings[0]))

static void explain(struct call *c, const emsign_attempt *last)
{
	const char *failure = last->failure ? last->failure : "";
	size_t i = 0;

	output_gap(c);
	if (last->status && strcmp(last->status, "valid") == 0) {
		output_line(c, "The last one found the proof.");
		return;
	}
	while (i < N_MEANINGS && strcmp(meanings[i].failure, failure) != 0)
		i++;
	if (i < N_MEANINGS)
		output_line(c, "%s. Next: %s.", meanings[i].found, meanings[i].next);
	else
		output_line(c, "The CA does not say what was wrong with the last one.");
	for (const char *const *step = last->next_steps; step && *step; step++)
		output_line(c, "The CA's own advice: %s", *step);
}

emsign_rc verb_domain_attempts(struct call *c)
{
	struct form args = { 0 };
	emsign_attempt *last = NULL;
	emsign_rc rc = run(c, "domain_attempts", &args, 0, &last);

	if (rc == EMSIGN_OK && c->json) {
		rc = output_record(c, "attempt", last);
	} else if (rc == EMSIGN_OK) {
		const emsign_kv filter[] = { { "credential", last->credential },
					     { "domain", last->domain }, { NULL, NULL } };

		rc = view_list(c, view_find("attempts"), filter, NULL, NULL);
	}
	if (rc == EMSIGN_OK)
		explain(c, last);
	emsign_free(last);
	form_free(&args);
	return rc;
}
