/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void sample_clear(struct sample *s)
{
	memset(s, 0, sizeof(*s));
}

void sample_set(struct sample *s, const struct ems_kind *kind, size_t member, int variant)
{
	const struct ems_member *m = &kind->members[member];
	void *slot = (char *)s->record + m->offset;
	char *text = s->texts[member];

	assert(kind->size <= sizeof(s->record) && kind->n_members <= SAMPLE_MEMBERS);
	snprintf(text, sizeof(s->texts[0]), "%s %s %d", kind->name, m->name, variant);
	switch (m->type) {
	case EMS_TEXT:
		memcpy(slot, &text, sizeof(text));
		break;
	case EMS_LIST: {
		const char **list = s->lists[member];

		list[0] = "first.example";
		list[1] = text;
		list[2] = variant % 2 ? "third.example" : NULL;
		memcpy(slot, &list, sizeof(list));
		break;
	}
	case EMS_STATUS:
		*(int64_t *)slot = EMSIGN_STATUS_ISSUED + variant % 5;
		break;
	default:
		*(int64_t *)slot = 1700000000 + (int64_t)member * 1000 + variant;
	}
}

void sample_fill(struct sample *s, const struct ems_kind *kind, int variant)
{
	sample_clear(s);
	for (size_t i = 0; i < kind->n_members; i++)
		sample_set(s, kind, i, variant);
}
