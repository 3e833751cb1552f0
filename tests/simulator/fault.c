/* SPDX-License-Identifier: MIT */
/* Faults: which call misbehaves how, how often. */
#include "v2.h"

#include <string.h>

static const struct {
	const char *name;
	bool replaces;		/* the answer is something else than the service's */
	bool has_number;
	long number;		/* when none is given */
} kinds[] = {
	{ "lost-answer", false, false, 0 },	{ "reset-before", false, false, 0 },
	{ "truncate", false, true, 0 },		{ "delay", false, true, 1000 },
	{ "business", false, true, 939 },	{ "status", true, true, 503 },
	{ "garbage", true, false, 0 },		{ "html", true, false, 0 },
	{ "empty", true, false, 0 },		{ "huge", true, true, 64 * 1024 * 1024 },
	{ "deep", true, true, 100000 },		{ "bad-utf8", true, false, 0 },
	{ "proxy", true, true, 503 },		{ "no-content", true, false, 0 },
	{ "late-answer", false, true, 1000 },	{ "chunked", false, true, 16 },
	{ "extra-members", false, false, 0 },
	/* of the second generation, see v2_token.c */
	{ "revoke-token", false, false, 0 },
	/* of listings, see report.c */
	{ "empty-page", false, false, 0 },	{ "short-page", false, true, 1 },
	{ "repeat-page", false, true, -1 },	{ "stale-page", false, true, -1 },
	{ "wrong-total", false, true, 1 },	{ "wrong-pages", false, true, -1 },
	{ "unfiltered", false, false, 0 },
};

static int kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return (int)i;
	return -1;
}

static void add(struct sim *sim, struct sim_fault *fault)
{
	struct sim_fault **end;

	pthread_mutex_lock(&sim->lock);
	for (end = &sim->faults; *end; end = &(*end)->next)
		continue;
	*end = fault;
	pthread_mutex_unlock(&sim->lock);
}

static bool is_verb(const char *name)
{
	return !strcmp(name, "*") || sim_call_find(name) || sim_v2_call_is_verb(name);
}

/* "EMS-913" and "913" are the same code.  Nothing needs more than a gigabyte. */
static long number_of(const char *text)
{
	long number = strtol(!strncmp(text, "EMS-", 4) ? text + 4 : text, NULL, 10);

	return number < -(1 << 30) ? -(1 << 30) : number > 1 << 30 ? 1 << 30 : number;
}

bool sim_fault_add_text(struct sim *sim, const char *text)
{
	struct sim_fault *fault = sim_mem_alloc(&sim->arena, sizeof(*fault));
	char *copy = sim_mem_text(&sim->arena, text), *parts[4] = { NULL }, *save = NULL, *part;
	char *page;
	int n = 0, kind, next = 2;

	for (part = strtok_r(copy, ":", &save); part && n < 4; part = strtok_r(NULL, ":", &save))
		parts[n++] = part;
	kind = n >= 2 ? kind_of(parts[1]) : -1;
	page = kind >= 0 ? strchr(parts[0], '@') : NULL;
	if (page)
		*page++ = '\0';
	if (kind < 0 || part || !is_verb(parts[0]) || (page && !sim_check_digits(page, 1, 9)))
		return false;
	*fault = (struct sim_fault){ .verb = parts[0], .kind = kinds[kind].name, .times = -1,
				     .rate = 100, .number = kinds[kind].number,
				     .page = page ? strtol(page, NULL, 10) : 0 };
	if (kinds[kind].has_number && parts[next])
		fault->number = number_of(parts[next++]);
	if (parts[next] && strchr(parts[next], '%'))
		fault->rate = (int)strtol(parts[next++], NULL, 10);
	else if (parts[next])
		fault->times = strtol(parts[next++], NULL, 10);
	if (next < n)
		return false;
	add(sim, fault);
	return true;
}

static long number(const struct sim_json *request, const char *key, long missing)
{
	const char *text = sim_json_str(request, key);

	return *text ? number_of(text) : missing;
}

