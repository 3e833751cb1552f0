/* SPDX-License-Identifier: MIT */
/* What has to be published to prove control of a name. */
#include "wire/common.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "model/name.h"

#define FILE_FOLDER "/.well-known/pki-validation/"
#define FILE_NAME_MAX 128

const char *ems_proof_bare(const char *domain)
{
	return ems_text_starts(domain, "*.") ? domain + 2 : domain;
}

emsign_rc ems_proof_state(const char *order, const char *domain, const struct ems_map *members,
			  const struct ems_node *node, const struct ems_sink *sink,
			  emsign_error *err)
{
	emsign_challenge challenge = { .order = order, .domain = domain };
	char room[EMS_NAME_MAX];
	struct ems_extra extra;
	emsign_rc rc;

	ems_extra_begin(&extra);
	ems_map_fill(members, node, &challenge, &extra);
	challenge.domain = ems_map_name(challenge.domain, room);
	rc = challenge.domain ? ems_extra_end(&extra, &challenge.extra, err) :
				ems_map_nameless("a name of the order", err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "challenge", &challenge, err);
	ems_extra_free(&extra);
	return rc;
}

void ems_proof_begin(const struct ems_call *call, emsign_challenge *challenge)
{
	challenge->order = ems_kv_get(call->args, "order");
	challenge->domain = ems_kv_get(call->args, "domain");
	challenge->method = ems_kv_get(call->args, "method");
}

/* Plain http in the URL: the certificate that https would need is what is being ordered. */
static emsign_rc name_file(emsign_challenge *challenge, struct ems_buf *name, struct ems_buf *url,
			   emsign_error *err)
{
	emsign_rc rc;

	/* it becomes a path on somebody's web server */
	if (!ems_name_is_file(challenge->file_name) ||
	    strlen(challenge->file_name) > FILE_NAME_MAX)
		return ems_fail(err, EMSIGN_E_PROTO,
				"the CA wants a file '%.60s', which is no plain file name",
				challenge->file_name);
	ems_buf_text(name, challenge->file_name);
	if (!ems_text_ends(challenge->file_name, ".txt"))
		ems_buf_text(name, ".txt");
	ems_buf_print(url, "http://%s" FILE_FOLDER "%s", ems_proof_bare(challenge->domain),
		      ems_buf_str(name));
	rc = name->rc ? ems_buf_rc(name, err) : ems_buf_rc(url, err);
	challenge->file_name = ems_buf_str(name);
	challenge->file_url = ems_buf_str(url);
	return rc;
}

static bool is_complete(const emsign_challenge *challenge)
{
	if (ems_text_equal(challenge->method, "http"))
		return challenge->file_name && challenge->file_content;
	if (ems_text_equal(challenge->method, "email"))
		return challenge->emails && challenge->emails[0];
	return challenge->record_value;
}

emsign_rc ems_proof_give(emsign_challenge *challenge, const struct ems_sink *sink,
			 struct ems_verdict *verdict, emsign_error *err)
{
	struct ems_buf name = EMS_BUF(512), url = EMS_BUF(2048);
	emsign_rc rc = EMSIGN_OK;

	if (!is_complete(challenge)) {
		verdict->class_ = EMS_CLASS_POLL;
		rc = ems_fail(err, EMSIGN_E_PENDING, "the CA does not say yet what to publish");
	}
	if (rc == EMSIGN_OK && challenge->file_name)
		rc = name_file(challenge, &name, &url, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "challenge", challenge, err);
	ems_buf_free(&name);
	ems_buf_free(&url);
	return rc;
}

emsign_rc ems_proof_done(const struct ems_call *call, const struct ems_sink *sink,
			 emsign_error *err)
{
	emsign_challenge challenge = { .status = "valid" };

	ems_proof_begin(call, &challenge);
	return ems_map_give(sink, "challenge", &challenge, err);
}
