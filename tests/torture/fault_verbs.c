/* SPDX-License-Identifier: MIT */
/* The verbs of the client as acts. */
#include "fault.h"

#include <stdio.h>
#include <string.h>

#define PDF "%PDF-1.4 EMSIGN-CANARY-document"

static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };

/* An output is there exactly when the call was a success. */
static emsign_rc gave(emsign_rc rc, const void *out)
{
	assert_int_equal(out != NULL, rc == EMSIGN_OK);
	return rc;
}

#define GAVE(type, call)                            \
	do {                                        \
		type *out = (void *)(uintptr_t)1;   \
		emsign_rc rc_ = call;               \
		(void)gave(rc_, out);               \
		emsign_free(out);                   \
		return rc_;                         \
	} while (0)

static void open_stage(struct stage *s)
{
	stage_open(s, NULL);
}

static void open_placed(struct stage *s)
{
	stage_open(s, NULL);
	stage_place(s);
}

static void open_issued(struct stage *s)
{
	stage_open(s, NULL);
	stage_issue(s);
}

static void open_fetched(struct stage *s)
{
	stage_open(s, NULL);
	stage_fetch(s);
}

/* --- what is known here ------------------------------------------------------------------- */

static emsign_rc run_client(struct stage *s)
{
	struct play *p = &s->p;
	static const emsign_kv config[] = { { "dcv_label", "_emsign" }, { NULL, NULL } };
	emsign_client *client = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_client_new(config, p->store, scripted_transport(p->net), p->sealing,
					 &client, &p->err);

	(void)gave(rc, client);
	emsign_client_free(client);
	return rc;
}

static emsign_rc run_add(struct stage *s)
{
	return play_add_credential(&s->p, "new");
}

static emsign_rc run_update(struct stage *s)
{
	static const emsign_kv fields[] = { { "signer.place", "Dayton" }, { NULL, NULL } };
	struct play *p = &s->p;
	emsign_secret *secret = NULL;
	emsign_rc rc = emsign_secret_new(PLAY_KEY, strlen(PLAY_KEY), &secret, &p->err);

	if (!rc)
		rc = emsign_client_credential_update(p->client, "lab", fields, secret, &p->err);
	emsign_secret_free(secret);
	return rc;
}

static void prepare_remove(struct stage *s)
{
	stage_open(s, NULL);
	PLAY_OK(&s->p, emsign_account_sync(s->p.account, "all", NULL, &s->p.err));
}

static emsign_rc run_remove(struct stage *s)
{
	return emsign_client_credential_remove(s->p.client, "lab", &s->p.err);
}

static void after_remove(struct stage *s)
{
	assert_int_equal(play_rows(&s->p, "group"), 0);
	assert_int_equal(play_rows(&s->p, "product"), 0);
}

static emsign_rc run_get(struct stage *s)
{
	GAVE(void, emsign_client_get(s->p.client, "order", "lab/1", &out, &s->p.err));
}

static emsign_rc count_record(void *ud, const char *kind, const void *record)
{
	(void)kind;
	(void)record;
	++*(size_t *)ud;
	return EMSIGN_OK;
}

static emsign_rc run_scan(struct stage *s)
{
	static const emsign_kv filter[] = { { "domain", PLAY_NAME }, { NULL, NULL } };
	size_t n = 0;
	emsign_rc rc = emsign_client_scan(s->p.client, "order", filter, NULL, 0, count_record, &n,
					  &s->p.err);

	if (rc == EMSIGN_OK)
		assert_int_equal(n, 1);
	return rc;
}

static emsign_rc run_csr(struct stage *s)
{
	GAVE(emsign_csr, emsign_client_csr_make(s->p.client, "lab", form + 1, &out, &s->p.err));
}

