/* SPDX-License-Identifier: MIT */
/*
 * What is asked again: every verb that changes the world against every answer there is. It goes out
 * a second time only where the first surely did nothing, and then as a question of its own.
 */
#include "../support/play.h"

#include <stdio.h>
#include <string.h>

static struct play p;

/* --- the verbs ---------------------------------------------------------------------------- */

static emsign_order *order;

static void placed_before(void)
{
	order = play_place(&p, "1");
}

static emsign_rc place(void)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", "www2.example.com" },
					  { NULL, NULL } };

	return emsign_account_place(p.account, form, NULL, &p.err);
}

/* The CA is asked first whether there is something to revoke. */
static emsign_rc revoke(void)
{
	return emsign_account_revoke(p.account, order->id, "superseded", "a test", NULL, &p.err);
}

static emsign_rc submit_document(void)
{
	return emsign_account_submit_document(p.account, order->id, "a.pdf", "a letter", "%PDF-", 5,
					      &p.err);
}

static emsign_rc test_login(void)
{
	return emsign_account_test(p.account, &p.err);
}

static const struct verb {
	const char *call;
	bool changes;
	bool looks; /* asks for the state first */
	emsign_rc (*run)(void);
} verbs[] = {
	{ "GenerateOrderSSL", true, false, place },
	{ "RevokeOrder", true, true, revoke },
	{ "SubmitDocument", true, false, submit_document },
	{ "ValidateCredentials", false, false, test_login },
};

/* --- the answers -------------------------------------------------------------------------- */

#define NO(code, text) \
	"{\"meta\":{\"status\":\"0\",\"errorCode\":\"" code "\",\"errorMessage\":\"" text "\"}}"

/* To whom it is safe to ask again after it, and who does. */
enum again { NOBODY, HARMLESS, EVERYBODY, ORDERS };

static const emsign_kv json[] = { { "Content-Type", "application/json" }, { NULL, NULL } };
static const emsign_kv html[] = { { "Content-Type", "text/html" }, { NULL, NULL } };

static const struct {
	const char *what;
	struct scripted_answer answer;
	enum again again;
} answers[] = {
	/* nothing left this machine, or it was stopped at the door */
	{ "no route", { .rc = EMSIGN_E_NET, .unsent = true }, EVERYBODY },
	{ "no connection in time", { .rc = EMSIGN_E_TIMEOUT, .unsent = true }, EVERYBODY },
	{ "429", { .status = 429, .body = "" }, EVERYBODY },
	{ "429 of the CA", { .status = 429, .headers = json, .body = NO("EMS-1154", "x") },
	  EVERYBODY },
	{ "burst", { .status = 200, .headers = json,
		     .body = NO("EMS-1154", "Inactive Account User.") }, ORDERS },
	{ "burst without a code", { .status = 200, .headers = json,
				    .body = NO("", "Inactive Account User.") }, ORDERS },
	/* nobody knows */
	{ "connection reset", { .rc = EMSIGN_E_NET }, HARMLESS },
	{ "no answer", { .rc = EMSIGN_E_TIMEOUT }, HARMLESS },
	{ "half an answer", { .status = 200, .headers = json, .body = "{\"meta\":{\"sta",
			      .rc = EMSIGN_E_NET }, HARMLESS },
	{ "a cut answer", { .status = 200, .headers = json, .body = "{\"meta\":{\"sta" },
	  HARMLESS },
	{ "an empty answer", { .status = 200, .headers = json, .body = "" }, HARMLESS },
	{ "no meta", { .status = 200, .headers = json, .body = "{}" }, HARMLESS },
	{ "a strange status", { .status = 200, .headers = json,
				.body = "{\"meta\":{\"status\":\"2\"}}" }, HARMLESS },
	{ "not UTF-8", { .status = 200, .headers = json, .body = "{\"meta\":\"\xff\"}" },
	  HARMLESS },
	{ "a web page", { .status = 200, .headers = html, .body = "<html>" }, HARMLESS },
	{ "a fault", { .status = 200, .headers = json, .body = NO("EMS-939", "Oops") }, HARMLESS },
	{ "heard before", { .status = 200, .headers = json,
			    .body = NO("EMS-947", "Duplicate request Txn") }, HARMLESS },
	{ "500", { .status = 500, .body = "" }, HARMLESS },
	{ "502", { .status = 502, .headers = html, .body = "<html>" }, HARMLESS },
	{ "503", { .status = 503, .body = "" }, HARMLESS },
	{ "504", { .status = 504, .body = "" }, HARMLESS },
	{ "a success inside 500", { .status = 500, .headers = json,
				    .body = "{\"meta\":{\"status\":\"1\"}}" }, HARMLESS },
	{ "408", { .status = 408, .body = "" }, HARMLESS },
	/* it would be the same again */
	{ "301", { .status = 301, .body = "" }, NOBODY },
	{ "401", { .status = 401, .body = "" }, NOBODY },
	{ "403", { .status = 403, .body = "" }, NOBODY },
	{ "404", { .status = 404, .body = "" }, NOBODY },
	{ "TLS before", { .rc = EMSIGN_E_TLS, .unsent = true }, NOBODY },
	{ "TLS amid", { .rc = EMSIGN_E_TLS }, NOBODY },
	{ "canceled", { .rc = EMSIGN_E_CANCELED }, NOBODY },
	{ "too much", { .rc = EMSIGN_E_NOMEM }, NOBODY },
	{ "wrong key", { .status = 200, .headers = json, .body = NO("EMS-1065", "x") }, NOBODY },
	{ "not allowed", { .status = 200, .headers = json, .body = NO("EMS-1090", "x") }, NOBODY },
	{ "an unknown code", { .status = 200, .headers = json, .body = NO("EMS-9999", "x") },
	  NOBODY },
	{ "refused without a code", { .status = 200, .headers = json, .body = NO("", "No") },
	  NOBODY },
};

