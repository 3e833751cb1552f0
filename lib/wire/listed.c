/* SPDX-License-Identifier: MIT */
#include "wire/common.h"

#include <string.h>

#include "base/text.h"

/* Our own tag on an order begins like this, so that it can be found among the account's own. */
#define TAG_PREFIX "emsign:"

bool ems_listed_hex(const char *told, struct ems_buf *room)
{
	if (told[strspn(told, "0123456789abcdefABCDEF:")] || !told[strcspn(told, "abcdefABCDEF")])
		return false;
	for (told += strspn(told, "0:"); *told; told++) {
		if (*told >= 'A')
			ems_buf_char(room, (char)(*told | 0x20));
		else if (*told != ':')
			ems_buf_char(room, *told);
	}
	return true;
}

void ems_listed_tags(const struct ems_node *row, emsign_order *order, struct ems_extra *extra)
{
	const struct ems_node *tags = ems_node_get(row, "tags");
	bool others = false;

	if (!tags)
		return;
	for (const struct ems_node *at = tags->type == EMS_JSON_ARRAY ? tags->first : tags; at;
	     at = tags->type == EMS_JSON_ARRAY ? at->next : NULL) {
		if (at->type == EMS_JSON_TEXT && !order->tag &&
		    ems_text_starts(at->text, TAG_PREFIX))
			order->tag = at->text;
		else
			others = true;
	}
	if (others)
		ems_extra_add(extra, "tags", tags);
}

