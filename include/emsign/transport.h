/* SPDX-License-Identifier: MIT */
/*
 * Plug in HTTP. For those who want another HTTP client than libcurl, or wrap one transport in
 * another (record, replay, inject faults).
 *
 * A blocking transport does everything inside start(): status, headers, data, done. A concurrent
 * one only begins in start() and reports later, from drive() or from the application's own loop.
 * Every started exchange gets exactly one emsign_exchange_done(), unless cancel() came first. No
 * slot is called while another slot of the same `self` runs. Retries are never the transport's, and
 * a redirect is an answer like any other.
 */
#ifndef EMSIGN_TRANSPORT_H
#define EMSIGN_TRANSPORT_H

#include <emsign/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What sends questions to the CA and brings the answers. */
typedef struct emsign_transport emsign_transport;

/** One request and its answer, in flight. */
typedef struct emsign_exchange emsign_exchange;

/** What has to be sent. Lives until the exchange is done or canceled. */
typedef struct emsign_request {
	const char *method;        /* "POST" */
	const char *url;
	const emsign_kv *headers;  /* {0}-terminated */
	const void *body;          /* never log it: it holds the proof of the access key */
	size_t body_len;
	int64_t timeout_ms;        /* for the whole exchange */
	const char *ca_file;       /* PEM file of trusted roots; NULL: the system's */
	const char *pin;           /* "sha256//BASE64" of the server's public key; NULL: none */
} emsign_request;

/** A transport. Tables are copied; slots may be NULL where it says "may". */
typedef struct emsign_transport_ops {
	size_t size;      /* sizeof(emsign_transport_ops) */
	const char *name; /* for logs */
	/* must: begin, or do it all. An error: not begun, and emsign_exchange_done() not called */
	emsign_rc (*start)(void *self, emsign_exchange *exchange, emsign_error *err);
	/* may: forget the exchange; it is gone when this returns */
	void (*cancel)(void *self, emsign_exchange *exchange);
	/* may: wait up to timeout_ms (0: not at all, -1: for ever) for news and report them */
	emsign_rc (*drive)(void *self, int timeout_ms, emsign_error *err);
	/* may: a descriptor that is readable when drive(self, 0) has something to do, timers too */
	int (*fd)(void *self);
	/* may: called exactly once, last */
	void (*destroy)(void *self);
} emsign_transport_ops;

/**
 * A transport behind a table of functions.
 *   ops   [in] copied
 *   self  [in] given to each function
 *   out   [out,own] release with emsign_transport_free()
 * Errors: EMSIGN_E_INVALID (no start), EMSIGN_E_NOMEM; `self` is not destroyed then. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_transport_new(const emsign_transport_ops *ops, void *self,
					  emsign_transport **out, emsign_error *err);

/**
 * The built-in transport: libcurl, https only, server's certificate and name verified, TLS 1.2 or
 * newer, no redirects, keep-alive, HTTP/2 where offered.
 *   options  [in,opt] named values: `proxy` (URL; none by default), `connect_timeout_ms` (10000),
 *            `low_speed_s` (seconds without a byte after which it gives up; 60),
 *            `connections` (at most this many at once; 8)
 *   out      [out,own]
 * Errors: EMSIGN_E_INVALID, EMSIGN_E_NOMEM, EMSIGN_E_UNSUPPORTED (built without libcurl).
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_transport_curl(const emsign_kv *options, emsign_transport **out,
					   emsign_error *err);

/** Drops this reference; the last one destroys it. NULL is fine. Since 0.1. */
EMSIGN_API void emsign_transport_free(emsign_transport *transport);

/** What has to be sent. Since 0.1. */
EMSIGN_API const emsign_request *emsign_exchange_request(const emsign_exchange *exchange);

/** Reports the HTTP status; a later one replaces an interim one. Since 0.1. */
EMSIGN_API void emsign_exchange_status(emsign_exchange *exchange, int http_status);

/** Reports one header of the answer. Since 0.1. */
EMSIGN_API void emsign_exchange_header(emsign_exchange *exchange, const char *name,
				       const char *value);

/**
 * Reports bytes of the answer's body.
 * Errors: EMSIGN_E_PROTO past the limit of an answer, EMSIGN_E_NOMEM: stop and call done with it.
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_exchange_data(emsign_exchange *exchange, const void *bytes, size_t len);

/**
 * Promises that no byte of the request has left this machine. Without this promise a failed
 * exchange counts as "may have been sent". Since 0.1.
 */
EMSIGN_API void emsign_exchange_unsent(emsign_exchange *exchange);

/**
 * Ends the exchange; the transport may not touch it afterwards.
 *   rc      [in] EMSIGN_OK when the answer is complete, else EMSIGN_E_NET, _TIMEOUT, _TLS, ...
 *   detail  [in,opt] sentence for people, without secrets
 * Since 0.1.
 */
EMSIGN_API void emsign_exchange_done(emsign_exchange *exchange, emsign_rc rc, const char *detail);

#ifdef __cplusplus
}
#endif
#endif
