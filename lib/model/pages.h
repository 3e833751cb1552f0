/* SPDX-License-Identifier: MIT */
/* Which pages to ask for, so that each begins with rows that the one before it had too. */
#ifndef EMS_MODEL_PAGES_H
#define EMS_MODEL_PAGES_H

#include <stdint.h>

/** A page as a CA counts: number `page`, from 1, of pages with `size` rows each. */
struct ems_page {
	int64_t page;
	int64_t size;
};

/** Rows before the page. */
int64_t ems_page_begin(struct ems_page page);

/**
 * The page that goes on where `reached` rows are there: it begins at least `overlap` rows before
 * that (or with the first row), has between max / 2 and max rows, and brings as many new ones as
 * such a page can.
 */
struct ems_page ems_page_after(int64_t reached, int64_t overlap, int64_t max);

#endif
