/* SPDX-License-Identifier: MIT */
/* Records of every kind through the tables: layout, copies, merging, rows. */
#include "../support/fail.h"

#include <string.h>

#include "../support/sample.h"
#include "base/alloc.h"
#include "base/kv.h"
#include "base/text.h"
#include "model/record.h"

/* Does each line of records.def name the type that its member has? Else this does not compile. */
#define IS_TEXT(m) _Generic((m), const char *: 1, default: 0)
#define IS_LIST(m) _Generic((m), const char *const *: 1, default: 0)
#define IS_INT(m) _Generic((m), int64_t: 1, default: 0)
#define IS_TIME IS_INT
#define IS_STATUS IS_INT
#define EMS_BEGIN(kind, struct_type) typedef struct_type kind##_type;
#define EMS_MEMBER(kind, type, member, flags) \
	_Static_assert(IS_##type(((kind##_type *)0)->member), #kind "." #member);
#define EMS_END(kind, struct_type, reach)
#include "model/records.def"
#undef EMS_BEGIN
#undef EMS_MEMBER
#undef EMS_END

static struct sample a, b;

/* Runs a check on every kind. */
static void each_kind(void (*check)(const struct ems_kind *kind))
{
	size_t n;
	const struct ems_kind *kinds = ems_kinds(&n);

	assert_true(n >= 10);
	for (size_t i = 0; i < n; i++)
		check(&kinds[i]);
}

static const void *pointer_of(const struct ems_member *m, const void *record)
{
	return *(const void *const *)(const void *)((const char *)record + m->offset);
}

/* --- layout -------------------------------------------------------------------------------- */

static size_t up(size_t offset, size_t align)
{
	return (offset + align - 1) / align * align;
}

static void check_layout(const struct ems_kind *kind)
{
	size_t end = 0, widest = 1;

	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];
		int pointer = m->type == EMS_TEXT || m->type == EMS_LIST;
		size_t align = pointer ? _Alignof(char *) : _Alignof(int64_t);

		if (m->offset != up(end, align))
			fail_msg("a member of the struct is missing before %s.%s, or the order "
				 "differs",
				 kind->name, m->name);
		end = m->offset + (pointer ? sizeof(char *) : sizeof(int64_t));
		widest = align > widest ? align : widest;
	}
	if (kind->size != up(end, widest))
		fail_msg("members at the end of the struct of %s are missing", kind->name);
}

static void tables_cover_the_structs(void **state)
{
	(void)state;
	each_kind(check_layout);
}

static void check_names(const struct ems_kind *kind)
{
	assert_ptr_equal(ems_kind_find(kind->name), kind);
	assert_string_equal(kind->members[0].name, "id");
	assert_int_equal(kind->members[0].type, EMS_TEXT);
	assert_int_equal(kind->members[0].offset, 0);
	for (size_t i = 0; i < kind->n_members; i++)
		assert_ptr_equal(ems_kind_member(kind, kind->members[i].name), &kind->members[i]);
	assert_null(ems_kind_member(kind, "colour"));
}

static void kinds_and_members_are_found_by_name(void **state)
{
	(void)state;
	each_kind(check_names);
	assert_null(ems_kind_find("colour"));
	assert_null(ems_kind_find(NULL));
	assert_int_equal(ems_kind_find("order")->size, sizeof(emsign_order));
	assert_int_equal(ems_kind_find("sealed")->reach, EMS_PRIVATE);
	assert_int_equal(ems_kind_find("stats")->reach, EMS_TRANSIENT);
}

/* --- copies -------------------------------------------------------------------------------- */

static void assert_inside(const void *p, const void *block)
{
	assert_true((const char *)p > (const char *)block);
	assert_true((const char *)p < (const char *)block + ems_alloc_size(block));
}

static void check_copy(const struct ems_kind *kind)
{
	size_t before = fail_count();
	void *copy;

	sample_fill(&a, kind, 1);
	sample_fill(&b, kind, 1);
	copy = ems_record_copy(kind, a.record);
	assert_int_equal(fail_count(), before + 1);
	memset(&a, 'x', sizeof(a)); /* the copy stands alone */
	assert_true(ems_record_equal(kind, copy, b.record));
	for (size_t i = 0; i < kind->n_members; i++) {
		const struct ems_member *m = &kind->members[i];

		if (m->type == EMS_TEXT || m->type == EMS_LIST)
			assert_inside(pointer_of(m, copy), copy);
		if (m->type == EMS_LIST)
			assert_inside(*(const char *const *)pointer_of(m, copy), copy);
	}
	emsign_free(copy);

	sample_clear(&a);
	copy = ems_record_copy(kind, a.record);
	assert_memory_equal(copy, a.record, kind->size);
	emsign_free(copy);
}

static void copies_stand_alone(void **state)
{
	(void)state;
	each_kind(check_copy);
}

