/* SPDX-License-Identifier: MIT */
#include "tlsanswer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool tlsanswer_wait(struct tlsanswer *c)
{
	struct pollfd fds[2] = {
		{ .fd = c->fd, .events = POLLIN },
		{ .fd = c->stop, .events = POLLIN },
	};

	return poll(fds, 2, -1) > 0 && !fds[1].revents;
}

static bool pause_for(struct tlsanswer *c, int ms)
{
	struct pollfd fd = { .fd = c->stop, .events = POLLIN };

	return poll(&fd, 1, ms) == 0;
}

int tlsanswer_get(struct tlsanswer *c, void *bytes, size_t len)
{
	if (!(c->ssl && SSL_pending(c->ssl) > 0) && !tlsanswer_wait(c))
		return -1;
	return c->ssl ? SSL_read(c->ssl, bytes, (int)len) : (int)recv(c->fd, bytes, len, 0);
}

bool tlsanswer_put(struct tlsanswer *c, const char *bytes, size_t len)
{
	if (c->ssl)
		return SSL_write(c->ssl, bytes, (int)len) > 0;
	return send(c->fd, bytes, len, MSG_NOSIGNAL) > 0;
}

static bool say(struct tlsanswer *c, const char *text)
{
	return tlsanswer_put(c, text, strlen(text));
}

static bool answer(struct tlsanswer *c, const char *head, const char *body, size_t len)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "HTTP/1.1 %s\r\nContent-Type: application/json;charset=UTF-8\r\n"
		 "Content-Length: %zu\r\n\r\n", head, len);
	return say(c, text) && (!len || tlsanswer_put(c, body, len));
}

/* The next thing that the peer sees is a reset. */
static void arm_reset(struct tlsanswer *c)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* --- answers: each returns whether the connection goes on ------------------------------------ */

static bool ok(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	return answer(c, "200 OK", "{\"ok\":true}", 11);
}

/* What the CA says when it has nothing else to say. */
static bool yes(struct tlsanswer *c, const char *rest)
{
	static const char body[] =
		"{\"meta\":{\"ver\":\"1.0\",\"txn\":\"t\",\"status\":\"1\"}}";

	(void)rest;
	return answer(c, "200 OK", body, sizeof(body) - 1);
}

static bool echo(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	return answer(c, "200 OK", c->request + c->body_at, c->body_len);
}

static bool redirect(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	return answer(c, "302 Found\r\nLocation: /ok", "", 0);
}

/* Anywhere: the rest of the path is the place. */
static bool lead(struct tlsanswer *c, const char *rest)
{
	char head[512];

	snprintf(head, sizeof(head), "307 Elsewhere\r\nLocation: %.*s", (int)strcspn(rest, " "),
		 rest);
	return answer(c, head, "", 0);
}

static bool busy(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	return answer(c, "429 Too Many\r\nRetry-After: 17\r\nHTTP/9: 9", "{}", 2);
}

static bool early(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	return say(c, "HTTP/1.1 103 Early Hints\r\nRetry-After: 99\r\n\r\n") && ok(c, "");
}

static bool slow(struct tlsanswer *c, const char *rest)
{
	return pause_for(c, atoi(rest)) && ok(c, "");
}

static bool stall(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	tlsanswer_wait(c);
	return false;
}

static bool stall_body(struct tlsanswer *c, const char *rest)
{
	say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
	return stall(c, rest);
}

/* A byte now and then, so that nobody can say that nothing comes. */
static bool trickle(struct tlsanswer *c, const char *rest)
{
	bool goes_on = say(c, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n");

	(void)rest;
	for (int i = 0; goes_on && i < 200; i++)
		goes_on = say(c, " ") && pause_for(c, 20);
	return goes_on;
}

static bool cut(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":");
	return false;
}

