/* SPDX-License-Identifier: MIT */
/* What the library does without a client, as acts. */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <emsign/emsign.h>

#define FOLDER "test-output/fault-tools"

static struct {
	emsign_secret *sealing, *password, *pem, *sealed_pem;
	emsign_key *key;
	emsign_certificate *certificate;
	char *text;           /* the certificate with its chain */
	emsign_buf json;      /* what has to come out of it */
	emsign_buf sealed;
} kit;

static void must(emsign_rc rc)
{
	assert_int_equal(rc, EMSIGN_OK);
}

/* The key in PEM, plain without a password. */
static emsign_secret *key_pem(emsign_secret *password)
{
	static const emsign_kv options[] = { { "part", "key" }, { NULL, NULL } };
	emsign_secret *secret = NULL;
	emsign_buf pem = { 0 };

	must(emsign_keystore_pack(kit.certificate, kit.key, options, password, &pem, NULL));
	must(emsign_secret_new(pem.data, pem.len, &secret, NULL));
	emsign_buf_free(&pem);
	return secret;
}

/* A leaf below an intermediate, in one text. */
static void make_certificate(void)
{
	const emsign_kv subject[] = { { "domain", PLAY_NAME }, { NULL, NULL } };
	struct testca root, middle, leaf;
	emsign_buf csr = { 0 };
	char *pieces[2];
	size_t size;

	must(emsign_key_csr(kit.key, subject, &csr, NULL));
	testca_ca("Test Root", NULL, &root);
	testca_ca("Test CA", &root, &middle);
	testca_leaf((const char *)csr.data, PLAY_NAME, "DNS:" PLAY_NAME ",DNS:b.example", &middle,
		    &leaf);
	pieces[0] = testca_pem(&leaf);
	pieces[1] = testca_pem(&middle);
	size = strlen(pieces[0]) + strlen(pieces[1]) + 1;
	kit.text = malloc(size);
	assert_non_null(kit.text);
	(void)snprintf(kit.text, size, "%s%s", pieces[0], pieces[1]);
	free(pieces[0]);
	free(pieces[1]);
	testca_free(&leaf);
	testca_free(&middle);
	testca_free(&root);
	emsign_buf_free(&csr);
	must(emsign_certificate_parse(kit.text, strlen(kit.text), &kit.certificate, NULL));
	must(emsign_record_json("certificate", kit.certificate, &kit.json, NULL));
}

void fault_tools_open(void)
{
	(void)mkdir("test-output", 0755);
	(void)mkdir(FOLDER, 0755);
	must(emsign_secret_new("EMSIGN-CANARY-0123456789abcdefgh", 32, &kit.sealing, NULL));
	must(emsign_secret_new("EMSIGN-CANARY-password", 22, &kit.password, NULL));
	must(emsign_key_make("EC:P-256", &kit.key, NULL));
	make_certificate();
	kit.pem = key_pem(NULL);
	kit.sealed_pem = key_pem(kit.password);
	must(emsign_secret_seal(kit.sealing, "here", kit.password, &kit.sealed, NULL));
}

void fault_tools_close(void)
{
	emsign_buf_free(&kit.json);
	emsign_buf_free(&kit.sealed);
	emsign_free(kit.certificate);
	emsign_key_free(kit.key);
	emsign_secret_free(kit.pem);
	emsign_secret_free(kit.sealed_pem);
	emsign_secret_free(kit.password);
	emsign_secret_free(kit.sealing);
	free(kit.text);
}

static void nothing(struct stage *s)
{
	(void)s;
}

/* --- secrets ------------------------------------------------------------------------------ */

/* An output is there exactly when the call was a success. */
#define MADE(type, release, call)                                       \
	do {                                                            \
		type *out = (void *)(uintptr_t)1;                       \
		emsign_rc rc_ = call;                                   \
		assert_int_equal(out != NULL, rc_ == EMSIGN_OK);        \
		release(out);                                           \
		return rc_;                                             \
	} while (0)

#define BYTES(call)                                                     \
	do {                                                            \
		emsign_buf out = { 0 };                                 \
		emsign_rc rc_ = call;                                   \
		assert_int_equal(out.len > 0, rc_ == EMSIGN_OK);        \
		emsign_buf_free(&out);                                  \
		return rc_;                                             \
	} while (0)

static emsign_rc secret_new(struct stage *s)
{
	MADE(emsign_secret, emsign_secret_free,
	     emsign_secret_new("EMSIGN-CANARY-x", 15, &out, &s->p.err));
}

