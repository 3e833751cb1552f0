#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The checks notice what they are for: each gets a small tree with one thing wrong."""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"
SPDX = "/* SPDX-License-Identifier: MIT */\n"
PROTOTYPE = "/**\n * Frees it. Since 0.1.\n */\nEMSIGN_API void emsign_free(void *record);\n"
MAP = SPDX + "EMSIGN_0.1 {\n\tglobal:\n\t\temsign_free;\n\tlocal:\n\t\t*;\n};\n"
CANARY = "EMSIGN-" + "CANARY-"  # in two parts: this file is no secret


class Tree(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run_tool(self, name, *args):
        done = subprocess.run([sys.executable, "-B", str(TOOLS / name), *map(str, args)],
                              capture_output=True, text=True)
        return done.returncode, done.stdout

    def check(self, name, *args):
        return self.run_tool(name, "--root", self.root, *args)

    def finds(self, name, sentence, *args):
        status, out = self.check(name, *args)
        self.assertEqual(status, 1, out)
        self.assertIn(sentence, out)

    def passes(self, name, *args):
        status, out = self.check(name, *args)
        self.assertEqual(status, 0, out)

    def archive(self, **sources):
        """An archive as meson makes it: base_err.c.o for lib/base/err.c."""
        objects = []
        for name, text in sources.items():
            source = self.put(f"out/{name}.c", text)
            objects.append(source.with_suffix(".c.o"))
            subprocess.run(["cc", "-fPIC", "-c", source, "-o", objects[-1]], check=True)
        path = self.root / "out" / "lib.a"
        subprocess.run(["ar", "rcs", path, *objects], check=True)
        return path


class Layers(Tree):
    def test_includes(self):
        self.put("lib/model/a.c", '#include "base/err.h"\n/* #include "client/x.h" */\n')
        self.passes("check-layers")
        self.put("lib/model/b.c", '#include "crypto/crypto.h"\n')
        self.finds("check-layers", "lib/model/b.c:1: model may not include crypto")

    def test_foreign_headers(self):
        self.put("lib/crypto/a.c", "#include <openssl/evp.h>\n")
        self.put("lib/wire/json.c", "#include <yajl/yajl_parse.h>\n")
        self.passes("check-layers")
        self.put("lib/wire/v1.c", "#include <yajl/yajl_parse.h>\n")
        self.finds("check-layers", "belongs to lib/wire/json.c alone")

    def test_pure_folders_do_not_touch_the_world(self):
        pure = self.archive(base_a="#include <string.h>\nint ems_a(const char *s);\n"
                            "int ems_a(const char *s) { return (int)strlen(s); }\n")
        self.passes("check-layers", "--archive", pure)
        impure = self.archive(model_a="#include <time.h>\nlong ems_now(void);\n"
                              "long ems_now(void) { return (long)time(0); }\n")
        self.finds("check-layers", "model is pure and may not call time", "--archive", impure)

    def test_no_call_upwards(self):
        up = self.archive(base_a="void ems_b(void); void ems_a(void) { ems_b(); }\n",
                          wire_b="void ems_b(void) { }\n")
        self.finds("check-layers", "base may not call ems_b of wire", "--archive", up)


class Api(Tree):
    def test_agreement(self):
        self.put("include/emsign/a.h", SPDX + PROTOTYPE)
        self.put("lib/libemsign.map", MAP)
        self.passes("check-api")
        self.put("lib/libemsign.map", MAP.replace("emsign_free", "emsign_fre"))
        self.finds("check-api", "emsign_free: in the headers, not in libemsign.map")

    def test_library(self):
        self.put("include/emsign/a.h", SPDX + PROTOTYPE)
        self.put("lib/libemsign.map", MAP)
        source = self.put("a.c", "void emsign_free(void *p) { (void)p; }\nint ems_b;\n")
        for name, args in (("good.so", [f"-Wl,--version-script={self.root}/lib/libemsign.map"]),
                           ("bad.so", [])):
            subprocess.run(["cc", "-shared", "-fPIC", source, "-o", self.root / name, *args],
                           check=True)
        self.passes("check-api", "--library", self.root / "good.so")
        self.finds("check-api", "ems_b: in the library, not in the headers", "--library",
                   self.root / "bad.so")

    def test_every_function_is_documented(self):
        self.put("lib/libemsign.map", MAP)
        self.put("include/emsign/a.h", SPDX + PROTOTYPE.replace(" Since 0.1.", ""))
        self.finds("check-api", "does not end with 'Since X.Y.'")
        self.put("include/emsign/a.h", SPDX + PROTOTYPE.split("*/\n")[1])
        self.finds("check-api", "no comment directly above it")


class Style(Tree):
    def test_good(self):
        self.put("lib/base/a.c", SPDX + "/* malloc() */\nint a(void)\n{\n\treturn x->free();\n}\n")
        self.passes("check-style")

    def test_findings(self):
        for text, sentence in (
                (SPDX + "void *p = malloc(1);\n", "malloc(): use base/alloc.h"),
                (SPDX + "char *e = getenv(x);\n", "getenv(): use an argument"),
                (SPDX + "long t = time(0);\n", "time(): time comes in"),
                (SPDX + "int x; /* " + "x" * 100 + " */\n", "wider than 100 columns"),
                (SPDX + "int x; \n", "blanks at the end"),
                (SPDX + "void a(void)\n{\n" + "\t;\n" * 61 + "}\n", "function of 61 lines"),
                (SPDX + "\n" * 701, "702 lines"),
                (SPDX + '#define P "/' + 'home/x"\n', "path of one machine"),
                ("int x;\n", "is not in its first line")):
            self.put("lib/base/a.c", text)
            self.finds("check-style", sentence)

    def test_static_data(self):
        good = self.archive(base_a="static const char *const t[] = { \"a\" };\n"
                            "const char *f(int i) { return t[i]; }\n")
        self.passes("check-style", "--archive", good)
        for data in ("static int n;", "static int n = 1;", "static _Thread_local int n;"):
            bad = self.archive(base_a=data + "\nint f(void) { return n++; }\n")
            self.finds("check-style", "n is static data that can change", "--archive", bad)


class Docs(Tree):
    def setUp(self):
        super().setUp()
        (self.root / "include").symlink_to(TOOLS.parent / "include")
        (self.root / "docs").mkdir()

    def test_good(self):
        self.put("README.md", "```c\nemsign_free(order);\n```\n```sh\nmake check\n```\n")
        self.passes("check-docs")

    def test_findings(self):
        for text, sentence in (
                ("```c\nemsign_fre(order);\n```\n", "README.md:1: "),
                ("\n```c\nint main(void) { return x; }\n```\n", "README.md:2: "),
                ("```sh\nif true; then\n```\n", "README.md:1: ")):
            self.put("README.md", text)
            self.finds("check-docs", sentence)


class Model(Tree):
    def names(self, states, function):
        self.put("docs/model/order.pml", "mtype = { %s };  /* ems_intent.state */\n"
                 "proctype client(byte p)\n{\nplace:\tskip\ndone:\tskip\n}\n" % states)
        self.put("lib/client/a.c", 'static void %s(int a)\n{\n\tintent->state = "sending";\n'
                 '\tnow.state = "in-doubt";\n}\n' % function)

    def test_names_are_those_of_the_code(self):
        self.names("sending, in_doubt", "place")
        self.passes("check-model", "--names")
        self.names("sending, doubtful", "place")
        self.finds("check-model", "states of an intent", "--names")
        self.names("sending, in_doubt", "order")
        self.finds("check-model", "label place is no function", "--names")


class Canary(Tree):
    def look(self, *args):
        return self.run_tool("canary", *args, self.root)

    def test_disguises(self):
        secret = (CANARY + "0123456789abcdef").encode()
        self.put("good", b"nothing here, not even " + CANARY[:-1].encode())
        self.assertEqual(self.look()[0], 0)
        for leak in (secret, secret.hex().encode(), base64.b64encode(secret),
                     base64.b64encode(b"x" + secret), base64.b64encode(b"xy" + secret),
                     secret.decode().encode("utf-16-le")):
            self.put("deep/down/leak", b"some text: " + leak + b"\n")
            status, out = self.look()
            self.assertEqual(status, 1, leak)
            self.assertIn("deep/down/leak: holds a secret", out)

    def test_left_out(self):
        self.put("access-key", CANARY)
        self.put("good", "x")
        self.put("program", b"\x7fELF" + CANARY.encode())
        self.assertEqual(self.look()[0], 1)
        self.assertEqual(self.look("--allow", "access-key")[0], 0)


class Tally(Tree):
    def tally(self, broken, *results):
        log = self.put("log.json", "".join(json.dumps({"name": f"t{i}", "result": result}) + "\n"
                                           for i, result in enumerate(results)))
        status, out = self.run_tool("tally", broken, log)
        return status, out.splitlines()[-1]

    def test_counts(self):
        self.assertEqual(self.tally(0, "OK", "SKIP", "OK"), (0, "2 passed, 0 failed"))
        self.assertEqual(self.tally(1, "OK", "FAIL", "TIMEOUT"), (1, "1 passed, 2 failed"))

    def test_a_run_that_broke_is_a_failure(self):
        self.assertEqual(self.tally(1, "OK"), (1, "1 passed, 1 failed"))
        os.remove(self.root / "log.json")
        status, out = self.run_tool("tally", 0, self.root / "log.json")
        self.assertEqual((status, out.splitlines()[-1]), (1, "0 passed, 1 failed"))


class Man(Tree):
    def test_page(self):
        header = self.put("a.h", SPDX + "/* Small things. More. */\n" + PROTOTYPE.replace(
            "Frees it.", "Frees it.\n *   record  [in] may be NULL\n * Returns nothing."))
        page = self.root / "a.3"
        self.assertEqual(self.run_tool("man3.py", "--version", "1", "--date", "May 1, 2026",
                                       header, page)[0], 0)
        text = page.read_text()
        for row in (".Nd Small things", ".Fo emsign_free", '.Fa "void *record"', ".It Ar record",
                    "Returns nothing.", "Since 0.1."):
            self.assertIn("\n" + row + "\n", text)


if __name__ == "__main__":
    unittest.main()
