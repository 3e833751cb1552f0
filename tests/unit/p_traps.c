/* SPDX-License-Identifier: MIT */
/* What has bitten other clients, as far as names, dates and records go; one test per trap. */
#include "../support/fail.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../support/sample.h"
#include "base/time.h"
#include "model/form.h"
#include "model/name.h"

#define X10 "xxxxxxxxxx"
#define X63 X10 X10 X10 X10 X10 X10 "xxx"

/* Reproducible throws of a die. */
static uint32_t seed = 1;

static size_t pick(size_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % n;
}

static const char *canonical(const char *said, char out[EMS_NAME_MAX])
{
	emsign_error err;

	if (ems_name_canonical("san", said, false, out, &err))
		fail_msg("'%s': %s", said, err.message);
	return out;
}

/* --- P16: the list of names drifts -------------------------------------------------------- */

static int by_text(const void *x, const void *y)
{
	return strcmp(x, y);
}

/* Any order and any spelling of the same names is the same set. */
static void test_p16_spellings_of_a_set_are_one_set(void **state)
{
	static const char *const spellings[][4] = {
		{ "example.com", "EXAMPLE.com", "example.com.", "\xef\xbd\x85xample.com" },
		{ "*.example.com", "*.Example.COM", "*.example.com.", "*.EXAMPLE.COM." },
		{ "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", "B\xc3\x9c" "CHER.Example",
		  "XN--BCHER-KVA.EXAMPLE." },
		{ "www.example.com", "WWW.example.com", "www.Example.com.", "wWw.example.com" },
	};
	enum { NAMES = COUNT(spellings) };

	(void)state;
	for (int round = 0; round < 500; round++) {
		char set[NAMES][EMS_NAME_MAX];
		size_t order[NAMES] = { 0, 1, 2, 3 };

		for (size_t i = NAMES; i > 1; i--) {
			size_t k = pick(i), swap = order[i - 1];

			order[i - 1] = order[k];
			order[k] = swap;
		}
		for (size_t i = 0; i < NAMES; i++)
			canonical(spellings[order[i]][pick(4)], set[i]);
		qsort(set, NAMES, sizeof(set[0]), by_text);
		assert_string_equal(set[0], "*.example.com");
		assert_string_equal(set[1], "example.com");
		assert_string_equal(set[2], "www.example.com");
		assert_string_equal(set[3], "xn--bcher-kva.example");
	}
}

/* --- P17: common names ------------------------------------------------------------------------ */

static void test_p17_long_common_names_are_kept_whole(void **state)
{
	static const char *const names[] = {
		X10 X10 X10 X10 X10 "xxxxxxxxx.abcd", /* 64 octets, what a common name may have */
		X10 X10 X10 X10 X10 X10 ".abcd",      /* 65 */
		X63 "." X63 "." X63 "." X10 X10 X10 X10 X10 X10 "x", /* 253 */
	};
	static const size_t sizes[] = { 64, 65, 253 };
	char out[EMS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(strlen(names[i]), sizes[i]);
		assert_string_equal(canonical(names[i], out), names[i]);
	}
	assert_int_equal(ems_name_canonical("domain", "", false, out, NULL), EMSIGN_E_INVALID);
}

static void test_p17_the_common_name_is_one_of_the_names(void **state)
{
	const emsign_kv form[] = { { "san", "b.example" }, { "domain", "a.example" },
				   { "san", "a.example" }, { "san", "b.example" }, { NULL, NULL } };
	struct ems_kvlist names = { 0 };

	(void)state;
	ems_form_names(form, &names);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.items[0].key, "a.example");
	assert_string_equal(names.items[1].key, "b.example");
	ems_kvlist_free(&names);
}

/* --- P18: names beyond ASCII ------------------------------------------------------------------ */

