/* SPDX-License-Identifier: MIT */
/* Plausible answers of the second API, by the question. */
#include "saying.h"

#include <stdlib.h>
#include <string.h>

#include "model/record.h"

static const char *const proofs[] = { "PENDING", "VERIFIED", "REJECTED", "FAILED", "odd" };
static const char *const methods[] = { "dns-txt", "http-url", "email", "" };

/* States, and the labels that reports have for them. */
static const struct {
	const char *status, *order, *certificate;
} states[] = {
	{ "pending-dcv", "Order Accepted", "Pending for Approver" },
	{ "issued", "Order Accepted", "Certificate Generated" },
	{ "issued", "Order Fulfilled", "Certificate Downloaded" },
	{ "revoked", "Order Fulfilled", "Certificate Revoked" },
	{ "cancelled", "Order Cancelled", "Rejected due to Order Cancellation" },
	{ "pending-approval", "On Hold", "Pending for Approver" },
	{ "pending-csr", "Order Placed", "Setup Pending" },
	{ "rejected", "Order Rejected", "Rejected" },
	{ "expired", "Order Fulfilled", "Certificate Expired" },
	{ "odd", "odd", "" },
};

static void put_token(struct ca *ca, char *text)
{
	unsigned what = fuzz_byte(ca->in);

	saying_put(text, "\"access_token\":\"EMSIGN-CANARY-token-%u\",\"token_type\":\"Bearer\","
		   "\"expires_in\":%u,", what, what & 128 ? what & 15 : 3600);
}

static void put_placed(struct ca *ca, char *text)
{
	unsigned number = fuzz_byte(ca->in);

	saying_put(text, "\"orderId\":\"%u\",\"requestId\":\"9%u\",\"status\":\"%s\",", number,
		   number, states[fuzz_below(ca->in, FUZZ_COUNT(states))].status);
}

static void put_track(struct ca *ca, char *text)
{
	unsigned state = fuzz_below(ca->in, FUZZ_COUNT(states)), proof = fuzz_byte(ca->in);

	saying_put(text, "\"orderId\":\"%u\",\"status\":\"%s\",\"orderState\":\"%s\","
		   "\"certificateState\":\"%s\",\"csrSubmitted\":%s,\"verifications\":{\"domain\":{"
		   "\"status\":\"%s\",\"domains\":[{\"domain\":\"%s\",\"dcvMethod\":\"%s\","
		   "\"dcvStatus\":\"%s\"}]}},", fuzz_byte(ca->in), states[state].status,
		   states[state].order, states[state].certificate, proof & 1 ? "true" : "false",
		   proofs[proof % FUZZ_COUNT(proofs)], ca_names[proof >> 1 & 1],
		   methods[proof >> 2 & 3], proofs[(proof >> 4) % FUZZ_COUNT(proofs)]);
}

static void put_report(struct ca *ca, char *text)
{
	unsigned rows = fuzz_below(ca->in, 4), pages = fuzz_byte(ca->in), total = fuzz_byte(ca->in);
	char tag[64];

	saying_tag(ca, tag);
	saying_put(text, "\"page\":%u,\"totalPages\":%u,\"size\":%u,\"totalElements\":%u,"
		   "\"content\":[", pages >> 3 & 7, pages & 7, rows,
		   total & 128 ? rows : total & 15);
	for (unsigned i = 0; i < rows; i++) {
		unsigned what = fuzz_byte(ca->in);
		unsigned state = fuzz_below(ca->in, FUZZ_COUNT(states));

		saying_put(text, "%s{\"orderNumber\":\"%u\",\"requestNumber\":\"9%u\","
			   "\"productCode\":\"" CA_PRODUCT "\",\"domainName\":\"%s\","
			   "\"orderStatus\":\"%s\",\"certificateStatus\":\"%s\","
			   "\"orderDate\":\"2026-01-1%uT10:20:30Z\",\"tags\":[\"%s\"]}",
			   i ? "," : "", what & 31, what & 31, ca_names[what >> 5 & 1],
			   states[state].order, states[state].certificate, 4 + (what >> 6 & 1),
			   what & 128 ? tag : "");
	}
	saying_put(text, "],");
}

static void put_certificate(struct ca *ca, char *text)
{
	unsigned what = fuzz_byte(ca->in);
	char *bare[2], *pem[2];

	saying_certificate(ca, what, &bare[0], &bare[1]);
	for (int i = 0; i < 2; i++) {
		pem[i] = testca_json(bare[i]);
		free(bare[i]);
	}
	saying_put(text, "\"certificatePem\":\"%s\",\"chainPem\":[\"%s\"],", pem[0], pem[1]);
	free(pem[0]);
	free(pem[1]);
}

