/* SPDX-License-Identifier: MIT */
/* What a compiled program relies on: sizes, places and numbers that may never change. */
#include <emsign/emsign.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

_Static_assert(sizeof(emsign_rc) == sizeof(int), "a code is an int");

static void error_is_frozen(void **state)
{
	(void)state;
	assert_int_equal(sizeof(emsign_error), 512);
	assert_int_equal(offsetof(emsign_error, rc), 0);
	assert_int_equal(offsetof(emsign_error, http_status), 4);
	assert_int_equal(offsetof(emsign_error, retry_after), 8);
	assert_int_equal(offsetof(emsign_error, flags), 12);
	assert_int_equal(offsetof(emsign_error, ca_code), 16);
	assert_int_equal(offsetof(emsign_error, request_id), 48);
	assert_int_equal(offsetof(emsign_error, message), 112);
	assert_int_equal(offsetof(emsign_error, reserved), 400);
}

static void values_and_bytes_are_frozen(void **state)
{
	(void)state;
	assert_int_equal(sizeof(emsign_kv), 2 * sizeof(void *));
	assert_int_equal(offsetof(emsign_kv, key), 0);
	assert_int_equal(offsetof(emsign_kv, value), sizeof(void *));
	assert_int_equal(sizeof(emsign_buf), sizeof(void *) + 2 * sizeof(size_t));
	assert_int_equal(offsetof(emsign_buf, data), 0);
	assert_int_equal(offsetof(emsign_buf, len), sizeof(void *));
	assert_int_equal(offsetof(emsign_buf, cap), sizeof(void *) + sizeof(size_t));
}

/* A table that a program hands in says its size first, so that it can grow. */
static void tables_start_with_their_size(void **state)
{
	(void)state;
	assert_int_equal(offsetof(emsign_allocator, size), 0);
	assert_int_equal(offsetof(emsign_secret_source, size), 0);
	assert_int_equal(offsetof(emsign_transport_ops, size), 0);
	assert_int_equal(offsetof(emsign_store_ops, size), 0);
	assert_int_equal(offsetof(emsign_world, size), 0);
}

/* Records grow at their end, so their first members stay where they are. */
static void records_start_with_their_id(void **state)
{
	(void)state;
	assert_int_equal(offsetof(emsign_credential, id), 0);
	assert_int_equal(offsetof(emsign_user, id), 0);
	assert_int_equal(offsetof(emsign_group, id), 0);
	assert_int_equal(offsetof(emsign_organization, id), 0);
	assert_int_equal(offsetof(emsign_domain, id), 0);
	assert_int_equal(offsetof(emsign_product, id), 0);
	assert_int_equal(offsetof(emsign_order, id), 0);
	assert_int_equal(offsetof(emsign_challenge, id), 0);
	assert_int_equal(offsetof(emsign_certificate, id), 0);
	assert_int_equal(offsetof(emsign_csr, id), 0);
	assert_int_equal(offsetof(emsign_stats, id), 0);
}

static const struct {
	emsign_rc rc;
	const char *name;
} codes[] = {
	{ 0, "OK" },           { -1, "INVALID" },      { -2, "STATE" },      { -3, "NOMEM" },
	{ -4, "NOTFOUND" },    { -5, "CONFLICT" },     { -6, "AUTH" },       { -7, "DENIED" },
	{ -8, "REJECTED" },    { -9, "BUSY" },         { -10, "NET" },       { -11, "TIMEOUT" },
	{ -12, "PROTO" },      { -13, "UNSUPPORTED" }, { -14, "CANCELED" },  { -15, "CRYPTO" },
	{ -16, "STORE" },      { -17, "IO" },          { -18, "CALLBACK" },  { -19, "INDOUBT" },
	{ -20, "MISMATCH" },   { -21, "CAPACITY" },    { -22, "TLS" },       { -23, "FAULT" },
	{ -24, "PENDING" },
};

static void codes_keep_their_numbers(void **state)
{
	emsign_rc last = codes[sizeof(codes) / sizeof(codes[0]) - 1].rc;

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		assert_string_equal(emsign_rc_name(codes[i].rc), codes[i].name);
		assert_true(strlen(emsign_rc_text(codes[i].rc)) > 0);
	}
	assert_string_equal(emsign_rc_name(last - 1), "UNKNOWN");
	assert_string_equal(emsign_rc_name(1), "UNKNOWN");
}

static const struct {
	int64_t status;
	const char *word;
	int final;
} statuses[] = {
	{ 0, "unknown", 0 },            { 1, "draft", 0 },
	{ 2, "pending", 0 },            { 3, "pending-validation", 0 },
	{ 4, "pending-csr", 0 },        { 5, "pending-agreement", 0 },
	{ 6, "pending-approval", 0 },   { 7, "attention", 0 },
	{ 8, "approved", 0 },           { 9, "issued", 0 },
	{ 10, "rejected", 1 },          { 11, "canceled", 1 },
	{ 12, "failed", 1 },            { 13, "revoked", 1 },
	{ 14, "expired", 1 },
};

/* Stores hold the words, programs the numbers. */
static void statuses_keep_their_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		assert_string_equal(emsign_status_name(statuses[i].status), statuses[i].word);
		assert_int_equal(emsign_status_parse(statuses[i].word), statuses[i].status);
		assert_int_equal(emsign_status_is_final(statuses[i].status), statuses[i].final);
	}
	assert_string_equal(emsign_status_name(15), "unknown");
	assert_int_equal(emsign_status_parse("no such word"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_is_frozen),
		cmocka_unit_test(values_and_bytes_are_frozen),
		cmocka_unit_test(tables_start_with_their_size),
		cmocka_unit_test(records_start_with_their_id),
		cmocka_unit_test(codes_keep_their_numbers),
		cmocka_unit_test(statuses_keep_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
