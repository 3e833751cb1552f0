/* SPDX-License-Identifier: MIT */
/*
 * Each case is one sentence of emsign/store.h. A case that finds something wrong says so and ends;
 * the suite goes on with the next one and a fresh store.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define MANY 5000
#define LARGE (1024 * 1024)

struct run {
	const struct store_suite *suite;
	emsign_store *store;
	const char *sentence;
	int wrong;
};

typedef void (*case_fn)(struct run *r);

static void complain(struct run *r, const char *what, int line)
{
	r->wrong = 1;
	if (r->suite->log)
		fprintf(r->suite->log, "store '%s': %s: not so in line %d: %s\n", r->suite->name,
			r->sentence, line, what);
}

#define CHECK(r, condition)                                     \
	do {                                                    \
		if (!(condition)) {                             \
			complain((r), #condition, __LINE__);    \
			return;                                 \
		}                                               \
	} while (0)

/* --- rows as text ------------------------------------------------------------------------ */

/* What a scan or a get lent, as text: "id{name=value;...};..." with the names sorted. */
struct seen {
	char text[4096];
	size_t rows;
	size_t stop_after; /* 0: never */
	emsign_rc stop_with;
};

static void add(struct seen *s, const char *text)
{
	size_t used = strlen(s->text);

	(void)snprintf(s->text + used, sizeof(s->text) - used, "%s", text);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const emsign_kv *)a)->key, ((const emsign_kv *)b)->key);
}

static emsign_rc note(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct seen *s = ud;
	emsign_kv sorted[64];
	size_t i, n = 0;

	(void)kind;
	while (row[n].key && n < 64) {
		sorted[n] = row[n];
		n++;
	}
	qsort(sorted, n, sizeof(sorted[0]), by_key);
	add(s, id);
	add(s, "{");
	for (i = 0; i < n; i++) {
		add(s, i ? ";" : "");
		add(s, sorted[i].key);
		add(s, "=");
		add(s, sorted[i].value ? sorted[i].value : "(null)");
	}
	add(s, "}");
	s->rows++;
	return s->stop_after && s->rows >= s->stop_after ? s->stop_with : EMSIGN_OK;
}

static int reads(struct run *r, const char *id, const char *text)
{
	struct seen s = { "", 0, 0, 0 };
	emsign_rc rc = emsign_store_get(r->store, "order", id, note, &s, NULL);

	return rc == EMSIGN_OK && s.rows == 1 && !strcmp(s.text, text);
}

static int absent(struct run *r, const char *id)
{
	struct seen s = { "", 0, 0, 0 };
	emsign_rc rc = emsign_store_get(r->store, "order", id, note, &s, NULL);

	return rc == EMSIGN_E_NOTFOUND && s.rows == 0;
}

static int scans(struct run *r, const emsign_kv *filter, const char *after, size_t limit,
		 const char *text)
{
	struct seen s = { "", 0, 0, 0 };
	emsign_rc rc = emsign_store_scan(r->store, "order", filter, after, limit, note, &s, NULL);

	return rc == EMSIGN_OK && !strcmp(s.text, text);
}

static emsign_rc put(struct run *r, const char *id, const emsign_kv *row)
{
	return emsign_store_put(r->store, "order", id, row, NULL);
}

static emsign_rc put_url(struct run *r, const char *id, const char *url)
{
	const emsign_kv row[] = { { "url", url }, { NULL, NULL } };

	return put(r, id, row);
}

static const emsign_kv empty[] = { { NULL, NULL } };

/* --- single rows ------------------------------------------------------------------------- */

static void case_put_get(struct run *r)
{
	const emsign_kv row[] = {
		{ "url", "u" }, { "number", "17" }, { "created_at", "1767225600" }, { NULL, NULL }
	};
	emsign_error err = { 0 };

	err.rc = EMSIGN_E_STORE;
	CHECK(r, absent(r, "a/1"));
	CHECK(r, !emsign_store_put(r->store, "order", "a/1", row, &err) && err.rc == EMSIGN_OK);
	CHECK(r, reads(r, "a/1", "a/1{created_at=1767225600;number=17;url=u}"));
}

