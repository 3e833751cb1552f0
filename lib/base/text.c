/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equal_nocase_n(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool ems_text_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool ems_text_equal_nocase(const char *a, const char *b)
{
	size_t n;

	if (!a || !b)
		return a == b;
	n = strlen(a);
	return n == strlen(b) && equal_nocase_n(a, b, n);
}

bool ems_text_contains_nocase(const char *text, const char *part)
{
	size_t len = text ? strlen(text) : 0;
	size_t n = strlen(part);

	for (size_t i = 0; text && i + n <= len; i++)
		if (equal_nocase_n(text + i, part, n))
			return true;
	return false;
}

bool ems_text_starts(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ems_text_starts_nocase(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text && strlen(text) >= n && equal_nocase_n(text, prefix, n);
}

bool ems_text_ends(const char *text, const char *suffix)
{
	size_t len = text ? strlen(text) : 0;
	size_t n = strlen(suffix);

	return text && len >= n && memcmp(text + len - n, suffix, n) == 0;
}

bool ems_text_empty(const char *text)
{
	return !text || !*text;
}

bool ems_text_digits(const char *text, size_t min, size_t max)
{
	size_t len = text ? strspn(text, "0123456789") : 0;

	return text && text[len] == '\0' && len >= min && len <= max;
}

size_t ems_text_char(const char *bytes, size_t len)
{
	static const struct {
		unsigned char first, last, low, high; /* lead bytes, bounds of the second byte */
		size_t size;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *p = (const unsigned char *)bytes;

	if (p[0] >= 0x01 && p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (len < forms[i].size || p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].size; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].size;
	}
	return 0;
}

/* Eight letters of ASCII at once: no high bit, and no zero byte. */
static bool is_plain(const char *bytes)
{
	const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return !((word | (word - ones)) & high);
}

bool ems_text_utf8(const char *bytes, size_t len)
{
	while (len) {
		size_t n = len >= 8 && is_plain(bytes) ? 8 : ems_text_char(bytes, len);

		if (n == 0)
			return false;
		bytes += n;
		len -= n;
	}
	return true;
}

bool ems_text_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
	int64_t value = 0;

	if (!ems_text_digits(text, 1, SIZE_MAX))
		return false;
	for (; *text; text++) {
		int digit = *text - '0';

		if (value > (INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

size_t ems_text_put_int(char out[EMS_TEXT_INT], int64_t value)
{
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[EMS_TEXT_INT];
	size_t n = 0;
	size_t len = 0;

	do
		digits[n++] = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		out[len++] = '-';
	while (n)
		out[len++] = digits[--n];
	out[len] = '\0';
	return len;
}

void ems_text_hex(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

#define WORD_MAX 48

/* Edit distance, case ignored; neighbours that changed places cost one. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = before[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			if (before[j] + 1 < best)
				best = before[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && second[j - 2] + 1 < best)
				best = second[j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[n % 3][m];
}

const char *ems_text_closest(const char *said, const char *(*word)(const void *ud, size_t i),
			     const void *ud)
{
	size_t limit = strlen(said) / 3 + 1;
	const char *best = NULL;
	const char *w;

	for (size_t i = 0; (w = word(ud, i)) != NULL; i++) {
		size_t d = distance(said, w);

		if (d < limit || (d == limit && !best)) {
			best = w;
			limit = d;
		}
	}
	return best;
}

bool ems_text_choice(const char *choices, const char *word, const char **canonical, size_t *len)
{
	size_t n = strlen(word);

	while (*choices) {
		size_t size = strcspn(choices, "|");

		if (size == n && equal_nocase_n(choices, word, n)) {
			*canonical = choices;
			*len = size;
			return true;
		}
		choices += size;
		if (*choices == '|')
			choices++;
	}
	return false;
}
