/* SPDX-License-Identifier: MIT */
/* A draft becomes an order: what it brings, what is said anew, and what a lost answer means. */
#include "../support/failstore.h"
#include "../support/rest.h"

#include <string.h>

static struct play p;
static struct clerk ca;

#define FORM(...) ((const emsign_kv[]){ __VA_ARGS__, { NULL, NULL } })
#define DRAFT "request-9001"

static void set_up(void)
{
	rest_open(&ca, &p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_account_place(
			    p.account,
			    FORM({ "product", "842" }, { "domain", PLAY_NAME },
				 { "san", "api.example.com" }, { "organization", "7" },
				 { "group", "11" }, { "requester.email", "robin@example.com" },
				 { "remarks", "for the shop" }, { "years", "2" },
				 { "draft", "yes" }),
			    NULL, &p.err));
	assert_true(play_has(&p, "order", "lab/" DRAFT));
	p.now_ms += 3600 * 1000;
}

static emsign_rc promote(const emsign_kv *form)
{
	return emsign_account_promote(p.account, DRAFT, form, NULL, &p.err);
}

/* The draft is gone, the order is there, with the key that the CA has a CSR of. */
static void check_order(void)
{
	emsign_order *order = play_get(&p, "order", "lab/1");
	emsign_csr *csr = play_get(&p, "csr", order->csr);

	assert_false(ca.orders[0].draft);
	assert_int_equal(ca.n_orders, 1);
	assert_string_equal(csr->pem, ca.orders[0].csr);
	assert_string_equal(csr->spki, order->spki);
	assert_string_equal(order->request_number, "9001");
	assert_int_not_equal(order->status, EMSIGN_STATUS_DRAFT);
	assert_int_equal(play_count(&p, "order"), 1);
	assert_int_equal(play_rows(&p, "intent"), 0);
	emsign_free(csr);
	emsign_free(order);
}

static void test_the_draft_says_what_the_form_does_not(void **state)
{
	static const char *const said[] = {
		"\"requestId\":\"9001\"", "\"domain\":\"" PLAY_NAME "\"",
		"\"additionalDomains\":[\"api.example.com\"]", "\"organizationNumber\":\"7\"",
		"\"groupNumber\":\"11\"", "\"email\":\"robin@example.com\"",
		"\"remarks\":\"for the shop\"", "\"validityYears\":2",
	};
	emsign_order *draft, *order = NULL;

	(void)state;
	set_up();
	draft = play_get(&p, "order", "lab/" DRAFT);
	PLAY_OK(&p, emsign_account_promote(p.account, "lab/" DRAFT, NULL, &order, &p.err));
	for (size_t i = 0; i < COUNT(said); i++)
		if (!play_asked(&p, scripted_n(p.net) - 1, said[i]))
			fail_msg("%s was not said", said[i]);
	assert_false(play_asked(&p, scripted_n(p.net) - 1, "saveAsDraft"));
	assert_string_equal(scripted_header(p.net, scripted_n(p.net) - 1, "X-Product-Code"), "842");
	assert_string_equal(order->number, "1");
	assert_string_equal(order->csr, draft->csr);
	check_order();
	PLAY_FAILS(&p, promote(NULL), EMSIGN_E_NOTFOUND, "no order 'lab/" DRAFT "'");
	emsign_free(order);
	emsign_free(draft);
	play_close(&p);
}

static void test_what_is_said_anew_counts(void **state)
{
	emsign_order *draft, *order = NULL;

	(void)state;
	set_up();
	draft = play_get(&p, "order", "lab/" DRAFT);
	PLAY_OK(&p, emsign_account_promote(p.account, DRAFT,
					   FORM({ "san", "b.example.com" }, { "years", "1" }),
					   &order, &p.err));
	assert_true(play_asked(&p, scripted_n(p.net) - 1,
			       "\"additionalDomains\":[\"b.example.com\"]"));
	assert_true(play_asked(&p, scripted_n(p.net) - 1, "\"validityYears\":1"));
	assert_string_not_equal(order->csr, draft->csr); /* which is for other names */
	check_order();
	emsign_free(order);
	play_close(&p);

	set_up();
	PLAY_OK(&p, promote(FORM({ "key", "RSA:2048" })));
	check_order();
	emsign_free(draft);
	play_close(&p);
}

/* The order form knows the number of a draft too: that is the same thing. */
/* Of whom a signer's certificate is, beside the address, the draft's record does not say. */
static void test_a_signer_is_named_by_his_address(void **state)
{
	const emsign_kv row[] = { { "credential", "lab" }, { "url", PLAY_SITE },
				  { "request_number", "9002" }, { "status", "draft" },
				  { "family", "signature" }, { "product", "825" },
				  { "domain", "pat@example.com" }, { NULL, NULL } };

	(void)state;
	set_up();
	PLAY_OK(&p, emsign_store_put(p.store, "order", "lab/request-9002", row, &p.err));
	PLAY_FAILS(&p, emsign_account_promote(p.account, "request-9002", NULL, NULL, &p.err),
		   EMSIGN_E_INVALID, "subject.street is missing");
	play_close(&p);
}

static void test_an_order_by_the_number_of_a_draft(void **state)
{
	(void)state;
	set_up();
	PLAY_OK(&p, emsign_account_place(p.account, FORM({ "request", "9001" }), NULL, &p.err));
	check_order();
	play_close(&p);

	set_up(); /* one that is not known here brings nothing, and is the CA's to judge */
	PLAY_FAILS(&p, emsign_account_place(p.account, FORM({ "request", "9999" }), NULL, &p.err),
		   EMSIGN_E_INVALID, "product is missing");
	play_close(&p);
}

