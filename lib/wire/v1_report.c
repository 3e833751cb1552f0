/* SPDX-License-Identifier: MIT */
/* A page of the report: orders row by row, and the CA's own count. */
#include "wire/v1.h"

#include "base/text.h"

static const struct ems_map members[] = {
	{ "orderNumber", EMS_MAP_TEXT, offsetof(emsign_order, number), NULL },
	{ "requestNumber", EMS_MAP_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "productCode", EMS_MAP_TEXT, offsetof(emsign_order, product), NULL },
	{ "groupNumber", EMS_MAP_TEXT, offsetof(emsign_order, group), NULL },
	{ "certificateStatusId", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateStatus", EMS_MAP_KNOWN, 0, NULL },
	{ "orderStatusId", EMS_MAP_KNOWN, 0, NULL },
	{ "orderStatus", EMS_MAP_KNOWN, 0, NULL },
	{ "orderDate", EMS_MAP_TIME, offsetof(emsign_order, ordered_at), NULL },
	{ "organizationName", EMS_MAP_TEXT, offsetof(emsign_order, organization), NULL },
	{ "domainName", EMS_MAP_TEXT, offsetof(emsign_order, domain), NULL },
	{ "certificateSerialNumber", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateExpiryDate", EMS_MAP_TIME, offsetof(emsign_order, not_after), NULL },
	{ "issuerCA", EMS_MAP_TEXT, offsetof(emsign_order, issuer), NULL },
	{ "certificateTrustType", EMS_MAP_KNOWN, 0, NULL },
	{ "expiresWithin", EMS_MAP_KNOWN, 0, NULL }, /* another number each day */
	{ "tags", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

/* "2" by the book; which of the two forms comes was never seen. */
static bool is_private(const struct ems_node *row)
{
	const char *trust = ems_node_text(row, "certificateTrustType");

	return ems_text_equal(trust, "2") || ems_text_equal_nocase(trust, "private");
}

static void read_state(const struct ems_node *row, emsign_order *order, struct ems_buf *room)
{
	order->family = is_private(row) ? "private-pki" : NULL;
	ems_v1_track_status(row, order, room);
}

/* Without a letter in it, a serial number may be hex or decimal. */
EMS_ROW_DECODER(ems_v1_report_row)
{
	static const struct ems_listed how = { members, ems_listed_hex, read_state };

	(void)call;
	return ems_listed_give(node, &how, sink, err);
}

EMS_DECODER(ems_v1_report_page)
{
	const struct ems_node *block;
	int64_t asked = 1;
	emsign_rc rc = ems_map_block(root, "orderDetails", &block, err);

	(void)sink;
	if (rc)
		return rc;
	(void)ems_text_int(ems_kv_get(call->args, "page"), 0, INT64_MAX, &asked);
	verdict->page = ems_map_count(block, "currentPage", asked);
	verdict->pages = ems_map_count(block, "noOfPages", 0);
	verdict->total = ems_map_count(block, "totalNoOfResults", -1);
	return EMSIGN_OK;
}
