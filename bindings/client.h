/* SPDX-License-Identifier: MIT */
/* What the bindings add to the client: one way to make it, and records by the page. */
#ifndef EMSIGN_BINDINGS_CLIENT_H
#define EMSIGN_BINDINGS_CLIENT_H

#include "handle.h"
#include "values.h"
#include <stdio.h>

/* Records that an iterator holds at once. */
#define EMB_PAGE 256

static emsign_rc emb_fail(emsign_error *err, emsign_rc rc, const char *message)
{
	memset(err, 0, sizeof(*err));
	err->rc = rc;
	(void)snprintf(err->message, sizeof(err->message), "%s", message);
	return rc;
}

/* A store, transport, solver or secret of a script: a handle, or what one is made from. */
struct emb_store {
	emsign_store *ptr;
	struct emb_handle *handle; /* NULL: made for this call alone */
	struct emb_guard *guard;   /* not NULL: whoever uses it shares this guard */
	int inside;                /* 1: the handle is entered, and has to be left */
};

struct emb_transport {
	emsign_transport *ptr;
	struct emb_handle *handle;
	struct emb_guard *guard;
	int inside;
};

struct emb_solver {
	emsign_solver *ptr;
	struct emb_handle *handle;
	int inside;
};

struct emb_secret {
	emsign_secret *ptr;
	struct emb_handle *handle;
	int inside;
};

static void emb_store_done(struct emb_store *given)
{
	if (given->inside)
		emb_handle_leave(given->handle);
	else if (!given->handle)
		emsign_store_free(given->ptr);
}

static void emb_transport_done(struct emb_transport *given)
{
	if (given->inside)
		emb_handle_leave(given->handle);
	else if (!given->handle)
		emsign_transport_free(given->ptr);
}

static void emb_solver_done(struct emb_solver *given)
{
	if (given->inside)
		emb_handle_leave(given->handle);
	else if (!given->handle)
		emsign_solver_free(given->ptr);
}

static void emb_secret_done(struct emb_secret *given)
{
	if (given->inside)
		emb_handle_leave(given->handle);
	else if (!given->handle)
		emsign_secret_free(given->ptr);
}

static void emb_client_release(void *ptr)
{
	emsign_client_free(ptr);
}

static void emb_account_release(void *ptr)
{
	emsign_account_free(ptr);
}

static void emb_op_release(void *ptr)
{
	emsign_op_free(ptr);
}

static void emb_key_release(void *ptr)
{
	emsign_key_free(ptr);
}

static void emb_secret_release(void *ptr)
{
	emsign_secret_free(ptr);
}

static void emb_store_release(void *ptr)
{
	emsign_store_free(ptr);
}

static void emb_transport_release(void *ptr)
{
	emsign_transport_free(ptr);
}

static void emb_solver_release(void *ptr)
{
	emsign_solver_free(ptr);
}

static struct emb_handle *emb_secret_box(emsign_secret *secret)
{
	struct emb_handle *handle = emb_handle_new(secret, emb_secret_release, NULL, NULL);

	if (handle)
		handle->guard->shared = 1;
	return handle;
}

static struct emb_handle *emb_client_box(emsign_client *client, emsign_store *store,
					 const struct emb_store *given,
					 const struct emb_transport *transport, emsign_error *err)
{
	struct emb_handle *handle = emb_handle_new(client, emb_client_release, NULL, NULL);

	if (!handle) {
		emb_fail(err, EMSIGN_E_NOMEM, "out of memory");
		return NULL;
	}
	handle->store = store;
	if (given->guard)
		emb_guard_join(handle->guard, given->guard);
	if (transport->guard)
		emb_guard_join(transport->guard, handle->guard);
	return handle;
}

/* --- constructors: what was given becomes the box's own --------------------------------------- */

static struct emb_handle *emb_secret_keep(struct emb_secret *what)
{
	emsign_secret *secret = what->ptr;

	if (what->handle || !secret)
		return NULL;
	what->ptr = NULL;
	return emb_secret_box(secret);
}

static struct emb_handle *emb_store_keep(struct emb_store *what)
{
	emsign_store *store = what->ptr;

	if (what->handle || !store)
		return NULL;
	what->ptr = NULL;
	return emb_handle_new(store, emb_store_release, what->guard, NULL);
}

static struct emb_handle *emb_transport_keep(struct emb_transport *what)
{
	emsign_transport *transport = what->ptr;

	if (what->handle || !transport)
		return NULL;
	what->ptr = NULL;
	return emb_handle_new(transport, emb_transport_release, what->guard, NULL);
}

static struct emb_handle *emb_solver_keep(struct emb_solver *what)
{
	emsign_solver *solver = what->ptr;

	if (what->handle || !solver)
		return NULL;
	what->ptr = NULL;
	return emb_handle_new(solver, emb_solver_release, NULL, NULL);
}

