/* SPDX-License-Identifier: MIT */
/* Certificates: fetched once there is one, and kept only when it is the right one. */
#include "../support/play.h"

#include <stdlib.h>
#include <string.h>

static struct play p;

#define ISSUED 20
#define FULFILLED 6
#define DAY INT64_C(86400)

/* An order of its own, and the PEM of its CSR. */
static emsign_csr *order_one(const emsign_kv *config)
{
	emsign_order *order;
	emsign_csr *csr;

	play_open(&p, SCRIPTED_BLOCKING, config);
	order = play_place(&p, "1");
	csr = play_csr(&p, order);
	emsign_free(order);
	return csr;
}

static emsign_rc refresh(emsign_order **out)
{
	return emsign_account_refresh(p.account, "1", out, &p.err);
}

static emsign_order *kept(void)
{
	return play_get(&p, "order", "lab/1");
}

static void test_an_issued_order_brings_its_certificate(void **state)
{
	emsign_csr *csr = order_one(NULL);
	emsign_order *order = NULL;
	emsign_certificate *c;

	(void)state;
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, refresh(&order));
	assert_true(
		play_asked(&p, 2, "\"requestorEmail\":\"alex@example.com\",\"orderNumber\":\"1\""));
	assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
	assert_null(order->certificate_note);
	c = play_get(&p, "certificate", order->certificate);
	assert_string_equal(c->credential, "lab");
	assert_string_equal(c->url, PLAY_SITE);
	assert_string_equal(c->order, "1");
	assert_string_equal(c->csr, order->csr);
	assert_string_equal(c->spki, order->spki);
	assert_string_equal(c->serial, order->serial);
	assert_string_equal(c->domain, PLAY_NAME);
	assert_int_equal(c->not_after, order->not_after);
	assert_int_equal(c->fetched_at, PLAY_NOW);
	emsign_free(c);
	emsign_free(order);
	/* once it is kept it is not fetched again */
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	PLAY_OK(&p, refresh(NULL));
	assert_int_equal(scripted_n(p.net), 4);
	emsign_free(csr);
	play_close(&p);
}

static void test_p03_a_certificate_of_another_key_or_name_is_not_kept(void **state)
{
	emsign_csr *csr = order_one(NULL);
	const struct testca_form backward = { .common = PLAY_NAME,
					      .names = "DNS:" PLAY_NAME,
					      .csr = csr->pem,
					      .from = PLAY_NOW,
					      .till = PLAY_NOW - DAY };
	emsign_order *order;

	(void)state;
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_certificate(&p, NULL, "DNS:" PLAY_NAME);
	PLAY_FAILS(&p, refresh(NULL), EMSIGN_E_MISMATCH, "another public key than its CSR");
	play_certificate(&p, csr->pem, "DNS:other.example.com");
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "1", NULL, &p.err), EMSIGN_E_MISMATCH,
		   "the certificate that the CA sent for order 'lab/1' was not kept: ");
	play_certificate_of(&p, &backward, false);
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "1", NULL, &p.err), EMSIGN_E_MISMATCH,
		   "ends before it begins");
	assert_int_equal(play_count(&p, "certificate"), 0);
	order = kept();
	assert_null(order->certificate);
	emsign_free(order);
	/* the right one is taken all the same, later */
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, emsign_account_fetch(p.account, "1", NULL, &p.err));
	emsign_free(csr);
	play_close(&p);
}

static void test_p20_names_that_the_ca_added_are_fine(void **state)
{
	emsign_csr *csr = order_one(NULL);

	(void)state;
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME ",DNS:example.com");
	PLAY_OK(&p, emsign_account_fetch(p.account, "1", NULL, &p.err));
	emsign_free(csr);
	play_close(&p);
}

static void test_p30_issued_wants_a_certificate_in_hand(void **state)
{
	emsign_csr *csr = order_one(NULL);
	emsign_order *order = NULL;

	(void)state;
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_no(&p, "EMS-946", "Certificate is still being processed");
	PLAY_OK(&p, refresh(&order));
	assert_int_equal(order->status, EMSIGN_STATUS_APPROVED);
	emsign_free(order);
	play_yes(&p, "\"certificateDetails\":{\"endEntityCertificate\":\"\"}");
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "1", NULL, &p.err), EMSIGN_E_PENDING,
		   "no certificate");
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	order = kept();
	assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
	assert_non_null(order->certificate);
	emsign_free(order);
	emsign_free(csr);
	play_close(&p);
}

static void test_garbage_is_no_certificate(void **state)
{
	(void)state;
	emsign_free(order_one(NULL));
	play_yes(&p, "\"certificateDetails\":{\"endEntityCertificate\":\"TUlJ\"}");
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "1", NULL, &p.err), EMSIGN_E_PROTO,
		   "what the CA sent for order 'lab/1' is no certificate");
	play_close(&p);
}

