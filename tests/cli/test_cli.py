# SPDX-License-Identifier: MIT
"""The command emsign, run like a user runs it, against the simulator.

    test_cli.py EMSIGN EMSIGN-SIM v1|v2 [unittest arguments]

The same tests for either generation of the CA's API: only the credential says which.
Every run is searched for the secrets of these tests: none may ever appear.
"""
import fcntl
import json
import os
import pty
import re
import secrets
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, 'tests', 'support'))
from dns import Zone  # noqa: E402
from simulator import TELLS_FILES, Simulator, write  # noqa: E402
from web import Web  # noqa: E402

EMSIGN = SIM = None
API = 'v1'
MAN = os.path.join(TOP, 'docs', 'man', 'emsign.1')
COMPLETION = os.path.join(TOP, 'examples', 'cli', 'completion.bash')

ACCOUNT = Simulator.account
ACCESS_KEY = 'EMSIGN-CANARY-' + secrets.token_hex(16)
PASSWORD = 'EMSIGN-CANARY-' + secrets.token_hex(8)
WRONG_KEY = 'EMSIGN-CANARY-' + secrets.token_hex(16)
PLACES = {'v1': 'GenerateOrderSSL', 'v2': 'v2/ssl-certificates '}  # what the log calls it
# how a wrong key is called
WRONG = {'v1': r'^EMS-\d+$', 'v2': '^invalid_client$'}
NO_RIGHT = {'v1': {'kind': 'business', 'code': 913}, 'v2': {'kind': 'status', 'status': 403}}
NOT_FOUND = {'v1': 'EMS-1078', 'v2': 'EMS-1161'}  # what the CA says of a proof that is not there
REQUESTER = ['--name', 'Alex Example', '--email', 'alex@example.com', '--phone', '5550100']
FAST = ['--set', 'attempts=1', '--set', 'backoff_ms=10']

VERBS = ['credential add', 'credential update', 'credential list', 'credential show',
         'credential rm', 'credential test', 'sync', 'import', 'ledger', 'list', 'order', 'promote', 'reissue', 'challenge',
         'verify', 'validate', 'status', 'fetch', 'export', 'cancel', 'revoke', 'delete', 'csr', 'submit-csr',
         'accept', 'domain add', 'domain show', 'domain challenge', 'domain verify',
         'domain validate', 'domain attempts', 'domain deactivate', 'fields', 'version']


class Case(unittest.TestCase):
    """A user with a home, a store and nothing else."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='emsign-cli-')
        self.addCleanup(subprocess.run, ['rm', '-rf', self.folder], check=False)
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.folder, 'LC_ALL': 'C.UTF-8'}
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'LD_LIBRARY_PATH'):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self, *args, env=None, **more):
        return subprocess.Popen([EMSIGN, *args], env={**self.env, **(env or {})},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)

    def finish(self, process, code, stdin=None):
        out, err = process.communicate(stdin, timeout=120)
        self.assertEqual(process.returncode, code, f'{process.args}\n{out}\n{err}')
        for secret in (ACCESS_KEY, PASSWORD, WRONG_KEY):
            self.assertNotIn(secret, out + err)
        return out, err

    def start_on_terminal(self, *args):
        """A process that may ask, and the terminal's other end."""
        try:
            parent, child = pty.openpty()
        except OSError as error:
            self.skipTest(f'no terminal to be had: {error}')
        self.addCleanup(os.close, parent)
        process = self.start(*args, stdin=child)
        os.close(child)
        return process, parent

    def interrupt(self, number, *args):
        """Sends a signal once the command waits for the CA."""
        process = self.start('-vv', *args)
        seen = ''
        while 'asking the CA' not in seen:
            seen = process.stderr.readline()
            self.assertTrue(seen)
        time.sleep(0.5)
        process.send_signal(number)
        return process

    def answer(self, process, terminal, prompt, line):
        seen = ''
        while not seen.endswith(prompt):
            one = process.stderr.read(1)
            self.assertTrue(one, seen)
            seen += one
        os.write(terminal, (line + '\n').encode())

    def run_it(self, *args, code=0, env=None, stdin=None):
        process = self.start(*args, env=env, stdin=subprocess.PIPE if stdin is not None
                             else subprocess.DEVNULL)
        return self.finish(process, code, stdin)

    def out(self, *args, **more):
        return self.run_it(*args, **more)[0]

    def json(self, *args, code=0, **more):
        """One object on stdout, with the members that every object has."""
        out = self.run_it('--json', *args, code=code, **more)[0]
        self.assertEqual(out.count('\n'), 1, out)
        said = json.loads(out)
        self.assertEqual(list(said)[:4], ['schema', 'ok', 'changed', 'warnings'])
        self.assertEqual(said['schema'], 'emsign/1')
        self.assertIs(said['ok'], code == 0)
        self.assertIsInstance(said['changed'], bool)
        self.assertIsInstance(said['warnings'], list)
        if code:
            self.assertTrue(said['message'])
            self.assertRegex(said['code'], '^[A-Z]+$')
            self.assertIn('ca_code', said)
            self.assertIn('request_id', said)
        return said

    def lines(self, *args, **more):
        """A list: one record per line."""
        return [json.loads(line) for line in self.out('--json', *args, **more).splitlines()]


