/* SPDX-License-Identifier: MIT */
#include "failstore.h"

#include "fail.h"

/* NOTFOUND is an answer of those alone that look for a row. */
enum { LOOKS = true, DOES = false };

static bool fails(struct failstore *self, bool looks)
{
	size_t n = self->calls++;
	bool failed = n >= self->first && n < self->last &&
		      (looks || self->rc != EMSIGN_E_NOTFOUND);

	self->failed += failed;
	return failed;
}

/* Nobody else comes in between the beginning of a transaction and its end. */
static void let_rival(struct failstore *self)
{
	if (self->rival && !self->inside)
		self->rival(self->inner);
}

/* Without a sentence: a store may answer with a bare code. */
#define CALL(looks, call)                              \
	do {                                           \
		struct failstore *s = self;            \
		bool failed_ = fails(s, looks);        \
		emsign_rc rc_ = EMSIGN_OK;             \
		if (!failed_ || s->done)               \
			rc_ = call;                    \
		return failed_ ? s->rc : rc_;          \
	} while (0)

static emsign_rc put(void *self, const char *kind, const char *id, const emsign_kv *row,
		     emsign_error *err)
{
	let_rival(self);
	CALL(DOES, emsign_store_put(s->inner, kind, id, row, err));
}

static emsign_rc get(void *self, const char *kind, const char *id, emsign_row_fn give, void *ud,
		     emsign_error *err)
{
	CALL(LOOKS, emsign_store_get(s->inner, kind, id, give, ud, err));
}

static emsign_rc scan(void *self, const char *kind, const emsign_kv *filter, const char *after,
		      size_t limit, emsign_row_fn give, void *ud, emsign_error *err)
{
	CALL(DOES, emsign_store_scan(s->inner, kind, filter, after, limit, give, ud, err));
}

static emsign_rc take(void *self, const char *kind, const char *id, emsign_error *err)
{
	CALL(LOOKS, emsign_store_remove(s->inner, kind, id, err));
}

static emsign_rc cas(void *self, const char *kind, const char *id, const emsign_kv *expect,
		     const emsign_kv *row, emsign_error *err)
{
	CALL(DOES, emsign_store_cas(s->inner, kind, id, expect, row, err));
}

static emsign_rc begin(void *self, emsign_error *err)
{
	struct failstore *s = self;
	emsign_rc rc;

	let_rival(s);
	rc = fails(s, DOES) ? s->rc : emsign_store_begin(s->inner, err);
	s->inside = rc == EMSIGN_OK;
	return rc;
}

/* To undo never fails: what is not ended in order is not kept. */
static emsign_rc end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct failstore *s = self;
	bool failed = outcome == EMSIGN_OK && fails(s, DOES);
	emsign_rc rc = emsign_store_end(s->inner, failed && !s->done ? s->rc : outcome, err);

	s->inside = false;
	return failed ? s->rc : rc;
}

static void destroy(void *self)
{
	struct failstore *s = self;

	emsign_store_free(s->inner);
}

emsign_store *failstore_new(struct failstore *self, emsign_store *inner)
{
	static const emsign_store_ops ops = {
		.size = sizeof(ops), .name = "failing", .put = put, .get = get, .scan = scan,
		.remove = take, .begin = begin, .end = end, .cas = cas, .destroy = destroy,
	};
	emsign_store *store = NULL;

	self->inner = inner;
	self->inside = false;
	self->rival = NULL;
	self->rc = EMSIGN_E_STORE;
	self->done = false;
	failstore_never(self);
	assert_int_equal(emsign_store_new(&ops, self, &store, NULL), EMSIGN_OK);
	return store;
}

static void arm(struct failstore *self, size_t first, size_t last)
{
	self->calls = 0;
	self->failed = 0;
	self->first = first;
	self->last = last;
}

void failstore_at(struct failstore *self, size_t n)
{
	arm(self, n, n + 1);
}

void failstore_from(struct failstore *self, size_t n)
{
	arm(self, n, SIZE_MAX);
}

void failstore_never(struct failstore *self)
{
	arm(self, SIZE_MAX, SIZE_MAX);
}
