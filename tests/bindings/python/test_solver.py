# SPDX-License-Identifier: MIT
"""Solvers in Python: good ones, raising ones, and the built-in ones against a CA that looks."""
import gc
import os
import sys
import unittest
import weakref

import emsign
from support import Case

from dns import Zone
from web import Web

ONE = {'domain': 'www.example.com'}
NAMES = {'domain': 'www.example.com', 'san': ['api.example.com']}


class Boom(Exception):
    """What only a test raises."""


def boom(*args):
    raise Boom


class Shown:
    """Publishes into a set."""

    def __init__(self):
        self.values = set()
        self.most = 0
        self.calls = []

    def present(self, challenge):
        self.calls.append('present')
        self.values.add((challenge.record_name, challenge.record_value))
        self.most = max(self.most, len(self.values))

    def ready(self, challenge):
        self.calls.append('ready')
        return (challenge.record_name, challenge.record_value) in self.values

    def cleanup(self, challenge):
        self.calls.append('cleanup')
        self.values.discard((challenge.record_name, challenge.record_value))


class Solvers(Case):
    def client(self, *options, **config):
        sim = self.simulator(*options)
        config = {'dcv_poll_ms': 20, 'dcv_wait_ms': 20000, **config}
        return self.at_simulator(sim, **config)

    def place(self, client, names=None):
        names = names or NAMES
        account = client.account('demo')
        wild, many = names['domain'].startswith('*'), 'san' in names
        return account, account.place(product=842 + wild + 2 * many, **names).id

    def test_validate(self):
        client = self.client()
        account, order = self.place(client)
        shown = Shown()
        client.set_solver('dns', shown)
        proven = account.validate(order, method='dns')
        self.assertIsInstance(proven, emsign.Order)
        self.assertEqual(proven.id, order)
        self.assertNotEqual(proven.status, emsign.STATUS_PENDING_DCV)
        self.assertEqual(shown.values, set())
        self.assertEqual(shown.most, 2)
        self.assertEqual(shown.calls[:2], ['present', 'present'])
        for challenge in client.scan('challenges'):
            self.assertEqual((challenge.status, challenge.presented_at), ('valid', 0))
        self.assertEqual(account.validate(order).id, order)  # nothing is left to do
        with self.assertRaisesRegex(emsign.InvalidError, "method 'email'"):
            account.validate(order, method='email')
        with self.assertRaisesRegex(emsign.StateError, 'no solver is set'):
            account.validate(order, 'www.example.com', 'http')

    def test_every_slot_raises(self):
        client = self.client(dcv_wait_ms=500)
        account, order = self.place(client, ONE)
        for slot in ('present', 'ready', 'cleanup'):
            shown = Shown()
            setattr(shown, slot, boom)
            client.set_solver('dns', shown)
            with self.subTest(slot), self.assertRaises(Boom):
                account.validate(order)
            client.set_solver('dns', Shown())
        account.validate(order)
        self.assertEqual([c.presented_at for c in client.scan('challenges')], [0])

    def test_errors_of_emsign_come_out_as_themselves(self):
        client = self.client()
        account, order = self.place(client, ONE)
        for slot in ('present', 'ready', 'cleanup'):
            error = emsign.NetworkError('the zone is away', ca_code='X-1')

            def raising(challenge):
                raise error

            shown = Shown()
            setattr(shown, slot, raising)
            client.set_solver('dns', shown)
            with self.subTest(slot), self.assertRaises(emsign.NetworkError) as raised:
                account.validate(order)
            self.assertIs(raised.exception, error)

    def test_not_ready_yet(self):
        class Slow(Shown):
            left = 4

            def ready(self, challenge):
                self.left -= 1
                if self.left == 1:
                    raise emsign.PendingError('the name servers are slow')
                return self.left <= 0 or None

        client = self.client(dcv_wait_ms=0)
        account, order = self.place(client, ONE)
        slow = Slow()
        client.set_solver('dns', slow)
        with self.assertRaisesRegex(emsign.PendingError, 'could not see the proof'):
            account.validate(order)
        self.assertEqual(len(slow.values), 1)  # it stays for the next call
        self.assertEqual([bool(c.presented_at) for c in client.scan('challenges')], [True])
        for _ in range(2):
            with self.assertRaises(emsign.PendingError):
                account.validate(order)
        with self.assertRaisesRegex(emsign.PendingError, 'the CA has not said yet'):
            account.validate(order)

    def test_one_method_is_enough(self):
        class One:
            def present(self, challenge):
                seen.append(challenge)

        seen = []
        client = self.client()
        account, order = self.place(client, ONE)
        client.set_solver('http', One())
        account.validate(order)
        self.assertEqual(seen[0].file_url.split('/')[2], 'www.example.com')
        self.assertTrue(seen[0].file_name.endswith('.txt'))
        self.assertTrue(seen[0].file_content)

    def test_what_is_none(self):
        client = self.client()
        for wrong in (42, object(), 'solver'):
            with self.assertRaisesRegex(TypeError, 'a solver is a Solver or an object with'):
                client.set_solver('dns', wrong)
            with self.assertRaises(TypeError):
                emsign.Solver(wrong)
        with self.assertRaisesRegex(emsign.InvalidError, 'possible: dns, http'):
            client.set_solver('email', Shown())

    def test_life_of_a_solver(self):
        closed = []

        class Closing(Shown):
            def close(self):
                closed.append(1)

        client = self.client()
        solver = Closing()
        alive = weakref.ref(solver)
        client.set_solver('dns', solver)
        del solver
        gc.collect()
        self.assertIsNotNone(alive())
        client.set_solver('dns', None)
        self.assertEqual(closed, [1])
        self.assertIsNone(alive())
        # a handle may be let go while clients go on
        with emsign.Solver(Closing()) as handle:
            client.set_solver('dns', handle)
            client.set_solver('http', handle)
        with self.assertRaisesRegex(emsign.StateError, 'closed'):
            client.set_solver('dns', handle)
        self.assertEqual(closed, [1])
        client.close()
        self.assertEqual(closed, [1, 1])

    def test_close_that_raises(self):
        seen = []
        hook = sys.unraisablehook
        sys.unraisablehook = lambda what: seen.append(what.exc_type)
        self.addCleanup(setattr, sys, 'unraisablehook', hook)
        shown = Shown()
        shown.close = boom
        client = self.client()
        client.set_solver('dns', shown)
        client.set_solver('dns', None)
        self.assertEqual(seen, [Boom])

    def test_from_inside(self):
        class Busy(Shown):
            def present(self, challenge):
                super().present(challenge)
                case.assertEqual(client.get('order', order).id, order)
                with case.assertRaisesRegex(emsign.StateError, 'from inside a callback'):
                    account.test()
                client.set_solver('dns', None)
                client.set_solver('dns', self)

            def cleanup(self, challenge):
                super().cleanup(challenge)
                client.close()

        case = self
        client = self.client()
        account, order = self.place(client)
        client.set_solver('dns', Busy())
        self.assertEqual(account.validate(order).id, order)
        with self.assertRaisesRegex(emsign.StateError, 'closed'):
            account.validate(order)

    def test_slots_as_calls(self):
        client = self.client()
        account, order = self.place(client, ONE)
        challenge = account.challenge(order, method='dns')
        shown = Shown()
        with emsign.Solver(shown) as solver:
            with self.assertRaises(emsign.PendingError):
                solver.ready(challenge)
            solver.present(challenge)
            solver.ready(challenge)
            solver.cleanup(challenge)
            shown.present = boom
            with self.assertRaises(Boom):
                solver.present(challenge)
            with self.assertRaises(TypeError):
                solver.present(None)
        self.assertEqual(shown.calls, ['ready', 'present', 'ready', 'cleanup'])
        with self.assertRaisesRegex(emsign.StateError, 'closed'):
            solver.present(challenge)

    def test_operation(self):
        client = self.client()
        account, order = self.place(client)
        client.set_solver('dns', Shown())
        told = []
        with account.begin('validate', order=order) as op:
            op.submit(lambda op, error: told.append(error))
            while not told:
                client.dispatch(-1)
            self.assertEqual(told, [None])
            self.assertEqual(op.take().id, order)

    def test_interrupted_and_gone_on_with(self):
        """What one program published, another one takes away."""
        sim = self.simulator()
        store = 'sqlite:' + self.path('store.db')
        shown = Shown()
        shown.cleanup = boom
        client = self.at_simulator(sim, store=store, dcv_poll_ms=20)
        account, order = self.place(client, ONE)
        client.set_solver('dns', shown)
        with self.assertRaises(Boom):
            account.validate(order)
        client.close()
        self.assertEqual(len(shown.values), 1)
        del shown.cleanup
        client = emsign.Client(store=store, sealing_key=b'EMSIGN-CANARY-32-bytes-long-key.')
        client.set_solver('dns', shown)
        client.account('demo').refresh(order)
        self.assertEqual(shown.values, set())
        client.close()

    # --- the built-in ones, and a CA that looks ---

    def test_webroot(self):
        web = Web(self.path('web'))
        self.addCleanup(web.stop)
        client = self.client('--dcv', 'http', '--resolve', '*=' + web.address)
        account, order = self.place(client)
        client.set_solver('http', emsign.Solver.webroot(web.root))
        account.validate(order, method='http')
        self.assertEqual(web.left(), [])
        with self.assertRaises(emsign.InvalidError):
            emsign.Solver.webroot('')

    def test_command(self):
        zone = Zone(self.folder)
        self.addCleanup(zone.stop)
        client = self.client('--dcv', 'dns', '--dns', zone.address)
        account, order = self.place(client, {'domain': '*.example.com', 'san': ['example.com']})
        solver = emsign.Solver.command([zone.hook], timeout_ms=20000)
        client.set_solver('dns', solver)
        account.validate(order, method='dns')
        self.assertEqual(os.path.getsize(zone.path), 0)
        for wrong in (zone.hook, 42, [], ['hook']):
            with self.assertRaises((TypeError, emsign.InvalidError)):
                emsign.Solver.command(wrong)
        with self.assertRaises(emsign.InvalidError):
            emsign.Solver.command([zone.hook], nonsense=1)


if __name__ == '__main__':
    unittest.main()
