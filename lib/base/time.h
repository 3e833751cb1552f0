/* SPDX-License-Identifier: MIT */
/* Dates without the C library's time zones: everything is UTC. */
#ifndef EMS_BASE_TIME_H
#define EMS_BASE_TIME_H

#include <emsign/base.h>
#include <stdbool.h>

#define EMS_TIME_TEXT 32 /* room for any of the texts below */

/* What lies beyond the years 1 to 9999 is written as their first or last second. */
#define EMS_TIME_MIN INT64_C(-62135596800)
#define EMS_TIME_MAX INT64_C(253402300799)

/**
 * Reads "2026-01-15", "2026-01-15 10:20:30" and "2026-01-15T10:20:30". A time may lack its seconds
 * or have a fraction behind them, and may end with "Z", "+05:30" or "+0530". Without a zone it is
 * UTC.
 * Returns false when it is none of these or an impossible date.
 */
bool ems_time_parse(const char *text, int64_t *out);

/** "2026-01-15T10:20:30+00:00", the form of the v1 envelope. */
void ems_time_offset(int64_t t, char out[EMS_TIME_TEXT]);

/** "2026-01-15T10:20:30Z". */
void ems_time_rfc3339(int64_t t, char out[EMS_TIME_TEXT]);

/** "2026-01-15". */
void ems_time_date(int64_t t, char out[EMS_TIME_TEXT]);

/** The same day and time some years later; 29 February becomes 28 where there is none. */
int64_t ems_time_add_years(int64_t t, int64_t years);

/** Unix seconds of a civil date; the parts must be valid. */
int64_t ems_time_civil(int64_t year, unsigned month, unsigned day, unsigned hour, unsigned minute,
		       unsigned second);

#endif
