/* SPDX-License-Identifier: MIT */
/* Files: read whole, written in one step. */
#ifndef EMS_CLIENT_FILE_H
#define EMS_CLIENT_FILE_H

#include "base/buf.h"

/** Reads a file of at most buf->max bytes. Errors: EMSIGN_E_IO, EMSIGN_E_INVALID (too long). */
emsign_rc ems_file_read(const char *path, struct ems_buf *buf, emsign_error *err);

/** Writes a file of mode 0600 in one step: temporary file, fsync, rename, fsync of the folder. */
emsign_rc ems_file_save(const char *path, const void *bytes, size_t len, emsign_error *err);

#endif
