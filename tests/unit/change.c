/* SPDX-License-Identifier: MIT */
/* Cancel and revoke: what may be asked, what comes back, and what a lost answer means. */
#include "../support/failstore.h"
#include "../support/play.h"

#include <string.h>

static struct play p;

#define ISSUED 20
#define FULFILLED 6
#define REVOKED_IS(id)                                                                     \
	",\"revocationDetails\":{\"revokeRequestStatusId\":\"" id "\",\"revokeReasonId\":\"4\"," \
	"\"revokeProcessedDate\":\"2026-01-15 11:00:00\"}"
#define TRACKED(certificate, more)                                                         \
	"{\"orderDetails\":{\"orderStatusId\":\"6\",\"orderStatus\":\"order 6\","            \
	"\"certificateStatusId\":\"" certificate "\",\"certificateStatus\":\"c\"" more          \
	"},\"meta\":{\"status\":\"1\"}}"

static void set_up(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "1"));
}

static emsign_rc cancel(emsign_order **out)
{
	return emsign_account_cancel(p.account, "1", "not needed", out, &p.err);
}

static emsign_rc revoke(emsign_order **out)
{
	return emsign_account_revoke(p.account, "1", "superseded", "replaced", out, &p.err);
}

static int64_t status_of(const char *id)
{
	emsign_order *order = play_get(&p, "order", id);
	int64_t status = order->status;

	emsign_free(order);
	return status;
}

/* --- cancel ------------------------------------------------------------------------------- */

static void test_cancel_and_cancel_again(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	set_up();
	play_yes(&p, NULL);
	play_tracked(&p, 13, 5, NULL);
	PLAY_OK(&p, cancel(&order));
	assert_string_equal(play_call(&p, 1), "RejectOrder");
	assert_true(play_asked(&p, 1, "\"orderNumber\":\"1\",\"rejectRemarks\":\"not needed\""));
	assert_int_equal(order->status, EMSIGN_STATUS_CANCELED);
	emsign_free(order);
	play_no(&p, "EMS-985", "Order already cancelled");
	play_tracked(&p, 13, 5, NULL);
	PLAY_OK(&p, cancel(NULL));
	play_close(&p);
}

static void test_cancel_counts_although_the_state_lags(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	set_up();
	play_yes(&p, NULL);
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, cancel(&order));
	assert_int_equal(order->status, EMSIGN_STATUS_CANCELED);
	emsign_free(order);
	play_close(&p);

	set_up(); /* or cannot be read at all */
	play_yes(&p, NULL);
	play_no(&p, "EMS-1197", "You are not authorized");
	PLAY_OK(&p, cancel(NULL));
	assert_int_equal(status_of("lab/1"), EMSIGN_STATUS_CANCELED);
	play_close(&p);
}

