/* SPDX-License-Identifier: MIT */
#include "model/fields.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "model/name.h"

enum type { TEXT, NAME, EMAIL, DIGITS, NUMBER, CHOICE, YESNO, KEY, CSR, URL, IP, TAG, CUSTOM,
	    COUNTRY, DATE };

enum { EMS_MUST = 1, EMS_LIST_FIELD = 2 };

struct rule {
	const char *scope;
	const char *name;
	enum type type;
	int64_t min, max;
	unsigned flags;
	const char *preset;
	const char *choices;
};

static const struct rule rules[] = {
#define EMS_FIELD(scope, name, type, min, max, flags, preset, choices, doc) \
	{ #scope, name, type, min, max, flags, preset, choices },
#define EMS_SCOPE_END(scope) { #scope, NULL, TEXT, 0, 0, 0, NULL, NULL },
#include "model/fields.def"
#undef EMS_FIELD
#undef EMS_SCOPE_END
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

/* --- one value ------------------------------------------------------------------------------- */

/* Puts the normalised value into out, or returns what would be right. */
typedef const char *(*value_fn)(const struct rule *r, const char *value, struct ems_buf *out);

static const char *check_line(const char *value)
{
	size_t len = strlen(value);

	if (!ems_text_utf8(value, len))
		return "has to be UTF-8 text";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
			return "has to be one line without control characters";
	return "";
}

static const char *check_text(const struct rule *r, const char *value, struct ems_buf *out)
{
	int64_t len = (int64_t)strlen(value);

	if (len < r->min || len > r->max)
		return NULL; /* the range is told by the caller */
	ems_buf_text(out, value);
	return check_line(value);
}

static const char *check_csr(const struct rule *r, const char *value, struct ems_buf *out)
{
	size_t len = strlen(value);

	if (len == 0 || (int64_t)len > r->max || !ems_text_utf8(value, len))
		return "has to be a CSR in PEM";
	ems_buf_put(out, value, len);
	return "";
}

static const char *check_email(const struct rule *r, const char *value, struct ems_buf *out)
{
	if ((int64_t)strlen(value) > r->max || !ems_name_is_email(value))
		return "has to be an e-mail address, like alex@example.com";
	ems_buf_text(out, value);
	return "";
}

static const char *check_digits(const struct rule *r, const char *value, struct ems_buf *out)
{
	if (!ems_text_digits(value, 1, SIZE_MAX))
		return "has to be digits";
	if (!ems_text_digits(value, (size_t)r->min, (size_t)r->max))
		return NULL;
	ems_buf_text(out, value);
	return "";
}

static const char *check_number(const struct rule *r, const char *value, struct ems_buf *out)
{
	int64_t number;

	if (!ems_text_int(value, r->min, r->max, &number))
		return NULL;
	ems_buf_print(out, "%lld", (long long)number);
	return "";
}

static const char *check_choice(const struct rule *r, const char *value, struct ems_buf *out)
{
	const char *canonical;
	size_t len;

	if (!ems_text_choice(r->choices, value, &canonical, &len))
		return NULL;
	ems_buf_put(out, canonical, len);
	return "";
}

static const char *check_yesno(const struct rule *r, const char *value, struct ems_buf *out)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	(void)r;
	for (size_t i = 0; i < 4; i++) {
		if (ems_text_equal_nocase(value, yes[i]))
			ems_buf_text(out, "yes");
		else if (ems_text_equal_nocase(value, no[i]))
			ems_buf_text(out, "no");
		else
			continue;
		return "";
	}
	return "has to be yes or no";
}

static const char *check_key(const struct rule *r, const char *value, struct ems_buf *out)
{
	static const char *const specs[] = { "RSA:2048", "RSA:3072", "RSA:4096", "EC:P-256",
					     "EC:P-384" };

	(void)r;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		if (!ems_text_equal_nocase(value, specs[i]))
			continue;
		ems_buf_text(out, specs[i]);
		return "";
	}
	return "has to be RSA:2048, RSA:3072, RSA:4096, EC:P-256 or EC:P-384";
}

