/* SPDX-License-Identifier: MIT */
/* The second generation's calls: which one it is, the checks before it, answers and problems. */
#include "v2.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define ORDER SIM_V2_ORDER
#define DOMAIN SIM_V2_DOMAIN

/* A "+" stands for the collection of any family, {} for an id. */
static const struct sim_v2_verb verbs[] = {
	{ "v2.token", "POST", "/oauth/token", 0, false, sim_v2_token_grant },
	{ "v2.me", "GET", "auth/me", 0, false, sim_v2_account_me },
	{ "v2.products", "GET", "catalog/products", 0, false, sim_v2_account_products },
	{ "v2.fields", "GET", "catalog/products/{}/custom-fields", 0, false,
	  sim_v2_account_fields },
	{ "v2.groups", "GET", "groups", 0, false, sim_v2_account_groups },
	{ "v2.organizations", "GET", "organizations", 0, false, sim_v2_account_organizations },
	{ "v2.organization", "GET", "organizations/{}", 0, false, sim_v2_account_organization },
	{ "v2.create", "POST", "ssl-certificates", 0, true, sim_v2_create_ssl },
	{ "v2.create-private", "POST", "private-pki-certificates", 0, true,
	  sim_v2_create_private },
	{ "v2.create-signature", "POST", "signature-certificates", 0, true,
	  sim_v2_create_signature },
	{ "v2.track", "GET", "+/{}", ORDER, false, sim_v2_track },
	{ "v2.dcv", "GET", "ssl-certificates/{}/dcv", ORDER, false, sim_v2_dcv_get },
	{ "v2.verify", "POST", "ssl-certificates/{}/dcv/verify", ORDER, false,
	  sim_v2_dcv_verify },
	{ "v2.csr", "PUT", "+/{}/csr", ORDER, false, sim_v2_after_csr },
	{ "v2.agreement", "POST", "ssl-certificates/{}/agreement", ORDER, false,
	  sim_v2_after_agreement },
	{ "v2.agreement", "POST", "signature-certificates/{}/agreement", ORDER, false,
	  sim_v2_after_agreement },
	{ "v2.certificate", "GET", "+/{}/certificate", ORDER, false, sim_v2_certificate_get },
	{ "v2.cancel", "POST", "+/{}/cancel", ORDER, false, sim_v2_after_cancel },
	{ "v2.cancel-draft", "POST", "ssl-certificates/requests/{}/cancel", 0, false,
	  sim_v2_after_cancel_draft },
	{ "v2.reject", "POST", "ssl-certificates/{}/reject", 0, false, sim_v2_after_reject },
	{ "v2.revoke", "POST", "+/{}/revoke", ORDER, false, sim_v2_after_revoke },
	{ "v2.reissue", "POST", "ssl-certificates/{}/reissue", ORDER, false,
	  sim_v2_after_reissue },
	{ "v2.create-domain", "POST", "domains", 0, false, sim_v2_domain_create },
	{ "v2.domains", "GET", "domains", 0, false, sim_v2_domains_list },
	{ "v2.domain", "GET", "domains/{}", DOMAIN, false, sim_v2_domain_get },
	{ "v2.domain-dcv", "GET", "domains/{}/dcv", DOMAIN, false, sim_v2_domain_dcv },
	{ "v2.domain-method", "PATCH", "domains/{}/dcv/method", DOMAIN, false,
	  sim_v2_domain_method },
	{ "v2.domain-verify", "POST", "domains/{}/dcv/verify", DOMAIN, false,
	  sim_v2_domain_verify },
	{ "v2.attempts", "GET", "domains/{}/dcv/attempts", DOMAIN, false,
	  sim_v2_proof_attempts },
	{ "v2.last-attempt", "GET", "domains/{}/dcv/attempts/last", DOMAIN, false,
	  sim_v2_proof_last },
	{ "v2.attempt", "GET", "domains/{}/dcv/attempts/{}", DOMAIN, false,
	  sim_v2_proof_attempt },
	{ "v2.deactivate", "POST", "domains/{}/deactivate", DOMAIN, false,
	  sim_v2_domain_deactivate },
	{ "v2.orders", "GET", "reports/orders", 0, false, sim_v2_report_orders },
	{ "v2.ledger", "GET", "reports/ledger", 0, false, sim_v2_report_ledger },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char *const collections[] = {
	[SIM_SSL] = "ssl-certificates", [SIM_PRIVATE] = "private-pki-certificates",
	[SIM_SMIME] = NULL, [SIM_SIGNER] = "signature-certificates",
};

/* What an answer to a repeated Idempotency-Key is, where keys are kept. */
struct sim_v2_replay {
	int status;
	const char *body;
	const char *extra;
};

static int collection_of(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(collections) / sizeof(collections[0]); i++)
		if (collections[i] && strlen(collections[i]) == len &&
		    !strncmp(collections[i], text, len))
			return (int)i;
	return -1;
}

