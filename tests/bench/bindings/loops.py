# SPDX-License-Identifier: MIT
"""The loops of loops.c from Python: loops.py LOOP ROUNDS prints nanoseconds per call, or per row."""
import sys
import time

import emsign

ROWS = 10000
GOOD = (b'{"meta":{"responseTs":"","errorMessage":"","errorCode":"","responseTxnId":"",'
        b'"version":"1.0","status":"1"}}')


class Transport:
    def start(self, exchange):
        len(exchange.request().body)
        exchange.status(200)
        exchange.header('Content-Type', 'application/json')
        exchange.data(GOOD)
        exchange.done()


store = emsign.Store('memory:')
client = emsign.Client(store=store, transport=Transport(),
                       sealing_key=b'a sealing key that is an example')
client.credential_add('demo', region='sandbox', account='1', secret=b'EXAMPLE-ACCESS-KEY')
account = client.account('demo')
for i in range(ROWS):
    store.put('order', f'demo/{i:05}', {
        'credential': 'demo', 'number': f'{i:05}', 'domain': f'host-{i:05}.example.com',
        'status': 'issued', 'not_after': '1800000000'})


def call(rounds):
    for _ in range(rounds):
        emsign.status_name(emsign.STATUS_ISSUED)
    return rounds


def get(rounds):
    for _ in range(rounds):
        client.get('order', 'demo/00001').domain
    return rounds


def scan(rounds):
    rows = 0
    for _ in range(rounds):
        for order in client.scan('order'):
            order.id, order.domain, order.status
            rows += 1
    return rows


def question(rounds):
    for _ in range(rounds):
        account.test()
    return rounds


loop, rounds = globals()[sys.argv[1]], int(sys.argv[2])
begin = time.perf_counter_ns()
done = loop(rounds)
print((time.perf_counter_ns() - begin) / done)
