/* SPDX-License-Identifier: MIT */
#include "client/journal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/process.h"
#include "crypto/crypto.h"
#include "model/form.h"

static bool has_name(const char *name, const char *domain, const char *const *sans)
{
	if (ems_text_equal_nocase(name, domain))
		return true;
	for (; sans && *sans; sans++)
		if (ems_text_equal_nocase(name, *sans))
			return true;
	return false;
}

static bool covers(const char *domain_a, const char *const *sans_a, const char *domain_b,
		   const char *const *sans_b)
{
	if (!has_name(domain_b, domain_a, sans_a))
		return false;
	for (; sans_b && *sans_b; sans_b++)
		if (!has_name(*sans_b, domain_a, sans_a))
			return false;
	return true;
}

bool ems_journal_same_names(const char *domain_a, const char *const *sans_a, const char *domain_b,
			    const char *const *sans_b)
{
	return covers(domain_a, sans_a, domain_b, sans_b) &&
	       covers(domain_b, sans_b, domain_a, sans_a);
}

emsign_rc ems_journal_find(emsign_account *account, const char *domain,
			   const char *const *sans, ems_intent **out, emsign_error *err)
{
	emsign_kv filter[] = { { "credential", account->credential->name }, { NULL, NULL } };
	struct ems_kvlist ids = { 0 };
	emsign_rc rc = ems_shelf_ids(account->client, "intent", filter, &ids, err);

	*out = NULL;
	for (const emsign_kv *id = ems_kvlist_kv(&ids); rc == EMSIGN_OK && id->key && !*out; id++) {
		ems_intent *intent = NULL;

		rc = ems_shelf_look(account->client, "intent", id->key, (void **)&intent, err);
		if (intent && ems_text_equal(intent->url, account->site) &&
		    ems_journal_same_names(domain, sans, intent->domain, intent->sans))
			*out = intent;
		else
			ems_free(intent);
	}
	ems_kvlist_free(&ids);
	return rc;
}

emsign_rc ems_journal_of_draft(emsign_account *account, const char *request, ems_intent **out,
			       emsign_error *err)
{
	emsign_kv filter[] = { { "credential", account->credential->name },
			       { "request", request }, { NULL, NULL } };
	struct ems_kvlist ids = { 0 };
	emsign_rc rc = ems_shelf_ids(account->client, "intent", filter, &ids, err);

	*out = NULL;
	if (rc == EMSIGN_OK && ids.n)
		rc = ems_shelf_look(account->client, "intent", ids.items[0].key, (void **)out, err);
	ems_kvlist_free(&ids);
	return rc;
}

/* The digests of the names are added up, so that the order in which they stand does not matter. */
char *ems_journal_id(const char *credential, const struct ems_kvlist *names, const char *apart)
{
	unsigned char sum[EMS_SHA256_HEX - 1] = { 0 };
	const struct ems_piece all[] = { { sum, sizeof(sum) }, { NULL, 0 } };
	char digest[EMS_SHA256_HEX];

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->items[i].key;
		const struct ems_piece one[] = { { name, strlen(name) }, { NULL, 0 } };

		if (ems_digest_sha256(one, digest, NULL))
			return NULL;
		for (size_t k = 0; k < sizeof(sum); k++)
			sum[k] = (unsigned char)(sum[k] + (unsigned char)digest[k]);
	}
	if (ems_digest_sha256(all, digest, NULL))
		return NULL;
	return ems_shelf_id(credential, digest, apart);
}

emsign_rc ems_journal_swap(emsign_client *client, const ems_intent *was, const ems_intent *now,
			   emsign_error *err)
{
	emsign_rc rc = ems_shelf_swap(client, "intent", was, now, err);

	if (rc == EMSIGN_E_CONFLICT)
		ems_fail(err, rc, "the same names as of '%s' are being ordered by somebody else",
			 (now ? now : was)->domain);
	return rc;
}

emsign_rc ems_journal_claim(emsign_client *client, const ems_intent *intent,
			    const ems_intent *over, emsign_error *err)
{
	emsign_rc rc;

	if (!over || strcmp(over->id, intent->id) == 0)
		return ems_journal_swap(client, over, intent, err);
	rc = emsign_store_begin(client->store, err);
	if (rc)
		return rc;
	rc = ems_journal_swap(client, NULL, intent, err);
	if (rc == EMSIGN_OK)
		rc = ems_journal_swap(client, over, NULL, err);
	return ems_shelf_end(client, rc, err);
}

bool ems_journal_is_busy(const ems_intent *intent)
{
	return ems_text_equal(intent->state, "sending") && ems_process_is_other(intent->owner);
}

int64_t ems_journal_left_at(const ems_intent *intent)
{
	return intent->sent_at ? intent->sent_at : intent->created_at;
}

void ems_journal_order(const ems_intent *intent, emsign_order *out)
{
	memset(out, 0, sizeof(*out));
	out->family = intent->family;
	out->product = intent->product;
	out->domain = intent->domain;
	out->sans = intent->sans;
	out->organization = intent->organization;
	out->group = intent->group;
	out->requester_email = intent->requester_email;
	out->csr = intent->csr;
	out->spki = intent->spki;
	out->tag = intent->tag;
	out->remarks = intent->remarks;
	out->secure_www = intent->secure_www;
	out->years = intent->years;
	out->auto_renew = intent->auto_renew;
	out->renew_days = intent->renew_days;
}

static bool differ(const char *a, const char *b)
{
	return a && b && !ems_text_equal_nocase(a, b);
}

bool ems_journal_matches(const ems_intent *intent, const emsign_order *order, bool *sure)
{
	*sure = false;
	/* the CA lists an order that is named after a person by any of their names */
	if (!ems_text_equal_nocase(intent->domain, order->domain) &&
	    !ems_form_is_personal(intent->family))
		return false;
	if (intent->tag && (ems_text_equal(order->tag, intent->tag) ||
			    (order->extra && strstr(order->extra, intent->tag)))) {
		*sure = true;
		return true;
	}
	if (order->tag) /* somebody's mark, and not this one's */
		return false;
	*sure = intent->request && order->number &&
		ems_text_equal(order->request_number, intent->request);
	if (*sure)
		return true;
	if (differ(order->product, intent->product) ||
	    differ(order->requester_email, intent->requester_email))
		return false;
	return order->ordered_at == 0 ||
	       (order->ordered_at >= intent->created_at - EMS_CLOCK_SLACK &&
		order->ordered_at <= ems_journal_left_at(intent) + EMS_CLOCK_SLACK);
}

/* The CA lists a wildcard by its base name, and may add the www twin of a name. */
static const char *stem(const char *name)
{
	if (ems_text_starts(name, "*."))
		name += 2;
	return ems_text_starts(name, "www.") ? name + 4 : name;
}

bool ems_journal_has_name(const ems_intent *intent, const char *name)
{
	const char *wanted = stem(name);
	bool has = ems_text_equal_nocase(stem(intent->domain), wanted);

	for (const char *const *san = intent->sans; san && *san && !has; san++)
		has = ems_text_equal_nocase(stem(*san), wanted);
	return has;
}
