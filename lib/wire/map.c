/* SPDX-License-Identifier: MIT */
/* From members of an answer to members of a record, leniently; what is left becomes extra. */
#include "wire/common.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "model/name.h"

/* More than any answer can hold, so that the unknown is never a reason to fail. */
#define EXTRA_MAX ((size_t)1 << 30)

static bool is_container(const struct ems_node *node)
{
	return node->type == EMS_JSON_ARRAY || node->type == EMS_JSON_OBJECT;
}

bool ems_map_said(const struct ems_node *node)
{
	return node && node->type != EMS_JSON_NULL &&
	       !(node->type == EMS_JSON_TEXT && !*node->text);
}

static bool is_empty(const struct ems_node *node)
{
	return is_container(node) ? !node->first : !ems_map_said(node);
}

/* --- extra ---------------------------------------------------------------------------------- */

void ems_extra_begin(struct ems_extra *extra)
{
	extra->buf = (struct ems_buf)EMS_BUF(EXTRA_MAX);
	extra->out = (struct ems_jsonout){ &extra->buf, false };
}

/* Depth is bounded by the reader of the answer. */
static void copy_node(struct ems_jsonout *out, const char *name, const struct ems_node *node)
{
	switch (node->type) {
	case EMS_JSON_NULL:
		ems_jsonout_raw(out, name, "null");
		return;
	case EMS_JSON_BOOL:
	case EMS_JSON_NUMBER:
		ems_jsonout_raw(out, name, node->text);
		return;
	case EMS_JSON_TEXT:
		ems_jsonout_text(out, name, node->text);
		return;
	case EMS_JSON_ARRAY:
		ems_jsonout_list(out, name);
		for (const struct ems_node *item = node->first; item; item = item->next)
			copy_node(out, NULL, item);
		ems_jsonout_list_close(out);
		return;
	case EMS_JSON_OBJECT:
		ems_jsonout_open(out, name);
		for (const struct ems_node *item = node->first; item; item = item->next)
			copy_node(out, item->name, item);
		ems_jsonout_close(out);
		return;
	}
}

void ems_extra_add(struct ems_extra *extra, const char *name, const struct ems_node *node)
{
	if (!extra || is_empty(node))
		return;
	if (!extra->buf.bytes.len)
		ems_jsonout_open(&extra->out, NULL);
	copy_node(&extra->out, name, node);
}

emsign_rc ems_extra_end(struct ems_extra *extra, const char **text, emsign_error *err)
{
	*text = NULL;
	if (!extra->buf.bytes.len && !extra->buf.rc)
		return EMSIGN_OK;
	ems_jsonout_close(&extra->out);
	*text = ems_buf_str(&extra->buf);
	return ems_buf_rc(&extra->buf, err);
}

void ems_extra_free(struct ems_extra *extra)
{
	ems_buf_free(&extra->buf);
}

/* --- filling records ------------------------------------------------------------------------ */

static const char **text_at(void *record, size_t offset)
{
	return (const char **)(void *)((char *)record + offset);
}

static int64_t *number_at(void *record, size_t offset)
{
	return (int64_t *)(void *)((char *)record + offset);
}

static void set_text(void *record, size_t offset, const char *text)
{
	const char **place = text_at(record, offset);

	if (!*place)
		*place = text;
}

/* false: the value does not fit here */
static bool take(const struct ems_map *member, const struct ems_node *node, void *record)
{
	int64_t t;

	if (member->how == EMS_MAP_KNOWN)
		return true;
	if (is_container(node))
		return is_empty(node);
	if (is_empty(node))
		return true;
	switch (member->how) {
	case EMS_MAP_TEXT:
		set_text(record, member->offset, node->text);
		return true;
	case EMS_MAP_WORD:
		set_text(record, member->offset, ems_word_of(member->words, node->text));
		return true;
	case EMS_MAP_LABEL:
		set_text(record, member->offset, ems_word_label(member->words, node->text));
		return true;
	case EMS_MAP_TIME:
		if (!ems_time_parse(node->text, &t))
			return false;
		*number_at(record, member->offset) = t;
		return true;
	case EMS_MAP_FLAG:
		*number_at(record, member->offset) =
			ems_text_equal(node->text, "1") || ems_text_equal(node->text, "true");
		return true;
	case EMS_MAP_INT:
		return ems_text_int(node->text, 0, INT64_MAX, number_at(record, member->offset));
	default:
		return false;
	}
}

