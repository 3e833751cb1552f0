/* SPDX-License-Identifier: MIT */
/* Other programs and their files, for tests that let them judge. */
#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

#include <emsign/base.h>

#define PROGRAM_MISSING 127

/** Runs a program found in PATH, its whole output in a file, and returns its exit status. */
int program_run(const char *const *argv, const char *output);

void program_write(const char *path, const emsign_buf *bytes);

/** All bytes of a file, and a NUL. */
emsign_buf program_read(const char *path);

#endif
