# SPDX-License-Identifier: MIT
"""Stores, transports, secrets, observers, clocks in Python: good ones and raising ones."""
import gc
import sys
import unittest
import weakref

import emsign
from support import ACCESS_KEY, SEALING_KEY, Answering, Case, DictStore, client


class Boom(Exception):
    """What only a test raises."""


def boom(*args, **more):
    raise Boom


def unraisable(case):
    """Collects what is told to sys.unraisablehook."""
    seen = []
    hook = sys.unraisablehook
    sys.unraisablehook = lambda what: seen.append(what.exc_type)
    case.addCleanup(setattr, sys, 'unraisablehook', hook)
    return seen


class Stores(Case):
    def test_store_in_use(self):
        store = DictStore()
        with client(store=store, transport=Answering()) as c:
            c.account('demo').test()
            self.assertIn(('credential', 'demo'), store.rows)
            self.assertNotIn('CANARY', str(store.rows))
            self.assertEqual([x.id for x in c.scan('credential')], ['demo'])
            with self.assertRaises(emsign.NotFoundError):
                c.get('credential', 'other')

    def test_cas(self):
        class Careful(DictStore):
            def cas(self, kind, id, expect, row):
                if self.rows.get((kind, id)) != expect:
                    raise emsign.ConflictError('somebody was faster')
                self.rows[kind, id] = row

        with emsign.Store(Careful()) as store:
            store.cas('order', 'a/1', None, {'url': 'u'})
            with self.assertRaisesRegex(emsign.ConflictError, 'faster'):
                store.cas('order', 'a/1', None, {'url': 'u'})

    def test_rows_that_are_none(self):
        class Odd(DictStore):
            row = None

            def get(self, kind, id):
                return self.row

            def scan(self, kind, filter, after, limit):
                return [('x/1', self.row)]

        store = Odd()
        with emsign.Client(store=store) as c:
            for row, kind in ((42, TypeError), ({'name': b'x'}, TypeError), ({1: 'x'}, TypeError),
                              ({'name': 'x\0'}, ValueError)):
                store.row = row
                with self.assertRaises(kind):
                    c.get('order', 'x/1')
                with self.assertRaises(kind):
                    c.scan('order')
            store.row = None
            with self.assertRaises(emsign.NotFoundError):
                c.get('order', 'x/1')
            with self.assertRaises(TypeError):
                c.scan('order')

    def test_store_is_closed_once(self):
        closed = []
        store = DictStore()
        store.close = lambda: closed.append(1)
        client(store=store).close()
        self.assertEqual(closed, [1])
        alive = weakref.ref(store)
        del store
        self.assertIsNone(alive())

    def test_failed_call_leaves_nothing_entered(self):
        closed = []
        store = DictStore()
        store.close = lambda: closed.append(1)
        handle, key = emsign.Store(store), emsign.Secret(SEALING_KEY)
        with client() as c:
            for call in (lambda: emsign.Client(store=handle, transport=42),
                         lambda: emsign.Client(store=handle, sealing_key=key, key_file=42),
                         lambda: emsign.Client({'nonsense': 1}, store=handle),
                         lambda: handle.put('order', 'x/1', 42),
                         lambda: c.credential_update('demo', 42, key)):
                with self.assertRaises((TypeError, emsign.InvalidError)):
                    call()
        handle.close()
        self.assertEqual(closed, [1])

    def test_close_that_raises(self):
        seen = unraisable(self)
        store = DictStore()
        store.close = boom
        client(store=store).close()
        self.assertEqual(seen, [Boom])

    def test_handle_closed_from_inside(self):
        class Closing(DictStore):
            client = None

            def get(self, kind, id):
                if self.client:
                    self.client.close()
                    with case.assertRaisesRegex(emsign.StateError, 'closed'):
                        self.client.get('order', 'x')
                return super().get(kind, id)

        case = self
        store = Closing()
        store.client = c = client(store=store)
        self.assertEqual(c.get('credential', 'demo').id, 'demo')
        with self.assertRaisesRegex(emsign.StateError, 'closed'):
            c.get('credential', 'demo')


