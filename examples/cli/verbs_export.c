/* SPDX-License-Identifier: MIT */
/* export: key, certificate and chain as files */
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is exported. */
struct goods {
	emsign_certificate *certificate;
	emsign_key *key; /* NULL: it is kept elsewhere */
	emsign_secret *password;
};

enum needs { NOTHING, KEY, CHAIN, PASSWORD };

/* What --out-dir writes. */
static const struct {
	const char *name;
	const char *type;
	const char *part;
	enum needs needs;
} files[] = {
	{ "key.pem", "pem", "key", KEY },
	{ "certificate.pem", "pem", "certificate", NOTHING },
	{ "chain.pem", "pem", "chain", CHAIN },
	{ "fullchain.pem", "pem", "fullchain", NOTHING },
	{ "keystore.p12", "pkcs12", NULL, PASSWORD },
	{ "keystore.jks", "jks", NULL, PASSWORD },
};

/* --- finding it ----------------------------------------------------------------------------- */

static emsign_rc take_copy(void *ud, const char *kind, const void *record)
{
	return emsign_record_dup(kind, record, ud, NULL);
}

/* By its id, or its fingerprint alone. EMSIGN_OK and NULL when it is none. */
static emsign_rc find_certificate(struct call *c, const char *said, emsign_certificate **out)
{
	const emsign_kv filter[] = { { strchr(said, '/') ? "id" : "sha256", said },
				     { NULL, NULL } };
	void *record = NULL;
	emsign_rc rc;

	if (strchr(said, '/'))
		rc = emsign_client_get(c->client, "certificate", said, &record, &c->err);
	else
		rc = emsign_client_scan(c->client, "certificate", filter, NULL, 1, take_copy,
					&record, &c->err);
	*out = record;
	return rc == EMSIGN_E_NOTFOUND ? EMSIGN_OK : rc;
}

/*
 * An import may have left it for the moment when somebody wants it. The order's state is asked for
 * too, because it tells by whose address the certificate can be had.
 */
static emsign_rc fetch_now(struct call *c, void **order)
{
	const emsign_order *before = *order;
	const emsign_kv args[] = { { "order", before->number }, { NULL, NULL } };
	emsign_account *account = NULL;
	void *after = NULL;
	emsign_rc rc = session_account(c, before->credential, &account);

	if (rc == EMSIGN_OK)
		rc = session_run(c, account, "refresh", args, &after);
	emsign_account_free(account);
	if (rc)
		return rc;
	emsign_free(*order);
	*order = after;
	return EMSIGN_OK;
}

static emsign_rc find_of_order(struct call *c, const char *said, emsign_certificate **out)
{
	struct place p = { 0 };
	void *record = NULL;
	void *certificate = NULL;
	const emsign_order *order = NULL;
	emsign_rc rc = find_order(c, said, FIND_HERE, &p);

	if (rc == EMSIGN_OK)
		rc = emsign_client_get(c->client, "order", p.order, &record, &c->err);
	order = record;
	if (rc == EMSIGN_OK && !order->certificate) {
		rc = wait_outcome(c, order);
		if (rc == EMSIGN_OK)
			rc = fetch_now(c, &record);
		order = record;
	}
	if (rc == EMSIGN_OK && !order->certificate)
		rc = call_fail(c, EMSIGN_E_PENDING, "the certificate of %s is not here yet; try "
			       "again later", order->id);
	if (rc == EMSIGN_OK)
		rc = emsign_client_get(c->client, "certificate", order->certificate, &certificate,
				       &c->err);
	*out = certificate;
	emsign_free(record);
	find_free(&p);
	return rc;
}

static emsign_rc find_goods(struct call *c, struct goods *g)
{
	emsign_rc rc = session_open(c);

	if (rc == EMSIGN_OK)
		rc = find_certificate(c, c->args[0], &g->certificate);
	if (rc == EMSIGN_OK && !g->certificate)
		rc = find_of_order(c, c->args[0], &g->certificate);
	if (rc == EMSIGN_OK && g->certificate->csr)
		rc = emsign_client_key_open(c->client, g->certificate->csr, &g->key, &c->err);
	return rc;
}

static emsign_rc find_password(struct call *c, struct goods *g)
{
	const char *type = given(c, "type");
	bool keystore = type && strcmp(type, "pem") != 0;
	const struct secret_want want = {
		.what = "password",
		.option = "password-file",
		.env = "EMSIGN_PASSWORD",
		.prompt = keystore,
		.twice = true,
		.must = keystore,
	};

	return secret_find(c, &want, &g->password);
}

/* --- writing it ----------------------------------------------------------------------------- */

