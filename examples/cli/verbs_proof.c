/* SPDX-License-Identifier: MIT */
/* challenge, verify, validate: proving control of the names of an order */
#include "cli.h"

#include <string.h>

/* --- challenge ------------------------------------------------------------------------------ */

static emsign_rc publish(struct call *c, const char *web_root, const emsign_challenge *challenge)
{
	struct text path = { 0 };
	emsign_solver *solver = NULL;
	emsign_rc rc = emsign_solver_webroot(web_root, &solver, &c->err);

	if (rc == EMSIGN_OK)
		rc = emsign_solver_present(solver, challenge, &c->err);
	if (rc == EMSIGN_OK) {
		text_print(&path, "%s/.well-known/pki-validation/%s", web_root,
			   challenge->file_name);
		output_line(c, "%s: wrote %s", challenge->domain, text_str(&path));
		output_member(c, "file", text_str(&path));
		c->changed = true;
	}
	emsign_solver_free(solver);
	text_free(&path);
	return rc;
}

static void say_dns(struct call *c, const emsign_challenge *challenge)
{
	output_line(c, "Publish this record in the DNS of %s:", challenge->domain);
	output_gap(c);
	output_line(c, "  type   TXT");
	output_line(c, "  name   %s", challenge->record_name ? challenge->record_name : "");
	output_line(c, "  value  %s", challenge->record_value ? challenge->record_value : "");
}

static void say_http(struct call *c, const emsign_challenge *challenge)
{
	output_line(c, "Put this file on the web server of %s:", challenge->domain);
	output_gap(c);
	output_line(c, "  address  %s", challenge->file_url ? challenge->file_url : "");
	output_line(c, "  content  %s", challenge->file_content ? challenge->file_content : "");
}

static void say_email(struct call *c, const emsign_challenge *challenge)
{
	output_line(c, "The CA can write to one of these addresses of %s:", challenge->domain);
	output_gap(c);
	for (const char *const *to = challenge->emails; to && *to; to++)
		output_line(c, "  %s", *to);
	output_gap(c);
	output_line(c, "Choose one: emsign verify %s/%s --method email --to ADDRESS",
		    challenge->credential, challenge->order);
}

static const struct {
	const char *method;
	void (*say)(struct call *c, const emsign_challenge *challenge);
} says[] = {
	{ "dns", say_dns },
	{ "http", say_http },
	{ "email", say_email },
};

static void say_challenge(struct call *c, const emsign_challenge *challenge, const char *method)
{
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
		if (strcmp(says[i].method, method) == 0)
			says[i].say(c, challenge);
	output_gap(c);
}

emsign_rc proof_show(struct call *c, const emsign_challenge *challenge, const char *method)
{
	const char *web_root = given(c, "web-root");
	emsign_rc rc = EMSIGN_OK;

	if (challenge->status && strcmp(challenge->status, "valid") == 0)
		output_line(c, "%s is proven already.", challenge->domain);
	else if (web_root)
		rc = publish(c, web_root, challenge);
	else
		say_challenge(c, challenge, method);
	if (rc == EMSIGN_OK && c->json)
		rc = output_record(c, "challenge", challenge);
	return rc;
}

emsign_rc proof_method(struct call *c, const char **method)
{
	const char *web_root = given(c, "web-root");

	*method = given(c, "method");
	if (!*method && web_root)
		*method = "http";
	if (web_root && strcmp(*method, "http") != 0)
		return call_fail(c, EMSIGN_E_INVALID, "--web-root goes with --method http");
	return EMSIGN_OK;
}

static emsign_rc challenge_one(struct call *c, const struct place *p, const char *domain,
			       const char *method)
{
	const emsign_kv args[] = {
		{ "order", p->order },
		{ "method", method },
		{ domain ? "domain" : NULL, domain },
		{ NULL, NULL },
	};
	emsign_challenge *challenge = NULL;
	emsign_rc rc = session_run(c, p->account, "challenge", args, &challenge);

	if (rc)
		return rc;
	rc = proof_show(c, challenge, method);
	if (rc == EMSIGN_OK)
		output_flush(c);
	emsign_free(challenge);
	return rc;
}

/* Every name of the order, or the one that was asked for. */
static emsign_rc challenge_all(struct call *c, const struct place *p, const char *method)
{
	const char *domain = given(c, "domain");
	void *record = NULL;
	const emsign_order *order;
	emsign_rc rc;

	if (domain)
		return challenge_one(c, p, domain, method);
	rc = emsign_client_get(c->client, "order", p->order, &record, &c->err);
	if (rc == EMSIGN_E_NOTFOUND) /* not kept here: the CA may know it all the same */
		return challenge_one(c, p, NULL, method);
	order = record;
	if (rc == EMSIGN_OK)
		rc = challenge_one(c, p, order->domain, method);
	for (const char *const *san = order ? order->sans : NULL; rc == EMSIGN_OK && san && *san;
	     san++)
		rc = challenge_one(c, p, *san, method);
	emsign_free(record);
	return rc;
}

emsign_rc verb_challenge(struct call *c)
{
	const char *method;
	struct place p = { 0 };
	emsign_rc rc = proof_method(c, &method);

	if (!method)
		method = "dns";
	if (rc == EMSIGN_OK)
		rc = find_order(c, c->args[0], FIND_AT_CA, &p);
	if (rc == EMSIGN_OK)
		rc = challenge_all(c, &p, method);
	if (rc == EMSIGN_OK && strcmp(method, "email") != 0)
		output_hint(c, "Then: emsign verify %s --method %s", p.order, method);
	find_free(&p);
	return rc;
}

