/* SPDX-License-Identifier: MIT */
#include "wire/common.h"

#include <string.h>

#include "base/text.h"
#include "model/name.h"

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

/* Ours goes to its place; with others beside it all of them go to `extra` too. */
static void read_tags(const struct ems_node *row, emsign_order *order, struct ems_extra *extra)
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


emsign_rc ems_listed_give(const struct ems_node *row, const struct ems_map *members,
			  void (*read)(const struct ems_node *row, emsign_order *order,
				       struct ems_listed *room),
			  const struct ems_sink *sink, emsign_error *err)
{
	emsign_order order = { .id = NULL };
	struct ems_listed room = { .codes = EMS_BUF(4096), .serial = EMS_BUF(4096) };
	char name[EMS_NAME_MAX];
	emsign_rc rc;

	if (!ems_node_text(row, "orderNumber") && !ems_node_text(row, "requestNumber"))
		return EMSIGN_OK;
	ems_extra_begin(&room.extra);
	ems_map_fill(members, row, &order, &room.extra);
	order.domain = ems_map_name(order.domain, name);
	read_tags(row, &order, &room.extra);
	read(row, &order, &room);
	rc = room.codes.rc ? ems_buf_rc(&room.codes, err) : ems_buf_rc(&room.serial, err);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&room.extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "order", &order, err);
	ems_extra_free(&room.extra);
	ems_buf_free(&room.codes);
	ems_buf_free(&room.serial);
	return rc;
}
