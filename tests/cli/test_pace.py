# SPDX-License-Identifier: MIT
"""Many orders against a CA that takes 16 in ten seconds: real processes, real time.

    test_pace.py EMSIGN EMSIGN-SIM v1|v2 [unittest arguments]

`Held` and `SameWords` (of v1) take seconds; `Hundred` and `Crowd` take minutes, which is what a
hundred orders take.
"""
import os
import signal
import sys
import threading
import time
import unittest

import test_cli

ORDER = ['order', 'main', 'product=842']


class Held(test_cli.WithCA):
    """An order that has to wait."""

    SLOW = ['--set', 'place_rate=1', '--set', 'place_burst=1']

    def hold(self, name):
        """A process that waits for its place, and is told why."""
        process = self.start('-v', *self.SLOW, *ORDER, 'domain=' + name)
        seen = ''
        while 'the CA refuses more orders in so short a time' not in seen:
            seen = process.stderr.readline()
            self.assertTrue(seen)
        return process

    def test_another_process_waits(self):
        names = [self.name() for _ in range(3)]
        self.run_it(*self.SLOW, *ORDER, 'domain=' + names[0])
        for number, code in ((signal.SIGTERM, 143), (signal.SIGKILL, -9)):
            process = self.hold(names[1])
            began = time.monotonic()
            process.send_signal(number)
            self.finish(process, code)
            self.assertLess(time.monotonic() - began, 10)
        # whoever does not want to be held back is not, and what was held is ordered once
        for name in names[1:]:
            self.run_it('--set', 'place_rate=0', '--set', 'settle_ms=0', *ORDER, 'domain=' + name)
        placed = [row['domainName'] for row in self.sim.orders()]
        self.assertEqual([placed.count(name) for name in names], [1, 1, 1])


    def test_another_process_heeds_slow_down(self):
        self.sim.fault('login', 'status', status=429, retry_after='1000', times=1)
        first = self.json('credential', 'test', 'main', code=5)
        calls = self.sim.ledger()['calls']
        for verb in (['credential', 'test', 'main'], ['sync', 'main'],
                     [*ORDER, 'domain=' + self.name()]):
            said = self.json(*verb, code=5)
            self.assertEqual(said['code'], 'BUSY')
            self.assertIn('the CA asked to slow down', said['message'])
            self.assertGreater(said['retry_after'], 800)
            self.assertLessEqual(said['retry_after'], first['retry_after'])
        self.assertEqual(self.sim.ledger()['calls'], calls)  # none of them was sent
        self.assertEqual(self.lines('list', 'orders'), [])


class SameWords(test_cli.WithCA):
    """The first API says the same of two things; the second has a status for each."""

    def test_a_burst_and_a_user_switched_off(self):
        quick = ['--set', 'attempts=2', '--set', 'backoff_ms=10']
        form = [*quick, *ORDER, 'domain=' + self.name()]
        self.sim.fault('place', 'business', code=1154, message='Inactive Account User.', times=2)
        said = self.json(*form, code=5)
        self.assertEqual((said['code'], said['ca_code']), ('BUSY', 'EMS-1154'))
        self.assertNotIn('switched off', said['message'])
        self.sim.control('account', {'userDisabled': True})
        said = self.json(*form, code=6)
        self.assertEqual((said['code'], said['ca_code']), ('AUTH', 'EMS-1154'))
        self.assertIn('switched off', said['message'])
        self.sim.control('account', {'userDisabled': False})
        self.run_it(*form)


class Limited(test_cli.WithCA):
    options = ('--burst', '16/10')

    def order_many(self, n, processes, *options):
        """So many orders by so many processes at a time, on one store; each has to succeed."""
        names = iter([self.name() for _ in range(n)])
        lock, trouble = threading.Lock(), []

        def work():
            while True:
                with lock:
                    name = next(names, None)
                if not name or trouble:
                    return
                process = self.start(*options, *ORDER, 'domain=' + name)
                out, err = process.communicate(timeout=600)
                if process.returncode or not out.startswith('main/'):
                    trouble.append((process.returncode, out, err))

        workers = [threading.Thread(target=work) for _ in range(processes)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(trouble, [])
        return n


class Hundred(Limited):
    def test_two_processes(self):
        began = time.monotonic()
        n = self.order_many(100, 2)
        seconds = time.monotonic() - began
        self.assertEqual(len(self.sim.orders()), 100)
        self.assertEqual(self.sim.too_soon(), 0)
        print(f'pace: {n} of 100 orders, 0 refused, by two processes at once in {seconds:.0f} s')


class Crowd(Limited):
    def test_other_programs_order_too(self):
        """The bucket is empty all the time, by no fault of ours: every order gets through."""
        n = self.order_many(40, 4, '--set', 'place_rate=0')
        self.assertEqual(len(self.sim.orders()), 40)
        self.assertGreater(self.sim.too_soon(), 0)
        print(f'crowd: {n} of 40 orders, {self.sim.too_soon()} refusals, 0 failed')


if __name__ == '__main__':
    test_cli.EMSIGN, test_cli.SIM = (os.path.abspath(path) for path in sys.argv[1:3])
    test_cli.API = sys.argv[3]
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