class Transports(Case):
    def test_what_is_asked(self):
        transport = Answering()
        with client(transport=transport) as c:
            c.account('demo').test()
        request, = transport.requests
        self.assertEqual(request.method, 'POST')
        self.assertTrue(request.url.startswith('https://ca.example/emSignHub-API/'))
        self.assertTrue(request.headers['Content-Type'].startswith('application/json'))
        self.assertIn(b'"authKey"', request.body)
        self.assertNotIn(b'CANARY', request.body)

    def test_errors_are_handled_as_in_c(self):
        class Failing(Answering):
            def start(self, exchange):
                self.requests.append(exchange.request())
                if len(self.requests) == 1:
                    raise emsign.NetworkError('no route')
                super().start(exchange)

        transport = Failing()
        with client(transport=transport, attempts=1) as c:
            with self.assertRaisesRegex(emsign.NetworkError, 'no route'):
                c.account('demo').test()
            c.account('demo').test()

    def test_done_with_a_code(self):
        class Timing:
            def start(self, exchange):
                exchange.unsent()
                exchange.done(emsign.E_TIMEOUT, 'asleep')

        with client(transport=Timing(), attempts=1) as c:
            with self.assertRaisesRegex(emsign.TimeoutError, 'asleep'):
                c.account('demo').test()

    def test_exchange_is_over_when_it_is_done(self):
        kept = []

        class Keeping(Answering):
            def start(self, exchange):
                kept.append(exchange)
                super().start(exchange)

        with client(transport=Keeping()) as c:
            c.account('demo').test()
            for call in (kept[0].request, kept[0].done, lambda: kept[0].status(200)):
                with self.assertRaisesRegex(emsign.StateError, 'closed'):
                    call()

    def test_cancel_gets_what_start_got(self):
        class Never:
            def start(self, exchange):
                self.started = exchange

            def drive(self, timeout_ms):
                pass

            def cancel(self, exchange):
                self.canceled = exchange

        transport = Never()
        with client(transport=transport) as c:
            op = c.account('demo').begin('test')
            op.submit(None)
            c.dispatch(0)
            op.cancel()
        self.assertIs(transport.canceled, transport.started)

    def test_transport_handle(self):
        transport = emsign.Transport(Answering())
        for _ in range(2):
            with client(transport=transport) as c:
                c.account('demo').test()
        transport.close()
        with self.assertRaisesRegex(emsign.StateError, 'closed'):
            client(transport=transport)
        emsign.Transport.curl(connect_timeout_ms=100).close()
        with self.assertRaises(emsign.InvalidError):
            emsign.Transport.curl(nonsense=1)


class Secrets(Case):
    def test_source(self):
        class Vault:
            def __init__(self):
                self.asked = 0

            def fetch(self):
                self.asked += 1
                return ACCESS_KEY

        vault = Vault()
        key = emsign.Secret(SEALING_KEY)
        sealed = key.seal('x', vault)
        self.assertEqual(vault.asked, 1)
        key.unseal('x', sealed)
        vault.fetch = boom
        with self.assertRaises(Boom):
            key.seal('x', vault)
        vault.fetch = lambda: 'text'
        with self.assertRaises(TypeError):
            key.seal('x', vault)
        alive = weakref.ref(vault)
        del vault
        self.assertIsNone(alive())


class Observers(Case):
    def test_events(self):
        seen = []
        with client(transport=Answering()) as c:
            c.on_event(seen.append)
            c.account('demo').test()
            self.assertIn((emsign.EVENT_CALL, 'test'), [(e.type, e.verb) for e in seen])
            records = [e.record for e in seen if e.kind == 'credential']
            c.on_event(None)
            count = len(seen)
            c.account('demo').test()
            self.assertEqual(len(seen), count)
        self.assertTrue(all(r.id == 'demo' for r in records))

    def test_event_that_raises_stops_the_verb(self):
        with client(transport=Answering()) as c:
            c.on_event(boom)
            with self.assertRaises(Boom):
                c.account('demo').test()
            c.on_event(None)
            c.account('demo').test()

    def test_log(self):
        lines = []
        with client(transport=Answering()) as c:
            c.on_log(emsign.LOG_DEBUG, lambda *line: lines.append(line))
            c.account('demo').test()
            level, text, fields = lines[0]
            self.assertEqual((level, fields['verb']), (emsign.LOG_DEBUG, 'test'))
            seen = unraisable(self)
            c.on_log(emsign.LOG_DEBUG, boom)
            c.account('demo').test()
            self.assertIn(Boom, seen)
        self.assertNotIn('CANARY', str(lines))
        with self.assertRaises(TypeError):
            client().on_log(7, 'print')

    def test_observer_is_dropped(self):
        class Watch:
            def __call__(self, event):
                pass

        watch = Watch()
        alive = weakref.ref(watch)
        c = client()
        c.on_event(watch)
        del watch
        self.assertIsNotNone(alive())
        c.on_event(None)
        self.assertIsNone(alive())

    def test_done(self):
        told = []
        with client(transport=Answering()) as c:
            op = c.account('demo').begin('test')
            op.submit(lambda op, error: told.append((op, error)))
            with self.assertRaises(emsign.StateError):
                op.take()
            while not told:
                c.dispatch(-1)
            self.assertEqual(told, [(op, None)])
            self.assertIsNone(op.take())
            op = c.account('demo').begin('test')
            op.submit(boom)
            with self.assertRaises(Boom):
                op.cancel()
            with self.assertRaises(emsign.CanceledError):
                op.take()

    def test_done_gets_the_exception_of_a_callback(self):
        class Failing:
            start = boom

        told = []
        with client(transport=Failing()) as c:
            op = c.account('demo').begin('test')
            op.submit(lambda op, error: told.append(type(error)))
            c.dispatch(-1)
        self.assertEqual(told, [Boom])

    def test_submitted_operation_lives_until_it_is_done(self):
        told = []
        with client(transport=Answering()) as c:
            c.account('demo').begin('test').submit(lambda op, error: told.append(error))
            gc.collect()
            while not told:
                c.dispatch(-1)
        self.assertEqual(told, [None])


