/* SPDX-License-Identifier: MIT */
/*
 * What a caller may say: forms, filters, configuration. Input: one byte for the scope, one for the
 * mode; then lines NAME=VALUE.
 */
#include <string.h>

#include "fuzz.h"
#include "model/fields.h"
#include "model/form.h"
#include "wire/dialect.h"

#define KEY "EMSIGN-CANARY-access-key"

static const char *const scopes[] = { "order", "client", "credential", "import", "command" };

static bool same(const struct ems_kvlist *a, const struct ems_kvlist *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
		    strcmp(a->items[i].value, b->items[i].value) != 0)
			return false;
	return true;
}

/* What was let through is let through again, and is in its one spelling already. */
static void check_again(const char *scope, enum ems_fields_mode mode, const struct ems_kvlist *form)
{
	struct ems_kvlist again = { 0 };
	emsign_error err;
	emsign_rc rc = ems_fields_check(scope, mode, ems_kvlist_kv(form), &again, &err);

	fuzz_check(rc, &err);
	FUZZ_MUST(rc == EMSIGN_OK && same(form, &again));
	ems_kvlist_free(&again);
}

/* Whatever a good form says, the question is one JSON text, and the access key is not in it. */
static void check_question(const emsign_kv *form)
{
	struct ems_peer peer = { .url = "https://ca.example/", .account_number = "1" };
	const struct ems_stamp stamp = { .now = 1768472430 };
	struct ems_call call = { .verb = EMS_VERB_PLACE, .args = form };
	struct ems_question question;
	emsign_error err = { 0 };
	emsign_rc rc;

	call.family = ems_form_family(form, NULL);
	FUZZ_MUST(emsign_secret_new(KEY, strlen(KEY), &peer.secret, NULL) == EMSIGN_OK);
	rc = ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, &err);
	fuzz_check(rc, &err);
	if (rc == EMSIGN_OK) {
		const char *body = ems_buf_str(&question.body);

		FUZZ_MUST(fuzz_is_json(body, question.body.bytes.len));
		FUZZ_MUST(strstr(body, KEY) == NULL);
	}
	ems_question_free(&question);
	emsign_secret_free(peer.secret);
}

static void check_order(struct ems_kvlist *said)
{
	static const struct ems_form_facts nothing_known;
	struct ems_kvlist names = { 0 };
	emsign_error err = { 0 };
	emsign_rc rc = ems_form_name(said, NULL, &err);
	const emsign_kv *form = ems_kvlist_kv(said);

	if (rc == EMSIGN_OK)
		rc = ems_form_check(form, &nothing_known, &err);
	fuzz_check(rc, &err);
	if (rc)
		return;
	ems_form_names(form, &names);
	FUZZ_MUST(names.rc == EMSIGN_OK && names.n >= 1);
	for (size_t i = 1; i < names.n; i++)
		for (size_t k = 0; k < i; k++)
			FUZZ_MUST(strcmp(names.items[i].key, names.items[k].key) != 0);
	ems_kvlist_free(&names);
	check_question(form);
}

/* A configuration that is let through makes a client, and no other does. */
static void check_client(const emsign_kv *config, bool good)
{
	emsign_client *client = NULL;
	emsign_error err;
	emsign_rc rc = emsign_client_new(config, NULL, NULL, NULL, &client, &err);

	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == good && (client != NULL) == good);
	emsign_client_free(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	const char *scope = scopes[fuzz_below(&in, FUZZ_COUNT(scopes))];
	enum ems_fields_mode mode = fuzz_byte(&in) & 1 ? EMS_FIELDS_PART : EMS_FIELDS_WHOLE;
	struct ems_kvlist said = { 0 }, form = { 0 };
	emsign_error err;
	emsign_rc rc;

	if (fuzz_holds_canary(bytes, len))
		return 0;
	fuzz_values(&in, '\n', &said);
	rc = ems_fields_check(scope, mode, ems_kvlist_kv(&said), &form, &err);
	fuzz_check(rc, &err);
	if (rc == EMSIGN_OK && strcmp(scope, "import") != 0) /* its days become seconds */
		check_again(scope, mode, &form);
	if (rc == EMSIGN_OK && mode == EMS_FIELDS_WHOLE && strcmp(scope, "order") == 0)
		check_order(&form);
	if (mode == EMS_FIELDS_WHOLE && strcmp(scope, "client") == 0)
		check_client(ems_kvlist_kv(&said), rc == EMSIGN_OK);
	ems_kvlist_free(&said);
	ems_kvlist_free(&form);
	fuzz_check_memory();
	return 0;
}
