/* SPDX-License-Identifier: MIT */
/* Registered domains: which one a name means, and the verbs on it. */
#include "../support/clerk.h"

#include <string.h>

#define A "a.example.com"

static struct play p;
static struct clerk ca;

static void open_v2(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	clerk_serve(&ca, &p);
	registrar_login(&p);
}

/* What the CA was asked since the last look. */
static void assert_trail(const char *trail)
{
	assert_string_equal(ca.registrar.trail, trail);
	ca.registrar.trail[0] = '\0';
}

static emsign_domain *kept(void)
{
	return play_get(&p, "domain", "lab/" A);
}

static void assert_kept(const char *domain_id, const char *validation, const char *status)
{
	emsign_domain *domain = kept();

	assert_string_equal(domain->domain_id, domain_id);
	assert_string_equal(domain->validation, validation);
	assert_string_equal(domain->status, status);
	emsign_free(domain);
}

static emsign_rc refresh(const char *name)
{
	return emsign_account_domain_refresh(p.account, name, NULL, &p.err);
}

static emsign_rc challenge(const char *method, emsign_challenge **out)
{
	return emsign_account_domain_challenge(p.account, A, method, out, &p.err);
}

static emsign_rc verify(void)
{
	return emsign_account_domain_verify(p.account, A, NULL, &p.err);
}

static emsign_rc deactivate(void)
{
	return emsign_account_domain_deactivate(p.account, A, NULL, &p.err);
}

static emsign_rc add(void)
{
	static const emsign_kv options[] = { { "organization", "3325789" }, { NULL, NULL } };

	return emsign_account_domain_add(p.account, A, options, NULL, &p.err);
}

/* --- which registration ------------------------------------------------------------------- */

static void test_an_active_and_proven_one_is_preferred(void **state)
{
	static const struct {
		const char *validation, *status;
	} worse[] = {
		{ "REJECTED", "ACTIVE" }, { "VERIFIED", "INACTIVE" }, { "PENDING", "ACTIVE" },
		{ "VERIFIED", "EXPIRED" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(worse); i++) {
		for (size_t nth = 0; nth < 2; nth++) {
			struct registrar_domain *domain;

			open_v2();
			for (size_t k = 0; k < 2; k++) {
				domain = registrar_add(&ca.registrar, A);
				domain->validation = k == nth ? "VERIFIED" : worse[i].validation;
				domain->status = k == nth ? "ACTIVE" : worse[i].status;
			}
			PLAY_OK(&p, refresh(A));
			assert_kept(nth ? "id-2" : "id-1", "valid", "active");
			play_close(&p);
		}
	}
}

static void test_of_equal_ones_the_latest_counts(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, refresh(A));
	assert_kept("id-2", "pending", "active");
	play_close(&p);
}

/* A search is none for some, and finds longer names for others; and there may be many pages. */
static void test_all_pages_are_looked_at(void **state)
{
	emsign_domain *domain = NULL;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, "other.example");
	registrar_add(&ca.registrar, "sub." A);
	registrar_add(&ca.registrar, A);
	ca.registrar.page = 1;
	PLAY_OK(&p, emsign_account_domain_refresh(p.account, "A.Example.com", &domain, &p.err));
	assert_string_equal(domain->domain_id, "id-3");
	assert_string_equal(domain->method, "dns");
	assert_int_equal(domain->synced_at, PLAY_NOW);
	emsign_free(domain);
	assert_trail("LLLD");
	assert_int_equal(play_count(&p, "domain"), 1);
	/* what is known is not looked for again */
	PLAY_OK(&p, refresh(A));
	assert_trail("D");
	play_close(&p);
}

static void test_what_is_kept_and_no_good_is_looked_for_again(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A)->validation = "REJECTED";
	PLAY_OK(&p, refresh(A));
	assert_kept("id-1", "rejected", "active");
	registrar_add(&ca.registrar, A)->validation = "VERIFIED";
	PLAY_OK(&p, refresh(A));
	assert_trail("LDLD");
	assert_kept("id-2", "valid", "active");
	play_close(&p);
}

