/* SPDX-License-Identifier: MIT */
#include "registrar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API "/api/certinext/v2/"
#define TRIED "2026-01-15T10:2%zu:00Z"

static const emsign_kv json[] = { { "Content-Type", "application/json" }, { NULL, NULL } };

/* A question, and where its answer goes. */
struct asked {
	struct registrar *r;
	struct registrar_domain *domain; /* NULL: the question names none */
	const char *url;
	const char *body;
	char *text;
	size_t size;
	int status;
};

void registrar_login(struct play *p)
{
	static const emsign_kv fields[] = { { "api", "v2" }, { NULL, NULL } };

	PLAY_OK(p, emsign_client_credential_update(p->client, "lab", fields, NULL, &p->err));
	emsign_account_free(p->account);
	p->account = NULL;
	PLAY_OK(p, emsign_client_account(p->client, "lab", &p->account, &p->err));
}

struct registrar_domain *registrar_add(struct registrar *r, const char *name)
{
	struct registrar_domain *domain = &r->domains[r->n];

	assert_in_range(r->n, 0, REGISTRAR_DOMAINS - 1);
	memset(domain, 0, sizeof(*domain));
	r->n++;
	(void)snprintf(domain->name, sizeof(domain->name), "%s", name);
	(void)snprintf(domain->id, sizeof(domain->id), "id-%zu", r->n);
	(void)snprintf(domain->method, sizeof(domain->method), "dns-txt");
	(void)snprintf(domain->created, sizeof(domain->created), "2026-01-01T00:00:0%zuZ", r->n);
	domain->validation = "PENDING";
	domain->status = "ACTIVE";
	return domain;
}

/* --- answers ------------------------------------------------------------------------------ */

static void say(struct asked *a, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct asked *a, int status, const char *format, ...)
{
	size_t at = strlen(a->text);
	va_list list;

	va_start(list, format);
	at += (size_t)vsnprintf(a->text + at, a->size - at, format, list);
	va_end(list);
	assert_in_range(at, 0, a->size - 1);
	a->status = status;
}

static void refuse(struct asked *a, int status, const char *words)
{
	a->text[0] = '\0';
	say(a, status, "{\"type\":\"about:blank\",\"title\":\"No\",\"status\":%d,"
	    "\"detail\":\"%s\"}", status, words);
}

