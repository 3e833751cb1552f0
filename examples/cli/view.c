/* SPDX-License-Identifier: MIT */
/* Records for people: aligned tables and details, times in UTC. */
#include "cli.h"

#include <string.h>
#include <time.h>

enum cell { TEXT, NUMBER, YESNO, TIME, STATUS, LIST };
enum shown { DETAIL, LISTED }; /* a table shows some columns, the details all */

struct column {
	const char *title;
	enum cell type;
	enum shown shown;
	size_t offset;
};

#define AT(kind, member) offsetof(emsign_##kind, member)
#define END { NULL, TEXT, DETAIL, 0 }

static const struct column credential_columns[] = {
	{ "credential", TEXT, LISTED, AT(credential, name) },
	{ "account", TEXT, LISTED, AT(credential, account_number) },
	{ "region", TEXT, LISTED, AT(credential, region) },
	{ "url", TEXT, LISTED, AT(credential, url) },
	{ "api", TEXT, LISTED, AT(credential, api) },
	{ "auth", TEXT, DETAIL, AT(credential, auth) },
	{ "client id", TEXT, DETAIL, AT(credential, client_id) },
	{ "fallback", TEXT, DETAIL, AT(credential, fallback) },
	{ "ca file", TEXT, DETAIL, AT(credential, ca_file) },
	{ "pin", TEXT, DETAIL, AT(credential, pin) },
	{ "group", TEXT, DETAIL, AT(credential, group) },
	{ "name", TEXT, DETAIL, AT(credential, requester_name) },
	{ "email", TEXT, DETAIL, AT(credential, requester_email) },
	{ "isd", TEXT, DETAIL, AT(credential, requester_isd) },
	{ "phone", TEXT, DETAIL, AT(credential, requester_phone) },
	{ "designation", TEXT, DETAIL, AT(credential, requester_designation) },
	{ "signer place", TEXT, DETAIL, AT(credential, signer_place) },
	{ "signer ip", TEXT, DETAIL, AT(credential, signer_ip) },
	{ "added", TIME, DETAIL, AT(credential, created_at) },
	{ "changed", TIME, DETAIL, AT(credential, updated_at) },
	{ "tested", TIME, LISTED, AT(credential, tested_at) },
	END,
};

static const struct column user_columns[] = {
	{ "user", TEXT, LISTED, AT(user, id) },
	{ "name", TEXT, LISTED, AT(user, name) },
	{ "email", TEXT, LISTED, AT(user, email) },
	{ "role", TEXT, LISTED, AT(user, role) },
	{ "synced", TIME, LISTED, AT(user, synced_at) },
	END,
};

static const struct column group_columns[] = {
	{ "group", TEXT, LISTED, AT(group, id) },
	{ "name", TEXT, LISTED, AT(group, name) },
	{ "default", YESNO, LISTED, AT(group, is_default) },
	{ "pays", TEXT, LISTED, AT(group, pays) },
	{ "account balance", TEXT, LISTED, AT(group, account_balance) },
	{ "group balance", TEXT, LISTED, AT(group, group_balance) },
	{ "gone", TIME, LISTED, AT(group, gone_at) },
	END,
};

static const struct column organization_columns[] = {
	{ "organization", TEXT, LISTED, AT(organization, id) },
	{ "name", TEXT, LISTED, AT(organization, name) },
	{ "status", TEXT, LISTED, AT(organization, status) },
	{ "validation", TEXT, LISTED, AT(organization, validation) },
	{ "for", TEXT, LISTED, AT(organization, validated_for) },
	{ "country", TEXT, LISTED, AT(organization, country) },
	{ "gone", TIME, LISTED, AT(organization, gone_at) },
	END,
};

static const struct column domain_columns[] = {
	{ "domain", TEXT, LISTED, AT(domain, id) },
	{ "organization", TEXT, LISTED, AT(domain, organization) },
	{ "its name", TEXT, DETAIL, AT(domain, organization_name) },
	{ "method", TEXT, LISTED, AT(domain, method) },
	{ "validation", TEXT, LISTED, AT(domain, validation) },
	{ "status", TEXT, LISTED, AT(domain, status) },
	{ "registered", TIME, DETAIL, AT(domain, created_at) },
	{ "proven", TIME, DETAIL, AT(domain, verified_at) },
	{ "valid until", TIME, LISTED, AT(domain, expires_at) },
	{ "gone", TIME, LISTED, AT(domain, gone_at) },
	END,
};

