#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each golden directory stands in a row of docs/wire.md, and what stands there is one.

    test_page.py FOLDER PAGE
"""
import os
import re
import sys
import unittest


class Page(unittest.TestCase):
    folder = page = None

    @classmethod
    def setUpClass(cls):
        with open(cls.page, encoding='utf-8') as file:
            parts = re.split(r'(?m)^# ', file.read())[1:]
        cls.named = {}
        for api, part in zip(('v1', 'v2'), parts, strict=True):
            column = ' '.join(re.findall(r'(?m)^\|.*\|(.*)\|$', part))
            cls.named[api] = set(re.findall(r'[\w-]+', column)) - {'Golden', '---'}
        cls.there = {api: set(os.listdir(os.path.join(cls.folder, api))) for api in cls.named}

    def test_rows_name_directories(self):
        for api, named in self.named.items():
            self.assertEqual(named - self.there[api], set(), api)

    def test_directories_stand_in_rows(self):
        self.assertEqual(self.there['v1'] - self.named['v1'], set())
        # what is as in v1 is not said again
        self.assertEqual(self.there['v2'] - self.named['v2'] - self.named['v1'], set())


if __name__ == '__main__':
    Page.page, Page.folder = sys.argv.pop(), sys.argv.pop()
    unittest.main(verbosity=0)
