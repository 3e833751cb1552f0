/* SPDX-License-Identifier: MIT */
/* A client: configuration, sealing key, world, observers, and looking at what is kept. */
#include "../support/play.h"

#include <string.h>
#include <strings.h>

static struct play p;

static emsign_rc make(const emsign_kv *config, emsign_store *store, emsign_secret *key)
{
	emsign_client *client = NULL;
	emsign_rc rc = emsign_client_new(config, store, NULL, key, &client, &p.err);

	assert_int_equal(rc != EMSIGN_OK, client == NULL);
	emsign_client_free(client);
	return rc;
}

static void test_configuration_is_checked(void **state)
{
	static const struct {
		emsign_kv config[2];
		const char *sentence;
	} rows[] = {
		{ { { "paralel", "2" } }, "unknown field 'paralel' (did you mean 'parallel'?)" },
		{ { { "parallel", "0" } }, "parallel '0' has to be a number from 1 to 64" },
		{ { { "capacity", "many" } }, "capacity 'many' has to be a number" },
		{ { { "attempts", "21" } }, "attempts '21'" },
		{ { { "mark_orders", "perhaps" } }, "mark_orders 'perhaps' has to be yes or no" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		PLAY_FAILS(&p, make(rows[i].config, NULL, NULL), EMSIGN_E_INVALID,
			   rows[i].sentence);
	PLAY_OK(&p, make(NULL, NULL, NULL));
	emsign_client_free(NULL);
}

static void test_the_sealing_key_is_the_one_of_the_store(void **state)
{
	emsign_secret *other = NULL, *brief = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_secret_new("EMSIGN-CANARY-another-32-bytes-x", 32, &other, &p.err));
	PLAY_OK(&p, emsign_secret_new("EMSIGN-CANARY", 13, &brief, &p.err));
	PLAY_FAILS(&p, make(NULL, p.store, other), EMSIGN_E_CRYPTO,
		   "this store was sealed with another sealing key");
	PLAY_FAILS(&p, make(NULL, p.store, brief), EMSIGN_E_INVALID, "32");
	PLAY_FAILS(&p, make(NULL, NULL, brief), EMSIGN_E_INVALID, "32");
	PLAY_OK(&p, make(NULL, p.store, p.sealing));
	PLAY_OK(&p, make(NULL, p.store, NULL)); /* to look at what is not secret */
	emsign_secret_free(other);
	emsign_secret_free(brief);
	play_close(&p);
}

static void test_without_a_sealing_key_nothing_secret_is_kept(void **state)
{
	const emsign_kv form[] = { { "domain", PLAY_NAME }, { NULL, NULL } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_account_free(p.account);
	emsign_client_free(p.client);
	PLAY_OK(&p, emsign_client_new(NULL, p.store, NULL, NULL, &p.client, &p.err));
	PLAY_FAILS(&p, play_add_credential(&p, "more"), EMSIGN_E_STATE, "no sealing key");
	PLAY_FAILS(&p, emsign_client_account(p.client, "lab", &p.account, &p.err), EMSIGN_E_STATE,
		   "no sealing key");
	PLAY_FAILS(&p, emsign_client_csr_make(p.client, "lab", form, NULL, &p.err), EMSIGN_E_STATE,
		   "no sealing key");
	assert_int_equal(play_count(&p, "credential"), 1);
	assert_int_equal(play_count(&p, "csr"), 0);
	play_close(&p);
}

static void test_a_world_has_to_be_whole(void **state)
{
	emsign_world world = { .size = sizeof(world) };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, emsign_client_set_world(p.client, NULL, &p.err), EMSIGN_E_INVALID, "now_ms");
	PLAY_FAILS(&p, emsign_client_set_world(p.client, &world, &p.err), EMSIGN_E_INVALID,
		   "now_ms");
	play_close(&p);
}

/* --- observers ---------------------------------------------------------------------------- */

static void count_drop(void *ud)
{
	++*(int *)ud;
}

static emsign_rc ignore_event(void *ud, const emsign_event *event)
{
	(void)ud;
	(void)event;
	return EMSIGN_OK;
}

static void ignore_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	(void)ud;
	(void)level;
	(void)text;
	(void)fields;
}

