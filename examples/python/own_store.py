#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A store of one's own, here a dict. A database, a registry or a file has the same methods."""
import emsign


class DictStore:
    def __init__(self):
        self.rows = {}

    def put(self, kind, id, row):
        self.rows[kind, id] = row

    def get(self, kind, id):
        return self.rows[kind, id]  # KeyError says that there is none

    def remove(self, kind, id):
        del self.rows[kind, id]

    def scan(self, kind, filter, after, limit):
        ids = (i for k, i in self.rows if k == kind and (after is None or i > after))
        for id in sorted(ids):
            row = self.rows[kind, id]
            if all(row.get(name) in values for name, values in filter.items()):
                yield id, row  # the library takes as many as it wants


store = DictStore()
with emsign.Client(store=store, sealing_key=b"a sealing key that is an example") as client:
    client.credential_add("example", region="sandbox", account="1234567890",
                          secret=b"EXAMPLE-ACCESS-KEY")
    for kind, id in sorted(store.rows):
        print(kind, id)
