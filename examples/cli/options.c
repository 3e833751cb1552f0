/* SPDX-License-Identifier: MIT */
/* The table of options, and the command line read by it. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

const char common_options[] = "store key-file set proxy json log-level verbose quiet help";

const struct option options[] = {
	/* of every verb */
	{ "store", "URI", "EMSIGN_STORE", NULL, NULL, NULL,
	  "where everything is kept: sqlite:PATH or memory: (default: store.db in the user's data "
	  "folder)" },
	{ "key-file", "FILE", "EMSIGN_KEY_FILE", NULL, NULL, NULL,
	  "the key that seals secrets in the store; made with mode 0600 when missing (default: "
	  "sealing.key in the user's data folder)" },
	{ "set", "NAME=VALUE", NULL, NULL, NULL, NULL,
	  "a setting of the library, see 'emsign fields client'; may be repeated" },
	{ "proxy", "URL", "EMSIGN_PROXY", NULL, NULL, NULL,
	  "HTTP proxy; one with a password is given by the environment" },
	{ "json", NULL, NULL, NULL, NULL, NULL,
	  "write one JSON object to standard output (lists: one per line), nothing else" },
	{ "log-level", "LEVEL", "EMSIGN_LOG_LEVEL", NULL, NULL, "error|warning|info|debug",
	  "what is logged to standard error (default: warning)" },
	{ "verbose", NULL, NULL, NULL, NULL, NULL, "-v: one level more; may be repeated" },
	{ "quiet", NULL, NULL, NULL, NULL, NULL, "-q: errors only, no hints, no progress" },
	{ "help", NULL, NULL, NULL, NULL, NULL, "-h: this help" },
	/* credentials */
	{ "url", "URL", "EMSIGN_BASE_URL", "url", NULL, NULL, "base URL of the CA's API" },
	{ "region", "REGION", NULL, "region", NULL, "us|india|sandbox",
	  "one of the CA's sites, instead of a URL" },
	{ "api", "VERSION", NULL, "api", NULL, "v1|v2",
	  "generation of the CA's API (default: v1)" },
	{ "account", "NUMBER", "EMSIGN_ACCOUNT_NUMBER", "account", NULL, NULL,
	  "account number at the CA" },
	{ "access-key-file", "FILE", "EMSIGN_ACCESS_KEY_FILE", NULL, NULL, NULL,
	  "file that holds the access key, or for v2 the client secret; - for standard input "
	  "(default: EMSIGN_ACCESS_KEY, else a prompt)" },
	{ "ca-file", "FILE", "EMSIGN_CA_FILE", "ca_file", NULL, NULL,
	  "PEM file of roots that the CA's server is checked against (default: the system's)" },
	{ "pin", "PIN", NULL, "pin", NULL, NULL,
	  "pin of the server's public key, sha256//BASE64" },
	{ "group", "NUMBER", NULL, "group", NULL, NULL, "group that orders go to" },
	{ "name", "NAME", NULL, "requester.name", NULL, NULL, "who orders: name" },
	{ "email", "ADDRESS", NULL, "requester.email", NULL, NULL, "who orders: e-mail address" },
	{ "isd", "NUMBER", NULL, "requester.isd", NULL, NULL,
	  "who orders: country calling code" },
	{ "phone", "NUMBER", NULL, "requester.phone", NULL, NULL, "who orders: phone number" },
	{ "designation", "TEXT", NULL, "requester.designation", NULL, NULL,
	  "who orders: designation" },
	/* orders */
	{ "key", "SPEC", NULL, "key", NULL, "RSA:2048|RSA:3072|RSA:4096|EC:P-256|EC:P-384",
	  "key to make (default: EC:P-256)" },
	{ "csr", "FILE", NULL, NULL, NULL, NULL, "a CSR of your own; its key stays with you" },
	{ "wait", "SECONDS", NULL, NULL, NULL, NULL,
	  "wait that long at most; also 15m, 2h; exit code 3 when it takes longer" },
	{ "open", NULL, NULL, NULL, NULL, NULL, "all orders that are not final" },
	{ "domain", "DOMAIN", NULL, NULL, NULL, NULL, "one name of the order (default: every)" },
	{ "method", "METHOD", NULL, NULL, NULL, "dns|http|email", "how control is proven" },
	{ "to", "ADDRESS", NULL, NULL, NULL, NULL,
	  "method email: to which of the offered addresses the CA writes" },
	{ "web-root", "DIR", NULL, NULL, NULL, NULL,
	  "method http: write the file below DIR/.well-known/pki-validation/" },
	{ "dns-hook", "PROGRAM", NULL, NULL, NULL, NULL,
	  "method dns: run PROGRAM present|cleanup FQDN VALUE, as lego's exec hooks are run" },
	{ "remarks", "TEXT", NULL, NULL, NULL, NULL, "why, for the CA's records" },
	{ "reason", "REASON", NULL, NULL, NULL,
	  "key-compromise|affiliation-changed|superseded|cessation-of-operation|"
	  "privilege-withdrawn", "why, as RFC 5280 names it" },
	{ "comment", "TEXT", NULL, NULL, NULL, NULL, "why, in words for the CA's records" },
	{ "yes", NULL, NULL, NULL, NULL, NULL, "do not ask for confirmation" },
	/* export */
	{ "type", "TYPE", NULL, NULL, NULL, "pem|pkcs12|jks",
	  "kind of keystore (default: pem; with --out-dir: all)" },
	{ "out", "FILE", NULL, NULL, NULL, NULL, "file to write, - for standard output" },
	{ "out-dir", "DIR", NULL, NULL, NULL, NULL,
	  "folder for key.pem, certificate.pem, chain.pem and fullchain.pem, with a password also "
	  "keystore.p12 and keystore.jks" },
	{ "profile", "PROFILE", NULL, NULL, NULL, "modern|compatible",
	  "encryption of PKCS#12: modern (default), or for Windows 2016 and old Java" },
	{ "alias", "NAME", NULL, NULL, NULL, NULL,
	  "name of the entry in the keystore (default: the domain)" },
	{ "part", "PART", NULL, NULL, NULL, "all|key|certificate|chain|fullchain",
	  "what of it, type pem (default: all)" },
	{ "root", NULL, NULL, NULL, NULL, NULL, "put the root last into the chain" },
	{ "password-file", "FILE", "EMSIGN_PASSWORD_FILE", NULL, NULL, NULL,
	  "file that holds the password, - for standard input (default: EMSIGN_PASSWORD, else a "
	  "prompt)" },
	/* import */
	{ "exclude", "STATE,...", NULL, "exclude", NULL, "expired|revoked|rejected",
	  "leave certificates in these states out" },
	{ "from", "DATE", NULL, "from", NULL, NULL, "only what is from this day on, YYYY-MM-DD" },
	{ "till", "DATE", NULL, "till", NULL, NULL, "only what is up to this day" },
	{ "incremental", NULL, NULL, "mode", "incremental", NULL,
	  "only new orders, open ones, and some issued ones in turn" },
	{ "sweep", "NUMBER", NULL, "sweep", NULL, NULL,
	  "with --incremental: how many issued orders are looked at again (100)" },
	{ "no-certificates", NULL, NULL, "certificates", "no", NULL,
	  "orders only, without their certificates" },
	{ "undelete", NULL, NULL, "deleted", "yes", NULL,
	  "bring back orders that were deleted here" },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL },
};

