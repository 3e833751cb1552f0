/* SPDX-License-Identifier: MIT */
#include "client/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* The start of a process stands this many words behind its name, which ends with the last ')'. */
#define START_WORD 20

static bool read_line(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return n > 0;
}

/* A process id is used again, the start of the process beside it is not. */
static bool read_start(const char *pid, char *out, size_t size)
{
	char path[64];
	char line[1024];
	const char *word;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	if (!read_line(path, line, sizeof(line)))
		return false;
	word = strrchr(line, ')');
	for (int i = 0; word && i < START_WORD; i++) {
		word = strchr(word, ' ');
		word += word != NULL;
	}
	if (!word)
		return false;
	snprintf(out, size, "%.*s", (int)strcspn(word, " "), word);
	return true;
}

static bool describe(const char *pid, char out[EMS_PROCESS_TEXT])
{
	char boot[40];
	char start[24];

	out[0] = '\0';
	if (!read_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)) ||
	    !read_start(pid, start, sizeof(start)))
		return false;
	snprintf(out, EMS_PROCESS_TEXT, "%s:%s:%s", boot, pid, start);
	return true;
}

void ems_process_self(char out[EMS_PROCESS_TEXT])
{
	char pid[24];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)describe(pid, out);
}

bool ems_process_is_other(const char *name)
{
	const char *pid = name ? strchr(name, ':') : NULL;
	char self[EMS_PROCESS_TEXT];
	char now[EMS_PROCESS_TEXT];
	char digits[24];

	if (!pid)
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(pid + 1, ":"), pid + 1);
	ems_process_self(self);
	return ems_text_digits(digits, 1, 20) && describe(digits, now) &&
	       strcmp(now, name) == 0 && strcmp(now, self) != 0;
}
