# SPDX-License-Identifier: MIT
"""Where do secrets stay? In nothing that is said or kept, in no memory, in no core.

    test_secret.py SECRET EMSIGN EMSIGN-SIM [unittest arguments]

SECRET (secret.c) lives through a whole life. By itself it looks for its secrets in its own memory;
here it is also made to crash at its points, and the core, what it said and what it left behind are
searched. The class Slice takes some seconds; Torture takes every point and every kind of key, and
cores of the command EMSIGN at its end.
"""
import base64
import hashlib
import importlib.machinery
import itertools
import os
import re
import resource
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, 'tests', 'support'))
sys.dont_write_bytecode = True
from simulator import Simulator, write  # noqa: E402

disguises = importlib.machinery.SourceFileLoader(
    'canary', os.path.join(TOP, 'tools', 'canary')).load_module().disguises

SECRET = EMSIGN = SIM = None
SALT = b'salt of this test'
# What the simulated CA tells for an organization that it was told of.
ORGANIZATION = {'organizationNumber': '4445550', 'organizationName': 'Other Corp',
                'groupNumber': '6787449116', 'validationFor': '2', 'validated': True}
CONSENT = b'00112233445566778899AABBCCDDEEFF'
PART = 12  # bytes of a secret that no accident writes
# Not to be helped by an allocator that writes over what it gets back, as meson likes it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != 'MALLOC_PERTURB_'}
HANDED_OVER = re.compile('^(access-key|password|passphrase)')


def needles(named):
    """Every part of every secret, as it may be written: a name and a form for each."""
    found = {}
    for name, secret in named:
        secret = secret[len(b'EMSIGN-CANARY-'):] if secret.startswith(b'EMSIGN-') else secret
        for at in range(0, len(secret) - PART + 1, PART):
            for form, text in disguises(secret[at:at + PART]):
                found[text] = f'{name}, {form}'
    return found


def search(content, wanted):
    """What of it is in there."""
    return sorted({name for text, name in wanted.items() if text in content})


def core_writer():
    """Who writes the core of a program: 'kernel', 'gdb', or None."""
    with open('/proc/sys/kernel/core_pattern', encoding='utf-8') as file:
        pattern = file.read().strip()
    if '/' not in pattern and not pattern.startswith('|'):
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == resource.RLIM_INFINITY:
            return 'kernel'
    return 'gdb' if shutil.which('gdb') else None


class Case(unittest.TestCase):
    key = 'EC:P-256'
    api = 'v1'

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='emsign-secret-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.sim = Simulator(SIM, os.path.join(cls.folder, 'ca'), '--delay-revocable', '0')
        cls.addClassCleanup(cls.sim.stop)
        cls.sim.control('account', {'organization': ORGANIZATION})
        cls.known = [('access key', cls.sim.access_key.encode()),
                     ('client secret', cls.sim.client_secret.encode())]
        cls.files = []
        for name in ('password', 'passphrase'):
            secret = 'EMSIGN-CANARY-' + secrets.token_hex(16)
            cls.known.append((name, secret.encode()))
            cls.files.append(write(os.path.join(cls.folder, name), secret + '\n'))
        cls.known.append(('sealing key', hashlib.scrypt(
            cls.known[-1][1], salt=SALT, n=32768, r=8, p=1, maxmem=2**26, dklen=32)))

    def run_it(self, *options, wrap=()):
        """A run in a folder of its own, with the numbers of its keys, and its access token."""
        shutil.rmtree(os.path.join(self.folder, 'run'), ignore_errors=True)
        self.run_folder = os.path.join(self.folder, 'run')
        os.mkdir(self.run_folder)
        url, secret_file = self.sim.way(self.api)
        done = subprocess.run(
            [*wrap, SECRET, *options, '--key', self.key, self.api, url, self.sim.ca_file,
             secret_file, *self.files, self.run_folder],
            cwd=self.run_folder, env=ENVIRONMENT, capture_output=True, timeout=300)
        with open(os.path.join(self.run_folder, 'password-numbers'), encoding='ascii') as file:
            numbers = [bytes.fromhex(line) for line in file]
        self.wanted = needles([*self.known, *(('private key or token', n) for n in numbers)])
        return done

    def assert_clean(self, where, content, *more):
        self.assertEqual(search(content, {**self.wanted, **needles(more)}), [], where)

    def assert_nothing_left(self, done):
        """Nothing in what was said, and in the files that stay: store, log of the store, rest."""
        token = ('consent token', CONSENT)
        self.assert_clean('output', done.stdout + done.stderr, token)
        for name in os.listdir(self.run_folder):
            if not HANDED_OVER.match(name) and not name.startswith('core'):
                with open(os.path.join(self.run_folder, name), 'rb') as file:
                    self.assert_clean(name, file.read(), token)

    def crash(self, *options):
        """The core of a run that crashed; None when it ended before it came to that point."""
        writer = core_writer()
        if not writer:
            self.skipTest('no core to be had: the kernel pipes it away, and there is no gdb')
        if writer == 'kernel':
            done = self.run_it(*options)
            crashed = done.returncode == -signal.SIGABRT
        else:
            done = self.run_it(*options, wrap=['gdb', '-batch', '-nx', '-ex', 'run', '-ex',
                                               'generate-core-file core', '--args'])
            crashed = b'SIGABRT' in done.stdout + done.stderr
        self.assert_nothing_left(done)
        if not crashed:
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            return None
        cores = [name for name in os.listdir(self.run_folder) if name.startswith('core')]
        self.assertEqual(len(cores), 1, done.stderr.decode())
        with open(os.path.join(self.run_folder, cores[0]), 'rb') as file:
            return file.read()

    def live(self):
        """One whole life that searches its own memory; returns how many points it has."""
        done = self.run_it()
        last = done.stdout.decode().splitlines()[-1]
        self.assertEqual(done.returncode, 0, done.stderr.decode() + last)
        self.assert_nothing_left(done)
        self.assertRegex(last, r'^secret: \d+ points, \d+ blocks given back, \d+ KB at the end, '
                               '0 leaks$')
        return int(last.split()[1])

    def crash_at(self, points):
        """Cores of so many points: none holds a secret. Returns how many there were."""
        cores = 0
        for point in points:
            core = self.crash('--crash', str(point))
            if core is not None:
                cores += 1
                self.assert_clean(f'core of point {point}', core)
        return cores