static void write_file(struct stage *s)
{
	const emsign_buf bytes = { (unsigned char *)(uintptr_t)"EMSIGN-CANARY-file", 18, 0 };

	(void)s;
	must(emsign_keystore_save(FOLDER "/password", &bytes, NULL));
}

static emsign_rc secret_file(struct stage *s)
{
	MADE(emsign_secret, emsign_secret_free,
	     emsign_secret_file(FOLDER "/password", &out, &s->p.err));
}

static void no_key_file(struct stage *s)
{
	(void)s;
	(void)unlink(FOLDER "/passphrase.key");
}

static emsign_rc secret_key_file(struct stage *s)
{
	MADE(emsign_secret, emsign_secret_free,
	     emsign_secret_key_file(FOLDER "/passphrase.key", &out, &s->p.err));
}

static emsign_rc secret_derive(struct stage *s)
{
	MADE(emsign_secret, emsign_secret_free,
	     emsign_secret_derive(kit.password, "salt of a test", &out, &s->p.err));
}

static emsign_rc lend(void *self, emsign_secret_fn give, void *ud, emsign_error *err)
{
	(void)self;
	(void)err;
	return give(ud, "EMSIGN-CANARY-x", 15);
}

static emsign_rc take(void *ud, const void *bytes, size_t len)
{
	(void)ud;
	(void)bytes;
	assert_int_equal(len, 15);
	return EMSIGN_OK;
}

static emsign_rc secret_from(struct stage *s)
{
	static const emsign_secret_source ops = { sizeof(ops), lend, NULL };
	emsign_secret *secret = NULL;
	emsign_rc rc = emsign_secret_from(&ops, NULL, &secret, &s->p.err);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_use(secret, take, NULL, &s->p.err);
	emsign_secret_free(secret);
	return rc;
}

static emsign_rc secret_seal(struct stage *s)
{
	BYTES(emsign_secret_seal(kit.sealing, "here", kit.password, &out, &s->p.err));
}

static emsign_rc secret_unseal(struct stage *s)
{
	MADE(emsign_secret, emsign_secret_free,
	     emsign_secret_unseal(kit.sealing, "here", (const char *)kit.sealed.data, &out,
				  &s->p.err));
}

/* --- records ------------------------------------------------------------------------------ */

static emsign_rc record_dup(struct stage *s)
{
	MADE(void, emsign_free,
	     emsign_record_dup("certificate", kit.certificate, &out, &s->p.err));
}

/* It has no error struct: NULL for a difference that is there means no memory. */
static emsign_rc record_diff(struct stage *s)
{
	emsign_certificate other = *kit.certificate;
	emsign_kv *diff;

	other.domain = "other.example";
	diff = emsign_record_diff("certificate", kit.certificate, &other);
	if (!diff) {
		s->p.err.rc = EMSIGN_E_NOMEM;
		(void)snprintf(s->p.err.message, sizeof(s->p.err.message), "no difference");
		return EMSIGN_E_NOMEM;
	}
	memset(&s->p.err, 0, sizeof(s->p.err));
	assert_string_equal(diff[0].key, "domain");
	assert_null(diff[1].key);
	emsign_free(diff);
	return EMSIGN_OK;
}

static emsign_rc record_json(struct stage *s)
{
	BYTES(emsign_record_json("certificate", kit.certificate, &out, &s->p.err));
}

/* --- keys and certificates ---------------------------------------------------------------- */

static emsign_rc key_make(struct stage *s)
{
	MADE(emsign_key, emsign_key_free, emsign_key_make("EC:P-256", &out, &s->p.err));
}

static emsign_rc key_parse(struct stage *s)
{
	MADE(emsign_key, emsign_key_free,
	     emsign_key_parse(kit.pem, NULL, &out, &s->p.err));
}

static emsign_rc key_parse_sealed(struct stage *s)
{
	MADE(emsign_key, emsign_key_free,
	     emsign_key_parse(kit.sealed_pem, kit.password, &out, &s->p.err));
}

static emsign_rc key_csr(struct stage *s)
{
	static const emsign_kv subject[] = { { "domain", PLAY_NAME }, { "san", "b.example" },
					     { "organization", "Example Corp" },
					     { "country", "US" }, { NULL, NULL } };

	BYTES(emsign_key_csr(kit.key, subject, &out, &s->p.err));
}

/* What is read while memory is short is the whole, or nothing. */
static emsign_rc certificate_parse(struct stage *s)
{
	emsign_certificate *out = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_certificate_parse(kit.text, strlen(kit.text), &out, &s->p.err);
	emsign_buf json = { 0 };

	assert_int_equal(out != NULL, rc == EMSIGN_OK);
	if (rc)
		return rc;
	fail_pause();
	must(emsign_record_json("certificate", out, &json, NULL));
	assert_string_equal((const char *)json.data, (const char *)kit.json.data);
	emsign_buf_free(&json);
	fail_resume();
	emsign_free(out);
	return EMSIGN_OK;
}

