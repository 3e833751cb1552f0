/* SPDX-License-Identifier: MIT */
#include "clerk_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API PLAY_SITE "api/certinext/v2/"
#define TOKEN "EMSIGN-CANARY-token-"
#define DATE "2026-01-15T10:20:30Z"

struct question {
	const char *url, *body;
	struct clerk_order *order; /* NULL: it is about none */
	int status;
};

/* --- what is answered --------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void say(struct clerk *ca, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(clerk_room(ca), sizeof(ca->answers[0]), format, args);
	va_end(args);
	assert_in_range(n, 0, sizeof(ca->answers[0]) - 1);
}

static void refuse(struct clerk *ca, struct question *q, int status, const char *detail)
{
	q->status = status;
	say(ca, "{\"type\":\"about:blank\",\"title\":\"Refused\",\"status\":%d,"
	    "\"detail\":\"%s\"}", status, detail);
}

static void done(struct clerk *ca, struct question *q)
{
	q->status = 204;
	say(ca, "%s", "");
}

static void token(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"access_token\":\"" TOKEN "%zu\",\"token_type\":\"Bearer\","
	    "\"expires_in\":3600}", ++ca->tokens);
}

static void me(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"accountNumber\":\"1234567890\",\"authType\":\"oauth2\"}");
}

static void groups(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"groups\":[{\"groupNumber\":\"11\",\"groupName\":\"lab\","
	    "\"organizationDetails\":[{\"organizationNumber\":\"7\"}]}]}");
}

static void organizations(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"organizations\":[{\"organizationNumber\":\"7\","
	    "\"organizationName\":\"Example Corp\"}]}");
}

static void organization(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"organizationNumber\":\"7\",\"organizationName\":\"Example Corp\"}");
}

static void products(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"products\":[{\"categoryName\":\"SSL\",\"products\":["
	    "{\"productCode\":\"842\",\"productName\":\"DV SSL\"}]}]}");
}

static void fields(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"customFields\":[{\"certificateInformation\":[],"
	    "\"additionalInformation\":[]}]}");
}

static void domains(struct clerk *ca, struct question *q)
{
	(void)q;
	say(ca, "{\"content\":[{\"domainId\":\"d1\",\"domainName\":\"example.com\","
	    "\"status\":\"ACTIVE\",\"dcvStatus\":\"VERIFIED\"}],"
	    "\"page\":0,\"size\":1,\"totalElements\":1,\"totalPages\":1}");
}

/* --- orders ------------------------------------------------------------------------------- */

static const struct words {
	int certificate;
	const char *status, *order_state, *certificate_state;
} held = { 24, "pending-csr", "On Hold", "Pending for Approver" },
  proven = { 24, "pending-approval", "Order Accepted", "Pending for Approver" }, words[] = {
	{ 24, "pending-dcv", "Order Accepted", "Pending for Approver" },
	{ 20, "issued", "Order Fulfilled", "Certificate Generated" },
	{ 22, "revoked", "Order Fulfilled", "Certificate Revoked" },
	{ 13, "cancelled", "Order Cancelled", "Rejected due to Order Cancellation" },
};

static const struct words *words_of(const struct clerk_order *order)
{
	size_t i = 0;

	if (order->draft)
		return &held;
	if (order->proven && order->certificate == proven.certificate)
		return &proven;
	while (words[i].certificate != order->certificate)
		assert_in_range(++i, 0, COUNT(words) - 1);
	return &words[i];
}

/* Of the present request: a reissue has a number of its own. */
static const char *request_of(const struct clerk_order *order)
{
	static char number[32];

	(void)snprintf(number, sizeof(number), "9%d0%s", order->reissued, order->number);
	return number;
}

static struct clerk_order *find_draft(struct clerk *ca, const char *body)
{
	char said[32];

	clerk_said(body, "requestId", said, sizeof(said));
	for (size_t i = 0; i < ca->n_orders; i++)
		if (strcmp(request_of(&ca->orders[i]), said) == 0)
			return &ca->orders[i];
	return NULL;
}

static void say_accepted(struct clerk *ca, struct question *q, const struct clerk_order *order,
			 const char *status)
{
	q->status = 201;
	say(ca, "{%s%s%s\"requestId\":\"%s\",\"status\":\"%s\",\"domain\":\"%s\","
	    "\"createdAt\":\"" DATE "\"}", order->draft ? "" : "\"orderId\":\"",
	    order->draft ? "" : order->number, order->draft ? "" : "\",", request_of(order), status,
	    order->domain);
}

static void create(struct clerk *ca, struct question *q)
{
	struct clerk_order *order = find_draft(ca, q->body);

	if (order && !order->draft) {
		refuse(ca, q, 422, "EMS-1169 Request is already processed");
		return;
	}
	if (order)
		clerk_read(q->body, "domain", order);
	else
		order = clerk_place(ca, q->body, "domain");
	order->draft = strstr(q->body, "\"saveAsDraft\":true") != NULL;
	order->proven = ca->vetted;
	say_accepted(ca, q, order, words_of(order)->status);
}

