/* SPDX-License-Identifier: MIT */
/* Shell completion: the tables, and the names in a store that is there already. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The command line up to the cursor, as far as it is understood. */
struct typed {
	struct call c;
	const char *word;           /* being typed */
	const struct option *waits; /* an option whose value is being typed */
	int used;                   /* words of the verb */
};

static void offer(const char *before, const char *word, size_t len, const char *after)
{
	printf("%s%.*s%s\n", before, (int)len, word, after);
}

static void offer_list(const char *before, const char *list, char by)
{
	const char *word;
	size_t len;

	while ((word = list_next(&list, by, &len)) != NULL)
		offer(before, word, len, "");
}

/* --- what stands where ---------------------------------------------------------------------- */

static void offer_options(const char *list)
{
	const char *name;
	size_t len;

	while ((name = list_next(&list, ' ', &len)) != NULL)
		offer("--", name, len, "");
}

/* The first words of all verbs, or the second ones of those that begin with a word. */
static void offer_verbs(const char *first)
{
	const char *last = "";

	for (const struct verb *v = verbs; v->name; v++) {
		size_t len = strcspn(v->name, " ");

		if (first && v->name[len] && strlen(first) == len &&
		    strncmp(v->name, first, len) == 0)
			offer("", v->name + len + 1, strlen(v->name + len + 1), "");
		else if (!first && strncmp(last, v->name, len + 1) != 0 &&
			 (strncmp(last, v->name, len) != 0 || last[len] != v->name[len]))
			offer("", v->name, len, "");
		last = v->name;
	}
}

/* Where a field leaves it open, an option that fills it may know the possible words. */
static const char *choices_of(const emsign_field *f)
{
	if (f->choices || strcmp(f->type, "yes-no") == 0)
		return f->choices ? f->choices : "yes|no";
	for (const struct option *o = options; o->name; o++)
		if (o->field && strcmp(o->field, f->name) == 0)
			return o->choices;
	return NULL;
}

static void offer_fields(const char *scope, const char *word)
{
	const char *equal = strchr(word, '=');

	for (const emsign_field *f = emsign_fields(scope); f && f->name; f++) {
		char before[128];

		if (!equal) {
			offer("", f->name, strlen(f->name), "=");
			continue;
		}
		if (strlen(f->name) != (size_t)(equal - word) ||
		    strncmp(f->name, word, strlen(f->name)) != 0)
			continue;
		(void)snprintf(before, sizeof(before), "%s=", f->name);
		offer_list(before, choices_of(f), '|');
	}
}

static emsign_rc offer_id(void *ud, const char *kind, const void *record)
{
	const char *id = *(const char *const *)record; /* the first member of every record */

	(void)ud;
	(void)kind;
	offer("", id, strlen(id), "");
	return EMSIGN_OK;
}

/* Completion makes nothing: no store or key yet means nothing to offer. */
static bool store_exists(const struct call *c)
{
	const char *uri = given_or_env(c, "store");
	const char *key = given_or_env(c, "key-file");
	char *folder = session_folder();
	struct text store_path = { 0 };
	struct text key_path = { 0 };
	bool there;

	if (uri)
		text_add(&store_path, strncmp(uri, "sqlite:", 7) == 0 ? uri + 7 : "");
	else if (folder)
		text_print(&store_path, "%s/store.db", folder);
	if (key)
		text_add(&key_path, key);
	else if (folder)
		text_print(&key_path, "%s/sealing.key", folder);
	there = access(text_str(&store_path), R_OK) == 0 && access(text_str(&key_path), R_OK) == 0;
	text_free(&store_path);
	text_free(&key_path);
	free(folder);
	return there;
}

static void offer_ids(struct call *c, const char *kind)
{
	if (store_exists(c) && session_open(c) == EMSIGN_OK)
		(void)emsign_client_scan(c->client, kind, NULL, NULL, 0, offer_id, NULL, NULL);
}

static emsign_rc offer_name(void *ud, const char *kind, const void *record)
{
	const char *name = ((const emsign_domain *)record)->name;

	(void)ud;
	(void)kind;
	offer("", name, strlen(name), "");
	return EMSIGN_OK;
}

