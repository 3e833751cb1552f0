/* SPDX-License-Identifier: MIT */
/*
 * Reissuing: the order stays, its certificate becomes another one. The way of it:
 *
 *   ask how the order is -> settle what is in doubt -> note which certificate is replaced
 *     -> key and CSR on disk -> row of the journal on disk -> ask the CA -> order on disk, row gone
 *
 * Wherever it is interrupted, whoever hears about the order next finds the row, and finds out by
 * the order itself whether it happened.
 */
#include "client/reissue.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/journal.h"
#include "client/process.h"
#include "model/fields.h"
#include "model/form.h"

static const char *field(emsign_op *op, const char *name)
{
	return ems_kv_get(ems_kvlist_kv(&((struct ems_reissue_work *)op->work)->form), name);
}

static bool keeps_key(emsign_op *op)
{
	return ems_text_equal(field(op, "key"), "same");
}

/* --- asking the CA ------------------------------------------------------------------------ */

/* The row is changed, or taken away, only as long as it is the one that was written here. */
static emsign_rc rewrite(emsign_op *op, const ems_reissue *now, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	ems_reissue *next = now ? ems_record_copy(ems_kind_find("reissue"), now) : NULL;
	emsign_rc rc = now && !next ? ems_fail_nomem(err) :
				      ems_shelf_swap(op->client, "reissue", work->sent, now, err);

	if (rc) {
		ems_free(next);
		return rc;
	}
	ems_free(work->sent);
	work->sent = next;
	return EMSIGN_OK;
}

/* From here on the CA may have it. */
static emsign_rc leaves(emsign_op *op, emsign_error *err)
{
	ems_reissue now = *((struct ems_reissue_work *)op->work)->sent;

	now.sent_at = ems_client_now(op->client);
	return rewrite(op, &now, err);
}

/* Nobody sends it any more, and nobody knows what became of it. */
static void note_doubt(emsign_op *op)
{
	ems_reissue now = *((struct ems_reissue_work *)op->work)->sent;
	emsign_error ignored;

	now.owner = NULL;
	(void)rewrite(op, &now, &ignored);
}

/* The key goes with the row: whose the row is by now, his may be the key. */
static void give_up(emsign_op *op)
{
	struct ems_reissue_work *work = op->work;
	bool made = work->sent->made;
	emsign_error ignored;

	if (rewrite(op, NULL, &ignored) == EMSIGN_OK && made)
		ems_csr_drop(op->client, work->csr);
}

static emsign_rc answered(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	const emsign_order *said = ems_op_fact(op, "order");
	emsign_order **order = &work->one.order;

	if (rc == EMSIGN_OK && !said)
		rc = ems_fail(err, EMSIGN_E_INDOUBT,
			      "the CA accepted the reissue of order '%s' without a word about it",
			      work->sent->id);
	if (rc && rc != EMSIGN_E_INDOUBT) {
		give_up(op);
		return rc;
	}
	if (rc == EMSIGN_OK)
		rc = ems_reissue_keep(op, order, work->sent, said, work->sent, err);
	if (rc == EMSIGN_E_CONFLICT) /* somebody settled it meanwhile; it happened all the same */
		rc = ems_reissue_keep(op, order, work->sent, said, NULL, err);
	if (rc) {
		note_doubt(op);
		return rc;
	}
	ems_op_result(op, "order", *order);
	*order = NULL;
	return EMSIGN_OK;
}

static emsign_rc ask(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;

	ems_order_args(op, work->one.order);
	ems_op_arg(op, "csr", work->csr ? work->csr->pem : NULL);
	for (const char **san = work->sans; san && *san; san++)
		ems_op_arg(op, "san", *san);
	ems_op_arg(op, "remarks", field(op, "remarks"));
	ems_op_arg(op, "revoke_previous", field(op, "revoke_previous"));
	ems_op_arg(op, "revoke_reason", field(op, "revoke_reason"));
	ems_op_before(op, leaves);
	return ems_op_ask(op, EMS_VERB_REISSUE, answered, err);
}

/* --- key, CSR, row of the journal --------------------------------------------------------- */

static emsign_rc make_csr(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	const emsign_order *order = work->one.order;
	struct ems_kvlist form = { 0 };
	emsign_rc rc;

	if (!order->domain)
		return ems_fail(err, EMSIGN_E_STATE,
				"it is not known here for which name order '%s' is; say csr",
				order->id);
	ems_kvlist_add(&form, "domain", order->domain);
	for (const char *const *san = order->sans; san && *san; san++)
		ems_kvlist_add(&form, "san", *san);
	ems_kvlist_add(&form, "key", field(op, "key"));
	rc = form.rc ? ems_fail_nomem(err) :
		       ems_csr_make(op->client, op->account->credential->name,
				    ems_kvlist_kv(&form), &work->csr, err);
	ems_kvlist_free(&form);
	return rc;
}

