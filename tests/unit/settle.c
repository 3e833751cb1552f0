/* SPDX-License-Identifier: MIT */
/*
 * An order that got no answer: the next call for the same names finds out at the CA what became of
 * it. One intent gives one order, whatever happens.
 */
#include "../support/play.h"

#include <string.h>

static struct play p;

static const emsign_kv form[] = { { "product", "842" }, { "domain", PLAY_NAME }, { NULL, NULL } };
static const emsign_kv unmarked[] = { { "mark_orders", "no" }, { NULL, NULL } };

static emsign_rc place(emsign_order **out)
{
	return emsign_account_place(p.account, form, out, &p.err);
}

/* Places an order whose answer is lost. */
static void lose(const emsign_kv *config)
{
	play_open(&p, SCRIPTED_BLOCKING, config);
	play_lost(&p);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "without a usable answer");
	assert_int_equal(play_rows(&p, "intent"), 1);
}

/* The mark that a question put on the order. */
static const char *mark(size_t i)
{
	static char tag[64];
	const char *at = strstr(scripted_request(p.net, i)->body, "emsign:");

	assert_non_null(at);
	memcpy(tag, at, 7 + 16);
	tag[7 + 16] = '\0';
	return tag;
}

static void copy_csr(size_t i, char *to, size_t size)
{
	const char *at = strstr(scripted_request(p.net, i)->body, "\"csr\":\"");
	size_t len;

	assert_non_null(at);
	len = strcspn(at + 7, "\"");
	assert_true(len < size);
	memcpy(to, at + 7, len);
	to[len] = '\0';
}

static size_t orders_sent(void)
{
	size_t n = 0;

	for (size_t i = 0; i < scripted_n(p.net); i++)
		n += strcmp(play_call(&p, i), "GenerateOrderSSL") == 0;
	return n;
}

/* The call adopts that order and sends nothing; its key is the one that was made for it. */
static void expect_adopted(const char *id)
{
	size_t sent = orders_sent();
	emsign_order *order = NULL;
	emsign_key *key = NULL;

	PLAY_OK(&p, place(&order));
	assert_string_equal(order->id, id);
	assert_int_equal(orders_sent(), sent);
	assert_int_equal(play_rows(&p, "intent"), 0);
	PLAY_OK(&p, emsign_client_key_open(p.client, order->csr, &key, &p.err));
	assert_string_equal(emsign_key_spki(key), order->spki);
	assert_string_equal(order->domain, PLAY_NAME);
	assert_string_equal(order->requester_email, "alex@example.com");
	emsign_key_free(key);
	emsign_free(order);
}

/* The call finds that the order never arrived, and orders. */
static void expect_ordered_anew(const char *number)
{
	size_t sent = orders_sent();
	emsign_order *order = NULL;

	play_placed(&p, number);
	PLAY_OK(&p, place(&order));
	assert_string_equal(order->number, number);
	assert_int_equal(orders_sent(), sent + 1);
	assert_int_equal(play_rows(&p, "intent"), 0);
	emsign_free(order);
}

/* An order without a mark is looked at more closely before it is taken for the lost one. */
static void expect_adopted_after_a_look(const char *id)
{
	play_tracked(&p, 24, 2, NULL);
	expect_adopted(id);
}

/* --- found -------------------------------------------------------------------------------- */

static void test_p01_adopts_by_its_mark(void **state)
{
	(void)state;
	for (int restart = 0; restart < 2; restart++) {
		struct play_row rows[] = {
			{ .number = "1",
			  .certificate = 24,
			  .order = 2,
			  .tag = "emsign:0123456789abcdef" },
			{ .number = "2", .certificate = 24, .order = 2 },
			{ .number = "3", .certificate = 20, .order = 6 },
		};

		lose(NULL);
		rows[2].tag = mark(0);
		if (restart)
			play_restart(&p);
		play_report(&p, 1, 1, 3, rows, 3);
		expect_adopted("lab/3");
		assert_true(play_asked(&p, 1, "\"domainName\":\"" PLAY_NAME "\""));
		assert_non_null(strstr(p.log, "was found at the CA"));
		play_close(&p);
	}
}