/* What one registration said does not stay when another one takes its place. */
static void test_two_registrations_are_not_mixed(void **state)
{
	static const emsign_kv before[] = {
		{ "credential", "lab" }, { "name", A }, { "domain_id", "id-9" },
		{ "organization", "1" }, { "status", "inactive" }, { "gone_at", "1" },
		{ NULL, NULL },
	};
	emsign_domain *domain;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, emsign_store_put(p.store, "domain", "lab/" A, before, &p.err));
	PLAY_OK(&p, refresh(A));
	domain = kept();
	assert_string_equal(domain->domain_id, "id-1");
	assert_null(domain->organization);
	assert_int_equal(domain->gone_at, 0);
	emsign_free(domain);
	play_close(&p);
}

static void test_what_was_gone_is_back(void **state)
{
	static const emsign_kv before[] = {
		{ "credential", "lab" }, { "name", A }, { "domain_id", "id-1" },
		{ "organization", "1" }, { "status", "active" }, { "gone_at", "1" },
		{ NULL, NULL },
	};
	emsign_domain *domain;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, emsign_store_put(p.store, "domain", "lab/" A, before, &p.err));
	PLAY_OK(&p, refresh(A));
	assert_trail("LD");
	domain = kept();
	assert_int_equal(domain->gone_at, 0);
	assert_string_equal(domain->organization, "1"); /* it is the same one */
	emsign_free(domain);
	play_close(&p);
}

static void test_what_is_not_registered(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, "sub." A);
	PLAY_FAILS(&p, refresh(A), EMSIGN_E_NOTFOUND,
		   "domain '" A "' is not registered in this account");
	PLAY_FAILS(&p, verify(), EMSIGN_E_NOTFOUND, "is not registered");
	PLAY_FAILS(&p, challenge("http", NULL), EMSIGN_E_NOTFOUND, "is not registered");
	PLAY_FAILS(&p, deactivate(), EMSIGN_E_NOTFOUND, "is not registered");
	PLAY_FAILS(&p, emsign_account_domain_attempts(p.account, A, NULL, &p.err),
		   EMSIGN_E_NOTFOUND, "is not registered");
	assert_int_equal(play_count(&p, "domain"), 0);
	play_close(&p);
}

