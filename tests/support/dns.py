# SPDX-License-Identifier: MIT
"""A name server of one zone: TXT records from a file that others write, a "NAME VALUE" per line."""
import os
import socket
import stat
import struct
import threading

from simulator import write

# Adds or removes one line; as lego's hooks are called.
HOOK = '''#!/bin/sh
set -eu
zone={zone}
case $1 in
present) grep -qxF "$2 $3" "$zone" || echo "$2 $3" >> "$zone" ;;
cleanup) grep -vxF "$2 $3" "$zone" > "$zone.new" || :; mv "$zone.new" "$zone" ;;
*) echo "what is $1?" >&2; exit 2 ;;
esac
'''


class Zone:
    """Answers until stop(); `address` is HOST:PORT, `hook` a program that changes the zone."""

    def __init__(self, folder):
        self.path = write(os.path.join(folder, 'zone'), '')
        self.hook = write(os.path.join(folder, 'hook'), HOOK.format(zone=self.path))
        os.chmod(self.hook, stat.S_IRWXU)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.address = '%s:%d' % self.socket.getsockname()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def values(self, name):
        with open(self.path, encoding='utf-8') as file:
            lines = [line.split() for line in file]
        return [value for owner, value in lines if owner.rstrip('.') == name]

    def answer(self, question):
        """The question with every value of its name; no name is compressed away but ours."""
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        values = self.values('.'.join(labels).lower())
        reply = question[:2] + struct.pack('!HHHHH', 0x8400, 1, len(values), 0, 0)
        reply += question[12:at + 5]
        for value in values:
            text = bytes([len(value)]) + value.encode()
            reply += struct.pack('!HHHIH', 0xc00c, 16, 1, 60, len(text)) + text
        return reply

    def serve(self):
        while True:
            question, peer = self.socket.recvfrom(4096)
            if not question:  # from stop()
                return
            self.socket.sendto(self.answer(question), peer)

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b'', self.socket.getsockname())
        self.thread.join()
        self.socket.close()
