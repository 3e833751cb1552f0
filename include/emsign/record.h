/* SPDX-License-Identifier: MIT */
/*
 * Facts: what the library knows about orders, certificates and account data.
 *
 * Every record is allocated by the library in one block and read-only: keep it as long as you like,
 * release it with emsign_free(), copy it with emsign_record_dup(). Never declare one yourself and
 * never copy one by assignment: records grow at their end in later versions. Absent text is NULL,
 * an absent list is NULL, an absent number or time is 0. Lists end with NULL.
 *
 * A record is named by its kind ("order", "certificate", ...) and its id, unique within the kind.
 * The id of whatever belongs to a credential starts with the credential's name and a slash.
 */
#ifndef EMSIGN_RECORD_H
#define EMSIGN_RECORD_H

#include <emsign/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where an order stands. Unknown states of the CA stay EMSIGN_STATUS_UNKNOWN, never guessed. */
#define EMSIGN_STATUS_MAP(X)                                                                       \
	X(UNKNOWN, 0, "unknown", "the CA said something new; see status_text")                     \
	X(DRAFT, 1, "draft", "saved at the CA, not ordered yet")                                   \
	X(PENDING, 2, "pending", "ordered; the CA is working on it")                               \
	X(PENDING_DCV, 3, "pending-validation", "control of a domain has to be proven")            \
	X(PENDING_CSR, 4, "pending-csr", "a CSR has to be submitted")                              \
	X(PENDING_AGREEMENT, 5, "pending-agreement", "the agreement has to be accepted")           \
	X(PENDING_APPROVAL, 6, "pending-approval", "a person has to approve it, there or here") \
	X(ATTENTION, 7, "attention", "the CA found a discrepancy; a person must act")              \
	X(APPROVED, 8, "approved", "approved; the certificate is being made")                      \
	X(ISSUED, 9, "issued", "the certificate exists")                                           \
	X(REJECTED, 10, "rejected", "refused; final")                                              \
	X(CANCELED, 11, "canceled", "canceled before issue; final")                                \
	X(FAILED, 12, "failed", "failed at the CA; final")                                         \
	X(REVOKED, 13, "revoked", "the certificate was revoked; final")                            \
	X(EXPIRED, 14, "expired", "the certificate ended; final")

enum {
#define EMSIGN_STATUS_ENUM(name, value, word, text) EMSIGN_STATUS_##name = value,
	EMSIGN_STATUS_MAP(EMSIGN_STATUS_ENUM)
#undef EMSIGN_STATUS_ENUM
};

/** A credential: how an account at the CA is reached. Its access key is never part of it. */
typedef struct emsign_credential {
	const char *id;             /* the name given to it */
	const char *name;           /* the same */
	const char *api;            /* generation of the CA's API: "v1", "v2" */
	const char *url;            /* base URL, with a slash at its end */
	const char *region;         /* "us", "india", "sandbox"; NULL when a URL was given */
	const char *account_number; /* the account's number at the CA */
	const char *ca_file;        /* PEM file of roots for the CA's server; NULL: the system's */
	const char *pin;            /* public-key pin "sha256//..."; NULL: none */
	const char *group;          /* group that orders go to; NULL: the account's default */
	const char *requester_name; /* defaults of the order form from here ... */
	const char *requester_email;
	const char *requester_isd;
	const char *requester_phone;
	const char *requester_designation;
	const char *signer_place;
	const char *signer_ip;      /* ... to here */
	int64_t created_at;
	int64_t updated_at;
	int64_t tested_at;          /* last successful test login */
	const char *auth;           /* "digest", "form", "basic"; NULL: as the API does usually */
	const char *client_id;      /* of a key that gets tokens; NULL: the account number */
	const char *fallback;       /* credential that is asked for what this API lacks */
} emsign_credential;

/** The person or robot that the CA sees behind a credential. */
typedef struct emsign_user {
	const char *id;          /* CREDENTIAL/ACCOUNT NUMBER */
	const char *credential;
	const char *account_number;
	const char *name;
	const char *email;
	const char *isd;
	const char *phone;
	const char *designation;
	const char *role;        /* "administrator", "manager", ...; the CA's number when unknown */
	int64_t synced_at;
	const char *extra;       /* JSON object: what the CA said beyond the members above */
} emsign_user;

