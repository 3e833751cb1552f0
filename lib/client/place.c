/* SPDX-License-Identifier: MIT */
/*
 * Ordering. The way of an order:
 *
 *   check form -> settle what is in doubt -> key and CSR on disk -> intent on disk
 *     -> ask the CA -> order on disk, intent gone
 *
 * Wherever it is interrupted, the next call for the same names finds the intent and looks at the CA
 * before it orders anything.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "base/time.h"
#include "client/place.h"

static const emsign_kv *form_of(emsign_op *op)
{
	return ems_kvlist_kv(&((struct ems_place_work *)op->work)->form);
}

/* --- asking the CA ------------------------------------------------------------------------ */

/* A CSR made for an order that the CA refused is of no use to anybody. */
static void drop_new_csr(emsign_op *op)
{
	struct ems_place_work *work = op->work;
	char *id;
	emsign_error ignored;

	if (!work->csr_is_new)
		return;
	id = ems_shelf_id(op->account->credential->name, "key", work->csr->spki);
	if (id && ems_shelf_remove(op->client, "csr", work->csr->id, &ignored) == EMSIGN_OK)
		(void)ems_vault_remove(op->client, id, &ignored);
	ems_free(id);
}

static emsign_rc refused(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	emsign_error ignored;

	if (rc == EMSIGN_E_INDOUBT) {
		work->sent.state = "in-doubt";
		work->sent.request_id = err->request_id;
		(void)ems_journal_put(op->client, &work->sent, &ignored);
		return rc;
	}
	if (ems_journal_remove(op->client, work->sent.id, &ignored) == EMSIGN_OK)
		drop_new_csr(op);
	return rc;
}

/* The order becomes known and the intent goes, both or none. */
emsign_rc ems_place_keep(emsign_op *op, const ems_intent *intent, const emsign_order *fact,
			 emsign_error *err)
{
	emsign_order *now = NULL;
	emsign_order order;
	emsign_rc rc;

	ems_journal_order(intent, &order);
	order.number = fact->number;
	order.request_number = fact->request_number;
	order.tracking_url = fact->tracking_url;
	order.status = fact->status;
	order.status_text = fact->status_text;
	order.status_code = fact->status_code;
	order.extra = fact->extra;
	order.ordered_at = fact->ordered_at ? fact->ordered_at : ems_client_now(op->client);
	if (order.years)
		order.subscription_end = ems_time_add_years(order.ordered_at, order.years);
	rc = emsign_store_begin(op->client->store, err);
	if (rc)
		return rc;
	rc = ems_order_keep(op, &order, NULL, &now, err);
	if (rc == EMSIGN_OK)
		rc = ems_journal_remove(op->client, intent->id, err);
	rc = ems_shelf_end(op->client, rc, err);
	if (rc)
		ems_free(now);
	else
		ems_op_result(op, "order", now);
	return rc;
}

/* A private PKI may issue at once. That the certificate is not right does not undo the order. */
static void take_certificate(emsign_op *op)
{
	emsign_error err, ignored;
	emsign_kv fields[] = { { "order", NULL }, { "reason", err.message }, { NULL, NULL } };
	emsign_order *order = op->result;
	emsign_rc rc;

	if (!ems_op_fact(op, "certificate"))
		return;
	op->result = NULL;
	rc = ems_fetch_accept(op, &order, NULL, &err);
	if (rc == EMSIGN_E_CAPACITY)
		(void)ems_fetch_leave_out(op, &order, EMS_NOTE_CAPACITY, &ignored);
	fields[0].value = order->id;
	if (rc)
		ems_client_log(op->client, EMSIGN_LOG_WARNING,
			       "the certificate that came with the order was not kept", fields);
	ems_op_result(op, "order", order);
}

static emsign_rc placed(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	const emsign_order *fact = ems_op_fact(op, "order");

	if (rc == EMSIGN_OK && (!fact || (!fact->number && !fact->request_number)))
		rc = ems_fail(err, EMSIGN_E_INDOUBT,
			      "the CA accepted the order without giving a number");
	if (rc)
		return refused(op, rc, err);
	rc = ems_place_keep(op, &work->sent, fact, err);
	if (rc == EMSIGN_OK)
		take_certificate(op);
	return rc;
}

/* --- key, CSR, intent --------------------------------------------------------------------- */

