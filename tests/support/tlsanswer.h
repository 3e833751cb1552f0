/* SPDX-License-Identifier: MIT */
/* One connection of the test server, and the answers that it knows, good and bad. */
#ifndef TESTS_SUPPORT_TLSANSWER_H
#define TESTS_SUPPORT_TLSANSWER_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define TLSANSWER_MAX_REQUEST 2097152

struct tlsserver;

struct tlsanswer {
	struct tlsanswer *next;
	struct tlsserver *server;
	pthread_t thread;
	int fd;
	int stop;  /* readable when the server stops */
	SSL *ssl;  /* NULL: plain */
	char request[TLSANSWER_MAX_REQUEST];
	size_t len; /* read so far */
	size_t body_at;
	size_t body_len;
};

/** True when the peer said something or went away; false when the server stops. */
bool tlsanswer_wait(struct tlsanswer *c);

/** Like recv() and send(), with TLS where there is some. */
int tlsanswer_get(struct tlsanswer *c, void *bytes, size_t len);
bool tlsanswer_put(struct tlsanswer *c, const char *bytes, size_t len);

/** Answers the request that was read, as its path says; returns whether the connection goes on. */
bool tlsanswer_give(struct tlsanswer *c);

#endif