/** A group (department) of the account. */
typedef struct emsign_group {
	const char *id;              /* CREDENTIAL/GROUP NUMBER */
	const char *credential;
	const char *number;
	const char *name;
	int64_t is_default;          /* 1: orders without a group go here */
	const char *pays;            /* "account" or "group": whose balance is charged */
	const char *account_balance; /* decimal text; NULL when not applicable */
	const char *group_balance;
	int64_t synced_at;
	int64_t gone_at;             /* first synchronisation that did not list it any more */
	const char *extra;
} emsign_group;

/** An organization that may stand in certificates. */
typedef struct emsign_organization {
	const char *id;                /* CREDENTIAL/ORGANIZATION NUMBER */
	const char *credential;
	const char *number;
	const char *name;
	const char *group;             /* number of a group that lists it */
	const char *status;            /* "active", "inactive", "expired" */
	const char *validation;        /* "pending", "validated", "rejected", ... */
	const char *validated_for;     /* "ov", "ev", "smime" */
	const char *business_category; /* "private", "government" */
	const char *street;
	const char *street2;
	const char *locality;
	const char *state;
	const char *postal_code;
	const char *country;           /* two letters */
	const char *const *domains;
	int64_t synced_at;
	int64_t gone_at;
	const char *extra;
} emsign_organization;

/** A domain registered in the account. */
typedef struct emsign_domain {
	const char *id;           /* CREDENTIAL/DOMAIN */
	const char *credential;
	const char *name;
	const char *organization; /* number */
	const char *organization_name;
	const char *method;       /* "dns", "http", "email", "dns-cname", "dns-persist" */
	const char *validation;   /* "pending", "valid", "rejected" */
	const char *status;       /* "active", "inactive", "expired" */
	int64_t created_at;
	int64_t expires_at;       /* end of the validation */
	int64_t synced_at;
	int64_t gone_at;
	const char *extra;
	int64_t verified_at;      /* when its control was proven last */
	const char *domain_id;    /* the CA's id of the registration; NULL: it has none */
} emsign_domain;

/** A product that the account may order. */
typedef struct emsign_product {
	const char *id;          /* CREDENTIAL/PRODUCT CODE */
	const char *credential;
	const char *code;
	const char *name;
	const char *category;
	const char *category_id;
	const char *type_id;
	const char *family;      /* "ssl", "private-pki", "smime", "signature"; NULL: not known */
	const char *level;       /* "dv", "ov", "ev"; NULL: none or not known */
	int64_t wildcard;        /* 1: for names that start with "*." */
	int64_t multi_domain;    /* 1: takes further names (UCC) */
	const char *price;       /* decimal text */
	const char *currency;
	const char *group;       /* number of a group that may order it */
	int64_t synced_at;
	int64_t gone_at;
	const char *extra;
} emsign_product;

