/* SPDX-License-Identifier: MIT */
/* What the CA of the fuzzer says to one question, or how the way there fails. */
#ifndef TESTS_FUZZ_SAYING_H
#define TESTS_FUZZ_SAYING_H

#include "ca.h"

void saying_make(struct ca *ca, const struct scripted_request *request,
		 struct scripted_answer *out);

#endif
