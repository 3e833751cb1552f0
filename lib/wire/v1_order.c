/* SPDX-License-Identifier: MIT */
/* The order form as the CA wants it: sections of lines, in the order of its own documentation. */
#include "wire/v1.h"

#include <string.h>

#include "base/text.h"

#define DEFAULT_REMARKS "ordered with libemsign"

#define END { NULL, NULL, NULL, NULL }

static const struct ems_v1_line head[] = {
	{ "productCode", "product", NULL, NULL },
	{ "accountingModel", NULL, NULL, "2" },
	{ "saveAndHold", "draft", ems_v1_yes_no, "0" },
	{ "requestNumber", "request", NULL, NULL },
	{ "emailNotifications", "notify", ems_v1_yes_no, "0" },
	{ "groupNumber", "group", NULL, NULL },
	END,
};

/* Said in any case: left out, the CA would take it for "1" and add a name. */
static const struct ems_v1_line secure_www[] = {
	{ "autoSecureWWW", "secure_www", ems_v1_yes_no, "0" },
	END,
};

static const struct ems_v1_line requester[] = {
	{ "requestorName", "requester.name", NULL, NULL },
	{ "requestorIsdCode", "requester.isd", NULL, NULL },
	{ "requestorMobileNumber", "requester.phone", NULL, NULL },
	{ "requestorEmail", "requester.email", NULL, NULL },
	{ "requestorDesignation", "requester.designation", NULL, NULL },
	END,
};

static const struct ems_v1_line delegate[] = {
	{ "contactName", "delegate.name", NULL, NULL },
	{ "email", "delegate.email", NULL, NULL },
	END,
};

static const struct ems_v1_line known_organization[] = {
	{ "preVetting", NULL, NULL, "1" },
	{ "organizationNumber", "organization", NULL, NULL },
	END,
};

static const struct ems_v1_line representative[] = {
	{ "representativeNumber", "organization.representative", NULL, NULL },
	END,
};

static const struct ems_v1_line new_organization[] = {
	{ "preVetting", NULL, NULL, "0" },
	END,
};

static const struct ems_v1_line subscription[] = {
	{ "validity", "years", NULL, "1" },
	{ "autoRenew", "auto_renew", ems_v1_yes_no, "0" },
	{ "renewCriteria", "renew_days", NULL, "30" },
	END,
};

/* The registration number goes under both names that were seen; the CA passes over unknown ones. */
static const struct ems_v1_line subject[] = {
	{ "streetAddress1", "organization.street", NULL, NULL },
	{ "streetAddress2", "organization.street2", NULL, NULL },
	{ "locality", "organization.locality", NULL, NULL },
	{ "state", "organization.state", NULL, NULL },
	{ "countryCode", "organization.country", NULL, NULL },
	{ "postalCode", "organization.postal_code", NULL, NULL },
	{ "businessCategory", "organization.category", ems_v1_categories, NULL },
	{ "companyDuns", "organization.registration", NULL, NULL },
	{ "companyRegistrationNumber", "organization.registration", NULL, NULL },
	END,
};

static const struct ems_v1_line name_kind[] = {
	{ "dnsType", "dns", ems_v1_name_kinds, "1" },
	END,
};

static const struct ems_v1_line csr[] = {
	{ "csr", "csr", NULL, NULL },
	END,
};

static const struct ems_v1_line signing[] = {
	{ "signerPlace", "signer.place", NULL, "Unspecified" },
	{ "signerIP", "signer.ip", NULL, "127.0.0.1" },
	END,
};

static const struct ems_v1_line technical[] = {
	{ "pocEmail", "technical.email", NULL, NULL },
	{ "pocIsdCode", "technical.isd", NULL, NULL },
	{ "pocMobileNumber", "technical.phone", NULL, NULL },
	{ "pocDesignation", "technical.designation", NULL, NULL },
	END,
};

static const struct ems_v1_line contract_signer[] = {
	{ "name", "contract_signer.name", NULL, NULL },
	{ "email", "contract_signer.email", NULL, NULL },
	{ "isdCode", "contract_signer.isd", NULL, NULL },
	{ "mobileNumber", "contract_signer.phone", NULL, NULL },
	{ "designation", "contract_signer.designation", NULL, NULL },
	{ "employeeID", "contract_signer.employee", NULL, NULL },
	END,
};

static const struct ems_v1_line approver[] = {
	{ "name", "approver.name", NULL, NULL },
	{ "email", "approver.email", NULL, NULL },
	{ "isdCode", "approver.isd", NULL, NULL },
	{ "mobileNumber", "approver.phone", NULL, NULL },
	{ "designation", "approver.designation", NULL, NULL },
	{ "employeeID", "approver.employee", NULL, NULL },
	END,
};

static void put_block(struct ems_jsonout *j, const char *name, const struct ems_v1_line *lines,
		      const emsign_kv *args)
{
	ems_jsonout_open(j, name);
	ems_v1_ask_lines(j, lines, args);
	ems_jsonout_close(j);
}

/* A block that stands there only when the form says something for it. */
static void put_block_if_said(struct ems_jsonout *j, const char *name,
			      const struct ems_v1_line *lines, const emsign_kv *args)
{
	for (const struct ems_v1_line *line = lines; line->wire; line++)
		if (ems_kv_get(args, line->arg)) {
			put_block(j, name, lines, args);
			return;
		}
}

static emsign_rc put_token(void *ud, const void *bytes, size_t len)
{
	struct ems_jsonout *j = ud;
	struct ems_buf text = EMS_BUF(4096);

	ems_buf_put(&text, bytes, len);
	if (text.rc)
		j->buf->rc = text.rc;
	ems_jsonout_text(j, "prevettingToken", ems_buf_str(&text));
	ems_buf_free(&text);
	return EMSIGN_OK;
}