static emsign_rc make_tag(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	unsigned char random[8];
	char hex[sizeof(random) * 2 + 1];
	struct ems_buf tag = EMS_BUF(64);
	emsign_rc rc = ems_client_random(op->client, random, sizeof(random), err);

	if (rc)
		return rc;
	ems_text_hex(random, sizeof(random), hex);
	ems_buf_print(&tag, "emsign:%s", hex);
	work->tag = ems_buf_take(&tag);
	work->intent_id = ems_journal_id(op->account->credential->name, &work->names,
					 ems_place_said(op, "again") ? hex : NULL);
	ems_process_self(work->owner);
	ems_buf_free(&tag);
	return work->tag && work->intent_id ? EMSIGN_OK : ems_fail_nomem(err);
}

static int64_t number_field(emsign_op *op, const char *name)
{
	int64_t value = 0;

	(void)ems_text_int(ems_place_field(op, name), 0, INT64_MAX, &value);
	return value;
}

static void fill_intent(emsign_op *op)
{
	struct ems_place_work *work = op->work;
	ems_intent *intent = &work->sent;

	intent->id = work->intent_id;
	intent->credential = op->account->credential->name;
	intent->url = op->account->credential->url;
	intent->state = "sending";
	intent->owner = work->owner[0] ? work->owner : NULL;
	intent->family = work->family;
	intent->product = ems_place_field(op, "product");
	intent->domain = ems_place_field(op, "domain");
	intent->sans = work->sans[0] ? work->sans : NULL;
	intent->organization = ems_place_field(op, "organization");
	intent->group = ems_place_field(op, "group");
	intent->requester_email = ems_place_field(op, "requester.email");
	intent->csr = work->csr->id;
	intent->spki = work->csr->spki;
	intent->tag = op->client->limits.mark_orders ? work->tag : NULL;
	intent->remarks = ems_place_field(op, "remarks");
	intent->secure_www = ems_place_said(op, "secure_www");
	intent->years = number_field(op, "years");
	intent->auto_renew = ems_place_said(op, "auto_renew");
	intent->renew_days = number_field(op, "renew_days");
	intent->created_at = ems_client_now(op->client);
}

/* The form as the question takes it: what only matters here stays here. */
static void add_form(emsign_op *op)
{
	static const char *const here[] = { "csr", "csr_id", "key", "keystore", "again", "family",
					    "san", NULL };
	struct ems_place_work *work = op->work;

	for (const emsign_kv *kv = form_of(op); kv->key; kv++) {
		bool keep = true;

		for (const char *const *name = here; *name; name++)
			keep = keep && strcmp(kv->key, *name) != 0;
		if (keep)
			ems_op_arg(op, kv->key, kv->value);
	}
	for (const char **san = work->sans; *san; san++)
		ems_op_arg(op, "san", *san);
	ems_op_arg(op, "family", work->family);
	ems_op_arg(op, "csr", work->csr->pem);
	ems_op_arg(op, "tag", work->sent.tag);
}

/* The consent token spares a mail to the organization; only some accounts are told it. */
static void add_token(emsign_op *op)
{
	struct ems_buf id = EMS_BUF(256);
	emsign_error ignored;

	if (!ems_place_field(op, "organization"))
		return;
	ems_buf_print(&id, "%s/organization/%s/token", op->account->credential->name,
		      ems_place_field(op, "organization"));
	(void)ems_vault_get(op->client, ems_buf_str(&id), &op->call.token, &ignored);
	ems_buf_free(&id);
}

static emsign_rc ask_to_place(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	add_form(op);
	add_token(op);
	op->call.family = work->family;
	return ems_op_ask(op, EMS_VERB_PLACE, placed, err);
}

/* --- the same names, ordered already? ----------------------------------------------------- */

/*
 * Another operation of this client may be about to order the same names. Its intent must not be
 * settled: the CA does not list an order whose question is still under way.
 */
static emsign_rc refuse_rivals(emsign_op *op, emsign_error *err)
{
	const struct ems_place_work *mine = op->work;

	for (const emsign_op *other = op->client->ops; other; other = other->sibling) {
		const struct ems_place_work *work = other->work;

		if (other == op || other->task != op->task || !(work->open || work->intent_id) ||
		    !ems_text_equal(other->account->credential->name,
				    op->account->credential->name) ||
		    !ems_journal_same_names(mine->names.items[0].key, mine->sans,
					    work->names.items[0].key, work->sans))
			continue;
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"the same names as of '%s' are being ordered by another operation",
				mine->names.items[0].key);
	}
	return EMSIGN_OK;
}

