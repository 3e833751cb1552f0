/* SPDX-License-Identifier: MIT */
/* Ordering: what is sent, what is on disk when, and what a failure leaves behind. */
#include "../support/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct play p;

#define BASE { "product", "842" }, { "domain", PLAY_NAME }

static emsign_rc place(const emsign_kv *form, emsign_order **out)
{
	return emsign_account_place(p.account, form, out, &p.err);
}

static void put(const char *kind, const char *id, const emsign_kv *row)
{
	PLAY_OK(&p, emsign_store_put(p.store, kind, id, row, &p.err));
}

/* --- what is sent ------------------------------------------------------------------------- */

static const emsign_kv full_form[] = {
	{ "product", "0842" },
	{ "domain", "B\xc3\xbc"
		    "cher.Example" },
	{ "san", "a.example.com" },
	{ "san", "A.example.com" },
	{ "group", "11" },
	{ "years", "2" },
	{ "auto_renew", "on" },
	{ "renew_days", "60" },
	{ "remarks", "for the shop" },
	{ "tag", "team:web" },
	{ "requester.name", "Robin Example" },
	{ "signer.place", "Berlin" },
	{ "technical.name", "Sam Example" },
	{ "technical.email", "sam@example.com" },
	{ "organization", "3325789" },
	{ "key", "RSA:2048" },
	{ "keystore", "jks" },
	{ NULL, NULL },
};
static const char *const full_parts[] = {
	"\"productCode\":\"0842\"", "\"domainName\":\"xn--bcher-kva.example\"",
	"\"additionalDomains\":[\"a.example.com\"]", "\"groupNumber\":\"11\"",
	"\"validity\":\"2\"", "\"autoRenew\":\"1\"", "\"renewCriteria\":\"60\"",
	"\"remarks\":\"for the shop\"", "\"tags\":[\"team:web\",\"emsign:",
	"\"requestorName\":\"Robin Example\"", "\"requestorEmail\":\"alex@example.com\"",
	"\"requestorMobileNumber\":\"5550000000\"", "\"signerPlace\":\"Berlin\"",
	"\"signerIP\":\"203.0.113.10\"", "\"signerName\":\"Robin Example\"",
	"\"pocFirstName\":\"Sam\"", "\"organizationNumber\":\"3325789\"",
	"\"csr\":\"-----BEGIN CERTIFICATE REQUEST-----\\n", "\"saveAndHold\":\"0\"",
	"\"autoSecureWWW\":\"0\"",
};

static void test_the_request_holds_what_was_said(void **state)
{
	emsign_order *order = NULL;
	emsign_csr *csr;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_placed(&p, "5917192968");
	PLAY_OK(&p, place(full_form, &order));
	assert_string_equal(play_call(&p, 0), "GenerateOrderSSL");
	for (size_t i = 0; i < COUNT(full_parts); i++)
		if (!play_asked(&p, 0, full_parts[i]))
			fail_msg("%s is not in %s", full_parts[i],
				 scripted_request(p.net, 0)->body);
	assert_false(play_asked(&p, 0, "prevettingToken"));
	assert_false(play_asked(&p, 0, "PRIVATE"));
	assert_false(play_asked(&p, 0, "\"jks\"")); /* without them it may be in the CSR */

	assert_string_equal(order->id, "lab/5917192968");
	assert_string_equal(order->url, PLAY_SITE);
	assert_string_equal(order->domain, "xn--bcher-kva.example");
	assert_string_equal(order->sans[0], "a.example.com");
	assert_null(order->sans[1]);
	assert_string_equal(order->group, "11");
	assert_string_equal(order->organization, "3325789");
	assert_string_equal(order->requester_email, "alex@example.com");
	assert_string_equal(order->remarks, "for the shop");
	assert_int_equal(order->status, EMSIGN_STATUS_PENDING);
	assert_int_equal(order->years, 2);
	assert_int_equal(order->auto_renew, 1);
	assert_int_equal(order->renew_days, 60);
	assert_int_equal(order->ordered_at, PLAY_NOW);
	assert_int_equal(order->subscription_end, PLAY_NOW + 2 * 365 * 86400);
	assert_true(play_asked(&p, 0, order->tag));
	csr = play_csr(&p, order);
	assert_string_equal(csr->key, "RSA:2048");
	emsign_free(csr);
	emsign_free(order);
	play_close(&p);
}

