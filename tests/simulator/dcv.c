/* SPDX-License-Identifier: MIT */
/* GetDcv and VerifyDcv: instructions for the proof of control, and the checks of it. */
#include "sim.h"

#include <string.h>
#include <strings.h>

static const char *const mailboxes[] = { "admin", "administrator", "webmaster", "hostmaster",
					 "postmaster" };

/* The domain whose mailboxes are asked. */
static const char *mail_domain(const char *name)
{
	if (!strncmp(name, "*.", 2))
		return name + 2;
	return strncasecmp(name, "www.", 4) ? name : name + 4;
}

static bool is_mailbox(const char *name, const char *email)
{
	const char *at = strchr(email, '@');
	size_t i;

	if (!at || strcasecmp(at + 1, mail_domain(name)) != 0)
		return false;
	for (i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++)
		if (strlen(mailboxes[i]) == (size_t)(at - email) &&
		    !strncasecmp(email, mailboxes[i], (size_t)(at - email)))
			return true;
	return false;
}

/* The checks that both calls share. */
static struct sim_result start(struct sim_call *call, struct sim_order **order,
			       struct sim_name **name, char *method)
{
	const char *domain, *how;
	struct sim_result result;

	/* one of the vendor's own samples has the wrong wrapper */
	if (!call->details)
		call->details = sim_json_obj(call->request, "orderDetails");
	domain = sim_json_str(call->details, "domainName");
	how = sim_json_str(call->details, "dcvMethod");
	result = sim_order_of_call(call, SIM_USE_EMAIL | SIM_USE_CHANGE, order);
	if (result.code)
		return result;
	if (!*domain)
		return SIM_NO(1157);
	if (!*how)
		return SIM_NO(1158);
	if (strlen(how) != 1 || !strchr("123", *how))
		return SIM_NO(1159);
	if ((*order)->order_status == SIM_ORDER_CANCELLED ||
	    (*order)->order_status == SIM_ORDER_REJECTED)
		return SIM_NO(1042);
	/* the gate opens some time after placement, even when TrackOrder lists the domain */
	if (!(*order)->needs_dcv ||
	    sim_clock_now(call->sim) < (*order)->placed + call->sim->options->delay_dcv_gate)
		return SIM_NO(956);
	*name = sim_order_name(*order, domain);
	if (!*name)
		return SIM_NO(1164);
	if ((*name)->status == '1')
		return SIM_NO(1080);
	if (*how == '2' && (*order)->secure_www)
		return SIM_NO(1106);
	*method = *how;
	if (!(*name)->token) {
		(*name)->token = sim_mem_printf(&call->sim->arena, "emsign-validation-%s",
						sim_clock_hex(call->sim, 32));
		(*name)->file = sim_clock_hex(call->sim, 32);
	}
	return SIM_OK;
}

struct sim_result sim_dcv_get(struct sim_call *call)
{
	struct sim_json_out *out = &call->out;
	struct sim_order *order;
	struct sim_name *name;
	char method;
	struct sim_result result = start(call, &order, &name, &method);
	size_t i;

	if (result.code)
		return result;
	sim_json_open(out, "dcvDetails", '{');
	if (method == '1')
		sim_json_text(out, "token", name->token);
	else
		sim_json_null(out, "token");
	if (method == '2') {
		sim_json_text(out, "fileName", name->file);
		sim_json_text(out, "fileContent", name->token);
	} else {
		sim_json_null(out, "fileName");
		sim_json_null(out, "fileContent");
	}
	sim_json_open(out, "dcvEmails", '[');
	for (i = 0; method == '3' && i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++)
		sim_json_text(out, NULL, sim_mem_printf(call->arena, "%s@%s", mailboxes[i],
							mail_domain(name->name)));
	sim_json_close(out, ']');
	sim_json_close(out, '}');
	return SIM_OK;
}

/* Texts are copied first: names of an order never move once it is placed, but rows may change. */
bool sim_dcv_probe(struct sim *sim, struct sim_arena *arena, const char *name, const char *file,
		   const char *token, char method)
{
	const char *domain = sim_domain_base(sim_mem_text(arena, name));
	bool found;

	file = sim_mem_text(arena, file);
	token = sim_mem_text(arena, token);
	pthread_mutex_unlock(&sim->lock);
	found = method == '2' ? sim_probe_http(sim->options, domain, file, token) :
		sim_probe_dns(sim->options, domain, token);
	pthread_mutex_lock(&sim->lock);
	return found;
}

struct sim_result sim_dcv_verify(struct sim_call *call)
{
	const struct sim_options *options = call->sim->options;
	struct sim_order *order;
	struct sim_name *name;
	char method;
	struct sim_result result = start(call, &order, &name, &method);
	const char *email = sim_json_str(call->details, "dcvEmail");
	bool real = options->dcv == SIM_DCV_HTTP || options->dcv == SIM_DCV_DNS;

	if (result.code)
		return result;
	if (method == '3' && !*email)
		return SIM_NO(1166);
	if (method == '3' && !is_mailbox(name->name, email))
		return SIM_NO(1167);
	/* an address or a URI was registered unseen at placement; here it ends */
	if (!sim_check_hostname(name->name))
		return SIM_NO(1076);
	if (real && method != '3' && !sim_dcv_probe(call->sim, call->arena, name->name, name->file,
						    name->token, method))
		return SIM_NO(method == '2' ? 1078 : 1077);
	name->method = method;
	/* accepted; the state changes later, and a mail is answered by nobody but "auto" */
	if (options->dcv == SIM_DCV_AUTO || (real && method != '3')) {
		if (!name->due)
			name->due = sim_clock_now(call->sim) + options->delay_dcv;
	}
	return SIM_OK;
}
