/* SPDX-License-Identifier: MIT */
/* The listener, a thread per connection, and the way of one request through faults and calls. */
#include "v2.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define IDLE_SECONDS 60

struct connection {
	struct sim *sim;
	struct connections *all;
	int fd;
	struct connection *next;
};

/* Who is connected, so that the end can wake them up and wait for them. */
struct connections {
	pthread_mutex_t lock;
	pthread_cond_t gone;
	struct connection *first;
};

/* What becomes of the connection after a request. */
enum fate { FATE_KEEP, FATE_CLOSE, FATE_VANISH, FATE_RESET };

static void reset(int fd)
{
	struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* What a request asks for: a call of one of the two generations, or neither. */
struct target {
	const char *name;
	const struct sim_verb *v1;
};

static struct target find_target(const struct sim_request *request)
{
	size_t len = strlen(SIM_CONTEXT);
	struct target target = { NULL, NULL };

	if (strncmp(request->path, SIM_CONTEXT, len) != 0) {
		target.name = sim_v2_call_name(request);
	} else if (!strcmp(request->method, "POST")) {
		target.v1 = sim_call_find(request->path + len);
		target.name = target.v1 ? target.v1->name : NULL;
	}
	return target;
}

static void run(struct sim *sim, const struct sim_request *request, const struct target *target,
		const struct sim_fault *fault, struct sim_answer *answer, char *note, size_t room)
{
	if (target->v1)
		sim_call_answer(sim, target->v1, request->body, request->len, fault, answer, note,
				room);
	else
		sim_v2_call_answer(sim, request, fault, answer, note, room);
}

/* What a fault does to an answer that is there; how much of it is sent, -1 for all. */
static long bend(struct sim *sim, const struct sim_fault *fault,
		 const struct sim_request *request, struct sim_answer *answer)
{
	if (sim_fault_replaces(fault))
		sim_fault_answer(fault, request, answer);
	if (sim_fault_is(fault, "late-answer"))
		sim_clock_sleep(sim, fault->number);
	if (sim_fault_is(fault, "extra-members"))
		sim_fault_add_members(answer);
	if (sim_fault_is(fault, "chunked"))
		answer->chunk = fault->number > 0 ? fault->number : 1;
	if (!sim_fault_is(fault, "truncate"))
		return -1;
	return fault->number ? fault->number : (long)answer->body.len / 2;
}

static enum fate answer_call(struct sim *sim, struct sim_wire *wire,
			     const struct sim_request *request, const struct target *target,
			     char *note, size_t room)
{
	struct sim_answer answer = { .v2 = !target->v1 };
	struct sim_fault taken = { 0 };
	const struct sim_fault *fault =
		sim_fault_take(sim, target->name, request, &taken) ? &taken : NULL;
	enum fate fate = request->close ? FATE_CLOSE : FATE_KEEP;
	long cut = -1;

	if (sim_fault_is(fault, "reset-before")) {
		snprintf(note, room, "reset");
		return FATE_RESET;
	}
	if (sim_fault_is(fault, "delay"))
		sim_clock_sleep(sim, fault->number);
	if (!fault || fault->done || !sim_fault_replaces(fault))
		run(sim, request, target, fault, &answer, note, room);
	if (fault && sim_fault_replaces(fault))
		snprintf(note, room, "fault %s", fault->kind);
	if (fault)
		cut = bend(sim, fault, request, &answer);
	if (sim_fault_is(fault, "lost-answer") ||
	    !sim_http_write(wire, &answer, fate == FATE_CLOSE, cut) || cut >= 0)
		fate = FATE_VANISH;
	sim_buf_free(&answer.body);
	return fate;
}

static enum fate answer_other(struct sim *sim, struct sim_wire *wire,
			      const struct sim_request *request)
{
	struct sim_answer answer = { 0 };
	enum fate fate = request->close ? FATE_CLOSE : FATE_KEEP;

	if (!strncmp(request->path, "/_sim/", 6)) {
		sim_control_answer(sim, request->method, request->path + 6, request->body,
				   request->len, &answer);
	} else if (sim_v2_call_is_ours(request->path)) {
		sim_v2_call_lost(sim, request, &answer);
	} else if (!strncmp(request->path, SIM_CONTEXT, strlen(SIM_CONTEXT)) &&
		   sim_call_find(request->path + strlen(SIM_CONTEXT))) {
		sim_call_spring(sim, 405, request->path, &answer);
		answer.extra = "Allow: POST\r\n";
	} else {
		sim_call_spring(sim, 404, request->path, &answer);
	}
	if (!sim_http_write(wire, &answer, fate == FATE_CLOSE, -1))
		fate = FATE_VANISH;
	sim_buf_free(&answer.body);
	return fate;
}

static enum fate answer(struct sim *sim, struct sim_wire *wire, const struct sim_request *request)
{
	struct target target = find_target(request);
	struct timespec start, end;
	char note[128] = "";
	enum fate fate;

	clock_gettime(CLOCK_MONOTONIC, &start);
	fate = target.name ? answer_call(sim, wire, request, &target, note, sizeof(note)) :
		answer_other(sim, wire, request);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (strncmp(request->path, "/_sim/", 6) != 0)
		sim_log_line(sim, "%s %s %s %ldms%s", request->method,
			     target.name ? target.name : request->path, *note ? note : "-",
			     (end.tv_sec - start.tv_sec) * 1000 +
			     (end.tv_nsec - start.tv_nsec) / 1000000,
			     fate == FATE_VANISH ? " no answer" : "");
	return fate;
}

void sim_server_connection(struct sim *sim, SSL *ssl, int fd)
{
	struct sim_wire wire = { .ssl = ssl };
	enum fate fate = SSL_accept(ssl) == 1 ? FATE_KEEP : FATE_VANISH;

	while (fate == FATE_KEEP && !atomic_load(&sim->stop)) {
		struct sim_arena arena = { 0 };
		struct sim_request request = { 0 };
		int got = sim_http_read(&wire, &arena, &request);

		if (got > 0) {
			fate = answer(sim, &wire, &request);
		} else if (got < 0) {
			struct sim_answer bad = { 0 };

			sim_call_spring(sim, 400, "/", &bad);
			sim_http_write(&wire, &bad, true, -1);
			sim_buf_free(&bad.body);
			fate = FATE_CLOSE;
		} else {
			fate = FATE_CLOSE;
		}
		sim_mem_drop(&arena);
	}
	if (fate == FATE_RESET)
		reset(fd);
	else if (fate == FATE_CLOSE)
		SSL_shutdown(ssl);
	sim_buf_free(&wire.in);
}

static void leave(struct connection *c)
{
	struct connections *all = c->all;
	struct connection **at;

	pthread_mutex_lock(&all->lock);
	for (at = &all->first; *at != c; at = &(*at)->next)
		continue;
	*at = c->next;
	close(c->fd);
	free(c);
	pthread_cond_signal(&all->gone);
	pthread_mutex_unlock(&all->lock);
}

static void *serve(void *data)
{
	struct connection *c = data;
	struct timeval idle = { IDLE_SECONDS, 0 };
	int on = 1;
	SSL *ssl = SSL_new(c->sim->tls);

	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof(idle));
	if (ssl && SSL_set_fd(ssl, c->fd) == 1)
		sim_server_connection(c->sim, ssl, c->fd);
	SSL_free(ssl);
	/* what OpenSSL keeps per thread goes before the end of the process may be under way */
	OPENSSL_thread_stop();
	leave(c);
	return NULL;
}

