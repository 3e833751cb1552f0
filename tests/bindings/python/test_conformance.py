# SPDX-License-Identifier: MIT
"""The suites that every store and transport in C has to pass, on some written in Python."""
import ctypes
import os
import re
import unittest

import emsign
from support import HERE, DictStore
from transports import Blocking, Concurrent

PAGE = os.path.join(HERE, '..', '..', '..', 'docs', 'scripting.md')
SUITE = ctypes.CDLL(os.environ['EMSIGN_SUITE'])


def opening(make):
    """A C function that makes a handle and hands over what is in it."""
    def open_handle():
        handle = make()
        box = ctypes.cast(int(handle.this), ctypes.POINTER(ctypes.c_void_p))
        opened, box[0] = box[0], None  # closed: the suite frees what it opened
        return opened

    return ctypes.CFUNCTYPE(ctypes.c_void_p)(open_handle)


class Conformance(unittest.TestCase):
    def test_store(self):
        opener = opening(lambda: emsign.Store(DictStore()))
        self.assertEqual(SUITE.run_store_suite(b'python', opener, 1), 0)

    def test_store_of_the_page(self):
        """docs/scripting.md promises one in thirty lines."""
        with open(PAGE, encoding='utf-8') as file:
            code = re.search(r'^```python\n(class DictStore.*?)^```$', file.read(), re.S | re.M)
        self.assertLess(code.group(1).count('\n'), 30)
        there = {}
        exec(code.group(1), there)
        opener = opening(lambda: emsign.Store(there['DictStore']()))
        self.assertEqual(SUITE.run_store_suite(b'page, python', opener, 0), 0)

    def test_blocking_transport(self):
        opener = opening(lambda: emsign.Transport(Blocking()))
        self.assertEqual(SUITE.run_transport_suite(b'python, blocking', opener, 0), 0)

    def test_concurrent_transport(self):
        opener = opening(lambda: emsign.Transport(Concurrent()))
        self.assertEqual(SUITE.run_transport_suite(b'python, concurrent', opener, 1), 0)


if __name__ == '__main__':
    unittest.main()
