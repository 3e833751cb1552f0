/* SPDX-License-Identifier: MIT */
/*
 * Many threads, each with what is its own, on the real libcurl, SQLite and OpenSSL; and what they
 * may share: secrets, keys, records, references. guard.c is about one client in two threads. Under
 * ThreadSanitizer (make tsan) this is also the proof that there is no race.
 */
#include "../support/fail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <emsign/emsign.h>

#include "../support/tlsserver.h"
#include "base/secret.h"

#define THREADS 4
#define ROUNDS 25
#define SEALING "EMSIGN-CANARY-32-bytes-long-key."

static struct tlsserver *server;
static emsign_secret *sealing;
static pthread_barrier_t barrier; /* all begin at once */
static atomic_size_t wrong;

/* In a thread cmocka's own asserts would end the wrong one. */
#define CHECK(condition) ((condition) ? (void)0 : complain(#condition, __LINE__))

static void complain(const char *condition, int line)
{
	print_error("line %d: not %s\n", line, condition);
	atomic_fetch_add(&wrong, 1);
}

static void run_all(void *(*work)(void *ud), void *ud)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, ud), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	assert_int_equal(atomic_load(&wrong), 0);
}

/* --- each its own ----------------------------------------------------------------------------- */

/* Must be the first test: it is about the first use in the process. */
static void *open_transport(void *ud)
{
	emsign_transport *transport = NULL;

	(void)ud;
	pthread_barrier_wait(&barrier);
	CHECK(emsign_transport_curl(NULL, &transport, NULL) == EMSIGN_OK);
	emsign_transport_free(transport);
	return NULL;
}

static void libcurl_is_first_used_by_all_at_once(void **state)
{
	(void)state;
	run_all(open_transport, NULL);
}

struct own {
	char folder[64];
	emsign_store *store;
	emsign_client *client;
	emsign_account *account;
	emsign_error err;
};

static const char *url_of(const char *path)
{
	static char url[256]; /* written before there are threads */

	snprintf(url, sizeof(url), "%s", tlsserver_url(server, path));
	return url;
}

