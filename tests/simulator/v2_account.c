/* SPDX-License-Identifier: MIT */
/* The account in the second generation: who it is, groups, organizations, products. */
#include "v2.h"

#include <string.h>

int sim_v2_account_me(struct sim_v2_call *call)
{
	sim_json_open(&call->out, NULL, '{');
	sim_json_text(&call->out, "accountNumber", call->sim->account.number);
	sim_json_text(&call->out, "authType", "oauth2");
	sim_json_close(&call->out, '}');
	return 200;
}

int sim_v2_account_group(struct sim_v2_call *call, const char *number,
			 const struct sim_group **out)
{
	*out = sim_account_group(call->sim, number);
	return *out ? 0 : sim_v2_no(call, 422, "1137", "Invalid Group Number");
}

static bool has_org(const struct sim_group *group, const struct sim_org *org)
{
	return !*org->group || !strcmp(org->group, group->number);
}

static void put_group(struct sim_v2_call *call, const struct sim_group *group)
{
	struct sim_json_out *out = &call->out;
	const struct sim_org *org;
	bool own = !strcmp(group->finance, "2");
	const char *balance = sim_account_money(call->arena, own ? group->balance :
						call->sim->account.balance);

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "accountBalance", own ? "" : balance);
	sim_json_text(out, "finance", group->finance);
	sim_json_text(out, "groupBalance", own ? balance : "");
	sim_json_text(out, "groupName", group->name);
	sim_json_text(out, "groupNumber", group->number);
	sim_json_text(out, "isDefaultGroup", group->is_default ? "1" : "0");
	sim_json_open(out, "organizationDetails", '[');
	for (org = call->sim->account.orgs; org; org = org->next) {
		if (!org->validated || !has_org(group, org))
			continue;
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "organizationName", org->name);
		sim_json_text(out, "organizationNumber", org->number);
		sim_json_text(out, "validationFor", org->validation_for);
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
}

int sim_v2_account_groups(struct sim_v2_call *call)
{
	const struct sim_group *group;

	sim_json_open(&call->out, NULL, '{');
	sim_json_open(&call->out, "groups", '[');
	for (group = call->sim->account.groups; group; group = group->next)
		put_group(call, group);
	sim_json_close(&call->out, ']');
	sim_json_close(&call->out, '}');
	return 200;
}

int sim_v2_account_organizations(struct sim_v2_call *call)
{
	const char *number = sim_json_str(call->query, "groupNumber");
	struct sim_json_out *out = &call->out;
	const struct sim_group *group;
	const struct sim_org *org;
	int status = sim_v2_account_group(call, number, &group);

	if (status)
		return status;
	sim_json_open(out, NULL, '{');
	sim_json_open(out, "organizations", '[');
	for (org = call->sim->account.orgs; org; org = org->next) {
		if (*number && !has_org(group, org))
			continue;
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "isPreVettingOrg", org->validated ? "1" : "0");
		sim_json_text(out, "organizationCountryCode", "US");
		sim_json_text(out, "organizationLocality", "Cleveland");
		sim_json_text(out, "organizationName", org->name);
		sim_json_text(out, "organizationNumber", org->number);
		sim_json_text(out, "organizationPostalCode", "44101");
		sim_json_text(out, "organizationStatusId", "1");
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
	return 200;
}

/* No domains at all are a text on the wire, and a list in the book. */
static void put_domains(struct sim_v2_call *call, const struct sim_org *org)
{
	struct sim_json_out *out = &call->out;
	const struct sim_domain *domain;
	bool any = sim_v2_is(call, SIM_V2_EMPTY_DOMAINS, "documented");

	for (domain = call->sim->account.domains; domain; domain = domain->next)
		any = any || !strcmp(domain->org, org->number);
	if (!any) {
		sim_json_text(out, "domains", "");
		return;
	}
	sim_json_open(out, "domains", '[');
	for (domain = call->sim->account.domains; domain; domain = domain->next)
		if (!strcmp(domain->org, org->number))
			sim_json_text(out, NULL, domain->name);
	sim_json_close(out, ']');
}

static void put_people(struct sim_v2_call *call, const struct sim_org *org)
{
	struct sim_json_out *out = &call->out;

	sim_json_open(out, "orgRepresentatives", '[');
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "designation", "");
	sim_json_text(out, "emailId", call->sim->account.email);
	sim_json_text(out, "isdCode", "1");
	sim_json_text(out, "mobileNumber", "5550000000");
	sim_json_text(out, "name", "Alex Example");
	sim_json_text(out, "representativeNumber", "3226512684");
	sim_json_close(out, '}');
	sim_json_close(out, ']');
	sim_json_open(out, "subscriberAgreement", '{');
	sim_json_bool(out, "signed", org->validated);
	sim_json_text(out, "signedDate", org->validated ? "2025-01-02 10:05:13" : "");
	sim_json_text(out, "signedPlace", org->validated ? "Cleveland" : "");
	sim_json_text(out, "signerName", org->validated ? "Alex Example" : "");
	sim_json_close(out, '}');
}