static void test_observers_are_dropped_once(void **state)
{
	int event = 0, log = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_client_on_event(p.client, ignore_event, &event, count_drop);
	emsign_client_on_log(p.client, EMSIGN_LOG_INFO, ignore_log, &log, count_drop);
	assert_int_equal(event + log, 0);
	emsign_client_on_event(p.client, NULL, NULL, NULL);
	assert_int_equal(event, 1);
	play_close(&p);
	assert_int_equal(event, 1);
	assert_int_equal(log, 1);
}

static void log_level(void *ud, int level, const char *text, const emsign_kv *fields)
{
	(void)text;
	(void)fields;
	if (level > *(int *)ud)
		*(int *)ud = level;
}

static void test_the_log_has_levels(void **state)
{
	int highest = 0;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_client_on_log(p.client, EMSIGN_LOG_WARNING, log_level, &highest, NULL);
	play_no(&p, "EMS-939", "Something went wrong");
	play_yes(&p, NULL);
	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
	assert_int_equal(highest, EMSIGN_LOG_WARNING); /* each question is a line of debugging */
	play_close(&p);
}

/* --- looking ------------------------------------------------------------------------------ */

static void test_get(void **state)
{
	void *out = &p;
	emsign_credential *c;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	c = play_get(&p, "credential", "lab");
	assert_string_equal(c->url, PLAY_URL);
	emsign_free(c);
	PLAY_FAILS(&p, emsign_client_get(p.client, "credential", "none", &out, &p.err),
		   EMSIGN_E_NOTFOUND, "there is no credential 'none'");
	assert_null(out);
	PLAY_FAILS(&p, emsign_client_get(p.client, "oder", "1", &out, &p.err), EMSIGN_E_INVALID,
		   "there are no records of kind 'oder'; there are credential, user, group, ");
	play_close(&p);
}

static void test_p14_kinds_that_are_private_stay_so(void **state)
{
	static const char *const kinds[] = { "sealed", "intent", "tombstone", "pace", "state",
					    "stats" };
	void *out;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		PLAY_FAILS(&p,
			   emsign_client_get(p.client, kinds[i], "lab/access-key", &out, &p.err),
			   EMSIGN_E_INVALID, "no records of kind");
		PLAY_FAILS(&p,
			   emsign_client_scan(p.client, kinds[i], NULL, NULL, 0, NULL, NULL,
					      &p.err),
			   EMSIGN_E_INVALID, "no records of kind");
	}
	play_close(&p);
}

struct walk {
	char ids[4096];
	size_t n;
	size_t stop; /* after so many; 0: never */
};

static emsign_rc walk(void *ud, const char *kind, const void *record)
{
	struct walk *w = ud;
	const emsign_credential *c = record;
	void *again = NULL;

	assert_string_equal(kind, "credential");
	w->n++;
	if (strlen(w->ids) + strlen(c->id) + 2 < sizeof(w->ids)) {
		strcat(w->ids, c->id);
		strcat(w->ids, " ");
	}
	/* the client may be asked from inside */
	assert_int_equal(emsign_client_get(p.client, "credential", c->id, &again, NULL), EMSIGN_OK);
	emsign_free(again);
	return w->n == w->stop ? EMSIGN_E_CANCELED : EMSIGN_OK;
}

static emsign_rc count(void *ud, const char *kind, const void *record)
{
	(void)kind, (void)record;
	++*(size_t *)ud;
	return EMSIGN_OK;
}

