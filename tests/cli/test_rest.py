# SPDX-License-Identifier: MIT
"""What the command can do with the second generation of the CA's API alone.

    test_rest.py EMSIGN EMSIGN-SIM [unittest arguments]
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_cli  # noqa: E402


class Rest(test_cli.WithCA):
    def name(self):
        """Control of these is proven already."""
        return super().name().replace('.example', '.corp.example')

    def issue(self, *args):
        order = self.place('--wait', '30', *args)
        self.assertEqual(self.json('status', order)['status'], 'issued')
        return order

    def add_first_generation(self, name, *more):
        self.run_it('credential', 'add', name, '--url', self.sim.url, '--account',
                    test_cli.ACCOUNT, '--ca-file', self.sim.ca_file, *test_cli.REQUESTER, *more,
                    env={'EMSIGN_ACCESS_KEY': test_cli.ACCESS_KEY})

    def kept(self, order):
        return {row['id']: row for row in self.lines('list', 'certificates')
                if row['order'] == order.split('/')[1]}

    def reissued(self):
        """The times that the CA heard of it."""
        return self.sim.ledger()['calls'].get('v2.reissue', 0)


class Reissue(Rest):
    def test_new_key(self):
        order = self.issue()
        old = self.json('fetch', order)
        said = self.json('reissue', order, '--key', 'RSA:2048', 'remarks=key rotation')
        self.assertEqual((said['id'], said['certificate']), (order, old['id']))
        self.assertEqual(self.json('status', order, '--wait', '30')['status'], 'issued')
        new = self.json('fetch', order)
        self.assertEqual(self.kept(order).keys(), {old['id'], new['id']})
        self.assertNotEqual(old['spki'], new['spki'])
        for certificate in old, new:  # either with its own key
            self.run_it('export', certificate['id'], '--out', self.path('it.pem'))
        self.assertEqual(self.lines('list', 'csrs', 'spki=' + new['spki'])[0]['key'], 'RSA:2048')

    def test_other_names(self):
        order = self.issue()
        old = self.json('fetch', order)
        name = self.name()
        self.assertEqual(self.out('reissue', order, 'san=' + name, '--wait', '30').strip(), order)
        new = self.json('fetch', order)
        self.assertIn(name, new['sans'])
        self.assertEqual(old['spki'], new['spki'])

    def test_lost_answer(self):
        order = self.issue()
        before = self.reissued()
        self.sim.fault('v2.reissue', 'lost-answer', times=1)
        said = self.json('reissue', order, code=3)
        self.assertEqual(said['code'], 'INDOUBT')
        self.run_it('reissue', order, '--wait', '30')
        self.assertEqual(self.reissued(), before + 1)
        self.assertEqual(len(self.kept(order)), 2)

    def test_killed(self):
        """A process that dies while the CA works: the state of the order tells, and its key is here."""
        order = self.issue()
        self.sim.fault('v2.reissue', 'delay', ms=1500, times=1)
        dying = self.start('-v', '-v', 'reissue', order)
        while '/reissue' not in dying.stderr.readline():
            self.assertIsNone(dying.poll())
        self.assertIn('by somebody else', self.json('reissue', order, code=10)['message'])
        dying.kill()
        dying.communicate()
        self.run_it('--set', 'settle_ms=4000', 'reissue', order, '--wait', '30')
        self.assertEqual(len(self.kept(order)), 2)
        self.run_it('export', order, '--out', self.path('it.pem'))

    def test_revoking_asks_first(self):
        order = self.issue()
        process, terminal = self.start_on_terminal('reissue', order, 'revoke_previous=yes')
        self.answer(process, terminal, 'Type yes: ', 'no')
        self.assertIn('not confirmed', self.finish(process, 1)[1])
        self.json('reissue', order, 'revoke_previous=yes', '--yes')

    def test_first_generation(self):
        self.add_first_generation('old')
        order = self.out('order', 'old', 'product=842', 'domain=' + self.name()).strip()
        self.assertEqual(self.json('reissue', order, code=2)['code'], 'UNSUPPORTED')
        self.assertEqual(self.json('ledger', 'old', code=2)['code'], 'UNSUPPORTED')

    def test_fallback(self):
        self.add_first_generation('both', 'fallback=main')
        order = self.out('order', 'both', 'product=842', 'domain=' + self.name(), '--wait',
                         '30').strip()
        self.run_it('reissue', order, '--wait', '30')
        self.assertEqual(len(self.kept(order)), 2)


class Promote(Rest):
    def save(self):
        """A draft, with names that no other test has."""
        draft = self.place('draft=yes', 'remarks=for the shop')
        self.assertRegex(draft, r'^main/request-\d+$')
        return draft

    def test_promote(self):
        draft = self.save()
        said = self.json('promote', draft, '--wait', '30')
        self.assertEqual((said['status'], said['remarks']), ('issued', 'for the shop'))
        self.assertEqual(said['request_number'], draft.split('-')[1])
        self.assertEqual([row['id'] for row in self.lines('list', 'orders')], [said['id']])
        self.run_it('export', said['id'], '--out', self.path('it.pem'))
        self.assertEqual(self.json('promote', said['id'], code=4)['code'], 'STATE')

    def test_lost_answer(self):
        draft = self.save()
        before = len(self.sim.orders())
        self.sim.fault('v2.create', 'lost-answer', times=1)
        self.assertEqual(self.json('promote', draft, '--key', 'RSA:2048', code=3)['code'],
                         'INDOUBT')
        said = self.json('status', draft, '--wait', '30')
        self.assertEqual(said['status'], 'issued')
        self.assertEqual(len(self.sim.orders()), before)
        self.run_it('export', said['id'], '--out', self.path('it.pem'))

    def test_first_generation(self):
        self.add_first_generation('old')
        draft = self.out('order', 'old', 'product=842', 'domain=' + self.name(),
                         'draft=yes').strip()
        self.assertEqual(self.json('promote', draft, '--wait', '30')['status'], 'issued')


class Ledger(Rest):
    def test_ledger(self):
        self.assertEqual(self.out('ledger', 'main'), '')
        self.sim.control('v2', {'ledger': 'documented'})
        orders = {self.place().split('/')[1] for _ in range(3)}
        out, err = self.run_it('ledger', 'main')
        title, *rows = out.splitlines()
        self.assertRegex(title, r'^booked +invoice +amount  currency +status +order +product$')
        self.assertRegex(err, r'main: \d+ entries, \d+ of them new')
        self.assertLessEqual(orders, {word for row in rows for word in row.split()})
        end = title.index('amount') + len('amount')
        self.assertTrue(all(row[end - 3] == '.' for row in rows), out)  # aligned by its end
        told = self.lines('ledger', 'main')
        self.assertEqual(len(told), len(rows))
        self.assertLessEqual(orders, {row['order'] for row in told})
        self.assertEqual(self.lines('ledger', 'main', '--till', '2001-01-01'), [])
        self.assertEqual(self.lines('list', 'ledger'), told)
        self.json('ledger', 'main', 'from=soon', code=2)


if __name__ == '__main__':
    test_cli.API = 'v2'
    test_cli.EMSIGN, test_cli.SIM = (os.path.abspath(path) for path in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
