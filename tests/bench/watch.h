/* SPDX-License-Identifier: MIT */
/*
 * Looks over the library's shoulder: what it tells SQLite. In the measured program both do nothing;
 * in its twin `import-watched`, which is run once and not measured, they find out how many rows go
 * into one transaction and with which pragmas, so that the SQLite floor does as the library does,
 * whatever that is at the time.
 */
#ifndef WATCH_H
#define WATCH_H

void watch_start(void);
void watch_tell(void); /* one more line of JSON */

#endif
