/* SPDX-License-Identifier: MIT */
/* Access tokens: one question for all who wait, renewed in time, kept sealed, refused once. */
#include "../support/play.h"

#include <stdio.h>
#include <string.h>

static struct play p;

#define ME "{\"accountNumber\":\"1234567890\",\"authType\":\"oauth2\"}"
#define CANARY "EMSIGN-CANARY-token-"

static int logins, refusals;
static bool one_at_a_time; /* a token takes the ones before it away */
static const char *lasts; /* what the CA says of it */

static bool is_login(const struct scripted_request *request)
{
	return strstr(request->url, "/oauth/token") != NULL;
}

static const char *bearer(const struct scripted_request *request)
{
	for (const emsign_kv *h = request->headers; h && h->key; h++)
		if (strcmp(h->key, "Authorization") == 0)
			return h->value;
	return "";
}

/* Each login gives the next token; the first `refusals` questions find theirs revoked. */
static void answer(void *ud, size_t nth, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	static char token[256];
	char expected[64];

	(void)ud;
	(void)nth;
	*out = (struct scripted_answer){ .status = 200, .body = ME };
	if (is_login(request)) {
		snprintf(token, sizeof(token),
			 "{\"access_token\":\"" CANARY "%d\",\"token_type\":\"Bearer\"%s}",
			 ++logins, lasts);
		out->body = token;
		return;
	}
	snprintf(expected, sizeof(expected), "Bearer " CANARY "%d", logins);
	if (!one_at_a_time)
		assert_string_equal(bearer(request), expected);
	if (refusals > 0 || strcmp(bearer(request), expected) != 0) {
		refusals -= refusals > 0;
		out->status = 401;
		out->body = "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,"
			    "\"detail\":\"ACCESS_TOKEN_REVOKED\"}";
	}
}

static void open_v2(enum scripted_mode mode)
{
	logins = 0;
	refusals = 0;
	one_at_a_time = false;
	lasts = ",\"expires_in\":3600";
	play_open_v2(&p, mode);
	scripted_on_request(p.net, answer, NULL);
}

static emsign_rc test(void)
{
	return emsign_account_test(p.account, &p.err);
}

static void test_one_token_for_many_questions(void **state)
{
	(void)state;
	open_v2(SCRIPTED_BLOCKING);
	PLAY_OK(&p, test());
	PLAY_OK(&p, test());
	assert_int_equal(logins, 1);
	assert_int_equal(scripted_n(p.net), 3);
	assert_string_equal(scripted_request(p.net, 0)->url, "https://ca.example/oauth/token");
	assert_true(play_asked(&p, 0, "grant_type=client_credentials&client_id=1234567890&"));
	play_close(&p);
}

/* Several operations that begin at once wait for one login. */
static void test_one_login_for_all_who_wait(void **state)
{
	emsign_op *ops[5];

	(void)state;
	open_v2(SCRIPTED_OPEN);
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_account_begin(p.account, "test", NULL, &ops[i], &p.err));
		PLAY_OK(&p, emsign_op_submit(ops[i], NULL, NULL, &p.err));
	}
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_op_run(ops[i], &p.err));
		emsign_op_free(ops[i]);
	}
	assert_int_equal(logins, 1);
	assert_int_equal(scripted_n(p.net), 1 + COUNT(ops));
	play_close(&p);
}

