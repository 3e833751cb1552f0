/* SPDX-License-Identifier: MIT */
/* What an order may still be missing: its CSR, the agreement, documents. */
#include "../support/play.h"

#include <stdlib.h>
#include <string.h>

static struct play p;

/* An order that was placed elsewhere, without a CSR. */
static void set_up(enum scripted_mode mode)
{
	static const emsign_kv row[] = { { "credential", "lab" }, { "number", "1" },
					 { "url", PLAY_SITE }, { "domain", PLAY_NAME },
					 { "status", "pending-csr" }, { NULL, NULL } };

	play_open(&p, mode, NULL);
	PLAY_OK(&p, emsign_store_put(p.store, "order", "lab/1", row, &p.err));
}

static emsign_csr *make_csr(const char *domain)
{
	const emsign_kv form[] = { { "domain", domain }, { NULL, NULL } };
	emsign_csr *csr = NULL;

	PLAY_OK(&p, emsign_client_csr_make(p.client, "lab", form, &csr, &p.err));
	return csr;
}

/* --- CSR ---------------------------------------------------------------------------------- */

static void test_a_csr_by_its_id_or_as_text(void **state)
{
	emsign_order *order;
	emsign_csr *csr;

	(void)state;
	set_up(SCRIPTED_BLOCKING);
	csr = make_csr(PLAY_NAME);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_submit_csr(p.account, "1", csr->id, &p.err));
	assert_string_equal(play_call(&p, 0), "SubmitCSR");
	assert_true(play_asked(&p, 0, "BEGIN CERTIFICATE REQUEST"));
	assert_true(play_asked(&p, 0, "\"requestorEmail\":\"alex@example.com\""));
	order = play_get(&p, "order", "lab/1");
	assert_string_equal(order->csr, csr->id);
	assert_string_equal(order->spki, csr->spki);
	emsign_free(order);
	/* the same as text: its key may be anywhere */
	play_no(&p, "EMS-1068", "CSR is already submitted");
	PLAY_OK(&p, emsign_account_submit_csr(p.account, "1", csr->pem, &p.err));
	order = play_get(&p, "order", "lab/1");
	assert_null(order->csr);
	assert_string_equal(order->spki, csr->spki);
	emsign_free(order);
	emsign_free(csr);
	play_close(&p);
}

static void test_a_csr_that_does_not_fit(void **state)
{
	emsign_csr *csr;

	(void)state;
	set_up(SCRIPTED_BLOCKING);
	csr = make_csr("other.example.com");
	PLAY_FAILS(&p, emsign_account_submit_csr(p.account, "1", csr->id, &p.err),
		   EMSIGN_E_MISMATCH,
		   "csr is for 'other.example.com', order 'lab/1' for '" PLAY_NAME "'");
	PLAY_FAILS(&p, emsign_account_submit_csr(p.account, "1", "lab/none", &p.err),
		   EMSIGN_E_NOTFOUND, "there is no csr 'lab/none'");
	PLAY_FAILS(&p, emsign_account_submit_csr(p.account, "1", "nonsense", &p.err),
		   EMSIGN_E_INVALID, "");
	PLAY_FAILS(&p, emsign_account_submit_csr(p.account, "1", NULL, &p.err), EMSIGN_E_INVALID,
		   "csr is missing");
	assert_int_equal(scripted_n(p.net), 0);
	emsign_free(csr);
	play_close(&p);
}

/* --- agreement ---------------------------------------------------------------------------- */

static void test_the_agreement(void **state)
{
	static const emsign_kv form[] = { { "signer.place", "Berlin" }, { NULL, NULL } };
	emsign_order *order;

	(void)state;
	set_up(SCRIPTED_BLOCKING);
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_accept(p.account, "1", form, &p.err));
	assert_string_equal(play_call(&p, 0), "AgreementAcceptance");
	assert_true(play_asked(&p, 0, "\"signerName\":\"Alex Example\",\"signerPlace\":\"Berlin\","
				      "\"signerIP\":\"203.0.113.10\""));
	order = play_get(&p, "order", "lab/1");
	assert_string_equal(order->agreement, "completed");
	emsign_free(order);
	play_no(&p, "EMS-1082", "Agreement already signed");
	PLAY_OK(&p, emsign_account_accept(p.account, "lab/1", NULL, &p.err));
	play_close(&p);
}