static const char *check_url(const struct rule *r, const char *value, struct ems_buf *out)
{
	static const char scheme[] = "https://";

	if ((int64_t)strlen(value) > r->max || !ems_text_starts(value, scheme))
		return "has to begin with https://";
	if (strcspn(value + strlen(scheme), "/:") == 0 ||
	    strcspn(value, " \"<>\\^`{|}?#@") != strlen(value))
		return "has to be https://HOST[:PORT]/PATH/ without user, query and fragment";
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return "has to be plain ASCII";
	ems_buf_text(out, value);
	if (!ems_text_ends(value, "/"))
		ems_buf_char(out, '/');
	return "";
}

static bool is_ipv4(const char *value)
{
	for (int i = 0; i < 4; i++) {
		size_t len = strspn(value, "0123456789");
		int number = 0;

		if (len < 1 || len > 3 || (len > 1 && *value == '0'))
			return false;
		for (size_t k = 0; k < len; k++)
			number = number * 10 + (value[k] - '0');
		if (number > 255 || value[len] != (i < 3 ? '.' : '\0'))
			return false;
		value += len + 1;
	}
	return true;
}

/* Eight groups of hex digits; "::" once for one or more; IPv4 may stand for the last two. */
static bool is_ipv6(const char *value)
{
	bool gap = ems_text_starts(value, "::");
	int groups = 0;

	for (value += gap ? 2 : 0; *value; value++) {
		size_t len = strspn(value, "0123456789abcdefABCDEF");

		if (value[len] == '.' && is_ipv4(value))
			return gap ? groups <= 5 : groups == 6;
		if (len < 1 || len > 4)
			return false;
		groups++;
		value += len;
		if (*value == '\0')
			break;
		if (*value != ':' || value[1] == '\0')
			return false;
		if (value[1] == ':' && gap)
			return false;
		if (value[1] == ':') {
			gap = true;
			value++;
		}
	}
	return gap ? groups <= 7 : groups == 8;
}

static const char *check_ip(const struct rule *r, const char *value, struct ems_buf *out)
{
	if ((int64_t)strlen(value) > r->max || !(is_ipv6(value) || is_ipv4(value)))
		return "has to be an IP address, like 203.0.113.10";
	ems_buf_text(out, value);
	return "";
}

static const char *check_tag(const struct rule *r, const char *value, struct ems_buf *out)
{
	size_t name = strcspn(value, ":");
	size_t rest = value[name] ? strlen(value + name + 1) : 0;

	(void)r;
	if (name < 3 || name > 30 || rest < 1 || rest > 30)
		return "has to be NAME:VALUE, NAME of 3 to 30 and VALUE of 1 to 30 characters";
	ems_buf_text(out, value);
	return check_line(value);
}

static const char *check_custom(const struct rule *r, const char *value, struct ems_buf *out)
{
	size_t id = strspn(value, "0123456789");

	if (id < 1 || value[id] != '=' || value[id + 1] == '\0')
		return "has to be ID=VALUE, like 456=Department";
	if ((int64_t)strlen(value) > r->max)
		return NULL;
	ems_buf_text(out, value);
	return check_line(value);
}

static const char *check_country(const struct rule *r, const char *value, struct ems_buf *out)
{
	(void)r;
	if (strlen(value) != 2)
		return "has to be two letters, like US";
	for (int i = 0; i < 2; i++) {
		char c = value[i] >= 'a' && value[i] <= 'z' ? (char)(value[i] - 'a' + 'A')
							    : value[i];

		if (c < 'A' || c > 'Z')
			return "has to be two letters, like US";
		ems_buf_char(out, c);
	}
	return "";
}

static const char *check_date(const struct rule *r, const char *value, struct ems_buf *out)
{
	int64_t when;

	(void)r;
	if (!ems_time_parse(value, &when))
		return "has to be a day, like 2026-01-31";
	ems_buf_print(out, "%lld", (long long)when);
	return "";
}

