/* SPDX-License-Identifier: MIT */
/*
 * The dialect v1 beyond what golden files show: the proof, tables as a whole, and what happens when
 * memory, secrets or the receiver of facts fail.
 */
#include "wire/v1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/hear.h"
#include "base/err.h"
#include "wire/auth.h"

#define ACCESS_KEY "EXAMPLE-ACCESS-KEY-0123456789abcdef"

static struct {
	size_t used;
	size_t calls;
	size_t fail_at; /* 0: never */
} memory;

static void *counting_realloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	(void)ud;
	if (new_size == 0) {
		memory.used -= old_size;
		free(ptr);
		return NULL;
	}
	if (++memory.calls == memory.fail_at)
		return NULL;
	memory.used += new_size - old_size;
	return realloc(ptr, new_size);
}

/* --- helpers -------------------------------------------------------------------------------- */

static const emsign_kv form[] = {
	{ "product", "846" },
	{ "domain", "www.example.com" },
	{ "san", "api.example.com" },
	{ "requester.name", "Alex Example" },
	{ "requester.email", "alex@example.com" },
	{ "requester.phone", "5550000000" },
	{ "organization", "3325789" },
	{ "organization.unit", "IT" },
	{ "technical.name", "Alex Example" },
	{ "technical.email", "alex@example.com" },
	{ "tag", "emsign:00112233" },
	{ "custom", "1=x" },
	{ NULL, NULL },
};

/* --- the proof ------------------------------------------------------------------------------ */

static void the_digest_is_the_one_of_the_reference(void **state)
{
	static const struct {
		const char *key, *ts, *txn, *digest;
	} vectors[] = {
		{ ACCESS_KEY, "2026-01-15T10:20:30+00:00", "100200300400500600",
		  "1c8a580d10150089c5d0607283d4ff0e74aa90a895bc07cf02bfe61f3e66ed24" },
		{ ACCESS_KEY, "2026-01-15T15:50:30+05:30", "6f1d2c3b4a5968778695a4b3c2d1e0f9",
		  "1e28ae13894fdb46d3d889ca741d68f30dc4199c809726b80fcee6b9a5706043" },
		{ "k", "2026-01-15T10:20:30Z", "ABCDEFGHIJ",
		  "bee51ae3bd8d3ca853b4be686941ada671862a904106c5b8dc33303d9842891b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		emsign_secret *secret = hear_secret(vectors[i].key);
		char out[EMS_SHA256_HEX];

		assert_int_equal(ems_auth_digest(secret, vectors[i].ts, vectors[i].txn, out, NULL),
				 EMSIGN_OK);
		assert_string_equal(out, vectors[i].digest);
		emsign_secret_free(secret);
	}
}

static void a_stamp_becomes_time_and_transaction(void **state)
{
	struct ems_stamp stamp = { 1768472430,
				   { 0x6f, 0x1d, 0x2c, 0x3b, 0x4a, 0x59, 0x68, 0x77, 0x86, 0x95,
				     0xa4, 0xb3, 0xc2, 0xd1, 0xe0, 0xf9 } };
	struct ems_peer peer = hear_peer(ACCESS_KEY);
	struct ems_proof proof;

	(void)state;
	assert_int_equal(ems_auth_prove(&peer, &stamp, &proof, NULL), EMSIGN_OK);
	assert_string_equal(proof.ts, "2026-01-15T10:20:30+00:00");
	assert_string_equal(proof.txn, "6f1d2c3b4a5968778695a4b3c2d1e0f9");
	emsign_secret_free(peer.secret);
}

static emsign_rc give_nothing(void *self, emsign_secret_fn give, void *ud, emsign_error *err)
{
	(void)self;
	(void)give;
	(void)ud;
	(void)err;
	return EMSIGN_OK;
}

static emsign_rc refuse(void *self, emsign_secret_fn give, void *ud, emsign_error *err)
{
	(void)self;
	(void)give;
	(void)ud;
	return ems_fail(err, EMSIGN_E_IO, "the vault is closed");
}

static void a_secret_that_cannot_be_had_stops_the_question(void **state)
{
	static const emsign_secret_source nothing = { sizeof(nothing), give_nothing, NULL };
	static const emsign_secret_source closed = { sizeof(closed), refuse, NULL };
	struct ems_call call = { .verb = EMS_VERB_PLACE, .family = "ssl", .args = form };
	struct ems_peer peer = { .url = "https://ca.example/", .account_number = "1234567890" };
	struct ems_stamp stamp = { 1768472430, { 0 } };
	struct ems_question question;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_secret_from(&nothing, NULL, &peer.secret, NULL), EMSIGN_OK);
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, &err),
			 EMSIGN_E_CALLBACK);
	emsign_secret_free(peer.secret);
	assert_int_equal(emsign_secret_from(&closed, NULL, &peer.secret, NULL), EMSIGN_OK);
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, &err),
			 EMSIGN_E_IO);
	assert_string_equal(err.message, "the vault is closed");
	emsign_secret_free(peer.secret);
	peer.secret = hear_secret(ACCESS_KEY);
	assert_int_equal(emsign_secret_from(&closed, NULL, &call.token, NULL), EMSIGN_OK);
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, &err),
			 EMSIGN_E_CRYPTO);
	assert_null(question.body.bytes.data);
	emsign_secret_free(call.token);
	emsign_secret_free(peer.secret);
}

