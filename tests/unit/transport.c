/* SPDX-License-Identifier: MIT */
/* The handle around a transport's table, and the scripted transport that other tests stand on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>

#include "engine/exchange.h"
#include "support/ask.h"
#include "support/scripted.h"
#include "transport/transport.h"

struct probe {
	int started;
	int canceled;
	int driven;
	int destroyed;
};

static emsign_rc probe_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct probe *probe = self;

	(void)exchange;
	(void)err;
	probe->started++;
	return EMSIGN_OK;
}

static void probe_cancel(void *self, emsign_exchange *exchange)
{
	struct probe *probe = self;

	(void)exchange;
	probe->canceled++;
}

static emsign_rc probe_drive(void *self, int timeout_ms, emsign_error *err)
{
	struct probe *probe = self;

	(void)err;
	probe->driven = timeout_ms;
	return EMSIGN_OK;
}

static int probe_fd(void *self)
{
	(void)self;
	return 42;
}

static void probe_destroy(void *self)
{
	struct probe *probe = self;

	probe->destroyed++;
}

static const emsign_transport_ops whole = {
	.size = sizeof(emsign_transport_ops),
	.name = "probe",
	.start = probe_start,
	.cancel = probe_cancel,
	.drive = probe_drive,
	.fd = probe_fd,
	.destroy = probe_destroy,
};

static void slots_are_called(void **state)
{
	struct probe probe = { 0, 0, 0, 0 };
	emsign_transport *transport;

	(void)state;
	assert_int_equal(emsign_transport_new(&whole, &probe, &transport, NULL), EMSIGN_OK);
	assert_int_equal(ems_transport_start(transport, NULL, NULL), EMSIGN_OK);
	assert_true(ems_transport_cancel(transport, NULL));
	assert_true(ems_transport_has_drive(transport));
	assert_int_equal(ems_transport_drive(transport, 77, NULL), EMSIGN_OK);
	assert_int_equal(ems_transport_fd(transport), 42);
	assert_int_equal(probe.started, 1);
	assert_int_equal(probe.canceled, 1);
	assert_int_equal(probe.driven, 77);
	emsign_transport_free(transport);
	assert_int_equal(probe.destroyed, 1);
}

static void slots_may_be_missing(void **state)
{
	const emsign_transport_ops ops = { .size = sizeof(ops), .start = probe_start };
	struct probe probe = { 0, 0, 0, 0 };
	emsign_transport *transport;
	emsign_error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(emsign_transport_new(&ops, &probe, &transport, &err), EMSIGN_OK);
	assert_int_equal(err.rc, EMSIGN_OK);
	assert_false(ems_transport_cancel(transport, NULL));
	assert_false(ems_transport_has_drive(transport));
	memset(&err, 'x', sizeof(err));
	assert_int_equal(ems_transport_drive(transport, -1, &err), EMSIGN_OK);
	assert_int_equal(err.rc, EMSIGN_OK);
	assert_int_equal(ems_transport_fd(transport), -1);
	emsign_transport_free(transport);
	emsign_transport_free(NULL);
}

static void table_needs_size_and_start(void **state)
{
	emsign_transport_ops ops = whole;
	struct probe probe = { 0, 0, 0, 0 };
	emsign_transport *transport = (void *)&probe;
	emsign_error err;

	(void)state;
	ops.start = NULL;
	assert_int_equal(emsign_transport_new(&ops, &probe, &transport, &err), EMSIGN_E_INVALID);
	assert_null(transport);
	assert_int_equal(err.rc, EMSIGN_E_INVALID);
	ops = whole;
	ops.size = offsetof(emsign_transport_ops, start);
	assert_int_equal(emsign_transport_new(&ops, &probe, &transport, NULL), EMSIGN_E_INVALID);
	ops.size = 0;
	assert_int_equal(emsign_transport_new(&ops, &probe, &transport, NULL), EMSIGN_E_INVALID);
	assert_int_equal(emsign_transport_new(NULL, &probe, &transport, NULL), EMSIGN_E_INVALID);
	assert_int_equal(probe.destroyed, 0);
}

static void table_of_an_older_program_ends_earlier(void **state)
{
	emsign_transport_ops ops = whole;
	struct probe probe = { 0, 0, 0, 0 };
	emsign_transport *transport;

	(void)state;
	ops.size = offsetof(emsign_transport_ops, drive);
	assert_int_equal(emsign_transport_new(&ops, &probe, &transport, NULL), EMSIGN_OK);
	assert_true(ems_transport_cancel(transport, NULL));
	assert_false(ems_transport_has_drive(transport));
	assert_int_equal(ems_transport_fd(transport), -1);
	emsign_transport_free(transport);
	assert_int_equal(probe.destroyed, 0);
}

static void table_of_a_newer_program_ends_later(void **state)
{
	struct {
		emsign_transport_ops ops;
		void (*future)(void *self);
	} newer = { whole, probe_destroy };
	struct probe probe = { 0, 0, 0, 0 };
	emsign_transport *transport;

	(void)state;
	newer.ops.size = sizeof(newer);
	assert_int_equal(emsign_transport_new(&newer.ops, &probe, &transport, NULL), EMSIGN_OK);
	memset(&newer, 0, sizeof(newer)); /* copied: ours may go */
	assert_int_equal(ems_transport_fd(transport), 42);
	emsign_transport_free(transport);
	assert_int_equal(probe.destroyed, 1);
}

