/* SPDX-License-Identifier: MIT */
/* Import: every order that the CA lists, the certificates that are wanted, and nothing twice. */
#include "../support/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct play p;

#define PENDING .certificate = 24, .order = 2
#define ISSUED .certificate = 20, .order = 6
#define REVOKED .certificate = 22, .order = 6
#define EXPIRED .certificate = 12, .order = 6
#define REFUSED .certificate = 5, .order = 4

static const emsign_kv rows_only[] = { { "certificates", "no" }, { NULL, NULL } };

static emsign_stats *import(const emsign_kv *options)
{
	emsign_stats *stats = NULL;

	PLAY_OK(&p, emsign_account_import(p.account, options, &stats, &p.err));
	assert_string_equal(stats->id, "orders");
	return stats;
}

static void certificate_of(const char *name, int64_t till)
{
	char names[64] = "DNS:";
	const struct testca_form form = { .common = name,
					  .names = strcat(names, name),
					  .till = till };

	play_certificate_of(&p, &form, false);
}

/* --- pages -------------------------------------------------------------------------------- */

static void test_orders_become_known(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "1", PENDING }, { .number = "2", PENDING, .domain = "b.example.com" },
		{ .request = "77", .certificate = 2, .order = 7 },
	};
	emsign_stats *s;
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_report(&p, 1, 1, 3, rows, 3);
	s = import(NULL);
	assert_int_equal(s->seen, 3);
	assert_int_equal(s->added, 3);
	assert_int_equal(s->changed, 0);
	assert_int_equal(s->total, 3);
	assert_int_equal(s->complete, 1);
	emsign_free(s);
	assert_true(play_asked(&p, 0, "\"pageNumber\":\"1\",\"pageSize\":\"100\""));
	assert_false(play_asked(&p, 0, "orderDateFrom"));
	order = play_get(&p, "order", "lab/2");
	assert_string_equal(order->domain, "b.example.com");
	assert_string_equal(order->url, PLAY_SITE);
	assert_int_equal(order->ordered_at, PLAY_NOW);
	assert_int_equal(order->created_at, PLAY_NOW);
	emsign_free(order);
	assert_true(play_has(&p, "order", "lab/request-77"));

	/* again: the same; and then one that moved on */
	play_report(&p, 1, 1, 3, rows, 3);
	s = import(NULL);
	assert_int_equal(s->added + s->changed, 0);
	emsign_free(s);
	play_report(&p, 1, 1, 3,
		    (struct play_row[]){ rows[0], { .number = "2", REFUSED }, rows[2] }, 3);
	s = import(NULL);
	assert_int_equal(s->added, 0);
	assert_int_equal(s->changed, 1);
	emsign_free(s);
	play_close(&p);
}

