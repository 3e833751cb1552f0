/* SPDX-License-Identifier: MIT */
/* What an order may still be missing: its CSR, the agreement, documents. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/tasks.h"
#include "model/fields.h"

static emsign_rc open_order(emsign_op *op, emsign_error *err)
{
	struct ems_order_work *work = op->work;
	emsign_rc rc = ems_order_open(op, &work->order, err);

	return rc ? rc : ems_order_need_number(work->order, err);
}

/* --- CSR ---------------------------------------------------------------------------------- */

struct csr_work {
	emsign_order *order;
	emsign_csr *csr;
};

static emsign_rc csr_submitted(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct csr_work *work = op->work;
	emsign_order order;

	if (rc == EMSIGN_OK)
		rc = ems_order_reload(op, &work->order, err);
	if (rc)
		return rc;
	order = *work->order;
	order.csr = work->csr->id;
	order.spki = work->csr->spki;
	return ems_order_put(op, &order, err);
}

static emsign_rc submit_csr(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct csr_work *work = op->work;

	rc = open_order(op, err);
	if (rc == EMSIGN_OK)
		rc = ems_csr_of_order(op->client, work->order, ems_op_given(op, "csr"), &work->csr,
				      err);
	if (rc)
		return rc;
	ems_order_args(op, work->order);
	ems_op_arg(op, "csr", work->csr->pem);
	return ems_op_ask(op, EMS_VERB_SUBMIT_CSR, csr_submitted, err);
}

static emsign_rc submit_csr_check(emsign_op *op, emsign_error *err)
{
	if (ems_op_given(op, "csr"))
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID, "csr is missing");
}

static void csr_drop(emsign_op *op)
{
	struct csr_work *work = op->work;

	ems_free(work->order);
	ems_free(work->csr);
}

static const char *const submit_csr_args[] = { "order", "csr", NULL };

const struct ems_task ems_task_submit_csr = {
	.verb = "submit_csr", .args = submit_csr_args, .work_size = sizeof(struct csr_work),
	.check = submit_csr_check, .start = submit_csr, .drop = csr_drop,
};

/* --- agreement ---------------------------------------------------------------------------- */

static emsign_rc accepted(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_order_work *work = op->work;
	emsign_order order;

	if (rc == EMSIGN_OK)
		rc = ems_order_reload(op, &work->order, err);
	if (rc)
		return rc;
	order = *work->order;
	order.agreement = "completed";
	return ems_order_put(op, &order, err);
}

static const char *signer(emsign_op *op, const char *name, const char *otherwise)
{
	const char *said = ems_op_given(op, name);

	return said ? said : otherwise;
}

static emsign_rc accept_agreement(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_order_work *work = op->work;
	const emsign_credential *c = op->account->credential;

	rc = open_order(op, err);
	if (rc)
		return rc;
	ems_order_args(op, work->order);
	ems_op_arg(op, "signer.name", signer(op, "signer.name", c->requester_name));
	ems_op_arg(op, "signer.place", signer(op, "signer.place", c->signer_place));
	ems_op_arg(op, "signer.ip", signer(op, "signer.ip", c->signer_ip));
	return ems_op_ask(op, EMS_VERB_ACCEPT, accepted, err);
}

static emsign_rc accept_check(emsign_op *op, emsign_error *err)
{
	static const char *const names[] = { "signer.name", "signer.place", "signer.ip" };
	const emsign_credential *c = op->account->credential;
	const char *const presets[] = { c->requester_name, c->signer_place, c->signer_ip };
	struct ems_kvlist said = { 0 };
	struct ems_kvlist checked = { 0 };
	const char *ip;
	emsign_rc rc = EMSIGN_OK;

	for (size_t i = 0; i < 3 && rc == EMSIGN_OK; i++) {
		const char *value = signer(op, names[i], presets[i]);

		ems_kvlist_add(&said, names[i], value);
		if (!value)
			rc = ems_fail(err, EMSIGN_E_INVALID, "%s is missing", names[i]);
	}
	if (rc == EMSIGN_OK)
		rc = ems_fields_check("order", EMS_FIELDS_PART, ems_kvlist_kv(&said), &checked,
				      err);
	ip = ems_kv_get(ems_kvlist_kv(&checked), "signer.ip");
	if (rc == EMSIGN_OK && (ems_text_starts(ip, "127.") || ems_text_equal(ip, "::1")))
		rc = ems_fail(
			err, EMSIGN_E_INVALID,
			"signer.ip '%s' is a loopback address; the CA wants a public one here", ip);
	ems_kvlist_free(&said);
	ems_kvlist_free(&checked);
	return rc;
}

static const char *const accept_args[] = { "order", "signer.name", "signer.place", "signer.ip",
					   NULL };

const struct ems_task ems_task_accept = {
	.verb = "accept", .args = accept_args, .work_size = sizeof(struct ems_order_work),
	.check = accept_check, .start = accept_agreement, .drop = ems_order_drop,
};

/* --- documents ---------------------------------------------------------------------------- */

#define DOCUMENT_MAX (3 * 1024 * 1024)
#define DESCRIPTION_MAX 25

static emsign_rc document_submitted(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)op;
	(void)err;
	return rc;
}

static emsign_rc check_document(emsign_op *op, emsign_error *err)
{
	if (op->document_len > DOCUMENT_MAX)
		return ems_fail(err, EMSIGN_E_INVALID,
				"the document has %zu bytes; at most 3 MB may be sent",
				op->document_len);
	if (op->document_len < 5 || memcmp(op->document, "%PDF-", 5) != 0)
		return ems_fail(err, EMSIGN_E_INVALID, "the document is no PDF");
	return EMSIGN_OK;
}

static emsign_rc submit_document(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct ems_order_work *work = op->work;

	rc = check_document(op, err);
	if (rc == EMSIGN_OK)
		rc = open_order(op, err);
	if (rc)
		return rc;
	ems_order_args(op, work->order);
	ems_op_arg(op, "name", ems_op_given(op, "name"));
	ems_op_arg(op, "description", ems_op_given(op, "description"));
	op->call.document = op->document;
	op->call.document_len = op->document_len;
	return ems_op_ask(op, EMS_VERB_SUBMIT_DOCUMENT, document_submitted, err);
}

static emsign_rc submit_document_check(emsign_op *op, emsign_error *err)
{
	const char *name = ems_op_given(op, "name");
	const char *description = ems_op_given(op, "description");

	if (!name || (!ems_text_ends(name, ".pdf") && !ems_text_ends(name, ".PDF")))
		return ems_fail(err, EMSIGN_E_INVALID, "name '%.60s' has to end with .pdf",
				name ? name : "");
	if (!description || strlen(description) > DESCRIPTION_MAX)
		return ems_fail(err, EMSIGN_E_INVALID, "description has to have 1 to %d characters",
				DESCRIPTION_MAX);
	return EMSIGN_OK;
}

static const char *const document_args[] = { "order", "name", "description", NULL };

const struct ems_task ems_task_submit_document = {
	.verb = "submit_document", .args = document_args,
	.work_size = sizeof(struct ems_order_work), .check = submit_document_check,
	.start = submit_document, .drop = ems_order_drop,
};
