# SPDX-License-Identifier: MIT
"""Nothing grows, nothing is left, and an interpreter that ends with live objects ends well."""
import gc
import os
import resource
import subprocess
import sys
import unittest

import emsign
from support import ACCESS_KEY, Answering, Case, DictStore, client

ROUNDS = 20000


def resident_kib():
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


class Growth(Case):
    """Each call a great many times; a leak of one object each would be a megabyte and more."""

    def grows(self, call, rounds=ROUNDS, limit_kib=1000):
        for _ in range(rounds // 10):
            call()
        gc.collect()
        objects, before = len(gc.get_objects()), resident_kib()
        for _ in range(rounds):
            call()
        gc.collect()
        self.assertLess(len(gc.get_objects()) - objects, 50)
        if 'asan' not in os.environ.get('LD_PRELOAD', ''):  # it keeps what was freed for a while
            self.assertLess(resident_kib() - before, limit_kib)

    def test_records_and_errors(self):
        with client() as c:
            def call():
                fact = c.get('credential', 'demo')
                assert fact.to_dict() and fact.created_at_utc
                try:
                    c.get('credential', 'other')
                except emsign.NotFoundError:
                    pass

            self.grows(call)

    def test_scans(self):
        with client() as c:
            self.grows(lambda: list(c.scan('credential', name=['demo', 'x'])))

    def test_closed_handles_in_calls(self):
        c = client()
        closed = emsign.Secret(ACCESS_KEY)
        closed.close()

        def call():
            try:
                c.credential_add('x', {'account': '1'}, closed)
            except emsign.StateError:
                pass
            emsign.Secret(ACCESS_KEY)

        self.grows(call, 5000)

    def test_whole_clients(self):
        def call():
            with client(store=DictStore(), transport=Answering()) as c:
                c.on_event(lambda event: None)
                account = c.account('demo')
                account.test()
                account.begin('test').submit(lambda op, error: None)

        self.grows(call, 1000)

    def test_exceptions_of_callbacks(self):
        store = DictStore()
        with client(store=store) as c:
            def get(kind, id):
                raise ZeroDivisionError

            store.get = get

            def call():
                try:
                    c.get('credential', 'demo')
                except ZeroDivisionError:
                    pass

            self.grows(call)


class Shutdown(Case):
    def run_script(self, text):
        run = subprocess.run([sys.executable, '-X', 'dev', '-c', text], capture_output=True,
                             text=True, timeout=60, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ''), run.stdout)

    def test_live_objects(self):
        self.run_script('''
import emsign
class Store:
    def put(self, kind, id, row): pass
    def get(self, kind, id): return None
    def remove(self, kind, id): pass
    def scan(self, kind, filter, after, limit): return ()
    def close(self): pass
class Transport:
    def start(self, exchange): self.exchange = exchange
    def drive(self, timeout_ms): pass
    def cancel(self, exchange): pass
    def close(self): pass
client = emsign.Client(store=Store(), transport=Transport(), sealing_key=b'k' * 32)
client.on_event(lambda event: None)
client.on_log(7, print)
keep = [client, emsign.Key.make('EC:P-256')]
''')

    def test_operation_in_flight(self):
        self.run_script('''
import emsign
class Transport:
    def start(self, exchange): self.exchange = exchange
    def drive(self, timeout_ms): pass
    def cancel(self, exchange): pass
transport = Transport()
client = emsign.Client(transport=transport, sealing_key=b'k' * 32)
client.credential_add('demo', region='us', account='1', secret=b'EMSIGN-CANARY-x')
op = client.account('demo').begin('test')
op.submit(print)
client.dispatch(0)
''')


if __name__ == '__main__':
    unittest.main()