static void test_a_page_is_kept_whole_or_not_at_all(void **state)
{
	static const struct play_row rows[] = { { .number = "1", PENDING },
						{ .number = "2", PENDING } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	p.refuse = EMSIGN_EVENT_ADDED;
	play_report(&p, 1, 1, 2, rows, 2);
	PLAY_FAILS(&p, emsign_account_import(p.account, rows_only, NULL, &p.err), EMSIGN_E_CALLBACK,
		   "");
	assert_int_equal(play_count(&p, "order"), 0);
	play_close(&p);
}

static void test_without_a_total_nothing_is_complete(void **state)
{
	emsign_stats *s;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_yes(&p, "\"orderDetails\":{\"ordersArray\":[{\"orderNumber\":\"1\","
		     "\"certificateStatusId\":\"24\",\"orderStatusId\":\"2\"}]}");
	s = import(rows_only);
	assert_int_equal(s->seen, 1);
	assert_int_equal(s->complete, 0);
	emsign_free(s);
	play_close(&p);
}

/* --- options ------------------------------------------------------------------------------ */

static void test_options_are_checked(void **state)
{
	static const struct {
		emsign_kv options[2];
		const char *sentence;
	} rows[] = {
		{ { { "exclude", "pending" } },
		  "exclude 'pending' is unknown; possible: expired|revoked" },
		{ { { "exlude", "expired" } }, "unknown field 'exlude' (did you mean 'exclude'?)" },
		{ { { "from", "yesterday" } },
		  "from 'yesterday' has to be a day, like 2026-01-31" },
		{ { { "deleted", "perhaps" } }, "deleted 'perhaps' has to be yes or no" },
	};

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	for (size_t i = 0; i < COUNT(rows); i++)
		PLAY_FAILS(&p, emsign_account_import(p.account, rows[i].options, NULL, &p.err),
			   EMSIGN_E_INVALID, rows[i].sentence);
	assert_int_equal(scripted_n(p.net), 0);
	play_close(&p);
}

/* The CA wants both days or none. */
static void test_days(void **state)
{
	static const struct {
		emsign_kv options[4];
		const char *days;
	} rows[] = {
		{ { { "from", "2025-12-01" }, { "till", "2025-12-31" }, { "certificates", "no" } },
		  "\"orderDateFrom\":\"2025-12-01\",\"orderDateTill\":\"2025-12-31\"" },
		{ { { "from", "2025-12-01" }, { "certificates", "no" } },
		  "\"orderDateFrom\":\"2025-12-01\",\"orderDateTill\":\"2026-01-15\"" },
		{ { { "till", "2025-12-31" }, { "certificates", "no" } },
		  "\"orderDateFrom\":\"2000-01-01\",\"orderDateTill\":\"2025-12-31\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		play_open(&p, SCRIPTED_BLOCKING, NULL);
		play_report(&p, 1, 0, 0, NULL, 0);
		emsign_free(import(rows[i].options));
		assert_true(play_asked(&p, 0, rows[i].days));
		play_close(&p);
	}
}

/* --- certificates ------------------------------------------------------------------------- */

static void test_certificates_of_what_was_issued(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "1", ISSUED, .domain = "a.example.com" },
		{ .number = "2", REVOKED, .domain = "b.example.com" },
		{ .number = "3", EXPIRED, .domain = "c.example.com" },
		{ .number = "4", PENDING }, { .number = "5", REFUSED },
	};
	emsign_stats *s;
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_report(&p, 1, 1, 5, rows, 5);
	play_no(&p, "EMS-1061", "Invalid Email ID");
	play_tracked(&p, 20, 6,
		     ",\"requestorInformation\":{\"requestorEmail\":\"sam@example.com\"}");
	certificate_of("a.example.com", 0);
	certificate_of("b.example.com", 0);
	certificate_of("c.example.com", PLAY_NOW - 1);
	s = import(NULL);
	assert_int_equal(s->seen, 5);
	assert_int_equal(s->added, 5);
	assert_int_equal(s->fetched, 3);
	assert_int_equal(s->left_out, 0);
	assert_int_equal(s->failed, 0);
	emsign_free(s);
	/* who ordered is told by the state alone, and wanted for the certificate */
	assert_true(play_asked(&p, 1, "\"requestorEmail\":\"alex@example.com\""));
	assert_true(play_asked(&p, 3, "\"requestorEmail\":\"sam@example.com\""));
	order = play_get(&p, "order", "lab/1");
	assert_string_equal(order->requester_email, "sam@example.com");
	emsign_free(order);
	order = play_get(&p, "order", "lab/2");
	assert_string_equal(order->requester_email, "alex@example.com");
	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED);
	assert_non_null(order->certificate);
	emsign_free(order);
	/* the next time nothing is left to fetch */
	play_report(&p, 1, 1, 5, rows, 5);
	s = import(NULL);
	assert_int_equal(s->fetched, 0);
	emsign_free(s);
	play_close(&p);
}