static void test_cancel_wants_words(void **state)
{
	(void)state;
	set_up();
	PLAY_FAILS(&p, emsign_account_cancel(p.account, "1", NULL, NULL, &p.err), EMSIGN_E_INVALID,
		   "remarks is missing");
	PLAY_FAILS(&p, emsign_account_cancel(p.account, "1", "", NULL, &p.err), EMSIGN_E_INVALID,
		   "remarks is missing");
	PLAY_FAILS(&p, emsign_account_cancel(p.account, "2", "x", NULL, &p.err), EMSIGN_E_NOTFOUND,
		   "no order 'lab/2'");
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

/* The CA issues between our last look and the cancel: that is said, and the certificate fetched. */
static void test_p08_issued_meanwhile(void **state)
{
	emsign_order *order;
	emsign_csr *csr;

	(void)state;
	for (int accepted = 0; accepted < 2; accepted++) {
		emsign_order *none = NULL;

		set_up();
		order = play_get(&p, "order", "lab/1");
		csr = play_csr(&p, order);
		emsign_free(order);
		if (accepted) /* it may even accept */
			play_yes(&p, NULL);
		else
			play_no(&p, "EMS-962", "Certificate Already Generated");
		play_tracked(&p, ISSUED, FULFILLED, NULL);
		play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
		PLAY_FAILS(&p, cancel(&none), EMSIGN_E_STATE, "it can be revoked, not canceled");
		assert_null(none);
		order = play_get(&p, "order", "lab/1");
		assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
		assert_true(play_has(&p, "certificate", order->certificate));
		assert_int_equal(scripted_n(p.net), 4); /* no revocation among them */
		emsign_free(order);
		emsign_free(csr);
		play_close(&p);
	}
}

static void test_a_lost_answer_to_cancel_is_asked_again(void **state)
{
	(void)state;
	set_up();
	play_lost(&p);
	play_no(&p, "EMS-985", "Order already cancelled");
	play_tracked(&p, 13, 5, NULL);
	PLAY_OK(&p, cancel(NULL));
	for (int i = 0; i < 5; i++)
		play_lost(&p);
	PLAY_FAILS(&p, cancel(NULL), EMSIGN_E_NET, "connection reset");
	play_close(&p);
}

static void test_cancel_of_a_draft(void **state)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME },
					  { "draft", "yes" }, { NULL, NULL } };
	emsign_order *order = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"orderDetails\":{\"requestNumber\":\"77\",\"orderNumber\":\"\"}");
	PLAY_OK(&p, emsign_account_place(p.account, form, NULL, &p.err));
	play_yes(&p, NULL);
	play_report(&p, 1, 0, 0, NULL, 0);
	PLAY_OK(&p, emsign_account_cancel(p.account, "request-77", "not needed", &order, &p.err));
	assert_string_equal(play_call(&p, 1), "RejectRequest");
	assert_true(play_asked(&p, 1, "\"requestNumber\":\"77\""));
	assert_int_equal(order->status, EMSIGN_STATUS_CANCELED);
	emsign_free(order);
	play_close(&p);
}

/* --- revoke ------------------------------------------------------------------------------- */

