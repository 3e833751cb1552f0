/* SPDX-License-Identifier: MIT */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transport/transport.h"

emsign_exchange *ask_new(const struct ask *ask)
{
	struct ems_exchange_terms terms = ask->terms;
	struct ems_question question = {
		.method = ask->method ? ask->method : "POST",
		.url = EMS_BUF(4096),
		.body = EMS_BUF(1 << 21),
		.request_id = "txn-1",
	};
	emsign_exchange *exchange = NULL;

	ems_buf_text(&question.url, ask->url);
	ems_buf_text(&question.body, ask->body);
	ems_kvlist_add_all(&question.headers, ask->headers);
	if (!terms.timeout_ms)
		terms.timeout_ms = 5000;
	if (!terms.max_body)
		terms.max_body = 65536;
	if (ems_exchange_new(&question, &terms, ask->done, ask->ud, &exchange, NULL))
		abort();
	return exchange;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ask_finish(emsign_transport *transport, emsign_exchange *exchange)
{
	int64_t end = now_ms() + 20000;

	while (!ems_exchange_is_done(exchange)) {
		if (ems_transport_drive(transport, 1000, NULL) || now_ms() > end) {
			fputs("ask: the exchange does not end\n", stderr);
			abort();
		}
	}
}

struct asked ask_result(const emsign_exchange *exchange)
{
	struct asked asked;
	struct ems_answer answer;
	size_t len;

	memset(&asked, 0, sizeof(asked));
	asked.rc = ems_exchange_answer(exchange, &answer, &asked.err);
	asked.unsent = ems_exchange_is_unsent(exchange);
	if (asked.rc)
		return asked;
	asked.status = answer.http_status;
	asked.retry_after = answer.retry_after;
	if (answer.content_type)
		snprintf(asked.content_type, sizeof(asked.content_type), "%s",
			 answer.content_type);
	asked.len = answer.len;
	len = answer.len < sizeof(asked.body) ? answer.len : sizeof(asked.body) - 1;
	memcpy(asked.body, answer.body, len);
	return asked;
}

struct asked ask_run(emsign_transport *transport, const struct ask *ask)
{
	emsign_exchange *exchange = ask_new(ask);
	struct asked asked;
	emsign_error err;
	emsign_rc start = ems_transport_start(transport, exchange, &err);

	if (start) {
		memset(&asked, 0, sizeof(asked));
		asked.start = start;
		asked.err = err;
	} else {
		ask_finish(transport, exchange);
		asked = ask_result(exchange);
	}
	ems_exchange_free(exchange);
	return asked;
}