static void test_p01_adopts_by_names_product_and_time(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "1", .certificate = 24, .order = 2, .tag = "emsign:0123456789abcdef" },
		{ .number = "2", .certificate = 24, .order = 2, .domain = "other.example.com" },
		{ .number = "3", .certificate = 24, .order = 2, .date = "2026-01-14 10:20:29" },
		{ .number = "4", .certificate = 24, .order = 2 },
		{ .request = "5", .certificate = 2, .order = 7 }, /* a draft is not an order */
		{ .number = "6", .certificate = 24, .order = 2, .date = "2026-01-16 10:20:31" },
	};

	(void)state;
	lose(NULL);
	play_report(&p, 1, 1, 6, rows, 6);
	expect_adopted_after_a_look("lab/4");
	assert_true(play_asked(&p, 2, "\"orderNumber\":\"4\""));
	play_close(&p);
}

static void test_without_marks_the_same(void **state)
{
	static const struct play_row rows[] = { { .number = "4", .certificate = 24, .order = 2 } };

	(void)state;
	lose(unmarked);
	assert_false(play_asked(&p, 0, "emsign:"));
	play_report(&p, 1, 1, 1, rows, 1);
	expect_adopted_after_a_look("lab/4");
	play_close(&p);
}

/* The list names neither the requester nor every name; the order itself may. */
static void test_another_requester_or_name_is_another_order(void **state)
{
	static const struct play_row rows[] = { { .number = "4", .certificate = 24, .order = 2 },
						{ .number = "5", .certificate = 24, .order = 2 },
						{ .number = "6", .certificate = 24, .order = 2 } };
	static const char others[] = ",\"requestorInformation\":"
				     "{\"requestorEmail\":\"sam@example.com\"}";
	static const char more[] = ",\"domainVerification\":{\"" PLAY_NAME "\":{},"
				   "\"b.example.com\":{\"dcvStatus\":\"0\"}}";
	static const char same[] = ",\"requestorInformation\":"
				   "{\"requestorEmail\":\"Alex@example.com\"},"
				   "\"domainVerification\":{\"example.com\":{},\"status\":\"0\"}";

	(void)state;
	lose(unmarked);
	play_report(&p, 1, 1, 3, rows, 3);
	play_tracked(&p, 24, 2, others);
	play_tracked(&p, 24, 2, more);
	play_tracked(&p, 24, 2, same);
	expect_adopted("lab/6");
	play_close(&p);
}

#define WILD "\"domainName\":\"*.example.com\",\"certificateStatusId\":\"24\""

/* The CA lists a wildcard by its base name, and each further name: that speaks not against it. */
static void test_a_wildcard_and_more_names_are_known_again(void **state)
{
	static const emsign_kv wild[] = { { "product", "842" }, { "domain", "*.example.com" },
					  { "san", "b.example.org" }, { NULL, NULL } };
	emsign_order *order = NULL;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, unmarked);
	play_lost(&p);
	PLAY_FAILS(&p, emsign_account_place(p.account, wild, NULL, &p.err), EMSIGN_E_INDOUBT, "");
	/* one of another product is not it, a draft neither */
	play_yes(&p, "\"orderDetails\":{\"noOfPages\":1,\"totalNoOfResults\":3,\"ordersArray\":["
		     "{\"orderNumber\":\"3\",\"productCode\":\"999\"," WILD "},"
		     "{\"requestNumber\":\"5\",\"orderStatusId\":\"7\"," WILD "},"
		     "{\"orderNumber\":\"4\",\"productCode\":\"842\"," WILD "}]}");
	play_tracked(&p, 24, 2, ",\"domainVerification\":{\"example.com\":{},"
				"\"b.example.org\":{\"dcvStatus\":\"0\"}}");
	PLAY_OK(&p, emsign_account_place(p.account, wild, &order, &p.err));
	assert_string_equal(order->id, "lab/4");
	emsign_free(order);
	play_close(&p);
}

/* An order that does not tell stays a candidate; a CA that cannot be asked settles nothing. */
static void test_a_look_that_tells_nothing(void **state)
{
	static const struct play_row rows[] = { { .number = "4", .certificate = 24, .order = 2 } };

	(void)state;
	lose(unmarked);
	play_report(&p, 1, 1, 1, rows, 1);
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_AUTH, "in doubt and cannot be settled");
	assert_int_equal(play_rows(&p, "intent"), 1);
	play_report(&p, 1, 1, 1, rows, 1);
	play_no(&p, "EMS-943", "Invalid Order ID");
	expect_adopted("lab/4");
	play_close(&p);
}

