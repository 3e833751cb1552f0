/* SPDX-License-Identifier: MIT */
/* Small questions about text. */
#include "../support/fail.h"

#include <string.h>

#include "base/text.h"

static void comparing(void **state)
{
	(void)state;
	assert_true(ems_text_equal("a", "a"));
	assert_false(ems_text_equal("a", "A"));
	assert_true(ems_text_equal(NULL, NULL));
	assert_false(ems_text_equal(NULL, ""));
	assert_false(ems_text_equal("", NULL));
	assert_true(ems_text_equal_nocase("aBz-1", "AbZ-1"));
	assert_false(ems_text_equal_nocase("ab", "abc"));
	assert_false(ems_text_equal_nocase("abc", "ab"));
	assert_true(ems_text_equal_nocase(NULL, NULL));
	assert_false(ems_text_equal_nocase(NULL, ""));
	/* neighbours of the letters, and bytes beyond ASCII, have no other case */
	assert_false(ems_text_equal_nocase("@[", "`{"));
	assert_false(ems_text_equal_nocase("\xc3\x89", "\xc3\xa9"));
}

static void searching(void **state)
{
	(void)state;
	assert_true(ems_text_contains_nocase("Order not Found", "NOT found"));
	assert_true(ems_text_contains_nocase("abc", ""));
	assert_true(ems_text_contains_nocase("abc", "c"));
	assert_false(ems_text_contains_nocase("abc", "cd"));
	assert_false(ems_text_contains_nocase("", "c"));
	assert_false(ems_text_contains_nocase(NULL, "c"));
	assert_false(ems_text_contains_nocase(NULL, ""));
	assert_true(ems_text_starts("*.a", "*."));
	assert_true(ems_text_starts("a", ""));
	assert_false(ems_text_starts("a", "ab"));
	assert_false(ems_text_starts(NULL, ""));
	assert_true(ems_text_ends("a/", "/"));
	assert_true(ems_text_ends("a", ""));
	assert_false(ems_text_ends("b", "ab"));
	assert_false(ems_text_ends("ab", "a"));
	assert_false(ems_text_ends(NULL, "a"));
	assert_false(ems_text_ends(NULL, ""));
	assert_true(ems_text_empty(NULL) && ems_text_empty(""));
	assert_false(ems_text_empty(" "));
}

static void digits(void **state)
{
	(void)state;
	assert_true(ems_text_digits("0123456789", 10, 10));
	assert_true(ems_text_digits("", 0, 5));
	assert_false(ems_text_digits("", 1, 5));
	assert_false(ems_text_digits("12", 3, 5));
	assert_false(ems_text_digits("123456", 3, 5));
	assert_false(ems_text_digits("12a", 1, 5));
	assert_false(ems_text_digits("-12", 1, 5));
	assert_false(ems_text_digits("\xd9\xa1", 1, 5)); /* an Arabic digit */
	assert_false(ems_text_digits(NULL, 0, 5));
}

static void numbers(void **state)
{
	static const char *const junk[] = {
		"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "one"
	};
	int64_t n = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(junk); i++)
		assert_false(ems_text_int(junk[i], 0, 100, &n));
	assert_false(ems_text_int(NULL, 0, 100, &n));
	assert_false(ems_text_int("9", 10, 20, &n));
	assert_false(ems_text_int("21", 10, 20, &n));
	assert_false(ems_text_int("9223372036854775808", 0, INT64_MAX, &n));
	assert_false(ems_text_int("18446744073709551617", 0, INT64_MAX, &n)); /* 2^64 + 1 */
	assert_false(ems_text_int("99999999999999999999999", 0, INT64_MAX, &n));
	assert_int_equal(n, 42);
	assert_true(ems_text_int("10", 10, 20, &n) && n == 10);
	assert_true(ems_text_int("20", 10, 20, &n) && n == 20);
	assert_true(ems_text_int("0", 0, 0, &n) && n == 0);
	assert_true(ems_text_int("9223372036854775807", 0, INT64_MAX, &n) && n == INT64_MAX);
	assert_true(ems_text_int("0000000000000000000000012", 0, 20, &n) && n == 12);
}

