/* SPDX-License-Identifier: MIT */
#include "wire/dialect.h"

#include "base/err.h"
#include "base/text.h"
#include "wire/auth.h"

static const struct ems_dialect *const dialects[] = { &ems_v1, &ems_v2 };

static const struct {
	const struct ems_dialect *dialect;
	const char *region;
	const char *url;
} regions[] = {
	{ &ems_v1, "us", "https://us-api.certinext.io/emSignHub-API/" },
	{ &ems_v1, "india", "https://api.certinext.io/emSignHub-API/" },
	{ &ems_v1, "sandbox", "https://sandbox-us-api.certinext.io/emSignHub-API/" },
	{ &ems_v2, "us", "https://us-api.certinext.io/" },
	{ &ems_v2, "india", "https://api.certinext.io/" },
	{ &ems_v2, "sandbox", "https://sandbox-us-api.certinext.io/" },
};

static const char *const words[] = {
	[EMS_VERB_TEST] = "the test login",
	[EMS_VERB_ACCOUNT] = "listing the groups",
	[EMS_VERB_ORGANIZATION] = "reading the organization",
	[EMS_VERB_DOMAINS] = "listing the domains",
	[EMS_VERB_PRODUCTS] = "listing the products",
	[EMS_VERB_PLACE] = "placing the order",
	[EMS_VERB_SUBMIT_CSR] = "submitting the CSR",
	[EMS_VERB_SUBMIT_DOCUMENT] = "submitting the document",
	[EMS_VERB_ACCEPT] = "accepting the agreement",
	[EMS_VERB_TRACK] = "asking for the order's state",
	[EMS_VERB_CHALLENGE] = "asking what to publish",
	[EMS_VERB_VERIFY] = "verifying the domain",
	[EMS_VERB_FETCH] = "fetching the certificate",
	[EMS_VERB_CANCEL] = "canceling the order",
	[EMS_VERB_CANCEL_DRAFT] = "canceling the draft",
	[EMS_VERB_REVOKE] = "revoking the certificate",
	[EMS_VERB_REPORT] = "listing the orders",
	[EMS_VERB_TOKEN] = "asking for an access token",
	[EMS_VERB_ORGANIZATIONS] = "listing the organizations",
	[EMS_VERB_CUSTOM_FIELDS] = "listing the custom fields",
	[EMS_VERB_REISSUE] = "reissuing the certificate",
	[EMS_VERB_LEDGER] = "listing the ledger",
	[EMS_VERB_DOMAIN] = "reading the domain",
	[EMS_VERB_DOMAIN_FIND] = "finding the registered domain",
	[EMS_VERB_DOMAIN_ADD] = "registering the domain",
	[EMS_VERB_DOMAIN_CHALLENGE] = "asking what to publish for the domain",
	[EMS_VERB_DOMAIN_METHOD] = "changing the domain's validation method",
	[EMS_VERB_DOMAIN_VERIFY] = "verifying the registered domain",
	[EMS_VERB_DOMAIN_ATTEMPTS] = "listing the domain's validation attempts",
	[EMS_VERB_DOMAIN_ATTEMPT] = "reading the domain's validation attempt",
	[EMS_VERB_DOMAIN_DEACTIVATE] = "deactivating the domain",
};

const struct ems_dialect *ems_dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (ems_text_equal(dialects[i]->name, name))
			return dialects[i];
	return NULL;
}

const char *ems_dialect_region(const struct ems_dialect *dialect, const char *region)
{
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
		if (regions[i].dialect == dialect && ems_text_equal(regions[i].region, region))
			return regions[i].url;
	return NULL;
}

size_t ems_dialect_site(const struct ems_dialect *dialect, const char *url)
{
	size_t len = strlen(url);
	size_t path = strlen(dialect->default_path);

	if (len > path && strcmp(url + len - path, dialect->default_path) == 0)
		return len - path + 1;
	return len;
}

static bool has_family(const struct ems_dialect *dialect, const char *family)
{
	const char *const *known = dialect->families;

	while (known && *known && strcmp(*known, family) != 0)
		known++;
	return !known || *known;
}

const struct ems_row *ems_dialect_row(const struct ems_dialect *dialect, enum ems_verb verb,
				      const char *family)
{
	if (!family)
		family = "ssl";
	if (!has_family(dialect, family))
		return NULL;
	for (size_t i = 0; i < dialect->n_rows; i++) {
		const struct ems_row *row = &dialect->rows[i];

		if (row->verb == verb && (!row->family || ems_text_equal(row->family, family)))
			return row;
	}
	return NULL;
}

const char *ems_dialect_words(enum ems_verb verb)
{
	size_t i = (size_t)verb;

	return i < sizeof(words) / sizeof(words[0]) && words[i] ? words[i] : "the call";
}

static bool has_verb(const struct ems_dialect *dialect, enum ems_verb verb)
{
	for (size_t i = 0; i < dialect->n_rows; i++)
		if (dialect->rows[i].verb == verb)
			return true;
	return false;
}

emsign_rc ems_dialect_need(const struct ems_dialect *dialect, enum ems_verb verb,
			   const char *family, emsign_error *err)
{
	if (ems_dialect_row(dialect, verb, family))
		return EMSIGN_OK;
	if (family && has_verb(dialect, verb))
		return ems_fail(err, EMSIGN_E_UNSUPPORTED,
				"%s of the family '%.40s' is not possible with the API %s",
				ems_dialect_words(verb), family, dialect->name);
	return ems_fail(err, EMSIGN_E_UNSUPPORTED, "%s is not possible with the API %s",
			ems_dialect_words(verb), dialect->name);
}

static emsign_rc find_row(const struct ems_dialect *dialect, const struct ems_call *call,
			  const struct ems_row **out, emsign_error *err)
{
	*out = ems_dialect_row(dialect, call->verb, call->family);
	return *out ? EMSIGN_OK : ems_dialect_need(dialect, call->verb, call->family, err);
}

emsign_rc ems_dialect_ask(const struct ems_dialect *dialect, const struct ems_peer *peer,
			  const struct ems_call *call, const struct ems_stamp *stamp,
			  struct ems_question *out, emsign_error *err)
{
	const struct ems_row *row;
	struct ems_peer known = *peer;
	emsign_rc rc;

	*out = (struct ems_question){ .method = NULL };
	rc = find_row(dialect, call, &row, err);
	if (rc)
		return rc;
	if (!known.auth)
		known.auth = ems_auth_find(dialect->auth);
	rc = dialect->ask(row, &known, call, stamp, out, err);
	if (rc)
		ems_question_free(out);
	return rc;
}

emsign_rc ems_dialect_understand(const struct ems_dialect *dialect, const struct ems_call *call,
				 const struct ems_answer *answer, const struct ems_sink *sink,
				 struct ems_verdict *verdict, emsign_error *err)
{
	const struct ems_row *row;
	emsign_rc rc;

	*verdict = (struct ems_verdict){ .class_ = EMS_CLASS_NEVER, .total = -1 };
	rc = find_row(dialect, call, &row, err);
	return rc ? rc : dialect->understand(row, call, answer, sink, verdict, err);
}

void ems_question_free(struct ems_question *question)
{
	ems_buf_free(&question->url);
	ems_buf_free(&question->body);
	ems_kvlist_free(&question->headers);
	*question = (struct ems_question){ .method = NULL };
}