static void test_p54_reasons_are_taken_as_they_are_or_refused(void **state)
{
	static const struct {
		const char *reason, *id; /* NULL: the CA has none */
	} rows[] = {
		{ "key-compromise", "1" }, { "affiliation-changed", "3" }, { "superseded", "4" },
		{ "cessation-of-operation", "5" }, { "privilege-withdrawn", "9" },
		{ "unspecified", NULL }, { "ca-compromise", NULL }, { "certificate-hold", NULL },
		{ "remove-from-crl", NULL }, { "aa-compromise", NULL }, { "4", NULL },
		{ "Superseded", NULL }, { NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char want[64] = "\"revokeReasonId\":\"";

		set_up();
		if (rows[i].id) {
			strcat(strcat(want, rows[i].id), "\"");
			play_tracked(&p, ISSUED, FULFILLED, NULL);
			play_yes(&p, NULL);
			play_tracked(&p, ISSUED, FULFILLED, NULL);
			PLAY_OK(&p, emsign_account_revoke(p.account, "1", rows[i].reason,
							  "replaced", NULL, &p.err));
			assert_string_equal(play_call(&p, 2), "RevokeOrder");
			assert_true(play_asked(&p, 2, want));
			assert_true(play_asked(&p, 2, "\"revokeRemarks\":\"replaced\""));
		} else {
			PLAY_FAILS(&p,
				   emsign_account_revoke(p.account, "1", rows[i].reason, "x", NULL,
							 &p.err),
				   EMSIGN_E_INVALID,
				   "possible: key-compromise|affiliation-changed|");
			assert_int_equal(scripted_n(p.net), 1);
		}
		play_close(&p);
	}
}

static void test_comments_are_checked(void **state)
{
	static const char *const bad[] = { "a;b", "<b>", "\"x\"", "a\\b" };

	(void)state;
	set_up();
	for (size_t i = 0; i < COUNT(bad); i++)
		PLAY_FAILS(
			&p,
			emsign_account_revoke(p.account, "1", "superseded", bad[i], NULL, &p.err),
			EMSIGN_E_INVALID, "comments may not hold");
	PLAY_FAILS(&p, emsign_account_revoke(p.account, "1", "superseded", NULL, NULL, &p.err),
		   EMSIGN_E_INVALID, "comments is missing");
	assert_int_equal(scripted_n(p.net), 1);
	play_close(&p);
}

static void test_only_what_is_issued_can_be_revoked(void **state)
{
	(void)state;
	set_up();
	play_tracked(&p, 24, 2, NULL);
	PLAY_FAILS(&p, revoke(NULL), EMSIGN_E_STATE,
		   "order 'lab/1' is pending; only an issued one can be revoked, cancel this one");
	play_tracked(&p, 13, 5, NULL);
	PLAY_FAILS(&p, revoke(NULL), EMSIGN_E_STATE, "is canceled; only an issued one");
	assert_int_equal(scripted_n(p.net), 3);
	play_close(&p);
}

static void set_up_issued(void)
{
	emsign_order *order;
	emsign_csr *csr;

	set_up();
	order = play_get(&p, "order", "lab/1");
	csr = play_csr(&p, order);
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	emsign_free(order);
	emsign_free(csr);
}

static void test_p54_a_revocation_is_read_back_and_marks_the_certificate(void **state)
{
	emsign_order *order;
	emsign_certificate *c = NULL;

	(void)state;
	set_up_issued();
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_yes(&p, NULL);
	play_tracked(&p, 22, FULFILLED, REVOKED_IS("2"));
	PLAY_OK(&p, revoke(&order));
	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED);
	assert_string_equal(order->revoke_status, "revoked");
	assert_string_equal(order->revoke_reason, "superseded");
	assert_int_equal(order->revoked_at, 1768474800);
	c = play_get(&p, "certificate", order->certificate);
	assert_int_equal(c->revoked_at, 1768474800);
	assert_string_equal(c->revoke_reason, "superseded");
	emsign_free(c);
	emsign_free(order);
	/* and again: nothing is sent */
	play_tracked(&p, 22, FULFILLED, REVOKED_IS("2"));
	PLAY_OK(&p, revoke(NULL));
	assert_string_equal(play_call(&p, scripted_n(p.net) - 1), "TrackOrder");
	play_close(&p);
}

/* A CA that has the order revoked once it was asked to. */
static void revoke_at_ca(void *ud, size_t number, const struct scripted_request *request,
			 struct scripted_answer *out)
{
	static const emsign_kv json[] = { { "Content-Type", "application/json" }, { NULL, NULL } };
	bool *revoked = ud;

	(void)number;
	out->status = 200;
	out->headers = json;
	if (strstr(request->url, "RevokeOrder")) {
		*revoked = true;
		out->body = "{\"meta\":{\"status\":\"1\"}}";
	} else {
		out->body = *revoked ? TRACKED("22", REVOKED_IS("2")) : TRACKED("20", "");
	}
}

/* Whatever of the store fails: what ends well is on record, at the order and its certificate. */
static bool break_store(struct failstore *store, void (*set)(struct failstore *self, size_t n),
			size_t n)
{
	bool at_ca = false;
	emsign_order *order;
	emsign_certificate *c;
	bool through;
	emsign_rc rc;

	set_up_issued();
	p.store = failstore_new(store, p.store);
	play_restart(&p);
	scripted_on_request(p.net, revoke_at_ca, &at_ca);
	set(store, n);
	rc = revoke(NULL);
	through = store->failed == 0;
	failstore_never(store);
	assert_int_equal(rc, through ? EMSIGN_OK : EMSIGN_E_STORE);
	if (!through) /* and now the disk is well again */
		PLAY_OK(&p, revoke(NULL));
	order = play_get(&p, "order", "lab/1");
	c = play_get(&p, "certificate", order->certificate);
	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED);
	assert_int_equal(c->revoked_at, 1768474800);
	emsign_free(c);
	emsign_free(order);
	play_close(&p);
	return through;
}

