# SPDX-License-Identifier: MIT
"""What a callback raises comes out as itself, from every slot that the headers have."""
import os
import re
import sys
import traceback
import unittest

import emsign
from support import ACCESS_KEY, HERE, SEALING_KEY, Answering, Case, DictStore, client

INCLUDE = os.path.join(HERE, '..', '..', '..', 'include', 'emsign')


def raising(what):
    def slot(*args):
        raise what
    return slot


# Each takes what to raise, has one slot raise it, and makes the call that runs the slot.

def in_store(slot, call):
    def run(what):
        store = DictStore()
        store.cas = lambda kind, id, expect, row: None
        with client(store=store) as c, emsign.Store(store) as handle:
            setattr(store, slot, raising(what))
            try:
                call(c, handle)
            finally:
                delattr(store, slot)
                if slot != 'close':
                    assert c.get('credential', 'demo').id == 'demo'  # it goes on
    return run


def in_transport(slot, call):
    class Later:
        """Begins in start() and answers in drive()."""
        def start(self, exchange):
            self.exchange = exchange

        def drive(self, timeout_ms):
            Answering().start(self.exchange)

        def fd(self):
            return 0

        def cancel(self, exchange):
            pass

    def run(what):
        transport = Later()
        setattr(transport, slot, raising(what))
        with client(transport=transport, attempts=1) as c:
            call(c)
    return run


def canceled(c):
    op = c.account('demo').begin('test')
    op.submit(None)
    c.dispatch(0)
    op.cancel()


def in_secret(slot):
    def run(what):
        class Vault:
            def fetch(self):
                return ACCESS_KEY
        vault = Vault()
        setattr(vault, slot, raising(what))
        with emsign.Secret(SEALING_KEY) as key:
            key.seal('x', vault)
    return run


def in_world(slot):
    class World:
        def __init__(self):
            self.ms = 1768472430000

        def now_ms(self):
            return self.ms

        def random(self, n):
            return bytes(n)

        def wait(self, ms):
            self.ms += ms

    def run(what):
        with client(transport=Answering(status=503), attempts=2) as c:
            world = World()
            setattr(world, slot, raising(what))
            c.set_world(world)
            try:
                c.account('demo').test()
            finally:
                c.set_world(World())
    return run


def in_event(what):
    with client(transport=Answering()) as c:
        c.on_event(raising(what))
        c.account('demo').test()


def in_log(what):
    with client(transport=Answering()) as c:
        c.on_log(emsign.LOG_DEBUG, raising(what))
        c.account('demo').test()


def in_each(what):
    with client() as c:
        c.each('credential', fn=raising(what))


def in_done(what):
    with client(transport=Answering()) as c:
        c.account('demo').begin('test').submit(raising(what))
        c.dispatch(-1)


SLOTS = {
    'store_ops.put': in_store('put', lambda c, s: c.credential_update('demo', group='1')),
    'store_ops.get': in_store('get', lambda c, s: c.get('credential', 'demo')),
    'store_ops.scan': in_store('scan', lambda c, s: list(c.scan('credential'))),
    'store_ops.remove': in_store('remove', lambda c, s: c.credential_remove('demo')),
    'store_ops.begin': in_store('begin', lambda c, s: c.credential_update('demo', group='1')),
    'store_ops.end': in_store('end', lambda c, s: c.credential_update('demo', group='1')),
    'store_ops.cas': in_store('cas', lambda c, s: s.cas('order', 'x/1', None, {'url': 'u'})),
    'transport_ops.start': in_transport('start', lambda c: c.account('demo').test()),
    'transport_ops.drive': in_transport('drive', lambda c: c.account('demo').test()),
    'transport_ops.fd': in_transport('fd', lambda c: c.fd()),
    'secret_source.fetch': in_secret('fetch'),
    'world.now_ms': in_world('now_ms'),
    'world.random': in_world('random'),
    'world.wait': in_world('wait'),
    'event_fn': in_event,
    'record_fn': in_each,
    'done_fn': in_done,
}
# Nobody waits for their answer: the exception goes to sys.unraisablehook.
TOLD = {
    'store_ops.destroy': in_store('close', lambda c, s: (c.close(), s.close())),
    'transport_ops.destroy': in_transport('close', lambda c: c.close()),
    'transport_ops.cancel': in_transport('cancel', canceled),
    'secret_source.destroy': in_secret('close'),
    'log_fn': in_log,
}
# Not a script's own code.
OURS = {'row_fn', 'secret_fn', 'drop_fn'}


