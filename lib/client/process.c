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
	char host[24] = "";

	out[0] = '\0';
	if (!read_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)) ||
	    !read_start(pid, start, sizeof(start)))
		return false;
	(void)gethostname(host, sizeof(host) - 1);
	snprintf(out, EMS_PROCESS_TEXT, "%s:%s:%s:%s", boot, pid, start, host);
	return true;
}

void ems_process_self(char out[EMS_PROCESS_TEXT])
{
	char pid[24];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)describe(pid, out);
}

enum ems_process ems_process_look(const char *name)
{
	char self[EMS_PROCESS_TEXT];
	char now[EMS_PROCESS_TEXT];
	char digits[24] = "";
	const char *pid = name ? strchr(name, ':') : NULL;
	const char *start = pid ? strchr(pid + 1, ':') : NULL;
	const char *host = start ? strchr(start + 1, ':') : NULL;

	ems_process_self(self);
	if (!host || !self[0])
		return EMS_PROCESS_UNKNOWN;
	if (strcmp(name, self) == 0)
		return EMS_PROCESS_SELF;
	if (!ems_text_ends(self, host))
		return EMS_PROCESS_UNKNOWN;
	snprintf(digits, sizeof(digits), "%.*s", (int)(start - pid - 1), pid + 1);
	if (ems_text_digits(digits, 1, 20) && describe(digits, now) && strcmp(now, name) == 0)
		return EMS_PROCESS_OTHER;
	return EMS_PROCESS_GONE;
}

bool ems_process_is_other(const char *name)
{
	return ems_process_look(name) == EMS_PROCESS_OTHER;
}