static void test_scan(void **state)
{
	static const emsign_kv some[] = { { "name", "b" }, { "name", "lab" }, { NULL, NULL } };
	static const emsign_kv bad[] = { { "nam", "b" }, { NULL, NULL } };
	struct walk w = { .n = 0 };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, play_add_credential(&p, "b"));
	PLAY_OK(&p, play_add_credential(&p, "a"));
	PLAY_OK(&p, emsign_client_scan(p.client, "credential", NULL, NULL, 0, walk, &w, &p.err));
	assert_string_equal(w.ids, "a b lab ");
	memset(&w, 0, sizeof(w));
	PLAY_OK(&p, emsign_client_scan(p.client, "credential", some, NULL, 0, walk, &w, &p.err));
	assert_string_equal(w.ids, "b lab ");
	memset(&w, 0, sizeof(w));
	w.stop = 2;
	PLAY_FAILS(&p, emsign_client_scan(p.client, "credential", NULL, NULL, 0, walk, &w, &p.err),
		   EMSIGN_E_CANCELED, "ended the scan");
	assert_string_equal(w.ids, "a b ");
	PLAY_FAILS(&p, emsign_client_scan(p.client, "credential", bad, NULL, 0, walk, &w, &p.err),
		   EMSIGN_E_INVALID, "a credential has no 'nam' (did you mean 'name'?)");
	play_close(&p);
}

static const char *numbered(char id[5], int i)
{
	id[0] = 'c';
	id[1] = (char)('0' + i / 100);
	id[2] = (char)('0' + i / 10 % 10);
	id[3] = (char)('0' + i % 10);
	id[4] = '\0';
	return id;
}

/* More than are read at a time; and a part of it, whose ends lie in, at and beyond a piece. */
static void test_a_long_scan(void **state)
{
	static const emsign_kv row[] = { { "name", "x" }, { NULL, NULL } };
	static const struct {
		int after;
		size_t limit, n;
	} parts[] = {
		{ -1, 0, 513 },	 { -1, 1, 1 },	  { -1, 255, 255 }, { -1, 256, 256 },
		{ -1, 257, 257 }, { -1, 512, 512 }, { -1, 600, 513 },	{ 9, 0, 503 },
		{ 9, 300, 300 },  { 511, 0, 1 },	  { 511, 1, 1 },	{ 512, 0, 0 },
	};
	struct walk w = { .n = 0 };
	char id[5];

	(void)state;
	play_open_bare(&p, SCRIPTED_BLOCKING, NULL);
	for (int i = 0; i < 2 * 256 + 1; i++)
		PLAY_OK(&p, emsign_store_put(p.store, "credential", numbered(id, i), row, &p.err));
	for (size_t i = 0; i < COUNT(parts); i++) {
		const char *after = parts[i].after < 0 ? NULL : numbered(id, parts[i].after);
		char first[5];

		memset(&w, 0, sizeof(w));
		PLAY_OK(&p, emsign_client_scan(p.client, "credential", NULL, after, parts[i].limit,
					       walk, &w, &p.err));
		assert_int_equal(w.n, parts[i].n);
		if (w.n)
			assert_memory_equal(w.ids, numbered(first, parts[i].after + 1), 4);
	}
	play_close(&p);
}

/* A store of the caller's own that does not look at the limit. */
static emsign_rc give_for_ever(void *self, const char *kind, const emsign_kv *filter,
			       const char *after, size_t limit, emsign_row_fn give, void *ud,
			       emsign_error *err)
{
	static const emsign_kv row[] = { { "name", "x" }, { NULL, NULL } };
	emsign_rc rc = EMSIGN_OK;
	char id[5];

	(void)self, (void)filter, (void)after, (void)limit, (void)err;
	for (int i = 0; rc == EMSIGN_OK && i < 999; i++)
		rc = give(ud, kind, numbered(id, i), row);
	return rc;
}

static emsign_rc none(void *self, const char *kind, const char *id, emsign_row_fn give, void *ud,
		      emsign_error *err)
{
	(void)self, (void)kind, (void)id, (void)give, (void)ud, (void)err;
	return EMSIGN_E_NOTFOUND;
}

static emsign_rc kept(void *self, const char *kind, const char *id, const emsign_kv *row,
		      emsign_error *err)
{
	(void)self, (void)kind, (void)id, (void)row, (void)err;
	return EMSIGN_OK;
}

static emsign_rc removed(void *self, const char *kind, const char *id, emsign_error *err)
{
	return kept(self, kind, id, NULL, err);
}

