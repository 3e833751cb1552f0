# SPDX-License-Identifier: MIT
"""Processes that order the same names at the same moment, on one store.

    race.py RACE EMSIGN-SIM v1|v2 [--rounds N] [unittest arguments]
"""
import collections
import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from life import APIS, Simulator, ca_words, fast_folder

RACE = SIM = API = None
ROUNDS = 300
MOST = 8

Said = collections.namedtuple('Said', 'looked sent code text')


class Racer:
    def __init__(self, sim, folder):
        self.process = subprocess.Popen(
            [RACE, *ca_words(sim), folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def go(self, form):
        self.process.stdin.write(form + '\n')
        self.process.stdin.flush()

    def hear(self):
        looked, sent, code, text = self.process.stdout.readline().rstrip('\n').split(' ', 3)
        return Said(int(looked), int(sent), code, text)

    def stop(self, kill=False):
        if kill:
            self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


class Racing(unittest.TestCase):
    options = ()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='emsign-race-', dir=fast_folder())
        self.addCleanup(shutil.rmtree, self.folder)
        self.sim = Simulator(SIM, os.path.join(self.folder, 'ca'), *APIS[API], *self.options,
                             api=API)
        self.addCleanup(self.sim.stop)
        # the first race is for who makes database and sealing key
        self.racers = [self.racer() for _ in range(MOST)]
        self.addCleanup(self.stop)
        self.assertEqual([racer.hear()[2:] for racer in self.racers],
                         [('OK', 'ready')] * MOST)

    def racer(self):
        return Racer(self.sim, self.folder)

    def stop(self):
        self.assertEqual([racer.stop() for racer in self.racers], [0] * MOST)

    def go(self, number, *form):
        """A round of two to eight for a name that nobody has ordered yet."""
        racers = self.racers[:2 + number % (MOST - 1)]
        for racer in racers:
            racer.go(' '.join((f'domain=host{number}.race.example', *form)))
        return racers

    def race(self, number, *form):
        return [racer.hear() for racer in self.go(number, *form)]

    def late(self, number, *form):
        """One more, when all the others have ended."""
        self.racers[0].go(' '.join((f'domain=host{number}.race.example', *form)))
        return self.racers[0].hear()

    def orders(self):
        """What the CA has: name -> ids."""
        found = collections.defaultdict(list)
        for order in self.sim.orders():
            found[order['domainName']].append(f'life/{order["orderNumber"]}')
        return found

    def tell(self, title, rounds, orders, failed):
        print(f'race of {API}, {title}: {rounds} of {rounds} rounds, {orders} orders, '
              f'{len(failed)} failed', flush=True)
        self.assertEqual('\n'.join(failed), '')

    def wrong(self, said, ids):
        """One has it, and the others hear of that one."""
        won = [one.text for one in said if one.code == 'OK']
        if len(ids) != 1 or won != ids:
            yield f'the CA has {ids}, and {won} were placed'
        for one in said:
            known = re.search("'(life/[0-9]+)'", one.text)
            if one.code != 'OK' and not (one.code == 'CONFLICT' and (
                    known and [known[1]] == ids or 'being ordered by' in one.text)):
                yield f'one was told {one.code}: {one.text}'

    def lose_answers(self, title, rounds):
        failed = []
        for n in range(rounds):
            self.sim.fault('place', 'lost-answer', times=1)
            said = self.race(n, 'product=842')
            said.append(self.late(n, 'product=842'))
            ids = self.orders()[f'host{n}.race.example']
            doubt = [one for one in said if one.code == 'INDOUBT']
            failed += [f'round {n}: {text}' for text in
                       self.wrong([one for one in said if one not in doubt], ids)]
            if len(doubt) != 1:
                failed.append(f'round {n}: {len(doubt)} are in doubt')
        self.tell(title, rounds, sum(map(len, self.orders().values())), failed)


class Race(Racing):
    def test_one_order(self):
        """Of all who order the same names at the same moment one places the order."""
        said = [self.race(n, 'product=842') for n in range(ROUNDS)]
        orders = self.orders()
        self.tell('one order', ROUNDS, sum(map(len, orders.values())),
                  [f'round {n}: {text}' for n in range(ROUNDS)
                   for text in self.wrong(said[n], orders[f'host{n}.race.example'])])

    def test_issued_at_once(self):
        """Where the CA issues at once, who orders has looked when the order before was issued."""
        failed = []
        met = 0
        for n in range(ROUNDS):
            said = self.race(n, f'product={(104, 108)[n % 2]}', 'family=private-pki')
            placed = sorted((one for one in said if one.code == 'OK'), key=lambda one: one.sent)
            met += sum(one.looked < placed[0].sent for one in said) > 1 if placed else 0
            failed += [f'round {n}: a second order, looked for {after.looked - before.sent} ns '
                       'after the first was sent' for before, after in zip(placed, placed[1:])
                       if after.looked < before.sent]
            failed += [f'round {n}: {one.code}: {one.text}' for one in said
                       if one.code not in ('OK', 'CONFLICT')]
            if not placed:
                failed.append(f'round {n}: nobody ordered')
        orders = self.orders()
        if ROUNDS >= 100:
            self.assertGreater(met, 0, 'no two ever looked before an order left')
        self.tell(f'issued at once ({met} met)', ROUNDS, sum(map(len, orders.values())), failed)

    def test_again(self):
        """With again=yes there are as many orders as were asked for."""
        failed = []
        for n in range(ROUNDS // 4 + 1):
            said = self.race(n, 'product=842', 'again=yes')
            ids = self.orders()[f'host{n}.race.example']
            if sorted(one.text for one in said) != sorted(ids):
                failed.append(f'round {n}: the CA has {ids}, but {said}')
        self.tell('again', ROUNDS // 4 + 1, sum(map(len, self.orders().values())), failed)

    def test_lost_answer(self):
        """The one whose answer gets lost is in doubt; whoever comes next finds the order."""
        self.lose_answers('lost answer', ROUNDS // 4 + 1)

    def test_killed(self):
        """One of them dies at some moment; there is one order all the same, and it is known."""
        failed = []
        for n in range(ROUNDS // 4 + 1):
            others = self.go(n, 'product=842')[1:]
            time.sleep(n % 16 / 1000)  # any moment will do
            self.racers[0].stop(kill=True)
            said = [racer.hear() for racer in others]
            self.racers[0] = self.racer()
            self.assertEqual(self.racers[0].hear()[2:], ('OK', 'ready'))
            late = self.late(n, 'product=842')
            ids = self.orders()[f'host{n}.race.example']
            if len(ids) != 1 or ids[0] not in late.text or late.code not in ('OK', 'CONFLICT'):
                failed.append(f'round {n}: the CA has {ids}, and {late}')
            failed += [f'round {n}: {one.code}: {one.text}' for one in said
                       if one.code != 'CONFLICT' and [one.text] != ids]
        self.tell('killed', ROUNDS // 4 + 1, sum(map(len, self.orders().values())), failed)


class Crowd(Racing):
    """Where the CA cannot search by name, an order is looked for among all those of its days."""

    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    options = ('--orders', '300000', '--history-end', tomorrow.strftime('%Y-%m-%d'))

    def test_lost_answer(self):
        pages = self.sim.calls('report')
        self.lose_answers('lost answer in a crowd', 3)
        pages = self.sim.calls('report') - pages
        self.assertGreaterEqual(pages, {'v1': 3, 'v2': 12}[API])


if __name__ == '__main__':
    RACE, SIM = (os.path.abspath(path) for path in sys.argv[1:3])
    API = sys.argv[3]
    rest = sys.argv[4:]
    if rest[:1] == ['--rounds']:
        ROUNDS = int(rest[1])
        rest = rest[2:]
    unittest.main(argv=[sys.argv[0], *rest], verbosity=0)