static const value_fn checks[] = {
	[TEXT] = check_text, [NAME] = NULL, [EMAIL] = check_email, [DIGITS] = check_digits,
	[NUMBER] = check_number, [CHOICE] = check_choice, [YESNO] = check_yesno,
	[KEY] = check_key, [CSR] = check_csr, [URL] = check_url, [IP] = check_ip,
	[TAG] = check_tag, [CUSTOM] = check_custom, [COUNTRY] = check_country,
	[DATE] = check_date,
};

static emsign_rc out_of_range(const struct rule *r, const char *value, emsign_error *err)
{
	switch (r->type) {
	case CHOICE:
		return ems_fail(err, EMSIGN_E_INVALID, "%s '%.60s' is unknown; possible: %s",
				r->name, value, r->choices);
	case NUMBER:
		return ems_fail(err, EMSIGN_E_INVALID,
				"%s '%.60s' has to be a number from %lld to %lld", r->name, value,
				(long long)r->min, (long long)r->max);
	default:
		return ems_fail(err, EMSIGN_E_INVALID, "%s has %zu bytes; it may have %lld to %lld",
				r->name, strlen(value), (long long)r->min, (long long)r->max);
	}
}

static emsign_rc check_value(const struct rule *r, const char *value, bool internal,
			     struct ems_kvlist *out, emsign_error *err)
{
	struct ems_buf text = EMS_BUF(128 * 1024);
	char name[EMS_NAME_MAX];
	const char *should;
	emsign_rc rc;

	if (r->type == NAME) {
		rc = ems_name_canonical(r->name, value, internal, name, err);
		if (rc == EMSIGN_OK)
			ems_kvlist_add(out, r->name, name);
		return rc;
	}
	should = checks[r->type](r, value, &text);
	if (!should)
		rc = out_of_range(r, value, err);
	else if (*should)
		rc = ems_fail(err, EMSIGN_E_INVALID, "%s '%.60s' %s", r->name,
			      r->type == CSR ? "..." : value, should);
	else
		rc = ems_buf_rc(&text, err);
	if (rc == EMSIGN_OK)
		ems_kvlist_add(out, r->name, ems_buf_str(&text));
	ems_buf_free(&text);
	return rc;
}

/* --- a form ---------------------------------------------------------------------------------- */

static const struct rule *find_rule(const char *scope, const char *name)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (ems_text_equal(rules[i].scope, scope) && ems_text_equal(rules[i].name, name))
			return &rules[i];
	return NULL;
}

static const char *nth_name(const void *scope, size_t n)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (ems_text_equal(rules[i].scope, scope) && n-- == 0)
			return rules[i].name; /* NULL at the end of the scope */
	return NULL;
}

/* Words that a person tries when a secret is wanted; told apart from a slip of the pen. */
static bool sounds_secret(const char *name)
{
	static const char *const words[] = { "access_key", "access-key", "accesskey", "secret",
					     "password", "private_key", "client_secret" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ems_text_equal_nocase(name, words[i]))
			return true;
	return false;
}

static emsign_rc unknown_field(const char *scope, const char *name, emsign_error *err)
{
	const char *close;

	if (sounds_secret(name))
		return ems_fail(err, EMSIGN_E_INVALID,
				"'%s' is no field: secrets are given as an emsign_secret", name);
	close = ems_text_closest(name, nth_name, scope);
	if (close)
		return ems_fail(err, EMSIGN_E_INVALID, "unknown field '%.60s' (did you mean '%s'?)",
				name, close);
	return ems_fail(err, EMSIGN_E_INVALID,
			"unknown field '%.60s': emsign_fields(\"%s\") lists what there is", name,
			scope);
}

static bool has_key(const emsign_kv *kv, const char *key)
{
	while (kv->key && !ems_text_equal(kv->key, key))
		kv++;
	return kv->key != NULL;
}