static void case_replace(struct run *r)
{
	const emsign_kv first[] = { { "url", "u" }, { "number", "17" }, { NULL, NULL } };
	const emsign_kv second[] = { { "url", "v" }, { "tag", "t" }, { NULL, NULL } };

	CHECK(r, !put(r, "a/1", first) && !put(r, "a/1", second));
	CHECK(r, reads(r, "a/1", "a/1{tag=t;url=v}"));
	CHECK(r, !put(r, "a/1", empty));
	CHECK(r, reads(r, "a/1", "a/1{}"));
	CHECK(r, scans(r, NULL, NULL, 0, "a/1{}"));
}

static void case_kinds(struct run *r)
{
	const emsign_kv row[] = { { "domain", "example.com" }, { NULL, NULL } };
	struct seen s = { "", 0, 0, 0 };

	CHECK(r, !put_url(r, "a/1", "u"));
	CHECK(r, !emsign_store_put(r->store, "certificate", "a/1", row, NULL));
	CHECK(r, reads(r, "a/1", "a/1{url=u}"));
	CHECK(r, !emsign_store_remove(r->store, "order", "a/1", NULL));
	CHECK(r, !emsign_store_scan(r->store, "certificate", NULL, NULL, 0, note, &s, NULL));
	CHECK(r, !strcmp(s.text, "a/1{domain=example.com}"));
}

/* Every name of two kinds, so that words of SQL and numbers that are none do no harm. */
static void case_all_names(struct run *r)
{
	const emsign_kv group[] = { { "number", "1" }, { "is_default", "1" }, { "pays", "g" },
				    { "synced_at", "-5" }, { "gone_at", "9223372036854775807" },
				    { NULL, NULL } };
	const emsign_kv challenge[] = { { "order", "a/1" }, { "emails", "a@example.com\nb" },
					{ NULL, NULL } };
	struct seen s = { "", 0, 0, 0 };

	CHECK(r, !emsign_store_put(r->store, "group", "a/1", group, NULL));
	CHECK(r, !emsign_store_get(r->store, "group", "a/1", note, &s, NULL));
	CHECK(r, !strcmp(s.text, "a/1{gone_at=9223372036854775807;is_default=1;number=1;pays=g;"
				 "synced_at=-5}"));
	memset(&s, 0, sizeof(s));
	CHECK(r, !emsign_store_put(r->store, "challenge", "a/1", challenge, NULL));
	CHECK(r, !emsign_store_get(r->store, "challenge", "a/1", note, &s, NULL));
	CHECK(r, !strcmp(s.text, "a/1{emails=a@example.com\nb;order=a/1}"));
}

static void case_remove(struct run *r)
{
	CHECK(r, emsign_store_remove(r->store, "order", "a/1", NULL) == EMSIGN_E_NOTFOUND);
	CHECK(r, !put_url(r, "a/1", "u") && !put_url(r, "a/2", "v"));
	CHECK(r, !emsign_store_remove(r->store, "order", "a/1", NULL));
	CHECK(r, absent(r, "a/1") && reads(r, "a/2", "a/2{url=v}"));
	CHECK(r, emsign_store_remove(r->store, "order", "a/1", NULL) == EMSIGN_E_NOTFOUND);
	CHECK(r, !put_url(r, "a/1", "w") && reads(r, "a/1", "a/1{url=w}"));
}

static void case_not_found(struct run *r)
{
	struct seen s = { "", 0, 0, 0 };
	emsign_error err = { 0 };

	CHECK(r, emsign_store_get(r->store, "order", "a/9", note, &s, &err) == EMSIGN_E_NOTFOUND);
	CHECK(r, err.rc == EMSIGN_E_NOTFOUND && err.message[0] && s.rows == 0);
}

static void case_get_callback(struct run *r)
{
	struct seen s = { "", 0, 1, EMSIGN_E_CALLBACK };

	CHECK(r, !put_url(r, "a/1", "u"));
	CHECK(r, emsign_store_get(r->store, "order", "a/1", note, &s, NULL) ==
		 EMSIGN_E_CALLBACK);
}

/* --- values ------------------------------------------------------------------------------ */

static void case_empty_text(struct run *r)
{
	const emsign_kv row[] = { { "number", "" }, { "url", "u" }, { "created_at", "" },
				  { NULL, NULL } };
	const emsign_kv is_empty[] = { { "number", "" }, { NULL, NULL } };
	const emsign_kv is_absent[] = { { "number", NULL }, { NULL, NULL } };

	CHECK(r, !put(r, "a/1", row) && !put_url(r, "a/2", "v"));
	CHECK(r, reads(r, "a/1", "a/1{created_at=;number=;url=u}"));
	CHECK(r, scans(r, is_empty, NULL, 0, "a/1{created_at=;number=;url=u}"));
	CHECK(r, scans(r, is_absent, NULL, 0, "a/2{url=v}"));
}

