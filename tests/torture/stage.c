/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <stdio.h>
#include <string.h>

/* How long an access token of the clerk's lasts. */
#define TOKEN_MS 3600000
/* What an import could not give back, because nothing worked, is free after two minutes. */
#define PATIENCE_MS 121000

static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };

static bool v2; /* which API is spoken */

/* --- a solver ----------------------------------------------------------------------------- */

static emsign_rc present(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	struct stage *s = self;

	(void)challenge;
	(void)err;
	s->shown = 1;
	return EMSIGN_OK;
}

static emsign_rc cleanup(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	struct stage *s = self;

	(void)challenge;
	(void)err;
	s->shown = 0;
	return EMSIGN_OK;
}

/* --- life --------------------------------------------------------------------------------- */

static void open_stage(struct stage *s, const emsign_kv *config, bool rest)
{
	static const emsign_solver_ops ops = { .size = sizeof(ops), .name = "test",
					       .present = present, .cleanup = cleanup };
	struct play *p = &s->p;
	emsign_store *store = NULL;

	if (s->make_store)
		store = s->make_store(s->ud);
	else
		assert_int_equal(emsign_store_open("memory:", &store, NULL), EMSIGN_OK);
	play_open_on(p, s->mode, config, store);
	p->v2 = v2 || rest;
	PLAY_OK(p, play_add_credential(p, "lab"));
	PLAY_OK(p, emsign_client_account(p->client, "lab", &p->account, &p->err));
	PLAY_OK(p, emsign_solver_new(&ops, s, &s->solver, &p->err));
	PLAY_OK(p, emsign_client_set_solver(p->client, "dns", s->solver, &p->err));
}

void stage_open(struct stage *s, const emsign_kv *config)
{
	open_stage(s, config, false);
	clerk_serve(&s->ca, &s->p);
}

void stage_open_rest(struct stage *s)
{
	open_stage(s, NULL, true);
	rest_serve(&s->ca, &s->p);
}

void stage_close(struct stage *s)
{
	if (!s->p.client)
		return;
	emsign_free(s->certificate);
	emsign_free(s->csr);
	play_close(&s->p);
	emsign_solver_free(s->solver);
}

void stage_begin(struct stage *s, const struct act *act)
{
	act->prepare(s);
	if (v2)
		s->p.now_ms += TOKEN_MS;
	memset(&s->p.err, 0, sizeof(s->p.err));
}

void stage_place(struct stage *s)
{
	PLAY_OK(&s->p, emsign_account_place(s->p.account, form, NULL, &s->p.err));
}

void stage_issue(struct stage *s)
{
	stage_place(s);
	s->ca.issues = true;
	s->ca.orders[0].proven = true;
	s->ca.orders[0].certificate = 20;
	s->ca.orders[0].order = 6;
}

void stage_fetch(struct stage *s)
{
	emsign_order *order;

	stage_issue(s);
	PLAY_OK(&s->p, emsign_account_refresh(s->p.account, "1", &order, &s->p.err));
	s->certificate = play_get(&s->p, "certificate", order->certificate);
	emsign_free(order);
}

/* --- does it fit together? ---------------------------------------------------------------- */

static void key_opens(struct stage *s, const char *csr)
{
	emsign_key *key = NULL;

	if (!csr)
		return;
	assert_true(play_has(&s->p, "csr", csr));
	PLAY_OK(&s->p, emsign_client_key_open(s->p.client, csr, &key, &s->p.err));
	emsign_key_free(key);
}

static emsign_rc check_order(void *ud, const char *kind, const void *record)
{
	const emsign_order *order = record;
	struct stage *s = ud;

	(void)kind;
	if (order->certificate)
		assert_true(play_has(&s->p, "certificate", order->certificate));
	key_opens(s, order->csr);
	return EMSIGN_OK;
}

static emsign_rc check_certificate(void *ud, const char *kind, const void *record)
{
	const emsign_certificate *c = record;
	struct stage *s = ud;
	emsign_order *order;
	char id[64];

	(void)kind;
	(void)snprintf(id, sizeof(id), "%s/%s", c->credential, c->order);
	assert_non_null(c->sans);
	key_opens(s, c->csr);
	if (!play_has(&s->p, "order", id))
		return EMSIGN_OK;
	order = play_get(&s->p, "order", id);
	assert_non_null(order->certificate);
	assert_string_equal(order->certificate, c->id);
	emsign_free(order);
	return EMSIGN_OK;
}

