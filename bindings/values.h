/* SPDX-License-Identifier: MIT */
/* Named values on their way from a script: a growing {0}-terminated array that owns its text. */
#ifndef EMSIGN_BINDINGS_VALUES_H
#define EMSIGN_BINDINGS_VALUES_H

#include <emsign/emsign.h>
#include <stdlib.h>
#include <string.h>

struct emb_values {
	emsign_kv *kv; /* NULL: nothing was given */
	size_t n, cap;
};

static void emb_values_free(struct emb_values *values)
{
	size_t i;

	for (i = 0; i < values->n; i++)
		free((char *)(uintptr_t)values->kv[i].key);
	free(values->kv);
	memset(values, 0, sizeof(*values));
}

/* Room for one more and the end. Returns 0 when memory is short. */
static int emb_values_room(struct emb_values *values)
{
	size_t cap = values->cap ? 2 * values->cap : 16;
	emsign_kv *kv;

	if (values->n + 1 < values->cap)
		return 1;
	kv = realloc(values->kv, cap * sizeof(*kv));
	if (!kv)
		return 0;
	values->kv = kv;
	values->cap = cap;
	memset(&kv[values->n], 0, sizeof(*kv));
	return 1;
}

/*
 * Adds PREFIX.KEY = value (prefix NULL: KEY alone; value NULL: absent).
 * Returns 0 when memory is short.
 */
static int emb_values_add(struct emb_values *values, const char *prefix, const char *key,
			  const char *value)
{
	size_t head = prefix ? strlen(prefix) + 1 : 0;
	size_t key_len = strlen(key) + 1;
	size_t value_len = value ? strlen(value) + 1 : 0;
	char *text;

	if (!emb_values_room(values))
		return 0;
	text = malloc(head + key_len + value_len);
	if (!text)
		return 0;
	if (head) {
		memcpy(text, prefix, head - 1);
		text[head - 1] = '.';
	}
	memcpy(text + head, key, key_len);
	if (value)
		memcpy(text + head + key_len, value, value_len);
	values->kv[values->n].key = text;
	values->kv[values->n].value = value ? text + head + key_len : NULL;
	values->n++;
	memset(&values->kv[values->n], 0, sizeof(*values->kv));
	return 1;
}

#endif