static emsign_rc certificate_fits(struct stage *s)
{
	return emsign_certificate_fits(kit.certificate, kit.key, &s->p.err);
}

static emsign_rc certificate_covers(struct stage *s)
{
	static const char *const names[] = { PLAY_NAME, "b.example", NULL };

	return emsign_certificate_covers(kit.certificate, names, &s->p.err);
}

static emsign_rc pack(struct stage *s, const char *type)
{
	const emsign_kv options[] = { { "type", type }, { "profile", "compatible" },
				      { NULL, NULL } };

	BYTES(emsign_keystore_pack(kit.certificate, kit.key, options, kit.password, &out,
				   &s->p.err));
}

static emsign_rc keystore_pem(struct stage *s)
{
	return pack(s, "pem");
}

static emsign_rc keystore_pkcs12(struct stage *s)
{
	return pack(s, "pkcs12");
}

static emsign_rc keystore_jks(struct stage *s)
{
	return pack(s, "jks");
}

static emsign_rc keystore_save(struct stage *s)
{
	return emsign_keystore_save(FOLDER "/certificate.json", &kit.json, &s->p.err);
}

/* --- plug-ins ----------------------------------------------------------------------------- */

static emsign_rc no_start(void *self, emsign_exchange *exchange, emsign_error *err)
{
	(void)self;
	(void)exchange;
	(void)err;
	return EMSIGN_E_NET;
}

static emsign_rc transport_new(struct stage *s)
{
	static const emsign_transport_ops ops = { .size = sizeof(ops), .start = no_start };

	MADE(emsign_transport, emsign_transport_free,
	     emsign_transport_new(&ops, NULL, &out, &s->p.err));
}

static emsign_rc transport_curl(struct stage *s)
{
	static const emsign_kv options[] = { { "proxy", "http://127.0.0.1:9" }, { NULL, NULL } };

	MADE(emsign_transport, emsign_transport_free,
	     emsign_transport_curl(options, &out, &s->p.err));
}

static emsign_rc present(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	(void)self;
	(void)challenge;
	(void)err;
	return EMSIGN_OK;
}

static emsign_rc solver_new(struct stage *s)
{
	static const emsign_solver_ops ops = { .size = sizeof(ops), .present = present };

	MADE(emsign_solver, emsign_solver_free, emsign_solver_new(&ops, NULL, &out, &s->p.err));
}

static const emsign_challenge http = {
	.method = "http", .domain = PLAY_NAME, .order = "1", .credential = "lab",
	.file_name = "proof.txt", .file_content = "value",
	.file_url = "http://" PLAY_NAME "/.well-known/pki-validation/proof.txt",
};

static const emsign_challenge dns = {
	.method = "dns", .domain = PLAY_NAME, .order = "1", .credential = "lab",
	.record_name = PLAY_NAME, .record_value = "value",
};

static emsign_rc solve(struct stage *s, emsign_solver *solver, const emsign_challenge *challenge)
{
	emsign_rc rc = emsign_solver_present(solver, challenge, &s->p.err);

	if (rc == EMSIGN_OK)
		rc = emsign_solver_ready(solver, challenge, &s->p.err);
	if (rc == EMSIGN_OK)
		rc = emsign_solver_cleanup(solver, challenge, &s->p.err);
	emsign_solver_free(solver);
	return rc;
}

static emsign_rc solver_webroot(struct stage *s)
{
	emsign_solver *solver = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_solver_webroot(FOLDER, &solver, &s->p.err);

	assert_int_equal(solver != NULL, rc == EMSIGN_OK);
	return rc ? rc : solve(s, solver, &http);
}

static emsign_rc solver_command(struct stage *s)
{
	static const char *const argv[] = { "/bin/true", NULL };
	emsign_solver *solver = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_solver_command(argv, NULL, &solver, &s->p.err);

	assert_int_equal(solver != NULL, rc == EMSIGN_OK);
	return rc ? rc : solve(s, solver, &dns);
}

/* --- stores ------------------------------------------------------------------------------- */

static emsign_rc see(void *ud, const char *kind, const char *id, const emsign_kv *row)
{
	(void)kind;
	(void)id;
	*(size_t *)ud += row[0].key && strcmp(row[0].value, "DV SSL") == 0;
	return EMSIGN_OK;
}

