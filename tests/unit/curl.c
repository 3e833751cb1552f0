/* SPDX-License-Identifier: MIT */
/* The built-in transport against a real server: what is sent, and what comes back, also badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/ask.h"
#include "support/tlsserver.h"
#include "transport/transport.h"

static struct tlsserver *server;
static emsign_transport *transport;

static int set_up(void **state)
{
	(void)state;
	server = tlsserver_new(TLSSERVER_GOOD);
	return emsign_transport_curl(NULL, &transport, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	emsign_transport_free(transport);
	tlsserver_free(server);
	return 0;
}

static struct ems_exchange_terms terms(void)
{
	return (struct ems_exchange_terms){ .ca_file = tlsserver_roots(server) };
}

static struct asked post(const char *path, const char *body)
{
	return ask_run(transport, &(struct ask){ .url = tlsserver_url(server, path), .body = body,
						 .terms = terms() });
}

static struct asked post_in(const char *path, int64_t timeout_ms)
{
	struct ask ask = { .url = tlsserver_url(server, path), .body = "{\"key\":\"s3cr3t\"}",
			   .terms = terms() };

	ask.terms.timeout_ms = timeout_ms;
	return ask_run(transport, &ask);
}

static void answer_arrives(void **state)
{
	struct asked asked = post("/ok", "{}");

	(void)state;
	assert_int_equal(asked.start, EMSIGN_OK);
	assert_int_equal(asked.rc, EMSIGN_OK);
	assert_int_equal(asked.status, 200);
	assert_string_equal(asked.content_type, "application/json;charset=UTF-8");
	assert_string_equal(asked.body, "{\"ok\":true}");
	assert_false(asked.unsent);
}

static void request_is_sent_as_said(void **state)
{
	const emsign_kv headers[] = { { "Content-Type", "application/json" },
				      { "X-Empty", "" },
				      { "Authorization", "Bearer t0k3n" },
				      { NULL, NULL } };
	struct asked asked = ask_run(
		transport, &(struct ask){ .url = tlsserver_url(server, "/echo?a=b"),
					  .headers = headers, .body = "{\"q\":\"\xc3\xa4\"}",
					  .terms = terms() });
	const char *request = tlsserver_request(server);

	(void)state;
	assert_int_equal(asked.status, 200);
	assert_string_equal(asked.body, "{\"q\":\"\xc3\xa4\"}");
	assert_ptr_equal(strstr(request, "POST /echo?a=b HTTP/1.1\r\n"), request);
	assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(request, "form-urlencoded"));
	assert_non_null(strstr(request, "\r\nX-Empty:"));
	assert_non_null(strstr(request, "\r\nAuthorization: Bearer t0k3n\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Length: 10\r\n"));
	assert_null(strstr(request, "Expect:"));
	assert_null(strstr(request, "Accept-Encoding:"));
}

static void methods_are_sent_as_said(void **state)
{
	static const struct {
		const char *method;
		const char *body;
		const char *line;
	} rows[] = {
		{ "GET", NULL, "GET /ok HTTP/1.1\r\n" },
		{ "POST", NULL, "POST /ok HTTP/1.1\r\n" },
		{ "PUT", "{}", "PUT /ok HTTP/1.1\r\n" },
		{ "DELETE", NULL, "DELETE /ok HTTP/1.1\r\n" },
		{ "GET", NULL, "GET /ok HTTP/1.1\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asked asked = ask_run(
			transport, &(struct ask){ .method = rows[i].method,
						  .url = tlsserver_url(server, "/ok"),
						  .body = rows[i].body, .terms = terms() });
		const char *request = tlsserver_request(server);

		assert_int_equal(asked.status, 200);
		assert_ptr_equal(strstr(request, rows[i].line), request);
		assert_null(strstr(request, "Content-Type:"));
		assert_string_equal(strstr(request, "\r\n\r\n") + 4,
				    rows[i].body ? rows[i].body : "");
	}
}

/* More than one write, more than one read, nothing of it changed on the way. */
static void long_body_is_sent_whole(void **state)
{
	static char body[1200001];
	struct ask ask = { .url = tlsserver_url(server, "/echo"), .body = body,
			   .terms = terms() };
	struct asked asked;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(body); i++)
		body[i] = (char)('a' + i % 26);
	ask.terms.max_body = sizeof(body);
	asked = ask_run(transport, &ask);
	assert_int_equal(asked.status, 200);
	assert_int_equal(asked.len, sizeof(body) - 1);
	assert_memory_equal(asked.body, body, sizeof(asked.body) - 1);
	assert_non_null(strstr(tlsserver_request(server), body));
	/* libcurl would ask whether a body of this length is welcome */
	assert_null(strstr(tlsserver_request(server), "Expect:"));
}

static void connection_is_kept(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(post("/ok", "{}").status, 200);
	assert_int_equal(tlsserver_count(server).connections, 1);
	assert_int_equal(tlsserver_count(server).requests, 5);
}