/* Members mostly come in the order of their table: looked for from `from` on, then from the top. */
static const struct ems_map *find_member(const struct ems_map *members,
					       const struct ems_map *from, const char *wire)
{
	const struct ems_map *at;

	for (at = from; at->wire; at++)
		if (ems_text_is(at->wire, wire))
			return at;
	for (at = members; at < from; at++)
		if (ems_text_is(at->wire, wire))
			return at;
	return NULL;
}

void ems_map_fill(const struct ems_map *members, const struct ems_node *node,
		      void *record, struct ems_extra *extra)
{
	const struct ems_map *next = members;

	if (!node || node->type != EMS_JSON_OBJECT)
		return;
	for (const struct ems_node *at = node->first; at; at = at->next) {
		const struct ems_map *member = find_member(members, next, at->name);

		if (member)
			next = member + 1;
		if (!member || !take(member, at, record))
			ems_extra_add(extra, at->name, at);
	}
}

void ems_map_inner(const struct ems_map *members, const struct ems_node *block, void *record,
		   struct ems_extra *extra)
{
	struct ems_node rest = { .type = EMS_JSON_NUMBER }; /* any JSON that is copied as it is */
	struct ems_extra inner;
	const char *text;

	if (!block)
		return;
	ems_extra_begin(&inner);
	ems_map_fill(members, block, record, &inner);
	if (ems_extra_end(&inner, &text, NULL) != EMSIGN_OK)
		extra->buf.rc = inner.buf.rc;
	rest.text = text;
	if (text)
		ems_extra_add(extra, block->name, &rest);
	ems_extra_free(&inner);
}

emsign_rc ems_map_give(const struct ems_sink *sink, const char *kind, const void *record,
			   emsign_error *err)
{
	return sink->fact(sink->ud, ems_kind_find(kind), record, err);
}

const char *ems_map_name(const char *told, char room[EMS_NAME_MAX])
{
	if (told && ems_name_canonical("domain", told, true, room, NULL) == EMSIGN_OK)
		return room;
	return told;
}

/* --- blocks --------------------------------------------------------------------------------- */

emsign_rc ems_map_block(const struct ems_node *root, const char *name,
			    const struct ems_node **out, emsign_error *err)
{
	*out = ems_node_get(root, name);
	if (*out)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_PROTO, "the answer has no block '%s'", name);
}

emsign_rc ems_map_nameless(const char *what, emsign_error *err)
{
	return ems_fail(err, EMSIGN_E_PROTO, "the answer lists %s without saying which", what);
}

int64_t ems_map_count(const struct ems_node *node, const char *name, int64_t otherwise)
{
	int64_t n;

	return ems_text_int(ems_node_text(node, name), 0, INT64_MAX, &n) ? n : otherwise;
}

const struct ems_node *ems_map_first(const struct ems_node *node)
{
	if (!node || !is_container(node) || is_empty(node))
		return NULL;
	return node->type == EMS_JSON_ARRAY ? node->first : node;
}

const struct ems_node *ems_map_next(const struct ems_node *list, const struct ems_node *at)
{
	return list->type == EMS_JSON_ARRAY ? at->next : NULL;
}

/* A record keeps a list as lines, and what this wire lists (names, addresses) has none in it. */
static bool is_line(const struct ems_node *node)
{
	return !is_container(node) && !is_empty(node) && !strchr(node->text, '\n');
}

emsign_rc ems_map_list(const struct ems_node *node, const char ***out, emsign_error *err)
{
	size_t n = 0;

	*out = NULL;
	if (!node || is_empty(node) || node->type == EMS_JSON_OBJECT)
		return EMSIGN_OK;
	if (node->type == EMS_JSON_ARRAY)
		for (const struct ems_node *at = node->first; at; at = at->next)
			n++;
	*out = ems_alloc((n + 2) * sizeof(**out));
	if (!*out)
		return ems_fail_nomem(err);
	if (node->type != EMS_JSON_ARRAY) {
		(*out)[0] = is_line(node) ? node->text : NULL;
		return EMSIGN_OK;
	}
	n = 0;
	for (const struct ems_node *at = node->first; at; at = at->next)
		if (is_line(at))
			(*out)[n++] = at->text;
	return EMSIGN_OK;
}
