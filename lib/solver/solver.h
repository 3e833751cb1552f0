/* SPDX-License-Identifier: MIT */
/* The handle around a solver's table. */
#ifndef EMS_SOLVER_SOLVER_H
#define EMS_SOLVER_SOLVER_H

#include <emsign/solver.h>

/** Another reference; NULL gives NULL. */
emsign_solver *ems_solver_ref(emsign_solver *solver);

#endif
