/* SPDX-License-Identifier: MIT */
/* Plays what plays.py writes, with the C library's public API: player PLAYS > OUTPUT */
#include <emsign/emsign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 128
#define SEALING_KEY "EMSIGN-CANARY-32-bytes-long-key."

struct list {
	emsign_kv kv[MANY];
	size_t n;
};

struct row {
	const char *kind, *id;
	struct list values;
};

/* One case: what its lines say. All text is the file's own. */
struct play {
	struct list config, credential, args, secrets;
	struct row rows[4];
	size_t n_rows;
	const char *answers[8];
	size_t n_answers, answered;
	const char *randoms[4]; /* hexadecimal; the one that has the length counts */
	size_t n_randoms;
	int64_t now_ms;
	const char *verb, *document, *key;
};

static void need(int is, const char *what)
{
	if (is)
		return;
	fprintf(stderr, "player: %s\n", what);
	exit(2);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *text;

	need(f && fseek(f, 0, SEEK_END) == 0, path);
	*len = (size_t)ftell(f);
	text = calloc(1, *len + 1);
	rewind(f);
	need(text && fread(text, 1, *len, f) == *len, path);
	fclose(f);
	return text;
}

/* --- the lines ------------------------------------------------------------------------------ */

static void add(struct list *list, const char *name, const char *value)
{
	need(list->n + 1 < MANY, "too many values");
	list->kv[list->n++] = (emsign_kv){ name, value };
}

/* NAME=TEXT */
static void add_pair(struct list *list, char *text)
{
	char *value = strchr(text, '=');

	need(value != NULL, text);
	*value++ = '\0';
	add(list, text, value);
}

static void add_row(struct play *play, char *text)
{
	char *id = strchr(text, ' ');

	need(id && play->n_rows < 4, text);
	*id++ = '\0';
	play->rows[play->n_rows].kind = text;
	play->rows[play->n_rows++].id = id;
}

static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		int line_break = text[0] == '\\' && text[1] == 'n';

		*out++ = line_break ? '\n' : *text;
		text += line_break;
	}
	*out = '\0';
}

static void take(struct play *play, const char *word, char *text)
{
	unescape(text);
	if (strcmp(word, "config") == 0)
		add_pair(&play->config, text);
	else if (strcmp(word, "credential") == 0)
		add_pair(&play->credential, text);
	else if (strcmp(word, "arg") == 0)
		add_pair(&play->args, text);
	else if (strcmp(word, "secret") == 0)
		add_pair(&play->secrets, text);
	else if (strcmp(word, "row") == 0)
		add_row(play, text);
	else if (strcmp(word, "value") == 0)
		add_pair(&play->rows[play->n_rows - 1].values, text);
	else if (strcmp(word, "now") == 0)
		play->now_ms = strtoll(text, NULL, 10);
	else if (strcmp(word, "random") == 0)
		play->randoms[play->n_randoms++] = text;
	else if (strcmp(word, "answer") == 0)
		play->answers[play->n_answers++] = text;
	else if (strcmp(word, "verb") == 0)
		play->verb = text;
	else if (strcmp(word, "document") == 0)
		play->document = text;
	else if (strcmp(word, "key") == 0)
		play->key = text;
	else
		need(0, word);
}

/* --- the world, and the CA ------------------------------------------------------------------ */

static int64_t now_ms(void *ud)
{
	return ((struct play *)ud)->now_ms;
}

static emsign_rc fill_random(void *ud, void *bytes, size_t len)
{
	struct play *play = ud;

	memset(bytes, 0, len);
	for (size_t i = 0; i < play->n_randoms; i++)
		for (size_t k = 0; k < len && strlen(play->randoms[i]) == 2 * len; k++) {
			unsigned byte = 0;

			(void)sscanf(play->randoms[i] + 2 * k, "%2x", &byte);
			((unsigned char *)bytes)[k] = (unsigned char)byte;
		}
	return EMSIGN_OK;
}

static void print_question(const emsign_request *request)
{
	printf("%s %s\n", request->method, request->url);
	for (const emsign_kv *header = request->headers; header->key; header++)
		printf("%s: %s\n", header->key, header->value);
	printf("\n%.*s\n", (int)request->body_len, (const char *)request->body);
}

/* Status line, headers, empty line, body; the last line break of the file is not of the body. */
static void give_answer(emsign_exchange *exchange, char *text, size_t len)
{
	char *end = text + len;
	char *line = strchr(text, '\n');

	emsign_exchange_status(exchange, atoi(strchr(text, ' ')));
	for (line++; *line != '\n'; line = strchr(line, '\0') + 1) {
		char *value = strstr(line, ": ");

		*strchr(line, '\n') = '\0';
		*value = '\0';
		emsign_exchange_header(exchange, line, value + 2);
		line = value + 2;
	}
	if (end[-1] == '\n')
		end--;
	emsign_exchange_data(exchange, line + 1, (size_t)(end - line - 1));
	emsign_exchange_done(exchange, EMSIGN_OK, NULL);
}

static emsign_rc start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct play *play = self;
	size_t len;
	char *text;

	(void)err;
	print_question(emsign_exchange_request(exchange));
	if (play->answered == play->n_answers) {
		emsign_exchange_unsent(exchange);
		emsign_exchange_done(exchange, EMSIGN_E_CANCELED, "no more answers");
		return EMSIGN_OK;
	}
	text = read_file(play->answers[play->answered++], &len);
	give_answer(exchange, text, len);
	free(text);
	return EMSIGN_OK;
}

