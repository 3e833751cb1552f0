/* SPDX-License-Identifier: MIT */
#include "base/kv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const emsign_kv none[] = { { NULL, NULL } };

const char *ems_kv_nth(const emsign_kv *kv, const char *key, size_t n)
{
	for (; kv && kv->key; kv++)
		if (strcmp(kv->key, key) == 0 && n-- == 0)
			return kv->value;
	return NULL;
}

const char *ems_kv_get(const emsign_kv *kv, const char *key)
{
	return ems_kv_nth(kv, key, 0);
}

bool ems_kv_yes(const emsign_kv *kv, const char *key)
{
	const char *value = ems_kv_get(kv, key);

	return value && strcmp(value, "yes") == 0;
}

size_t ems_kv_count(const emsign_kv *kv)
{
	size_t n = 0;

	while (kv && kv[n].key)
		n++;
	return n;
}

static bool grow(struct ems_kvlist *l)
{
	size_t cap = l->cap ? l->cap * 2 : 16;
	emsign_kv *items;

	if (l->rc)
		return false;
	if (l->n + 1 < l->cap)
		return true;
	items = ems_realloc(l->items, cap * sizeof(*items));
	if (!items) {
		l->rc = EMSIGN_E_NOMEM;
		return false;
	}
	l->items = items;
	l->cap = cap;
	return true;
}

void ems_kvlist_add(struct ems_kvlist *l, const char *key, const char *value)
{
	emsign_kv item;

	if (!value || !grow(l))
		return;
	item.key = ems_strdup(key);
	item.value = ems_strdup(value);
	if (!item.key || !item.value) {
		ems_free(item.key);
		ems_free(item.value);
		l->rc = EMSIGN_E_NOMEM;
		item.key = NULL;
		item.value = NULL;
	}
	l->items[l->n] = item;
	if (item.key)
		l->n++;
	l->items[l->n].key = NULL;
	l->items[l->n].value = NULL;
}

void ems_kvlist_add_int(struct ems_kvlist *l, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	ems_kvlist_add(l, key, text);
}

void ems_kvlist_set(struct ems_kvlist *l, const char *key, const char *value)
{
	for (size_t i = 0; value && i < l->n; i++) {
		char *copy;

		if (strcmp(l->items[i].key, key) != 0)
			continue;
		copy = ems_strdup(value);
		if (!copy) {
			l->rc = EMSIGN_E_NOMEM;
			return;
		}
		ems_free(l->items[i].value);
		l->items[i].value = copy;
		return;
	}
	ems_kvlist_add(l, key, value);
}

void ems_kvlist_add_all(struct ems_kvlist *l, const emsign_kv *kv)
{
	for (; kv && kv->key; kv++)
		ems_kvlist_add(l, kv->key, kv->value);
}

void ems_kvlist_free(struct ems_kvlist *l)
{
	for (size_t i = 0; i < l->n; i++) {
		ems_free(l->items[i].key);
		ems_free_wiped(l->items[i].value); /* of a header it may be an access token */
	}
	ems_free(l->items);
	memset(l, 0, sizeof(*l));
}

const emsign_kv *ems_kvlist_kv(const struct ems_kvlist *l)
{
	return l->n ? l->items : none;
}

static char *pack_text(char **at, const char *text)
{
	size_t size;
	char *copy = *at;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static emsign_kv *pack(const emsign_kv *kv, bool keys)
{
	size_t n = ems_kv_count(kv);
	size_t size = (n + 1) * sizeof(*kv);
	emsign_kv *out;
	char *at;

	for (size_t i = 0; i < n; i++)
		size += (keys ? strlen(kv[i].key) + 1 : 0) +
			(kv[i].value ? strlen(kv[i].value) + 1 : 0);
	out = ems_alloc(size);
	if (!out)
		return NULL;
	at = (char *)(out + n + 1);
	for (size_t i = 0; i < n; i++) {
		out[i].key = keys ? pack_text(&at, kv[i].key) : kv[i].key;
		out[i].value = pack_text(&at, kv[i].value);
	}
	return out;
}

emsign_kv *ems_kv_pack(const emsign_kv *kv)
{
	return pack(kv, true);
}

emsign_kv *ems_kv_pack_values(const emsign_kv *kv)
{
	return pack(kv, false);
}
