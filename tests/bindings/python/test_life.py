# SPDX-License-Identifier: MIT
"""The whole life of certificates against the simulator; threads; many operations at once."""
import asyncio
import ctypes
import os
import select
import socket
import subprocess
import threading
import time
import unittest

import emsign
import emsign.aio
from support import ACCESS_KEY, SEALING_KEY, Answering, Case, DictStore, client

PASSWORD = b'EMSIGN-CANARY-keystore-password'


def issued(account, order):
    for _ in range(200):
        order = account.refresh(order.id)
        if order.status == emsign.STATUS_ISSUED:
            return order
        time.sleep(0.02)
    raise AssertionError(f'{order.id} is {order.status_name}')


class Life(Case):
    def test_from_credential_to_revocation(self):
        sim = self.simulator()
        c = self.at_simulator(sim, store='sqlite:' + self.path('a.db'))
        events = []
        c.on_event(lambda event: events.append(event.type))
        account = c.account('demo')
        account.test()
        self.assertGreater(account.sync('all').seen, 0)
        self.assertIn('842', [product.code for product in c.scan('products')])

        order = account.place(product='842', domain='www.example.com', key='EC:P-256')
        self.assertTrue(order.status_name.startswith('pending'))
        with self.assertRaises(emsign.ConflictError):
            account.place(product='842', domain='www.example.com')
        challenge = account.challenge(order.id, method='dns')
        self.assertTrue(challenge.record_value)
        account.verify(order.id, 'www.example.com', method='dns')
        order = issued(account, order)

        certificate = account.fetch(order.number)
        self.assertEqual(certificate.domain, 'www.example.com')
        self.assertGreater(certificate.not_after_utc, certificate.not_before_utc)
        certificate.covers(['www.example.com'])
        with self.assertRaises(emsign.MismatchError):
            certificate.covers(['www.example.com', 'other.example.com'])
        key = c.key_open(certificate.csr)
        certificate.fits(key)
        with self.assertRaises(emsign.MismatchError):
            certificate.fits(emsign.Key.make('EC:P-256'))
        self.assertEqual(emsign.Certificate.parse(certificate.pem).sha256, certificate.sha256)
        self.keystore(certificate, key)

        self.assertEqual([o.id for o in c.scan('orders', status='issued')], [order.id])
        self.assertEqual([o.id for o in c.scan('orders', status=emsign.STATUS_ISSUED)], [order.id])
        order = account.revoke(order.id, 'superseded', 'replaced')
        self.assertEqual(order.revoke_reason, 'superseded')
        c.order_delete(order.id)
        with self.assertRaises(emsign.NotFoundError):
            c.get('order', order.id)
        self.assertIn(emsign.EVENT_ADDED, events)
        self.assertEqual(len(sim.orders()), 1)

    def keystore(self, certificate, key):
        out, password = self.path('keystore.p12'), self.path('password')
        with open(password, 'wb') as file:
            file.write(PASSWORD)
        packed = emsign.keystore_pack(certificate, key, type='pkcs12', password=PASSWORD)
        emsign.keystore_save(out, packed)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o600)
        opened = subprocess.run(['openssl', 'pkcs12', '-in', out, '-nokeys', '-passin',
                                 'file:' + password], capture_output=True, text=True, check=True)
        self.assertIn('www.example.com', opened.stdout)
        with self.assertRaises(emsign.InvalidError):
            emsign.keystore_pack(certificate, key, type='pkcs12')
        self.assertTrue(emsign.keystore_pack(certificate, part='chain').startswith(b'-----BEGIN'))

    def test_every_operation_tells_the_kind_of_its_result(self):
        account = self.at_simulator(self.simulator()).account('demo')

        def run(kind, verb, **args):
            op = account.begin(verb, **args)
            self.assertIsNone(op.kind())
            op.run()
            record = op.take()
            self.assertEqual((verb, op.kind()), (verb, kind))
            self.assertEqual(type(record).__name__, kind.capitalize() if kind else 'NoneType')
            return record

        run(None, 'test')
        run('stats', 'sync', what='all')
        order = run('order', 'place', product='842', domain='www.example.com', key='EC:P-256')
        run('challenge', 'challenge', order=order.id, method='dns')
        run(None, 'verify', order=order.id)
        issued(account, order)
        run('order', 'refresh', order=order.id)
        run('certificate', 'fetch', order=order.id)
        run('order', 'revoke', order=order.id, reason='superseded', comments='replaced')
        order = run('order', 'place', product='842', domain='b.example.com', key='EC:P-256')
        run('stats', 'refresh_open')
        run('order', 'cancel', order=order.id, remarks='not wanted')
        run('stats', 'import')
        op = account.begin('refresh', order='demo/1')
        with self.assertRaises(emsign.NotFoundError):
            op.run()
        self.assertIsNone(op.kind())

    def test_lost_answer(self):
        sim = self.simulator()
        c = self.at_simulator(sim)
        account = c.account('demo')
        sim.fault('place', 'lost-answer')
        form = {'product': '842', 'domain': 'www.example.com'}
        with self.assertRaises(emsign.InDoubtError):
            account.place(form)
        order = account.place(form)
        self.assertEqual([o['orderNumber'] for o in sim.orders()], [order.number])

    def test_import(self):
        sim = self.simulator('--orders', '30', '--seed', '1')
        c = self.at_simulator(sim)
        stats = c.account('demo').import_(certificates=False)
        self.assertEqual((stats.seen, stats.complete), (30, 1))
        self.assertEqual(len(list(c.scan('orders'))), 30)

    def test_errors_of_the_ca(self):
        sim = self.simulator()
        c = self.at_simulator(sim, attempts=1)
        c.credential_update('demo', secret=b'EMSIGN-CANARY-wrong')
        with self.assertRaises(emsign.AuthError) as caught:
            c.account('demo').test()
        self.assertTrue(caught.exception.ca_code)
        self.assertNotIn('CANARY', str(caught.exception))


