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
#include "model/form.h"

static const emsign_kv *form_of(emsign_op *op)
{
	return ems_kvlist_kv(&((struct ems_place_work *)op->work)->form);
}

/* --- asking the CA ------------------------------------------------------------------------ */

/* A CSR made for an order that the CA refused is of no use to anybody. */
static void drop_new_csr(emsign_op *op)
{
	struct ems_place_work *work = op->work;

	if (work->csr_is_new)
		ems_csr_drop(op->client, work->csr);
}

/* The intent is changed, or taken away, only as long as it is the one that was written here. */
static emsign_rc rewrite(emsign_op *op, const ems_intent *now, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	emsign_rc rc = ems_journal_swap(op->client, &work->sent, now, err);

	if (rc == EMSIGN_OK && now)
		work->sent = *now;
	return rc;
}

/* The key goes with the intent: whose the intent is by now, his may be the key. */
static void give_up(emsign_op *op)
{
	emsign_error ignored;

	if (rewrite(op, NULL, &ignored) == EMSIGN_OK)
		drop_new_csr(op);
}

/* From here on the CA may have the order, and may need its time from here on until it lists it. */
static emsign_rc leaves(emsign_op *op, emsign_error *err)
{
	ems_intent now = ((struct ems_place_work *)op->work)->sent;

	now.sent_at = ems_client_now(op->client);
	now.settle_ms = ems_op_settle_ms(op, EMS_VERB_PLACE, now.family);
	return rewrite(op, &now, err);
}

/* Nobody sends it any more, and nobody knows what became of it. */
static void note_doubt(emsign_op *op, const char *request_id)
{
	ems_intent now = ((struct ems_place_work *)op->work)->sent;
	emsign_error ignored;

	now.state = "in-doubt";
	now.request_id = request_id;
	(void)rewrite(op, &now, &ignored);
}

static emsign_rc refused(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	if (rc == EMSIGN_E_INDOUBT)
		note_doubt(op, err->request_id);
	else
		give_up(op);
	return rc;
}

static void join(const ems_intent *intent, const emsign_order *fact, int64_t now, emsign_order *out)
{
	ems_journal_order(intent, out);
	out->number = fact->number;
	out->request_number = fact->request_number;
	out->tracking_url = fact->tracking_url;
	out->status = fact->status;
	out->status_text = fact->status_text;
	out->status_code = fact->status_code;
	out->extra = fact->extra;
	out->ordered_at = fact->ordered_at ? fact->ordered_at : now;
	if (out->years)
		out->subscription_end = ems_time_add_years(out->ordered_at, out->years);
}

/* A CA may answer with an order that it has already: what belongs to that one's key stays so. */
static emsign_rc check_key(emsign_op *op, const emsign_order *order, emsign_error *err)
{
	char *id = ems_order_id(op, order);
	emsign_order *known = NULL;
	emsign_rc rc = id ? ems_shelf_look(op->client, "order", id, (void **)&known, err) :
			    ems_fail_nomem(err);

	if (known && known->spki && order->spki && strcmp(known->spki, order->spki) != 0)
		rc = ems_fail(err, EMSIGN_E_MISMATCH,
			      "the CA answered with order '%s', which was placed with another key; "
			      "look at the CA what became of this one", id);
	ems_free(known);
	ems_free(id);
	return rc;
}

/* The draft that the order was is none any more. */
static emsign_rc drop_draft(emsign_op *op, const ems_intent *intent, const emsign_order *now,
			    emsign_error *err)
{
	const emsign_order draft = { .request_number = intent->request };
	char *id = intent->request ? ems_order_id(op, &draft) : NULL;
	void *known = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (!intent->request)
		return EMSIGN_OK;
	if (!id)
		return ems_fail_nomem(err);
	if (strcmp(id, now->id) != 0)
		rc = ems_shelf_look(op->client, "order", id, &known, err);
	if (known)
		rc = ems_shelf_remove(op->client, "order", id, err);
	ems_free(known);
	ems_free(id);
	return rc;
}

