# SPDX-License-Identifier: MIT
"""Runs the Lua tests that need the simulator, valgrind, or an end of their process.

    test_lua.py LUA EMSIGN-SIM CLASS      CLASS: Life (with v1 or v2 behind it), Leaks or Valgrind
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
from simulator import TELLS_FILES, Simulator  # noqa: E402
from web import Web  # noqa: E402

LUA, SIM = (os.path.abspath(path) for path in sys.argv[1:3])
API = (sys.argv[4:] or ['v1'])[0]
VALGRIND = ('valgrind', '-q', '--error-exitcode=9', '--leak-check=full')
SANITIZED = 'LD_PRELOAD' in os.environ


class Case(unittest.TestCase):
    def run_script(self, name, *args, under=()):
        """What it printed; it ended well."""
        run = subprocess.run([*under, LUA, os.path.join(HERE, 'lua', name), *args], timeout=300,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False)
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertNotIn('CANARY', run.stdout)
        return run.stdout


class Life(Case):
    def run_against(self, script, folder, *more, options=()):
        sim = Simulator(SIM, os.path.join(folder, 'sim'), '--delay-revocable', '0',
                        *TELLS_FILES[API], *options, api=API)
        self.addCleanup(sim.stop)
        self.run_script(script, API, sim.api_url, sim.account, sim.key_file, sim.ca_file, folder,
                        *more)

    def test_life(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-lua-')
        self.addCleanup(folder.cleanup)
        self.run_against('life.lua', folder.name)

    def test_rest(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-lua-')
        self.addCleanup(folder.cleanup)
        sim = Simulator(SIM, os.path.join(folder.name, 'sim'))
        self.addCleanup(sim.stop)
        self.run_script('rest.lua', sim.v2_url, sim.account, sim.client_secret_file, sim.ca_file)

    def test_solver(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-lua-')
        self.addCleanup(folder.cleanup)
        web = Web(os.path.join(folder.name, 'web'))
        self.addCleanup(web.stop)
        zone = Zone(folder.name)
        self.addCleanup(zone.stop)
        self.run_against('test_solver.lua', folder.name, zone.hook, options=(
            '--dcv', 'http', '--dns', zone.address, '--resolve', '*=' + web.address))
        self.assertEqual(web.left(), [])
        self.assertEqual(os.path.getsize(zone.path), 0)

    def test_domain(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-lua-')
        self.addCleanup(folder.cleanup)
        zone = Zone(folder.name)
        self.addCleanup(zone.stop)
        sim = Simulator(SIM, os.path.join(folder.name, 'sim'), '--dcv', 'http', '--dns',
                        zone.address)
        self.addCleanup(sim.stop)
        self.run_script('test_domain.lua', sim.v2_url, sim.account, sim.client_secret_file,
                        sim.ca_file, zone.hook)
        self.assertEqual(os.path.getsize(zone.path), 0)

    def test_warnings(self):
        said = self.run_script('warn.lua').split('\n')
        closing = 'Lua warning: error in close() of an object that emsign used'
        self.assertEqual(said, [closing, 'Lua warning: cancel', closing, 'Lua warning: log', closing, ''])


class Leaks(Case):
    def test_growth(self):
        # a sanitizer keeps what was freed for a while: fewer rounds, then the process is not measured
        print(self.run_script('leaks.lua', *(['1000'] if SANITIZED else [])))

    def test_shutdown_with_live_objects(self):
        for how in [], ['close'], ['at once']:
            self.assertEqual(self.run_script('shutdown.lua', *how), '')


@unittest.skipUnless(shutil.which('valgrind'), 'there is no valgrind')
@unittest.skipIf(SANITIZED, 'a sanitizer is at work')
class Valgrind(Case):
    def test_many_scripts_in_one_process(self):
        """Because starting under valgrind takes longer than most of them."""
        include = os.path.join(HERE, '..', '..', 'include', 'emsign')
        self.run_script('several.lua', include, '20', 'test_values', 'test_plugs', 'test_raising',
                        'leaks', under=VALGRIND)

    def test_shutdown_with_live_objects(self):
        self.assertEqual(self.run_script('shutdown.lua', under=VALGRIND), '')


if __name__ == '__main__':
    ran = unittest.main(argv=[sys.argv[0], sys.argv[3]], verbosity=2, exit=False).result
    if ran.testsRun and len(ran.skipped) == ran.testsRun:
        print('skipped:', ran.skipped[0][1])
        sys.exit(77)
    sys.exit(not ran.wasSuccessful())
