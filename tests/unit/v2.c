/* SPDX-License-Identifier: MIT */
/*
 * The dialect v2 beyond what golden files show: tables as a whole, tokens that must not stay
 * anywhere, and what happens when an answer is cut, memory is short or a fact is not wanted.
 */
#include "wire/v2.h"

#include "../support/fail.h"

#include <string.h>

#include "../support/hear.h"
#include "base/kv.h"
#include "wire/auth.h"

#define SECRET "EMSIGN-CANARY-client-secret"
#define TOKEN "EMSIGN-CANARY-access-token"

static const struct ems_stamp stamp = { 1768472430, { 0x6f } };

static const emsign_kv args[] = {
	{ "order", "5917192968" }, { "product", "846" }, { "domain", "www.example.com" },
	{ "san", "api.example.com" }, { "requester.name", "Alex Example" },
	{ "requester.email", "alex@example.com" }, { "requester.phone", "5550000000" },
	{ "organization", "3325789" }, { "technical.email", "alex@example.com" },
	{ "tag", "emsign:00112233" }, { "custom", "1=x" }, { "method", "dns" },
	{ "reason", "superseded" }, { "request", "2127434294" }, { "attempt", "last" },
	{ "domain_id", "q1w2e3" }, { "from", "1767225600" }, { "till", "1768435200" },
	{ "group", "6787449116" }, { "csr", "-----BEGIN" }, { "revoke_previous", "yes" },
	{ NULL, NULL },
};

/* --- tables --------------------------------------------------------------------------------- */

static void it_is_found_by_name(void **state)
{
	const struct ems_dialect *v2 = ems_dialect_find("v2");

	(void)state;
	assert_ptr_equal(v2, &ems_v2);
	assert_string_equal(v2->default_path, "/");
	assert_string_equal(ems_dialect_region(v2, "us"), "https://us-api.certinext.io/");
	assert_string_equal(ems_dialect_region(v2, "india"), "https://api.certinext.io/");
	assert_string_equal(ems_dialect_region(v2, "sandbox"),
			    "https://sandbox-us-api.certinext.io/");
	assert_null(ems_dialect_region(v2, "moon"));
}

static void a_verb_has_a_row_and_words(void **state)
{
	(void)state;
	for (int i = EMS_VERB_TEST; i < EMS_VERBS; i++) {
		enum ems_verb verb = (enum ems_verb)i;
		const struct ems_row *row = ems_dialect_row(&ems_v2, verb, "ssl");

		assert_string_not_equal(ems_dialect_words(verb), "the call");
		if (verb == EMS_VERB_SUBMIT_DOCUMENT)
			assert_null(row);
		else
			assert_non_null(row);
		assert_ptr_equal(row, ems_dialect_row(&ems_v2, verb, NULL));
	}
}

