/* SPDX-License-Identifier: MIT */
/* Where secrets come from: a file, the environment, a prompt. Never the command line. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

/* Reads a line from the terminal; -1 when it ended or a signal came. */
static ssize_t read_line(char line[LINE_MAX_BYTES])
{
	ssize_t len = read(STDIN_FILENO, line, LINE_MAX_BYTES - 1);

	if (len <= 0 || session_interrupted())
		return -1;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	line[len] = '\0';
	return len;
}

static ssize_t read_hidden(const char *prompt, const char *what, char line[LINE_MAX_BYTES])
{
	struct termios before;
	struct termios quiet;
	ssize_t len;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return -1;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	fprintf(stderr, "%s%s: ", prompt, what);
	len = read_line(line);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return len;
}

static emsign_rc ask(struct call *c, const struct secret_want *want, emsign_secret **out)
{
	char first[LINE_MAX_BYTES] = "";
	char second[LINE_MAX_BYTES] = "";
	ssize_t len = read_hidden("", want->what, first);
	emsign_rc rc;

	if (len < 0)
		rc = call_fail(c, EMSIGN_E_CANCELED, "no %s was typed", want->what);
	else if (want->twice && read_hidden("once more: ", want->what, second) < 0)
		rc = call_fail(c, EMSIGN_E_CANCELED, "no %s was typed", want->what);
	else if (want->twice && strcmp(first, second) != 0)
		rc = call_fail(c, EMSIGN_E_INVALID, "the two are not the same");
	else
		rc = emsign_secret_new(first, (size_t)len, out, &c->err);
	explicit_bzero(first, sizeof(first));
	explicit_bzero(second, sizeof(second));
	return rc;
}

/*
 * The value is wiped where it lies: the environment is in every core, and others of the same user
 * can read it for as long as the process runs.
 */
static emsign_rc read_environment(struct call *c, char *value, emsign_secret **out)
{
	size_t len = strlen(value);
	emsign_rc rc = emsign_secret_new(value, len, out, &c->err);

	explicit_bzero(value, len);
	return rc;
}

void secret_warn_if_open(struct call *c, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077))
		output_warn(c, "others can read '%s' (mode %03o); make it 0600", path,
			    (unsigned)(st.st_mode & 0777));
}

static emsign_rc read_file(struct call *c, const char *path, emsign_secret **out)
{
	emsign_rc rc;

	if (strcmp(path, "-") == 0)
		path = "/dev/stdin";
	rc = emsign_secret_file(path, out, &c->err);
	if (rc == EMSIGN_OK)
		secret_warn_if_open(c, path);
	if (rc == EMSIGN_E_IO) /* what was named wrongly is a matter of usage */
		c->err.rc = rc = EMSIGN_E_INVALID;
	return rc;
}

emsign_rc secret_find(struct call *c, const struct secret_want *want, emsign_secret **out)
{
	const char *file = given(c, want->option);
	char *value = want->env ? getenv(want->env) : NULL;

	*out = NULL;
	if (file)
		return read_file(c, file, out);
	if (value && *value)
		return read_environment(c, value, out);
	file = want->env ? given_or_env(c, want->option) : NULL;
	if (file)
		return read_file(c, file, out);
	if (want->prompt && isatty(STDIN_FILENO))
		return ask(c, want, out);
	if (want->must)
		return call_fail(c, EMSIGN_E_INVALID, "no %s: say --%s, or set %s", want->what,
				 want->option, want->env);
	return EMSIGN_OK;
}

emsign_rc secret_confirm(struct call *c, const char *question)
{
	char line[LINE_MAX_BYTES];

	if (given(c, "yes"))
		return EMSIGN_OK;
	if (!isatty(STDIN_FILENO))
		return call_fail(c, EMSIGN_E_INVALID, "say --yes where nobody can be asked");
	fprintf(stderr, "%s Type yes: ", question);
	if (read_line(line) < 0 || strcmp(line, "yes") != 0)
		return call_fail(c, EMSIGN_E_CANCELED, "not confirmed; nothing was done");
	return EMSIGN_OK;
}
