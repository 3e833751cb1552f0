/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of the client's work fails once, and from then on: a documented code, nothing
 * leaks, nothing crashes, and no order is lost or paid for twice.
 */
#include "../support/proving.h"

#include <string.h>

static struct play p;

static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };

/* One piece of work on a stage that is set up anew, with all the memory there is. */
struct work {
	void (*prepare)(void);
	emsign_rc (*run)(void);
	void (*check)(emsign_rc rc); /* with memory again */
};

static bool once(const struct work *work, void (*set)(size_t n), size_t n)
{
	size_t live = fail_live();
	bool through;
	emsign_rc rc;

	work->prepare();
	set(n);
	memset(&p.err, 0, sizeof(p.err));
	rc = work->run();
	through = fail_failed() == 0;
	fail_never();
	assert_int_equal(p.err.rc, rc);
	if (through)
		assert_int_equal(rc, EMSIGN_OK);
	work->check(rc);
	play_close(&p);
	assert_int_equal(fail_live(), live);
	return through;
}

static void each(const struct work *work)
{
	size_t n;

	for (n = 0; !once(work, fail_at, n); n++)
		;
	assert_in_range(n, 10, 20000);
	for (n = 0; !once(work, fail_from, n); n += 29)
		;
}

static void only_nomem(emsign_rc rc)
{
	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM);
}

/* --- a credential ------------------------------------------------------------------------- */

static void bare(void)
{
	play_open_bare(&p, SCRIPTED_BLOCKING, NULL);
}

static emsign_rc add_credential(void)
{
	return play_add_credential(&p, "lab");
}

/* Record and access key: both or none. */
static void check_credential(emsign_rc rc)
{
	only_nomem(rc);
	assert_int_equal(play_rows(&p, "credential"), rc == EMSIGN_OK);
	assert_int_equal(play_store_holds(&p, "lab/access-key"), rc == EMSIGN_OK);
}

static void test_adding_a_credential(void **state)
{
	static const struct work work = { bare, add_credential, check_credential };

	(void)state;
	each(&work);
}

/* --- an order ----------------------------------------------------------------------------- */

static void ready_to_order(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_placed(&p, "1");
}

static emsign_rc place(void)
{
	emsign_order *order = NULL;
	emsign_rc rc = emsign_account_place(p.account, form, &order, &p.err);

	emsign_free(order);
	return rc;
}

/*
 * What was sent is either known or in doubt with its key and intent kept; and then the next call
 * finds it at the CA instead of ordering again.
 */
static void check_order(emsign_rc rc)
{
	struct play_row row = { .number = "1", .certificate = 24, .order = 2 };
	size_t sent = scripted_n(p.net);
	emsign_order *order = NULL;

	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_INDOUBT ||
		    rc == EMSIGN_E_CRYPTO);
	if (rc == EMSIGN_E_INDOUBT)
		assert_int_equal(sent, 1);
	if (rc == EMSIGN_OK || sent == 0 || !play_rows(&p, "intent")) {
		if (sent)
			assert_true(play_has(&p, "order", "lab/1"));
		return;
	}
	assert_int_equal(play_rows(&p, "csr"), 1);
	play_report(&p, 1, 1, 1, &row, 1);
	play_tracked(&p, 24, 2, NULL);
	PLAY_OK(&p, emsign_account_place(p.account, form, &order, &p.err));
	assert_string_equal(order->id, "lab/1");
	assert_string_equal(play_call(&p, scripted_n(p.net) - 1), "TrackOrder");
	emsign_free(order);
}

static void test_p01_placing_an_order(void **state)
{
	static const struct work work = { ready_to_order, place, check_order };

	(void)state;
	each(&work);
}

static void ready_for_a_burst(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_no(&p, "EMS-1154", "Inactive Account User.");
	play_placed(&p, "1");
}

/* Refused once, and then placed: what the pauses need may fail, the order may not be lost. */
static void check_burst(emsign_rc rc)
{
	size_t sent = scripted_n(p.net);

	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_INDOUBT ||
		    rc == EMSIGN_E_CRYPTO);
	assert_in_range(sent, 0, 2);
	if (rc == EMSIGN_OK)
		assert_int_equal(sent, 2);
	if (sent == 2)
		assert_true(play_has(&p, "order", "lab/1") || play_rows(&p, "intent") == 1);
}

static void test_p52_an_order_amid_a_burst(void **state)
{
	static const struct work work = { ready_for_a_burst, place, check_burst };

	(void)state;
	each(&work);
}

/* --- a certificate ------------------------------------------------------------------------ */

static void ready_to_refresh(void)
{
	emsign_order *order;
	emsign_csr *csr;

	play_open(&p, SCRIPTED_BLOCKING, NULL);
	order = play_place(&p, "1");
	csr = play_csr(&p, order);
	emsign_free(order);
	play_tracked(&p, 20, 6,
		     ",\"domainVerification\":{\"www.example.com\":{\"dcvStatus\":\"1\"}}");
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	emsign_free(csr);
}

