/* SPDX-License-Identifier: MIT */
/* Why a transfer failed: from libcurl's codes to ours, and to a sentence for people. */
#ifndef EMS_TRANSPORT_FAULT_H
#define EMS_TRANSPORT_FAULT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/buf.h"

struct ems_fault {
	CURLcode code;
	const char *text;    /* libcurl's own words; "" when it has none */
	const char *url;     /* for the name of the server */
	const char *ca_file; /* NULL: the system's */
	long verify;         /* CURLINFO_SSL_VERIFYRESULT */
	bool unsent;         /* no byte of the request left */
};

/** What to end the exchange with, and why: the sentence goes to `detail` (empty when no memory). */
emsign_rc ems_fault_tell(const struct ems_fault *fault, struct ems_buf *detail);

#endif
