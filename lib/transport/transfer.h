/* SPDX-License-Identifier: MIT */
/* One transfer of libcurl: from a request to the settings of an easy handle, and back. */
#ifndef EMS_TRANSPORT_TRANSFER_H
#define EMS_TRANSPORT_TRANSFER_H

#include <curl/curl.h>
#include <emsign/transport.h>
#include <stdbool.h>

#include "base/buf.h"

struct ems_transfer_settings {
	char *proxy; /* "" for none */
	int64_t connect_timeout_ms;
	int64_t low_speed_s;
	int64_t connections;
};

struct ems_transfer {
	struct ems_transfer *next; /* for whoever keeps lists of them */
	CURL *easy;
	struct curl_slist *headers;
	emsign_exchange *exchange;
	int64_t deadline_ms; /* of the clock of ems_poll_now_ms() */
	emsign_rc refused; /* why we broke the transfer off ourselves */
	bool sending;      /* the connection stands; from now on bytes may have left */
	bool in_headers;
	char words[CURL_ERROR_SIZE];
};

/**
 * A new one; NULL without memory. Each exchange has its own easy handle: to reset one for the next
 * fails without a word when memory is short, and leaves half of the settings. (What is worth to be
 * kept, the connections, belongs to the multi handle.)
 */
struct ems_transfer *ems_transfer_new(void);

/** Makes t->easy ready for t->exchange. Errors: EMSIGN_E_INVALID, _UNSUPPORTED, _NOMEM. */
emsign_rc ems_transfer_prepare(struct ems_transfer *t, const struct ems_transfer_settings *settings,
			       emsign_error *err);

/** What to end the exchange with; the sentence, if there is one to say, goes to `detail`. */
emsign_rc ems_transfer_verdict(const struct ems_transfer *t, CURLcode code, struct ems_buf *detail);

void ems_transfer_free(struct ems_transfer *t);

#endif
