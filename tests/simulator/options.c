/* SPDX-License-Identifier: MIT */
/* The command line, as one table from which the help is printed too. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, FLAG, CHOICE_DCV, CHOICE_TLS, RESOLVE, DNS, BURST, FAULT, V2 };

struct option {
	const char *name;
	const char *argument;
	enum kind kind;
	size_t offset;
	const char *help;
};

#define AT(member) offsetof(struct sim_options, member)

static const struct option table[] = {
	{ "--port", "N", NUMBER, AT(port), "port on 127.0.0.1 (0: a free one)" },
	{ "--dir", "DIR", TEXT, AT(dir), "folder for everything it makes (required)" },
	{ "--account", "NUMBER", TEXT, AT(account), "account number (else one is made)" },
	{ "--access-key-file", "FILE", TEXT, AT(access_key_file), "access key of that account" },
	{ "--client-secret-file", "FILE", TEXT, AT(client_secret_file),
	  "client secret of the v2 API (else one is made)" },
	{ "--orders", "N", NUMBER, AT(orders), "seeded history of N orders" },
	{ "--certificates", "N", NUMBER, AT(certificates),
	  "... of as many as have N certificates" },
	{ "--seed", "S", NUMBER, AT(seed), "seed of the history (1)" },
	{ "--history-end", "DATE", TEXT, AT(history_end),
	  "YYYY-MM-DD after the newest one (today)" },
	{ "--dcv", "MODE", CHOICE_DCV, 0, "auto, http, dns or manual (auto)" },
	{ "--resolve", "NAME=HOST:PORT", RESOLVE, 0,
	  "where http checks go; repeatable; NAME may be *" },
	{ "--dns", "HOST:PORT", DNS, 0, "name server of dns checks" },
	{ "--latency", "MS", NUMBER, AT(latency), "before every answer" },
	{ "--delay-placement", "MS", NUMBER, AT(delay_placement), "of the placement calls" },
	{ "--delay-dcv-block", "MS", NUMBER, AT(delay_dcv_block),
	  "until domainVerification appears" },
	{ "--delay-dcv-gate", "MS", NUMBER, AT(delay_dcv_gate),
	  "until GetDcv stops saying EMS-956" },
	{ "--delay-dcv", "MS", NUMBER, AT(delay_dcv), "from VerifyDcv to dcvStatus 1 (100)" },
	{ "--delay-dcv-aggregate", "MS", NUMBER, AT(delay_dcv_aggregate),
	  "until the whole block says 1" },
	{ "--delay-issue", "MS", NUMBER, AT(delay_issue), "from the last gate to status 20 (100)" },
	{ "--delay-body", "MS", NUMBER, AT(delay_body), "from status 20 to the certificate" },
	{ "--delay-organization", "MS", NUMBER, AT(delay_organization), "for vetting and consent" },
	{ "--delay-system-ra", "MS", NUMBER, AT(delay_system_ra),
	  "for orders without organization" },
	{ "--delay-revoke", "MS", NUMBER, AT(delay_revoke), "until a revocation is done" },
	{ "--delay-revocable", "MS", NUMBER, AT(delay_revocable),
	  "v2: from status 20 until it can be revoked (100)" },
	{ "--token-seconds", "N", NUMBER, AT(token_seconds), "v2: life of a bearer token (3600)" },
	{ "--v2", "SWITCH=VALUE", V2, 0, "v2: other than on the wire; repeatable; see README" },
	{ "--burst", "N/SECONDS", BURST, 0, "refuse more placements (the service: 16/10)" },
	{ "--page-size-100-only", NULL, FLAG, AT(page_size_100_only),
	  "refuse reports of other page sizes" },
	{ "--drift", "RULE", TEXT, AT(drift),
	  "every=N,hide=N,show=N,insert=N,seed=N: rows move" },
	{ "--revoked-without-body", "PERCENT", NUMBER, AT(revoked_without_body),
	  "of revoked certificates" },
	{ "--bare-certificates", NULL, FLAG, AT(bare_certificates), "base64 without armour" },
	{ "--strict-clock", "SECONDS", NUMBER, AT(strict_clock),
	  "refuse time stamps further away" },
	{ "--strict-dates", NULL, FLAG, AT(strict_dates), "refuse orderDateFrom without ...Till" },
	{ "--catalogue-needs-group", NULL, FLAG, AT(catalogue_needs_group), "else it is empty" },
	{ "--tls-cert", "FILE", TEXT, AT(tls_cert), "server certificate chain of your own" },
	{ "--tls-key", "FILE", TEXT, AT(tls_key), "its key" },
	{ "--tls-mode", "MODE", CHOICE_TLS, 0, "good, expired, wrong-host or self-signed" },
	{ "--fault", "VERB:KIND[:ARG][:TIMES|:RATE%]", FAULT, 0,
	  "misbehave; repeatable; see README" },
	{ "--log", "FILE", TEXT, AT(log_file), "one line per call, no secrets" },
	{ "--exit-with-parent", NULL, FLAG, AT(exit_with_parent),
	  "end when the parent process does" },
};

static void print_help(void)
{
	size_t i;

	puts("Usage: emsign-sim --dir DIR [OPTIONS]\n"
	     "A local CA that speaks the CERTInext (emSign) APIs, v1 and v2, over TLS, for tests.\n"
	     "When it listens it writes DIR/ready.json with its address and account.\n");
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char left[64];

		snprintf(left, sizeof(left), "%s %s", table[i].name,
			 table[i].argument ? table[i].argument : "");
		printf("  %-39s %s\n", left, table[i].help);
	}
	printf("  %-39s %s\n  %-39s %s\n", "--help", "this text", "--version", "the version");
}

static bool to_number(const char *text, long *out)
{
	char *end;

	*out = strtol(text, &end, 10);
	return end != text && !*end && *out >= 0;
}

static bool to_choice(const char *text, const char *const *names, int n, int *out)
{
	for (*out = 0; *out < n; (*out)++)
		if (!strcmp(names[*out], text))
			return true;
	return false;
}

static struct sim_host *to_host(struct sim_arena *arena, const char *name, const char *address)
{
	const char *colon = strrchr(address, ':');
	struct sim_host *host;

	if (!colon || colon == address || !sim_check_digits(colon + 1, 1, 5))
		return NULL;
	host = sim_mem_alloc(arena, sizeof(*host));
	host->name = name;
	host->host = sim_mem_copy(arena, address, (size_t)(colon - address));
	host->port = sim_mem_text(arena, colon + 1);
	return host;
}

static bool set_resolve(struct sim_options *o, struct sim_arena *arena, const char *text)
{
	const char *equals = strchr(text, '=');
	struct sim_host *host = equals && equals > text ?
		to_host(arena, sim_mem_copy(arena, text, (size_t)(equals - text)), equals + 1) :
		NULL;

	if (!host)
		return false;
	host->next = o->resolve;
	o->resolve = host;
	return true;
}

static bool set_burst(struct sim_options *o, const char *text)
{
	char *end;

	o->burst_orders = strtol(text, &end, 10);
	return o->burst_orders > 0 && o->burst_orders <= 256 && *end == '/' &&
		to_number(end + 1, &o->burst_seconds) && o->burst_seconds > 0;
}

static bool set(struct sim_options *o, struct sim_arena *arena, const struct option *option,
		const char *text)
{
	static const char *const dcv[] = { "auto", "http", "dns", "manual" };
	static const char *const tls[] = { "good", "expired", "wrong-host", "self-signed" };
	char *place = (char *)o + option->offset;
	int choice = 0;
	bool done = true;

	switch (option->kind) {
	case TEXT:
		memcpy(place, &text, sizeof(text));
		return true;
	case FLAG:
		*(bool *)(void *)place = true;
		return true;
	case NUMBER:
		return to_number(text, (long *)(void *)place);
	case CHOICE_DCV:
		done = to_choice(text, dcv, 4, &choice);
		o->dcv = (enum sim_dcv_mode)choice;
		return done;
	case CHOICE_TLS:
		done = to_choice(text, tls, 4, &choice);
		o->tls_mode = (enum sim_tls_mode)choice;
		return done;
	case RESOLVE:
		return set_resolve(o, arena, text);
	case DNS:
		o->dns = to_host(arena, "", text);
		return o->dns != NULL;
	case BURST:
		return set_burst(o, text);
	case V2:
		return sim_v2_mode_text(o->v2, text);
	case FAULT:
		if (o->n_faults == (int)(sizeof(o->faults) / sizeof(o->faults[0])))
			return false;
		o->faults[o->n_faults++] = text;
		return true;
	}
	return false;
}

static const struct option *find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].name) == len && !strncmp(table[i].name, name, len))
			return &table[i];
	return NULL;
}

static int complain(const char *what, const char *which)
{
	fprintf(stderr, "emsign-sim: %s '%s'; see --help\n", what, which);
	return 2;
}

/* -1 to go on, else the exit code. */
static int read_one(struct sim_options *o, struct sim_arena *arena, int argc, char **argv, int *i)
{
	const char *name = argv[*i], *equals = strchr(name, '='), *value = NULL;
	const struct option *option;

	if (!strcmp(name, "--help")) {
		print_help();
		return 0;
	}
	if (!strcmp(name, "--version")) {
		puts("emsign-sim " SIM_VERSION);
		return 0;
	}
	option = find(name, equals ? (size_t)(equals - name) : strlen(name));
	if (!option)
		return complain("unknown option", name);
	if (option->argument) {
		value = equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
		if (!value)
			return complain("a value is missing after", name);
	}
	return set(o, arena, option, value) ? -1 : complain("bad value of option", name);
}

int sim_options_read(struct sim_options *options, struct sim_arena *arena, int argc, char **argv)
{
	int i, code = -1;

	options->seed = 1;
	options->delay_dcv = 100;
	options->delay_issue = 100;
	options->delay_revocable = 100;
	options->token_seconds = 3600;
	for (i = 1; i < argc && code < 0; i++)
		code = read_one(options, arena, argc, argv, &i);
	if (code < 0 && !options->dir)
		return complain("missing option", "--dir");
	if (code < 0 && options->account && !sim_check_digits(options->account, 1, 20))
		return complain("bad value of option", "--account");
	if (code < 0 && options->account && !options->access_key_file)
		return complain("--account needs", "--access-key-file");
	if (code < 0 && options->orders > 100000000)
		return complain("bad value of option", "--orders");
	if (code < 0 && options->certificates > 10000000)
		return complain("bad value of option", "--certificates");
	return code;
}
