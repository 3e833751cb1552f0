# SPDX-License-Identifier: MIT
"""Values, errors, facts and handles of the Python binding, without a CA."""
import datetime
import gc
import inspect
import pickle
import unittest

import emsign
from support import ACCESS_KEY, SEALING_KEY, Answering, Case, client


class Values(Case):
    def test_keywords_and_dicts_are_the_same(self):
        with client() as c:
            c.credential_add('one', {'region': 'sandbox', 'account': '1', 'requester.name': 'A'},
                             ACCESS_KEY)
            c.credential_add('two', region='sandbox', account=1, requester={'name': 'A'},
                             secret=ACCESS_KEY)
            c.credential_add('three', {'region': 'us', 'account': '1'}, ACCESS_KEY,
                             region='sandbox', requester={'name': 'A'})
            one, two, three = (c.get('credential', name) for name in ('one', 'two', 'three'))
            self.assertEqual(one.requester_name, 'A')
            for other in (two, three):
                self.assertEqual([one.url, one.account_number, one.requester_name],
                                 [other.url, other.account_number, other.requester_name])

    def test_slips_are_found_by_the_library(self):
        with client() as c:
            with self.assertRaisesRegex(emsign.InvalidError, "did you mean 'product'"):
                c.account('demo').place(prodcut='842', domain='www.example.com')
            with self.assertRaisesRegex(emsign.InvalidError, 'domain is missing'):
                c.account('demo').place(product='842')

    def test_values_that_are_none(self):
        with client() as c:
            with self.assertRaisesRegex(TypeError, "'account' takes a str"):
                c.credential_add('x', account=1.5, secret=ACCESS_KEY)
            with self.assertRaisesRegex(ValueError, 'null character'):
                c.credential_add('x\0y', account='1', secret=ACCESS_KEY)
            with self.assertRaisesRegex(ValueError, 'null character'):
                c.credential_add('x', account='1\0', secret=ACCESS_KEY)
            with self.assertRaisesRegex(TypeError, 'not NoneType'):
                c.get('credential', None)
            with self.assertRaisesRegex(TypeError, 'dict of named values'):
                c.credential_add('x', 'account', ACCESS_KEY)
            with self.assertRaisesRegex(TypeError, 'a secret is'):
                c.credential_add('x', account='1', region='us', secret='text')
            with self.assertRaises(UnicodeEncodeError):
                c.get('credential', '\ud800')

    def test_keyword_of_python(self):
        with client(transport=Answering()) as c:
            with self.assertRaisesRegex(emsign.InvalidError, "from 'soon' has to be a day"):
                c.account('demo').import_(from_='soon')

    def test_dates(self):
        day = datetime.date(2026, 1, 31)
        with client(transport=Answering(status=500), attempts=1) as c:
            with self.assertRaises(emsign.FaultError):
                c.account('demo').import_(from_=day)

    def test_lists(self):
        key = emsign.Key.make('EC:P-256')
        csr = key.csr(domain='www.example.com', san=['api.example.com', 'b.example.com'])
        self.assertTrue(csr.startswith('-----BEGIN CERTIFICATE REQUEST-----'))
        short = key.csr(domain='www.example.com')
        self.assertGreater(len(csr), len(short))
        with self.assertRaisesRegex(emsign.InvalidError, 'more than once|takes one'):
            with client() as c:
                c.account('demo').place(product=['842', '843'], domain='www.example.com')

    def test_filters(self):
        with client() as c:
            for i in range(3):
                c.credential_add(f'n{i}', region='us', account=str(100 + i), secret=ACCESS_KEY)
            self.assertEqual([x.id for x in c.scan('credential', account_number='101')], ['n1'])
            self.assertEqual([x.id for x in c.scan('credentials', account_number=[100, '102'])],
                             ['n0', 'n2'])
            self.assertEqual([x.id for x in c.scan('credential', region=None)], ['demo'])
            with self.assertRaisesRegex(emsign.InvalidError, "has no 'nmae'"):
                c.scan('credential', nmae='x')
            with self.assertRaisesRegex(emsign.InvalidError, 'no records of kind'):
                c.scan('sealed')

    def test_status_of_a_filter(self):
        with client() as c:
            self.assertEqual(list(c.scan('orders', status=emsign.STATUS_ISSUED)), [])
        seen = []

        class Watching:
            def put(self, kind, id, row): pass
            def get(self, kind, id): return None
            def remove(self, kind, id): pass

            def scan(self, kind, filter, after, limit):
                seen.append(filter)
                return []

        with emsign.Client(store=Watching()) as c:
            list(c.scan('order', status=[emsign.STATUS_ISSUED, 'pending'], csr=None))
        self.assertEqual(seen, [{'status': ['issued', 'pending'], 'csr': [None]}])

    def test_fields(self):
        fields = {f.name: f for f in emsign.fields('order')}
        self.assertEqual(fields['product'].must, 1)
        self.assertEqual(fields['san'].many, 1)
        self.assertIn('csr', fields)
        with self.assertRaises(ValueError):
            emsign.fields('nonsense')

    def test_bytes(self):
        """Whatever has a buffer goes in, bytes come out."""
        path = self.path('out')
        for what in (b'a\0b', bytearray(b'a\0b'), memoryview(b'xa\0bx')[1:4]):
            emsign.keystore_save(path, what)
            with open(path, 'rb') as file:
                self.assertEqual(file.read(), b'a\0b')
        with self.assertRaisesRegex(TypeError, 'bytes-like'):
            emsign.keystore_save(path, 'text')
        asked = Answering()
        asked.answer = memoryview(asked.answer)
        with client(transport=asked) as c:
            c.account('demo').test()
        self.assertIsInstance(asked.requests[0].body, bytes)

    def test_signatures_say_what_is_possible(self):
        self.assertEqual(str(inspect.signature(emsign.Account.place)),
                         '(self, form=None, **values)')
        self.assertEqual(str(inspect.signature(emsign.Account.verify)),
                         '(self, order, domain=None, method=None, email=None)')


