/* SPDX-License-Identifier: MIT */
/* Fetching: a certificate is kept only when it is the one that was ordered. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "crypto/crypto.h"
#include "model/name.h"

emsign_rc ems_fetch_room(emsign_client *client, int64_t *room, emsign_error *err)
{
	size_t kept = 0;
	emsign_rc rc;

	*room = INT64_MAX;
	if (client->limits.capacity < 0)
		return EMSIGN_OK;
	rc = ems_shelf_count(client, "certificate", NULL, (size_t)client->limits.capacity, &kept,
			     err);
	*room = client->limits.capacity - (int64_t)kept;
	return rc;
}

static emsign_rc check_capacity(emsign_client *client, emsign_error *err)
{
	int64_t room;
	emsign_rc rc = ems_fetch_room(client, &room, err);

	if (rc || room > 0)
		return rc;
	return ems_fail(err, EMSIGN_E_CAPACITY,
			"%lld certificates are kept, which is the configured capacity",
			(long long)client->limits.capacity);
}

emsign_rc ems_fetch_ask(emsign_op *op, const emsign_order *order, ems_step_fn then,
			emsign_error *err)
{
	emsign_rc rc = check_capacity(op->client, err);

	if (rc)
		return rc;
	ems_order_args(op, order);
	return ems_op_ask(op, EMS_VERB_FETCH, then, err);
}

emsign_rc ems_fetch_leave_out(emsign_op *op, emsign_order **order, const char *note,
			      emsign_error *err)
{
	emsign_order noted = **order;
	emsign_rc rc;

	noted.certificate_note = note;
	rc = ems_order_put(op, &noted, err);
	return rc ? rc : ems_order_reload(op, order, err);
}

/* --- is it the one that was ordered? ------------------------------------------------------ */

/* An order of another family may be named after a person or an address. */
static bool is_domain(const char *name)
{
	char canonical[EMS_NAME_MAX];

	return name && ems_name_canonical("domain", name, true, canonical, NULL) == EMSIGN_OK;
}

static emsign_rc check_names(const emsign_order *order, const emsign_certificate *c,
			     emsign_error *err)
{
	const char *first[] = { order->domain, NULL };
	emsign_rc rc = EMSIGN_OK;

	if (is_domain(order->domain))
		rc = emsign_certificate_covers(c, first, err);
	if (rc == EMSIGN_OK && order->sans)
		rc = emsign_certificate_covers(c, order->sans, err);
	if (rc)
		ems_fail_in(err, "the certificate that the CA sent for order '%s' was not kept",
			    order->id);
	return rc;
}

static emsign_rc check_fits(const emsign_order *order, const emsign_certificate *c,
			    emsign_error *err)
{
	if (order->replaces && ems_text_equal(order->replaces, c->sha256))
		return ems_fail(err, EMSIGN_E_PENDING,
				"the CA still has the certificate that the reissue of order '%s' "
				"replaces", order->id);
	if (order->spki && !ems_text_equal(order->spki, c->spki))
		return ems_fail(
			err, EMSIGN_E_MISMATCH,
			"the certificate that the CA sent for order '%s' has another public key "
			"than its CSR (subject '%.60s'); it was not kept",
			order->id, c->subject ? c->subject : "");
	if (c->not_after <= c->not_before)
		return ems_fail(
			err, EMSIGN_E_MISMATCH,
			"the certificate that the CA sent for order '%s' ends before it begins",
			order->id);
	return check_names(order, c, err);
}

/* --- keeping ------------------------------------------------------------------------------ */

static void warn_without_chain(emsign_op *op, const emsign_certificate *c)
{
	emsign_kv fields[] = { { "certificate", c->id },
			       { "issuer", c->issuer ? c->issuer : "" }, { NULL, NULL } };

	if (!c->chain_pem && !ems_text_equal(c->subject, c->issuer))
		ems_client_log(op->client, EMSIGN_LOG_WARNING,
			       "the CA sent no issuer for this certificate", fields);
}

/* What the certificate says about its order, and the order about it. */
static emsign_rc join(emsign_op *op, const emsign_order *order, const emsign_certificate *said,
		      emsign_certificate **out, emsign_error *err)
{
	emsign_certificate c = *said;

	c.id = ems_shelf_id(op->account->credential->name, c.sha256, NULL);
	if (!c.id)
		return ems_fail_nomem(err);
	c.credential = order->credential;
	c.url = order->url;
	c.order = order->number;
	c.csr = order->csr;
	c.revoked_at = order->revoked_at;
	c.revoke_reason = order->revoke_reason;
	c.fetched_at = ems_client_now(op->client);
	*out = ems_record_copy(ems_kind_find("certificate"), &c);
	ems_free(c.id);
	return *out ? EMSIGN_OK : ems_fail_nomem(err);
}

