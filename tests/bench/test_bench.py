# SPDX-License-Identifier: MIT
"""A small run of the benchmarks: every row comes, in the shape that is promised.

    test_bench.py RUN BUILD-DIR

How fast things are is not looked at here.
"""
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

RUN = BUILD = None
KEYS = ["name", "figure", "unit", "floor", "ratio", "target", "ok"]


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            out = os.path.join(folder, "bench.json")
            cls.table = subprocess.run([sys.executable, "-B", RUN, BUILD, "--quick", "--out", out],
                                       check=True, stdout=subprocess.PIPE, text=True).stdout
            with open(out, encoding="utf-8") as file:
                cls.said = json.load(file)

    def test_rows(self):
        self.assertEqual(list(self.said), ["rows"])
        rows = self.said["rows"]
        names = [row["name"] for row in rows]
        self.assertGreaterEqual(len(rows), 9)
        self.assertEqual(len(set(names)), len(names))
        for row in rows:
            self.assertEqual(list(row), KEYS)
            self.assertIsInstance(row["ok"], bool)
            for key in "figure", "floor", "ratio", "target":
                if row[key] is not None:
                    self.assertTrue(math.isfinite(row[key]), row)
            self.assertEqual(row["floor"] is None, row["ratio"] is None)
            if row["ratio"] is not None:
                self.assertIn(round(row["ratio"], 6),
                              [round(row["figure"] / row["floor"], 6),
                               round(row["floor"] / row["figure"], 6)])

    def test_table(self):
        lines = self.table.splitlines()
        self.assertEqual(len(lines), 1 + len(self.said["rows"]))
        for line, row in zip(lines[1:], self.said["rows"]):
            self.assertTrue(line.startswith(row["name"] + " "))
            self.assertTrue(line.endswith(" ok" if row["ok"] else " NO"))
        self.assertEqual(len(set(map(len, lines[1:]))), 1)


if __name__ == "__main__":
    RUN, BUILD = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
