/* SPDX-License-Identifier: MIT */
#include "clerk_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const emsign_kv json[] = { { "Content-Type", "application/json;charset=UTF-8" },
				  { "Cache-Control", "no-store" },
				  { NULL, NULL } };

#define TOKEN "proof-1"

/* --- what was asked ----------------------------------------------------------------------- */

void clerk_said(const char *body, const char *member, char *out, size_t size)
{
	char key[64];
	const char *at;
	size_t n = 0;

	(void)snprintf(key, sizeof(key), "\"%s\":\"", member);
	at = strstr(body, key);
	for (at = at ? at + strlen(key) : ""; *at && *at != '"' && n + 1 < size; at++) {
		if (*at == '\\')
			at++;
		out[n++] = at[-1] == '\\' && *at == 'n' ? '\n' : *at;
	}
	out[n] = '\0';
}

struct clerk_order *clerk_order(struct clerk *ca, const char *number)
{
	for (size_t i = 0; i < ca->n_orders; i++)
		if (strcmp(ca->orders[i].number, number) == 0)
			return &ca->orders[i];
	return NULL;
}

/* That there is one has been looked at before. */
static struct clerk_order *asked_for(struct clerk *ca, const char *body)
{
	char number[16];

	clerk_said(body, "orderNumber", number, sizeof(number));
	return clerk_order(ca, number);
}

/* --- what is answered --------------------------------------------------------------------- */

char *clerk_room(struct clerk *ca)
{
	return ca->answers[ca->asked % COUNT(ca->answers)];
}

static void say(struct clerk *ca, const char *code, const char *words, const char *block)
{
	char *answer = clerk_room(ca);
	int n = snprintf(answer, sizeof(ca->answers[0]),
			 "{%s%s\"meta\":{\"ver\":\"1.0\",\"txn\":\"t\",\"status\":\"%d\","
			 "\"errorCode\":\"%s\",\"errorMessage\":\"%s\"}}",
			 block ? block : "", block ? "," : "", !*code, code, words);

	assert_in_range(n, 1, sizeof(ca->answers[0]) - 1);
}

static void yes(struct clerk *ca, const char *body)
{
	(void)body;
	say(ca, "", "", NULL);
}

static void groups(struct clerk *ca, const char *body)
{
	(void)body;
	say(ca, "", "",
	    "\"accountDetails\":{\"fullName\":\"Alex Example\",\"email\":\"alex@example.com\","
	    "\"groups\":[{\"groupNumber\":\"11\",\"groupName\":\"lab\","
	    "\"organizationDetails\":[{\"organizationNumber\":\"7\"}]}]}");
}

static void organization(struct clerk *ca, const char *body)
{
	(void)body;
	say(ca, "", "", "\"organizationDetails\":{\"organizationNumber\":\"7\","
			"\"organizationName\":\"Example Corp\","
			"\"prevettingToken\":\"EMSIGN-CANARY-token\"}");
}

static void domains(struct clerk *ca, const char *body)
{
	(void)body;
	say(ca, "", "", "\"domainDetails\":[{\"domainName\":\"example.com\"}]");
}

static void products(struct clerk *ca, const char *body)
{
	(void)body;
	say(ca, "", "", "\"productDetails\":[{\"categoryName\":\"SSL\",\"products\":["
			"{\"productCode\":\"842\",\"productName\":\"DV SSL\"}]}]");
}

void clerk_read(const char *body, const char *domain, struct clerk_order *order)
{
	clerk_said(body, domain, order->domain, sizeof(order->domain));
	clerk_said(body, "csr", order->csr, sizeof(order->csr));
	if (strstr(body, "\"tags\":[\"")) {
		const char *tag = strstr(body, "\"tags\":[\"") + 9;

		(void)snprintf(order->tag, sizeof(order->tag), "%.*s", (int)strcspn(tag, "\""),
			       tag);
	}
}

struct clerk_order *clerk_place(struct clerk *ca, const char *body, const char *domain)
{
	struct clerk_order *order = &ca->orders[ca->n_orders];

	assert_in_range(ca->n_orders++, 0, CLERK_ORDERS - 1);
	*order = (struct clerk_order){ .certificate = 24, .order = 2 };
	(void)snprintf(order->number, sizeof(order->number), "%zu", ca->n_orders);
	(void)snprintf(order->date, sizeof(order->date), "2026-01-15 10:20:%02zu",
		       30 + ca->n_orders);
	clerk_read(body, domain, order);
	return order;
}

