# SPDX-License-Identifier: MIT
"""Registered domains by the command emsign, against the second generation of the simulator.

    test_domain.py EMSIGN EMSIGN-SIM [unittest arguments]
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

import test_cli
from test_cli import FAST, Case, Completion, Simulator, Web, Zone

ORGANIZATION = 'organization=3325789'


class Domains(Case):
    """A CA that looks before it believes, and a world that it looks at."""

    @classmethod
    def setUpClass(cls):
        cls.there = tempfile.mkdtemp(prefix='emsign-cli-world-')
        cls.web = Web(os.path.join(cls.there, 'web'))
        cls.zone = Zone(cls.there)
        cls.sim = Simulator(test_cli.SIM, os.path.join(cls.there, 'sim'), '--dcv', 'http',
                            '--resolve', '*=' + cls.web.address, '--dns', cls.zone.address)

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()
        cls.web.stop()
        cls.zone.stop()
        subprocess.run(['rm', '-rf', cls.there], check=True)

    def setUp(self):
        super().setUp()
        self.run_it('credential', 'add', 'main', '--url', self.sim.v2_url, '--account',
                    self.sim.account, '--ca-file', self.sim.ca_file, '--access-key-file',
                    self.sim.client_secret_file, 'api=v2')
        self.name = f'{self._testMethodName.replace("_", "-")}.example'

    def finish(self, process, code, stdin=None):
        out, err = super().finish(process, code, stdin)
        self.assertNotIn(self.sim.client_secret, out + err)
        return out, err

    def add(self, *args):
        return self.json('domain', 'add', 'main', self.name, ORGANIZATION, *args)

    def ask(self, verb, *args, **more):
        return self.json('domain', verb, 'main', self.name, *FAST, *args, **more)

    def assert_tidy(self):
        self.assertEqual(self.web.left(), [])
        self.assertEqual(os.path.getsize(self.zone.path), 0)
        self.assertNotIn('presented_at', self.out('--json', 'list', 'challenges'))

    def test_by_hand(self):
        said = self.add()
        self.assertEqual((said['id'], said['organization'], said['method'], said['validation'],
                          said['changed']), (f'main/{self.name}', '3325789', 'dns', 'pending', True))
        again = self.add('method=http')  # once more is a success, and leaves it as it is
        self.assertEqual((again['domain_id'], again['method']), (said['domain_id'], 'dns'))
        text, hint = self.run_it('domain', 'challenge', 'main', self.name)
        self.assertRegex(text, rf'(?m)^  name +_emudhra-challenge\.{self.name}$')
        self.assertIn(f'Then: emsign domain verify main {self.name}', hint)
        said = self.ask('verify', code=3)
        self.assertEqual(said['code'], 'PENDING')
        hint = self.run_it('domain', 'verify', 'main', self.name, *FAST, code=3)[1]
        self.assertIn(f'What it found: emsign domain attempts main {self.name}', hint)
        value = re.search(r'(?m)^  value +(\S+)$', text).group(1)
        subprocess.run([self.zone.hook, 'present', f'_emudhra-challenge.{self.name}', value],
                       check=True)
        self.addCleanup(subprocess.run, [self.zone.hook, 'cleanup',
                                         f'_emudhra-challenge.{self.name}', value], check=True)
        self.assertEqual(self.ask('verify', '--wait', '5')['validation'], 'valid')
        self.assertRegex(self.out('domain', 'show', 'main', self.name),
                         r'(?m)^valid until +20\d\d-\d\d-\d\d ')
        self.assertIn('is proven already', self.out('domain', 'challenge', 'main', self.name))

    def test_attempts(self):
        self.add()
        self.assertEqual(self.ask('attempts', code=2)['code'], 'NOTFOUND')
        for _ in range(2):
            self.ask('verify', code=3)
        said = self.ask('attempts')
        self.assertEqual((said['status'], said['failure'], said['next_steps']),
                         ('failed', 'RECORD_MISSING', ['dcv.nextStep.txt.recordMissing']))
        rows = self.lines('list', 'attempts', 'domain=' + self.name)
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[-1]['id'], said['id'])
        text = self.out('domain', 'attempts', 'main', self.name)
        self.assertRegex(text, r'^attempt +tried +method +status +failure\n')
        self.assertEqual(len(re.findall(rf'(?m)^main/{self.name}/\d+ +20\S+ \S+ UTC +dns +failed',
                                        text)), 2)
        self.assertIn('The CA did not find the proof. Next: publish what', text)

    def test_web_root(self):
        self.add('method=http')
        said = self.ask('validate', '--web-root', self.web.root)
        self.assertEqual((said['validation'], said['method']), ('valid', 'http'))
        self.assert_tidy()

    def test_dns_hook_changes_the_method(self):
        self.add('method=http')
        said = self.ask('validate', '--dns-hook', self.zone.hook)
        self.assertEqual((said['validation'], said['method']), ('valid', 'dns'))
        self.assertIn('The last one found the proof.',
                      self.out('domain', 'attempts', 'main', self.name))
        self.assert_tidy()

    def test_time_is_over(self):
        """What is published stays on record, and the next call goes on."""
        self.add('method=http')
        empty = self.path('empty')
        os.mkdir(empty)
        self.assertEqual(self.ask('validate', '--web-root', empty, '--wait', '1', code=3)['code'],
                         'PENDING')
        kept, = self.lines('list', 'challenges')
        self.assertEqual(kept['id'], f'main/{self.name}')
        self.assertTrue(kept['presented_at'])
        self.ask('validate', '--web-root', self.web.root)
        self.assert_tidy()

    def test_challenge_below_the_web_root(self):
        self.add()
        said = self.ask('challenge', '--web-root', self.web.root)
        self.assertEqual(said['method'], 'http')
        self.assertTrue(os.path.exists(said['file']))
        self.assertEqual(self.ask('verify')['validation'], 'valid')
        os.unlink(said['file'])

    def test_deactivate(self):
        self.add()
        self.assertEqual(self.ask('deactivate', '--yes')['status'], 'inactive')
        self.assertEqual(self.ask('deactivate', '--yes')['status'], 'inactive')
        self.assertEqual(self.ask('show')['status'], 'inactive')

    def test_a_stranger_s_domain_is_found(self):
        """Another machine registered it; nothing is known here."""
        self.add()
        os.unlink(self.path('.local/share/emsign/store.db'))
        self.setUp()
        self.assertEqual(self.ask('show')['id'], f'main/{self.name}')
        self.assertEqual(self.json('domain', 'show', 'main', 'nobody.example', code=2)['code'],
                         'NOTFOUND')

    def test_the_answer_gets_lost(self):
        """The registration arrived: it is found, and not made twice."""
        self.sim.fault('v2.create-domain', 'lost-answer', times=1)
        said = self.add()
        self.assertEqual((said['validation'], said['organization']), ('pending', '3325789'))

    def test_first_generation(self):
        self.run_it('credential', 'add', 'old', '--url', self.sim.url, '--account',
                    self.sim.account, '--ca-file', self.sim.ca_file, '--access-key-file',
                    self.sim.access_key_file)
        said = self.json('domain', 'show', 'old', self.name, code=2)
        self.assertEqual((said['code'], said['message']), (
            'UNSUPPORTED', 'finding the registered domain is not possible with the API v1'))

    def test_completion(self):
        self.add()
        complete = Completion.complete
        self.assertEqual(complete(self, 'emsign domain verify main '), [self.name])
        self.assertEqual(complete(self, 'emsign domain add main x.example meth'), ['method='])
        self.assertEqual(complete(self, 'emsign domain att'), ['attempts'])


def load_tests(loader, _tests, _pattern):
    """Only these, not those of the module that they build on."""
    return loader.loadTestsFromTestCase(Domains)


if __name__ == '__main__':
    test_cli.EMSIGN, test_cli.SIM = (os.path.abspath(path) for path in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