class Usage(Case):
    """What needs no CA: help, mistakes, places."""

    def test_help_of_all(self):
        text = self.out('--help')
        for verb in VERBS:
            self.assertRegex(text, rf'(?m)^  {re.escape(verb)}\s')
        self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_help_of_each_verb(self):
        for verb in VERBS:
            text = self.out(*verb.split(), '--help')
            self.assertIn(f'usage: emsign {verb}', text)
            self.assertIn('--store URI', text)
            self.assertLessEqual(max(map(len, text.splitlines())), 100, verb)
        self.assertIn('organization.unit', self.out('order', '--help'))
        self.assertIn('credential rm', self.out('credential', '--help'))
        self.assertEqual(self.out('help', 'order'), self.out('order', '--help'))
        self.assertEqual(self.out('help'), self.out('-h'))
        self.assertEqual(self.out('help-me', '--help', code=2), '')

    def test_no_option_takes_a_secret(self):
        for verb in VERBS:
            for name, value in re.findall(r'(?m)^  --(\S+)(?: (\S+))?',
                                          self.out(*verb.split(), '-h')):
                if re.search('password|secret|access-key', name):
                    self.assertTrue(name.endswith('-file') and value == 'FILE', name)

    def test_manual_knows_every_verb_and_option(self):
        with open(MAN, encoding='utf-8') as file:
            manual = file.read()
        for verb in VERBS:
            self.assertIn(f'.It Cm {verb}', manual)
            for name in re.findall(r'(?m)^  --(\S+)', self.out(*verb.split(), '--help')):
                self.assertRegex(manual, rf'-{name}\b', verb)

    def test_version(self):
        self.assertRegex(self.out('version'), r'^emsign \d+\.\d+\.\d+\n$')
        self.assertEqual(self.out('--version'), self.out('version'))
        self.assertEqual(self.out('version'), f'emsign {self.json("version")["version"]}\n')

    def test_mistakes(self):
        for args, words in (
                ([], 'say what to do'),
                (['ordre'], "no verb 'ordre'"),
                (['credential'], "no verb 'credential'"),
                (['credential', 'frob'], "no verb 'credential frob'"),
                (['--frob', 'version'], 'no option --frob'),
                (['-x', 'version'], 'no option -x'),
                (['version', '--json=1'], 'takes no value'),
                (['version', '--store'], 'needs a value'),
                (['version', '--wait', '3'], 'version takes no --wait'),
                (['version', 'now'], "'now' is too much"),
                (['fetch'], 'something is missing'),
                (['list', 'odrers'], "'odrers' cannot be listed; possible: orders"),
                (['fields', 'ordre'], "no scope 'ordre'"),
                (['status'], 'say an order, or --open'),
                (['status', 'a/1', '--wait', 'soon'], "'soon' is no time"),
                (['verify', 'a/1', '--method', 'pigeon'], "'pigeon' is unknown; possible: dns"),
                (['verify', 'a/1', '--method', 'email'], 'say --to ADDRESS'),
                (['challenge', 'a/1', '--method', 'dns', '--web-root', '.'], '--method http'),
                (['validate', 'a/1'], 'say --web-root DIR'),
                (['validate', 'a/1', '--web-root', '.', '--dns-hook', './x'], 'say --web-root DIR'),
                (['validate', 'a/1', '--dns-hook', 'hook'], "'hook' is no path"),
                (['validate', 'a/1', '--web-root', '.', '--wait', 'soon'], "'soon' is no time"),
                (['import', 'a', '--exclude', 'expired,lost'], "'lost' is unknown"),
                (['export', 'a/1'], 'say --out FILE or --out-dir DIR'),
                (['cancel', 'a/1'], 'say --remarks'),
                (['revoke', 'a/1'], 'say --reason'),
                (['revoke', 'a/1', '--reason', 'superseded', '--comment', 'x'], 'say --yes'),
                (['credential', 'add', 'a', 'region'], "'region' is not NAME=VALUE"),
                (['credential', 'add', 'a', '--ca-file', '/nowhere'], "CA file '/nowhere'"),
                (['list', 'orders', 'domian=x'], 'domian'),
                (['list', 'orders', '--set', 'atempts=3'], "did you mean 'attempts'"),
                (['list', 'orders', '--store', 'csv:x'], 'csv'),
                (['list', 'orders', '--log-level', 'loud'], "'loud' is unknown"),
                (['list', 'orders', '--proxy', 'http://u:p@localhost:1'], 'EMSIGN_PROXY'),
                (['domain', 'challenge', 'a', 'b.example', '--method', 'dns', '--web-root', '.'],
                 '--method http'),
                (['domain', 'validate', 'a', 'b.example'], 'say --web-root DIR'),
                (['domain', 'verify', 'a', 'b.example', '--wait', 'soon'], "'soon' is no time"),
                (['domain', 'add', 'a', 'b.example', 'method'], "'method' is not NAME=VALUE"),
                (['domain', 'deactivate', 'a', 'b.example'], 'say --yes'),
                (['status', '12345'], "no order '12345' is kept here"),
                (['status', '/1'], 'has to be CREDENTIAL/NUMBER'),
                (['credential', 'show', 'nobody'], 'nobody'),
                (['credential', 'update', 'nobody'], 'say what to change'),
                (['sync'], 'there is no credential yet'),
                (['order', 'nobody', 'product=842', 'domain=a.example'], 'nobody')):
            out, err = self.run_it(*args, code=2)
            self.assertEqual(out, '', args)
            self.assertIn(words, err, args)
            said = self.json(*args, code=2)
            self.assertIn(words, said['message'], args)
        self.assertIn("'loud' is unknown",
                      self.run_it('version', code=2, env={'EMSIGN_LOG_LEVEL': 'loud'})[1])

    def test_options_before_and_behind(self):
        for args in (['--json', 'version'], ['version', '--json'],
                     ['--store=memory:', 'version', '--json']):
            self.assertTrue(json.loads(self.out(*args))['ok'])

    def test_default_places(self):
        self.run_it('list', 'orders')
        folder = self.path('.local/share/emsign')
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        for name in ('store.db', 'sealing.key'):
            self.assertEqual(stat.S_IMODE(os.stat(f'{folder}/{name}').st_mode), 0o600, name)
        self.run_it('list', 'orders', env={'XDG_DATA_HOME': self.path('data')})
        self.assertTrue(os.path.exists(self.path('data/emsign/store.db')))

    def test_places_from_options_and_environment(self):
        self.run_it('list', 'orders', '--store', 'sqlite:' + self.path('a.db'), '--key-file',
                    self.path('a.key'))
        self.run_it('list', 'orders', env={'EMSIGN_STORE': 'sqlite:' + self.path('b.db'),
                                           'EMSIGN_KEY_FILE': self.path('b.key')})
        self.assertEqual(sorted(name for name in os.listdir(self.folder) if name[1] == '.'
                                and name[2:] in ('db', 'key')),
                         ['a.db', 'a.key', 'b.db', 'b.key'])

    def test_foreign_store(self):
        write(self.path('letter.txt'), 'Dear reader, this is no database.\n' * 50)
        said = self.json('list', 'orders', '--store', 'sqlite:' + self.path('letter.txt'), code=7)
        self.assertEqual(said['code'], 'STORE')
        with open(self.path('letter.txt'), encoding='utf-8') as file:
            self.assertTrue(file.read().startswith('Dear reader'))
        self.json('list', 'orders', '--store', 'sqlite:' + self.path('no/such/folder.db'), code=7)

    def test_open_sealing_key(self):
        self.run_it('list', 'orders')
        os.chmod(self.path('.local/share/emsign/sealing.key'), 0o644)
        self.assertEqual(self.json('list', 'orders', code=6)['code'], 'DENIED')

    def test_fields(self):
        for scope in ('client', 'credential', 'order', 'domain', 'reissue', 'import', 'ledger'):
            names = [row['name'] for row in self.lines('fields', scope)]
            text = self.out('fields', scope)
            for name in names:
                self.assertIn(f'  {name}', text)
        self.assertIn('organization.unit', [row['name'] for row in self.lines('fields', 'order')])

    def test_pipe_that_closes(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            process = subprocess.run([EMSIGN, 'version'], env=self.env, stdout=full, check=False,
                                     stderr=subprocess.PIPE)
        self.assertEqual(process.returncode, 7)


class Completion(Case):
    """The script of bash, asked as bash asks it."""

    def complete(self, line):
        script = f'''
            source "$1"; line=$2
            compopt() {{ :; }}
            COMP_LINE=$line COMP_POINT=${{#line}}
            read -ra COMP_WORDS <<< "${{line//=/ = }}"
            [[ $line == *[[:space:]] ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
            COMP_WORDS[0]=$3
            _emsign; printf '%s\\n' "${{COMPREPLY[@]}}"
        '''
        done = subprocess.run(['bash', '-c', script, 'bash', COMPLETION, line, EMSIGN],
                              env=self.env, check=True, capture_output=True, text=True)
        self.assertEqual(done.stderr, '')
        return done.stdout.split()

    def test_words(self):
        self.assertEqual(sorted(set(verb.split()[0] for verb in VERBS)),
                         sorted(self.complete('emsign ')))
        self.assertEqual(self.complete('emsign credential t'), ['test'])
        self.assertEqual(self.complete('emsign --store x.db cred'), ['credential'])
        self.assertEqual(self.complete('emsign list cert'), ['certificates'])
        self.assertIn('--web-root', self.complete('emsign challenge main/1 --'))
        self.assertNotIn('--web-root', self.complete('emsign status main/1 --'))
        self.assertEqual(self.complete('emsign validate main/1 --d'), ['--domain', '--dns-hook'])
        self.assertEqual(self.complete('emsign credential add x --region s'), ['sandbox'])
        self.assertEqual(self.complete('emsign order main doma'), ['domain='])
        self.assertEqual(self.complete('emsign order main auto_renew='), ['yes', 'no'])
        self.assertEqual(self.complete('emsign fields c'), ['client', 'credential'])

    def test_makes_nothing(self):
        self.assertEqual(self.complete('emsign fetch '), [])
        self.assertEqual(os.listdir(self.folder), [])

    def test_names_of_the_store(self):
        self.run_it('credential', 'add', 'main', '--url', 'https://127.0.0.1:1/', '--account', '1',
                    env={'EMSIGN_ACCESS_KEY': ACCESS_KEY})
        self.assertEqual(self.complete('emsign credential test m'), ['main'])
        self.assertEqual(self.complete('emsign order '), ['main'])


class Credentials(Case):
    """Credentials and where their secrets come from; no CA is asked."""

    def add(self, *args, **more):
        return self.json('credential', 'add', 'main', '--url', 'https://ca.example/api',
                         '--account', ACCOUNT, *args, **more)

    def assert_kept(self):
        self.assertEqual([row['id'] for row in self.lines('credential', 'list')], ['main'])
        folder = self.path('.local/share/emsign')
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), 'rb') as file:
                self.assertNotIn(ACCESS_KEY.encode(), file.read())

    def test_key_from_file(self):
        said = self.add('--access-key-file', write(self.path('key'), ACCESS_KEY), *REQUESTER)
        self.assertEqual(said['id'], 'main')
        self.assertTrue(said['changed'])
        self.assertEqual(said['requester_email'], 'alex@example.com')
        self.assertEqual(said['warnings'], [])
        self.assert_kept()

    def test_key_from_elsewhere(self):
        self.add(env={'EMSIGN_ACCESS_KEY': ACCESS_KEY})
        self.assert_kept()
        self.run_it('credential', 'rm', 'main')
        self.add(env={'EMSIGN_ACCESS_KEY_FILE': write(self.path('key'), ACCESS_KEY)})
        self.assert_kept()
        self.run_it('credential', 'rm', 'main')
        self.add('--access-key-file', '-', stdin=ACCESS_KEY + '\n')
        self.assert_kept()

    def test_key_from_nowhere(self):
        self.assertIn('no access key', self.add(code=2)['message'])
        self.assertIn('/nowhere', self.add('--access-key-file', '/nowhere', code=2)['message'])
        said = self.add('access_key=' + ACCESS_KEY, env={'EMSIGN_ACCESS_KEY': ACCESS_KEY}, code=2)
        self.assertIn('secret', said['message'])

    def test_key_from_prompt(self):
        process, terminal = self.start_on_terminal(
            'credential', 'add', 'main', '--url', 'https://ca.example/api/', '--account', ACCOUNT)
        self.answer(process, terminal, 'access key: ', ACCESS_KEY)
        self.finish(process, 0)
        os.set_blocking(terminal, False)
        try:
            echo = os.read(terminal, 4096)
        except OSError:
            echo = b''
        self.assertNotIn(ACCESS_KEY.encode(), echo)
        self.assert_kept()

    def test_open_key_file_is_warned_about(self):
        said = self.add('--access-key-file', write(self.path('key'), ACCESS_KEY, 0o644))
        self.assertIn('others can read', said['warnings'][0])
        err = self.run_it('credential', 'update', 'main', '--access-key-file', self.path('key'))[1]
        self.assertRegex(err, r'level=warning msg="others can read')

    def test_environment_stands_in(self):
        roots = write(self.path('roots.pem'), '')
        said = self.json('credential', 'add', 'main', env={
            'EMSIGN_BASE_URL': 'https://env.example/api/', 'EMSIGN_ACCOUNT_NUMBER': '77',
            'EMSIGN_CA_FILE': roots, 'EMSIGN_ACCESS_KEY': ACCESS_KEY})
        self.assertEqual((said['url'], said['account_number'], said['ca_file']),
                         ('https://env.example/api/', '77', roots))
        said = self.json('credential', 'add', 'other', '--region', 'sandbox', '--account', '78',
                         env={'EMSIGN_BASE_URL': 'https://env.example/',
                              'EMSIGN_ACCOUNT_NUMBER': '77', 'EMSIGN_ACCESS_KEY': ACCESS_KEY})
        self.assertEqual((said['region'], said['account_number']), ('sandbox', '78'))

    def test_life(self):
        env = {'EMSIGN_ACCESS_KEY': ACCESS_KEY}
        self.add(env=env)
        self.assertEqual(self.add(env=env, code=10)['code'], 'CONFLICT')
        said = self.json('credential', 'update', 'main', '--phone', '5550199', '--ca-file',
                         os.path.relpath(write(self.path('r.pem'), ''), os.getcwd()),
                         env={'EMSIGN_ACCOUNT_NUMBER': '77'})
        self.assertEqual((said['requester_phone'], said['ca_file'], said['account_number']),
                         ('5550199', self.path('r.pem'), ACCOUNT))
        self.assertNotIn('ca_file', self.json('credential', 'update', 'main', 'ca_file='))
        self.assertIn('did you mean', self.json('credential', 'update', 'main', 'requester.nmae=x',
                                                code=2)['message'])
        text = self.out('credential', 'show', 'main')
        self.assertRegex(text, r'(?m)^phone +5550199$')
        self.assertRegex(text, r'(?m)^added +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$')
        self.assertRegex(self.out('credential', 'list'), r'(?m)^main +1234567890 ')
        self.run_it('credential', 'rm', 'main')
        self.assertEqual(self.lines('credential', 'list'), [])
        self.assertIn('No credentials here', self.run_it('credential', 'list')[1])
        self.json('credential', 'rm', 'main', code=2)

    def test_wrong_sealing_key(self):
        self.add(env={'EMSIGN_ACCESS_KEY': ACCESS_KEY})
        os.unlink(self.path('.local/share/emsign/sealing.key'))
        said = self.json('credential', 'list', code=2)
        self.assertEqual(said['code'], 'CRYPTO')

    def test_network_trouble(self):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        self.json('credential', 'add', 'main', '--url', f'https://127.0.0.1:{port}/', '--account',
                  '1', env={'EMSIGN_ACCESS_KEY': ACCESS_KEY})
        self.assertEqual(self.json('credential', 'test', 'main', *FAST, code=5)['code'], 'NET')
        _, err = self.run_it('credential', 'test', 'main', *FAST, code=5)
        self.assertRegex(err, r'(?m)^emsign: ')
        _, err = self.run_it('-vv', 'credential', 'test', 'main', *FAST, code=5)
        self.assertRegex(err, r'(?m)^ts=\S+Z level=debug msg=')


