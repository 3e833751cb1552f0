/* SPDX-License-Identifier: MIT */
#include "vfs.h"

#include "../support/fail.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* stands behind this struct */
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	unsigned kinds;
	int code;
	size_t first, last;
	size_t calls, failed;
} disk = { .first = SIZE_MAX, .last = SIZE_MAX };

void vfs_fail(unsigned kinds, int code, size_t first, size_t last)
{
	disk.kinds = kinds;
	disk.code = code;
	disk.first = first;
	disk.last = last;
	disk.calls = disk.failed = 0;
}

void vfs_never(void)
{
	disk.first = disk.last = SIZE_MAX;
}

size_t vfs_calls(void)
{
	return disk.calls;
}

size_t vfs_failed(void)
{
	return disk.failed;
}

static bool hits(unsigned kind)
{
	size_t n;

	if (!(disk.kinds & kind))
		return false;
	n = disk.calls++;
	if (n < disk.first || n >= disk.last)
		return false;
	disk.failed++;
	return true;
}

static sqlite3_file *real(sqlite3_file *file)
{
	return ((struct file *)file)->real;
}

#define PASS(kind, file, slot, ...) \
	return hits(kind) ? disk.code : real(file)->pMethods->slot(real(file), __VA_ARGS__)

/* --- files -------------------------------------------------------------------------------- */

static int xclose(sqlite3_file *file)
{
	return real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
}

static int xread(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
	PASS(VFS_READ, file, xRead, bytes, n, at);
}

static int xwrite(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	PASS(VFS_WRITE, file, xWrite, bytes, n, at);
}

static int xtruncate(sqlite3_file *file, sqlite3_int64 size)
{
	PASS(VFS_TRUNCATE, file, xTruncate, size);
}

static int xsync(sqlite3_file *file, int flags)
{
	(void)file;
	(void)flags;
	return hits(VFS_SYNC) ? disk.code : SQLITE_OK;
}

static int xsize(sqlite3_file *file, sqlite3_int64 *size)
{
	PASS(VFS_SIZE, file, xFileSize, size);
}

static int xlock(sqlite3_file *file, int level)
{
	PASS(VFS_LOCK, file, xLock, level);
}

static int xunlock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int xreserved(sqlite3_file *file, int *out)
{
	PASS(VFS_LOCK, file, xCheckReservedLock, out);
}

static int xcontrol(sqlite3_file *file, int op, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int xsector(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

static int xtraits(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int xmap(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	PASS(VFS_SHM_MAP, file, xShmMap, page, size, extend, out);
}

/* To let go never fails: SQLite does not ask whether it did. */
static int xshmlock(sqlite3_file *file, int at, int n, int flags)
{
	if (flags & SQLITE_SHM_UNLOCK)
		return real(file)->pMethods->xShmLock(real(file), at, n, flags);
	PASS(VFS_SHM_LOCK, file, xShmLock, at, n, flags);
}

static void xbarrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int xunmap(sqlite3_file *file, int delete)
{
	return real(file)->pMethods->xShmUnmap(real(file), delete);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = xclose, .xRead = xread, .xWrite = xwrite,
	.xTruncate = xtruncate, .xSync = xsync, .xFileSize = xsize, .xLock = xlock,
	.xUnlock = xunlock, .xCheckReservedLock = xreserved, .xFileControl = xcontrol,
	.xSectorSize = xsector, .xDeviceCharacteristics = xtraits, .xShmMap = xmap,
	.xShmLock = xshmlock, .xShmBarrier = xbarrier, .xShmUnmap = xunmap,
};

/* --- the disk ----------------------------------------------------------------------------- */

static int xopen(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct file *f = (struct file *)file;
	int code;

	(void)vfs;
	f->real = (sqlite3_file *)(void *)(f + 1);
	f->base.pMethods = NULL;
	if (hits(VFS_OPEN))
		return disk.code;
	code = disk.real->xOpen(disk.real, name, f->real, flags, out);
	if (f->real->pMethods)
		f->base.pMethods = &methods;
	return code;
}

static int xdelete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)sync;
	return hits(VFS_DELETE) ? disk.code : disk.real->xDelete(disk.real, name, 0);
}

static int xaccess(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	return hits(VFS_ACCESS) ? disk.code : disk.real->xAccess(disk.real, name, flags, out);
}

static int xsleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

void vfs_register(void)
{
	disk.real = sqlite3_vfs_find(NULL);
	if (!disk.real)
		abort();
	disk.vfs = *disk.real;
	disk.vfs.szOsFile = (int)sizeof(struct file) + disk.real->szOsFile;
	disk.vfs.pNext = NULL;
	disk.vfs.zName = "failing";
	disk.vfs.xOpen = xopen;
	disk.vfs.xDelete = xdelete;
	disk.vfs.xAccess = xaccess;
	disk.vfs.xSleep = xsleep;
	if (sqlite3_vfs_register(&disk.vfs, 1))
		abort();
}

emsign_store *vfs_store(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	emsign_store *store = NULL;
	char name[256];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
	snprintf(name, sizeof(name), "sqlite:%s", path);
	assert_int_equal(emsign_store_open(name, &store, NULL), EMSIGN_OK);
	return store;
}
