/* SPDX-License-Identifier: MIT */
/* What the words of the command line mean: orders, durations. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536

struct candidates {
	struct text names; /* with commas between */
	char *id;          /* the first */
	size_t n;
};

static emsign_rc note_candidate(void *ud, const char *kind, const void *record)
{
	struct candidates *found = ud;
	const emsign_order *order = record;

	(void)kind;
	text_add(&found->names, found->n ? ", " : "");
	text_add(&found->names, order->id);
	if (!found->id)
		found->id = copy_of(order->id, strlen(order->id));
	found->n++;
	return EMSIGN_OK;
}

/* A bare number means the one stored order that has it. */
static emsign_rc find_number(struct call *c, const char *number, char **id)
{
	static const char *const members[] = { "number", "request_number" };
	struct candidates found = { 0 };
	emsign_rc rc = EMSIGN_OK;

	for (size_t i = 0; rc == EMSIGN_OK && !found.n && i < 2; i++) {
		const emsign_kv filter[] = { { members[i], number }, { NULL, NULL } };

		rc = emsign_client_scan(c->client, "order", filter, NULL, 0, note_candidate,
					&found, &c->err);
	}
	if (rc == EMSIGN_OK && found.n == 0)
		rc = call_fail(c, EMSIGN_E_NOTFOUND,
			       "no order '%s' is kept here; say CREDENTIAL/NUMBER, or import",
			       number);
	if (rc == EMSIGN_OK && found.n > 1)
		rc = call_fail(c, EMSIGN_E_INVALID, "several orders have the number '%s': %s",
			       number, text_str(&found.names));
	text_free(&found.names);
	*id = found.id;
	return rc;
}

emsign_rc find_order(struct call *c, const char *said, enum find_reach reach, struct place *out)
{
	const char *slash = strchr(said, '/');
	emsign_rc rc = session_open(c);

	*out = (struct place){ 0 };
	if (rc)
		return rc;
	if (slash && (slash == said || !slash[1]))
		return call_fail(c, EMSIGN_E_INVALID,
				 "order '%s' has to be CREDENTIAL/NUMBER or a number", said);
	if (slash)
		out->order = copy_of(said, strlen(said));
	else
		rc = find_number(c, said, &out->order);
	if (rc == EMSIGN_OK) {
		out->credential = copy_of(out->order, strcspn(out->order, "/"));
		if (reach == FIND_AT_CA)
			rc = session_account(c, out->credential, &out->account);
	}
	if (rc)
		find_free(out);
	return rc;
}

void find_free(struct place *p)
{
	emsign_account_free(p->account);
	free(p->order);
	free(p->credential);
	*p = (struct place){ 0 };
}

static emsign_rc note_credential(void *ud, const char *kind, const void *record)
{
	form_add(ud, kind, ((const emsign_credential *)record)->name);
	return EMSIGN_OK;
}

emsign_rc find_credentials(struct call *c, struct form *out)
{
	emsign_rc rc = session_open(c);

	return rc ? rc
		  : emsign_client_scan(c->client, "credential", NULL, NULL, 0, note_credential,
				       out, &c->err);
}

emsign_rc find_text(struct call *c, const char *path, struct text *out)
{
	char chunk[4096];
	FILE *file = fopen(path, "rb");
	emsign_rc rc = EMSIGN_OK;
	size_t len;

	if (!file)
		return call_fail(c, EMSIGN_E_INVALID, "'%s' cannot be read: %s", path,
				 strerror(errno));
	while (out->len <= TEXT_MAX && (len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_put(out, chunk, len);
	if (ferror(file))
		rc = call_fail(c, EMSIGN_E_INVALID, "'%s' cannot be read: %s", path,
			       strerror(errno));
	else if (out->len > TEXT_MAX || strlen(text_str(out)) != out->len)
		rc = call_fail(c, EMSIGN_E_INVALID, "'%s' is no text of at most 64 KiB", path);
	(void)fclose(file);
	return rc;
}

emsign_rc find_seconds(struct call *c, const char *said, int64_t *out)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strspn(said, "0123456789");
	int64_t n = 0;

	for (size_t i = 0; i < len && len <= 8; i++)
		n = n * 10 + (said[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (len < 1 || len > 8 || said[len] != units[i].letter ||
		    (said[len] && said[len + 1]))
			continue;
		*out = n * units[i].seconds;
		return EMSIGN_OK;
	}
	return call_fail(c, EMSIGN_E_INVALID, "'%s' is no time; it has to be like 90, 15m or 2h",
			 said);
}