class Slice(Case):
    """Some seconds of it, and the proof that leaks are found."""

    def test_planted(self):
        for what in ('heap', 'freed', 'stack', 'log'):
            with self.subTest(what):
                done = self.run_it('--plant', what)
                self.assertEqual(done.returncode, 1, done.stderr.decode())
                self.assertIn(b'leak: ', done.stderr)
                self.assertIn(b'password', done.stderr)

    def test_planted_in_a_core(self):
        for what in ('heap', 'stack'):
            with self.subTest(what):
                core = self.crash('--plant', what, '--crash', '1000000')
                self.assertIn('password, as it is', search(core, self.wanted))

    def test_planted_in_a_file(self):
        self.crash('--crash', '60')
        with open(os.path.join(self.run_folder, 'store.db-wal'), 'ab') as file:
            file.write(self.known[0][1][20:40].hex().encode())
        with self.assertRaisesRegex(AssertionError, 'access key, in .*hex'):
            self.assert_nothing_left(subprocess.CompletedProcess([], 0, b'', b''))

    def test_life(self):
        for self.api in ('v1', 'v2'):
            with self.subTest(self.api):
                self.assertGreater(self.live(), 400)

    def test_cores(self):
        self.assertEqual(self.crash_at((3, 60, 140, 230, 310, 380)), 6)


class Torture(Case):
    """Every kind of key, and a core of every point."""

    def test_kinds(self):
        lives = list(itertools.product(('v1', 'v2'), ('EC:P-384', 'RSA:2048', 'RSA:3072',
                                                      'RSA:4096')))
        good = 0
        for self.api, self.key in lives:
            with self.subTest(api=self.api, key=self.key):
                self.live()
                good += 1
        print(f'secret: {good} of {len(lives)} lives, {len(lives) - good} failed', flush=True)

    def test_cores(self):
        points = self.live()
        cores = self.crash_at(range(1, points))
        print(f'secret: {cores} of {points} points crashed, 0 failed', flush=True)
        self.assertGreater(cores, points * 0.9)  # how often the network is waited for varies


class Command(Case):
    """What is left in the memory of the command when it ends."""

    def core_of(self, *args, **env):
        """Its core as it calls exit(), whatever way its secrets came to it."""
        core = os.path.join(self.home, 'core')
        done = subprocess.run(
            ['gdb', '-batch', '-nx', '-ex', 'break exit', '-ex', 'run', '-ex',
             'generate-core-file ' + core, '--args', EMSIGN, *args], capture_output=True,
            timeout=120, env={'PATH': os.environ['PATH'], 'HOME': self.home, **env})
        with open(core, 'rb') as file:
            content = file.read()
        os.unlink(core)
        return done.stdout, content

    def test_cores(self):
        if not shutil.which('gdb'):
            self.skipTest('no core to be had: there is no gdb')
        self.home = os.path.join(self.folder, 'home')
        os.mkdir(self.home)
        access_key, _, password = (secret.decode() for _, secret in self.known[:3])
        cores = [self.core_of('credential', 'add', 'lab', '--url', self.sim.url, '--account',
                              Simulator.account, '--ca-file', self.sim.ca_file, '--name', 'A B',
                              '--email', 'a@example.com', '--phone', '5550100',
                              EMSIGN_ACCESS_KEY=access_key)[1],
                 self.core_of('credential', 'update', 'lab', '--access-key-file',
                              self.sim.access_key_file)[1]]
        for args in (('order', 'lab', 'product=842', 'domain=www.example.com'), ):
            cores.append(self.core_of(*args)[1])
        order = subprocess.run([EMSIGN, '--json', 'list', 'orders'], env={'HOME': self.home},
                               capture_output=True, check=True).stdout
        order = re.search(rb'"id":"([^"]+)"', order).group(1).decode()
        for args in (('challenge', order), ('verify', order), ('status', order, '--wait', '30')):
            cores.append(self.core_of(*args)[1])
        said, core = self.core_of('export', order, '--part', 'key', '--out', '-')
        cores.append(core)
        cores.append(self.core_of('export', order, '--out-dir', os.path.join(self.home, 'tls'),
                                  EMSIGN_PASSWORD=password)[1])
        body = re.search(rb'BEGIN PRIVATE KEY-----(.*?)-----END', said, re.DOTALL).group(1)
        scalar = base64.b64decode(body)[36:68]
        self.wanted = needles([*self.known[:3], ('private key', scalar)])
        for i, core in enumerate(cores):
            self.assert_clean(f'core {i}', core)
        print(f'secret: {len(cores)} of {len(cores)} runs of the command, 0 failed', flush=True)


def main():
    global SECRET, EMSIGN, SIM
    SECRET, EMSIGN, SIM = (os.path.abspath(path) for path in sys.argv[1:4])
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=0)


if __name__ == '__main__':
    main()
