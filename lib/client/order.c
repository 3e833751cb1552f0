/* SPDX-License-Identifier: MIT */
/* What every verb on an order needs: finding it, and keeping what the CA says about it. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "model/form.h"

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
				"order '%.100s' does not belong to credential '%s'", given,
				credential);
	return *out ? EMSIGN_OK : ems_fail_nomem(err);
}

emsign_rc ems_order_open(emsign_op *op, emsign_order **out, emsign_error *err)
{
	const char *given = ems_op_given(op, "order");
	const char *site = op->account->site;
	char *id = NULL;
	emsign_rc rc;

	*out = NULL;
	if (!given)
		return ems_fail(err, EMSIGN_E_INVALID, "%s needs an order", op->task->verb);
	rc = order_id(op, given, &id, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_get(op->client, "order", id, (void **)out, err);
	ems_free(id);
	if (rc == EMSIGN_OK && !ems_text_equal((*out)->url, site)) {
		rc = ems_fail(err, EMSIGN_E_MISMATCH, "order '%s' is at %s, not at %s", (*out)->id,
			      (*out)->url ? (*out)->url : "another CA", site);
		ems_free(*out);
		*out = NULL;
	}
	return rc;
}

emsign_rc ems_order_need_number(const emsign_order *order, emsign_error *err)
{
	if (order->number)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_STATE, "order '%s' is a draft and has no number yet",
			order->id);
}

void ems_order_drop(emsign_op *op)
{
	struct ems_order_work *work = op->work;

	ems_free(work->order);
}

/* What the order does not tell, its product may; what that does not, is found out by asking. */
static void add_family(emsign_op *op, const emsign_order *order)
{
	const char *credential = op->account->credential->name;
	emsign_product *product = NULL;
	emsign_error ignored;
	char *id;

	if (order->family || !order->product) {
		ems_op_arg(op, "family", order->family);
		return;
	}
	id = ems_shelf_id(credential, order->product, NULL);
	if (id && ems_shelf_look(op->client, "product", id, (void **)&product, &ignored) ==
			  EMSIGN_OK && product)
		ems_op_arg(op, "family", product->family);
	ems_free(product);
	ems_free(id);
}

void ems_order_name(emsign_op *op, const emsign_order *order)
{
	const char *const *families = op->account->dialect->families;

	ems_op_arg(op, "order", order->number);
	if (!families)
		return;
	add_family(op, order);
	if (ems_kv_get(ems_kvlist_kv(&op->call_args), "family"))
		return;
	ems_op_arg(op, "family", families[0]);
	op->families = families;
}

void ems_order_args(emsign_op *op, const emsign_order *order)
{
	ems_order_name(op, order);
	ems_op_arg(op, "requester.email", order->requester_email ?
						  order->requester_email :
						  op->account->credential->requester_email);
}

/*
 * The CA goes on listing ended certificates as issued; the worst that is known counts, from
 * whichever answer.
 */
static int64_t effective_status(const emsign_order *fact, const emsign_order *known, int64_t now)
{
	static const emsign_order nothing;
	const emsign_order *before = known ? known : &nothing;
	const emsign_order *revocation = fact->revoked_at || fact->revoke_status ? fact : before;
	int64_t not_after = fact->not_after ? fact->not_after : before->not_after;

	if (fact->status != EMSIGN_STATUS_ISSUED)
		return fact->status;
	if (revocation->revoked_at || ems_text_equal(revocation->revoke_status, "revoked"))
		return EMSIGN_STATUS_REVOKED;
	if (not_after && not_after < now)
		return EMSIGN_STATUS_EXPIRED;
	return EMSIGN_STATUS_ISSUED;
}

char *ems_order_id(emsign_op *op, const emsign_order *order)
{
	const char *credential = op->account->credential->name;
	struct ems_buf name = EMS_BUF(1024);
	char *id = NULL;

	if (order->number)
		return ems_shelf_id(credential, order->number, NULL);
	ems_buf_print(&name, "request-%s", order->request_number ? order->request_number : "none");
	if (name.rc == EMSIGN_OK)
		id = ems_shelf_id(credential, ems_buf_str(&name), NULL);
	ems_buf_free(&name);
	return id;
}

emsign_rc ems_order_reload(emsign_op *op, emsign_order **order, emsign_error *err)
{
	emsign_order *now = NULL;
	emsign_rc rc = ems_shelf_get(op->client, "order", (*order)->id, (void **)&now, err);

	if (rc)
		return rc;
	ems_free(*order);
	*order = now;
	return EMSIGN_OK;
}

emsign_rc ems_order_mark_certificate(emsign_op *op, const emsign_order *order, emsign_error *err)
{
	emsign_certificate *kept = NULL;
	emsign_certificate c;
	emsign_rc rc;

	if (!order->certificate || order->status != EMSIGN_STATUS_REVOKED)
		return EMSIGN_OK;
	rc = ems_shelf_look(op->client, "certificate", order->certificate, (void **)&kept, err);
	if (rc || !kept)
		return rc;
	c = *kept;
	c.revoked_at = order->revoked_at;
	c.revoke_reason = order->revoke_reason;
	rc = ems_shelf_merge(op->client, op->task->verb, "certificate", &c, NULL, NULL, err);
	ems_free(kept);
	return rc;
}

/* Of an issued order that was imported the certificate may wait; of one's own it is due. */
static bool is_open(const emsign_order *order)
{
	if (emsign_status_is_final(order->status))
		return false;
	return order->status != EMSIGN_STATUS_ISSUED || (order->spki && !order->certificate) ||
	       order->replaces;
}

/*
 * When the CA says something new about the state, the old state is not true any more, and merging
 * alone would keep it: "unknown" looks like "not said".
 */
