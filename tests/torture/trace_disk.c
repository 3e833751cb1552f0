/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 64
#define NAMES_MAX 64

/* A file by its inode, which an open descriptor keeps from being used again. */
struct file {
	int fd;
	dev_t dev;
	ino_t ino;
	mode_t mode;
	char *bytes; /* as they were synchronised last */
	size_t len;
};

struct listing {
	struct {
		char name[NAME_MAX + 1];
		ino_t ino;
	} entries[NAMES_MAX];
	size_t n;
};

static struct {
	int folder;
	ino_t ino;
	struct file files[FILES_MAX];
	size_t n;
	struct listing names;
	/* what the synchronisation that is under way will make of it */
	struct file *coming;
	char *bytes;
	size_t len;
	struct listing *coming_names;
	struct listing next_names;
} disk;

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "trace: the disk cannot be followed: %s\n", what);
	exit(2);
}

/* --- what is there ------------------------------------------------------------------------ */

static char *read_file(int fd, size_t *len)
{
	struct stat st;
	char *bytes;
	ssize_t n;

	need(fstat(fd, &st) == 0, "fstat");
	bytes = malloc((size_t)st.st_size + 1);
	need(bytes != NULL, "memory");
	n = pread(fd, bytes, (size_t)st.st_size, 0);
	need(n >= 0, "read");
	*len = (size_t)n;
	return bytes;
}

static void list(struct listing *out)
{
	int fd = openat(disk.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	need(dir != NULL, "folder");
	out->n = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (fstatat(disk.folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		need(out->n < NAMES_MAX, "too many names");
		snprintf(out->entries[out->n].name, sizeof(out->entries[0].name), "%s",
			 entry->d_name);
		out->entries[out->n++].ino = st.st_ino;
	}
	closedir(dir);
}

static struct file *find(dev_t dev, ino_t ino)
{
	for (size_t i = 0; i < disk.n; i++)
		if (disk.files[i].dev == dev && disk.files[i].ino == ino)
			return &disk.files[i];
	return NULL;
}

/* Takes the descriptor over. */
static struct file *follow(int fd, const struct stat *st)
{
	struct file *file = find(st->st_dev, st->st_ino);

	if (file) {
		close(fd);
		return file;
	}
	need(disk.n < FILES_MAX, "too many files");
	file = &disk.files[disk.n++];
	*file = (struct file){ fd, st->st_dev, st->st_ino, st->st_mode & 07777, NULL, 0 };
	return file;
}

void trace_disk_open(const char *folder)
{
	struct stat st;

	disk.folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(disk.folder >= 0 && fstat(disk.folder, &st) == 0, folder);
	disk.ino = st.st_ino;
	list(&disk.names);
	for (size_t i = 0; i < disk.names.n; i++) {
		int fd = openat(disk.folder, disk.names.entries[i].name, O_RDONLY | O_CLOEXEC);
		struct file *file;

		need(fd >= 0 && fstat(fd, &st) == 0, disk.names.entries[i].name);
		file = follow(fd, &st);
		file->bytes = read_file(file->fd, &file->len);
	}
}

/* --- what gets there ---------------------------------------------------------------------- */

void trace_disk_sync(pid_t pid, int fd)
{
	char path[64];
	struct stat st;
	int own;

	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
	own = open(path, O_RDONLY | O_CLOEXEC);
	need(own >= 0 && fstat(own, &st) == 0, path);
	if (S_ISREG(st.st_mode)) {
		disk.coming = follow(own, &st);
		disk.bytes = read_file(disk.coming->fd, &disk.len);
		return;
	}
	close(own);
	if (st.st_ino == disk.ino) {
		list(&disk.next_names);
		disk.coming_names = &disk.next_names;
	}
}

void trace_disk_synced(void)
{
	if (disk.coming) {
		free(disk.coming->bytes);
		disk.coming->bytes = disk.bytes;
		disk.coming->len = disk.len;
		disk.bytes = NULL;
		disk.coming = NULL;
	}
	if (disk.coming_names)
		disk.names = *disk.coming_names;
	disk.coming_names = NULL;
}

/* --- the power fails ---------------------------------------------------------------------- */

static void write_back(const char *name, const struct file *file)
{
	int fd = openat(disk.folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			file ? file->mode : 0600);

	need(fd >= 0, name);
	if (file && file->len)
		need(write(fd, file->bytes, file->len) == (ssize_t)file->len, name);
	close(fd);
}

void trace_disk_cut(enum trace_names names)
{
	struct listing now;
	const struct listing *kept = names == TRACE_NAMES_ALL ? &now : &disk.names;
	struct stat st;

	need(fstat(disk.folder, &st) == 0, "folder");
	list(&now);
	for (size_t i = 0; i < now.n; i++)
		need(unlinkat(disk.folder, now.entries[i].name, 0) == 0, now.entries[i].name);
	for (size_t i = 0; i < kept->n; i++)
		write_back(kept->entries[i].name, find(st.st_dev, kept->entries[i].ino));
}
