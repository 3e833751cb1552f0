# SPDX-License-Identifier: MIT
"""The examples for scripts, run against the simulator as a reader would run them.

    test_examples.py EMSIGN EMSIGN-SIM v1|v2 FOLDER SUFFIX INTERPRETER [unittest arguments]
"""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from dns import Zone  # noqa: E402
from simulator import TELLS_FILES, Simulator, write  # noqa: E402
from web import Web  # noqa: E402

EMSIGN = SIM = API = FOLDER = SUFFIX = INTERPRETER = None
PASSWORD = 'EMSIGN-CANARY-keystore-password'


class Examples(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-examples-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.store = 'sqlite:' + self.path('store.db')
        self.key = self.path('sealing.key')

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def run_example(self, name, *args):
        run = subprocess.run([INTERPRETER, os.path.join(FOLDER, name + SUFFIX), *args],
                             capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return ' '.join(run.stdout.split())

    def command(self, *args):
        return subprocess.run([EMSIGN, '--store', self.store, '--key-file', self.key, *args],
                              check=True, stdout=subprocess.PIPE, text=True).stdout

    def test_life(self):
        web = Web(self.path('web'))
        self.addCleanup(web.stop)
        zone = Zone(self.folder)
        self.addCleanup(zone.stop)
        sim = Simulator(SIM, self.path('sim'), '--dcv', 'http', '--resolve', '*=' + web.address,
                        '--dns', zone.address, *TELLS_FILES[API], api=API)
        self.addCleanup(sim.stop)
        self.command('credential', 'add', 'example', 'api=' + API, '--url', sim.api_url,
                     '--account', sim.account, '--access-key-file', sim.key_file,
                     '--ca-file', sim.ca_file, '--name', 'Alex Example',
                     '--email', 'alex@example.com', '--phone', '5550000000')
        self.command('sync', 'example')
        out = self.run_example('order', self.store, self.key, 'example', '842',
                               'www.example.com', web.root)
        self.assertTrue(out.endswith(' is issued'), out)
        order = out.split()[-3]

        listed = self.run_example('list', self.store, 'certificates',
                                  'order=' + order.split('/')[1])
        certificate = listed.split('"id":"', 1)[1].split('"', 1)[0]
        password = write(self.path('password'), PASSWORD)
        self.run_example('keystore', self.store, self.key, certificate, password,
                         self.path('keystore.p12'))
        opened = subprocess.run(['openssl', 'pkcs12', '-in', self.path('keystore.p12'), '-nokeys',
                                 '-passin', 'file:' + password],
                                capture_output=True, text=True, check=True)
        self.assertIn('www.example.com', opened.stdout)
        self.assertEqual(self.run_example('loop', self.store, self.key, 'example', order),
                         f'50 times: {order} is issued')

        order = self.command('order', 'example', 'product=845', 'domain=*.wild.example',
                             'san=wild.example').strip()
        out = self.run_example('validate', self.store, self.key, 'example', order, zone.path)
        self.assertTrue(out.endswith(f'{order}: every name is proven'), out)
        self.assertEqual(out.count('published'), 2)
        self.assertEqual(os.path.getsize(zone.path), 0)

    def test_they_mirror_those_in_c(self):
        names = {folder: {os.path.splitext(name)[0] for name in os.listdir(folder)
                          if name.endswith(('.c', SUFFIX))}
                 for folder in (FOLDER, os.path.join(FOLDER, '..', 'c'))}
        self.assertEqual(*names.values())

    def test_own_transport(self):
        self.assertIn('the credential is good, after 1 call', self.run_example('own_transport'))

    def test_own_store(self):
        out = self.run_example('own_store')
        self.assertIn('credential example', out)
        self.assertIn('sealed example/access-key', out)


if __name__ == '__main__':
    EMSIGN, SIM, API, FOLDER, SUFFIX, INTERPRETER = (sys.argv.pop(1) for _ in range(6))
    unittest.main(verbosity=2)
