/* SPDX-License-Identifier: MIT */
/* A dialect alone: answers that are understood without anybody having asked. */
#ifndef TESTS_SUPPORT_HEAR_H
#define TESTS_SUPPORT_HEAR_H

#include "wire/dialect.h"

/** What came of an answer. */
struct heard {
	size_t facts;
	size_t secrets;
	char token[64];           /* the beginning of the secret "token" */
	emsign_rc refuse_with;    /* what the sink says to each fact */
	struct ems_verdict verdict;
	emsign_error err;
};

/** Understands an answer of a status; PLACE is of the family ssl. */
emsign_rc hear(const struct ems_dialect *dialect, enum ems_verb verb, const emsign_kv *args,
	       int status, const char *body, size_t len, struct heard *heard);

/** The same for a page of the report with that many orders between `head` and `tail`. */
emsign_rc hear_rows(const struct ems_dialect *dialect, const char *head, int n, const char *tail,
		    struct heard *heard);

/** A secret of a text; aborts the test program when there is none. */
emsign_secret *hear_secret(const char *text);

/** Whom the questions of these tests go to, with a secret to be freed. */
struct ems_peer hear_peer(const char *secret);

#endif
