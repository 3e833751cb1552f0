/* SPDX-License-Identifier: MIT */
/* The envelope: which call it is, the checks of meta in the service's order, the answer. */
#include "sim.h"

#include <ctype.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

static const struct sim_verb verbs[] = {
	{ "ValidateCredentials", NULL, SIM_LAYOUT_ODD, false, sim_account_validate, NULL },
	{ "GetGroupDetails", NULL, SIM_LAYOUT_GROUP, false, sim_account_groups, NULL },
	{ "GetGroupDetailsV2", "groupDetails", SIM_LAYOUT_GROUP, false, sim_account_groups_v2,
	  NULL },
	{ "GetOrganizationDetails", "organizationDetails", SIM_LAYOUT_DECLARED, false,
	  sim_account_organization, NULL },
	{ "GetDomainDetails", NULL, SIM_LAYOUT_DECLARED, false, sim_account_domains, NULL },
	{ "GetProductDetails", "productDetails", SIM_LAYOUT_DECLARED, false, sim_catalogue_list,
	  NULL },
	{ "GetFieldDetails", "productDetails", SIM_LAYOUT_DECLARED, false, sim_catalogue_fields,
	  NULL },
	{ "GetLedgerStatementDetails", "statementDetails", SIM_LAYOUT_DECLARED, false,
	  sim_account_ledger, NULL },
	{ "GenerateOrderSSL", "orderDetails", SIM_LAYOUT_PLACEMENT, true, sim_place_ssl, NULL },
	{ "GenerateOrderPrivatePKI", "orderDetails", SIM_LAYOUT_PLACEMENT, true,
	  sim_place_private, NULL },
	{ "GenerateOrderSMIME", "orderDetails", SIM_LAYOUT_PLACEMENT, true, sim_place_smime,
	  NULL },
	{ "GenerateOrderSignature", "orderDetails", SIM_LAYOUT_PLACEMENT, true, sim_place_signer,
	  NULL },
	{ "SubmitCSR", "orderDetails", SIM_LAYOUT_DECLARED, false, sim_after_csr, NULL },
	{ "SubmitDocument", "documentDetails", SIM_LAYOUT_DECLARED, false, sim_after_document,
	  NULL },
	{ "AgreementAcceptance", "agreementDetails", SIM_LAYOUT_DECLARED, false,
	  sim_after_agreement, NULL },
	{ "TrackOrder", "orderDetails", SIM_LAYOUT_DECLARED, false, sim_track_order, NULL },
	{ "GetDcv", "dcvDetails", SIM_LAYOUT_DECLARED, false, sim_dcv_get, NULL },
	{ "VerifyDcv", "dcvDetails", SIM_LAYOUT_DECLARED, false, sim_dcv_verify, NULL },
	{ "RejectOrder", "orderDetails", SIM_LAYOUT_DECLARED, false, sim_after_reject, NULL },
	{ "RejectRequest", "orderDetails", SIM_LAYOUT_DECLARED, false, sim_after_reject_request,
	  NULL },
	{ "GetCertificate", "orderDetails", SIM_LAYOUT_DATA_FIRST, false, sim_after_certificate,
	  sim_after_certificate_failed },
	{ "RevokeOrder", "revocationDetails", SIM_LAYOUT_DECLARED, false, sim_after_revoke, NULL },
	{ "GetOrderReport", "searchCriteria", SIM_LAYOUT_HASH, false, sim_report_list, NULL },
};

const struct sim_verb *sim_call_find(const char *name)
{
	size_t i;

	/* the service is tolerant of the case of the first letter only */
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (tolower((unsigned char)*name) == tolower((unsigned char)*verbs[i].name) &&
		    !strcmp(name + 1, verbs[i].name + 1))
			return &verbs[i];
	return NULL;
}

const char *sim_call_error_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} table[] = {
#define SIM_ERROR(code, text) { code, text },
#include "errors.def"
#undef SIM_ERROR
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code)
			return table[i].text;
	return "Unknown error";
}

