# SPDX-License-Identifier: MIT
"""A hundred orders in a row against a CA that takes 16 in ten seconds, with a clock of their own."""
import os
import time
import unittest

from support import Case


class World:
    """Waits by moving on the clocks of both ends, so that minutes take no time."""

    def __init__(self, sim):
        self.sim, self.ahead = sim, 0

    def now_ms(self):
        return int(time.time() * 1000) + self.ahead

    def random(self, n):
        return os.urandom(n)

    def wait(self, ms):
        seconds = -(-ms // 1000)
        self.sim.state(clock=f'+{seconds}')
        self.ahead += seconds * 1000


class Hundred(Case):
    def orders(self, n, **config):
        """Orders them all; gives what was waited for and how often the CA refused."""
        sim = self.simulator('--burst', '16/10')
        c = self.at_simulator(sim, store='sqlite:' + self.path('a.db'), **config)
        world = World(sim)
        c.set_world(world)
        account = c.account('demo')
        for i in range(n):
            account.place(product='842', domain=f'www{i}.example.com')
        self.assertEqual(len(sim.orders()), n)
        return world.ahead, sim.too_soon()

    def test_none_is_refused(self):
        waited, refused = self.orders(100)
        self.assertEqual(refused, 0)
        self.assertGreaterEqual(waited, 80 * 2000)
        print(f'pace: 100 of 100 orders, 0 refused, {waited // 1000} s waited for')

    def test_without_the_limiter_some_are(self):
        self.assertGreater(self.orders(40, place_rate=0)[1], 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