class WithCA(Case):
    """Against the simulator, one for the class."""

    options = ()
    tells_files = False
    n_names = 0

    @classmethod
    def setUpClass(cls):
        cls.sim_folder = tempfile.mkdtemp(prefix='emsign-cli-sim-')
        more = TELLS_FILES[API] if cls.tells_files else ()
        cls.sim = Simulator(SIM, cls.sim_folder, *cls.options, *more, access_key=ACCESS_KEY,
                            api=API)

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()
        subprocess.run(['rm', '-rf', cls.sim_folder], check=True)

    def setUp(self):
        super().setUp()
        self.add('main')

    def add(self, name):
        key = {'v1': ACCESS_KEY, 'v2': self.sim.client_secret}[API]
        self.run_it('credential', 'add', name, '--url', self.sim.api_url, '--account', ACCOUNT,
                    '--ca-file', self.sim.ready['ca_file'], *REQUESTER, 'api=' + API,
                    env={'EMSIGN_ACCESS_KEY': key})

    def finish(self, process, code, stdin=None):
        out, err = super().finish(process, code, stdin)
        self.assertNotIn(self.sim.client_secret, out + err)
        return out, err

    def name(self):
        """A domain that no other test proves."""
        WithCA.n_names += 1
        return f'www.name{WithCA.n_names}.example'

    def place(self, *args):
        return self.out('order', 'main', 'product=842', 'domain=' + self.name(), *args).strip()

    def issue(self, *args):
        order = self.place(*args)
        self.run_it('challenge', order)
        self.run_it('verify', order, '--wait', '20')
        said = self.json('status', order, '--wait', '20')
        self.assertEqual(said['status'], 'issued')
        return order


