/* SPDX-License-Identifier: MIT */
/* Certificates as they came: raw texts, for whoever checks and rebuilds them. */
#include "wire/v1.h"

#include "base/err.h"
#include "base/text.h"

/* The serial number is passed over: its base is not told, and the certificate knows better. */
static const struct ems_map members[] = {
	{ "endEntityCertificate", EMS_MAP_TEXT, offsetof(emsign_certificate, pem), NULL },
	{ "rootCertificate", EMS_MAP_TEXT, offsetof(emsign_certificate, root_pem), NULL },
	{ "expiryDate", EMS_MAP_TIME, offsetof(emsign_certificate, not_after), NULL },
	{ "interimDv", EMS_MAP_FLAG, offsetof(emsign_certificate, interim), NULL },
	EMS_MAP_END,
};

static void put_chain(const struct ems_node *block, struct ems_buf *chain)
{
	static const char *const parts[] = { "caCertificate", "subCACertificate" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *text = ems_node_text(block, parts[i]);

		if (text && chain->bytes.len && !ems_text_ends(ems_buf_str(chain), "\n"))
			ems_buf_char(chain, '\n');
		ems_buf_text(chain, text);
	}
}

emsign_rc ems_v1_fetch_give(const char *order, const struct ems_node *block,
			    const struct ems_sink *sink, bool *given, emsign_error *err)
{
	emsign_certificate certificate = { .order = order };
	struct ems_buf chain = EMS_BUF((size_t)4 << 20);
	emsign_rc rc;

	*given = false;
	ems_map_fill(members, block, &certificate, NULL);
	if (!certificate.pem)
		return EMSIGN_OK;
	put_chain(block, &chain);
	certificate.chain_pem = chain.bytes.len ? ems_buf_str(&chain) : NULL;
	rc = ems_buf_rc(&chain, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "certificate", &certificate, err);
	ems_buf_free(&chain);
	*given = rc == EMSIGN_OK;
	return rc;
}

/* The order says "issued" a moment before the certificate can be had. */
EMS_DECODER(ems_v1_fetch_read)
{
	bool given;
	emsign_rc rc = ems_v1_fetch_give(ems_kv_get(call->args, "order"),
					 ems_node_get(root, "certificateDetails"), sink, &given,
					 err);

	if (rc || given)
		return rc;
	verdict->class_ = EMS_CLASS_POLL;
	return ems_fail(err, EMSIGN_E_PENDING, "the CA has no certificate to give yet");
}