def declared():
    """Every slot of the tables, and every type of callback."""
    for name in sorted(os.listdir(INCLUDE)):
        with open(os.path.join(INCLUDE, name), encoding='utf-8') as file:
            text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
        for table, body in re.findall(
                r'typedef struct emsign_(store_ops|transport_ops|secret_source|world) \{(.*?)\n\}',
                text, re.S):
            yield from (f'{table}.{slot}' for slot in re.findall(r'\(\*(\w+)\)\(', body))
        yield from re.findall(r'^typedef [^;{]*\(\*emsign_(\w+_fn)\)\(', text, re.M)


class Boom(Exception):
    """What only a test raises."""


class Raising(Case):
    def test_every_slot_is_here(self):
        self.assertEqual(set(declared()) - OURS, set(SLOTS) | set(TOLD))

    def test_exceptions_of_the_script(self):
        for name, run in SLOTS.items():
            what = Boom(name)
            with self.subTest(name), self.assertRaises(Boom) as caught:
                run(what)
            self.assertIs(caught.exception, what)

    def test_errors_of_emsign(self):
        for name, run in SLOTS.items():
            what = emsign.DeniedError(name)
            with self.subTest(name):
                with self.assertRaises(emsign.DeniedError) as caught:
                    run(what)
                self.assertIs(caught.exception, what)

    def test_where_nobody_waits(self):
        seen = []
        hook = sys.unraisablehook
        sys.unraisablehook = lambda unraisable: seen.append(unraisable.exc_value)
        self.addCleanup(setattr, sys, 'unraisablehook', hook)
        for name, run in TOLD.items():
            for what in Boom(name), emsign.DeniedError(name):
                seen.clear()
                with self.subTest(name):
                    run(what)
                    self.assertTrue(seen)
                    self.assertTrue(all(one is what for one in seen))

    def test_traceback_leads_to_the_callback(self):
        try:
            SLOTS['store_ops.get'](Boom())
        except Boom as boom:
            self.assertEqual(traceback.extract_tb(boom.__traceback__)[-1].name, 'slot')

    def test_an_error_that_the_library_handles_is_over(self):
        """The next attempt is made, the clock is right, and of two errors the last comes out."""
        class World:
            ms = 1768472430000

            def now_ms(self):
                return self.ms

            def random(self, n):
                return bytes(n)

            def wait(self, ms):
                self.ms += ms

        class Failing(Answering):
            def __init__(self, *errors):
                super().__init__()
                self.errors = list(errors)

            def start(self, exchange):
                if self.errors:
                    raise self.errors.pop(0)
                super().start(exchange)

        first, second = emsign.NetworkError('no route'), emsign.NetworkError('still none')
        with client(transport=Failing(first), attempts=2) as c:
            c.set_world(World())
            c.account('demo').test()
            tested = c.get('credential', 'demo').tested_at * 1000
            self.assertTrue(World.ms <= tested < World.ms + 60000, tested)
        with client(transport=Failing(first, second), attempts=2) as c:
            c.set_world(World())
            with self.assertRaises(emsign.NetworkError) as caught:
                c.account('demo').test()
            self.assertIs(caught.exception, second)

    def test_what_was_sent_before_is_in_doubt(self):
        """No transport that breaks in the middle makes an order be placed twice."""
        class Breaking:
            promise = False
            error = None
            asked = []

            def start(self, exchange):
                self.asked.append(exchange.request().url.rsplit('/', 1)[1])
                if self.promise:
                    exchange.unsent()
                raise self.error

        form = {'product': '842', 'domain': 'www.example.com'}
        for promise, error, first, then in (
                (False, emsign.NetworkError('cut'), emsign.InDoubtError, 'GetOrderReport'),
                (False, Boom('cut'), Boom, 'GetOrderReport'),
                (True, emsign.NetworkError('no route'), emsign.NetworkError, 'GenerateOrderSSL')):
            transport = Breaking()
            transport.promise, transport.error = promise, error
            with self.subTest(repr(error)), client(transport=transport, attempts=1) as c:
                for _ in range(2):
                    with self.assertRaises((first, type(error))):
                        c.account('demo').place(form)
                self.assertEqual(transport.asked[-2:], ['GenerateOrderSSL', then])


if __name__ == '__main__':
    unittest.main()
