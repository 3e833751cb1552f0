/* SPDX-License-Identifier: MIT */
/* Secrets in locked memory. */
#ifndef EMS_BASE_SECRET_H
#define EMS_BASE_SECRET_H

#include <emsign/secret.h>

/** Another reference to the same secret; NULL gives NULL. */
emsign_secret *ems_secret_ref(emsign_secret *secret);

/**
 * A secret of len bytes that fill() writes straight into locked memory, so that no copy stays
 * elsewhere. fill may set *len to less.
 */
emsign_rc ems_secret_make(size_t len, emsign_rc (*fill)(void *ud, void *bytes, size_t *len),
			  void *ud, emsign_secret **out, emsign_error *err);

#endif
