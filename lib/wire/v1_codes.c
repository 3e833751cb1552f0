/* SPDX-License-Identifier: MIT */
#include "wire/v1.h"

#include <string.h>

#include "base/text.h"

#define EMSIGN_E_OK EMSIGN_OK
#define PREFIX "EMS-"
#define EMS_V1_ON(verb) (1u << EMS_VERB_##verb)

static const struct ems_v1_code codes[] = {
#define EMS_CODE(code, verbs, rc, class_, text, hint) \
	{ code, verbs, EMSIGN_E_##rc, EMS_CLASS_##class_, text, hint },
#include "wire/v1_codes.def"
#undef EMS_CODE
};

static const struct ems_v1_code plain_no = {
	0, 0, EMSIGN_E_REJECTED, EMS_CLASS_NEVER, NULL, NULL,
};

/* Digits of "EMS-913", "ems-913" and "913", which are one; NULL when it is no code. */
static const char *digits_of(const char *code)
{
	if (!code)
		return NULL;
	if (ems_text_starts_nocase(code, PREFIX))
		code += sizeof(PREFIX) - 1;
	return ems_text_digits(code, 1, 8) ? code : NULL;
}

static int64_t number_of(const char *code)
{
	int64_t number = 0;

	return ems_text_int(digits_of(code), 1, INT32_MAX, &number) ? number : 0;
}

void ems_v1_codes_spell(const char *code, char out[32])
{
	const char *digits = digits_of(code);

	out[0] = '\0';
	if (!digits)
		return;
	memcpy(out, PREFIX, sizeof(PREFIX) - 1);
	memcpy(out + sizeof(PREFIX) - 1, digits, strlen(digits) + 1);
}

static bool is_for(const struct ems_v1_code *code, enum ems_verb verb)
{
	return !code->verbs || (code->verbs & 1u << verb);
}

const struct ems_v1_code *ems_v1_codes_find(enum ems_verb verb, const char *code, const char *text)
{
	int64_t number = number_of(code);
	const struct ems_v1_code *end = codes + sizeof(codes) / sizeof(codes[0]);

	for (const struct ems_v1_code *at = codes; at < end; at++)
		if (is_for(at, verb) && (number ? at->code == number :
				  at->text && ems_text_contains_nocase(text, at->text)))
			return at;
	return &plain_no;
}
