/* SPDX-License-Identifier: MIT */
/* What the dialects share: the CA changed how it is asked more than what it says. */
#ifndef EMS_WIRE_COMMON_H
#define EMS_WIRE_COMMON_H

#include "wire/dialect.h"

/* --- word.c: the CA's numbers or words, and ours -------------------------------------------- */

struct ems_word {
	const char *id;
	const char *word;
};

/* Tables end with {NULL, NULL}. Where several ids mean one word, the first is the one to send. */

/** The word of an id; what is not in the table comes back as it is. NULL gives NULL. */
const char *ems_word_of(const struct ems_word *words, const char *id);

/** The same for labels that vary: an id that begins with a letter need only be part of them. */
const char *ems_word_label(const struct ems_word *words, const char *told);

/** The id of a word; NULL when the CA has none for it. */
const char *ems_word_id(const struct ems_word *words, const char *word);

/* What both generations number alike. */
extern const struct ems_word ems_word_payers[];
extern const struct ems_word ems_word_vetted_for[];
extern const struct ems_word ems_word_vettings[];
extern const struct ems_word ems_word_categories[];
extern const struct ems_word ems_word_presences[];

/* --- line.c: questions made of some lines --------------------------------------------------- */

/** One member of a question. Without a value for `arg`, `preset`; without either it is left out. */
struct ems_line {
	const char *wire;             /* NULL: the end */
	const char *arg;              /* NULL: always the preset */
	const struct ems_word *words; /* the value is a word of it; NULL: any text */
	const char *preset;           /* as it goes on the wire */
};

#define EMS_BLOCK_LINES 8

/** A verb whose question is lines, and the name of the object that they stand in. */
struct ems_block {
	enum ems_verb verb;
	const char *name; /* NULL: in none of their own */
	struct ems_line lines[EMS_BLOCK_LINES];
};

/** NULL when the verb has none. */
const struct ems_block *ems_line_block(const struct ems_block *blocks, size_t n,
				       enum ems_verb verb);

/** Refuses words that the CA has no id for. block may be NULL. */
emsign_rc ems_line_check(const struct ems_block *block, const emsign_kv *args, emsign_error *err);

/** As it goes on the wire; NULL: left out. */
const char *ems_line_value(const struct ems_line *line, const emsign_kv *args);

void ems_line_put(struct ems_jsonout *j, const struct ems_line *lines, const emsign_kv *args);

/** As numbers, true and false instead of texts. */
void ems_line_put_bare(struct ems_jsonout *j, const struct ems_line *lines, const emsign_kv *args);

/** An object of lines. */
void ems_line_object(struct ems_jsonout *j, const char *name, const struct ems_line *lines,
		     const emsign_kv *args);

/** The same, when the form says something for it. */
void ems_line_object_if_said(struct ems_jsonout *j, const char *name, const struct ems_line *lines,
			     const emsign_kv *args);

/** All values of an argument as one text, joined as lists are elsewhere on this wire. */
void ems_line_joined(struct ems_jsonout *j, const char *name, const emsign_kv *args,
		     const char *arg);

/** All values of an argument as a list, when there are any but `without` (may be NULL). */
void ems_line_list(struct ems_jsonout *j, const char *name, const emsign_kv *args, const char *arg,
		   const char *without);

/** Values ID=TEXT of the argument "custom" as a list of objects. */
void ems_line_custom(struct ems_jsonout *j, const char *id, const char *value,
		     const emsign_kv *args);

/** What went wrong while a question was written, the headers and the secret in it included. */
emsign_rc ems_line_rc(const struct ems_question *question, emsign_error *err);

/** A secret as text; when it cannot be had, the writer's buffer says EMSIGN_E_CRYPTO. */
void ems_line_secret(struct ems_jsonout *j, const char *name, emsign_secret *secret);

/* --- url.c ---------------------------------------------------------------------------------- */

/** The query of a URL, while it grows. */
struct ems_query {
	struct ems_buf *url;
	bool begun;
};

