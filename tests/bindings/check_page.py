# SPDX-License-Identifier: MIT
"""The code on docs/scripting.md is code: Python compiles, Lua loads.

    check_page.py PAGE [LUA]
"""
import re
import subprocess
import sys

text = open(sys.argv[1], encoding='utf-8').read()
blocks = re.findall(r'^```(python|lua)\n(.*?)^```$', text, re.S | re.M)
for language, code in blocks:
    if language == 'python':
        compile(code, sys.argv[1], 'exec')
    elif len(sys.argv) > 2:
        subprocess.run([sys.argv[2], '-e', 'assert(load(io.read("a")))'], input=code, text=True,
                       check=True)
print(len(blocks), 'blocks: good')
sys.exit(not blocks)