/* Every slot once; two rows are put and taken away again, in one transaction. */
static emsign_rc use_store(emsign_store *store, emsign_error *err)
{
	static const emsign_kv row[] = { { "name", "DV SSL" }, { NULL, NULL } };
	emsign_rc rc = emsign_store_begin(store, err);
	emsign_error ignored;
	size_t seen = 0;

	if (rc)
		return rc;
	rc = emsign_store_put(store, "product", "lab/1", row, err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_cas(store, "product", "lab/2", NULL, row, err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_cas(store, "product", "lab/1", row, row, err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_get(store, "product", "lab/1", see, &seen, err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_scan(store, "product", row, NULL, 0, see, &seen, err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_remove(store, "product", "lab/1", err);
	if (rc == EMSIGN_OK)
		rc = emsign_store_remove(store, "product", "lab/2", err);
	assert_int_equal(seen, rc == EMSIGN_OK ? 3 : seen);
	if (rc == EMSIGN_OK)
		return emsign_store_end(store, EMSIGN_OK, err);
	(void)emsign_store_end(store, rc, &ignored);
	return rc;
}

static emsign_rc open_and_use(struct stage *s, const char *uri)
{
	emsign_store *store = (void *)(uintptr_t)1;
	emsign_rc rc = emsign_store_open(uri, &store, &s->p.err);

	assert_int_equal(store != NULL, rc == EMSIGN_OK);
	if (rc == EMSIGN_OK)
		rc = use_store(store, &s->p.err);
	emsign_store_free(store);
	return rc;
}

static emsign_rc store_memory(struct stage *s)
{
	return open_and_use(s, "memory:");
}

static emsign_rc store_sqlite(struct stage *s)
{
	return open_and_use(s, "sqlite:" FOLDER "/store.db");
}

static void no_store(struct stage *s)
{
	(void)s;
	(void)unlink(FOLDER "/store.db");
	(void)unlink(FOLDER "/store.db-wal");
	(void)unlink(FOLDER "/store.db-shm");
}

static emsign_rc put(void *self, const char *kind, const char *id, const emsign_kv *row,
		     emsign_error *err)
{
	(void)self;
	(void)kind;
	(void)id;
	(void)row;
	(void)err;
	return EMSIGN_OK;
}

static emsign_rc get(void *self, const char *kind, const char *id, emsign_row_fn give, void *ud,
		     emsign_error *err)
{
	(void)give;
	(void)ud;
	return put(self, kind, id, NULL, err);
}

static emsign_rc scan(void *self, const char *kind, const emsign_kv *filter, const char *after,
		      size_t limit, emsign_row_fn give, void *ud, emsign_error *err)
{
	(void)limit;
	(void)give;
	(void)ud;
	return put(self, kind, after, filter, err);
}

static emsign_rc take_away(void *self, const char *kind, const char *id, emsign_error *err)
{
	return put(self, kind, id, NULL, err);
}

static emsign_rc store_new(struct stage *s)
{
	static const emsign_store_ops ops = { .size = sizeof(ops), .put = put, .get = get,
					      .scan = scan, .remove = take_away };

	MADE(emsign_store, emsign_store_free, emsign_store_new(&ops, NULL, &out, &s->p.err));
}

#define TOOL(name) { #name, 0, nothing, name, EMSIGN_OK, NULL }
#define TOOL_ON(name, prepare) { #name, 0, prepare, name, EMSIGN_OK, NULL }

const struct act fault_tools[] = {
	TOOL(secret_new), TOOL_ON(secret_file, write_file), TOOL_ON(secret_key_file, no_key_file),
	{ "secret_derive", ACT_SLOW, nothing, secret_derive, EMSIGN_OK, NULL },
	TOOL(secret_from), TOOL(secret_seal), TOOL(secret_unseal), TOOL(record_dup),
	TOOL(record_diff), TOOL(record_json), TOOL(key_make), TOOL(key_parse), TOOL(key_csr),
	{ "key_parse_sealed", ACT_SLOW, nothing, key_parse_sealed, EMSIGN_OK, NULL },
	TOOL(certificate_parse), TOOL(certificate_fits), TOOL(certificate_covers),
	{ "keystore_pem", ACT_SLOW, nothing, keystore_pem, EMSIGN_OK, NULL },
	TOOL(keystore_pkcs12), TOOL(keystore_jks), TOOL(keystore_save), TOOL(transport_new),
	TOOL(transport_curl), TOOL(solver_new), TOOL(solver_webroot), TOOL(solver_command),
	TOOL(store_new), TOOL(store_memory), TOOL_ON(store_sqlite, no_store),
};

const size_t fault_n_tools = COUNT(fault_tools);
