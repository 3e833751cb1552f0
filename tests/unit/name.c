/* SPDX-License-Identifier: MIT */
/* Domain names: their one spelling, and what is none. */
#include "../support/fail.h"

#include <stdbool.h>
#include <string.h>

#include "model/name.h"

#define X10 "xxxxxxxxxx"
#define X63 X10 X10 X10 X10 X10 X10 "xxx"
#define LABELS189 X63 "." X63 "." X63 /* 191 octets with its dots */

static void check_good(const char *said, const char *spelt, bool internal)
{
	char out[EMS_NAME_MAX];
	emsign_error err;

	if (ems_name_canonical("san", said, internal, out, &err))
		fail_msg("'%s': %s", said, err.message);
	assert_string_equal(out, spelt);
}

static void check_bad(const char *said, const char *why, bool internal)
{
	char out[EMS_NAME_MAX];
	emsign_error err;

	memset(out, 'x', sizeof(out));
	if (ems_name_canonical("san", said, internal, out, &err) != EMSIGN_E_INVALID)
		fail_msg("'%s' is accepted", said);
	assert_string_equal(out, "");
	assert_int_equal(err.rc, EMSIGN_E_INVALID);
	if (!strstr(err.message, why))
		fail_msg("'%s': %s", said, err.message);
	assert_int_equal(ems_name_canonical("san", said, internal, out, NULL), EMSIGN_E_INVALID);
}

static void one_spelling(void **state)
{
	static const struct {
		const char *said, *spelt;
	} rows[] = {
		{ "example.com", "example.com" },
		{ "WWW.Example.COM", "www.example.com" },
		{ "example.com.", "example.com" },
		{ "*.Example.com", "*.example.com" },
		{ "*.example.com.", "*.example.com" },
		{ "a-b.1.example.com", "a-b.1.example.com" },
		{ "1.2.3.com", "1.2.3.com" },
		{ "7.example", "7.example" },
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example" },
		{ "B\xc3\x9c"
		  "CHER.example",
		  "xn--bcher-kva.example" },
		{ "bu\xcc\x88"
		  "cher.example",
		  "xn--bcher-kva.example" }, /* u and its dots apart */
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "XN--BCHER-KVA.Example", "xn--bcher-kva.example" },
		{ "*.b\xc3\xbc"
		  "cher.example",
		  "*.xn--bcher-kva.example" },
		{ "stra\xc3\x9f"
		  "e.example",
		  "xn--strae-oqa.example" }, /* sharp s, not "strasse" */
		{ "xn--strae-oqa.example", "xn--strae-oqa.example" },
		{ "\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
		  "xn--r8jz45g.xn--zckzah" }, /* an ideographic full stop */
		{ "\xef\xbd\x85xample.com", "example.com" }, /* a full-width letter */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_good(rows[i].said, rows[i].spelt, false);
		check_good(rows[i].spelt, rows[i].spelt, false);
		check_good(rows[i].said, rows[i].spelt, true);
	}
}

