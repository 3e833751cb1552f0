/* SPDX-License-Identifier: MIT */
/* What callers do with records: copy, compare, write as JSON. */
#include "../support/fail.h"

#include <string.h>

#include "../support/sample.h"
#include "base/kv.h"

static struct sample a, b;

static const char *const sans[] = { "www.example.com", "caf\xc3\xa9 \"x\"", NULL };

static const emsign_order order = {
	.id = "main/1234567890",
	.credential = "main",
	.url = "https://ca.example/",
	.number = "1234567890",
	.status = EMSIGN_STATUS_ISSUED,
	.status_text = "Certificate\nDownloaded",
	.domain = "example.com",
	.sans = sans,
	.secure_www = 1,
	.years = 2,
	.ordered_at = 1768472430,
	.not_after = 253402300799,
	.revoked_at = -1,
	.extra = "{\"newThing\":[1,null]}",
};

static const char order_json[] =
	"{\"id\":\"main/1234567890\",\"credential\":\"main\",\"url\":\"https://ca.example/\","
	"\"number\":\"1234567890\",\"status\":\"issued\","
	"\"status_text\":\"Certificate\\nDownloaded\",\"domain\":\"example.com\","
	"\"sans\":[\"www.example.com\",\"caf\xc3\xa9 \\\"x\\\"\"],\"secure_www\":1,\"years\":2,"
	"\"ordered_at\":\"2026-01-15T10:20:30Z\",\"not_after\":\"9999-12-31T23:59:59Z\","
	"\"revoked_at\":\"1969-12-31T23:59:59Z\",\"extra\":{\"newThing\":[1,null]}}";

static void json_of_an_order(void **state)
{
	emsign_buf out;
	emsign_error err;

	(void)state;
	assert_int_equal(emsign_record_json("order", &order, &out, &err), EMSIGN_OK);
	assert_string_equal((char *)out.data, order_json);
	assert_int_equal(out.len, strlen(order_json));
	emsign_buf_free(&out);
}

static void json_of_next_to_nothing(void **state)
{
	const emsign_order draft = { .id = "main/request-1" };
	const emsign_stats stats = { .id = "orders" };
	emsign_buf out;

	(void)state;
	assert_int_equal(emsign_record_json("order", &draft, &out, NULL), EMSIGN_OK);
	assert_string_equal((char *)out.data, "{\"id\":\"main/request-1\",\"status\":\"unknown\"}");
	emsign_buf_free(&out);
	assert_int_equal(emsign_record_json("stats", &stats, &out, NULL), EMSIGN_OK);
	assert_string_equal((char *)out.data, "{\"id\":\"orders\"}");
	emsign_buf_free(&out);
}

static void kinds_that_callers_cannot_name(void **state)
{
	static const char *const kinds[] = { "colour", "",	"Order", "sealed",
					     "intent", "state", NULL };
	emsign_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		emsign_buf text = { (unsigned char *)&err, 1, 1 };
		void *out = &err;

		assert_int_equal(emsign_record_dup(kinds[i], &order, &out, &err), EMSIGN_E_INVALID);
		assert_int_equal(err.rc, EMSIGN_E_INVALID);
		assert_null(out);
		assert_int_equal(emsign_record_json(kinds[i], &order, &text, &err),
				 EMSIGN_E_INVALID);
		assert_null(text.data);
	}
	emsign_record_dup("colour", &order, &(void *){ NULL }, &err);
	assert_string_equal(err.message, "there is no record of kind 'colour'");
	assert_null(emsign_record_diff("colour", &order, &order));
}

static void no_record_is_an_error(void **state)
{
	emsign_error err;
	emsign_buf text;
	void *out;

	(void)state;
	assert_int_equal(emsign_record_dup("order", NULL, &out, &err), EMSIGN_E_INVALID);
	assert_string_equal(err.message, "there is no order where one has to be given");
	assert_int_equal(emsign_record_json("order", NULL, &text, &err), EMSIGN_E_INVALID);
	assert_null(emsign_record_diff("order", NULL, &order));
	assert_null(emsign_record_diff("order", &order, NULL));
}

