/* SPDX-License-Identifier: MIT */
/* Reissue: what is asked, what comes back, and what a lost answer means. */
#include "../support/failstore.h"
#include "../support/rest.h"

#include <stdio.h>
#include <string.h>

static struct play p;
static struct clerk ca;

#define OPTIONS(...) ((const emsign_kv[]){ __VA_ARGS__, { NULL, NULL } })

static void set_up(const emsign_kv *config)
{
	rest_open(&ca, &p, SCRIPTED_BLOCKING, config);
	rest_issue(&ca);
}

static emsign_rc reissue(const emsign_kv *options)
{
	return emsign_account_reissue(p.account, "1", options, NULL, &p.err);
}

static emsign_rc refresh(void)
{
	return emsign_account_refresh(p.account, "1", NULL, &p.err);
}

static emsign_order *order(void)
{
	return play_get(&p, "order", "lab/1");
}

/* Is the order's public key the one that the CA has a CSR of, and its private key kept here? */
static void check_key(void)
{
	emsign_order *now = order();
	emsign_csr *csr = play_get(&p, "csr", now->csr);
	emsign_key *key = NULL;

	assert_string_equal(csr->pem, ca.orders[0].csr);
	assert_string_equal(csr->spki, now->spki);
	PLAY_OK(&p, emsign_client_key_open(p.client, now->csr, &key, &p.err));
	emsign_key_free(key);
	emsign_free(csr);
	emsign_free(now);
}

/* The new certificate is the order's, the one before is kept beside it, nothing is open. */
static void check_renewed(const emsign_order *before)
{
	emsign_order *now = order();
	emsign_certificate *c = play_get(&p, "certificate", now->certificate);

	assert_int_equal(now->status, EMSIGN_STATUS_ISSUED);
	assert_string_not_equal(now->certificate, before->certificate);
	assert_string_equal(c->spki, now->spki);
	assert_string_equal(c->csr, now->csr);
	assert_null(now->replaces);
	assert_int_equal(now->open, 0);
	assert_int_equal(play_count(&p, "certificate"), 2);
	assert_int_equal(play_rows(&p, "reissue"), 0);
	emsign_free(c);
	emsign_free(now);
	check_key();
}

/* --- what is asked ------------------------------------------------------------------------- */

static void test_a_new_key_for_the_same_names(void **state)
{
	emsign_order *before, *now;
	emsign_key *key = NULL;

	(void)state;
	set_up(NULL);
	before = order();
	PLAY_OK(&p, emsign_account_reissue(p.account, "1",
					   OPTIONS({ "key", "RSA:2048" }, { "remarks", "a leak" },
						   { "revoke_previous", "yes" },
						   { "revoke_reason", "key-compromise" }),
					   &now, &p.err));
	assert_true(play_asked(&p, scripted_n(p.net) - 1,
			       "{\"mode\":\"rekey\",\"reason\":\"a leak\""));
	assert_true(play_asked(&p, scripted_n(p.net) - 1,
			       "\"revokePrevious\":true,\"revokeReason\":\"key-compromise\"}"));
	assert_string_equal(now->number, before->number);
	assert_string_equal(now->request_number, "9101");
	assert_int_equal(now->status, EMSIGN_STATUS_PENDING_CSR);
	assert_int_equal(now->open, 1);
	assert_string_equal(now->certificate, before->certificate); /* until the new one is here */
	assert_string_not_equal(now->spki, before->spki);
	emsign_free(now);
	check_key();
	PLAY_OK(&p, refresh());
	check_renewed(before);
	PLAY_OK(&p, emsign_client_key_open(p.client, before->csr, &key, &p.err));
	emsign_key_free(key);
	emsign_free(before);
	play_close(&p);
}

