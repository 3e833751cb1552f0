/* SPDX-License-Identifier: MIT */
/* The products, with the sandbox's codes, and the calls that show them. */
#include "sim.h"

#include <string.h>

static const struct sim_product products[] = {
	{ "842", "DV SSL Certificate 1 Year", "13", SIM_SSL, SIM_DV, false, false, 1000, false,
	  NULL },
	{ "843", "DV SSL Wildcard Certificate 1 Year", "14", SIM_SSL, SIM_DV, true, false, 5000,
	  false, NULL },
	{ "844", "DV SSL UCC Certificate 1 Year", "15", SIM_SSL, SIM_DV, false, true, 3000, false,
	  NULL },
	{ "845", "DV SSL Wildcard UCC Certificate 1 Year", "25", SIM_SSL, SIM_DV, true, true,
	  8000, false, NULL },
	{ "846", "OV SSL Certificate 1 Year", "16", SIM_SSL, SIM_OV, false, false, 4000, false,
	  NULL },
	{ "847", "OV SSL Wildcard Certificate 1 Year", "17", SIM_SSL, SIM_OV, true, false, 12000,
	  false, NULL },
	{ "848", "OV SSL UCC Certificate 1 Year", "18", SIM_SSL, SIM_OV, false, true, 9000, false,
	  NULL },
	{ "849", "OV SSL Wildcard UCC Certificate 1 Year", "26", SIM_SSL, SIM_OV, true, true,
	  18000, false, NULL },
	{ "850", "EV SSL Certificate 1 Year", "19", SIM_SSL, SIM_EV, false, false, 15000, false,
	  NULL },
	{ "851", "EV SSL UCC Certificate 1 Year", "20", SIM_SSL, SIM_EV, false, true, 25000,
	  false, NULL },
	{ "104", "emSign Intranet SSL 1 Year", "27", SIM_PRIVATE, SIM_OV, false, true, 500, false,
	  NULL },
	{ "108", "IGTF Host 1 Year", "28", SIM_PRIVATE, SIM_OV, false, true, 500, false, NULL },
	{ "149", "Sandbox emSign Intranet SSL 1 Year", "27", SIM_PRIVATE, SIM_OV, false, true,
	  500, true, NULL },
	{ "914", "S/MIME Simple MV-S 1 Year", "31", SIM_SMIME, SIM_DV, false, false, 800, false,
	  NULL },
	{ "819", "Legal Entity NonRepudiation 1 Year", "43", SIM_SIGNER, SIM_OV, false, false,
	  7000, false, NULL },
	{ "820", "Legal Entity NonRepudiation 2 Year", "43", SIM_SIGNER, SIM_OV, false, false,
	  12000, false, NULL },
	{ "821", "Legal Entity NonRepudiation 3 Year", "43", SIM_SIGNER, SIM_OV, false, false,
	  16000, false, NULL },
	{ "822", "Legal Person NonRepudiation 1 Year", "42", SIM_SIGNER, SIM_OV, false, false,
	  6000, false, NULL },
	{ "823", "Legal Person NonRepudiation 2 Year", "42", SIM_SIGNER, SIM_OV, false, false,
	  10000, false, NULL },
	{ "824", "Legal Person NonRepudiation 3 Year", "42", SIM_SIGNER, SIM_OV, false, false,
	  14000, false, NULL },
	{ "825", "Natural Person NonRepudiation 1 Year", "41", SIM_SIGNER, SIM_DV, false, false,
	  5000, false, NULL },
	{ "826", "Natural Person NonRepudiation 2 Year", "41", SIM_SIGNER, SIM_DV, false, false,
	  9000, false, NULL },
	{ "827", "Natural Person NonRepudiation 3 Year", "41", SIM_SIGNER, SIM_DV, false, false,
	  12000, false, NULL },
};

static const struct {
	const char *name;
	const char *id;
	enum sim_family family;
} categories[] = {
	{ "SSL/TLS Certificates", "3", SIM_SSL },
	{ "Document Signer", "4", SIM_SIGNER },
	{ "S/MIME", "5", SIM_SMIME },
	{ "Private PKI", "8", SIM_PRIVATE },
};

void sim_catalogue_seed(struct sim *sim)
{
	struct sim_product **end = &sim->account.products;
	size_t i;

	for (i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
		struct sim_product *product = sim_mem_alloc(&sim->arena, sizeof(*product));

		*product = products[i];
		*end = product;
		end = &product->next;
	}
}

struct sim_product *sim_account_product(struct sim *sim, const char *code)
{
	struct sim_product *product;

	for (product = sim->account.products; product; product = product->next)
		if (!strcmp(product->code, code))
			return product;
	return NULL;
}

static void put_category(struct sim_call *call, const char *name, const char *id,
			 enum sim_family family)
{
	struct sim_json_out *out = &call->out;
	const struct sim_product *product;

	sim_json_open(out, NULL, '{');
	sim_json_text(out, "categoryName", name);
	sim_json_text(out, "categoryID", id);
	sim_json_text(out, "currencyType", "USD");
	sim_json_open(out, "products", '[');
	for (product = call->sim->account.products; product; product = product->next) {
		if (product->family != family)
			continue;
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "productCode", product->code);
		sim_json_text(out, "productName", product->name);
		sim_json_text(out, "productTypeID", product->type_id);
		if (family == SIM_SSL) {
			sim_json_open(out, "subscriptionPrice", '{');
			sim_json_close(out, '}');
			sim_json_text(out, "price",
				      sim_account_money(call->arena, product->price));
		}
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
}

struct sim_result sim_catalogue_list(struct sim_call *call)
{
	const char *group = sim_json_str(call->details, "groupNumber");
	bool empty = !*group && call->sim->options->catalogue_needs_group;
	size_t i;

	if (!sim_account_group(call->sim, group))
		return SIM_NO(1137);
	sim_json_open(&call->out, "productDetails", '[');
	for (i = 0; !empty && i < sizeof(categories) / sizeof(categories[0]); i++)
		put_category(call, categories[i].name, categories[i].id, categories[i].family);
	sim_json_close(&call->out, ']');
	return SIM_OK;
}

/* No source shows the success: the field names an order of the product would need. */
struct sim_result sim_catalogue_fields(struct sim_call *call)
{
	static const char *const fields[][3] = {
		[SIM_SSL] = { "domainName", "additionalDomains", "organizationName" },
		[SIM_PRIVATE] = { "domainName", "dnsType", "organizationName" },
		[SIM_SMIME] = { "email", NULL, NULL },
		[SIM_SIGNER] = { "firstName", "lastName", "email" },
	};
	const struct sim_product *product =
		sim_account_product(call->sim, sim_json_str(call->details, "productCode"));
	struct sim_json_out *out = &call->out;
	size_t i;

	if (!sim_account_group(call->sim, sim_json_str(call->details, "groupNumber")))
		return SIM_NO(1137);
	if (!product)
		return SIM_NO(1269);
	sim_json_open(out, "productDetails", '{');
	sim_json_text(out, "productCode", product->code);
	sim_json_open(out, "fields", '[');
	for (i = 0; i < 3 && fields[product->family][i]; i++) {
		sim_json_open(out, NULL, '{');
		sim_json_text(out, "fieldName", fields[product->family][i]);
		sim_json_text(out, "isMandatory", i ? "0" : "1");
		sim_json_close(out, '}');
	}
	sim_json_close(out, ']');
	sim_json_close(out, '}');
	return SIM_OK;
}
