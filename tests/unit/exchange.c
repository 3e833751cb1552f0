/* SPDX-License-Identifier: MIT */
/* What a transport may report, in whatever order, and what the engine then sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "engine/exchange.h"
#include "support/ask.h"

static void count_done(void *ud, emsign_exchange *exchange)
{
	int *n = ud;

	assert_true(ems_exchange_is_done(exchange));
	(*n)++;
}

static emsign_exchange *fresh(void)
{
	return ask_new(&(struct ask){ .url = "https://ca.example/x", .body = "{}" });
}

static emsign_rc finish(emsign_exchange *exchange, struct ems_answer *answer, emsign_error *err)
{
	emsign_exchange_done(exchange, EMSIGN_OK, NULL);
	return ems_exchange_answer(exchange, answer, err);
}

static void request_is_the_question(void **state)
{
	const emsign_kv headers[] = { { "Content-Type", "application/json" }, { NULL, NULL } };
	emsign_exchange *exchange = ask_new(&(struct ask){
		.url = "https://ca.example/x", .headers = headers, .body = "{\"a\":1}",
		.terms = { .timeout_ms = 1234, .max_body = 9, .ca_file = "roots.pem",
			   .pin = "sha256//x" } });
	const emsign_request *r = emsign_exchange_request(exchange);

	(void)state;
	assert_string_equal(r->method, "POST");
	assert_string_equal(r->url, "https://ca.example/x");
	assert_string_equal(r->headers[0].value, "application/json");
	assert_null(r->headers[1].key);
	assert_int_equal(r->body_len, 7);
	assert_memory_equal(r->body, "{\"a\":1}", 7);
	assert_int_equal(r->timeout_ms, 1234);
	assert_string_equal(r->ca_file, "roots.pem");
	assert_string_equal(r->pin, "sha256//x");
	ems_exchange_free(exchange);
}

static void question_is_emptied(void **state)
{
	struct ems_question question = { .method = "GET", .url = EMS_BUF(100) };
	struct ems_exchange_terms terms = { .timeout_ms = 1, .max_body = 1 };
	emsign_exchange *exchange;

	(void)state;
	ems_buf_text(&question.url, "https://ca.example/");
	assert_int_equal(ems_exchange_new(&question, &terms, NULL, NULL, &exchange, NULL), 0);
	assert_null(question.url.bytes.data);
	ems_question_free(&question);
	ems_exchange_free(exchange);
	ems_exchange_free(NULL);
}

static void answer_comes_whole(void **state)
{
	emsign_exchange *exchange = fresh();
	struct ems_answer answer;
	emsign_error err;

	(void)state;
	assert_int_equal(ems_exchange_answer(exchange, &answer, &err), EMSIGN_E_STATE);
	emsign_exchange_status(exchange, 200);
	emsign_exchange_header(exchange, "content-type", "application/json;charset=UTF-8");
	emsign_exchange_header(exchange, "RETRY-AFTER", "17");
	assert_int_equal(emsign_exchange_data(exchange, "{\"ok\"", 5), EMSIGN_OK);
	assert_int_equal(emsign_exchange_data(exchange, NULL, 0), EMSIGN_OK);
	assert_int_equal(emsign_exchange_data(exchange, ":1}", 3), EMSIGN_OK);
	assert_int_equal(finish(exchange, &answer, &err), EMSIGN_OK);
	assert_int_equal(err.rc, EMSIGN_OK);
	assert_int_equal(answer.http_status, 200);
	assert_string_equal(answer.content_type, "application/json;charset=UTF-8");
	assert_int_equal(answer.retry_after, 17);
	assert_int_equal(answer.len, 8);
	assert_memory_equal(answer.body, "{\"ok\":1}", 8);
	ems_exchange_free(exchange);
}

static void empty_answer_is_an_answer(void **state)
{
	emsign_exchange *exchange = fresh();
	struct ems_answer answer;

	(void)state;
	emsign_exchange_status(exchange, 204);
	assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_OK);
	assert_null(answer.content_type);
	assert_int_equal(answer.retry_after, 0);
	assert_int_equal(answer.len, 0);
	assert_string_equal(answer.body, "");
	ems_exchange_free(exchange);
}

static void interim_status_is_replaced(void **state)
{
	emsign_exchange *exchange = fresh();
	struct ems_answer answer;

	(void)state;
	emsign_exchange_status(exchange, 103);
	emsign_exchange_header(exchange, "Retry-After", "99");
	emsign_exchange_data(exchange, "old", 3);
	emsign_exchange_status(exchange, 201);
	emsign_exchange_data(exchange, "new", 3);
	assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_OK);
	assert_int_equal(answer.http_status, 201);
	assert_int_equal(answer.retry_after, 0);
	assert_int_equal(answer.len, 3);
	assert_memory_equal(answer.body, "new", 3);
	ems_exchange_free(exchange);
}

static void answer_needs_a_status(void **state)
{
	static const int bad[] = { 0, 103, 99, 1000, -200 };
	struct ems_answer answer;
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		emsign_exchange *exchange = fresh();

		if (bad[i])
			emsign_exchange_status(exchange, bad[i]);
		assert_int_equal(finish(exchange, &answer, &err), EMSIGN_E_PROTO);
		ems_exchange_free(exchange);
	}
}

static void done_counts_once(void **state)
{
	int n = 0;
	emsign_exchange *exchange = ask_new(
		&(struct ask){ .url = "https://ca.example/", .done = count_done, .ud = &n });
	struct ems_answer answer;

	(void)state;
	emsign_exchange_status(exchange, 200);
	assert_false(ems_exchange_is_done(exchange));
	emsign_exchange_done(exchange, EMSIGN_OK, NULL);
	emsign_exchange_done(exchange, EMSIGN_E_NET, "too late");
	emsign_exchange_status(exchange, 500);
	emsign_exchange_header(exchange, "Content-Type", "text/html");
	emsign_exchange_unsent(exchange);
	assert_int_equal(emsign_exchange_data(exchange, "x", 1), EMSIGN_E_STATE);
	assert_int_equal(n, 1);
	assert_false(ems_exchange_is_unsent(exchange));
	assert_int_equal(ems_exchange_answer(exchange, &answer, NULL), EMSIGN_OK);
	assert_int_equal(answer.http_status, 200);
	assert_null(answer.content_type);
	assert_int_equal(answer.len, 0);
	ems_exchange_free(exchange);
}

static void failure_keeps_its_sentence(void **state)
{
	emsign_exchange *exchange = fresh();
	struct ems_answer answer;
	emsign_error err;

	(void)state;
	emsign_exchange_status(exchange, 200);
	emsign_exchange_done(exchange, EMSIGN_E_NET, "the cable\nis cut");
	assert_int_equal(ems_exchange_answer(exchange, &answer, &err), EMSIGN_E_NET);
	assert_int_equal(err.rc, EMSIGN_E_NET);
	assert_null(strchr(err.message, '\n'));
	assert_non_null(strstr(err.message, "is cut"));
	assert_int_equal(err.http_status, 200);
	assert_string_equal(err.request_id, "txn-1");
	assert_null(answer.body);
	ems_exchange_free(exchange);

	exchange = fresh();
	emsign_exchange_done(exchange, EMSIGN_E_TIMEOUT, NULL);
	assert_int_equal(ems_exchange_answer(exchange, &answer, &err), EMSIGN_E_TIMEOUT);
	assert_string_equal(err.message, emsign_rc_text(EMSIGN_E_TIMEOUT));
	assert_int_equal(err.http_status, 0);
	assert_int_equal(ems_exchange_answer(exchange, &answer, NULL), EMSIGN_E_TIMEOUT);
	ems_exchange_free(exchange);
}

static void unknown_code_is_the_transports_fault(void **state)
{
	emsign_exchange *exchange = fresh();
	struct ems_answer answer;

	(void)state;
	emsign_exchange_status(exchange, 200);
	emsign_exchange_done(exchange, 7, NULL);
	assert_int_equal(ems_exchange_answer(exchange, &answer, NULL), EMSIGN_E_CALLBACK);
	ems_exchange_free(exchange);
}

static void unsent_is_a_promise_until_an_answer(void **state)
{
	emsign_exchange *exchange = fresh();

	(void)state;
	assert_false(ems_exchange_is_unsent(exchange));
	emsign_exchange_unsent(exchange);
	assert_true(ems_exchange_is_unsent(exchange));
	emsign_exchange_status(exchange, 200);
	assert_false(ems_exchange_is_unsent(exchange));
	ems_exchange_free(exchange);
}

/* An answer that cannot be understood is one all the same: somebody got the question. */
static void a_broken_answer_was_asked_for(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		emsign_exchange *exchange = fresh();

		emsign_exchange_unsent(exchange);
		if (how == 0)
			emsign_exchange_status(exchange, 99);
		else if (how == 1)
			emsign_exchange_header(exchange, "Date", "today");
		else
			emsign_exchange_data(exchange, "{", 1);
		emsign_exchange_done(exchange, EMSIGN_E_NET, NULL);
		assert_false(ems_exchange_is_unsent(exchange));
		ems_exchange_free(exchange);
	}
}

