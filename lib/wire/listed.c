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


/* What is perhaps no serial number is kept, but not as one. */
static void read_serial(const struct ems_node *row, const struct ems_listed *how,
			emsign_order *order, struct ems_buf *room, struct ems_extra *extra)
{
	const struct ems_node *node = ems_node_get(row, "certificateSerialNumber");
	const char *told = ems_node_text(row, "certificateSerialNumber");

	if (told && how->serial(told, room))
		order->serial = ems_buf_str(room);
	else if (told)
		ems_extra_add(extra, node->name, node);
}

emsign_rc ems_listed_give(const struct ems_node *row, const struct ems_listed *how,
			  const struct ems_sink *sink, emsign_error *err)
{
	emsign_order order = { .id = NULL };
	struct ems_buf codes = EMS_BUF(4096), serial = EMS_BUF(4096);
	struct ems_extra extra;
	char name[EMS_NAME_MAX];
	emsign_rc rc;

	if (!ems_node_text(row, "orderNumber") && !ems_node_text(row, "requestNumber"))
		return EMSIGN_OK;
	ems_extra_begin(&extra);
	ems_map_fill(how->members, row, &order, &extra);
	order.domain = ems_map_name(order.domain, name);
	read_tags(row, &order, &extra);
	read_serial(row, how, &order, &serial, &extra);
	how->state(row, &order, &codes);
	rc = codes.rc ? ems_buf_rc(&codes, err) : ems_buf_rc(&serial, err);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "order", &order, err);
	ems_extra_free(&extra);
	ems_buf_free(&codes);
	ems_buf_free(&serial);
	return rc;
}
