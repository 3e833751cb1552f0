/* SPDX-License-Identifier: MIT */
#include "model/pages.h"

int64_t ems_page_begin(struct ems_page page)
{
	return (page.page - 1) * page.size;
}

/*
 * A CA counts pages, so a page can only begin at a multiple of its size. Of all sizes there is
 * nearly always one whose multiple lies close before the place that is wanted; of few sizes there
 * may be none, and then the page brings what is next without an overlap.
 */
struct ems_page ems_page_after(int64_t reached, int64_t overlap, int64_t max)
{
	int64_t wanted = reached > overlap ? reached - overlap : 0;
	struct ems_page best = { reached / max + 1, max };
	int64_t most = 0;

	for (int64_t size = max; size > 0 && size >= max / 2; size--) {
		struct ems_page page = { wanted / size + 1, size };
		int64_t brings = ems_page_begin(page) + size - reached;

		if (brings <= most)
			continue;
		most = brings;
		best = page;
	}
	return best;
}
