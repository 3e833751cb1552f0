/* SPDX-License-Identifier: MIT */
/* The built-in transport in an event loop: many at once, one descriptor, breaking things off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "support/ask.h"
#include "support/tlsserver.h"
#include "transport/transport.h"

#define MANY 24

static struct tlsserver *server;
static emsign_transport *transport;

static int open_with(const char *connections)
{
	const emsign_kv options[] = { { "connections", connections }, { NULL, NULL } };

	server = tlsserver_new(TLSSERVER_GOOD);
	return emsign_transport_curl(options, &transport, NULL);
}

static int set_up_one(void **state)
{
	(void)state;
	return open_with("1");
}

static int set_up_four(void **state)
{
	(void)state;
	return open_with("4");
}

static int tear_down(void **state)
{
	(void)state;
	emsign_transport_free(transport);
	tlsserver_free(server);
	return 0;
}

static void count(void *ud, emsign_exchange *exchange)
{
	int *n = ud;

	(void)exchange;
	if (n)
		(*n)++;
}

static emsign_exchange *begin(const char *path, int64_t timeout_ms, int *done)
{
	emsign_exchange *exchange = ask_new(&(struct ask){
		.url = tlsserver_url(server, path), .body = "{}", .done = count, .ud = done,
		.terms = { .timeout_ms = timeout_ms, .ca_file = tlsserver_roots(server) } });

	assert_int_equal(ems_transport_start(transport, exchange, NULL), EMSIGN_OK);
	return exchange;
}

static void end(emsign_exchange *exchange, emsign_rc rc)
{
	ask_finish(transport, exchange);
	assert_int_equal(ask_result(exchange).rc, rc);
	ems_exchange_free(exchange);
}

static void many_at_once_over_few_connections(void **state)
{
	emsign_exchange *exchanges[MANY];
	int done = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		exchanges[i] = begin("/slow/30", 0, &done);
	for (int i = 0; i < MANY; i++)
		end(exchanges[i], EMSIGN_OK);
	assert_int_equal(done, MANY);
	assert_int_equal(tlsserver_count(server).requests, MANY);
	assert_in_range(tlsserver_count(server).most_open, 2, 4);
}

/* Nothing but the descriptor says when to drive, and driving never waits. */
static void descriptor_tells_everything(void **state)
{
	static const struct {
		const char *path;
		int64_t timeout_ms;
		emsign_rc rc;
	} rows[] = {
		{ "/ok", 0, EMSIGN_OK },
		{ "/slow/50", 0, EMSIGN_OK },
		{ "/chunked", 0, EMSIGN_OK },
		{ "/cut", 0, EMSIGN_E_NET },
		{ "/stall", 150, EMSIGN_E_TIMEOUT },
	};
	struct pollfd fd = { .fd = ems_transport_fd(transport), .events = POLLIN };

	(void)state;
	assert_true(fd.fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int done = 0;
		int turns = 0;
		emsign_exchange *exchange = begin(rows[i].path, rows[i].timeout_ms, &done);

		while (!done) {
			assert_int_equal(poll(&fd, 1, 5000), 1);
			assert_int_equal(ems_transport_drive(transport, 0, NULL), EMSIGN_OK);
			assert_in_range(++turns, 1, 200); /* no spinning */
		}
		end(exchange, rows[i].rc);
	}
}

static void driving_without_work_returns(void **state)
{
	emsign_error err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	assert_int_equal(ems_transport_drive(transport, -1, &err), EMSIGN_OK);
	assert_int_equal(err.rc, EMSIGN_OK);
	assert_int_equal(ems_transport_drive(transport, 1, NULL), EMSIGN_OK);
}

static void cancel_breaks_the_connection(void **state)
{
	int done = 0;
	emsign_exchange *exchange = begin("/stall", 0, &done);

	(void)state;
	while (tlsserver_count(server).requests == 0)
		assert_int_equal(ems_transport_drive(transport, 10, NULL), EMSIGN_OK);
	assert_true(ems_transport_cancel(transport, exchange));
	ems_exchange_free(exchange);
	assert_int_equal(tlsserver_settle(server, 0), 0);
	assert_int_equal(ems_transport_drive(transport, 10, NULL), EMSIGN_OK);
	assert_int_equal(done, 0);
	end(begin("/ok", 0, NULL), EMSIGN_OK);
}

static void cancel_before_anything_happened(void **state)
{
	int done = 0;
	emsign_exchange *exchange = begin("/ok", 0, &done);

	(void)state;
	assert_true(ems_transport_cancel(transport, exchange));
	/* of something that is not in flight: nothing happens */
	assert_true(ems_transport_cancel(transport, exchange));
	ems_exchange_free(exchange);
	assert_int_equal(ems_transport_drive(transport, 10, NULL), EMSIGN_OK);
	assert_int_equal(done, 0);
	end(begin("/ok", 0, NULL), EMSIGN_OK);
	assert_int_equal(tlsserver_count(server).requests, 1);
}

static void cancel_lets_the_next_one_through(void **state)
{
	struct pollfd fd = { .fd = ems_transport_fd(transport), .events = POLLIN };
	emsign_exchange *stalled = begin("/stall", 0, NULL);
	int done = 0;
	emsign_exchange *waiting;

	(void)state;
	while (tlsserver_count(server).requests == 0)
		assert_int_equal(ems_transport_drive(transport, 10, NULL), EMSIGN_OK);
	waiting = begin("/ok", 0, &done);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ems_transport_drive(transport, 5, NULL), EMSIGN_OK);
	assert_int_equal(done, 0);
	assert_int_equal(tlsserver_count(server).connections, 1);
	assert_true(ems_transport_cancel(transport, stalled));
	ems_exchange_free(stalled);
	while (!done) {
		assert_int_equal(poll(&fd, 1, 5000), 1);
		assert_int_equal(ems_transport_drive(transport, 0, NULL), EMSIGN_OK);
	}
	end(waiting, EMSIGN_OK);
}