static void test_what_is_excluded_is_known_all_the_same(void **state)
{
	static const emsign_kv options[] = { { "exclude", "revoked" }, { "exclude", "expired" },
					     { NULL, NULL } };
	static const struct play_row rows[] = {
		{ .number = "1",
		  ISSUED,
		  .domain = "a.example.com",
		  .expiry = "2026-01-01 00:00:00" },
		{ .number = "2", REVOKED },
		{ .number = "3",
		  ISSUED,
		  .domain = "c.example.com",
		  .expiry = "2026-08-01 00:00:00" },
	};
	emsign_stats *s;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_report(&p, 1, 1, 3, rows, 3);
	certificate_of("c.example.com", 0);
	s = import(options);
	assert_int_equal(s->fetched, 1);
	assert_int_equal(s->left_out,
			 2); /* P29: the first one is listed as issued, but has expired */
	assert_int_equal(play_count(&p, "order"), 3);
	emsign_free(s);
	play_close(&p);
}

static void test_single_failures_do_not_stop_it(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "1", ISSUED, .domain = "a.example.com" },
		{ .number = "2", ISSUED, .domain = "Alex Example" }, /* of another family */
		{ .number = "3", ISSUED, .domain = "c.example.com" },
		{ .number = "4", REVOKED, .domain = "d.example.com" },
		{ .number = "5", ISSUED, .domain = "e.example.com" },
	};
	emsign_stats *s;
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_report(&p, 1, 1, 5, rows, 5);
	play_yes(&p, "\"certificateDetails\":{\"endEntityCertificate\":\"TUlJ\"}"); /* garbage */
	certificate_of("mail.example.com", 0);
	play_no(&p, "EMS-1197", "You are not authorized");
	play_tracked(&p, 20, 6, NULL);
	play_no(&p, "EMS-946", "Certificate is still being processed");
	certificate_of("e.example.com", 0);
	s = import(NULL);
	assert_int_equal(s->failed, 3);
	assert_int_equal(s->fetched, 2);
	emsign_free(s);
	order = play_get(&p, "order", "lab/4");
	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED); /* not "approved": it ended */
	assert_string_equal(order->certificate_note,
			    "left out: the CA does not serve it any more");
	emsign_free(order);
	/* nothing was lost by that, and it is not asked for each time again */
	play_report(&p, 1, 1, 5, rows, 5);
	play_no(&p, "EMS-1197", "You are not authorized");
	play_tracked(&p, 20, 6, NULL);
	play_yes(&p, "\"certificateDetails\":{\"endEntityCertificate\":\"TUlJ\"}");
	s = import(NULL);
	assert_int_equal(s->failed, 2);
	emsign_free(s);
	play_close(&p);
}

static void test_capacity_leaves_out_the_rest(void **state)
{
	static const emsign_kv one[] = { { "capacity", "1" }, { NULL, NULL } };
	static const struct play_row rows[] = {
		{ .number = "1", ISSUED, .domain = "a.example.com" },
		{ .number = "2", ISSUED, .domain = "b.example.com" },
	};
	emsign_stats *s;
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, one);
	play_report(&p, 1, 1, 2, rows, 2);
	certificate_of("a.example.com", 0);
	s = import(NULL);
	assert_int_equal(s->fetched, 1);
	assert_int_equal(s->left_out, 1);
	emsign_free(s);
	order = play_get(&p, "order", "lab/2");
	assert_non_null(strstr(order->certificate_note, "capacity"));
	emsign_free(order);
	play_close(&p);
}

/* One is not served any more, one is none: what they leave free is the third one's. */
static void test_what_fails_takes_no_room(void **state)
{
	static const emsign_kv one[] = { { "capacity", "1" }, { NULL, NULL } };
	static const struct play_row rows[] = {
		{ .number = "1", REVOKED, .domain = "a.example.com" },
		{ .number = "2", ISSUED, .domain = "b.example.com" },
		{ .number = "3", ISSUED, .domain = "c.example.com" },
		{ .number = "4", ISSUED, .domain = "d.example.com" },
	};
	emsign_stats *s;
	emsign_order *order;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, one);
	play_report(&p, 1, 1, 4, rows, 4);
	play_no(&p, "EMS-1197", "You are not authorized");
	play_tracked(&p, 22, 6, NULL);
	play_yes(&p, "\"certificateDetails\":{\"endEntityCertificate\":\"TUlJ\"}"); /* garbage */
	certificate_of("c.example.com", 0);
	s = import(NULL);
	assert_int_equal(s->failed, 2);
	assert_int_equal(s->fetched, 1);
	assert_int_equal(s->left_out, 1);
	emsign_free(s);
	order = play_get(&p, "order", "lab/3");
	assert_non_null(order->certificate);
	emsign_free(order);
	order = play_get(&p, "order", "lab/4");
	assert_non_null(strstr(order->certificate_note, "capacity"));
	emsign_free(order);
	play_close(&p);
}

