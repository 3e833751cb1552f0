/* SPDX-License-Identifier: MIT */
#include "engine/exchange.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "base/time.h"

/* Far beyond what the CA sends (15 headers, 600 bytes): more is an attack or an accident. */
#define MAX_HEADERS 256
#define MAX_HEADER_BYTES 65536

/* Headers that somebody asks for later; all others are counted and forgotten. */
enum { CONTENT_TYPE, RETRY_AFTER, DATE, N_KEPT };

static const char *const kept_names[N_KEPT] = { "Content-Type", "Retry-After", "Date" };

struct emsign_exchange {
	struct ems_question question;
	char *ca_file; /* own copies: an abandoned exchange outlives whom it was made for */
	char *pin;
	emsign_request request;
	ems_exchange_fn tell;
	void *ud;

	int http_status;
	char kept[N_KEPT][128];
	size_t n_headers;
	size_t header_bytes;
	struct ems_buf body;

	bool unsent;
	bool answered; /* the transport reported something of an answer, good or bad */
	bool done;
	bool abandoned;
	emsign_error fault; /* rc EMSIGN_OK: none so far */
};

emsign_rc ems_exchange_new(struct ems_question *question, const struct ems_exchange_terms *terms,
			   ems_exchange_fn done, void *ud, emsign_exchange **out, emsign_error *err)
{
	emsign_exchange *exchange = ems_alloc(sizeof(*exchange));

	*out = NULL;
	if (!exchange) {
		ems_question_free(question);
		memset(question, 0, sizeof(*question));
		return ems_fail_nomem(err);
	}
	exchange->question = *question;
	memset(question, 0, sizeof(*question));
	exchange->ca_file = ems_strdup(terms->ca_file);
	exchange->pin = ems_strdup(terms->pin);
	if ((terms->ca_file && !exchange->ca_file) || (terms->pin && !exchange->pin)) {
		ems_exchange_free(exchange);
		return ems_fail_nomem(err);
	}
	exchange->request = (emsign_request){
		.method = exchange->question.method,
		.url = ems_buf_str(&exchange->question.url),
		.headers = ems_kvlist_kv(&exchange->question.headers),
		.body = ems_buf_str(&exchange->question.body),
		.body_len = exchange->question.body.bytes.len,
		.timeout_ms = terms->timeout_ms,
		.ca_file = exchange->ca_file,
		.pin = exchange->pin,
	};
	exchange->body = (struct ems_buf)EMS_BUF(terms->max_body);
	exchange->tell = done;
	exchange->ud = ud;
	*out = exchange;
	return ems_ok(err);
}

void ems_exchange_free(emsign_exchange *exchange)
{
	if (!exchange)
		return;
	ems_question_free(&exchange->question);
	ems_buf_free(&exchange->body);
	ems_free(exchange->ca_file);
	ems_free(exchange->pin);
	ems_free_wiped(exchange);
}

const emsign_request *emsign_exchange_request(const emsign_exchange *exchange)
{
	return &exchange->request;
}

/* --- what the transport reports ------------------------------------------------------------ */

/* After the end, or after a fault, there is nothing left to learn. */
static bool closed(const emsign_exchange *exchange)
{
	return exchange->done || exchange->fault.rc;
}

void emsign_exchange_status(emsign_exchange *exchange, int http_status)
{
	if (closed(exchange))
		return;
	exchange->answered = true;
	if (http_status < 100 || http_status > 999) {
		ems_fail(&exchange->fault, EMSIGN_E_PROTO, "%d is no HTTP status", http_status);
		return;
	}
	/* What came with an interim answer does not belong to the final one. */
	memset(exchange->kept, 0, sizeof(exchange->kept));
	ems_buf_clear(&exchange->body);
	exchange->http_status = http_status;
}

static void keep(char *to, size_t size, const char *value, size_t len)
{
	if (len > size - 1)
		len = size - 1;
	memcpy(to, value, len);
	to[len] = '\0';
}

void emsign_exchange_header(emsign_exchange *exchange, const char *name, const char *value)
{
	size_t len;

	if (closed(exchange) || !name || !value)
		return;
	exchange->answered = true;
	len = strlen(value);
	exchange->n_headers++;
	exchange->header_bytes += strlen(name) + len;
	if (exchange->n_headers > MAX_HEADERS || exchange->header_bytes > MAX_HEADER_BYTES) {
		ems_fail(&exchange->fault, EMSIGN_E_PROTO,
			 "the answer has more than %d headers or %d bytes of headers", MAX_HEADERS,
			 MAX_HEADER_BYTES);
		return;
	}
	for (size_t i = 0; i < N_KEPT; i++)
		if (ems_text_equal_nocase(name, kept_names[i]))
			keep(exchange->kept[i], sizeof(exchange->kept[i]), value, len);
}

