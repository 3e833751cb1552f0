/* SPDX-License-Identifier: MIT */
/*
 * Replays golden directories: encodes the question of `call`, compares it byte for byte with
 * `request.http`, understands `response.http`, compares the facts and the outcome with `facts.txt`.
 *
 *   golden [--update] DIR...     DIR holds a case, or directories that do
 *
 * `call` is lines of NAME=VALUE (\n stands for a line break): verb, family, now, random, account,
 * key, auth, client, bearer (the access token; "none"), token, url, document, and arg.NAME for the
 * arguments. A directory "v1" or "v2" on the way tells the dialect. A directory without
 * response.http only pins the question. With --update the two expected files are written instead of
 * compared. Of secrets in them "EMSIGN-CANARY-" is shown as "<canary>".
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/kv.h"
#include "base/text.h"
#include "base/time.h"
#include "wire/auth.h"
#include "wire/dialect.h"

#define FILE_MAX ((size_t)16 << 20)
#define PATH_MAX_LEN 4096

#define CANARY "EMSIGN-CANARY-"

/* Of the directories at work. */
static const struct ems_dialect *dialect = &ems_v1;

static const struct {
	const char *name;
	enum ems_verb verb;
} verbs[] = {
	{ "test", EMS_VERB_TEST },
	{ "account", EMS_VERB_ACCOUNT },
	{ "organization", EMS_VERB_ORGANIZATION },
	{ "domains", EMS_VERB_DOMAINS },
	{ "products", EMS_VERB_PRODUCTS },
	{ "place", EMS_VERB_PLACE },
	{ "submit-csr", EMS_VERB_SUBMIT_CSR },
	{ "submit-document", EMS_VERB_SUBMIT_DOCUMENT },
	{ "accept", EMS_VERB_ACCEPT },
	{ "track", EMS_VERB_TRACK },
	{ "challenge", EMS_VERB_CHALLENGE },
	{ "verify", EMS_VERB_VERIFY },
	{ "fetch", EMS_VERB_FETCH },
	{ "cancel", EMS_VERB_CANCEL },
	{ "cancel-draft", EMS_VERB_CANCEL_DRAFT },
	{ "revoke", EMS_VERB_REVOKE },
	{ "report", EMS_VERB_REPORT },
	{ "token", EMS_VERB_TOKEN },
	{ "organizations", EMS_VERB_ORGANIZATIONS },
	{ "custom-fields", EMS_VERB_CUSTOM_FIELDS },
	{ "reissue", EMS_VERB_REISSUE },
	{ "ledger", EMS_VERB_LEDGER },
	{ "domain", EMS_VERB_DOMAIN },
	{ "domain-find", EMS_VERB_DOMAIN_FIND },
	{ "domain-add", EMS_VERB_DOMAIN_ADD },
	{ "domain-challenge", EMS_VERB_DOMAIN_CHALLENGE },
	{ "domain-method", EMS_VERB_DOMAIN_METHOD },
	{ "domain-verify", EMS_VERB_DOMAIN_VERIFY },
	{ "domain-attempts", EMS_VERB_DOMAIN_ATTEMPTS },
	{ "domain-attempt", EMS_VERB_DOMAIN_ATTEMPT },
	{ "domain-deactivate", EMS_VERB_DOMAIN_DEACTIVATE },
};

static const char *const classes[] = {
	[EMS_CLASS_NEVER] = "NEVER",
	[EMS_CLASS_SOON] = "SOON",
	[EMS_CLASS_SLOW] = "SLOW",
	[EMS_CLASS_POLL] = "POLL",
	[EMS_CLASS_LOGIN] = "LOGIN",
};

static void die(const char *what, const char *which)
{
	fprintf(stderr, "golden: %s: %s\n", what, which);
	exit(2);
}

/* --- files ---------------------------------------------------------------------------------- */

