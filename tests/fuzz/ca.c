/* SPDX-License-Identifier: MIT */
#include "ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/record.h"
#include "saying.h"
#include "wire/json.h"

#define CALLS_MAX 3000

const char *const ca_names[CA_WISHES] = { "www.example.com", "shop.example.com" };

/* --- what may have arrived ------------------------------------------------------------------ */

static bool is_call(const struct scripted_request *r, const char *call)
{
	return strcmp(strrchr(r->url, '/') + 1, call) == 0;
}

/* An order for one of the wishes, whichever API is spoken. */
static bool is_place(const struct scripted_request *r)
{
	char part[64];

	if (is_call(r, "GenerateOrderSSL"))
		return strstr(r->body, "\"productCode\":\"" CA_PRODUCT "\"");
	if (!scripted_asks(r, "POST", CA_V2 "ssl-certificates", part))
		return false;
	for (const emsign_kv *h = r->headers; h->key; h++)
		if (strcmp(h->key, "X-Product-Code") == 0)
			return strcmp(h->value, CA_PRODUCT) == 0;
	return false;
}

/* The list of the second API that is asked for an order in doubt begins at a day. */
static bool is_list(const struct scripted_request *r)
{
	char part[64];

	return is_call(r, "GetOrderReport") ||
	       (scripted_asks(r, "GET", CA_V2 "reports/orders", part) && strstr(r->url, "from="));
}

/* What an answer says, as far as it matters here. */
struct told {
	char status;   /* '1', '0', or 0 where there is none */
	int64_t rows;
	int64_t total; /* -1: not said */
};

static void read_told(const struct ems_node *root, bool v2, struct told *told)
{
	const char *status = ems_node_text(ems_node_get(root, "meta"), "status");
	const struct ems_node *block = v2 ? root : ems_node_get(root, "orderDetails");
	const struct ems_node *rows = ems_node_get(block, v2 ? "content" : "ordersArray");

	if (v2)
		told->status = '1'; /* it is HTTP's that counts */
	else if (status && status[0] && !status[1])
		told->status = status[0];
	if (!ems_text_int(ems_node_text(block, v2 ? "totalElements" : "totalNoOfResults"), 0,
			  INT64_MAX, &told->total))
		told->total = -1;
	for (rows = rows ? rows->first : NULL; rows; rows = rows->next)
		told->rows++;
}

static struct told listen(const struct ca *ca, const struct scripted_answer *a)
{
	const struct ems_node *root = NULL;
	struct told told = { 0, 0, -1 };
	struct ems_json *json = NULL;
	size_t len = a->body_len ? a->body_len : a->body ? strlen(a->body) : 0;

	FUZZ_MUST(ems_json_new(&ems_json_default_limits, NULL, NULL, NULL, &json, NULL) ==
		  EMSIGN_OK);
	if (a->body && ems_json_feed(json, a->body, len, NULL) == EMSIGN_OK &&
	    ems_json_end(json, &root, NULL) == EMSIGN_OK)
		read_told(root, ca->play->v2, &told);
	ems_json_free(json);
	return told;
}

/* It never left, was refused at the door, or was refused in so many words. */
static bool surely_not_done(const struct ca *ca, const struct scripted_answer *a)
{
	if (a->start || (a->unsent && !a->status))
		return true;
	if (a->rc || !a->status)
		return false;
	if (ca->play->v2 && a->status == 501) /* the CA has no such call */
		return true;
	return (a->status >= 400 && a->status < 500) || listen(ca, a).status == '0';
}

static struct ca_wish *wish_of(struct ca *ca, const struct scripted_request *r)
{
	char text[128];

	for (size_t i = 0; i < CA_WISHES; i++) {
		snprintf(text, sizeof(text), "\"domain%s\":\"%s\"", ca->play->v2 ? "" : "Name",
			 ca_names[i]);
		if (strstr(r->body, text))
			return &ca->wishes[i];
	}
	return NULL;
}

/* --- what has to be written down before the first byte is sent ------------------------------- */

struct search {
	const char *key;
	size_t n;
	char found[256]; /* what the row says of `key` */
};

static emsign_rc on_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct search *search = ud;
	const char *value = ems_kv_get(row, search->key);

	(void)kind;
	(void)id;
	snprintf(search->found, sizeof(search->found), "%s", value ? value : "");
	search->n++;
	return EMSIGN_OK;
}