static void test_an_agreement_wants_a_signer(void **state)
{
	static const struct {
		emsign_kv form[2];
		const char *sentence;
	} rows[] = {
		{ { { "signer.ip", "127.0.0.1" } }, "signer.ip '127.0.0.1' is a loopback address" },
		{ { { "signer.ip", "::1" } }, "signer.ip '::1' is a loopback address" },
		{ { { "signer.ip", "nowhere" } }, "signer.ip 'nowhere' has to be an IP address" },
		{ { { "signer.nme", "x" } },
		  "accept takes no 'signer.nme' (did you mean 'signer.name'?)" },
	};
	static const emsign_kv without[] = { { "requester.name", "" }, { NULL, NULL } };
	emsign_account *account = NULL;

	(void)state;
	set_up(SCRIPTED_BLOCKING);
	for (size_t i = 0; i < COUNT(rows); i++)
		PLAY_FAILS(&p, emsign_account_accept(p.account, "1", rows[i].form, &p.err),
			   EMSIGN_E_INVALID, rows[i].sentence);
	PLAY_OK(&p, emsign_client_credential_update(p.client, "lab", without, NULL, &p.err));
	PLAY_OK(&p, emsign_client_account(p.client, "lab", &account, &p.err));
	PLAY_FAILS(&p, emsign_account_accept(account, "1", NULL, &p.err), EMSIGN_E_INVALID,
		   "signer.name is missing");
	assert_int_equal(scripted_n(p.net), 0);
	emsign_account_free(account);
	play_close(&p);
}

/* Two operations on one order at once: neither undoes what the other brought. */
static void test_two_at_once_do_not_undo_each_other(void **state)
{
	emsign_op *ops[2] = { NULL, NULL };
	emsign_order *order;
	emsign_csr *csr;

	(void)state;
	set_up(SCRIPTED_OPEN);
	csr = make_csr(PLAY_NAME);
	for (size_t i = 0; i < 2; i++) {
		const emsign_kv args[] = { { "order", "1" }, { i ? NULL : "csr", csr->id },
					   { NULL, NULL } };

		PLAY_OK(&p, emsign_account_begin(p.account, i ? "accept" : "submit_csr", args,
						 &ops[i], &p.err));
		PLAY_OK(&p, emsign_op_submit(ops[i], NULL, NULL, &p.err));
		play_yes(&p, NULL);
	}
	for (int i = 0; i < 6; i++)
		PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	assert_int_equal(scripted_count(p.net).most_in_flight, 2);
	order = play_get(&p, "order", "lab/1");
	assert_string_equal(order->agreement, "completed");
	assert_string_equal(order->csr, csr->id);
	emsign_free(order);
	emsign_free(csr);
	emsign_op_free(ops[0]);
	emsign_op_free(ops[1]);
	play_close(&p);
}

/* --- documents ---------------------------------------------------------------------------- */

static emsign_rc submit(const char *name, const char *description, const void *bytes, size_t len)
{
	return emsign_account_submit_document(p.account, "1", name, description, bytes, len,
					      &p.err);
}

static void test_documents(void **state)
{
	static const char pdf[] = "%PDF-1.7 content";
	const size_t most = (size_t)3 * 1024 * 1024;
	char *big = calloc(1, most + 1);

	(void)state;
	assert_non_null(big);
	memcpy(big, pdf, 8);
	set_up(SCRIPTED_BLOCKING);
	PLAY_FAILS(&p, submit("a.txt", "x", pdf, 16), EMSIGN_E_INVALID, "has to end with .pdf");
	PLAY_FAILS(&p, submit("a.pdf", "12345678901234567890123456", pdf, 16), EMSIGN_E_INVALID,
		   "description has to have 1 to 25 characters");
	PLAY_FAILS(&p, submit("a.pdf", "", pdf, 16), EMSIGN_E_INVALID, "1 to 25 characters");
	PLAY_FAILS(&p, submit("a.pdf", "x", "hello", 5), EMSIGN_E_INVALID, "is no PDF");
	PLAY_FAILS(&p, submit("a.pdf", "x", "%PD", 3), EMSIGN_E_INVALID, "is no PDF");
	PLAY_FAILS(&p, submit("a.pdf", "x", big, most + 1), EMSIGN_E_INVALID, "at most 3 MB");
	PLAY_FAILS(&p, submit("a.pdf", "x", NULL, 0), EMSIGN_E_INVALID, "are needed");
	assert_int_equal(scripted_n(p.net), 0);
	play_yes(&p, NULL);
	PLAY_OK(&p, submit("a.pdf", "1234567890123456789012345", pdf, 16));
	assert_string_equal(play_call(&p, 0), "SubmitDocument");
	assert_true(play_asked(&p, 0, "\"fileName\":\"a.pdf\""));
	assert_true(play_asked(&p, 0, "\"base64Value\":\"JVBERi0x"));
	play_yes(&p, NULL);
	PLAY_OK(&p, submit("A.PDF", "x", big, most));
	play_lost(&p);
	PLAY_FAILS(&p, submit("a.pdf", "x", pdf, 16), EMSIGN_E_INDOUBT, "");
	assert_int_equal(scripted_n(p.net), 3);
	free(big);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_a_csr_by_its_id_or_as_text),
		FAIL_TEST(test_a_csr_that_does_not_fit),
		FAIL_TEST(test_the_agreement),
		FAIL_TEST(test_an_agreement_wants_a_signer),
		FAIL_TEST(test_two_at_once_do_not_undo_each_other),
		FAIL_TEST(test_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