static void put_known_organization(const struct ems_call *call, struct ems_jsonout *j)
{
	ems_jsonout_open(j, "organizationDetails");
	ems_v1_ask_lines(j, known_organization, call->args);
	if (call->token && emsign_secret_use(call->token, put_token, j, NULL) != EMSIGN_OK)
		j->buf->rc = EMSIGN_E_CRYPTO;
	ems_v1_ask_lines(j, representative, call->args);
	ems_jsonout_close(j);
}

/* Names reach the order by these two members alone; the CA does not look into the CSR for them. */
static void put_names(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *domain = ems_kv_get(args, "domain");
	const char *san;
	bool open = false;

	ems_jsonout_text(j, "domainName", domain);
	for (size_t i = 0; (san = ems_kv_nth(args, "san", i)); i++) {
		if (ems_text_equal(san, domain))
			continue;
		if (!open)
			ems_jsonout_list(j, "additionalDomains");
		open = true;
		ems_jsonout_text(j, NULL, san);
	}
	if (open)
		ems_jsonout_list_close(j);
}

/* The wire has room for one text; several units stand in it as lists do elsewhere on it. */
static void put_units(const emsign_kv *args, struct ems_jsonout *j)
{
	struct ems_buf units = EMS_BUF(4096);
	const char *unit;

	for (size_t i = 0; (unit = ems_kv_nth(args, "organization.unit", i)); i++) {
		ems_buf_text(&units, i ? ", " : "");
		ems_buf_text(&units, unit);
	}
	if (units.rc)
		j->buf->rc = units.rc;
	if (units.bytes.len)
		ems_jsonout_text(j, "organizationUnit", ems_buf_str(&units));
	ems_buf_free(&units);
}

static void put_certificate(const emsign_kv *args, struct ems_jsonout *j, bool private_pki)
{
	ems_jsonout_open(j, "certificateInformation");
	put_names(args, j);
	ems_jsonout_text(j, "organizationName", ems_kv_get(args, "organization.name"));
	put_units(args, j);
	ems_v1_ask_lines(j, subject, args);
	if (private_pki)
		ems_v1_ask_lines(j, name_kind, args);
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
	ems_v1_ask_lines(j, signing, args);
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
	ems_v1_ask_lines(j, technical, args);
	ems_jsonout_close(j);
}

static void put_custom(struct ems_jsonout *j, const char *custom)
{
	struct ems_buf id = EMS_BUF(512);
	size_t len = strcspn(custom, "=");

	ems_buf_put(&id, custom, len);
	if (id.rc)
		j->buf->rc = id.rc;
	ems_jsonout_open(j, NULL);
	ems_jsonout_text(j, "fieldID", ems_buf_str(&id));
	ems_jsonout_text(j, "fieldValue", custom[len] ? custom + len + 1 : "");
	ems_jsonout_close(j);
	ems_buf_free(&id);
}

/* Always there, and never without remarks: the CA answers EMS-918 otherwise. */
static void put_additional(const emsign_kv *args, struct ems_jsonout *j)
{
	const char *remarks = ems_kv_get(args, "remarks");
	const char *value;

	ems_jsonout_open(j, "additionalInformation");
	ems_jsonout_text(j, "remarks", ems_text_empty(remarks) ? DEFAULT_REMARKS : remarks);
	if (ems_kv_get(args, "tag")) {
		ems_jsonout_list(j, "tags");
		for (size_t i = 0; (value = ems_kv_nth(args, "tag", i)); i++)
			ems_jsonout_text(j, NULL, value);
		ems_jsonout_list_close(j);
	}
	if (ems_kv_get(args, "custom")) {
		ems_jsonout_list(j, "customFields");
		for (size_t i = 0; (value = ems_kv_nth(args, "custom", i)); i++)
			put_custom(j, value);
		ems_jsonout_list_close(j);
	}
	ems_jsonout_text(j, "recipientEmail", ems_kv_get(args, "recipient"));
	ems_jsonout_close(j);
}

void ems_v1_order_ssl(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	ems_jsonout_open(body, "orderDetails");
	ems_v1_ask_lines(body, head, args);
	ems_v1_ask_lines(body, secure_www, args);
	put_block(body, "requestorInformation", requester, args);
	put_block_if_said(body, "delegationInformation", delegate, args);
	if (ems_kv_get(args, "organization"))
		put_known_organization(call, body);
	else if (ems_kv_get(args, "organization.name"))
		put_block(body, "organizationDetails", new_organization, args);
	put_block(body, "subscriptionDetails", subscription, args);
	put_certificate(args, body, false);
	ems_v1_ask_lines(body, csr, args);
	put_agreement(args, body);
	put_technical(args, body);
	put_block_if_said(body, "contractSignerInfo", contract_signer, args);
	put_block_if_said(body, "certificateApproverInfo", approver, args);
	put_additional(args, body);
	ems_jsonout_close(body);
}

/* No subscription, agreement or www twin here: this family knows none of them. */
void ems_v1_order_private(const struct ems_call *call, struct ems_jsonout *body)
{
	const emsign_kv *args = call->args;

	ems_jsonout_open(body, "orderDetails");
	ems_v1_ask_lines(body, head, args);
	put_block(body, "requestorInformation", requester, args);
	if (ems_kv_get(args, "organization"))
		put_known_organization(call, body);
	put_certificate(args, body, true);
	ems_v1_ask_lines(body, csr, args);
	put_technical(args, body);
	put_additional(args, body);
	ems_jsonout_close(body);
}
