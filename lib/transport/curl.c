/* SPDX-License-Identifier: MIT */
/*
 * The built-in transport: one multi handle of libcurl, an easy handle for each exchange, one
 * descriptor for everything (poll.h).
 */
#include "transport/transport.h"

#include "base/err.h"

#ifndef HAVE_CURL

emsign_rc emsign_transport_curl(const emsign_kv *options, emsign_transport **out, emsign_error *err)
{
	(void)options;
	*out = NULL;
	return ems_fail(err, EMSIGN_E_UNSUPPORTED,
			"this library was built without libcurl; bring a transport of your own");
}

#else

#include <pthread.h>

#include "base/alloc.h"
#include "base/text.h"
#include "transport/poll.h"
#include "transport/transfer.h"

#define MAX_DETAIL 8192

struct wire {
	CURLM *multi;
	struct ems_poll poll;
	struct ems_transfer_settings settings;
	struct ems_transfer *busy;
};

/* --- transfers in flight ------------------------------------------------------------------- */

/* Takes it out of the air; a transfer that is not through breaks here. */
static void drop(struct wire *wire, struct ems_transfer *t)
{
	struct ems_transfer **at = &wire->busy;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	curl_multi_remove_handle(wire->multi, t->easy);
	ems_transfer_free(t);
}

static void end(struct wire *wire, struct ems_transfer *t, emsign_rc rc, const char *detail)
{
	emsign_exchange *exchange = t->exchange;
	bool sending = t->sending;

	drop(wire, t);
	if (rc && !sending)
		emsign_exchange_unsent(exchange);
	emsign_exchange_done(exchange, rc, detail);
}

static void end_with(struct wire *wire, struct ems_transfer *t, CURLcode code)
{
	struct ems_buf detail = EMS_BUF(MAX_DETAIL);
	emsign_rc rc = ems_transfer_verdict(t, code, &detail);

	end(wire, t, rc, detail.rc ? NULL : ems_buf_str(&detail));
	ems_buf_free(&detail);
}

static void end_finished(struct wire *wire)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(wire->multi, &left)) != NULL) {
		struct ems_transfer *t = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		end_with(wire, t, message->data.result);
	}
}

static struct ems_transfer *find_late(const struct wire *wire, int64_t now_ms)
{
	for (struct ems_transfer *t = wire->busy; t; t = t->next)
		if (t->deadline_ms <= now_ms)
			return t;
	return NULL;
}

/* libcurl wakes up for a transfer that waits for a free connection, but does not end it. */
static void end_late(struct wire *wire)
{
	int64_t now_ms = ems_poll_now_ms();
	struct ems_transfer *t;

	while ((t = find_late(wire, now_ms)) != NULL)
		end_with(wire, t, CURLE_OPERATION_TIMEDOUT);
}

/* --- the table ----------------------------------------------------------------------------- */

static emsign_rc wire_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct wire *wire = self;
	struct ems_transfer *t = ems_transfer_new();
	int64_t timeout_ms;
	CURLMcode code;
	emsign_rc rc;

	if (!t)
		return ems_fail_nomem(err);
	t->exchange = exchange;
	rc = ems_transfer_prepare(t, &wire->settings, err);
	if (rc)
		goto out;
	code = curl_multi_add_handle(wire->multi, t->easy);
	if (code) {
		rc = ems_fail(err, EMSIGN_E_NOMEM, "libcurl cannot begin: %s",
			      curl_multi_strerror(code));
		goto out;
	}
	timeout_ms = emsign_exchange_request(exchange)->timeout_ms;
	t->deadline_ms = timeout_ms > 0 ? ems_poll_now_ms() + timeout_ms : INT64_MAX;
	t->next = wire->busy;
	wire->busy = t;
	return EMSIGN_OK;
out:
	ems_transfer_free(t);
	return rc;
}

static void wire_cancel(void *self, emsign_exchange *exchange)
{
	struct wire *wire = self;

	for (struct ems_transfer *t = wire->busy; t; t = t->next) {
		if (t->exchange == exchange) {
			drop(wire, t);
			return;
		}
	}
}

static emsign_rc wire_drive(void *self, int timeout_ms, emsign_error *err)
{
	struct wire *wire = self;
	emsign_error local;
	emsign_rc rc;

	if (!wire->busy && timeout_ms < 0)
		return ems_ok(err); /* no news could ever come */
	err = EMS_ERR_OR(err, local);
	rc = ems_poll_turn(&wire->poll, timeout_ms, err);
	end_finished(wire);
	end_late(wire);
	while (rc && wire->busy)
		end(wire, wire->busy, rc, err->message);
	return rc;
}

static int wire_fd(void *self)
{
	struct wire *wire = self;

	return wire->poll.epoll;
}

static void wire_destroy(void *self)
{
	struct wire *wire = self;

	while (wire->busy)
		drop(wire, wire->busy);
	/* tells the poll about the sockets that it closes */
	curl_multi_cleanup(wire->multi);
	ems_poll_close(&wire->poll);
	ems_free(wire->settings.proxy);
	ems_free(wire);
}

