/* SPDX-License-Identifier: MIT */
/*
 * libcurl's many sockets and its timer behind one descriptor: an epoll with a timerfd in it, so
 * that an application's event loop needs to watch nothing else.
 */
#ifndef EMS_TRANSPORT_POLL_H
#define EMS_TRANSPORT_POLL_H

#include <curl/curl.h>
#include <emsign/base.h>

struct ems_poll {
	CURLM *multi;
	int epoll; /* -1: not open */
	int timer;
};

/** Hooks itself into the multi handle; `poll` must stay where it is until closed. */
emsign_rc ems_poll_open(struct ems_poll *poll, CURLM *multi, emsign_error *err);

/** Waits up to timeout_ms for news and hands them to libcurl. */
emsign_rc ems_poll_turn(struct ems_poll *poll, int timeout_ms, emsign_error *err);

void ems_poll_close(struct ems_poll *poll);

/** A clock that never jumps. */
int64_t ems_poll_now_ms(void);

#endif