static void test_what_is_no_draft(void **state)
{
	(void)state;
	set_up();
	PLAY_OK(&p, promote(NULL));
	PLAY_FAILS(&p, emsign_account_promote(p.account, "1", NULL, NULL, &p.err), EMSIGN_E_STATE,
		   "order 'lab/1' is pending-approval; only a draft can be promoted");
	PLAY_FAILS(&p, emsign_account_promote(p.account, "", NULL, NULL, &p.err), EMSIGN_E_INVALID,
		   "promote needs an order");
	play_close(&p);
}

/* --- no answer ----------------------------------------------------------------------------- */

static void lose_it(bool arrives)
{
	struct rest_loss loss = { .call = "v2.create", .arrives = arrives };

	ca.meddle = rest_lose;
	ca.ud = &loss;
	PLAY_FAILS(&p, promote(FORM({ "key", "RSA:2048" })), EMSIGN_E_INDOUBT, "");
	ca.meddle = NULL;
	assert_true(play_has(&p, "order", "lab/" DRAFT));
	play_restart(&p);
}

static void test_a_lost_answer_is_settled(void **state)
{
	(void)state;
	for (int arrives = 0; arrives < 2; arrives++) {
		set_up();
		lose_it(arrives);
		PLAY_OK(&p, promote(NULL));
		assert_int_equal(clerk_heard(&p, "v2.create"), arrives ? 2 : 3);
		check_order();
		play_close(&p);
	}
}

/* Others order the same name at the same time: the number of the draft tells which is which. */
static void test_the_number_tells(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	set_up();
	lose_it(true);
	ca.orders[1] = ca.orders[0];
	strcpy(ca.orders[1].number, "2");
	ca.n_orders = 2;
	PLAY_OK(&p, emsign_account_promote(p.account, DRAFT, NULL, &order, &p.err));
	assert_string_equal(order->number, "1");
	emsign_free(order);
	play_close(&p);
}

/* Whoever asks for the draft finds the order, and it has the key that was made for it. */
static void test_a_lost_answer_is_found_by_refresh(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	set_up();
	lose_it(true);
	PLAY_OK(&p, emsign_account_refresh(p.account, DRAFT, &order, &p.err));
	assert_string_equal(order->id, "lab/1");
	emsign_free(order);
	check_order();
	play_close(&p);

	set_up(); /* and where it did not arrive, the draft */
	lose_it(false);
	PLAY_OK(&p, emsign_account_refresh(p.account, DRAFT, &order, &p.err));
	assert_string_equal(order->id, "lab/" DRAFT);
	assert_int_equal(play_rows(&p, "intent"), 1);
	emsign_free(order);
	play_close(&p);
}

/* A look at the draft while its promotion is under way leaves it to that. */
static bool look_meanwhile(void *ud, size_t number, const char *call,
			   struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	answer->hold = strcmp(call, "v2.create") == 0;
	return true;
}

static void test_a_look_while_it_is_sent(void **state)
{
	emsign_op *op = NULL;
	emsign_order *order = NULL;

	(void)state;
	rest_open(&ca, &p, SCRIPTED_OPEN, NULL);
	PLAY_OK(&p, emsign_account_place(p.account,
					 FORM({ "product", "842" }, { "domain", PLAY_NAME },
					      { "draft", "yes" }), NULL, &p.err));
	ca.meddle = look_meanwhile;
	PLAY_OK(&p, emsign_account_begin(p.account, "promote", FORM({ "order", DRAFT }), &op,
					 &p.err));
	PLAY_OK(&p, emsign_op_submit(op, NULL, NULL, &p.err));
	for (int i = 0; i < 5; i++)
		PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	PLAY_OK(&p, emsign_account_refresh(p.account, DRAFT, &order, &p.err));
	assert_string_equal(order->id, "lab/" DRAFT);
	assert_int_equal(play_rows(&p, "intent"), 1);
	emsign_free(order);
	scripted_release(p.net);
	PLAY_OK(&p, emsign_op_run(op, &p.err));
	emsign_op_free(op);
	check_order();
	play_close(&p);
}

/* Whatever of the store fails: in the end there is the order, and no draft. */
static bool break_store(struct failstore *store, size_t n)
{
	bool through;
	emsign_rc rc;

	set_up();
	p.store = failstore_new(store, p.store);
	play_restart(&p);
	failstore_at(store, n);
	rc = promote(NULL);
	through = store->failed == 0;
	failstore_never(store);
	if (through)
		assert_int_equal(rc, EMSIGN_OK);
	if (rc)
		PLAY_OK(&p, promote(NULL));
	check_order();
	play_close(&p);
	return through;
}

static void test_the_store_may_fail_at_every_call(void **state)
{
	struct failstore store;
	size_t n;

	(void)state;
	for (n = 0; !break_store(&store, n); n++)
		;
	assert_in_range(n, 10, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_draft_says_what_the_form_does_not),
		cmocka_unit_test(test_what_is_said_anew_counts),
		cmocka_unit_test(test_a_signer_is_named_by_his_address),
		cmocka_unit_test(test_an_order_by_the_number_of_a_draft),
		cmocka_unit_test(test_what_is_no_draft),
		cmocka_unit_test(test_a_lost_answer_is_settled),
		cmocka_unit_test(test_the_number_tells),
		cmocka_unit_test(test_a_lost_answer_is_found_by_refresh),
		cmocka_unit_test(test_a_look_while_it_is_sent),
		cmocka_unit_test(test_the_store_may_fail_at_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