/* Only who holds the row may send. */
static emsign_rc claim(emsign_op *op, const char *replaces, bool made, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	const emsign_order *order = work->one.order;
	char owner[EMS_PROCESS_TEXT];
	ems_reissue row = {
		.id = order->id,
		.owner = owner,
		.request_number = work->request_number,
		.replaces = replaces,
		.csr = work->csr ? work->csr->id : order->csr,
		.spki = work->csr ? work->csr->spki : order->spki,
		.sans = work->sans,
		.made = made,
		.created_at = ems_client_now(op->client),
	};
	emsign_rc rc;

	ems_process_self(owner);
	rc = rewrite(op, &row, err);
	if (rc == EMSIGN_E_CONFLICT)
		ems_fail(err, rc, "order '%s' is being reissued by somebody else", row.id);
	if (rc && made)
		ems_csr_drop(op->client, work->csr);
	return rc;
}

static emsign_rc prepare(emsign_op *op, const emsign_certificate *replaced, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	bool made = !work->csr && !work->sans;
	emsign_rc rc = made ? make_csr(op, err) : EMSIGN_OK;

	if (rc == EMSIGN_OK)
		rc = claim(op, replaced->sha256, made, err);
	return rc ? rc : ask(op, err);
}

/* Which certificate is replaced: the CA may go on giving it for a while. */
static emsign_rc replaced_came(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	const struct ems_reissue_work *work = op->work;
	const emsign_certificate *raw = ems_op_fact(op, "certificate");
	emsign_certificate *replaced = NULL;

	if (rc == EMSIGN_OK && (!raw || !raw->pem))
		rc = ems_fail(err, EMSIGN_E_PENDING, "the CA gave none");
	if (rc == EMSIGN_OK)
		rc = emsign_certificate_parse(raw->pem, strlen(raw->pem), &replaced, err);
	if (rc)
		ems_fail_in(err, "the certificate of order '%s' could not be looked at",
			    work->one.order->id);
	else
		rc = prepare(op, replaced, err);
	ems_free(replaced);
	return rc;
}

/* --- before ------------------------------------------------------------------------------- */

static emsign_rc begin_anew(emsign_op *op, const emsign_order *said, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	const emsign_order *order = work->one.order;

	if (order->status != EMSIGN_STATUS_ISSUED)
		return ems_fail(err, EMSIGN_E_STATE,
				"order '%s' is %s; only an issued one can be reissued", order->id,
				emsign_status_name(order->status));
	if (!said->request_number)
		return ems_fail(err, EMSIGN_E_PROTO,
				"the CA does not tell the request number of order '%s', by which a "
				"reissue without an answer would be known; nothing was asked",
				order->id);
	work->request_number = ems_strdup(said->request_number);
	if (!work->request_number)
		return ems_fail_nomem(err);
	ems_order_args(op, order);
	return ems_op_ask(op, EMS_VERB_FETCH, replaced_came, err);
}

/* Is this call the earlier one once more? A key that was made for that one is taken then. */
static emsign_rc is_the_same(emsign_op *op, bool *same, emsign_csr **made, emsign_error *err)
{
	const struct ems_reissue_work *work = op->work;
	const ems_reissue *open = work->open;
	const char *domain = work->one.order->domain;
	const char *spec = field(op, "key");
	emsign_rc rc;

	*made = NULL;
	*same = false;
	if (work->sans)
		*same = open->sans &&
			ems_journal_same_names(domain, work->sans, domain, open->sans);
	else if (work->csr)
		*same = !open->made && !open->sans &&
			ems_text_equal(work->csr->spki, open->spki);
	if (work->sans || work->csr || !open->made)
		return EMSIGN_OK;
	rc = ems_shelf_look(op->client, "csr", open->csr, (void **)made, err);
	*same = *made && (!spec || ems_text_equal(spec, (*made)->key));
	return rc;
}

static emsign_rc happened(emsign_op *op, bool same, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;

	if (!same)
		return ems_fail(err, EMSIGN_E_STATE,
				"an earlier reissue of order '%s' that got no answer did happen, "
				"with another key or other names; the order is %s",
				work->one.order->id, emsign_status_name(work->one.order->status));
	ems_op_result(op, "order", work->one.order);
	work->one.order = NULL;
	return EMSIGN_OK;
}

static emsign_rc look(emsign_op *op, emsign_error *err);

static emsign_rc look_again(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	int64_t ms = work->open->sent_at * 1000 + ems_op_settle_ms(op, EMS_VERB_REISSUE, NULL) -
		     ems_client_now_ms(op->client);
	emsign_rc rc = look(op, err);

	if (ms < 0)
		ms = 0;
	work->one.asked_ms += ms;
	return rc ? rc : ems_op_pause(op, ms, "the CA may still be working on it", err);
}

