/* SPDX-License-Identifier: MIT */
/* Reading JSON: the tree, the rows, every limit, every cut, every allocation. */
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/jsonout.h"

/* --- memory that counts, and fails when told ------------------------------------------------ */

static struct {
	size_t used;
	size_t peak;
	size_t calls;
	size_t fail_at; /* 0: never */
} memory;

static void *counting_realloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	void *fresh;

	(void)ud;
	if (new_size == 0) {
		memory.used -= old_size;
		free(ptr);
		return NULL;
	}
	if (++memory.calls == memory.fail_at)
		return NULL;
	fresh = realloc(ptr, new_size);
	memory.used += new_size - old_size;
	if (memory.used > memory.peak)
		memory.peak = memory.used;
	return fresh;
}

/* --- helpers -------------------------------------------------------------------------------- */

static void write_node(struct ems_jsonout *out, const struct ems_node *node)
{
	switch (node->type) {
	case EMS_JSON_NULL:
		ems_jsonout_raw(out, node->name, "null");
		return;
	case EMS_JSON_BOOL:
	case EMS_JSON_NUMBER:
		ems_jsonout_raw(out, node->name, node->text);
		return;
	case EMS_JSON_TEXT:
		ems_jsonout_text(out, node->name, node->text);
		return;
	case EMS_JSON_ARRAY:
		ems_jsonout_list(out, node->name);
		break;
	case EMS_JSON_OBJECT:
		ems_jsonout_open(out, node->name);
		break;
	}
	for (const struct ems_node *at = node->first; at; at = at->next)
		write_node(out, at);
	if (node->type == EMS_JSON_ARRAY)
		ems_jsonout_list_close(out);
	else
		ems_jsonout_close(out);
}

static emsign_rc note_row(void *ud, const struct ems_node *row, emsign_error *err)
{
	struct ems_buf *text = ud;
	struct ems_jsonout out = { text, false };

	(void)err;
	write_node(&out, row);
	ems_buf_char(text, ';');
	return EMSIGN_OK;
}

/* Rows, then the tree, as text; in three parts cut at a and b. */
static emsign_rc read_cut(const struct ems_json_limits *limits, const char *rows, const char *json,
			  size_t len, size_t a, size_t b, struct ems_buf *text, emsign_error *err)
{
	struct ems_jsonout out = { text, false };
	const struct ems_node *root = NULL;
	struct ems_json *reader;
	emsign_rc rc = ems_json_new(limits, rows, note_row, text, &reader, err);

	if (rc)
		return rc;
	rc = ems_json_feed(reader, json, a, err);
	if (rc == EMSIGN_OK)
		rc = ems_json_feed(reader, json + a, b - a, err);
	if (rc == EMSIGN_OK)
		rc = ems_json_feed(reader, json + b, len - b, err);
	if (rc == EMSIGN_OK)
		rc = ems_json_end(reader, &root, err);
	if (rc == EMSIGN_OK)
		write_node(&out, root);
	else
		assert_null(root);
	ems_json_free(reader);
	return rc;
}

static void expect_text(const char *rows, const char *json, const char *want)
{
	struct ems_buf text = EMS_BUF(65536);
	size_t len = strlen(json);
	emsign_error err;

	assert_int_equal(read_cut(&ems_json_default_limits, rows, json, len, len, len, &text, &err),
			 EMSIGN_OK);
	assert_string_equal(ems_buf_str(&text), want);
	ems_buf_free(&text);
}

static void expect_refusal(const struct ems_json_limits *limits, const char *json, size_t len,
			   const char *sentence)
{
	struct ems_buf text = EMS_BUF(65536);
	emsign_error err;

	assert_int_equal(read_cut(limits, NULL, json, len, len / 2, len, &text, &err),
			 EMSIGN_E_PROTO);
	assert_int_equal(err.rc, EMSIGN_E_PROTO);
	if (!strstr(err.message, sentence))
		fail_msg("'%s' does not say '%s'", err.message, sentence);
	ems_buf_free(&text);
}

/* --- tests ---------------------------------------------------------------------------------- */

static const char *const document =
	"{\"a\":[1,-2.50,1e400,true,false,null],\"rows\":{\"list\":[{\"n\":\"\\u00e9\\/\\\"\"},"
	"[{\"x\":[]}],7,\"t\",null]},\"z\":{\"\":\"k\xc3\xb6ln\"}}";
static const char *const document_tree =
	"{\"a\":[1,-2.50,1e400,true,false,null],\"rows\":{\"list\":[{\"n\":\"\xc3\xa9/\\\"\"},"
	"[{\"x\":[]}],7,\"t\",null]},\"z\":{\"\":\"k\xc3\xb6ln\"}}";
