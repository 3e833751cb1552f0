/* SPDX-License-Identifier: MIT */
/* The error struct: its size for ever, and a message that is always one line of UTF-8. */
#include "../support/fail.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* Longest message: the array without its NUL. */
#define FULL (sizeof(((emsign_error *)0)->message) - 1)

static void the_layout_is_for_ever(void **state)
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

static void codes_have_names_and_sentences(void **state)
{
	(void)state;
	assert_string_equal(emsign_rc_name(EMSIGN_OK), "OK");
	assert_string_equal(emsign_rc_name(EMSIGN_E_INDOUBT), "INDOUBT");
	assert_string_equal(emsign_rc_text(EMSIGN_E_BUSY),
			    "the CA asks to slow down; see retry_after");
	assert_string_equal(emsign_rc_name(1), "UNKNOWN");
	assert_string_equal(emsign_rc_name(-1000), "UNKNOWN");
	assert_string_equal(emsign_rc_text(-1000), "unknown error");
	for (emsign_rc rc = EMSIGN_E_PENDING; rc <= EMSIGN_OK; rc++) {
		const char *text = emsign_rc_text(rc);

		assert_string_not_equal(emsign_rc_name(rc), "UNKNOWN");
		assert_true(strlen(text) > 0 && text[strlen(text) - 1] != '.');
	}
	assert_true(strlen(emsign_version()) > 0);
}

static void success_clears_everything(void **state)
{
	static const emsign_error zero;
	emsign_error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(ems_ok(&err), EMSIGN_OK);
	assert_memory_equal(&err, &zero, sizeof(err));
	assert_int_equal(ems_ok(NULL), EMSIGN_OK);
}

static void failing_fills_and_clears_the_rest(void **state)
{
	emsign_error expected, err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(ems_fail(&err, EMSIGN_E_AUTH, "key %d of '%s'", 7, "a"), EMSIGN_E_AUTH);
	memset(&expected, 0, sizeof(expected));
	expected.rc = EMSIGN_E_AUTH;
	strcpy(expected.message, "key 7 of 'a'");
	assert_memory_equal(&err, &expected, sizeof(err));
	assert_int_equal(ems_fail(NULL, EMSIGN_E_IO, "%s", "x"), EMSIGN_E_IO);
	assert_int_equal(ems_fail_nomem(&err), EMSIGN_E_NOMEM);
	assert_string_equal(err.message, "out of memory");
}

static void messages_are_one_printable_line(void **state)
{
	static const struct {
		const char *said, *kept;
	} rows[] = {
		{ "a\nb\tc", "a b c" },
		{ "a\r\x01\x1b[31m\x7f", "a???[31m?" },
		{ "\xc2\x9b"
		  "31m",
		  "??31m" }, /* a control character of two bytes */
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "half \xc3", "half ?" },
		{ "half \xe2\x82' more", "half ?"
					 "?' more" }, /* a value quoted with a limit */
		{ "\xff\x80\xc0\x80\xed\xa0\x80", "???????" },
	};
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ems_fail(&err, EMSIGN_E_INVALID, "%s", rows[i].said);
		assert_string_equal(err.message, rows[i].kept);
	}
}

static void long_text_is_cut_between_characters(void **state)
{
	static const struct {
		const char *last; /* begins `room` bytes before the end of the message */
		size_t room, kept;
	} rows[] = {
		{ "a", 1, 1 },
		{ "\xc3\xa9", 2, 2 },         /* fits exactly and stays */
		{ "\xc3\xa9", 1, 0 },
		{ "\xe2\x82\xac", 3, 3 },
		{ "\xe2\x82\xac", 2, 0 },
		{ "\xe2\x82\xac", 1, 0 },
		{ "\xf0\x9f\x98\x80", 4, 4 },
		{ "\xf0\x9f\x98\x80", 3, 0 },
		{ "\xf0\x9f\x98\x80", 1, 0 },
	};
	char said[600];
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t before = FULL - rows[i].room;

		memset(said, 'x', sizeof(said));
		strcpy(said + before, rows[i].last);
		ems_fail(&err, EMSIGN_E_INVALID, "%s", said);
		assert_int_equal(strlen(err.message), before + rows[i].kept);
		assert_memory_equal(err.message, said, before + rows[i].kept);
		strcat(said, " and much more that does not fit");
		ems_fail(&err, EMSIGN_E_INVALID, "%s", said);
		assert_true(ems_text_utf8(err.message, strlen(err.message)));
		assert_in_range(strlen(err.message), FULL - 3, FULL);
	}
}

static void arguments_may_point_into_the_error(void **state)
{
	emsign_error err;

	(void)state;
	ems_fail(&err, EMSIGN_E_NET, "no route");
	ems_fail(&err, EMSIGN_E_TIMEOUT, "gave up after: %s", err.message);
	assert_string_equal(err.message, "gave up after: no route");
}

static void a_prefix_comes_first(void **state)
{
	emsign_error err, expected;
	char said[600];

	(void)state;
	ems_fail(&err, EMSIGN_E_NET, "no route");
	expected = err;
	strcpy(expected.message, "order 17: no route");
	ems_fail_in(&err, "order %d", 17);
	assert_memory_equal(&err, &expected, sizeof(err)); /* not one byte of the stack in it */

	memset(said, 'x', sizeof(said));
	strcpy(said + FULL - 3, "\xe2\x82\xac");
	ems_fail(&err, EMSIGN_E_NET, "%s", said);
	ems_fail_in(&err, "p");
	assert_int_equal(err.rc, EMSIGN_E_NET);
	assert_int_equal(strlen(err.message), FULL);
	ems_fail_in(&err, "\xe2\x82\xac");
	assert_true(ems_text_utf8(err.message, strlen(err.message)));
	ems_fail_in(NULL, "nobody listens");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(the_layout_is_for_ever),
		FAIL_TEST(codes_have_names_and_sentences),
		FAIL_TEST(success_clears_everything),
		FAIL_TEST(failing_fills_and_clears_the_rest),
		FAIL_TEST(messages_are_one_printable_line),
		FAIL_TEST(long_text_is_cut_between_characters),
		FAIL_TEST(arguments_may_point_into_the_error),
		FAIL_TEST(a_prefix_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