/* Does the path have this form?  The parts at {} are noted down, and the family at "+". */
static bool matches(const char *form, const char *path, struct sim_v2_call *call)
{
	int n = 0;

	if (*form == '/')
		return !strcmp(form, path);
	if (strncmp(path, SIM_V2_PREFIX, strlen(SIM_V2_PREFIX)) != 0)
		return false;
	path += strlen(SIM_V2_PREFIX);
	call->family = SIM_SSL;
	for (;;) {
		size_t want = strcspn(form, "/"), have = strcspn(path, "/");
		int family = collection_of(path, have);

		if (family >= 0)
			call->family = (enum sim_family)family;
		if (!have || (*form == '+' && family < 0))
			return false;
		if (*form == '{')
			call->path[n++] = sim_mem_copy(call->arena, path, have);
		else if (*form != '+' && (want != have || strncmp(form, path, have) != 0))
			return false;
		form += want;
		path += have;
		if (!*form || !*path)
			return !*form && !*path;
		form++;
		path++;
	}
}

static const struct sim_v2_verb *find(const struct sim_request *request, struct sim_v2_call *call)
{
	size_t i;

	for (i = 0; i < N_VERBS; i++)
		if (!strcmp(verbs[i].method, request->method) &&
		    matches(verbs[i].path, request->path, call))
			return &verbs[i];
	return NULL;
}

bool sim_v2_call_is_ours(const char *path)
{
	return !strncmp(path, "/api/", 5) || !strncmp(path, "/oauth/", 7);
}

bool sim_v2_call_is_verb(const char *name)
{
	size_t i;

	for (i = 0; i < N_VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return true;
	return !strcmp(name, "v2.*");
}

const char *sim_v2_call_name(const struct sim_request *request)
{
	struct sim_arena arena = { 0 };
	struct sim_v2_call call = { .arena = &arena };
	const struct sim_v2_verb *verb = find(request, &call);

	sim_mem_drop(&arena);
	return verb ? verb->name : NULL;
}

int sim_v2_no(struct sim_v2_call *call, int status, const char *code, const char *text)
{
	call->code = code;
	call->text = text;
	return status;
}

int sim_v2_refuse(struct sim_v2_call *call, struct sim_result result, const char *code)
{
	return sim_v2_no(call, 422, *code ? code : sim_v2_words(call, "%d", result.code),
			 result.text ? result.text : sim_call_error_text(result.code));
}

const char *sim_v2_words(struct sim_v2_call *call, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return sim_mem_text(call->arena, text);
}

void sim_v2_time(struct sim_v2_call *call, const char *key, long long ms)
{
	if (ms)
		sim_json_text(&call->out, key, sim_clock_iso(call->arena, ms));
}

bool sim_v2_is(const struct sim_v2_call *call, enum sim_v2_mode mode, const char *value)
{
	return !strcmp(sim_v2_mode_get(call->sim, mode), value);
}

void sim_v2_missing(struct sim_v2_call *call, const char *field)
{
	struct sim_json_out out = { .buf = &call->missing, .comma = call->missing.len > 0 };

	sim_json_open(&out, NULL, '{');
	sim_json_text(&out, "field", field);
	sim_json_text(&out, "message", "must not be blank");
	sim_json_close(&out, '}');
}

/* RFC 9457, as the service fills it. */
static void put_problem(struct sim_json_out *out, int status, const char *type,
			const char *detail, const char *path)
{
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "type", type);
	sim_json_text(out, "title", sim_http_reason(status));
	sim_json_number(out, "status", status);
	sim_json_text(out, "detail", detail);
	sim_json_text(out, "instance", path);
}