static void test_p18_u_labels_become_a_labels(void **state)
{
	static const struct {
		const char *u, *a;
	} rows[] = {
		/* RFC 3492, 7.1 */
		{ "他们为什么不说中文.example", "xn--ihqwcrb4cv8a8dqg056pqjye.example" },
		{ "TạisaohọkhôngthểchỉnóitiếngViệt.example",
		  "xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g.example" },
		{ "MajiでKoiする5秒前.example", "xn--majikoi5-783gue6qz075azm5e.example" },
		{ "パフィーdeルンバ.example", "xn--de-jg4avhby1noc0d.example" },
		{ "そのスピードで.example", "xn--d9juau41awczczp.example" },
		/* the test domains of the root zone */
		{ "пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f" },
		{ "παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp" },
		{ "例え.テスト", "xn--r8jz45g.xn--zckzah" },
		/* sharp s is a letter of its own, final sigma too */
		{ "straße.example", "xn--strae-oqa.example" },
		{ "*.faß.example", "*.xn--fa-hia.example" },
		{ "σόλος.example", "xn--wxaijb9b.example" },
		/* joiners only where a script needs them */
		{ "क्‍ष.example", "xn--11b2ezcw70k.example" },
		/* mixed scripts are legal; the A-label shows what it is */
		{ "pаypal.example", "xn--pypal-4ve.example" },
		{ "*.BÜCHER.example", "*.xn--bcher-kva.example" },
	};
	char out[EMS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(canonical(rows[i].u, out), rows[i].a);
		assert_string_equal(canonical(rows[i].a, out), rows[i].a);
	}
}

static void test_p18_refusals_name_the_label(void **state)
{
	static const struct {
		const char *name, *label;
	} rows[] = {
		{ "www.a\xe2\x80\x8d"
		  "b.example",
		  "(label 'a\xe2\x80\x8d"
		  "b')" }, /* a stray joiner */
		{ "www.☃.example", "(label '☃')" },
		{ "xn--zzzzz99999.example", "(label 'xn--zzzzz99999')" },
		{ "*.a_b.bücher.example", "(label 'a_b')" },
		{ "אa.example", "(label 'אa')" }, /* both directions in one label */
	};
	char out[EMS_NAME_MAX];
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ems_name_canonical("san", rows[i].name, false, out, &err),
				 EMSIGN_E_INVALID);
		if (!strstr(err.message, rows[i].label))
			fail_msg("'%s': %s", rows[i].name, err.message);
	}
}

/* --- P19: wildcards --------------------------------------------------------------------------- */

/* SIP wants the host under its own wildcard, others the apex beside it: nothing is dropped. */
static void test_p19_redundant_names_are_kept(void **state)
{
	const emsign_kv form[] = { { "domain", "*.example.com" }, { "san", "sip.example.com" },
				   { "san", "example.com" }, { NULL, NULL } };
	struct ems_kvlist names = { 0 };

	(void)state;
	ems_form_names(form, &names);
	assert_int_equal(names.n, 3);
	assert_string_equal(names.items[0].key, "*.example.com");
	assert_string_equal(names.items[1].key, "sip.example.com");
	assert_string_equal(names.items[2].key, "example.com");
	assert_true(ems_name_covers(names.items[0].key, names.items[1].key));
	assert_false(ems_name_covers(names.items[0].key, names.items[2].key));
	ems_kvlist_free(&names);
}

static void test_p19_a_star_stands_first_and_alone(void **state)
{
	static const char *const bad[] = { "*",	      "*.",	  "*example.com", "a.*.com",
					   "*.*.com", "w*.a.com", "../*.a.com",	  "*.a.com/../x" };
	char out[EMS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ems_name_canonical("san", bad[i], false, out, NULL),
				 EMSIGN_E_INVALID);
}

/* --- P20: names that the CA adds -------------------------------------------------------------- */