static void the_access_key_does_not_travel(void **state)
{
	struct ems_call call = { .verb = EMS_VERB_PLACE, .family = "ssl", .args = form };
	struct ems_peer peer = hear_peer(ACCESS_KEY);
	struct ems_stamp stamp = { 1768472430, { 0 } };
	struct ems_question question;

	(void)state;
	assert_int_equal(ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, NULL),
			 EMSIGN_OK);
	assert_null(strstr(ems_buf_str(&question.body), ACCESS_KEY));
	assert_string_equal(ems_buf_str(&question.url), "https://ca.example/GenerateOrderSSL");
	assert_string_equal(question.request_id, "00000000000000000000000000000000");
	ems_question_free(&question);
	ems_question_free(&question);
	emsign_secret_free(peer.secret);
}

/* --- tables --------------------------------------------------------------------------------- */

static void dialects_and_regions_are_found_by_name(void **state)
{
	const struct ems_dialect *v1 = ems_dialect_find("v1");

	(void)state;
	assert_ptr_equal(v1, &ems_v1);
	assert_null(ems_dialect_find("v9"));
	assert_string_equal(ems_dialect_region(v1, "us"),
			    "https://us-api.certinext.io/emSignHub-API/");
	assert_string_equal(ems_dialect_region(v1, "india"),
			    "https://api.certinext.io/emSignHub-API/");
	assert_string_equal(ems_dialect_region(v1, "sandbox"),
			    "https://sandbox-us-api.certinext.io/emSignHub-API/");
	assert_null(ems_dialect_region(v1, "moon"));
}

static void every_verb_has_a_row(void **state)
{
	(void)state;
	for (int verb = EMS_VERB_TEST; verb <= EMS_VERB_REPORT; verb++) {
		const struct ems_row *row = ems_dialect_row(&ems_v1, (enum ems_verb)verb, "ssl");

		assert_non_null(row);
		assert_non_null(row->encode);
		assert_string_equal(row->method, "POST");
		assert_string_not_equal(ems_dialect_words((enum ems_verb)verb), "the call");
	}
	assert_null(ems_dialect_row(&ems_v1, EMS_VERB_PLACE, "device"));
	assert_ptr_equal(ems_dialect_row(&ems_v1, EMS_VERB_PLACE, NULL),
			 ems_dialect_row(&ems_v1, EMS_VERB_PLACE, "ssl"));
	assert_string_equal(ems_dialect_row(&ems_v1, EMS_VERB_PLACE, "private-pki")->path,
			    "GenerateOrderPrivatePKI");
}

