/* SPDX-License-Identifier: MIT */
/* What the files of the command share: its tables, one call of it, and the helpers around that. */
#ifndef CLI_H
#define CLI_H

#include <emsign/emsign.h>
#include <stdbool.h>
#include <stdio.h>

#include "progress.h"
#include "text.h"

struct call;

/* --- the two tables ---------------------------------------------------------------------- */

/** One option. Verbs name the ones they take. */
struct option {
	const char *name;
	const char *value;   /* what stands for its value in the help; NULL: it takes none;
	                        with a comma: a list with commas between */
	const char *env;     /* environment variable that is asked when it is not given */
	const char *field;   /* field of the verb's form that it fills; NULL: none */
	const char *says;    /* what it puts there when it takes no value */
	const char *choices; /* "a|b|c"; NULL: any */
	const char *doc;
};

/** One verb: dispatch, help and completion follow from this row. */
struct verb {
	const char *name;    /* "order", "credential add" */
	const char *args;    /* arguments as the help shows them; completion reads them too */
	int min_args;
	int max_args;        /* -1: any number */
	const char *scope;   /* fields it takes as NAME=VALUE, see emsign_fields(); NULL: none */
	const char *options; /* names of its own options */
	emsign_rc (*run)(struct call *c);
	const char *doc;
	const char *example;
};

#define ANY (-1)

extern const struct verb verbs[];     /* ends with a NULL name */
extern const struct option options[]; /* ends with a NULL name */
extern const char common_options[];   /* names of those that every verb takes */

/* --- one call of the command ------------------------------------------------------------- */

struct given {
	const struct option *option;
	const char *value;
};

/** Named values. */
struct form {
	emsign_kv *items; /* ends with {0}; owned */
	size_t n;
};

struct call {
	const struct verb *verb;
	struct given *given;
	size_t n_given;
	char **args; /* what is neither verb nor option; NULL at the end */
	int n_args;

	bool help;
	bool json;
	int log_level;

	struct form settings;  /* of the client: what --set says, and what a verb adds before */
	emsign_client *client; /* opened by session_open() */
	emsign_error err;

	bool changed;          /* something here or at the CA is not as it was before */
	bool listed;           /* JSON went out line by line; success needs no object of its own */
	struct text body;      /* JSON members of the one object, each after a comma */
	struct text stats;     /* JSON objects with commas between, like ... */
	struct text warnings;  /* ... these JSON texts */
	struct progress progress;
	int bar;               /* columns of it on the terminal; 0: none */
};

