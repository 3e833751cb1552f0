/* SPDX-License-Identifier: MIT */
/* The control paths under /_sim/: what was really done, and how to move things. */
#include "sim.h"

#include <string.h>

static void put_order(struct sim *sim, struct sim_json_out *out, struct sim_order *order)
{
	char number[16];
	int i;

	sim_life_advance(sim, order);
	sim_json_open(out, NULL, '{');
	sim_json_text(out, "orderNumber", order->number);
	sim_json_text(out, "requestNumber", order->request);
	sim_json_text(out, "accountNumber", sim->account.number);
	sim_json_text(out, "groupNumber", order->group->number);
	sim_json_text(out, "domainName", order->main_name);
	sim_json_open(out, "domains", '[');
	for (i = 0; i < order->n_names; i++)
		sim_json_text(out, NULL, order->names[i].name);
	sim_json_close(out, ']');
	sim_json_text(out, "productCode", order->product->code);
	sim_json_text(out, "status", sim_order_status_text(order->order_status));
	snprintf(number, sizeof(number), "%d", order->cert_status);
	sim_json_text(out, "certificateStatusId", number);
	snprintf(number, sizeof(number), "%d", order->order_status);
	sim_json_text(out, "orderStatusId", number);
	sim_json_text(out, "requestorEmail", order->requestor_email);
	sim_json_text(out, "serial", order->cert.serial);
	sim_json_text(out, "spki", order->spki);
	sim_json_text(out, "revokeReasonId", order->revoke_reason);
	sim_json_close(out, '}');
}

static void put_ledger(struct sim *sim, struct sim_json_out *out)
{
	struct sim_order *order;
	struct sim_count *count;

	sim_json_open(out, "orders", '[');
	for (order = sim->orders; order; order = order->next)
		put_order(sim, out, order);
	sim_json_close(out, ']');
	sim_json_open(out, "calls", '{');
	for (count = sim->counts; count; count = count->next)
		sim_json_number(out, count->name, count->calls);
	sim_json_close(out, '}');
}

static bool is_true(const struct sim_json *request, const char *key)
{
	return !strcmp(sim_json_str(request, key), "true") ||
		!strcmp(sim_json_str(request, key), "1");
}

static void set_status(const struct sim_json *request, const char *key, int *out, bool *held)
{
	const char *text = sim_json_str(request, key);

	if (sim_check_digits(text, 1, 2)) {
		*out = (int)strtol(text, NULL, 10);
		*held = true;
	}
}

/* Everything was there, whatever was missing. */
static bool force_issue(struct sim *sim, struct sim_order *order)
{
	if (order->cert.pem)
		return true;
	if (!sim_life_issue(sim, order))
		return false;
	order->issued = order->gates_open = sim_clock_now(sim);
	return true;
}

static const char *move_name(struct sim *sim, const struct sim_json *request,
			     struct sim_order *order)
{
	const char *status = sim_json_str(request, "dcvStatus");
	struct sim_name *name = sim_order_name(order, sim_json_str(request, "domain"));

	if (!name)
		return "no such domain in the order";
	if (strlen(status) != 1 || !strchr("012", *status))
		return "dcvStatus is 0, 1 or 2";
	name->status = *status == '1' ? '0' : *status;
	name->due = 0;
	if (*status == '1') {
		/* through the gate, so that the domain counts as proved from now on */
		name->method = name->method ? name->method : '1';
		name->due = sim_clock_now(sim);
	}
	return NULL;
}

static void set_char(const struct sim_json *request, const char *key, char *out)
{
	const char *text = sim_json_str(request, key);

	if (strlen(text) == 1 && strchr("012", *text))
		*out = *text;
}

