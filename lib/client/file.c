/* SPDX-License-Identifier: MIT */
#include "client/file.h"

#include <emsign/keystore.h>
#include <emsign/secret.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"

#define SECRET_FILE_MAX 65536
#define KEY_BYTES 32

static emsign_rc fail_io(emsign_error *err, const char *what, const char *path)
{
	char text[128] = "";

	(void)strerror_r(errno, text, sizeof(text));
	return ems_fail(err, EMSIGN_E_IO, "cannot %s '%.150s': %s", what, path, text);
}

/* --- reading ------------------------------------------------------------------------------ */

static emsign_rc read_all(int fd, const char *path, struct ems_buf *buf, emsign_error *err)
{
	unsigned char piece[4096];
	ssize_t n;

	do {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			ems_buf_put(buf, piece, (size_t)n);
	} while ((n > 0 && buf->rc == EMSIGN_OK) || (n < 0 && errno == EINTR));
	ems_wipe(piece, sizeof(piece));
	if (n < 0)
		return fail_io(err, "read", path);
	if (buf->rc == EMSIGN_E_INVALID)
		return ems_fail(err, EMSIGN_E_INVALID, "'%.150s' has more than %zu bytes", path,
				buf->max);
	return ems_buf_rc(buf, err);
}

emsign_rc ems_file_read(const char *path, struct ems_buf *buf, emsign_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	emsign_rc rc;

	if (fd < 0)
		return fail_io(err, "open", path);
	rc = read_all(fd, path, buf, err);
	close(fd);
	return rc;
}

/* --- writing in one step ------------------------------------------------------------------ */

static emsign_rc write_all(int fd, const char *path, const void *bytes, size_t len,
			   emsign_error *err)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_io(err, "write", path);
		at += n;
		len -= (size_t)n;
	}
	if (fsync(fd) != 0)
		return fail_io(err, "write", path);
	return EMSIGN_OK;
}

/* A rename is only there for good when its folder is on the disk too. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? ems_memdup(path, (size_t)(slash - path) + 2) : ems_strdup(".");
	int fd;

	if (!folder)
		return;
	if (slash)
		folder[slash - path + 1] = '\0';
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	ems_free(folder);
}

/* A name beside the target that nobody else has. */
static char *temporary_name(const char *path)
{
	struct ems_buf name = EMS_BUF(8192);
	unsigned char random[8];
	char hex[17];
	char *text;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return NULL;
	ems_text_hex(random, sizeof(random), hex);
	ems_buf_print(&name, "%s.%s.tmp", path, hex);
	text = name.rc ? NULL : ems_strdup(ems_buf_str(&name));
	ems_buf_free(&name);
	return text;
}

/* A new file of mode 0600 beside the target, whole and on the disk; the caller unlinks it. */
static emsign_rc write_temporary(const char *path, const void *bytes, size_t len, char **temporary,
				 emsign_error *err)
{
	emsign_rc rc;
	int fd;

	*temporary = temporary_name(path);
	if (!*temporary)
		return ems_fail_nomem(err);
	fd = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_io(err, "make", *temporary);
	rc = write_all(fd, path, bytes, len, err);
	if (close(fd) != 0 && rc == EMSIGN_OK)
		rc = fail_io(err, "write", path);
	return rc;
}

emsign_rc ems_file_save(const char *path, const void *bytes, size_t len, emsign_error *err)
{
	char *temporary = NULL;
	emsign_rc rc = write_temporary(path, bytes, len, &temporary, err);

	if (rc == EMSIGN_OK && rename(temporary, path) != 0)
		rc = fail_io(err, "replace", path);
	if (rc == EMSIGN_OK)
		sync_folder(path);
	else if (temporary)
		(void)unlink(temporary);
	ems_free(temporary);
	return rc ? rc : ems_ok(err);
}

emsign_rc emsign_keystore_save(const char *path, const emsign_buf *bytes, emsign_error *err)
{
	if (!path || !bytes)
		return ems_fail(err, EMSIGN_E_INVALID, "a path and bytes are needed");
	return ems_file_save(path, bytes->data, bytes->len, err);
}

/* --- secrets in files --------------------------------------------------------------------- */

emsign_rc emsign_secret_file(const char *path, emsign_secret **out, emsign_error *err)
{
	struct ems_buf buf = EMS_BUF(SECRET_FILE_MAX);
	size_t len;
	emsign_rc rc;

	*out = NULL;
	rc = ems_file_read(path, &buf, err);
	if (rc)
		goto out;
	len = buf.bytes.len;
	if (len && buf.bytes.data[len - 1] == '\n')
		len--;
	if (len && buf.bytes.data[len - 1] == '\r')
		len--;
	if (len == 0)
		rc = ems_fail(err, EMSIGN_E_INVALID, "'%.150s' holds no secret: it is empty", path);
	else
		rc = emsign_secret_new(buf.bytes.data, len, out, err);
out:
	ems_buf_free(&buf);
	return rc;
}

/* Whole or not at all, and never over a key that is there: two first starts may meet. */
static emsign_rc make_key_file(const char *path, emsign_error *err)
{
	unsigned char key[KEY_BYTES];
	char *temporary = NULL;
	emsign_rc rc = EMSIGN_OK;

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return ems_fail(err, EMSIGN_E_CRYPTO, "the system gives no random numbers");
	rc = write_temporary(path, key, sizeof(key), &temporary, err);
	ems_wipe(key, sizeof(key));
	if (rc == EMSIGN_OK && link(temporary, path) != 0 && errno != EEXIST)
		rc = fail_io(err, "make", path);
	if (temporary)
		(void)unlink(temporary);
	if (rc == EMSIGN_OK)
		sync_folder(path);
	ems_free(temporary);
	return rc;
}

emsign_rc emsign_secret_key_file(const char *path, emsign_secret **out, emsign_error *err)
{
	struct ems_buf buf = EMS_BUF(SECRET_FILE_MAX);
	struct stat st;
	emsign_rc rc = EMSIGN_OK;
	int fd;

	*out = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		rc = make_key_file(path, err);
		if (rc)
			return rc;
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return fail_io(err, "open", path);
	if (fstat(fd, &st) != 0)
		rc = fail_io(err, "look at", path);
	else if (st.st_mode & 077)
		rc = ems_fail(err, EMSIGN_E_DENIED,
			      "others may read the sealing key '%.120s' (mode %04o): chmod 600 it",
			      path, (unsigned)st.st_mode & 07777);
	if (rc == EMSIGN_OK)
		rc = read_all(fd, path, &buf, err);
	close(fd);
	if (rc == EMSIGN_OK && buf.bytes.len != KEY_BYTES)
		rc = ems_fail(err, EMSIGN_E_INVALID,
			      "'%.150s' is no sealing key: it has %zu bytes instead of %d", path,
			      buf.bytes.len, KEY_BYTES);
	if (rc == EMSIGN_OK)
		rc = emsign_secret_new(buf.bytes.data, buf.bytes.len, out, err);
	ems_buf_free(&buf);
	return rc;
}
