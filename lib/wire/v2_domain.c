/* SPDX-License-Identifier: MIT */
/* Domains that are registered at the CA, and the history of their validation. */
#include "wire/v2.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

/* The id of its organization is another than the organization's number: it stays in extra. */
static const struct ems_map members[] = {
	{ "domainId", EMS_MAP_TEXT, offsetof(emsign_domain, domain_id), NULL },
	{ "domainName", EMS_MAP_TEXT, offsetof(emsign_domain, name), NULL },
	{ "organizationName", EMS_MAP_TEXT, offsetof(emsign_domain, organization_name), NULL },
	{ "dcvMethod", EMS_MAP_WORD, offsetof(emsign_domain, method), ems_v2_methods },
	{ "dcvStatus", EMS_MAP_WORD, offsetof(emsign_domain, validation), ems_v2_proofs },
	{ "status", EMS_MAP_WORD, offsetof(emsign_domain, status), ems_v2_presences },
	{ "domainStatus", EMS_MAP_WORD, offsetof(emsign_domain, status), ems_v2_presences },
	{ "createdAt", EMS_MAP_TIME, offsetof(emsign_domain, created_at), NULL },
	{ "validTill", EMS_MAP_TIME, offsetof(emsign_domain, expires_at), NULL },
	{ "verifiedAt", EMS_MAP_TIME, offsetof(emsign_domain, verified_at), NULL },
	{ "dcv", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

/* Of the block of the challenge; the challenge itself is a fact of its own. */
static const struct ems_map dcv_members[] = {
	{ "method", EMS_MAP_WORD, offsetof(emsign_domain, method), ems_v2_methods },
	EMS_MAP_END,
};

static emsign_rc give_domain(const struct ems_call *call, const struct ems_node *node,
			     const struct ems_sink *sink, emsign_error *err)
{
	emsign_domain domain = { .domain_id = ems_kv_get(call->args, "domain_id") };

	ems_map_fill(dcv_members, ems_node_get(node, "dcv"), &domain, NULL);
	return ems_account_domain(members, node, &domain, sink, err);
}

EMS_ROW_DECODER(ems_v2_domain_row)
{
	return give_domain(call, node, sink, err);
}

EMS_DECODER(ems_v2_domain_read)
{
	(void)verdict;
	return give_domain(call, root, sink, err);
}

EMS_DECODER(ems_v2_domain_added)
{
	const struct ems_node *dcv = ems_node_get(root, "dcv");
	emsign_rc rc = give_domain(call, root, sink, err);

	if (rc || !ems_v2_proof_is_told(dcv))
		return rc;
	return ems_v2_proof_block(call, dcv, sink, verdict, err);
}

/* A proven name has nothing to publish; only another method, or the same anew, gives that. */
EMS_DECODER(ems_v2_domain_proof)
{
	const struct ems_node *dcv = ems_node_get(root, "dcv");
	const struct ems_node *block = dcv ? dcv : root;

	if (ems_v2_proof_is_told(block))
		return ems_v2_proof_block(call, block, sink, verdict, err);
	verdict->done_before = true;
	return ems_proof_done(call, sink, err);
}

/* --- attempts ------------------------------------------------------------------------------- */

static const struct ems_map attempt_members[] = {
	{ "attemptId", EMS_MAP_TEXT, offsetof(emsign_attempt, number), NULL },
	{ "domainId", EMS_MAP_KNOWN, 0, NULL },
	{ "method", EMS_MAP_WORD, offsetof(emsign_attempt, method), ems_v2_methods },
	{ "overallStatus", EMS_MAP_WORD, offsetof(emsign_attempt, status), ems_v2_proofs },
	{ "status", EMS_MAP_WORD, offsetof(emsign_attempt, status), ems_v2_proofs },
	{ "failureClass", EMS_MAP_TEXT, offsetof(emsign_attempt, failure), NULL },
	{ "attemptedAt", EMS_MAP_TIME, offsetof(emsign_attempt, tried_at), NULL },
	{ "diagnostics", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static const struct ems_map diagnostics_members[] = {
	{ "schemaVersion", EMS_MAP_KNOWN, 0, NULL },
	{ "domainId", EMS_MAP_KNOWN, 0, NULL },
	{ "domainName", EMS_MAP_TEXT, offsetof(emsign_attempt, domain), NULL },
	{ "method", EMS_MAP_WORD, offsetof(emsign_attempt, method), ems_v2_methods },
	{ "overallStatus", EMS_MAP_WORD, offsetof(emsign_attempt, status), ems_v2_proofs },
	{ "failureClass", EMS_MAP_TEXT, offsetof(emsign_attempt, failure), NULL },
	{ "attemptTimestamp", EMS_MAP_TIME, offsetof(emsign_attempt, tried_at), NULL },
	EMS_MAP_END,
};

static emsign_rc list_steps(const struct ems_node *list, const char ***out, emsign_error *err)
{
	size_t n = 0;

	for (const struct ems_node *at = ems_map_first(list); at; at = ems_map_next(list, at))
		n++;
	*out = ems_alloc((n + 1) * sizeof(**out));
	if (!*out)
		return ems_fail_nomem(err);
	n = 0;
	for (const struct ems_node *at = ems_map_first(list); at; at = ems_map_next(list, at)) {
		const char *key = ems_node_text(at, "key");

		if (key && !strchr(key, '\n')) /* a record keeps a list as lines */
			(*out)[n++] = key;
	}
	return EMSIGN_OK;
}

static emsign_rc give_attempt(const struct ems_call *call, const struct ems_node *node,
			      const struct ems_sink *sink, emsign_error *err)
{
	const struct ems_node *diagnostics = ems_node_get(node, "diagnostics");
	emsign_attempt attempt = { .domain_id = ems_kv_get(call->args, "domain_id") };
	const char **steps = NULL;
	struct ems_extra extra;
	emsign_rc rc = list_steps(ems_node_get(diagnostics, "nextSteps"), &steps, err);

	ems_extra_begin(&extra);
	ems_map_fill(attempt_members, node, &attempt, &extra);
	ems_map_inner(diagnostics_members, diagnostics, &attempt, &extra);
	if (steps && *steps)
		attempt.next_steps = (const char *const *)steps;
	/* of a name that is proven the CA tells a failure and what to do against it: it is none */
	if (ems_text_equal(attempt.status, "valid")) {
		attempt.failure = NULL;
		attempt.next_steps = NULL;
	}
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &attempt.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "attempt", &attempt, err);
	ems_free(steps);
	ems_extra_free(&extra);
	return rc;
}

EMS_ROW_DECODER(ems_v2_domain_attempt_row)
{
	return give_attempt(call, node, sink, err);
}

EMS_DECODER(ems_v2_domain_attempt)
{
	(void)verdict;
	return give_attempt(call, root, sink, err);
}
