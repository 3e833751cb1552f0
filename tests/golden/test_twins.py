#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Both generations of the API tell the same facts: directories of one name below v1/ and v2/ hold
one case in two languages.

    test_twins.py FOLDER
"""
import json
import os
import sys
import unittest

# Members that one generation tells otherwise, or not at all, and why.
MEMBERS = {
    ('order', 'status_code'): 'the CA\'s own: two numbers there, words here',
    ('order', 'tracking_url'): 'v2 has no such page',
    ('order', 'family'): 'the path of v2 tells it, the report of v1 does',
    ('order', 'domain'): 'v1 tells it in the report alone',
    ('order', 'sans'): 'v1 never tells them',
    ('order', 'product'): 'v1 tells it in the report alone',
    ('order', 'ordered_at'): 'v1 tells it in the report alone',
    ('organization', 'extra'): 'the rest, in words of its own',
    ('order', 'extra'): 'the rest, in words of its own',
    ('challenge', 'extra'): 'the rest, in words of its own',
    ('product', 'extra'): 'prices of several years have another shape',
    ('domain', 'extra'): 'the rest, in words of its own',
    ('domain', 'organization'): 'v2 has another id of it',
    ('domain', 'domain_id'): 'v1 has none',
    ('domain', 'method'): 'the list of v2 leaves it out',
    ('challenge', 'record_name'): 'v2 has a label of its own before the name',
    ('certificate', 'not_after'): 'v2 is hours off at times; the certificate tells',
    ('certificate', 'chain_pem'): 'v2 puts the root among the others',
    ('certificate', 'root_pem'): 'v2 puts the root among the others',
    ('certificate', 'pem'): 'v2 ends without a line break',
}
# Values that stand for each other.
LIKE = {
    ('order', 'status', 'pending', 'pending-validation'): 'v2 tells at once what it waits for',
    ('order', 'status', 'pending', 'pending-approval'): 'label 24 of v1 has a word in v2',
    ('order', 'status', 'pending', 'attention'): 'v2 says at once that it waits for documents',
    ('order', 'status', 'issued', 'pending-csr'): 'private PKI of v1 may give the certificate',
    ('challenge', 'caa', 'required', 'skipped'): 'other words for a look that was not asked for',
    ('product', 'price', 'None', '99.00'): 'v1 has several prices there, and no first one',
}
# Facts that one generation does not give there.
GIVEN_ONCE = {
    'account': ('user', 'v2 says nothing about the person'),
    'organization': ('secret', 'v2 tells no consent token'),
    'place-private': ('certificate', 'v2 gives it later'),
}


def facts(folder):
    """The facts as (kind, members), and the outcome."""
    with open(os.path.join(folder, 'facts.txt'), encoding='utf-8') as file:
        lines = file.read().split('\n')
    told = []
    while lines and not lines[0].partition(' ')[2].startswith('class='):
        kind, _, rest = lines.pop(0).partition(' ')
        told.append((kind, {} if kind == 'secret' else json.loads(rest)))
    return told, lines[0] if lines else ''


class Twins(unittest.TestCase):
    folder = None

    def twins(self):
        names = [set(os.listdir(os.path.join(self.folder, api))) for api in ('v1', 'v2')]
        for name in sorted(names[0] & names[1]):
            pair = [os.path.join(self.folder, api, name) for api in ('v1', 'v2')]
            if all(os.path.exists(os.path.join(side, 'facts.txt')) for side in pair):
                yield name, *(facts(side) for side in pair)

    def compare(self, kind, one, other):
        for member in sorted(one.keys() | other.keys()):
            pair = one.get(member), other.get(member)
            if pair[0] == pair[1]:
                continue
            reason = (kind, member)
            if reason not in MEMBERS:
                reason += tuple(map(str, pair))
            self.assertIn(reason, MEMBERS.keys() | LIKE.keys(), f'{kind}.{member}')
            self.used.add(reason)

    def test_facts_are_the_same(self):
        n, self.used = 0, set()
        for name, (one, _), (other, _) in self.twins():
            left_out = GIVEN_ONCE.get(name, ('',))[0]
            one = [fact for fact in one if fact[0] != left_out]
            with self.subTest(name):
                self.assertEqual([kind for kind, _ in one], [kind for kind, _ in other])
                for (kind, mine), (_, its) in zip(one, other):
                    self.compare(kind, mine, its)
            n += 1
        self.assertGreater(n, 80)
        self.assertEqual(self.used, MEMBERS.keys() | LIKE.keys(), 'a difference that is none')

    def test_ends_are_the_same(self):
        for name, (_, one), (_, other) in self.twins():
            with self.subTest(name):
                self.assertEqual(one, other)


if __name__ == '__main__':
    Twins.folder = sys.argv.pop()
    unittest.main(verbosity=0)
