/* SPDX-License-Identifier: MIT */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/record.h"

#define MORE 65536

static const emsign_kv json[] = { { "Content-Type", "application/json;charset=UTF-8" },
				  { NULL, NULL } };

/* --- world -------------------------------------------------------------------------------- */

static int64_t now_ms(void *ud)
{
	struct play *p = ud;

	return p->now_ms;
}

static emsign_rc roll(void *ud, void *bytes, size_t len)
{
	struct play *p = ud;

	if (p->on_dice)
		p->on_dice();
	for (size_t i = 0; i < len; i++) {
		p->dice = p->dice * UINT64_C(6364136223846793005) + 1442695040888963407;
		((unsigned char *)bytes)[i] = (unsigned char)(p->dice >> 56);
	}
	return EMSIGN_OK;
}

static emsign_rc wait_ms(void *ud, int64_t ms)
{
	struct play *p = ud;

	if (p->no_wait)
		return p->no_wait;
	p->now_ms += ms;
	p->waited_ms += ms;
	return EMSIGN_OK;
}

static emsign_rc on_event(void *ud, const emsign_event *event)
{
	struct play *p = ud;

	assert_in_range(event->type, EMSIGN_EVENT_CALL, EMSIGN_EVENT_GONE);
	p->events[event->type]++;
	return event->type == p->refuse ? EMSIGN_E_CALLBACK : EMSIGN_OK;
}

static void on_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	struct play *p = ud;
	size_t at = strlen(p->log);

	(void)level;
	p->log_lines++;
	at += (size_t)snprintf(p->log + at, sizeof(p->log) - at, "%s", text);
	for (; fields->key && at < sizeof(p->log); fields++) {
		assert_non_null(fields->value);
		at += (size_t)snprintf(p->log + at, sizeof(p->log) - at, " %s=%s", fields->key,
				       fields->value);
	}
}

/* --- life --------------------------------------------------------------------------------- */

/* What a lost order is waited for is told by the tests that are about it. */
static void without_patience(const emsign_kv *config, emsign_kv out[16])
{
	size_t n = 0;

	out[n++] = (emsign_kv){ "settle_ms", "0" };
	for (; config && config->key; config++) {
		if (strcmp(config->key, "settle_ms") == 0)
			out[0].value = config->value;
		else
			out[n++] = *config;
	}
	out[n] = (emsign_kv){ NULL, NULL };
}

static void open_client(struct play *p, const emsign_kv *config)
{
	const emsign_world world = { sizeof(world), now_ms, roll, wait_ms, p };
	emsign_kv settings[16];

	without_patience(config, settings);
	PLAY_OK(p, emsign_client_new(settings, p->store, scripted_transport(p->net), p->sealing,
				     &p->client, &p->err));
	PLAY_OK(p, emsign_client_set_world(p->client, &world, &p->err));
	emsign_client_on_event(p->client, on_event, p, NULL);
	emsign_client_on_log(p->client, EMSIGN_LOG_DEBUG, on_log, p, NULL);
}

void play_open_on(struct play *p, enum scripted_mode mode, const emsign_kv *config,
		  emsign_store *store)
{
	static const char key[] = "EMSIGN-CANARY-0123456789abcdefgh";

	memset(p, 0, sizeof(*p));
	p->now_ms = PLAY_NOW * 1000;
	p->dice = 1;
	p->net = scripted_new(mode);
	p->store = store;
	PLAY_OK(p, emsign_secret_new(key, 32, &p->sealing, &p->err));
	open_client(p, config);
}

void play_open_bare(struct play *p, enum scripted_mode mode, const emsign_kv *config)
{
	emsign_store *store = NULL;

	assert_int_equal(emsign_store_open("memory:", &store, NULL), EMSIGN_OK);
	play_open_on(p, mode, config, store);
}

emsign_rc play_add_credential(struct play *p, const char *name)
{
	const emsign_kv fields[] = {
		{ "api", p->v2 ? "v2" : "v1" }, { "url", p->v2 ? PLAY_SITE : PLAY_URL },
		{ "account", "1234567890" },
		{ "requester.name", "Alex Example" }, { "requester.email", "alex@example.com" },
		{ "requester.isd", "1" }, { "requester.phone", "5550000000" },
		{ "signer.place", "Cleveland" }, { "signer.ip", "203.0.113.10" }, { NULL, NULL },
	};
	emsign_secret *secret = NULL;
	emsign_rc rc = emsign_secret_new(PLAY_KEY, strlen(PLAY_KEY), &secret, &p->err);

	if (!rc)
		rc = emsign_client_credential_add(p->client, name, fields, secret, &p->err);
	emsign_secret_free(secret);
	return rc;
}

static void open_lab(struct play *p)
{
	PLAY_OK(p, play_add_credential(p, "lab"));
	PLAY_OK(p, emsign_client_account(p->client, "lab", &p->account, &p->err));
}

