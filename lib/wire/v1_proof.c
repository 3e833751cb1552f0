/* SPDX-License-Identifier: MIT */
/* What has to be published to prove control of a name. */
#include "wire/v1.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "model/name.h"

#define END { NULL, EMS_V1_KNOWN, 0, NULL }

#define FILE_FOLDER "/.well-known/pki-validation/"
#define FILE_NAME_MAX 128

static const struct ems_v1_member members[] = {
	{ "token", EMS_V1_TEXT, offsetof(emsign_challenge, record_value), NULL },
	{ "fileName", EMS_V1_TEXT, offsetof(emsign_challenge, file_name), NULL },
	{ "fileContent", EMS_V1_TEXT, offsetof(emsign_challenge, file_content), NULL },
	{ "dcvEmails", EMS_V1_KNOWN, 0, NULL },
	END,
};

/* Where a proof of "*.NAME" belongs: the CA does not say, so it is the name itself. */
static const char *bare(const char *domain)
{
	return ems_text_starts(domain, "*.") ? domain + 2 : domain;
}

static void begin(const struct ems_call *call, emsign_challenge *challenge)
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
	ems_buf_print(url, "http://%s" FILE_FOLDER "%s", bare(challenge->domain),
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

EMS_V1_DECODER(ems_v1_proof_read)
{
	const struct ems_node *block;
	emsign_challenge challenge = { .status = "pending" };
	struct ems_v1_extra extra;
	struct ems_buf name = EMS_BUF(512), url = EMS_BUF(2048);
	const char **emails = NULL;
	emsign_rc rc = ems_v1_fact_block(root, "dcvDetails", &block, err);

	if (rc)
		return rc;
	begin(call, &challenge);
	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(members, block, &challenge, &extra);
	rc = ems_v1_fact_list(ems_node_get(block, "dcvEmails"), &emails, err);
	challenge.emails = (const char *const *)emails;
	if (rc == EMSIGN_OK && !is_complete(&challenge)) {
		verdict->class_ = EMS_CLASS_POLL;
		rc = ems_fail(err, EMSIGN_E_PENDING, "the CA does not say yet what to publish");
	}
	if (rc == EMSIGN_OK && challenge.file_name)
		rc = name_file(&challenge, &name, &url, err);
	if (challenge.record_value)
		challenge.record_name = bare(challenge.domain);
	if (rc == EMSIGN_OK)
		rc = ems_v1_extra_end(&extra, &challenge.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "challenge", &challenge, err);
	ems_free(emails);
	ems_buf_free(&name);
	ems_buf_free(&url);
	ems_v1_extra_free(&extra);
	return rc;
}

emsign_rc ems_v1_proof_done(const struct ems_call *call, const struct ems_sink *sink,
			    emsign_error *err)
{
	emsign_challenge challenge = { .status = "valid" };

	begin(call, &challenge);
	return ems_v1_fact_give(sink, "challenge", &challenge, err);
}
