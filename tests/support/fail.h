/* SPDX-License-Identifier: MIT */
/*
 * An allocator for tests: fails on demand, counts the blocks in use, checks the sizes that it is
 * told, and notices blocks that are given back with a certain text still in them. Also brings
 * cmocka, whose header wants others before it.
 */
#ifndef TESTS_SUPPORT_FAIL_H
#define TESTS_SUPPORT_FAIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <emsign/base.h>
#include <stdbool.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Puts it under the library, or the C library's back; neither works while memory is in use. */
int fail_setup(void **state);
int fail_teardown(void **state);

/** A test that runs on it, and that fails when it leaves memory in use. */
#define FAIL_TEST(f) cmocka_unit_test_setup_teardown(f, fail_setup, fail_teardown)

void fail_never(void);
void fail_at(size_t n);   /* the n-th allocation from now fails; 0 is the next one */
void fail_from(size_t n); /* that one and all that follow */
size_t fail_failed(void); /* how many failed since one of the three above */

size_t fail_live(void);   /* blocks in use */
size_t fail_count(void);  /* allocations since the last fail_never(), fail_at() or fail_from() */

/** What the test's own side of the world allocates neither counts nor fails. May be nested. */
void fail_pause(void);
void fail_resume(void);

/** Whose allocations count and fail; those of other libraries take fail_under_libraries(). */
enum { FAIL_OWN = 1, FAIL_SQLITE = 2, FAIL_CURL = 4, FAIL_OPENSSL = 8 };
void fail_whose(unsigned whose);

/** For hooks: an allocation of that library is wanted; true when it has to fail. */
bool fail_hits(unsigned whose);

/** Counts from now on the blocks that come back with `text` in them; NULL ends it. */
void fail_watch(const char *text);
size_t fail_spilled(void);

/**
 * Runs a piece of work with its first, second, ... allocation failing, once and from then on, until
 * it gets through. Each run must return EMSIGN_E_NOMEM when an allocation failed, EMSIGN_OK when
 * none did, and leave nothing in use.
 */
void fail_each(emsign_rc (*work)(void));

#endif
