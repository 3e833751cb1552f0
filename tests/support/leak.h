/* SPDX-License-Identifier: MIT */
/*
 * Where is a secret? Looks for it, in every form in which it could be written, in text, in memory
 * that is given back, and in all memory of this process that a core dump would hold.
 *
 * Memory that is given back is watched by standing in for the C library's free() and realloc(), so
 * for every library of the process; not in a build whose sanitizer does the same.
 */
#ifndef TESTS_SUPPORT_LEAK_H
#define TESTS_SUPPORT_LEAK_H

#include <stdbool.h>
#include <stddef.h>

/** Locked pages that no core dump holds, for the secrets of a test itself. */
void *leak_room(size_t size);

/**
 * From now on this is a secret: raw, backwards (as numbers lie in memory), in hex, in base64, and
 * where it is text in UTF-16. Also parts of it count. The name must stay; bytes are copied.
 */
void leak_add(const char *name, const void *bytes, size_t len);

/**
 * The same for a secret that goes to the CA as it is: other libraries have it in their buffers on
 * its way. So it is looked for in what leak_look() is given, not in memory at large.
 */
void leak_add_traveller(const char *name, const void *bytes, size_t len);

/** Says on stderr what leaked, and counts it. */
void leak_tell(const char *where, const char *what);

/** Looks through text, and through all memory that a core dump would hold; tells what is there. */
void leak_look(const char *where, const void *bytes, size_t len);
void leak_look_everywhere(const char *where);

/** Is memory that is given back watched in this build? */
bool leak_watches_free(void);

struct leak_count {
	size_t leaks;
	size_t freed; /* blocks looked at when they were given back */
	size_t looks; /* through all memory */
	size_t bytes; /* in the last of these */
};

struct leak_count leak_count(void);

#endif