static emsign_rc run_key(struct stage *s)
{
	emsign_key *key = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_client_key_open(s->p.client, s->certificate->csr, &key, &s->p.err);

	if (gave(rc, key) == EMSIGN_OK)
		assert_string_equal(emsign_key_spki(key), s->certificate->spki);
	emsign_key_free(key);
	return rc;
}

static emsign_rc run_delete(struct stage *s)
{
	return emsign_client_order_delete(s->p.client, "lab/1", &s->p.err);
}

static void after_delete(struct stage *s)
{
	assert_false(play_has(&s->p, "order", "lab/1"));
	assert_int_equal(play_rows(&s->p, "tombstone"), 1);
}

static emsign_rc run_account(struct stage *s)
{
	emsign_account *account = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_client_account(s->p.client, "lab", &account, &s->p.err);

	(void)gave(rc, account);
	emsign_account_free(account);
	return rc;
}

/* --- account data ------------------------------------------------------------------------- */

static emsign_rc run_login(struct stage *s)
{
	return emsign_account_test(s->p.account, &s->p.err);
}

static emsign_rc run_sync(struct stage *s)
{
	GAVE(emsign_stats, emsign_account_sync(s->p.account, "all", &out, &s->p.err));
}

static void after_sync(struct stage *s)
{
	assert_int_equal(play_rows(&s->p, "group"), 1);
	assert_int_equal(play_rows(&s->p, "organization"), 1);
	assert_int_equal(play_rows(&s->p, "domain"), 1);
	assert_int_equal(play_rows(&s->p, "product"), 1);
}

/* One that is known here, and two that somebody else ordered: one of them issued. */
static void prepare_import(struct stage *s)
{
	open_issued(s);
	s->ca.n_orders = 3;
	s->ca.orders[1] = s->ca.orders[0];
	s->ca.orders[2] = s->ca.orders[0];
	s->ca.orders[2].certificate = 24;
	s->ca.orders[2].order = 2;
	s->ca.orders[2].proven = false;
	for (size_t i = 1; i < 3; i++) {
		struct clerk_order *order = &s->ca.orders[i];

		order->stranger = true;
		order->tag[0] = '\0';
		order->issued = false;
		(void)snprintf(order->number, sizeof(order->number), "%zu", i + 1);
		(void)snprintf(order->domain, sizeof(order->domain), "%zu.example.com", i + 1);
	}
}

static emsign_rc run_import(struct stage *s)
{
	GAVE(emsign_stats, emsign_account_import(s->p.account, NULL, &out, &s->p.err));
}

static void after_import(struct stage *s)
{
	assert_int_equal(play_count(&s->p, "order"), 3);
	assert_int_equal(play_count(&s->p, "certificate"), 2);
}

/* --- ordering ----------------------------------------------------------------------------- */

static emsign_rc run_place(struct stage *s)
{
	GAVE(emsign_order, emsign_account_place(s->p.account, form, &out, &s->p.err));
}

static void after_place(struct stage *s)
{
	assert_int_equal(s->ca.n_orders, 1);
	assert_true(play_has(&s->p, "order", "lab/1"));
	assert_int_equal(play_rows(&s->p, "intent"), 0);
}

static bool lose(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	(void)number;
	(void)call;
	*answer = (struct scripted_answer){ .rc = EMSIGN_E_NET, .detail = "connection reset" };
	return ud != NULL;
}

/* An order whose answer got lost, that arrived; and one that did not. */
static void prepare_doubt(struct stage *s, void *arrived)
{
	open_stage(s);
	PLAY_OK(&s->p, run_login(s)); /* it is the order that gets lost, not the token */
	s->ca.meddle = lose;
	s->ca.ud = arrived;
	PLAY_FAILS(&s->p, emsign_account_place(s->p.account, form, NULL, &s->p.err),
		   EMSIGN_E_INDOUBT, "");
	s->ca.meddle = NULL;
}

static void prepare_arrived(struct stage *s)
{
	prepare_doubt(s, s);
}

static void prepare_not_arrived(struct stage *s)
{
	prepare_doubt(s, NULL);
}