/* The domains of the credential that stands before it. */
static void offer_domains(struct typed *t)
{
	const emsign_kv filter[] = { { "credential", t->c.args[t->used] }, { NULL, NULL } };

	if (store_exists(&t->c) && session_open(&t->c) == EMSIGN_OK)
		(void)emsign_client_scan(t->c.client, "domain", filter, NULL, 0, offer_name, NULL,
					 NULL);
}

static void offer_kinds(void)
{
	for (const struct view *v = views; v->plural; v++)
		offer("", v->plural, strlen(v->plural), "");
}

/* One word of verb->args says what may stand there. */
static void offer_argument(struct typed *t, const char *arg, size_t len)
{
#define SYNCED "groups|organizations|domains|products|custom_fields|all"
	static const struct {
		const char *arg;
		const char *kind;
		const char *words;
	} rows[] = {
		{ "CREDENTIAL", "credential", NULL },
		{ "[CREDENTIAL]", "credential", SYNCED },
		{ "[WHAT]", NULL, SYNCED },
		{ "ORDER", "order", NULL },
		{ "[ORDER]", "order", NULL },
		{ "ORDER|CERTIFICATE", "order", NULL },
		{ "FILE|CSR", "csr", NULL },
		{ "SCOPE", NULL, "client|credential|order|domain|reissue|import|ledger" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].arg) != len || strncmp(rows[i].arg, arg, len) != 0)
			continue;
		offer_list("", rows[i].words, '|');
		if (rows[i].kind)
			offer_ids(&t->c, rows[i].kind);
	}
	if (len == 4 && strncmp(arg, "KIND", len) == 0)
		offer_kinds();
	if (len == 6 && strncmp(arg, "DOMAIN", len) == 0)
		offer_domains(t);
	if (memchr(arg, '=', len) || strchr("[.", *arg))
		offer_fields(t->c.verb->scope ? t->c.verb->scope : "", t->word);
}

static void offer_arguments(struct typed *t)
{
	const char *list = t->c.verb->args;
	const char *arg = NULL;
	const char *next;
	size_t len = 0;
	size_t next_len;

	for (int i = t->used; i <= t->c.n_args; i++) {
		next = list_next(&list, ' ', &next_len);
		if (!next)
			break; /* the last one repeats */
		arg = next;
		len = next_len;
	}
	if (arg)
		offer_argument(t, arg, len);
}

/* --- reading what is typed ------------------------------------------------------------------ */

static void keep(struct typed *t, const struct option *o, const char *value)
{
	t->c.given = must(realloc(t->c.given, (t->c.n_given + 1) * sizeof(*t->c.given)));
	t->c.given[t->c.n_given++] = (struct given){ o, value };
}

static void understand(struct typed *t, int n_words, char **words)
{
	t->c.args = must(calloc((size_t)n_words + 1, sizeof(*t->c.args)));
	for (int i = 0; i + 1 < n_words; i++) {
		const char *word = words[i];
		size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
		const struct option *o = len ? option_find(word + 2, len) : NULL;

		if (t->waits)
			keep(t, t->waits, word);
		else if (o && word[2 + len] == '=')
			keep(t, o, word + 3 + len);
		else if (word[0] != '-')
			t->c.args[t->c.n_args++] = words[i];
		t->waits = !t->waits && o && o->value && !word[2 + len] ? o : NULL;
	}
	t->word = n_words > 0 ? words[n_words - 1] : "";
	t->c.verb = verb_find(t->c.args, t->c.n_args, &t->used);
}

void complete(int n_words, char **words)
{
	struct typed t = { .c = { .log_level = EMSIGN_LOG_ERROR } };

	understand(&t, n_words, words);
	if (t.waits) {
		offer_list("", t.waits->choices, '|');
	} else if (t.word[0] == '-') {
		offer_options(common_options);
		offer_options(t.c.verb ? t.c.verb->options : "");
	} else if (!t.c.verb) {
		offer_verbs(t.c.n_args ? t.c.args[0] : NULL);
	} else {
		offer_arguments(&t);
	}
	session_close(&t.c);
	options_free(&t.c);
}