static emsign_order *lay_over(const emsign_order *known, const emsign_order *fact, int64_t now)
{
	emsign_order update = *fact;
	emsign_order *after;

	update.status = effective_status(fact, known, now);
	if (ems_form_is_personal(known->family) && known->domain)
		update.domain = NULL; /* the CA says the name that people read */
	update.created_at = known->created_at ? known->created_at : now;
	after = ems_record_merge(ems_kind_find("order"), known, &update);
	if (!after)
		return NULL;
	if (fact->status_text && fact->status == EMSIGN_STATUS_UNKNOWN)
		after->status = EMSIGN_STATUS_UNKNOWN;
	after->open = is_open(after);
	return after;
}

static emsign_rc keep_new(emsign_op *op, const emsign_order *fact, bool *added, emsign_order **out,
			  emsign_error *err)
{
	emsign_order order = *fact;
	emsign_rc rc;

	order.created_at = order.updated_at;
	order.status = effective_status(&order, NULL, order.updated_at);
	order.open = is_open(&order);
	rc = ems_shelf_add(op->client, op->task->verb, "order", &order, added, err);
	if (rc == EMSIGN_OK && *added && out) {
		*out = ems_record_copy(ems_kind_find("order"), &order);
		if (!*out)
			rc = ems_fail_nomem(err);
	}
	return rc;
}

static emsign_rc keep_known(emsign_op *op, const emsign_order *fact, struct ems_kept *kept,
			    emsign_order **out, emsign_error *err)
{
	emsign_order *known = NULL;
	emsign_order *after = NULL;
	emsign_rc rc = ems_shelf_get(op->client, "order", fact->id, (void **)&known, err);

	if (rc)
		return rc;
	kept->listed_at = known->listed_at;
	after = lay_over(known, fact, fact->updated_at);
	rc = after ? ems_shelf_replace(op->client, op->task->verb, "order", known, after,
				       &kept->news, err) :
		     ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = ems_order_mark_certificate(op, after, err);
	if (rc == EMSIGN_OK && out) {
		*out = after;
		after = NULL;
	}
	ems_free(known);
	ems_free(after);
	return rc;
}

emsign_rc ems_order_keep(emsign_op *op, const emsign_order *fact, struct ems_kept *kept,
			 emsign_order **out, emsign_error *err)
{
	struct ems_kept unasked;
	emsign_order order = *fact;
	char *id = ems_order_id(op, fact);
	bool added = false;
	emsign_rc rc;

	if (!kept)
		kept = &unasked;
	memset(kept, 0, sizeof(*kept));
	if (!id)
		return ems_fail_nomem(err);
	order.id = id;
	order.credential = op->account->credential->name;
	order.url = op->account->site;
	order.seen_at = ems_client_now(op->client);
	order.updated_at = order.seen_at;
	rc = keep_new(op, &order, &added, out, err);
	if (added)
		kept->news = EMSIGN_EVENT_ADDED;
	if (rc == EMSIGN_OK && !added)
		rc = keep_known(op, &order, kept, out, err);
	ems_free(id);
	return rc;
}

emsign_rc ems_order_put(emsign_op *op, const emsign_order *said, emsign_error *err)
{
	emsign_order order = *said;
	emsign_event event = { .type = EMSIGN_EVENT_CHANGED, .verb = op->task->verb,
			       .kind = "order", .record = &order, .text = order.id };
	emsign_rc rc;

	order.open = is_open(&order);
	rc = ems_shelf_put(op->client, "order", &order, err);

	return rc ? rc : ems_client_tell(op->client, &event, err);
}

/* --- challenges --------------------------------------------------------------------------- */

char *ems_challenge_id(const char *credential, const char *order, const char *domain)
{
	return order ? ems_shelf_id(credential, order, domain) :
		       ems_shelf_id(credential, domain, NULL);
}

/*
 * Where the TXT record belongs: as the caller has set it, as the CA says, and where it says nothing
 * at the domain itself.
 */
static void record_name(const emsign_client *client, const emsign_challenge *c, struct ems_buf *out)
{
	const char *label = client->limits.dcv_label;

	if (!label && c->record_name) {
		ems_buf_text(out, c->record_name);
		return;
	}
	if (label)
		ems_buf_print(out, "%s.", label);
	ems_buf_text(out, ems_text_starts(c->domain, "*.") ? c->domain + 2 : c->domain);
}

emsign_rc ems_challenge_keep(emsign_op *op, const char *order, const emsign_challenge *fact,
			     emsign_error *err)
{
	emsign_challenge challenge = *fact;
	struct ems_buf name = EMS_BUF(1024);
	emsign_rc rc;

	if (!challenge.domain)
		return EMSIGN_OK;
	challenge.id = ems_challenge_id(op->account->credential->name, order, challenge.domain);
	challenge.credential = op->account->credential->name;
	challenge.order = order;
	challenge.seen_at = ems_client_now(op->client);
	if (challenge.record_value) {
		record_name(op->client, &challenge, &name);
		challenge.record_name = ems_buf_str(&name);
	}
	rc = challenge.id ? ems_buf_rc(&name, err) : ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_merge(op->client, op->task->verb, "challenge", &challenge, NULL,
				     NULL, err);
	ems_free(challenge.id);
	ems_buf_free(&name);
	return rc;
}

emsign_rc ems_order_keep_challenges(emsign_op *op, const char *number, emsign_error *err)
{
	emsign_rc rc = EMSIGN_OK;

	for (const struct ems_fact *fact = op->facts; fact && rc == EMSIGN_OK; fact = fact->next)
		if (fact->kind && strcmp(fact->kind->name, "challenge") == 0)
			rc = ems_challenge_keep(op, number, fact->record, err);
	return rc;
}
