/* SPDX-License-Identifier: MIT */
#include "rest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const emsign_kv json[] = { { "Content-Type", "application/json;charset=UTF-8" },
				  { "Cache-Control", "no-store" },
				  { NULL, NULL } };

/* --- what was asked ----------------------------------------------------------------------- */

static struct clerk_order *asked_for(struct clerk *ca, const char *url)
{
	static const char before[] = "ssl-certificates/";
	const char *at = strstr(url, before);
	char number[16] = "";

	if (at)
		at += strlen(before);
	if (at)
		(void)snprintf(number, sizeof(number), "%.*s", (int)strcspn(at, "/?"), at);
	return clerk_order(ca, number);
}

/* --- what is answered --------------------------------------------------------------------- */

static char *answer_of(struct clerk *ca)
{
	return ca->answers[ca->asked % COUNT(ca->answers)];
}

static void say(struct clerk *ca, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(answer_of(ca), sizeof(ca->answers[0]), format, args);
	va_end(args);
	assert_in_range(n, 1, sizeof(ca->answers[0]) - 1);
}

static int refuse(struct clerk *ca, int status, const char *detail)
{
	say(ca, "{\"type\":\"about:blank\",\"title\":\"No\",\"status\":%d,\"detail\":\"%s\"}",
	    status, detail);
	return status;
}

static int token(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r)
{
	(void)order;
	(void)r;
	say(ca, "{\"access_token\":\"EMSIGN-CANARY-token\",\"token_type\":\"Bearer\","
		"\"expires_in\":86400}");
	return 200;
}

static const char *status_of(const struct clerk_order *order)
{
	if (order->order == 5)
		return "cancelled";
	return order->certificate == 20 ? "issued" :
	       *order->csr		? "pending-approval" :
					  "pending-csr";
}

static void say_order(struct clerk *ca, const struct clerk_order *order, const char *status)
{
	char number[64] = "";

	if (!order->draft)
		(void)snprintf(number, sizeof(number), "\"orderId\":\"%s\",", order->number);
	say(ca, "{%s\"requestId\":\"9%d0%s\",\"status\":\"%s\",\"domain\":\"%s\"}", number,
	    order->reissued, order->number, status, order->domain);
}

static struct clerk_order *find_draft(struct clerk *ca, const char *body)
{
	char said[16], request[32];

	clerk_said(body, "requestId", said, sizeof(said));
	for (size_t i = 0; i < ca->n_orders; i++) {
		struct clerk_order *order = &ca->orders[i];

		(void)snprintf(request, sizeof(request), "9%d0%s", order->reissued, order->number);
		if (strcmp(request, said) == 0)
			return order;
	}
	return NULL;
}

static int place(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r)
{
	const char *body = r->body;
	order = find_draft(ca, body);
	if (!order) {
		order = &ca->orders[ca->n_orders];
		assert_in_range(ca->n_orders++, 0, CLERK_ORDERS - 1);
		*order = (struct clerk_order){ .certificate = 24, .order = 2, .draft = true };
		(void)snprintf(order->number, sizeof(order->number), "%zu", ca->n_orders);
	}
	if (!order->draft)
		return refuse(ca, 422, "EMS-1169 Request is already processed");
	order->draft = strstr(body, "\"saveAsDraft\":true") != NULL;
	clerk_said(body, "domain", order->domain, sizeof(order->domain));
	clerk_said(body, "csr", order->csr, sizeof(order->csr));
	say_order(ca, order, "pending-approval");
	return 201;
}

/* All on one page, without any tag; the CA cannot search by name. */
static int report(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r)
{
	char rows[2048] = "";
	size_t at = 0;

	(void)r;
	for (order = ca->orders; order < ca->orders + ca->n_orders; order++)
		at += (size_t)snprintf(
			rows + at, sizeof(rows) - at,
			"%s{\"orderNumber\":\"%s\",\"requestNumber\":\"9%d0%s\","
			"\"orderStatus\":\"%s\",\"certificateStatus\":\"Pending for Approver\","
			"\"orderDate\":\"2026-01-15T10:20:30Z\",\"domainName\":\"%s\"}",
			at ? "," : "", order->draft ? "" : order->number, order->reissued,
			order->number, order->draft ? "On Hold" : "Order Accepted", order->domain);
	assert_true(at < sizeof(rows));
	say(ca,
	    "{\"content\":[%s],\"page\":1,\"size\":%zu,\"totalElements\":%zu,\"totalPages\":1}",
	    rows, ca->n_orders, ca->n_orders);
	return 200;
}

static int track(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r)
{
	(void)r;
	if (ca->issues && order->certificate == 24)
		order->certificate = 20;
	say_order(ca, order, status_of(order));
	return 200;
}

static int certificate(struct clerk *ca, struct clerk_order *order,
		       const struct scripted_request *r)
{
	(void)r;
	if (order->certificate != 20)
		return refuse(ca, 422, "EMS-1165 Certificate is not yet issued");
	if (!order->lags)
		clerk_issue(ca, order);
	say(ca,
	    "{\"orderId\":\"%s\",\"certificatePem\":\"-----BEGIN CERTIFICATE-----\\n%s\\n"
	    "-----END CERTIFICATE-----\"}",
	    order->number, order->leaf);
	return 200;
}

