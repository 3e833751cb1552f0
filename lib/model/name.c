/* SPDX-License-Identifier: MIT */
#include "model/name.h"

#include <idn2.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static emsign_rc bad(emsign_error *err, const char *field, const char *name, const char *why)
{
	return ems_fail(err, EMSIGN_E_INVALID, "%s '%.100s' is not a domain name: %s", field, name,
			why);
}

static emsign_rc bad_at(emsign_error *err, const char *field, const char *name, const char *why,
			const char *label)
{
	size_t len = strcspn(label, ".");

	return ems_fail(err, EMSIGN_E_INVALID,
			"%s '%.100s' is not a domain name: %s (label '%.*s')", field, name, why,
			len < 63 ? (int)len : 63, label);
}

/* Things that people put where a name belongs, each with the word that helps. */
static const char *not_even_close(const char *name)
{
	size_t len = strlen(name);

	if (len == 0)
		return "it is empty";
	if (strstr(name, "://"))
		return "it is a URL; give the host name alone";
	if (strchr(name, '@'))
		return "it is an e-mail address";
	if (strchr(name, '/'))
		return "it has a path; give the host name alone";
	if (strchr(name, ','))
		return "give several names one by one";
	if (strchr(name, ':'))
		return "it is an address or has a port";
	if (name[0] != '.' && strspn(name, "0123456789.") == len)
		return "it is an address";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f)
			return "it holds white space or control characters";
	return NULL;
}

static const char *bad_label(const char *label, size_t len)
{
	if (len == 0)
		return "a label is empty";
	if (len > 63)
		return "a label has more than 63 characters";
	if (label[0] == '-' || label[len - 1] == '-')
		return "a label begins or ends with '-'";
	for (size_t i = 0; i < len; i++)
		if (!((label[i] >= 'a' && label[i] <= 'z') ||
		      (label[i] >= '0' && label[i] <= '9') || label[i] == '-'))
			return label[i] == '*'
				       ? "'*' may only stand alone as the first label"
				       : "only letters, digits and '-' may stand in a label";
	return NULL;
}

/* What is wrong with a name, and at which label: *at is NULL when it is the name as a whole. */
static const char *bad_labels(const char *name, bool internal, const char **at)
{
	size_t labels = 0;

	for (;;) {
		size_t len = strcspn(name, ".");
		const char *why = bad_label(name, len);

		*at = why && len ? name : NULL;
		if (why)
			return why;
		labels++;
		if (name[len] == '\0')
			break;
		name += len + 1;
	}
	if (labels < 2 && !internal)
		return "it has a single label";
	if (strspn(name, "0123456789") == strlen(name))
		return "its last label is a number";
	return NULL;
}

/* Most names are spelt as they have to be; only "--" may mean something else. */
static bool is_ascii(const char *name, size_t len)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len && !strstr(name, "--");
}

/* UTS 46 non-transitional: a sharp s stays one, as registries have it today. */
static int to_ascii(const char *name, char out[EMS_NAME_MAX])
{
	size_t len = strlen(name);
	char *ascii = NULL;
	int idn = IDN2_OK;

	if (!is_ascii(name, len)) {
		idn = idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		name = ascii;
		len = ascii ? strlen(ascii) : 0;
	}
	if (idn == IDN2_OK && len >= EMS_NAME_MAX)
		idn = IDN2_TOO_BIG_DOMAIN;
	if (idn == IDN2_OK)
		memcpy(out, name, len + 1);
	idn2_free(ascii);
	return idn;
}

/* In our own words: those of libidn2 follow the locale of the process. */
static const char *idn_why(int idn)
{
	switch (idn) {
	case IDN2_TOO_BIG_DOMAIN:
		return "it has more than 253 characters";
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return "a label has more than 63 characters";
	case IDN2_HYPHEN_STARTEND:
		return "a label begins or ends with '-'";
	case IDN2_2HYPHEN:
		return "'--' in third place is kept for A-labels";
	case IDN2_ENCODING_ERROR:
		return "it is not UTF-8";
	default:
		return "it has no A-label";
	}
}

/* Finds the label that libidn2 refuses, by asking for each one alone. */
static emsign_rc bad_idn(emsign_error *err, const char *field, const char *name, int idn)
{
	for (const char *label = name;; label++) {
		size_t len = strcspn(label, ".");
		char one[EMS_NAME_MAX] = "";
		char ascii[EMS_NAME_MAX];

		if (len >= sizeof(one))
			break;
		memcpy(one, label, len);
		if (to_ascii(one, ascii) != IDN2_OK)
			return bad_at(err, field, name, idn_why(idn), label);
		label += len;
		if (*label == '\0')
			break;
	}
	return bad(err, field, name, idn_why(idn));
}

emsign_rc ems_name_canonical(const char *field, const char *name, bool internal,
			     char out[EMS_NAME_MAX], emsign_error *err)
{
	const char *why = not_even_close(name);
	bool wildcard = ems_text_starts(name, "*.");
	const char *at = NULL;
	char ascii[EMS_NAME_MAX];
	emsign_rc rc;
	size_t len;
	int idn;

	out[0] = '\0';
	if (why)
		return bad(err, field, name, why);
	idn = to_ascii(wildcard ? name + 2 : name, ascii);
	if (idn == IDN2_MALLOC)
		return ems_fail_nomem(err);
	if (idn != IDN2_OK)
		return bad_idn(err, field, name, idn);
	len = strlen(ascii);
	if (len && ascii[len - 1] == '.')
		ascii[--len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (ascii[i] >= 'A' && ascii[i] <= 'Z')
			ascii[i] = (char)(ascii[i] - 'A' + 'a');
	if (len + (wildcard ? 2 : 0) > 253)
		why = "it has more than 253 characters";
	else
		why = bad_labels(ascii, internal && !wildcard, &at);
	if (why) {
		rc = at ? bad_at(err, field, name, why, at) : bad(err, field, name, why);
	} else {
		if (wildcard)
			memcpy(out, "*.", 2);
		memcpy(out + (wildcard ? 2 : 0), ascii, len + 1);
		rc = ems_ok(err);
	}
	return rc;
}

bool ems_name_covers(const char *pattern, const char *name)
{
	const char *dot = strchr(name, '.');

	if (ems_text_equal_nocase(pattern, name))
		return true;
	return ems_text_starts(pattern, "*.") && dot && dot != name && name[0] != '*' &&
	       ems_text_equal_nocase(pattern + 1, dot);
}

bool ems_name_is_email(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"!#$%&'*+/=?^_`{|}~.-";
	const char *at = strchr(text, '@');
	char domain[EMS_NAME_MAX];
	size_t local;

	if (!at || strchr(at + 1, '@'))
		return false;
	local = (size_t)(at - text);
	if (local == 0 || local > 64 || strspn(text, allowed) != local)
		return false;
	if (text[0] == '.' || at[-1] == '.' || strstr(text, "..") || ems_text_ends(text, "."))
		return false;
	return at[1] != '*' &&
	       ems_name_canonical("e-mail", at + 1, false, domain, NULL) == EMSIGN_OK;
}

bool ems_name_is_file(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(text);

	return len && len < EMS_NAME_MAX && text[0] != '.' && strspn(text, allowed) == len;
}