static void test_other_names_for_the_same_key(void **state)
{
	emsign_order *before, *now;

	(void)state;
	set_up(NULL);
	before = order();
	PLAY_OK(&p, reissue(OPTIONS({ "san", "B.example.com" }, { "san", "a.example.com" })));
	assert_true(play_asked(&p, scripted_n(p.net) - 1,
			       "{\"mode\":\"update-sans\",\"reason\":\"reissued with libemsign\","
			       "\"additionalDomains\":[\"b.example.com\",\"a.example.com\"],"
			       "\"revokePrevious\":false}"));
	now = order();
	assert_string_equal(now->sans[0], "b.example.com");
	assert_string_equal(now->spki, before->spki);
	emsign_free(now);
	PLAY_OK(&p, refresh());
	check_renewed(before);
	/* what has fewer names is covered by the old certificate, which is not it all the same */
	ca.orders[0].lags = true;
	PLAY_OK(&p, reissue(OPTIONS({ "san", "a.example.com" })));
	PLAY_OK(&p, refresh());
	now = order();
	assert_int_equal(now->status, EMSIGN_STATUS_APPROVED);
	assert_int_equal(play_count(&p, "certificate"), 2);
	emsign_free(now);
	emsign_free(before);
	play_close(&p);
}

static void test_a_csr_that_is_there_already(void **state)
{
	emsign_order *before, *now;
	emsign_csr *kept = NULL, *mine;

	(void)state;
	set_up(NULL);
	before = order();
	PLAY_OK(&p, reissue(OPTIONS({ "key", "same" })));
	PLAY_OK(&p, refresh());
	now = order();
	assert_string_equal(now->csr, before->csr);
	check_renewed(before);
	emsign_free(now);

	PLAY_OK(&p, emsign_client_csr_make(p.client, "lab", OPTIONS({ "domain", PLAY_NAME }),
					   &kept, &p.err));
	PLAY_OK(&p, reissue(OPTIONS({ "csr_id", kept->id })));
	now = order();
	assert_string_equal(now->csr, kept->id);
	emsign_free(now);
	check_key();
	PLAY_OK(&p, refresh());

	mine = play_csr(&p, before); /* as text, it is somebody else's */
	PLAY_OK(&p, reissue(OPTIONS({ "csr", mine->pem })));
	now = order();
	assert_null(now->csr);
	assert_string_equal(now->spki, before->spki);
	emsign_free(now);
	emsign_free(mine);
	emsign_free(kept);
	emsign_free(before);
	play_close(&p);
}

static void test_what_cannot_be_asked(void **state)
{
	emsign_csr *other = NULL;
	size_t n;

	(void)state;
	set_up(NULL);
	PLAY_OK(&p, emsign_client_csr_make(p.client, "lab", OPTIONS({ "domain", "b.example.com" }),
					   &other, &p.err));
	n = scripted_n(p.net);
	PLAY_FAILS(&p, reissue(OPTIONS({ "key", "same" }, { "san", "a.example.com" })),
		   EMSIGN_E_INVALID, "give key or san, not both");
	PLAY_FAILS(&p, reissue(OPTIONS({ "key", "EC:P-999" })), EMSIGN_E_INVALID,
		   "possible: same|");
	PLAY_FAILS(&p, reissue(OPTIONS({ "kay", "same" })), EMSIGN_E_INVALID, "did you mean 'key'");
	PLAY_FAILS(&p, reissue(OPTIONS({ "revoke_reason", "superseded" })), EMSIGN_E_INVALID,
		   "goes with revoke_previous=yes");
	PLAY_FAILS(&p, reissue(OPTIONS({ "csr_id", other->id })), EMSIGN_E_MISMATCH,
		   "csr is for 'b.example.com', order 'lab/1' for 'www.example.com'");
	assert_int_equal(scripted_n(p.net), n);
	PLAY_OK(&p, reissue(NULL));
	ca.issues = false;
	PLAY_FAILS(&p, reissue(NULL), EMSIGN_E_STATE,
		   "order 'lab/1' is pending-approval; only an issued one can be reissued");
	assert_int_equal(ca.orders[0].reissued, 1);
	assert_int_equal(play_count(&p, "csr"), 3);
	emsign_free(other);
	play_close(&p);
}

static void test_the_first_generation_has_none(void **state)
{
	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "1"));
	PLAY_FAILS(&p, reissue(NULL), EMSIGN_E_UNSUPPORTED,
		   "reissuing the certificate is not possible with the API v1");
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* --- what comes back ----------------------------------------------------------------------- */

