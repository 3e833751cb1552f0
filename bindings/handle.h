/* SPDX-License-Identifier: MIT */
/*
 * Handles as scripts hold them: a client, an account, an operation in a box that knows whether it
 * is closed, and who is inside. The library refuses a second thread inside a client, but a handle
 * has to be one, and stores and transports are trusted to their callers; a script closes a handle
 * from inside a callback, from another thread, or whenever its memory is collected. So all boxes
 * that reach the same client share one guard:
 *  - a call enters the guard; a second thread is told so instead of being let in;
 *  - what is closed or collected while somebody is inside is released when the last call leaves.
 * Boxes and guards are touched under the interpreter's own lock only; while something is released,
 * the guard is held, so that others are told and what they drop waits.
 */
#ifndef EMSIGN_BINDINGS_HANDLE_H
#define EMSIGN_BINDINGS_HANDLE_H

#include <emsign/emsign.h>
#include <pthread.h>
#include <stdlib.h>

struct emb_guard {
	size_t refs;
	struct emb_guard *joined; /* not NULL: that one counts for both */
	size_t held;              /* calls that are inside */
	pthread_t holder;
	int shared;               /* 1: of a secret; any number of threads may be inside */
	struct emb_handle *late;  /* to be released when the last call leaves */
};

struct emb_handle {
	void *ptr;                  /* NULL: closed */
	void (*release)(void *ptr); /* may be NULL: only lent */
	struct emb_guard *guard;
	struct emb_handle *parent, *children, *next;
	struct emb_handle *next_late;
	int late;                   /* 1: closed for everybody, waits for its release */
	int ending;                 /* 1: its children are being closed */
	int owned;                  /* 1: an object of the script points here */
	void *script;               /* something of the script that has to live as long */
	void (*unscript)(void *script);
};

enum emb_entry { EMB_ENTERED, EMB_CLOSED, EMB_OTHER_THREAD };

static struct emb_guard *emb_guard_new(void)
{
	struct emb_guard *guard = calloc(1, sizeof(*guard));

	if (guard)
		guard->refs = 1;
	return guard;
}

static struct emb_guard *emb_guard_root(struct emb_guard *guard)
{
	while (guard->joined)
		guard = guard->joined;
	return guard;
}

static struct emb_guard *emb_guard_ref(struct emb_guard *guard)
{
	guard->refs++;
	return guard;
}

static void emb_guard_unref(struct emb_guard *guard)
{
	while (guard && --guard->refs == 0) {
		struct emb_guard *joined = guard->joined;

		free(guard);
		guard = joined;
	}
}

/* From now on both are one. The caller is inside of whichever of them is held. */
static void emb_guard_join(struct emb_guard *one, struct emb_guard *other)
{
	one = emb_guard_root(one);
	other = emb_guard_root(other);
	if (one == other)
		return;
	if (one->held)
		other->holder = one->holder;
	other->held += one->held;
	one->joined = emb_guard_ref(other);
}

static void emb_handle_unlink(struct emb_handle *handle)
{
	struct emb_handle **at = handle->parent ? &handle->parent->children : NULL;

	while (at && *at != handle)
		at = &(*at)->next;
	if (at)
		*at = handle->next;
	handle->parent = NULL;
	handle->next = NULL;
}

/* Takes ptr over; it is released when there is no memory for the box. */
static struct emb_handle *emb_handle_new(void *ptr, void (*release)(void *ptr),
					 struct emb_guard *guard, struct emb_handle *parent)
{
	struct emb_handle *handle = calloc(1, sizeof(*handle));

	if (handle)
		handle->guard = guard ? emb_guard_ref(guard) : emb_guard_new();
	if (!handle || !handle->guard) {
		free(handle);
		if (release)
			release(ptr);
		return NULL;
	}
	handle->ptr = ptr;
	handle->release = release;
	handle->owned = 1;
	if (parent) {
		handle->parent = parent;
		handle->next = parent->children;
		parent->children = handle;
	}
	return handle;
}

static int emb_guard_is_elsewhere(const struct emb_guard *root)
{
	return root->held && !root->shared && !pthread_equal(root->holder, pthread_self());
}

static void emb_guard_hold(struct emb_guard *root)
{
	root->held++;
	root->holder = pthread_self();
}

/* The box is closed and nobody is inside any more, or it only was lent. */
static void emb_handle_end(struct emb_handle *handle)
{
	struct emb_handle *parent = handle->parent;
	void *ptr = handle->ptr;
	void *script;
	void (*unscript)(void *script) = handle->unscript;

	handle->ending = 1;
	while (handle->children)
		emb_handle_end(handle->children);
	emb_handle_unlink(handle);
	handle->ptr = NULL;
	if (ptr && handle->release) {
		EMB_BLOCKING_BEGIN /* what is open there may take its time */
		handle->release(ptr);
		EMB_BLOCKING_END
	}
	script = handle->script;
	handle->script = NULL;
	if (!handle->owned && !handle->late) {
		emb_guard_unref(handle->guard);
		free(handle);
	}
	if (script) /* it may take this very box with it */
		unscript(script);
	if (parent && !parent->owned && !parent->children && !parent->ending && !parent->late)
		emb_handle_end(parent);
}

static void emb_guard_leave(struct emb_guard *guard)
{
	struct emb_guard *root = emb_guard_ref(emb_guard_root(guard));

	while (root->held == 1 && root->late) {
		struct emb_handle *handle = root->late;

		root->late = handle->next_late;
		handle->late = 0;
		emb_handle_end(handle);
	}
	root->held--;
	emb_guard_unref(root);
}

static enum emb_entry emb_handle_enter(struct emb_handle *handle)
{
	struct emb_guard *root = emb_guard_root(handle->guard);

	if (emb_guard_is_elsewhere(root))
		return EMB_OTHER_THREAD;
	if (!handle->ptr || handle->late)
		return EMB_CLOSED;
	emb_guard_hold(root);
	return EMB_ENTERED;
}

static void emb_handle_leave(struct emb_handle *handle)
{
	emb_guard_leave(handle->guard);
}

static void emb_handle_later(struct emb_handle *handle, struct emb_guard *root)
{
	struct emb_handle **at = &root->late;

	while (*at)
		at = &(*at)->next_late;
	*at = handle;
	handle->next_late = NULL;
	handle->late = 1;
}

/* Closes now, or when the last call has left. Closing twice is fine. */
static void emb_handle_shut(struct emb_handle *handle)
{
	struct emb_guard *guard = handle->guard;
	struct emb_guard *root = emb_guard_root(guard);

	if (handle->late)
		return;
	if (root->held) {
		emb_handle_later(handle, root);
		return;
	}
	emb_guard_ref(guard);
	emb_guard_hold(root); /* releasing may run the script's own code */
	emb_handle_end(handle);
	emb_guard_leave(guard);
	emb_guard_unref(guard);
}

/* What a script asks for: not while another thread is inside. */
static enum emb_entry emb_handle_close(struct emb_handle *handle)
{
	if (handle->ptr && !handle->late && emb_guard_is_elsewhere(emb_guard_root(handle->guard)))
		return EMB_OTHER_THREAD;
	if (handle->ptr)
		emb_handle_shut(handle);
	return EMB_ENTERED;
}

/* The script's object is gone. What was opened on it goes on, as in C, and the box with it. */
static void emb_handle_drop(struct emb_handle *handle)
{
	handle->owned = 0;
	if (!handle->children || !handle->ptr)
		emb_handle_shut(handle);
}

#endif
