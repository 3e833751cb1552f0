/* SPDX-License-Identifier: MIT */
/* The door to memory: sizes, wiping, and changing the allocator. */
#include "../support/fail.h"

#include <string.h>

#include "base/alloc.h"

static void blocks_know_their_size(void **state)
{
	char *block = ems_alloc(100);

	(void)state;
	assert_int_equal(ems_alloc_size(block), 100);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(block[i], 0);
	memcpy(block, "abc", 4);
	block = ems_realloc(block, 5000);
	assert_int_equal(ems_alloc_size(block), 5000);
	assert_string_equal(block, "abc");
	block = ems_realloc(block, 4);
	assert_int_equal(ems_alloc_size(block), 4);
	assert_string_equal(block, "abc");
	ems_free(block);
	assert_int_equal(fail_live(), 0);
}

static void size_zero_is_one(void **state)
{
	char *block = ems_alloc(0);

	(void)state;
	assert_non_null(block);
	assert_int_equal(ems_alloc_size(block), 1);
	assert_int_equal(block[0], 0);
	ems_free(block);
}

static void blocks_suit_any_type(void **state)
{
	(void)state;
	for (size_t size = 1; size < 70; size += 7) {
		void *block = ems_alloc(size);

		assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
		ems_free(block);
	}
}

static void sizes_that_overflow_are_refused(void **state)
{
	(void)state;
	assert_null(ems_alloc(SIZE_MAX));
	assert_null(ems_alloc(SIZE_MAX - sizeof(size_t)));
	assert_int_equal(fail_count(), 0);
}

static void null_is_fine(void **state)
{
	(void)state;
	ems_free(NULL);
	ems_free_wiped(NULL);
	emsign_free(NULL);
	ems_wipe(NULL, 10);
	assert_null(ems_strdup(NULL));
	assert_null(ems_memdup(NULL, 10));
	assert_int_equal(fail_count(), 0);
}

static void copies_are_copies(void **state)
{
	const char text[] = "caf\xc3\xa9";
	char *copy = ems_strdup(text);
	char *bytes = ems_memdup("a\0b", 3);

	(void)state;
	assert_string_equal(copy, text);
	assert_int_equal(ems_alloc_size(copy), sizeof(text));
	assert_memory_equal(bytes, "a\0b", 3);
	assert_int_equal(ems_alloc_size(bytes), 3);
	ems_free(copy);
	emsign_free(bytes);
}

static void failing_leaves_the_old_block(void **state)
{
	char *block = ems_strdup("kept");

	(void)state;
	fail_from(0);
	assert_null(ems_realloc(block, 1000));
	assert_null(ems_alloc(1));
	assert_null(ems_strdup("x"));
	assert_int_equal(ems_alloc_size(block), 5);
	assert_string_equal(block, "kept");
	fail_never();
	ems_free(block);
	assert_int_equal(fail_live(), 0);
}

static void wiped_blocks_come_back_blank(void **state)
{
	(void)state;
	fail_watch("top secret");
	ems_free(ems_strdup("this is top secret"));
	assert_int_equal(fail_spilled(), 1);
	ems_free_wiped(ems_strdup("this is top secret"));
	assert_int_equal(fail_spilled(), 1);
}

static void wipe_stops_at_its_length(void **state)
{
	char text[] = "abcdef";

	(void)state;
	ems_wipe(text, 3);
	assert_memory_equal(text, "\0\0\0def", 7);
}

static void the_allocator_stays_while_memory_is_in_use(void **state)
{
	void *block = ems_alloc(1);

	(void)state;
	assert_int_equal(emsign_set_allocator(NULL), EMSIGN_E_STATE);
	assert_int_equal(fail_live(), 1);
	ems_free(block);
	assert_int_equal(fail_live(), 0);
	assert_int_equal(emsign_set_allocator(NULL), EMSIGN_OK);
	ems_free(ems_alloc(1)); /* the C library's now */
	assert_int_equal(fail_count(), 1);
	assert_int_equal(fail_setup(NULL), EMSIGN_OK);
}

static void *use_ud(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	(void)ptr;
	(void)old_size;
	(void)new_size;
	++*(int *)ud;
	return NULL;
}

static void an_allocator_needs_size_and_function(void **state)
{
	emsign_allocator bad = { sizeof(bad), NULL, NULL };
	int calls = 0;
	const emsign_allocator good = { sizeof(good), use_ud, &calls };

	(void)state;
	assert_int_equal(emsign_set_allocator(&bad), EMSIGN_E_INVALID);
	bad = good;
	bad.size = sizeof(size_t);
	assert_int_equal(emsign_set_allocator(&bad), EMSIGN_E_INVALID);
	ems_free(ems_alloc(1));
	assert_int_equal(fail_count(), 1); /* the old one is still there */
	assert_int_equal(emsign_set_allocator(&good), EMSIGN_OK);
	assert_null(ems_alloc(1));
	assert_int_equal(calls, 1);
	assert_int_equal(fail_setup(NULL), EMSIGN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(blocks_know_their_size),
		FAIL_TEST(size_zero_is_one),
		FAIL_TEST(blocks_suit_any_type),
		FAIL_TEST(sizes_that_overflow_are_refused),
		FAIL_TEST(null_is_fine),
		FAIL_TEST(copies_are_copies),
		FAIL_TEST(failing_leaves_the_old_block),
		FAIL_TEST(wiped_blocks_come_back_blank),
		FAIL_TEST(wipe_stops_at_its_length),
		FAIL_TEST(the_allocator_stays_while_memory_is_in_use),
		FAIL_TEST(an_allocator_needs_size_and_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