/* What the CA says to an order, up to some byte. */
static bool cut_at(struct tlsanswer *c, const char *rest)
{
	static const char body[] =
		"{\"orderDetails\":{\"orderNumber\":\"1\",\"requestNumber\":\"91\"},\"meta\":"
		"{\"ver\":\"1.0\",\"txn\":\"t\",\"status\":\"1\",\"errorCode\":\"\","
		"\"errorMessage\":\"\"}}";
	char text[1024];
	size_t len = (size_t)snprintf(text, sizeof(text),
				      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				      "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	size_t n = strtoul(rest, NULL, 10);

	if (n)
		tlsanswer_put(c, text, n < len ? n : len);
	return n >= len;
}

static bool reset(struct tlsanswer *c, const char *rest)
{
	(void)c;
	(void)rest;
	arm_reset(c);
	return false;
}

static bool hang_up(struct tlsanswer *c, const char *rest)
{
	(void)c;
	(void)rest;
	return false;
}

static bool garbage(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	say(c, "what do you want?\r\n\r\n");
	return false;
}

static bool many_headers(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 1000; i++)
		say(c, "X-More: more\r\n");
	return say(c, "Content-Length: 2\r\n\r\n{}");
}

static bool long_header(struct tlsanswer *c, const char *rest)
{
	static const char filler[] = "0123456789012345678901234567890123456789012345678";

	(void)rest;
	say(c, "HTTP/1.1 200 OK\r\nX-Long: ");
	for (int i = 0; i < 1600; i++)
		tlsanswer_put(c, filler, sizeof(filler) - 1);
	return say(c, "\r\nContent-Length: 2\r\n\r\n{}");
}

static bool chunked(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	return say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"ok\":\r\n") &&
	       pause_for(c, 20) && say(c, "5\r\ntrue}\r\n0\r\n\r\n");
}

static bool cut_chunked(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"ok\":\r\n");
	return false;
}

static bool bad_chunk(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n");
	return false;
}

static bool endless(struct tlsanswer *c, const char *rest)
{
	(void)rest;
	say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (say(c, "40\r\n................................................................\r\n"))
		;
	return false;
}

/* A hundred thousand blanks, by gzip, in an encoding that the path ends with. */
static bool packed(struct tlsanswer *c, const char *rest)
{
	static const unsigned char gzip[] = {
		0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31,
		0x01, 0x00, 0x00, 0x00, 0xc2, 0xa0, 0x2a, 0xeb, 0x9f, 0xd2, 0x1a, 0x1e, 0x40,
		0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xaf, 0x06, 0x2d, 0xf0, 0x79, 0xca, 0xa0,
		0x86, 0x01, 0x00,
	};
	bool transfer = strncmp(rest, "transfer", 8) == 0;

	say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
	say(c, transfer ? "Transfer-Encoding: gzip\r\n\r\n" : "Content-Encoding: gzip\r\n\r\n");
	tlsanswer_put(c, (const char *)gzip, sizeof(gzip));
	return false;
}

static const struct {
	const char *path; /* what comes behind it is for the function */
	bool (*answer)(struct tlsanswer *c, const char *rest);
} answers[] = {
	{ "/ok", ok },
	{ "/yes/", yes },
	{ "/echo", echo },
	{ "/redirect", redirect },
	{ "/lead/", lead },
	{ "/busy", busy },
	{ "/early", early },
	{ "/slow/", slow }, /* milliseconds */
	{ "/stall-body", stall_body },
	{ "/stall", stall },
	{ "/trickle", trickle },
	{ "/cut-chunked", cut_chunked },
	{ "/cut-at/", cut_at }, /* bytes */
	{ "/cut", cut },
	{ "/reset", reset },
	{ "/hang-up", hang_up },
	{ "/garbage", garbage },
	{ "/many-headers", many_headers },
	{ "/long-header", long_header },
	{ "/chunked", chunked },
	{ "/bad-chunk", bad_chunk },
	{ "/endless", endless },
	{ "/packed/", packed }, /* content, transfer */
};

bool tlsanswer_give(struct tlsanswer *c)
{
	const char *path = strchr(c->request, ' ');

	for (size_t i = 0; path && i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t len = strlen(answers[i].path);

		if (strncmp(path + 1, answers[i].path, len) == 0)
			return answers[i].answer(c, path + 1 + len);
	}
	return answer(c, "404 Not Found", "{}", 2);
}
