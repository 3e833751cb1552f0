/* SPDX-License-Identifier: MIT */
/* An exchange without a dialect: what a test wants to be asked, and what came of it. */
#ifndef TESTS_SUPPORT_ASK_H
#define TESTS_SUPPORT_ASK_H

#include "engine/exchange.h"

struct ask {
	const char *method; /* NULL: "POST" */
	const char *url;
	const emsign_kv *headers;
	const char *body;   /* NULL: none */
	struct ems_exchange_terms terms; /* 0: 5 seconds, 64 KiB */
	ems_exchange_fn done;
	void *ud;
};

/** Makes the exchange; aborts the test program when it cannot. */
emsign_exchange *ask_new(const struct ask *ask);

/** What came of an exchange; copied, so that it may be looked at when the exchange is gone. */
struct asked {
	emsign_rc start; /* what start() said */
	emsign_rc rc;
	emsign_error err;
	bool unsent;
	int status;
	int64_t retry_after;
	char content_type[128];
	char body[8192]; /* terminated; its beginning when it is longer */
	size_t len;
};

/** Makes the exchange, starts it, drives it to its end, frees it. */
struct asked ask_run(emsign_transport *transport, const struct ask *ask);

/** Drives until the exchange is done; aborts the test program after 20 seconds. */
void ask_finish(emsign_transport *transport, emsign_exchange *exchange);

/** What came of an exchange that is done. */
struct asked ask_result(const emsign_exchange *exchange);

#endif
