/* SPDX-License-Identifier: MIT */
/* Everything. Each header also stands alone. */
#ifndef EMSIGN_H
#define EMSIGN_H

#include <emsign/base.h>
#include <emsign/certificate.h>
#include <emsign/client.h>
#include <emsign/key.h>
#include <emsign/keystore.h>
#include <emsign/record.h>
#include <emsign/secret.h>
#include <emsign/solver.h>
#include <emsign/store.h>
#include <emsign/transport.h>

#endif