static const char *const document_rows = "{\"n\":\"\xc3\xa9/\\\"\"};[{\"x\":[]}];7;\"t\";null;"
					 "{\"a\":[1,-2.50,1e400,true,false,null],\"rows\":{"
					 "\"list\":[]},\"z\":{\"\":\"k\xc3\xb6ln\"}}";

static void keeps_every_value_and_numbers_as_they_stood(void **state)
{
	(void)state;
	expect_text(NULL, document, document_tree);
	expect_text(NULL, " 12345678901234567890 ", "12345678901234567890");
	expect_text(NULL, "\"alone\"", "\"alone\"");
}

static void hands_out_rows_and_forgets_them(void **state)
{
	(void)state;
	expect_text("rows.list", document, document_rows);
	expect_text("rows.other", document, document_tree);
	expect_text("rows.list", "{\"rows\":{\"list\":{\"n\":1}}}",
		    "{\"rows\":{\"list\":{\"n\":1}}}");
	expect_text("list", "{\"list\":[[1],[2]],\"deep\":{\"list\":[3]}}",
		    "[1];[2];{\"list\":[],\"deep\":{\"list\":[3]}}");
	expect_text("a.b", "[{\"a\":{\"b\":[1]}}]", "[{\"a\":{\"b\":[1]}}]");
}

static void does_not_mind_where_the_bytes_are_cut(void **state)
{
	size_t len = strlen(document);
	emsign_error err;

	(void)state;
	for (size_t a = 0; a <= len; a++)
		for (size_t b = a; b <= len; b++) {
			struct ems_buf text = EMS_BUF(65536);

			assert_int_equal(read_cut(&ems_json_default_limits, "rows.list", document,
						  len, a, b, &text, &err),
					 EMSIGN_OK);
			assert_string_equal(ems_buf_str(&text), document_rows);
			ems_buf_free(&text);
		}
}

static void of_repeated_members_the_first_counts(void **state)
{
	(void)state;
	expect_text(NULL, "{\"a\":1,\"a\":{\"b\":[2,{\"a\":3}]},\"a\":4,\"c\":5}",
		    "{\"a\":1,\"c\":5}");
	expect_text("r.l", "{\"r\":{\"l\":[1],\"l\":[2]},\"r\":{\"l\":[3]}}",
		    "1;{\"r\":{\"l\":[]}}");
	expect_text("r.l", "{\"r\":{},\"r\":{\"l\":[3]}}", "{\"r\":{}}");
	expect_text("l", "{\"l\":[{\"a\":1,\"a\":2}]}", "{\"a\":1};{\"l\":[]}");
}

static void refuses_what_is_no_json(void **state)
{
	static const char *const broken[] = {
		"{\"a\":1,}", "[1 2]",	  "{a:1}", "{\"a\":1}}",     "[NaN]", "[007]",
		"// x\n[]",   "[\"\t\"]", "{} {}", "\xef\xbb\xbf{}", "['a']", "[\"\\x\"]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		expect_refusal(&ems_json_default_limits, broken[i], strlen(broken[i]),
			       "is no JSON near byte");
	expect_refusal(&ems_json_default_limits, "", 0, "is empty");
}

static void refuses_every_cut_off_end(void **state)
{
	size_t len = strlen(document);

	(void)state;
	for (size_t n = 1; n < len; n++)
		expect_refusal(&ems_json_default_limits, document, n, "ends in the middle");
}

static void refuses_text_that_is_not_utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "[\"\xc0\xaf\"]", 6 },     { "[\"\xe0\x80\xaf\"]", 7 },
		{ "[\"\xed\xa0\x80\"]", 7 }, { "[\"\xf4\x90\x80\x80\"]", 8 },
		{ "[\"\xff\"]", 5 },	     { "[\"\xc3\"]", 5 },
		{ "[\"\\udc00\"]", 10 },     { "[\"\\u0000\"]", 10 },
		{ "{\"\xff\":1}", 7 },	     { "{\"a\":1,\"a\":\"\xff\"}", 15 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refusal(&ems_json_default_limits, bad[i].bytes, bad[i].len, "not UTF-8");
}

static void keeps_every_limit(void **state)
{
	static const struct ems_json_limits limits = { 200, 4, 6, 10 };
	char many[300];

	(void)state;
	expect_text(NULL, "[[[[1]]]]", "[[[[1]]]]");
	expect_refusal(&limits, "[[[[[1]]]]]", 11, "deeper than 4 levels");
	expect_refusal(&limits, "{\"a\":1,\"a\":[[[[1]]]]}", 21, "deeper than 4 levels");
	expect_refusal(&limits, "[1,2,3,4,5,6]", 13, "more than 6 values");
	expect_refusal(&limits, "[\"12345678901\"]", 15, "more than 10 bytes");
	expect_refusal(&limits, "{\"12345678901\":1}", 17, "more than 10 bytes");
	expect_refusal(&limits, "[12345678901]", 13, "more than 10 bytes");
	memset(many, ' ', sizeof(many));
	expect_refusal(&limits, many, sizeof(many), "longer than 200 bytes");
}

