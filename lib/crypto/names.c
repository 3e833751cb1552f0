/* SPDX-License-Identifier: MIT */
#include "crypto/names.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

static bool has(const struct ems_names *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i], name) == 0)
			return true;
	return false;
}

void ems_names_add(struct ems_names *l, const char *name)
{
	const char **items;
	char *copy;

	if (l->rc || has(l, name))
		return;
	if (l->n == EMS_NAMES_MAX) {
		l->rc = EMSIGN_E_INVALID;
		return;
	}
	items = ems_realloc(l->items, (l->n + 2) * sizeof(*items));
	if (items)
		l->items = items;
	copy = items ? ems_strdup(name) : NULL;
	if (!copy) {
		l->rc = EMSIGN_E_NOMEM;
		return;
	}
	l->items[l->n++] = copy;
	l->items[l->n] = NULL;
}

emsign_rc ems_names_rc(const struct ems_names *l, emsign_error *err)
{
	if (l->rc == EMSIGN_E_NOMEM)
		return ems_fail_nomem(err);
	if (l->rc)
		return ems_fail(err, l->rc, "more than %d names", EMS_NAMES_MAX);
	return ems_ok(err);
}

void ems_names_free(struct ems_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		ems_free(l->items[i]);
	ems_free(l->items);
	memset(l, 0, sizeof(*l));
}

/* Copies a name in lower case; false for bytes that no name has. */
static bool take_dns(const ASN1_STRING *text, char out[EMS_NAME_MAX])
{
	const unsigned char *bytes = ASN1_STRING_get0_data(text);
	int len = ASN1_STRING_length(text);

	if (len < 1 || len >= EMS_NAME_MAX)
		return false;
	for (int i = 0; i < len; i++) {
		if (bytes[i] <= ' ' || bytes[i] >= 0x7f)
			return false;
		out[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] - 'A' + 'a' :
								     bytes[i]);
	}
	out[len] = '\0';
	return true;
}

size_t ems_names_add_dns(struct ems_names *l, const GENERAL_NAMES *sans)
{
	char name[EMS_NAME_MAX];
	size_t strange = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
		const GENERAL_NAME *san = sk_GENERAL_NAME_value(sans, i);

		if (san->type != GEN_DNS)
			continue;
		if (take_dns(san->d.dNSName, name))
			ems_names_add(l, name);
		else
			strange++;
	}
	return strange;
}

bool ems_names_is_text(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
			return false;
	return len && ems_text_utf8(bytes, len);
}

emsign_rc ems_names_common(const X509_NAME *subject, char **out, emsign_error *err)
{
	unsigned char *utf8 = NULL;
	int at = -1;
	int last = -1;
	int len;

	*out = NULL;
	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return ems_ok(err);
	len = ASN1_STRING_to_UTF8(&utf8,
				  X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
	if (len > 0 && ems_names_is_text((const char *)utf8, (size_t)len)) {
		*out = ems_strdup((const char *)utf8);
		if (!*out) {
			OPENSSL_free(utf8);
			return ems_fail_nomem(err);
		}
	}
	OPENSSL_free(utf8);
	return ems_ok(err);
}

const char *ems_names_domain(const char *common, const struct ems_names *dns,
			     char canonical[EMS_NAME_MAX])
{
	if (common &&
	    ems_name_canonical("common name", common, true, canonical, NULL) == EMSIGN_OK)
		return canonical;
	return dns->n ? dns->items[0] : common;
}
