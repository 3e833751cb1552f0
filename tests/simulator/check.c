/* SPDX-License-Identifier: MIT */
/* The field rules of the placement calls, mostly as tables: which field, which code, which test. */
#include "sim.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_DOCUMENT (3 * 1024 * 1024)

struct field {
	const char *key;
	int empty;		/* code when it is empty, 0 if it may be */
	int invalid;
	bool (*test)(const char *text);
};

bool sim_check_digits(const char *text, size_t min, size_t max)
{
	size_t len = strspn(text, "0123456789");

	return !text[len] && len >= min && len <= max;
}

bool sim_check_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at > text && at[1] && !strchr(at + 1, '@') && strchr(at + 1, '.') &&
		!strpbrk(text, " \t\r\n<>,;\"") && text[strlen(text) - 1] != '.';
}

bool sim_check_ip(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool sim_check_hostname(const char *text)
{
	size_t label = 0, len = strlen(text);
	bool dot = false;

	if (!strncmp(text, "*.", 2))
		text += 2;
	if (!len || len > 253 || sim_check_ip(text))
		return false;
	for (; *text; text++) {
		if (*text == '.') {
			if (!label || text[-1] == '-')
				return false;
			dot = true;
			label = 0;
		} else if (isalnum((unsigned char)*text) || *text == '_' ||
			   (*text == '-' && label)) {
			if (++label > 63)
				return false;
		} else {
			return false;
		}
	}
	return dot && label && text[-1] != '-';
}

bool sim_check_listed(const char *list, const char *text)
{
	size_t len = strlen(text);

	if (!*list)
		return true;
	while (*list) {
		size_t item = strcspn(list, ",");
		const char *start = list;

		list += item + (list[item] == ',');
		while (item && *start == ' ')
			start++, item--;
		while (item && start[item - 1] == ' ')
			item--;
		if (item == len && !strncasecmp(start, text, len))
			return true;
	}
	return false;
}

static bool is_text(const char *text)
{
	return !strpbrk(text, "<>{}") && strlen(text) <= 100;
}

static bool is_isd(const char *text)
{
	return sim_check_digits(*text == '+' ? text + 1 : text, 1, 4);
}

static bool is_mobile(const char *text)
{
	return sim_check_digits(text, 4, 15);
}

static bool is_country(const char *text)
{
	return strlen(text) == 2 && isalpha((unsigned char)text[0]) &&
		isalpha((unsigned char)text[1]);
}

static bool is_accept(const char *text)
{
	return !strcmp(text, "0") || !strcmp(text, "1");
}

static bool is_category(const char *text)
{
	return sim_check_digits(text, 1, 1) && *text >= '1' && *text <= '3';
}

static bool is_years(const char *text)
{
	return sim_check_digits(text, 1, 1) && *text <= '3';
}

static bool is_criteria(const char *text)
{
	return !strcmp(text, "30") || !strcmp(text, "60");
}

static struct sim_result check_fields(const struct sim_json *block, const struct field *fields,
				      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *text = sim_json_str(block, fields[i].key);

		if (!*text && fields[i].empty)
			return SIM_NO(fields[i].empty);
		if (*text && fields[i].test && !fields[i].test(text))
			return SIM_NO(fields[i].invalid);
	}
	return SIM_OK;
}

#define CHECK(block, fields) check_fields(block, fields, sizeof(fields) / sizeof((fields)[0]))

struct sim_result sim_check_requestor(const struct sim_json *details)
{
	static const struct field fields[] = {
		{ "requestorName", 920, 983, is_text },
		{ "requestorIsdCode", 1168, 921, is_isd },
		{ "requestorMobileNumber", 922, 923, is_mobile },
		{ "requestorEmail", 924, 925, sim_check_email },
		{ "requestorDesignation", 0, 978, is_text },
	};
	static const struct field delegation[] = {
		{ "contactName", 0, 1008, is_text },
		{ "email", 0, 1011, sim_check_email },
	};
	const struct sim_json *block = sim_json_obj(details, "requestorInformation");
	struct sim_result result;

