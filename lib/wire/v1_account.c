/* SPDX-License-Identifier: MIT */
/* Account data: user, groups, organizations, domains. */
#include "wire/v1.h"

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "model/name.h"

#define END { NULL, EMS_V1_KNOWN, 0, NULL }

static const struct ems_v1_member user_members[] = {
	{ "fullName", EMS_V1_TEXT, offsetof(emsign_user, name), NULL },
	{ "email", EMS_V1_TEXT, offsetof(emsign_user, email), NULL },
	{ "isdCode", EMS_V1_TEXT, offsetof(emsign_user, isd), NULL },
	{ "mobileNumber", EMS_V1_TEXT, offsetof(emsign_user, phone), NULL },
	{ "designation", EMS_V1_TEXT, offsetof(emsign_user, designation), NULL },
	{ "roleId", EMS_V1_WORD, offsetof(emsign_user, role), ems_v1_roles },
	{ "accountNumber", EMS_V1_TEXT, offsetof(emsign_user, account_number), NULL },
	{ "groups", EMS_V1_KNOWN, 0, NULL },
	END,
};

static const struct ems_v1_member group_members[] = {
	{ "groupNumber", EMS_V1_TEXT, offsetof(emsign_group, number), NULL },
	{ "groupName", EMS_V1_TEXT, offsetof(emsign_group, name), NULL },
	{ "isDefaultGroup", EMS_V1_FLAG, offsetof(emsign_group, is_default), NULL },
	{ "finance", EMS_V1_WORD, offsetof(emsign_group, pays), ems_v1_payers },
	{ "accountBalance", EMS_V1_TEXT, offsetof(emsign_group, account_balance), NULL },
	{ "groupBalance", EMS_V1_TEXT, offsetof(emsign_group, group_balance), NULL },
	{ "organizationDetails", EMS_V1_KNOWN, 0, NULL },
	END,
};

#define ORGANIZATION(member) offsetof(emsign_organization, member)

static const struct ems_v1_member organization_members[] = {
	{ "organizationNumber", EMS_V1_TEXT, ORGANIZATION(number), NULL },
	{ "organizationName", EMS_V1_TEXT, ORGANIZATION(name), NULL },
	{ "organizationStatusId", EMS_V1_WORD, ORGANIZATION(status), ems_v1_presences },
	{ "validationStatusId", EMS_V1_WORD, ORGANIZATION(validation), ems_v1_vettings },
	{ "validationFor", EMS_V1_WORD, ORGANIZATION(validated_for), ems_v1_vetted_for },
	{ "businessCategoryId", EMS_V1_WORD, ORGANIZATION(business_category), ems_v1_categories },
	{ "organizationStreetAddress1", EMS_V1_TEXT, ORGANIZATION(street), NULL },
	{ "organizationStreetAddress2", EMS_V1_TEXT, ORGANIZATION(street2), NULL },
	{ "organizationLocality", EMS_V1_TEXT, ORGANIZATION(locality), NULL },
	{ "organizationStateName", EMS_V1_TEXT, ORGANIZATION(state), NULL },
	{ "organizationPostalCode", EMS_V1_TEXT, ORGANIZATION(postal_code), NULL },
	{ "organizationCountryCode", EMS_V1_TEXT, ORGANIZATION(country), NULL },
	{ "domains", EMS_V1_KNOWN, 0, NULL },
	{ "prevettingToken", EMS_V1_KNOWN, 0, NULL }, /* secret: must not get into extra */
	END,
};

static const struct ems_v1_member domain_members[] = {
	{ "domainName", EMS_V1_TEXT, offsetof(emsign_domain, name), NULL },
	{ "organizationNumber", EMS_V1_TEXT, offsetof(emsign_domain, organization), NULL },
	{ "organizationName", EMS_V1_TEXT, offsetof(emsign_domain, organization_name), NULL },
	{ "dcvMethod", EMS_V1_METHOD, offsetof(emsign_domain, method), NULL },
	{ "dcvStatus", EMS_V1_WORD, offsetof(emsign_domain, validation), ems_v1_proofs },
	{ "status", EMS_V1_WORD, offsetof(emsign_domain, status), ems_v1_presences },
	{ "createdDate", EMS_V1_TIME, offsetof(emsign_domain, created_at), NULL },
	{ "expiryDate", EMS_V1_TIME, offsetof(emsign_domain, expires_at), NULL },
	END,
};

/* Passing over an entry that cannot be named would make it look as if the CA had dropped it. */
static emsign_rc nameless(const char *what, emsign_error *err)
{
	return ems_fail(err, EMSIGN_E_PROTO, "the answer lists %s without saying which", what);
}

