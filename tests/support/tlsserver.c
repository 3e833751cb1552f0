/* SPDX-License-Identifier: MIT */
#include "tlsserver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tlsanswer.h"
#include "tlscert.h"

#define DAY 86400L

struct tlsserver {
	enum tlsserver_flavour flavour;
	SSL_CTX *tls; /* until a change, under the lock */
	X509 *root;
	EVP_PKEY *root_key;
	int listener;
	int stop[2]; /* readable for everybody when it is time to go */
	unsigned port;
	pthread_t thread;
	struct tlsanswer *connections; /* all that ever were; only the listening thread adds */
	pthread_mutex_t lock; /* of everything below */
	struct tlsserver_count count;
	char request[TLSANSWER_MAX_REQUEST];

	char copy[TLSANSWER_MAX_REQUEST];
	char url[256];
	char folder[64];
	char roots[128];
	char pin[128];
};

static void must(int ok)
{
	if (!ok) {
		perror("tlsserver");
		abort();
	}
}

/* --- reading ------------------------------------------------------------------------------- */

static size_t content_length(const char *head)
{
	const char *line = head;

	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			return strtoul(line + 15, NULL, 10);
	}
	return 0;
}

/* What came, for those who ask what was sent to whom. */
static void note(struct tlsanswer *c, size_t n, size_t len)
{
	struct tlsserver *server = c->server;

	pthread_mutex_lock(&server->lock);
	server->count.bytes += n;
	memcpy(server->request, c->request, len);
	server->request[len] = '\0';
	pthread_mutex_unlock(&server->lock);
}

static bool read_more(struct tlsanswer *c)
{
	int n = c->len + 1 < sizeof(c->request)
			? tlsanswer_get(c, c->request + c->len, sizeof(c->request) - 1 - c->len)
			: -1;

	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->request[c->len] = '\0';
	note(c, (size_t)n, c->len);
	return true;
}

static bool read_request(struct tlsanswer *c)
{
	const char *end;

	c->len = 0;
	c->request[0] = '\0';
	while ((end = strstr(c->request, "\r\n\r\n")) == NULL)
		if (!read_more(c))
			return false;
	c->body_at = (size_t)(end + 4 - c->request);
	c->body_len = content_length(c->request);
	while (c->len < c->body_at + c->body_len)
		if (!read_more(c))
			return false;
	pthread_mutex_lock(&c->server->lock);
	c->server->count.requests++;
	pthread_mutex_unlock(&c->server->lock);
	return true;
}

/* What it hears goes to note(), what it says is the same always. */
static bool hear_and_say(struct tlsanswer *c, const char *answer)
{
	int n = tlsanswer_get(c, c->request, sizeof(c->request) - 1);

	if (n <= 0)
		return false;
	note(c, (size_t)n, (size_t)n);
	return tlsanswer_put(c, answer, strlen(answer));
}

static SSL *make_ssl(struct tlsserver *server)
{
	SSL *ssl;

	pthread_mutex_lock(&server->lock);
	ssl = SSL_new(server->tls);
	pthread_mutex_unlock(&server->lock);
	must(ssl != NULL);
	return ssl;
}

static bool shake_hands(struct tlsanswer *c)
{
	switch (c->server->flavour) {
	case TLSSERVER_PLAIN:
		hear_and_say(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
		return false;
	case TLSSERVER_SILENT:
		while (tlsanswer_wait(c) && recv(c->fd, c->request, sizeof(c->request), 0) > 0)
			;
		return false;
	case TLSSERVER_HANGUP:
		return tlsanswer_wait(c) && recv(c->fd, c->request, 64, 0) < 0;
	case TLSSERVER_BETWEEN:
		if (!hear_and_say(c, "HTTP/1.1 200 Connection established\r\n\r\n"))
			return false;
		break;
	default:
		break;
	}
	c->ssl = make_ssl(c->server);
	must(SSL_set_fd(c->ssl, c->fd));
	if (!tlsanswer_wait(c) || SSL_accept(c->ssl) != 1)
		return false;
	return c->server->flavour != TLSSERVER_DEAF;
}

static void *serve(void *ud)
{
	struct tlsanswer *c = ud;
	struct tlsserver *server = c->server;

	if (shake_hands(c)) {
		while (read_request(c) && tlsanswer_give(c))
			;
		SSL_shutdown(c->ssl);
	}
	SSL_free(c->ssl);
	close(c->fd);
	pthread_mutex_lock(&server->lock);
	server->count.open--;
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

/* --- taking connections -------------------------------------------------------------------- */

static void take(struct tlsserver *server)
{
	struct timeval patience = { .tv_sec = 5 };
	int now = 1;
	struct tlsanswer *c = calloc(1, sizeof(*c));

	must(c != NULL);
	c->next = server->connections;
	server->connections = c;
	c->server = server;
	c->stop = server->stop[0];
	c->fd = accept(server->listener, NULL, NULL);
	must(c->fd >= 0);
	/* whatever a test does, no thread hangs for ever */
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now));
	pthread_mutex_lock(&server->lock);
	server->count.connections++;
	if (++server->count.open > server->count.most_open)
		server->count.most_open = server->count.open;
	pthread_mutex_unlock(&server->lock);
	must(!pthread_create(&c->thread, NULL, serve, c));
}

static void *listen_loop(void *ud)
{
	struct tlsserver *server = ud;
	struct pollfd fds[2] = {
		{ .fd = server->listener, .events = POLLIN },
		{ .fd = server->stop[0], .events = POLLIN },
	};

	while (poll(fds, 2, -1) >= 0 && !fds[1].revents)
		if (fds[0].revents)
			take(server);
	return NULL;
}