static void things_that_are_no_names(void **state)
{
	static const struct {
		const char *said, *why;
	} rows[] = {
		{ "", "is not a domain name: it is empty" },
		{ "https://example.com/", "it is a URL" },
		{ "example.com/path", "it has a path" },
		{ "alex@example.com", "it is an e-mail address" },
		{ "a.example.com,b.example.com", "give several names one by one" },
		{ "example.com:443", "it is an address or has a port" },
		{ "2001:db8::1", "it is an address" },
		{ "192.0.2.1", "it is an address" },
		{ "\xef\xbc\x91.\xef\xbc\x92.\xef\xbc\x93.\xef\xbc\x94",
		  "its last label is a number" },
		{ "example.123", "its last label is a number" },
		{ " example.com", "white space" },
		{ "example.com\n", "white space" },
		{ "a b.example.com", "white space" },
		{ "example", "it has a single label" },
		{ "*.example", "it has a single label" },
		{ "*.", "a label is empty" },
		{ "*", "'*' may only stand alone" },
		{ ".", "a label is empty" },
		{ ".example.com", "a label is empty" },
		{ "a..example.com", "a label is empty" },
		{ "example.com..", "a label is empty" },
		{ "*.*.example.com", "'*' may only stand alone as the first label" },
		{ "a*.example.com", "'*' may only stand alone as the first label (label 'a*')" },
		{ "www.*.example.com", "'*' may only stand alone" },
		{ "\xef\xbc\x8a.example.com", "'*' may only stand alone" }, /* a full-width star */
		{ "a_b.example.com",
		  "only letters, digits and '-' may stand in a label (label 'a_b')" },
		{ "_dmarc.example.com", "(label '_dmarc')" },
		{ "b<c.example.com", "(label 'b<c')" },
		{ "-a.example.com", "a label begins or ends with '-' (label '-a')" },
		{ "www.a-.example.com", "a label begins or ends with '-' (label 'a-')" },
		{ "ab--cd.example.com", "kept for A-labels (label 'ab--cd')" },
		{ X63 "x.com", "a label has more than 63 characters" },
		{ "xn--zzzzz99999.example", "it has no A-label (label 'xn--zzzzz99999')" },
		{ "www.a\xe2\x80\x8d"
		  "b.example",
		  "it has no A-label (label 'a\xe2\x80\x8d"
		  "b')" },
		{ "*.\xe2\x98\x83.example", "(label '\xe2\x98\x83')" },
		{ "a.\xff.example.com", "it is not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_bad(rows[i].said, rows[i].why, false);
}

static void the_sentence_names_field_and_value(void **state)
{
	char out[EMS_NAME_MAX];
	emsign_error err;

	(void)state;
	ems_name_canonical("san", "a_b.example.com", false, out, &err);
	assert_string_equal(err.message,
			    "san 'a_b.example.com' is not a domain name: only letters, "
			    "digits and '-' may stand in a label (label 'a_b')");
	ems_name_canonical("domain", "https://example.com/", false, out, &err);
	assert_string_equal(err.message, "domain 'https://example.com/' is not a domain name: "
					 "it is a URL; give the host name alone");
}

static void names_of_an_intranet(void **state)
{
	(void)state;
	check_good("Printer", "printer", true);
	check_good("printer.", "printer", true);
	check_good("printer7", "printer7", true);
	check_bad("printer", "it has a single label", false);
	check_bad("*.printer", "it has a single label", true);
	check_bad("10.0.0.1", "it is an address", true);
	check_bad("\xef\xbc\x91\xef\xbc\x92", "its last label is a number", true);
	check_bad("a_b", "only letters", true);
}

static void lengths(void **state)
{
	const char *longest = LABELS189 "." X10 X10 X10 X10 X10 X10 "x"; /* 253 */
	const char *too_long = LABELS189 "." X10 X10 X10 X10 X10 X10 "xx";
	const char *wild = "*." LABELS189 "." X10 X10 X10 X10 X10 "xxxxxxxxx"; /* 253 */
	const char *wild_too_long = "*." LABELS189 "." X10 X10 X10 X10 X10 X10;
	char said[400];

	(void)state;
	assert_int_equal(strlen(longest), 253);
	assert_int_equal(strlen(too_long), 254);
	assert_int_equal(strlen(wild), 253);
	assert_int_equal(strlen(wild_too_long), 254);
	check_good(X63 ".com", X63 ".com", false);
	check_bad(X63 "x.com", "more than 63", false);
	check_good(longest, longest, false);
	strcpy(said, longest);
	strcat(said, "."); /* the trailing dot does not count */
	check_good(said, longest, false);
	check_bad(too_long, "it has more than 253 characters", false);
	strcpy(said, too_long);
	strcat(said, ".");
	check_bad(said, "it has more than 253 characters", false);
	check_good(wild, wild, false);
	check_bad(wild_too_long, "it has more than 253 characters", false);
	strcpy(said, longest);
	strcat(said, "." X63 "." X63);
	check_bad(said, "it has more than 253 characters", false);
	memset(said, 'x', 300);
	strcpy(said + 300, ".com");
	check_bad(said, "it has more than 253 characters", false);
	/* a label of 120 letters; what counts is its A-label */
	memset(said, 0, sizeof(said));
	for (int i = 0; i < 60; i++)
		strcat(said, "\xc3\xbc\xc3\xa4");
	strcat(said, ".example");
	check_bad(said, "more than 63", false);
}

static void covering(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool covers;
	} rows[] = {
		{ "a.b", "a.b", true },
		{ "A.b", "a.B", true },
		{ "a.b", "x.a.b", false },
		{ "*.a.b", "x.a.b", true },
		{ "*.A.b", "x.a.B", true },
		{ "*.a.b", "*.a.b", true },
		{ "*.a.b", "a.b", false },
		{ "*.a.b", "y.x.a.b", false },
		{ "*.a.b", "*.x.a.b", false },
		{ "*.a.b", ".a.b", false },
		{ "*.a.b", "xa.b", false },
		{ "*.a.b", "x.a.bc", false },
		{ "*.x.a.b", "*.a.b", false },
		{ "*.a.b", "", false },
		{ "*.a.b", "a", false },
		{ "x*.a.b", "xy.a.b", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (ems_name_covers(rows[i].pattern, rows[i].name) != rows[i].covers)
			fail_msg("'%s' and '%s'", rows[i].pattern, rows[i].name);
}

static void good_mail(void **state)
{
	static const char *const texts[] = {
		"alex@example.com", "Alex.Example@Example.COM", "a@b.co", "o'brien+tag@example.com",
		"{x}~!#$%&*/=?^_`|-@example.com", "alex@b\xc3\xbc" "cher.example",
		X63 "x@example.com",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!ems_name_is_email(texts[i]))
			fail_msg("'%s' is refused", texts[i]);
}

static void bad_mail(void **state)
{
	static const char *const texts[] = {
		"", "@", "alex", "alex@", "@example.com", "alex@example", "alex@@example.com",
		"a@b@example.com", ".alex@example.com", "alex.@example.com", "al..ex@example.com",
		"alex@example..com", "alex@.example.com", "alex@example.com.", "alex@*.example.com",
		"alex @example.com", "alex@exa mple.com", "alex@example.com ", "alex@192.0.2.1",
		"alex@[192.0.2.1]", "alex\n@example.com", "Alex <alex@example.com>",
		"\"alex\"@example.com", "alex@example.com,b@example.com", "alex@exam_ple.com",
		"\xc3\xa4@example.com", X63 "xx@example.com", "mailto:alex@example.com",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (ems_name_is_email(texts[i]))
			fail_msg("'%s' is accepted", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_spelling),
		cmocka_unit_test(things_that_are_no_names),
		cmocka_unit_test(the_sentence_names_field_and_value),
		cmocka_unit_test(names_of_an_intranet),
		cmocka_unit_test(lengths),
		cmocka_unit_test(covering),
		cmocka_unit_test(good_mail),
		cmocka_unit_test(bad_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