class Manual(Case):
    """help() has something to say about everything; it comes from the comments of the headers."""

    def test_everything_is_described(self):
        for name, what in vars(emsign).items():
            if name.startswith('_') or inspect.ismodule(what) or not callable(what):
                continue
            with self.subTest(name):
                self.assertTrue(what.__doc__)
            for member, method in vars(what).items() if inspect.isclass(what) else ():
                with self.subTest(f'{name}.{member}'):
                    self.assertTrue(member.startswith('_') or not callable(method) or
                                    method.__doc__)

    def test_it_is_that_of_the_headers(self):
        self.assertIn('Orders a certificate.', emsign.Account.place.__doc__)
        self.assertIn('E_INDOUBT', emsign.Account.place.__doc__)
        self.assertIn('why there is none', emsign.Order.certificate_note.__doc__)
        self.assertIn('An order at the CA.', emsign.Order.__doc__)


class Errors(Case):
    def test_every_code_has_its_class(self):
        codes = {getattr(emsign, name) for name in dir(emsign) if name.startswith('E_')}
        classes = {c.code for c in vars(emsign).values()
                   if isinstance(c, type) and issubclass(c, emsign.Error) and c is not emsign.Error}
        self.assertEqual(codes - {emsign.E_NOMEM}, classes)
        self.assertEqual(emsign.rc_name(min(codes) - 1), 'UNKNOWN')

    def test_attributes(self):
        answer = {'meta': {'errorMessage': 'no', 'errorCode': 'EMS-939', 'status': '0'}}
        with client(transport=Answering(answer, 200), attempts=1) as c:
            with self.assertRaises(emsign.Error) as caught:
                c.account('demo').test()
        error = caught.exception
        self.assertEqual((error.ca_code, error.http_status), ('EMS-939', 200))
        self.assertEqual(error.name, emsign.rc_name(error.code))
        self.assertTrue(error.request_id)
        self.assertIn(error.message, str(error))

    def test_network_errors_are_one_family(self):
        for kind in (emsign.TimeoutError, emsign.TLSError):
            self.assertTrue(issubclass(kind, emsign.NetworkError))
        self.assertFalse(issubclass(emsign.AuthError, emsign.NetworkError))

    def test_errors_can_be_sent_to_another_process(self):
        error = pickle.loads(pickle.dumps(emsign.BusyError('later', retry_after=7)))
        self.assertEqual((error.message, error.retry_after, type(error)),
                         ('later', 7, emsign.BusyError))