static void test_marks_can_be_left_out(void **state)
{
	static const emsign_kv config[] = { { "mark_orders", "no" }, { NULL, NULL } };
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, config);
	order = play_place(&p, "1");
	assert_null(order->tag);
	assert_false(play_asked(&p, 0, "emsign:"));
	emsign_free(order);
	play_close(&p);
}

static void test_the_consent_token_goes_along(void **state)
{
	static const emsign_kv form[] = { BASE, { "organization", "7" }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"accountDetails\":{\"groups\":[{\"groupNumber\":\"11\","
		     "\"organizationDetails\":[{\"organizationNumber\":\"7\"}]}]}");
	play_yes(&p, "\"organizationDetails\":{\"organizationNumber\":\"7\","
		     "\"prevettingToken\":\"EMSIGN-CANARY-token\"}");
	fail_watch("EMSIGN-CANARY-token");
	PLAY_OK(&p, emsign_account_sync(p.account, "organizations", NULL, &p.err));
	play_placed(&p, "1");
	PLAY_OK(&p, place(form, NULL));
	assert_int_equal(fail_spilled(), 0);
	assert_true(play_asked(&p, 2, "\"prevettingToken\":\"EMSIGN-CANARY-token\""));
	assert_false(play_store_holds(&p, "EMSIGN-CANARY"));
	play_close(&p);
}

/* --- what is on disk when ----------------------------------------------------------------- */

struct glimpse {
	size_t intents, csrs, sealed, orders;
};

/* From inside the transport's start(): what a power failure would leave behind. */
static void look(void *ud, size_t number, const struct scripted_request *request,
		 struct scripted_answer *out)
{
	struct glimpse *seen = ud;

	(void)number;
	(void)request;
	seen->intents = play_rows(&p, "intent");
	seen->csrs = play_rows(&p, "csr");
	seen->sealed = play_rows(&p, "sealed");
	seen->orders = play_rows(&p, "order");
	assert_true(play_store_holds(&p, "sending"));
	out->status = 200;
	out->body = "{\"meta\":{\"status\":\"1\"},\"orderDetails\":{\"orderNumber\":\"1\"}}";
}

static void test_p09_key_and_intent_are_kept_before_the_first_byte(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };
	struct glimpse seen = { 0 };
	emsign_order *order = NULL;
	emsign_key *key = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	scripted_on_request(p.net, look, &seen);
	PLAY_OK(&p, place(form, &order));
	assert_int_equal(seen.intents, 1);
	assert_int_equal(seen.csrs, 1);
	assert_int_equal(seen.sealed, 3); /* seal check, access key, private key */
	assert_int_equal(seen.orders, 0);
	assert_int_equal(play_rows(&p, "intent"), 0);
	play_restart(&p);
	PLAY_OK(&p, emsign_client_key_open(p.client, order->csr, &key, &p.err));
	assert_string_equal(emsign_key_spki(key), order->spki);
	emsign_key_free(key);
	emsign_free(order);
	play_close(&p);
}

static void test_a_refused_order_leaves_nothing_behind(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_no(&p, "EMS-1139", "Insufficient Balance");
	PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_REJECTED, "the balance of the account");
	assert_string_equal(p.err.ca_code, "EMS-1139");
	assert_int_equal(play_rows(&p, "intent"), 0);
	assert_int_equal(play_rows(&p, "csr"), 0);
	assert_int_equal(play_rows(&p, "sealed"), 2);
	assert_int_equal(play_rows(&p, "order"), 0);
	play_close(&p);
}

