/* SPDX-License-Identifier: MIT */
/*
 * A whole life of certificates whose secrets are known, with the real libcurl, SQLite and OpenSSL.
 * Each call of a plug-in, an observer or a log and each end of a step is a point: there all memory
 * is looked through that a core dump would hold, or the program crashes; so is each block when it
 * is given back, and everything that is said. At the end all is released and memory is looked
 * through once more.
 *
 *   secret [--crash POINT] [--plant WHAT] --key SPEC v1|v2 URL CA-FILE SECRET-FILE PASSWORD-FILE
 *          PASSPHRASE-FILE FOLDER
 *
 * --plant makes a mistake that has to be found ("heap", "freed", "stack", "log"), and ends.
 */
#include "secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/client.h"
#include "support/leak.h"

#define ORGANIZATION "4445550"
/* What the simulated CA tells for an organization that it was told of. */
#define CONSENT "00112233445566778899AABBCCDDEEFF"
#define WRONG "EMSIGN-CANARY-not-the-right-one-at-all"

static struct secret_life life;
static size_t points;

/* --- points ----------------------------------------------------------------------------------- */

/* Little is done before a crash: it would overwrite what others left on the stack. */
static void crash(const char *where)
{
	const struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };

	(void)setrlimit(RLIMIT_CORE, &core);
	(void)!write(STDERR_FILENO, where, strlen(where));
	abort();
}

void secret_point(const char *where)
{
	if (++points == life.crash)
		crash(where);
	if (!life.crash)
		leak_look_everywhere(where);
}

void secret_said(const char *where, const char *text)
{
	leak_look(where, text, strlen(text));
	puts(text);
}

/* --- what is known ---------------------------------------------------------------------------- */

typedef void (*know_fn)(const char *name, const void *bytes, size_t len);

static bool goes_by_token(void)
{
	return strcmp(life.api, "v2") == 0;
}

/* What proves the account: v1 sends no more than a digest of it. */
static know_fn know_proof(void)
{
	return goes_by_token() ? leak_add_traveller : leak_add;
}

/* Each from a file, by read() into memory that no core holds. */
static void know(know_fn add, const char *name, const char *path)
{
	char *room = leak_room(4096);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, room, 4096);

	if (len <= 0) {
		perror(path);
		exit(2);
	}
	while (len && room[len - 1] == '\n')
		len--;
	add(name, room, (size_t)len);
	memset(room, 0, 4096);
	close(fd);
}

static emsign_rc learn_token(void *ud, const void *bytes, size_t len)
{
	(void)ud;
	leak_add_traveller("access token", bytes, len);
	secret_keys_write(bytes, len);
	return EMSIGN_OK;
}

static emsign_rc learn_sealing(void *ud, const void *bytes, size_t len)
{
	(void)ud;
	leak_add("sealing key", bytes, len);
	return EMSIGN_OK;
}

/* --- steps ------------------------------------------------------------------------------------ */

