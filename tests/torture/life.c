/* SPDX-License-Identifier: MIT */
/*
 * The whole life of two certificates, by the public interface, as an application would live it:
 *
 *   life [--stop before|after|wire N]
 *        v1|v2 URL CA-FILE ACCOUNT SECRET-FILE DIR NAME [FIELD=VALUE...]
 *
 * DIR holds the store, the sealing key, the web root and what is exported. Each step looks first
 * whether it is done, so a life that was interrupted anywhere goes on when it is called again. It
 * ends with 0 when everything is done and in place; else with 1, and says step, code and sentence.
 *
 * --stop kills the process before or after the N-th call of the store, or at the N-th event of the
 * transport, and says how many there were when N is not reached. FIELD=VALUE is of the scope
 * "client" of emsign_fields().
 */
#include <emsign/emsign.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "life_client.h"
#include "life_wire.h"

#define CONFIG_MAX 16
#define LOOKS 200 /* how often the CA is asked how far it is */

/* Where the process kills itself. */
struct stop {
	bool store, after, wire;
	long at;
	long calls, events;
};

struct life {
	char **ca; /* see life_client.h */
	const char *dir;
	const char *first;
	char second[300];
	char exported[LIFE_PATH_MAX];
	emsign_kv config[CONFIG_MAX];
	struct stop stop;
	emsign_client *client;
	emsign_account *account;
};

/* --- stopping ----------------------------------------------------------------------------- */