void play_open(struct play *p, enum scripted_mode mode, const emsign_kv *config)
{
	play_open_bare(p, mode, config);
	open_lab(p);
}

void play_open_v2(struct play *p, enum scripted_mode mode)
{
	play_open_bare(p, mode, NULL);
	p->v2 = true;
	open_lab(p);
}

void play_restart_with(struct play *p, const emsign_kv *config)
{
	emsign_account_free(p->account);
	emsign_client_free(p->client);
	open_client(p, config);
	PLAY_OK(p, emsign_client_account(p->client, "lab", &p->account, &p->err));
}

void play_restart(struct play *p)
{
	play_restart_with(p, NULL);
}

void play_close(struct play *p)
{
	emsign_account_free(p->account);
	emsign_client_free(p->client);
	emsign_secret_free(p->sealing);
	emsign_store_free(p->store);
	assert_null(strstr(p->log, "EMSIGN-CANARY"));
	scripted_free(p->net);
	if (p->ca.cert)
		testca_free(&p->ca);
	while (p->n_texts)
		free(p->texts[--p->n_texts]);
}

void play_expect(struct play *p, emsign_rc got, emsign_rc want, const char *text, const char *file,
		 int line)
{
	const char *message = p->err.message;

	if (got != want) {
		print_error("%s, not %s: '%s'\n", emsign_rc_name(got),
			    emsign_rc_name(want), message);
		_fail(file, line);
	}
	if (want == EMSIGN_OK && (p->err.rc || message[0])) {
		print_error("success, but '%s'\n", message);
		_fail(file, line);
	}
	if (want && (p->err.rc != want || !strstr(message, text) || !message[0])) {
		print_error("%s: '%s' lacks '%s'\n", emsign_rc_name(p->err.rc), message, text);
		_fail(file, line);
	}
	assert_null(strstr(message, "EMSIGN-CANARY"));
}

/* --- what the CA says --------------------------------------------------------------------- */

static char *room(struct play *p)
{
	char *text = malloc(MORE);

	assert_non_null(text);
	assert_true(p->n_texts < COUNT(p->texts));
	p->texts[p->n_texts++] = text;
	return text;
}

static void say(struct play *p, const char *status, const char *code, const char *words,
		const char *block)
{
	char *text = room(p);
	int n = snprintf(text, MORE,
			 "{%s%s\"meta\":{\"ver\":\"1.0\",\"txn\":\"t\",\"status\":\"%s\","
			 "\"errorCode\":\"%s\",\"errorMessage\":\"%s\"}}",
			 block ? block : "", block ? "," : "", status, code, words);

	assert_true(n < MORE);
	scripted_add(p->net, &(struct scripted_answer){ .status = 200, .headers = json,
							.body = text });
}

void play_yes(struct play *p, const char *format, ...)
{
	va_list args;
	char *block;

	if (!format) {
		say(p, "1", "", "", NULL);
		return;
	}
	block = room(p);
	va_start(args, format);
	assert_true(vsnprintf(block, MORE, format, args) < MORE);
	va_end(args);
	say(p, "1", "", "", block);
}

void play_no(struct play *p, const char *code, const char *text)
{
	say(p, "0", code, text, NULL);
}

void play_lost(struct play *p)
{
	scripted_add(p->net, &(struct scripted_answer){ .rc = EMSIGN_E_NET,
							.detail = "connection reset" });
}

void play_unsent(struct play *p)
{
	scripted_add(p->net, &(struct scripted_answer){ .rc = EMSIGN_E_NET, .unsent = true,
							.detail = "no route" });
}

void play_placed(struct play *p, const char *number)
{
	play_yes(p, "\"orderDetails\":{\"orderNumber\":\"%s\",\"requestNumber\":\"9%s\"}", number,
		 number);
}

void play_tracked(struct play *p, int certificate, int order, const char *more)
{
	play_yes(p, "\"orderDetails\":{\"orderStatusId\":\"%d\",\"orderStatus\":\"order %d\","
		    "\"certificateStatusId\":\"%d\",\"certificateStatus\":\"certificate %d\"%s}",
		 order, order, certificate, certificate, more ? more : "");
}