/** NULL is left out. */
void ems_query_add(struct ems_query *query, const char *name, const char *value);
void ems_query_lines(struct ems_query *query, const struct ems_line *lines, const emsign_kv *args);

/** Percent-encodes all but letters, digits and "-._~". */
void ems_url_put(struct ems_buf *out, const void *bytes, size_t len);

/**
 * The URL of a row. A path with a slash first is one of the server, not below the base URL;
 * "{order}" stands for the argument of that name. Errors: EMSIGN_E_INVALID.
 */
emsign_rc ems_url_make(struct ems_buf *out, const char *base, const struct ems_row *row,
		       const struct ems_call *call, emsign_error *err);

/* --- map.c: from JSON to records ------------------------------------------------------------ */

enum ems_map_how {
	EMS_MAP_TEXT,
	EMS_MAP_TIME,
	EMS_MAP_FLAG,  /* "1", true */
	EMS_MAP_INT,
	EMS_MAP_WORD,  /* an id of `words` */
	EMS_MAP_LABEL, /* a label, see ems_word_label() */
	EMS_MAP_KNOWN  /* understood elsewhere: not for `extra` */
};

/** One member of an answer's block and where it goes. Where two go to one place, the first wins. */
struct ems_map {
	const char *wire; /* NULL: the end */
	enum ems_map_how how;
	size_t offset;
	const struct ems_word *words;
};

#define EMS_MAP_END { NULL, EMS_MAP_KNOWN, 0, NULL }

/** What an answer said beyond what we understand: a JSON object that grows. */
struct ems_extra {
	struct ems_buf buf;
	struct ems_jsonout out;
};

void ems_extra_begin(struct ems_extra *extra);
/** Adds a member, unless it is empty: on this wire that is the same as absent. */
void ems_extra_add(struct ems_extra *extra, const char *name, const struct ems_node *node);
/** The object; NULL in *text when there is nothing in it. */
emsign_rc ems_extra_end(struct ems_extra *extra, const char **text, emsign_error *err);
void ems_extra_free(struct ems_extra *extra);

/**
 * Fills a record by a table. Texts are borrowed from the node. What has no line in the table, or
 * does not fit there, goes to `extra` (NULL: is dropped).
 */
void ems_map_fill(const struct ems_map *members, const struct ems_node *node, void *record,
		  struct ems_extra *extra);

/** The same for a block inside: what is left of it becomes one member of `extra`. */
void ems_map_inner(const struct ems_map *members, const struct ems_node *block, void *record,
		   struct ems_extra *extra);

emsign_rc ems_map_give(const struct ems_sink *sink, const char *kind, const void *record,
		       emsign_error *err);

/** A name of the CA in our spelling where it is a domain name, else as it is. */
const char *ems_map_name(const char *told, char room[256]);

/** The block of an answer, or EMSIGN_E_PROTO when the answer has none. */
emsign_rc ems_map_block(const struct ems_node *root, const char *name, const struct ems_node **out,
			emsign_error *err);

/** For an entry that cannot be named: passing it over would look as if the CA had dropped it. */
emsign_rc ems_map_nameless(const char *what, emsign_error *err);

/** Is it there at all: neither absent, nor null, nor ""? */
bool ems_map_said(const struct ems_node *node);

/** A member that counts something, or `otherwise`. */
int64_t ems_map_count(const struct ems_node *node, const char *name, int64_t otherwise);

/** Elements of an array, or the one object that stands in its place; NULL when there is none. */
const struct ems_node *ems_map_first(const struct ems_node *node);
const struct ems_node *ems_map_next(const struct ems_node *list, const struct ems_node *at);

/**
 * An array of texts, or the one text in its place, as a list to be freed; NULL when empty. A text
 * with a line break in it is left out.
 */
emsign_rc ems_map_list(const struct ems_node *node, const char ***out, emsign_error *err);

