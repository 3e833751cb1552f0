#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Orders one certificate and waits until it is there.

    order.py STORE KEY-FILE CREDENTIAL PRODUCT DOMAIN WEB-ROOT

The credential was added before, e.g. with `emsign credential add`. Control of the domain is proven
by a file below WEB-ROOT, which the domain's web server has to serve.
"""
import sys
import time

import emsign


def order(store, key_file, credential, product, domain, root):
    with emsign.Client(store=store, key_file=key_file) as client:
        account = client.account(credential)
        order = account.place(product=product, domain=domain, key="EC:P-256")
        client.set_solver("http", emsign.Solver.webroot(root))
        order = account.validate(order.id)
        while order.status != emsign.STATUS_ISSUED:
            time.sleep(0.5)
            order = account.refresh(order.id)
        print(order.id, "is", order.status_name)


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    try:
        order(*sys.argv[1:])
    except emsign.InDoubtError as error:
        sys.exit(f"{error}; run this again: it settles what happened and never orders twice")
    except emsign.Error as error:
        sys.exit(f"{error} {error.ca_code}")
