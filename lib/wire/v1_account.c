/* SPDX-License-Identifier: MIT */
/* Account data: user, consent tokens, domains, products. */
#include "wire/v1.h"

#include "base/text.h"

static const struct ems_map user_members[] = {
	{ "fullName", EMS_MAP_TEXT, offsetof(emsign_user, name), NULL },
	{ "email", EMS_MAP_TEXT, offsetof(emsign_user, email), NULL },
	{ "isdCode", EMS_MAP_TEXT, offsetof(emsign_user, isd), NULL },
	{ "mobileNumber", EMS_MAP_TEXT, offsetof(emsign_user, phone), NULL },
	{ "designation", EMS_MAP_TEXT, offsetof(emsign_user, designation), NULL },
	{ "roleId", EMS_MAP_WORD, offsetof(emsign_user, role), ems_v1_roles },
	{ "accountNumber", EMS_MAP_TEXT, offsetof(emsign_user, account_number), NULL },
	{ "groups", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static const struct ems_map domain_members[] = {
	{ "domainName", EMS_MAP_TEXT, offsetof(emsign_domain, name), NULL },
	{ "organizationNumber", EMS_MAP_TEXT, offsetof(emsign_domain, organization), NULL },
	{ "organizationName", EMS_MAP_TEXT, offsetof(emsign_domain, organization_name), NULL },
	{ "dcvMethod", EMS_MAP_LABEL, offsetof(emsign_domain, method), ems_v1_methods },
	{ "dcvStatus", EMS_MAP_WORD, offsetof(emsign_domain, validation), ems_v1_proofs },
	{ "status", EMS_MAP_WORD, offsetof(emsign_domain, status), ems_word_presences },
	{ "createdDate", EMS_MAP_TIME, offsetof(emsign_domain, created_at), NULL },
	{ "expiryDate", EMS_MAP_TIME, offsetof(emsign_domain, expires_at), NULL },
	EMS_MAP_END,
};

EMS_DECODER(ems_v1_account_read)
{
	const struct ems_node *account, *groups;
	emsign_user user = { .id = NULL };
	struct ems_extra extra;
	emsign_rc rc;

	(void)call;
	(void)verdict;
	rc = ems_map_block(root, "accountDetails", &account, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_block(account, "groups", &groups, err);
	if (rc)
		return rc;
	ems_extra_begin(&extra);
	ems_map_fill(user_members, account, &user, &extra);
	rc = ems_extra_end(&extra, &user.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "user", &user, err);
	if (rc == EMSIGN_OK)
		rc = ems_account_groups(groups, sink, err);
	ems_extra_free(&extra);
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

EMS_DECODER(ems_v1_account_organization)
{
	const struct ems_node *node;
	const char *number, *token;
	emsign_rc rc;

	(void)verdict;
	rc = ems_map_block(root, "organizationDetails", &node, err);
	if (rc == EMSIGN_OK)
		rc = ems_account_organization(node, ems_kv_get(call->args, "group"),
					      ems_kv_get(call->args, "organization"), sink,
					      &number, err);
	token = ems_node_text(ems_map_first(node), "prevettingToken");
	if (rc == EMSIGN_OK && token && sink->secret)
		rc = give_token(number, token, sink, err);
	return rc;
}

/* The CA's book prints one object and speaks of a list; both are taken. */
EMS_DECODER(ems_v1_account_domains)
{
	const struct ems_node *domains;
	emsign_rc rc = ems_map_block(root, "domainDetails", &domains, err);

	(void)call;
	(void)verdict;
	if (rc)
		return rc;
	for (const struct ems_node *at = ems_map_first(domains); at && rc == EMSIGN_OK;
	     at = ems_map_next(domains, at)) {
		emsign_domain domain = { .id = NULL };

		rc = ems_account_domain(domain_members, at, &domain, sink, err);
	}
	return rc;
}

EMS_DECODER(ems_v1_account_products)
{
	const struct ems_node *categories;
	emsign_rc rc = ems_map_block(root, "productDetails", &categories, err);

	(void)call;
	(void)verdict;
	return rc ? rc : ems_product_list(categories, sink, err);
}
