/* SPDX-License-Identifier: MIT */
/* The command `emsign`: one verb, one exit code. */
#include "cli.h"

#include <string.h>

static int help(struct call *c)
{
	if (c->verb)
		help_verb(c->verb, stdout);
	else if (c->n_args == 0)
		help_all(stdout);
	else if (!help_group(c->args[0], stdout))
		return output_end(c, call_fail(c, EMSIGN_E_INVALID,
					       "there is no verb '%s'; see emsign --help",
					       c->args[0]));
	return 0;
}

static int run(struct call *c, int argc, char **argv)
{
	emsign_rc rc;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return output_end(c, verb_version(c));
	rc = options_read(c, argc, argv);
	if (rc == EMSIGN_OK && c->help)
		return help(c);
	return output_end(c, rc ? rc : c->verb->run(c));
}

int main(int argc, char **argv)
{
	struct call c = { .log_level = EMSIGN_LOG_WARNING };
	int code;

	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		complete(argc - 2, argv + 2);
		return 0;
	}
	session_signals();
	code = run(&c, argc, argv);
	session_close(&c);
	options_free(&c);
	text_free(&c.body);
	text_free(&c.stats);
	text_free(&c.warnings);
	return code;
}
