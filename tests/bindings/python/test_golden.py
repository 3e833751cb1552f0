# SPDX-License-Identifier: MIT
"""The golden files of the C library, from Python: the same bytes go out, the same is understood.

tests/golden/golden.c holds the C library to these files; so all languages agree with each other.
"""
import datetime
import os
import unittest

import emsign
from support import SEALING_KEY

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'golden', 'v1')
# verb of the files -> how a script asks the same
CALLS = {
    'test': lambda account, said: account.test(),
    'track': lambda account, said: account.refresh(said['arg.order']),
}


def read(folder, name):
    with open(os.path.join(GOLDEN, folder, name), 'rb') as file:
        return file.read()


def cases(verb):
    for folder in sorted(os.listdir(GOLDEN)):
        rows = read(folder, 'call').decode().splitlines()
        said = dict(row.split('=', 1) for row in rows if '=' in row)
        answered = os.path.exists(os.path.join(GOLDEN, folder, 'response.http'))
        if said.get('verb') == verb and answered and not {'url', 'token'} & set(said):
            yield folder, said


class World:
    def __init__(self, said):
        now = said.get('now', '2026-01-15T10:20:30+00:00')
        self.ms = int(datetime.datetime.fromisoformat(now).timestamp()) * 1000
        self.bytes = bytes.fromhex(said.get('random', '6f1d2c3b4a5968778695a4b3c2d1e0f9'))

    def now_ms(self):
        return self.ms

    def random(self, n):
        return self.bytes[:n]


class Replaying:
    """Answers the first question with the file, and no other."""

    def __init__(self, response):
        self.head, _, self.body = response.partition(b'\n\n')
        self.asked = None

    def start(self, exchange):
        if self.asked:
            raise emsign.CanceledError('one question is enough')
        request = exchange.request()
        headers = ''.join(f'{name}: {value}\n' for name, value in request.headers.items())
        self.asked = f'{request.method} {request.url}\n{headers}\n'.encode() + request.body + b'\n'
        status, *headers = self.head.decode().split('\n')
        exchange.status(int(status.split()[1]))
        for header in headers:
            exchange.header(*header.split(': ', 1))
        exchange.data(self.body.removesuffix(b'\n'))
        exchange.done()


def replay(folder, said):
    """What was asked, and the error that came of it or None."""
    transport = Replaying(read(folder, 'response.http'))
    with emsign.Store('memory:') as store, emsign.Client(
            store=store, transport=transport, sealing_key=SEALING_KEY, attempts=1) as client:
        client.credential_add('demo', region='sandbox', account=said.get('account', '1234567890'),
                              secret=said.get('key', 'EXAMPLE-ACCESS-KEY-0123456789abcdef').encode())
        client.set_world(World(said))
        if 'arg.order' in said:
            url = client.get('credential', 'demo').url
            store.put('order', 'demo/' + said['arg.order'],
                      {'credential': 'demo', 'number': said['arg.order'], 'url': url})
        try:
            CALLS[said['verb']](client.account('demo'), said)
            return transport.asked, None
        except emsign.Error as error:
            return transport.asked, error


class Golden(unittest.TestCase):
    def test_questions(self):
        for verb in CALLS:
            seen = 0
            for folder, said in cases(verb):
                with self.subTest(folder):
                    asked, _ = replay(folder, said)
                    self.assertEqual(asked, read(folder, 'request.http'))
                    seen += 1
            self.assertGreater(seen, 20)

    def test_answers(self):
        for folder, said in cases('test'):
            with self.subTest(folder):
                _, error = replay(folder, said)
                facts = read(folder, 'facts.txt').decode().splitlines()
                self.assertEqual(error.name if error else 'OK', facts[0].split()[0])
                if error:
                    # where the answer names no call, the engine fills in the one that was sent
                    self.assertEqual(f'http={error.http_status} retry_after={error.retry_after} '
                                     f'ca_code={error.ca_code}', facts[1].split(' request_id')[0])
                    self.assertTrue(error.request_id)
                    self.assertEqual(error.message, facts[2])


if __name__ == '__main__':
    unittest.main()
