/* SPDX-License-Identifier: MIT */
/* Servers that cannot prove who they are get no byte of a request, and the sentence says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "support/ask.h"
#include "support/tlsserver.h"
#include "transport/transport.h"

static emsign_transport *transport;

static int set_up(void **state)
{
	(void)state;
	return emsign_transport_curl(NULL, &transport, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	emsign_transport_free(transport);
	return 0;
}

#define CREDENTIAL "EMSIGN-CANARY-proof"

static struct asked post_to(const char *url, const char *ca_file, const char *pin)
{
	return ask_run(transport, &(struct ask){ .url = url, .body = "{\"" CREDENTIAL "\":1}",
						 .terms = { .ca_file = ca_file, .pin = pin } });
}

static struct asked post(struct tlsserver *server, const char *ca_file, const char *pin)
{
	return post_to(tlsserver_url(server, "/ok"), ca_file, pin);
}

/* No byte of a request went there, and the caller may say so. */
static void assert_unsent(struct tlsserver *server, const struct asked *asked)
{
	assert_true(asked->unsent);
	assert_int_equal(asked->status, 0);
	assert_int_equal(tlsserver_count(server).requests, 0);
	assert_int_equal(tlsserver_count(server).bytes, 0);
}

/* The transport that the tests begin with, with an option. */
static void open_with(const char *option, const char *value)
{
	const emsign_kv options[] = { { option, value }, { NULL, NULL } };

	emsign_transport_free(transport);
	assert_int_equal(emsign_transport_curl(options, &transport, NULL), EMSIGN_OK);
}

static void refuse(enum tlsserver_flavour flavour, emsign_rc rc, const char *sentence)
{
	struct tlsserver *server = tlsserver_new(flavour);
	struct asked asked = post(server, tlsserver_roots(server), NULL);

	if (asked.rc != rc || !strstr(asked.err.message, sentence))
		fail_msg("%d: %s, '%s'", (int)flavour, emsign_rc_name(asked.rc),
			 asked.err.message);
	/* one that speaks no TLS hears how a handshake begins, and nothing else */
	if (flavour == TLSSERVER_PLAIN) {
		assert_true(asked.unsent);
		assert_null(strstr(tlsserver_request(server), CREDENTIAL));
	} else {
		assert_unsent(server, &asked);
	}
	tlsserver_free(server);
}

static void expired(void **state)
{
	(void)state;
	refuse(TLSSERVER_EXPIRED, EMSIGN_E_TLS, "the certificate of localhost has expired");
}

static void not_valid_yet(void **state)
{
	(void)state;
	refuse(TLSSERVER_NOT_YET, EMSIGN_E_TLS, "the certificate of localhost is not valid yet");
}

static void wrong_host(void **state)
{
	(void)state;
	refuse(TLSSERVER_WRONG_HOST, EMSIGN_E_TLS, "the certificate is not one for localhost");
}

static void self_signed(void **state)
{
	(void)state;
	refuse(TLSSERVER_SELF_SIGNED, EMSIGN_E_TLS,
	       "the certificate of localhost is self-signed and not among the roots in '/tmp/");
}

static void old_protocol(void **state)
{
	(void)state;
	refuse(TLSSERVER_OLD, EMSIGN_E_TLS, "localhost does not speak TLS 1.2 or newer");
	refuse(TLSSERVER_OLDEST, EMSIGN_E_TLS, "localhost does not speak TLS 1.2 or newer");
}

static void no_tls(void **state)
{
	(void)state;
	refuse(TLSSERVER_PLAIN, EMSIGN_E_TLS, "localhost does not speak TLS there");
}

static void no_handshake(void **state)
{
	(void)state;
	open_with("connect_timeout_ms", "200");
	refuse(TLSSERVER_SILENT, EMSIGN_E_TIMEOUT, "no connection to localhost in time");
}

static void broken_handshake(void **state)
{
	(void)state;
	refuse(TLSSERVER_HANGUP, EMSIGN_E_NET,
	       "localhost closed the connection during the TLS handshake");
}

/* The handshake was good, so the request left: whether it arrived cannot be known. */
static void gone_after_the_handshake(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_DEAF);
	struct asked asked = post(server, tlsserver_roots(server), NULL);

	(void)state;
	assert_int_equal(asked.rc, EMSIGN_E_NET);
	assert_false(asked.unsent);
	tlsserver_free(server);
}

