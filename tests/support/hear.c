/* SPDX-License-Identifier: MIT */
#include "hear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static emsign_rc take_fact(void *ud, const struct ems_kind *kind, const void *record,
			   emsign_error *err)
{
	struct heard *heard = ud;

	if (!kind || !record)
		abort();
	heard->facts++;
	return heard->refuse_with ? ems_fail(err, heard->refuse_with, "not wanted") : EMSIGN_OK;
}

static emsign_rc take_secret(void *ud, const char *name, const char *value, emsign_error *err)
{
	struct heard *heard = ud;

	(void)err;
	if (!name || !value)
		abort();
	heard->secrets++;
	if (ems_text_equal(name, "token"))
		snprintf(heard->token, sizeof(heard->token), "%s", value);
	return EMSIGN_OK;
}

emsign_rc hear(const struct ems_dialect *dialect, enum ems_verb verb, const emsign_kv *args,
	       int status, const char *body, size_t len, struct heard *heard)
{
	struct ems_call call = { .verb = verb, .args = args };
	struct ems_answer answer = { status, "application/json", 0, body, len };
	struct ems_sink sink = { take_fact, take_secret, heard };

	if (verb == EMS_VERB_PLACE)
		call.family = "ssl";
	return ems_dialect_understand(dialect, &call, &answer, &sink, &heard->verdict,
				      &heard->err);
}

emsign_rc hear_rows(const struct ems_dialect *dialect, const char *head, int n, const char *tail,
		    struct heard *heard)
{
	static const emsign_kv none[] = { { NULL, NULL } };
	struct ems_buf body = EMS_BUF(1 << 20);
	emsign_rc rc;

	ems_buf_text(&body, head);
	for (int i = 0; i < n; i++)
		ems_buf_print(&body, "%s{\"orderNumber\":\"5917000%03d\"}", i ? "," : "", i);
	ems_buf_text(&body, tail);
	rc = hear(dialect, EMS_VERB_REPORT, none, 200, ems_buf_str(&body), body.bytes.len, heard);
	ems_buf_free(&body);
	return rc;
}

emsign_secret *hear_secret(const char *text)
{
	emsign_secret *secret = NULL;

	if (emsign_secret_new(text, strlen(text), &secret, NULL) != EMSIGN_OK)
		abort();
	return secret;
}

struct ems_peer hear_peer(const char *secret)
{
	return (struct ems_peer){ .url = "https://ca.example/", .account_number = "1234567890",
				  .secret = hear_secret(secret) };
}
