/* SPDX-License-Identifier: MIT */
/* How a question proves whose it is. Any generation may go with any method that it takes. */
#ifndef EMS_WIRE_AUTH_H
#define EMS_WIRE_AUTH_H

#include "base/time.h"
#include "crypto/crypto.h"
#include "wire/dialect.h"

/** "digest", "form", "basic"; NULL when there is no such method. */
const struct ems_auth *ems_auth_find(const char *name);

/** Its questions carry a token that EMS_VERB_TOKEN fetched. */
bool ems_auth_by_token(const struct ems_auth *auth);

/** What stands in the meta block of v1; the key itself never travels. */
struct ems_proof {
	char ts[EMS_TIME_TEXT];
	char txn[33];
	char key[EMS_SHA256_HEX]; /* "" where a token proves it */
};

/** Lower-case hex SHA-256 of access key, ts and txn, one behind the other. */
emsign_rc ems_auth_digest(emsign_secret *secret, const char *ts, const char *txn,
			  char out[EMS_SHA256_HEX], emsign_error *err);

/** ts, txn and digest of one question. */
emsign_rc ems_auth_prove(const struct ems_peer *peer, const struct ems_stamp *stamp,
			 struct ems_proof *out, emsign_error *err);

/** The token as a header, where the method wants one. Errors: EMSIGN_E_STATE without a token. */
emsign_rc ems_auth_header(const struct ems_peer *peer, struct ems_question *out, emsign_error *err);

/** Client id and secret in the question for a token, whose body has begun. */
emsign_rc ems_auth_identify(const struct ems_peer *peer, struct ems_question *out,
			    emsign_error *err);

#endif
