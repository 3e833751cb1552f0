# SPDX-License-Identifier: MIT
"""The verbs of the second generation, against the simulator."""
import time
import unittest

import emsign
from support import REQUESTER, SEALING_KEY, Case


class Rest(Case):
    def setUp(self):
        super().setUp()
        self.sim = self.simulator()
        self.client = emsign.Client(sealing_key=SEALING_KEY)
        self.addCleanup(self.client.close)
        self.client.credential_add(
            'demo', api='v2', url=self.sim.v2_url, account=self.sim.account,
            ca_file=self.sim.ca_file, requester=REQUESTER,
            secret=emsign.Secret.file(self.sim.client_secret_file))
        self.account = self.client.account('demo')

    def certificate(self, order):
        """The CA needs its moment."""
        for _ in range(500):
            order = self.account.refresh(order.id)
            if order.status == emsign.STATUS_ISSUED:
                return self.client.get('certificate', order.certificate)
            time.sleep(0.02)
        raise AssertionError(f'{order.id} is {order.status_name}')

    def issued(self, **form):
        order = self.account.place(product='842', **form)
        return order, self.certificate(order)

    def test_reissue(self):
        order, old = self.issued(domain='a.corp.example')
        again = self.account.reissue(order.id, key='RSA:2048', remarks='key rotation')
        self.assertEqual((again.number, again.replaces), (order.number, old.sha256))
        self.assertNotEqual(again.request_number, order.request_number)
        new = self.certificate(order)
        self.assertNotEqual((old.spki, old.id), (new.spki, new.id))
        for certificate in old, new:  # either with its own key
            certificate.fits(self.client.key_open(certificate.csr))
        self.account.reissue(order.id, san=['b.corp.example', 'c.corp.example'])
        self.certificate(order).covers(['a.corp.example', 'b.corp.example', 'c.corp.example'])
        with self.assertRaises(emsign.InvalidError):
            self.account.reissue(order.id, key='same', san=['d.corp.example'])

    def test_lost_answer(self):
        order, old = self.issued(domain='a.corp.example')
        self.sim.fault('v2.reissue', 'lost-answer', times=1)
        with self.assertRaises(emsign.InDoubtError):
            self.account.reissue(order.id)
        new = self.certificate(order)  # whoever asks next finds out
        self.assertNotEqual(old.spki, new.spki)
        self.assertEqual(self.sim.ledger()['calls']['v2.reissue'], 1)

    def test_promote(self):
        draft = self.account.place(product='842', domain='a.corp.example', draft=True)
        order = self.account.promote(draft.id, remarks='now')
        self.assertEqual((order.request_number, order.csr), (draft.request_number, draft.csr))
        self.assertEqual([o.id for o in self.client.scan('orders')], [order.id])
        self.certificate(order).fits(self.client.key_open(draft.csr))

    def test_ledger(self):
        self.assertEqual(self.account.ledger().seen, 0)
        self.sim.control('v2', {'ledger': 'documented'})
        numbers = {self.issued(domain=f'{n}.corp.example')[0].number for n in 'ab'}
        stats = self.account.ledger()
        self.assertEqual((stats.seen, stats.added, stats.complete), (2, 2, 1))
        self.assertEqual(self.account.ledger(till='2001-01-01').seen, 0)
        entries = list(self.client.scan('ledger'))
        self.assertEqual({entry.order for entry in entries}, numbers)
        self.assertEqual({entry.amount for entry in entries}, {'10.00'})

    def test_as_operations(self):
        order, _ = self.issued(domain='a.corp.example')
        for verb, kind, args in (('ledger', 'stats', {}),
                                 ('reissue', 'order', {'order': order.id, 'key': 'same'})):
            op = self.account.begin(verb, **args)
            op.run()
            self.assertEqual(op.kind(), kind)
            self.assertTrue(op.take())


if __name__ == '__main__':
    unittest.main()