/* What has come is not fetched again by the import after one that broke off. */
static void test_p50_certificates_are_fetched_once(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "1", ISSUED, .domain = "a.example.com" },
		{ .number = "2", ISSUED, .domain = "b.example.com" },
		{ .number = "3", ISSUED, .domain = "c.example.com" },
	};
	emsign_stats *s;
	size_t calls;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_report(&p, 1, 1, 3, rows, 3);
	certificate_of("a.example.com", 0);
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, emsign_account_import(p.account, NULL, NULL, &p.err), EMSIGN_E_AUTH, "");
	assert_int_equal(play_count(&p, "certificate"), 1);
	play_restart(&p);
	/* the list was complete: it goes on behind it */
	calls = scripted_n(p.net);
	certificate_of("b.example.com", 0);
	certificate_of("c.example.com", 0);
	s = import(NULL);
	assert_int_equal(scripted_n(p.net) - calls, 2);
	assert_int_equal(s->seen, 3);
	assert_int_equal(s->complete, 1);
	assert_int_equal(s->fetched, 2);
	emsign_free(s);
	play_close(&p);
}

static void test_certificates_come_in_parallel(void **state)
{
	static const emsign_kv four[] = { { "parallel", "4" }, { NULL, NULL } };
	static struct play_row rows[9];
	static char names[9][20], numbers[9][12];

	(void)state;
	play_open(&p, SCRIPTED_OPEN, four);
	for (int i = 0; i < 9; i++) {
		snprintf(names[i], sizeof(names[i]), "h%d.example.com", i);
		snprintf(numbers[i], sizeof(numbers[i]), "%d", i + 1);
		rows[i] = (struct play_row){ .number = numbers[i], ISSUED, .domain = names[i] };
	}
	play_report(&p, 1, 1, 9, rows, 9);
	for (int i = 0; i < 9; i++)
		certificate_of(names[i], 0);
	emsign_free(import(NULL));
	assert_int_equal(play_count(&p, "certificate"), 9);
	assert_int_equal(scripted_count(p.net).most_in_flight, 4);
	play_close(&p);
}

/* --- incremental -------------------------------------------------------------------------- */