static void put_meta(struct sim_call *call, struct sim_result result, enum sim_layout layout)
{
	struct sim_json_out *out = &call->out;
	const char *status = result.code ? "0" : "1";
	char code[16] = "";
	const char *text = "";

	if (result.code) {
		snprintf(code, sizeof(code), "EMS-%d", result.code);
		text = result.text ? result.text : sim_call_error_text(result.code);
	}
	sim_json_open(out, "meta", '{');
	if (layout == SIM_LAYOUT_ODD) {
		sim_json_text(out, "responseTs", call->ts);
		sim_json_text(out, "errorMessage", text);
		sim_json_text(out, "errorCode", code);
		sim_json_text(out, "responseTxnId", call->txn);
		sim_json_text(out, "version", "1.0");
		sim_json_text(out, "status", status);
	} else if (layout == SIM_LAYOUT_DECLARED) {
		sim_json_text(out, "ver", "1.0");
		sim_json_text(out, "ts", call->ts);
		sim_json_text(out, "txn", call->txn);
		sim_json_text(out, "status", status);
		sim_json_text(out, "errorCode", code);
		sim_json_text(out, "errorMessage", text);
	} else {
		sim_json_text(out, "ver", "1.0");
		sim_json_text(out, "errorMessage", text);
		sim_json_text(out, "errorCode", code);
		sim_json_text(out, "txn", call->txn);
		if (layout == SIM_LAYOUT_GROUP)
			sim_json_text(out, "status", status);
		sim_json_text(out, "ts", call->ts);
		if (layout != SIM_LAYOUT_GROUP)
			sim_json_text(out, "status", status);
	}
	sim_json_close(out, '}');
}

/* The handler has written its members into a buffer of its own; this puts both parts together. */
static void put_answer(struct sim_call *call, struct sim_result result, struct sim_answer *answer)
{
	enum sim_layout layout = call->verb->layout;
	struct sim_buf data = *call->out.buf;
	bool first = layout == SIM_LAYOUT_DATA_FIRST || layout == SIM_LAYOUT_HASH ||
		layout == SIM_LAYOUT_PLACEMENT;
	enum sim_layout meta = layout;

	if (result.code || layout == SIM_LAYOUT_DATA_FIRST)
		meta = SIM_LAYOUT_DECLARED;
	if (result.code && call->verb->failed) {
		data.len = 0;
		call->out = (struct sim_json_out){ .buf = &data };
		call->verb->failed(call);
	} else if (result.code) {
		data.len = 0;
	}
	call->out = (struct sim_json_out){ .buf = &answer->body };
	sim_buf_text(&answer->body, "{");
	if (first && data.len) {
		sim_buf_add(&answer->body, data.data, data.len);
		call->out.comma = true;
	}
	put_meta(call, result, meta);
	if (!first && data.len) {
		sim_buf_text(&answer->body, ",");
		sim_buf_add(&answer->body, data.data, data.len);
	}
	sim_buf_text(&answer->body, "}");
	sim_buf_free(&data);
}

static bool txn_ok(const char *txn)
{
	size_t len = strlen(txn), i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)txn[i]))
			return false;
	return len >= 10 && len <= 50;
}

bool sim_call_proves(struct sim *sim, struct sim_arena *arena, const char *ts, const char *txn,
		     const char *key)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_DIGEST_LENGTH + 1];
	const char *text = sim_mem_printf(arena, "%s%s%s", sim->account.key, ts, txn);
	size_t i;

	SHA256((const unsigned char *)text, strlen(text), digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return !strcmp(hex, key);
}

static struct sim_result check_ts(const struct sim_call *call)
{
	long window = call->sim->options->strict_clock;
	long long ms, away;
	bool date_only;

	if (!*call->ts)
		return SIM_NO(1133);
	if (!sim_clock_parse(call->ts, &ms, &date_only) || date_only)
		return SIM_NO(910);
	away = ms - sim_clock_now(call->sim);
	if (window && (away > window * 1000 || away < -window * 1000))
		return SIM_NO(910);
	return SIM_OK;
}

/* The account before the time stamp: that order was seen on the live service. */
static struct sim_result check_meta(struct sim_call *call)
{
	const struct sim_json *meta = sim_json_obj(call->request, "meta");
	struct sim_account *account = &call->sim->account;
	const char *number = sim_json_str(meta, "accountNumber");
	const char *key = sim_json_str(meta, "authKey");
	struct sim_result result;
	uint64_t used;