static void join(char out[PATH_MAX_LEN], const char *dir, const char *name)
{
	if (snprintf(out, PATH_MAX_LEN, "%s/%s", dir, name) >= PATH_MAX_LEN)
		die("path too long", dir);
}

static bool read_file(const char *dir, const char *name, struct ems_buf *out)
{
	char path[PATH_MAX_LEN], part[65536];
	size_t n;
	FILE *f;

	join(path, dir, name);
	f = fopen(path, "rb");
	if (!f)
		return false;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		ems_buf_put(out, part, n);
	fclose(f);
	return true;
}

static void write_file(const char *dir, const char *name, const struct ems_buf *text)
{
	char path[PATH_MAX_LEN];
	FILE *f;

	join(path, dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(text->bytes.data, 1, text->bytes.len, f) != text->bytes.len ||
	    fclose(f) != 0)
		die("cannot write", path);
}

/* Both texts from the first line that differs. */
static void show_difference(const char *dir, const char *name, const char *want, const char *got)
{
	size_t line = 1;

	while (*want && *want == *got) {
		line += *want == '\n';
		want++;
		got++;
	}
	printf("%s/%s differs in line %zu\n", dir, name, line);
	printf("  want: ...%.200s\n  got:  ...%.200s\n", want, got);
}

/* Nothing that a secret of a test stands in is written or shown as it is. */
static void mask(const struct ems_buf *text, struct ems_buf *out)
{
	const char *at = ems_buf_str(text), *found;

	while ((found = strstr(at, CANARY))) {
		ems_buf_put(out, at, (size_t)(found - at));
		ems_buf_text(out, "<canary>");
		at = found + sizeof(CANARY) - 1;
	}
	ems_buf_text(out, at);
}

static bool settle(const char *dir, const char *name, const struct ems_buf *text, bool update)
{
	struct ems_buf want = EMS_BUF(FILE_MAX), got = EMS_BUF(FILE_MAX);
	bool same;

	mask(text, &got);
	if (update)
		write_file(dir, name, &got);
	read_file(dir, name, &want);
	same = want.bytes.len == got.bytes.len &&
	       memcmp(ems_buf_str(&want), ems_buf_str(&got), want.bytes.len) == 0;
	if (!same)
		show_difference(dir, name, ems_buf_str(&want), ems_buf_str(&got));
	ems_buf_free(&want);
	ems_buf_free(&got);
	return same;
}

/* --- the call ------------------------------------------------------------------------------- */

static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] == 'n') {
			*out++ = '\n';
			text++;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static void parse_call(char *text, struct ems_kvlist *said, struct ems_kvlist *args)
{
	for (char *line = text, *end; *line; line = end) {
		char *value;

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		value = strchr(line, '=');
		if (!value || line[0] == '#')
			continue;
		*value++ = '\0';
		unescape(value);
		if (strncmp(line, "arg.", 4) == 0)
			ems_kvlist_add(args, line + 4, value);
		else
			ems_kvlist_add(said, line, value);
	}
}

static const char *say(const struct ems_kvlist *said, const char *key, const char *otherwise)
{
	const char *value = ems_kv_get(ems_kvlist_kv(said), key);

	return value ? value : otherwise;
}

static enum ems_verb find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (ems_text_equal(verbs[i].name, name))
			return verbs[i].verb;
	die("unknown verb", name ? name : "(none)");
	return EMS_VERB_TEST;
}

static emsign_secret *make_secret(const char *text)
{
	emsign_secret *secret = NULL;

	if (text && emsign_secret_new(text, strlen(text), &secret, NULL) != EMSIGN_OK)
		die("no secret of", text);
	return secret;
}

static void read_stamp(const struct ems_kvlist *said, struct ems_stamp *stamp)
{
	const char *hex = say(said, "random", "6f1d2c3b4a5968778695a4b3c2d1e0f9");
	const char *now = say(said, "now", "2026-01-15T10:20:30+00:00");

	if (!ems_time_parse(now, &stamp->now))
		die("no time", now);
	for (size_t i = 0; i < sizeof(stamp->random); i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			die("no random bytes", hex);
		stamp->random[i] = (unsigned char)byte;
	}
}