static void good_utf8(void **state)
{
	static const char *const texts[] = {
		"", "plain", "\x01\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"a\xc3\xa9z\xe2\x82\xacz\xf0\x9f\x98\x80",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_true(ems_text_utf8(texts[i], strlen(texts[i])));
}

static void bad_utf8(void **state)
{
	static const char *const texts[] = {
		"\x80", "\xbf", "a\x80",                   /* a tail without a head */
		"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",                        /* longer than need be */
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\xbd\xed\xb8\x80", /* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xfe", "\xff",                            /* beyond U+10FFFF */
		"\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xe2",  /* cut off */
		"\xc3z", "\xe2\x82z", "\xe2z\xac", "\xf0\x9f\x98z", "\xc3\xc3\xa9", "\xc3\xff",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(ems_text_utf8(texts[i], strlen(texts[i])));
	assert_false(ems_text_utf8("a\0b", 3));
	/* the length counts, not what lies behind it */
	assert_false(ems_text_utf8("\xe2\x82\xac", 2));
	assert_true(ems_text_utf8("a\xff", 1));
}

static void characters_have_lengths(void **state)
{
	(void)state;
	assert_int_equal(ems_text_char("a\xff", 2), 1);
	assert_int_equal(ems_text_char("\xc3\xa9x", 3), 2);
	assert_int_equal(ems_text_char("\xe2\x82\xac", 3), 3);
	assert_int_equal(ems_text_char("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(ems_text_char("\xf0\x9f\x98\x80", 3), 0);
	assert_int_equal(ems_text_char("\0", 1), 0);
}

static void hex(void **state)
{
	char out[9];

	(void)state;
	ems_text_hex("\x00\x0f\xf0\xa5", 4, out);
	assert_string_equal(out, "000ff0a5");
	ems_text_hex("", 0, out);
	assert_string_equal(out, "");
}

static void choices(void **state)
{
	const char *canonical;
	size_t len;

	(void)state;
	assert_true(ems_text_choice("us|India|sandbox", "SANDBOX", &canonical, &len));
	assert_int_equal(len, 7);
	assert_memory_equal(canonical, "sandbox", 7);
	assert_true(ems_text_choice("us|India|sandbox", "india", &canonical, &len));
	assert_memory_equal(canonical, "India", 5);
	assert_true(ems_text_choice("v1", "v1", &canonical, &len));
	assert_false(ems_text_choice("us|india", "us|india", &canonical, &len));
	assert_false(ems_text_choice("us|india", "u", &canonical, &len));
	assert_false(ems_text_choice("us|india", "usa", &canonical, &len));
	assert_false(ems_text_choice("us|india", "", &canonical, &len));
	assert_false(ems_text_choice("", "us", &canonical, &len));
}

static const char *nth(const void *ud, size_t i)
{
	return ((const char *const *)ud)[i];
}

static void closest_word(void **state)
{
	static const char *const words[] = { "product", "domain", "san", "organization",
					     "organization.name", "renew_days", NULL };
	static const char long_word[] =
		"a_field_name_that_is_longer_than_any_that_there_could_be_"
		"because_somebody_pasted_a_whole_sentence_where_a_name_of_a_"
		"field_belongs_and_did_not_look_at_it_again";
	static const struct {
		const char *said, *closest;
	} rows[] = {
		{ "prodcut", "product" },      /* neighbours changed places */
		{ "produkt", "product" },
		{ "PRODUCTS", "product" },
		{ "domian", "domain" },
		{ "sans", "san" },
		{ "organisation", "organization" },
		{ "organization-name", "organization.name" },
		{ "renewdays", "renew_days" },
		{ "product", "product" },
		{ "xyz", NULL },
		{ "certificate_password", NULL },
		{ "", NULL },
		{ long_word, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *found = ems_text_closest(rows[i].said, nth, words);

		if (!ems_text_equal(found, rows[i].closest))
			fail_msg("'%s' gives '%s'", rows[i].said, found ? found : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(searching),
		cmocka_unit_test(digits),
		cmocka_unit_test(numbers),
		cmocka_unit_test(good_utf8),
		cmocka_unit_test(bad_utf8),
		cmocka_unit_test(characters_have_lengths),
		cmocka_unit_test(hex),
		cmocka_unit_test(choices),
		cmocka_unit_test(closest_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
