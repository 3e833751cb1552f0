/* SPDX-License-Identifier: MIT */
/* What every verb on an order needs: finding it, and keeping what the CA says about it. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "model/name.h"

/* "CREDENTIAL/NUMBER" as given, or the number alone. */
static emsign_rc order_id(emsign_op *op, const char *given, char **out, emsign_error *err)
{
	const char *credential = op->account->credential->name;
	size_t len = strlen(credential);

	if (!strchr(given, '/'))
		*out = ems_shelf_id(credential, given, NULL);
	else if (strncmp(given, credential, len) == 0 && given[len] == '/')
		*out = ems_strdup(given);
	else
		return ems_fail(err, EMSIGN_E_INVALID,
				"order '%.100s' does not belong to credential '%s'", given, credential);
	return *out ? EMSIGN_OK : ems_fail_nomem(err);
}

emsign_rc ems_order_open(emsign_op *op, emsign_order **out, emsign_error *err)
{
	const char *given = ems_op_given(op, "order");
	const char *url = op->account->credential->url;
	char *id = NULL;
	emsign_rc rc;

	*out = NULL;
	if (!given)
		return ems_fail(err, EMSIGN_E_INVALID, "%s needs an order", op->task->verb);
	rc = order_id(op, given, &id, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_get(op->client, "order", id, (void **)out, err);
	ems_free(id);
	if (rc == EMSIGN_OK && !ems_text_equal((*out)->url, url)) {
		rc = ems_fail(err, EMSIGN_E_MISMATCH, "order '%s' is at %s, not at %s", (*out)->id,
			      (*out)->url ? (*out)->url : "another CA", url);
		ems_free(*out);
		*out = NULL;
	}
	return rc;
}

emsign_rc ems_order_need_number(const emsign_order *order, emsign_error *err)
{
	if (order->number)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_STATE, "order '%s' is a draft and has no number yet", order->id);
}

void ems_order_drop(emsign_op *op)
{
	struct ems_order_work *work = op->work;

	ems_free(work->order);
}

void ems_order_args(emsign_op *op, const emsign_order *order)
{
	ems_op_arg(op, "order", order->number);
	ems_op_arg(op, "requester.email", order->requester_email ?
						  order->requester_email :
						  op->account->credential->requester_email);
}

/*
 * When the CA says something new about the state, the old state is not true any more, and merging
 * alone would keep it: "unknown" looks like "not said".
 */
static emsign_rc forget_status(emsign_client *client, const emsign_order *known,
			       const emsign_order *fact, emsign_error *err)
{
	emsign_order open = *known;

	if (!fact->status_text || fact->status != EMSIGN_STATUS_UNKNOWN ||
	    known->status == EMSIGN_STATUS_UNKNOWN)
		return EMSIGN_OK;
	open.status = EMSIGN_STATUS_UNKNOWN;
	return ems_shelf_put(client, "order", &open, err);
}

/* The CA goes on listing ended certificates as issued; the worst that is known counts. */
static int64_t effective_status(const emsign_order *order, int64_t now)
{
	if (order->status != EMSIGN_STATUS_ISSUED)
		return order->status;
	if (order->revoked_at || ems_text_equal(order->revoke_status, "revoked"))
		return EMSIGN_STATUS_REVOKED;
	if (order->not_after && order->not_after < now)
		return EMSIGN_STATUS_EXPIRED;
	return EMSIGN_STATUS_ISSUED;
}

emsign_rc ems_order_keep(emsign_op *op, const emsign_order *fact, emsign_order **out,
			 emsign_error *err)
{
	emsign_order order = *fact;
	int64_t now = ems_client_now(op->client);
	struct ems_buf id = EMS_BUF(1024);
	emsign_order *known = NULL;
	emsign_rc rc;

	if (order.number)
		ems_buf_print(&id, "%s/%s", op->account->credential->name, order.number);
	else
		ems_buf_print(&id, "%s/request-%s", op->account->credential->name,
			      order.request_number ? order.request_number : "none");
	rc = ems_buf_rc(&id, err);
	order.id = ems_buf_str(&id);
	order.credential = op->account->credential->name;
	order.url = op->account->credential->url;
	order.seen_at = now;
	order.updated_at = now;
	if (rc == EMSIGN_OK)
		rc = ems_shelf_look(op->client, "order", order.id, (void **)&known, err);
	if (rc == EMSIGN_OK && known)
		rc = forget_status(op->client, known, fact, err);
	if (rc == EMSIGN_OK) {
		order.status = effective_status(&order, now);
		order.created_at = known && known->created_at ? known->created_at : now;
		rc = ems_shelf_merge(op->client, op->task->verb, "order", &order, (void **)out, err);
	}
	ems_free(known);
	ems_buf_free(&id);
	return rc;
}

emsign_rc ems_order_put(emsign_op *op, const emsign_order *order, emsign_error *err)
{
	emsign_event event = { .type = EMSIGN_EVENT_CHANGED, .verb = op->task->verb,
			       .kind = "order", .record = order, .text = order->id };
	emsign_rc rc = ems_shelf_put(op->client, "order", order, err);

	return rc ? rc : ems_client_tell(op->client, &event, err);
}

/* --- challenges -------------------------------------------------------------------------------------- */

/* Where the TXT record belongs: the API never says; the domain itself unless told otherwise. */
static void record_name(const emsign_client *client, const char *domain, struct ems_buf *out)
{
	if (client->limits.dcv_label)
		ems_buf_print(out, "%s.", client->limits.dcv_label);
	ems_buf_text(out, ems_text_starts(domain, "*.") ? domain + 2 : domain);
}

static emsign_rc keep_challenge(emsign_op *op, const char *number, const emsign_challenge *fact,
				emsign_error *err)
{
	emsign_challenge challenge = *fact;
	struct ems_buf name = EMS_BUF(1024);
	emsign_rc rc;

	if (!challenge.domain)
		return EMSIGN_OK;
	challenge.id = ems_shelf_id(op->account->credential->name, number, challenge.domain);
	challenge.credential = op->account->credential->name;
	challenge.order = number;
	challenge.seen_at = ems_client_now(op->client);
	if (challenge.record_value) {
		record_name(op->client, challenge.domain, &name);
		challenge.record_name = ems_buf_str(&name);
	}
	rc = challenge.id ? ems_buf_rc(&name, err) : ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_merge(op->client, op->task->verb, "challenge", &challenge, NULL, err);
	ems_free(challenge.id);
	ems_buf_free(&name);
	return rc;
}

emsign_rc ems_order_keep_challenges(emsign_op *op, const char *number, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	for (const struct ems_fact *fact = op->facts; fact && rc == EMSIGN_OK; fact = fact->next)
		if (fact->kind && strcmp(fact->kind->name, "challenge") == 0)
			rc = keep_challenge(op, number, fact->record, err);
	return rc;
}