class Progress(WithCA):
    """Thirteen pages, one after the other, from a CA that takes its time."""

    options = ('--orders', '1300', '--latency', '120')
    command = ('import', 'main', '--set', 'parallel=1', 'certificates=no')

    def on_terminal(self, width, *args, kind='xterm'):
        """What the command writes to a terminal of so many columns."""
        try:
            parent, child = pty.openpty()
        except OSError as error:
            self.skipTest(f'no terminal to be had: {error}')
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack('HHHH', 24, width, 0, 0))
        process = subprocess.Popen([EMSIGN, *args], env={**self.env, 'TERM': kind},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=child)
        os.close(child)
        seen = b''
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # how Linux says that nobody has the other end any more
                break
            if not part:
                break
            seen += part
        os.close(parent)
        out = process.stdout.read().decode()
        process.stdout.close()
        self.assertEqual(process.wait(), 0)
        self.assertIn('main: orders: 1300 seen', out)
        return seen.decode()

    def test_bar(self):
        for width, pattern in [
                (100, r'orders         \[#*-*\]  ( *\d+) of 1300  ( *\d+)'
                      r' %(  *[\d.]+/s)?( *\d+:\d\d left)?'),
                (40, r'orders  \[#*-*\]  ( *\d+) of 1300'),
                (24, r'orders  ( *\d+) of 1300')]:
            begin = time.monotonic()
            seen = self.on_terminal(width, *self.command)
            most = (time.monotonic() - begin) * 10 + 2
            self.assertEqual(seen[0], '\r')
            self.assertNotIn('\n', seen)
            frames = seen[1:].split('\r')
            # it is wiped away in the end
            self.assertEqual(frames[-1], '')
            self.assertEqual(frames[-2].strip(), '')
            bars = frames[:-2]
            self.assertTrue(5 < len(bars) <= most, bars)
            done = []
            for bar in bars:
                self.assertLess(len(bar), width)
                match = re.fullmatch(pattern, bar.rstrip())
                self.assertTrue(match, bar)
                done.append(int(match.group(1)))
                # nothing jumps
                self.assertEqual(bar.index(' of '), bars[0].index(' of '))
                self.assertEqual(bar.find(']'), bars[0].find(']'))
            self.assertEqual(done, sorted(done))
            self.assertEqual(done[-1], 1300)

    def test_lines(self):
        _, err = self.run_it(*self.command)
        self.assertRegex(err, r'\Aorders: 1300 of 1300 in 0:\d\d, \d+/s\n\Z')
        # a terminal that cannot go back to the beginning of its line
        self.assertRegex(self.on_terminal(100, *self.command, kind='dumb'),
                         r'\Aorders: 1300 of 1300 in 0:\d\d, \d+/s\r\n\Z')

    def test_silence(self):
        for option in '--quiet', '--json':
            self.assertEqual(self.run_it(option, *self.command)[1], '')
        self.assertEqual(self.on_terminal(100, '--quiet', *self.command), '')

    def test_failure(self):
        """How far it came is told before what went wrong."""
        self.sim.fault('report', **NO_RIGHT[API], page=12)
        _, err = self.run_it(*self.command, code=6)
        self.assertRegex(err, r'\Aorders: \d+ of 1300 in 0:\d\d, \d+ %, \d+/s\nemsign: ')


