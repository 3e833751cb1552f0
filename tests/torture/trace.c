/* SPDX-License-Identifier: MIT */
/*
 * Stops a program at its n-th system call that the world could see, or makes that call fail:
 *
 *   trace [--log FILE] [--count KIND,...] [--cut DIR all|synced]
 *         [--kill N | --fail ERRNO N once|ever] -- PROGRAM [ARGUMENT...]
 *
 * To stop before each call that changes something outside is to stop everywhere: between two such
 * calls a process changes only its own memory, which dies with it. (Memory shared by mmap() would
 * be an exception. SQLite shares the index of its log that way, and whoever opens a database that
 * nobody else has open makes that index anew.) Locks die with their holder, and what is written is
 * the kernel's, synchronised or not: so for a killed process neither fcntl() nor fsync() is a
 * change. For a power failure fsync() is: with --cut the folder DIR becomes what was synchronised.
 *
 * The kernel asks this process before each such call (seccomp, user notification); a call that is
 * not answered has not happened. Ends as the program did: its status, or 128 and the signal. FILE
 * gets a line for each call that counted: number, name, what it was about.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace.h"

#ifndef CLONE_FILES
#define CLONE_FILES 0x400
#endif

/* What a call changes. */
enum kind {
	WRITE, /* bytes of a file */
	SEND,  /* what the other end of a socket gets */
	SIZE,
	SYNC,
	OPEN,  /* makes a file, or opens one to write */
	NAME,
	MODE,
	WAIT   /* nothing, but the world goes on meanwhile */
};

static const char *const kind_names[] = { "write", "send", "size", "sync",
					  "open", "name", "mode", "wait" };

#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))
#define NO_FD (-1)

struct call {
	long number;
	const char *name;
	enum kind kind; /* of WRITE the descriptor decides whether it is SEND */
	int argument;   /* which one is the descriptor, or the flags of OPEN */
};

#define CALL(name, kind, argument) { SYS_##name, #name, kind, argument }

static const struct call calls[] = {
	CALL(write, WRITE, 0), CALL(pwrite64, WRITE, 0), CALL(writev, WRITE, 0),
	CALL(pwritev, WRITE, 0), CALL(sendto, WRITE, 0), CALL(sendmsg, WRITE, 0),
	CALL(sendmmsg, WRITE, 0), CALL(connect, SEND, 0), CALL(shutdown, SEND, 0),
	CALL(ftruncate, SIZE, 0), CALL(fallocate, SIZE, 0), CALL(truncate, SIZE, NO_FD),
	CALL(fsync, SYNC, 0), CALL(fdatasync, SYNC, 0), CALL(openat, OPEN, 2),
	CALL(renameat2, NAME, NO_FD), CALL(linkat, NAME, NO_FD), CALL(symlinkat, NAME, NO_FD),
	CALL(unlinkat, NAME, NO_FD), CALL(mkdirat, NAME, NO_FD), CALL(fchmod, MODE, 0),
	CALL(fchmodat, MODE, NO_FD), CALL(fchown, MODE, 0), CALL(fchownat, MODE, NO_FD),
	CALL(ppoll, WAIT, NO_FD), CALL(epoll_pwait, WAIT, NO_FD),
#ifdef SYS_renameat
	CALL(renameat, NAME, NO_FD),
#endif
#ifdef SYS_open /* newer machines have only the calls above */
	CALL(open, OPEN, 1), CALL(creat, NAME, NO_FD), CALL(rename, NAME, NO_FD),
	CALL(link, NAME, NO_FD), CALL(symlink, NAME, NO_FD), CALL(unlink, NAME, NO_FD),
	CALL(mkdir, NAME, NO_FD), CALL(rmdir, NAME, NO_FD), CALL(chmod, MODE, NO_FD),
	CALL(chown, MODE, NO_FD), CALL(poll, WAIT, NO_FD), CALL(epoll_wait, WAIT, NO_FD),
#endif
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static const struct {
	const char *name;
	int number;
} errnos[] = { { "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EROFS", EROFS } };

static struct {
	bool counts[KINDS];
	FILE *log;
	bool cut;
	enum trace_names names;
	bool kill;
	int error; /* 0: nothing fails */
	bool ever;
	long at;
	long n;
	char **program;
} job;

static void need(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

/* --- the traced program ------------------------------------------------------------------- */

/* Asks for each call of the table, lets all others through. */
static int install(void)
{
	struct sock_filter code[2 * CALLS + 2];
	struct sock_fprog filter = { .filter = code };

	code[filter.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++) {
		code[filter.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].number, 0, 1);
		code[filter.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
								  SECCOMP_RET_USER_NOTIF);
	}
	code[filter.len++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
}

/*
 * The listener has to get from the child to the parent without a call that is asked about: they
 * share their descriptors until the child becomes the program, and it stops when it is there.
 */
static pid_t start(int *listener)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int status;

	need(shared != MAP_FAILED, "trace: memory");
	*shared = -1;
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	need(pid >= 0, "trace: clone");
	if (pid == 0) {
		*shared = install();
		kill(getpid(), SIGSTOP);
		execv(job.program[0], job.program);
		_exit(127);
	}
	need(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status), "trace: wait");
	*listener = *shared;
	if (*listener < 0) {
		kill(pid, SIGKILL);
		fputs("trace: this kernel lets no program listen to calls\n", stderr);
		exit(77);
	}
	kill(pid, SIGCONT);
	return pid;
}

