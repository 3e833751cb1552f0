/* SPDX-License-Identifier: MIT */
/* Credentials: how accounts at the CA are reached. */
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"
#include "client/client.h"
#include "model/fields.h"
#include "wire/auth.h"

/* Which field of the form is which member of the record. */
static const struct {
	const char *field;
	size_t offset;
} members[] = {
	{ "api", offsetof(emsign_credential, api) },
	{ "auth", offsetof(emsign_credential, auth) },
	{ "client_id", offsetof(emsign_credential, client_id) },
	{ "fallback", offsetof(emsign_credential, fallback) },
	{ "url", offsetof(emsign_credential, url) },
	{ "region", offsetof(emsign_credential, region) },
	{ "account", offsetof(emsign_credential, account_number) },
	{ "ca_file", offsetof(emsign_credential, ca_file) },
	{ "pin", offsetof(emsign_credential, pin) },
	{ "group", offsetof(emsign_credential, group) },
	{ "requester.name", offsetof(emsign_credential, requester_name) },
	{ "requester.email", offsetof(emsign_credential, requester_email) },
	{ "requester.isd", offsetof(emsign_credential, requester_isd) },
	{ "requester.phone", offsetof(emsign_credential, requester_phone) },
	{ "requester.designation", offsetof(emsign_credential, requester_designation) },
	{ "signer.place", offsetof(emsign_credential, signer_place) },
	{ "signer.ip", offsetof(emsign_credential, signer_ip) },
};

static emsign_rc check_name(const char *name, emsign_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = name ? strlen(name) : 0;

	if (len < 1 || len > 64 || strspn(name, allowed) != len || name[0] == '.' || name[0] == '-')
		return ems_fail(
			err, EMSIGN_E_INVALID,
			"'%.80s' is no name for a credential: 1 to 64 letters, digits, '.', '_' "
			"and '-', not '.' or '-' first",
			name ? name : "");
	return EMSIGN_OK;
}

/* Lays what was said over a record; an empty value removes a member. */
static void apply(emsign_credential *c, const emsign_kv *fields)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *value = ems_kv_get(fields, members[i].field);

		if (value)
			*(const char **)((char *)c + members[i].offset) = *value ? value : NULL;
	}
}

char *ems_credential_site(const emsign_credential *credential)
{
	const char *url = credential->url ? credential->url : "";
	const struct ems_dialect *dialect = ems_dialect_find(credential->api);
	struct ems_buf site = EMS_BUF(4096);

	ems_buf_put(&site, url, dialect ? ems_dialect_site(dialect, url) : strlen(url));
	return ems_buf_take(&site);
}

static bool says(const emsign_kv *said, const char *field)
{
	return !ems_text_empty(ems_kv_get(said, field));
}

static emsign_rc check_auth(const emsign_credential *c, const struct ems_dialect *dialect,
			    emsign_error *err)
{
	const struct ems_auth *own = ems_auth_find(dialect->auth);

	/* a generation that goes by tokens takes nothing else */
	if (!c->auth || !ems_auth_by_token(own) || ems_auth_by_token(ems_auth_find(c->auth)))
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID,
			"the api %s takes access tokens alone; auth is 'form' or 'basic', not '%s'",
			dialect->name, c->auth);
}

/*
 * A region stands for a URL. A URL that names a host alone gets the path under which the service
 * lives: without it the service answers 404 to every name. `site`: where it was before; another
 * generation of the API is found there under its own path.
 */
static emsign_rc resolve_url(emsign_credential *c, const emsign_kv *said, const char *site,
			     struct ems_buf *url, emsign_error *err)
{
	const struct ems_dialect *dialect = ems_dialect_find(c->api);
	const char *host_end;
	emsign_rc rc;

	if (!dialect)
		return ems_fail(err, EMSIGN_E_INVALID, "api '%s' is unknown; possible: v1, v2",
				c->api ? c->api : "");
	if (says(said, "url") && says(said, "region"))
		return ems_fail(err, EMSIGN_E_INVALID, "give url or region, not both");
	if (says(said, "url"))
		c->region = NULL;
	else if (c->region)
		c->url = ems_dialect_region(dialect, c->region);
	else if (site && says(said, "api"))
		c->url = site;
	if (!c->url)
		return ems_fail(err, EMSIGN_E_INVALID, "url or region is missing");
	host_end = strchr(c->url + strlen("https://"), '/');
	ems_buf_text(url, c->url);
	if (!host_end)
		ems_buf_text(url, dialect->default_path);
	else if (strcmp(host_end, "/") == 0 || c->url == site)
		ems_buf_text(url, dialect->default_path + 1);
	c->url = ems_buf_str(url);
	rc = ems_buf_rc(url, err);
	return rc ? rc : check_auth(c, dialect, err);
}