static void said(const struct asked *a, const char *member, char *out, size_t size)
{
	char key[64];
	const char *at;

	(void)snprintf(key, sizeof(key), "\"%s\":\"", member);
	at = strstr(a->body, key);
	at = at ? at + strlen(key) : "";
	(void)snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void row(struct asked *a, const struct registrar_domain *d, const char *status)
{
	say(a, 200, "{\"createdAt\":\"%s\",\"dcvStatus\":\"%s\",\"domainId\":\"%s\","
	    "\"domainName\":\"%s\",\"organizationId\":\"opaque\",\"%s\":\"%s\"",
	    d->created, a->r->stale ? "PENDING" : d->validation, d->id, d->name, status,
	    d->status);
}

static void token(struct asked *a, const struct registrar_domain *d)
{
	say(a, 200, "{\"method\":\"%s\"", d->method);
	if (d->tokens && strcmp(d->method, "http-url") == 0)
		say(a, 200, ",\"fileToken\":\"token-%d\",\"fileName\":\"proof\"", d->tokens);
	else if (d->tokens)
		say(a, 200, ",\"txtToken\":\"token-%d\",\"dnsHost\":\"_emudhra-challenge.%s\"",
		    d->tokens, d->name);
	say(a, 200, "}");
}

/* --- questions ---------------------------------------------------------------------------- */

static long number_of(const struct asked *a, const char *name)
{
	const char *at = strstr(a->url, name);

	return at ? strtol(at + strlen(name), NULL, 10) : 0;
}

static void page(struct asked *a, size_t total, void (*put)(struct asked *a, size_t i))
{
	size_t size = (size_t)number_of(a, "limit=");
	size_t from = (size_t)number_of(a, "offset=");
	size_t nth = from / size;

	if (a->r->page) {
		size = a->r->page;
		from = nth * size;
	}
	say(a, 200, "{\"content\":[");
	for (size_t i = from; i < total && i < from + size; i++) {
		say(a, 200, "%s", i > from ? "," : "");
		put(a, i);
	}
	say(a, 200, "],\"page\":%zu,\"size\":%zu,\"totalElements\":%zu,\"totalPages\":%zu}", nth,
	    size, total, (total + size - 1) / size);
}

static void put_domain(struct asked *a, size_t i)
{
	row(a, &a->r->domains[i], "status");
	say(a, 200, "}");
}

static void list(struct asked *a)
{
	page(a, a->r->n, put_domain);
}

static void add(struct asked *a)
{
	struct registrar_domain *domain;
	char name[64];

	said(a, "domainName", name, sizeof(name));
	for (size_t i = 0; i < a->r->n; i++)
		if (strcmp(a->r->domains[i].name, name) == 0) {
			refuse(a, 409, "EMS-DOMAIN-002 \xe2\x80\x94 Domain exists already");
			return;
		}
	domain = registrar_add(a->r, name);
	said(a, "dcvMethod", domain->method, sizeof(domain->method));
	(void)snprintf(domain->created, sizeof(domain->created), "2026-01-15T10:20:30Z");
	domain->tokens = 1;
	row(a, domain, "domainStatus");
	say(a, 201, ",\"dcvMethod\":\"%s\",\"dcv\":", domain->method);
	token(a, domain);
	say(a, 201, "}");
}

static void detail(struct asked *a)
{
	row(a, a->domain, "status");
	say(a, 200, ",\"dcv\":{\"method\":\"%s\"}}", a->domain->method);
}

/* A look at a pending one makes the token; a verified one has none to show. */
static void challenge(struct asked *a)
{
	struct registrar_domain seen = *a->domain;

	if (strcmp(seen.validation, "VERIFIED") == 0)
		seen.tokens = 0;
	else if (!seen.tokens)
		seen.tokens = a->domain->tokens = 1;
	token(a, &seen);
}

static void change(struct asked *a)
{
	said(a, "dcvMethod", a->domain->method, sizeof(a->domain->method));
	a->domain->tokens++;
	say(a, 200, "{\"domainId\":\"%s\",\"dcv\":", a->domain->id);
	token(a, a->domain);
	say(a, 200, "}");
}

static void diagnostics(struct asked *a, size_t nth, bool found)
{
	say(a, 200, "\"diagnostics\":{\"domainName\":\"%s\",\"attemptTimestamp\":\"" TRIED "\","
	    "\"overallStatus\":\"%s\",\"failureClass\":\"%s\",\"nextSteps\":[{\"key\":"
	    "\"dcv.nextStep.txt.recordMissing\",\"severity\":\"ERROR\",\"params\":{"
	    "\"recordName\":\"_emudhra-challenge.%s\"}}]}",
	    a->domain->name, nth, found ? "VERIFIED" : "FAILED",
	    a->r->failure ? a->r->failure : "RECORD_MISSING", a->domain->name);
}

static void look(struct asked *a)
{
	bool found = a->r->unseen == 0;

	if (strcmp(a->domain->status, "INACTIVE") == 0) {
		refuse(a, 422, "[EMS-1165] The domain is not in a state for this");
		return;
	}
	a->domain->attempts++;
	if (!found) {
		a->r->unseen--;
		say(a, 422, "{\"type\":\"about:blank\",\"title\":\"No\",\"status\":422,\"detail\":"
		    "\"Domain verification failed\",");
		diagnostics(a, a->domain->attempts, false);
		say(a, 422, "}");
		return;
	}
	a->domain->validation = "VERIFIED";
	if (a->r->terse)
		a->status = 204;
	else
		say(a, 200, "{\"overallStatus\":\"VERIFIED\"}");
}

/* The newest first. */
static void put_attempt(struct asked *a, size_t i)
{
	size_t nth = a->domain->attempts - i;
	bool found = i == 0 && strcmp(a->domain->validation, "VERIFIED") == 0;

	say(a, 200, "{\"attemptId\":\"%zu\",\"attemptedAt\":\"" TRIED "\",\"method\":\"DNS_TXT\","
	    "\"failureClass\":\"UNKNOWN\",\"overallStatus\":\"%s\"}", 700 + nth, nth,
	    found ? "VERIFIED" : "FAILED");
}

static void attempts(struct asked *a)
{
	if (!a->domain->attempts)
		refuse(a, 404, "No DCV attempts found for this domain.");
	else
		page(a, a->domain->attempts, put_attempt);
}

static void last_attempt(struct asked *a)
{
	bool found = strcmp(a->domain->validation, "VERIFIED") == 0;

	say(a, 200, "{\"method\":\"dns-txt\",\"status\":\"%s\",", found ? "VERIFIED" : "FAILED");
	diagnostics(a, a->domain->attempts, found);
	say(a, 200, "}");
}

static void deactivate(struct asked *a)
{
	if (strcmp(a->domain->status, "INACTIVE") == 0) {
		refuse(a, 422, "The domain is not active.");
		return;
	}
	a->domain->status = "INACTIVE";
	row(a, a->domain, "domainStatus");
	say(a, 200, "}");
}

static void login(struct asked *a)
{
	say(a, 200, "{\"access_token\":\"EMSIGN-CANARY-token\",\"token_type\":\"Bearer\","
	    "\"expires_in\":3600}");
}

/* --- which question it is ----------------------------------------------------------------- */

/* The letter goes into the trail; a rest is looked for behind the domain's id. */
static const struct {
	const char *method;
	const char *path, *rest;
	char letter;
	void (*answer)(struct asked *a);
} questions[] = {
	{ "POST", "/oauth/token", NULL, '\0', login },
	{ "GET", API "domains", NULL, 'L', list },
	{ "POST", API "domains", NULL, 'A', add },
	{ "GET", API "domains/", "", 'D', detail },
	{ "GET", API "domains/", "/dcv", 'C', challenge },
	{ "PATCH", API "domains/", "/dcv/method", 'M', change },
	{ "POST", API "domains/", "/dcv/verify", 'V', look },
	{ "GET", API "domains/", "/dcv/attempts", 'T', attempts },
	{ "GET", API "domains/", "/dcv/attempts/last", 't', last_attempt },
	{ "POST", API "domains/", "/deactivate", 'X', deactivate },
};

static bool is_it(size_t i, const struct scripted_request *request, struct asked *a)
{
	const char *path = strstr(request->url + strlen("https://"), "/");
	size_t len = strlen(questions[i].path);
	size_t end = strcspn(path, "?");

	if (strcmp(request->method, questions[i].method) != 0 ||
	    strncmp(path, questions[i].path, len) != 0)
		return false;
	if (!questions[i].rest)
		return end == len;
	for (size_t d = 0; d < a->r->n; d++) {
		size_t id = strlen(a->r->domains[d].id);

		if (strncmp(path + len, a->r->domains[d].id, id) != 0 ||
		    end != len + id + strlen(questions[i].rest) ||
		    strncmp(path + len + id, questions[i].rest, end - len - id) != 0)
			continue;
		a->domain = &a->r->domains[d];
		return true;
	}
	return false;
}

bool registrar_hears(const struct scripted_request *request)
{
	return strstr(request->url, "/oauth/token") || strstr(request->url, API);
}

void registrar_answer(struct registrar *r, const struct scripted_request *request, char *text,
		      size_t size, struct scripted_answer *out)
{
	struct asked a = { .r = r, .url = request->url, .body = request->body ? request->body : "",
			   .text = text, .size = size };
	size_t trail = strlen(r->trail);
	size_t i = 0;

	text[0] = '\0';
	while (i < COUNT(questions) && !is_it(i, request, &a))
		i++;
	if (i == COUNT(questions)) {
		refuse(&a, 404, "Domain not found.");
	} else {
		assert_in_range(trail, 0, sizeof(r->trail) - 2);
		r->trail[trail] = questions[i].letter;
		r->trail[trail + 1] = '\0';
		questions[i].answer(&a);
	}
	*out = (struct scripted_answer){ .status = a.status, .headers = json, .body = text };
}
