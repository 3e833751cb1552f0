/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 on a TLS connection: requests in, answers out with the service's header lines. */
#include "sim.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define MAX_HEAD (64 * 1024)
#define MAX_BODY (24 * 1024 * 1024)

static bool fill(struct sim_wire *wire)
{
	char *place = sim_buf_room(&wire->in, 16384);
	int n = SSL_read(wire->ssl, place, 16384);

	if (n <= 0)
		return false;
	wire->in.len += (size_t)n;
	wire->in.data[wire->in.len] = '\0';
	return true;
}

static const char *unread(const struct sim_wire *wire)
{
	return wire->in.data + wire->used;
}

static size_t n_unread(const struct sim_wire *wire)
{
	return wire->in.len - wire->used;
}

/* Drops what was consumed, so that the buffer does not grow with the connection. */
static void compact(struct sim_wire *wire)
{
	if (!wire->used)
		return;
	memmove(wire->in.data, unread(wire), n_unread(wire));
	wire->in.len -= wire->used;
	wire->in.data[wire->in.len] = '\0';
	wire->used = 0;
}

/* The length of a head with its blank line, or 0; a lone LF ends a line too (RFC 9112, 2.2). */
static size_t head_len(const char *data, size_t len)
{
	size_t at;

	for (at = 1; at < len; at++)
		if (data[at] == '\n' && (data[at - 1] == '\n' ||
					 (at > 1 && data[at - 1] == '\r' && data[at - 2] == '\n')))
			return at + 1;
	return 0;
}

static char *read_head(struct sim_wire *wire, struct sim_arena *arena)
{
	for (;;) {
		/* old clients end a body with a line end that its length does not count */
		while (n_unread(wire) && (*unread(wire) == '\r' || *unread(wire) == '\n'))
			wire->used++;
		compact(wire);
		wire->used = head_len(wire->in.data, wire->in.len);
		if (wire->used)
			return sim_mem_copy(arena, wire->in.data, wire->used);
		if (wire->in.len > MAX_HEAD || !fill(wire))
			return NULL;
	}
}

/* The value of the next header line of that name after *at, which moves there; or NULL. */
static const char *next_header(struct sim_arena *arena, const char **at, const char *name)
{
	size_t len = strlen(name), end;

	while ((*at = strchr(*at, '\n')) && *++*at) {
		const char *value = *at + len;

		if (strncasecmp(*at, name, len) != 0 || *value != ':')
			continue;
		value += 1 + strspn(value + 1, " \t");
		end = strcspn(value, "\r\n");
		while (end && strchr(" \t", value[end - 1]))
			end--;
		return sim_mem_copy(arena, value, end);
	}
	return NULL;
}

static const char *header(struct sim_arena *arena, const char *head, const char *name)
{
	return next_header(arena, &head, name);
}

/* The length of the body; -1 when it is no number, too big, or stands there twice and differs. */
static long body_length(struct sim_arena *arena, const char *head)
{
	const char *at = head, *other;
	const char *length = next_header(arena, &at, "Content-Length");

	if (!length)
		return 0;
	while ((other = next_header(arena, &at, "Content-Length")))
		if (strcmp(length, other) != 0)
			return -1;
	if (!sim_check_digits(length, 1, 8) || strtol(length, NULL, 10) > MAX_BODY)
		return -1;
	return strtol(length, NULL, 10);
}

static bool read_bytes(struct sim_wire *wire, struct sim_buf *body, size_t len)
{
	while (n_unread(wire) < len)
		if (!fill(wire))
			return false;
	sim_buf_add(body, unread(wire), len);
	wire->used += len;
	return true;
}

static bool read_line(struct sim_wire *wire, char *line, size_t room)
{
	char *end;

	while (!n_unread(wire) || !(end = memmem(unread(wire), n_unread(wire), "\r\n", 2)))
		if (n_unread(wire) > room || !fill(wire))
			return false;
	snprintf(line, room, "%.*s", (int)(end - unread(wire)), unread(wire));
	wire->used = (size_t)(end - wire->in.data) + 2;
	return true;
}