static int reissue(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r)
{
	const char *body = r->body;
	const char *sans = strstr(body, "\"additionalDomains\":[");

	if (order->certificate != 20)
		return refuse(ca, 422, "EMS-1165 Invalid status");
	if (strstr(body, "\"csr\":"))
		clerk_said(body, "csr", order->csr, sizeof(order->csr));
	if (sans)
		(void)snprintf(order->sans, sizeof(order->sans), "%.*s",
			       (int)strcspn(sans + 21, "]"), sans + 21);
	order->reissued++;
	order->certificate = 24;
	order->issued = false;
	say_order(ca, order, "pending-csr");
	return 201;
}

static int ledger(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r)
{
	static const char entry[] = "{\"invoiceNumber\":\"INV-1\",\"date\":\"2026-01-15\","
				    "\"orderId\":\"1\",\"totalAmount\":\"150.00\"}";
	size_t pages = (ca->n_entries + 1) / 2;
	size_t page = strtoul(strstr(r->url, "page=") + 5, NULL, 10);
	size_t rows;

	(void)order;
	if (page > pages && pages) /* the last one comes once more */
		page = pages;
	rows = page * 2 > ca->n_entries ? ca->n_entries % 2 : 2;
	say(ca,
	    "{\"content\":[%s%s%s],\"page\":%zu,\"size\":%zu,\"totalElements\":%zu,"
	    "\"totalPages\":%zu}",
	    rows ? entry : "", rows > 1 ? "," : "", rows > 1 ? entry : "", page, rows,
	    ca->n_entries, pages);
	return 200;
}

/* --- which question it is ------------------------------------------------------------------- */

/* Calls are told apart by the end of their path; a part in braces may be anything. */
static const struct call {
	const char *name, *method, *path;
	int (*run)(struct clerk *ca, struct clerk_order *order, const struct scripted_request *r);
} calls[] = {
	{ "token", "POST", "oauth/token", token },
	{ "place", "POST", "ssl-certificates", place },
	{ "track", "GET", "ssl-certificates/{order}", track },
	{ "certificate", "GET", "ssl-certificates/{order}/certificate", certificate },
	{ "report", "GET", "reports/orders", report },
	{ "reissue", "POST", "ssl-certificates/{order}/reissue", reissue },
	{ "ledger", "GET", "reports/ledger", ledger },
	{ NULL, "", "", NULL },
};

static bool is_path(const char *path, const char *want)
{
	while (*want) {
		if (*want == '{') {
			want = strchr(want, '}') + 1;
			path += strcspn(path, "/?");
		} else if (*path++ != *want++) {
			return false;
		}
	}
	return *path == '\0' || *path == '?';
}

static const struct call *find_call(const struct scripted_request *request)
{
	const char *path = strstr(request->url, "/v2/");
	const struct call *call = calls;

	path = path ? path + 4 : strstr(request->url, "oauth/");
	while (strcmp(call->method, request->method) != 0 || !is_path(path, call->path))
		call++;
	assert_non_null(call->run);
	return call;
}

size_t rest_asked(const struct play *p, const char *call)
{
	size_t n = 0;

	for (size_t i = 0; i < scripted_n(p->net); i++)
		n += strcmp(find_call(scripted_request(p->net, i))->name, call) == 0;
	return n;
}

/* What the CA does not do leaves it as it was; it had an answer all the same. */
static void answer(void *ud, size_t number, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	static struct clerk_order before[CLERK_ORDERS];
	struct clerk *ca = ud;
	size_t n = ca->n_orders;
	const struct call *call;

	(void)number;
	fail_pause();
	call = find_call(request);
	memcpy(before, ca->orders, sizeof(before));
	*out = (struct scripted_answer){ .headers = json };
	out->status = call->run(ca, asked_for(ca, request->url), request);
	out->body = answer_of(ca);
	if (ca->meddle && !ca->meddle(ca->ud, ca->asked, call->name, out)) {
		memcpy(ca->orders, before, sizeof(before));
		ca->n_orders = n;
	}
	ca->asked++;
	fail_resume();
}

bool rest_lose(void *ud, size_t number, const char *call, struct scripted_answer *answer)
{
	const struct rest_loss *loss = ud;

	(void)number;
	if (strcmp(call, loss->call) != 0)
		return true;
	if (loss->look)
		loss->look();
	*answer = (struct scripted_answer){ .rc = EMSIGN_E_NET, .detail = "connection reset" };
	return loss->arrives;
}

void rest_serve(struct clerk *ca, struct play *play)
{
	memset(ca, 0, sizeof(*ca));
	ca->play = play;
	scripted_on_request(play->net, answer, ca);
}

/* --- the play ------------------------------------------------------------------------------ */

void rest_open(struct clerk *ca, struct play *p, enum scripted_mode mode, const emsign_kv *config)
{
	play_open_bare(p, mode, config);
	p->v2 = true;
	PLAY_OK(p, play_add_credential(p, "lab"));
	PLAY_OK(p, emsign_client_account(p->client, "lab", &p->account, &p->err));
	rest_serve(ca, p);
}

void rest_issue(struct clerk *ca)
{
	static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME },
					  { NULL, NULL } };
	struct play *p = ca->play;

	PLAY_OK(p, emsign_account_place(p->account, form, NULL, &p->err));
	ca->issues = true;
	PLAY_OK(p, emsign_account_refresh(p->account, "1", NULL, &p->err));
}