	if (!block)
		return SIM_NO(916);
	result = CHECK(block, fields);
	if (!result.code)
		result = CHECK(sim_json_obj(details, "delegationInformation"), delegation);
	return result;
}

/* Loopback, private and link-local ones, which nobody can sign from. */
static bool is_routable(const char *ip)
{
	static const unsigned char zero[15];
	unsigned char a[16];

	if (inet_pton(AF_INET, ip, a) == 1)
		return a[0] && a[0] != 10 && a[0] != 127 && !(a[0] == 172 && a[1] >> 4 == 1) &&
			!(a[0] == 192 && a[1] == 168) && !(a[0] == 169 && a[1] == 254);
	if (inet_pton(AF_INET6, ip, a) != 1)
		return false;
	return a[0] >> 1 != 0x7e && !(a[0] == 0xfe && a[1] >> 6 == 2) &&
		memcmp(a, zero, sizeof(zero)) != 0;
}

/* An address that is not routable is refused by AgreementAcceptance, but not at placement. */
struct sim_result sim_check_agreement(const struct sim_json *block, bool public_ip)
{
	static const struct field accept[] = { { "acceptAgreement", 1085, 1092, is_accept } };
	static const struct field signer[] = {
		{ "signerName", 1088, 1083, is_text },
		{ "signerPlace", 1086, 1089, is_text },
		{ "signerIP", 1087, 1091, sim_check_ip },
	};
	const char *ip = sim_json_str(block, "signerIP");
	struct sim_result result = CHECK(block, accept);

	if (!result.code && !strcmp(sim_json_str(block, "acceptAgreement"), "1"))
		result = CHECK(block, signer);
	if (!result.code && public_ip && *ip && !is_routable(ip))
		return SIM_NO(1091);
	return result;
}

struct sim_result sim_check_subscription(const struct sim_json *details)
{
	static const struct field fields[] = {
		{ "validity", 0, 1216, is_years },
		{ "autoRenew", 0, 1217, is_accept },
		{ "renewCriteria", 0, 1218, is_criteria },
	};

	return CHECK(sim_json_obj(details, "subscriptionDetails"), fields);
}

struct sim_result sim_check_contact(const struct sim_json *details)
{
	static const struct field fields[] = {
		{ "pocEmail", 1047, 1047, sim_check_email },
		{ "pocIsdCode", 0, 1062, is_isd },
		{ "pocMobileNumber", 0, 1049, is_mobile },
		{ "pocDesignation", 0, 1050, is_text },
	};
	const struct sim_json *block = sim_json_obj(details, "technicalPointOfContact");
	const struct sim_json *member;

	/* a block of empty members counts as no block */
	for (member = block ? block->first : NULL; member; member = member->next)
		if (*sim_json_scalar(member))
			return CHECK(block, fields);
	return SIM_OK;
}

static struct sim_result check_tag(const char *tag)
{
	const char *colon = strchr(tag, ':');
	size_t len = colon ? (size_t)(colon - tag) : 0;

	if (!colon)
		return SIM_NO(1144);
	if (len < 3)
		return SIM_NO(1145);
	if (len > 30)
		return SIM_NO(1129);
	if (strlen(colon + 1) > 30)
		return SIM_NO(1130);
	if (strlen(colon + 1) == len && !strncasecmp(tag, colon + 1, len))
		return SIM_NO(1150);
	return SIM_OK;
}