/* --- verify --------------------------------------------------------------------------------- */

emsign_rc proof_ask(struct call *c, emsign_account *account, const char *verb,
		    const emsign_kv *args, int64_t seconds, void *out)
{
	int64_t end = wait_clock() + seconds * 1000;
	int64_t pause = 2000;

	for (;;) {
		emsign_rc rc = session_run(c, account, verb, args, out);
		int64_t left = end - wait_clock();

		if (rc != EMSIGN_E_PENDING || left <= 0)
			return rc;
		if (!wait_nap(c, "the CA looks", end, seconds, pause < left ? pause : left))
			return call_fail(c, EMSIGN_E_CANCELED,
					 "interrupted; verify again at any time");
		pause = pause < 15000 ? pause + 1000 : pause;
	}
}

static emsign_rc look_until(struct call *c, const struct place *p, int64_t seconds)
{
	emsign_order *order = NULL;
	emsign_rc rc = wait_order(c, p, seconds, wait_for_proof, &order);

	if (order && output_record(c, "order", order) && rc == EMSIGN_OK)
		rc = c->err.rc;
	if (rc == EMSIGN_OK)
		rc = wait_outcome(c, order);
	emsign_free(order);
	return rc;
}

static void add_given(struct call *c, struct form *f, const char *option, const char *name)
{
	if (given(c, option))
		form_add(f, name, given(c, option));
}

emsign_rc verb_verify(struct call *c)
{
	const char *wait = given(c, "wait");
	struct place p = { 0 };
	struct form args = { 0 };
	int64_t seconds = 0;
	int64_t end = 0;
	const char *method = given(c, "method");
	emsign_rc rc = wait ? find_seconds(c, wait, &seconds) : EMSIGN_OK;

	if (method && strcmp(method, "email") == 0 && !given(c, "to"))
		return call_fail(c, EMSIGN_E_INVALID, "say --to ADDRESS, one of those that emsign "
				 "challenge %s --method email offers", c->args[0]);
	if (rc == EMSIGN_OK)
		rc = find_order(c, c->args[0], FIND_AT_CA, &p);
	if (rc == EMSIGN_OK) {
		end = wait_clock() + seconds * 1000;
		form_add(&args, "order", p.order);
		add_given(c, &args, "domain", "domain");
		add_given(c, &args, "method", "method");
		add_given(c, &args, "to", "email");
		rc = proof_ask(c, p.account, "verify", args.items, seconds, NULL);
	}
	if (rc == EMSIGN_OK && wait) {
		rc = look_until(c, &p, (end - wait_clock()) / 1000);
	} else if (rc == EMSIGN_OK) {
		output_member(c, "order", p.order);
		output_line(c, "The CA looks at %s; ask how it went: emsign status %s", p.order,
			    p.order);
	}
	form_free(&args);
	find_free(&p);
	return rc;
}

/* --- validate ------------------------------------------------------------------------------- */

static emsign_rc make_solver(struct call *c, const char **method, emsign_solver **out)
{
	const char *web_root = given(c, "web-root");
	const char *hook = given(c, "dns-hook");
	const char *const argv[] = { hook, NULL };

	*out = NULL;
	if (!web_root == !hook)
		return call_fail(c, EMSIGN_E_INVALID,
				 "say --web-root DIR to prove by files on the web server, or "
				 "--dns-hook PROGRAM to prove by records in the DNS");
	*method = web_root ? "http" : "dns";
	return web_root ? emsign_solver_webroot(web_root, out, &c->err) :
			  emsign_solver_command(argv, NULL, out, &c->err);
}

static emsign_rc read_wait(struct call *c)
{
	const char *wait = given(c, "wait");
	struct text ms = { 0 };
	int64_t seconds = 0;
	emsign_rc rc = wait ? find_seconds(c, wait, &seconds) : EMSIGN_OK;

	if (rc || !wait)
		return rc;
	text_print(&ms, "%lld", (long long)seconds * 1000);
	form_add(&c->settings, "dcv_wait_ms", text_str(&ms));
	text_free(&ms);
	return EMSIGN_OK;
}

emsign_rc proof_solver(struct call *c, const char **method)
{
	emsign_solver *solver = NULL;
	emsign_rc rc = make_solver(c, method, &solver);

	if (rc == EMSIGN_OK)
		rc = read_wait(c);
	if (rc == EMSIGN_OK)
		rc = session_open(c);
	if (rc == EMSIGN_OK)
		rc = emsign_client_set_solver(c->client, *method, solver, &c->err);
	emsign_solver_free(solver);
	return rc;
}

static emsign_rc prove(struct call *c, const struct place *p, const char *method)
{
	const char *domain = given(c, "domain");
	const emsign_kv args[] = {
		{ "order", p->order },
		{ "method", method },
		{ domain ? "domain" : NULL, domain },
		{ NULL, NULL },
	};
	emsign_order *order = NULL;
	emsign_rc rc = session_run(c, p->account, "validate", args, &order);

	if (rc == EMSIGN_OK)
		rc = output_record(c, "order", order);
	if (rc == EMSIGN_OK)
		output_hint(c, "Then: emsign status %s --wait 15m", p->order);
	emsign_free(order);
	return rc;
}

emsign_rc verb_validate(struct call *c)
{
	struct place p = { 0 };
	const char *method = NULL;
	emsign_rc rc = proof_solver(c, &method);

	if (rc == EMSIGN_OK)
		rc = find_order(c, c->args[0], FIND_AT_CA, &p);
	if (rc == EMSIGN_OK)
		rc = prove(c, &p, method);
	find_free(&p);
	return rc;
}