static emsign_rc run_begin(struct stage *s)
{
	struct play *p = &s->p;
	emsign_op *op = (void *)(uintptr_t)1;
	void *out = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_account_begin(p->account, "place", form, &op, &p->err);

	if (gave(rc, op))
		return rc;
	rc = emsign_op_run(op, &p->err);
	assert_true((emsign_op_kind(op) != NULL) == (rc == EMSIGN_OK));
	if (rc == EMSIGN_OK)
		rc = emsign_op_take(op, &out, &p->err);
	if (rc == EMSIGN_OK)
		emsign_free(out);
	emsign_op_free(op);
	return rc;
}

struct told {
	int times;
	emsign_error err;
};

static void done(void *ud, emsign_op *op, const emsign_error *err)
{
	struct told *told = ud;

	(void)op;
	told->times++;
	told->err = *err;
}

/* As an event loop would do it; the descriptor may be missing, and then it is asked by turns. */
static emsign_rc run_loop(struct stage *s)
{
	struct play *p = &s->p;
	struct told told = { 0 };
	emsign_op *op = NULL;
	emsign_rc rc = emsign_account_begin(p->account, "place", form, &op, &p->err);

	if (rc)
		return rc;
	(void)emsign_client_fd(p->client);
	rc = emsign_op_submit(op, done, &told, &p->err);
	while (rc == EMSIGN_OK && !told.times)
		rc = emsign_client_dispatch(p->client, -1, &p->err);
	emsign_op_free(op);
	if (rc)
		return rc;
	assert_int_equal(told.times, 1);
	p->err = told.err;
	return told.err.rc;
}

/* --- one order ---------------------------------------------------------------------------- */

static emsign_rc run_challenge(struct stage *s)
{
	GAVE(emsign_challenge, emsign_account_challenge(s->p.account, "1", NULL, "dns", &out,
							&s->p.err));
}

static emsign_rc run_verify(struct stage *s)
{
	return emsign_account_verify(s->p.account, "1", NULL, "dns", NULL, &s->p.err);
}

static emsign_rc run_validate(struct stage *s)
{
	GAVE(emsign_order, emsign_account_validate(s->p.account, "1", NULL, "dns", &out,
						   &s->p.err));
}

static void after_validate(struct stage *s)
{
	assert_true(s->ca.orders[0].proven);
	assert_int_equal(s->shown, 0);
	assert_int_equal(play_rows(&s->p, "presented"), 0);
}

static emsign_rc run_refresh(struct stage *s)
{
	GAVE(emsign_order, emsign_account_refresh(s->p.account, "1", &out, &s->p.err));
}

static void after_refresh(struct stage *s)
{
	emsign_order *order = play_get(&s->p, "order", "lab/1");

	assert_int_equal(order->status, EMSIGN_STATUS_ISSUED);
	assert_non_null(order->certificate);
	assert_int_equal(play_count(&s->p, "certificate"), 1);
	emsign_free(order);
}

static emsign_rc run_refresh_open(struct stage *s)
{
	GAVE(emsign_stats, emsign_account_refresh_open(s->p.account, &out, &s->p.err));
}

static emsign_rc run_fetch(struct stage *s)
{
	emsign_certificate *out = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_account_fetch(s->p.account, "1", &out, &s->p.err);

	if (gave(rc, out) == EMSIGN_OK)
		assert_string_equal(out->sans[0], PLAY_NAME);
	emsign_free(out);
	return rc;
}

static emsign_rc run_cancel(struct stage *s)
{
	GAVE(emsign_order, emsign_account_cancel(s->p.account, "1", "not wanted", &out,
						 &s->p.err));
}

static void after_cancel(struct stage *s)
{
	emsign_order *order = play_get(&s->p, "order", "lab/1");

	assert_int_equal(order->status, EMSIGN_STATUS_CANCELED);
	assert_int_equal(s->ca.orders[0].order, 5);
	emsign_free(order);
}