static void case_utf8(struct run *r)
{
	static const char text[] = "\xc3\xa9 \xe0\xa4\xad\xe0\xa4\xbe \xf0\x9f\x94\x91 'q' \"d\" "
				   "% _ \\ \r\n\t;";
	static const char id[] = "a/\xc3\xa9'\xf0\x9f\x94\x91\"%;--";
	const emsign_kv filter[] = { { "url", text }, { NULL, NULL } };
	char expect[256];

	(void)snprintf(expect, sizeof(expect), "%s{url=%s}", id, text);
	CHECK(r, !put_url(r, id, text) && !put_url(r, "b/1", "plain"));
	CHECK(r, reads(r, id, expect));
	CHECK(r, scans(r, filter, NULL, 0, expect));
}

/* A store keeps text: numbers are not tidied up. */
static void case_verbatim(struct run *r)
{
	static const char *const odd[] = {
		"007", "+7", "7.0", " 7", "7 ", "-0", "-7", "0", "1e3", "0x10", "NULL", "yes",
		"9223372036854775808", "-9223372036854775808", "123456789012345678901234567890"
	};
	emsign_kv row[] = { { "number", NULL }, { "created_at", NULL }, { NULL, NULL } };
	char expect[128];
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		row[0].value = row[1].value = odd[i];
		(void)snprintf(expect, sizeof(expect), "a/1{created_at=%s;number=%s}", odd[i],
			       odd[i]);
		CHECK(r, !put(r, "a/1", row));
		CHECK(r, reads(r, "a/1", expect));
		CHECK(r, scans(r, row, NULL, 0, expect));
	}
	row[0].value = row[1].value = "7";
	CHECK(r, !put(r, "a/1", row));
	row[0].key = "created_at";
	row[0].value = "007";
	row[1].key = NULL;
	CHECK(r, scans(r, row, NULL, 0, ""));
}

struct large {
	char *value;
	size_t equal;
};

static emsign_rc compare_large(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct large *l = ud;

	(void)kind;
	(void)id;
	l->equal += row[0].key && !row[1].key && !strcmp(row[0].value, l->value);
	return EMSIGN_OK;
}

static void case_large(struct run *r)
{
	struct large l = { malloc(LARGE + 1), 0 };
	emsign_rc rc = EMSIGN_E_NOMEM;
	size_t i;

	if (l.value) {
		for (i = 0; i < LARGE; i++)
			l.value[i] = (char)('a' + i * 7 % 26);
		l.value[LARGE] = '\0';
		rc = put_url(r, "a/1", l.value);
	}
	if (!rc)
		rc = put_url(r, "a/2", l.value);
	if (!rc)
		rc = emsign_store_get(r->store, "order", "a/1", compare_large, &l, NULL);
	if (!rc)
		rc = emsign_store_scan(r->store, "order", NULL, NULL, 0, compare_large, &l, NULL);
	free(l.value);
	CHECK(r, rc == EMSIGN_OK && l.equal == 3);
}

static void case_long_id(struct run *r)
{
	char id[1025];

	memset(id, 'x', 1024);
	id[1024] = '\0';
	CHECK(r, !put_url(r, id, "u"));
	id[1023] = 'y';
	CHECK(r, absent(r, id));
	id[1023] = 'x';
	CHECK(r, !emsign_store_remove(r->store, "order", id, NULL));
}

/* --- scans ------------------------------------------------------------------------------- */

static void case_order(struct run *r)
{
	static const char *const ids[] = { "b/1", "a/2", "a/\xc3\xa9", "a/10", "B/1", "a/1", "a",
					   "a/1/x", "a0" };
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		CHECK(r, !put(r, ids[i], empty));
	CHECK(r, scans(r, NULL, NULL, 0,
		       "B/1{}a{}a/1{}a/1/x{}a/10{}a/2{}a/\xc3\xa9{}a0{}b/1{}"));
}

