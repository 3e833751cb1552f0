/* SPDX-License-Identifier: MIT */
/* Pages: orders and the ledger row by row, and the CA's own count. */
#include "wire/v2.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

static const struct ems_map order_members[] = {
	{ "orderNumber", EMS_MAP_TEXT, offsetof(emsign_order, number), NULL },
	{ "requestNumber", EMS_MAP_TEXT, offsetof(emsign_order, request_number), NULL },
	{ "orderStatus", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateStatus", EMS_MAP_TEXT, offsetof(emsign_order, status_text), NULL },
	{ "certificateSerialNumber", EMS_MAP_KNOWN, 0, NULL },
	{ "certificateExpiryDate", EMS_MAP_TIME, offsetof(emsign_order, not_after), NULL },
	{ "issuerCA", EMS_MAP_TEXT, offsetof(emsign_order, issuer), NULL },
	{ "orderDate", EMS_MAP_TIME, offsetof(emsign_order, ordered_at), NULL },
	{ "domainName", EMS_MAP_TEXT, offsetof(emsign_order, domain), NULL },
	{ "groupNumber", EMS_MAP_TEXT, offsetof(emsign_order, group), NULL },
	{ "organizationName", EMS_MAP_TEXT, offsetof(emsign_order, organization), NULL },
	{ "productCode", EMS_MAP_TEXT, offsetof(emsign_order, product), NULL },
	{ "tags", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

/* Two books describe the row, and nobody has seen one. */
static const struct ems_map ledger_members[] = {
	{ "invoiceNumber", EMS_MAP_TEXT, offsetof(emsign_ledger, number), NULL },
	{ "transactionType", EMS_MAP_TEXT, offsetof(emsign_ledger, type), NULL },
	{ "type", EMS_MAP_TEXT, offsetof(emsign_ledger, type), NULL },
	{ "orderId", EMS_MAP_TEXT, offsetof(emsign_ledger, order), NULL },
	{ "orderNumber", EMS_MAP_TEXT, offsetof(emsign_ledger, order), NULL },
	{ "product", EMS_MAP_TEXT, offsetof(emsign_ledger, product), NULL },
	{ "description", EMS_MAP_TEXT, offsetof(emsign_ledger, description), NULL },
	{ "totalAmount", EMS_MAP_TEXT, offsetof(emsign_ledger, amount), NULL },
	{ "debit", EMS_MAP_TEXT, offsetof(emsign_ledger, debit), NULL },
	{ "credit", EMS_MAP_TEXT, offsetof(emsign_ledger, credit), NULL },
	{ "balance", EMS_MAP_TEXT, offsetof(emsign_ledger, balance), NULL },
	{ "currencyId", EMS_MAP_TEXT, offsetof(emsign_ledger, currency), NULL },
	{ "status", EMS_MAP_TEXT, offsetof(emsign_ledger, status), NULL },
	{ "date", EMS_MAP_TIME, offsetof(emsign_ledger, booked_at), NULL },
	{ "transactionDate", EMS_MAP_TIME, offsetof(emsign_ledger, booked_at), NULL },
	{ "dueDate", EMS_MAP_TIME, offsetof(emsign_ledger, due_at), NULL },
	EMS_MAP_END,
};

/* --- serial numbers ------------------------------------------------------------------------- */

/* A serial number has 20 bytes at most (RFC 5280), which are 49 decimal digits. */
#define SERIAL_BYTES 20
#define SERIAL_DIGITS 49

/* Decimal to the hex of certificates; false when it is not decimal, or too long for either. */
static bool read_decimal(const char *told, struct ems_buf *room)
{
	unsigned char bytes[SERIAL_BYTES] = { 0 };
	char hex[2 * SERIAL_BYTES + 1];
	const char *at = hex;

	if (!ems_text_digits(told, 1, SERIAL_DIGITS))
		return false;
	for (; *told; told++) {
		unsigned carry = (unsigned)(*told - '0');

		for (size_t i = SERIAL_BYTES; i--;) {
			carry += bytes[i] * 10u;
			bytes[i] = (unsigned char)(carry & 0xff);
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	ems_text_hex(bytes, sizeof(bytes), hex);
	at += strspn(at, "0");
	ems_buf_text(room, at);
	return *at;
}

/* Decimal on the wire, hex in the CA's book; hex without a letter would have to be lucky. */
static bool read_serial(const char *told, struct ems_buf *room)
{
	return read_decimal(told, room) || ems_listed_hex(told, room);
}

/* --- rows ----------------------------------------------------------------------------------- */

/* Two labels: of the certificate and of the order. */
static void read_status(const struct ems_node *row, emsign_order *order, struct ems_buf *room)
{
	const char *told = ems_node_text(row, "orderStatus");

	order->status = ems_state_of(told, order->status_text);
	ems_buf_text(room, order->status_text);
	ems_buf_text(room, order->status_text && told ? ", " : "");
	ems_buf_text(room, told);
	order->status_code = room->bytes.len ? ems_buf_str(room) : NULL;
	if (!order->status_text)
		order->status_text = told;
}

EMS_ROW_DECODER(ems_v2_report_order)
{
	static const struct ems_listed how = { order_members, read_serial, read_status };

	(void)call;
	return ems_listed_give(node, &how, sink, err);
}

EMS_ROW_DECODER(ems_v2_report_ledger)
{
	emsign_ledger entry = { .id = NULL };
	struct ems_extra extra;
	emsign_rc rc;

	(void)call;
	ems_extra_begin(&extra);
	ems_map_fill(ledger_members, node, &entry, &extra);
	rc = ems_extra_end(&extra, &entry.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "ledger", &entry, err);
	ems_extra_free(&extra);
	return rc;
}

/* --- counters ------------------------------------------------------------------------------- */

/* "size" is not read: it is the number of rows that came. */
static emsign_rc read_page(const struct ems_call *call, const struct ems_node *root, int64_t first,
			   struct ems_verdict *verdict, emsign_error *err)
{
	int64_t asked = 1;

	if (!ems_node_get(root, "content") && !ems_node_get(root, "totalElements"))
		return ems_fail(err, EMSIGN_E_PROTO, "the answer is no page of a list");
	(void)ems_text_int(ems_kv_get(call->args, "page"), 0, INT64_MAX, &asked);
	verdict->page = ems_map_count(root, "page", asked - 1 + first) + 1 - first;
	verdict->pages = ems_map_count(root, "totalPages", 0);
	verdict->total = ems_map_count(root, "totalElements", -1);
	return EMSIGN_OK;
}

EMS_DECODER(ems_v2_report_page)
{
	(void)sink;
	return read_page(call, root, 1, verdict, err);
}

EMS_DECODER(ems_v2_report_page_from_0)
{
	(void)sink;
	return read_page(call, root, 0, verdict, err);
}