static const char *move_order(struct sim *sim, const struct sim_json *request)
{
	struct sim_order *order = sim_order_find(sim, sim_json_str(request, "orderNumber"));
	const char *error = NULL;

	if (!order)
		return "no such order";
	if (sim_json_get(request, "domain"))
		error = move_name(sim, request, order);
	if (is_true(request, "approve")) {
		order->wait_approval = false;
		order->touched = sim_clock_now(sim);
		order->order_status = SIM_ORDER_ACCEPTED;
	}
	if (is_true(request, "issue") && !force_issue(sim, order))
		error = "the order has no usable CSR";
	set_char(request, "organizationStatus", &order->org_status);
	set_char(request, "emailVerification", &order->identity);
	set_char(request, "agreementStatus", &order->agreement);
	set_status(request, "revokeRequestStatusId", &order->revoke_status, &order->held);
	set_status(request, "certificateStatusId", &order->cert_status, &order->held);
	set_status(request, "orderStatusId", &order->order_status, &order->held);
	if (is_true(request, "release"))
		order->held = false;
	if (is_true(request, "foreignCertificate")) {
		if (force_issue(sim, order))
			sim_certificate_make_foreign(sim, order);
		else
			error = "the order has no usable CSR";
	}
	sim_life_advance(sim, order);
	return error;
}

/* A number from outside, times a factor, small enough to add to others. */
static long long scaled(const char *text, long long factor)
{
	const long long most = 100000000000;
	long long number = strtoll(text, NULL, 10);

	return (number > most ? most : number < -most ? -most : number) * factor;
}

/* "+3600" and "-60" move on from where it is, "0" goes back to the real time. */
static void move_clock(struct sim *sim, const char *text)
{
	long long ms = scaled(text, 1000);

	if (*text == '+' || *text == '-')
		ms += sim->clock_ms;
	sim->clock_ms = ms;
}

static const char *move(struct sim *sim, const struct sim_json *request)
{
	const char *clock = sim_json_str(request, "clock");

	if (*clock)
		move_clock(sim, clock);
	if (sim_json_get(request, "orderNumber"))
		return move_order(sim, request);
	return *clock ? NULL : "orderNumber or clock is missing";
}

static void add_product(struct sim *sim, const struct sim_json *block)
{
	struct sim_arena *arena = &sim->arena;
	const char *code = sim_json_str(block, "productCode");
	const char *like = sim_json_str(block, "like");
	const struct sim_product *model = sim_account_product(sim, *like ? like : "842");
	struct sim_product *product = sim_account_product(sim, code);

	if (!model || !sim_check_digits(code, 1, 8))
		return;
	if (!product) {
		product = sim_mem_alloc(arena, sizeof(*product));
		*product = *model;
		product->code = sim_mem_text(arena, code);
		product->next = sim->account.products;
		sim->account.products = product;
	}
	if (*sim_json_str(block, "productName"))
		product->name = sim_mem_text(arena, sim_json_str(block, "productName"));
	if (*sim_json_str(block, "price"))
		product->price = scaled(sim_json_str(block, "price"), 100);
}

static void add_org(struct sim *sim, const struct sim_json *block)
{
	struct sim_arena *arena = &sim->arena;
	const char *number = sim_json_str(block, "organizationNumber");
	struct sim_org *org = sim_account_org(sim, number);

	if (!*number)
		return;
	if (!org) {
		org = sim_mem_alloc(arena, sizeof(*org));
		org->number = sim_mem_text(arena, number);
		org->name = "New Corp";
		org->token = "00112233445566778899AABBCCDDEEFF";
		org->validation_for = "1";
		org->validated = true;
		org->next = sim->account.orgs->next;
		sim->account.orgs->next = org;
	}
	org->group = sim_mem_text(arena, sim_json_str(block, "groupNumber"));
	if (*sim_json_str(block, "organizationName"))
		org->name = sim_mem_text(arena, sim_json_str(block, "organizationName"));
	if (*sim_json_str(block, "validationFor"))
		org->validation_for = sim_mem_text(arena, sim_json_str(block, "validationFor"));
	if (sim_json_get(block, "validated"))
		org->validated = is_true(block, "validated");
}