static void refuse(struct sim_v2_call *call, int status)
{
	struct sim_json_out out = { .buf = &call->answer->body };
	bool book = sim_v2_is(call, SIM_V2_DETAIL, "documented");
	const char *detail = !*call->code ? call->text :
		sim_v2_words(call, book ? "EMS-%s \xe2\x80\x94 %s" : "[EMS-%s] %s", call->code,
			     call->text);

	out.buf->len = 0;
	call->answer->type = "application/problem+json";
	put_problem(&out, status, call->slug ?
		    sim_v2_words(call, "https://api.certinext.io/errors/%s", call->slug) :
		    "about:blank", detail, call->http->path);
	if (call->missing.len) {
		sim_json_open(&out, "errors", '[');
		sim_buf_add(out.buf, call->missing.data, call->missing.len);
		sim_json_close(&out, ']');
	}
	if (call->more.len)
		sim_buf_add(out.buf, call->more.data, call->more.len);
	sim_json_close(&out, '}');
}

void sim_v2_call_fault(const struct sim_request *request, struct sim_answer *answer)
{
	struct sim_json_out out = { .buf = &answer->body };

	answer->type = "application/problem+json";
	put_problem(&out, answer->status, "about:blank", answer->status == 401 ?
		    "ACCESS_TOKEN_REVOKED" : sim_http_reason(answer->status), request->path);
	sim_json_close(&out, '}');
}

void sim_v2_call_lost(struct sim *sim, const struct sim_request *request,
		      struct sim_answer *answer)
{
	struct sim_arena arena = { 0 };
	struct sim_v2_call call = { .arena = &arena };
	size_t i;

	answer->v2 = true;
	for (i = 0; i < N_VERBS && !matches(verbs[i].path, request->path, &call); i++)
		continue;
	sim_call_spring(sim, i < N_VERBS ? 405 : 404, request->path, answer);
	if (i < N_VERBS)
		answer->extra = !strcmp(verbs[i].method, "GET") ? "Allow: GET\r\n" :
			!strcmp(verbs[i].method, "PUT") ? "Allow: PUT\r\n" :
			!strcmp(verbs[i].method, "PATCH") ? "Allow: PATCH\r\n" :
			"Allow: POST\r\n";
	sim_mem_drop(&arena);
}

/* Looks up what the path names. */
static int find_subject(struct sim_v2_call *call)
{
	const char *id = call->path[0];

	if (call->verb->subject == SIM_V2_ORDER) {
		call->order = !strcmp(call->verb->method, "GET") ?
			sim_order_peek(call->sim, call->arena, id) :
			sim_order_find(call->sim, id);
		if (!call->order || call->order->product->family != call->family)
			return sim_v2_no(call, 404, "", sim_v2_words(
				call, "Order %.64s not found under this account.", id));
		sim_life_advance(call->sim, call->order);
	}
	if (call->verb->subject == SIM_V2_DOMAIN) {
		call->domain = sim_domain_by_id(call->sim, id);
		if (!call->domain)
			return sim_v2_no(call, 404, "", "Domain not found under this account.");
	}
	return 0;
}

static int read_body(struct sim_v2_call *call)
{
	const char *type = sim_http_header(call->http, call->arena, "Content-Type");

	if (!call->http->len || !strcmp(call->verb->method, "GET"))
		return 0;
	if (!type || !strcasestr(type, "application/json"))
		return sim_v2_no(call, 415, "", sim_v2_words(
			call, "Content-Type '%.64s' is not supported.", type ? type : ""));
	call->body = sim_json_read(call->arena, call->http->body, call->http->len);
	return call->body && call->body->type == SIM_JSON_OBJECT ? 0 :
		sim_v2_no(call, 400, "", "Failed to read request");
}

