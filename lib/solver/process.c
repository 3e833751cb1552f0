/* SPDX-License-Identifier: MIT */
#include "solver/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

#define FIRST_NAP_MS 1
#define LONGEST_NAP_MS 50 /* so long an end may go unnoticed while somebody keeps the pipe open */
#define PIECE 4096
#define REST_PIECES 16    /* 64 KiB, what a pipe holds */

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
#define HAVE_CLOSEFROM
/* told to _GNU_SOURCE alone, which would bring another strerror_r() */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *files, int from);
#endif
#endif

struct run {
	pid_t pid;
	int errors;      /* our end of its standard error; -1: at its end */
	int64_t end_ms;
	int nap_ms;
	struct ems_ending *out;
	bool line_ended; /* the next byte begins another line */
};

static int64_t clock_ms(void)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static emsign_rc fail_io(emsign_error *err, int why, const char *what, const char *program)
{
	char text[128] = "";

	(void)strerror_r(why, text, sizeof(text));
	return ems_fail(err, EMSIGN_E_IO, "cannot %s '%.120s': %.60s", what, program, text);
}

/* --- starting ----------------------------------------------------------------------------- */

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int why;

	sigemptyset(&none);
	sigfillset(&all);
	why = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
							   POSIX_SPAWN_SETSIGDEF);
	if (!why)
		why = posix_spawnattr_setpgroup(attributes, 0);
	if (!why)
		why = posix_spawnattr_setsigmask(attributes, &none);
	if (!why)
		why = posix_spawnattr_setsigdefault(attributes, &all);
	return why;
}

static int set_files(posix_spawn_file_actions_t *files, int errors)
{
	int why = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);

	if (!why)
		why = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0);
	if (!why)
		why = posix_spawn_file_actions_adddup2(files, errors, 2);
#ifdef HAVE_CLOSEFROM
	if (!why) /* what the application forgot to mark as close-on-exec */
		why = posix_spawn_file_actions_addclosefrom_np(files, 3);
#endif
	return why;
}

static int spawn(const char *const *argv, int errors, pid_t *pid)
{
	static const char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL
	};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int why = posix_spawn_file_actions_init(&files);

	if (why)
		return why;
	why = posix_spawnattr_init(&attributes);
	if (!why) {
		why = set_attributes(&attributes);
		if (!why)
			why = set_files(&files, errors);
		if (!why) /* it changes neither, its prototype is older than const */
			why = posix_spawn(pid, argv[0], &files, &attributes,
					  (char *const *)(uintptr_t)argv,
					  (char *const *)(uintptr_t)environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return why;
}

/* Asked before, because not every system tells by spawning why a program did not begin. */
static int look_at(const char *program)
{
	struct stat st;

	if (stat(program, &st) != 0 || access(program, X_OK) != 0)
		return errno;
	return S_ISREG(st.st_mode) ? 0 : EACCES;
}

/* The pipe's numbers are above those of the standard files, which may be closed here. */
static int make_pipe(int ends[2])
{
	int low[2];
	int why = 0;

	if (pipe(low) != 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 3);
		if (ends[i] < 0)
			why = errno;
		close(low[i]);
	}
	for (int i = 0; why && i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	if (!why)
		(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return why;
}

/* --- listening ---------------------------------------------------------------------------- */

static void keep(struct run *run, const char *bytes, size_t n)
{
	char *line = run->out->last_line;
	size_t len = strlen(line);

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r') {
			run->line_ended = true;
			continue;
		}
		if (run->line_ended) /* empty lines at the end do not count */
			len = 0;
		run->line_ended = false;
		if (len < sizeof(run->out->last_line) - 1)
			line[len++] = bytes[i] ? bytes[i] : '?';
		line[len] = '\0';
	}
}

/* One piece at a time: whoever writes without end has no more time than others. */
static bool hear(struct run *run)
{
	char piece[PIECE];
	ssize_t n = run->errors < 0 ? 0 : read(run->errors, piece, sizeof(piece));

	if (n > 0)
		keep(run, piece, (size_t)n);
	if (n == 0 && run->errors >= 0) {
		close(run->errors);
		run->errors = -1;
	}
	return n > 0;
}

static void nap(struct run *run)
{
	struct pollfd fd = { .fd = run->errors, .events = POLLIN };
	int64_t left = run->end_ms - clock_ms();

	if (left < run->nap_ms)
		run->nap_ms = left > 0 ? (int)left : 0;
	(void)poll(&fd, 1, run->nap_ms);
	run->nap_ms = run->nap_ms * 2 < LONGEST_NAP_MS ? run->nap_ms * 2 + 1 : LONGEST_NAP_MS;
}

/* --- waiting ------------------------------------------------------------------------------ */

static pid_t reap(struct run *run, int *status, int flags)
{
	pid_t pid;

	do
		pid = waitpid(run->pid, status, flags);
	while (pid < 0 && errno == EINTR);
	return pid;
}

/* What it had written, and no more than a pipe holds: those that it left behind may go on. */
static void hear_rest(struct run *run)
{
	for (int i = 0; i < REST_PIECES && hear(run); i++)
		;
}

static emsign_rc stop(struct run *run, const char *program, int64_t timeout_ms, emsign_error *err)
{
	int status;

	(void)kill(-run->pid, SIGKILL);
	(void)reap(run, &status, 0);
	hear_rest(run);
	return ems_fail(err, EMSIGN_E_TIMEOUT, "'%.120s' was killed: it took longer than %lld ms",
			program, (long long)timeout_ms);
}

static emsign_rc wait_for(struct run *run, const char *program, int64_t timeout_ms,
			  emsign_error *err)
{
	int status = 0;
	int why;
	pid_t pid;

	for (;;) {
		bool heard = hear(run);

		pid = reap(run, &status, WNOHANG);
		if (pid)
			break;
		if (clock_ms() >= run->end_ms)
			return stop(run, program, timeout_ms, err);
		if (!heard)
			nap(run);
	}
	why = errno;
	hear_rest(run);
	if (pid < 0)
		return fail_io(err, why, "learn the end of", program);
	run->out->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run->out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return EMSIGN_OK;
}

emsign_rc ems_process_run(const char *const *argv, int64_t timeout_ms, struct ems_ending *out,
			  emsign_error *err)
{
	struct run run = { .end_ms = clock_ms() + timeout_ms, .nap_ms = FIRST_NAP_MS, .out = out };
	emsign_rc rc;
	int ends[2] = { -1, -1 };
	int why;

	memset(out, 0, sizeof(*out));
	why = look_at(argv[0]);
	if (why)
		return fail_io(err, why, "run", argv[0]);
	why = make_pipe(ends);
	if (why)
		return fail_io(err, why, "make a pipe for", argv[0]);
	why = spawn(argv, ends[1], &run.pid);
	close(ends[1]);
	run.errors = ends[0];
	rc = why ? fail_io(err, why, "run", argv[0]) : wait_for(&run, argv[0], timeout_ms, err);
	if (run.errors >= 0)
		close(run.errors);
	return rc;
}