static void place(struct clerk *ca, const char *body)
{
	const struct clerk_order *order = clerk_place(ca, body, "domainName");
	char block[256];

	(void)snprintf(block, sizeof(block),
		       "\"orderDetails\":{\"orderNumber\":\"%s\",\"requestNumber\":\"9%s\"}",
		       order->number, order->number);
	say(ca, "", "", block);
}

static void submit_csr(struct clerk *ca, const char *body)
{
	struct clerk_order *order = asked_for(ca, body);

	clerk_said(body, "csr", order->csr, sizeof(order->csr));
	say(ca, "", "", NULL);
}

void clerk_look(const struct clerk *ca, struct clerk_order *order)
{
	if (ca->issues && order->proven && order->certificate == 24) {
		order->certificate = 20;
		order->order = 6;
	}
}

static void track(struct clerk *ca, const char *body)
{
	struct clerk_order *order = asked_for(ca, body);
	char block[1024];

	clerk_look(ca, order);
	(void)snprintf(block, sizeof(block),
		       "\"orderDetails\":{\"orderStatusId\":\"%d\",\"certificateStatusId\":\"%d\","
		       "\"certificateStatus\":\"certificate %d\",\"domainVerification\":{\"%s\":"
		       "{\"dcvMethod\":\"\",\"dcvStatus\":\"%d\"},\"status\":\"0\"},\"csr\":\"1\"}",
		       order->order, order->certificate, order->certificate, order->domain,
		       order->proven);
	say(ca, "", "", block);
}

static void challenge(struct clerk *ca, const char *body)
{
	if (asked_for(ca, body)->proven)
		say(ca, "EMS-1080", "Domain is already verified", NULL);
	else
		say(ca, "", "", "\"dcvDetails\":{\"token\":\"" TOKEN "\"}");
}

/* Believes what it is told: what a solver published is looked at by the test. */
static void verify(struct clerk *ca, const char *body)
{
	struct clerk_order *order = asked_for(ca, body);

	if (order->proven)
		say(ca, "EMS-1080", "Domain is already verified", NULL);
	else
		say(ca, "", "", NULL);
	order->proven = true;
}

static void cancel(struct clerk *ca, const char *body)
{
	struct clerk_order *order = asked_for(ca, body);

	if (order->order == 5)
		say(ca, "EMS-985", "Order is already cancelled", NULL);
	else
		say(ca, "", "", NULL);
	order->certificate = 13;
	order->order = 5;
}

static void revoke(struct clerk *ca, const char *body)
{
	struct clerk_order *order = asked_for(ca, body);

	if (order->certificate == 22)
		say(ca, "EMS-973", "Certificate is already Revoked", NULL);
	else
		say(ca, "", "", NULL);
	order->certificate = 22;
}

/* Further names stand as `"a.example","b.example"`. */
static void put_names(const struct clerk_order *order, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "DNS:%s", order->domain);

	for (const char *san = order->sans; *san; san += strspn(san, "\",")) {
		san += strspn(san, "\"");
		at += (size_t)snprintf(out + at, size - at, ",DNS:%.*s", (int)strcspn(san, "\""),
				       san);
		assert_in_range(at, 1, size - 1);
		san += strcspn(san, "\"");
	}
}

void clerk_issue(struct clerk *ca, struct clerk_order *order)
{
	struct play *p = ca->play;
	struct testca leaf;
	char names[256];
	char *bare;

	if (order->issued)
		return;
	order->issued = true;
	if (!p->ca.cert)
		testca_ca("Test CA", NULL, &p->ca);
	put_names(order, names, sizeof(names));
	testca_leaf(order->csr, order->domain, names, &p->ca, &leaf);
	bare = testca_bare(&leaf);
	assert_in_range(snprintf(order->leaf, sizeof(order->leaf), "%s", bare), 1,
			sizeof(order->leaf) - 1);
	free(bare);
	testca_free(&leaf);
}

static void fetch(struct clerk *ca, const char *body)
{
	struct clerk_order *order = asked_for(ca, body);
	char block[8192];
	char *issuer;

	if (order->certificate != 20 && order->certificate != 22) {
		say(ca, "EMS-946", "Certificate is still being processed", NULL);
		return;
	}
	clerk_issue(ca, order);
	issuer = testca_bare(&ca->play->ca);
	(void)snprintf(block, sizeof(block),
		       "\"certificateDetails\":{\"endEntityCertificate\":\"%s\","
		       "\"caCertificate\":\"%s\",\"interimDv\":\"0\"}", order->leaf, issuer);
	say(ca, "", "", block);
	free(issuer);
}

