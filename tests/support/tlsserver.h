/* SPDX-License-Identifier: MIT */
/*
 * A small HTTPS server in threads of its own, for tests: it proves, or fails to prove, its identity
 * in every way that matters, and answers in every way that hurts. What it answers is told by the
 * path; see the table in tlsserver.c.
 */
#ifndef TESTS_SUPPORT_TLSSERVER_H
#define TESTS_SUPPORT_TLSSERVER_H

#include <stddef.h>

enum tlsserver_flavour {
	TLSSERVER_GOOD,
	TLSSERVER_EXPIRED,
	TLSSERVER_NOT_YET,     /* its certificate becomes valid tomorrow */
	TLSSERVER_WRONG_HOST,  /* its certificate is for other.example */
	TLSSERVER_SELF_SIGNED,
	TLSSERVER_OLDEST,      /* speaks TLS 1.0 only */
	TLSSERVER_OLD,         /* speaks TLS 1.1 only */
	TLSSERVER_PLAIN,       /* speaks HTTP without TLS */
	TLSSERVER_SILENT,      /* takes connections, never says a word */
	TLSSERVER_HANGUP,      /* closes during the handshake */
	TLSSERVER_DEAF,        /* closes after the handshake, before it read a request */
	TLSSERVER_BETWEEN      /* a proxy that agrees to everything and then answers itself */
};

struct tlsserver;

/** Starts it on a port of 127.0.0.1; aborts the test program when it cannot. */
struct tlsserver *tlsserver_new(enum tlsserver_flavour flavour);
void tlsserver_free(struct tlsserver *server);

/** "https://localhost:PORT" and the path; lives until the next call. */
const char *tlsserver_url(struct tlsserver *server, const char *path);

/** The same with a host of one's own. */
const char *tlsserver_url_at(struct tlsserver *server, const char *host, const char *path);

/** From the next connection on it has another key, and a certificate of this flavour for it. */
void tlsserver_change(struct tlsserver *server, enum tlsserver_flavour flavour);

/** PEM file of the root that its certificate chains to. */
const char *tlsserver_roots(const struct tlsserver *server);

/** "sha256//BASE64" of its public key. */
const char *tlsserver_pin(const struct tlsserver *server);

/** The last request that was read whole, as it came; lives until the next call. */
const char *tlsserver_request(struct tlsserver *server);

struct tlsserver_count {
	unsigned requests;    /* read whole, so far */
	size_t bytes;         /* of requests, also of broken ones; plain flavours: all that came */
	unsigned connections; /* taken, so far */
	unsigned open;        /* connections that are open now */
	unsigned most_open;   /* at any one time */
};

struct tlsserver_count tlsserver_count(struct tlsserver *server);

/** Waits up to five seconds until so many connections are open; returns how many are. */
unsigned tlsserver_settle(struct tlsserver *server, unsigned open);

/** Waits up to five seconds until so many requests came; returns how many did. */
unsigned tlsserver_await(struct tlsserver *server, unsigned requests);

#endif