const char *list_next(const char **list, char by, size_t *len)
{
	const char *word = *list;
	const char stop[2] = { by, '\0' };

	if (!word || !*word)
		return NULL;
	*len = strcspn(word, stop);
	*list = word + *len + (word[*len] != '\0');
	return word;
}

bool list_has(const char *list, char by, const char *word, size_t len)
{
	const char *one;
	size_t one_len;

	while ((one = list_next(&list, by, &one_len)) != NULL)
		if (one_len == len && memcmp(one, word, len) == 0)
			return true;
	return false;
}

const struct option *option_find(const char *name, size_t len)
{
	for (const struct option *o = options; o->name; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

bool option_taken(const struct verb *verb, const char *name)
{
	return list_has(common_options, ' ', name, strlen(name)) ||
	       (verb && list_has(verb->options, ' ', name, strlen(name)));
}

const char *given(const struct call *c, const char *name)
{
	for (size_t i = c->n_given; i-- > 0;)
		if (strcmp(c->given[i].option->name, name) == 0)
			return c->given[i].value;
	return NULL;
}

const char *given_or_env(const struct call *c, const char *name)
{
	const struct option *o = option_find(name, strlen(name));
	const char *value = given(c, name);

	if (!value && o && o->env)
		value = getenv(o->env);
	return value && *value ? value : NULL;
}

/* --- reading the command line --------------------------------------------------------------- */

bool option_many(const struct option *o)
{
	return o->value && strchr(o->value, ',');
}

static emsign_rc check_choice(struct call *c, const struct option *o, const char *value)
{
	const char *list = value;
	const char *one = value;
	size_t len = strlen(value);

	if (!o->choices)
		return EMSIGN_OK;
	if (option_many(o))
		one = list_next(&list, ',', &len);
	for (; one; one = option_many(o) ? list_next(&list, ',', &len) : NULL)
		if (!list_has(o->choices, '|', one, len))
			return call_fail(c, EMSIGN_E_INVALID,
					 "--%s '%.*s' is unknown; possible: %s", o->name, (int)len,
					 one, o->choices);
	return EMSIGN_OK;
}

static emsign_rc keep(struct call *c, const struct option *o, const char *value)
{
	emsign_rc rc = value ? check_choice(c, o, value) : EMSIGN_OK;

	if (rc)
		return rc;
	c->given = must(realloc(c->given, (c->n_given + 1) * sizeof(*c->given)));
	c->given[c->n_given++] = (struct given){ o, value ? value : "" };
	return EMSIGN_OK;
}

/* "--name", "--name VALUE" or "--name=VALUE"; *i moves over a value of its own. */
static emsign_rc read_long(struct call *c, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	size_t len = strcspn(name, "=");
	const struct option *o = option_find(name, len);

	if (!o)
		return call_fail(c, EMSIGN_E_INVALID, "there is no option --%.*s", (int)len, name);
	if (!o->value && name[len] == '=')
		return call_fail(c, EMSIGN_E_INVALID, "--%s takes no value", o->name);
	if (!o->value)
		return keep(c, o, NULL);
	if (name[len] == '=')
		return keep(c, o, name + len + 1);
	if (*i + 1 >= argc)
		return call_fail(c, EMSIGN_E_INVALID, "--%s needs a value: %s", o->name, o->value);
	return keep(c, o, argv[++*i]);
}

static emsign_rc read_short(struct call *c, const char *letters)
{
	static const struct {
		char letter;
		const char *name;
	} rows[] = { { 'v', "verbose" }, { 'q', "quiet" }, { 'h', "help" } };

	for (; *letters; letters++) {
		const char *name = NULL;

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (rows[i].letter == *letters)
				name = rows[i].name;
		if (!name)
			return call_fail(c, EMSIGN_E_INVALID, "there is no option -%c", *letters);
		(void)keep(c, option_find(name, strlen(name)), NULL);
	}
	return EMSIGN_OK;
}

static emsign_rc split(struct call *c, int argc, char **argv)
{
	bool plain = false;
	emsign_rc rc = EMSIGN_OK;

	c->args = must(calloc((size_t)argc + 1, sizeof(*c->args)));
	for (int i = 1; rc == EMSIGN_OK && i < argc; i++) {
		const char *word = argv[i];

		if (!plain && strcmp(word, "--") == 0)
			plain = true;
		else if (!plain && strncmp(word, "--", 2) == 0)
			rc = read_long(c, argc, argv, &i);
		else if (!plain && word[0] == '-' && word[1])
			rc = read_short(c, word + 1);
		else
			c->args[c->n_args++] = argv[i];
	}
	return rc;
}

const struct verb *verb_find(char *const *words, int n_words, int *used)
{
	for (const struct verb *v = verbs; v->name && n_words > 0; v++) {
		size_t first = strcspn(v->name, " ");
		const char *second = v->name[first] ? v->name + first + 1 : NULL;

		if (strlen(words[0]) != first || memcmp(words[0], v->name, first) != 0)
			continue;
		*used = second ? 2 : 1;
		if (!second || (n_words > 1 && strcmp(words[1], second) == 0))
			return v;
	}
	return NULL;
}

static emsign_rc read_verb(struct call *c)
{
	int used = 0;

	if (c->n_args > 0 && strcmp(c->args[0], "help") == 0) { /* "help VERB" is "VERB --help" */
		c->help = true;
		memmove(c->args, c->args + 1, (size_t)c->n_args * sizeof(*c->args));
		c->n_args--;
	}
	if (c->n_args == 0)
		return c->help ? EMSIGN_OK
			       : call_fail(c, EMSIGN_E_INVALID, "say what to do: emsign --help");
	c->verb = verb_find(c->args, c->n_args, &used);
	if (!c->verb && c->help)
		return EMSIGN_OK;
	if (!c->verb && c->n_args > 1)
		return call_fail(c, EMSIGN_E_INVALID, "there is no verb '%s %s'; see emsign --help",
				 c->args[0], c->args[1]);
	if (!c->verb)
		return call_fail(c, EMSIGN_E_INVALID, "there is no verb '%s'; see emsign --help",
				 c->args[0]);
	c->n_args -= used;
	memmove(c->args, c->args + used, ((size_t)c->n_args + 1) * sizeof(*c->args));
	return EMSIGN_OK;
}

static emsign_rc check(struct call *c)
{
	const struct verb *v = c->verb;

	if (c->help || !v)
		return EMSIGN_OK;
	for (size_t i = 0; i < c->n_given; i++)
		if (!option_taken(v, c->given[i].option->name))
			return call_fail(c, EMSIGN_E_INVALID,
					 "%s takes no --%s; see emsign %s --help", v->name,
					 c->given[i].option->name, v->name);
	if (c->n_args < v->min_args)
		return call_fail(c, EMSIGN_E_INVALID, "something is missing: emsign %s %s", v->name,
				 v->args);
	if (v->max_args != ANY && c->n_args > v->max_args)
		return call_fail(c, EMSIGN_E_INVALID, "'%s' is too much: emsign %s %s",
				 c->args[v->max_args], v->name, v->args);
	return EMSIGN_OK;
}

/* -q wins; -v goes up from what was named; an unknown word of the environment is a mistake too. */
static emsign_rc read_level(struct call *c)
{
	static const struct {
		const char *word;
		int level;
	} rows[] = {
		{ "error", EMSIGN_LOG_ERROR },
		{ "warning", EMSIGN_LOG_WARNING },
		{ "info", EMSIGN_LOG_INFO },
		{ "debug", EMSIGN_LOG_DEBUG },
	};
	const char *word = given_or_env(c, "log-level");
	size_t row = 1;
	size_t n = sizeof(rows) / sizeof(rows[0]);

	for (size_t i = 0; word && i < n; i++)
		if (strcmp(rows[i].word, word) == 0)
			row = i;
	if (word && strcmp(rows[row].word, word) != 0)
		return call_fail(c, EMSIGN_E_INVALID, "log level '%s' is unknown; possible: %s",
				 word, option_find("log-level", strlen("log-level"))->choices);
	for (size_t i = 0; i < c->n_given; i++)
		if (strcmp(c->given[i].option->name, "verbose") == 0 && row + 1 < n)
			row++;
	c->log_level = given(c, "quiet") ? EMSIGN_LOG_ERROR : rows[row].level;
	return EMSIGN_OK;
}

emsign_rc options_read(struct call *c, int argc, char **argv)
{
	emsign_rc rc = split(c, argc, argv);

	/* even when the rest is wrong: how to tell it */
	c->json = given(c, "json") != NULL;
	c->help = given(c, "help") != NULL;
	if (rc == EMSIGN_OK)
		rc = read_level(c);
	if (rc == EMSIGN_OK)
		rc = read_verb(c);
	return rc ? rc : check(c);
}

void options_free(struct call *c)
{
	free(c->given);
	free(c->args);
}