/* The newest first, all of them on one page. */
static void report(struct clerk *ca, const char *body)
{
	char block[8192];
	size_t at = (size_t)snprintf(block, sizeof(block),
				     "\"orderDetails\":{\"noOfPages\":1,\"totalNoOfResults\":%zu,"
				     "\"currentPage\":\"1\",\"ordersArray\":[", ca->n_orders);

	(void)body;
	for (size_t i = ca->n_orders; i-- > 0;) {
		const struct clerk_order *order = &ca->orders[i];

		at += (size_t)snprintf(
			block + at, sizeof(block) - at,
			"{\"orderNumber\":\"%s\",\"requestNumber\":\"9%s\",\"productCode\":\"842\","
			"\"certificateStatusId\":\"%d\",\"orderStatusId\":\"%d\","
			"\"domainName\":\"%s\",\"orderDate\":\"%s\",\"tags\":[%s%s%s]}%s",
			order->number, order->number, order->certificate, order->order,
			order->domain, order->date, *order->tag ? "\"" : "", order->tag,
			*order->tag ? "\"" : "", i ? "," : "");
		assert_true(at < sizeof(block));
	}
	(void)snprintf(block + at, sizeof(block) - at, "]}");
	say(ca, "", "", block);
}

static const struct {
	const char *call;
	void (*run)(struct clerk *ca, const char *body);
} calls[] = {
	{ "ValidateCredentials", yes }, { "GetGroupDetails", groups },
	{ "GetOrganizationDetails", organization }, { "GetDomainDetails", domains },
	{ "GetProductDetails", products }, { "GenerateOrderSSL", place },
	{ "SubmitCSR", submit_csr }, { "AgreementAcceptance", yes }, { "SubmitDocument", yes },
	{ "TrackOrder", track }, { "GetDcv", challenge }, { "VerifyDcv", verify },
	{ "GetCertificate", fetch }, { "RejectOrder", cancel }, { "RevokeOrder", revoke },
	{ "GetOrderReport", report },
};

static const char *answer_v1(struct clerk *ca, const struct scripted_request *request)
{
	const char *call = strrchr(request->url, '/') + 1;
	char order[16];
	size_t i = 0;

	while (i < COUNT(calls) && strcmp(calls[i].call, call) != 0)
		i++;
	assert_in_range(i, 0, COUNT(calls) - 1);
	clerk_said(request->body, "orderNumber", order, sizeof(order));
	if (*order && !clerk_order(ca, order))
		say(ca, "EMS-1197", "No such order", NULL);
	else
		calls[i].run(ca, request->body);
	return call;
}

static const char *answer_by_url(struct clerk *ca, const struct scripted_request *request,
				 struct scripted_answer *out)
{
	*out = (struct scripted_answer){ .status = 200, .headers = json, .body = clerk_room(ca) };
	if (strncmp(request->url, PLAY_URL, sizeof(PLAY_URL) - 1) == 0)
		return answer_v1(ca, request);
	if (ca->play->v2 || !registrar_hears(request))
		return clerk_v2(ca, request, &out->status);
	registrar_answer(&ca->registrar, request, clerk_room(ca), sizeof(ca->answers[0]), out);
	return strrchr(request->url, '/') + 1;
}

/* What the CA does not do leaves it as it was; it had an answer all the same. */
static void answer(void *ud, size_t number, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	static struct clerk_order before[CLERK_ORDERS];
	static struct registrar registrar;
	struct clerk *ca = ud;
	size_t n = ca->n_orders;
	size_t tokens = ca->tokens;
	const char *call;

	(void)number;
	fail_pause();
	memcpy(before, ca->orders, sizeof(before));
	registrar = ca->registrar;
	call = answer_by_url(ca, request, out);
	if (ca->meddle && !ca->meddle(ca->ud, ca->asked, call, out)) {
		memcpy(ca->orders, before, sizeof(before));
		ca->n_orders = n;
		ca->tokens = tokens;
		memcpy(registrar.trail, ca->registrar.trail, sizeof(registrar.trail));
		ca->registrar = registrar;
	}
	ca->asked++;
	fail_resume();
}

void clerk_serve(struct clerk *ca, struct play *play)
{
	memset(ca, 0, sizeof(*ca));
	ca->play = play;
	scripted_on_request(play->net, answer, ca);
}