static const struct column product_columns[] = {
	{ "product", TEXT, LISTED, AT(product, id) },
	{ "name", TEXT, LISTED, AT(product, name) },
	{ "family", TEXT, LISTED, AT(product, family) },
	{ "level", TEXT, LISTED, AT(product, level) },
	{ "wildcard", YESNO, LISTED, AT(product, wildcard) },
	{ "multi-domain", YESNO, LISTED, AT(product, multi_domain) },
	{ "price", TEXT, LISTED, AT(product, price) },
	{ "currency", TEXT, LISTED, AT(product, currency) },
	{ "gone", TIME, LISTED, AT(product, gone_at) },
	END,
};

static const struct column custom_field_columns[] = {
	{ "product", TEXT, LISTED, AT(custom_field, product) },
	{ "field", TEXT, LISTED, AT(custom_field, number) },
	{ "name", TEXT, LISTED, AT(custom_field, name) },
	{ "label", TEXT, LISTED, AT(custom_field, label) },
	{ "section", TEXT, DETAIL, AT(custom_field, section) },
	{ "type", TEXT, LISTED, AT(custom_field, type) },
	{ "mandatory", YESNO, LISTED, AT(custom_field, mandatory) },
	{ "choices", LIST, DETAIL, AT(custom_field, choices) },
	{ "gone", TIME, LISTED, AT(custom_field, gone_at) },
	END,
};

static const struct column order_columns[] = {
	{ "order", TEXT, LISTED, AT(order, id) },
	{ "status", STATUS, LISTED, AT(order, status) },
	{ "the CA says", TEXT, DETAIL, AT(order, status_text) },
	{ "domain", TEXT, LISTED, AT(order, domain) },
	{ "further names", LIST, DETAIL, AT(order, sans) },
	{ "product", TEXT, LISTED, AT(order, product) },
	{ "organization", TEXT, DETAIL, AT(order, organization) },
	{ "group", TEXT, DETAIL, AT(order, group) },
	{ "request", TEXT, DETAIL, AT(order, request_number) },
	{ "agreement", TEXT, DETAIL, AT(order, agreement) },
	{ "remarks", TEXT, DETAIL, AT(order, remarks) },
	{ "ordered", TIME, LISTED, AT(order, ordered_at) },
	{ "valid until", TIME, LISTED, AT(order, not_after) },
	{ "paid until", TIME, DETAIL, AT(order, subscription_end) },
	{ "certificate", TEXT, DETAIL, AT(order, certificate) },
	{ "note", TEXT, DETAIL, AT(order, certificate_note) },
	{ "replaces", TEXT, DETAIL, AT(order, replaces) },
	{ "serial", TEXT, DETAIL, AT(order, serial) },
	{ "revoked", TIME, DETAIL, AT(order, revoked_at) },
	{ "reason", TEXT, DETAIL, AT(order, revoke_reason) },
	{ "revocation", TEXT, DETAIL, AT(order, revoke_status) },
	{ "last seen", TIME, DETAIL, AT(order, seen_at) },
	END,
};

static const struct column challenge_columns[] = {
	{ "challenge", TEXT, LISTED, AT(challenge, id) },
	{ "method", TEXT, LISTED, AT(challenge, method) },
	{ "status", TEXT, LISTED, AT(challenge, status) },
	{ "caa", TEXT, LISTED, AT(challenge, caa) },
	{ "verified", TIME, LISTED, AT(challenge, verified_at) },
	END,
};

static const struct column attempt_columns[] = {
	{ "attempt", TEXT, LISTED, AT(attempt, id) },
	{ "tried", TIME, LISTED, AT(attempt, tried_at) },
	{ "method", TEXT, LISTED, AT(attempt, method) },
	{ "status", TEXT, LISTED, AT(attempt, status) },
	{ "failure", TEXT, LISTED, AT(attempt, failure) },
	{ "next steps", LIST, DETAIL, AT(attempt, next_steps) },
	END,
};