static void test_p54_the_store_may_fail_at_every_call(void **state)
{
	struct failstore store;
	size_t n;

	(void)state;
	for (n = 0; !break_store(&store, failstore_at, n); n++)
		;
	assert_in_range(n, 10, 100);
	for (n = 0; !break_store(&store, failstore_from, n); n++)
		;
}

static void test_p54_revoked_by_somebody_else(void **state)
{
	static const char *const codes[] = { "EMS-973", "EMS-972" };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		emsign_order *order = NULL;

		set_up();
		play_tracked(&p, ISSUED, FULFILLED, NULL);
		play_no(&p, codes[i], "already");
		play_tracked(&p, ISSUED, FULFILLED, REVOKED_IS("4"));
		PLAY_OK(&p, revoke(&order));
		assert_string_equal(order->revoke_status, "pending-approval");
		emsign_free(order);
		play_close(&p);
	}
}

static void test_a_request_is_kept_as_such(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	set_up();
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_yes(&p, NULL);
	play_no(&p, "EMS-1197", "You are not authorized"); /* no look back */
	PLAY_OK(&p, revoke(&order));
	assert_string_equal(order->revoke_status, "requested");
	assert_string_equal(order->revoke_reason, "superseded");
	assert_int_equal(order->revoked_at, 0);
	emsign_free(order);
	play_close(&p);
}

static void test_p54_a_lost_answer_is_settled_by_looking(void **state)
{
	emsign_order *order = NULL;

	(void)state;
	set_up(); /* it happened */
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_lost(&p);
	play_tracked(&p, ISSUED, FULFILLED, REVOKED_IS("1"));
	PLAY_OK(&p, revoke(&order));
	assert_string_equal(order->revoke_status, "requested");
	emsign_free(order);
	assert_int_equal(scripted_n(p.net), 4); /* sent once */
	assert_non_null(strstr(p.log, "looking what became of it"));
	play_close(&p);

	set_up(); /* it did not, as far as one can see */
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_lost(&p);
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	PLAY_FAILS(&p, revoke(NULL), EMSIGN_E_INDOUBT, "without a usable answer");
	play_close(&p);

	set_up(); /* nobody can tell */
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_lost(&p);
	play_no(&p, "EMS-1197", "You are not authorized");
	PLAY_FAILS(&p, revoke(NULL), EMSIGN_E_INDOUBT, "without a usable answer");
	play_close(&p);
}

static void test_a_refusal_is_told(void **state)
{
	(void)state;
	set_up();
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_no(&p, "EMS-1213", "Invalid remarks");
	PLAY_FAILS(&p, revoke(NULL), EMSIGN_E_REJECTED, "Invalid remarks");
	assert_int_equal(scripted_n(p.net), 3);
	assert_int_equal(status_of("lab/1"), EMSIGN_STATUS_ISSUED);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_cancel_and_cancel_again),
		FAIL_TEST(test_cancel_counts_although_the_state_lags),
		FAIL_TEST(test_cancel_wants_words),
		FAIL_TEST(test_p08_issued_meanwhile),
		FAIL_TEST(test_a_lost_answer_to_cancel_is_asked_again),
		FAIL_TEST(test_cancel_of_a_draft),
		FAIL_TEST(test_p54_reasons_are_taken_as_they_are_or_refused),
		FAIL_TEST(test_comments_are_checked),
		FAIL_TEST(test_only_what_is_issued_can_be_revoked),
		FAIL_TEST(test_p54_a_revocation_is_read_back_and_marks_the_certificate),
		FAIL_TEST(test_p54_the_store_may_fail_at_every_call),
		FAIL_TEST(test_p54_revoked_by_somebody_else),
		FAIL_TEST(test_a_request_is_kept_as_such),
		FAIL_TEST(test_p54_a_lost_answer_is_settled_by_looking),
		FAIL_TEST(test_a_refusal_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
