/* SPDX-License-Identifier: MIT */
/* The order form as the CA wants it: sections of lines, in the order of its own documentation. */
#include "wire/v1.h"

#include <string.h>

#include "base/text.h"

#define DEFAULT_REMARKS "ordered with libemsign"

#define END { NULL, NULL, NULL, NULL }

static const struct ems_line nothing[] = { END };

static const struct ems_line head[] = {
	{ "productCode", "product", NULL, NULL },
	{ "accountingModel", NULL, NULL, "2" },
	{ "saveAndHold", "draft", ems_v1_yes_no, "0" },
	{ "requestNumber", "request", NULL, NULL },
	{ "emailNotifications", "notify", ems_v1_yes_no, "0" },
	{ "groupNumber", "group", NULL, NULL },
	END,
};

/* Said in any case: left out, the CA would take it for "1" and add a name. */
static const struct ems_line secure_www[] = {
	{ "autoSecureWWW", "secure_www", ems_v1_yes_no, "0" },
	END,
};

static const struct ems_line requester[] = {
	{ "requestorName", "requester.name", NULL, NULL },
	{ "requestorIsdCode", "requester.isd", NULL, NULL },
	{ "requestorMobileNumber", "requester.phone", NULL, NULL },
	{ "requestorEmail", "requester.email", NULL, NULL },
	{ "requestorDesignation", "requester.designation", NULL, NULL },
	END,
};

static const struct ems_line delegate[] = {
	{ "contactName", "delegate.name", NULL, NULL },
	{ "email", "delegate.email", NULL, NULL },
	END,
};

static const struct ems_line known_organization[] = {
	{ "preVetting", NULL, NULL, "1" },
	{ "organizationNumber", "organization", NULL, NULL },
	END,
};

static const struct ems_line representative[] = {
	{ "representativeNumber", "organization.representative", NULL, NULL },
	END,
};

static const struct ems_line new_organization[] = {
	{ "preVetting", NULL, NULL, "0" },
	END,
};

static const struct ems_line subscription[] = {
	{ "validity", "years", NULL, "1" },
	{ "autoRenew", "auto_renew", ems_v1_yes_no, "0" },
	{ "renewCriteria", "renew_days", NULL, "30" },
	END,
};

/* The registration number goes under both names that were seen; the CA passes over unknown ones. */
static const struct ems_line subject[] = {
	{ "streetAddress1", "organization.street", NULL, NULL },
	{ "streetAddress2", "organization.street2", NULL, NULL },
	{ "locality", "organization.locality", NULL, NULL },
	{ "state", "organization.state", NULL, NULL },
	{ "countryCode", "organization.country", NULL, NULL },
	{ "postalCode", "organization.postal_code", NULL, NULL },
	{ "businessCategory", "organization.category", ems_word_categories, NULL },
	{ "companyDuns", "organization.registration", NULL, NULL },
	{ "companyRegistrationNumber", "organization.registration", NULL, NULL },
	END,
};

/* Of a signer: a person, an organization, or both. */
static const struct ems_line signed_by[] = {
	{ "firstName", "subject.first_name", NULL, NULL },
	{ "lastName", "subject.last_name", NULL, NULL },
	{ "email", "subject.email", NULL, NULL },
	{ "designation", "subject.designation", NULL, NULL },
	{ "organizationName", "organization.name", NULL, NULL },
	{ "registeredId", "organization.registration", NULL, NULL },
	{ "streetAddress1", "subject.street", NULL, NULL },
	{ "streetAddress2", "subject.street2", NULL, NULL },
	{ "locality", "subject.locality", NULL, NULL },
	{ "state", "subject.state", NULL, NULL },
	{ "countryCode", "subject.country", NULL, NULL },
	{ "postalCode", "subject.postal_code", NULL, NULL },
	END,
};

static const struct ems_line mailbox[] = {
	{ "email", "subject.email", NULL, NULL },
	END,
};

static const struct ems_line name_kind[] = {
	{ "dnsType", "dns", ems_v1_name_kinds, "1" },
	END,
};

static const struct ems_line csr[] = {
	{ "csr", "csr", NULL, NULL },
	END,
};

static const struct ems_line signing[] = {
	{ "signerPlace", "signer.place", NULL, "Unspecified" },
	{ "signerIP", "signer.ip", NULL, "127.0.0.1" },
	END,
};

static const struct ems_line technical[] = {
	{ "pocEmail", "technical.email", NULL, NULL },
	{ "pocIsdCode", "technical.isd", NULL, NULL },
	{ "pocMobileNumber", "technical.phone", NULL, NULL },
	{ "pocDesignation", "technical.designation", NULL, NULL },
	END,
};

static const struct ems_line contract_signer[] = {
	{ "name", "contract_signer.name", NULL, NULL },
	{ "email", "contract_signer.email", NULL, NULL },
	{ "isdCode", "contract_signer.isd", NULL, NULL },
	{ "mobileNumber", "contract_signer.phone", NULL, NULL },
	{ "designation", "contract_signer.designation", NULL, NULL },
	{ "employeeID", "contract_signer.employee", NULL, NULL },
	END,
};

static const struct ems_line approver[] = {
	{ "name", "approver.name", NULL, NULL },
	{ "email", "approver.email", NULL, NULL },
	{ "isdCode", "approver.isd", NULL, NULL },
	{ "mobileNumber", "approver.phone", NULL, NULL },
	{ "designation", "approver.designation", NULL, NULL },
	{ "employeeID", "approver.employee", NULL, NULL },
	END,
};

