/* SPDX-License-Identifier: MIT */
#include "wire/auth.h"

#include <string.h>

#include "base/text.h"

struct digest {
	const char *ts;
	const char *txn;
	char *out;
	emsign_error *err;
};

static emsign_rc digest_key(void *ud, const void *bytes, size_t len)
{
	const struct digest *d = ud;
	const struct ems_piece pieces[] = {
		{ bytes, len }, { d->ts, strlen(d->ts) }, { d->txn, strlen(d->txn) }, { NULL, 0 },
	};

	return ems_digest_sha256(pieces, d->out, d->err);
}

emsign_rc ems_auth_digest(emsign_secret *secret, const char *ts, const char *txn,
			  char out[EMS_SHA256_HEX], emsign_error *err)
{
	struct digest d = { ts, txn, out, err };

	return emsign_secret_use(secret, digest_key, &d, err);
}

emsign_rc ems_auth_prove(emsign_secret *secret, const struct ems_stamp *stamp,
			 struct ems_proof *out, emsign_error *err)
{
	ems_time_offset(stamp->now, out->ts);
	ems_text_hex(stamp->random, sizeof(stamp->random), out->txn);
	return ems_auth_digest(secret, out->ts, out->txn, out->key, err);
}