/* --- the question --------------------------------------------------------------------------- */

static void print_question(const struct ems_question *q, struct ems_buf *out)
{
	ems_buf_print(out, "%s %s\n", q->method, ems_buf_str(&q->url));
	for (const emsign_kv *h = ems_kvlist_kv(&q->headers); h->key; h++)
		ems_buf_print(out, "%s: %s\n", h->key, h->value);
	ems_buf_print(out, "\n%s\n", ems_buf_str(&q->body));
}

static bool ask(const char *dir, const struct ems_kvlist *said, const struct ems_call *call,
		bool update)
{
	struct ems_buf text = EMS_BUF(FILE_MAX);
	const char *bearer = say(said, "bearer", CANARY "access-token");
	struct ems_peer peer = {
		.url = say(said, "url", ems_dialect_region(dialect, "sandbox")),
		.account_number = say(said, "account", "1234567890"),
		.secret = make_secret(say(said, "key", "EXAMPLE-ACCESS-KEY-0123456789abcdef")),
		.auth = ems_auth_find(say(said, "auth", NULL)),
		.client_id = say(said, "client", NULL),
		.token = make_secret(ems_text_equal(bearer, "none") ? NULL : bearer),
	};
	struct ems_question question;
	struct ems_stamp stamp;
	emsign_error err;
	emsign_rc rc;
	bool same;

	read_stamp(said, &stamp);
	rc = ems_dialect_ask(dialect, &peer, call, &stamp, &question, &err);
	if (rc)
		ems_buf_print(&text, "%s: %s\n", emsign_rc_name(rc), err.message);
	else
		print_question(&question, &text);
	same = settle(dir, "request.http", &text, update);
	ems_question_free(&question);
	emsign_secret_free(peer.secret);
	emsign_secret_free(peer.token);
	ems_buf_free(&text);
	return same;
}

/* --- the answer ----------------------------------------------------------------------------- */

static emsign_rc note_fact(void *ud, const struct ems_kind *kind, const void *record,
			   emsign_error *err)
{
	struct ems_buf *text = ud;
	emsign_buf json = { NULL, 0, 0 };
	emsign_rc rc = emsign_record_json(kind->name, record, &json, err);

	if (rc == EMSIGN_OK)
		ems_buf_print(text, "%s %s\n", kind->name, (const char *)json.data);
	emsign_buf_free(&json);
	return rc;
}

static emsign_rc note_secret(void *ud, const char *name, const char *value, emsign_error *err)
{
	(void)err;
	ems_buf_print(ud, "secret %s %s\n", name, value);
	return EMSIGN_OK;
}

/* Status line, headers, empty line, body; the last line break of the file is not of the body. */
static void parse_answer(char *text, size_t len, struct ems_answer *answer)
{
	char *line = text, *end;

	*answer = (struct ems_answer){ .body = NULL };
	if (sscanf(text, "HTTP/%*s %d", &answer->http_status) != 1)
		die("no status line", text);
	for (; *line && *line != '\n'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (strncmp(line, "Content-Type: ", 14) == 0)
			answer->content_type = line + 14;
		if (strncmp(line, "Retry-After: ", 13) == 0)
			answer->retry_after = strtol(line + 13, NULL, 10);
	}
	line += *line == '\n';
	answer->body = line;
	answer->len = len - (size_t)(line - text);
	if (answer->len && line[answer->len - 1] == '\n')
		answer->len--;
}