static void put_known_organization(const struct ems_call *call, struct ems_jsonout *j)
{
	ems_jsonout_open(j, "organizationDetails");
	ems_line_put(j, known_organization, call->args);
	ems_line_secret(j, "prevettingToken", call->token);
	ems_line_put(j, representative, call->args);
	ems_jsonout_close(j);
}

/* Names reach the order by these two members alone; the CA does not look into the CSR for them. */
static void put_names(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *domain = ems_kv_get(args, "domain");

	ems_jsonout_text(j, "domainName", domain);
	ems_line_list(j, "additionalDomains", args, "san", domain);
}

static void put_certificate(const emsign_kv *args, struct ems_jsonout *j, bool private_pki)
{
	ems_jsonout_open(j, "certificateInformation");
	put_names(args, j);
	ems_jsonout_text(j, "organizationName", ems_kv_get(args, "organization.name"));
	ems_line_joined(j, "organizationUnit", args, "organization.unit");
	ems_line_put(j, subject, args);
	if (private_pki)
		ems_line_put(j, name_kind, args);
	ems_jsonout_close(j);
}

static void put_agreement(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *signer = ems_kv_get(args, "signer.name");

	if (ems_text_equal(ems_kv_get(args, "agreement"), "later"))
		return;
	ems_jsonout_open(j, "agreementDetails");
	ems_jsonout_text(j, "acceptAgreement", "1");
	ems_jsonout_text(j, "signerName", signer ? signer : ems_kv_get(args, "requester.name"));
	ems_line_put(j, signing, args);
	ems_jsonout_close(j);
}

/* First and last name are two members; the only word of a name is both. */
static void put_split_name(struct ems_jsonout *j, const char *name)
{
	struct ems_buf first = EMS_BUF(256);
	size_t len = strcspn(name, " \t");
	const char *rest = name + len + strspn(name + len, " \t");

	ems_buf_put(&first, name, len);
	if (first.rc)
		j->buf->rc = first.rc;
	ems_jsonout_text(j, "pocFirstName", ems_buf_str(&first));
	ems_jsonout_text(j, "pocLastName", *rest ? rest : name);
	ems_buf_free(&first);
}

static void put_technical(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *name = ems_kv_get(args, "technical.name");

	/* the CA refuses the block without an address */
	if (!ems_kv_get(args, "technical.email"))
		return;
	ems_jsonout_open(j, "technicalPointOfContact");
	if (name)
		put_split_name(j, name);
	ems_line_put(j, technical, args);
	ems_jsonout_close(j);
}

/* Always there, and never without remarks: the CA answers EMS-918 otherwise. */
static void put_additional(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *remarks = ems_kv_get(args, "remarks");

	ems_jsonout_open(j, "additionalInformation");
	ems_jsonout_text(j, "remarks", ems_text_empty(remarks) ? DEFAULT_REMARKS : remarks);
	ems_line_list(j, "tags", args, "tag", NULL);
	ems_line_custom(j, "fieldID", "fieldValue", args);
	ems_jsonout_text(j, "recipientEmail", ems_kv_get(args, "recipient"));
	ems_jsonout_close(j);
}

/* What every order begins with; `more` belongs to its head. */
static void begin(const emsign_kv *args, const struct ems_line *more, struct ems_jsonout *body)
{
	ems_jsonout_open(body, "orderDetails");
	ems_line_put(body, head, args);
	ems_line_put(body, more, args);
	ems_line_object(body, "requestorInformation", requester, args);
}

/* `another`: what is said of an organization that has no number yet; NULL: nothing. */
static void put_organization(const struct ems_call *call, const struct ems_line *another,
			     struct ems_jsonout *body)
{
	if (ems_kv_get(call->args, "organization"))
		put_known_organization(call, body);
	else if (another)
		ems_line_object(body, "organizationDetails", another, call->args);
}

void ems_v1_order_ssl(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;
	bool named = ems_kv_get(args, "organization.name");

	begin(args, secure_www, body);
	ems_line_object_if_said(body, "delegationInformation", delegate, args);
	put_organization(call, named ? new_organization : NULL, body);
	ems_line_object(body, "subscriptionDetails", subscription, args);
	put_certificate(args, body, false);
	ems_line_put(body, csr, args);
	put_agreement(args, body);
	put_technical(args, body);
	ems_line_object_if_said(body, "contractSignerInfo", contract_signer, args);
	ems_line_object_if_said(body, "certificateApproverInfo", approver, args);
	put_additional(args, body);
	ems_jsonout_close(body);
}

/* No subscription, agreement or www twin here: this family knows none of them. */
void ems_v1_order_private(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	begin(args, nothing, body);
	put_organization(call, NULL, body);
	put_certificate(args, body, true);
	ems_line_put(body, csr, args);
	put_technical(args, body);
	put_additional(args, body);
	ems_jsonout_close(body);
}

/* Which kind of signer it is, the product's code says. */
void ems_v1_order_signature(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	begin(args, nothing, body);
	ems_line_object_if_said(body, "delegationInformation", delegate, args);
	put_organization(call, NULL, body);
	ems_jsonout_open(body, "certificateInformation");
	ems_line_put(body, signed_by, args);
	ems_line_joined(body, "organizationUnit", args, "organization.unit");
	ems_jsonout_close(body);
	ems_line_put(body, csr, args);
	put_agreement(args, body);
	put_additional(args, body);
	ems_jsonout_close(body);
}

void ems_v1_order_smime(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	begin(args, nothing, body);
	ems_line_object_if_said(body, "delegationInformation", delegate, args);
	put_organization(call, new_organization, body);
	ems_line_put(body, csr, args);
	ems_line_object(body, "certificateInformation", mailbox, args);
	put_additional(args, body);
	put_agreement(args, body);
	ems_jsonout_close(body);
}
