/* SPDX-License-Identifier: MIT */
/*
 * Records of every kind, driven by records.def: packing into one block, rows for a store, merging,
 * comparing, JSON.
 */
#ifndef EMS_MODEL_RECORD_H
#define EMS_MODEL_RECORD_H

#include <emsign/record.h>
#include <stdbool.h>

enum ems_type {
	EMS_TEXT,   /* const char * */
	EMS_LIST,   /* const char *const *, NULL-terminated; in a row: lines */
	EMS_INT,    /* int64_t; in a row: decimal, absent when 0 */
	EMS_TIME,   /* int64_t seconds; in a row: decimal, absent when 0; in JSON: RFC 3339 */
	EMS_STATUS  /* int64_t EMSIGN_STATUS_; in a row and in JSON: its word */
};

enum {
	EMS_PLAIN = 0,
	EMS_INDEX = 1 /* a store that has indexes should have one */
};

struct ems_member {
	const char *name;
	enum ems_type type;
	unsigned flags;
	size_t offset;
};

enum ems_reach {
	EMS_PUBLIC,   /* stored; callers may get and scan it */
	EMS_PRIVATE,  /* stored; never leaves the library */
	EMS_TRANSIENT /* handed out, never stored */
};

struct ems_kind {
	const char *name;
	size_t size;
	const struct ems_member *members; /* the first is always `id` */
	size_t n_members;
	enum ems_reach reach;
};

/*
 * Kinds that never leave the library. Another one, "presented", is an emsign_challenge: one value
 * that a solver was told to publish, kept as it was until it has been taken away again. Its id is
 * that of the challenge, a slash, and a digest of place and value.
 */

/** Something sealed: an access key, a private key. */
typedef struct ems_sealed {
	const char *id; /* CREDENTIAL/access-key, CREDENTIAL/key/SPKI, ... */
	const char *sealed;
	int64_t created_at;
} ems_sealed;

/** An order that is being placed, written down before its first byte is sent. */
typedef struct ems_intent {
	const char *id;    /* CREDENTIAL/HASH OF THE NAMES: two for the same names cannot be */
	const char *credential;
	const char *url;
	const char *state; /* "sending"; "in-doubt" when no answer came */
	const char *owner; /* the process that sends */
	const char *request_id;
	const char *family;
	const char *product;
	const char *domain;
	const char *const *sans;
	const char *organization;
	const char *group;
	const char *requester_email;
	const char *csr;
	const char *spki;
	const char *tag;
	const char *remarks;
	int64_t secure_www;
	int64_t years;
	int64_t auto_renew;
	int64_t renew_days;
	int64_t created_at;
	const char *token; /* makes the row this call's own: no other one is the same */
	int64_t sent_at;   /* when the last attempt left; 0: none did so far */
	const char *request; /* number of the draft that becomes the order; NULL: none does */
	int64_t settle_ms; /* so long after it left the CA may still be working on it */
} ems_intent;

/** A reissue that was asked for, written down before its first byte is sent. */
typedef struct ems_reissue {
	const char *id;             /* of the order */
	const char *owner;          /* the process that sends; NULL: nobody does any more */
	const char *request_number; /* of the order as it was */
	const char *replaces;       /* SHA-256 of its certificate as it was */
	const char *csr;            /* of the order as it will be ... */
	const char *spki;
	const char *const *sans;    /* ... to here; NULL: they stay */
	int64_t made;               /* 1: key and CSR were made for it */
	int64_t created_at;
	int64_t sent_at;            /* when the last attempt left; 0: none did so far */
} ems_reissue;

/** An order that was deleted here and must not come back by itself. */
typedef struct ems_tombstone {
	const char *id; /* id of the order */
	const char *url;
	int64_t created_at;
	int64_t listed_at;
} ems_tombstone;

/** The import of a credential's orders: who is at it, and how far it is. */
typedef struct ems_import {
	const char *id;     /* name of the credential */
	const char *owner;  /* the process that is at it; NULL: nobody */
	const char *token;  /* which of its imports */
	const char *url;
	const char *scope;  /* what is listed; another scope does not go on where this one is */
	int64_t stamp;      /* of the listing at work; 0: none */
	int64_t reached;    /* rows that have come without a gap */
	const char *last;   /* the last of them, by which the next page is recognised */
	int64_t seen;       /* different orders so far */
	int64_t total;
	int64_t listed_at;  /* stamp of the last listing that was complete */
	const char *swept;  /* the issued order that was looked at last */
	int64_t updated_at;
} ems_import;

/**
 * How fast an account of the CA may be asked. The CA counts by account, so all credentials of one
 * share it. Milliseconds since 1970; 0: not set.
 */
typedef struct ems_pace {
	const char *id;         /* ACCOUNT NUMBER/DIGEST OF THE URL */
	int64_t at_ms;          /* when this was written */
	int64_t slow_until_ms;  /* the CA asked for no call before */
	int64_t place_until_ms; /* the CA asked for no order before */
	int64_t refusals;       /* how often it asked in a row: each pause is longer */
	int64_t place_ms;       /* when all orders so far are paid off, see engine/limiter.h */
} ems_pace;

/** All kinds, in the order of records.def. */
const struct ems_kind *ems_kinds(size_t *n);

/** NULL when there is no such kind. */
const struct ems_kind *ems_kind_find(const char *name);

const struct ems_member *ems_kind_member(const struct ems_kind *kind, const char *name);

/** No kind has so many members; room for them on the stack. */
#define EMS_MEMBERS_MAX 64

/** Where the member of a name stands, looked for from `start` on; n_members when nowhere. */
size_t ems_kind_index(const struct ems_kind *kind, const char *name, size_t start);

/** What a row says of each member; NULL where nothing. Of a repeated name the first counts. */
void ems_kind_spread(const struct ems_kind *kind, const emsign_kv *row,
		     const char *values[EMS_MEMBERS_MAX]);

/** Copies into one block; NULL when memory is short. */
void *ems_record_copy(const struct ems_kind *kind, const void *record);

/** A new record: `update` where it has a value, `base` where it has none. One block or NULL. */
void *ems_record_merge(const struct ems_kind *kind, const void *base, const void *update);

/** Is a member the same in both? */
bool ems_record_same(const struct ems_member *member, const void *a, const void *b);

bool ems_record_equal(const struct ems_kind *kind, const void *a, const void *b);

/**
 * The record as a row for a store (without its id), one block; NULL when memory is short. Texts are
 * the record's own.
 */
emsign_kv *ems_record_row(const struct ems_kind *kind, const void *record);

/**
 * The record of a row, one block. Values that do not fit their type are an EMSIGN_E_STORE; names
 * that the kind does not have are passed over (a later version may have written them).
 */
emsign_rc ems_record_from_row(const struct ems_kind *kind, const char *id, const emsign_kv *row,
			      void **out, emsign_error *err);

#endif