static emsign_rc keep_secret(emsign_client *client, const char *name, emsign_secret *secret,
			     emsign_error *err)
{
	char *id = ems_shelf_id(name, "access-key", NULL);
	emsign_rc rc = id ? ems_vault_put(client, id, secret, err) : ems_fail_nomem(err);

	ems_free(id);
	return rc;
}

static emsign_rc remove_sealed(emsign_client *client, const char *name, const char *what,
			       emsign_error *err)
{
	char *id = ems_shelf_id(name, what, NULL);
	emsign_rc rc = id ? ems_vault_remove(client, id, err) : ems_fail_nomem(err);

	ems_free(id);
	return rc;
}

static emsign_rc save(emsign_client *client, const emsign_credential *c, emsign_secret *secret,
		      emsign_error *err)
{
	emsign_rc rc = emsign_store_begin(client->store, err);

	if (rc)
		return rc;
	if (secret)
		rc = keep_secret(client, c->name, secret, err);
	if (rc == EMSIGN_OK) /* it belongs to what was known before */
		rc = remove_sealed(client, c->name, "access-token", err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_put(client, "credential", c, err);
	return ems_shelf_end(client, rc, err);
}

/* Orders outlive their credential; a new one of its name must not bring them into another place. */
static emsign_rc check_orders(emsign_client *client, const emsign_credential *c, emsign_error *err)
{
	char *site = ems_credential_site(c);
	emsign_kv all[] = { { "credential", c->name }, { NULL, NULL } };
	emsign_kv here[] = { { "credential", c->name }, { "url", site }, { NULL, NULL } };
	size_t n = 0, fit = 0;
	emsign_rc rc = site ? ems_shelf_count(client, "order", all, 0, &n, err) :
			      ems_fail_nomem(err);

	if (rc == EMSIGN_OK && n)
		rc = ems_shelf_count(client, "order", here, 0, &fit, err);
	if (rc == EMSIGN_OK && n != fit)
		rc = ems_fail(err, EMSIGN_E_STATE,
			      "there are orders of an earlier credential '%s' that are not at %s; "
			      "choose another name", c->name, site);
	ems_free(site);
	return rc;
}

static emsign_rc credential_add(emsign_client *client, const char *name, const emsign_kv *fields,
				emsign_secret *secret, emsign_error *err)
{
	struct ems_kvlist checked = { 0 };
	struct ems_buf url = EMS_BUF(4096);
	emsign_credential c = { .id = name, .name = name };
	void *there = NULL;
	emsign_rc rc = check_name(name, err);

	if (rc == EMSIGN_OK)
		rc = ems_fields_check("credential", EMS_FIELDS_WHOLE, fields, &checked, err);
	if (rc == EMSIGN_OK && !secret)
		rc = ems_fail(err, EMSIGN_E_INVALID, "the access key is missing");
	if (rc == EMSIGN_OK)
		rc = ems_shelf_look(client, "credential", name, &there, err);
	if (rc == EMSIGN_OK && there)
		rc = ems_fail(err, EMSIGN_E_CONFLICT, "there is a credential '%s' already", name);
	if (rc)
		goto out;
	apply(&c, ems_kvlist_kv(&checked));
	c.created_at = ems_client_now(client);
	c.updated_at = c.created_at;
	rc = resolve_url(&c, ems_kvlist_kv(&checked), NULL, &url, err);
	if (rc == EMSIGN_OK)
		rc = check_orders(client, &c, err);
	if (rc == EMSIGN_OK)
		rc = save(client, &c, secret, err);
out:
	ems_free(there);
	ems_buf_free(&url);
	ems_kvlist_free(&checked);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_credential_add(emsign_client *client, const char *name,
				       const emsign_kv *fields, emsign_secret *secret,
				       emsign_error *err)
{
	return EMS_INSIDE(client, err, credential_add(client, name, fields, secret, err));
}

/* An order belongs to one environment for ever. */
static emsign_rc check_move(emsign_client *client, const emsign_credential *before,
			    const emsign_credential *after, const char *site, emsign_error *err)
{
	emsign_kv filter[] = { { "credential", before->name }, { NULL, NULL } };
	char *now = ems_credential_site(after);
	size_t orders = 0;
	emsign_rc rc = now ? EMSIGN_OK : ems_fail_nomem(err);

	if (rc == EMSIGN_OK && !(ems_text_equal(site, now) &&
				 ems_text_equal(before->account_number, after->account_number)))
		rc = ems_shelf_count(client, "order", filter, 1, &orders, err);
	if (rc == EMSIGN_OK && orders)
		rc = ems_fail(err, EMSIGN_E_STATE,
			      "credential '%s' has orders at %s, account %s; add another "
			      "credential for %s",
			      before->name, site, before->account_number, now);
	ems_free(now);
	return rc;
}

static emsign_rc credential_update(emsign_client *client, const char *name, const emsign_kv *fields,
				   emsign_secret *secret, emsign_error *err)
{
	struct ems_kvlist checked = { 0 };
	struct ems_buf url = EMS_BUF(4096);
	emsign_credential *before = NULL;
	emsign_credential after;
	char *site = NULL;
	emsign_rc rc = ems_shelf_get(client, "credential", name, (void **)&before, err);

	if (rc == EMSIGN_OK)
		rc = ems_fields_check("credential", EMS_FIELDS_PART, fields, &checked, err);
	if (rc)
		goto out;
	site = ems_credential_site(before);
	if (!site) {
		rc = ems_fail_nomem(err);
		goto out;
	}
	after = *before;
	apply(&after, ems_kvlist_kv(&checked));
	after.updated_at = ems_client_now(client);
	if (!after.account_number)
		rc = ems_fail(err, EMSIGN_E_INVALID, "account cannot be removed");
	if (rc == EMSIGN_OK)
		rc = resolve_url(&after, ems_kvlist_kv(&checked), site, &url, err);
	if (rc == EMSIGN_OK)
		rc = check_move(client, before, &after, site, err);
	if (rc == EMSIGN_OK)
		rc = save(client, &after, secret, err);
out:
	ems_free(before);
	ems_free(site);
	ems_buf_free(&url);
	ems_kvlist_free(&checked);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_credential_update(emsign_client *client, const char *name,
					  const emsign_kv *fields, emsign_secret *secret,
					  emsign_error *err)
{
	return EMS_INSIDE(client, err, credential_update(client, name, fields, secret, err));
}

/* Account data is only a copy of what the CA has; orders, keys and certificates are ours. */
static emsign_rc remove_account_data(emsign_client *client, const char *name, emsign_error *err)
{
	static const char *const kinds[] = { "user", "group", "organization", "domain", "product",
					     "custom_field", "ledger", "attempt" };
	emsign_kv filter[] = { { "credential", name }, { NULL, NULL } };
	emsign_rc rc = EMSIGN_OK;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]) && rc == EMSIGN_OK; k++) {
		struct ems_kvlist ids = { 0 };

		rc = ems_shelf_ids(client, kinds[k], filter, &ids, err);
		for (const emsign_kv *id = ems_kvlist_kv(&ids); rc == EMSIGN_OK && id->key; id++)
			rc = ems_shelf_remove(client, kinds[k], id->key, err);
		ems_kvlist_free(&ids);
	}
	return rc;
}

