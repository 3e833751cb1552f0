/* SPDX-License-Identifier: MIT */
#include "scripted.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_SCRIPT 4096

struct flight {
	emsign_exchange *exchange;
	struct scripted_answer answer;
};

struct scripted {
	emsign_transport *transport;
	int fd; /* readable while something in flight is not held */
	struct scripted_answer queue[MAX_SCRIPT];
	size_t first, last;
	struct scripted_request requests[MAX_SCRIPT];
	struct flight flights[MAX_SCRIPT];
	struct scripted_count count;
	scripted_fn fn;
	void *ud;
};

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "scripted: %s\n", what);
		abort();
	}
}

static char *copy(const void *bytes, size_t len)
{
	char *text = malloc(len + 1);

	must(text != NULL, "no memory");
	if (len)
		memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

static char *copy_text(const char *text)
{
	return text ? copy(text, strlen(text)) : NULL;
}

/* --- the record ---------------------------------------------------------------------------- */

static emsign_kv *copy_headers(const emsign_kv *headers)
{
	size_t n = 0;
	emsign_kv *kv;

	while (headers[n].key)
		n++;
	kv = calloc(n + 1, sizeof(*kv));
	must(kv != NULL, "no memory");
	for (size_t i = 0; i < n; i++) {
		kv[i].key = copy_text(headers[i].key);
		kv[i].value = copy_text(headers[i].value);
	}
	return kv;
}

static void record(struct scripted_request *to, const emsign_request *r)
{
	*to = (struct scripted_request){
		.method = copy_text(r->method),
		.url = copy_text(r->url),
		.headers = copy_headers(r->headers),
		.body = copy(r->body, r->body_len),
		.body_len = r->body_len,
		.timeout_ms = r->timeout_ms,
		.ca_file = copy_text(r->ca_file),
		.pin = copy_text(r->pin),
	};
}

static void forget(struct scripted_request *r)
{
	for (emsign_kv *kv = r->headers; kv->key; kv++) {
		free((void *)(uintptr_t)kv->key);
		free((void *)(uintptr_t)kv->value);
	}
	free(r->headers);
	free(r->method);
	free(r->url);
	free(r->body);
	free(r->ca_file);
	free(r->pin);
}

/* --- telling ------------------------------------------------------------------------------- */

static emsign_rc tell_body(emsign_exchange *exchange, const struct scripted_answer *a)
{
	size_t len = a->body && !a->body_len ? strlen(a->body) : a->body_len;
	size_t piece = a->piece ? a->piece : len;
	emsign_rc rc = EMSIGN_OK;

	for (size_t at = 0; at < len && !rc; at += piece)
		rc = emsign_exchange_data(exchange, a->body + at,
					  len - at < piece ? len - at : piece);
	return rc;
}

static void tell(struct scripted *script, emsign_exchange *exchange,
		 const struct scripted_answer *a)
{
	emsign_rc rc = EMSIGN_OK;

	if (a->status) {
		emsign_exchange_status(exchange, a->status);
		for (const emsign_kv *h = a->headers; h && h->key; h++)
			emsign_exchange_header(exchange, h->key, h->value);
		rc = tell_body(exchange, a);
	}
	if (a->unsent)
		emsign_exchange_unsent(exchange);
	script->count.ended++;
	emsign_exchange_done(exchange, rc ? rc : a->rc, a->detail);
}

static struct scripted_answer next_answer(struct scripted *script, size_t number)
{
	struct scripted_answer answer;

	memset(&answer, 0, sizeof(answer));
	if (script->first < script->last)
		return script->queue[script->first++];
	must(script->fn != NULL, "a request that the script does not know");
	script->fn(script->ud, number, &script->requests[number], &answer);
	return answer;
}

/* --- slots --------------------------------------------------------------------------------- */

static emsign_rc begin(struct scripted *script, emsign_exchange *exchange,
		       struct scripted_answer *answer, emsign_error *err)
{
	size_t number = script->count.started++;

	must(number < MAX_SCRIPT, "too many requests");
	record(&script->requests[number], emsign_exchange_request(exchange));
	*answer = next_answer(script, number);
	if (answer->start && err) {
		memset(err, 0, sizeof(*err));
		err->rc = answer->start;
		snprintf(err->message, sizeof(err->message), "%s",
			 answer->detail ? answer->detail : "the script says no");
	}
	return answer->start;
}

static emsign_rc start_blocking(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct scripted_answer answer;
	emsign_rc rc = begin(self, exchange, &answer, err);

	must(!answer.hold, "a blocking transport cannot hold an exchange");
	if (!rc)
		tell(self, exchange, &answer);
	return rc;
}

/* The descriptor tells whether drive() has something to do. */
static void show(struct scripted *script)
{
	uint64_t n = 1;
	bool due = false;

	for (size_t i = 0; i < script->count.in_flight; i++)
		due = due || !script->flights[i].answer.hold;
	if (due)
		must(write(script->fd, &n, sizeof(n)) == sizeof(n), "eventfd");
	else
		(void)!read(script->fd, &n, sizeof(n));
}

static emsign_rc start_open(void *self, emsign_exchange *exchange, emsign_error *err)
{
	struct scripted *script = self;
	struct scripted_count *count = &script->count;
	struct flight *flight = &script->flights[count->in_flight];
	emsign_rc rc = begin(script, exchange, &flight->answer, err);

	if (rc)
		return rc;
	flight->exchange = exchange;
	if (++count->in_flight > count->most_in_flight)
		count->most_in_flight = count->in_flight;
	show(script);
	return EMSIGN_OK;
}

static struct flight take_out(struct scripted *script, size_t i)
{
	struct flight flight = script->flights[i];

	script->count.in_flight--;
	memmove(&script->flights[i], &script->flights[i + 1],
		(script->count.in_flight - i) * sizeof(flight));
	return flight;
}

static void cancel(void *self, emsign_exchange *exchange)
{
	struct scripted *script = self;

	for (size_t i = 0; i < script->count.in_flight; i++) {
		if (script->flights[i].exchange != exchange)
			continue;
		take_out(script, i);
		script->count.canceled++;
		break;
	}
	show(script);
}

/* Ends the oldest exchange that is not held: one at a time, as a network would. */
static emsign_rc drive(void *self, int timeout_ms, emsign_error *err)
{
	struct scripted *script = self;

	(void)timeout_ms;
	(void)err;
	script->count.drives++;
	for (size_t i = 0; i < script->count.in_flight; i++) {
		struct flight flight;

		if (script->flights[i].answer.hold)
			continue;
		flight = take_out(script, i);
		show(script);
		tell(script, flight.exchange, &flight.answer);
		return EMSIGN_OK;
	}
	return EMSIGN_OK;
}

static int fd(void *self)
{
	struct scripted *script = self;

	return script->fd;
}

static void destroy(void *self)
{
	struct scripted *script = self;

	script->count.destroyed++;
}

static const emsign_transport_ops blocking = {
	.size = sizeof(emsign_transport_ops),
	.name = "script",
	.start = start_blocking,
	.destroy = destroy,
};

static const emsign_transport_ops open_ended = {
	.size = sizeof(emsign_transport_ops),
	.name = "script",
	.start = start_open,
	.cancel = cancel,
	.drive = drive,
	.fd = fd,
	.destroy = destroy,
};

/* --- for tests ----------------------------------------------------------------------------- */

struct scripted *scripted_new(enum scripted_mode mode)
{
	struct scripted *script = calloc(1, sizeof(*script));
	emsign_rc rc;

	must(script != NULL, "no memory");
	script->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	must(script->fd >= 0, "eventfd");
	rc = emsign_transport_new(mode == SCRIPTED_BLOCKING ? &blocking : &open_ended, script,
				  &script->transport, NULL);
	must(!rc, "no transport");
	return script;
}

emsign_transport *scripted_transport(struct scripted *script)
{
	return script->transport;
}

void scripted_free(struct scripted *script)
{
	emsign_transport_free(script->transport);
	must(script->count.destroyed == 1, "somebody still has the transport");
	for (size_t i = 0; i < script->count.started; i++)
		forget(&script->requests[i]);
	close(script->fd);
	free(script);
}

void scripted_add(struct scripted *script, const struct scripted_answer *answer)
{
	must(script->last < MAX_SCRIPT, "script too long");
	script->queue[script->last++] = *answer;
}

void scripted_body(struct scripted *script, int status, const char *body)
{
	static const emsign_kv json[] = {
		{ "Content-Type", "application/json;charset=UTF-8" }, { NULL, NULL }
	};

	scripted_add(script, &(struct scripted_answer){ .status = status, .headers = json,
							.body = body });
}

void scripted_on_request(struct scripted *script, scripted_fn fn, void *ud)
{
	script->fn = fn;
	script->ud = ud;
}

void scripted_release(struct scripted *script)
{
	for (size_t i = 0; i < script->count.in_flight; i++)
		script->flights[i].answer.hold = false;
	show(script);
}

size_t scripted_n(const struct scripted *script)
{
	return script->count.started;
}

const struct scripted_request *scripted_request(const struct scripted *script, size_t i)
{
	must(i < script->count.started, "no such request");
	return &script->requests[i];
}

const char *scripted_header(const struct scripted *script, size_t i, const char *name)
{
	for (const emsign_kv *kv = scripted_request(script, i)->headers; kv->key; kv++)
		if (strcasecmp(kv->key, name) == 0)
			return kv->value;
	return NULL;
}

static bool fits(const char *pattern, const char *url, char part[64])
{
	size_t before = strcspn(pattern, "*");
	size_t len;

	if (strncmp(pattern, url, before) != 0)
		return false;
	url += before;
	if (!pattern[before])
		return !*url || *url == '?';
	len = strcspn(url, "/?");
	(void)snprintf(part, 64, "%.*s", (int)len, url);
	return len && fits(pattern + before + 1, url + len, part);
}

bool scripted_asks(const struct scripted_request *request, const char *method, const char *url,
		   char part[64])
{
	return strcmp(request->method, method) == 0 && fits(url, request->url, part);
}

struct scripted_count scripted_count(const struct scripted *script)
{
	return script->count;
}