class Worlds(Case):
    class World:
        def __init__(self):
            self.waited = []

        def now_ms(self):
            return 1768472430000 + sum(self.waited)

        def random(self, n):
            return bytes(n)

        def wait(self, ms):
            self.waited.append(ms)

    def test_world(self):
        world = self.World()
        with client(transport=Answering(status=503), attempts=3) as c:
            c.set_world(world)
            c.credential_add('then', region='us', account='1', secret=ACCESS_KEY)
            self.assertEqual(c.get('credential', 'then').created_at, 1768472430)
            with self.assertRaises(emsign.Error):
                c.account('demo').test()
        self.assertEqual(len(world.waited), 2)

    def test_what_is_no_world(self):
        with client(transport=Answering()) as c:
            world = self.World()
            world.random = lambda n: b'short'
            c.set_world(world)
            with self.assertRaisesRegex(ValueError, 'random'):
                c.account('demo').test()
            with self.assertRaises(TypeError):
                c.set_world(object())

    def test_what_is_raised_comes_out_as_itself(self):
        class Halt(emsign.TimeoutError):
            """Of emsign's own kinds, which the library could take for its own."""

        def halt(*args):
            raise Halt('enough')

        for slot in ('now_ms', 'random', 'wait'):
            world = self.World()
            setattr(world, slot, halt)
            with client(transport=Answering(status=503), attempts=2) as c:
                c.set_world(world)
                with self.subTest(slot), self.assertRaisesRegex(Halt, 'enough'):
                    c.account('demo').test()
        with client(transport=Answering()) as c:
            c.on_event(halt)
            with self.assertRaisesRegex(Halt, 'enough'):
                c.account('demo').test()
            with self.assertRaisesRegex(Halt, 'enough'):
                c.each('credential', fn=halt)

    def test_a_wait_that_raises_leaves_the_operation_as_it_was(self):
        transport, world = Answering(status=503), self.World()
        with client(transport=transport, attempts=2) as c:
            c.set_world(world)
            op = c.account('demo').begin('test')
            world.wait = boom
            for _ in range(2):
                with self.assertRaises(Boom):
                    op.run()
            del world.wait
            transport.http_status = 200
            op.run()
        self.assertEqual(len(transport.requests), 2)

    def test_a_broken_clock_without_a_wait_of_its_own(self):
        class Clock:
            calls = 0

            def now_ms(self):
                self.calls += 1
                if self.calls > 20:
                    boom()
                return 1768472430000 + self.calls  # the pause is longer than twenty calls

            def random(self, n):
                return bytes(n)

        with client(transport=Answering(status=503), attempts=2, backoff_ms=500) as c:
            c.set_world(Clock())
            with self.assertRaises(Boom):
                c.account('demo').test()

    def test_an_error_that_the_library_deals_with_breaks_no_world(self):
        class Saying(DictStore):
            def get(self, kind, id):
                if (kind, id) not in self.rows:
                    raise emsign.NotFoundError('not in this store')
                return super().get(kind, id)

        def place():
            c.account('demo').place(product='842', domain='www.example.com', key='EC:P-256')

        with client(store=Saying(), transport=Answering(status=503), attempts=2) as c:
            world = self.World()
            c.set_world(world)
            with self.assertRaises(emsign.Error) as caught:
                place()
            self.assertNotIsInstance(caught.exception, emsign.NotFoundError)
            self.assertNotIn('random', str(caught.exception))
            world.random = boom
            seen = unraisable(self)
            with self.assertRaises(Boom):
                place()
            self.assertEqual(seen, [])


if __name__ == '__main__':
    unittest.main()