static void test_a_store_that_gives_more_than_was_asked_for(void **state)
{
	static const emsign_store_ops ops = { .size = sizeof(ops), .put = kept, .get = none,
					      .scan = give_for_ever, .remove = removed };
	emsign_client *client;
	emsign_store *store;
	size_t n = 0;

	(void)state;
	play_open_bare(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_store_new(&ops, NULL, &store, &p.err));
	PLAY_OK(&p, emsign_client_new(NULL, store, NULL, NULL, &client, &p.err));
	PLAY_FAILS(&p, emsign_client_scan(client, "credential", NULL, NULL, 0, count, &n, &p.err),
		   EMSIGN_E_STORE, "more than the 256 rows");
	PLAY_FAILS(&p, emsign_client_scan(client, "credential", NULL, NULL, 3, count, &n, &p.err),
		   EMSIGN_E_STORE, "more than the 3 rows");
	assert_int_equal(n, 0);
	emsign_client_free(client);
	emsign_store_free(store);
	play_close(&p);
}

/* --- keys and CSRs ------------------------------------------------------------------------ */

static void test_p13_a_csr_is_made_with_the_key_that_was_asked_for(void **state)
{
	static const char *const specs[] = { "EC:P-256", "EC:P-384", "rsa:2048" };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < COUNT(specs); i++) {
		const emsign_kv form[] = { { "domain", "B\xc3\xbc" "cher.example" },
					   { "san", "www.example.com" }, { "key", specs[i] },
					   { NULL, NULL } };
		emsign_csr *csr = NULL;
		emsign_key *key = NULL;

		PLAY_OK(&p, emsign_client_csr_make(p.client, "lab", form, &csr, &p.err));
		assert_string_equal(csr->domain, "xn--bcher-kva.example");
		assert_string_equal(csr->sans[0], "www.example.com");
		PLAY_OK(&p, emsign_client_key_open(p.client, csr->id, &key, &p.err));
		assert_string_equal(emsign_key_spki(key), csr->spki);
		assert_string_equal(emsign_key_spec(key), csr->key);
		assert_int_equal(strcasecmp(csr->key, specs[i]), 0);
		emsign_key_free(key);
		emsign_free(csr);
	}
	assert_false(play_store_holds(&p, "PRIVATE KEY"));
	play_close(&p);
}

static void test_csr_needs_credential_and_domain(void **state)
{
	static const emsign_kv nothing[] = { { "key", "EC:P-256" }, { NULL, NULL } };
	static const emsign_kv weak[] = { { "domain", PLAY_NAME }, { "key", "RSA:1024" },
					  { NULL, NULL } };
	emsign_key *key = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_FAILS(&p, emsign_client_csr_make(p.client, "none", nothing, NULL, &p.err),
		   EMSIGN_E_NOTFOUND, "there is no credential 'none'");
	PLAY_FAILS(&p, emsign_client_csr_make(p.client, "lab", nothing, NULL, &p.err),
		   EMSIGN_E_INVALID, "domain is missing");
	PLAY_FAILS(&p, emsign_client_csr_make(p.client, "lab", weak, NULL, &p.err),
		   EMSIGN_E_INVALID, "key 'RSA:1024'");
	PLAY_FAILS(&p, emsign_client_key_open(p.client, "lab/none", &key, &p.err),
		   EMSIGN_E_NOTFOUND, "there is no csr");
	assert_null(key);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_configuration_is_checked),
		FAIL_TEST(test_the_sealing_key_is_the_one_of_the_store),
		FAIL_TEST(test_without_a_sealing_key_nothing_secret_is_kept),
		FAIL_TEST(test_a_world_has_to_be_whole),
		FAIL_TEST(test_observers_are_dropped_once),
		FAIL_TEST(test_the_log_has_levels),
		FAIL_TEST(test_get),
		FAIL_TEST(test_p14_kinds_that_are_private_stay_so),
		FAIL_TEST(test_scan),
		FAIL_TEST(test_a_long_scan),
		FAIL_TEST(test_a_store_that_gives_more_than_was_asked_for),
		FAIL_TEST(test_p13_a_csr_is_made_with_the_key_that_was_asked_for),
		FAIL_TEST(test_csr_needs_credential_and_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
