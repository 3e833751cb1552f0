/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON: a sticky writer that knows commas and escapes. Names may be NULL inside arrays and
 * at the top. A value of NULL is left out together with its name.
 */
#ifndef EMS_BASE_JSONOUT_H
#define EMS_BASE_JSONOUT_H

#include "base/buf.h"

struct ems_jsonout {
	struct ems_buf *buf;
	bool comma; /* the next value needs one before it */
};

void ems_jsonout_open(struct ems_jsonout *j, const char *name);  /* { */
void ems_jsonout_close(struct ems_jsonout *j);                   /* } */
void ems_jsonout_list(struct ems_jsonout *j, const char *name);  /* [ */
void ems_jsonout_list_close(struct ems_jsonout *j);              /* ] */
void ems_jsonout_text(struct ems_jsonout *j, const char *name, const char *value);
void ems_jsonout_int(struct ems_jsonout *j, const char *name, int64_t value);
void ems_jsonout_raw(struct ems_jsonout *j, const char *name, const char *json);

#endif
