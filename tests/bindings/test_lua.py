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
from simulator import Simulator  # noqa: E402

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
