/* SPDX-License-Identifier: MIT */
/* A draft that becomes an order: the form is what is said, and where nothing is, the draft. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/place.h"
#include "model/form.h"

static bool says(const struct ems_kvlist *said, const char *name)
{
	return !ems_text_empty(ems_kv_get(ems_kvlist_kv(said), name));
}

static void fill(struct ems_kvlist *said, const char *name, const char *value)
{
	if (value && !says(said, name))
		ems_kvlist_set(said, name, value);
}

static void fill_int(struct ems_kvlist *said, const char *name, int64_t value)
{
	char text[EMS_TEXT_INT];

	ems_text_put_int(text, value);
	if (value)
		fill(said, name, text);
}

/* Its key goes with its names, and gives way to another key. */
static void fill_names(struct ems_kvlist *said, const emsign_order *draft)
{
	bool other_names = says(said, "domain") || says(said, "san");

	if (!other_names && !says(said, "key") && !says(said, "csr"))
		fill(said, "csr_id", draft->csr);
	if (!says(said, "san"))
		for (const char *const *san = draft->sans; san && *san; san++)
			ems_kvlist_add(said, "san", *san);
	fill(said, ems_form_is_personal(draft->family) ? "subject.email" : "domain",
	     draft->domain);
}

static void fill_in(struct ems_kvlist *said, const emsign_order *draft)
{
	fill_names(said, draft);
	fill(said, "product", draft->product);
	fill(said, "family", draft->family);
	/* one that an import brought has its name */
	if (ems_text_digits(draft->organization, 1, 20))
		fill(said, "organization", draft->organization);
	fill(said, "group", draft->group);
	fill(said, "requester.email", draft->requester_email);
	fill(said, "remarks", draft->remarks);
	fill(said, "secure_www", draft->secure_www ? "yes" : NULL);
	fill_int(said, "years", draft->years);
	fill(said, "auto_renew", draft->auto_renew ? "yes" : NULL);
	fill_int(said, "renew_days", draft->renew_days);
}

static emsign_rc open_draft(emsign_op *op, emsign_order **out, emsign_error *err)
{
	const emsign_order by_number = { .request_number = ems_op_given(op, "request") };
	emsign_rc rc;
	char *id;

	if (op->task != &ems_task_promote) {
		if (!by_number.request_number)
			return EMSIGN_OK;
		id = ems_order_id(op, &by_number);
		rc = id ? ems_shelf_look(op->client, "order", id, (void **)out, err) :
			  ems_fail_nomem(err);
		ems_free(id);
		return rc;
	}
	rc = ems_order_open(op, out, err);
	if (rc == EMSIGN_OK && (*out)->status != EMSIGN_STATUS_DRAFT)
		rc = ems_fail(err, EMSIGN_E_STATE, "order '%s' is %s; only a draft can be promoted",
			      (*out)->id, emsign_status_name((*out)->status));
	return rc;
}

emsign_rc ems_promote_fill(emsign_op *op, struct ems_kvlist *said, emsign_error *err)
{
	emsign_order *draft = NULL;
	emsign_rc rc = open_draft(op, &draft, err);

	for (const emsign_kv *arg = op->args; arg->key; arg++)
		if (op->task != &ems_task_promote || strcmp(arg->key, "order") != 0)
			ems_kvlist_add(said, arg->key, arg->value);
	if (rc == EMSIGN_OK && draft) {
		ems_kvlist_set(said, "request", draft->request_number);
		fill_in(said, draft);
	}
	ems_free(draft);
	return rc;
}
