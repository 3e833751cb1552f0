# SPDX-License-Identifier: MIT
"""The life of certificates from the emSign CA (eMudhra CERTInext).

    with emsign.Client(store="sqlite:orders.db", key_file="sealing.key") as client:
        account = client.account("example")
        order = account.place(product="842", domain="www.example.com")
        for order in client.scan("orders", status=emsign.STATUS_ISSUED):
            print(order.id, order.not_after_utc)

Errors are raised as emsign.Error or one of its subclasses. A client and what is opened on it serve
one thread at a time; another one gets StateError. Calls that take long let other threads run.
"""
from ._native import *  # noqa: F403
from ._native import keystore_save, version
from ._errors import *  # noqa: F403
from ._facts import Event, Request
from ._handles import keystore_pack

__version__ = version()