/* Who is asking, and is the request one at all? */
static int check(struct sim_v2_call *call)
{
	const struct sim_account *account = &call->sim->account;
	const char *refusal = sim_v2_token_refuses(call);
	int status;

	if (refusal)
		return sim_v2_no(call, 401, "", refusal);
	if (account->deactivated || account->expired || account->user_disabled)
		return sim_v2_no(call, 403, "", "The account or its user is not active.");
	status = read_body(call);
	if (status)
		return status;
	if (sim_fault_is(call->fault, "business"))
		return sim_v2_no(call, 422, sim_v2_words(call, "%ld", call->fault->number),
				 call->fault->message ? call->fault->message :
				 sim_call_error_text((int)call->fault->number));
	if (call->verb->placement && !sim_place_allowed(call->sim)) {
		call->answer->extra = "Retry-After: 2\r\n";
		return sim_v2_no(call, 429, "", "Too many requests");
	}
	return find_subject(call);
}

/* Where the answers of a key are kept, or 0. */
static uint64_t replay_key(struct sim_v2_call *call)
{
	const char *key = sim_http_header(call->http, call->arena, "Idempotency-Key");

	if (!key || !strcmp(call->verb->method, "GET") ||
	    !sim_v2_is(call, SIM_V2_IDEMPOTENCY, "documented"))
		return 0;
	return sim_mem_hash(sim_mem_printf(call->arena, "%s %s %s", call->verb->name,
					   call->http->path, key));
}

static int run(struct sim_v2_call *call)
{
	struct sim_buf *body = &call->answer->body;
	struct sim_v2_replay *kept;
	uint64_t key;
	int status;

	if (call->verb->run == sim_v2_token_grant) {
		call->body = sim_json_read(call->arena, call->http->body, call->http->len);
		return sim_v2_token_grant(call);
	}
	status = check(call);
	if (status)
		return status;
	key = replay_key(call);
	kept = key ? sim_map_get(&call->sim->replays, key) : NULL;
	if (kept) {
		sim_buf_text(body, kept->body);
		call->answer->extra = kept->extra;
		return kept->status;
	}
	status = call->verb->run(call);
	if (key && status < 300) {
		kept = sim_mem_alloc(&call->sim->arena, sizeof(*kept));
		kept->status = status;
		kept->body = sim_mem_copy(&call->sim->arena, body->data, body->len);
		kept->extra = call->answer->extra;
		sim_map_put(&call->sim->replays, key, kept);
	}
	return status;
}

void sim_v2_call_answer(struct sim *sim, const struct sim_request *request,
			const struct sim_fault *fault, struct sim_answer *answer, char *note,
			size_t room)
{
	struct sim_arena arena = { 0 };
	struct sim_v2_call call = { .sim = sim, .arena = &arena, .http = request, .fault = fault,
				    .answer = answer, .code = "" };
	struct timespec asked;
	bool token;

	clock_gettime(CLOCK_MONOTONIC, &asked);
	call.verb = find(request, &call);
	token = call.verb->run == sim_v2_token_grant;
	call.query = sim_json_form(&arena, request->query, strlen(request->query));
	call.out = (struct sim_json_out){ .buf = &answer->body };
	sim_clock_wait(sim, &asked, sim->options->latency / 2);
	if (call.verb->placement)
		sim_clock_sleep(sim, sim->options->delay_placement);
	pthread_mutex_lock(&sim->lock);
	sim_log_count(sim, call.verb->name);
	answer->status = run(&call);
	if (answer->status >= 400 && !token)
		refuse(&call, answer->status);
	/* a header line that a handler made lives in the call; the answer lives longer */
	if (answer->extra)
		answer->extra = sim_mem_text(&sim->arena, answer->extra);
	pthread_mutex_unlock(&sim->lock);
	sim_clock_wait(sim, &asked, sim->options->latency);
	snprintf(note, room, "%d %s%s", answer->status, *call.code && !token ? "EMS-" : "",
		 *call.code ? call.code : call.order ? call.order->number : "");
	sim_buf_free(&call.more);
	sim_buf_free(&call.missing);
	sim_mem_drop(&arena);
}