/* The shape of the wire, and those of the CA's book. */
static void put_challenge(struct ca *ca, char *text)
{
	static const char *const names[] = { "0123abcd", "../../x", "a\\u0000b", "\\n", "" };
	unsigned what = fuzz_byte(ca->in);

	if (what & 1)
		saying_put(text, "\"fileName\":\"%s\",\"fileToken\":\"c%u\",",
			   names[(what >> 1) % FUZZ_COUNT(names)], what);
	else
		saying_put(text, "\"token\":\"t%u\",\"tokenExpiryDate\":\"2026-01-17 10:20:30\",",
			   what);
}

static void put_verified(struct ca *ca, char *text)
{
	saying_put(text, "\"overallStatus\":\"%s\",",
		   proofs[fuzz_below(ca->in, FUZZ_COUNT(proofs))]);
}

static void put_groups(struct ca *ca, char *text)
{
	saying_put(text, "\"groups\":[{\"groupNumber\":\"%u\",\"groupName\":\"g\"}],",
		   fuzz_byte(ca->in));
}

static void put_organizations(struct ca *ca, char *text)
{
	unsigned number = fuzz_byte(ca->in);

	saying_put(text, "\"organizations\":[{\"organizationNumber\":\"%u\"}],", number);
}

static void put_products(struct ca *ca, char *text)
{
	saying_put(text, "\"products\":[{\"categoryName\":\"SSL\",\"products\":["
		   "{\"productCode\":\"%u\",\"productName\":\"DV\"}]}],", fuzz_byte(ca->in));
}

static void put_domains(struct ca *ca, char *text)
{
	unsigned what = fuzz_byte(ca->in);

	saying_put(text, "\"page\":%u,\"totalPages\":%u,\"totalElements\":1,\"content\":["
		   "{\"domainId\":\"d%u\",\"domainName\":\"%s\",\"dcvStatus\":\"%s\"}],",
		   what >> 6, what >> 4 & 3, what & 7, ca_names[what & 1],
		   proofs[what % FUZZ_COUNT(proofs)]);
}

static const struct {
	const char *method, *url;
	void (*put)(struct ca *ca, char *text);
} blocks[] = {
	{ "POST", PLAY_SITE "oauth/token", put_token },
	{ "POST", CA_V2 "ssl-certificates", put_placed },
	{ "GET", CA_V2 "*/*", put_track },
	{ "GET", CA_V2 "*/*/certificate", put_certificate },
	{ "GET", CA_V2 "*/*/dcv", put_challenge },
	{ "POST", CA_V2 "*/*/dcv/verify", put_verified },
	{ "GET", CA_V2 "reports/orders", put_report },
	{ "GET", CA_V2 "groups", put_groups },
	{ "GET", CA_V2 "organizations", put_organizations },
	{ "GET", CA_V2 "catalog/products", put_products },
	{ "GET", CA_V2 "domains", put_domains },
};

/* From the end: what fits a "*" as well comes last. */
void saying_v2(struct ca *ca, const struct scripted_request *request, char *text)
{
	size_t i = FUZZ_COUNT(blocks);
	char part[64];

	saying_put(text, "{");
	while (i && !scripted_asks(request, blocks[i - 1].method, blocks[i - 1].url, part))
		i--;
	if (i)
		blocks[i - 1].put(ca, text);
	saying_put(text, "\"_links\":{}}");
}

void saying_v2_refuse(struct ca *ca, const struct scripted_request *request, int *status,
		      char *text)
{
	static const struct {
		int status;
		const char *words;
	} problems[] = {
		{ 401, "ACCESS_TOKEN_REVOKED" }, { 422, "[EMS-1080] Domain is already verified" },
		{ 422, "[EMS-956] Invalid Request for this API" }, { 404, "EMS-928" },
		{ 422, "EMS-1161 \xe2\x80\x94 Challenge mismatch" }, { 403, "no" },
		{ 422, "Certificate is not yet issued for this order." }, { 400, "no" },
		{ 429, "Too many" }, { 409, "no" }, { 500, "[EMS-939] Something went wrong" },
		{ 422, "[EMS-1165] Order is not in a state for this" }, { 501, "no" },
		{ 422, "[EMS-985] This Order was already cancelled" }, { 503, "no" },
		{ 422, "[EMS-973] Certificate already Revoked" },
	};
	static const char *const errors[] = { "invalid_client", "unauthorized_client",
					      "invalid_grant", "temporarily_unavailable", "odd" };
	size_t i = fuzz_below(ca->in, FUZZ_COUNT(problems));
	char part[64];

	*status = problems[i].status;
	if (scripted_asks(request, "POST", PLAY_SITE "oauth/token", part))
		saying_put(text, "{\"error\":\"%s\",\"error_description\":\"no\"}",
			   errors[i % FUZZ_COUNT(errors)]);
	else
		saying_put(text, "{\"type\":\"about:blank\",\"title\":\"no\",\"status\":%d,"
			   "\"detail\":\"%s\"}", problems[i].status, problems[i].words);
}