/* --- its calls ---------------------------------------------------------------------------- */

static const struct call *call_of(long number)
{
	for (size_t i = 0; i < CALLS; i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

/* Does it count, and as what? Pipes, terminals and the like are nobody's world. */
static bool judge(const struct seccomp_notif *ask, const struct call *call, enum kind *kind,
		  char *path, size_t size)
{
	struct stat st;
	unsigned long long argument = call->argument < 0 ? 0 : ask->data.args[call->argument];

	*kind = call->kind;
	path[0] = '\0';
	if (*kind == OPEN)
		return job.counts[OPEN] && (argument & (O_ACCMODE | O_CREAT | O_TRUNC));
	if (call->argument == NO_FD)
		return job.counts[*kind];
	snprintf(path, size, "/proc/%u/fd/%d", ask->pid, (int)argument);
	if (stat(path, &st) != 0)
		return false;
	if (*kind == WRITE && S_ISSOCK(st.st_mode))
		*kind = SEND;
	return job.counts[*kind] &&
	       (S_ISSOCK(st.st_mode) || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

static void note(const struct call *call, const char *path)
{
	char target[1024];
	ssize_t n = path[0] ? readlink(path, target, sizeof(target)) : 0;

	if (job.log)
		fprintf(job.log, "%ld %s %.*s\n", job.n, call->name, n > 0 ? (int)n : 0, target);
}

/* What becomes of a call: 0, it goes on; or the error that it ends with; -1, nothing any more. */
static int decide(pid_t pid, const struct seccomp_notif *ask)
{
	const struct call *call = call_of(ask->data.nr);
	char path[64];
	enum kind kind;

	if (!judge(ask, call, &kind, path, sizeof(path)))
		return 0;
	job.n++;
	note(call, path);
	if (job.kill && job.n == job.at) {
		kill(pid, SIGKILL);
		return -1;
	}
	if (job.error && (job.n == job.at || (job.ever && job.n > job.at)))
		return job.error;
	if (job.cut && kind == SYNC)
		trace_disk_sync((pid_t)ask->pid, (int)ask->data.args[0]);
	return 0;
}

static bool answer(int listener, pid_t pid)
{
	struct seccomp_notif ask;
	struct seccomp_notif_resp reply;
	int error;

	memset(&ask, 0, sizeof(ask));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) != 0)
		return errno == EINTR || errno == ENOENT;
	if (job.cut)
		trace_disk_synced();
	error = decide(pid, &ask);
	if (error < 0)
		return true;
	memset(&reply, 0, sizeof(reply));
	reply.id = ask.id;
	reply.error = -error;
	reply.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) == 0 || errno == ENOENT;
}

static int follow(int listener, pid_t pid)
{
	struct pollfd news = { .fd = listener, .events = POLLIN };
	int status;

	while (poll(&news, 1, -1) > 0 && (news.revents & POLLIN))
		need(answer(listener, pid), "trace: listener");
	need(waitpid(pid, &status, 0) == pid, "trace: wait");
	if (job.cut && WIFSIGNALED(status))
		trace_disk_cut(job.names);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- what to do --------------------------------------------------------------------------- */

static bool read_kinds(char *words)
{
	for (char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
		size_t i = 0;

		while (i < KINDS && strcmp(kind_names[i], word) != 0)
			i++;
		if (i == KINDS)
			return false;
		job.counts[i] = true;
	}
	return true;
}

static bool read_error(const char *name)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strcmp(errnos[i].name, name) == 0)
			job.error = errnos[i].number;
	return job.error != 0;
}

static bool read_option(char ***words)
{
	char **word = *words;
	const char *name = word[0];

	if (strcmp(name, "--log") == 0 && word[1]) {
		job.log = fopen(word[1], "w");
		*words += 2;
		return job.log != NULL;
	}
	if (strcmp(name, "--count") == 0 && word[1]) {
		*words += 2;
		return read_kinds(word[1]);
	}
	if (strcmp(name, "--cut") == 0 && word[1] && word[2]) {
		job.cut = true;
		job.names = strcmp(word[2], "all") == 0 ? TRACE_NAMES_ALL : TRACE_NAMES_SYNCED;
		trace_disk_open(word[1]);
		*words += 3;
		return true;
	}
	if (strcmp(name, "--kill") == 0 && word[1]) {
		job.kill = true;
		job.at = strtol(word[1], NULL, 10);
		*words += 2;
		return job.at > 0;
	}
	if (strcmp(name, "--fail") == 0 && word[1] && word[2] && word[3]) {
		job.at = strtol(word[2], NULL, 10);
		job.ever = strcmp(word[3], "ever") == 0;
		*words += 4;
		return job.at > 0 && read_error(word[1]);
	}
	return false;
}

int main(int argc, char **argv)
{
	char **word = argv + 1;
	int listener;
	pid_t pid;
	int status;

	(void)argc;
	while (*word && strcmp(*word, "--") != 0 && read_option(&word))
		continue;
	if (!*word || strcmp(*word, "--") != 0 || !word[1]) {
		fputs("usage: trace [--log FILE] [--count KIND,...] [--cut DIR all|synced]\n"
		      "             [--kill N | --fail ERRNO N once|ever] -- PROGRAM...\n", stderr);
		return 2;
	}
	job.program = word + 1;
	pid = start(&listener);
	status = follow(listener, pid);
	if (job.log)
		fclose(job.log);
	return status;
}
