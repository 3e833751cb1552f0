/* SPDX-License-Identifier: MIT */
/* What the bindings add to the client: one way to make it, and records by the page. */
#ifndef EMSIGN_BINDINGS_CLIENT_H
#define EMSIGN_BINDINGS_CLIENT_H

#include "handle.h"
#include "values.h"
#include <limits.h>
#include <poll.h>
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

static emsign_rc emb_pause(int64_t ms)
{
	(void)poll(NULL, 0, ms > INT_MAX ? INT_MAX : (int)ms);
	return EMSIGN_OK;
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

static struct emb_handle *emb_client_box(emsign_client *client, const struct emb_store *store,
					 const struct emb_transport *transport, emsign_error *err)
{
	struct emb_handle *handle = emb_handle_new(client, emb_client_release, NULL, NULL);

	if (!handle) {
		emb_fail(err, EMSIGN_E_NOMEM, "out of memory");
		return NULL;
	}
	if (store->guard)
		emb_guard_join(handle->guard, store->guard);
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

static struct emb_handle *emb_client_new(const emsign_kv *config, const struct emb_store *store,
					 const struct emb_transport *transport,
					 const struct emb_secret *sealing_key, const char *key_file,
					 emsign_error *err)
{
	struct emb_handle *handle = NULL;
	emsign_secret *from_file = NULL;
	emsign_client *client = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (key_file && sealing_key->ptr)
		rc = emb_fail(err, EMSIGN_E_INVALID, "give sealing_key or key_file, not both");
	EMB_BLOCKING_BEGIN
	if (!rc && key_file)
		rc = emsign_secret_key_file(key_file, &from_file, err);
	if (!rc)
		rc = emsign_client_new(config, store->ptr, transport->ptr,
				       from_file ? from_file : sealing_key->ptr, &client, err);
	EMB_BLOCKING_END
	if (!rc)
		handle = emb_client_box(client, store, transport, err);
	emsign_secret_free(from_file);
	return handle;
}

/* --- pages ------------------------------------------------------------------------------------ */

struct emb_page {
	void *records[EMB_PAGE];
	size_t n;
};

static void emb_page_free(struct emb_page *page)
{
	while (page->n > 0)
		emsign_free(page->records[--page->n]);
}

static emsign_rc emb_page_copy(void *ud, const char *kind, const void *record)
{
	struct emb_page *page = ud;
	emsign_rc rc = emsign_record_dup(kind, record, &page->records[page->n], NULL);

	if (rc == EMSIGN_OK)
		page->n++;
	return rc;
}

static emsign_rc emb_page_read(emsign_client *client, const char *kind, const emsign_kv *filter,
			       const char *after, struct emb_page *page, emsign_error *err)
{
	emsign_rc rc = emsign_client_scan(client, kind, filter, after, EMB_PAGE, emb_page_copy,
					  page, err);

	if (rc)
		emb_page_free(page);
	return rc;
}

/* The id after which the next page begins; NULL: this was the last one. */
static const char *emb_page_after(const struct emb_page *page)
{
	if (page->n < EMB_PAGE)
		return NULL;
	return *(const char *const *)page->records[page->n - 1]; /* records begin with their id */
}

#endif