class Facts(Case):
    def setUp(self):
        super().setUp()
        self.c = client()
        self.fact = self.c.get('credential', 'demo')

    def test_attributes_are_read_only(self):
        with self.assertRaises(AttributeError):
            self.fact.name = 'x'
        with self.assertRaises(AttributeError):
            self.fact.nmae = 'x'
        with self.assertRaises(AttributeError):
            emsign.Order()

    def test_equality_and_hash(self):
        same = self.c.get('credential', 'demo')
        self.assertEqual(self.fact, same)
        self.assertEqual(len({self.fact, same}), 1)
        self.c.credential_update('demo', group='12')
        other = self.c.get('credential', 'demo')
        self.assertNotEqual(self.fact, other)
        self.assertEqual(self.fact.diff(other).get('group'), '12')
        self.assertEqual(self.fact.diff(same), {})
        self.assertNotEqual(self.fact, 'demo')

    def test_dict_json_repr(self):
        self.assertEqual(self.fact.to_dict()['account_number'], '1234567890')
        self.assertIsNone(self.fact.to_dict()['group'])
        self.assertIn('"id":"demo"', self.fact.to_json())
        self.assertIn("id='demo'", repr(self.fact))
        self.assertNotIn('CANARY', repr(self.fact) + self.fact.to_json())

    def test_times(self):
        seconds = self.fact.created_at
        self.assertEqual(self.fact.created_at_utc.timestamp(), seconds)
        self.assertIsNotNone(self.fact.created_at_utc.tzinfo)
        self.assertIsNone(self.fact.tested_at_utc)

    def test_facts_outlive_their_client(self):
        self.c.close()
        gc.collect()
        self.assertEqual(self.fact.id, 'demo')

    def test_certificate(self):
        with self.assertRaisesRegex(emsign.InvalidError, 'certificate'):
            emsign.Certificate.parse('nothing')
        with self.assertRaises(TypeError):
            emsign.keystore_pack(None)