void play_report(struct play *p, int page, int pages, int total, const struct play_row *rows,
		 size_t n)
{
	char *block = room(p);
	size_t at = (size_t)snprintf(block, MORE,
				     "\"orderDetails\":{\"noOfPages\":%d,\"totalNoOfResults\":%d,"
				     "\"currentPage\":\"%d\",\"ordersArray\":[",
				     pages, total, page);

	for (size_t i = 0; i < n; i++) {
		const struct play_row *r = &rows[i];

		at += (size_t)snprintf(
			block + at, MORE - at,
			"%s{\"orderNumber\":\"%s\",\"requestNumber\":\"%s\",\"productCode\":"
			"\"842\","
			"\"certificateStatusId\":\"%d\",\"certificateStatus\":\"certificate %d\","
			"\"orderStatusId\":\"%d\",\"orderStatus\":\"order "
			"%d\",\"domainName\":\"%s\","
			"\"orderDate\":\"%s\",\"certificateExpiryDate\":\"%s\",\"tags\":[%s%s%s]}",
			i ? "," : "", r->number ? r->number : "", r->request ? r->request : "",
			r->certificate, r->certificate, r->order, r->order,
			r->domain ? r->domain : PLAY_NAME,
			r->date ? r->date : "2026-01-15 10:20:30", r->expiry ? r->expiry : "",
			r->tag ? "\"" : "", r->tag ? r->tag : "", r->tag ? "\"" : "");
		assert_true(at < MORE);
	}
	snprintf(block + at, MORE - at, "]}");
	say(p, "1", "", "", block);
}

void play_certificate_of(struct play *p, const struct testca_form *form, bool interim)
{
	struct testca_form f = *form;
	struct testca leaf;
	char *bare, *issuer;

	if (!p->ca.cert)
		testca_ca("Test CA", NULL, &p->ca);
	f.issuer = &p->ca;
	testca_make(&f, &leaf);
	bare = testca_bare(&leaf);
	issuer = testca_bare(&p->ca);
	play_yes(p,
		 "\"certificateDetails\":{\"endEntityCertificate\":\"%s\",\"caCertificate\":\"%s\","
		 "\"interimDv\":\"%d\"}",
		 bare, issuer, interim);
	free(bare);
	free(issuer);
	testca_free(&leaf);
}

void play_certificate(struct play *p, const char *csr, const char *names)
{
	const struct testca_form form = { .common = PLAY_NAME, .names = names, .csr = csr };

	play_certificate_of(p, &form, false);
}

/* --- what was asked ----------------------------------------------------------------------- */

bool play_asked(const struct play *p, size_t i, const char *text)
{
	return strstr(scripted_request(p->net, i)->body, text) != NULL;
}

const char *play_call(const struct play *p, size_t i)
{
	const char *url = scripted_request(p->net, i)->url;

	assert_memory_equal(url, PLAY_URL, strlen(PLAY_URL));
	return url + strlen(PLAY_URL);
}

/* --- what is kept ------------------------------------------------------------------------- */

void *play_get(struct play *p, const char *kind, const char *id)
{
	void *record = NULL;
	emsign_rc rc = emsign_client_get(p->client, kind, id, &record, &p->err);

	if (rc)
		fail_msg("%s", p->err.message);
	return record;
}

bool play_has(struct play *p, const char *kind, const char *id)
{
	void *record = NULL;
	emsign_rc rc = emsign_client_get(p->client, kind, id, &record, NULL);

	assert_true(rc == EMSIGN_OK || rc == EMSIGN_E_NOTFOUND);
	emsign_free(record);
	return rc == EMSIGN_OK;
}

static emsign_rc count_record(void *ud, const char *kind, const void *record)
{
	(void)kind;
	(void)record;
	++*(size_t *)ud;
	return EMSIGN_OK;
}

size_t play_count(struct play *p, const char *kind)
{
	size_t n = 0;

	PLAY_OK(p, emsign_client_scan(p->client, kind, NULL, NULL, 0, count_record, &n, &p->err));
	return n;
}

static emsign_rc count_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)id;
	(void)row;
	return count_record(ud, kind, NULL);
}

size_t play_rows(struct play *p, const char *kind)
{
	size_t n = 0;

	PLAY_OK(p, emsign_store_scan(p->store, kind, NULL, NULL, 0, count_row, &n, &p->err));
	return n;
}

struct search {
	const char *text;
	bool found;
};

static emsign_rc search_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct search *search = ud;

	(void)kind;
	search->found = search->found || strstr(id, search->text);
	for (; row->key; row++)
		search->found = search->found || strstr(row->value, search->text);
	return EMSIGN_OK;
}

bool play_store_holds(struct play *p, const char *text)
{
	struct search search = { text, false };
	size_t n;
	const struct ems_kind *kinds = ems_kinds(&n);

	for (size_t i = 0; i < n; i++)
		if (kinds[i].reach != EMS_TRANSIENT)
			PLAY_OK(p, emsign_store_scan(p->store, kinds[i].name, NULL, NULL, 0,
						     search_row, &search, &p->err));
	return search.found;
}

emsign_order *play_place(struct play *p, const char *number)
{
	const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };
	emsign_order *order = NULL;

	play_placed(p, number);
	PLAY_OK(p, emsign_account_place(p->account, form, &order, &p->err));
	return order;
}

emsign_csr *play_csr(struct play *p, const emsign_order *order)
{
	return play_get(p, "csr", order->csr);
}
