# SPDX-License-Identifier: MIT
"""Imports as a whole: killed anywhere, two at once, a list that moves, pages that lie.

    test_import.py EMSIGN EMSIGN-SIM v1|v2 [unittest arguments]

The same tests for either generation of the CA's API: only the credential says which. What the
simulator has counted and listed is compared with what is kept here in the end.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'support'))
from simulator import Simulator  # noqa: E402

EMSIGN = SIM = API = None
# Orders in these states have a certificate that the CA gives.
SERVED = {'v1': ('issued', 'revoked', 'expired'), 'v2': ('issued', 'expired')}
FAST = ['--set', 'backoff_ms=5']


class Case(unittest.TestCase):
    orders = 700

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='emsign-import-')
        self.addCleanup(subprocess.run, ['rm', '-rf', self.folder], check=False)
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.folder, 'LC_ALL': 'C.UTF-8'}
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'LD_LIBRARY_PATH'):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def open_sim(self, *options):
        self.sim = Simulator(SIM, os.path.join(self.folder, 'ca'), '--orders', str(self.orders),
                             *options, api=API)
        self.addCleanup(self.sim.stop)
        self.run_it('credential', 'add', 'main', '--url', self.sim.api_url, '--account',
                    self.sim.account, '--ca-file', self.sim.ca_file, '--access-key-file',
                    self.sim.key_file, '--name', 'Alex Example', '--email', 'alex@example.com',
                    '--phone', '5550100', 'api=' + API)

    def start(self, *args):
        return subprocess.Popen([EMSIGN, '--json', *FAST, *args], env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def finish(self, process):
        out, err = process.communicate(timeout=240)
        for secret in (self.sim.access_key, self.sim.client_secret):
            self.assertNotIn(secret, out + err)
        return process.returncode, out, err

    def run_it(self, *args, code=0):
        got, out, err = self.finish(self.start(*args))
        self.assertEqual(got, code, out + err)
        return [json.loads(line) for line in out.splitlines()]

    def kept(self, kind='orders', *more):
        return self.run_it('list', kind, *more)

    def kept_numbers(self):
        return {row.get('number') or row['request_number'] for row in self.kept()}


class Killed(Case):
    def test_p50_killed_anywhere(self):
        """Each run is killed a little further on; the last one gets to the end."""
        self.open_sim('--latency', '3')
        self.run_it('sync', 'main')  # the products tell where an order of v2 is asked for
        kills = 0
        for call, counts in (('report', (1, 4, 9)), ('fetch', (5, 150, 400))):
            for count in counts:
                process = self.start('import', 'main')
                while self.sim.calls(call) < count and process.poll() is None:
                    pass  # asking the simulator takes its time
                kills += process.poll() is None
                process.kill()
                process.communicate()
        self.assertGreaterEqual(kills, 4)
        there, asked = {row['order'] for row in self.kept('certificates')}, self.sim.calls('fetch')
        self.assertTrue(there)
        said = self.run_it('import', 'main')[0]['stats'][0]
        self.assertEqual(said['seen'], self.orders)
        self.assertEqual(said['complete'], 1)
        self.assertEqual(self.kept_numbers(), set(self.sim.control('truth')['now']))
        issued = [row for row in self.kept() if row['status'] in SERVED['v1']]
        served = [row for row in issued if row['status'] in SERVED[API]]
        self.assertTrue(all(row.get('certificate') for row in served))
        self.assertEqual(len(self.kept('certificates')), len(served))
        # what was stored is not fetched again; v1 is asked twice where it wants another address
        rest = [row for row in issued if row['number'] not in there]
        others = sum(row['requester_email'] != 'alex@example.com' for row in rest)
        self.assertLessEqual(self.sim.calls('fetch') - asked,
                             len(rest) + (others if API == 'v1' else 0))
        # and now there is nothing left to do
        before = self.sim.calls('fetch')
        self.run_it('import', 'main')
        self.assertEqual(self.sim.calls('fetch'), before)

    def test_two_at_once(self):
        self.open_sim()
        self.sim.fault('report', 'delay', ms=3000, skip=3)
        first = self.start('import', 'main', '--no-certificates')
        while not self.sim.calls('report'):
            pass
        code, out, _ = self.finish(self.start('import', 'main', '--no-certificates'))
        self.assertEqual(code, 10)
        self.assertIn('another import', json.loads(out)['message'])
        self.assertEqual(self.finish(first)[0], 0)
        self.assertEqual(len(self.kept()), self.orders)


class Moving(Case):
    orders = 1500

    def compare(self):
        truth = self.sim.control('truth')
        kept = self.kept_numbers()
        self.assertLessEqual(set(truth['steady']), kept)
        self.assertLessEqual(kept, set(truth['ever']))

    def test_p26_rows_that_move(self):
        """Whatever moves: it is complete, or it says that it may not be, and then later is."""
        self.open_sim()
        outcomes = set()
        for seed in range(12):
            self.sim.control('drift', {'clear': True})
            self.sim.control('drift', {'mark': True})
            self.sim.control('drift', {'every': 1 + seed % 4, 'hide': 1 + seed % 3,
                                       'show': seed % 2, 'insert': seed % 3, 'seed': seed})
            code, out, err = self.finish(self.start('import', 'main', '--no-certificates'))
            self.assertIn(code, (0, 5, 10), out + err)
            outcomes.add(code)
            if code == 0:
                self.compare()
        self.sim.control('drift', {'clear': True})
        self.sim.control('drift', {'mark': True})
        self.run_it('import', 'main', '--no-certificates')
        self.compare()

    def test_p25_pages_that_lie_once(self):
        self.open_sim()
        for kind in ('empty-page', 'short-page', 'repeat-page', 'stale-page', 'wrong-pages',
                     'truncate', 'garbage', 'html', 'status'):
            with self.subTest(kind):
                self.sim.fault('report', kind, skip=4, times=1)
                said = self.run_it('import', 'main', '--no-certificates')[0]['stats'][0]
                self.assertEqual(said['seen'], self.orders)
                self.sim.control('fault', {'clear': True})

    def test_a_total_that_lies(self):
        self.open_sim()
        self.sim.fault('report', 'wrong-total', arg=1, rate=100)
        code, out, _ = self.finish(self.start('import', 'main', '--no-certificates'))
        self.assertNotEqual(code, 0, out)


class Lists(Case):
    orders = 900

    def test_one_size_of_pages(self):
        self.open_sim('--page-size-100-only')
        said = self.run_it('import', 'main', '--no-certificates')[0]['stats'][0]
        self.assertEqual((said['seen'], said['complete']), (self.orders, 1))

    def test_certificates_that_are_gone(self):
        self.open_sim('--revoked-without-body', '100')
        self.run_it('import', 'main')
        revoked = self.kept('orders', 'status=revoked')
        self.assertTrue(revoked)
        for row in revoked:
            self.assertNotIn('certificate', row)
            self.assertIn('does not serve it', row['certificate_note'])
            self.assertTrue(row['domain'])
        before = self.sim.calls('fetch')
        self.run_it('import', 'main')
        self.assertEqual(self.sim.calls('fetch'), before)

    def test_certificates_when_they_are_wanted(self):
        self.open_sim()
        self.run_it('import', 'main', '--no-certificates')
        self.assertEqual(self.sim.calls('fetch'), 0)
        orders = self.kept('orders', 'status=issued')[:12]  # by several people
        for order in orders:
            self.run_it('export', order['id'], '--part', 'certificate', '--out',
                        os.path.join(self.folder, order['number'] + '.pem'))
        self.assertEqual(len(self.kept('certificates')), len(orders))
        self.assertEqual(self.sim.calls('fetch'), len(orders))

    def test_capacity(self):
        self.open_sim()
        only = ['import', 'main', 'exclude=revoked']
        said = self.run_it(*only, '--set', 'capacity=50')[0]['stats'][0]
        self.assertEqual(said['fetched'], 50)
        self.assertEqual(len(self.kept('certificates')), 50)
        self.assertEqual(len(self.kept()), self.orders)
        # more room, and it goes on
        said = self.run_it(*only, '--set', 'capacity=80')[0]['stats'][0]
        self.assertEqual(said['fetched'], 30)


if __name__ == '__main__':
    EMSIGN, SIM, API = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=1)