static void case_after(struct run *r)
{
	CHECK(r, !put(r, "a/1", empty) && !put(r, "a/2", empty) && !put(r, "b/1", empty));
	CHECK(r, scans(r, NULL, "a/1", 0, "a/2{}b/1{}"));
	CHECK(r, scans(r, NULL, "a/", 0, "a/1{}a/2{}b/1{}"));
	CHECK(r, scans(r, NULL, "", 0, "a/1{}a/2{}b/1{}"));
	CHECK(r, scans(r, NULL, "a/11", 0, "a/2{}b/1{}"));
	CHECK(r, scans(r, NULL, "b/1", 0, ""));
}

static void case_limit(struct run *r)
{
	const emsign_kv filter[] = { { "url", "u" }, { NULL, NULL } };

	CHECK(r, !put_url(r, "a/1", "x") && !put_url(r, "a/2", "u") && !put_url(r, "a/3", "u") &&
		 !put_url(r, "a/4", "u"));
	CHECK(r, scans(r, NULL, NULL, 2, "a/1{url=x}a/2{url=u}"));
	CHECK(r, scans(r, NULL, "a/3", 2, "a/4{url=u}"));
	CHECK(r, scans(r, filter, NULL, 2, "a/2{url=u}a/3{url=u}"));
	CHECK(r, scans(r, filter, "a/2", 1, "a/3{url=u}"));
	CHECK(r, scans(r, filter, NULL, 4, "a/2{url=u}a/3{url=u}a/4{url=u}"));
}

static emsign_rc put_three(struct run *r, const char *id, const char *url, const char *status,
			   const char *years)
{
	emsign_kv row[4];
	size_t n = 0;

	if (url)
		row[n++] = (emsign_kv){ "url", url };
	if (status)
		row[n++] = (emsign_kv){ "status", status };
	if (years)
		row[n++] = (emsign_kv){ "years", years };
	row[n] = (emsign_kv){ NULL, NULL };
	return put(r, id, row);
}

static void case_filter(struct run *r)
{
	const emsign_kv one[] = { { "status", "issued" }, { NULL, NULL } };
	const emsign_kv both[] = { { "status", "issued" }, { "years", "2" }, { NULL, NULL } };
	const emsign_kv more[] = { { "years", "10" }, { NULL, NULL } };
	const emsign_kv case_matters[] = { { "status", "Issued" }, { NULL, NULL } };
	const emsign_kv never[] = { { "status", "issued" }, { "url", "w" }, { NULL, NULL } };

	CHECK(r, !put_three(r, "a/1", "u", "issued", "1"));
	CHECK(r, !put_three(r, "a/2", "v", "issued", "2"));
	CHECK(r, !put_three(r, "a/3", "w", "pending", "10"));
	CHECK(r, scans(r, empty, NULL, 2,
		       "a/1{status=issued;url=u;years=1}a/2{status=issued;url=v;years=2}"));
	CHECK(r, scans(r, one, NULL, 0,
		       "a/1{status=issued;url=u;years=1}a/2{status=issued;url=v;years=2}"));
	CHECK(r, scans(r, both, NULL, 0, "a/2{status=issued;url=v;years=2}"));
	CHECK(r, scans(r, more, NULL, 0, "a/3{status=pending;url=w;years=10}"));
	CHECK(r, scans(r, case_matters, NULL, 0, ""));
	CHECK(r, scans(r, never, NULL, 0, ""));
}

static void case_filter_one_of(struct run *r)
{
	const emsign_kv two[] = { { "status", "issued" }, { "url", "u" }, { "status", "pending" },
				  { NULL, NULL } };
	const emsign_kv twice[] = { { "status", "issued" }, { "status", "issued" },
				    { NULL, NULL } };
	const emsign_kv or_absent[] = { { "years", "2" }, { "years", NULL }, { NULL, NULL } };
	const emsign_kv both_absent[] = { { "years", NULL }, { "status", NULL }, { NULL, NULL } };

	CHECK(r, !put_three(r, "a/1", "u", "pending", NULL));
	CHECK(r, !put_three(r, "a/2", "u", "issued", "2"));
	CHECK(r, !put_three(r, "a/3", "v", "issued", "3"));
	CHECK(r, !put_three(r, "a/4", "u", "failed", "4"));
	CHECK(r, !put_three(r, "a/5", "u", NULL, NULL));
	CHECK(r, scans(r, two, NULL, 0,
		       "a/1{status=pending;url=u}a/2{status=issued;url=u;years=2}"));
	CHECK(r, scans(r, twice, NULL, 0,
		       "a/2{status=issued;url=u;years=2}a/3{status=issued;url=v;years=3}"));
	CHECK(r, scans(r, or_absent, NULL, 0,
		       "a/1{status=pending;url=u}a/2{status=issued;url=u;years=2}a/5{url=u}"));
	CHECK(r, scans(r, both_absent, NULL, 0, "a/5{url=u}"));
}

