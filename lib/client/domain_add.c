/* SPDX-License-Identifier: MIT */
/*
 * A new domain. The CA registers a name once for each organization, so a repetition does no harm;
 * after a lost answer its list is looked at first all the same, because that tells more.
 */
#include "base/err.h"
#include "base/text.h"
#include "client/domain.h"
#include "model/fields.h"

/* The CA's clock and ours may differ by so many seconds. */
#define SKEW 300

struct add_work {
	struct ems_domain_work one;
	struct ems_kvlist options;
	int64_t asked_at;
	bool repeated;
	emsign_error doubt;
};

static emsign_rc ask_to_add(emsign_op *op, emsign_error *err);

/* In its answers the CA names the organization by another id than in its own list of them. */
static emsign_rc keep(emsign_op *op, const emsign_domain *said, emsign_error *err)
{
	const struct add_work *work = op->work;
	emsign_domain fact = *said;
	emsign_rc rc;

	fact.organization = ems_kv_get(ems_kvlist_kv(&work->options), "organization");
	rc = ems_domain_keep(op, &fact, err);
	if (rc == EMSIGN_OK)
		rc = ems_order_keep_challenges(op, NULL, err);
	return rc ? rc : ems_domain_result(op);
}

static emsign_rc found_before(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	(void)err;
	return rc ? rc : ems_domain_result(op);
}

static emsign_rc tell_doubt(const struct add_work *work, emsign_error *err)
{
	const emsign_error why = *err;

	*err = work->doubt;
	if (why.rc != EMSIGN_E_NOTFOUND)
		ems_fail(err, EMSIGN_E_INDOUBT,
			 "domain '%s' may be registered or not, and the CA's list cannot be read: "
			 "%s", work->one.name, why.message);
	return EMSIGN_E_INDOUBT;
}

static emsign_rc looked(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct add_work *work = op->work;

	if (rc == EMSIGN_OK)
		return keep(op, work->one.best, err);
	if (rc == EMSIGN_E_NOMEM || rc == EMSIGN_E_CANCELED)
		return rc;
	if (rc != EMSIGN_E_NOTFOUND || work->repeated)
		return tell_doubt(work, err);
	work->repeated = true;
	return ask_to_add(op, err);
}

static emsign_rc added(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct add_work *work = op->work;
	const emsign_domain *said = ems_op_fact(op, "domain");
	const emsign_kv fields[] = { { "domain", work->one.name }, { NULL, NULL } };

	if (rc == EMSIGN_OK)
		return said ? keep(op, said, err) : ems_domain_list(op, found_before, err);
	if (rc != EMSIGN_E_INDOUBT)
		return rc;
	ems_client_log(op->client, EMSIGN_LOG_WARNING,
		       "no answer; looking whether the domain is registered", fields);
	work->doubt = *err;
	work->one.since = work->asked_at - SKEW;
	return ems_domain_list(op, looked, err);
}

static emsign_rc ask_to_add(emsign_op *op, emsign_error *err)
{
	struct add_work *work = op->work;
	const emsign_kv *options = ems_kvlist_kv(&work->options);

	work->one.since = 0;
	ems_op_arg(op, "domain", work->one.name);
	ems_op_arg(op, "organization", ems_kv_get(options, "organization"));
	ems_op_arg(op, "method", ems_kv_get(options, "method"));
	return ems_op_ask(op, EMS_VERB_DOMAIN_ADD, added, err);
}

static emsign_rc add(emsign_op *op, emsign_rc rc, emsign_error *err)
{
	struct add_work *work = op->work;

	(void)rc;
	work->asked_at = ems_client_now(op->client);
	return ask_to_add(op, err);
}

static emsign_rc add_check(emsign_op *op, emsign_error *err)
{
	struct add_work *work = op->work;
	const emsign_kv said[] = { { "organization", ems_op_given(op, "organization") },
				   { "method", ems_op_given(op, "method") } };
	struct ems_kvlist given = { 0 };
	emsign_rc rc = ems_domain_check(op, err);

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		ems_kvlist_add(&given, said[i].key, said[i].value);
	if (rc == EMSIGN_OK && given.rc)
		rc = ems_fail_nomem(err);
	if (rc == EMSIGN_OK)
		rc = ems_fields_check("domain", EMS_FIELDS_WHOLE, ems_kvlist_kv(&given),
				      &work->options, err);
	ems_kvlist_free(&given);
	return rc;
}

static void add_drop(emsign_op *op)
{
	struct add_work *work = op->work;

	ems_kvlist_free(&work->options);
	ems_domain_drop(op);
}

static const char *const add_args[] = { "domain", "organization", "method", NULL };

const struct ems_task ems_task_domain_add = {
	.verb = "domain_add", .args = add_args, .work_size = sizeof(struct add_work),
	.check = add_check, .start = add, .drop = add_drop,
};