static emsign_rc give_organization(const struct ems_node *node, const char *group,
				   const char *number, const struct ems_sink *sink,
				   emsign_organization *out, emsign_error *err)
{
	emsign_organization organization = { .group = group };
	struct ems_v1_extra extra;
	const char **domains = NULL;
	emsign_rc rc;

	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(organization_members, node, &organization, &extra);
	if (!organization.number)
		organization.number = number;
	rc = organization.number ? ems_v1_fact_list(ems_node_get(node, "domains"), &domains, err) :
				   nameless("an organization", err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_extra_end(&extra, &organization.extra, err);
	if (rc == EMSIGN_OK) {
		organization.domains = (const char *const *)domains;
		rc = ems_v1_fact_give(sink, "organization", &organization, err);
	}
	out->number = organization.number;
	ems_free(domains);
	ems_v1_extra_free(&extra);
	return rc;
}

static emsign_rc give_group(const struct ems_node *node, const struct ems_sink *sink,
			    emsign_error *err)
{
	const struct ems_node *list = ems_node_get(node, "organizationDetails");
	emsign_organization organization;
	emsign_group group = { .id = NULL };
	struct ems_v1_extra extra;
	emsign_rc rc;

	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(group_members, node, &group, &extra);
	rc = group.number ? ems_v1_extra_end(&extra, &group.extra, err) : nameless("a group", err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "group", &group, err);
	for (const struct ems_node *at = ems_v1_fact_first(list); at && rc == EMSIGN_OK;
	     at = ems_v1_fact_next(list, at))
		rc = give_organization(at, group.number, NULL, sink, &organization, err);
	ems_v1_extra_free(&extra);
	return rc;
}

EMS_V1_DECODER(ems_v1_account_read)
{
	const struct ems_node *account, *groups;
	emsign_user user = { .id = NULL };
	struct ems_v1_extra extra;
	emsign_rc rc;

	(void)call;
	(void)verdict;
	rc = ems_v1_fact_block(root, "accountDetails", &account, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_block(account, "groups", &groups, err);
	if (rc)
		return rc;
	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(user_members, account, &user, &extra);
	rc = ems_v1_extra_end(&extra, &user.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "user", &user, err);
	for (const struct ems_node *at = ems_v1_fact_first(groups); at && rc == EMSIGN_OK;
	     at = ems_v1_fact_next(groups, at))
		rc = give_group(at, sink, err);
	ems_v1_extra_free(&extra);
	return rc;
}

static emsign_rc give_token(const char *number, const char *token, const struct ems_sink *sink,
			    emsign_error *err)
{
	struct ems_buf name = EMS_BUF(256);
	emsign_rc rc;

	ems_buf_print(&name, "organization/%s/token", number);
	rc = ems_buf_rc(&name, err);
	if (rc == EMSIGN_OK)
		rc = sink->secret(sink->ud, ems_buf_str(&name), token, err);
	ems_buf_free(&name);
	return rc;
}

EMS_V1_DECODER(ems_v1_account_organization)
{
	const struct ems_node *node;
	emsign_organization organization = { .id = NULL };
	const char *token;
	emsign_rc rc;

	(void)verdict;
	rc = ems_v1_fact_block(root, "organizationDetails", &node, err);
	if (rc == EMSIGN_OK)
		rc = give_organization(node, ems_kv_get(call->args, "group"),
				       ems_kv_get(call->args, "organization"), sink, &organization,
				       err);
	token = ems_node_text(ems_v1_fact_first(node), "prevettingToken");
	if (rc == EMSIGN_OK && token && sink->secret)
		rc = give_token(organization.number, token, sink, err);
	return rc;
}

static emsign_rc give_domain(const struct ems_node *node, const struct ems_sink *sink,
			     emsign_error *err)
{
	emsign_domain domain = { .id = NULL };
	char room[EMS_NAME_MAX];
	struct ems_v1_extra extra;
	emsign_rc rc;

	ems_v1_extra_begin(&extra);
	ems_v1_fact_fill(domain_members, node, &domain, &extra);
	domain.name = ems_v1_fact_name(domain.name, room);
	rc = domain.name ? ems_v1_extra_end(&extra, &domain.extra, err) : nameless("a domain", err);
	if (rc == EMSIGN_OK)
		rc = ems_v1_fact_give(sink, "domain", &domain, err);
	ems_v1_extra_free(&extra);
	return rc;
}

/* The CA's book prints one object and speaks of a list; both are taken. */
EMS_V1_DECODER(ems_v1_account_domains)
{
	const struct ems_node *domains;
	emsign_rc rc = ems_v1_fact_block(root, "domainDetails", &domains, err);

	(void)call;
	(void)verdict;
	if (rc)
		return rc;
	for (const struct ems_node *at = ems_v1_fact_first(domains); at && rc == EMSIGN_OK;
	     at = ems_v1_fact_next(domains, at))
		rc = give_domain(at, sink, err);
	return rc;
}