static emsign_rc open_own(struct own *own, const char *url)
{
	const emsign_kv config[] = { { "attempts", "1" }, { NULL, NULL } };
	const emsign_kv fields[] = { { "url", url }, { "account", "1" },
				     { "ca_file", tlsserver_roots(server) }, { NULL, NULL } };
	char uri[96];
	emsign_rc rc;

	memset(own, 0, sizeof(*own));
	strcpy(own->folder, "/tmp/emsign-threads-XXXXXX");
	if (!mkdtemp(own->folder))
		return EMSIGN_E_IO;
	snprintf(uri, sizeof(uri), "sqlite:%s/store.db", own->folder);
	rc = emsign_store_open(uri, &own->store, &own->err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_new(config, own->store, NULL, sealing, &own->client, &own->err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_add(own->client, "lab", fields, sealing, &own->err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_account(own->client, "lab", &own->account, &own->err);
	return rc;
}

static void close_own(struct own *own)
{
	char path[96];

	emsign_account_free(own->account);
	emsign_client_free(own->client);
	emsign_store_free(own->store);
	snprintf(path, sizeof(path), "%s/store.db", own->folder);
	(void)unlink(path);
	(void)rmdir(own->folder);
}

static void *live(void *ud)
{
	static const emsign_kv form[] = { { "domain", "www.example.com" }, { NULL, NULL } };
	struct own own;
	emsign_rc rc = open_own(&own, ud);

	CHECK(rc == EMSIGN_OK);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS && rc == EMSIGN_OK; i++) {
		emsign_csr *csr = NULL;
		emsign_key *key = NULL;

		rc = emsign_account_test(own.account, &own.err);
		if (rc == EMSIGN_OK)
			rc = emsign_client_csr_make(own.client, "lab", form, &csr, &own.err);
		if (rc == EMSIGN_OK)
			rc = emsign_client_key_open(own.client, csr->id, &key, &own.err);
		emsign_key_free(key);
		emsign_free(csr);
	}
	CHECK(rc == EMSIGN_OK);
	if (rc)
		print_error("%s: %s\n", emsign_rc_name(rc), own.err.message);
	close_own(&own);
	return NULL;
}

static void clients_of_their_own_work_at_the_same_time(void **state)
{
	unsigned before = tlsserver_count(server).requests;

	(void)state;
	run_all(live, (void *)(uintptr_t)url_of("/yes/"));
	assert_int_equal(tlsserver_count(server).requests - before, THREADS * ROUNDS);
}

/* --- one client, two threads ------------------------------------------------------------------ */

static void *ask(void *ud)
{
	struct own *own = ud;
	emsign_rc rc = emsign_account_test(own->account, &own->err);

	CHECK(rc == EMSIGN_E_NET); /* the server went away */
	return NULL;
}

static void a_second_thread_is_told_while_libcurl_waits(void **state)
{
	struct tlsserver *before = server;
	emsign_stats *stats = NULL;
	struct own own;
	emsign_error err;
	pthread_t thread;

	(void)state;
	server = tlsserver_new(TLSSERVER_GOOD);
	assert_int_equal(open_own(&own, url_of("/stall/")), EMSIGN_OK);
	assert_int_equal(pthread_create(&thread, NULL, ask, &own), 0);
	assert_int_equal(tlsserver_await(server, 1), 1);
	assert_int_equal(emsign_account_test(own.account, &err), EMSIGN_E_STATE);
	assert_non_null(strstr(err.message, "another thread"));
	assert_int_equal(emsign_account_sync(own.account, "all", &stats, &err), EMSIGN_E_STATE);
	assert_int_equal(emsign_client_dispatch(own.client, 0, &err), EMSIGN_E_STATE);
	tlsserver_free(server);
	pthread_join(thread, NULL);
	server = before;
	close_own(&own);
	assert_int_equal(atomic_load(&wrong), 0);
}

/* --- what may be shared ----------------------------------------------------------------------- */

static emsign_rc is_sealing(void *ud, const void *bytes, size_t len)
{
	(void)ud;
	return len == strlen(SEALING) && memcmp(bytes, SEALING, len) == 0 ? EMSIGN_OK :
									    EMSIGN_E_CRYPTO;
}

/* Every thread has a reference of its own, and drops it while the others go on. */
static void *use_a_secret(void *ud)
{
	emsign_secret *secret = ud;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		emsign_secret *back = NULL;
		emsign_buf sealed = { 0 };

		CHECK(emsign_secret_use(secret, is_sealing, NULL, NULL) == EMSIGN_OK);
		CHECK(emsign_secret_seal(secret, "x", secret, &sealed, NULL) == EMSIGN_OK);
		CHECK(emsign_secret_unseal(secret, "x", (const char *)sealed.data, &back, NULL) ==
		      EMSIGN_OK);
		emsign_buf_free(&sealed);
		emsign_secret_free(back);
	}
	emsign_secret_free(secret);
	return NULL;
}

static void a_secret_is_used_and_dropped_by_all(void **state)
{
	emsign_secret *secret = NULL;

	(void)state;
	assert_int_equal(emsign_secret_new(SEALING, strlen(SEALING), &secret, NULL), EMSIGN_OK);
	for (size_t i = 1; i < THREADS; i++)
		(void)ems_secret_ref(secret);
	run_all(use_a_secret, secret);
}

struct shared {
	emsign_key *key;
	emsign_csr csr;
	emsign_buf json;
};

static void *use_a_key_and_a_record(void *ud)
{
	static const emsign_kv subject[] = { { "domain", "www.example.com" }, { NULL, NULL } };
	const struct shared *shared = ud;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		emsign_buf pem = { 0 };
		emsign_buf json = { 0 };
		void *copy = NULL;

		CHECK(emsign_key_csr(shared->key, subject, &pem, NULL) == EMSIGN_OK);
		CHECK(emsign_record_dup("csr", &shared->csr, &copy, NULL) == EMSIGN_OK);
		CHECK(emsign_record_json("csr", copy, &json, NULL) == EMSIGN_OK);
		CHECK(json.len == shared->json.len &&
		      memcmp(json.data, shared->json.data, json.len) == 0);
		emsign_buf_free(&pem);
		emsign_buf_free(&json);
		emsign_free(copy);
	}
	return NULL;
}

