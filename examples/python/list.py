#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lists what is known as JSON, one record per line.

    list.py STORE KIND [NAME=VALUE]...
"""
import sys

import emsign

if len(sys.argv) < 3:
    sys.exit(__doc__)
with emsign.Client(store=sys.argv[1]) as client:
    for record in client.scan(sys.argv[2], dict(said.split("=", 1) for said in sys.argv[3:])):
        print(record.to_json())