static void test_what_is_wrong_is_said_first(void **state)
{
	static const emsign_kv bad[] = { { "method", "pigeon" }, { NULL, NULL } };
	static const emsign_kv odd[] = { { "organisation", "1" }, { NULL, NULL } };

	(void)state;
	open_v2();
	PLAY_FAILS(&p, refresh(NULL), EMSIGN_E_INVALID, "domain_refresh needs a domain");
	PLAY_FAILS(&p, refresh("a b"), EMSIGN_E_INVALID, "is not a domain name");
	PLAY_FAILS(&p, refresh("*.example.com"), EMSIGN_E_INVALID,
		   "'*.example.com' has a wildcard; 'example.com' is what is registered");
	PLAY_FAILS(&p, challenge("pigeon", NULL), EMSIGN_E_INVALID, "method 'pigeon'");
	PLAY_FAILS(&p, challenge("email", NULL), EMSIGN_E_INVALID, "method 'email'");
	PLAY_FAILS(&p, emsign_account_domain_add(p.account, A, bad, NULL, &p.err),
		   EMSIGN_E_INVALID, "method 'pigeon'");
	PLAY_FAILS(&p, emsign_account_domain_add(p.account, A, odd, NULL, &p.err),
		   EMSIGN_E_INVALID, "did you mean 'organization'?");
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

/* The first generation knows no registrations: nothing is asked, and nothing is kept. */
static void test_the_first_generation_cannot_do_it(void **state)
{
	static const char *const verbs[] = { "domain_add", "domain_refresh", "domain_challenge",
					     "domain_verify", "domain_attempts",
					     "domain_deactivate" };
	static const emsign_kv args[] = { { "domain", A }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		emsign_op *op = NULL;

		PLAY_OK(&p, emsign_account_begin(p.account, verbs[i], args, &op, &p.err));
		PLAY_FAILS(&p, emsign_op_run(op, &p.err), EMSIGN_E_UNSUPPORTED,
			   i ? "finding the registered domain is not possible with the API v1" :
			       "registering the domain is not possible with the API v1");
		emsign_op_free(op);
	}
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

/* Where the account has a key for the second generation too, it is asked. */
static void test_the_fallback_can(void **state)
{
	static const emsign_kv second[] = {
		{ "api", "v2" }, { "url", PLAY_SITE }, { "account", "1234567890" }, { NULL, NULL },
	};
	static const emsign_kv fallback[] = { { "fallback", "second" }, { NULL, NULL } };
	emsign_secret *secret = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	clerk_serve(&ca, &p);
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, emsign_secret_new(PLAY_KEY, strlen(PLAY_KEY), &secret, &p.err));
	PLAY_OK(&p, emsign_client_credential_add(p.client, "second", second, secret, &p.err));
	emsign_secret_free(secret);
	PLAY_OK(&p, emsign_client_credential_update(p.client, "lab", fallback, NULL, &p.err));
	emsign_account_free(p.account);
	PLAY_OK(&p, emsign_client_account(p.client, "lab", &p.account, &p.err));
	PLAY_OK(&p, verify());
	assert_trail("LVD");
	assert_kept("id-1", "valid", "active");
	play_close(&p);
}

/* --- challenge ---------------------------------------------------------------------------- */

static void test_the_challenge_as_it_is(void **state)
{
	emsign_challenge *c = NULL;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, challenge(NULL, &c));
	assert_trail("LC");
	assert_string_equal(c->id, "lab/" A);
	assert_null(c->order);
	assert_string_equal(c->method, "dns");
	assert_string_equal(c->record_name, "_emudhra-challenge." A);
	assert_string_equal(c->record_value, "token-1");
	assert_string_equal(c->status, "pending");
	emsign_free(c);
	assert_true(play_has(&p, "challenge", "lab/" A));
	/* the same method again is no change, and the token stays */
	PLAY_OK(&p, challenge("DNS", &c));
	assert_trail("DC");
	assert_string_equal(c->record_value, "token-1");
	emsign_free(c);
	play_close(&p);
}

static void test_another_method_begins_anew(void **state)
{
	emsign_challenge *c = NULL;
	emsign_domain *domain;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A)->validation = "VERIFIED";
	PLAY_OK(&p, challenge(NULL, &c));
	assert_string_equal(c->status, "valid"); /* nothing is to be published */
	emsign_free(c);
	PLAY_OK(&p, challenge("http", &c));
	assert_trail("LCDM");
	assert_string_equal(c->method, "http");
	assert_string_equal(c->status, "pending");
	assert_string_equal(c->file_content, "token-1");
	assert_string_equal(c->file_url, "http://" A "/.well-known/pki-validation/proof.txt");
	emsign_free(c);
	domain = kept();
	assert_string_equal(domain->method, "http");
	emsign_free(domain);
	play_close(&p);
}

/* --- verify ------------------------------------------------------------------------------- */

static void test_verify(void **state)
{
	static const bool terse[] = { false, true };

	(void)state;
	for (size_t i = 0; i < COUNT(terse); i++) {
		emsign_challenge *c = NULL;

		open_v2();
		ca.registrar.terse = terse[i];
		registrar_add(&ca.registrar, A);
		PLAY_OK(&p, challenge(NULL, NULL));
		ca.registrar.unseen = 1;
		PLAY_FAILS(&p, verify(), EMSIGN_E_PENDING,
			   "Domain verification failed; the proof is not there");
		assert_kept("id-1", "pending", "active");
		PLAY_OK(&p, verify());
		assert_trail("LCVVD");
		assert_kept("id-1", "valid", "active");
		c = play_get(&p, "challenge", "lab/" A);
		assert_string_equal(c->status, "valid");
		emsign_free(c);
		play_close(&p);
	}
}