static void limits_count_what_is_held_at_a_time(void **state)
{
	static const struct ems_json_limits limits = { 2000, 4, 6, 10 };
	struct ems_buf text = EMS_BUF(65536);
	const char *json = "{\"l\":[[1,2],[3,4],[5,6],[7,8],[9,0]]}";
	size_t len = strlen(json);
	emsign_error err;

	(void)state;
	assert_int_equal(read_cut(&limits, "l", json, len, len, len, &text, &err), EMSIGN_OK);
	assert_string_equal(ems_buf_str(&text), "[1,2];[3,4];[5,6];[7,8];[9,0];{\"l\":[]}");
	ems_buf_free(&text);
}

static void refuses_objects_with_too_many_members(void **state)
{
	struct ems_buf json = EMS_BUF(1 << 20);

	(void)state;
	ems_buf_char(&json, '{');
	for (int i = 0; i <= 4096; i++)
		ems_buf_print(&json, "%s\"m%d\":%d", i ? "," : "", i, i);
	ems_buf_char(&json, '}');
	expect_refusal(&ems_json_default_limits, ems_buf_str(&json), json.bytes.len,
		       "more than 4096 members");
	ems_buf_free(&json);
}

/* A text that never ends must not fill the parser's memory either. */
static void caps_the_memory_of_the_parser(void **state)
{
	static const struct ems_json_limits limits = { 1 << 30, 8, 100, 1000 };
	struct ems_json *reader;
	char part[1024];
	emsign_error err;
	emsign_rc rc;

	(void)state;
	memset(part, 'x', sizeof(part));
	assert_int_equal(ems_json_new(&limits, NULL, NULL, NULL, &reader, &err), EMSIGN_OK);
	assert_int_equal(ems_json_feed(reader, "[\"", 2, &err), EMSIGN_OK);
	memory.peak = memory.used;
	for (rc = EMSIGN_OK; rc == EMSIGN_OK;)
		rc = ems_json_feed(reader, part, sizeof(part), &err);
	assert_int_equal(rc, EMSIGN_E_PROTO);
	assert_non_null(strstr(err.message, "more than 1000 bytes"));
	assert_true(memory.peak < 128 * 1024);
	ems_json_free(reader);
}

static void a_failure_is_repeated(void **state)
{
	const struct ems_node *root;
	struct ems_json *reader;
	emsign_error err;

	(void)state;
	assert_int_equal(ems_json_new(&ems_json_default_limits, NULL, NULL, NULL, &reader, &err),
			 EMSIGN_OK);
	assert_int_equal(ems_json_feed(reader, "[}", 2, &err), EMSIGN_E_PROTO);
	assert_int_equal(ems_json_feed(reader, "[]", 2, &err), EMSIGN_E_PROTO);
	assert_int_equal(ems_json_end(reader, &root, &err), EMSIGN_E_PROTO);
	assert_non_null(strstr(err.message, "near byte 2"));
	assert_int_equal(ems_json_end(reader, &root, NULL), EMSIGN_E_PROTO);
	ems_json_free(reader);
}

static emsign_rc stop_at_second(void *ud, const struct ems_node *row, emsign_error *err)
{
	int *seen = ud;

	(void)row;
	(void)err;
	return ++*seen == 2 ? EMSIGN_E_CANCELED : EMSIGN_OK;
}

static void a_row_that_is_not_wanted_ends_the_reading(void **state)
{
	struct ems_json *reader;
	emsign_error err;
	int seen = 0;

	(void)state;
	assert_int_equal(ems_json_new(&ems_json_default_limits, "l", stop_at_second, &seen, &reader,
				      &err),
			 EMSIGN_OK);
	assert_int_equal(ems_json_feed(reader, "{\"l\":[1,2,3]}", 13, &err), EMSIGN_E_CANCELED);
	assert_int_equal(seen, 2);
	assert_int_equal(err.rc, EMSIGN_E_CANCELED);
	ems_json_free(reader);
}

static emsign_rc count_row(void *ud, const struct ems_node *row, emsign_error *err)
{
	(void)row;
	(void)err;
	++*(size_t *)ud;
	return EMSIGN_OK;
}