static void unknown_root(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	struct tlsserver *other = tlsserver_new(TLSSERVER_GOOD);
	struct asked asked = post(server, NULL, NULL);

	(void)state;
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_true(asked.unsent);
	assert_non_null(strstr(asked.err.message, "localhost is not among the system's roots"));
	asked = post(server, tlsserver_roots(other), NULL);
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_true(asked.unsent);
	assert_int_equal(tlsserver_count(server).requests, 0);
	/* and a handle that has refused is as good as new */
	assert_int_equal(post(server, tlsserver_roots(server), NULL).status, 200);
	tlsserver_free(other);
	tlsserver_free(server);
}

/* A connection that was checked against one file of roots must not serve another. */
static void connection_is_bound_to_its_roots(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	struct asked asked;

	(void)state;
	assert_int_equal(post(server, tlsserver_roots(server), NULL).status, 200);
	asked = post(server, NULL, NULL);
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	asked = post(server, tlsserver_roots(server),
		     "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_int_equal(tlsserver_count(server).requests, 1);
	tlsserver_free(server);
}

static void pin_is_kept(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	const char *roots = tlsserver_roots(server);
	struct asked asked;

	(void)state;
	asked = post(server, roots, "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_true(asked.unsent);
	assert_string_equal(asked.err.message, "the public key of localhost is not the pinned one");
	assert_int_equal(tlsserver_count(server).requests, 0);
	assert_int_equal(post(server, roots, tlsserver_pin(server)).status, 200);
	/* libcurl would take it for the name of a file */
	asked = post(server, roots, "pin.der");
	assert_int_equal(asked.start, EMSIGN_E_INVALID);
	assert_string_equal(asked.err.message,
			    "pin 'pin.der' does not have the form sha256//BASE64");
	/* a pin does not replace the other checks */
	asked = post(server, NULL, tlsserver_pin(server));
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	tlsserver_free(server);
}

/* The right key does not make up for what else is wrong with a certificate. */
static void pin_is_not_enough(void **state)
{
	static const enum tlsserver_flavour flavours[] = {
		TLSSERVER_EXPIRED, TLSSERVER_NOT_YET, TLSSERVER_WRONG_HOST, TLSSERVER_SELF_SIGNED
	};

	(void)state;
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
		struct tlsserver *server = tlsserver_new(flavours[i]);
		struct asked asked = post(server, tlsserver_roots(server), tlsserver_pin(server));

		assert_int_equal(asked.rc, EMSIGN_E_TLS);
		assert_unsent(server, &asked);
		tlsserver_free(server);
	}
}

/* Each connection is looked at, not only the first to a server. */
static void a_changed_server_is_looked_at_again(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	const char *roots = tlsserver_roots(server);
	char pin[128];
	struct asked asked;
	size_t bytes;

	(void)state;
	strcpy(pin, tlsserver_pin(server));
	assert_int_equal(post(server, roots, pin).status, 200);
	assert_int_equal(post_to(tlsserver_url(server, "/hang-up"), roots, pin).rc, EMSIGN_E_NET);
	bytes = tlsserver_count(server).bytes;
	tlsserver_change(server, TLSSERVER_GOOD);
	asked = post(server, roots, pin);
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_string_equal(asked.err.message, "the public key of localhost is not the pinned one");
	assert_true(asked.unsent);
	assert_int_equal(tlsserver_count(server).bytes, bytes);
	/* without a pin another certificate of a known root is as good: so they are renewed */
	assert_int_equal(post_to(tlsserver_url(server, "/hang-up"), roots, NULL).rc, EMSIGN_E_NET);
	bytes = tlsserver_count(server).bytes;
	tlsserver_change(server, TLSSERVER_EXPIRED);
	asked = post(server, roots, NULL);
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_true(asked.unsent);
	assert_int_equal(tlsserver_count(server).bytes, bytes);
	tlsserver_free(server);
}

/* Who asks by an address wants the address in the certificate. */
static void an_address_has_to_be_in_the_certificate(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	struct asked asked;

	(void)state;
	asked = post_to(tlsserver_url_at(server, "127.0.0.1", "/ok"), tlsserver_roots(server),
			NULL);
	assert_int_equal(asked.status, 200);
	tlsserver_free(server);
	server = tlsserver_new(TLSSERVER_WRONG_HOST);
	asked = post_to(tlsserver_url_at(server, "127.0.0.1", "/ok"), tlsserver_roots(server),
			NULL);
	assert_int_equal(asked.rc, EMSIGN_E_TLS);
	assert_non_null(strstr(asked.err.message, "the certificate is not one for 127.0.0.1"));
	assert_unsent(server, &asked);
	tlsserver_free(server);
}

static void redirects_lead_nowhere(void **state)
{
	static const enum tlsserver_flavour flavours[] = { TLSSERVER_PLAIN, TLSSERVER_GOOD };

	(void)state;
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++) {
		struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
		struct tlsserver *other = tlsserver_new(flavours[i]);
		const char *target = tlsserver_url_at(other, "127.0.0.1", "/ok");
		char path[300] = "/lead/";
		struct asked asked;

		if (flavours[i] == TLSSERVER_PLAIN) {
			strcat(path, "http");
			target += strlen("https");
		}
		strcat(path, target);
		asked = post_to(tlsserver_url(server, path), tlsserver_roots(server), NULL);
		assert_int_equal(asked.rc, EMSIGN_OK);
		assert_int_equal(asked.status, 307);
		assert_int_equal(tlsserver_count(server).requests, 1);
		assert_int_equal(tlsserver_count(other).connections, 0);
		tlsserver_free(other);
		tlsserver_free(server);
	}
}