static void test_what_it_found_against_it(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	ca.registrar.unseen = 2;
	ca.registrar.failure = "CAA_FORBIDS";
	PLAY_FAILS(&p, verify(), EMSIGN_E_REJECTED, "the domain's CAA record must allow");
	ca.registrar.failure = "DNS_NXDOMAIN";
	PLAY_FAILS(&p, verify(), EMSIGN_E_PENDING, "the name does not exist in the DNS");
	play_close(&p);
}

/* It said that the proof is good; that its list lags behind takes nothing away from that. */
static void test_its_word_counts(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	ca.registrar.stale = true;
	PLAY_OK(&p, verify());
	assert_kept("id-1", "valid", "active");
	play_close(&p);
	/* without a word, the list is all there is */
	open_v2();
	registrar_add(&ca.registrar, A);
	ca.registrar.stale = ca.registrar.terse = true;
	PLAY_FAILS(&p, verify(), EMSIGN_E_PENDING, "the CA has not said yet what it found");
	play_close(&p);
}

/* --- attempts ----------------------------------------------------------------------------- */

static void test_attempts(void **state)
{
	emsign_attempt *last = NULL;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	PLAY_FAILS(&p, emsign_account_domain_attempts(p.account, A, &last, &p.err),
		   EMSIGN_E_NOTFOUND, "No DCV attempts found");
	ca.registrar.domains[0].attempts = 3;
	ca.registrar.page = 2;
	ca.registrar.trail[0] = '\0';
	PLAY_OK(&p, emsign_account_domain_attempts(p.account, A, &last, &p.err));
	assert_trail("TTt");
	assert_string_equal(last->id, "lab/" A "/703");
	assert_string_equal(last->number, "703");
	assert_string_equal(last->status, "failed");
	assert_string_equal(last->failure, "RECORD_MISSING");
	assert_string_equal(last->next_steps[0], "dcv.nextStep.txt.recordMissing");
	assert_string_equal(last->domain, A);
	assert_string_equal(last->domain_id, "id-1");
	emsign_free(last);
	assert_int_equal(play_count(&p, "attempt"), 3);
	play_close(&p);
}

/* One comes while the list is read: then the list is read once more. */
static bool try_again(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	(void)answer;
	if (strncmp(call, "attempts", 8) == 0 && ca.registrar.domains[0].attempts == 1)
		ca.registrar.domains[0].attempts++;
	return true;
}

static void test_an_attempt_amid_the_list(void **state)
{
	emsign_attempt *last = NULL;

	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A)->attempts = 1;
	ca.meddle = try_again;
	PLAY_OK(&p, emsign_account_domain_attempts(p.account, A, &last, &p.err));
	assert_trail("LTtTt");
	assert_string_equal(last->number, "702");
	assert_int_equal(play_count(&p, "attempt"), 2);
	emsign_free(last);
	play_close(&p);
}

/* --- deactivate --------------------------------------------------------------------------- */

static void test_deactivate_twice(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	PLAY_OK(&p, deactivate());
	assert_trail("LX");
	assert_kept("id-1", "pending", "inactive");
	PLAY_OK(&p, deactivate());
	assert_trail("LXD");
	/* a refusal for another reason stays one */
	PLAY_FAILS(&p, verify(), EMSIGN_E_STATE, "is not in a state for this");
	play_close(&p);
}

/* --- add ---------------------------------------------------------------------------------- */

