# SPDX-License-Identifier: MIT
"""Nobody else can read what we make, not even for an instant, whatever the umask is.

    test_mode.py EMSIGN SECRET EMSIGN-SIM [unittest arguments]

The command, and the library by the life of secret.c, run under strace: each call that makes a file
or folder, or changes its mode, is judged by its arguments; then the tree is looked through. Status
77 where strace is missing or may not trace.
"""
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, 'tests', 'support'))
from dns import Zone  # noqa: E402
from simulator import Simulator, write  # noqa: E402
from web import Web  # noqa: E402

EMSIGN = SECRET = SIM = None
SKIP = 77
CALLS = 'openat,open,creat,mkdir,mkdirat,chmod,fchmod,fchmodat,umask,execve'
CANARY = 'EMSIGN-CANARY-'

OPENING = re.compile(r'\b(?:openat|open)\((?:[^,"]+, )?"(?P<path>[^"]*)", (?P<flags>[A-Z_|]+)'
                     r'(?:, (?P<mode>0\d*))?\) += ')
MAKING = re.compile(r'\bmkdir(?:at)?\((?:[^,"]+, )?"(?P<path>[^"]*)", (?P<mode>0\d*)\) += 0')
CHANGING = re.compile(r'\b(?:chmod|fchmod|fchmodat)\((?P<what>.*?), (?P<mode>0\d+)(?:, \w+)?\) += 0')
FORBIDDEN = re.compile(r'\b(?:umask|creat)\(')
# SQLite opens these itself, and gives them the mode of the database.
SQLITE = re.compile(r'\.db-(?:wal|shm|journal)$')


class Traced:
    """What a traced program did, judged call by call."""

    def __init__(self, public):
        self.public = public  # folders that are meant to be seen
        self.files = self.folders = self.programs = 0
        self.wrong = []

    def is_public(self, what):
        return any(folder in what for folder in self.public)

    def judge_file(self, line, hit):
        self.files += 1
        if not hit or int(hit['mode'], 8) != 0o600 or not (
                'O_EXCL' in hit['flags'] or SQLITE.search(hit['path'])):
            self.wrong.append(line)

    def judge(self, line):
        if 'O_CREAT' in line and not self.is_public(line):
            self.judge_file(line, OPENING.search(line))
        hit = MAKING.search(line)
        if hit and not self.is_public(line):
            self.folders += 1
            if int(hit['mode'], 8) != 0o700:
                self.wrong.append(line)
        hit = CHANGING.search(line)
        if hit and int(hit['mode'], 8) & 0o077 and not self.is_public(line):
            self.wrong.append(line)
        if FORBIDDEN.search(line) or CANARY in line:
            self.wrong.append(line)
        self.programs += 'execve(' in line


