/* SPDX-License-Identifier: MIT */
/*
 * A whole life with secrets that are known, on real libraries and a simulated CA; see secret.c. At
 * each of its points all memory is searched, or the program crashes.
 */
#ifndef TESTS_TORTURE_SECRET_H
#define TESTS_TORTURE_SECRET_H

#include <emsign/emsign.h>

struct secret_life {
	const char *api;       /* "v1" */
	const char *url;
	const char *ca_file;
	const char *access_key_file;
	const char *password_file;
	const char *passphrase_file;
	const char *folder;
	const char *key;       /* "EC:P-256" */
	size_t crash;          /* number of the point at which it crashes; 0: at none */

	emsign_store *inner;
	emsign_store *store;
	emsign_transport *wire;
	emsign_transport *transport;
	emsign_solver *solver;
	emsign_secret *sealing;
	emsign_secret *password;
	emsign_secret *access_key; /* of v2: the client secret */
	emsign_client *client;
	emsign_account *account;
	emsign_order *order;
	emsign_certificate *certificate;
	emsign_key *own;       /* the key of the certificate, while it is open */
	emsign_error err;
};

/** One point: looks through all memory, or ends the program by abort(). */
void secret_point(const char *where);

/** What is said to people or programs: looked through, too. */
void secret_said(const char *where, const char *text);

/* secret_plugs.c: store, transport, solver, observer and log, each of them a point */
emsign_rc secret_plugs_open(struct secret_life *life);
void secret_plugs_watch(struct secret_life *life);

/* secret_keys.c: every key that is made is a secret that is looked for, from its first instant */

/** Its numbers are written there too, for whoever searches a core. */
void secret_keys_write_to(int fd);
void secret_keys_write(const void *bytes, size_t len);

/*
 * secret_own.c: blocks of the library. No secret is in one that is given back, nor in one that is
 * in use while nothing is asked: not even a secret that libcurl has in its buffers.
 */
void secret_own_watch(void);
void secret_own_look(const char *where);

#endif
