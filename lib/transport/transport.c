/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"

struct emsign_transport {
	emsign_transport_ops ops;
	void *self;
	atomic_size_t refs;
};

emsign_rc emsign_transport_new(const emsign_transport_ops *ops, void *self, emsign_transport **out,
			       emsign_error *err)
{
	/* A table of an older program ends earlier, one of a newer program later than ours. */
	const size_t shortest = offsetof(emsign_transport_ops, start) + sizeof(ops->start);
	emsign_transport *transport;

	*out = NULL;
	if (!ops || ops->size < shortest || !ops->start)
		return ems_fail(err, EMSIGN_E_INVALID,
				"a transport needs a table with its size and a start function");
	transport = ems_alloc(sizeof(*transport));
	if (!transport)
		return ems_fail_nomem(err);
	memcpy(&transport->ops, ops,
	       ops->size < sizeof(transport->ops) ? ops->size : sizeof(transport->ops));
	transport->ops.size = sizeof(transport->ops);
	transport->self = self;
	atomic_init(&transport->refs, 1);
	*out = transport;
	return ems_ok(err);
}

emsign_transport *ems_transport_ref(emsign_transport *transport)
{
	if (transport)
		atomic_fetch_add(&transport->refs, 1);
	return transport;
}

void emsign_transport_free(emsign_transport *transport)
{
	if (!transport || atomic_fetch_sub(&transport->refs, 1) > 1)
		return;
	if (transport->ops.destroy)
		transport->ops.destroy(transport->self);
	ems_free(transport);
}

emsign_rc ems_transport_start(emsign_transport *transport, emsign_exchange *exchange,
			      emsign_error *err)
{
	ems_ok(err);
	return transport->ops.start(transport->self, exchange, err);
}

bool ems_transport_cancel(emsign_transport *transport, emsign_exchange *exchange)
{
	if (!transport->ops.cancel)
		return false;
	transport->ops.cancel(transport->self, exchange);
	return true;
}

emsign_rc ems_transport_drive(emsign_transport *transport, int timeout_ms, emsign_error *err)
{
	ems_ok(err);
	if (!transport->ops.drive)
		return EMSIGN_OK;
	return transport->ops.drive(transport->self, timeout_ms, err);
}

bool ems_transport_has_drive(const emsign_transport *transport)
{
	return transport->ops.drive != NULL;
}

int ems_transport_fd(emsign_transport *transport)
{
	return transport->ops.fd ? transport->ops.fd(transport->self) : -1;
}