struct twin {
	emsign_op *op;
	char id[256];
};

static emsign_rc find_open_twin(void *ud, const char *kind, const void *record)
{
	struct twin *twin = ud;
	struct ems_place_work *work = twin->op->work;
	const emsign_order *order = record;

	(void)kind;
	if (emsign_status_is_final(order->status) || order->status == EMSIGN_STATUS_ISSUED ||
	    order->status == EMSIGN_STATUS_DRAFT || twin->id[0])
		return EMSIGN_OK;
	if (!ems_text_equal(order->url, twin->op->account->credential->url) ||
	    !ems_journal_same_names(work->names.items[0].key, work->sans, order->domain,
				    order->sans))
		return EMSIGN_OK;
	strncpy(twin->id, order->id, sizeof(twin->id) - 1);
	return EMSIGN_OK;
}

static emsign_rc refuse_twins(emsign_op *op, emsign_error *err)
{
	const struct ems_place_work *work = op->work;
	struct ems_kvlist filter = { 0 };
	struct twin twin = { op, "" };
	emsign_rc rc;

	if (ems_place_said(op, "again"))
		return EMSIGN_OK;
	ems_kvlist_add(&filter, "credential", op->account->credential->name);
	for (size_t i = 0; i < work->names.n; i++) /* whichever of them came first there */
		ems_kvlist_add(&filter, "domain", work->names.items[i].key);
	rc = filter.rc ? ems_fail_nomem(err) :
			 emsign_client_scan(op->client, "order", ems_kvlist_kv(&filter), NULL, 0,
					    find_open_twin, &twin, err);
	ems_kvlist_free(&filter);
	if (rc == EMSIGN_OK && twin.id[0])
		rc = ems_fail(err, EMSIGN_E_CONFLICT,
			      "the same names are ordered already and not issued yet: '%s'; say "
			      "again=yes to order once more", twin.id);
	return rc;
}

static emsign_rc need_csr(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	if (work->csr)
		return EMSIGN_OK;
	work->csr_is_new = true;
	return ems_csr_make(op->client, op->account->credential->name, form_of(op), &work->csr,
			    err);
}

/*
 * Only who holds the intent may send. Between the first look for twins and the intent, another
 * process may have ordered the same names and be done: so it is looked again.
 */
static emsign_rc claim(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	emsign_error ignored;
	emsign_rc rc;

	fill_intent(op);
	rc = ems_journal_claim(op->client, &work->sent, work->open, err);
	if (rc == EMSIGN_OK) {
		rc = refuse_twins(op, err);
		if (rc)
			(void)ems_journal_remove(op->client, work->sent.id, &ignored);
	}
	if (rc)
		drop_new_csr(op);
	return rc;
}

emsign_rc ems_place_order(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = refuse_twins(op, err);

	if (rc == EMSIGN_OK)
		rc = need_csr(op, err);
	if (rc == EMSIGN_OK)
		rc = make_tag(op, err);
	if (rc == EMSIGN_OK)
		rc = claim(op, err);
	return rc ? rc : ask_to_place(op, err);
}

static emsign_rc place(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	/* asked for in so many words; an open intent stays for a call without them */
	if (ems_place_said(op, "again"))
		return ems_place_order(op, err);
	rc = refuse_rivals(op, err);
	if (rc == EMSIGN_OK)
		rc = ems_journal_find(op->account, ems_place_field(op, "domain"), work->sans,
				      &work->open, err);
	if (rc)
		return rc;
	if (work->open && ems_journal_is_busy(work->open))
		return ems_fail(err, EMSIGN_E_CONFLICT,
				"the same names as of '%s' are being ordered by another process",
				work->open->domain);
	return work->open ? ems_settle_begin(op, err) : ems_place_order(op, err);
}

static void place_drop(emsign_op *op)
{
	struct ems_place_work *work = op->work;

	ems_kvlist_free(&work->form);
	ems_kvlist_free(&work->names);
	ems_free(work->sans);
	ems_free(work->product);
	ems_free(work->csr);
	ems_free(work->open);
	ems_free(work->tag);
	ems_free(work->intent_id);
	ems_fact_free(work->candidates);
}

static const char *const place_args[] = { NULL };

const struct ems_task ems_task_place = {
	.verb = "place", .args = place_args, .scope = "order",
	.work_size = sizeof(struct ems_place_work), .check = ems_place_check, .start = place,
	.drop = place_drop,
};
