/* SPDX-License-Identifier: MIT */
/* What has to be published to prove control of a name, and what came of looking for it. */
#include "wire/v2.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

/* Where a record belongs, unless the answer says it: the CA's main book has this label. */
#define LABEL "_emudhra-challenge."

/* --- challenges ----------------------------------------------------------------------------- */

struct told {
	const char *method;
	const char *value;
	const char *host;
	const char *file_name;
};

/* Live answers say "token"; the others are in the CA's book, or in other clients. */
static const struct ems_map members[] = {
	{ "method", EMS_MAP_WORD, offsetof(struct told, method), ems_v2_methods },
	{ "dcvMethod", EMS_MAP_KNOWN, 0, NULL }, /* at times a number that means two things */
	{ "token", EMS_MAP_TEXT, offsetof(struct told, value), NULL },
	{ "txtToken", EMS_MAP_TEXT, offsetof(struct told, value), NULL },
	{ "fileToken", EMS_MAP_TEXT, offsetof(struct told, value), NULL },
	{ "dvFileToken", EMS_MAP_TEXT, offsetof(struct told, value), NULL },
	{ "fileNameContent", EMS_MAP_TEXT, offsetof(struct told, value), NULL },
	{ "dnsContents", EMS_MAP_TEXT, offsetof(struct told, value), NULL },
	{ "dnsHost", EMS_MAP_TEXT, offsetof(struct told, host), NULL },
	{ "host", EMS_MAP_TEXT, offsetof(struct told, host), NULL },
	{ "fileName", EMS_MAP_TEXT, offsetof(struct told, file_name), NULL },
	{ "dvFileName", EMS_MAP_TEXT, offsetof(struct told, file_name), NULL },
	{ "orderNumber", EMS_MAP_KNOWN, 0, NULL },
	{ "domainName", EMS_MAP_KNOWN, 0, NULL },
	{ "dcvEmails", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static void place_record(const struct told *told, emsign_challenge *challenge, struct ems_buf *room)
{
	challenge->record_value = told->value;
	if (told->host && ems_text_contains_nocase(told->host, ".")) {
		challenge->record_name = told->host;
		return;
	}
	ems_buf_text(room, told->host ? told->host : LABEL);
	if (told->host)
		ems_buf_char(room, '.');
	ems_buf_text(room, ems_proof_bare(challenge->domain));
	challenge->record_name = ems_buf_str(room);
}

static emsign_rc place_value(const struct told *told, emsign_challenge *challenge,
			     struct ems_buf *room, emsign_error *err)
{
	if (!told->value)
		return EMSIGN_OK;
	if (!ems_text_equal(challenge->method, "http")) {
		place_record(told, challenge, room);
		return ems_buf_rc(room, err);
	}
	if (!told->file_name)
		return ems_fail(err, EMSIGN_E_UNSUPPORTED,
				"the CA does not say which file to publish; use the method dns");
	challenge->file_name = told->file_name;
	challenge->file_content = told->value;
	return EMSIGN_OK;
}

bool ems_v2_proof_is_told(const struct ems_node *block)
{
	struct told told = { NULL, NULL, NULL, NULL };

	ems_map_fill(members, block, &told, NULL);
	return told.value;
}

emsign_rc ems_v2_proof_block(const struct ems_call *call, const struct ems_node *block,
			     const struct ems_sink *sink, struct ems_verdict *verdict,
			     emsign_error *err)
{
	emsign_challenge challenge = { .status = "pending" };
	struct told told = { NULL, NULL, NULL, NULL };
	struct ems_extra extra;
	struct ems_buf name = EMS_BUF(1024);
	const char **emails = NULL;
	emsign_rc rc;

	ems_proof_begin(call, &challenge);
	ems_extra_begin(&extra);
	ems_map_fill(members, block, &told, &extra);
	if (!challenge.method)
		challenge.method = told.method;
	rc = ems_map_list(ems_node_get(block, "dcvEmails"), &emails, err);
	challenge.emails = (const char *const *)emails;
	if (rc == EMSIGN_OK)
		rc = place_value(&told, &challenge, &name, err);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &challenge.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_proof_give(&challenge, sink, verdict, err);
	ems_free(emails);
	ems_buf_free(&name);
	ems_extra_free(&extra);
	return rc;
}

/* By one book the answer is the challenge, by another client's a list of them. */
EMS_DECODER(ems_v2_proof_read)
{
	const struct ems_node *list = ems_map_first(ems_node_get(root, "challenges"));

	return ems_v2_proof_block(call, list ? list : root, sink, verdict, err);
}

/* --- verifying ------------------------------------------------------------------------------ */

#define NOT_THERE "the proof is not there, not visible yet, or not what the CA wants"
#define CAA "the domain's CAA record must allow 'emsign.com'"

static const struct {
	const char *failure;
	struct ems_code meaning;
} failures[] = {
	{ "RECORD_MISSING", { NULL, 0, EMSIGN_E_PENDING, EMS_CLASS_POLL, NULL, NOT_THERE } },
	{ "TOKEN_MISMATCH", { NULL, 0, EMSIGN_E_PENDING, EMS_CLASS_POLL, NULL,
			      "something else is published there" } },
	{ "DNS_NXDOMAIN", { NULL, 0, EMSIGN_E_PENDING, EMS_CLASS_POLL, NULL,
			    "the name does not exist in the DNS, or not yet" } },
	{ "DNS_TIMEOUT", { NULL, 0, EMSIGN_E_PENDING, EMS_CLASS_POLL, NULL,
			   "the domain's name servers did not answer" } },
	{ "HTTP_4XX", { NULL, 0, EMSIGN_E_PENDING, EMS_CLASS_POLL, NULL,
			"the web server has no such file, or not yet" } },
	{ "CAA_MISSING", { NULL, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, CAA } },
	{ "CAA_FORBIDS", { NULL, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, CAA } },
};

const struct ems_code *ems_v2_proof_failure(const struct ems_node *root)
{
	const char *told = ems_node_text(ems_node_get(root, "diagnostics"), "failureClass");

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (ems_text_equal(failures[i].failure, told))
			return &failures[i].meaning;
	return NULL;
}

/* A success may only say that it looked. Without a word in it, the order's state will tell. */
EMS_DECODER(ems_v2_proof_verified)
{
	const char *status = ems_node_text(root, "overallStatus");
	const struct ems_code *failure;

	if (!status)
		status = ems_node_text(root, "status");
	if (!status)
		return ems_ok(err);
	if (ems_text_equal(status, "VERIFIED"))
		return ems_proof_done(call, sink, err);
	failure = ems_v2_proof_failure(root);
	verdict->class_ = failure ? failure->class_ : EMS_CLASS_POLL;
	return ems_fail(err, failure ? failure->rc : EMSIGN_E_PENDING,
			"the CA looked and says '%.40s': %s", status,
			failure ? failure->hint : NOT_THERE);
}
