# SPDX-License-Identifier: MIT
"""The example programs, run against the simulator as a reader would run them.

    test_examples.py EMSIGN EMSIGN-SIM v1|v2 FOLDER [unittest arguments]

FOLDER holds the built examples.
"""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
from dns import Zone  # noqa: E402
from simulator import TELLS_FILES, Simulator, write  # noqa: E402
from web import Web  # noqa: E402

EMSIGN = SIM = API = FOLDER = None
PASSWORD = 'EMSIGN-CANARY-keystore-password'


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='emsign-examples-')
        cls.web = Web(os.path.join(cls.folder.name, 'web'))
        cls.zone = Zone(cls.folder.name)
        cls.sim = Simulator(SIM, os.path.join(cls.folder.name, 'sim'), '--dcv', 'http',
                            '--resolve', '*=' + cls.web.address, '--dns', cls.zone.address,
                            *TELLS_FILES[API], api=API)
        cls.store = 'sqlite:' + os.path.join(cls.folder.name, 'store.db')
        cls.key = os.path.join(cls.folder.name, 'sealing.key')
        cls.command('credential', 'add', 'example', 'api=' + API, '--url', cls.sim.api_url,
                    '--account', cls.sim.account, '--access-key-file', cls.sim.key_file,
                    '--ca-file', cls.sim.ca_file, '--name', 'Alex Example',
                    '--email', 'alex@example.com', '--phone', '5550000000')
        cls.command('sync', 'example')

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()
        cls.web.stop()
        cls.zone.stop()
        cls.folder.cleanup()

    @classmethod
    def command(cls, *args):
        return subprocess.run([EMSIGN, '--store', cls.store, '--key-file', cls.key, *args],
                              check=True, stdout=subprocess.PIPE, text=True).stdout

    def run_example(self, name, *args):
        run = subprocess.run([os.path.join(FOLDER, 'example-' + name), *args], timeout=60,
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def place(self, domain):
        out = self.run_example('order', self.store, self.key, 'example', '842', domain, self.web.root)
        last = out.splitlines()[-1]
        self.assertTrue(last.endswith(' is issued'), out)
        return last.split()[0]

    def test_order_and_keystore(self):
        order = self.place('www.example.com')
        listed = self.run_example('list', self.store, 'certificate',
                                  'order=' + order.split('/')[1])
        self.assertIn('"domain":"www.example.com"', listed)
        certificate = listed.split('"id":"', 1)[1].split('"', 1)[0]
        password = write(os.path.join(self.folder.name, 'password'), PASSWORD)
        out = os.path.join(self.folder.name, 'keystore.p12')
        self.run_example('keystore', self.store, self.key, certificate, password, out)
        opened = subprocess.run(['openssl', 'pkcs12', '-in', out, '-nokeys', '-passin',
                                 'file:' + password], capture_output=True, text=True, check=True)
        self.assertIn('www.example.com', opened.stdout)

    def test_loop(self):
        orders = [self.place(f'loop{i}.example.com') for i in range(3)]
        out = self.run_example('loop', self.store, self.key, 'example', *orders)
        self.assertEqual(sorted(out.splitlines()), sorted(f'{o} is issued' for o in orders))

    def test_validate(self):
        order = self.command('order', 'example', 'product=845', 'domain=*.wild.example',
                             'san=wild.example').strip()
        out = self.run_example('validate', self.store, self.key, 'example', order, self.zone.path)
        self.assertEqual(out.splitlines()[-1], f'{order}: every name is proven')
        self.assertEqual(out.count('published'), 2)
        self.assertEqual(os.path.getsize(self.zone.path), 0)

    def test_own_transport(self):
        self.assertIn('the credential is good, after 1 call', self.run_example('own_transport'))

    def test_own_store(self):
        out = self.run_example('own_store')
        self.assertIn('put credential example', out)
        self.assertIn('put sealed example/access-key', out)


if __name__ == '__main__':
    EMSIGN, SIM, API, FOLDER = (sys.argv.pop(1) for _ in range(4))
    unittest.main(verbosity=2)