static void many_rows_need_the_memory_of_one(void **state)
{
	const char *row =
		"{\"number\":\"5917192968\",\"names\":[\"a.example.com\",\"b.example.com\"]}";
	const struct ems_node *root;
	struct ems_json *reader;
	emsign_error err;
	size_t rows = 0;

	(void)state;
	assert_int_equal(
		ems_json_new(&ems_json_default_limits, "l", count_row, &rows, &reader, &err),
		EMSIGN_OK);
	memory.peak = memory.used;
	assert_int_equal(ems_json_feed(reader, "{\"l\":[", 6, &err), EMSIGN_OK);
	for (int i = 0; i < 20000; i++) {
		if (i)
			assert_int_equal(ems_json_feed(reader, ",", 1, &err), EMSIGN_OK);
		assert_int_equal(ems_json_feed(reader, row, strlen(row), &err), EMSIGN_OK);
	}
	assert_int_equal(ems_json_feed(reader, "]}", 2, &err), EMSIGN_OK);
	assert_int_equal(ems_json_end(reader, &root, &err), EMSIGN_OK);
	assert_int_equal(rows, 20000);
	assert_true(memory.peak < 64 * 1024);
	ems_json_free(reader);
}

static void every_allocation_may_fail(void **state)
{
	size_t before = memory.used, len = strlen(document);
	emsign_rc rc = EMSIGN_E_NOMEM;
	emsign_error err;

	(void)state;
	for (size_t n = 1; rc == EMSIGN_E_NOMEM; n++) {
		const struct ems_node *root;
		struct ems_json *reader = NULL;
		size_t rows = 0;

		memory.calls = 0;
		memory.fail_at = n;
		rc = ems_json_new(&ems_json_default_limits, "rows.list", count_row, &rows, &reader,
				  &err);
		for (size_t i = 0; i < len && rc == EMSIGN_OK; i++)
			rc = ems_json_feed(reader, document + i, 1, &err);
		if (rc == EMSIGN_OK)
			rc = ems_json_end(reader, &root, &err);
		memory.fail_at = 0;
		ems_json_free(reader);
		assert_int_equal(memory.used, before);
		assert_true(n < 1000);
		if (n < 10)
			assert_int_equal(rc, EMSIGN_E_NOMEM);
	}
	assert_int_equal(rc, EMSIGN_OK);
}

static void members_are_found_by_name(void **state)
{
	const char *json =
		"{\"t\":\"x\",\"e\":\"\",\"n\":null,\"i\":20,\"b\":true,\"o\":{},\"a\":[1]}";
	const struct ems_node *root;
	struct ems_json *reader;
	emsign_error err;

	(void)state;
	assert_int_equal(ems_json_new(&ems_json_default_limits, NULL, NULL, NULL, &reader, &err),
			 EMSIGN_OK);
	assert_int_equal(ems_json_feed(reader, json, strlen(json), &err), EMSIGN_OK);
	assert_int_equal(ems_json_end(reader, &root, &err), EMSIGN_OK);
	assert_string_equal(ems_node_text(root, "t"), "x");
	assert_string_equal(ems_node_text(root, "i"), "20");
	assert_string_equal(ems_node_text(root, "b"), "true");
	assert_null(ems_node_text(root, "e"));
	assert_null(ems_node_text(root, "n"));
	assert_null(ems_node_text(root, "o"));
	assert_null(ems_node_text(root, "a"));
	assert_null(ems_node_text(root, "absent"));
	assert_null(ems_node_text(NULL, "t"));
	assert_int_equal(ems_node_get(root, "n")->type, EMS_JSON_NULL);
	assert_null(ems_node_get(ems_node_get(root, "a"), "t"));
	ems_json_free(reader);
	ems_json_free(NULL);
}

int main(void)
{
	static const emsign_allocator counting = { sizeof(emsign_allocator), counting_realloc,
						   NULL };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_every_value_and_numbers_as_they_stood),
		cmocka_unit_test(hands_out_rows_and_forgets_them),
		cmocka_unit_test(does_not_mind_where_the_bytes_are_cut),
		cmocka_unit_test(of_repeated_members_the_first_counts),
		cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(refuses_every_cut_off_end),
		cmocka_unit_test(refuses_text_that_is_not_utf8),
		cmocka_unit_test(keeps_every_limit),
		cmocka_unit_test(limits_count_what_is_held_at_a_time),
		cmocka_unit_test(refuses_objects_with_too_many_members),
		cmocka_unit_test(caps_the_memory_of_the_parser),
		cmocka_unit_test(a_failure_is_repeated),
		cmocka_unit_test(a_row_that_is_not_wanted_ends_the_reading),
		cmocka_unit_test(many_rows_need_the_memory_of_one),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(members_are_found_by_name),
	};

	if (emsign_set_allocator(&counting) != EMSIGN_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