static void die(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

static void at_store(void *ud, const char *slot, const char *kind, bool after)
{
	struct stop *stop = ud;

	(void)slot;
	(void)kind;
	stop->calls += !after;
	if (stop->store && stop->after == after && stop->calls == stop->at)
		die();
}

static void at_wire(void *ud, enum life_wire how_far)
{
	struct stop *stop = ud;

	(void)how_far;
	if (++stop->events == stop->at && stop->wire)
		die();
}

/* --- what there is ------------------------------------------------------------------------ */

static emsign_rc copy_record(void *ud, const char *kind, const void *record)
{
	void **out = ud;

	return *out ? EMSIGN_OK : emsign_record_dup(kind, record, out, NULL);
}

/* The order or the certificate of a name; NULL: there is none. */
static emsign_rc find(struct life *life, const char *kind, const char *name, void **out,
		      emsign_error *err)
{
	const emsign_kv filter[] = { { "credential", "life" }, { "domain", name }, { NULL, NULL } };

	*out = NULL;
	return emsign_client_scan(life->client, kind, filter, NULL, 0, copy_record, out, err);
}

static emsign_rc fail(emsign_error *err, emsign_rc rc, const char *text)
{
	memset(err, 0, sizeof(*err));
	err->rc = rc;
	snprintf(err->message, sizeof(err->message), "%s", text);
	return rc;
}

/* --- steps -------------------------------------------------------------------------------- */

static emsign_rc add_credential(struct life *life, emsign_error *err)
{
	return life_client_account(life->client, life->ca, &life->account, err);
}

static emsign_rc log_in(struct life *life, emsign_error *err)
{
	return emsign_account_test(life->account, err);
}

static emsign_rc synchronise(struct life *life, emsign_error *err)
{
	return emsign_account_sync(life->account, "all", NULL, err);
}

/* An order that was deleted here has left its certificate. */
static emsign_rc place(struct life *life, const char *name, const char *key, emsign_error *err)
{
	const emsign_kv form[] = { { "product", "842" }, { "domain", name }, { "key", key },
				   { NULL, NULL } };
	void *order = NULL;
	void *certificate = NULL;
	emsign_rc rc = find(life, "order", name, &order, err);

	if (rc == EMSIGN_OK)
		rc = find(life, "certificate", name, &certificate, err);
	if (rc == EMSIGN_OK && !order && !certificate)
		rc = emsign_account_place(life->account, form, NULL, err);
	emsign_free(order);
	emsign_free(certificate);
	return rc;
}

static emsign_rc place_first(struct life *life, emsign_error *err)
{
	return place(life, life->first, "EC:P-256", err);
}

static emsign_rc place_second(struct life *life, emsign_error *err)
{
	return place(life, life->second, "EC:P-384", err);
}

static emsign_rc validate(struct life *life, const emsign_order *order, emsign_error *err)
{
	emsign_rc rc;

	if (order->status == EMSIGN_STATUS_ISSUED || emsign_status_is_final(order->status))
		return EMSIGN_OK;
	rc = emsign_account_challenge(life->account, order->id, NULL, "http", NULL, err);
	if (rc == EMSIGN_OK)
		rc = emsign_account_validate(life->account, order->id, NULL, "http", NULL, err);
	return rc;
}

static bool has_certificate(const emsign_order *order)
{
	return order->certificate != NULL;
}

static bool is_revoked(const emsign_order *order)
{
	return order->status == EMSIGN_STATUS_REVOKED;
}

/* Asked at least once: so what an earlier life has published and not taken away is found. */
static emsign_rc follow(struct life *life, const emsign_order *order,
			bool (*done)(const emsign_order *order), emsign_error *err)
{
	emsign_order *now = NULL;
	bool there = false;
	emsign_rc rc = EMSIGN_OK;

	for (int i = 0; i < LOOKS && !there && rc == EMSIGN_OK; i++) {
		rc = emsign_account_refresh(life->account, order->id, &now, err);
		there = rc == EMSIGN_OK && done(now);
		emsign_free(now);
	}
	if (rc == EMSIGN_OK && !there)
		rc = fail(err, EMSIGN_E_PENDING, "the CA does not get on with it");
	return rc;
}

static emsign_rc wait_for_issue(struct life *life, const emsign_order *order, emsign_error *err)
{
	return follow(life, order, has_certificate, err);
}

static emsign_rc fetch(struct life *life, const emsign_order *order, emsign_error *err)
{
	if (order->status != EMSIGN_STATUS_ISSUED)
		return EMSIGN_OK;
	return emsign_account_fetch(life->account, order->id, NULL, err);
}

static emsign_rc revoke_order(struct life *life, const emsign_order *order, emsign_error *err)
{
	emsign_rc rc = emsign_account_revoke(life->account, order->id, "superseded", "a test",
					     NULL, err);

	return rc ? rc : follow(life, order, is_revoked, err);
}

static emsign_rc delete_order(struct life *life, const emsign_order *order, emsign_error *err)
{
	return emsign_client_order_delete(life->client, order->id, err);
}

static emsign_rc cancel_order(struct life *life, const emsign_order *order, emsign_error *err)
{
	return emsign_account_cancel(life->account, order->id, "a test", NULL, err);
}

static emsign_rc export(struct life *life, emsign_error *err)
{
	emsign_certificate *certificate = NULL;
	emsign_key *key = NULL;
	emsign_buf pem = { 0 };
	emsign_rc rc = find(life, "certificate", life->first, (void **)&certificate, err);

	if (rc == EMSIGN_OK && !certificate)
		rc = fail(err, EMSIGN_E_NOTFOUND, "the certificate is gone");
	if (rc == EMSIGN_OK)
		rc = emsign_client_key_open(life->client, certificate->csr, &key, err);
	if (rc == EMSIGN_OK)
		rc = emsign_keystore_pack(certificate, key, NULL, NULL, &pem, err);
	if (rc == EMSIGN_OK)
		rc = emsign_keystore_save(life->exported, &pem, err);
	emsign_buf_free(&pem);
	emsign_key_free(key);
	emsign_free(certificate);
	return rc;
}

static emsign_rc import(struct life *life, emsign_error *err)
{
	emsign_stats *stats = NULL;
	emsign_rc rc = emsign_account_import(life->account, NULL, &stats, err);

	if (rc == EMSIGN_OK && !stats->complete)
		rc = fail(err, EMSIGN_E_MISMATCH, "the import is not complete");
	emsign_free(stats);
	return rc;
}

/* The key in the store and the key in the exported file are the certificate's. */
static emsign_rc prove_key(struct life *life, emsign_error *err)
{
	emsign_certificate *certificate = NULL;
	emsign_key *kept = NULL;
	emsign_key *exported = NULL;
	emsign_secret *pem = NULL;
	emsign_rc rc = find(life, "certificate", life->first, (void **)&certificate, err);

	if (rc == EMSIGN_OK)
		rc = emsign_client_key_open(life->client, certificate->csr, &kept, err);
	if (rc == EMSIGN_OK)
		rc = emsign_certificate_fits(certificate, kept, err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_file(life->exported, &pem, err);
	if (rc == EMSIGN_OK)
		rc = emsign_key_parse(pem, NULL, &exported, err);
	if (rc == EMSIGN_OK)
		rc = emsign_certificate_fits(certificate, exported, err);
	emsign_secret_free(pem);
	emsign_key_free(exported);
	emsign_key_free(kept);
	emsign_free(certificate);
	return rc;
}

/* A step of the life itself, or of one of its two orders as long as that is there. */
struct step {
	const char *name;
	emsign_rc (*run)(struct life *life, emsign_error *err);
	emsign_rc (*with)(struct life *life, const emsign_order *order, emsign_error *err);
	bool second;
};

static const struct step steps[] = {
	{ "credential", add_credential, NULL, false },
	{ "login", log_in, NULL, false },
	{ "sync", synchronise, NULL, false },
	{ "order", place_first, NULL, false },
	{ "validate", NULL, validate, false },
	{ "status", NULL, wait_for_issue, false },
	{ "fetch", NULL, fetch, false },
	{ "export", export, NULL, false },
	{ "second order", place_second, NULL, false },
	{ "cancel", NULL, cancel_order, true },
	{ "revoke", NULL, revoke_order, false },
	{ "delete", NULL, delete_order, false },
	{ "import", import, NULL, false },
	{ "proof", prove_key, NULL, false },
};

static emsign_rc run_step(struct life *life, const struct step *step, emsign_error *err)
{
	emsign_order *order = NULL;
	emsign_rc rc;

	if (step->run)
		return step->run(life, err);
	rc = find(life, "order", step->second ? life->second : life->first, (void **)&order, err);
	if (rc == EMSIGN_OK && order)
		rc = step->with(life, order, err);
	emsign_free(order);
	return rc;
}

/* --- the program -------------------------------------------------------------------------- */

static emsign_rc open_solver(struct life *life, emsign_error *err)
{
	char root[LIFE_PATH_MAX];
	emsign_solver *solver = NULL;
	emsign_rc rc;

	snprintf(root, sizeof(root), "%s/web", life->dir);
	rc = emsign_solver_webroot(root, &solver, err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_set_solver(life->client, "http", solver, err);
	emsign_solver_free(solver);
	return rc;
}

static emsign_rc open_client(struct life *life, emsign_error *err)
{
	struct life_around around = { 0 };
	emsign_rc rc = EMSIGN_OK;

	if (life->stop.at) {
		around.tell = at_store;
		around.ud = &life->stop;
		rc = emsign_transport_curl(NULL, &around.transport, err);
	}
	if (around.transport)
		around.transport = life_wire_new(around.transport, at_wire, &life->stop);
	if (rc == EMSIGN_OK)
		rc = life_client_open(life->dir, life->config, &around, &life->client, err);
	if (rc == EMSIGN_OK)
		rc = open_solver(life, err);
	emsign_transport_free(around.transport);
	return rc;
}

static emsign_rc run(struct life *life, emsign_error *err)
{
	const char *name = "open";
	emsign_rc rc = open_client(life, err);

	for (size_t i = 0; rc == EMSIGN_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
		name = steps[i].name;
		rc = run_step(life, &steps[i], err);
	}
	if (rc)
		fprintf(stderr, "life: %s: %s: %s\n", name, emsign_rc_name(rc), err->message);
	emsign_account_free(life->account);
	emsign_client_free(life->client);
	return rc;
}

static bool read_stop(struct stop *stop, const char *where, const char *number)
{
	stop->store = strcmp(where, "wire") != 0;
	stop->wire = !stop->store;
	stop->after = strcmp(where, "after") == 0;
	stop->at = strtol(number, NULL, 10);
	return stop->at > 0 && (stop->wire || stop->after || strcmp(where, "before") == 0);
}

/* The last word on a field counts. */
static void say(emsign_kv *config, const char *name, const char *value)
{
	size_t n = 0;

	while (n < CONFIG_MAX - 2 && config[n].key && strcmp(config[n].key, name) != 0)
		n++;
	config[n] = (emsign_kv){ name, value };
}

static bool read_config(struct life *life, char **words)
{
	/* a pause is not what is tested; an order is at the CA within the time to settle */
	static const emsign_kv quick[] = { { "backoff_ms", "1" }, { "dcv_poll_ms", "1" },
					   { "settle_ms", "3000" } };

	memcpy(life->config, quick, sizeof(quick));
	for (; *words; words++) {
		char *value = strchr(*words, '=');

		if (!value)
			return false;
		*value++ = '\0';
		say(life->config, *words, value);
	}
	return true;
}

int main(int argc, char **argv)
{
	struct life life = { 0 };
	emsign_error err = { 0 };
	bool good = true;
	emsign_rc rc;

	if (argc > 3 && strcmp(argv[1], "--stop") == 0) {
		good = read_stop(&life.stop, argv[2], argv[3]);
		argv += 3;
		argc -= 3;
	}
	if (!good || argc < LIFE_CA_WORDS + 3 ||
	    !read_config(&life, argv + LIFE_CA_WORDS + 3)) {
		fputs("usage: life [--stop before|after|wire N] v1|v2 URL CA-FILE ACCOUNT "
		      "SECRET-FILE DIR NAME [FIELD=VALUE...]\n", stderr);
		return 2;
	}
	life.ca = argv + 1;
	life.dir = argv[LIFE_CA_WORDS + 1];
	life.first = argv[LIFE_CA_WORDS + 2];
	snprintf(life.second, sizeof(life.second), "second.%s", life.first);
	snprintf(life.exported, sizeof(life.exported), "%s/tls.pem", life.dir);
	rc = run(&life, &err);
	if (life.stop.at)
		printf("%ld\n", life.stop.wire ? life.stop.events : life.stop.calls);
	return rc == EMSIGN_OK ? 0 : 1;
}
