#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the bindings cost: the same loops in C, Python and Lua, per call and per row.

usage: bindings.py BUILD-DIR [--try]

Prints a JSON object per line: the script's nanoseconds, those of C, their ratio, and the target.
--try makes one round of everything and measures nothing: a test that it works.
"""
import json
import os
import subprocess
import sys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'bindings')
REPEAT = 5  # the fastest counts: everything else on the machine only adds

# loop -> what it is, rounds in C, rounds in a script
LOOPS = {
    'call': ('a call that does nothing', 5000000, 300000),
    'get': ('one record from the memory store', 100000, 20000),
    'scan': ('a row of a scan, three members read', 5, 3),
    'question': ('a question, answered by a transport of the language', 5000, 3000),
}
# At most so many times as long as in C. A call that does nothing takes C less than the interpreter
# needs to begin one, so its ratio is one to nothing: 16 (Python) and 5 (Lua) were measured in a
# release build. What does some work has to come near to C: 1.1 to 1.9 were measured.
TARGETS = {('python', 'call'): 25, ('lua', 'call'): 8}
OTHERWISE = 2.5


def run(command, env):
    return float(subprocess.run(command, env={**os.environ, **env}, stdout=subprocess.PIPE,
                                text=True, check=True).stdout)


def languages(build):
    """(name, command, environment) of each language that was built."""
    python = os.path.join(build, 'bindings', 'python')
    if os.path.exists(os.path.join(python, 'emsign')):
        yield ('python', ['/usr/bin/python3', '-B', os.path.join(HERE, 'loops.py')],
               {'PYTHONPATH': python})
    lua = os.path.join(build, 'bindings', 'lua')
    for version in '5.4', '5.3':
        core = os.path.join(lua, version)
        if os.path.exists(core):
            yield ('lua' + version, ['lua' + version, os.path.join(HERE, 'loops.lua')],
                   {'LUA_PATH': lua + '/?.lua', 'LUA_CPATH': core + '/?.so'})


def measure(loop, rounds, programs):
    """name -> nanoseconds. One after the other, so that all see the same machine."""
    times = {name: [] for name, _, _ in programs}
    for _ in range(REPEAT):
        for name, command, env in programs:
            times[name].append(run([*command, loop, str(rounds[name != 'C'])], env))
    return {name: min(each) for name, each in times.items()}


def main():
    build = os.path.abspath(sys.argv[1])
    programs = [('C', [os.path.join(build, 'tests', 'bindings', 'loops')], {}), *languages(build)]
    if sys.argv[2:] == ['--try']:
        for name, command, env in programs:
            print(name, {loop: run([*command, loop, '1'], env) > 0 for loop in LOOPS})
        return
    for loop, (what, *rounds) in LOOPS.items():
        figures = measure(loop, rounds, programs)
        floor = figures.pop('C')
        print(f'{"C":8}{what:52}{floor:10.1f} ns', file=sys.stderr)
        for name, figure in figures.items():
            ratio, target = figure / floor, TARGETS.get((name.rstrip('.345'), loop), OTHERWISE)
            print(f'{name:8}{what:52}{figure:10.1f} ns {ratio:6.2f} times', file=sys.stderr)
            print(json.dumps({'name': f'{name}: {what}', 'figure': figure, 'unit': 'ns',
                              'floor': floor, 'ratio': ratio, 'target': target,
                              'ok': ratio <= target}), flush=True)


if __name__ == '__main__':
    main()
