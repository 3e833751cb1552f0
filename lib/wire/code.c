/* SPDX-License-Identifier: MIT */
#include "wire/common.h"

#include <string.h>

#include "base/text.h"

#define PREFIX "EMS-"

static const struct ems_code codes[] = {
#include "wire/codes.def"
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

void ems_code_spell(const char *code, char out[32])
{
	const char *digits = digits_of(code);

	out[0] = '\0';
	if (!digits)
		return;
	memcpy(out, PREFIX, sizeof(PREFIX) - 1);
	memcpy(out + sizeof(PREFIX) - 1, digits, strlen(digits) + 1);
}

static bool is_for(const struct ems_code *code, enum ems_verb verb)
{
	return !code->verbs || (code->verbs & 1u << verb);
}

const struct ems_code *ems_code_search(const struct ems_code *rows, size_t n, enum ems_verb verb,
				       const char *code, const char *text)
{
	const char *id = ems_text_starts(code, PREFIX) ? code + sizeof(PREFIX) - 1 : NULL;

	for (const struct ems_code *at = rows; at < rows + n; at++)
		if (is_for(at, verb) && (id ? ems_text_equal(at->code, id) :
				  at->text && ems_text_contains_nocase(text, at->text)))
			return at;
	return NULL;
}

const struct ems_code *ems_code_find(enum ems_verb verb, const char *code, const char *text)
{
	return ems_code_search(codes, sizeof(codes) / sizeof(codes[0]), verb, code, text);
}
