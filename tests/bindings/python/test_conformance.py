# SPDX-License-Identifier: MIT
"""The suites that every store and transport in C has to pass, on some written in Python."""
import ctypes
import os
import unittest

import emsign
from support import DictStore
from transports import Blocking, Concurrent

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
        self.assertEqual(SUITE.run_store_suite(b'python', opener), 0)

    def test_blocking_transport(self):
        opener = opening(lambda: emsign.Transport(Blocking()))
        self.assertEqual(SUITE.run_transport_suite(b'python, blocking', opener, 0), 0)

    def test_concurrent_transport(self):
        opener = opening(lambda: emsign.Transport(Concurrent()))
        self.assertEqual(SUITE.run_transport_suite(b'python, concurrent', opener, 1), 0)


if __name__ == '__main__':
    unittest.main()
