/* SPDX-License-Identifier: MIT */
#include "wire/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

/* Small enough for an answer of a hundred bytes, large enough for most rows of a report. */
#define CHUNK_SIZE 8192

struct ems_arena_block {
	alignas(max_align_t) struct ems_arena_block *next;
	struct ems_arena_block *prev;
};

struct ems_pool_chunk {
	alignas(max_align_t) struct ems_pool_chunk *next;
	size_t used;
	size_t size;
};

static size_t block_size(const struct ems_arena_block *block)
{
	return ems_alloc_size(block) - sizeof(*block);
}

void *ems_arena_get(void *ctx, size_t size)
{
	struct ems_arena *arena = ctx;
	struct ems_arena_block *block = NULL;

	arena->exceeded = size > arena->max - arena->used;
	if (!arena->exceeded)
		block = ems_alloc(sizeof(*block) + size);
	if (!block)
		longjmp(arena->escape, 1);
	block->next = arena->blocks;
	if (block->next)
		block->next->prev = block;
	arena->blocks = block;
	arena->used += size;
	return block + 1;
}

void *ems_arena_resize(void *ctx, void *bytes, size_t size)
{
	void *fresh = ems_arena_get(ctx, size);
	size_t old;

	if (!bytes)
		return fresh;
	old = block_size((struct ems_arena_block *)bytes - 1);
	memcpy(fresh, bytes, old < size ? old : size);
	ems_arena_put(ctx, bytes);
	return fresh;
}

void ems_arena_put(void *ctx, void *bytes)
{
	struct ems_arena *arena = ctx;
	struct ems_arena_block *block;

	if (!bytes)
		return;
	block = (struct ems_arena_block *)bytes - 1;
	arena->used -= block_size(block);
	if (block->next)
		block->next->prev = block->prev;
	if (block->prev)
		block->prev->next = block->next;
	else
		arena->blocks = block->next;
	ems_free_wiped(block);
}

void ems_arena_drop(struct ems_arena *arena)
{
	while (arena->blocks)
		ems_arena_put(arena, arena->blocks + 1);
}

static struct ems_pool_chunk *add_chunk(struct ems_pool *pool, size_t size)
{
	size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
	struct ems_pool_chunk *chunk = ems_realloc(NULL, sizeof(*chunk) + room);

	if (!chunk)
		return NULL;
	chunk->next = pool->chunks;
	chunk->used = 0;
	chunk->size = room;
	pool->chunks = chunk;
	return chunk;
}

void *ems_pool_get(struct ems_pool *pool, size_t size)
{
	struct ems_pool_chunk *chunk = pool->chunks;
	size_t need =
		(size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	void *bytes;

	if (need < size || need > SIZE_MAX / 2)
		return NULL;
	if (!chunk || need > chunk->size - chunk->used)
		chunk = add_chunk(pool, need);
	if (!chunk)
		return NULL;
	bytes = (unsigned char *)(chunk + 1) + chunk->used;
	chunk->used += need;
	return bytes;
}

char *ems_pool_text(struct ems_pool *pool, const void *bytes, size_t len)
{
	char *text = ems_pool_get(pool, len + 1);

	if (!text)
		return NULL;
	if (len)
		memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

void ems_pool_recycle(struct ems_pool *pool)
{
	while (pool->chunks && pool->chunks->next) {
		struct ems_pool_chunk *chunk = pool->chunks;

		pool->chunks = chunk->next;
		ems_free_wiped(chunk);
	}
	if (pool->chunks)
		pool->chunks->used = 0;
}

void ems_pool_drop(struct ems_pool *pool)
{
	ems_pool_recycle(pool);
	ems_free_wiped(pool->chunks);
	pool->chunks = NULL;
}
