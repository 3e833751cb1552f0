/* SPDX-License-Identifier: MIT */
/* Publishes by a program of the user's, for DNS servers that the library does not know. */
#include <emsign/solver.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/kv.h"
#include "base/text.h"
#include "model/fields.h"
#include "solver/process.h"

#define FQDN_MAX 512

struct command {
	int64_t timeout_ms;
	size_t n;
	char **argv; /* n words, room for three more, and NULL */
};

static emsign_rc check(const emsign_challenge *challenge, emsign_error *err)
{
	if (challenge->record_name && challenge->record_value)
		return EMSIGN_OK;
	return ems_fail(err, EMSIGN_E_INVALID,
			"a command is for method 'dns'; the challenge for '%.120s' names no record",
			challenge->domain ? challenge->domain : "");
}

/* A status that is not 0, or a signal; in the words that the program itself left. */
static emsign_rc blame(const struct command *command, const struct ems_ending *ending,
		       const char *action, const char *fqdn, emsign_error *err)
{
	const char *said = ending->last_line[0] ? ": " : "";
	bool ended = ending->status < 0;

	return ems_fail(err, EMSIGN_E_CALLBACK, "'%.80s %s %.80s' %s %d%s%s", command->argv[0],
			action, fqdn, ended ? "was ended by signal" : "failed with status",
			ended ? ending->signal : ending->status, said, ending->last_line);
}

static emsign_rc run(const struct command *command, const char *action,
		     const emsign_challenge *challenge, emsign_error *err)
{
	struct ems_buf fqdn = EMS_BUF(FQDN_MAX);
	const char **argv = (const char **)(uintptr_t)command->argv;
	struct ems_ending ending;
	emsign_rc rc;

	ems_buf_print(&fqdn, "%s.", challenge->record_name);
	rc = ems_buf_rc(&fqdn, err);
	if (rc)
		goto out;
	argv[command->n] = action;
	argv[command->n + 1] = ems_buf_str(&fqdn);
	argv[command->n + 2] = challenge->record_value;
	rc = ems_process_run(argv, command->timeout_ms, &ending, err);
	if (rc == EMSIGN_OK && ending.status != 0)
		rc = blame(command, &ending, action, ems_buf_str(&fqdn), err);
	for (size_t i = 0; i < 3; i++)
		argv[command->n + i] = NULL;
out:
	ems_buf_free(&fqdn);
	return rc;
}

static emsign_rc present(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	emsign_rc rc = check(challenge, err);

	return rc ? rc : run(self, "present", challenge, err);
}

static emsign_rc cleanup(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	emsign_error ignored;

	if (check(challenge, &ignored))
		return EMSIGN_OK; /* such a one was never published */
	return run(self, "cleanup", challenge, err);
}

/* --- making and ending -------------------------------------------------------------------- */

static void destroy(void *self)
{
	struct command *command = self;

	for (size_t i = 0; command->argv && i < command->n; i++)
		ems_free(command->argv[i]);
	ems_free(command->argv);
	ems_free(command);
}

static emsign_rc copy_words(struct command *command, const char *const *argv, emsign_error *err)
{
	size_t n = 0;

	while (argv[n])
		n++;
	command->argv = ems_alloc((n + 4) * sizeof(*command->argv));
	if (!command->argv)
		return ems_fail_nomem(err);
	for (; command->n < n; command->n++) {
		command->argv[command->n] = ems_strdup(argv[command->n]);
		if (!command->argv[command->n])
			return ems_fail_nomem(err);
	}
	return EMSIGN_OK;
}

static emsign_rc read_options(struct command *command, const emsign_kv *options, emsign_error *err)
{
	struct ems_kvlist read = { 0 };
	emsign_rc rc = ems_fields_check("command", EMS_FIELDS_WHOLE, options, &read, err);

	if (rc == EMSIGN_OK)
		(void)ems_text_int(ems_kv_get(ems_kvlist_kv(&read), "timeout_ms"), 1, INT64_MAX,
				   &command->timeout_ms);
	ems_kvlist_free(&read);
	return rc;
}

emsign_rc emsign_solver_command(const char *const *argv, const emsign_kv *options,
				emsign_solver **out, emsign_error *err)
{
	static const emsign_solver_ops ops = {
		.size = sizeof(ops), .name = "command", .present = present, .cleanup = cleanup,
		.destroy = destroy,
	};
	struct command *command;
	emsign_rc rc;

	*out = NULL;
	if (!argv || ems_text_empty(argv[0]))
		return ems_fail(err, EMSIGN_E_INVALID, "the path of a program is needed");
	if (!strchr(argv[0], '/'))
		return ems_fail(err, EMSIGN_E_INVALID,
				"'%.100s' is no path, and PATH is not searched; say where it is, "
				"such as './%.60s'",
				argv[0], argv[0]);
	command = ems_alloc(sizeof(*command));
	if (!command)
		return ems_fail_nomem(err);
	rc = read_options(command, options, err);
	if (rc == EMSIGN_OK)
		rc = copy_words(command, argv, err);
	if (rc == EMSIGN_OK)
		rc = emsign_solver_new(&ops, command, out, err);
	if (rc)
		destroy(command);
	return rc;
}