static const char *kept(struct sim *sim, const struct sim_json *request, const char *key)
{
	const char *text = sim_json_str(request, key);

	return *text ? sim_mem_text(&sim->arena, text) : NULL;
}

bool sim_fault_add_json(struct sim *sim, const struct sim_json *request)
{
	static const char *const numbers[] = { "code", "errorCode", "status", "bytes", "ms",
					       "levels", "argument", "arg" };
	const char *verb = sim_json_str(request, "verb");
	int kind = kind_of(sim_json_str(request, "kind"));
	struct sim_fault *fault;
	size_t i;

	verb = *verb ? verb : "*";
	if (kind < 0 || !is_verb(verb))
		return false;
	pthread_mutex_lock(&sim->lock);
	fault = sim_mem_alloc(&sim->arena, sizeof(*fault));
	fault->verb = sim_mem_text(&sim->arena, verb);
	fault->kind = kinds[kind].name;
	fault->number = kinds[kind].number;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		fault->number = number(request, numbers[i], fault->number);
	fault->message = kept(sim, request, "message");
	if (sim_check_digits(sim_json_str(request, "retry_after"), 1, 6))
		fault->retry_header = sim_mem_printf(&sim->arena, "Retry-After: %s\r\n",
						     sim_json_str(request, "retry_after"));
	fault->times = number(request, "times", sim_json_get(request, "rate") ? -1 : 1);
	fault->skip = number(request, "skip", 0);
	fault->page = number(request, "page", 0);
	fault->rate = (int)number(request, "rate", 100);
	fault->done = !strcmp(sim_json_str(request, "done"), "true");
	pthread_mutex_unlock(&sim->lock);
	add(sim, fault);
	return true;
}

void sim_fault_clear(struct sim *sim)
{
	pthread_mutex_lock(&sim->lock);
	sim->faults = NULL;
	pthread_mutex_unlock(&sim->lock);
}

/* The page that a report is asked for. */
static long page_of(const struct sim_request *request)
{
	struct sim_arena arena = { 0 };
	const struct sim_json *body = sim_json_read(&arena, request->body, request->len);
	const struct sim_json *query = sim_json_form(&arena, request->query,
						     strlen(request->query));
	long page = number(sim_json_obj(body, "searchCriteria"), "pageNumber",
			   number(query, "page", 1));

	sim_mem_drop(&arena);
	return page;
}

/* Does the verb of a fault mean this one?  "v2.*" is all of them that need a token. */
static bool means(const char *wanted, const char *verb)
{
	const struct sim_verb *v1 = sim_call_find(wanted);

	if (!strcmp(wanted, "v2.*"))
		return !strncmp(verb, "v2.", 3) && strcmp(verb, "v2.token") != 0;
	return !strcmp(wanted, "*") || !strcmp(v1 ? v1->name : wanted, verb);
}

bool sim_fault_take(struct sim *sim, const char *verb, const struct sim_request *request,
		    struct sim_fault *out)
{
	struct sim_fault *fault;
	bool found = false;

	pthread_mutex_lock(&sim->lock);
	for (fault = sim->faults; fault && !found; fault = fault->next) {
		if (!means(fault->verb, verb) || !fault->times ||
		    (fault->page && fault->page != page_of(request)))
			continue;
		if (fault->skip > 0) {
			fault->skip--;
			continue;
		}
		if ((int)(sim_clock_random(sim) % 100) >= fault->rate)
			continue;
		if (fault->times > 0)
			fault->times--;
		*out = *fault;
		found = true;
	}
	pthread_mutex_unlock(&sim->lock);
	return found;
}

bool sim_fault_is(const struct sim_fault *fault, const char *kind)
{
	return fault && !strcmp(fault->kind, kind);
}

bool sim_fault_replaces(const struct sim_fault *fault)
{
	return kinds[kind_of(fault->kind)].replaces;
}

