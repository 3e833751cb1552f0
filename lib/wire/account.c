/* SPDX-License-Identifier: MIT */
/* Groups and organizations, of which both generations say the same. */
#include "wire/common.h"

#include "base/alloc.h"
#include "model/name.h"

static const struct ems_map group_members[] = {
	{ "groupNumber", EMS_MAP_TEXT, offsetof(emsign_group, number), NULL },
	{ "groupName", EMS_MAP_TEXT, offsetof(emsign_group, name), NULL },
	{ "isDefaultGroup", EMS_MAP_FLAG, offsetof(emsign_group, is_default), NULL },
	{ "finance", EMS_MAP_WORD, offsetof(emsign_group, pays), ems_word_payers },
	{ "accountBalance", EMS_MAP_TEXT, offsetof(emsign_group, account_balance), NULL },
	{ "groupBalance", EMS_MAP_TEXT, offsetof(emsign_group, group_balance), NULL },
	{ "organizationDetails", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

#define ORGANIZATION(member) offsetof(emsign_organization, member)

static const struct ems_map organization_members[] = {
	{ "organizationNumber", EMS_MAP_TEXT, ORGANIZATION(number), NULL },
	{ "organizationName", EMS_MAP_TEXT, ORGANIZATION(name), NULL },
	{ "organizationStatusId", EMS_MAP_WORD, ORGANIZATION(status), ems_word_presences },
	{ "validationStatusId", EMS_MAP_WORD, ORGANIZATION(validation), ems_word_vettings },
	{ "validationFor", EMS_MAP_WORD, ORGANIZATION(validated_for), ems_word_vetted_for },
	{ "businessCategoryId", EMS_MAP_WORD, ORGANIZATION(business_category),
	  ems_word_categories },
	{ "organizationStreetAddress1", EMS_MAP_TEXT, ORGANIZATION(street), NULL },
	{ "organizationStreetAddress2", EMS_MAP_TEXT, ORGANIZATION(street2), NULL },
	{ "organizationLocality", EMS_MAP_TEXT, ORGANIZATION(locality), NULL },
	{ "organizationStateName", EMS_MAP_TEXT, ORGANIZATION(state), NULL },
	{ "organizationPostalCode", EMS_MAP_TEXT, ORGANIZATION(postal_code), NULL },
	{ "organizationCountryCode", EMS_MAP_TEXT, ORGANIZATION(country), NULL },
	{ "domains", EMS_MAP_KNOWN, 0, NULL },
	{ "prevettingToken", EMS_MAP_KNOWN, 0, NULL }, /* secret: must not get into extra */
	EMS_MAP_END,
};

emsign_rc ems_account_organization(const struct ems_node *node, const char *group,
				   const char *number, const struct ems_sink *sink,
				   const char **told, emsign_error *err)
{
	emsign_organization organization = { .group = group };
	struct ems_extra extra;
	const char **domains = NULL;
	emsign_rc rc;

	ems_extra_begin(&extra);
	ems_map_fill(organization_members, node, &organization, &extra);
	if (!organization.number)
		organization.number = number;
	rc = organization.number ? ems_map_list(ems_node_get(node, "domains"), &domains, err) :
				   ems_map_nameless("an organization", err);
	if (rc == EMSIGN_OK)
		rc = ems_extra_end(&extra, &organization.extra, err);
	if (rc == EMSIGN_OK) {
		organization.domains = (const char *const *)domains;
		rc = ems_map_give(sink, "organization", &organization, err);
	}
	if (told)
		*told = organization.number;
	ems_free(domains);
	ems_extra_free(&extra);
	return rc;
}

static emsign_rc give_group(const struct ems_node *node, const struct ems_sink *sink,
			    emsign_error *err)
{
	const struct ems_node *list = ems_node_get(node, "organizationDetails");
	emsign_group group = { .id = NULL };
	struct ems_extra extra;
	emsign_rc rc;

	ems_extra_begin(&extra);
	ems_map_fill(group_members, node, &group, &extra);
	rc = group.number ? ems_extra_end(&extra, &group.extra, err) :
			    ems_map_nameless("a group", err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "group", &group, err);
	for (const struct ems_node *at = ems_map_first(list); at && rc == EMSIGN_OK;
	     at = ems_map_next(list, at))
		rc = ems_account_organization(at, group.number, NULL, sink, NULL, err);
	ems_extra_free(&extra);
	return rc;
}

emsign_rc ems_account_groups(const struct ems_node *list, const struct ems_sink *sink,
			     emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	for (const struct ems_node *at = ems_map_first(list); at && rc == EMSIGN_OK;
	     at = ems_map_next(list, at))
		rc = give_group(at, sink, err);
	return rc;
}

emsign_rc ems_account_domain(const struct ems_map *members, const struct ems_node *node,
			     emsign_domain *domain, const struct ems_sink *sink,
			     emsign_error *err)
{
	char room[EMS_NAME_MAX];
	struct ems_extra extra;
	emsign_rc rc;

	ems_extra_begin(&extra);
	ems_map_fill(members, node, domain, &extra);
	domain->name = ems_map_name(domain->name, room);
	rc = domain->name ? ems_extra_end(&extra, &domain->extra, err) :
			    ems_map_nameless("a domain", err);
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "domain", domain, err);
	ems_extra_free(&extra);
	return rc;
}