static void copies(void **state)
{
	const struct ems_kind *kind = ems_kind_find("order");
	emsign_error err;
	void *out;

	(void)state;
	assert_int_equal(emsign_record_dup("order", &order, &out, &err), EMSIGN_OK);
	assert_int_equal(fail_live(), 1);
	assert_true(ems_record_equal(kind, &order, out));
	emsign_free(out);
}

static void check_diff(const struct ems_kind *kind)
{
	for (size_t i = 0; i < kind->n_members; i++) {
		emsign_kv *diff;

		sample_fill(&a, kind, 1);
		sample_fill(&b, kind, 1);
		assert_null(emsign_record_diff(kind->name, a.record, b.record));
		sample_set(&b, kind, i, 2);
		diff = emsign_record_diff(kind->name, a.record, b.record);
		assert_int_equal(ems_kv_count(diff), 1);
		assert_string_equal(diff[0].key, kind->members[i].name);
		if (kind->members[i].type == EMS_TEXT)
			assert_string_equal(diff[0].value, b.texts[i]);
		emsign_free(diff);
	}
}

static void every_member_can_differ(void **state)
{
	size_t n;
	const struct ems_kind *kinds = ems_kinds(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		check_diff(&kinds[i]);
}

static void differences_in_order_with_new_values(void **state)
{
	static const char *const fewer[] = { "www.example.com", NULL };
	emsign_order after = order;
	emsign_kv *diff;

	(void)state;
	after.number = NULL;
	after.status = EMSIGN_STATUS_REVOKED;
	after.sans = fewer;
	after.years = 0;
	after.revoke_reason = "superseded";
	after.not_after = 1768472430;
	diff = emsign_record_diff("order", &order, &after);
	assert_int_equal(ems_kv_count(diff), 6);
	assert_string_equal(diff[0].key, "number");
	assert_null(diff[0].value);
	assert_string_equal(diff[1].key, "status");
	assert_string_equal(diff[1].value, "revoked");
	assert_string_equal(diff[2].key, "sans");
	assert_string_equal(diff[2].value, "www.example.com");
	assert_string_equal(diff[3].key, "years");
	assert_null(diff[3].value);
	assert_string_equal(diff[4].key, "not_after");
	assert_string_equal(diff[4].value, "1768472430");
	assert_string_equal(diff[5].key, "revoke_reason");
	emsign_free(diff);
}

static emsign_rc copy_one(void)
{
	void *out = &a;
	emsign_error err;
	emsign_rc rc = emsign_record_dup("order", &order, &out, &err);

	assert_int_equal(err.rc, rc);
	assert_true((rc == EMSIGN_OK) == (out != NULL));
	emsign_free(out);
	return rc;
}

static emsign_rc write_one(void)
{
	emsign_error err;
	emsign_buf out;
	emsign_rc rc = emsign_record_json("order", &order, &out, &err);

	assert_int_equal(err.rc, rc);
	if (rc)
		assert_null(out.data);
	else
		assert_string_equal((char *)out.data, order_json);
	emsign_buf_free(&out);
	return rc;
}

/* Whole or not at all: a value that found no memory must not look like an absent one. */
static emsign_rc compare_all(void)
{
	emsign_kv *diff = emsign_record_diff("order", a.record, b.record);
	size_t n = ems_kv_count(diff);

	for (size_t i = 0; i < n; i++)
		assert_non_null(diff[i].value);
	if (diff)
		assert_int_equal(n, ems_kind_find("order")->n_members);
	emsign_free(diff);
	return diff ? EMSIGN_OK : EMSIGN_E_NOMEM;
}

static void survives_any_failing_allocation(void **state)
{
	const struct ems_kind *kind = ems_kind_find("order");

	(void)state;
	fail_each(copy_one);
	fail_each(write_one);
	sample_fill(&a, kind, 1);
	sample_fill(&b, kind, 2);
	fail_each(compare_all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAIL_TEST(json_of_an_order),
		FAIL_TEST(json_of_next_to_nothing),
		FAIL_TEST(kinds_that_callers_cannot_name),
		FAIL_TEST(no_record_is_an_error),
		FAIL_TEST(copies),
		FAIL_TEST(every_member_can_differ),
		FAIL_TEST(differences_in_order_with_new_values),
		FAIL_TEST(survives_any_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