static emsign_rc pack(struct call *c, const struct goods *g, const char *type, const char *part,
		      emsign_buf *out)
{
	struct form said = { 0 };
	emsign_rc rc;

	form_add(&said, "type", type);
	if (part && strcmp(type, "pem") == 0)
		form_add(&said, "part", part);
	if (given(c, "profile"))
		form_add(&said, "profile", given(c, "profile"));
	if (given(c, "alias"))
		form_add(&said, "alias", given(c, "alias"));
	if (given(c, "root"))
		form_add(&said, "root", "yes");
	rc = emsign_keystore_pack(g->certificate, g->key, said.items, g->password, out, &c->err);
	form_free(&said);
	return rc;
}

static void note_file(struct call *c, struct text *written, const char *path)
{
	c->changed = true;
	text_add(written, written->len ? "," : "");
	text_json(written, path);
	output_line(c, "%s", path);
}

/* Past stdio: its buffer would keep a private key until the end, and a core would hold it. */
static emsign_rc write_out(struct call *c, const emsign_buf *bytes)
{
	const unsigned char *at = bytes->data;
	const unsigned char *end = at + bytes->len;
	bool good = fflush(stdout) == 0;

	while (good && at < end) {
		ssize_t n = write(STDOUT_FILENO, at, (size_t)(end - at));

		good = n > 0 || (n < 0 && errno == EINTR);
		at += n > 0 ? n : 0;
	}
	return good ? EMSIGN_OK :
		      call_fail(c, EMSIGN_E_IO, "standard output could not be written");
}

static emsign_rc write_file(struct call *c, const struct goods *g, struct text *written)
{
	const char *path = given(c, "out");
	const char *type = given(c, "type") ? given(c, "type") : "pem";
	const char *part = given(c, "part") ? given(c, "part") : "all";
	bool with_key = strcmp(type, "pem") != 0 || strcmp(part, "all") == 0 ||
			strcmp(part, "key") == 0;
	emsign_buf bytes = { 0 };
	emsign_rc rc;

	if (with_key && !g->key)
		return call_fail(c, EMSIGN_E_INVALID,
				 "the key of this certificate is not kept here; "
				 "possible: --part certificate, chain or fullchain");
	rc = pack(c, g, type, part, &bytes);
	if (rc == EMSIGN_OK && strcmp(path, "-") == 0) {
		rc = write_out(c, &bytes);
	} else if (rc == EMSIGN_OK) {
		rc = emsign_keystore_save(path, &bytes, &c->err);
		if (rc == EMSIGN_OK)
			note_file(c, written, path);
	}
	emsign_buf_free(&bytes);
	return rc;
}

static bool possible(const struct goods *g, enum needs needs)
{
	switch (needs) {
	case KEY: return g->key != NULL;
	case CHAIN: return g->certificate->chain_pem != NULL;
	case PASSWORD: return g->key && g->password;
	case NOTHING: break;
	}
	return true;
}

static emsign_rc write_folder(struct call *c, const struct goods *g, struct text *written)
{
	const char *folder = given(c, "out-dir");
	const char *type = given(c, "type");
	emsign_rc rc = EMSIGN_OK;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return call_fail(c, EMSIGN_E_IO, "cannot make the folder '%s': %s", folder,
				 strerror(errno));
	if (!g->key)
		output_warn(c, "the key of this certificate is not kept here; no key, no keystore");
	for (size_t i = 0; rc == EMSIGN_OK && i < sizeof(files) / sizeof(files[0]); i++) {
		emsign_buf bytes = { 0 };
		struct text path = { 0 };

		if ((type && strcmp(type, files[i].type) != 0) || !possible(g, files[i].needs))
			continue;
		text_print(&path, "%s/%s", folder, files[i].name);
		rc = pack(c, g, files[i].type, files[i].part, &bytes);
		if (rc == EMSIGN_OK)
			rc = emsign_keystore_save(text_str(&path), &bytes, &c->err);
		if (rc == EMSIGN_OK)
			note_file(c, written, text_str(&path));
		text_free(&path);
		emsign_buf_free(&bytes);
	}
	return rc;
}

emsign_rc verb_export(struct call *c)
{
	const char *out = given(c, "out");
	struct goods goods = { 0 };
	struct text written = { 0 };
	emsign_rc rc;

	if ((out == NULL) == (given(c, "out-dir") == NULL))
		return call_fail(c, EMSIGN_E_INVALID, "say --out FILE or --out-dir DIR");
	if (out && strcmp(out, "-") == 0 && c->json)
		return call_fail(c, EMSIGN_E_INVALID, "--json and --out - do not go together");
	rc = find_goods(c, &goods);
	if (rc == EMSIGN_OK)
		rc = find_password(c, &goods);
	if (rc == EMSIGN_OK)
		rc = out ? write_file(c, &goods, &written) : write_folder(c, &goods, &written);
	if (goods.certificate)
		output_member(c, "certificate", goods.certificate->id);
	text_print(&c->body, ",\"files\":[%s]", text_str(&written));
	text_free(&written);
	emsign_secret_free(goods.password);
	emsign_key_free(goods.key);
	emsign_free(goods.certificate);
	return rc;
}