/* --- doing it ------------------------------------------------------------------------------- */

static const char *arg(const struct play *play, const char *name)
{
	for (const emsign_kv *kv = play->args.kv; kv->key; kv++)
		if (strcmp(kv->key, name) == 0)
			return kv->value;
	return NULL;
}

static emsign_rc do_verb(const struct play *play, emsign_account *account, emsign_error *err)
{
	emsign_op *op = NULL;
	void *record = NULL;
	emsign_rc rc;

	if (strcmp(play->verb, "submit_document") == 0)
		return emsign_account_submit_document(account, arg(play, "order"),
						      arg(play, "name"), arg(play, "description"),
						      play->document, strlen(play->document), err);
	rc = emsign_account_begin(account, play->verb, play->args.kv, &op, err);
	if (rc == EMSIGN_OK)
		rc = emsign_op_run(op, err);
	if (rc == EMSIGN_OK)
		rc = emsign_op_take(op, &record, err);
	emsign_free(record);
	emsign_op_free(op);
	return rc;
}

static emsign_rc print_record(void *ud, const char *kind, const void *record)
{
	emsign_buf json = { 0 };
	emsign_rc rc = emsign_record_json(kind, record, &json, NULL);

	(void)ud;
	if (rc == EMSIGN_OK)
		printf("%s %s\n", kind, (const char *)json.data);
	emsign_buf_free(&json);
	return rc;
}

static emsign_rc print_id(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)ud;
	(void)row;
	printf("%s %s\n", kind, id);
	return EMSIGN_OK;
}

static void print_kept(emsign_client *client, emsign_store *store)
{
	static const char *const kinds[] = { "credential", "user", "group", "organization",
					     "domain", "product", "order", "challenge",
					     "certificate", "custom_field", "attempt", "ledger" };
	emsign_error err;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		need(!emsign_client_scan(client, kinds[i], NULL, NULL, 0, print_record, NULL, &err),
		     kinds[i]);
	need(!emsign_store_scan(store, "sealed", NULL, NULL, 0, print_id, NULL, &err), "sealed");
}

static void seed(const struct play *play, emsign_store *store, emsign_secret *key)
{
	emsign_error err;

	for (size_t i = 0; i < play->n_rows; i++)
		need(!emsign_store_put(store, play->rows[i].kind, play->rows[i].id,
				       play->rows[i].values.kv, &err), "a row");
	for (const emsign_kv *kv = play->secrets.kv; kv->key; kv++) {
		emsign_secret *secret = NULL;
		emsign_buf sealed = { 0 };

		need(!emsign_secret_new(kv->value, strlen(kv->value), &secret, &err) &&
		     !emsign_secret_seal(key, kv->key, secret, &sealed, &err) &&
		     !emsign_store_put(store, "sealed", kv->key, (const emsign_kv[]){
			     { "sealed", (const char *)sealed.data }, { NULL, NULL } }, &err),
		     "a secret");
		emsign_secret_free(secret);
		emsign_buf_free(&sealed);
	}
}

static void end(struct play *play)
{
	const emsign_transport_ops ops = { .size = sizeof(ops), .name = "play", .start = start };
	const emsign_world world = { sizeof(world), now_ms, fill_random, NULL, play };
	emsign_store *store = NULL;
	emsign_transport *transport = NULL;
	emsign_secret *sealing_key = NULL, *key = NULL;
	emsign_client *client = NULL;
	emsign_account *account = NULL;
	emsign_error err;

	add(&play->config, "attempts", "1");
	need(!emsign_store_open("memory:", &store, &err) &&
	     !emsign_transport_new(&ops, play, &transport, &err) &&
	     !emsign_secret_new(SEALING_KEY, strlen(SEALING_KEY), &sealing_key, &err) &&
	     !emsign_secret_new(play->key, strlen(play->key), &key, &err) &&
	     !emsign_client_new(play->config.kv, store, transport, sealing_key, &client, &err) &&
	     !emsign_client_set_world(client, &world, &err) &&
	     !emsign_client_credential_add(client, "demo", play->credential.kv, key, &err),
	     err.message);
	seed(play, store, sealing_key);
	need(!emsign_client_account(client, "demo", &account, &err), err.message);
	if (do_verb(play, account, &err))
		printf("%s http=%d retry_after=%d ca_code=%s request_id=%s\n%s\n",
		       emsign_rc_name(err.rc), (int)err.http_status, (int)err.retry_after,
		       err.ca_code, err.request_id, err.message);
	else
		printf("OK\n");
	print_kept(client, store);
	emsign_account_free(account);
	emsign_client_free(client);
	emsign_secret_free(key);
	emsign_secret_free(sealing_key);
	emsign_transport_free(transport);
	emsign_store_free(store);
}

int main(int argc, char **argv)
{
	static struct play play;
	size_t len;
	char *text, *line, *next;

	need(argc == 2, "which plays?");
	text = read_file(argv[1], &len);
	for (line = text; *line; line = next) {
		char *rest;

		next = strchr(line, '\n');
		*next++ = '\0';
		rest = line + strcspn(line, " ");
		if (*rest)
			*rest++ = '\0';
		if (strcmp(line, "case") == 0) {
			memset(&play, 0, sizeof(play));
			printf("case %s\n", rest);
		} else if (strcmp(line, "end") == 0) {
			end(&play);
		} else {
			take(&play, line, rest);
		}
	}
	free(text);
	return 0;
}
