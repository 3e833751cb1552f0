/* SPDX-License-Identifier: MIT */
/*
 * What a disk would still hold if the power failed now: the bytes that each file had when it was
 * synchronised last, under the names that its folder had when that was. Nothing else is promised
 * by POSIX. Kept by tracing the calls of a program that works in one folder.
 */
#ifndef TESTS_TORTURE_TRACE_H
#define TESTS_TORTURE_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

/** Which names survive. File systems with a journal keep more than POSIX asks for. */
enum trace_names {
	TRACE_NAMES_SYNCED, /* those of the last fsync() of the folder */
	TRACE_NAMES_ALL     /* all, at once */
};

/** The folder that is looked at; what is in it now is on the disk. */
void trace_disk_open(const char *folder);

/** A process is about to synchronise a descriptor. */
void trace_disk_sync(pid_t pid, int fd);

/** It has come back from that: what was there then is on the disk. */
void trace_disk_synced(void);

/** The power fails: the folder becomes what is on the disk. Folders in it stay as they are. */
void trace_disk_cut(enum trace_names names);

#endif
