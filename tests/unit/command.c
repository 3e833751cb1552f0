/* SPDX-License-Identifier: MIT */
/* Programs that publish: how they are called, and that none of them can hang us. */
#include "../support/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <emsign/solver.h>

#define FOLDER "test-output/command"

static emsign_error err;

static const emsign_challenge challenge = {
	.domain = "*.example.com", .method = "dns", .record_name = "_emsign.example.com",
	.record_value = "the value",
};

static int set_up(void **state)
{
	(void)mkdir("test-output", 0755);
	(void)mkdir(FOLDER, 0755);
	return fail_setup(state);
}

/* Whatever a test did, it leaves no process of its own behind, not even a dead one. */
static int tear_down(void **state)
{
	return fail_teardown(state) || waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

#define COMMAND_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static emsign_rc make(const char *const *argv, const char *timeout_ms, emsign_solver **out)
{
	const emsign_kv options[] = { { timeout_ms ? "timeout_ms" : NULL, timeout_ms },
				      { NULL, NULL } };

	return emsign_solver_command(argv, options, out, &err);
}

enum slot { PRESENT, CLEANUP };

/* Runs a shell script as the hook; $1 $2 $3 are the action, the name and the value. */
static emsign_rc hook_for(const char *script, const char *timeout_ms, enum slot slot)
{
	const char *const argv[] = { "/bin/sh", "-c", script, "hook", NULL };
	emsign_solver *solver = NULL;
	emsign_rc rc;

	assert_int_equal(make(argv, timeout_ms, &solver), EMSIGN_OK);
	rc = slot == PRESENT ? emsign_solver_present(solver, &challenge, &err) :
			       emsign_solver_cleanup(solver, &challenge, &err);
	assert_int_equal(err.rc, rc);
	emsign_solver_free(solver);
	return rc;
}

static emsign_rc hook(const char *script)
{
	return hook_for(script, NULL, PRESENT);
}

/* --- how it is called --------------------------------------------------------------------- */

static void test_it_is_called_as_lego_calls_its_hooks(void **state)
{
	(void)state;
	assert_int_equal(hook("test \"$#/$1/$2/$3\" = '3/present/_emsign.example.com./the value'"),
			 EMSIGN_OK);
	assert_int_equal(hook_for("test \"$1/$2/$3\" = 'cleanup/_emsign.example.com./the value'",
				  NULL, CLEANUP),
			 EMSIGN_OK);
}

static void test_there_is_no_shell_between(void **state)
{
	static const char *const argv[] = {
		"/bin/sh", "-c", "test \"$4/$1\" = '$(exit 7) `exit 8`;/*'", "hook", "*", NULL
	};
	emsign_challenge odd = challenge;
	emsign_solver *solver;

	(void)state;
	odd.record_value = "$(exit 7) `exit 8`;";
	assert_int_equal(make(argv, NULL, &solver), EMSIGN_OK);
	assert_int_equal(emsign_solver_present(solver, &odd, &err), EMSIGN_OK);
	emsign_solver_free(solver);
}

static void test_its_surroundings_are_clean(void **state)
{
	int fd = open(FOLDER, O_RDONLY); /* without close-on-exec */

	(void)state;
	assert_int_equal(setenv("EMSIGN_TEST", "seen", 1), 0);
	assert_int_equal(hook("test -z \"$EMSIGN_TEST$HOME\" && test -n \"$PATH\""), EMSIGN_OK);
	assert_int_equal(hook("if read x; then exit 1; fi"), EMSIGN_OK);
	assert_int_equal(hook("echo not seen; test /dev/fd/1 -ef /dev/null"), EMSIGN_OK);
#if defined(__GLIBC__)
	assert_int_equal(hook("for i in 3 4 5 6 7 8 9; do test ! -d /dev/fd/$i || exit 1; done"),
			 EMSIGN_OK);
#endif
	close(fd);
}

static void test_signals_are_as_from_the_start(void **state)
{
	sigset_t blocked, before;
	void (*pipes)(int) = signal(SIGPIPE, SIG_IGN);

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
	assert_int_equal(hook("kill -TERM $$; exit 0"), EMSIGN_E_CALLBACK);
	assert_non_null(strstr(err.message, "was ended by signal 15"));
	assert_int_equal(hook("kill -PIPE $$; exit 0"), EMSIGN_E_CALLBACK);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	signal(SIGPIPE, pipes);
}

static void test_standard_files_may_be_closed_here(void **state)
{
	int in = dup(0), out = dup(1), errors = dup(2);
	emsign_rc rc;

	(void)state;
	close(0);
	close(1);
	close(2);
	rc = hook("echo lost; echo heard >&2; exit 4");
	dup2(in, 0);
	dup2(out, 1);
	dup2(errors, 2);
	close(in);
	close(out);
	close(errors);
	assert_int_equal(rc, EMSIGN_E_CALLBACK);
	assert_non_null(strstr(err.message, "status 4: heard"));
}

/* --- how it may end ----------------------------------------------------------------------- */

static void test_a_status_is_told_with_the_last_line(void **state)
{
	static const struct {
		const char *script, *end;
	} rows[] = {
		{ "exit 3", "failed with status 3" },
		{ "echo one >&2; echo two >&2; exit 3", "failed with status 3: two" },
		{ "printf 'one\\ntwo' >&2; exit 1", ": two" },
		{ "printf 'one\\r\\n\\n\\n' >&2; exit 1", ": one" },
		{ "printf 'a\\0b\\033[1mc' >&2; exit 1", ": a?b?[1mc" },
		{ "echo to stdout; exit 9", "failed with status 9" },
		{ "kill -9 $$", "was ended by signal 9" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len, want = strlen(rows[i].end);

		assert_int_equal(hook(rows[i].script), EMSIGN_E_CALLBACK);
		len = strlen(err.message);
		assert_true(len > want);
		assert_string_equal(err.message + len - want, rows[i].end);
		assert_non_null(strstr(err.message, "'/bin/sh present _emsign.example.com.'"));
		assert_null(strstr(err.message, "the value"));
	}
	assert_int_equal(hook("echo a warning >&2"), EMSIGN_OK);
}

static void test_much_output_is_read_and_forgotten(void **state)
{
	(void)state;
	assert_int_equal(hook("i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890"
			      "12345678901234567890123456789; i=$((i+1)); done >&2; echo end >&2; "
			      "exit 5"),
			 EMSIGN_E_CALLBACK);
	assert_non_null(strstr(err.message, "status 5: end"));
	/* one line without end */
	assert_int_equal(hook("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 5"),
			 EMSIGN_E_CALLBACK);
	assert_non_null(strstr(err.message, "status 5: xxxxxxxxxx"));
}

static void test_programs_that_cannot_be_run(void **state)
{
	static const char *const paths[] = { "/nonexistent/hook", FOLDER, FOLDER "/plain" };
	FILE *f = fopen(FOLDER "/plain", "w");

	(void)state;
	assert_non_null(f);
	fclose(f);
	for (size_t i = 0; i < COUNT(paths); i++) {
		const char *const argv[] = { paths[i], NULL };
		emsign_solver *solver;

		assert_int_equal(make(argv, NULL, &solver), EMSIGN_OK);
		assert_int_equal(emsign_solver_present(solver, &challenge, &err), EMSIGN_E_IO);
		assert_non_null(strstr(err.message, "cannot run '"));
		assert_non_null(strstr(err.message, paths[i]));
		emsign_solver_free(solver);
	}
}

/* An application that lets the system forget its children. */
static void test_a_status_that_was_taken_away_is_no_success(void **state)
{
	void (*before)(int) = signal(SIGCHLD, SIG_IGN);
	emsign_rc rc = hook("exit 0");

	(void)state;
	signal(SIGCHLD, before);
	assert_int_equal(rc, EMSIGN_E_IO);
	assert_non_null(strstr(err.message, "cannot learn the end of '/bin/sh'"));
}

/* --- hooks that hang ---------------------------------------------------------------------- */

/*
 * Runs a hook that tells through a pipe with a name that it is at work, and then never ends. With
 * more time each time, should the machine be so busy that it did not get that far.
 */
static void hang(const char *script)
{
	char said = 0;
	int fd;

	(void)unlink(FOLDER "/fifo");
	assert_int_equal(mkfifo(FOLDER "/fifo", 0600), 0);
	fd = open(FOLDER "/fifo", O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	for (int ms = 100; !said; ms *= 2) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%d", ms);
		assert_int_equal(hook_for(script, text, PRESENT), EMSIGN_E_TIMEOUT);
		assert_non_null(strstr(err.message, "'/bin/sh' was killed: it took longer than"));
		(void)read(fd, &said, 1);
	}
	/* its children held the pipe open: they are gone, too */
	for (struct pollfd p = { .fd = fd, .events = POLLIN }; poll(&p, 1, -1) == 1;)
		if (read(fd, &said, 1) == 0)
			break;
	close(fd);
}

static void test_p45_a_hook_that_hangs_is_killed_with_its_children(void **state)
{
	(void)state;
	hang("exec 9> " FOLDER "/fifo; sleep 1000 & (sleep 1000; true) & echo x >&9; wait");
	hang("exec 9> " FOLDER "/fifo; exec 2>&-; echo x >&9; while :; do sleep 1000; done");
	hang("trap '' TERM HUP INT; exec 9> " FOLDER "/fifo; echo x >&9; while :; do sleep 1000; "
	     "done");
}

static void test_p45_a_hook_that_writes_without_end_is_killed(void **state)
{
	(void)state;
	hang("exec 9> " FOLDER "/fifo; echo x >&9; while :; do echo busy; done >&2");
}

/* It is through; what it left behind in the background is not waited for. */
static void test_p45_a_hook_that_leaves_somebody_behind(void **state)
{
	static const char *const scripts[] = {
		"sleep 1000 & echo $! > " FOLDER "/pid; exit 0",
		"yes >&2 & echo $! > " FOLDER "/pid; exit 0",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(scripts); i++) {
		int pid = 0;
		FILE *f;

		assert_int_equal(hook(scripts[i]), EMSIGN_OK);
		f = fopen(FOLDER "/pid", "r");
		assert_non_null(f);
		assert_int_equal(fscanf(f, "%d", &pid), 1);
		fclose(f);
		assert_true(pid > 1);
		(void)kill(pid, SIGKILL); /* unless the broken pipe has ended it */
	}
}

/* --- what is given ------------------------------------------------------------------------ */

static void test_arguments_are_checked(void **state)
{
	static const struct {
		const char *argv[2];
		emsign_kv options[2];
		const char *sentence;
	} rows[] = {
		{ { NULL }, { { NULL, NULL } }, "the path of a program is needed" },
		{ { "" }, { { NULL, NULL } }, "the path of a program is needed" },
		{ { "hook.sh" }, { { NULL, NULL } }, "'hook.sh' is no path" },
		{ { "/bin/true" }, { { "timeout", "1" } }, "(did you mean 'timeout_ms'?)" },
		{ { "/bin/true" }, { { "timeout_ms", "0" } }, "timeout_ms" },
		{ { "/bin/true" }, { { "timeout_ms", "soon" } }, "timeout_ms" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		emsign_solver *solver = (void *)&err;

		assert_int_equal(emsign_solver_command(rows[i].argv, rows[i].options, &solver,
						       &err),
				 EMSIGN_E_INVALID);
		assert_null(solver);
		if (!strstr(err.message, rows[i].sentence))
			fail_msg("'%s' lacks '%s'", err.message, rows[i].sentence);
	}
}

static void test_a_file_challenge_is_refused(void **state)
{
	static const char *const argv[] = { "/bin/false", NULL };
	const emsign_challenge http = { .domain = "www.example.com", .method = "http",
					.file_name = "a", .file_content = "b" };
	emsign_solver *solver;

	(void)state;
	assert_int_equal(make(argv, NULL, &solver), EMSIGN_OK);
	assert_int_equal(emsign_solver_present(solver, &http, &err), EMSIGN_E_INVALID);
	assert_non_null(strstr(err.message, "method 'dns'"));
	assert_int_equal(emsign_solver_cleanup(solver, &http, &err), EMSIGN_OK);
	emsign_solver_free(solver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(test_it_is_called_as_lego_calls_its_hooks),
		COMMAND_TEST(test_there_is_no_shell_between),
		COMMAND_TEST(test_its_surroundings_are_clean),
		COMMAND_TEST(test_signals_are_as_from_the_start),
		COMMAND_TEST(test_standard_files_may_be_closed_here),
		COMMAND_TEST(test_a_status_is_told_with_the_last_line),
		COMMAND_TEST(test_much_output_is_read_and_forgotten),
		COMMAND_TEST(test_programs_that_cannot_be_run),
		COMMAND_TEST(test_a_status_that_was_taken_away_is_no_success),
		COMMAND_TEST(test_p45_a_hook_that_hangs_is_killed_with_its_children),
		COMMAND_TEST(test_p45_a_hook_that_writes_without_end_is_killed),
		COMMAND_TEST(test_p45_a_hook_that_leaves_somebody_behind),
		COMMAND_TEST(test_arguments_are_checked),
		COMMAND_TEST(test_a_file_challenge_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
