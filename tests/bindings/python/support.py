# SPDX-License-Identifier: MIT
"""What the tests of the Python binding share: secrets, folders, stores, a CA that answers."""
import json
import os
import sys
import tempfile
import unittest

import emsign

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'support'))
from simulator import TELLS_FILES, Simulator  # noqa: E402

ACCESS_KEY = b'EMSIGN-CANARY-access-key'
SEALING_KEY = b'EMSIGN-CANARY-32-bytes-long-key.'
SIM = os.environ.get('EMSIGN_SIM')
# TEST [v1|v2] [unittest arguments]: which generation of the API the simulator is asked in
API = sys.argv.pop(1) if sys.argv[1:2] in (['v1'], ['v2']) else 'v1'
REQUESTER = {'name': 'Alex Example', 'email': 'alex@example.com', 'phone': '5550000000'}
GOOD = {'meta': {'responseTs': '', 'errorMessage': '', 'errorCode': '', 'responseTxnId': '',
                 'version': '1.0', 'status': '1'}}


def client(store=None, transport=None, **config):
    """A client of one credential that has never seen a CA."""
    made = emsign.Client(store=store, transport=transport, sealing_key=SEALING_KEY, **config)
    made.credential_add('demo', url='https://ca.example/emSignHub-API/', account='1234567890',
                        requester=REQUESTER, secret=ACCESS_KEY)
    return made


class Answering:
    """A blocking transport that answers every question alike and remembers it."""

    def __init__(self, answer=None, status=200):
        self.answer = json.dumps(answer or GOOD).encode()
        self.http_status = status
        self.requests = []

    def start(self, exchange):
        self.requests.append(exchange.request())
        exchange.status(self.http_status)
        exchange.header('Content-Type', 'application/json;charset=UTF-8')
        exchange.data(self.answer)
        exchange.done()


class DictStore:
    """A store in thirty lines."""

    def __init__(self):
        self.rows = {}
        self.before = None

    def put(self, kind, id, row):
        self.rows[kind, id] = row

    def get(self, kind, id):
        return self.rows[kind, id]

    def remove(self, kind, id):
        del self.rows[kind, id]

    def scan(self, kind, filter, after, limit):
        ids = (id for k, id in self.rows if k == kind and (after is None or id > after))
        for id in sorted(ids):
            row = self.rows[kind, id]
            if all(row.get(name) in values for name, values in filter.items()):
                yield id, row

    def begin(self):
        self.before = dict(self.rows)

    def end(self, keep):
        if not keep:
            self.rows = self.before
        self.before = None


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='emsign-python-')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def simulator(self, *options):
        sim = Simulator(SIM, self.path('sim'), '--delay-revocable', '0',
                        *TELLS_FILES[API], *options, api=API)
        self.addCleanup(sim.stop)
        return sim

    def at_simulator(self, sim, **given):
        """A client whose credential is the simulator's account."""
        made = emsign.Client(sealing_key=SEALING_KEY, **given)
        self.addCleanup(made.close)
        made.credential_add('demo', api=API, url=sim.api_url, account=sim.account,
                            ca_file=sim.ca_file, requester=REQUESTER,
                            secret=emsign.Secret.file(sim.key_file))
        return made