static void redirect_is_not_followed(void **state)
{
	struct asked asked = post("/redirect", "{}");

	(void)state;
	assert_int_equal(asked.rc, EMSIGN_OK);
	assert_int_equal(asked.status, 302);
	assert_int_equal(tlsserver_count(server).requests, 1);
}

static void headers_arrive(void **state)
{
	struct asked asked = post("/busy", "{}");

	(void)state;
	assert_int_equal(asked.status, 429);
	assert_int_equal(asked.retry_after, 17);
	/* what comes with an interim answer is not the answer's */
	asked = post("/early", "{}");
	assert_int_equal(asked.status, 200);
	assert_int_equal(asked.retry_after, 0);
	assert_string_equal(asked.body, "{\"ok\":true}");
}

static void chunks_are_joined(void **state)
{
	struct asked asked = post("/chunked", "{}");

	(void)state;
	assert_int_equal(asked.rc, EMSIGN_OK);
	assert_string_equal(asked.body, "{\"ok\":true}");
	assert_string_equal(asked.content_type, "");
}

/* Nothing is unpacked that was not asked for, and what is unpacked all the same has its limit. */
static void packed_answers_stay_small(void **state)
{
	struct asked asked = post("/packed/content", "{}");

	(void)state;
	assert_int_equal(asked.rc, EMSIGN_OK);
	assert_null(strstr(tlsserver_request(server), "Accept-Encoding"));
	assert_true(asked.len < 1000);
	assert_memory_equal(asked.body, "\x1f\x8b", 2);
	asked = post("/packed/transfer", "{}");
	assert_int_equal(asked.rc, EMSIGN_E_PROTO);
	assert_non_null(strstr(asked.err.message, "longer than 65536 bytes"));
}

static void environment_is_not_asked(void **state)
{
	(void)state;
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	assert_int_equal(post("/ok", "{}").status, 200);
	unsetenv("https_proxy");
	unsetenv("ALL_PROXY");
}

static void proxy_is_used_when_told(void **state)
{
	const emsign_kv options[] = { { "proxy", "http://127.0.0.1:1" }, { NULL, NULL } };
	struct asked asked;

	(void)state;
	emsign_transport_free(transport);
	assert_int_equal(emsign_transport_curl(options, &transport, NULL), EMSIGN_OK);
	setenv("no_proxy", "*", 1);
	asked = post("/ok", "{}");
	unsetenv("no_proxy");
	assert_int_equal(asked.rc, EMSIGN_E_NET);
	assert_true(asked.unsent);
	assert_int_equal(tlsserver_count(server).connections, 0);
}

/* --- what breaks on the way ---------------------------------------------------------------- */

static void broken_answers_are_told_apart(void **state)
{
	static const struct {
		const char *path;
		emsign_rc rc;
		const char *sentence;
	} rows[] = {
		{ "/cut", EMSIGN_E_NET, "the answer of localhost was cut off" },
		{ "/cut-chunked", EMSIGN_E_NET, "" },
		{ "/hang-up", EMSIGN_E_NET, "localhost closed the connection without an answer" },
		{ "/reset", EMSIGN_E_NET, "localhost" },
		{ "/garbage", EMSIGN_E_PROTO, "what localhost answered is not HTTP" },
		{ "/bad-chunk", EMSIGN_E_PROTO, "what localhost answered is not HTTP" },
		{ "/many-headers", EMSIGN_E_PROTO, "headers" },
		{ "/long-header", EMSIGN_E_PROTO, "headers" },
		{ "/endless", EMSIGN_E_PROTO, "the answer is longer than 65536 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asked asked = post(rows[i].path, "{\"key\":\"s3cr3t\"}");

		if (asked.rc != rows[i].rc || !strstr(asked.err.message, rows[i].sentence))
			fail_msg("%s: %s, '%s'", rows[i].path, emsign_rc_name(asked.rc),
				 asked.err.message);
		assert_false(asked.unsent);
		assert_null(strstr(asked.err.message, "s3cr3t"));
		assert_int_equal(tlsserver_count(server).requests, i + 1);
	}
	assert_int_equal(post("/ok", "{}").status, 200);
}

static void stalled_answers_end_in_time(void **state)
{
	struct asked asked = post_in("/stall", 200);

	(void)state;
	assert_int_equal(asked.rc, EMSIGN_E_TIMEOUT);
	assert_false(asked.unsent);
	assert_non_null(strstr(asked.err.message, "no answer from localhost in time"));
	asked = post_in("/stall-body", 200);
	assert_int_equal(asked.rc, EMSIGN_E_TIMEOUT);
	assert_int_equal(asked.err.http_status, 200);
	assert_false(asked.unsent);
	asked = post_in("/slow/50", 5000);
	assert_int_equal(asked.rc, EMSIGN_OK);
}

static void silence_ends_before_the_time_is_up(void **state)
{
	const emsign_kv options[] = { { "low_speed_s", "1" }, { NULL, NULL } };
	struct asked asked;

	(void)state;
	emsign_transport_free(transport);
	assert_int_equal(emsign_transport_curl(options, &transport, NULL), EMSIGN_OK);
	asked = post_in("/stall-body", 15000);
	assert_int_equal(asked.rc, EMSIGN_E_TIMEOUT);
	assert_non_null(strstr(asked.err.message, "too slow"));
}

/*
 * libcurl would repeat a request by itself when a connection that served before breaks. The CA
 * would then have two orders.
 */
static void request_is_never_sent_twice(void **state)
{
	static const char *const methods[] = { "POST", "DELETE", "GET" };

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		unsigned before;
		struct asked asked;

		assert_int_equal(post("/ok", "{}").status, 200);
		before = tlsserver_count(server).requests;
		asked = ask_run(transport, &(struct ask){ .method = methods[i],
							  .url = tlsserver_url(server, "/hang-up"),
							  .terms = terms() });
		assert_int_equal(asked.rc, EMSIGN_E_NET);
		assert_string_equal(asked.err.message,
				    "localhost closed the connection without an answer");
		assert_false(asked.unsent);
		assert_int_equal(tlsserver_count(server).requests, before + 1);
	}
}