static void test_p01_a_lost_answer_is_in_doubt_and_everything_stays(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_lost(&p);
	PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_INDOUBT, "sent, but without a usable answer");
	assert_int_equal(scripted_n(p.net), 1); /* never sent twice */
	assert_int_equal(play_rows(&p, "intent"), 1);
	assert_true(play_store_holds(&p, "in-doubt"));
	assert_true(play_store_holds(&p, p.err.request_id));
	assert_int_equal(play_rows(&p, "csr"), 1);
	assert_int_equal(play_rows(&p, "sealed"), 3);
	play_close(&p);
}

/* Whatever the answer is: placed, surely not placed, or in doubt; and then the intent stays. */
static void test_p01_every_way_an_answer_can_fail(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };
	static const emsign_kv once[] = { { "attempts", "1" }, { NULL, NULL } };
	static const struct {
		struct scripted_answer answer;
		emsign_rc rc;
	} rows[] = {
		{ { .rc = EMSIGN_E_TIMEOUT }, EMSIGN_E_INDOUBT },
		{ { .rc = EMSIGN_E_NET, .unsent = true }, EMSIGN_E_NET },
		{ { .start = EMSIGN_E_NET }, EMSIGN_E_NET },
		{ { .status = 502, .body = "<html>" }, EMSIGN_E_INDOUBT },
		{ { .status = 200, .body = "<html>" }, EMSIGN_E_INDOUBT },
		{ { .status = 200, .body = "{\"meta\":{\"status\":\"1\"},\"orderDetails\":{\"ord" },
		  EMSIGN_E_INDOUBT },
		{ { .status = 200, .body = "{\"meta\":{\"status\":\"1\"}}" }, EMSIGN_E_INDOUBT },
		{ { .status = 200, .body = "{\"meta\":{\"status\":\"1\"},\"orderDetails\":{}}" },
		  EMSIGN_E_INDOUBT },
		{ { .status = 302, .body = "" }, EMSIGN_E_INDOUBT },
		{ { .status = 401, .body = "" }, EMSIGN_E_AUTH },
		{ { .status = 429, .body = "" }, EMSIGN_E_BUSY },
		{ { .status = 200, .body = "{\"meta\":{\"status\":\"0\",\"errorCode\":\"EMS-939\","
					   "\"errorMessage\":\"Oops\"}}" }, EMSIGN_E_INDOUBT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_rc rc;

		play_open(&p, SCRIPTED_BLOCKING, once);
		scripted_add(p.net, &rows[i].answer);
		rc = place(form, NULL);
		if (rc != rows[i].rc)
			fail_msg("row %zu: %s %s", i, emsign_rc_name(rc), p.err.message);
		assert_int_equal(play_rows(&p, "intent"), rc == EMSIGN_E_INDOUBT);
		assert_int_equal(play_rows(&p, "csr"), rc == EMSIGN_E_INDOUBT);
		play_close(&p);
	}
}

static void test_p52_a_burst_of_orders_is_slowed_down(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_no(&p, "EMS-1154", "Inactive Account User.");
	play_unsent(&p);
	play_placed(&p, "1");
	PLAY_OK(&p, place(form, NULL));
	assert_int_equal(scripted_n(p.net), 3);
	assert_int_equal(play_rows(&p, "csr"), 1);
	play_close(&p);
}

static void test_p53_doubt_names_what_the_ca_said_before(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_no(&p, "EMS-1154", "Inactive Account User.");
	play_lost(&p);
	PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_INDOUBT,
		   "before that: placing the order refused: Ina");
	assert_string_equal(p.err.ca_code, "EMS-1154");
	play_close(&p);
}

/* --- the same names again ----------------------------------------------------------------- */

static void test_p02_twins_are_refused_unless_asked_for(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };
	static const emsign_kv again[] = { BASE, { "again", "yes" }, { NULL, NULL } };
	static const emsign_kv more[] = { BASE, { "san", "b.example.com" }, { NULL, NULL } };
	static const emsign_kv turned[] = { { "product", "842" }, { "domain", "b.example.com" },
					    { "san", PLAY_NAME }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "1"));
	PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_CONFLICT,
		   "the same names are ordered already and not issued yet: 'lab/1'; say again=yes");
	play_placed(&p, "2");
	PLAY_OK(&p, place(again, NULL));
	play_placed(&p, "3");
	PLAY_OK(&p, place(more, NULL)); /* another set of names */
	PLAY_FAILS(&p, place(turned, NULL), EMSIGN_E_CONFLICT, "'lab/3'"); /* the same set */
	assert_int_equal(scripted_n(p.net), 3);
	play_close(&p);
}