static void test_add(void **state)
{
	emsign_domain *domain;

	(void)state;
	open_v2();
	PLAY_OK(&p, add());
	assert_trail("A");
	assert_true(play_asked(&p, 1, "\"organizationId\":\"3325789\",\"dcvMethod\":\"dns-txt\""));
	domain = kept();
	assert_string_equal(domain->domain_id, "id-1");
	assert_string_equal(domain->organization, "3325789");
	assert_string_equal(domain->method, "dns");
	emsign_free(domain);
	assert_true(play_has(&p, "challenge", "lab/" A));
	/* once more is a success, and changes nothing */
	PLAY_OK(&p, add());
	assert_trail("AL");
	assert_int_equal(ca.registrar.n, 1);
	PLAY_OK(&p, verify());
	assert_trail("VD");
	play_close(&p);
}

/* Answers get lost: of so many questions to add, and of the list. */
static struct {
	size_t adds;      /* so many */
	bool arrives, list;
} lost;

static bool lose(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	bool list = strncmp(call, "domains?", 8) == 0;
	bool loses = list ? lost.list : strcmp(call, "domains") == 0 && lost.adds > 0;

	(void)ud;
	(void)number;
	if (!loses)
		return true;
	*answer = (struct scripted_answer){ .rc = EMSIGN_E_NET, .detail = "connection reset" };
	lost.adds -= !list;
	return list || lost.arrives;
}

static void test_a_lost_answer_is_settled(void **state)
{
	static const struct {
		size_t adds;
		bool arrives, list;
		emsign_rc rc;
		const char *text, *trail;
	} rows[] = {
		{ 1, true, false, EMSIGN_OK, "", "AL" },
		{ 1, false, false, EMSIGN_OK, "", "ALA" },
		{ 2, false, false, EMSIGN_E_INDOUBT, "", "ALAL" },
		{ 1, true, true, EMSIGN_E_INDOUBT, "the CA's list cannot be read", "ALLLLL" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		open_v2();
		lost.adds = rows[i].adds;
		lost.arrives = rows[i].arrives;
		lost.list = rows[i].list;
		ca.meddle = lose;
		PLAY_FAILS(&p, add(), rows[i].rc, rows[i].text);
		assert_trail(rows[i].trail);
		ca.meddle = NULL;
		PLAY_OK(&p, add());
		assert_int_equal(ca.registrar.n, 1);
		assert_kept("id-1", "pending", "active");
		play_close(&p);
	}
}

/* An old row of that name is no sign that the question arrived. */
static void test_what_was_there_before_settles_nothing(void **state)
{
	(void)state;
	open_v2();
	registrar_add(&ca.registrar, A);
	lost.adds = 1;
	lost.arrives = lost.list = false;
	ca.meddle = lose;
	PLAY_OK(&p, add());
	assert_trail("ALAL");
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_an_active_and_proven_one_is_preferred),
		FAIL_TEST(test_of_equal_ones_the_latest_counts),
		FAIL_TEST(test_all_pages_are_looked_at),
		FAIL_TEST(test_what_is_kept_and_no_good_is_looked_for_again),
		FAIL_TEST(test_two_registrations_are_not_mixed),
		FAIL_TEST(test_what_was_gone_is_back),
		FAIL_TEST(test_what_is_not_registered),
		FAIL_TEST(test_what_is_wrong_is_said_first),
		FAIL_TEST(test_the_first_generation_cannot_do_it),
		FAIL_TEST(test_the_fallback_can),
		FAIL_TEST(test_the_challenge_as_it_is),
		FAIL_TEST(test_another_method_begins_anew),
		FAIL_TEST(test_verify),
		FAIL_TEST(test_what_it_found_against_it),
		FAIL_TEST(test_its_word_counts),
		FAIL_TEST(test_attempts),
		FAIL_TEST(test_an_attempt_amid_the_list),
		FAIL_TEST(test_deactivate_twice),
		FAIL_TEST(test_add),
		FAIL_TEST(test_a_lost_answer_is_settled),
		FAIL_TEST(test_what_was_there_before_settles_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