static void test_what_is_replaced_is_not_taken_for_the_new_one(void **state)
{
	emsign_order *before, *now;

	(void)state;
	set_up(NULL);
	before = order();
	PLAY_OK(&p, reissue(NULL));
	ca.orders[0].lags = true;
	PLAY_OK(&p, refresh());
	now = order();
	assert_int_equal(now->status, EMSIGN_STATUS_APPROVED);
	assert_string_equal(now->certificate, before->certificate);
	emsign_free(now);
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "1", NULL, &p.err), EMSIGN_E_PENDING,
		   "the certificate that the reissue of order 'lab/1' replaces");
	ca.orders[0].lags = false;
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	check_renewed(before);
	emsign_free(before);
	play_close(&p);
}

static void test_a_third_key_is_no_delay(void **state)
{
	emsign_csr *other = NULL;

	(void)state;
	set_up(NULL);
	PLAY_OK(&p, emsign_client_csr_make(p.client, "lab", OPTIONS({ "domain", PLAY_NAME }),
					   &other, &p.err));
	PLAY_OK(&p, reissue(NULL));
	strcpy(ca.orders[0].csr, other->pem);
	PLAY_FAILS(&p, refresh(), EMSIGN_E_MISMATCH, "has another public key than its CSR");
	assert_int_equal(play_count(&p, "certificate"), 1);
	emsign_free(other);
	play_close(&p);
}

static bool refuse(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	if (strcmp(call, "v2.reissue") != 0)
		return true;
	answer->status = 422;
	answer->body = "{\"status\":422,\"detail\":\"EMS-1063 too many\"}";
	return false;
}

static void test_a_refusal_leaves_nothing_behind(void **state)
{
	(void)state;
	set_up(NULL);
	ca.meddle = refuse;
	PLAY_FAILS(&p, reissue(NULL), EMSIGN_E_REJECTED, "EMS-1063");
	assert_int_equal(play_rows(&p, "reissue"), 0);
	assert_int_equal(play_count(&p, "csr"), 1);
	check_key();
	play_close(&p);
}

static bool break_down(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	if (strcmp(call, "v2.certificate") == 0)
		*answer = (struct scripted_answer){ .status = 404, .body = "" };
	return true;
}

static void test_what_is_issued_and_not_here_is_open(void **state)
{
	emsign_order *before, *now;

	(void)state;
	set_up(NULL);
	before = order();
	PLAY_OK(&p, reissue(NULL));
	ca.meddle = break_down;
	assert_int_not_equal(refresh(), EMSIGN_OK);
	now = order();
	assert_int_equal(now->status, EMSIGN_STATUS_ISSUED);
	assert_int_equal(now->open, 1);
	emsign_free(now);
	ca.meddle = NULL;
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	check_renewed(before);
	emsign_free(before);
	play_close(&p);
}

/* --- no answer ----------------------------------------------------------------------------- */

/* What has to be on disk when the question leaves. */
static void look_at_disk(void)
{
	assert_int_equal(play_rows(&p, "reissue"), 1);
	assert_int_equal(play_count(&p, "csr"), 2);
}

static emsign_rc need_no_owner(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)ud;
	(void)kind;
	(void)id;
	for (; row->key; row++)
		assert_string_not_equal(row->key, "owner");
	return EMSIGN_OK;
}

static void lose_it(bool arrives)
{
	struct rest_loss loss = { "v2.reissue", arrives, look_at_disk };

	ca.meddle = rest_lose;
	ca.ud = &loss;
	PLAY_FAILS(&p, reissue(NULL), EMSIGN_E_INDOUBT, "");
	ca.meddle = NULL;
	assert_int_equal(play_rows(&p, "reissue"), 1);
	/* nobody sends it any more: other processes may settle it, too */
	PLAY_OK(&p, emsign_store_scan(p.store, "reissue", NULL, NULL, 0, need_no_owner, NULL,
				      &p.err));
	play_restart(&p);
}

static void test_a_lost_answer_is_found_by_refresh(void **state)
{
	emsign_order *before;

	(void)state;
	set_up(NULL);
	before = order();
	lose_it(true);
	ca.orders[0].lags = true; /* and settled although there is no certificate yet */
	PLAY_OK(&p, refresh());
	assert_int_equal(play_rows(&p, "reissue"), 0);
	check_key();
	ca.orders[0].lags = false;
	PLAY_OK(&p, refresh());
	check_renewed(before);
	emsign_free(before);
	play_close(&p);
}