static void nobody_there(void **state)
{
	struct asked asked;

	(void)state;
	asked = ask_run(transport, &(struct ask){ .url = "https://127.0.0.1:1/" });
	assert_int_equal(asked.rc, EMSIGN_E_NET);
	assert_true(asked.unsent);
	assert_non_null(strstr(asked.err.message, "no connection to 127.0.0.1"));
	asked = ask_run(transport, &(struct ask){ .url = "https://nobody.invalid/" });
	assert_int_equal(asked.rc, EMSIGN_E_NET);
	assert_true(asked.unsent);
	assert_string_equal(asked.err.message, "the name nobody.invalid is not known");
}

static void only_https_is_spoken(void **state)
{
	static const char *const urls[] = { "http://localhost:1/", "file:///etc/hostname",
					    "ftp://localhost/", "nonsense://localhost/" };

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct asked asked = ask_run(transport, &(struct ask){ .url = urls[i] });

		assert_int_equal(asked.rc, EMSIGN_E_INVALID);
		assert_true(asked.unsent);
		assert_string_equal(asked.err.message, "the URL does not begin with https://");
	}
}

static void lines_cannot_be_smuggled_in(void **state)
{
	const emsign_kv headers[] = { { "X-A", "b\r\nX-C: d" }, { NULL, NULL } };
	struct asked asked = ask_run(transport, &(struct ask){ .url = tlsserver_url(server, "/ok"),
							       .headers = headers,
							       .terms = terms() });

	(void)state;
	assert_int_equal(asked.start, EMSIGN_E_INVALID);
	assert_int_equal(tlsserver_count(server).connections, 0);
	assert_int_equal(post("/ok", "{}").status, 200);
}

/* --- options ------------------------------------------------------------------------------- */

static void options_are_checked(void **state)
{
	static const struct {
		emsign_kv options[2];
		const char *sentence;
	} rows[] = {
		{ { { "conections", "4" } },
		  "unknown option 'conections' (did you mean 'connections'?)" },
		{ { { "verify", "no" } }, "unknown option 'verify'" },
		{ { { "connections", "0" } },
		  "option 'connections' is '0', which is no number from 1 to 1024" },
		{ { { "low_speed_s", "-1" } },
		  "option 'low_speed_s' is '-1', which is no number from 1 to 86400" },
		{ { { "connect_timeout_ms", NULL } },
		  "option 'connect_timeout_ms' is '', which is no number from 1 to 3600000" },
		{ { { "proxy", "http://[" } }, "option 'proxy' is no URL" },
	};
	emsign_transport *wrong;
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(emsign_transport_curl(rows[i].options, &wrong, &err),
				 EMSIGN_E_INVALID);
		assert_null(wrong);
		if (!strstr(err.message, rows[i].sentence))
			fail_msg("'%s'", err.message);
	}
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(answer_arrives),
		WITH_SERVER(request_is_sent_as_said),
		WITH_SERVER(methods_are_sent_as_said),
		WITH_SERVER(long_body_is_sent_whole),
		WITH_SERVER(connection_is_kept),
		WITH_SERVER(redirect_is_not_followed),
		WITH_SERVER(headers_arrive),
		WITH_SERVER(chunks_are_joined),
		WITH_SERVER(packed_answers_stay_small),
		WITH_SERVER(environment_is_not_asked),
		WITH_SERVER(proxy_is_used_when_told),
		WITH_SERVER(broken_answers_are_told_apart),
		WITH_SERVER(stalled_answers_end_in_time),
		WITH_SERVER(silence_ends_before_the_time_is_up),
		WITH_SERVER(request_is_never_sent_twice),
		WITH_SERVER(nobody_there),
		WITH_SERVER(only_https_is_spoken),
		WITH_SERVER(lines_cannot_be_smuggled_in),
		WITH_SERVER(options_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
