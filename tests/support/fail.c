/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Stands before each block, so that the sizes which the library tells can be checked. */
union head {
	size_t size;
	max_align_t align;
};

static struct {
	size_t count, first, last; /* allocations first..last-1 fail */
	size_t failed;
	size_t live;
	unsigned whose;
	unsigned paused;
	pthread_t thread; /* the one that is tested */
	const char *watch;
	size_t spilled;
} hook = { .first = SIZE_MAX, .last = SIZE_MAX, .whose = FAIL_OWN };

bool fail_hits(unsigned whose)
{
	size_t n;

	if (hook.paused || !(hook.whose & whose) || !pthread_equal(hook.thread, pthread_self()))
		return false;
	n = hook.count++;
	if (n < hook.first || n >= hook.last)
		return false;
	hook.failed++;
	return true;
}

static bool holds(const void *block, size_t size, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= size; i++)
		if (memcmp((const char *)block + i, text, len) == 0)
			return true;
	return false;
}

static void give_back(union head *old)
{
	if (hook.watch && holds(old + 1, old->size, hook.watch))
		hook.spilled++;
	free(old);
}

/* Moves always: what relies on a block that stays where it is fails under a sanitizer. */
static void *hook_realloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	union head *old = ptr ? (union head *)ptr - 1 : NULL;
	union head *head;

	(void)ud;
	assert_int_equal(old_size, old ? old->size : 0);
	if (new_size == 0) {
		assert_non_null(old);
		hook.live--;
		give_back(old);
		return NULL;
	}
	if (fail_hits(FAIL_OWN))
		return NULL;
	head = malloc(sizeof(*head) + new_size);
	assert_non_null(head);
	head->size = new_size;
	memset(head + 1, 0xa5, new_size);
	if (!old) {
		hook.live++;
		return head + 1;
	}
	memcpy(head + 1, old + 1, old_size < new_size ? old_size : new_size);
	give_back(old);
	return head + 1;
}

static void arm(size_t first, size_t last)
{
	hook.count = 0;
	hook.failed = 0;
	hook.first = first;
	hook.last = last;
	hook.thread = pthread_self();
}

void fail_pause(void)
{
	hook.paused++;
}

void fail_resume(void)
{
	hook.paused--;
}

void fail_whose(unsigned whose)
{
	hook.whose = whose;
}

void fail_never(void)
{
	arm(SIZE_MAX, SIZE_MAX);
}

void fail_at(size_t n)
{
	arm(n, n + 1);
}

void fail_from(size_t n)
{
	arm(n, SIZE_MAX);
}

size_t fail_failed(void)
{
	return hook.failed;
}

size_t fail_live(void)
{
	return hook.live;
}

size_t fail_count(void)
{
	return hook.count;
}

void fail_watch(const char *text)
{
	hook.watch = text;
	hook.spilled = 0;
}

size_t fail_spilled(void)
{
	return hook.spilled;
}

int fail_setup(void **state)
{
	const emsign_allocator a = { sizeof(a), hook_realloc, NULL };

	(void)state;
	fail_never();
	fail_watch(NULL);
	return emsign_set_allocator(&a);
}

/* Not EMSIGN_OK, and so a failed test, when something is still in use. */
int fail_teardown(void **state)
{
	(void)state;
	fail_never();
	return emsign_set_allocator(NULL);
}

static void run_each(emsign_rc (*work)(void), void (*set)(size_t n))
{
	for (size_t n = 0;; n++) {
		size_t live = fail_live();
		emsign_rc rc;

		set(n);
		rc = work();
		assert_int_equal(fail_live(), live);
		if (fail_failed() == 0) {
			assert_int_equal(rc, EMSIGN_OK);
			break;
		}
		assert_int_equal(rc, EMSIGN_E_NOMEM);
	}
	fail_never();
}

void fail_each(emsign_rc (*work)(void))
{
	run_each(work, fail_at);
	run_each(work, fail_from);
}