static void check_equal(const struct ems_kind *kind)
{
	for (size_t i = 0; i < kind->n_members; i++) {
		sample_fill(&a, kind, 1);
		sample_fill(&b, kind, 1);
		assert_true(ems_record_equal(kind, a.record, b.record));
		sample_set(&b, kind, i, 2);
		assert_false(ems_record_equal(kind, a.record, b.record));
		memset((char *)b.record + kind->members[i].offset, 0, sizeof(int64_t));
		assert_false(ems_record_equal(kind, a.record, b.record));
		assert_false(ems_record_equal(kind, b.record, a.record));
	}
}

static void every_member_counts_when_comparing(void **state)
{
	(void)state;
	each_kind(check_equal);
}

/* --- merging ------------------------------------------------------------------------------- */

static void check_merge(const struct ems_kind *kind)
{
	static struct sample none, both;
	void *merged;

	sample_clear(&none);
	sample_fill(&a, kind, 1);
	merged = ems_record_merge(kind, a.record, none.record);
	assert_true(ems_record_equal(kind, merged, a.record));
	emsign_free(merged);
	merged = ems_record_merge(kind, none.record, a.record);
	assert_true(ems_record_equal(kind, merged, a.record));
	emsign_free(merged);
	for (size_t i = 0; i < kind->n_members; i++) {
		sample_clear(&b);
		sample_set(&b, kind, i, 2);
		sample_fill(&both, kind, 1);
		sample_set(&both, kind, i, 2);
		merged = ems_record_merge(kind, a.record, b.record);
		assert_true(ems_record_equal(kind, merged, both.record));
		emsign_free(merged);
	}
}

static void merging_replaces_only_by_values(void **state)
{
	(void)state;
	each_kind(check_merge);
}

/* --- rows ---------------------------------------------------------------------------------- */

static void check_row(const struct ems_kind *kind)
{
	emsign_kv *row;
	void *back;

	sample_fill(&a, kind, 1);
	row = ems_record_row(kind, a.record);
	assert_int_equal(ems_kv_count(row), kind->n_members - 1); /* all but the id */
	for (size_t i = 1; i < kind->n_members; i++)
		assert_string_equal(row[i - 1].key, kind->members[i].name);
	assert_int_equal(ems_record_from_row(kind, a.texts[0], row, &back, NULL), EMSIGN_OK);
	assert_true(ems_record_equal(kind, a.record, back));
	emsign_free(row);
	emsign_free(back);

	sample_clear(&a);
	sample_set(&a, kind, 0, 1);
	row = ems_record_row(kind, a.record);
	assert_int_equal(ems_record_from_row(kind, a.texts[0], row, &back, NULL), EMSIGN_OK);
	assert_true(ems_record_equal(kind, a.record, back));
	assert_inside(*(const char **)back, back);
	emsign_free(row);
	emsign_free(back);
}

static void rows_and_back(void **state)
{
	(void)state;
	each_kind(check_row);
}

static void absent_members_are_not_in_a_row(void **state)
{
	const emsign_order order = { .id = "a/1", .years = 0, .domain = "example.com" };
	emsign_kv *row = ems_record_row(ems_kind_find("order"), &order);

	(void)state;
	assert_int_equal(ems_kv_count(row), 2);
	assert_string_equal(ems_kv_get(row, "domain"), "example.com");
	assert_string_equal(ems_kv_get(row, "status"), "unknown");
	emsign_free(row);
}

static void values_in_a_row(void **state)
{
	static const char *const sans[] = { "a.example", "b.example", NULL };
	const emsign_order order = { .id = "a/1", .status = EMSIGN_STATUS_PENDING_DCV, .sans = sans,
				     .years = -3, .ordered_at = INT64_MAX };
	const struct ems_kind *kind = ems_kind_find("order");
	emsign_kv *row = ems_record_row(kind, &order);
	void *back;

	(void)state;
	assert_string_equal(ems_kv_get(row, "sans"), "a.example\nb.example");
	assert_string_equal(ems_kv_get(row, "status"), "pending-validation");
	assert_string_equal(ems_kv_get(row, "years"), "-3");
	assert_string_equal(ems_kv_get(row, "ordered_at"), "9223372036854775807");
	assert_int_equal(ems_record_from_row(kind, "a/1", row, &back, NULL), EMSIGN_OK);
	assert_true(ems_record_equal(kind, &order, back));
	emsign_free(row);
	emsign_free(back);
}

static void statuses_in_rows(void **state)
{
	const struct ems_kind *kind = ems_kind_find("order");

	(void)state;
	for (int64_t s = EMSIGN_STATUS_UNKNOWN; s <= EMSIGN_STATUS_EXPIRED; s++) {
		const emsign_kv row[] = { { "status", emsign_status_name(s) }, { NULL, NULL } };
		void *order;

		assert_int_equal(ems_record_from_row(kind, "a/1", row, &order, NULL), EMSIGN_OK);
		assert_int_equal(((emsign_order *)order)->status, s);
		emsign_free(order);
	}
}

