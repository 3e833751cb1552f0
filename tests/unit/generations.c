/* SPDX-License-Identifier: MIT */
/* What is above the wire and differs by generation: families, pages, reports, the fallback. */
#include "../support/play.h"

#include <stdlib.h>
#include <string.h>

#include "../support/sample.h"
#include "base/alloc.h"

static struct play p;

#define TOKEN "{\"access_token\":\"EMSIGN-CANARY-token\",\"expires_in\":3600}"
#define NOT_FOUND "{\"title\":\"Not Found\",\"status\":404,\"detail\":\"EMS-928\"}"
#define ISSUED(number) "{\"orderId\":\"" number "\",\"status\":\"pending-approval\"}"
#define PAGE(rows, page, pages, total)                                                         \
	"{\"content\":[" rows "],\"page\":" page ",\"size\":1,\"totalElements\":" total         \
	",\"totalPages\":" pages "}"

/* The answer to a question whose method and URL hold these words; the first line that fits. */
struct line {
	const char *method, *url;
	int status;
	const char *body;
	size_t asked;
};

static struct line *script;

static void answer(void *ud, size_t nth, const struct scripted_request *request,
		   struct scripted_answer *out)
{
	(void)ud;
	(void)nth;
	if (strstr(request->url, "/oauth/token")) {
		*out = (struct scripted_answer){ .status = 200, .body = TOKEN };
		return;
	}
	for (struct line *line = script; line->url; line++) {
		if (strcmp(line->method, request->method) != 0 || !strstr(request->url, line->url))
			continue;
		line->asked++;
		*out = (struct scripted_answer){ .status = line->status, .body = line->body };
		return;
	}
	fail_msg("not in the script: %s %s", request->method, request->url);
}

static void open_with(struct line *lines)
{
	play_open_v2(&p, SCRIPTED_BLOCKING);
	script = lines;
	scripted_on_request(p.net, answer, NULL);
}

static void put(const char *kind, const char *id, const emsign_kv *row)
{
	PLAY_OK(&p, emsign_store_put(p.store, kind, id, row, &p.err));
}

static void put_order(const char *number, const char *key, const char *value)
{
	const emsign_kv row[] = { { "credential", "lab" }, { "url", PLAY_SITE },
				  { "number", number }, { "domain", PLAY_NAME }, { key, value },
				  { NULL, NULL } };
	char id[64];

	(void)snprintf(id, sizeof(id), "lab/%s", number);
	put("order", id, row);
}

/* --- families ----------------------------------------------------------------------------- */

