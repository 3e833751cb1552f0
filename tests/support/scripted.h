/* SPDX-License-Identifier: MIT */
/*
 * A transport that follows a script, for tests: a queue of canned answers, and a record of what was
 * asked.
 *
 *	struct scripted *net = scripted_new(SCRIPTED_BLOCKING);
 *	scripted_body(net, 200, "{}");
 *	scripted_add(net, &(struct scripted_answer){ .rc = EMSIGN_E_NET, .unsent = true });
 *	... emsign_client_new(config, NULL, scripted_transport(net), ...) ...
 *	assert_int_equal(scripted_n(net), 2);
 *	scripted_free(net);
 */
#ifndef TESTS_SUPPORT_SCRIPTED_H
#define TESTS_SUPPORT_SCRIPTED_H

#include <emsign/transport.h>
#include <stdbool.h>

enum scripted_mode {
	SCRIPTED_BLOCKING, /* everything happens inside start(); no drive, cancel, fd */
	SCRIPTED_OPEN      /* exchanges stay in flight; drive() ends those that are not held */
};

struct scripted_answer {
	emsign_rc start;         /* not EMSIGN_OK: start() itself fails with it */
	emsign_rc rc;            /* how the exchange ends; the answer, if any, is told before */
	const char *detail;
	bool unsent;
	bool hold;               /* OPEN: stays in flight until scripted_release() or cancel */
	int status;              /* 0: no status, no headers, no body */
	const emsign_kv *headers;
	const char *body;
	size_t body_len;         /* 0: to the end of the text */
	size_t piece;            /* bytes that are told at a time; 0: all at once */
};

/** What was asked; all of it copied. */
struct scripted_request {
	char *method;
	char *url;
	emsign_kv *headers;
	char *body;              /* terminated */
	size_t body_len;
	int64_t timeout_ms;
	char *ca_file;
	char *pin;
};

/**
 * Makes up an answer when the queue is empty (what it points at must live until the next call).
 * The number counts requests from 0.
 */
typedef void (*scripted_fn)(void *ud, size_t number, const struct scripted_request *request,
			    struct scripted_answer *out);

struct scripted_count {
	size_t started;
	size_t ended;
	size_t canceled;
	size_t in_flight;
	size_t most_in_flight;
	size_t drives;
	size_t destroyed;
};

struct scripted;

struct scripted *scripted_new(enum scripted_mode mode);

/** The handle; belongs to the script, and lives at least until scripted_free(). */
emsign_transport *scripted_transport(struct scripted *script);

/** Drops the script and its own reference to the handle; everybody else's must be gone. */
void scripted_free(struct scripted *script);

/** Puts an answer at the end of the queue; its texts must live until it is told. */
void scripted_add(struct scripted *script, const struct scripted_answer *answer);

/** The most common one: a status and a JSON body. */
void scripted_body(struct scripted *script, int status, const char *body);

/** Asked when the queue is empty. Without it, an empty queue fails the test. */
void scripted_on_request(struct scripted *script, scripted_fn fn, void *ud);

/** Lets everything that is held now end at the next drive(). */
void scripted_release(struct scripted *script);

size_t scripted_n(const struct scripted *script);
const struct scripted_request *scripted_request(const struct scripted *script, size_t i);

/** Value of a header of a request; NULL when it had none of that name. */
const char *scripted_header(const struct scripted *script, size_t i, const char *name);

/**
 * Is it a question to that path? "*" in it is one part of any text, the last of which is copied.
 * What follows a "?" in the URL does not count.
 */
bool scripted_asks(const struct scripted_request *request, const char *method, const char *url,
		   char part[64]);

struct scripted_count scripted_count(const struct scripted *script);

#endif
