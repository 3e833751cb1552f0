/* SPDX-License-Identifier: MIT */
/*
 * What the harnesses share. A harness is one function that gets any bytes at all: libFuzzer makes
 * them up, replay.c reads them from files. It cuts them into what its part of the library takes,
 * and checks what holds for every result, good or bad.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <emsign/base.h>

#include "base/kv.h"

#define FUZZ_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** The harness; libFuzzer wants this name. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/** A broken promise ends the program: that is what a fuzzer looks for. */
#define FUZZ_MUST(condition) fuzz_must(condition, #condition, __FILE__, __LINE__)
void fuzz_must(bool good, const char *condition, const char *file, int line);

/* --- cutting an input up: where nothing is left, zeros and empty texts follow --- */

struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

unsigned fuzz_byte(struct fuzz_input *in);
/** A number below n. */
unsigned fuzz_below(struct fuzz_input *in, size_t n);
/** The bytes up to `stop`, which is passed over, or to the end; borrowed. */
struct fuzz_input fuzz_part(struct fuzz_input *in, uint8_t stop);
/** A terminated copy to be freed, exactly as long as it has to be; ends at the first NUL. */
char *fuzz_text(struct fuzz_input part);
/** What is left as named values: NAME=VALUE up to `stop`, again and again. */
void fuzz_values(struct fuzz_input *in, uint8_t stop, struct ems_kvlist *out);

/* --- what always holds --- */

/** err tells rc, and a sentence that can be printed: UTF-8, one line; or nothing. */
void fuzz_check(emsign_rc rc, const emsign_error *err);

/** A record: its texts are UTF-8, it comes back from a row as it was, its JSON is JSON. */
void fuzz_check_record(const char *kind, const void *record);

/** Is it text that our own reader takes for JSON? */
bool fuzz_is_json(const char *text, size_t len);

/** A text that comes in with the canary in it says nothing about secrets that get out. */
bool fuzz_holds_canary(const uint8_t *bytes, size_t len);

/** No block of the library is in use. */
void fuzz_check_memory(void);

#endif
