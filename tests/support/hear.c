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
