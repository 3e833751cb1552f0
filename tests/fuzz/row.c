/* SPDX-License-Identifier: MIT */
/*
 * Rows of a store in which anything may stand. Input: a kind, an id, and values NAME=VALUE,
 * each up to a byte 0.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/record.h"
#include <emsign/store.h>

/* A store gives a row back as it was put, whatever stands in it. */
static emsign_rc on_row(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	const emsign_kv *put = ud;

	(void)kind;
	(void)id;
	for (; put->key; put++) {
		const char *first = ems_kv_get(ud, put->key);
		const char *got = ems_kv_get(row, put->key);

		FUZZ_MUST(got && first && strcmp(got, first) == 0);
	}
	return EMSIGN_OK;
}

static void check_store(const struct ems_kind *kind, const char *id, const emsign_kv *row)
{
	void *put = (void *)(uintptr_t)row;
	emsign_store *store = NULL;
	emsign_error err;
	emsign_rc rc;

	FUZZ_MUST(emsign_store_open("memory:", &store, &err) == EMSIGN_OK);
	rc = emsign_store_put(store, kind->name, id, row, &err);
	fuzz_check(rc, &err);
	if (rc == EMSIGN_OK)
		FUZZ_MUST(emsign_store_get(store, kind->name, id, on_row, put, &err) == EMSIGN_OK);
	rc = emsign_store_scan(store, kind->name, row, NULL, 1, on_row, put, &err);
	fuzz_check(rc, &err);
	emsign_store_free(store);
}

/* A record of such a row can be compared, copied, merged with itself and put back. */
static void check_record(const struct ems_kind *kind, const void *record)
{
	void *merged = ems_record_merge(kind, record, record);
	emsign_kv *row = ems_record_row(kind, record);
	void *again = NULL;

	FUZZ_MUST(merged && ems_record_equal(kind, record, merged));
	FUZZ_MUST(emsign_record_diff(kind->name, record, merged) == NULL);
	FUZZ_MUST(row != NULL);
	FUZZ_MUST(ems_record_from_row(kind, *(const char *const *)record, row, &again, NULL) ==
		  EMSIGN_OK);
	FUZZ_MUST(ems_record_equal(kind, record, again));
	emsign_free(again);
	emsign_free(row);
	emsign_free(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fuzz_input in = { bytes, len };
	char *name = fuzz_text(fuzz_part(&in, 0));
	char *id = fuzz_text(fuzz_part(&in, 0));
	const struct ems_kind *kind = ems_kind_find(name);
	struct ems_kvlist row = { 0 };
	void *record = NULL;
	emsign_error err;
	emsign_rc rc;

	if (!kind)
		kind = ems_kind_find("order");
	fuzz_values(&in, 0, &row);
	rc = ems_record_from_row(kind, id, ems_kvlist_kv(&row), &record, &err);
	fuzz_check(rc, &err);
	FUZZ_MUST((rc == EMSIGN_OK) == (record != NULL));
	if (record)
		check_record(kind, record);
	emsign_free(record);
	check_store(kind, id, ems_kvlist_kv(&row));
	ems_kvlist_free(&row);
	free(name);
	free(id);
	fuzz_check_memory();
	return 0;
}
