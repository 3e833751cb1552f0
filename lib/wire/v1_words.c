/* SPDX-License-Identifier: MIT */
#include "wire/v1.h"

#include "base/text.h"

#define WORDS(name) const struct ems_v1_word name[]
#define END { NULL, NULL }

WORDS(ems_v1_yes_no) = { { "1", "yes" }, { "0", "no" }, END };

WORDS(ems_v1_methods) = { { "1", "dns" }, { "2", "http" }, { "3", "email" }, END };

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

WORDS(ems_v1_categories) = { { "1", "private" }, { "2", "government" }, END };

WORDS(ems_v1_name_kinds) = { { "1", "internal" }, { "2", "external" }, END };

WORDS(ems_v1_roles) = {
	{ "1", "administrator" }, { "3", "basic-user" }, { "4", "finance-manager" },
	{ "5", "manager" }, { "6", "standard-user" }, END,
};

WORDS(ems_v1_payers) = { { "1", "account" }, { "2", "group" }, END };

WORDS(ems_v1_vetted_for) = { { "1", "ov" }, { "2", "ev" }, { "3", "smime" }, END };

WORDS(ems_v1_vettings) = {
	{ "0", "pending" }, { "1", "validated" }, { "2", "rejected" }, { "3", "canceled" },
	{ "4", "expired" }, { "5", "discrepancy" }, END,
};

WORDS(ems_v1_presences) = { { "1", "active" }, { "2", "inactive" }, { "3", "expired" }, END };

WORDS(ems_v1_proofs) = { { "0", "pending" }, { "1", "valid" }, { "2", "rejected" }, END };

WORDS(ems_v1_caa) = { { "1", "authorized" }, { "2", "required" }, { "3", "pending" }, END };

WORDS(ems_v1_agreements) = { { "0", "pending" }, { "1", "completed" }, { "2", "rejected" }, END };

WORDS(ems_v1_revocations) = {
	{ "1", "requested" }, { "2", "revoked" }, { "3", "refused" },
	{ "4", "pending-approval" }, { "5", "revoked" }, { "6", "refused" }, END,
};

const char *ems_v1_word(const struct ems_v1_word *words, const char *id)
{
	for (; words->id; words++)
		if (ems_text_equal(words->id, id))
			return words->word;
	return id;
}

const char *ems_v1_id(const struct ems_v1_word *words, const char *word)
{
	for (; words->id; words++)
		if (ems_text_equal(words->word, word))
			return words->id;
	return NULL;
}

/* TrackOrder speaks in labels of which two were seen; GetDomainDetails in numbers. */
const char *ems_v1_method(const char *told)
{
	static const struct {
		const char *part;
		const char *method;
	} labels[] = {
		{ "dns", "dns" }, { "txt", "dns" }, { "mail", "email" }, { "http", "http" },
		{ "file", "http" },
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (ems_text_contains_nocase(told, labels[i].part))
			return labels[i].method;
	return ems_v1_word(ems_v1_methods, told);
}
