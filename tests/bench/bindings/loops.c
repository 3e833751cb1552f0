/* SPDX-License-Identifier: MIT */
/*
 * The loops of loops.py and loops.lua in C: loops LOOP ROUNDS prints nanoseconds per call, or per
 * row.
 */
#include <emsign/emsign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS 10000
#define GOOD                                                                                 \
	"{\"meta\":{\"responseTs\":\"\",\"errorMessage\":\"\",\"errorCode\":\"\"," \
	"\"responseTxnId\":\"\",\"version\":\"1.0\",\"status\":\"1\"}}"

static emsign_store *store;
static emsign_client *client;
static emsign_account *account;
static size_t seen; /* so that nothing is left out by the compiler */

static void need(emsign_rc rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "loops: %s: %s\n", what, emsign_rc_name(rc));
	exit(1);
}

/* --- what is measured ------------------------------------------------------------------------ */

static size_t call(void)
{
	seen += strlen(emsign_status_name(EMSIGN_STATUS_ISSUED));
	return 1;
}

static size_t get(void)
{
	void *record = NULL;

	need(emsign_client_get(client, "order", "demo/00001", &record, NULL), "get");
	seen += strlen(((emsign_order *)record)->domain);
	emsign_free(record);
	return 1;
}

static emsign_rc take(void *ud, const char *kind, const void *record)
{
	const emsign_order *order = record;

	(void)kind;
	seen += strlen(order->id) + strlen(order->domain) + (size_t)order->status;
	++*(size_t *)ud;
	return EMSIGN_OK;
}

static size_t scan(void)
{
	size_t rows = 0;

	need(emsign_client_scan(client, "order", NULL, NULL, 0, take, &rows, NULL), "scan");
	return rows;
}

static size_t question(void)
{
	need(emsign_account_test(account, NULL), "test");
	return 1;
}

/* --- what is needed for it ------------------------------------------------------------------- */

static emsign_rc start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	(void)self;
	(void)err;
	seen += emsign_exchange_request(exchange)->body_len;
	emsign_exchange_status(exchange, 200);
	emsign_exchange_header(exchange, "Content-Type", "application/json");
	emsign_exchange_data(exchange, GOOD, sizeof(GOOD) - 1);
	emsign_exchange_done(exchange, EMSIGN_OK, NULL);
	return EMSIGN_OK;
}

static void fill(void)
{
	for (int i = 0; i < ROWS; i++) {
		char id[32], domain[64];

		snprintf(id, sizeof(id), "demo/%05d", i);
		snprintf(domain, sizeof(domain), "host-%05d.example.com", i);
		need(emsign_store_put(store, "order", id, (const emsign_kv[]){
			{ "credential", "demo" }, { "number", id + 5 }, { "domain", domain },
			{ "status", "issued" }, { "not_after", "1800000000" },
			{ NULL, NULL } }, NULL), "put");
	}
}

static void set_up(void)
{
	static const emsign_transport_ops ops = { sizeof(ops), "c", start, NULL, NULL, NULL, NULL };
	static const emsign_kv fields[] = { { "region", "sandbox" }, { "account", "1" },
					    { NULL, NULL } };
	emsign_transport *transport = NULL;
	emsign_secret *key = NULL, *secret = NULL;

	need(emsign_store_open("memory:", &store, NULL), "store");
	need(emsign_transport_new(&ops, NULL, &transport, NULL), "transport");
	need(emsign_secret_new("a sealing key that is an example", 32, &key, NULL), "key");
	need(emsign_secret_new("EXAMPLE-ACCESS-KEY", 18, &secret, NULL), "secret");
	need(emsign_client_new(NULL, store, transport, key, &client, NULL), "client");
	need(emsign_client_credential_add(client, "demo", fields, secret, NULL), "credential");
	need(emsign_client_account(client, "demo", &account, NULL), "account");
	fill();
	emsign_secret_free(secret);
	emsign_secret_free(key);
	emsign_transport_free(transport);
}

static const struct {
	const char *name;
	size_t (*round)(void);
} loops[] = { { "call", call }, { "get", get }, { "scan", scan }, { "question", question } };

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
	long rounds = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	size_t done = 0;
	double begin;

	if (rounds < 1)
		return 2;
	set_up();
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (strcmp(loops[i].name, argv[1]) != 0)
			continue;
		begin = now_ns();
		for (long k = 0; k < rounds; k++)
			done += loops[i].round();
		printf("%f\n", (now_ns() - begin) / (double)done);
	}
	emsign_account_free(account);
	emsign_client_free(client);
	emsign_store_free(store);
	return !done || !seen;
}