class Listener:
    """A server that takes connections and never says a word."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.socket.settimeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def account(self, case):
        made = emsign.Client(sealing_key=SEALING_KEY, attempts=1, timeout_ms=20000)
        case.addCleanup(made.close)
        made.credential_add('demo', url=f'https://127.0.0.1:{self.socket.getsockname()[1]}/',
                            account='1', secret=ACCESS_KEY)
        return made.account('demo')

    def hang_up_on(self, n):
        """Waits until so many are connected at once, and closes them all."""
        for connection in [self.socket.accept()[0] for _ in range(n)]:
            connection.close()


class Gathering:
    """Answers when so many questions are there, and then all of them."""

    def __init__(self, n):
        self.n, self.exchanges = n, []
        self.news = os.pipe()

    def start(self, exchange):
        self.exchanges.append(exchange)
        if len(self.exchanges) == self.n:
            os.write(self.news[1], b'.')

    def fd(self):
        return self.news[0]

    def drive(self, timeout_ms):
        if select.select([self.news[0]], [], [], timeout_ms / 1000)[0]:
            os.read(self.news[0], 1)
            for exchange in self.exchanges:
                Answering().start(exchange)

    def close(self):
        for fd in self.news:
            os.close(fd)


class Waiting:
    """A transport that stays in start() until it is let go."""

    def __init__(self):
        self.inside, self.go_on = threading.Event(), threading.Event()

    def start(self, exchange):
        self.inside.set()
        self.go_on.wait(10)
        Answering().start(exchange)


class Threads(Case):
    def test_second_thread_is_told(self):
        transport = Waiting()
        c = client(transport=transport)
        account = c.account('demo')
        op = account.begin('test')
        thread = threading.Thread(target=account.test)
        thread.start()
        transport.inside.wait(10)
        for call in (account.test, op.run, op.cancel, c.fd, c.close, account.close,
                     lambda: c.get('credential', 'demo'), lambda: c.scan('credential')):
            with self.assertRaisesRegex(emsign.StateError, 'another thread'):
                call()
        del op, account  # may be collected while the other thread is inside
        transport.go_on.set()
        thread.join()
        self.assertEqual(c.get('credential', 'demo').id, 'demo')
        c.close()

    def test_clients_that_share_a_store(self):
        transport = Waiting()
        with emsign.Store('memory:') as store:
            c = client(store=store, transport=transport)
            d = emsign.Client(store=store)
            thread = threading.Thread(target=c.account('demo').test)
            thread.start()
            transport.inside.wait(10)
            for call in (lambda: d.get('credential', 'demo'), lambda: store.scan('credential')):
                with self.assertRaisesRegex(emsign.StateError, 'another thread'):
                    call()
            transport.go_on.set()
            thread.join()
            self.assertEqual(d.get('credential', 'demo').id, 'demo')

    def test_one_after_the_other(self):
        c = client(transport=Answering())
        account = c.account('demo')
        for _ in range(3):
            thread = threading.Thread(target=account.test)
            thread.start()
            thread.join()
        account.test()

    def test_other_threads_run_meanwhile(self):
        """Four wait for a server that is this very thread: it would never come to answer them."""
        with Listener() as listener:
            errors = []

            def ask():
                try:
                    listener.account(self).test()
                except emsign.Error as error:
                    errors.append(type(error))

            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            listener.hang_up_on(4)
            for thread in threads:
                thread.join()
        self.assertEqual(errors, [emsign.NetworkError] * 4)


    def test_other_threads_run_while_a_handle_is_closed(self):
        """The end of a transport in C waits for a thread of ours."""
        suite = ctypes.CDLL(os.environ['EMSIGN_SUITE'])
        suite.waiting_transport.restype = ctypes.c_void_p
        (begun, begin), (go, let_go), told = os.pipe(), os.pipe(), ctypes.c_int()
        for fd in (begun, begin, go, let_go):
            self.addCleanup(os.close, fd)
        handle = emsign.Transport(Answering())
        box = ctypes.cast(int(handle.this), ctypes.POINTER(ctypes.c_void_p))
        answering, box[0] = box[0], suite.waiting_transport(begin, go, ctypes.byref(told))
        suite.free_transport(ctypes.c_void_p(answering))
        thread = threading.Thread(target=lambda: os.read(begun, 1) and os.write(let_go, b'.'))
        thread.start()
        handle.close()
        thread.join()
        self.assertTrue(told.value)


    def test_objects_dropped_while_their_client_is_closed(self):
        """Another thread lets go of what was opened on it, in the middle of its end."""
        class Closing(DictStore):
            def close(self):
                closing.set()
                dropped.wait(10)

        for _ in range(20):
            closing, dropped = threading.Event(), threading.Event()
            c = client(store=Closing(), transport=Answering())
            account = c.account('demo')
            opened = [account, account.begin('test'), c.account('demo')]
            del account

            def drop():
                closing.wait(10)
                opened.clear()
                with self.assertRaises(emsign.StateError):
                    c.fd()
                dropped.set()

            thread = threading.Thread(target=drop)
            thread.start()
            c.close()
            thread.join()
            self.assertEqual(opened, [])


class Loops(Case):
    def run_fifty(self, c):
        account = c.account('demo')

        async def ask():
            async with emsign.aio.Runner(c) as runner:
                return await asyncio.gather(*(runner.run(account, 'test') for _ in range(50)))

        self.assertEqual(asyncio.run(ask()), [None] * 50)

    def test_fifty_at_once(self):
        self.run_fifty(self.at_simulator(self.simulator('--latency', '100'), parallel=50))

    def test_fifty_are_in_flight_before_one_is_answered(self):
        transport = Gathering(50)
        with client(transport=transport, parallel=50) as c:
            self.run_fifty(c)

    def test_results_and_errors(self):
        sim = self.simulator()
        c = self.at_simulator(sim)
        account = c.account('demo')

        async def ask():
            async with emsign.aio.Runner(c) as runner:
                order = await runner.run(account, 'place', product='842', domain='a.example.com')
                self.assertEqual(order.domain, 'a.example.com')
                with self.assertRaises(emsign.NotFoundError):
                    await runner.run(account, 'refresh', order='demo/1')
                task = asyncio.ensure_future(runner.run(account, 'test'))
                await asyncio.sleep(0)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                await runner.run(account, 'test')

        asyncio.run(ask())


if __name__ == '__main__':
    unittest.main()