static const emsign_transport_ops wire_ops = {
	.size = sizeof(emsign_transport_ops),
	.name = "libcurl",
	.start = wire_start,
	.cancel = wire_cancel,
	.drive = wire_drive,
	.fd = wire_fd,
	.destroy = wire_destroy,
};

/* --- opening ------------------------------------------------------------------------------- */

static const struct number {
	const char *key;
	int64_t min, max, preset;
	size_t offset;
} numbers[] = {
	{ "connect_timeout_ms", 1, 3600000, 10000,
	  offsetof(struct ems_transfer_settings, connect_timeout_ms) },
	{ "low_speed_s", 1, 86400, 60, offsetof(struct ems_transfer_settings, low_speed_s) },
	{ "connections", 1, 1024, 8, offsetof(struct ems_transfer_settings, connections) },
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static int64_t *number_at(struct ems_transfer_settings *settings, const struct number *number)
{
	return (int64_t *)(void *)((char *)settings + number->offset);
}

static const char *option_name(const void *ud, size_t i)
{
	(void)ud;
	if (i < N_NUMBERS)
		return numbers[i].key;
	return i == N_NUMBERS ? "proxy" : NULL;
}

static emsign_rc set_proxy(struct ems_transfer_settings *settings, const char *url,
			   emsign_error *err)
{
	CURLU *parts = curl_url();
	CURLUcode code;

	if (!parts)
		return ems_fail_nomem(err);
	code = curl_url_set(parts, CURLUPART_URL, url,
			    CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME);
	curl_url_cleanup(parts);
	if (code)
		return ems_fail(err, EMSIGN_E_INVALID, "option 'proxy' is no URL: %s",
				curl_url_strerror(code));
	ems_free(settings->proxy);
	settings->proxy = ems_strdup(url);
	return settings->proxy ? EMSIGN_OK : ems_fail_nomem(err);
}

static emsign_rc set_option(struct ems_transfer_settings *settings, const emsign_kv *option,
			    emsign_error *err)
{
	const char *value = option->value ? option->value : "";
	const char *meant;

	if (ems_text_equal(option->key, "proxy"))
		return set_proxy(settings, value, err);
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (!ems_text_equal(option->key, numbers[i].key))
			continue;
		if (ems_text_int(value, numbers[i].min, numbers[i].max,
				 number_at(settings, &numbers[i])))
			return EMSIGN_OK;
		return ems_fail(err, EMSIGN_E_INVALID,
				"option '%s' is '%s', which is no number from %lld to %lld",
				option->key, value, (long long)numbers[i].min,
				(long long)numbers[i].max);
	}
	meant = ems_text_closest(option->key, option_name, NULL);
	if (meant)
		return ems_fail(err, EMSIGN_E_INVALID, "unknown option '%s' (did you mean '%s'?)",
				option->key, meant);
	return ems_fail(err, EMSIGN_E_INVALID, "unknown option '%s'", option->key);
}

static emsign_rc read_options(struct ems_transfer_settings *settings, const emsign_kv *options,
			      emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	for (size_t i = 0; i < N_NUMBERS; i++)
		*number_at(settings, &numbers[i]) = numbers[i].preset;
	settings->proxy = ems_strdup("");
	if (!settings->proxy)
		return ems_fail_nomem(err);
	for (; options && options->key && !rc; options++)
		rc = set_option(settings, options, err);
	return rc;
}

/* libcurl wants to be started once per process, by one thread. */
static emsign_rc start_libcurl(emsign_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool started;
	emsign_rc rc = EMSIGN_OK;

	pthread_mutex_lock(&lock);
	if (!started && curl_global_init(CURL_GLOBAL_DEFAULT))
		rc = ems_fail(err, EMSIGN_E_NOMEM, "libcurl cannot be started");
	else
		started = true;
	pthread_mutex_unlock(&lock);
	return rc;
}

static emsign_rc open_multi(struct wire *wire, emsign_error *err)
{
	long connections = (long)wire->settings.connections;

	wire->multi = curl_multi_init();
	if (!wire->multi)
		return ems_fail_nomem(err);
	curl_multi_setopt(wire->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
	curl_multi_setopt(wire->multi, CURLMOPT_MAXCONNECTS, connections);
	return ems_poll_open(&wire->poll, wire->multi, err);
}

emsign_rc emsign_transport_curl(const emsign_kv *options, emsign_transport **out, emsign_error *err)
{
	struct wire *wire;
	emsign_rc rc;

	*out = NULL;
	rc = start_libcurl(err);
	if (rc)
		return rc;
	wire = ems_alloc(sizeof(*wire));
	if (!wire)
		return ems_fail_nomem(err);
	wire->poll = (struct ems_poll){ .epoll = -1, .timer = -1 };
	rc = read_options(&wire->settings, options, err);
	if (!rc)
		rc = open_multi(wire, err);
	if (!rc)
		rc = emsign_transport_new(&wire_ops, wire, out, err);
	if (rc)
		wire_destroy(wire);
	return rc;
}

#endif
