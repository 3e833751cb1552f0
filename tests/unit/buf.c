/* SPDX-License-Identifier: MIT */
/* Growing bytes: the ceiling, the sticky error, what is wiped. */
#include "../support/fail.h"

#include <string.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/buf.h"

static void appends_and_terminates(void **state)
{
	struct ems_buf b = EMS_BUF(1000);

	(void)state;
	assert_string_equal(ems_buf_str(&b), "");
	ems_buf_text(&b, "one ");
	ems_buf_text(&b, NULL);
	ems_buf_char(&b, '2');
	ems_buf_print(&b, " %s %d%%", "three", 4);
	ems_buf_put(&b, "\0x", 2);
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_OK);
	assert_int_equal(b.bytes.len, 16);
	assert_memory_equal(b.bytes.data, "one 2 three 4%\0x", 17);
	ems_buf_free(&b);
	assert_null(b.bytes.data);
	assert_int_equal(b.bytes.len, 0);
}

static void the_ceiling_counts_bytes_without_the_nul(void **state)
{
	struct ems_buf b = EMS_BUF(4);
	emsign_error err;

	(void)state;
	ems_buf_text(&b, "abcd");
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_OK);
	ems_buf_text(&b, "");
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_OK);
	ems_buf_char(&b, 'e');
	assert_int_equal(ems_buf_rc(&b, &err), EMSIGN_E_INVALID);
	assert_int_equal(err.rc, EMSIGN_E_INVALID);
	assert_string_equal(err.message, "more than 4 bytes");
	assert_string_equal(ems_buf_str(&b), "abcd");
	ems_buf_free(&b);
}

static void nothing_is_added_after_a_failure(void **state)
{
	struct ems_buf b = EMS_BUF(4);

	(void)state;
	ems_buf_text(&b, "ab");
	ems_buf_print(&b, "%s", "too long");
	ems_buf_text(&b, "c"); /* would fit, but the text before it is missing */
	ems_buf_print(&b, "%d", 1);
	assert_string_equal(ems_buf_str(&b), "ab");
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_E_INVALID);
	ems_buf_clear(&b);
	assert_string_equal(ems_buf_str(&b), "");
	ems_buf_text(&b, "c");
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_OK);
	assert_string_equal(ems_buf_str(&b), "c");
	ems_buf_free(&b);
}

static void lengths_that_overflow_are_refused(void **state)
{
	struct ems_buf b = EMS_BUF(SIZE_MAX / 2);

	(void)state;
	ems_buf_text(&b, "abc");
	ems_buf_put(&b, "x", SIZE_MAX - 1);
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_E_INVALID);
	assert_string_equal(ems_buf_str(&b), "abc");
	ems_buf_free(&b);
}

static void print_that_cannot_be_formatted_is_an_error(void **state)
{
	struct ems_buf b = EMS_BUF(100);

	(void)state;
	ems_buf_text(&b, "abc");
	/* the "C" locale has no euro sign: vsnprintf() gives up */
	ems_buf_print(&b, "%d %lc", 1, (wint_t)0x20ac);
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_E_INVALID);
	assert_string_equal(ems_buf_str(&b), "abc");
	ems_buf_free(&b);
}

static void no_memory_is_told(void **state)
{
	struct ems_buf b = EMS_BUF(1000);
	emsign_error err;

	(void)state;
	fail_at(0);
	ems_buf_text(&b, "abc");
	ems_buf_text(&b, "def");
	assert_int_equal(ems_buf_rc(&b, &err), EMSIGN_E_NOMEM);
	assert_string_equal(err.message, "out of memory");
	assert_string_equal(ems_buf_str(&b), "");
	ems_buf_free(&b);
}

static void growing_wipes_the_block_left_behind(void **state)
{
	struct ems_buf b = EMS_BUF(100000);

	(void)state;
	fail_watch("top secret");
	ems_buf_text(&b, "top secret");
	for (int i = 0; i < 5000; i++)
		ems_buf_text(&b, "0123456789");
	assert_int_equal(b.bytes.len, 50010);
	assert_memory_equal(b.bytes.data, "top secret0123456789", 20);
	assert_memory_equal(b.bytes.data + 50000, "0123456789", 11);
	ems_buf_free(&b);
	assert_int_equal(fail_spilled(), 0);
}

static void clearing_wipes_and_keeps_the_memory(void **state)
{
	struct ems_buf b = EMS_BUF(100);
	const unsigned char *data;

	(void)state;
	ems_buf_text(&b, "top secret");
	data = b.bytes.data;
	ems_buf_clear(&b);
	assert_ptr_equal(b.bytes.data, data);
	assert_memory_equal(data, "\0\0\0\0\0\0\0\0\0\0", 11);
	ems_buf_free(&b);
}

static void bytes_move_out(void **state)
{
	struct ems_buf b = EMS_BUF(100);
	emsign_buf out;
	char *text;

	(void)state;
	ems_buf_text(&b, "first");
	ems_buf_move(&b, &out);
	assert_null(b.bytes.data);
	assert_int_equal(out.len, 5);
	assert_string_equal((char *)out.data, "first");
	emsign_buf_free(&out);
	assert_null(out.data);
	assert_int_equal(out.len + out.cap, 0);

	assert_null(ems_buf_take(&b));
	ems_buf_text(&b, "second");
	text = ems_buf_take(&b);
	assert_string_equal(text, "second");
	assert_string_equal(ems_buf_str(&b), "");
	emsign_free(text);
}

static void public_free_wipes(void **state)
{
	struct ems_buf b = EMS_BUF(100);
	emsign_buf out;

	(void)state;
	ems_buf_text(&b, "top secret");
	ems_buf_move(&b, &out);
	fail_watch("top secret");
	emsign_buf_free(&out);
	emsign_buf_free(&out); /* twice is fine: it was left empty */
	emsign_buf_free(NULL);
	assert_int_equal(fail_spilled(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(appends_and_terminates),
		FAIL_TEST(the_ceiling_counts_bytes_without_the_nul),
		FAIL_TEST(nothing_is_added_after_a_failure),
		FAIL_TEST(lengths_that_overflow_are_refused),
		FAIL_TEST(print_that_cannot_be_formatted_is_an_error),
		FAIL_TEST(no_memory_is_told),
		FAIL_TEST(growing_wipes_the_block_left_behind),
		FAIL_TEST(clearing_wipes_and_keeps_the_memory),
		FAIL_TEST(bytes_move_out),
		FAIL_TEST(public_free_wipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
