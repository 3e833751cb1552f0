/* SPDX-License-Identifier: MIT */
#include "wire/auth.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "wire/common.h"

struct ems_auth {
	const char *name;
	/* how client id and secret are told for a token; NULL: no token is wanted */
	emsign_rc (*identify)(const struct ems_peer *peer, struct ems_question *out,
			      emsign_error *err);
};

/* --- digest --------------------------------------------------------------------------------- */

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

emsign_rc ems_auth_prove(const struct ems_peer *peer, const struct ems_stamp *stamp,
			 struct ems_proof *out, emsign_error *err)
{
	ems_time_offset(stamp->now, out->ts);
	ems_text_hex(stamp->random, sizeof(stamp->random), out->txn);
	out->key[0] = '\0';
	if (ems_auth_by_token(peer->auth))
		return EMSIGN_OK;
	return ems_auth_digest(peer->secret, out->ts, out->txn, out->key, err);
}

/* --- secrets in headers and bodies ---------------------------------------------------------- */

static emsign_rc append(void *ud, const void *bytes, size_t len)
{
	ems_buf_put(ud, bytes, len);
	return EMSIGN_OK;
}

static emsign_rc append_encoded(void *ud, const void *bytes, size_t len)
{
	ems_url_put(ud, bytes, len);
	return EMSIGN_OK;
}

static emsign_rc add_authorization(struct ems_question *out, const struct ems_buf *value,
				   emsign_error *err)
{
	emsign_rc rc = ems_buf_rc(value, err);

	if (rc == EMSIGN_OK)
		ems_kvlist_add(&out->headers, "Authorization", ems_buf_str(value));
	return rc;
}

emsign_rc ems_auth_header(const struct ems_peer *peer, struct ems_question *out, emsign_error *err)
{
	struct ems_buf value = EMS_BUF(EMS_TOKEN_MAX + sizeof("Bearer "));
	emsign_rc rc;

	if (!ems_auth_by_token(peer->auth))
		return EMSIGN_OK;
	if (!peer->token)
		return ems_fail(err, EMSIGN_E_STATE, "there is no access token yet");
	ems_buf_text(&value, "Bearer ");
	rc = emsign_secret_use(peer->token, append, &value, err);
	if (rc == EMSIGN_OK)
		rc = add_authorization(out, &value, err);
	ems_buf_free(&value);
	return rc;
}

/* --- client id and secret ------------------------------------------------------------------- */

static const char *client_id(const struct ems_peer *peer)
{
	return peer->client_id ? peer->client_id : peer->account_number;
}

static emsign_rc in_form(const struct ems_peer *peer, struct ems_question *out, emsign_error *err)
{
	const char *id = client_id(peer);

	ems_buf_text(&out->body, "&client_id=");
	ems_url_put(&out->body, id, strlen(id));
	ems_buf_text(&out->body, "&client_secret=");
	return emsign_secret_use(peer->secret, append_encoded, &out->body, err);
}

static emsign_rc in_header(const struct ems_peer *peer, struct ems_question *out, emsign_error *err)
{
	struct ems_buf pair = EMS_BUF((size_t)128 << 10), value = EMS_BUF((size_t)256 << 10);
	emsign_rc rc;

	ems_buf_text(&pair, client_id(peer));
	ems_buf_char(&pair, ':');
	rc = emsign_secret_use(peer->secret, append, &pair, err);
	ems_buf_text(&value, "Basic ");
	if (rc == EMSIGN_OK)
		rc = ems_buf_rc(&pair, err);
	if (rc == EMSIGN_OK) {
		ems_digest_base64(&value, pair.bytes.data, pair.bytes.len);
		rc = add_authorization(out, &value, err);
	}
	ems_buf_free(&pair);
	ems_buf_free(&value);
	return rc;
}

static const struct ems_auth auths[] = {
	{ "digest", NULL },
	{ "form", in_form },
	{ "basic", in_header },
};

const struct ems_auth *ems_auth_find(const char *name)
{
	for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++)
		if (ems_text_equal(auths[i].name, name))
			return &auths[i];
	return NULL;
}

bool ems_auth_by_token(const struct ems_auth *auth)
{
	return auth && auth->identify;
}

emsign_rc ems_auth_identify(const struct ems_peer *peer, struct ems_question *out,
			    emsign_error *err)
{
	if (!ems_auth_by_token(peer->auth))
		return ems_fail(err, EMSIGN_E_UNSUPPORTED, "this credential needs no access token");
	return peer->auth->identify(peer, out, err);
}