static void what_one_generation_lacks_is_unsupported(void **state)
{
	static const struct {
		const struct ems_dialect *dialect;
		enum ems_verb verb;
		const char *family;
		const char *sentence;
	} cases[] = {
		{ &ems_v1, EMS_VERB_REISSUE, NULL,
		  "reissuing the certificate is not possible with the API v1" },
		{ &ems_v1, EMS_VERB_LEDGER, NULL,
		  "listing the ledger is not possible with the API v1" },
		{ &ems_v2, EMS_VERB_SUBMIT_DOCUMENT, NULL,
		  "submitting the document is not possible with the API v2" },
		{ &ems_v2, EMS_VERB_CHALLENGE, "private-pki",
		  "asking what to publish of the family 'private-pki' is not possible with the "
		  "API v2" },
		{ &ems_v2, EMS_VERB_TRACK, "smime",
		  "asking for the order's state of the family 'smime' is not possible with the "
		  "API v2" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ems_call call = { .verb = cases[i].verb, .family = cases[i].family,
					 .args = args };
		struct ems_peer peer = hear_peer(SECRET);
		struct ems_question question;
		emsign_error err;

		peer.token = hear_secret(TOKEN);
		assert_int_equal(ems_dialect_ask(cases[i].dialect, &peer, &call, &stamp, &question,
						 &err),
				 EMSIGN_E_UNSUPPORTED);
		assert_string_equal(err.message, cases[i].sentence);
		emsign_secret_free(peer.token);
		emsign_secret_free(peer.secret);
	}
}

static void what_must_not_be_repeated_says_so(void **state)
{
	size_t changing = 0;

	(void)state;
	assert_true(ems_dialect_row(&ems_v2, EMS_VERB_PLACE, "ssl")->flags & EMS_CHANGES);
	assert_true(ems_dialect_row(&ems_v2, EMS_VERB_PLACE, "private-pki")->flags & EMS_CHANGES);
	assert_true(ems_dialect_row(&ems_v2, EMS_VERB_REVOKE, "ssl")->flags & EMS_CHANGES);
	assert_true(ems_dialect_row(&ems_v2, EMS_VERB_REISSUE, "ssl")->flags & EMS_CHANGES);
	assert_true(ems_dialect_row(&ems_v2, EMS_VERB_DOMAIN_ADD, NULL)->flags & EMS_CHANGES);
	for (size_t i = 0; i < ems_v2.n_rows; i++)
		changing += ems_v2.rows[i].flags & EMS_CHANGES;
	assert_int_equal(changing, 6); /* placing has three rows */
}

/* --- tokens --------------------------------------------------------------------------------- */

static void no_secret_stays_in_memory_or_goes_into_a_url(void **state)
{
	static const struct {
		enum ems_verb verb;
		const char *auth;
	} cases[] = { { EMS_VERB_TEST, "form" }, { EMS_VERB_TOKEN, "form" },
		      { EMS_VERB_TOKEN, "basic" } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ems_call call = { .verb = cases[i].verb };
		struct ems_peer peer = hear_peer(SECRET);
		struct ems_question question;

		peer.token = hear_secret(TOKEN);
		peer.auth = ems_auth_find(cases[i].auth);
		fail_watch("EMSIGN-CANARY-");
		assert_int_equal(ems_dialect_ask(&ems_v2, &peer, &call, &stamp, &question, NULL),
				 EMSIGN_OK);
		assert_null(strstr(ems_buf_str(&question.url), "CANARY"));
		ems_question_free(&question);
		assert_int_equal(fail_spilled(), 0);
		fail_watch("RU1TSUdOLUNBTkFSWS"); /* the same in base64, as it begins */
		emsign_secret_free(peer.token);
		emsign_secret_free(peer.secret);
		assert_int_equal(fail_spilled(), 0);
	}
}

static emsign_rc hear_token(size_t len, struct heard *heard)
{
	struct ems_buf body = EMS_BUF(1 << 20);
	emsign_rc rc;

	ems_buf_text(&body, "{\"expires_in\":\"60\",\"access_token\":\"");
	while (len--)
		ems_buf_char(&body, 'x');
	ems_buf_text(&body, "\"}");
	rc = hear(&ems_v2, EMS_VERB_TOKEN, NULL, 200, ems_buf_str(&body), body.bytes.len, heard);
	ems_buf_free(&body);
	return rc;
}

static void a_token_has_a_limit(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	assert_int_equal(hear_token(EMS_TOKEN_MAX, &heard), EMSIGN_OK);
	assert_int_equal(heard.secrets, 1);
	assert_int_equal(heard.verdict.expires_in, 60);
	assert_int_equal(hear_token(EMS_TOKEN_MAX + 1, &heard), EMSIGN_E_PROTO);
	assert_int_equal(heard.secrets, 1);
}

static void a_failure_does_not_repeat_the_token(void **state)
{
	static const char body[] = "{\"access_token\":\"" TOKEN "\\u0001\",\"token_type\":\"mac\"}";
	struct heard heard = { 0 };

	(void)state;
	assert_int_equal(hear(&ems_v2, EMS_VERB_TOKEN, NULL, 200, body, strlen(body), &heard),
			 EMSIGN_E_PROTO);
	assert_null(strstr(heard.err.message, "CANARY"));
}

static void v1_takes_a_token_too(void **state)
{
	struct ems_call call = { .verb = EMS_VERB_TEST };
	struct ems_peer peer = hear_peer(SECRET);
	struct ems_question question;

	(void)state;
	peer.url = "https://ca.example/emSignHub-API/";
	peer.auth = ems_auth_find("form");
	peer.token = hear_secret(TOKEN);
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, NULL),
			 EMSIGN_OK);
	assert_non_null(strstr(ems_buf_str(&question.body), "\"authKey\":\"\""));
	assert_string_equal(ems_kv_get(ems_kvlist_kv(&question.headers), "Authorization"),
			    "Bearer " TOKEN);
	ems_question_free(&question);
	call.verb = EMS_VERB_TOKEN;
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, NULL),
			 EMSIGN_OK);
	assert_string_equal(ems_buf_str(&question.url), "https://ca.example/oauth/token");
	ems_question_free(&question);
	peer.auth = NULL; /* the digest wants none */
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, NULL),
			 EMSIGN_E_UNSUPPORTED);
	emsign_secret_free(peer.token);
	emsign_secret_free(peer.secret);
}