/* Whoever is in between sees where we want to go, and nothing of what we say there. */
static void refuse_proxy(enum tlsserver_flavour flavour, emsign_rc rc)
{
	struct tlsserver *proxy = tlsserver_new(flavour);
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	char url[64] = "http";
	struct asked asked;

	strcat(url, tlsserver_url(proxy, "") + strlen("https"));
	open_with("proxy", url);
	asked = post(server, tlsserver_roots(server), NULL);
	assert_int_equal(asked.rc, rc);
	assert_unsent(server, &asked);
	assert_int_equal(tlsserver_count(server).connections, 0);
	assert_int_equal(tlsserver_count(proxy).requests, 0);
	assert_non_null(strstr(tlsserver_request(proxy), "CONNECT localhost:"));
	assert_null(strstr(tlsserver_request(proxy), CREDENTIAL));
	tlsserver_free(server);
	tlsserver_free(proxy);
}

static void a_proxy_cannot_answer_instead(void **state)
{
	(void)state;
	refuse_proxy(TLSSERVER_PLAIN, EMSIGN_E_NET);
	refuse_proxy(TLSSERVER_BETWEEN, EMSIGN_E_TLS);
}

static void roots_must_be_readable(void **state)
{
	struct tlsserver *server = tlsserver_new(TLSSERVER_GOOD);
	char empty[] = "/tmp/no-roots-XXXXXX";
	int fd = mkstemp(empty);
	struct asked asked = post(server, "/nonexistent/roots.pem", NULL);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(asked.rc, EMSIGN_E_IO);
	assert_true(asked.unsent);
	assert_string_equal(asked.err.message,
			    "the roots in '/nonexistent/roots.pem' cannot be read");
	asked = post(server, empty, NULL);
	assert_int_equal(asked.rc, EMSIGN_E_IO);
	assert_int_equal(tlsserver_count(server).requests, 0);
	close(fd);
	unlink(empty);
	tlsserver_free(server);
}

#define WITH_TRANSPORT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TRANSPORT(expired),
		WITH_TRANSPORT(not_valid_yet),
		WITH_TRANSPORT(wrong_host),
		WITH_TRANSPORT(self_signed),
		WITH_TRANSPORT(old_protocol),
		WITH_TRANSPORT(no_tls),
		WITH_TRANSPORT(no_handshake),
		WITH_TRANSPORT(broken_handshake),
		WITH_TRANSPORT(gone_after_the_handshake),
		WITH_TRANSPORT(unknown_root),
		WITH_TRANSPORT(connection_is_bound_to_its_roots),
		WITH_TRANSPORT(pin_is_kept),
		WITH_TRANSPORT(pin_is_not_enough),
		WITH_TRANSPORT(a_changed_server_is_looked_at_again),
		WITH_TRANSPORT(an_address_has_to_be_in_the_certificate),
		WITH_TRANSPORT(redirects_lead_nowhere),
		WITH_TRANSPORT(a_proxy_cannot_answer_instead),
		WITH_TRANSPORT(roots_must_be_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
