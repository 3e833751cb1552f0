/* SPDX-License-Identifier: MIT */
/* Domain validation: what has to be published where, and asking the CA to look. */
#include "../support/play.h"

#include <string.h>

static struct play p;

static void set_up(const emsign_kv *config)
{
	play_open(&p, SCRIPTED_BLOCKING, config);
	emsign_free(play_place(&p, "1"));
}

static emsign_rc challenge(const char *domain, const char *method, emsign_challenge **out)
{
	return emsign_account_challenge(p.account, "1", domain, method, out, &p.err);
}

static emsign_rc verify(const char *domain, const char *method)
{
	return emsign_account_verify(p.account, "1", domain, method, NULL, &p.err);
}

static void say_token(const char *token)
{
	play_yes(&p, "\"dcvDetails\":{\"token\":\"%s\"}", token);
}

/* --- challenge ---------------------------------------------------------------------------- */

static void test_where_the_record_belongs(void **state)
{
	static const emsign_kv labelled[] = { { "dcv_label", "_emsign" }, { NULL, NULL } };
	static const struct {
		const emsign_kv *config;
		const char *domain, *place;
	} rows[] = {
		{ NULL, NULL, PLAY_NAME },
		{ NULL, "B\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ NULL, "*.example.com", "example.com" },
		{ labelled, NULL, "_emsign." PLAY_NAME },
		{ labelled, "*.example.com", "_emsign.example.com" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_challenge *c = NULL;

		set_up(rows[i].config);
		say_token("value");
		PLAY_OK(&p, challenge(rows[i].domain, "DNS", &c));
		assert_true(play_asked(&p, 1, "\"dcvMethod\":\"1\""));
		assert_string_equal(c->record_name, rows[i].place);
		assert_string_equal(c->record_value, "value");
		assert_string_equal(c->status, "pending");
		assert_string_equal(c->method, "dns");
		assert_string_equal(c->order, "1");
		assert_int_equal(c->seen_at, PLAY_NOW);
		assert_true(play_has(&p, "challenge", c->id));
		emsign_free(c);
		play_close(&p);
	}
}

static void test_files_and_mails(void **state)
{
	emsign_challenge *c = NULL;

	(void)state;
	set_up(NULL);
	play_yes(&p, "\"dcvDetails\":{\"fileName\":\"abc\",\"fileContent\":\"content\"}");
	PLAY_OK(&p, challenge(NULL, "http", &c));
	assert_string_equal(c->file_name, "abc.txt");
	assert_string_equal(c->file_content, "content");
	assert_string_equal(c->file_url,
			    "http://" PLAY_NAME "/.well-known/pki-validation/abc.txt");
	emsign_free(c);
	play_yes(&p, "\"dcvDetails\":{\"dcvEmails\":[\"admin@example.com\",\"hostmaster@example."
		     "com\"]}");
	PLAY_OK(&p, challenge(NULL, "email", &c));
	assert_string_equal(c->emails[1], "hostmaster@example.com");
	emsign_free(c);
	assert_int_equal(play_count(&p, "challenge"), 1); /* one per name */
	play_close(&p);
}

static void test_what_is_wrong_is_said_first(void **state)
{
	(void)state;
	set_up(NULL);
	PLAY_FAILS(&p, challenge(NULL, NULL, NULL), EMSIGN_E_INVALID,
		   "method is missing; possible: dns, http, email");
	PLAY_FAILS(&p, challenge(NULL, "carrier-pigeon", NULL), EMSIGN_E_INVALID,
		   "method 'carrier-pigeon' is unknown; possible: dns, http, email");
	PLAY_FAILS(&p, challenge("a b", "dns", NULL), EMSIGN_E_INVALID, "is not a domain name");
	PLAY_FAILS(&p, verify(NULL, NULL), EMSIGN_E_INVALID,
		   "no challenge for '" PLAY_NAME "' is kept here");
	PLAY_FAILS(&p, verify(NULL, "pigeon"), EMSIGN_E_INVALID, "method 'pigeon'");
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

static void test_p23_not_ready_is_no_failure(void **state)
{
	(void)state;
	set_up(NULL);
	play_no(&p, "EMS-956", "Invalid Request for this API");
	PLAY_FAILS(&p, challenge(NULL, "dns", NULL), EMSIGN_E_PENDING, "not ready");
	play_yes(&p, "\"dcvDetails\":{\"token\":null}");
	PLAY_FAILS(&p, challenge(NULL, "dns", NULL), EMSIGN_E_PENDING, "what to publish");
	assert_int_equal(play_count(&p, "challenge"), 0);
	play_close(&p);
}

static void test_proven_already(void **state)
{
	emsign_challenge *c = NULL;

	(void)state;
	set_up(NULL);
	say_token("value");
	PLAY_OK(&p, challenge(NULL, "dns", NULL));
	play_no(&p, "EMS-1080", "Domain is already verified");
	PLAY_OK(&p, challenge(NULL, "dns", &c));
	assert_string_equal(c->status, "valid");
	assert_string_equal(c->record_value, "value");
	emsign_free(c);
	/* then there is nothing left to ask for */
	PLAY_OK(&p, verify(NULL, NULL));
	assert_int_equal(scripted_n(p.net), 3);
	play_close(&p);
}

/* --- verify ------------------------------------------------------------------------------- */

static void test_verify_one(void **state)
{
	(void)state;
	set_up(NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, verify(NULL, "dns"));
	assert_string_equal(play_call(&p, 1), "VerifyDcv");
	assert_true(play_asked(&p, 1, "\"domainName\":\"" PLAY_NAME "\",\"dcvMethod\":\"1\""));
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_verify(p.account, "1", "example.com", "email",
					  "admin@example.com", &p.err));
	assert_true(play_asked(&p, 2, "\"domainName\":\"example.com\",\"dcvMethod\":\"3\","
				      "\"dcvEmail\":\"admin@example.com\""));
	play_close(&p);
}

/* Four names: one proven, one found now, two not there yet; all that are open are asked for. */
static void test_verify_asks_for_every_name_that_is_open(void **state)
{
	(void)state;
	set_up(NULL);
	play_tracked(
		&p, 24, 2,
		",\"domainVerification\":{\"a.example.com\":{\"dcvMethod\":\"DNS\",\"dcvStatus\":"
		"\"0\"},\"b.example.com\":{\"dcvStatus\":\"1\"},\"c.example.com\":{\"dcvMethod\":"
		"\"File\",\"dcvStatus\":\"0\"},\"d.example.com\":{\"dcvMethod\":\"DNS\","
		"\"dcvStatus\":\"0\"}}");
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	play_no(&p, "EMS-1077", "No valid TXT record found");
	play_no(&p, "EMS-1080", "Domain is already verified");
	play_no(&p, "EMS-1078", "No valid record found");
	PLAY_FAILS(&p, verify(NULL, NULL), EMSIGN_E_PENDING, "No valid TXT record found");
	assert_int_equal(scripted_n(p.net), 5);
	assert_true(play_asked(&p, 2, "\"domainName\":\"a.example.com\",\"dcvMethod\":\"1\""));
	assert_true(play_asked(&p, 3, "\"domainName\":\"c.example.com\",\"dcvMethod\":\"2\""));
	assert_true(play_asked(&p, 4, "\"domainName\":\"d.example.com\""));
	/* the next time without the one that was proven meanwhile */
	play_yes(&p, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, verify(NULL, NULL));
	assert_int_equal(scripted_n(p.net), 7);
	play_close(&p);
}

static void test_verify_asks_for_the_names_of_the_order_when_none_is_told(void **state)
{
	static const emsign_kv form[] = { { "product", "844" },
					  { "domain", "a.example.com" },
					  { "san", "b.example.com" },
					  { NULL, NULL } };
	emsign_order *order = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_placed(&p, "1");
	PLAY_OK(&p, emsign_account_place(p.account, form, &order, &p.err));
	emsign_free(order);
	play_yes(&p, NULL);
	play_yes(&p, NULL);
	PLAY_OK(&p, verify(NULL, "dns"));
	assert_int_equal(scripted_n(p.net), 3);
	assert_true(play_asked(&p, 1, "\"domainName\":\"a.example.com\""));
	assert_true(play_asked(&p, 2, "\"domainName\":\"b.example.com\""));
	play_close(&p);
}

static void test_a_refusal_ends_verify(void **state)
{
	(void)state;
	set_up(NULL);
	play_tracked(
		&p, 24, 2,
		",\"domainVerification\":{\"a.example.com\":{\"dcvMethod\":\"DNS\",\"dcvStatus\":"
		"\"0\"},\"c.example.com\":{\"dcvMethod\":\"DNS\",\"dcvStatus\":\"0\"}}");
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	play_no(&p, "EMS-1079", "CAA");
	PLAY_FAILS(&p, verify(NULL, NULL), EMSIGN_E_REJECTED, "CAA record must allow");
	assert_int_equal(scripted_n(p.net), 3);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_where_the_record_belongs),
		FAIL_TEST(test_files_and_mails),
		FAIL_TEST(test_what_is_wrong_is_said_first),
		FAIL_TEST(test_p23_not_ready_is_no_failure),
		FAIL_TEST(test_proven_already),
		FAIL_TEST(test_verify_one),
		FAIL_TEST(test_verify_asks_for_every_name_that_is_open),
		FAIL_TEST(test_verify_asks_for_the_names_of_the_order_when_none_is_told),
		FAIL_TEST(test_a_refusal_ends_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
