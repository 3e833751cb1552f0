/* SPDX-License-Identifier: MIT */
/* The proof of the access key that stands in every v1 question; the key itself never travels. */
#ifndef EMS_WIRE_AUTH_H
#define EMS_WIRE_AUTH_H

#include "base/time.h"
#include "crypto/crypto.h"
#include "wire/dialect.h"

struct ems_proof {
	char ts[EMS_TIME_TEXT];
	char txn[33];
	char key[EMS_SHA256_HEX];
};

/** Lower-case hex SHA-256 of access key, ts and txn, one behind the other. */
emsign_rc ems_auth_digest(emsign_secret *secret, const char *ts, const char *txn,
			  char out[EMS_SHA256_HEX], emsign_error *err);

/** ts, txn and digest of one question. */
emsign_rc ems_auth_prove(emsign_secret *secret, const struct ems_stamp *stamp,
			 struct ems_proof *out, emsign_error *err);

#endif