int sim_v2_account_organization(struct sim_v2_call *call)
{
	const struct sim_org *org = sim_account_org(call->sim, call->path[0]);
	struct sim_json_out *out = &call->out;

	if (!org)
		return sim_v2_no(call, 404, "", sim_v2_words(call, "Organization %.64s not found.",
							     call->path[0]));
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "businessCategoryId", "");
	put_domains(call, org);
	sim_json_text(out, "organizationCountryCode", "US");
	sim_json_text(out, "organizationLocality", "Cleveland");
	sim_json_text(out, "organizationName", org->name);
	sim_json_text(out, "organizationNumber", org->number);
	sim_json_text(out, "organizationPostalCode", "44101");
	sim_json_text(out, "organizationStateCode", "OH");
	sim_json_text(out, "organizationStateName", "Ohio");
	sim_json_text(out, "organizationStatusId", "1");
	sim_json_text(out, "organizationStreetAddress1", "1 Main St");
	sim_json_text(out, "organizationStreetAddress2", "");
	put_people(call, org);
	sim_json_text(out, "validationFor", org->validation_for);
	sim_json_text(out, "validationStatusId", org->validated ? "1" : "0");
	sim_json_close(out, '}');
	return 200;
}

/* The numbers of this generation differ from those of the first one. */
static const char *type_id(const struct sim_product *product)
{
	static const char *const types[][2] = {
		{ "25", "21" }, { "26", "22" }, { "27", "39" }, { "28", "39" }, { "31", "41" },
		{ "41", "10" }, { "42", "11" }, { "43", "12" },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i][0], product->type_id))
			return types[i][1];
	return product->type_id;
}

static void put_product(struct sim_v2_call *call, const struct sim_product *product)
{
	static const char *const terms[] = { "1 Year", "2 Years", "3 Years" };
	struct sim_json_out *out = &call->out;
	int i;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "productCode", product->code);
	sim_json_text(out, "productName", product->name);
	sim_json_text(out, "productTypeID", type_id(product));
	sim_json_open(out, "subscriptionPrice", '{');
	for (i = 0; i < 3; i++) {
		sim_json_open(out, terms[i], '{');
		sim_json_text(out, "cost", sim_account_money(call->arena,
							     product->price * (i + 1)));
		sim_json_close(out, '}');
	}
	sim_json_close(out, '}');
	sim_json_close(out, '}');
}

int sim_v2_account_products(struct sim_v2_call *call)
{
	static const struct {
		const char *id, *name;
		enum sim_family family;
	} categories[] = {
		{ "1", "Document Signer Certificates", SIM_SIGNER },
		{ "2", "S/MIME Certificates", SIM_SMIME },
		{ "3", "SSL/TLS Certificates", SIM_SSL },
		{ "8", "Private PKI", SIM_PRIVATE },
	};
	const char *number = sim_json_str(call->query, "groupNumber");
	bool empty = !*number && call->sim->options->catalogue_needs_group;
	struct sim_json_out *out = &call->out;
	const struct sim_product *product;
	const struct sim_group *group;
	int status = sim_v2_account_group(call, number, &group);
	size_t i;

	if (status)
		return status;
	sim_json_open(out, NULL, '{');
	sim_json_open(out, "products", '[');
	for (i = 0; !empty && i < sizeof(categories) / sizeof(categories[0]); i++) {
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "categoryID", categories[i].id);
		sim_json_text(out, "categoryName", categories[i].name);
		sim_json_text(out, "currencyType", "USD");
		sim_json_open(out, "products", '[');
		for (product = call->sim->account.products; product; product = product->next)
			if (product->family == categories[i].family)
				put_product(call, product);
		sim_json_close(out, ']');
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
	return 200;
}

/* The description and the saved example of the book differ; live accounts have no fields. */
static void put_field(struct sim_json_out *out, bool described)
{
	sim_json_open(out, NULL, '{');
	if (described)
		sim_json_text(out, "name", "Cost centre");
	sim_json_text(out, "fieldId", "f_1");
	if (described) {
		sim_json_text(out, "type", "text");
		sim_json_text(out, "maxlength", "64");
	} else {
		sim_json_text(out, "fieldName", "costCentre");
		sim_json_text(out, "displayName", "Cost centre");
	}
	sim_json_text(out, "isMandatory", "1");
	if (described) {
		sim_json_open(out, "values", '[');
		sim_json_close(out, ']');
	}
	sim_json_close(out, '}');
}

int sim_v2_account_fields(struct sim_v2_call *call)
{
	struct sim_json_out *out = &call->out;
	bool described = sim_v2_is(call, SIM_V2_FIELDS, "documented");

	if (!sim_account_product(call->sim, call->path[0]))
		return sim_v2_no(call, 404, "", sim_v2_words(call, "Product %.32s not found.",
							     call->path[0]));
	sim_json_open(out, NULL, '{');
	sim_json_open(out, "customFields", '[');
	if (described) {
		sim_json_open(out, NULL, '{');
		sim_json_open(out, "certificateInformation", '[');
		put_field(out, true);
		sim_json_close(out, ']');
		sim_json_open(out, "additionalInformation", '[');
		sim_json_close(out, ']');
		sim_json_close(out, '}');
	} else if (sim_v2_is(call, SIM_V2_FIELDS, "example")) {
		put_field(out, false);
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
	return 200;
}
