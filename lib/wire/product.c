/* SPDX-License-Identifier: MIT */
/* The catalogue. What a product is good for stands only in words, so it is read from words. */
#include "wire/common.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

static const struct ems_map members[] = {
	{ "productCode", EMS_MAP_TEXT, offsetof(emsign_product, code), NULL },
	{ "productName", EMS_MAP_TEXT, offsetof(emsign_product, name), NULL },
	{ "productTypeID", EMS_MAP_TEXT, offsetof(emsign_product, type_id), NULL },
	{ "price", EMS_MAP_TEXT, offsetof(emsign_product, price), NULL },
	{ "subscriptionPrice", EMS_MAP_KNOWN, 0, NULL },
	EMS_MAP_END,
};

static const struct ems_map category_members[] = {
	{ "categoryName", EMS_MAP_TEXT, offsetof(emsign_product, category), NULL },
	{ "categoryID", EMS_MAP_TEXT, offsetof(emsign_product, category_id), NULL },
	{ "currencyType", EMS_MAP_TEXT, offsetof(emsign_product, currency), NULL },
	EMS_MAP_END,
};

/* The first that fits counts. "sign" alone would also be in the vendor's own name. */
static const struct {
	const char *part;
	const char *family;
} families[] = {
	{ "private pki", "private-pki" }, { "s/mime", "smime" },     { "ssl", "ssl" },
	{ "tls", "ssl" },                 { "signer", "signature" }, { "signature", "signature" },
	{ "esign", "signature" },
};

/* Private products are listed elsewhere at times; ordering them as SSL is refused. */
static const char *const private_words[] = { "intranet", "igtf" };

#define PRIVATE_CATEGORY "8"

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A whole word, in any case: "EV" is not in "Seven". */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	char part[16];

	while (text && *text) {
		size_t len = 0;

		while (is_letter_or_digit(text[len]))
			len++;
		if (len == n && len < sizeof(part)) {
			memcpy(part, text, len);
			part[len] = '\0';
			if (ems_text_equal_nocase(part, word))
				return true;
		}
		text += len ? len : 1;
	}
	return false;
}

static const char *family_of(const emsign_product *product)
{
	for (size_t i = 0; i < sizeof(private_words) / sizeof(private_words[0]); i++)
		if (has_word(product->name, private_words[i]))
			return "private-pki";
	if (ems_text_equal(product->category_id, PRIVATE_CATEGORY))
		return "private-pki";
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (ems_text_contains_nocase(product->category, families[i].part))
			return families[i].family;
	return NULL;
}

static void classify(emsign_product *product)
{
	static const char *const levels[] = { "dv", "ov", "ev" };

	product->family = family_of(product);
	if (!ems_text_equal(product->family, "ssl"))
		return;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (has_word(product->name, levels[i]))
			product->level = levels[i];
	product->wildcard = has_word(product->name, "wildcard");
	product->multi_domain = has_word(product->name, "ucc");
}

/* {"1 Year":{"cost":"0.0"},...}: the first is the price; where there are more, all are kept. */
static void read_terms(const struct ems_node *node, emsign_product *product,
		       struct ems_extra *extra)
{
	const struct ems_node *terms = ems_node_get(node, "subscriptionPrice");

	if (!terms || !terms->first)
		return;
	if (!product->price)
		product->price = ems_node_text(terms->first, "cost");
	if (terms->first->next || !product->price)
		ems_extra_add(extra, terms->name, terms);
}

static emsign_rc give_product(const struct ems_node *node, const emsign_product *category,
			      const struct ems_sink *sink, emsign_error *err)
{
	emsign_product product = *category;
	struct ems_extra extra;
	emsign_rc rc;

	ems_extra_begin(&extra);
	ems_map_fill(members, node, &product, &extra);
	read_terms(node, &product, &extra);
	classify(&product);
	rc = product.code ? ems_extra_end(&extra, &product.extra, err) :
			    ems_fail(err, EMSIGN_E_PROTO,
				     "the answer lists a product without its code");
	if (rc == EMSIGN_OK)
		rc = ems_map_give(sink, "product", &product, err);
	ems_extra_free(&extra);
	return rc;
}

emsign_rc ems_product_list(const struct ems_node *categories, const struct ems_sink *sink,
			   emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	for (const struct ems_node *at = ems_map_first(categories); at;
	     at = ems_map_next(categories, at)) {
		const struct ems_node *products = ems_node_get(at, "products");
		emsign_product category = { .id = NULL };

		ems_map_fill(category_members, at, &category, NULL);
		for (const struct ems_node *p = ems_map_first(products); p;
		     p = ems_map_next(products, p)) {
			rc = give_product(p, &category, sink, err);
			if (rc)
				return rc;
		}
	}
	return rc;
}
