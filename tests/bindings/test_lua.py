# SPDX-License-Identifier: MIT
"""Runs the Lua tests that need the simulator or valgrind.

    test_lua.py LUA EMSIGN-SIM [unittest arguments]
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from dns import Zone  # noqa: E402
from simulator import Simulator  # noqa: E402
from web import Web  # noqa: E402

LUA = SIM = None
VALGRIND = ['valgrind', '-q', '--error-exitcode=9', '--leak-check=full']


class Lua(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-lua-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_script(self, name, *args, under=()):
        run = subprocess.run([*under, LUA, os.path.join(HERE, 'lua', name), *args], timeout=300,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False)
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertNotIn('CANARY', run.stdout)

    def test_life(self):
        sim = Simulator(SIM, os.path.join(self.folder, 'sim'))
        self.addCleanup(sim.stop)
        self.run_script('life.lua', sim.url, sim.account, sim.access_key_file, sim.ca_file,
                        self.folder)

    def test_solver(self):
        web = Web(os.path.join(self.folder, 'web'))
        self.addCleanup(web.stop)
        zone = Zone(self.folder)
        self.addCleanup(zone.stop)
        sim = Simulator(SIM, os.path.join(self.folder, 'sim'), '--dcv', 'http', '--dns',
                        zone.address, '--resolve', '*=' + web.address)
        self.addCleanup(sim.stop)
        self.run_script('test_solver.lua', sim.url, sim.account, sim.access_key_file, sim.ca_file,
                        self.folder, zone.hook)
        self.assertEqual(web.left(), [])
        self.assertEqual(os.path.getsize(zone.path), 0)

    def test_golden(self):
        """The cases that test_golden.py replays from Python."""
        golden = os.path.join(HERE, '..', 'golden', 'v1')
        cases = []
        for name in sorted(os.listdir(golden)):
            with open(os.path.join(golden, name, 'call'), encoding='utf-8') as file:
                call = file.read()
            answered = os.path.exists(os.path.join(golden, name, 'response.http'))
            if call.startswith(('verb=test\n', 'verb=track\n')) and answered and \
                    '\nurl=' not in call and '\ntoken=' not in call:
                cases.append(name)
        self.assertGreater(len(cases), 50)
        self.run_script('golden.lua', golden, *cases)

    @unittest.skipIf('LD_PRELOAD' in os.environ, 'a tool keeps what was freed for a while')
    def test_growth(self):
        self.run_script('leaks.lua')

    @unittest.skipUnless(shutil.which('valgrind') and 'LD_PRELOAD' not in os.environ,
                         'no valgrind, or another tool is at work')
    def test_valgrind(self):
        for name in ('test_values.lua', 'test_plugs.lua'):
            self.run_script(name, under=VALGRIND)
        self.run_script('leaks.lua', '100', under=VALGRIND)


if __name__ == '__main__':
    LUA, SIM = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    unittest.main(verbosity=2)