static void test_what_is_over_or_issued_is_no_twin(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };
	static const int states[] = { 5, 13, 22, 12, 20, 19 };

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		play_open(&p, SCRIPTED_BLOCKING, NULL);
		emsign_free(play_place(&p, "1"));
		play_tracked(&p, states[i], 3, NULL);
		if (states[i] == 20)
			play_no(&p, "EMS-946", "still being processed");
		(void)emsign_account_refresh(p.account, "1", NULL, &p.err);
		if (states[i] == 20) { /* issued, but no certificate yet: that is not over */
			PLAY_FAILS(&p, place(form, NULL), EMSIGN_E_CONFLICT, "'lab/1'");
		} else {
			play_placed(&p, "2");
			PLAY_OK(&p, place(form, NULL));
		}
		play_close(&p);
	}
}

/* Two operations at once: the first one's question is still under way, so nobody can know. */
static void test_p02_two_operations_for_the_same_names(void **state)
{
	static const emsign_kv form[] = { BASE, { NULL, NULL } };
	emsign_op *first = NULL, *second = NULL;
	void *out;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, NULL);
	PLAY_OK(&p, emsign_account_begin(p.account, "place", form, &first, &p.err));
	PLAY_OK(&p, emsign_op_submit(first, NULL, NULL, &p.err));
	scripted_add(p.net, &(struct scripted_answer){
		.hold = true, .status = 200,
		.body = "{\"meta\":{\"status\":\"1\"},\"orderDetails\":{\"orderNumber\":\"1\"}}" });
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_n(p.net), 1);

	PLAY_OK(&p, emsign_account_begin(p.account, "place", form, &second, &p.err));
	PLAY_FAILS(&p, emsign_op_run(second, &p.err), EMSIGN_E_CONFLICT,
		   "the same names as of '" PLAY_NAME "' are being ordered by another operation");
	emsign_op_free(second);
	assert_int_equal(play_rows(&p, "intent"), 1);

	scripted_release(p.net);
	PLAY_OK(&p, emsign_op_run(first, &p.err));
	PLAY_OK(&p, emsign_op_take(first, &out, &p.err));
	emsign_free(out);
	emsign_op_free(first);
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* --- other kinds of order ----------------------------------------------------------------- */

static void test_a_draft(void **state)
{
	static const emsign_kv form[] = { BASE, { "draft", "yes" }, { NULL, NULL } };
	emsign_order *order = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"orderDetails\":{\"requestNumber\":\"77\",\"orderNumber\":\"\"}");
	PLAY_OK(&p, place(form, &order));
	assert_true(play_asked(&p, 0, "\"saveAndHold\":\"1\""));
	assert_string_equal(order->id, "lab/request-77");
	assert_int_equal(order->status, EMSIGN_STATUS_DRAFT);
	assert_null(order->number);
	emsign_free(order);
	play_close(&p);
}

static void plant_private(void)
{
	static const emsign_kv product[] = { { "credential", "lab" }, { "code", "900" },
					     { "name", "Intranet" }, { "family", "private-pki" },
					     { NULL, NULL } };

	put("product", "lab/900", product);
}

/* A private PKI may answer with the certificate at once. */
static void answer_with_certificate(void *ud, size_t number, const struct scripted_request *request,
				    struct scripted_answer *out)
{
	static char body[16384];
	static char pem[8192];
	const char *at = strstr(request->body, "-----BEGIN CERTIFICATE REQUEST");
	struct testca_form form = { .common = ud,
				    .names = ud ? "DNS:intra" : NULL,
				    .issuer = &p.ca };
	struct testca leaf;
	char *bare;
	size_t n = 0;

