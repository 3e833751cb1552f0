/* SPDX-License-Identifier: MIT */
/* Status words and numbers. */
#include "../support/fail.h"

#include <emsign/record.h>

static const struct {
	int64_t status;
	const char *word;
	int is_final;
} known[] = {
	{ EMSIGN_STATUS_UNKNOWN, "unknown", 0 },
	{ EMSIGN_STATUS_DRAFT, "draft", 0 },
	{ EMSIGN_STATUS_PENDING, "pending", 0 },
	{ EMSIGN_STATUS_PENDING_DCV, "pending-validation", 0 },
	{ EMSIGN_STATUS_PENDING_CSR, "pending-csr", 0 },
	{ EMSIGN_STATUS_PENDING_AGREEMENT, "pending-agreement", 0 },
	{ EMSIGN_STATUS_PENDING_APPROVAL, "pending-approval", 0 },
	{ EMSIGN_STATUS_ATTENTION, "attention", 0 },
	{ EMSIGN_STATUS_APPROVED, "approved", 0 },
	{ EMSIGN_STATUS_ISSUED, "issued", 0 },
	{ EMSIGN_STATUS_REJECTED, "rejected", 1 },
	{ EMSIGN_STATUS_CANCELED, "canceled", 1 },
	{ EMSIGN_STATUS_FAILED, "failed", 1 },
	{ EMSIGN_STATUS_REVOKED, "revoked", 1 },
	{ EMSIGN_STATUS_EXPIRED, "expired", 1 },
};

static void words_and_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		assert_int_equal(known[i].status, i);
		assert_string_equal(emsign_status_name(known[i].status), known[i].word);
		assert_int_equal(emsign_status_parse(known[i].word), known[i].status);
		assert_int_equal(emsign_status_is_final(known[i].status), known[i].is_final);
	}
}

static void anything_else_is_open_and_unknown(void **state)
{
	static const char *const junk[] = { "", "Issued", "ISSUED", "cancelled", "9", " issued" };

	(void)state;
	for (int64_t n = -300; n < 300; n++) {
		if (n >= 0 && n < (int64_t)COUNT(known))
			continue;
		assert_string_equal(emsign_status_name(n), "unknown");
		assert_int_equal(emsign_status_is_final(n), 0);
	}
	assert_int_equal(emsign_status_is_final(INT64_C(0x100000000) + EMSIGN_STATUS_REVOKED), 0);
	for (size_t i = 0; i < COUNT(junk); i++)
		assert_int_equal(emsign_status_parse(junk[i]), -1);
	assert_int_equal(emsign_status_parse(NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_numbers),
		cmocka_unit_test(anything_else_is_open_and_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