static void reissue(struct clerk *ca, struct question *q)
{
	static const char before[] = "\"additionalDomains\":[";
	const char *sans = strstr(q->body, before);
	struct clerk_order *order = q->order;

	if (order->certificate != 20) {
		refuse(ca, q, 422, "EMS-1165 Invalid status");
		return;
	}
	if (strstr(q->body, "\"csr\":"))
		clerk_said(q->body, "csr", order->csr, sizeof(order->csr));
	if (sans) {
		sans += strlen(before);
		(void)snprintf(order->sans, sizeof(order->sans), "%.*s", (int)strcspn(sans, "]"),
			       sans);
	}
	order->reissued++;
	order->certificate = 24;
	order->issued = false;
	say_accepted(ca, q, order, "pending-csr");
}

static void track(struct clerk *ca, struct question *q)
{
	const char *proof = q->order->proven ? "VERIFIED" : "PENDING";
	const struct words *w;

	clerk_look(ca, q->order);
	w = words_of(q->order);
	say(ca, "{\"orderId\":\"%s\",\"requestId\":\"%s\",\"status\":\"%s\","
	    "\"orderState\":\"%s\",\"certificateState\":\"%s\",\"domain\":\"%s\","
	    "\"csrSubmitted\":true,"
	    "\"verifications\":{\"domain\":{\"status\":\"%s\",\"domains\":[{\"domain\":\"%s\","
	    "\"domainStatus\":\"ACTIVE\",\"dcvMethod\":\"dns-txt\",\"dcvStatus\":\"%s\"}]}}}",
	    q->order->number, request_of(q->order), w->status, w->order_state,
	    w->certificate_state, q->order->domain, proof, q->order->domain, proof);
}

static void submit_csr(struct clerk *ca, struct question *q)
{
	clerk_said(q->body, "csr", q->order->csr, sizeof(q->order->csr));
	done(ca, q);
}

static void accept(struct clerk *ca, struct question *q)
{
	done(ca, q);
}

static void challenge(struct clerk *ca, struct question *q)
{
	if (q->order->proven)
		refuse(ca, q, 422, "[EMS-1080] Domain is already verified");
	else
		say(ca, "{\"token\":\"proof-1\",\"tokenExpiryDate\":\"2026-01-17 10:20:30\"}");
}

/* Believes what it is told, like that of the first API. */
static void verify(struct clerk *ca, struct question *q)
{
	if (q->order->proven)
		refuse(ca, q, 422, "[EMS-1080] Domain is already verified");
	else
		say(ca, "{\"overallStatus\":\"VERIFIED\",\"method\":\"dns-txt\"}");
	q->order->proven = true;
}

static void cancel(struct clerk *ca, struct question *q)
{
	if (q->order->order == 5)
		refuse(ca, q, 422, "[EMS-985] This Order was already cancelled");
	else
		done(ca, q);
	q->order->certificate = 13;
	q->order->order = 5;
}

static void revoke(struct clerk *ca, struct question *q)
{
	if (q->order->certificate == 22)
		refuse(ca, q, 422, "[EMS-973] Certificate already Revoked");
	else
		done(ca, q);
	q->order->certificate = 22;
}

static void fetch(struct clerk *ca, struct question *q)
{
	char *leaf, *bare, *issuer;

	if (q->order->certificate != 20 && q->order->certificate != 22) {
		refuse(ca, q, 422, "Certificate is not yet issued for this order. Current status: "
		       "pending-dcv.");
		return;
	}
	if (!q->order->lags)
		clerk_issue(ca, q->order);
	bare = testca_bare(&ca->play->ca);
	issuer = testca_json(bare);
	leaf = testca_json(q->order->leaf);
	say(ca, "{\"orderId\":\"%s\",\"certificatePem\":\"%s\",\"chainPem\":[\"%s\"]}",
	    q->order->number, leaf, issuer);
	free(bare);
	free(issuer);
	free(leaf);
}

/* The newest first, all of them on one page. */
static void report(struct clerk *ca, struct question *q)
{
	char rows[8192] = "";
	size_t at = 0;

	(void)q;
	for (size_t i = ca->n_orders; i-- > 0;) {
		const struct clerk_order *order = &ca->orders[i];
		const struct words *w = words_of(order);
		const char *tag = ca->unmarked ? "" : order->tag;

		at += (size_t)snprintf(
			rows + at, sizeof(rows) - at,
			"{\"orderNumber\":\"%s\",\"requestNumber\":\"%s\",\"orderStatus\":\"%s\","
			"\"certificateStatus\":\"%s\",\"productCode\":\"842\","
			"\"domainName\":\"%s\","
			"\"orderDate\":\"" DATE "\",\"tags\":[%s%s%s]}%s",
			order->draft ? "" : order->number, request_of(order), w->order_state,
			w->certificate_state, order->domain, *tag ? "\"" : "", tag,
			*tag ? "\"" : "", i ? "," : "");
		assert_true(at < sizeof(rows));
	}
	say(ca, "{\"content\":[%s],\"page\":1,\"size\":%zu,\"totalElements\":%zu,"
	    "\"totalPages\":1}", rows, ca->n_orders, ca->n_orders);
}

