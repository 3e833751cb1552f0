/* SPDX-License-Identifier: MIT */
/*
 * A stage for the client: a store in memory, a scripted CA, a clock and dice of its own, and a
 * credential with its account. Everything it makes goes through the allocator of fail.h.
 *
 *	struct play p;
 *
 *	play_open(&p, SCRIPTED_BLOCKING, NULL);
 *	play_yes(&p, NULL);
 *	PLAY_OK(&p, emsign_account_test(p.account, &p.err));
 *	play_close(&p);
 */
#ifndef TESTS_SUPPORT_PLAY_H
#define TESTS_SUPPORT_PLAY_H

#include "fail.h"

#include <stdbool.h>

#include <emsign/client.h>

#include "scripted.h"
#include "testca.h"

#define PLAY_SITE "https://ca.example/"
#define PLAY_URL PLAY_SITE "emSignHub-API/"
#define PLAY_NOW INT64_C(1768472430) /* 2026-01-15 10:20:30 */
#define PLAY_KEY "EMSIGN-CANARY-access-key"
#define PLAY_NAME "www.example.com"

struct play {
	struct scripted *net;
	emsign_store *store;
	emsign_secret *sealing;
	emsign_client *client;
	emsign_account *account;
	emsign_error err;
	bool v2;                /* what is added is of the second generation */

	int64_t now_ms;
	int64_t waited_ms;
	emsign_rc no_wait;      /* what a wait fails with; EMSIGN_OK: it waits */
	uint64_t dice;
	void (*on_dice)(void);  /* may: what others do meanwhile */

	size_t events[8];     /* by type */
	int64_t refuse;       /* the observer refuses events of this type */
	size_t log_lines;
	char log[8192];       /* all that was logged */

	struct testca ca;     /* made when it is first wanted */
	char *texts[256];     /* of the script */
	size_t n_texts;
};

/** With a credential "lab" and its account. */
void play_open(struct play *p, enum scripted_mode mode, const emsign_kv *config);

/** Only store and client. */
void play_open_bare(struct play *p, enum scripted_mode mode, const emsign_kv *config);
/** The same on a store of the test's, which it takes over. */
void play_open_on(struct play *p, enum scripted_mode mode, const emsign_kv *config,
		  emsign_store *store);
emsign_rc play_add_credential(struct play *p, const char *name);

/** With an account "lab" that speaks the second generation. */
void play_open_v2(struct play *p, enum scripted_mode mode);

/** The program ends and starts again: another client on the same store. */
void play_restart(struct play *p);
void play_restart_with(struct play *p, const emsign_kv *config);
void play_close(struct play *p);

#define PLAY_OK(p, call) play_expect(p, call, EMSIGN_OK, "", __FILE__, __LINE__)

/** The call fails with a code and a sentence that holds some text. */
#define PLAY_FAILS(p, call, rc, text) play_expect(p, call, rc, text, __FILE__, __LINE__)

void play_expect(struct play *p, emsign_rc got, emsign_rc want, const char *text, const char *file,
		 int line);

/* --- what the CA says --- */

/** Success; the block is JSON like `"orderDetails":{...}`; NULL: none. Printed like printf does. */
void play_yes(struct play *p, const char *format, ...);
void play_no(struct play *p, const char *code, const char *text);

/** The question is sent; no answer comes. */
void play_lost(struct play *p);
/** Not even sent. */
void play_unsent(struct play *p);

void play_placed(struct play *p, const char *number);
/** State of an order: the CA's two numbers, and what else is said (`,"csr":"0"`; NULL: nothing). */
void play_tracked(struct play *p, int certificate, int order, const char *more);

/** A row of the report. */
struct play_row {
	const char *number;  /* NULL: a draft */
	const char *request;
	int certificate, order;
	const char *domain;  /* NULL: PLAY_NAME */
	const char *tag;     /* NULL: none */
	const char *date;    /* NULL: PLAY_NOW */
	const char *expiry;  /* NULL: none */
};
void play_report(struct play *p, int page, int pages, int total, const struct play_row *rows,
		 size_t n);

/** A certificate for the public key of a CSR (PEM; NULL: another key), issued by the play's CA. */
void play_certificate(struct play *p, const char *csr, const char *names);
/** The same with all that one can choose; issuer is filled in. */
void play_certificate_of(struct play *p, const struct testca_form *form, bool interim);

/* --- what was asked --- */

/** Does the i-th question hold that text? */
bool play_asked(const struct play *p, size_t i, const char *text);
/** The last part of its URL. */
const char *play_call(const struct play *p, size_t i);

/* --- what is kept --- */

/** A record, to be freed; the test fails when there is none. */
void *play_get(struct play *p, const char *kind, const char *id);
bool play_has(struct play *p, const char *kind, const char *id);
size_t play_count(struct play *p, const char *kind);
/** Rows of any kind, also of those that never leave the library. */
size_t play_rows(struct play *p, const char *kind);
/** Does any row of the store hold that text? */
bool play_store_holds(struct play *p, const char *text);

/** Places an order for PLAY_NAME and gives its number; the answer is scripted here. */
emsign_order *play_place(struct play *p, const char *number);
/** PEM of the CSR of an order, to be freed. */
emsign_csr *play_csr(struct play *p, const emsign_order *order);

#endif