class Account(WithCA):
    options = ('--orders', '12')

    def test_login(self):
        self.assertIn('accepts main', self.out('credential', 'test', 'main'))
        self.assertIn('tested_at', self.json('credential', 'test', 'main'))

    def test_wrong_access_key(self):
        self.run_it('credential', 'update', 'main', '--access-key-file',
                    write(self.path('wrong'), WRONG_KEY))
        said = self.json('credential', 'test', 'main', *FAST, code=6)
        self.assertEqual(said['code'], 'AUTH')
        self.assertRegex(said['ca_code'], WRONG[API])
        self.assertEqual(bool(said['request_id']), API == 'v1')
        self.assertIn(said['ca_code'], self.run_it('credential', 'test', 'main', *FAST, code=6)[1])

    def test_ca_that_proves_nothing(self):
        self.run_it('credential', 'update', 'main', 'ca_file=')
        self.assertEqual(self.json('credential', 'test', 'main', *FAST, code=5)['code'], 'TLS')

    def test_sync_and_list(self):
        said = self.json('sync')
        self.assertTrue(said['changed'])
        self.assertEqual({row['credential'] for row in said['stats']}, {'main'})
        products = self.lines('list', 'products')
        self.assertIn('842', [row['code'] for row in products])
        filtered = self.lines('list', 'products', 'code=842')
        self.assertEqual([row['code'] for row in filtered], ['842'])
        text = self.out('list', 'products').splitlines()
        self.assertEqual(len(text), len(products) + 1)
        self.assertTrue(text[0].startswith('product'))
        column = text[0].index('name')
        self.assertTrue(all(line[column - 1] == ' ' and line[column] != ' ' for line in text))
        for kind in ('groups', 'organizations', 'domains', 'credentials'):
            self.assertTrue(self.lines('list', kind), kind)
            self.assertTrue(self.out('list', kind), kind)
        self.json('sync', 'main', 'groups')
        self.assertRegex(self.out('sync', 'groups'), r'(?m)^main: \S+: \d+ seen')
        self.json('sync', 'main', 'widgets', code=2)

    def test_import(self):
        said = self.json('import', 'main', '--no-certificates')
        self.assertEqual(said['stats'][0]['seen'], 12)
        self.assertEqual(said['stats'][0]['fetched'] if 'fetched' in said['stats'][0] else 0, 0)
        orders = self.lines('list', 'orders')
        self.assertEqual(len(orders), 12)
        self.run_it('delete', orders[0]['id'])
        self.run_it('import', 'main', '--no-certificates', '--exclude', 'expired,revoked')
        self.assertEqual(len(self.lines('list', 'orders')), 11)
        self.run_it('import', 'main', '--no-certificates', '--undelete')
        self.assertEqual(len(self.lines('list', 'orders')), 12)
        self.json('import', 'main', '--from', 'yesterday', code=2)
        # the same account under two names: a number alone is not enough
        self.add('twin')
        self.run_it('import', 'twin', '--no-certificates')
        number = orders[0]['number']
        message = self.json('status', number, code=2)['message']
        self.assertIn(f'main/{number}', message)
        self.assertIn(f'twin/{number}', message)
        self.assertEqual(self.json('status', f'twin/{number}')['number'], number)

    def test_trouble_of_the_ca(self):
        self.sim.fault('*', 'status', status=503, times=1)
        self.json('sync', 'groups', *FAST, code=5)
        self.sim.fault('*', 'garbage', times=1)
        self.json('sync', 'groups', *FAST, code=5)


