/* SPDX-License-Identifier: MIT */
#include "transport/transfer.h"

#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "transport/fault.h"

/* The CA drops idle connections after 60 s; one that is about to go is not worth the risk. */
#define IDLE_SECONDS 50

/* --- what libcurl tells during a transfer -------------------------------------------------- */

/*
 * libcurl repeats a request by itself when a connection that it used before dies without an answer.
 * An order must not be placed twice, so a request is let through once.
 */
static int before_request(void *ud, char *peer, char *local, int peer_port, int local_port)
{
	struct ems_transfer *t = ud;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	if (t->sending)
		return CURL_PREREQFUNC_ABORT;
	t->sending = true;
	return CURL_PREREQFUNC_OK;
}

/* "Name: value" without its line end; what is no header is passed over. */
static void report_header(struct ems_transfer *t, char *line)
{
	char *value = strchr(line, ':');

	if (!value || value == line)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	emsign_exchange_header(t->exchange, line, value);
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ud)
{
	struct ems_transfer *t = ud;
	size_t len = size * n;
	size_t end = len;
	char *line;
	long status = 0;

	while (end > 0 && strchr("\r\n \t", bytes[end - 1]))
		end--;
	line = ems_alloc(end + 1);
	if (!line) {
		t->refused = EMSIGN_E_NOMEM;
		return 0;
	}
	memcpy(line, bytes, end);
	if (end == 0) {
		t->in_headers = false;
	} else if (!t->in_headers && ems_text_starts(line, "HTTP/")) {
		t->in_headers = true;
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		emsign_exchange_status(t->exchange, (int)status);
	} else {
		report_header(t, line);
	}
	ems_free(line);
	return len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ud)
{
	struct ems_transfer *t = ud;

	t->refused = emsign_exchange_data(t->exchange, bytes, size * n);
	return t->refused ? 0 : size * n;
}

/* Programs that the application starts (deploy hooks) must not inherit the connection. */
static curl_socket_t open_socket(void *ud, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)ud;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- preparing a transfer ------------------------------------------------------------------ */

static void free_headers(struct curl_slist *headers)
{
	/* they may hold a token */
	for (struct curl_slist *h = headers; h; h = h->next)
		ems_wipe(h->data, strlen(h->data));
	curl_slist_free_all(headers);
}

static emsign_rc add_header(struct ems_transfer *t, const char *line, emsign_error *err)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (!longer)
		return ems_fail_nomem(err);
	t->headers = longer;
	return EMSIGN_OK;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static emsign_rc put_headers(struct ems_transfer *t, const emsign_kv *headers, emsign_error *err)
{
	struct ems_buf line = EMS_BUF(65536);
	/* "Name:" keeps libcurl from sending a header of its own */
	emsign_rc rc = add_header(t, "Expect:", err);
	bool typed = false;

	for (; !rc && headers && headers->key; headers++) {
		if (has_control(headers->key) || has_control(headers->value)) {
			rc = ems_fail(err, EMSIGN_E_INVALID,
				      "a control character in a header of the request");
			break;
		}
		typed = typed || ems_text_equal_nocase(headers->key, "Content-Type");
		ems_buf_clear(&line);
		ems_buf_print(&line, headers->value[0] ? "%s: %s" : "%s;%s", headers->key,
			      headers->value);
		rc = ems_buf_rc(&line, err);
		if (!rc)
			rc = add_header(t, ems_buf_str(&line), err);
	}
	if (!rc && !typed)
		rc = add_header(t, "Content-Type:", err);
	ems_buf_free(&line);
	return rc;
}

