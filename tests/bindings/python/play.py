# SPDX-License-Identifier: MIT
"""Plays what plays.py writes, with the Python binding: play.py PLAYS > OUTPUT"""
import sys

import emsign
from support import SEALING_KEY

KINDS = ('credential', 'user', 'group', 'organization', 'domain', 'product', 'order', 'challenge',
         'certificate', 'custom_field', 'attempt', 'ledger')


class World:
    def __init__(self):
        self.ms, self.bytes = 0, {}

    def now_ms(self):
        return self.ms

    def random(self, n):
        return self.bytes.get(n, bytes(n))


class Answering:
    """Prints what it is asked, and answers from the files as long as there are some."""

    def __init__(self):
        self.answers = []

    def start(self, exchange):
        request = exchange.request()
        print(request.method, request.url)
        for name, value in request.headers.items():
            print(f'{name}: {value}')
        print()
        print(request.body.decode())
        if not self.answers:
            exchange.unsent()
            exchange.done(emsign.E_CANCELED, 'no more answers')
            return
        with open(self.answers.pop(0), 'rb') as file:
            head, _, body = file.read().partition(b'\n\n')
        status, *headers = head.decode().split('\n')
        exchange.status(int(status.split()[1]))
        for header in headers:
            exchange.header(*header.split(': ', 1))
        exchange.data(body.removesuffix(b'\n'))
        exchange.done()


class Play:
    """One case: what its lines say, and what comes of it."""

    def __init__(self):
        self.config, self.credential, self.args = {}, {}, {}
        self.world, self.transport = World(), Answering()
        self.rows, self.secrets = [], []
        self.verb = self.document = self.key = None

    def take(self, word, text):
        name, _, value = text.partition('=')
        if word == 'now':
            self.world.ms = int(text)
        elif word == 'random':
            self.world.bytes[len(text) // 2] = bytes.fromhex(text)
        elif word == 'answer':
            self.transport.answers.append(text)
        elif word == 'row':
            self.rows.append((*text.split(' ', 1), {}))
        elif word == 'value':
            self.rows[-1][2][name] = value
        elif word == 'secret':
            self.secrets.append((name, value.encode()))
        elif word == 'arg':
            self.args.setdefault(name, []).append(value)
        elif word in ('config', 'credential'):
            getattr(self, word)[name] = value
        else:
            setattr(self, word, text)

    def do(self, account):
        if self.verb == 'submit_document':
            one = {name: values[0] for name, values in self.args.items()}
            account.submit_document(**one, bytes=self.document.encode())
            return
        with account.begin(self.verb, self.args) as op:
            op.run()
            op.take()

    def outcome(self, account):
        try:
            self.do(account)
            print('OK')
        except emsign.Error as error:
            print(f'{error.name} http={error.http_status} retry_after={error.retry_after} '
                  f'ca_code={error.ca_code} request_id={error.request_id}')
            print(error.message)

    def kept(self, client, store):
        for kind in KINDS:
            for record in client.scan(kind):
                print(kind, record.to_json())
        for name, _ in store.scan('sealed'):
            print('sealed', name)

    def end(self):
        with emsign.Store('memory:') as store, emsign.Secret(SEALING_KEY) as key, emsign.Client(
                self.config, store=store, transport=self.transport, sealing_key=key,
                attempts=1) as client:
            client.set_world(self.world)
            client.credential_add('demo', self.credential, self.key.encode())
            for kind, name, row in self.rows:
                store.put(kind, name, row)
            for name, text in self.secrets:
                store.put('sealed', name, {'sealed': key.seal(name, text)})
            self.outcome(client.account('demo'))
            self.kept(client, store)


def main():
    play = None
    with open(sys.argv[1], encoding='utf-8') as file:
        for line in file.read().split('\n'):
            word, _, text = line.partition(' ')
            if word == 'case':
                play = Play()
                print('case', text)
            elif word == 'end':
                play.end()
            elif word:
                play.take(word, text.replace('\\n', '\n'))


if __name__ == '__main__':
    main()