class Life(WithCA):
    options = ('--dcv', 'auto')
    tells_files = True

    def test_order_to_the_end(self):
        order = self.place()
        self.assertRegex(order, r'^main/\d+$')
        number = order.split('/')[1]
        self.assertEqual(self.json('status', number)['id'], order)
        said = self.json('challenge', order, '--method', 'dns')
        self.assertEqual((said['method'], said['order']), ('dns', number))
        text = self.out('challenge', number)
        self.assertIn(said['record_name'], text)
        self.assertIn(said['record_value'], text)
        self.assertNotIn('?', text)
        self.assertIn('TXT', text)
        self.json('fetch', order, *FAST, code=3)
        self.assertIn('is not here yet', self.json('export', order, '--out', self.path('x'),
                                                code=3)['message'])
        self.assertIn(order, self.out('verify', order))
        said = self.json('status', order, '--wait', '30')
        self.assertEqual(said['status'], 'issued')
        said = self.json('fetch', order)
        self.assertRegex(said['sha256'], '^[0-9a-f]{64}$')
        self.assertRegex(self.out('fetch', order), r'(?m)^valid until +20\d\d-')
        self.assertEqual([row['id'] for row in self.lines('list', 'certificates')], [said['id']])
        self.json('cancel', order, '--remarks', 'too late', *FAST, code=4)
        revoke = ['revoke', order, '--reason', 'superseded', '--comment', 'a test']
        process, terminal = self.start_on_terminal(*revoke)
        self.answer(process, terminal, 'Type yes: ', 'no')
        self.assertIn('not confirmed', self.finish(process, 1)[1])
        self.assertEqual(self.json('status', order)['status'], 'issued')
        revoke.append('--yes')
        self.assertEqual(self.json(*revoke)['status'], 'revoked')
        self.assertTrue(self.json(*revoke)['ok'])
        self.assertEqual(self.json('delete', number)['id'], order)
        self.assertEqual(self.lines('list', 'orders'), [])
        self.assertEqual(len(self.lines('list', 'certificates')), 1)
        self.run_it('export', said['id'], '--out', self.path('later.pem'))

    def test_bad_form_is_never_sent(self):
        before = len(self.sim.orders())
        for args, words in ((['prodcut=842', 'domain=a.example'], "did you mean 'product'?"),
                            (['product=842'], 'domain is missing'),
                            (['product=842', 'domain=a b.example'], 'domain'),
                            (['product=842', 'domain=a.example', '--key', 'RSA:512'], 'RSA:2048'),
                            (['product=842', 'domain=a.example', '--csr', '/nowhere'], '/nowhere')):
            self.assertIn(words, self.json('order', 'main', *args, code=2)['message'])
        self.assertEqual(len(self.sim.orders()), before)

    def test_twice_the_same(self):
        domain = 'domain=' + self.name()
        self.run_it('order', 'main', 'product=842', domain)
        self.assertEqual(self.json('order', 'main', 'product=842', domain, code=10)['code'],
                         'CONFLICT')
        self.run_it('order', 'main', 'product=842', domain, 'again=yes')

    def test_many_at_the_same_moment(self):
        """Processes that order the same name at once: one order; the others say so."""
        name = self.name()
        runs = [self.start('order', 'main', 'product=842', 'domain=' + name)
                for _ in range(5)]
        outs = [run.communicate(timeout=120) for run in runs]
        placed = [row['orderNumber'] for row in self.sim.orders() if row['domainName'] == name]
        self.assertEqual(len(placed), 1)
        # who comes when the first has just ended finds its order at the CA
        said = {(run.returncode, out) for run, (out, _) in zip(runs, outs)}
        self.assertLessEqual(said, {(0, f'main/{placed[0]}\n'), (10, '')})
        self.assertIn((0, f'main/{placed[0]}\n'), said)

    def test_killed_order(self):
        """A process that dies while the CA works: the next one finds its order, and its key."""
        name = self.name()
        self.sim.fault('place', 'delay', ms=1500, times=1)
        dying = self.start('-v', '-v', 'order', 'main', 'product=842', 'domain=' + name)
        while PLACES[API] not in dying.stderr.readline():
            self.assertIsNone(dying.poll())
        said = self.json('order', 'main', 'product=842', 'domain=' + name, code=10)
        self.assertIn('another process', said['message'])
        dying.kill()
        dying.communicate()
        order = self.json('--set', 'settle_ms=4000', 'order', 'main', 'product=842',
                          'domain=' + name)
        placed = [row for row in self.sim.orders() if row['domainName'] == name]
        self.assertEqual([row['orderNumber'] for row in placed], [order['number']])
        self.assertEqual(placed[0]['spki'], order['spki'])

    def test_lost_answer(self):
        domain = 'domain=' + self.name()
        before = len(self.sim.orders())
        self.sim.fault('place', 'lost-answer', times=1)
        said = self.json('order', 'main', 'product=842', domain, *FAST, code=3)
        self.assertEqual(said['code'], 'INDOUBT')
        again = self.out('order', 'main', 'product=842', domain).strip()
        self.assertEqual(len(self.sim.orders()), before + 1)
        self.assertIn((domain, again.split('/')[1]),
                      [('domain=' + row['domainName'], row['orderNumber'])
                       for row in self.sim.orders()])

    def test_refused(self):
        self.sim.fault('place', 'business', code=1084, times=1)
        said = self.json('order', 'main', 'product=842', 'domain=' + self.name(), *FAST, code=4)
        self.assertEqual(said['ca_code'], 'EMS-1084')

    def test_waiting(self):
        order = self.place()
        began = time.monotonic()
        said = self.json('status', order, '--wait', '2', code=3)
        self.assertGreaterEqual(time.monotonic() - began, 1.5)
        self.assertEqual((said['code'], said['id']), ('PENDING', order))
        self.assertIn(order, said['message'])
        self.assertEqual(self.json('status', '--open', '--wait', '0', code=3)['code'], 'PENDING')
        self.json('order', 'main', 'product=842', 'domain=' + self.name(), '--wait', '0', code=3)
        said = self.json('status', '--open')
        self.assertEqual(said['stats'][0]['seen'], 2)
        self.assertRegex(self.out('status', '--open'), r'(?m)^main: ')

    def test_interrupted(self):
        order = self.place()
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            self.finish(self.interrupt(number, 'status', order, '--wait', '60'), code)
        self.sim.fault('track', 'delay', ms=10000, times=1)
        began = time.monotonic()
        self.finish(self.interrupt(signal.SIGINT, 'status', order), 130)
        self.assertLess(time.monotonic() - began, 5)

    def test_interrupted_order(self):
        form = ['order', 'main', 'product=842', 'domain=' + self.name()]
        before = len(self.sim.orders())
        self.sim.fault('place', 'delay', ms=2000, times=1)
        process = self.interrupt(signal.SIGINT, *form)
        self.assertIn('Run the same command again', self.finish(process, 130)[1])
        time.sleep(2)
        order = self.out(*form).strip()
        self.assertEqual(len(self.sim.orders()), before + 1)
        self.assertIn(order.split('/')[1], [row['orderNumber'] for row in self.sim.orders()])

    def test_cancel(self):
        order = self.place()
        cancel = ['cancel', order, '--remarks', 'a test']
        self.assertEqual(self.json(*cancel)['status'], 'canceled')
        self.assertTrue(self.json(*cancel)['ok'])
        said = self.json('status', order, '--wait', '5', code=4)
        self.assertEqual((said['status'], said['code']), ('canceled', 'REJECTED'))
        self.json('export', order, '--out', self.path('x'), code=4)

    def test_every_name_is_challenged(self):
        first, second = self.name(), self.name()
        order = self.out('order', 'main', 'product=844', 'domain=' + first, 'san=' + second).strip()
        said = self.lines('challenge', order, '--method', 'http')
        self.assertEqual([row['domain'] for row in said], [first, second])
        self.assertTrue(all(row['ok'] and row['file_content'] for row in said))
        text = self.out('challenge', order, '--method', 'http')
        for row in said:
            self.assertIn(row['file_url'], text)
            self.assertIn(row['file_content'], text)
        root = self.path('web')
        os.mkdir(root)
        wrote = self.json('challenge', order, '--domain', second, '--web-root', root)
        self.assertEqual(wrote['file'], f'{root}/.well-known/pki-validation/{wrote["file_name"]}')
        with open(wrote['file'], encoding='utf-8') as file:
            self.assertEqual(file.read(), wrote['file_content'])
        self.assertEqual(stat.S_IMODE(os.stat(wrote['file']).st_mode), 0o644)
        self.json('challenge', order, '--web-root', self.path('nowhere'), code=7)
        if API == 'v2':  # which does not tell to which addresses it may write
            return
        said = self.json('challenge', order, '--domain', second, '--method', 'email')
        self.assertIn('--to ADDRESS', self.out('challenge', order, '--method', 'email'))
        self.run_it('verify', order, '--domain', second, '--method', 'email', '--to',
                    said['emails'][0])

    def test_csr(self):
        domain = self.name()
        csr = self.out('csr', 'main', 'domain=' + domain, '--key', 'RSA:3072', '--out',
                       self.path('a.csr')).strip()
        self.assertEqual([row['id'] for row in self.lines('list', 'csrs')], [csr])
        subprocess.run(['openssl', 'req', '-in', self.path('a.csr'), '-noout', '-verify'],
                       check=True, capture_output=True)
        self.assertTrue(self.json('csr', 'main', 'domain=' + domain)['pem'])
        order = self.out('order', 'main', 'product=842', 'domain=' + domain,
                         'csr_id=' + csr).strip()
        self.assertEqual(self.json('status', order)['csr'], csr)

    def test_own_csr(self):
        domain = self.name()
        subprocess.run(['openssl', 'req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout',
                        self.path('own.key'), '-subj', f'/CN={domain}', '-addext',
                        f'subjectAltName=DNS:{domain}', '-out', self.path('own.csr')],
                       check=True, capture_output=True)
        order = self.out('order', 'main', 'product=842', 'domain=' + domain, '--csr',
                         self.path('own.csr')).strip()
        self.run_it('challenge', order)
        self.run_it('verify', order, '--wait', '20')
        self.run_it('status', order, '--wait', '20')
        said = self.json('export', order, '--out', self.path('x.pem'), code=2)
        self.assertIn('--part certificate', said['message'])
        said = self.json('export', order, '--out-dir', self.path('out'))
        self.assertIn('not kept here', said['warnings'][0])
        self.assertEqual(sorted(os.listdir(self.path('out'))),
                         ['certificate.pem', 'chain.pem', 'fullchain.pem'])
        other = self.place()
        self.json('submit-csr', other, self.path('own.csr'), *FAST, code=9)

    def test_foreign_certificate(self):
        order = self.place()
        self.sim.state(orderNumber=order.split('/')[1], foreignCertificate='true')
        self.assertEqual(self.json('fetch', order, code=9)['code'], 'MISMATCH')
        self.assertEqual(self.lines('list', 'certificates'), [])

    def test_accept_later(self):
        self.run_it('sync', 'organizations')
        number = self.lines('list', 'organizations', 'validation=validated')[0]['number']
        order = self.out('order', 'main', 'product=846', 'domain=' + self.name(),
                         'organization=' + number, 'agreement=later').strip()
        self.assertTrue(self.json('accept', order, 'signer.name=Alex Example',
                                  'signer.place=Berlin', 'signer.ip=198.51.100.7')['ok'])
        self.json('accept', order, 'signer.ip=nowhere', code=2)


