/* SPDX-License-Identifier: MIT */
#include "wire/v1.h"

#include "base/alloc.h"

static const struct ems_map members[] = {
	{ "token", EMS_MAP_TEXT, offsetof(emsign_challenge, record_value), NULL },
	{ "fileName", EMS_MAP_TEXT, offsetof(emsign_challenge, file_name), NULL },
	{ "fileContent", EMS_MAP_TEXT, offsetof(emsign_challenge, file_content), NULL },
	{ "dcvEmails", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

EMS_DECODER(ems_v1_proof_read)
{
	const struct ems_node *block;
	emsign_challenge challenge = { .status = "pending" };
	struct ems_extra extra;
	const char **emails = NULL;
	emsign_rc rc = ems_map_block(root, "dcvDetails", &block, err);

	if (rc)
		return rc;
	ems_proof_begin(call, &challenge);
	ems_extra_begin(&extra);
	ems_map_fill(members, block, &challenge, &extra);
	rc = ems_map_list(ems_node_get(block, "dcvEmails"), &emails, err);
	challenge.emails = (const char *const *)emails;
	/* the CA does not say where the value belongs, so it is the name itself */
	if (challenge.record_value)
		challenge.record_name = ems_proof_bare(challenge.domain);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &challenge.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_proof_give(&challenge, sink, verdict, err);
	ems_free(emails);
	ems_extra_free(&extra);
	return rc;
}
