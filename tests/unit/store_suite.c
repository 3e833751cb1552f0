/* SPDX-License-Identifier: MIT */
/*
 * The suite for stores is worth something only if it finds what is wrong: a good store behind a
 * layer that gets one thing wrong must fail, and the same layer without a fault must pass.
 */
#include "../conformance/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum fault {
	NONE,
	FORGETS_ROWS,
	ADDS_ROW,
	MERGES,
	CUTS_VALUES,
	DROPS_EMPTY,
	TIDIES_NUMBERS,
	REMOVES_NOTHING,
	REMOVE_NEVER_MISSES,
	GET_NEVER_MISSES,
	GET_HIDES_CODE,
	SCANS_BACKWARDS,
	AFTER_INCLUDES,
	AFTER_IGNORED,
	LIMIT_IGNORED,
	LIMIT_FALLS_SHORT,
	FILTER_IGNORED,
	FILTER_LAST_KEY_ONLY,
	FILTER_ABSENT_IGNORED,
	STOP_IGNORED,
	STOP_HIDES_CODE,
	MIXES_KINDS,
	NEVER_UNDOES,
	ALWAYS_UNDOES,
	CAS_NEVER_LOOKS,
	CAS_EXPECT_PART,
	N_FAULTS
};

struct wrong {
	emsign_store *inner;
	enum fault fault;
};

/* --- rows that are bent on their way in -------------------------------------------------- */

struct bent {
	emsign_kv row[64];
	char text[64];
	size_t n;
};

static void bend_value(struct bent *b, enum fault fault, const emsign_kv *v)
{
	emsign_kv kept = *v;

	if (fault == DROPS_EMPTY && !*v->value)
		return;
	if (fault == CUTS_VALUES && strlen(v->value) > 65535)
		kept.value = "cut";
	if (fault == TIDIES_NUMBERS && !strcmp(v->value, "007"))
		kept.value = "7";
	b->row[b->n++] = kept;
}

/* Keeps one value of the row that is replaced. */
static emsign_rc keep_number(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct bent *b = ud;
	size_t i;

	(void)kind;
	(void)id;
	for (i = 0; i < b->n; i++) {
		if (!strcmp(b->row[i].key, "number"))
			return EMSIGN_OK;
	}
	for (; row->key; row++) {
		if (strcmp(row->key, "number") != 0)
			continue;
		(void)snprintf(b->text, sizeof(b->text), "%s", row->value);
		b->row[b->n++] = (emsign_kv){ "number", b->text };
	}
	return EMSIGN_OK;
}

static const char *place(const struct wrong *w, const char *kind)
{
	return w->fault == MIXES_KINDS && !strcmp(kind, "certificate") ? "order" : kind;
}

static emsign_rc wrong_put(void *self, const char *kind, const char *id, const emsign_kv *row,
			   emsign_error *err)
{
	struct wrong *w = self;
	struct bent b;

	if (w->fault == FORGETS_ROWS && !strcmp(id, "a/2"))
		return EMSIGN_OK;
	memset(&b, 0, sizeof(b));
	for (; row->key; row++)
		bend_value(&b, w->fault, row);
	if (w->fault == MERGES)
		(void)emsign_store_get(w->inner, kind, id, keep_number, &b, NULL);
	if (w->fault == ADDS_ROW)
		(void)emsign_store_put(w->inner, kind, "zz", b.row, NULL);
	return emsign_store_put(w->inner, place(w, kind), id, b.row, err);
}

static emsign_rc wrong_get(void *self, const char *kind, const char *id, emsign_row_fn give,
			   void *ud, emsign_error *err)
{
	struct wrong *w = self;
	emsign_rc rc = emsign_store_get(w->inner, place(w, kind), id, give, ud, err);

	if (w->fault == GET_NEVER_MISSES && rc == EMSIGN_E_NOTFOUND)
		return EMSIGN_OK;
	if (w->fault == GET_HIDES_CODE && rc != EMSIGN_E_NOTFOUND)
		return EMSIGN_OK;
	return rc;
}