static void what_must_not_be_repeated_says_so(void **state)
{
	static const enum ems_verb verbs[] = { EMS_VERB_PLACE, EMS_VERB_REVOKE,
					       EMS_VERB_SUBMIT_DOCUMENT };
	size_t changing = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		assert_true(ems_dialect_row(&ems_v1, verbs[i], "ssl")->flags & EMS_CHANGES);
	for (size_t i = 0; i < ems_v1.n_rows; i++)
		changing += ems_v1.rows[i].flags & EMS_CHANGES;
	assert_int_equal(changing, 6); /* placing has four rows */
}

static void only_listed_states_are_final(void **state)
{
	static const int64_t final[] = { 5, 8, 12, 13, 14, 18, 19, 21, 22, 27 };
	static const char *const junk[] = {
		"", "x", "-1", "9.0", " 9", "0x14", "99999999999999999999"
	};
	size_t n = 0;

	(void)state;
	for (int64_t id = 0; id < 256; id++) {
		char wide[4];
		bool listed = n < sizeof(final) / sizeof(final[0]) && final[n] == id;

		wide[0] = (char)('0' + id / 100);
		wide[1] = (char)('0' + id / 10 % 10);
		wide[2] = (char)('0' + id % 10);
		wide[3] = '\0';
		assert_int_equal(emsign_status_is_final(ems_state_of("2", wide)), listed);
		assert_int_equal(emsign_status_is_final(ems_state_of(wide, NULL)),
				 id == 4 || id == 5);
		n += listed;
	}
	assert_int_equal(n, sizeof(final) / sizeof(final[0]));
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		assert_int_equal(ems_state_of("2", junk[i]), EMSIGN_STATUS_UNKNOWN);
		assert_int_equal(ems_state_of(junk[i], NULL), EMSIGN_STATUS_UNKNOWN);
	}
	assert_int_equal(ems_state_of(NULL, NULL), EMSIGN_STATUS_UNKNOWN);
	assert_int_equal(ems_state_of("5", "28"), EMSIGN_STATUS_CANCELED);
	assert_int_equal(ems_state_of("4", "20"), EMSIGN_STATUS_ISSUED);
	assert_int_equal(ems_state_of("7", "2"), EMSIGN_STATUS_DRAFT);
}

static void only_reasons_that_the_ca_takes_have_a_number(void **state)
{
	static const char *const refused[] = { "unspecified", "ca-compromise", "certificate-hold",
					       "remove-from-crl", "aa-compromise", "", "1" };

	(void)state;
	assert_string_equal(ems_word_id(ems_v1_reasons, "key-compromise"), "1");
	assert_string_equal(ems_word_id(ems_v1_reasons, "affiliation-changed"), "3");
	assert_string_equal(ems_word_id(ems_v1_reasons, "superseded"), "4");
	assert_string_equal(ems_word_id(ems_v1_reasons, "cessation-of-operation"), "5");
	assert_string_equal(ems_word_id(ems_v1_reasons, "privilege-withdrawn"), "9");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_null(ems_word_id(ems_v1_reasons, refused[i]));
}