static bool goes_out_again(enum again again, const struct verb *verb)
{
	switch (again) {
	case EVERYBODY:
		return true;
	case ORDERS:
		return verb->run == place;
	case HARMLESS:
		return !verb->changes;
	default:
		return false;
	}
}

static size_t asked(const char *call, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < scripted_n(p.net); i++)
		n += strcmp(play_call(&p, i), call) == 0;
	return n;
}

/* Whatever is asked behind the answer that counts is told a lie: that it was done. */
static void say_done(void *ud, size_t number, const struct scripted_request *request,
		     struct scripted_answer *out)
{
	(void)ud;
	(void)number;
	(void)request;
	*out = (struct scripted_answer){
		.status = 200, .headers = json,
		.body = "{\"orderDetails\":{\"orderNumber\":\"2\",\"orderStatusId\":\"6\","
			"\"certificateStatusId\":\"20\"},\"meta\":{\"status\":\"1\"}}",
	};
}

static void each(const struct verb *verb, size_t i)
{
	size_t want = goes_out_again(answers[i].again, verb) ? 2 : 1;
	size_t first;

	play_open(&p, SCRIPTED_BLOCKING, NULL);
	placed_before();
	first = scripted_n(p.net);
	if (verb->looks)
		play_tracked(&p, 20, 6, NULL);
	scripted_add(p.net, &answers[i].answer);
	scripted_on_request(p.net, say_done, NULL);
	(void)verb->run();
	if (asked(verb->call, first) != want)
		fail_msg("%s after '%s': %zu times", verb->call, answers[i].what,
			 asked(verb->call, first));
	emsign_free(order);
	play_close(&p);
}

static void test_p01_every_verb_against_every_answer(void **state)
{
	(void)state;
	for (size_t v = 0; v < COUNT(verbs); v++)
		for (size_t i = 0; i < COUNT(answers); i++)
			each(&verbs[v], i);
	print_message("repeat: %zu of %zu points, 0 failed\n", COUNT(verbs) * COUNT(answers),
		      COUNT(verbs) * COUNT(answers));
}

/* --- each attempt is a question of its own ------------------------------------------------ */

/* The text of a member of the question's meta block. */
static void meta(size_t i, const char *name, char out[128])
{
	char search[32];
	const char *at;
	size_t n = 0;

	snprintf(search, sizeof(search), "\"%s\":\"", name);
	at = strstr(scripted_request(p.net, i)->body, search);
	assert_non_null(at);
	for (at += strlen(search); *at != '"' && n < 127; at++)
		out[n++] = *at;
	out[n] = '\0';
}

static void test_p01_no_two_attempts_have_time_id_or_proof_in_common(void **state)
{
	static const char *const fresh[] = { "ts", "txn", "authKey" };
	char one[128], other[128];

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_no(&p, "EMS-1154", "Inactive Account User.");
	scripted_add(p.net, &(struct scripted_answer){ .status = 429, .body = "" });
	play_unsent(&p);
	play_no(&p, "EMS-1154", "Inactive Account User.");
	play_placed(&p, "2");
	PLAY_OK(&p, place());
	assert_int_equal(asked("GenerateOrderSSL", 0), 5);
	for (size_t f = 0; f < COUNT(fresh); f++)
		for (size_t i = 0; i < 5; i++)
			for (size_t k = 0; k < i; k++) {
				meta(i, fresh[f], one);
				meta(k, fresh[f], other);
				assert_string_not_equal(one, other);
			}
	play_close(&p);
}

/* --- the last real reason ----------------------------------------------------------------- */

static void test_p53_a_time_out_does_not_hide_the_reason(void **state)
{
	static const emsign_kv config[] = { { "attempts", "2" }, { NULL, NULL } };
	static const char both[] = "no answer in time; before that: ";

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, config);
	play_no(&p, "EMS-939", "Something went wrong");
	scripted_add(p.net, &(struct scripted_answer){ .rc = EMSIGN_E_TIMEOUT });
	PLAY_FAILS(&p, test_login(), EMSIGN_E_TIMEOUT, both);
	assert_non_null(strstr(p.err.message, "Something went wrong (EMS-939)"));
	assert_string_equal(p.err.ca_code, "EMS-939");
	/* also where the last attempt leaves it open what was done */
	play_no(&p, "EMS-1154", "Inactive Account User.");
	scripted_add(p.net, &(struct scripted_answer){ .rc = EMSIGN_E_TIMEOUT });
	PLAY_FAILS(&p, place(), EMSIGN_E_INDOUBT, both);
	assert_non_null(strstr(p.err.message, "Inactive Account User (EMS-1154)"));
	assert_string_equal(p.err.ca_code, "EMS-1154");
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p01_every_verb_against_every_answer),
		FAIL_TEST(test_p01_no_two_attempts_have_time_id_or_proof_in_common),
		FAIL_TEST(test_p53_a_time_out_does_not_hide_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