def trace(folder, public, umask, args, **more):
    """Runs a program under strace; returns how it ended, and what it did."""
    log = os.path.join(folder, 'trace')
    done = subprocess.run(
        ['strace', '-f', '-qq', '-y', '-v', '-s', '65536', '-e', 'trace=' + CALLS, '-e',
         'signal=none', '-o', log, *args], umask=umask, capture_output=True, text=True,
        timeout=300, **more)
    traced = Traced(public)
    with open(log, encoding='utf-8', errors='replace') as file:
        for line in file:
            traced.judge(line.rstrip())
    os.unlink(log)
    return done, traced


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.there = tempfile.mkdtemp(prefix='emsign-mode-')
        cls.addClassCleanup(shutil.rmtree, cls.there)
        cls.zone = Zone(cls.there)
        cls.addClassCleanup(cls.zone.stop)
        cls.web = Web(os.path.join(cls.there, 'web'))
        cls.addClassCleanup(cls.web.stop)
        cls.sim = Simulator(SIM, os.path.join(cls.there, 'ca'), '--dcv', 'http', '--dns',
                            cls.zone.address, '--resolve', '*=' + cls.web.address)
        cls.addClassCleanup(cls.sim.stop)
        # the library's life proves nothing, and needs an organization
        cls.believing = Simulator(SIM, os.path.join(cls.there, 'believing'), '--delay-revocable',
                                  '0')
        cls.addClassCleanup(cls.believing.stop)
        cls.believing.control('account', {'organization': {
            'organizationNumber': '4445550', 'organizationName': 'Other Corp',
            'groupNumber': '6787449116', 'validationFor': '2', 'validated': True}})
        cls.secrets = [cls.sim.access_key_file] + [
            write(os.path.join(cls.there, name), CANARY + secrets.token_hex(16) + '\n')
            for name in ('password', 'passphrase')]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='emsign-mode-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.home = os.path.join(self.folder, 'home')
        os.mkdir(self.home, 0o700)
        self.files = self.folders = self.programs = 0

    def trace(self, umask, *args, code=0, **more):
        done, traced = trace(self.folder, (self.there, '.well-known'), umask, args, **more)
        self.assertEqual(done.returncode, code, f'{args}\n{done.stdout}\n{done.stderr}')
        self.assertEqual(traced.wrong, [], args)
        self.files += traced.files
        self.folders += traced.folders
        self.programs += traced.programs
        self.assert_private()
        return done

    def assert_private(self):
        for folder, _, names in os.walk(self.home):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                mode = os.lstat(path).st_mode
                self.assertFalse(mode & 0o077, f'{path} {stat.filemode(mode)}')

    def emsign(self, umask, *args, **more):
        return self.trace(umask, EMSIGN, *args, env={'PATH': os.environ['PATH'],
                                                     'HOME': self.home}, **more).stdout

    def live_by_command(self, umask):
        """Every verb that makes files, from nothing to keystores."""
        domain = f'u{umask}.{secrets.token_hex(4)}.example'
        self.emsign(umask, 'credential', 'add', 'lab', '--url', self.sim.url, '--account',
                    Simulator.account, '--ca-file', self.sim.ca_file, '--access-key-file',
                    self.secrets[0], '--name', 'Alex Example', '--email', 'alex@example.com',
                    '--phone', '5550100')
        self.emsign(umask, 'sync', 'lab')
        self.emsign(umask, 'import', 'lab')
        order = self.emsign(umask, 'order', 'lab', 'product=842', 'domain=' + domain).strip()
        self.emsign(umask, 'validate', order, '--web-root', self.web.root, '--wait', '60')
        second = self.emsign(umask, 'order', 'lab', 'product=842',
                             'domain=dns.' + domain).strip()
        before = self.programs
        self.emsign(umask, 'validate', second, '--dns-hook', self.zone.hook, '--wait', '60')
        self.assertGreater(self.programs, before + 1)  # its hook was seen, with all it was given
        self.emsign(umask, 'status', order, '--wait', '60')
        self.emsign(umask, 'export', order, '--out-dir', os.path.join(self.home, 'tls'),
                    '--password-file', self.secrets[1])
        self.emsign(umask, 'export', order, '--out', os.path.join(self.home, 'one.pem'))
        self.emsign(umask, 'revoke', order, '--reason', 'superseded', '--comment', 'x', '--yes')
        self.emsign(umask, 'delete', order)
        self.assertEqual(self.folders, 4)  # .local, share and emsign in it; tls
        self.assertGreater(self.files, 12)

    def live_by_library(self, umask, api='v1'):
        url, secret_file = self.believing.way(api)
        self.trace(umask, SECRET, '--crash', '1000000', '--key', 'EC:P-256', api, url,
                   self.believing.ca_file, secret_file, *self.secrets[1:], self.home)
        self.assertGreater(self.files, 8)

    def live_by_library_v2(self, umask):
        self.live_by_library(umask, 'v2')


class Slice(Case):
    """The widest umask, and the proof that what is wrong is seen."""

    def test_command(self):
        self.live_by_command(0)

    def test_library(self):
        self.live_by_library(0)

    def test_library_v2(self):
        self.live_by_library_v2(0)

    def test_wrong_is_seen(self):
        for script in (': > home/x', 'mkdir home/x', 'umask 077; : > home/x; chmod 640 home/x',
                       'env EMSIGN_PASSWORD=' + CANARY + 'x true'):
            with self.subTest(script):
                _, traced = trace(self.folder, (), 0, ['sh', '-c', script], cwd=self.folder)
                self.assertNotEqual(traced.wrong, [])
                shutil.rmtree(self.home)
                os.mkdir(self.home, 0o700)

    def test_wider_files_are_reported(self):
        """A key that others can read is refused; a store and a file with a secret are told of."""
        self.emsign(0, 'list', 'orders')
        folder = os.path.join(self.home, '.local', 'share', 'emsign')
        os.chmod(os.path.join(folder, 'store.db'), 0o644)
        env = {'PATH': os.environ['PATH'], 'HOME': self.home}
        done = subprocess.run([EMSIGN, 'list', 'orders'], env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"others can read '.*/store\.db' \(mode 644\)")
        os.chmod(os.path.join(folder, 'sealing.key'), 0o640)
        done = subprocess.run([EMSIGN, 'list', 'orders'], env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn('others may read the sealing key', done.stderr)


class Torture(Case):
    """All of it at each umask."""

    umasks = (0o000, 0o022, 0o027, 0o077)

    def test_all(self):
        ways = (self.live_by_command, self.live_by_library, self.live_by_library_v2)
        good, lives = 0, len(ways) * len(self.umasks)
        for umask in self.umasks:
            for live in ways:
                with self.subTest(umask=oct(umask), live=live.__name__):
                    self.setUp()
                    live(umask)
                    good += 1
        print(f'mode: {good} of {lives} lives, {lives - good} failed', flush=True)


def can_trace():
    with tempfile.TemporaryDirectory() as folder:
        try:
            done, traced = trace(folder, (), 0, ['true'])
        except OSError:
            return False
    return done.returncode == 0 and traced.programs == 1


def main():
    global EMSIGN, SECRET, SIM
    EMSIGN, SECRET, SIM = (os.path.abspath(path) for path in sys.argv[1:4])
    if not can_trace():
        print('strace is not here, or may not trace: modes were not looked at')
        sys.exit(SKIP)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=0)


if __name__ == '__main__':
    main()
