/* SPDX-License-Identifier: MIT */
/* The real look-ups behind VerifyDcv: a file over HTTP, a TXT record over DNS. */
#include "sim.h"

#include <netdb.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 3

static int open_socket(const struct sim_host *host, int type)
{
	struct addrinfo hints = { .ai_socktype = type }, *list, *at;
	struct timeval timeout = { TIMEOUT_SECONDS, 0 };
	int fd = -1;

	if (getaddrinfo(host->host, host->port, &hints, &list))
		return -1;
	for (at = list; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		if (connect(fd, at->ai_addr, at->ai_addrlen)) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static bool body_is(const char *answer, const char *content)
{
	const char *body = strstr(answer, "\r\n\r\n");
	size_t len = strlen(content);

	if (strncmp(answer, "HTTP/1.", 7) != 0 || strncmp(answer + 8, " 200", 4) != 0 || !body)
		return false;
	body += 4;
	return !strncmp(body, content, len) && !body[len + strspn(body + len, " \t\r\n")];
}

static bool fetch(const struct sim_host *host, const char *domain, const char *file,
		  const char *suffix, const char *content)
{
	int fd = open_socket(host, SOCK_STREAM);
	char text[8192];
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	/* version 1.0, so that no server thinks of chunks */
	n = snprintf(text, sizeof(text), "GET /.well-known/pki-validation/%s%s HTTP/1.0\r\n"
		     "Host: %s\r\nUser-Agent: emsign-sim\r\nAccept: */*\r\n"
		     "Connection: close\r\n\r\n", file, suffix, domain);
	if (send(fd, text, (size_t)n, MSG_NOSIGNAL) != n) {
		close(fd);
		return false;
	}
	while (len < sizeof(text) - 1 && (n = recv(fd, text + len, sizeof(text) - 1 - len, 0)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
	return body_is(text, content);
}

bool sim_probe_http(const struct sim_options *options, const char *domain, const char *file,
		    const char *content)
{
	const struct sim_host *host;

	for (host = options->resolve; host; host = host->next) {
		if (strcmp(host->name, "*") != 0 && strcasecmp(host->name, domain) != 0)
			continue;
		return fetch(host, domain, file, ".txt", content) ||
			fetch(host, domain, file, "", content);
	}
	return false;
}

/* Appends a name in the wire form of DNS. */
static size_t put_name(unsigned char *out, const char *name)
{
	size_t len = 0;

	while (*name) {
		size_t label = strcspn(name, ".");

		if (!label || label > 63)
			return 0;
		out[len++] = (unsigned char)label;
		memcpy(out + len, name, label);
		len += label;
		name += label + (name[label] == '.');
	}
	out[len++] = 0;
	return len;
}

static size_t skip_name(const unsigned char *data, size_t len, size_t at)
{
	while (at < len && data[at]) {
		if ((data[at] & 0xc0) == 0xc0)
			return at + 2;
		at += 1u + data[at];
	}
	return at + 1;
}

/* The character strings of a TXT record are one text. */
static bool txt_is(const unsigned char *data, size_t len, const char *token)
{
	char text[1024];
	size_t at = 0, used = 0;

	while (at < len && at + 1 + data[at] <= len && used + data[at] < sizeof(text)) {
		memcpy(text + used, data + at + 1, data[at]);
		used += data[at];
		at += 1u + data[at];
	}
	text[used] = '\0';
	return !strcmp(text, token);
}

static bool answer_has(const unsigned char *data, size_t len, const char *token)
{
	unsigned n = len < 12 ? 0 : (unsigned)(data[6] << 8 | data[7]);
	size_t at = 12;

	if (n)
		at = skip_name(data, len, at) + 4;
	while (n--) {
		unsigned type, size;

		at = skip_name(data, len, at);
		if (at + 10 > len)
			return false;
		type = (unsigned)(data[at] << 8 | data[at + 1]);
		size = (unsigned)(data[at + 8] << 8 | data[at + 9]);
		at += 10;
		if (at + size > len)
			return false;
		if (type == 16 && txt_is(data + at, size, token))
			return true;
		at += size;
	}
	return false;
}

static bool ask(const struct sim_host *host, const char *name, const char *token)
{
	static const unsigned char head[12] = { 0x53, 0x49, 0x01, 0x00, 0, 1 };
	static const unsigned char tail[4] = { 0, 16, 0, 1 };
	unsigned char data[4096];
	size_t len = sizeof(head), label;
	ssize_t got;
	int fd;

	memcpy(data, head, sizeof(head));
	label = strlen(name) < 254 ? put_name(data + len, name) : 0;
	if (!label)
		return false;
	len += label;
	memcpy(data + len, tail, sizeof(tail));
	len += sizeof(tail);
	fd = open_socket(host, SOCK_DGRAM);
	if (fd < 0)
		return false;
	got = send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len ?
		recv(fd, data, sizeof(data), 0) : -1;
	close(fd);
	return got >= 12 && data[0] == head[0] && data[1] == head[1] && (data[2] & 0x80) &&
		answer_has(data, (size_t)got, token);
}

bool sim_probe_dns(const struct sim_options *options, const char *domain, const char *token)
{
	/* the API does not say where the record belongs, and the sources disagree */
	static const char *const labels[] = { "", "_emsign-validation.", "_emudhra-challenge.",
					      "_certinext-challenge." };
	size_t i;

	for (i = 0; options->dns && i < sizeof(labels) / sizeof(labels[0]); i++) {
		char name[512];

		snprintf(name, sizeof(name), "%s%s", labels[i], domain);
		if (ask(options->dns, name, token))
			return true;
	}
	return false;
}
