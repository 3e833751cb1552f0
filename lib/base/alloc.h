/* SPDX-License-Identifier: MIT */
/* The only door to memory. Blocks know their size, so that records can be freed and wiped whole. */
#ifndef EMS_BASE_ALLOC_H
#define EMS_BASE_ALLOC_H

#include <emsign/base.h>

/** Zeroed memory, or NULL. size 0 is taken for 1. */
void *ems_alloc(size_t size);

/** Keeps the content; NULL leaves the old block as it was. New bytes are not zeroed. */
void *ems_realloc(void *block, size_t size);

/** Size that was asked for. */
size_t ems_alloc_size(const void *block);

/** Takes const, so that text of a record can be freed without a cast. NULL is fine. */
void ems_free(const void *block);

/** Overwrites the block in a way that the compiler cannot leave out, then frees it. */
void ems_free_wiped(const void *block);

/** Overwrites memory in a way that the compiler cannot leave out. */
void ems_wipe(void *bytes, size_t len);

/** Copies of text and bytes; NULL in gives NULL out. */
char *ems_strdup(const char *text);
void *ems_memdup(const void *bytes, size_t len);

#endif
