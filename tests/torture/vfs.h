/* SPDX-License-Identifier: MIT */
/*
 * A disk for SQLite whose n-th call fails. It lies over the real one; syncs are counted, not done,
 * and nobody sleeps: a test of many points has no time for either.
 */
#ifndef TESTS_TORTURE_VFS_H
#define TESTS_TORTURE_VFS_H

#include <stdbool.h>
#include <stddef.h>

#include <emsign/store.h>

enum {
	VFS_OPEN = 1, VFS_READ = 2, VFS_WRITE = 4, VFS_TRUNCATE = 8, VFS_SYNC = 16, VFS_SIZE = 32,
	VFS_LOCK = 64, VFS_SHM_MAP = 128, VFS_SHM_LOCK = 256, VFS_DELETE = 512, VFS_ACCESS = 1024
};

/** Becomes the one that SQLite uses. */
void vfs_register(void);

/** A new store on it; what was at that path is gone. */
emsign_store *vfs_store(const char *path);

/** Of the calls of these kinds from now on, those from `first` up to before `last` fail. */
void vfs_fail(unsigned kinds, int code, size_t first, size_t last);
void vfs_never(void);

/** Calls of those kinds, and how many of them failed, since vfs_fail(). */
size_t vfs_calls(void);
size_t vfs_failed(void);

#endif