static emsign_rc wrong_remove(void *self, const char *kind, const char *id, emsign_error *err)
{
	struct wrong *w = self;
	emsign_rc rc = EMSIGN_OK;

	if (w->fault != REMOVES_NOTHING)
		rc = emsign_store_remove(w->inner, place(w, kind), id, err);
	return w->fault == REMOVE_NEVER_MISSES && rc == EMSIGN_E_NOTFOUND ? EMSIGN_OK : rc;
}

/* --- scans ------------------------------------------------------------------------------- */

struct passing {
	enum fault fault;
	emsign_row_fn give;
	void *ud;
	emsign_rc first;  /* that the callback said */
	char ids[64][16]; /* of a scan that goes backwards */
	size_t n;
};

static emsign_rc pass(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct passing *p = ud;
	emsign_rc rc;

	if (p->fault == SCANS_BACKWARDS && p->n < 64) {
		(void)snprintf(p->ids[p->n++], sizeof(p->ids[0]), "%s", id);
		return EMSIGN_OK;
	}
	rc = p->give(p->ud, kind, id, row);
	if (rc && !p->first)
		p->first = rc;
	return p->fault == STOP_IGNORED ? EMSIGN_OK : rc;
}

static emsign_rc scan_backwards(struct wrong *w, const char *kind, struct passing *p)
{
	emsign_rc rc = EMSIGN_OK;

	while (p->n > 0 && !rc) {
		rc = emsign_store_get(w->inner, kind, p->ids[--p->n], p->give, p->ud, NULL);
		if (rc == EMSIGN_E_NOTFOUND)
			rc = EMSIGN_OK;
	}
	return rc;
}

static const emsign_kv *bend_filter(enum fault fault, const emsign_kv *filter, emsign_kv *room)
{
	size_t i, n = 0;

	if (!filter || fault == FILTER_IGNORED)
		return NULL;
	for (i = 0; filter[i].key; i++) {
		if (fault == FILTER_ABSENT_IGNORED && !filter[i].value)
			continue;
		if (fault == FILTER_LAST_KEY_ONLY && filter[i + 1].key)
			continue;
		room[n++] = filter[i];
	}
	room[n] = (emsign_kv){ NULL, NULL };
	return room;
}

static emsign_rc wrong_scan(void *self, const char *kind, const emsign_kv *filter,
			    const char *after, size_t limit, emsign_row_fn give, void *ud,
			    emsign_error *err)
{
	struct wrong *w = self;
	struct passing p = { w->fault, give, ud, EMSIGN_OK, { "" }, 0 };
	emsign_kv room[16];
	emsign_rc rc;

	if (w->fault == AFTER_INCLUDES && after)
		(void)emsign_store_get(w->inner, kind, after, give, ud, NULL);
	if (w->fault == AFTER_IGNORED)
		after = NULL;
	if (w->fault == LIMIT_IGNORED)
		limit = 0;
	if (w->fault == LIMIT_FALLS_SHORT && limit > 1 && filter)
		limit--;
	rc = emsign_store_scan(w->inner, place(w, kind),
			       bend_filter(w->fault, filter, room), after, limit, pass, &p, err);
	if (w->fault == SCANS_BACKWARDS && !rc)
		rc = scan_backwards(w, kind, &p);
	if (w->fault == STOP_HIDES_CODE)
		return EMSIGN_OK;
	return w->fault == STOP_IGNORED ? p.first : rc;
}

/* --- transactions, compare and swap ------------------------------------------------------ */

static emsign_rc wrong_begin(void *self, emsign_error *err)
{
	struct wrong *w = self;

	return emsign_store_begin(w->inner, err);
}

static emsign_rc wrong_end(void *self, emsign_rc outcome, emsign_error *err)
{
	struct wrong *w = self;

	if (w->fault == NEVER_UNDOES)
		outcome = EMSIGN_OK;
	if (w->fault == ALWAYS_UNDOES)
		outcome = EMSIGN_E_CANCELED;
	return emsign_store_end(w->inner, outcome, err);
}

static emsign_rc part_of(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	const emsign_kv *expect = ud;
	const emsign_kv *v;

	(void)kind;
	(void)id;
	for (; expect->key; expect++) {
		for (v = row; v->key && strcmp(v->key, expect->key) != 0; v++)
			;
		if (!v->key || strcmp(v->value, expect->value) != 0)
			return EMSIGN_E_CONFLICT;
	}
	return EMSIGN_OK;
}