/* Nobody said of which family it is: each is asked in turn, once, and the answer is kept. */
static void test_an_order_is_looked_for_in_each_family(void **state)
{
	struct line lines[] = {
		{ "GET", "/ssl-certificates/5", 404, NOT_FOUND, 0 },
		{ "GET", "/private-pki-certificates/5", 404, NOT_FOUND, 0 },
		{ "GET", "/signature-certificates/5", 200, ISSUED("5"), 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};
	emsign_order *order = NULL;

	(void)state;
	open_with(lines);
	put_order("5", "remarks", "imported");
	for (int i = 0; i < 2; i++) {
		PLAY_OK(&p, emsign_account_refresh(p.account, "5", &order, &p.err));
		assert_string_equal(order->family, "signature");
		emsign_free(order);
	}
	assert_int_equal(lines[0].asked, 1);
	assert_int_equal(lines[1].asked, 1);
	assert_int_equal(lines[2].asked, 2);
	play_close(&p);
}

/* What the family says in which most orders are tells more than what the last one says. */
static void test_an_order_of_no_family_is_not_found(void **state)
{
	struct line lines[] = {
		{ "GET", "/ssl-certificates/5", 404, NOT_FOUND, 0 },
		{ "GET", "-certificates/5", 404, "{\"title\":\"Not Found\",\"status\":404}", 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	put_order("5", "remarks", "imported");
	PLAY_FAILS(&p, emsign_account_refresh(p.account, "5", NULL, &p.err), EMSIGN_E_NOTFOUND,
		   "EMS-928");
	assert_string_equal(p.err.ca_code, "EMS-928");
	assert_int_equal(lines[1].asked, 2);
	play_close(&p);
}

/* A certificate for PLAY_NAME, as the CA sends it; to be freed. */
static char *certificate_answer(void)
{
	static const char format[] = "{\"certificatePem\":\"%s\"}";
	struct testca ca, leaf;
	char *bare, *body;
	size_t size;

	testca_ca("Test CA", NULL, &ca);
	testca_leaf(NULL, PLAY_NAME, "DNS:" PLAY_NAME, &ca, &leaf);
	bare = testca_bare(&leaf);
	size = sizeof(format) + strlen(bare);
	body = malloc(size);
	assert_non_null(body);
	(void)snprintf(body, size, format, bare);
	free(bare);
	testca_free(&leaf);
	testca_free(&ca);
	return body;
}

static void assert_family(const char *id, const char *family)
{
	emsign_order *order = play_get(&p, "order", id);

	assert_non_null(order->certificate);
	assert_non_null(order->family);
	assert_string_equal(order->family, family);
	emsign_free(order);
}

static void test_a_certificate_tells_the_family(void **state)
{
	char *body = certificate_answer();
	struct line lines[] = {
		{ "GET", "/ssl-certificates/5", 404, NOT_FOUND, 0 },
		{ "GET", "/private-pki-certificates/5/certificate", 200, body, 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	put_order("5", "remarks", "imported");
	for (int i = 0; i < 2; i++)
		PLAY_OK(&p, emsign_account_fetch(p.account, "5", NULL, &p.err));
	assert_int_equal(lines[0].asked, 1);
	assert_family("lab/5", "private-pki");
	play_close(&p);
	free(body);
}

static void test_the_family_of_the_product_or_of_the_order(void **state)
{
	static const emsign_kv product[] = { { "credential", "lab" }, { "code", "104" },
					     { "family", "private-pki" }, { NULL, NULL } };
	struct line lines[] = {
		{ "GET", "/private-pki-certificates/5", 200, ISSUED("5"), 0 },
		{ "GET", "/ssl-certificates/6", 404, NOT_FOUND, 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	put("product", "lab/104", product);
	put_order("5", "product", "104");
	put_order("6", "family", "ssl");
	PLAY_OK(&p, emsign_account_refresh(p.account, "5", NULL, &p.err));
	PLAY_FAILS(&p, emsign_account_refresh(p.account, "6", NULL, &p.err), EMSIGN_E_NOTFOUND, "");
	assert_int_equal(lines[0].asked, 1);
	assert_int_equal(lines[1].asked, 1); /* it is known: nowhere else is looked */
	play_close(&p);
}

/* --- challenges --------------------------------------------------------------------------- */

static void test_the_record_is_where_the_ca_says(void **state)
{
	static const emsign_kv label[] = { { "dcv_label", "_own" }, { NULL, NULL } };
	struct line lines[] = {
		{ "GET", "/ssl-certificates/5/dcv", 200, "{\"token\":\"emudhra-dcv-1\"}", 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};
	emsign_challenge *challenge = NULL;

	(void)state;
	open_with(lines);
	put_order("5", "family", "ssl");
	PLAY_OK(&p, emsign_account_challenge(p.account, "5", NULL, "dns", &challenge, &p.err));
	assert_string_equal(challenge->record_name, "_emudhra-challenge." PLAY_NAME);
	emsign_free(challenge);
	play_restart_with(&p, label);
	PLAY_OK(&p, emsign_account_challenge(p.account, "5", NULL, "dns", &challenge, &p.err));
	assert_string_equal(challenge->record_name, "_own." PLAY_NAME);
	emsign_free(challenge);
	play_close(&p);
}

/* --- account data ------------------------------------------------------------------------- */

static void sync(const char *what, int64_t seen)
{
	emsign_stats *stats = NULL;

	PLAY_OK(&p, emsign_account_sync(p.account, what, &stats, &p.err));
	assert_int_equal(stats->seen, seen);
	emsign_free(stats);
}

static void test_organizations_are_listed_by_group(void **state)
{
#define BRIEF(number) "{\"organizationNumber\":\"" number "\",\"organizationName\":\"O" number "\"}"
	struct line lines[] = {
		{ "GET", "/groups", 200, "{\"groups\":[{\"groupNumber\":\"1\"}]}", 0 },
		{ "GET", "/organizations?groupNumber=1", 200,
		  "{\"organizations\":[" BRIEF("7") "]}", 0 },
		{ "GET", "/organizations/7", 200, BRIEF("7"), 0 },
		{ "GET", "/organizations/8", 200, BRIEF("8"), 0 },
		{ "GET", "/organizations", 200,
		  "{\"organizations\":[" BRIEF("7") "," BRIEF("8") "]}", 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};
	emsign_organization *seven, *eight;

	(void)state;
	open_with(lines);
	sync("organizations", 2);
	seven = play_get(&p, "organization", "lab/7");
	eight = play_get(&p, "organization", "lab/8");
	assert_string_equal(seven->group, "1");
	assert_null(eight->group);
	assert_int_equal(lines[2].asked, 1);
	emsign_free(seven);
	emsign_free(eight);
	play_close(&p);
}

/* An account without groups is asked for them once. */
static void test_an_account_without_groups(void **state)
{
	struct line lines[] = {
		{ "GET", "/groups", 200, "{\"groups\":[]}", 0 },
		{ "GET", "/organizations", 200, "{\"organizations\":[]}", 0 },
		{ "GET", "/domains", 200, PAGE("", "0", "0", "0"), 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	sync("all", 0);
	assert_int_equal(lines[0].asked, 1);
	assert_int_equal(lines[1].asked, 1);
	play_close(&p);
}

/* Several pages, and one name three times: the registration that is valid and active counts. */
static void test_domains_have_pages_and_names_come_again(void **state)
{
#define ROW(name, id, proof, status)                                                           \
	"{\"domainName\":\"" name "\",\"domainId\":\"" id "\",\"dcvStatus\":\"" proof             \
	"\",\"status\":\"" status "\"}"
	struct line lines[] = {
		{ "GET", "offset=0&", 200,
		  PAGE(ROW("a.example", "1", "PENDING", "ACTIVE") ","
		       ROW("a.example", "3", "VERIFIED", "INACTIVE"), "0", "2", "4"), 0 },
		{ "GET", "offset=100&", 200,
		  PAGE(ROW("a.example", "2", "VERIFIED", "ACTIVE") ","
		       ROW("b.example", "4", "PENDING", "ACTIVE"), "1", "2", "4"), 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};
	emsign_domain *domain;

	(void)state;
	open_with(lines);
	sync("domains", 2);
	domain = play_get(&p, "domain", "lab/a.example");
	assert_string_equal(domain->domain_id, "2");
	emsign_free(domain);
	assert_true(play_has(&p, "domain", "lab/b.example"));
	play_close(&p);
}

/* Two products may have a field of one number. */
static void test_custom_fields_belong_to_products(void **state)
{
	static const emsign_kv gone[] = { { "credential", "lab" }, { "code", "840" },
					  { "gone_at", "1" }, { NULL, NULL } };
	static const emsign_kv one[] = { { "credential", "lab" }, { "code", "842" },
					 { NULL, NULL } };
	static const emsign_kv two[] = { { "credential", "lab" }, { "code", "844" },
					 { NULL, NULL } };
#define FIELD "{\"customFields\":[{\"fieldId\":\"11\",\"fieldName\":\"cost\"}]}"
	struct line lines[] = {
		{ "GET", "/842/custom-fields", 200, FIELD, 0 },
		{ "GET", "/844/custom-fields", 200, FIELD, 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	PLAY_FAILS(&p, emsign_account_sync(p.account, "custom_fields", NULL, &p.err),
		   EMSIGN_E_STATE, "synchronise 'products' first");
	put("product", "lab/840", gone);
	put("product", "lab/842", one);
	put("product", "lab/844", two);
	sync("custom_fields", 2);
	assert_true(play_has(&p, "custom_field", "lab/842/11"));
	assert_true(play_has(&p, "custom_field", "lab/844/11"));
	play_close(&p);
}

/* --- the report --------------------------------------------------------------------------- */

#define LISTED(number, request, name)                                                          \
	"{\"orderNumber\":\"" number "\",\"requestNumber\":\"" request "\",\"orderStatus\":"      \
	"\"Order In-Progress\",\"certificateStatus\":\"Pending for CSR\",\"domainName\":\"" name   \
	"\",\"orderDate\":\"2026-01-15T10:20:30Z\",\"productCode\":\"842\",\"tags\":[]}"

static void test_an_import_learns_the_family(void **state)
{
	char *body = certificate_answer();
	struct line lines[] = {
		{ "GET", "/reports/orders", 200,
		  PAGE("{\"orderNumber\":\"5\",\"orderStatus\":\"Order Fulfilled\","
		       "\"certificateStatus\":\"Certificate Downloaded\","
		       "\"domainName\":\"" PLAY_NAME "\"}", "1", "1", "1"), 0 },
		{ "GET", "/ssl-certificates/5", 404, NOT_FOUND, 0 },
		{ "GET", "/private-pki-certificates/5/certificate", 200, body, 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	PLAY_OK(&p, emsign_account_import(p.account, NULL, NULL, &p.err));
	assert_family("lab/5", "private-pki");
	play_close(&p);
	free(body);
}

/* The report cannot be searched by a draft's number: it is looked for on each page. */
static void test_a_draft_is_looked_for_on_every_page(void **state)
{
	static const emsign_kv draft[] = { { "credential", "lab" }, { "url", PLAY_SITE },
					   { "request_number", "77" },
					   { "created_at", "1768472430" }, { NULL, NULL } };
	struct line lines[] = {
		{ "GET", "page=1&", 200, PAGE(LISTED("5", "70", "a.example"), "1", "2", "2"), 0 },
		{ "GET", "page=2&", 200, PAGE(LISTED("6", "77", "b.example"), "2", "2", "2"), 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};
	emsign_order *order = NULL;

	(void)state;
	open_with(lines);
	put("order", "lab/request-77", draft);
	PLAY_OK(&p, emsign_account_refresh(p.account, "request-77", &order, &p.err));
	assert_string_equal(order->id, "lab/6");
	emsign_free(order);
	assert_false(play_has(&p, "order", "lab/request-77"));
	assert_non_null(strstr(scripted_request(p.net, 1)->url, "from=2026-01-14"));
	play_close(&p);
}

static emsign_rc place(emsign_order **order)
{
	const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME },
				   { "key", "EC:P-256" }, { NULL, NULL } };

	return emsign_account_place(p.account, form, order, &p.err);
}

/* What got no answer is looked for by days, since the report cannot be searched by names. */
static void test_an_order_in_doubt_is_found_by_days(void **state)
{
	struct line lines[] = {
		{ "GET", "page=1&", 200, PAGE(LISTED("5", "70", "a.example"), "1", "2", "2"), 0 },
		{ "GET", "page=2&", 200, PAGE(LISTED("6", "71", PLAY_NAME), "2", "2", "2"), 0 },
		{ "GET", "/ssl-certificates/6", 200, ISSUED("6"), 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};
	emsign_order *order = NULL;

	(void)state;
	open_with(lines);
	scripted_body(p.net, 200, TOKEN);
	play_lost(&p);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "");
	PLAY_OK(&p, place(&order));
	assert_string_equal(order->number, "6");
	assert_non_null(order->csr);
	emsign_free(order);
	assert_non_null(strstr(scripted_request(p.net, 2)->url, "from=2026-01-14"));
	assert_null(strstr(scripted_request(p.net, 2)->url, PLAY_NAME));
	play_close(&p);
}

/* --- what only the other generation has --------------------------------------------------- */

static emsign_rc submit(void)
{
	static const char pdf[] = "%PDF-1.7 content";

	return emsign_account_submit_document(p.account, "5", "a.pdf", "x", pdf, strlen(pdf),
					      &p.err);
}

static void test_the_fallback_does_what_this_one_lacks(void **state)
{
	static const emsign_kv fallback[] = { { "fallback", "old" }, { NULL, NULL } };
	struct line lines[] = {
		{ "POST", "/emSignHub-API/SubmitDocument", 200,
		  "{\"meta\":{\"status\":\"1\",\"errorCode\":\"\",\"errorMessage\":\"\"}}", 0 },
		{ "GET", "/ssl-certificates/5", 200, ISSUED("5"), 0 },
		{ NULL, NULL, 0, NULL, 0 },
	};

	(void)state;
	open_with(lines);
	put_order("5", "family", "ssl");
	PLAY_FAILS(&p, submit(), EMSIGN_E_UNSUPPORTED,
		   "submitting the document is not possible with the API v2");
	assert_int_equal(scripted_n(p.net), 0);
	p.v2 = false;
	PLAY_OK(&p, play_add_credential(&p, "old"));
	PLAY_OK(&p, emsign_client_credential_update(p.client, "lab", fallback, NULL, &p.err));
	play_restart(&p);
	PLAY_OK(&p, submit());
	assert_int_equal(lines[0].asked, 1);
	assert_non_null(strstr(p.log, "fallback=old"));
	assert_int_equal(scripted_n(p.net), 1); /* no token for the other one */
	PLAY_OK(&p, emsign_account_refresh(p.account, "5", NULL, &p.err));
	assert_int_equal(lines[1].asked, 1);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_an_order_is_looked_for_in_each_family),
		FAIL_TEST(test_an_order_of_no_family_is_not_found),
		FAIL_TEST(test_a_certificate_tells_the_family),
		FAIL_TEST(test_the_family_of_the_product_or_of_the_order),
		FAIL_TEST(test_the_record_is_where_the_ca_says),
		FAIL_TEST(test_organizations_are_listed_by_group),
		FAIL_TEST(test_an_account_without_groups),
		FAIL_TEST(test_domains_have_pages_and_names_come_again),
		FAIL_TEST(test_custom_fields_belong_to_products),
		FAIL_TEST(test_an_import_learns_the_family),
		FAIL_TEST(test_a_draft_is_looked_for_on_every_page),
		FAIL_TEST(test_an_order_in_doubt_is_found_by_days),
		FAIL_TEST(test_the_fallback_does_what_this_one_lacks),
	};

	return cmocka_run_group_tests(tests, fail_setup, NULL);
}
