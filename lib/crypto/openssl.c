/* SPDX-License-Identifier: MIT */
#include "crypto/openssl.h"

#include <openssl/err.h>

#include "base/err.h"

emsign_rc ems_openssl_fail(emsign_error *err, emsign_rc rc, const char *what)
{
	/* the last entry: an earlier one may be a leftover of the application's own calls */
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);
	int no_memory = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;

	ERR_clear_error();
	if (no_memory)
		return ems_fail_nomem(err);
	if (!reason)
		return ems_fail(err, rc, "%s", what);
	return ems_fail(err, rc, "%s: %s", what, reason);
}
