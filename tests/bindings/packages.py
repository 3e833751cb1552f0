# SPDX-License-Identifier: MIT
"""Whether what is installed is found: by pip, by luarocks, and by meson below any prefix.

    packages.py pip ROOT WORK                     the wheel, made without network
    packages.py rock ROOT WORK LUA                the rock for that Lua
    packages.py here ROOT WORK BUILD              what the build directory installs
    packages.py usr ROOT WORK                     a build of its own for the prefix /usr

WORK is emptied. The source tree is not touched: what packagers need is copied.
"""
import importlib.util
import json
import os
import shutil
import subprocess
import sys

NEEDED = ('LICENSE', 'README.md', 'bindings', 'include', 'lib', 'meson.build', 'meson_options.txt',
          'pyproject.toml')
PYTHON = '''
import os, emsign
assert os.path.realpath(emsign.__file__).startswith(os.path.realpath(%r)), emsign.__file__
with emsign.Client(sealing_key=b'a sealing key that is an example') as client:
    client.credential_add('example', region='sandbox', account='1', secret=b'EXAMPLE-ACCESS-KEY')
    assert [found.id for found in client.scan('credentials')] == ['example']
'''
LUA = '''
local emsign = require "emsign"
local client = emsign.Client{sealing_key = "a sealing key that is an example"}
client:credential_add("example", {region = "sandbox", account = 1}, "EXAMPLE-ACCESS-KEY")
for found in client:scan("credentials") do
	assert(found.id == "example")
end
client:close()
'''


def skip(why):
    print('skipped:', why)
    sys.exit(77)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f'there is no {program}')


def run(*command, **env):
    """Debian's own programs come first, and nobody's configuration."""
    given = {**os.environ, 'PATH': '/usr/bin:/bin:' + os.environ['PATH'], 'HOME': os.getcwd(), **env}
    done = subprocess.run(command, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f'{" ".join(command)}\n{done.stdout}')
    return done.stdout


def copy_source(root):
    os.mkdir('source')
    for name in NEEDED:
        path = os.path.join(root, name)
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join('source', name),
                            ignore=shutil.ignore_patterns('__pycache__'))
        else:
            shutil.copy(path, 'source')
    os.chdir('source')


def try_python(python, folder, **env):
    run(python, '-B', '-c', PYTHON % folder, PYTHONPATH=folder, PYTHONNOUSERSITE='1', **env)
    print('Python finds it in', folder)


def try_lua(lua, script_folder, core_folder, **env):
    run(lua, '-e', LUA, LUA_PATH=script_folder + '/?.lua', LUA_CPATH=core_folder + '/?.so', **env)
    print(os.path.basename(lua), 'finds it in', core_folder)


# --- packages --------------------------------------------------------------------------------------

def pip(root):
    for module in 'pip', 'mesonpy':
        if not importlib.util.find_spec(module):
            skip(f'{sys.executable} has no {module}')
    need('meson', 'ninja', 'patchelf', 'swig')
    copy_source(root)
    run(sys.executable, '-m', 'pip', 'install', '--no-build-isolation', '--no-index', '--no-deps',
        '--no-cache-dir', '--no-compile', '--target', '../target', '.', PIP_CONFIG_FILE=os.devnull,
        PIP_DISABLE_PIP_VERSION_CHECK='1', CFLAGS='-O0')
    found = sorted(os.listdir('../target'))
    assert found == ['emsign', 'emsign-0.1.0.dist-info'], found
    try_python(sys.executable, os.path.abspath('../target'))


def rock(root, lua):
    need('luarocks', 'meson', 'ninja', 'swig')
    version = run(lua, '-e', 'io.write(_VERSION:sub(5))')
    copy_source(root)
    run('luarocks', f'--lua-version={version}', 'make', '--tree=../tree',
        'bindings/lua/emsign-0.1.0-1.rockspec', CFLAGS='-O0')
    tree = os.path.abspath('../tree')
    try_lua(lua, f'{tree}/share/lua/{version}', f'{tree}/lib/lua/{version}')


# --- meson install -----------------------------------------------------------------------------

def looks_in(interpreter, ask):
    """The folders in which an interpreter looks when nobody tells it anything."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('PYTHON', 'LUA_', 'LD_'))}
    return subprocess.run([interpreter, *ask], env=env, stdout=subprocess.PIPE, text=True,
                          check=True).stdout.split()


def installed_below(folders, name):
    found = [folder for folder in folders if os.path.exists(f'dest{folder}/{name}')]
    assert found, f'{name} is in none of {folders}'
    return os.path.abspath('dest' + found[0])


def destination(build):
    """Installs, and tries what can be found."""
    run('meson', 'install', '-C', build, '--no-rebuild', '--quiet', '--destdir', os.path.abspath('dest'))
    with open(os.path.join(build, 'meson-info', 'intro-buildoptions.json'), encoding='utf-8') as file:
        options = {option['name']: option['value'] for option in json.load(file)}
    libdir = os.path.abspath(f'dest{options["prefix"]}/{options["libdir"]}')
    python = options['python_exe']
    tried = 0
    if os.path.exists(os.path.join(build, 'bindings', 'python')):
        folders = looks_in(python, ['-c', 'import sys; print(*sys.path, sep="\\n")'])
        try_python(python, installed_below(folders, 'emsign/__init__.py'), LD_LIBRARY_PATH=libdir)
        tried += 1
    for version in options['lua_versions']:
        if os.path.exists(os.path.join(build, 'bindings', 'lua', version)):
            folders = looks_in('lua' + version, [
                '-e', 'print((package.path:gsub("/%?[^;]*;?", " ")))'])
            cfolders = looks_in('lua' + version, [
                '-e', 'print((package.cpath:gsub("/%?[^;]*;?", " ")))'])
            try_lua('lua' + version, installed_below(folders, 'emsign.lua'),
                    installed_below(cfolders, 'emsign/core.so'), LD_LIBRARY_PATH=libdir)
            tried += 1
    if not tried:
        skip('this build has no bindings')


def usr(root):
    need('meson', 'ninja', 'swig')
    run('meson', 'setup', 'build', root, '--prefix=/usr', '-Donly_bindings=true',
        '-Ddefault_library=shared', CFLAGS='-O0')
    run('ninja', '-C', 'build')
    destination('build')


def main():
    way, root, work, *more = sys.argv[1:]
    more = [os.path.abspath(path) for path in more]
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    os.chdir(work)
    {'pip': pip, 'rock': rock, 'usr': usr, 'here': lambda _, build: destination(build)}[way](
        os.path.abspath(root), *more)


if __name__ == '__main__':
    main()
