/* SPDX-License-Identifier: MIT */
#include "wire/common.h"

#include "base/text.h"

#define WORDS(name) const struct ems_word name[]
#define END { NULL, NULL }

WORDS(ems_word_payers) = { { "1", "account" }, { "2", "group" }, END };

WORDS(ems_word_vetted_for) = { { "1", "ov" }, { "2", "ev" }, { "3", "smime" }, END };

WORDS(ems_word_vettings) = {
	{ "0", "pending" }, { "1", "validated" }, { "2", "rejected" }, { "3", "canceled" },
	{ "4", "expired" }, { "5", "discrepancy" }, END,
};

WORDS(ems_word_categories) = { { "1", "private" }, { "2", "government" }, END };

WORDS(ems_word_presences) = { { "1", "active" }, { "2", "inactive" }, { "3", "expired" }, END };

const char *ems_word_of(const struct ems_word *words, const char *id)
{
	for (; words->id; words++)
		if (ems_text_equal(words->id, id))
			return words->word;
	return id;
}

const char *ems_word_label(const struct ems_word *words, const char *told)
{
	for (const struct ems_word *at = words; at->id; at++)
		if ((*at->id < '0' || *at->id > '9') && ems_text_contains_nocase(told, at->id))
			return at->word;
	return ems_word_of(words, told);
}

const char *ems_word_id(const struct ems_word *words, const char *word)
{
	for (; words->id; words++)
		if (ems_text_equal(words->word, word))
			return words->id;
	return NULL;
}