emsign_rc emsign_exchange_data(emsign_exchange *exchange, const void *bytes, size_t len)
{
	if (exchange->done)
		return EMSIGN_E_STATE;
	if (exchange->fault.rc)
		return exchange->fault.rc;
	exchange->answered = true;
	ems_buf_put(&exchange->body, bytes, len);
	switch (exchange->body.rc) {
	case EMSIGN_OK:
		return EMSIGN_OK;
	case EMSIGN_E_NOMEM:
		return ems_fail_nomem(&exchange->fault);
	default:
		return ems_fail(&exchange->fault, EMSIGN_E_PROTO,
				"the answer is longer than %zu bytes", exchange->body.max);
	}
}

void emsign_exchange_unsent(emsign_exchange *exchange)
{
	if (!exchange->done)
		exchange->unsent = true;
}

/* What was refused here before stays the reason, whatever the transport makes of it. */
static void judge(emsign_exchange *exchange, emsign_rc rc, const char *detail)
{
	emsign_error *fault = &exchange->fault;

	if (fault->rc)
		return;
	if (ems_text_equal(emsign_rc_name(rc), "UNKNOWN"))
		ems_fail(fault, EMSIGN_E_CALLBACK, "the transport ended with %d, which is no code",
			 rc);
	else if (rc)
		ems_fail(fault, rc, "%s", ems_text_empty(detail) ? emsign_rc_text(rc) : detail);
	else if (exchange->http_status < 200)
		ems_fail(fault, EMSIGN_E_PROTO, "the answer ended before it had an HTTP status");
}

void emsign_exchange_done(emsign_exchange *exchange, emsign_rc rc, const char *detail)
{
	if (exchange->done)
		return;
	exchange->done = true;
	judge(exchange, rc, detail);
	if (exchange->fault.rc) {
		exchange->fault.http_status = exchange->http_status;
		memcpy(exchange->fault.request_id, exchange->question.request_id,
		       sizeof(exchange->fault.request_id));
	}
	if (exchange->abandoned)
		ems_exchange_free(exchange);
	else if (exchange->tell)
		exchange->tell(exchange->ud, exchange);
}

void ems_exchange_abandon(emsign_exchange *exchange)
{
	exchange->abandoned = true;
}

/* --- what became of it --------------------------------------------------------------------- */

bool ems_exchange_is_done(const emsign_exchange *exchange)
{
	return exchange->done;
}

bool ems_exchange_is_unsent(const emsign_exchange *exchange)
{
	/* Whoever got an answer must have been asked, whatever the transport promises. */
	return exchange->unsent && !exchange->answered;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the form in which HTTP sends dates. */
static bool http_date(const char *text, int64_t *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char iso[] = "YYYY-MM-DDThh:mm:ssZ";

	if (strlen(text) != 29 || !ems_text_ends(text, " GMT"))
		return false;
	for (unsigned month = 1; month <= 12; month++) {
		if (memcmp(text + 8, months + 3 * (month - 1), 3) != 0)
			continue;
		memcpy(iso, text + 12, 4);
		iso[5] = (char)('0' + month / 10);
		iso[6] = (char)('0' + month % 10);
		memcpy(iso + 8, text + 5, 2);
		memcpy(iso + 11, text + 17, 8);
		return ems_time_parse(iso, out);
	}
	return false;
}

/*
 * Seconds to wait; 0 when not said. A date is taken relative to the server's own clock: ours may be
 * wrong, and is not known here.
 */
static int64_t retry_after(const emsign_exchange *exchange)
{
	int64_t seconds, then, now;

	if (ems_text_int(exchange->kept[RETRY_AFTER], 0, INT32_MAX, &seconds))
		return seconds;
	if (!http_date(exchange->kept[RETRY_AFTER], &then) ||
	    !http_date(exchange->kept[DATE], &now))
		return 0;
	return then > now && then - now <= INT32_MAX ? then - now : 0;
}

emsign_rc ems_exchange_answer(const emsign_exchange *exchange, struct ems_answer *out,
			      emsign_error *err)
{
	memset(out, 0, sizeof(*out));
	if (!exchange->done)
		return ems_fail(err, EMSIGN_E_STATE, "the exchange is still in flight");
	if (exchange->fault.rc) {
		if (err)
			*err = exchange->fault;
		return exchange->fault.rc;
	}
	out->http_status = exchange->http_status;
	out->content_type = exchange->kept[CONTENT_TYPE][0] ? exchange->kept[CONTENT_TYPE] : NULL;
	out->retry_after = retry_after(exchange);
	out->body = ems_buf_str(&exchange->body);
	out->len = exchange->body.bytes.len;
	return ems_ok(err);
}
