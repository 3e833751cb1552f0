/* SPDX-License-Identifier: MIT */
/*
 * An answer takes from the input: a byte for how it goes, one for `with`, then what these want. An
 * input that is used up loses every question.
 */
#include "saying.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum how { LOST, UNSENT, NOT_BEGUN, RAW, GOOD, REFUSED, CUT, LATE, N_HOW };

enum { PIECES = 1, HOLD = 2, HEADERS = 4, STATUS = 8, DAMAGE = 16 };

static const int statuses[] = { 200, 201, 301, 400, 401, 404, 408, 429, 500, 502, 99, 100 };
static const int v2_statuses[] = { 200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500,
				   503 };

static const char *const codes[] = { "EMS-939", "EMS-947", "EMS-956", "EMS-1080", "EMS-1077",
				     "EMS-913", "EMS-1162", "EMS-964", "EMS-1176", "EMS-943" };

/* --- texts that live until the CA closes ----------------------------------------------------- */

static void *own(struct ca *ca, const void *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	FUZZ_MUST(copy && ca->n_own < FUZZ_COUNT(ca->own));
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	ca->own[ca->n_own++] = copy;
	return copy;
}

void saying_put(char *text, const char *format, ...)
{
	size_t at = strlen(text);
	va_list args;

	va_start(args, format);
	FUZZ_MUST(vsnprintf(text + at, SAYING_MAX - at, format, args) < (int)(SAYING_MAX - at));
	va_end(args);
}

/* --- plausible blocks, by the call ------------------------------------------------------------ */

static void put_placed(struct ca *ca, char *text)
{
	unsigned number = fuzz_byte(ca->in);

	saying_put(text,
	    "\"orderDetails\":{\"orderNumber\":\"%u\",\"requestNumber\":\"9%u\"},",
	    number, number);
}

static void put_track(struct ca *ca, char *text)
{
	unsigned certificate = fuzz_byte(ca->in), order = fuzz_byte(ca->in);
	unsigned proof = fuzz_byte(ca->in);

	saying_put(text,
	    "\"orderDetails\":{\"certificateStatusId\":\"%u\",\"orderStatusId\":\"%u\","
	    "\"certificateStatus\":\"c\",\"orderStatus\":\"o\",\"csr\":\"%u\","
	    "\"domainVerification\":{\"%s\":{\"dcvMethod\":\"%u\",\"dcvStatus\":\"%u\"},"
	    "\"status\":\"%u\"}},",
	    certificate, order, proof & 1, ca_names[proof >> 1 & 1], proof >> 2 & 3,
	    proof >> 4 & 3, proof >> 6);
}

static emsign_rc on_intent(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	const char *tag = ems_kv_get(row, "tag");

	(void)kind;
	(void)id;
	snprintf(ud, 64, "%s", tag ? tag : "");
	return EMSIGN_OK;
}

void saying_tag(struct ca *ca, char tag[64])
{
	*tag = '\0';
	(void)emsign_store_scan(ca->store, "intent", NULL, NULL, 0, on_intent, tag, NULL);
}

static void put_report(struct ca *ca, char *text)
{
	unsigned rows = fuzz_below(ca->in, 4), pages = fuzz_byte(ca->in), total = fuzz_byte(ca->in);
	char tag[64];

	saying_tag(ca, tag);
	saying_put(text,
	    "\"orderDetails\":{\"noOfPages\":\"%u\",\"currentPage\":\"%u\","
	    "\"totalNoOfResults\":\"%u\",\"ordersArray\":[",
	    pages & 7, pages >> 3 & 7, total & 128 ? rows : total & 15);
	for (unsigned i = 0; i < rows; i++) {
		unsigned what = fuzz_byte(ca->in), state = fuzz_byte(ca->in);

		saying_put(text,
		    "%s{\"orderNumber\":\"%u\",\"requestNumber\":\"9%u\",\"productCode\":\"842\","
		    "\"domainName\":\"%s\",\"certificateStatusId\":\"%u\",\"orderStatusId\":\"%u\","
		    "\"orderDate\":\"2026-01-1%u 10:20:30\",\"tags\":[\"%s\"]}",
		    i ? "," : "", what & 31, what & 31, ca_names[what >> 5 & 1], state & 31,
		    state >> 5, 4 + (what >> 6 & 1), what & 128 ? tag : "");
	}
	saying_put(text, "]},");
}

void saying_certificate(struct ca *ca, unsigned what, char **leaf, char **issuer)
{
	struct testca_form form = {
		.common = ca_names[what & 1],
		.names = what & 2 ? "DNS:www.example.com,DNS:shop.example.com" :
				    "DNS:www.example.com",
		.issuer = &ca->play->ca,
		.csr = what & 4 ? NULL : ca->csr,
	};
	struct testca made;

	if (!ca->play->ca.cert)
		testca_ca("Test CA", NULL, &ca->play->ca);
	testca_make(&form, &made);
	*leaf = testca_bare(&made);
	*issuer = testca_bare(what & 8 ? &made : &ca->play->ca);
	testca_free(&made);
}

static void put_certificate(struct ca *ca, char *text)
{
	unsigned what = fuzz_byte(ca->in);
	char *leaf, *issuer;

	saying_certificate(ca, what, &leaf, &issuer);
	saying_put(text,
	    "\"certificateDetails\":{\"endEntityCertificate\":\"%s\",\"caCertificate\":\"%s\","
	    "\"interimDv\":\"%u\"},",
	    leaf, issuer, what >> 4 & 1);
	free(leaf);
	free(issuer);
}