class Handles(Case):
    def test_closed(self):
        c = client()
        account = c.account('demo')
        op = account.begin('test')
        c.close()
        c.close()
        for call in (c.fd, account.test, op.run, lambda: c.get('order', 'x')):
            with self.assertRaisesRegex(emsign.StateError, 'closed'):
                call()
        account.close()

    def test_account_keeps_the_client(self):
        account = client(transport=Answering()).account('demo')
        gc.collect()
        account.test()

    def test_what_is_no_handle(self):
        with self.assertRaises(AttributeError):
            emsign.Account()
        with self.assertRaises(TypeError):
            emsign.Client(store=42)
        with self.assertRaises(TypeError):
            emsign.Client(transport='curl')
        with self.assertRaisesRegex(emsign.InvalidError, 'not both'):
            emsign.Client(sealing_key=SEALING_KEY, key_file=self.path('key'))
        with self.assertRaisesRegex(emsign.InvalidError, 'unknown store'):
            emsign.Client(store='nothing:')

    def test_store_is_closed_with_its_client(self):
        for _ in range(2):  # a database that is still open elsewhere would be found out
            with client(store='sqlite:' + self.path('a.db')) as c:
                c.credential_remove('demo')

    def test_store_can_be_shared_and_looked_into(self):
        with emsign.Store('memory:') as store:
            with client(store=store), emsign.Client(store=store, sealing_key=SEALING_KEY) as d:
                self.assertEqual(d.get('credential', 'demo').id, 'demo')
            self.assertEqual([id for id, _ in store.scan('credential')], ['demo'])
            self.assertEqual(store.get('credential', 'demo')['name'], 'demo')
            store.begin()
            store.remove('credential', 'demo')
            store.end(False)
            store.cas('order', 'x/1', None, {'url': 'u'})
            with self.assertRaises(emsign.ConflictError):
                store.cas('order', 'x/1', None, {'url': 'u'})
            with self.assertRaises(emsign.NotFoundError):
                store.get('order', 'x/2')
            self.assertEqual(store.scan('order', {'url': None}), [])

    def test_each(self):
        ids = []
        with client() as c:
            c.each('credential', fn=lambda fact: ids.append(fact.id))
            with self.assertRaises(ZeroDivisionError):
                c.each('credential', fn=lambda fact: 1 / 0)
        self.assertEqual(ids, ['demo'])

    def test_each_of_a_part(self):
        def some(*args, **more):
            ids = []
            c.each('credential', *args, fn=lambda fact: ids.append(fact.id), **more)
            return ids

        with client() as c:
            for name in 'abc':
                c.credential_add(name, region='us', account='1', secret=ACCESS_KEY)
            self.assertEqual(some(after='a'), ['b', 'c', 'demo'])
            self.assertEqual(some(after='a', limit=2), ['b', 'c'])
            self.assertEqual(some(limit=1), ['a'])
            self.assertEqual(some(name=['a', 'c'], after='a'), ['c'])
            self.assertEqual(some(after=None, limit=0), ['a', 'b', 'c', 'demo'])
            for limit in (-1, 2**70, 'x'):
                with self.assertRaises((OverflowError, TypeError)):
                    some(limit=limit)

    def test_pages(self):
        with emsign.Store('memory:') as store, emsign.Client(store=store) as c:
            for n in (0, 1, 256, 257, 600):
                for i in range(n):
                    store.put('domain', f'demo/{i:04}', {'name': f'{i}.example.com'})
                self.assertEqual([d.name for d in c.scan('domain')],
                                 [f'{i}.example.com' for i in range(n)])
            rows = c.scan('domain', {'name': [f'{i}.example.com' for i in range(0, 600, 2)]})
            self.assertEqual(len(list(rows)), 300)
            rows = c.scan('domain')
            next(rows)
            held = [o for o in gc.get_objects() if isinstance(o, emsign.Domain)]
            self.assertTrue(200 < len(held) <= 256, len(held))  # one page of 600
            del held
            for i in range(300, 400):
                store.remove('domain', f'demo/{i:04}')
            self.assertEqual(len(list(rows)), 499)


class Secrets(Case):
    def test_nothing_shows_one(self):
        secret = emsign.Secret(ACCESS_KEY)
        self.assertNotIn('CANARY', repr(secret) + str(vars(secret)))
        with self.assertRaises(TypeError):
            pickle.dumps(secret)
        self.assertFalse([name for name in dir(secret) if name in ('use', 'bytes', 'get')])

    def test_kinds(self):
        with open(self.path('access-key'), 'w') as file:
            file.write('EMSIGN-CANARY-file\n')
        for what in (bytearray(b'EMSIGN-CANARY-x'), memoryview(b'EMSIGN-CANARY-x')):
            emsign.Secret(what).close()
        emsign.Secret.file(self.path('access-key'))
        key = emsign.Secret.key_file(self.path('sealing.key'))
        sealed = key.seal('there', emsign.Secret(ACCESS_KEY))
        key.unseal('there', sealed)
        with self.assertRaises(emsign.CryptoError):
            key.unseal('elsewhere', sealed)
        with self.assertRaises(emsign.InvalidError):
            emsign.Secret(b'')
        emsign.Secret(b'EMSIGN-CANARY-phrase').derive('salt of eight')
        with self.assertRaises(emsign.FileError):
            emsign.Secret.file(self.path('none'))

    def test_key(self):
        key = emsign.Key.make('ec:p-256')
        self.assertEqual(key.spec(), 'EC:P-256')
        self.assertEqual(len(key.spki()), 64)
        with self.assertRaisesRegex(emsign.InvalidError, 'RSA:2048'):
            emsign.Key.make('DSA:1')


if __name__ == '__main__':
    unittest.main()
