/* SPDX-License-Identifier: MIT */
/* A certificate as it came: raw texts, for whoever checks and rebuilds them. */
#include "wire/v2.h"

#include "base/err.h"
#include "base/text.h"

/* Blocks come without a line break at their end. */
static void put_block(struct ems_buf *chain, const struct ems_node *block)
{
	if (block->type != EMS_JSON_TEXT)
		return;
	if (chain->bytes.len && !ems_text_ends(ems_buf_str(chain), "\n"))
		ems_buf_char(chain, '\n');
	ems_buf_text(chain, block->text);
}

/*
 * What the answer says beside them is passed over: names and serial number come in two spellings,
 * the end is hours off at times, and the certificate knows all of it better.
 */
EMS_DECODER(ems_v2_fetch_read)
{
	emsign_certificate certificate = { .order = ems_kv_get(call->args, "order") };
	struct ems_buf chain = EMS_BUF((size_t)4 << 20);
	const struct ems_node *parts = ems_node_get(root, "chainPem");
	emsign_rc rc;

	certificate.pem = ems_node_text(root, "certificatePem");
	if (!certificate.pem) {
		verdict->class_ = EMS_CLASS_POLL;
		return ems_fail(err, EMSIGN_E_PENDING, "the CA has no certificate to give yet");
	}
	if (parts && parts->type == EMS_JSON_TEXT)
		put_block(&chain, parts);
	for (const struct ems_node *at = ems_map_first(parts); at; at = ems_map_next(parts, at))
		put_block(&chain, at);
	rc = ems_buf_rc(&chain, err);
	certificate.chain_pem = chain.bytes.len ? ems_buf_str(&chain) : NULL;
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "certificate", &certificate, err);
	ems_buf_free(&chain);
	return rc;
}