static emsign_rc open_client(void)
{
	const emsign_kv config[] = { { "attempts", "2" }, { "backoff_ms", "10" }, { 0 } };
	emsign_secret *passphrase = NULL;
	emsign_rc rc = emsign_secret_file(life.passphrase_file, &passphrase, &life.err);

	if (rc == EMSIGN_OK)
		rc = emsign_secret_derive(passphrase, "salt of this test", &life.sealing,
					  &life.err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_use(life.sealing, learn_sealing, NULL, &life.err);
	emsign_secret_free(passphrase);
	if (rc == EMSIGN_OK)
		rc = secret_plugs_open(&life);
	if (rc == EMSIGN_OK)
		rc = emsign_client_new(config, life.store, life.transport, life.sealing,
				       &life.client, &life.err);
	if (rc)
		return rc;
	secret_plugs_watch(&life);
	return emsign_client_set_solver(life.client, "dns", life.solver, &life.err);
}

static emsign_rc add_credential(void)
{
	const emsign_kv fields[] = {
		{ "api", life.api }, { "url", life.url }, { "account", "1234567890" },
		{ "ca_file", life.ca_file },
		{ "requester.name", "Alex Example" }, { "requester.email", "alex@example.com" },
		{ "requester.isd", "1" }, { "requester.phone", "5550000000" },
		{ "signer.place", "Cleveland" }, { "signer.ip", "203.0.113.10" }, { 0 },
	};
	emsign_rc rc = emsign_secret_file(life.access_key_file, &life.access_key, &life.err);

	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_add(life.client, "lab", fields, life.access_key,
						  &life.err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_account(life.client, "lab", &life.account, &life.err);
	return rc;
}

static emsign_rc add_it_again(void)
{
	const emsign_kv fields[] = { { "region", "us" }, { "account", "1" }, { 0 } };
	emsign_rc rc = emsign_client_credential_add(life.client, "lab", fields, life.access_key,
						    &life.err);

	return rc == EMSIGN_E_CONFLICT ? EMSIGN_OK : EMSIGN_E_STATE;
}

/* The CA refuses another secret; then the right one is given back. */
static emsign_rc fail_to_log_in(void)
{
	emsign_account *account = NULL;
	emsign_secret *wrong = NULL;
	emsign_rc rc = emsign_secret_new(WRONG, strlen(WRONG), &wrong, &life.err);

	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_update(life.client, "lab", NULL, wrong, &life.err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_account(life.client, "lab", &account, &life.err);
	if (rc == EMSIGN_OK && emsign_account_test(account, &life.err) != EMSIGN_E_AUTH)
		rc = EMSIGN_E_STATE;
	secret_said("the error of a login", life.err.message);
	emsign_account_free(account);
	if (rc == EMSIGN_OK)
		rc = emsign_client_credential_update(life.client, "lab", NULL, life.access_key,
						     &life.err);
	emsign_secret_free(wrong);
	emsign_secret_free(life.access_key);
	life.access_key = NULL;
	return rc;
}

static emsign_rc log_in(void)
{
	emsign_rc rc = emsign_account_test(life.account, &life.err);

	if (rc == EMSIGN_OK && goes_by_token())
		rc = emsign_secret_use(life.account->peer.token, learn_token, NULL, &life.err);
	return rc;
}

static emsign_rc sync_all(void)
{
	return emsign_account_sync(life.account, "all", NULL, &life.err);
}

static emsign_rc place(void)
{
	const emsign_kv form[] = { { "product", "842" }, { "domain", "www.example.com" },
				   { "key", life.key }, { 0 } };

	return emsign_account_place(life.account, form, &life.order, &life.err);
}

static emsign_rc place_for_organization(void)
{
	const emsign_kv form[] = { { "product", "846" }, { "domain", "shop.example.com" },
				   { "organization", ORGANIZATION }, { "key", life.key }, { 0 } };
	emsign_order *order = NULL;
	emsign_rc rc = emsign_account_place(life.account, form, &order, &life.err);

	if (rc == EMSIGN_OK)
		rc = emsign_account_cancel(life.account, order->id, "not needed", NULL, &life.err);
	emsign_free(order);
	return rc;
}

static emsign_rc validate(void)
{
	return emsign_account_validate(life.account, life.order->id, NULL, NULL, NULL, &life.err);
}

static emsign_rc fetch(void)
{
	emsign_rc rc;

	do
		rc = emsign_account_fetch(life.account, life.order->id, &life.certificate,
					  &life.err);
	while (rc == EMSIGN_E_PENDING);
	return rc;
}

static emsign_rc open_key(void)
{
	return emsign_client_key_open(life.client, life.certificate->csr, &life.own, &life.err);
}

/* The key stays open over many points: what of it lies in memory meanwhile? */
static emsign_rc wait_with_the_key(void)
{
	secret_point("a key is open");
	return emsign_account_refresh(life.account, life.order->id, NULL, &life.err);
}

static emsign_rc make_csr(void)
{
	const emsign_kv subject[] = { { "domain", "www.example.com" }, { 0 } };
	emsign_buf pem = { 0 };
	emsign_rc rc = emsign_key_csr(life.own, subject, &pem, &life.err);

	emsign_buf_free(&pem);
	return rc;
}

static emsign_rc pack_and_save(const emsign_kv *options, const char *name, emsign_secret *password)
{
	emsign_buf bytes = { 0 };
	char path[600];
	emsign_rc rc = emsign_keystore_pack(life.certificate, life.own, options, password, &bytes,
					    &life.err);

	snprintf(path, sizeof(path), "%s/%s", life.folder, name);
	if (rc == EMSIGN_OK)
		rc = emsign_keystore_save(path, &bytes, &life.err);
	emsign_buf_free(&bytes);
	return rc;
}

static emsign_rc export_all(void)
{
	static const struct {
		const char *type, *profile, *name;
		bool sealed;
	} stores[] = {
		{ "pkcs12", "modern", "modern.p12", true },
		{ "pkcs12", "compatible", "compatible.p12", true },
		{ "jks", "modern", "store.jks", true },
		{ "pem", "modern", "sealed.pem", true },
		{ "pem", "modern", "password-none.pem", false },
	};
	emsign_rc rc = EMSIGN_OK;

	for (size_t i = 0; rc == EMSIGN_OK && i < sizeof(stores) / sizeof(stores[0]); i++) {
		const emsign_kv options[] = { { "type", stores[i].type },
					      { "profile", stores[i].profile }, { 0 } };

		rc = pack_and_save(options, stores[i].name,
				   stores[i].sealed ? life.password : NULL);
		secret_point(stores[i].name);
	}
	return rc;
}

/* What was exported comes back: with the password, without one, with a wrong one. */
static emsign_rc read_back(void)
{
	static const struct {
		const char *name;
		bool password;
		emsign_rc rc;
	} files[] = {
		{ "sealed.pem", true, EMSIGN_OK },
		{ "password-none.pem", false, EMSIGN_OK },
		{ "sealed.pem", false, EMSIGN_E_CRYPTO },
		{ "modern.p12", true, EMSIGN_E_INVALID },
	};
	emsign_rc rc = EMSIGN_OK;

	for (size_t i = 0; rc == EMSIGN_OK && i < sizeof(files) / sizeof(files[0]); i++) {
		emsign_secret *pem = NULL;
		emsign_key *key = NULL;
		char path[600];

		snprintf(path, sizeof(path), "%s/%s", life.folder, files[i].name);
		rc = emsign_secret_file(path, &pem, &life.err);
		if (rc == EMSIGN_OK &&
		    emsign_key_parse(pem, files[i].password ? life.password : NULL, &key,
				     &life.err) != files[i].rc)
			rc = EMSIGN_E_STATE;
		secret_said("the error of a key", life.err.message);
		secret_point(files[i].name);
		emsign_key_free(key);
		emsign_secret_free(pem);
	}
	return rc;
}

static emsign_rc close_key(void)
{
	emsign_key_free(life.own);
	life.own = NULL;
	return EMSIGN_OK;
}

static emsign_rc revoke_it(void)
{
	return emsign_account_revoke(life.account, life.order->id, "superseded", "a test", NULL,
				     &life.err);
}

static emsign_rc forget(void)
{
	emsign_account_free(life.account);
	life.account = NULL;
	return emsign_client_credential_remove(life.client, "lab", &life.err);
}

static emsign_rc read_password(void)
{
	return emsign_secret_file(life.password_file, &life.password, &life.err);
}

static const struct {
	const char *name;
	emsign_rc (*run)(void);
} steps[] = {
	{ "open", open_client },
	{ "read the password", read_password },
	{ "add a credential", add_credential },
	{ "add it again", add_it_again },
	{ "fail to log in", fail_to_log_in },
	{ "log in", log_in },
	{ "sync", sync_all },
	{ "place", place },
	{ "place for an organization", place_for_organization },
	{ "validate", validate },
	{ "fetch", fetch },
	{ "open the key", open_key },
	{ "wait with the key", wait_with_the_key },
	{ "make a CSR", make_csr },
	{ "export", export_all },
	{ "read back", read_back },
	{ "close the key", close_key },
	{ "revoke", revoke_it },
	{ "forget", forget },
};

static void release(void)
{
	emsign_key_free(life.own);
	emsign_free(life.certificate);
	emsign_free(life.order);
	emsign_account_free(life.account);
	emsign_client_free(life.client);
	emsign_solver_free(life.solver);
	emsign_transport_free(life.transport);
	emsign_store_free(life.store);
	emsign_secret_free(life.access_key);
	emsign_secret_free(life.password);
	emsign_secret_free(life.sealing);
}

/* --- mistakes that have to be found ----------------------------------------------------------- */

/* Byte by byte, because a compiler leaves out what nobody reads. */
static void copy_to(volatile char *to, const char *from, size_t len)
{
	while (len--)
		*to++ = *from++;
}

static emsign_rc plant_on_heap(void *ud, const void *bytes, size_t len)
{
	char **copy = ud;

	*copy = malloc(len);
	copy_to(*copy, bytes, len);
	return EMSIGN_OK;
}

static emsign_rc plant_freed(void *ud, const void *bytes, size_t len)
{
	char *copy = NULL;
	emsign_rc rc = plant_on_heap(&copy, bytes, len);

	(void)ud;
	free(copy);
	return rc;
}

/* Deep enough that the next calls do not lie over it. */
static emsign_rc plant_on_stack(void *ud, const void *bytes, size_t len)
{
	volatile char copy[8192];

	(void)ud;
	copy_to(copy, bytes, len);
	return EMSIGN_OK;
}

static emsign_rc plant_in_log(void *ud, const void *bytes, size_t len)
{
	char text[256];

	(void)ud;
	snprintf(text, sizeof(text), "the password is %.*s", (int)len, (const char *)bytes);
	secret_said("the log", text);
	return EMSIGN_OK;
}

static const struct {
	const char *what;
	emsign_secret_fn plant;
} plants[] = {
	{ "heap", plant_on_heap },
	{ "freed", plant_freed },
	{ "stack", plant_on_stack },
	{ "log", plant_in_log },
};

static char *planted;

/* Then comes one more point, at which a run that shall crash does. */
static void plant(const char *what)
{
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
		if (strcmp(plants[i].what, what) == 0)
			(void)emsign_secret_use(life.password, plants[i].plant, &planted, NULL);
	life.crash = life.crash ? points + 1 : 0;
	secret_point(what);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int run_steps(const char *mistake)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		emsign_rc rc = steps[i].run();

		if (rc) {
			fprintf(stderr, "%s: %s: %s\n", steps[i].name, emsign_rc_name(rc),
				life.err.message);
			return 2;
		}
		if (mistake && steps[i].run == read_password) {
			plant(mistake);
			return 0;
		}
		secret_point(steps[i].name);
		secret_own_look(steps[i].name);
	}
	return 0;
}

static const char *take_options(int argc, char **argv)
{
	const char *mistake = NULL;
	int at = 1;

	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		if (strcmp(argv[at], "--crash") == 0)
			life.crash = strtoul(argv[at + 1], NULL, 10);
		else if (strcmp(argv[at], "--plant") == 0)
			mistake = argv[at + 1];
		else
			life.key = argv[at + 1];
	}
	if (argc - at != 7 || !life.key)
		exit(2);
	life.api = argv[at++];
	life.url = argv[at++];
	life.ca_file = argv[at++];
	life.access_key_file = argv[at++];
	life.password_file = argv[at++];
	life.passphrase_file = argv[at++];
	life.folder = argv[at];
	return mistake;
}

static void open_numbers(void)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/password-numbers", life.folder);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		perror(path);
		exit(2);
	}
	secret_keys_write_to(fd);
}

int main(int argc, char **argv)
{
	const char *mistake = take_options(argc, argv);
	struct leak_count count;
	int status;

	secret_own_watch();
	leak_add_traveller("consent token", CONSENT, strlen(CONSENT));
	know_proof()("wrong secret", WRONG, strlen(WRONG));
	know(know_proof(), "access key", life.access_key_file);
	know(leak_add, "password", life.password_file);
	know(leak_add, "passphrase", life.passphrase_file);
	open_numbers();
	status = run_steps(mistake);
	release();
	secret_point("all is released");
	free(planted);
	count = leak_count();
	printf("secret: %zu points, %zu blocks given back, %zu KB at the end, %zu leaks\n", points,
	       count.freed, count.bytes / 1024, count.leaks);
	return status ? status : count.leaks > 0;
}
