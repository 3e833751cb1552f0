/* SPDX-License-Identifier: MIT */
/* Named values: looking up, building, packing. */
#include "../support/fail.h"

#include <string.h>

#include "base/alloc.h"
#include "base/kv.h"

static const emsign_kv sample[] = {
	{ "a", "1" }, { "b", "yes" }, { "a", "2" }, { "c", "" }, { "a", "3" }, { NULL, NULL },
};

static void looking_up(void **state)
{
	(void)state;
	assert_string_equal(ems_kv_get(sample, "a"), "1");
	assert_string_equal(ems_kv_get(sample, "c"), "");
	assert_null(ems_kv_get(sample, "A"));
	assert_null(ems_kv_get(NULL, "a"));
	assert_string_equal(ems_kv_nth(sample, "a", 0), "1");
	assert_string_equal(ems_kv_nth(sample, "a", 2), "3");
	assert_null(ems_kv_nth(sample, "a", 3));
	assert_int_equal(ems_kv_count(sample), 5);
	assert_int_equal(ems_kv_count(NULL), 0);
}

static void only_yes_is_yes(void **state)
{
	const emsign_kv kv[] = { { "no", "no" }, { "one", "1" }, { "big", "YES" }, { NULL, NULL } };

	(void)state;
	assert_true(ems_kv_yes(sample, "b"));
	assert_false(ems_kv_yes(sample, "c"));
	assert_false(ems_kv_yes(sample, "z"));
	for (size_t i = 0; kv[i].key; i++)
		assert_false(ems_kv_yes(kv, kv[i].key));
	assert_false(ems_kv_yes(NULL, "b"));
}

static void lists_copy_what_is_added(void **state)
{
	struct ems_kvlist l = { 0 };
	char value[] = "first";

	(void)state;
	assert_int_equal(ems_kv_count(ems_kvlist_kv(&l)), 0);
	ems_kvlist_add(&l, "a", value);
	value[0] = 'X';
	ems_kvlist_add(&l, "nothing", NULL);
	ems_kvlist_add_int(&l, "min", INT64_MIN);
	ems_kvlist_add_all(&l, sample);
	ems_kvlist_add_all(&l, NULL);
	assert_int_equal(l.rc, EMSIGN_OK);
	assert_int_equal(l.n, 7);
	assert_int_equal(ems_kv_count(ems_kvlist_kv(&l)), 7);
	assert_string_equal(ems_kv_get(ems_kvlist_kv(&l), "a"), "first");
	assert_string_equal(ems_kv_get(ems_kvlist_kv(&l), "min"), "-9223372036854775808");
	assert_string_equal(ems_kv_nth(ems_kvlist_kv(&l), "a", 3), "3");
	ems_kvlist_free(&l);
	assert_int_equal(ems_kv_count(ems_kvlist_kv(&l)), 0);
}

static void setting_replaces_the_first_of_its_name(void **state)
{
	struct ems_kvlist l = { 0 };

	(void)state;
	ems_kvlist_add_all(&l, sample);
	ems_kvlist_set(&l, "a", "new");
	ems_kvlist_set(&l, "d", "added");
	ems_kvlist_set(&l, "b", NULL);
	ems_kvlist_set(&l, "e", NULL);
	assert_int_equal(l.rc, EMSIGN_OK);
	assert_int_equal(l.n, 6);
	assert_string_equal(ems_kv_nth(l.items, "a", 0), "new");
	assert_string_equal(ems_kv_nth(l.items, "a", 1), "2");
	assert_string_equal(ems_kv_get(l.items, "b"), "yes");
	assert_string_equal(ems_kv_get(l.items, "d"), "added");
	ems_kvlist_free(&l);
}

static void long_lists_stay_terminated(void **state)
{
	struct ems_kvlist l = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		ems_kvlist_add_int(&l, "n", i);
		assert_int_equal(ems_kv_count(ems_kvlist_kv(&l)), i + 1);
	}
	assert_string_equal(ems_kv_nth(l.items, "n", 99), "99");
	ems_kvlist_free(&l);
}

static void packing_makes_one_block(void **state)
{
	emsign_kv with_null[] = { { "a", NULL }, { "b", "" }, { NULL, NULL } };
	emsign_kv *packed = ems_kv_pack(sample);
	const char *end = (const char *)packed + ems_alloc_size(packed);

	(void)state;
	assert_int_equal(fail_count(), 1);
	assert_int_equal(ems_kv_count(packed), 5);
	for (size_t i = 0; packed[i].key; i++) {
		assert_string_equal(packed[i].key, sample[i].key);
		assert_string_equal(packed[i].value, sample[i].value);
		assert_true(packed[i].key > (const char *)packed && packed[i].value < end);
	}
	emsign_free(packed);

	packed = ems_kv_pack(with_null);
	assert_string_equal(packed[0].key, "a");
	assert_null(packed[0].value);
	assert_string_equal(packed[1].value, "");
	assert_null(packed[2].key);
	emsign_free(packed);

	packed = ems_kv_pack(NULL);
	assert_null(packed[0].key);
	emsign_free(packed);
}

static emsign_rc build_and_pack(void)
{
	struct ems_kvlist l = { 0 };
	emsign_kv *packed = NULL;
	emsign_rc rc;

	for (int i = 0; i < 20; i++)
		ems_kvlist_add(&l, "key", "value");
	ems_kvlist_set(&l, "key", "other");
	ems_kvlist_set(&l, "new", "value");
	rc = l.rc;
	if (rc == EMSIGN_OK) {
		packed = ems_kv_pack(ems_kvlist_kv(&l));
		rc = packed ? EMSIGN_OK : EMSIGN_E_NOMEM;
	}
	for (const emsign_kv *kv = ems_kvlist_kv(&l); kv->key; kv++)
		assert_non_null(kv->value); /* whole, also after a failure */
	ems_kvlist_free(&l);
	emsign_free(packed);
	return rc;
}

static void survives_any_failing_allocation(void **state)
{
	(void)state;
	fail_each(build_and_pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(looking_up),
		FAIL_TEST(only_yes_is_yes),
		FAIL_TEST(lists_copy_what_is_added),
		FAIL_TEST(setting_replaces_the_first_of_its_name),
		FAIL_TEST(long_lists_stay_terminated),
		FAIL_TEST(packing_makes_one_block),
		FAIL_TEST(survives_any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