/* The store is opened here also when none was given, because pages are read from it. */
static struct emb_handle *emb_client_new(const emsign_kv *config, const struct emb_store *given,
					 const struct emb_transport *transport,
					 const struct emb_secret *sealing_key, const char *key_file,
					 emsign_error *err)
{
	struct emb_handle *handle = NULL;
	emsign_secret *from_file = NULL;
	emsign_store *store = given->ptr;
	emsign_client *client = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (key_file && sealing_key->ptr)
		rc = emb_fail(err, EMSIGN_E_INVALID, "give sealing_key or key_file, not both");
	EMB_BLOCKING_BEGIN
	if (!rc && key_file)
		rc = emsign_secret_key_file(key_file, &from_file, err);
	if (!rc && !store)
		rc = emsign_store_open("memory:", &store, err);
	if (!rc)
		rc = emsign_client_new(config, store, transport->ptr,
				       from_file ? from_file : sealing_key->ptr, &client, err);
	EMB_BLOCKING_END
	if (!rc)
		handle = emb_client_box(client, store, given, transport, err);
	if (store != given->ptr)
		emsign_store_free(store);
	emsign_secret_free(from_file);
	return handle;
}

/* What an operation of a verb ends with; NULL: nothing. */
static const char *emb_op_kind(const char *verb)
{
	static const struct {
		const char *verb, *kind;
	} ends[] = {
		{ "place", "order" },      { "refresh", "order" },
		{ "cancel", "order" },     { "revoke", "order" },
		{ "validate", "order" },
		{ "fetch", "certificate" }, { "challenge", "challenge" },
		{ "sync", "stats" },       { "import", "stats" },
		{ "refresh_open", "stats" },
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(ends[i].verb, verb) == 0)
			return ends[i].kind;
	return NULL;
}

static struct emb_handle *emb_op_box(emsign_op *op, const char *verb, struct emb_handle *account)
{
	struct emb_handle *handle = emb_handle_new(op, emb_op_release, account->guard, account);

	if (handle)
		handle->kind = emb_op_kind(verb);
	return handle;
}

/* --- pages ------------------------------------------------------------------------------------ */

struct emb_page {
	void *records[EMB_PAGE];
	size_t n;
	int full;               /* there is more, or may be */
	struct emb_values ids;
	emsign_error err;       /* of a copy that could not be made */
};

static void emb_page_free(struct emb_page *page)
{
	while (page->n > 0)
		emsign_free(page->records[--page->n]);
	emb_values_free(&page->ids);
}

static emsign_rc emb_page_copy(void *ud, const char *kind, const void *record)
{
	struct emb_page *page = ud;
	emsign_rc rc;

	if (page->n == EMB_PAGE) {
		page->full = 1;
		return EMSIGN_E_CANCELED;
	}
	rc = emsign_record_dup(kind, record, &page->records[page->n], &page->err);
	if (rc == EMSIGN_OK)
		page->n++;
	return rc;
}

static emsign_rc emb_page_id(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct emb_page *page = ud;

	(void)kind;
	(void)row;
	return emb_values_add(&page->ids, NULL, id, NULL) ? EMSIGN_OK : EMSIGN_E_NOMEM;
}

/* The first page: the client checks kind and filter, and most lists end here. */
static emsign_rc emb_page_first(emsign_client *client, const char *kind, const emsign_kv *filter,
				struct emb_page *page, emsign_error *err)
{
	emsign_rc rc = emsign_client_scan(client, kind, filter, emb_page_copy, page, err);

	if (!rc || !page->full)
		return rc;
	memset(err, 0, sizeof(*err)); /* ended by us */
	return EMSIGN_OK;
}

/* Further ones: ids from the store, which knows "after"; what is gone meanwhile is passed over. */
static emsign_rc emb_page_next(struct emb_handle *client, const char *kind,
			       const emsign_kv *filter, const char *after, struct emb_page *page,
			       emsign_error *err)
{
	emsign_rc rc = emsign_store_scan(client->store, kind, filter, after, EMB_PAGE, emb_page_id,
					 page, err);
	size_t i;

	for (i = 0; !rc && i < page->ids.n; i++) {
		rc = emsign_client_get(client->ptr, kind, page->ids.kv[i].key,
				       &page->records[page->n], err);
		if (rc == EMSIGN_OK)
			page->n++;
		else if (rc == EMSIGN_E_NOTFOUND)
			rc = EMSIGN_OK;
	}
	page->full = page->ids.n == EMB_PAGE;
	if (!rc)
		memset(err, 0, sizeof(*err));
	return rc;
}

/* The id after which the next page begins; NULL: this was the last one. */
static const char *emb_page_after(const struct emb_page *page)
{
	if (!page->full)
		return NULL;
	if (page->ids.n)
		return page->ids.kv[page->ids.n - 1].key;
	return *(const char *const *)page->records[page->n - 1]; /* records begin with their id */
}

/* after: NULL reads the first page. */
static emsign_rc emb_page_read(struct emb_handle *client, const char *kind, const emsign_kv *filter,
			       const char *after, struct emb_page *page, emsign_error *err)
{
	emsign_rc rc = after ? emb_page_next(client, kind, filter, after, page, err)
			     : emb_page_first(client->ptr, kind, filter, page, err);

	if (rc)
		emb_page_free(page);
	return rc;
}

#endif
