/* SPDX-License-Identifier: MIT */
/* The failing allocator under the libraries that the library stands on. */
#ifndef TESTS_TORTURE_UNDER_H
#define TESTS_TORTURE_UNDER_H

#include "../support/fail.h"

/** Before anything else in a program: OpenSSL takes other memory only as long as it has none. */
void under_libraries(void);

/** Blocks in use by one of them (FAIL_SQLITE, ...). */
long under_live(unsigned whose);

#endif
