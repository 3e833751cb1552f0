# SPDX-License-Identifier: MIT
"""Nothing grows, nothing is left, and an interpreter that ends with live objects ends well."""
import gc
import os
import resource
import subprocess
import sys
import unittest

import emsign
from support import ACCESS_KEY, HERE, Answering, Case, DictStore, client

SANITIZED = 'asan' in os.environ.get('LD_PRELOAD', '')
ROUNDS = 2000 if SANITIZED else 20000


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
        if not SANITIZED:  # it keeps what was freed for a while
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

    def test_questions(self):
        transport = Answering()
        with client(transport=transport) as c:
            account = c.account('demo')

            def call():
                account.test()
                transport.requests.clear()

            self.grows(call)

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


@unittest.skipUnless(SANITIZED, 'only in a build with ASan')
class Left(Case):
    """What LeakSanitizer finds when other tests have ended: one object of SWIG's own."""

    def test_nothing(self):
        suppressions = self.path('suppressions')
        with open(suppressions, 'w', encoding='ascii') as file:
            file.write('leak:SWIG_Python_DestroyModule\n')
        env = {**os.environ, 'ASAN_OPTIONS': 'detect_leaks=1:fast_unwind_on_malloc=0',
               'LSAN_OPTIONS': 'suppressions=' + suppressions}
        for name in ('values', 'plugs', 'raising'):
            with self.subTest(name):
                self.run_test(name, env)

    def run_test(self, name, env):
        for _ in range(5):  # its tracer sometimes breaks at the end of a process
            run = subprocess.run([sys.executable, os.path.join(HERE, f'test_{name}.py')], env=env,
                                 capture_output=True, text=True, timeout=300, check=False)
            if 'LeakSanitizer has encountered a fatal error' not in run.stderr:
                break
        self.assertEqual(run.returncode, 0, run.stderr[-4000:])


class Shutdown(Case):
    def run_script(self, text):
        run = subprocess.run([sys.executable, '-X', 'dev', '-c', text], capture_output=True,
                             text=True, timeout=60, check=False)
        self.assertEqual((run.returncode, run.stderr), (0, ''), run.stdout)

    def test_live_objects(self):
        self.run_script('''
import emsign
class Store:
    rows = {}
    def put(self, kind, id, row): self.rows[kind, id] = row
    def get(self, kind, id): return self.rows.get((kind, id))
    def remove(self, kind, id): del self.rows[kind, id]
    def scan(self, kind, filter, after, limit):
        return [(i, row) for (k, i), row in sorted(self.rows.items()) if k == kind]
    def close(self): self.rows = None
class Transport:
    def start(self, exchange): self.exchange = exchange
    def drive(self, timeout_ms): pass
    def cancel(self, exchange): pass
    def close(self): pass
class Vault:
    def fetch(self): return b'EMSIGN-CANARY-x'
class World:
    def now_ms(self): return 1
    def random(self, n): return bytes(n)
client = emsign.Client(store=Store(), transport=Transport(), sealing_key=b'k' * 32)
client.on_event(lambda event: client)  # a circle that the collector does not see
client.on_log(7, print)
client.set_world(World())
client.credential_add('demo', region='us', account='1', secret=Vault())
account = client.account('demo')
records = client.scan('credential')
record = next(records)
keep = [client, emsign.Key.make('EC:P-256'), emsign.Secret(Vault()), account.begin('test')]
emsign.Client(store=Store()).close()
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
    unittest.main(verbosity=2)