static void put_page(struct sim_buf *body, int status)
{
	sim_buf_printf(body, "<html>\r\n<head><title>%d Proxy</title></head>\r\n<body>\r\n"
		       "<center><h1>The proxy could not reach the server</h1></center>\r\n"
		       "</body>\r\n</html>\r\n", status);
}

static void put_with_more(struct sim_json_out *out, const char *key, const struct sim_json *value)
{
	const struct sim_json *child;
	bool object = value->type == SIM_JSON_OBJECT;

	if (!object && value->type != SIM_JSON_ARRAY) {
		sim_json_value(out, key, value);
		return;
	}
	sim_json_open(out, key, object ? '{' : '[');
	if (object)
		sim_json_text(out, "newText", "of a later release");
	for (child = value->first; child; child = child->next)
		put_with_more(out, child->key, child);
	if (object) {
		sim_json_open(out, "newList", '[');
		sim_json_open(out, NULL, '{');
		sim_json_number(out, "newNumber", 7);
		sim_json_close(out, '}');
		sim_json_close(out, ']');
	}
	sim_json_close(out, object ? '}' : ']');
}

void sim_fault_add_members(struct sim_answer *answer)
{
	struct sim_arena arena = { 0 };
	struct sim_buf more = { 0 };
	struct sim_json_out out = { .buf = &more };
	const struct sim_json *value = sim_json_read(&arena, answer->body.data, answer->body.len);

	if (value) {
		put_with_more(&out, NULL, value);
		sim_buf_free(&answer->body);
		answer->body = more;
	}
	sim_mem_drop(&arena);
}

static void put_deep(struct sim_buf *body, long levels)
{
	long i;

	sim_buf_text(body, "{\"meta\":");
	for (i = 0; i < levels; i++)
		sim_buf_text(body, "[");
	for (i = 0; i < levels; i++)
		sim_buf_text(body, "]");
	sim_buf_text(body, "}");
}

static void put_huge(struct sim_buf *body, long bytes)
{
	static const char head[] = "{\"meta\":{\"ver\":\"1.0\",\"errorMessage\":\"";
	static const char tail[] = "\"}}";
	long fill = bytes - (long)sizeof(head) - (long)sizeof(tail) + 2;

	sim_buf_text(body, head);
	if (fill > 0) {
		memset(sim_buf_room(body, (size_t)fill), 'x', (size_t)fill);
		body->len += (size_t)fill;
	}
	sim_buf_text(body, tail);
}

void sim_fault_answer(const struct sim_fault *fault, const struct sim_request *request,
		      struct sim_answer *answer)
{
	static const char garbage[] = "{\"meta\":{\"ver\":\"1.0\",]\0\377}{";
	const char *kind = fault->kind;

	answer->body.len = 0;
	answer->status = 200;
	answer->extra = NULL;
	answer->type = NULL;
	if (!strcmp(kind, "status")) {
		answer->status = (int)fault->number;
		if (answer->v2)
			sim_v2_call_fault(request, answer);
		else
			sim_call_spring(NULL, answer->status, SIM_CONTEXT, answer);
		if (fault->retry_header)
			answer->extra = fault->retry_header;
	} else if (!strcmp(kind, "html") || !strcmp(kind, "proxy")) {
		answer->status = fault->number ? (int)fault->number : 200;
		answer->type = "text/html";
		put_page(&answer->body, answer->status);
	} else if (!strcmp(kind, "no-content")) {
		answer->status = 204;
	} else if (!strcmp(kind, "garbage")) {
		sim_buf_add(&answer->body, garbage, sizeof(garbage) - 1);
	} else if (!strcmp(kind, "bad-utf8")) {
		sim_buf_text(&answer->body, "{\"meta\":{\"ver\":\"1.0\",\"ts\":\"\377\300\257\","
			     "\"txn\":\"\355\240\200\",\"status\":\"1\",\"errorCode\":\"\","
			     "\"errorMessage\":\"\"}}");
	} else if (!strcmp(kind, "deep")) {
		put_deep(&answer->body, fault->number);
	} else if (!strcmp(kind, "huge")) {
		put_huge(&answer->body, fault->number);
	}
}