static void case_stop(struct run *r)
{
	static const emsign_rc codes[] = { EMSIGN_E_CANCELED, EMSIGN_E_NOTFOUND, 77 };
	emsign_error err;
	size_t i;

	CHECK(r, !put(r, "a/1", empty) && !put(r, "a/2", empty) && !put(r, "a/3", empty));
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct seen s = { "", 0, 2, codes[i] };

		memset(&err, 0, sizeof(err));
		CHECK(r, emsign_store_scan(r->store, "order", NULL, NULL, 0, note, &s, &err) ==
			 codes[i]);
		CHECK(r, err.rc == codes[i] && s.rows == 2);
	}
}

struct counter {
	size_t n;
	char last[16];
	int out_of_order;
};

static emsign_rc count(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	struct counter *c = ud;

	(void)kind;
	(void)row;
	if (strcmp(c->last, id) >= 0)
		c->out_of_order = 1;
	(void)snprintf(c->last, sizeof(c->last), "%s", id);
	c->n++;
	return EMSIGN_OK;
}

static void count_all(struct run *r, const emsign_kv *filter, size_t expect)
{
	struct counter c = { 0, "", 0 };

	CHECK(r, !emsign_store_scan(r->store, "order", filter, NULL, 0, count, &c, NULL));
	CHECK(r, c.n == expect && !c.out_of_order);
}

/* Stepping through by pages must meet every row once, whatever the size of a page. */
static void count_by_pages(struct run *r, size_t limit, size_t expect)
{
	struct counter c = { 0, "", 0 };
	size_t before;

	do {
		char after[16];

		before = c.n;
		memcpy(after, c.last, sizeof(after));
		CHECK(r, !emsign_store_scan(r->store, "order", NULL, after, limit, count, &c,
					    NULL));
		CHECK(r, c.n - before <= limit && !c.out_of_order);
	} while (c.n > before);
	CHECK(r, c.n == expect);
}

static void case_many(struct run *r)
{
	const emsign_kv third[] = { { "status", "issued" }, { NULL, NULL } };
	char id[16];
	size_t i;

	CHECK(r, !emsign_store_begin(r->store, NULL));
	for (i = 0; i < MANY; i++) {
		/* 1553 has no factor in common with MANY: each number once, well mixed */
		(void)snprintf(id, sizeof(id), "a/%zu", i * 1553 % MANY);
		CHECK(r, !put_three(r, id, id, i % 3 ? "pending" : "issued", NULL));
	}
	CHECK(r, !emsign_store_end(r->store, EMSIGN_OK, NULL));
	count_all(r, NULL, MANY);
	count_all(r, third, (MANY + 2) / 3);
	count_by_pages(r, 64, MANY);
	count_by_pages(r, 999, MANY);
	for (i = 0; i < MANY; i += 2) {
		(void)snprintf(id, sizeof(id), "a/%zu", i);
		CHECK(r, !emsign_store_remove(r->store, "order", id, NULL));
	}
	count_all(r, NULL, MANY / 2);
}

/* --- transactions ------------------------------------------------------------------------ */

static void case_commit(struct run *r)
{
	CHECK(r, !put_url(r, "a/1", "u") && !put_url(r, "a/2", "v"));
	CHECK(r, !emsign_store_begin(r->store, NULL));
	CHECK(r, !put_url(r, "a/1", "w") && !put_url(r, "a/3", "x"));
	CHECK(r, !emsign_store_remove(r->store, "order", "a/2", NULL));
	CHECK(r, scans(r, NULL, NULL, 0, "a/1{url=w}a/3{url=x}"));
	CHECK(r, !emsign_store_end(r->store, EMSIGN_OK, NULL));
	CHECK(r, scans(r, NULL, NULL, 0, "a/1{url=w}a/3{url=x}"));
}

