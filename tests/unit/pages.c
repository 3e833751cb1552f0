/* SPDX-License-Identifier: MIT */
/* Pages that follow one another: none leaves a gap, each begins with what the one before had. */
#include "../support/fail.h"

#include <stdbool.h>

#include "model/pages.h"

static void pages_overlap_to_any_end(void **state)
{
	int64_t reached = 0, n = 0;

	(void)state;
	while (reached < 1000000) {
		struct ems_page page = ems_page_after(reached, 2, 100);
		int64_t begin = ems_page_begin(page);

		assert_true(page.size >= 50 && page.size <= 100);
		assert_true(reached == 0 ? begin == 0 : begin + 2 <= reached);
		assert_true(begin + page.size > reached);
		reached = begin + page.size;
		n++;
	}
	/* one in six is the price */
	assert_in_range(n, 10000, 11666);
}

static void small_pages_go_on_too(void **state)
{
	(void)state;
	for (int64_t max = 4; max < 20; max++) {
		int64_t reached = 0;

		while (reached < 500) {
			struct ems_page page = ems_page_after(reached, 1, max);

			assert_true(ems_page_begin(page) + page.size > reached);
			reached = ems_page_begin(page) + page.size;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_overlap_to_any_end),
		cmocka_unit_test(small_pages_go_on_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