static void test_a_lost_answer_is_found_by_the_next_call(void **state)
{
	emsign_order *now = NULL;

	(void)state;
	for (int issued = 0; issued < 2; issued++) {
		set_up(NULL);
		lose_it(true);
		ca.issues = issued; /* told by the number, or by the state */
		PLAY_OK(&p, emsign_account_reissue(p.account, "1", NULL, &now, &p.err));
		assert_string_equal(now->request_number, "9101");
		emsign_free(now);
		assert_int_equal(clerk_heard(&p, "v2.reissue"), 1);
		check_key();
		play_close(&p);
	}
	set_up(NULL);
	lose_it(true);
	PLAY_FAILS(&p, reissue(OPTIONS({ "san", "b.example.com" })), EMSIGN_E_STATE,
		   "did happen, with another key or other names");
	check_key();
	play_close(&p);
}

static void test_what_never_arrived_is_asked_again_with_its_key(void **state)
{
	static const emsign_kv patient[] = { { "settle_ms", "12000" }, { NULL, NULL } };
	emsign_order *before;

	(void)state;
	set_up(NULL);
	before = order();
	lose_it(false);
	play_restart_with(&p, patient);
	PLAY_OK(&p, refresh()); /* too early to tell */
	assert_int_equal(play_rows(&p, "reissue"), 1);
	PLAY_OK(&p, reissue(NULL));
	assert_int_equal(p.waited_ms, 12000);
	assert_int_equal(ca.orders[0].reissued, 1);
	assert_int_equal(play_count(&p, "csr"), 2);
	PLAY_OK(&p, refresh());
	check_renewed(before);
	emsign_free(before);
	play_close(&p);
}

static void test_what_never_arrived_is_dropped_by_refresh(void **state)
{
	(void)state;
	set_up(NULL);
	lose_it(false);
	PLAY_OK(&p, refresh());
	assert_int_equal(play_rows(&p, "reissue"), 0);
	check_key();
	/* its key stays, and is nobody's by now */
	PLAY_OK(&p, reissue(OPTIONS({ "key", "RSA:2048" })));
	assert_int_equal(play_count(&p, "csr"), 3);
	check_key();
	play_close(&p);
}

/* A process died before it could ask; that the order has a new request is somebody else's doing. */
static void test_what_never_left_never_happened(void **state)
{
	static const emsign_kv row[] = { { "request_number", "9001" }, { "spki", "00" },
					 { "created_at", "1768472000" }, { NULL, NULL } };
	emsign_order *before, *now;

	(void)state;
	set_up(NULL);
	before = order();
	PLAY_OK(&p, emsign_store_put(p.store, "reissue", "lab/1", row, &p.err));
	ca.orders[0].reissued++;
	PLAY_OK(&p, refresh());
	now = order();
	assert_string_equal(now->spki, before->spki);
	assert_int_equal(play_rows(&p, "reissue"), 0);
	emsign_free(now);
	emsign_free(before);
	play_close(&p);
}

/* Somebody else may settle it while the answer is on its way. */
static bool settle(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	(void)answer;
	if (strcmp(call, "v2.reissue") == 0)
		PLAY_OK(&p, emsign_store_remove(p.store, "reissue", "lab/1", &p.err));
	return true;
}

static void test_an_answer_counts_although_somebody_settled_it(void **state)
{
	emsign_order *before;

	(void)state;
	set_up(NULL);
	before = order();
	ca.meddle = settle;
	PLAY_OK(&p, reissue(NULL));
	check_key();
	PLAY_OK(&p, refresh());
	check_renewed(before);
	emsign_free(before);
	play_close(&p);
}

/* The number alone tells, and without one nothing is asked. */
static bool without_number(void *ud, size_t number, const char *call,
			   struct scripted_answer *answer)
{
	(void)ud;
	(void)number;
	if (strcmp(call, "v2.track") == 0)
		answer->body = "{\"orderId\":\"1\",\"status\":\"issued\"}";
	return true;
}