static void test_it_may_stand_on_a_later_page(void **state)
{
	struct play_row rows[] = { { .number = "1", .certificate = 24, .order = 2 },
				   { .number = "2", .certificate = 24, .order = 2 } };

	(void)state;
	lose(NULL);
	rows[1].tag = mark(0);
	play_report(&p, 1, 2, 2, rows, 1);
	play_report(&p, 2, 2, 2, rows + 1, 1);
	expect_adopted("lab/2");
	assert_true(play_asked(&p, 2, "\"pageNumber\":\"2\""));
	play_close(&p);
}

/* The answer came, but something here failed before the order was kept. */
static void test_p01_an_order_that_could_not_be_kept_is_found_again(void **state)
{
	struct play_row row = { .number = "1", .certificate = 24, .order = 2 };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	p.refuse = EMSIGN_EVENT_ADDED;
	play_placed(&p, "1");
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_CALLBACK, "stopped 'place'");
	assert_int_equal(play_rows(&p, "order"), 0);
	assert_int_equal(play_rows(&p, "intent"), 1);
	p.refuse = 0;
	row.tag = mark(0);
	play_report(&p, 1, 1, 1, &row, 1);
	expect_adopted("lab/1");
	play_close(&p);
}

/* The program ends while the question is under way: its intent is still "sending". */
static void test_p01_a_program_that_died_in_flight(void **state)
{
	struct play_row row = { .number = "1", .certificate = 24, .order = 2 };
	emsign_op *op = NULL;

	(void)state;
	play_open(&p, SCRIPTED_OPEN, NULL);
	scripted_add(p.net, &(struct scripted_answer){ .hold = true });
	PLAY_OK(&p, emsign_account_begin(p.account, "place", form, &op, &p.err));
	PLAY_OK(&p, emsign_op_submit(op, NULL, NULL, &p.err));
	PLAY_OK(&p, emsign_client_dispatch(p.client, 0, &p.err));
	emsign_op_free(op);
	play_restart(&p);
	row.tag = mark(0);
	play_report(&p, 1, 1, 1, &row, 1);
	expect_adopted("lab/1");
	play_close(&p);
}

/* --- not found ---------------------------------------------------------------------------- */

static void test_p01_never_arrived_is_ordered_once_with_the_same_key(void **state)
{
	char first[4096], second[4096];

	(void)state;
	lose(NULL);
	play_report(&p, 1, 0, 0, NULL, 0);
	expect_ordered_anew("1");
	copy_csr(0, first, sizeof(first));
	copy_csr(2, second, sizeof(second));
	assert_string_equal(first, second);
	assert_int_equal(play_rows(&p, "csr"), 1);
	assert_int_equal(play_rows(&p, "sealed"), 3);
	assert_non_null(strstr(p.log, "never arrived"));
	play_close(&p);
}

static void test_p13_another_key_is_made_when_the_form_says_so(void **state)
{
	static const emsign_kv rsa[] = { { "product", "842" }, { "domain", PLAY_NAME },
					 { "key", "RSA:2048" }, { NULL, NULL } };
	emsign_order *order = NULL;
	emsign_csr *csr;

	(void)state;
	lose(NULL);
	play_report(&p, 1, 0, 0, NULL, 0);
	play_placed(&p, "1");
	PLAY_OK(&p, emsign_account_place(p.account, rsa, &order, &p.err));
	csr = play_csr(&p, order);
	assert_string_equal(csr->key, "RSA:2048");
	emsign_free(csr);
	emsign_free(order);
	play_close(&p);
}

/* The same set with another name first wants another CSR: its common name is the order's domain. */
static void test_another_name_first_wants_another_csr(void **state)
{
	static const emsign_kv one[] = { { "product", "842" }, { "domain", PLAY_NAME },
					 { "san", "b.example.com" }, { NULL, NULL } };
	static const emsign_kv two[] = { { "product", "842" }, { "domain", "b.example.com" },
					 { "san", PLAY_NAME }, { NULL, NULL } };
	emsign_order *order = NULL;
	emsign_csr *csr;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, NULL);
	play_lost(&p);
	PLAY_FAILS(&p, emsign_account_place(p.account, one, NULL, &p.err), EMSIGN_E_INDOUBT, "");
	play_report(&p, 1, 0, 0, NULL, 0);
	play_placed(&p, "1");
	PLAY_OK(&p, emsign_account_place(p.account, two, &order, &p.err));
	csr = play_csr(&p, order);
	assert_string_equal(csr->domain, "b.example.com");
	emsign_free(csr);
	emsign_free(order);
	play_close(&p);
}