/* New ones are listed; open ones are asked for; of issued ones a few, in turn. */
static void test_p27_late_changes_of_old_orders(void **state)
{
	static const emsign_kv incremental[] = { { "mode", "incremental" }, { "sweep", "2" },
						 { "certificates", "no" }, { NULL, NULL } };
	static const struct play_row rows[] = {
		{ .number = "1", ISSUED, .domain = "a.example.com" },
		{ .number = "2", ISSUED, .domain = "b.example.com" },
		{ .number = "3", ISSUED, .domain = "c.example.com" },
		{ .number = "4", PENDING, .domain = "d.example.com" },
	};
	static const struct play_row young = { .number = "5", PENDING, .domain = "e.example.com" };
	static const emsign_kv in_turn = { "parallel", "1" };
	const emsign_kv config[] = { in_turn, { NULL, NULL } };
	emsign_order *order;
	emsign_stats *s;
	size_t first;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, config);
	/* without a complete list there is nothing to add to: everything is listed */
	play_report(&p, 1, 1, 4, rows, 4);
	play_tracked(&p, 24, 2, NULL);                          /* 4 */
	play_tracked(&p, 20, 6, NULL);                          /* 1 */
	play_tracked(&p, 20, 6, NULL);                          /* 2 */
	emsign_free(import(incremental));
	assert_false(play_asked(&p, 0, "orderDateFrom"));
	first = scripted_n(p.net);
	assert_int_equal(first, 4);

	p.now_ms += INT64_C(10) * 86400 * 1000;
	play_report(&p, 1, 1, 1, &young, 1);
	play_tracked(&p, 13, 5, NULL);                          /* 4: has been canceled */
	play_tracked(&p, 24, 2, NULL);                          /* 5 */
	play_tracked(&p, 22, 6, ",\"revocationDetails\":{\"revokeRequestStatusId\":\"2\"}"); /* 3 */
	s = import(incremental);
	assert_int_equal(s->seen, 1);
	assert_int_equal(s->added, 1);
	emsign_free(s);
	/* from two days before the last list began */
	assert_true(play_asked(&p, first, "\"orderDateFrom\":\"2026-01-13\""));
	order = play_get(&p, "order", "lab/4");
	assert_int_equal(order->status, EMSIGN_STATUS_CANCELED);
	assert_int_equal(order->open, 0);
	emsign_free(order);
	order = play_get(&p, "order", "lab/3");
	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED);
	emsign_free(order);

	/* it had come to the last one, so it begins with the first again; open is only 5 */
	play_report(&p, 1, 1, 1, &young, 1);
	play_tracked(&p, 24, 2, NULL);                          /* 5 */
	play_tracked(&p, 22, 6, NULL);                          /* 1 */
	play_tracked(&p, 20, 6, NULL);                          /* 2 */
	emsign_free(import(incremental));
	order = play_get(&p, "order", "lab/1");
	assert_int_equal(order->status, EMSIGN_STATUS_REVOKED);
	emsign_free(order);
	play_close(&p);
}

/* Who asked for a part of the list has not seen what lies outside of it. */
static void test_p27_a_part_is_no_complete_list(void **state)
{
	static const emsign_kv incremental[] = { { "mode", "incremental" },
						 { "certificates", "no" }, { NULL, NULL } };
	static const emsign_kv parts[][4] = {
		{ { "till", "2025-12-31" }, { "certificates", "no" } },
		{ { "from", "2025-12-01" }, { "certificates", "no" } },
	};
	static const struct play_row row = { .number = "1", ISSUED };
	size_t before;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		play_open(&p, SCRIPTED_BLOCKING, NULL);
		play_report(&p, 1, 1, 1, &row, 1);
		emsign_free(import(parts[i]));
		before = scripted_n(p.net);
		p.now_ms += 1000;
		play_report(&p, 1, 1, 1, &row, 1);
		play_tracked(&p, 20, 6, NULL);
		emsign_free(import(incremental));
		assert_false(play_asked(&p, before, "orderDateFrom"));
		play_close(&p);
	}
}

/* --- what was deleted here ---------------------------------------------------------------- */

static void test_p55_deleted_orders_come_back_only_when_asked_for(void **state)
{
	static const emsign_kv deleted[] = { { "deleted", "yes" }, { "certificates", "no" },
					     { NULL, NULL } };
	static const struct play_row rows[] = {
		{ .number = "1", PENDING }, { .request = "77", .certificate = 2, .order = 7 },
		{ .number = "3", PENDING },
	};
	emsign_stats *s;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_report(&p, 1, 1, 3, rows, 3);
	emsign_free(import(rows_only));
	PLAY_OK(&p, emsign_client_order_delete(p.client, "lab/1", &p.err));
	PLAY_OK(&p, emsign_client_order_delete(p.client, "lab/request-77", &p.err));
	PLAY_FAILS(&p, emsign_client_order_delete(p.client, "lab/1", &p.err), EMSIGN_E_NOTFOUND,
		   "there is no order 'lab/1'");
	play_report(&p, 1, 1, 3, rows, 3);
	s = import(rows_only);
	assert_int_equal(s->seen, 3);
	assert_int_equal(s->added, 0);
	emsign_free(s);
	assert_int_equal(play_count(&p, "order"), 1);
	play_report(&p, 1, 1, 3, rows, 3);
	s = import(deleted);
	assert_int_equal(s->added, 2);
	emsign_free(s);
	assert_int_equal(play_rows(&p, "tombstone"), 0);
	play_close(&p);
}

