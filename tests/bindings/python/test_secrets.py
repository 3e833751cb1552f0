# SPDX-License-Identifier: MIT
"""No exception shows a secret: not its text, arguments, members or causes, nor our own frames."""
import os
import traceback
import unittest

import emsign
from support import ACCESS_KEY, SEALING_KEY, Answering, Case, DictStore, client

WHERE = os.path.dirname(os.path.abspath(emsign.__file__))
PASSWORD = b'EMSIGN-CANARY-password'
FORM = dict(region='us', account='1')


def shown(error):
    """All that tools show of an exception and of those that led to it."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        for frame in frames:
            yield frame.line or ''
            # the caller's own variables are the caller's
            if frame.filename.startswith(WHERE):
                yield repr(frame.locals)
        error = error.__cause__ or error.__context__


class Vault:
    """A secret of the script that says too much when it fails."""

    def __init__(self, fails):
        self.fails = fails

    def fetch(self):
        if self.fails:
            raise OSError('the vault is closed')
        return ACCESS_KEY


class RaisingStore(DictStore):
    broken = False

    def put(self, *args):
        if self.broken:
            raise RuntimeError('no room')
        super().put(*args)


def sealed_key():
    return emsign.Secret(SEALING_KEY).seal('here', emsign.Secret(ACCESS_KEY))


def broken_key(password):
    pem = (b'-----BEGIN ENCRYPTED PRIVATE KEY-----\n'
           b'MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgBAgMEBQYHCAICCAAw\n'
           b'-----END ENCRYPTED PRIVATE KEY-----\n')
    return emsign.Key.parse(emsign.Secret(pem), emsign.Secret(password))


def in_broken_store(c, store):
    store.broken = True
    c.credential_update('demo', secret=ACCESS_KEY)


class Exceptions(Case):
    def calls(self, c, store):
        account = c.account('demo')
        return {
            'there already': lambda: c.credential_add('demo', secret=ACCESS_KEY, **FORM),
            'unknown field': lambda: c.credential_add('x', secret=ACCESS_KEY, acount='1'),
            'wrong type': lambda: c.credential_add('x', secret=ACCESS_KEY.decode(), **FORM),
            'secret as a field': lambda: c.credential_add(
                'x', access_key=ACCESS_KEY.decode(), secret=ACCESS_KEY, **FORM),
            'unknown credential': lambda: c.credential_update('y', secret=ACCESS_KEY),
            'vault': lambda: c.credential_add('z', secret=Vault(True), **FORM),
            'refused login': account.test,
            'wrong sealing key': lambda: emsign.Client(store=store,
                                                       sealing_key=PASSWORD + b'x' * 10),
            'short sealing key': lambda: emsign.Client(store=store, sealing_key=PASSWORD),
            'other name': lambda: emsign.Secret(SEALING_KEY).unseal('there', sealed_key()),
            'short salt': lambda: emsign.Secret(PASSWORD).derive('salt'),
            'no key': lambda: emsign.Key.parse(emsign.Secret(ACCESS_KEY)),
            'broken key': lambda: broken_key(PASSWORD),
            'closed': lambda: self.closed().seal('x', emsign.Secret(ACCESS_KEY)),
            'store': lambda: in_broken_store(c, store),
        }

    @staticmethod
    def closed():
        secret = emsign.Secret(SEALING_KEY)
        secret.close()
        return secret

    def assert_silent(self, call):
        try:  # assertRaises() would clear the frames
            call()
        except Exception as error:
            for text in shown(error):
                self.assertNotIn('CANARY', text)
            return
        self.fail('it did not raise')

    def test_none_shows_a_secret(self):
        store = RaisingStore()
        with client(store=store, transport=Answering(status=401), attempts=1) as c:
            for name, call in self.calls(c, store).items():
                with self.subTest(name):
                    self.assert_silent(call)

    def test_it_would_be_seen(self):
        def in_text():
            raise KeyError(ACCESS_KEY)

        def in_a_cause():
            try:
                in_text()
            except KeyError:
                raise RuntimeError('something else') from None

        def in_our_frame():
            emsign.Secret.seal.__wrapped__(emsign.Secret(SEALING_KEY), 0, ACCESS_KEY)

        for call in in_text, in_a_cause, in_our_frame:
            with self.subTest(call.__name__), self.assertRaises(AssertionError):
                self.assert_silent(call)


if __name__ == '__main__':
    unittest.main(verbosity=0)
