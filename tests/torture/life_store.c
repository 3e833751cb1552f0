/* SPDX-License-Identifier: MIT */
#include "life_store.h"

#include <stdlib.h>

struct told {
	emsign_store *inner;
	life_store_fn tell;
	void *ud;
};

static emsign_rc told_put(void *self, const char *kind, const char *id, const emsign_kv *row,
			  emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "put", kind, false);
	rc = emsign_store_put(s->inner, kind, id, row, err);
	s->tell(s->ud, "put", kind, true);
	return rc;
}

static emsign_rc told_get(void *self, const char *kind, const char *id, emsign_row_fn give,
			  void *ud, emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "get", kind, false);
	rc = emsign_store_get(s->inner, kind, id, give, ud, err);
	s->tell(s->ud, "get", kind, true);
	return rc;
}

static emsign_rc told_scan(void *self, const char *kind, const emsign_kv *filter,
			   const char *after, size_t limit, emsign_row_fn give, void *ud,
			   emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "scan", kind, false);
	rc = emsign_store_scan(s->inner, kind, filter, after, limit, give, ud, err);
	s->tell(s->ud, "scan", kind, true);
	return rc;
}

static emsign_rc told_remove(void *self, const char *kind, const char *id, emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "remove", kind, false);
	rc = emsign_store_remove(s->inner, kind, id, err);
	s->tell(s->ud, "remove", kind, true);
	return rc;
}

static emsign_rc told_begin(void *self, emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "begin", NULL, false);
	rc = emsign_store_begin(s->inner, err);
	s->tell(s->ud, "begin", NULL, true);
	return rc;
}

static emsign_rc told_end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "end", NULL, false);
	rc = emsign_store_end(s->inner, outcome, err);
	s->tell(s->ud, "end", NULL, true);
	return rc;
}

static emsign_rc told_cas(void *self, const char *kind, const char *id, const emsign_kv *expect,
			  const emsign_kv *row, emsign_error *err)
{
	struct told *s = self;
	emsign_rc rc;

	s->tell(s->ud, "cas", kind, false);
	rc = emsign_store_cas(s->inner, kind, id, expect, row, err);
	s->tell(s->ud, "cas", kind, true);
	return rc;
}

static void told_destroy(void *self)
{
	struct told *s = self;

	emsign_store_free(s->inner);
	free(s);
}

emsign_store *life_store_new(emsign_store *inner, life_store_fn tell, void *ud)
{
	static const emsign_store_ops ops = {
		.size = sizeof(ops), .name = "told", .put = told_put, .get = told_get,
		.scan = told_scan, .remove = told_remove, .begin = told_begin, .end = told_end,
		.cas = told_cas, .destroy = told_destroy,
	};
	struct told *self = malloc(sizeof(*self));
	emsign_store *store = NULL;

	if (!self)
		abort();
	*self = (struct told){ inner, tell, ud };
	if (emsign_store_new(&ops, self, &store, NULL))
		abort();
	return store;
}