static void test_a_stop_gap_gives_way_to_the_final_one(void **state)
{
	emsign_csr *csr = order_one(NULL);
	const struct testca_form form = { .common = PLAY_NAME, .names = "DNS:" PLAY_NAME,
					  .csr = csr->pem };
	emsign_order *order = NULL;
	emsign_certificate *c = NULL;
	char *interim;

	(void)state;
	play_tracked(&p, 24, 2, ",\"interimDvIssued\":\"1\"");
	PLAY_OK(&p, refresh(NULL));
	play_certificate_of(&p, &form, true);
	PLAY_OK(&p, emsign_account_fetch(p.account, "1", &c, &p.err));
	assert_int_equal(c->interim, 1);
	interim = strdup(c->id);
	emsign_free(c);
	order = kept();
	assert_string_equal(order->certificate, interim);
	assert_int_equal(order->status, EMSIGN_STATUS_PENDING); /* it goes on */
	emsign_free(order);

	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_certificate_of(&p, &form, false);
	PLAY_OK(&p, emsign_account_refresh_open(p.account, NULL, &p.err));
	order = kept();
	assert_string_not_equal(order->certificate, interim);
	assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
	assert_int_equal(play_count(&p, "certificate"), 2);
	emsign_free(order);
	free(interim);
	emsign_free(csr);
	play_close(&p);
}

static void test_capacity_leaves_the_certificate_out(void **state)
{
	static const emsign_kv none[] = { { "capacity", "0" }, { NULL, NULL } };
	emsign_csr *csr = order_one(none);
	emsign_order *order = NULL;

	(void)state;
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	PLAY_OK(&p, refresh(&order));
	assert_string_equal(order->certificate_note,
			    "left out: the configured capacity is reached");
	assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
	assert_null(order->certificate);
	emsign_free(order);
	PLAY_FAILS(&p, emsign_account_fetch(p.account, "1", NULL, &p.err), EMSIGN_E_CAPACITY,
		   "0 certificates are kept, which is the configured capacity");
	assert_int_equal(scripted_n(p.net), 2);
	/* with room it is fetched, and the note goes */
	play_restart(&p);
	play_tracked(&p, ISSUED, FULFILLED, NULL);
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, refresh(&order));
	assert_non_null(order->certificate);
	assert_null(order->certificate_note);
	emsign_free(order);
	emsign_free(csr);
	play_close(&p);
}

static void test_expired_by_its_own_date(void **state)
{
	emsign_csr *csr = order_one(NULL);
	const struct testca_form old = { .common = PLAY_NAME, .names = "DNS:" PLAY_NAME,
					 .csr = csr->pem, .till = PLAY_NOW - DAY };
	emsign_order *order;

	(void)state;
	play_certificate_of(&p, &old, false);
	PLAY_OK(&p, emsign_account_fetch(p.account, "1", NULL, &p.err));
	order = kept();
	assert_int_equal(order->status, EMSIGN_STATUS_EXPIRED);
	assert_int_equal(order->not_after, PLAY_NOW - DAY);
	emsign_free(order);
	emsign_free(csr);
	play_close(&p);
}

/* Revoked by somebody else: the certificate that is kept says so too. */
static void test_a_revocation_that_is_found_marks_the_certificate(void **state)
{
	emsign_csr *csr = order_one(NULL);
	emsign_certificate *c = NULL;
	char *id;

	(void)state;
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, emsign_account_fetch(p.account, "1", &c, &p.err));
	id = strdup(c->id);
	emsign_free(c);
	play_tracked(&p, 22, 6,
		     ",\"revocationDetails\":{\"revokeRequestStatusId\":\"2\","
		     "\"revokeReasonId\":\"1\",\"revokeProcessedDate\":\"2026-01-10 00:00:00\"}");
	PLAY_OK(&p, refresh(NULL));
	c = play_get(&p, "certificate", id);
	assert_int_equal(c->revoked_at, 1768003200);
	assert_string_equal(c->revoke_reason, "key-compromise");
	emsign_free(c);
	free(id);
	emsign_free(csr);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_an_issued_order_brings_its_certificate),
		FAIL_TEST(test_p03_a_certificate_of_another_key_or_name_is_not_kept),
		FAIL_TEST(test_p20_names_that_the_ca_added_are_fine),
		FAIL_TEST(test_p30_issued_wants_a_certificate_in_hand),
		FAIL_TEST(test_garbage_is_no_certificate),
		FAIL_TEST(test_a_stop_gap_gives_way_to_the_final_one),
		FAIL_TEST(test_capacity_leaves_the_certificate_out),
		FAIL_TEST(test_expired_by_its_own_date),
		FAIL_TEST(test_a_revocation_that_is_found_marks_the_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
