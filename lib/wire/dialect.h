/* SPDX-License-Identifier: MIT */
/*
 * A dialect is one generation of the CA's API: for each verb a row that says how to ask and how to
 * understand the answer. Pure: bytes in, facts out; time and random numbers come as arguments.
 */
#ifndef EMS_WIRE_DIALECT_H
#define EMS_WIRE_DIALECT_H

#include <emsign/secret.h>

#include "base/jsonout.h"
#include "base/kv.h"
#include "model/record.h"
#include "wire/json.h"

/** Questions to the CA. args: what each takes. */
enum ems_verb {
	EMS_VERB_TEST = 1,
	EMS_VERB_ACCOUNT,         /* user, groups, organizations in short */
	EMS_VERB_ORGANIZATION,    /* organization, group */
	EMS_VERB_DOMAINS,         /* page, size: one answer or pages, see ems_verdict.pages */
	EMS_VERB_PRODUCTS,        /* group */
	EMS_VERB_PLACE,           /* the checked order form; variant (default: as the form looks) */
	EMS_VERB_SUBMIT_CSR,      /* order, requester.email, csr */
	EMS_VERB_SUBMIT_DOCUMENT, /* order, requester.email, name, description; call.document */
	EMS_VERB_ACCEPT,          /* order, requester.email, signer.name, signer.place, signer.ip */
	EMS_VERB_TRACK,           /* order */
	EMS_VERB_CHALLENGE,       /* order, requester.email, domain, method */
	EMS_VERB_VERIFY,          /* order, requester.email, domain, method, email */
	EMS_VERB_FETCH,           /* order, requester.email */
	EMS_VERB_CANCEL,          /* order, remarks */
	EMS_VERB_CANCEL_DRAFT,    /* request, remarks */
	EMS_VERB_REVOKE,          /* order, requester.email, reason, comments */
	/*
	 * page, size; from, till (Unix seconds), domain, request, ...: criteria that a generation
	 * does not know are passed over, so rows have to be looked at again. since (Unix seconds):
	 * nothing older is wanted, for a generation that knows no better criterion.
	 */
	EMS_VERB_REPORT,
	EMS_VERB_TOKEN,           /* nothing; an access token, for methods that want one */
	EMS_VERB_ORGANIZATIONS,   /* group */
	EMS_VERB_CUSTOM_FIELDS,   /* product */
	EMS_VERB_REISSUE,         /* order, csr or san; remarks, revoke_previous, revoke_reason */
	EMS_VERB_LEDGER,          /* page, size, group */
	EMS_VERB_DOMAIN,          /* domain_id; what is known about it */
	/* domain, page, size: registrations of that name, among others */
	EMS_VERB_DOMAIN_FIND,
	EMS_VERB_DOMAIN_ADD,      /* domain, organization, method */
	EMS_VERB_DOMAIN_CHALLENGE, /* domain_id, domain, method */
	EMS_VERB_DOMAIN_METHOD,   /* domain_id, domain, method; gives a new challenge */
	EMS_VERB_DOMAIN_VERIFY,   /* domain_id, domain, method */
	EMS_VERB_DOMAIN_ATTEMPTS, /* domain_id, page, size */
	EMS_VERB_DOMAIN_ATTEMPT,  /* domain_id, attempt ("last"); with what to do next */
	EMS_VERB_DOMAIN_DEACTIVATE /* domain_id */
};

/* The last verb, and one more than it. */
#define EMS_VERBS (EMS_VERB_DOMAIN_DEACTIVATE + 1)

/* Bytes of an access token at most. */
#define EMS_TOKEN_MAX 16384

/** How a question proves whose it is, see auth.h. */
struct ems_auth;

/** Whom to ask, and as whom. */
struct ems_peer {
	const char *url;             /* with a slash at its end */
	const char *account_number;
	emsign_secret *secret;       /* access key, or client secret */
	const struct ems_auth *auth; /* NULL: the dialect's own */
	const char *client_id;       /* NULL: the account number */
	emsign_secret *token;        /* NULL: none yet */
};

/** Fresh for every turn. */
struct ems_stamp {
	int64_t now;               /* Unix seconds */
	unsigned char random[16];  /* becomes the transaction id */
};

struct ems_call {
	enum ems_verb verb;
	const char *family;        /* "ssl", "private-pki", "signature"; NULL: ssl */
	const emsign_kv *args;
	emsign_secret *token;      /* PLACE: consent token of the organization; NULL: none */
	const void *document;      /* SUBMIT_DOCUMENT */
	size_t document_len;
};

/** A question, encoded. */
struct ems_question {
	const char *method;        /* static */
	struct ems_buf url;
	struct ems_buf body;       /* wiped when freed */
	struct ems_kvlist headers;
	char request_id[64];       /* the transaction id; "" where the CA takes none */
};

/** An answer, as it came. */
struct ems_answer {
	int http_status;
	const char *content_type;  /* NULL: none */
	int64_t retry_after;       /* seconds; 0: not said */
	const void *body;
	size_t len;
};

/** What the engine may do after an answer that is not a success. */
enum ems_class {
	EMS_CLASS_NEVER, /* the same question will get the same answer */
	EMS_CLASS_SOON,  /* a fault of the CA: once more after a pause */
	EMS_CLASS_SLOW,  /* too fast: back off */
	EMS_CLASS_POLL,  /* not ready yet: the caller decides when to ask again */
	EMS_CLASS_LOGIN  /* refused at the door: a new access token may help, once */
};