static void put_challenge(struct ca *ca, char *text)
{
	static const char *const names[] = { "0123abcd.txt", "../../x", "a\\u0000b", "\\n", "" };

	saying_put(text,
	    "\"dcvDetails\":{\"token\":\"t%u\",\"fileName\":\"%s\",\"fileContent\":\"c%u\","
	    "\"dcvEmails\":[\"admin@example.com\"]},",
	    fuzz_byte(ca->in), names[fuzz_below(ca->in, FUZZ_COUNT(names))], fuzz_byte(ca->in));
}

static void put_group(struct ca *ca, char *text)
{
	saying_put(text,
	    "\"accountDetails\":{\"groups\":[{\"groupNumber\":\"%u\",\"groupName\":\"g\","
	    "\"organizationDetails\":[{\"organizationNumber\":\"%u\"}]}]},",
	    fuzz_byte(ca->in), fuzz_byte(ca->in));
}

static const struct {
	const char *call;
	void (*put)(struct ca *ca, char *text);
} blocks[] = {
	{ "GenerateOrderSSL", put_placed }, { "TrackOrder", put_track },
	{ "GetOrderReport", put_report },   { "GetCertificate", put_certificate },
	{ "GetDcv", put_challenge },        { "GetGroupDetails", put_group },
};

static void put_good(struct ca *ca, const struct scripted_request *request, char *text)
{
	saying_put(text, "{");
	for (size_t i = 0; i < FUZZ_COUNT(blocks); i++)
		if (strcmp(strrchr(request->url, '/') + 1, blocks[i].call) == 0)
			blocks[i].put(ca, text);
	saying_put(text, "\"meta\":{\"status\":\"1\",\"errorCode\":\"\",\"errorMessage\":\"\"}}");
}

static void put_refusal(struct ca *ca, char *text)
{
	unsigned code = fuzz_byte(ca->in);

	saying_put(text, "{\"meta\":{\"status\":\"0\",\"errorMessage\":\"no\",\"errorCode\":\"");
	if (code < FUZZ_COUNT(codes))
		saying_put(text, "%s\"}}", codes[code]);
	else
		saying_put(text, "EMS-%u\"}}", 900 + code * 2);
}

static void good_body(struct ca *ca, const struct scripted_request *request,
		      struct scripted_answer *out)
{
	char text[SAYING_MAX] = "";

	(ca->play->v2 ? saying_v2 : put_good)(ca, request, text);
	out->body = own(ca, text, strlen(text));
}

static void refusal(struct ca *ca, const struct scripted_request *request,
		    struct scripted_answer *out)
{
	char text[SAYING_MAX] = "";

	if (ca->play->v2)
		saying_v2_refuse(ca, request, &out->status, text);
	else
		put_refusal(ca, text);
	out->body = own(ca, text, strlen(text));
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void raw_body(struct ca *ca, struct scripted_answer *out)
{
	size_t len = fuzz_byte(ca->in) * 256u;

	len += fuzz_byte(ca->in);
	if (len > ca->in->left)
		len = ca->in->left;
	out->body = own(ca, ca->in->at, len);
	out->body_len = len;
	ca->in->at += len;
	ca->in->left -= len;
}

/* One byte of a body becomes another one, or the end. */
static void damage(struct ca *ca, struct scripted_answer *out)
{
	size_t at = fuzz_byte(ca->in) * 8u + fuzz_below(ca->in, 8);
	char byte = (char)fuzz_byte(ca->in);
	char *body = out->body ? ca->own[ca->n_own - 1] : NULL;

	if (body && at < strlen(body))
		body[at] = byte;
}

static void put_headers(struct ca *ca, struct scripted_answer *out)
{
	static const char *const after[] = { "5", "0", "99999999999", "-1",
					     "Sun, 06 Nov 2094 08:49:37 GMT", "soon" };
	static char giant[4 * SAYING_MAX];
	unsigned what = fuzz_byte(ca->in);
	const emsign_kv headers[] = {
		{ "Content-Type", what & 128 ? "text/html" : "application/json" },
		{ "retry-after", after[what % FUZZ_COUNT(after)] },
		{ "Date", "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ "Content-Encoding", "gzip" },
		{ "X", what & 64 ? giant : "" },
		{ NULL, NULL },
	};

	memset(giant, 'x', sizeof(giant) - 1);
	out->headers = own(ca, headers, sizeof(headers));
}

static void put_with(struct ca *ca, struct scripted_answer *out, unsigned with)
{
	if (with & DAMAGE)
		damage(ca, out);
	if (with & PIECES)
		out->piece = fuzz_byte(ca->in) + 1;
	if (with & HEADERS)
		put_headers(ca, out);
	if (with & STATUS)
		out->status = ca->play->v2 ?
			v2_statuses[fuzz_below(ca->in, FUZZ_COUNT(v2_statuses))] :
			statuses[fuzz_below(ca->in, FUZZ_COUNT(statuses))];
}

void saying_make(struct ca *ca, const struct scripted_request *request,
		 struct scripted_answer *out)
{
	enum how how = (enum how)fuzz_below(ca->in, N_HOW);
	unsigned with = fuzz_byte(ca->in);

	out->hold = with & HOLD && ca->can_hold;
	out->status = how < RAW ? 0 : 200;
	switch (how) {
	case NOT_BEGUN:
		out->start = EMSIGN_E_NET;
		return;
	case RAW:
		raw_body(ca, out);
		break;
	case REFUSED:
		refusal(ca, request, out);
		break;
	case GOOD:
	case CUT:
	case LATE:
		good_body(ca, request, out);
		break;
	default:
		break;
	}
	out->unsent = how == UNSENT;
	out->rc = how == LATE ? EMSIGN_E_TIMEOUT : how < RAW || how == CUT ? EMSIGN_E_NET : 0;
	put_with(ca, out, with);
}
