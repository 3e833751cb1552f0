/* SPDX-License-Identifier: MIT */
/* Checking what a caller says against fields.def, before anything is sent. */
#ifndef EMS_MODEL_FIELDS_H
#define EMS_MODEL_FIELDS_H

#include <emsign/client.h>

#include "base/kv.h"

enum ems_fields_mode {
	EMS_FIELDS_WHOLE, /* fields that must be given have to be there; presets are filled in */
	EMS_FIELDS_PART   /* a change: only what is given; an empty value removes what may lack */
};

/**
 * Checks and normalises: names become A-labels, choices and yes/no take their spelling, numbers
 * lose leading zeros. Fields come out in the order of fields.def.
 *   out  an empty list; freed by the caller, also on failure
 * Errors: EMSIGN_E_INVALID naming the field, the value and what would be right.
 */
emsign_rc ems_fields_check(const char *scope, enum ems_fields_mode mode, const emsign_kv *said,
			   struct ems_kvlist *out, emsign_error *err);

#endif