/** An order at the CA. */
typedef struct emsign_order {
	const char *id;              /* CREDENTIAL/NUMBER; of a draft CREDENTIAL/request-NUMBER */
	const char *credential;
	const char *url;             /* the CA's site that has it: without the path of an API */
	const char *number;          /* order number; NULL for a draft */
	const char *request_number;
	int64_t status;              /* EMSIGN_STATUS_... */
	const char *status_text;     /* the CA's own words for the certificate's state */
	const char *status_code;     /* the CA's own numbers: "certificate 24, order 2" */
	const char *family;
	const char *product;         /* product code */
	const char *domain;          /* first name, as A-label */
	const char *const *sans;     /* further names, as A-labels */
	const char *organization;    /* number, or name for imported orders */
	const char *group;           /* number */
	const char *requester_email; /* the CA wants it again in later calls */
	const char *csr;             /* id of the CSR kept here; NULL when its key is elsewhere */
	const char *spki;            /* SHA-256 of the ordered public key, hex */
	const char *tag;             /* unique text by which this order can be found at the CA */
	const char *remarks;
	int64_t secure_www;          /* 1: the www twin is secured too */
	int64_t years;               /* subscription */
	int64_t auto_renew;          /* 1: the CA renews until the subscription ends */
	int64_t renew_days;          /* that many days before the end */
	const char *agreement;       /* "pending", "completed", "rejected" */
	const char *certificate;     /* id of the certificate kept here; NULL: none yet */
	const char *certificate_note; /* why there is none although it was issued */
	const char *serial;          /* as the certificate says, lower-case hex */
	const char *issuer;
	const char *tracking_url;
	int64_t ordered_at;
	int64_t not_after;           /* end of the certificate */
	int64_t subscription_end;    /* end of what was paid for */
	int64_t revoked_at;
	const char *revoke_reason;   /* RFC 5280 name, e.g. "superseded" */
	const char *revoke_status;   /* "requested", "pending-approval", "revoked", "refused" */
	int64_t seen_at;             /* last time an answer of the CA mentioned it */
	int64_t created_at;
	int64_t updated_at;
	const char *extra;
	int64_t listed_at;           /* start of the last listing of the CA that held it */
	int64_t open;                /* 1: its state may change, or its certificate is due */
	const char *replaces;        /* SHA-256 of the certificate that a reissue replaces; NULL:
				      * none does, or the new one is here */
} emsign_order;

/** The proof of control over one name of one order, or over a registered domain. */
typedef struct emsign_challenge {
	const char *id;           /* CREDENTIAL/ORDER NUMBER/DOMAIN; else CREDENTIAL/DOMAIN */
	const char *credential;
	const char *order;        /* order number; NULL: of a registered domain */
	const char *domain;
	const char *method;       /* "dns", "http", "email" */
	const char *status;       /* "pending", "valid", "rejected" */
	const char *caa;          /* "authorized", "required", "pending", "failed", "skipped" */
	const char *record_name;  /* dns: where the TXT record belongs */
	const char *record_value; /* dns: its value */
	const char *file_url;     /* http: where the file must appear */
	const char *file_name;    /* http: its name below .well-known/pki-validation/ */
	const char *file_content; /* http: its content */
	const char *const *emails; /* email: addresses that the CA would write to */
	int64_t verified_at;
	int64_t seen_at;
	const char *extra;
	int64_t presented_at;     /* when a solver last published it; 0: nothing is published */
} emsign_challenge;

/** A certificate that was fetched and checked. It outlives its order. */
typedef struct emsign_certificate {
	const char *id;            /* CREDENTIAL/SHA-256 */
	const char *credential;
	const char *url;
	const char *order;         /* order number */
	const char *csr;           /* id of the CSR kept here; NULL when the key is elsewhere */
	const char *domain;        /* common name, or first name */
	const char *const *sans;   /* all names */
	const char *subject;       /* RFC 2253 text */
	const char *issuer;
	const char *serial;        /* lower-case hex, no leading zeros */
	const char *sha256;        /* of the whole certificate, hex */
	const char *spki;          /* SHA-256 of its public key, hex */
	int64_t not_before;
	int64_t not_after;
	int64_t revoked_at;
	const char *revoke_reason;
	int64_t interim;           /* 1: a stop-gap DV certificate; the final one follows */
	const char *pem;           /* the certificate */
	const char *chain_pem;     /* intermediates, each signs the one before; without the root */
	const char *root_pem;      /* NULL when the CA did not send it */
	int64_t fetched_at;
} emsign_certificate;

/** A CSR that was made and is kept here; its private key is kept sealed beside it. */
typedef struct emsign_csr {
	const char *id;          /* CREDENTIAL/SPKI */
	const char *credential;
	const char *key;         /* "RSA:2048", "EC:P-256", ... */
	const char *domain;
	const char *const *sans;
	const char *spki;        /* SHA-256 of the public key, hex */
	const char *pem;
	int64_t created_at;
} emsign_csr;

/** A field of an order form that the account's administrators made up. */
typedef struct emsign_custom_field {
	const char *id;            /* CREDENTIAL/PRODUCT CODE/NUMBER */
	const char *credential;
	const char *product;       /* code of the product that it belongs to */
	const char *number;        /* the CA's id of it: what an order names it by */
	const char *name;
	const char *label;         /* as people read it */
	const char *section;       /* the CA's name for its part of the form */
	const char *type;          /* "text", "dropdown", "datePicker", "checkbox" */
	int64_t max_length;
	int64_t mandatory;         /* 1: orders without it are refused */
	const char *const *choices;
	int64_t synced_at;
	int64_t gone_at;
	const char *extra;
} emsign_custom_field;