/* Orders that were placed from here before are not the lost one, however well they fit. */
static void test_orders_known_before_are_others(void **state)
{
	static const emsign_kv again[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "again", "yes" }, { NULL, NULL } };
	static const struct play_row rows[] = { { .number = "1", .certificate = 22, .order = 6 } };

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, unmarked);
	emsign_free(play_place(&p, "1"));
	play_lost(&p);
	PLAY_FAILS(&p, emsign_account_place(p.account, again, NULL, &p.err), EMSIGN_E_INDOUBT, "");
	play_tracked(&p, 22, 6, NULL);
	PLAY_OK(&p, emsign_account_refresh(p.account, "1", NULL, &p.err));
	play_report(&p, 1, 1, 1, rows, 1);
	expect_ordered_anew("2");
	play_close(&p);
}

/* --- in doubt still ----------------------------------------------------------------------- */

static void test_p01_several_that_fit_are_for_a_person_to_tell(void **state)
{
	static const struct play_row rows[] = {
		{ .number = "11", .certificate = 24, .order = 2 },
		{ .number = "12", .certificate = 24, .order = 2 },
	};

	(void)state;
	lose(NULL);
	play_report(&p, 1, 1, 2, rows, 2);
	play_tracked(&p, 24, 2, NULL);
	play_tracked(&p, 24, 2, NULL);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "at the CA may be it: 11, 12");
	assert_int_equal(orders_sent(), 1);
	assert_int_equal(play_rows(&p, "intent"), 1);

	/* what the sentence advises: import, delete the wrong one, and order */
	play_report(&p, 1, 1, 2, rows, 2);
	PLAY_OK(&p, emsign_account_import(p.account, NULL, NULL, &p.err));
	play_report(&p, 1, 1, 2, rows, 2);
	play_tracked(&p, 24, 2, NULL);
	play_tracked(&p, 24, 2, NULL);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "11, 12");
	PLAY_OK(&p, emsign_client_order_delete(p.client, "lab/11", &p.err));
	play_report(&p, 1, 1, 2, rows, 2);
	expect_adopted_after_a_look("lab/12");
	play_close(&p);
}

/* An import that came in between must not hide the lost order: it would be paid for twice. */
static void test_p01_an_import_in_between_does_not_hide_it(void **state)
{
	static const emsign_kv rows_only[] = { { "certificates", "no" }, { NULL, NULL } };
	static const struct play_row rows[] = { { .number = "11", .certificate = 20, .order = 6 } };

	(void)state;
	lose(unmarked);
	p.now_ms += 60000;
	play_report(&p, 1, 1, 1, rows, 1);
	PLAY_OK(&p, emsign_account_import(p.account, rows_only, NULL, &p.err));
	play_report(&p, 1, 1, 1, rows, 1);
	expect_adopted_after_a_look("lab/11");
	assert_int_equal(orders_sent(), 1);
	play_close(&p);
}

static const emsign_kv patient[] = { { "settle_ms", "12000" }, { NULL, NULL } };

/* The CA may still be working on it: that it does not list the order yet proves nothing. */
static void test_p01_an_order_that_the_ca_is_slow_with_is_waited_for(void **state)
{
	static const struct play_row late[] = { { .number = "11", .certificate = 24, .order = 2 } };
	int64_t began;

	(void)state;
	lose(patient);
	p.now_ms += 2000;
	began = p.now_ms;
	play_report(&p, 1, 0, 0, NULL, 0);
	play_report(&p, 1, 1, 1, late, 1);
	expect_adopted_after_a_look("lab/11");
	assert_int_equal(p.now_ms - began, 10000);
	assert_int_equal(orders_sent(), 1);
	play_close(&p);
}

#define META "\"meta\":{\"txn\":\"1\",\"status\":\"1\",\"errorCode\":\"\",\"errorMessage\":\"\"}"
#define LIST(total, rows) "{\"orderDetails\":{\"noOfPages\":1,\"totalNoOfResults\":" total \
	",\"ordersArray\":[" rows "]}," META "}"

