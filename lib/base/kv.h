/* SPDX-License-Identifier: MIT */
/* Named values: looking things up, and building a list in one block. */
#ifndef EMS_BASE_KV_H
#define EMS_BASE_KV_H

#include <emsign/base.h>
#include <stdbool.h>

/** First value of that key; NULL when absent. kv may be NULL. */
const char *ems_kv_get(const emsign_kv *kv, const char *key);

/** n-th value of that key (0 is the first); NULL when there are not so many. */
const char *ems_kv_nth(const emsign_kv *kv, const char *key, size_t n);

/** "yes" is true; absent and everything else false. */
bool ems_kv_yes(const emsign_kv *kv, const char *key);

size_t ems_kv_count(const emsign_kv *kv);

/** Sticky builder; values are copied. A NULL value is not added. */
struct ems_kvlist {
	emsign_kv *items; /* {0}-terminated when not NULL; each text a block of its own */
	size_t n;
	size_t cap;
	emsign_rc rc;
};

void ems_kvlist_add(struct ems_kvlist *l, const char *key, const char *value);
void ems_kvlist_add_int(struct ems_kvlist *l, const char *key, int64_t value);
/** Replaces the first value of that key, or adds it; NULL changes nothing. */
void ems_kvlist_set(struct ems_kvlist *l, const char *key, const char *value);
void ems_kvlist_add_all(struct ems_kvlist *l, const emsign_kv *kv);
void ems_kvlist_free(struct ems_kvlist *l);

/** Never NULL: an empty list when nothing was added. */
const emsign_kv *ems_kvlist_kv(const struct ems_kvlist *l);

/** One block with everything in it, for emsign_free(). */
emsign_kv *ems_kv_pack(const emsign_kv *kv);

/** The same, but the keys stay where they are. */
emsign_kv *ems_kv_pack_values(const emsign_kv *kv);

#endif
