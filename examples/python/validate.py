#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A solver of one's own: it proves the names of an order by TXT records in the file of a name
server that takes a "NAME VALUE" on each line.

    validate.py STORE KEY-FILE CREDENTIAL ORDER ZONE-FILE
"""
import pathlib
import sys

import emsign


class ZoneFile:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def lines(self):
        return self.path.read_text().splitlines(keepends=True)

    def present(self, challenge):
        """Adds one value; others at the same name stay."""
        with self.path.open("a") as zone:
            zone.write(f"{challenge.record_name} {challenge.record_value}\n")
        print(f"{challenge.domain}: published")

    def cleanup(self, challenge):
        """Takes this one value away, however often it was added."""
        mine = f"{challenge.record_name} {challenge.record_value}\n"
        self.path.write_text("".join(line for line in self.lines() if line != mine))
        print(f"{challenge.domain}: taken away")


def validate(store, key_file, credential, order, zone):
    with emsign.Client(store=store, key_file=key_file) as client:
        client.set_solver("dns", ZoneFile(zone))
        print(f"{client.account(credential).validate(order).id}: every name is proven")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    validate(*sys.argv[1:])