emsign_rc ems_place_adopt(emsign_op *op, const ems_intent *intent, const emsign_order *fact,
			  const ems_intent *gone, emsign_order **out, emsign_error *err)
{
	emsign_order *now = NULL;
	emsign_order order;
	emsign_rc rc;

	join(intent, fact, ems_client_now(op->client), &order);
	rc = emsign_store_begin(op->client->store, err);
	if (rc)
		return rc;
	rc = check_key(op, &order, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_keep(op, &order, NULL, &now, err);
	if (rc == EMSIGN_OK && gone)
		rc = ems_journal_swap(op->client, gone, NULL, err);
	if (rc == EMSIGN_OK)
		rc = drop_draft(op, intent, now, err);
	rc = ems_shelf_end(op->client, rc, err);
	if (rc)
		ems_free(now);
	else
		*out = now;
	return rc;
}

static emsign_rc keep(emsign_op *op, const ems_intent *intent, const emsign_order *fact,
		      const ems_intent *gone, emsign_error *err)
{
	emsign_order *now = NULL;
	emsign_rc rc = ems_place_adopt(op, intent, fact, gone, &now, err);

	if (rc == EMSIGN_OK)
		ems_op_result(op, "order", now);
	return rc;
}

emsign_rc ems_place_keep(emsign_op *op, const ems_intent *intent, const emsign_order *fact,
			 emsign_error *err)
{
	return keep(op, intent, fact, intent, err);
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
		return ems_burst_tell(op, refused(op, rc, err), err);
	rc = ems_place_keep(op, &work->sent, fact, err);
	if (rc == EMSIGN_E_CONFLICT) /* the intent is another call's by now, the order is not */
		rc = keep(op, &work->sent, fact, NULL, err);
	if (rc == EMSIGN_OK)
		take_certificate(op);
	else /* the CA has it: whoever calls next has to look */
		note_doubt(op, err->request_id);
	return rc;
}

/* --- key, CSR, intent --------------------------------------------------------------------- */

static emsign_rc make_tag(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;
	unsigned char random[(sizeof(work->token) - 1) / 2];
	struct ems_buf tag = EMS_BUF(64);
	emsign_rc rc = ems_client_random(op->client, random, sizeof(random), err);

	if (rc)
		return rc;
	ems_text_hex(random, sizeof(random), work->token);
	ems_buf_print(&tag, "emsign:%s", work->token);
	work->tag = ems_buf_take(&tag);
	work->intent_id = ems_journal_id(op->account->credential->name, &work->names,
					 ems_place_said(op, "again") ? work->token : NULL);
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
	intent->url = op->account->site;
	intent->state = "sending";
	intent->owner = work->owner[0] ? work->owner : NULL;
	intent->family = work->family;
	intent->product = ems_place_field(op, "product");
	intent->domain = ems_place_field(op, "domain");
	intent->sans = work->sans[0] ? work->sans : NULL;
	intent->organization = ems_place_field(op, "organization");
	intent->group = ems_place_field(op, "group");
	intent->requester_email = ems_place_field(op, "requester.email");
	intent->csr = work->csr ? work->csr->id : NULL;
	intent->spki = work->csr ? work->csr->spki : NULL;
	intent->tag = op->client->limits.mark_orders ? work->tag : NULL;
	intent->remarks = ems_place_field(op, "remarks");
	intent->secure_www = ems_place_said(op, "secure_www");
	intent->years = number_field(op, "years");
	intent->auto_renew = ems_place_said(op, "auto_renew");
	intent->renew_days = number_field(op, "renew_days");
	intent->created_at = ems_client_now(op->client);
	intent->request = ems_place_field(op, "request");
	intent->settle_ms = EMS_SETTLE_MS; /* what never leaves needs no longer */
	intent->token = work->token;
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
	if (work->product) /* more certain than what the form looks like */
		ems_op_arg(op, "variant", work->product->level);
	ems_op_arg(op, "csr", work->csr ? work->csr->pem : NULL);
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
	add_form(op);
	add_token(op);
	ems_op_before(op, leaves);
	return ems_op_ask(op, EMS_VERB_PLACE, placed, err);
}

/* --- the order --------------------------------------------------------------------------- */

static emsign_rc need_csr(emsign_op *op, emsign_error *err)
{
	struct ems_place_work *work = op->work;

	if (work->csr || ems_form_is_personal(work->family))
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
	emsign_rc rc;

	fill_intent(op);
	rc = ems_journal_claim(op->client, &work->sent, work->open, err);
	if (rc) {
		drop_new_csr(op);
		return rc;
	}
	rc = ems_twins_refuse(op, EMS_SECOND_LOOK, err);
	if (rc)
		give_up(op);
	return rc;
}

/* What never arrived, and is ordered otherwise by now, is not wanted any more. */
static void drop_open(emsign_op *op)
{
	struct ems_place_work *work = op->work;
	emsign_error ignored;

	if (work->open)
		(void)ems_journal_swap(op->client, work->open, NULL, &ignored);
}

emsign_rc ems_place_order(emsign_op *op, emsign_error *err)
{
	emsign_rc rc = ems_twins_refuse(op, EMS_FIRST_LOOK, err);

	if (rc == EMSIGN_E_CONFLICT)
		drop_open(op);
	if (rc == EMSIGN_OK)
		rc = make_tag(op, err);
	if (rc == EMSIGN_OK)
		rc = need_csr(op, err);
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
	rc = ems_twins_refuse_rivals(op, err);
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
	ems_kvlist_free(&work->seen);
}

static const char *const place_args[] = { NULL };
static const char *const promote_args[] = { "order", NULL };

const struct ems_task ems_task_place = {
	.verb = "place", .args = place_args, .scope = "order",
	.work_size = sizeof(struct ems_place_work), .check = ems_place_check, .start = place,
	.drop = place_drop,
};

/* Placed like any other; where it comes from is the only difference. */
const struct ems_task ems_task_promote = {
	.verb = "promote", .args = promote_args, .scope = "order",
	.work_size = sizeof(struct ems_place_work), .check = ems_place_check, .start = place,
	.drop = place_drop,
};