/* Ids with a whole fingerprint stand last: they are longer than all the rest. */
static const struct column certificate_columns[] = {
	{ "order", TEXT, LISTED, AT(certificate, order) },
	{ "domain", TEXT, LISTED, AT(certificate, domain) },
	{ "names", LIST, DETAIL, AT(certificate, sans) },
	{ "subject", TEXT, DETAIL, AT(certificate, subject) },
	{ "issuer", TEXT, DETAIL, AT(certificate, issuer) },
	{ "serial", TEXT, DETAIL, AT(certificate, serial) },
	{ "sha-256", TEXT, DETAIL, AT(certificate, sha256) },
	{ "valid from", TIME, DETAIL, AT(certificate, not_before) },
	{ "valid until", TIME, LISTED, AT(certificate, not_after) },
	{ "revoked", TIME, LISTED, AT(certificate, revoked_at) },
	{ "reason", TEXT, DETAIL, AT(certificate, revoke_reason) },
	{ "key and csr", TEXT, DETAIL, AT(certificate, csr) },
	{ "interim", YESNO, DETAIL, AT(certificate, interim) },
	{ "certificate", TEXT, LISTED, AT(certificate, id) },
	END,
};

static const struct column csr_columns[] = {
	{ "key", TEXT, LISTED, AT(csr, key) },
	{ "domain", TEXT, LISTED, AT(csr, domain) },
	{ "further names", LIST, DETAIL, AT(csr, sans) },
	{ "made", TIME, LISTED, AT(csr, created_at) },
	{ "csr", TEXT, LISTED, AT(csr, id) },
	END,
};

static const struct column ledger_columns[] = {
	{ "booked", TIME, LISTED, AT(ledger, booked_at) },
	{ "invoice", TEXT, LISTED, AT(ledger, number) },
	{ "type", TEXT, LISTED, AT(ledger, type) },
	{ "amount", NUMBER, LISTED, AT(ledger, amount) },
	{ "debit", NUMBER, LISTED, AT(ledger, debit) },
	{ "credit", NUMBER, LISTED, AT(ledger, credit) },
	{ "balance", NUMBER, LISTED, AT(ledger, balance) },
	{ "currency", TEXT, LISTED, AT(ledger, currency) },
	{ "status", TEXT, LISTED, AT(ledger, status) },
	{ "order", TEXT, LISTED, AT(ledger, order) },
	{ "product", TEXT, LISTED, AT(ledger, product) },
	{ "description", TEXT, LISTED, AT(ledger, description) },
	END,
};

const struct view views[] = {
	{ "orders", "order", order_columns },
	{ "certificates", "certificate", certificate_columns },
	{ "groups", "group", group_columns },
	{ "organizations", "organization", organization_columns },
	{ "domains", "domain", domain_columns },
	{ "products", "product", product_columns },
	{ "custom_fields", "custom_field", custom_field_columns },
	{ "csrs", "csr", csr_columns },
	{ "challenges", "challenge", challenge_columns },
	{ "attempts", "attempt", attempt_columns },
	{ "credentials", "credential", credential_columns },
	{ "users", "user", user_columns },
	{ "ledger", "ledger", ledger_columns },
	{ NULL, NULL, NULL },
};

const struct view *view_find(const char *plural)
{
	for (const struct view *v = views; v->plural; v++)
		if (strcmp(v->plural, plural) == 0)
			return v;
	return NULL;
}

void view_time(int64_t t, char out[32])
{
	time_t seconds = (time_t)t;
	struct tm tm;

	out[0] = '\0';
	if (t && gmtime_r(&seconds, &tm))
		(void)strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &tm);
}

/* The cell's text replaces what is in `out`. */
static void cell_text(const struct column *column, const void *record, struct text *out)
{
	const void *at = (const char *)record + column->offset;
	char time[32];

	text_reset(out);
	switch (column->type) {
	case TEXT:
	case NUMBER: /* decimal text, aligned by its end */
		if (*(const char *const *)at)
			text_clean(out, *(const char *const *)at);
		break;
	case YESNO:
		text_add(out, *(const int64_t *)at ? "yes" : "");
		break;
	case TIME:
		view_time(*(const int64_t *)at, time);
		text_add(out, time);
		break;
	case STATUS:
		text_add(out, emsign_status_name(*(const int64_t *)at));
		break;
	case LIST:
		for (const char *const *word = *(const char *const *const *)at; word && *word;
		     word++) {
			text_add(out, out->len ? ", " : "");
			text_clean(out, *word);
		}
		break;
	}
}

/* Columns on a terminal: characters, not bytes. */
static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static int pad(size_t from, size_t to)
{
	return from < to ? (int)(to - from) : 0;
}