static emsign_rc run_revoke(struct stage *s)
{
	GAVE(emsign_order, emsign_account_revoke(s->p.account, "1", "superseded", "a new one",
						 &out, &s->p.err));
}

static void after_revoke(struct stage *s)
{
	emsign_order *order = play_get(&s->p, "order", "lab/1");

	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED);
	assert_int_equal(s->ca.orders[0].certificate, 22);
	emsign_free(order);
}

static void open_draft(struct stage *s)
{
	static const emsign_kv draft[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "draft", "yes" }, { NULL, NULL } };

	stage_open_rest(s);
	PLAY_OK(&s->p, emsign_account_place(s->p.account, draft, NULL, &s->p.err));
}

static emsign_rc run_promote(struct stage *s)
{
	GAVE(emsign_order, emsign_account_promote(s->p.account, "request-9001", NULL, &out,
						  &s->p.err));
}

/* The order took the place of the draft. */
static void after_promote(struct stage *s)
{
	assert_false(s->ca.orders[0].draft);
	assert_int_equal(s->ca.n_orders, 1);
	assert_true(play_has(&s->p, "order", "lab/1"));
	assert_int_equal(play_count(&s->p, "order"), 1);
}

/* The CA does not issue it again before all has been looked at. */
static void prepare_reissue(struct stage *s)
{
	stage_open_rest(s);
	rest_issue(&s->ca);
	s->ca.issues = false;
}

static emsign_rc run_reissue(struct stage *s)
{
	GAVE(emsign_order, emsign_account_reissue(s->p.account, "1", NULL, &out, &s->p.err));
}

static void after_reissue(struct stage *s)
{
	emsign_order *order = play_get(&s->p, "order", "lab/1");
	emsign_csr *csr = play_get(&s->p, "csr", order->csr);

	assert_int_equal(s->ca.orders[0].reissued, 1);
	assert_string_equal(s->ca.orders[0].csr, csr->pem);
	assert_int_equal(play_rows(&s->p, "reissue"), 0);
	emsign_free(csr);
	emsign_free(order);
}

static void open_ledger(struct stage *s)
{
	stage_open_rest(s);
	s->ca.n_entries = 3;
}

static emsign_rc run_ledger(struct stage *s)
{
	GAVE(emsign_stats, emsign_account_ledger(s->p.account, NULL, &out, &s->p.err));
}

static void after_ledger(struct stage *s)
{
	assert_int_equal(play_count(&s->p, "ledger"), 3);
}

static void prepare_csr(struct stage *s)
{
	open_placed(s);
	PLAY_OK(&s->p, emsign_client_csr_make(s->p.client, "lab", form + 1, &s->csr, &s->p.err));
}

static emsign_rc run_submit_csr(struct stage *s)
{
	return emsign_account_submit_csr(s->p.account, "1", s->csr->id, &s->p.err);
}

static void after_submit_csr(struct stage *s)
{
	emsign_order *order = play_get(&s->p, "order", "lab/1");

	assert_string_equal(order->csr, s->csr->id);
	assert_string_equal(s->ca.orders[0].csr, s->csr->pem);
	emsign_free(order);
}

static emsign_rc run_accept(struct stage *s)
{
	return emsign_account_accept(s->p.account, "1", NULL, &s->p.err);
}

static void after_accept(struct stage *s)
{
	emsign_order *order = play_get(&s->p, "order", "lab/1");

	assert_string_equal(order->agreement, "completed");
	emsign_free(order);
}

static emsign_rc run_document(struct stage *s)
{
	return emsign_account_submit_document(s->p.account, "1", "deed.pdf", "deed", PDF,
					      strlen(PDF), &s->p.err);
}

