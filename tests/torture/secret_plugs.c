/* SPDX-License-Identifier: MIT */
/* Wrappers around the built-in store and transport, a solver, an observer and a log: all points. */
#include "secret.h"

#include <string.h>

#include "support/leak.h"
#include "transport/transport.h"

/* --- store ------------------------------------------------------------------------------------ */

static void look_at_row(const emsign_kv *row)
{
	for (; row && row->key; row++)
		if (row->value)
			secret_said("a row of the store", row->value);
}

static emsign_rc put(void *self, const char *kind, const char *id, const emsign_kv *row,
		     emsign_error *err)
{
	struct secret_life *life = self;

	look_at_row(row);
	secret_point("store: put");
	return emsign_store_put(life->inner, kind, id, row, err);
}

static emsign_rc get(void *self, const char *kind, const char *id, emsign_row_fn give, void *ud,
		     emsign_error *err)
{
	struct secret_life *life = self;

	secret_point("store: get");
	return emsign_store_get(life->inner, kind, id, give, ud, err);
}

static emsign_rc scan(void *self, const char *kind, const emsign_kv *filter, const char *after,
		      size_t limit, emsign_row_fn give, void *ud, emsign_error *err)
{
	struct secret_life *life = self;

	secret_point("store: scan");
	return emsign_store_scan(life->inner, kind, filter, after, limit, give, ud, err);
}

static emsign_rc take(void *self, const char *kind, const char *id, emsign_error *err)
{
	struct secret_life *life = self;

	secret_point("store: remove");
	return emsign_store_remove(life->inner, kind, id, err);
}

static emsign_rc begin(void *self, emsign_error *err)
{
	struct secret_life *life = self;

	secret_point("store: begin");
	return emsign_store_begin(life->inner, err);
}

static emsign_rc end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct secret_life *life = self;
	emsign_rc rc;

	secret_point("store: end");
	rc = emsign_store_end(life->inner, outcome, err);
	secret_point("store: ended");
	return rc;
}

static emsign_rc cas(void *self, const char *kind, const char *id, const emsign_kv *expect,
		     const emsign_kv *row, emsign_error *err)
{
	struct secret_life *life = self;

	look_at_row(row);
	secret_point("store: cas");
	return emsign_store_cas(life->inner, kind, id, expect, row, err);
}

static void close_store(void *self)
{
	struct secret_life *life = self;

	emsign_store_free(life->inner);
	secret_point("store: closed");
}

static const emsign_store_ops store_ops = {
	.size = sizeof(store_ops), .name = "watched", .put = put, .get = get, .scan = scan,
	.remove = take, .begin = begin, .end = end, .cas = cas, .destroy = close_store,
};

/* --- transport -------------------------------------------------------------------------------- */

static emsign_rc start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct secret_life *life = self;
	emsign_rc rc;

	secret_point("transport: start");
	rc = ems_transport_start(life->wire, exchange, err);
	secret_point("transport: started");
	return rc;
}

static void cancel(void *self, emsign_exchange *exchange)
{
	struct secret_life *life = self;

	(void)ems_transport_cancel(life->wire, exchange);
}

static emsign_rc drive(void *self, int timeout_ms, emsign_error *err)
{
	struct secret_life *life = self;
	emsign_rc rc = ems_transport_drive(life->wire, timeout_ms, err);

	secret_point("transport: drive");
	return rc;
}

static int fd(void *self)
{
	struct secret_life *life = self;

	return ems_transport_fd(life->wire);
}

static void close_transport(void *self)
{
	struct secret_life *life = self;

	emsign_transport_free(life->wire);
	secret_point("transport: closed");
}

static const emsign_transport_ops transport_ops = {
	.size = sizeof(transport_ops), .name = "watched", .start = start, .cancel = cancel,
	.drive = drive, .fd = fd, .destroy = close_transport,
};

/* --- solver ----------------------------------------------------------------------------------- */

static emsign_rc present(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	(void)self, (void)challenge, (void)err;
	secret_point("solver: present");
	return EMSIGN_OK;
}

static emsign_rc cleanup(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	(void)self, (void)challenge, (void)err;
	secret_point("solver: cleanup");
	return EMSIGN_OK;
}

static const emsign_solver_ops solver_ops = {
	.size = sizeof(solver_ops), .name = "nobody's", .present = present, .cleanup = cleanup,
};

/* --- observer and log ------------------------------------------------------------------------- */

static emsign_rc on_event(void *ud, const emsign_event *event)
{
	emsign_buf json = { 0 };

	(void)ud;
	if (event->text)
		secret_said("an event", event->text);
	if (event->record &&
	    emsign_record_json(event->kind, event->record, &json, NULL) == EMSIGN_OK)
		secret_said("the record of an event", (const char *)json.data);
	emsign_buf_free(&json);
	secret_point("event");
	return EMSIGN_OK;
}

static void on_log(void *ud, int level, const char *text, const emsign_kv *fields)
{
	(void)ud, (void)level;
	secret_said("the log", text);
	for (; fields && fields->key; fields++)
		if (fields->value)
			secret_said("a value in the log", fields->value);
	secret_point("log");
}

void secret_plugs_watch(struct secret_life *life)
{
	emsign_client_on_event(life->client, on_event, life, NULL);
	emsign_client_on_log(life->client, EMSIGN_LOG_DEBUG, on_log, life, NULL);
}

emsign_rc secret_plugs_open(struct secret_life *life)
{
	char uri[512] = "sqlite:";
	emsign_rc rc;

	strncat(uri, life->folder, sizeof(uri) - 32);
	strcat(uri, "/store.db");
	rc = emsign_store_open(uri, &life->inner, &life->err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_new(&store_ops, life, &life->store, &life->err);
	if (rc == EMSIGN_OK)
		rc = emsign_transport_curl(NULL, &life->wire, &life->err);
	if (rc == EMSIGN_OK)
		rc = emsign_transport_new(&transport_ops, life, &life->transport, &life->err);
	if (rc == EMSIGN_OK)
		rc = emsign_solver_new(&solver_ops, life, &life->solver, &life->err);
	return rc;
}