static void print_outcome(emsign_rc rc, const struct ems_verdict *v, const emsign_error *err,
			  const struct ems_call *call, struct ems_buf *out)
{
	const struct ems_row *row = ems_dialect_row(dialect, call->verb, call->family);

	ems_buf_print(out, "%s class=%s processed=%s done_before=%s\n", emsign_rc_name(rc),
		      classes[v->class_], v->processed ? "yes" : "no",
		      v->done_before ? "yes" : "no");
	if (row && row->rows)
		ems_buf_print(out, "page=%lld pages=%lld total=%lld rows=%lld\n",
			      (long long)v->page, (long long)v->pages, (long long)v->total,
			      (long long)v->rows);
	if (v->expires_in)
		ems_buf_print(out, "expires_in=%lld\n", (long long)v->expires_in);
	if (rc)
		ems_buf_print(out, "http=%d retry_after=%d ca_code=%s request_id=%s\n%s\n",
			      (int)err->http_status, (int)err->retry_after, err->ca_code,
			      err->request_id, err->message);
}

static bool understand(const char *dir, const struct ems_call *call, bool update)
{
	struct ems_buf file = EMS_BUF(FILE_MAX), text = EMS_BUF(FILE_MAX);
	struct ems_sink sink = { note_fact, note_secret, &text };
	struct ems_verdict verdict;
	struct ems_answer answer;
	emsign_error err;
	emsign_rc rc;
	bool same = true;

	if (read_file(dir, "response.http", &file)) {
		parse_answer((char *)file.bytes.data, file.bytes.len, &answer);
		rc = ems_dialect_understand(dialect, call, &answer, &sink, &verdict, &err);
		if (rc) /* what came before the failure counts for nothing */
			ems_buf_clear(&text);
		print_outcome(rc, &verdict, &err, call, &text);
		same = settle(dir, "facts.txt", &text, update);
	}
	ems_buf_free(&file);
	ems_buf_free(&text);
	return same;
}

/* --- cases ---------------------------------------------------------------------------------- */

static bool replay(const char *dir, struct ems_buf *text, bool update)
{
	struct ems_kvlist said = { NULL, 0, 0, EMSIGN_OK }, args = { NULL, 0, 0, EMSIGN_OK };
	struct ems_call call = { .verb = EMS_VERB_TEST };
	const char *document;
	bool same;

	parse_call((char *)text->bytes.data, &said, &args);
	call.verb = find_verb(say(&said, "verb", NULL));
	call.family = say(&said, "family", NULL);
	call.args = ems_kvlist_kv(&args);
	call.token = make_secret(say(&said, "token", NULL));
	document = say(&said, "document", NULL);
	call.document = document;
	call.document_len = document ? strlen(document) : 0;
	same = ask(dir, &said, &call, update);
	same = understand(dir, &call, update) && same;
	emsign_secret_free(call.token);
	ems_kvlist_free(&said);
	ems_kvlist_free(&args);
	return same;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void enter(const char *dir)
{
	const char *name = strrchr(dir, '/');
	const struct ems_dialect *found = ems_dialect_find(name ? name + 1 : dir);

	if (found)
		dialect = found;
}

static void walk(const char *dir, bool update, size_t *good, size_t *bad)
{
	struct ems_buf call = EMS_BUF(FILE_MAX);
	struct dirent **entries;
	struct stat st;
	char path[PATH_MAX_LEN];
	int n = 0;

	enter(dir);
	if (read_file(dir, "call", &call)) {
		if (replay(dir, &call, update))
			++*good;
		else
			++*bad;
	} else {
		n = scandir(dir, &entries, visible, alphasort);
		if (n < 0)
			die("cannot read", dir);
	}
	for (int i = 0; i < n; i++) {
		join(path, dir, entries[i]->d_name);
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			walk(path, update, good, bad);
		free(entries[i]);
	}
	if (n)
		free(entries);
	ems_buf_free(&call);
}

int main(int argc, char **argv)
{
	size_t good = 0, bad = 0;
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;

	for (int i = update ? 2 : 1; i < argc; i++)
		walk(argv[i], update, &good, &bad);
	printf("%zu cases as they should be, %zu not\n", good, bad);
	return bad || !good;
}