/* Two entries on a page, all of them alike. */
static void ledger(struct clerk *ca, struct question *q)
{
	static const char entry[] = "{\"invoiceNumber\":\"INV-1\",\"date\":\"2026-01-15\","
				    "\"orderId\":\"1\",\"totalAmount\":\"150.00\"}";
	size_t pages = (ca->n_entries + 1) / 2;
	size_t page = strtoul(strstr(q->url, "page=") + 5, NULL, 10);
	size_t rows;

	if (page > pages && pages) /* the last one comes once more */
		page = pages;
	rows = page * 2 > ca->n_entries ? ca->n_entries % 2 : 2;
	say(ca, "{\"content\":[%s%s%s],\"page\":%zu,\"size\":%zu,\"totalElements\":%zu,"
	    "\"totalPages\":%zu}", rows ? entry : "", rows > 1 ? "," : "",
	    rows > 1 ? entry : "", page, rows, ca->n_entries, pages);
}

/* What nobody has, an order of another family say. */
static void not_found(struct clerk *ca, struct question *q)
{
	refuse(ca, q, 404, "Not found under this account.");
}

/* --- what is asked ------------------------------------------------------------------------ */

/* "*" is one part of the path: the number of an order, where one is meant. */
static const struct call {
	const char *name;
	const char *method, *path;
	void (*run)(struct clerk *ca, struct question *q);
	bool about_order;
} calls[] = {
	{ "v2.token", "POST", PLAY_SITE "oauth/token", token, false },
	{ "v2.me", "GET", API "auth/me", me, false },
	{ "v2.groups", "GET", API "groups", groups, false },
	{ "v2.organizations", "GET", API "organizations", organizations, false },
	{ "v2.organization", "GET", API "organizations/*", organization, false },
	{ "v2.products", "GET", API "catalog/products", products, false },
	{ "v2.fields", "GET", API "catalog/products/*/custom-fields", fields, false },
	{ "v2.domains", "GET", API "domains", domains, false },
	{ "v2.orders", "GET", API "reports/orders", report, false },
	{ "v2.ledger", "GET", API "reports/ledger", ledger, false },
	{ "v2.create", "POST", API "ssl-certificates", create, false },
	{ "v2.track", "GET", API "ssl-certificates/*", track, true },
	{ "v2.certificate", "GET", API "ssl-certificates/*/certificate", fetch, true },
	{ "v2.csr", "PUT", API "ssl-certificates/*/csr", submit_csr, true },
	{ "v2.agreement", "POST", API "ssl-certificates/*/agreement", accept, true },
	{ "v2.dcv", "GET", API "ssl-certificates/*/dcv", challenge, true },
	{ "v2.verify", "POST", API "ssl-certificates/*/dcv/verify", verify, true },
	{ "v2.cancel", "POST", API "ssl-certificates/*/cancel", cancel, true },
	{ "v2.revoke", "POST", API "ssl-certificates/*/revoke", revoke, true },
	{ "v2.reissue", "POST", API "ssl-certificates/*/reissue", reissue, true },
};
static const struct call nothing = { "v2.nothing", NULL, NULL, not_found, false };

static bool has_token(const struct clerk *ca, const struct scripted_request *request)
{
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "Bearer " TOKEN "%zu", ca->tokens);
	for (const emsign_kv *h = request->headers; h && h->key; h++)
		if (strcmp(h->key, "Authorization") == 0)
			return strcmp(h->value, expected) == 0;
	return false;
}

static const struct call *find_call(const struct scripted_request *request, char part[64])
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (scripted_asks(request, calls[i].method, calls[i].path, part))
			return &calls[i];
	return &nothing;
}

size_t clerk_heard(const struct play *p, const char *call)
{
	char part[64];
	size_t n = 0;

	for (size_t i = 0; i < scripted_n(p->net); i++)
		n += strcmp(find_call(scripted_request(p->net, i), part)->name, call) == 0;
	return n;
}

const char *clerk_v2(struct clerk *ca, const struct scripted_request *request, int *status)
{
	struct question q = { request->url, request->body, NULL, 200 };
	char part[64] = "";
	const struct call *call = find_call(request, part);

	if (call->about_order)
		q.order = clerk_order(ca, part);
	if (call->run != token && !has_token(ca, request))
		refuse(ca, &q, 401, "ACCESS_TOKEN_REVOKED");
	else if (call->about_order && !q.order)
		not_found(ca, &q);
	else
		call->run(ca, &q);
	*status = q.status;
	return call->name;
}