static void last_reference_destroys(void **state)
{
	struct probe probe = { 0, 0, 0, 0 };
	emsign_transport *transport;

	(void)state;
	assert_int_equal(emsign_transport_new(&whole, &probe, &transport, NULL), EMSIGN_OK);
	assert_ptr_equal(ems_transport_ref(transport), transport);
	assert_null(ems_transport_ref(NULL));
	emsign_transport_free(transport);
	assert_int_equal(probe.destroyed, 0);
	emsign_transport_free(transport);
	assert_int_equal(probe.destroyed, 1);
}

#ifndef HAVE_CURL
static void without_libcurl_it_says_so(void **state)
{
	emsign_transport *transport = (void *)&transport;

	(void)state;
	assert_int_equal(emsign_transport_curl(NULL, &transport, NULL), EMSIGN_E_UNSUPPORTED);
	assert_null(transport);
}
#endif

/* --- the scripted one ---------------------------------------------------------------------- */

static emsign_exchange *ask_something(void)
{
	return ask_new(&(struct ask){ .url = "https://ca.example/x", .body = "{}" });
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void script_blocks(void **state)
{
	const emsign_kv headers[] = { { "X-Mark", "7" }, { NULL, NULL } };
	struct scripted *script = scripted_new(SCRIPTED_BLOCKING);
	emsign_transport *transport = scripted_transport(script);
	emsign_exchange *first = ask_new(&(struct ask){
		.url = "https://ca.example/x", .headers = headers, .body = "{\"a\":1}" });
	emsign_exchange *second = ask_something();
	emsign_exchange *third = ask_something();
	struct ems_answer answer;
	emsign_error err;

	(void)state;
	scripted_body(script, 200, "{\"ok\":1}");
	scripted_add(script, &(struct scripted_answer){ .rc = EMSIGN_E_NET, .detail = "no cable",
							.unsent = true });
	scripted_add(script, &(struct scripted_answer){ .start = EMSIGN_E_INVALID });
	assert_int_equal(ems_transport_start(transport, first, &err), EMSIGN_OK);
	assert_int_equal(ems_exchange_answer(first, &answer, NULL), EMSIGN_OK);
	assert_int_equal(answer.len, 8);
	assert_string_equal(answer.content_type, "application/json;charset=UTF-8");
	assert_string_equal(scripted_request(script, 0)->body, "{\"a\":1}");
	assert_string_equal(scripted_header(script, 0, "x-mark"), "7");

	assert_int_equal(ems_transport_start(transport, second, &err), EMSIGN_OK);
	assert_int_equal(ems_exchange_answer(second, &answer, &err), EMSIGN_E_NET);
	assert_string_equal(err.message, "no cable");
	assert_true(ems_exchange_is_unsent(second));

	assert_int_equal(ems_transport_start(transport, third, &err), EMSIGN_E_INVALID);
	assert_int_equal(err.rc, EMSIGN_E_INVALID);
	assert_false(ems_exchange_is_done(third));
	assert_int_equal(scripted_n(script), 3);
	ems_exchange_free(first);
	ems_exchange_free(second);
	ems_exchange_free(third);
	scripted_free(script);
}

static void make_up(void *ud, size_t number, const struct scripted_request *request,
		    struct scripted_answer *out)
{
	(void)ud;
	out->status = 200 + (int)number;
	out->body = request->url;
	out->piece = 3;
}

static void script_stays_in_flight(void **state)
{
	struct scripted *script = scripted_new(SCRIPTED_OPEN);
	emsign_transport *transport = scripted_transport(script);
	emsign_exchange *held = ask_something();
	emsign_exchange *dropped = ask_something();
	emsign_exchange *made_up = ask_something();
	int fd = ems_transport_fd(transport);
	struct ems_answer answer;

	(void)state;
	scripted_add(script, &(struct scripted_answer){ .status = 204, .hold = true });
	scripted_add(script, &(struct scripted_answer){ .status = 204, .hold = true });
	scripted_on_request(script, make_up, NULL);
	assert_int_equal(ems_transport_start(transport, held, NULL), EMSIGN_OK);
	assert_int_equal(ems_transport_start(transport, dropped, NULL), EMSIGN_OK);
	assert_false(is_readable(fd));
	assert_int_equal(ems_transport_start(transport, made_up, NULL), EMSIGN_OK);
	assert_true(is_readable(fd));
	assert_int_equal(ems_transport_drive(transport, 0, NULL), EMSIGN_OK);
	assert_false(is_readable(fd));
	assert_int_equal(ems_exchange_answer(made_up, &answer, NULL), EMSIGN_OK);
	assert_int_equal(answer.http_status, 202);
	assert_string_equal(answer.body, "https://ca.example/x");

	assert_true(ems_transport_cancel(transport, dropped));
	scripted_release(script);
	assert_true(is_readable(fd));
	assert_int_equal(ems_transport_drive(transport, 0, NULL), EMSIGN_OK);
	assert_true(ems_exchange_is_done(held));
	assert_false(ems_exchange_is_done(dropped));
	assert_int_equal(scripted_count(script).most_in_flight, 3);
	assert_int_equal(scripted_count(script).in_flight, 0);
	assert_int_equal(scripted_count(script).canceled, 1);
	assert_int_equal(scripted_count(script).ended, 2);
	ems_exchange_free(held);
	ems_exchange_free(dropped);
	ems_exchange_free(made_up);
	scripted_free(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_called),
		cmocka_unit_test(slots_may_be_missing),
		cmocka_unit_test(table_needs_size_and_start),
		cmocka_unit_test(table_of_an_older_program_ends_earlier),
		cmocka_unit_test(table_of_a_newer_program_ends_later),
		cmocka_unit_test(last_reference_destroys),
#ifndef HAVE_CURL
		cmocka_unit_test(without_libcurl_it_says_so),
#endif
		cmocka_unit_test(script_blocks),
		cmocka_unit_test(script_stays_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