/* Key from the store, certificate to a keystore. */
static emsign_rc run_export(struct stage *s)
{
	static const emsign_kv options[] = { { "type", "jks" }, { NULL, NULL } };
	struct play *p = &s->p;
	emsign_secret *password = NULL;
	emsign_key *key = NULL;
	emsign_buf out = { 0 };
	emsign_rc rc = emsign_secret_new("EMSIGN-CANARY-password", 22, &password, &p->err);

	if (!rc)
		rc = emsign_client_key_open(p->client, s->certificate->csr, &key, &p->err);
	if (!rc)
		rc = emsign_keystore_pack(s->certificate, key, options, password, &out, &p->err);
	assert_int_equal(rc == EMSIGN_OK, out.len > 0);
	emsign_buf_free(&out);
	emsign_key_free(key);
	emsign_secret_free(password);
	return rc;
}

/* --- registered domains ------------------------------------------------------------------- */

/* With an access token: how that is got is none of these verbs' business. */
static void open_registry(struct stage *s)
{
	open_stage(s);
	registrar_login(&s->p);
	registrar_add(&s->ca.registrar, "other.example");
	PLAY_OK(&s->p, emsign_account_domain_refresh(s->p.account, "other.example", NULL,
						     &s->p.err));
}

static void open_registered(struct stage *s)
{
	open_registry(s);
	registrar_add(&s->ca.registrar, PLAY_NAME)->attempts = 2;
}

static emsign_rc run_domain_add(struct stage *s)
{
	static const emsign_kv options[] = { { "organization", "3325789" }, { NULL, NULL } };

	GAVE(emsign_domain, emsign_account_domain_add(s->p.account, PLAY_NAME, options, &out,
						      &s->p.err));
}

static void after_domain_add(struct stage *s)
{
	assert_int_equal(s->ca.registrar.n, 2);
	assert_int_equal(play_count(&s->p, "domain"), 2);
}

static emsign_rc run_domain_refresh(struct stage *s)
{
	GAVE(emsign_domain, emsign_account_domain_refresh(s->p.account, PLAY_NAME, &out,
							  &s->p.err));
}

static emsign_rc run_domain_challenge(struct stage *s)
{
	GAVE(emsign_challenge, emsign_account_domain_challenge(s->p.account, PLAY_NAME, "http",
							       &out, &s->p.err));
}

static emsign_rc run_domain_verify(struct stage *s)
{
	GAVE(emsign_domain, emsign_account_domain_verify(s->p.account, PLAY_NAME, &out,
							 &s->p.err));
}

static emsign_rc run_domain_attempts(struct stage *s)
{
	GAVE(emsign_attempt, emsign_account_domain_attempts(s->p.account, PLAY_NAME, &out,
							    &s->p.err));
}

static void after_domain_attempts(struct stage *s)
{
	assert_int_equal(play_count(&s->p, "attempt"), 2);
}

static emsign_rc run_domain_validate(struct stage *s)
{
	GAVE(emsign_domain, emsign_account_domain_validate(s->p.account, PLAY_NAME, "dns", &out,
							   &s->p.err));
}

static void after_domain_validate(struct stage *s)
{
	assert_string_equal(s->ca.registrar.domains[1].validation, "VERIFIED");
	assert_int_equal(s->shown, 0);
	assert_int_equal(play_rows(&s->p, "presented"), 0);
}

static emsign_rc run_domain_deactivate(struct stage *s)
{
	GAVE(emsign_domain, emsign_account_domain_deactivate(s->p.account, PLAY_NAME, &out,
							     &s->p.err));
}

static void after_domain_deactivate(struct stage *s)
{
	assert_string_equal(s->ca.registrar.domains[1].status, "INACTIVE");
}

#define LOCAL ACT_STORE
#define ASKS (ACT_STORE | ACT_ASKS)
#define CHANGES (ACT_STORE | ACT_ASKS | ACT_CHANGES)
#define CONFLICT EMSIGN_E_CONFLICT
#define NOTFOUND EMSIGN_E_NOTFOUND