static void test_p55_keys_and_certificates_outlive_their_order(void **state)
{
	emsign_order *order;
	emsign_csr *csr;
	emsign_key *key = NULL;
	char *certificate;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	emsign_free(play_place(&p, "1"));
	order = play_get(&p, "order", "lab/1");
	csr = play_csr(&p, order);
	emsign_free(order);
	play_certificate(&p, csr->pem, "DNS:" PLAY_NAME);
	PLAY_OK(&p, emsign_account_fetch(p.account, "1", NULL, &p.err));
	order = play_get(&p, "order", "lab/1");
	certificate = strdup(order->certificate);
	emsign_free(order);
	PLAY_OK(&p, emsign_client_order_delete(p.client, "lab/1", &p.err));
	assert_int_equal(scripted_n(p.net), 2); /* the CA is not asked */
	assert_true(play_has(&p, "certificate", certificate));
	PLAY_OK(&p, emsign_client_key_open(p.client, csr->id, &key, &p.err));
	emsign_key_free(key);
	emsign_free(csr);
	free(certificate);
	play_close(&p);
}

/* A tombstone of another environment means another order. */
static void test_p06_a_tombstone_belongs_to_its_place(void **state)
{
	static const emsign_kv row[] = { { "url", "https://sandbox.example/x/" }, { NULL, NULL } };
	static const struct play_row rows[] = { { .number = "1", PENDING } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	PLAY_OK(&p, emsign_store_put(p.store, "tombstone", "lab/1", row, &p.err));
	play_report(&p, 1, 1, 1, rows, 1);
	emsign_free(import(rows_only));
	assert_true(play_has(&p, "order", "lab/1"));
	play_close(&p);
}

/* P28: what a row does not say is not lost. */
static void test_p28_an_import_takes_nothing_away(void **state)
{
	static const struct play_row rows[] = { { .number = "1", PENDING } };
	emsign_order *before, *after;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	before = play_place(&p, "1");
	p.now_ms += 60000;
	play_report(&p, 1, 1, 1, rows, 1);
	emsign_free(import(rows_only));
	after = play_get(&p, "order", "lab/1");
	assert_string_equal(after->csr, before->csr);
	assert_string_equal(after->spki, before->spki);
	assert_string_equal(after->tag, before->tag);
	assert_string_equal(after->requester_email, before->requester_email);
	assert_int_equal(after->years, before->years);
	assert_int_equal(after->created_at, before->created_at);
	assert_int_equal(after->seen_at, before->seen_at + 60);
	emsign_free(before);
	emsign_free(after);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_orders_become_known),
		FAIL_TEST(test_a_page_is_kept_whole_or_not_at_all),
		FAIL_TEST(test_without_a_total_nothing_is_complete),
		FAIL_TEST(test_options_are_checked),
		FAIL_TEST(test_days),
		FAIL_TEST(test_certificates_of_what_was_issued),
		FAIL_TEST(test_what_is_excluded_is_known_all_the_same),
		FAIL_TEST(test_single_failures_do_not_stop_it),
		FAIL_TEST(test_capacity_leaves_out_the_rest),
		FAIL_TEST(test_what_fails_takes_no_room),
		FAIL_TEST(test_p50_certificates_are_fetched_once),
		FAIL_TEST(test_certificates_come_in_parallel),
		FAIL_TEST(test_p27_late_changes_of_old_orders),
		FAIL_TEST(test_p27_a_part_is_no_complete_list),
		FAIL_TEST(test_p55_deleted_orders_come_back_only_when_asked_for),
		FAIL_TEST(test_p55_keys_and_certificates_outlive_their_order),
		FAIL_TEST(test_p06_a_tombstone_belongs_to_its_place),
		FAIL_TEST(test_p28_an_import_takes_nothing_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
