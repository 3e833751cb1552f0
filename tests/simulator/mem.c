/* SPDX-License-Identifier: MIT */
#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_chunk {
	struct sim_chunk *next;
	size_t used;
	size_t room;
	_Alignas(16) unsigned char bytes[];
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("emsign-sim: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void *sim_mem_alloc(struct sim_arena *arena, size_t size)
{
	struct sim_chunk *chunk = arena->chunk;
	void *memory;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->room - chunk->used < size) {
		size_t room = size > 4096 ? size : 4096;

		chunk = must(malloc(sizeof(*chunk) + room));
		chunk->used = 0;
		chunk->room = room;
		chunk->next = arena->chunk;
		arena->chunk = chunk;
	}
	memory = chunk->bytes + chunk->used;
	chunk->used += size;
	memset(memory, 0, size);
	return memory;
}

char *sim_mem_copy(struct sim_arena *arena, const char *text, size_t len)
{
	char *copy = sim_mem_alloc(arena, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *sim_mem_text(struct sim_arena *arena, const char *text)
{
	return sim_mem_copy(arena, text ? text : "", text ? strlen(text) : 0);
}

char *sim_mem_printf(struct sim_arena *arena, const char *format, ...)
{
	va_list args;
	int len;
	char *text;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = sim_mem_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

void sim_mem_drop(struct sim_arena *arena)
{
	while (arena->chunk) {
		struct sim_chunk *next = arena->chunk->next;

		free(arena->chunk);
		arena->chunk = next;
	}
}

char *sim_buf_room(struct sim_buf *buf, size_t len)
{
	if (buf->room - buf->len < len + 1) {
		size_t room = buf->room ? buf->room : 512;

		while (room - buf->len < len + 1)
			room *= 2;
		buf->data = must(realloc(buf->data, room));
		buf->room = room;
	}
	return buf->data + buf->len;
}

void sim_buf_add(struct sim_buf *buf, const void *data, size_t len)
{
	char *place = sim_buf_room(buf, len);

	if (len)
		memcpy(place, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void sim_buf_text(struct sim_buf *buf, const char *text)
{
	sim_buf_add(buf, text, strlen(text));
}

void sim_buf_printf(struct sim_buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	va_start(args, format);
	vsnprintf(sim_buf_room(buf, (size_t)len), (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

void sim_buf_free(struct sim_buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(*buf));
}

static struct sim_map_slot *slot_of(const struct sim_map *map, uint64_t key)
{
	size_t at = (size_t)sim_mem_mix(key) & (map->room - 1);

	while (map->slots[at].value && map->slots[at].key != key)
		at = (at + 1) & (map->room - 1);
	return &map->slots[at];
}

void *sim_map_get(const struct sim_map *map, uint64_t key)
{
	return map->room ? slot_of(map, key)->value : NULL;
}

static void grow(struct sim_map *map)
{
	struct sim_map old = *map;
	size_t i;

	map->room = old.room ? old.room * 2 : 256;
	map->slots = must(calloc(map->room, sizeof(*map->slots)));
	for (i = 0; i < old.room; i++)
		if (old.slots[i].value)
			*slot_of(map, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

void sim_map_put(struct sim_map *map, uint64_t key, void *value)
{
	struct sim_map_slot *slot;

	if (map->used * 2 >= map->room)
		grow(map);
	slot = slot_of(map, key);
	if (!slot->value)
		map->used++;
	slot->key = key;
	slot->value = value;
}

void sim_map_free(struct sim_map *map)
{
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

uint64_t sim_mem_mix(uint64_t value)
{
	value += UINT64_C(0x9e3779b97f4a7c15);
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

uint64_t sim_mem_hash(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	while (*text)
		hash = (hash ^ (unsigned char)*text++) * UINT64_C(0x100000001b3);
	return sim_mem_mix(hash);
}
