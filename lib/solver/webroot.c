/* SPDX-License-Identifier: MIT */
/* Publishes by a file below the root of a web server. */
#include <emsign/solver.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/name.h"

static emsign_rc fail_io(emsign_error *err, const char *what, const char *root, const char *name)
{
	char text[128] = "";

	(void)strerror_r(errno, text, sizeof(text));
	return ems_fail(err, EMSIGN_E_IO, "cannot %s '%.60s' in the web root '%.80s': %.60s", what,
			name, root, text);
}

/* --- folders ------------------------------------------------------------------------------ */

/* One that is made here is readable for the web server, whatever the caller's umask says. */
static int open_below(int above, const char *name, bool make)
{
	if (make && mkdirat(above, name, 0755) == 0) {
		(void)fchmodat(above, name, 0755, 0);
		(void)fsync(above);
	}
	return openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The folder of the proofs; -1 with errno when it cannot be had. */
static int open_folder(int top, bool make)
{
	int known = open_below(top, ".well-known", make);
	int folder, why;

	if (known < 0)
		return -1;
	folder = open_below(known, "pki-validation", make);
	why = errno;
	close(known);
	errno = why;
	return folder;
}

/* Leaves errno as it is for who wants to know why. */
static emsign_rc open_root(const char *root, int *top, emsign_error *err)
{
	char text[128] = "";
	int why;

	*top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*top >= 0)
		return EMSIGN_OK;
	why = errno;
	(void)strerror_r(why, text, sizeof(text));
	ems_fail(err, EMSIGN_E_IO, "cannot open the web root '%.150s': %.60s", root, text);
	errno = why;
	return EMSIGN_E_IO;
}

/* --- the file ----------------------------------------------------------------------------- */

static bool write_whole(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* In one step; whatever stands there, a link too, is replaced and never followed. */
static bool write_file(int folder, const char *name, const char *text)
{
	char temporary[EMS_NAME_MAX + 32];
	bool ok;
	int fd;

	snprintf(temporary, sizeof(temporary), ".%s.%ld", name, (long)getpid());
	(void)unlinkat(folder, temporary, 0); /* of a process of that number that died in here */
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	ok = write_whole(fd, text);
	ok = close(fd) == 0 && ok;
	ok = ok && renameat(folder, temporary, folder, name) == 0 && fsync(folder) == 0;
	if (!ok) {
		int why = errno;

		(void)unlinkat(folder, temporary, 0);
		errno = why;
	}
	return ok;
}

/* Does the file hold that and nothing else? -1: cannot be read, see errno. */
static int holds(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t left = strlen(text);
	bool same = true;
	char piece[512];
	ssize_t n;

	if (fd < 0)
		return errno == ELOOP ? 0 : -1; /* a link is not what was written */
	do {
		n = read(fd, piece, sizeof(piece));
		if (n <= 0)
			continue;
		same = (size_t)n <= left && memcmp(text, piece, (size_t)n) == 0;
		text += same ? n : 0;
		left -= same ? (size_t)n : 0;
	} while (same && (n > 0 || (n < 0 && errno == EINTR)));
	close(fd);
	if (same && n < 0)
		return -1;
	return same && left == 0;
}

/* --- the slots ---------------------------------------------------------------------------- */

static emsign_rc check(const emsign_challenge *challenge, emsign_error *err)
{
	if (!challenge->file_name || !challenge->file_content)
		return ems_fail(err, EMSIGN_E_INVALID,
				"a web root is for method 'http'; the challenge for '%.120s' names "
				"no file",
				challenge->domain ? challenge->domain : "");
	if (!ems_name_is_file(challenge->file_name))
		return ems_fail(err, EMSIGN_E_PROTO,
				"the CA wants a file '%.60s', which is no plain file name",
				challenge->file_name);
	return EMSIGN_OK;
}

static emsign_rc publish(int top, const char *root, const emsign_challenge *challenge,
			 emsign_error *err)
{
	int folder = open_folder(top, true);
	emsign_rc rc = EMSIGN_OK;

	if (folder < 0)
		return fail_io(err, "open", root, ".well-known/pki-validation");
	if (!write_file(folder, challenge->file_name, challenge->file_content))
		rc = fail_io(err, "write", root, challenge->file_name);
	close(folder);
	return rc;
}

static emsign_rc present(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	emsign_rc rc = check(challenge, err);
	int top;

	if (rc == EMSIGN_OK)
		rc = open_root(self, &top, err);
	if (rc)
		return rc;
	rc = publish(top, self, challenge, err);
	close(top);
	return rc;
}

static emsign_rc take_away(int top, const char *root, const emsign_challenge *challenge,
			   emsign_error *err)
{
	const char *name = challenge->file_name;
	int folder = open_folder(top, false);
	emsign_rc rc = EMSIGN_OK;
	int same;

	if (folder < 0 && errno == ENOENT)
		return EMSIGN_OK;
	if (folder < 0)
		return fail_io(err, "open", root, ".well-known/pki-validation");
	same = holds(folder, name, challenge->file_content);
	if (same < 0 && errno != ENOENT)
		rc = fail_io(err, "read", root, name);
	else if (same > 0 && unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		rc = fail_io(err, "remove", root, name);
	close(folder);
	return rc;
}

static emsign_rc cleanup(void *self, const emsign_challenge *challenge, emsign_error *err)
{
	emsign_error ignored;
	emsign_rc rc;
	int top;

	if (check(challenge, &ignored))
		return EMSIGN_OK; /* such a one was never published */
	rc = open_root(self, &top, err);
	if (rc)
		return errno == ENOENT ? EMSIGN_OK : rc; /* nor where there is no such root */
	rc = take_away(top, self, challenge, err);
	close(top);
	return rc;
}

static void destroy(void *self)
{
	ems_free(self);
}

emsign_rc emsign_solver_webroot(const char *path, emsign_solver **out, emsign_error *err)
{
	static const emsign_solver_ops ops = {
		.size = sizeof(ops), .name = "web root", .present = present, .cleanup = cleanup,
		.destroy = destroy,
	};
	char *root;
	emsign_rc rc;

	*out = NULL;
	if (!path || !*path)
		return ems_fail(err, EMSIGN_E_INVALID, "the path of a web root is needed");
	root = ems_strdup(path);
	if (!root)
		return ems_fail_nomem(err);
	rc = emsign_solver_new(&ops, root, out, err);
	if (rc)
		ems_free(root);
	return rc;
}