static void codes_mean_what_they_mean_for_a_verb(void **state)
{
	static const struct {
		enum ems_verb verb;
		const char *code, *text;
		emsign_rc rc;
		enum ems_class class_;
	} cases[] = {
		{ EMS_VERB_TRACK, "EMS-913", NULL, EMSIGN_E_AUTH, EMS_CLASS_NEVER },
		{ EMS_VERB_TEST, "EMS-957", NULL, EMSIGN_E_AUTH, EMS_CLASS_NEVER },
		{ EMS_VERB_PLACE, "EMS-1154", NULL, EMSIGN_E_BUSY, EMS_CLASS_SLOW },
		{ EMS_VERB_PLACE, NULL, "inactive account user", EMSIGN_E_BUSY, EMS_CLASS_SLOW },
		{ EMS_VERB_TEST, "EMS-1154", NULL, EMSIGN_E_AUTH, EMS_CLASS_NEVER },
		{ EMS_VERB_TRACK, "EMS-1154", NULL, EMSIGN_E_DENIED, EMS_CLASS_NEVER },
		{ EMS_VERB_PLACE, "EMS-1142", NULL, EMSIGN_E_DENIED, EMS_CLASS_NEVER },
		{ EMS_VERB_PLACE, "EMS-1200", NULL, EMSIGN_E_DENIED, EMS_CLASS_NEVER },
		{ EMS_VERB_TRACK, "EMS-937", NULL, EMSIGN_E_FAULT, EMS_CLASS_SOON },
		{ EMS_VERB_TRACK, "EMS-1096", NULL, EMSIGN_E_FAULT, EMS_CLASS_SOON },
		{ EMS_VERB_TRACK, "EMS-947", NULL, EMSIGN_E_FAULT, EMS_CLASS_SOON },
		{ EMS_VERB_TRACK, "EMS-1040", NULL, EMSIGN_E_NOTFOUND, EMS_CLASS_NEVER },
		{ EMS_VERB_TRACK, "EMS-1116", NULL, EMSIGN_E_NOTFOUND, EMS_CLASS_NEVER },
		{ EMS_VERB_CHALLENGE, "EMS-956", NULL, EMSIGN_E_PENDING, EMS_CLASS_POLL },
		{ EMS_VERB_PLACE, "EMS-956", NULL, EMSIGN_E_REJECTED, EMS_CLASS_NEVER },
		{ EMS_VERB_FETCH, "EMS-946", NULL, EMSIGN_E_PENDING, EMS_CLASS_POLL },
		{ EMS_VERB_VERIFY, "EMS-1078", NULL, EMSIGN_E_PENDING, EMS_CLASS_POLL },
		{ EMS_VERB_VERIFY, "EMS-1103", NULL, EMSIGN_E_PENDING, EMS_CLASS_POLL },
		{ EMS_VERB_VERIFY, NULL, "No valid TXT record found.", EMSIGN_E_PENDING,
		  EMS_CLASS_POLL },
		{ EMS_VERB_CANCEL, "EMS-985", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_CANCEL_DRAFT, "EMS-985", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_FETCH, "EMS-985", NULL, EMSIGN_E_STATE, EMS_CLASS_NEVER },
		{ EMS_VERB_CANCEL, "EMS-962", NULL, EMSIGN_E_STATE, EMS_CLASS_NEVER },
		{ EMS_VERB_REVOKE, "EMS-973", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_REVOKE, "EMS-972", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_CHALLENGE, "EMS-1080", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_VERIFY, "EMS-1080", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_ACCEPT, "EMS-1082", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_SUBMIT_CSR, "EMS-1068", NULL, EMSIGN_OK, EMS_CLASS_NEVER },
		{ EMS_VERB_PLACE, "EMS-1068", NULL, EMSIGN_E_REJECTED, EMS_CLASS_NEVER },
		{ EMS_VERB_PLACE, "EMS-77777", "Something new", EMSIGN_E_REJECTED,
		  EMS_CLASS_NEVER },
		{ EMS_VERB_PLACE, NULL, NULL, EMSIGN_E_REJECTED, EMS_CLASS_NEVER },
		/* a code counts more than words */
		{ EMS_VERB_PLACE, "EMS-1162", "Inactive Account User", EMSIGN_E_REJECTED,
		  EMS_CLASS_NEVER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ems_code *code =
			ems_code_find(cases[i].verb, cases[i].code, cases[i].text);
		emsign_rc rc = code ? code->rc : EMSIGN_E_REJECTED;
		enum ems_class class_ = code ? code->class_ : EMS_CLASS_NEVER;

		if (rc != cases[i].rc || class_ != cases[i].class_)
			fail_msg("case %zu: %s, class %d", i, emsign_rc_name(rc), class_);
	}
}

/* --- failures around it --------------------------------------------------------------------- */

#define META "\"meta\":{\"status\":\"1\",\"txn\":\"0123456789\"}"

static const struct {
	enum ems_verb verb;
	const char *body;
	size_t facts;
	size_t secrets;
} answers[] = {
	{ EMS_VERB_ACCOUNT,
	  "{\"accountDetails\":{\"x\":[1],\"groups\":[{\"groupNumber\":\"1\",\"x\":2,"
	  "\"organizationDetails\":[{\"organizationNumber\":\"2\",\"x\":3}]}]}," META "}",
	  3, 0 },
	{ EMS_VERB_ORGANIZATION,
	  "{\"organizationDetails\":{\"organizationNumber\":\"2\",\"x\":{},\"y\":1,"
	  "\"domains\":[\"a.example.com\"],\"prevettingToken\":\"AA\"}," META "}",
	  1, 1 },
	{ EMS_VERB_DOMAINS,
	  "{\"domainDetails\":[{\"domainName\":\"example.com\",\"x\":1}]," META "}", 1, 0 },
	{ EMS_VERB_PRODUCTS,
	  "{\"productDetails\":[{\"products\":[{\"productCode\":\"1\",\"x\":1}]}]," META "}", 1,
	  0 },
	{ EMS_VERB_PLACE,
	  "{\"orderDetails\":{\"orderNumber\":\"5\",\"x\":1,\"certificateDetails\":"
	  "{\"endEntityCertificate\":\"AA\",\"caCertificate\":\"BB\"}}," META "}",
	  2, 0 },
	{ EMS_VERB_TRACK,
	  "{\"orderDetails\":{\"orderStatusId\":\"2\",\"x\":1,\"subscriberAgreement\":"
	  "{\"status\":\"1\",\"y\":2},\"domainVerification\":{\"a.example.com\":"
	  "{\"dcvStatus\":\"0\",\"x\":1}}}," META "}",
	  2, 0 },
	{ EMS_VERB_CHALLENGE,
	  "{\"dcvDetails\":{\"token\":\"t\",\"x\":1,\"fileName\":\"f\","
	  "\"dcvEmails\":[\"a@example.com\"]}," META "}",
	  1, 0 },
	{ EMS_VERB_FETCH,
	  "{\"certificateDetails\":{\"endEntityCertificate\":\"AA\","
	  "\"caCertificate\":\"BB\"}," META "}",
	  1, 0 },
	{ EMS_VERB_REPORT,
	  "{\"orderDetails\":{\"totalNoOfResults\":2,\"ordersArray\":[{\"orderNumber\":"
	  "\"5\",\"certificateSerialNumber\":\"AB\",\"x\":1},{\"requestNumber\":\"6\"}]}," META "}",
	  2, 0 },
};

static const emsign_kv answer_args[] = {
	{ "order", "5" }, { "domain", "a.example.com" }, { "method", "dns" }, { NULL, NULL },
};

static void a_cut_answer_is_a_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t len = strlen(answers[i].body);

		for (size_t n = 0; n <= len; n++) {
			struct heard seen = { .refuse_with = EMSIGN_OK };
			emsign_rc rc = hear(&ems_v1, answers[i].verb, answer_args, 200,
					    answers[i].body, n, &seen);

			assert_int_equal(rc, n == len ? EMSIGN_OK : EMSIGN_E_PROTO);
			assert_int_equal(seen.verdict.processed, n == len);
			/* rows come while they are read; with the failure they count for nothing */
			if (rc == EMSIGN_OK || answers[i].verb != EMS_VERB_REPORT) {
				assert_int_equal(seen.facts, n == len ? answers[i].facts : 0);
				assert_int_equal(seen.secrets, n == len ? answers[i].secrets : 0);
			}
		}
	}
}