static void rows_of_a_later_version(void **state)
{
	const emsign_kv row[] = { { "status", "teleported" }, { "colour", "blue" },
				  { "domain", "example.com" }, { NULL, NULL } };
	emsign_order *order;
	void *out;

	(void)state;
	assert_int_equal(ems_record_from_row(ems_kind_find("order"), "a/1", row, &out, NULL),
			 EMSIGN_OK);
	order = out;
	assert_string_equal(order->id, "a/1");
	assert_string_equal(order->domain, "example.com");
	assert_int_equal(order->status, EMSIGN_STATUS_UNKNOWN);
	emsign_free(out);
	assert_int_equal(ems_record_from_row(ems_kind_find("order"), "a/1", NULL, &out, NULL),
			 EMSIGN_OK);
	emsign_free(out);
}

static void numbers_that_are_none(void **state)
{
	static const char *const junk[] = { "", "x", "-", "--1", "1 ", "+1", "1.5",
					    "9223372036854775808" };
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(junk); i++) {
		const emsign_kv row[] = { { "domain", "example.com" }, { "years", junk[i] },
					  { NULL, NULL } };
		void *out = &err;

		assert_int_equal(
			ems_record_from_row(ems_kind_find("order"), "a/1", row, &out, &err),
			EMSIGN_E_STORE);
		assert_null(out);
		assert_true(ems_text_starts(err.message, "the store holds '"));
		assert_true(
			ems_text_ends(err.message, "' as years of order 'a/1'; that is no number"));
	}
}

/* --- lists --------------------------------------------------------------------------------- */

static void lists_keep_their_order(void **state)
{
	static const char *const one[] = { "a", "b", NULL };
	static const char *const other[] = { "b", "a", NULL };
	static const char *const longer[] = { "a", "b", "c", NULL };
	const emsign_csr x = { .id = "1", .sans = one }, y = { .id = "1", .sans = other },
			 z = { .id = "1", .sans = longer };
	const struct ems_kind *kind = ems_kind_find("csr");

	(void)state;
	assert_false(ems_record_equal(kind, &x, &y));
	assert_false(ems_record_equal(kind, &x, &z));
	assert_false(ems_record_equal(kind, &z, &x));
}

/* A row cannot tell an empty list from none, so nothing else may. */
static void an_empty_list_is_an_absent_one(void **state)
{
	static const char *const nothing[] = { NULL };
	static const char *const one[] = { "a.example", NULL };
	const emsign_csr empty = { .id = "1", .sans = nothing }, absent = { .id = "1" },
			 full = { .id = "1", .sans = one };
	const emsign_kv blank[] = { { "sans", "" }, { NULL, NULL } };
	const struct ems_kind *kind = ems_kind_find("csr");
	emsign_kv *row = ems_record_row(kind, &empty);
	emsign_csr *copy = ems_record_copy(kind, &empty);
	emsign_csr *merged = ems_record_merge(kind, &full, &empty);
	void *back;

	(void)state;
	assert_true(ems_record_equal(kind, &empty, &absent));
	assert_null(copy->sans);
	assert_string_equal(merged->sans[0], "a.example");
	assert_null(ems_kv_get(row, "sans"));
	assert_int_equal(ems_record_from_row(kind, "1", blank, &back, NULL), EMSIGN_OK);
	assert_null(((emsign_csr *)back)->sans);
	emsign_free(row);
	emsign_free(copy);
	emsign_free(merged);
	emsign_free(back);
}

/* --- without memory ------------------------------------------------------------------------ */

static emsign_rc there_and_back(void)
{
	const struct ems_kind *kind = ems_kind_find("order");
	emsign_kv *row = ems_record_row(kind, a.record);
	void *merged = ems_record_merge(kind, a.record, b.record);
	void *back = &a;
	emsign_rc rc = row && merged ? EMSIGN_OK : EMSIGN_E_NOMEM;

	if (row) {
		emsign_rc again = ems_record_from_row(kind, "a/1", row, &back, NULL);

		assert_true((again == EMSIGN_OK) == (back != NULL));
		rc = rc ? rc : again;
		emsign_free(back);
	}
	emsign_free(row);
	emsign_free(merged);
	return rc;
}

static void survives_any_failing_allocation(void **state)
{
	(void)state;
	sample_fill(&a, ems_kind_find("order"), 1);
	sample_fill(&b, ems_kind_find("order"), 2);
	fail_each(there_and_back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(tables_cover_the_structs),
		FAIL_TEST(kinds_and_members_are_found_by_name),
		FAIL_TEST(copies_stand_alone),
		FAIL_TEST(every_member_counts_when_comparing),
		FAIL_TEST(merging_replaces_only_by_values),
		FAIL_TEST(rows_and_back),
		FAIL_TEST(absent_members_are_not_in_a_row),
		FAIL_TEST(values_in_a_row),
		FAIL_TEST(statuses_in_rows),
		FAIL_TEST(rows_of_a_later_version),
		FAIL_TEST(numbers_that_are_none),
		FAIL_TEST(lists_keep_their_order),
		FAIL_TEST(an_empty_list_is_an_absent_one),
		FAIL_TEST(survives_any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