static emsign_rc check_known(const char *scope, const emsign_kv *said, emsign_error *err)
{
	for (; said && said->key; said++) {
		const struct rule *r = find_rule(scope, said->key);

		if (!r)
			return unknown_field(scope, said->key, err);
		if (!(r->flags & EMS_LIST_FIELD) && has_key(said + 1, said->key))
			return ems_fail(err, EMSIGN_E_INVALID, "%s is given more than once",
					r->name);
	}
	return EMSIGN_OK;
}

static emsign_rc check_rule(const struct rule *r, enum ems_fields_mode mode, bool internal,
			    const emsign_kv *said, struct ems_kvlist *out, emsign_error *err)
{
	size_t given = 0;

	for (; said && said->key; said++) {
		emsign_rc rc = EMSIGN_OK;

		if (!said->value || !ems_text_equal(said->key, r->name))
			continue;
		if (*said->value)
			rc = check_value(r, said->value, internal, out, err);
		else if (mode == EMS_FIELDS_WHOLE)
			continue; /* an empty value means "not given", as everywhere at this CA */
		else if (r->flags & EMS_MUST)
			rc = ems_fail(err, EMSIGN_E_INVALID, "%s cannot be removed", r->name);
		else
			ems_kvlist_add(out, r->name, "");
		if (rc)
			return rc;
		given++;
	}
	if (given || mode == EMS_FIELDS_PART)
		return EMSIGN_OK;
	if (r->flags & EMS_MUST)
		return ems_fail(err, EMSIGN_E_INVALID, "%s is missing", r->name);
	ems_kvlist_add(out, r->name, r->preset);
	return EMSIGN_OK;
}

emsign_rc ems_fields_check(const char *scope, enum ems_fields_mode mode, const emsign_kv *said,
			   struct ems_kvlist *out, emsign_error *err)
{
	/* names of an intranet may have a single label */
	bool internal = ems_text_equal_nocase(ems_kv_get(said, "family"), "private-pki") &&
			!ems_text_equal_nocase(ems_kv_get(said, "dns"), "external");
	emsign_rc rc = check_known(scope, said, err);

	for (size_t i = 0; rc == EMSIGN_OK && i < N_RULES; i++)
		if (strcmp(rules[i].scope, scope) == 0 && rules[i].name)
			rc = check_rule(&rules[i], mode, internal, said, out, err);
	if (rc)
		return rc;
	return out->rc ? ems_fail_nomem(err) : ems_ok(err);
}

/* --- what may be said, for callers --------------------------------------------------------- */

/* The words for the types. */
#define WORD_TEXT "text"
#define WORD_NAME "name"
#define WORD_EMAIL "email"
#define WORD_DIGITS "digits"
#define WORD_NUMBER "number"
#define WORD_CHOICE "choice"
#define WORD_YESNO "yes-no"
#define WORD_KEY "key"
#define WORD_CSR "csr"
#define WORD_URL "url"
#define WORD_IP "ip"
#define WORD_TAG "tag"
#define WORD_CUSTOM "custom"
#define WORD_COUNTRY "country"
#define WORD_DATE "date"

/* Row for row the same order as `rules`; a row without a name closes each scope. */
static const emsign_field fields[] = {
#define EMS_FIELD(scope, name, type, min, max, flags, preset, choices, doc)   \
	{ name, WORD_##type, choices, preset, ((flags) & EMS_MUST) != 0,      \
	  ((flags) & EMS_LIST_FIELD) != 0, doc },
#define EMS_SCOPE_END(scope) { NULL, NULL, NULL, NULL, 0, 0, NULL },
#include "model/fields.def"
#undef EMS_FIELD
#undef EMS_SCOPE_END
};

const emsign_field *emsign_fields(const char *scope)
{
	for (size_t i = 0; i < N_RULES; i++)
		if (ems_text_equal(rules[i].scope, scope))
			return &fields[i];
	return NULL;
}
