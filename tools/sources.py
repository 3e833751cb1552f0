# SPDX-License-Identifier: MIT
"""What the checks share: finding source files, C text without comments, public declarations."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("include", "lib", "bindings", "examples", "tests", "tools", "docs", "pkgconfig", ".ci")


def walk(root, folders, *suffixes):
    """The files below some folders of root, sorted; caches left out."""
    for folder in folders:
        for top, dirs, names in os.walk(Path(root) / folder):
            dirs[:] = sorted(d for d in dirs if d != "__pycache__")
            for name in sorted(names):
                if not suffixes or Path(name).suffix in suffixes:
                    yield Path(top) / name


def without_comments(text, strings=True):
    """C text with comments (and, if wanted, the inside of strings) blanked; line breaks stay."""
    def blank(match):
        found = match.group(0)
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found if strings else found[0] + " " * (len(found) - 2) + found[-1]
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.S)


class Function:
    """One public function: name, prototype as written, the comment directly above it."""

    def __init__(self, name, prototype, comment, line):
        self.name, self.prototype, self.comment, self.line = name, prototype, comment, line


def public_functions(path):
    text = Path(path).read_text(encoding="utf-8")
    pattern = r"((?:/\*\*(?:(?!\*/).)*\*/\n)?)^EMSIGN_API ([^;]*?\b(\w+)\s*\([^;]*\));"
    for match in re.finditer(pattern, text, re.S | re.M):
        yield Function(match.group(3), re.sub(r"\s+", " ", match.group(2)), match.group(1),
                       text.count("\n", 0, match.start(2)) + 1)


def report(findings, what):
    """Prints the findings; the exit status of a check."""
    for finding in findings:
        print(finding)
    print(f"{what}: {len(findings)} finding(s)" if findings else f"{what}: good")
    return 1 if findings else 0


def relative(path, root):
    return os.path.relpath(path, root)


def fail(sentence):
    print(sentence, file=sys.stderr)
    sys.exit(2)