/* A credential without its access key, or a secret alone, is of no use. */
static void check_credential(struct stage *s, const char *name)
{
	emsign_account *account = NULL;
	char id[64];

	(void)snprintf(id, sizeof(id), "%s/access-key", name);
	assert_int_equal(play_has(&s->p, "credential", name), play_store_holds(&s->p, id));
	(void)snprintf(id, sizeof(id), "%s/access-token", name);
	if (!play_has(&s->p, "credential", name)) {
		assert_false(play_store_holds(&s->p, id));
		return;
	}
	PLAY_OK(&s->p, emsign_client_account(s->p.client, name, &account, &s->p.err));
	emsign_account_free(account);
}

static emsign_rc csr_of_intent(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	char *csr = ud;

	(void)kind;
	(void)id;
	for (; row->key; row++)
		if (strcmp(row->key, "csr") == 0)
			(void)snprintf(csr, 256, "%s", row->value);
	return EMSIGN_OK;
}

/* The CA has it, and here it is neither known nor unwanted: then an intent looks for it. */
static bool is_missing(struct stage *s, const struct clerk_order *order)
{
	char id[64];

	(void)snprintf(id, sizeof(id), "lab/%s", order->number);
	return !order->stranger && !order->draft && !play_has(&s->p, "order", id) &&
	       !play_rows(&s->p, "tombstone");
}

void stage_check(struct stage *s)
{
	struct play *p = &s->p;
	char csr[256] = "";

	PLAY_OK(p, emsign_client_scan(p->client, "order", NULL, NULL, 0, check_order, s, &p->err));
	PLAY_OK(p, emsign_client_scan(p->client, "certificate", NULL, NULL, 0, check_certificate, s,
				      &p->err));
	if (s->shown) /* what is published is on record */
		assert_int_equal(play_rows(p, "presented"), 1);
	check_credential(s, "lab");
	check_credential(s, "new");
	PLAY_OK(p, emsign_store_scan(p->store, "intent", NULL, NULL, 0, csr_of_intent, csr,
				     &p->err));
	for (size_t i = 0; i < s->ca.n_orders; i++)
		if (is_missing(s, &s->ca.orders[i])) {
			assert_int_equal(play_rows(p, "intent"), 1);
			assert_true(*csr);
			key_opens(s, csr);
		}
}

/* --- what may come ------------------------------------------------------------------------ */

void stage_expect(struct stage *s, const struct act *act, emsign_rc rc, const emsign_rc *codes)
{
	const emsign_error *err = &s->p.err;

	s->before = rc;
	if (err->rc != rc)
		fail_msg("%s: returned %s, the error says %s: '%s'", act->name, emsign_rc_name(rc),
			 emsign_rc_name(err->rc), err->message);
	if (rc == EMSIGN_OK) {
		assert_string_equal(err->message, "");
		return;
	}
	assert_int_not_equal(err->message[0], '\0');
	assert_null(strstr(err->message, "EMSIGN-CANARY"));
	while (*codes && *codes != rc)
		codes++;
	if (!*codes)
		fail_msg("%s: %s was not expected: '%s'", act->name, emsign_rc_name(rc),
			 err->message);
}

void stage_again(struct stage *s, const struct act *act)
{
	const emsign_rc codes[] = { act->again, EMSIGN_OK };

	s->p.now_ms += PATIENCE_MS;
	stage_expect(s, act, act->run(s), codes);
	if (s->p.client)
		stage_check(s);
	if (act->after)
		act->after(s);
}

static const char *only; /* NULL: every act */

bool fault_wants(const struct act *act)
{
	if (v2 && (!(act->flags & ACT_STORE) || act->flags & (ACT_V1 | ACT_REST)))
		return false;
	return !only || strcmp(only, act->name) == 0;
}

bool fault_is_all(int argc, char **argv)
{
	assert_true(argc > 2);
	v2 = strcmp(argv[2], "v2") == 0;
	if (argc > 3 && *argv[3])
		cmocka_set_test_filter(argv[3]);
	only = argc > 4 ? argv[4] : NULL;
	return strcmp(argv[1], "all") == 0;
}

#define SQLITE "sqlite:"

const char *fault_uri(const char *name)
{
	static char uri[64];

	(void)snprintf(uri, sizeof(uri), SQLITE "test-output/%s-%s.db", name, v2 ? "v2" : "v1");
	return uri;
}

const char *fault_path(const char *name)
{
	return fault_uri(name) + sizeof(SQLITE) - 1;
}

static struct {
	const char *act;
	const char *what;
	size_t n;
	size_t points;
} at;

void fault_at(const struct act *act, const char *what, size_t n)
{
	at.act = act->name;
	at.what = what;
	at.n = n;
	at.points++;
}

int fault_end(const char *name, int failed)
{
	if (failed)
		fprintf(stderr, "%s: stopped at '%s', %s %zu\n", name, at.act, at.what, at.n);
	else
		printf("%s of %s: %zu of %zu points, 0 failed\n", name, v2 ? "v2" : "v1", at.points,
		       at.points);
	return failed;
}
