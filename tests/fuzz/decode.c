/* SPDX-License-Identifier: MIT */
/*
 * Answers of the CA to every verb of both generations. Input: one byte each for the verb, for who
 * asks what (bits of `asked`), and for the HTTP status; then the body.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "wire/dialect.h"

static const int statuses[] = { 200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 503, 999 };

#define ARGS 10

enum {
	PRIVATE = 1,
	HTTP = 2,
	EMAIL = 4,
	HTML = 8,
	REFUSES = 16,
	SECOND = 32, /* the second generation */
	SIGNATURE = 64
};

struct heard {
	size_t facts;
	bool refuses; /* the sink takes no second fact */
};

static emsign_rc hear(struct heard *heard, emsign_error *err)
{
	static const emsign_error full = { .rc = EMSIGN_E_STORE, .message = "no second one" };

	if (++heard->facts < 2 || !heard->refuses)
		return EMSIGN_OK;
	*err = full;
	return full.rc;
}

static emsign_rc on_fact(void *ud, const struct ems_kind *kind, const void *record,
			 emsign_error *err)
{
	const char *id = *(const char *const *)record;

	FUZZ_MUST(kind && id == NULL);
	fuzz_check_record(kind->name, record);
	return hear(ud, err);
}

static emsign_rc on_secret(void *ud, const char *name, const char *value, emsign_error *err)
{
	FUZZ_MUST(name && name[0] && value && value[0]);
	return hear(ud, err);
}

/* What any verb may be asked with. */
static void fill_call(unsigned asked, emsign_kv args[ARGS], struct ems_call *call)
{
	const char *method = asked & EMAIL ? "email" : asked & HTTP ? "http" : "dns";
	size_t n = 0;

	args[n++] = (emsign_kv){ "order", "5917192968" };
	args[n++] = (emsign_kv){ "request", "2127434294" };
	args[n++] = (emsign_kv){ "organization", "3325789" };
	args[n++] = (emsign_kv){ "domain", "www.example.com" };
	args[n++] = (emsign_kv){ "requester.email", "alex@example.com" };
	args[n++] = (emsign_kv){ "domain_id", "4711" };
	args[n++] = (emsign_kv){ "method", method };
	args[n] = (emsign_kv){ NULL, NULL };
	call->args = args;
	call->family = asked & SIGNATURE ? "signature" : asked & PRIVATE ? "private-pki" : "ssl";
}

static void check_verdict(emsign_rc rc, const struct ems_verdict *v)
{
	FUZZ_MUST((unsigned)v->class_ <= EMS_CLASS_LOGIN);
	FUZZ_MUST(v->page >= 0 && v->pages >= 0 && v->total >= -1 && v->rows >= 0);
	if (rc == EMSIGN_OK)
		FUZZ_MUST(v->processed);
	else
		FUZZ_MUST(v->rows == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	struct ems_call call = { .verb = (enum ems_verb)(fuzz_below(&in, EMS_VERBS - 1) + 1) };
	unsigned asked = fuzz_byte(&in);
	struct ems_answer answer = {
		.http_status = statuses[fuzz_below(&in, FUZZ_COUNT(statuses))],
		.content_type = asked & HTML ? "text/html" : "application/json",
		.body = in.at,
		.len = in.left,
	};
	struct heard heard = { 0, asked & REFUSES };
	struct ems_sink sink = { on_fact, on_secret, &heard };
	struct ems_verdict verdict;
	emsign_kv args[ARGS];
	emsign_error err;
	emsign_rc rc;

	fill_call(asked, args, &call);
	rc = ems_dialect_understand(asked & SECOND ? &ems_v2 : &ems_v1, &call, &answer, &sink,
				    &verdict, &err);
	fuzz_check(rc, &err);
	check_verdict(rc, &verdict);
	fuzz_check_memory();
	return 0;
}
