/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The size of a block stands before it, aligned for any type. */
union head {
	size_t size;
	max_align_t align;
};

static void *libc_realloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	(void)ud;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

static const emsign_allocator libc_allocator = { sizeof(emsign_allocator), libc_realloc, NULL };

/* The one piece of global state: set before first use, and the count that makes sure of it. */
static emsign_allocator allocator = { sizeof(emsign_allocator), libc_realloc, NULL };
static atomic_size_t blocks;

emsign_rc emsign_set_allocator(const emsign_allocator *a)
{
	emsign_allocator next = libc_allocator;

	if (atomic_load(&blocks) != 0)
		return EMSIGN_E_STATE;
	if (a) {
		if (a->size < offsetof(emsign_allocator, ud) || !a->realloc)
			return EMSIGN_E_INVALID;
		memset(&next, 0, sizeof(next));
		memcpy(&next, a, a->size < sizeof(next) ? a->size : sizeof(next));
	}
	allocator = next;
	return EMSIGN_OK;
}

void *ems_realloc(void *block, size_t size)
{
	union head *old = block ? (union head *)block - 1 : NULL;
	union head *head;

	if (size == 0)
		size = 1;
	if (size > SIZE_MAX - sizeof(*head))
		return NULL;
	head = allocator.realloc(allocator.ud, old, old ? old->size + sizeof(*head) : 0,
				 size + sizeof(*head));
	if (!head)
		return NULL;
	if (!old)
		atomic_fetch_add(&blocks, 1);
	head->size = size;
	return head + 1;
}

void *ems_alloc(size_t size)
{
	void *block = ems_realloc(NULL, size);

	if (block)
		memset(block, 0, ems_alloc_size(block));
	return block;
}

size_t ems_alloc_size(const void *block)
{
	return ((const union head *)block - 1)->size;
}

void ems_free(const void *block)
{
	union head *head;

	if (!block)
		return;
	head = (union head *)(uintptr_t)block - 1;
	allocator.realloc(allocator.ud, head, head->size + sizeof(*head), 0);
	atomic_fetch_sub(&blocks, 1);
}

void ems_wipe(void *bytes, size_t len)
{
	if (bytes && len)
		explicit_bzero(bytes, len);
}

void ems_free_wiped(const void *block)
{
	if (!block)
		return;
	ems_wipe((void *)(uintptr_t)block, ems_alloc_size(block));
	ems_free(block);
}

void *ems_memdup(const void *bytes, size_t len)
{
	void *copy = bytes ? ems_realloc(NULL, len) : NULL;

	if (copy)
		memcpy(copy, bytes, len);
	return copy;
}

char *ems_strdup(const char *text)
{
	return text ? ems_memdup(text, strlen(text) + 1) : NULL;
}

void emsign_free(void *record)
{
	ems_free(record);
}
