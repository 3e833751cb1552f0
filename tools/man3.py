#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a manual page (section 3, mdoc) from a public header: its comments are the one source.

usage: man3.py --version VERSION --date 'MONTH DAY, YEAR' HEADER PAGE

Understood in a comment: paragraphs; lists with " - "; parameters as "  name  text", going on in
deeper lines; sentences that start with "Returns", "Errors:" or "Since" become paragraphs.
"""
import argparse
import re
import sys
from pathlib import Path

PARAMETER = re.compile(r"  (\S+(?:, \S+)*)\s{1,}(.*)$")
BREAK = re.compile(r"(?:^|(?<=[.;)]) )(?=(?:Returns |Errors: |Since \d))")


def escape(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def running(text):
    """Running text, a line for each sentence; `words` and functions() in italics."""
    text = re.sub(r"`([^`]+)`", r"\\fI\1\\fP", escape(text))
    text = re.sub(r"\b(emsign_\w+)\(\)", r"\\fI\1\\fP()", text)
    return re.sub(r"(?<=[\w)\"'][.!?]) +(?=[A-Z`\\])", "\n", text).split("\n")


def uncomment(comment):
    """Lines of a comment without its stars."""
    body = re.sub(r"^/\*+|\*/$", "", comment.strip())
    return [re.sub(r"^ ?\* ?", "", row.strip("\t")).rstrip() for row in body.strip("\n").split("\n")]


def parse(lines):
    """[(kind, label, text)] with kind "text", "item" or "parameter"."""
    parts = []
    fresh = True
    for row in lines:
        parameter = PARAMETER.match(row)
        if not row.strip():
            fresh = True
        elif re.match(r" ?- ", row):
            parts.append(["item", "", row.split("- ", 1)[1]])
            fresh = False
        elif parameter and not row.startswith("   "):
            parts.append(["parameter", parameter.group(1), parameter.group(2)])
            fresh = False
        elif not fresh and parts and (parts[-1][0] == "text" or row.startswith("  ")):
            parts[-1][2] += " " + row.strip()
        else:
            parts.append(["text", "", row.strip()])
            fresh = False
    return parts


def render(lines):
    """A comment as mdoc."""
    out = []
    state = "text"
    for kind, label, text in parse(lines):
        if state != kind and state != "text":
            out.append(".El")
        if kind == "text":
            for piece in filter(None, map(str.strip, BREAK.split(text))):
                out += [".Pp", *running(piece)]
        elif state != kind:
            out.append(".Bl -dash -compact" if kind == "item" else ".Bl -tag -width Ds -compact")
            if state == "text":
                out.insert(-1, ".Pp")
        if kind == "item":
            out += [".It", *running(text)]
        elif kind == "parameter":
            out += [".It Ar " + label.replace(", ", " , "), *running(text)]
        state = kind
    if state != "text":
        out.append(".El")
    return out


def arguments(prototype):
    """('const char *', 'emsign_x', ['int a', ...])"""
    head, _, tail = prototype.partition("(")
    name = re.search(r"(\w+)\s*$", head).group(1)
    inner = tail[:tail.rindex(")")]
    args, depth = [""], 0
    for char in inner:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            args.append("")
        else:
            args[-1] += char
    return head[:head.rindex(name)].strip(), name, [arg.strip() for arg in args]


def split(text):
    """[(comment lines, declaration)] in the order of the header."""
    for match in re.finditer(r"^(/\*\*(?:(?!\*/).)*\*/)\n", text, re.S | re.M):
        rest = text[match.end():]
        if rest.startswith("#define"):
            end = re.match(r"(?:[^\n]*\\\n)*[^\n]*\n", rest).end()
        else:
            end, depth = 0, 0
            bare = re.sub(r"/\*.*?\*/", lambda m: " " * len(m.group(0)), rest, flags=re.S)
            while bare[end] != ";" or depth:
                depth += (bare[end] in "({") - (bare[end] in ")}")
                end += 1
            end += 1
        yield uncomment(match.group(1)), rest[:end].strip(), rest[end:]


def rows_of_map(declaration, rest):
    """A table macro: the constants that it makes, each with its sentence."""
    prefix = re.search(r"(\w+)##name", rest).group(1)
    joined = declaration.replace("\\\n", " ")
    yield ".Bl -tag -width Ds -compact"
    for name, tail in re.findall(r"\bX\((\w+), (.*?)\)(?=\s*X\(|\s*$)", joined):
        words = re.findall(r'"((?:[^"\\]|\\.)*)"', tail)
        yield f".It Dv {prefix}{name}" + (f" ({words[0]})" if len(words) > 1 else "")
        yield from running(words[-1])
    yield ".El"


def literal(declaration):
    yield ".Bd -literal"
    yield from (escape(row) for row in declaration.split("\n"))
    yield ".Ed"


def types(items):
    for lines, declaration, rest in items:
        yield from render(lines)
        if declaration.startswith("#define"):
            yield ".Pp"
            yield from rows_of_map(declaration, rest)
        else:
            yield from literal(declaration)


def synopsis(header, functions):
    yield f".In emsign/{header}.h"
    for _, declaration, _ in functions:
        result, name, args = arguments(re.sub(r"\s+", " ", declaration[len("EMSIGN_API "):]))
        yield f".Ft {result}"
        yield f".Fo {name}"
        yield from (f'.Fa "{arg}"' for arg in args)
        yield ".Fc"


def page(path, args):
    text = path.read_text(encoding="utf-8")
    about = uncomment(re.findall(r"^/\*.*?\*/", text, re.S | re.M)[1])
    first, _, _ = " ".join(about).partition(". ")
    items = list(split(text))
    functions = [item for item in items if item[1].startswith("EMSIGN_API ")]
    names = [arguments(item[1])[1] for item in functions]
    others = sorted(set(p.stem for p in path.parent.glob("*.h")) - {path.stem, "emsign"})
    yield f".\\\" Made from include/emsign/{path.name}; change it there."
    yield from (f".Dd {args.date}", f".Dt EMSIGN_{path.stem.upper()} 3",
                f'.Os "libemsign {args.version}"', ".Sh NAME")
    yield f".Nm emsign_{path.stem} ,"
    yield from (f".Nm {name}" + (" ," if name != names[-1] else "") for name in names)
    yield ".Nd " + escape(first.strip().rstrip(".").rstrip(":"))
    yield from (".Sh LIBRARY", "emSign client library (libemsign, \\-lemsign)", ".Sh SYNOPSIS")
    yield from synopsis(path.stem, functions)
    yield ".Sh DESCRIPTION"
    yield from render(about)
    rest = [item for item in items if item not in functions]
    if rest:
        yield ".Ss Types"
        yield from types(rest)
    for (lines, _, _), name in zip(functions, names):
        yield f".Ss {name}()"
        yield from render(lines)
    yield ".Sh SEE ALSO"
    yield from (f".Xr emsign_{other} 3 ," for other in others)
    yield ".Xr emsign 7"


def tidy(rows):
    """mdoc wants no paragraph mark right behind a heading or before a list or display."""
    out = []
    for row in rows:
        if row == ".Pp" and re.match(r"\.(Sh|Ss|Pp)\b", out[-1]):
            continue
        if re.match(r"\.(Sh|Ss)\b", row) and out[-1] == ".Pp":
            out.pop()
        out.append(row)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True)
    parser.add_argument("header", type=Path)
    parser.add_argument("page", type=Path)
    args = parser.parse_args()
    args.page.write_text("\n".join(tidy(page(args.header, args))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
