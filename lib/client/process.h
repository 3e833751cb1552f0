/* SPDX-License-Identifier: MIT */
/* Who is at work: so that what a dead process left behind is told from what a live one is doing. */
#ifndef EMS_CLIENT_PROCESS_H
#define EMS_CLIENT_PROCESS_H

#include <stdbool.h>

#define EMS_PROCESS_TEXT 96

/** Names this process: boot of the machine, process id, start of the process. "" when unknown. */
void ems_process_self(char out[EMS_PROCESS_TEXT]);

/**
 * Is that another process, and does it still run on this machine? What cannot be known, as of
 * another machine, counts as no.
 */
bool ems_process_is_other(const char *name);

#endif