static void test_without_a_request_number(void **state)
{
	(void)state;
	set_up(NULL);
	ca.meddle = without_number;
	PLAY_FAILS(&p, reissue(NULL), EMSIGN_E_PROTO, "does not tell the request number");
	assert_int_equal(clerk_heard(&p, "v2.reissue"), 0);
	play_close(&p);
	set_up(NULL);
	lose_it(true);
	ca.meddle = without_number;
	PLAY_FAILS(&p, reissue(NULL), EMSIGN_E_INDOUBT, "does not tell what became of it");
	assert_int_equal(play_rows(&p, "reissue"), 1);
	play_close(&p);
}

/* --- interruption -------------------------------------------------------------------------- */

/* Whatever of the store fails: the next call makes good what is left, and asks the CA once. */
static bool break_store(struct failstore *store, void (*set)(struct failstore *self, size_t n),
			size_t n)
{
	bool through;
	emsign_rc rc;

	set_up(NULL);
	p.store = failstore_new(store, p.store);
	play_restart(&p);
	set(store, n);
	rc = reissue(NULL);
	through = store->failed == 0;
	failstore_never(store);
	if (through)
		assert_int_equal(rc, EMSIGN_OK);
	if (rc) /* and now the disk is well again */
		PLAY_OK(&p, reissue(NULL));
	assert_int_equal(ca.orders[0].reissued, 1);
	assert_int_equal(play_rows(&p, "reissue"), 0);
	check_key();
	PLAY_OK(&p, refresh());
	check_key();
	play_close(&p);
	return through;
}

static void test_the_store_may_fail_at_every_call(void **state)
{
	struct failstore store;
	size_t n;

	(void)state;
	for (n = 0; !break_store(&store, failstore_at, n); n++)
		;
	assert_in_range(n, 10, 200);
	for (n = 0; !break_store(&store, failstore_from, n); n++)
		;
}

static void test_one_at_a_time(void **state)
{
	emsign_op *ops[2];

	(void)state;
	rest_open(&ca, &p, SCRIPTED_OPEN, NULL);
	rest_issue(&ca);
	for (size_t i = 0; i < COUNT(ops); i++) {
		PLAY_OK(&p, emsign_account_begin(p.account, "reissue", OPTIONS({ "order", "1" }),
						 &ops[i], &p.err));
		PLAY_OK(&p, emsign_op_submit(ops[i], NULL, NULL, &p.err));
	}
	PLAY_OK(&p, emsign_op_run(ops[0], &p.err));
	PLAY_FAILS(&p, emsign_op_run(ops[1], &p.err), EMSIGN_E_CONFLICT,
		   "is being reissued by somebody else");
	assert_int_equal(clerk_heard(&p, "v2.reissue"), 1);
	assert_int_equal(play_count(&p, "csr"), 2);
	for (size_t i = 0; i < COUNT(ops); i++)
		emsign_op_free(ops[i]);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_key_for_the_same_names),
		cmocka_unit_test(test_other_names_for_the_same_key),
		cmocka_unit_test(test_a_csr_that_is_there_already),
		cmocka_unit_test(test_what_cannot_be_asked),
		cmocka_unit_test(test_the_first_generation_has_none),
		cmocka_unit_test(test_what_is_replaced_is_not_taken_for_the_new_one),
		cmocka_unit_test(test_a_third_key_is_no_delay),
		cmocka_unit_test(test_a_refusal_leaves_nothing_behind),
		cmocka_unit_test(test_what_is_issued_and_not_here_is_open),
		cmocka_unit_test(test_a_lost_answer_is_found_by_refresh),
		cmocka_unit_test(test_a_lost_answer_is_found_by_the_next_call),
		cmocka_unit_test(test_what_never_arrived_is_asked_again_with_its_key),
		cmocka_unit_test(test_what_never_arrived_is_dropped_by_refresh),
		cmocka_unit_test(test_what_never_left_never_happened),
		cmocka_unit_test(test_an_answer_counts_although_somebody_settled_it),
		cmocka_unit_test(test_without_a_request_number),
		cmocka_unit_test(test_the_store_may_fail_at_every_call),
		cmocka_unit_test(test_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