/* The list that is asked for first was read before the order stood in it, and is long under way. */
static void answer_slowly(void *ud, size_t nth, const struct scripted_request *request,
			  struct scripted_answer *out)
{
	(void)ud;
	*out = (struct scripted_answer){ .status = 200 };
	if (strstr(request->url, "GenerateOrderSSL")) {
		out->body = "{\"orderDetails\":{\"orderNumber\":\"12\"}," META "}";
	} else if (nth == 1) {
		p.now_ms += 11000;
		out->body = LIST("0", "");
	} else if (strstr(request->url, "TrackOrder")) {
		out->body = "{\"orderDetails\":{\"orderStatusId\":\"2\","
			    "\"certificateStatusId\":\"24\"}," META "}";
	} else {
		out->body = LIST("1", "{\"orderNumber\":\"11\",\"productCode\":\"842\","
				      "\"domainName\":\"" PLAY_NAME "\","
				      "\"certificateStatusId\":\"24\","
				      "\"orderStatusId\":\"2\"}");
	}
}

static void test_p01_a_list_that_was_asked_for_too_early_proves_nothing(void **state)
{
	(void)state;
	lose(patient);
	p.now_ms += 2000;
	scripted_on_request(p.net, answer_slowly, NULL);
	expect_adopted("lab/11");
	assert_int_equal(orders_sent(), 1);
	play_close(&p);
}

/* "Slow down", a pause, and only then the attempt whose answer is lost: its time counts. */
static void test_p01_a_late_attempt_has_its_whole_time(void **state)
{
	static const emsign_kv slow[] = { { "settle_ms", "12000" }, { "backoff_ms", "20000" },
					  { NULL, NULL } };
	static const struct play_row late[] = { { .number = "11", .certificate = 24, .order = 2 } };
	int64_t began;

	(void)state;
	play_open(&p, SCRIPTED_BLOCKING, slow);
	play_no(&p, "EMS-1154", "Inactive Account User.");
	play_lost(&p);
	began = p.now_ms;
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "");
	assert_true(p.now_ms - began >= 12000);
	began = p.now_ms;
	play_report(&p, 1, 0, 0, NULL, 0);
	play_report(&p, 1, 1, 1, late, 1);
	expect_adopted_after_a_look("lab/11");
	assert_true(p.now_ms - began >= 11000); /* the attempt is written in whole seconds */
	assert_int_equal(orders_sent(), 2);
	play_close(&p);
}

static void test_p01_what_is_old_is_not_waited_for(void **state)
{
	int64_t began;

	(void)state;
	lose(patient);
	p.now_ms += 12000;
	began = p.now_ms;
	play_report(&p, 1, 0, 0, NULL, 0);
	play_placed(&p, "12");
	PLAY_OK(&p, place(NULL));
	assert_int_equal(p.now_ms - began, 0);
	assert_int_equal(orders_sent(), 2);
	play_close(&p);
}

static void test_p25_nothing_is_concluded_from_a_list_that_is_not_whole(void **state)
{
	static const struct play_row others[] = {
		{ .number = "1", .certificate = 24, .order = 2, .domain = "a.example.com" },
		{ .number = "1", .certificate = 24, .order = 2, .domain = "a.example.com" },
	};
	struct play_row marked = { .number = "3", .certificate = 24, .order = 2 };

	(void)state;
	lose(NULL);
	play_report(&p, 1, 1, 2, others, 1);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "list of orders is not whole: 1 came of 2");
	play_report(&p, 1, 1, 2, others, 2); /* one of them twice: rows shifted */
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "not whole: 1 came of 2");
	play_yes(&p, "\"orderDetails\":{\"ordersArray\":[]}");
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "not whole");
	assert_int_equal(orders_sent(), 1);
	assert_int_equal(play_rows(&p, "intent"), 1);
	marked.tag = mark(0); /* what was found is found, though */
	play_report(&p, 1, 1, 9, &marked, 1);
	expect_adopted("lab/3");
	play_close(&p);
}

static void test_p01_when_the_ca_cannot_be_asked_nothing_is_ordered(void **state)
{
	(void)state;
	lose(NULL);
	play_no(&p, "EMS-1065", "Invalid Auth Key");
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_AUTH,
		   "an earlier order for '" PLAY_NAME "' is in doubt and cannot be settled");
	for (int i = 0; i < 5; i++)
		play_lost(&p);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_NET, "in doubt and cannot be settled");
	assert_int_equal(orders_sent(), 1);
	assert_int_equal(play_rows(&p, "intent"), 1);
	play_report(&p, 1, 0, 0, NULL, 0);
	expect_ordered_anew("1");
	play_close(&p);
}

