/* SPDX-License-Identifier: MIT */
/* The order form as the CA wants it, in the order in which clients that work send it. */
#include "wire/v2.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define DEFAULT_REMARKS "ordered with libemsign"

#define END { NULL, NULL, NULL, NULL }

static const struct ems_word all_or_none[] = { { "all", "yes" }, { "0", "no" }, { NULL, NULL } };

static const struct ems_line notifications[] = {
	{ "emailNotifications", "notify", all_or_none, "0" },
	END,
};

static const struct ems_line draft[] = {
	{ "saveAsDraft", "draft", ems_v2_yes_no, NULL },
	END,
};

static const struct ems_line request[] = {
	{ "requestId", "request", NULL, NULL },
	END,
};

static const struct ems_line delegate[] = {
	{ "name", "delegate.name", NULL, NULL },
	{ "email", "delegate.email", NULL, NULL },
	END,
};

static const struct ems_line organization[] = {
	{ "organizationNumber", "organization", NULL, NULL },
	END,
};

/* Said in any case: left out, the CA would take it for true and add a name. */
static const struct ems_line secure_www[] = {
	{ "autoSecureWww", "secure_www", ems_v2_yes_no, "false" },
	END,
};

/* The same: a block that is missing would mean yes. */
static const struct ems_line subscription[] = {
	{ "validityYears", "years", NULL, "1" },
	{ "autoRenew", "auto_renew", ems_v2_yes_no, "false" },
	{ "renewBeforeDays", "renew_days", NULL, "30" },
	END,
};

static const struct ems_line csr[] = {
	{ "csr", "csr", NULL, NULL },
	END,
};

static const struct ems_line group[] = {
	{ "groupNumber", "group", NULL, NULL },
	END,
};

/* --- what cannot be said here --------------------------------------------------------------- */

/* Beginnings of names of the form that have no place on this wire. */
static const char *const unknown[] = {
	"organization.", "contract_signer.", "approver.", "dns",
};

/* Of an organization the certificate of a signer names these; there is no other block for them. */
static const struct ems_line signer_organization[] = {
	{ "organizationName", "organization.name", NULL, NULL },
	{ "organizationIdentificationNumber", "organization.registration", NULL, NULL },
	END,
};

static bool stands_in(const struct ems_line *lines, const char *name)
{
	while (lines->wire && strcmp(lines->arg, name) != 0)
		lines++;
	return lines->wire;
}

static bool has_place(const struct ems_call *call, const char *name)
{
	if (ems_text_equal(call->family, "signature") &&
	    (strcmp(name, "organization.unit") == 0 || stands_in(signer_organization, name)))
		return true;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (ems_text_starts(name, unknown[i]))
			return false;
	return true;
}

emsign_rc ems_v2_order_check(const struct ems_call *call, emsign_error *err)
{
	for (const emsign_kv *said = call->args; said && said->key; said++)
		if (!has_place(call, said->key))
			return ems_fail(err, EMSIGN_E_UNSUPPORTED,
					"the API v2 has no place for %.60s", said->key);
	return EMSIGN_OK;
}

/* --- blocks --------------------------------------------------------------------------------- */

struct person {
	const char *wire;
	struct ems_line name[3];
	const char *isd;
	const char *phone;
	struct ems_line designation[2];
};

static const struct person requester = {
	"requestor",
	{ { "name", "requester.name", NULL, NULL },
	  { "email", "requester.email", NULL, NULL }, END },
	"requester.isd", "requester.phone",
	{ { "designation", "requester.designation", NULL, NULL }, END },
};

static const struct person technical = {
	"technicalPointOfContact",
	{ { "name", "technical.name", NULL, NULL },
	  { "email", "technical.email", NULL, NULL }, END },
	"technical.isd", "technical.phone",
	{ { "designation", "technical.designation", NULL, "Technical Contact" }, END },
};

static void put_person(const struct person *who, const emsign_kv *args, struct ems_jsonout *j)
{
	struct ems_buf phone = EMS_BUF(64);
	const char *digits = ems_kv_get(args, who->phone);
	const char *isd = ems_kv_get(args, who->isd);

	/* E.164; without a number it is an empty text */
	if (digits)
		ems_buf_print(&phone, "+%s%s", isd ? isd : "1", digits);
	if (phone.rc)
		j->buf->rc = phone.rc;
	ems_jsonout_open(j, who->wire);
	ems_line_put(j, who->name, args);
	ems_jsonout_text(j, "phone", ems_buf_str(&phone));
	ems_line_put(j, who->designation, args);
	ems_jsonout_close(j);
	ems_buf_free(&phone);
}

static void put_subscription(const emsign_kv *args, struct ems_jsonout *j)
{
	ems_jsonout_open(j, "subscription");
	ems_line_put_bare(j, subscription, args);
	ems_jsonout_close(j);
}

