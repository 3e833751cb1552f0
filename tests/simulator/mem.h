/* SPDX-License-Identifier: MIT */
/*
 * Memory of the simulator: arenas that are dropped in one go, a growing text buffer and a small
 * map from 64-bit keys to pointers.  Running out of memory ends the process: it is a test tool.
 */
#ifndef SIM_MEM_H
#define SIM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_chunk;

struct sim_arena {
	struct sim_chunk *chunk;
};

/* Zeroed memory that lives until the arena is dropped. */
void *sim_mem_alloc(struct sim_arena *arena, size_t size);
char *sim_mem_copy(struct sim_arena *arena, const char *text, size_t len);
char *sim_mem_text(struct sim_arena *arena, const char *text);
char *sim_mem_printf(struct sim_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sim_mem_drop(struct sim_arena *arena);

struct sim_buf {
	char *data;
	size_t len;
	size_t room;
};

void sim_buf_add(struct sim_buf *buf, const void *data, size_t len);
void sim_buf_text(struct sim_buf *buf, const char *text);
void sim_buf_printf(struct sim_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Makes room for len more bytes and returns where they go; the caller adds to len itself. */
char *sim_buf_room(struct sim_buf *buf, size_t len);
void sim_buf_free(struct sim_buf *buf);

struct sim_map_slot {
	uint64_t key;
	void *value;
};

struct sim_map {
	struct sim_map_slot *slots;
	size_t room;
	size_t used;
};

/* The value of a key, or NULL. */
void *sim_map_get(const struct sim_map *map, uint64_t key);
/* Stores a value, which must not be NULL. */
void sim_map_put(struct sim_map *map, uint64_t key, void *value);
void sim_map_free(struct sim_map *map);

/* A well-mixed 64-bit hash of a number (splitmix64). */
uint64_t sim_mem_mix(uint64_t value);
/* FNV-1a over a text, mixed. */
uint64_t sim_mem_hash(const char *text);

#endif