/* --- answers -------------------------------------------------------------------------------- */

static const struct {
	enum ems_verb verb;
	const char *body;
	size_t facts;
	size_t secrets;
} answers[] = {
	{ EMS_VERB_TOKEN, "{\"access_token\":\"" TOKEN "\"}", 0, 1 },
	{ EMS_VERB_TEST, "{\"accountNumber\":\"1\",\"x\":1}", 1, 0 },
	{ EMS_VERB_ACCOUNT,
	  "{\"groups\":[{\"groupNumber\":\"1\",\"x\":2,\"organizationDetails\":"
	  "[{\"organizationNumber\":\"2\",\"x\":3}]}]}",
	  2, 0 },
	{ EMS_VERB_ORGANIZATIONS, "{\"organizations\":[{\"organizationNumber\":\"2\",\"x\":3}]}",
	  1, 0 },
	{ EMS_VERB_ORGANIZATION,
	  "{\"organizationNumber\":\"2\",\"x\":{},\"y\":1,\"domains\":[\"a.example.com\"]}", 1, 0 },
	{ EMS_VERB_PRODUCTS,
	  "{\"products\":[{\"products\":[{\"productCode\":\"1\",\"x\":1,\"subscriptionPrice\":"
	  "{\"1 Year\":{\"cost\":\"1\"},\"2 Years\":{\"cost\":\"2\"}}}]}]}",
	  1, 0 },
	{ EMS_VERB_CUSTOM_FIELDS,
	  "{\"customFields\":[{\"a\":[{\"fieldId\":\"1\",\"x\":1,\"values\":[\"v\"]}]},"
	  "{\"fieldId\":\"2\"}]}",
	  2, 0 },
	{ EMS_VERB_PLACE,
	  "{\"orderId\":\"5\",\"status\":\"pending-dcv\",\"x\":1,\"domain\":\"a.example.com\","
	  "\"additionalDomains\":[\"b.example.com\"]}",
	  1, 0 },
	{ EMS_VERB_REISSUE, "{\"orderId\":\"5\",\"requestId\":\"6\",\"x\":1}", 1, 0 },
	{ EMS_VERB_TRACK,
	  "{\"orderId\":\"5\",\"status\":\"pending-dcv\",\"x\":1,\"subscription\":{\"y\":1},"
	  "\"subscriberAgreement\":{\"signed\":true,\"y\":2},\"revocation\":{\"y\":2},"
	  "\"verifications\":{\"empty\":false,\"y\":1,\"domain\":{\"domains\":"
	  "[{\"domain\":\"a.example.com\",\"dcvStatus\":\"PENDING\",\"x\":1}]}}}",
	  2, 0 },
	{ EMS_VERB_CHALLENGE, "{\"token\":\"t\",\"x\":1,\"dcvEmails\":[\"a@example.com\"]}", 1, 0 },
	{ EMS_VERB_VERIFY, "{\"overallStatus\":\"VERIFIED\"}", 1, 0 },
	{ EMS_VERB_FETCH, "{\"certificatePem\":\"AA\",\"chainPem\":[\"BB\",\"CC\"]}", 1, 0 },
	{ EMS_VERB_REPORT,
	  "{\"content\":[{\"orderNumber\":\"5\",\"certificateSerialNumber\":\"171\",\"x\":1,"
	  "\"orderStatus\":\"Order Accepted\",\"certificateStatus\":\"Approved\"},"
	  "{\"requestNumber\":\"6\"}],\"totalElements\":2}",
	  2, 0 },
	{ EMS_VERB_LEDGER, "{\"content\":[{\"invoiceNumber\":\"5\",\"x\":1}]}", 1, 0 },
	{ EMS_VERB_DOMAINS, "{\"content\":[{\"domainName\":\"example.com\",\"x\":1}]}", 1, 0 },
	{ EMS_VERB_DOMAIN, "{\"domainName\":\"example.com\",\"x\":1}", 1, 0 },
	{ EMS_VERB_DOMAIN_ADD,
	  "{\"domainName\":\"example.com\",\"x\":1,\"dcv\":{\"txtToken\":\"t\"}}", 2, 0 },
	{ EMS_VERB_DOMAIN_METHOD, "{\"dcv\":{\"txtToken\":\"t\",\"x\":1}}", 1, 0 },
	{ EMS_VERB_DOMAIN_ATTEMPTS, "{\"content\":[{\"attemptId\":\"5\",\"x\":1}]}", 1, 0 },
	{ EMS_VERB_DOMAIN_ATTEMPT,
	  "{\"x\":1,\"diagnostics\":{\"y\":1,\"nextSteps\":[{\"key\":\"k\"}]}}", 1, 0 },
};