/** Fails with a sentence; returns rc. */
emsign_rc call_fail(struct call *c, emsign_rc rc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- options.c: the command line --------------------------------------------------------- */

/** Reads the command line into c. Errors: EMSIGN_E_INVALID with what is wrong. */
emsign_rc options_read(struct call *c, int argc, char **argv);
void options_free(struct call *c);

/** The row of a name, NULL when there is none. */
const struct option *option_find(const char *name, size_t len);
/** Does it take several values with commas between? */
bool option_many(const struct option *o);
bool option_taken(const struct verb *verb, const char *name);

/** The verb that starts the words; `used` counts its words. NULL when none does. */
const struct verb *verb_find(char *const *words, int n_words, int *used);

/** The value that was given (a flag: ""), NULL when it was not; the last one wins. */
const char *given(const struct call *c, const char *name);

/** The same, or else the option's environment variable when that is not empty. */
const char *given_or_env(const struct call *c, const char *name);

/** Is word one of the words of a list that are separated by `by`? */
bool list_has(const char *list, char by, const char *word, size_t len);

/** Next word of such a list; advances *list. NULL at its end. */
const char *list_next(const char **list, char by, size_t *len);

/* --- form.c: named values ---------------------------------------------------------------- */

enum form_env { FORM_GIVEN, FORM_GIVEN_OR_ENV };

/** Named values from the arguments (from the given one on) and options of the call. */
emsign_rc form_read(struct call *c, int first_arg, enum form_env env, struct form *f);
void form_add(struct form *f, const char *name, const char *value);
const char *form_get(const struct form *f, const char *name);
/** One NAME=VALUE. Errors: EMSIGN_E_INVALID. */
emsign_rc form_add_pair(struct call *c, struct form *f, const char *pair);
void form_free(struct form *f);

/* --- help.c, complete.c ------------------------------------------------------------------ */

void help_all(FILE *out);
void help_verb(const struct verb *verb, FILE *out);
/** The fields of a scope with what they take. */
void help_fields(const char *scope, FILE *out);
/** Verbs that begin with a word, like "credential"; false when there is none. */
bool help_group(const char *word, FILE *out);
/** Writes possible words for the last of the words, one per line. */
void complete(int n_words, char **words);

/* --- exitcode.c -------------------------------------------------------------------------- */

struct exit_row {
	int code;
	const char *doc;
};

extern const struct exit_row exit_rows[]; /* ends with a NULL doc */

int exit_code(const emsign_error *err);

/* --- session.c: store, key, client, operations ------------------------------------------- */

/** Makes SIGINT and SIGTERM stop what runs, and a closed pipe an error instead of an end. */
void session_signals(void);
/** The signal that asked for the end, 0 when none did. */
int session_interrupted(void);

/** Opens store, sealing key and client of the call, once. */
emsign_rc session_open(struct call *c);
void session_close(struct call *c);
/** Where store and key are when nobody says so; NULL without a home. Owned by the caller. */
char *session_folder(void);

/** Opens the client and a credential on it. */
emsign_rc session_account(struct call *c, const char *credential, emsign_account **out);

/** Runs one verb of the library to its end, or until a signal comes. `out` may be NULL. */
emsign_rc session_run(struct call *c, emsign_account *account, const char *verb,
		      const emsign_kv *args, void *out);

/** Waits; false when a signal cut it short. */
bool session_nap(int64_t ms);

/* --- find.c: what an argument means ------------------------------------------------------ */

/** An order as the user named it, with the account it belongs to. */
struct place {
	char *order; /* full id */
	char *credential;
	emsign_account *account; /* NULL when only the store is asked */
};

enum find_reach { FIND_HERE, FIND_AT_CA };

/** Errors: EMSIGN_E_NOTFOUND; EMSIGN_E_INVALID naming the candidates of a number. */
emsign_rc find_order(struct call *c, const char *said, enum find_reach reach, struct place *out);
void find_free(struct place *p);

/** The names of all credentials, as values of the form. */
emsign_rc find_credentials(struct call *c, struct form *out);

/** Reads a text file that the user named, of 64 KiB at most. Errors: EMSIGN_E_INVALID. */
emsign_rc find_text(struct call *c, const char *path, struct text *out);

/** "90", "90s", "15m", "2h", "1d" in seconds. Errors: EMSIGN_E_INVALID. */
emsign_rc find_seconds(struct call *c, const char *said, int64_t *out);

/* --- secrets.c --------------------------------------------------------------------------- */

/** Where a secret may come from, in this order. */
struct secret_want {
	const char *what;   /* for prompt and messages: "access key" */
	const char *option; /* names a file */
	const char *env;    /* holds it; the option's own variable names a file */
	bool prompt;        /* ask on a terminal */
	bool twice;         /* ask twice and compare */
	bool must;
};

/** `out` is NULL when there is none and it need not be. */
emsign_rc secret_find(struct call *c, const struct secret_want *want, emsign_secret **out);
/** Warns when others can read a file. */
void secret_warn_if_open(struct call *c, const char *path);
/** Asks on the terminal for the word yes. Errors: EMSIGN_E_INVALID, EMSIGN_E_CANCELED. */
emsign_rc secret_confirm(struct call *c, const char *question);

/* --- view.c: records for people ---------------------------------------------------------- */

/** What may be listed: the plural that users say and the library's kind. */
struct view {
	const char *plural;
	const char *kind;
	const struct column *columns;
};

extern const struct view views[]; /* ends with a NULL plural */

const struct view *view_find(const char *plural);
void view_details(const char *kind, const void *record, FILE *out);
/** Is a record to be listed? */
typedef bool (*view_fn)(const void *ud, const void *record);
/**
 * Lists records of a kind: two passes, so that columns are aligned and nothing is kept.
 *   wanted  NULL: all that pass the filter
 */
emsign_rc view_list(struct call *c, const struct view *view, const emsign_kv *filter,
		    view_fn wanted, const void *ud);
/** "2026-01-31 10:20:30 UTC"; "" for 0. */
void view_time(int64_t t, char out[32]);

/* --- bar.c: progress --------------------------------------------------------------------- */

void bar_event(struct call *c, const emsign_event *event);
/** On a terminal: what is waited for, and for how long it was. */
void bar_wait(struct call *c, const char *what, int64_t ms, int64_t of_ms);
/** Takes the bar away, so that something else can be written; it comes back by itself. */
void bar_clear(struct call *c);
/** What was going on is over, whatever became of it. */
void bar_end(struct call *c);

/* --- output.c: JSON, warnings, log ------------------------------------------------------- */

/** The record that the call is about; people see its details. */
emsign_rc output_record(struct call *c, const char *kind, const void *record);
/** One member of the JSON object; people see nothing. */
void output_member(struct call *c, const char *name, const char *value);
/** Adds what a long piece of work did. */
emsign_rc output_stats(struct call *c, const char *credential, const emsign_stats *stats);
/** A line for people on stdout; nothing with --json. */
void output_line(struct call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** An empty line for people. */
void output_gap(struct call *c);
/** A hint for people on stderr; nothing with --json or -q. */
void output_hint(struct call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void output_warn(struct call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** One record as a JSON line of a list. */
emsign_rc output_json_line(struct call *c, const char *kind, const void *record);
/** Ends an object of its own: what was said so far goes out as one line. */
void output_flush(struct call *c);
/** The last word: the JSON object, or the error for people. Returns the exit code. */
int output_end(struct call *c, emsign_rc rc);
emsign_rc output_event(void *ud, const emsign_event *event);
void output_log(void *ud, int level, const char *text, const emsign_kv *fields);

/* --- verbs_*.c --------------------------------------------------------------------------- */

emsign_rc verb_credential_add(struct call *c);
emsign_rc verb_credential_update(struct call *c);
emsign_rc verb_credential_list(struct call *c);
emsign_rc verb_credential_show(struct call *c);
emsign_rc verb_credential_rm(struct call *c);
emsign_rc verb_credential_test(struct call *c);
emsign_rc verb_sync(struct call *c);
emsign_rc verb_import(struct call *c);
emsign_rc verb_ledger(struct call *c);
emsign_rc verb_list(struct call *c);
emsign_rc verb_order(struct call *c);
emsign_rc verb_promote(struct call *c);
emsign_rc verb_reissue(struct call *c);
emsign_rc verb_csr(struct call *c);
emsign_rc verb_submit_csr(struct call *c);
emsign_rc verb_accept(struct call *c);
emsign_rc verb_challenge(struct call *c);
emsign_rc verb_verify(struct call *c);
emsign_rc verb_validate(struct call *c);
emsign_rc verb_status(struct call *c);
emsign_rc verb_fetch(struct call *c);
emsign_rc verb_cancel(struct call *c);
emsign_rc verb_revoke(struct call *c);
emsign_rc verb_delete(struct call *c);
emsign_rc verb_export(struct call *c);
emsign_rc verb_domain_add(struct call *c);
emsign_rc verb_domain_show(struct call *c);
emsign_rc verb_domain_challenge(struct call *c);
emsign_rc verb_domain_verify(struct call *c);
emsign_rc verb_domain_validate(struct call *c);
emsign_rc verb_domain_attempts(struct call *c);
emsign_rc verb_domain_deactivate(struct call *c);
emsign_rc verb_fields(struct call *c);
emsign_rc verb_version(struct call *c);

/* --- verbs_proof.c: what orders and registered domains share ----------------------------- */

/** The method of a challenge: as said, or as --web-root means; NULL: nobody said. */
emsign_rc proof_method(struct call *c, const char **method);
/** Says what to publish, or writes it below --web-root. */
emsign_rc proof_show(struct call *c, const emsign_challenge *challenge, const char *method);
/**
 * Runs a verb that lets the CA look, and runs it again while that is pending, for so many seconds:
 * the CA may need some attempts until its own eyes see what was published.
 */
emsign_rc proof_ask(struct call *c, emsign_account *account, const char *verb,
		    const emsign_kv *args, int64_t seconds, void *out);
/** Gives the client the solver of --web-root or --dns-hook, and the patience of --wait. */
emsign_rc proof_solver(struct call *c, const char **method);

/* --- wait.c ------------------------------------------------------------------------------ */

/** Says what an order still waits for; true when nothing more is to be waited for. */
typedef bool (*wait_fn)(const emsign_order *order);

/** Issued, or it never will be. */
bool wait_for_issue(const emsign_order *order);
/** Control of its names is proven, or it does not matter any more. */
bool wait_for_proof(const emsign_order *order);

/**
 * Asks for the order's state, at once and then after 1, 2, 4 ... 15 seconds, until enough(order) or
 * the seconds are over. `out` is the order as last seen, also when it is still pending.
 * Errors: EMSIGN_E_PENDING (the time is over).
 */
emsign_rc wait_order(struct call *c, const struct place *p, int64_t seconds, wait_fn enough,
		     emsign_order **out);
/** Fails with EMSIGN_E_REJECTED when the order ended without a certificate. */
emsign_rc wait_outcome(struct call *c, const emsign_order *order);
/** Milliseconds of a clock that only goes forward. */
int64_t wait_clock(void);
/**
 * Waits until the next look, of `seconds` in all that end at `end`; a terminal shows for what.
 * Returns false when a signal cut it short.
 */
bool wait_nap(struct call *c, const char *what, int64_t end, int64_t seconds, int64_t ms);

#endif
