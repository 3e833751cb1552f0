/* SPDX-License-Identifier: MIT */
/*
 * The same through libcurl and a TLS server: an answer that is cut at each byte, and memory that is
 * short in libcurl and in the TLS below it.
 */
#include "fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../support/tlsserver.h"
#include "under.h"

#define WHOLE 100000 /* bytes: more than the answer has */

static bool all;
static struct tlsserver *server;

/* A client on a store in memory, with a credential whose answers end at some byte. */
struct line {
	emsign_secret *sealing;
	emsign_client *client;
	emsign_account *account;
	emsign_error err;
};

static void must(emsign_rc rc)
{
	assert_int_equal(rc, EMSIGN_OK);
}

static void add_credential(struct line *l, const char *name, size_t bytes)
{
	char path[64];
	emsign_secret *secret = NULL;

	(void)snprintf(path, sizeof(path), "/cut-at/%zu/", bytes);
	must(emsign_secret_new(PLAY_KEY, strlen(PLAY_KEY), &secret, NULL));
	must(emsign_client_credential_add(
		l->client, name,
		(const emsign_kv[]){ { "url", tlsserver_url(server, path) },
				     { "ca_file", tlsserver_roots(server) },
				     { "account", "1234567890" },
				     { "requester.name", "Alex Example" },
				     { "requester.email", "alex@example.com" },
				     { "requester.phone", "5550000000" },
				     { "signer.place", "Cleveland" },
				     { "signer.ip", "203.0.113.10" }, { NULL, NULL } },
		secret, &l->err));
	emsign_secret_free(secret);
}

static void line_open(struct line *l, emsign_transport *transport, size_t bytes)
{
	static const emsign_kv config[] = { { "attempts", "1" }, { "timeout_ms", "5000" },
					    { NULL, NULL } };

	memset(l, 0, sizeof(*l));
	must(emsign_secret_new("EMSIGN-CANARY-0123456789abcdefgh", 32, &l->sealing, NULL));
	must(emsign_client_new(config, NULL, transport, l->sealing, &l->client, NULL));
	add_credential(l, "lab", bytes);
	must(emsign_client_account(l->client, "lab", &l->account, NULL));
}

static void line_close(struct line *l)
{
	emsign_account_free(l->account);
	emsign_client_free(l->client);
	emsign_secret_free(l->sealing);
}

/*
 * OpenSSL 3.0 keeps for all of the process what it found when it looked for a decoder: also that
 * there was none, where memory was short. No handle of anybody reads a certificate from there on.
 */
#define SPOILED 3
static bool spoils; /* it is OpenSSL's memory that is short */

/* Another question on the same transport, answered as it should be. */
static void still_works(struct line *l)
{
	emsign_account *account = NULL;
	emsign_rc rc;

	add_credential(l, "good", WHOLE);
	must(emsign_client_account(l->client, "good", &account, &l->err));
	rc = emsign_account_test(account, &l->err);
	if (rc == EMSIGN_E_NET) /* a kept connection may be dead; this client asks once */
		rc = emsign_account_test(account, &l->err);
	if (spoils && rc == EMSIGN_E_TLS)
		_exit(SPOILED);
	if (rc)
		fail_msg("the next call: %s", l->err.message);
	emsign_account_free(account);
}

static emsign_rc place(struct line *l)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME },
					  { NULL, NULL } };
	emsign_order *order = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_account_place(l->account, form, &order, &l->err);

	assert_int_equal(order != NULL, rc == EMSIGN_OK);
	emsign_free(order);
	return rc;
}

static emsign_rc look(struct line *l)
{
	return emsign_account_test(l->account, &l->err);
}

static const struct verb {
	struct act act;
	emsign_rc (*run)(struct line *l);
	emsign_rc cut[3]; /* what a cut answer is to it */
} verbs[] = {
	{ { .name = "place", .flags = ACT_CHANGES }, place, { EMSIGN_E_INDOUBT } },
	{ { .name = "test" }, look, { EMSIGN_E_NET, EMSIGN_E_PROTO } },
};

static bool is_one_of(emsign_rc rc, const emsign_rc *codes)
{
	while (*codes && *codes != rc)
		codes++;
	return *codes != EMSIGN_OK;
}

/* --- cut at each byte --------------------------------------------------------------------- */

static bool cut(const struct verb *verb, emsign_transport *transport, size_t bytes)
{
	unsigned before = tlsserver_count(server).requests;
	struct line line;
	emsign_rc rc;

	fault_at(&verb->act, "cut at byte", bytes);
	line_open(&line, transport, bytes);
	rc = verb->run(&line);
	assert_int_equal(tlsserver_count(server).requests, before + 1); /* never sent again */
	assert_int_equal(line.err.rc, rc);
	if (rc && !is_one_of(rc, verb->cut))
		fail_msg("%s: '%s'", emsign_rc_name(rc), line.err.message);
	still_works(&line);
	line_close(&line);
	return rc == EMSIGN_OK;
}

