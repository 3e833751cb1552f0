/* SPDX-License-Identifier: MIT */
#include "program.h"

#include "fail.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

#define FILE_MAX (16 * 1024 * 1024)

static void become(const char *const *argv, const char *output)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(PROGRAM_MISSING - 1);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(PROGRAM_MISSING);
}

int program_run(const char *const *argv, const char *output)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		become(argv, output);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void program_write(const char *path, const emsign_buf *bytes)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes->data, 1, bytes->len, f), bytes->len);
	assert_int_equal(fclose(f), 0);
}

emsign_buf program_read(const char *path)
{
	struct ems_buf bytes = EMS_BUF(FILE_MAX);
	emsign_buf out;
	FILE *f = fopen(path, "rb");
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		ems_buf_char(&bytes, (char)c);
	fclose(f);
	assert_int_equal(bytes.rc, EMSIGN_OK);
	ems_buf_move(&bytes, &out);
	return out;
}