static void test_it_is_renewed_a_minute_before_its_end(void **state)
{
	static const struct {
		const char *lasts;
		int64_t renewed_after; /* seconds */
	} rows[] = {
		{ ",\"expires_in\":3600", 3540 },
		{ ",\"expires_in\":\"3600\"", 3540 },
		{ "", 3540 },
		{ ",\"expires_in\":100", 50 },
		{ ",\"expires_in\":1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		open_v2(SCRIPTED_BLOCKING);
		lasts = rows[i].lasts;
		PLAY_OK(&p, test());
		p.now_ms += (rows[i].renewed_after - 1) * 1000;
		PLAY_OK(&p, test());
		assert_int_equal(logins, 1);
		p.now_ms += 1000;
		PLAY_OK(&p, test());
		assert_int_equal(logins, 2);
		play_close(&p);
	}
}

/* A token may be revoked before its end: once a new one is asked for, and no more than that. */
static void test_a_refused_token_is_renewed_once(void **state)
{
	(void)state;
	open_v2(SCRIPTED_BLOCKING);
	PLAY_OK(&p, test());
	refusals = 1;
	PLAY_OK(&p, test());
	assert_int_equal(logins, 2);
	refusals = 2;
	PLAY_FAILS(&p, test(), EMSIGN_E_AUTH, "");
	assert_int_equal(logins, 3);
	assert_null(strstr(p.err.message, "CANARY"));
	PLAY_OK(&p, test()); /* and the next call begins anew */
	assert_int_equal(logins, 4);
	play_close(&p);
}

/* The next process takes what the first one got, and nobody reads it in the store or the log. */
static void test_it_is_shared_and_sealed(void **state)
{
	(void)state;
	open_v2(SCRIPTED_BLOCKING);
	PLAY_OK(&p, test());
	assert_false(play_store_holds(&p, CANARY));
	play_restart(&p);
	scripted_on_request(p.net, answer, NULL);
	PLAY_OK(&p, test());
	assert_int_equal(logins, 1);
	assert_null(strstr(p.log, CANARY));
	/* another secret, another token */
	PLAY_OK(&p, emsign_client_credential_update(
			    p.client, "lab", (const emsign_kv[]){ { "auth", "basic" }, { 0 } },
			    NULL, &p.err));
	play_restart(&p);
	scripted_on_request(p.net, answer, NULL);
	PLAY_OK(&p, test());
	assert_int_equal(logins, 2);
	play_close(&p);
}

/* Somebody else, who shares the store, finds the token refused and gets the next one. */
static void log_in_elsewhere(void)
{
	emsign_account *other = NULL;
	int before = logins;

	PLAY_OK(&p, emsign_client_account(p.client, "lab", &other, &p.err));
	refusals = 1;
	PLAY_OK(&p, emsign_account_test(other, &p.err));
	assert_int_equal(logins, before + 1);
	emsign_account_free(other);
}

/* Both were given within a second, and the second one took the first away. */
static void test_what_somebody_else_got_is_taken_over(void **state)
{
	(void)state;
	open_v2(SCRIPTED_BLOCKING);
	one_at_a_time = true;
	PLAY_OK(&p, test());
	log_in_elsewhere();
	PLAY_OK(&p, test());
	assert_int_equal(logins, 2);
	play_close(&p);
}

/* That a token of somebody else is gone says nothing of one's own right. */
static void test_a_refused_one_of_somebody_else_does_not_count(void **state)
{
	(void)state;
	open_v2(SCRIPTED_BLOCKING);
	one_at_a_time = true;
	PLAY_OK(&p, test());
	log_in_elsewhere();
	logins++; /* a third one, who has a store of his own */
	PLAY_OK(&p, test());
	assert_int_equal(logins, 4);
	play_close(&p);
}

/* Several are on their way with a token that is gone: one new one serves them all. */
static void test_one_new_token_for_all_who_were_refused(void **state)
{
	emsign_op *ops[5];

	(void)state;
	open_v2(SCRIPTED_OPEN);
	one_at_a_time = true;
	PLAY_OK(&p, test());
	refusals = COUNT(ops);
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_account_begin(p.account, "test", NULL, &ops[i], &p.err));
		PLAY_OK(&p, emsign_op_submit(ops[i], NULL, NULL, &p.err));
	}
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_op_run(ops[i], &p.err));
		emsign_op_free(ops[i]);
	}
	assert_int_equal(logins, 2);
	play_close(&p);
}

static void test_without_a_token_all_fail_for_its_reason(void **state)
{
	emsign_op *ops[3];

	(void)state;
	open_v2(SCRIPTED_OPEN);
	scripted_body(p.net, 401, "{\"error\":\"invalid_client\",\"error_description\":\"no\"}");
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_account_begin(p.account, "test", NULL, &ops[i], &p.err));
		PLAY_OK(&p, emsign_op_submit(ops[i], NULL, NULL, &p.err));
	}
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_FAILS(&p, emsign_op_run(ops[i], &p.err), EMSIGN_E_AUTH, "client secret");
		emsign_op_free(ops[i]);
	}
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* When nobody waits any more, the login is given up, and with it what it holds. */
static void test_who_waits_may_go(void **state)
{
	emsign_op *op = NULL;

	(void)state;
	open_v2(SCRIPTED_OPEN);
	scripted_add(p.net, &(struct scripted_answer){ .hold = true });
	PLAY_OK(&p, emsign_account_begin(p.account, "test", NULL, &op, &p.err));
	PLAY_OK(&p, emsign_op_submit(op, NULL, NULL, &p.err));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_count(p.net).in_flight, 1);
	emsign_op_cancel(op);
	assert_int_equal(scripted_count(p.net).in_flight, 0);
	emsign_op_free(op);
	play_close(&p);
}

static void test_every_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t n = 0;; n++) {
		emsign_rc rc;
		bool through;

		open_v2(SCRIPTED_BLOCKING);
		fail_at(n);
		rc = test();
		through = fail_failed() == 0;
		fail_never();
		assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_CRYPTO);
		PLAY_OK(&p, test());
		play_close(&p);
		if (through)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_one_token_for_many_questions),
		FAIL_TEST(test_one_login_for_all_who_wait),
		FAIL_TEST(test_it_is_renewed_a_minute_before_its_end),
		FAIL_TEST(test_a_refused_token_is_renewed_once),
		FAIL_TEST(test_it_is_shared_and_sealed),
		FAIL_TEST(test_what_somebody_else_got_is_taken_over),
		FAIL_TEST(test_a_refused_one_of_somebody_else_does_not_count),
		FAIL_TEST(test_one_new_token_for_all_who_were_refused),
		FAIL_TEST(test_without_a_token_all_fail_for_its_reason),
		FAIL_TEST(test_who_waits_may_go),
		FAIL_TEST(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