static void body_has_a_limit(void **state)
{
	emsign_exchange *exchange = ask_new(&(struct ask){
		.url = "https://ca.example/", .terms = { .max_body = 8 } });
	struct ems_answer answer;
	emsign_error err;

	(void)state;
	emsign_exchange_status(exchange, 200);
	assert_int_equal(emsign_exchange_data(exchange, "12345678", 8), EMSIGN_OK);
	assert_int_equal(emsign_exchange_data(exchange, "9", 1), EMSIGN_E_PROTO);
	assert_int_equal(emsign_exchange_data(exchange, "", 0), EMSIGN_E_PROTO);
	/* a transport that goes on as if nothing happened */
	emsign_exchange_status(exchange, 200);
	assert_int_equal(finish(exchange, &answer, &err), EMSIGN_E_PROTO);
	assert_string_equal(err.message, "the answer is longer than 8 bytes");
	ems_exchange_free(exchange);
}

static void headers_have_limits(void **state)
{
	char value[4096];
	struct ems_answer answer;
	emsign_exchange *exchange = fresh();

	(void)state;
	emsign_exchange_status(exchange, 200);
	for (int i = 0; i < 256; i++)
		emsign_exchange_header(exchange, "X", "y");
	assert_int_equal(emsign_exchange_data(exchange, "", 0), EMSIGN_OK);
	emsign_exchange_header(exchange, "X", "y");
	assert_int_equal(emsign_exchange_data(exchange, "", 0), EMSIGN_E_PROTO);
	assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_E_PROTO);
	ems_exchange_free(exchange);

	exchange = fresh();
	memset(value, 'y', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 17; i++) {
		/* a new status does not start the count anew */
		emsign_exchange_status(exchange, 100);
		emsign_exchange_header(exchange, "X", value);
	}
	emsign_exchange_status(exchange, 200);
	assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_E_PROTO);
	ems_exchange_free(exchange);
}