static bool read_chunks(struct sim_wire *wire, struct sim_buf *body)
{
	char line[1024];
	size_t len;

	for (;;) {
		char *end;

		if (!read_line(wire, line, sizeof(line)))
			return false;
		len = strtoul(line, &end, 16);
		if (end == line || len > MAX_BODY - body->len)
			return false;
		if (!len)
			break;
		if (!read_bytes(wire, body, len) || !read_line(wire, line, sizeof(line)) || *line)
			return false;
	}
	do {
		if (!read_line(wire, line, sizeof(line)))
			return false;
	} while (*line);
	return true;
}

static bool read_body(struct sim_wire *wire, struct sim_arena *arena, const char *head,
		      struct sim_buf *body)
{
	long length = body_length(arena, head);
	const char *coding = header(arena, head, "Transfer-Encoding");
	const char *expect = header(arena, head, "Expect");
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (expect && !strncasecmp(expect, "100-continue", 12))
		SSL_write(wire->ssl, go_on, sizeof(go_on) - 1);
	if (coding && strcasestr(coding, "chunked"))
		return read_chunks(wire, body);
	return length >= 0 && read_bytes(wire, body, (size_t)length);
}

/* The path and query of a target, which may be a whole URL (RFC 9112, 3.2.2). */
static void split_target(struct sim_arena *arena, const char *target, size_t len,
			 struct sim_request *request)
{
	char *path = sim_mem_copy(arena, target, len), *query;

	if (!strncasecmp(path, "https://", 8) || !strncasecmp(path, "http://", 7))
		path = strchr(strstr(path, "//") + 2, '/');
	request->path = path ? path : sim_mem_text(arena, "/");
	request->path[strcspn(request->path, "#")] = '\0';
	query = strchr(request->path, '?');
	request->query = query ? query + 1 : sim_mem_text(arena, "");
	if (query)
		*query = '\0';
}

const char *sim_http_header(const struct sim_request *request, struct sim_arena *arena,
			    const char *name)
{
	return header(arena, request->head, name);
}

int sim_http_read(struct sim_wire *wire, struct sim_arena *arena, struct sim_request *request)
{
	char *head = read_head(wire, arena), *target, *version;
	const char *connection;
	struct sim_buf body = { 0 };
	bool done;

	if (!head)
		return wire->in.len > MAX_HEAD ? -1 : 0;
	connection = header(arena, head, "Connection");
	target = strchr(head, ' ');
	version = target ? strstr(target + 1, " HTTP/1.") : NULL;
	if (!version || target - head >= (long)sizeof(request->method))
		return -1;
	memcpy(request->method, head, (size_t)(target - head));
	request->method[target - head] = '\0';
	request->head = head;
	split_target(arena, target + 1, (size_t)(version - target - 1), request);
	/* a list, as in "TE, close" */
	request->close = version[8] == '0' ?
		!connection || !strcasestr(connection, "keep-alive") :
		connection && strcasestr(connection, "close");
	done = read_body(wire, arena, head, &body);
	request->len = body.len;
	request->body = sim_mem_copy(arena, body.data, body.len);
	sim_buf_free(&body);
	return done ? 1 : -1;
}