/* Who waits for a connection runs out of time like everybody else, and has sent nothing. */
static void time_runs_while_waiting_for_a_connection(void **state)
{
	emsign_exchange *stalled = begin("/stall", 0, NULL);
	emsign_exchange *waiting;

	(void)state;
	while (tlsserver_count(server).requests == 0)
		assert_int_equal(ems_transport_drive(transport, 10, NULL), EMSIGN_OK);
	waiting = begin("/ok", 200, NULL);
	ask_finish(transport, waiting);
	assert_false(ems_exchange_is_done(stalled));
	assert_true(ems_exchange_is_unsent(waiting));
	end(waiting, EMSIGN_E_TIMEOUT);
	assert_true(ems_transport_cancel(transport, stalled));
	ems_exchange_free(stalled);
}

static void starts_another(void *ud, emsign_exchange *exchange)
{
	emsign_exchange **next = ud;

	(void)exchange;
	*next = begin("/ok", 0, NULL);
}

static void next_one_may_start_at_once(void **state)
{
	emsign_exchange *next = NULL;
	emsign_exchange *first = ask_new(&(struct ask){
		.url = tlsserver_url(server, "/ok"), .done = starts_another, .ud = &next,
		.terms = { .ca_file = tlsserver_roots(server) } });

	(void)state;
	assert_int_equal(ems_transport_start(transport, first, NULL), EMSIGN_OK);
	end(first, EMSIGN_OK);
	assert_non_null(next);
	end(next, EMSIGN_OK);
	assert_int_equal(tlsserver_count(server).connections, 1);
}

static unsigned port_of(int fd)
{
	struct sockaddr_in peer = { .sin_port = 0 };
	socklen_t len = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &len) ? 0 : ntohs(peer.sin_port);
}

/* A program that the application starts must not get hold of the connection. */
static void connection_is_not_inherited(void **state)
{
	unsigned port = (unsigned)strtoul(strrchr(tlsserver_url(server, ""), ':') + 1, NULL, 10);
	int found = 0;

	(void)state;
	end(begin("/ok", 0, NULL), EMSIGN_OK);
	for (int fd = 0; fd < 1024; fd++) {
		if (port_of(fd) != port)
			continue;
		found++;
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	assert_int_equal(found, 1);
	assert_true(fcntl(ems_transport_fd(transport), F_GETFD) & FD_CLOEXEC);
}

static void freed_while_in_flight(void **state)
{
	int done = 0;
	emsign_exchange *exchange = begin("/stall", 0, &done);

	(void)state;
	while (tlsserver_count(server).requests == 0)
		assert_int_equal(ems_transport_drive(transport, 10, NULL), EMSIGN_OK);
	emsign_transport_free(transport);
	transport = NULL;
	assert_int_equal(done, 0);
	ems_exchange_free(exchange);
	assert_int_equal(tlsserver_settle(server, 0), 0);
}

/* --- when memory is short ------------------------------------------------------------------ */

static size_t allocations_left;

static void *scarce(void *ud, void *ptr, size_t old_size, size_t new_size)
{
	(void)ud;
	(void)old_size;
	if (!new_size) {
		free(ptr);
		return NULL;
	}
	if (!allocations_left)
		return NULL;
	allocations_left--;
	return realloc(ptr, new_size);
}

/* One question with n allocations to spend on the transport; OK or NOMEM, nothing else. */
static emsign_rc ask_with(size_t n)
{
	emsign_exchange *exchange;
	emsign_rc rc;

	allocations_left = SIZE_MAX;
	exchange = ask_new(&(struct ask){ .url = tlsserver_url(server, "/ok"),
					  .terms = { .ca_file = tlsserver_roots(server) } });
	allocations_left = n;
	rc = emsign_transport_curl(NULL, &transport, NULL);
	if (!rc)
		rc = ems_transport_start(transport, exchange, NULL);
	if (!rc) {
		ask_finish(transport, exchange);
		rc = ask_result(exchange).rc;
	}
	ems_exchange_free(exchange);
	emsign_transport_free(transport);
	transport = NULL;
	return rc;
}

static void every_allocation_may_fail(void **state)
{
	const emsign_allocator allocator = { .size = sizeof(allocator), .realloc = scarce };
	size_t n = 0;
	emsign_rc rc;

	(void)state;
	emsign_transport_free(transport);
	transport = NULL;
	assert_int_equal(emsign_set_allocator(&allocator), EMSIGN_OK);
	while ((rc = ask_with(n)) != EMSIGN_OK) {
		assert_int_equal(rc, EMSIGN_E_NOMEM);
		n++;
	}
	assert_in_range(n, 5, 100);
	assert_int_equal(emsign_set_allocator(NULL), EMSIGN_OK);
}

#define WITH(connections, test) \
	cmocka_unit_test_setup_teardown(test, set_up_##connections, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(four, many_at_once_over_few_connections),
		WITH(four, descriptor_tells_everything),
		WITH(four, driving_without_work_returns),
		WITH(four, cancel_breaks_the_connection),
		WITH(four, cancel_before_anything_happened),
		WITH(one, cancel_lets_the_next_one_through),
		WITH(one, time_runs_while_waiting_for_a_connection),
		WITH(one, next_one_may_start_at_once),
		WITH(four, connection_is_not_inherited),
		WITH(four, freed_while_in_flight),
		WITH(four, every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