static void case_rollback(struct run *r)
{
	size_t i;

	CHECK(r, !put_url(r, "a/1", "u") && !put_url(r, "a/2", "v"));
	for (i = 0; i < 2; i++) {
		CHECK(r, !emsign_store_begin(r->store, NULL));
		CHECK(r, !put_url(r, "a/1", "w") && !put_url(r, "a/1", "x"));
		CHECK(r, !put_url(r, "a/3", "y") && !put_url(r, "a/4", "z"));
		CHECK(r, !emsign_store_remove(r->store, "order", "a/3", NULL));
		CHECK(r, !emsign_store_remove(r->store, "order", "a/2", NULL));
		CHECK(r, !put_url(r, "a/2", "again"));
		CHECK(r, !emsign_store_remove(r->store, "order", "a/1", NULL));
		CHECK(r, scans(r, NULL, NULL, 0, "a/2{url=again}a/4{url=z}"));
		CHECK(r, !emsign_store_end(r->store, EMSIGN_E_CANCELED, NULL));
		CHECK(r, scans(r, NULL, NULL, 0, "a/1{url=u}a/2{url=v}"));
	}
	CHECK(r, !put_url(r, "a/5", "after"));
	CHECK(r, reads(r, "a/5", "a/5{url=after}"));
}

static void case_not_nested(struct run *r)
{
	CHECK(r, emsign_store_end(r->store, EMSIGN_OK, NULL) == EMSIGN_E_STATE);
	CHECK(r, !emsign_store_begin(r->store, NULL));
	CHECK(r, emsign_store_begin(r->store, NULL) == EMSIGN_E_STATE);
	CHECK(r, !emsign_store_end(r->store, EMSIGN_OK, NULL));
	CHECK(r, emsign_store_end(r->store, EMSIGN_OK, NULL) == EMSIGN_E_STATE);
}

/* --- compare and swap -------------------------------------------------------------------- */

static emsign_rc cas(struct run *r, const emsign_kv *expect, const emsign_kv *row)
{
	return emsign_store_cas(r->store, "order", "a/1", expect, row, NULL);
}

static void case_cas(struct run *r)
{
	const emsign_kv one[] = { { "url", "u" }, { "tag", "t" }, { NULL, NULL } };
	const emsign_kv turned[] = { { "tag", "t" }, { "url", "u" }, { NULL, NULL } };
	const emsign_kv less[] = { { "url", "u" }, { NULL, NULL } };
	const emsign_kv more[] = { { "url", "u" }, { "tag", "t" }, { "spki", "s" },
				   { NULL, NULL } };
	const emsign_kv other[] = { { "url", "u" }, { "spki", "t" }, { NULL, NULL } };

	CHECK(r, !cas(r, NULL, NULL) && absent(r, "a/1"));
	CHECK(r, cas(r, one, less) == EMSIGN_E_CONFLICT && absent(r, "a/1"));
	CHECK(r, cas(r, empty, less) == EMSIGN_E_CONFLICT && absent(r, "a/1"));
	CHECK(r, cas(r, one, NULL) == EMSIGN_E_CONFLICT);
	CHECK(r, !cas(r, NULL, one) && reads(r, "a/1", "a/1{tag=t;url=u}"));
	CHECK(r, cas(r, NULL, less) == EMSIGN_E_CONFLICT);
	CHECK(r, cas(r, NULL, NULL) == EMSIGN_E_CONFLICT);
	CHECK(r, cas(r, less, other) == EMSIGN_E_CONFLICT);
	CHECK(r, cas(r, more, other) == EMSIGN_E_CONFLICT);
	CHECK(r, cas(r, other, less) == EMSIGN_E_CONFLICT);
	CHECK(r, reads(r, "a/1", "a/1{tag=t;url=u}"));
	CHECK(r, !cas(r, turned, less) && reads(r, "a/1", "a/1{url=u}"));
	CHECK(r, !cas(r, less, NULL) && absent(r, "a/1"));
	CHECK(r, !cas(r, NULL, empty) && reads(r, "a/1", "a/1{}"));
	CHECK(r, !cas(r, empty, less) && reads(r, "a/1", "a/1{url=u}"));
}

