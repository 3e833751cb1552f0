/* SPDX-License-Identifier: MIT */
/* What the files of the dialect v1 share with each other, and with nobody else. */
#ifndef EMS_WIRE_V1_H
#define EMS_WIRE_V1_H

#include "wire/dialect.h"

/* --- v1_words.c: the CA's numbers and our words --------------------------------------------- */

struct ems_v1_word {
	const char *id;
	const char *word;
};

/* Each ends with {NULL, NULL}. */
extern const struct ems_v1_word ems_v1_yes_no[];
extern const struct ems_v1_word ems_v1_methods[];
extern const struct ems_v1_word ems_v1_reasons[];       /* those that the CA takes */
extern const struct ems_v1_word ems_v1_reasons_told[];  /* those that it may name */
extern const struct ems_v1_word ems_v1_categories[];
extern const struct ems_v1_word ems_v1_name_kinds[];
extern const struct ems_v1_word ems_v1_roles[];
extern const struct ems_v1_word ems_v1_payers[];
extern const struct ems_v1_word ems_v1_vetted_for[];
extern const struct ems_v1_word ems_v1_vettings[];
extern const struct ems_v1_word ems_v1_presences[];
extern const struct ems_v1_word ems_v1_proofs[];
extern const struct ems_v1_word ems_v1_caa[];
extern const struct ems_v1_word ems_v1_agreements[];
extern const struct ems_v1_word ems_v1_revocations[];

/** The word of a number; what is not in the table comes back as it is. NULL gives NULL. */
const char *ems_v1_word(const struct ems_v1_word *words, const char *id);

/** The number of a word; NULL when the CA has none for it. */
const char *ems_v1_id(const struct ems_v1_word *words, const char *word);

/** "dns", "http", "email" of a number or of one of the CA's labels; others as they are. */
const char *ems_v1_method(const char *told);

/* --- v1_status.c ---------------------------------------------------------------------------- */

/** EMSIGN_STATUS_ of the CA's two numbers, either of which may be NULL. */
int64_t ems_v1_status(const char *order_id, const char *certificate_id);

/** Sets status, status_text and status_code (in `room`) from an order's block or row. */
void ems_v1_status_read(const struct ems_node *node, emsign_order *order, struct ems_buf *room);

/* --- v1_ask.c: questions made of some lines ------------------------------------------------- */

/** One member of a question. Without a value for `arg`, `preset`; without either it is left out. */
struct ems_v1_line {
	const char *wire;                /* NULL: the end */
	const char *arg;                 /* NULL: always the preset */
	const struct ems_v1_word *words; /* the value is a word of it; NULL: any text */
	const char *preset;              /* as it goes on the wire */
};

void ems_v1_ask_lines(struct ems_jsonout *j, const struct ems_v1_line *lines,
		      const emsign_kv *args);

/** Every verb whose question is one block of lines. */
void ems_v1_ask(const struct ems_call *call, struct ems_jsonout *body);

/** Refuses words that the CA has no number for. */
emsign_rc ems_v1_ask_check(const struct ems_call *call, emsign_error *err);