const char *sim_http_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 204, "No Content" },
		{ 301, "Moved Permanently" }, { 302, "Found" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
		{ 408, "Request Timeout" }, { 409, "Conflict" }, { 413, "Payload Too Large" },
		{ 415, "Unsupported Media Type" }, { 422, "Unprocessable Entity" },
		{ 429, "Too Many Requests" }, { 500, "Internal Server Error" },
		{ 501, "Not Implemented" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

/* The lines and their order are those of every recorded answer of the first generation. */
static void put_v1_lines(struct sim_buf *out, const struct sim_answer *answer)
{
	sim_buf_printf(out, "Vary: Origin\r\n"
		       "Vary: Access-Control-Request-Method\r\n"
		       "Vary: Access-Control-Request-Headers\r\n"
		       "X-Content-Type-Options: nosniff\r\n"
		       "Cache-Control: no-cache, no-store, max-age=0, must-revalidate\r\n"
		       "Pragma: no-cache\r\n"
		       "Expires: 0\r\n"
		       "Strict-Transport-Security: max-age=31536000 ; includeSubDomains\r\n"
		       "X-Frame-Options: DENY\r\n"
		       "%s"
		       "Content-Type: %s\r\n",
		       answer->extra ? answer->extra : "",
		       answer->type ? answer->type : "application/json;charset=UTF-8");
}

/* And those of the second one; nothing tells their order. */
static void put_v2_lines(struct sim_buf *out, const struct sim_answer *answer)
{
	if (answer->status != 204)
		sim_buf_printf(out, "Content-Type: %s\r\n",
			       answer->type ? answer->type : "application/json");
	sim_buf_printf(out, "X-API-Version: 2.0.0\r\n"
		       "Cache-Control: no-store, no-cache,no-store,private,must-revalidate,"
		       "max-stale=0,post-check=0,pre-check=0\r\n"
		       "Pragma: no-cache, no-cache\r\n"
		       "Expires: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
		       "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
		       "X-Frame-Options: DENY\r\n"
		       "X-Content-Type-Options: nosniff\r\n"
		       "X-XSS-Protection: 0; mode=block\r\n"
		       "Referrer-Policy: origin-when-cross-origin\r\n"
		       "Content-Security-Policy: frame-ancestors 'self';manifest-src 'self';\r\n"
		       "Vary: Origin, Access-Control-Request-Method, "
		       "Access-Control-Request-Headers\r\n"
		       "Access-Control-Allow-Methods: GET, POST\r\n"
		       "%s", answer->extra ? answer->extra : "");
}

static void put_head(struct sim_buf *out, const struct sim_answer *answer, bool close,
		     bool chunked)
{
	char date[64];
	struct tm tm;
	time_t now = time(NULL);

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	sim_buf_printf(out, "HTTP/1.1 %d %s\r\n", answer->status,
		       sim_http_reason(answer->status));
	if (answer->v2)
		put_v2_lines(out, answer);
	else
		put_v1_lines(out, answer);
	if (chunked)
		sim_buf_text(out, "Transfer-Encoding: chunked\r\n");
	else if (answer->status != 204)
		sim_buf_printf(out, "Content-Length: %zu\r\n", answer->body.len);
	sim_buf_printf(out, "Date: %s\r\n%s\r\n", date, close ? "Connection: close\r\n" :
		       "Keep-Alive: timeout=60\r\nConnection: keep-alive\r\n");
}

/* The body in pieces; a cut one has no end. */
static void put_chunks(struct sim_buf *out, const struct sim_answer *answer, size_t len)
{
	size_t whole = answer->body.len, at = 0;
	size_t size = answer->chunk > 0 ? (size_t)answer->chunk : whole;

	for (; at < len; at += size) {
		size_t piece = whole - at < size ? whole - at : size;

		sim_buf_printf(out, "%zx\r\n", piece);
		sim_buf_add(out, answer->body.data + at, piece < len - at ? piece : len - at);
		if (piece <= len - at)
			sim_buf_text(out, "\r\n");
	}
	if (len == whole)
		sim_buf_text(out, "0\r\n\r\n");
}

bool sim_http_write(struct sim_wire *wire, struct sim_answer *answer, bool close, long cut)
{
	struct sim_buf out = { 0 };
	size_t len = answer->body.len, at = 0;
	bool chunked = (answer->v2 && answer->status != 204) || answer->chunk > 0;
	bool done = true;

	put_head(&out, answer, close, chunked);
	/* a cut answer promises its whole length, as one from a dying server does */
	if (cut >= 0 && (size_t)cut < len)
		len = (size_t)cut;
	if (chunked)
		put_chunks(&out, answer, len);
	else
		sim_buf_add(&out, answer->body.data, len);
	while (done && at < out.len) {
		size_t slice = out.len - at < 65536 ? out.len - at : 65536;
		int n = SSL_write(wire->ssl, out.data + at, (int)slice);

		done = n > 0;
		at += done ? (size_t)n : 0;
	}
	sim_buf_free(&out);
	return done;
}