static void a_fact_that_is_not_wanted_ends_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct heard seen = { .refuse_with = EMSIGN_E_STORE };

		assert_int_equal(hear(&ems_v1, answers[i].verb, answer_args, 200, answers[i].body,
				      strlen(answers[i].body), &seen),
				 EMSIGN_E_STORE);
		assert_string_equal(seen.err.message, "not wanted");
		assert_int_equal(seen.facts, 1);
		/* an order that could not be noted down is in doubt, not gone */
		assert_int_equal(seen.verdict.processed, answers[i].verb != EMS_VERB_PLACE);
	}
}

static void every_allocation_of_an_answer_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		emsign_rc rc = EMSIGN_E_NOMEM;

		for (size_t n = 1; rc == EMSIGN_E_NOMEM; n++) {
			size_t before = memory.used;
			struct heard seen = { .refuse_with = EMSIGN_OK };

			memory.calls = 0;
			memory.fail_at = n;
			rc = hear(&ems_v1, answers[i].verb, answer_args, 200, answers[i].body,
				  strlen(answers[i].body), &seen);
			memory.fail_at = 0;
			assert_int_equal(memory.used, before);
			assert_true(n > 5 || rc == EMSIGN_E_NOMEM);
			if (rc && answers[i].verb == EMS_VERB_PLACE)
				assert_false(seen.verdict.processed);
		}
		assert_int_equal(rc, EMSIGN_OK);
	}
}