struct ems_verdict {
	enum ems_class class_;
	bool done_before;  /* success, because it had been done already */
	/*
	 * The CA answered as itself: what it said is certain. false: a proxy's page, a cut answer,
	 * an HTTP error without the CA's envelope; and, where the question changes something, a
	 * fault of the CA's own (EMS-939), "heard before" (EMS-947), a success that could not be
	 * taken in.
	 */
	bool processed;
	/* of answers that are pages: REPORT, LEDGER, DOMAINS, DOMAIN_FIND, DOMAIN_ATTEMPTS */
	int64_t page;      /* the first is 1 */
	int64_t pages;     /* 0: the answer was no page, or empty */
	int64_t total;     /* -1: not said */
	int64_t rows;
	int64_t expires_in; /* of TOKEN: seconds */
};

/**
 * Where facts go. Records are lent for the call; `id`, `credential` and `url` are NULL in them.
 * They come while the answer is read: when it ends as a failure they count for nothing.
 */
struct ems_sink {
	emsign_rc (*fact)(void *ud, const struct ems_kind *kind, const void *record,
			  emsign_error *err);
	/* something secret that the CA told: "organization/3325789/token"; "token" of TOKEN */
	emsign_rc (*secret)(void *ud, const char *name, const char *value, emsign_error *err);
	void *ud;
};

struct ems_query;

struct ems_row {
	enum ems_verb verb;
	const char *family;        /* NULL: any */
	const char *method;
	/* below the base URL, or of the server when a slash is first; "{order}" is an argument */
	const char *path;
	unsigned flags;
	void (*query)(const struct ems_call *call, struct ems_query *query); /* NULL: none */
	const char *rows;          /* JSON path of the streamed array; NULL: none */
	/* writes the part of the body that belongs to the verb; NULL: there is no body */
	void (*encode)(const struct ems_call *call, struct ems_jsonout *body);
	/* one element of `rows` */
	emsign_rc (*row)(const struct ems_call *call, const struct ems_node *node,
			 const struct ems_sink *sink, emsign_error *err);
	/* the whole answer of a success */
	emsign_rc (*decode)(const struct ems_call *call, const struct ems_node *root,
			    const struct ems_sink *sink, struct ems_verdict *verdict,
			    emsign_error *err);
};

enum {
	EMS_CHANGES = 1 << 0, /* changes the world: never repeated unless it surely did nothing */
	EMS_MAY_BE_EMPTY = 1 << 1, /* a success without a body is one; decode() gets NULL then */
	EMS_KEYED = 1 << 2, /* carries a key by which the CA could know it again */
	EMS_SLOW = 1 << 3 /* the CA may take minutes for it, where others take seconds */
};

struct ems_dialect {
	const char *name;          /* "v1" */
	const char *default_path;  /* of a base URL that has none: "/emSignHub-API/" */
	const char *auth;          /* name of the method that goes without saying */
	/* an order is found under its family alone, and there are no others than these; NULL: the
	 * number of an order is enough */
	const char *const *families;
	const struct ems_row *rows;
	size_t n_rows;
	/* the envelope around a row's encode(): url, headers, body, request_id */
	emsign_rc (*ask)(const struct ems_row *row, const struct ems_peer *peer,
			 const struct ems_call *call, const struct ems_stamp *stamp,
			 struct ems_question *out, emsign_error *err);
	/* the envelope around a row's decode(); fills err with rc, ca_code, http_status, message */
	emsign_rc (*understand)(const struct ems_row *row, const struct ems_call *call,
				const struct ems_answer *answer, const struct ems_sink *sink,
				struct ems_verdict *verdict, emsign_error *err);
};

extern const struct ems_dialect ems_v1;
extern const struct ems_dialect ems_v2;

/** "v1", "v2"; NULL when there is no such generation. */
const struct ems_dialect *ems_dialect_find(const char *name);

/** The CA's base URL of a region: "us", "india", "sandbox"; NULL when there is no such region. */
const char *ems_dialect_region(const struct ems_dialect *dialect, const char *region);

/**
 * Bytes of a base URL that name the CA's site, with a slash at their end: all but the path of the
 * generation. Orders belong to a site; every generation tells of the same.
 */
size_t ems_dialect_site(const struct ems_dialect *dialect, const char *url);

/** The row of a verb; NULL when this generation lacks it. */
const struct ems_row *ems_dialect_row(const struct ems_dialect *dialect, enum ems_verb verb,
				      const char *family);

/**
 * Is there such a row?
 * Errors: EMSIGN_E_UNSUPPORTED with the sentence that ems_dialect_ask() has for it.
 */
emsign_rc ems_dialect_need(const struct ems_dialect *dialect, enum ems_verb verb,
			   const char *family, emsign_error *err);

/** What a verb does, for sentences: "placing the order". Static. */
const char *ems_dialect_words(enum ems_verb verb);

/**
 * Encodes. Errors: EMSIGN_E_UNSUPPORTED (no such row), EMSIGN_E_INVALID (a value that this
 * generation has no word for), EMSIGN_E_NOMEM, EMSIGN_E_CRYPTO.
 */
emsign_rc ems_dialect_ask(const struct ems_dialect *dialect, const struct ems_peer *peer,
			  const struct ems_call *call, const struct ems_stamp *stamp,
			  struct ems_question *out, emsign_error *err);

/** Decodes. EMSIGN_OK also when it "had been done already" (verdict says so). */
emsign_rc ems_dialect_understand(const struct ems_dialect *dialect, const struct ems_call *call,
				 const struct ems_answer *answer, const struct ems_sink *sink,
				 struct ems_verdict *verdict, emsign_error *err);

void ems_question_free(struct ems_question *question);

#endif
