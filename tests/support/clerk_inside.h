/* SPDX-License-Identifier: MIT */
/* What a clerk is, whichever API it speaks: clerk.c (and the first one), clerk_v2.c. */
#ifndef TESTS_SUPPORT_CLERK_INSIDE_H
#define TESTS_SUPPORT_CLERK_INSIDE_H

#include "clerk.h"

/** Where the answer is written. */
char *clerk_room(struct clerk *ca);

/** What a question says of an order; `domain` is what the API calls its name. */
void clerk_read(const char *body, const char *domain, struct clerk_order *order);

/** A new order. */
struct clerk_order *clerk_place(struct clerk *ca, const char *body, const char *domain);

/** Time has passed: what is proven may be issued. */
void clerk_look(const struct clerk *ca, struct clerk_order *order);

/** Answers a question of the second API; gives its name. */
const char *clerk_v2(struct clerk *ca, const struct scripted_request *request, int *status);

#endif
