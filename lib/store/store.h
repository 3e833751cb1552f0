/* SPDX-License-Identifier: MIT */
/* The built-in stores, behind emsign_store_open(). */
#ifndef EMS_STORE_STORE_H
#define EMS_STORE_STORE_H

#include <emsign/store.h>
#include <stdbool.h>

/** Another reference; NULL gives NULL. */
emsign_store *ems_store_ref(emsign_store *store);

emsign_rc ems_store_memory(emsign_store **out, emsign_error *err);
emsign_rc ems_store_sqlite(const char *path, emsign_store **out, emsign_error *err);

/** Compare and swap made of the other slots; `in_transaction`: one is open already. */
emsign_rc ems_store_swap(const emsign_store_ops *ops, void *self, bool in_transaction,
			 const char *kind, const char *id, const emsign_kv *expect,
			 const emsign_kv *row, emsign_error *err);

/** Does a row pass a filter, as emsign_store_ops.scan describes it? */
bool ems_store_passes(const emsign_kv *filter, const emsign_kv *row);

#endif
