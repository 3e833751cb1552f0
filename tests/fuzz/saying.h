/* SPDX-License-Identifier: MIT */
/* What the CA of the fuzzer says to one question, or how the way there fails. */
#ifndef TESTS_FUZZ_SAYING_H
#define TESTS_FUZZ_SAYING_H

#include "ca.h"

void saying_make(struct ca *ca, const struct scripted_request *request,
		 struct scripted_answer *out);

/* What both APIs use: saying.c (and the first one), saying_v2.c. */

#define SAYING_MAX 16384 /* bytes of an answer that is made up */

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void saying_put(char *text, const char *format, ...);

/** The tag that an order for a name was marked with, as the journal has it; "" for none. */
void saying_tag(struct ca *ca, char tag[64]);

/** A certificate as the input wants it, and its issuer's: bare base64, to be freed. */
void saying_certificate(struct ca *ca, unsigned what, char **leaf, char **issuer);

/** A good answer of the second API to the question, and a refusal. */
void saying_v2(struct ca *ca, const struct scripted_request *request, char *text);
void saying_v2_refuse(struct ca *ca, const struct scripted_request *request, int *status,
		      char *text);

#endif
