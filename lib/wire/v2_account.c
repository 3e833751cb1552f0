/* SPDX-License-Identifier: MIT */
/* Account data: who asks, groups, organizations, products and the fields of their orders. */
#include "wire/v2.h"

#include "base/alloc.h"
#include "base/err.h"

static const struct ems_map user_members[] = {
	{ "accountNumber", EMS_MAP_TEXT, offsetof(emsign_user, account_number), NULL },
	{ "authType", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

EMS_DECODER(ems_v2_account_me)
{
	emsign_user user = { .id = NULL };
	struct ems_extra extra;
	emsign_rc rc;

	(void)call;
	(void)verdict;
	ems_extra_begin(&extra);
	ems_map_fill(user_members, root, &user, &extra);
	rc = user.account_number ? ems_extra_end(&extra, &user.extra, err) :
				   ems_fail(err, EMSIGN_E_PROTO,
					    "the answer does not say whose account it is");
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "user", &user, err);
	ems_extra_free(&extra);
	return rc;
}

EMS_DECODER(ems_v2_account_groups)
{
	const struct ems_node *groups;
	emsign_rc rc = ems_map_block(root, "groups", &groups, err);

	(void)call;
	(void)verdict;
	return rc ? rc : ems_account_groups(groups, sink, err);
}

EMS_DECODER(ems_v2_account_organizations)
{
	const struct ems_node *list;
	emsign_rc rc = ems_map_block(root, "organizations", &list, err);

	(void)verdict;
	if (rc)
		return rc;
	for (const struct ems_node *at = ems_map_first(list); at && rc == EMSIGN_OK;
	     at = ems_map_next(list, at))
		rc = ems_account_organization(at, ems_kv_get(call->args, "group"), NULL, sink, NULL,
					      err);
	return rc;
}

EMS_DECODER(ems_v2_account_organization)
{
	(void)verdict;
	if (!ems_node_get(root, "organizationNumber") && !ems_node_get(root, "organizationName"))
		return ems_fail(err, EMSIGN_E_PROTO, "the answer is no organization");
	return ems_account_organization(root, ems_kv_get(call->args, "group"),
					ems_kv_get(call->args, "organization"), sink, NULL, err);
}

EMS_DECODER(ems_v2_account_products)
{
	const struct ems_node *categories;
	emsign_rc rc = ems_map_block(root, "products", &categories, err);

	(void)call;
	(void)verdict;
	return rc ? rc : ems_product_list(categories, sink, err);
}

/* --- custom fields -------------------------------------------------------------------------- */

/* Two of the CA's books describe a field. */
static const struct ems_map field_members[] = {
	{ "fieldId", EMS_MAP_TEXT, offsetof(emsign_custom_field, number), NULL },
	{ "fieldName", EMS_MAP_TEXT, offsetof(emsign_custom_field, name), NULL },
	{ "name", EMS_MAP_TEXT, offsetof(emsign_custom_field, name), NULL },
	{ "displayName", EMS_MAP_TEXT, offsetof(emsign_custom_field, label), NULL },
	{ "type", EMS_MAP_TEXT, offsetof(emsign_custom_field, type), NULL },
	{ "maxlength", EMS_MAP_INT, offsetof(emsign_custom_field, max_length), NULL },
	{ "isMandatory", EMS_MAP_FLAG, offsetof(emsign_custom_field, mandatory), NULL },
	{ "values", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static emsign_rc give_field(const struct ems_call *call, const char *section,
			    const struct ems_node *node, const struct ems_sink *sink,
			    emsign_error *err)
{
	emsign_custom_field field = { .product = ems_kv_get(call->args, "product") };
	const char **choices = NULL;
	struct ems_extra extra;
	emsign_rc rc;

	ems_extra_begin(&extra);
	ems_map_fill(field_members, node, &field, &extra);
	field.section = section;
	rc = field.number ? ems_map_list(ems_node_get(node, "values"), &choices, err) :
			    ems_map_nameless("a custom field", err);
	field.choices = (const char *const *)choices;
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &field.extra, err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "custom_field", &field, err);
	ems_free(choices);
	ems_extra_free(&extra);
	return rc;
}

/* Fields stand in a list, or in the lists of its sections. */
EMS_DECODER(ems_v2_account_fields)
{
	const struct ems_node *list;
	emsign_rc rc = ems_map_block(root, "customFields", &list, err);

	(void)verdict;
	for (const struct ems_node *at = ems_map_first(list); at && rc == EMSIGN_OK;
	     at = ems_map_next(list, at)) {
		if (ems_node_get(at, "fieldId")) {
			rc = give_field(call, NULL, at, sink, err);
			continue;
		}
		for (const struct ems_node *part = at->first; part; part = part->next)
			for (const struct ems_node *f = ems_map_first(part);
			     f && rc == EMSIGN_OK; f = ems_map_next(part, f))
				rc = give_field(call, part->name, f, sink, err);
	}
	return rc;
}
