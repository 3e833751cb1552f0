/* SPDX-License-Identifier: MIT */
/* Memory of one reading of JSON: what the parser asks for, and what the tree is made of. */
#ifndef EMS_WIRE_ARENA_H
#define EMS_WIRE_ARENA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * Blocks for a parser that does not check its allocations: one that fails does not return but jumps
 * to `escape`, which the caller of the parser sets before every call. The parser is then dropped
 * with the arena, in whatever state it was.
 */
struct ems_arena {
	jmp_buf escape;
	struct ems_arena_block *blocks;
	size_t used;
	size_t max;
	bool exceeded; /* why it jumped: more than max, not the system's memory */
};

/* The allocator's three functions; `arena` is a struct ems_arena. */
void *ems_arena_get(void *arena, size_t size);
void *ems_arena_resize(void *arena, void *bytes, size_t size);
void ems_arena_put(void *arena, void *bytes);

/** Wipes and frees every block. */
void ems_arena_drop(struct ems_arena *arena);

/** Memory that is handed out piece by piece and forgotten as a whole. */
struct ems_pool {
	struct ems_pool_chunk *chunks;
};

/** NULL when memory is short. Not zeroed. */
void *ems_pool_get(struct ems_pool *pool, size_t size);

/** A copy with a NUL behind it; NULL when memory is short. */
char *ems_pool_text(struct ems_pool *pool, const void *bytes, size_t len);

/** Forgets what was handed out; keeps one chunk for the next use. */
void ems_pool_recycle(struct ems_pool *pool);

/** Wipes and frees. */
void ems_pool_drop(struct ems_pool *pool);

#endif