static emsign_rc refresh(void)
{
	emsign_order *order = NULL;
	emsign_rc rc = emsign_account_refresh(p.account, "1", &order, &p.err);

	emsign_free(order);
	return rc;
}

/* Order and certificate point at each other, or neither does. */
static void check_certificate(emsign_rc rc)
{
	emsign_order *order = play_get(&p, "order", "lab/1");

	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_CRYPTO);
	assert_int_equal(play_count(&p, "certificate"), order->certificate != NULL);
	if (rc == EMSIGN_OK)
		assert_true(play_has(&p, "certificate", order->certificate));
	assert_non_null(order->spki);
	emsign_free(order);
}

static void test_refreshing_with_a_certificate(void **state)
{
	static const struct work work = { ready_to_refresh, refresh, check_certificate };

	(void)state;
	each(&work);
}

/* --- a keystore --------------------------------------------------------------------------- */

static emsign_certificate *certificate;

static void ready_to_export(void)
{
	emsign_order *order;

	ready_to_refresh();
	PLAY_OK(&p, refresh());
	order = play_get(&p, "order", "lab/1");
	certificate = play_get(&p, "certificate", order->certificate);
	emsign_free(order);
}

static emsign_rc export(void)
{
	static const emsign_kv options[] = { { "type", "pkcs12" }, { NULL, NULL } };
	emsign_secret *password = NULL;
	emsign_key *key = NULL;
	emsign_buf out = { 0 };
	emsign_rc rc = emsign_secret_new("EMSIGN-CANARY-password", 22, &password, &p.err);

	if (!rc)
		rc = emsign_client_key_open(p.client, certificate->csr, &key, &p.err);
	if (!rc)
		rc = emsign_keystore_pack(certificate, key, options, password, &out, &p.err);
	assert_int_equal(rc == EMSIGN_OK, out.len > 0);
	emsign_buf_free(&out);
	emsign_key_free(key);
	emsign_secret_free(password);
	return rc;
}

static void check_export(emsign_rc rc)
{
	emsign_free(certificate);
	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_CRYPTO);
}

static void test_exporting(void **state)
{
	static const struct work work = { ready_to_export, export, check_export };

	(void)state;
	each(&work);
}

/* --- account data ------------------------------------------------------------------------- */

static void ready_to_sync(void)
{
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"accountDetails\":{\"groups\":[{\"groupNumber\":\"11\","
		     "\"organizationDetails\":[{\"organizationNumber\":\"7\"}]}]}");
	play_yes(&p, "\"organizationDetails\":{\"organizationNumber\":\"7\","
		     "\"prevettingToken\":\"EMSIGN-CANARY-token\"}");
	play_yes(&p, "\"domainDetails\":[{\"domainName\":\"example.com\"}]");
	play_yes(&p, "\"productDetails\":[{\"products\":[{\"productCode\":\"842\"}]}]");
}

static emsign_rc sync_all(void)
{
	emsign_stats *stats = NULL;
	emsign_rc rc = emsign_account_sync(p.account, "all", &stats, &p.err);

	emsign_free(stats);
	return rc;
}

static void test_synchronising(void **state)
{
	static const struct work work = { ready_to_sync, sync_all, only_nomem };

	(void)state;
	each(&work);
}

/* --- proofs ------------------------------------------------------------------------------- */

static struct proving world;

static void ready_to_prove(void)
{
	proving_open(&world, &p, SCRIPTED_BLOCKING, NULL);
	proving_order(&world, "1", (const char *const[]){ "a.example.com", "b.example.com", NULL });
}

static emsign_rc prove(void)
{
	return emsign_account_validate(p.account, "1", NULL, "dns", NULL, &p.err);
}

/* What is published is on record; the next call takes it away. */
static void check_proofs(emsign_rc rc)
{
	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_CRYPTO);
	assert_true(world.n_shown <= proving_on_record(&world));
	PLAY_OK(&p, prove());
	assert_int_equal(world.n_shown, 0);
	assert_int_equal(proving_on_record(&world), 0);
	emsign_solver_free(world.solver);
}

static void test_p22_proving_names(void **state)
{
	static const struct work work = { ready_to_prove, prove, check_proofs };

	(void)state;
	each(&work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_adding_a_credential),
		FAIL_TEST(test_p01_placing_an_order),
		FAIL_TEST(test_p52_an_order_amid_a_burst),
		FAIL_TEST(test_refreshing_with_a_certificate),
		FAIL_TEST(test_exporting),
		FAIL_TEST(test_synchronising),
		FAIL_TEST(test_p22_proving_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