static emsign_rc cas_part(struct wrong *w, const char *kind, const char *id,
			  const emsign_kv *expect, const emsign_kv *row, emsign_error *err)
{
	emsign_kv copy[16];
	size_t n = 0;
	emsign_rc rc;

	for (; expect[n].key; n++)
		copy[n] = expect[n];
	copy[n] = expect[n];
	rc = emsign_store_get(w->inner, kind, id, part_of, copy, NULL);
	if (rc == EMSIGN_E_NOTFOUND)
		rc = EMSIGN_E_CONFLICT;
	if (rc)
		return rc;
	return row ? emsign_store_put(w->inner, kind, id, row, err)
		   : emsign_store_remove(w->inner, kind, id, err);
}

static emsign_rc wrong_cas(void *self, const char *kind, const char *id, const emsign_kv *expect,
			   const emsign_kv *row, emsign_error *err)
{
	struct wrong *w = self;

	if (w->fault == CAS_NEVER_LOOKS && row)
		return emsign_store_put(w->inner, kind, id, row, err);
	if (w->fault == CAS_EXPECT_PART && expect)
		return cas_part(w, kind, id, expect, row, err);
	return emsign_store_cas(w->inner, kind, id, expect, row, err);
}

static void wrong_destroy(void *self)
{
	struct wrong *w = self;

	emsign_store_free(w->inner);
	free(w);
}

static const emsign_store_ops wrong_ops = {
	.size = sizeof(emsign_store_ops),
	.name = "wrong",
	.put = wrong_put,
	.get = wrong_get,
	.scan = wrong_scan,
	.remove = wrong_remove,
	.begin = wrong_begin,
	.end = wrong_end,
	.cas = wrong_cas,
	.destroy = wrong_destroy,
};

static emsign_store *wrong_open(void *ud)
{
	struct wrong *w = calloc(1, sizeof(*w));
	emsign_store *store = NULL;

	assert_non_null(w);
	w->fault = *(const enum fault *)ud;
	assert_int_equal(emsign_store_open("memory:", &w->inner, NULL), EMSIGN_OK);
	assert_int_equal(emsign_store_new(&wrong_ops, w, &store, NULL), EMSIGN_OK);
	return store;
}

/* --- the tests --------------------------------------------------------------------------- */

static int failures(enum fault fault)
{
	struct store_suite suite = { .name = "wrong", .open = wrong_open, .ud = &fault,
				     .transactions = 1, .log = fault == NONE ? stderr : NULL };

	return store_suite_run(&suite);
}

static void good_store_passes(void **state)
{
	(void)state;
	assert_int_equal(failures(NONE), 0);
}

static void every_fault_is_found(void **state)
{
	int fault;

	(void)state;
	for (fault = NONE + 1; fault < N_FAULTS; fault++) {
		if (failures((enum fault)fault) == 0)
			fail_msg("the suite does not see fault %d", fault);
	}
}

static emsign_store *open_nothing(void *ud)
{
	(void)ud;
	return NULL;
}

static void store_that_does_not_open_fails(void **state)
{
	struct store_suite suite = { .name = "nothing", .open = open_nothing };

	(void)state;
	assert_true(store_suite_run(&suite) > 10);
}

static void failures_are_logged(void **state)
{
	struct store_suite suite = { .name = "nothing", .open = open_nothing };
	char line[256] = "";

	(void)state;
	suite.log = tmpfile();
	assert_non_null(suite.log);
	(void)store_suite_run(&suite);
	rewind(suite.log);
	assert_non_null(fgets(line, sizeof(line), suite.log));
	fclose(suite.log);
	assert_non_null(strstr(line, "store 'nothing'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_store_passes),
		cmocka_unit_test(every_fault_is_found),
		cmocka_unit_test(store_that_does_not_open_fails),
		cmocka_unit_test(failures_are_logged),
	};

	return cmocka_run_group_tests_name("store_suite", tests, NULL, NULL);
}