/* --- decoders and what they share ----------------------------------------------------------- */

#define EMS_DECODER(name)                                                                        \
	emsign_rc name(const struct ems_call *call, const struct ems_node *root,                  \
		       const struct ems_sink *sink, struct ems_verdict *verdict, emsign_error *err)
#define EMS_ROW_DECODER(name)                                                                    \
	emsign_rc name(const struct ems_call *call, const struct ems_node *node,                  \
		       const struct ems_sink *sink, emsign_error *err)

/* state.c: two numbers or labels of the CA, one status of ours */

/** EMSIGN_STATUS_ of an order's state and its certificate's, either of which may be NULL. */
int64_t ems_state_of(const char *order, const char *certificate);

/** What an order is waiting for, where the CA only says that it waits. */
struct ems_gates {
	bool validation;
	bool csr;
	bool agreement;
};
int64_t ems_state_gate(int64_t status, struct ems_gates open);

/** What was said of a revocation, as far as it came to one. */
void ems_state_revoked(emsign_order *order);

/* account.c: groups, organizations, domains */

/** A list of groups, each with its organizations in short. */
emsign_rc ems_account_groups(const struct ems_node *list, const struct ems_sink *sink,
			     emsign_error *err);

/**
 * One organization. What the answer leaves out is said by group and number, which may be NULL.
 *   told  may be NULL; its number, borrowed
 */
emsign_rc ems_account_organization(const struct ems_node *node, const char *group,
				   const char *number, const struct ems_sink *sink,
				   const char **told, emsign_error *err);

/**
 * One domain, on top of what is known of it already.
 *   domain  what came before wins
 */
emsign_rc ems_account_domain(const struct ems_map *members, const struct ems_node *node,
			     emsign_domain *domain, const struct ems_sink *sink,
			     emsign_error *err);

/* product.c */

/** Categories that hold products. None at all is an answer that comes, also rightly. */
emsign_rc ems_product_list(const struct ems_node *categories, const struct ems_sink *sink,
			   emsign_error *err);

/* listed.c: rows of a report of orders */

/** How rows are read that a table of members does not say all of. */
struct ems_listed {
	const struct ems_map *members;
	/* a serial number in the spelling of certificates; false: it may be none */
	bool (*serial)(const char *told, struct ems_buf *room);
	/* status, status_text, status_code (in `room`), and what else follows from the row */
	void (*state)(const struct ems_node *row, emsign_order *order, struct ems_buf *room);
};

/**
 * Gives one row. What names no order is passed over: it is counted, so that the CA's total is not
 * met by it.
 */
emsign_rc ems_listed_give(const struct ems_node *row, const struct ems_listed *how,
			  const struct ems_sink *sink, emsign_error *err);

/** A hex serial number in any spelling in the one of certificates; false when it may be none. */
bool ems_listed_hex(const char *told, struct ems_buf *room);

/* proof.c: what has to be published to prove control of a name */

/** Where a proof of "*.NAME" belongs. */
const char *ems_proof_bare(const char *domain);

/** How the proof of one name of an order stands. domain: NULL when `members` say it. */
emsign_rc ems_proof_state(const char *order, const char *domain, const struct ems_map *members,
			  const struct ems_node *node, const struct ems_sink *sink,
			  emsign_error *err);

/** What the question said: order, domain, method. */
void ems_proof_begin(const struct ems_call *call, emsign_challenge *challenge);

/**
 * Gives the challenge, with what follows from its members (name and URL of the file). Errors:
 * EMSIGN_E_PENDING when the CA did not say what to publish, EMSIGN_E_PROTO for a hostile file name.
 */
emsign_rc ems_proof_give(emsign_challenge *challenge, const struct ems_sink *sink,
			 struct ems_verdict *verdict, emsign_error *err);

/** Gives the challenge of a name that the CA says is proven already. */
emsign_rc ems_proof_done(const struct ems_call *call, const struct ems_sink *sink,
			 emsign_error *err);