static void long_and_missing_values_are_harmless(void **state)
{
	char value[1000];
	emsign_exchange *exchange = fresh();
	struct ems_answer answer;

	(void)state;
	memset(value, 'y', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	emsign_exchange_status(exchange, 200);
	emsign_exchange_header(exchange, NULL, "x");
	emsign_exchange_header(exchange, "x", NULL);
	emsign_exchange_header(exchange, "Content-Type", value);
	assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_OK);
	assert_int_equal(strspn(answer.content_type, "y"), 127);
	ems_exchange_free(exchange);
}

static void retry_after_is_understood(void **state)
{
	static const struct {
		const char *retry_after;
		const char *date;
		int64_t seconds;
	} rows[] = {
		{ "120", NULL, 120 },
		{ "0", NULL, 0 },
		{ "-5", NULL, 0 },
		{ "99999999999", NULL, 0 },
		{ "soon", NULL, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:48:07 GMT", 90 },
		{ "Thu, 01 Jan 2026 00:00:05 GMT", "Wed, 31 Dec 2025 23:59:50 GMT", 15 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", NULL, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:50:00 GMT", 0 },
		{ "Thu, 30 Feb 2026 00:00:00 GMT", "Wed, 31 Dec 2025 23:59:50 GMT", 0 },
		{ "Thu, 01 Nix 2026 00:00:00 GMT", "Wed, 31 Dec 2025 23:59:50 GMT", 0 },
		{ "Thu, 01 Jan 2026 00:00:05 CET", "Wed, 31 Dec 2025 23:59:50 GMT", 0 },
		{ "Thu, 01 Jan 9999 00:00:05 GMT", "Wed, 31 Dec 1025 23:59:50 GMT", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		emsign_exchange *exchange = fresh();
		struct ems_answer answer;

		emsign_exchange_status(exchange, 503);
		emsign_exchange_header(exchange, "Retry-After", rows[i].retry_after);
		emsign_exchange_header(exchange, "Date", rows[i].date);
		assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_OK);
		assert_int_equal(answer.retry_after, rows[i].seconds);
		ems_exchange_free(exchange);
	}
}

/* --- when memory is short ------------------------------------------------------------------ */

static size_t allocations_left;

static void *scarce(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	(void)ud;
	(void)old_size;
	if (!new_size) {
		test_free(ptr);
		return NULL;
	}
	if (!allocations_left)
		return NULL;
	allocations_left--;
	return test_realloc(ptr, new_size);
}

static void memory_may_be_short(void **state)
{
	const emsign_allocator allocator = { .size = sizeof(allocator), .realloc = scarce };
	struct ems_exchange_terms terms = { .timeout_ms = 1, .max_body = 100 };
	struct ems_question question = { .method = "POST", .url = EMS_BUF(100) };
	struct ems_answer answer;
	emsign_exchange *exchange;

	(void)state;
	assert_int_equal(emsign_set_allocator(&allocator), EMSIGN_OK);
	allocations_left = 1;
	ems_buf_text(&question.url, "https://ca.example/");
	assert_int_equal(ems_exchange_new(&question, &terms, NULL, NULL, &exchange, NULL),
			 EMSIGN_E_NOMEM);
	assert_null(exchange);
	assert_null(question.url.bytes.data);

	allocations_left = 1;
	assert_int_equal(ems_exchange_new(&question, &terms, NULL, NULL, &exchange, NULL),
			 EMSIGN_OK);
	emsign_exchange_status(exchange, 200);
	assert_int_equal(emsign_exchange_data(exchange, "x", 1), EMSIGN_E_NOMEM);
	allocations_left = 9;
	assert_int_equal(emsign_exchange_data(exchange, "x", 1), EMSIGN_E_NOMEM);
	assert_int_equal(finish(exchange, &answer, NULL), EMSIGN_E_NOMEM);
	ems_exchange_free(exchange);
	assert_int_equal(emsign_set_allocator(NULL), EMSIGN_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_the_question),
		cmocka_unit_test(question_is_emptied),
		cmocka_unit_test(answer_comes_whole),
		cmocka_unit_test(empty_answer_is_an_answer),
		cmocka_unit_test(interim_status_is_replaced),
		cmocka_unit_test(answer_needs_a_status),
		cmocka_unit_test(done_counts_once),
		cmocka_unit_test(failure_keeps_its_sentence),
		cmocka_unit_test(unknown_code_is_the_transports_fault),
		cmocka_unit_test(unsent_is_a_promise_until_an_answer),
		cmocka_unit_test(a_broken_answer_was_asked_for),
		cmocka_unit_test(body_has_a_limit),
		cmocka_unit_test(headers_have_limits),
		cmocka_unit_test(long_and_missing_values_are_harmless),
		cmocka_unit_test(retry_after_is_understood),
		cmocka_unit_test(memory_may_be_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