/* Of an answer that may be empty nothing is missing when all of it is. */
static bool may_be_nothing(enum ems_verb verb, size_t n)
{
	return n == 0 && ems_dialect_row(&ems_v2, verb, NULL)->flags & EMS_MAY_BE_EMPTY;
}

static void a_cut_answer_is_a_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct ems_row *row = ems_dialect_row(&ems_v2, answers[i].verb, NULL);
		size_t len = strlen(answers[i].body);

		for (size_t n = 0; n < len; n++) {
			struct heard heard = { 0 };
			emsign_rc rc = hear(&ems_v2, answers[i].verb, args, 200, answers[i].body, n,
					    &heard);

			if (may_be_nothing(answers[i].verb, n)) {
				assert_int_equal(rc, EMSIGN_OK);
				continue;
			}
			assert_int_equal(rc, EMSIGN_E_PROTO);
			assert_false(heard.verdict.processed);
			assert_int_equal(heard.secrets, 0);
			/* rows come while they are read; with the failure they count for nothing */
			if (!row->rows)
				assert_int_equal(heard.facts, 0);
		}
	}
}

static void a_whole_answer_gives_its_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct heard heard = { 0 };

		assert_int_equal(hear(&ems_v2, answers[i].verb, args, 200, answers[i].body,
				      strlen(answers[i].body), &heard),
				 EMSIGN_OK);
		assert_true(heard.verdict.processed);
		assert_int_equal(heard.facts, answers[i].facts);
		assert_int_equal(heard.secrets, answers[i].secrets);
	}
}

static void a_fact_that_is_not_wanted_ends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct ems_row *row = ems_dialect_row(&ems_v2, answers[i].verb, NULL);
		struct heard heard = { .refuse_with = EMSIGN_E_STORE };

		if (!answers[i].facts)
			continue;
		assert_int_equal(hear(&ems_v2, answers[i].verb, args, 200, answers[i].body,
				      strlen(answers[i].body), &heard),
				 EMSIGN_E_STORE);
		assert_string_equal(heard.err.message, "not wanted");
		assert_int_equal(heard.facts, 1);
		/* an order that could not be noted down is in doubt, not gone */
		assert_int_equal(heard.verdict.processed, !(row->flags & EMS_CHANGES));
	}
}

static size_t at_work;

static emsign_rc understand_one(void)
{
	struct heard heard = { 0 };
	emsign_rc rc = hear(&ems_v2, answers[at_work].verb, args, 200, answers[at_work].body,
			    strlen(answers[at_work].body), &heard);

	if (rc && ems_dialect_row(&ems_v2, answers[at_work].verb, NULL)->flags & EMS_CHANGES)
		assert_false(heard.verdict.processed);
	return rc;
}

static void every_allocation_of_an_answer_may_fail(void **state)
{
	(void)state;
	for (at_work = 0; at_work < COUNT(answers); at_work++)
		fail_each(understand_one);
}

static struct ems_peer asker;

static emsign_rc ask_one(void)
{
	struct ems_call call = { .verb = (enum ems_verb)at_work, .args = args };
	struct ems_question question;
	emsign_rc rc;

	call.token = asker.secret;
	rc = ems_dialect_ask(&ems_v2, &asker, &call, &stamp, &question, NULL);
	ems_question_free(&question);
	return rc;
}