/* --- code.c: what the CA's failures mean ---------------------------------------------------- */

#define EMS_ON(verb) (1u << EMS_VERB_##verb)
_Static_assert(EMS_VERBS <= 32, "a bit for each verb");

/* A line of a list of codes (codes.def, v2_codes.def) as a row of a table. */
#define EMS_CODE(code, verbs, rc, class_, text, hint) \
	{ #code, verbs, EMSIGN_E_##rc, EMS_CLASS_##class_, text, hint },
#define EMSIGN_E_OK EMSIGN_OK

struct ems_code {
	const char *code; /* what stands behind "EMS-" */
	unsigned verbs;   /* bits of EMS_ON(); 0: any */
	emsign_rc rc;     /* EMSIGN_OK: had been done already */
	enum ems_class class_;
	const char *text; /* part of the CA's words, for answers without a code; NULL: none */
	const char *hint; /* what would be right; NULL: its words say it */
};

/** Is the code, or without one the text, one of a row? code is as ems_code_spell() makes it. */
const struct ems_code *ems_code_search(const struct ems_code *codes, size_t n, enum ems_verb verb,
				       const char *code, const char *text);

/**
 * The meaning of a failure in the codes that both generations share; NULL when it has none there.
 * code and text may be NULL.
 */
const struct ems_code *ems_code_find(enum ems_verb verb, const char *code, const char *text);

/** A code in its one spelling, "EMS-913"; "" when it is none. */
void ems_code_spell(const char *code, char out[32]);

/* --- reading.c: judging answers ------------------------------------------------------------- */

/** An answer while it is understood. */
struct ems_reading {
	const struct ems_row *row;
	const struct ems_call *call;
	const struct ems_answer *answer;
	const struct ems_sink *sink;
	struct ems_verdict *verdict;
	emsign_error *err;
	bool unwanted; /* the sink refused a row: no fault of the answer */
};

/** How a generation speaks beside what its rows say. */
struct ems_manner {
	/* rc: whether the answer is JSON; root is NULL when not */
	emsign_rc (*judge)(struct ems_reading *r, emsign_rc rc, const struct ems_node *root);
	const char *(*request_id)(const struct ems_node *root); /* NULL: answers have none */
};

/** Reads the answer, lets it be judged, and completes the error. */
emsign_rc ems_reading_run(struct ems_reading *r, const struct ems_manner *manner);

/** What the CA said as itself is a success: the row's decoder takes it. */
emsign_rc ems_reading_accept(struct ems_reading *r, const struct ems_node *root);

/** The CA said no as itself. code: as ems_code_spell() makes it; text may be NULL. */
emsign_rc ems_reading_refuse(struct ems_reading *r, const struct ems_code *meaning,
			     const char *code, const char *text);

/** What the HTTP status says when the CA itself says nothing. base: what a good URL is like. */
emsign_rc ems_reading_http(struct ems_reading *r, bool processed, const char *base);

/** Success by its status, but no answer of the CA: somebody on the way spoke, or it is broken. */
emsign_rc ems_reading_broken(struct ems_reading *r, emsign_rc rc, const char *missing);

bool ems_reading_success(const struct ems_reading *r);

/** The application server says itself that it has no such call: {"status":404,...,"path":"/..."} */
bool ems_reading_no_such_call(const struct ems_reading *r, const struct ems_node *root);

/* --- token.c: OAuth's own question and answer ----------------------------------------------- */

emsign_rc ems_token_ask(const struct ems_row *row, const struct ems_peer *peer,
			const struct ems_call *call, struct ems_question *out, emsign_error *err);
emsign_rc ems_token_judge(struct ems_reading *r, emsign_rc rc, const struct ems_node *root);

/** The row of EMS_VERB_TOKEN, the same in each generation. */
#define EMS_TOKEN_ROW { .verb = EMS_VERB_TOKEN, .method = "POST", .path = "/oauth/token" }

#endif
