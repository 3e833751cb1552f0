/* SPDX-License-Identifier: MIT */
#include "wire/v1.h"

#define WORDS(name) const struct ems_word name[]
#define END { NULL, NULL }

WORDS(ems_v1_yes_no) = { { "1", "yes" }, { "0", "no" }, END };

/* TrackOrder speaks in labels of which two were seen; GetDomainDetails in numbers. */
WORDS(ems_v1_methods) = {
	{ "1", "dns" }, { "2", "http" }, { "3", "email" },
	{ "dns", "dns" }, { "txt", "dns" }, { "mail", "email" }, { "http", "http" },
	{ "file", "http" }, END,
};

WORDS(ems_v1_reasons) = {
	{ "1", "key-compromise" }, { "3", "affiliation-changed" }, { "4", "superseded" },
	{ "5", "cessation-of-operation" }, { "9", "privilege-withdrawn" }, END,
};

/* A person at the CA has more choice than a caller of its API. */
WORDS(ems_v1_reasons_told) = {
	{ "0", "unspecified" }, { "1", "key-compromise" }, { "2", "ca-compromise" },
	{ "3", "affiliation-changed" }, { "4", "superseded" }, { "5", "cessation-of-operation" },
	{ "6", "certificate-hold" }, { "8", "remove-from-crl" }, { "9", "privilege-withdrawn" },
	{ "10", "aa-compromise" }, END,
};

WORDS(ems_v1_name_kinds) = { { "1", "internal" }, { "2", "external" }, END };

WORDS(ems_v1_roles) = {
	{ "1", "administrator" }, { "3", "basic-user" }, { "4", "finance-manager" },
	{ "5", "manager" }, { "6", "standard-user" }, END,
};

WORDS(ems_v1_proofs) = { { "0", "pending" }, { "1", "valid" }, { "2", "rejected" }, END };

WORDS(ems_v1_caa) = { { "1", "authorized" }, { "2", "required" }, { "3", "pending" }, END };

WORDS(ems_v1_agreements) = { { "0", "pending" }, { "1", "completed" }, { "2", "rejected" }, END };

WORDS(ems_v1_revocations) = {
	{ "1", "requested" }, { "2", "revoked" }, { "3", "refused" },
	{ "4", "pending-approval" }, { "5", "revoked" }, { "6", "refused" }, END,
};