	if (!meta)
		return SIM_NO(901);
	if (!*call->ver)
		return SIM_NO(1131);
	if (strcmp(call->ver, "1.0") != 0)
		return SIM_NO(911);
	if (!*number)
		return SIM_NO(912);
	if (strcmp(number, account->number) != 0)
		return SIM_NO(913);
	if (account->deactivated)
		return SIM_NO(1155);
	if (account->expired)
		return SIM_NO(1156);
	if (account->user_disabled)
		return SIM_NO(1154);
	result = check_ts(call);
	if (result.code)
		return result;
	if (!*call->txn)
		return SIM_NO(908);
	if (!txn_ok(call->txn))
		return SIM_NO(909);
	if (!*key)
		return SIM_NO(1066);
	if (!sim_call_proves(call->sim, call->arena, call->ts, call->txn, key))
		return SIM_NO(1065);
	used = sim_mem_hash(call->txn);
	if (sim_map_get(&call->sim->txns, used))
		return SIM_NO(947);
	sim_map_put(&call->sim->txns, used, call->sim);
	return SIM_OK;
}

static struct sim_result run(struct sim_call *call)
{
	struct sim_result result;

	if (!call->request || call->request->type != SIM_JSON_OBJECT)
		return SIM_NO(902);
	result = check_meta(call);
	if (result.code)
		return result;
	if (sim_fault_is(call->fault, "business")) {
		result.code = (int)call->fault->number;
		result.text = call->fault->message;
		return result;
	}
	if (call->verb->placement && !sim_place_allowed(call->sim))
		return SIM_NO(1154);
	if (call->verb->block)
		call->details = sim_json_obj(call->request, call->verb->block);
	return call->verb->run(call);
}

void sim_call_answer(struct sim *sim, const struct sim_verb *verb, const char *body, size_t len,
		     const struct sim_fault *fault, struct sim_answer *answer, char *note,
		     size_t room)
{
	struct sim_arena arena = { 0 };
	struct sim_buf data = { 0 };
	struct sim_call call = { .sim = sim, .arena = &arena, .verb = verb, .fault = fault,
				 .order_number = "" };
	const struct sim_json *meta;
	struct sim_result result;
	struct timespec asked;

	clock_gettime(CLOCK_MONOTONIC, &asked);
	call.out = (struct sim_json_out){ .buf = &data,
		.escape_slash = verb->layout == SIM_LAYOUT_PLACEMENT };
	call.request = sim_json_read(&arena, body, len);
	meta = sim_json_obj(call.request, "meta");
	call.ver = sim_json_str(meta, "ver");
	call.ts = sim_json_str(meta, "ts");
	call.txn = sim_json_str(meta, "txn");
	/* half of the way there, half of it back; our own work is part of the time */
	sim_clock_wait(sim, &asked, sim->options->latency / 2);
	if (verb->placement)
		sim_clock_sleep(sim, sim->options->delay_placement);
	pthread_mutex_lock(&sim->lock);
	sim_log_count(sim, verb->name);
	result = run(&call);
	/* the texts of a result may live in the world: read them before the lock goes */
	put_answer(&call, result, answer);
	pthread_mutex_unlock(&sim->lock);
	sim_clock_wait(sim, &asked, sim->options->latency);
	answer->status = 200;
	if (result.code)
		snprintf(note, room, "EMS-%d %s", result.code, call.order_number);
	else
		snprintf(note, room, "ok %s", call.order_number);
	sim_mem_drop(&arena);
}

void sim_call_spring(struct sim *sim, int status, const char *path, struct sim_answer *answer)
{
	struct sim_json_out out = { .buf = &answer->body };
	struct timespec now;
	struct tm tm;
	char day[32], stamp[64];
	time_t seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec + (time_t)(sim ? sim->clock_ms / 1000 : 0);
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp, sizeof(stamp), "%s.%03ld+00:00", day, now.tv_nsec / 1000000);
	answer->status = status;
	sim_json_open(&out, NULL, '{');
	sim_json_text(&out, "timestamp", stamp);
	sim_json_number(&out, "status", status);
	sim_json_text(&out, "error", sim_http_reason(status));
	if (answer->v2)
		sim_json_text(&out, "message", "No message available");
	sim_json_text(&out, "path", path);
	sim_json_close(&out, '}');
}