static void every_allocation_of_a_question_may_fail(void **state)
{
	struct ems_peer peer = hear_peer(ACCESS_KEY);
	struct ems_call call = { .verb = EMS_VERB_PLACE, .family = "ssl", .args = form };
	struct ems_stamp stamp = { 1768472430, { 0 } };
	enum ems_verb verbs[] = { EMS_VERB_PLACE, EMS_VERB_SUBMIT_DOCUMENT, EMS_VERB_REPORT };

	(void)state;
	call.token = hear_secret("AABB");
	call.document = "%PDF";
	call.document_len = 4;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		emsign_rc rc = EMSIGN_E_NOMEM;

		call.verb = verbs[i];
		for (size_t n = 1; rc == EMSIGN_E_NOMEM; n++) {
			size_t before = memory.used;
			struct ems_question question;

			memory.calls = 0;
			memory.fail_at = n;
			rc = ems_dialect_ask(&ems_v1, &peer, &call, &stamp, &question, NULL);
			memory.fail_at = 0;
			ems_question_free(&question);
			assert_int_equal(memory.used, before);
			assert_true(n > 5 || rc == EMSIGN_E_NOMEM);
		}
		assert_int_equal(rc, EMSIGN_OK);
	}
	emsign_secret_free(call.token);
	emsign_secret_free(peer.secret);
}

static void an_answer_full_of_rows_is_read_twice_and_given_once(void **state)
{
	struct heard seen = { .refuse_with = EMSIGN_OK };

	(void)state;
	assert_int_equal(hear_rows(&ems_v1,
				   "{\"orderDetails\":{\"noOfPages\":1,\"ordersArray\":[", 500,
				   "],\"totalNoOfResults\":500,\"currentPage\":\"1\"}," META "}",
				   &seen),
			 EMSIGN_OK);
	assert_int_equal(seen.facts, 500);
	assert_int_equal(seen.verdict.rows, 500);
	assert_int_equal(seen.verdict.total, 500);
	assert_int_equal(seen.verdict.pages, 1);
}

int main(void)
{
	static const emsign_allocator counting = { sizeof(emsign_allocator), counting_realloc,
						   NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digest_is_the_one_of_the_reference),
		cmocka_unit_test(a_stamp_becomes_time_and_transaction),
		cmocka_unit_test(a_secret_that_cannot_be_had_stops_the_question),
		cmocka_unit_test(the_access_key_does_not_travel),
		cmocka_unit_test(dialects_and_regions_are_found_by_name),
		cmocka_unit_test(every_verb_has_a_row),
		cmocka_unit_test(what_must_not_be_repeated_says_so),
		cmocka_unit_test(only_listed_states_are_final),
		cmocka_unit_test(only_reasons_that_the_ca_takes_have_a_number),
		cmocka_unit_test(codes_mean_what_they_mean_for_a_verb),
		cmocka_unit_test(a_cut_answer_is_a_failure),
		cmocka_unit_test(a_fact_that_is_not_wanted_ends_it),
		cmocka_unit_test(every_allocation_of_an_answer_may_fail),
		cmocka_unit_test(every_allocation_of_a_question_may_fail),
		cmocka_unit_test(an_answer_full_of_rows_is_read_twice_and_given_once),
	};

	if (emsign_set_allocator(&counting) != EMSIGN_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