/* Consent tokens are account data too; keys, sealed beside them, are not. */
static emsign_rc remove_tokens(emsign_client *client, const char *name, emsign_error *err)
{
	char *prefix = ems_shelf_id(name, "organization", "");
	struct ems_kvlist ids = { 0 };
	emsign_rc rc = prefix ? ems_shelf_ids(client, "sealed", NULL, &ids, err) :
				ems_fail_nomem(err);

	for (const emsign_kv *id = ems_kvlist_kv(&ids); rc == EMSIGN_OK && id->key; id++)
		if (ems_text_starts(id->key, prefix))
			rc = ems_vault_remove(client, id->key, err);
	ems_kvlist_free(&ids);
	ems_free(prefix);
	return rc;
}

static emsign_rc credential_remove(emsign_client *client, const char *name, emsign_error *err)
{
	void *there = NULL;
	emsign_rc rc = ems_shelf_get(client, "credential", name, &there, err);

	if (rc == EMSIGN_OK)
		rc = emsign_store_begin(client->store, err);
	if (rc)
		goto out;
	rc = remove_account_data(client, name, err);
	if (rc == EMSIGN_OK)
		rc = remove_tokens(client, name, err);
	if (rc == EMSIGN_OK)
		rc = remove_sealed(client, name, "access-key", err);
	if (rc == EMSIGN_OK)
		rc = remove_sealed(client, name, "access-token", err);
	if (rc == EMSIGN_OK)
		rc = ems_shelf_remove(client, "credential", name, err);
	rc = ems_shelf_end(client, rc, err);
out:
	ems_free(there);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_client_credential_remove(emsign_client *client, const char *name,
					  emsign_error *err)
{
	return EMS_INSIDE(client, err, credential_remove(client, name, err));
}