static void start(struct sim *sim, struct connections *all, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	pthread_attr_t detached;
	pthread_t thread;

	if (!c) {
		close(fd);
		return;
	}
	c->sim = sim;
	c->all = all;
	c->fd = fd;
	pthread_mutex_lock(&all->lock);
	c->next = all->first;
	all->first = c;
	pthread_mutex_unlock(&all->lock);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &detached, serve, c))
		leave(c);
	pthread_attr_destroy(&detached);
}

int sim_server_listen(struct sim *sim)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	address.sin_port = htons((uint16_t)sim->options->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 512) ||
	    getsockname(fd, (struct sockaddr *)&address, &len)) {
		close(fd);
		return -1;
	}
	sim->port = ntohs(address.sin_port);
	return fd;
}

static void wait_for_all(struct connections *all)
{
	struct connection *c;

	pthread_mutex_lock(&all->lock);
	for (c = all->first; c; c = c->next)
		shutdown(c->fd, SHUT_RDWR);
	while (all->first)
		pthread_cond_wait(&all->gone, &all->lock);
	pthread_mutex_unlock(&all->lock);
}

int sim_server_run(struct sim *sim, int listener)
{
	struct connections all = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL };
	struct pollfd polls[2] = { { .fd = listener, .events = POLLIN }, { .events = POLLIN } };
	sigset_t set;

	/* blocked by main before any thread began */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	polls[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (polls[1].fd < 0)
		return 1;
	while (!polls[1].revents) {
		int fd;

		if (poll(polls, 2, -1) < 0 && errno != EINTR)
			break;
		if (!(polls[0].revents & POLLIN))
			continue;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			start(sim, &all, fd);
	}
	atomic_store(&sim->stop, true);
	wait_for_all(&all);
	close(polls[1].fd);
	close(listener);
	return 0;
}
