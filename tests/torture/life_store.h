/* SPDX-License-Identifier: MIT */
/* A store around another one, which tells before and after each call of it. */
#ifndef TESTS_TORTURE_LIFE_STORE_H
#define TESTS_TORTURE_LIFE_STORE_H

#include <emsign/store.h>
#include <stdbool.h>

/** `slot` is the member of emsign_store_ops; `kind` is NULL for begin and end. */
typedef void (*life_store_fn)(void *ud, const char *slot, const char *kind, bool after);

/** Takes the inner store over; aborts when memory is short. */
emsign_store *life_store_new(emsign_store *inner, life_store_fn tell, void *ud);

#endif
