# SPDX-License-Identifier: MIT
"""The code on docs/scripting.md is code: Python compiles, Lua loads.

    check_page.py PAGE [LUA]...
"""
import re
import subprocess
import sys

# Lua 5.3 does not know the word; the page says so
LOAD = 'assert(load((io.read("a"):gsub(_VERSION == "Lua 5.3" and " <close>" or "^$", ""))))'

text = open(sys.argv[1], encoding='utf-8').read()
blocks = re.findall(r'^```(python|lua)\n(.*?)^```$', text, re.S | re.M)
for language, code in blocks:
    if language == 'python':
        compile(code, sys.argv[1], 'exec')
        continue
    for lua in sys.argv[2:]:
        subprocess.run([lua, '-e', LOAD], input=code, text=True, check=True)
print(len(blocks), 'blocks: good')
sys.exit(not blocks)
