/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <stdlib.h>
#include <string.h>

#include "support/leak.h"

struct block {
	struct block *before, *after;
	size_t size;
	max_align_t bytes[];
};

static struct block *blocks;

static void put_in(struct block *block)
{
	block->before = NULL;
	block->after = blocks;
	if (blocks)
		blocks->before = block;
	blocks = block;
}

static void take_out(struct block *block)
{
	if (block->after)
		block->after->before = block->before;
	if (block->before)
		block->before->after = block->after;
	else
		blocks = block->after;
}

/*
 * Moves always, so that what is left behind is seen. What others left in the memory that comes is
 * not the library's.
 */
static void *own_realloc(void *ud, void *ptr, size_t old_size, size_t size)
{
	struct block *old = ptr ? (void *)((char *)ptr - offsetof(struct block, bytes)) : NULL;
	struct block *block = size ? malloc(sizeof(*block) + size) : NULL;

	(void)ud;
	if (block) {
		block->size = size;
		put_in(block);
		memset(block->bytes, 0xa5, size);
		if (old)
			memcpy(block->bytes, old->bytes, old_size < size ? old_size : size);
	}
	if (old && (block || !size)) {
		leak_look("a block that the library gives back", old->bytes, old->size);
		take_out(old);
		free(old);
	}
	return block ? block->bytes : NULL;
}

void secret_own_watch(void)
{
	static const emsign_allocator own = { .size = sizeof(own), .realloc = own_realloc };

	if (emsign_set_allocator(&own))
		abort();
}

void secret_own_look(const char *where)
{
	for (const struct block *block = blocks; block; block = block->after)
		leak_look(where, block->bytes, block->size);
}