	(void)number;
	assert_non_null(at);
	for (; *at != '"' && n + 1 < sizeof(pem); at++) {
		if (at[0] == '\\' && at[1] == 'n')
			at++;
		pem[n++] = *at == 'n' && at[-1] == '\\' ? '\n' : *at;
	}
	pem[n] = '\0';
	form.csr = pem;
	if (!p.ca.cert)
		testca_ca("Test CA", NULL, &p.ca);
	testca_make(&form, &leaf);
	bare = testca_bare(&leaf);
	snprintf(body, sizeof(body),
		 "{\"meta\":{\"status\":\"1\"},\"orderDetails\":{\"orderNumber\":\"1\","
		 "\"certificateDetails\":{\"endEntityCertificate\":\"%s\"}}}",
		 bare);
	free(bare);
	testca_free(&leaf);
	out->status = 200;
	out->body = body;
}

static void test_a_private_pki_issues_at_once(void **state)
{
	static const emsign_kv form[] = { { "product", "900" },
					  { "domain", "intra" },
					  { NULL, NULL } };
	emsign_order *order = NULL;
	char common[] = "intra";

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	plant_private();
	scripted_on_request(p.net, answer_with_certificate, common);
	PLAY_OK(&p, place(form, &order));
	assert_string_equal(play_call(&p, 0), "GenerateOrderPrivatePKI");
	assert_string_equal(order->family, "private-pki");
	assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
	assert_true(play_has(&p, "certificate", order->certificate));
	emsign_free(order);
	play_close(&p);
}

static void test_a_wrong_certificate_does_not_undo_the_order(void **state)
{
	static const emsign_kv form[] = { { "product", "900" },
					  { "domain", "intra" },
					  { NULL, NULL } };
	emsign_order *order = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	plant_private();
	scripted_on_request(p.net, answer_with_certificate, NULL);
	PLAY_OK(&p, place(form, &order));
	assert_null(order->certificate);
	assert_non_null(strstr(p.log, "was not kept order=lab/1 reason="));
	assert_int_equal(play_count(&p, "certificate"), 0);
	emsign_free(order);
	play_close(&p);
}

static void test_the_capacity_counts_there_too(void **state)
{
	static const emsign_kv form[] = { { "product", "900" },
					  { "domain", "intra" },
					  { NULL, NULL } };
	static const emsign_kv config[] = { { "capacity", "0" }, { NULL, NULL } };
	emsign_order *order = NULL;
	char common[] = "intra";

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, config);
	plant_private();
	scripted_on_request(p.net, answer_with_certificate, common);
	PLAY_OK(&p, place(form, &order));
	assert_null(order->certificate);
	assert_string_equal(order->certificate_note,
			    "left out: the configured capacity is reached");
	assert_int_equal(play_count(&p, "certificate"), 0);
	emsign_free(order);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_the_request_holds_what_was_said),
		FAIL_TEST(test_marks_can_be_left_out),
		FAIL_TEST(test_the_consent_token_goes_along),
		FAIL_TEST(test_p09_key_and_intent_are_kept_before_the_first_byte),
		FAIL_TEST(test_a_refused_order_leaves_nothing_behind),
		FAIL_TEST(test_p01_a_lost_answer_is_in_doubt_and_everything_stays),
		FAIL_TEST(test_p01_every_way_an_answer_can_fail),
		FAIL_TEST(test_p52_a_burst_of_orders_is_slowed_down),
		FAIL_TEST(test_p53_doubt_names_what_the_ca_said_before),
		FAIL_TEST(test_p02_twins_are_refused_unless_asked_for),
		FAIL_TEST(test_what_is_over_or_issued_is_no_twin),
		FAIL_TEST(test_p02_two_operations_for_the_same_names),
		FAIL_TEST(test_a_draft),
		FAIL_TEST(test_a_private_pki_issues_at_once),
		FAIL_TEST(test_a_wrong_certificate_does_not_undo_the_order),
		FAIL_TEST(test_the_capacity_counts_there_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
