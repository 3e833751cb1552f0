/* SPDX-License-Identifier: MIT */
/* Who is at work: so that what a dead process left behind is told from what a live one is doing. */
#ifndef EMS_CLIENT_PROCESS_H
#define EMS_CLIENT_PROCESS_H

#include <stdbool.h>

#define EMS_PROCESS_TEXT 128

/** Names this process: boot, process id, start of the process, machine. "" when unknown. */
void ems_process_self(char out[EMS_PROCESS_TEXT]);

enum ems_process {
	EMS_PROCESS_SELF,
	EMS_PROCESS_OTHER,   /* runs on this machine */
	EMS_PROCESS_GONE,    /* was on this machine */
	EMS_PROCESS_UNKNOWN  /* on another machine, or it cannot be told */
};

enum ems_process ems_process_look(const char *name);

/**
 * Is that another process, and does it still run on this machine? What cannot be known, as of
 * another machine, counts as no.
 */
bool ems_process_is_other(const char *name);

#endif
