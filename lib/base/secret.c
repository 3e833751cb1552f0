/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"

#define SECRET_MAX 65536

struct emsign_secret {
	atomic_int refs;
	unsigned char *bytes;        /* own mapping, whole pages; NULL for a source */
	size_t len;
	size_t mapped;
	emsign_secret_source source;
	void *self;
};

/*
 * Own pages: locked and left out of core dumps as far as the system can. A forked child keeps them:
 * wiping them there would leave a program that turns into a daemon with a key of zeros.
 */
static unsigned char *map_pages(size_t mapped)
{
	void *pages =
		mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return NULL;
	(void)mlock(pages, mapped); /* best effort: a small RLIMIT_MEMLOCK must not stop the work */
#ifdef MADV_DONTDUMP
	(void)madvise(pages, mapped, MADV_DONTDUMP);
#endif
	return pages;
}

static void unmap_pages(unsigned char *pages, size_t mapped)
{
	ems_wipe(pages, mapped);
	(void)munlock(pages, mapped);
	(void)munmap(pages, mapped);
}

emsign_rc ems_secret_make(size_t len, emsign_rc (*fill)(void *ud, void *bytes, size_t *len),
			  void *ud, emsign_secret **out, emsign_error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	emsign_secret *secret;
	emsign_rc rc;

	*out = NULL;
	if (len == 0 || len > SECRET_MAX)
		return ems_fail(err, EMSIGN_E_INVALID, "a secret has 1 to %d bytes, not %zu",
				SECRET_MAX, len);
	secret = ems_alloc(sizeof(*secret));
	if (!secret)
		return ems_fail_nomem(err);
	secret->mapped = (len + page - 1) / page * page;
	secret->bytes = map_pages(secret->mapped);
	if (!secret->bytes) {
		ems_free(secret);
		return ems_fail_nomem(err);
	}
	atomic_init(&secret->refs, 1);
	secret->len = len;
	rc = fill(ud, secret->bytes, &secret->len);
	if (rc == EMSIGN_OK && (secret->len == 0 || secret->len > len))
		rc = ems_fail(err, EMSIGN_E_INVALID, "the secret is empty");
	if (rc) {
		emsign_secret_free(secret);
		return rc;
	}
	*out = secret;
	return ems_ok(err);
}

static emsign_rc fill_copy(void *ud, void *bytes, size_t *len)
{
	memcpy(bytes, ud, *len);
	return EMSIGN_OK;
}

emsign_rc emsign_secret_new(const void *bytes, size_t len, emsign_secret **out, emsign_error *err)
{
	return ems_secret_make(bytes ? len : 0, fill_copy, (void *)(uintptr_t)bytes, out, err);
}

emsign_rc emsign_secret_from(const emsign_secret_source *ops, void *self, emsign_secret **out,
			     emsign_error *err)
{
	emsign_secret *secret;

	*out = NULL;
	if (!ops || ops->size < offsetof(emsign_secret_source, destroy) || !ops->fetch)
		return ems_fail(err, EMSIGN_E_INVALID, "a secret source needs `size` and `fetch`");
	secret = ems_alloc(sizeof(*secret));
	if (!secret)
		return ems_fail_nomem(err);
	atomic_init(&secret->refs, 1);
	memcpy(&secret->source, ops,
	       ops->size < sizeof(secret->source) ? ops->size : sizeof(secret->source));
	secret->self = self;
	*out = secret;
	return ems_ok(err);
}

struct loan {
	emsign_secret_fn fn;
	void *ud;
	int times;
};

static emsign_rc lend(void *ud, const void *bytes, size_t len)
{
	struct loan *loan = ud;

	return loan->times++ ? EMSIGN_E_CALLBACK : loan->fn(loan->ud, bytes, len);
}

/* A source that says OK without having lent anything would leave its caller with an empty key. */
static emsign_rc use_source(emsign_secret *secret, struct loan *loan, emsign_error *err)
{
	emsign_rc rc = secret->source.fetch(secret->self, lend, loan, err);

	if (rc == EMSIGN_OK && loan->times != 1)
		return ems_fail(err, EMSIGN_E_CALLBACK,
				"the source of a secret gave it %d times; it has to give it once",
				loan->times);
	return rc;
}

emsign_rc emsign_secret_use(emsign_secret *secret, emsign_secret_fn fn, void *ud, emsign_error *err)
{
	struct loan loan = { fn, ud, 0 };
	emsign_rc rc;

	if (!secret || !fn)
		return ems_fail(err, EMSIGN_E_INVALID, "no secret, or nobody to lend it to");
	ems_ok(err);
	rc = secret->bytes ? fn(ud, secret->bytes, secret->len) : use_source(secret, &loan, err);
	if (rc && err && !err->rc)
		return ems_fail(err, rc, "using a secret failed: %s", emsign_rc_text(rc));
	return rc;
}

emsign_secret *ems_secret_ref(emsign_secret *secret)
{
	if (secret)
		atomic_fetch_add(&secret->refs, 1);
	return secret;
}

void emsign_secret_free(emsign_secret *secret)
{
	if (!secret || atomic_fetch_sub(&secret->refs, 1) != 1)
		return;
	if (secret->bytes)
		unmap_pages(secret->bytes, secret->mapped);
	else if (secret->source.destroy)
		secret->source.destroy(secret->self);
	ems_free(secret);
}