static emsign_rc settle(emsign_op *op, const emsign_order *said, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	enum ems_reissue_fate fate =
		ems_reissue_fate(op, work->open, said, work->one.asked_ms);
	emsign_csr *made = NULL;
	bool same;
	emsign_rc rc = is_the_same(op, &same, &made, err);

	if (rc == EMSIGN_OK && fate == EMS_REISSUE_NEVER && same && made) {
		work->csr = made;
		made = NULL;
	}
	ems_free(made);
	if (rc)
		return rc;
	switch (fate) {
	case EMS_REISSUE_DONE:
		return happened(op, same, err);
	case EMS_REISSUE_NEVER:
		return begin_anew(op, said, err);
	case EMS_REISSUE_EARLY:
		return look_again(op, err);
	default:
		return ems_fail(err, EMSIGN_E_INDOUBT,
				"an earlier reissue of order '%s' got no answer, and the CA does "
				"not tell what became of it", work->one.order->id);
	}
}

static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	const struct ems_reissue_work *work = op->work;
	const emsign_order *said = ems_op_fact(op, "order");

	if (rc)
		return rc;
	return work->open ? settle(op, said, err) : begin_anew(op, said, err);
}

/* What is known here may be old: the CA is asked first. */
static emsign_rc look(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;

	work->one.mode = EMS_REFRESH_ONLY;
	work->one.then = looked;
	return ems_refresh_ask(op, err);
}

/* A CSR that is there already: one's own, one that is kept, or the order's once more. */
static emsign_rc own_csr(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	const emsign_order *order = work->one.order;
	const char *said = field(op, "csr") ? field(op, "csr") : field(op, "csr_id");

	if (keeps_key(op)) {
		if (!order->csr)
			return ems_fail(err, EMSIGN_E_STATE,
					"the CSR of order '%s' is not kept here; say csr, or let "
					"another key be made", order->id);
		said = order->csr;
	}
	return said ? ems_csr_of_order(op->client, order, said, &work->csr, err) : EMSIGN_OK;
}

static emsign_rc find_open(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	emsign_rc rc = ems_shelf_look(op->client, "reissue", work->one.order->id,
				      (void **)&work->open, err);

	if (rc || !work->open || !ems_reissue_is_busy(op, work->open))
		return rc;
	return ems_fail(err, EMSIGN_E_CONFLICT, "order '%s' is being reissued by somebody else",
			work->one.order->id);
}

static emsign_rc reissue(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;

	rc = ems_order_open(op, &work->one.order, err);
	if (rc == EMSIGN_OK)
		rc = ems_op_lead(op, EMS_VERB_REISSUE, work->one.order->family, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_need_number(work->one.order, err);
	if (rc == EMSIGN_OK)
		rc = own_csr(op, err);
	if (rc == EMSIGN_OK)
		rc = find_open(op, err);
	return rc ? rc : look(op, err);
}

/* --- the verb ----------------------------------------------------------------------------- */

static emsign_rc check_ways(emsign_op *op, emsign_error *err)
{
	static const char *const ways[] = { "key", "csr", "csr_id", "san", NULL };
	const emsign_kv *form = ems_kvlist_kv(&((struct ems_reissue_work *)op->work)->form);
	emsign_rc rc = ems_form_one_way(form, ways, err);

	if (rc)
		return rc;
	if (field(op, "revoke_reason") && !ems_text_equal(field(op, "revoke_previous"), "yes"))
		return ems_fail(err, EMSIGN_E_INVALID,
				"revoke_reason goes with revoke_previous=yes alone");
	return EMSIGN_OK;
}

/* Pointers into the form. */
static emsign_rc collect_sans(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	const emsign_kv *form = ems_kvlist_kv(&work->form);
	size_t n = 0;

	if (!field(op, "san"))
		return EMSIGN_OK;
	while (ems_kv_nth(form, "san", n))
		n++;
	work->sans = ems_alloc((n + 1) * sizeof(*work->sans));
	if (!work->sans)
		return ems_fail_nomem(err);
	while (n-- > 0)
		work->sans[n] = ems_kv_nth(form, "san", n);
	return EMSIGN_OK;
}

static emsign_rc reissue_check(emsign_op *op, emsign_error *err)
{
	struct ems_reissue_work *work = op->work;
	struct ems_kvlist said = { 0 };
	emsign_rc rc;

	for (const emsign_kv *arg = op->args; arg->key; arg++)
		if (strcmp(arg->key, "order") != 0)
			ems_kvlist_add(&said, arg->key, arg->value);
	rc = said.rc ? ems_fail_nomem(err) :
		       ems_fields_check("reissue", EMS_FIELDS_WHOLE, ems_kvlist_kv(&said),
					&work->form, err);
	ems_kvlist_free(&said);
	if (rc == EMSIGN_OK)
		rc = check_ways(op, err);
	return rc ? rc : collect_sans(op, err);
}

static void reissue_drop(emsign_op *op)
{
	struct ems_reissue_work *work = op->work;

	ems_free(work->one.order);
	ems_kvlist_free(&work->form);
	ems_free(work->sans);
	ems_free(work->csr);
	ems_free(work->request_number);
	ems_free(work->open);
	ems_free(work->sent);
}

static const char *const reissue_args[] = { "order", NULL };

const struct ems_task ems_task_reissue = {
	.verb = "reissue", .args = reissue_args, .scope = "reissue",
	.work_size = sizeof(struct ems_reissue_work), .check = reissue_check, .start = reissue,
	.drop = reissue_drop,
};
