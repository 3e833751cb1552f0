/* SPDX-License-Identifier: MIT */
#include "wire/v2.h"

#define WORDS(name) const struct ems_word name[]
#define END { NULL, NULL }

WORDS(ems_v2_yes_no) = { { "true", "yes" }, { "false", "no" }, END };

WORDS(ems_v2_methods_order) = {
	{ "dns-txt", "dns" }, { "http-url", "http" }, { "email", "email" }, END,
};

WORDS(ems_v2_methods_domain) = {
	{ "dns-txt", "dns" }, { "http-url", "http" }, { "dns-cname", "dns-cname" },
	{ "dns-persist", "dns-persist" }, END,
};

/* Other spellings come from histories and from the CA's book. */
WORDS(ems_v2_methods) = {
	{ "dns-txt", "dns" }, { "http-url", "http" },
	{ "DNS-TXT", "dns" }, { "DNS_TXT", "dns" }, { "HTTP-URL", "http" },
	{ "HTTP_URL", "http" }, { "WEBSITE_CHANGE", "http" }, { "EMAIL", "email" }, END,
};

WORDS(ems_v2_reasons) = {
	{ "key-compromise", "key-compromise" }, { "affiliation-changed", "affiliation-changed" },
	{ "superseded", "superseded" }, { "cessation-of-operation", "cessation-of-operation" },
	{ "privilege-withdrawn", "privilege-withdrawn" }, END,
};

WORDS(ems_v2_presences) = {
	{ "ACTIVE", "active" }, { "INACTIVE", "inactive" }, { "EXPIRED", "expired" }, END,
};

WORDS(ems_v2_proofs) = {
	{ "PENDING", "pending" }, { "VERIFIED", "valid" }, { "REJECTED", "rejected" },
	{ "FAILED", "failed" }, END,
};

WORDS(ems_v2_caa) = {
	{ "PASSED", "authorized" }, { "FAILED", "failed" }, { "SKIPPED", "skipped" }, END,
};

WORDS(ems_v2_agreements) = {
	{ "true", "completed" }, { "1", "completed" }, { "false", "pending" }, { "0", "pending" },
	END,
};

WORDS(ems_v2_revocations) = { { "Certificate Revoked", "revoked" }, END };