static void test_p01_lost_again_and_again(void **state)
{
	struct play_row row = { .number = "9", .certificate = 24, .order = 2 };

	(void)state;
	lose(NULL);
	play_report(&p, 1, 0, 0, NULL, 0);
	play_lost(&p);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_INDOUBT, "");
	assert_int_equal(play_rows(&p, "intent"), 1);
	assert_int_equal(play_rows(&p, "csr"), 1);
	row.tag = mark(2);
	play_report(&p, 1, 1, 1, &row, 1);
	expect_adopted("lab/9");
	play_close(&p);
}

static void test_again_orders_without_looking(void **state)
{
	static const emsign_kv again[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "again", "yes" }, { NULL, NULL } };

	(void)state;
	lose(NULL);
	play_placed(&p, "2");
	PLAY_OK(&p, emsign_account_place(p.account, again, NULL, &p.err));
	assert_int_equal(orders_sent(), 2);
	assert_int_equal(play_rows(&p, "intent"), 1); /* the lost one is still to be settled */
	play_close(&p);
}

/* It never arrived, and its names are ordered otherwise by now: nobody waits for it any more. */
static void test_what_never_arrived_goes_when_the_names_are_ordered(void **state)
{
	static const emsign_kv again[] = { { "product", "842" }, { "domain", PLAY_NAME },
					   { "again", "yes" }, { NULL, NULL } };
	struct play_row row = { .number = "2", .certificate = 24, .order = 2 };

	(void)state;
	lose(NULL);
	play_placed(&p, "2");
	PLAY_OK(&p, emsign_account_place(p.account, again, NULL, &p.err));
	assert_int_equal(play_rows(&p, "intent"), 1);
	row.tag = mark(1);
	play_report(&p, 1, 1, 1, &row, 1);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_CONFLICT, "'lab/2'");
	assert_int_equal(play_rows(&p, "intent"), 0);
	PLAY_FAILS(&p, place(NULL), EMSIGN_E_CONFLICT, "'lab/2'");
	assert_int_equal(scripted_n(p.net), 3); /* the last call had nothing to ask for */
	play_close(&p);
}

/* Other names have nothing to do with it. */
static void test_other_names_are_not_held_up(void **state)
{
	static const emsign_kv other[] = { { "product", "842" }, { "domain", "b.example.com" },
					   { NULL, NULL } };

	(void)state;
	lose(NULL);
	play_placed(&p, "2");
	PLAY_OK(&p, emsign_account_place(p.account, other, NULL, &p.err));
	assert_int_equal(scripted_n(p.net), 2);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(test_p01_adopts_by_its_mark),
		FAIL_TEST(test_p01_adopts_by_names_product_and_time),
		FAIL_TEST(test_without_marks_the_same),
		FAIL_TEST(test_another_requester_or_name_is_another_order),
		FAIL_TEST(test_a_wildcard_and_more_names_are_known_again),
		FAIL_TEST(test_a_look_that_tells_nothing),
		FAIL_TEST(test_it_may_stand_on_a_later_page),
		FAIL_TEST(test_p01_an_order_that_could_not_be_kept_is_found_again),
		FAIL_TEST(test_p01_a_program_that_died_in_flight),
		FAIL_TEST(test_p01_never_arrived_is_ordered_once_with_the_same_key),
		FAIL_TEST(test_p13_another_key_is_made_when_the_form_says_so),
		FAIL_TEST(test_another_name_first_wants_another_csr),
		FAIL_TEST(test_orders_known_before_are_others),
		FAIL_TEST(test_p01_several_that_fit_are_for_a_person_to_tell),
		FAIL_TEST(test_p01_an_import_in_between_does_not_hide_it),
		FAIL_TEST(test_p01_an_order_that_the_ca_is_slow_with_is_waited_for),
		FAIL_TEST(test_p01_a_list_that_was_asked_for_too_early_proves_nothing),
		FAIL_TEST(test_p01_a_late_attempt_has_its_whole_time),
		FAIL_TEST(test_p01_what_is_old_is_not_waited_for),
		FAIL_TEST(test_p25_nothing_is_concluded_from_a_list_that_is_not_whole),
		FAIL_TEST(test_p01_when_the_ca_cannot_be_asked_nothing_is_ordered),
		FAIL_TEST(test_p01_lost_again_and_again),
		FAIL_TEST(test_again_orders_without_looking),
		FAIL_TEST(test_what_never_arrived_goes_when_the_names_are_ordered),
		FAIL_TEST(test_other_names_are_not_held_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
