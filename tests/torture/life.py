# SPDX-License-Identifier: MIT
"""A CA, a folder, and lives in it: what has to be true after one, whatever happened before.

See life.c for what a life is.
"""
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'support'))
from simulator import TELLS_FILES, Simulator  # noqa: E402

NAME = 'www.example.com'
SECOND = 'second.' + NAME
HISTORY = 3
# What a human step or a queue takes is not what is tested here.
CA = ('--dcv', 'auto', '--delay-dcv', '0', '--delay-issue', '0', '--seed', '1',
      '--orders', str(HISTORY))
# A CA that tells which file it wants to see, and takes one token away when it gives the next.
ONLY_V2 = (*TELLS_FILES['v2'], '--v2', 'second-grant=revokes', '--delay-revocable', '0')
APIS = {'v1': CA, 'v2': CA + ONLY_V2}
SEALED = {'v1': {'life/access-key'}, 'v2': {'life/access-key', 'life/access-token'}}
KILLED = (-9, 128 + 9)  # by itself, by its tracer


def fast_folder():
    """Where to work: memory, where there is some, for thousands of lives end in fsync()."""
    return '/dev/shm' if os.access('/dev/shm', os.W_OK) else None


def ca_words(sim):
    """The CA as words of a command line, see life_client.h."""
    return [sim.api, sim.api_url, sim.ca_file, sim.account, sim.key_file]


class Keys:
    """What a CA needs long to make, made once."""

    def __init__(self, sim):
        self.sim = sim
        self.folder = tempfile.mkdtemp(prefix='emsign-life-keys-', dir=fast_folder())
        Simulator(sim, self.folder, *CA).stop()

    def close(self):
        shutil.rmtree(self.folder)


class World:
    """One CA, and one folder for the lives of one application, one after the other."""

    def __init__(self, life, keys, api):
        self.life = life
        self.folder = tempfile.mkdtemp(prefix='emsign-life-', dir=fast_folder())
        self.home = os.path.join(self.folder, 'home')
        ca = os.path.join(self.folder, 'ca')
        shutil.copytree(keys.folder, ca)
        os.makedirs(os.path.join(self.home, 'web'))
        self.sim = Simulator(keys.sim, ca, *APIS[api], api=api)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.sim.stop()
        shutil.rmtree(self.folder)

    def live(self, tracer=(), stop=(), config=()):
        """A life, begun anew or gone on with; how it ended."""
        return subprocess.run(
            [*tracer, self.life, *stop, *ca_words(self.sim), self.home, NAME, *config],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def exported(self):
        """The bytes of the exported file; None: there is none."""
        if not os.path.exists(self.path('tls.pem')):
            return None
        with open(self.path('tls.pem'), 'rb') as file:
            return file.read()

    def too_open(self):
        """Files that others may read. Proofs are for the whole world, and not looked at."""
        for name in os.listdir(self.home):
            mode = os.stat(self.path(name)).st_mode
            if stat.S_ISREG(mode) and mode & 0o177:
                yield f'{name} has mode {stat.S_IMODE(mode):o}'

    def wrong(self):
        """What is not as it has to be after a life that ended well; nothing, if all is."""
        yield from self.too_open()
        if sorted(self.names()) != ['sealing.key', 'store.db', 'tls.pem', 'web']:
            yield f'files are left or missing: {sorted(self.names())}'
        yield from Store(self.path('store.db'), self.sim.api).wrong(self.sim.orders())
        for top, _, names in os.walk(self.path('web')):
            yield from (f'the proof {top}/{name} was left' for name in names
                        if not name.startswith('.'))

    def names(self):
        """Without what is left of a file by who was killed while he wrote it. (In the web root
        the name of such a one begins with a dot.)"""
        return (name for name in os.listdir(self.home) if not name.endswith('.tmp'))


class Store:
    """A store, read by SQLite alone."""

    def __init__(self, path, api):
        self.sealed = SEALED[api]
        self.db = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
        self.db.row_factory = sqlite3.Row

    def rows(self, kind):
        return {row['id']: row for row in self.db.execute(f'SELECT * FROM "{kind}"')}

    def wrong(self, ledger):
        try:
            whole = self.db.execute('PRAGMA integrity_check').fetchall()
            if [tuple(row) for row in whole] != [('ok',)]:
                yield f'the database is damaged: {whole}'
            yield from self.wrong_orders(ledger)
            yield from self.wrong_links()
            yield from self.left_over()
        finally:
            self.db.close()

    def wrong_orders(self, ledger):
        """One order for each name at the CA, with a key that is here, and it is known."""
        ends = {NAME: ('22', '4'), SECOND: ('13', '')}  # revoked: superseded; canceled
        csrs = {row['spki']: row for row in self.rows('csr').values()}
        known = {**self.rows('order'), **self.rows('tombstone')}
        if sorted(order['domainName'] for order in ledger) != sorted(ends):
            yield f'the CA has orders for {[order["domainName"] for order in ledger]}'
        for order in ledger:
            name, number = order['domainName'], order['orderNumber']
            if (order['certificateStatusId'], order['revokeReasonId']) != ends[name]:
                yield f'{name} ended as {order["certificateStatusId"]}'
            if order['spki'] not in csrs or csrs[order['spki']]['domain'] != name:
                yield f'the key of {name} is not kept here'
            if f'life/{number}' not in known:
                yield f'the order {number} for {name} is not known here'
        if len(known) != len(ledger) + HISTORY:
            yield f'{len(known)} orders are known'

    def wrong_links(self):
        """Both ends of what records say about each other."""
        orders, certificates = self.rows('order'), self.rows('certificate')
        csrs, sealed = self.rows('csr'), self.rows('sealed')
        known = {**orders, **self.rows('tombstone')}
        for row in orders.values():
            if row['certificate'] and row['certificate'] not in certificates:
                yield f'the certificate of {row["id"]} is missing'
            if row['csr'] and (row['csr'] not in csrs or
                               csrs[row['csr']]['spki'] != row['spki']):
                yield f'the CSR of {row["id"]} is missing'
            if row['open']:
                yield f'{row["id"]} is open'
        for row in certificates.values():
            if f'life/{row["order"]}' not in known:
                yield f'the order of {row["id"]} is missing'
            if row['csr'] and csrs[row['csr']]['spki'] != row['spki']:
                yield f'{row["id"]} does not fit its CSR'
        keys = {f'life/key/{row["spki"]}' for row in csrs.values()}
        if {key for key in sealed if '/key/' in key} != keys:
            yield f'there are keys {sorted(sealed)}, but CSRs {sorted(csrs)}'
        yield from (f'{key} is missing' for key in self.sealed - set(sealed))
        for row in self.rows('challenge').values():
            if f'life/{row["order"]}' not in known:
                yield f'the order of the challenge {row["id"]} is missing'

    def left_over(self):
        for kind in ('intent', 'presented'):
            for key in self.rows(kind):
                yield f'{kind} {key} is left'
        for row in self.rows('import').values():
            if row['owner']:
                yield f'the import of {row["id"]} is still held'
        certificates = [row for row in self.rows('certificate').values()
                        if row['domain'] == NAME]
        if len(certificates) != 1 or not certificates[0]['revoked_at']:
            yield f'{len(certificates)} certificates of {NAME}, or it is not marked as revoked'
