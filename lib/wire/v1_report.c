/* SPDX-License-Identifier: MIT */
/* A page of the report: orders row by row, and the CA's own count. */
#include "wire/v1.h"

#include <string.h>

#include "base/text.h"
#include "model/name.h"

#define END { NULL, EMS_V1_KNOWN, 0, NULL }

/* Our own tag on an order begins like this, so that it can be found among the account's own. */
#define TAG_PREFIX "emsign:"

static const struct ems_v1_member members[] = {
	{ "orderNumber", EMS_V1_TEXT, offsetof(emsign_order, number), NULL },
	{ "requestNumber", EMS_V1_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "productCode", EMS_V1_TEXT, offsetof(emsign_order, product), NULL },
	{ "groupNumber", EMS_V1_TEXT, offsetof(emsign_order, group), NULL },
	{ "certificateStatusId", EMS_V1_KNOWN, 0, NULL },
	{ "certificateStatus", EMS_V1_KNOWN, 0, NULL },
	{ "orderStatusId", EMS_V1_KNOWN, 0, NULL },
	{ "orderStatus", EMS_V1_KNOWN, 0, NULL },
	{ "orderDate", EMS_V1_TIME, offsetof(emsign_order, ordered_at), NULL },
	{ "organizationName", EMS_V1_TEXT, offsetof(emsign_order, organization), NULL },
	{ "domainName", EMS_V1_TEXT, offsetof(emsign_order, domain), NULL },
	{ "certificateSerialNumber", EMS_V1_KNOWN, 0, NULL },
	{ "certificateExpiryDate", EMS_V1_TIME, offsetof(emsign_order, not_after), NULL },
	{ "issuerCA", EMS_V1_TEXT, offsetof(emsign_order, issuer), NULL },
	{ "certificateTrustType", EMS_V1_KNOWN, 0, NULL },
	{ "expiresWithin", EMS_V1_KNOWN, 0, NULL }, /* another number each day */
	{ "tags", EMS_V1_KNOWN, 0, NULL },
	END,
};

/* "2" by the book; which of the two forms comes was never seen. */
static bool is_private(const struct ems_node *row)
{
	const char *trust = ems_node_text(row, "certificateTrustType");

	return ems_text_equal(trust, "2") || ems_text_equal_nocase(trust, "private");
}

/*
 * Hex in any spelling becomes the one of certificates. Without a letter in it, it may be hex or
 * decimal: then it is kept as it came, but not taken for the serial number.
 */
static void read_serial(const struct ems_node *row, emsign_order *order, struct ems_buf *room,
			struct ems_v1_extra *extra)
{
	const struct ems_node *node = ems_node_get(row, "certificateSerialNumber");
	const char *told = ems_node_text(row, "certificateSerialNumber");

	if (!told)
		return;
	if (told[strspn(told, "0123456789abcdefABCDEF:")] || !told[strcspn(told, "abcdefABCDEF")]) {
		ems_v1_extra_add(extra, node->name, node);
		return;
	}
	for (told += strspn(told, "0:"); *told; told++) {
		if (*told >= 'A')
			ems_buf_char(room, (char)(*told | 0x20));
		else if (*told != ':')
			ems_buf_char(room, *told);
	}
	order->serial = ems_buf_str(room);
}

/* Our tag goes where it belongs; with others beside it the whole list is kept. */
static void read_tags(const struct ems_node *row, emsign_order *order, struct ems_v1_extra *extra)
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
		ems_v1_extra_add(extra, "tags", tags);
}

emsign_rc ems_v1_report_row(const struct ems_call *call, const struct ems_node *node,
			    const struct ems_sink *sink, emsign_error *err)
{
	emsign_order order = { .id = NULL };
	char room[EMS_NAME_MAX];
	struct ems_v1_extra extra;
	struct ems_buf codes = EMS_BUF(4096), serial = EMS_BUF(4096);
	emsign_rc rc;

	(void)call;
	/* a row that names no order is counted, so that the CA's total is not met by it */
	if (!ems_node_text(node, "orderNumber") && !ems_node_text(node, "requestNumber"))
		return EMSIGN_OK;
	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(members, node, &order, &extra);
	order.domain = ems_v1_fact_name(order.domain, room);
	order.family = is_private(node) ? "private-pki" : NULL;
	read_tags(node, &order, &extra);
	read_serial(node, &order, &serial, &extra);
	ems_v1_status_read(node, &order, &codes);
	rc = codes.rc ? ems_buf_rc(&codes, err) : ems_buf_rc(&serial, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_extra_end(&extra, &order.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "order", &order, err);
	ems_v1_extra_free(&extra);
	ems_buf_free(&codes);
	ems_buf_free(&serial);
	return rc;
}

static int64_t count(const struct ems_node *block, const char *name, int64_t otherwise)
{
	int64_t n;

	return ems_text_int(ems_node_text(block, name), 0, INT64_MAX, &n) ? n : otherwise;
}

EMS_V1_DECODER(ems_v1_report_page)
{
	const struct ems_node *block;
	int64_t asked = 1;
	emsign_rc rc = ems_v1_fact_block(root, "orderDetails", &block, err);

	(void)sink;
	if (rc)
		return rc;
	(void)ems_text_int(ems_kv_get(call->args, "page"), 0, INT64_MAX, &asked);
	verdict->page = count(block, "currentPage", asked);
	verdict->pages = count(block, "noOfPages", 0);
	verdict->total = count(block, "totalNoOfResults", -1);
	return EMSIGN_OK;
}
