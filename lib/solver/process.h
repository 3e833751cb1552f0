/* SPDX-License-Identifier: MIT */
/* Runs a program to its end, or to the end of its time. */
#ifndef EMS_SOLVER_PROCESS_H
#define EMS_SOLVER_PROCESS_H

#include <emsign/base.h>

/** How a program ended. */
struct ems_ending {
	int status;          /* what it exited with; -1: a signal ended it */
	int signal;
	char last_line[200]; /* the last one that it wrote to standard error, or "" */
};

/**
 * Runs argv[0] (a path with a slash) in a process group of its own, with a clean environment and
 * signal mask, standard input and output closed off, and waits for it. When it takes longer the
 * whole group is killed. No process stays behind as a zombie; no signal handler is needed, and an
 * application's own is not disturbed.
 * Errors: EMSIGN_E_IO (cannot be run, or somebody else took its status away), EMSIGN_E_TIMEOUT;
 * `out` then has what it wrote until then.
 */
emsign_rc ems_process_run(const char *const *argv, int64_t timeout_ms, struct ems_ending *out,
			  emsign_error *err);

#endif
