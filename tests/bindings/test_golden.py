# SPDX-License-Identifier: MIT
"""The golden files of the C library, through the public API and in another language.

    test_golden.py GOLDEN-FOLDER C-PLAYER [PLAYER...]

The last part of the folder says which generation of the API it is. What goes out is what the files
pin, and what is understood is kept; and in every language the same, to the byte: questions but for
the order of their headers, errors, and the text of all facts.
"""
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import plays

DOUBT = 'sent, but without a usable answer: '
GOLDEN, C_PLAYER, PLAYER = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:]
API = os.path.basename(GOLDEN)
NOT_PLAYED, NEVER_ASKED, ASKED_OTHERWISE, NOT_KEPT = (table[API] for table in (
    plays.NOT_PLAYED, plays.NEVER_ASKED, plays.ASKED_OTHERWISE, plays.NOT_KEPT))
QUESTION = re.compile('(?:DELETE|GET|PATCH|POST|PUT) ')
CANARY = 'EMSIGN-CANARY-'  # shown like in the golden files


class Shown:
    """What a player prints of one case."""

    def __init__(self, text):
        self.text = text
        self.questions, self.outcome = [], None
        rows = iter(text.split('\n'))
        for row in rows:
            if QUESTION.match(row):
                head = [row, *itertools.takewhile(bool, rows)]
                self.questions.append('\n'.join([*head, '', next(rows), '']))
            elif row == 'OK':
                self.outcome = ('OK', '')
            elif ' http=' in row and not self.outcome:
                self.outcome = (row, next(rows))
        self.facts = [row for row in text.split('\n') if ' {' in row and row[0] != '{']
        self.sealed = [row for row in text.split('\n') if row.startswith('sealed ')]


class Pinned:
    """What a directory says of the answer."""

    def __init__(self, case):
        with open(case.path('facts.txt'), encoding='utf-8') as file:
            rows = file.read().splitlines()
        at = next(i for i, row in enumerate(rows) if ' class=' in row and row[0] != '{')
        self.code = rows[at].split()[0]
        self.error = rows[-2:]
        self.facts = [row for row in rows[:at] if not row.startswith('secret ')]
        self.secrets = [row for row in rows[:at] if row.startswith('secret ')]


def holds(kept, fact):
    """Whether a record that is kept says what the fact says, member by member in its words."""
    kind, _, text = kept.partition(' ')
    said = json.loads(fact.partition(' ')[2])
    rest = {name: value for name, value in json.loads(text).items() if name in said}
    return fact == f'{kind} ' + json.dumps(rest, ensure_ascii=False, separators=(',', ':'))


def words(case):
    """By which a table may name it."""
    return {case.name, case.said['verb']}


def sort_headers(text):
    return re.sub(f'(?m)^({QUESTION.pattern}.*\n)((?:.+\n)+)',
                  lambda found: found[1] + ''.join(sorted(found[2].splitlines(True))), text)


class Golden(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix='emsign-golden-')
        cls.addClassCleanup(folder.cleanup)
        cls.script = os.path.join(folder.name, 'plays')
        cls.all = list(plays.cases(GOLDEN, folder.name))
        cls.cases = [case for case in cls.all if not NOT_PLAYED.keys() & words(case)]
        cls.asked, lines = {}, []
        for case in cls.cases:
            rows, cls.asked[case.name] = case.play()
            lines += rows
        with open(cls.script, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')
        cls.printed = cls.run_player([C_PLAYER])
        parts = cls.printed.split('case ')[1:]
        cls.shown = {part.split('\n', 1)[0]: Shown(part.split('\n', 1)[1]) for part in parts}

    @classmethod
    def run_player(cls, player):
        return subprocess.run([*player, cls.script], stdout=subprocess.PIPE, check=True,
                              timeout=120).stdout.decode().replace(CANARY, '<canary>')

    @unittest.skipUnless(PLAYER, 'no other language was named')
    def test_all_languages_agree(self):
        ours, theirs = sort_headers(self.printed), sort_headers(self.run_player(PLAYER))
        for case, one, other in zip(self.cases, ours.split('case ')[1:], theirs.split('case ')[1:]):
            with self.subTest(case.name):
                self.assertEqual(other, one)
        self.assertEqual(theirs, ours)

    def test_questions(self):
        for case in self.cases:
            with self.subTest(case.name):
                self.check_question(case, self.shown[case.name])
        print(f'{len(self.cases)} of {len(self.all)} directories; asked otherwise or never:')
        for name, why in sorted({**NOT_PLAYED, **NEVER_ASKED, **ASKED_OTHERWISE}.items()):
            print(f'    {name}: {why}')

    def check_question(self, case, shown):
        questions, outcome = shown.questions, shown.outcome
        with open(case.path('request.http'), encoding='utf-8') as file:
            pinned = file.read()
        if case.name in NEVER_ASKED or not QUESTION.match(pinned):
            self.assertEqual([row for row in questions if '/oauth/token\n' not in row], [])
            if case.name not in NEVER_ASKED:  # refused in the words of the wire
                self.assertEqual(f'{outcome[0].split()[0]}: {outcome[1]}\n', pinned)
            return
        asked = questions[self.asked[case.name]]
        if case.name in ASKED_OTHERWISE:
            self.assertNotIn(pinned, questions)
            self.assertEqual(*(re.split('[?\n]', text)[0] for text in (asked, pinned)))  # one call
        else:
            self.assertEqual(asked, pinned)

    def test_answers(self):
        for case in self.cases:
            if case.name in NEVER_ASKED or not os.path.exists(case.path('facts.txt')):
                continue
            with self.subTest(case.name):
                pinned, shown = Pinned(case), self.shown[case.name]
                if pinned.code == 'OK':
                    self.check_facts(case, pinned, shown)
                else:
                    self.check_error(pinned, shown)

    def check_facts(self, case, pinned, shown):
        missing = {fact.split()[0] for fact in pinned.facts
                   if not any(holds(kept, fact) for kept in shown.facts)}
        self.assertEqual(missing, {NOT_KEPT[case.name][0]} if case.name in NOT_KEPT
                         else set())
        for secret in pinned.secrets:
            name = secret.split()[1]
            self.assertIn('sealed demo/' + plays.SEALED_AS.get(name, name), shown.sealed)

    def check_error(self, pinned, shown):
        code, said = shown.outcome
        # where the answer names no call, the engine fills in the one that was sent
        numbers = [text.split(' request_id')[0] for text in (pinned.error[0], code)]
        if code.startswith('BUSY '):  # where the CA does not say when, the client does
            self.assertNotIn('retry_after=0', numbers[1])
            numbers = [re.sub('retry_after=[0-9]+', '', text) for text in numbers]
        self.assertEqual(numbers[1].split(' ', 1)[1], numbers[0])
        if said.startswith(DOUBT):
            self.assertEqual(code.split()[0], 'INDOUBT')
        else:
            self.assertEqual(code.split()[0], pinned.code)
        self.assertEqual(said.removeprefix(DOUBT), pinned.error[1])

    def test_tables_name_directories(self):
        self.assertEqual(set(NOT_PLAYED) - set().union(*map(words, self.all)), set())
        names = {case.name for case in self.cases}
        for table in (NEVER_ASKED, ASKED_OTHERWISE, NOT_KEPT):
            self.assertEqual(set(table) - names, set())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