static void test_p20_the_www_twin_is_expected(void **state)
{
	static const struct {
		const char *domain, *twin; /* NULL: it has none */
	} rows[] = {
		{ "example.com", "www.example.com" },
		{ "www.example.com", "example.com" },
		{ "shop.example.com", "www.shop.example.com" },
		{ "www.com", "www.www.com" }, /* never a top-level domain */
		{ "*.example.com", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const emsign_kv form[] = { { "domain", rows[i].domain }, { "secure_www", "yes" },
					   { NULL, NULL } };
		struct ems_kvlist names = { 0 };

		ems_form_names(form, &names);
		assert_int_equal(names.n, rows[i].twin ? 2 : 1);
		assert_string_equal(names.items[0].key, rows[i].domain);
		if (rows[i].twin)
			assert_string_equal(names.items[1].key, rows[i].twin);
		ems_kvlist_free(&names);
	}
}

/* --- P28: details overwritten by a poorer answer ---------------------------------------------- */

static bool is_absent(const struct ems_member *m, const void *record)
{
	static const int64_t zero;

	/* pointers and numbers alike: absent is all bits zero */
	return memcmp((const char *)record + m->offset, &zero, sizeof(char *)) == 0;
}

static void throw_record(struct sample *s, const struct ems_kind *kind)
{
	sample_clear(s);
	for (size_t i = 0; i < kind->n_members; i++)
		if (pick(2))
			sample_set(s, kind, i, (int)pick(3));
}

static void check_merging(const struct ems_kind *kind)
{
	static struct sample a, b, c;
	void *ab, *bc, *left, *right, *again;

	throw_record(&a, kind);
	throw_record(&b, kind);
	throw_record(&c, kind);
	ab = ems_record_merge(kind, a.record, b.record);
	bc = ems_record_merge(kind, b.record, c.record);
	left = ems_record_merge(kind, ab, c.record);
	right = ems_record_merge(kind, a.record, bc);
	again = ems_record_merge(kind, left, left);
	assert_true(ems_record_equal(kind, left, right));
	assert_true(ems_record_equal(kind, left, again));
	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];

		assert_int_equal(is_absent(m, left), is_absent(m, a.record) &&
				 is_absent(m, b.record) && is_absent(m, c.record));
	}
	emsign_free(ab);
	emsign_free(bc);
	emsign_free(left);
	emsign_free(right);
	emsign_free(again);
}

static void test_p28_merging_never_loses_a_value(void **state)
{
	size_t n;
	const struct ems_kind *kinds = ems_kinds(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (int round = 0; round < 100; round++)
			check_merging(&kinds[i]);
}

/* --- P33: dates without a zone ---------------------------------------------------------------- */

static void check_dates(void)
{
	static const struct {
		const char *text;
		int64_t t;
	} rows[] = {
		{ "2026-01-15 10:20:30", 1768472430 },
		{ "2026-07-15 10:20:30", 1784110830 },
		/* an hour that Europe skips, and one that it has twice; the same for New York */
		{ "2026-03-29 01:30:00", 1774747800 },
		{ "2026-03-29 02:30:00", 1774751400 },
		{ "2026-10-25 01:30:00", 1792891800 },
		{ "2026-10-25 02:30:00", 1792895400 },
		{ "2026-03-08 02:30:00", 1772937000 },
		{ "2026-11-01 01:30:00", 1793496600 },
	};
	char text[EMS_TIME_TEXT];
	int64_t t;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(ems_time_parse(rows[i].text, &t));
		assert_true(t == rows[i].t);
		ems_time_rfc3339(t, text);
		assert_memory_equal(text, rows[i].text, 10);
		assert_memory_equal(text + 11, rows[i].text + 11, 8);
		assert_string_equal(text + 19, "Z");
	}
	assert_false(ems_time_parse("2026-02-30 10:00:00", &t));
}

static void test_p33_dates_do_not_depend_on_the_time_zone(void **state)
{
	static const char *const zones[] = {
		"UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati",
		"Pacific/Pago_Pago", "Australia/Lord_Howe", "CET-1CEST,M3.5.0,M10.5.0/3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		check_dates();
	}
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p16_spellings_of_a_set_are_one_set),
		FAIL_TEST(test_p17_long_common_names_are_kept_whole),
		FAIL_TEST(test_p17_the_common_name_is_one_of_the_names),
		FAIL_TEST(test_p18_u_labels_become_a_labels),
		FAIL_TEST(test_p18_refusals_name_the_label),
		FAIL_TEST(test_p19_redundant_names_are_kept),
		FAIL_TEST(test_p19_a_star_stands_first_and_alone),
		FAIL_TEST(test_p20_the_www_twin_is_expected),
		FAIL_TEST(test_p28_merging_never_loses_a_value),
		FAIL_TEST(test_p33_dates_do_not_depend_on_the_time_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
