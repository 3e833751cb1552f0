# SPDX-License-Identifier: MIT
"""Starts emsign-sim and talks to its control paths."""
import json
import os
import secrets
import ssl
import subprocess
import urllib.request

# What it calls the same thing in each generation of the API.
CALLS = {
    'v1': {'login': 'ValidateCredentials', 'place': 'GenerateOrderSSL', 'track': 'TrackOrder',
           'place-signer': 'GenerateOrderSignature', 'report': 'GetOrderReport',
           'fetch': 'GetCertificate'},
    'v2': {'login': 'v2.me', 'place': 'v2.create', 'track': 'v2.track',
           'place-signer': 'v2.create-signature', 'report': 'v2.orders',
           'fetch': 'v2.certificate'},
}
# What its log says of a placement that came too soon after others.
TOO_SOON = {'v1': 'EMS-1154', 'v2': 'v2.create 429'}
# The options of a CA that tells which file it wants to see.
TELLS_FILES = {'v1': (), 'v2': ('--v2', 'dcv-body=documented')}


def write(path, text, mode=0o600):
    """A small file; the mode counts from its first instant."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(fd, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class Simulator:
    """
    One emsign-sim of its own, with secrets that the canary test knows. It speaks all generations of
    the API; api is the one in whose words it is spoken of here.
    """

    account = '1234567890'

    def __init__(self, binary, folder, *options, access_key=None, api='v1'):
        os.makedirs(folder, exist_ok=True)
        self.api = api
        self.access_key = access_key or 'EMSIGN-CANARY-' + secrets.token_hex(16)
        self.access_key_file = write(os.path.join(folder, 'access-key'), self.access_key + '\n')
        self.client_secret = 'EMSIGN-CANARY-' + secrets.token_hex(16)
        self.client_secret_file = write(os.path.join(folder, 'password-client'),
                                        self.client_secret + '\n')
        ready = os.path.join(folder, 'ready.json')
        # its end of the pipe closes when it listens, or dies: no waiting by the clock
        self.process = subprocess.Popen(
            [binary, '--port', '0', '--dir', folder, '--account', self.account,
             '--access-key-file', self.access_key_file,
             '--client-secret-file', self.client_secret_file, '--exit-with-parent', *options],
            stdout=subprocess.PIPE)
        self.wait_for(ready)
        with open(ready, encoding='utf-8') as file:
            self.ready = json.load(file)
        self.url = self.ready['base_url']
        self.v2_url = self.ready['v2_url']
        self.token_url = self.ready['token_url']
        self.ca_file = self.ready['ca_file']
        self.api_url, self.key_file = self.way(api)
        self.tls = ssl.create_default_context(cafile=self.ca_file)

    def wait_for(self, ready):
        line = self.process.stdout.readline()
        if not os.path.exists(ready):
            raise RuntimeError(f'the simulator did not start: {line!r}')

    def way(self, api):
        """Where a generation of the API is, and the file with what proves the account there."""
        return {'v1': (self.url, self.access_key_file),
                'v2': (self.v2_url, self.client_secret_file)}[api]

    def control(self, path, body=None):
        root = '/'.join(self.url.split('/', 3)[:3])
        request = urllib.request.Request(
            f'{root}/_sim/{path}', method='POST' if body else 'GET',
            data=json.dumps(body).encode() if body else None,
            headers={'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, context=self.tls) as answer:
            return json.loads(answer.read() or b'{}')

    def call(self, name):
        """One of CALLS, or as it is."""
        return CALLS[self.api].get(name, name)

    def fault(self, name, kind, **more):
        self.control('fault', {'verb': self.call(name), 'kind': kind, **more})

    def calls(self, name):
        """How often it was asked so."""
        return self.ledger()['calls'].get(self.call(name), 0)

    def state(self, **what):
        self.control('state', what)

    def ledger(self):
        return self.control('ledger')

    def orders(self):
        return self.ledger()['orders']

    def too_soon(self):
        """How many placements it refused because they came too soon after others."""
        return sum(TOO_SOON[self.api] in line for line in self.control('log')['log'])

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