struct sim_result sim_check_additional(struct sim_arena *arena, const struct sim_json *details,
				       bool required)
{
	const struct sim_json *block = sim_json_obj(details, "additionalInformation");
	const struct sim_json *tags = sim_json_arr(block, "tags"), *tag;
	const struct sim_json *custom = sim_json_arr(block, "customFields");

	if (!block)
		return required ? SIM_NO(918) : SIM_OK;
	if (strpbrk(sim_json_str(block, "remarks"), "<>"))
		return SIM_NO(927);
	for (tag = tags ? tags->first : NULL; tag; tag = tag->next) {
		const char *text = sim_json_scalar(tag);
		struct sim_result result = *text ? check_tag(text) : SIM_OK;

		if (tag->type == SIM_JSON_OBJECT || tag->type == SIM_JSON_ARRAY)
			return SIM_NO(1144);
		if (result.code)
			return result;
	}
	for (tag = custom ? custom->first : NULL; tag; tag = tag->next) {
		const char *id = sim_json_str(tag, "fieldID");

		if (!sim_check_digits(id, 1, 10))
			return SIM_NO_TEXT(1203, sim_mem_printf(arena, "Invalid Field ID - %s",
								id));
	}
	return SIM_OK;
}

struct sim_result sim_check_subject(const struct sim_json *info)
{
	static const struct field fields[] = {
		{ "streetAddress1", 1023, 0, NULL },
		{ "locality", 1028, 0, NULL },
		{ "state", 1026, 0, NULL },
		{ "countryCode", 1024, 1025, is_country },
		{ "postalCode", 1030, 0, NULL },
	};

	if (!*sim_json_str(info, "organizationName"))
		return SIM_NO_TEXT(1180, "organizationName cannot be empty");
	return CHECK(info, fields);
}

struct sim_result sim_check_ev(const struct sim_json *details)
{
	static const struct field signer[] = {
		{ "name", 1230, 1228, is_text }, { "email", 1222, 1223, sim_check_email },
		{ "isdCode", 1224, 1224, is_isd }, { "mobileNumber", 1225, 1226, is_mobile },
		{ "designation", 1227, 1229, is_text },
	};
	static const struct field approver[] = {
		{ "name", 1239, 1237, is_text }, { "email", 1231, 1232, sim_check_email },
		{ "isdCode", 1233, 1233, is_isd }, { "mobileNumber", 1234, 1235, is_mobile },
		{ "designation", 1236, 1238, is_text },
	};
	static const struct field company[] = { { "businessCategory", 1192, 1192, is_category } };
	const struct sim_json *info = sim_json_obj(details, "certificateInformation");
	const struct sim_json *block = sim_json_obj(details, "contractSignerInfo");
	struct sim_result result;

	if (!block)
		return SIM_NO(1220);
	result = CHECK(block, signer);
	if (result.code)
		return result;
	block = sim_json_obj(details, "certificateApproverInfo");
	if (!block)
		return SIM_NO(1221);
	result = CHECK(block, approver);
	if (!result.code)
		result = CHECK(info, company);
	/* sources disagree on the name of the company's number: either will do */
	if (!result.code && !*sim_json_str(info, "companyDuns") &&
	    !*sim_json_str(info, "companyRegistrationNumber"))
		return SIM_NO_TEXT(1180, "companyDuns cannot be empty");
	return result;
}

struct sim_result sim_check_signer(const struct sim_json *info, const struct sim_product *product)
{
	static const struct field common[] = {
		{ "email", 1015, 1191, sim_check_email }, { "streetAddress1", 1023, 0, NULL },
		{ "locality", 1028, 0, NULL }, { "state", 1026, 0, NULL },
		{ "countryCode", 1024, 1025, is_country }, { "postalCode", 1030, 0, NULL },
	};
	bool natural = !strcmp(product->type_id, "41"), entity = !strcmp(product->type_id, "43");

	if (!entity && !*sim_json_str(info, "firstName"))
		return SIM_NO_TEXT(1180, "firstName cannot be empty");
	if (!entity && !*sim_json_str(info, "lastName"))
		return SIM_NO_TEXT(1180, "lastName cannot be empty");
	if (!natural && !*sim_json_str(info, "organizationName"))
		return SIM_NO_TEXT(1180, "organizationName cannot be empty");
	if (!natural && !*sim_json_str(info, "registeredId"))
		return SIM_NO_TEXT(1180, "registeredId cannot be empty");
	return CHECK(info, common);
}

