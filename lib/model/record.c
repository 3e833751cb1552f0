/* SPDX-License-Identifier: MIT */
#include "model/record.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/jsonout.h"
#include "base/kv.h"
#include "base/text.h"
#include "base/time.h"

#define EMS_BEGIN(kind, struct_type)           \
	typedef struct_type kind##_struct;     \
	static const struct ems_member kind##_members[] = {
#define EMS_MEMBER(kind, type, member, flags) \
	{ #member, EMS_##type, EMS_##flags, offsetof(kind##_struct, member) },
#define EMS_END(kind, struct_type, reach) };
#include "model/records.def"
#undef EMS_BEGIN
#undef EMS_MEMBER
#undef EMS_END

#define EMS_BEGIN(kind, struct_type)
#define EMS_MEMBER(kind, type, member, flags)
#define EMS_END(kind, struct_type, reach)                                               \
	_Static_assert(sizeof(kind##_members) / sizeof(kind##_members[0]) < EMS_MEMBERS_MAX, \
		       "room for the members of a " #kind " and their end");
#include "model/records.def"
#undef EMS_BEGIN
#undef EMS_MEMBER
#undef EMS_END

static const struct ems_kind kinds[] = {
#define EMS_BEGIN(kind, struct_type)
#define EMS_MEMBER(kind, type, member, flags)
#define EMS_END(kind, struct_type, reach)                          \
	{ #kind, sizeof(struct_type), kind##_members,              \
	  sizeof(kind##_members) / sizeof(kind##_members[0]), EMS_##reach },
#include "model/records.def"
#undef EMS_BEGIN
#undef EMS_MEMBER
#undef EMS_END
};

const struct ems_kind *ems_kinds(size_t *n)
{
	*n = sizeof(kinds) / sizeof(kinds[0]);
	return kinds;
}

const struct ems_kind *ems_kind_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct ems_member *ems_kind_member(const struct ems_kind *kind, const char *name)
{
	size_t i = ems_kind_index(kind, name, 0);

	return i < kind->n_members ? &kind->members[i] : NULL;
}

static bool is_named(const struct ems_member *m, const char *name)
{
	return m->name == name || strcmp(m->name, name) == 0;
}

size_t ems_kind_index(const struct ems_kind *kind, const char *name, size_t start)
{
	for (size_t i = start; i < kind->n_members; i++)
		if (is_named(&kind->members[i], name))
			return i;
	for (size_t i = 0; i < start && i < kind->n_members; i++)
		if (is_named(&kind->members[i], name))
			return i;
	return kind->n_members;
}

void ems_kind_spread(const struct ems_kind *kind, const emsign_kv *row,
		     const char *values[EMS_MEMBERS_MAX])
{
	size_t next = 1;

	memset(values, 0, kind->n_members * sizeof(*values));
	for (; row && row->key; row++) {
		size_t i = ems_kind_index(kind, row->key, next);

		if (i == kind->n_members)
			continue;
		if (!values[i])
			values[i] = row->value;
		next = i + 1;
	}
}

/* --- members ------------------------------------------------------------------------------- */

static const void *at(const struct ems_member *m, const void *record)
{
	return (const char *)record + m->offset;
}

static const char *text_of(const struct ems_member *m, const void *record)
{
	return *(const char *const *)at(m, record);
}

static const char *const *list_of(const struct ems_member *m, const void *record)
{
	return *(const char *const *const *)at(m, record);
}

static int64_t int_of(const struct ems_member *m, const void *record)
{
	return *(const int64_t *)at(m, record);
}

static bool is_absent(const struct ems_member *m, const void *record)
{
	switch (m->type) {
	case EMS_TEXT:
		return text_of(m, record) == NULL;
	case EMS_LIST: /* an empty list is an absent one: a row could not tell them apart */
		return !list_of(m, record) || !*list_of(m, record);
	default:
		return int_of(m, record) == 0;
	}
}

static size_t list_count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static bool list_equal(const char *const *a, const char *const *b)
{
	size_t n = list_count(a);

	if (n != list_count(b))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

bool ems_record_same(const struct ems_member *m, const void *a, const void *b)
{
	switch (m->type) {
	case EMS_TEXT:
		return ems_text_equal(text_of(m, a), text_of(m, b));
	case EMS_LIST:
		return list_equal(list_of(m, a), list_of(m, b));
	default:
		return int_of(m, a) == int_of(m, b);
	}
}

bool ems_record_equal(const struct ems_kind *kind, const void *a, const void *b)
{
	for (size_t i = 0; i < kind->n_members; i++)
		if (!ems_record_same(&kind->members[i], a, b))
			return false;
	return true;
}

/* --- one block ------------------------------------------------------------------------------ */

/* Which of two records a member is taken from: what is absent never replaces a value. */
static const void *choose(const struct ems_member *m, const void *base, const void *update)
{
	return is_absent(m, update) ? base : update;
}

static size_t member_size(const struct ems_member *m, const void *record)
{
	size_t size = 0;

	if (is_absent(m, record))
		return 0;
	if (m->type == EMS_TEXT)
		return strlen(text_of(m, record)) + 1;
	if (m->type != EMS_LIST)
		return 0;
	for (const char *const *l = list_of(m, record); *l; l++)
		size += sizeof(*l) + strlen(*l) + 1;
	return size + sizeof(char *);
}

/* Pointers come first in the block, right behind the struct, so that they are aligned. */
struct packer {
	const char **pointers;
	char *text;
};

static const char *pack_text(struct packer *p, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = p->text;

	memcpy(copy, text, size);
	p->text += size;
	return copy;
}

static void pack_member(struct packer *p, const struct ems_member *m, const void *from, void *to)
{
	void *slot = (char *)to + m->offset;

	if (is_absent(m, from))
		return;
	if (m->type == EMS_TEXT) {
		*(const char **)slot = pack_text(p, text_of(m, from));
	} else if (m->type == EMS_LIST) {
		*(const char *const **)slot = p->pointers;
		for (const char *const *l = list_of(m, from); *l; l++)
			*p->pointers++ = pack_text(p, *l);
		*p->pointers++ = NULL;
	} else {
		*(int64_t *)slot = int_of(m, from);
	}
}

void *ems_record_merge(const struct ems_kind *kind, const void *base, const void *update)
{
	size_t size = kind->size;
	size_t pointers = 0;
	struct packer p;
	void *out;

	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];
		const void *from = choose(m, base, update);

		size += member_size(m, from);
		if (m->type == EMS_LIST && !is_absent(m, from))
			pointers += list_count(list_of(m, from)) + 1;
	}
	out = ems_alloc(size);
	if (!out)
		return NULL;
	p.pointers = (const char **)((char *)out + kind->size);
	p.text = (char *)(p.pointers + pointers);
	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];

		pack_member(&p, m, choose(m, base, update), out);
	}
	return out;
}

void *ems_record_copy(const struct ems_kind *kind, const void *record)
{
	return ems_record_merge(kind, record, record);
}

/* --- rows ----------------------------------------------------------------------------------- */

static void row_list(struct ems_buf *b, const char *const *list)
{
	for (size_t i = 0; list[i]; i++) {
		if (i)
			ems_buf_char(b, '\n');
		ems_buf_text(b, list[i]);
	}
}

/* A member as text. `scratch` holds what is not text already. */
static const char *member_text(const struct ems_member *m, const void *record,
			       struct ems_buf *scratch)
{
	if (is_absent(m, record) && m->type != EMS_STATUS)
		return NULL;
	ems_buf_clear(scratch);
	switch (m->type) {
	case EMS_TEXT:
		return text_of(m, record);
	case EMS_LIST:
		row_list(scratch, list_of(m, record));
		break;
	case EMS_STATUS:
		return emsign_status_name(int_of(m, record));
	default:
		ems_buf_print(scratch, "%" PRId64, int_of(m, record));
	}
	return scratch->rc ? NULL : ems_buf_str(scratch);
}

/* Bytes that a member needs to become text; texts are borrowed. */
static size_t scratch_size(const struct ems_member *m, const void *record)
{
	switch (m->type) {
	case EMS_LIST:
		return is_absent(m, record) ? 0 : member_size(m, record);
	case EMS_INT:
	case EMS_TIME:
		return is_absent(m, record) ? 0 : EMS_TEXT_INT;
	default:
		return 0;
	}
}

static char *write_lines(char *at, const char *const *list)
{
	for (size_t i = 0; list[i]; i++) {
		size_t len = strlen(list[i]);

		if (i)
			*at++ = '\n';
		memcpy(at, list[i], len);
		at += len;
	}
	*at++ = '\0';
	return at;
}

/* A member as text, NULL when absent; what is not text already is written to *at. */
static const char *row_text(const struct ems_member *m, const void *record, char **at)
{
	const char *text = *at;

	if (m->type == EMS_STATUS)
		return emsign_status_name(int_of(m, record));
	if (is_absent(m, record))
		return NULL;
	if (m->type == EMS_TEXT)
		return text_of(m, record);
	if (m->type == EMS_LIST)
		*at = write_lines(*at, list_of(m, record));
	else
		*at += ems_text_put_int(*at, int_of(m, record)) + 1;
	return text;
}

emsign_kv *ems_record_row(const struct ems_kind *kind, const void *record)
{
	size_t size = kind->n_members * sizeof(emsign_kv);
	emsign_kv *row;
	char *at;
	size_t n = 0;

	for (size_t i = 1; i < kind->n_members; i++)
		size += scratch_size(&kind->members[i], record);
	row = ems_alloc(size);
	if (!row)
		return NULL;
	at = (char *)(row + kind->n_members);
	for (size_t i = 1; i < kind->n_members; i++) {
		row[n].value = row_text(&kind->members[i], record, &at);
		if (row[n].value)
			row[n++].key = kind->members[i].name;
	}
	return row;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* What a row says of each member; NULL when nothing. A list of no lines is an absent one. */
static void row_values(const struct ems_kind *kind, const emsign_kv *row,
		       const char *values[EMS_MEMBERS_MAX])
{
	ems_kind_spread(kind, row, values);
	for (size_t i = 0; i < kind->n_members; i++)
		if (kind->members[i].type == EMS_LIST && ems_text_empty(values[i]))
			values[i] = NULL;
}

static const char *const *unpack_list(struct packer *p, const char *lines)
{
	const char *const *list = p->pointers;
	char *copy = (char *)(uintptr_t)pack_text(p, lines);

	for (;;) {
		char *end = strchr(copy, '\n');

		*p->pointers++ = copy;
		if (!end)
			break;
		*end = '\0';
		copy = end + 1;
	}
	*p->pointers++ = NULL;
	return list;
}

static bool unpack_member(struct packer *p, const struct ems_member *m, const char *value, void *to)
{
	void *slot = (char *)to + m->offset;
	const char *digits = *value == '-' ? value + 1 : value;
	int64_t number;

	switch (m->type) {
	case EMS_TEXT:
		*(const char **)slot = pack_text(p, value);
		return true;
	case EMS_LIST:
		*(const char *const **)slot = unpack_list(p, value);
		return true;
	case EMS_STATUS:
		number = emsign_status_parse(value);
		*(int64_t *)slot = number < 0 ? EMSIGN_STATUS_UNKNOWN : number;
		return true;
	default:
		if (!ems_text_int(digits, 0, INT64_MAX, &number))
			return false;
		*(int64_t *)slot = digits == value ? number : -number;
		return true;
	}
}

emsign_rc ems_record_from_row(const struct ems_kind *kind, const char *id, const emsign_kv *row,
			      void **out, emsign_error *err)
{
	size_t size = kind->size + strlen(id) + 1;
	const char *values[EMS_MEMBERS_MAX];
	size_t pointers = 0;
	struct packer p;
	void *record;

	*out = NULL;
	row_values(kind, row, values);
	for (size_t i = 1; i < kind->n_members; i++) {
		if (!values[i])
			continue;
		size += strlen(values[i]) + 1;
		if (kind->members[i].type == EMS_LIST)
			pointers += count_lines(values[i]) + 1;
	}
	record = ems_alloc(size + pointers * sizeof(char *));
	if (!record)
		return ems_fail_nomem(err);
	p.pointers = (const char **)((char *)record + kind->size);
	p.text = (char *)(p.pointers + pointers);
	*(const char **)record = pack_text(&p, id);
	for (size_t i = 1; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];

		if (!values[i] || unpack_member(&p, m, values[i], record))
			continue;
		ems_free(record);
		return ems_fail(err, EMSIGN_E_STORE,
				"the store holds '%.60s' as %s of %s '%.100s'; that is no number",
				values[i], m->name, kind->name, id);
	}
	*out = record;
	return ems_ok(err);
}

/* --- public ---------------------------------------------------------------------------------- */

static emsign_rc need_kind(const char *name, const void *record, const struct ems_kind **kind,
			   emsign_error *err)
{
	*kind = ems_kind_find(name);
	if (!*kind || (*kind)->reach == EMS_PRIVATE)
		return ems_fail(err, EMSIGN_E_INVALID, "there is no record of kind '%.60s'",
				name ? name : "");
	if (!record)
		return ems_fail(err, EMSIGN_E_INVALID, "there is no %s where one has to be given",
				name);
	return EMSIGN_OK;
}

emsign_rc emsign_record_dup(const char *kind_name, const void *record, void **out,
			    emsign_error *err)
{
	const struct ems_kind *kind;

	*out = NULL;
	if (need_kind(kind_name, record, &kind, err))
		return EMSIGN_E_INVALID;
	*out = ems_record_copy(kind, record);
	return *out ? ems_ok(err) : ems_fail_nomem(err);
}

emsign_kv *emsign_record_diff(const char *kind_name, const void *before, const void *after)
{
	const struct ems_kind *kind = ems_kind_find(kind_name);
	struct ems_buf scratch = EMS_BUF(SIZE_MAX / 2);
	emsign_kv changed[EMS_MEMBERS_MAX];
	struct ems_kvlist list = { 0 };
	emsign_kv *diff = NULL;
	size_t n = 0;

	if (!kind || !before || !after)
		return NULL;
	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];
		const char *value;

		if (ems_record_same(m, before, after))
			continue;
		value = member_text(m, after, &scratch);
		if (scratch.rc)
			goto out;
		ems_kvlist_add(&list, m->name, value ? value : "");
		changed[n].key = m->name;
		changed[n].value = value && list.rc == EMSIGN_OK ? list.items[n].value : NULL;
		n++;
	}
	changed[n].key = NULL;
	changed[n].value = NULL;
	if (n && list.rc == EMSIGN_OK)
		diff = ems_kv_pack(changed);
out:
	ems_buf_free(&scratch);
	ems_kvlist_free(&list);
	return diff;
}