void view_details(const char *kind, const void *record, FILE *out)
{
	const struct view *view = views;
	struct text cell = { 0 };
	size_t widest = 0;

	while (view->kind && strcmp(view->kind, kind) != 0)
		view++;
	for (const struct column *column = view->columns; column && column->title; column++) {
		cell_text(column, record, &cell);
		if (cell.len && strlen(column->title) > widest)
			widest = strlen(column->title);
	}
	for (const struct column *column = view->columns; column && column->title; column++) {
		cell_text(column, record, &cell);
		if (!cell.len)
			continue;
		fprintf(out, "%s%*s%s\n", column->title, pad(strlen(column->title), widest + 2), "",
			text_str(&cell));
	}
	text_free(&cell);
}

/* --- lists --------------------------------------------------------------------------------- */

enum { MAX_COLUMNS = 24 };

struct table {
	struct call *c;
	const struct view *view;
	view_fn wanted;
	const void *ud;
	size_t widths[MAX_COLUMNS]; /* 0: nothing in it, so it is not shown */
	struct text cell;
	struct text line;
};

static bool is_wanted(const struct table *t, const void *record)
{
	return !t->wanted || t->wanted(t->ud, record);
}

static emsign_rc measure(void *ud, const char *kind, const void *record)
{
	struct table *t = ud;

	(void)kind;
	if (!is_wanted(t, record))
		return EMSIGN_OK;
	for (size_t i = 0; t->view->columns[i].title; i++) {
		const struct column *column = &t->view->columns[i];
		size_t width;

		if (column->shown != LISTED)
			continue;
		cell_text(column, record, &t->cell);
		width = width_of(text_str(&t->cell));
		if (width > t->widths[i])
			t->widths[i] = width;
	}
	return EMSIGN_OK;
}

/* One line of cells, or of titles when there is no record; no spaces at its end. */
static void write_line(struct table *t, const void *record)
{
	text_reset(&t->line);
	for (size_t i = 0; t->view->columns[i].title; i++) {
		const struct column *column = &t->view->columns[i];
		int space;

		if (!t->widths[i])
			continue;
		text_reset(&t->cell);
		if (record)
			cell_text(column, record, &t->cell);
		else
			text_add(&t->cell, column->title);
		space = pad(width_of(text_str(&t->cell)), t->widths[i]);
		if (column->type == NUMBER)
			text_print(&t->line, "%*s%s  ", space, "", text_str(&t->cell));
		else
			text_print(&t->line, "%s%*s", text_str(&t->cell), space + 2, "");
	}
	while (t->line.len && t->line.s[t->line.len - 1] == ' ')
		t->line.s[--t->line.len] = '\0';
	puts(text_str(&t->line));
}

static emsign_rc write_row(void *ud, const char *kind, const void *record)
{
	struct table *t = ud;

	if (session_interrupted())
		return call_fail(t->c, EMSIGN_E_CANCELED, "interrupted");
	if (!is_wanted(t, record))
		return EMSIGN_OK;
	if (t->c->json)
		return output_json_line(t->c, kind, record);
	write_line(t, record);
	return EMSIGN_OK;
}

emsign_rc view_list(struct call *c, const struct view *view, const emsign_kv *filter,
		    view_fn wanted, const void *ud)
{
	struct table t = { .c = c, .view = view, .wanted = wanted, .ud = ud };
	emsign_rc rc = EMSIGN_OK;

	c->listed = true;
	if (!c->json) {
		bool any = false;

		rc = emsign_client_scan(c->client, view->kind, filter, NULL, 0, measure, &t,
					&c->err);
		for (size_t i = 0; i < MAX_COLUMNS && view->columns[i].title; i++) {
			if (!t.widths[i])
				continue;
			any = true;
			if (strlen(view->columns[i].title) > t.widths[i])
				t.widths[i] = strlen(view->columns[i].title);
		}
		if (rc == EMSIGN_OK && any)
			write_line(&t, NULL);
		if (rc == EMSIGN_OK && !any)
			output_hint(c, "No %s here.", view->plural);
	}
	if (rc == EMSIGN_OK)
		rc = emsign_client_scan(c->client, view->kind, filter, NULL, 0, write_row, &t,
					&c->err);
	text_free(&t.cell);
	text_free(&t.line);
	return rc;
}
