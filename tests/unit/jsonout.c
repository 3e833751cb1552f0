/* SPDX-License-Identifier: MIT */
/* The JSON writer: commas, escapes, nothing where there is no value. */
#include "../support/fail.h"

#include "base/jsonout.h"

static void nested(void **state)
{
	struct ems_buf b = EMS_BUF(1000);
	struct ems_jsonout j = { &b, false };

	(void)state;
	ems_jsonout_open(&j, NULL);
	ems_jsonout_text(&j, "a", "1");
	ems_jsonout_text(&j, "absent", NULL);
	ems_jsonout_raw(&j, "absent", NULL);
	ems_jsonout_open(&j, "empty");
	ems_jsonout_close(&j);
	ems_jsonout_list(&j, "list");
	ems_jsonout_text(&j, NULL, "x");
	ems_jsonout_text(&j, NULL, NULL);
	ems_jsonout_int(&j, NULL, -7);
	ems_jsonout_open(&j, NULL);
	ems_jsonout_int(&j, "min", INT64_MIN);
	ems_jsonout_close(&j);
	ems_jsonout_list(&j, NULL);
	ems_jsonout_list_close(&j);
	ems_jsonout_list_close(&j);
	ems_jsonout_raw(&j, "raw", "{\"k\":[1,null]}");
	ems_jsonout_int(&j, "last", 0);
	ems_jsonout_close(&j);
	assert_int_equal(ems_buf_rc(&b, NULL), EMSIGN_OK);
	assert_string_equal(ems_buf_str(&b),
			    "{\"a\":\"1\",\"empty\":{},\"list\":[\"x\",-7,"
			    "{\"min\":-9223372036854775808},[]],"
			    "\"raw\":{\"k\":[1,null]},\"last\":0}");
	ems_buf_free(&b);
}

static void escapes(void **state)
{
	static const struct {
		const char *text, *json;
	} rows[] = {
		{ "", "\"\"" },
		{ "\"", "\"\\\"\"" },
		{ "C:\\x", "\"C:\\\\x\"" },
		{ "a/b", "\"a/b\"" },
		{ "\n\r\t", "\"\\n\\r\\t\"" },
		{ "\x01z\x1f\x08", "\"\\u0001z\\u001f\\u0008\"" },
		{ "\x7f", "\"\x7f\"" },
		{ "caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"" },
		{ "\"\"ab\"", "\"\\\"\\\"ab\\\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ems_buf b = EMS_BUF(1000);
		struct ems_jsonout j = { &b, false };

		ems_jsonout_text(&j, NULL, rows[i].text);
		assert_string_equal(ems_buf_str(&b), rows[i].json);
		ems_buf_free(&b);
	}
}

static void names_are_escaped_too(void **state)
{
	struct ems_buf b = EMS_BUF(1000);
	struct ems_jsonout j = { &b, false };

	(void)state;
	ems_jsonout_open(&j, NULL);
	ems_jsonout_int(&j, "a\"b", 1);
	ems_jsonout_close(&j);
	assert_string_equal(ems_buf_str(&b), "{\"a\\\"b\":1}");
	ems_buf_free(&b);
}

static emsign_rc write_much(void)
{
	struct ems_buf b = EMS_BUF(10000);
	struct ems_jsonout j = { &b, false };
	emsign_rc rc;

	ems_jsonout_list(&j, NULL);
	for (int i = 0; i < 200; i++)
		ems_jsonout_text(&j, NULL, "a \"value\"");
	ems_jsonout_list_close(&j);
	rc = ems_buf_rc(&b, NULL);
	ems_buf_free(&b);
	return rc;
}

static void survives_any_failing_allocation(void **state)
{
	(void)state;
	fail_each(write_much);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(nested),
		FAIL_TEST(escapes),
		FAIL_TEST(names_are_escaped_too),
		FAIL_TEST(survives_any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