static void json_member(struct ems_jsonout *j, const struct ems_member *m, const void *record)
{
	char when[EMS_TIME_TEXT];

	if (is_absent(m, record) && m->type != EMS_STATUS)
		return;
	switch (m->type) {
	case EMS_TEXT:
		if (strcmp(m->name, "extra") == 0)
			ems_jsonout_raw(j, m->name, text_of(m, record));
		else
			ems_jsonout_text(j, m->name, text_of(m, record));
		break;
	case EMS_LIST:
		ems_jsonout_list(j, m->name);
		for (const char *const *l = list_of(m, record); *l; l++)
			ems_jsonout_text(j, NULL, *l);
		ems_jsonout_list_close(j);
		break;
	case EMS_TIME:
		ems_time_rfc3339(int_of(m, record), when);
		ems_jsonout_text(j, m->name, when);
		break;
	case EMS_STATUS:
		ems_jsonout_text(j, m->name, emsign_status_name(int_of(m, record)));
		break;
	default:
		ems_jsonout_int(j, m->name, int_of(m, record));
	}
}

emsign_rc emsign_record_json(const char *kind_name, const void *record, emsign_buf *out,
			     emsign_error *err)
{
	struct ems_buf text = EMS_BUF(SIZE_MAX / 2);
	struct ems_jsonout j = { &text, false };
	const struct ems_kind *kind;
	emsign_rc rc;

	memset(out, 0, sizeof(*out));
	if (need_kind(kind_name, record, &kind, err))
		return EMSIGN_E_INVALID;
	ems_jsonout_open(&j, NULL);
	for (size_t i = 0; i < kind->n_members; i++)
		json_member(&j, &kind->members[i], record);
	ems_jsonout_close(&j);
	rc = ems_buf_rc(&text, err);
	if (rc == EMSIGN_OK)
		ems_buf_move(&text, out);
	ems_buf_free(&text);
	return rc ? rc : ems_ok(err);
}