static void case_cas_in_transaction(struct run *r)
{
	const emsign_kv one[] = { { "url", "u" }, { NULL, NULL } };
	const emsign_kv two[] = { { "url", "v" }, { NULL, NULL } };

	CHECK(r, !cas(r, NULL, one));
	CHECK(r, !emsign_store_begin(r->store, NULL));
	CHECK(r, cas(r, two, one) == EMSIGN_E_CONFLICT);
	CHECK(r, !cas(r, one, two) && reads(r, "a/1", "a/1{url=v}"));
	CHECK(r, !emsign_store_end(r->store, EMSIGN_E_CANCELED, NULL));
	CHECK(r, reads(r, "a/1", "a/1{url=u}"));
}

/* --- persistence ------------------------------------------------------------------------- */

static void case_reopen(struct run *r)
{
	size_t i;

	CHECK(r, !put_url(r, "a/1", "u") && !put_url(r, "a/2", "v"));
	CHECK(r, !emsign_store_remove(r->store, "order", "a/2", NULL));
	for (i = 0; i < 2; i++) {
		emsign_store_free(r->store);
		r->store = r->suite->reopen(r->suite->ud);
		CHECK(r, r->store != NULL);
		CHECK(r, scans(r, NULL, NULL, 0, "a/1{url=u}"));
	}
}

/* A transaction that nobody ended was never meant. */
static void case_left_open(struct run *r)
{
	CHECK(r, !put_url(r, "a/1", "u"));
	CHECK(r, !emsign_store_begin(r->store, NULL));
	CHECK(r, !put_url(r, "a/1", "v"));
	emsign_store_free(r->store);
	r->store = r->suite->reopen(r->suite->ud);
	CHECK(r, r->store != NULL);
	CHECK(r, scans(r, NULL, NULL, 0, "a/1{url=u}"));
}

/* --- the suite --------------------------------------------------------------------------- */

enum {
	ALWAYS = 0,
	TRANSACTIONS = 1,
	REOPEN = 2
};

static const struct {
	const char *sentence;
	case_fn run;
	int needs;
} cases[] = {
	{ "what was put is given back", case_put_get, ALWAYS },
	{ "put replaces the row whole", case_replace, ALWAYS },
	{ "kinds do not mix", case_kinds, ALWAYS },
	{ "every name and number is kept", case_all_names, ALWAYS },
	{ "remove takes one row away", case_remove, ALWAYS },
	{ "get says when there is no row", case_not_found, ALWAYS },
	{ "get returns what the callback said", case_get_callback, ALWAYS },
	{ "empty text is not absent", case_empty_text, ALWAYS },
	{ "any UTF-8 is kept", case_utf8, ALWAYS },
	{ "text comes back as it was", case_verbatim, ALWAYS },
	{ "large values are kept", case_large, ALWAYS },
	{ "ids may have 1024 bytes", case_long_id, ALWAYS },
	{ "rows come in byte order of their ids", case_order, ALWAYS },
	{ "after begins behind that id", case_after, ALWAYS },
	{ "limit is the most rows", case_limit, ALWAYS },
	{ "all values of a filter must be equal", case_filter, ALWAYS },
	{ "a repeated key is one of, NULL is absent", case_filter_one_of, ALWAYS },
	{ "the callback ends a scan with its code", case_stop, ALWAYS },
	{ "many rows", case_many, ALWAYS },
	{ "a transaction is kept", case_commit, ALWAYS },
	{ "a transaction is undone", case_rollback, TRANSACTIONS },
	{ "transactions are not nested", case_not_nested, ALWAYS },
	{ "compare and swap", case_cas, ALWAYS },
	{ "compare and swap in a transaction", case_cas_in_transaction, TRANSACTIONS },
	{ "what was put stays", case_reopen, REOPEN },
	{ "an open transaction is undone at the end", case_left_open, REOPEN | TRANSACTIONS },
};

int store_suite_run(const struct store_suite *suite)
{
	int has = (suite->transactions ? TRANSACTIONS : 0) | (suite->reopen ? REOPEN : 0);
	int failed = 0;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run r = { suite, NULL, cases[i].sentence, 0 };

		if ((cases[i].needs & has) != cases[i].needs)
			continue;
		r.store = suite->open(suite->ud);
		if (r.store)
			cases[i].run(&r);
		else
			complain(&r, "the store opens", __LINE__);
		emsign_store_free(r.store);
		failed += r.wrong;
	}
	return failed;
}
