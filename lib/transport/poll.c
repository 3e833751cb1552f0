/* SPDX-License-Identifier: MIT */
#include "transport/poll.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

#define EVENTS_PER_TURN 16

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *ud, void *unused)
{
	struct ems_poll *poll = ud;
	struct epoll_event event = { .data.fd = fd };

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		/* libcurl may have closed it already: then it left the epoll by itself */
		epoll_ctl(poll->epoll, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (!epoll_ctl(poll->epoll, EPOLL_CTL_MOD, fd, &event))
		return 0;
	return epoll_ctl(poll->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int set_timer(CURLM *multi, long timeout_ms, void *ud)
{
	struct ems_poll *poll = ud;
	struct itimerspec when;

	(void)multi;
	memset(&when, 0, sizeof(when));
	if (timeout_ms > 0) {
		when.it_value.tv_sec = timeout_ms / 1000;
		when.it_value.tv_nsec = timeout_ms % 1000 * 1000000;
	} else if (timeout_ms == 0) {
		/* at once, but not from here: libcurl must not be entered from its own callback */
		when.it_value.tv_nsec = 1;
	}
	return timerfd_settime(poll->timer, 0, &when, NULL);
}

emsign_rc ems_poll_open(struct ems_poll *poll, CURLM *multi, emsign_error *err)
{
	struct epoll_event event = { .events = EPOLLIN };

	poll->multi = multi;
	poll->epoll = epoll_create1(EPOLL_CLOEXEC);
	poll->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	event.data.fd = poll->timer;
	if (poll->epoll < 0 || poll->timer < 0 ||
	    epoll_ctl(poll->epoll, EPOLL_CTL_ADD, poll->timer, &event)) {
		ems_fail(err, EMSIGN_E_IO, "cannot watch the network: %s", strerror(errno));
		ems_poll_close(poll);
		return EMSIGN_E_IO;
	}
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, poll);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, poll);
	return ems_ok(err);
}

void ems_poll_close(struct ems_poll *poll)
{
	if (poll->epoll >= 0)
		close(poll->epoll);
	if (poll->timer >= 0)
		close(poll->timer);
	poll->epoll = -1;
	poll->timer = -1;
}

int64_t ems_poll_now_ms(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static CURLMcode tell_timer(struct ems_poll *poll)
{
	uint64_t times;
	int running;

	/* Reading quiets the descriptor; nothing to read: the timer was moved meanwhile. */
	if (read(poll->timer, &times, sizeof(times)) < 0)
		return CURLM_OK;
	return curl_multi_socket_action(poll->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static CURLMcode tell_socket(struct ems_poll *poll, const struct epoll_event *event)
{
	int what = 0;
	int running;

	if (event->events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (event->events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (event->events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	return curl_multi_socket_action(poll->multi, event->data.fd, what, &running);
}

emsign_rc ems_poll_turn(struct ems_poll *poll, int timeout_ms, emsign_error *err)
{
	struct epoll_event events[EVENTS_PER_TURN];
	CURLMcode code = CURLM_OK;
	int n = epoll_wait(poll->epoll, events, EVENTS_PER_TURN, timeout_ms);

	if (n < 0 && errno != EINTR)
		return ems_fail(err, EMSIGN_E_IO, "cannot watch the network: %s",
				strerror(errno));
	for (int i = 0; i < n && code == CURLM_OK; i++)
		code = events[i].data.fd == poll->timer ? tell_timer(poll)
							: tell_socket(poll, &events[i]);
	if (code == CURLM_OUT_OF_MEMORY)
		return ems_fail_nomem(err);
	if (code != CURLM_OK)
		return ems_fail(err, EMSIGN_E_IO, "libcurl cannot go on: %s",
				curl_multi_strerror(code));
	return ems_ok(err);
}