static void open_port(struct tlsserver *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	must(server->listener >= 0);
	must(!bind(server->listener, (struct sockaddr *)&address, sizeof(address)));
	must(!listen(server->listener, 64));
	must(!getsockname(server->listener, (struct sockaddr *)&address, &len));
	server->port = ntohs(address.sin_port);
}

static void make_root(struct tlsserver *server)
{
	const struct tlscert_form form = { .name = "Test Root", .from = -DAY, .till = DAY };

	server->root_key = tlscert_key();
	server->root = tlscert_make(&form, server->root_key);
	tlscert_save(server->root, server->roots);
}

static void speak_only(SSL_CTX *tls, int version)
{
	must(SSL_CTX_set_cipher_list(tls, "ALL:@SECLEVEL=0") &&
	     SSL_CTX_set_min_proto_version(tls, version) &&
	     SSL_CTX_set_max_proto_version(tls, version));
}

static SSL_CTX *make_identity(struct tlsserver *server, enum tlsserver_flavour flavour)
{
	EVP_PKEY *key = tlscert_key();
	struct tlscert_form form = {
		.name = "localhost", .san = "DNS:localhost,IP:127.0.0.1", .from = -DAY, .till = DAY,
		.issuer = server->root, .issuer_key = server->root_key,
	};
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	X509 *leaf;

	if (flavour == TLSSERVER_EXPIRED)
		form.till = -60;
	if (flavour == TLSSERVER_NOT_YET)
		form.from = DAY / 2;
	if (flavour == TLSSERVER_WRONG_HOST)
		form.san = "DNS:other.example";
	if (flavour == TLSSERVER_SELF_SIGNED)
		form.issuer = NULL;
	leaf = tlscert_make(&form, key);
	must(tls && SSL_CTX_use_certificate(tls, leaf) && SSL_CTX_use_PrivateKey(tls, key));
	if (flavour == TLSSERVER_OLDEST)
		speak_only(tls, TLS1_VERSION);
	if (flavour == TLSSERVER_OLD)
		speak_only(tls, TLS1_1_VERSION);
	tlscert_pin(leaf, server->pin, sizeof(server->pin));
	X509_free(leaf);
	EVP_PKEY_free(key);
	return tls;
}

void tlsserver_change(struct tlsserver *server, enum tlsserver_flavour flavour)
{
	SSL_CTX *tls = make_identity(server, flavour);

	pthread_mutex_lock(&server->lock);
	SSL_CTX_free(server->tls);
	server->tls = tls;
	pthread_mutex_unlock(&server->lock);
}

struct tlsserver *tlsserver_new(enum tlsserver_flavour flavour)
{
	struct tlsserver *server = calloc(1, sizeof(*server));
	sigset_t pipe_signal, before;

	must(server != NULL);
	server->flavour = flavour;
	pthread_mutex_init(&server->lock, NULL);
	snprintf(server->folder, sizeof(server->folder), "/tmp/tlsserver-XXXXXX");
	must(mkdtemp(server->folder) != NULL);
	snprintf(server->roots, sizeof(server->roots), "%s/roots.pem", server->folder);
	make_root(server);
	server->tls = make_identity(server, flavour);
	open_port(server);
	must(!pipe(server->stop));
	/* Threads inherit the mask: ours ignore a lost peer, the test's own thread must not. */
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	must(!pthread_create(&server->thread, NULL, listen_loop, server));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return server;
}

void tlsserver_free(struct tlsserver *server)
{
	close(server->stop[1]);
	pthread_join(server->thread, NULL);
	while (server->connections) {
		struct tlsanswer *c = server->connections;

		server->connections = c->next;
		pthread_join(c->thread, NULL);
		free(c);
	}
	close(server->stop[0]);
	close(server->listener);
	unlink(server->roots);
	rmdir(server->folder);
	SSL_CTX_free(server->tls);
	X509_free(server->root);
	EVP_PKEY_free(server->root_key);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

/* --- asking -------------------------------------------------------------------------------- */

const char *tlsserver_url_at(struct tlsserver *server, const char *host, const char *path)
{
	snprintf(server->url, sizeof(server->url), "https://%s:%u%s", host, server->port, path);
	return server->url;
}

const char *tlsserver_url(struct tlsserver *server, const char *path)
{
	return tlsserver_url_at(server, "localhost", path);
}

const char *tlsserver_roots(const struct tlsserver *server)
{
	return server->roots;
}

const char *tlsserver_pin(const struct tlsserver *server)
{
	return server->pin;
}

const char *tlsserver_request(struct tlsserver *server)
{
	pthread_mutex_lock(&server->lock);
	memcpy(server->copy, server->request, sizeof(server->copy));
	pthread_mutex_unlock(&server->lock);
	return server->copy;
}

struct tlsserver_count tlsserver_count(struct tlsserver *server)
{
	struct tlsserver_count count;

	pthread_mutex_lock(&server->lock);
	count = server->count;
	pthread_mutex_unlock(&server->lock);
	return count;
}

static void nap(void)
{
	struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

unsigned tlsserver_settle(struct tlsserver *server, unsigned open)
{
	for (int i = 0; i < 5000 && tlsserver_count(server).open != open; i++)
		nap();
	return tlsserver_count(server).open;
}

unsigned tlsserver_await(struct tlsserver *server, unsigned requests)
{
	for (int i = 0; i < 5000 && tlsserver_count(server).requests < requests; i++)
		nap();
	return tlsserver_count(server).requests;
}