emsign_rc ems_fetch_read(emsign_op *op, const emsign_order *order, const emsign_certificate *raw,
			 emsign_certificate **out, emsign_error *err)
{
	const char *others[3] = { NULL, NULL, NULL };
	emsign_certificate *built = NULL;
	size_t n = 0;
	emsign_rc rc;

	*out = NULL;
	if (!raw || !raw->pem)
		return ems_fail(err, EMSIGN_E_PENDING,
				"the CA has no certificate for order '%s' yet", order->id);
	if (raw->chain_pem)
		others[n++] = raw->chain_pem;
	if (raw->root_pem)
		others[n] = raw->root_pem;
	if (!op->client->issuers)
		op->client->issuers = ems_issuers_new();
	rc = ems_certificate_build(raw->pem, others, op->client->issuers, &built, err);
	if (rc) {
		ems_fail_in(err, "what the CA sent for order '%s' is no certificate", order->id);
		if (err && rc == EMSIGN_E_INVALID)
			err->rc = EMSIGN_E_PROTO;
		return rc == EMSIGN_E_INVALID ? EMSIGN_E_PROTO : rc;
	}
	built->interim = raw->interim;
	rc = check_fits(order, built, err);
	if (rc == EMSIGN_OK)
		rc = join(op, order, built, out, err);
	if (rc == EMSIGN_OK)
		warn_without_chain(op, *out);
	ems_free(built);
	return rc;
}

emsign_rc ems_fetch_keep(emsign_op *op, emsign_order **known, const emsign_certificate *c,
			 emsign_error *err)
{
	emsign_order order = **known;
	emsign_order *now;
	emsign_rc rc;

	order.certificate = c->id;
	order.certificate_note = NULL;
	order.replaces = NULL;
	order.serial = c->serial;
	order.issuer = c->issuer;
	order.not_after = c->not_after;
	order.updated_at = c->fetched_at;
	if (!c->interim && !emsign_status_is_final(order.status))
		order.status = c->not_after < c->fetched_at ? EMSIGN_STATUS_EXPIRED :
							      EMSIGN_STATUS_ISSUED;
	rc = ems_shelf_merge(op->client, op->task->verb, "certificate", c, NULL, NULL, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_put(op, &order, err);
	if (rc)
		return rc;
	now = ems_record_copy(ems_kind_find("order"), &order);
	if (!now)
		return ems_fail_nomem(err);
	ems_free(*known);
	*known = now;
	return EMSIGN_OK;
}

emsign_rc ems_fetch_accept(emsign_op *op, emsign_order **order, emsign_certificate **out,
			   emsign_error *err)
{
	emsign_certificate *c = NULL;
	emsign_rc rc = ems_order_reload(op, order, err);

	if (rc == EMSIGN_OK)
		rc = ems_fetch_read(op, *order, ems_op_fact(op, "certificate"), &c, err);
	if (rc == EMSIGN_OK) /* others may have been kept since it was asked for */
		rc = check_capacity(op->client, err);
	if (!(*order)->family)
		(*order)->family = op->found_in;
	if (rc == EMSIGN_OK)
		rc = emsign_store_begin(op->client->store, err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_end(op->client, ems_fetch_keep(op, order, c, err), err);
	if (rc == EMSIGN_OK && out)
		rc = ems_shelf_get(op->client, "certificate", c->id, (void **)out, err);
	ems_free(c);
	return rc;
}

/* --- the verb ----------------------------------------------------------------------------- */

static emsign_rc fetched(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_order_work *work = op->work;
	emsign_certificate *certificate = NULL;

	if (rc == EMSIGN_OK)
		rc = ems_fetch_accept(op, &work->order, &certificate, err);
	if (rc == EMSIGN_OK)
		ems_op_result(op, "certificate", certificate);
	return rc;
}

static emsign_rc fetch(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_order_work *work = op->work;

	rc = ems_order_open(op, &work->order, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_need_number(work->order, err);
	return rc ? rc : ems_fetch_ask(op, work->order, fetched, err);
}

static const char *const fetch_args[] = { "order", NULL };

const struct ems_task ems_task_fetch = {
	.verb = "fetch", .args = fetch_args, .work_size = sizeof(struct ems_order_work),
	.start = fetch, .drop = ems_order_drop,
};
