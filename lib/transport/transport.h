/* SPDX-License-Identifier: MIT */
/* The handle around a transport's table. */
#ifndef EMS_TRANSPORT_TRANSPORT_H
#define EMS_TRANSPORT_TRANSPORT_H

#include <emsign/transport.h>
#include <stdbool.h>

/** Another reference; NULL gives NULL. */
emsign_transport *ems_transport_ref(emsign_transport *transport);

emsign_rc ems_transport_start(emsign_transport *transport, emsign_exchange *exchange,
			      emsign_error *err);
/** Without the slot: nothing; the exchange must then stay alive until it is done. */
bool ems_transport_cancel(emsign_transport *transport, emsign_exchange *exchange);
/** Without the slot: EMSIGN_OK at once. */
emsign_rc ems_transport_drive(emsign_transport *transport, int timeout_ms, emsign_error *err);
bool ems_transport_has_drive(const emsign_transport *transport);
/** Without the slot: -1. */
int ems_transport_fd(emsign_transport *transport);

#endif