static void put_organization(const struct ems_call *call, struct ems_jsonout *j)
{
	if (!ems_kv_get(call->args, "organization"))
		return;
	ems_jsonout_open(j, "organization");
	ems_line_put(j, organization, call->args);
	ems_jsonout_raw(j, "preVetted", "true");
	ems_line_secret(j, "preVettingToken", call->token);
	ems_jsonout_close(j);
}

/* The CA does not look into the CSR for names. */
static void put_certificate(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *domain = ems_kv_get(args, "domain");

	ems_jsonout_open(j, "certificate");
	ems_jsonout_text(j, "domain", domain);
	ems_line_list(j, "additionalDomains", args, "san", domain);
	ems_line_put_bare(j, secure_www, args);
	ems_jsonout_close(j);
}

void ems_v2_order_agreement(const emsign_kv *args, struct ems_jsonout *j)
{
	static const struct ems_line place[] = {
		{ "signerPlace", "signer.place", NULL, "Unspecified" },
		END,
	};
	const char *signer = ems_kv_get(args, "signer.name");

	ems_jsonout_open(j, "agreement");
	ems_jsonout_text(j, "signerName", signer ? signer : ems_kv_get(args, "requester.name"));
	ems_line_put(j, place, args);
	ems_jsonout_raw(j, "accepted", "true");
	ems_jsonout_close(j);
}

static void put_head(const emsign_kv *args, struct ems_jsonout *j)
{
	ems_line_put(j, notifications, args);
	if (ems_kv_yes(args, "draft"))
		ems_line_put_bare(j, draft, args);
	ems_line_put(j, request, args);
	put_person(&requester, args, j);
}

static void put_tail(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *remarks = ems_kv_get(args, "remarks");

	ems_line_put(j, csr, args);
	if (ems_kv_get(args, "technical.email"))
		put_person(&technical, args, j);
	ems_line_list(j, "recipientEmails", args, "recipient", NULL);
	ems_line_list(j, "tags", args, "tag", NULL);
	ems_line_custom(j, "fieldId", "value", args);
	ems_jsonout_text(j, "remarks", ems_text_empty(remarks) ? DEFAULT_REMARKS : remarks);
	ems_line_put(j, group, args);
}

/* --- families ------------------------------------------------------------------------------- */

/* Plain for every shape of names; the product's code says the rest. */
static const char *variant_of(const emsign_kv *args)
{
	const char *said = ems_kv_get(args, "variant");

	if (said)
		return said;
	return ems_kv_get(args, "organization") ? "ov" : "dv";
}

void ems_v2_order_ssl(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	ems_jsonout_text(body, "productVariant", variant_of(args));
	put_head(args, body);
	ems_line_object_if_said(body, "delegation", delegate, args);
	put_organization(call, body);
	put_certificate(args, body);
	put_subscription(args, body);
	if (!ems_text_equal(ems_kv_get(args, "agreement"), "later"))
		ems_v2_order_agreement(args, body);
	put_tail(args, body);
}

/* No agreement, organization or www twin here: this family knows none of them. */
void ems_v2_order_private(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;
	const char *domain = ems_kv_get(args, "domain");
	const char *variant = ems_kv_get(args, "variant");

	ems_jsonout_text(body, "variant", variant ? variant : "intranet-ssl");
	ems_jsonout_text(body, "hostname", domain);
	ems_line_list(body, "additionalHosts", args, "san", domain);
	put_head(args, body);
	put_subscription(args, body);
	put_tail(args, body);
}

static const struct ems_line signer[] = {
	{ "firstName", "subject.first_name", NULL, NULL },
	{ "lastName", "subject.last_name", NULL, NULL },
	{ "email", "subject.email", NULL, NULL },
	{ "designation", "subject.designation", NULL, NULL },
	END,
};

static const struct ems_line address[] = {
	{ "streetAddress1", "subject.street", NULL, NULL },
	{ "streetAddress2", "subject.street2", NULL, NULL },
	{ "locality", "subject.locality", NULL, NULL },
	{ "state", "subject.state", NULL, NULL },
	{ "postalCode", "subject.postal_code", NULL, NULL },
	{ "countryCode", "subject.country", NULL, NULL },
	END,
};

static const char *signer_type(const emsign_kv *args)
{
	const char *said = ems_kv_get(args, "subject.type");

	if (said)
		return said;
	if (!ems_kv_get(args, "subject.first_name"))
		return "legal-entity";
	return ems_kv_get(args, "organization.name") ? "legal-person" : "natural-person";
}

void ems_v2_order_signature(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	ems_jsonout_text(body, "subjectType", signer_type(args));
	put_head(args, body);
	ems_line_object_if_said(body, "delegation", delegate, args);
	ems_jsonout_open(body, "subject");
	ems_line_put(body, signer, args);
	ems_line_put(body, signer_organization, args);
	ems_line_joined(body, "organizationUnit", args, "organization.unit");
	ems_line_put(body, address, args);
	ems_jsonout_close(body);
	put_subscription(args, body);
	if (!ems_text_equal(ems_kv_get(args, "agreement"), "later"))
		ems_v2_order_agreement(args, body);
	put_tail(args, body);
}
