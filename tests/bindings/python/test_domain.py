# SPDX-License-Identifier: MIT
"""Registered domains in Python, against the second generation of the simulator."""
import subprocess
import unittest

import emsign
from support import SEALING_KEY, Case

from dns import Zone

NAME = 'example.com'


class Domains(Case):
    def open(self):
        zone = Zone(self.folder)
        self.addCleanup(zone.stop)
        sim = self.simulator('--dcv', 'http', '--dns', zone.address)
        client = emsign.Client(sealing_key=SEALING_KEY, dcv_poll_ms=20, dcv_wait_ms=20000)
        self.addCleanup(client.close)
        client.credential_add('demo', api='v2', url=sim.v2_url, account=sim.account,
                              ca_file=sim.ca_file,
                              secret=emsign.Secret.file(sim.client_secret_file))
        return zone, client, client.account('demo')

    def test_step_by_step(self):
        zone, client, account = self.open()
        domain = account.domain_add(NAME, organization='3325789')
        self.assertEqual((domain.id, domain.method, domain.validation, domain.organization),
                         ('demo/' + NAME, 'dns', 'pending', '3325789'))
        challenge = account.domain_challenge(NAME)
        self.assertIsNone(challenge.order)
        with self.assertRaisesRegex(emsign.PendingError, 'the proof is not there'):
            account.domain_verify(NAME)
        last = account.domain_attempts(NAME)
        self.assertEqual((last.failure, last.next_steps),
                         ('RECORD_MISSING', ('dcv.nextStep.txt.recordMissing',)))
        self.assertEqual([a.id for a in client.scan('attempts', domain=NAME)], [last.id])
        subprocess.run([zone.hook, 'present', challenge.record_name, challenge.record_value],
                       check=True)
        self.assertEqual(account.domain_verify(NAME).validation, 'valid')
        self.assertEqual(account.domain_challenge(NAME).status, 'valid')
        self.assertEqual(account.domain_refresh(NAME).validation, 'valid')
        self.assertEqual(account.domain_deactivate(NAME).status, 'inactive')

    def test_by_a_solver(self):
        zone, client, account = self.open()
        shown = []

        class Hook:
            def present(self, challenge):
                shown.append(challenge.record_name)
                subprocess.run([zone.hook, 'present', challenge.record_name,
                                challenge.record_value], check=True)

            def cleanup(self, challenge):
                shown.remove(challenge.record_name)

        client.set_solver('dns', emsign.Solver(Hook()))
        account.domain_add(NAME, method='http')
        op = account.begin('domain_validate', domain=NAME)
        op.run()
        self.assertEqual(op.kind(), 'domain')
        domain = op.take()
        self.assertEqual((domain.validation, domain.method), ('valid', 'dns'))
        self.assertEqual(shown, [])

    def test_what_is_wrong(self):
        _, _, account = self.open()
        with self.assertRaisesRegex(emsign.NotFoundError, 'is not registered in this account'):
            account.domain_refresh('nobody.example')
        with self.assertRaisesRegex(emsign.InvalidError, "did you mean 'organization'"):
            account.domain_add(NAME, organisation='1')
        with self.assertRaisesRegex(emsign.InvalidError, 'needs a domain'):
            account.domain_verify('')


if __name__ == '__main__':
    unittest.main()
