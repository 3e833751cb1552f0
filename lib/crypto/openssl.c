/* SPDX-License-Identifier: MIT */
#include "crypto/openssl.h"

#include <openssl/err.h>

#include "base/err.h"

/* A lack of memory is rarely the last entry: whoever asked for it adds what failed in turn. */
bool ems_openssl_starved(void)
{
	bool starved = false;
	unsigned long code;

	while ((code = ERR_get_error()) != 0)
		starved = starved || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	return starved;
}

emsign_rc ems_openssl_fail(emsign_error *err, emsign_rc rc, const char *what)
{
	/* the last entry: an earlier one may be a leftover of the application's own calls */
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (ems_openssl_starved())
		return ems_fail_nomem(err);
	if (!reason)
		return ems_fail(err, rc, "%s", what);
	return ems_fail(err, rc, "%s: %s", what, reason);
}