/** An entry of the account's ledger. Money is decimal text. */
typedef struct emsign_ledger {
	const char *id;          /* CREDENTIAL/DIGEST; of alike entries also .../2, .../3 */
	const char *credential;
	const char *number;      /* of the invoice */
	const char *type;
	const char *order;       /* order number */
	const char *product;
	const char *description;
	const char *amount;
	const char *debit;
	const char *credit;
	const char *balance;
	const char *currency;
	const char *status;      /* the CA's word: "PAID", "POSTED" */
	int64_t booked_at;
	int64_t due_at;
	int64_t synced_at;
	const char *extra;
} emsign_ledger;

/** One try of the CA to find the proof of control over a registered domain. */
typedef struct emsign_attempt {
	const char *id;        /* CREDENTIAL/DOMAIN/NUMBER */
	const char *credential;
	const char *domain;
	const char *domain_id; /* the CA's id of the registration */
	const char *number;
	const char *method;    /* "dns", "http", "email" */
	const char *status;    /* "valid", "failed", "pending" */
	const char *failure;   /* the CA's class: "RECORD_MISSING", "TOKEN_MISMATCH", ... */
	const char *const *next_steps; /* the CA's keys for what to do; what they say is in extra */
	int64_t tried_at;
	int64_t seen_at;
	const char *extra;
} emsign_attempt;

/** What a long piece of work did. */
typedef struct emsign_stats {
	const char *id;           /* what was done: "groups", "orders", ... */
	int64_t seen;             /* records in the CA's answers */
	int64_t added;
	int64_t changed;
	int64_t gone;             /* known here, not listed by the CA any more */
	int64_t left_out;         /* certificates not fetched because of options or capacity */
	int64_t fetched;          /* certificates fetched */
	int64_t failed;           /* single records that failed; the rest went on */
	int64_t total;            /* what the CA says there is */
	int64_t complete;         /* 1: the CA's own total was met */
} emsign_stats;

/**
 * The word for a status: "issued", "pending-validation", ...
 * Returns static text; "unknown" for a number that is no status. Since 0.1.
 */
EMSIGN_API const char *emsign_status_name(int64_t status);

/**
 * The number for a status word.
 * Returns EMSIGN_STATUS_..., or -1 when there is no such word. Since 0.1.
 */
EMSIGN_API int64_t emsign_status_parse(const char *word);

/**
 * Says whether an order can still change at the CA.
 * Returns 1 for rejected, canceled, failed, revoked and expired; 0 otherwise, also for issued
 * (it may be revoked). Since 0.1.
 */
EMSIGN_API int emsign_status_is_final(int64_t status);

/**
 * Copies a record of any kind into a block of its own.
 *   kind    [in] "order", "certificate", ...
 *   record  [in]
 *   out     [out,own]
 * Errors: EMSIGN_E_INVALID (unknown kind), EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_record_dup(const char *kind, const void *record, void **out,
				       emsign_error *err);

/**
 * Compares two records of one kind.
 * Returns the names of the members that differ, in the order of the struct, as a {0}-terminated
 * array of {name, new value as text or NULL}; release it with emsign_free(). NULL when nothing
 * differs or memory is short. Since 0.1.
 */
EMSIGN_API emsign_kv *emsign_record_diff(const char *kind, const void *before, const void *after);

/**
 * Writes a record as one JSON object without line breaks: members in the order of the struct,
 * absent ones left out, times as RFC 3339 text in UTC, statuses as words.
 *   out  [out,own] text
 * Errors: EMSIGN_E_INVALID (unknown kind), EMSIGN_E_NOMEM. Since 0.1.
 */
EMSIGN_API emsign_rc emsign_record_json(const char *kind, const void *record, emsign_buf *out,
					emsign_error *err);

#ifdef __cplusplus
}
#endif
#endif