static void test_an_answer_cut_at_each_byte(void **state)
{
	emsign_transport *transport = NULL;

	(void)state;
	must(emsign_transport_curl(NULL, &transport, NULL));
	for (size_t i = 0; i < COUNT(verbs); i++) {
		size_t n = 0;

		while (!cut(&verbs[i], transport, n))
			n += all ? 1 : 17;
		assert_in_range(n, 200, 400);
	}
	emsign_transport_free(transport);
}

/* --- memory ------------------------------------------------------------------------------- */

/* A question that was not heard is not in doubt; one that was heard was heard once. */
static void judge(const struct verb *verb, struct line *line, emsign_rc rc, unsigned heard)
{
	/* a handshake that lost its memory may also stand still until its time is over */
	static const emsign_rc codes[] = { EMSIGN_E_NOMEM, EMSIGN_E_NET, EMSIGN_E_TLS, EMSIGN_E_IO,
					   EMSIGN_E_CRYPTO, EMSIGN_E_PROTO, EMSIGN_E_TIMEOUT,
					   EMSIGN_OK };

	assert_int_equal(line->err.rc, rc);
	assert_in_range(heard, 0, 1);
	if (rc == EMSIGN_OK)
		return;
	if (heard && verb->act.flags & ACT_CHANGES)
		assert_int_equal(rc, EMSIGN_E_INDOUBT);
	else if (rc != EMSIGN_E_INDOUBT && !is_one_of(rc, codes))
		fail_msg("%s: '%s'", emsign_rc_name(rc), line->err.message);
}

static bool starved(const struct verb *verb, void (*set)(size_t n), size_t n, size_t *asked)
{
	emsign_transport *transport = NULL;
	struct line line;
	unsigned before;
	bool through;
	emsign_rc rc;

	must(emsign_transport_curl(NULL, &transport, NULL));
	line_open(&line, transport, WHOLE);
	emsign_transport_free(transport);
	before = tlsserver_count(server).requests;
	set(n);
	rc = verb->run(&line);
	through = fail_failed() == 0;
	*asked = fail_count();
	fail_never();
	if (through)
		assert_int_equal(rc, EMSIGN_OK);
	judge(verb, &line, rc, tlsserver_count(server).requests - before);
	still_works(&line);
	line_close(&line);
	return through;
}

/*
 * Each point in a process of its own: libcurl 7.88 divides by the size of a table that it could not
 * make, and nothing that we do can keep it from that. No other death is forgiven.
 */
static struct shared {
	bool through;
	size_t asked;
} *shared;

static size_t libcurl_died;
static size_t openssl_spoiled;

static bool apart(const struct verb *verb, void (*set)(size_t n), size_t n)
{
	pid_t child;
	int status;

	fault_at(&verb->act, set == fail_at ? "allocation" : "allocations from", n);
	shared->through = false;
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		long live = under_live(FAIL_CURL);

		setenv("CMOCKA_TEST_ABORT", "1", 1);
		(void)signal(SIGFPE, SIG_DFL); /* cmocka would take it */
		shared->through = starved(verb, set, n, &shared->asked);
		assert_int_equal(under_live(FAIL_CURL), live);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE)
		libcurl_died++;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == SPOILED)
		openssl_spoiled++;
	else if (status)
		fail_msg("%s: %zu ended with %x", verb->act.name, n, (unsigned)status);
	return shared->through;
}

static void each_allocation(unsigned whose, size_t most)
{
	fail_whose(whose);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		size_t step, asked;

		(void)starved(&verbs[i], fail_at, SIZE_MAX, &asked);
		step = asked / most + 1;
		for (size_t n = 0; !apart(&verbs[i], fail_at, n); n += step)
			;
		for (size_t n = 0; !apart(&verbs[i], fail_from, n); n += 2 * step)
			;
	}
}

static void test_memory_of_libcurl(void **state)
{
	(void)state;
	each_allocation(FAIL_CURL, all ? 10000 : 12);
}

static void test_memory_of_tls(void **state)
{
	(void)state;
	spoils = true;
	each_allocation(FAIL_OPENSSL, all ? 400 : 8);
	spoils = false;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_an_answer_cut_at_each_byte),
		FAIL_TEST(test_memory_of_libcurl),
		FAIL_TEST(test_memory_of_tls),
	};
	int failed;

	under_libraries();
	all = fault_is_all(argc, argv);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	server = tlsserver_new(TLSSERVER_GOOD);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tlsserver_free(server);
	if (libcurl_died)
		printf("curl: libcurl itself died at %zu of them\n", libcurl_died);
	if (openssl_spoiled)
		printf("curl: OpenSSL itself was spoiled at %zu of them\n", openssl_spoiled);
	return fault_end("curl", failed);
}
