/* SPDX-License-Identifier: MIT */
#include <emsign/record.h>

#include "base/text.h"

static const struct {
	int64_t value;
	const char *word;
} statuses[] = {
#define ROW(name, value, word, text) { value, word },
	EMSIGN_STATUS_MAP(ROW)
#undef ROW
};

const char *emsign_status_name(int64_t status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].value == status)
			return statuses[i].word;
	return "unknown";
}

int64_t emsign_status_parse(const char *word)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (ems_text_equal(statuses[i].word, word))
			return statuses[i].value;
	return -1;
}

int emsign_status_is_final(int64_t status)
{
	switch (status) {
	case EMSIGN_STATUS_REJECTED:
	case EMSIGN_STATUS_CANCELED:
	case EMSIGN_STATUS_FAILED:
	case EMSIGN_STATUS_REVOKED:
	case EMSIGN_STATUS_EXPIRED:
		return 1;
	default:
		return 0;
	}
}