class Personal(WithCA):
    """Orders that are named after a person, and what the other API does for this one."""

    SIGNER = ['product=825', 'subject.email=pat@example.com', 'subject.first_name=Pat',
              'subject.last_name=Example', 'subject.street=1 Main Street',
              'subject.locality=Cleveland', 'subject.state=Ohio', 'subject.country=US',
              'subject.postal_code=44101']

    def setUp(self):
        super().setUp()
        self.run_it('sync', 'main', 'products')

    def test_signer(self):
        said = self.json('order', 'main', *self.SIGNER)
        self.assertEqual((said['family'], said['domain']), ('signature', 'pat@example.com'))
        self.assertNotIn('csr', said)
        placed = [row for row in self.sim.orders() if row['orderNumber'] == said['number']]
        self.assertEqual([row['domainName'] for row in placed], ['Pat Example'])
        self.assertEqual(self.json('order', 'main', *self.SIGNER, code=10)['code'], 'CONFLICT')
        seen = self.json('status', said['id'])  # whatever name the CA says for it
        self.assertEqual(seen['domain'], 'pat@example.com')
        self.assertEqual(self.json('cancel', said['id'], '--remarks', 'a test')['status'],
                         'canceled')

    def test_signer_without_an_answer(self):
        form = [*self.SIGNER, 'again=yes']
        before = len(self.sim.orders())
        self.sim.fault('place-signer', 'lost-answer', times=1)
        self.json('order', 'main', *self.SIGNER, *FAST, code=3)
        self.out('order', 'main', *self.SIGNER)
        self.assertEqual(len(self.sim.orders()), before + 1)
        self.run_it('order', 'main', *form)
        self.assertEqual(len(self.sim.orders()), before + 2)

    def test_fields_that_do_not_go_together(self):
        for more, words in ((['domain=a.example'], 'named by subject.email'),
                            (['--key', 'EC:P-256'], 'key does not go with')):
            said = self.json('order', 'main', *self.SIGNER, *more, code=2)
            self.assertIn(words, said['message'])

    def test_mail_and_fallback(self):
        """Only the first generation orders S/MIME; the second asks it, when it may."""
        mail = ['order', 'main', 'product=914', 'subject.email=mail@example.com']
        if API == 'v2':
            self.assertIn('not possible with the API v2', self.json(*mail, code=2)['message'])
            self.run_it('credential', 'add', 'old', '--url', self.sim.url, '--account', ACCOUNT,
                        '--ca-file', self.sim.ready['ca_file'], *REQUESTER,
                        env={'EMSIGN_ACCESS_KEY': ACCESS_KEY})
            self.run_it('credential', 'update', 'main', 'fallback=old')
        out, err = self.run_it('-v', *mail)
        self.assertEqual('fallback=old' in err, API == 'v2')
        said = self.json('status', out.strip())
        self.assertEqual((said['family'], said['domain']), ('smime', 'mail@example.com'))