static CURLcode set_numbers(CURL *easy, const struct ems_transfer_settings *settings,
			    const emsign_request *r)
{
	const struct {
		CURLoption option;
		long value;
	} rows[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		/* sessions would be the handle's, and end with it; 7.88 frees one twice when it
		 * cannot keep it */
		{ CURLOPT_SSL_SESSIONID_CACHE, 0 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
		{ CURLOPT_PIPEWAIT, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
		{ CURLOPT_MAXAGE_CONN, IDLE_SECONDS },
		{ CURLOPT_TIMEOUT_MS, (long)r->timeout_ms },
		{ CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms },
		{ CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_LOW_SPEED_TIME, (long)settings->low_speed_s },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !code; i++)
		code = curl_easy_setopt(easy, rows[i].option, rows[i].value);
	return code;
}

static CURLcode set_texts(CURL *easy, const struct ems_transfer_settings *settings,
			  const emsign_request *r)
{
	const struct {
		CURLoption option;
		const char *value; /* NULL: stays as it is */
	} rows[] = {
		{ CURLOPT_URL, r->url },
		{ CURLOPT_PROTOCOLS_STR, "https" },
		/* empty, not absent: libcurl would ask the environment */
		{ CURLOPT_PROXY, settings->proxy },
		{ CURLOPT_NOPROXY, "" },
		{ CURLOPT_CAINFO, r->ca_file },
		{ CURLOPT_PINNEDPUBLICKEY, r->pin },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !code; i++)
		if (rows[i].value)
			code = curl_easy_setopt(easy, rows[i].option, rows[i].value);
	if (!code && r->ca_file)
		/* these roots, and not the system's beside them */
		code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	return code;
}

static CURLcode set_method(CURL *easy, const emsign_request *r)
{
	CURLcode code;

	if (ems_text_equal(r->method, "GET"))
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	/* not copied: the request outlives the transfer */
	code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body_len ? r->body : "");
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
					(curl_off_t)r->body_len);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	return code;
}

static void set_callbacks(struct ems_transfer *t)
{
	CURL *easy = t->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->words);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

struct ems_transfer *ems_transfer_new(void)
{
	struct ems_transfer *t = ems_alloc(sizeof(*t));

	if (!t)
		return NULL;
	t->easy = curl_easy_init();
	if (t->easy)
		return t;
	ems_free(t);
	return NULL;
}

emsign_rc ems_transfer_prepare(struct ems_transfer *t, const struct ems_transfer_settings *settings,
			       emsign_error *err)
{
	const emsign_request *r = emsign_exchange_request(t->exchange);
	emsign_rc rc;
	CURLcode code;

	/* anything else would be taken for the name of a file */
	if (r->pin && !ems_text_starts(r->pin, "sha256//"))
		return ems_fail(err, EMSIGN_E_INVALID,
				"pin '%s' does not have the form sha256//BASE64", r->pin);
	rc = put_headers(t, r->headers, err);
	if (rc)
		return rc;
	code = set_numbers(t->easy, settings, r);
	if (!code)
		code = set_texts(t->easy, settings, r);
	if (!code)
		code = set_method(t->easy, r);
	if (code == CURLE_OUT_OF_MEMORY)
		return ems_fail_nomem(err);
	if (code)
		return ems_fail(err, EMSIGN_E_UNSUPPORTED, "this libcurl lacks something: %s",
				curl_easy_strerror(code));
	set_callbacks(t);
	return EMSIGN_OK;
}

/* --- afterwards ---------------------------------------------------------------------------- */

emsign_rc ems_transfer_verdict(const struct ems_transfer *t, CURLcode code, struct ems_buf *detail)
{
	const emsign_request *r = emsign_exchange_request(t->exchange);
	struct ems_fault fault = {
		.code = code,
		.text = t->words,
		.url = r->url,
		.ca_file = r->ca_file,
		.unsent = !t->sending,
	};

	if (t->refused || !code)
		return t->refused;
	curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &fault.verify);
	return ems_fault_tell(&fault, detail);
}

void ems_transfer_free(struct ems_transfer *t)
{
	curl_easy_cleanup(t->easy);
	free_headers(t->headers);
	ems_free(t);
}