/* The size of what percent-encoded base64 stands for, or -1 when it is none. */
static long base64_size(const char *text)
{
	long n = 0, padding = 0;

	for (; *text; text++, n++) {
		bool encoded = *text == '%';
		int c = *text;

		if (encoded)
			c = !strncasecmp(text, "%2B", 3) ? '+' :
				!strncasecmp(text, "%2F", 3) ? '/' :
				!strncasecmp(text, "%3D", 3) ? '=' : 0;
		if (c == '=')
			padding++;
		else if (padding || !(isalnum((unsigned char)c) || c == '+' || c == '/'))
			return -1;
		text += encoded ? 2 : 0;
	}
	return n % 4 || padding > 2 ? -1 : n / 4 * 3 - padding;
}

/* The text is percent-encoded base64; a PDF starts with "%PDF", in base64 "JVBERi". */
static struct sim_result check_document(const struct sim_json *document, long at)
{
	const char *id = sim_json_str(document, "id");
	const char *value = sim_json_str(document, "base64Value");

	if (!*id)
		return SIM_NO(1160);
	if (!sim_check_digits(id, 1, 4))
		return SIM_NO(1081);
	if (strtol(id, NULL, 10) != at)
		return SIM_NO(1099);
	if (!*sim_json_str(document, "fileName"))
		return SIM_NO(993);
	if (!*sim_json_str(document, "description"))
		return SIM_NO(1000);
	if (strlen(sim_json_str(document, "description")) > 25)
		return SIM_NO(998);
	if (!*value)
		return SIM_NO(1071);
	if (base64_size(value) < 0)
		return SIM_NO(1001);
	if (base64_size(value) > MAX_DOCUMENT)
		return SIM_NO(992);
	if (strncmp(value, "JVBERi", 6) != 0)
		return SIM_NO(994);
	return SIM_OK;
}

struct sim_result sim_check_documents(const struct sim_json *details, bool required)
{
	const char *count = sim_json_str(details, "numberOfDocuments");
	const struct sim_json *list = sim_json_arr(details, "documentsAttached"), *document;
	long n = 0;

	if (!*count && required)
		return SIM_NO(1070);
	if (*count && !sim_check_digits(count, 1, 3))
		return SIM_NO(1163);
	for (document = list ? list->first : NULL; document; document = document->next) {
		struct sim_result result = check_document(document, ++n);

		if (result.code)
			return result;
	}
	if (*count ? strtol(count, NULL, 10) != n : n != 0)
		return SIM_NO(991);
	return SIM_OK;
}

bool sim_check_suffix(const char *name)
{
	static const char *const suffixes[] = { "com", "net", "org", "io", "in", "us", "co.uk",
						"co.in", "com.au", "github.io" };
	size_t i;

	if (!strncmp(name, "*.", 2))
		name += 2;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (!strcasecmp(name, suffixes[i]))
			return true;
	return false;
}

struct sim_result sim_check_domains(const struct sim_json *info, const struct sim_product *product)
{
	const char *domain = sim_json_str(info, "domainName");
	const struct sim_json *more = sim_json_arr(info, "additionalDomains"), *name;
	bool wildcard = !strncmp(domain, "*.", 2);
	int n = 0;

	if (!*domain)
		return SIM_NO(1157);
	if (product->wildcard && !wildcard)
		return SIM_NO(1059);
	if (!product->wildcard && wildcard && product->family == SIM_SSL)
		return SIM_NO(1058);
	if (sim_check_suffix(domain))
		return SIM_NO(1060);
	if (!product->ucc)
		return SIM_OK;
	for (name = more ? more->first : NULL; name; name = name->next) {
		const char *text = sim_json_scalar(name);

		n += *text != '\0';
		if (!product->wildcard && !strncmp(text, "*.", 2) && product->family == SIM_SSL)
			return SIM_NO(1175);
	}
	if (!n && product->family == SIM_SSL)
		return SIM_NO(1179);
	return n > 250 ? SIM_NO(1172) : SIM_OK;
}