class Export(WithCA):
    options = ('--dcv', 'auto')

    def openssl(self, *args):
        return subprocess.run(['openssl', *args], check=True, capture_output=True,
                              text=True).stdout

    def assert_private(self, *paths):
        for path in paths:
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)

    def test_files(self):
        order = self.issue('--key', 'RSA:2048')
        password = write(self.path('password'), PASSWORD + '\n')
        target = self.path('www.pem')
        said = self.json('export', order, '--out', target)
        self.assertEqual(said['files'], [target])
        self.assert_private(target)
        self.openssl('pkey', '-in', target, '-noout')
        for part, blocks in (('key', 1), ('certificate', 1), ('chain', None), ('fullchain', None)):
            text = self.out('export', order, '--part', part, '--out', '-')
            self.assertGreaterEqual(text.count('-----BEGIN'), blocks or 1, part)
            self.assertEqual('PRIVATE KEY' in text, part == 'key')
        self.json('export', order, '--out', '-', code=2)
        self.run_it('export', order, '--out', self.path('locked.pem'), '--part', 'key',
                    '--password-file', password)
        with open(self.path('locked.pem'), encoding='utf-8') as file:
            self.assertIn('ENCRYPTED', file.read())
        for profile in ('modern', 'compatible'):
            target = self.path(profile + '.p12')
            self.run_it('export', order, '--type', 'pkcs12', '--profile', profile, '--alias', 'www',
                        '--out', target, env={'EMSIGN_PASSWORD': PASSWORD})
            self.assert_private(target)
            legacy = ['-legacy'] if profile == 'compatible' else []
            self.assertIn('friendlyName: www',
                          self.openssl('pkcs12', '-in', target, '-passin', 'file:' + password,
                                       '-nokeys', *legacy))
        self.run_it('export', order, '--type', 'jks', '--root', '--out', self.path('www.jks'),
                    env={'EMSIGN_PASSWORD_FILE': password})
        with open(self.path('www.jks'), 'rb') as file:
            self.assertEqual(file.read(4), b'\xfe\xed\xfe\xed')
        self.assertIn('no password', self.json('export', order, '--type', 'jks', '--out',
                                               self.path('x'), code=2)['message'])
        self.json('export', order, '--type', 'jks', '--out', self.path('x'), code=2,
                  env={'EMSIGN_PASSWORD': '12345'})
        self.json('export', order, '--out', self.path('no/such/file'), code=7)
        self.assertFalse(os.path.exists(self.path('x')))

    def test_folder(self):
        order = self.issue()
        plain = ['certificate.pem', 'chain.pem', 'fullchain.pem', 'key.pem']
        said = self.json('export', order, '--out-dir', self.path('plain'))
        self.assertEqual(sorted(map(os.path.basename, said['files'])), plain)
        self.assertTrue(said['changed'])
        self.run_it('export', said['certificate'].split('/')[1], '--out-dir', self.path('full'),
                    env={'EMSIGN_PASSWORD': PASSWORD})
        names = sorted(os.listdir(self.path('full')))
        self.assertEqual(names, sorted([*plain, 'keystore.p12', 'keystore.jks']))
        self.assert_private(*(self.path('full', name) for name in names))
        self.openssl('verify', '-CAfile', self.sim.ready['root_file'], '-untrusted',
                     self.path('plain/chain.pem'), self.path('plain/certificate.pem'))
        self.run_it('export', order, '--out-dir', self.path('one'), '--type', 'jks',
                    env={'EMSIGN_PASSWORD': PASSWORD})
        self.assertEqual(os.listdir(self.path('one')), ['keystore.jks'])

    def test_password_prompt(self):
        order = self.issue()
        for second, code in ((PASSWORD, 0), ('something else', 2)):
            process, terminal = self.start_on_terminal('export', order, '--type', 'pkcs12', '--out',
                                                       self.path('p.p12'))
            self.answer(process, terminal, 'password: ', PASSWORD)
            self.answer(process, terminal, 'once more: password: ', second)
            self.finish(process, code)


class Proof(WithCA):
    """The CA looks for itself and finds nothing."""

    options = ('--dcv', 'manual')

    def test_verify_waits(self):
        order = self.place()
        self.run_it('challenge', order)
        said = self.json('verify', order, '--wait', '1', *FAST, code=3)
        self.assertEqual(said['code'], 'PENDING')


class Validate(WithCA):
    """The CA looks for itself, and finds what is published."""

    tells_files = True

    @classmethod
    def setUpClass(cls):
        cls.there = tempfile.mkdtemp(prefix='emsign-cli-world-')
        cls.web = Web(os.path.join(cls.there, 'web'))
        cls.zone = Zone(cls.there)
        cls.options = ('--dcv', 'http', '--resolve', '*=' + cls.web.address, '--dns',
                       cls.zone.address)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.web.stop()
        cls.zone.stop()
        subprocess.run(['rm', '-rf', cls.there], check=True)

    def order_two(self):
        return self.out('order', 'main', 'product=844', 'domain=' + self.name(),
                        'san=' + self.name()).strip()

    def assert_tidy(self):
        self.assertEqual(self.web.left(), [])
        self.assertEqual(os.path.getsize(self.zone.path), 0)
        self.assertNotIn('presented_at', self.out('--json', 'list', 'challenges'))

    def test_web_root(self):
        order = self.order_two()
        said = self.json('validate', order, '--web-root', self.web.root)
        self.assertEqual((said['id'], said['changed']), (order, True))
        self.assertNotEqual(said['status'], 'pending-dcv')
        self.assert_tidy()
        self.assertEqual(self.json('status', order, '--wait', '20')['status'], 'issued')
        again = self.json('validate', order.split('/')[1], '--web-root', self.web.root)
        self.assertEqual(again['status'], 'issued')

    def test_dns_hook(self):
        order = self.out('order', 'main', 'product=845', 'domain=*.wild.example',
                         'san=wild.example').strip()
        out, err = self.run_it('validate', order, '--dns-hook', self.zone.hook)
        self.assertIn(order, out)
        self.assertIn('Then: emsign status ' + order, err)
        self.assert_tidy()

    def test_one_domain(self):
        order = self.order_two()
        rows = self.lines('challenge', order)
        self.json('validate', order, '--domain', rows[1]['domain'], '--web-root', self.web.root)
        states = {row['domain']: row['status'] for row in self.lines('list', 'challenges')}
        self.assertEqual(states, {rows[0]['domain']: 'pending', rows[1]['domain']: 'valid'})

    def test_time_is_over(self):
        """What is published stays on record, and the next call goes on."""
        order = self.place()
        empty = self.path('empty')
        os.mkdir(empty)
        said = self.json('validate', order, '--web-root', empty, '--wait', '1', code=3)
        self.assertEqual((said['code'], said['ca_code']), ('PENDING', NOT_FOUND[API]))
        kept, = self.lines('list', 'challenges')
        self.assertTrue(kept['presented_at'])
        file = os.path.join(empty, '.well-known', 'pki-validation', kept['file_name'])
        self.assertTrue(os.path.exists(file))
        said = self.json('status', order)
        self.assertEqual(said['warnings'], [])
        self.run_it('validate', order, '--web-root', self.web.root)
        self.assert_tidy()

    def test_hooks_that_fail(self):
        order = self.place()
        bad = write(self.path('bad'), '#!/bin/sh\necho "the zone is locked" >&2\nexit 3\n', 0o700)
        said = self.json('validate', order, '--dns-hook', bad, code=1)
        self.assertRegex(said['message'], 'failed with status 3: the zone is locked$')
        self.json('validate', order, '--dns-hook', self.path('missing'), code=7)
        self.json('validate', order, '--web-root', self.path('missing'), code=7)
        self.run_it('validate', order, '--dns-hook', self.zone.hook)
        self.assert_tidy()

    def test_interrupted(self):
        """A signal in the midst of it; the next call takes away what was published."""
        order = self.place()
        idle = write(self.path('idle'), '#!/bin/sh\nexit 0\n', 0o700)
        process = self.start('-v', 'validate', order, '--dns-hook', idle, '--wait', '60')
        while 'publishing a proof' not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.finish(process, 130)
        self.assertTrue(self.lines('list', 'challenges')[0]['presented_at'])
        self.run_it('validate', order, '--dns-hook', self.zone.hook)
        self.assert_tidy()


if __name__ == '__main__':
    EMSIGN, SIM = (os.path.abspath(path) for path in sys.argv[1:3])
    API = sys.argv[3]
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