void ems_v1_ask_nothing(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_ask_document(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_ask_report(const struct ems_call *call, struct ems_jsonout *body);

/* --- v1_order.c: the order form ------------------------------------------------------------- */

void ems_v1_order_ssl(const struct ems_call *call, struct ems_jsonout *body);
void ems_v1_order_private(const struct ems_call *call, struct ems_jsonout *body);

/* --- v1_fact.c: from JSON to records -------------------------------------------------------- */

enum ems_v1_how {
	EMS_V1_TEXT,
	EMS_V1_TIME,
	EMS_V1_FLAG,   /* "1" */
	EMS_V1_WORD,   /* a number of `words` */
	EMS_V1_METHOD,
	EMS_V1_KNOWN   /* understood elsewhere: not for `extra` */
};

/** One member of an answer's block and where it goes. Where two go to one place, the first wins. */
struct ems_v1_member {
	const char *wire; /* NULL: the end */
	enum ems_v1_how how;
	size_t offset;
	const struct ems_v1_word *words;
};

/** What an answer said beyond what we understand: a JSON object that grows. */
struct ems_v1_extra {
	struct ems_buf buf;
	struct ems_jsonout out;
};

void ems_v1_extra_begin(struct ems_v1_extra *extra);
/** Adds a member, unless it is empty: on this wire that is the same as absent. */
void ems_v1_extra_add(struct ems_v1_extra *extra, const char *name, const struct ems_node *node);
/** The object; NULL in *text when there is nothing in it. */
emsign_rc ems_v1_extra_end(struct ems_v1_extra *extra, const char **text, emsign_error *err);
void ems_v1_extra_free(struct ems_v1_extra *extra);

/**
 * Fills a record by a table. Texts are borrowed from the node. What has no line in the table, or
 * does not fit there, goes to `extra` (NULL: is dropped).
 */
void ems_v1_fact_fill(const struct ems_v1_member *members, const struct ems_node *node,
		      void *record, struct ems_v1_extra *extra);

emsign_rc ems_v1_fact_give(const struct ems_sink *sink, const char *kind, const void *record,
			   emsign_error *err);

/** A name of the CA in our spelling where it is a domain name, else as it is. */
const char *ems_v1_fact_name(const char *told, char room[256]);

/** The block of an answer, or EMSIGN_E_PROTO when the answer has none. */
emsign_rc ems_v1_fact_block(const struct ems_node *root, const char *name,
			    const struct ems_node **out, emsign_error *err);

/** Is it there at all: neither absent, nor null, nor ""? */
bool ems_v1_fact_said(const struct ems_node *node);

/** Elements of an array, or the one object that stands in its place; NULL when there is none. */
const struct ems_node *ems_v1_fact_first(const struct ems_node *node);
const struct ems_node *ems_v1_fact_next(const struct ems_node *list, const struct ems_node *at);

/**
 * An array of texts, or the one text in its place, as a list to be freed; NULL when empty. A text
 * with a line break in it is left out.
 */
emsign_rc ems_v1_fact_list(const struct ems_node *node, const char ***out, emsign_error *err);

/* --- decoders ------------------------------------------------------------------------------- */

#define EMS_V1_DECODER(name)                                                                     \
	emsign_rc name(const struct ems_call *call, const struct ems_node *root,                  \
		       const struct ems_sink *sink, struct ems_verdict *verdict, emsign_error *err)

/* v1_account.c */
EMS_V1_DECODER(ems_v1_account_read);
EMS_V1_DECODER(ems_v1_account_organization);
EMS_V1_DECODER(ems_v1_account_domains);

/* v1_product.c */
EMS_V1_DECODER(ems_v1_product_read);

/* v1_track.c */
EMS_V1_DECODER(ems_v1_track_placed);
EMS_V1_DECODER(ems_v1_track_read);

/* v1_report.c */
EMS_V1_DECODER(ems_v1_report_page);
emsign_rc ems_v1_report_row(const struct ems_call *call, const struct ems_node *node,
			    const struct ems_sink *sink, emsign_error *err);

/* v1_proof.c */
EMS_V1_DECODER(ems_v1_proof_read);
/** The challenge of a name that the CA says is proven already. */
emsign_rc ems_v1_proof_done(const struct ems_call *call, const struct ems_sink *sink,
			    emsign_error *err);

/* v1_fetch.c */
EMS_V1_DECODER(ems_v1_fetch_read);
/** A certificate of a block, given when there is one in it. */
emsign_rc ems_v1_fetch_give(const char *order, const struct ems_node *block,
			    const struct ems_sink *sink, bool *given, emsign_error *err);

/* --- v1_codes.c: what the CA's failures mean ------------------------------------------------ */

struct ems_v1_code {
	int code;         /* the number behind "EMS-" */
	unsigned verbs;   /* bits of EMS_V1_ON(); 0: any */
	emsign_rc rc;     /* EMSIGN_OK: had been done already */
	enum ems_class class_;
	const char *text; /* part of the CA's words, for answers without a code; NULL: none */
	const char *hint; /* what would be right; NULL: its words say it */
};

/** The meaning of a failure; never NULL. code and text may be NULL. */
const struct ems_v1_code *ems_v1_codes_find(enum ems_verb verb, const char *code, const char *text);

/** A code in its one spelling, "EMS-913"; "" when it is none. */
void ems_v1_codes_spell(const char *code, char out[32]);

#endif