static void keys_and_records_are_read_by_all(void **state)
{
	struct shared shared = { .csr = { .id = "lab/1", .credential = "lab", .key = "EC:P-256",
					  .domain = "www.example.com", .created_at = 1 } };

	(void)state;
	assert_int_equal(emsign_key_make("EC:P-256", &shared.key, NULL), EMSIGN_OK);
	assert_int_equal(emsign_record_json("csr", &shared.csr, &shared.json, NULL), EMSIGN_OK);
	run_all(use_a_key_and_a_record, &shared);
	emsign_buf_free(&shared.json);
	emsign_key_free(shared.key);
}

/* --- references that go all at once ----------------------------------------------------------- */

struct handles {
	atomic_size_t next;
	emsign_store *store;
	emsign_client *clients[THREADS];
	emsign_account *accounts[THREADS];
};

static void *drop_references(void *ud)
{
	struct handles *all = ud;
	size_t mine = atomic_fetch_add(&all->next, 1);

	pthread_barrier_wait(&barrier);
	emsign_client_free(all->clients[mine]);
	emsign_account_free(all->accounts[mine]);
	return NULL;
}

/* Store, transport and sealing key belong to all of the clients; the last one takes them along. */
static void references_are_dropped_by_all_at_once(void **state)
{
	static const emsign_kv fields[] = { { "region", "us" }, { "account", "1" },
					    { NULL, NULL } };
	emsign_transport *transport = NULL;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct handles all = { 0 };

		assert_int_equal(emsign_store_open("memory:", &all.store, NULL), EMSIGN_OK);
		assert_int_equal(emsign_transport_curl(NULL, &transport, NULL), EMSIGN_OK);
		for (size_t i = 0; i < THREADS; i++) {
			assert_int_equal(emsign_client_new(NULL, all.store, transport, sealing,
							   &all.clients[i], NULL),
					 EMSIGN_OK);
			if (i == 0)
				assert_int_equal(emsign_client_credential_add(
							 all.clients[0], "lab", fields, sealing,
							 NULL),
						 EMSIGN_OK);
			assert_int_equal(emsign_client_account(all.clients[i], "lab",
							       &all.accounts[i], NULL),
					 EMSIGN_OK);
		}
		emsign_store_free(all.store);
		emsign_transport_free(transport);
		run_all(drop_references, &all);
	}
}

/* --- the allocator ---------------------------------------------------------------------------- */

static void *replace_the_allocator(void *ud)
{
	(void)ud;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < ROUNDS; i++) {
		emsign_secret *secret = NULL;

		CHECK(emsign_set_allocator(NULL) == EMSIGN_E_STATE);
		CHECK(emsign_secret_new("abc", 3, &secret, NULL) == EMSIGN_OK);
		emsign_secret_free(secret);
	}
	return NULL;
}

static void the_allocator_stays_while_memory_is_in_use(void **state)
{
	(void)state;
	run_all(replace_the_allocator, NULL); /* the sealing key is in use */
}

static int open_stage(void **state)
{
	(void)state;
	server = tlsserver_new(TLSSERVER_GOOD);
	return emsign_secret_new(SEALING, strlen(SEALING), &sealing, NULL);
}

/* No memory is in use at the end. */
static int close_stage(void **state)
{
	(void)state;
	tlsserver_free(server);
	emsign_secret_free(sealing);
	return emsign_set_allocator(NULL) == EMSIGN_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libcurl_is_first_used_by_all_at_once),
		cmocka_unit_test(clients_of_their_own_work_at_the_same_time),
		cmocka_unit_test(a_second_thread_is_told_while_libcurl_waits),
		cmocka_unit_test(a_secret_is_used_and_dropped_by_all),
		cmocka_unit_test(keys_and_records_are_read_by_all),
		cmocka_unit_test(references_are_dropped_by_all_at_once),
		cmocka_unit_test(the_allocator_stays_while_memory_is_in_use),
	};

	return cmocka_run_group_tests(tests, open_stage, close_stage);
}