const struct act fault_verbs[] = {
	{ "client_new", LOCAL, open_stage, run_client, 0, NULL },
	{ "credential_add", LOCAL, open_stage, run_add, CONFLICT, NULL },
	{ "credential_update", LOCAL, open_stage, run_update, 0, NULL },
	{ "credential_remove", LOCAL, prepare_remove, run_remove, NOTFOUND, after_remove },
	{ "get", LOCAL, open_placed, run_get, 0, NULL },
	{ "scan", LOCAL, open_placed, run_scan, 0, NULL },
	{ "csr_make", LOCAL, open_stage, run_csr, 0, NULL },
	{ "key_open", LOCAL, open_fetched, run_key, 0, NULL },
	{ "order_delete", LOCAL, open_fetched, run_delete, NOTFOUND, after_delete },
	{ "account", LOCAL, open_stage, run_account, 0, NULL },
	{ "export", LOCAL, open_fetched, run_export, 0, NULL },
	{ "test", ASKS, open_stage, run_login, 0, NULL },
	{ "sync", ASKS, open_stage, run_sync, 0, after_sync },
	{ "import", ASKS, prepare_import, run_import, 0, after_import },
	{ "place", CHANGES, open_stage, run_place, CONFLICT, after_place },
	{ "place_arrived", CHANGES, prepare_arrived, run_place, CONFLICT, after_place },
	{ "place_not_arrived", CHANGES, prepare_not_arrived, run_place, CONFLICT, after_place },
	{ "begin", CHANGES, open_stage, run_begin, CONFLICT, after_place },
	{ "submit", CHANGES, open_stage, run_loop, CONFLICT, after_place },
	{ "challenge", ASKS, open_placed, run_challenge, 0, NULL },
	{ "verify", ASKS, open_placed, run_verify, 0, NULL },
	{ "validate", ASKS, open_placed, run_validate, 0, after_validate },
	{ "refresh", ASKS, open_issued, run_refresh, 0, after_refresh },
	{ "refresh_open", ASKS, open_issued, run_refresh_open, 0, after_refresh },
	{ "fetch", ASKS, open_issued, run_fetch, 0, after_refresh },
	{ "cancel", ASKS, open_placed, run_cancel, 0, after_cancel },
	{ "revoke", CHANGES, open_fetched, run_revoke, 0, after_revoke },
	{ "promote", CHANGES | ACT_REST, open_draft, run_promote, NOTFOUND, after_promote },
	{ "reissue", CHANGES | ACT_REST, prepare_reissue, run_reissue, EMSIGN_E_STATE,
	  after_reissue },
	{ "ledger", ASKS | ACT_REST, open_ledger, run_ledger, 0, after_ledger },
	{ "submit_csr", ASKS, prepare_csr, run_submit_csr, 0, after_submit_csr },
	{ "accept", ASKS, open_placed, run_accept, 0, after_accept },
	{ "submit_document", CHANGES | ACT_V1, open_placed, run_document, 0, NULL },
	{ "domain_add", CHANGES | ACT_REST, open_registry, run_domain_add, 0,
	  after_domain_add },
	{ "domain_refresh", ASKS | ACT_REST, open_registered, run_domain_refresh, 0, NULL },
	{ "domain_challenge", ASKS | ACT_REST, open_registered, run_domain_challenge, 0,
	  NULL },
	{ "domain_verify", ASKS | ACT_REST, open_registered, run_domain_verify, 0, NULL },
	{ "domain_attempts", ASKS | ACT_REST, open_registered, run_domain_attempts, 0,
	  after_domain_attempts },
	{ "domain_validate", ASKS | ACT_REST, open_registered, run_domain_validate, 0,
	  after_domain_validate },
	{ "domain_deactivate", ASKS | ACT_REST, open_registered, run_domain_deactivate, 0,
	  after_domain_deactivate },
};

const size_t fault_n_verbs = COUNT(fault_verbs);