static void every_allocation_of_a_question_may_fail(void **state)
{
	(void)state;
	asker = hear_peer(SECRET);
	asker.token = hear_secret(TOKEN);
	for (at_work = EMS_VERB_TEST; at_work < EMS_VERBS; at_work++)
		if (ems_dialect_row(&ems_v2, (enum ems_verb)at_work, NULL))
			fail_each(ask_one);
	asker.auth = ems_auth_find("basic");
	at_work = EMS_VERB_TOKEN;
	fail_each(ask_one);
	emsign_secret_free(asker.token);
	emsign_secret_free(asker.secret);
}

/* What is refused leaves a change certain; what is broken, or a fault, leaves it open. */
static void a_status_says_whether_an_order_may_be_there(void **state)
{
	static const char problem[] = "{\"title\":\"x\",\"detail\":\"no\"}";
	static const struct {
		int status;
		emsign_rc rc;
		enum ems_class class_;
		bool processed;
	} cases[] = {
		{ 400, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, true },
		{ 401, EMSIGN_E_AUTH, EMS_CLASS_LOGIN, true },
		{ 403, EMSIGN_E_DENIED, EMS_CLASS_NEVER, true },
		{ 404, EMSIGN_E_NOTFOUND, EMS_CLASS_NEVER, true },
		{ 405, EMSIGN_E_PROTO, EMS_CLASS_NEVER, true },
		{ 409, EMSIGN_E_CONFLICT, EMS_CLASS_NEVER, true },
		{ 415, EMSIGN_E_PROTO, EMS_CLASS_NEVER, true },
		{ 422, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, true },
		{ 429, EMSIGN_E_BUSY, EMS_CLASS_SLOW, true },
		{ 500, EMSIGN_E_FAULT, EMS_CLASS_SOON, false },
		{ 502, EMSIGN_E_FAULT, EMS_CLASS_SOON, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct heard heard = { 0 };

		assert_int_equal(hear(&ems_v2, EMS_VERB_PLACE, args, cases[i].status, problem,
				      strlen(problem), &heard),
				 cases[i].rc);
		assert_int_equal(heard.verdict.class_, cases[i].class_);
		assert_int_equal(heard.verdict.processed, cases[i].processed);
		assert_int_equal(heard.err.http_status, cases[i].status);
	}
}

static void an_answer_beyond_the_limits_is_refused(void **state)
{
	struct ems_buf body = EMS_BUF(1 << 20);
	struct heard heard = { 0 };

	(void)state;
	ems_buf_text(&body, "{\"orderId\":");
	for (int i = 0; i < 5000; i++)
		ems_buf_char(&body, '[');
	assert_int_equal(hear(&ems_v2, EMS_VERB_PLACE, args, 201, ems_buf_str(&body),
			      body.bytes.len, &heard),
			 EMSIGN_E_PROTO);
	assert_false(heard.verdict.processed);
	ems_buf_free(&body);
}

static void a_page_of_any_length_is_given_row_by_row(void **state)
{
	struct heard heard = { 0 };

	(void)state;
	assert_int_equal(hear_rows(&ems_v2, "{\"content\":[", 500,
				   "],\"page\":1,\"totalElements\":700,\"totalPages\":2}", &heard),
			 EMSIGN_OK);
	assert_int_equal(heard.facts, 500);
	assert_int_equal(heard.verdict.rows, 500);
	assert_int_equal(heard.verdict.total, 700);
	assert_int_equal(heard.verdict.pages, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(it_is_found_by_name),
		FAIL_TEST(a_verb_has_a_row_and_words),
		FAIL_TEST(what_one_generation_lacks_is_unsupported),
		FAIL_TEST(what_must_not_be_repeated_says_so),
		FAIL_TEST(no_secret_stays_in_memory_or_goes_into_a_url),
		FAIL_TEST(a_token_has_a_limit),
		FAIL_TEST(a_failure_does_not_repeat_the_token),
		FAIL_TEST(v1_takes_a_token_too),
		FAIL_TEST(a_cut_answer_is_a_failure),
		FAIL_TEST(a_whole_answer_gives_its_facts),
		FAIL_TEST(a_fact_that_is_not_wanted_ends_it),
		FAIL_TEST(every_allocation_of_an_answer_may_fail),
		FAIL_TEST(every_allocation_of_a_question_may_fail),
		FAIL_TEST(a_status_says_whether_an_order_may_be_there),
		FAIL_TEST(an_answer_beyond_the_limits_is_refused),
		FAIL_TEST(a_page_of_any_length_is_given_row_by_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