static size_t count_rows(struct ca *ca, const char *kind, const emsign_kv *filter,
			 struct search *search)
{
	FUZZ_MUST(emsign_store_scan(ca->store, kind, filter, NULL, 0, on_row, search, NULL) ==
		  EMSIGN_OK);
	return search->n;
}

static void check_intent(struct ca *ca, const char *domain, const char *state)
{
	const emsign_kv filter[] = { { "domain", domain }, { state ? "state" : NULL, state },
				     { NULL, NULL } };
	struct search intent = { .key = "spki" }, key = { .key = "sealed" };
	char id[512];

	FUZZ_MUST(count_rows(ca, "intent", filter, &intent) >= 1);
	snprintf(id, sizeof(id), "lab/key/%s", intent.found);
	FUZZ_MUST(emsign_store_get(ca->store, "sealed", id, on_row, &key, NULL) == EMSIGN_OK);
}

static void check_place(struct ca *ca, struct ca_wish *wish)
{
	const char *domain = ca_names[wish - ca->wishes];

	check_intent(ca, domain, "sending");
	if (wish->doubt)
		FUZZ_MUST(wish->looked);
	/* it is written down in whole seconds */
	*wish = (struct ca_wish){ .doubt = true, .sent_ms = ca->play->now_ms / 1000 * 1000 };
}

/* A list shows what there is when it is whole, and was begun when the order had to be in it. */
static void listed(struct ca *ca, struct ca_wish *wish, const struct scripted_request *request,
		   const struct scripted_answer *answer)
{
	struct told told = listen(ca, answer);

	if (strstr(request->body, "\"pageNumber\":\"1\"")) {
		wish->late = ca->play->now_ms >= wish->sent_ms + ca->settle_ms;
		wish->rows = 0;
	} else if (strstr(request->url, "page=1&")) {
		/* it says for no name that it is meant, so that two lists may be at hand */
		wish->late = ca->play->now_ms >= wish->sent_ms + ca->settle_ms;
	}
	if (answer->start || answer->rc || answer->status / 100 != 2 || told.status != '1')
		return;
	wish->rows += told.rows;
	wish->looked = wish->late && told.total >= 0 && wish->rows >= told.total;
}

/* --- answering ------------------------------------------------------------------------------ */

/* The CSR of an order, for the certificate that may come later. */
static void keep_csr(struct ca *ca, const char *body)
{
	const char *at = strstr(body, "\"csr\":\"");
	size_t n = 0;

	if (!at)
		return;
	free(ca->csr);
	ca->csr = malloc(strlen(at));
	FUZZ_MUST(ca->csr != NULL);
	for (at += strlen("\"csr\":\""); *at && *at != '"'; at++)
		ca->csr[n++] = *at == '\\' && at[1] == 'n' ? (at++, '\n') : *at;
	ca->csr[n] = '\0';
}

static void answer(void *ud, size_t number, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	struct ca *ca = ud;
	bool place = is_place(request);
	struct ca_wish *wish = wish_of(ca, request);

	FUZZ_MUST(number < CALLS_MAX);
	FUZZ_MUST(is_call(request, "token") || strstr(request->body, PLAY_KEY) == NULL);
	keep_csr(ca, request->body);
	if (place && wish)
		check_place(ca, wish);
	saying_make(ca, request, out);
	if (place && wish && surely_not_done(ca, out))
		wish->doubt = false;
	for (size_t i = 0; i < CA_WISHES && is_list(request); i++)
		if (ca->play->v2 || wish == &ca->wishes[i])
			listed(ca, &ca->wishes[i], request, out);
}

void ca_open(struct ca *ca, struct play *play, emsign_store *store, struct fuzz_input *in)
{
	memset(ca, 0, sizeof(*ca));
	ca->in = in;
	ca->play = play;
	ca->store = store;
	scripted_on_request(play->net, answer, ca);
}

void ca_close(struct ca *ca)
{
	while (ca->n_own)
		free(ca->own[--ca->n_own]);
	free(ca->csr);
}

void ca_told(struct ca *ca, const char *domain)
{
	for (size_t i = 0; i < CA_WISHES; i++)
		if (domain && strcmp(domain, ca_names[i]) == 0)
			ca->wishes[i].doubt = false;
}

void ca_check(struct ca *ca)
{
	for (size_t i = 0; i < CA_WISHES; i++)
		if (ca->wishes[i].doubt)
			check_intent(ca, ca_names[i], NULL);
}
