/* SPDX-License-Identifier: MIT */
/* Store, sealing key and client of one call; operations that a signal can stop. */
#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SLICE_MS 200 /* how long a signal may go unnoticed */

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
	interrupted = number;
}

void session_signals(void)
{
	/* without SA_RESTART, so that prompts end too */
	struct sigaction action = { .sa_handler = note_signal };

	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, NULL);
}

int session_interrupted(void)
{
	return interrupted;
}

bool session_nap(int64_t ms)
{
	for (; ms > 0 && !interrupted; ms -= SLICE_MS)
		(void)poll(NULL, 0, ms < SLICE_MS ? (int)ms : SLICE_MS);
	return !interrupted;
}

/* --- where things are ----------------------------------------------------------------------- */

char *session_folder(void)
{
	const char *base = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	struct text path = { 0 };

	if (base && *base == '/')
		text_print(&path, "%s/emsign", base);
	else if (home && *home)
		text_print(&path, "%s/.local/share/emsign", home);
	return path.s;
}

/* Makes the folder and those above it; what others may look into is not ours to change. */
static emsign_rc make_folder(struct call *c, char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700); /* the last one tells whether it went well */
		*slash = '/';
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return call_fail(c, EMSIGN_E_IO, "cannot make the folder '%s': %s", path,
				 strerror(errno));
	return EMSIGN_OK;
}

static emsign_rc find_places(struct call *c, struct text *store, struct text *key)
{
	const char *uri = given_or_env(c, "store");
	const char *file = given_or_env(c, "key-file");
	char *folder = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (!uri || !file) {
		folder = session_folder();
		rc = folder ? make_folder(c, folder)
			    : call_fail(c, EMSIGN_E_INVALID,
					"no home folder; say --store and --key-file");
	}
	if (rc == EMSIGN_OK) {
		text_print(store, uri ? "%s" : "sqlite:%s/store.db", uri ? uri : folder);
		text_print(key, file ? "%s" : "%s/sealing.key", file ? file : folder);
	}
	free(folder);
	return rc;
}

/* Nothing secret is in a store, but who ordered what is nobody's business either. */
static void warn_if_open(struct call *c, const char *uri)
{
	static const char scheme[] = "sqlite:";

	if (strncmp(uri, scheme, sizeof(scheme) - 1) == 0)
		secret_warn_if_open(c, uri + sizeof(scheme) - 1);
}

/* --- opening -------------------------------------------------------------------------------- */

static emsign_rc open_transport(struct call *c, emsign_transport **out)
{
	const char *proxy = given_or_env(c, "proxy");
	const emsign_kv settings[] = { { "proxy", proxy }, { NULL, NULL } };

	if (!proxy)
		return EMSIGN_OK;
	if (given(c, "proxy") && strchr(proxy, '@'))
		return call_fail(c, EMSIGN_E_INVALID, "a proxy with a password is given by "
				 "EMSIGN_PROXY: everybody can see the command line");
	return emsign_transport_curl(settings, out, &c->err);
}

static emsign_rc read_settings(struct call *c)
{
	emsign_rc rc = EMSIGN_OK;

	for (size_t i = 0; rc == EMSIGN_OK && i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, "set") == 0)
			rc = form_add_pair(c, &c->settings, c->given[i].value);
	return rc;
}

emsign_rc session_open(struct call *c)
{
	struct text uri = { 0 };
	struct text key_file = { 0 };
	emsign_store *store = NULL;
	emsign_secret *key = NULL;
	emsign_transport *transport = NULL;
	emsign_rc rc;

	if (c->client)
		return EMSIGN_OK;
	rc = read_settings(c);
	if (rc == EMSIGN_OK)
		rc = find_places(c, &uri, &key_file);
	if (rc == EMSIGN_OK)
		rc = open_transport(c, &transport);
	if (rc == EMSIGN_OK)
		rc = emsign_store_open(text_str(&uri), &store, &c->err);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_key_file(text_str(&key_file), &key, &c->err);
	if (rc == EMSIGN_OK)
		rc = emsign_client_new(c->settings.items, store, transport, key, &c->client,
				       &c->err);
	if (rc == EMSIGN_OK) {
		warn_if_open(c, text_str(&uri));
		emsign_client_on_event(c->client, output_event, c, NULL);
		emsign_client_on_log(c->client, c->log_level, output_log, c, NULL);
	}
	emsign_secret_free(key);
	emsign_store_free(store);
	emsign_transport_free(transport);
	text_free(&key_file);
	text_free(&uri);
	return rc;
}

void session_close(struct call *c)
{
	emsign_client_free(c->client);
	c->client = NULL;
	form_free(&c->settings);
}

emsign_rc session_account(struct call *c, const char *credential, emsign_account **out)
{
	emsign_rc rc = session_open(c);

	*out = NULL;
	return rc ? rc : emsign_client_account(c->client, credential, out, &c->err);
}

/* --- running -------------------------------------------------------------------------------- */

static void note_done(void *ud, emsign_op *op, const emsign_error *err)
{
	(void)op;
	(void)err;
	*(bool *)ud = true;
}

emsign_rc session_run(struct call *c, emsign_account *account, const char *verb,
		      const emsign_kv *args, void *out)
{
	emsign_op *op = NULL;
	void *record = NULL;
	bool done = false;
	emsign_rc rc;

	if (interrupted)
		return call_fail(c, EMSIGN_E_CANCELED, "interrupted");
	rc = emsign_account_begin(account, verb, args, &op, &c->err);
	if (rc == EMSIGN_OK)
		rc = emsign_op_submit(op, note_done, &done, &c->err);
	while (rc == EMSIGN_OK && !done && !interrupted)
		rc = emsign_client_dispatch(c->client, SLICE_MS, &c->err);
	if (rc == EMSIGN_OK && !done)
		emsign_op_cancel(op);
	if (rc == EMSIGN_OK)
		rc = emsign_op_take(op, &record, &c->err);
	emsign_op_free(op);
	if (out)
		memcpy(out, &record, sizeof(record));
	else
		emsign_free(record);
	return rc;
}