static void add_domain(struct sim *sim, const struct sim_json *block)
{
	const char *name = sim_json_str(block, "domainName");
	const char *status = sim_json_str(block, "dcvStatus");
	const char *org = sim_json_str(block, "organizationNumber");

	if (!*name)
		return;
	if (!*status || !strcmp(status, "1"))
		sim_domain_prove(sim, name, '1', org, sim_clock_now(sim));
	else
		sim_domain_unprove(sim, name, org);
}

static void set_flag(const struct sim_json *request, const char *key, bool *flag)
{
	if (sim_json_get(request, key))
		*flag = is_true(request, key);
}

static const char *change_account(struct sim *sim, const struct sim_json *request)
{
	struct sim_account *account = &sim->account;
	const char *balance = sim_json_str(request, "balance");
	const struct sim_json *block;

	set_flag(request, "userDisabled", &account->user_disabled);
	set_flag(request, "deactivated", &account->deactivated);
	set_flag(request, "expired", &account->expired);
	set_flag(request, "approval", &account->approval);
	if (*balance)
		account->balance = scaled(balance, 100);
	block = sim_json_obj(request, "product");
	if (block)
		add_product(sim, block);
	block = sim_json_obj(request, "organization");
	if (block)
		add_org(sim, block);
	block = sim_json_obj(request, "domain");
	if (block)
		add_domain(sim, block);
	return NULL;
}

static void answer_get(struct sim *sim, const char *path, struct sim_json_out *out, int *status)
{
	pthread_mutex_lock(&sim->lock);
	if (!strcmp(path, "ledger"))
		put_ledger(sim, out);
	else if (!strcmp(path, "log"))
		sim_log_write(sim, out);
	else if (!strcmp(path, "v2"))
		sim_v2_mode_write(sim, out);
	else if (!strcmp(path, "truth"))
		sim_drift_truth(sim, out);
	else
		*status = 404;
	pthread_mutex_unlock(&sim->lock);
}

static const char *answer_post(struct sim *sim, const char *path, const struct sim_json *request,
			       int *status)
{
	const char *error = NULL;

	if (!strcmp(path, "fault") && is_true(request, "clear")) {
		sim_fault_clear(sim);
		return NULL;
	}
	if (!strcmp(path, "fault"))
		return sim_fault_add_json(sim, request) ? NULL : "unknown verb or kind";
	pthread_mutex_lock(&sim->lock);
	if (!strcmp(path, "state"))
		error = move(sim, request);
	else if (!strcmp(path, "account"))
		error = change_account(sim, request);
	else if (!strcmp(path, "v2"))
		error = sim_v2_mode_tell(sim, request);
	else if (!strcmp(path, "drift"))
		error = sim_drift_tell(sim, request);
	else
		*status = 404;
	pthread_mutex_unlock(&sim->lock);
	return error;
}

void sim_control_answer(struct sim *sim, const char *method, const char *path, const char *body,
			size_t len, struct sim_answer *answer)
{
	struct sim_arena arena = { 0 };
	struct sim_json_out out = { .buf = &answer->body };
	const struct sim_json *request;
	const char *error = NULL;

	answer->status = 200;
	sim_json_open(&out, NULL, '{');
	if (!strcmp(method, "GET")) {
		answer_get(sim, path, &out, &answer->status);
	} else {
		request = sim_json_read(&arena, body, len);
		error = request ? answer_post(sim, path, request, &answer->status) :
			"not a JSON object";
		if (error)
			answer->status = 400;
	}
	if (answer->status == 404)
		error = "no such control path";
	if (error)
		sim_json_text(&out, "error", error);
	else if (strcmp(method, "GET") != 0)
		sim_json_text(&out, "status", "ok");
	sim_json_close(&out, '}');
	sim_mem_drop(&arena);
}
